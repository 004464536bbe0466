/* SPDX-License-Identifier: Apache-2.0 */
/* Folding of shape arithmetic: int64 numbers and short vectors whose elements are expressions over
 * the model's dynamic sizes. The result is a value of the kind INCIR_SIZES, and no node. */
#include "ir/fold.h"

#include <string.h>

#include "ir/infer.h"

/* Longer ones are data that happens to depend on a size: a node does better there. */
enum { MOST_ITEMS = 32 };

typedef struct items {
    const incsym *const *at;
    size_t n;
} items;

static bool read_items(incir_graph *g, const incir_node *n, size_t i, items *list)
{
    incir_value *v = incir_maybe(n, i);
    if (!v || v->dtype != INCDT_I64 || v->rank > 1)
        return false;
    int64_t size = 1;
    if (v->rank == 1 && !incir_dim(v, 0, &size))
        return false;
    list->at = incir_contents(g, v);
    list->n = (size_t)size;
    return list->at != NULL;
}

static bool give(incir_graph *g, const incir_node *n, const incsym *const *values, size_t count,
                 incir_value **out)
{
    if (count > MOST_ITEMS)
        return false;
    if (n->outputs[0]->rank == 0 && count == 1)
        out[0] = incir_size_scalar(g, values[0]);
    else if (n->outputs[0]->rank == 1)
        out[0] = incir_sizes(g, values, count);
    else
        return false;
    return true;
}

/* ---- Shape, Size ---- */

bool incir_fold_shape(incir_graph *g, incir_node *n, incir_value **out)
{
    const incir_value *x = n->inputs[0];
    int64_t rank = (int64_t)x->rank, start = incir_attr_int_or(n, "start", 0), length = 0;
    start = start < -rank ? 0 : start < 0 ? start + rank : start > rank ? rank : start;
    incir_dim(n->outputs[0], 0, &length);
    out[0] = incir_sizes(g, x->dims + start, (size_t)length);
    return true;
}

bool incir_fold_size(incir_graph *g, incir_node *n, incir_value **out)
{
    out[0] = incir_size_scalar(g, incir_numel(g, n->inputs[0]));
    return true;
}

/* ---- moving ---- */

static bool fold_same(incir_graph *g, const incir_node *n, incir_value **out)
{
    items x;
    return read_items(g, n, 0, &x) && give(g, n, x.at, x.n, out);
}

static bool fold_cast(incir_graph *g, const incir_node *n, incir_value **out)
{
    return n->outputs[0]->dtype == INCDT_I64 && fold_same(g, n, out);
}

static bool fold_concat(incir_graph *g, const incir_node *n, incir_value **out)
{
    const incsym *all[MOST_ITEMS];
    size_t count = 0;
    for (size_t i = 0; i < n->n_inputs; i++) {
        items x;
        if (!read_items(g, n, i, &x) || x.n > MOST_ITEMS - count)
            return false;
        memcpy(all + count, x.at, x.n * sizeof *all);
        count += x.n;
    }
    return give(g, n, all, count, out);
}

static bool fold_gather(incir_graph *g, const incir_node *n, incir_value **out)
{
    items x, at;
    const incsym *picked[MOST_ITEMS];
    if (!read_items(g, n, 0, &x) || !read_items(g, n, 1, &at) || at.n > MOST_ITEMS)
        return false;
    for (size_t i = 0; i < at.n; i++) {
        int64_t index;
        if (!incsym_known(at.at[i], &index))
            return false;
        picked[i] = x.at[incir_checked_axis(g, n, index, x.n)];
    }
    return give(g, n, picked, at.n, out);
}

static bool fold_slice(incir_graph *g, const incir_node *n, incir_value **out)
{
    items x, start, end, step;
    int64_t from, length, stride = 1;
    const incsym *picked[MOST_ITEMS];
    if (!read_items(g, n, 0, &x) || !read_items(g, n, 1, &start) || !read_items(g, n, 2, &end) ||
        start.n != 1 || !incsym_known(start.at[0], &from) ||
        !incir_dim(n->outputs[0], 0, &length) || length > MOST_ITEMS)
        return false;
    if (incir_maybe(n, 4) && (!read_items(g, n, 4, &step) || !incsym_known(step.at[0], &stride)))
        return false;
    int64_t size = (int64_t)x.n;
    from = from < -size ? -size : from > size ? size : from; /* sums below cannot overflow */
    from = from < 0 ? from + size : from;
    if (stride < 0 && from > size - 1)
        from = size - 1;
    for (int64_t i = 0; i < length; i++)
        picked[i] = x.at[from + i * stride]; /* inside: inference counted them */
    return give(g, n, picked, (size_t)length, out);
}

