/* SPDX-License-Identifier: Apache-2.0 */
/* best_configure.yaml of Neural Compressor 1.0 to 1.10 as the values that the pickled form of later
 * versions has: what Python's yaml.dump writes of dicts, lists, tuples and plain scalars. */
#include <string.h>
#include <yaml.h>

#include "base/str.h"
#include "checkpoint/internal.h"

enum { MOST_DEEP = 32, MOST_EVENTS = 1 << 20, MOST_BYTES = 16 << 20 };

typedef INC_VEC(const incpkl_value *) value_list;

/* What is open: a mapping, whose keys and values alternate, or a sequence. */
typedef struct level {
    value_list items;
    incpkl_value *value;
    const char *anchor;
} level;

typedef struct loader {
    inccx *cx;
    const char *file;
    yaml_parser_t parser;
    yaml_event_t event;
    level levels[MOST_DEEP];
    size_t depth;
    incmap *anchors;
    const incpkl_value *root;
} loader;

static void delete_parser(void *data)
{
    yaml_parser_delete(data);
}

static void delete_event(void *data)
{
    yaml_event_delete(data);
}

static void odd(const loader *l, const char *what) INC_NORETURN;
static void odd(const loader *l, const char *what)
{
    inc_raise(l->cx, INC_E_FORMAT, "%s:%zu: %s", l->file, l->event.start_mark.line + 1, what);
}

static incpkl_value *value_new(const loader *l, incpkl_kind kind)
{
    incpkl_value *v = INC_NEW(l->cx, incpkl_value);
    v->kind = kind;
    return v;
}

static bool is_word(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* A scalar without quotes may be more than text. */
static void read_plain(const char *text, size_t n, incpkl_value *v)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE", "yes", "on"};
    static const char *const falses[] = {"false", "False", "FALSE", "no", "off"};
    if (is_word(text, nulls, INC_COUNT(nulls))) {
        v->kind = INCPKL_NONE;
    } else if (is_word(text, trues, INC_COUNT(trues)) || is_word(text, falses, INC_COUNT(falses))) {
        v->kind = INCPKL_BOOL;
        v->as.boolean = is_word(text, trues, INC_COUNT(trues));
    } else if (incstr_int(text, n, &v->as.integer)) {
        v->kind = INCPKL_INT;
    } else if (incstr_double(text, n, &v->as.real)) {
        v->kind = INCPKL_FLOAT;
    }
}

static const incpkl_value *read_scalar(const loader *l)
{
    static const char str[] = "tag:yaml.org,2002:str", python[] = "tag:yaml.org,2002:python/";
    const char *tag = (const char *)l->event.data.scalar.tag;
    size_t n = l->event.data.scalar.length;
    const char *text = inc_strndup(l->cx, (const char *)l->event.data.scalar.value, n);
    incpkl_value *v = value_new(l, INCPKL_STRING);
    if (tag && incstr_starts(tag, python) && !incstr_ends(tag, "/str") &&
        !incstr_ends(tag, "/unicode"))
        odd(l, "an object of Python, which is not read");
    if (memchr(text, '\0', n))
        odd(l, "a NUL in a text");
    if (l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !(tag && strcmp(tag, str) == 0))
        read_plain(text, n, v);
    if (v->kind == INCPKL_STRING)
        v->as.text = (incpkl_text){text, n};
    return v;
}

static void add(loader *l, const incpkl_value *v)
{
    if (l->depth)
        INC_PUSH(l->cx, &l->levels[l->depth - 1].items, v);
    else if (!l->root)
        l->root = v;
    else
        odd(l, "a second document");
}

static void open_level(loader *l, incpkl_kind kind, const yaml_char_t *anchor)
{
    if (l->depth == MOST_DEEP)
        inc_raise(l->cx, INC_E_LIMIT, "%s is nested more than %d deep", l->file, MOST_DEEP);
    l->levels[l->depth++] =
        (level){.value = value_new(l, kind),
                .anchor = anchor ? inc_strdup(l->cx, (const char *)anchor) : NULL};
}

static bool is_tuple(const yaml_char_t *tag)
{
    return tag && strcmp((const char *)tag, "tag:yaml.org,2002:python/tuple") == 0;
}

