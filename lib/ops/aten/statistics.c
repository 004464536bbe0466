/* SPDX-License-Identifier: Apache-2.0 */
/* Variance, covariance, median, mode, quantiles. */
#include "ops/families.h"

#include <math.h>
#include <string.h>

#include "ops/call/schema.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* row.mode: the variance or its root */
enum { VAR, STD };

/* ---- variance ---- */

typedef struct spread {
    incir_value *variance, *mean; /* mean with its axes kept */
    incop_reduction along;
} spread;

static double correction_of(incop_call *c)
{
    if (incop_has(c, "unbiased"))
        return incop_bool(c, "unbiased") ? 1 : 0;
    return incop_is_none(c, "correction") ? 1 : incop_float(c, "correction");
}

static const incsym *count_along(incir_graph *g, const incir_value *x, const spread *s)
{
    const incsym *count = incsym_int(g->syms, 1);
    for (size_t i = 0; i < s->along.n; i++)
        count = incsym_mul(g->syms, count, incir_axis_size(g, x, s->along.axes[i]));
    return count;
}

/* max(0, count - correction), of x's type */
static incir_value *divisor(incir_graph *g, const incir_value *x, const incsym *count,
                            double correction)
{
    incir_value *n = emit_cast(g, incir_size_scalar(g, count), x->dtype);
    if (correction == 0)
        return n;
    n = emit_with_scalar(g, "Sub", n, correction);
    return emit_binary(g, "Max", n, emit_scalar_like(g, x, 0));
}

/* Σ (x - mean)² / (count - correction) */
static spread variance(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    spread s = {.along = incop_reduction_of(c, x)};
    const size_t *axes = s.along.axes, n = s.along.n;
    double correction = correction_of(c);
    s.mean = n ? emit_reduce(g, "ReduceMean", x, axes, n, true) : x;
    incir_value *apart = emit_binary(g, "Sub", x, s.mean);
    incir_value *squares = NULL;
    if (correction == 0 || n == 0) {
        squares = emit_binary(g, "Mul", apart, apart);
        s.variance = n ? emit_reduce(g, "ReduceMean", squares, axes, n, s.along.keepdim) : squares;
    } else {
        s.variance = emit_reduce(g, "ReduceSumSquare", apart, axes, n, s.along.keepdim);
    }
    if (correction != 0)
        s.variance =
            emit_binary(g, "Div", s.variance, divisor(g, x, count_along(g, x, &s), correction));
    return s;
}

static void lower_var(incop_call *c)
{
    incop_return(c, variance(c).variance);
}

static void lower_std(incop_call *c)
{
    incop_return(c, emit_unary(c->g, "Sqrt", variance(c).variance));
}

/* mode: VAR or STD. */
static void lower_with_mean(incop_call *c)
{
    spread s = variance(c);
    incop_return(c, c->row->mode == STD ? emit_unary(c->g, "Sqrt", s.variance) : s.variance);
    incop_return(c, s.along.keepdim ? s.mean : emit_squeeze(c->g, s.mean, s.along.axes, s.along.n));
}

/* ---- covariance ---- */

/* How much each observation counts: once, as often as fweights says, or as much as aweights says.
 */
typedef struct weighting {
    incir_value *frequencies, *importances;
} weighting;

