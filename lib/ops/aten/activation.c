/* SPDX-License-Identifier: Apache-2.0 */
/* Activations, softmax and what training puts between layers (dropout), each as one node where the
 * opset has it and spelled out where it has not. */
#include "ops/families.h"

#include <float.h>
#include <string.h>

#include "ops/call/schema.h"
#include "ops/emit/math.h"

/* ---- piecewise linear ---- */

static void lower_relu(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (incdtype_is_float(x->dtype))
        incop_return(c, emit_unary(c->g, "Relu", x));
    else
        incop_return(c, emit_extreme(c->g, "Max", x, emit_scalar_like(c->g, x, 0)));
}

static void lower_relu6(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_clip(c->g, x, emit_scalar_like(c->g, x, 0), emit_scalar_like(c->g, x, 6)));
}

static void lower_hardtanh(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *low = emit_cast(c->g, incop_tensor(c, "min_val"), x->dtype);
    incir_value *high = emit_cast(c->g, incop_tensor(c, "max_val"), x->dtype);
    incop_return(c, emit_clip(c->g, x, low, high));
}

static void lower_leaky_relu(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_with_floats(c->g, "LeakyRelu", x, "alpha",
                                     incop_float(c, "negative_slope"), NULL, 0));
}

/* In training the slope is drawn at random; in evaluation it is the middle. */
static void lower_rrelu(incop_call *c)
{
    if (incop_bool(c, "training"))
        incop_unsupported(c, "in training its slopes are random; put the model into eval()");
    double slope = (incop_float(c, "lower") + incop_float(c, "upper")) / 2;
    incop_return(
        c, emit_with_floats(c->g, "LeakyRelu", incop_tensor(c, "self"), "alpha", slope, NULL, 0));
    if (incop_has(c, "noise") && strcmp(c->row->as ? c->row->as : "", "noise") == 0)
        incop_return(c, incop_tensor(c, "noise"));
}

/* The weight is along axis 1; ONNX broadcasts from the last axis. */
static void lower_prelu(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self"), *slope = incop_tensor(c, "weight");
    if (slope->rank == 1) {
        const incsym *one = incsym_int(c->g->syms, 1);
        size_t rank = x->rank > 2 ? x->rank - 1 : x->rank ? 1 : 0;
        const incsym **sizes = INC_NEW_N(c->cx, const incsym *, rank);
        for (size_t i = 0; i < rank; i++)
            sizes[i] = i == 0 && !incsym_is(incir_axis_size(c->g, slope, 0), 1)
                           ? incir_axis_size(c->g, slope, 0)
                           : one;
        if (incsym_is(incir_axis_size(c->g, slope, 0), 1))
            rank = rank ? 1 : 0;
        slope = emit_reshape(c->g, slope, sizes, rank);
    }
    incop_return(c, emit_binary(c->g, "PRelu", x, slope));
}

/* x > threshold ? x : value */
static void lower_threshold(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *threshold = incop_tensor(c, "threshold"), *value = incop_tensor(c, "value");
    if (incdtype_is_float(x->dtype) && emit_is_scalar(c->g, value, 0)) {
        incop_return(c, emit_with_floats(c->g, "ThresholdedRelu", x, "alpha",
                                         incop_float(c, "threshold"), NULL, 0));
        return;
    }
    threshold = emit_cast(c->g, threshold, x->dtype);
    incir_value *other = emit_cast(c->g, value, x->dtype);
    incop_return(c, emit_where(c->g, emit_compare(c->g, "Greater", x, threshold), x, other));
}

/* hardshrink: 0 within lambd; softshrink: what is outside moves towards 0 by lambd. */
static void lower_shrink(incop_call *c)
{
    double lambd = incop_float(c, "lambd");
    double bias = strcmp(c->row->as, "soft") == 0 ? lambd : 0;
    incop_return(
        c, emit_with_floats(c->g, "Shrink", incop_tensor(c, "self"), "bias", bias, "lambd", lambd));
}

static incir_value *hard_sigmoid(incir_graph *g, incir_value *x)
{
    return emit_with_floats(g, "HardSigmoid", x, "alpha", 1.0 / 6, "beta", 0.5);
}

static void lower_hardsigmoid(incop_call *c)
{
    incop_return(c, hard_sigmoid(c->g, incop_tensor(c, "self")));
}

