/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: reductions, Softmax, Clip and MatMul in the form that the opset has, without nodes that
 * would change nothing. In: values and axes. Out: the result. See emit.h; reshape.c and slice.c
 * have what keeps the elements. */
#include "ops/emit/internal.h"

incir_value *emit_reduce(incir_graph *g, const char *op_type, incir_value *x, const size_t *axes,
                         size_t n_axes, bool keepdim)
{
    incir_opcode code = incir_op_find("", op_type)->code;
    bool changes = code == INCIR_OP_REDUCE_L1 || code == INCIR_OP_REDUCE_L2 ||
                   code == INCIR_OP_REDUCE_LOG_SUM || code == INCIR_OP_REDUCE_LOG_SUM_EXP ||
                   code == INCIR_OP_REDUCE_SUM_SQUARE; /* even a single element */
    if (x->rank == 0 && !changes)
        return x;
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, op_type);
    emit_in(g, n, x);
    if (n_axes > 0 && n_axes < x->rank) /* none given means all */
        emit_add_axes(g, n, axes, n_axes, code == INCIR_OP_REDUCE_SUM ? 13 : 18);
    incir_attr_int(g, n, "keepdims", keepdim);
    return emit_as(g, n, type);
}

incir_value *emit_softmax(incir_graph *g, const char *op_type, incir_value *x, size_t axis)
{
    incdtype type = x->dtype;
    if (x->rank == 0)
        return emit_squeeze_axis(g, emit_softmax(g, op_type, emit_unsqueeze_axis(g, x, 0), 0), 0);
    /* Before opset 13 all axes from `axis` on count as one. */
    size_t last = x->rank - 1, at = g->opset >= 13 ? axis : last;
    incir_value *y = emit_cast(g, x, emit_working_type(g, op_type, type));
    y = emit_swap_axes(g, y, axis, at);
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, y);
    incir_attr_int(g, n, "axis", (int64_t)at);
    return emit_cast(g, emit_swap_axes(g, incir_emit(g, n), axis, at), type);
}

incir_value *emit_clip(incir_graph *g, incir_value *x, incir_value *low, incir_value *high)
{
    if (!low && !high)
        return x;
    incdtype type = x->dtype, wide = emit_working_type(g, "Clip", type);
    bool scalars = (!low || low->rank == 0) && (!high || high->rank == 0);
    if (!scalars || (g->opset < 12 && wide != type)) {
        /* Tensors as bounds; and Clip was for float32 only before opset 12. */
        if (low)
            x = emit_binary(g, "Max", x, emit_cast(g, low, type));
        if (high)
            x = emit_binary(g, "Min", x, emit_cast(g, high, type));
        return x;
    }
    incir_node *n = incir_node_new(g, "Clip");
    incir_in(g, n, emit_cast(g, x, wide));
    if (low || high)
        incir_in(g, n, low ? emit_cast(g, low, wide) : NULL);
    if (high)
        incir_in(g, n, emit_cast(g, high, wide));
    return emit_as(g, n, type);
}

static bool is_transposition(const incir_value *v)
{
    return emit_produced_by(v, INCIR_OP_TRANSPOSE) != NULL;
}

incir_value *emit_matmul(incir_graph *g, incir_value *a, incir_value *b)
{
    int64_t n;
    bool has_vector = a->rank >= 2 && b->rank == 1;
    if (has_vector &&
        (!incir_dim(b, 0, &n) || (a->rank > 2 && !incir_dim(a, (int64_t)a->rank - 2, &n)))) {
        /* ONNX Runtime (1.23) leaves a matrix without columns times a vector uninitialised, and
         * refuses several without rows */
        a = emit_matmul(g, a, emit_unsqueeze_axis(g, b, 1));
        return emit_squeeze_axis(g, a, a->rank - 1);
    }
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = type;
    if (is_transposition(a) || is_transposition(b)) /* which the runtime fuses into the product */
        wide = emit_fused_type(type);
    a = emit_cast(g, a, wide);
    return emit_cast(g, emit_binary(g, "MatMul", a, emit_cast(g, b, wide)), type);
}
