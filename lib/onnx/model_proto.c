/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the graph as protobuf messages, which point into it where they can; the elements of
 * constants stay where they are. */
#include <string.h>

#include "onnx/internal.h"

typedef incox_model builder;

char *incox_text(const char *text)
{
    union {
        const char *in;
        char *out;
    } cast = {text};
    return cast.out;
}

static void *unconst(const void *data)
{
    union {
        const void *in;
        void *out;
    } cast = {data};
    return cast.out;
}

int64_t incox_ir_version(uint32_t opset)
{
    static const struct {
        uint32_t opset;
        int64_t ir_version;
    } first[] = {{25, 13}, {24, 12}, {23, 11}, {21, 10}, {19, 9},
                 {15, 8},  {12, 7},  {11, 6},  {10, 5}};

    for (size_t i = 0; i < INC_COUNT(first); i++)
        if (opset >= first[i].opset)
            return first[i].ir_version;
    return 4;
}

/* ---- values ---- */

static char *value_name(builder *b, const incir_value *v)
{
    if (!v)
        return incox_text("");
    if (v->kind == INCIR_SIZES)
        inc_raise(b->cx, INC_E_INTERNAL, "sizes that were never made nodes reached the writer");
    return v->name ? incox_text(v->name) : inc_printf(b->scratch, "value_%u", (unsigned)v->id);
}

static int32_t element_type(builder *b, incdtype dtype)
{
    int type = incdtype_onnx(dtype);
    if (type == 0)
        inc_raise(b->cx, INC_E_UNSUPPORTED, "ONNX has no element type for %s",
                  incdtype_name(dtype));
    return type;
}

static Incox__TensorShapeProto *build_shape(builder *b, const incir_value *v)
{
    Incox__TensorShapeProto *shape = INC_NEW(b->scratch, Incox__TensorShapeProto);
    incox__tensor_shape_proto__init(shape);
    shape->n_dim = v->rank;
    shape->dim = INC_NEW_N(b->scratch, Incox__TensorShapeProto__Dimension *, v->rank);
    Incox__TensorShapeProto__Dimension *dims =
        INC_NEW_N(b->scratch, Incox__TensorShapeProto__Dimension, v->rank);
    for (size_t i = 0; i < v->rank; i++) {
        shape->dim[i] = &dims[i];
        incox__tensor_shape_proto__dimension__init(&dims[i]);
        int64_t size;
        if (incsym_known(v->dims[i], &size)) {
            dims[i].value_case = INCOX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            dims[i].dim_value = size;
        } else {
            dims[i].value_case = INCOX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            dims[i].dim_param = incox_text(incsym_text(b->g->syms, v->dims[i]));
        }
    }
    return shape;
}

static Incox__TypeProto *build_type(builder *b, const incir_value *v)
{
    Incox__TypeProto *type = INC_NEW(b->scratch, Incox__TypeProto);
    Incox__TypeProto__Tensor *tensor = INC_NEW(b->scratch, Incox__TypeProto__Tensor);
    incox__type_proto__init(type);
    incox__type_proto__tensor__init(tensor);
    Incox__TypeProto *of = type;
    if (v->is_sequence) {
        Incox__TypeProto__Sequence *sequence = INC_NEW(b->scratch, Incox__TypeProto__Sequence);
        of = INC_NEW(b->scratch, Incox__TypeProto);
        incox__type_proto__sequence__init(sequence);
        incox__type_proto__init(of);
        sequence->elem_type = of;
        type->value_case = INCOX__TYPE_PROTO__VALUE_SEQUENCE_TYPE;
        type->sequence_type = sequence;
    }
    of->value_case = INCOX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    of->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = element_type(b, v->dtype);
    tensor->shape = build_shape(b, v);
    return type;
}

/* The field "type" of a ValueInfoProto, packed. Messages in messages are measured again at every
 * level above them; of the few types that a model has, bytes are enough. */
static ProtobufCMessageUnknownField *pack_type(builder *b, const incir_value *v)
{
    enum { FIELD_TYPE = 2, LONGEST_LENGTH = 10 };
    const Incox__TypeProto *type = build_type(b, v);
    size_t size = incox__type_proto__get_packed_size(type), n = 0;
    ProtobufCMessageUnknownField *field = INC_NEW(b->scratch, ProtobufCMessageUnknownField);
    field->tag = FIELD_TYPE;
    field->wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    field->data = inc_alloc(b->scratch, LONGEST_LENGTH + size);
    size_t rest = size;
    for (; rest >= 0x80; rest >>= 7)
        field->data[n++] = (uint8_t)(rest | 0x80);
    field->data[n++] = (uint8_t)rest;
    field->len = n + incox__type_proto__pack(type, field->data + n);
    return field;
}

