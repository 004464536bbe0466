/* SPDX-License-Identifier: Apache-2.0 */
/* Complex numbers: made from real ones and taken apart, and the functions whose parts are not those
 * of the parts. A complex value is a pair of real ones (incir_complex). */
#include "ops/emit/math.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

static bool is_complex(const incir_value *x)
{
    return x->kind == INCIR_COMPLEX;
}

/* ---- making them ---- */

static void lower_complex(incop_call *c)
{
    incir_value *re = incop_tensor(c, "real"), *im = incop_tensor(c, "imag");
    if (re->dtype != im->dtype)
        inc_raise(c->cx, INC_E_FORMAT, "%s: parts of two types", "aten::complex");
    incir_value *both[] = {re, im};
    size_t rank;
    const incsym *const *dims = emit_broadcast_shape(c->g, both, 2, &rank);
    incir_value *expanded = emit_expand(c->g, im, dims, rank);
    incop_return(c, incir_complex(c->g, emit_expand(c->g, re, dims, rank), expanded));
}

static void lower_polar(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *size = incop_tensor(c, "abs"), *angle = incop_tensor(c, "angle");
    incir_value *im = emit_binary(g, "Mul", size, emit_unary(g, "Sin", angle));
    incop_return(c, incir_complex(g, emit_binary(g, "Mul", size, emit_unary(g, "Cos", angle)), im));
}

static void lower_view_as_complex(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    int64_t size;
    if (x->rank == 0 || (incir_dim(x, -1, &size) && size != 2))
        inc_raise(c->cx, INC_E_FORMAT, "view_as_complex: the last axis of %s is not of size 2",
                  incir_type_text(c->g, x));
    incop_return(c, emit_from_pairs(c->g, x));
}

static incir_value *unview_as_complex(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return emit_pairs(c->g, part);
}

/* ---- taking them apart ---- */

static void refuse_real(incop_call *c, const incir_value *x)
{
    if (!is_complex(x))
        inc_raise(c->cx, INC_E_FORMAT, "%s needs a complex tensor", incir_type_text(c->g, x));
}

static void lower_view_as_real(incop_call *c)
{
    incir_value *z = incop_tensor(c, "self");
    refuse_real(c, z);
    incop_return(c, emit_pairs(c->g, z));
}

static incir_value *unview_as_real(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return emit_from_pairs(c->g, part);
}

static void lower_real(incop_call *c)
{
    incop_return(c, emit_real(incop_tensor(c, "self")));
}

static incir_value *unview_real(incop_call *c, incir_value *base, incir_value *part)
{
    return is_complex(base) ? incir_complex(c->g, part, base->im) : part;
}

static void lower_imag(incop_call *c)
{
    incir_value *z = incop_tensor(c, "self");
    refuse_real(c, z);
    incop_return(c, z->im);
}

static incir_value *unview_imag(incop_call *c, incir_value *base, incir_value *part)
{
    return incir_complex(c->g, base->re, part);
}

/* ---- functions ---- */

static incir_value *conjugate(incir_graph *g, incir_value *x)
{
    return is_complex(x) ? incir_complex(g, x->re, emit_unary(g, "Neg", x->im)) : x;
}

static void lower_conj(incop_call *c)
{
    incop_return(c, conjugate(c->g, incop_tensor(c, "self")));
}

static incir_value *unview_conj(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return conjugate(c->g, part);
}

static void lower_abs(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, is_complex(x)            ? emit_modulus(c->g, x)
                    : x->dtype == INCDT_BOOL ? x
                                             : emit_unary(c->g, "Abs", x));
}

/* Of a real number: π below zero, else 0. */
static void lower_angle(incop_call *c)
{
    static const double pi = 3.14159265358979323846;
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    if (is_complex(x)) {
        incop_return(c, emit_atan2(g, x->im, x->re));
        return;
    }
    incdtype type = emit_float_type(x->dtype);
    incop_return(c, emit_where(g, emit_compare_scalar(g, "Less", x, 0),
                               incir_const_float(g, type, pi), incir_const_float(g, type, 0)));
}

