/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: comparing sizes, and parts of nodes that changed their form
 * with the opset. */
#include "ops/emit/internal.h"

bool emit_same_size(incir_graph *g, const incsym *a, const incsym *b)
{
    return a == b || incsym_eq(g->syms, a, b) == 1;
}

bool emit_same_shape(incir_graph *g, const incir_value *x, const incsym *const *sizes, size_t rank)
{
    if (x->rank != rank)
        return false;
    for (size_t i = 0; i < rank; i++)
        if (!emit_same_size(g, incir_axis_size(g, x, i), sizes[i]))
            return false;
    return true;
}

incir_value *emit_set_dims(incir_graph *g, incir_value *x, const incsym *const *sizes)
{
    if (x->kind == INCIR_RESULT)
        x->dims = inc_copy(g->cx, sizes, x->rank * sizeof *sizes);
    return x;
}

incir_value *emit_axes_value(incir_graph *g, const size_t *axes, size_t n)
{
    int64_t *values = INC_NEW_N(g->cx, int64_t, n);
    for (size_t i = 0; i < n; i++)
        values[i] = (int64_t)axes[i];
    return incir_const_i64s(g, values, n);
}

void emit_add_axes(incir_graph *g, incir_node *n, const size_t *axes, size_t count, uint32_t since)
{
    if (g->opset >= since) {
        incir_in(g, n, emit_axes_value(g, axes, count));
        return;
    }
    int64_t *values = INC_NEW_N(g->cx, int64_t, count);
    for (size_t i = 0; i < count; i++)
        values[i] = (int64_t)axes[i];
    incir_attr_ints(g, n, "axes", values, count);
}

const incir_node *emit_produced_by(const incir_value *x, incir_opcode code)
{
    return x->kind == INCIR_RESULT && incir_is(x->producer, code) ? x->producer : NULL;
}
