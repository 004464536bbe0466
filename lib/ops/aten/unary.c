/* SPDX-License-Identifier: Apache-2.0 */
/* Mathematics of one tensor, element by element. Functions with real results take integers as
 * torch's default float type; those that only round leave integers alone. */
#include "ops/families.h"

#include <float.h>
#include <math.h>

#include "ops/emit/math.h"

#define PI 3.14159265358979323846

/* ---- one node ---- */

static void lower_same_type(incop_call *c)
{
    incop_return(c, emit_unary(c->g, c->row->as, incop_tensor(c, "self")));
}

static void lower_prim_abs(incop_call *c)
{
    incop_return(c, emit_unary(c->g, "Abs", incop_tensor(c, "x")));
}

static void lower_to_float(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_unary(c->g, c->row->as, x));
}

static void lower_rounding(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, incdtype_is_float(x->dtype) ? emit_unary(c->g, c->row->as, x) : x);
}

static void lower_sign(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, x->dtype == INCDT_BOOL ? x : emit_unary(c->g, "Sign", x));
}

/* ---- rounding ---- */

static void lower_trunc(incop_call *c)
{
    incop_return(c, emit_trunc(c->g, incop_tensor(c, "self")));
}

/* x - trunc(x) is what is left of a division by 1. */
static void lower_frac(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_fmod(c->g, x, emit_scalar_like(c->g, x, 1)));
}

static void lower_round_decimals(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    int64_t decimals = incop_int(c, "decimals");
    if (!incdtype_is_float(x->dtype) || decimals == 0) {
        incop_return(c, incdtype_is_float(x->dtype) ? emit_unary(g, "Round", x) : x);
        return;
    }
    double ten_to = pow(10, (double)(decimals < 0 ? -decimals : decimals));
    x = emit_with_scalar(g, decimals > 0 ? "Mul" : "Div", x, ten_to);
    incop_return(
        c, emit_with_scalar(g, decimals > 0 ? "Div" : "Mul", emit_unary(g, "Round", x), ten_to));
}

/* ---- powers, exponentials, logarithms ---- */

static void lower_rsqrt(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_unary(c->g, "Reciprocal", emit_unary(c->g, "Sqrt", x)));
}

static void lower_exp2(incop_call *c)
{
    incop_return(c, emit_scalar_with(c->g, "Pow", 2, emit_as_float(c->g, incop_tensor(c, "self"))));
}

static void lower_expm1(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_with_scalar(c->g, "Sub", emit_unary(c->g, "Exp", x), 1));
}

static void lower_log1p(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_unary(c->g, "Log", emit_with_scalar(c->g, "Add", x, 1)));
}

static void lower_log2(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_with_scalar(c->g, "Div", emit_unary(c->g, "Log", x), 0.69314718055994531));
}

static void lower_log10(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_with_scalar(c->g, "Div", emit_unary(c->g, "Log", x), 2.3025850929940457));
}

/* log(x / (1 - x)), x kept within [eps, 1 - eps] */
static void lower_logit(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    double eps = incop_is_none(c, "eps") ? -1 : incop_float(c, "eps");
    if (eps >= 0)
        x = emit_clip(g, x, emit_scalar_like(g, x, eps), emit_scalar_like(g, x, 1 - eps));
    incop_return(c,
                 emit_unary(g, "Log", emit_binary(g, "Div", x, emit_scalar_with(g, "Sub", 1, x))));
}

/* -x · log(x); 0 at 0, -inf below */
static void lower_entr(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    incir_value *y = emit_unary(g, "Neg", emit_binary(g, "Mul", x, emit_unary(g, "Log", x)));
    y = emit_where(g, emit_compare_scalar(g, "Equal", x, 0), emit_scalar_like(g, x, 0), y);
    incop_return(c, emit_where(g, emit_compare_scalar(g, "Less", x, 0),
                               emit_scalar_like(g, x, -INFINITY), y));
}

/* ---- error function ---- */

static void lower_erfc(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_scalar_with(c->g, "Sub", 1, emit_unary(c->g, "Erf", x)));
}

/* The normal distribution's (1 + erf(x / √2)) / 2 */
static void lower_ndtr(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    x = emit_unary(g, "Erf", emit_with_scalar(g, "Mul", x, 0.70710678118654752));
    incop_return(c, emit_with_scalar(g, "Mul", emit_with_scalar(g, "Add", x, 1), 0.5));
}

/* The inverse of erf: M. Giles' approximation, exact to float32's last digits, in
 * w = -log((1 - x)(1 + x)); infinite at ±1. */
