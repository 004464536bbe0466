/* SPDX-License-Identifier: Apache-2.0 */
/* An ONNX file that cannot be mapped, read without its large constants: what is left is an ONNX
 * model of the same graph, whose constants have types and shapes. Lengths of messages that lose
 * something are written with five bytes, which protobuf allows. */
#include "onnx_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 64 * 1024, MOST_KEPT = 16 * 1024, LENGTH = 5 };

typedef struct skimmer {
    int fd;
    uint64_t at, size; /* in the file */
    unsigned char window[WINDOW];
    size_t next, filled;
    unsigned char *out;
    size_t n, room;
    const char *why;
} skimmer;

/* Messages that hold large constants, from the outermost on: the field of the next one, 0 where
 * there is none; and which field of the last is the constant's bytes. */
enum { MODEL, GRAPH, TENSOR };
static const uint32_t inner[] = {[MODEL] = 7, [GRAPH] = 5, [TENSOR] = 0};
enum { RAW_DATA = 9 };

static bool stop(skimmer *s, const char *why)
{
    s->why = why;
    return false;
}

static bool next_byte(skimmer *s, unsigned char *c)
{
    if (s->next == s->filled) {
        ssize_t n = read(s->fd, s->window, WINDOW);
        if (n <= 0)
            return stop(s, "it ends in the middle of a message");
        s->next = 0;
        s->filled = (size_t)n;
    }
    *c = s->window[s->next++];
    s->at++;
    return true;
}

static bool skip(skimmer *s, uint64_t n)
{
    size_t left = s->filled - s->next;
    if (n > s->size - s->at)
        return stop(s, "a length reaches beyond its end");
    s->at += n;
    if (n <= left) {
        s->next += (size_t)n;
        return true;
    }
    s->next = s->filled = 0;
    return lseek(s->fd, (off_t)s->at, SEEK_SET) >= 0 || stop(s, "it cannot be read");
}

static bool put(skimmer *s, unsigned char c)
{
    if (s->n == s->room) {
        size_t room = s->room ? s->room * 2 : WINDOW;
        unsigned char *larger = realloc(s->out, room);
        if (!larger)
            return stop(s, "out of memory");
        s->out = larger;
        s->room = room;
    }
    s->out[s->n++] = c;
    return true;
}

static bool copy(skimmer *s, uint64_t n)
{
    unsigned char c;
    while (n-- > 0)
        if (!next_byte(s, &c) || !put(s, c))
            return false;
    return true;
}

static bool put_varint(skimmer *s, uint64_t value)
{
    while (value >= 0x80) {
        if (!put(s, (unsigned char)(value | 0x80)))
            return false;
        value >>= 7;
    }
    return put(s, (unsigned char)value);
}

static bool read_varint(skimmer *s, uint64_t *value)
{
    unsigned char c = 0x80;
    *value = 0;
    for (unsigned shift = 0; shift < 64 && (c & 0x80); shift += 7) {
        if (!next_byte(s, &c))
            return false;
        *value |= (uint64_t)(c & 0x7f) << shift;
    }
    return !(c & 0x80) || stop(s, "a number has more than ten bytes");
}

static bool skim(skimmer *s, uint64_t end, int level);

/* The length is known when all of it is there. */
static bool skim_inner(skimmer *s, uint64_t length, int level)
{
    size_t place = s->n;
    for (int i = 0; i < LENGTH; i++)
        if (!put(s, 0))
            return false;
    if (!skim(s, s->at + length, level))
        return false;
    size_t written = s->n - place - LENGTH;
    if ((uint64_t)written >> 7 * LENGTH)
        return stop(s, "the graph alone is too large");
    for (int i = 0; i < LENGTH; i++)
        s->out[place + (size_t)i] =
            (unsigned char)((written >> 7 * i & 0x7f) | (i < LENGTH - 1 ? 0x80 : 0));
    return true;
}

static bool skim_bytes(skimmer *s, uint64_t tag, uint64_t end, int level)
{
    uint64_t length;
    uint32_t number = (uint32_t)(tag >> 3);
    if (!read_varint(s, &length))
        return false;
    if (s->at > end || length > end - s->at)
        return stop(s, "a length reaches beyond its end");
    if (level == TENSOR && number == RAW_DATA && length > MOST_KEPT)
        return skip(s, length);
    if (!put_varint(s, tag))
        return false;
    if (inner[level] && number == inner[level])
        return skim_inner(s, length, level + 1);
    return put_varint(s, length) && copy(s, length);
}

static bool skim(skimmer *s, uint64_t end, int level)
{
    while (s->at < end) {
        uint64_t tag, value;
        if (!read_varint(s, &tag))
            return false;
        bool is_copied = (tag & 7) == 2 ? skim_bytes(s, tag, end, level)
                         : (tag & 7) == 0
                             ? read_varint(s, &value) && put_varint(s, tag) && put_varint(s, value)
                         : (tag & 7) == 1 ? put_varint(s, tag) && copy(s, 8)
                         : (tag & 7) == 5 ? put_varint(s, tag) && copy(s, 4)
                                          : stop(s, "it is no protobuf message");
        if (!is_copied)
            return false;
    }
    return s->at == end || stop(s, "a length reaches beyond its end");
}

unsigned char *onnx_skim(int fd, uint64_t size, size_t *n, const char **why)
{
    skimmer *s = calloc(1, sizeof *s);
    unsigned char *bytes = NULL;
    *why = "out of memory";
    if (s) {
        s->fd = fd;
        s->size = size;
        if (skim(s, size, MODEL))
            bytes = s->out;
        else
            free(s->out);
        *n = s->n;
        *why = s->why;
    }
    free(s);
    return bytes;
}
