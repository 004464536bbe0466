/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the place of a value of the graph as it was: integers with scale and zero point,
 * or a float value. In: what was noted of old values so far. Out: values of the new graph, made
 * where they are asked for first (QDQ: for each reader). Relies on constants.c. */
#include <string.h>

#include "quant/internal.h"

incq_integers *incq_integers_of(incq_rewriter *r, const incir_value *old)
{
    return old && old->id < r->n_ids && r->integers[old->id].q ? &r->integers[old->id] : NULL;
}

void incq_set_float(incq_rewriter *r, const incir_value *old, incir_value *v)
{
    incir_set_instead(&r->walk.instead, old, v);
}

void incq_set_integers(incq_rewriter *r, const incir_value *old, incir_value *q,
                       const incir_quant *quant, const char *name)
{
    r->integers[old->id] = (incq_integers){
        q, incq_scale(r, quant, name), incq_zero_point(r, quant, name), quant, NULL, name};
}

static incir_value *emit_quantization(incq_rewriter *r, const char *op_type, incir_value *x,
                                      incir_value *scale, incir_value *zero_point,
                                      const incir_quant *q, incdtype dtype)
{
    incir_node *n = incir_node_new(r->g, op_type);
    incir_in(r->g, n, x);
    incir_in(r->g, n, scale);
    incir_in(r->g, n, zero_point);
    if (q && q->per_axis)
        incir_attr_int(r->g, n, "axis", (int64_t)q->axis);
    return incir_append(r->g, n, dtype, x->rank, x->dims);
}

incir_value *incq_quantize_only(incq_rewriter *r, incir_value *x, const incir_quant *q)
{
    return emit_quantization(r, "QuantizeLinear", x, incq_scale(r, q, NULL),
                             incq_zero_point(r, q, NULL), q, q->dtype);
}

incir_value *incq_dequantize(incq_rewriter *r, const incq_integers *i)
{
    return emit_quantization(r, "DequantizeLinear", i->q, i->scale, i->zero_point, i->quant,
                             INCDT_F32);
}

/* DequantizeLinear takes scales along an axis from opset 13 on: before, a weight that no kernel of
 * integers reads is written dequantized. */
static incir_value *without_dequantize(incq_rewriter *r, incir_value *old)
{
    if (!incir_is_weight_node(old->producer))
        inc_raise(r->cx, INC_E_UNSUPPORTED,
                  "values quantized per channel need opset 13, asked for %u", r->g->opset);
    if (incir_instead_of(&r->walk.instead, old) == old) {
        const inctensor *t = inctensor_dequantize(r->cx, incir_weight_of(old->producer));
        const incir_value *integers = old->producer->inputs[0];
        incq_set_float(r, old,
                       incir_constant(r->g, inctensor_cast(r->cx, t, INCDT_F32),
                                      integers->is_parameter ? integers->name : NULL));
    }
    return incir_instead_of(&r->walk.instead, old);
}

incir_value *incq_dequantized(incq_rewriter *r, incir_value *old)
{
    if (!old || old->id >= r->n_ids)
        return old;
    incq_integers *i = incq_integers_of(r, old);
    if (!i)
        return incir_instead_of(&r->walk.instead, old);
    if (i->quant && i->quant->per_axis && r->g->opset < 13)
        return without_dequantize(r, old);
    if (r->options->form == INCQ_QDQ) /* each reader has its own, so that groups stand alone */
        return incq_dequantize(r, i);
    if (!i->dequantized)
        i->dequantized = incq_dequantize(r, i);
    return i->dequantized;
}

/* ONNX Runtime makes one of two quantizations right after another and leaves the bias that was made
 * for the scale of the second. A limit that every value keeps stays between them. */
incir_value *incq_dequantized_for(incq_rewriter *r, incir_value *old, const incir_quant *q)
{
    incir_value *x = incq_dequantized(r, old);
    const incir_quant *before = incq_is_per_tensor(old) ? incir_quant_of(old) : NULL;
    if (!before || q->per_axis || before->dtype != q->dtype ||
        !incq_made_by(x, INCIR_OP_DEQUANTIZE_LINEAR))
        return x;
    int64_t low = q->dtype == INCDT_U8 ? 0 : -128;
    double least = (double)(low - before->zero_points[0]) * (double)(float)before->scales[0];
    return incir_emit2(r->g, "Max", x, incir_const_float(r->g, INCDT_F32, least));
}

incir_value *incq_emit_like(incq_rewriter *r, const incir_node *like, const char *domain,
                            const char *op_type, incir_value *const *inputs, size_t n_inputs,
                            incdtype dtype)
{
    incir_node *n = incir_node_new(r->g, op_type);
    incir_set_domain(n, domain);
    n->call = like->call;
    n->attrs = strcmp(like->domain, INCIR_QUANT_DOMAIN) == 0 ? NULL : like->attrs;
    for (size_t i = 0; i < n_inputs; i++)
        incir_in(r->g, n, inputs[i]);
    return incir_append(r->g, n, dtype, like->outputs[0]->rank, like->outputs[0]->dims);
}
