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

bool incop_lies_dense(incir_graph *g, const incir_value *x, const incsym *const *strides)
{
    bool used[INCTENSOR_MAX_RANK] = {false};
    const incsym *next = incsym_int(g->syms, 1);
    for (size_t n = 0; n < x->rank;
         n++) { /* the next axis outwards, in whatever order they are stored */
        size_t axis = x->rank;
        for (size_t i = 0; i < x->rank; i++)
            if (!used[i] && (incsym_is(incir_axis_size(g, x, i), 1) || same(g, strides[i], next)))
                axis = i;
        if (axis == x->rank)
            return false;
        used[axis] = true;
        next = incsym_mul(g->syms, next, incir_axis_size(g, x, axis));
    }
    return true;
}

static bool less(incir_graph *g, const incsym *a, const incsym *b)
{
    int answer = incsym_lt(g->syms, a, b);
    return answer >= 0 ? answer : incsym_hint(a) < incsym_hint(b);
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
