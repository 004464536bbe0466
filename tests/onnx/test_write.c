/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs to bytes: what the messages hold, external data, large constants, cancelling. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"
#include "onnx.pb-c.h"
#include "onnx/onnx.h"

typedef struct buffer {
    uint8_t *bytes;
    size_t n, cap;
    uint64_t counted; /* all that came, kept or not */
    size_t refuse_from;
} buffer;

static inccx *cx;
static incir_graph *g;
static buffer model, data;

static void set_up(void)
{
    cx = inccx_new(NULL);
    g = incir_graph_new(cx, 17);
    memset(&model, 0, sizeof model);
    memset(&data, 0, sizeof data);
}

static void tear_down(void)
{
    free(model.bytes);
    free(data.bytes);
    inccx_free(cx);
}

static int keep(const void *bytes, size_t size, void *user_data)
{
    buffer *b = user_data;
    b->counted += size;
    if (b->refuse_from && b->counted > b->refuse_from)
        return 1;
    if (size > b->cap - b->n) {
        b->cap = (b->cap + size) * 2;
        b->bytes = realloc(b->bytes, b->cap);
        ck_assert_ptr_nonnull(b->bytes);
    }
    memcpy(b->bytes + b->n, bytes, size);
    b->n += size;
    return 0;
}

static const incox_target to_memory = {.write = keep, .user_data = &model};
static const incox_target to_memories = {.write = keep,
                                         .user_data = &model,
                                         .write_external = keep,
                                         .external_user_data = &data,
                                         .external_location = "net.data"};
static const incox_options plain = {.producer_version = "9.8.7"};

/* ---- graphs by hand, without inference ---- */

static incir_value *input(const char *name, const incsym *first, int64_t second)
{
    const incsym *dims[] = {first, incsym_int(g->syms, second)};
    incir_value *v = incir_input(g, name, INCDT_F32, 2, dims);
    incir_block_add_input(g, g->main, v);
    return v;
}

static incir_node *node_in(incir_block *block, const char *op_type, incir_value *const *inputs,
                           size_t n_inputs, const char *output, const incir_value *like)
{
    incir_node *n = incir_node_new(g, op_type);
    incir_value *v = incir_input(g, output, like->dtype, like->rank, like->dims);
    v->kind = INCIR_RESULT;
    v->producer = n;
    n->n_inputs = n_inputs;
    n->inputs = inc_copy(cx, inputs, n_inputs * sizeof *inputs);
    n->n_outputs = 1;
    n->outputs = INC_NEW(cx, incir_value *);
    n->outputs[0] = v;
    n->block = block;
    n->previous = block->last;
    if (block->last)
        block->last->next = n;
    else
        block->first = n;
    block->last = n;
    return n;
}

static incir_value *node(const char *op_type, incir_value *a, incir_value *b, const char *output)
{
    incir_value *inputs[] = {a, b};
    return node_in(g->main, op_type, inputs, b ? 2 : 1, output, a)->outputs[0];
}

static inctensor *counted_tensor(incdtype dtype, int64_t rows, int64_t columns)
{
    int64_t sizes[] = {rows, columns}, strides[] = {columns, 1};
    size_t n = (size_t)(rows * columns);
    void *block = inc_alloc(cx, n * incdtype_size(dtype));
    for (size_t i = 0; i < n; i++)
        incelement_set_i64(dtype, block, i, (int64_t)(i % 100));
    return inctensor_view(cx, dtype, block, n * incdtype_size(dtype), 2, sizes, strides, 0);
}

/* x[batch, 3] -> Add(w) -> Relu -> y */
static void small_graph(const inctensor *w)
{
    const incsym *batch = incsym_new(g->syms, "batch", 2, 0, NULL, 0);
    incir_value *x = input("x", batch, 3);
    incir_value *sum = node("Add", x, incir_constant(g, w, "w"), "sum");
    incir_block_add_output(g, g->main, node("Relu", sum, NULL, "y"));
}

static Incox__ModelProto *unpacked(void)
{
    Incox__ModelProto *m = incox__model_proto__unpack(NULL, model.n, model.bytes);
    ck_assert_ptr_nonnull(m);
    return m;
}

