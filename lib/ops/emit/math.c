/* SPDX-License-Identifier: Apache-2.0 */
/* Small formulas that several families write; see math.h. In: values and numbers. Out: the nodes of
 * the formula, in a type that the opset has its operators for. */
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

#include <math.h>
#include <string.h>

incdtype emit_float_type(incdtype t)
{
    return incdtype_is_float(t) || incdtype_is_complex(t) ? t : INCDT_F32;
}

incir_value *emit_as_float(incir_graph *g, incir_value *x)
{
    return emit_cast(g, x, emit_float_type(x->dtype));
}

/* x, or as floats where it is of integers and value is none: as PyTorch promotes. */
static incir_value *beside_scalar(incir_graph *g, incir_value *x, double value)
{
    return floor(value) == value ? x : emit_as_float(g, x);
}

incir_value *emit_with_scalar(incir_graph *g, const char *op_type, incir_value *x, double value)
{
    x = beside_scalar(g, x, value);
    return emit_binary(g, op_type, x, emit_scalar_like(g, x, value));
}

incir_value *emit_scalar_with(incir_graph *g, const char *op_type, double value, incir_value *x)
{
    x = beside_scalar(g, x, value);
    return emit_binary(g, op_type, emit_scalar_like(g, x, value), x);
}

incir_value *emit_with_floats(incir_graph *g, const char *op_type, incir_value *x, const char *name,
                              double value, const char *name2, double value2)
{
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, op_type);
    emit_in(g, n, x);
    if (name)
        incir_attr_float(g, n, name, value);
    if (name2)
        incir_attr_float(g, n, name2, value2);
    return emit_as(g, n, type);
}

incir_value *emit_compare(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    bool less = strcmp(op_type, "LessOrEqual") == 0;
    if (g->opset >= 12 || (!less && strcmp(op_type, "GreaterOrEqual") != 0))
        return emit_binary(g, op_type, a, b);
    emit_promote(g, &a, &b);
    if (!incdtype_is_float(a->dtype))
        return emit_unary(g, "Not", emit_binary(g, less ? "Greater" : "Less", a, b));
    incir_value *equal = emit_binary(g, "Equal", a, b);
    return emit_binary(g, "Or", emit_binary(g, less ? "Less" : "Greater", a, b),
                       equal); /* NaN: false, which Not would turn */
}

incir_value *emit_compare_scalar(incir_graph *g, const char *op_type, incir_value *x, double value)
{
    return emit_compare(g, op_type, x, emit_scalar_like(g, x, value));
}

incir_value *emit_extreme(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    bool max = strcmp(op_type, "Max") == 0;
    if (a->dtype == INCDT_BOOL)
        return emit_binary(g, max ? "Or" : "And", a, b);
    if (g->opset < 12 && incdtype_is_integer(a->dtype)) /* Max and Min were for floats */
        return emit_where(g, emit_binary(g, max ? "Greater" : "Less", a, b), a, b);
    return emit_binary(g, op_type, a, b);
}

incir_value *emit_polynomial(incir_graph *g, incir_value *x, const double *coefficients, size_t n)
{
    incir_value *y = emit_scalar_like(g, x, coefficients[0]);
    for (size_t i = 1; i < n; i++)
        y = emit_with_scalar(g, "Add", emit_binary(g, "Mul", y, x), coefficients[i]);
    return y;
}

incir_value *emit_square(incir_graph *g, incir_value *x)
{
    return emit_binary(g, "Mul", x, x);
}

/* sign(x) * floor(|x|): unlike a way through int64, right for large numbers, inf and NaN. */
incir_value *emit_trunc(incir_graph *g, incir_value *x)
{
    if (!incdtype_is_float(x->dtype))
        return x;
    incir_value *size = emit_unary(g, "Floor", emit_unary(g, "Abs", x));
    return emit_binary(g, "Mul", emit_unary(g, "Sign", x), size);
}

typedef const incsym *size_operator(incsym_table *t, const incsym *a, const incsym *b);

