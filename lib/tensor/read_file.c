/* SPDX-License-Identifier: Apache-2.0 */
/* Reading views of a file that is not in memory. Elements that lie one after another are read to
 * where they are wanted. Of a view that jumps about, as a transposed matrix does, a piece of the
 * file that many of its elements lie in is loaded, and read as memory is; a few pieces are kept,
 * because concatenations read several views in turn. */
#include <string.h>

#include "tensor/internal.h"

enum { N_PIECES = 8, MOST_BYTES = 16 << 20 };

typedef struct piece {
    const incsource *of;
    uint64_t first, n; /* its elements */
    uint64_t used;     /* when, in reads */
    bool is_done;      /* its view was read to the end, for now */
    uint8_t *memory;
    size_t room;
    incsource view; /* the same elements, over the memory */
    int64_t sizes[INCTENSOR_MAX_RANK], strides[INCTENSOR_MAX_RANK];
} piece;

struct incten_pieces {
    piece items[N_PIECES];
    uint64_t n_reads;
};

static void free_pieces(void *data)
{
    inccx *cx = data;
    for (size_t i = 0; i < N_PIECES; i++) {
        piece *p = &cx->pieces->items[i];
        if (p->memory)
            cx->hooks.free(p->memory, cx->hooks.alloc_data);
        inc_give_memory(cx, p->room);
    }
    cx->pieces = NULL;
}

static struct incten_pieces *pieces_of(inccx *cx)
{
    if (!cx->pieces) {
        struct incten_pieces *pieces = INC_NEW(cx, struct incten_pieces);
        cx->pieces = pieces;
        inc_defer(cx, free_pieces, cx);
    }
    return cx->pieces;
}

static uint8_t *make_room(inccx *cx, piece *p, size_t size)
{
    if (p->room >= size)
        return p->memory;
    if (p->memory)
        cx->hooks.free(p->memory, cx->hooks.alloc_data);
    inc_give_memory(cx, p->room);
    p->memory = NULL;
    p->room = 0;
    inc_take_memory(cx, size);
    p->memory = cx->hooks.alloc(size, cx->hooks.alloc_data);
    if (!p->memory) {
        inc_give_memory(cx, size);
        inc_raise(cx, INC_E_MEMORY, "out of memory");
    }
    p->room = size;
    return p->memory;
}

static uint64_t distance(int64_t stride)
{
    return stride < 0 ? (uint64_t)-stride : (uint64_t)stride;
}

/* The piece to be loaded next: where its elements are. Positions are in elements of the storage. */
typedef struct choice {
    int64_t at[INCTENSOR_MAX_RANK]; /* of the first element that is wanted */
    int64_t position;               /* of that one */
    uint64_t most;                  /* elements of the storage that a piece may hold */
} choice;

static choice choose(const incsource *s, uint64_t first)
{
    choice c = {.position = s->offset};
    c.most = s->bits ? (uint64_t)MOST_BYTES * (8u / s->bits) : MOST_BYTES / incdtype_size(s->dtype);
    for (size_t d = s->n_walk; d-- > 0;) {
        uint64_t size = (uint64_t)s->walk_sizes[d];
        c.at[d] = (int64_t)(first % size);
        first /= size;
        c.position += c.at[d] * s->walk_strides[d];
    }
    return c;
}

/* The first axis from which on all elements lie close enough together; n_walk: not even one's do.
 */
static size_t first_close(const incsource *s, uint64_t most)
{
    uint64_t span = 1;
    size_t d = s->n_walk;
    while (d > 0) {
        uint64_t more;
        if (__builtin_mul_overflow((uint64_t)s->walk_sizes[d - 1] - 1,
                                   distance(s->walk_strides[d - 1]), &more) ||
            more > most - span)
            break;
        span += more;
        d--;
    }
    return d;
}

/* n axes over the memory; what lies at position in the storage is at 0 there. */
static void set_view(piece *p, const incsource *s, size_t n, int64_t offset)
{
    p->view = (incsource){.kind = INCSRC_VIEW,
                          .dtype = s->dtype,
                          .bits = s->bits,
                          .storage = p->memory,
                          .offset = offset,
                          .n_walk = n,
                          .walk_sizes = p->sizes,
                          .walk_strides = p->strides};
    p->n = 1;
    for (size_t i = 0; i < n; i++)
        p->n *= (uint64_t)p->sizes[i];
}

