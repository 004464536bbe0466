/* SPDX-License-Identifier: Apache-2.0 */
/* Running sums and their like along an axis. ONNX has the sum only; the others reduce, for every
 * element, the row of all elements with those after it made neutral: n² work for n elements. */
#include "ops/families.h"

#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* row.mode of extremes */
enum { MAX, MIN };

static incir_value *running_sum(incir_graph *g, incir_value *x, size_t axis)
{
    incdtype type = x->dtype;
    x = emit_cast(g, x, emit_working_type(g, "CumSum", type));
    return emit_cast(g, incir_emit2(g, "CumSum", x, incir_const_i64(g, (int64_t)axis)), type);
}

static void lower_cumsum(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = incdtype_is_float(x->dtype) ? x->dtype : INCDT_I64;
    x = emit_cast(c->g, x, incop_dtype(c, "dtype", type));
    incop_return(c, x->rank ? running_sum(c->g, x, incop_axis(c, "dim", x->rank)) : x);
}

/* bool[n, n]: row i is set where an element comes after the i-th. */
static incir_value *later(incir_graph *g, const incsym *n)
{
    return emit_diagonal_mask(g, n, n, 1, EMIT_ABOVE_DIAGONAL);
}

/* [.., n] -> [.., n, n]: row i has x up to i, and then the neutral element. */
static incir_value *triangle(incir_graph *g, incir_value *x, double neutral)
{
    size_t last = x->rank - 1;
    incir_value *row = emit_unsqueeze_axis(g, x, last);
    return emit_where(g, later(g, incir_axis_size(g, x, last)), emit_scalar_like(g, x, neutral),
                      row);
}

static incir_value *scan(incir_graph *g, const char *op_type, incir_value *x, size_t axis,
                         double neutral)
{
    size_t last = x->rank - 1, row = x->rank;
    incir_value *y = triangle(g, emit_swap_axes(g, x, axis, last), neutral);
    return emit_swap_axes(g, emit_reduce(g, op_type, y, &row, 1, false), axis, last);
}

static void lower_cumprod(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = incdtype_is_float(x->dtype) ? x->dtype : INCDT_I64;
    x = emit_cast(c->g, x, incop_dtype(c, "dtype", type));
    incop_return(c,
                 x->rank == 0 ? x : scan(c->g, "ReduceProd", x, incop_axis(c, "dim", x->rank), 1));
}

static void lower_logcumsumexp(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, x->rank == 0 ? x
                                 : scan(c->g, "ReduceLogSumExp", x, incop_axis(c, "dim", x->rank),
                                        -INFINITY));
}

/* What no element of the type is beyond. */
static double extreme_of(incdtype type, bool lowest)
{
    if (incdtype_is_float(type))
        return lowest ? -INFINITY : INFINITY;
    if (type == INCDT_BOOL || type == INCDT_U8)
        return lowest ? 0 : type == INCDT_U8 ? 255 : 1;
    int bits = (int)(8 * incdtype_size(type)) - 1;
    if (type == INCDT_I64) /* what a double holds; larger ones are the same as it */
        return lowest ? -ldexp(1, 63) : ldexp(1, 62);
    return lowest ? -ldexp(1, bits) : ldexp(1, bits) - 1;
}

/* cummax, cummin: the extreme so far and where it was, of equal ones the latest. */
static void lower_running_extreme(incop_call *c)
{
    incir_graph *g = c->g;
    bool max = c->row->mode == MAX;
    incir_value *x = incop_tensor(c, "self");
    if (x->rank == 0) {
        incop_return(c, x);
        incop_return(c, incir_const_i64(g, 0));
        return;
    }
    size_t axis = incop_axis(c, "dim", x->rank), last = x->rank - 1, row = x->rank;
    incir_value *y = triangle(g, emit_swap_axes(g, x, axis, last), extreme_of(x->dtype, max));
    incir_value *values = x->dtype == INCDT_BOOL
                              ? (max ? emit_any : emit_all)(g, y, &row, 1, false)
                              : emit_reduce(g, max ? "ReduceMax" : "ReduceMin", y, &row, 1, false);
    incir_value *hit = emit_compare(g, "Equal", y, emit_unsqueeze_axis(g, values, row));
    hit = emit_binary(g, "And", hit, emit_unary(g, "Not", later(g, incir_axis_size(g, x, axis))));
    incir_value *place = emit_squeeze_axis(g, emit_last_set(g, hit), row);
    incop_return(c, emit_swap_axes(g, values, axis, last));
    incop_return(c, emit_swap_axes(g, place, axis, last));
}

