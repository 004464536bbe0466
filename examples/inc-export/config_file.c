/* SPDX-License-Identifier: Apache-2.0 */
/* --config FILE.json: an object whose keys are those of Torch2ONNXConfig, as the rows of
 * option_table.c name them. What the command line says counts more, and what a command does not
 * take is passed over, so that one file serves all of them. */
#include "command.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

enum { LARGEST_FILE = 1 << 20, DEEPEST = 32 };

/* ---- texts that live as long as the options ---- */

static char *keep(options *o, char *text)
{
    char **grown = text ? realloc(o->texts, (o->n_texts + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(text);
        return NULL;
    }
    o->texts = grown;
    return o->texts[o->n_texts++] = text;
}

static char *keep_copy(options *o, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return keep(o, copy ? memcpy(copy, text, size) : NULL);
}

/* ---- JSON back to text, which --dynamic-axes takes ---- */

static void write_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        fprintf(to, *c == '"' || *c == '\\' ? "\\%c" : *c < 0x20 ? "\\u%04x" : "%c", *c);
    fputc('"', to);
}

static void write_json(FILE *to, yajl_val v)
{
    if (YAJL_IS_STRING(v)) {
        write_text(to, v->u.string);
    } else if (YAJL_IS_NUMBER(v)) {
        fputs(v->u.number.r, to);
    } else if (YAJL_IS_OBJECT(v)) {
        for (size_t i = 0; i < v->u.object.len; i++) {
            fputs(i ? ", " : "{", to);
            write_text(to, v->u.object.keys[i]);
            fputs(": ", to);
            write_json(to, v->u.object.values[i]);
        }
        fputs(v->u.object.len ? "}" : "{}", to);
    } else if (YAJL_IS_ARRAY(v)) {
        for (size_t i = 0; i < v->u.array.len; i++) {
            fputs(i ? ", " : "[", to);
            write_json(to, v->u.array.values[i]);
        }
        fputs(v->u.array.len ? "]" : "[]", to);
    } else {
        fputs(YAJL_IS_TRUE(v) ? "true" : YAJL_IS_FALSE(v) ? "false" : "null", to);
    }
}

static char *keep_json(options *o, yajl_val v)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    write_json(to, v);
    fclose(to); /* sets text */
    return keep(o, text);
}

/* ---- one key ---- */

/* What the value is a part of, for messages: "net.json: opset_version". */
typedef struct place {
    options *o;
    const option_row *row;
    char name[160];
} place;

static int refuse(const place *p, const char *may)
{
    return usage_error("%s may be %s", p->name, may);
}

static int apply_text(const place *p, const char *text)
{
    char *kept = keep_copy(p->o, text);
    if (!kept)
        return out_of_memory();
    return apply_option(p->o, p->row, p->name, kept);
}

static int apply_flag(const place *p, yajl_val v)
{
    char *at = (char *)p->o + p->row->at;
    if (!YAJL_IS_TRUE(v) && !YAJL_IS_FALSE(v))
        return refuse(p, "true or false");
    if (p->row->kind == OPTION_FLAG)
        *(bool *)at = YAJL_IS_TRUE(v);
    else /* the key is that of the field, also where the option says that it is off */
        *(uint32_t *)at = YAJL_IS_TRUE(v);
    return EXIT_OK;
}

static int apply_names(const place *p, yajl_val v)
{
    name_list *list = (name_list *)(void *)((char *)p->o + p->row->at);
    for (size_t i = 0; i < v->u.array.len; i++) {
        if (!YAJL_IS_STRING(v->u.array.values[i]))
            return refuse(p, "a list of texts");
        if (list->n == MOST_NAMES)
            return usage_error("%s has more than %d names", p->name, MOST_NAMES);
        char *kept = keep_copy(p->o, v->u.array.values[i]->u.string);
        if (!kept)
            return out_of_memory();
        list->items[list->n++] = kept;
    }
    return EXIT_OK;
}

static const char *given_metadata(const options *o, size_t i)
{
    return i < o->n_metadata ? o->metadata[i].key : NULL;
}

static const char *given_domain(const options *o, size_t i)
{
    return i < o->n_custom_domains ? o->custom_domains[i].name_space : NULL;
}

/* The keys that are objects of texts: {"KEY": "VALUE"} is --metadata KEY=VALUE for each, but for
 * those that the command line gives. */