static void lower_erfinv(incop_call *c)
{
    static const double centre[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
                                    -4.39150654e-06, 0.00021858087,  -0.00125372503,
                                    -0.00417768164,  0.246640727,    1.50140941};
    static const double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                                  -0.00367342844,  0.00573950773,  -0.0076224613,
                                  0.00943887047,   1.00167406,     2.83297682};
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    incir_value *above = emit_with_scalar(g, "Add", x, 1);
    incir_value *w = emit_binary(g, "Mul", emit_scalar_with(g, "Sub", 1, x), above);
    w = emit_unary(g, "Neg", emit_unary(g, "Log", w));
    incir_value *inner = emit_with_scalar(g, "Sub", w, 2.5);
    inner = emit_polynomial(g, inner, centre, INC_COUNT(centre));
    incir_value *outer = emit_with_scalar(g, "Sub", emit_unary(g, "Sqrt", w), 3);
    outer = emit_polynomial(g, outer, tail, INC_COUNT(tail));
    incir_value *y = emit_where(g, emit_compare_scalar(g, "Less", w, 5), inner, outer);
    incir_value *end = emit_compare_scalar(g, "Equal", emit_unary(g, "Abs", x), 1);
    y = emit_where(g, end, emit_scalar_like(g, x, INFINITY), y);
    incop_return(c, emit_binary(g, "Mul", x, y));
}

/* P(s) of erfc(t) = s · exp(-t² + P(s)), s = 1 / (1 + t / 2), t ≥ 0: the approximation of Numerical
 * Recipes. */
static incir_value *erfc_exponent(incir_graph *g, incir_value *t, incir_value **s)
{
    static const double p[] = {0.17087277,  -0.82215223, 1.48851587, -1.13520398, 0.27886807,
                               -0.18628806, 0.09678418,  0.37409196, 1.00002368,  -1.26551223};
    *s = emit_with_scalar(g, "Add", emit_with_scalar(g, "Mul", t, 0.5), 1);
    *s = emit_unary(g, "Reciprocal", *s);
    return emit_polynomial(g, *s, p, INC_COUNT(p));
}

/* exp(x²) erfc(x); below 0: 2 exp(x²) - erfcx(-x) */
static void lower_erfcx(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self")), *s;
    incir_value *wide = emit_cast(g, x, INCDT_F64);
    incir_value *exponent = erfc_exponent(g, emit_unary(g, "Abs", wide), &s);
    incir_value *y = emit_binary(g, "Mul", s, emit_unary(g, "Exp", exponent));
    incir_value *twice = emit_unary(g, "Exp", emit_square(g, wide));
    twice = emit_binary(g, "Sub", emit_with_scalar(g, "Mul", twice, 2), y);
    y = emit_where(g, emit_compare_scalar(g, "Less", wide, 0), twice, y);
    incop_return(c, emit_cast(g, y, x->dtype));
}

/* log of the normal distribution. Below 0 it is log(erfc(t) / 2), t = -x / √2. */
static void lower_log_ndtr(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    incir_value *scaled = emit_with_scalar(g, "Mul", x, 0.70710678118654752);
    incir_value *t = emit_unary(g, "Abs", scaled);
    incir_value *s, *exponent = erfc_exponent(g, t, &s);
    incir_value *below = emit_unary(g, "Log", emit_with_scalar(g, "Mul", s, 0.5));
    below = emit_binary(g, "Sub", below, emit_binary(g, "Mul", t, t));
    below = emit_binary(g, "Add", below, exponent);
    incir_value *above = emit_with_scalar(g, "Add", emit_unary(g, "Erf", scaled), 1);
    above = emit_unary(g, "Log", emit_with_scalar(g, "Mul", above, 0.5));
    incop_return(c, emit_where(g, emit_compare_scalar(g, "Less", x, 0), below, above));
}

