/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, keeping and taking back blocks; see block.h. */
#include "ops/call/block.h"

#include <string.h>

#include "base/map.h"
#include "ir/onnx_ops.h"
#include "ir/rewrite.h"
#include "ops/call/internal.h"

enum { MOST_BLOCKS_DEEP = 48 };

incop_block *incop_open_block(const incir_graph *g)
{
    return g->open;
}

incop_block *incop_begin_block(incir_graph *g)
{
    incop_block *b = INC_NEW(g->cx, incop_block), *outer = g->open;
    b->depth = outer ? outer->depth + 1 : 1;
    if (b->depth > MOST_BLOCKS_DEEP)
        inc_raise(g->cx, INC_E_LIMIT,
                  "branches and loops that data decides are nested more than %d deep",
                  MOST_BLOCKS_DEEP);
    b->outer = outer;
    b->around = g->block;
    b->nodes = incir_block_new(g);
    b->since = inc_stamp(g->cx);
    b->recorded = incmap_new(g->cx);
    b->facts = incmap_new(g->cx);
    b->call = g->call;
    b->where = g->cx->where;
    b->n_warnings = g->cx->n_warnings;
    g->block = b->nodes;
    g->open = b;
    return b;
}

static void close(incir_graph *g, incop_block *b)
{
    g->open = b->outer;
    g->block = b->around;
    g->call = b->call;
    g->cx->where = b->where;
}

/* ---- taking back ---- */

static void restore(const incop_change *c)
{
    switch (c->kind) {
    case INCOP_CHANGED_BOX:
        memcpy(c->of, c->as_it_was, sizeof(incop_box));
        break;
    case INCOP_CHANGED_LIST:
        memcpy(c->of, c->as_it_was, sizeof(incval_list));
        break;
    case INCOP_CHANGED_DICT:
        incval_dict_assign(c->of, c->as_it_was);
        break;
    case INCOP_CHANGED_SLOT: {
        incval *room = incmap_get_str(c->of, c->name);
        if (!c->was_there)
            incmap_remove(c->of, c->name, strlen(c->name));
        else if (room)
            *room = c->before;
        break;
    }
    case INCOP_CHANGED_OTHER:
        memcpy(c->of, c->as_it_was, c->size);
        break;
    }
}

void incop_rollback(incir_graph *g, incop_block *b)
{
    while (g->open && g->open != b)
        incop_rollback(g, g->open);
    for (size_t i = b->changes.n; i-- > 0;)
        restore(b->changes.items[i]);
    close(g, b);
}

void incop_unwind(incir_graph *g, incop_block *open)
{
    while (g->open && g->open != open)
        incop_rollback(g, g->open);
}

/* ---- recording ---- */

typedef struct key {
    const void *of;
    uintptr_t kind;
} key;

static bool is_recorded(const incop_block *b, incop_change_kind kind, const void *of,
                        const char *name)
{
    key k = {of, (uintptr_t)kind};
    const incmap *in = incmap_get(b->recorded, &k, sizeof k, NULL);
    return in && (!name || incmap_has_str(in, name));
}

static void remember(incir_graph *g, incop_block *b, incop_change *c)
{
    key k = {c->of, (uintptr_t)c->kind};
    incmap *names = incmap_get(b->recorded, &k, sizeof k, NULL);
    if (!names) {
        names = incmap_new(g->cx);
        incmap_set(g->cx, b->recorded, &k, sizeof k, names);
    }
    if (c->name)
        incmap_set_str(g->cx, names, c->name, c);
    INC_PUSH(g->cx, &b->changes, c);
}

/* The change to be filled in; NULL when there is nothing to record. */
static incop_change *record(incir_graph *g, incop_change_kind kind, void *of, const char *name,
                            uint64_t born)
{
    incop_block *b = g->open;
    if (!b || born > b->since || is_recorded(b, kind, of, name))
        return NULL;
    incop_change *c = INC_NEW(g->cx, incop_change);
    c->kind = kind;
    c->of = of;
    c->name = name;
    c->born = born;
    remember(g, b, c);
    return c;
}

void incop_record_box(incir_graph *g, incop_box *box)
{
    incop_change *c = record(g, INCOP_CHANGED_BOX, box, NULL, box->born);
    if (c)
        c->as_it_was = inc_copy(g->cx, box, sizeof *box);
}

void incop_record_form(incir_graph *g, incval_list *list)
{
    incop_change *c = record(g, INCOP_CHANGED_LIST, list, NULL, list->born);
    if (!c)
        return;
    c->as_it_was = inc_copy(g->cx, list, sizeof *list);
    list->v.items = inc_copy(g->cx, list->v.items, list->v.n * sizeof *list->v.items);
    list->v.cap = list->v.n; /* the old items stay as they are */
}

