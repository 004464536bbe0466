/* SPDX-License-Identifier: Apache-2.0 */
/* From a TorchScript archive to a graph: forward() is evaluated on its inputs. */
#include "frontend/torchscript/forward.h"
#include "frontend/signature.h"
#include "frontend/state.h"
#include "frontend/torchscript/methods.h"

static void find_written(incts_builder *b)
{
    incts_state_find_written(b->in);
    for (size_t i = 0; i < b->boxes.n; i++) {
        incir_value *next = incop_box_read(b->g, b->boxes.items[i]);
        if (next != b->values.items[i])
            incfe_input_written(b->cx, b->request, b->values.items[i], next);
    }
}

/* What cannot be exported ends the evaluation sooner or later; what was met until then is reported.
 */
static void evaluate(incts_builder *b, const incts_function *forward, const incval *args,
                     size_t n_args)
{
    inc_frame frame;
    if (inc_try(b->cx, &frame)) {
        incval returned = incts_call_function(b->in, forward, NULL, args, n_args, NULL, 0);
        find_written(b);
        incts_make_outputs(b, returned);
        inc_try_end(b->cx, &frame);
    } else if (b->cx->error.status != INC_E_UNSUPPORTED || b->in->missing.items.n == 0) {
        inc_failure error = b->cx->error; /* looking for the line must not replace it */
        if (error.status != INC_E_MEMORY && error.status != INC_E_CANCELLED)
            error.where.python = incts_python_line(b->in, &error.where);
        b->cx->error = error;
        inc_raise_again(b->cx);
    }
    if (b->in->missing.items.n)
        incfe_missing_raise(b->cx, &b->in->missing, incts_python_line, b->in);
}

incir_graph *incts_build(inccx *cx, incarc *archive, const incfe_request *request)
{
    incir_graph *g = incir_graph_new(cx, request->opset);
    g->wish = request->wish;
    g->keep_calls = request->keep_calls;
    g->custom = request->custom;
    g->fuses = request->fuses;
    incts_interp *in = incts_interp_new(cx, archive, g);
    in->dropped = incmap_new(cx);
    in->ranks = request->ranks;
    in->unroll_limit = request->unroll_limit ? request->unroll_limit : INCTS_UNROLL_LIMIT;
    g->find_python = incts_python_of;
    g->find_python_data = in;
    incts_builder *b = INC_NEW(cx, incts_builder);
    *b = (incts_builder){.in = in, .cx = cx, .g = g, .request = request};
    b->names = incmap_new(cx);
    b->symbols = incmap_new(cx);
    if (request->states)
        request->states->symbols = b->symbols;
    in->state = incts_state_new(cx, request);
    incts_object *root = incts_root(in);
    if (!root->of && archive->kind == INCARC_TORCHSCRIPT_MOBILE)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "Use the TorchScript file that it was made from.",
                       "this is a mobile model with bytecode for the lite interpreter, but without "
                       "the code of its class %s",
                       root->class_name);
    const incts_function *forward =
        incts_choose_method(cx, root->of, root->class_name, request->method);
    b->method = forward->name;
    size_t n_args;
    const incval *args = incts_make_inputs(b, root, forward, &n_args);
    cx->where.scope = "";
    evaluate(b, forward, args, n_args);
    cx->where = (inc_where){0};
    incfe_axes_check(g, request, b->axis_used);
    return g;
}
