/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: names, promotion, and conversions against slow arithmetic of the test's own. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "tensor/tensor.h"

START_TEST(names_and_sizes)
{
    static const struct {
        incdtype type;
        const char *name, *numpy;
        size_t size;
        int onnx;
    } rows[] = {
        {INCDT_U8, "uint8", "u1", 1, 2},
        {INCDT_I64, "int64", "i8", 8, 7},
        {INCDT_F16, "float16", "f2", 2, 10},
        {INCDT_F32, "float32", "f4", 4, 1},
        {INCDT_F64, "float64", "f8", 8, 11},
        {INCDT_C128, "complex128", "c16", 16, 15},
        {INCDT_BOOL, "bool", "b1", 1, 9},
        {INCDT_BF16, "bfloat16", NULL, 2, 16},
        {INCDT_QI8, "qint8", NULL, 1, 0},
        {INCDT_U64, "uint64", "u8", 8, 13},
        {INCDT_F8E4M3FN, "float8_e4m3fn", NULL, 1, 17},
        {INCDT_F8E5M2FNUZ, "float8_e5m2fnuz", NULL, 1, 20},
    };
    for (size_t i = 0; i < INC_COUNT(rows); i++) {
        incdtype t;
        ck_assert_str_eq(incdtype_name(rows[i].type), rows[i].name);
        ck_assert(incdtype_from_name(rows[i].name, &t) && t == rows[i].type);
        if (rows[i].numpy)
            ck_assert(incdtype_from_name(rows[i].numpy, &t) && t == rows[i].type);
        ck_assert_uint_eq(incdtype_size(rows[i].type), rows[i].size);
        ck_assert_int_eq(incdtype_onnx(rows[i].type), rows[i].onnx);
    }
    incdtype t;
    ck_assert(!incdtype_from_name("float33", &t));
    ck_assert(!incdtype_valid(-1));
    ck_assert(!incdtype_valid(18));
    ck_assert(!incdtype_valid(30));
    ck_assert_uint_eq(incdtype_size((incdtype)20), 0);
}
END_TEST

/* As torch.promote_types answers in PyTorch 2.6. */
static const struct {
    incdtype a, b, both;
} promotions[] = {
    {INCDT_U8, INCDT_I8, INCDT_I16},     {INCDT_U8, INCDT_I16, INCDT_I16},
    {INCDT_I8, INCDT_I64, INCDT_I64},    {INCDT_BOOL, INCDT_U8, INCDT_U8},
    {INCDT_BOOL, INCDT_F16, INCDT_F16},  {INCDT_I64, INCDT_F16, INCDT_F16},
    {INCDT_F16, INCDT_BF16, INCDT_F32},  {INCDT_F16, INCDT_F32, INCDT_F32},
    {INCDT_BF16, INCDT_F64, INCDT_F64},  {INCDT_F32, INCDT_F64, INCDT_F64},
    {INCDT_F64, INCDT_C64, INCDT_C128},  {INCDT_F32, INCDT_C64, INCDT_C64},
    {INCDT_I64, INCDT_C64, INCDT_C64},   {INCDT_F16, INCDT_C32, INCDT_C32},
    {INCDT_BF16, INCDT_C32, INCDT_C64},  {INCDT_F32, INCDT_C32, INCDT_C64},
    {INCDT_C64, INCDT_C128, INCDT_C128}, {INCDT_I32, INCDT_I32, INCDT_I32},
    {INCDT_U8, INCDT_U32, INCDT_U32},    {INCDT_BOOL, INCDT_U64, INCDT_U64},
};

START_TEST(types_are_promoted)
{
    ck_assert_str_eq(incdtype_name(incdtype_promote(promotions[_i].a, promotions[_i].b)),
                     incdtype_name(promotions[_i].both));
    ck_assert_str_eq(incdtype_name(incdtype_promote(promotions[_i].b, promotions[_i].a)),
                     incdtype_name(promotions[_i].both));
}
END_TEST

/* --- Small floats ----------------------------------------------------------------------------- */

typedef struct layout {
    incdtype type;
    int mantissa_bits, exponent_bits, bias;
    bool has_infinity, has_minus_zero;
} layout;

