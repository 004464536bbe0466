/* SPDX-License-Identifier: Apache-2.0 */
/* Special functions: the gamma function's logarithm and its derivatives, the zeta function, and the
 * incomplete gamma functions. Series that hold for large arguments, which the recurrences of the
 * functions lead to; computed in float64, where the sums lose nothing that float32 would show. */
#include <math.h>

#include "ops/emit/loop.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

#define PI 3.14159265358979323846

enum { SHIFT = 8 }; /* arguments below are moved up by so much */

/* ---- pieces ---- */

/* An argument x > 0 of a function that is known for large ones. */
typedef struct shifted {
    incir_value *is_small;
    incir_value *from;  /* x where it is small, else 1 */
    incir_value *large; /* x, moved up where it is small */
} shifted;

static shifted shift(incir_graph *g, incir_value *x)
{
    shifted s = {.is_small = emit_compare_scalar(g, "Less", x, SHIFT)};
    s.from = emit_where(g, s.is_small, x, emit_scalar_like(g, x, 1));
    s.large = emit_where(g, s.is_small, emit_with_scalar(g, "Add", x, SHIFT), x);
    return s;
}

/* Σ (x + k)^-power over the steps that x was moved up. */
static incir_value *reciprocals(incir_graph *g, const shifted *s, int power)
{
    incir_value *sum = NULL;
    for (int k = 0; k < SHIFT; k++) {
        incir_value *x = k ? emit_with_scalar(g, "Add", s->from, k) : s->from;
        incir_value *term = emit_scalar_with(g, "Div", 1, power == 2 ? emit_square(g, x) : x);
        sum = sum ? emit_binary(g, "Add", sum, term) : term;
    }
    return emit_where(g, s->is_small, sum, emit_scalar_like(g, sum, 0));
}

/* π times what x is above the integer below it. */
static incir_value *turn(incir_graph *g, incir_value *x)
{
    return emit_with_scalar(g, "Mul", emit_binary(g, "Sub", x, emit_unary(g, "Floor", x)), PI);
}

/* The functions of x > 0 are asked for 1 - x where x is negative. */
static incir_value *mirrored(incir_graph *g, incir_value *negative, incir_value *x)
{
    return emit_where(g, negative, emit_scalar_with(g, "Sub", 1, x), x);
}

/* ---- of the gamma function ---- */

/* (x - 1/2) log x - x + log(2π)/2 + 1/(12 x) - 1/(360 x³) + … */
static incir_value *lgamma_positive(incir_graph *g, incir_value *x)
{
    static const double series[] = {-1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12};
    shifted s = shift(g, x);
    incir_value *product = s.from, *inverse = emit_scalar_with(g, "Div", 1, s.large);
    for (int k = 1; k < SHIFT; k++)
        product = emit_binary(g, "Mul", product, emit_with_scalar(g, "Add", s.from, k));
    incir_value *log = emit_unary(g, "Log", s.large);
    incir_value *y = emit_binary(g, "Mul", emit_with_scalar(g, "Sub", s.large, 0.5), log);
    y = emit_with_scalar(g, "Add", emit_binary(g, "Sub", y, s.large), 0.91893853320467274178);
    incir_value *rest = emit_polynomial(g, emit_square(g, inverse), series, INC_COUNT(series));
    y = emit_binary(g, "Add", y, emit_binary(g, "Mul", rest, inverse));
    incir_value *moved = emit_unary(g, "Log", product);
    moved = emit_where(g, s.is_small, moved, emit_scalar_like(g, moved, 0));
    return emit_binary(g, "Sub", y, moved);
}

/* Below 0: log(π / |sin πx|) - lgamma(1 - x); infinite at the integers there and at both ends. */
static incir_value *lgamma_of(incir_graph *g, incir_value *x)
{
    incir_value *negative = emit_compare_scalar(g, "Less", x, 0);
    incir_value *y = lgamma_positive(g, mirrored(g, negative, x));
    incir_value *sine = emit_unary(g, "Sin", turn(g, x));
    incir_value *other = emit_unary(g, "Log", emit_scalar_with(g, "Div", PI, sine));
    y = emit_where(g, negative, emit_binary(g, "Sub", other, y), y);
    incir_value *end = emit_compare_scalar(g, "Equal", emit_unary(g, "Abs", x), INFINITY);
    return emit_where(g, end, emit_scalar_like(g, x, INFINITY), y);
}

