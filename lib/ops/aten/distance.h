/* SPDX-License-Identifier: Apache-2.0 */
/* Distances, for those who build on them. */
#ifndef INC_OPS_ATEN_DISTANCE_H
#define INC_OPS_ATEN_DISTANCE_H

#include "ops/emit/nn.h"

/* (Σ |x|^p)^(1/p) along the axis. */
incir_value *emit_p_norm(incir_graph *g, incir_value *x, double p, size_t axis, bool keepdim);
/* Of a - b + eps along the last axis. */
incir_value *emit_pairwise_distance(incop_call *c, incir_value *a, incir_value *b, double p,
                                    double eps, bool keepdim);

#endif
