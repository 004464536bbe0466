/* SPDX-License-Identifier: Apache-2.0 */
/* The same elements in the same order under another shape: view, flatten, squeeze and their like,
 * and what changes nothing at all. A write into such a view is the write's value, shaped back. */
#include "ops/families.h"

#include <string.h>

#include "ops/emit/shape.h"

static incir_value *unview_reshape(incop_call *c, incir_value *base, incir_value *part)
{
    return emit_reshape(c->g, part, base->dims, base->rank);
}

/* ---- sizes given ---- */

static void lower_view(incop_call *c)
{
    size_t rank;
    incir_value *x = incop_tensor(c, "self");
    const incsym **sizes = incop_syms(c, incop_has(c, "size") ? "size" : "shape", &rank);
    incop_return(c, emit_reshape(c->g, x, sizes, rank));
}

static void lower_view_as(incop_call *c)
{
    incir_value *other = incop_tensor(c, "other");
    incop_return(c, emit_reshape(c->g, incop_tensor(c, "self"), other->dims, other->rank));
}

/* Reading the bytes as another type. */
static void lower_view_dtype(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype to = incop_dtype(c, "dtype", x->dtype);
    if (to != x->dtype && !(incdtype_size(to) == 1 && incdtype_size(x->dtype) == 1 &&
                            (to == INCDT_U8 || to == INCDT_BOOL) && x->dtype == INCDT_BOOL))
        incop_unsupported(c, "ONNX cannot read the bits of %s as %s", incdtype_name(x->dtype),
                          incdtype_name(to));
    incop_return(c, emit_cast(c->g, x, to));
}

/* ---- axes joined and cut ---- */

/* [N, all the rest] is a node of its own, which needs no sizes. */
static bool is_flatten_node(const incir_value *x, size_t first, size_t last)
{
    return first == 1 && x->rank > 2 && last == x->rank - 1;
}

static void lower_flatten(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    size_t first = incop_axis_or_0d(c, "start_dim", x->rank),
           last = incop_axis_or_0d(c, "end_dim", x->rank);
    if (first > last)
        incop_unsupported(c, "start_dim %zu lies behind end_dim %zu", first, last);
    if (x->rank > 0 && first == last) {
        incop_return(c, x);
        return;
    }
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, x->rank + 1);
    size_t rank = 0;
    for (size_t i = 0; i < x->rank; i++) {
        if (i > first && i <= last)
            sizes[rank - 1] = incsym_mul(g->syms, sizes[rank - 1], incir_axis_size(g, x, i));
        else
            sizes[rank++] = incir_axis_size(g, x, i);
    }
    if (x->rank == 0)
        sizes[rank++] = incsym_int(g->syms, 1);
    int64_t joined;
    if (is_flatten_node(x, first, last) && x->kind != INCIR_CONSTANT &&
        !(incsym_known(sizes[1], &joined) && incsym_known(sizes[0], &joined) && joined == 0))
        incop_return(c, incir_emit1(g, "Flatten", x)); /* axis 1 is its default */
    else
        incop_return(c, emit_reshape(g, x, sizes, rank));
}

static void lower_ravel(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_flattened(c->g, x));
}

static void lower_unflatten(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    size_t axis = incop_axis(c, "dim", x->rank), n, open = SIZE_MAX, rank = 0;
    const incsym **parts = incop_syms(c, "sizes", &n), *others = incsym_int(g->syms, 1);
    for (size_t i = 0; i < n; i++) {
        if (incsym_is(parts[i], -1))
            open = i;
        else
            others = incsym_mul(g->syms, others, parts[i]);
    }
    if (open != SIZE_MAX)
        parts[open] = incsym_floordiv(g->syms, incir_axis_size(g, x, axis), others);
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, x->rank + n);
    for (size_t i = 0; i < x->rank; i++) {
        if (i != axis)
            sizes[rank++] = incir_axis_size(g, x, i);
        for (size_t k = 0; i == axis && k < n; k++)
            sizes[rank++] = parts[k];
    }
    incop_return(c, emit_reshape(g, x, sizes, rank));
}

/* ---- axes of size one ---- */

/* The model's ranks are those of the example: whether a dynamic axis is 1 is, too. */
static void warn_of_example(incop_call *c, const incir_value *x, size_t axis, bool is_dropped)
{
    inc_guess(c->cx,
              "squeeze: axis %zu of %s is dynamic and is %s, since it is %s1 in the example; give "
              "another example to %s it",
              axis, incir_type_text(c->g, x), is_dropped ? "dropped" : "kept",
              is_dropped ? "" : "not ", is_dropped ? "keep" : "drop");
}

/* The axes to drop: those asked for (or all) that are of size 1, dynamic ones if the example says
 * so. */
