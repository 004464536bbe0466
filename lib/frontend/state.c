/* SPDX-License-Identifier: Apache-2.0 */
/* Model state by data flow; see state.h. Comes in: what front ends note of writes. Goes out: a
 * graph whose state is inputs and outputs, or the report of it. Relies on front ends asking
 * incfe_state_is_asked() for whatever a write can reach. */
#include "frontend/state.h"

#include <string.h>

#include "base/str.h"
#include "frontend/cache_names.h"
#include "frontend/common.h"
#include "ir/onnx_ops.h"
#include "ir/rewrite.h"

/* Evaluations until sizes, and what is written, no longer change. Each widens at least one axis. */
enum { MOST_EVALUATIONS = 12 };

/* ---- noted by front ends ---- */

static incfe_state *state_of(inccx *cx, struct incfe_states *s, const char *key,
                             const inctensor *first)
{
    incfe_state *state = incmap_get_str(s->by_key, key);
    if (state)
        return state;
    state = INC_NEW(cx, incfe_state);
    state->key = key;
    state->first = first;
    incmap_set_str(cx, s->by_key, key, state);
    INC_PUSH(cx, &s->found, state);
    return state;
}

bool incfe_state_is_asked(const incfe_request *r, const char *key)
{
    return r->states && r->states->asked && key && incmap_has_str(r->states->asked, key);
}

bool incfe_state_is_found(const incfe_request *r, const char *name)
{
    return r->states && incmap_has_str(r->states->by_key, name);
}

/* The size of one axis: fixed to what the first value has, a symbol of dynamic_axes, or a new one
 * where the call before left another size. */
static const incsym *state_dim(incir_graph *g, const incfe_request *r, const incfe_state *asked,
                               const inctensor *first, size_t axis)
{
    int64_t size = first->sizes[axis];
    const char *name = NULL;
    for (size_t i = 0; asked && i < r->n_axes && !asked->is_fixed; i++) {
        const incfe_axis *a = &r->axes[i];
        int64_t wanted = a->axis < 0 ? a->axis + (int64_t)first->rank : a->axis;
        if (wanted == (int64_t)axis && strcmp(a->value, asked->key) == 0)
            name = a->symbol ? a->symbol
                             : inc_printf(g->cx, "%s_dynamic_axes_%zu", asked->key, axis + 1);
    }
    if (!name && asked && axis < 64 && asked->free_axes >> axis & 1)
        name = inc_printf(g->cx, "%s_dim_%zu", asked->key, axis);
    if (!name)
        return incsym_int(g->syms, size);
    const incsym *known = incmap_get_str(r->states->symbols, name);
    if (known && incsym_hint(known) == size)
        return known;
    known = incsym_new(g->syms, name, size, size > 0 ? 1 : 0, NULL, (int)axis);
    incmap_set_str(g->cx, r->states->symbols, name, (void *)(uintptr_t)known);
    return known;
}

incir_value *incfe_state_input(incir_graph *g, const incfe_request *r, const char *key,
                               const inctensor *first, bool is_fixed)
{
    struct incfe_states *s = r->states;
    const incfe_state *asked = incmap_get_str(s->asked, key);
    incfe_state *state = state_of(g->cx, s, key, first);
    if (state->input)
        return state->input;
    const incsym **dims = INC_NEW_N(g->cx, const incsym *, first->rank);
    state->is_fixed = is_fixed;
    state->free_axes = asked ? asked->free_axes : 0;
    for (size_t axis = 0; axis < first->rank; axis++)
        dims[axis] = state_dim(g, r, asked, first, axis);
    state->input = incir_input(g, key, first->dtype, first->rank, dims);
    for (size_t axis = 0; axis < first->rank; axis++) {
        int ignored;
        if (!incsym_known(dims[axis], NULL) && !incsym_origin(dims[axis], &ignored))
            incsym_set_origin(dims[axis], state->input, (int)axis);
    }
    return state->input;
}

void incfe_state_written(inccx *cx, const incfe_request *r, const char *key, const inctensor *first,
                         incir_value *next)
{
    if (r->states)
        state_of(cx, r->states, key, first)->next = next;
}

void incfe_state_refused(inccx *cx, const incfe_request *r, const char *key, const char *why)
{
    if (r->states)
        state_of(cx, r->states, key, NULL)->refusal = why;
}

/* A key that no leaf of the form has. */
static const char *form_key(inccx *cx, const char *key)
{
    return inc_printf(cx, "%s?", key);
}

void incfe_state_formed(inccx *cx, const incfe_request *r, const char *key,
                        const incfe_state_form *form, incfe_state_stage stage)
{
    if (!r->states)
        return;
    incfe_state *state = state_of(cx, r->states, form_key(cx, key), NULL);
    state->form = form;
    state->stage = stage;
}

const incfe_state *incfe_state_asked_form(inccx *cx, const incfe_request *r, const char *key)
{
    if (!r->states || !r->states->asked || !key || !r->states->has_forms)
        return NULL;
    return incmap_get_str(r->states->asked, form_key(cx, key));
}

