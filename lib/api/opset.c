/* SPDX-License-Identifier: Apache-2.0 */
/* opset_version 0: the lowest opset, from the default on, in which everything that the model does
 * has the form that says it best. Emitting code knows: it wishes for another opset where it has to
 * spell out what that one has an operator for, or has no form at all. So the model is evaluated for
 * the default, and once more only where something was wished for; nothing is written before. */
#include "api/internal.h"

#include <string.h>

/* What is logged while nobody knows yet whether the evaluation counts. */
typedef struct held_line {
    inc_level level;
    const char *line;
} held_line;

typedef struct trial {
    inccx *cx;
    INC_VEC(held_line) lines;
    void (*log)(inc_level level, const char *line, void *user_data);
    void *log_data;
    size_t n_warnings;
    uint64_t work;
    inc_where where;
} trial;

static void hold(inc_level level, const char *line, void *data)
{
    trial *t = data;
    held_line held = {level, inc_strdup(t->cx, line)};
    INC_PUSH(t->cx, &t->lines, held);
}

static void begin_trial(inccx *cx, trial *t)
{
    *t = (trial){.cx = cx,
                 .log = cx->hooks.log,
                 .log_data = cx->hooks.log_data,
                 .n_warnings = cx->n_warnings,
                 .work = cx->work,
                 .where = cx->where};
    if (!t->log)
        return;
    cx->hooks.log = hold;
    cx->hooks.log_data = t;
}

static void end_trial(inccx *cx, trial *t)
{
    cx->hooks.log = t->log;
    cx->hooks.log_data = t->log_data;
}

static void tell_held(const trial *t)
{
    for (size_t i = 0; i < t->lines.n; i++)
        t->log(t->lines.items[i].level, t->lines.items[i].line, t->log_data);
}

/* As if it had not been. */
static void forget_trial(inccx *cx, const trial *t)
{
    cx->n_warnings = t->n_warnings;
    cx->work = t->work;
    cx->where = t->where;
}

incir_graph *incapi_build_ranks(inccx *cx, incfe_request *request, incapi_build build, void *data)
{
    trial *t = INC_NEW(cx, trial);
    request->ranks = INC_NEW(cx, incfe_ranks);
    request->ranks->chosen = INCFE_RANKS_OF_DATA;
    for (;; request->ranks->chosen = request->ranks->met - 1) {
        incir_graph *volatile graph = NULL;
        inc_frame frame;
        request->ranks->met = INCFE_RANKS_NONE;
        begin_trial(cx, t);
        if (inc_try(cx, &frame)) {
            graph = build(cx, request, data);
            inc_try_end(cx, &frame);
        }
        end_trial(cx, t);
        inc_status status = graph ? INC_OK : cx->error.status;
        bool may_be_of_ranks =
            status == INC_E_UNSUPPORTED || status == INC_E_FORMAT || status == INC_E_INPUT;
        bool is_last = !may_be_of_ranks || request->ranks->met == INCFE_RANKS_NONE;
        if (is_last)
            tell_held(t);
        if (graph)
            return graph;
        if (is_last)
            inc_raise_again(cx);
        forget_trial(cx, t);
    }
}

incir_graph *incapi_build_best(inccx *cx, incfe_request *request, incapi_build build, void *data)
{
    incir_wish *wish = INC_NEW(cx, incir_wish);
    trial *t = INC_NEW(cx, trial);
    request->wish = wish;
    for (request->opset = INCAPI_DEFAULT_OPSET;; request->opset = wish->opset) {
        incir_graph *volatile graph = NULL;
        inc_frame frame;
        begin_trial(cx, t);
        if (inc_try(cx, &frame)) {
            graph = build(cx, request, data);
            inc_try_end(cx, &frame);
        }
        end_trial(cx, t);
        bool is_best = wish->opset <= request->opset;
        if (!graph && (is_best || cx->error.status != INC_E_UNSUPPORTED)) {
            tell_held(t);
            inc_raise_again(cx);
        }
        if (is_best) {
            tell_held(t);
            if (wish->op)
                inc_log(cx, INCCX_INFO, "opset %u is written, which has a form for %s",
                        request->opset, wish->op);
            return graph;
        }
        forget_trial(cx, t);
    }
}
