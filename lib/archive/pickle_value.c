/* SPDX-License-Identifier: Apache-2.0 */
/* Making values, while a pickle is read, and looking at them. In: parts, counted against the limits
 * of the context. Out: inert values of pickle.h; nothing is called or imported. */
#include <string.h>

#include "archive/internal.h"
#include "base/str.h"

enum {
    MOST_VALUES = 16 * 1024 * 1024,
    INDEX_FROM = 8 /* dicts above this size get an index of their names */
};

/* --- Making ----------------------------------------------------------------------------------- */

incpkl_value *incpkl_new(incpkl_machine *m, incpkl_kind kind)
{
    if (m->n_values == MOST_VALUES)
        inc_raise(m->cx, INC_E_LIMIT, "a pickle holds more than %d values", MOST_VALUES);
    incpkl_value *v = INC_NEW(m->cx, incpkl_value);
    v->kind = kind;
    v->serial = m->n_values++;
    return v;
}

incpkl_value *incpkl_new_text(incpkl_machine *m, incpkl_kind kind, const void *bytes, size_t n)
{
    incpkl_value *v = incpkl_new(m, kind);
    v->as.text = (incpkl_text){inc_strndup(m->cx, bytes, n), n};
    return v;
}

incpkl_value *incpkl_new_dict(incpkl_machine *m)
{
    incpkl_value *v = incpkl_new(m, INCPKL_DICT);
    v->as.dict = INC_NEW(m->cx, incpkl_dict);
    return v;
}

/* Arrays grow by doubling: n says how much room there is, the next power of two. */
static size_t room_for(size_t n)
{
    size_t room = 1;
    while (room < n)
        room *= 2;
    return n ? room : 0;
}

void incpkl_append(incpkl_machine *m, incpkl_value *list, incpkl_value *const *items, size_t n)
{
    incpkl_items *to = &list->as.items;
    if (room_for(to->n) < to->n + n) {
        const incpkl_value **grown = INC_NEW_N(m->cx, const incpkl_value *, room_for(to->n + n));
        if (to->n)
            memcpy(grown, to->items, to->n * sizeof *grown);
        to->items = grown;
    }
    for (size_t i = 0; i < n; i++)
        to->items[to->n++] = items[i];
}

static size_t find_name(const incpkl_dict *dict, const incpkl_text *name)
{
    if (dict->by_name) {
        void *found = incmap_get(dict->by_name, name->bytes, name->n, NULL);
        return found ? (size_t)(uintptr_t)found - 1 : dict->n;
    }
    for (size_t i = 0; i < dict->n; i++) {
        const incpkl_value *k = dict->pairs[i].key;
        if (k->kind == INCPKL_STRING && k->as.text.n == name->n &&
            memcmp(k->as.text.bytes, name->bytes, name->n) == 0)
            return i;
    }
    return dict->n;
}

static void index_name(inccx *cx, incpkl_dict *dict, size_t i)
{
    const incpkl_value *key = dict->pairs[i].key;
    if (key->kind == INCPKL_STRING)
        incmap_set(cx, dict->by_name, key->as.text.bytes, key->as.text.n,
                   (void *)(uintptr_t)(i + 1));
}

void incpkl_set_item(incpkl_machine *m, incpkl_value *dict_value, incpkl_value *key,
                     incpkl_value *item)
{
    incpkl_dict *dict = dict_value->as.dict;
    size_t i = key->kind == INCPKL_STRING ? find_name(dict, &key->as.text) : dict->n;
    if (i < dict->n) { /* as in Python the key keeps its place, and the last value counts */
        dict->pairs[i].value = item;
        return;
    }
    if (room_for(dict->n) < dict->n + 1) {
        incpkl_pair *grown = INC_NEW_N(m->cx, incpkl_pair, room_for(dict->n + 1));
        if (dict->n)
            memcpy(grown, dict->pairs, dict->n * sizeof *grown);
        dict->pairs = grown;
    }
    dict->pairs[dict->n++] = (incpkl_pair){key, item};
    if (dict->by_name) {
        index_name(m->cx, dict, i);
    } else if (dict->n > INDEX_FROM) {
        dict->by_name = incmap_new(m->cx);
        for (size_t k = 0; k < dict->n; k++)
            index_name(m->cx, dict, k);
    }
}

