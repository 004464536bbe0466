/* SPDX-License-Identifier: Apache-2.0 */
/* Quantized operators whose arguments are, but for the output's scale and zero point, those of the
 * float operator: arithmetic, activations, normalization, pooling, concatenation. */
#include <math.h>
#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/emit/math.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

enum { MOST_ARGS = 14 };

static void lower_binary(incop_call *c)
{
    const incir_quant *q = incop_output_qparams(c, "qa", "scale", "zero_point");
    incval args[2] = {incop_dequantized_arg(c, "qa"), incop_dequantized_arg(c, "qb")};
    incir_value *y = incop_call_float(c, c->row->as, args, 2);
    incop_return_quantized(c, incop_fused_relu(c, y), q);
}

/* x + b and x * b with a number: PyTorch changes scale and zero point instead of the integers. What
 * it adds is a whole number of steps. */
static void lower_scalar(incop_call *c)
{
    double b = incop_float(c, "b");
    bool multiplies = strcmp(c->row->as, "aten::mul") == 0;
    const incir_quant *out = incir_quant_moved(c->g, incop_qparams_arg(c, "qa"), &b, multiplies);
    incval args[2] = {incop_dequantized_arg(c, "qa"), incval_float(b)};
    incir_value *y = incop_call_float(c, c->row->as, args, 2);
    incop_return_quantized(c, incop_fused_relu(c, y), out);
}

static void lower_cat(incop_call *c)
{
    incval list = incop_arg(c, "qx");
    if (list.kind != INCVAL_LIST || list.u.list->v.n == 0 ||
        list.u.list->v.items[0].kind != INCVAL_TENSOR || !list.u.list->v.items[0].u.t->quant)
        inc_raise(c->cx, INC_E_FORMAT, "quantized::cat of no quantized tensors");
    const incir_quant *q = list.u.list->v.items[0].u.t->quant;
    if (!incop_is_none(c, "scale") && !incop_is_none(c, "zero_point"))
        q = incir_quant_new(c->g, q->dtype, incop_float(c, "scale"), incop_int(c, "zero_point"));
    size_t n;
    incir_value **parts = incop_tensors(c, "qx", &n);
    incval floats = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &floats.u.list->v, incop_tensor_val(c, parts[i]));
    incval args[2] = {floats, incop_arg(c, "dim")};
    incir_value *y = incop_call_float(c, "aten::cat", args, 2);
    incop_return_quantized(c, incop_fused_relu(c, y), q);
}

/* Rows whose other arguments are those of the float operator, in order, followed by the output's
 * scale and zero point somewhere: row->as is that operator. */
static void lower_same_arguments(incop_call *c)
{
    const incop_schema *s = c->schema;
    const incir_quant *q = NULL;
    incval args[MOST_ARGS];
    size_t n = 0;
    for (size_t i = 0; i < s->n_params && n < MOST_ARGS; i++) {
        const char *name = s->params[i].name;
        if (strcmp(name, "output_scale") == 0 || strcmp(name, "output_zero_point") == 0 ||
            strcmp(name, "inplace") == 0)
            continue;
        args[n++] = incop_dequantized_arg(c, name);
    }
    const char *input = s->params[0].name;
    if (incop_has(c, "output_scale"))
        q = incop_output_qparams(c, input, "output_scale", "output_zero_point");
    else
        q = incop_qparams_arg(c, input);
    incir_value *y = incop_call_float(c, c->row->as, args, n);
    incop_return_quantized(c, incop_fused_relu(c, y), q);
}

/* PyTorch multiplies positive values with 1 as the weight's qparams have it: the range of slopes
 * that are all below 1, as they are in most models, ends before it. */
static void lower_prelu(incop_call *c)
{
    const incir_quant *slope = incop_qparams_arg(c, "weight");
    if (slope->per_axis || !slope->zero_points) {
        incop_unsupported(c, "slopes that are quantized per channel");
        return;
    }
    const volatile float scale = (float)slope->scales[0];
    double steps = nearbyint(1.0 / (double)scale) + (double)slope->zero_points[0];
    steps = fmin(fmax(steps, (double)slope->quant_min), (double)slope->quant_max);
    double one = (steps - (double)slope->zero_points[0]) * (double)scale;
    if (fabs(one - 1) <= 1e-6) {
        lower_same_arguments(c);
        return;
    }
    inc_warn(c->cx,
             "quantized::prelu multiplies positive values by %g instead of 1, as in PyTorch: the "
             "qparams of its slopes have nothing nearer",
             one);
    incir_value *x = incop_tensor(c, "qx");
    incval args[2] = {incop_tensor_val(c, x), incop_dequantized_arg(c, "weight")};
    incir_value *below = incop_call_float(c, c->row->as, args, 2);
    incir_value *above = emit_binary(c->g, "Mul", x, incir_const_float(c->g, INCDT_F32, one));
    incir_value *y = emit_where(c->g, emit_compare_scalar(c->g, "Greater", x, 0), above, below);
    incop_return_quantized(c, y,
                           incop_output_qparams(c, "qx", "output_scale", "output_zero_point"));
}

/* Outside of training it does nothing, whatever qparams it names. */
static void lower_dropout(incop_call *c)
{
    if (incop_bool(c, "training"))
        incop_unsupported(c, "dropout in training mode");
    incop_return_quantized(c, incop_tensor(c, "self"), incop_qparams_arg(c, "self"));
}

