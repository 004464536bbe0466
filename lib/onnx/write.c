/* Messages to bytes. protobuf-c hands out the encoded model piece by piece; where a piece is the
 * stand-in for a constant, the constant's own elements are fetched and passed on instead. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "onnx/internal.h"

enum {
    BUFFER = 256 << 10,  /* small pieces are collected up to that */
    STRAIGHT = 32 << 10, /* pieces from here on are not copied */
    PROGRESS = 8 << 20   /* bytes from one call of progress to the next */
};
static const uint64_t protobuf_limit = INT32_MAX;

/* ---- the writer ---- */

void incox_writer_begin(incox_writer *w, inccx *cx, incox_sink *sink, uint64_t *done,
                        uint64_t total)
{
    *w = (incox_writer){.cx = cx, .sink = sink, .done = done, .total = total, .told = *done};
    w->buffer = inc_alloc_raw(cx, BUFFER);
}

static void tell(incox_writer *w, uint64_t size)
{
    *w->done += size;
    if (*w->done - w->told >= PROGRESS) {
        w->told = *w->done;
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

/* ---- the model ---- */

static void append(ProtobufCBuffer *base, size_t size, const uint8_t *bytes)
{
    incox_writer *w = (incox_writer *)base;
    uintptr_t from_first = (uintptr_t)bytes - (uintptr_t)w->constants;
    if (from_first < w->n_constants * sizeof *w->constants)
        incox_writer_put_tensor(w, w->constants[from_first / sizeof *w->constants]);
    else
        incox_writer_put(w, bytes, size);
}

static void write_model(incox_writer *w, const incox_model *model, uint64_t size)
{
    w->base.append = append;
    w->constants = model->constants;
    w->n_constants = model->n_constants;
    protobuf_c_message_pack_to_buffer(&model->message.base, &w->base);
    incox_writer_end(w);
    if (w->written != size)
        inc_raise(w->cx, INC_E_INTERNAL, "the model was to have %llu bytes, and has %llu",
                  (unsigned long long)size, (unsigned long long)w->written);
}

static uint64_t constant_bytes(const incox_model *model)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < model->n_constants; i++)
        bytes += inctensor_bytes(model->constants[i]);
    return bytes;
}

/* Constants that a small file makes large, by repeating and joining what it has, are charged before
 * they are computed. */
static void charge_constants(inccx *cx, const incox_model *model)
{
    enum { WORK_PER_ELEMENT = 30 };
    for (size_t i = 0; i < model->n_constants; i++) {
        const inctensor *t = model->constants[i];
        if (!inctensor_direct_for_file(t) && !inctensor_span_for_file(t).file)
            inc_work(cx, inctensor_bytes(t) + t->numel * WORK_PER_ELEMENT);
    }
}

/* Where files go; of a callback there is none. */
typedef struct places {
    const incox_target *target;
    incox_place *model, *data;
    const incox_names *in_use;
} places;

static places find_places(inccx *cx, const incox_target *target)
{
    places p = {.target = target};
    if (target->path) {
        p.model = incox_find_place(cx, target->path, target);
        p.in_use = incox_referenced(cx, p.model);
    }
    return p;
}

static bool wants_external(inccx *cx, const incox_options *options, const places *where,
                           uint64_t size)
{
    uint64_t limit = options->inline_limit ? options->inline_limit : protobuf_limit;
    bool can = where->model ? !where->model->is_special : where->target->write_external != NULL;
    if (options->external == INCOX_EXTERNAL_ALWAYS && can)
        return true;
    if (options->external == INCOX_EXTERNAL_ALWAYS || (size > limit && !can))
        inc_raise_hint(cx, INC_E_OUTPUT, "write to a file, or give a function for external data",
                       "the weights have to go into a second file, and there is nowhere to put it");
    if (size > limit && options->external == INCOX_EXTERNAL_NEVER)
        inc_raise_hint(cx, INC_E_OUTPUT, "allow external data",
                       "the model has %llu bytes; without external data %llu are possible",
                       (unsigned long long)size, (unsigned long long)limit);
    return size > limit;
}

