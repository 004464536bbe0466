/* How far apart vectors are; like emit.h, all of it emits on g. */
#ifndef INC_OPS_DISTANCE_H
#define INC_OPS_DISTANCE_H

#include "ops/emit.h"

/* The p-norm of a - b + eps along the last axis. */
incir_value *emit_pairwise_distance(incir_graph *g, incir_value *a, incir_value *b, double p,
                                    double eps, bool keepdim);

#endif
