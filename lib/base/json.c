/* SPDX-License-Identifier: Apache-2.0 */
/* JSON by yajl, which hands out one token after another: the tree is ours, in the arena, and so is
 * all memory that yajl asks for. Raising out of its callbacks is therefore safe. */
#include "base/json.h"

#include <math.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

enum { MOST_VALUES = 64 << 20, INDEX_FROM = 16 };

typedef struct parser {
    inccx *cx;
    const char *name;
    /* Values read whose array or object is still open, keys among them. */
    INC_VEC(incjson) values;
    size_t open[INCJSON_MAX_DEPTH]; /* where in values each open one begins */
    size_t depth;
    size_t n_values;
    const char *mistake; /* what is wrong where yajl sees nothing wrong */
    double special;      /* the number that a stand-in stands for; 0: none is under way */
} parser;

/* ---- memory for yajl: freed with the arena ---- */

typedef struct block {
    size_t size;
    max_align_t bytes[];
} block;

static void *arena_alloc(void *data, size_t size)
{
    block *b = inc_alloc(data, sizeof(block) + size);
    b->size = size;
    return b->bytes;
}

static void *arena_realloc(void *data, void *memory, size_t size)
{
    void *grown = arena_alloc(data, size);
    if (memory) {
        const block *old = (const block *)(const void *)((char *)memory - offsetof(block, bytes));
        memcpy(grown, memory, old->size < size ? old->size : size);
    }
    return grown;
}

static void arena_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

/* ---- tokens ---- */

static int push(parser *p, incjson value)
{
    if (++p->n_values > MOST_VALUES)
        inc_raise(p->cx, INC_E_LIMIT, "%s has more than %d values", p->name, MOST_VALUES);
    INC_PUSH(p->cx, &p->values, value);
    return 1;
}

static int on_null(void *data)
{
    return push(data, (incjson){.kind = INCJSON_NULL});
}

static int on_bool(void *data, int boolean)
{
    return push(data, (incjson){.kind = INCJSON_BOOL, .as.boolean = boolean != 0});
}

static int on_number(void *data, const char *text, size_t n)
{
    parser *p = data;
    incjson value = {.kind = INCJSON_INT};
    if (p->special != 0) {
        value.kind = INCJSON_REAL;
        value.as.real = text[0] == '-' ? -p->special : p->special;
        p->special = 0;
        return push(p, value);
    }
    if (incstr_int(text, n, &value.as.integer))
        return push(p, value);
    value.kind = INCJSON_REAL;
    if (!incstr_double(text, n, &value.as.real)) {
        p->mistake = "this number is none";
        return 0;
    }
    return push(p, value);
}

static int on_string(void *data, const unsigned char *text, size_t n)
{
    parser *p = data;
    if (n > UINT32_MAX)
        inc_raise(p->cx, INC_E_LIMIT, "%s has a string of %zu bytes", p->name, n);
    return push(p, (incjson){.kind = INCJSON_STRING,
                             .n = (uint32_t)n,
                             .as.text = inc_strndup(p->cx, (const char *)text, n)});
}

static int on_begin(void *data)
{
    parser *p = data;
    if (p->depth == INCJSON_MAX_DEPTH)
        inc_raise(p->cx, INC_E_LIMIT, "%s nests deeper than %d", p->name, INCJSON_MAX_DEPTH);
    p->open[p->depth++] = p->values.n;
    return 1;
}

static int on_array_end(void *data)
{
    parser *p = data;
    size_t begin = p->open[--p->depth], n = p->values.n - begin;
    incjson array = {.kind = INCJSON_ARRAY, .n = (uint32_t)n};
    if (n > 0) /* of an empty array that comes first there are no values yet */
        array.as.items = inc_copy(p->cx, p->values.items + begin, n * sizeof(incjson));
    p->values.n = begin;
    return push(p, array);
}

/* What as.members points into: from INDEX_FROM members on, a map finds them. */
typedef struct object {
    incmap *index; /* key -> const incjson * */
    incjson_member members[];
} object;

static const incmap *index_of(const incjson *value)
{
    const char *members = (const char *)value->as.members;
    return ((const object *)(const void *)(members - offsetof(object, members)))->index;
}

/* False when a key is there twice. */
static bool index_members(parser *p, object *o, size_t n)
{
    if (n < INDEX_FROM) {
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < i; k++)
                if (strcmp(o->members[i].key, o->members[k].key) == 0)
                    return false;
        return true;
    }
    o->index = incmap_new(p->cx);
    for (size_t i = 0; i < n; i++) {
        if (incmap_has_str(o->index, o->members[i].key))
            return false;
        incmap_set_str(p->cx, o->index, o->members[i].key, &o->members[i].value);
    }
    return true;
}

