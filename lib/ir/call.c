/* Records of operator calls; see call.h. */
#include "ir/call.h"

#include "ir/graph.h"

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

const char *incir_call_python(incir_graph *g, incir_call *call)
{
    if (!call->python_known && g->find_python)
        call->python = g->find_python(g->find_python_data, call);
    call->python_known = true;
    return call->python;
}
