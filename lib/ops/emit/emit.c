/* Nodes whose form changes with the opset, and idioms that must not leave more nodes than needed:
 * what would change nothing leaves none, what is known is written as a constant. See emit.h. */
#include "ops/emit/emit.h"

#include <string.h>

#include "base/str.h"

/* ---- small things ---- */

static const incsym *known(incir_graph *g, int64_t value)
{
    return incsym_int(g->syms, value);
}

static bool same_size(incir_graph *g, const incsym *a, const incsym *b)
{
    return a == b || incsym_eq(g->syms, a, b) == 1;
}

static bool same_shape(incir_graph *g, const incir_value *x, const incsym *const *sizes,
                       size_t rank)
{
    if (x->rank != rank)
        return false;
    for (size_t i = 0; i < rank; i++)
        if (!same_size(g, incir_axis_size(g, x, i), sizes[i]))
            return false;
    return true;
}

/* The caller knows the sizes better than what a node tells: inference sees what was written. */
static incir_value *with_dims(incir_graph *g, incir_value *x, const incsym *const *sizes)
{
    if (x->kind == INCIR_RESULT)
        x->dims = inc_copy(g->cx, sizes, x->rank * sizeof *sizes);
    return x;
}

static incir_value *axes_value(incir_graph *g, const size_t *axes, size_t n)
{
    int64_t *values = INC_NEW_N(g->cx, int64_t, n);
    for (size_t i = 0; i < n; i++)
        values[i] = (int64_t)axes[i];
    return incir_const_i64s(g, values, n);
}

/* Axes where the opset wants them: as an input from `since` on, as an attribute before. */
static void add_axes(incir_graph *g, incir_node *n, const size_t *axes, size_t count,
                     uint32_t since)
{
    if (g->opset >= since) {
        incir_in(g, n, axes_value(g, axes, count));
        return;
    }
    int64_t *values = INC_NEW_N(g->cx, int64_t, count);
    for (size_t i = 0; i < count; i++)
        values[i] = (int64_t)axes[i];
    incir_attr_ints(g, n, "axes", values, count);
}

static const incir_node *produced_by(const incir_value *x, incir_opcode code)
{
    return x->kind == INCIR_RESULT && incir_is(x->producer, code) ? x->producer : NULL;
}

/* ---- shapes ---- */

/* What x is a mere regrouping of; as far back as can be told without walking a hostile chain. */
static incir_value *before_reshape(incir_value *x)
{
    enum { MOST_STEPS = 16 };
    for (unsigned i = 0;
         i < MOST_STEPS && x->kind == INCIR_RESULT && x->producer->op->work == INCIR_WORK_REGROUPS;
         i++)
        x = x->producer->inputs[0];
    return x;
}

/* Replaces a -1 among the sizes by what it stands for. */
static const incsym *const *resolve_minus_one(incir_graph *g, const incir_value *x,
                                              const incsym *const *sizes, size_t rank)
{
    size_t unknown = rank;
    const incsym *others = known(g, 1);
    for (size_t i = 0; i < rank; i++) {
        if (incsym_is(sizes[i], -1) && unknown == rank)
            unknown = i;
        else
            others = incsym_mul(g->syms, others, sizes[i]);
    }
    if (unknown == rank)
        return sizes;
    const incsym **resolved = inc_copy(g->cx, sizes, rank * sizeof *sizes);
    resolved[unknown] = incsym_floordiv(g->syms, incir_numel(g, x), others);
    return resolved;
}

/* Which size is -1; rank: none. */
static size_t find_minus_one(const incsym *const *sizes, size_t rank)
{
    size_t i = 0;
    while (i < rank && !incsym_is(sizes[i], -1))
        i++;
    return i;
}

