/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoint's weights, biases and batch norms in the place of the FP32 model's. Comes in: a
 * node and the module of the checkpoint that belongs to it; goes out: the node reading constants of
 * the checkpoint, or a note of what does not fit. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/attach.h"

bool incckpt_same_sizes(const inctensor *t, const incir_value *v, bool swapped)
{
    if (t->rank != v->rank)
        return false;
    for (size_t i = 0; i < t->rank; i++)
        if (!incsym_is(v->dims[swapped ? t->rank - 1 - i : i], t->sizes[i]))
            return false;
    return true;
}

/* "conv1.weight", after where the model calls it; functions have their weights' own name. */
static const char *name_of(const incckpt_attacher *a, const incir_node *n, const incckpt_module *m,
                           const char *part)
{
    bool is_packed = strstr(m->name, "_packed_weight_") != NULL;
    return inc_printf(a->cx, "%s.%s", is_packed ? m->name : incckpt_module_name(n), part);
}

/* The checkpoint's weight in the place of node input i. */
void incckpt_set_weight(incckpt_attacher *a, incir_node *n, size_t i, incckpt_module *m)
{
    static const size_t swapped[2] = {1, 0};
    const inctensor *w = m->weight;
    bool transposes = incckpt_is_op(n, INCIR_OP_MATMUL) ||
                      (incckpt_is_op(n, INCIR_OP_GEMM) && incir_attr_int_or(n, "transB", 0) == 0);
    m->used = true;
    if (!incckpt_same_sizes(w, n->inputs[i], transposes) ||
        (transposes && w->rank != INC_COUNT(swapped))) {
        incckpt_misfit(a, inc_printf(a->cx,
                                     "the weight of %s has another shape than in the model (%s)",
                                     m->name, incir_type_text(a->g, n->inputs[i])));
        return;
    }
    const char *name = name_of(a, n, m, "weight");
    if (transposes)
        w = inctensor_permute(a->cx, w, swapped);
    if (w->q) {
        n->inputs[i] = incir_quantized_weight(a->g, w, name);
        return;
    }
    if (w->dtype != n->inputs[i]->dtype) {
        incckpt_misfit(a, inc_printf(a->cx,
                                     "the weight of %s is of another type than in the model (%s)",
                                     m->name, incir_type_text(a->g, n->inputs[i])));
        return;
    }
    incir_value *folded = incir_constant(a->g, w, NULL);
    folded->name = name; /* as the model's own weight, which nothing reads any more */
    folded->is_parameter = true;
    n->inputs[i] = folded;
}

/* The checkpoint's bias for what n computes, one number for each index of axis of its result; NULL
 * when there is none. */
static incir_value *bias_for(incckpt_attacher *a, const incir_node *n, size_t axis,
                             const incckpt_module *m)
{
    const incir_value *y = n->outputs[0];
    if (!m->bias || m->bias->q)
        return NULL;
    if (m->bias->rank != 1 || m->bias->dtype != INCDT_F32 || axis >= y->rank ||
        !incsym_is(y->dims[axis], m->bias->sizes[0])) {
        incckpt_misfit(a, inc_printf(a->cx, "the bias of %s does not fit the model's %s", m->name,
                                     incir_type_text(a->g, y)));
        return NULL;
    }
    incir_value *bias = incir_constant(a->g, m->bias, NULL);
    bias->name = name_of(a, n, m, "bias");
    bias->is_parameter = true;
    return bias;
}

static void set_bias(incckpt_attacher *a, incir_node *n, size_t i, const incckpt_module *m)
{
    incir_value *bias = bias_for(a, n, 1, m);
    if (!bias)
        return;
    while (n->n_inputs < i)
        incir_in(a->g, n, NULL);
    if (n->n_inputs == i)
        incir_in(a->g, n, bias);
    else
        n->inputs[i] = bias;
}

/* The bias of a MatMul is added by a node behind it, which is made where the model has none. */
static void set_added_bias(incckpt_attacher *a, const incckpt_step *s, incckpt_module *m)
{
    incir_node *product = s->product, *add = a->p->uses.reader[product->outputs[0]->id];
    incir_value *bias = bias_for(a, product, product->outputs[0]->rank - 1, m);
    if (!bias)
        return;
    if (add && incckpt_is_op(add, INCIR_OP_ADD) && add->call == product->call)
        add->inputs[add->inputs[0] == product->outputs[0]] = bias;
    else
        a->added_bias = bias;
}

void incckpt_add_bias(incckpt_attacher *a, const incir_node *product)
{
    incir_node *n = incir_node_new(a->g, "Add");
    n->call = product->call;
    incir_in(a->g, n, product->outputs[0]);
    incir_in(a->g, n, a->added_bias);
    a->added_bias = NULL;
    incir_set_instead(&a->walk.instead, product->outputs[0], incir_emit(a->g, n));
}

/* A batch norm that was trained with the product before it. */
void incckpt_set_norm(incckpt_attacher *a, incir_node *n, const char *name)
{
    static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};
    for (size_t i = 0; i < INC_COUNT(parts) && i + 1 < n->n_inputs; i++) {
        const char *key = inc_printf(a->cx, "%s.%s", name, parts[i]);
        const inctensor *t = incmap_get_str(a->c->plain, key);
        if (!t)
            continue;
        if (!inctensor_has_data(t) || t->dtype != n->inputs[i + 1]->dtype ||
            !incckpt_same_sizes(t, n->inputs[i + 1], false)) {
            incckpt_misfit(a, inc_printf(a->cx, "%s does not fit the model's batch norm", key));
            return;
        }
        n->inputs[i + 1] = incir_constant(a->g, t, key);
    }
}

/* A quantized convolution's state_dict has a bias where the model has one or a batch norm went into
 * it, and None where not; a linear layer's is packed with its weight. */
static void check_bias(incckpt_attacher *a, const incckpt_step *s)
{
    const incckpt_module *m = s->packed ? s->packed : s->module;
    const incir_node *n = s->product;
    bool is_added = incckpt_is_op(n, INCIR_OP_MATMUL);
    const incir_node *add = is_added ? a->p->uses.reader[n->outputs[0]->id] : NULL;
    bool model_has = is_added ? add && incckpt_is_op(add, INCIR_OP_ADD) && add->call == n->call
                              : n->n_inputs > 2 && n->inputs[2];
    if (!m->bias && m->weight->q && model_has)
        incckpt_misfit(a, inc_printf(a->cx, "the model has a bias for %s, the checkpoint has %s",
                                     m->name, m->has_bias_entry ? "None" : "no key for it"));
}

void incckpt_set_weights(incckpt_attacher *a, const incckpt_step *s)
{
    check_bias(a, s);
    incckpt_module *m = s->packed ? s->packed : s->module;
    incckpt_set_weight(a, s->product, 1, m);
    if (incckpt_is_op(s->product, INCIR_OP_MATMUL))
        set_added_bias(a, s, m);
    else
        set_bias(a, s->product, 2, m);
}

/* Weights of what stayed float: training (QAT) changed them too. */
void incckpt_take_plain(incckpt_attacher *a, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *v = n->inputs[i];
        if (!v || v->kind != INCIR_CONSTANT || !v->is_parameter || !v->name)
            continue;
        const inctensor *t = incmap_get_str(a->c->plain, v->name);
        if (!t || !inctensor_has_data(t))
            continue;
        if (t->dtype == v->dtype && incckpt_same_sizes(t, v, false))
            v->constant = t;
        else
            incckpt_misfit(a, inc_printf(a->cx, "%s has another shape than in the model (%s)",
                                         v->name, incir_type_text(a->g, v)));
    }
}