static const struct {
    const char *key, *may;
    const char *(*given)(const options *o, size_t i);
} pairs[] = {
    {"metadata", "an object of texts, as in {\"author\": \"me\"}", given_metadata},
    {"custom_domains", "an object of texts, as in {\"myops\": \"com.example\"}", given_domain},
};
enum { N_PAIRS = sizeof pairs / sizeof pairs[0] };

/* Of pairs; N_PAIRS: none of them. */
static size_t pairs_of(const option_row *row)
{
    size_t i = 0;
    while (i < N_PAIRS && strcmp(row->key, pairs[i].key) != 0)
        i++;
    return i;
}

static int apply_pairs(const place *p, yajl_val v)
{
    int status = EXIT_OK;
    size_t kind = pairs_of(p->row), n_given = 0;
    if (!YAJL_IS_OBJECT(v))
        return refuse(p, pairs[kind].may);
    while (pairs[kind].given(p->o, n_given))
        n_given++;
    for (size_t i = 0; i < v->u.object.len && status == EXIT_OK; i++) {
        const char *key = v->u.object.keys[i];
        yajl_val value = v->u.object.values[i];
        bool is_given = false;
        for (size_t k = 0; k < n_given; k++)
            is_given = is_given || strcmp(pairs[kind].given(p->o, k), key) == 0;
        if (!YAJL_IS_STRING(value) || !*key || strchr(key, '='))
            return refuse(p, pairs[kind].may);
        if (is_given)
            continue;
        char *line = malloc(strlen(key) + strlen(value->u.string) + 2);
        if (line)
            sprintf(line, "%s=%s", key, value->u.string);
        line = keep(p->o, line);
        status = line ? p->row->read(p->o, p->name, line) : out_of_memory();
    }
    return status;
}

static const option_row *row_called(const char *option)
{
    for (size_t i = 0; i < n_options; i++)
        if (strcmp(option_table[i].name, option) == 0)
            return &option_table[i];
    return NULL;
}

/* ["x=float32[1,3]"] as --input for each; a text is the file of --example-inputs. */
static int apply_inputs(place *p, yajl_val v)
{
    int status = EXIT_OK;
    p->row = row_called("input");
    for (size_t i = 0; i < v->u.array.len && status == EXIT_OK; i++)
        status = YAJL_IS_STRING(v->u.array.values[i])
                     ? apply_text(p, v->u.array.values[i]->u.string)
                     : refuse(p, "a list of texts, as in [\"x=float32[1,3,224,224]\"]");
    return status;
}

/* As text, which --dynamic-axes takes; what is wrong in it is the file's. */
static int apply_axes(const place *p, yajl_val v)
{
    char *text = keep_json(p->o, v);
    inc_dynamic_axes *axes = NULL;
    inc_error *error = NULL;
    if (!text)
        return out_of_memory();
    inc_status read = inc_dynamic_axes_parse(text, NULL, &axes, &error);
    inc_dynamic_axes_free(axes);
    if (read == INC_OK)
        return apply_option(p->o, p->row, p->name, text);
    const char *why = strstr(inc_error_message(error), ": ");
    int status = usage_error("%s: %s", p->name, why ? why + 2 : inc_error_message(error));
    inc_error_free(error);
    return status;
}

static int apply_value(place *p, yajl_val v)
{
    bool is_flag =
        p->row->kind == OPTION_FLAG || p->row->kind == OPTION_ON || p->row->kind == OPTION_OFF;
    bool is_number = p->row->kind == OPTION_NUMBER || p->row->kind == OPTION_SIZE;
    bool is_axes = strcmp(p->row->key, "dynamic_axes") == 0;
    bool is_inputs = strcmp(p->row->key, "example_inputs") == 0;

    if (YAJL_IS_NULL(v))
        return EXIT_OK; /* as None: the default */
    if (is_flag)
        return apply_flag(p, v);
    if (is_number && YAJL_IS_NUMBER(v))
        return apply_text(p, v->u.number.r);
    if (pairs_of(p->row) < N_PAIRS)
        return apply_pairs(p, v);
    if (p->row->kind == OPTION_NAMES && YAJL_IS_ARRAY(v))
        return apply_names(p, v);
    if (is_inputs && YAJL_IS_ARRAY(v))
        return apply_inputs(p, v);
    if (is_axes && YAJL_IS_OBJECT(v))
        return apply_axes(p, v);
    if (YAJL_IS_STRING(v))
        return apply_text(p, v->u.string);
    if (p->row->choices) {
        char may[256];
        return refuse(p, list_choices(p->row->choices, may, sizeof may));
    }
    return refuse(p, p->row->kind == OPTION_SIZE      ? "a number, or a text as \"512M\""
                     : is_number && p->row->from_name ? "a number, or \"auto\""
                     : is_number                      ? "a number"
                     : is_axes                      ? "an object, as in {\"x\": {\"0\": \"batch\"}}"
                     : is_inputs                    ? "the name of an .npz file, or a list as in "
                                                      "[\"x=float32[1,3,224,224]\"]"
                     : p->row->kind == OPTION_NAMES ? "a list of texts"
                                                    : "a text");
}

