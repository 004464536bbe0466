/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose items differ in size along one axis: they lie behind one another along it, and a
 * vector has their lengths. See rows.h. */
#include "frontend/number.h"
#include "frontend/rows.h"
#include "ops/emit/emit.h"

static const size_t first_axis[] = {0};

/* How far the first i lengths reach; i may be the count. A symbol. */
static const incsym *offset(incir_graph *g, incir_value *lengths, const incsym *i)
{
    if (incsym_is(i, 0))
        return i;
    incir_value *before = emit_slice(g, lengths, 0, incsym_int(g->syms, 0), i, 1);
    incir_value *sum = emit_reduce(g, "ReduceSum", before, first_axis, 1, false);
    return incfe_symbol(g, sum, "offset", 0).u.i;
}

incir_value *incfe_rows_piece(incir_graph *g, const incval_rows *rows, const incsym *i)
{
    incir_value *lengths = rows->leaves[1];
    int64_t known;
    if (incsym_known(i, &known) && known < 0)
        i = incsym_add(g->syms, rows->count, i);
    const incsym *start = offset(g, lengths, i);
    incir_value *length = emit_gather(g, lengths, incir_size_scalar(g, i), 0);
    const incsym *end = incsym_add(g->syms, start, incfe_symbol(g, length, "length", 0).u.i);
    return emit_slice(g, rows->leaves[0], incfe_rows_axis(&rows->item), start, end, 1);
}

/* Python's bound of a slice as a number from 0 to n. */
static const incsym *clamped(incir_graph *g, const incsym *bound, const incsym *n)
{
    incsym_table *t = g->syms;
    const incsym *zero = incsym_int(t, 0);
    if (incsym_lt(t, bound, zero) == 1)
        bound = incsym_max(t, incsym_add(t, n, bound), zero);
    else if (incsym_le(t, zero, bound) != 1) {
        incir_value *v = incir_size_scalar(g, bound);
        incir_value *below = incir_emit2(g, "Less", v, incir_const_i64(g, 0));
        incir_value *wrapped = incir_emit2(g, "Add", v, incir_size_scalar(g, n));
        bound =
            incfe_symbol(g, incir_emit3(g, "Where", below, wrapped, v), "bound", INT64_MIN / 4).u.i;
        bound = incsym_max(t, bound, zero);
    }
    return incsym_min(t, bound, n);
}

void incfe_rows_pieces(incir_graph *g, const incval_rows *rows, const incsym *start,
                       const incsym *end, incir_value **all, incir_value **lengths)
{
    size_t axis = incfe_rows_axis(&rows->item);
    const incsym *n = rows->count;
    start = start ? clamped(g, start, n) : incsym_int(g->syms, 0);
    end = end ? incsym_max(g->syms, clamped(g, end, n), start) : n;
    const incsym *from = offset(g, rows->leaves[1], start);
    const incsym *to = end == n ? rows->leaves[0]->dims[axis] : offset(g, rows->leaves[1], end);
    *all = emit_slice(g, rows->leaves[0], axis, from, to, 1);
    *lengths = emit_slice(g, rows->leaves[1], 0, start, end, 1);
}

/* [count, a, b, c] as [a, count * b, c]. */
static incir_value *in_one(incir_graph *g, incir_value *v, size_t axis)
{
    size_t order[INCTENSOR_MAX_RANK];
    const incsym *dims[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < v->rank; i++)
        order[i] = i < axis ? i + 1 : i == axis ? 0 : i;
    if (axis)
        v = emit_transpose(g, v, order);
    for (size_t i = 0; i + 1 < v->rank; i++)
        dims[i] = i < axis    ? v->dims[i]
                  : i == axis ? incsym_mul(g->syms, v->dims[i], v->dims[i + 1])
                              : v->dims[i + 1];
    return emit_reshape(g, v, dims, v->rank - 1);
}

void incfe_rows_as_lengths(incir_graph *g, const incval_rows *rows, size_t axis, incir_value **all,
                           incir_value **lengths)
{
    if (incfe_rows_differ(&rows->item)) {
        *all = rows->leaves[0];
        *lengths = rows->leaves[1];
        return;
    }
    incir_value *leaf = rows->leaves[0];
    *all = in_one(g, leaf, axis);
    *lengths = emit_expand(g, incir_sizes(g, &leaf->dims[axis + 1], 1), &leaf->dims[0], 1);
}

incir_value *incfe_rows_stacked(incir_graph *g, const incval_rows *rows)
{
    size_t axis = incfe_rows_axis(&rows->item), order[INCTENSOR_MAX_RANK];
    incir_value *v = rows->leaves[0];
    const incsym *dims[INCTENSOR_MAX_RANK + 1];
    const incsym *at_least_one = incsym_max(g->syms, rows->count, incsym_int(g->syms, 1));
    for (size_t i = 0; i < v->rank; i++)
        dims[i < axis ? i : i + 1] = v->dims[i];
    dims[axis] = rows->count;
    dims[axis + 1] = incsym_floordiv(g->syms, v->dims[axis], at_least_one);
    v = emit_reshape(g, v, dims, v->rank + 1);
    for (size_t i = 0; i < v->rank; i++)
        order[i] = i == 0 ? axis : i <= axis ? i - 1 : i;
    return axis ? emit_transpose(g, v, order) : v;
}

incir_value *incfe_part_lengths(incir_graph *g, const incsym *count, incop_box *box, size_t axis,
                                const incsym *part)
{
    incval n = incval_int(count);
    size_t n_results;
    incir_value *i =
        incop_box_read(g, incop_invoke(g, "aten::arange", &n, 1, NULL, 0, &n_results)[0].u.t);
    incir_value *size = incir_size_scalar(g, part);
    incir_value *all = incir_size_scalar(g, incop_box_read(g, box)->dims[axis]);
    incir_value *left =
        incir_emit2(g, "Sub", all, incir_emit2(g, "Mul", emit_cast(g, i, INCDT_I64), size));
    return incir_emit3(g, "Where", incir_emit2(g, "Less", left, size), left, size);
}
