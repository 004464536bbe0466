/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of verify.h: one walk in order, with a flag for each value that can be seen. */
#include "ir/verify.h"

#include <string.h>

#include "ir/onnx_ops.h"
#include "ir/rewrite.h"

typedef struct checker {
    incir_graph *g;
    uint8_t *visible; /* by id */
} checker;

static void broken(const checker *c, const incir_node *n, const char *what,
                   const incir_value *v) INC_NORETURN;
static void broken(const checker *c, const incir_node *n, const char *what, const incir_value *v)
{
    inc_raise(c->g->cx, INC_E_INTERNAL, "the graph is broken: %s %s: value %u %s",
              n ? n->op_type : "block", n && n->name ? n->name : "", v ? (unsigned)v->id : 0, what);
}

static void check_value(const checker *c, const incir_node *n, const incir_value *v)
{
    if (v->id > c->g->n_values)
        broken(c, n, "is of another graph", v);
    if (v->rank > INCTENSOR_MAX_RANK || (v->rank > 0 && !v->dims))
        broken(c, n, "has no type", v);
    for (size_t i = 0; i < v->rank; i++)
        if (!v->dims[i])
            broken(c, n, "has no size on some axis", v);
}

static void check_read(const checker *c, const incir_node *n, const incir_value *v)
{
    check_value(c, n, v);
    switch (v->kind) {
    case INCIR_CONSTANT:
        if (!v->constant || v->constant->dtype != v->dtype || v->constant->rank != v->rank)
            broken(c, n, "is a constant of another type than its tensor", v);
        break;
    case INCIR_SIZES:
        broken(c, n, "was not made nodes", v);
    default:
        if (!c->visible[v->id])
            broken(c, n, "is read before it is made, or where it cannot be seen", v);
        break;
    }
}

static void check_block(const checker *c, const incir_block *b);

static void check_node(const checker *c, const incir_node *n, const incir_block *b)
{
    if (n->block != b || (n->previous ? n->previous->next != n : b->first != n) ||
        (n->next ? n->next->previous != n : b->last != n))
        broken(c, n, "belongs to a node that is not where it says", NULL);
    bool is_typed = *n->domain != '\0'; /* by what made it: of another domain */
    if (!is_typed && incir_is(n, INCIR_OP_OTHER))
        broken(c, n, "belongs to an unknown operator", NULL);
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i])
            check_read(c, n, n->inputs[i]);
    const incir_attr *at = n->attrs;
    for (const incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
        check_block(c, inner);
    for (size_t i = 0; i < n->n_outputs; i++) {
        const incir_value *v = n->outputs[i];
        if (!v)
            continue;
        check_value(c, n, v);
        if (v->kind != INCIR_RESULT || v->producer != n || v->output_index != i)
            broken(c, n, "has another producer", v);
        if (c->visible[v->id])
            broken(c, n, "is made twice", v);
        c->visible[v->id] = 1;
    }
}

static void check_block(const checker *c, const incir_block *b)
{
    for (size_t i = 0; i < b->n_inputs; i++) {
        check_value(c, NULL, b->inputs[i]);
        if (b->inputs[i]->kind != INCIR_INPUT || c->visible[b->inputs[i]->id])
            broken(c, NULL, "is no input, or one twice", b->inputs[i]);
        c->visible[b->inputs[i]->id] = 1;
    }
    for (const incir_node *n = b->first; n; n = n->next)
        check_node(c, n, b);
    for (size_t i = 0; i < b->n_outputs; i++)
        check_read(c, NULL, b->outputs[i]);
    /* Outside, nothing of this is seen. */
    for (size_t i = 0; i < b->n_inputs; i++)
        c->visible[b->inputs[i]->id] = 0;
    for (const incir_node *n = b->first; n; n = n->next)
        for (size_t i = 0; i < n->n_outputs; i++)
            if (n->outputs[i])
                c->visible[n->outputs[i]->id] = 0;
}

void incir_verify(incir_graph *g)
{
    inccx *scratch = inc_scratch_new(g->cx);
    checker c = {g, INC_NEW_N(scratch, uint8_t, (size_t)g->n_values + 1)};
    check_block(&c, g->main);
    inc_scratch_free(scratch);
}
