/* SPDX-License-Identifier: Apache-2.0 */
/* Computing of reductions, products and ranges, in double or int64. In: a node whose inputs are
 * known. Out: constants; false where the result would be too large to be worth it. */
#include "ir/fold.h"

#include <math.h>
#include <string.h>

#include "ir/infer.h"

/* ---- Range, EyeLike ---- */

bool incir_fold_range(incir_graph *g, incir_node *n, incir_value **out)
{
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_all_constant(n) || !incir_known_sizes(g, n, 0, &sizes, &numel) ||
        numel > INCIR_MOST_COMPUTED)
        return false;
    incdtype dtype = n->outputs[0]->dtype;
    if (incir_grows(n, numel * incdtype_size(dtype)))
        return false;
    if (incdtype_is_float(dtype)) {
        double start = inctensor_f64(g->cx, incir_tensor(n, 0));
        double delta = inctensor_f64(g->cx, incir_tensor(n, 2));
        double *values = INC_NEW_N(g->cx, double, (size_t)numel);
        for (uint64_t k = 0; k < numel; k++)
            values[k] = start + (double)k * delta;
        out[0] = incir_from_f64s(g, dtype, 1, sizes, values);
        return true;
    }
    int64_t start = inctensor_i64(g->cx, incir_tensor(n, 0));
    int64_t delta = inctensor_i64(g->cx, incir_tensor(n, 2));
    int64_t *values = INC_NEW_N(g->cx, int64_t, (size_t)numel);
    for (uint64_t k = 0; k < numel; k++)
        values[k] = (int64_t)((uint64_t)start + k * (uint64_t)delta);
    out[0] = incir_from_i64s(g, dtype, 1, sizes, values);
    return true;
}

bool incir_fold_eye_like(incir_graph *g, incir_node *n, incir_value **out)
{
    const int64_t *sizes;
    uint64_t numel;
    const incir_value *y = n->outputs[0];
    if (!incir_known_sizes(g, n, 0, &sizes, &numel) || numel > INCIR_MOST_COMPUTED ||
        incir_grows(n, numel * incdtype_size(y->dtype)))
        return false;
    int64_t k = incir_attr_int_or(n, "k", 0);
    int64_t *values = INC_NEW_N(g->cx, int64_t, (size_t)numel);
    for (int64_t row = 0; numel > 0 && row < sizes[0]; row++)
        if (k >= -row && k < sizes[1] - row)
            values[row * sizes[1] + row + k] = 1;
    out[0] = incir_folded(
        g, inctensor_cast(g->cx, inctensor_new(g->cx, INCDT_I64, 2, sizes, values), y->dtype));
    return true;
}

/* ---- Reduce… ---- */

typedef enum { SUM, MEAN, MAX, MIN, PROD, L1, L2, LOG_SUM, LOG_SUM_EXP, SUM_SQUARE } reduction;

static reduction which_reduction(const incir_node *n)
{
    switch (n->op->code) {
    case INCIR_OP_REDUCE_MEAN:
        return MEAN;
    case INCIR_OP_REDUCE_MAX:
        return MAX;
    case INCIR_OP_REDUCE_MIN:
        return MIN;
    case INCIR_OP_REDUCE_PROD:
        return PROD;
    case INCIR_OP_REDUCE_L1:
        return L1;
    case INCIR_OP_REDUCE_L2:
        return L2;
    case INCIR_OP_REDUCE_LOG_SUM:
        return LOG_SUM;
    case INCIR_OP_REDUCE_LOG_SUM_EXP:
        return LOG_SUM_EXP;
    case INCIR_OP_REDUCE_SUM_SQUARE:
        return SUM_SQUARE;
    default:
        return SUM;
    }
}

/* For every element of x, which element of the result it goes into. */
typedef struct grouping {
    const inctensor *x;
    bool reduced[INCTENSOR_MAX_RANK];
    uint64_t n_groups, per_group;
    int64_t index[INCTENSOR_MAX_RANK];
} grouping;

static uint64_t group_of(const grouping *by)
{
    uint64_t group = 0;
    for (size_t a = 0; a < by->x->rank; a++)
        if (!by->reduced[a])
            group = group * (uint64_t)by->x->sizes[a] + (uint64_t)by->index[a];
    return group;
}