static Incox__ModelProto *written(const incox_options *options)
{
    incox_written w = incox_write(cx, g, &to_memory, options);
    incox_commit(cx, &w);
    ck_assert_uint_eq(w.bytes, model.n);
    return unpacked();
}

static void done(Incox__ModelProto *m)
{
    incox__model_proto__free_unpacked(m, NULL);
}

/* ---- tests ---- */

START_TEST(model_says_what_it_is)
{
    small_graph(counted_tensor(INCDT_F32, 1, 3));
    Incox__ModelProto *m = written(&plain);
    ck_assert_int_eq(m->ir_version, 8);
    ck_assert_str_eq(m->producer_name, "incexport");
    ck_assert_str_eq(m->producer_version, "9.8.7");
    ck_assert_uint_eq(m->n_opset_import, 1);
    ck_assert_str_eq(m->opset_import[0]->domain, "");
    ck_assert_int_eq(m->opset_import[0]->version, 17);
    ck_assert_str_eq(m->graph->name, "main_graph");
    done(m);
}
END_TEST

START_TEST(graph_is_written)
{
    small_graph(counted_tensor(INCDT_F32, 1, 3));
    Incox__ModelProto *m = written(&plain);
    Incox__GraphProto *graph = m->graph;
    ck_assert_uint_eq(graph->n_node, 2);
    ck_assert_str_eq(graph->node[0]->op_type, "Add");
    ck_assert_str_eq(graph->node[0]->input[0], "x");
    ck_assert_str_eq(graph->node[0]->input[1], "w");
    ck_assert_str_eq(graph->node[1]->input[0], graph->node[0]->output[0]);
    ck_assert_uint_eq(graph->n_initializer, 1);
    ck_assert_str_eq(graph->initializer[0]->name, "w");
    ck_assert_int_eq(graph->initializer[0]->data_type, INCOX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    ck_assert_uint_eq(graph->initializer[0]->raw_data.len, 12);
    const float expected[] = {0, 1, 2};
    ck_assert_mem_eq(graph->initializer[0]->raw_data.data, expected, sizeof expected);
    /* Only what lies between is in value_info; sizes are numbers or names. */
    ck_assert_uint_eq(graph->n_value_info, 1);
    ck_assert_str_eq(graph->value_info[0]->name, "sum");
    Incox__TensorShapeProto *shape = graph->input[0]->type->tensor_type->shape;
    ck_assert_uint_eq(shape->n_dim, 2);
    ck_assert_str_eq(shape->dim[0]->dim_param, "batch");
    ck_assert_int_eq(shape->dim[1]->dim_value, 3);
    ck_assert_str_eq(graph->output[0]->name, "y");
    done(m);
}
END_TEST

START_TEST(same_graph_same_bytes)
{
    small_graph(counted_tensor(INCDT_F32, 1, 3));
    done(written(&plain));
    buffer first = model;
    memset(&model, 0, sizeof model);
    done(written(&plain));
    ck_assert_uint_eq(first.n, model.n);
    ck_assert_mem_eq(first.bytes, model.bytes, model.n);
    free(first.bytes);
}
END_TEST

static const struct {
    uint32_t opset;
    int64_t ir_version;
} revisions[] = {{9, 4},   {10, 5},  {11, 6},  {12, 7},  {13, 7}, {14, 7},
                 {15, 8},  {16, 8},  {17, 8},  {18, 8},  {19, 9}, {20, 9},
                 {21, 10}, {22, 10}, {23, 11}, {24, 12}, {25, 13}};

START_TEST(ir_version_is_the_lowest)
{
    ck_assert_int_eq(incox_ir_version(revisions[_i].opset), revisions[_i].ir_version);
}
END_TEST

START_TEST(attributes_of_every_kind)
{
    const incsym *two = incsym_int(g->syms, 2);
    incir_value *x = input("x", two, 2);
    incir_value *y = node("Anything", x, NULL, "y");
    incir_node *n = y->producer;
    const int64_t ints[] = {1, -2};
    const double floats[] = {0.5, -1};
    incir_attr_int(g, n, "i", -7);
    incir_attr_float(g, n, "f", 2.5);
    incir_attr_str(g, n, "s", "text");
    incir_attr_ints(g, n, "is", ints, 2);
    incir_attr_floats(g, n, "fs", floats, 2);
    incir_attr_tensor(g, n, "t", counted_tensor(INCDT_I64, 1, 2));
    incir_set_domain(n, "com.microsoft");
    incir_block_add_output(g, g->main, y);
    Incox__ModelProto *m = written(&plain);
    Incox__AttributeProto **a = m->graph->node[0]->attribute;
    ck_assert_uint_eq(m->graph->node[0]->n_attribute, 6);
    ck_assert_int_eq(a[0]->type, INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    ck_assert_int_eq(a[0]->i, -7);
    ck_assert_float_eq(a[1]->f, 2.5F);
    ck_assert_uint_eq(a[2]->s.len, 4);
    ck_assert_mem_eq(a[2]->s.data, "text", 4);
    ck_assert_int_eq(a[3]->ints[1], -2);
    ck_assert_float_eq(a[4]->floats[0], 0.5F);
    ck_assert_int_eq(a[5]->type, INCOX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    const int64_t elements[] = {0, 1};
    ck_assert_mem_eq(a[5]->t->raw_data.data, elements, sizeof elements);
    ck_assert_str_eq(m->graph->node[0]->domain, "com.microsoft");
    /* Only domains that are used. */
    ck_assert_uint_eq(m->n_opset_import, 1);
    ck_assert_str_eq(m->opset_import[0]->domain, "com.microsoft");
    ck_assert_int_eq(m->opset_import[0]->version, 1);
    done(m);
}
END_TEST

START_TEST(blocks_are_graphs_and_share_constants)
{
    const incsym *two = incsym_int(g->syms, 2);
    incir_value *x = input("x", two, 2);
    incir_value *w = incir_constant(g, counted_tensor(INCDT_F32, 2, 2), "w");
    incir_value *y = node("If", x, NULL, "y");
    incir_block *body = incir_block_new(g);
    incir_value *inputs[] = {x, w};
    incir_block_add_output(g, body, node_in(body, "Mul", inputs, 2, "inner", x)->outputs[0]);
    incir_attr_block(g, y->producer, "then_branch", body);
    incir_block_add_output(g, g->main, node("Add", y, w, "z"));
    Incox__ModelProto *m = written(&plain);
    ck_assert_uint_eq(m->graph->n_initializer, 1);
    Incox__GraphProto *inner = m->graph->node[0]->attribute[0]->g;
    ck_assert_uint_eq(inner->n_node, 1);
    ck_assert_str_eq(inner->output[0]->name, "inner");
    ck_assert_uint_eq(inner->n_initializer, 0);
    done(m);
}
END_TEST

START_TEST(optional_inputs_left_out)
{
    const incsym *two = incsym_int(g->syms, 2);
    incir_value *x = input("x", two, 2);
    incir_value *inputs[] = {x, NULL, x, NULL};
    incir_block_add_output(g, g->main, node_in(g->main, "Resize", inputs, 4, "y", x)->outputs[0]);
    Incox__ModelProto *m = written(&plain);
    ck_assert_uint_eq(m->graph->node[0]->n_input, 3);
    ck_assert_str_eq(m->graph->node[0]->input[1], "");
    done(m);
}
END_TEST

/* Constants that are computed when read, and constants that lie in memory, small and large. */
static const struct {
    int64_t rows, columns;
    bool computed;
} shapes[] = {{0, 3, false},    {0, 3, true},      {1, 1, false},      {1, 1, true},
              {3, 5, true},     {100, 100, false}, {100, 100, true},   {700, 900, false},
              {700, 900, true}, {1, 65537, true},  {3000, 1001, true}, {3000, 1001, false}};

static const inctensor *shaped(int i)
{
    inctensor *t = counted_tensor(INCDT_F32, shapes[i].rows, shapes[i].columns);
    return shapes[i].computed ? inctensor_cast(cx, t, INCDT_F64) : t;
}

START_TEST(constants_are_written_exactly)
{
    const inctensor *w = shaped(_i);
    small_graph(w);
    Incox__ModelProto *m = written(&plain);
    Incox__TensorProto *t = m->graph->initializer[0];
    size_t size = (size_t)inctensor_bytes(w);
    ck_assert_uint_eq(t->raw_data.len, size);
    ck_assert_uint_eq(t->n_dims, 2);
    ck_assert_int_eq(t->dims[0], shapes[_i].rows);
    void *expected = malloc(size + 1);
    inctensor_read(cx, w, 0, w->numel, expected);
    if (size > 0)
        ck_assert_int_eq(memcmp(t->raw_data.data, expected, size), 0);
    free(expected);
    done(m);
}
END_TEST

static const char *external(const Incox__TensorProto *t, const char *key)
{
    for (size_t i = 0; i < t->n_external_data; i++)
        if (strcmp(t->external_data[i]->key, key) == 0)
            return t->external_data[i]->value;
    return "";
}

START_TEST(large_constants_go_beside_the_model)
{
    const inctensor *w[] = {counted_tensor(INCDT_F32, 40, 41), counted_tensor(INCDT_F32, 1, 3),
                            inctensor_cast(cx, counted_tensor(INCDT_F32, 90, 33), INCDT_F64)};
    const incsym *two = incsym_int(g->syms, 2);
    incir_value *x = input("x", two, 2);
    for (size_t i = 0; i < 3; i++)
        x = node("Add", x, incir_constant(g, w[i], inc_printf(cx, "w%zu", i)),
                 inc_printf(cx, "sum%zu", i));
    incir_block_add_output(g, g->main, x);
    /* The limit asks for it in one run, the option in the other. */
    const incox_options options = {.producer_version = "",
                                   .external = _i ? INCOX_EXTERNAL_ALWAYS : INCOX_EXTERNAL_AUTO,
                                   .inline_limit = _i ? 0 : 5000};
    incox_written result = incox_write(cx, g, &to_memories, &options);
    ck_assert_uint_eq(result.bytes, model.n);
    ck_assert_uint_eq(result.external_bytes, data.n);
    Incox__ModelProto *m = unpacked();
    Incox__TensorProto **t = m->graph->initializer;
    ck_assert_uint_eq(t[1]->raw_data.len, 12); /* small: stays */
    for (size_t i = 0; i < 3; i += 2) {
        ck_assert_int_eq(t[i]->data_location, INCOX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL);
        ck_assert_int_eq(t[i]->has_raw_data, 0);
        ck_assert_str_eq(external(t[i], "location"), "net.data");
        size_t offset = strtoul(external(t[i], "offset"), NULL, 10);
        size_t length = strtoul(external(t[i], "length"), NULL, 10);
        ck_assert_uint_eq(offset % 4096, 0);
        ck_assert_uint_eq(length, inctensor_bytes(w[i]));
        ck_assert_uint_le(offset + length, data.n);
        void *expected = malloc(length);
        inctensor_read(cx, w[i], 0, w[i]->numel, expected);
        ck_assert_mem_eq(data.bytes + offset, expected, length);
        free(expected);
    }
    done(m);
}
END_TEST

/* ---- refusals ---- */

static const struct {
    const char *name;
    incox_external external;
    uint64_t inline_limit, constant_limit;
    bool with_external;
    size_t refuse_from;
    inc_status status;
    const char *message;
} refusals[] = {
    {"too large, never external", INCOX_EXTERNAL_NEVER, 100, 0, true, 0, INC_E_OUTPUT, "possible"},
    {"too large, nowhere to put it", INCOX_EXTERNAL_AUTO, 100, 0, false, 0, INC_E_OUTPUT,
     "second file"},
    {"always, nowhere to put it", INCOX_EXTERNAL_ALWAYS, 0, 0, false, 0, INC_E_OUTPUT,
     "second file"},
    {"constants beyond belief", INCOX_EXTERNAL_AUTO, 0, 1000, false, 0, INC_E_LIMIT,
     "does not explain"},
    {"callback refuses", INCOX_EXTERNAL_AUTO, 0, 0, false, 1, INC_E_OUTPUT, "refused"},
};

START_TEST(what_cannot_be_written_is_refused)
{
    inc_frame frame;
    small_graph(counted_tensor(INCDT_F32, 100, 3));
    model.refuse_from = refusals[_i].refuse_from;
    const incox_options options = {.producer_version = "",
                                   .external = refusals[_i].external,
                                   .inline_limit = refusals[_i].inline_limit,
                                   .constant_limit = refusals[_i].constant_limit};
    if (inc_try(cx, &frame)) {
        incox_write(cx, g, refusals[_i].with_external ? &to_memories : &to_memory, &options);
        ck_abort_msg("%s: not refused", refusals[_i].name);
    }
    ck_assert_int_eq(cx->error.status, refusals[_i].status);
    ck_assert_msg(strstr(cx->error.message, refusals[_i].message), "%s", cx->error.message);
}
END_TEST

START_TEST(types_onnx_lacks_are_refused)
{
    inc_frame frame;
    const int64_t sizes[] = {2};
    const incsym *two = incsym_int(g->syms, 2);
    incir_value *x = input("x", two, 2);
    incir_value *w = incir_constant(g, inctensor_new(cx, INCDT_QI32, 1, sizes, NULL), "w");
    incir_block_add_output(g, g->main, node("Add", x, w, "y"));
    if (inc_try(cx, &frame)) {
        incox_write(cx, g, &to_memory, &plain);
        ck_abort_msg("not refused");
    }
    ck_assert_int_eq(cx->error.status, INC_E_UNSUPPORTED);
}
END_TEST

static int stop_at_half(const char *stage, uint64_t done_now, uint64_t total, void *user_data)
{
    (void)user_data;
    ck_assert_str_eq(stage, "writing");
    ck_assert_uint_le(done_now, total);
    return done_now > total / 2;
}

START_TEST(progress_can_cancel)
{
    inc_frame frame;
    cx->hooks.progress = stop_at_half;
    small_graph(counted_tensor(INCDT_F32, 3000, 3000));
    if (inc_try(cx, &frame)) {
        incox_write(cx, g, &to_memory, &plain);
        ck_abort_msg("not cancelled");
    }
    ck_assert_int_eq(cx->error.status, INC_E_CANCELLED);
    ck_assert_uint_lt(model.n, 36000000);
}
END_TEST

/* A chain of many nodes: time and memory grow with their number only. */
START_TEST(large_graphs_are_linear)
{
    enum { NODES = 20000 };
    const incsym *two = incsym_int(g->syms, 2);
    incir_value *x = input("x", two, 2);
    for (int i = 0; i < NODES; i++)
        x = node("Relu", x, NULL, inc_printf(cx, "v%d", i));
    incir_block_add_output(g, g->main, x);
    uint64_t before = cx->memory;
    Incox__ModelProto *m = written(&plain);
    ck_assert_uint_eq(m->graph->n_node, NODES);
    ck_assert_uint_lt(cx->memory - before, (uint64_t)NODES * 1500);
    done(m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("write");
    TCase *tcase = tcase_create("write");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, model_says_what_it_is);
    tcase_add_test(tcase, graph_is_written);
    tcase_add_test(tcase, same_graph_same_bytes);
    tcase_add_loop_test(tcase, ir_version_is_the_lowest, 0, (int)INC_COUNT(revisions));
    tcase_add_test(tcase, attributes_of_every_kind);
    tcase_add_test(tcase, blocks_are_graphs_and_share_constants);
    tcase_add_test(tcase, optional_inputs_left_out);
    tcase_add_loop_test(tcase, constants_are_written_exactly, 0, (int)INC_COUNT(shapes));
    tcase_add_loop_test(tcase, large_constants_go_beside_the_model, 0, 2);
    tcase_add_loop_test(tcase, what_cannot_be_written_is_refused, 0, (int)INC_COUNT(refusals));
    tcase_add_test(tcase, types_onnx_lacks_are_refused);
    tcase_add_test(tcase, progress_can_cancel);
    tcase_add_test(tcase, large_graphs_are_linear);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
