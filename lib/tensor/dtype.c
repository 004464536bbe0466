/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each element type, one row a type; and which type two of them make together. */
#include "tensor/dtype.h"

#include <string.h>

typedef enum category { NONE, BOOLEAN, INTEGER, FLOATING, COMPLEX, QUANTIZED } category;

typedef struct type_row {
    category category;
    uint8_t size;
    uint8_t onnx;
    const char *name;
    const char *numpy; /* without the byte order; NULL: numpy has none */
    const char *alias;
} type_row;

/* clang-format off */
static const type_row rows[] = {
    [INCDT_U8]         = {INTEGER,   1,  2, "uint8",           "u1",  "byte"},
    [INCDT_I8]         = {INTEGER,   1,  3, "int8",            "i1",  "char"},
    [INCDT_I16]        = {INTEGER,   2,  5, "int16",           "i2",  "short"},
    [INCDT_I32]        = {INTEGER,   4,  6, "int32",           "i4",  "int"},
    [INCDT_I64]        = {INTEGER,   8,  7, "int64",           "i8",  "long"},
    [INCDT_F16]        = {FLOATING,  2, 10, "float16",         "f2",  "half"},
    [INCDT_F32]        = {FLOATING,  4,  1, "float32",         "f4",  "float"},
    [INCDT_F64]        = {FLOATING,  8, 11, "float64",         "f8",  "double"},
    [INCDT_C32]        = {COMPLEX,   4,  0, "complex32",       NULL,  "chalf"},
    [INCDT_C64]        = {COMPLEX,   8, 14, "complex64",       "c8",  "cfloat"},
    [INCDT_C128]       = {COMPLEX,  16, 15, "complex128",      "c16", "cdouble"},
    [INCDT_BOOL]       = {BOOLEAN,   1,  9, "bool",            "b1",  "?"},
    [INCDT_QI8]        = {QUANTIZED, 1,  0, "qint8",           NULL,  NULL},
    [INCDT_QU8]        = {QUANTIZED, 1,  0, "quint8",          NULL,  NULL},
    [INCDT_QI32]       = {QUANTIZED, 4,  0, "qint32",          NULL,  NULL},
    [INCDT_BF16]       = {FLOATING,  2, 16, "bfloat16",        NULL,  NULL},
    [INCDT_QU4X2]      = {QUANTIZED, 1,  0, "quint4x2",        NULL,  NULL},
    [INCDT_QU2X4]      = {QUANTIZED, 1,  0, "quint2x4",        NULL,  NULL},
    [INCDT_F8E5M2]     = {FLOATING,  1, 19, "float8_e5m2",     NULL,  NULL},
    [INCDT_F8E4M3FN]   = {FLOATING,  1, 17, "float8_e4m3fn",   NULL,  NULL},
    [INCDT_F8E5M2FNUZ] = {FLOATING,  1, 20, "float8_e5m2fnuz", NULL,  NULL},
    [INCDT_F8E4M3FNUZ] = {FLOATING,  1, 18, "float8_e4m3fnuz", NULL,  NULL},
    [INCDT_U16]        = {INTEGER,   2,  4, "uint16",          "u2",  NULL},
    [INCDT_U32]        = {INTEGER,   4, 12, "uint32",          "u4",  NULL},
    [INCDT_U64]        = {INTEGER,   8, 13, "uint64",          "u8",  NULL},
};
/* clang-format on */

enum { N_ROWS = sizeof rows / sizeof rows[0] };

bool incdtype_valid(int64_t number)
{
    return number >= 0 && number < N_ROWS && rows[number].category != NONE;
}

static category category_of(incdtype t)
{
    return incdtype_valid((int64_t)t) ? rows[t].category : NONE;
}

size_t incdtype_size(incdtype t)
{
    return incdtype_valid((int64_t)t) ? rows[t].size : 0;
}

const char *incdtype_name(incdtype t)
{
    return incdtype_valid((int64_t)t) ? rows[t].name : "unknown";
}

bool incdtype_from_name(const char *name, incdtype *t)
{
    for (int i = 0; i < N_ROWS; i++) {
        const type_row *r = &rows[i];
        if (r->category != NONE &&
            (strcmp(name, r->name) == 0 || (r->numpy && strcmp(name, r->numpy) == 0) ||
             (r->alias && strcmp(name, r->alias) == 0))) {
            *t = (incdtype)i;
            return true;
        }
    }
    return false;
}

