/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a tensor: select, slice, narrow, unfold, as_strided; and the tensor with such a part
 * replaced, which is both what select_scatter and its like return and what a write into such a view
 * makes of its base. */
#include "ops/families.h"

#include <string.h>

#include "ops/aten/scatter.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* ---- select ---- */

static size_t axis_of(incop_call *c, const incir_value *x)
{
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "a tensor without axes cannot be cut");
    return incop_axis(c, "dim", x->rank);
}

/* The index from the front, where that is known. */
static const incsym *index_of(incop_call *c, const incir_value *x, size_t axis)
{
    const incsym *index = incop_sym(c, "index");
    int64_t at;
    return incsym_known(index, &at) && at < 0
               ? incsym_add(c->g->syms, index, incir_axis_size(c->g, x, axis))
               : index;
}

static void lower_select(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = axis_of(c, x);
    const incsym *index = index_of(c, x, axis);
    int64_t at, given;
    if (!incsym_known(index, &at) && incsym_known(incop_sym(c, "index"), &given))
        index = incop_sym(c, "index"); /* from the end of a dynamic axis: ONNX counts so, too */
    incop_return(c, emit_gather(c->g, x, incir_size_scalar(c->g, index), axis));
}

/* base with part, cut along axis, put where the vector index says: ONNX counts from the end, too.
 */
static incir_value *put_along(incop_call *c, incir_value *base, incir_value *part, size_t axis,
                              incir_value *index)
{
    incir_graph *g = c->g;
    if (axis == 0)
        return emit_scatter_nd(c, base, emit_unsqueeze_axis(g, index, 1), part, NULL);
    index = emit_spread_index(g, index, axis, part->dims, part->rank);
    return emit_scatter_elements(c, base, axis, index, part, NULL);
}

static incir_value *unview_select(incop_call *c, incir_value *base, incir_value *part)
{
    incir_graph *g = c->g;
    size_t axis = axis_of(c, base);
    const incsym *index = index_of(c, base, axis);
    if (axis == 0 && base->rank > 1) /* one row: a scatter takes it as it is */
        return incir_emit3(g, "ScatterND", base, incir_sizes(g, &index, 1), part);
    part = emit_unsqueeze_axis(g, part, axis);
    if (incsym_le(g->syms, incsym_int(g->syms, 0), index) != 1 && index == incop_sym(c, "index"))
        return put_along(c, base, part, axis, incir_sizes(g, &index, 1));
    return emit_replace(g, base, part, axis, index, incsym_add_int(g->syms, index, 1));
}

static void lower_select_scatter(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, unview_select(c, x, emit_cast(c->g, incop_tensor(c, "src"), x->dtype)));
}

/* ---- slice ---- */

static const incsym *bound(incop_call *c, const char *name)
{
    return incop_is_none(c, name) ? NULL : incop_sym(c, name);
}

static int64_t step_of(incop_call *c)
{
    int64_t step = incop_int(c, "step");
    if (step <= 0)
        inc_raise(c->cx, INC_E_FORMAT, "a slice with a step of %lld", (long long)step);
    return step;
}

/* The step, where only the data or a dynamic size tells it; else NULL. */
static const incsym *computed_step(incop_call *c)
{
    const incsym *step = incop_sym(c, "step");
    return incsym_known(step, NULL) ? NULL : step;
}

/* What lies between the bounds, and of that every step-th. */
static incir_value *cut_by(incop_call *c, incir_value *x, size_t axis, const incsym *step)
{
    incir_graph *g = c->g;
    const incsym *zero = incsym_int(g->syms, 0);
    x = emit_slice(g, x, axis, bound(c, "start"), bound(c, "end"), 1);
    return emit_gather(g, x, emit_range(g, zero, incir_axis_size(g, x, axis), step), axis);
}

static void lower_slice(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = axis_of(c, x);
    const incsym *step = computed_step(c);
    if (step) {
        incop_return(c, cut_by(c, x, axis, step));
        return;
    }
    incop_return(c, emit_slice(c->g, x, axis, bound(c, "start"), bound(c, "end"), step_of(c)));
}

