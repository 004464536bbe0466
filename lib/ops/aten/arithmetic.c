/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of two and three tensors, element by element. Operands take their common type first;
 * bools add as "or" and multiply as "and". */
#include "ops/families.h"

#include <math.h>
#include <string.h>

#include "ops/emit/math.h"

static incir_value *sum(incir_graph *g, incir_value *a, incir_value *b)
{
    if (emit_is_scalar(g, b, 0))
        return a;
    if (emit_is_scalar(g, a, 0))
        return b;
    return emit_binary(g, a->dtype == INCDT_BOOL ? "Or" : "Add", a, b);
}

static incir_value *difference(incir_graph *g, incir_value *a, incir_value *b)
{
    return emit_is_scalar(g, b, 0) ? a : emit_binary(g, "Sub", a, b);
}

static incir_value *product(incir_graph *g, incir_value *a, incir_value *b)
{
    if (emit_is_scalar(g, b, 1))
        return a;
    if (emit_is_scalar(g, a, 1))
        return b;
    return emit_binary(g, a->dtype == INCDT_BOOL ? "And" : "Mul", a, b);
}

static incir_value *quotient(incir_graph *g, incir_value *a, incir_value *b)
{
    return emit_is_scalar(g, b, 1) ? a : emit_binary(g, "Div", a, b);
}

/* The operands in their common type; to_float: in that of real results. */
static void operands(incop_call *c, const char *first, const char *second, bool to_float,
                     incir_value **a, incir_value **b)
{
    incir_value *both[] = {incop_tensor(c, first), incop_tensor(c, second)};
    incdtype type = emit_result_type(c->g, both, 2);
    type = to_float ? emit_float_type(type) : type;
    *a = emit_cast(c->g, both[0], type);
    *b = emit_cast(c->g, both[1], type);
}

/* x times a Scalar argument. */
static incir_value *scaled(incop_call *c, incir_value *x, const char *name)
{
    incir_value *factor = incop_tensor(c, name);
    return product(c->g, x, emit_cast(c->g, factor, x->dtype));
}

/* ---- sums and products ---- */

static void lower_add(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", false, &a, &b);
    incop_return(c, sum(c->g, a, scaled(c, b, "alpha")));
}

static void lower_add_relu(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", false, &a, &b);
    incop_return(c, emit_unary(c->g, "Relu", sum(c->g, a, scaled(c, b, "alpha"))));
}

static void lower_sub(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", false, &a, &b);
    incop_return(c, difference(c->g, a, scaled(c, b, "alpha")));
}

static void lower_rsub(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", false, &a, &b);
    incop_return(c, difference(c->g, b, scaled(c, a, "alpha")));
}

static void lower_mul(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", false, &a, &b);
    incop_return(c, product(c->g, a, b));
}

/* self + value · tensor1 · tensor2 */
static void lower_addcmul(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *v[] = {incop_tensor(c, "self"), incop_tensor(c, "tensor1"),
                        incop_tensor(c, "tensor2")};
    incdtype type = emit_result_type(g, v, INC_COUNT(v));
    for (size_t i = 0; i < INC_COUNT(v); i++)
        v[i] = emit_cast(g, v[i], type);
    incop_return(c, sum(g, v[0], scaled(c, product(g, v[1], v[2]), "value")));
}

/* self + value · tensor1 / tensor2 */
static void lower_addcdiv(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *v[] = {incop_tensor(c, "self"), incop_tensor(c, "tensor1"),
                        incop_tensor(c, "tensor2")};
    incdtype type = emit_float_type(emit_result_type(g, v, INC_COUNT(v)));
    for (size_t i = 0; i < INC_COUNT(v); i++)
        v[i] = emit_cast(g, v[i], type);
    incop_return(c, sum(g, v[0], scaled(c, quotient(g, v[1], v[2]), "value")));
}

/* self + weight · (end - self) */
static void lower_lerp(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "end", false, &a, &b);
    incop_return(c, sum(c->g, a, scaled(c, difference(c->g, b, a), "weight")));
}

/* ---- division ---- */

static void lower_true_div(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", true, &a, &b);
    incop_return(c, quotient(c->g, a, b));
}

