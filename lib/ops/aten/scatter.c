/* SPDX-License-Identifier: Apache-2.0 */
/* scatter() and its reductions. ONNX has "add" and "mul" from opset 16 on, "max" and "min" from 18.
 * Below that, a matrix says what goes where: sums are products with it, the others reduce what it
 * lets through. That takes memory for each pair, so there is an end to it. */
#include "ops/aten/scatter.h"

#include <math.h>
#include <string.h>

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

static uint32_t opset_of(const char *reduction)
{
    return strcmp(reduction, "add") == 0 || strcmp(reduction, "mul") == 0 ? 16 : 18;
}

/* ---- sums as products ---- */

static void check_pairs(incop_call *c, const incsym *a, const incsym *b, uint32_t opset)
{
    enum { MOST_PAIRS = 1 << 26 };
    int64_t pairs;
    if (incsym_known(incsym_mul(c->g->syms, a, b), &pairs) && pairs > MOST_PAIRS)
        incop_needs_opset(c, opset, "so many places");
}

/* [.., size, m]: true where index [.., m] names the row. */
static incir_value *selection(incop_call *c, incir_value *index, const incsym *size)
{
    incir_graph *g = c->g;
    size_t before_last = index->rank - 1;
    incir_value *row = emit_unsqueeze_axis(g, emit_count_up(g, size), 1);
    incir_value *wanted = emit_unsqueeze_axis(g, index, before_last);
    return emit_binary(g, "Equal", wanted, row);
}

incir_value *emit_add_slices(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                             incir_value *source)
{
    incir_graph *g = c->g;
    size_t rank = x->rank;
    check_pairs(c, incir_axis_size(g, index, 0), incir_axis_size(g, x, axis), 16);
    incir_value *matrix = emit_cast(g, selection(c, index, incir_axis_size(g, x, axis)), x->dtype),
                *sum;
    if (rank == 1) {
        sum = emit_matmul(g, matrix, source);
    } else {
        size_t other = rank - 2;
        sum = emit_matmul(g, matrix, emit_swap_axes(g, source, axis, other));
        sum = emit_swap_axes(g, sum, axis, other);
    }
    return emit_binary(g, "Add", x, sum);
}

/* Column `axis` of places, indices into that axis of x, counted from its front. */
static incir_value *place_in_axis(incop_call *c, const incir_value *x, incir_value *places,
                                  size_t axis)
{
    incir_graph *g = c->g;
    incir_value *column = emit_select(g, places, places->rank - 1, (int64_t)axis);
    incir_value *size = incir_size_scalar(g, incir_axis_size(g, x, axis));
    incir_value *wrapped = emit_binary(g, "Add", column, size);
    return emit_where(g, emit_compare_scalar(g, "Less", column, 0), wrapped, column);
}

/* index [n…, k] into the first k axes of x, k > 0, as one index into those axes flattened. */
static incir_value *linear_index(incop_call *c, const incir_value *x, incir_value *places, size_t k)
{
    incir_graph *g = c->g;
    size_t axis = k - 1;
    incir_value *index = place_in_axis(c, x, places, axis);
    const incsym *stride = incir_axis_size(g, x, axis);
    while (axis-- > 0) {
        incir_value *column = place_in_axis(c, x, places, axis);
        if (!incsym_is(stride, 1))
            column = emit_binary(g, "Mul", column, incir_size_scalar(g, stride));
        index = emit_binary(g, "Add", index, column);
        stride = incsym_mul(g->syms, stride, incir_axis_size(g, x, axis));
    }
    const incsym *n = incir_numel(g, index);
    return emit_reshape(g, index, &n, 1);
}