/* ---- arithmetic ---- */

static const incsym *divided(incir_graph *g, const incsym *a, const incsym *b)
{
    int64_t x, y;
    if (incsym_known(a, &x) && incsym_known(b, &y))
        return y == 0 || (x == INT64_MIN && y == -1) ? NULL : incir_int(g, x / y);
    /* ONNX rounds to zero: that is a floor division only where nothing is negative. */
    bool safe =
        incsym_le(g->syms, incir_int(g, 0), a) == 1 && incsym_lt(g->syms, incir_int(g, 0), b) == 1;
    if (safe)
        return incsym_floordiv(g->syms, a, b);
    const incsym *quotient = incsym_is(b, 0) ? NULL : incsym_floordiv(g->syms, a, b);
    /* Exact, then: the signs do not matter. */
    return quotient && incsym_mul(g->syms, quotient, b) == a ? quotient : NULL;
}

static const incsym *combined(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b)
{
    switch (n->op->code) {
    case INCIR_OP_ADD:
    case INCIR_OP_SUM:
        return incsym_try(g->syms, incsym_add, a, b);
    case INCIR_OP_SUB:
        return incsym_try(g->syms, incsym_sub, a, b);
    case INCIR_OP_DIV:
        return divided(g, a, b);
    case INCIR_OP_MUL:
        return incsym_try(g->syms, incsym_mul, a, b);
    case INCIR_OP_MOD:
        if (incsym_is(b, 0) ||
            (incir_attr_int_or(n, "fmod", 0) && (incsym_le(g->syms, incir_int(g, 0), a) != 1 ||
                                                 incsym_le(g->syms, incir_int(g, 0), b) != 1)))
            return NULL;
        return incsym_mod(g->syms, a, b);
    case INCIR_OP_MAX:
        return incsym_max(g->syms, a, b);
    case INCIR_OP_MIN:
        return incsym_min(g->syms, a, b);
    default:
        return NULL;
    }
}

static bool fold_arithmetic(incir_graph *g, const incir_node *n, incir_value **out)
{
    items total, x;
    const incsym *values[MOST_ITEMS];
    if (!read_items(g, n, 0, &total) || total.n > MOST_ITEMS)
        return false;
    for (size_t i = 1; i < n->n_inputs; i++) {
        if (!read_items(g, n, i, &x) || x.n > MOST_ITEMS)
            return false;
        size_t count = total.n == 1 ? x.n : total.n;
        const incsym *left[MOST_ITEMS];
        for (size_t k = 0; k < count; k++)
            left[k] = total.at[total.n == 1 ? 0 : k];
        for (size_t k = 0; k < count; k++)
            if (!(values[k] = combined(g, n, left[k], x.at[x.n == 1 ? 0 : k])))
                return false;
        total = (items){values, count};
    }
    return give(g, n, total.at, total.n, out);
}

static bool fold_neg(incir_graph *g, const incir_node *n, incir_value **out)
{
    items x;
    const incsym *values[MOST_ITEMS];
    if (!read_items(g, n, 0, &x) || x.n > MOST_ITEMS)
        return false;
    for (size_t i = 0; i < x.n; i++)
        values[i] = incsym_neg(g->syms, x.at[i]);
    return give(g, n, values, x.n, out);
}

static bool fold_abs(incir_graph *g, const incir_node *n, incir_value **out)
{
    items x;
    if (!read_items(g, n, 0, &x))
        return false;
    for (size_t i = 0; i < x.n; i++)
        if (incsym_le(g->syms, incir_int(g, 0), x.at[i]) != 1)
            return false;
    return give(g, n, x.at, x.n, out);
}

static const incsym *reduced(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b)
{
    switch (n->op->code) {
    case INCIR_OP_REDUCE_PROD:
        return incsym_mul(g->syms, a, b);
    case INCIR_OP_REDUCE_SUM:
        return incsym_add(g->syms, a, b);
    case INCIR_OP_REDUCE_MAX:
        return incsym_max(g->syms, a, b);
    default:
        return incsym_min(g->syms, a, b);
    }
}

static bool fold_reduce(incir_graph *g, const incir_node *n, incir_value **out)
{
    items x;
    if (!read_items(g, n, 0, &x) || n->inputs[0]->rank != 1 || x.n == 0 || x.n > MOST_ITEMS)
        return false;
    if (n->outputs[0]->rank == 1 && !incsym_is(n->outputs[0]->dims[0], 1))
        return false; /* noop_with_empty_axes */
    const incsym *total = x.at[0];
    for (size_t i = 1; i < x.n; i++)
        total = reduced(g, n, total, x.at[i]);
    return give(g, n, &total, 1, out);
}

