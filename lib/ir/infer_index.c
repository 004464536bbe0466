/* SPDX-License-Identifier: Apache-2.0 */
/* Types of operators that pick, place or find elements by index. In: a node. Out: element type and
 * shape of its outputs; how many are found is a size that depends on the data. */
#include "ir/infer.h"

#include <string.h>

void incir_infer_gather(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *at = incir_need_index(g, n, 1);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    size_t rank = x->rank - 1 + at->rank;
    if (rank > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "too many axes");
    const incsym *dims[INCTENSOR_MAX_RANK];
    memcpy(dims, x->dims, axis * sizeof *dims);
    memcpy(dims + axis, at->dims, at->rank * sizeof *dims);
    memcpy(dims + axis + at->rank, x->dims + axis + 1, (x->rank - axis - 1) * sizeof *dims);
    incir_set_output(g, n, 0, x->dtype, rank, dims);
}

void incir_infer_gather_elements(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *at = incir_need_index(g, n, 1);
    incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    if (at->rank != x->rank)
        incir_misfit(g, n, "the indices need as many axes as the data");
    incir_set_output(g, n, 0, x->dtype, at->rank, at->dims);
}

/* How many axes one index of GatherND or ScatterND spans. */
static size_t index_length(incir_graph *g, incir_node *n, const incir_value *at, size_t most)
{
    int64_t length;
    if (at->rank == 0 || !incir_dim(at, -1, &length))
        incir_cannot(g, n, "the last axis of the indices has to be known");
    if (length < 0 || (uint64_t)length > most)
        incir_misfit(g, n, "an index of %lld axes", (long long)length);
    return (size_t)length;
}

void incir_infer_gather_nd(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *at = incir_need_index(g, n, 1);
    int64_t batch = incir_attr_int_or(n, "batch_dims", 0);
    if (batch < 0 || batch >= (int64_t)x->rank || batch >= (int64_t)at->rank)
        incir_misfit(g, n, "%lld batch axes", (long long)batch);
    size_t shared = (size_t)batch, length = index_length(g, n, at, x->rank - shared);
    size_t rest = x->rank - shared - length;
    if (at->rank - 1 + rest > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "too many axes");
    const incsym *dims[INCTENSOR_MAX_RANK];
    memcpy(dims, at->dims, (at->rank - 1) * sizeof *dims);
    memcpy(dims + at->rank - 1, x->dims + shared + length, rest * sizeof *dims);
    incir_set_output(g, n, 0, x->dtype, at->rank - 1 + rest, dims);
}

void incir_infer_scatter_elements(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *at = incir_need_index(g, n, 1);
    incir_value *updates = incir_need(g, n, 2);
    incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    if (at->rank != x->rank || updates->rank != x->rank || updates->dtype != x->dtype)
        incir_misfit(g, n, "indices and updates need the rank, updates the type of the data");
    for (size_t i = 0; i < at->rank; i++)
        incir_unify(g, n, at->dims[i], updates->dims[i]);
    incir_infer_same(g, n);
}

void incir_infer_scatter_nd(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *at = incir_need_index(g, n, 1);
    incir_value *updates = incir_need(g, n, 2);
    size_t length = index_length(g, n, at, x->rank);
    if (updates->rank != at->rank - 1 + x->rank - length || updates->dtype != x->dtype)
        incir_misfit(g, n, "the updates do not fit the indices");
    for (size_t i = 0; i < updates->rank; i++)
        incir_unify(g, n, updates->dims[i],
                    i < at->rank - 1 ? at->dims[i] : x->dims[length + i - (at->rank - 1)]);
    incir_infer_same(g, n);
}

