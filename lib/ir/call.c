/* SPDX-License-Identifier: Apache-2.0 */
/* Records of operator calls; see call.h. In: the place where a front end is, kept in the graph.
 * Out: a record that nodes point to; the line of Python is asked of the front end when it is first
 * needed. */
#include "ir/call.h"

#include "ir/graph.h"
#include "ir/onnx_ops.h"

static incir_call *record_new(incir_graph *g)
{
    incir_call *call = INC_NEW(g->cx, incir_call);
    if (g->call) {
        call->module = g->call->module;
        call->scope = g->call->scope;
        call->origin = g->call->origin;
    }
    return call;
}

incir_call *incir_place_new(incir_graph *g, const char *module, const char *scope)
{
    incir_call *place = record_new(g);
    place->module = module;
    place->scope = scope;
    return place;
}

incir_call *incir_call_new(incir_graph *g, const char *op)
{
    incir_call *call = record_new(g);
    call->op = op;
    call->entry = g->cx->where.entry;
    call->line = g->cx->where.line;
    call->column = g->cx->where.column;
    call->is_int8 = g->int8_by_place;
    return call;
}

incir_value *incir_pass_on(incir_graph *g, incir_value *argument)
{
    incir_node *n = incir_node_new(g, "Identity");
    incir_in(g, n, argument);
    g->call->passes_on = true;
    return incir_append(g, n, argument->dtype, argument->rank, argument->dims);
}

bool incir_passes_on(const incir_node *n)
{
    return n->call->passes_on && incir_is(n, INCIR_OP_IDENTITY);
}

const char *incir_call_python(incir_graph *g, incir_call *call)
{
    if (!call->python_known && g->find_python)
        call->python = g->find_python(g->find_python_data, call);
    call->python_known = true;
    return call->python;
}
