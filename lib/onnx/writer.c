/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on their way to a sink. protobuf-c hands out an encoded message piece by piece; where a
 * piece is the stand-in for a constant, the constant's own elements are fetched and passed on
 * instead. */
#include <string.h>

#include "onnx/internal.h"

enum {
    BUFFER = 256 << 10,  /* small pieces are collected up to that */
    STRAIGHT = 32 << 10, /* pieces from here on are not copied */
    PROGRESS = 8 << 20   /* bytes from one call of progress to the next */
};

void incox_writer_begin(incox_writer *w, inccx *cx, incox_sink *sink, uint64_t *done,
                        uint64_t total)
{
    *w = (incox_writer){.cx = cx, .sink = sink, .done = done, .total = total, .reported = *done};
    w->buffer = inc_alloc_raw(cx, BUFFER);
}

static void tell(incox_writer *w, uint64_t size)
{
    *w->done += size;
    if (*w->done - w->reported >= PROGRESS) {
        w->reported = *w->done;
        inc_progress(w->cx, "writing", *w->done, w->total);
    }
}

static void pass_on(incox_writer *w, const void *bytes, size_t size)
{
    incox_sink_write(w->cx, w->sink, bytes, size);
    tell(w, size);
}

static void flush(incox_writer *w)
{
    if (w->filled > 0)
        pass_on(w, w->buffer, w->filled);
    w->filled = 0;
}

void incox_writer_put(incox_writer *w, const void *bytes, uint64_t size)
{
    w->written += size;
    if (size < STRAIGHT) {
        if (size > BUFFER - w->filled)
            flush(w);
        if (size > 0)
            memcpy(w->buffer + w->filled, bytes, (size_t)size);
        w->filled += (size_t)size;
        return;
    }
    flush(w);
    const uint8_t *next = bytes;
    while (size > 0) {
        size_t n = size < PROGRESS ? (size_t)size : PROGRESS;
        pass_on(w, next, n);
        next += n;
        size -= n;
    }
}

/* Large ones are copied by the system as far as it can. */
static void put_span(incox_writer *w, incspan span)
{
    w->written += span.size;
    while (span.size > 0) {
        uint64_t n = 0;
        if (span.size >= STRAIGHT) {
            flush(w);
            uint64_t some = span.size < PROGRESS ? span.size : PROGRESS;
            n = incox_sink_copy(w->cx, w->sink, span.file, span.at, some);
            tell(w, n);
        }
        if (n == 0) {
            if (span.size > BUFFER - w->filled)
                flush(w);
            n = span.size < BUFFER ? span.size : BUFFER;
            incfile_read(w->cx, span.file, span.at, n, w->buffer + w->filled);
            w->filled += (size_t)n;
        }
        span.at += n;
        span.size -= n;
    }
}

static void put_computed(incox_writer *w, const inctensor *t)
{
    size_t element = incdtype_size(t->dtype);
    uint64_t most = BUFFER / element;
    for (uint64_t first = 0, n; first < t->numel; first += n) {
        uint64_t left = t->numel - first;
        n = left <= most ? left : inctensor_good_run(t, most);
        if (n * element > BUFFER - w->filled)
            flush(w);
        inctensor_read_for_file(w->cx, t, first, n, w->buffer + w->filled);
        w->filled += (size_t)n * element;
        w->written += n * element;
    }
}

void incox_writer_put_tensor(incox_writer *w, const inctensor *t)
{
    const void *direct = inctensor_direct_for_file(t);
    incspan span = inctensor_span_for_file(t);
    if (direct)
        incox_writer_put(w, direct, inctensor_bytes(t));
    else if (span.file)
        put_span(w, span);
    else
        put_computed(w, t);
}

void incox_writer_pad(incox_writer *w, uint64_t alignment)
{
    static const uint8_t zeros[64];
    uint64_t n = (alignment - w->written % alignment) % alignment;
    while (n > 0) {
        uint64_t some = n < sizeof zeros ? n : sizeof zeros;
        incox_writer_put(w, zeros, some);
        n -= some;
    }
}

void incox_writer_end(incox_writer *w)
{
    flush(w);
}

static void append(ProtobufCBuffer *base, size_t size, const uint8_t *bytes)
{
    incox_writer *w = (incox_writer *)base;
    if (bytes == w->place && size > 0)
        incox_writer_put_tensor(w, w->constant);
    else
        incox_writer_put(w, bytes, size);
}

void incox_writer_put_message(incox_writer *w, const ProtobufCMessage *message)
{
    w->base.append = append;
    protobuf_c_message_pack_to_buffer(message, &w->base);
}
