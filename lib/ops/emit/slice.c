/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of values, and values of parts: Slice, Gather, Split, Concat, Pad, and constants of a size
 * that the model computes. In: a value, and bounds as expressions. Out: the value itself where all
 * of it is meant, else nodes in the form that the opset has. */
#include <string.h>

#include "ops/emit/internal.h"

/* One bound of a slice as what ONNX reads, NULL when it bounds nothing; *exact: a known index. */
static const incsym *slice_bound(incir_graph *g, const incsym *bound, const incsym *size,
                                 bool is_end)
{
    int64_t at, n;
    if (!bound)
        return NULL;
    bool size_known = incsym_known(size, &n);
    if (incsym_known(bound, &at)) {
        if (size_known) {
            if (at < 0)
                at = at + n < 0 ? 0 : at + n;
            at = at > n ? n : at;
            return (is_end ? at == n : at == 0) ? NULL : incsym_int(g->syms, at);
        }
        if (is_end ? at == INT64_MAX : at == 0)
            return NULL;
        return bound;
    }
    if (is_end && incsym_le(g->syms, size, bound) == 1)
        return NULL;
    /* size - 3 is -3, unless it is negative itself and counts from the end once more */
    const incsym *from_end = incsym_sub(g->syms, bound, size);
    int64_t below;
    bool same = incsym_known(from_end, &below) && below < 0 &&
                (below >= -2 || incsym_le(g->syms, incsym_int(g->syms, 0), bound) == 1);
    return same ? from_end : bound;
}

static incir_value *one_size(incir_graph *g, const incsym *size)
{
    return incir_sizes(g, &size, 1);
}

static bool is_sizes_constant(const incir_node *n, size_t i)
{
    return i < n->n_inputs && n->inputs[i] && incir_is_constant(n->inputs[i]);
}

/* Joins a slice to the one before it when both are constant and cut different axes. */
static bool add_inner_slice(incir_graph *g, incir_value *x, int64_t axis, int64_t *values[4],
                            size_t *count)
{
    const incir_node *inner = emit_produced_by(x, INCIR_OP_SLICE);
    if (!inner || inner->n_inputs < 4)
        return false;
    for (size_t i = 1; i < inner->n_inputs; i++)
        if (!is_sizes_constant(inner, i))
            return false;
    size_t n = (size_t)inner->inputs[1]->constant->numel;
    if (n >= INCTENSOR_MAX_RANK)
        return false;
    const int64_t *axes = inctensor_i64s(g->cx, inner->inputs[3]->constant);
    for (size_t i = 0; i < n; i++)
        if (axes[i] == axis || axes[i] < 0)
            return false;
    for (size_t k = 0; k < 4; k++) {
        const int64_t *old =
            k + 1 < inner->n_inputs ? inctensor_i64s(g->cx, inner->inputs[k + 1]->constant) : NULL;
        for (size_t i = 0; i < n; i++)
            values[k][i] = old ? old[i] : 1;
    }
    *count = n;
    return true;
}

static incir_value *constant_slice(incir_graph *g, incir_value *x, int64_t axis, int64_t start,
                                   int64_t end, int64_t step)
{
    int64_t *values[4];
    size_t n = 0;
    for (size_t k = 0; k < 4; k++)
        values[k] = INC_NEW_N(g->cx, int64_t, INCTENSOR_MAX_RANK);
    if (add_inner_slice(g, x, axis, values, &n))
        x = x->producer->inputs[0];
    values[0][n] = start;
    values[1][n] = end;
    values[2][n] = axis;
    values[3][n] = step;
    n++;
    bool stepped = false;
    for (size_t i = 0; i < n; i++)
        stepped = stepped || values[3][i] != 1;
    incir_node *node = incir_node_new(g, "Slice");
    incir_in(g, node, x);
    for (size_t k = 0; k < (stepped ? 4u : 3u); k++)
        incir_in(g, node, incir_const_i64s(g, values[k], n));
    return incir_emit(g, node);
}

incir_value *emit_slice(incir_graph *g, incir_value *x, size_t axis, const incsym *start,
                        const incsym *end, int64_t step)
{
    const incsym *size = incir_axis_size(g, x, axis);
    int64_t from, to;
    if (incsym_is(size, 0)) /* ONNX's inference takes the reverse of nothing for one element */
        return x;
    if (step > 0) {
        start = slice_bound(g, start, size, false);
        end = slice_bound(g, end, size, true);
        if (!start && !end && step == 1)
            return x;
        start = start ? start : incsym_int(g->syms, 0);
        end = end ? end : incsym_int(g->syms, INT64_MAX);
    } else {
        start = start ? start : incsym_int(g->syms, -1);
        end = end ? end : incsym_int(g->syms, INT64_MIN);
    }
    if (incsym_known(start, &from) && incsym_known(end, &to))
        return constant_slice(g, x, (int64_t)axis, from, to, step);
    incir_node *n = incir_node_new(g, "Slice");
    incir_in(g, n, x);
    incir_in(g, n, one_size(g, start));
    incir_in(g, n, one_size(g, end));
    incir_in(g, n, emit_axes_value(g, &axis, 1));
    if (step != 1)
        incir_in(g, n, one_size(g, incsym_int(g->syms, step)));
    return incir_emit(g, n);
}

incir_value *emit_concat(incir_graph *g, incir_value *const *parts, size_t n_parts, size_t axis)
{
    if (n_parts == 1)
        return parts[0];
    incdtype type = emit_result_type(g, parts, n_parts);
    incir_node *n = incir_node_new(g, "Concat");
    for (size_t i = 0; i < n_parts; i++)
        incir_in(g, n, emit_cast(g, parts[i], type));
    incir_attr_int(g, n, "axis", (int64_t)axis);
    return incir_emit(g, n);
}

