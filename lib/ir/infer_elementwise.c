/* SPDX-License-Identifier: Apache-2.0 */
/* Types of operators that work element by element, with broadcasting, and of those that keep the
 * shape of their first input. */
#include "ir/infer.h"

void incir_infer_same(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    incir_set_output(g, n, 0, x->dtype, x->rank, x->dims);
}

void incir_infer_real(incir_graph *g, incir_node *n)
{
    const incir_value *x = incir_need(g, n, 0);
    incir_set_output(g, n, 0, INCDT_F32, x->rank, x->dims);
}

void incir_infer_float(incir_graph *g, incir_node *n)
{
    incir_need_float(g, n, 0);
    incir_infer_same(g, n);
}

void incir_infer_bitwise_not(incir_graph *g, incir_node *n)
{
    if (!incdtype_is_integer(incir_need(g, n, 0)->dtype))
        incir_misfit(g, n, "only integers have bits");
    incir_infer_same(g, n);
}

static void need_bool(incir_graph *g, incir_node *n, size_t i)
{
    if (incir_need(g, n, i)->dtype != INCDT_BOOL)
        incir_misfit(g, n, "input %zu has to be bool", i);
}

void incir_infer_not(incir_graph *g, incir_node *n)
{
    need_bool(g, n, 0);
    incir_infer_same(g, n);
}

void incir_infer_is(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    incir_set_output(g, n, 0, INCDT_BOOL, x->rank, x->dims);
}

/* Sets output 0 to the broadcast shape of the inputs from `first` on. */
static void set_broadcast(incir_graph *g, incir_node *n, size_t first, incdtype dtype)
{
    const incsym *dims[INCTENSOR_MAX_RANK];
    size_t rank = 0;
    for (size_t i = first; i < n->n_inputs; i++) {
        incir_value *v = incir_need(g, n, i);
        incir_broadcast_into(g, n, dims, &rank, v->dims, v->rank);
    }
    incir_set_output(g, n, 0, dtype, rank, dims);
}

static incdtype need_same_types(incir_graph *g, incir_node *n, size_t first, size_t least)
{
    incdtype type = incir_need(g, n, first)->dtype;
    if (n->n_inputs < first + least)
        incir_misfit(g, n, "%zu inputs are needed", first + least);
    for (size_t i = first + 1; i < n->n_inputs; i++)
        if (incir_need(g, n, i)->dtype != type)
            incir_misfit(g, n, "the element types differ");
    return type;
}

void incir_infer_binary(incir_graph *g, incir_node *n)
{
    set_broadcast(g, n, 0, need_same_types(g, n, 0, 2));
}

void incir_infer_pow(incir_graph *g, incir_node *n)
{
    incir_need(g, n, 1);
    set_broadcast(g, n, 0, incir_need(g, n, 0)->dtype);
}

void incir_infer_compare(incir_graph *g, incir_node *n)
{
    need_same_types(g, n, 0, 2);
    set_broadcast(g, n, 0, INCDT_BOOL);
}

void incir_infer_logical(incir_graph *g, incir_node *n)
{
    need_bool(g, n, 0);
    need_bool(g, n, 1);
    set_broadcast(g, n, 0, INCDT_BOOL);
}

void incir_infer_variadic(incir_graph *g, incir_node *n)
{
    set_broadcast(g, n, 0, need_same_types(g, n, 0, 1));
}

void incir_infer_where(incir_graph *g, incir_node *n)
{
    need_bool(g, n, 0);
    incdtype type = need_same_types(g, n, 1, 2);
    set_broadcast(g, n, 0, type);
}

void incir_infer_prelu(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    need_same_types(g, n, 0, 2);
    const incsym *dims[INCTENSOR_MAX_RANK];
    size_t rank = 0;
    incir_broadcast_into(g, n, dims, &rank, x->dims, x->rank);
    incir_broadcast_into(g, n, dims, &rank, n->inputs[1]->dims, n->inputs[1]->rank);
    if (rank != x->rank)
        incir_misfit(g, n, "the slope has more axes than the input");
    incir_set_output(g, n, 0, x->dtype, x->rank, x->dims);
}

void incir_infer_cast(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    incdtype to = incir_dtype_of_onnx(g, n, incir_attr_int_or(n, "to", 0));
    incir_set_output(g, n, 0, to, x->rank, x->dims);
}

void incir_infer_cast_like(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    incir_set_output(g, n, 0, incir_need(g, n, 1)->dtype, x->rank, x->dims);
}

void incir_infer_clip(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    for (size_t i = 1; i < n->n_inputs; i++)
        if (n->inputs[i] && (n->inputs[i]->rank != 0 || n->inputs[i]->dtype != x->dtype))
            incir_misfit(g, n, "a bound has to be a scalar of the input's type");
    incir_infer_same(g, n);
}

void incir_infer_dropout(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    incir_infer_same(g, n);
    incir_set_output(g, n, 1, INCDT_BOOL, x->rank, x->dims);
}

void incir_infer_softmax(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    incir_checked_axis(g, n, incir_attr_int_or(n, "axis", g->opset >= 13 ? -1 : 1), x->rank);
    incir_infer_same(g, n);
}

void incir_infer_cumsum(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    int64_t axis;
    size_t count;
    const incsym *const *items = incir_elements(g, n, 1, &count);
    if (count != 1)
        incir_misfit(g, n, "the axis has to be one integer");
    if (items && incsym_known(items[0], &axis))
        incir_checked_axis(g, n, axis, x->rank);
    incir_infer_same(g, n);
}

void incir_infer_trilu(incir_graph *g, incir_node *n)
{
    if (incir_need(g, n, 0)->rank < 2)
        incir_misfit(g, n, "a matrix is needed");
    incir_infer_same(g, n);
}
