/* SPDX-License-Identifier: Apache-2.0 */
/* Making and looking at values; boxes are in box.c. */
#include "ops/call/value.h"

#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "ops/call/packed.h"

incval incval_none(void)
{
    return (incval){.kind = INCVAL_NONE};
}

incval incval_unknown(void)
{
    return (incval){.kind = INCVAL_UNKNOWN};
}

incval incval_bool(bool b)
{
    return (incval){.kind = INCVAL_BOOL, .u.b = b};
}

incval incval_int(const incsym *i)
{
    return (incval){.kind = INCVAL_INT, .u.i = i};
}

incval incval_float(double f)
{
    return (incval){.kind = INCVAL_FLOAT, .u.f = f};
}

incval incval_str(const char *s)
{
    return (incval){.kind = INCVAL_STR, .u.s = s};
}

incval incval_device(const char *s)
{
    return (incval){.kind = INCVAL_DEVICE, .u.s = s};
}

incval incval_object(void *object)
{
    return (incval){.kind = INCVAL_OBJECT, .u.object = object};
}

incval incval_tensor(incop_box *box)
{
    return (incval){.kind = INCVAL_TENSOR, .u.t = box};
}

incval incval_list_new(inccx *cx, incval_kind list_or_tuple)
{
    incval_list *list = INC_NEW(cx, incval_list);
    list->born = inc_stamp(cx);
    return (incval){.kind = list_or_tuple, .u.list = list};
}

const char *incval_kind_name(incval_kind kind)
{
    static const char *const names[] = {
        [INCVAL_NONE] = "None",
        [INCVAL_BOOL] = "bool",
        [INCVAL_INT] = "int",
        [INCVAL_FLOAT] = "float",
        [INCVAL_COMPLEX] = "complex",
        [INCVAL_STR] = "str",
        [INCVAL_DEVICE] = "Device",
        [INCVAL_TENSOR] = "Tensor",
        [INCVAL_LIST] = "List",
        [INCVAL_TUPLE] = "Tuple",
        [INCVAL_DICT] = "Dict",
        [INCVAL_OBJECT] = "object",
        [INCVAL_FUNCTION] = "function",
        [INCVAL_PACKED] = "packed weights",
        [INCVAL_UNKNOWN] = "unknown",
        [INCVAL_UNSET] = "value never set",
        [INCVAL_CHOICE] = "value that data chooses",
        [INCVAL_ABSENT] = "key that is not there",
    };
    return (size_t)kind < INC_COUNT(names) ? names[kind] : "?";
}

const char *incval_described(incval_kind kind)
{
    static const char *const described[] = {
        [INCVAL_NONE] = "None",
        [INCVAL_BOOL] = "a bool",
        [INCVAL_INT] = "an int",
        [INCVAL_FLOAT] = "a float",
        [INCVAL_COMPLEX] = "a complex number",
        [INCVAL_STR] = "a str",
        [INCVAL_DEVICE] = "a Device",
        [INCVAL_TENSOR] = "a Tensor",
        [INCVAL_LIST] = "a List",
        [INCVAL_TUPLE] = "a Tuple",
        [INCVAL_DICT] = "a Dict",
        [INCVAL_OBJECT] = "an object",
        [INCVAL_FUNCTION] = "a function",
        [INCVAL_PACKED] = "packed weights",
        [INCVAL_UNKNOWN] = "an unknown value",
        [INCVAL_UNSET] = "a value never set",
        [INCVAL_CHOICE] = "a value that data chooses",
        [INCVAL_ABSENT] = "a key that is not there",
    };
    return (size_t)kind < INC_COUNT(described) ? described[kind] : "?";
}

/* ---- dicts: entries in order of insertion, found through their key's text ---- */

typedef struct dict_entry {
    incval key, value;
    bool removed;
} dict_entry;

struct incval_dict {
    inccx *cx;
    INC_VEC(dict_entry) entries;
    size_t count;
    incmap *index; /* key text -> entry number + 1, as a pointer */
    uint64_t born; /* when it was made */
    bool is_disordered;
    const incval_shared *shared;
};

static size_t key_text(incval key, char *text, size_t room)
{
    int64_t number = 0;
    switch (key.kind) {
    case INCVAL_BOOL: /* True and 1 are one key, as in Python */
        number = key.u.b;
        break;
    case INCVAL_INT:
        number = incsym_hint(key.u.i);
        break;
    case INCVAL_FLOAT:
        text[0] = 'f';
        memcpy(text + 1, &key.u.f, sizeof key.u.f);
        return 1 + sizeof key.u.f;
    default:
        text[0] = 'o'; /* objects: by identity */
        memcpy(text + 1, &key.u.object, sizeof key.u.object);
        return 1 + sizeof key.u.object;
    }
    (void)room;
    text[0] = 'i';
    memcpy(text + 1, &number, sizeof number);
    return 1 + sizeof number;
}

