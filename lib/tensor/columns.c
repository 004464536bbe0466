/* SPDX-License-Identifier: Apache-2.0 */
/* Rows out of a matrix that lies column by column, as the weights of Linear do for a product. In
 * tiles, so that each line of memory that is fetched is used up before it leaves the cache: a few
 * columns at a time, read along all rows, since columns of 2^n bytes meet in the same few lines of
 * it. */
#include <string.h>

#include "tensor/internal.h"

enum { TILE = 16 };

typedef struct matrix {
    uint8_t *out;
    const uint8_t *in;
    size_t rows, columns;
    ptrdiff_t row_step, column_step; /* of in, in bytes */
} matrix;

/* ---- bytes ---- */

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
static void copy_byte_columns(const matrix *m, size_t first, size_t columns)
{
    size_t whole_rows = m->rows / 8 * 8, whole_columns = columns / 8 * 8, width = m->columns;
    const uint8_t *in = m->in + (ptrdiff_t)first * m->column_step;
    uint8_t *out = m->out + first;
    for (size_t r = 0; r < whole_rows; r += 8) {
        uint8_t *to = out + r * width;
        const uint8_t *from = in + r;
        for (size_t c = 0; c < whole_columns; c += 8, from += 8 * m->column_step)
            turn_block(to + c, width, from, m->column_step);
        for (size_t c = whole_columns; c < columns; c++, from += m->column_step) {
            uint8_t *at = to + c;
#define MOVE(i) at[(i)*width] = from[i]
            EACH(MOVE);
#undef MOVE
        }
    }
    for (size_t r = whole_rows; r < m->rows; r++)
        for (size_t c = 0; c < columns; c++)
            out[r * width + c] = in[(ptrdiff_t)c * m->column_step + (ptrdiff_t)r];
}

/* Few columns, as a kernel has, fit into the cache whatever their distance is. */
static void copy_bytes(const matrix *m)
{
    enum { FEW = 256 };
    size_t at_once = m->columns <= FEW ? FEW : TILE;
    for (size_t c = 0; c < m->columns; c += at_once)
        copy_byte_columns(m, c, m->columns - c < at_once ? m->columns - c : at_once);
}

/* ---- wider elements ---- */

/* Elements of a tile through one that lies in the cache: a line of each column, then a line of each
 * row. */
#define COPY_TILE(type)                                                                            \
    do {                                                                                           \
        type tile[TILE][TILE];                                                                     \
        for (size_t c = 0; c < columns; c++)                                                       \
            for (size_t r = 0; r < rows; r++)                                                      \
                memcpy(&tile[r][c],                                                                \
                       in + (ptrdiff_t)c * m->column_step + (ptrdiff_t)r * m->row_step,            \
                       sizeof(type));                                                              \
        for (size_t r = 0; r < rows; r++)                                                          \
            memcpy(out + r * m->columns * sizeof(type), tile[r], columns * sizeof(type));          \
    } while (0)

typedef struct pair {
    uint64_t words[2];
} pair;

static void copy_tile(const matrix *m, uint8_t *out, const uint8_t *in, size_t rows, size_t columns,
                      size_t size)
{
    switch (size) {
    case 1:
        COPY_TILE(uint8_t);
        break;
    case 2:
        COPY_TILE(uint16_t);
        break;
    case 4:
        COPY_TILE(uint32_t);
        break;
    case 8:
        COPY_TILE(uint64_t);
        break;
    default:
        COPY_TILE(pair);
    }
}

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)

typedef uint32_t four __attribute__((vector_size(16)));

/* 4 by 4 elements of 4 bytes, with rows and columns exchanged. */
static void turn_four(uint8_t *out, size_t width, const uint8_t *in, ptrdiff_t step)
{
    four a, b, c, d;
    memcpy(&a, in, sizeof a);
    memcpy(&b, in + step, sizeof b);
    memcpy(&c, in + 2 * step, sizeof c);
    memcpy(&d, in + 3 * step, sizeof d);
    four low_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    four high_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    four low_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    four high_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    a = __builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5);
    b = __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7);
    c = __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5);
    d = __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7);
    memcpy(out, &a, sizeof a);
    memcpy(out + width, &b, sizeof b);
    memcpy(out + 2 * width, &c, sizeof c);
    memcpy(out + 3 * width, &d, sizeof d);
}

static bool turn_tile(const matrix *m, uint8_t *out, const uint8_t *in)
{
    size_t width = m->columns * 4;
    for (ptrdiff_t c = 0; c < TILE; c += 4)
        for (ptrdiff_t r = 0; r < TILE; r += 4)
            turn_four(out + (size_t)r * width + c * 4, width, in + c * m->column_step + r * 4,
                      m->column_step);
    return true;
}

#else

static bool turn_tile(const matrix *m, uint8_t *out, const uint8_t *in)
{
    (void)m;
    (void)out;
    (void)in;
    return false;
}

#endif

static size_t at_most(size_t n)
{
    return n < TILE ? n : TILE;
}

void incten_copy_columns(uint8_t *out, const uint8_t *in, size_t rows, size_t columns,
                         ptrdiff_t row_step, ptrdiff_t column_step, size_t size)
{
    const matrix m = {out, in, rows, columns, row_step, column_step};
    if (size == 1 && row_step == 1) {
        copy_bytes(&m);
        return;
    }
    for (size_t c = 0; c < columns; c += TILE)
        for (size_t r = 0; r < rows; r += TILE) {
            size_t n_rows = at_most(rows - r), n_columns = at_most(columns - c);
            uint8_t *to = out + (r * columns + c) * size;
            const uint8_t *from = in + (ptrdiff_t)r * row_step + (ptrdiff_t)c * column_step;
            bool is_whole = n_rows == TILE && n_columns == TILE && size == 4 && row_step == 4;
            if (!is_whole || !turn_tile(&m, to, from))
                copy_tile(&m, to, from, n_rows, n_columns, size);
        }
}
