/* SPDX-License-Identifier: Apache-2.0 */
/* Computing a node at once instead of keeping it: what the fold_ files share, and the functions
 * that the table in onnx_ops.c lists. All are incir_op.fold.
 *
 * Three ways, tried in this order: sizes (int64 vectors of expressions, with or without symbols),
 * lazy transformations (no element is touched, so any size will do), and computing, for results of
 * at most INCIR_MOST_COMPUTED elements. */
#ifndef INC_IR_FOLD_H
#define INC_IR_FOLD_H

#include "ir/onnx_ops.h"

enum {
    INCIR_MOST_COMPUTED = 1 << 20, /* elements of a result */
    INCIR_MOST_READ = 1 << 22,     /* elements of an operand */
    INCIR_SMALL_BYTES = 64 * 1024, /* what may grow, and what is kept as bytes at once */
    INCIR_MOST_GROWTH = 4,
    INCIR_WORK_PER_ELEMENT = 8 /* steps for inc_work() */
};

/* ---- shared ---- */
/* Whether every input that is there is a constant with data. */
bool incir_all_constant(const incir_node *n);
/* The tensor of input i, which is constant; NULL when left out. */
const inctensor *incir_tensor(const incir_node *n, size_t i);
/* The sizes of output i, when all are known. */
bool incir_known_sizes(incir_graph *g, const incir_node *n, size_t i, const int64_t **sizes,
                       uint64_t *numel);
/* A result; small ones are computed now, so that chains of them do not grow. */
incir_value *incir_folded(incir_graph *g, const inctensor *t);
/* A result from elements in the widest type: doubles for floating-point, int64 otherwise. */
incir_value *incir_from_f64s(incir_graph *g, incdtype dtype, size_t rank, const int64_t *sizes,
                             const double *values);
incir_value *incir_from_i64s(incir_graph *g, incdtype dtype, size_t rank, const int64_t *sizes,
                             const int64_t *values);
/* All bytes in order, NULL when there are too many. */
const uint8_t *incir_bytes(incir_graph *g, const inctensor *t);
/* Whether a result of so many bytes is too large to replace what it is made of. */
bool incir_grows(const incir_node *n, uint64_t bytes);
/* Expressions, when the contents of all inputs are known: by operator. False: no such rule. */
bool incir_fold_sizes(incir_graph *g, incir_node *n, incir_value **out);

/* ---- by operator ---- */
bool incir_fold_shape(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_size(incir_graph *g, incir_node *n, incir_value **out);

bool incir_fold_transpose(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_reshape(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_slice(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_split(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_concat(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_expand(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_cast(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_constant_of_shape(incir_graph *g, incir_node *n, incir_value **out);

bool incir_fold_unary(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_binary(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_where(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_clip(incir_graph *g, incir_node *n, incir_value **out);

bool incir_fold_gather(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_gather_elements(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_gather_nd(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_scatter_elements(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_scatter_nd(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_tile(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_pad(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_trilu(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_one_hot(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_non_zero(incir_graph *g, incir_node *n, incir_value **out);

bool incir_fold_range(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_eye_like(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_reduce(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_arg(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_cumsum(incir_graph *g, incir_node *n, incir_value **out);
bool incir_fold_matmul(incir_graph *g, incir_node *n, incir_value **out);

#endif
