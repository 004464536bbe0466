/* SPDX-License-Identifier: Apache-2.0 */
/* QDQ: every operator stays what it is, and reads integers through DequantizeLinear. */
#include <string.h>

#include "quant/internal.h"

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

/* The average pool whose result is quantized, and no more, where it is written to round as PyTorch
 * does. */
static incir_node *pool_before(const incq_rewriter *r, const incir_node *quantized,
                               const incq_limits *limits)
{
    const incir_value *y = limits->node ? limits->node->inputs[0] : quantized->inputs[0];
    return !limits->from && incq_read_once(r, y) &&
                   incq_is_exact_pool(r, y->producer, quantized->quant)
               ? y->producer
               : NULL;
}

/* A limit that cuts is a Clip of the integers, or nothing where it cuts less than half a step: a
 * Relu or Clip of float values between an operator and QuantizeLinear would keep ONNX Runtime from
 * running the operator on integers, or, a Clip behind a convolution, from loading the file. */
static void plan_node(incq_rewriter *r, incir_node *quantized)
{
    incq_limits limits = incq_limits_on(r, quantized);
    incir_node *pool = pool_before(r, quantized, &limits);
    if (limits.node &&
        (limits.from || limits.cuts || pool || incq_has_integers(limits.node->inputs[0])))
        r->absorbed_by[quantized->inputs[0]->id] = quantized;
    if (pool)
        r->absorbed_by[pool->outputs[0]->id] = quantized;
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
    const incir_node *pool = pool_before(r, quantized, &limits);
    incir_value *y =
        limits.from ? incq_integers_of(r, limits.from)->q
        : pool      ? incq_exact_pool(r, pool, q)
                    : incq_quantize_only(r, incq_dequantized_for(r, limits.node->inputs[0], q), q);
    y = incq_limit(r, y, q, limits.low, limits.high);
    incq_set_integers(r, quantized->outputs[0], y, q, NULL);
}

void incq_node_qdq(incq_rewriter *r, incir_node *n)
{
    if (incq_fact(r, n, limited) || incq_embedding(r, n) ||
        (is_on_integers(r, n) && incq_integer_product(r, n)))
        return;
    incq_keep_product(r, n);
}
