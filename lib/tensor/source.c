/* SPDX-License-Identifier: Apache-2.0 */
/* Reading elements: from memory by strides, and through the transformations above it.
 *
 * A read asks for a run of logical elements and may stop and start anywhere, so every source finds
 * its place from the element's number alone. Nothing is allocated: a transformation lets the source
 * below write into the far end of the caller's own block and works forward from there. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "tensor/internal.h"

bool incten_is_contiguous(const incsource *s)
{
    return s->kind == INCSRC_VIEW && s->bits == 0 && s->n_walk == 1 &&
           (s->walk_strides[0] == 1 || s->walk_sizes[0] <= 1);
}

const uint8_t *incten_direct(const incsource *s)
{
    if (!incten_is_contiguous(s) || s->file || s->swaps)
        return NULL;
    return s->storage + (uint64_t)s->offset * incdtype_size(s->dtype);
}

/* Where a read stands in a strided source. */
typedef struct walk {
    const incsource *s;
    int64_t at[INCTENSOR_MAX_RANK];
    int64_t position; /* in elements of what is below */
} walk;

static void walk_to(walk *w, const incsource *s, uint64_t first)
{
    w->s = s;
    w->position = s->offset;
    for (size_t d = s->n_walk; d-- > 0;) {
        uint64_t size = (uint64_t)s->walk_sizes[d];
        w->at[d] = (int64_t)(first % size);
        first /= size;
        w->position += w->at[d] * s->walk_strides[d];
    }
}

/* n elements on along axis d; n must not pass its end. */
static void walk_on(walk *w, size_t d, int64_t n)
{
    const incsource *s = w->s;
    w->at[d] += n;
    w->position += n * s->walk_strides[d];
    while (w->at[d] == s->walk_sizes[d] && d > 0) {
        w->position += s->walk_strides[d - 1] - s->walk_sizes[d] * s->walk_strides[d];
        w->at[d] = 0;
        w->at[--d]++;
    }
}

/* n elements of a size known to the compiler, each step bytes from the last. */
#define COPY_STEPS(size)                                                                           \
    for (uint64_t i = 0; i < n; i++, in += step, out += (size))                                    \
        memcpy(out, in, (size));                                                                   \
    break

static void copy_steps(uint8_t *out, const uint8_t *in, uint64_t n, ptrdiff_t step, size_t size)
{
    if (step == (ptrdiff_t)size) {
        memcpy(out, in, (size_t)n * size);
        return;
    }
    switch (size) {
    case 1:
        COPY_STEPS(1);
    case 2:
        COPY_STEPS(2);
    case 4:
        COPY_STEPS(4);
    case 8:
        COPY_STEPS(8);
    default:
        COPY_STEPS(16);
    }
}

static void read_bits(const incsource *s, int64_t position, int64_t stride, uint64_t n,
                      uint8_t *out)
{
    unsigned per_byte = 8u / s->bits, mask = (1u << s->bits) - 1;
    for (uint64_t i = 0; i < n; i++, position += stride) {
        uint64_t p = (uint64_t)position;
        out[i] = (uint8_t)((unsigned)s->storage[p / per_byte] >> (p % per_byte * s->bits) & mask);
    }
}

static int64_t magnitude(int64_t x)
{
    return x < 0 ? -x : x;
}

/* How many whole rows of the last axis to take at once: more than one only where the axis in
 * front of it is the nearer one in memory. */
static uint64_t rows_at_once(const walk *w, uint64_t n)
{
    const incsource *s = w->s;
    size_t last = s->n_walk - 1;
    if (last == 0 || w->at[last] != 0 || s->bits != 0 ||
        magnitude(s->walk_strides[last - 1]) >= magnitude(s->walk_strides[last]))
        return 1;
    uint64_t whole = n / (uint64_t)s->walk_sizes[last];
    uint64_t left = (uint64_t)(s->walk_sizes[last - 1] - w->at[last - 1]);
    return whole < left ? whole : left;
}

void incten_read_memory(const incsource *s, uint64_t first, uint64_t n, uint8_t *out)
{
    size_t size = incdtype_size(s->dtype), last = s->n_walk - 1;
    ptrdiff_t step = (ptrdiff_t)(s->walk_strides[last] * (int64_t)size);
    walk w;
    assert(s->storage); /* there are elements, so there is memory */
    walk_to(&w, s, first);
    while (n > 0) {
        uint64_t columns = (uint64_t)(s->walk_sizes[last] - w.at[last]);
        uint64_t rows = rows_at_once(&w, n);
        if (rows > 1) {
            incten_copy_columns(out, s->storage + (ptrdiff_t)(w.position * (int64_t)size),
                                (size_t)rows, (size_t)columns,
                                (ptrdiff_t)(s->walk_strides[last - 1] * (int64_t)size), step, size);
            walk_on(&w, last - 1, (int64_t)rows);
            out += rows * columns * size;
            n -= rows * columns;
            continue;
        }
        uint64_t run = columns < n ? columns : n;
        if (s->bits)
            read_bits(s, w.position, s->walk_strides[last], run, out);
        else
            copy_steps(out, s->storage + (ptrdiff_t)(w.position * (int64_t)size), run, step, size);
        walk_on(&w, last, (int64_t)run);
        out += run * size;
        n -= run;
    }
}

