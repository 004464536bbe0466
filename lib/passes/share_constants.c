/* SPDX-License-Identifier: Apache-2.0 */
/* Equal constants become one: the same bytes of the archive under two keys (tied weights), or small
 * ones that were computed and came out alike. A weight that is also read transposed is written
 * once, and transposed by a node. */
#include <string.h>

#include "base/str.h"
#include "passes/internal.h"

enum { MOST_COMPARED = 4096 }; /* bytes of a constant that is compared by them */

typedef struct sharer {
    inccx *cx, *scratch;
    incir_graph *g;
    incmap *by_bytes;   /* type and bytes -> value without a key */
    incmap *by_source;  /* inctensor_hash() -> incir_value, one of each kind */
    incmap *by_storage; /* storage -> a matrix that is a parameter */
    incir_replacements instead;
    uint8_t *met; /* by id */
    incstr key;   /* of the constant that is looked at */
    bool changed;
} sharer;

/* A constant that is the same bytes and was met before. */
static incir_value *known_by_bytes(sharer *s, incir_value *v)
{
    const inctensor *t = v->constant;
    uint64_t size = inctensor_bytes(t);
    if (v->is_parameter || size > MOST_COMPARED)
        return NULL;
    uint8_t bytes[MOST_COMPARED];
    inctensor_read(s->cx, t, 0, t->numel, bytes);
    s->key.n = 0;
    incstr_add_n(s->scratch, &s->key, (const char *)&t->dtype, sizeof t->dtype);
    incstr_add_n(s->scratch, &s->key, (const char *)&t->rank, sizeof t->rank);
    incstr_add_n(s->scratch, &s->key, (const char *)t->sizes, t->rank * sizeof *t->sizes);
    incstr_add_n(s->scratch, &s->key, (const char *)bytes, (size_t)size);
    void **slot = incmap_slot(s->scratch, s->by_bytes, s->key.text, s->key.n);
    incir_value *known = *slot;
    if (!known)
        *slot = v;
    return known;
}

/* The same bytes by where they come from; a parameter is kept rather than a nameless one, which
 * works because parameters are all entered first. */
static incir_value *known_by_source(sharer *s, incir_value *v)
{
    uint64_t hash = inctensor_hash(v->constant);
    void **slot = incmap_slot(s->scratch, s->by_source, &hash, sizeof hash);
    incir_value *known = *slot;
    if (!known) {
        *slot = v;
        return NULL;
    }
    return known->dtype == v->dtype && inctensor_same(known->constant, v->constant) ? known : NULL;
}

/* A node at the very beginning: initializers are there from the start. */
static void insert_first(incir_graph *g, incir_node *n)
{
    incir_block *b = g->main;
    n->block = b;
    n->next = b->first;
    *(b->first ? &b->first->previous : &b->last) = n;
    b->first = n;
}

static incir_value *transposed(sharer *s, incir_value *matrix, const incir_value *v)
{
    static const int64_t perm[2] = {1, 0};
    incir_node *n = incir_node_new(s->g, "Transpose");
    n->call = v->call;
    incir_in(s->g, n, matrix);
    incir_attr_ints(s->g, n, "perm", perm, 2);
    n->n_outputs = 1;
    n->outputs = INC_NEW(s->cx, incir_value *);
    incir_set_output(s->g, n, 0, v->dtype, 2, v->dims);
    insert_first(s->g, n);
    return n->outputs[0];
}

static incir_value *known_transposed(sharer *s, incir_value *v)
{
    static const size_t order[2] = {1, 0};
    const incten_storage storage = inctensor_storage(v->constant);
    if (v->rank != 2 || !storage.in)
        return NULL;
    const uint64_t key[2] = {(uint64_t)(uintptr_t)storage.in, storage.at};
    incir_value *matrix = incmap_get(s->by_storage, key, sizeof key, NULL);
    if (!matrix && v->is_parameter)
        incmap_set(s->scratch, s->by_storage, key, sizeof key, v);
    if (!matrix || v->is_parameter || matrix->dtype != v->dtype ||
        !inctensor_same(inctensor_permute(s->cx, matrix->constant, order), v->constant))
        return NULL;
    return transposed(s, matrix, v);
}

static void meet(sharer *s, incir_value *v)
{
    if (!v || v->kind != INCIR_CONSTANT || v->id >= s->instead.n_ids || s->met[v->id])
        return;
    s->met[v->id] = 1;
    if (!inctensor_has_data(v->constant))
        return;
    incir_value *same = known_by_source(s, v);
    if (!same)
        same = known_by_bytes(s, v);
    if (!same)
        same = known_transposed(s, v);
    if (same) {
        incir_set_instead(&s->instead, v, same);
        s->changed = true;
    }
}

static void meet_parameters(void *data, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && n->inputs[i]->is_parameter)
            meet(data, n->inputs[i]);
}

static void meet_all(void *data, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        meet(data, n->inputs[i]);
}

static void read_instead(void *data, incir_node *n)
{
    const sharer *s = data;
    incir_read_instead(&s->instead, n);
    const incir_attr *at = n->attrs;
    for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
        incir_give_instead(&s->instead, inner);
}

bool incpass_share_constants(inccx *cx, incir_graph *g)
{
    inccx *scratch = inc_scratch_new(cx);
    sharer s = {.cx = cx,
                .scratch = scratch,
                .g = g,
                .by_bytes = incmap_new(scratch),
                .by_source = incmap_new(scratch),
                .by_storage = incmap_new(scratch),
                .instead = incir_replacements_new(scratch, g)};
    s.met = INC_NEW_N(scratch, uint8_t, s.instead.n_ids);
    incir_each_node(g->main, meet_parameters, &s);
    incir_each_node(g->main, meet_all, &s);
    incir_each_node(g->main, read_instead, &s);
    incir_give_instead(&s.instead, g->main);
    inc_scratch_free(scratch);
    return s.changed;
}