/* rounding_mode: None as true division; "trunc", what ONNX does to integers; "floor". */
static void lower_div_mode(incop_call *c)
{
    incir_value *a, *b;
    if (incop_is_none(c, "rounding_mode")) {
        lower_true_div(c);
        return;
    }
    operands(c, "self", "other", false, &a, &b);
    if (incop_str_is(c, "rounding_mode", "floor"))
        incop_return(c, emit_floor_divide(c->g, a, b));
    else if (incop_str_is(c, "rounding_mode", "trunc"))
        incop_return(c, emit_trunc(c->g, quotient(c->g, a, b)));
    else
        incop_unsupported(c, "rounding_mode '%s'", incop_str(c, "rounding_mode"));
}

static void lower_floor_divide(incop_call *c)
{
    incop_return(c, emit_floor_divide(c->g, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

static void lower_remainder(incop_call *c)
{
    incop_return(c, emit_remainder(c->g, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

static void lower_fmod(incop_call *c)
{
    incop_return(c, emit_fmod(c->g, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

/* ---- powers ---- */

/* x to a small power, exactly, and wrapping as PyTorch's does: Pow goes through doubles. */
static incir_value *integer_power(incir_graph *g, incir_value *x, int exponent)
{
    incir_value *y = NULL;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1)
            y = y ? emit_binary(g, "Mul", y, x) : x;
        if (exponent > 1)
            x = emit_binary(g, "Mul", x, x);
    }
    return y;
}

static incir_value *power(incir_graph *g, incir_value *x, incir_value *exponent)
{
    double known;
    if (emit_is_scalar(g, exponent, 1))
        return x;
    if (emit_is_scalar(g, exponent, 2))
        return emit_binary(g, "Mul", x, x);
    if (incdtype_is_float(x->dtype) && emit_is_scalar(g, exponent, 0.5))
        return emit_unary(g, "Sqrt", x);
    if (incdtype_is_float(x->dtype) && emit_is_scalar(g, exponent, -1))
        return emit_unary(g, "Reciprocal", x);
    if (incdtype_is_float(x->dtype) || x->dtype == INCDT_BOOL)
        return emit_binary(g, "Pow", x, exponent);
    if (emit_known_scalar(g, exponent, &known) && known >= 1 && known <= 64)
        return integer_power(g, x, (int)known);
    incir_value *y = emit_binary(g, "Pow", x, exponent);
    if (emit_known_scalar(g, exponent, &known) && known >= 0)
        return y;
    /* 1 / 0 is no integer: 0 in PyTorch */
    incir_value *inverse = emit_compare_scalar(g, "Less", exponent, 0);
    inverse = emit_binary(g, "And", inverse, emit_compare_scalar(g, "Equal", x, 0));
    return emit_where(g, inverse, emit_scalar_like(g, x, 0), y);
}

static incir_value *complex_power(incir_graph *g, incir_value *x, incir_value *exponent)
{
    enum { MOST = 16 };
    double known;
    if (exponent->kind != INCIR_COMPLEX || !emit_known_scalar(g, exponent->re, &known) ||
        !emit_is_scalar(g, exponent->im, 0) || known < 0 || known > MOST || floor(known) != known)
        return emit_complex_power(g, x, exponent);
    incir_value *im = emit_full(g, x->re->dtype, x->dims, x->rank, 0);
    incir_value *y = incir_complex(g, emit_full(g, x->re->dtype, x->dims, x->rank, 1), im);
    for (int i = 0; i < (int)known; i++)
        y = i == 0 ? x : emit_complex_product(g, y, x);
    return y;
}

static void lower_pow(incop_call *c)
{
    incir_value *x, *exponent;
    operands(c, "self", "exponent", false, &x, &exponent);
    if (x->kind == INCIR_COMPLEX)
        incop_return(c, complex_power(c->g, x, exponent));
    else
        incop_return(c, power(c->g, x, exponent));
}

/* Always in double precision. */
static void lower_float_power(incop_call *c)
{
    incir_value *x = emit_cast(c->g, incop_tensor(c, "self"), INCDT_F64);
    incop_return(c, power(c->g, x, emit_cast(c->g, incop_tensor(c, "exponent"), INCDT_F64)));
}

/* self · 2^other */
static void lower_ldexp(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", true, &a, &b);
    incop_return(c, product(c->g, a, emit_scalar_with(c->g, "Pow", 2, b)));
}

static void lower_hypot(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", true, &a, &b);
    a = emit_binary(c->g, "Mul", a, a);
    b = emit_binary(c->g, "Mul", b, b);
    incop_return(c, emit_unary(c->g, "Sqrt", emit_binary(c->g, "Add", a, b)));
}

/* ---- logarithms ---- */

/* self · log(other), 0 where self is 0 and other is a number; xlog1py: log(1 + other) */
static void lower_xlogy(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x, *y;
    operands(c, "self", "other", true, &x, &y);
    if (strcmp(c->row->as, "log1p") == 0)
        y = emit_with_scalar(g, "Add", y, 1);
    incir_value *none = emit_compare_scalar(g, "Equal", x, 0);
    none = emit_binary(g, "And", none, emit_unary(g, "Not", emit_unary(g, "IsNaN", y)));
    y = emit_binary(g, "Mul", x, emit_unary(g, "Log", y));
    incop_return(c, emit_where(g, none, emit_scalar_like(g, x, 0), y));
}

/* log(e^a + e^b) = max(a, b) + log(1 + e^-|a - b|), where equal infinities differ by 0 */
static incir_value *log_add_exp(incir_graph *g, incir_value *a, incir_value *b)
{
    incir_value *apart = emit_unary(g, "Abs", emit_binary(g, "Sub", a, b));
    apart = emit_where(g, emit_binary(g, "Equal", a, b), emit_scalar_like(g, a, 0), apart);
    incir_value *more = emit_unary(g, "Softplus", emit_unary(g, "Neg", apart));
    return emit_binary(g, "Add", emit_binary(g, "Max", a, b), more);
}

static void lower_logaddexp(incop_call *c)
{
    incir_value *a, *b;
    operands(c, "self", "other", true, &a, &b);
    incop_return(c, log_add_exp(c->g, a, b));
}

static void lower_logaddexp2(incop_call *c)
{
    const double ln2 = 0.69314718055994531;
    incir_graph *g = c->g;
    incir_value *a, *b;
    operands(c, "self", "other", true, &a, &b);
    incir_value *scaled_b = emit_with_scalar(g, "Mul", b, ln2);
    a = log_add_exp(g, emit_with_scalar(g, "Mul", a, ln2), scaled_b);
    incop_return(c, emit_with_scalar(g, "Div", a, ln2));
}

/* ---- angles and signs ---- */

static void lower_atan2(incop_call *c)
{
    incir_value *y, *x;
    operands(c, "self", "other", true, &y, &x);
    incop_return(c, emit_atan2(c->g, y, x));
}

/* |self| with other's sign; that of a negative zero shows in its reciprocal. */
static void lower_copysign(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a, *b;
    operands(c, "self", "other", true, &a, &b);
    incir_value *size = emit_unary(g, "Abs", a);
    incir_value *negative = emit_compare_scalar(g, "Less", b, 0);
    negative = emit_binary(g, "Or", negative,
                           emit_compare_scalar(g, "Less", emit_unary(g, "Reciprocal", b), 0));
    incop_return(c, emit_where(g, negative, emit_unary(g, "Neg", size), size));
}

/* 0 below zero, 1 above, values at zero */
static void lower_heaviside(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x, *values;
    operands(c, "self", "values", false, &x, &values);
    incir_value *step = emit_cast(g, emit_compare_scalar(g, "Greater", x, 0), x->dtype);
    incop_return(c, emit_where(g, emit_compare_scalar(g, "Equal", x, 0), values, step));
}

/* ---- extremes ---- */

static void lower_extreme(incop_call *c)
{
    incop_return(c,
                 emit_extreme(c->g, c->row->as, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

/* fmax, fmin: a number beats NaN. */
static void lower_number_extreme(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a, *b;
    operands(c, "self", "other", false, &a, &b);
    if (incdtype_is_float(a->dtype)) {
        incir_value *x = emit_where(g, emit_unary(g, "IsNaN", a), b, a);
        b = emit_where(g, emit_unary(g, "IsNaN", b), a, b);
        a = x;
    }
    incop_return(c, emit_extreme(g, c->row->as, a, b));
}

/* Bounds take part in the promotion; where they cross, the upper one wins in both worlds. */
static void lower_clamp(incop_call *c)
{
    incir_value *v[3] = {incop_tensor(c, "self"), NULL, NULL}, *known[3];
    size_t n = 0;
    if (incop_has(c, "min"))
        v[1] = incop_tensor_or_null(c, "min");
    if (incop_has(c, "max"))
        v[2] = incop_tensor_or_null(c, "max");
    for (size_t i = 0; i < INC_COUNT(v); i++)
        if (v[i])
            known[n++] = v[i];
    incdtype type = emit_result_type(c->g, known, n);
    for (size_t i = 0; i < INC_COUNT(v); i++)
        if (v[i])
            v[i] = emit_cast(c->g, v[i], type);
    incop_return(c, emit_clip(c->g, v[0], v[1], v[2]));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_add_relu.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", lower_add_relu),
    OP("aten::_add_relu.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", lower_add_relu),
    OP_Q("aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", lower_add, INCOP_FX_OBSERVED | INCOP_FX_ALL_INPUTS | INCOP_FX_FUSES_RELU | INCOP_FX_METHOD | INCOP_FX_SCALAR | INCOP_FX_FORMS | INCOP_C_PARTS),
    OP_Q("aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", lower_add, INCOP_FX_OBSERVED | INCOP_FX_ALL_INPUTS | INCOP_FX_FUSES_RELU | INCOP_FX_METHOD | INCOP_FX_SCALAR | INCOP_FX_FORMS | INCOP_C_PARTS),
    OP("aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", lower_addcdiv),
    OP("aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", lower_addcmul),
    OP("aten::arctan2(Tensor self, Tensor other) -> Tensor", lower_atan2),
    OP("aten::atan2(Tensor self, Tensor other) -> Tensor", lower_atan2),
    OP_Q("aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor", lower_clamp, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor", lower_clamp, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::clamp_max(Tensor self, Scalar max) -> Tensor", lower_clamp),
    OP("aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor", lower_clamp),
    OP("aten::clamp_min(Tensor self, Scalar min) -> Tensor", lower_clamp),
    OP("aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor", lower_clamp),
    OP_Q("aten::clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor", lower_clamp, INCOP_Q_SAME),
    OP_Q("aten::clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor", lower_clamp, INCOP_Q_SAME),
    OP("aten::copysign.Scalar(Tensor self, Scalar other) -> Tensor", lower_copysign),
    OP("aten::copysign.Tensor(Tensor self, Tensor other) -> Tensor", lower_copysign),
    OP_Q("aten::div.Scalar(Tensor self, Scalar other) -> Tensor", lower_true_div, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor", lower_div_mode, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::div.Tensor(Tensor self, Tensor other) -> Tensor", lower_true_div, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor", lower_div_mode, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::divide.Scalar(Tensor self, Scalar other) -> Tensor", lower_true_div, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::divide.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor", lower_div_mode, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::divide.Tensor(Tensor self, Tensor other) -> Tensor", lower_true_div, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::divide.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor", lower_div_mode, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP("aten::float_power.Scalar(Scalar self, Tensor exponent) -> Tensor", lower_float_power),
    OP("aten::float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", lower_float_power),
    OP("aten::float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", lower_float_power),
    OP("aten::floor_divide(Tensor self, Tensor other) -> Tensor", lower_floor_divide),
    OP("aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor", lower_floor_divide),
    OP("aten::floordiv(Tensor self, Tensor other) -> Tensor", lower_floor_divide),
    OP("aten::floordiv.Scalar(Tensor self, Scalar other) -> Tensor", lower_floor_divide),
    OP_AS("aten::fmax(Tensor self, Tensor other) -> Tensor", lower_number_extreme, "Max"),
    OP_AS("aten::fmin(Tensor self, Tensor other) -> Tensor", lower_number_extreme, "Min"),
    OP("aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor", lower_fmod),
    OP("aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor", lower_fmod),
    OP("aten::heaviside(Tensor self, Tensor values) -> Tensor", lower_heaviside),
    OP("aten::hypot(Tensor self, Tensor other) -> Tensor", lower_hypot),
    OP("aten::ldexp.Tensor(Tensor self, Tensor other) -> Tensor", lower_ldexp),
    OP("aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor", lower_lerp),
    OP("aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor", lower_lerp),
    OP("aten::logaddexp(Tensor self, Tensor other) -> Tensor", lower_logaddexp),
    OP("aten::logaddexp2(Tensor self, Tensor other) -> Tensor", lower_logaddexp2),
    OP_AS_Q("aten::max.other(Tensor self, Tensor other) -> Tensor", lower_extreme, "Max", INCOP_Q_SAME),
    OP_AS("aten::maximum(Tensor self, Tensor other) -> Tensor", lower_extreme, "Max"),
    OP_AS_Q("aten::min.other(Tensor self, Tensor other) -> Tensor", lower_extreme, "Min", INCOP_Q_SAME),
    OP_AS("aten::minimum(Tensor self, Tensor other) -> Tensor", lower_extreme, "Min"),
    OP_Q("aten::mul.Scalar(Tensor self, Scalar other) -> Tensor", lower_mul, INCOP_FX_OBSERVED | INCOP_FX_ALL_INPUTS | INCOP_FX_FUSES_RELU | INCOP_FX_METHOD | INCOP_FX_SCALAR | INCOP_FX_FORMS | INCOP_C_PRODUCT),
    OP_Q("aten::mul.Tensor(Tensor self, Tensor other) -> Tensor", lower_mul, INCOP_FX_OBSERVED | INCOP_FX_ALL_INPUTS | INCOP_FX_FUSES_RELU | INCOP_FX_METHOD | INCOP_FX_SCALAR | INCOP_FX_FORMS | INCOP_C_PRODUCT),
    OP_Q("aten::multiply.Scalar(Tensor self, Scalar other) -> Tensor", lower_mul, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_Q("aten::multiply.Tensor(Tensor self, Tensor other) -> Tensor", lower_mul, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_Q("aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor", lower_pow, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", lower_pow, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", lower_pow, INCOP_Q_NONE | INCOP_C_OWN),
    OP("aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor", lower_remainder),
    OP("aten::remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", lower_remainder),
    OP("aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor", lower_remainder),
    OP_Q("aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", lower_rsub, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", lower_rsub, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_AS("aten::special_xlog1py(Tensor self, Tensor other) -> Tensor", lower_xlogy, "log1p"),
    OP_AS("aten::special_xlog1py.other_scalar(Tensor self, Scalar other) -> Tensor", lower_xlogy, "log1p"),
    OP_AS("aten::special_xlog1py.self_scalar(Scalar self, Tensor other) -> Tensor", lower_xlogy, "log1p"),
    OP_AS("aten::special_xlogy(Tensor self, Tensor other) -> Tensor", lower_xlogy, "log"),
    OP_AS("aten::special_xlogy.other_scalar(Tensor self, Scalar other) -> Tensor", lower_xlogy, "log"),
    OP_AS("aten::special_xlogy.self_scalar(Scalar self, Tensor other) -> Tensor", lower_xlogy, "log"),
    OP_Q("aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", lower_sub, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", lower_sub, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::subtract.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", lower_sub, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::subtract.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", lower_sub, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::true_divide.Scalar(Tensor self, Scalar other) -> Tensor", lower_true_div, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_Q("aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor", lower_true_div, INCOP_Q_NONE | INCOP_C_QUOTIENT),
    OP_AS("aten::xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor", lower_xlogy, "log"),
    OP_AS("aten::xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor", lower_xlogy, "log"),
    OP_AS("aten::xlogy.Tensor(Tensor self, Tensor other) -> Tensor", lower_xlogy, "log"),
};
/* clang-format on */

const incop_family incop_arithmetic = {"arithmetic", rows, INC_COUNT(rows), true};