static void lower_exp(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    if (!is_complex(x)) {
        incop_return(c, emit_unary(g, "Exp", emit_as_float(g, x)));
        return;
    }
    incir_value *size = emit_unary(g, "Exp", x->re);
    incir_value *im = emit_binary(g, "Mul", size, emit_unary(g, "Sin", x->im));
    incop_return(c, incir_complex(g, emit_binary(g, "Mul", size, emit_unary(g, "Cos", x->im)), im));
}

/* log |z| + i arg z */
static incir_value *log_of(incir_graph *g, incir_value *z)
{
    incir_value *angle = emit_atan2(g, z->im, z->re);
    return incir_complex(g, emit_unary(g, "Log", emit_modulus(g, z)), angle);
}

/* t = √((|z| + |a|) / 2), and b / 2t: one of them is the real part, as a's sign says. */
static incir_value *root_of(incir_graph *g, incir_value *z)
{
    incir_value *real_size = emit_unary(g, "Abs", z->re);
    incir_value *t = emit_binary(g, "Add", emit_modulus(g, z), real_size);
    t = emit_unary(g, "Sqrt", emit_with_scalar(g, "Mul", t, 0.5));
    incir_value *zero = emit_scalar_like(g, t, 0), *one = emit_scalar_like(g, t, 1);
    incir_value *none = emit_compare(g, "Equal", t, zero);
    incir_value *divisor = emit_where(g, none, one, t);
    incir_value *other = emit_binary(g, "Div", emit_with_scalar(g, "Mul", z->im, 0.5), divisor);
    incir_value *left = emit_compare(g, "Less", z->re, zero);
    incir_value *down = emit_compare(g, "Less", z->im, zero);
    incir_value *side = emit_where(g, down, emit_unary(g, "Neg", t), t);
    incir_value *im = emit_where(g, left, side, other);
    return incir_complex(g, emit_where(g, left, emit_unary(g, "Abs", other), t), im);
}

/* The product of a function of the one part and a function of the other. */
static incir_value *times(incir_graph *g, const char *f, incir_value *a, const char *h,
                          incir_value *b)
{
    incir_value *right = emit_unary(g, h, b);
    return emit_binary(g, "Mul", emit_unary(g, f, a), right);
}

typedef enum function { LOG, SQRT, SIN, COS, SINH, COSH, RECIPROCAL } function;

static incir_value *of_complex(incir_graph *g, function f, incir_value *z)
{
    incir_value *a = z->re, *b = z->im, *y;
    switch (f) {
    case LOG:
        return log_of(g, z);
    case SQRT:
        return root_of(g, z);
    case SIN:
        y = times(g, "Cos", a, "Sinh", b);
        return incir_complex(g, times(g, "Sin", a, "Cosh", b), y);
    case COS:
        y = emit_unary(g, "Neg", times(g, "Sin", a, "Sinh", b));
        return incir_complex(g, times(g, "Cos", a, "Cosh", b), y);
    case SINH:
        y = times(g, "Cosh", a, "Sin", b);
        return incir_complex(g, times(g, "Sinh", a, "Cos", b), y);
    case COSH:
        y = times(g, "Sinh", a, "Sin", b);
        return incir_complex(g, times(g, "Cosh", a, "Cos", b), y);
    default:
        break;
    }
    incir_value *b_square = emit_square(g, b);
    incir_value *size = emit_binary(g, "Add", emit_square(g, a), b_square);
    incir_value *im = emit_unary(g, "Neg", emit_binary(g, "Div", b, size));
    return incir_complex(g, emit_binary(g, "Div", a, size), im);
}

/* as: the node for real numbers; mode: which function it is. */
static void lower_function(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, is_complex(x) ? of_complex(c->g, (function)c->row->mode, x)
                                  : emit_unary(c->g, c->row->as, emit_as_float(c->g, x)));
}

