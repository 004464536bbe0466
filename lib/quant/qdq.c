/* QDQ: every operator stays what it is, and reads integers through DequantizeLinear. */
#include <string.h>

#include "quant/internal.h"

/* Whether nothing but a grid reads the result, after a limit or at once. */
static bool is_quantized_after(const incq_rewriter *r, const incir_node *n)
{
    for (size_t i = 0; i < 2 && n->n_outputs == 1 && incq_read_once(r, n->outputs[0]); i++) {
        n = r->reader[n->outputs[0]->id];
        if (incir_is_quantized_node(n))
            return true;
        if (!n->n_outputs || (!incq_made_by(n->outputs[0], INCIR_OP_RELU) &&
                              !incq_made_by(n->outputs[0], INCIR_OP_CLIP)))
            return false;
    }
    return false;
}

/* Whether all of a convolution or product runs on integers, so that its bias can be one of them. A
 * convolution whose result stays real does not; ONNX Runtime has a Gemm that does. */
static bool takes_int32_bias(incq_rewriter *r, const incir_node *n)
{
    if (!n->is_int8 || n->n_inputs < 3 || !n->inputs[2] || n->domain[0])
        return false;
    if (n->op->work != INCIR_WORK_PRODUCT || incir_is(n, INCIR_OP_MATMUL))
        return false;
    if (!incir_is(n, INCIR_OP_GEMM) && !is_quantized_after(r, n))
        return false;
    const incq_integers *x = incq_integers_of(r, n->inputs[0]);
    const incq_integers *w = incq_integers_of(r, n->inputs[1]);
    return x && w && x->quant && w->quant && !x->quant->per_axis &&
           (!w->quant->per_axis || r->g->opset >= 13);
}

static void int32_bias(incq_rewriter *r, incir_node *n)
{
    incir_quant scale;
    incir_value *bias = n->inputs[2];
    incir_value *q = incq_int32_bias(r, bias, incq_integers_of(r, n->inputs[0])->quant,
                                     incq_integers_of(r, n->inputs[1])->quant, &scale);
    if (!q)
        return;
    const char *name = bias->is_parameter ? bias->name : NULL;
    incq_integers i = {
        q, incq_scale(r, &scale, name), incq_zero_point(r, &scale, NULL), &scale, NULL, NULL};
    n->inputs[2] = incq_dequantize(r, &i);
}

void incq_take_int32_bias(incq_rewriter *r, incir_node *n)
{
    if (takes_int32_bias(r, n))
        int32_bias(r, n);
}

/* Products that are MatMulInteger: static ones where the recipe wants the bias as an integer, and
 * Gemm of dynamic integers, which ONNX Runtime computes on integers in no other form. */
static bool is_on_integers(incq_rewriter *r, const incir_node *n)
{
    const incq_integers *x = n->n_inputs ? incq_integers_of(r, n->inputs[0]) : NULL;
    if (!x || !n->n_outputs)
        return false;
    return x->quant ? r->options->recipe == INCQ_OP_INT32_BIAS &&
                          incq_made_by(n->outputs[0], INCIR_OP_MATMUL)
                    : incq_made_by(n->outputs[0], INCIR_OP_GEMM) != NULL;
}

/* A limit that binds is a Clip of the integers: a Relu or Clip of reals between an operator and
 * QuantizeLinear would keep ONNX Runtime from running the operator on integers. */
static void plan_node(incq_rewriter *r, incir_node *quantized)
{
    incq_limits limits = incq_limits_on(r, quantized);
    bool binds = incq_limits_bind(&limits, quantized->quant);
    if (limits.node && (limits.from || binds))
        r->absorbed_by[quantized->inputs[0]->id] = quantized;
}

void incq_plan_qdq(incq_rewriter *r, incir_block *block)
{
    for (incir_node *n = block->first; n; n = n->next) {
        if (incir_is_quantized_node(n))
            plan_node(r, n);
        for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
            if (attr->kind == INCIR_ATTR_BLOCK)
                incq_plan_qdq(r, attr->u.block);
    }
}

static void limited(incq_rewriter *r, incir_node *quantized)
{
    const incir_quant *q = quantized->quant;
    incq_limits limits = incq_limits_on(r, quantized);
    incir_value *y = limits.from ? incq_integers_of(r, limits.from)->q
                                 : incq_quantize_only(r, incq_real(r, limits.node->inputs[0]), q);
    y = incq_limit(r, y, q, limits.low, limits.high);
    incq_set_integers(r, quantized->outputs[0], y, q, NULL);
}

void incq_node_qdq(incq_rewriter *r, incir_node *n)
{
    if (incir_is_weight_node(n)) {
        incq_weight(r, n);
    } else if (incir_is_dynamic_node(n)) {
        incq_dynamic(r, n);
    } else if (incir_is_quantized_node(n)) {
        if (r->absorbed_by[n->inputs[0]->id] == n)
            limited(r, n);
        else
            incq_quantized(r, n);
    } else if (incq_is_absorbed(r, n)) {
        return;
    } else if (incq_embedding(r, n)) {
        return;
    } else if (is_on_integers(r, n) && incq_integer_product(r, n)) {
        return;
    } else {
        incq_take_int32_bias(r, n);
        incq_keep(r, n);
    }
}
