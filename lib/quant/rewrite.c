/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: puts what the chosen form asks for in the place of every node. In: a graph with the
 * facts of ir/quant.h. Out: ONNX's own operators, and com.microsoft's where they are allowed; the
 * plan. Every other file of the folder is below this one: what they need of the walk is in
 * incq_rewriter.
 */
#include "quant/internal.h"

/* Float values instead of integers: the model as it was before it was quantized. */
static void node_fp32(incq_rewriter *r, incir_node *n)
{
    if (incir_is_weight_node(n) && r->uses.n[n->outputs[0]->id] == 0) {
        return;
    } else if (incir_is_weight_node(n)) {
        incir_value *integers = n->inputs[0];
        inctensor *t = inctensor_dequantize(r->cx, incir_weight_of(n));
        incir_value *v = incir_constant(r->g, inctensor_cast(r->cx, t, INCDT_F32), NULL);
        v->name = integers->name;
        v->is_parameter = integers->is_parameter;
        v->call = integers->call;
        incq_set_float(r, n->outputs[0], v);
    } else if (incq_is_marker(n)) {
        incq_set_float(r, n->outputs[0], incq_dequantized(r, n->inputs[0]));
    } else {
        incq_keep(r, n);
    }
}

static void rewrite_node(incir_rebuild *walk, incir_node *n)
{
    static void (*const node_to[])(incq_rewriter * r, incir_node * n) = {
        [INCQ_FP32] = node_fp32, [INCQ_QDQ] = incq_node_qdq, [INCQ_QLINEAR] = incq_node_qlinear};
    incq_rewriter *r = walk->data;
    const incir_block *block = r->g->block;
    const incir_node *before = block->last;
    node_to[r->options->form](r, n);
    incq_plan_note(r, n, before ? before->next : block->first);
}

static incir_value *read_dequantized(incir_rebuild *walk, incir_value *old)
{
    return incq_dequantized(walk->data, old);
}

const incq_plan *incq_apply(inccx *cx, incir_graph *g, const incq_options *options)
{
    incq_settle_weights(g);
    if (options->form != INCQ_FP32 && options->activations != INCQ_AS_SOURCE)
        incq_convert_activations(g, options->activations == INCQ_AS_INT8 ? INCDT_I8 : INCDT_U8);
    if (options->form != INCQ_FP32)
        incq_propagate_qparams(g);
    uint32_t n = g->n_values + 1;
    incq_rewriter r = {.cx = cx, .g = g, .options = options, .n_ids = n};
    r.walk = (incir_rebuild){.g = g,
                             .instead = incir_replacements_new(g->cx, g),
                             .visit = rewrite_node,
                             .read = read_dequantized,
                             .data = &r};
    r.integers = INC_NEW_N(cx, incq_integers, n);
    r.absorbed_by = INC_NEW_N(cx, incir_node *, n);
    r.biases = INC_NEW_N(cx, incq_bias, n);
    r.constants = incmap_new(cx);
    r.plan = INC_NEW(cx, incq_plan);
    r.uses = incir_uses_new(g->cx, g);
    if (options->form != INCQ_FP32)
        incq_plan_begin(&r);
    if (options->form == INCQ_QLINEAR)
        incq_plan_qlinear(&r, g->main);
    else if (options->form == INCQ_QDQ)
        incq_plan_qdq(&r, g->main);
    incir_rebuild_graph(&r.walk);
    incq_plan_end(&r);
    return r.plan;
}
