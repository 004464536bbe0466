/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of quantization; see quant.h. In: values and qparams, checked here since they come from
 * files. Out: operators of our own on the graph, or constants where all is known. */
#include "ir/quant.h"

#include <math.h>
#include <string.h>

static bool is_ours(const incir_node *n, const char *op_type)
{
    return strcmp(n->domain, INCIR_QUANT_DOMAIN) == 0 && strcmp(n->op_type, op_type) == 0;
}

bool incir_is_quantized_node(const incir_node *n)
{
    return is_ours(n, "Quantized");
}

bool incir_is_weight_node(const incir_node *n)
{
    return is_ours(n, "Weight");
}

bool incir_is_dynamic_node(const incir_node *n)
{
    return is_ours(n, "Dynamic");
}

bool incir_is_int8(const incir_node *n)
{
    return n->call->is_int8 || strcmp(n->domain, INCIR_QUANT_DOMAIN) == 0;
}

const incir_quant *incir_quant_of(const incir_value *v)
{
    if (v->kind != INCIR_RESULT || strcmp(v->producer->domain, INCIR_QUANT_DOMAIN) != 0)
        return NULL;
    return v->producer->quant;
}

static void whole_range(incir_quant *q)
{
    q->quant_min = q->dtype == INCDT_U8 ? 0 : q->dtype == INCDT_I8 ? -128 : INT32_MIN;
    q->quant_max = q->dtype == INCDT_U8 ? 255 : q->dtype == INCDT_I8 ? 127 : INT32_MAX;
}

static void check(inccx *cx, const incir_quant *q)
{
    for (size_t i = 0; i < q->n; i++)
        if (!(q->scales[i] > 0) || !(q->scales[i] < 1e38) || !isnormal((float)q->scales[i]))
            inc_raise(cx, INC_E_FORMAT, "%g is no quantization scale", q->scales[i]);
    const double least = 1e-30; /* numbers that are not themselves noise have more than 255 of it */
    for (size_t i = 0; i < q->n; i++)
        if (q->scales[i] < least) {
            inc_warn(cx, "a scale of %g: all numbers but 0 become the least or the largest integer",
                     q->scales[i]);
            break;
        }
    for (size_t i = 0; q->zero_points && i < q->n; i++)
        if (q->zero_points[i] < q->quant_min || q->zero_points[i] > q->quant_max)
            inc_raise(cx, INC_E_FORMAT, "the zero point %lld is outside of %s",
                      (long long)q->zero_points[i], incdtype_name(q->dtype));
}

const incir_quant *incir_quant_new(incir_graph *g, incdtype dtype, double scale, int64_t zero_point)
{
    incir_quant *q = INC_NEW(g->cx, incir_quant);
    q->dtype = dtype == INCDT_QI8    ? INCDT_I8
               : dtype == INCDT_QU8  ? INCDT_U8
               : dtype == INCDT_QI32 ? INCDT_I32
                                     : dtype;
    if (q->dtype != INCDT_I8 && q->dtype != INCDT_U8 && q->dtype != INCDT_I32)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "values quantized to %s are not supported",
                  incdtype_name(dtype));
    whole_range(q);
    q->n = 1;
    q->scales = inc_copy(g->cx, &scale, sizeof scale);
    q->zero_points = inc_copy(g->cx, &zero_point, sizeof zero_point);
    check(g->cx, q);
    return q;
}

const incir_quant *incir_quant_moved(incir_graph *g, const incir_quant *q, double *by,
                                     bool multiplies)
{
    double s = q->scales[0];
    int64_t z = q->zero_points ? q->zero_points[0] : 0, low = q->quant_min, high = q->quant_max;
    if (multiplies && *by == 0)
        return incir_quant_new(g, q->dtype, 1, 0);
    if (multiplies)
        return incir_quant_new(g, q->dtype, s * fabs(*by), *by > 0 ? z : high - (z - low));
    double steps = nearbyint(*by / s), shifted = (double)z - steps;
    if (!(fabs(steps) <= INT32_MAX))
        inc_raise(g->cx, INC_E_UNSUPPORTED, "adding %g to a quantized tensor whose scale is %g",
                  *by, s);
    *by = steps * s;
    if (shifted < (double)low) /* the whole range moves, and with it the scale */
        return incir_quant_new(g, q->dtype, ((double)high - shifted) / (double)(high - low) * s,
                               low);
    if (shifted > (double)high)
        return incir_quant_new(g, q->dtype, (shifted - (double)low) / (double)(high - low) * s,
                               high);
    return incir_quant_new(g, q->dtype, s, (int64_t)shifted);
}