/* Storage elements lowest to lowest + span, all of them. */
static int64_t load_span(inccx *cx, const incsource *s, piece *p, int64_t lowest, uint64_t span)
{
    uint64_t per_byte = s->bits ? 8u / s->bits : 1;
    uint64_t size = s->bits ? 1 : incdtype_size(s->dtype);
    uint64_t begin = (uint64_t)lowest / per_byte,
             end = ((uint64_t)lowest + span - 1) / per_byte + 1;
    uint8_t *memory = make_room(cx, p, (size_t)((end - begin) * size));
    incfile_read(cx, s->file, s->file_at + begin * size, (end - begin) * size, memory);
    return (int64_t)((uint64_t)lowest - begin * per_byte);
}

/* All axes from d on, for one place on those before. */
static void load_axes(inccx *cx, const incsource *s, piece *p, const choice *c, size_t d)
{
    int64_t base = c->position, below = 0;
    uint64_t span = 1, within = 0;
    for (size_t i = d; i < s->n_walk; i++) {
        int64_t reach = (s->walk_sizes[i] - 1) * s->walk_strides[i];
        base -= c->at[i] * s->walk_strides[i];
        below += reach < 0 ? reach : 0;
        span += distance(reach);
        within = within * (uint64_t)s->walk_sizes[i] + (uint64_t)c->at[i];
        p->sizes[i - d] = s->walk_sizes[i];
        p->strides[i - d] = s->walk_strides[i];
    }
    int64_t at = load_span(cx, s, p, base + below, span);
    set_view(p, s, s->n_walk - d, at - below);
    p->first -= within;
}

/* A part of the last axis. */
static void load_part(inccx *cx, const incsource *s, piece *p, const choice *c)
{
    size_t last = s->n_walk - 1;
    int64_t stride = s->walk_strides[last], left = s->walk_sizes[last] - c->at[last];
    uint64_t fit = (c->most - 1) / distance(stride) + 1;
    int64_t n = (uint64_t)left < fit ? left : (int64_t)fit;
    int64_t below = stride < 0 ? (n - 1) * stride : 0;
    int64_t at = load_span(cx, s, p, c->position + below, distance((n - 1) * stride) + 1);
    p->sizes[0] = n;
    p->strides[0] = stride;
    set_view(p, s, 1, at - below);
}

/* Pieces of the storage at equal distances, each of as many bytes. */
typedef struct runs {
    int64_t position, stride; /* in elements */
    uint64_t n, bytes;
} runs;

/* Those that lie within a block of the file, in one read of all that is between them. */
static void read_block(inccx *cx, const incsource *s, const runs *r, uint64_t first, uint64_t n,
                       uint8_t *out, uint8_t *block)
{
    uint64_t size = incdtype_size(s->dtype), apart = distance(r->stride) * size;
    uint64_t lowest = r->stride < 0 ? first + n - 1 : first;
    int64_t at = r->position + (int64_t)lowest * r->stride;
    incfile_read(cx, s->file, s->file_at + (uint64_t)at * size, (n - 1) * apart + r->bytes, block);
    for (uint64_t i = 0; n > 1 && i < n; i++)
        memcpy(out + i * r->bytes, block + (r->stride < 0 ? n - 1 - i : i) * apart,
               (size_t)r->bytes);
}

/* One behind the other into the memory of the piece. What lies within a page of memory is copied
 * in less time than another call of the system takes. */
static void read_runs(inccx *cx, const incsource *s, piece *p, const runs *r)
{
    enum { CLOSE = 4096, BLOCK = 256 * 1024 };
    uint64_t apart = distance(r->stride) * incdtype_size(s->dtype), most = 1;
    if (apart > 0 && apart <= CLOSE && r->bytes <= CLOSE)
        most = (BLOCK - r->bytes) / apart + 1;
    uint8_t *memory = make_room(cx, p, (size_t)(r->n * r->bytes) + (most > 1 ? BLOCK : 0));
    uint8_t *block = memory + r->n * r->bytes;
    for (uint64_t i = 0, n; i < r->n; i += n) {
        n = r->n - i < most ? r->n - i : most;
        read_block(cx, s, r, i, n, memory + i * r->bytes, n > 1 ? block : memory + i * r->bytes);
    }
}

