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
    size_t *units; /* by the number of the node that gives a value: that of its module */
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

/* The borders of one call stand before all of its nodes, which stay together. */
static void set_before(setter *s, incir_node *first, const incir_node *end)
{
    for (incir_node *n = first; n != end; n = n->next)
        for (size_t i = 0; i < n->n_inputs && s->units[n->mark]; i++) {
            incir_value *v = n->inputs[i];
            bool is_made = v && v->kind == INCIR_RESULT && incdtype_is_float(v->dtype);
            size_t maker =
                is_made && v->producer->block == n->block ? s->units[v->producer->mark] : 0;
            if (maker && maker != s->units[n->mark])
                n->inputs[i] = behind_border(s, v, s->units[n->mark], n);
        }
}

void incckpt_set_borders(inccx *cx, const incckpt *c, incir_graph *g)
{
    incir_block *b = g->main;
    uint32_t count = 0;
    if (c->sub_modules.n < 2)
        return;
    for (incir_node *n = b->first; n; n = n->next)
        n->mark = ++count;
    setter s = {cx, g, INC_NEW_N(cx, size_t, count + 1), incmap_new(cx)};
    for (incir_node *n = b->first; n; n = n->next)
        s.units[n->mark] = unit_of(c, n);
    incir_node *n = b->first;
    b->first = b->last = NULL;
    g->block = b;
    while (n) {
        incir_node *end = n->next;
        while (end && end->call == n->call)
            end = end->next;
        set_before(&s, n, end);
        for (incir_node *next; n != end; n = next) {
            next = n->next;
            n->next = n->previous = NULL;
            incir_append_again(g, n);
        }
    }
    for (n = b->first; n; n = n->next)
        n->mark = 0;
}
