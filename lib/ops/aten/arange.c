/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors that count: in steps, between ends, and along the curve of a window. Constants where all
 * is known, else made from a Range. */
#include "ops/families.h"

#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* row.mode: the window */
enum { BARTLETT, BLACKMAN, HAMMING, HANN, KAISER };

enum { MOST_ELEMENTS = 1 << 20 };

/* ---- steps ---- */

typedef struct counting {
    incir_value *start, *end, *step; /* scalars */
} counting;

/* All three as expressions. */
static bool are_sizes(incir_graph *g, const counting *s, const incsym *of[3])
{
    incir_value *values[] = {s->start, s->end, s->step};
    for (size_t i = 0; i < 3; i++) {
        const incsym *const *contents =
            values[i]->dtype == INCDT_I64 ? incir_contents(g, values[i]) : NULL;
        if (!contents)
            return false;
        of[i] = contents[0];
    }
    return true;
}

/* A constant, when all three are; NULL when they are not or it would be long. */
static incir_value *constant_steps(incir_graph *g, const counting *s, incdtype type, bool inclusive)
{
    double start, end, step;
    if (!emit_known_scalar(g, s->start, &start) || !emit_known_scalar(g, s->end, &end) ||
        !emit_known_scalar(g, s->step, &step))
        return NULL;
    if (!incdtype_is_float(type)) { /* integers count in integers */
        start = trunc(start);
        end = trunc(end);
        step = trunc(step);
    }
    if (step == 0 || isnan(start) || isnan(end) || isnan(step))
        inc_raise(g->cx, INC_E_FORMAT, "a range from %g to %g in steps of %g", start, end, step);
    double count = (end - start) / step;
    count = inclusive ? floor(count) + 1 : ceil(count);
    if (count > MOST_ELEMENTS)
        return NULL;
    int64_t n = count > 0 ? (int64_t)count : 0;
    void *block = inc_alloc_n(g->cx, (size_t)n, incdtype_size(type));
    for (int64_t i = 0; i < n; i++)
        incelement_set_f64(type, block, (uint64_t)i, start + (double)i * step);
    return incir_constant(g, inctensor_new(g->cx, type, 1, &n, block), NULL);
}

static incir_value *count(incop_call *c, counting s, incdtype type, bool inclusive)
{
    incir_graph *g = c->g;
    const incsym *of[3];
    incir_value *known = constant_steps(g, &s, type, inclusive);
    if (known)
        return known;
    if (inclusive)
        s.end = emit_binary(g, "Add", s.end, s.step);
    if (are_sizes(g, &s, of))
        return emit_cast(g, emit_range(g, of[0], of[1], of[2]), type);
    incdtype wide = emit_working_type(g, "Range", type);
    incir_value *step = emit_cast(g, s.step, wide);
    incir_value *end = emit_cast(g, s.end, wide);
    return emit_cast(g, incir_emit3(g, "Range", emit_cast(g, s.start, wide), end, step), type);
}

/* Integers count in int64, anything else in torch's default float type. */
static void lower_arange(incop_call *c)
{
    incir_graph *g = c->g;
    counting s;
    s.start = incop_has(c, "start") ? incop_tensor(c, "start") : incir_const_i64(g, 0);
    s.end = incop_tensor(c, "end");
    s.step = incop_has(c, "step") ? incop_tensor(c, "step") : incir_const_i64(g, 1);
    bool floats = incdtype_is_float(s.start->dtype) || incdtype_is_float(s.end->dtype) ||
                  incdtype_is_float(s.step->dtype);
    incdtype type = incop_dtype(c, "dtype", floats ? INCDT_F32 : INCDT_I64);
    incop_return(c, count(c, s, type, false));
}

/* torch.range: the end belongs to it, and it counts in floats. */
static void lower_range(incop_call *c)
{
    counting s = {incop_tensor(c, "start"), incop_tensor(c, "end"), NULL};
    s.step = incop_has(c, "step") ? incop_tensor(c, "step") : incir_const_i64(c->g, 1);
    incop_return(c, count(c, s, incop_dtype(c, "dtype", INCDT_F32), true));
}

/* 0, 1, … along an axis of like. */
static void lower_dim_arange(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *like = incop_tensor(c, "like");
    size_t axis = incop_axis_or_0d(c, "dim", like->rank);
    const incsym *size = like->rank ? incir_axis_size(g, like, axis) : incsym_int(g->syms, 1);
    incop_return(c, emit_range(g, incsym_int(g->syms, 0), size, incsym_int(g->syms, 1)));
}

/* The numbers that torch computes: from both ends towards the middle. */
static incir_value *constant_linspace(incir_graph *g, double start, double end, int64_t n)
{
    double *values = INC_NEW_N(g->cx, double, (size_t)n);
    double step = n > 1 ? (end - start) / (double)(n - 1) : 0;
    for (int64_t i = 0; i < n; i++)
        values[i] =
            i < n / 2 || n == 1 ? start + step * (double)i : end - step * (double)(n - 1 - i);
    return incir_constant(g, inctensor_new(g->cx, INCDT_F64, 1, &n, values), NULL);
}