/* ---- the object ---- */

static const option_row *row_of_key(const char *key)
{
    for (size_t i = 0; i < n_options; i++)
        if (option_table[i].key && strcmp(option_table[i].key, key) == 0)
            return &option_table[i];
    return NULL;
}

static const char *const field_keys[] = {"log_level", "target"};
enum { N_FIELD_KEYS = sizeof field_keys / sizeof field_keys[0] };

static const char *key_at(const void *names, size_t i)
{
    (void)names;
    return i < n_options ? option_table[i].key : field_keys[i - n_options];
}

/* ---- fields of Torch2ONNXConfig that are no option, and what is no field ---- */

/* As --quiet and --verbose, which count more. */
static int apply_log_level(const place *p, yajl_val v)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    enum { N_LEVELS = sizeof levels / sizeof levels[0] };
    int level = 0;
    if (YAJL_IS_NULL(v))
        return EXIT_OK;
    while (level < N_LEVELS && !(YAJL_IS_STRING(v) && strcmp(v->u.string, levels[level]) == 0) &&
           !(YAJL_IS_INTEGER(v) && YAJL_GET_INTEGER(v) == level))
        level++;
    if (level == N_LEVELS)
        return refuse(p, "\"error\", \"warning\", \"info\" or \"debug\"");
    if (p->o->quiet || p->o->verbose)
        return EXIT_OK;
    p->o->quiet = level == 0;
    p->o->verbose = level > 1 ? level - 1 : 0;
    return EXIT_OK;
}

static int apply_target(const place *p, yajl_val v)
{
    const char *generic = inc_target_name(INC_TARGET_GENERIC);
    if (YAJL_IS_NULL(v) || (YAJL_IS_STRING(v) && strcmp(v->u.string, generic) == 0) ||
        (YAJL_IS_INTEGER(v) && YAJL_GET_INTEGER(v) == INC_TARGET_GENERIC))
        return EXIT_OK;
    return refuse(p, "\"generic\", the only target that is built");
}

/* Why a field cannot stand in a file; NULL: it is none of those. */
static const char *why_not(const char *key)
{
    static const struct {
        const char *key, *why;
    } fields[] = {
        {"log", "a function of a program; the command's own lines are those of log_level"},
        {"progress", "a function of a program; the command shows its own on a terminal"},
        {"lower", "a function of a program; a file has custom_domains"},
        {"allocator", "made of functions of a program"},
        {"log_data", "passed to a function of a program"},
        {"progress_data", "passed to a function of a program"},
        {"lower_data", "passed to a function of a program"},
        {"struct_size", "for C; a file needs none"},
        {"reserved0", "for C; a file needs none"},
    };
    static const char *const lists[] = {"input_name",  "output_name", "example_input",
                                        "dynamic_axe", "metadata",    "custom_domain"};
    const char *list = strncmp(key, "n_", 2) == 0 ? key + 2 : key;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(key, fields[i].key) == 0)
            return fields[i].why;
    bool is_size = strcmp(key, "dynamic_axis_size") == 0;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t n = strlen(lists[i]);
        is_size = is_size || (strncmp(list, lists[i], n) == 0 &&
                              (list != key ? strspn(list + n, "s") == strlen(list + n)
                                           : strcmp(list + n, "_size") == 0));
    }
    return is_size ? "for C; a list in a file has its own length" : NULL;
}

/* An option's name with underscores. */
static bool is_named(const option_row *row, const char *key)
{
    size_t i = 0;
    while (row->name[i] && (key[i] == row->name[i] || (key[i] == '_' && row->name[i] == '-')))
        i++;
    return !row->name[i] && !key[i];
}