static incir_value *add_places(incop_call *c, incir_value *x, incir_value *places,
                               incir_value *updates)
{
    incir_graph *g = c->g;
    int64_t k;
    if (!incir_dim(places, -1, &k) || k < 1 || (size_t)k > x->rank)
        incop_needs_opset(c, 16, "places of unknown rank");
    incir_value *index = linear_index(c, x, places, (size_t)k);
    const incsym *rest = incsym_int(g->syms, 1), *front = rest;
    for (size_t i = 0; i < x->rank; i++) {
        const incsym **part = i < (size_t)k ? &front : &rest;
        *part = incsym_mul(g->syms, *part, incir_axis_size(g, x, i));
    }
    const incsym *flat[] = {front, rest}, *flat_updates[] = {incir_axis_size(g, index, 0), rest};
    incir_value *rows = emit_reshape(g, updates, flat_updates, 2);
    incir_value *y = emit_add_slices(c, emit_reshape(g, x, flat, 2), 0, index, rows);
    return emit_reshape(g, y, x->dims, x->rank);
}

/* A vector that the index repeats along all other axes, or NULL. */
static incir_value *repeated_vector(incir_graph *g, incir_value *index, size_t axis)
{
    if (index->rank == 1)
        return index;
    if (index->kind != INCIR_RESULT ||
        (!incir_is(index->producer, INCIR_OP_EXPAND) && !incir_is(index->producer, INCIR_OP_TILE)))
        return NULL;
    incir_value *from = index->producer->inputs[0];
    if (from->rank > index->rank || axis < index->rank - from->rank)
        return NULL;
    size_t *axes = INC_NEW_N(g->cx, size_t, from->rank), n = 0;
    for (size_t i = 0; i < from->rank; i++) {
        if (i + index->rank - from->rank == axis) {
            if (!emit_same_size(g, incir_axis_size(g, from, i), incir_axis_size(g, index, axis)))
                return NULL;
        } else if (incsym_is(incir_axis_size(g, from, i), 1)) {
            axes[n++] = i;
        } else {
            return NULL;
        }
    }
    return emit_squeeze(g, from, axes, n);
}

/* The value that changes nothing under a reduction. */
static double neutral(const char *reduction, incdtype type)
{
    bool max = strcmp(reduction, "max") == 0;
    if (strcmp(reduction, "add") == 0)
        return 0;
    if (strcmp(reduction, "mul") == 0)
        return 1;
    if (type == INCDT_BOOL)
        return max ? 0 : 1;
    if (incdtype_is_float(type))
        return max ? -INFINITY : INFINITY;
    int bits = (int)(8 * incdtype_size(type)) - 1;
    if (type == INCDT_U8)
        return max ? 0 : 255;
    return max ? -ldexp(1, bits) : ldexp(1, bits > 52 ? 52 : bits) - 1;
}

/* Whether v has x's sizes along all axes but one. */
static bool covers(incir_graph *g, const incir_value *v, const incir_value *x, size_t axis)
{
    bool all = true;
    for (size_t i = 0; i < x->rank; i++)
        all = all && (i == axis || emit_same_size(g, x->dims[i], v->dims[i]));
    return all;
}

/* v with x's sizes along all axes but one, value being added behind. */
static incir_value *filled_up(incir_graph *g, incir_value *v, const incir_value *x, size_t axis,
                              double value)
{
    const incsym **begins = INC_NEW_N(g->cx, const incsym *, x->rank);
    const incsym **ends = INC_NEW_N(g->cx, const incsym *, x->rank);
    for (size_t i = 0; i < x->rank; i++) {
        begins[i] = incsym_int(g->syms, 0);
        ends[i] = i == axis
                      ? begins[i]
                      : incsym_sub(g->syms, incir_axis_size(g, x, i), incir_axis_size(g, v, i));
    }
    return emit_pad(g, v, "constant", begins, ends, value);
}