static void lower_square(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (x->dtype == INCDT_BOOL)
        x = emit_cast(c->g, x, INCDT_I64);
    incop_return(c, emit_complex_product(c->g, x, x));
}

/* exp(w log z), 0 where z is. */
incir_value *emit_complex_power(incir_graph *g, incir_value *z, incir_value *w)
{
    if (!is_complex(z))
        z = incir_complex(g, z, emit_imag(g, z));
    incir_value *log = emit_complex_product(g, log_of(g, z), w);
    incir_value *size = emit_unary(g, "Exp", log->re), *zero = emit_scalar_like(g, z->re, 0);
    incir_value *none = emit_compare(g, "Equal", emit_modulus(g, z), zero);
    size = emit_where(g, none, zero, size);
    incir_value *angle = emit_where(g, none, zero, log->im);
    incir_value *im = emit_binary(g, "Mul", size, emit_unary(g, "Sin", angle));
    return incir_complex(g, emit_binary(g, "Mul", size, emit_unary(g, "Cos", angle)), im);
}

/* clang-format off */
#define OP_FUNCTION(name, as, mode)                                                                \
    OP_ROW("aten::" name "(Tensor self) -> Tensor", lower_function, as, mode, INCOP_ANY_OPSET,     \
           INCOP_VIEW_NONE, NULL, INCOP_Q_NONE | INCOP_C_OWN)
static const incop_row rows[] = {
    OP_VIEW_Q("aten::_conj(Tensor(a) self) -> Tensor(a)",
        lower_conj, unview_conj, INCOP_VIEW_PAIRS, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::_conj_copy(Tensor self) -> Tensor", lower_conj, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::_conj_physical(Tensor self) -> Tensor", lower_conj, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::abs(Tensor self) -> Tensor", lower_abs, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::absolute(Tensor self) -> Tensor", lower_abs, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::angle(Tensor self) -> Tensor", lower_angle, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::complex(Tensor real, Tensor imag) -> Tensor", lower_complex, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::conj(Tensor(a) self) -> Tensor(a)",
        lower_conj, unview_conj, INCOP_VIEW_PAIRS, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::conj_physical(Tensor self) -> Tensor", lower_conj, INCOP_Q_NONE | INCOP_C_OWN),
    OP_FUNCTION("cos", "Cos", COS),
    OP_FUNCTION("cosh", "Cosh", COSH),
    OP_Q("aten::exp(Tensor self) -> Tensor", lower_exp, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::imag(Tensor(a) self) -> Tensor(a)",
        lower_imag, unview_imag, INCOP_VIEW_PAIRS, INCOP_Q_NONE | INCOP_C_OWN),
    OP_FUNCTION("log", "Log", LOG),
    OP_Q("aten::polar(Tensor abs, Tensor angle) -> Tensor", lower_polar, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::real(Tensor(a) self) -> Tensor(a)",
        lower_real, unview_real, INCOP_VIEW_PAIRS, INCOP_Q_NONE | INCOP_C_OWN),
    OP_FUNCTION("reciprocal", "Reciprocal", RECIPROCAL),
    OP_FUNCTION("sin", "Sin", SIN),
    OP_FUNCTION("sinh", "Sinh", SINH),
    OP_FUNCTION("sqrt", "Sqrt", SQRT),
    OP_Q("aten::square(Tensor self) -> Tensor", lower_square, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::view_as_complex(Tensor(a) self) -> Tensor(a)",
        lower_view_as_complex, unview_as_complex, INCOP_VIEW_PAIRS, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::view_as_complex_copy(Tensor self) -> Tensor", lower_view_as_complex, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::view_as_real(Tensor(a) self) -> Tensor(a)",
        lower_view_as_real, unview_as_real, INCOP_VIEW_PAIRS, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::view_as_real_copy(Tensor self) -> Tensor", lower_view_as_real, INCOP_Q_NONE | INCOP_C_OWN),
};
/* clang-format on */

const incop_family incop_complex = {"complex", rows, INC_COUNT(rows)};