static int no_such_key(const char *path, const char *key)
{
    const char *why = why_not(key),
               *near = nearest_name(key, NULL, n_options + N_FIELD_KEYS, key_at);
    if (why)
        return usage_error("%s: %s cannot stand in a file: it is %s", path, key, why);
    for (size_t i = 0; i < n_options; i++) {
        const option_row *row = &option_table[i];
        if (is_named(row, key) && !row->key && !row->read &&
            !(row->at == offsetof(options, quiet) || row->at == offsetof(options, verbose)))
            return usage_error("%s: %s cannot stand in a file: say --%s on the command line", path,
                               key, row->name);
        if (is_named(row, key) && row->group == GROUP_MESSAGES)
            near = "log_level";
        else if (is_named(row, key))
            near = row->key                          ? row->key
                   : strcmp(row->name, "input") == 0 ? "example_inputs"
                                                     : "dynamic_axes";
    }
    return near ? usage_error("%s: there is no key \"%.100s\"; did you mean \"%s\"?", path, key,
                              near)
                : usage_error("%s: there is no key \"%.100s\"", path, key);
}

static int apply_field(const place *p, const char *key, const char *path, yajl_val v)
{
    if (strcmp(key, "log_level") == 0)
        return apply_log_level(p, v);
    if (strcmp(key, "target") == 0)
        return apply_target(p, v);
    return no_such_key(path, key);
}

/* Inputs and axes can be given in two ways each. */
static bool is_overruled(const options *o, const option_row *row)
{
    if (pairs_of(row) < N_PAIRS)
        return false;
    if (strcmp(row->key, "example_inputs") == 0)
        return is_given(o, "example-inputs") || is_given(o, "input");
    if (strcmp(row->key, "dynamic_axes") == 0)
        return is_given(o, "dynamic-axes") || is_given(o, "dynamic");
    return is_given(o, row->name);
}

static int apply_keys(options *o, const char *path, yajl_val root)
{
    for (size_t i = 0; root && i < root->u.object.len; i++) {
        const char *key = root->u.object.keys[i];
        place p = {.o = o, .row = row_of_key(key)};
        snprintf(p.name, sizeof p.name, "%.80s: %.60s", path, key);
        for (size_t k = 0; k < i; k++)
            if (strcmp(root->u.object.keys[k], key) == 0)
                return usage_error("%s: %.100s stands there twice", path, key);
        if (p.row && (is_overruled(o, p.row) || !(p.row->commands & 1U << o->command)))
            continue;
        int status = p.row ? apply_value(&p, root->u.object.values[i])
                           : apply_field(&p, key, path, root->u.object.values[i]);
        if (status != EXIT_OK)
            return status;
    }
    return EXIT_OK;
}

/* The parser frees nested values by calling itself. */
static bool is_too_deep(const char *text)
{
    size_t depth = 0;
    bool is_quoted = false;
    for (const char *c = text; *c; c++) {
        if (is_quoted && *c == '\\' && c[1])
            c++;
        else if (*c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && (*c == '{' || *c == '['))
            depth++;
        else if (!is_quoted && depth > 0 && (*c == '}' || *c == ']'))
            depth--;
        if (depth > DEEPEST)
            return true;
    }
    return false;
}

static int read_all(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(text, 1, LARGEST_FILE + 1, file) : 0;
    bool failed = !file || ferror(file);
    if (file)
        fclose(file);
    if (failed)
        return usage_error("--config: %s cannot be read: %s", path, strerror(errno));
    if (n > LARGEST_FILE)
        return usage_error("--config: %s is larger than 1 MiB", path);
    text[n] = '\0';
    if (strlen(text) != n || is_too_deep(text))
        return usage_error("--config: %s is nested too deeply for options, or is no text", path);
    return EXIT_OK;
}

int read_config(options *o, const char *path)
{
    char *text = malloc(LARGEST_FILE + 2), why[1024] = "";
    int status = text ? read_all(path, text) : out_of_memory();
    yajl_val root = status == EXIT_OK ? yajl_tree_parse(text, why, sizeof why) : NULL;
    why[strcspn(why, "\r\n")] = '\0';
    if (status == EXIT_OK && !root)
        status = usage_error("--config: %s: %s", path, *why ? why : "no JSON");
    if (status == EXIT_OK && !YAJL_IS_OBJECT(root))
        status = usage_error("--config: %s holds no object, as in {\"opset_version\": 17}", path);
    if (status == EXIT_OK)
        status = apply_keys(o, path, root);
    yajl_tree_free(root);
    free(text);
    return status;
}