/* How dear it is to compute a size in the graph. */
static size_t cost(const incsym *e)
{
    const incsym *a, *b;
    const incsym_term *terms;
    size_t sum = 0, n;
    switch (incsym_kind_of(e)) {
    case INCSYM_INT:
        return 0;
    case INCSYM_SYMBOL:
        return 1;
    case INCSYM_POLY:
        n = incsym_terms(e, &terms);
        for (size_t i = 0; i < n; i++) {
            sum++;
            for (size_t k = 0; k < terms[i].n_factors; k++)
                sum += cost(terms[i].factors[k]);
        }
        return sum + 1;
    default:
        incsym_operands(e, &a, &b);
        return 2 + cost(a) + cost(b);
    }
}

/* A trace records the numbers it saw. Where sizes that do not vary stand for elements that do, or
 * leave no whole number of them for the -1, the model holds for the example's sizes only. */
static void warn_when_fixed(incir_graph *g, const incir_value *x, const incsym *const *sizes,
                            size_t rank)
{
    const incsym *before = incir_numel(g, x);
    if (incsym_known(before, NULL))
        return;
    const incsym *after = incsym_int(g->syms, 1);
    for (size_t i = 0; i < rank; i++)
        after = incsym_mul(g->syms, after, sizes[i]);
    if (after == before || incsym_expected(g->syms, after) == incsym_expected(g->syms, before))
        return;
    incstr text = {0};
    for (size_t i = 0; i < rank; i++)
        incstr_addf(g->cx, &text, "%s%s", i ? ", " : "", incsym_text(g->syms, sizes[i]));
    inc_warn(g->cx,
             "%s is reshaped to [%s], sizes recorded from the example: other sizes of %s will fail "
             "or give wrong results",
             incir_type_text(g, x), incstr_text(&text), incsym_text(g->syms, before));
}

/* Sizes as Reshape reads them, and what speaks against that. */
typedef struct reshape_plan {
    const incsym **spelled; /* 0 keeps an axis, one may be -1 */
    bool has_zero;          /* a size is 0, and no axis of 0 is kept */
    bool copies;
    bool fails_on_nothing; /* a size that may be 0 when the model runs would be misread */
} reshape_plan;

/* rest: the size to be -1; rank: the one that is dearest to compute. */
static reshape_plan plan_reshape(incir_graph *g, const incir_value *x, const incsym *const *sizes,
                                 size_t rank, size_t rest)
{
    reshape_plan p = {.spelled = INC_NEW_N(g->cx, const incsym *, rank)};
    size_t dearest = rest, most = rest < rank ? SIZE_MAX : 0;
    for (size_t i = 0; i < rank; i++) {
        int64_t size;
        bool same = i < x->rank && same_size(g, sizes[i], incir_axis_size(g, x, i));
        p.spelled[i] = sizes[i];
        if (incsym_known(sizes[i], &size)) {
            p.has_zero = p.has_zero || (size == 0 && !same);
        } else if (same && i != rest) {
            p.spelled[i] = known(g, 0);
            p.copies = true;
        } else if (cost(sizes[i]) > most) {
            dearest = i;
            most = cost(sizes[i]);
        }
    }
    for (size_t i = 0; i < rank && dearest < rank; i++)
        p.fails_on_nothing =
            p.fails_on_nothing || (i != dearest && incsym_lt(g->syms, known(g, 0), sizes[i]) != 1);
    if (dearest < rank && !p.has_zero)
        p.spelled[dearest] = known(g, -1);
    return p;
}

/* The axis from which on all axes of x are the second of two; 0: the sizes are no such two. */
static size_t flattens_from(incir_graph *g, const incir_value *x, const incsym *const *sizes,
                            size_t rank)
{
    const incsym *front = known(g, 1);
    for (size_t i = 0; rank == 2 && i < x->rank; i++) {
        if (i > 0 && same_size(g, front, sizes[0]))
            return i;
        front = incsym_mul(g->syms, front, incir_axis_size(g, x, i));
    }
    return 0;
}

static incir_value *reshape_to(incir_graph *g, incir_value *x, const incsym *const *spelled,
                               size_t rank, bool zero_is_zero)
{
    incir_node *n = incir_node_new(g, "Reshape");
    incir_in(g, n, x);
    incir_in(g, n, incir_sizes(g, spelled, rank));
    if (zero_is_zero)
        incir_attr_int(g, n, "allowzero", 1);
    return incir_emit(g, n);
}

