/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over graphs, counts of readers, replacements and rebuilding; see rewrite.h. */
#include "ir/rewrite.h"

void incir_each_node(incir_block *b, incir_visit visit, void *data)
{
    for (incir_node *n = b->first, *next; n; n = next) {
        next = n->next;
        const incir_attr *at = n->attrs;
        visit(data, n);
        for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
            incir_each_node(inner, visit, data);
    }
}

incir_block *incir_next_block(const incir_attr **at)
{
    while (*at) {
        const incir_attr *attr = *at;
        *at = attr->next;
        if (attr->kind == INCIR_ATTR_BLOCK)
            return attr->u.block;
    }
    return NULL;
}

/* ---- readers ---- */

static void add_outputs(incir_uses *uses, const incir_block *b)
{
    for (size_t i = 0; i < b->n_outputs; i++) {
        uint32_t id = b->outputs[i]->id;
        uses->n[id]++;
        uses->is_output[id] = 1;
        uses->is_inner_output[id] |= b->outer != NULL;
    }
}

static void add_reads(void *data, incir_node *n)
{
    incir_uses *uses = data;
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i]) {
            uses->n[n->inputs[i]->id]++;
            uses->reader[n->inputs[i]->id] = n;
        }
    const incir_attr *at = n->attrs;
    for (const incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
        add_outputs(uses, inner);
}

incir_uses incir_uses_new(inccx *cx, incir_graph *g)
{
    uint32_t n = g->n_values + 1;
    incir_uses uses = {n, INC_NEW_N(cx, uint32_t, n), INC_NEW_N(cx, incir_node *, n),
                       INC_NEW_N(cx, uint8_t, n), INC_NEW_N(cx, uint8_t, n)};
    add_outputs(&uses, g->main);
    incir_each_node(g->main, add_reads, &uses);
    return uses;
}

incir_node *incir_only_reader(const incir_uses *uses, const incir_value *v)
{
    bool is_one = v->id < uses->n_ids && uses->n[v->id] == 1 && !uses->is_output[v->id];
    return is_one ? uses->reader[v->id] : NULL;
}

/* ---- replacements ---- */

incir_replacements incir_replacements_new(inccx *cx, const incir_graph *g)
{
    uint32_t n = g->n_values + 1;
    return (incir_replacements){n, INC_NEW_N(cx, incir_value *, n)};
}

void incir_set_instead(incir_replacements *r, const incir_value *old, incir_value *v)
{
    r->by_id[old->id] = v;
}

incir_value *incir_instead_of(const incir_replacements *r, incir_value *v)
{
    return v && v->id < r->n_ids && r->by_id[v->id] ? r->by_id[v->id] : v;
}

void incir_read_instead(const incir_replacements *r, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        n->inputs[i] = incir_instead_of(r, n->inputs[i]);
}

void incir_give_instead(const incir_replacements *r, incir_block *b)
{
    for (size_t i = 0; i < b->n_outputs; i++)
        b->outputs[i] = incir_instead_of(r, b->outputs[i]);
}

/* ---- rebuilding ---- */

static incir_value *read_now(incir_rebuild *b, incir_value *v)
{
    return b->read ? b->read(b, v) : incir_instead_of(&b->instead, v);
}

/* An output has the name that was asked for, and a block makes what it gives itself. */
static void rebuild_outputs(incir_rebuild *b, incir_block *block)
{
    for (size_t i = 0; i < block->n_outputs; i++) {
        incir_value *old = block->outputs[i], *v = read_now(b, old);
        if (v == old)
            continue;
        if (v->kind != INCIR_RESULT || v->producer->block != block || (old->name && v->name)) {
            incir_node *n = incir_node_new(b->g, "Identity");
            incir_in(b->g, n, v);
            v = incir_emit_kept(b->g, n);
        }
        if (old->name)
            v->name = old->name;
        old->name = NULL;
        block->outputs[i] = v;
    }
}

static void rebuild_block(incir_rebuild *b, incir_block *block)
{
    incir_block *outer = b->g->block;
    incir_node *n = block->first, *next;
    block->first = block->last = NULL;
    b->g->block = block;
    for (; n; n = next) {
        next = n->next;
        n->next = n->previous = NULL;
        b->visit(b, n);
    }
    rebuild_outputs(b, block);
    b->g->block = outer;
}

void incir_rebuild_graph(incir_rebuild *b)
{
    rebuild_block(b, b->g->main);
}

void incir_rebuild_inputs(incir_rebuild *b, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        n->inputs[i] = read_now(b, n->inputs[i]);
}

void incir_rebuild_inside(incir_rebuild *b, const incir_node *n)
{
    const incir_attr *at = n->attrs;
    for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
        rebuild_block(b, inner);
}

void incir_keep(incir_rebuild *b, incir_node *n)
{
    incir_rebuild_inputs(b, n);
    incir_rebuild_inside(b, n);
    incir_append_again(b->g, n);
}
