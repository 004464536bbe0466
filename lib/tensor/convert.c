/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions between element types.
 *
 * Everything goes through blocks of double, float or int64, whichever holds the source exactly
 * and rounds the result once as PyTorch does. */
#include <string.h>

#include "tensor/internal.h"

/* Truncation; what does not fit becomes the smallest number, as x86 converts. */
static int64_t int_from_double(double value)
{
    return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : INT64_MIN;
}

static uint64_t unsigned_from_double(double value)
{
    if (value >= 0x1p63 && value < 0x1p64)
        return (uint64_t)value;
    return (uint64_t)int_from_double(value);
}

/* Loops over a block whose elements may be unaligned. */
#define LOAD(type, expression)                                                                     \
    for (size_t i = 0; i < n; i++) {                                                               \
        type x;                                                                                    \
        memcpy(&x, (const char *)block + i * sizeof x, sizeof x);                                  \
        out[i] = (expression);                                                                     \
    }                                                                                              \
    break
#define LOAD_PART(type, stride, expression)                                                        \
    for (size_t i = 0; i < n; i++) {                                                               \
        type x;                                                                                    \
        memcpy(&x, (const char *)block + i * (stride), sizeof x);                                  \
        out[i] = (expression);                                                                     \
    }                                                                                              \
    break
#define STORE(type, expression)                                                                    \
    for (size_t i = 0; i < n; i++) {                                                               \
        type x = (type)(expression);                                                               \
        memcpy((char *)block + i * sizeof x, &x, sizeof x);                                        \
    }                                                                                              \
    break
#define STORE_PAIR(type, expression)                                                               \
    for (size_t i = 0; i < n; i++) {                                                               \
        type x[2] = {(type)(expression), 0};                                                       \
        memcpy((char *)block + i * sizeof x, x, sizeof x);                                         \
    }                                                                                              \
    break

#define LOAD_ANY(t, to)                                                                            \
    switch (t) {                                                                                   \
    case INCDT_U8:                                                                                 \
    case INCDT_QU8:                                                                                \
    case INCDT_QU4X2:                                                                              \
    case INCDT_QU2X4:                                                                              \
        LOAD(uint8_t, (to)x);                                                                      \
    case INCDT_I8:                                                                                 \
    case INCDT_QI8:                                                                                \
        LOAD(int8_t, (to)x);                                                                       \
    case INCDT_I16:                                                                                \
        LOAD(int16_t, (to)x);                                                                      \
    case INCDT_I32:                                                                                \
    case INCDT_QI32:                                                                               \
        LOAD(int32_t, (to)x);                                                                      \
    case INCDT_I64:                                                                                \
        LOAD(int64_t, (to)x);                                                                      \
    case INCDT_U16:                                                                                \
        LOAD(uint16_t, (to)x);                                                                     \
    case INCDT_U32:                                                                                \
        LOAD(uint32_t, (to)x);                                                                     \
    case INCDT_U64:                                                                                \
        LOAD(uint64_t, (to)x);                                                                     \
    case INCDT_BOOL:                                                                               \
        LOAD(uint8_t, (to)(x != 0));                                                               \
    case INCDT_F16:                                                                                \
        LOAD(uint16_t, (to)incten_float_from_half(x));                                             \
    case INCDT_BF16:                                                                               \
        LOAD(uint16_t, (to)incten_float_from_bfloat(x));                                           \
    case INCDT_F32:                                                                                \
        LOAD(float, (to)x);                                                                        \
    case INCDT_F64:                                                                                \
        LOAD(double, (to)x);                                                                       \
    case INCDT_C32:                                                                                \
        LOAD_PART(uint16_t, 4, (to)incten_float_from_half(x));                                     \
    case INCDT_C64:                                                                                \
        LOAD_PART(float, 8, (to)x);                                                                \
    case INCDT_C128:                                                                               \
        LOAD_PART(double, 16, (to)x);                                                              \
    case INCDT_F8E5M2:                                                                             \
    case INCDT_F8E4M3FN:                                                                           \
    case INCDT_F8E5M2FNUZ:                                                                         \
    case INCDT_F8E4M3FNUZ:                                                                         \
        LOAD(uint8_t, (to)incten_unpack(t, x));                                                    \
    }

