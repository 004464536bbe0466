/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of quantized exports ask of a model and its answers. */
#ifndef INC_TESTS_QUANT_EXPORTED_H
#define INC_TESTS_QUANT_EXPORTED_H

#include <math.h>
#include <string.h>

#include "onnx.pb-c.h"

static inline size_t count(const Incox__ModelProto *m, const char *op_type)
{
    size_t n = 0;
    for (size_t i = 0; i < m->graph->n_node; i++)
        n += strcmp(m->graph->node[i]->op_type, op_type) == 0;
    return n;
}

/* The least difference between two answers that differ: one step of the output's scale. */
static inline double step_of(const float *values, size_t n)
{
    double step = INFINITY;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double d = fabs((double)values[i] - (double)values[k]);
            if (d > 1e-6 && d < step)
                step = d;
        }
    return step;
}

#endif
