/* SPDX-License-Identifier: Apache-2.0 */
/* What each call of the FP32 graph could be in the quantized model. Comes in: the steps of calls.c;
 * goes out: their kinds, the modules of the checkpoint that belong to them, and the results as
 * their readers see them: FX folds a batch norm into the product before it, and fuses a relu with
 * that. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/plan.h"

static bool is_product(const incir_node *n)
{
    return n->op->work == INCIR_WORK_PRODUCT;
}

/* A pool or resize that is spelled with a matrix is none. */
static void find_product(incckpt_step *s)
{
    if (s->quantization & INCOP_FX_SHARED)
        return;
    for (incir_node *n = s->first; !s->product; n = n->next) {
        s->product = is_product(n) ? n : NULL;
        if (n == s->last)
            return;
    }
}

static bool reads_number(const incckpt_step *s)
{
    for (size_t i = 0; s->first == s->last && i < s->first->n_inputs; i++)
        if (incckpt_is_number(s->first->inputs[i]))
            return true;
    return false;
}

/* What the call computes on: from other calls, and first among its arguments. */
static incir_value *data_of(const incckpt_plan *p, const incckpt_step *s)
{
    if (s->product) {
        incir_value *v = s->product->inputs[0];
        while (v && !incckpt_is_from_outside(p, s, v))
            v = v->producer->inputs[0];
        return v;
    }
    incir_value *constant = NULL; /* a matrix that a pool is spelled with, or all there is */
    for (const incir_node *n = s->first;; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++) {
            incir_value *v = n->inputs[i];
            if (!incckpt_is_tensor(v) || !incckpt_is_from_outside(p, s, v))
                continue;
            if (v->kind != INCIR_CONSTANT)
                return v;
            constant = constant ? constant : v;
        }
        if (n == s->last)
            return constant;
    }
}

/* Layers that FX takes as a whole, and whose weights have names of their own. */
static bool is_whole_layer(const incckpt_plan *p, const char *name)
{
    return incmap_has_str(p->c->plain, inc_printf(p->cx, "%s.in_proj_weight", name)) ||
           incmap_has_str(p->c->plain, inc_printf(p->cx, "%s.q_proj_weight", name));
}

/* Whether the call is in none of the modules that were quantized, or in one that stayed float. */
static bool is_left_out(const incckpt_plan *p, const char *module)
{
    const incckpt *c = p->c;
    if (incmap_has_str(c->float_modules, module))
        return true;
    for (size_t i = 0; i < c->sub_modules.n; i++) {
        size_t n = strlen(c->sub_modules.items[i]);
        if (strncmp(module, c->sub_modules.items[i], n) == 0 && (!module[n] || module[n] == '.'))
            return false;
    }
    return c->sub_modules.n > 0;
}

bool incckpt_takes_integers(const incckpt_plan *p, const incckpt_step *s, const incir_value *v)
{
    if (s->kind == INCCKPT_FLOAT || s->kind == INCCKPT_KEPT || s->is_float || !incckpt_is_tensor(v))
        return false;
    if (!incckpt_takes_all(s) || s->kind == INCCKPT_PRODUCT)
        return v == s->data;
    if (v->kind == INCIR_RESULT && v->id < p->n_ids && incckpt_step_of(p, v->producer) == s)
        return false;
    return s->kind != INCCKPT_SCALAR || v->kind != INCIR_CONSTANT;
}

/* ---- what is fused ---- */

static incir_node *only_reader(const incckpt_plan *p, const incir_value *v, incir_opcode code)
{
    incir_node *n = incckpt_only_reader(p, v);
    return incckpt_is_op(n, code) ? n : NULL;
}

/* Where the checkpoint has the batch norm behind a module that was trained with it and left in
 * float: "conv2.1". */
static const char *kept_norm(const incckpt_plan *p, const incckpt_step *s)
{
    static const char *const names[] = {"1", "bn"};
    for (size_t i = 0; s->kind == INCCKPT_KEPT && i < INC_COUNT(names); i++) {
        const char *name = inc_printf(p->cx, "%s.%s", s->reader, names[i]);
        if (incmap_has_str(p->c->plain, inc_printf(p->cx, "%s.running_mean", name)))
            return name;
    }
    return NULL;
}

/* Whether a batch norm is not in the checkpoint: then it went into the weights before it. */
static bool is_folded(const incckpt_plan *p, const incir_node *bn)
{
    return !incmap_has_str(p->c->plain,
                           inc_printf(p->cx, "%s.running_mean", incckpt_owner_of(p, bn)));
}

static void absorb(const incckpt_plan *p, incckpt_step *by, incir_node *n)
{
    incckpt_step *s = incckpt_step_of(p, n);
    s->is_absorbed = true;
    s->absorbed_by = by;
}

/* The result of a product as its readers see it: with its bias, batch norm and relu. */
static void follow_product(incckpt_plan *p, incckpt_step *s)
{
    if (!s->product)
        return;
    incir_value *y = s->product->outputs[0];
    incir_node *n = only_reader(p, y, INCIR_OP_ADD);
    if (n && incckpt_is_op(s->product, INCIR_OP_MATMUL) && n->call == s->product->call)
        y = n->outputs[0];
    while (!incckpt_is_from_outside(p, s, y) && (n = incckpt_only_reader(p, y)) != NULL &&
           incckpt_step_of(p, n) == s && n->n_outputs == 1)
        y = n->outputs[0]; /* what the call does to its own result */
    incir_node *bn = only_reader(p, y, INCIR_OP_BATCH_NORMALIZATION);
    if (bn && is_folded(p, bn)) {
        absorb(p, s, bn);
        incckpt_step_of(p, bn)->norm = kept_norm(p, s);
        y = bn->outputs[0];
    }
    s->result = y;
}

