/* SPDX-License-Identifier: Apache-2.0 */
/* Bessel functions of order 0 and 1: polynomials and quotients near 0, and modulus and phase away
 * from it (Abramowitz and Stegun 9.4 and 9.8; Hart). Within 2e-7, computed in float64. */
#include <math.h>

#include "ops/emit/math.h"
#include "ops/families.h"

#define TWO_OVER_PI 0.63661977236758134308

/* ---- modified, of the first kind ---- */

/* row->mode: the order, and SCALED where e^-|x| (of the second kind e^x) times it is asked. */
enum { SCALED = 2 };

static incir_value *modified_i(incir_graph *g, incir_value *x, bool first, bool scaled)
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
    incir_value *near = emit_polynomial(g, emit_square(g, t), small[first], INC_COUNT(small[0]));
    if (first)
        near = emit_binary(g, "Mul", near, size);
    incir_value *away =
        emit_polynomial(g, emit_scalar_with(g, "Div", 1, t), large[first], INC_COUNT(large[0]));
    away = emit_binary(g, "Div", away, emit_unary(g, "Sqrt", size));
    if (scaled)
        near = emit_binary(g, "Mul", near, power);
    else
        away = emit_binary(g, "Mul", away, power);
    incir_value *y = emit_where(g, emit_compare_scalar(g, "Less", size, 3.75), near, away);
    return first ? emit_binary(g, "Mul", y, emit_unary(g, "Sign", x)) : y;
}

static void lower_i(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, modified_i(c->g, x, c->row->mode & 1, c->row->mode & SCALED));
}

/* ---- modified, of the second kind ---- */

/* NaN below 0, infinite at 0. */
static incir_value *modified_k(incir_graph *g, incir_value *x, bool first, bool scaled)
{
    static const double small[2][7] = {
        {0.74e-5, 0.10750e-3, 0.262698e-2, 0.3488590e-1, 0.23069756, 0.42278420, -0.57721566},
        {-0.4686e-4, -0.110404e-2, -0.1919402e-1, -0.18156897, -0.67278579, 0.15443144, 1}};
    static const double large[2][7] = {{0.53208e-3, -0.251540e-2, 0.587872e-2, -0.1062446e-1,
                                        0.2189568e-1, -0.7832358e-1, 1.25331414},
                                       {-0.68245e-3, 0.325614e-2, -0.780353e-2, 0.1504268e-1,
                                        -0.3655620e-1, 0.23498619, 1.25331414}};
    incir_value *half = emit_with_scalar(g, "Mul", x, 0.5);
    incir_value *near = emit_polynomial(g, emit_square(g, half), small[first], INC_COUNT(small[0]));
    incir_value *i = modified_i(g, x, first, false);
    incir_value *log = emit_binary(g, "Mul", emit_unary(g, "Log", half), i);
    if (first)
        near = emit_binary(g, "Add", log, emit_binary(g, "Div", near, x));
    else
        near = emit_binary(g, "Sub", near, log);
    incir_value *power = emit_unary(g, "Exp", scaled ? x : emit_unary(g, "Neg", x));
    incir_value *away =
        emit_polynomial(g, emit_scalar_with(g, "Div", 2, x), large[first], INC_COUNT(large[0]));
    away = emit_binary(g, "Div", away, emit_unary(g, "Sqrt", x));
    if (scaled)
        near = emit_binary(g, "Mul", near, power);
    else
        away = emit_binary(g, "Mul", away, power);
    incir_value *y = emit_where(g, emit_compare_scalar(g, "LessOrEqual", x, 2), near, away);
    incir_value *pole = emit_compare_scalar(g, "Equal", x, 0);
    return emit_where(g, pole, emit_scalar_like(g, x, INFINITY), y);
}

/* ---- of the first and second kind ---- */