/* Of variables (rows) over observations (columns); a vector is one variable. */
static incir_value *covariance(incir_graph *g, incir_value *x, double correction,
                               const weighting *by)
{
    static const size_t first = 0, last = 1;
    if (x->rank > 2)
        inc_raise(g->cx, INC_E_FORMAT, "the covariance of a tensor of rank %zu", x->rank);
    x = emit_as_float(g, emit_at_least(g, x, 2));
    incir_value *weights = by->importances ? emit_cast(g, by->importances, x->dtype) : NULL;
    if (by->frequencies) {
        incir_value *times = emit_cast(g, by->frequencies, x->dtype);
        weights = weights ? emit_binary(g, "Mul", times, weights) : times;
    }
    if (!weights) {
        x = emit_binary(g, "Sub", x, emit_reduce(g, "ReduceMean", x, &last, 1, true));
        incir_value *n = divisor(g, x, incir_axis_size(g, x, last), correction);
        return emit_binary(g, "Div", emit_matmul(g, x, emit_swap_axes(g, x, first, last)), n);
    }
    incir_value *sum = emit_reduce(g, "ReduceSum", weights, &first, 1, false);
    incir_value *mean =
        emit_reduce(g, "ReduceSum", emit_binary(g, "Mul", x, weights), &last, 1, true);
    x = emit_binary(g, "Sub", x, emit_binary(g, "Div", mean, sum));
    incir_value *n = sum;
    if (correction != 0 && by->importances) {
        incir_value *squares =
            emit_binary(g, "Mul", weights, emit_cast(g, by->importances, x->dtype));
        squares = emit_reduce(g, "ReduceSum", squares, &first, 1, false);
        squares = emit_binary(g, "Div", emit_with_scalar(g, "Mul", squares, correction), sum);
        n = emit_binary(g, "Sub", n, squares);
    } else if (correction != 0) {
        n = emit_with_scalar(g, "Sub", n, correction);
    }
    n = emit_binary(g, "Max", n, emit_scalar_like(g, n, 0));
    incir_value *weighted = emit_binary(g, "Mul", x, weights);
    return emit_binary(g, "Div", emit_matmul(g, weighted, emit_swap_axes(g, x, first, last)), n);
}

/* One variable has no axes. */
static incir_value *without_axes(incop_call *c, incir_value *matrix, const incir_value *x)
{
    incir_graph *g = c->g;
    if (x->rank < 2)
        return emit_reshape(g, matrix, NULL, 0);
    const incsym *n = incir_axis_size(g, x, 0);
    bool is_one = incsym_hint(n) == 1 && !incsym_is_guess(n);
    if (incsym_eq(g->syms, n, incsym_int(g->syms, 1)) < 0)
        inc_guess(c->cx,
                  "%s: a single row has a result without axes, and how many rows %s has is "
                  "dynamic: it is taken to be %sone, as in the example",
                  c->schema->name, incir_type_text(g, x), is_one ? "" : "more than ");
    return is_one ? emit_reshape(g, matrix, NULL, 0) : matrix;
}

static void lower_cov(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    weighting by = {incop_tensor_or_null(c, "fweights"), incop_tensor_or_null(c, "aweights")};
    double correction = incop_float(c, "correction");
    incop_return(c, without_axes(c, covariance(c->g, x, correction, &by), x));
}

/* The covariances over the deviations of both variables, which are on the diagonal. */
static void lower_corrcoef(incop_call *c)
{
    static const size_t last = 1;
    static const weighting none = {0};
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *y = covariance(g, x, 1, &none);
    incir_value *on = emit_diagonal_mask(g, incir_axis_size(g, y, 0), incir_axis_size(g, y, 1), 0,
                                         EMIT_ON_DIAGONAL);
    incir_value *deviation = emit_where(g, on, y, emit_scalar_like(g, y, 0));
    deviation = emit_unary(g, "Sqrt", emit_reduce(g, "ReduceSum", deviation, &last, 1, true));
    y = emit_binary(g, "Div", y, deviation);
    y = emit_binary(g, "Div", y, emit_swap_axes(g, deviation, 0, 1));
    y = emit_clip(g, y, emit_scalar_like(g, y, -1), emit_scalar_like(g, y, 1));
    incop_return(c, without_axes(c, y, x));
}

/* ---- what sorting gives ---- */

/* The k smallest along an axis, in order, and where they were. */
static void smallest(incir_graph *g, incir_value *x, const incsym *k, size_t axis,
                     incir_value *found[2])
{
    incdtype type = x->dtype;
    emit_topk(g, emit_cast(g, x, emit_working_type(g, "TopK", type)), axis, k, false, true, found);
    found[0] = emit_cast(g, found[0], type);
}

/* The value, or the place, where x has no NaN along the axis, which is gone; else NaN, or where the
 * first one is. */
