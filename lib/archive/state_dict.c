/* SPDX-License-Identifier: Apache-2.0 */
/* Comes in: pickled values of any nesting, whose depth the pickle reader bounds, or the names of a
 * table; goes out: the entries of state_dict.h, and where a checkpoint keeps them. */
#include "archive/state_dict.h"

#include <string.h>

#include "base/str.h"

incarc_state_dict *incarc_state_dict_new(inccx *cx)
{
    incarc_state_dict *d = INC_NEW(cx, incarc_state_dict);
    d->cx = cx;
    d->scratch = inc_scratch_new(cx);
    d->seen = incmap_new(d->scratch);
    d->by_name = incmap_new(cx);
    return d;
}

void incarc_state_dict_end(incarc_state_dict *d)
{
    inc_scratch_free(d->scratch);
    d->scratch = NULL;
    d->seen = NULL;
}

void incarc_state_dict_add(incarc_state_dict *d, const char *key, const inctensor *tensor,
                           uint64_t storage, uint64_t offset)
{
    const uint64_t where[3] = {storage, offset, tensor->numel};
    void **met = incmap_slot(d->scratch, d->seen, where, sizeof where);
    if (*met)
        return;
    *met = d;
    d->elements += tensor->numel;
    d->bytes += inctensor_bytes(tensor);
    d->is_quantized = d->is_quantized || tensor->q;
    const incarc_state_entry entry = {.key = key, .tensor = tensor};
    INC_PUSH(d->cx, &d->entries, entry);
}

/* "conv1.weight"; a whole path is bounded, as a pickle can nest names that share their text. */
static const char *below(inccx *cx, const char *path, const char *name, size_t n)
{
    enum { LONGEST = 400 };
    if (strlen(path) + n > LONGEST)
        return path;
    return *path ? inc_printf(cx, "%s.%.*s", path, (int)n, name) : inc_strndup(cx, name, n);
}

static void add_dict(incarc_state_dict *d, const incpkl_dict *dict, const char *path)
{
    for (size_t i = 0; i < dict->n; i++) {
        const incpkl_value *key = dict->pairs[i].key;
        bool is_name = key->kind == INCPKL_STRING;
        incarc_state_dict_add_pickled(
            d, dict->pairs[i].value,
            is_name ? below(d->cx, path, key->as.text.bytes, key->as.text.n) : path);
    }
}

static void add_object(incarc_state_dict *d, const incpkl_object *o, const char *path)
{
    if (o->of && strstr(o->of->full, "PackedParams"))
        d->is_quantized = true;
    if (o->args)
        incarc_state_dict_add_pickled(d, o->args, path);
    if (o->state)
        incarc_state_dict_add_pickled(d, o->state, path);
}

void incarc_state_dict_add_pickled(incarc_state_dict *d, const incpkl_value *v, const char *path)
{
    const incpkl_tensor *t;
    inc_enter(d->cx); /* shared tuples are visited again and again */
    switch (v->kind) {
    case INCPKL_TENSOR:
        t = v->as.tensor;
        incarc_state_dict_add(d, path, t->tensor,
                              (uint64_t)(t->storage ? (uintptr_t)t->storage : (uintptr_t)t),
                              (uint64_t)t->offset);
        break;
    case INCPKL_TUPLE:
    case INCPKL_LIST:
    case INCPKL_SET:
        for (size_t i = 0; i < v->as.items.n; i++)
            incarc_state_dict_add_pickled(d, v->as.items.items[i], path);
        break;
    case INCPKL_DICT:
        add_dict(d, v->as.dict, path);
        break;
    case INCPKL_OBJECT:
        add_object(d, v->as.object, path);
        break;
    default:
        break;
    }
    inc_leave(d->cx);
}

/* ---- by name ---- */

static void add_named(incarc_state_dict *d, incarc_state_entry entry)
{
    INC_PUSH(d->cx, &d->entries, entry);
    if (!incmap_has_str(d->by_name, entry.key))
        incmap_set_str(d->cx, d->by_name, entry.key, (void *)(uintptr_t)d->entries.n);
}

void incarc_state_dict_add_names(incarc_state_dict *d, const incpkl_dict *dict)
{
    for (size_t i = 0; i < dict->n; i++) {
        const incpkl_value *key = dict->pairs[i].key, *v = dict->pairs[i].value;
        if (key->kind == INCPKL_STRING)
            add_named(d, (incarc_state_entry){
                             .key = key->as.text.bytes,
                             .tensor = v->kind == INCPKL_TENSOR ? v->as.tensor->tensor : NULL,
                             .value = v});
    }
}

void incarc_state_dict_add_record(incarc_state_dict *d, const char *key, const void *record)
{
    add_named(d, (incarc_state_entry){.key = key, .record = record});
}

incarc_state_entry *incarc_state_dict_find(incarc_state_dict *d, const char *key)
{
    uintptr_t found = (uintptr_t)incmap_get_str(d->by_name, key);
    return found ? &d->entries.items[found - 1] : NULL;
}

/* ---- checkpoints ---- */

size_t incarc_count_tensors(const incpkl_value *v)
{
    size_t n = 0;
    for (size_t i = 0; v->kind == INCPKL_DICT && i < v->as.dict->n; i++)
        n += v->as.dict->pairs[i].value->kind == INCPKL_TENSOR;
    return n;
}

static bool is_packed(const incpkl_value *v)
{
    return v->kind == INCPKL_OBJECT && v->as.object->of &&
           (strstr(v->as.object->of->full, "PackedParams") ||
            strstr(v->as.object->of->full, "ScriptObject"));
}

/* Whether v is a dict of tensors, or of nothing but packed weights, as quantized cells leave. */
static bool holds_weights(const incpkl_value *v)
{
    for (size_t i = 0; v->kind == INCPKL_DICT && i < v->as.dict->n; i++) {
        const incpkl_value *entry = v->as.dict->pairs[i].value;
        if (entry->kind == INCPKL_TENSOR || is_packed(entry))
            return true;
    }
    return false;
}

const incpkl_value *incarc_state_dict_in(const incpkl_value *root, const char **key)
{
    static const char *const usual[] = {"state_dict", "model_state_dict", "model", "module",
                                        "net",        "weights"};
    *key = NULL;
    for (size_t i = 0; root->kind == INCPKL_DICT && i < INC_COUNT(usual); i++) {
        const incpkl_value *v = incpkl_get(root, usual[i]);
        if (v && holds_weights(v)) {
            *key = usual[i];
            return v;
        }
    }
    if (root->kind != INCPKL_DICT || holds_weights(root))
        return root;
    for (size_t i = 0; i < root->as.dict->n; i++) {
        const incpkl_pair *pair = &root->as.dict->pairs[i];
        if (pair->key->kind == INCPKL_STRING && holds_weights(pair->value)) {
            *key = pair->key->as.text.bytes;
            return pair->value;
        }
    }
    return root;
}
