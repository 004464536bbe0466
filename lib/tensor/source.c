/* Reading elements: from memory by strides, and through the transformations above it.
 *
 * A read asks for a run of logical elements and may stop and start anywhere, so every source finds
 * its place from the element's number alone. Nothing is allocated: a transformation lets the source
 * below write into the far end of the caller's own block and works forward from there. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "tensor/internal.h"

const uint8_t *incten_direct(const incsource *s)
{
    if (s->kind != INCSRC_VIEW || s->bits != 0 || s->swaps || s->n_walk != 1)
        return NULL;
    if (s->walk_strides[0] != 1 && s->walk_sizes[0] > 1)
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

/* Rows of a matrix that lies column by column: in tiles, so that each line of memory that is
 * fetched is used up before it leaves the cache. */
#define COPY_TILES(size)                                                                           \
    for (uint64_t c0 = 0; c0 < columns; c0 += TILE)                                                \
        for (uint64_t r0 = 0; r0 < rows; r0 += TILE) {                                             \
            uint64_t c1 = columns - c0 < TILE ? columns : c0 + TILE;                               \
            uint64_t r1 = rows - r0 < TILE ? rows : r0 + TILE;                                     \
            for (uint64_t r = r0; r < r1; r++) {                                                   \
                const uint8_t *from = in + (ptrdiff_t)r * row_step + (ptrdiff_t)c0 * column_step;  \
                uint8_t *to = out + (r * columns + c0) * (size);                                   \
                for (uint64_t c = c0; c < c1; c++, from += column_step, to += (size))              \
                    memcpy(to, from, (size));                                                      \
            }                                                                                      \
        }                                                                                          \
    break

/* Words count their bytes from the lowest; where memory does not, rows are taken from the last. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { ROW_ORDER = 7 };
#else
enum { ROW_ORDER = 0 };
#endif

#define EXCHANGE(low, high, bits, mask)                                                            \
    do {                                                                                           \
        uint64_t differ = ((low) >> (bits) ^ (high)) & UINT64_C(mask);                             \
        (high) ^= differ;                                                                          \
        (low) ^= differ << (bits);                                                                 \
    } while (0)

/* 8 by 8 bytes, rows and columns exchanged: first quarters, then quarters of these, then bytes. */
static void transpose_bytes(uint64_t b[8])
{
    EXCHANGE(b[0], b[4], 32, 0x00000000FFFFFFFF);
    EXCHANGE(b[1], b[5], 32, 0x00000000FFFFFFFF);
    EXCHANGE(b[2], b[6], 32, 0x00000000FFFFFFFF);
    EXCHANGE(b[3], b[7], 32, 0x00000000FFFFFFFF);
    EXCHANGE(b[0], b[2], 16, 0x0000FFFF0000FFFF);
    EXCHANGE(b[1], b[3], 16, 0x0000FFFF0000FFFF);
    EXCHANGE(b[4], b[6], 16, 0x0000FFFF0000FFFF);
    EXCHANGE(b[5], b[7], 16, 0x0000FFFF0000FFFF);
    EXCHANGE(b[0], b[1], 8, 0x00FF00FF00FF00FF);
    EXCHANGE(b[2], b[3], 8, 0x00FF00FF00FF00FF);
    EXCHANGE(b[4], b[5], 8, 0x00FF00FF00FF00FF);
    EXCHANGE(b[6], b[7], 8, 0x00FF00FF00FF00FF);
}

#define EACH(what)                                                                                 \
    do {                                                                                           \
        what(0);                                                                                   \
        what(1);                                                                                   \
        what(2);                                                                                   \
        what(3);                                                                                   \
        what(4);                                                                                   \
        what(5);                                                                                   \
        what(6);                                                                                   \
        what(7);                                                                                   \
    } while (0)