void incop_record_list(incir_graph *g, incval_list *list)
{
    incop_before_write(g, (incval){.kind = INCVAL_LIST, .u.list = list});
    incop_record_form(g, list);
}

void incop_record_dict(incir_graph *g, incval_dict *dict)
{
    incop_before_write(g, (incval){.kind = INCVAL_DICT, .u.dict = dict});
    incop_record_entries(g, dict);
}

void incop_record_entries(incir_graph *g, incval_dict *dict)
{
    incop_change *c = record(g, INCOP_CHANGED_DICT, dict, NULL, incval_dict_born(dict));
    if (c)
        c->as_it_was = incval_dict_copy(g->cx, dict);
}

void incop_record_slot(incir_graph *g, incmap *slots, uint64_t born, const char *name)
{
    incop_change *c = record(g, INCOP_CHANGED_SLOT, slots, name, born);
    if (!c)
        return;
    const incval *value = incmap_get_str(slots, name);
    c->was_there = value != NULL;
    if (value)
        c->before = *value;
}

void incop_record_bytes(incir_graph *g, void *memory, size_t size, uint64_t born)
{
    incop_change *c = record(g, INCOP_CHANGED_OTHER, memory, NULL, born);
    if (!c)
        return;
    c->as_it_was = inc_copy(g->cx, memory, size);
    c->size = size;
}

/* ---- keeping ---- */

/* Blocks inside nodes that move to another block. */
static void move_inner(incir_node *n, incir_block *to)
{
    const incir_attr *at = n->attrs;
    for (incir_block *inner; (inner = incir_next_block(&at)) != NULL;)
        inner->outer = to;
}

void incop_end_block(incir_graph *g, incop_block *b)
{
    inc_where where = g->cx->where;
    incop_block *outer = b->outer;
    for (incir_node *n = b->nodes->first; n; n = n->next) {
        n->block = b->around;
        move_inner(n, b->around);
    }
    if (b->nodes->first) {
        b->nodes->first->previous = b->around->last;
        *(b->around->last ? &b->around->last->next : &b->around->first) = b->nodes->first;
        b->around->last = b->nodes->last;
    }
    b->nodes->first = b->nodes->last = NULL;
    for (const incmap_entry *e = incmap_first(b->nodes->materialised); e; e = incmap_next(e)) {
        size_t size;
        const char *text = incmap_key(e, &size);
        incmap_set(g->cx, b->around->materialised, text, size, incmap_value(e));
    }
    for (size_t i = 0; outer && i < b->changes.n; i++) {
        incop_change *c = b->changes.items[i];
        if (c->born <= outer->since && !is_recorded(outer, c->kind, c->of, c->name))
            remember(g, outer, c);
    }
    close(g, b);
    g->cx->where = where;
}

void incop_block_output(incir_graph *g, incir_value *v)
{
    if (v->kind == INCIR_COMPLEX)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                       "take torch.view_as_real of it inside, and view_as_complex behind",
                       "a complex tensor that a branch or a loop decided by data makes");
    v = incir_materialise(g, v);
    bool again = v->kind != INCIR_RESULT || v->producer->block != g->block;
    for (size_t i = 0; !again && i < g->block->n_outputs; i++)
        again = g->block->outputs[i] == v;
    if (again) {
        incir_node *n = incir_node_new(g, "Identity");
        incir_in(g, n, v);
        v = incir_emit_kept(g, n);
    }
    incir_block_add_output(g, g->block, v);
}

bool incop_is_written(const incop_change *c)
{
    const incop_box *now = c->of, *before = c->as_it_was;
    return now->base == NULL && (now->version != before->version || now->lost != before->lost);
}

bool incop_is_cut(const incop_change *c)
{
    const incop_box *now = c->of, *before = c->as_it_was;
    return now->base != before->base;
}

/* ---- facts ---- */

static incir_node *producer_of(const incir_value *v, const char *op_type)
{
    return v->kind == INCIR_RESULT && strcmp(v->producer->op_type, op_type) == 0 ? v->producer
                                                                                 : NULL;
}

static const incir_block *arm_of(const incir_node *n, const char *name)
{
    for (const incir_attr *a = n->attrs; a; a = a->next)
        if (a->kind == INCIR_ATTR_BLOCK && strcmp(a->name, name) == 0)
            return a->u.block;
    return NULL;
}

static void assume(incir_graph *g, incir_value *condition, bool holds, int depth);

