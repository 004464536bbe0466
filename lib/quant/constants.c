/* Scales, zero points and biases as constants of the graph. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "quant/internal.h"

static bool holds(const incir_value *v, const inctensor *t)
{
    return v->constant->dtype == t->dtype && v->constant->numel == t->numel &&
           inctensor_direct(v->constant) &&
           memcmp(inctensor_direct(v->constant), inctensor_direct(t), (size_t)inctensor_bytes(t)) ==
               0;
}

/* One constant for equal bytes. A module that is called twice has two biases, one for the scale of
 * each input: the second has no name of its own. */
static incir_value *shared(incq_rewriter *r, const inctensor *t, const char *name)
{
    incir_value *named = name ? incir_constant(r->g, t, name) : NULL;
    if (named && holds(named, t))
        return named;
    incstr key = {0};
    incstr_addf(r->cx, &key, "%d,%zu,%llu:", (int)t->dtype, t->rank, (unsigned long long)t->numel);
    incstr_add_n(r->cx, &key, inctensor_direct(t), (size_t)inctensor_bytes(t));
    incir_value *v = incmap_get(r->constants, key.text, key.n, NULL);
    if (!v) {
        v = incir_constant(r->g, t, NULL);
        incmap_set(r->cx, r->constants, key.text, key.n, v);
    }
    return v;
}

static const char *part(incq_rewriter *r, const char *name, const char *suffix)
{
    return name ? inc_printf(r->cx, "%s%s", name, suffix) : NULL;
}

incir_value *incq_scale(incq_rewriter *r, const incir_quant *q, const char *name)
{
    int64_t n = (int64_t)q->n;
    inctensor *t = inctensor_new(r->cx, INCDT_F32, q->per_axis ? 1 : 0, &n, NULL);
    void *block = (void *)(uintptr_t)inctensor_direct(t);
    for (size_t i = 0; i < q->n; i++)
        incelement_set_f64(INCDT_F32, block, i, q->scales[i]);
    return shared(r, t, part(r, name, "_scale"));
}

incir_value *incq_zero_point(incq_rewriter *r, const incir_quant *q, const char *name)
{
    int64_t n = (int64_t)q->n;
    inctensor *t = inctensor_new(r->cx, q->dtype, q->per_axis ? 1 : 0, &n, NULL);
    void *block = (void *)(uintptr_t)inctensor_direct(t);
    for (size_t i = 0; i < q->n; i++)
        incelement_set_i64(q->dtype, block, i, q->zero_points ? q->zero_points[i] : 0);
    return shared(r, t, part(r, name, "_zero_point"));
}

incir_value *incq_int32_bias(incq_rewriter *r, const incir_value *bias, const incir_quant *x,
                             const incir_quant *weight, incir_quant *scale)
{
    if (!incir_is_constant(bias) || bias->rank != 1 ||
        (weight->per_axis && weight->n != bias->constant->numel))
        return NULL;
    size_t n = (size_t)bias->constant->numel;
    const double *reals = inctensor_f64s(r->cx, bias->constant);
    double *scales = INC_NEW_N(r->cx, double, n);
    int32_t *integers = INC_NEW_N(r->cx, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        /* in float32, as the model's consumer will multiply them */
        scales[i] = (double)((float)x->scales[0] * (float)weight->scales[weight->per_axis ? i : 0]);
        double q = nearbyint(reals[i] / scales[i]);
        if (!(q >= INT32_MIN && q <= INT32_MAX)) {
            inc_warn(r->cx, "the bias %s does not fit in int32 at channel %zu (%g) and stays float",
                     bias->name ? bias->name : "of an operator", i, q);
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
    return shared(r, t, part(r, bias->is_parameter ? bias->name : NULL, "_quantized"));
}
