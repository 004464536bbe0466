/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of recurrent layers in the place of the FP32 model's. PyTorch's parameters are replaced
 * one by one where they are read; the weights that a node of ONNX reads, in ONNX's order of gates
 * and one direction above the other, are then made of the integers themselves, so that they are
 * written as integers. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/attach.h"

/* What a parameter of a recurrent layer becomes; NULL: it stays. */
incir_value *incckpt_layer_parameter(incckpt_attacher *a, const incir_value *v)
{
    incir_value *known = incmap_get_str(a->layers, v->name);
    const char *number = strstr(v->name, "_l");
    const char *backwards =
        inc_printf(a->cx, "%.*s_l0_reverse", (int)(number ? number - v->name : 0), v->name);
    const inctensor *t;
    if (known)
        return known;
    incckpt_layer *l =
        incckpt_layer_of(a->cx, a->c, v->name, incmap_has_str(a->p->parameters, backwards), &t);
    if (!l)
        return NULL;
    l->used = true;
    if (!incckpt_same_sizes(t, v, false)) {
        incckpt_misfit(a, inc_printf(a->cx, "%s of %s has another shape than in the model (%s)",
                                     v->name, l->name, incir_type_text(a->g, v)));
        return NULL;
    }
    known = t->q ? incir_quantized_weight(a->g, t, v->name)
                 : incir_constant(a->g, inctensor_cast(a->cx, t, v->dtype), NULL);
    incmap_set_str(a->cx, a->layers, v->name, known);
    return known;
}

/* The quantized weights that v is made of by nodes that only rearrange elements, each once. */
typedef struct weight_search {
    incir_value *found[2]; /* of both directions */
    size_t n, n_visited;
} weight_search;

static void find_weights(weight_search *w, incir_value *v)
{
    enum { MOST_NODES = 64 }; /* of a layer are at most 2 + 2 * 5 */
    if (++w->n_visited > MOST_NODES || v->kind != INCIR_RESULT)
        return;
    if (!incir_is_weight_node(v->producer)) {
        for (size_t i = 0; i < v->producer->n_inputs && w->n_visited <= MOST_NODES; i++)
            if (v->producer->inputs[i])
                find_weights(w, v->producer->inputs[i]);
        return;
    }
    for (size_t i = 0; i < w->n && i < INC_COUNT(w->found); i++)
        if (w->found[i] == v)
            return;
    if (w->n < INC_COUNT(w->found))
        w->found[w->n] = v;
    w->n++;
}

/* The weights of a recurrent layer as ONNX wants them, rearranged when they are written: the graph
 * did it while they were float. Whether n has any. */
bool incckpt_set_layer_weights(incckpt_attacher *a, incir_node *n)
{
    bool is_quantized = false;
    static const struct {
        incir_opcode code;
        size_t n_gates, order[4]; /* PyTorch's gates in ONNX's order */
    } kinds[] = {
        {INCIR_OP_LSTM, 4, {0, 3, 1, 2}}, {INCIR_OP_GRU, 3, {1, 0, 2}}, {INCIR_OP_RNN, 1, {0}}};
    for (size_t k = 0; k < INC_COUNT(kinds); k++) {
        for (size_t i = 1; incckpt_is_op(n, kinds[k].code) && i <= 2; i++) {
            weight_search w = {0};
            find_weights(&w, n->inputs[i]);
            if (w.n == 0 || w.n > INC_COUNT(w.found) || (w.n > 1 && a->g->opset < 13))
                continue;
            for (size_t d = 0; d < w.n && kinds[k].n_gates > 1; d++)
                w.found[d] =
                    incir_weight_reordered(a->g, w.found[d], kinds[k].order, kinds[k].n_gates);
            incir_value *stacked =
                w.found[0] && w.found[w.n - 1] ? incir_weights_stacked(a->g, w.found, w.n) : NULL;
            if (stacked)
                n->inputs[i] = stacked;
            is_quantized |= stacked != NULL;
        }
    }
    return is_quantized;
}