static incir_value *unless_nan(incir_graph *g, incir_value *x, size_t axis, incir_value *v,
                               bool is_value)
{
    if (!incdtype_is_float(x->dtype))
        return v;
    incir_value *nan = emit_unary(g, "IsNaN", x), *instead = emit_scalar_like(g, x, NAN);
    if (!is_value) {
        incir_node *n = incir_node_new(g, "ArgMax");
        emit_in(g, n, emit_cast(g, nan, INCDT_F32));
        incir_attr_int(g, n, "axis", (int64_t)axis);
        incir_attr_int(g, n, "keepdims", 0);
        instead = incir_emit(g, n);
    }
    return emit_where(g, emit_any(g, nan, &axis, 1, false), instead, v);
}

/* The element in the middle; of two the lower. NaN where there is one. */
static void lower_median(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *found[2];
    bool one_axis = incop_has(c, "dim"), keepdim = one_axis && incop_bool(c, "keepdim");
    if (!one_axis || x->rank == 0) {
        x = emit_flattened(g, x);
        keepdim = false;
    }
    size_t axis = one_axis ? incop_axis(c, "dim", x->rank) : 0;
    const incsym *two = incsym_int(g->syms, 2);
    const incsym *middle =
        incsym_floordiv(g->syms, incsym_add_int(g->syms, incir_axis_size(g, x, axis), -1), two);
    smallest(g, x, incsym_add_int(g->syms, middle, 1), axis, found);
    for (size_t i = 0; i < (one_axis ? 2u : 1u); i++) {
        incir_value *v = emit_gather(g, found[i], incir_size_scalar(g, middle), axis);
        v = unless_nan(g, x, axis, v, i == 0);
        incop_return(c, keepdim ? emit_unsqueeze_axis(g, v, axis) : v);
    }
}

/* x along its last axis in order, NaN behind all numbers; how many numbers there are, of x's type,
 * the axis kept. */
static void sort_numbers(incir_graph *g, incir_value *x, incir_value *found[2], incir_value **count)
{
    const size_t last = x->rank - 1;
    incir_value *is_nan = emit_unary(g, "IsNaN", x);
    *count = emit_cast(g, emit_unary(g, "Not", is_nan), x->dtype);
    *count = emit_reduce(g, "ReduceSum", *count, &last, 1, true);
    x = emit_where(g, is_nan, emit_scalar_like(g, x, INFINITY), x);
    smallest(g, x, incir_axis_size(g, x, last), last, found);
}

static incir_value *pick(incir_graph *g, incir_value *x, incir_value *index)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    emit_in(g, n, x);
    incir_in(g, n, index);
    incir_attr_int(g, n, "axis", (int64_t)x->rank - 1);
    return emit_as(g, n, x->dtype);
}

/* The median of the numbers; NaN where there are none. */
static void lower_nanmedian(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *found[2], *count;
    if (!incdtype_is_float(x->dtype)) {
        lower_median(c);
        return;
    }
    bool one_axis = incop_has(c, "dim"), keepdim = one_axis && incop_bool(c, "keepdim");
    if (!one_axis || x->rank == 0) {
        x = emit_flattened(g, x);
        keepdim = false;
    }
    size_t axis = one_axis ? incop_axis(c, "dim", x->rank) : 0, last = x->rank - 1;
    sort_numbers(g, emit_swap_axes(g, x, axis, last), found, &count);
    incir_value *none = emit_compare_scalar(g, "Equal", count, 0);
    incir_value *middle = emit_with_scalar(g, "Sub", emit_cast(g, count, INCDT_I64), 1);
    middle = emit_binary(g, "Div", middle, incir_const_i64(g, 2)); /* -1 / 2 is 0 */
    found[0] = pick(g, found[0], middle);
    found[0] = emit_where(g, none, emit_scalar_like(g, x, NAN), found[0]);
    found[1] = pick(g, found[1], middle);
    for (size_t i = 0; i < (one_axis ? 2u : 1u); i++) {
        incir_value *v = emit_swap_axes(g, found[i], axis, last);
        incop_return(c, keepdim ? v : emit_squeeze_axis(g, v, axis));
    }
}

/* The most frequent value, of several the smallest; and where it is last. Every element is
 * compared with every other. */
