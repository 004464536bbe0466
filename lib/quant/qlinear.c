/* SPDX-License-Identifier: Apache-2.0 */
/* QLinear: operators on integers.
 *
 * The plan looks at every inc::Quantized for the operator whose result it quantizes: where that ran
 * on integers, has integers to read, nobody else reads it, and there is an operator of ONNX (or of
 * com.microsoft) that does both, the two become one node. What is left runs on float values,
 * between DequantizeLinear and QuantizeLinear. */
#include <string.h>

#include "base/vec.h"
#include "quant/internal.h"

static const char microsoft[] = "com.microsoft";

/* ---- plan ---- */

static void plan_node(incq_rewriter *r, incir_node *quantized)
{
    const incir_quant *q = quantized->quant;
    incir_value *x = quantized->inputs[0];
    incq_limits limits = incq_limits_on(r, quantized);
    if (!incq_read_once(r, x))
        return;
    if (!limits.node) {
        if (!incq_obstacle(r, x->producer, q))
            r->absorbed_by[x->id] = quantized;
        return;
    }
    incir_value *before = limits.node->inputs[0];
    if (limits.from) {
        r->absorbed_by[x->id] = quantized;
    } else if (incq_read_once(r, before) && !incq_obstacle(r, before->producer, q)) {
        r->absorbed_by[x->id] = r->absorbed_by[before->id] = quantized;
    }
}

static void plan_any(void *data, incir_node *n)
{
    if (incir_is_quantized_node(n))
        plan_node(data, n);
}

void incq_plan_qlinear(incq_rewriter *r, incir_block *block)
{
    incir_each_node(block, plan_any, r);
}

/* ---- one kernel ---- */

typedef INC_VEC(incir_value *) operands;

static void push(incq_rewriter *r, operands *list, incir_value *v)
{
    INC_PUSH(r->cx, list, v);
}

static void push_integers(incq_rewriter *r, operands *list, const incir_value *old, incdtype type)
{
    incq_integers i = incq_integers_in_type(r, old, type);
    push(r, list, i.q);
    push(r, list, i.scale);
    push(r, list, i.zero_point);
}

static void push_target(incq_rewriter *r, operands *list, const incir_quant *q)
{
    push(r, list, incq_scale(r, q, NULL));
    push(r, list, incq_zero_point(r, q, NULL));
}

/* Input and weight of a convolution or Gemm; returns its bias. */
static incir_value *push_product(incq_rewriter *r, operands *list, const incir_node *n,
                                 incdtype type)
{
    const incir_quant *with = incir_quant_of(n->inputs[1]);
    bool has_bias = incq_takes_bias(r, n, &with);
    incq_integers weight = incq_weight_with(r, incq_integers_of(r, n->inputs[1]), with);
    push_integers(r, list, n->inputs[0], type);
    push(r, list, weight.q);
    push(r, list, weight.scale);
    push(r, list, weight.zero_point);
    return has_bias ? incq_int32_bias(r, n->inputs[2], incir_quant_of(n->inputs[0]), with, NULL)
                    : NULL;
}

static incir_value *emit_product(incq_rewriter *r, incir_node *n, const incir_quant *q,
                                 incdtype type)
{
    operands in = {0};
    if (incir_is(n, INCIR_OP_CONV)) {
        incir_value *bias = push_product(r, &in, n, type);
        push_target(r, &in, q);
        if (bias)
            push(r, &in, bias);
        return incq_emit_like(r, n, "", "QLinearConv", in.items, in.n, q->dtype);
    }
    if (incir_is(n, INCIR_OP_MATMUL)) {
        push_integers(r, &in, n->inputs[0], type);
        push_integers(r, &in, n->inputs[1], incir_quant_of(n->inputs[1])->dtype);
        push_target(r, &in, q);
        return incq_emit_like(r, n, "", "QLinearMatMul", in.items, in.n, q->dtype);
    }
    push(r, &in, push_product(r, &in, n, type));
    push_target(r, &in, q);
    incir_node plain = *n; /* QGemm has no beta */
    plain.attrs = NULL;
    incir_attr_int(r->g, &plain, "transB", 1);
    return incq_emit_like(r, &plain, microsoft, "QGemm", in.items, in.n, q->dtype);
}

/* The operator with integers of these types. */
static incir_value *emit_typed(incq_rewriter *r, incir_node *n, const incir_quant *q, incdtype type)
{
    operands in = {0};
    switch (n->op->kernel) {
    case INCIR_KERNEL_CONV:
    case INCIR_KERNEL_GEMM:
    case INCIR_KERNEL_PRODUCT:
        return emit_product(r, n, q, type);
    case INCIR_KERNEL_BINARY:
        push_integers(r, &in, n->inputs[0], type);
        push_integers(r, &in, n->inputs[1], type);
        push_target(r, &in, q);
        break;
    case INCIR_KERNEL_VARIADIC:
        push_target(r, &in, q);
        for (size_t i = 0; i < n->n_inputs; i++)
            push_integers(r, &in, n->inputs[i], type);
        break;
    case INCIR_KERNEL_UNARY:
        push_integers(r, &in, n->inputs[0], type);
        push_target(r, &in, q);
        break;
    default: /* the same operator, on integers of one scale and zero point */
        push_integers(r, &in, n->inputs[0], type);
        in.n = 1;
        for (size_t i = 1; i < n->n_inputs; i++)
            push(r, &in, incq_dequantized(r, n->inputs[i]));
        return incq_emit_like(r, n, "", n->op_type, in.items, in.n, q->dtype);
    }
    return incq_emit_like(r, n, microsoft, inc_printf(r->cx, "QLinear%s", n->op_type), in.items,
                          in.n, q->dtype);
}

/* Where there is no operator on integers of the types that stand around n, it gets the nearest that
 * it has, and the integers are moved by 128 before or behind it. */
static incir_value *emit_kernel(incq_rewriter *r, incir_node *n, const incir_quant *q)
{
    incdtype input, output;
    if (incq_is_exact_pool(r, n, q))
        return incq_exact_pool(r, n, q);
    incq_nearest_types(n, q, &input, &output);
    const incir_quant *typed = incq_in_type(r->cx, q, output);
    return incq_result_in_type(r, emit_typed(r, n, typed, input), typed, q);
}

static void emit_group(incq_rewriter *r, incir_node *quantized)
{
    const incir_quant *q = quantized->quant;
    incq_limits limits = incq_limits_on(r, quantized);
    incir_value *x = limits.node ? limits.node->inputs[0] : quantized->inputs[0];
    incir_value *y =
        limits.from ? incq_integers_of(r, limits.from)->q : emit_kernel(r, x->producer, q);
    y = incq_limit(r, y, q, limits.low, limits.high);
    incq_set_integers(r, quantized->outputs[0], y, q, NULL);
}

void incq_node_qlinear(incq_rewriter *r, incir_node *n)
{
    if (incq_fact(r, n, emit_group) || incq_embedding(r, n) || incq_integer_product(r, n) ||
        incq_integer_convolution(r, n) || incq_integer_lstm(r, n))
        return;
    incq_keep_product(r, n);
}
