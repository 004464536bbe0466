/* SPDX-License-Identifier: Apache-2.0 */
/* What all front ends do alike with inputs and outputs. Comes in: a request, and what forward()
 * returned; goes out: outputs of the main block, and errors that name the entry of dynamic_axes or
 * output_names that does not fit. */
#include "frontend/signature.h"

#include <string.h>

#include "base/str.h"
#include "frontend/common.h"
#include "frontend/state.h"

/* ---- outputs ---- */

void incfe_outputs_add(incir_graph *g, incfe_outputs *outputs, incval v, const char *name)
{
    if (v.kind == INCVAL_NONE || v.kind == INCVAL_UNKNOWN)
        return;
    incir_value *value = incval_value(g, v, INCDT_F32);
    if (!value)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "the model returns %s", incval_described(v.kind));
    INC_PUSH(g->cx, outputs, (incfe_output){value, name});
}

static const char *output_name(inccx *cx, const incfe_request *request, incmap *names,
                               const incfe_outputs *outputs, size_t i)
{
    const char *name = outputs->items[i].name;
    bool is_asked = i < request->n_output_names;
    if (is_asked)
        name = request->output_names[i];
    else if (!name)
        name = outputs->n == 1 ? "output" : inc_printf(cx, "output_%zu", i);
    const char *unique = incfe_unique_name(cx, names, name);
    if (is_asked && unique != name)
        inc_warn(cx, "the output that was to be called %s is %s: an input has that name", name,
                 unique);
    return unique;
}

void incfe_outputs_make(incir_graph *g, const incfe_request *request, incmap *names,
                        const incfe_outputs *outputs, bool is_complete)
{
    if (outputs->n == 0 && is_complete)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "the model returns no tensor");
    if (request->n_output_names > outputs->n && is_complete)
        inc_raise(g->cx, INC_E_ARGUMENT, "output_names holds %zu names; the model has %zu output%s",
                  request->n_output_names, outputs->n, outputs->n == 1 ? "" : "s");
    for (size_t i = 0; i < outputs->n; i++)
        incfe_add_output(g, outputs->items[i].value,
                         output_name(g->cx, request, names, outputs, i));
}

/* ---- dynamic_axes ---- */

void incfe_axes_check_rank(inccx *cx, const incfe_request *request, const char *name, size_t rank)
{
    for (size_t i = 0; i < request->n_axes; i++) {
        const incfe_axis *a = &request->axes[i];
        if (strcmp(a->value, name) == 0 && (a->axis >= (int64_t)rank || a->axis < -(int64_t)rank))
            inc_raise(cx, INC_E_INPUT, "dynamic_axes asks for axis %lld of %s, which has rank %zu",
                      (long long)a->axis, name, rank);
    }
}

static bool is_axis(const incfe_axis *a, const char *name, size_t rank, size_t axis)
{
    int64_t wanted = a->axis < 0 ? a->axis + (int64_t)rank : a->axis;
    return strcmp(a->value, name) == 0 && wanted == (int64_t)axis;
}

const incfe_axis *incfe_axes_find(inccx *cx, const incfe_request *request, const char *name,
                                  size_t rank, size_t axis, bool *used)
{
    const incfe_axis *found = NULL;
    for (size_t i = 0; i < request->n_axes; i++) {
        if (!is_axis(&request->axes[i], name, rank, axis))
            continue;
        if (found)
            inc_raise(cx, INC_E_ARGUMENT, "dynamic_axes names axis %zu of %s twice", axis, name);
        found = &request->axes[i];
        used[i] = true;
    }
    return found;
}

static const incir_value *find_output(const incir_graph *g, const char *name)
{
    for (size_t i = 0; i < g->main->n_outputs; i++)
        if (strcmp(g->main->outputs[i]->name, name) == 0)
            return g->main->outputs[i];
    return NULL;
}

static void add_names(incir_graph *g, incstr *s, incir_value *const *values, size_t n)
{
    enum { MOST = 20 };
    for (size_t i = 0; i < n && i < MOST; i++)
        incstr_addf(g->cx, s, "%s%s", s->n ? ", " : "", values[i]->name);
    incstr_add(g->cx, s, n > MOST ? ", …" : "");
}

/* "x, mask, output" */
static const char *shown_names(incir_graph *g)
{
    incstr s = {0};
    add_names(g, &s, g->main->inputs, g->main->n_inputs);
    add_names(g, &s, g->main->outputs, g->main->n_outputs);
    return incstr_text(&s);
}

void incfe_axes_check(incir_graph *g, const incfe_request *request, const bool *used)
{
    for (size_t i = 0; i < request->n_axes; i++) {
        const incfe_axis *a = &request->axes[i];
        if (used[i])
            continue;
        const incir_value *v = find_output(g, a->value);
        if (!v && incfe_state_is_found(request, a->value))
            continue;
        if (!v)
            inc_raise(g->cx, INC_E_ARGUMENT,
                      "dynamic_axes names %s, which is neither an input nor an output; there is %s",
                      incstr_shown(g->cx, a->value, strlen(a->value), 100), shown_names(g));
        incfe_axes_check_rank(g->cx, request, a->value, v->rank);
        int64_t size;
        if (incir_dim(v, a->axis, &size))
            inc_warn(g->cx,
                     "axis %lld of the output %s was asked to be dynamic, but the model always "
                     "gives %lld",
                     (long long)a->axis, a->value, (long long)size);
    }
}