/* Equal sizes are equal pointers. */
static bool same_type(const incir_value *a, const incir_value *b)
{
    return a->dtype == b->dtype && a->is_sequence == b->is_sequence && a->rank == b->rank &&
           (a->rank == 0 || memcmp(a->dims, b->dims, a->rank * sizeof(const incsym *)) == 0);
}

static ProtobufCMessageUnknownField *type_of(builder *b, const incir_value *v)
{
    uint64_t hash = (uint64_t)v->dtype;
    for (size_t i = 0; i < v->rank; i++)
        hash = (hash ^ (uint64_t)(uintptr_t)v->dims[i]) * 0x9e3779b97f4a7c15u;
    size_t slot = (size_t)(hash >> 32) % INCOX_TYPES;
    if (!b->typed[slot] || !same_type(b->typed[slot], v)) {
        b->types[slot] = pack_type(b, v);
        b->typed[slot] = v;
    }
    return b->types[slot];
}

Incox__ValueInfoProto *incox_build_value_info(builder *b, const incir_value *v)
{
    Incox__ValueInfoProto *info = INC_NEW(b->scratch, Incox__ValueInfoProto);
    incox__value_info_proto__init(info);
    info->name = value_name(b, v);
    info->base.n_unknown_fields = 1;
    info->base.unknown_fields = type_of(b, v);
    return info;
}

Incox__ValueInfoProto **incox_build_value_infos(builder *b, incir_value *const *values, size_t n)
{
    Incox__ValueInfoProto **infos = INC_NEW_N(b->scratch, Incox__ValueInfoProto *, n);
    for (size_t i = 0; i < n; i++)
        infos[i] = incox_build_value_info(b, values[i]);
    return infos;
}

/* ---- constants ---- */

static Incox__TensorProto *build_tensor(builder *b, const inctensor *t)
{
    Incox__TensorProto *message = INC_NEW(b->scratch, Incox__TensorProto);
    incox__tensor_proto__init(message);
    message->n_dims = t->rank;
    message->dims = unconst(t->sizes);
    message->has_data_type = 1;
    message->data_type = element_type(b, t->dtype);
    message->has_raw_data = 1;
    message->raw_data.len = (size_t)inctensor_bytes(t);
    return message;
}

/* Tensors in attributes are small, and written as they stand. */
static Incox__TensorProto *build_attribute_tensor(builder *b, const inctensor *t)
{
    enum { MOST_BYTES = 16 << 20 };
    Incox__TensorProto *message = build_tensor(b, t);
    const inctensor *loaded = inctensor_load(b->cx, t, MOST_BYTES);
    message->raw_data.data = unconst(inctensor_direct_for_file(loaded));
    if (!message->raw_data.data) {
        message->raw_data.data = inc_alloc(b->scratch, message->raw_data.len);
        inctensor_read_for_file(b->cx, loaded, 0, loaded->numel, message->raw_data.data);
    }
    return message;
}

static bool test_bit(const uint8_t *bits, const incir_value *v)
{
    return bits[v->id / 8] >> (v->id % 8) & 1;
}

static void set_bit(uint8_t *bits, const incir_value *v)
{
    bits[v->id / 8] |= (uint8_t)(1U << (v->id % 8));
}

static void note_constant(builder *b, const incir_value *v)
{
    if (!v || v->kind != INCIR_CONSTANT || test_bit(b->is_listed, v))
        return;
    set_bit(b->is_listed, v);
    INC_PUSH(b->cx, &b->constants, v);
}

Incox__TensorProto *incox_build_initializer(builder *b, const incir_value *v)
{
    Incox__TensorProto *message = build_tensor(b, v->constant);
    message->name = value_name(b, v);
    return message;
}

void incox_note_outputs(builder *b, const incir_block *block)
{
    for (size_t i = 0; i < block->n_outputs; i++) {
        note_constant(b, block->outputs[i]);
        set_bit(b->is_output, block->outputs[i]);
    }
}

bool incox_is_output(const builder *b, const incir_value *v)
{
    return test_bit(b->is_output, v);
}

/* ---- nodes ---- */

static Incox__GraphProto *build_block(builder *b, const incir_block *block, const char *name);

static ProtobufCBinaryData *build_strings(builder *b, const char *const *strings, size_t n)
{
    ProtobufCBinaryData *data = INC_NEW_N(b->scratch, ProtobufCBinaryData, n);
    for (size_t i = 0; i < n; i++)
        data[i] = (ProtobufCBinaryData){strlen(strings[i]), unconst(strings[i])};
    return data;
}

