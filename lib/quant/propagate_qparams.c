/* SPDX-License-Identifier: Apache-2.0 */
/* Quantization parameters go backwards through nodes that only permute or reshape. In: the graph
 * with its facts. Out: the same, quantized earlier. An operator of the source that is several nodes
 * here, as channel_shuffle or a pool of an image without a batch, has its result quantized after
 * the last one; permuting elements and rounding them commute, so that each node in between gets
 * integers, and the operator in their midst integers to compute on. */
#include <string.h>

#include "quant/internal.h"

typedef struct propagation {
    incir_graph *g;
    incir_uses uses;
    const incir_quant **qparams; /* by id: what the value is to be quantized to, or NULL */
} propagation;

/* ---- which values ---- */

static bool read_once(const propagation *s, const incir_value *v)
{
    return v->kind == INCIR_RESULT && incir_only_reader(&s->uses, v);
}

static bool is_moved(const propagation *s, const incir_value *v)
{
    return read_once(s, v) && incq_only_moves(s->g, v->producer) && v->producer->inputs[0];
}

static const incir_value *origin(const propagation *s, const incir_value *v)
{
    while (v && is_moved(s, v))
        v = v->producer->inputs[0];
    return v;
}

/* v and all that it was moved from, up to but without where it comes from. */
static void mark_moved(propagation *s, const incir_value *v, const incir_quant *q)
{
    for (; is_moved(s, v); v = v->producer->inputs[0])
        s->qparams[v->id] = q;
}

static bool goes_anywhere(const incir_quant *q)
{
    return q && !q->per_axis && q->zero_points && q->dtype != INCDT_I32 &&
           q->quant_max - q->quant_min >= 255;
}

/* The operator whose result is moved before it is quantized: what it reads may be moved too. */
static void mark_operand(propagation *s, const incir_node *n)
{
    bool limits = n->op->work == INCIR_WORK_LIMITS;
    if (limits && n->inputs[0] && read_once(s, n->inputs[0]))
        n = n->inputs[0]->producer;
    const incir_value *x = n->n_inputs ? n->inputs[0] : NULL, *from = origin(s, x);
    if (x && from && from->kind == INCIR_RESULT && incir_is_quantized_node(from->producer) &&
        goes_anywhere(incir_quant_of(from)))
        mark_moved(s, x, incir_quant_of(from));
}

static void plan_node(propagation *s, const incir_node *quantized)
{
    const incir_quant *q = quantized->quant;
    const incir_value *last = quantized->inputs[0], *from = origin(s, last);
    if (last == from || !goes_anywhere(q))
        return;
    const incir_quant *before = incir_quant_of(from);
    if (before ? !incir_quant_equal(before, q)
               : !read_once(s, from) || !incir_is_int8(from->producer) ||
                     from->producer->n_outputs != 1)
        return;
    if (!before) {
        s->qparams[from->id] = q;
        mark_operand(s, from->producer);
    }
    mark_moved(s, last->producer->inputs[0], q);
}

static void plan_any(void *data, incir_node *n)
{
    if (incir_is_quantized_node(n))
        plan_node(data, n);
}

/* ---- the graph anew ---- */

static void propagate(incir_rebuild *b, incir_node *n)
{
    const propagation *s = b->data;
    incir_keep(b, n);
    incir_value *v = n->n_outputs == 1 ? n->outputs[0] : NULL;
    if (!v || !s->qparams[v->id])
        return;
    incir_value *quantized = incir_quantized(b->g, v, s->qparams[v->id]);
    quantized->producer->call = n->call;
    incir_set_instead(&b->instead, v, quantized);
}

void incq_propagate_qparams(incir_graph *g)
{
    propagation s = {.g = g, .uses = incir_uses_new(g->cx, g)};
    s.qparams = INC_NEW_N(g->cx, const incir_quant *, s.uses.n_ids);
    incir_each_node(g->main, plan_any, &s);
    incir_rebuild b = {
        .g = g, .instead = incir_replacements_new(g->cx, g), .visit = propagate, .data = &s};
    incir_rebuild_graph(&b);
}