/* 8 rows of 8 columns each that lie step bytes apart; rows of the output are width bytes apart. */
static void turn_block(uint8_t *out, size_t width, const uint8_t *in, ptrdiff_t step)
{
    uint64_t block[8];
#define LOAD(i) memcpy(&block[(i) ^ ROW_ORDER], in + (i)*step, 8)
#define STORE(i) memcpy(out + (i)*width, &block[(i) ^ ROW_ORDER], 8)
    EACH(LOAD);
    transpose_bytes(block);
    EACH(STORE);
#undef LOAD
#undef STORE
}

/* The same for bytes whose columns lie without gaps, as weights in channels-last order: 8 by 8 at
 * once. What is left over at the right and at the bottom goes byte by byte. */
static void copy_byte_columns(uint8_t *out, const uint8_t *in, size_t rows, size_t columns,
                              ptrdiff_t column_step)
{
    size_t whole_rows = rows / 8 * 8, whole_columns = columns / 8 * 8;
    for (size_t r = 0; r < whole_rows; r += 8) {
        uint8_t *to = out + r * columns;
        const uint8_t *from = in + r;
        for (size_t c = 0; c < whole_columns; c += 8, from += 8 * column_step)
            turn_block(to + c, columns, from, column_step);
        for (size_t c = whole_columns; c < columns; c++, from += column_step) {
            uint8_t *at = to + c;
#define MOVE(i) at[(i)*columns] = from[i]
            EACH(MOVE);
#undef MOVE
        }
    }
    for (size_t r = whole_rows; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            out[r * columns + c] = in[(ptrdiff_t)c * column_step + (ptrdiff_t)r];
}

static void copy_tiles(uint8_t *out, const uint8_t *in, uint64_t rows, uint64_t columns,
                       ptrdiff_t row_step, ptrdiff_t column_step, size_t size)
{
    enum { TILE = 32, MOST_COLUMNS = 256 };
    if (size == 1 && row_step == 1 && columns <= MOST_COLUMNS) {
        copy_byte_columns(out, in, (size_t)rows, (size_t)columns, column_step);
        return;
    }
    switch (size) {
    case 1:
        COPY_TILES(1);
    case 2:
        COPY_TILES(2);
    case 4:
        COPY_TILES(4);
    case 8:
        COPY_TILES(8);
    default:
        COPY_TILES(16);
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

static void read_view(const incsource *s, uint64_t first, uint64_t n, uint8_t *out)
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
            copy_tiles(out, s->storage + (ptrdiff_t)(w.position * (int64_t)size), rows, columns,
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

/* n elements of another source, stride apart: read densely where they lie close together. */
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

/* out = in times the factor of each element's place on the axis; in may be out. */
static void scale(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in, uint8_t *out)
{
    enum { BLOCK = 512 };
    size_t size = incdtype_size(s->dtype);
    uint64_t within = first % s->inner, axis = first / s->inner % s->n_axis;
    while (n > 0) {
        double block[BLOCK];
        size_t k = n < BLOCK ? (size_t)n : BLOCK;
        incten_to_f64(s->dtype, in, block, k);
        for (size_t i = 0; i < k && s->inner == 1;) {
            size_t left = (size_t)(s->n_axis - axis), run = left < k - i ? left : k - i;
            for (size_t j = 0; j < run; j++)
                block[i + j] *= s->factors[axis + j];
            i += run;
            axis = run == left ? 0 : axis + run;
        }
        for (size_t i = 0; i < k && s->inner != 1;) {
            double factor = s->factors[axis];
            uint64_t left = s->inner - within;
            size_t run = left < k - i ? (size_t)left : k - i;
            for (size_t end = i + run; i < end; i++)
                block[i] *= factor;
            within += run;
            if (within == s->inner) {
                within = 0;
                axis = axis + 1 == s->n_axis ? 0 : axis + 1;
            }
        }
        incten_from_f64(s->dtype, out, block, k);
        in += k * size;
        out += k * size;
        n -= k;
    }
}

/* float arithmetic on a float scale, as PyTorch's and ONNX's own */
static float real_of(const incqparams *q, uint64_t axis, int64_t integer)
{
    if (q->float_zero_points)
        return (float)(((double)integer - q->zero_points_f[axis]) * q->scales[axis]);
    return (float)(integer - q->zero_points[axis]) * (float)q->scales[axis];
}

static void dequantize(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in,
                       uint8_t *out)
{
    enum { BLOCK = 512 };
    incdtype from = s->of->dtype;
    uint64_t within = first % s->inner, axis = first / s->inner % s->n_axis;
    while (n > 0) {
        int64_t integers[BLOCK];
        float reals[BLOCK];
        size_t k = n < BLOCK ? (size_t)n : BLOCK;
        incten_to_i64(from, in, integers, k);
        for (size_t i = 0; i < k; i++) {
            reals[i] = real_of(s->q, axis, integers[i]);
            if (++within == s->inner) {
                within = 0;
                axis = axis + 1 == s->n_axis ? 0 : axis + 1;
            }
        }
        memcpy(out, reals, k * sizeof *reals);
        in += k * incdtype_size(from);
        out += k * sizeof *reals;
        n -= k;
    }
}

/* In the arithmetic that PyTorch has: float32 unless the scales were double. */
static int64_t quantized(const incsource *s, uint64_t axis, float x)
{
    double zero = (double)s->q->zero_points[axis], y;
    if (s->reciprocal == INCTEN_RECIPROCAL_F64)
        y = nearbyint((double)x * s->factors[axis]) + zero;
    else
        y = (double)(nearbyintf(x * (float)s->factors[axis]) + (float)zero);
    return y > (double)s->high ? s->high : y >= (double)s->low ? (int64_t)y : s->low;
}

static void quantize(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in,
                     uint8_t *out)
{
    enum { BLOCK = 512 };
    incdtype to = s->dtype == INCDT_QI8    ? INCDT_I8
                  : s->dtype == INCDT_QU8  ? INCDT_U8
                  : s->dtype == INCDT_QI32 ? INCDT_I32
                                           : s->dtype;
    uint64_t within = first % s->inner, axis = first / s->inner % s->n_axis;
    while (n > 0) {
        int64_t integers[BLOCK];
        float reals[BLOCK];
        size_t k = n < BLOCK ? (size_t)n : BLOCK;
        memcpy(reals, in, k * sizeof *reals);
        for (size_t i = 0; i < k; i++) {
            integers[i] = quantized(s, axis, reals[i]);
            if (++within == s->inner) {
                within = 0;
                axis = axis + 1 == s->n_axis ? 0 : axis + 1;
            }
        }
        incten_from_i64(to, out, integers, k);
        in += k * sizeof *reals;
        out += k * incdtype_size(to);
        n -= k;
    }
}

static void transform(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in,
                      uint8_t *out)
{
    if (s->kind == INCSRC_CAST)
        incten_convert(s->of->dtype, in, s->dtype, out, (size_t)n);
    else if (s->kind == INCSRC_SCALE)
        scale(s, first, n, in, out);
    else if (s->kind == INCSRC_QUANTIZE)
        quantize(s, first, n, in, out);
    else
        dequantize(s, first, n, in, out);
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
        transform(s, first, n, memory + first * wide, out);
        return;
    }
    while (n > 0) {
        uint64_t k = wide <= narrow ? n : n * narrow / wide;
        if (k * wide >= SMALL || k == n) {
            uint8_t *end = out + n * narrow - k * wide;
            incten_read(cx, of, first, k, end);
            transform(s, first, k, end, out);
        } else {
            uint8_t small[SMALL];
            k = n < SMALL / wide ? n : SMALL / wide;
            incten_read(cx, of, first, k, small);
            transform(s, first, k, small, out);
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
        else
            read_view(s, first, n, out);
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
