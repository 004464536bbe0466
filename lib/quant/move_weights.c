/* Weights that are moved about before they are read, as the transposed ones of a linear layer or
 * the gates of a recurrent one in ONNX's order: the integers are moved instead, when they are
 * written, so that what reads them reads a weight. */
#include <string.h>

#include "quant/internal.h"

typedef struct settler {
    inccx *cx;
    incir_graph *g;
    incir_value **instead; /* by id */
    uint32_t n_ids;
} settler;

/* The inc::Weight that v is; NULL: none, or one whose zero points are reals. */
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

/* The first weight that n moves, where it moves only weights of one grid and all else that it reads
 * is known; NULL otherwise. */
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
static bool move_integers(settler *s, incir_node *n, const incir_node *weight)
{
    const inctensor *first = incir_weight_of(weight);
    incir_node *like = incir_node_new(s->g, n->op_type);
    like->attrs = n->attrs;
    for (size_t i = 0; i < n->n_inputs; i++) {
        const incir_node *w = weight_of(n->inputs[i]);
        incir_in(s->g, like, w ? w->inputs[0] : n->inputs[i]);
    }
    incir_value **moved = INC_NEW_N(s->cx, incir_value *, n->n_outputs);
    incir_emit_n(s->g, like, n->n_outputs, moved);
    for (size_t i = 0; i < n->n_outputs; i++)
        if (!incir_is_constant(moved[i]))
            return false;
    for (size_t i = 0; i < n->n_outputs; i++) {
        const inctensor *t = moved[i]->constant;
        inctensor *q = inctensor_reshape(s->cx, t, t->rank, t->sizes);
        q->dtype = first->dtype;
        q->q = first->q;
        s->instead[n->outputs[i]->id] = incir_quantized_weight(s->g, q, NULL);
    }
    return true;
}

/* Scales along an axis go with it. */
static bool transpose(settler *s, const incir_node *n, const incir_node *weight)
{
    const inctensor *t = incir_weight_of(weight);
    const incir_attr *perm = incir_find_attr(n, "perm");
    size_t *order = INC_NEW_N(s->cx, size_t, t->rank);
    if (!incir_is(n, INCIR_OP_TRANSPOSE) || (perm && perm->n != t->rank))
        return false;
    for (size_t i = 0; i < t->rank; i++)
        order[i] = perm ? (size_t)perm->u.ints[i] : t->rank - 1 - i;
    const incir_value *integers = weight->inputs[0];
    inctensor *moved = inctensor_permute(s->cx, t, order);
    moved->dtype = t->dtype;
    s->instead[n->outputs[0]->id] =
        incir_quantized_weight(s->g, moved, integers->is_parameter ? integers->name : NULL);
    return true;
}

static void settle_block(settler *s, incir_block *block);

static void settle_node(settler *s, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && n->inputs[i]->id < s->n_ids && s->instead[n->inputs[i]->id])
            n->inputs[i] = s->instead[n->inputs[i]->id];
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
        if (attr->kind == INCIR_ATTR_BLOCK)
            settle_block(s, attr->u.block);
    if (incir_is_same_node(n)) { /* of a block that no checkpoint looked into */
        s->instead[n->outputs[0]->id] = n->inputs[0];
        return;
    }
    const incir_node *weight = moved_weight(n);
    if (weight && transpose(s, n, weight))
        return;
    if (weight && !weight->quant->per_axis && move_integers(s, n, weight))
        return;
    incir_append_again(s->g, n);
}

static void settle_block(settler *s, incir_block *block)
{
    incir_block *outer = s->g->block;
    incir_node *n = block->first, *next;
    block->first = block->last = NULL;
    s->g->block = block;
    for (; n; n = next) {
        next = n->next;
        n->next = n->previous = NULL;
        settle_node(s, n);
    }
    for (size_t i = 0; i < block->n_outputs; i++)
        if (block->outputs[i]->id < s->n_ids && s->instead[block->outputs[i]->id]) {
            incir_value *v = s->instead[block->outputs[i]->id];
            if (v->kind != INCIR_RESULT || v->name) {
                incir_node *same = incir_node_new(s->g, "Identity");
                incir_in(s->g, same, v);
                v = incir_emit_kept(s->g, same);
            }
            v->name = block->outputs[i]->name;
            block->outputs[i] = v;
        }
    s->g->block = outer;
}

void incq_settle_weights(inccx *cx, incir_graph *g)
{
    settler s = {.cx = cx, .g = g, .n_ids = g->n_values + 1};
    s.instead = INC_NEW_N(cx, incir_value *, s.n_ids);
    settle_block(&s, g->main);
}