/* What the matrix lets through of the updates, reduced, and x with it. */
static incir_value *reduce_elements(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                                    incir_value *updates, const char *reduction)
{
    incir_graph *g = c->g;
    size_t last = x->rank - 1, row = last, column = x->rank;
    bool add = strcmp(reduction, "add") == 0, mul = strcmp(reduction, "mul") == 0;
    bool max = strcmp(reduction, "max") == 0;
    if (!covers(g, index, x, axis)) { /* what is beyond the index changes nothing */
        updates = filled_up(g, updates, x, axis, neutral(reduction, x->dtype));
        index = filled_up(g, index, x, axis, 0);
    }
    incir_value *vector = add ? repeated_vector(g, index, axis) : NULL;
    if (vector)
        return emit_add_slices(c, x, axis, vector, updates);
    check_pairs(c, incir_numel(g, index), incir_axis_size(g, x, axis), opset_of(reduction));
    incir_value *wanted =
                    selection(c, emit_swap_axes(g, index, axis, last), incir_axis_size(g, x, axis)),
                *y;
    updates = emit_swap_axes(g, updates, axis, last);
    if (add) {
        incir_value *columns = emit_unsqueeze_axis(g, updates, column);
        y = emit_matmul(g, emit_cast(g, wanted, x->dtype), columns);
        y = emit_squeeze_axis(g, y, column);
    } else {
        incir_value *nothing = emit_scalar_like(g, x, neutral(reduction, x->dtype));
        y = emit_where(g, wanted, emit_unsqueeze_axis(g, updates, row), nothing);
        y = emit_reduce(g,
                        mul   ? "ReduceProd"
                        : max ? "ReduceMax"
                              : "ReduceMin",
                        y, &column, 1, false);
    }
    y = emit_swap_axes(g, y, axis, last);
    return max || (!add && !mul) ? emit_extreme(g, max ? "Max" : "Min", x, y)
                                 : emit_binary(g, add ? "Add" : "Mul", x, y);
}

/* ---- nodes ---- */

incir_value *emit_scatter_nd(incop_call *c, incir_value *x, incir_value *places,
                             incir_value *updates, const char *reduction)
{
    incir_graph *g = c->g;
    if (reduction && strcmp(reduction, "add") == 0 && !incir_has_opset(g, 16))
        return add_places(c, x, places, updates);
    if (reduction)
        incop_needs_opset(c, opset_of(reduction), "such a reduction");
    incdtype type = x->dtype, wide = reduction ? emit_working_type(g, "Add", type) : type;
    incir_node *n = incir_node_new(g, "ScatterND");
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, emit_cast(g, places, INCDT_I64));
    incir_in(g, n, emit_cast(g, updates, wide));
    if (reduction)
        incir_attr_str(g, n, "reduction", reduction);
    return emit_as(g, n, type);
}

incir_value *emit_scatter_elements(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                                   incir_value *updates, const char *reduction)
{
    incir_graph *g = c->g;
    if (reduction && !incir_has_opset(g, opset_of(reduction)))
        return reduce_elements(c, x, axis, index, updates, reduction);
    incdtype type = x->dtype, wide = reduction ? emit_working_type(g, "Add", type) : type;
    incir_node *n = incir_node_new(g, "ScatterElements");
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, index->dtype == INCDT_I32 ? index : emit_cast(g, index, INCDT_I64));
    incir_in(g, n, emit_cast(g, updates, wide));
    incir_attr_int(g, n, "axis", (int64_t)axis);
    if (reduction)
        incir_attr_str(g, n, "reduction", reduction);
    return emit_as(g, n, type);
}

/* ---- handlers ---- */

typedef struct scatter {
    incir_value *x, *index, *updates;
    size_t axis;
    bool scalar;
} scatter;

static incir_value *at_least_vector(incir_graph *g, incir_value *x)
{
    return emit_at_least(g, x, 1);
}

/* src may be larger than index: what is beyond does not count. */
static incir_value *cut_to(incir_graph *g, incir_value *x, const incir_value *shape)
{
    for (size_t i = 0; i < x->rank; i++)
        if (!emit_same_size(g, incir_axis_size(g, x, i), incir_axis_size(g, shape, i)))
            x = emit_slice(g, x, i, NULL, incir_axis_size(g, shape, i), 1);
    return x;
}

