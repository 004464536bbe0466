/* SPDX-License-Identifier: Apache-2.0 */
/* --config FILE.json: an object whose keys are those of Torch2ONNXConfig, as the rows of
 * option_table.c name them. What the command line says counts more, and what a command does not
 * take is passed over, so that one file serves all of them. */
#include "command.h"

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

/* {"KEY": "VALUE"} as --metadata KEY=VALUE for each, but for those that the command line gives. */
static int apply_metadata(const place *p, yajl_val v)
{
    int status = EXIT_OK;
    size_t n_given = p->o->n_metadata;
    for (size_t i = 0; i < v->u.object.len && status == EXIT_OK; i++) {
        const char *key = v->u.object.keys[i];
        yajl_val value = v->u.object.values[i];
        bool is_given = false;
        for (size_t k = 0; k < n_given; k++)
            is_given = is_given || strcmp(p->o->metadata[k].key, key) == 0;
        if (!YAJL_IS_STRING(value) || !*key || strchr(key, '='))
            return refuse(p, "an object of texts, as in {\"author\": \"me\"}");
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

static int apply_value(place *p, yajl_val v)
{
    bool is_flag =
        p->row->kind == OPTION_FLAG || p->row->kind == OPTION_ON || p->row->kind == OPTION_OFF;
    bool is_number = p->row->kind == OPTION_NUMBER || p->row->kind == OPTION_SIZE;
    bool is_axes = strcmp(p->row->key, "dynamic_axes") == 0;
    bool is_metadata = strcmp(p->row->key, "metadata") == 0;
    bool is_inputs = strcmp(p->row->key, "example_inputs") == 0;

    if (YAJL_IS_NULL(v))
        return EXIT_OK; /* as None: the default */
    if (is_flag)
        return apply_flag(p, v);
    if (is_number && YAJL_IS_NUMBER(v))
        return apply_text(p, v->u.number.r);
    if (is_metadata)
        return YAJL_IS_OBJECT(v) ? apply_metadata(p, v)
                                 : refuse(p, "an object of texts, as in {\"author\": \"me\"}");
    if (p->row->kind == OPTION_NAMES && YAJL_IS_ARRAY(v))
        return apply_names(p, v);
    if (is_inputs && YAJL_IS_ARRAY(v))
        return apply_inputs(p, v);
    if (is_axes && YAJL_IS_OBJECT(v)) {
        char *text = keep_json(p->o, v);
        return text ? apply_option(p->o, p->row, p->name, text) : out_of_memory();
    }
    if (YAJL_IS_STRING(v))
        return apply_text(p, v->u.string);
    if (p->row->choices)
        return usage_error("%s may be one of the texts %s", p->name, p->row->choices);
    return refuse(p, is_number                      ? "a number"
                     : is_axes                      ? "an object, as in {\"x\": {\"0\": \"batch\"}}"
                     : is_inputs                    ? "the name of an .npz file, or a list as in "
                                                      "[\"x=float32[1,3,224,224]\"]"
                     : p->row->kind == OPTION_NAMES ? "a list of texts"
                                                    : "a text");
}

/* ---- the object ---- */

static const char *key_at(const void *names, size_t i)
{
    (void)names;
    return option_table[i].key;
}

static const option_row *row_of_key(const char *key)
{
    for (size_t i = 0; i < n_options; i++)
        if (option_table[i].key && strcmp(option_table[i].key, key) == 0)
            return &option_table[i];
    return NULL;
}

/* Inputs and axes can be given in two ways each. */
static bool is_overruled(const options *o, const option_row *row)
{
    if (strcmp(row->key, "metadata") == 0)
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
        if (!p.row) {
            const char *near = nearest_name(key, NULL, n_options, key_at);
            return near ? usage_error("%s: there is no key \"%.100s\"; did you mean \"%s\"?", path,
                                      key, near)
                        : usage_error("%s: there is no key \"%.100s\"", path, key);
        }
        if (is_overruled(o, p.row) || !(p.row->commands & 1U << o->command))
            continue;
        int status = apply_value(&p, root->u.object.values[i]);
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
        return usage_error("--config: %s cannot be read", path);
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