/* n elements of another source, stride apart: read densely where they are close together. */
static void read_apart(inccx *cx, const incsource *of, int64_t position, int64_t stride, uint64_t n,
                       uint8_t *out)
{
    enum { WINDOW = 4096 };
    uint8_t window[WINDOW];
    size_t size = incdtype_size(of->dtype);
    uint64_t apart = (uint64_t)magnitude(stride);
    if (stride == 1) {
        incten_read(cx, of, (uint64_t)position, n, out);
        return;
    }
    while (n > 0) {
        uint64_t fit = apart == 0 ? n : (WINDOW / size - 1) / apart + 1;
        uint64_t k = n < fit ? n : fit, span = (k - 1) * apart + 1;
        int64_t lowest = stride < 0 ? position - (int64_t)(span - 1) : position;
        incten_read(cx, of, (uint64_t)lowest, span, window);
        copy_steps(out, window + (uint64_t)(position - lowest) * size, k,
                   (ptrdiff_t)(stride * (int64_t)size), size);
        position += (int64_t)k * stride;
        out += k * size;
        n -= k;
    }
}

static void read_index(inccx *cx, const incsource *s, uint64_t first, uint64_t n, uint8_t *out)
{
    size_t size = incdtype_size(s->dtype), last = s->n_walk - 1;
    walk w;
    walk_to(&w, s, first);
    while (n > 0) {
        uint64_t left = (uint64_t)(s->walk_sizes[last] - w.at[last]), run = left < n ? left : n;
        read_apart(cx, s->of->source, w.position, s->walk_strides[last], run, out);
        walk_on(&w, last, (int64_t)run);
        out += run * size;
        n -= run;
    }
}

/* Elements below are read into the end of out, then turned into results from its front on, which
 * never catch up. Where they are wider than the results, only part of them fits at a time. */
static void read_through(inccx *cx, const incsource *s, uint64_t first, uint64_t n, uint8_t *out)
{
    enum { SMALL = 2048 };
    const incsource *of = s->of->source;
    size_t wide = incdtype_size(of->dtype), narrow = incdtype_size(s->dtype);
    const uint8_t *memory = incten_direct(of);
    if (memory) {
        incten_compute(s, first, n, memory + first * wide, out);
        return;
    }
    while (n > 0) {
        uint64_t k = wide <= narrow ? n : n * narrow / wide;
        if (k * wide >= SMALL || k == n) {
            uint8_t *end = out + n * narrow - k * wide;
            incten_read(cx, of, first, k, end);
            incten_compute(s, first, k, end, out);
        } else {
            uint8_t small[SMALL];
            k = n < SMALL / wide ? n : SMALL / wide;
            incten_read(cx, of, first, k, small);
            incten_compute(s, first, k, small, out);
        }
        first += k;
        out += k * narrow;
        n -= k;
    }
}

static size_t part_at(const incsource *s, uint64_t on_axis)
{
    size_t low = 0, high = s->n_parts - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->part_ends[middle] > on_axis)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void read_concat(inccx *cx, const incsource *s, uint64_t first, uint64_t n, uint8_t *out)
{
    size_t size = incdtype_size(s->dtype);
    uint64_t row_size = s->n_axis * s->inner, row = first / row_size, within = first % row_size;
    size_t p = part_at(s, within / s->inner);
    while (n > 0) {
        uint64_t begin = p ? s->part_ends[p - 1] * s->inner : 0;
        uint64_t end = s->part_ends[p] * s->inner;
        uint64_t run = end - within < n ? end - within : n;
        incten_read(cx, s->parts[p]->source, row * (end - begin) + (within - begin), run, out);
        out += run * size;
        n -= run;
        within += run;
        if (within == end && ++p == s->n_parts) {
            p = 0;
            within = 0;
            row++;
        }
    }
}

void incten_read(inccx *cx, const incsource *s, uint64_t first, uint64_t n, void *out)
{
    if (n == 0)
        return;
    switch (s->kind) {
    case INCSRC_NOTHING:
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "Save the model with its values.",
                       "the values of a tensor are needed that the file does not hold");
    case INCSRC_VIEW: {
        const uint8_t *memory = incten_direct(s);
        size_t size = incdtype_size(s->dtype);
        if (memory)
            memcpy(out, memory + first * size, (size_t)n * size);
        else if (s->file)
            incten_read_file(cx, s, first, n, out);
        else
            incten_read_memory(s, first, n, out);
        if (s->swaps)
            incdtype_swap(s->dtype, out, n);
        return;
    }
    case INCSRC_INDEX:
        read_index(cx, s, first, n, out);
        return;
    case INCSRC_CONCAT:
        read_concat(cx, s, first, n, out);
        return;
    default:
        read_through(cx, s, first, n, out);
        return;
    }
}

/* The row length of a source whose axis in front of the last is the nearer one in memory, of what
 * is computed element by element the one below; 0 for others. */
static uint64_t row_of_columns(const incsource *s)
{
    while (s->kind == INCSRC_CAST || s->kind == INCSRC_SCALE || s->kind == INCSRC_DEQUANTIZE ||
           s->kind == INCSRC_QUANTIZE)
        s = s->of->source;
    if (s->kind != INCSRC_VIEW || s->n_walk < 2)
        return 0;
    size_t last = s->n_walk - 1;
    bool is_nearer = magnitude(s->walk_strides[last - 1]) < magnitude(s->walk_strides[last]);
    return is_nearer ? (uint64_t)s->walk_sizes[last] : 0;
}

uint64_t inctensor_good_run(const inctensor *t, uint64_t n)
{
    enum { ROWS = 16 }; /* elements of a line of the cache */
    uint64_t row = row_of_columns(t->source);
    if (row == 0 || n < row)
        return n;
    uint64_t rows = n / row;
    return (rows < ROWS ? rows : rows / ROWS * ROWS) * row;
}