/* log x - 1/(2x) - 1/(12 x²) + 1/(120 x⁴) - …; below 0: digamma(1 - x) - π / tan πx. */
static incir_value *digamma_of(incir_graph *g, incir_value *x)
{
    static const double series[] = {-1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12, 0};
    incir_value *negative = emit_compare_scalar(g, "Less", x, 0);
    shifted s = shift(g, mirrored(g, negative, x));
    incir_value *inverse = emit_scalar_with(g, "Div", 1, s.large);
    incir_value *half = emit_with_scalar(g, "Mul", inverse, 0.5);
    incir_value *y = emit_binary(g, "Sub", emit_unary(g, "Log", s.large), half);
    incir_value *rest = emit_polynomial(g, emit_square(g, inverse), series, INC_COUNT(series));
    incir_value *first_terms = reciprocals(g, &s, 1);
    y = emit_binary(g, "Sub", emit_binary(g, "Sub", y, rest), first_terms);
    incir_value *angle = turn(g, x);
    incir_value *cosine = emit_unary(g, "Cos", angle);
    incir_value *tangent = emit_binary(g, "Div", emit_unary(g, "Sin", angle), cosine);
    incir_value *other = emit_binary(g, "Sub", y, emit_scalar_with(g, "Div", PI, tangent));
    incir_value *pole = emit_compare_scalar(g, "Equal", angle, 0);
    other = emit_where(g, pole, emit_scalar_like(g, x, NAN), other);
    return emit_where(g, negative, other, y);
}

/* 1/x + 1/(2x²) + 1/(6x³) - 1/(30x⁵) + …; below 0: π² / sin² πx - trigamma(1 - x). */
static incir_value *trigamma_of(incir_graph *g, incir_value *x)
{
    static const double series[] = {-1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6, 1};
    incir_value *negative = emit_compare_scalar(g, "Less", x, 0);
    shifted s = shift(g, mirrored(g, negative, x));
    incir_value *inverse = emit_scalar_with(g, "Div", 1, s.large);
    incir_value *y = emit_polynomial(g, emit_square(g, inverse), series, INC_COUNT(series));
    y = emit_binary(g, "Mul", y, inverse);
    y = emit_binary(g, "Add", y, emit_with_scalar(g, "Mul", emit_square(g, inverse), 0.5));
    y = emit_binary(g, "Add", y, reciprocals(g, &s, 2));
    incir_value *sine = emit_unary(g, "Sin", turn(g, x));
    incir_value *other =
        emit_binary(g, "Sub", emit_scalar_with(g, "Div", PI * PI, emit_square(g, sine)), y);
    return emit_where(g, negative, other, y);
}

typedef incir_value *(*formula)(incir_graph *g, incir_value *x);

static void return_in_double(incop_call *c, formula f)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, emit_cast(c->g, f(c->g, emit_cast(c->g, x, INCDT_F64)), x->dtype));
}

static void lower_lgamma(incop_call *c)
{
    return_in_double(c, lgamma_of);
}

static void lower_digamma(incop_call *c)
{
    return_in_double(c, digamma_of);
}

/* ---- zeta ---- */

/* Σ (q + k)^-s, q > 0, s > 1: nine terms, and Euler's and Maclaurin's formula for the rest. */
static incir_value *zeta_positive(incir_graph *g, incir_value *s, incir_value *q)
{
    enum { N = 9 };
    static const double numbers[] = {12,           -720,     30240,
                                     -1209600,     47900160, -1.8924375803183791606e9,
                                     7.47242496e10}; /* (2j)! / B_2j */
    incir_value *power = emit_unary(g, "Neg", s);
    incir_value *y = emit_binary(g, "Pow", q, power);
    for (int k = 1; k < N; k++)
        y = emit_binary(g, "Add", y,
                        emit_binary(g, "Pow", emit_with_scalar(g, "Add", q, k), power));
    incir_value *a = emit_with_scalar(g, "Add", q, N), *b = emit_binary(g, "Pow", a, power);
    incir_value *exponent = emit_with_scalar(g, "Sub", s, 1);
    incir_value *integral = emit_binary(g, "Div", emit_binary(g, "Mul", a, b), exponent);
    y = emit_binary(g, "Add", y, integral);
    y = emit_binary(g, "Add", y, emit_with_scalar(g, "Mul", b, 0.5));
    incir_value *factor = emit_binary(g, "Div", emit_binary(g, "Mul", s, b), a);
    for (size_t j = 0; j < INC_COUNT(numbers); j++) {
        y = emit_binary(g, "Add", y, emit_with_scalar(g, "Div", factor, numbers[j]));
        for (int i = 1; i < 3 && j + 1 < INC_COUNT(numbers); i++) {
            incir_value *next = emit_with_scalar(g, "Add", s, 2 * (double)j + i);
            factor = emit_binary(g, "Div", emit_binary(g, "Mul", factor, next), a);
        }
    }
    return y;
}

