/* SPDX-License-Identifier: Apache-2.0 */
/* The bias of a product on integers. In: a node of a convolution or Gemm whose input and weight are
 * quantized. Out: how its bias is written.
 *
 * Runtimes add it as int32 with the scale s_x * s_w, and quantize one that is left in float32
 * themselves, without looking whether it fits. Where it does not, or where the sum of products and
 * bias could leave int32, there are two ways out: a channel whose weights are all zero may have any
 * scale, so that it gets one with which its bias fits; otherwise the bias becomes an Add of float32
 * behind the product, which no runtime puts back. Decided once a node. */
#include <math.h>
#include <string.h>

#include "quant/internal.h"

enum { LARGEST_PRODUCT = 255 * 255, BLOCK = 4096 };

/* ---- does it fit ---- */

/* How far the products of one output channel can move the sum; no more than half of int32, beyond
 * which a product overflows without a bias, too. */
static double reach_of_products(const inctensor *weight, size_t n_channels)
{
    double reach = n_channels ? (double)weight->numel / (double)n_channels * LARGEST_PRODUCT : 0;
    return reach < INT32_MAX / 2 ? reach : INT32_MAX / 2;
}

static double scale_of(const incir_quant *x, const incir_quant *weight, size_t i)
{
    /* in float32, as the model's consumer will multiply them */
    return (double)((float)x->scales[0] * (float)weight->scales[weight->per_axis ? i : 0]);
}

void incq_check_bias(incq_rewriter *r, const incir_value *bias)
{
    if (!incir_is_constant(bias) || !incdtype_is_float(bias->dtype))
        return;
    const double *floats = inctensor_f64s(r->cx, bias->constant);
    for (uint64_t i = 0; i < bias->constant->numel; i++)
        if (!isfinite(floats[i]))
            inc_raise(r->cx, INC_E_FORMAT,
                      "the bias %s of a quantized operator holds %g at channel %llu",
                      bias->name ? bias->name : "(unnamed)", floats[i], (unsigned long long)i);
}

/* The channels whose weights are all zero, as flags. */
static bool *find_dead(incq_rewriter *r, const inctensor *weight, const incir_quant *q)
{
    size_t n = q->per_axis ? q->n : 1;
    bool *is_dead = INC_NEW_N(r->cx, bool, n);
    uint64_t inner = 1;
    for (size_t i = q->axis + 1; q->per_axis && i < weight->rank; i++)
        inner *= (uint64_t)weight->sizes[i];
    memset(is_dead, 1, n * sizeof *is_dead);
    int8_t block[BLOCK];
    for (uint64_t first = 0; first < weight->numel; first += BLOCK) {
        size_t count = (size_t)(weight->numel - first < BLOCK ? weight->numel - first : BLOCK);
        inctensor_read(r->cx, weight, first, count, block);
        for (size_t i = 0; i < count; i++) {
            size_t channel = q->per_axis ? (size_t)((first + i) / inner % q->n) : 0;
            int64_t v = weight->dtype == INCDT_U8 ? (int64_t)(uint8_t)block[i] : block[i];
            is_dead[channel] = is_dead[channel] && v == q->zero_points[channel];
        }
    }
    return is_dead;
}

/* The weight's scales, with others for the channels of zeros that need one; NULL where a channel
 * that is not all zero needs one, too. */
static const incir_quant *rescaled(incq_rewriter *r, const double *bias, size_t n,
                                   const inctensor *weight, const incir_quant *x,
                                   const incir_quant *q, double room)
{
    enum { BITS = 1 << 24 }; /* of float32: nothing of the bias is lost */
    if (!inctensor_has_data(weight) || (weight->dtype != INCDT_I8 && weight->dtype != INCDT_U8) ||
        !q->zero_points)
        return NULL;
    const bool *is_dead = find_dead(r, weight, q);
    double *scales = inc_copy(r->cx, q->scales, q->n * sizeof *scales);
    for (size_t i = 0; i < n; i++) {
        size_t channel = q->per_axis ? i : 0;
        if (fabs(bias[i]) <= room * scale_of(x, q, i))
            continue;
        double scale = fabs(bias[i]) / x->scales[0] / BITS;
        if (!is_dead[channel] || !isnormal((float)scale))
            return NULL;
        scales[channel] = scale > scales[channel] ? (double)(float)scale : scales[channel];
    }
    incir_quant *other = inc_copy(r->cx, q, sizeof *q);
    other->scales = scales;
    return other;
}