/* Sizes divided by sizes stay expressions; NULL when these are none. */
static incir_value *divide_sizes(incir_graph *g, incir_value *a, incir_value *b, size_operator *op)
{
    const incsym *const *x = incir_contents(g, a), *const *y = incir_contents(g, b);
    if (!x || !y)
        return NULL;
    int64_t n_x = 1, n_y = 1;
    if ((a->rank && !incir_dim(a, 0, &n_x)) || (b->rank && !incir_dim(b, 0, &n_y)) ||
        (n_x != n_y && n_x != 1 && n_y != 1))
        return NULL;
    size_t n = (size_t)(n_x == 1 ? n_y : n_x);
    const incsym **results = INC_NEW_N(g->cx, const incsym *, n);
    for (size_t i = 0; i < n; i++) {
        const incsym *divisor = y[n_y == 1 ? 0 : i];
        if (incsym_is(divisor, 0))
            return NULL;
        results[i] = op(g->syms, x[n_x == 1 ? 0 : i], divisor);
    }
    return a->rank || b->rank ? incir_sizes(g, results, n) : incir_size_scalar(g, results[0]);
}

/* ONNX's Div of integers truncates, and its Mod takes the divisor's sign: (a - a mod b) / b. */
incir_value *emit_floor_divide(incir_graph *g, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype;
    if (incdtype_is_float(type))
        return emit_unary(g, "Floor", emit_binary(g, "Div", a, b));
    incir_value *quotient = type == INCDT_I64 ? divide_sizes(g, a, b, incsym_floordiv) : NULL;
    if (quotient)
        return quotient;
    if (type == INCDT_U8 || type == INCDT_BOOL || emit_is_scalar(g, b, 1))
        return emit_binary(g, "Div", a, b);
    return emit_binary(g, "Div", emit_binary(g, "Sub", a, emit_binary(g, "Mod", a, b)), b);
}

incir_value *emit_fmod(incir_graph *g, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype;
    incir_node *n = incir_node_new(g, "Mod");
    emit_in(g, n, a);
    emit_in(g, n, b);
    incir_attr_int(g, n, "fmod", 1);
    return emit_as(g, n, type);
}

/* For floats from the exact fmod, as torch does, not from a rounded quotient. */
incir_value *emit_remainder(incir_graph *g, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    if (!incdtype_is_float(a->dtype)) {
        incir_value *rest = a->dtype == INCDT_I64 ? divide_sizes(g, a, b, incsym_mod) : NULL;
        return rest ? rest : emit_binary(g, "Mod", a, b);
    }
    incir_value *rest = emit_fmod(g, a, b), *against = rest;
    double divisor;
    if (!emit_known_scalar(g, b, &divisor))
        against = emit_binary(g, "Mul", rest, b);
    else if (divisor < 0)
        against = emit_unary(g, "Neg", rest);
    incir_value *moved = emit_binary(g, "Add", rest, b);
    return emit_where(g, emit_compare_scalar(g, "Less", against, 0), moved, rest);
}

/* Whether there is surely nothing along the axes; and the sizes of what is left. */
static bool nothing_along(incir_graph *g, const incir_value *x, const size_t *axes, size_t n_axes,
                          bool keepdim, const incsym ***left, size_t *n_left)
{
    bool nothing = false;
    *left = INC_NEW_N(g->cx, const incsym *, x->rank);
    *n_left = 0;
    for (size_t i = 0, k = 0; i < x->rank; i++) {
        bool reduced = n_axes == 0 || (k < n_axes && axes[k] == i);
        k += reduced;
        nothing = nothing || (reduced && incsym_is(incir_axis_size(g, x, i), 0));
        if (!reduced || keepdim)
            (*left)[(*n_left)++] = reduced ? incsym_int(g->syms, 1) : incir_axis_size(g, x, i);
    }
    return nothing;
}

/* Whether there may be nothing along the axes: runtimes do not agree on the maximum of that. */
static bool maybe_nothing_along(incir_graph *g, const incir_value *x, const size_t *axes,
                                size_t n_axes)
{
    for (size_t i = 0, k = 0; i < x->rank; i++) {
        bool reduced = n_axes == 0 || (k < n_axes && axes[k] == i);
        k += reduced;
        if (reduced && incsym_lt(g->syms, incsym_int(g->syms, 0), x->dims[i]) != 1)
            return true;
    }
    return false;
}

/* How many elements are set, compared with 0. */
static incir_value *by_count(incir_graph *g, bool all, incir_value *x, const size_t *axes,
                             size_t n_axes, bool keepdim)
{
    x = emit_cast(g, all ? emit_unary(g, "Not", x) : x, INCDT_I64);
    x = emit_reduce(g, "ReduceSum", x, axes, n_axes, keepdim);
    return emit_compare_scalar(g, all ? "Equal" : "Greater", x, 0);
}