/* Quotients of polynomials of x² below 8: of J, and of what Y is more than 2/π log(x) J. */
static incir_value *quotient(incir_graph *g, incir_value *x, bool first, bool second)
{
    static const double tops[4][6] = {
        {-184.9052456, 77392.33017, -11214424.18, 651619640.7, -13362590354.0, 57568490574.0},
        {-30.16036606, 15704.48260, -2972611.439, 242396853.1, -7895059235.0, 72362614232.0},
        {228.4622733, -86327.92757, 10879881.29, -512359803.6, 7062834065.0, -2957821389.0},
        {0.8511937935e4, -0.4237922726e7, 0.7349264551e9, -0.5153438139e11, 0.1275274390e13,
         -0.4900604943e13}};
    static const double bottoms[4][7] = {
        {0, 1, 267.8532712, 59272.64853, 9494680.718, 1029532985.0, 57568490411.0},
        {0, 1, 376.9991397, 99447.43394, 18583304.74, 2300535178.0, 144725228442.0},
        {0, 1, 226.1030244, 47447.26470, 7189466.438, 745249964.8, 40076544269.0},
        {1, 0.3549632885e3, 0.1020426050e6, 0.2245904002e8, 0.3733650367e10, 0.4244419664e12,
         0.2499580570e14}};
    size_t which = (second ? 2u : 0u) + (first ? 1u : 0u), skipped = bottoms[which][0] == 0;
    incir_value *s = emit_square(g, x);
    incir_value *top = emit_polynomial(g, s, tops[which], INC_COUNT(tops[0]));
    incir_value *bottom =
        emit_polynomial(g, s, bottoms[which] + skipped, INC_COUNT(bottoms[0]) - skipped);
    incir_value *y = emit_binary(g, "Div", top, bottom);
    return first ? emit_binary(g, "Mul", y, x) : y;
}

/* √(2/(πx)) (P cos φ - 8/x Q sin φ), or for Y (P sin φ + 8/x Q cos φ), φ = x - π/4 or x - 3π/4. */
static incir_value *by_phase(incir_graph *g, incir_value *x, bool first, bool second)
{
    static const double even[2][5] = {
        {0.2093887211e-6, -0.2073370639e-5, 0.2734510407e-4, -0.1098628627e-2, 1},
        {-0.240337019e-6, 0.2457520174e-5, -0.3516396496e-4, 0.183105e-2, 1}};
    static const double odd[2][5] = {
        {-0.934945152e-7, 0.7621095161e-6, -0.6911147651e-5, 0.1430488765e-3, -0.1562499995e-1},
        {0.105787412e-6, -0.88228987e-6, 0.8449199096e-5, -0.2002690873e-3, 0.04687499995}};
    incir_value *z = emit_scalar_with(g, "Div", 8, x), *s = emit_square(g, z);
    incir_value *phase = emit_with_scalar(g, "Sub", x, acos(-1) * (first ? 0.75 : 0.25));
    incir_value *p = emit_polynomial(g, s, even[first], INC_COUNT(even[0]));
    incir_value *q = emit_polynomial(g, s, odd[first], INC_COUNT(odd[0]));
    p = emit_binary(g, "Mul", p, emit_unary(g, second ? "Sin" : "Cos", phase));
    q = emit_binary(g, "Mul", q, emit_unary(g, second ? "Cos" : "Sin", phase));
    q = emit_binary(g, "Mul", q, z);
    incir_value *size = emit_unary(g, "Sqrt", emit_scalar_with(g, "Div", TWO_OVER_PI, x));
    return emit_binary(g, "Mul", size, emit_binary(g, second ? "Add" : "Sub", p, q));
}

static incir_value *bessel_j(incir_graph *g, incir_value *x, bool first)
{
    incir_value *size = emit_unary(g, "Abs", x), *away = by_phase(g, size, first, false);
    if (first)
        away = emit_binary(g, "Mul", away, emit_unary(g, "Sign", x));
    incir_value *near = quotient(g, x, first, false);
    return emit_where(g, emit_compare_scalar(g, "Less", size, 8), near, away);
}

