/* SPDX-License-Identifier: Apache-2.0 */
/* Models that FX cannot trace as a whole are quantized module by module: each of the modules that
 * best_configure lists is a graph of its own, which takes and gives floats. In: the FP32 graph of
 * the whole model, and that list. Out: the same graph with an Identity wherever a value goes from
 * one listed module into another: there it is dequantized, and quantized again as an input is, with
 * the scale that is named after its first reader. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/plan.h"

static const char border_op[] = "border";

bool incckpt_is_border(const incir_node *n)
{
    return n->call->op == border_op;
}

/* The innermost listed module that a node's code is in, counted from 1; 0: none. */
static size_t unit_of(const incckpt *c, const incir_node *n)
{
    const char *module = n->call->module;
    size_t best = 0, longest = 0;
    for (size_t i = 0; i < c->sub_modules.n; i++) {
        size_t length = strlen(c->sub_modules.items[i]);
        bool is_in = strncmp(module, c->sub_modules.items[i], length) == 0 &&
                     (!module[length] || module[length] == '.');
        if (is_in && length >= longest) {
            best = i + 1;
            longest = length;
        }
    }
    return best;
}

typedef struct setter {
    inccx *cx;
    incir_graph *g;
    incir_node **nodes; /* of the main block, in order; a node's mark is its place here, from 1 */
    size_t *units;      /* their modules, as unit_of() counts */
    size_t n;
    incmap *known; /* "value unit" -> what the unit reads instead */
} setter;

static incir_value *behind_border(setter *s, incir_value *v, size_t unit, const incir_node *reader)
{
    const char *key = inc_printf(s->cx, "%u %zu", v->id, unit);
    incir_value *other = incmap_get_str(s->known, key);
    if (other)
        return other;
    incir_call *before = s->g->call;
    s->g->call = incir_place_new(s->g, reader->call->module, reader->call->scope);
    s->g->call->op = border_op;
    other = incir_pass_on(s->g, v);
    s->g->call = before;
    incmap_set_str(s->cx, s->known, key, other);
    return other;
}

/* The unit that makes v in the main block; 0: none, or v is nothing that is quantized. */
static size_t maker_of(const setter *s, const incir_value *v)
{
    if (!v || v->kind != INCIR_RESULT || !incdtype_is_float(v->dtype) || !v->producer->mark)
        return 0;
    return s->units[v->producer->mark - 1];
}

static void read_behind_borders(setter *s, incir_node *n)
{
    size_t unit = s->units[n->mark - 1];
    for (size_t i = 0; unit && i < n->n_inputs; i++) {
        size_t maker = maker_of(s, n->inputs[i]);
        if (maker && maker != unit)
            n->inputs[i] = behind_border(s, n->inputs[i], unit, n);
    }
}

/* The borders of one call stand before all of its nodes, which stay together. */
static void visit(incir_rebuild *b, incir_node *n)
{
    setter *s = b->data;
    size_t at = n->mark; /* 0: in a block inside */
    if (at && (at == 1 || s->nodes[at - 2]->call != n->call))
        for (size_t i = at - 1; i < s->n && s->nodes[i]->call == n->call; i++)
            read_behind_borders(s, s->nodes[i]);
    incir_keep(b, n);
}

void incckpt_set_borders(inccx *cx, const incckpt *c, incir_graph *g)
{
    if (c->sub_modules.n < 2)
        return;
    size_t n = 0;
    for (incir_node *node = g->main->first; node; node = node->next)
        node->mark = (uint32_t)++n;
    setter s = {cx, g, INC_NEW_N(cx, incir_node *, n), INC_NEW_N(cx, size_t, n), n, incmap_new(cx)};
    for (incir_node *node = g->main->first; node; node = node->next) {
        s.nodes[node->mark - 1] = node;
        s.units[node->mark - 1] = unit_of(c, node);
    }
    incir_rebuild_graph(&(incir_rebuild){
        .g = g, .instead = incir_replacements_new(g->cx, g), .visit = visit, .data = &s});
    for (size_t i = 0; i < n; i++)
        s.nodes[i]->mark = 0;
}