const incir_quant *incir_quant_of_tensor(incir_graph *g, const inctensor *t)
{
    const incqparams *p = t->q;
    if (!p)
        inc_raise(g->cx, INC_E_FORMAT, "a quantized tensor without quantization parameters");
    incir_quant *q = INC_NEW(g->cx, incir_quant);
    q->dtype = p->dtype == INCDT_QI8 ? INCDT_I8 : p->dtype == INCDT_QI32 ? INCDT_I32 : INCDT_U8;
    whole_range(q);
    q->per_axis = p->per_channel;
    q->axis = p->axis;
    q->n = p->n;
    q->scales = p->scales;
    q->zero_points = p->float_zero_points ? NULL : p->zero_points;
    q->zero_points_f = p->float_zero_points ? p->zero_points_f : NULL;
    check(g->cx, q);
    return q;
}

bool incir_quant_equal(const incir_quant *a, const incir_quant *b)
{
    if (a == b)
        return true;
    if (a->dtype != b->dtype || a->per_axis != b->per_axis || a->n != b->n ||
        (a->per_axis && a->axis != b->axis) || a->quant_min != b->quant_min ||
        a->quant_max != b->quant_max || !a->zero_points != !b->zero_points)
        return false;
    return memcmp(a->scales, b->scales, a->n * sizeof *a->scales) == 0 &&
           (!a->zero_points ||
            memcmp(a->zero_points, b->zero_points, a->n * sizeof *a->zero_points) == 0);
}

/* A constant's integers, which are computed when they are written. */
static incir_value *quantized_constant(incir_graph *g, const incir_value *x, const incir_quant *q)
{
    incqparams *p = INC_NEW(g->cx, incqparams);
    *p = (incqparams){.per_channel = q->per_axis,
                      .axis = q->axis,
                      .n = q->n,
                      .scales = q->scales,
                      .zero_points = q->zero_points,
                      .dtype = q->dtype == INCDT_I8 ? INCDT_QI8 : INCDT_QU8};
    const inctensor *t =
        inctensor_quantize(g->cx, x->constant, p, q->quant_min, q->quant_max, q->reciprocal);
    return incir_quantized_weight(g, t, x->is_parameter ? x->name : NULL);
}

incir_value *incir_quantized(incir_graph *g, incir_value *x, const incir_quant *q)
{
    const incir_quant *before = incir_quant_of(x);
    if (before && incir_quant_equal(before, q))
        return x;
    bool is_settled = !(x->is_parameter && g->keep_calls);
    if (incir_is_constant(x) && is_settled && q->zero_points && q->dtype != INCDT_I32)
        return quantized_constant(g, x, q);
    incir_node *n = incir_node_new(g, "Quantized");
    incir_set_domain(n, INCIR_QUANT_DOMAIN);
    n->quant = q;
    incir_in(g, n, x);
    return incir_emit_kept(g, n);
}

incir_value *incir_quantized_in_range(incir_graph *g, incir_value *x, incdtype dtype,
                                      int64_t quant_min, int64_t quant_max, bool symmetric,
                                      double least_scale)
{
    if (quant_min >= quant_max)
        inc_raise(g->cx, INC_E_FORMAT, "integers from %lld to %lld", (long long)quant_min,
                  (long long)quant_max);
    incir_node *n = incir_node_new(g, "Dynamic");
    incir_set_domain(n, INCIR_QUANT_DOMAIN);
    incir_in(g, n, x);
    incir_attr_int(g, n, "dtype", dtype);
    incir_attr_int(g, n, "quant_min", quant_min);
    incir_attr_int(g, n, "quant_max", quant_max);
    incir_attr_int(g, n, "symmetric", symmetric);
    incir_attr_float(g, n, "least_scale", least_scale);
    return incir_emit_kept(g, n);
}

incir_value *incir_quantized_alike(incir_graph *g, incir_value *x, incir_value *dynamic)
{
    incir_node *n = incir_node_new(g, "Dynamic");
    incir_set_domain(n, INCIR_QUANT_DOMAIN);
    incir_in(g, n, x);
    incir_in(g, n, dynamic);
    return incir_emit_kept(g, n);
}

incir_value *incir_quantized_computed(incir_graph *g, incir_value *x, incir_value *scale,
                                      incir_value *zero_point, int64_t quant_min, int64_t quant_max)
{
    incir_node *n = incir_node_new(g, "Dynamic");
    incir_set_domain(n, INCIR_QUANT_DOMAIN);
    incir_in(g, n, x);
    incir_in(g, n, scale);
    incir_in(g, n, zero_point);
    incir_attr_int(g, n, "dtype", zero_point->dtype);
    incir_attr_int(g, n, "quant_min", quant_min);
    incir_attr_int(g, n, "quant_max", quant_max);
    return incir_emit_kept(g, n);
}