/* x · relu6(x + 3) / 6 */
static void lower_hardswish(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (c->g->opset >= 14)
        incop_return(c, emit_unary(c->g, "HardSwish", x));
    else
        incop_return(c, emit_binary(c->g, "Mul", x, hard_sigmoid(c->g, x)));
}

/* ---- exponential ---- */

/* scale · (x > 0 ? x : alpha · (exp(input_scale · x) - 1)) */
static void lower_elu(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *y;
    double alpha = incop_float(c, "alpha"), scale = incop_float(c, "scale");
    double input_scale = incop_float(c, "input_scale");
    if (input_scale == 1) {
        y = emit_with_floats(g, "Elu", x, alpha != 1 ? "alpha" : NULL, alpha, NULL, 0);
    } else {
        incir_value *below = emit_unary(g, "Exp", emit_with_scalar(g, "Mul", x, input_scale));
        below = emit_with_scalar(g, "Mul", emit_with_scalar(g, "Sub", below, 1), alpha);
        y = emit_where(g, emit_compare_scalar(g, "Greater", x, 0), x, below);
    }
    incop_return(c, scale == 1 ? y : emit_with_scalar(g, "Mul", y, scale));
}

/* max(0, x) + min(0, alpha · (exp(x / alpha) - 1)) = alpha · elu(x / alpha) */
static void lower_celu(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    double alpha = incop_float(c, "alpha");
    if (alpha == 1) {
        incop_return(c, emit_unary(g, "Elu", x));
    } else if (g->opset >= 12) {
        incop_return(c, emit_with_floats(g, "Celu", x, "alpha", alpha, NULL, 0));
    } else {
        x = emit_unary(g, "Elu", emit_with_scalar(g, "Div", x, alpha));
        incop_return(c, emit_with_scalar(g, "Mul", x, alpha));
    }
}

static void lower_unary(incop_call *c)
{
    incop_return(c, emit_unary(c->g, c->row->as, incop_tensor(c, "self")));
}

static void lower_silu(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incdtype type = x->dtype;
    x = emit_cast(c->g, x, emit_fused_type(type));
    incir_value *y = emit_binary(c->g, "Mul", x, emit_unary(c->g, "Sigmoid", x));
    incop_return(c, emit_cast(c->g, y, type));
}

static void lower_mish(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (incir_has_opset(c->g, 18)) {
        incop_return(c, emit_unary(c->g, "Mish", x));
        return;
    }
    incir_value *y = emit_unary(c->g, "Tanh", emit_unary(c->g, "Softplus", x));
    incop_return(c, emit_binary(c->g, "Mul", x, y));
}

/* log(1 + exp(beta · x)) / beta, and x itself where beta · x > threshold; at 20, the default, the
 * two are the same number in float32. */
static void lower_softplus(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    double beta = incop_float(c, "beta"), threshold = incop_float(c, "threshold");
    incir_value *scaled = beta == 1 ? x : emit_with_scalar(g, "Mul", x, beta);
    incir_value *y = emit_unary(g, "Softplus", scaled);
    if (beta != 1)
        y = emit_with_scalar(g, "Div", y, beta);
    if (threshold < 15)
        y = emit_where(g, emit_compare_scalar(g, "Greater", scaled, threshold), x, y);
    incop_return(c, y);
}

/* log(sigmoid(x)) = -softplus(-x), which does not underflow. */
static incir_value *log_sigmoid(incir_graph *g, incir_value *x)
{
    return emit_unary(g, "Neg", emit_unary(g, "Softplus", emit_unary(g, "Neg", x)));
}

static void lower_log_sigmoid(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, log_sigmoid(c->g, x));
    if (c->row->as) {
        int64_t none = 0; /* buffer: empty on a CPU */
        incop_return(c, incir_constant(c->g, inctensor_new(c->cx, x->dtype, 1, &none, NULL), NULL));
    }
}

/* none: x/2 · (1 + erf(x/√2)); tanh: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). ONNX has Gelu
 * from 20. The order of factors is what runtimes look for when they fuse the exact form. */
