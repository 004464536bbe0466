/* SPDX-License-Identifier: Apache-2.0 */
/* Types of reductions. In: a node, its axes an attribute or an input, as the opset has it. Out: the
 * shape without those axes, or with ones in their place. */
#include "ir/infer.h"

static void set_reduced(incir_graph *g, incir_node *n, incdtype dtype, const size_t *axes,
                        size_t count, bool keepdims)
{
    const incir_value *x = n->inputs[0];
    const incsym *dims[INCTENSOR_MAX_RANK];
    size_t rank = 0;
    for (size_t i = 0, k = 0; i < x->rank; i++) {
        bool reduced = !axes || (k < count && axes[k] == i);
        k += axes && reduced;
        if (!reduced)
            dims[rank++] = x->dims[i];
        else if (keepdims)
            dims[rank++] = incir_int(g, 1);
    }
    incir_set_output(g, n, 0, dtype, rank, dims);
}

void incir_infer_reduce(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t count = 0;
    const size_t *axes = incir_axes(g, n, 1, x->rank, &count);
    bool given = axes && count > 0;
    if (!given && incir_attr_int_or(n, "noop_with_empty_axes", 0)) {
        incir_infer_same(g, n);
        return;
    }
    set_reduced(g, n, x->dtype, given ? axes : NULL, count,
                incir_attr_int_or(n, "keepdims", 1) != 0);
}

void incir_infer_arg(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    set_reduced(g, n, INCDT_I64, &axis, 1, incir_attr_int_or(n, "keepdims", 1) != 0);
}