incir_value *incir_quantized_dynamic(incir_graph *g, incir_value *x)
{
    return incir_quantized_in_range(g, x, INCDT_U8, 0, 255, false, INCIR_LEAST_SCALE);
}

incir_value *incir_quantized_weight(incir_graph *g, const inctensor *quantized, const char *name)
{
    incir_node *n = incir_node_new(g, "Weight");
    incir_set_domain(n, INCIR_QUANT_DOMAIN);
    n->quant = incir_quant_of_tensor(g, quantized);
    incir_value *integers = incir_constant(g, inctensor_int_repr(g->cx, quantized), NULL);
    integers->name = name; /* which its float counterpart may have in this graph */
    integers->is_parameter = name != NULL;
    incir_in(g, n, integers);
    incir_attr_tensor(g, n, "quantized", quantized);
    return incir_emit_kept(g, n);
}

const inctensor *incir_weight_of(const incir_node *n)
{
    return incir_find_attr(n, "quantized")->u.tensor;
}

static const inctensor *weight_behind(const incir_value *v)
{
    if (v->kind != INCIR_RESULT || !incir_is_weight_node(v->producer))
        return NULL;
    const inctensor *t = incir_weight_of(v->producer);
    return t->q && t->q->zero_points ? t : NULL;
}

incir_value *incir_weight_reordered(incir_graph *g, const incir_value *v, const size_t *order,
                                    size_t n)
{
    const inctensor *t = weight_behind(v);
    if (!t || t->rank == 0 || t->sizes[0] % (int64_t)n != 0)
        return NULL;
    const inctensor **parts = INC_NEW_N(g->cx, const inctensor *, n);
    size_t rows = (size_t)t->sizes[0] / n;
    for (size_t i = 0; i < n; i++)
        parts[i] = inctensor_slice(g->cx, t, 0, (int64_t)(order[i] * rows), 1, (int64_t)rows);
    inctensor *joined = inctensor_concat(g->cx, 0, parts, n);
    joined->q = t->q;
    if (t->q->per_channel && t->q->axis == 0) {
        incqparams *q = inc_copy(g->cx, t->q, sizeof *q);
        double *scales = INC_NEW_N(g->cx, double, n *rows);
        int64_t *zeros = INC_NEW_N(g->cx, int64_t, n * rows);
        for (size_t i = 0; i < n; i++) {
            memcpy(scales + i * rows, q->scales + order[i] * rows, rows * sizeof *scales);
            memcpy(zeros + i * rows, q->zero_points + order[i] * rows, rows * sizeof *zeros);
        }
        q->scales = scales;
        q->zero_points = zeros;
        joined->q = q;
    }
    return incir_quantized_weight(g, joined, NULL);
}

incir_value *incir_weights_stacked(incir_graph *g, incir_value *const *weights, size_t n)
{
    const inctensor *first = n > 0 ? weight_behind(weights[0]) : NULL;
    if (!first || first->rank + 1 > INCTENSOR_MAX_RANK)
        return NULL;
    int64_t sizes[INCTENSOR_MAX_RANK] = {1};
    memcpy(sizes + 1, first->sizes, first->rank * sizeof *sizes);
    if (n == 1)
        return incir_quantized_weight(g, inctensor_reshape(g->cx, first, first->rank + 1, sizes),
                                      NULL);
    const inctensor **parts = INC_NEW_N(g->cx, const inctensor *, n);
    incqparams *q = inc_copy(g->cx, first->q, sizeof *q);
    double *scales = INC_NEW_N(g->cx, double, n);
    int64_t *zeros = INC_NEW_N(g->cx, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        const inctensor *t = weight_behind(weights[i]);
        if (!t || t->q->per_channel || t->dtype != first->dtype || t->rank != first->rank ||
            memcmp(t->sizes, first->sizes, t->rank * sizeof *t->sizes) != 0)
            return NULL;
        parts[i] = inctensor_reshape(g->cx, t, t->rank + 1, sizes);
        scales[i] = t->q->scales[0];
        zeros[i] = t->q->zero_points[0];
    }
    inctensor *joined = inctensor_concat(g->cx, 0, parts, n);
    q->per_channel = true;
    q->axis = 0;
    q->n = n;
    q->scales = scales;
    q->zero_points = zeros;
    joined->q = q;
    return incir_quantized_weight(g, joined, NULL);
}
