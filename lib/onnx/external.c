/* Constants in a file beside the model: "<model>.data". Every one begins at a multiple of a page,
 * so that a runtime can map it; small ones stay in the model, where they cost less than the
 * padding. */
#include "base/vec.h"
#include "onnx/internal.h"

enum { SMALLEST_EXTERNAL = 1024, ALIGNMENT = 4096 };

Incox__StringStringEntryProto *incox_entry(inccx *cx, const char *key, const char *value)
{
    Incox__StringStringEntryProto *e = INC_NEW(cx, Incox__StringStringEntryProto);
    incox__string_string_entry_proto__init(e);
    e->key = incox_text(key);
    e->value = incox_text(value);
    return e;
}

static void refer(inccx *cx, Incox__TensorProto *message, const char *location, uint64_t offset,
                  uint64_t size)
{
    message->has_raw_data = 0;
    message->raw_data = (ProtobufCBinaryData){0, NULL};
    message->has_data_location = 1;
    message->data_location = INCOX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    message->n_external_data = 3;
    message->external_data = INC_NEW_N(cx, Incox__StringStringEntryProto *, 3);
    message->external_data[0] = incox_entry(cx, "location", location);
    message->external_data[1] =
        incox_entry(cx, "offset", inc_printf(cx, "%llu", (unsigned long long)offset));
    message->external_data[2] =
        incox_entry(cx, "length", inc_printf(cx, "%llu", (unsigned long long)size));
}

incox_external_plan *incox_plan_external(inccx *cx, incox_model *model, const char *location)
{
    incox_external_plan *plan = INC_NEW(cx, incox_external_plan);
    uint64_t *offsets = INC_NEW_N(cx, uint64_t, model->n_constants);
    plan->location = location;
    plan->constants = INC_NEW_N(cx, const inctensor *, model->n_constants);
    plan->offsets = offsets;
    for (size_t i = 0; i < model->n_constants; i++) {
        uint64_t size = inctensor_bytes(model->constants[i]);
        if (size < SMALLEST_EXTERNAL)
            continue;
        uint64_t offset = (plan->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        refer(cx, model->message.graph->initializer[i], location, offset, size);
        plan->constants[plan->n] = model->constants[i];
        offsets[plan->n++] = offset;
        plan->size = offset + size;
    }
    return plan;
}

void incox_write_external(incox_writer *w, const incox_external_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        incox_writer_pad(w, ALIGNMENT);
        incox_writer_put_tensor(w, plan->constants[i]);
    }
    incox_writer_end(w);
}
