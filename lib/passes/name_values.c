/* SPDX-License-Identifier: Apache-2.0 */
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

/* What is known of a text: bits, and above them how many were made from it. */
enum { IS_NAME = 1, IS_PATH = 2, ONE_MORE = 4 };

static void **known(namer *names, const char *text)
{
    return incmap_slot(names->scratch, names->known, text, strlen(text));
}

static void add(void **known, uintptr_t what)
{
    *known = (void *)((uintptr_t)*known + what);
}

/* base, base_1, base_2, …: the first that is not one of the kind. */
static char *unique(namer *names, const char *base, uintptr_t kind)
{
    void **of_base = known(names, base), **taken = of_base;
    const char *name = base;
    incstr numbered = {0};
    for (;;) {
        uintptr_t count = (uintptr_t)*of_base / ONE_MORE;
        if (count > 0) {
            numbered.n = 0;
            incstr_addf(names->scratch, &numbered, "%s_%lu", base, (unsigned long)count);
            name = numbered.text;
            taken = known(names, name);
        }
        add(of_base, ONE_MORE);
        if (!((uintptr_t)*taken & kind))
            break;
    }
    add(taken, kind);
    return inc_strdup(names->cx, name);
}

const char *incpass_new_name(namer *names, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    names->text.n = 0;
    incstr_addv(names->scratch, &names->text, format, args);
    va_end(args);
    return unique(names, names->text.text, IS_NAME);
}

static const char *scope_name(namer *names, const char *scope)
{
    if (!scope || !scope[0])
        return "";
    void **name = incmap_slot(names->scratch, names->scopes, &scope, sizeof scope);
    if (!*name)
        *name = unique(names, scope, IS_PATH);
    return *name;
}

static const char *in_scope(namer *names, const char *scope, const char *what)
{
    return incpass_new_name(names, "%s/%s", scope_name(names, scope), what);
}

/* Of two constants that claim one key, as a weight and the same weight transposed, the first has
 * it. */
static void keep_name(namer *names, incir_value *v)
{
    if (!v || !v->name)
        return;
    void **owner = incmap_slot(names->scratch, names->owners, v->name, strlen(v->name));
    if (!*owner) {
        *owner = v;
        add(known(names, v->name), IS_NAME);
    } else if (*owner != v && v->kind == INCIR_CONSTANT) {
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
    v->name = incpass_new_name(names, "%s_output_%zu", node, v->output_index);
}

static void name_constant(namer *names, incir_value *v)
{
    if (!v || v->kind != INCIR_CONSTANT || v->name)
        return;
    if (v->origin)
        v->name = incpass_new_name(names, "%s", v->origin);
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
    inccx *scratch = inc_scratch_new(cx);
    namer names = {.cx = cx,
                   .scratch = scratch,
                   .known = incmap_new(scratch),
                   .owners = incmap_new(scratch),
                   .scopes = incmap_new(scratch),
                   .bases = incmap_new(scratch)};
    incpass_name_frozen(cx, g->main);
    keep_names(&names, g->main);
    name_block(&names, g->main);
    inc_scratch_free(scratch);
    return true;
}
