/* SPDX-License-Identifier: Apache-2.0 */
/* Making tensors: from numbers of a file, which are checked, and from our own. */
#include <string.h>

#include "base/checked.h"
#include "tensor/internal.h"

/* A view that repeats elements may claim any size: more than this is no model. */
static const uint64_t most_repeated = (uint64_t)64 << 30;

static uint8_t bits_of(incdtype dtype)
{
    return dtype == INCDT_QU4X2 ? 4 : dtype == INCDT_QU2X4 ? 2 : 0;
}

static inctensor *view(inccx *cx, const incsource *memory, size_t rank, const int64_t *sizes,
                       const int64_t *strides, int64_t offset)
{
    incdtype dtype = memory->dtype;
    uint64_t storage_size = memory->storage_size;
    uint64_t numel = incten_count(cx, dtype, rank, sizes);
    size_t size = incdtype_size(dtype);
    uint8_t bits = memory->bits;
    if (size == 0)
        inc_raise(cx, INC_E_FORMAT, "a tensor of unknown element type %d", (int)dtype);
    if (offset < 0)
        inc_raise(cx, INC_E_FORMAT, "a tensor has the negative storage offset %lld",
                  (long long)offset);
    uint64_t last = (uint64_t)offset;
    for (size_t i = 0; i < rank; i++) {
        uint64_t reach;
        if (strides[i] < 0)
            inc_raise(cx, INC_E_FORMAT, "a tensor has the negative stride %lld",
                      (long long)strides[i]);
        if (numel > 0 && (!inc_mul_u64((uint64_t)sizes[i] - 1, (uint64_t)strides[i], &reach) ||
                          !inc_add_u64(last, reach, &last)))
            inc_raise(cx, INC_E_FORMAT, "a tensor's strides reach beyond all memory");
    }
    uint64_t elements =
        bits ? (storage_size > UINT64_MAX / 4 ? UINT64_MAX : storage_size * (8u / bits))
             : storage_size / size;
    if (numel > 0 && last >= elements)
        inc_raise(cx, INC_E_FORMAT,
                  "a tensor reaches to element %llu of a storage that has %llu elements",
                  (unsigned long long)last, (unsigned long long)elements);
    if (numel > elements && numel * size > most_repeated)
        inc_raise(cx, INC_E_LIMIT, "a tensor repeats its few elements %llu times",
                  (unsigned long long)numel);
    sizes = incten_copy_sizes(cx, rank, sizes);
    if (numel == 0) { /* strides of nothing were not checked */
        offset = 0;
        strides = incten_contiguous_strides(cx, rank, sizes);
    } else {
        strides = incten_copy_sizes(cx, rank, strides);
    }
    return incten_view_of(cx, memory, rank, sizes, strides, offset, numel);
}

inctensor *inctensor_view(inccx *cx, incdtype dtype, const void *storage, uint64_t storage_size,
                          size_t rank, const int64_t *sizes, const int64_t *strides, int64_t offset)
{
    const incsource memory = {
        .dtype = dtype, .storage = storage, .storage_size = storage_size, .bits = bits_of(dtype)};
    return view(cx, &memory, rank, sizes, strides, offset);
}

inctensor *inctensor_view_file(inccx *cx, incdtype dtype, incspan storage, size_t rank,
                               const int64_t *sizes, const int64_t *strides, int64_t offset)
{
    const incsource memory = {.dtype = dtype,
                              .storage = storage.bytes,
                              .file = storage.bytes ? NULL : storage.file,
                              .file_at = storage.bytes ? 0 : storage.at,
                              .storage_size = storage.size,
                              .bits = bits_of(dtype),
                              .swaps = incdtype_swaps(dtype)};
    return view(cx, &memory, rank, sizes, strides, offset);
}

