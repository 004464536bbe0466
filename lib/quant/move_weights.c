/* SPDX-License-Identifier: Apache-2.0 */
/* Weights that are permuted, reshaped or joined before they are read, as the transposed ones of a
 * linear layer or
 * the gates of a recurrent one in ONNX's order: the integers are moved instead, when they are
 * written, so that what reads them reads a weight. */
#include <string.h>

#include "quant/internal.h"

/* The inc::Weight that v is; NULL: none, or one whose zero points are floats. */
static const incir_node *weight_of(const incir_value *v)
{
    const incir_node *n = v && v->kind == INCIR_RESULT ? v->producer : NULL;
    return n && incir_is_weight_node(n) && n->quant->zero_points ? n : NULL;
}

/* And is computed at once when they are known. */
static bool moves_elements(const incir_node *n)
{
    bool moves = n->op->work == INCIR_WORK_REGROUPS || n->op->work == INCIR_WORK_MOVES ||
                 n->op->work == INCIR_WORK_JOINS;
    return moves && n->op->fold_when == INCIR_FOLD_KNOWN;
}

/* The first weight that n moves, where it moves only weights of the same qparams and all else that
 * it reads is known; NULL otherwise. */
static const incir_node *moved_weight(const incir_node *n)
{
    const incir_node *first = n->n_inputs > 0 ? weight_of(n->inputs[0]) : NULL;
    if (!first || !moves_elements(n))
        return NULL;
    for (size_t i = 1; i < n->n_inputs; i++) {
        const incir_node *other = weight_of(n->inputs[i]);
        bool fits = other ? incir_quant_equal(other->quant, first->quant)
                          : !n->inputs[i] || (incir_is_constant(n->inputs[i]) &&
                                              n->inputs[i]->dtype == INCDT_I64);
        if (!fits)
            return NULL;
    }
    return first;
}

/* The node on the integers, which are constants: it is folded at once. */
static bool move_integers(incir_rebuild *b, incir_node *n, const incir_node *weight)
{
    const inctensor *first = incir_weight_of(weight);
    incir_node *like = incir_node_new(b->g, n->op_type);
    like->attrs = n->attrs;
    for (size_t i = 0; i < n->n_inputs; i++) {
        const incir_node *w = weight_of(n->inputs[i]);
        incir_in(b->g, like, w ? w->inputs[0] : n->inputs[i]);
    }
    incir_value **moved = INC_NEW_N(b->g->cx, incir_value *, n->n_outputs);
    incir_emit_n(b->g, like, n->n_outputs, moved);
    for (size_t i = 0; i < n->n_outputs; i++)
        if (!incir_is_constant(moved[i]))
            return false;
    for (size_t i = 0; i < n->n_outputs; i++) {
        const inctensor *t = moved[i]->constant;
        inctensor *q = inctensor_reshape(b->g->cx, t, t->rank, t->sizes);
        q->dtype = first->dtype;
        q->q = first->q;
        incir_set_instead(&b->instead, n->outputs[i], incir_quantized_weight(b->g, q, NULL));
    }
    return true;
}

/* Scales along an axis go with it. */
static bool transpose(incir_rebuild *b, const incir_node *n, const incir_node *weight)
{
    const inctensor *t = incir_weight_of(weight);
    const incir_attr *perm = incir_find_attr(n, "perm");
    size_t *order = INC_NEW_N(b->g->cx, size_t, t->rank);
    if (!incir_is(n, INCIR_OP_TRANSPOSE) || (perm && perm->n != t->rank))
        return false;
    for (size_t i = 0; i < t->rank; i++)
        order[i] = perm ? (size_t)perm->u.ints[i] : t->rank - 1 - i;
    const incir_value *integers = weight->inputs[0];
    inctensor *moved = inctensor_permute(b->g->cx, t, order);
    moved->dtype = t->dtype;
    incir_set_instead(
        &b->instead, n->outputs[0],
        incir_quantized_weight(b->g, moved, integers->is_parameter ? integers->name : NULL));
    return true;
}

static void settle_node(incir_rebuild *b, incir_node *n)
{
    incir_rebuild_inputs(b, n);
    const incir_node *weight = moved_weight(n);
    if (weight && transpose(b, n, weight))
        return;
    if (weight && !weight->quant->per_axis && move_integers(b, n, weight))
        return;
    incir_keep(b, n);
}

void incq_settle_weights(incir_graph *g)
{
    incir_rebuild b = {.g = g, .instead = incir_replacements_new(g->cx, g), .visit = settle_node};
    incir_rebuild_graph(&b);
}
