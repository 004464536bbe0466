/* SPDX-License-Identifier: Apache-2.0 */
/* Average pools of an even number of elements, and of windows that are not all alike, as PyTorch
 * computes them. In: a pool whose input and result have the same scale and zero point. Out: the
 * integers without the zero point (dequantized with a scale of 1), their mean rounded half to even,
 * and quantized the same way: in float32, whose integers are exact up to 2^24. Halves are every
 * fourth result of a 2 x 2 pool, and ONNX Runtime rounds them up on integers, and either way on
 * dequantized values. An odd number of elements has no halves, and keeps the pool that runtimes
 * look for. */
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

/* ---- windows that are not all alike: products with matrices whose rows are means ---- */

enum { AXES = 2, MOST_IN_WINDOW = 1024 /* float32's errors in a mean stay far from a half */ };

typedef struct means {
    double *counts[AXES]; /* of the last two axes: the elements of each window; NULL: one window */
    size_t n[AXES];
    double elsewhere; /* elements that other pools of the chain average */
} means;

/* The elements of each mean: line i has so many times 1 / so many, and else zeros. Otherwise NULL.
 */
static double *counts_of(incq_rewriter *r, const inctensor *t, bool are_rows)
{
    const size_t lines = (size_t)t->sizes[are_rows ? 0 : 1];
    const size_t length = (size_t)t->sizes[are_rows ? 1 : 0];
    const double *values = inctensor_f64s(r->cx, t);
    double *counts = INC_NEW_N(r->cx, double, lines);
    for (size_t i = 0; i < lines; i++) {
        for (size_t k = 0; k < length; k++)
            counts[i] += values[are_rows ? i * length + k : k * lines + i] != 0;
        for (size_t k = 0; k < length; k++) {
            const double v = values[are_rows ? i * length + k : k * lines + i];
            if (v != 0 && v != (double)(1.0F / (float)counts[i]))
                return NULL;
        }
        if (counts[i] == 0)
            return NULL;
    }
    return counts;
}

/* What a node of the chain averages; returns the value that it reads, NULL where it is none. */
static incir_value *look_through(incq_rewriter *r, const incir_node *n, means *m)
{
    bool varies;
    inc_work(r->cx, 1); /* as long as the chain is, for each that reads it */
    if (!incir_is_int8(n))
        return NULL;
    if (incir_is(n, INCIR_OP_AVERAGE_POOL)) {
        const int64_t count = count_of(n, &varies);
        m->elsewhere *= (double)count;
        return count > 0 && !varies ? n->inputs[0] : NULL;
    }
    if (!incir_is(n, INCIR_OP_MATMUL))
        return NULL;
    for (size_t axis = 0; axis < AXES; axis++) {
        const incir_value *matrix = n->inputs[axis];
        if (!incir_is_constant(matrix) || matrix->rank != 2 || m->counts[axis])
            continue;
        m->counts[axis] = counts_of(r, matrix->constant, axis == 0);
        m->n[axis] = (size_t)matrix->constant->sizes[axis];
        return m->counts[axis] ? n->inputs[1 - axis] : NULL;
    }
    return NULL;
}

/* The chain is rewritten already, and reads DequantizeLinear. */
static bool is_dequantized_with(incq_rewriter *r, const incir_node *n, const incir_quant *q)
{
    return n->n_inputs == 3 && n->inputs[1] == incq_scale(r, q, NULL) &&
           n->inputs[2] == incq_zero_point(r, q, NULL);
}

static bool find_means(incq_rewriter *r, const incir_node *quantized, means *m)
{
    const incir_value *v = quantized->inputs[0];
    *m = (means){.elsewhere = 1};
    while (v && v->kind == INCIR_RESULT && !incir_is(v->producer, INCIR_OP_DEQUANTIZE_LINEAR))
        v = look_through(r, v->producer, m);
    if (!v || v->kind != INCIR_RESULT || !is_dequantized_with(r, v->producer, quantized->quant) ||
        (!m->counts[0] && !m->counts[1]))
        return false;
    double most = m->elsewhere;
    for (size_t axis = 0; axis < AXES; axis++) {
        double largest = 1;
        for (size_t i = 0; m->counts[axis] && i < m->n[axis]; i++)
            largest = m->counts[axis][i] > largest ? m->counts[axis][i] : largest;
        most *= largest;
    }
    return most <= MOST_IN_WINDOW;
}

/* For each window, what makes its sum of integers of its mean, or the mean of that. */
static incir_value *factors(incq_rewriter *r, const means *m, double scale, bool of_sums)
{
    const int64_t sizes[AXES] = {m->counts[0] ? (int64_t)m->n[0] : 1,
                                 m->counts[1] ? (int64_t)m->n[1] : 1};
    float *table = INC_NEW_N(r->cx, float, (size_t)(sizes[0] * sizes[1]));
    for (int64_t i = 0; i < sizes[0]; i++)
        for (int64_t k = 0; k < sizes[1]; k++) {
            const double count = m->elsewhere * (m->counts[0] ? m->counts[0][i] : 1) *
                                 (m->counts[1] ? m->counts[1][k] : 1);
            const volatile float multiplier = 1.0F / (float)count; /* as PyTorch comes to it */
            const volatile float inverse = 1.0F / multiplier;
            table[i * sizes[1] + k] = of_sums ? (float)(count / scale) : 1.0F / inverse;
        }
    return incir_constant(r->g, inctensor_new(r->cx, INCDT_F32, AXES, sizes, table), NULL);
}

incir_value *incq_exact_means(incq_rewriter *r, const incir_node *quantized)
{
    means m;
    const incir_quant *q = quantized->quant;
    if (!r->options->exact_pools || r->g->int8_by_place || q->per_axis ||
        !find_means(r, quantized, &m))
        return NULL;
    incir_value *y = incq_dequantized(r, quantized->inputs[0]);
    y = incir_emit2(r->g, "Mul", y, factors(r, &m, (double)(float)q->scales[0], true));
    y = incir_emit2(r->g, "Mul", incir_emit1(r->g, "Round", y), factors(r, &m, 1, false));
    return incq_quantize_only(r, incir_emit1(r->g, "Round", y),
                              incir_quant_new(r->g, q->dtype, 1, q->zero_points[0]));
}
