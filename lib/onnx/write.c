/* SPDX-License-Identifier: Apache-2.0 */
/* From the graph to files: what goes where, and in which order. */
#include "base/str.h"
#include "onnx/internal.h"

static const uint64_t protobuf_limit = INT32_MAX;

static uint64_t constant_bytes(const incox_model *model)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < model->constants.n; i++)
        bytes += inctensor_bytes(model->constants.items[i]->constant);
    return bytes;
}

/* Constants that a small file makes large, by repeating and joining what it has, are charged before
 * they are computed. */
static void charge_constants(inccx *cx, const incox_model *model)
{
    enum { WORK_PER_ELEMENT = 30 };
    for (size_t i = 0; i < model->constants.n; i++) {
        const inctensor *t = model->constants.items[i]->constant;
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
        *size = incox_model_size(model);
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
    model->external = external;
    *size = incox_model_size(model);
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
    incox_model *model = incox_model_new(cx, g, options);
    uint64_t size, done = 0;
    incox_external_plan *external = plan(cx, model, &where, options, &size);
    uint64_t total = size + external->size;
    incox_written written = {.bytes = size,
                             .external_bytes = external->size,
                             .external_path =
                                 external->size > 0 && where.data ? where.data->final : NULL,
                             .n_nodes = model->n_nodes,
                             .n_constants = model->constants.n,
                             .constant_bytes = constant_bytes(model),
                             .ir_version = incox_ir_version(g->opset)};
    incox_writer w;

    inc_progress(cx, "writing", 0, total);
    if (external->size > 0) {
        incox_sink *sink = external_sink(cx, &where);
        written.sinks[written.n_sinks++] = sink;
        incox_writer_begin(&w, cx, sink, &done, total);
        incox_write_external(&w, model, external);
        incox_sink_finish(cx, sink);
    }
    if (options->n_states > 0)
        write_states(cx, &where, options, &written);
    incox_sink *sink = model_sink(cx, &where);
    written.sinks[written.n_sinks++] = sink;
    incox_writer_begin(&w, cx, sink, &done, total);
    incox_write_model(&w, model);
    if (w.written != size)
        inc_raise(cx, INC_E_INTERNAL, "the model was to have %llu bytes, and has %llu",
                  (unsigned long long)size, (unsigned long long)w.written);
    incox_sink_finish(cx, sink);
    if (where.model)
        incox_find_stale(cx, where.model, external->size > 0 ? where.data : NULL, where.in_use,
                         target, &written);
    inc_progress(cx, "writing", total, total);
    return written;
}