void incten_to_f64(incdtype t, const void *block, double *out, size_t n)
{
    LOAD_ANY(t, double)
}

void incten_to_f32(incdtype t, const void *block, float *out, size_t n)
{
    if (t == INCDT_F32)
        memcpy(out, block, n * sizeof *out);
    else
        LOAD_ANY(t, float)
}

void incten_to_i64(incdtype t, const void *block, int64_t *out, size_t n)
{
    switch (t) {
    case INCDT_U8:
    case INCDT_QU8:
    case INCDT_QU4X2:
    case INCDT_QU2X4:
        LOAD(uint8_t, x);
    case INCDT_I8:
    case INCDT_QI8:
        LOAD(int8_t, (int64_t)x);
    case INCDT_I16:
        LOAD(int16_t, x);
    case INCDT_I32:
    case INCDT_QI32:
        LOAD(int32_t, x);
    case INCDT_I64:
        LOAD(int64_t, x);
    case INCDT_U16:
        LOAD(uint16_t, x);
    case INCDT_U32:
        LOAD(uint32_t, x);
    case INCDT_U64:
        LOAD(uint64_t, (int64_t)x);
    case INCDT_BOOL:
        LOAD(uint8_t, x != 0);
    case INCDT_F32:
        LOAD(float, int_from_double((double)x));
    case INCDT_F64:
        LOAD(double, int_from_double(x));
    default:
        for (size_t i = 0; i < n; i++) {
            double x;
            incten_to_f64(t, (const char *)block + i * incdtype_size(t), &x, 1);
            out[i] = int_from_double(x);
        }
    }
}

void incten_from_i64(incdtype t, void *block, const int64_t *in, size_t n)
{
    switch (t) {
    case INCDT_U8:
    case INCDT_QU8:
    case INCDT_QU4X2:
    case INCDT_QU2X4:
        STORE(uint8_t, in[i]);
    case INCDT_I8:
    case INCDT_QI8:
        STORE(int8_t, in[i]);
    case INCDT_I16:
        STORE(int16_t, in[i]);
    case INCDT_I32:
    case INCDT_QI32:
        STORE(int32_t, in[i]);
    case INCDT_I64:
        STORE(int64_t, in[i]);
    case INCDT_U16:
        STORE(uint16_t, in[i]);
    case INCDT_U32:
        STORE(uint32_t, in[i]);
    case INCDT_U64:
        STORE(uint64_t, in[i]);
    case INCDT_BOOL:
        STORE(uint8_t, in[i] != 0);
    case INCDT_F64:
        STORE(double, in[i]);
    case INCDT_C128:
        STORE_PAIR(double, in[i]);
    default:
        for (size_t i = 0; i < n; i++) {
            float x = (float)in[i];
            incten_from_f32(t, (char *)block + i * incdtype_size(t), &x, 1);
        }
    }
}

void incten_from_f64(incdtype t, void *block, const double *in, size_t n)
{
    switch (t) {
    case INCDT_U8:
    case INCDT_QU8:
    case INCDT_QU4X2:
    case INCDT_QU2X4:
        STORE(uint8_t, int_from_double(in[i]));
    case INCDT_I8:
    case INCDT_QI8:
        STORE(int8_t, int_from_double(in[i]));
    case INCDT_I16:
        STORE(int16_t, int_from_double(in[i]));
    case INCDT_I32:
    case INCDT_QI32:
        STORE(int32_t, int_from_double(in[i]));
    case INCDT_I64:
        STORE(int64_t, int_from_double(in[i]));
    case INCDT_U16:
        STORE(uint16_t, int_from_double(in[i]));
    case INCDT_U32:
        STORE(uint32_t, int_from_double(in[i]));
    case INCDT_U64:
        STORE(uint64_t, unsigned_from_double(in[i]));
    case INCDT_BOOL:
        STORE(uint8_t, in[i] != 0);
    case INCDT_F32:
        STORE(float, in[i]);
    case INCDT_F64:
        STORE(double, in[i]);
    case INCDT_F16:
    case INCDT_BF16:
        STORE(uint16_t, incten_pack(t, in[i]));
    case INCDT_F8E5M2:
    case INCDT_F8E4M3FN:
    case INCDT_F8E5M2FNUZ:
    case INCDT_F8E4M3FNUZ:
        STORE(uint8_t, incten_pack(t, in[i]));
    case INCDT_C32:
        STORE_PAIR(uint16_t, incten_pack(INCDT_F16, in[i]));
    case INCDT_C64:
        STORE_PAIR(float, in[i]);
    case INCDT_C128:
        STORE_PAIR(double, in[i]);
    }
}