/* Measures; and sends constants to a file of their own where that has to be. */
static incox_external_plan *plan(inccx *cx, incox_model *model, places *where,
                                 const incox_options *options, uint64_t *size)
{
    *size = constant_bytes(model);
    if (options->constant_limit && *size > options->constant_limit)
        inc_raise(cx, INC_E_LIMIT,
                  "the model would have %llu bytes of constants, which its file does not explain",
                  (unsigned long long)*size);
    charge_constants(cx, model);
    if (*size <= protobuf_limit)
        *size = protobuf_c_message_get_packed_size(&model->message.base);
    if (!wants_external(cx, options, where, *size))
        return INC_NEW(cx, incox_external_plan);
    const char *location = where->target->external_location;
    if (where->model) {
        where->data = incox_find_data_place(cx, where->model, where->in_use, where->target);
        location = incox_base_name(where->data->final);
    }
    if (!location)
        location = "model.data";
    incox_external_plan *external = incox_plan_external(cx, model, location);
    *size = protobuf_c_message_get_packed_size(&model->message.base);
    if (*size > protobuf_limit)
        inc_raise(cx, INC_E_LIMIT, "the graph alone takes %llu bytes; ONNX files end at 2 GiB",
                  (unsigned long long)*size);
    return external;
}

static incox_sink *model_sink(inccx *cx, const places *where)
{
    const incox_target *t = where->target;
    return where->model ? incox_sink_file(cx, where->model)
                        : incox_sink_callback(cx, t->write, t->user_data);
}

static incox_sink *external_sink(inccx *cx, const places *where)
{
    const incox_target *t = where->target;
    return where->data ? incox_sink_file(cx, where->data)
                       : incox_sink_callback(cx, t->write_external, t->external_user_data);
}

/* Nobody has to take them: where there is neither path nor function they are left out. */
static void write_states(inccx *cx, const places *where, const incox_options *options,
                         incox_written *written)
{
    incox_writer w;
    incox_sink *sink;
    uint64_t done = 0;
    const incox_target *target = where->target;
    if (where->model) {
        written->state_path = inc_printf(cx, "%s.state.npz", where->model->final);
        sink = incox_sink_file(cx, incox_find_place(cx, written->state_path, target));
    } else if (target->write_state) {
        sink = incox_sink_callback(cx, target->write_state, target->state_user_data);
    } else {
        return;
    }
    written->sinks[written->n_sinks++] = sink;
    incox_writer_begin(&w, cx, sink, &done, 0);
    incox_write_npz(&w, options->state_names, options->states, options->n_states);
    incox_sink_finish(cx, sink);
}

incox_written incox_write(inccx *cx, const incir_graph *g, const incox_target *target,
                          const incox_options *options)
{
    places where = find_places(cx, target);
    incox_model *model = incox_build(cx, g, options);
    uint64_t size, done = 0;
    incox_external_plan *external = plan(cx, model, &where, options, &size);
    uint64_t total = size + external->size;
    incox_written written = {.bytes = size,
                             .external_bytes = external->size,
                             .external_path =
                                 external->size > 0 && where.data ? where.data->final : NULL,
                             .n_nodes = model->n_nodes,
                             .n_constants = model->n_constants,
                             .constant_bytes = constant_bytes(model),
                             .ir_version = model->message.ir_version};
    incox_writer w;

    inc_progress(cx, "writing", 0, total);
    if (external->size > 0) {
        incox_sink *sink = external_sink(cx, &where);
        written.sinks[written.n_sinks++] = sink;
        incox_writer_begin(&w, cx, sink, &done, total);
        incox_write_external(&w, external);
        incox_sink_finish(cx, sink);
    }
    if (options->n_states > 0)
        write_states(cx, &where, options, &written);
    incox_sink *sink = model_sink(cx, &where);
    written.sinks[written.n_sinks++] = sink;
    incox_writer_begin(&w, cx, sink, &done, total);
    write_model(&w, model, size);
    incox_sink_finish(cx, sink);
    if (where.model)
        incox_find_stale(cx, where.model, external->size > 0 ? where.data : NULL, where.in_use,
                         target, &written);
    inc_progress(cx, "writing", total, total);
    return written;
}
