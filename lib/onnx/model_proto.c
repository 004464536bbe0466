/* The graph as protobuf messages. All of it is allocated in the arena and points into the graph
 * where it can; the elements of constants stay where they are. One walk over the nodes, so linear
 * in the graph. */
#include <string.h>

#include "base/vec.h"
#include "onnx/internal.h"

enum { TYPES = 256 }; /* remembered at a time */

typedef struct builder {
    inccx *cx;
    const incir_graph *g;
    uint8_t *is_listed; /* a bit for every value: constants that are initializers already, */
    uint8_t *is_output; /* and outputs of blocks */
    INC_VEC(const incir_value *) constants;
    INC_VEC(const char *) domains;
    const incir_value
        *typed[TYPES]; /* values whose types were packed, and these: others have the */
    ProtobufCMessageUnknownField *types[TYPES]; /* same ones */
    size_t n_nodes;
} builder;

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
    return v->name ? incox_text(v->name) : inc_printf(b->cx, "value_%u", (unsigned)v->id);
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
    Incox__TensorShapeProto *shape = INC_NEW(b->cx, Incox__TensorShapeProto);
    incox__tensor_shape_proto__init(shape);
    shape->n_dim = v->rank;
    shape->dim = INC_NEW_N(b->cx, Incox__TensorShapeProto__Dimension *, v->rank);
    Incox__TensorShapeProto__Dimension *dims =
        INC_NEW_N(b->cx, Incox__TensorShapeProto__Dimension, v->rank);
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
    Incox__TypeProto *type = INC_NEW(b->cx, Incox__TypeProto);
    Incox__TypeProto__Tensor *tensor = INC_NEW(b->cx, Incox__TypeProto__Tensor);
    incox__type_proto__init(type);
    incox__type_proto__tensor__init(tensor);
    Incox__TypeProto *of = type;
    if (v->is_sequence) {
        Incox__TypeProto__Sequence *sequence = INC_NEW(b->cx, Incox__TypeProto__Sequence);
        of = INC_NEW(b->cx, Incox__TypeProto);
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
    ProtobufCMessageUnknownField *field = INC_NEW(b->cx, ProtobufCMessageUnknownField);
    field->tag = FIELD_TYPE;
    field->wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    field->data = inc_alloc(b->cx, LONGEST_LENGTH + size);
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
    size_t slot = (size_t)(hash >> 32) % TYPES;
    if (!b->typed[slot] || !same_type(b->typed[slot], v)) {
        b->types[slot] = pack_type(b, v);
        b->typed[slot] = v;
    }
    return b->types[slot];
}

static Incox__ValueInfoProto *build_value_info(builder *b, const incir_value *v)
{
    Incox__ValueInfoProto *info = INC_NEW(b->cx, Incox__ValueInfoProto);
    incox__value_info_proto__init(info);
    info->name = value_name(b, v);
    info->base.n_unknown_fields = 1;
    info->base.unknown_fields = type_of(b, v);
    return info;
}

static Incox__ValueInfoProto **build_value_infos(builder *b, incir_value *const *values, size_t n)
{
    Incox__ValueInfoProto **infos = INC_NEW_N(b->cx, Incox__ValueInfoProto *, n);
    for (size_t i = 0; i < n; i++)
        infos[i] = build_value_info(b, values[i]);
    return infos;
}

/* ---- constants ---- */

