/* SPDX-License-Identifier: Apache-2.0 */
/* Order: TopK does all sorting (equal elements stay in order, as a stable sort has it), Unique all
 * telling apart, and counting finds places in sorted vectors. */
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

/* The k first of x in that order, with their positions. x of any rank; indices may be NULL. */
static void emit_top(incir_graph *g, incir_value *x, size_t axis, const incsym *k, bool largest,
                     bool sorted, incir_value **values, incir_value **indices)
{
    incdtype type = x->dtype;
    bool scalar = x->rank == 0;
    incir_value *outputs[2];
    x = emit_cast(g, emit_at_least(g, x, 1), emit_working_type(g, "TopK", type));
    emit_topk(g, x, axis, k, largest, sorted, outputs);
    *values = emit_cast(g, emit_scalar_if(g, outputs[0], scalar), type);
    *indices = emit_scalar_if(g, outputs[1], scalar);
}

static const incsym *axis_size(incir_graph *g, const incir_value *x, size_t axis)
{
    return x->rank ? incir_axis_size(g, x, axis) : incsym_int(g->syms, 1);
}

static void sort_along(incop_call *c, incir_value **values, incir_value **indices)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = incop_axis_or_0d(c, "dim", x->rank);
    emit_top(c->g, x, axis, axis_size(c->g, x, axis), incop_bool(c, "descending"), true, values,
             indices);
}

static void lower_sort(incop_call *c)
{
    incir_value *values, *indices;
    sort_along(c, &values, &indices);
    incop_return(c, values);
    incop_return(c, indices);
}

static void lower_argsort(incop_call *c)
{
    incir_value *values, *indices;
    sort_along(c, &values, &indices);
    incop_return(c, indices);
}

static void lower_msort(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self"), *values, *indices;
    emit_top(c->g, x, 0, axis_size(c->g, x, 0), false, true, &values, &indices);
    incop_return(c, values);
}

static void lower_topk(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self"), *values, *indices;
    emit_top(c->g, x, incop_axis_or_0d(c, "dim", x->rank), incop_sym(c, "k"),
             incop_bool(c, "largest"), incop_bool(c, "sorted"), &values, &indices);
    incop_return(c, values);
    incop_return(c, indices);
}

static void lower_kthvalue(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *outputs[2];
    size_t axis = incop_axis_or_0d(c, "dim", x->rank);
    const incsym *k = incop_sym(c, "k");
    emit_top(g, x, axis, k, false, true, &outputs[0], &outputs[1]);
    for (size_t i = 0; i < 2; i++) {
        incir_value *y = outputs[i];
        if (x->rank) {
            y = emit_slice(g, y, axis, incsym_add_int(g->syms, k, -1), NULL, 1);
            y = incop_bool(c, "keepdim") ? y : emit_squeeze_axis(g, y, axis);
        }
        incop_return(c, y);
    }
}

/* ---- unique ---- */

/* Each different element or slice once, in order. axis: rank of x for none (flattened). */
static void emit_unique(incop_call *c, incir_value *x, size_t axis)
{
    incir_graph *g = c->g;
    incdtype type = x->dtype;
    incir_value *outputs[4];
    bool flat = axis >= x->rank;
    incir_node *n = incir_node_new(g, "Unique");
    emit_in(g, n, emit_at_least(g, x, 1));
    if (!flat)
        incir_attr_int(g, n, "axis", (int64_t)axis);
    incir_attr_int(g, n, "sorted", 1);
    incir_emit_n(g, n, 4, outputs);
    incop_return(c, emit_cast(g, outputs[0], type));
    incop_return(c, flat ? emit_reshape(g, outputs[2], x->dims, x->rank) : outputs[2]);
    incop_return(c, outputs[3]);
}

static void lower_unique(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    emit_unique(c, x, x->rank);
    if (!incop_has(c, "return_counts")) /* _unique has two results */
        c->n_results = 2;
}

static void lower_unique_dim(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    emit_unique(c, x, incop_axis_or_0d(c, "dim", x->rank));
}

