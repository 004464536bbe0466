/* SPDX-License-Identifier: Apache-2.0 */
/* Linear layers on quantized tensors, static and dynamic, with what is fused with them. */
#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

static incir_value *multiply(incop_call *c, incir_value *x, const incop_packed *p)
{
    static const size_t swapped[2] = {1, 0};
    incir_value *bias = incop_bias_value(c, p);
    if (x->rank == 2) {
        incval args[3] = {incop_tensor_val(c, x),
                          incop_tensor_val(c, incop_weight_value(c, p, NULL)),
                          incop_tensor_val(c, bias)};
        return incop_call_float(c, "aten::linear", args, 3);
    }
    incir_value *y = emit_matmul(c->g, x, incop_weight_value(c, p, swapped));
    return bias ? emit_binary(c->g, "Add", y, bias) : y;
}

static void lower_linear(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "W_prepack", INCOP_PACKED_LINEAR);
    const incir_quant *q = incop_output_qparams(c, "X", "Y_scale_i", "Y_zero_point_i");
    incir_value *y = multiply(c, incop_tensor(c, "X"), p);
    if (c->row->mode == INCOP_FUSED_LEAKY_RELU) {
        incval args[2] = {incop_tensor_val(c, y), incop_arg(c, "negative_slope")};
        y = incop_call_float(c, "aten::leaky_relu", args, 2);
    } else if (c->row->mode == INCOP_FUSED_TANH) {
        incval v = incop_tensor_val(c, y);
        y = incop_call_float(c, "aten::tanh", &v, 1);
    } else {
        y = incop_fused_relu(c, y);
    }
    incop_return_quantized(c, y, q);
}

static void lower_linear_dynamic(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "W_prepack", INCOP_PACKED_LINEAR);
    incir_value *x = incop_tensor(c, "X");
    incir_value *y = multiply(c, p->weight->q ? incop_quantized_dynamically(c, x) : x, p);
    incop_return(c, incop_fused_relu(c, y));
}

/* The input is quantized with known qparams, the result is float. */
static void lower_linear_of_reals(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "W_prepack", INCOP_PACKED_LINEAR);
    const incir_quant *q =
        incir_quant_new(c->g, INCDT_U8, incop_float(c, "X_scale"), incop_int(c, "X_zero_point"));
    incir_value *y = multiply(c, incir_quantized(c->g, incop_tensor(c, "X"), q), p);
    incop_return(c, incop_fused_relu(c, y));
}

static void lower_linear_half_unpacked(incop_call *c)
{
    incop_packed p = {.kind = INCOP_PACKED_LINEAR,
                      .weight = incop_half_constant(c, "weight"),
                      .bias = incop_bias_constant(c, "bias")};
    incop_return(c, multiply(c, incop_tensor(c, "X"), &p));
}

#define LINEAR "__torch__.torch.classes.quantized.LinearPackedParamsBase W_prepack"

/* clang-format off */
static const incop_row rows[] = {
    OP_MODE_Q("quantized::linear(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i) -> Tensor Y", lower_linear, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_dynamic(Tensor X, " LINEAR ", bool reduce_range=False) -> Tensor Y", lower_linear_dynamic, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_dynamic_fp16(Tensor X, " LINEAR ") -> Tensor Y", lower_linear_dynamic, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::linear_dynamic_fp16_unpacked_weight(Tensor X, Tensor weight, Tensor bias) -> Tensor Y", lower_linear_half_unpacked, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_leaky_relu(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i, float negative_slope) -> Tensor Y", lower_linear, INCOP_FUSED_LEAKY_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_relu(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i) -> Tensor Y", lower_linear, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_relu_dynamic(Tensor X, " LINEAR ", bool reduce_range=False) -> Tensor Y", lower_linear_dynamic, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_relu_dynamic_fp16(Tensor X, " LINEAR ") -> Tensor Y", lower_linear_dynamic, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_tanh(Tensor X, " LINEAR ", float Y_scale_i, int Y_zero_point_i) -> Tensor Y", lower_linear, INCOP_FUSED_TANH, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_with_input_q_dq_qweight_dq_output_fp32(Tensor X, float X_scale, int X_zero_point, " LINEAR ") -> Tensor Y", lower_linear_of_reals, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::linear_with_input_q_dq_qweight_dq_relu_output_fp32(Tensor X, float X_scale, int X_zero_point, " LINEAR ") -> Tensor Y", lower_linear_of_reals, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
};
/* clang-format on */

const incop_family incop_quantized_linear = {"quantized_linear", rows, INC_COUNT(rows)};
