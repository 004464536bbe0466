/* SPDX-License-Identifier: Apache-2.0 */
/* Ordinary operators on quantized tensors. They compute on dequantized values;
 * PyTorch then quantizes the result with qparams that only the operator's name and the argument's
 * decide. What has no entry here has no such form in PyTorch either. */
#include "ir/quant.h"
#include "ops/call/internal.h"
#include "ops/emit/emit.h"
#include "ops/families.h"

const incir_quant incop_found_at_run_time = {.n = 0};

/* The qparams of the first quantized argument. */
static const incir_quant *quantized_argument(const incop_call *c)
{
    for (size_t i = 0; i < c->schema->n_params; i++) {
        incval v = c->args[i];
        if ((v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE) && v.u.list->v.n)
            v = v.u.list->v.items[0];
        if (v.kind == INCVAL_TENSOR && v.u.t->quant)
            return v.u.t->quant;
    }
    return NULL;
}

static bool returns_tensors(const incop_call *c)
{
    return c->schema->n_returns && c->schema->returns[0].kind == INCOP_TENSOR;
}

/* Results in a known range: a 256th of it is the scale. */
static const incir_quant *fixed_qparams(incop_call *c, const incir_quant *given)
{
    bool symmetric = c->row->quantization & INCOP_Q_SYMMETRIC;
    int64_t middle = given->quant_min + (given->quant_max - given->quant_min + 1) / 2;
    return incir_quant_new(c->g, given->dtype, (symmetric ? 2.0 : 1.0) / 256,
                           symmetric ? middle : given->quant_min);
}

bool incop_on_quantized(incop_call *c, const incir_quant **q)
{
    const incir_quant *given = quantized_argument(c);
    uint32_t flags = c->row->quantization;
    if (!given || !returns_tensors(c) || flags & INCOP_Q_OWN)
        return false;
    if (given->n == 0 || (given->per_axis && !(flags & INCOP_Q_PER_CHANNEL)))
        incop_unsupported(c, "this operator on a tensor quantized %s",
                          given->n == 0 ? "dynamically" : "per channel");
    if (!(flags & (INCOP_Q_SAME | INCOP_Q_UNIT | INCOP_Q_SYMMETRIC)))
        incop_unsupported(c, "this operator on a quantized tensor");
    *q = flags & INCOP_Q_SAME ? given : fixed_qparams(c, given);
    return true;
}

static void quantize_box(incop_call *c, incop_box *box, const incir_quant *q)
{
    if (!incdtype_is_float(box->value->dtype))
        return;
    box->value = incir_quantized(c->g, box->value, q);
    box->quant = q;
}

void incop_quantize_results(incop_call *c, const incir_quant *q)
{
    for (size_t i = 0; i < c->n_results; i++) {
        incval v = c->results[i];
        if (v.kind == INCVAL_TENSOR)
            quantize_box(c, v.u.t, q);
        for (size_t k = 0; v.kind == INCVAL_LIST && k < v.u.list->v.n; k++)
            quantize_box(c, v.u.list->v.items[k].u.t, q);
    }
}