static incir_value *reduce_bool(incir_graph *g, const char *op_type, incir_value *x,
                                const size_t *axes, size_t n_axes, bool keepdim)
{
    const incsym **left;
    size_t n_left;
    if (x->rank == 0)
        return x;
    if (nothing_along(g, x, axes, n_axes, keepdim, &left, &n_left))
        return emit_full(g, INCDT_BOOL, left, n_left, strcmp(op_type, "ReduceMin") == 0);
    if (maybe_nothing_along(g, x, axes, n_axes))
        return by_count(g, strcmp(op_type, "ReduceMin") == 0, x, axes, n_axes, keepdim);
    if (g->opset < 20)
        return emit_reduce(g, op_type, x, axes, n_axes, keepdim);
    incir_node *n = incir_node_new(g, op_type); /* bools themselves from 20 */
    incir_in(g, n, x);
    if (n_axes > 0 && n_axes < x->rank) {
        int64_t *values = INC_NEW_N(g->cx, int64_t, n_axes);
        for (size_t i = 0; i < n_axes; i++)
            values[i] = (int64_t)axes[i];
        incir_in(g, n, incir_const_i64s(g, values, n_axes));
    }
    incir_attr_int(g, n, "keepdims", keepdim);
    return incir_emit(g, n);
}

incir_value *emit_any(incir_graph *g, incir_value *x, const size_t *axes, size_t n, bool keepdim)
{
    return reduce_bool(g, "ReduceMax", emit_cast(g, x, INCDT_BOOL), axes, n, keepdim);
}

incir_value *emit_all(incir_graph *g, incir_value *x, const size_t *axes, size_t n, bool keepdim)
{
    return reduce_bool(g, "ReduceMin", emit_cast(g, x, INCDT_BOOL), axes, n, keepdim);
}

incir_value *emit_norm(incir_graph *g, incir_value *x, double p, const size_t *axes, size_t n,
                       bool keepdim)
{
    if (n == 0)
        return p == 0 ? emit_cast(g, emit_cast(g, x, INCDT_BOOL), x->dtype)
                      : emit_unary(g, "Abs", x);
    if (p == 0) {
        x = emit_cast(g, emit_cast(g, x, INCDT_BOOL), x->dtype);
        return emit_reduce(g, "ReduceSum", x, axes, n, keepdim);
    }
    if (p == 1 || p == 2)
        return emit_reduce(g, p == 1 ? "ReduceL1" : "ReduceL2", x, axes, n, keepdim);
    x = emit_unary(g, "Abs", x);
    if (isinf(p))
        return emit_reduce(g, p > 0 ? "ReduceMax" : "ReduceMin", x, axes, n, keepdim);
    x = emit_reduce(g, "ReduceSum", emit_with_scalar(g, "Pow", x, p), axes, n, keepdim);
    return emit_with_scalar(g, "Pow", x, 1 / p);
}

/* As ArgMax with select_last_index, which is from opset 12. */
incir_value *emit_last_set(incir_graph *g, incir_value *hit)
{
    size_t last = hit->rank - 1;
    incir_value *place = emit_range(g, incsym_int(g->syms, 0), incir_axis_size(g, hit, last),
                                    incsym_int(g->syms, 1));
    place = emit_where(g, hit, place, incir_const_i64(g, -1));
    return emit_reduce(g, "ReduceMax", place, &last, 1, true);
}

bool emit_known_scalar(incir_graph *g, const incir_value *v, double *value)
{
    if (v->rank != 0 || !incir_is_constant(v) || v->is_parameter || incdtype_is_complex(v->dtype) ||
        incdtype_is_quantized(v->dtype))
        return false;
    *value = inctensor_f64(g->cx, v->constant);
    return true;
}

bool emit_is_scalar(incir_graph *g, const incir_value *v, double value)
{
    double known;
    return emit_known_scalar(g, v, &known) && known == value;
}

/* ---- diagonals ---- */

enum { MOST_CONSTANT_ELEMENTS = 1 << 20 };

