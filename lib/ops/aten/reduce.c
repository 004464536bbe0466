/* SPDX-License-Identifier: Apache-2.0 */
/* Reductions along axes: sums, means, products, extremes and where they are, any and all. */
#include "ops/families.h"

#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

/* row.mode: which extreme; whether any element or all */
enum { MAX, MIN };
enum { ANY, ALL };

static incir_value *reduce(incir_graph *g, const char *op_type, incir_value *x, incop_reduction s)
{
    return s.n == 0 ? x : emit_reduce(g, op_type, x, s.axes, s.n, s.keepdim);
}

/* ---- sums, means, products ---- */

/* Integers and bools sum up in int64. */
static incir_value *summand(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = incdtype_is_float(x->dtype) ? x->dtype : INCDT_I64;
    return emit_cast(c->g, x, incop_dtype(c, "dtype", type));
}

/* as: "ReduceSum" or "ReduceProd". */
static void lower_sum(incop_call *c)
{
    incir_value *x = summand(c);
    incop_return(c, reduce(c->g, c->row->as, x, incop_reduction_of(c, x)));
}

static void lower_mean(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    x = emit_cast(c->g, x, incop_dtype(c, "dtype", emit_float_type(x->dtype)));
    incop_return(c, reduce(c->g, "ReduceMean", x, incop_reduction_of(c, x)));
}

static incir_value *without_nan(incir_graph *g, incir_value *x, incir_value **is_nan)
{
    *is_nan = emit_unary(g, "IsNaN", x);
    return emit_where(g, *is_nan, emit_scalar_like(g, x, 0), x);
}

static void lower_nansum(incop_call *c)
{
    incir_value *x = summand(c), *is_nan;
    if (incdtype_is_float(x->dtype))
        x = without_nan(c->g, x, &is_nan);
    incop_return(c, reduce(c->g, "ReduceSum", x, incop_reduction_of(c, x)));
}

static void lower_nanmean(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *is_nan;
    x = without_nan(g, emit_cast(g, x, incop_dtype(c, "dtype", emit_float_type(x->dtype))),
                    &is_nan);
    incop_reduction s = incop_reduction_of(c, x);
    incir_value *counts = emit_cast(g, emit_unary(g, "Not", is_nan), x->dtype);
    incir_value *n = reduce(g, "ReduceSum", counts, s);
    incop_return(c, emit_binary(g, "Div", reduce(g, "ReduceSum", x, s), n));
}

static void lower_logsumexp(incop_call *c)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, "self"));
    incop_return(c, reduce(c->g, "ReduceLogSumExp", x, incop_reduction_of(c, x)));
}

static void lower_count_nonzero(incop_call *c)
{
    incir_value *x = emit_cast(c->g, incop_tensor(c, "self"), INCDT_BOOL);
    x = emit_cast(c->g, x, INCDT_I64);
    incop_return(c, reduce(c->g, "ReduceSum", x, incop_reduction_of(c, x)));
}

/* Summed so far that the rest has that size: what broadcasting undone is. */
static void lower_sum_to_size(incop_call *c)
{
    size_t rank, n = 0;
    incir_value *x = incop_tensor(c, "self");
    const incsym **sizes = incop_syms(c, "size", &rank);
    if (rank > x->rank)
        inc_raise(c->cx, INC_E_FORMAT, "sum_to_size: %s to %zu axes", incir_type_text(c->g, x),
                  rank);
    size_t *axes = INC_NEW_N(c->cx, size_t, x->rank), added = x->rank - rank;
    for (size_t i = 0; i < x->rank; i++)
        if (i < added ||
            (incsym_is(sizes[i - added], 1) && !incsym_is(incir_axis_size(c->g, x, i), 1)))
            axes[n++] = i;
    bool sums = n > 0 || rank == 0;
    if (sums && !incdtype_is_float(x->dtype) && !incdtype_is_complex(x->dtype))
        x = emit_cast(c->g, x, INCDT_I64);
    if (n > 0)
        x = emit_reduce(c->g, "ReduceSum", x, axes, n, true);
    incop_return(c, emit_reshape(c->g, x, sizes, rank));
}

