/* SPDX-License-Identifier: Apache-2.0 */
/* Equal nodes become one: same operator, same inputs, same attributes. The first one stays; a block
 * sees the nodes before it in the blocks around it. */
#include <string.h>

#include "base/str.h"
#include "ir/quant.h"
#include "passes/internal.h"

typedef struct seen {
    incmap *nodes; /* key -> incir_node */
    const struct seen *outer;
} seen;

typedef struct sharer {
    inccx *cx; /* a scratch */
    incir_replacements instead;
    const uint8_t *is_inner_output; /* by id */
    incstr key;                     /* of the node that is looked at */
    bool changed;
} sharer;

static void add_bytes(sharer *s, const void *bytes, size_t size)
{
    incstr_add_n(s->cx, &s->key, (const char *)&size, sizeof size);
    incstr_add_n(s->cx, &s->key, bytes, size);
}

static bool add_attr(sharer *s, const incir_attr *attr)
{
    add_bytes(s, attr->name, strlen(attr->name));
    switch (attr->kind) {
    case INCIR_ATTR_INT:
        add_bytes(s, &attr->u.i, sizeof attr->u.i);
        return true;
    case INCIR_ATTR_FLOAT:
        add_bytes(s, &attr->u.f, sizeof attr->u.f);
        return true;
    case INCIR_ATTR_STRING:
        add_bytes(s, attr->u.s, strlen(attr->u.s));
        return true;
    case INCIR_ATTR_INTS:
        add_bytes(s, attr->u.ints, attr->n * sizeof *attr->u.ints);
        return true;
    case INCIR_ATTR_FLOATS:
        add_bytes(s, attr->u.floats, attr->n * sizeof *attr->u.floats);
        return true;
    case INCIR_ATTR_TENSOR: {
        double value;
        if (attr->u.tensor->numel != 1)
            return false;
        value = inctensor_f64(s->cx, attr->u.tensor);
        add_bytes(s, &attr->u.tensor->dtype, sizeof attr->u.tensor->dtype);
        add_bytes(s, &value, sizeof value);
        return true;
    }
    default:
        return false;
    }
}

/* False: not to be shared. */
static bool make_key(sharer *s, const incir_node *n)
{
    s->key.n = 0;
    if (!incir_is_pure(n) || n->n_inputs == 0)
        return false;
    add_bytes(s, n->domain, strlen(n->domain));
    add_bytes(s, &n->quant, sizeof n->quant);
    bool is_int8 = incir_is_int8(n);
    add_bytes(s, &is_int8, sizeof is_int8);
    add_bytes(s, n->op_type, strlen(n->op_type));
    add_bytes(s, &n->n_outputs, sizeof n->n_outputs);
    for (size_t i = 0; i < n->n_inputs; i++) {
        uint32_t id = n->inputs[i] ? n->inputs[i]->id : 0;
        add_bytes(s, &id, sizeof id);
    }
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
        if (!add_attr(s, attr))
            return false;
    return true;
}

/* An output of the model has a name, and can only be given up where the other has none to lose; an
 * output of an inner block only for a node of the same block that is none: no runtime expects one
 * value to be two of them. */
static bool can_go(const sharer *s, const incir_node *n, const incir_node *stays)
{
    for (size_t i = 0; i < n->n_outputs; i++) {
        const incir_value *v = n->outputs[i], *other = stays->outputs[i];
        if (v && (!other || (v->name && other->name) ||
                  (s->is_inner_output[v->id] &&
                   (n->block != stays->block || s->is_inner_output[other->id]))))
            return false;
    }
    return true;
}

static void give_up(sharer *s, incir_node *n, const incir_node *stays)
{
    for (size_t i = 0; i < n->n_outputs; i++) {
        if (!n->outputs[i])
            continue;
        incir_set_instead(&s->instead, n->outputs[i], stays->outputs[i]);
        if (n->outputs[i]->name)
            stays->outputs[i]->name = n->outputs[i]->name;
    }
    incir_node_remove(n);
    s->changed = true;
}

static void walk(sharer *s, incir_block *b, const seen *outer)
{
    seen here = {incmap_new(s->cx), outer};
    for (incir_node *n = b->first, *next; n; n = next) {
        next = n->next;
        incir_read_instead(&s->instead, n);
        const incir_attr *at = n->attrs;
        for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
            walk(s, inner, &here);
        if (!make_key(s, n))
            continue;
        const incir_node *equal = NULL;
        for (const seen *in = &here; in && !equal; in = in->outer)
            equal = incmap_get(in->nodes, s->key.text, s->key.n, NULL);
        if (!equal) {
            incmap_set(s->cx, here.nodes, s->key.text, s->key.n, n);
        } else if (can_go(s, n, equal)) {
            give_up(s, n, equal);
        }
    }
    incir_give_instead(&s->instead, b);
}

bool incpass_share_nodes(inccx *cx, incir_graph *g)
{
    inccx *scratch = inc_scratch_new(cx);
    sharer s = {.cx = scratch,
                .instead = incir_replacements_new(scratch, g),
                .is_inner_output = incir_uses_new(scratch, g).is_inner_output};
    walk(&s, g->main, NULL);
    inc_scratch_free(scratch);
    return s.changed;
}
