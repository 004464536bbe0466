/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options that are more than a text: inputs, axes, names, sizes. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *skip_blanks(char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static void cut_blanks(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
}

/* One more place at the end of a growing array; NULL: no memory, which is told. */
static void *one_more(void **items, size_t n, size_t size)
{
    char *grown = realloc(*items, (n + 1) * size);
    if (!grown) {
        out_of_memory();
        return NULL;
    }
    *items = grown;
    return memset(grown + n * size, 0, size);
}

int read_names(name_list *list, const char *option, char *text)
{
    for (char *name = text; name;) {
        char *comma = strchr(name, ',');
        if (comma)
            *comma++ = '\0';
        name = skip_blanks(name);
        cut_blanks(name);
        if (list->n == MOST_NAMES)
            return usage_error("%s has more than %d names", option, MOST_NAMES);
        list->items[list->n++] = name;
        name = comma;
    }
    return EXIT_OK;
}

int read_size(uint64_t *size, const char *option, const char *text)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    bool is_number = *text >= '0' && *text <= '9' && errno == 0;
    const char *unit = is_number && *end ? strchr(units, *end & ~0x20) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

    if (!is_number || (*end && (!unit || end[1])) || n > UINT64_MAX >> shift)
        return usage_error("%s is \"%s\"; it may be a number of bytes, as 4096, 512M or 4G", option,
                           text);
    *size = (uint64_t)n << shift;
    return EXIT_OK;
}

/* ---- --input NAME=TYPE[SIZES] ---- */

static bool is_symbol(const char *text)
{
    if ((*text < 'A' || *text > 'Z') && (*text < 'a' || *text > 'z') && *text != '_')
        return false;
    for (; *text; text++)
        if (strchr(" ,=:[]\"'", *text))
            return false;
    return true;
}