/* x = m 2^e, 1/2 <= |m| < 1. The logarithm may be off by one next to a power of two. */
static void lower_frexp(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *wide = emit_cast(g, x, INCDT_F64);
    incir_value *size = emit_unary(g, "Abs", wide), *one = emit_scalar_like(g, wide, 1);
    incir_value *whole = emit_compare_scalar(g, "Less", size, INFINITY);
    whole = emit_binary(g, "And", whole, emit_compare_scalar(g, "Greater", size, 0));
    size = emit_where(g, whole, size, one);
    incir_value *e = emit_with_scalar(g, "Mul", emit_unary(g, "Log", size), 1.4426950408889634);
    e = emit_unary(g, "Floor", e);
    incir_value *m = emit_binary(g, "Div", size, emit_scalar_with(g, "Pow", 2, e));
    e = emit_binary(g, "Add", e,
                    emit_cast(g, emit_compare_scalar(g, "GreaterOrEqual", m, 2), INCDT_F64));
    e = emit_binary(g, "Sub", e, emit_cast(g, emit_compare_scalar(g, "Less", m, 1), INCDT_F64));
    e = emit_with_scalar(g, "Add", e, 1);
    m = emit_binary(g, "Div", wide, emit_scalar_with(g, "Pow", 2, e));
    incop_return(c, emit_cast(g, emit_where(g, whole, m, wide), x->dtype));
    e = emit_where(g, whole, e, emit_scalar_like(g, e, 0));
    incop_return(c, emit_cast(g, e, INCDT_I32));
}

/* ---- angles ---- */

static void lower_degrees(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_with_scalar(c->g, "Mul", x, 180 / PI));
}

static void lower_radians(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_with_scalar(c->g, "Mul", x, PI / 180));
}

/* sin(πx) / (πx); 1 at 0 */
static void lower_sinc(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    incir_value *turned = emit_with_scalar(g, "Mul", x, PI);
    incir_value *y = emit_binary(g, "Div", emit_unary(g, "Sin", turned), turned);
    incop_return(
        c, emit_where(g, emit_compare_scalar(g, "Equal", x, 0), emit_scalar_like(g, x, 1), y));
}

/* ---- special values ---- */

static double largest(incdtype type)
{
    return type == INCDT_F64    ? DBL_MAX
           : type == INCDT_F16  ? 65504
           : type == INCDT_BF16 ? 3.3895313892515355e38
                                : (double)FLT_MAX;
}

static incir_value *replace_infinity(incop_call *c, incir_value *x, const char *name, double sign)
{
    incir_value *hit = emit_compare_scalar(c->g, "Equal", x, sign * INFINITY);
    double value = incop_is_none(c, name) ? sign * largest(x->dtype) : incop_float(c, name);
    return emit_where(c->g, hit, emit_scalar_like(c->g, x, value), x);
}

/* Infinities become the largest numbers, which clipping does at once, or what is asked for. */
static void lower_nan_to_num(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *y = x;
    if (!incdtype_is_float(x->dtype)) {
        incop_return(c, x);
        return;
    }
    if (incop_is_none(c, "posinf") && incop_is_none(c, "neginf")) {
        double most = largest(x->dtype);
        y = emit_clip(g, x, emit_scalar_like(g, x, -most), emit_scalar_like(g, x, most));
    } else {
        y = replace_infinity(c, y, "posinf", 1);
        y = replace_infinity(c, y, "neginf", -1);
    }
    double value = incop_is_none(c, "nan") ? 0 : incop_float(c, "nan");
    incop_return(c, emit_where(g, emit_unary(g, "IsNaN", x), emit_scalar_like(g, x, value), y));
}

/* Negative zero is known by its reciprocal. */
static void lower_signbit(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incir_value *negative = emit_compare_scalar(g, "Less", x, 0);
    if (incdtype_is_float(x->dtype))
        negative = emit_binary(g, "Or", negative,
                               emit_compare_scalar(g, "Less", emit_unary(g, "Reciprocal", x), 0));
    incop_return(c, negative);
}

