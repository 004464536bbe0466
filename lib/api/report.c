/* SPDX-License-Identifier: Apache-2.0 */
/* What came out of an export, in a context of its own that lives until the caller frees it. */
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "base/map.h"
#include "base/str.h"
#include "ir/rewrite.h"

typedef struct op_count {
    const char *name;
    uint64_t count;
} op_count;

struct inc_report {
    inccx *cx;
    uint32_t opset;
    inc_dtype dtype;
    incox_written written;
    inc_value *inputs, *outputs;
    size_t n_inputs, n_outputs;
    op_count *ops;
    size_t n_ops;
    const char **warnings;
    size_t n_warnings;
    inc_planned *planned;
    size_t n_planned;
    inc_state_value *states;
    size_t n_states;
};

/* ---- making ---- */

inc_value incapi_value(inccx *cx, const incir_graph *g, const incir_value *v)
{
    int64_t *shape = INC_NEW_N(cx, int64_t, v->rank);
    const char **symbols = INC_NEW_N(cx, const char *, v->rank);
    for (size_t i = 0; i < v->rank; i++)
        if (!incsym_known(v->dims[i], &shape[i])) {
            shape[i] = -1;
            symbols[i] = inc_strdup(cx, incsym_text(g->syms, v->dims[i]));
        }
    return (inc_value){.name = inc_strdup(cx, v->name ? v->name : ""),
                       .shape = shape,
                       .symbols = symbols,
                       .rank = v->rank,
                       .element = (inc_element)v->dtype,
                       .is_known = 1};
}

static inc_value *copy_values(inccx *cx, const incir_graph *g, incir_value *const *values, size_t n)
{
    inc_value *copies = INC_NEW_N(cx, inc_value, n);
    for (size_t i = 0; i < n; i++)
        copies[i] = incapi_value(cx, g, values[i]);
    return copies;
}

typedef struct op_counting {
    inccx *cx;
    incmap *counts; /* operator -> op_count */
} op_counting;

static void count_op(void *data, incir_node *n)
{
    op_counting *c = data;
    op_count *count = incmap_get_str(c->counts, n->op_type);
    if (!count) {
        count = INC_NEW(c->cx, op_count);
        count->name = inc_strdup(c->cx, n->op_type);
        incmap_set_str(c->cx, c->counts, n->op_type, count);
    }
    count->count++;
}

