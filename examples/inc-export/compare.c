/* SPDX-License-Identifier: Apache-2.0 */
/* Two arrays of one output: how far they are apart, and whether that is as far as such numbers may
 * be. */
#include "verify.h"

#include <math.h>
#include <string.h>

int onnx_type_of(inc_element element)
{
    switch (element) {
    case INC_ELEMENT_UINT8:
        return 2;
    case INC_ELEMENT_INT8:
        return 3;
    case INC_ELEMENT_INT16:
        return 5;
    case INC_ELEMENT_INT32:
        return 6;
    case INC_ELEMENT_INT64:
        return 7;
    case INC_ELEMENT_FLOAT16:
        return 10;
    case INC_ELEMENT_FLOAT32:
        return 1;
    case INC_ELEMENT_FLOAT64:
        return 11;
    case INC_ELEMENT_BOOL:
        return 9;
    case INC_ELEMENT_BFLOAT16:
        return 16;
    case INC_ELEMENT_UINT16:
        return 4;
    case INC_ELEMENT_UINT32:
        return 12;
    case INC_ELEMENT_UINT64:
        return 13;
    default:
        return 0;
    }
}

static double from_half(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double sign = h & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

bool array_number(const array *a, size_t i, double *value)
{
    const unsigned char *at = a->data;
    uint16_t half;
    uint32_t bits;
    float single;
    onnx_tensor t = {.type = a->type, .bytes = a->data, .size = a->n_bytes};
    if (a->type == 10 || a->type == 16) {
        if ((i + 1) * 2 > a->n_bytes)
            return false;
        memcpy(&half, at + 2 * i, sizeof half);
        bits = (uint32_t)half << 16;
        memcpy(&single, &bits, sizeof single);
        *value = a->type == 10 ? from_half(half) : (double)single;
        return true;
    }
    return onnx_number(&t, i, value);
}

static uint64_t count(const array *a)
{
    uint64_t n = 1;
    for (size_t i = 0; i < a->rank; i++)
        n *= (uint64_t)a->shape[i];
    return n;
}

static bool is_real(int type)
{
    return type == 1 || type == 10 || type == 11 || type == 16;
}

/* Part of the largest value that rounding in this type, layer after layer, comes to. */
static double relative(int type)
{
    return type == 10 ? 1e-2 : type == 16 ? 6e-2 : type == 11 ? 1e-6 : 1e-4;
}

typedef struct sums {
    double largest, largest_wanted, signal, noise, drift;
    uint64_t n_unlike; /* NaN or infinity in one alone */
} sums;

static sums add_up(const array *got, const array *wanted, uint64_t n)
{
    sums s = {0};
    for (uint64_t i = 0; i < n; i++) {
        double a = 0, b = 0;
        bool is_there = array_number(got, (size_t)i, &a) && array_number(wanted, (size_t)i, &b);
        if (!is_there || isnan(a) != isnan(b) || ((isinf(a) || isinf(b)) && a != b)) {
            s.n_unlike++;
            continue;
        }
        if (isnan(a) || isinf(a))
            continue;
        double far = fabs(a - b);
        s.largest = fmax(s.largest, far);
        s.largest_wanted = fmax(s.largest_wanted, fabs(b));
        s.signal += b * b;
        s.noise += far * far;
        s.drift += a - b;
    }
    return s;
}

static void judge(verdict *v, const sums *s, int type, double step, strictness how)
{
    enum { MOST_STEPS = 2, LOWEST_SNR = 10, LOWEST_ROUGHLY = 3 };
    double rms = v->n ? sqrt(s->noise / (double)v->n) : 0;
    double drift = v->n ? fabs(s->drift) / (double)v->n : 0;

    v->is_good = s->n_unlike == 0;
    if (!v->is_good) {
        snprintf(v->why, sizeof v->why, "%llu elements are NaN or infinite in one alone",
                 (unsigned long long)s->n_unlike);
    } else if (how == BY_NOISE ||
               how == ROUGHLY) { /* roughly: inputs that quantization was not made for */
        double lowest = how == BY_NOISE ? LOWEST_SNR : LOWEST_ROUGHLY;
        v->allowed = s->largest_wanted;
        v->is_good = v->snr >= lowest;
        if (!v->is_good)
            snprintf(v->why, sizeof v->why, "less than %.0f dB of signal to noise", lowest);
    } else if (how == STRICT_STEPS) {
        double unit = step > 0 ? step : s->largest_wanted / 128;
        v->allowed = MOST_STEPS * unit;
        v->is_good = v->largest <= v->allowed && rms <= 0.4 * unit && drift <= 0.15 * unit;
        snprintf(v->why, sizeof v->why, "%s",
                 v->is_good                ? ""
                 : v->largest > v->allowed ? "more than 2 steps"
                                           : "a step on average: another scale or zero point");
    } else {
        v->allowed = is_real(type) ? relative(type) * s->largest_wanted + 1e-6 : 0;
        v->is_good = v->largest <= v->allowed;
        snprintf(v->why, sizeof v->why, "%s", v->is_good ? "" : "more than rounding");
    }
}

void compare_arrays(verdict *v, const array *got, const array *wanted, double step, strictness how)
{
    snprintf(v->name, sizeof v->name, "%s", got->name);
    v->type = onnx_type_name(got->type);
    v->n = count(got);
    v->step = step;
    if (got->rank != wanted->rank ||
        memcmp(got->shape, wanted->shape, got->rank * sizeof *got->shape) != 0) {
        snprintf(v->why, sizeof v->why, "another shape");
        v->is_good = got->rank == 0 && wanted->rank == 1 && wanted->shape[0] == 1;
        if (!v->is_good)
            return;
    }
    sums s = add_up(got, wanted, v->n);
    v->largest = s.largest;
    v->snr = s.noise > 0 ? 10 * log10(s.signal / s.noise) : (double)INFINITY;
    v->in_steps = step > 0 ? s.largest / step : 0;
    judge(v, &s, got->type, step, how);
}