/* --- Looking ---------------------------------------------------------------------------------- */

const char *incpkl_kind_name(incpkl_kind kind)
{
    static const char *const names[] = {
        [INCPKL_NONE] = "None",
        [INCPKL_BOOL] = "bool",
        [INCPKL_INT] = "int",
        [INCPKL_BIGINT] = "large int",
        [INCPKL_FLOAT] = "float",
        [INCPKL_COMPLEX] = "complex number",
        [INCPKL_STRING] = "string",
        [INCPKL_BYTES] = "bytes object",
        [INCPKL_TUPLE] = "tuple",
        [INCPKL_LIST] = "list",
        [INCPKL_SET] = "set",
        [INCPKL_DICT] = "dict",
        [INCPKL_TENSOR] = "tensor",
        [INCPKL_STORAGE] = "storage",
        [INCPKL_OBJECT] = "object",
        [INCPKL_ENUM] = "enumeration member",
        [INCPKL_DTYPE] = "dtype",
        [INCPKL_DEVICE] = "device",
        [INCPKL_QSCHEME] = "qscheme",
        [INCPKL_GLOBAL] = "class or function",
        [INCPKL_OPAQUE] = "foreign object",
    };
    return names[kind];
}

const char *incpkl_describe(inccx *cx, const incpkl_value *v)
{
    const char *name = incpkl_kind_name(v->kind);
    const char *class_name =
        v->kind == INCPKL_GLOBAL ? v->as.global->full
        : v->kind == INCPKL_OBJECT || v->kind == INCPKL_ENUM || v->kind == INCPKL_OPAQUE
            ? v->as.object->of->full
            : NULL;
    if (class_name)
        return inc_printf(cx, "%s %s",
                          v->kind == INCPKL_GLOBAL ? "the class or function" : "an object of",
                          incstr_shown(cx, class_name, strlen(class_name), 200));
    if (v->kind == INCPKL_NONE)
        return name;
    return inc_printf(cx, "%s %s", v->kind == INCPKL_INT ? "an" : "a", name);
}

const incpkl_value *incpkl_get(const incpkl_value *value, const char *key)
{
    if (!value || value->kind != INCPKL_DICT)
        return NULL;
    const incpkl_dict *dict = value->as.dict;
    if (dict->by_name) {
        void *found = incmap_get_str(dict->by_name, key);
        return found ? dict->pairs[(uintptr_t)found - 1].value : NULL;
    }
    for (size_t i = 0; i < dict->n; i++)
        if (incpkl_is_string(dict->pairs[i].key, key))
            return dict->pairs[i].value;
    return NULL;
}

const incpkl_value *incpkl_attribute(const incpkl_value *object, const char *name)
{
    if (!object || object->kind != INCPKL_OBJECT)
        return NULL;
    return incpkl_get(object->as.object->state, name);
}

bool incpkl_is_int(const incpkl_value *value, int64_t *number)
{
    if (!value || (value->kind != INCPKL_INT && value->kind != INCPKL_BOOL))
        return false;
    *number = value->kind == INCPKL_INT ? value->as.integer : value->as.boolean;
    return true;
}

bool incpkl_is_number(const incpkl_value *value, double *number)
{
    int64_t integer;
    if (value && value->kind == INCPKL_FLOAT) {
        *number = value->as.real;
        return true;
    }
    if (!incpkl_is_int(value, &integer))
        return false;
    *number = (double)integer;
    return true;
}

bool incpkl_is_string(const incpkl_value *value, const char *text)
{
    return value && value->kind == INCPKL_STRING && value->as.text.n == strlen(text) &&
           memcmp(value->as.text.bytes, text, value->as.text.n) == 0;
}