static scatter read_scatter(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    scatter s = {.axis = incop_axis_or_0d(c, "dim", x->rank), .scalar = x->rank == 0};
    s.x = at_least_vector(g, x);
    s.index = at_least_vector(g, incop_tensor(c, "index"));
    if (s.index->rank != s.x->rank)
        incop_unsupported(c, "an index of rank %zu for a tensor of rank %zu", s.index->rank,
                          s.x->rank);
    if (incop_has(c, "src")) {
        incir_value *src = at_least_vector(g, emit_cast(g, incop_tensor(c, "src"), x->dtype));
        if (src->rank != s.x->rank)
            incop_unsupported(c, "a source of rank %zu for a tensor of rank %zu", src->rank,
                              s.x->rank);
        s.updates = cut_to(g, src, s.index);
    } else {
        incir_value *value = emit_cast(g, incop_tensor(c, "value"), x->dtype);
        s.updates = emit_expand(g, value, s.index->dims, s.index->rank);
    }
    return s;
}

static void return_scattered(incop_call *c, const scatter *s, incir_value *y)
{
    incop_return(c, emit_scalar_if(c->g, y, s->scalar));
}

/* row->as: the reduction, where the name says it. */
static void lower_scatter(incop_call *c)
{
    scatter s = read_scatter(c);
    const char *reduction = c->row->as;
    if (incop_has(c, "reduce"))
        reduction = incop_str_is(c, "reduce", "add") ? "add" : "mul";
    return_scattered(c, &s, emit_scatter_elements(c, s.x, s.axis, s.index, s.updates, reduction));
}

static incir_value *ones_like(incir_graph *g, const incir_value *x, incdtype type)
{
    return emit_full(g, type, x->dims, x->rank, 1);
}

/* sum, prod, mean, amax, amin; include_self: what was there takes part. */
static void scatter_reduce(incop_call *c, const scatter *given)
{
    static const char *const names[][2] = {
        {"sum", "add"}, {"mean", "add"}, {"prod", "mul"}, {"amax", "max"}, {"amin", "min"}};
    incir_graph *g = c->g;
    scatter s = *given;
    const char *reduction = NULL;
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (incop_str_is(c, "reduce", names[i][0]))
            reduction = names[i][1];
    if (!reduction)
        incop_unsupported(c, "reduce='%s'", incop_str(c, "reduce"));
    bool keeps = incop_bool(c, "include_self"), mean = incop_str_is(c, "reduce", "mean");
    incir_value *base = s.x;
    if (!keeps) {
        incir_value *empty = emit_scalar_like(g, s.x, neutral(reduction, s.x->dtype));
        base = emit_scatter_elements(c, s.x, s.axis, s.index,
                                     emit_expand(g, empty, s.index->dims, s.index->rank), NULL);
    }
    incir_value *y = emit_scatter_elements(c, base, s.axis, s.index, s.updates, reduction);
    if (mean) {
        incir_value *count = ones_like(g, s.x, s.x->dtype);
        incir_value *one = ones_like(g, s.index, s.x->dtype);
        if (!keeps)
            count = emit_scatter_elements(c, count, s.axis, s.index,
                                          emit_full(g, s.x->dtype, s.index->dims, s.index->rank, 0),
                                          NULL);
        count = emit_scatter_elements(c, count, s.axis, s.index, one, "add");
        y = incdtype_is_float(y->dtype) ? emit_binary(g, "Div", y, count)
                                        : emit_floor_divide(g, y, count);
    }
    return_scattered(c, &s, y);
}

static void lower_scatter_reduce(incop_call *c)
{
    scatter s = read_scatter(c);
    scatter_reduce(c, &s);
}

incir_value *emit_spread_index(incir_graph *g, incir_value *index, size_t axis,
                               const incsym *const *sizes, size_t rank)
{
    size_t *axes = INC_NEW_N(g->cx, size_t, rank), n = 0;
    for (size_t i = 0; i < rank; i++)
        if (i != axis)
            axes[n++] = i;
    return emit_expand(g, emit_unsqueeze(g, index, axes, n), sizes, rank);
}

/* The same for slices, with a vector of indices. */
static void lower_index_reduce(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    scatter s = {.axis = incop_axis_or_0d(c, "dim", x->rank), .scalar = x->rank == 0};
    s.x = at_least_vector(g, x);
    s.updates = at_least_vector(g, emit_cast(g, incop_tensor(c, "source"), x->dtype));
    s.index = at_least_vector(g, emit_cast(g, incop_tensor(c, "index"), INCDT_I64));
    s.index = emit_spread_index(g, s.index, s.axis, s.updates->dims, s.updates->rank);
    scatter_reduce(c, &s);
}

