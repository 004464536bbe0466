/* SPDX-License-Identifier: Apache-2.0 */
/* Model state by data flow; see state.h. Comes in: what front ends note of writes. Goes out: a
 * graph whose state is inputs and outputs, or the report of it. Relies on front ends asking
 * incfe_state_is_asked() for whatever a write can reach. */
#include "frontend/state.h"

#include <string.h>

#include "base/str.h"
#include "frontend/cache_names.h"
#include "frontend/common.h"

/* Evaluations until sizes, and what is written, no longer change. Each widens at least one axis. */
enum { MOST_EVALUATIONS = 12 };

/* ---- evaluations ---- */

typedef struct builder {
    inccx *cx;
    incfe_build build;
    incarc *archive;
    const incfe_request *request;
    incmap *refusals;           /* key -> why it cannot be an input and an output */
    incir_graph *graph;         /* of the newest evaluation */
    struct incfe_states *found; /* by it */
    incfe_state **read;
    size_t n_read;
} builder;

static void evaluate(builder *b, const struct incfe_states *before)
{
    struct incfe_states *s = INC_NEW(b->cx, struct incfe_states);
    s->by_key = incmap_new(b->cx);
    s->asked = incmap_new(b->cx);
    for (size_t i = 0; before && i < before->found.n; i++) {
        incfe_state *state = before->found.items[i];
        if (!state->refusal && ((state->first && state->next) || state->form))
            incmap_set_str(b->cx, s->asked, state->key, state);
        s->has_forms = s->has_forms || state->form;
    }
    incfe_request request = *b->request;
    request.states = s;
    b->graph = b->build(b->cx, b->archive, &request);
    b->found = s;
    for (size_t i = 0; i < s->found.n; i++)
        if (!s->found.items[i]->refusal)
            s->found.items[i]->refusal = incmap_get_str(b->refusals, s->found.items[i]->key);
}

/* Marks the axes on which a state comes out with another size than it went in with, and refuses
 * what comes out as something else. Whether anything changed. */
static bool widen(builder *b)
{
    bool changed = false;
    for (size_t i = 0; i < b->n_read; i++) {
        incfe_state *s = b->read[i];
        if (s->refusal)
            continue;
        if (s->next->dtype != s->input->dtype || s->next->rank != s->input->rank) {
            s->refusal =
                inc_printf(b->cx, "the call leaves %s in it", incir_type_text(b->graph, s->next));
            incmap_set_str(b->cx, b->refusals, s->key, (void *)(uintptr_t)s->refusal);
            changed = true;
            continue;
        }
        for (size_t axis = 0; axis < s->input->rank && axis < 64; axis++) {
            if (incsym_eq(b->graph->syms, s->next->dims[axis], s->input->dims[axis]) == 1 ||
                s->free_axes >> axis & 1)
                continue;
            s->free_axes |= (uint64_t)1 << axis;
            changed = true;
        }
    }
    return changed;
}

static bool finds_more(const struct incfe_states *now, const struct incfe_states *before)
{
    for (size_t i = 0; i < now->found.n; i++)
        if (now->found.items[i]->next && !incmap_has_str(before->by_key, now->found.items[i]->key))
            return true;
    return false;
}

static bool is_probed(const struct incfe_states *s)
{
    bool any = false;
    for (size_t i = 0; i < s->found.n; i++)
        any = any || (s->found.items[i]->form && s->found.items[i]->stage == INCFE_STAGE_PROBED);
    return any;
}

/* Whether something is made of states that were not all inputs yet. */
static bool has_forms(const struct incfe_states *s)
{
    bool any = false;
    for (size_t i = 0; i < s->found.n; i++)
        any = any || (s->found.items[i]->form && s->found.items[i]->stage == INCFE_STAGE_USED);
    return any;
}

/* Evaluates as if numbers that the first call finds out were there. Where that cannot be exported,
 * they are taken to be kept. */
