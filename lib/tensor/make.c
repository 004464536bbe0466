/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that every source is made of: sizes, strides, the walk, the hash. */
#include <string.h>

#include "base/checked.h"
#include "tensor/internal.h"

/* Transformations on top of each other; a deeper pile is computed before it is added to. */
enum { MOST_DEPTH = 16 };
static const uint64_t most_flattened = (uint64_t)64 << 20;

uint64_t incten_mix(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        hash = (hash ^ (value >> 8 * i & 0xff)) * 0x100000001b3u;
    return hash;
}

uint64_t incten_mix_sizes(uint64_t hash, size_t n, const int64_t *sizes)
{
    for (size_t i = 0; i < n; i++)
        hash = incten_mix(hash, (uint64_t)sizes[i]);
    return incten_mix(hash, n);
}

uint64_t incten_mix_double(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return incten_mix(hash, bits);
}

const int64_t *incten_copy_sizes(inccx *cx, size_t n, const int64_t *sizes)
{
    return inc_copy(cx, sizes, n * sizeof *sizes);
}

uint64_t incten_count(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes)
{
    uint64_t n = 1, bytes;
    if (rank > INCTENSOR_MAX_RANK)
        inc_raise(cx, INC_E_FORMAT, "a tensor of %zu dimensions; at most %d are possible", rank,
                  INCTENSOR_MAX_RANK);
    for (size_t i = 0; i < rank; i++) {
        if (sizes[i] < 0)
            inc_raise(cx, INC_E_FORMAT, "a tensor of negative size %lld", (long long)sizes[i]);
        if (sizes[i] == 0)
            n = 0;
    }
    for (size_t i = 0; i < rank; i++)
        if (!inc_mul_u64(n, (uint64_t)sizes[i], &n))
            inc_raise(cx, INC_E_FORMAT, "a tensor has more elements than can be counted");
    if (!inc_mul_u64(n, incdtype_size(dtype), &bytes) || bytes > INT64_MAX)
        inc_raise(cx, INC_E_FORMAT, "a tensor has more bytes than can be counted");
    return n;
}

incsource *incten_new_source(inccx *cx, incsource_kind kind, incdtype dtype, size_t rank,
                             const int64_t *sizes)
{
    incsource *s = INC_NEW(cx, incsource);
    s->kind = kind;
    s->dtype = dtype;
    s->rank = rank;
    s->sizes = sizes;
    s->hash = incten_mix(incten_mix(0xcbf29ce484222325u, (uint64_t)kind), (uint64_t)dtype);
    s->hash = incten_mix_sizes(s->hash, rank, sizes);
    return s;
}

inctensor *incten_new_tensor(inccx *cx, const incsource *s, uint64_t numel)
{
    inctensor *t = INC_NEW(cx, inctensor);
    *t = (inctensor){
        .dtype = s->dtype, .rank = s->rank, .sizes = s->sizes, .numel = numel, .source = s};
    return t;
}

const inctensor *incten_flatten(inccx *cx, const inctensor *t)
{
    return t->source->depth < MOST_DEPTH ? t : inctensor_load(cx, t, most_flattened);
}

incsource *incten_source_over(inccx *cx, incsource_kind kind, incdtype dtype, const inctensor *of,
                              size_t rank, const int64_t *sizes)
{
    of = incten_flatten(cx, of);
    incsource *s = incten_new_source(cx, kind, dtype, rank, sizes);
    s->of = of;
    s->depth = of->source->depth + 1;
    s->hash = incten_mix(s->hash, of->source->hash);
    return s;
}

/* Axes of size 1 go, neighbours that are contiguous become one. */
static void merge_walk(inccx *cx, incsource *s)
{
    int64_t sizes[INCTENSOR_MAX_RANK], strides[INCTENSOR_MAX_RANK];
    size_t n = 0;
    for (size_t i = 0; i < s->rank; i++) {
        if (s->sizes[i] == 1)
            continue;
        if (s->sizes[i] == 0) { /* nothing to walk */
            n = 1;
            sizes[0] = 0;
            strides[0] = 1;
            break;
        }
        int64_t across;
        if (n > 0 && inc_mul_i64(s->sizes[i], s->strides[i], &across) && strides[n - 1] == across) {
            sizes[n - 1] *= s->sizes[i];
            strides[n - 1] = s->strides[i];
        } else {
            sizes[n] = s->sizes[i];
            strides[n++] = s->strides[i];
        }
    }
    if (n == 0) {
        sizes[0] = 1;
        strides[n++] = 1;
    }
    s->n_walk = n;
    s->walk_sizes = incten_copy_sizes(cx, n, sizes);
    s->walk_strides = incten_copy_sizes(cx, n, strides);
}

void incten_set_strides(inccx *cx, incsource *s, const int64_t *strides, int64_t offset)
{
    s->strides = strides;
    s->offset = offset;
    merge_walk(cx, s);
    s->hash = incten_mix(incten_mix_sizes(s->hash, s->rank, strides), (uint64_t)offset);
}

const int64_t *incten_contiguous_strides(inccx *cx, size_t rank, const int64_t *sizes)
{
    int64_t *strides = INC_NEW_N(cx, int64_t, rank), next = 1;
    for (size_t i = rank; i-- > 0;) {
        strides[i] = next;
        if (!inc_mul_i64(next, sizes[i] > 1 ? sizes[i] : 1, &next))
            next = 1; /* only where another size is 0, and nothing is read */
    }
    return strides;
}

uint64_t incten_product(size_t n, const int64_t *sizes)
{
    uint64_t p = 1;
    for (size_t i = 0; i < n; i++)
        p *= (uint64_t)sizes[i];
    return p;
}

inctensor *incten_view_of(inccx *cx, const incsource *memory, size_t rank, const int64_t *sizes,
                          const int64_t *strides, int64_t offset, uint64_t numel)
{
    incsource *s = incten_new_source(cx, INCSRC_VIEW, memory->dtype, rank, sizes);
    s->storage = memory->storage;
    s->file = memory->file;
    s->file_at = memory->file_at;
    s->storage_size = memory->storage_size;
    s->is_eager = memory->is_eager;
    s->bits = memory->bits;
    s->swaps = memory->swaps;
    s->hash = incten_mix(s->hash, (uint64_t)(uintptr_t)memory->storage);
    if (s->file)
        s->hash = incten_mix(incten_mix(s->hash, (uint64_t)(uintptr_t)s->file), s->file_at);
    incten_set_strides(cx, s, strides, offset);
    return incten_new_tensor(cx, s, numel);
}

inctensor *incten_empty(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes)
{
    const incsource nowhere = {.dtype = dtype, .storage = (const uint8_t *)"", .is_eager = true};
    return incten_view_of(cx, &nowhere, rank, sizes, incten_contiguous_strides(cx, rank, sizes), 0,
                          0);
}
