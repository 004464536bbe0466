/* SPDX-License-Identifier: Apache-2.0 */
/* Ordinary windows, for those who come to them by other ways. */
#ifndef INC_OPS_ATEN_POOL_H
#define INC_OPS_ATEN_POOL_H

#include "ops/emit/nn.h"

typedef struct pool_plan {
    size_t k;
    const int64_t *kernel, *dilations; /* dilations: NULL for none */
    int64_t *strides;
    int64_t *pads; /* k at the beginnings, then k at the ends */
    bool ceil_mode;
} pool_plan;

/* Inputs have their batch here, and a type that the operator has. */

/* indices (or NULL for none) count within each plane of the k last axes, as PyTorch's do. */
incir_value *emit_max_windows(incop_call *c, incir_value *x, pool_plan *p, incir_value **indices);
incir_value *emit_average_windows(incir_graph *g, incir_value *x, const pool_plan *p,
                                  bool count_pads);
const incsym *emit_plane_size(incir_graph *g, const incir_value *x, size_t k);

#endif
