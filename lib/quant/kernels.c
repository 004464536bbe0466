/* SPDX-License-Identifier: Apache-2.0 */
/* Which operators have a counterpart on integers, in ONNX or in com.microsoft, and what stands in
 * the way of using it. */
#include <string.h>

#include "quant/internal.h"

static bool has_kernel(const incir_node *n)
{
    return n->op->kernel != INCIR_KERNEL_NONE && n->op->kernel != INCIR_KERNEL_QDQ;
}

/* Only com.microsoft has an operator for it. */
static bool is_contrib(const incir_node *n)
{
    return n->op->kernel == INCIR_KERNEL_GEMM || n->op->kernel == INCIR_KERNEL_BINARY ||
           n->op->kernel == INCIR_KERNEL_VARIADIC || n->op->kernel == INCIR_KERNEL_UNARY;
}

/* ---- element types ---- */

/* The combinations that ONNX Runtime has, 1.21 to 1.23 (others are refused when a file is loaded).
 */
static const struct {
    incir_kernel kernel;
    incdtype x, w, y; /* w: the second operand, where there is one */
} combinations[] = {
    {INCIR_KERNEL_CONV, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_CONV, INCDT_U8, INCDT_I8, INCDT_U8},
    {INCIR_KERNEL_CONV, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_GEMM, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_GEMM, INCDT_U8, INCDT_I8, INCDT_U8},
    {INCIR_KERNEL_GEMM, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_PRODUCT, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_PRODUCT, INCDT_U8, INCDT_I8, INCDT_U8},
    {INCIR_KERNEL_PRODUCT, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_BINARY, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_BINARY, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_VARIADIC, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_VARIADIC, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_UNARY, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_UNARY, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_MOVES, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_MOVES, INCDT_I8, INCDT_I8, INCDT_I8},
    {INCIR_KERNEL_ORDERS, INCDT_U8, INCDT_U8, INCDT_U8},
    {INCIR_KERNEL_ORDERS, INCDT_I8, INCDT_I8, INCDT_I8},
};

bool incq_has_types(incir_kernel kernel, incdtype x, incdtype w, incdtype y)
{
    for (size_t i = 0; i < INC_COUNT(combinations); i++)
        if (combinations[i].kernel == kernel && combinations[i].x == x && combinations[i].w == w &&
            combinations[i].y == y)
            return true;
    return false;
}

static incdtype type_of(const incir_value *v)
{
    return incir_quant_of(v)->dtype;
}

static size_t n_operands(const incir_node *n)
{
    return n->op->kernel == INCIR_KERNEL_VARIADIC                            ? n->n_inputs
           : n->op->kernel == INCIR_KERNEL_UNARY || incq_is_same_operator(n) ? 1
                                                                             : 2;
}

/* Whether n has integers of the types that its operands and its result have. */
static bool has_its_types(const incir_node *n, const incir_quant *out)
{
    size_t count = n_operands(n);
    incdtype x = type_of(n->inputs[0]);
    for (size_t i = count > 1 ? 1 : 0; i < count; i++)
        if (!incq_has_types(n->op->kernel, x, type_of(n->inputs[i]), out->dtype))
            return false;
    return true;
}

void incq_nearest_types(const incir_node *n, const incir_quant *out, incdtype *input,
                        incdtype *output)
{
    *input = type_of(n->inputs[0]);
    *output = out->dtype;
    if (has_its_types(n, out))
        return;
    *input = *output = n->op->work == INCIR_WORK_PRODUCT ? INCDT_U8 : out->dtype;
}

/* ---- obstacles ---- */

static const char on_float[] = "its input is float32";
static const char per_channel[] = "its input is quantized per channel";

static const char *unless_integers(const incir_node *n, size_t first, size_t count)
{
    for (size_t i = first; i < count; i++) {
        if (!incq_has_integers(n->inputs[i]))
            return i > 0 && incir_is_constant(n->inputs[i])
                       ? "its second operand is a float32 constant"
                       : on_float;
        if (!incq_is_per_tensor(n->inputs[i]))
            return per_channel;
    }
    return NULL;
}