static const char *name_of(const incir_value *bias)
{
    return bias->name ? bias->name : "of an operator";
}

static const incir_quant *decide(incq_rewriter *r, const incir_node *n)
{
    const incir_value *bias = n->inputs[2];
    const incir_quant *x = incir_quant_of(n->inputs[0]), *q = incir_quant_of(n->inputs[1]);
    const inctensor *weight = n->inputs[1]->producer->inputs[0]->constant;
    size_t count = (size_t)bias->constant->numel;
    const double *floats = inctensor_f64s(r->cx, bias->constant);
    double room = INT32_MAX - reach_of_products(weight, count);
    incq_check_bias(r, bias);
    for (size_t i = 0; i < count; i++) {
        if (fabs(floats[i]) <= room * scale_of(x, q, i))
            continue;
        const incir_quant *other = rescaled(r, floats, count, weight, x, q, room);
        inc_warn(r->cx,
                 other ? "the bias %s does not fit in int32 at channel %zu (%g): the weight there "
                         "is all zero and is written with another scale"
                       : "the bias %s does not fit in int32 at channel %zu (%g) and is added as "
                         "float32 behind the product",
                 name_of(bias), i, floats[i] / scale_of(x, q, i));
        return other;
    }
    return q;
}

/* Whether n is a product with a constant bias, one number an output channel, whose operands are
 * integers with scales that are known. */
static bool has_bias(const incir_node *n)
{
    const incir_value *bias = n->n_inputs > 2 ? n->inputs[2] : NULL;
    if (!bias || !incir_is_constant(bias) || bias->rank != 1 || !incq_is_per_tensor(n->inputs[0]) ||
        !incq_has_integers(n->inputs[1]) || !incir_is_weight_node(n->inputs[1]->producer))
        return false;
    const incir_quant *q = incir_quant_of(n->inputs[1]);
    return !q->per_axis || q->n == bias->constant->numel;
}

bool incq_takes_bias(incq_rewriter *r, const incir_node *n, const incir_quant **weight)
{
    if (!has_bias(n))
        return false;
    incq_bias *b = &r->biases[n->outputs[0]->id];
    if (!b->is_decided) {
        b->weight = decide(r, n);
        b->is_decided = true;
    }
    *weight = b->weight;
    return true;
}

/* ---- writing it ---- */

incir_value *incq_int32_bias(incq_rewriter *r, const incir_value *bias, const incir_quant *x,
                             const incir_quant *weight, incir_quant *scale)
{
    size_t n = (size_t)bias->constant->numel;
    const double *floats = inctensor_f64s(r->cx, bias->constant);
    double *scales = INC_NEW_N(r->cx, double, n);
    int32_t *integers = INC_NEW_N(r->cx, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        scales[i] = scale_of(x, weight, i);
        double q = floats[i] == 0 ? 0 : nearbyint(floats[i] / scales[i]);
        if (!(q >= INT32_MIN && q <= INT32_MAX)) {
            inc_warn(r->cx, "the bias %s does not fit in int32 at channel %zu (%g) and stays float",
                     name_of(bias), i, q);
            return NULL;
        }
        integers[i] = (int32_t)q;
    }
    int64_t size = (int64_t)n;
    const inctensor *t = inctensor_new(r->cx, INCDT_I32, 1, &size, integers);
    if (scale) {
        *scale = (incir_quant){.dtype = INCDT_I32,
                               .quant_min = INT32_MIN,
                               .quant_max = INT32_MAX,
                               .per_axis = weight->per_axis,
                               .n = weight->per_axis ? n : 1,
                               .scales = scales};
    }
    return incq_shared(r, t, bias->is_parameter ? bias->name : NULL, "_quantized");
}

/* The weight's integers with other scales. */
incq_integers incq_weight_with(incq_rewriter *r, const incq_integers *weight, const incir_quant *q)
{
    incq_integers other = *weight;
    if (q == weight->quant)
        return other;
    other.quant = q;
    other.scale = incq_scale(r, q, weight->name);
    other.dequantized = NULL;
    return other;
}