static void probe(builder *b)
{
    const builder first = *b;
    inc_frame frame;
    inc_where where = b->cx->where;
    if (inc_try(b->cx, &frame)) {
        evaluate(b, first.found);
        inc_try_end(b->cx, &frame);
        return;
    }
    if (b->cx->error.status != INC_E_UNSUPPORTED && b->cx->error.status != INC_E_FORMAT &&
        b->cx->error.status != INC_E_INPUT)
        inc_raise_again(b->cx);
    b->cx->where = where;
    *b = first;
    for (size_t i = 0; i < b->found->found.n; i++)
        if (b->found->found.items[i]->stage == INCFE_STAGE_PROBED)
            b->found->found.items[i]->stage = INCFE_STAGE_KEPT;
    evaluate(b, first.found);
}

/* Evaluates with what was written as inputs, until that is so for good. */
static void evaluate_with_inputs(builder *b)
{
    const struct incfe_states *before = b->found;
    bool probes = is_probed(before);
    if (probes)
        probe(b);
    for (int i = 0;; i++) {
        if (i == MOST_EVALUATIONS)
            inc_raise(b->cx, INC_E_UNSUPPORTED,
                      "the sizes of the model's state change from call to call");
        if (!probes)
            evaluate(b, before);
        b->read = INC_NEW_N(b->cx, incfe_state *, b->found->found.n);
        b->n_read = incfe_states_read(b->cx, b->graph, b->found, b->read);
        bool again = finds_more(b->found, before) || probes;
        again = widen(b) || again;
        if (!again || (b->n_read == 0 && !has_forms(b->found)))
            return;
        probes = false;
        before = b->found;
    }
}

/* Where state decides what cannot be exported, all that was written counts as read, unless it is to
 * be exported. */
static void find_states(builder *b, incfe_state_mode mode)
{
    const builder first = *b;
    inc_frame frame;
    if (mode == INCFE_STATE_IO) {
        evaluate_with_inputs(b);
        return;
    }
    inc_where where = b->cx->where;
    if (inc_try(b->cx, &frame)) {
        evaluate_with_inputs(b);
        inc_try_end(b->cx, &frame);
    } else {
        if (b->cx->error.status != INC_E_UNSUPPORTED)
            inc_raise_again(b->cx);
        b->cx->where = where;
        *b = first;
        b->read = b->found->found.items;
        b->n_read = b->found->found.n;
    }
}

/* ---- what becomes of it ---- */

/* Which line wrote it: where the value was made that the call leaves. */
static void find_line(const builder *b, incfe_state *s)
{
    incir_call *call = s->next ? s->next->call : NULL;
    if (s->next && s->next->producer)
        call = s->next->producer->call;
    if (!call)
        return;
    s->module = call->module;
    s->python = incir_call_python(b->graph, call);
}

static const char *describe(builder *b, const incfe_state *s)
{
    incstr text = {0};
    incstr_add(b->cx, &text, s->key);
    if (s->first) {
        incstr_addf(b->cx, &text, ": %s[", incdtype_name(s->first->dtype));
        for (size_t i = 0; i < s->first->rank; i++)
            incstr_addf(b->cx, &text, "%s%lld", i ? ", " : "", (long long)s->first->sizes[i]);
        incstr_add(b->cx, &text, "]");
    }
    if (s->module && *s->module)
        incstr_addf(b->cx, &text, ", written in %s", s->module);
    if (s->python)
        incstr_addf(b->cx, &text, "%s %s", s->module && *s->module ? "," : ", written at",
                    s->python);
    if (s->refusal)
        incstr_addf(b->cx, &text, "; it cannot be an input and an output: %s", s->refusal);
    return incstr_text(&text);
}

static void fail(builder *b) INC_NORETURN;
static void fail(builder *b)
{
    enum { MOST_LISTED = 20 };
    incstr list = {0};
    bool is_refused = false;
    for (size_t i = 0; i < b->n_read; i++) {
        is_refused = is_refused || b->read[i]->refusal;
        find_line(b, b->read[i]);
        if (i < MOST_LISTED)
            incstr_addf(b->cx, &list, "\n  %s", describe(b, b->read[i]));
    }
    if (b->n_read > MOST_LISTED)
        incstr_addf(b->cx, &list, "\n  and %zu more", b->n_read - MOST_LISTED);
    inc_raise_hint(b->cx, INC_E_UNSUPPORTED,
                   is_refused ? "keep it in tensors of one shape that are there before the first "
                                "call, or set state to drop to export the first call alone"
                              : "set state to io: each becomes an input NAME and an output "
                                "NAME.next, to be passed on from call to call; or to drop: every "
                                "call is the first one",
                   "the model has state: what is written in one call is read in the next, and an "
                   "ONNX model keeps nothing between calls%s",
                   incstr_text(&list));
}