static incir_value *gelu_erf(incir_graph *g, incir_value *x)
{
    incir_value *y = emit_unary(g, "Erf", emit_with_scalar(g, "Div", x, 1.4142135623730951));
    y = emit_binary(g, "Mul", x, emit_with_scalar(g, "Add", y, 1));
    return emit_with_scalar(g, "Mul", y, 0.5);
}

static incir_value *gelu_tanh(incir_graph *g, incir_value *x)
{
    incir_value *cube = emit_binary(g, "Mul", x, emit_binary(g, "Mul", x, x));
    incir_value *y = emit_binary(g, "Add", x, emit_with_scalar(g, "Mul", cube, 0.044715));
    y = emit_unary(g, "Tanh", emit_with_scalar(g, "Mul", y, 0.7978845608028654));
    y = emit_binary(g, "Mul", x, emit_with_scalar(g, "Add", y, 1));
    return emit_with_scalar(g, "Mul", y, 0.5);
}

static void lower_gelu(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    bool tanh_form = incop_str_is(c, "approximate", "tanh");
    if (!incir_has_opset(g, 20)) {
        incop_return(c, tanh_form ? gelu_tanh(g, x) : gelu_erf(g, x));
        return;
    }
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, "Gelu");
    emit_in(g, n, x);
    if (tanh_form)
        incir_attr_str(g, n, "approximate", "tanh");
    incop_return(c, emit_as(g, n, type));
}

/* One half of an axis gated by the other. */
static void lower_glu(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *halves[2];
    size_t axis = incop_axis(c, "dim", x->rank);
    const incsym *half =
        incsym_floordiv(g->syms, incir_axis_size(g, x, axis), incsym_int(g->syms, 2));
    const incsym *sizes[] = {half, half};
    emit_split(g, x, axis, sizes, 2, halves);
    incop_return(c, emit_binary(g, "Mul", halves[0], emit_unary(g, "Sigmoid", halves[1])));
}

/* ---- softmax ---- */

static incir_value *softmax(incop_call *c, const char *op_type)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = incop_axis_or_0d(c, "dim", x->rank);
    incdtype type = emit_float_type(x->dtype);
    if (incop_has(c, "dtype"))
        type = incop_dtype(c, "dtype", type);
    else if (incop_bool(c, "half_to_float"))
        type = INCDT_F32;
    return emit_softmax(c->g, op_type, emit_cast(c->g, x, type), axis);
}

static void lower_softmax(incop_call *c)
{
    incop_return(c, softmax(c, c->row->as));
}

/* A row that is -inf throughout gives zeros. */
static void lower_safe_softmax(incop_call *c)
{
    incir_value *y = softmax(c, "Softmax");
    incop_return(c,
                 emit_where(c->g, emit_unary(c->g, "IsNaN", y), emit_scalar_like(c->g, y, 0), y));
}

/* mask: true where an element does not count. */
static void lower_masked_softmax(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *mask = incop_tensor(c, "mask");
    if (mask->rank != x->rank)
        incop_unsupported(c, "a mask of rank %zu for a tensor of rank %zu", mask->rank, x->rank);
    size_t axis =
        incop_is_none(c, "dim") ? x->rank - (x->rank > 0) : incop_axis_or_0d(c, "dim", x->rank);
    double lowest = x->dtype == INCDT_F16 ? -65504.0 : -(double)FLT_MAX;
    x = emit_where(g, mask, emit_scalar_like(g, x, lowest), x);
    incop_return(c, emit_softmax(g, "Softmax", x, axis));
}

/* ---- dropout ---- */

static bool drops(incop_call *c)
{
    bool train = incop_has(c, "train") ? incop_bool(c, "train") : true;
    return train && incop_float(c, "p") > 0;
}

static void refuse_training(incop_call *c)
{
    inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                   "call model.eval() before tracing, scripting or saving the model",
                   "%s: the model is in training mode", c->schema->name);
}

static void lower_dropout(incop_call *c)
{
    if (drops(c))
        refuse_training(c);
    incop_return(c, incop_tensor(c, "input"));
}