/* NaN below 0, -infinite at 0. */
static incir_value *bessel_y(incir_graph *g, incir_value *x, bool first)
{
    incir_value *log_x = emit_unary(g, "Log", x);
    incir_value *log = emit_binary(g, "Mul", quotient(g, x, first, false), log_x);
    if (first)
        log = emit_binary(g, "Sub", log, emit_scalar_with(g, "Div", 1, x));
    incir_value *singular = emit_with_scalar(g, "Mul", log, TWO_OVER_PI);
    incir_value *near = emit_binary(g, "Add", quotient(g, x, first, true), singular);
    incir_value *away = by_phase(g, x, first, true);
    near = emit_where(g, emit_compare_scalar(g, "Less", x, 8), near, away);
    incir_value *pole = emit_compare_scalar(g, "Equal", x, 0);
    return emit_where(g, pole, emit_scalar_like(g, x, -INFINITY), near);
}

/* ---- handlers ---- */

static incir_value *argument(incop_call *c, incdtype *type)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, incop_has(c, "x") ? "x" : "self"));
    *type = x->dtype;
    return emit_cast(c->g, x, INCDT_F64);
}

static void lower_j(incop_call *c)
{
    incdtype type;
    incir_value *x = argument(c, &type);
    incop_return(c, emit_cast(c->g, bessel_j(c->g, x, c->row->mode & 1), type));
}

static void lower_y(incop_call *c)
{
    incdtype type;
    incir_value *x = argument(c, &type);
    incop_return(c, emit_cast(c->g, bessel_y(c->g, x, c->row->mode & 1), type));
}

static void lower_k(incop_call *c)
{
    incdtype type;
    incir_value *x = argument(c, &type);
    incir_value *y = modified_k(c->g, x, c->row->mode & 1, c->row->mode & SCALED);
    incop_return(c, emit_cast(c->g, y, type));
}

/* sin(x) / x, 0 at infinity */
static void lower_spherical(incop_call *c)
{
    incir_graph *g = c->g;
    incdtype type;
    incir_value *x = argument(c, &type);
    incir_value *y = emit_binary(g, "Div", emit_unary(g, "Sin", x), x);
    y = emit_where(g, emit_compare_scalar(g, "Equal", x, 0), emit_scalar_like(g, x, 1), y);
    incir_value *end = emit_compare_scalar(g, "Equal", emit_unary(g, "Abs", x), INFINITY);
    incop_return(c, emit_cast(g, emit_where(g, end, emit_scalar_like(g, x, 0), y), type));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_MODE("aten::i0(Tensor self) -> Tensor", lower_i, 0),
    OP_MODE("aten::special_bessel_j0(Tensor self) -> Tensor", lower_j, 0),
    OP_MODE("aten::special_bessel_j1(Tensor self) -> Tensor", lower_j, 1),
    OP_MODE("aten::special_bessel_y0(Tensor self) -> Tensor", lower_y, 0),
    OP_MODE("aten::special_bessel_y1(Tensor self) -> Tensor", lower_y, 1),
    OP_MODE("aten::special_i0(Tensor self) -> Tensor", lower_i, 0),
    OP_MODE("aten::special_i0e(Tensor self) -> Tensor", lower_i, SCALED),
    OP_MODE("aten::special_i1(Tensor self) -> Tensor", lower_i, 1),
    OP_MODE("aten::special_i1e(Tensor self) -> Tensor", lower_i, 1 | SCALED),
    OP_MODE("aten::special_modified_bessel_i0(Tensor self) -> Tensor", lower_i, 0),
    OP_MODE("aten::special_modified_bessel_i1(Tensor self) -> Tensor", lower_i, 1),
    OP_MODE("aten::special_modified_bessel_k0(Tensor self) -> Tensor", lower_k, 0),
    OP_MODE("aten::special_modified_bessel_k1(Tensor self) -> Tensor", lower_k, 1),
    OP_MODE("aten::special_scaled_modified_bessel_k0(Tensor x) -> Tensor", lower_k, SCALED),
    OP_MODE("aten::special_scaled_modified_bessel_k1(Tensor x) -> Tensor", lower_k, 1 | SCALED),
    OP("aten::special_spherical_bessel_j0(Tensor x) -> Tensor", lower_spherical),
};
/* clang-format on */

const incop_family incop_bessel = {"bessel", rows, INC_COUNT(rows)};