static void check_tag(const loader *l, const yaml_char_t *tag)
{
    if (tag && incstr_starts((const char *)tag, "tag:yaml.org,2002:python/") && !is_tuple(tag) &&
        !incstr_ends((const char *)tag, "/dict"))
        odd(l, "an object of Python, which is not read");
}

static void close_level(loader *l)
{
    level *top = &l->levels[--l->depth];
    incpkl_value *v = top->value;
    if (v->kind == INCPKL_DICT) {
        v->as.dict = INC_NEW(l->cx, incpkl_dict);
        v->as.dict->n = top->items.n / 2;
        v->as.dict->pairs = INC_NEW_N(l->cx, incpkl_pair, top->items.n / 2);
        for (size_t i = 0; i < top->items.n / 2; i++)
            v->as.dict->pairs[i] =
                (incpkl_pair){top->items.items[2 * i], top->items.items[2 * i + 1]};
    } else {
        v->as.items = (incpkl_items){top->items.items, top->items.n, NULL};
    }
    if (top->anchor) /* only now: nothing holds itself */
        incmap_set_str(l->cx, l->anchors, top->anchor, v);
    add(l, v);
}

static void take_event(loader *l)
{
    const yaml_char_t *anchor;
    switch (l->event.type) {
    case YAML_SCALAR_EVENT: {
        const incpkl_value *v = read_scalar(l);
        anchor = l->event.data.scalar.anchor;
        if (anchor)
            incmap_set_str(l->cx, l->anchors, inc_strdup(l->cx, (const char *)anchor),
                           (void *)(uintptr_t)v);
        add(l, v);
        break;
    }
    case YAML_MAPPING_START_EVENT:
        check_tag(l, l->event.data.mapping_start.tag);
        open_level(l, INCPKL_DICT, l->event.data.mapping_start.anchor);
        break;
    case YAML_SEQUENCE_START_EVENT:
        check_tag(l, l->event.data.sequence_start.tag);
        open_level(l, is_tuple(l->event.data.sequence_start.tag) ? INCPKL_TUPLE : INCPKL_LIST,
                   l->event.data.sequence_start.anchor);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        close_level(l);
        break;
    case YAML_ALIAS_EVENT: {
        const char *name = (const char *)l->event.data.alias.anchor;
        const incpkl_value *v = incmap_get_str(l->anchors, name);
        if (!v)
            odd(l, "an alias of nothing before it");
        add(l, v);
        break;
    }
    default:
        break; /* begin and end of the stream and of documents */
    }
}

const incpkl_value *incckpt_read_yaml(inccx *cx, const incfile *file)
{
    loader *l = INC_NEW(cx, loader);
    l->cx = cx;
    l->file = file->name;
    l->anchors = incmap_new(cx);
    if (file->size > MOST_BYTES)
        inc_raise(cx, INC_E_LIMIT, "%s is larger than %d MiB", file->name, MOST_BYTES >> 20);
    if (!yaml_parser_initialize(&l->parser))
        inc_raise(cx, INC_E_MEMORY, "out of memory");
    inc_defer(cx, delete_parser, &l->parser);
    yaml_parser_set_input_string(&l->parser, incfile_bytes(cx, file, 0, file->size),
                                 (size_t)file->size);
    bool ends = false;
    for (int i = 0; !ends; i++) {
        if (i == MOST_EVENTS)
            inc_raise(cx, INC_E_LIMIT, "%s holds more than %d values", file->name, MOST_EVENTS);
        if (!yaml_parser_parse(&l->parser, &l->event) && l->parser.error == YAML_MEMORY_ERROR)
            inc_raise(cx, INC_E_MEMORY, "out of memory");
        if (l->parser.error != YAML_NO_ERROR)
            inc_raise(cx, INC_E_FORMAT, "%s:%zu: %s", file->name, l->parser.problem_mark.line + 1,
                      l->parser.problem ? l->parser.problem : "it is no YAML");
        inc_defer(cx, delete_event, &l->event);
        ends = l->event.type == YAML_STREAM_END_EVENT;
        take_event(l);
        inc_undefer(cx, &l->event);
    }
    inc_undefer(cx, &l->parser);
    if (!l->root || l->root->kind != INCPKL_DICT)
        inc_raise(cx, INC_E_FORMAT, "%s does not hold what a best_configure.yaml holds",
                  file->name);
    return l->root;
}
