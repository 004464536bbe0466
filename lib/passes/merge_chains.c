/* SPDX-License-Identifier: Apache-2.0 */
/* Two operators in a row that one can do: Cast of Cast, Transpose of Transpose, Reshape of Reshape,
 * Concat of Concat. The emit_ helpers leave few of these; what handlers emit on their own, and what
 * only the whole graph shows, is met here. */
#include <string.h>

#include "base/vec.h"
#include "ir/quant.h"
#include "passes/internal.h"

typedef struct merger {
    incir_graph *g;
    incir_replacements instead;
    incir_uses uses;
    bool changed;
} merger;

static incir_node *inner(const incir_node *n)
{
    const incir_value *x = n->n_inputs ? n->inputs[0] : NULL;
    return x && x->kind == INCIR_RESULT && incir_is(x->producer, n->op->code) ? x->producer : NULL;
}

/* Whether every value of type a is one of type b. */
static bool holds(incdtype b, incdtype a)
{
    if (a == b || a == INCDT_BOOL)
        return true;
    if (incdtype_is_float(a))
        return incdtype_is_float(b) && incdtype_size(b) > incdtype_size(a);
    if (!incdtype_is_integer(a))
        return false;
    if (incdtype_is_float(b))
        return b == INCDT_F64 ? incdtype_size(a) <= 4 : b == INCDT_F32 && incdtype_size(a) <= 2;
    bool a_unsigned = a == INCDT_U8 || a == INCDT_U16 || a == INCDT_U32 || a == INCDT_U64;
    bool b_unsigned = b == INCDT_U8 || b == INCDT_U16 || b == INCDT_U32 || b == INCDT_U64;
    return incdtype_is_integer(b) && incdtype_size(b) > incdtype_size(a) &&
           (a_unsigned || !b_unsigned);
}

static bool merge_casts(incir_node *n, const incir_node *before)
{
    const incir_value *x = before->inputs[0];
    if (!holds(before->outputs[0]->dtype, x->dtype))
        return false;
    n->inputs[0] = before->inputs[0];
    return true;
}

static bool merge_transposes(incir_graph *g, incir_node *n, const incir_node *before)
{
    incir_attr *attr = n->attrs;
    const incir_attr *first = before->attrs;
    if (!attr || attr->next || !first || first->next || attr->kind != INCIR_ATTR_INTS ||
        first->kind != INCIR_ATTR_INTS || attr->n != first->n)
        return false;
    int64_t *perm = INC_NEW_N(g->cx, int64_t, attr->n);
    for (size_t i = 0; i < attr->n; i++)
        perm[i] = first->u.ints[attr->u.ints[i]];
    attr->u.ints = perm;
    n->inputs[0] = before->inputs[0];
    return true;
}

/* A zero copies a size of the input: then it has to have that already. */
static bool merge_reshapes(incir_graph *g, incir_node *n, const incir_node *before)
{
    const incir_value *x = before->inputs[0];
    int64_t rank;
    if (n->attrs || !incir_is_constant(n->inputs[1]) || !incir_dim(n->inputs[1], 0, &rank))
        return false;
    const int64_t *sizes = inctensor_i64s(g->cx, n->inputs[1]->constant);
    for (size_t i = 0; i < (size_t)rank; i++)
        if (sizes[i] == 0 && (i >= x->rank || x->dims[i] != n->inputs[0]->dims[i]))
            return false;
    n->inputs[0] = before->inputs[0];
    return true;
}

/* The Concat along the same axis that made input i of this one, and is read here only. */
static const incir_node *inner_concat(const merger *m, const incir_node *n, size_t i)
{
    const incir_value *x = n->inputs[i];
    if (!x || x->kind != INCIR_RESULT || x->name || x->id >= m->uses.n_ids ||
        m->uses.n[x->id] != 1 || !incir_is(x->producer, INCIR_OP_CONCAT))
        return NULL;
    if (incir_is_int8(n) || incir_is_int8(x->producer)) /* each has a scale of its own */
        return NULL;
    enum { MOST_PARTS = 1024 }; /* so that a chain of n of them takes n steps, not n²/2 */
    if (x->producer->n_inputs > MOST_PARTS)
        return NULL;
    bool same = incir_attr_int_or(n, "axis", 0) == incir_attr_int_or(x->producer, "axis", 0);
    return same ? x->producer : NULL;
}

static bool merge_concats(const merger *m, incir_node *n)
{
    INC_VEC(incir_value *) parts = {0};
    bool merged = false;
    for (size_t i = 0; i < n->n_inputs; i++) {
        const incir_node *before = inner_concat(m, n, i);
        merged = merged || before;
        for (size_t k = 0; before && k < before->n_inputs; k++)
            INC_PUSH(m->g->cx, &parts, before->inputs[k]);
        if (!before)
            INC_PUSH(m->g->cx, &parts, n->inputs[i]);
    }
    n->inputs = parts.items;
    n->n_inputs = parts.n;
    n->cap_inputs = parts.cap;
    return merged;
}

static bool merge(const merger *m, incir_node *n)
{
    if (incir_is(n, INCIR_OP_CONCAT))
        return merge_concats(m, n);
    incir_graph *g = m->g;
    const incir_node *before = inner(n);
    if (!before)
        return false;
    if (incir_is(n, INCIR_OP_CAST))
        return merge_casts(n, before);
    if (incir_is(n, INCIR_OP_TRANSPOSE))
        return merge_transposes(g, n, before);
    if (incir_is(n, INCIR_OP_RESHAPE))
        return merge_reshapes(g, n, before);
    return false;
}

/* The input that n gives as it is, or NULL. */
static incir_value *only_passes_on(const incir_node *n)
{
    incir_value *x = n->n_inputs ? n->inputs[0] : NULL;
    if (!x || (incir_is(n, INCIR_OP_CAST) && x->dtype == n->outputs[0]->dtype))
        return x;
    if (!incir_is(n, INCIR_OP_TRANSPOSE) || !n->attrs || n->attrs->kind != INCIR_ATTR_INTS)
        return NULL;
    for (size_t i = 0; i < n->attrs->n; i++)
        if (n->attrs->u.ints[i] != (int64_t)i)
            return NULL;
    return x;
}

static void walk(merger *m, incir_block *b)
{
    for (incir_node *n = b->first; n; n = n->next) {
        incir_read_instead(&m->instead, n);
        m->changed = merge(m, n) || m->changed;
        /* A value with a name is an output of the model, and stays like those of blocks. */
        incir_value *x = only_passes_on(n);
        if (x && !n->outputs[0]->name && !m->uses.is_inner_output[n->outputs[0]->id]) {
            incir_set_instead(&m->instead, n->outputs[0], x);
            m->changed = true;
        }
        const incir_attr *at = n->attrs;
        for (incir_block *inner_block; (inner_block = incir_next_block(&at)) != NULL;)
            walk(m, inner_block);
    }
    incir_give_instead(&m->instead, b);
}

bool incpass_merge_chains(inccx *cx, incir_graph *g)
{
    inccx *scratch = inc_scratch_new(cx);
    merger m = {g, incir_replacements_new(scratch, g), incir_uses_new(scratch, g), false};
    walk(&m, g->main);
    inc_scratch_free(scratch);
    return m.changed;
}
