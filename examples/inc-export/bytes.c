/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory, and an ONNX model with more of its values as outputs. */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 30 };

int bytes_write(const void *data, size_t n, void *to)
{
    file_bytes *b = to;
    if (n > LARGEST || b->n + n > LARGEST)
        return 1;
    if (b->n + n > b->capacity) {
        size_t capacity = b->capacity ? b->capacity : 1 << 16;
        while (capacity < b->n + n)
            capacity *= 2;
        unsigned char *grown = realloc(b->at, capacity);
        if (!grown)
            return 1;
        b->at = grown;
        b->capacity = capacity;
    }
    if (n > 0)
        memcpy(b->at + b->n, data, n);
    b->n += n;
    return 0;
}

static size_t put_varint(unsigned char *at, uint64_t value)
{
    size_t n = 0;
    do {
        at[n] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (at[n++] & 0x80);
    return n;
}

static bool put_field(file_bytes *b, unsigned number, const void *data, size_t n)
{
    unsigned char head[24];
    size_t length = put_varint(head, number << 3 | 2);
    length += put_varint(head + length, n);
    return bytes_write(head, length, b) == 0 && bytes_write(data, n, b) == 0;
}

/* Protobuf merges a message that comes twice: a second graph of outputs alone adds them to the
 * first. */
bool bytes_add_outputs(file_bytes *b, const void *model, size_t n, const char *const *names,
                       size_t n_names)
{
    file_bytes graph = {0};
    bool ok = bytes_write(model, n, b) == 0;
    for (size_t i = 0; i < n_names && ok; i++) {
        file_bytes value = {0};
        ok = put_field(&value, 1, names[i], strlen(names[i])) &&
             put_field(&graph, 12, value.at, value.n);
        free(value.at);
    }
    ok = ok && (n_names == 0 || put_field(b, 7, graph.at, graph.n));
    free(graph.at);
    return ok;
}