/* Of q < 0, with f = q - ⌊q⌋: zeta(s, f) + (-1)^s (zeta(s, 1 - f) - zeta(s, 1 - q)) where s is an
 * integer, else NaN. Infinite at s = 1, and at q = 0, -1, …; NaN for s < 1. */
static incir_value *zeta_of(incir_graph *g, incir_value *s, incir_value *q)
{
    incir_value *floor = emit_unary(g, "Floor", q), *from = emit_binary(g, "Sub", q, floor);
    incir_value *negative = emit_compare_scalar(g, "LessOrEqual", q, 0);
    incir_value *y = zeta_positive(g, s, emit_where(g, negative, from, q));
    incir_value *of_mirrored = zeta_positive(g, s, mirrored(g, negative, q));
    incir_value *below = emit_binary(
        g, "Sub", zeta_positive(g, s, emit_scalar_with(g, "Sub", 1, from)), of_mirrored);
    incir_value *half = emit_with_scalar(g, "Mul", s, 0.5);
    incir_value *odd = emit_binary(g, "Sub", half, emit_unary(g, "Floor", half)); /* 0 or 1/2 */
    below = emit_binary(g, "Mul", below,
                        emit_scalar_with(g, "Sub", 1, emit_with_scalar(g, "Mul", odd, 4)));
    below = emit_binary(g, "Add", y, below);
    incir_value *whole = emit_compare(g, "Equal", s, emit_unary(g, "Floor", s));
    below = emit_where(g, whole, below, emit_scalar_like(g, s, NAN));
    below =
        emit_where(g, emit_compare(g, "Equal", q, floor), emit_scalar_like(g, s, INFINITY), below);
    y = emit_where(g, negative, below, y);
    y = emit_where(g, emit_compare_scalar(g, "Equal", s, 1), emit_scalar_like(g, s, INFINITY), y);
    return emit_where(g, emit_compare_scalar(g, "Less", s, 1), emit_scalar_like(g, s, NAN), y);
}

/* The two arguments in double precision; *type: that of the result. */
static void two_arguments(incop_call *c, incir_value *v[2], incdtype *type)
{
    v[0] = incop_tensor(c, "self");
    v[1] = incop_tensor(c, "other");
    *type = emit_float_type(emit_result_type(c->g, v, 2));
    for (size_t i = 0; i < 2; i++)
        v[i] = emit_cast(c->g, v[i], INCDT_F64);
}

static void lower_zeta(incop_call *c)
{
    incir_value *v[2];
    incdtype type;
    two_arguments(c, v, &type);
    incop_return(c, emit_cast(c->g, zeta_of(c->g, v[0], v[1]), type));
}

/* (-1)^(n+1) n! zeta(n + 1, x) from the second derivative on. */
static void lower_polygamma(incop_call *c)
{
    enum { MOST = 100 };
    incir_graph *g = c->g;
    int64_t n = incop_int(c, "n");
    if (n < 0 || n > MOST)
        incop_unsupported(c, "the derivative %lld: 0 to %d are possible", (long long)n, MOST);
    if (n < 2) {
        return_in_double(c, n ? trigamma_of : digamma_of);
        return;
    }
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    incir_value *y =
        zeta_of(g, incir_const_float(g, INCDT_F64, (double)n + 1), emit_cast(g, x, INCDT_F64));
    y = emit_with_scalar(g, "Mul", y, (n % 2 ? 1 : -1) * tgamma((double)n + 1));
    incop_return(c, emit_cast(g, y, x->dtype));
}

/* Σ lgamma(x - j/2) for j below p, and p (p - 1) / 4 log π */
static void lower_mvlgamma(incop_call *c)
{
    enum { MOST = 64 };
    incir_graph *g = c->g;
    int64_t p = incop_int(c, "p");
    if (p < 1 || p > MOST)
        incop_unsupported(c, "p=%lld: 1 to %d are possible", (long long)p, MOST);
    incir_value *x = emit_as_float(g, incop_tensor(c, "self")), *y = NULL;
    incir_value *wide = emit_cast(g, x, INCDT_F64);
    for (int64_t j = 0; j < p; j++) {
        incir_value *part = lgamma_of(g, emit_with_scalar(g, "Sub", wide, (double)j / 2));
        y = y ? emit_binary(g, "Add", y, part) : part;
    }
    y = emit_with_scalar(g, "Add", y, (double)(p * (p - 1)) / 4 * log(PI));
    incop_return(c, emit_cast(g, y, x->dtype));
}