static Incox__AttributeProto *build_attribute(builder *b, const incir_attr *attr)
{
    Incox__AttributeProto *message = INC_NEW(b->scratch, Incox__AttributeProto);
    incox__attribute_proto__init(message);
    message->name = incox_text(attr->name);
    message->has_type = 1;
    switch (attr->kind) {
    case INCIR_ATTR_INT:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        message->has_i = 1;
        message->i = attr->u.i;
        break;
    case INCIR_ATTR_FLOAT:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
        message->has_f = 1;
        message->f = attr->u.f;
        break;
    case INCIR_ATTR_STRING:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
        message->has_s = 1;
        message->s = (ProtobufCBinaryData){strlen(attr->u.s), unconst(attr->u.s)};
        break;
    case INCIR_ATTR_INTS:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
        message->n_ints = attr->n;
        message->ints = unconst(attr->u.ints);
        break;
    case INCIR_ATTR_FLOATS:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS;
        message->n_floats = attr->n;
        message->floats = unconst(attr->u.floats);
        break;
    case INCIR_ATTR_STRINGS:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS;
        message->n_strings = attr->n;
        message->strings = build_strings(b, attr->u.strings, attr->n);
        break;
    case INCIR_ATTR_TENSOR:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
        message->t = build_attribute_tensor(b, attr->u.tensor);
        break;
    case INCIR_ATTR_BLOCK:
        message->type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH;
        message->g = build_block(b, attr->u.block, attr->name);
        break;
    }
    return message;
}

static void build_attributes(builder *b, const incir_node *n, Incox__NodeProto *message)
{
    size_t count = 0;
    for (const incir_attr *a = n->attrs; a; a = a->next)
        count++;
    message->n_attribute = count;
    message->attribute = INC_NEW_N(b->scratch, Incox__AttributeProto *, count);
    size_t i = 0;
    for (const incir_attr *a = n->attrs; a; a = a->next)
        message->attribute[i++] = build_attribute(b, a);
}

static char **build_names(builder *b, incir_value *const *values, size_t n)
{
    char **names = INC_NEW_N(b->scratch, char *, n);
    for (size_t i = 0; i < n; i++)
        names[i] = value_name(b, values[i]);
    return names;
}

void incox_note_domain(builder *b, const char *domain)
{
    for (size_t i = 0; i < b->domains.n; i++)
        if (strcmp(b->domains.items[i], domain) == 0)
            return;
    INC_PUSH(b->cx, &b->domains, domain);
}

/* Optional values at the end are left out altogether, as the format wants it. */
static size_t count_given(incir_value *const *values, size_t n)
{
    while (n > 0 && !values[n - 1])
        n--;
    return n;
}

Incox__NodeProto *incox_build_node(builder *b, const incir_node *n)
{
    Incox__NodeProto *message = INC_NEW(b->scratch, Incox__NodeProto);
    incox__node_proto__init(message);
    for (size_t i = 0; i < n->n_inputs; i++)
        note_constant(b, n->inputs[i]);
    message->n_input = count_given(n->inputs, n->n_inputs);
    message->input = build_names(b, n->inputs, message->n_input);
    message->n_output = count_given(n->outputs, n->n_outputs);
    message->output = build_names(b, n->outputs, message->n_output);
    message->name = n->name ? incox_text(n->name) : NULL;
    message->op_type = incox_text(n->op_type);
    const char *domain = n->domain ? n->domain : "";
    if (*domain)
        message->domain = incox_text(domain);
    incox_note_domain(b, domain);
    build_attributes(b, n, message);
    b->n_nodes++;
    return message;
}

/* Everything between inputs and outputs, in the order of the nodes. */
static void build_inner_types(builder *b, const incir_block *block, Incox__GraphProto *graph)
{
    size_t most = 0;
    for (const incir_node *n = block->first; n; n = n->next)
        most += n->n_outputs;
    graph->value_info = INC_NEW_N(b->scratch, Incox__ValueInfoProto *, most);
    for (const incir_node *n = block->first; n; n = n->next)
        for (size_t i = 0; i < n->n_outputs; i++)
            if (n->outputs[i] && !test_bit(b->is_output, n->outputs[i]))
                graph->value_info[graph->n_value_info++] = incox_build_value_info(b, n->outputs[i]);
}

static Incox__GraphProto *build_block(builder *b, const incir_block *block, const char *name)
{
    Incox__GraphProto *graph = INC_NEW(b->scratch, Incox__GraphProto);
    incox__graph_proto__init(graph);
    graph->name = incox_text(name);
    for (const incir_node *n = block->first; n; n = n->next)
        graph->n_node++;
    graph->node = INC_NEW_N(b->scratch, Incox__NodeProto *, graph->n_node);
    size_t i = 0;
    for (const incir_node *n = block->first; n; n = n->next)
        graph->node[i++] = incox_build_node(b, n);
    incox_note_outputs(b, block);
    graph->n_input = block->n_inputs;
    graph->input = incox_build_value_infos(b, block->inputs, block->n_inputs);
    graph->n_output = block->n_outputs;
    graph->output = incox_build_value_infos(b, block->outputs, block->n_outputs);
    build_inner_types(b, block, graph);
    return graph;
}
