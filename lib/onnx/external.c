/* SPDX-License-Identifier: Apache-2.0 */
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

void incox_refer(inccx *cx, const incox_external_plan *plan, size_t i, Incox__TensorProto *message)
{
    if (plan->size == 0 || plan->offsets[i] == UINT64_MAX)
        return;
    uint64_t size = message->raw_data.len;
    message->has_raw_data = 0;
    message->raw_data = (ProtobufCBinaryData){0, NULL};
    message->has_data_location = 1;
    message->data_location = INCOX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    message->n_external_data = 3;
    message->external_data = INC_NEW_N(cx, Incox__StringStringEntryProto *, 3);
    message->external_data[0] = incox_entry(cx, "location", plan->location);
    message->external_data[1] =
        incox_entry(cx, "offset", inc_printf(cx, "%llu", (unsigned long long)plan->offsets[i]));
    message->external_data[2] =
        incox_entry(cx, "length", inc_printf(cx, "%llu", (unsigned long long)size));
}

incox_external_plan *incox_plan_external(inccx *cx, const incox_model *model, const char *location)
{
    incox_external_plan *plan = INC_NEW(cx, incox_external_plan);
    uint64_t *offsets = INC_NEW_N(cx, uint64_t, model->constants.n);
    plan->location = location;
    plan->offsets = offsets;
    for (size_t i = 0; i < model->constants.n; i++) {
        uint64_t size = inctensor_bytes(model->constants.items[i]->constant);
        offsets[i] = UINT64_MAX;
        if (size < SMALLEST_EXTERNAL)
            continue;
        offsets[i] = (plan->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        plan->size = offsets[i] + size;
    }
    return plan;
}

void incox_write_external(incox_writer *w, const incox_model *model,
                          const incox_external_plan *plan)
{
    for (size_t i = 0; i < model->constants.n; i++) {
        if (plan->offsets[i] == UINT64_MAX)
            continue;
        incox_writer_pad(w, ALIGNMENT);
        incox_writer_put_tensor(w, model->constants.items[i]->constant);
    }
    incox_writer_end(w);
}
