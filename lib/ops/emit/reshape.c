/* SPDX-License-Identifier: Apache-2.0 */
/* The same elements in another shape or order: Reshape, Squeeze, Unsqueeze, Transpose, Expand. In:
 * a value, and sizes as expressions. Out: the value itself where nothing would change, else as few
 * nodes as say it, sizes written as constants with 0 and -1 wherever that is enough. */
#include <string.h>

#include "base/str.h"
#include "ops/emit/internal.h"

/* What x is a mere regrouping of; as far back as can be seen without walking a hostile chain. */
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
    const incsym *others = incsym_int(g->syms, 1);
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
    const incsym *expected = incsym_expected(g->syms, after);
    if (after == before || expected == incsym_expected(g->syms, before))
        return;
    incstr text = {0};
    for (size_t i = 0; i < rank; i++)
        incstr_addf(g->cx, &text, "%s%s", i ? ", " : "", incsym_text(g->syms, sizes[i]));
    inc_guess(
        g->cx,
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
        bool same = i < x->rank && emit_same_size(g, sizes[i], incir_axis_size(g, x, i));
        p.spelled[i] = sizes[i];
        if (incsym_known(sizes[i], &size)) {
            p.has_zero = p.has_zero || (size == 0 && !same);
        } else if (same && i != rest) {
            p.spelled[i] = incsym_int(g->syms, 0);
            p.copies = true;
        } else if (cost(sizes[i]) > most) {
            dearest = i;
            most = cost(sizes[i]);
        }
    }
    for (size_t i = 0; i < rank && dearest < rank; i++)
        p.fails_on_nothing =
            p.fails_on_nothing ||
            (i != dearest && incsym_lt(g->syms, incsym_int(g->syms, 0), sizes[i]) != 1);
    if (dearest < rank && !p.has_zero)
        p.spelled[dearest] = incsym_int(g->syms, -1);
    return p;
}

/* The axis from which on all axes of x are the second of two; 0: the sizes are no such two. */
static size_t flattens_from(incir_graph *g, const incir_value *x, const incsym *const *sizes,
                            size_t rank)
{
    const incsym *front = incsym_int(g->syms, 1);
    for (size_t i = 0; rank == 2 && i < x->rank; i++) {
        if (i > 0 && emit_same_size(g, front, sizes[0]))
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
    if (emit_same_shape(g, x, sizes, rank))
        return x;
    x = before_reshape(x);
    if (emit_same_shape(g, x, sizes, rank))
        return x;

    reshape_plan p = plan_reshape(g, x, sizes, rank, rank);
    if (p.has_zero && (p.copies || g->opset < 14))
        inc_raise(g->cx, INC_E_UNSUPPORTED,
                  "reshaping %s to a size of zero elements needs opset 14", incir_type_text(g, x));
    /* A -1 of the model's own fails in PyTorch, too, where the other sizes make no elements. */
    if (p.fails_on_nothing && rest < rank)
        p = plan_reshape(g, x, sizes, rank, rest);
    if (p.has_zero || !p.fails_on_nothing || rest < rank)
        return emit_set_dims(g, reshape_to(g, x, p.spelled, rank, p.has_zero), sizes);
    size_t axis = flattens_from(g, x, sizes, rank);
    if (axis > 0) {
        incir_node *n = incir_node_new(g, "Flatten");
        incir_in(g, n, x);
        incir_attr_int(g, n, "axis", (int64_t)axis);
        return emit_set_dims(g, incir_emit(g, n), sizes);
    }
    bool by_size = g->opset >= 14;
    return emit_set_dims(g, reshape_to(g, x, by_size ? sizes : p.spelled, rank, by_size), sizes);
}

static incir_value *emit_axes(incir_graph *g, const char *op_type, incir_value *x,
                              const size_t *axes, size_t n_axes)
{
    if (n_axes == 0)
        return x;
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, x);
    emit_add_axes(g, n, axes, n_axes, 13);
    return incir_emit(g, n);
}

/* Whether x comes from the opposite operator with the very same axes. */
static bool undoes(incir_graph *g, incir_value *x, incir_opcode code, const size_t *axes, size_t n)
{
    const incir_node *producer = emit_produced_by(x, code);
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
    const incir_node *inner = emit_produced_by(x, INCIR_OP_TRANSPOSE);
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
    if (emit_same_shape(g, x, sizes, rank))
        return x;
    if (x->kind == INCIR_COMPLEX) {
        incir_value *im = emit_expand(g, x->im, sizes, rank);
        return incir_complex(g, emit_expand(g, x->re, sizes, rank), im);
    }
    const incsym **spelled = INC_NEW_N(g->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++)
        if (incsym_is(sizes[i], 0)) /* nothing; ONNX Runtime takes a 0 for an axis to be kept */
            return emit_full(g, x->dtype, sizes, rank, 0);
    for (size_t i = 0; i < rank; i++) {
        size_t missing = rank - x->rank;
        bool same = i >= missing && emit_same_size(g, sizes[i], incir_axis_size(g, x, i - missing));
        spelled[i] = same ? incsym_int(g->syms, 1) : sizes[i]; /* 1 keeps what is there */
    }
    incir_value *y = incir_emit2(g, "Expand", x, incir_sizes(g, spelled, rank));
    return emit_set_dims(g, y, sizes);
}