/* Every step-th index of a known range gets what part has for it, the others what base has: part is
 * gathered to base's size (whatever is between) and a mask chooses. */
static incir_value *replace_stepped(incop_call *c, incir_value *base, incir_value *part,
                                    size_t axis, int64_t from, int64_t to, int64_t step)
{
    incir_graph *g = c->g;
    int64_t size = 0;
    incir_dim(base, (int64_t)axis, &size);
    step = step > size ? size + 1 : step; /* the first one only, and no overflow */
    int64_t *source = INC_NEW_N(c->cx, int64_t, (size_t)size);
    int64_t *sizes = INC_NEW_N(c->cx, int64_t, base->rank);
    uint8_t *mask = INC_NEW_N(c->cx, uint8_t, (size_t)size);
    for (int64_t i = from, k = 0; i < to; i += step, k++) {
        source[i] = k;
        mask[i] = 1;
    }
    size_t rank = base->rank - axis;
    for (size_t i = 0; i < rank; i++)
        sizes[i] = i == 0 ? size : 1;
    incir_value *chosen =
        incir_constant(g, inctensor_new(c->cx, INCDT_BOOL, rank, sizes, mask), NULL);
    incir_value *spread = emit_gather(g, part, incir_const_i64s(g, source, (size_t)size), axis);
    return emit_where(g, chosen, spread, base);
}

/* The indices of the slice are the same slice of all indices. */
static incir_value *replace_indices(incop_call *c, incir_value *base, incir_value *part,
                                    size_t axis)
{
    incir_graph *g = c->g;
    const incsym *zero = incsym_int(g->syms, 0), *one = incsym_int(g->syms, 1);
    incir_value *all = emit_range(g, zero, incir_axis_size(c->g, base, axis), one);
    const incsym *step = computed_step(c);
    incir_value *index =
        step ? cut_by(c, all, 0, step)
             : emit_slice(g, all, 0, bound(c, "start"), bound(c, "end"), step_of(c));
    return put_along(c, base, part, axis, index);
}

/* What a write into the slice makes of base. The bounds are held to the axis as it is when the
 * model runs, where they may leave nothing, or all. */
static incir_value *unview_slice(incop_call *c, incir_value *base, incir_value *part)
{
    incsym_table *t = c->g->syms;
    size_t axis = axis_of(c, base);
    const incsym *size = incir_axis_size(c->g, base, axis), *start = bound(c, "start"),
                 *end = bound(c, "end");
    int64_t step, from, to;
    if (incsym_is(incir_axis_size(c->g, part, axis), 0))
        return base;
    if (computed_step(c))
        return replace_indices(c, base, part, axis);
    step = step_of(c);
    start = start ? start : incsym_int(t, 0);
    const incsym *first = incir_slice_bound(c->g, start, size);
    const incsym *last = end ? incir_slice_bound(c->g, end, size) : size;
    if (!first || !last)
        return replace_indices(c, base, part, axis);
    if (step != 1) {
        if (incsym_known(size, NULL) && incsym_known(first, &from) && incsym_known(last, &to))
            return replace_stepped(c, base, part, axis, from, to, step);
        return replace_indices(c, base, part, axis);
    }
    if (last == size) /* a start beyond the end leaves all of base */
        return emit_replace(c->g, base, part, axis, incsym_known(start, &from) ? start : first,
                            NULL);
    return emit_replace(c->g, base, part, axis, first, incsym_max(t, first, last));
}

/* src may be broadcast to the part it replaces. */
static void lower_slice_scatter(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *src = emit_cast(c->g, incop_tensor(c, "src"), x->dtype);
    const incir_value *part =
        emit_slice(c->g, x, axis_of(c, x), bound(c, "start"), bound(c, "end"), step_of(c));
    incop_return(c, unview_slice(c, x, emit_expand(c->g, src, part->dims, part->rank)));
}

/* ---- narrow ---- */

