/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions on quantized tensors, static and dynamic, with what is fused with them. */
#include "ir/quant.h"
#include "ops/emit/nn.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

/* A convolution of one axis, packed as one of height 1, back in one. */
static incop_packed *make_1d(incop_call *c, const incop_packed *p)
{
    const inctensor *w = p->weight;
    if (w->rank != 4 || w->sizes[2] != 1 || p->padding[0] != 0 || p->output_padding[0] != 0)
        incop_unsupported(c, "packed weights of a convolution of two axes");
    incop_packed *flat = inc_copy(c->cx, p, sizeof *p);
    int64_t sizes[3] = {w->sizes[0], w->sizes[1], w->sizes[3]};
    flat->weight = inctensor_reshape(c->cx, w, 3, sizes);
    flat->k = 1;
    flat->stride[0] = p->stride[1];
    flat->padding[0] = p->padding[1];
    flat->dilation[0] = p->dilation[1];
    flat->output_padding[0] = p->output_padding[1];
    return flat;
}

static incir_value *convolve(incop_call *c, incir_value *x, const incop_packed *p)
{
    if (incop_spatial_axes(c) == 1)
        p = make_1d(c, p);
    return incop_packed_conv(c, x, p);
}

static void lower_conv(incop_call *c)
{
    const char *weight = incop_has(c, "weight") ? "weight" : "packed_weight";
    const incop_packed *p = incop_packed_arg(c, weight, INCOP_PACKED_CONV);
    const incir_quant *q = incop_output_qparams(c, "qx", "output_scale", "output_zero_point");
    incir_value *y = convolve(c, incop_tensor(c, "qx"), p);
    if (incop_has(c, "qaccum")) {
        incval sum[2] = {incop_tensor_val(c, y), incop_dequantized_arg(c, "qaccum")};
        y = incop_call_float(c, "aten::add", sum, 2);
    }
    incop_return_quantized(c, incop_fused_relu(c, y), q);
}

/* PyTorch quantizes the result with the qparams it found for the input. */
static void lower_conv_dynamic(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "packed_weight", INCOP_PACKED_CONV);
    incir_value *x = incop_quantized_dynamically(c, incop_tensor(c, "qx"));
    incop_return(c, incir_quantized_alike(c->g, convolve(c, x, p), x));
}

#define CONV2D "__torch__.torch.classes.quantized.Conv2dPackedParamsBase packed_weight"
#define CONV3D "__torch__.torch.classes.quantized.Conv3dPackedParamsBase packed_weight"
#define TO "float output_scale, int output_zero_point"

/* clang-format off */
static const incop_row rows[] = {
    OP_MODE_Q("quantized::conv1d(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv1d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv1d_relu(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv2d(Tensor qx, __torch__.torch.classes.quantized.Conv2dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv2d.new(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv2d_add(Tensor qx, Tensor qaccum, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv2d_add_relu(Tensor qx, Tensor qaccum, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv2d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv2d_relu(Tensor qx, __torch__.torch.classes.quantized.Conv2dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv2d_relu.new(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv3d(Tensor qx, __torch__.torch.classes.quantized.Conv3dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv3d.new(Tensor qx, " CONV3D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv3d_dynamic(Tensor qx, " CONV3D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv3d_relu(Tensor qx, __torch__.torch.classes.quantized.Conv3dPackedParamsBase weight, int[] stride, int[] padding, int[] dilation, int groups, " TO ") -> Tensor", lower_conv, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv3d_relu.new(Tensor qx, " CONV3D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv_transpose1d(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_transpose1d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv_transpose2d(Tensor qx, " CONV2D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_transpose2d_dynamic(Tensor qx, " CONV2D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::conv_transpose3d(Tensor qx, " CONV3D ", " TO ") -> Tensor", lower_conv, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_transpose3d_dynamic(Tensor qx, " CONV3D ", bool reduce_range=False) -> Tensor", lower_conv_dynamic, INCOP_Q_OWN | INCOP_Q_INT8),
};
/* clang-format on */

const incop_family incop_quantized_conv = {"quantized_conv", rows, INC_COUNT(rows)};