/* ---- extremes ---- */

/* amax(dim), max(): as "ReduceMax" or "ReduceMin". */
static incir_value *extreme(incir_graph *g, const char *op_type, incir_value *x, incop_reduction s)
{
    if (s.n == 0)
        return x;
    if (x->dtype == INCDT_BOOL)
        return incir_op_find("", op_type)->code == INCIR_OP_REDUCE_MAX
                   ? emit_any(g, x, s.axes, s.n, s.keepdim)
                   : emit_all(g, x, s.axes, s.n, s.keepdim);
    return emit_reduce(g, op_type, x, s.axes, s.n, s.keepdim);
}

static void lower_extreme(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, extreme(c->g, c->row->as, x, incop_reduction_of(c, x)));
}

static void lower_aminmax(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_reduction s = incop_reduction_of(c, x);
    incop_return(c, extreme(c->g, "ReduceMin", x, s));
    incop_return(c, extreme(c->g, "ReduceMax", x, s));
}

/* Of several equal ones the first. */
static incir_value *place_of(incir_graph *g, const char *op_type, incir_value *x, size_t axis,
                             bool keepdim)
{
    incir_node *n = incir_node_new(g, op_type);
    emit_in(g, n, x);
    incir_attr_int(g, n, "axis", (int64_t)axis);
    incir_attr_int(g, n, "keepdims", keepdim);
    return incir_emit(g, n);
}

/* max.dim: values and where they are. as: "Max" or "Min". */
static void lower_extreme_and_place(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incop_reduction s = incop_reduction_of(c, x);
    bool max = c->row->mode == MAX;
    incop_return(c, extreme(g, max ? "ReduceMax" : "ReduceMin", x, s));
    if (s.n == 0)
        incop_return(c, incir_const_i64(g, 0));
    else
        incop_return(c, place_of(g, max ? "ArgMax" : "ArgMin", x, s.axes[0], s.keepdim));
}

