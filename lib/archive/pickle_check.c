/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of what was read: no value inside itself, no nesting that would overrun a walk's stack,
 * no sharing that would make a walk endless. Checked once here, without recursion, so that those
 * who use the values need not. */
#include "archive/internal.h"

static const uint32_t most_unfolded = (uint32_t)64 << 20;

typedef struct found {
    uint32_t unfolded; /* values counted as often as they are met; 0: not known yet */
    uint16_t depth;
    bool is_open; /* on the way from the root to where we are */
} found;

typedef struct step {
    const incpkl_value *value;
    size_t next;
} step;

static size_t n_children(const incpkl_value *v)
{
    switch (v->kind) {
    case INCPKL_TUPLE:
    case INCPKL_LIST:
    case INCPKL_SET:
    case INCPKL_COMPLEX:
        return v->as.items.n;
    case INCPKL_DICT:
        return 2 * v->as.dict->n + (v->as.dict->extra ? 1 : 0);
    case INCPKL_OBJECT:
    case INCPKL_ENUM:
    case INCPKL_OPAQUE:
        return 2;
    default:
        return 0;
    }
}

static const incpkl_value *child(const incpkl_value *v, size_t i)
{
    if (v->kind == INCPKL_DICT) {
        const incpkl_dict *d = v->as.dict;
        return i == 2 * d->n ? d->extra : i % 2 ? d->pairs[i / 2].value : d->pairs[i / 2].key;
    }
    if (v->kind == INCPKL_OBJECT || v->kind == INCPKL_ENUM || v->kind == INCPKL_OPAQUE)
        return i == 0 ? v->as.object->args : v->as.object->state;
    return v->as.items.items[i];
}

static void add_child(const incpkl_machine *m, found *parent, const found *c)
{
    if (c->unfolded > most_unfolded - parent->unfolded)
        inc_raise(m->cx, INC_E_LIMIT, "a pickle repeats its values more than %u times",
                  most_unfolded);
    parent->unfolded += c->unfolded;
    if (c->depth >= parent->depth)
        parent->depth = (uint16_t)(c->depth + 1);
    if (parent->depth > INCPKL_MAX_DEPTH)
        inc_raise(m->cx, INC_E_LIMIT, "a pickle nests values deeper than %d", INCPKL_MAX_DEPTH);
}

void incpkl_check_shape(incpkl_machine *m, const incpkl_value *root)
{
    found *all = INC_NEW_N(m->scratch, found, m->n_values);
    INC_VEC(step) path = {0};
    INC_PUSH(m->scratch, &path, (step){root, 0});
    all[root->serial].is_open = true;
    all[root->serial].unfolded = 1;
    while (path.n > 0) {
        step *s = &path.items[path.n - 1];
        found *here = &all[s->value->serial];
        if (s->next == n_children(s->value)) {
            here->is_open = false;
            if (--path.n > 0)
                add_child(m, &all[path.items[path.n - 1].value->serial], here);
            continue;
        }
        const incpkl_value *c = child(s->value, s->next++);
        if (!c)
            continue;
        found *below = &all[c->serial];
        if (below->is_open)
            inc_raise(m->cx, INC_E_FORMAT, "a pickle holds a value that contains itself");
        if (below->unfolded) {
            add_child(m, here, below);
            continue;
        }
        if (path.n > INCPKL_MAX_DEPTH)
            inc_raise(m->cx, INC_E_LIMIT, "a pickle nests values deeper than %d", INCPKL_MAX_DEPTH);
        below->is_open = true;
        below->unfolded = 1;
        INC_PUSH(m->scratch, &path, (step){c, 0});
    }
}
