/* Names for nodes and values, as torch.onnx.export gives them to a traced module:
 *
 *     /layer1/layer1.0/conv1/Conv              the module's path and the operator
 *     /layer1/layer1.0/Add_1                   the second of that name
 *     /layer1/layer1.0/Add_1_output_0          what it gives
 *     /act_1/Relu                              in the second call of the module act
 *
 * A node's scope holds the path without numbers; each call of a module has a scope string of its
 * own, so calls differ by the address. Inputs, outputs and parameters keep their names; a
 * constant made of one parameter carries its key (q_lin.weight.T), and what belongs to quantization
 * is named by name_quantized.c. */
#include <string.h>

#include "base/str.h"
#include "passes/internal.h"
#include "passes/names.h"

typedef incpass_namer namer;

const char *incpass_unique_name(namer *names, incmap *taken, const char *base)
{
    uint32_t *count = incmap_get_str(names->counts, base);
    if (!count) {
        count = INC_NEW(names->cx, uint32_t);
        incmap_set_str(names->cx, names->counts, base, count);
    }
    const char *name = base;
    do {
        name = *count ? inc_printf(names->cx, "%s_%u", base, *count) : base;
        ++*count;
    } while (incmap_has_str(taken, name));
    incmap_set_str(names->cx, taken, name, NULL);
    return name;
}

static const char *scope_name(namer *names, const char *scope)
{
    if (!scope || !scope[0])
        return "";
    bool found;
    char *name = incmap_get(names->scopes, &scope, sizeof scope, &found);
    if (!found) {
        name = inc_strdup(names->cx, incpass_unique_name(names, names->paths, scope));
        incmap_set(names->cx, names->scopes, &scope, sizeof scope, name);
    }
    return name;
}

static const char *in_scope(namer *names, const char *scope, const char *what)
{
    return incpass_unique_name(names, names->taken,
                               inc_printf(names->cx, "%s/%s", scope_name(names, scope), what));
}

/* Of two constants that claim one key, as a weight and the same weight transposed, the first has
 * it. */
static void keep_name(namer *names, incir_value *v)
{
    if (!v || !v->name)
        return;
    const incir_value *owner = incmap_get_str(names->taken, v->name);
    if (!owner)
        incmap_set_str(names->cx, names->taken, v->name, v);
    else if (owner != v && v->kind == INCIR_CONSTANT) {
        v->origin = v->origin ? v->origin : v->name;
        v->name = NULL;
    }
}

/* Names that were there before: no new one may be the same. */
static void keep_names(namer *names, const incir_block *b)
{
    for (size_t i = 0; i < b->n_inputs; i++)
        keep_name(names, b->inputs[i]);
    for (size_t i = 0; i < b->n_outputs; i++)
        keep_name(names, b->outputs[i]);
    for (const incir_node *n = b->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            keep_name(names, n->inputs[i]);
        const incir_attr *at = n->attrs;
        for (const incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
            keep_names(names, inner);
    }
}

static void name_value(namer *names, incir_value *v, const char *node)
{
    const char *name = inc_printf(names->cx, "%s_output_%zu", node, v->output_index);
    v->name = incpass_unique_name(names, names->taken, name);
}

static void name_constant(namer *names, incir_value *v)
{
    if (!v || v->kind != INCIR_CONSTANT || v->name)
        return;
    if (v->origin)
        v->name = incpass_unique_name(names, names->taken, v->origin);
    else
        name_value(names, v, in_scope(names, v->call->scope, "Constant"));
}

/* The node and what it gives, then the scales of that, then the other constants that it reads: they
 * are named after its scope. */
static void name_own(namer *names, incir_node *n)
{
    n->name = in_scope(names, n->call->scope, n->op_type);
}

static void name_results(namer *names, incir_node *n)
{
    for (size_t i = 0; i < n->n_outputs; i++)
        if (n->outputs[i] && !n->outputs[i]->name)
            name_value(names, n->outputs[i], n->name);
    incpass_name_scales_after(names, n);
    for (size_t i = 0; i < n->n_inputs; i++)
        name_constant(names, n->inputs[i]);
}

static void name_block(namer *names, incir_block *b)
{
    for (size_t i = 0; i < b->n_inputs; i++)
        if (!b->inputs[i]->name)
            b->inputs[i]->name = in_scope(names, b->inputs[i]->call->scope, "input");
    for (incir_node *n = b->first; n; n = n->next) {
        if (incpass_name_quantization(names, n))
            continue;
        name_own(names, n);
        const incir_attr *at = n->attrs;
        for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
            name_block(names, inner);
        name_results(names, n);
    }
    for (size_t i = 0; i < b->n_outputs; i++)
        name_constant(names, b->outputs[i]);
}

bool incpass_name_values(inccx *cx, incir_graph *g)
{
    namer names = {
        cx, incmap_new(cx), incmap_new(cx), incmap_new(cx), incmap_new(cx), incmap_new(cx)};
    incpass_name_frozen(cx, g->main);
    keep_names(&names, g->main);
    name_block(&names, g->main);
    return true;
}