incir_value *emit_reshape(incir_graph *g, incir_value *x, const incsym *const *sizes, size_t rank)
{
    size_t rest = find_minus_one(sizes, rank);
    sizes = resolve_minus_one(g, x, sizes, rank);
    warn_when_fixed(g, x, sizes, rank);
    if (same_shape(g, x, sizes, rank))
        return x;
    x = before_reshape(x);
    if (same_shape(g, x, sizes, rank))
        return x;

    reshape_plan p = plan_reshape(g, x, sizes, rank, rank);
    if (p.has_zero && (p.copies || g->opset < 14))
        inc_raise(g->cx, INC_E_UNSUPPORTED,
                  "reshaping %s to a size of zero elements needs opset 14", incir_type_text(g, x));
    /* A -1 of the model's own fails in PyTorch, too, where the other sizes make no elements. */
    if (p.fails_on_nothing && rest < rank)
        p = plan_reshape(g, x, sizes, rank, rest);
    if (p.has_zero || !p.fails_on_nothing || rest < rank)
        return with_dims(g, reshape_to(g, x, p.spelled, rank, p.has_zero), sizes);
    size_t axis = flattens_from(g, x, sizes, rank);
    if (axis > 0) {
        incir_node *n = incir_node_new(g, "Flatten");
        incir_in(g, n, x);
        incir_attr_int(g, n, "axis", (int64_t)axis);
        return with_dims(g, incir_emit(g, n), sizes);
    }
    bool by_size = g->opset >= 14;
    return with_dims(g, reshape_to(g, x, by_size ? sizes : p.spelled, rank, by_size), sizes);
}

static incir_value *emit_axes(incir_graph *g, const char *op_type, incir_value *x,
                              const size_t *axes, size_t n_axes)
{
    if (n_axes == 0)
        return x;
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, x);
    add_axes(g, n, axes, n_axes, 13);
    return incir_emit(g, n);
}

