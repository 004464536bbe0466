/* SPDX-License-Identifier: Apache-2.0 */
/* What torch.utils.mobile_optimizer makes of convolutions and linear layers: float32 weights packed
 * for XNNPACK, with the activation behind them as limits of the result. */
#include "ops/families.h"
#include "ops/quantized/internal.h"

static incir_value *limited(incop_call *c, incir_value *y, const incop_packed *p)
{
    incval args[3] = {incop_tensor_val(c, y), incval_none(), incval_none()};
    for (size_t i = 0; i < 2; i++)
        if (p->has_limit[i])
            args[1 + i] = incval_float(p->limit[i]);
    if (!p->has_limit[0] && !p->has_limit[1])
        return y;
    if (p->has_limit[0] && p->limit[0] == 0 && !p->has_limit[1])
        return incop_call_float(c, "aten::relu", args, 1);
    return incop_call_float(c, "aten::clamp", args, 3);
}

static void lower_conv(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "W_prepack", INCOP_PACKED_FLOAT_CONV);
    incop_return(c, limited(c, incop_packed_conv(c, incop_tensor(c, "X"), p), p));
}

static void lower_linear(incop_call *c)
{
    const incop_packed *p = incop_packed_arg(c, "W_prepack", INCOP_PACKED_FLOAT_LINEAR);
    incval args[3] = {incop_tensor_val(c, incop_tensor(c, "X")),
                      incop_tensor_val(c, incop_weight_value(c, p, NULL)),
                      incop_tensor_val(c, incop_bias_value(c, p))};
    incop_return(c, limited(c, incop_call_float(c, "aten::linear", args, 3), p));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("prepacked::conv2d_clamp_run(Tensor X, __torch__.torch.classes.xnnpack.Conv2dOpContext W_prepack) -> Tensor Y", lower_conv),
    OP("prepacked::conv2d_transpose_clamp_run(Tensor X, __torch__.torch.classes.xnnpack.TransposeConv2dOpContext W_prepack) -> Tensor Y", lower_conv),
    OP("prepacked::linear_clamp_run(Tensor X, __torch__.torch.classes.xnnpack.LinearOpContext W_prepack) -> Tensor Y", lower_linear),
};
/* clang-format on */

const incop_family incop_prepacked = {"prepacked", rows, INC_COUNT(rows)};