void incir_infer_one_hot(incir_graph *g, incir_node *n)
{
    incir_value *at = incir_need(g, n, 0), *depth = incir_need(g, n, 1);
    incir_value *values = incir_need_rank(g, n, 2, 1);
    if (at->rank >= INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "too many axes");
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", -1), at->rank + 1);
    const incsym *dims[INCTENSOR_MAX_RANK], *const *items = NULL;
    size_t count = 1;
    if (depth->dtype == INCDT_I64 || depth->dtype == INCDT_I32)
        items = incir_elements(g, n, 1, &count);
    if (count != 1)
        incir_misfit(g, n, "the depth has to be one integer");
    for (size_t i = 0; i <= at->rank; i++)
        dims[i] = i < axis   ? at->dims[i]
                  : i > axis ? at->dims[i - 1]
                  : items    ? items[0]
                             : incir_unknown(g, "classes", 1);
    incir_set_fresh_output(g, n, 0, values->dtype, at->rank + 1, dims);
}

void incir_infer_top_k(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", -1), x->rank), count;
    const incsym *const *k = incir_elements(g, n, 1, &count);
    if (count != 1)
        incir_misfit(g, n, "k has to be one integer");
    const incsym **dims = incir_copy_dims(g, x);
    int64_t size;
    if (k && incsym_known(k[0], &size) && (size < 0 || incsym_lt(g->syms, dims[axis], k[0]) == 1))
        incir_misfit(g, n, "the %lld largest of axis %zu", (long long)size, axis);
    dims[axis] = k ? k[0] : incir_unknown(g, "k", 1);
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
    incir_set_fresh_output(g, n, 1, INCDT_I64, x->rank, dims);
}

void incir_infer_non_zero(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incsym *dims[2] = {incir_int(g, (int64_t)x->rank),
                             incir_unknown(g, "nonzero", incsym_hint(incir_numel(g, x)))};
    incir_set_fresh_output(g, n, 0, INCDT_I64, 2, dims);
}

void incir_infer_unique(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incir_attr *attr = incir_find_attr(n, "axis");
    const incsym *all = incir_numel(g, x);
    if (!attr) {
        const incsym *found = incir_unknown(g, "unique", incsym_hint(all));
        incir_set_fresh_output(g, n, 0, x->dtype, 1, &found);
        incir_set_fresh_output(g, n, 1, INCDT_I64, 1, &found);
        incir_set_output(g, n, 2, INCDT_I64, 1, &all);
        incir_set_fresh_output(g, n, 3, INCDT_I64, 1, &found);
        return;
    }
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    const incsym *size = x->dims[axis], *found = incir_unknown(g, "unique", incsym_hint(size));
    const incsym **dims = incir_copy_dims(g, x);
    dims[axis] = found;
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
    incir_set_fresh_output(g, n, 1, INCDT_I64, 1, &found);
    incir_set_output(g, n, 2, INCDT_I64, 1, &size);
    incir_set_fresh_output(g, n, 3, INCDT_I64, 1, &found);
}

void incir_infer_compress(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *condition = incir_need_rank(g, n, 1, 1);
    if (condition->dtype != INCDT_BOOL)
        incir_misfit(g, n, "the condition has to be bool");
    const incsym *kept = incir_unknown(g, "kept", incsym_hint(condition->dims[0]));
    if (!incir_find_attr(n, "axis")) {
        incir_set_fresh_output(g, n, 0, x->dtype, 1, &kept);
        return;
    }
    const incsym **dims = incir_copy_dims(g, x);
    dims[incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank)] = kept;
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

void incir_infer_nms(incir_graph *g, incir_node *n)
{
    incir_value *boxes = incir_need_rank(g, n, 0, 3);
    incir_need_rank(g, n, 1, 3);
    const incsym *dims[2] = {incir_unknown(g, "selected", incsym_hint(boxes->dims[1])),
                             incir_int(g, 3)};
    incir_set_fresh_output(g, n, 0, INCDT_I64, 2, dims);
}

void incir_infer_reverse_sequence(incir_graph *g, incir_node *n)
{
    if (incir_need(g, n, 0)->rank < 2)
        incir_misfit(g, n, "two axes are needed");
    incir_need_rank(g, n, 1, 1);
    incir_infer_same(g, n);
}