/* as: "ArgMax" or "ArgMin". Without an axis, the place in the flattened tensor. */
static void lower_place(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    bool keepdim = incop_bool(c, "keepdim"), flat = incop_is_none(c, "dim");
    if (x->rank == 0) {
        incop_return(c, incir_const_i64(g, 0));
        return;
    }
    if (!flat) {
        incop_return(c, place_of(g, c->row->as, x, incop_axis(c, "dim", x->rank), keepdim));
        return;
    }
    const incsym **ones = INC_NEW_N(c->cx, const incsym *, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        ones[i] = incsym_int(g->syms, 1);
    incir_value *y = place_of(g, c->row->as, emit_flattened(g, x), 0, false);
    incop_return(c, keepdim ? emit_reshape(g, y, ones, x->rank) : y);
}

/* ---- logic ---- */

/* mode: ANY or ALL. Of uint8 the answer is uint8, too. */
static void lower_truth(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_reduction s = incop_reduction_of(c, x);
    incir_value *truth = emit_cast(c->g, x, INCDT_BOOL);
    if (s.n > 0)
        truth = c->row->mode == ANY ? emit_any(c->g, truth, s.axes, s.n, s.keepdim)
                                    : emit_all(c->g, truth, s.axes, s.n, s.keepdim);
    incop_return(c, x->dtype == INCDT_U8 ? emit_cast(c->g, truth, INCDT_U8) : truth);
}

/* ---- norms ---- */

static incir_value *norm(incir_graph *g, incir_value *x, double p, incop_reduction s)
{
    return emit_norm(g, x, p, s.axes, s.n, s.keepdim);
}

static double degree(incop_call *c, const char *name)
{
    return incop_is_none(c, name) ? 2 : incop_float(c, name);
}

static incir_value *normed(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = emit_float_type(x->dtype);
    return emit_cast(c->g, x, incop_has(c, "dtype") ? incop_dtype(c, "dtype", type) : type);
}

static void lower_norm(incop_call *c)
{
    incir_value *x = normed(c);
    double p = incop_has(c, "p") ? degree(c, "p") : incop_has(c, "ord") ? degree(c, "ord") : 2;
    incop_return(c, norm(c->g, x, p, incop_reduction_of(c, x)));
}

/* 2, -2: the largest and the smallest singular value; 0: their sum. */
static incir_value *spectral_norm(incop_call *c, incir_value *x, double ord, incop_reduction s,
                                  size_t rows, size_t columns)
{
    incir_graph *g = c->g;
    size_t *order = INC_NEW_N(c->cx, size_t, x->rank), n = 0;
    for (size_t i = 0; i < x->rank; i++)
        if (i != rows && i != columns)
            order[n++] = i;
    order[n] = rows;
    order[n + 1] = columns;
    const char *op = ord == 0 ? "ReduceSum" : ord > 0 ? "ReduceMax" : "ReduceMin";
    incir_value *values = emit_singular_values(g, emit_transpose(g, x, order));
    values = emit_reduce(g, op, values, &n, 1, false);
    return s.keepdim ? emit_unsqueeze(g, values, s.axes, s.n) : values;
}

/* 1, inf: the largest sum of a column, a row; negative: the smallest. */
static incir_value *matrix_norm(incop_call *c, incir_value *x, double ord, incop_reduction s,
                                size_t rows, size_t columns)
{
    incir_graph *g = c->g;
    if (fabs(ord) == 2 || ord == 0)
        return spectral_norm(c, x, ord, s, rows, columns);
    if (fabs(ord) != 1 && !isinf(ord))
        incop_unsupported(c, "a matrix norm of order %g", ord);
    size_t summed = isinf(ord) ? columns : rows, other = isinf(ord) ? rows : columns;
    incir_value *sums = emit_reduce(g, "ReduceL1", x, &summed, 1, true);
    sums = emit_reduce(g, ord > 0 ? "ReduceMax" : "ReduceMin", sums, &other, 1, true);
    return s.keepdim ? sums : emit_squeeze(g, sums, s.axes, s.n);
}

static bool is_frobenius(incop_call *c)
{
    incval ord = incop_arg(c, "ord");
    if (ord.kind == INCVAL_NONE)
        return true;
    if (ord.kind != INCVAL_STR)
        return false;
    if (!incop_str_is(c, "ord", "fro") && !incop_str_is(c, "ord", "nuc"))
        inc_raise(c->cx, INC_E_FORMAT, "a norm '%s'", ord.u.s);
    return incop_str_is(c, "ord", "fro");
}

static void lower_matrix_norm(incop_call *c)
{
    size_t n;
    incir_value *x = normed(c);
    incop_reduction s = incop_reduction_of(c, x);
    int64_t *dims = incop_ints(c, "dim", &n);
    if (is_frobenius(c)) {
        incop_return(c, norm(c->g, x, 2, s));
        return;
    }
    if (s.n != 2)
        inc_raise(c->cx, INC_E_FORMAT, "a matrix norm along %zu axes", s.n);
    size_t rows = n == 2 ? incop_wrap_axis(c, dims[0], x->rank) : s.axes[0];
    size_t columns = n == 2 ? incop_wrap_axis(c, dims[1], x->rank) : s.axes[1];
    double ord = incop_arg(c, "ord").kind == INCVAL_STR ? 0 : incop_float(c, "ord");
    incop_return(c, matrix_norm(c, x, ord, s, rows, columns));
}

/* Of a vector, of matrices, or (no order given) of all elements. */
static void lower_linalg_norm(incop_call *c)
{
    incir_value *x = normed(c);
    incop_reduction s = incop_reduction_of(c, x);
    if (is_frobenius(c))
        incop_return(c, norm(c->g, x, 2, s));
    else if (s.n == 2)
        lower_matrix_norm(c);
    else
        incop_return(c, norm(c->g, x, incop_float(c, "ord"), s));
}

/* The norm of a difference. */
static void lower_dist(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    incir_value *x = emit_as_float(c->g, emit_binary(c->g, "Sub", a, b));
    incop_return(c, norm(c->g, x, degree(c, "p"), incop_reduction_of(c, x)));
}

/* Parts along an axis whose norm is above maxnorm are scaled down to it. */
static void lower_renorm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    size_t kept = incop_axis(c, "dim", x->rank);
    incop_reduction s = {0, INC_NEW_N(c->cx, size_t, x->rank), true};
    for (size_t i = 0; i < x->rank; i++)
        if (i != kept)
            s.axes[s.n++] = i;
    double most = incop_float(c, "maxnorm");
    incir_value *size = norm(g, x, degree(c, "p"), s);
    incir_value *factor = emit_scalar_with(g, "Div", most, emit_with_scalar(g, "Add", size, 1e-7));
    factor = emit_where(g, emit_compare_scalar(g, "Greater", size, most), factor,
                        emit_scalar_like(g, x, 1));
    incop_return(c, emit_binary(g, "Mul", x, factor));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_aminmax(Tensor self) -> (Tensor, Tensor)", lower_aminmax),
    OP("aten::_aminmax.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor, Tensor)", lower_aminmax),
    OP_MODE("aten::_is_all_true(Tensor self) -> Tensor", lower_truth, ALL),
    OP_MODE("aten::_is_any_true(Tensor self) -> Tensor", lower_truth, ANY),
    OP_MODE("aten::all(Tensor self) -> Tensor", lower_truth, ALL),
    OP_MODE("aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor", lower_truth, ALL),
    OP_MODE("aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor", lower_truth, ALL),
    OP_AS("aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", lower_extreme, "ReduceMax"),
    OP_AS("aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", lower_extreme, "ReduceMin"),
    OP("aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)", lower_aminmax),
    OP_MODE("aten::any(Tensor self) -> Tensor", lower_truth, ANY),
    OP_MODE("aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor", lower_truth, ANY),
    OP_MODE("aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor", lower_truth, ANY),
    OP_AS("aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", lower_place, "ArgMax"),
    OP_AS("aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", lower_place, "ArgMin"),
    OP("aten::count_nonzero(Tensor self, int? dim=None) -> Tensor", lower_count_nonzero),
    OP("aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor", lower_count_nonzero),
    OP("aten::dist(Tensor self, Tensor other, Scalar p=2) -> Tensor", lower_dist),
    OP("aten::frobenius_norm.dim(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", lower_norm),
    OP("aten::linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2, -1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_matrix_norm),
    OP("aten::linalg_matrix_norm.str_ord(Tensor self, str ord=\"fro\", int[] dim=[-2, -1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_matrix_norm),
    OP("aten::linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_linalg_norm),
    OP("aten::linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_linalg_norm),
    OP("aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_norm),
    OP("aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", lower_logsumexp),
    OP_AS_Q("aten::max(Tensor self) -> Tensor", lower_extreme, "ReduceMax", INCOP_Q_SAME),
    OP_MODE_Q("aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        lower_extreme_and_place, MAX, INCOP_Q_SAME),
    OP_Q("aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor", lower_mean, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_Q("aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_mean, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_AS_Q("aten::min(Tensor self) -> Tensor", lower_extreme, "ReduceMin", INCOP_Q_SAME),
    OP_MODE_Q("aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        lower_extreme_and_place, MIN, INCOP_Q_SAME),
    OP("aten::nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_nanmean),
    OP("aten::nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_nansum),
    OP("aten::native_norm(Tensor self, Scalar p=2) -> Tensor", lower_norm),
    OP("aten::native_norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, ScalarType? dtype) -> Tensor",
        lower_norm),
    OP("aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor", lower_norm),
    OP("aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor", lower_norm),
    OP("aten::norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype) -> Tensor",
        lower_norm),
    OP("aten::norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor", lower_norm),
    OP_AS("aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor", lower_sum, "ReduceProd"),
    OP_AS("aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_sum, "ReduceProd"),
    OP("aten::renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor", lower_renorm),
    OP("aten::special_logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", lower_logsumexp),
    OP_AS_Q("aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor", lower_sum, "ReduceSum", INCOP_Q_NONE | INCOP_C_PARTS),
    OP_AS_Q("aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        lower_sum, "ReduceSum", INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::sum_to_size(Tensor self, SymInt[] size) -> Tensor", lower_sum_to_size, INCOP_Q_NONE | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_reduce = {"reduce", rows, INC_COUNT(rows)};
