/* SPDX-License-Identifier: Apache-2.0 */
/* Types of quantization: ONNX's operators and our own of quant.h. In: a node. Out: integers of the
 * zero point's type, or float32, of the input's shape. */
#include "ir/infer.h"

static void check_scale(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *scale = incir_need_float(g, n, 1);
    if (scale->rank > 1)
        incir_misfit(g, n, "the scale has to be a number or a vector");
    int64_t length;
    if (scale->rank == 1 && !(incir_dim(scale, 0, &length) && length == 1)) {
        size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 1), x->rank);
        incir_unify(g, n, scale->dims[0], x->dims[axis]);
    }
}

void incir_infer_quantize(incir_graph *g, incir_node *n)
{
    check_scale(g, n);
    incir_value *x = n->inputs[0], *zero = incir_maybe(n, 2);
    incir_set_output(g, n, 0, zero ? zero->dtype : INCDT_U8, x->rank, x->dims);
}

void incir_infer_dequantize(incir_graph *g, incir_node *n)
{
    check_scale(g, n);
    incir_value *x = n->inputs[0];
    incir_set_output(g, n, 0, n->inputs[1]->dtype, x->rank, x->dims);
}

void incir_infer_dynamic_quantize(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    incir_set_output(g, n, 0, INCDT_U8, x->rank, x->dims);
    incir_set_output(g, n, 1, INCDT_F32, 0, NULL);
    incir_set_output(g, n, 2, INCDT_U8, 0, NULL);
}
