/* SPDX-License-Identifier: Apache-2.0 */
/* Named tensors in plain memory; see tensor.h. */
#include "tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int dtype;
    size_t size;
    const char *name;
} kinds[] = {
    {TST_FLOAT, 4, "f32"},   {TST_UINT8, 1, "u8"},   {TST_INT8, 1, "i8"},    {TST_UINT16, 2, "u16"},
    {TST_INT16, 2, "i16"},   {TST_INT32, 4, "i32"},  {TST_INT64, 8, "i64"},  {TST_BOOL, 1, "bool"},
    {TST_FLOAT16, 2, "f16"}, {TST_DOUBLE, 8, "f64"}, {TST_UINT32, 4, "u32"}, {TST_UINT64, 8, "u64"},
};

size_t tst_dtype_size(int dtype)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].dtype == dtype)
            return kinds[i].size;
    return 0;
}

const char *tst_dtype_name(int dtype)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].dtype == dtype)
            return kinds[i].name;
    return "?";
}

static void *must(void *memory)
{
    if (memory == NULL) {
        fputs("test: out of memory\n", stderr);
        abort();
    }
    return memory;
}

tst_tensor *tst_tensors_add(tst_tensors *list, const char *name, int dtype, size_t rank,
                            const int64_t *dims)
{
    const uint64_t most = (uint64_t)1 << 40, limit = most < SIZE_MAX / 16 ? most : SIZE_MAX / 16;
    tst_tensor t = {.dtype = dtype, .rank = rank, .n_elements = 1};

    if (rank > TST_MAX_RANK || tst_dtype_size(dtype) == 0)
        return NULL;
    for (size_t i = 0; i < rank; i++) {
        if (dims[i] < 0 || (dims[i] > 0 && t.n_elements > limit / (uint64_t)dims[i]))
            return NULL;
        t.dims[i] = dims[i];
        t.n_elements *= (size_t)dims[i];
    }
    t.n_bytes = t.n_elements * tst_dtype_size(dtype);
    t.data = must(calloc(t.n_bytes + 1, 1));
    t.name = must(malloc(strlen(name) + 1));
    memcpy(t.name, name, strlen(name) + 1);
    list->items = must(realloc(list->items, (list->count + 1) * sizeof t));
    list->items[list->count] = t;
    return &list->items[list->count++];
}

const tst_tensor *tst_tensors_find(const tst_tensors *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

void tst_tensors_free(tst_tensors *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].data);
    }
    free(list->items);
    *list = (tst_tensors){0};
}

static double half_value(uint16_t bits)
{
    int exponent = (bits >> 10) & 31;
    double fraction = bits & 1023;
    double sign = bits & 0x8000 ? -1.0 : 1.0;

    if (exponent == 31)
        return fraction != 0.0 ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024.0 + fraction, exponent - 25);
}

double tst_tensor_get(const tst_tensor *tensor, size_t i)
{
    const char *at = (const char *)tensor->data + i * tst_dtype_size(tensor->dtype);

#define GET(number, type)                                                                          \
    case number: {                                                                                 \
        type v;                                                                                    \
        memcpy(&v, at, sizeof v);                                                                  \
        return (double)v;                                                                          \
    }
    switch (tensor->dtype) {
        GET(TST_FLOAT, float)
        GET(TST_DOUBLE, double)
        GET(TST_UINT8, uint8_t)
        GET(TST_INT8, int8_t)
        GET(TST_UINT16, uint16_t)
        GET(TST_INT16, int16_t)
        GET(TST_INT32, int32_t)
        GET(TST_INT64, int64_t)
        GET(TST_UINT32, uint32_t)
        GET(TST_UINT64, uint64_t)
        GET(TST_BOOL, uint8_t)
    case TST_FLOAT16: {
        uint16_t bits;
        memcpy(&bits, at, sizeof bits);
        return half_value(bits);
    }
    default:
        return (double)NAN;
    }
#undef GET
}

void tst_tensor_describe(const tst_tensor *tensor, char *text, size_t size)
{
    int used = snprintf(text, size, "%s[", tst_dtype_name(tensor->dtype));

    for (size_t i = 0; i < tensor->rank && used > 0 && (size_t)used < size; i++)
        used += snprintf(text + used, size - (size_t)used, "%s%lld", i > 0 ? "," : "",
                         (long long)tensor->dims[i]);
    if (used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "]");
}

static bool same_shape(const tst_tensor *a, const tst_tensor *b)
{
    return a->dtype == b->dtype && a->rank == b->rank &&
           memcmp(a->dims, b->dims, a->rank * sizeof a->dims[0]) == 0;
}

static bool is_floating(int dtype)
{
    return dtype == TST_FLOAT || dtype == TST_DOUBLE || dtype == TST_FLOAT16;
}

static bool element_close(const tst_tensor *want, const tst_tensor *got, size_t i, double rtol,
                          double atol)
{
    size_t size = tst_dtype_size(want->dtype);
    double w, g;

    if (!is_floating(want->dtype))
        return memcmp((const char *)want->data + i * size, (const char *)got->data + i * size,
                      size) == 0;
    w = tst_tensor_get(want, i);
    g = tst_tensor_get(got, i);
    if (isnan(w) || isnan(g))
        return isnan(w) && isnan(g);
    if (isinf(w) || isinf(g))
        return isinf(w) && isinf(g) && signbit(w) == signbit(g);
    return fabs(w - g) <= atol + rtol * fabs(w);
}

bool tst_tensor_close(const tst_tensor *want, const tst_tensor *got, double rtol, double atol,
                      char *why, size_t why_size)
{
    size_t n_wrong = 0;
    size_t first = 0;

    if (!same_shape(want, got)) {
        char expected[160];
        char found[160];
        tst_tensor_describe(want, expected, sizeof expected);
        tst_tensor_describe(got, found, sizeof found);
        snprintf(why, why_size, "%s is %s, expected %s", want->name, found, expected);
        return false;
    }
    for (size_t i = 0; i < want->n_elements && !isinf(atol); i++)
        if (!element_close(want, got, i, rtol, atol) && n_wrong++ == 0)
            first = i;
    if (n_wrong > 0)
        snprintf(why, why_size, "%s: %zu of %zu values differ, first at %zu: %.9g, expected %.9g",
                 want->name, n_wrong, want->n_elements, first, tst_tensor_get(got, first),
                 tst_tensor_get(want, first));
    return n_wrong == 0;
}
