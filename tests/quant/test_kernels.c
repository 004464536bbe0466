/* SPDX-License-Identifier: Apache-2.0 */
/* Every combination of element types that an operator on integers could be given is loaded into the
 * runtime: it takes those that lib/quant says it has, and no others. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/ort.h"
#include "../support/suite.h"
#include "onnx.pb-c.h"
#include "quant/internal.h"

static tst_ort *ort;

/* ---- a model of one node ---- */

enum { MOST = 12, FLOAT = 1, UINT8 = 2, INT8 = 3, INT32 = 6 };

typedef struct builder {
    Incox__ModelProto model;
    Incox__GraphProto graph;
    Incox__NodeProto node;
    Incox__AttributeProto attribute, *attributes[1];
    Incox__OperatorSetIdProto opsets[2], *opset_list[2];
    Incox__ValueInfoProto values[MOST], *inputs[MOST], *outputs[1];
    Incox__TypeProto types[MOST];
    Incox__TypeProto__Tensor tensors[MOST];
    char *node_inputs[MOST], *node_outputs[1];
    char names[MOST][8];
    size_t n_values, n_inputs;
} builder;

static Incox__ValueInfoProto *value(builder *b, const char *name, int32_t type)
{
    size_t i = b->n_values++;
    incox__value_info_proto__init(&b->values[i]);
    incox__type_proto__init(&b->types[i]);
    incox__type_proto__tensor__init(&b->tensors[i]);
    snprintf(b->names[i], sizeof b->names[i], "%s", name);
    b->tensors[i].has_elem_type = 1;
    b->tensors[i].elem_type = type;
    b->types[i].value_case = INCOX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    b->types[i].tensor_type = &b->tensors[i];
    b->values[i].name = b->names[i];
    b->values[i].type = &b->types[i];
    return &b->values[i];
}

static void input(builder *b, int32_t type)
{
    char name[8];
    snprintf(name, sizeof name, "x%zu", b->n_inputs);
    b->inputs[b->n_inputs] = value(b, name, type);
    b->node_inputs[b->n_inputs] = b->inputs[b->n_inputs]->name;
    b->n_inputs++;
}

static void integers(builder *b, int32_t type)
{
    input(b, type);
    input(b, FLOAT);
    input(b, type);
}

static void target(builder *b, int32_t type)
{
    input(b, FLOAT);
    input(b, type);
}

static void begin(builder *b, const char *domain, const char *op_type, int32_t result)
{
    memset(b, 0, sizeof *b);
    incox__model_proto__init(&b->model);
    incox__graph_proto__init(&b->graph);
    incox__node_proto__init(&b->node);
    incox__attribute_proto__init(&b->attribute);
    for (size_t i = 0; i < 2; i++) {
        incox__operator_set_id_proto__init(&b->opsets[i]);
        b->opset_list[i] = &b->opsets[i];
    }
    b->opsets[0].domain = (char *)(uintptr_t) "";
    b->opsets[0].has_version = b->opsets[1].has_version = 1;
    b->opsets[0].version = 17;
    b->opsets[1].domain = (char *)(uintptr_t) "com.microsoft";
    b->opsets[1].version = 1;
    b->node.domain = (char *)(uintptr_t)domain;
    b->node.op_type = (char *)(uintptr_t)op_type;
    b->outputs[0] = value(b, "y", result);
    b->node_outputs[0] = b->outputs[0]->name;
}

static void set_ints(builder *b, const char *name, int64_t *ints, size_t n)
{
    b->attribute.name = (char *)(uintptr_t)name;
    b->attribute.has_type = 1;
    b->attribute.type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
    b->attribute.ints = ints;
    b->attribute.n_ints = n;
    b->attributes[0] = &b->attribute;
    b->node.attribute = b->attributes;
    b->node.n_attribute = 1;
}

static void set_int(builder *b, const char *name, int64_t v)
{
    set_ints(b, name, NULL, 0);
    b->attribute.type = INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    b->attribute.has_i = 1;
    b->attribute.i = v;
}