/* Whether x comes from the opposite operator with the very same axes. */
static bool undoes(incir_graph *g, incir_value *x, incir_opcode code, const size_t *axes, size_t n)
{
    const incir_node *producer = produced_by(x, code);
    if (!producer)
        return false;
    const incir_attr *attr = incir_find_attr(producer, "axes");
    const incsym *const *contents = NULL;
    size_t count = 0;
    if (attr) {
        count = attr->n;
    } else if (producer->n_inputs > 1 && producer->inputs[1] &&
               (contents = incir_contents(g, producer->inputs[1])) != NULL) {
        int64_t size = 0;
        incir_dim(producer->inputs[1], 0, &size);
        count = (size_t)size;
    }
    if (count != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (attr ? attr->u.ints[i] != (int64_t)axes[i] : !incsym_is(contents[i], (int64_t)axes[i]))
            return false;
    return true;
}

incir_value *emit_squeeze(incir_graph *g, incir_value *x, const size_t *axes, size_t n)
{
    if (n > 0 && undoes(g, x, INCIR_OP_UNSQUEEZE, axes, n))
        return x->producer->inputs[0];
    return emit_axes(g, "Squeeze", x, axes, n);
}

incir_value *emit_unsqueeze(incir_graph *g, incir_value *x, const size_t *axes, size_t n)
{
    if (n > 0 && undoes(g, x, INCIR_OP_SQUEEZE, axes, n))
        return x->producer->inputs[0];
    return emit_axes(g, "Unsqueeze", x, axes, n);
}

static size_t checked_axis(incir_graph *g, const incir_value *x, size_t axis)
{
    (void)incir_axis_size(g, x, axis); /* raises */
    return axis;
}

incir_value *emit_squeeze_axis(incir_graph *g, incir_value *x, size_t axis)
{
    return emit_squeeze(g, x, &axis, 1);
}

incir_value *emit_unsqueeze_axis(incir_graph *g, incir_value *x, size_t axis)
{
    return emit_unsqueeze(g, x, &axis, 1);
}

incir_value *emit_transpose(incir_graph *g, incir_value *x, const size_t *order)
{
    int64_t *perm = INC_NEW_N(g->cx, int64_t, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        perm[i] = (int64_t)order[i];
    const incir_node *inner = produced_by(x, INCIR_OP_TRANSPOSE);
    const incir_attr *attr = inner ? incir_find_attr(inner, "perm") : NULL;
    if (attr && attr->n == x->rank) {
        for (size_t i = 0; i < x->rank; i++)
            perm[i] = attr->u.ints[checked_axis(g, x, order[i])];
        x = inner->inputs[0];
    }
    bool changes = false;
    for (size_t i = 0; i < x->rank; i++)
        changes = changes || perm[i] != (int64_t)i;
    if (!changes)
        return x;
    incir_node *n = incir_node_new(g, "Transpose");
    incir_in(g, n, x);
    incir_attr_ints(g, n, "perm", perm, x->rank);
    return incir_emit(g, n);
}

incir_value *emit_swap_axes(incir_graph *g, incir_value *x, size_t a, size_t b)
{
    if (a == b)
        return x;
    size_t *order = INC_NEW_N(g->cx, size_t, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        order[i] = i == a ? checked_axis(g, x, b) : i == b ? checked_axis(g, x, a) : i;
    return emit_transpose(g, x, order);
}

incir_value *emit_expand(incir_graph *g, incir_value *x, const incsym *const *sizes, size_t rank)
{
    if (x->rank > rank)
        inc_raise(g->cx, INC_E_FORMAT, "%s cannot be expanded to rank %zu", incir_type_text(g, x),
                  rank);
    if (same_shape(g, x, sizes, rank))
        return x;
    if (x->kind == INCIR_COMPLEX)
        return incir_complex(g, emit_expand(g, x->re, sizes, rank),
                             emit_expand(g, x->im, sizes, rank));
    const incsym **spelled = INC_NEW_N(g->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++)
        if (incsym_is(sizes[i], 0)) /* nothing; ONNX Runtime takes a 0 for an axis to be kept */
            return emit_full(g, x->dtype, sizes, rank, 0);
    for (size_t i = 0; i < rank; i++) {
        size_t missing = rank - x->rank;
        bool same = i >= missing && same_size(g, sizes[i], incir_axis_size(g, x, i - missing));
        spelled[i] = same ? known(g, 1) : sizes[i]; /* 1 keeps what is there */
    }
    incir_value *y = incir_emit2(g, "Expand", x, incir_sizes(g, spelled, rank));
    return with_dims(g, y, sizes);
}

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
            return (is_end ? at == n : at == 0) ? NULL : known(g, at);
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
                (below >= -2 || incsym_le(g->syms, known(g, 0), bound) == 1);
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
    const incir_node *inner = produced_by(x, INCIR_OP_SLICE);
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
    if (step > 0) {
        start = slice_bound(g, start, size, false);
        end = slice_bound(g, end, size, true);
        if (!start && !end && step == 1)
            return x;
        start = start ? start : known(g, 0);
        end = end ? end : known(g, INT64_MAX);
    } else {
        start = start ? start : known(g, -1);
        end = end ? end : known(g, INT64_MIN);
    }
    if (incsym_known(start, &from) && incsym_known(end, &to))
        return constant_slice(g, x, (int64_t)axis, from, to, step);
    incir_node *n = incir_node_new(g, "Slice");
    incir_in(g, n, x);
    incir_in(g, n, one_size(g, start));
    incir_in(g, n, one_size(g, end));
    incir_in(g, n, axes_value(g, &axis, 1));
    if (step != 1)
        incir_in(g, n, one_size(g, known(g, step)));
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
    return contents && incsym_le(g->syms, known(g, at_least), contents[0]) == 1;
}

/* ONNX Runtime (1.23) makes a Slice of a Gather by a Range, with the Range's bounds: a negative one
 * counts from the end then. Indices of another type it leaves alone. */
static bool would_be_sliced(incir_graph *g, const incir_value *indices)
{
    const incir_node *range = produced_by(indices, INCIR_OP_RANGE);
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
    const incsym *at = known(g, 0);
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
        with_dims(g, parts[i], dims);
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
        return incir_complex(g, emit_full(g, real, sizes, rank, value),
                             emit_full(g, real, sizes, rank, 0));
    }
    if (incdtype_onnx(dtype) == 0)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "ONNX has no element type for torch.%s",
                  incdtype_name(dtype));
    int64_t one = 1;
    incir_node *n = incir_node_new(g, "ConstantOfShape");
    incir_in(g, n, incir_sizes(g, sizes, rank));
    incir_attr_tensor(g, n, "value", inctensor_full(g->cx, dtype, 1, &one, value));
    return with_dims(g, incir_emit(g, n), sizes);
}

