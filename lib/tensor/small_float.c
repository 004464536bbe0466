/* SPDX-License-Identifier: Apache-2.0 */
/* Float types below 32 bits, made and read bit by bit; rounding is to nearest, ties to even. */
#include <math.h>
#include <string.h>

#include "tensor/internal.h"

/* Layout of a float type below 32 bits. */
typedef struct small_float {
    int mantissa_bits, exponent_bits, bias;
    bool has_infinity;   /* largest exponent: infinity and NaN, as IEEE 754 */
    bool has_minus_zero; /* otherwise that pattern is the NaN */
} small_float;

static const small_float half = {10, 5, 15, true, true};
static const small_float bfloat = {7, 8, 127, true, true};
static const small_float e5m2 = {2, 5, 15, true, true};
static const small_float e4m3fn = {3, 4, 7, false, true};
static const small_float e5m2fnuz = {2, 5, 16, false, false};
static const small_float e4m3fnuz = {3, 4, 8, false, false};

static const small_float *layout_of(incdtype t)
{
    switch (t) {
    case INCDT_F16:
        return &half;
    case INCDT_BF16:
        return &bfloat;
    case INCDT_F8E5M2:
        return &e5m2;
    case INCDT_F8E4M3FN:
        return &e4m3fn;
    case INCDT_F8E5M2FNUZ:
        return &e5m2fnuz;
    default: /* only asked for small types */
        return &e4m3fnuz;
    }
}

static uint32_t nan_of(const small_float *f, uint32_t sign)
{
    int width = f->exponent_bits + f->mantissa_bits;
    if (!f->has_minus_zero)
        return 1u << width;
    uint32_t all = (1u << width) - 1;
    uint32_t quiet = f->has_infinity ? all & ~((1u << (f->mantissa_bits - 1)) - 1) : all;
    return sign << width | quiet;
}

static uint32_t overflow_of(const small_float *f, uint32_t sign)
{
    if (!f->has_infinity)
        return nan_of(f, sign);
    int width = f->exponent_bits + f->mantissa_bits;
    return sign << width | ((1u << f->exponent_bits) - 1) << f->mantissa_bits;
}

uint32_t incten_pack(incdtype t, double value)
{
    const small_float *f = layout_of(t);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = (uint32_t)(bits >> 63);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    uint64_t mantissa = bits & 0xfffffffffffff;
    int width = f->exponent_bits + f->mantissa_bits;
    if (exponent == 1024)
        return mantissa ? nan_of(f, sign) : overflow_of(f, sign);

    uint32_t packed = 0;
    if (exponent > -1023) { /* doubles below the normal ones are zero for every small type */
        int at = exponent + f->bias; /* biased; 0 and below: a subnormal of the small type */
        int drop = 52 - f->mantissa_bits + (at < 1 ? 1 - at : 0);
        if (drop < 55) {
            mantissa |= (uint64_t)1 << 52;
            uint64_t rest = mantissa & (((uint64_t)1 << drop) - 1);
            uint64_t tie = (uint64_t)1 << (drop - 1);
            uint64_t kept = mantissa >> drop;
            kept += rest > tie || (rest == tie && (kept & 1));
            /* The leading one adds itself to the exponent field; so does a carry. */
            if (at >= 1)
                kept += (uint64_t)(at - 1) << f->mantissa_bits;
            uint64_t limit = ((uint64_t)1 << width) - 1;
            if (f->has_infinity)
                limit = (((uint64_t)1 << f->exponent_bits) - 1) << f->mantissa_bits;
            else if (!f->has_minus_zero)
                limit++;
            if (kept >= limit)
                return overflow_of(f, sign);
            packed = (uint32_t)kept;
        }
    }
    if (packed == 0 && !f->has_minus_zero)
        return 0;
    return sign << width | packed;
}

double incten_unpack(incdtype t, uint32_t bits)
{
    const small_float *f = layout_of(t);
    int width = f->exponent_bits + f->mantissa_bits;
    uint32_t sign = bits >> width & 1;
    uint32_t magnitude = bits & ((1u << width) - 1);
    uint32_t exponent = magnitude >> f->mantissa_bits;
    uint32_t mantissa = magnitude & ((1u << f->mantissa_bits) - 1);
    double value;
    if (!f->has_minus_zero && sign && magnitude == 0)
        return NAN;
    if (f->has_infinity && exponent == (1u << f->exponent_bits) - 1)
        value = mantissa ? NAN : INFINITY;
    else if (f->has_minus_zero && !f->has_infinity && magnitude == (1u << width) - 1)
        value = NAN;
    else if (exponent == 0)
        value = ldexp((double)mantissa, 1 - f->bias - f->mantissa_bits);
    else
        value = ldexp((double)(mantissa | 1u << f->mantissa_bits),
                      (int)exponent - f->bias - f->mantissa_bits);
    return sign ? -value : value;
}

/* float16 and bfloat16 of whole weights: the frequent cases, without going through double. */
uint16_t incten_half_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x47800000) /* 65536 and up, infinity, NaN */
        return (uint16_t)(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
    if (magnitude < 0x38800000) /* below the normal range: let the adder round */
    {
        float shifted, half_ulp = 0.5f;
        memcpy(&shifted, &magnitude, sizeof shifted);
        shifted += half_ulp; /* units of 2^-24 become units of the last place */
        uint32_t out, base;
        memcpy(&out, &shifted, sizeof out);
        memcpy(&base, &half_ulp, sizeof base);
        return (uint16_t)(sign | (out - base));
    }
    uint32_t odd = magnitude >> 13 & 1;
    return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + odd) >> 13);
}

float incten_float_from_half(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, magnitude = bits & 0x7fff, out;
    float value;
    if (magnitude >= 0x7c00)
        out = sign | 0x7f800000 | (magnitude & 0x3ff) << 13;
    else if (magnitude >= 0x400)
        out = sign | ((magnitude << 13) + 0x38000000);
    else {
        value = (float)magnitude * 0x1p-24f;
        memcpy(&out, &value, sizeof out);
        out |= sign;
    }
    memcpy(&value, &out, sizeof value);
    return value;
}

uint16_t incten_bfloat_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 & 0x8000) | 0x7fc0;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float incten_float_from_bfloat(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}