/* Columns that lie far apart, of as many rows as fit where the rows are neighbours, one column's
 * behind the other's. */
static void load_columns(inccx *cx, const incsource *s, piece *p, const choice *c)
{
    size_t last = s->n_walk - 1, size = incdtype_size(s->dtype);
    int64_t column_stride = s->walk_strides[last], row_stride = 1;
    uint64_t columns = (uint64_t)s->walk_sizes[last], rows = 1;
    int64_t from = 0;
    if (columns > c->most) {
        from = c->at[last];
        columns -= (uint64_t)from;
        if (columns > c->most)
            columns = c->most;
    } else if (last > 0 && distance(s->walk_strides[last - 1]) < distance(column_stride)) {
        row_stride = s->walk_strides[last - 1];
        uint64_t left = (uint64_t)(s->walk_sizes[last - 1] - c->at[last - 1]);
        rows = row_stride == 0 ? left : (c->most / columns - 1) / distance(row_stride) + 1;
        rows = rows < left ? rows : left;
    }
    int64_t reach = ((int64_t)rows - 1) * row_stride, below = reach < 0 ? reach : 0;
    uint64_t run = distance(reach) + 1;
    const runs r = {.position = c->position + (from - c->at[last]) * column_stride + below,
                    .stride = column_stride,
                    .n = columns,
                    .bytes = run * size};
    read_runs(cx, s, p, &r);
    p->sizes[0] = (int64_t)rows;
    p->sizes[1] = (int64_t)columns;
    p->strides[0] = row_stride;
    p->strides[1] = (int64_t)run;
    set_view(p, s, 2, -below);
    p->first -= (uint64_t)(c->at[last] - from);
}

/* Which piece to give up: one of the same view, which has moved on; the largest that was read to
 * its end, whose memory the processor still has at hand; one that nobody reads any more; one that
 * has no memory yet; the one that was read least lately. */
static piece *to_replace(struct incten_pieces *pieces, const incsource *s)
{
    enum { LATELY = 64 };
    piece *done = NULL, *stale = NULL, *empty = NULL, *oldest = &pieces->items[0];
    for (size_t i = 0; i < N_PIECES; i++) {
        piece *p = &pieces->items[i];
        if (p->of == s)
            return p;
        if (p->room == 0)
            empty = p;
        else if (p->is_done && (!done || p->room > done->room))
            done = p;
        else if (pieces->n_reads - p->used > LATELY && (!stale || p->room > stale->room))
            stale = p;
        if (p->used < oldest->used)
            oldest = p;
    }
    return done ? done : stale ? stale : empty ? empty : oldest;
}

static piece *piece_at(inccx *cx, const incsource *s, uint64_t first)
{
    struct incten_pieces *pieces = pieces_of(cx);
    pieces->n_reads++;
    for (size_t i = 0; i < N_PIECES; i++) {
        piece *p = &pieces->items[i];
        if (p->of == s && first - p->first < p->n) { /* wraps where it begins later */
            p->used = pieces->n_reads;
            p->is_done = false;
            return p;
        }
    }
    piece *p = to_replace(pieces, s);
    choice c = choose(s, first);
    size_t d = first_close(s, c.most);
    p->of = NULL; /* until it is loaded */
    p->is_done = false;
    p->first = first;
    if (d < s->n_walk)
        load_axes(cx, s, p, &c, d);
    else if (s->bits)
        load_part(cx, s, p, &c);
    else
        load_columns(cx, s, p, &c);
    p->of = s;
    p->used = pieces->n_reads;
    return p;
}

void incten_read_file(inccx *cx, const incsource *s, uint64_t first, uint64_t n, uint8_t *out)
{
    size_t size = incdtype_size(s->dtype);
    if (incten_is_contiguous(s)) {
        incfile_read(cx, s->file, s->file_at + ((uint64_t)s->offset + first) * size, n * size, out);
        return;
    }
    while (n > 0) {
        piece *p = piece_at(cx, s, first);
        uint64_t left = p->first + p->n - first, k = left < n ? left : n;
        incten_read_memory(&p->view, first - p->first, k, out);
        first += k;
        out += k * size;
        n -= k;
        p->is_done = first == incten_product(s->n_walk, s->walk_sizes);
    }
}