static const char *of_weighted(incq_rewriter *r, const incir_node *n, size_t axis)
{
    const char *why = unless_integers(n, 0, 1);
    if (why)
        return why;
    if (!incq_has_integers(n->inputs[1]))
        return "its weight is float32";
    const incir_quant *w = incir_quant_of(n->inputs[1]);
    if (w->per_axis && w->axis != axis)
        return "its weight has scales along an axis that no operator on integers takes";
    if (n->n_inputs > 2 && n->inputs[2] && (!incq_takes_bias(r, n, &w) || !w))
        return "its bias does not fit in int32";
    return NULL;
}

/* A matrix with a scale for each column: QLinearMatMul takes that. */
static bool has_scales_of_columns(const incir_value *weight)
{
    const incir_quant *q = incq_has_integers(weight) && incir_is_weight_node(weight->producer)
                               ? incir_quant_of(weight)
                               : NULL;
    return q && q->per_axis && weight->rank == 2 && q->axis == 1 &&
           !incq_has_mixed_zero_points(weight);
}

static const char *of_conv(incq_rewriter *r, const incir_node *n)
{
    return incq_has_mixed_zero_points(n->inputs[1])
               ? "its weight has another zero point for each channel, which no convolution on "
                 "integers takes"
               : of_weighted(r, n, 0);
}

static const char *of_gemm(incq_rewriter *r, const incir_node *n)
{
    const char *why = of_weighted(r, n, 0);
    return why ? why
           : incir_attr_int_or(n, "transB", 0) == 1
               ? NULL
               : "its weight is stored as [in, out], and operators on integers take [out, in]";
}

/* QDQ leaves the types to the runtime, which computes in float32 what it has no integers for;
 * QLinear moves them. */
static const char *of_types(const incq_rewriter *r, const incir_node *n, const incir_quant *out)
{
    return r->options->form == INCQ_QDQ && !has_its_types(n, out)
               ? "its operands and its result are int8 here and uint8 there (see activations)"
               : NULL;
}

static const char *of_kernel(incq_rewriter *r, const incir_node *n, const incir_quant *out)
{
    switch (n->op->kernel) {
    case INCIR_KERNEL_CONV:
        return of_conv(r, n);
    case INCIR_KERNEL_GEMM:
        return of_gemm(r, n);
    case INCIR_KERNEL_PRODUCT:
        return has_scales_of_columns(n->inputs[1]) ? unless_integers(n, 0, 1)
                                                   : unless_integers(n, 0, 2);
    case INCIR_KERNEL_BINARY:
        return unless_integers(n, 0, 2);
    case INCIR_KERNEL_VARIADIC:
        return unless_integers(n, 0, n->n_inputs);
    case INCIR_KERNEL_UNARY:
        return unless_integers(n, 0, 1);
    default: {
        const char *why = unless_integers(n, 0, 1);
        if (!why &&
            !incq_only_moves(r->g, n)) /* a mode that makes numbers, or no kernel for int8 */
            return inc_printf(r->cx, "there is no such %s on integers", n->op_type);
        return why ? why
               : incir_quant_equal(incir_quant_of(n->inputs[0]), out)
                   ? NULL
                   : "its result has another scale than its input";
    }
    }
}

const char *incq_obstacle(incq_rewriter *r, const incir_node *n, const incir_quant *out)
{
    /* permuting values that keep their qparams is permuting integers, whatever the source did */
    if (!incir_is_int8(n) && !incq_is_same_operator(n))
        return "the source computes it in float32";
    if (out->per_axis)
        return "its result is quantized per channel";
    if (out->dtype == INCDT_I32)
        return "its result is quantized to int32";
    if (!has_kernel(n) || n->n_outputs != 1 || n->n_inputs == 0)
        return inc_printf(r->cx, "there is no %s on integers", n->op_type);
    if (r->g->opset < n->op->kernel_since)
        return inc_printf(r->cx, "%s takes integers from opset %u on", n->op_type,
                          n->op->kernel_since);
    if (is_contrib(n) && r->options->form == INCQ_QLINEAR && !r->options->allow_contrib)
        return inc_printf(r->cx, "only com.microsoft has %s on integers, which was not allowed",
                          n->op_type);
    const char *why = of_kernel(r, n, out);
    return why ? why : of_types(r, n, out);
}
