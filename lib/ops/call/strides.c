/* SPDX-License-Identifier: Apache-2.0 */
/* The strides of a view: what it is to the elements of its base when an index of each axis
 * grows by one. Only this says whether reshape() of a view is a view again or a copy, as in
 * PyTorch. A fresh tensor is contiguous. */
#include <string.h>

#include "ops/call/internal.h"

static const incsym **in_order(incir_graph *g, const incir_value *x)
{
    const incsym **strides = INC_NEW_N(g->cx, const incsym *, x->rank), *next;
    next = incsym_int(g->syms, 1);
    for (size_t i = x->rank; i-- > 0;) {
        strides[i] = next;
        next = incsym_mul(g->syms, next, incir_axis_size(g, x, i));
    }
    return strides;
}

static bool same(incir_graph *g, const incsym *a, const incsym *b)
{
    return a == b || incsym_eq(g->syms, a, b) == 1;
}

bool incop_lies_in_order(incir_graph *g, const incir_value *x, const incsym *const *strides)
{
    const incsym *const *expected = strides ? in_order(g, x) : NULL;
    for (size_t i = 0; strides && i < x->rank; i++)
        if (!incsym_is(incir_axis_size(g, x, i), 1) && !same(g, strides[i], expected[i]))
            return false;
    return true;
}

static bool less(incir_graph *g, const incsym *a, const incsym *b)
{
    int answer = incsym_lt(g->syms, a, b);
    return answer >= 0 ? answer : incsym_hint(a) < incsym_hint(b);
}

/* ---- the order in which a result is stored ---- */

/* A tensor that a result is computed from, element by element. */
typedef struct operand {
    const incir_value *x;
    const incsym *const *strides;
} operand;

/* 1 where axis a of y belongs outside of b, -1 where inside, 0 where the operands do not say: what
 * PyTorch's TensorIterator asks. */
static int compare_axes(incir_graph *g, const incir_value *y, const operand *of, size_t n, size_t a,
                        size_t b)
{
    for (size_t i = 0; i < n; i++) {
        size_t missing = y->rank - of[i].x->rank;
        if (a < missing || b < missing)
            continue;
        const incsym *stride[2], *size[2];
        bool is_repeated = false;
        for (size_t k = 0; k < 2; k++) {
            size_t axis = (k ? b : a) - missing;
            size[k] = incir_axis_size(g, of[i].x, axis);
            stride[k] = of[i].strides[axis];
            is_repeated = is_repeated || incsym_is(stride[k], 0) ||
                          (incsym_is(size[k], 1) && !incsym_is(y->dims[axis + missing], 1));
        }
        if (is_repeated)
            continue;
        if (!same(g, stride[0], stride[1]))
            return less(g, stride[0], stride[1]) ? -1 : 1;
        if (!same(g, size[0], size[1]) && less(g, size[1], size[0]))
            return 1;
    }
    return 0;
}

/* The axes of y, innermost first. */
static void sort_axes(incir_graph *g, const incir_value *y, const operand *of, size_t n,
                      size_t *axes)
{
    for (size_t i = 0; i < y->rank; i++)
        axes[i] = y->rank - 1 - i;
    for (size_t i = 1; i < y->rank; i++) {
        size_t at = i;
        for (size_t k = i; k-- > 0;) {
            int order = compare_axes(g, y, of, n, axes[k], axes[at]);
            if (order < 0)
                break;
            if (order == 0)
                continue;
            size_t axis = axes[k];
            axes[k] = axes[at];
            axes[at] = axis;
            at = k;
        }
    }
}

const incsym *const *incop_kept_strides(incop_call *c, const incir_value *y)
{
    incir_graph *g = c->g;
    operand *of = INC_NEW_N(c->cx, operand, c->schema->n_params);
    size_t n = 0, axes[INCTENSOR_MAX_RANK] = {0};
    bool is_permuted = false;
    for (size_t i = 0; i < c->schema->n_params; i++) {
        if (c->args[i].kind != INCVAL_TENSOR || c->args[i].u.t->value->rank > y->rank)
            continue; /* as the other one of type_as() */
        const incop_box *box = c->args[i].u.t;
        if (box->has_unknown_strides)
            return NULL;
        is_permuted = is_permuted || box->strides;
        of[n].x = box->value;
        of[n++].strides = box->strides ? box->strides : in_order(g, box->value);
    }
    if (!is_permuted || y->rank < 2 || y->rank > INCTENSOR_MAX_RANK)
        return NULL;
    sort_axes(g, y, of, n, axes);
    const incsym **strides = INC_NEW_N(c->cx, const incsym *, y->rank);
    const incsym *next = incsym_int(g->syms, 1);
    for (size_t i = 0; i < y->rank; i++) {
        strides[axes[i]] = next;
        next = incsym_mul(g->syms, next, incir_axis_size(g, y, axes[i]));
    }
    return strides;
}