/* ---- segments ---- */

/* How many elements each segment has. */
static incir_value *segment_lengths(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *lengths = incop_tensor_or_null(c, "lengths");
    incir_value *offsets = incop_tensor_or_null(c, "offsets");
    if (incop_tensor_or_null(c, "indices"))
        incop_unsupported(c, "indices of segments");
    if (!lengths && !offsets)
        incop_unsupported(c, "segments without lengths and offsets");
    incir_value *x = emit_cast(g, lengths ? lengths : offsets, INCDT_I64);
    if (x->rank != 1 || incop_int(c, "axis") != 0)
        incop_unsupported(c, "segments along another axis than the first");
    if (lengths)
        return x;
    incir_value *from = emit_slice(g, x, 0, NULL, incsym_int(g->syms, -1), 1);
    return emit_binary(g, "Sub", emit_slice(g, x, 0, incsym_int(g->syms, 1), NULL, 1), from);
}

/* What a mean is divided by: for each segment, beside all other axes of sums. */
static incir_value *divided_by_lengths(incop_call *c, incir_value *sums, incir_value *lengths)
{
    incir_graph *g = c->g;
    size_t *axes = INC_NEW_N(c->cx, size_t, sums->rank), n = 0;
    for (size_t i = 1; i < sums->rank; i++)
        axes[n++] = i;
    lengths = emit_unsqueeze(g, lengths, axes, n);
    incir_value *means = emit_binary(g, "Div", sums, emit_cast(g, lengths, sums->dtype));
    if (incop_is_none(c, "initial")) /* 0 / 0 where there is nothing */
        return means;
    incir_value *is_empty = emit_binary(g, "Equal", lengths, incir_const_i64(g, 0));
    return incir_emit3(g, "Where", is_empty, sums, means);
}

/* Reductions of pieces of the first axis that follow one another. */
static void lower_segment_reduce(incop_call *c)
{
    static const struct {
        const char *name, *reduction;
        double start;
    } kinds[] = {{"sum", "add", 0},
                 {"mean", "add", 0},
                 {"prod", "mul", 1},
                 {"max", "max", -INFINITY},
                 {"min", "min", INFINITY}};
    incir_graph *g = c->g;
    incir_value *data = incop_tensor(c, "data"), *lengths = segment_lengths(c);
    size_t kind = 0, n_results;
    while (kind < INC_COUNT(kinds) && !incop_str_is(c, "reduce", kinds[kind].name))
        kind++;
    if (kind == INC_COUNT(kinds) || data->rank == 0)
        incop_unsupported(c, "the reduction %s of a tensor of rank %zu", incop_str(c, "reduce"),
                          data->rank);
    incval of = incval_tensor(incop_box_new(c->cx, lengths));
    incval *ids = incop_invoke(g, "aten::repeat_interleave", &of, 1, NULL, 0, &n_results);
    incir_value *index =
        emit_spread_index(g, incop_box_read(g, ids[0].u.t), 0, data->dims, data->rank);
    const incsym **sizes = inc_copy(c->cx, data->dims, data->rank * sizeof *sizes);
    sizes[0] = incir_axis_size(g, lengths, 0);
    double start = incop_is_none(c, "initial") ? kinds[kind].start : incop_float(c, "initial");
    incir_value *all = emit_full(g, data->dtype, sizes, data->rank, start);
    all = emit_scatter_elements(c, all, 0, index, data, kinds[kind].reduction);
    incop_return(c,
                 strcmp(kinds[kind].name, "mean") == 0 ? divided_by_lengths(c, all, lengths) : all);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor", lower_index_reduce),
    OP_Q("aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor", lower_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", lower_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", lower_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor", lower_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_AS_Q("aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", lower_scatter, "add", INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor", lower_scatter_reduce),
    OP("aten::segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor", lower_segment_reduce),
};
/* clang-format on */

const incop_family incop_scatter = {"scatter", rows, INC_COUNT(rows)};