static void next(grouping *by)
{
    for (size_t a = by->x->rank; a-- > 0;) {
        if (++by->index[a] < by->x->sizes[a])
            return;
        by->index[a] = 0;
    }
}

static bool start_grouping(incir_graph *g, const incir_node *n, grouping *by)
{
    size_t count = 0;
    memset(by, 0, sizeof *by);
    by->x = incir_tensor(n, 0);
    by->n_groups = by->per_group = 1;
    if (by->x->numel > INCIR_MOST_READ || by->x->numel == 0)
        return false;
    const size_t *axes = incir_axes(g, n, 1, by->x->rank, &count);
    if (count == 0 && incir_attr_int_or(n, "noop_with_empty_axes", 0))
        return false;
    for (size_t a = 0; a < by->x->rank; a++)
        by->reduced[a] = !axes || count == 0;
    for (size_t i = 0; axes && i < count; i++)
        by->reduced[axes[i]] = true;
    for (size_t a = 0; a < by->x->rank; a++)
        *(by->reduced[a] ? &by->per_group : &by->n_groups) *= (uint64_t)by->x->sizes[a];
    return by->n_groups <= INCIR_MOST_COMPUTED;
}

static void reduce_floats(incir_graph *g, grouping *by, reduction kind, double *y)
{
    const double *x = inctensor_f64s(g->cx, by->x);
    bool *seen = INC_NEW_N(g->cx, bool, (size_t)by->n_groups);
    for (uint64_t k = 0; k < by->x->numel; k++, next(by)) {
        uint64_t to = group_of(by);
        double v = x[k];
        if (kind == L1)
            v = fabs(v);
        else if (kind == L2 || kind == SUM_SQUARE)
            v *= v;
        else if (kind == LOG_SUM_EXP)
            v = exp(v);
        if (!seen[to])
            y[to] = v;
        else if (kind == MAX)
            y[to] = isnan(y[to]) || y[to] > v ? y[to] : v;
        else if (kind == MIN)
            y[to] = isnan(y[to]) || y[to] < v ? y[to] : v;
        else
            y[to] = kind == PROD ? y[to] * v : y[to] + v;
        seen[to] = true;
    }
    for (uint64_t k = 0; k < by->n_groups; k++)
        y[k] = kind == MEAN                             ? y[k] / (double)by->per_group
               : kind == L2                             ? sqrt(y[k])
               : kind == LOG_SUM || kind == LOG_SUM_EXP ? log(y[k])
                                                        : y[k];
}

static bool reduce_integers(incir_graph *g, grouping *by, reduction kind, int64_t *y)
{
    if (kind == L2 || kind == LOG_SUM || kind == LOG_SUM_EXP || kind == MEAN)
        return false;
    const int64_t *x = inctensor_i64s(g->cx, by->x);
    bool *seen = INC_NEW_N(g->cx, bool, (size_t)by->n_groups);
    for (uint64_t k = 0; k < by->x->numel; k++, next(by)) {
        uint64_t to = group_of(by), v = (uint64_t)x[k], sum = (uint64_t)y[to];
        if (kind == L1 && x[k] < 0)
            v = 0 - v;
        else if (kind == SUM_SQUARE)
            v *= v;
        if (!seen[to])
            y[to] = (int64_t)v;
        else if (kind == MAX)
            y[to] = y[to] > x[k] ? y[to] : x[k];
        else if (kind == MIN)
            y[to] = y[to] < x[k] ? y[to] : x[k];
        else
            y[to] = (int64_t)(kind == PROD ? sum * v : sum + v);
        seen[to] = true;
    }
    return true;
}

bool incir_fold_reduce(incir_graph *g, incir_node *n, incir_value **out)
{
    grouping by;
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    if (n->inputs[0]->dtype == INCDT_U64 || !incir_known_sizes(g, n, 0, &sizes, &numel) ||
        !start_grouping(g, n, &by) || by.n_groups != numel)
        return false;
    size_t rank = n->outputs[0]->rank;
    if (incdtype_is_float(by.x->dtype)) {
        double *y = INC_NEW_N(g->cx, double, (size_t)numel);
        reduce_floats(g, &by, which_reduction(n), y);
        out[0] = incir_from_f64s(g, by.x->dtype, rank, sizes, y);
        return true;
    }
    int64_t *y = INC_NEW_N(g->cx, int64_t, (size_t)numel);
    if (!reduce_integers(g, &by, which_reduction(n), y))
        return false;
    out[0] = incir_from_i64s(g, by.x->dtype, rank, sizes, y);
    return true;
}