static int more_first(const void *a, const void *b)
{
    const op_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void count_ops(inccx *cx, inc_report *r, const incir_graph *g)
{
    incmap *counts = incmap_new(cx);
    op_counting counting = {cx, counts};
    incir_each_node(g->main, count_op, &counting);
    r->ops = INC_NEW_N(cx, op_count, incmap_count(counts));
    for (const incmap_entry *e = incmap_first(counts); e; e = incmap_next(e))
        r->ops[r->n_ops++] = *(const op_count *)incmap_value(e);
    if (r->n_ops > 0)
        qsort(r->ops, r->n_ops, sizeof *r->ops, more_first);
}

typedef struct making {
    inccx *from; /* the export's */
    const incapi_outcome *of;
    incmap *calls; /* of an FP32 export; NULL: there is a plan */
    inc_report *report;
} making;

static const char *copy_text(inccx *cx, const char *text)
{
    return text ? inc_strdup(cx, text) : NULL;
}

static void copy_plan(inccx *cx, inc_report *r, const incq_plan *plan)
{
    r->planned = INC_NEW_N(cx, inc_planned, plan->n);
    for (size_t i = 0; i < plan->n; i++) {
        const incq_step *s = plan->items[i];
        /* a node that another of equal inputs took the place of has no block any more */
        const char *node = s->node && s->node->block ? s->node->name : NULL;
        r->planned[i] = (inc_planned){.struct_size = sizeof(inc_planned),
                                      .module = copy_text(cx, s->call->module),
                                      .pytorch = copy_text(cx, s->call->op),
                                      .source = copy_text(cx, s->call->python),
                                      .node = copy_text(cx, node),
                                      .form = copy_text(cx, s->form),
                                      .input = copy_text(cx, s->input),
                                      .weight = copy_text(cx, s->weight),
                                      .output = copy_text(cx, s->output),
                                      .reason = copy_text(cx, s->reason),
                                      .arithmetic = (inc_arithmetic)s->arithmetic};
    }
    r->n_planned = plan->n;
}

/* ---- the operators of an FP32 model ---- */

/* A call of the model's code, and the nodes of the finished graph that do its work. */
typedef struct done_call {
    incir_call *call;
    const char *node;
    size_t n_nodes;
    incstr form;
} done_call;

typedef struct done_calls {
    inccx *cx;
    incmap *by_call; /* in the order of their first nodes */
} done_calls;

static void note_node(void *data, incir_node *n)
{
    enum { MOST_NAMED = 8 }; /* a loop that was unrolled is one call of many nodes */
    done_calls *calls = data;
    if (!n->call->op)
        return;
    done_call *d = incmap_get(calls->by_call, &n->call, sizeof n->call, NULL);
    if (!d) {
        d = INC_NEW(calls->cx, done_call);
        d->call = n->call;
        d->node = n->name;
        incmap_set(calls->cx, calls->by_call, &n->call, sizeof n->call, d);
    }
    if (++d->n_nodes <= MOST_NAMED)
        incstr_addf(calls->cx, &d->form, "%s%s", d->n_nodes > 1 ? " " : "", n->op_type);
    else if (d->n_nodes == MOST_NAMED + 1)
        incstr_add(calls->cx, &d->form, " …");
}

static incmap *calls_of(inccx *cx, incir_graph *g)
{
    done_calls calls = {cx, incmap_new(cx)};
    incir_each_node(g->main, note_node, &calls);
    return calls.by_call;
}

static void copy_calls(inccx *cx, inc_report *r, const incmap *calls)
{
    r->planned = INC_NEW_N(cx, inc_planned, incmap_count(calls));
    for (const incmap_entry *e = incmap_first(calls); e; e = incmap_next(e)) {
        const done_call *d = incmap_value(e);
        r->planned[r->n_planned++] = (inc_planned){.struct_size = sizeof(inc_planned),
                                                   .module = copy_text(cx, d->call->module),
                                                   .pytorch = copy_text(cx, d->call->op),
                                                   .source = copy_text(cx, d->call->python),
                                                   .node = copy_text(cx, d->node),
                                                   .form = copy_text(cx, incstr_text(&d->form)),
                                                   .arithmetic = INC_ARITHMETIC_FLOAT};
    }
}

static void copy_states(inccx *cx, inc_report *r, const incfe_state_list *states)
{
    r->states = INC_NEW_N(cx, inc_state_value, states->n);
    for (size_t i = 0; i < states->n; i++) {
        const incfe_state *s = states->items[i];
        r->states[i] = (inc_state_value){
            .struct_size = sizeof(inc_state_value),
            .name = copy_text(cx, s->input->name),
            .next = copy_text(cx, s->next->name),
            .shape = inc_copy(cx, s->first->sizes, s->first->rank * sizeof *s->first->sizes),
            .rank = s->first->rank,
            .element = (inc_element)s->first->dtype,
            .module = copy_text(cx, s->module),
            .source = copy_text(cx, s->python)};
    }
    r->n_states = states->n;
}

static void make(inccx *cx, void *data)
{
    making *m = data;
    inc_report *r = INC_NEW(cx, inc_report);
    const incir_block *main = m->of->graph->main;

    r->cx = cx;
    r->opset = m->of->graph->opset;
    r->dtype = m->of->dtype;
    r->written = *m->of->written;
    r->written.n_sinks = 0;
    r->written.external_path = copy_text(cx, r->written.external_path);
    r->written.state_path = copy_text(cx, r->written.state_path);
    r->inputs = copy_values(cx, m->of->graph, main->inputs, main->n_inputs);
    r->n_inputs = main->n_inputs;
    r->outputs = copy_values(cx, m->of->graph, main->outputs, main->n_outputs);
    r->n_outputs = main->n_outputs;
    count_ops(cx, r, m->of->graph);
    r->warnings = INC_NEW_N(cx, const char *, m->from->n_warnings);
    for (size_t i = 0; i < m->from->n_warnings; i++)
        r->warnings[r->n_warnings++] = inc_strdup(cx, m->from->warnings[i]);
    if (!m->calls)
        copy_plan(cx, r, m->of->plan);
    else
        copy_calls(cx, r, m->calls);
    copy_states(cx, r, m->of->states);
    m->report = r;
}

inc_report *incapi_report_new(const inc_hooks *hooks, inccx *cx, const incapi_outcome *outcome)
{
    const incq_plan *plan = outcome->dtype == INC_DTYPE_FP32 ? NULL : outcome->plan;
    for (size_t i = 0; plan && i < plan->n; i++) /* in the export's context */
        (void)incir_call_python(outcome->graph, plan->items[i]->call);
    making m = {.from = cx, .of = outcome};
    m.calls = plan ? NULL : calls_of(cx, outcome->graph);
    for (const incmap_entry *e = plan ? NULL : incmap_first(m.calls); e; e = incmap_next(e))
        (void)incir_call_python(outcome->graph, ((done_call *)incmap_value(e))->call);
    inccx *own = inccx_new(
        &(inc_hooks){.alloc = hooks->alloc, .free = hooks->free, .alloc_data = hooks->alloc_data});
    inc_status status = own ? incapi_call_in(own, NULL, make, &m) : INC_E_MEMORY;
    if (status != INC_OK) {
        inccx_free(own);
        inc_raise(cx, status, "out of memory");
    }
    return m.report;
}

void inc_report_free(inc_report *report)
{
    if (report)
        inccx_free(report->cx);
}

/* ---- asking ---- */

/* What was not written has nothing of anything. */
static const inc_report *of(const inc_report *report)
{
    static const inc_report nothing;
    return report ? report : &nothing;
}

uint32_t inc_report_opset(const inc_report *report)
{
    return of(report)->opset;
}

inc_dtype inc_report_dtype(const inc_report *report)
{
    return of(report)->dtype;
}

int64_t inc_report_ir_version(const inc_report *report)
{
    return of(report)->written.ir_version;
}

size_t inc_report_n_inputs(const inc_report *report)
{
    return of(report)->n_inputs;
}

const inc_value *inc_report_input(const inc_report *report, size_t i)
{
    return i < of(report)->n_inputs ? &of(report)->inputs[i] : NULL;
}

size_t inc_report_n_outputs(const inc_report *report)
{
    return of(report)->n_outputs;
}

const inc_value *inc_report_output(const inc_report *report, size_t i)
{
    return i < of(report)->n_outputs ? &of(report)->outputs[i] : NULL;
}

uint64_t inc_report_n_nodes(const inc_report *report)
{
    uint64_t n = 0;
    for (size_t i = 0; i < of(report)->n_ops; i++)
        n += of(report)->ops[i].count;
    return n;
}

size_t inc_report_n_operators(const inc_report *report)
{
    return of(report)->n_ops;
}

const char *inc_report_operator(const inc_report *report, size_t i)
{
    return i < of(report)->n_ops ? of(report)->ops[i].name : NULL;
}

uint64_t inc_report_operator_count(const inc_report *report, size_t i)
{
    return i < of(report)->n_ops ? of(report)->ops[i].count : 0;
}

uint64_t inc_report_n_constants(const inc_report *report)
{
    return of(report)->written.n_constants;
}

uint64_t inc_report_constant_bytes(const inc_report *report)
{
    return of(report)->written.constant_bytes;
}

uint64_t inc_report_bytes(const inc_report *report)
{
    return of(report)->written.bytes;
}

uint64_t inc_report_external_bytes(const inc_report *report)
{
    return of(report)->written.external_bytes;
}

const char *inc_report_external_path(const inc_report *report)
{
    return of(report)->written.external_path;
}

size_t inc_report_n_states(const inc_report *report)
{
    return of(report)->n_states;
}

const inc_state_value *inc_report_state(const inc_report *report, size_t i)
{
    return i < of(report)->n_states ? &of(report)->states[i] : NULL;
}

const char *inc_report_state_path(const inc_report *report)
{
    return of(report)->written.state_path;
}

size_t inc_report_n_warnings(const inc_report *report)
{
    return of(report)->n_warnings;
}

const char *inc_report_warning(const inc_report *report, size_t i)
{
    return i < of(report)->n_warnings ? of(report)->warnings[i] : NULL;
}

size_t inc_report_n_planned(const inc_report *report)
{
    return of(report)->n_planned;
}

const inc_planned *inc_report_planned(const inc_report *report, size_t i)
{
    return i < of(report)->n_planned ? &of(report)->planned[i] : NULL;
}
