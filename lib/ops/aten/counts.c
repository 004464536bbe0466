/* SPDX-License-Identifier: Apache-2.0 */
/* How many elements are equal to each of several values, or lie between them: a comparison of all
 * with all, summed up. */
#include "ops/emit/math.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

/* How many of the values are equal to each of the bins, or the sum of their weights. */
static incir_value *count_equal(incir_graph *g, incir_value *bins, incir_value *values,
                                incir_value *weights)
{
    static const size_t last = 1;
    incir_value *hit = emit_compare(g, "Equal", emit_unsqueeze_axis(g, bins, 1), values);
    incir_value *counted = weights ? emit_where(g, hit, weights, emit_scalar_like(g, weights, 0))
                                   : emit_cast(g, hit, INCDT_I64);
    return emit_reduce(g, "ReduceSum", counted, &last, 1, false);
}

/* One more than the largest of x, and 0 of nothing; ONNX has no largest of nothing. */
static incir_value *bins_for(incir_graph *g, incir_value *x)
{
    incir_value *with_none = x;
    if (incsym_le(g->syms, incsym_int(g->syms, 1), incir_axis_size(g, x, 0)) != 1) {
        const int64_t none = -1;
        incir_value *all[] = {x, incir_const_i64s(g, &none, 1)};
        with_none = emit_concat(g, all, INC_COUNT(all), 0);
    }
    return emit_with_scalar(g, "Add", emit_reduce(g, "ReduceMax", with_none, NULL, 0, false), 1);
}

/* There are as many bins as the largest value says, and at least minlength. */
static void lower_bincount(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *weights = incop_tensor_or_null(c, "weights");
    if (x->rank != 1)
        inc_raise(c->cx, INC_E_FORMAT, "bincount of a tensor of rank %zu", x->rank);
    if (weights && weights->dtype != INCDT_F32)
        weights = emit_cast(g, weights, INCDT_F64);
    int64_t least = incop_int(c, "minlength");
    const incsym *bins = incsym_int(g->syms, least);
    if (incsym_is(incir_axis_size(g, x, 0), 0)) {
        incop_return(c, emit_full(g, weights ? weights->dtype : INCDT_I64, &bins, 1, 0));
        return;
    }
    x = emit_cast(g, x, INCDT_I64);
    incir_value *n = emit_extreme(g, "Max", bins_for(g, x), incir_const_i64(g, least));
    incir_value *all = incir_emit3(g, "Range", incir_const_i64(g, 0), n, incir_const_i64(g, 1));
    incop_return(c, count_equal(g, all, x, weights));
}

/* Equal bins from min to max; what is outside is not counted, and max is in the last one. */
static void lower_histc(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    int64_t n = incop_int(c, "bins");
    double low = incop_float(c, "min"), high = incop_float(c, "max");
    incir_value *from = emit_scalar_like(g, x, low), *to = emit_scalar_like(g, x, high);
    x = emit_flattened(g, x);
    if (low == high) { /* those of the data; when these are equal, too, 1 to both sides */
        from = emit_reduce(g, "ReduceMin", x, NULL, 0, false);
        to = emit_reduce(g, "ReduceMax", x, NULL, 0, false);
        incir_value *more = emit_cast(g, emit_compare(g, "Equal", from, to), x->dtype);
        from = emit_binary(g, "Sub", from, more);
        to = emit_binary(g, "Add", to, more);
    }
    incir_value *width = emit_binary(g, "Sub", to, from);
    incir_value *at = emit_binary(g, "Div", emit_binary(g, "Sub", x, from), width);
    at = emit_unary(g, "Floor", emit_with_scalar(g, "Mul", at, (double)n));
    at = emit_where(g, emit_compare(g, "Equal", x, to), emit_scalar_like(g, x, (double)n - 1), at);
    incir_value *bins =
        emit_range(g, incsym_int(g->syms, 0), incsym_int(g->syms, n), incsym_int(g->syms, 1));
    incir_value *counts = count_equal(g, emit_cast(g, bins, x->dtype), at, NULL);
    incop_return(c, emit_cast(g, counts, x->dtype));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::bincount(Tensor self, Tensor? weights=None, int minlength=0) -> Tensor", lower_bincount),
    OP("aten::histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor", lower_histc),
};
/* clang-format on */

const incop_family incop_counts = {"counts", rows, INC_COUNT(rows)};
