/* SPDX-License-Identifier: Apache-2.0 */
/* Writing elements and slices to places that are only known at run time. */
#ifndef INC_OPS_ATEN_SCATTER_H
#define INC_OPS_ATEN_SCATTER_H

#include "ops/emit/nn.h"

/* reduction: "add", "mul", "max", "min" as ONNX spells it, or NULL to replace. Where the opset
 * lacks one, every place is compared with every update instead. */

/* ScatterND: updates [..., rest of x] to x at rows of places [..., k]. */
incir_value *emit_scatter_nd(incop_call *c, incir_value *x, incir_value *places,
                             incir_value *updates, const char *reduction);
/* ScatterElements: index and updates of the same shape. */
incir_value *emit_scatter_elements(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                                   incir_value *updates, const char *reduction);
/* A vector of indices for an axis, as index for every element of a tensor of those sizes. */
incir_value *emit_spread_index(incir_graph *g, incir_value *index, size_t axis,
                               const incsym *const *sizes, size_t rank);
/* x with source's slices along the axis added where the vector index says, without scattering. */
incir_value *emit_add_slices(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                             incir_value *source);

#endif