static const layout layouts[] = {
    {INCDT_F16, 10, 5, 15, true, true},         {INCDT_BF16, 7, 8, 127, true, true},
    {INCDT_F8E5M2, 2, 5, 15, true, true},       {INCDT_F8E4M3FN, 3, 4, 7, false, true},
    {INCDT_F8E5M2FNUZ, 2, 5, 16, false, false}, {INCDT_F8E4M3FNUZ, 3, 4, 8, false, false},
};

/* The value of a pattern, from the definition of the format. */
static double value_of(const layout *f, uint32_t bits)
{
    int width = f->mantissa_bits + f->exponent_bits;
    uint32_t magnitude = bits & ((1u << width) - 1), exponent = magnitude >> f->mantissa_bits;
    double mantissa = (double)(magnitude & ((1u << f->mantissa_bits) - 1));
    double sign = bits >> width & 1 ? -1 : 1;
    bool is_top = exponent == (1u << f->exponent_bits) - 1;
    if (!f->has_minus_zero && sign < 0 && magnitude == 0)
        return NAN;
    if (is_top && f->has_infinity)
        return mantissa != 0 ? NAN : sign * INFINITY;
    if (is_top && f->has_minus_zero && mantissa == (double)((1u << f->mantissa_bits) - 1))
        return NAN;
    mantissa = ldexp(mantissa, -f->mantissa_bits);
    if (exponent == 0)
        return sign * ldexp(mantissa, 1 - f->bias);
    return sign * ldexp(1 + mantissa, (int)exponent - f->bias);
}

