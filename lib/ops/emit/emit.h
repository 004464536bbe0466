/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers share: nodes whose form changes with the opset, type promotion, small idioms.
 * All of them emit on g and return the result. Axes are non-negative here. */
#ifndef INC_OPS_EMIT_EMIT_H
#define INC_OPS_EMIT_EMIT_H

#include "ir/onnx_ops.h"
#include "ops/call/op.h"

/* ---- types ---- */
incir_value *emit_cast(incir_graph *g, incir_value *x,
                       incdtype to); /* x itself when of that type */
/* The type of a op b by PyTorch's rules: dimensioned tensors over 0-d ones over numbers. */
incdtype emit_result_type(incir_graph *g, incir_value *const *values, size_t n);
/* Casts both to their common type. */
void emit_promote(incir_graph *g, incir_value **a, incir_value **b);
/* The node, computed in a type that the opset and ONNX Runtime have the operator for, and cast
 * back: "Neg" of int16 is right in every opset. promote comes first for two operands; And, Or, Xor
 * and Not take anything as bool. */
incir_value *emit_unary(incir_graph *g, const char *op_type, incir_value *x);
incir_value *emit_binary(incir_graph *g, const char *op_type, incir_value *a, incir_value *b);
/* condition ? a : b, promoted. */
incir_value *emit_where(incir_graph *g, incir_value *condition, incir_value *a, incir_value *b);
/* The type that such a node has to be computed in: type itself, or a wider one. For handlers that
 * make nodes with attributes of their own. */
incdtype emit_working_type(incir_graph *g, const char *op_type, incdtype type);
/* The same where the runtime fuses nodes into one of com.microsoft (FusedMatMul, QuickGelu), which
 * has the types float16 and float32 only. */
incdtype emit_fused_type(incdtype type);
/* For nodes that a handler makes itself: x as an input, cast to the type that n is computed in; and
 * n's only result in the type that x had. */
void emit_in(incir_graph *g, incir_node *n, incir_value *x);
incir_value *emit_as(incir_graph *g, incir_node *n, incdtype type);
/* The parts of complex numbers; of real ones, themselves and zeros. */
incir_value *emit_real(incir_value *x);
incir_value *emit_imag(incir_graph *g, incir_value *x);
/* A scalar constant of x's type. */
incir_value *emit_scalar_like(incir_graph *g, const incir_value *x, double value);

/* ---- shapes ---- */
/* Whether the two sizes are surely equal. */
bool emit_same_size(incir_graph *g, const incsym *a, const incsym *b);
/* The sizes are known better by the caller than by inference. Returns x. */
incir_value *emit_set_dims(incir_graph *g, incir_value *x, const incsym *const *dims);
/* Reshape to the sizes; writes them as constants with 0 and -1 wherever that says it. */
incir_value *emit_reshape(incir_graph *g, incir_value *x, const incsym *const *sizes, size_t rank);
incir_value *emit_squeeze(incir_graph *g, incir_value *x, const size_t *axes, size_t n);
incir_value *emit_unsqueeze(incir_graph *g, incir_value *x, const size_t *axes, size_t n);
incir_value *emit_squeeze_axis(incir_graph *g, incir_value *x, size_t axis);
incir_value *emit_unsqueeze_axis(incir_graph *g, incir_value *x, size_t axis);
incir_value *emit_transpose(incir_graph *g, incir_value *x, const size_t *order);
incir_value *emit_swap_axes(incir_graph *g, incir_value *x, size_t a, size_t b);
incir_value *emit_expand(incir_graph *g, incir_value *x, const incsym *const *sizes, size_t rank);
/* x[start:end:step] along axis; NULL start/end: from/to the end. Nothing when it is the whole. */
incir_value *emit_slice(incir_graph *g, incir_value *x, size_t axis, const incsym *start,
                        const incsym *end, int64_t step);
incir_value *emit_concat(incir_graph *g, incir_value *const *parts, size_t n, size_t axis);
incir_value *emit_gather(incir_graph *g, incir_value *x, incir_value *indices, size_t axis);
void emit_split(incir_graph *g, incir_value *x, size_t axis, const incsym *const *sizes, size_t n,
                incir_value **parts);
incir_value *emit_pad(incir_graph *g, incir_value *x, const char *mode, const incsym *const *begins,
                      const incsym *const *ends, double value); /* rank of each */
/* A tensor of that shape full of value. */
incir_value *emit_full(incir_graph *g, incdtype dtype, const incsym *const *sizes, size_t rank,
                       double value);

/* ---- numbers ---- */
/* ReduceSum, ReduceMean, …: axes as attribute or input as the opset has it. */
incir_value *emit_reduce(incir_graph *g, const char *op_type, incir_value *x, const size_t *axes,
                         size_t n, bool keepdim);
incir_value *emit_softmax(incir_graph *g, const char *op_type, incir_value *x, size_t axis);
incir_value *emit_clip(incir_graph *g, incir_value *x, incir_value *low, incir_value *high);
incir_value *emit_matmul(incir_graph *g, incir_value *a, incir_value *b);

#endif
