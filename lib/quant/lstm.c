/* SPDX-License-Identifier: Apache-2.0 */
/* LSTM layers that were quantized dynamically: com.microsoft has one that quantizes inputs and
 * states as it runs, as PyTorch does. Its weights are [directions, K, 4 H], with a scale a
 * direction or, in one direction, a gate's row. */
#include <string.h>

#include "quant/internal.h"

typedef struct lstm_weight {
    const inctensor *integers; /* [directions, 4 H, K] */
    const incir_quant *q;
} lstm_weight;

static bool read_weight(const incir_value *v, lstm_weight *w)
{
    if (!v || v->kind != INCIR_RESULT || !incir_is_weight_node(v->producer))
        return false;
    w->q = v->producer->quant;
    w->integers = v->producer->inputs[0]->constant;
    if (w->integers->rank != 3 || !w->q->zero_points || w->q->dtype == INCDT_I32)
        return false;
    return !w->q->per_axis || w->q->axis == 0 || (w->q->axis == 1 && w->integers->sizes[0] == 1);
}

static incir_value *integers_of(incq_rewriter *r, const lstm_weight *w)
{
    static const size_t order[3] = {0, 2, 1};
    return incir_constant(r->g, inctensor_permute(r->cx, w->integers, order), NULL);
}

/* [directions] or [1, 4 H] numbers of that type. */
static incir_value *numbers_of(incq_rewriter *r, const lstm_weight *w, incdtype dtype)
{
    bool by_row = w->q->per_axis && w->q->axis == 1;
    int64_t sizes[2] = {w->integers->sizes[0], w->integers->sizes[1]};
    inctensor *t = inctensor_new(r->cx, dtype, by_row ? 2 : 1, sizes, NULL);
    void *block = (void *)(uintptr_t)inctensor_direct(t);
    for (uint64_t i = 0; i < t->numel; i++) {
        size_t from = w->q->per_axis ? (size_t)i : 0;
        if (dtype == INCDT_F32)
            incelement_set_f64(dtype, block, i, w->q->scales[from]);
        else
            incelement_set_i64(dtype, block, i, w->q->zero_points[from]);
    }
    return incir_constant(r->g, t, NULL);
}

bool incq_integer_lstm(incq_rewriter *r, incir_node *n)
{
    enum { N_FLOAT = 8 };
    lstm_weight input, hidden;
    if (!r->options->allow_contrib || !incir_is_int8(n) || n->domain[0] ||
        !incir_is(n, INCIR_OP_LSTM) || n->n_inputs > N_FLOAT ||
        !read_weight(n->inputs[1], &input) || !read_weight(n->inputs[2], &hidden))
        return false;
    incir_value *in[N_FLOAT] = {NULL};
    for (size_t i = 0; i < n->n_inputs; i++)
        in[i] = i == 1   ? integers_of(r, &input)
                : i == 2 ? integers_of(r, &hidden)
                         : incq_dequantized(r, n->inputs[i]);
    n->op_type = "DynamicQuantizeLSTM";
    incir_set_domain(n, "com.microsoft");
    n->n_inputs = 0;
    for (size_t i = 0; i < N_FLOAT; i++)
        incir_in(r->g, n, in[i]);
    const lstm_weight *weights[2] = {&input, &hidden};
    for (size_t i = 0; i < 2; i++) {
        incir_in(r->g, n, numbers_of(r, weights[i], INCDT_F32));
        incir_in(r->g, n, numbers_of(r, weights[i], weights[i]->q->dtype));
    }
    incir_append_again(r->g, n);
    return true;
}