static void lower_batch_norm(incop_call *c)
{
    const incir_quant *q =
        incop_output_qparams(c, c->schema->params[0].name, "output_scale", "output_zero_point");
    incval args[9] = {incop_dequantized_arg(c, c->schema->params[0].name),
                      incop_arg(c, "weight"),
                      incop_arg(c, "bias"),
                      incop_arg(c, "mean"),
                      incop_arg(c, "var"),
                      incval_bool(false),
                      incval_float(0.1),
                      incop_arg(c, "eps"),
                      incval_bool(false)};
    incir_value *y = incop_call_float(c, "aten::batch_norm", args, 9);
    incop_return_quantized(c, incop_fused_relu(c, y), q);
}

static void lower_instance_norm(incop_call *c)
{
    const incir_quant *q = incop_output_qparams(c, "input", "output_scale", "output_zero_point");
    incval args[9] = {incop_dequantized_arg(c, "input"),
                      incop_arg(c, "weight"),
                      incop_arg(c, "bias"),
                      incval_none(),
                      incval_none(),
                      incval_bool(true),
                      incval_float(0.1),
                      incop_arg(c, "eps"),
                      incval_bool(false)};
    incop_return_quantized(c, incop_call_float(c, "aten::instance_norm", args, 9), q);
}

#define TO "float output_scale, int output_zero_point"

/* clang-format off */
static const incop_row rows[] = {
    OP_MODE_Q("aten::quantized_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_NONE, INCOP_Q_OWN),
    OP_ROW("aten::quantized_max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> Tensor", lower_same_arguments, "aten::max_pool1d", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN),
    OP_ROW("aten::quantized_max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor", lower_same_arguments, "aten::max_pool2d", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN),
    OP_ROW("aten::quantized_max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor", lower_same_arguments, "aten::max_pool3d", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN),
    OP_ROW("quantized::add(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::add", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::add", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add_relu(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::add", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add_relu.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add_relu.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::add", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add_scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::add_scalar_relu(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::add", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm1d(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm1d_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm2d(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm2d_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm3d(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm3d_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::batch_norm_relu(Tensor qx, Tensor? weight, Tensor? bias, Tensor mean, Tensor var, float eps, " TO ") -> Tensor", lower_batch_norm, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::cat(Tensor[] qx, int dim, float? scale, int? zero_point) -> Tensor", lower_cat, INCOP_FUSED_NONE, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_MODE_Q("quantized::cat_relu(Tensor[] qx, int dim, float? scale, int? zero_point) -> Tensor", lower_cat, INCOP_FUSED_RELU, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::celu(Tensor self, " TO ", Scalar alpha=1) -> Tensor", lower_same_arguments, "aten::celu", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::clamp(Tensor qx, Scalar? min=None, Scalar? max=None) -> Tensor qy", lower_same_arguments, "aten::clamp", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::dropout(Tensor self, " TO ", Scalar p=0.5, bool training=False) -> Tensor", lower_dropout, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::elu(Tensor self, " TO ", Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor", lower_same_arguments, "aten::elu", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::group_norm(Tensor input, int num_groups, Tensor? weight, Tensor? bias, float eps, " TO ") -> Tensor", lower_same_arguments, "aten::group_norm", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::hardswish(Tensor input, " TO ") -> Tensor", lower_same_arguments, "aten::hardswish", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::instance_norm(Tensor input, Tensor? weight, Tensor? bias, float eps, " TO ") -> Tensor", lower_instance_norm, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::layer_norm(Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps, " TO ") -> Tensor", lower_same_arguments, "aten::layer_norm", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::leaky_relu(Tensor qx, Scalar negative_slope, bool inplace, " TO ") -> Tensor", lower_same_arguments, "aten::leaky_relu", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::matmul(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::matmul", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::max_pool1d(Tensor qx, int[] kernel_size, int[] stride, int[] padding, int[] dilation, bool ceil_mode) -> Tensor", lower_same_arguments, "aten::max_pool1d", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::max_pool2d(Tensor qx, int[] kernel_size, int[] stride, int[] padding, int[] dilation, bool ceil_mode) -> Tensor", lower_same_arguments, "aten::max_pool2d", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::mul", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::mul", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul_relu(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor qc", lower_binary, "aten::mul", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul_relu.Scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul_relu.Scalar2(Scalar b, Tensor qa) -> Tensor qc", lower_scalar, "aten::mul", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul_scalar(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::mul_scalar_relu(Tensor qa, Scalar b) -> Tensor qc", lower_scalar, "aten::mul", INCOP_FUSED_RELU, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::prelu(Tensor qx, Tensor weight, " TO ") -> Tensor", lower_prelu, "aten::prelu", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::relu6(Tensor qx, bool inplace=False) -> Tensor", lower_same_arguments, "aten::relu6", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::sigmoid(Tensor qx, " TO ") -> Tensor", lower_same_arguments, "aten::sigmoid", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::softmax(Tensor qx, int dim, " TO ") -> Tensor", lower_same_arguments, "aten::softmax", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_ROW("quantized::threshold(Tensor qx, Scalar threshold, Scalar value) -> Tensor qy", lower_same_arguments, "aten::threshold", INCOP_FUSED_NONE, INCOP_ANY_OPSET, INCOP_VIEW_NONE, NULL, INCOP_Q_OWN | INCOP_Q_INT8),
};
/* clang-format on */

const incop_family incop_quantized_elementwise = {"quantized_elementwise", rows, INC_COUNT(rows)};
