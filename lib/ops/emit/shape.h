/* SPDX-License-Identifier: Apache-2.0 */
/* Shape work that several families share; like emit.h, all of it emits on g. */
#ifndef INC_OPS_EMIT_SHAPE_H
#define INC_OPS_EMIT_SHAPE_H

#include "ops/emit/emit.h"

/* At least so many axes: [n] -> [1, n] -> [1, n, 1]; [m, n] -> [m, n, 1]. */
incir_value *emit_at_least(incir_graph *g, incir_value *x, size_t rank);

/* All elements as a vector. */
incir_value *emit_flattened(incir_graph *g, incir_value *x);
/* 0-d tensors are computed as vectors of one element (emit_at_least): y as a scalar again. */
incir_value *emit_scalar_if(incir_graph *g, incir_value *y, bool scalar);

/* int64 start, start + step, … below end (above it when step is negative): a constant where all is
 * known and the vector is small, else a Range. */
incir_value *emit_range(incir_graph *g, const incsym *start, const incsym *end, const incsym *step);

/* base with what is from start to end along axis replaced by part, which has that size: indices
 * between 0 and the size of the axis, end not before start. NULL: the very beginning, the very end.
 */
incir_value *emit_replace(incir_graph *g, incir_value *base, incir_value *part, size_t axis,
                          const incsym *start, const incsym *end);

/* Whether how large it is depends on the data: how many elements a mask picks. */
bool emit_is_count(const incsym *size);
/* The k first of x along the axis in that order, and where they were. ONNX Runtime divides by zero
 * where there are no rows to sort: those that data may leave none of are sorted with one more. */
void emit_topk(incir_graph *g, incir_value *x, size_t axis, const incsym *k, bool largest,
               bool sorted, incir_value *found[2]);

/* The shape that all of them broadcast to; *rank is set. */
const incsym *const *emit_broadcast_shape(incir_graph *g, incir_value *const *values, size_t n,
                                          size_t *rank);

#endif