/* Returns what was kept, too. */
static void lower_native_dropout(incop_call *c)
{
    incir_value *x = incop_tensor(c, incop_has(c, "input") ? "input" : "self");
    if (drops(c))
        refuse_training(c);
    incop_return(c, x);
    incop_return(c, emit_full(c->g, INCDT_BOOL, x->dims, x->rank, 1));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_fused_dropout(Tensor self, float p, Generator? generator=None) -> (Tensor, Tensor)",
        lower_native_dropout),
    OP_AS_Q("aten::_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor", lower_softmax, "LogSoftmax", INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP_Q("aten::_masked_softmax(Tensor self, Tensor mask, int? dim=None, int? mask_type=None) -> Tensor",
        lower_masked_softmax, INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP("aten::_prelu_kernel(Tensor self, Tensor weight) -> Tensor", lower_prelu),
    OP_Q("aten::_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", lower_safe_softmax, INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP_AS_Q("aten::_softmax(Tensor self, int dim, bool half_to_float) -> Tensor", lower_softmax, "Softmax", INCOP_FX_SOFTMAX | INCOP_ORDER_OWN),
    OP_Q("aten::alpha_dropout(Tensor input, float p, bool train) -> Tensor", lower_dropout, INCOP_Q_SAME),
    OP("aten::celu(Tensor self, Scalar alpha=1.) -> Tensor", lower_celu),
    OP_Q("aten::dropout(Tensor input, float p, bool train) -> Tensor", lower_dropout, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor", lower_elu, INCOP_FX_OBSERVED),
    OP("aten::feature_alpha_dropout(Tensor input, float p, bool train) -> Tensor", lower_dropout),
    OP_Q("aten::feature_dropout(Tensor input, float p, bool train) -> Tensor", lower_dropout, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::gelu(Tensor self, *, str approximate=\"none\") -> Tensor", lower_gelu, INCOP_Q_SAME),
    OP_Q("aten::glu(Tensor self, int dim=-1) -> Tensor", lower_glu, INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP_AS("aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor", lower_shrink, "hard"),
    OP_Q("aten::hardsigmoid(Tensor self) -> Tensor", lower_hardsigmoid, INCOP_Q_UNIT | INCOP_FX_FIXED),
    OP_Q("aten::hardswish(Tensor self) -> Tensor", lower_hardswish, INCOP_FX_OBSERVED),
    OP_Q("aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor", lower_hardtanh, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor", lower_leaky_relu, INCOP_Q_SAME | INCOP_FX_OBSERVED),
    OP("aten::log_sigmoid(Tensor self) -> Tensor", lower_log_sigmoid),
    OP_AS("aten::log_sigmoid_forward(Tensor self) -> (Tensor output, Tensor buffer)", lower_log_sigmoid, "forward"),
    OP_AS_Q("aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
        lower_softmax, "LogSoftmax", INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP("aten::mish(Tensor self) -> Tensor", lower_mish),
    OP("aten::native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)", lower_native_dropout),
    OP("aten::prelu(Tensor self, Tensor weight) -> Tensor", lower_prelu),
    OP_Q("aten::relu(Tensor self) -> Tensor", lower_relu, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::relu6(Tensor self) -> Tensor", lower_relu6, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, Generator? generator=None) -> Tensor",
        lower_rrelu),
    OP("aten::rrelu_with_noise(Tensor self, Tensor(b!) noise, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, Generator? generator=None) -> Tensor",
        lower_rrelu),
    OP_AS("aten::rrelu_with_noise_functional(Tensor self, Tensor noise, Scalar lower=0.125, Scalar upper=0.33333333333333331, bool training=False, Generator? generator=None) -> (Tensor, Tensor noise_out)",
        lower_rrelu, "noise"),
    OP_AS("aten::selu(Tensor self) -> Tensor", lower_unary, "Selu"),
    OP("aten::silu(Tensor self) -> Tensor", lower_silu),
    OP_AS_Q("aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", lower_softmax, "Softmax", INCOP_FX_SOFTMAX | INCOP_ORDER_OWN),
    OP("aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor", lower_softplus),
    OP_AS("aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor", lower_shrink, "soft"),
    OP_AS_Q("aten::special_log_softmax(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
        lower_softmax, "LogSoftmax", INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP_AS_Q("aten::special_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", lower_softmax, "Softmax", INCOP_Q_NONE | INCOP_ORDER_OWN),
    OP_Q("aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor", lower_threshold, INCOP_Q_SAME),
};
/* clang-format on */

const incop_family incop_activation = {"activation", rows, INC_COUNT(rows), true};