static void lower_mode(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    if (x->rank == 0) {
        incop_return(c, x);
        incop_return(c, incir_const_i64(g, 0));
        return;
    }
    size_t axis = incop_axis(c, "dim", x->rank), last = x->rank - 1, after = x->rank;
    bool keepdim = incop_bool(c, "keepdim");
    incir_value *row = emit_swap_axes(g, x, axis, last);
    incir_value *column = emit_unsqueeze_axis(g, row, last);
    incir_value *same = emit_compare(g, "Equal", emit_unsqueeze_axis(g, row, after), column);
    incir_value *counts =
        emit_reduce(g, "ReduceSum", emit_cast(g, same, INCDT_I32), &after, 1, false);
    incir_value *most = emit_reduce(g, "ReduceMax", counts, &last, 1, true);
    incir_value *greatest = emit_reduce(g, "ReduceMax", row, &last, 1, true);
    incir_value *value = emit_where(g, emit_compare(g, "Equal", counts, most), row, greatest);
    value = emit_reduce(g, "ReduceMin", value, &last, 1, true);
    incir_value *place = emit_last_set(g, emit_compare(g, "Equal", row, value));
    place = emit_swap_axes(g, place, axis, last);
    value = emit_swap_axes(g, value, axis, last);
    incop_return(c, keepdim ? value : emit_squeeze_axis(g, value, axis));
    incop_return(c, keepdim ? place : emit_squeeze_axis(g, place, axis));
}

/* ---- quantiles ---- */

/* Where between two sorted elements each quantile is: vectors. */
typedef struct places {
    incir_value *low, *high; /* int64 */
    incir_value *weight;     /* of high */
} places;

/* last: the place of the last element. Computed in the type of the elements, as PyTorch does: 0.1
 * of 5 is a half in float32 only. */
static places find_places(incop_call *c, incir_value *q, incir_value *last, incdtype type)
{
    incir_graph *g = c->g;
    incir_value *end = emit_cast(g, last, type);
    incir_value *at = emit_binary(g, "Mul", emit_flattened(g, emit_cast(g, q, type)), end);
    incir_value *low = emit_unary(g, "Floor", at), *high = emit_unary(g, "Ceil", at);
    incir_value *weight = emit_binary(g, "Sub", at, low);
    if (incop_str_is(c, "interpolation", "lower"))
        weight = emit_with_scalar(g, "Mul", weight, 0);
    else if (incop_str_is(c, "interpolation", "higher"))
        weight = emit_binary(g, "Sub", high, low);
    else if (incop_str_is(c, "interpolation", "midpoint"))
        weight = emit_with_scalar(g, "Mul", emit_binary(g, "Sub", high, low), 0.5);
    else if (incop_str_is(c, "interpolation", "nearest"))
        weight = emit_binary(g, "Sub", emit_unary(g, "Round", at), low);
    incir_value *before = emit_cast(g, low, INCDT_I64);
    return (places){before, emit_cast(g, high, INCDT_I64), weight};
}

static void check_quantiles(incop_call *c, const incir_value *q)
{
    if (!incir_is_constant(q))
        return;
    const double *values = inctensor_f64s(c->cx, q->constant);
    for (uint64_t i = 0; i < q->constant->numel; i++)
        if (!(values[i] >= 0 && values[i] <= 1))
            inc_raise(c->cx, INC_E_FORMAT, "quantile: %g is not between 0 and 1", values[i]);
}

/* The quantiles along x's last axis, which become that. */
static incir_value *quantiles(incop_call *c, incir_value *x, incir_value *q, bool skips_nan)
{
    incir_graph *g = c->g;
    incir_value *found[2], *count = NULL, *low, *high, *end;
    size_t last = x->rank - 1;
    const incsym *size = incir_axis_size(g, x, last);
    places p;
    if (skips_nan) {
        sort_numbers(g, x, found, &count);
        end =
            emit_extreme(g, "Max", emit_with_scalar(g, "Sub", count, 1), emit_scalar_like(g, x, 0));
        p = find_places(c, q, end, x->dtype);
        low = pick(g, found[0], p.low);
        high = pick(g, found[0], p.high);
    } else {
        smallest(g, x, size, last, found);
        end = incir_size_scalar(g, incsym_add_int(g->syms, size, -1));
        p = find_places(c, q, end, x->dtype);
        low = emit_gather(g, found[0], p.low, last);
        high = emit_gather(g, found[0], p.high, last);
    }
    incir_value *weight = emit_cast(g, p.weight, x->dtype);
    incir_value *y = emit_binary(g, "Mul", emit_binary(g, "Sub", high, low), weight);
    y = emit_binary(g, "Add", low, y);
    incir_value *none = skips_nan ? emit_compare_scalar(g, "Equal", count, 0)
                                  : emit_any(g, emit_unary(g, "IsNaN", x), &last, 1, true);
    return emit_where(g, none, emit_scalar_like(g, x, NAN), y);
}