/* Neighbours along an axis combined: "Sub" of bools is whether they differ. */
static incir_value *neighbours(incir_graph *g, const char *op_type, incir_value *x, size_t axis)
{
    incir_value *next = emit_slice(g, x, axis, incsym_int(g->syms, 1), NULL, 1);
    incir_value *here = emit_slice(g, x, axis, NULL, incsym_int(g->syms, -1), 1);
    return emit_binary(g, x->dtype == INCDT_BOOL ? "Xor" : op_type, next, here);
}

/* Each element less the one before it, n times. */
static void lower_diff(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = incop_axis(c, "dim", x->rank), count = 0;
    incir_value *parts[3], *before = incop_tensor_or_null(c, "prepend");
    incir_value *after = incop_tensor_or_null(c, "append");
    if (before)
        parts[count++] = before;
    parts[count++] = x;
    if (after)
        parts[count++] = after;
    x = emit_concat(c->g, parts, count, axis);
    int64_t times = incop_int(c, "n");
    if (times < 0 || times > 64)
        incop_unsupported(c, "differences of order %lld", (long long)times);
    for (int64_t i = 0; i < times; i++)
        x = neighbours(c->g, "Sub", x, axis);
    incop_return(c, x);
}

/* The area under each pair of neighbours; the places x are a vector, or as many as y. */
static incir_value *trapezoids(incop_call *c, size_t *axis)
{
    incir_graph *g = c->g;
    incir_value *y = emit_as_float(g, incop_tensor(c, "y"));
    *axis = incop_axis(c, "dim", y->rank);
    incir_value *sums = emit_with_scalar(g, "Mul", neighbours(g, "Add", y, *axis), 0.5);
    if (incop_has(c, "dx")) {
        double width = incop_float(c, "dx");
        return width == 1 ? sums : emit_with_scalar(g, "Mul", sums, width);
    }
    incir_value *x = incop_tensor(c, "x");
    size_t after[INCTENSOR_MAX_RANK], n = 0;
    if (x->rank == 1 && y->rank > 1)
        for (size_t i = *axis + 1; i < y->rank; i++)
            after[n++] = i - *axis;
    x = emit_unsqueeze(g, x, after, n);
    size_t along = *axis + x->rank - y->rank; /* the axis, counted from the end, in x */
    return emit_binary(g, "Mul", sums, neighbours(g, "Sub", x, along));
}

static void lower_trapezoid(incop_call *c)
{
    size_t axis;
    incir_value *areas = trapezoids(c, &axis);
    incop_return(c, emit_reduce(c->g, "ReduceSum", areas, &axis, 1, false));
}

static void lower_cumulative_trapezoid(incop_call *c)
{
    size_t axis;
    incir_value *areas = trapezoids(c, &axis);
    incop_return(c, running_sum(c->g, areas, axis));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_logcumsumexp(Tensor self, int dim) -> Tensor", lower_logcumsumexp),
    OP_MODE("aten::cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)", lower_running_extreme, MAX),
    OP_MODE("aten::cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)", lower_running_extreme, MIN),
    OP("aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", lower_cumprod),
    OP_Q("aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", lower_cumsum, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::cumulative_trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor", lower_cumulative_trapezoid),
    OP("aten::cumulative_trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", lower_cumulative_trapezoid),
    OP_Q("aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
        lower_diff, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::logcumsumexp(Tensor self, int dim) -> Tensor", lower_logcumsumexp),
    OP("aten::trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor", lower_trapezoid),
    OP("aten::trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", lower_trapezoid),
    OP("aten::trapz.dx(Tensor y, *, float dx=1., int dim=-1) -> Tensor", lower_trapezoid),
    OP("aten::trapz.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", lower_trapezoid),
};
/* clang-format on */

const incop_family incop_scan = {"scan", rows, INC_COUNT(rows)};