/* ---- incomplete gamma functions ---- */

enum { GAMMA_STEPS = 400 }; /* enough for a below 2000 */

typedef struct incomplete {
    incir_value *a, *x;
} incomplete;

/* states: the term x^i / ((a + 1) … (a + i)), and the sum of all. */
static void series_step(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const incomplete *f = of;
    incir_value *n = emit_with_scalar(g, "Add", emit_cast(g, i, INCDT_F64), 1);
    incir_value *factor = emit_binary(g, "Div", f->x, emit_binary(g, "Add", f->a, n));
    states[0] = emit_binary(g, "Mul", states[0], factor);
    states[1] = emit_binary(g, "Add", states[1], states[0]);
}

/* Lentz's way through the fraction 1/(x + 1 - a - 1 (1 - a)/(x + 3 - a - …)). states: its last
 * denominator, the two quotients, and the product. */
static void fraction_step(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const incomplete *f = of;
    incir_value *n = emit_with_scalar(g, "Add", emit_cast(g, i, INCDT_F64), 1);
    incir_value *top = emit_binary(g, "Mul", n, emit_binary(g, "Sub", f->a, n));
    states[0] = emit_with_scalar(g, "Add", states[0], 2);
    incir_value *d = emit_binary(g, "Add", emit_binary(g, "Mul", top, states[2]), states[0]);
    states[1] = emit_binary(g, "Add", states[0], emit_binary(g, "Div", top, states[1]));
    states[2] = emit_scalar_with(g, "Div", 1, d);
    states[3] = emit_binary(g, "Mul", states[3], emit_binary(g, "Mul", states[2], states[1]));
}

/* mode: whether the upper one, igammac, is asked. */
static void lower_igamma(incop_call *c)
{
    incir_graph *g = c->g;
    incdtype type;
    incir_value *v[2];
    size_t rank;
    two_arguments(c, v, &type);
    const incsym *const *sizes = emit_broadcast_shape(g, v, 2, &rank);
    incir_value *a = emit_expand(g, v[0], sizes, rank), *x = emit_expand(g, v[1], sizes, rank);
    incir_value *one = emit_full(g, INCDT_F64, sizes, rank, 1),
                *inf = emit_scalar_like(g, x, INFINITY);
    incir_value *steps = incir_const_i64(g, GAMMA_STEPS);
    incir_value *low = emit_compare(g, "Less", x, emit_with_scalar(g, "Add", a, 1));
    /* x^a e^-x / Γ(a) */
    incir_value *scale =
        emit_binary(g, "Sub", emit_binary(g, "Mul", a, emit_unary(g, "Log", x)), x);
    scale = emit_unary(g, "Exp", emit_binary(g, "Sub", scale, lgamma_of(g, a)));
    incir_value *series_a = emit_where(g, low, a, one);
    incomplete series = {series_a, emit_where(g, low, x, one)};
    incir_value *sums[] = {one, one};
    emit_loop(g, steps, sums, 2, series_step, &series);
    incir_value *lower = emit_binary(g, "Div", emit_binary(g, "Mul", scale, sums[1]), a);
    incir_value *fraction_a = emit_where(g, low, one, a);
    incomplete fraction = {fraction_a, emit_where(g, low, emit_scalar_like(g, x, 3), x)};
    incir_value *first = emit_binary(g, "Sub", fraction.x, fraction.a);
    first = emit_with_scalar(g, "Add", first, 1);
    incir_value *inverse = emit_scalar_with(g, "Div", 1, first);
    incir_value *states[] = {first, emit_full(g, INCDT_F64, sizes, rank, 1e300), inverse, inverse};
    emit_loop(g, steps, states, 4, fraction_step, &fraction);
    incir_value *upper = emit_binary(g, "Mul", scale, states[3]);
    bool asks_upper = c->row->mode;
    incir_value *y = asks_upper ? emit_where(g, low, emit_scalar_with(g, "Sub", 1, lower), upper)
                                : emit_where(g, low, lower, emit_scalar_with(g, "Sub", 1, upper));
    incir_value *none = emit_scalar_like(g, x, asks_upper),
                *all = emit_scalar_like(g, x, !asks_upper);
    y = emit_where(g, emit_compare_scalar(g, "Equal", a, 0), all, y);
    y = emit_where(g, emit_compare(g, "Equal", x, inf), all, y);
    y = emit_where(g, emit_compare(g, "Equal", a, inf), none, y);
    incir_value *zero = emit_compare_scalar(g, "Equal", x, 0), *nan = emit_scalar_like(g, x, NAN);
    y = emit_where(g, zero, none, y);
    incir_value *bad = emit_binary(g, "And", zero, emit_compare_scalar(g, "Equal", a, 0));
    bad = emit_binary(g, "Or", bad, emit_compare_scalar(g, "Less", x, 0));
    bad = emit_binary(g, "Or", bad, emit_compare_scalar(g, "Less", a, 0));
    incop_return(c, emit_cast(g, emit_where(g, bad, nan, y), type));
}