static uint32_t packed(incdtype t, double value)
{
    uint8_t bytes[2] = {0};
    incelement_set_f64(t, bytes, 0, value);
    return incdtype_size(t) == 1 ? bytes[0] : (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

/* Every pattern is read right and written back; halfway between two neighbours goes to the even
 * one, a little beside goes to the nearer. */
START_TEST(small_floats_are_exact)
{
    const layout *f = &layouts[_i];
    int width = f->mantissa_bits + f->exponent_bits;
    for (uint32_t bits = 0; bits < 1u << (width + 1); bits++) {
        uint8_t bytes[2] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
        double expected = value_of(f, bits), read = incelement_f64(f->type, bytes, 0);
        if (isnan(expected)) {
            ck_assert_msg(isnan(read), "%#x", bits);
            ck_assert(isnan(value_of(f, packed(f->type, NAN))));
            continue;
        }
        if (read != expected || packed(f->type, expected) != bits)
            ck_abort_msg("%#x: %g, not %g", bits, read, expected);
        double next = value_of(f, bits + 1);
        if (bits + 1 == 1u << width || bits + 1 == 1u << (width + 1) || !isfinite(expected) ||
            !isfinite(next))
            continue;
        double middle = expected / 2 + next / 2;
        uint32_t even = bits % 2 == 0 ? bits : bits + 1;
        if (packed(f->type, middle) != even ||
            packed(f->type, nextafter(middle, expected)) != bits ||
            packed(f->type, nextafter(middle, next)) != bits + 1)
            ck_abort_msg("%#x: around %g", bits, middle);
    }
}
END_TEST

/* The float16 and bfloat16 of whole weights take another way than single elements. */
START_TEST(blocks_convert_as_elements)
{
    static const incdtype types[] = {INCDT_F16, INCDT_BF16};
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    enum { N = 200000 };
    float *floats = INC_NEW_N(cx, float, N);
    uint32_t bits = 12345;
    for (int i = 0; i < N; i++) {
        bits = bits * 1664525 + 1013904223;
        uint32_t spread = i % 2 ? bits : 0x33000000 + bits % 0x14800000;
        memcpy(&floats[i], &spread, sizeof spread);
    }
    int64_t n = N;
    const inctensor *t = inctensor_new(cx, INCDT_F32, 1, &n, floats);
    uint16_t *out = INC_NEW_N(cx, uint16_t, N);
    inctensor_read(cx, inctensor_cast(cx, t, types[_i]), 0, N, out);
    const inctensor *back = inctensor_cast(cx, inctensor_new(cx, types[_i], 1, &n, out), INCDT_F32);
    float *again = INC_NEW_N(cx, float, N);
    inctensor_read(cx, back, 0, N, again);
    for (int i = 0; i < N; i++) {
        bool is_right = isnan(floats[i])
                            ? isnan(again[i])
                            : out[i] == packed(types[_i], (double)floats[i]) &&
                                  (double)again[i] == incelement_f64(types[_i], out, (uint64_t)i);
        if (!is_right)
            ck_abort_msg("%a", (double)floats[i]);
    }
    inc_try_end(cx, &frame);
    inccx_free(cx);
}
END_TEST

/* --- Casts ------------------------------------------------------------------------------------ */

static const struct {
    incdtype from, to;
    double in, out;
} casts[] = {
    {INCDT_F32, INCDT_I32, -1.9, -1},
    {INCDT_F64, INCDT_U8, 257.9, 1},
    {INCDT_F32, INCDT_U8, -1, 255},
    {INCDT_F64, INCDT_I64, 1e300, -0x1p63},
    {INCDT_F64, INCDT_BOOL, 0.1, 1},
    {INCDT_F64, INCDT_BOOL, NAN, 1},
    {INCDT_F64, INCDT_BOOL, -0.0, 0},
    {INCDT_I64, INCDT_BOOL, 256, 1},
    {INCDT_I32, INCDT_I8, 200, -56},
    {INCDT_I8, INCDT_U16, -1, 65535},
    {INCDT_U64, INCDT_F64, 0x1p63, 0x1p63},
    {INCDT_I64, INCDT_F64, -3, -3},
    {INCDT_F64, INCDT_U64, 0x1p63, 0x1p63},
    {INCDT_F64, INCDT_F32, 0.1, (double)0.1f},
    {INCDT_F64, INCDT_F16, 65520, INFINITY},
    {INCDT_F64, INCDT_F16, 65519, 65504},
    {INCDT_F64, INCDT_C64, 2.5, 2.5},
    {INCDT_C128, INCDT_C32, 2.5, 2.5},
    {INCDT_C64, INCDT_I16, -7.5, -7},
    {INCDT_BOOL, INCDT_F16, 1, 1},
    {INCDT_F32, INCDT_F8E4M3FN, 464, 448},
    {INCDT_F32, INCDT_F8E4M3FN, 465, NAN},
    {INCDT_F32, INCDT_F8E5M2, 61440, INFINITY},
    {INCDT_U32, INCDT_I64, 0xffffffff, 0xffffffff},
};

START_TEST(casts_are_pytorchs)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    const inctensor *t = inctensor_scalar_f64(cx, casts[_i].from, casts[_i].in);
    uint8_t out[16];
    inctensor_read(cx, inctensor_cast(cx, t, casts[_i].to), 0, 1, out);
    double got = incelement_f64(casts[_i].to, out, 0);
    ck_assert_msg(got == casts[_i].out || (isnan(got) && isnan(casts[_i].out)), "%s %g to %s: %g",
                  incdtype_name(casts[_i].from), casts[_i].in, incdtype_name(casts[_i].to), got);
    inc_try_end(cx, &frame);
    inccx_free(cx);
}
END_TEST

/* int64 to float rounds once. */
START_TEST(large_integers_round_once)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    int64_t number = ((int64_t)1 << 60) + ((int64_t)1 << 36) + 1;
    float out;
    inctensor_read(cx, inctensor_cast(cx, inctensor_scalar_i64(cx, number), INCDT_F32), 0, 1, &out);
    ck_assert((double)out == 0x1p60 + 0x1p37);
    inc_try_end(cx, &frame);
    inccx_free(cx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dtype");
    TCase *cases = tcase_create("dtype");
    tcase_add_test(cases, names_and_sizes);
    tcase_add_loop_test(cases, types_are_promoted, 0, INC_COUNT(promotions));
    tcase_add_loop_test(cases, small_floats_are_exact, 0, INC_COUNT(layouts));
    tcase_add_loop_test(cases, blocks_convert_as_elements, 0, 2);
    tcase_add_loop_test(cases, casts_are_pytorchs, 0, INC_COUNT(casts));
    tcase_add_test(cases, large_integers_round_once);
    suite_add_tcase(suite, cases);
    return tst_run(suite);
}