/* The quantiles of a vector of q become a new first axis. mode: whether NaN does not count. */
static void lower_quantile(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *q = incop_tensor(c, "q");
    bool flat = incop_is_none(c, "dim") || x->rank == 0, keepdim = incop_bool(c, "keepdim");
    size_t rank = x->rank;
    check_quantiles(c, q);
    if (flat)
        x = emit_flattened(g, x);
    size_t axis = flat ? 0 : incop_axis(c, "dim", x->rank);
    const incsym *size = incir_axis_size(g, x, axis);
    if (incsym_is(size, 0))
        inc_raise(c->cx, INC_E_FORMAT, "quantile of no elements");
    size_t last = x->rank - 1;
    incir_value *y = quantiles(c, emit_swap_axes(g, x, axis, last), q, c->row->mode);
    y = emit_swap_axes(g, y, axis, last);
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, rank + 1);
    size_t n_sizes = 0;
    if (q->rank > 0) { /* the quantiles' axis to the front */
        size_t *order = INC_NEW_N(c->cx, size_t, y->rank);
        for (size_t i = 0; i < y->rank; i++)
            order[i] = i == 0 ? axis : i <= axis ? i - 1 : i;
        y = emit_transpose(g, y, order);
        sizes[n_sizes++] = incir_axis_size(g, q, 0);
    }
    for (size_t i = 0; i < rank; i++) {
        if (keepdim && (flat || i == axis))
            sizes[n_sizes++] = incsym_int(g->syms, 1);
        else if (!flat && i != axis)
            sizes[n_sizes++] = incir_axis_size(g, x, i);
    }
    incop_return(c, emit_reshape(g, y, sizes, n_sizes));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::corrcoef(Tensor self) -> Tensor", lower_corrcoef),
    OP("aten::cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor",
        lower_cov),
    OP("aten::median(Tensor self) -> Tensor", lower_median),
    OP("aten::median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", lower_median),
    OP("aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)", lower_mode),
    OP("aten::nanmedian(Tensor self) -> Tensor", lower_nanmedian),
    OP("aten::nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", lower_nanmedian),
    OP_MODE("aten::nanquantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation=\"linear\") -> Tensor",
        lower_quantile, true),
    OP_MODE("aten::nanquantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation=\"linear\") -> Tensor",
        lower_quantile, true),
    OP("aten::quantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation=\"linear\") -> Tensor",
        lower_quantile),
    OP("aten::quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation=\"linear\") -> Tensor",
        lower_quantile),
    OP("aten::std(Tensor self, bool unbiased=True) -> Tensor", lower_std),
    OP("aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
        lower_std),
    OP("aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor", lower_std),
    OP_MODE("aten::std_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)", lower_with_mean, STD),
    OP_MODE("aten::std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)",
        lower_with_mean, STD),
    OP_MODE("aten::std_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)",
        lower_with_mean, STD),
    OP("aten::var(Tensor self, bool unbiased=True) -> Tensor", lower_var),
    OP("aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
        lower_var),
    OP("aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor", lower_var),
    OP_MODE("aten::var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)", lower_with_mean, VAR),
    OP_MODE("aten::var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)",
        lower_with_mean, VAR),
    OP_MODE("aten::var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)",
        lower_with_mean, VAR),
};
/* clang-format on */

const incop_family incop_statistics = {"statistics", rows, INC_COUNT(rows)};
