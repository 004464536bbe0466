/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms as products with matrices. The angles are multiples of 2π/n: products of indices are
 * reduced by n while they are integers, so that no angle is larger than 2π and half a turn has a
 * sine of exactly zero. */
#include "ops/emit/fourier.h"

#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

#define TWO_PI 6.28318530717958647692

/* Matrices up to this are constants of the file; larger ones are computed when the model runs. */
enum { MOST_CONSTANT = 1 << 20, LONGEST = 1 << 15 };

/* ---- matrices ---- */

static double sine(int64_t part, int64_t n)
{
    return 2 * part == n ? 0 : sin(TWO_PI * (double)part / (double)n);
}

static double cosine(int64_t part, int64_t n)
{
    return 4 * part == n || 4 * part == 3 * n ? 0 : cos(TWO_PI * (double)part / (double)n);
}

static void known_angles(incir_graph *g, incdtype type, const int64_t sizes[2], int64_t n,
                         incir_value **cos, incir_value **sin)
{
    int64_t count = sizes[0] * sizes[1];
    double *c = INC_NEW_N(g->cx, double, (size_t)count);
    double *s = INC_NEW_N(g->cx, double, (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        int64_t part = i / sizes[1] * (i % sizes[1]) % n;
        c[i] = cosine(part, n);
        s[i] = sine(part, n);
    }
    inccx *cx = g->cx;
    const inctensor *tc = inctensor_new(cx, INCDT_F64, 2, sizes, c);
    const inctensor *ts = inctensor_new(cx, INCDT_F64, 2, sizes, s);
    uint64_t bytes = (uint64_t)count * sizeof(double);
    *cos = incir_constant(g, inctensor_load(cx, inctensor_cast(cx, tc, type), bytes), NULL);
    *sin = incir_constant(g, inctensor_load(cx, inctensor_cast(cx, ts, type), bytes), NULL);
}

static void computed_angles(incir_graph *g, incdtype type, const incsym *rows,
                            const incsym *columns, const incsym *n, incir_value **cos,
                            incir_value **sin)
{
    incir_value *size = incir_size_scalar(g, n);
    incir_value *row = emit_unsqueeze_axis(g, emit_count_up(g, rows), 1);
    incir_value *part = emit_binary(g, "Mul", row, emit_count_up(g, columns));
    part = emit_binary(g, "Mod", part, size);
    incdtype wide = type == INCDT_F64 ? INCDT_F64 : INCDT_F32;
    incir_value *angle = emit_with_scalar(g, "Mul", emit_cast(g, part, wide), TWO_PI);
    angle = emit_binary(g, "Div", angle, emit_cast(g, size, wide));
    incir_value *half = emit_compare(g, "Equal", emit_with_scalar(g, "Mul", part, 2), size);
    *cos = emit_cast(g, emit_unary(g, "Cos", angle), type);
    *sin = emit_where(g, half, emit_scalar_like(g, angle, 0), emit_unary(g, "Sin", angle));
    *sin = emit_cast(g, *sin, type);
}

void emit_angles(incir_graph *g, incdtype type, const incsym *rows, const incsym *columns,
                 const incsym *n, incir_value **cos, incir_value **sin)
{
    int64_t sizes[2], size;
    bool known =
        incsym_known(n, &size) && incsym_known(rows, &sizes[0]) && incsym_known(columns, &sizes[1]);
    if (known && (size < 1 || sizes[0] < 0 || sizes[1] < 0))
        inc_raise(g->cx, INC_E_FORMAT, "a Fourier transform of %lld elements", (long long)size);
    if (known && (sizes[0] > LONGEST || sizes[1] > LONGEST))
        inc_raise(g->cx, INC_E_UNSUPPORTED,
                  "a Fourier transform of %lld elements: at most %d are possible", (long long)size,
                  LONGEST);
    if (known && sizes[0] * sizes[1] <= MOST_CONSTANT)
        known_angles(g, type, sizes, size, cos, sin);
    else
        computed_angles(g, type, rows, columns, n, cos, sin);
}

incir_value *emit_hermitian_weights(incir_graph *g, incdtype type, const incsym *n)
{
    const incsym *count =
        incsym_add_int(g->syms, incsym_floordiv(g->syms, n, incsym_int(g->syms, 2)), 1);
    incir_value *k = emit_count_up(g, count);
    incir_value *first = emit_cast(g, emit_compare_scalar(g, "Equal", k, 0), type);
    incir_value *last =
        emit_compare(g, "Equal", emit_with_scalar(g, "Mul", k, 2), incir_size_scalar(g, n));
    incir_value *twice = emit_scalar_with(g, "Sub", 2, first);
    return emit_binary(g, "Sub", twice, emit_cast(g, last, type));
}

/* ---- transforms ---- */

static incir_value *along(incir_graph *g, incir_value *x, size_t axis, incir_value *matrix)
{
    if (x->rank > 1)
        return emit_along_axis(g, x, axis, matrix);
    incir_value *row = emit_unsqueeze_axis(g, x, 0);
    return emit_squeeze_axis(g, emit_along_axis(g, row, 1, matrix), 0);
}

incir_value *emit_transform(incir_graph *g, incir_value *x, size_t axis, const incsym *n_out,
                            bool forward)
{
    incir_value *cos, *sin, *re = emit_real(x);
    const incsym *n = incir_axis_size(g, x, axis);
    emit_angles(g, re->dtype, n_out, n, n, &cos, &sin);
    incir_value *c_re = along(g, re, axis, cos), *s_re = along(g, re, axis, sin);
    if (x->kind != INCIR_COMPLEX)
        return incir_complex(g, c_re, forward ? emit_unary(g, "Neg", s_re) : s_re);
    incir_value *c_im = along(g, x->im, axis, cos), *s_im = along(g, x->im, axis, sin);
    incir_value *im = emit_binary(g, forward ? "Sub" : "Add", c_im, s_re);
    return incir_complex(g, emit_binary(g, forward ? "Add" : "Sub", c_re, s_im), im);
}

incir_value *emit_real_transform(incir_graph *g, incir_value *z, size_t axis, const incsym *n)
{
    incir_value *cos, *sin, *re = emit_real(z);
    emit_angles(g, re->dtype, n, incir_axis_size(g, z, axis), n, &cos, &sin);
    incir_value *weights = emit_hermitian_weights(g, re->dtype, n);
    incir_value *y = along(g, re, axis, emit_binary(g, "Mul", cos, weights));
    if (z->kind != INCIR_COMPLEX)
        return y;
    incir_value *rest = along(g, z->im, axis, emit_binary(g, "Mul", sin, weights));
    return emit_binary(g, "Sub", y, rest);
}

/* ---- sizes ---- */

incir_value *emit_fit_length(incir_graph *g, incir_value *x, size_t axis, const incsym *n)
{
    if (x->kind == INCIR_COMPLEX) {
        incir_value *im = emit_fit_length(g, x->im, axis, n);
        return incir_complex(g, emit_fit_length(g, x->re, axis, n), im);
    }
    const incsym *size = incir_axis_size(g, x, axis), *zero = incsym_int(g->syms, 0);
    if (emit_same_size(g, size, n))
        return x;
    incir_value *y = incsym_le(g->syms, size, n) == 1 ? x : emit_slice(g, x, axis, NULL, n, 1);
    const incsym **begins = INC_NEW_N(g->cx, const incsym *, x->rank);
    const incsym **ends = INC_NEW_N(g->cx, const incsym *, x->rank);
    const incsym **dims = inc_copy(g->cx, y->dims, x->rank * sizeof *dims);
    for (size_t i = 0; i < x->rank; i++)
        begins[i] = ends[i] = zero;
    ends[axis] = incsym_sub(g->syms, n, incir_axis_size(g, y, axis));
    if (incsym_is(ends[axis], 0))
        return y;
    dims[axis] = n;
    return emit_set_dims(g, emit_pad(g, y, "constant", begins, ends, 0), dims);
}

incir_value *emit_scale_by_size(incir_graph *g, incir_value *x, const char *op_type,
                                const incsym *n, bool root)
{
    if (x->kind == INCIR_COMPLEX) {
        incir_value *im = emit_scale_by_size(g, x->im, op_type, n, root);
        return incir_complex(g, emit_scale_by_size(g, x->re, op_type, n, root), im);
    }
    int64_t known;
    if (incsym_known(n, &known))
        return emit_with_scalar(g, op_type, x, root ? sqrt((double)known) : (double)known);
    incir_value *size = emit_cast(g, incir_size_scalar(g, n), x->dtype);
    return emit_binary(g, op_type, x, root ? emit_unary(g, "Sqrt", size) : size);
}