bool incir_fold_arg(incir_graph *g, incir_node *n, incir_value **out)
{
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_all_constant(n) || !incir_known_sizes(g, n, 0, &sizes, &numel))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    if (t->numel > INCIR_MOST_COMPUTED || t->numel == 0)
        return false;
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), t->rank);
    bool largest = incir_is(n, INCIR_OP_ARG_MAX);
    bool last = incir_attr_int_or(n, "select_last_index", 0) != 0;
    const double *x = inctensor_f64s(g->cx, t);
    uint64_t inner = 1, size = (uint64_t)t->sizes[axis];
    for (size_t a = axis + 1; a < t->rank; a++)
        inner *= (uint64_t)t->sizes[a];
    int64_t *y = INC_NEW_N(g->cx, int64_t, (size_t)numel);
    for (uint64_t k = 0; k < numel; k++) {
        const double *line = x + k / inner * size * inner + k % inner;
        uint64_t best = 0;
        for (uint64_t i = 1; i < size; i++) {
            double a = line[i * inner], b = line[best * inner];
            if ((largest ? a > b : a < b) || (last && a == b))
                best = i;
        }
        y[k] = (int64_t)best;
    }
    out[0] = incir_from_i64s(g, INCDT_I64, n->outputs[0]->rank, sizes, y);
    return true;
}

bool incir_fold_cumsum(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n) || incir_attr_int_or(n, "exclusive", 0) ||
        incir_attr_int_or(n, "reverse", 0))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    if (t->numel > INCIR_MOST_COMPUTED || t->dtype == INCDT_U64)
        return false;
    size_t axis = incir_checked_axis(g, n, inctensor_i64(g->cx, incir_tensor(n, 1)), t->rank);
    uint64_t inner = 1, size = (uint64_t)t->sizes[axis];
    for (size_t a = axis + 1; a < t->rank; a++)
        inner *= (uint64_t)t->sizes[a];
    double *f = incdtype_is_float(t->dtype) ? inctensor_f64s(g->cx, t) : NULL;
    int64_t *i = f ? NULL : inctensor_i64s(g->cx, t);
    for (uint64_t k = 0; k < t->numel; k++) {
        if (k / inner % size == 0)
            continue;
        if (f)
            f[k] += f[k - inner];
        else
            i[k] = (int64_t)((uint64_t)i[k] + (uint64_t)i[k - inner]);
    }
    out[0] = f ? incir_from_f64s(g, t->dtype, t->rank, t->sizes, f)
               : incir_from_i64s(g, t->dtype, t->rank, t->sizes, i);
    return true;
}

/* ---- MatMul ---- */

bool incir_fold_matmul(incir_graph *g, incir_node *n, incir_value **out)
{
    enum { MOST_PRODUCTS = 1 << 22 };
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_all_constant(n) || !incir_known_sizes(g, n, 0, &sizes, &numel) ||
        !incdtype_is_float(n->outputs[0]->dtype))
        return false;
    /* Two matrices; batches are rare enough to be left to the runtime. */
    const inctensor *a = incir_tensor(n, 0), *b = incir_tensor(n, 1);
    if (a->rank != 2 || b->rank != 2 || a->numel > INCIR_MOST_READ || b->numel > INCIR_MOST_READ ||
        numel > INCIR_MOST_COMPUTED)
        return false;
    uint64_t rows = (uint64_t)a->sizes[0], inner = (uint64_t)a->sizes[1];
    uint64_t columns = (uint64_t)b->sizes[1];
    if (inner && numel > MOST_PRODUCTS / inner)
        return false;
    inc_work(g->cx, numel * inner);
    const double *x = inctensor_f64s(g->cx, a), *y = inctensor_f64s(g->cx, b);
    double *z = INC_NEW_N(g->cx, double, (size_t)numel);
    if (numel == 0) /* of any number of rows */
        rows = 0;
    for (uint64_t r = 0; r < rows; r++)
        for (uint64_t k = 0; k < inner; k++)
            for (uint64_t c = 0; c < columns; c++)
                z[r * columns + c] += x[r * inner + k] * y[k * columns + c];
    out[0] = incir_from_f64s(g, n->outputs[0]->dtype, 2, sizes, z);
    return true;
}