static const incsym *narrow_start(incop_call *c, const incir_value *x, size_t axis)
{
    const incsym *start = incop_sym(c, "start");
    int64_t known;
    if (incsym_known(start, &known))
        return known < 0 ? incsym_add(c->g->syms, start, incir_axis_size(c->g, x, axis)) : start;
    if (incop_arg(c, "start").kind == INCVAL_TENSOR) /* of unknown sign */
        return incsym_mod(c->g->syms, start, incir_axis_size(c->g, x, axis));
    return start;
}

static void lower_narrow(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = axis_of(c, x);
    const incsym *start = narrow_start(c, x, axis), *length = incop_sym(c, "length");
    incir_value *y = emit_slice(c->g, x, axis, start, incsym_add(c->g->syms, start, length), 1);
    if (y != x) {
        const incsym **dims = inc_copy(c->cx, x->dims, x->rank * sizeof *dims);
        dims[axis] = length;
        emit_set_dims(c->g, y, dims);
    }
    incop_return(c, y);
}

static incir_value *unview_narrow(incop_call *c, incir_value *base, incir_value *part)
{
    size_t axis = axis_of(c, base);
    const incsym *start = narrow_start(c, base, axis);
    return emit_replace(c->g, base, part, axis, start,
                        incsym_add(c->g->syms, start, incir_axis_size(c->g, part, axis)));
}

/* ---- unfold ---- */

/* Windows of an axis, each as a new last axis: a gather with a table of indices. */
static void lower_unfold(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    if (x->rank == 0) {
        incop_return(c, emit_unsqueeze_axis(g, x, 0));
        return;
    }
    size_t axis = incop_axis(c, "dimension", x->rank);
    int64_t size = incop_int(c, "size"), step = incop_int(c, "step");
    const incsym *zero = incsym_int(g->syms, 0), *one = incsym_int(g->syms, 1);
    if (size < 0 || step <= 0)
        inc_raise(c->cx, INC_E_FORMAT, "unfold: windows of %lld, %lld apart", (long long)size,
                  (long long)step);
    const incsym *end = incsym_add_int(g->syms, incir_axis_size(g, x, axis), 1 - size);
    incir_value *starts = emit_range(g, zero, end, incsym_int(g->syms, step));
    incir_value *within = emit_range(g, zero, incsym_int(g->syms, size), one);
    incir_value *table = emit_binary(g, "Add", emit_unsqueeze_axis(g, starts, 1), within);
    incir_value *y = emit_gather(g, x, table, axis);
    size_t *order = INC_NEW_N(c->cx, size_t, y->rank);
    for (size_t i = 0; i < y->rank; i++)
        order[i] = i <= axis ? i : i + 1 < y->rank ? i + 1 : axis + 1;
    incop_return(c, emit_transpose(g, y, order));
}

/* ---- as_strided ---- */

/* Whether all of x is asked for, in order: known or not, sizes and strides fit each other. */
static bool takes_all(incop_call *c, const incir_value *x)
{
    incsym_table *t = c->g->syms;
    size_t rank, n_strides;
    const incsym **sizes = incop_syms(c, "size", &rank);
    const incsym **strides = incop_syms(c, "stride", &n_strides);
    const incsym *expected = incsym_int(t, 1);
    if (rank != n_strides ||
        (!incop_is_none(c, "storage_offset") && !incsym_is(incop_sym(c, "storage_offset"), 0)))
        return false;
    for (size_t i = rank; i-- > 0;) {
        if (!incsym_is(sizes[i], 1) && strides[i] != expected)
            return false;
        expected = incsym_mul(t, expected, sizes[i]);
    }
    return expected == incir_numel(c->g, x);
}

/* Where in memory the elements that size and stride name are stored, x contiguous; NULL when they
 * are x itself in another shape. */