/* ---- numbers ---- */

incir_value *emit_reduce(incir_graph *g, const char *op_type, incir_value *x, const size_t *axes,
                         size_t n_axes, bool keepdim)
{
    incir_opcode code = incir_op_find("", op_type)->code;
    bool changes = code == INCIR_OP_REDUCE_L1 || code == INCIR_OP_REDUCE_L2 ||
                   code == INCIR_OP_REDUCE_LOG_SUM || code == INCIR_OP_REDUCE_LOG_SUM_EXP ||
                   code == INCIR_OP_REDUCE_SUM_SQUARE; /* even a single element */
    if (x->rank == 0 && !changes)
        return x;
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, op_type);
    emit_in(g, n, x);
    if (n_axes > 0 && n_axes < x->rank) /* none given means all */
        add_axes(g, n, axes, n_axes, code == INCIR_OP_REDUCE_SUM ? 13 : 18);
    incir_attr_int(g, n, "keepdims", keepdim);
    return emit_as(g, n, type);
}

incir_value *emit_softmax(incir_graph *g, const char *op_type, incir_value *x, size_t axis)
{
    incdtype type = x->dtype;
    if (x->rank == 0)
        return emit_squeeze_axis(g, emit_softmax(g, op_type, emit_unsqueeze_axis(g, x, 0), 0), 0);
    /* Before opset 13 all axes from `axis` on count as one. */
    size_t last = x->rank - 1, at = g->opset >= 13 ? axis : last;
    incir_value *y = emit_cast(g, x, emit_working_type(g, op_type, type));
    y = emit_swap_axes(g, y, axis, at);
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, y);
    incir_attr_int(g, n, "axis", (int64_t)at);
    return emit_cast(g, emit_swap_axes(g, incir_emit(g, n), axis, at), type);
}

incir_value *emit_clip(incir_graph *g, incir_value *x, incir_value *low, incir_value *high)
{
    if (!low && !high)
        return x;
    incdtype type = x->dtype, wide = emit_working_type(g, "Clip", type);
    bool scalars = (!low || low->rank == 0) && (!high || high->rank == 0);
    if (!scalars || (g->opset < 12 && wide != type)) {
        /* Tensors as bounds; and Clip was for float32 only before opset 12. */
        if (low)
            x = emit_binary(g, "Max", x, emit_cast(g, low, type));
        if (high)
            x = emit_binary(g, "Min", x, emit_cast(g, high, type));
        return x;
    }
    incir_node *n = incir_node_new(g, "Clip");
    incir_in(g, n, emit_cast(g, x, wide));
    if (low || high)
        incir_in(g, n, low ? emit_cast(g, low, wide) : NULL);
    if (high)
        incir_in(g, n, emit_cast(g, high, wide));
    return emit_as(g, n, type);
}

static bool is_transposition(const incir_value *v)
{
    return produced_by(v, INCIR_OP_TRANSPOSE) != NULL;
}

incir_value *emit_matmul(incir_graph *g, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = type;
    if (is_transposition(a) || is_transposition(b)) /* which the runtime fuses into the product */
        wide = emit_fused_type(type);
    a = emit_cast(g, a, wide);
    return emit_cast(g, emit_binary(g, "MatMul", a, emit_cast(g, b, wide)), type);
}
