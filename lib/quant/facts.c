/* SPDX-License-Identifier: Apache-2.0 */
/* What the graph says before it is rewritten: facts of ir/quant.h on values and nodes. In: the
 * graph as a front end, or a checkpoint, left it. Out: answers; nothing is changed. Relies on
 * nothing of lib/quant: all other files may ask. */
#include <string.h>

#include "quant/internal.h"

/* ---- the graph ---- */

typedef struct search {
    bool (*test)(const incir_node *n);
    bool found;
} search;

static void look(void *data, incir_node *n)
{
    search *s = data;
    s->found = s->found || s->test(n);
}

static bool any_node(const incir_graph *g, bool (*test)(const incir_node *n))
{
    search s = {test, false};
    incir_each_node(g->main, look, &s);
    return s.found;
}

bool incq_is_marker(const incir_node *n)
{
    return strcmp(n->domain, INCIR_QUANT_DOMAIN) == 0;
}

static bool is_per_axis(const incir_node *n)
{
    return incq_is_marker(n) && n->quant && n->quant->per_axis;
}

bool incq_is_quantized(const incir_graph *g)
{
    return any_node(g, incq_is_marker);
}

uint32_t incq_opset(const incir_graph *g, incq_form form)
{
    return form == INCQ_QDQ && any_node(g, is_per_axis) ? 13 : 10;
}

/* ---- values ---- */

bool incq_has_integers(const incir_value *v)
{
    if (!v || v->kind != INCIR_RESULT || !incq_is_marker(v->producer))
        return false;
    const incir_quant *q = v->producer->quant;
    return q && !q->zero_points_f && q->dtype != INCDT_I32;
}

bool incq_is_per_tensor(const incir_value *v)
{
    return incq_has_integers(v) && !incir_quant_of(v)->per_axis;
}

bool incq_has_mixed_zero_points(const incir_value *weight)
{
    bool is_weight = incq_has_integers(weight) && incir_is_weight_node(weight->producer);
    const incir_quant *q = is_weight ? incir_quant_of(weight) : NULL;
    for (size_t i = 1; q && q->zero_points && i < q->n; i++)
        if (q->zero_points[i] != q->zero_points[0])
            return true;
    return false;
}

bool incq_read_once(const incq_rewriter *r, const incir_value *v)
{
    return v->kind == INCIR_RESULT && incir_only_reader(&r->uses, v);
}

/* ---- nodes ---- */

bool incq_is_product(const incir_node *n)
{
    return n->op->work == INCIR_WORK_PRODUCT;
}

incir_node *incq_made_by(const incir_value *v, incir_opcode code)
{
    return v && v->kind == INCIR_RESULT && incir_is(v->producer, code) ? v->producer : NULL;
}

bool incq_is_absorbed(const incq_rewriter *r, const incir_node *n)
{
    /* a recurrent layer may leave its first output out */
    return n->n_outputs && n->outputs[0] && r->absorbed_by[n->outputs[0]->id];
}

bool incq_is_same_operator(const incir_node *n)
{
    return n->op->kernel == INCIR_KERNEL_MOVES || n->op->kernel == INCIR_KERNEL_ORDERS;
}

/* Modes that make no new numbers. */
static bool mode_moves(const incir_node *n)
{
    const char *mode = incir_attr_str_or(n, "mode", "");
    if (incir_is(n, INCIR_OP_RESIZE))
        return strcmp(mode, "nearest") == 0;
    return !incir_is(n, INCIR_OP_PAD) || strcmp(mode, "reflect") == 0 || strcmp(mode, "edge") == 0;
}

bool incq_only_moves(const incir_graph *g, const incir_node *n)
{
    if (!incq_is_same_operator(n) || g->opset < n->op->kernel_since || n->n_outputs != 1)
        return false;
    const incir_quant *q = incir_quant_of(n->inputs[0]);
    return mode_moves(n) && (!incir_is(n, INCIR_OP_DEPTH_TO_SPACE) || !q || q->dtype == INCDT_U8);
}
