/* SPDX-License-Identifier: Apache-2.0 */
/* Relu, and Clip between constants, before integers: what they do to float values is a limit on the
 * integers, since quantizing keeps the order. Kernels on integers give their results
 * unlimited, so that a limit behind one is a Clip of its own, unless the range reaches no further.
 */
#include <math.h>
#include <string.h>

#include "quant/internal.h"

/* The integer of a bound as QuantizeLinear gives it; absent: the end of the range. */
static int64_t quantized_bound(const incir_quant *q, double bound, int64_t absent)
{
    if (isnan(bound))
        return absent;
    double steps = (double)rintf((float)bound / (float)q->scales[0]) + (double)q->zero_points[0];
    return steps <= (double)q->quant_min   ? q->quant_min
           : steps >= (double)q->quant_max ? q->quant_max
                                           : (int64_t)steps;
}

/* One bound of a Clip, NaN where it has none; false: only the data knows it. */
static bool bound_of(incq_rewriter *r, const incir_node *n, size_t i, double *bound)
{
    *bound = NAN;
    if (r->g->opset < 11) {
        const incir_attr *attr = incir_find_attr(n, i == 1 ? "min" : "max");
        *bound = attr ? attr->u.f : NAN;
        return true;
    }
    if (i >= n->n_inputs || !n->inputs[i])
        return true;
    if (!incir_is_constant(n->inputs[i]) || n->inputs[i]->constant->numel != 1)
        return false;
    *bound = inctensor_f64s(r->cx, n->inputs[i]->constant)[0];
    return true;
}

static bool has_qparams(const incir_value *v, const incir_quant *q)
{
    return incq_is_per_tensor(v) && incir_quant_equal(incir_quant_of(v), q);
}

/* Whether the whole range is between the bounds, so that runtimes drop the Relu or Clip. */
static bool covers(const incir_quant *q, double low, double high)
{
    const float scale = (float)q->scales[0];
    return !((float)(q->quant_min - q->zero_points[0]) * scale < (float)low) &&
           !((float)(q->quant_max - q->zero_points[0]) * scale > (float)high);
}

/* A Relu or a Clip. */
static incq_limits of_limit(incq_rewriter *r, incir_node *n, const incir_quant *q)
{
    incq_limits l = {NULL, NULL, q->quant_min, q->quant_max, false};
    bool is_clip = incq_made_by(n->outputs[0], INCIR_OP_CLIP) != NULL;
    double low = 0, high = NAN;
    if (is_clip && (!bound_of(r, n, 1, &low) || !bound_of(r, n, 2, &high)))
        return l;
    l.node = n;
    l.from = has_qparams(n->inputs[0], q) ? n->inputs[0] : NULL;
    l.low = quantized_bound(q, low, q->quant_min);
    l.high = quantized_bound(q, high, q->quant_max);
    l.cuts = !covers(q, low, high);
    if (l.low > l.high) /* as Clip has it */
        l.low = l.high;
    return l;
}

/* Whether a number added to or multiplied with values dequantized with one scale and zero point
 * gives those that the same integers have with another: all of them are tried. */
static bool keeps_integers(const incir_quant *from, const incir_quant *to, double number, bool adds)
{
    for (int64_t i = from->quant_min; i <= from->quant_max; i++) {
        float x = (float)(i - from->zero_points[0]) * (float)from->scales[0];
        x = adds ? x + (float)number : x * (float)number;
        if (quantized_bound(to, (double)x, i + 1) != i)
            return false;
    }
    return true;
}

/* A number and integers: PyTorch changes scale and zero point instead of the integers. */
static incq_limits of_number(incq_rewriter *r, incir_node *n, const incir_quant *q)
{
    incq_limits l = {NULL, NULL, q->quant_min, q->quant_max, false};
    for (size_t i = 0; i < 2; i++) {
        incir_value *x = n->inputs[i];
        const incir_value *number = n->inputs[1 - i];
        const incir_quant *from = incq_is_per_tensor(x) ? incir_quant_of(x) : NULL;
        if (from && incir_is_constant(number) && number->constant->numel == 1 &&
            number->rank <= x->rank && from->dtype == q->dtype && from->quant_min == q->quant_min &&
            from->quant_max == q->quant_max &&
            keeps_integers(from, q, inctensor_f64s(r->cx, number->constant)[0],
                           incq_made_by(n->outputs[0], INCIR_OP_ADD) != NULL)) {
            l.node = n;
            l.from = x;
        }
    }
    return l;
}

incq_limits incq_limits_on(incq_rewriter *r, const incir_node *quantized)
{
    const incir_quant *q = quantized->quant;
    incir_value *x = quantized->inputs[0];
    if (!q->per_axis && q->zero_points && q->dtype != INCDT_I32 && incq_read_once(r, x) &&
        incir_is_int8(x->producer)) {
        if (incq_made_by(x, INCIR_OP_RELU) || incq_made_by(x, INCIR_OP_CLIP))
            return of_limit(r, x->producer, q);
        if (incq_made_by(x, INCIR_OP_ADD) || incq_made_by(x, INCIR_OP_MUL))
            return of_number(r, x->producer, q);
    }
    return (incq_limits){NULL, NULL, q->quant_min, q->quant_max, false};
}

/* Clip takes integers from opset 12 on: before, they are clipped as dequantized values. */
static incir_value *limit_floats(incq_rewriter *r, incir_value *y, const incir_quant *q,
                                 const int64_t bounds[2])
{
    static const char *const names[] = {"min", "max"};
    incq_integers whole = {y, incq_scale(r, q, NULL), incq_zero_point(r, q, NULL), q, NULL, NULL};
    incir_value *x = incq_dequantize(r, &whole);
    incir_node *n = incir_node_new(r->g, "Clip");
    incir_in(r->g, n, x);
    for (size_t i = 0; i < 2; i++) {
        double bound = (double)(bounds[i] - q->zero_points[0]) * q->scales[0];
        if (r->g->opset < 11)
            incir_attr_float(r->g, n, names[i], bound);
        else
            incir_in(r->g, n, incir_const_float(r->g, INCDT_F32, bound));
    }
    return incq_quantize_only(r, incir_append(r->g, n, INCDT_F32, x->rank, x->dims), q);
}

incir_value *incq_limit(incq_rewriter *r, incir_value *y, const incir_quant *q, int64_t low,
                        int64_t high)
{
    int64_t bounds[2] = {low, high};
    if (low <= (q->dtype == INCDT_U8 ? 0 : -128) && high >= (q->dtype == INCDT_U8 ? 255 : 127))
        return y;
    if (r->g->opset < 12 && q->scales && !q->per_axis)
        return limit_floats(r, y, q, bounds);
    if (r->g->opset < 12)
        inc_raise(r->cx, INC_E_UNSUPPORTED,
                  "integers limited to %lld to %lld need opset 12, asked for %u", (long long)low,
                  (long long)high, r->g->opset);
    incir_node *n = incir_node_new(r->g, "Clip");
    incir_in(r->g, n, y);
    for (size_t i = 0; i < 2; i++) {
        inctensor *t = inctensor_new(r->cx, q->dtype, 0, NULL, NULL);
        incelement_set_i64(q->dtype, (void *)(uintptr_t)inctensor_direct(t), 0, bounds[i]);
        incir_in(r->g, n, incir_constant(r->g, t, NULL));
    }
    return incir_append(r->g, n, q->dtype, y->rank, y->dims);
}