static incir_value *constant_mask(incir_graph *g, int64_t rows, int64_t columns, int64_t offset,
                                  emit_diagonal_kind kind)
{
    int64_t sizes[] = {rows, columns};
    uint8_t *mask = INC_NEW_N(g->cx, uint8_t, (size_t)(rows * columns));
    for (int64_t i = 0; columns > 0 && i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            mask[i * columns + k] = kind == EMIT_ON_DIAGONAL ? k - i == offset : k - i >= offset;
    return incir_constant(g, inctensor_new(g->cx, INCDT_BOOL, 2, sizes, mask), NULL);
}

incir_value *emit_diagonal_mask(incir_graph *g, const incsym *rows, const incsym *columns,
                                int64_t offset, emit_diagonal_kind kind)
{
    int64_t n, m;
    const incsym *one = incsym_int(g->syms, 1), *shift = incsym_int(g->syms, offset);
    if (incsym_known(rows, &n) && incsym_known(columns, &m) && n >= 0 && m >= 0 &&
        (n == 0 || m <= MOST_CONSTANT_ELEMENTS / n))
        return constant_mask(g, n, m, offset, kind);
    incir_value *row = emit_range(g, shift, incsym_add(g->syms, rows, shift), one);
    incir_value *column = emit_range(g, incsym_int(g->syms, 0), columns, one);
    return emit_compare(g, kind == EMIT_ON_DIAGONAL ? "Equal" : "GreaterOrEqual", column,
                        emit_unsqueeze_axis(g, row, 1));
}

/* ---- complex numbers ---- */

incir_value *emit_pairs(incir_graph *g, incir_value *z)
{
    incir_value *re = emit_unsqueeze_axis(g, z->re, z->rank);
    incir_value *parts[] = {re, emit_unsqueeze_axis(g, z->im, z->rank)};
    return emit_concat(g, parts, 2, z->rank);
}

incir_value *emit_from_pairs(incir_graph *g, incir_value *x)
{
    size_t last = x->rank - 1;
    incir_value *im = emit_gather(g, x, incir_const_i64(g, 1), last);
    return incir_complex(g, emit_gather(g, x, incir_const_i64(g, 0), last), im);
}

incir_value *emit_complex_product(incir_graph *g, incir_value *a, incir_value *b)
{
    if (a->kind != INCIR_COMPLEX && b->kind != INCIR_COMPLEX)
        return emit_binary(g, "Mul", a, b);
    if (a->kind != INCIR_COMPLEX)
        return emit_complex_product(g, b, a);
    if (b->kind != INCIR_COMPLEX) {
        incir_value *im = emit_binary(g, "Mul", a->im, b);
        return incir_complex(g, emit_binary(g, "Mul", a->re, b), im);
    }
    incir_value *of_im = emit_binary(g, "Mul", a->im, b->im);
    incir_value *re = emit_binary(g, "Sub", emit_binary(g, "Mul", a->re, b->re), of_im);
    incir_value *im_re = emit_binary(g, "Mul", a->im, b->re);
    incir_value *im = emit_binary(g, "Add", emit_binary(g, "Mul", a->re, b->im), im_re);
    return incir_complex(g, re, im);
}

incir_value *emit_modulus(incir_graph *g, incir_value *z)
{
    incir_value *im_square = emit_binary(g, "Mul", z->im, z->im);
    incir_value *square = emit_binary(g, "Add", emit_binary(g, "Mul", z->re, z->re), im_square);
    return emit_unary(g, "Sqrt", square);
}

/* atan(y / x), plus or minus π where x is negative. A zero x becomes tiny, so that 0/0 is no NaN.
 */
incir_value *emit_atan2(incir_graph *g, incir_value *y, incir_value *x)
{
    incdtype type = x->dtype;
    if (type == INCDT_F16 || type == INCDT_BF16) {
        x = emit_cast(g, x, INCDT_F32);
        y = emit_cast(g, y, INCDT_F32);
    }
    incir_value *divisor =
        emit_where(g, emit_compare_scalar(g, "Equal", x, 0), emit_scalar_like(g, x, 1e-37), x);
    incir_value *angle = emit_unary(g, "Atan", emit_binary(g, "Div", y, divisor));
    incir_value *turn = emit_where(g, emit_compare_scalar(g, "Less", y, 0),
                                   emit_scalar_like(g, x, -3.14159265358979323846),
                                   emit_scalar_like(g, x, 3.14159265358979323846));
    incir_value *turned = emit_binary(g, "Add", angle, turn);
    angle = emit_where(g, emit_compare_scalar(g, "Less", x, 0), turned, angle);
    return emit_cast(g, angle, type);
}