static void warn_dropped(const builder *b)
{
    for (size_t i = 0; i < b->n_read; i++)
        inc_warn(b->cx, "the state %s is dropped: every call of the exported model is the first",
                 b->read[i]->key);
}

static void add_output(builder *b, incmap *names, incfe_state *s)
{
    const char *name = inc_printf(b->cx, "%s.next", s->input->name);
    incfe_add_output(b->graph, s->next, incfe_unique_name(b->cx, names, name));
    s->next = b->graph->main->outputs[b->graph->main->n_outputs - 1];
}

static void warn_kept(const builder *b)
{
    for (size_t i = 0; i < b->found->found.n; i++) {
        const incfe_state *s = b->found->found.items[i];
        if (s->form && s->stage == INCFE_STAGE_KEPT)
            inc_warn(b->cx,
                     "%.*s is set in the first call and kept for later ones: every call of the "
                     "exported model finds it out anew",
                     (int)strlen(s->key) - 1, s->key);
    }
}

/* What is written and never read goes on from its first value. */
static void fix_unread(const builder *b)
{
    for (size_t i = 0; i < b->found->found.n; i++) {
        incfe_state *s = b->found->found.items[i];
        if (!s->input || s->input->name != s->key)
            continue;
        incir_value *constant = incir_constant(b->graph, s->first, NULL);
        s->input->kind = INCIR_CONSTANT;
        s->input->name = NULL;
        s->input->constant = s->first;
        s->input->dims = constant->dims;
    }
}

static void make_inputs_and_outputs(builder *b)
{
    incir_block *main = b->graph->main;
    incmap *names = incmap_new(b->cx);
    for (size_t i = 0; i < main->n_inputs; i++)
        (void)incfe_unique_name(b->cx, names, main->inputs[i]->name);
    for (size_t i = 0; i < main->n_outputs; i++)
        (void)incfe_unique_name(b->cx, names, main->outputs[i]->name);
    for (size_t i = 0; i < b->n_read; i++) {
        incfe_state *s = b->read[i];
        s->input->name = inc_strdup(b->cx, incfe_unique_name(b->cx, names, s->key));
        incir_block_add_input(b->graph, main, s->input);
        add_output(b, names, s);
    }
    fix_unread(b);
    for (size_t i = 0; i < b->found->mutated.n; i++)
        add_output(b, names, b->found->mutated.items[i]);
}

static void warn_of_mutated_inputs(const builder *b)
{
    for (size_t i = 0; i < b->found->mutated.n; i++)
        inc_warn(b->cx,
                 "the model writes into its input %s; the exported model does not (state io makes "
                 "what it holds then an output)",
                 b->found->mutated.items[i]->input->name);
}

incir_graph *incfe_build_with_state(inccx *cx, incfe_build build, incarc *archive,
                                    const incfe_request *request, incfe_state_mode mode,
                                    incfe_state_list *states)
{
    builder b = {.cx = cx, .build = build, .archive = archive, .request = request};
    *states = (incfe_state_list){0};
    b.refusals = incmap_new(cx);
    evaluate(&b, NULL);
    builder stateless = b;
    if (b.found->found.n > 0) {
        find_states(&b, mode);
        warn_kept(&b);
        if (b.n_read == 0) /* nothing is read again: the first graph says it all */
            b = stateless;
    }
    bool is_refused = false;
    for (size_t i = 0; i < b.n_read; i++)
        is_refused = is_refused || b.read[i]->refusal;
    if (b.n_read > 0 && (mode == INCFE_STATE_FAIL || (mode == INCFE_STATE_IO && is_refused)))
        fail(&b);
    if (mode == INCFE_STATE_IO) {
        for (size_t i = 0; i < b.n_read; i++)
            find_line(&b, b.read[i]);
        make_inputs_and_outputs(&b);
        *states = (incfe_state_list){b.read, b.n_read};
    } else {
        warn_dropped(&b);
        warn_of_mutated_inputs(&b);
        b = stateless;
    }
    if (request->names_caches)
        incfe_name_caches(cx, b.graph, request->n_input_names, request->n_output_names);
    return b.graph;
}
