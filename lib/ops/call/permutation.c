/* SPDX-License-Identifier: Apache-2.0 */
/* The order that a call gives the axes of its tensor: permute, transpose, movedim and their like.
 * In: a call of a row whose view is a permutation; out: for each axis of the result the one that it
 * was. */
#include "ops/call/internal.h"

static size_t *identity(incop_call *c, size_t rank)
{
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    for (size_t i = 0; i < rank; i++)
        order[i] = i;
    return order;
}

static size_t *swapped(incop_call *c, size_t rank, size_t a, size_t b)
{
    size_t *order = identity(c, rank);
    if (rank > 0) {
        order[a] = b;
        order[b] = a;
    }
    return order;
}

static size_t *permutation(incop_call *c, size_t rank)
{
    size_t n;
    int64_t *dims = incop_ints(c, "dims", &n);
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    bool *used = INC_NEW_N(c->cx, bool, rank);
    if (n != rank)
        inc_raise(c->cx, INC_E_FORMAT, "permute: %zu axes for a tensor of rank %zu", n, rank);
    for (size_t i = 0; i < n; i++) {
        order[i] = incop_wrap_axis(c, dims[i], rank);
        if (used[order[i]])
            inc_raise(c->cx, INC_E_FORMAT, "permute: axis %zu is named twice", order[i]);
        used[order[i]] = true;
    }
    return order;
}

static size_t *transposition(incop_call *c, size_t rank)
{
    bool axes = incop_has(c, "axis0");
    return swapped(c, rank, incop_axis_or_0d(c, axes ? "axis0" : "dim0", rank),
                   incop_axis_or_0d(c, axes ? "axis1" : "dim1", rank));
}

static size_t *matrix_transposition(incop_call *c, size_t rank)
{
    return rank < 2 ? identity(c, rank) : swapped(c, rank, rank - 2, rank - 1);
}

static size_t *reversal(incop_call *c, size_t rank)
{
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    for (size_t i = 0; i < rank; i++)
        order[i] = rank - 1 - i;
    return order;
}

static size_t *move(incop_call *c, size_t rank)
{
    size_t n, n_to, next = 0;
    int64_t *from = incop_ints(c, "source", &n), *to = incop_ints(c, "destination", &n_to);
    if (n != n_to)
        inc_raise(c->cx, INC_E_FORMAT, "movedim: %zu axes to %zu places", n, n_to);
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    bool *filled = INC_NEW_N(c->cx, bool, rank), *moved = INC_NEW_N(c->cx, bool, rank);
    if (rank == 0)
        return order;
    for (size_t i = 0; i < n; i++) {
        size_t source = incop_wrap_axis(c, from[i], rank), place = incop_wrap_axis(c, to[i], rank);
        if (moved[source] || filled[place])
            inc_raise(c->cx, INC_E_FORMAT, "movedim: an axis is named twice");
        order[place] = source;
        filled[place] = moved[source] = true;
    }
    for (size_t i = 0; i < rank; i++) {
        if (filled[i])
            continue;
        while (moved[next])
            next++;
        order[i] = next++;
    }
    return order;
}

const size_t *incop_permutation(incop_call *c, size_t rank)
{
    if (incop_has(c, "dims"))
        return permutation(c, rank);
    if (incop_has(c, "dim0") || incop_has(c, "axis0"))
        return transposition(c, rank);
    if (incop_has(c, "source"))
        return move(c, rank);
    return c->row->view == INCOP_VIEW_REVERSE ? reversal(c, rank) : matrix_transposition(c, rank);
}
