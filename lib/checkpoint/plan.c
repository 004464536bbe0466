/* SPDX-License-Identifier: Apache-2.0 */
/* A plan is begun. Comes in: the graph that a front end has just built; goes out: a step for each
 * operator call, about which nothing is decided yet. */
#include "checkpoint/plan.h"

/* A module that has two names may have one in the model's parameters and another in the checkpoint:
 * where it was called by that. */
static void find_names(incckpt_plan *p)
{
    for (incir_node *n = p->g->main->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i] && n->inputs[i]->is_parameter && n->inputs[i]->name)
                incmap_set_str(p->cx, p->parameters, n->inputs[i]->name, n);
        const char *name = incckpt_parameters_of(p, n);
        if (name && !incckpt_module_of(p->c, name) &&
            incckpt_module_of(p->c, incckpt_module_name(n)))
            incmap_set_str(p->cx, p->names, name, (void *)(uintptr_t)incckpt_module_name(n));
    }
}

static void collect_steps(incckpt_plan *p)
{
    incir_block *b = p->g->main;
    size_t n = 0;
    for (const incir_node *node = b->first; node; node = node->next)
        n++;
    p->steps = INC_NEW_N(p->cx, incckpt_step, n);
    for (incir_node *node = b->first; node; node = node->next) {
        incckpt_step *last = p->n_steps ? &p->steps[p->n_steps - 1] : NULL;
        if (!last || last->call != node->call) {
            last = &p->steps[p->n_steps++];
            last->call = node->call;
            last->first = node;
            last->is_border = incckpt_is_border(node);
            last->quantization = node->call->row ? node->call->row->quantization : INCOP_Q_NONE;
        }
        last->last = node;
        node->mark = (uint32_t)p->n_steps;
    }
}

incckpt_plan *incckpt_plan_new(inccx *cx, incckpt *c, incir_graph *g)
{
    incckpt_plan *p = INC_NEW(cx, incckpt_plan);
    incckpt_set_borders(cx, c, g);
    uint32_t n = g->n_values + 1;
    *p = (incckpt_plan){.cx = cx, .c = c, .g = g, .n_ids = n};
    p->qparams = INC_NEW_N(cx, incckpt_qparams *, n);
    p->uses = incir_uses_new(g->cx, g);
    p->names = incmap_new(cx);
    p->n_packed = incmap_new(cx);
    p->parameters = incmap_new(cx);
    collect_steps(p);
    if (!incckpt_has_names(p)) {
        p->is_nameless = true;
        incckpt_find_names(p);
    }
    find_names(p);
    return p;
}