static incir_value *linspace(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *start = incop_tensor(c, "start"), *end = incop_tensor(c, "end");
    const incsym *steps = incop_sym(c, "steps");
    double from, to;
    int64_t n;
    if (emit_known_scalar(g, start, &from) && emit_known_scalar(g, end, &to) &&
        incsym_known(steps, &n) && n >= 0 && n <= MOST_ELEMENTS)
        return constant_linspace(g, from, to, n);
    start = emit_cast(g, start, INCDT_F32);
    end = emit_cast(g, end, INCDT_F32);
    const incsym *gaps =
        incsym_max(g->syms, incsym_add_int(g->syms, steps, -1), incsym_int(g->syms, 1));
    incir_value *n_gaps = emit_cast(g, incir_size_scalar(g, gaps), INCDT_F32);
    incir_value *step = emit_binary(g, "Div", emit_binary(g, "Sub", end, start), n_gaps);
    incir_value *index = emit_range(g, incsym_int(g->syms, 0), steps, incsym_int(g->syms, 1));
    index = emit_cast(g, index, INCDT_F32);
    return emit_binary(g, "Add", emit_binary(g, "Mul", index, step), start);
}

static void lower_linspace(incop_call *c)
{
    incop_return(c, emit_cast(c->g, linspace(c), incop_dtype(c, "dtype", INCDT_F32)));
}

static void lower_logspace(incop_call *c)
{
    incir_value *powers = emit_scalar_with(c->g, "Pow", incop_float(c, "base"), linspace(c));
    incop_return(c, emit_cast(c->g, powers, incop_dtype(c, "dtype", INCDT_F32)));
}

/* ---- windows ---- */

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 100 && term > sum * 1e-17; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static double float_or(incop_call *c, const char *name, double absent)
{
    return incop_has(c, name) ? incop_float(c, name) : absent;
}

static double window_at(incop_call *c, double x)
{
    const double pi = 3.14159265358979323846; /* x runs from 0 to 1 */
    double alpha, beta;
    switch (c->row->mode) {
    case BARTLETT:
        return 1 - fabs(2 * x - 1);
    case KAISER:
        beta = float_or(c, "beta", 12);
        return bessel_i0(beta * sqrt(fmax(0, 1 - (2 * x - 1) * (2 * x - 1)))) / bessel_i0(beta);
    case BLACKMAN:
        return 0.42 - 0.5 * cos(2 * pi * x) + 0.08 * cos(4 * pi * x);
    case HANN:
        return 0.5 - 0.5 * cos(2 * pi * x);
    default: /* hamming */
        alpha = float_or(c, "alpha", 0.54);
        beta = float_or(c, "beta", 0.46);
        return alpha - beta * cos(2 * pi * x);
    }
}

/* Periodic, which is the default, is a symmetric one that is longer by one, cut. */
static void lower_window(incop_call *c)
{
    enum { WORK_PER_ELEMENT = 64 };
    int64_t n = incop_int(c, "window_length");
    bool periodic = incop_has(c, "periodic") ? incop_bool(c, "periodic") : true;
    if (n < 0 || n > MOST_ELEMENTS)
        incop_unsupported(c, "a window of %lld elements", (long long)n);
    inc_work(c->cx, (uint64_t)n * WORK_PER_ELEMENT);
    double *values = INC_NEW_N(c->cx, double, (size_t)n);
    double gaps = (double)(periodic ? n : n - 1);
    for (int64_t i = 0; i < n; i++)
        values[i] = n == 1 ? 1 : window_at(c, (double)i / gaps);
    incir_value *v = incir_constant(c->g, inctensor_new(c->cx, INCDT_F64, 1, &n, values), NULL);
    incop_return(c, emit_cast(c->g, v, incop_dtype(c, "dtype", INCDT_F32)));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_dim_arange(Tensor like, int dim) -> Tensor", lower_dim_arange),
    OP("aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_arange),
    OP("aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_arange),
    OP("aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_arange),
    OP_MODE("aten::bartlett_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, BARTLETT),
    OP_MODE("aten::bartlett_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, BARTLETT),
    OP_MODE("aten::blackman_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, BLACKMAN),
    OP_MODE("aten::blackman_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, BLACKMAN),
    OP_MODE("aten::hamming_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, HAMMING),
    OP_MODE("aten::hamming_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, HAMMING),
    OP_MODE("aten::hamming_window.periodic_alpha(int window_length, bool periodic, float alpha, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, HAMMING),
    OP_MODE("aten::hamming_window.periodic_alpha_beta(int window_length, bool periodic, float alpha, float beta, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, HAMMING),
    OP_MODE("aten::hann_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, HANN),
    OP_MODE("aten::hann_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, HANN),
    OP_MODE("aten::kaiser_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, KAISER),
    OP_MODE("aten::kaiser_window.beta(int window_length, bool periodic, float beta, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, KAISER),
    OP_MODE("aten::kaiser_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, KAISER),
    OP("aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::linspace.Scalar_Tensor(Scalar start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::linspace.Tensor_Scalar(Tensor start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::linspace.Tensor_Tensor(Tensor start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::logspace(Scalar start, Scalar end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::logspace.Scalar_Tensor(Scalar start, Tensor end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::logspace.Tensor_Scalar(Tensor start, Scalar end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::logspace.Tensor_Tensor(Tensor start, Tensor end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::range(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_range),
    OP("aten::range.step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_range),
};
/* clang-format on */

const incop_family incop_arange = {"arange", rows, INC_COUNT(rows)};