static Incox__TensorProto *build_tensor(builder *b, const inctensor *t)
{
    Incox__TensorProto *message = INC_NEW(b->cx, Incox__TensorProto);
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
        message->raw_data.data = inc_alloc(b->cx, message->raw_data.len);
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

static void build_initializers(builder *b, Incox__GraphProto *graph, incox_model *model)
{
    graph->n_initializer = model->n_constants = b->constants.n;
    graph->initializer = INC_NEW_N(b->cx, Incox__TensorProto *, b->constants.n);
    model->constants = INC_NEW_N(b->cx, const inctensor *, b->constants.n);
    for (size_t i = 0; i < b->constants.n; i++) {
        const incir_value *v = b->constants.items[i];
        Incox__TensorProto *message = build_tensor(b, v->constant);
        message->name = value_name(b, v);
        message->raw_data.data = (uint8_t *)&model->constants[i];
        model->constants[i] = v->constant;
        graph->initializer[i] = message;
    }
}

/* ---- nodes ---- */

static Incox__GraphProto *build_block(builder *b, const incir_block *block, const char *name);

static ProtobufCBinaryData *build_strings(builder *b, const char *const *strings, size_t n)
{
    ProtobufCBinaryData *data = INC_NEW_N(b->cx, ProtobufCBinaryData, n);
    for (size_t i = 0; i < n; i++)
        data[i] = (ProtobufCBinaryData){strlen(strings[i]), unconst(strings[i])};
    return data;
}

static Incox__AttributeProto *build_attribute(builder *b, const incir_attr *attr)
{
    Incox__AttributeProto *message = INC_NEW(b->cx, Incox__AttributeProto);
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
    message->attribute = INC_NEW_N(b->cx, Incox__AttributeProto *, count);
    size_t i = 0;
    for (const incir_attr *a = n->attrs; a; a = a->next)
        message->attribute[i++] = build_attribute(b, a);
}

static char **build_names(builder *b, incir_value *const *values, size_t n)
{
    char **names = INC_NEW_N(b->cx, char *, n);
    for (size_t i = 0; i < n; i++)
        names[i] = value_name(b, values[i]);
    return names;
}

static void note_domain(builder *b, const char *domain)
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

static Incox__NodeProto *build_node(builder *b, const incir_node *n)
{
    Incox__NodeProto *message = INC_NEW(b->cx, Incox__NodeProto);
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
    note_domain(b, domain);
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
    graph->value_info = INC_NEW_N(b->cx, Incox__ValueInfoProto *, most);
    for (const incir_node *n = block->first; n; n = n->next)
        for (size_t i = 0; i < n->n_outputs; i++)
            if (n->outputs[i] && !test_bit(b->is_output, n->outputs[i]))
                graph->value_info[graph->n_value_info++] = build_value_info(b, n->outputs[i]);
}

static Incox__GraphProto *build_block(builder *b, const incir_block *block, const char *name)
{
    Incox__GraphProto *graph = INC_NEW(b->cx, Incox__GraphProto);
    incox__graph_proto__init(graph);
    graph->name = incox_text(name);
    for (const incir_node *n = block->first; n; n = n->next)
        graph->n_node++;
    graph->node = INC_NEW_N(b->cx, Incox__NodeProto *, graph->n_node);
    size_t i = 0;
    for (const incir_node *n = block->first; n; n = n->next)
        graph->node[i++] = build_node(b, n);
    for (i = 0; i < block->n_outputs; i++) {
        note_constant(b, block->outputs[i]);
        set_bit(b->is_output, block->outputs[i]);
    }
    graph->n_input = block->n_inputs;
    graph->input = build_value_infos(b, block->inputs, block->n_inputs);
    graph->n_output = block->n_outputs;
    graph->output = build_value_infos(b, block->outputs, block->n_outputs);
    build_inner_types(b, block, graph);
    return graph;
}

/* ---- the model ---- */

static void build_opset_imports(builder *b, Incox__ModelProto *model)
{
    if (b->domains.n == 0)
        note_domain(b, "");
    model->n_opset_import = b->domains.n;
    model->opset_import = INC_NEW_N(b->cx, Incox__OperatorSetIdProto *, b->domains.n);
    for (size_t i = 0; i < b->domains.n; i++) {
        Incox__OperatorSetIdProto *import = INC_NEW(b->cx, Incox__OperatorSetIdProto);
        incox__operator_set_id_proto__init(import);
        const char *domain = b->domains.items[i];
        import->domain = incox_text(domain);
        import->has_version = 1;
        import->version = *domain ? 1 : b->g->opset;
        model->opset_import[i] = import;
    }
}

incox_model *incox_build(inccx *cx, const incir_graph *g, const incox_options *options)
{
    builder b = {.cx = cx, .g = g};
    b.is_listed = inc_alloc(cx, (size_t)g->n_values / 8 + 1);
    b.is_output = inc_alloc(cx, (size_t)g->n_values / 8 + 1);
    incox_model *model = INC_NEW(cx, incox_model);
    Incox__ModelProto *message = &model->message;
    incox__model_proto__init(message);
    message->has_ir_version = 1;
    message->ir_version = incox_ir_version(g->opset);
    message->producer_name = incox_text(options->producer ? options->producer : "incexport");
    message->producer_version = incox_text(options->producer_version);
    message->graph =
        build_block(&b, g->main, options->graph_name ? options->graph_name : "main_graph");
    build_initializers(&b, message->graph, model);
    build_opset_imports(&b, message);
    message->n_metadata_props = options->n_metadata;
    message->metadata_props = INC_NEW_N(cx, Incox__StringStringEntryProto *, options->n_metadata);
    for (size_t i = 0; i < options->n_metadata; i++)
        message->metadata_props[i] =
            incox_entry(cx, options->metadata[i].key, options->metadata[i].value);
    model->n_nodes = b.n_nodes;
    return model;
}
