/* QDQ: every operator stays what it is, and reads integers through DequantizeLinear. */
#include <string.h>

#include "quant/internal.h"

/* Whether nothing but a grid reads the result, after a limit or at once. */
static bool is_quantized_after(const incq_rewriter *r, const incir_node *n)
{
    for (size_t i = 0; i < 2 && n->n_outputs == 1 && incq_read_once(r, n->outputs[0]); i++) {
        n = r->uses.reader[n->outputs[0]->id];
        if (incir_is_quantized_node(n))
            return true;
        if (!n->n_outputs || (!incq_made_by(n->outputs[0], INCIR_OP_RELU) &&
                              !incq_made_by(n->outputs[0], INCIR_OP_CLIP)))
            return false;
    }
    return false;
}

static bool is_product_with_bias(const incir_node *n)
{
    return n->op->work == INCIR_WORK_PRODUCT && !incir_is(n, INCIR_OP_MATMUL) && n->n_inputs > 2 &&
           n->inputs[2];
}

/* Whether runtimes run all of a convolution or product on integers, its bias included. A
 * convolution whose result stays real they do not; ONNX Runtime has a Gemm that does. */
static bool takes_bias(incq_rewriter *r, const incir_node *n, const incir_quant **weight)
{
    return incir_is_int8(n) && is_product_with_bias(n) &&
           (incir_is(n, INCIR_OP_GEMM) || is_quantized_after(r, n)) &&
           incq_takes_bias(r, n, weight);
}

static void dequantize_bias(incq_rewriter *r, incir_node *n, const incir_quant *weight)
{
    incir_quant scale;
    incir_value *bias = n->inputs[2];
    incir_value *q = incq_int32_bias(r, bias, incir_quant_of(n->inputs[0]), weight, &scale);
    const char *name = bias->is_parameter ? bias->name : NULL;
    incq_integers i = {
        q, incq_scale(r, &scale, name), incq_zero_point(r, &scale, NULL), &scale, NULL, NULL};
    n->inputs[2] = incq_dequantize(r, &i);
}

/* ONNX Runtime makes a convolution on integers of what stands between DequantizeLinear and
 * QuantizeLinear, and then refuses these weights. */
static bool has_refused_weight(const incq_rewriter *r, const incir_node *n)
{
    return incir_is(n, INCIR_OP_CONV) && incq_has_integers(n->inputs[0]) &&
           incq_has_mixed_zero_points(n->inputs[1]) && is_quantized_after(r, n) &&
           (n->n_inputs < 3 || !n->inputs[2] || n->inputs[2]->rank == 1);
}

void incq_keep_product(incq_rewriter *r, incir_node *n)
{
    const incir_quant *weight;
    if (has_refused_weight(r, n)) {
        incq_add_apart(r, n);
        return;
    }
    if (takes_bias(r, n, &weight)) {
        if (!weight) {
            incq_add_apart(r, n);
            return;
        }
        if (!weight->per_axis || r->g->opset >= 13) {
            dequantize_bias(r, n, weight);
            if (weight != incir_quant_of(n->inputs[1])) {
                incq_integers i = incq_weight_with(r, incq_integers_of(r, n->inputs[1]), weight);
                n->inputs[1] = incq_dequantize(r, &i);
            }
        }
    }
    incq_keep(r, n);
}

/* Products that are MatMulInteger: static ones where the recipe wants the bias as an integer, and
 * those of dynamic integers that ONNX Runtime computes on integers in no other form: Gemm, and
 * MatMul where the integers are not those of DynamicQuantizeLinear. */
static bool is_on_integers(incq_rewriter *r, const incir_node *n)
{
    const incq_integers *x = n->n_inputs ? incq_integers_of(r, n->inputs[0]) : NULL;
    if (!x || !n->n_outputs)
        return false;
    return x->quant ? r->options->recipe == INCQ_OP_INT32_BIAS &&
                          incq_made_by(n->outputs[0], INCIR_OP_MATMUL)
                    : incq_made_by(n->outputs[0], INCIR_OP_GEMM) ||
                          (incq_made_by(n->outputs[0], INCIR_OP_MATMUL) &&
                           !incq_made_by(x->q, INCIR_OP_DYNAMIC_QUANTIZE_LINEAR));
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

static void plan_any(void *data, incir_node *n)
{
    if (incir_is_quantized_node(n))
        plan_node(data, n);
}

void incq_plan_qdq(incq_rewriter *r, incir_block *block)
{
    incir_each_node(block, plan_any, r);
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
        incq_keep_product(r, n);
    }
}