static bool loads(builder *b)
{
    static Incox__NodeProto *nodes[1];
    char why[512];
    nodes[0] = &b->node;
    b->node.input = b->node_inputs;
    b->node.n_input = b->n_inputs;
    b->node.output = b->node_outputs;
    b->node.n_output = 1;
    b->graph.name = (char *)(uintptr_t) "g";
    b->graph.node = nodes;
    b->graph.n_node = 1;
    b->graph.input = b->inputs;
    b->graph.n_input = b->n_inputs;
    b->graph.output = b->outputs;
    b->graph.n_output = 1;
    b->model.has_ir_version = 1;
    b->model.ir_version = 8;
    b->model.opset_import = b->opset_list;
    b->model.n_opset_import = 2;
    b->model.graph = &b->graph;
    size_t n = incox__model_proto__get_packed_size(&b->model);
    uint8_t *packed = malloc(n);
    ck_assert_ptr_nonnull(packed);
    incox__model_proto__pack(&b->model, packed);
    tst_ort_session *s = tst_ort_load(ort, packed, n, why, sizeof why);
    if (s)
        tst_ort_unload(s);
    free(packed);
    return s != NULL;
}

/* ---- the operators ---- */

static const struct {
    const char *op;
    incir_kernel kernel;
} operators[] = {
    {"QLinearConv", INCIR_KERNEL_CONV},         {"QGemm", INCIR_KERNEL_GEMM},
    {"QLinearMatMul", INCIR_KERNEL_PRODUCT},    {"QLinearAdd", INCIR_KERNEL_BINARY},
    {"QLinearMul", INCIR_KERNEL_BINARY},        {"QLinearConcat", INCIR_KERNEL_VARIADIC},
    {"QLinearAveragePool", INCIR_KERNEL_UNARY}, {"QLinearGlobalAveragePool", INCIR_KERNEL_UNARY},
    {"QLinearLeakyRelu", INCIR_KERNEL_UNARY},   {"QLinearSigmoid", INCIR_KERNEL_UNARY},
};
static const int32_t bytes[] = {UINT8, INT8};
enum { N_BYTES = 2 };

static void build(builder *b, size_t i, int32_t x, int32_t w, int32_t y)
{
    static int64_t kernel_shape[2] = {2, 2};
    incir_kernel kernel = operators[i].kernel;
    bool is_standard = kernel == INCIR_KERNEL_CONV || kernel == INCIR_KERNEL_PRODUCT;
    begin(b, is_standard ? "" : "com.microsoft", operators[i].op, y);
    if (kernel == INCIR_KERNEL_VARIADIC) {
        target(b, y);
        integers(b, x);
        integers(b, w);
        set_int(b, "axis", 1);
        return;
    }
    integers(b, x);
    if (kernel != INCIR_KERNEL_UNARY)
        integers(b, w);
    if (kernel == INCIR_KERNEL_GEMM)
        input(b, INT32);
    target(b, y);
    if (strcmp(operators[i].op, "QLinearAveragePool") == 0)
        set_ints(b, "kernel_shape", kernel_shape, 2);
    if (strcmp(operators[i].op, "QLinearGlobalAveragePool") == 0)
        set_int(b, "channels_last", 0);
}

static incdtype type_of(int32_t onnx)
{
    return onnx == UINT8 ? INCDT_U8 : INCDT_I8;
}

START_TEST(runtime_takes_what_the_table_says)
{
    builder b;
    if (!ort)
        return;
    for (size_t k = 0; k < N_BYTES * N_BYTES * N_BYTES; k++) {
        int32_t x = bytes[k % 2], w = bytes[k / 2 % 2], y = bytes[k / 4];
        bool has_one_operand = operators[_i].kernel == INCIR_KERNEL_UNARY;
        if (has_one_operand && w != y)
            continue;
        build(&b, (size_t)_i, x, w, y);
        bool said = incq_has_types(operators[_i].kernel, type_of(x), type_of(w), type_of(y));
        if (!said && operators[_i].kernel == INCIR_KERNEL_VARIADIC)
            continue; /* is found out when it runs */
        ck_assert_msg(loads(&b) == said, "%s of %s and %s to %s %s", operators[_i].op,
                      incdtype_name(type_of(x)), incdtype_name(type_of(w)),
                      incdtype_name(type_of(y)), said ? "is refused" : "loads");
    }
}
END_TEST

int main(int argc, char **argv)
{
    char why[256];
    ort = tst_ort_open(argc > 1 ? argv[1] : NULL, why, sizeof why);
    if (!ort)
        printf("nothing is loaded: %s\n", why);
    Suite *suite = suite_create("kernels");
    TCase *tc = tcase_create("kernels");
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, runtime_takes_what_the_table_says, 0,
                        (int)(sizeof operators / sizeof *operators));
    int failed = tst_run_unforked(suite);
    tst_ort_close(ort);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