/* The strides of the same elements under another shape; NULL when no strides can say it. Axes of
 * old that follow one another without a gap are one chunk, which axes of new have to divide up. */
static const incsym **regrouped(incir_graph *g, const incir_value *old,
                                const incsym *const *strides, const incir_value *new)
{
    incsym_table *t = g->syms;
    const incsym **result = INC_NEW_N(g->cx, const incsym *, new->rank), *one = incsym_int(t, 1);
    if (old->rank == 0 || incsym_is(incir_numel(g, old), 0))
        return in_order(g, new);
    size_t left = new->rank; /* axes of new that have no stride yet */
    const incsym *step = strides[old->rank - 1], *chunk = one, *taken = one;
    for (size_t i = old->rank; i-- > 0;) {
        chunk = incsym_mul(t, chunk, incir_axis_size(g, old, i));
        if (i > 0 && (incsym_is(incir_axis_size(g, old, i - 1), 1) ||
                      same(g, strides[i - 1], incsym_mul(t, chunk, step))))
            continue;
        while (left > 0) {
            const incsym *size = incir_axis_size(g, new, left - 1);
            const incsym *with = incsym_mul(t, taken, size);
            /* the last: of a dynamic axis that is 1 in the example less() cannot know */
            if (!less(g, taken, chunk) && !incsym_is(size, 1) && !same(g, with, chunk))
                break;
            left--;
            result[left] = incsym_mul(t, taken, step);
            taken = with;
        }
        if (!same(g, taken, chunk))
            return NULL;
        if (i > 0)
            step = strides[i - 1];
        chunk = taken = one;
    }
    return left == 0 ? result : NULL;
}

/* ---- whether reshape() shares memory, where expressions do not say it ---- */

/* e with 1 for each symbol. */
static double value_at_one(incir_graph *g, const incsym *e)
{
    const incsym *a, *b;
    const incsym_term *terms;
    double sum = 0;
    incsym_kind kind = incsym_kind_of(e);
    inc_work(g->cx, 1);
    if (kind == INCSYM_INT)
        return (double)incsym_hint(e);
    if (kind == INCSYM_SYMBOL)
        return 1;
    if (kind == INCSYM_POLY) {
        size_t n = incsym_terms(e, &terms);
        for (size_t i = 0; i < n; i++) {
            double product = (double)terms[i].coefficient;
            for (size_t k = 0; k < terms[i].n_factors; k++)
                product *= value_at_one(g, terms[i].factors[k]);
            sum += product;
        }
        return sum;
    }
    incsym_operands(e, &a, &b);
    double x = value_at_one(g, a), y = value_at_one(g, b);
    return kind == INCSYM_MIN ? (x < y ? x : y) : kind == INCSYM_MAX ? (x > y ? x : y) : x / y;
}

