/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the FP32 graph. Comes in: the graph that a front end has just built; goes out: a
 * step for each operator call, and who owns the parameters that it reads. Relies on every node
 * knowing its call, module and operator. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/plan.h"

bool incckpt_is_op(const incir_node *n, incir_opcode code)
{
    return n && incir_is(n, code);
}

const char *incckpt_module_name(const incir_node *n)
{
    return n->call->module;
}

incckpt_step *incckpt_step_of(const incckpt_plan *p, const incir_node *n)
{
    return n->mark ? &p->steps[n->mark - 1] : NULL;
}

incckpt_step *incckpt_maker_of(const incckpt_plan *p, const incir_value *v)
{
    return v->kind == INCIR_RESULT && v->id < p->n_ids ? incckpt_step_of(p, v->producer) : NULL;
}

bool incckpt_is_number(const incir_value *v)
{
    return v && v->kind == INCIR_CONSTANT && v->rank == 0 && !v->is_parameter;
}

bool incckpt_is_tensor(const incir_value *v)
{
    return v && incdtype_is_float(v->dtype) && !incckpt_is_number(v);
}

/* From another call, or from none. */
bool incckpt_is_from_outside(const incckpt_plan *p, const incckpt_step *s, const incir_value *v)
{
    return incckpt_maker_of(p, v) != s;
}

incir_node *incckpt_only_reader(const incckpt_plan *p, const incir_value *v)
{
    incir_node *n = incir_only_reader(&p->uses, v);
    return n && n->block == p->g->main ? n : NULL;
}

/* ---- parameters ---- */

/* "conv1" where a node reads "conv1.weight"; NULL where it reads no parameters. */
static const char *parameters_of(const incckpt_plan *p, const incir_node *n)
{
    static const char *const endings[] = {".weight", ".running_mean", ".bias"};
    for (size_t k = 0; k < INC_COUNT(endings); k++)
        for (size_t i = 1; i < n->n_inputs; i++) {
            const incir_value *v = n->inputs[i];
            if (v && v->is_parameter && v->name && incstr_ends(v->name, endings[k]))
                return inc_strndup(p->cx, v->name, strlen(v->name) - strlen(endings[k]));
        }
    return NULL;
}

/* The module whose parameters a node reads, whatever way it was called; for one without parameters,
 * the module that it was called in. */
const char *incckpt_owner_of(const incckpt_plan *p, const incir_node *n)
{
    const char *name = parameters_of(p, n);
    const char *other = name ? incmap_get_str(p->names, name) : NULL;
    return other ? other : name ? name : incckpt_module_name(n);
}

/* A module that has two names may have one in the model's parameters and another in the checkpoint:
 * where it was called by that. */
static void find_names(incckpt_plan *p)
{
    for (incir_node *n = p->g->main->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i] && n->inputs[i]->is_parameter && n->inputs[i]->name)
                incmap_set_str(p->cx, p->parameters, n->inputs[i]->name, n);
        const char *name = parameters_of(p, n);
        if (name && !incckpt_module_of(p->c, name) &&
            incckpt_module_of(p->c, incckpt_module_name(n)))
            incmap_set_str(p->cx, p->names, name, (void *)(uintptr_t)incckpt_module_name(n));
    }
}

/* ---- all of the graph ---- */

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