/* clang-format off */
static const incop_row rows[] = {
    OP_AS("aten::acos(Tensor self) -> Tensor", lower_to_float, "Acos"),
    OP_AS("aten::acosh(Tensor self) -> Tensor", lower_to_float, "Acosh"),
    OP_AS("aten::arccos(Tensor self) -> Tensor", lower_to_float, "Acos"),
    OP_AS("aten::arccosh(Tensor self) -> Tensor", lower_to_float, "Acosh"),
    OP_AS("aten::arcsin(Tensor self) -> Tensor", lower_to_float, "Asin"),
    OP_AS("aten::arcsinh(Tensor self) -> Tensor", lower_to_float, "Asinh"),
    OP_AS("aten::arctan(Tensor self) -> Tensor", lower_to_float, "Atan"),
    OP_AS("aten::arctanh(Tensor self) -> Tensor", lower_to_float, "Atanh"),
    OP_AS("aten::asin(Tensor self) -> Tensor", lower_to_float, "Asin"),
    OP_AS("aten::asinh(Tensor self) -> Tensor", lower_to_float, "Asinh"),
    OP_AS("aten::atan(Tensor self) -> Tensor", lower_to_float, "Atan"),
    OP_AS("aten::atanh(Tensor self) -> Tensor", lower_to_float, "Atanh"),
    OP_AS("aten::ceil(Tensor self) -> Tensor", lower_rounding, "Ceil"),
    OP("aten::deg2rad(Tensor self) -> Tensor", lower_radians),
    OP_AS("aten::erf(Tensor self) -> Tensor", lower_to_float, "Erf"),
    OP("aten::erfc(Tensor self) -> Tensor", lower_erfc),
    OP("aten::erfinv(Tensor self) -> Tensor", lower_erfinv),
    OP("aten::exp2(Tensor self) -> Tensor", lower_exp2),
    OP("aten::expm1(Tensor self) -> Tensor", lower_expm1),
    OP("aten::fix(Tensor self) -> Tensor", lower_trunc),
    OP_AS("aten::floor(Tensor self) -> Tensor", lower_rounding, "Floor"),
    OP("aten::frac(Tensor self) -> Tensor", lower_frac),
    OP("aten::frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)", lower_frexp),
    OP("aten::log10(Tensor self) -> Tensor", lower_log10),
    OP("aten::log1p(Tensor self) -> Tensor", lower_log1p),
    OP("aten::log2(Tensor self) -> Tensor", lower_log2),
    OP("aten::logit(Tensor self, float? eps=None) -> Tensor", lower_logit),
    OP("aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor",
        lower_nan_to_num),
    OP_AS_Q("aten::neg(Tensor self) -> Tensor", lower_same_type, "Neg", INCOP_Q_NONE | INCOP_C_PARTS),
    OP_AS_Q("aten::negative(Tensor self) -> Tensor", lower_same_type, "Neg", INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::rad2deg(Tensor self) -> Tensor", lower_degrees),
    OP_AS("aten::round(Tensor self) -> Tensor", lower_rounding, "Round"),
    OP("aten::round.decimals(Tensor self, *, int decimals) -> Tensor", lower_round_decimals),
    OP("aten::rsqrt(Tensor self) -> Tensor", lower_rsqrt),
    OP("aten::sgn(Tensor self) -> Tensor", lower_sign),
    OP_AS_Q("aten::sigmoid(Tensor self) -> Tensor", lower_to_float, "Sigmoid", INCOP_Q_UNIT | INCOP_FX_FIXED),
    OP("aten::sign(Tensor self) -> Tensor", lower_sign),
    OP("aten::signbit(Tensor self) -> Tensor", lower_signbit),
    OP("aten::sinc(Tensor self) -> Tensor", lower_sinc),
    OP("aten::special_entr(Tensor self) -> Tensor", lower_entr),
    OP_AS("aten::special_erf(Tensor self) -> Tensor", lower_to_float, "Erf"),
    OP("aten::special_erfc(Tensor self) -> Tensor", lower_erfc),
    OP("aten::special_erfcx(Tensor self) -> Tensor", lower_erfcx),
    OP("aten::special_erfinv(Tensor self) -> Tensor", lower_erfinv),
    OP("aten::special_exp2(Tensor self) -> Tensor", lower_exp2),
    OP_AS("aten::special_expit(Tensor self) -> Tensor", lower_to_float, "Sigmoid"),
    OP("aten::special_expm1(Tensor self) -> Tensor", lower_expm1),
    OP("aten::special_log1p(Tensor self) -> Tensor", lower_log1p),
    OP("aten::special_log_ndtr(Tensor self) -> Tensor", lower_log_ndtr),
    OP("aten::special_logit(Tensor self, float? eps=None) -> Tensor", lower_logit),
    OP("aten::special_ndtr(Tensor self) -> Tensor", lower_ndtr),
    OP("aten::special_round(Tensor self, *, int decimals=0) -> Tensor", lower_round_decimals),
    OP("aten::special_sinc(Tensor self) -> Tensor", lower_sinc),
    OP_AS("aten::tan(Tensor self) -> Tensor", lower_to_float, "Tan"),
    OP_AS_Q("aten::tanh(Tensor self) -> Tensor", lower_to_float, "Tanh", INCOP_Q_SYMMETRIC | INCOP_FX_FIXED),
    OP("aten::trunc(Tensor self) -> Tensor", lower_trunc),
    OP("prim::abs(Tensor x) -> Tensor", lower_prim_abs),
};
/* clang-format on */

const incop_family incop_unary = {"unary", rows, INC_COUNT(rows), true};
