/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed of elements: casts, factors, quantization. In blocks of a size that the compiler
 * knows. */
#include <math.h>
#include <string.h>

#include "tensor/internal.h"

enum { BLOCK = 512 };

/* ---- factors ---- */

/* Blocks of 16, so that this is vector instructions at -O2 too. */
static void multiply_f32(float *x, const double *factors, size_t step, size_t n)
{
    enum { N = 16 };
    float f = (float)factors[0];
    for (; step == 0 && n >= N; n -= N, x += N)
        for (size_t i = 0; i < N; i++)
            x[i] *= f;
    for (size_t i = 0; i < n; i++)
        x[i] *= (float)factors[i * step];
}

static void multiply_f64(double *x, const double *factors, size_t step, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= factors[i * step];
}

/* Where an element is on the axis. */
typedef struct place {
    uint64_t within, axis;
} place;

static place place_of(const incsource *s, uint64_t first)
{
    return (place){first % s->inner, first / s->inner % s->n_axis};
}

/* How many of n elements have the same factor, or each the next one's where inner is 1. */
static size_t run_at(const incsource *s, const place *p, size_t n)
{
    uint64_t left = s->inner == 1 ? s->n_axis - p->axis : s->inner - p->within;
    return left < n ? (size_t)left : n;
}

static void move_on(const incsource *s, place *p, size_t n)
{
    if (s->inner == 1)
        p->axis += n;
    else if ((p->within += n) == s->inner)
        p->axis++;
    else
        return;
    p->within = 0;
    if (p->axis == s->n_axis)
        p->axis = 0;
}

/* In float32, as PyTorch multiplies float32 and what is narrower; float64 in its own. in may be
 * out. */
static void scale(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in, uint8_t *out)
{
    union {
        float f32[BLOCK];
        double f64[BLOCK];
    } block;
    bool is_double = s->dtype == INCDT_F64;
    size_t size = incdtype_size(s->dtype), step = s->inner == 1;
    place at = place_of(s, first);
    for (size_t k; n > 0; n -= k, in += k * size, out += k * size) {
        k = n < BLOCK ? (size_t)n : BLOCK;
        if (is_double)
            incten_to_f64(s->dtype, in, block.f64, k);
        else
            incten_to_f32(s->dtype, in, block.f32, k);
        for (size_t i = 0, run; i < k; i += run) {
            run = run_at(s, &at, k - i);
            if (is_double)
                multiply_f64(block.f64 + i, s->factors + at.axis, step, run);
            else
                multiply_f32(block.f32 + i, s->factors + at.axis, step, run);
            move_on(s, &at, run);
        }
        if (is_double)
            incten_from_f64(s->dtype, out, block.f64, k);
        else
            incten_from_f32(s->dtype, out, block.f32, k);
    }
}

/* ---- quantization ---- */

/* float arithmetic on a float scale, as PyTorch's and ONNX's own */
static float real_of(const incqparams *q, uint64_t axis, int64_t integer)
{
    if (q->float_zero_points)
        return (float)(((double)integer - q->zero_points_f[axis]) * q->scales[axis]);
    return (float)(integer - q->zero_points[axis]) * (float)q->scales[axis];
}

/* n integers of one scale and zero point. Bytes in blocks of 16, as multiply_f32(): their
 * differences are exact in 32 bits. */
static void dequantize_run(const incqparams *q, uint64_t axis, const int64_t *in, float *out,
                           size_t n, bool is_narrow)
{
    enum { N = 16 };
    if (is_narrow) {
        int32_t zero = (int32_t)q->zero_points[axis];
        float scale = (float)q->scales[axis];
        for (; n >= N; n -= N, in += N, out += N) {
            int32_t block[N];
            for (size_t i = 0; i < N; i++)
                block[i] = (int32_t)in[i] - zero;
            for (size_t i = 0; i < N; i++)
                out[i] = (float)block[i] * scale;
        }
    }
    for (size_t i = 0; i < n; i++)
        out[i] = real_of(q, axis, in[i]);
}

static void dequantize(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in,
                       uint8_t *out)
{
    incdtype from = s->of->dtype;
    place at = place_of(s, first);
    while (n > 0) {
        int64_t integers[BLOCK];
        float floats[BLOCK];
        size_t k = n < BLOCK ? (size_t)n : BLOCK;
        incten_to_i64(from, in, integers, k);
        for (size_t i = 0, run; i < k; i += run) {
            run = s->inner == 1 ? 1 : run_at(s, &at, k - i);
            dequantize_run(s->q, at.axis, integers + i, floats + i, run, s->is_narrow);
            move_on(s, &at, run);
        }
        memcpy(out, floats, k * sizeof *floats);
        in += k * incdtype_size(from);
        out += k * sizeof *floats;
        n -= k;
    }
}

/* In the arithmetic that PyTorch has: float32 unless the scales were double. */
static int64_t quantized(const incsource *s, uint64_t axis, float x)
{
    double zero = (double)s->q->zero_points[axis], y;
    if (s->reciprocal == INCTEN_RECIPROCAL_F64)
        y = nearbyint((double)x * s->factors[axis]) + zero;
    else
        y = (double)(nearbyintf(x * (float)s->factors[axis]) + (float)zero);
    return y > (double)s->high ? s->high : y >= (double)s->low ? (int64_t)y : s->low;
}

static void quantize(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in,
                     uint8_t *out)
{
    incdtype to = s->dtype == INCDT_QI8    ? INCDT_I8
                  : s->dtype == INCDT_QU8  ? INCDT_U8
                  : s->dtype == INCDT_QI32 ? INCDT_I32
                                           : s->dtype;
    uint64_t within = first % s->inner, axis = first / s->inner % s->n_axis;
    while (n > 0) {
        int64_t integers[BLOCK];
        float floats[BLOCK];
        size_t k = n < BLOCK ? (size_t)n : BLOCK;
        memcpy(floats, in, k * sizeof *floats);
        for (size_t i = 0; i < k; i++) {
            integers[i] = quantized(s, axis, floats[i]);
            if (++within == s->inner) {
                within = 0;
                axis = axis + 1 == s->n_axis ? 0 : axis + 1;
            }
        }
        incten_from_i64(to, out, integers, k);
        in += k * sizeof *floats;
        out += k * incdtype_size(to);
        n -= k;
    }
}

void incten_compute(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in, uint8_t *out)
{
    if (s->kind == INCSRC_CAST)
        incten_convert(s->of->dtype, in, s->dtype, out, (size_t)n);
    else if (s->kind == INCSRC_SCALE)
        scale(s, first, n, in, out);
    else if (s->kind == INCSRC_QUANTIZE)
        quantize(s, first, n, in, out);
    else
        dequantize(s, first, n, in, out);
}