static bool is_surely(incir_graph *g, incir_value *v, int64_t at_least)
{
    const incsym *const *contents = incir_contents(g, v);
    return contents && incsym_le(g->syms, incsym_int(g->syms, at_least), contents[0]) == 1;
}

/* ONNX Runtime (1.23) makes a Slice of a Gather by a Range, with the Range's bounds: a negative one
 * counts from the end then. Indices of another type it leaves alone. */
static bool would_be_sliced(incir_graph *g, const incir_value *indices)
{
    const incir_node *range = emit_produced_by(indices, INCIR_OP_RANGE);
    return range && !(is_surely(g, range->inputs[0], 0) && is_surely(g, range->inputs[1], 0) &&
                      is_surely(g, range->inputs[2], 1));
}

incir_value *emit_gather(incir_graph *g, incir_value *x, incir_value *indices, size_t axis)
{
    if (indices->dtype != INCDT_I32 && indices->dtype != INCDT_I64)
        indices = emit_cast(g, indices, INCDT_I64);
    if (would_be_sliced(g, indices))
        indices = emit_cast(g, indices, indices->dtype == INCDT_I32 ? INCDT_I64 : INCDT_I32);
    incir_node *n = incir_node_new(g, "Gather");
    incir_in(g, n, x);
    incir_in(g, n, indices);
    if (axis != 0)
        incir_attr_int(g, n, "axis", (int64_t)axis);
    return incir_emit(g, n);
}

/* Split takes sizes as attribute before opset 13: what is not known must be sliced. */
static void split_by_slices(incir_graph *g, incir_value *x, size_t axis, const incsym *const *sizes,
                            size_t n, incir_value **parts)
{
    const incsym *at = incsym_int(g->syms, 0);
    for (size_t i = 0; i < n; i++) {
        const incsym *end = incsym_add(g->syms, at, sizes[i]);
        parts[i] = emit_slice(g, x, axis, at, i + 1 < n ? end : NULL, 1);
        at = end;
    }
}

void emit_split(incir_graph *g, incir_value *x, size_t axis, const incsym *const *sizes, size_t n,
                incir_value **parts)
{
    int64_t *values = INC_NEW_N(g->cx, int64_t, n);
    bool all_known = true, equal = true;
    for (size_t i = 0; i < n; i++) {
        all_known = incsym_known(sizes[i], &values[i]) && all_known;
        equal = equal && sizes[i] == sizes[0];
    }
    if (n == 0)
        return;
    if (n == 1) {
        parts[0] = x;
        return;
    }
    if (!all_known && !equal && g->opset < 13) {
        split_by_slices(g, x, axis, sizes, n, parts);
        return;
    }
    incir_node *node = incir_node_new(g, "Split");
    incir_in(g, node, x);
    incir_attr_int(g, node, "axis", (int64_t)axis);
    if (equal && g->opset >= 18)
        incir_attr_int(g, node, "num_outputs", (int64_t)n);
    else if (!all_known && equal)
        ; /* as many equal parts as there are outputs */
    else if (g->opset >= 13)
        incir_in(g, node, incir_sizes(g, sizes, n));
    else
        incir_attr_ints(g, node, "split", values, n);
    incir_emit_n(g, node, n, parts);
    for (size_t i = 0; i < n; i++) {
        const incsym **dims = inc_copy(g->cx, x->dims, x->rank * sizeof *dims);
        dims[axis] = sizes[i];
        emit_set_dims(g, parts[i], dims);
    }
}

incir_value *emit_pad(incir_graph *g, incir_value *x, const char *mode, const incsym *const *begins,
                      const incsym *const *ends, double value)
{
    const incsym **pads = INC_NEW_N(g->cx, const incsym *, 2 * x->rank);
    bool pads_any = false;
    for (size_t i = 0; i < x->rank; i++) {
        pads[i] = begins[i];
        pads[x->rank + i] = ends[i];
        pads_any = pads_any || !incsym_is(begins[i], 0) || !incsym_is(ends[i], 0);
    }
    if (!pads_any)
        return x;
    incdtype type = x->dtype, wide = emit_working_type(g, "Pad", type);
    incir_node *n = incir_node_new(g, "Pad");
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, incir_sizes(g, pads, 2 * x->rank));
    if (strcmp(mode, "constant") == 0) /* written even where it is the default: some read another */
        incir_in(g, n, incir_const_float(g, wide, value));
    incir_attr_str(g, n, "mode", mode);
    return emit_as(g, n, type);
}

incir_value *emit_full(incir_graph *g, incdtype dtype, const incsym *const *sizes, size_t rank,
                       double value)
{
    if (rank == 0)
        return incir_const_float(g, dtype, value);
    if (incdtype_is_complex(dtype)) {
        incdtype real = incdtype_real_of(dtype);
        incir_value *im = emit_full(g, real, sizes, rank, 0);
        return incir_complex(g, emit_full(g, real, sizes, rank, value), im);
    }
    if (incdtype_onnx(dtype) == 0)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "ONNX has no element type for torch.%s",
                  incdtype_name(dtype));
    int64_t one = 1;
    incir_node *n = incir_node_new(g, "ConstantOfShape");
    incir_in(g, n, incir_sizes(g, sizes, rank));
    incir_attr_tensor(g, n, "value", inctensor_full(g->cx, dtype, 1, &one, value));
    return emit_set_dims(g, incir_emit(g, n), sizes);
}