static bool read_extent(const char *text, int64_t *size)
{
    char *end;
    errno = 0;
    *size = strtoll(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* One size: 224, batch, batch=4 (free, and 4 in the example), ? or -1 (free without a name). */
static bool read_axis(char *text, input_option *in)
{
    size_t i = in->rank;
    char *equals = strchr(text, '=');

    if (i == MOST_RANK)
        return false;
    if (equals)
        *equals++ = '\0';
    text = skip_blanks(text);
    cut_blanks(text);
    in->rank++;
    in->sizes[i] = -1;
    in->is_dynamic[i] = true;
    if (strcmp(text, "?") == 0 || strcmp(text, "-1") == 0)
        return !equals || read_extent(skip_blanks(equals), &in->sizes[i]);
    if (is_symbol(text)) {
        in->symbols[i] = text;
        return !equals || read_extent(skip_blanks(equals), &in->sizes[i]);
    }
    in->is_dynamic[i] = false;
    return !equals && read_extent(text, &in->sizes[i]);
}

/* "1,3,224,224]" */
static bool read_axes(char *text, input_option *in)
{
    size_t n = strlen(text);
    if (n == 0 || text[n - 1] != ']')
        return false;
    text[n - 1] = '\0';
    if (*skip_blanks(text) == '\0')
        return true;
    for (char *axis = text; axis;) {
        char *comma = strchr(axis, ',');
        if (comma)
            *comma++ = '\0';
        if (!read_axis(axis, in))
            return false;
        axis = comma;
    }
    return true;
}

static const char *type_at(const void *names, size_t i)
{
    (void)names;
    static const inc_element elements[] = {
        INC_ELEMENT_FLOAT32, INC_ELEMENT_INT64,   INC_ELEMENT_BOOL,  INC_ELEMENT_INT32,
        INC_ELEMENT_FLOAT16, INC_ELEMENT_FLOAT64, INC_ELEMENT_UINT8, INC_ELEMENT_INT8,
        INC_ELEMENT_INT16,   INC_ELEMENT_BFLOAT16};
    return i < sizeof elements / sizeof elements[0] ? inc_element_name(elements[i]) : NULL;
}

/* "5", "0.5", "true", "True", "None": the value of an argument that is a number. */
static bool read_number(const char *text, input_option *in)
{
    char *end;
    if (strcmp(text, "None") == 0) {
        in->is_none = true;
        in->element = INC_ELEMENT_NONE;
        return true;
    }
    in->is_number = true;
    bool is_true = strcmp(text, "true") == 0 || strcmp(text, "True") == 0;
    if (is_true || strcmp(text, "false") == 0 || strcmp(text, "False") == 0) {
        in->element = INC_ELEMENT_BOOL;
        in->value.boolean = is_true;
        return true;
    }
    errno = 0;
    in->element = INC_ELEMENT_INT64;
    in->value.integer = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0)
        return true;
    errno = 0;
    in->element = INC_ELEMENT_FLOAT64;
    in->value.real = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && (*text < 'A' || *text > 'z');
}

/* An input before it is in the list: its name may not be there already. */
static int keep_input(options *o, const char *option, input_option *in, const char *name)
{
    for (size_t i = 0; name && i < o->n_inputs; i++)
        if (o->inputs[i].name && strcmp(o->inputs[i].name, name) == 0)
            return usage_error("%s %s is given twice", option, name);
    in->name = name;
    o->n_inputs++;
    return EXIT_OK;
}

int read_input(options *o, const char *option, char *text)
{
    enum { N_TYPES = 10 };
    const char *given = text; /* cut below: shown as far as it is whole */
    if (o->n_inputs == MOST_NAMES)
        return usage_error("more than %d inputs", MOST_NAMES);
    void *items = o->inputs;
    input_option *in = one_more(&items, o->n_inputs, sizeof *in);
    if (!in)
        return EXIT_TROUBLE;
    o->inputs = items;
    char *bracket = strchr(text, '[');
    char *number = bracket ? NULL : strchr(text, '=');
    if (number && read_number(skip_blanks(number + 1), in)) {
        *number = '\0';
        return keep_input(o, option, in, text);
    }
    if (!bracket)
        return usage_error("%s is \"%s\"; it may be like x=float32[1,3,224,224]", option, given);
    *bracket = '\0';
    char *equals = strrchr(text, '=');
    if (equals)
        *equals++ = '\0';
    char *type = skip_blanks(equals ? equals : text);
    cut_blanks(type);
    cut_blanks(text);
    if (!read_axes(bracket + 1, in))
        return usage_error("%s %s%s%s[…: sizes may be numbers, or names of dynamic axes, as in "
                           "x=float32[batch,3,224,224]",
                           option, equals ? text : "", equals ? "=" : "", type);
    if (inc_element_from_name(type, &in->element) != INC_OK) {
        const char *near = nearest_name(type, NULL, N_TYPES, type_at);
        return usage_error("%s has the type \"%s\"; %s%s%s", option, type,
                           near ? "did you mean " : "it may be float32, int64, bool and so on",
                           near ? near : "", near ? "?" : "");
    }
    return keep_input(o, option, in, equals ? text : NULL);
}

/* ---- --dynamic NAME:AXIS=SYMBOL,AXIS=SYMBOL ---- */

static int add_axis(options *o, const char *name, int64_t axis, const char *symbol)
{
    void *items = o->axes;
    inc_dynamic_axis *a = one_more(&items, o->n_axes, sizeof *a);
    if (!a)
        return EXIT_TROUBLE;
    o->axes = items;
    *a = (inc_dynamic_axis){.name = name, .symbol = symbol, .axis = axis};
    o->n_axes++;
    return EXIT_OK;
}

int read_dynamic(options *o, const char *option, char *text)
{
    static const char form[] = "%s is \"%s\"; it may be like x:0=batch, or x:0=batch,2=height";
    char *colon = strrchr(text, ':');
    int status = EXIT_OK;

    if (!colon || colon == text || !colon[1])
        return usage_error(form, option, text);
    *colon = '\0';
    for (char *item = colon + 1; item && status == EXIT_OK;) {
        char *comma = strchr(item, ','), *end;
        if (comma)
            *comma++ = '\0';
        char *equals = strchr(item, '=');
        if (equals)
            *equals++ = '\0';
        errno = 0;
        long long axis = strtoll(item, &end, 10);
        if (end == item || *end || errno != 0 || (equals && !*equals))
            return usage_error("%s %s: \"%s%s%s\" is no axis; it may be like x:0=batch", option,
                               text, item, equals ? "=" : "", equals ? equals : "");
        status = add_axis(o, text, axis, equals);
        item = comma;
    }
    return status;
}

/* ---- --metadata KEY=VALUE ---- */

int read_metadata(options *o, const char *option, char *text)
{
    char *equals = strchr(text, '=');
    void *items = o->metadata;
    if (!equals || equals == text)
        return usage_error("%s is \"%s\"; it may be like author=me", option, text);
    *equals = '\0';
    for (size_t i = 0; i < o->n_metadata; i++)
        if (strcmp(o->metadata[i].key, text) == 0)
            return usage_error("%s %s is given twice", option, text);
    inc_metadata *m = one_more(&items, o->n_metadata, sizeof *m);
    if (!m)
        return EXIT_TROUBLE;
    o->metadata = items;
    *m = (inc_metadata){.key = text, .value = equals + 1};
    o->n_metadata++;
    return EXIT_OK;
}

inc_status auto_from_name(const char *name, uint32_t *value)
{
    if (strcmp(name, "auto") != 0)
        return INC_E_ARGUMENT;
    *value = 0;
    return INC_OK;
}

int read_custom_domain(options *o, const char *option, char *text)
{
    char *equals = strchr(text, '=');
    void *items = o->custom_domains;
    if (!equals || equals == text || !equals[1])
        return usage_error("%s is \"%s\"; it may be like myops=com.example", option, text);
    *equals = '\0';
    inc_custom_domain *d = one_more(&items, o->n_custom_domains, sizeof *d);
    if (!d)
        return EXIT_TROUBLE;
    o->custom_domains = items;
    *d = (inc_custom_domain){.name_space = text, .domain = equals + 1};
    o->n_custom_domains++;
    return EXIT_OK;
}
