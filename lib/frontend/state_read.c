/* SPDX-License-Identifier: Apache-2.0 */
/* What of a model's state is read again: by data flow through the graph of a call. See state.h. */
#include "base/vec.h"
#include "frontend/state.h"
#include "ir/onnx_ops.h"
#include "ir/rewrite.h"

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

size_t incfe_states_read(inccx *cx, incir_graph *g, struct incfe_states *s, incfe_state **read)
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
