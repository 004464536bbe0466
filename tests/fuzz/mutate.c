/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in, bytes out: a file is cut into pieces (opcodes, tokens), some of which are left out,
 * repeated, exchanged or changed. */
#include "mutate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIZE = 1 << 20, MOST_CHANGES = 4 };

typedef struct span {
    size_t begin, n;
} span;

typedef struct pieces {
    span *items;
    size_t n;
} pieces;

/* splitmix64 */
static uint64_t next_number(mut_random *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

size_t mut_below(mut_random *r, size_t n)
{
    return (size_t)(next_number(r) % n);
}

static void *allocate(size_t n)
{
    void *memory = malloc(n ? n : 1);
    if (!memory)
        abort();
    return memory;
}

mut_bytes mut_copy(const uint8_t *bytes, size_t n)
{
    mut_bytes copy = {allocate(n), n};
    if (n > 0)
        memcpy(copy.bytes, bytes, n);
    return copy;
}

/* ---- pieces ---- */

static void add_piece(pieces *p, size_t begin, size_t end)
{
    if ((p->n & (p->n + 1)) == 0) { /* 0, 1, 3, 7 …: twice as many from here on */
        span *grown = realloc(p->items, (2 * p->n + 1) * sizeof *grown);
        if (!grown)
            abort();
        p->items = grown;
    }
    p->items[p->n++] = (span){begin, end - begin};
}

/* A copy with n bytes at `at` replaced. */
static void replace(mut_bytes *b, size_t at, size_t n, const void *by, size_t n_by)
{
    if (b->n - n + n_by > MOST_SIZE)
        return;
    uint8_t *made = allocate(b->n - n + n_by);
    memcpy(made, b->bytes, at);
    if (n_by > 0)
        memcpy(made + at, by, n_by);
    memcpy(made + at + n_by, b->bytes + at + n, b->n - at - n);
    free(b->bytes);
    b->bytes = made;
    b->n = b->n - n + n_by;
}

static void swap_pieces(mut_bytes *b, span first, span second)
{
    if (first.begin > second.begin) {
        span s = first;
        first = second;
        second = s;
    }
    if (first.begin + first.n > second.begin)
        return;
    mut_bytes old = mut_copy(b->bytes, b->n);
    replace(b, second.begin, second.n, old.bytes + first.begin, first.n);
    replace(b, first.begin, first.n, old.bytes + second.begin, second.n);
    free(old.bytes);
}

/* The pieces from one on, up to 16 of them. */
static span some_pieces(mut_random *r, const pieces *p)
{
    size_t i = mut_below(r, p->n), n = 1 + mut_below(r, 16);
    const span *last = &p->items[i + n < p->n ? i + n : p->n - 1];
    return (span){p->items[i].begin, last->begin + last->n - p->items[i].begin};
}

static void repeat(mut_bytes *b, size_t at, const mut_bytes *piece, size_t times)
{
    if (piece->n * times > MOST_SIZE)
        return;
    uint8_t *all = allocate(piece->n * times);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * piece->n, piece->bytes, piece->n);
    replace(b, at, 0, all, piece->n * times);
    free(all);
}

/* What goes for pieces of any kind. */
static void move_pieces(mut_random *r, mut_bytes *b, const pieces *p)
{
    span one = p->items[mut_below(r, p->n)], other = p->items[mut_below(r, p->n)];
    span some = mut_below(r, 2) ? some_pieces(r, p) : one;
    mut_bytes copy = mut_copy(b->bytes + some.begin, some.n);
    switch (mut_below(r, 5)) {
    case 0:
        replace(b, some.begin, some.n, "", 0);
        break;
    case 1:
        repeat(b, some.begin, &copy, (size_t)1 << mut_below(r, mut_below(r, 8) ? 3 : 12));
        break;
    case 2:
        replace(b, other.begin, 0, copy.bytes, copy.n);
        break;
    case 3:
        replace(b, other.begin, other.n, copy.bytes, copy.n);
        break;
    default:
        swap_pieces(b, one, other);
    }
    free(copy.bytes);
}

/* ---- pickles ---- */

static size_t read_size(const uint8_t *bytes, size_t n_bytes)
{
    size_t size = 0;
    for (size_t i = 0; i < n_bytes; i++)
        size |= (size_t)bytes[i] << (8 * i);
    return size;
}

/* How many bytes of size an opcode has before its argument; 0: none. */
static size_t size_of_size(uint8_t opcode)
{
    return strchr("\x8a\x8cUC", opcode) ? 1 : strchr("XTB", opcode) ? 4 : 0;
}

static size_t fixed_size(uint8_t opcode)
{
    return strchr("Kqh\x80\x82", opcode)         ? 1
           : strchr("M\x83", opcode)             ? 2
           : strchr("Jrj\x84", opcode)           ? 4
           : strchr("G\x95\x8d\x8e\x96", opcode) ? 8
                                                 : 0;
}

static pieces split_pickle(const uint8_t *bytes, size_t n)
{
    pieces p = {0};
    for (size_t at = 0, end; at < n; at = end) {
        uint8_t opcode = bytes[at];
        end = at + 1;
        if (opcode == 0) {
            /* no opcode */
        } else if (size_of_size(opcode) > 0 && n - end >= size_of_size(opcode)) {
            size_t size = read_size(bytes + end, size_of_size(opcode));
            end += size_of_size(opcode);
            end += size < n - end ? size : n - end;
        } else if (strchr("cILFSVpgPi", opcode)) {
            for (int lines = strchr("ci", opcode) ? 2 : 1; end < n && lines > 0; end++)
                lines -= bytes[end] == '\n';
        } else {
            end += fixed_size(opcode) < n - end ? fixed_size(opcode) : n - end;
        }
        add_piece(&p, at, end);
    }
    return p;
}

