/* SPDX-License-Identifier: Apache-2.0 */
/* Scales and zero points as constants of the graph. In: qparams. Out: a constant, one for all that
 * have the same bytes, named after the weight that it belongs to. */
#include <string.h>

#include "base/str.h"
#include "quant/internal.h"

static bool holds(inccx *cx, const incir_value *v, const inctensor *t)
{
    const inctensor *held = v->constant;
    if (held->dtype != t->dtype || held->numel != t->numel || !inctensor_has_data(held))
        return false;
    uint64_t bytes = inctensor_bytes(t);
    held = inctensor_load(cx, held, bytes);
    return memcmp(inctensor_direct(held), inctensor_direct(t), (size_t)bytes) == 0;
}

/* One constant for equal bytes. A module that is called twice has two biases, one for the scale of
 * each input: the second has no name of its own. */
incir_value *incq_shared(incq_rewriter *r, const inctensor *t, const char *of, const char *suffix)
{
    const char *name = of ? inc_printf(r->cx, "%s%s", of, suffix) : NULL;
    incir_value *named = name ? incir_constant(r->g, t, name) : NULL;
    if (named && holds(r->cx, named, t))
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

incir_value *incq_scale(incq_rewriter *r, const incir_quant *q, const char *name)
{
    int64_t n = (int64_t)q->n;
    inctensor *t = inctensor_new(r->cx, INCDT_F32, q->per_axis ? 1 : 0, &n, NULL);
    void *block = (void *)(uintptr_t)inctensor_direct(t);
    for (size_t i = 0; i < q->n; i++)
        incelement_set_f64(INCDT_F32, block, i, q->scales[i]);
    return incq_shared(r, t, name, "_scale");
}

incir_value *incq_zero_point(incq_rewriter *r, const incir_quant *q, const char *name)
{
    int64_t n = (int64_t)q->n;
    inctensor *t = inctensor_new(r->cx, q->dtype, q->per_axis ? 1 : 0, &n, NULL);
    void *block = (void *)(uintptr_t)inctensor_direct(t);
    for (size_t i = 0; i < q->n; i++)
        incelement_set_i64(q->dtype, block, i, q->zero_points ? q->zero_points[i] : 0);
    return incq_shared(r, t, name, "_zero_point");
}