/* FX fuses a relu with what it follows when nobody else reads that. */
static void follow_relu(incckpt_plan *p, incckpt_step *s)
{
    incir_node *relu = only_reader(p, s->result, INCIR_OP_RELU);
    const incckpt_step *of = relu ? incckpt_step_of(p, relu) : NULL;
    if (!of || of->first != of->last)
        return;
    absorb(p, s, relu);
    incckpt_set_fused(incckpt_step_of(p, relu), true);
}

void incckpt_set_fused(incckpt_step *relu, bool is_fused)
{
    incckpt_step *of = relu->absorbed_by;
    const incir_node *n = relu->first;
    relu->is_absorbed = is_fused;
    relu->is_float = !is_fused;
    of->result = is_fused ? n->outputs[0] : n->inputs[0];
    if (of->kind == INCCKPT_FUNCTION)
        of->scope = is_fused ? incckpt_module_name(n) : of->call->module;
}

static bool is_fused_with_relu(const incckpt_plan *p, const incckpt_step *s)
{
    if (s->kind == INCCKPT_KEPT) /* with its relu it has become a sequence of two */
        return incstr_ends(s->module->name, inc_printf(p->cx, "%s.0", s->reader));
    if (s->kind == INCCKPT_FLOAT || s->kind == INCCKPT_SCALAR || (s->module && s->module->is_alone))
        return false;
    return s->kind == INCCKPT_PRODUCT || s->packed || incckpt_fuses_relu(s);
}

void incckpt_fuse_relu(incckpt_plan *p, incckpt_step *s)
{
    if (is_fused_with_relu(p, s))
        follow_relu(p, s);
}

/* ---- kinds ---- */

static incckpt_module *kept_module(const incckpt_plan *p, const char *module)
{
    incckpt_module *m = incckpt_module_of(p->c, module);
    if (!m || !m->weight) /* fused with its relu, then left in float */
        m = incckpt_module_of(p->c, inc_printf(p->cx, "%s.0", module));
    return m && m->weight && !m->weight->q ? m : NULL;
}

/* Whether what the product multiplies with depends on no data. */
static bool has_constant_weight(const incckpt_plan *p, const incckpt_step *s)
{
    const incir_value *v = s->product->inputs[1];
    while (v && v->kind == INCIR_RESULT && !incckpt_is_from_outside(p, s, v))
        v = v->producer->inputs[0];
    return v && v->kind == INCIR_CONSTANT;
}

/* The weights of a function such as F.conv2d: numbered in the order of the calls of its scope. */
static incckpt_module *next_packed(incckpt_plan *p, const incckpt_step *s)
{
    const char *flat = incckpt_flat(p->cx, s->scope);
    uintptr_t k = (uintptr_t)incmap_get_str(p->n_packed, flat);
    incckpt_module *m = incmap_get_str(p->c->packed, incckpt_fx_key(p->cx, s->scope, (unsigned)k));
    if (m)
        incmap_set_str(p->cx, p->n_packed, flat, (void *)(k + 1));
    return m;
}

static void choose_kind(incckpt_plan *p, incckpt_step *s)
{
    incckpt *c = p->c;
    incckpt_module *m = incckpt_module_of(c, s->reader);
    bool is_weighted = incckpt_is_weighted(m);
    if (s->product && is_weighted) {
        s->kind = INCCKPT_PRODUCT;
        s->module = m;
    } else if (s->product && has_constant_weight(p, s) && !c->is_dynamic &&
               (s->packed = next_packed(p, s)) != NULL) {
        s->kind = INCCKPT_FUNCTION;
    } else if (s->product && s->product->inputs[1]->kind == INCIR_CONSTANT &&
               (m = kept_module(p, s->reader)) != NULL) {
        s->kind = INCCKPT_KEPT;
        s->module = m;
    } else if (m && !is_weighted && m->output.has_scale && !c->is_dynamic) {
        s->kind = INCCKPT_OWN;
        s->module = m;
    } else if (is_weighted && !c->is_dynamic && s->quantization & INCOP_FX_EAGER) {
        s->kind = INCCKPT_SHARED; /* a quantized convolution pads its input itself */
    } else if (!c->is_dynamic && incckpt_is_tensor(s->result) && !is_left_out(p, s->scope)) {
        s->kind = incckpt_kind_of_function(s, reads_number(s), c->is_eager);
    }
}

/* Layers that return several values are one node for FX, and taking one out is another, of the
 * scope around them. */
static const char *scope_of_floats(const incckpt_plan *p, const incckpt_step *s)
{
    return incckpt_is_recurrent(s) || is_whole_layer(p, s->scope)
               ? incckpt_scope_around(p->cx, s->scope)
               : s->scope;
}

static void classify(incckpt_plan *p, incckpt_step *s)
{
    find_product(s);
    s->scope = s->call->module;
    s->reader = incckpt_owner_of(p, s->product ? s->product : s->first);
    s->float_scope = scope_of_floats(p, s);
    s->is_softmax = incckpt_is_softmax(s);
    s->result = s->last->outputs[0];
    if (s->is_absorbed || s->first->n_inputs == 0 || is_whole_layer(p, s->scope))
        return;
    s->data = data_of(p, s);
    choose_kind(p, s);
    if (s->kind == INCCKPT_PRODUCT || s->kind == INCCKPT_KEPT || s->packed)
        follow_product(p, s);
    if (!p->c->is_dynamic)
        incckpt_fuse_relu(p, s);
}

void incckpt_classify(incckpt_plan *p)
{
    for (size_t i = 0; i < p->n_steps; i++)
        classify(p, &p->steps[i]);
}
