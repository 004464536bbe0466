/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan knows of the calls of the FP32 graph: which step a node belongs to, and who owns the
 * parameters that it reads. Relies on every node knowing its call, module and operator. */
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

const char *incckpt_parameters_of(const incckpt_plan *p, const incir_node *n)
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

const char *incckpt_owner_of(const incckpt_plan *p, const incir_node *n)
{
    const char *name = incckpt_parameters_of(p, n);
    const char *other = name ? incmap_get_str(p->names, name) : NULL;
    return other ? other : name ? name : incckpt_module_name(n);
}
