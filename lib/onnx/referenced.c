/* SPDX-License-Identifier: Apache-2.0 */
/* Which files an ONNX file that is about to be replaced keeps its weights in: the locations of its
 * initializers. Only the tags of the messages are read, never what the file holds; what is no ONNX
 * file has none. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx/internal.h"

enum { WINDOW = 4096, MOST_FIELDS = 1 << 22, LONGEST_NAME = 255 };
/* Numbers of fields in onnx.proto. */
enum {
    MODEL_GRAPH = 7,
    GRAPH_INITIALIZER = 5,
    TENSOR_EXTERNAL_DATA = 13,
    ENTRY_KEY = 1,
    ENTRY_VALUE = 2
};

typedef struct reader {
    inccx *cx;
    int fd;
    uint64_t window_at; /* what of the file is in window */
    size_t window_n;
    unsigned fields; /* read so far */
    incox_names *names;
    uint8_t window[WINDOW];
} reader;

typedef struct range {
    uint64_t at, end;
} range;

static bool byte_at(reader *r, uint64_t at, uint8_t *byte)
{
    if (at < r->window_at || at - r->window_at >= r->window_n) {
        ssize_t n = pread(r->fd, r->window, WINDOW, (off_t)at);
        if (n <= 0)
            return false;
        r->window_at = at;
        r->window_n = (size_t)n;
    }
    *byte = r->window[at - r->window_at];
    return true;
}

static bool read_varint(reader *r, range *in, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte;
        if (in->at >= in->end || !byte_at(r, in->at++, &byte))
            return false;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* The next message or string of a field with that number; in is moved behind it. */
static bool next_field(reader *r, range *in, uint64_t number, range *found)
{
    while (in->at < in->end && r->fields++ < MOST_FIELDS) {
        uint64_t tag, size;
        if (!read_varint(r, in, &tag))
            return false;
        switch (tag & 7) {
        case 0:
            if (!read_varint(r, in, &size))
                return false;
            continue;
        case 1:
            size = 8;
            break;
        case 2:
            if (!read_varint(r, in, &size))
                return false;
            break;
        case 5:
            size = 4;
            break;
        default:
            return false;
        }
        if (size > in->end - in->at)
            return false;
        *found = (range){in->at, in->at + size};
        in->at += size;
        if ((tag & 7) == 2 && tag >> 3 == number)
            return true;
    }
    return false;
}

static bool read_text(reader *r, range in, char text[LONGEST_NAME + 1])
{
    size_t n = 0;
    uint8_t byte;
    if (in.end - in.at > LONGEST_NAME)
        return false;
    while (in.at < in.end && byte_at(r, in.at++, &byte))
        text[n++] = (char)byte;
    text[n] = '\0';
    return strlen(text) == n;
}

static void note_location(reader *r, range entry)
{
    range key, value, rest = entry;
    char text[LONGEST_NAME + 1];
    if (!next_field(r, &rest, ENTRY_KEY, &key) || !read_text(r, key, text) ||
        strcmp(text, "location") != 0)
        return;
    rest = entry;
    if (next_field(r, &rest, ENTRY_VALUE, &value) && read_text(r, value, text) &&
        !incox_names_have(r->names, text) && r->names->n < INC_COUNT(r->names->names))
        r->names->names[r->names->n++] = inc_strdup(r->cx, text);
}

static void read_locations(reader *r, range model)
{
    range graph, tensor, entry;
    while (next_field(r, &model, MODEL_GRAPH, &graph))
        while (next_field(r, &graph, GRAPH_INITIALIZER, &tensor))
            while (next_field(r, &tensor, TENSOR_EXTERNAL_DATA, &entry))
                note_location(r, entry);
}

bool incox_names_have(const incox_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

static void close_reader(void *data)
{
    close(((reader *)data)->fd);
}

const incox_names *incox_referenced(inccx *cx, const incox_place *model)
{
    incox_names *names = INC_NEW(cx, incox_names);
    if (!model->replaces)
        return names;
    reader *r = INC_NEW(cx, reader);
    struct stat info;
    r->cx = cx;
    r->names = names;
    r->fd = open(model->final, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (r->fd < 0)
        return names;
    inc_defer(cx, close_reader, r);
    if (fstat(r->fd, &info) == 0 && S_ISREG(info.st_mode))
        read_locations(r, (range){0, (uint64_t)info.st_size});
    inc_undefer(cx, r);
    return names;
}
