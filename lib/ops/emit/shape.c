/* SPDX-License-Identifier: Apache-2.0 */
/* Shape work that several families share; see shape.h. In: values, sizes as expressions. Out:
 * nodes, as few as say it. */
#include "ops/emit/shape.h"

enum { MOST_COUNTED = 1 << 16 };

incir_value *emit_at_least(incir_graph *g, incir_value *x, size_t rank)
{
    static const size_t of_0d[] = {0, 1, 2}, of_1d[] = {0, 2}, of_2d[] = {2};
    if (x->rank >= rank)
        return x;
    return emit_unsqueeze(g, x,
                          x->rank == 0   ? of_0d
                          : x->rank == 1 ? of_1d
                                         : of_2d,
                          rank - x->rank);
}

incir_value *emit_flattened(incir_graph *g, incir_value *x)
{
    const incsym *size = incir_numel(g, x);
    return emit_reshape(g, x, &size, 1);
}

incir_value *emit_scalar_if(incir_graph *g, incir_value *y, bool scalar)
{
    return scalar ? emit_squeeze_axis(g, y, 0) : y;
}

/* How many numbers start, start + step, … there are before end. */
static int64_t count_steps(int64_t start, int64_t end, int64_t step)
{
    if (step > 0)
        return start < end ? (int64_t)(((uint64_t)end - (uint64_t)start - 1) / (uint64_t)step) + 1
                           : 0;
    return start > end ? (int64_t)(((uint64_t)start - (uint64_t)end - 1) / (0 - (uint64_t)step)) + 1
                       : 0;
}

incir_value *emit_range(incir_graph *g, const incsym *start, const incsym *end, const incsym *step)
{
    int64_t from, to, by;
    if (incsym_is(step, 0))
        inc_raise(g->cx, INC_E_FORMAT, "a range with a step of 0");
    if (incsym_known(start, &from) && incsym_known(end, &to) && incsym_known(step, &by)) {
        int64_t n = count_steps(from, to, by);
        if (n <= MOST_COUNTED) {
            int64_t *values = INC_NEW_N(g->cx, int64_t, (size_t)n);
            for (int64_t i = 0; i < n; i++)
                values[i] = from + i * by;
            return incir_const_i64s(g, values, (size_t)n);
        }
    }
    incir_value *range = incir_emit3(g, "Range", incir_size_scalar(g, start),
                                     incir_size_scalar(g, end), incir_size_scalar(g, step));
    if (incsym_is(step, 1) && incsym_le(g->syms, start, end) == 1) {
        const incsym *size = incsym_sub(g->syms, end, start);
        emit_set_dims(g, range, &size);
    }
    return range;
}

incir_value *emit_replace(incir_graph *g, incir_value *base, incir_value *part, size_t axis,
                          const incsym *start, const incsym *end)
{
    incir_value *pieces[3];
    size_t n = 0;
    if (start && !incsym_is(start, 0))
        pieces[n++] = emit_slice(g, base, axis, NULL, start, 1);
    pieces[n++] = part;
    if (end && incsym_eq(g->syms, end, incir_axis_size(g, base, axis)) != 1)
        pieces[n++] = emit_slice(g, base, axis, end, NULL, 1);
    return emit_set_dims(g, emit_concat(g, pieces, n, axis), base->dims);
}

bool emit_is_count(const incsym *size)
{
    int axis;
    const incir_value *origin =
        incsym_kind_of(size) == INCSYM_SYMBOL ? incsym_origin(size, &axis) : NULL;
    return origin && origin->kind == INCIR_RESULT;
}

const incsym *const *emit_broadcast_shape(incir_graph *g, incir_value *const *values, size_t n,
                                          size_t *rank)
{
    *rank = 0;
    for (size_t i = 0; i < n; i++)
        *rank = values[i]->rank > *rank ? values[i]->rank : *rank;
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, *rank);
    for (size_t axis = 0; axis < *rank; axis++) {
        sizes[axis] = incsym_int(g->syms, 1);
        for (size_t i = 0; i < n; i++) {
            size_t missing = *rank - values[i]->rank;
            if (axis < missing)
                continue;
            const incsym *size = incir_axis_size(g, values[i], axis - missing);
            int64_t known;
            if (incsym_is(sizes[axis], 1) || (!incsym_is(size, 1) && incsym_known(size, &known)))
                sizes[axis] = size;
            else if (emit_is_count(size) &&
                     emit_is_count(sizes[axis])) /* either may turn out to be 1 */
                sizes[axis] = incsym_max(g->syms, sizes[axis], size);
        }
    }
    return sizes;
}

/* x with a row more along every axis but that one which data may leave nothing of. */
static incir_value *with_rows(incir_graph *g, incir_value *x, size_t axis)
{
    const size_t rank = x->rank;
    for (size_t i = 0; i < rank; i++) {
        if (i == axis || !emit_is_count(incir_axis_size(g, x, i)))
            continue;
        const incsym **sizes = inc_copy(g->cx, x->dims, rank * sizeof *sizes);
        sizes[i] = incsym_int(g->syms, 1);
        incir_value *parts[] = {x, emit_full(g, x->dtype, sizes, rank, 0)};
        x = emit_concat(g, parts, INC_COUNT(parts), i);
    }
    return x;
}

void emit_topk(incir_graph *g, incir_value *x, size_t axis, const incsym *k, bool largest,
               bool sorted, incir_value *found[2])
{
    incir_value *rows = with_rows(g, x, axis);
    incir_node *n = incir_node_new(g, "TopK");
    incir_in(g, n, rows);
    incir_in(g, n, incir_sizes(g, &k, 1));
    incir_attr_int(g, n, "axis", (int64_t)axis);
    if (!largest)
        incir_attr_int(g, n, "largest", 0);
    if (!sorted)
        incir_attr_int(g, n, "sorted", 0);
    incir_emit_n(g, n, 2, found);
    for (size_t i = 0; i < x->rank && rows != x; i++)
        if (i != axis && emit_is_count(incir_axis_size(g, x, i)))
            for (size_t f = 0; f < 2; f++)
                found[f] = emit_slice(g, found[f], i, NULL, incir_axis_size(g, x, i), 1);
}