/* ---- comparing ---- */

static int compared(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b)
{
    switch (n->op->code) {
    case INCIR_OP_EQUAL:
        return incsym_eq(g->syms, a, b);
    case INCIR_OP_GREATER:
        return incsym_lt(g->syms, b, a);
    case INCIR_OP_GREATER_OR_EQUAL:
        return incsym_le(g->syms, b, a);
    case INCIR_OP_LESS:
        return incsym_lt(g->syms, a, b);
    default:
        return incsym_le(g->syms, a, b);
    }
}

static bool fold_compare(incir_graph *g, const incir_node *n, incir_value **out)
{
    items a, b;
    int64_t values[MOST_ITEMS];
    if (!read_items(g, n, 0, &a) || !read_items(g, n, 1, &b) || a.n > MOST_ITEMS ||
        b.n > MOST_ITEMS)
        return false;
    size_t count = a.n == 1 ? b.n : a.n;
    for (size_t i = 0; i < count; i++) {
        int sure = compared(g, n, a.at[a.n == 1 ? 0 : i], b.at[b.n == 1 ? 0 : i]);
        if (sure < 0)
            return false;
        values[i] = sure;
    }
    int64_t size = (int64_t)count;
    out[0] = incir_from_i64s(g, INCDT_BOOL, n->outputs[0]->rank, &size, values);
    return true;
}

static bool fold_where(incir_graph *g, const incir_node *n, incir_value **out)
{
    items a, b;
    const incir_value *condition = n->inputs[0];
    const incsym *values[MOST_ITEMS];
    int64_t size = 1;
    if (!incir_is_constant(condition) || condition->rank > 1 || !read_items(g, n, 1, &a) ||
        !read_items(g, n, 2, &b) || condition->constant->numel > MOST_ITEMS)
        return false;
    if (n->outputs[0]->rank == 1 && !incir_dim(n->outputs[0], 0, &size))
        return false;
    if (n->outputs[0]->rank > 1 || size > MOST_ITEMS)
        return false;
    const int64_t *choice = inctensor_i64s(g->cx, condition->constant);
    for (int64_t i = 0; i < size; i++) {
        bool yes = choice[condition->constant->numel == 1 ? 0 : i] != 0;
        values[i] = yes ? a.at[a.n == 1 ? 0 : i] : b.at[b.n == 1 ? 0 : i];
    }
    return give(g, n, values, (size_t)size, out);
}

/* ---- which ---- */

bool incir_fold_sizes(incir_graph *g, incir_node *n, incir_value **out)
{
    static bool (*const rules[INCIR_N_OPCODES])(incir_graph * g, const incir_node *n,
                                                incir_value **out) = {
        [INCIR_OP_ABS] = fold_abs,
        [INCIR_OP_ADD] = fold_arithmetic,
        [INCIR_OP_CAST] = fold_cast,
        [INCIR_OP_CONCAT] = fold_concat,
        [INCIR_OP_DIV] = fold_arithmetic,
        [INCIR_OP_EQUAL] = fold_compare,
        [INCIR_OP_GATHER] = fold_gather,
        [INCIR_OP_GREATER] = fold_compare,
        [INCIR_OP_GREATER_OR_EQUAL] = fold_compare,
        [INCIR_OP_LESS] = fold_compare,
        [INCIR_OP_LESS_OR_EQUAL] = fold_compare,
        [INCIR_OP_MAX] = fold_arithmetic,
        [INCIR_OP_MIN] = fold_arithmetic,
        [INCIR_OP_MOD] = fold_arithmetic,
        [INCIR_OP_MUL] = fold_arithmetic,
        [INCIR_OP_NEG] = fold_neg,
        [INCIR_OP_REDUCE_MAX] = fold_reduce,
        [INCIR_OP_REDUCE_MIN] = fold_reduce,
        [INCIR_OP_REDUCE_PROD] = fold_reduce,
        [INCIR_OP_REDUCE_SUM] = fold_reduce,
        [INCIR_OP_RESHAPE] = fold_same,
        [INCIR_OP_SLICE] = fold_slice,
        [INCIR_OP_SQUEEZE] = fold_same,
        [INCIR_OP_SUB] = fold_arithmetic,
        [INCIR_OP_SUM] = fold_arithmetic,
        [INCIR_OP_TRANSPOSE] = fold_same,
        [INCIR_OP_UNSQUEEZE] = fold_same,
        [INCIR_OP_WHERE] = fold_where,
    };
    return rules[n->op->code] && rules[n->op->code](g, n, out);
}
