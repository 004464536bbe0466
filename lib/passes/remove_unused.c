/* SPDX-License-Identifier: Apache-2.0 */
/* Removes nodes whose results nobody reads, and optional results that nobody reads. One walk from
 * the last node to the first: a reader comes after what it reads. */
#include "passes/internal.h"

typedef struct marks {
    uint8_t *used; /* by id of value */
    bool changed;
} marks;

static bool is_used(const marks *m, const incir_node *n)
{
    for (size_t i = 0; i < n->n_outputs; i++)
        if (n->outputs[i] && m->used[n->outputs[i]->id])
            return true;
    return false;
}

/* ONNX Runtime computes such a node when it loads the model, and then fails on an output that is
 * left out before one that is not. */
static bool reads_constants_only(const incir_node *n)
{
    bool all = true;
    for (size_t i = 0; i < n->n_inputs; i++)
        all = all && (!n->inputs[i] || incir_is_constant(n->inputs[i]));
    return all;
}

static size_t past_last_used(const marks *m, const incir_node *n)
{
    size_t end = n->n_outputs;
    while (end > 1 && !(n->outputs[end - 1] && m->used[n->outputs[end - 1]->id]))
        end--;
    return end;
}

/* Of most operators the first output is none of the optional ones. */
static void drop_outputs(marks *m, incir_node *n)
{
    if (n->op->outputs == INCIR_OUTPUTS_FIXED)
        return;
    size_t first = reads_constants_only(n)               ? past_last_used(m, n)
                   : n->op->outputs == INCIR_OUTPUTS_ANY ? 0
                                                         : 1;
    for (size_t i = first; i < n->n_outputs; i++)
        if (n->outputs[i] && !m->used[n->outputs[i]->id]) {
            n->outputs[i] = NULL;
            m->changed = true;
        }
    while (n->n_outputs > 1 && !n->outputs[n->n_outputs - 1])
        n->n_outputs--;
}

static void walk(marks *m, incir_block *b)
{
    for (size_t i = 0; i < b->n_outputs; i++)
        m->used[b->outputs[i]->id] = 1;
    for (incir_node *n = b->last, *previous; n; n = previous) {
        previous = n->previous;
        if (!is_used(m, n)) {
            incir_node_remove(n);
            m->changed = true;
            continue;
        }
        drop_outputs(m, n);
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i])
                m->used[n->inputs[i]->id] = 1;
        const incir_attr *at = n->attrs;
        for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
            walk(m, inner);
    }
}

bool incpass_remove_unused(inccx *cx, incir_graph *g)
{
    inccx *scratch = inc_scratch_new(cx);
    marks m = {INC_NEW_N(scratch, uint8_t, (size_t)g->n_values + 1), false};
    walk(&m, g->main);
    inc_scratch_free(scratch);
    return m.changed;
}
