/* SPDX-License-Identifier: Apache-2.0 */
/* What the families of neural networks share: convolution, pooling, normalisation, attention,
 * recurrence, resizing. */
#ifndef INC_OPS_EMIT_NN_H
#define INC_OPS_EMIT_NN_H

#include "ops/emit/emit.h"
#include "ops/families.h"

/* x with a leading axis of size 1 when it lacks the batch of [N, C, n_spatial…]; *added says
 * whether. */
incir_value *emit_batched(incop_call *c, incir_value *x, size_t n_spatial, bool *added);
incir_value *emit_unbatched(incir_graph *g, incir_value *y, bool added);

/* 2 for "aten::max_pool2d_with_indices": how many spatial axes the operator's name says. */
size_t incop_spatial_axes(incop_call *c);

/* A vector of n equal elements, which costs nothing whatever n. */
incir_value *emit_full_vector(incir_graph *g, incdtype dtype, int64_t n, double value);
/* A tensor of no elements, for results that are there in name only. */
incir_value *emit_empty(incir_graph *g, incdtype dtype);
/* The last two axes exchanged. */
incir_value *emit_matrix_transposed(incir_graph *g, incir_value *x);
/* x[..., index, ...] with the axis gone. */
incir_value *emit_select(incir_graph *g, incir_value *x, size_t axis, int64_t index);
/* An int64 or float constant from a small table. */
incir_value *emit_table_i64(incir_graph *g, const int64_t *values, size_t rank,
                            const int64_t *sizes);
incir_value *emit_table_f32(incir_graph *g, const float *values, size_t rank, const int64_t *sizes);
/* 0, 1, … n - 1 as int64; a constant when n is known. */
incir_value *emit_count_up(incir_graph *g, const incsym *n);
/* Whether v is known to be zero everywhere: a constant, or made from one. */
bool emit_is_zero(incir_graph *g, incir_value *v);

/* x with the matrix [out, in] applied along the axis; x has at least two axes. */
incir_value *emit_along_axis(incir_graph *g, incir_value *x, size_t axis, incir_value *matrix);
/* Identity matrices [..., n, n], of the type and the batch of like. */
incir_value *emit_identity(incir_graph *g, const incir_value *like, const incsym *n);
/* The inverses of square matrices of any size. */
incir_value *emit_inverse(incir_graph *g, incir_value *a);
/* X of A X = B; the batches broadcast. */
incir_value *emit_solution(incir_graph *g, incir_value *a, incir_value *b);
/* A = Q R, Q being square and R upper triangular. */
void emit_qr(incir_graph *g, incir_value *a, incir_value **q, incir_value **r);
/* The singular values of matrices, falling. */
incir_value *emit_singular_values(incir_graph *g, incir_value *a);
/* x @ weight.T + bias; bias may be NULL. */
incir_value *emit_linear(incir_graph *g, incir_value *x, incir_value *weight, incir_value *bias);
/* Over the last n_axes; weight and bias may be NULL. */
incir_value *emit_layer_norm(incir_graph *g, incir_value *x, size_t n_axes, incir_value *weight,
                             incir_value *bias, double eps);

#endif