void incfe_states_probed(inccx *cx, const incfe_request *r)
{
    const struct incfe_states *s = r->states;
    if (!s || !s->has_forms)
        return;
    for (const incmap_entry *e = incmap_first(s->asked); e; e = incmap_next(e)) {
        const incfe_state *asked = incmap_value(e);
        if (asked->form && asked->stage != INCFE_STAGE_USED &&
            !incmap_has_str(s->by_key, asked->key)) {
            incfe_state *state = state_of(cx, r->states, asked->key, NULL);
            state->form = asked->form;
            state->stage = INCFE_STAGE_KEPT;
        }
    }
}

const incfe_state *incfe_state_found(const incfe_request *r, const char *key)
{
    return r->states ? incmap_get_str(r->states->by_key, key) : NULL;
}

void incfe_input_written(inccx *cx, const incfe_request *r, incir_value *input, incir_value *next)
{
    if (!r->states)
        return;
    incfe_state *state = INC_NEW(cx, incfe_state);
    *state = (incfe_state){.input = input, .next = next};
    INC_PUSH(cx, &r->states->mutated, state);
}

/* ---- what is read ---- */

typedef struct reach {
    inccx *cx;
    uint8_t *seen; /* by id of value */
    INC_VEC(incir_value *) open;
} reach;

static void reach_value(reach *r, incir_value *v)
{
    if (!v || r->seen[v->id])
        return;
    r->seen[v->id] = 1;
    INC_PUSH(r->cx, &r->open, v);
}

/* All that a node reads; of one with blocks, all that is read in them. */
static void reach_inputs(reach *r, const incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        reach_value(r, n->inputs[i]);
    const incir_attr *at = n->attrs;
    for (const incir_block *b; (b = incir_next_block(&at)) != NULL;) {
        for (const incir_node *inner = b->first; inner; inner = inner->next)
            reach_inputs(r, inner);
        for (size_t i = 0; i < b->n_outputs; i++)
            reach_value(r, b->outputs[i]);
    }
}

static void reach_from(reach *r, incir_value *v)
{
    reach_value(r, v);
    while (r->open.n > 0) {
        const incir_node *n = r->open.items[--r->open.n]->producer;
        if (!n)
            continue;
        for (size_t i = 0; i < n->n_outputs; i++)
            if (n->outputs[i])
                r->seen[n->outputs[i]->id] = 1;
        reach_inputs(r, n);
    }
}

static const incir_node *made_by(const incir_value *v, incir_opcode code)
{
    return v->kind == INCIR_RESULT && incir_is(v->producer, code) ? v->producer : NULL;
}

/* Whether axis 0 alone is reduced. */
static bool is_over_first(incir_graph *g, const incir_node *n)
{
    const incir_attr *axes = incir_find_attr(n, "axes");
    int64_t axis;
    if (axes)
        return axes->kind == INCIR_ATTR_INTS && axes->n == 1 && axes->u.ints[0] == 0;
    incir_value *given = n->n_inputs > 1 ? n->inputs[1] : NULL;
    const incsym *const *items = given ? incir_contents(g, given) : NULL;
    return items && given->rank == 1 && incir_dim(given, 0, &axis) && axis == 1 &&
           incsym_known(items[0], &axis) && axis == 0;
}

/* Whether a state is left as it was: the mean over copies of it, as an instance norm on its running
 * statistics has once it is decomposed: next = mean(reshape(tile(input, [n, 1, …]), [n, …]), 0). */
static bool is_unchanged(incir_graph *g, const incfe_state *s)
{
    const incir_node *mean = made_by(s->next, INCIR_OP_REDUCE_MEAN);
    const incir_node *rows = mean ? made_by(mean->inputs[0], INCIR_OP_RESHAPE) : NULL;
    const incir_node *copies = rows ? made_by(rows->inputs[0], INCIR_OP_TILE) : NULL;
    if (!copies || copies->inputs[0] != s->input || !is_over_first(g, mean))
        return false;
    const incir_value *whole = copies->outputs[0], *parts = rows->outputs[0];
    bool fits = parts->rank == s->input->rank + 1;
    for (size_t i = 0; fits && i < s->input->rank; i++)
        fits = parts->dims[i + 1] == s->input->dims[i] &&
               (i == 0 || whole->dims[i] == s->input->dims[i]);
    return fits;
}

/* The states that an output or another such state depends on. What depends on itself alone (the
 * counter of a batch norm) is none. */
static size_t find_read(inccx *cx, incir_graph *g, struct incfe_states *s, incfe_state **read)
{
    for (size_t i = 0; i < s->found.n; i++)
        if (s->found.items[i]->next)
            s->found.items[i]->next = incir_materialise(g, s->found.items[i]->next);
    reach r = {.cx = cx, .seen = INC_NEW_N(cx, uint8_t, (size_t)g->n_values + 1)};
    for (size_t i = 0; i < g->main->n_outputs; i++)
        reach_from(&r, g->main->outputs[i]);
    bool *is_read = INC_NEW_N(cx, bool, s->found.n);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < s->found.n; i++) {
            const incfe_state *state = s->found.items[i];
            if (is_read[i] || !state->input || !state->next || !r.seen[state->input->id] ||
                is_unchanged(g, state))
                continue;
            is_read[i] = again = true;
            reach_from(&r, state->next);
        }
    }
    size_t n = 0;
    for (size_t i = 0; i < s->found.n; i++)
        if (is_read[i] || s->found.items[i]->refusal)
            read[n++] = s->found.items[i];
    return n;
}

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
        b->n_read = find_read(b->cx, b->graph, b->found, b->read);
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
