/* SPDX-License-Identifier: Apache-2.0 */
/* The file as a sequence of messages: those of the graph and of the model around it are never
 * whole. protobuf-c packs nodes, types and initializers one by one, and what is small of the two
 * together; the tags and lengths between stand here. One walk over the nodes to measure, and one to
 * write, so linear in the graph. */
#include <string.h>

#include "onnx/internal.h"

/* Numbers of fields in onnx.proto; all are messages, with their length in front. */
enum { MODEL_GRAPH = 7, GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_VALUE_INFO = 13 };
enum { AT_A_TIME = 256 }; /* messages, until the scratch is emptied */

static size_t put_varint(uint8_t *to, uint64_t number)
{
    size_t n = 0;
    for (; number >= 0x80; number >>= 7)
        to[n++] = (uint8_t)(number | 0x80);
    to[n++] = (uint8_t)number;
    return n;
}

/* The tag of a field, and how long what it holds is. */
static size_t put_header(uint8_t to[16], uint32_t field, uint64_t size)
{
    size_t n = put_varint(to, (uint64_t)field << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    return n + put_varint(to + n, size);
}

static uint64_t field_size(uint32_t field, uint64_t size)
{
    uint8_t header[16];
    return put_header(header, field, size) + size;
}

static void write_header(incox_writer *w, uint32_t field, uint64_t size)
{
    uint8_t header[16];
    incox_writer_put(w, header, put_header(header, field, size));
}

/* w NULL: only measured. The size of the field. */
static uint64_t pass_on(incox_writer *w, uint32_t field, const ProtobufCMessage *message)
{
    uint64_t size = protobuf_c_message_get_packed_size(message);
    if (w) {
        write_header(w, field, size);
        incox_writer_put_message(w, message);
    }
    return field_size(field, size);
}

static void forget_messages(incox_model *model)
{
    memset(model->typed, 0, sizeof model->typed);
    inc_scratch_empty(model->scratch);
}

/* ---- the graph ---- */

static uint64_t nodes(incox_writer *w, incox_model *model)
{
    uint64_t size = 0;
    size_t n_made = 0;
    for (const incir_node *n = model->g->main->first; n; n = n->next) {
        size += pass_on(w, GRAPH_NODE, &incox_build_node(model, n)->base);
        if (++n_made % AT_A_TIME == 0)
            forget_messages(model);
    }
    return size;
}

static uint64_t initializers(incox_writer *w, incox_model *model)
{
    static uint8_t place; /* what raw_data is said to begin at */
    uint64_t size = 0;
    for (size_t i = 0; i < model->constants.n; i++) {
        Incox__TensorProto *message = incox_build_initializer(model, model->constants.items[i]);
        message->raw_data.data = &place;
        if (model->external)
            incox_refer(model->scratch, model->external, i, message);
        if (w) {
            w->constant = model->constants.items[i]->constant;
            w->place = &place;
        }
        size += pass_on(w, GRAPH_INITIALIZER, &message->base);
        if (i % AT_A_TIME == 0)
            forget_messages(model);
    }
    return size;
}

/* Of everything between inputs and outputs, in the order of the nodes. */
static uint64_t inner_types(incox_writer *w, incox_model *model)
{
    uint64_t size = 0;
    size_t n_made = 0;
    for (const incir_node *n = model->g->main->first; n; n = n->next)
        for (size_t i = 0; i < n->n_outputs; i++) {
            if (!n->outputs[i] || incox_is_output(model, n->outputs[i]))
                continue;
            size +=
                pass_on(w, GRAPH_VALUE_INFO, &incox_build_value_info(model, n->outputs[i])->base);
            if (++n_made % AT_A_TIME == 0)
                forget_messages(model);
        }
    return size;
}

/* The graph without its nodes, types and initializers: its name, which stands between them, or its
 * inputs and outputs. */
static const Incox__GraphProto *build_name(const incox_model *model)
{
    Incox__GraphProto *graph = INC_NEW(model->scratch, Incox__GraphProto);
    incox__graph_proto__init(graph);
    graph->name =
        incox_text(model->options->graph_name ? model->options->graph_name : "main_graph");
    return graph;
}

static const Incox__GraphProto *build_ends(incox_model *model)
{
    Incox__GraphProto *graph = INC_NEW(model->scratch, Incox__GraphProto);
    const incir_block *block = model->g->main;
    incox__graph_proto__init(graph);
    graph->n_input = block->n_inputs;
    graph->input = incox_build_value_infos(model, block->inputs, block->n_inputs);
    graph->n_output = block->n_outputs;
    graph->output = incox_build_value_infos(model, block->outputs, block->n_outputs);
    return graph;
}

static uint64_t graph_size(incox_model *model)
{
    return model->nodes_size + incox__graph_proto__get_packed_size(build_name(model)) +
           initializers(NULL, model) + incox__graph_proto__get_packed_size(build_ends(model)) +
           model->types_size;
}

/* ---- the model ---- */

/* What stands in front of the graph. */
static const Incox__ModelProto *build_front(const incox_model *model)
{
    const incox_options *o = model->options;
    Incox__ModelProto *message = INC_NEW(model->scratch, Incox__ModelProto);
    incox__model_proto__init(message);
    message->has_ir_version = 1;
    message->ir_version = incox_ir_version(model->g->opset);
    message->producer_name = incox_text(o->producer ? o->producer : "incexport");
    message->producer_version = incox_text(o->producer_version);
    return message;
}

static Incox__OperatorSetIdProto *build_import(const incox_model *model, const char *domain)
{
    Incox__OperatorSetIdProto *import = INC_NEW(model->scratch, Incox__OperatorSetIdProto);
    incox__operator_set_id_proto__init(import);
    import->domain = incox_text(domain);
    import->has_version = 1;
    import->version = *domain ? 1 : model->g->opset;
    return import;
}

/* And what stands behind it. */
static const Incox__ModelProto *build_back(const incox_model *model)
{
    const incox_options *o = model->options;
    inccx *cx = model->scratch;
    Incox__ModelProto *message = INC_NEW(cx, Incox__ModelProto);
    incox__model_proto__init(message);
    message->n_opset_import = model->domains.n;
    message->opset_import = INC_NEW_N(cx, Incox__OperatorSetIdProto *, model->domains.n);
    for (size_t i = 0; i < model->domains.n; i++)
        message->opset_import[i] = build_import(model, model->domains.items[i]);
    message->n_metadata_props = o->n_metadata;
    message->metadata_props = INC_NEW_N(cx, Incox__StringStringEntryProto *, o->n_metadata);
    for (size_t i = 0; i < o->n_metadata; i++)
        message->metadata_props[i] = incox_entry(cx, o->metadata[i].key, o->metadata[i].value);
    return message;
}

incox_model *incox_model_new(inccx *cx, const incir_graph *g, const incox_options *options)
{
    incox_model *model = INC_NEW(cx, incox_model);
    model->cx = cx;
    model->scratch = inc_scratch_new(cx);
    model->g = g;
    model->options = options;
    model->is_listed = inc_alloc(cx, (size_t)g->n_values / 8 + 1);
    model->is_output = inc_alloc(cx, (size_t)g->n_values / 8 + 1);
    model->nodes_size = nodes(NULL, model);
    incox_note_outputs(model, g->main);
    model->types_size = inner_types(NULL, model);
    if (model->domains.n == 0)
        incox_note_domain(model, "");
    return model;
}

uint64_t incox_model_size(incox_model *model)
{
    return incox__model_proto__get_packed_size(build_front(model)) +
           field_size(MODEL_GRAPH, graph_size(model)) +
           incox__model_proto__get_packed_size(build_back(model));
}

void incox_write_model(incox_writer *w, incox_model *model)
{
    incox_writer_put_message(w, &build_front(model)->base);
    write_header(w, MODEL_GRAPH, graph_size(model));
    nodes(w, model);
    incox_writer_put_message(w, &build_name(model)->base);
    initializers(w, model);
    incox_writer_put_message(w, &build_ends(model)->base);
    inner_types(w, model);
    incox_writer_put_message(w, &build_back(model)->base);
    incox_writer_end(w);
    inc_scratch_free(model->scratch);
}