static void change_opcode(mut_random *r, mut_bytes *b, span piece)
{
    static const char plain[] = "()NQRabdel]stu}0.12\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94";
    static const uint8_t extreme[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    uint8_t *at = b->bytes + piece.begin;
    if (piece.n == 1) {
        *at = (uint8_t)plain[mut_below(r, sizeof plain - 1)];
        return;
    }
    size_t i = 1 + mut_below(r, piece.n - 1);
    at[i] = mut_below(r, 2) ? extreme[mut_below(r, sizeof extreme)] : (uint8_t)mut_below(r, 256);
}

/* ---- text ---- */

static pieces split_text(const uint8_t *bytes, size_t n)
{
    pieces p = {0};
    for (size_t at = 0, end; at < n; at = end) {
        end = at + 1;
        if (isalnum(bytes[at]) || bytes[at] == '_') {
            while (end < n && (isalnum(bytes[end]) || strchr("_.", bytes[end])))
                end++;
        } else if (bytes[at] == '"') {
            while (end < n && bytes[end] != '"' && bytes[end] != '\n')
                end += bytes[end] == '\\' && n - end > 1 ? 2 : 1;
            end += end < n;
        } else if (isspace(bytes[at])) {
            while (end < n && isspace(bytes[end]))
                end++;
        }
        add_piece(&p, at, end);
    }
    return p;
}

static void put_number(mut_random *r, mut_bytes *b, span piece)
{
    static const char *const extreme[] = {"0",
                                          "-1",
                                          "1",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "4294967296",
                                          "65536",
                                          "1e308",
                                          "1e-308",
                                          "-1e400",
                                          "18446744073709551616",
                                          "3.5",
                                          "[]",
                                          "None",
                                          "True",
                                          "\"\"",
                                          "null",
                                          "()",
                                          "1000000",
                                          "-7",
                                          "2147483648"};
    const char *text = extreme[mut_below(r, sizeof extreme / sizeof *extreme)];
    replace(b, piece.begin, piece.n, text, strlen(text));
}

static void nest(mut_random *r, mut_bytes *b, span piece)
{
    static const char opening[] = "([{", closing[] = ")]}";
    size_t kind = mut_below(r, 3), depth = (size_t)1 << mut_below(r, mut_below(r, 8) ? 4 : 14);
    uint8_t *brackets = allocate(depth);
    memset(brackets, closing[kind], depth);
    replace(b, piece.begin + piece.n, 0, brackets, depth);
    memset(brackets, opening[kind], depth);
    replace(b, piece.begin, 0, brackets, depth);
    free(brackets);
}

static bool is_number(const mut_bytes *b, span piece)
{
    return isdigit(b->bytes[piece.begin]);
}

/* A number where there is one among those that chance meets. */
static void change_token(mut_random *r, mut_bytes *b, const pieces *p)
{
    span piece = p->items[mut_below(r, p->n)];
    for (int i = 0; i < 16 && !is_number(b, piece); i++)
        piece = p->items[mut_below(r, p->n)];
    if (mut_below(r, 8) == 0)
        nest(r, b, piece);
    else
        put_number(r, b, piece);
}

/* ---- the kinds ---- */

static mut_bytes change(mut_random *r, const uint8_t *bytes, size_t n, bool is_pickle)
{
    mut_bytes b = mut_copy(bytes, n);
    for (size_t times = 1 + mut_below(r, MOST_CHANGES); times > 0; times--) {
        pieces p = is_pickle ? split_pickle(b.bytes, b.n) : split_text(b.bytes, b.n);
        if (p.n > 0 && mut_below(r, 2))
            move_pieces(r, &b, &p);
        else if (p.n > 0 && is_pickle)
            change_opcode(r, &b, p.items[mut_below(r, p.n)]);
        else if (p.n > 0)
            change_token(r, &b, &p);
        free(p.items);
    }
    return b;
}

mut_bytes mut_pickle(mut_random *r, const uint8_t *bytes, size_t n)
{
    return change(r, bytes, n, true);
}

mut_bytes mut_text(mut_random *r, const uint8_t *bytes, size_t n)
{
    return change(r, bytes, n, false);
}

mut_bytes mut_fields(mut_random *r, const uint8_t *bytes, size_t n, size_t begin, size_t n_near)
{
    static const uint64_t extreme[] = {0,      1,          0x7f,       0xff,
                                       0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX};
    mut_bytes b = mut_copy(bytes, n);
    for (size_t times = 1 + mut_below(r, MOST_CHANGES); times > 0 && n_near > 0; times--) {
        size_t at = begin + mut_below(r, n_near), size = (size_t)1 << mut_below(r, 4);
        uint64_t value = extreme[mut_below(r, sizeof extreme / sizeof *extreme)];
        uint64_t step = mut_below(r, 5);
        for (size_t i = 0; i < size && at + i < n; i++) {
            uint8_t old = b.bytes[at + i];
            b.bytes[at + i] =
                step ? (uint8_t)(i == 0 ? old + step - 3 : old) : (uint8_t)(value >> (8 * i));
        }
    }
    return b;
}