/* Runs of equal elements, once each: where an element differs from the one before. */
static void lower_unique_consecutive(incop_call *c)
{
    incir_graph *g = c->g;
    incsym_table *t = g->syms;
    incir_value *x = incop_tensor(c, "self");
    const incsym *n = incir_numel(g, x), *one = incsym_int(t, 1);
    if (!incop_is_none(c, "dim") && (x->rank != 1 || incop_axis(c, "dim", 1) != 0))
        incop_unsupported(c, "an axis");
    incir_value *flat = emit_reshape(g, x, &n, 1);
    incir_value *before = emit_slice(g, flat, 0, NULL, incsym_int(t, -1), 1);
    incir_value *same = emit_binary(g, "Equal", emit_slice(g, flat, 0, one, NULL, 1), before);
    incir_value *first = emit_full(g, INCDT_BOOL, &one, 1, 1);
    incir_value *starts[] = {first, emit_unary(g, "Not", same)};
    incir_value *is_start = emit_concat(g, starts, 2, 0);
    incir_value *values = incir_emit2(g, "Compress", flat, is_start);
    incop_return(c, values);

    incir_value *run =
        incir_emit2(g, "CumSum", emit_cast(g, is_start, INCDT_I64), incir_const_i64(g, 0));
    run = emit_with_scalar(g, "Sub", run, 1);
    incop_return(c, emit_reshape(g, run, x->dims, x->rank));

    incir_value *places = emit_reshape(g, incir_emit1(g, "NonZero", is_start), &values->dims[0], 1);
    incir_value *bounds[] = {places, incir_sizes(g, &n, 1)};
    incir_value *all = emit_concat(g, bounds, 2, 0);
    incop_return(c, emit_binary(g, "Sub", emit_slice(g, all, 0, one, NULL, 1), places));
}

/* ---- places in sorted vectors ---- */

/* How many of the sorted elements (last axis) are below each of x: where it belongs. */
static incir_value *emit_places(incop_call *c, incir_value *sorted, incir_value *x, bool right)
{
    incir_graph *g = c->g;
    size_t last = x->rank;
    if (sorted->rank > 1) {
        size_t before_last = sorted->rank - 1;
        sorted = emit_unsqueeze_axis(g, sorted, before_last);
    }
    x = emit_unsqueeze_axis(g, x, last);
    incir_value *below = emit_compare(g, right ? "LessOrEqual" : "Less", sorted, x);
    incdtype type = incop_bool(c, "out_int32") ? INCDT_I32 : INCDT_I64;
    return emit_reduce(g, "ReduceSum", emit_cast(g, below, type), &last, 1, false);
}

static void lower_bucketize(incop_call *c)
{
    incop_return(c, emit_places(c, incop_tensor(c, "boundaries"), incop_tensor(c, "self"),
                                incop_bool(c, "right")));
}

static void lower_searchsorted(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *sorted = incop_tensor(c, "sorted_sequence"), *x = incop_tensor(c, "self");
    incir_value *order = incop_tensor_or_null(c, "sorter");
    bool right = incop_bool(c, "right") || incop_str_is(c, "side", "right");
    if (sorted->rank == 0 || (sorted->rank > 1 && sorted->rank != x->rank))
        incop_unsupported(c, "sequences of rank %zu", sorted->rank);
    if (order) {
        incir_node *n = incir_node_new(g, "GatherElements");
        incir_in(g, n, sorted);
        incir_in(g, n, order);
        incir_attr_int(g, n, "axis", (int64_t)sorted->rank - 1);
        sorted = incir_emit(g, n);
    }
    incop_return(c, emit_places(c, sorted, x, right));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_unique(Tensor self, bool sorted=True, bool return_inverse=False) -> (Tensor, Tensor)", lower_unique),
    OP("aten::_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)", lower_unique),
    OP("aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor", lower_argsort),
    OP("aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor", lower_argsort),
    OP("aten::bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor", lower_bucketize),
    OP("aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor", lower_bucketize),
    OP("aten::kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)", lower_kthvalue),
    OP("aten::msort(Tensor self) -> Tensor", lower_msort),
    OP("aten::searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor", lower_searchsorted),
    OP("aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor", lower_searchsorted),
    OP_Q("aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)", lower_sort, INCOP_Q_SAME),
    OP_Q("aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)", lower_sort, INCOP_Q_SAME),
    OP_Q("aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)", lower_topk, INCOP_Q_SAME),
    OP("aten::unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> (Tensor, Tensor, Tensor)", lower_unique_consecutive),
    OP("aten::unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)", lower_unique_dim),
};
/* clang-format on */

const incop_family incop_sort = {"sort", rows, INC_COUNT(rows)};