/* "a and b" is an If whose other arm gives false: where it holds, that arm was not gone. */
static void assume_if(incir_graph *g, const incir_node *n, const incir_value *v, bool holds,
                      int depth)
{
    static const char *const names[2] = {"else_branch", "then_branch"};
    incir_value *of[2];
    bool is_against[2];
    for (size_t i = 0; i < 2; i++) {
        const incir_block *arm = arm_of(n, names[i]);
        if (!arm || v->output_index >= arm->n_outputs)
            return;
        of[i] = arm->outputs[v->output_index];
        const incir_node *same = producer_of(of[i], "Identity");
        if (same)
            of[i] = same->inputs[0];
        is_against[i] = incir_is_constant(of[i]) && of[i]->constant->numel == 1 &&
                        (inctensor_f64(g->cx, of[i]->constant) != 0) != holds;
    }
    if (is_against[0] == is_against[1])
        return;
    assume(g, n->inputs[0], is_against[0], depth + 1);
    incir_value *gone = of[is_against[0] ? 1 : 0];
    if (!incir_is_constant(gone))
        assume(g, gone, holds, depth + 1);
}

static void assume(incir_graph *g, incir_value *condition, bool holds, int depth)
{
    enum { MOST_DEPTH = 16 };
    incir_value *of = condition;
    if (!g->open && !g->facts)
        g->facts = incmap_new(g->cx);
    incmap_set(g->cx, g->open ? g->open->facts : g->facts, &of, sizeof of, holds ? g : NULL);
    const incir_node *n = producer_of(condition, "Not");
    if (depth == MOST_DEPTH)
        return;
    if (n)
        assume(g, n->inputs[0], !holds, depth + 1);
    n = producer_of(condition, "If");
    if (n)
        assume_if(g, n, condition, holds, depth);
    n = producer_of(condition, holds ? "And" : "Or");
    for (size_t i = 0; n && i < n->n_inputs; i++)
        assume(g, n->inputs[i], holds, depth + 1);
}

void incop_assume(incir_graph *g, incir_value *condition, bool holds)
{
    assume(g, condition, holds, 0);
}

static bool same_attributes(const incir_node *a, const incir_node *b)
{
    const incir_attr *x = a->attrs, *y = b->attrs;
    for (; x && y; x = x->next, y = y->next) {
        if (strcmp(x->name, y->name) != 0 || x->kind != y->kind || x->n != y->n)
            return false;
        if (x->kind == INCIR_ATTR_INT ? x->u.i != y->u.i
            : x->kind == INCIR_ATTR_INTS
                ? memcmp(x->u.ints, y->u.ints, x->n * sizeof *x->u.ints) != 0
                : true)
            return false;
    }
    return !x && !y;
}

/* Whether both compute the same from the same, as far as a few steps show. */
static bool alike(inccx *cx, const incir_value *a, const incir_value *b, int depth)
{
    enum { MOST_DEPTH = 6 };
    if (a == b)
        return true;
    if (!a || !b || a->kind != b->kind || a->dtype != b->dtype || depth == MOST_DEPTH)
        return false;
    if (a->kind == INCIR_CONSTANT)
        return incir_is_constant(a) && incir_is_constant(b) && a->rank == 0 && b->rank == 0 &&
               inctensor_f64(cx, a->constant) == inctensor_f64(cx, b->constant);
    if (a->kind != INCIR_RESULT)
        return false;
    const incir_node *n = a->producer, *o = b->producer;
    if (strcmp(n->op_type, o->op_type) != 0 || strcmp(n->domain, o->domain) != 0 ||
        n->n_inputs != o->n_inputs || n->n_outputs != 1 || o->n_outputs != 1 || !incir_is_pure(n) ||
        !same_attributes(n, o))
        return false;
    for (size_t i = 0; i < n->n_inputs; i++)
        if (!alike(cx, n->inputs[i], o->inputs[i], depth + 1))
            return false;
    return true;
}

/* 1 or 0 where the facts have the condition, or one that is alike; else -1. */
static int find_fact(const incir_graph *g, const incmap *facts, const incir_value *condition)
{
    bool found;
    void *holds = incmap_get(facts, &condition, sizeof condition, &found);
    if (found)
        return holds != NULL;
    for (const incmap_entry *e = incmap_first(facts); e; e = incmap_next(e)) {
        size_t size;
        const incir_value *other;
        memcpy(&other, incmap_key(e, &size), sizeof other);
        if (alike(g->cx, condition, other, 0))
            return incmap_value(e) != NULL;
    }
    return -1;
}

static int assumed(const incir_graph *g, const incir_value *condition, int depth)
{
    enum { MOST_DEPTH = 16 };
    int fact = -1;
    for (const incop_block *b = g->open; fact < 0 && b; b = b->outer)
        fact = find_fact(g, b->facts, condition);
    if (fact < 0 && g->facts)
        fact = find_fact(g, g->facts, condition);
    if (fact >= 0)
        return fact;
    const incir_node *n = producer_of(condition, "Not");
    int inner = n && depth < MOST_DEPTH ? assumed(g, n->inputs[0], depth + 1) : -1;
    return inner < 0 ? inner : !inner;
}

int incop_assumed(const incir_graph *g, const incir_value *condition)
{
    return assumed(g, condition, 0);
}
