/* SPDX-License-Identifier: Apache-2.0 */
/* What others ask of a tensor: its bytes, its values, whether it is another one. */
#include "tensor/tensor.h"

#include <string.h>

#include "tensor/internal.h"

static const uint64_t most_values = (uint64_t)16 << 20;

uint64_t inctensor_bytes(const inctensor *t)
{
    return t->numel * incdtype_size(t->dtype);
}

void inctensor_read(inccx *cx, const inctensor *t, uint64_t first, uint64_t n, void *out)
{
    if (first > t->numel || n > t->numel - first)
        inc_raise(cx, INC_E_INTERNAL, "%llu elements from %llu asked of a tensor of %llu",
                  (unsigned long long)n, (unsigned long long)first, (unsigned long long)t->numel);
    incten_read(cx, t->source, first, n, out);
}

const void *inctensor_direct(const inctensor *t)
{
    return incten_direct(t->source);
}

void inctensor_read_for_file(inccx *cx, const inctensor *t, uint64_t first, uint64_t n, void *out)
{
    inctensor_read(cx, t, first, n, out);
    if (incdtype_swaps(t->dtype))
        incdtype_swap(t->dtype, out, n);
}

const void *inctensor_direct_for_file(const inctensor *t)
{
    return incdtype_swaps(t->dtype) ? NULL : inctensor_direct(t);
}

incspan inctensor_span_for_file(const inctensor *t)
{
    const incsource *s = t->source;
    if (!incten_is_contiguous(s) || !s->file)
        return (incspan){0};
    uint64_t at = (uint64_t)s->offset * incdtype_size(s->dtype);
    return incfile_span(s->file, s->file_at + at, inctensor_bytes(t));
}

const inctensor *inctensor_load(inccx *cx, const inctensor *t, uint64_t max_bytes)
{
    uint64_t bytes = inctensor_bytes(t);
    if (inctensor_direct(t))
        return t;
    if (bytes > max_bytes || bytes > SIZE_MAX)
        inc_raise(cx, INC_E_LIMIT,
                  "%llu bytes of tensor would have to be held in memory; the limit is %llu",
                  (unsigned long long)bytes, (unsigned long long)max_bytes);
    inc_work(cx, bytes * (t->source->depth + 1));
    inctensor *fresh = inctensor_new(cx, t->dtype, t->rank, t->sizes, NULL);
    fresh->q = t->q;
    /* the block is ours until it is handed out */
    inctensor_read(cx, t, 0, t->numel, (void *)(uintptr_t)inctensor_direct(fresh));
    return fresh;
}

static void *load_as(inccx *cx, const inctensor *t, incdtype dtype)
{
    if (t->numel > most_values)
        inc_raise(cx, INC_E_LIMIT, "the values of a tensor of %llu elements are needed one by one",
                  (unsigned long long)t->numel);
    inc_work(cx, t->numel * incdtype_size(dtype) * (t->source->depth + 1));
    void *out = inc_alloc_n(cx, (size_t)t->numel, incdtype_size(dtype));
    const inctensor *cast = inctensor_cast(cx, t, dtype);
    inctensor_read(cx, cast, 0, t->numel, out);
    return out;
}

int64_t *inctensor_i64s(inccx *cx, const inctensor *t)
{
    return load_as(cx, t, INCDT_I64);
}

double *inctensor_f64s(inccx *cx, const inctensor *t)
{
    return load_as(cx, t, INCDT_F64);
}

static void need_one(inccx *cx, const inctensor *t)
{
    if (t->numel != 1)
        inc_raise(cx, INC_E_INTERNAL, "one number is needed of a tensor of %llu elements",
                  (unsigned long long)t->numel);
}

double inctensor_f64(inccx *cx, const inctensor *t)
{
    need_one(cx, t);
    return *inctensor_f64s(cx, t);
}

int64_t inctensor_i64(inccx *cx, const inctensor *t)
{
    need_one(cx, t);
    return *inctensor_i64s(cx, t);
}

static bool same_sizes(size_t rank_a, const int64_t *a, size_t rank_b, const int64_t *b)
{
    return rank_a == rank_b && (rank_a == 0 || memcmp(a, b, rank_a * sizeof *a) == 0);
}

static bool same_qparams(const incqparams *a, const incqparams *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->per_channel != b->per_channel || a->axis != b->axis || a->n != b->n ||
        a->float_zero_points != b->float_zero_points || a->dtype != b->dtype)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->scales[i] != b->scales[i] ||
            (a->float_zero_points ? a->zero_points_f[i] != b->zero_points_f[i]
                                  : a->zero_points[i] != b->zero_points[i]))
            return false;
    return true;
}

static bool same_source(const incsource *a, const incsource *b)
{
    if (a == b)
        return true;
    if (a->hash != b->hash || a->kind != b->kind || a->dtype != b->dtype ||
        !same_sizes(a->rank, a->sizes, b->rank, b->sizes))
        return false;
    switch (a->kind) {
    case INCSRC_NOTHING:
        return false;
    case INCSRC_VIEW:
        return a->storage == b->storage && a->file == b->file && a->file_at == b->file_at &&
               a->bits == b->bits && a->offset == b->offset &&
               same_sizes(a->rank, a->strides, b->rank, b->strides);
    case INCSRC_INDEX:
        return a->offset == b->offset && same_sizes(a->rank, a->strides, b->rank, b->strides) &&
               inctensor_same(a->of, b->of);
    case INCSRC_CAST:
        return inctensor_same(a->of, b->of);
    case INCSRC_SCALE:
        return a->axis == b->axis &&
               memcmp(a->factors, b->factors, (size_t)a->n_axis * sizeof *a->factors) == 0 &&
               inctensor_same(a->of, b->of);
    case INCSRC_DEQUANTIZE:
        return same_qparams(a->q, b->q) && inctensor_same(a->of, b->of);
    case INCSRC_QUANTIZE:
        return a->low == b->low && a->high == b->high && a->reciprocal == b->reciprocal &&
               same_qparams(a->q, b->q) && inctensor_same(a->of, b->of);
    case INCSRC_CONCAT:
        if (a->axis != b->axis || a->n_parts != b->n_parts)
            return false;
        for (size_t i = 0; i < a->n_parts; i++)
            if (!inctensor_same(a->parts[i], b->parts[i]))
                return false;
        return true;
    }
    return false;
}

bool inctensor_same(const inctensor *a, const inctensor *b)
{
    return a == b || (a->dtype == b->dtype && same_sizes(a->rank, a->sizes, b->rank, b->sizes) &&
                      same_qparams(a->q, b->q) && same_source(a->source, b->source));
}

incten_storage inctensor_storage(const inctensor *t)
{
    const incsource *s = t->source;
    while (s->of)
        s = s->of->source;
    if (s->kind != INCSRC_VIEW || s->is_eager)
        return (incten_storage){0};
    return (incten_storage){s->file ? (const void *)s->file : s->storage, s->file_at};
}

uint64_t inctensor_hash(const inctensor *t)
{
    uint64_t hash = t->source->hash;
    for (size_t i = 0; i < t->rank; i++)
        hash = (hash ^ (uint64_t)t->sizes[i]) * 0x100000001b3u;
    return hash ^ (hash >> 29);
}