static int on_object_end(void *data)
{
    parser *p = data;
    size_t begin = p->open[--p->depth], n = (p->values.n - begin) / 2;
    object *o = inc_alloc(p->cx, sizeof *o + n * sizeof *o->members);
    for (size_t i = 0; i < n; i++) {
        const incjson *pair = p->values.items + begin + 2 * i;
        if (strlen(pair[0].as.text) != pair[0].n) {
            p->mistake = "a key with a NUL";
            return 0;
        }
        o->members[i] = (incjson_member){pair[0].as.text, pair[1]};
    }
    if (!index_members(p, o, n)) {
        p->mistake = "this object has a key twice";
        return 0;
    }
    p->values.n = begin;
    return push(p, (incjson){.kind = INCJSON_OBJECT, .n = (uint32_t)n, .as.members = o->members});
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_begin,
    .yajl_map_key = on_string,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_begin,
    .yajl_end_array = on_array_end,
};

/* ---- parsing ---- */

static void refuse(parser *p, const char *text, size_t at, inc_status status) INC_NORETURN;
static void refuse(parser *p, const char *text, size_t at, inc_status status)
{
    unsigned line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    inc_raise(p->cx, status, "%s: %s at line %u, column %u", p->name,
              p->mistake ? p->mistake : "no valid JSON", line, column);
}

/* ---- what Python writes beyond JSON ---- */

static bool ends_before(const char *text, size_t at)
{
    return at == 0 || strchr(",:[ \t\n-", text[at - 1]);
}

static bool ends_behind(const char *text, size_t n, size_t at)
{
    return at >= n || strchr(",]} \t\n", text[at]);
}

/* The next NaN or Infinity from *at that stands for a number, outside of strings; n when there is
 * none. *at is set behind it. */
static size_t find_special(const char *text, size_t n, size_t *at, double *special)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"NaN", (double)NAN}, {"Infinity", (double)INFINITY}};
    bool in_string = false;
    for (size_t i = *at; i < n; i++) {
        if (in_string) {
            if (text[i] == '"')
                in_string = false;
            else if (text[i] == '\\')
                i++;
            continue;
        }
        if (text[i] == '"')
            in_string = true;
        if (text[i] != 'N' && text[i] != 'I')
            continue;
        for (size_t k = 0; k < INC_COUNT(words); k++) {
            size_t length = strlen(words[k].word);
            if (n - i < length || memcmp(text + i, words[k].word, length) != 0 ||
                !ends_before(text, i) || !ends_behind(text, n, i + length))
                continue;
            *at = i + length;
            *special = words[k].value;
            return i;
        }
    }
    *at = n;
    return n;
}

/* Feeds all of text, with a stand-in for what is no JSON; *at is where it went wrong. */
static yajl_status feed(parser *p, yajl_handle yajl, const char *text, size_t n, size_t *at)
{
    size_t begin = 0, next = 0;
    for (;;) {
        double special;
        size_t end = find_special(text, n, &next, &special);
        yajl_status result = yajl_parse(yajl, (const unsigned char *)text + begin, end - begin);
        if (result != yajl_status_ok) {
            size_t consumed = yajl_get_bytes_consumed(yajl);
            *at = begin + consumed - (consumed > 0); /* it counts the byte it stumbled over */
            return result;
        }
        if (end == n)
            break;
        p->special = special;
        result = yajl_parse(yajl, (const unsigned char *)"0", 1);
        if (result != yajl_status_ok) {
            *at = end;
            return result;
        }
        begin = next;
    }
    *at = n;
    return yajl_complete_parse(yajl);
}

/* ---- all of it ---- */

const incjson *incjson_parse(inccx *cx, const char *text, size_t n, const char *name,
                             inc_status status)
{
    parser p = {.cx = cx, .name = name};
    yajl_alloc_funcs memory = {arena_alloc, arena_realloc, arena_free, cx};
    yajl_handle yajl = yajl_alloc(&callbacks, &memory, &p);

    size_t at;
    yajl_status result = feed(&p, yajl, text, n, &at);
    if (result != yajl_status_ok || p.values.n != 1)
        refuse(&p, text, at < n ? at : n, status);
    return inc_copy(cx, p.values.items, sizeof(incjson));
}

const incjson *incjson_get(const incjson *value, const char *key)
{
    if (!value || value->kind != INCJSON_OBJECT)
        return NULL;
    if (value->n >= INDEX_FROM)
        return incmap_get_str(index_of(value), key);
    for (uint32_t i = 0; i < value->n; i++)
        if (strcmp(value->as.members[i].key, key) == 0)
            return &value->as.members[i].value;
    return NULL;
}

const char *incjson_kind_name(const incjson *value)
{
    static const char *const names[] = {"null",     "true or false", "a number", "a number",
                                        "a string", "an array",      "an object"};
    return value && value->kind < INC_COUNT(names) ? names[value->kind] : "nothing";
}