static incir_value *strided_places(incop_call *c, incir_value *x, const incsym ***shape,
                                   size_t *n_axes)
{
    enum { MOST_INDICES = 1 << 24 };
    incir_graph *g = c->g;
    size_t rank, n_strides;
    if (takes_all(c, x)) {
        *shape = incop_syms(c, "size", n_axes);
        return NULL;
    }
    int64_t *sizes = incop_ints(c, "size", &rank), *strides = incop_ints(c, "stride", &n_strides);
    int64_t offset = incop_is_none(c, "storage_offset") ? 0 : incop_int(c, "storage_offset");
    int64_t numel, count = 1, highest = offset;
    if (rank != n_strides || !incsym_known(incir_numel(g, x), &numel) || numel >> 38)
        incop_unsupported(c, "strides of a tensor of dynamic or enormous size");
    const incsym **dims = INC_NEW_N(c->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++) {
        if (sizes[i] < 0 || strides[i] < 0 || strides[i] > numel || sizes[i] > MOST_INDICES)
            incop_unsupported(c, "size %lld with stride %lld", (long long)sizes[i],
                              (long long)strides[i]);
        dims[i] = incsym_int(g->syms, sizes[i]);
        highest += sizes[i] > 0 ? (sizes[i] - 1) * strides[i] : 0;
        count *= sizes[i];
        if (count > MOST_INDICES)
            incop_unsupported(c, "more than %d elements", MOST_INDICES);
    }
    *shape = dims;
    *n_axes = rank;
    if (offset < 0 || (count > 0 && highest >= numel))
        incop_unsupported(c, "elements outside the tensor");
    inc_work(c->cx, (uint64_t)count * (rank + 1));
    int64_t *places = INC_NEW_N(c->cx, int64_t, (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i;
        places[i] = offset;
        for (size_t k = rank; k-- > 0;) {
            places[i] += rest % sizes[k] * strides[k];
            rest /= sizes[k];
        }
    }
    return incir_constant(g, inctensor_new(c->cx, INCDT_I64, rank, sizes, places), NULL);
}

static incir_value *flat(incir_graph *g, incir_value *x)
{
    const incsym *size = incir_numel(g, x);
    return emit_reshape(g, x, &size, 1);
}

static void lower_as_strided(incop_call *c)
{
    incir_graph *g = c->g;
    size_t rank;
    const incsym **shape;
    incir_value *x = incop_tensor(c, "self"), *places = strided_places(c, x, &shape, &rank);
    incop_return(c,
                 places ? emit_gather(g, flat(g, x), places, 0) : emit_reshape(g, x, shape, rank));
}

/* x with the elements that as_strided would take replaced. */
static void lower_as_strided_scatter(incop_call *c)
{
    incir_graph *g = c->g;
    size_t rank;
    const incsym **shape;
    incir_value *x = incop_tensor(c, "self"), *places = strided_places(c, x, &shape, &rank);
    incir_value *src = emit_cast(g, incop_tensor(c, "src"), x->dtype);
    if (places) {
        places = flat(g, places);
        src = flat(g, emit_expand(g, src, shape, rank));
        src = emit_scatter_elements(c, flat(g, x), 0, places, src, NULL);
    }
    incop_return(c, emit_reshape(g, src, x->dims, x->rank));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW_Q("aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)",
        lower_as_strided, NULL, INCOP_VIEW_AS_STRIDED, INCOP_Q_SAME | INCOP_C_NONE),
    OP("aten::as_strided_copy(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor",
        lower_as_strided),
    OP("aten::as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor",
        lower_as_strided_scatter),
    OP_VIEW_Q("aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)",
        lower_narrow, unview_narrow, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_FORMS),
    OP_VIEW_Q("aten::narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)",
        lower_narrow, unview_narrow, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_FORMS),
    OP_Q("aten::narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor", lower_narrow, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)", lower_select, unview_select, INCOP_VIEW_SELECT, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_Q("aten::select_copy.int(Tensor self, int dim, SymInt index) -> Tensor", lower_select, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor", lower_select_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
        lower_slice, unview_slice, INCOP_VIEW_SLICE, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_Q("aten::slice_copy.Tensor(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
        lower_slice, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
        lower_slice_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)", lower_unfold, NULL, INCOP_VIEW_UNFOLD, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::unfold_copy(Tensor self, int dimension, int size, int step) -> Tensor", lower_unfold, INCOP_Q_NONE | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_slice = {"slice", rows, INC_COUNT(rows)};