inctensor *inctensor_new(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                         const void *bytes)
{
    uint64_t numel = incten_count(cx, dtype, rank, sizes);
    uint64_t n_bytes = numel * incdtype_size(dtype);
    if (n_bytes > SIZE_MAX)
        inc_raise(cx, INC_E_LIMIT, "a tensor of %llu bytes does not fit into memory",
                  (unsigned long long)n_bytes);
    const incsource memory = {.dtype = dtype,
                              .storage = bytes ? inc_copy(cx, bytes, (size_t)n_bytes)
                                               : inc_alloc(cx, (size_t)n_bytes),
                              .storage_size = n_bytes,
                              .is_eager = true};
    sizes = incten_copy_sizes(cx, rank, sizes);
    return incten_view_of(cx, &memory, rank, sizes, incten_contiguous_strides(cx, rank, sizes), 0,
                          numel);
}

inctensor *inctensor_without_data(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes)
{
    uint64_t numel = incten_count(cx, dtype, rank, sizes);
    incsource *s =
        incten_new_source(cx, INCSRC_NOTHING, dtype, rank, incten_copy_sizes(cx, rank, sizes));
    s->hash = incten_mix(s->hash, (uint64_t)(uintptr_t)s);
    return incten_new_tensor(cx, s, numel);
}

inctensor *inctensor_full(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                          double value)
{
    uint64_t numel = incten_count(cx, dtype, rank, sizes);
    uint8_t *one = inc_alloc(cx, incdtype_size(dtype));
    incelement_set_f64(dtype, one, 0, value);
    const incsource memory = {
        .dtype = dtype, .storage = one, .storage_size = incdtype_size(dtype), .is_eager = true};
    return incten_view_of(cx, &memory, rank, incten_copy_sizes(cx, rank, sizes),
                          INC_NEW_N(cx, int64_t, rank), 0, numel);
}

inctensor *inctensor_scalar_i64(inccx *cx, int64_t value)
{
    return inctensor_new(cx, INCDT_I64, 0, NULL, &value);
}

inctensor *inctensor_scalar_f64(inccx *cx, incdtype dtype, double value)
{
    uint8_t one[16] = {0};
    incelement_set_f64(dtype, one, 0, value);
    return inctensor_new(cx, dtype, 0, NULL, one);
}

inctensor *inctensor_vector_i64(inccx *cx, const int64_t *values, size_t n)
{
    int64_t size = (int64_t)n;
    return inctensor_new(cx, INCDT_I64, 1, &size, values);
}

bool inctensor_has_data(const inctensor *t)
{
    const incsource *s = t->source;
    while (s->of)
        s = s->of->source;
    if (t->numel == 0 || s->kind == INCSRC_VIEW)
        return true;
    for (size_t i = 0; i < s->n_parts; i++)
        if (!inctensor_has_data(s->parts[i]))
            return false;
    return s->kind == INCSRC_CONCAT;
}

inctensor *inctensor_complex_part(inccx *cx, const inctensor *t, bool imaginary)
{
    static const uint64_t most_bytes = (uint64_t)64 << 20;
    incdtype real = incdtype_real_of(t->dtype);
    if (!inctensor_has_data(t))
        return inctensor_without_data(cx, real, t->rank, t->sizes);
    if (t->numel == 0)
        return incten_empty(cx, real, t->rank, t->sizes);
    const incsource *s = t->source;
    bool as_made = s->kind == INCSRC_VIEW && s->rank == t->rank &&
                   memcmp(s->sizes, t->sizes, t->rank * sizeof *t->sizes) == 0;
    if (!as_made) {
        const void *bytes = inctensor_direct(inctensor_load(cx, t, most_bytes));
        s = inctensor_new(cx, t->dtype, t->rank, t->sizes, bytes)->source;
    }
    incsource memory = *s;
    memory.dtype = real;
    int64_t *strides = INC_NEW_N(cx, int64_t, t->rank);
    for (size_t i = 0; i < t->rank; i++)
        strides[i] = t->sizes[i] > 1 ? 2 * s->strides[i] : 0; /* that of one is any number */
    return incten_view_of(cx, &memory, t->rank, t->sizes, strides, 2 * s->offset + imaginary,
                          t->numel);
}