void incten_from_f32(incdtype t, void *block, const float *in, size_t n)
{
    switch (t) {
    case INCDT_F32:
        memcpy(block, in, n * sizeof *in);
        break;
    case INCDT_F64:
        STORE(double, in[i]);
    case INCDT_F16:
        STORE(uint16_t, incten_half_from_float(in[i]));
    case INCDT_BF16:
        STORE(uint16_t, incten_bfloat_from_float(in[i]));
    case INCDT_C64:
        STORE_PAIR(float, in[i]);
    default:
        for (size_t i = 0; i < n; i++) {
            double x = (double)in[i];
            incten_from_f64(t, (char *)block + i * incdtype_size(t), &x, 1);
        }
    }
}

static void convert_complex(incdtype from, const uint8_t *in, incdtype to, uint8_t *out, size_t n)
{
    incdtype part_from = from == INCDT_C32 ? INCDT_F16 : from == INCDT_C64 ? INCDT_F32 : INCDT_F64;
    incdtype part_to = to == INCDT_C32 ? INCDT_F16 : to == INCDT_C64 ? INCDT_F32 : INCDT_F64;
    for (size_t i = 0; i < 2 * n; i++) {
        double x;
        incten_to_f64(part_from, in + i * incdtype_size(part_from), &x, 1);
        incten_from_f64(part_to, out + i * incdtype_size(part_to), &x, 1);
    }
}

static bool counts(incdtype t)
{
    return incdtype_is_integer(t) || incdtype_is_quantized(t) || t == INCDT_BOOL;
}

void incten_convert(incdtype from, const void *in, incdtype to, void *out, size_t n)
{
    enum { BLOCK = 512 };
    size_t size_from = incdtype_size(from), size_to = incdtype_size(to);
    const uint8_t *source = in;
    uint8_t *target = out;
    if (incdtype_is_complex(from) && incdtype_is_complex(to)) {
        convert_complex(from, source, to, target, n);
        return;
    }
    bool through_int = counts(from) && (counts(to) || to == INCDT_F64);
    bool through_double = !through_int && (counts(to) || to == INCDT_F64 || to == INCDT_C128);
    while (n > 0) {
        size_t k = n < BLOCK ? n : BLOCK;
        if (through_int && (from != INCDT_U64 || counts(to))) {
            int64_t block[BLOCK];
            incten_to_i64(from, source, block, k);
            incten_from_i64(to, target, block, k);
        } else if (through_int || through_double) {
            double block[BLOCK];
            incten_to_f64(from, source, block, k);
            incten_from_f64(to, target, block, k);
        } else { /* to 32 bits and below, as PyTorch: by way of float */
            float block[BLOCK];
            incten_to_f32(from, source, block, k);
            incten_from_f32(to, target, block, k);
        }
        source += k * size_from;
        target += k * size_to;
        n -= k;
    }
}

double incelement_f64(incdtype t, const void *block, uint64_t i)
{
    double x = 0;
    incten_to_f64(t, (const uint8_t *)block + i * incdtype_size(t), &x, 1);
    return x;
}

int64_t incelement_i64(incdtype t, const void *block, uint64_t i)
{
    int64_t x = 0;
    incten_to_i64(t, (const uint8_t *)block + i * incdtype_size(t), &x, 1);
    return x;
}

void incelement_set_f64(incdtype t, void *block, uint64_t i, double value)
{
    incten_from_f64(t, (uint8_t *)block + i * incdtype_size(t), &value, 1);
}

void incelement_set_i64(incdtype t, void *block, uint64_t i, int64_t value)
{
    incten_from_i64(t, (uint8_t *)block + i * incdtype_size(t), &value, 1);
}
