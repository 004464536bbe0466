/* Grids go through nodes that only move elements. An operator of the source that is several nodes
 * here, as channel_shuffle or a pool of an image without a batch, has its result quantized after
 * the last one; moving elements and rounding them may change places, so that each node in between
 * gets integers to move, and the operator in their midst integers to compute on. */
#include <string.h>

#include "quant/internal.h"

typedef struct spreader {
    inccx *cx;
    incir_graph *g;
    incir_uses uses;
    const incir_quant **grids; /* by id: what the value is to be quantized to, or NULL */
    incir_value **instead;     /* by id */
} spreader;

/* ---- which values ---- */

static bool read_once(const spreader *s, const incir_value *v)
{
    return v->kind == INCIR_RESULT && incir_only_reader(&s->uses, v);
}

static bool is_moved(const spreader *s, const incir_value *v)
{
    return read_once(s, v) && incq_only_moves(s->g, v->producer) && v->producer->inputs[0];
}

static const incir_value *origin(const spreader *s, const incir_value *v)
{
    while (v && is_moved(s, v))
        v = v->producer->inputs[0];
    return v;
}

/* v and all that it was moved from, up to but without where it comes from. */
static void mark_moved(spreader *s, const incir_value *v, const incir_quant *q)
{
    for (; is_moved(s, v); v = v->producer->inputs[0])
        s->grids[v->id] = q;
}

static bool goes_anywhere(const incir_quant *q)
{
    return q && !q->per_axis && q->zero_points && q->dtype != INCDT_I32 &&
           q->quant_max - q->quant_min >= 255;
}

/* The operator whose result is moved before it is quantized: what it reads may be moved too. */
static void mark_operand(spreader *s, const incir_node *n)
{
    bool limits = n->op->work == INCIR_WORK_LIMITS;
    if (limits && n->inputs[0] && read_once(s, n->inputs[0]))
        n = n->inputs[0]->producer;
    const incir_value *x = n->n_inputs ? n->inputs[0] : NULL, *from = origin(s, x);
    if (x && from && from->kind == INCIR_RESULT && incir_is_quantized_node(from->producer) &&
        goes_anywhere(incir_quant_of(from)))
        mark_moved(s, x, incir_quant_of(from));
}

static void plan_node(spreader *s, const incir_node *quantized)
{
    const incir_quant *q = quantized->quant;
    const incir_value *last = quantized->inputs[0], *from = origin(s, last);
    if (last == from || !goes_anywhere(q))
        return;
    const incir_quant *before = incir_quant_of(from);
    if (before ? !incir_quant_equal(before, q)
               : !read_once(s, from) || !incir_is_int8(from->producer) ||
                     from->producer->n_outputs != 1)
        return;
    if (!before) {
        s->grids[from->id] = q;
        mark_operand(s, from->producer);
    }
    mark_moved(s, last->producer->inputs[0], q);
}

static void plan_any(void *data, incir_node *n)
{
    if (incir_is_quantized_node(n))
        plan_node(data, n);
}

/* ---- the graph anew ---- */

static void spread_block(spreader *s, incir_block *block);

static void spread_node(spreader *s, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && s->instead[n->inputs[i]->id])
            n->inputs[i] = s->instead[n->inputs[i]->id];
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
        if (attr->kind == INCIR_ATTR_BLOCK)
            spread_block(s, attr->u.block);
    incir_append_again(s->g, n);
    incir_value *v = n->n_outputs == 1 ? n->outputs[0] : NULL;
    if (!v || !s->grids[v->id])
        return;
    incir_value *on_grid = incir_quantized(s->g, v, s->grids[v->id]);
    on_grid->producer->call = n->call;
    s->instead[v->id] = on_grid;
}

static void spread_block(spreader *s, incir_block *block)
{
    incir_block *outer = s->g->block;
    incir_node *n = block->first, *next;
    block->first = block->last = NULL;
    s->g->block = block;
    for (; n; n = next) {
        next = n->next;
        n->next = n->previous = NULL;
        spread_node(s, n);
    }
    s->g->block = outer;
}

void incq_spread_grids(inccx *cx, incir_graph *g)
{
    spreader s = {.cx = cx, .g = g};
    uint32_t n = g->n_values + 1;
    s.grids = INC_NEW_N(cx, const incir_quant *, n);
    s.instead = INC_NEW_N(cx, incir_value *, n);
    s.uses = incir_uses_new(g);
    incir_each_node(g->main, plan_any, &s);
    spread_block(&s, g->main);
}