/* ---- quantiles of the normal distribution ---- */

/* P. J. Acklam's quotients: relative error 1.2e-9. In the tails below 0.02425 they are of
 * √(-2 log p), else p - 1/2 times one of (p - 1/2)². */
static incir_value *ndtri_of(incir_graph *g, incir_value *p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01, 1};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00, 1};
    incir_value *half = emit_with_scalar(g, "Sub", p, 0.5), *r = emit_square(g, half);
    incir_value *below = emit_polynomial(g, r, b, INC_COUNT(b));
    incir_value *centre = emit_binary(g, "Div", emit_polynomial(g, r, a, INC_COUNT(a)), below);
    centre = emit_binary(g, "Mul", centre, half);
    incir_value *above = emit_compare_scalar(g, "Greater", half, 0);
    incir_value *near = emit_where(g, above, emit_scalar_with(g, "Sub", 1, p), p);
    incir_value *q =
        emit_unary(g, "Sqrt", emit_with_scalar(g, "Mul", emit_unary(g, "Log", near), -2));
    incir_value *divisor = emit_polynomial(g, q, d, INC_COUNT(d));
    incir_value *tail = emit_binary(g, "Div", emit_polynomial(g, q, c, INC_COUNT(c)), divisor);
    incir_value *end = emit_compare_scalar(g, "Equal", near, 0);
    tail = emit_where(g, end, emit_scalar_like(g, p, -INFINITY), tail);
    tail = emit_where(g, above, emit_unary(g, "Neg", tail), tail);
    return emit_where(g, emit_compare_scalar(g, "Less", near, 0.02425), tail, centre);
}

static void lower_ndtri(incop_call *c)
{
    return_in_double(c, ndtri_of);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::digamma(Tensor self) -> Tensor", lower_digamma),
    OP_MODE("aten::igamma(Tensor self, Tensor other) -> Tensor", lower_igamma, false),
    OP_MODE("aten::igammac(Tensor self, Tensor other) -> Tensor", lower_igamma, true),
    OP("aten::lgamma(Tensor self) -> Tensor", lower_lgamma),
    OP("aten::mvlgamma(Tensor self, int p) -> Tensor", lower_mvlgamma),
    OP("aten::polygamma(int n, Tensor self) -> Tensor", lower_polygamma),
    OP("aten::special_digamma(Tensor self) -> Tensor", lower_digamma),
    OP_MODE("aten::special_gammainc(Tensor self, Tensor other) -> Tensor", lower_igamma, false),
    OP_MODE("aten::special_gammaincc(Tensor self, Tensor other) -> Tensor", lower_igamma, true),
    OP("aten::special_gammaln(Tensor self) -> Tensor", lower_lgamma),
    OP("aten::special_multigammaln(Tensor self, int p) -> Tensor", lower_mvlgamma),
    OP("aten::special_ndtri(Tensor self) -> Tensor", lower_ndtri),
    OP("aten::special_polygamma(int n, Tensor self) -> Tensor", lower_polygamma),
    OP("aten::special_psi(Tensor self) -> Tensor", lower_digamma),
    OP("aten::special_zeta(Tensor self, Tensor other) -> Tensor", lower_zeta),
    OP("aten::special_zeta.other_scalar(Tensor self, Scalar other) -> Tensor", lower_zeta),
    OP("aten::special_zeta.self_scalar(Scalar self, Tensor other) -> Tensor", lower_zeta),
};
/* clang-format on */

const incop_family incop_special = {"special", rows, INC_COUNT(rows)};