static double *values_of(incir_graph *g, const incsym *const *e, size_t n, bool at_one)
{
    double *values = INC_NEW_N(g->cx, double, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = at_one ? value_at_one(g, e[i]) : (double)incsym_hint(e[i]);
    return values;
}

/* regrouped() of numbers: whether there are such strides. */
static bool regroups(const double *sizes, const double *strides, size_t rank, const double *parts,
                     size_t n_parts)
{
    double step = rank ? strides[rank - 1] : 1, chunk = 1, taken = 1;
    for (size_t i = 0; i < rank; i++)
        if (sizes[i] == 0)
            return true;
    for (size_t i = rank; i-- > 0;) {
        chunk *= sizes[i];
        if (i > 0 && (sizes[i - 1] == 1 || strides[i - 1] == chunk * step))
            continue;
        while (n_parts > 0 && (taken < chunk || parts[n_parts - 1] == 1))
            taken *= parts[--n_parts];
        if (taken != chunk)
            return false;
        if (i > 0)
            step = strides[i - 1];
        chunk = taken = 1;
    }
    return true;
}

bool incop_reshape_shares(incir_graph *g, const incir_value *base, const incsym *const *strides,
                          const incir_value *view, bool at_one)
{
    strides = strides ? strides : in_order(g, base);
    return regroups(values_of(g, base->dims, base->rank, at_one),
                    values_of(g, strides, base->rank, at_one), base->rank,
                    values_of(g, view->dims, view->rank, at_one), view->rank);
}

/* ---- views ---- */

static const incsym **permuted(incop_call *c, const incsym *const *strides, size_t rank)
{
    const size_t *order = incop_permutation(c, rank);
    const incsym **result = INC_NEW_N(c->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++)
        result[i] = strides[order[i]];
    return result;
}

/* Without the axes a and b (which may be the same), with room for one more at the end. */
static const incsym **without(incop_call *c, const incsym *const *strides, size_t rank, size_t a,
                              size_t b, size_t *n)
{
    const incsym **result = INC_NEW_N(c->cx, const incsym *, rank + 1);
    *n = 0;
    for (size_t i = 0; i < rank; i++)
        if (i != a && i != b)
            result[(*n)++] = strides[i];
    return result;
}

static const incsym **expanded(incop_call *c, const incir_value *base, const incsym *const *strides,
                               const incir_value *view)
{
    const incsym **result = INC_NEW_N(c->cx, const incsym *, view->rank);
    size_t added = view->rank - base->rank;
    for (size_t i = 0; i < view->rank; i++) {
        bool stays = i >= added && same(c->g, incir_axis_size(c->g, base, i - added),
                                        incir_axis_size(c->g, view, i));
        result[i] = stays ? strides[i - added] : incsym_int(c->g->syms, 0);
    }
    return result;
}

static const incsym **stepped(incop_call *c, const incsym *const *strides, size_t rank, size_t axis,
                              const incsym *step)
{
    const incsym **result = INC_NEW_N(c->cx, const incsym *, rank + 1);
    memcpy(result, strides, rank * sizeof *strides);
    result[axis] = incsym_mul(c->g->syms, strides[axis], step);
    return result;
}

/* Between complex numbers and their parts: a stride counts elements of the tensor's own type. */
static const incsym **paired(incop_call *c, const incir_value *base, const incsym *const *strides,
                             const incir_value *view)
{
    incsym_table *t = c->g->syms;
    bool halves = incdtype_is_complex(view->dtype) && !incdtype_is_complex(base->dtype);
    bool doubles = incdtype_is_complex(base->dtype) && !incdtype_is_complex(view->dtype);
    const incsym **result = INC_NEW_N(c->cx, const incsym *, view->rank);
    for (size_t i = 0; i < view->rank; i++)
        result[i] = i >= base->rank ? incsym_int(t, 1)
                    : halves        ? incsym_floordiv(t, strides[i], incsym_int(t, 2))
                    : doubles       ? incsym_mul_int(t, strides[i], 2)
                                    : strides[i];
    return result;
}

const incsym *const *incop_view_strides(incop_call *c, const incir_value *base,
                                        const incsym *const *strides, const incir_value *view)
{
    size_t n, a, b, rank = base->rank;
    const incsym **result;
    strides = strides ? strides : in_order(c->g, base);
    switch (c->row->view) {
    case INCOP_VIEW_PERMUTE:
    case INCOP_VIEW_REVERSE:
        return permuted(c, strides, rank);
    case INCOP_VIEW_KEEP:
        return strides;
    case INCOP_VIEW_SLICE:
        return stepped(c, strides, rank, incop_axis(c, "dim", rank), incop_sym(c, "step"));
    case INCOP_VIEW_SELECT:
        a = incop_axis(c, "dim", rank);
        return without(c, strides, rank, a, a, &n);
    case INCOP_VIEW_EXPAND:
        return expanded(c, base, strides, view);
    case INCOP_VIEW_DIAGONAL:
        a = incop_axis(c, "dim1", rank);
        b = incop_axis(c, "dim2", rank);
        result = without(c, strides, rank, a, b, &n);
        result[n] = incsym_add(c->g->syms, strides[a], strides[b]);
        return result;
    case INCOP_VIEW_UNFOLD:
        if (rank == 0)
            return in_order(c->g, view);
        a = incop_axis(c, "dimension", rank);
        result = stepped(c, strides, rank, a, incop_sym(c, "step"));
        result[rank] = strides[a];
        return result;
    case INCOP_VIEW_PAIRS:
        return paired(c, base, strides, view);
    case INCOP_VIEW_AS_STRIDED:
        return incop_syms(c, "stride", &n);
    default:
        return regrouped(c->g, base, strides, view);
    }
}