static dict_entry *find(const incval_dict *d, incval key)
{
    char text[32];
    void *found;
    if (key.kind == INCVAL_STR || key.kind == INCVAL_DEVICE) {
        size_t n = strlen(key.u.s);
        char *whole = inc_alloc(d->cx, n + 2);
        whole[0] = 's';
        memcpy(whole + 1, key.u.s, n);
        found = incmap_get(d->index, whole, n + 1, NULL);
    } else {
        found = incmap_get(d->index, text, key_text(key, text, sizeof text), NULL);
    }
    return found ? &d->entries.items[(uintptr_t)found - 1] : NULL;
}

incval incval_dict_new(inccx *cx)
{
    incval_dict *d = INC_NEW(cx, incval_dict);
    d->cx = cx;
    d->index = incmap_new(cx);
    d->born = inc_stamp(cx);
    return (incval){.kind = INCVAL_DICT, .u.dict = d};
}

bool incval_dict_get(const incval_dict *d, incval key, incval *value)
{
    const dict_entry *entry = find(d, key);
    if (!entry || entry->removed)
        return false;
    *value = entry->value;
    return true;
}

static void number_entry(inccx *cx, incval_dict *d, incval key, size_t number)
{
    void *n = (void *)(uintptr_t)number;
    if (key.kind == INCVAL_STR || key.kind == INCVAL_DEVICE) {
        incmap_set_str(cx, d->index, inc_printf(cx, "s%s", key.u.s), n);
    } else {
        char text[32];
        incmap_set(cx, d->index, text, key_text(key, text, sizeof text), n);
    }
}

void incval_dict_set(inccx *cx, incval_dict *d, incval key, incval value)
{
    dict_entry *entry = find(d, key);
    if (entry && !entry->removed) {
        entry->value = value;
        return;
    }
    INC_PUSH(cx, &d->entries, (dict_entry){key, value, false});
    d->count++;
    number_entry(cx, d, key, d->entries.n);
}

bool incval_dict_remove(incval_dict *d, incval key)
{
    dict_entry *entry = find(d, key);
    if (!entry || entry->removed)
        return false;
    entry->removed = true;
    d->count--;
    return true;
}

uint64_t incval_dict_born(const incval_dict *d)
{
    return d->born;
}

incval_dict *incval_dict_copy(inccx *cx, const incval_dict *d)
{
    incval_dict *copy = incval_dict_new(cx).u.dict;
    for (size_t i = 0; i < d->entries.n; i++)
        if (!d->entries.items[i].removed)
            incval_dict_set(cx, copy, d->entries.items[i].key, d->entries.items[i].value);
    copy->is_disordered = d->is_disordered;
    copy->shared = d->shared;
    return copy;
}

void incval_dict_set_disordered(incval_dict *d)
{
    d->is_disordered = true;
}

bool incval_dict_is_disordered(const incval_dict *d)
{
    return d->is_disordered && d->count > 1;
}

const incval_shared **incval_dict_shared(incval_dict *d)
{
    return &d->shared;
}

void incval_dict_assign(incval_dict *d, const incval_dict *from)
{
    uint64_t born = d->born;
    *d = *from;
    d->born = born;
}

size_t incval_dict_count(const incval_dict *d)
{
    return d->count;
}

/* Takes the holes out that removing left, so that entries are found by their number. */
static void close_holes(incval_dict *d)
{
    size_t kept = 0;
    inc_work(d->cx, d->entries.n * 40);
    d->index = incmap_new(d->cx);
    for (size_t i = 0; i < d->entries.n; i++) {
        if (d->entries.items[i].removed)
            continue;
        d->entries.items[kept] = d->entries.items[i];
        number_entry(d->cx, d, d->entries.items[kept].key, kept + 1);
        kept++;
    }
    d->entries.n = kept;
}

void incval_dict_at(incval_dict *d, size_t i, incval *key, incval *value)
{
    if (d->count != d->entries.n)
        close_holes(d);
    *key = d->entries.items[i].key;
    *value = d->entries.items[i].value;
}

incval incval_packed(incop_packed *packed)
{
    return (incval){.kind = INCVAL_PACKED, .u.packed = packed};
}