int incdtype_onnx(incdtype t)
{
    return incdtype_valid((int64_t)t) ? rows[t].onnx : 0;
}

bool incdtype_is_float(incdtype t)
{
    return category_of(t) == FLOATING;
}

bool incdtype_is_integer(incdtype t)
{
    return category_of(t) == INTEGER;
}

bool incdtype_is_complex(incdtype t)
{
    return category_of(t) == COMPLEX;
}

incdtype incdtype_complex_of(incdtype real)
{
    return real == INCDT_F64 ? INCDT_C128 : real == INCDT_F16 ? INCDT_C32 : INCDT_C64;
}

incdtype incdtype_real_of(incdtype complex)
{
    return complex == INCDT_C128 ? INCDT_F64 : complex == INCDT_C32 ? INCDT_F16 : INCDT_F32;
}

bool incdtype_is_quantized(incdtype t)
{
    return category_of(t) == QUANTIZED;
}

static bool is_unsigned(incdtype t)
{
    return t == INCDT_U8 || t == INCDT_U16 || t == INCDT_U32 || t == INCDT_U64;
}

/* Of a signed and an unsigned type: one that holds both, as far as there is one. PyTorch defines
 * this for uint8 only. */
static incdtype promote_integers(incdtype a, incdtype b)
{
    size_t size_a = incdtype_size(a), size_b = incdtype_size(b);
    if (is_unsigned(a) == is_unsigned(b))
        return size_a >= size_b ? a : b;
    incdtype with_sign = is_unsigned(a) ? b : a;
    size_t unsigned_size = is_unsigned(a) ? size_a : size_b;
    if (incdtype_size(with_sign) > unsigned_size)
        return with_sign;
    return unsigned_size == 1 ? INCDT_I16 : unsigned_size == 2 ? INCDT_I32 : INCDT_I64;
}

/* Two different types of the same size (half and bfloat16, two of the 8-bit ones) need the next. */
static incdtype promote_floats(incdtype a, incdtype b)
{
    size_t size_a = incdtype_size(a), size_b = incdtype_size(b);
    if (size_a == size_b)
        return INCDT_F32;
    return size_a > size_b ? a : b;
}

static incdtype promote_complex(incdtype a, incdtype b)
{
    incdtype parts[2] = {a, b};
    for (int i = 0; i < 2; i++)
        switch (parts[i]) {
        case INCDT_C32:
            parts[i] = INCDT_F16;
            break;
        case INCDT_C64:
            parts[i] = INCDT_F32;
            break;
        case INCDT_C128:
            parts[i] = INCDT_F64;
            break;
        default:
            if (category_of(parts[i]) != FLOATING)
                parts[i] = INCDT_F16;
        }
    switch (parts[0] == parts[1] ? parts[0] : promote_floats(parts[0], parts[1])) {
    case INCDT_F64:
        return INCDT_C128;
    case INCDT_F16:
        return INCDT_C32;
    default:
        return INCDT_C64;
    }
}

incdtype incdtype_promote(incdtype a, incdtype b)
{
    category of_a = category_of(a), of_b = category_of(b);
    if (a == b)
        return a;
    if (of_a == QUANTIZED || of_b == QUANTIZED)
        return INCDT_F32;
    if (of_a == COMPLEX || of_b == COMPLEX)
        return promote_complex(a, b);
    if (of_a != of_b)
        return of_a > of_b ? a : b;
    return of_a == FLOATING ? promote_floats(a, b) : promote_integers(a, b);
}

/* ---- order of bytes ---- */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { IS_BIG_ENDIAN = 1 };
#else
enum { IS_BIG_ENDIAN = 0 };
#endif

bool incdtype_swaps(incdtype t)
{
    return IS_BIG_ENDIAN && incdtype_size(t) > 1;
}

void incdtype_swap(incdtype t, void *block, uint64_t n)
{
    size_t size = incdtype_size(t);
    if (incdtype_is_complex(t)) {
        size /= 2;
        n *= 2;
    }
    uint8_t *at = block;
    for (uint64_t i = 0; i < n; i++, at += size)
        for (size_t k = 0; k < size / 2; k++) {
            uint8_t byte = at[k];
            at[k] = at[size - 1 - k];
            at[size - 1 - k] = byte;
        }
}
