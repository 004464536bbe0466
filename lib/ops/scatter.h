/* Writing elements and slices to places that are only known at run time. */
#ifndef INC_OPS_SCATTER_H
#define INC_OPS_SCATTER_H

#include "ops/nn.h"

/* reduction: "add", "mul", "max", "min" as ONNX spells it, or NULL to replace. Sums are right in
 * every opset (below 16 as a product with a matrix of zeros and ones); the others raise where the
 * opset lacks them. */

/* ScatterND: updates [..., rest of x] to x at rows of places [..., k]. */
incir_value *emit_scatter_nd(incop_call *c, incir_value *x, incir_value *places,
                             incir_value *updates, const char *reduction);
/* ScatterElements: index and updates of the same shape. */
incir_value *emit_scatter_elements(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                                   incir_value *updates, const char *reduction);
/* x with source's slices along the axis added where the vector index says, without scattering. */
incir_value *emit_add_slices(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                             incir_value *source);

#endif
