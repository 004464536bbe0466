/* SPDX-License-Identifier: Apache-2.0 */
/* Average pools of an even number of elements, as PyTorch computes them. In: a pool whose input and
 * result have the same scale and zero point. Out: the integers without the zero point (dequantized
 * with a scale of 1), their mean rounded half to even, and quantized the same way: in float32,
 * whose integers are exact up to 2^24. Halves are every fourth result of a 2 x 2 pool, and ONNX
 * Runtime rounds them up on integers, and either way on dequantized values. An odd number of
 * elements has no halves, and keeps the pool that runtimes look for. */
#include "quant/internal.h"

enum { MOST_ELEMENTS = (1 << 24) / 255 };

static int64_t least_common_multiple(int64_t most)
{
    int64_t found = 1;
    for (int64_t i = 2; i <= most; i++) {
        int64_t a = found, b = i;
        while (b != 0) {
            const int64_t rest = a % b;
            a = b;
            b = rest;
        }
        found = found / a * i;
        if (found > MOST_ELEMENTS)
            return found;
    }
    return found;
}

/* How many elements go into each result; 0: not known. Where it is not always the same, at the
 * edges of the image, *varies, and it is a multiple of all the numbers there can be. */
static int64_t count_of(const incir_node *n, bool *varies)
{
    int64_t count = 1, size;
    *varies = false;
    if (incir_is(n, INCIR_OP_GLOBAL_AVERAGE_POOL)) {
        for (size_t i = 2; i < n->inputs[0]->rank; i++) {
            if (!incir_dim(n->inputs[0], (int64_t)i, &size) || size <= 0 || size > MOST_ELEMENTS)
                return 0;
            count *= size;
            if (count > MOST_ELEMENTS)
                return 0;
        }
        return count;
    }
    const incir_attr *shape = incir_find_attr(n, "kernel_shape");
    const incir_attr *pads = incir_find_attr(n, "pads");
    bool counts_pads = incir_attr_int_or(n, "count_include_pad", 0) != 0;
    if (!shape || incir_find_attr(n, "auto_pad"))
        return 0;
    *varies = incir_attr_int_or(n, "ceil_mode", 0) != 0;
    for (size_t i = 0; pads && i < pads->n; i++)
        *varies = *varies || (pads->u.ints[i] != 0 && !counts_pads);
    for (size_t i = 0; i < shape->n; i++) {
        size = *varies ? least_common_multiple(shape->u.ints[i]) : shape->u.ints[i];
        if (size <= 0 || size > MOST_ELEMENTS || count * size > MOST_ELEMENTS)
            return 0;
        count *= size;
    }
    return count;
}

bool incq_is_exact_pool(const incq_rewriter *r, const incir_node *n, const incir_quant *out)
{
    if (!incir_is(n, INCIR_OP_AVERAGE_POOL) && !incir_is(n, INCIR_OP_GLOBAL_AVERAGE_POOL))
        return false;
    bool varies;
    int64_t count = count_of(n, &varies);
    return r->options->exact_pools && !r->g->int8_by_place && incir_is_int8(n) && !out->per_axis &&
           incq_is_per_tensor(n->inputs[0]) &&
           incir_quant_equal(incir_quant_of(n->inputs[0]), out) && count > 0 && count % 2 == 0;
}

static incir_value *times(incq_rewriter *r, incir_value *x, double number)
{
    return incir_emit2(r->g, "Mul", x, incir_const_float(r->g, INCDT_F32, number));
}

incir_value *incq_exact_pool(incq_rewriter *r, const incir_node *n, const incir_quant *q)
{
    bool varies;
    const int64_t count = count_of(n, &varies);
    const volatile float multiplier = 1.0F / (float)count; /* as PyTorch comes to it */
    const volatile float scale = 1.0F / multiplier;
    const incir_quant *units = incir_quant_new(r->g, q->dtype, 1, q->zero_points[0]);
    incq_integers x = *incq_integers_of(r, n->inputs[0]);
    x.quant = units;
    x.scale = incq_scale(r, units, NULL);
    incir_value *value = incq_dequantize(r, &x);
    incir_value *y = incq_emit_like(r, n, "", n->op_type, &value, 1, INCDT_F32);
    if (varies)
        y = incir_emit2(r->g, "Div", incir_emit1(r->g, "Round", times(r, y, (double)count)),
                        incir_const_float(r->g, INCDT_F32, (double)count));
    else if ((count & (count - 1)) != 0) /* the mean is not exact in float32: the sum is */
        y = times(r, incir_emit1(r->g, "Round", times(r, y, (double)count)),
                  (double)(1.0F / scale));
    /* QuantizeLinear rounds half to even, too, but would become one with the pool */
    return incq_quantize_only(r, incir_emit1(r->g, "Round", y), units);
}