static size_t *squeezed_axes(incop_call *c, incir_value *x, size_t *n)
{
    size_t count = x->rank, *axes;
    if (!incop_has(c, "dim")) {
        axes = INC_NEW_N(c->cx, size_t, count);
        for (size_t i = 0; i < count; i++)
            axes[i] = i;
    } else {
        axes = incop_axes(c, "dim", x->rank, &count);
        if (incop_arg(c, "dim").kind == INCVAL_LIST && incop_arg(c, "dim").u.list->v.n == 0)
            count = 0;
    }
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        const incsym *size = incir_axis_size(c->g, x, axes[i]);
        bool is_dropped = incsym_hint(size) == 1 && !incsym_is_guess(size);
        if (incsym_eq(c->g->syms, size, incsym_int(c->g->syms, 1)) < 0)
            warn_of_example(c, x, axes[i], is_dropped);
        if (is_dropped)
            axes[(*n)++] = axes[i];
    }
    return axes;
}

static void lower_squeeze(incop_call *c)
{
    size_t n;
    incir_value *x = incop_tensor(c, "self");
    size_t *axes = squeezed_axes(c, x, &n);
    incop_return(c, emit_squeeze(c->g, x, axes, n));
}

static incir_value *unview_squeeze(incop_call *c, incir_value *base, incir_value *part)
{
    size_t n;
    size_t *axes = squeezed_axes(c, base, &n);
    return emit_unsqueeze(c->g, part, axes, n);
}

/* Of an axis that is 1 where the result is read. Elsewhere it is read by nobody, but computed: the
 * sum over the first element, at most, never fails. */
static void lower_drop_axis(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    size_t axis = incop_axis(c, "dim", x->rank);
    incdtype dtype = x->dtype;
    const incsym *zero = incsym_int(g->syms, 0), *one = incsym_int(g->syms, 1);
    x = emit_slice(g, x, axis, zero, one, 1);
    bool adds =
        dtype == INCDT_F32 || dtype == INCDT_F64 || dtype == INCDT_I64 || dtype == INCDT_I32;
    if (!adds)
        x = emit_cast(g, x, incdtype_is_float(dtype) ? INCDT_F32 : INCDT_I32);
    x = emit_reduce(g, "ReduceSum", x, &axis, 1, false);
    incop_return(c, emit_cast(g, x, dtype));
}

static incir_value *unview_drop_axis(incop_call *c, incir_value *base, incir_value *part)
{
    part = emit_unsqueeze_axis(c->g, part, incop_axis(c, "dim", base->rank));
    return emit_set_dims(c->g, part, base->dims);
}

static void lower_unsqueeze(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    size_t axis = incop_axis(c, "dim", x->rank + 1);
    incop_return(c, emit_unsqueeze_axis(c->g, x, axis));
}

static incir_value *unview_unsqueeze(incop_call *c, incir_value *base, incir_value *part)
{
    size_t axis = incop_axis(c, "dim", base->rank + 1);
    return emit_squeeze_axis(c->g, part, axis);
}

/* At least as many axes as mode says. */
static void lower_atleast(incop_call *c)
{
    size_t wanted = (size_t)c->row->mode, n;
    if (incop_has(c, "self")) {
        incop_return(c, emit_at_least(c->g, incop_tensor(c, "self"), wanted));
        return;
    }
    incir_value **values = incop_tensors(c, "tensors", &n);
    for (size_t i = 0; i < n; i++)
        values[i] = emit_at_least(c->g, values[i], wanted);
    incop_return_list(c, values, n);
}

/* ---- nothing changes ---- */

static void lower_itself(incop_call *c)
{
    incop_return(c, incop_tensor(c, incop_has(c, "a") ? "a" : "self"));
}

