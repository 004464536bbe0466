/* Special functions: the gamma function's logarithm and its derivatives, modified Bessel functions.
 * Series that hold for large arguments, which the recurrences of the functions lead to; computed in
 * float64, where the sums lose nothing that float32 would show. */
#include <math.h>

#include "ops/emit/math.h"
#include "ops/families.h"

#define PI 3.14159265358979323846

enum { SHIFT = 8 }; /* arguments below are moved up by so much */

/* ---- pieces ---- */

/* The polynomial with these coefficients, the highest power's first. */
static incir_value *polynomial(incir_graph *g, incir_value *x, const double *coefficients, size_t n)
{
    incir_value *y = emit_scalar_like(g, x, coefficients[0]);
    for (size_t i = 1; i < n; i++)
        y = emit_with_scalar(g, "Add", emit_binary(g, "Mul", y, x), coefficients[i]);
    return y;
}

static incir_value *square(incir_graph *g, incir_value *x)
{
    return emit_binary(g, "Mul", x, x);
}

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
        incir_value *term = emit_scalar_with(g, "Div", 1, power == 2 ? square(g, x) : x);
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
    incir_value *y = emit_binary(g, "Mul", emit_with_scalar(g, "Sub", s.large, 0.5),
                                 emit_unary(g, "Log", s.large));
    y = emit_with_scalar(g, "Add", emit_binary(g, "Sub", y, s.large), 0.91893853320467274178);
    incir_value *rest = polynomial(g, square(g, inverse), series, INC_COUNT(series));
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
    incir_value *y = emit_binary(g, "Sub", emit_unary(g, "Log", s.large),
                                 emit_with_scalar(g, "Mul", inverse, 0.5));
    incir_value *rest = polynomial(g, square(g, inverse), series, INC_COUNT(series));
    y = emit_binary(g, "Sub", emit_binary(g, "Sub", y, rest), reciprocals(g, &s, 1));
    incir_value *angle = turn(g, x);
    incir_value *tangent =
        emit_binary(g, "Div", emit_unary(g, "Sin", angle), emit_unary(g, "Cos", angle));
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
    incir_value *y = polynomial(g, square(g, inverse), series, INC_COUNT(series));
    y = emit_binary(g, "Mul", y, inverse);
    y = emit_binary(g, "Add", y, emit_with_scalar(g, "Mul", square(g, inverse), 0.5));
    y = emit_binary(g, "Add", y, reciprocals(g, &s, 2));
    incir_value *sine = emit_unary(g, "Sin", turn(g, x));
    incir_value *other =
        emit_binary(g, "Sub", emit_scalar_with(g, "Div", PI * PI, square(g, sine)), y);
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

static void lower_polygamma(incop_call *c)
{
    int64_t n = incop_int(c, "n");
    if (n < 0 || n > 1)
        incop_unsupported(c, "the derivative %lld: 0 and 1 are possible", (long long)n);
    return_in_double(c, n ? trigamma_of : digamma_of);
}

/* ---- modified Bessel functions ---- */

/* Abramowitz and Stegun 9.8.1 to 9.8.4: within 2e-7 of the value. mode: the order, and 2 more where
 * e^-|x| times the function is asked. */
static incir_value *bessel(incir_graph *g, incir_value *x, bool first, bool scaled)
{
    static const double small[2][7] = {
        {0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1},
        {0.00032411, 0.00301532, 0.02658733, 0.15084934, 0.51498869, 0.87890594, 0.5}};
    static const double large[2][9] = {
        {0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281, -0.00157565, 0.00225319,
         0.01328592, 0.39894228},
        {-0.00420059, 0.01787654, -0.02895312, 0.02282967, -0.01031555, 0.00163801, -0.00362018,
         -0.03988024, 0.39894228}};
    incir_value *size = emit_unary(g, "Abs", x), *t = emit_with_scalar(g, "Div", size, 3.75);
    incir_value *power = emit_unary(g, "Exp", scaled ? emit_unary(g, "Neg", size) : size);
    incir_value *near = polynomial(g, square(g, t), small[first], INC_COUNT(small[0]));
    if (first)
        near = emit_binary(g, "Mul", near, size);
    incir_value *away =
        polynomial(g, emit_scalar_with(g, "Div", 1, t), large[first], INC_COUNT(large[0]));
    away = emit_binary(g, "Div", away, emit_unary(g, "Sqrt", size));
    if (scaled)
        near = emit_binary(g, "Mul", near, power);
    else
        away = emit_binary(g, "Mul", away, power);
    incir_value *y = emit_where(g, emit_compare_scalar(g, "Less", size, 3.75), near, away);
    return first ? emit_binary(g, "Mul", y, emit_unary(g, "Sign", x)) : y;
}

static void lower_bessel(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, bessel(c->g, x, c->row->mode & 1, c->row->mode & 2));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::digamma(Tensor self) -> Tensor", lower_digamma),
    OP_MODE("aten::i0(Tensor self) -> Tensor", lower_bessel, 0),
    OP("aten::lgamma(Tensor self) -> Tensor", lower_lgamma),
    OP("aten::polygamma(int n, Tensor self) -> Tensor", lower_polygamma),
    OP("aten::special_digamma(Tensor self) -> Tensor", lower_digamma),
    OP("aten::special_gammaln(Tensor self) -> Tensor", lower_lgamma),
    OP_MODE("aten::special_i0(Tensor self) -> Tensor", lower_bessel, 0),
    OP_MODE("aten::special_i0e(Tensor self) -> Tensor", lower_bessel, 2),
    OP_MODE("aten::special_i1(Tensor self) -> Tensor", lower_bessel, 1),
    OP_MODE("aten::special_i1e(Tensor self) -> Tensor", lower_bessel, 3),
    OP("aten::special_polygamma(int n, Tensor self) -> Tensor", lower_polygamma),
    OP("aten::special_psi(Tensor self) -> Tensor", lower_digamma),
};
/* clang-format on */

const incop_family incop_special = {"special", rows, INC_COUNT(rows)};
