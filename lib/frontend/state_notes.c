/* SPDX-License-Identifier: Apache-2.0 */
/* What front ends note of a model's state, and ask about it, while a call is evaluated. See
 * state.h.
 */
#include <string.h>

#include "base/str.h"
#include "frontend/common.h"
#include "frontend/state.h"

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