static incir_value *unview_itself(incop_call *c, incir_value *base, incir_value *part)
{
    (void)c;
    (void)base;
    return part;
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW("aten::_reshape_alias(Tensor(a) self, SymInt[] size, SymInt[] stride) -> Tensor(a)",
        lower_view, unview_reshape, INCOP_VIEW_REGROUP),
    OP_Q("aten::_reshape_alias_copy(Tensor self, SymInt[] size, SymInt[] stride) -> Tensor", lower_view, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::_reshape_copy(Tensor self, SymInt[] size) -> Tensor", lower_view, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::_reshape_from_tensor(Tensor self, Tensor shape) -> Tensor", lower_view, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::_unsafe_view(Tensor self, SymInt[] size) -> Tensor", lower_view, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_VIEW_Q("aten::alias(Tensor(a) self) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_Q_PER_CHANNEL | INCOP_FX_EAGER),
    OP_Q("aten::alias_copy(Tensor self) -> Tensor", lower_itself, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE_Q("aten::atleast_1d(Tensor self) -> Tensor", lower_atleast, 1, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::atleast_1d.Sequence(Tensor[] tensors) -> Tensor[]", lower_atleast, 1, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::atleast_2d(Tensor self) -> Tensor", lower_atleast, 2, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::atleast_2d.Sequence(Tensor[] tensors) -> Tensor[]", lower_atleast, 2, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::atleast_3d(Tensor self) -> Tensor", lower_atleast, 3, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::atleast_3d.Sequence(Tensor[] tensors) -> Tensor[]", lower_atleast, 3, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_VIEW_Q("aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor", lower_itself, NULL, INCOP_VIEW_KEEPS_ORDER, INCOP_Q_SAME | INCOP_Q_PER_CHANNEL | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP_VIEW_Q("aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
        lower_itself, unview_itself, INCOP_VIEW_CONTIGUOUS, INCOP_Q_SAME | INCOP_Q_PER_CHANNEL | INCOP_FX_SHARED),
    OP_Q("aten::data(Tensor self) -> Tensor", lower_itself, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::detach(Tensor(a) self) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_Q_PER_CHANNEL | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::detach_(Tensor(a!) self) -> Tensor(a!)", lower_itself, unview_itself, INCOP_VIEW_REGROUP, INCOP_FX_SHARED),
    OP_Q("aten::detach_copy(Tensor self) -> Tensor", lower_itself, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
        lower_flatten, unview_reshape, INCOP_VIEW_RESHAPE, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_FORMS),
    OP_Q("aten::lift(Tensor self) -> Tensor", lower_itself, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::lift_fresh(Tensor(a) self) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::lift_fresh_copy(Tensor self) -> Tensor", lower_itself, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW("aten::pin_memory(Tensor(a) self, Device? device=None) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP),
    OP_VIEW("aten::positive(Tensor(a) self) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP),
    OP_VIEW_Q("aten::ravel(Tensor(a) self) -> Tensor(a)", lower_ravel, unview_reshape, INCOP_VIEW_RESHAPE, INCOP_Q_SAME),
    OP_VIEW("aten::requires_grad_(Tensor(a!) self, bool requires_grad=True) -> Tensor(a!)",
        lower_itself, unview_itself, INCOP_VIEW_REGROUP),
    OP_VIEW_Q("aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)", lower_view, unview_reshape, INCOP_VIEW_RESHAPE, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_FORMS),
    OP_VIEW_Q("aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)", lower_view_as, unview_reshape, INCOP_VIEW_RESHAPE, INCOP_Q_SAME),
    OP_VIEW("aten::resolve_conj(Tensor(a) self) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP),
    OP_VIEW("aten::resolve_neg(Tensor(a) self) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP),
    OP_VIEW_Q("aten::squeeze(Tensor(a) self) -> Tensor(a)", lower_squeeze, unview_squeeze, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)", lower_squeeze, unview_squeeze, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)", lower_squeeze, unview_squeeze, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::squeeze_(Tensor(a!) self) -> Tensor(a!)", lower_squeeze, unview_squeeze, INCOP_VIEW_REGROUP, INCOP_FX_SHARED),
    OP_VIEW_Q("aten::squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)", lower_squeeze, unview_squeeze, INCOP_VIEW_REGROUP, INCOP_FX_SHARED),
    OP_VIEW_Q("aten::squeeze_.dims(Tensor(a!) self, int[] dim) -> Tensor(a!)", lower_squeeze, unview_squeeze, INCOP_VIEW_REGROUP, INCOP_FX_SHARED),
    OP_Q("aten::squeeze_copy(Tensor self) -> Tensor", lower_squeeze, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::squeeze_copy.dim(Tensor self, int dim) -> Tensor", lower_squeeze, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::squeeze_copy.dims(Tensor self, int[] dim) -> Tensor", lower_squeeze, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)",
        lower_unflatten, unview_reshape, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_VIEW_Q("aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", lower_unsqueeze, unview_unsqueeze, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::unsqueeze_(Tensor(a!) self, int dim) -> Tensor(a!)", lower_unsqueeze, unview_unsqueeze, INCOP_VIEW_REGROUP, INCOP_FX_SHARED),
    OP_Q("aten::unsqueeze_copy(Tensor self, int dim) -> Tensor", lower_unsqueeze, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)", lower_view, unview_reshape, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)", lower_view_dtype, NULL, INCOP_VIEW_REGROUP, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_NONE),
    OP_VIEW_Q("aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)", lower_view_as, unview_reshape, INCOP_VIEW_REGROUP, INCOP_Q_SAME),
    OP_Q("aten::view_copy(Tensor self, SymInt[] size) -> Tensor", lower_view, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::view_copy.dtype(Tensor self, ScalarType dtype) -> Tensor", lower_view_dtype),
    OP_VIEW("inc::drop_axis(Tensor(a) self, int dim) -> Tensor(a)", lower_drop_axis, unview_drop_axis, INCOP_VIEW_SELECT),
    OP_VIEW("prim::data(Tensor(a) a) -> Tensor(a)", lower_itself, unview_itself, INCOP_VIEW_REGROUP),
};
/* clang-format on */

const incop_family incop_reshape = {"reshape", rows, INC_COUNT(rows)};
