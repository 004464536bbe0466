/* SPDX-License-Identifier: Apache-2.0 */
/* torch.export archives: recorded ones are exported and, with a runtime, run; programs written here
 * show what is refused, and with which words. */
#include <check.h>
#include <incexport/incexport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../archive/make_zip.h"
#include "../support/bytes.h"
#include "../support/npz.h"
#include "../support/ort.h"
#include "../support/ort_suite.h"
#include "../support/suite.h"
#include "base/str.h"
#include "frontend/pt2/internal.h"

/* ---- recorded archives ---- */

static const char *const recorded[] = {
    "torch26/exported_cond",
    "torch26/exported_cond_on_size",
    "torch26/exported_constants",
    "torch26/exported_derived",
    "torch26/exported_even",
    "torch26/exported_in_place",
    "torch26/exported_in_place_core",
    "torch26/exported_item",
    "torch26/exported_keywords",
    "torch26/exported_map",
    "torch26/exported_nested",
    "torch26/exported_no_grad",
    "torch26/exported_nonzero",
    "torch26/exported_scan",
    "torch26/exported_state",
    "torch26/exported_while",
    "torch26/pictures",
    "torch26/pictures_core",
    "torch26/states",
    "torch26/words",
    "torch26/words_core",
    "torch214/exported_cond",
    "torch214/exported_cond_on_size",
    "torch214/exported_constants",
    "torch214/exported_derived",
    "torch214/exported_even",
    "torch214/exported_in_place",
    "torch214/exported_in_place_core",
    "torch214/exported_item",
    "torch214/exported_keywords",
    "torch214/exported_map",
    "torch214/exported_nested",
    "torch214/exported_no_grad",
    "torch214/exported_vmap",
    "torch214/exported_nonzero",
    "torch214/exported_scan",
    "torch214/exported_sizes",
    "torch214/exported_state",
    "torch214/exported_while",
    "torch214/pictures",
    "torch214/pictures_core",
    "torch214/pictures_pickled",
    "torch214/states",
    "torch214/words",
    "torch214/words_core",
    "torch214/words_pickled",
};

static tst_ort *ort;

static const char *data_path(char *path, size_t size, const char *name, const char *ending)
{
    snprintf(path, size, "%s/pt2/%s%s", getenv("INC_TEST_DATA"), name, ending);
    return path;
}

/* NULL when it worked; else the message, which the caller frees. */
static char *export_to(inc_model *model, tst_bytes *out, const Torch2ONNXConfig *config,
                       inc_report **report)
{
    inc_output output = INC_OUTPUT_INIT;
    inc_error *error = NULL;
    output.write = tst_append;
    output.write_data = out;
    if (inc_export(model, &output, config, report, &error) == INC_OK)
        return NULL;
    char *text = strdup(inc_error_message(error));
    inc_error_free(error);
    return text;
}

static Torch2ONNXConfig plain_config(uint32_t opset)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.dtype = INC_DTYPE_FP32;
    config.opset_version = opset;
    return config;
}

static void run_and_compare(const tst_bytes *onnx, const char *name)
{
    char path[1024], why[500];
    size_t size;
    tst_tensors inputs = {0}, outputs = {0};
    unsigned char *npz = tst_read_file(data_path(path, sizeof path, name, ".npz"), &size);
    ck_assert_ptr_nonnull(npz);
    ck_assert(tst_npz_read(npz, size, &inputs));
    tst_ort_session *session = tst_ort_load(ort, onnx->bytes, onnx->size, why, sizeof why);
    ck_assert_msg(session != NULL, "%s: %s", name, why);
    ck_assert_msg(tst_ort_run(session, &inputs, &outputs, why, sizeof why), "%s: %s", name, why);
    for (size_t i = 0; i < outputs.count; i++) {
        snprintf(path, sizeof path, "out_%zu", i);
        const tst_tensor *want = tst_tensors_find(&inputs, path);
        ck_assert_msg(want != NULL, "%s: output %zu was not expected", name, i);
        ck_assert_msg(tst_tensor_close(want, &outputs.items[i], 1e-4, 1e-5, why, sizeof why),
                      "%s, output %zu: %s", name, i, why);
    }
    tst_ort_unload(session);
    tst_tensors_free(&outputs);
    tst_tensors_free(&inputs);
    free(npz);
}

START_TEST(recorded_archive)
{
    static const uint32_t opsets[] = {14, 17, 20};
    static const char *names[] = {"in_0", "in_1", "in_2", "in_3"};
    const char *name = recorded[_i];
    char path[1024];
    inc_model *model = NULL;
    ck_assert_int_eq(
        inc_model_open_file(data_path(path, sizeof path, name, ".pt2"), NULL, &model, NULL),
        INC_OK);
    ck_assert_int_eq(inc_model_inspect(model, NULL), INC_OK);
    for (size_t i = 0; i < INC_COUNT(opsets); i++) {
        Torch2ONNXConfig config = plain_config(opsets[i]);
        tst_bytes onnx = {0};
        config.input_names = names;
        config.n_input_names = inc_model_n_inputs(model);
        char *why = export_to(model, &onnx, &config, NULL);
        ck_assert_msg(why == NULL, "%s: %s", name, why);
        if (ort)
            run_and_compare(&onnx, name);
        free(onnx.bytes);
    }
    inc_model_free(model);
}
END_TEST

static void check_name(const inc_value *v, const char *name)
{
    ck_assert_ptr_nonnull(v);
    ck_assert_str_eq(v->name, name);
}

START_TEST(names_follow_the_tree_of_arguments)
{
    char path[1024];
    inc_model *model = NULL;
    inc_report *report = NULL;
    tst_bytes onnx = {0};
    Torch2ONNXConfig config = plain_config(17);
    data_path(path, sizeof path, "torch26/exported_keywords", ".pt2");
    ck_assert_int_eq(inc_model_open_file(path, NULL, &model, NULL), INC_OK);
    ck_assert_ptr_null(export_to(model, &onnx, &config, &report));
    check_name(inc_report_input(report, 0), "x");
    check_name(inc_report_input(report, 1), "shift");
    check_name(inc_report_input(report, 2), "scale");
    check_name(inc_report_output(report, 0), "scaled");
    check_name(inc_report_output(report, 1), "rest_0");
    check_name(inc_report_output(report, 2), "rest_1_0");
    inc_report_free(report);
    inc_model_free(model);
    free(onnx.bytes);
}
END_TEST

static bool holds(const tst_bytes *m, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= m->size; i++)
        if (memcmp(m->bytes + i, text, n) == 0)
            return true;
    return false;
}

START_TEST(nodes_and_weights_keep_their_names)
{
    char path[1024];
    inc_model *model = NULL;
    tst_bytes onnx = {0};
    Torch2ONNXConfig config = plain_config(17);
    data_path(path, sizeof path, "torch214/pictures", ".pt2");
    ck_assert_int_eq(inc_model_open_file(path, NULL, &model, NULL), INC_OK);
    ck_assert_ptr_null(export_to(model, &onnx, &config, NULL));
    ck_assert(holds(&onnx, "/stem/stem.0/Conv"));
    ck_assert(holds(&onnx, "/branch/Conv"));
    ck_assert(holds(&onnx, "branch.weight"));
    ck_assert(!holds(&onnx, ".py")); /* nobody's source */
    inc_model_free(model);
    free(onnx.bytes);
}
END_TEST

static int n_warnings;
static char last_warning[500];

static void count_warning(inc_log_level level, const char *line, void *data)
{
    (void)data;
    if (level != INC_LOG_WARNING)
        return;
    n_warnings++;
    snprintf(last_warning, sizeof last_warning, "%s", line);
}

START_TEST(dynamic_axes_name_what_is_free_and_nothing_else)
{
    static const inc_dynamic_axis axes[] = {{"x", "batch_size", 0}, {"x", "width", -1}};
    char path[1024];
    inc_model *model = NULL;
    inc_report *report = NULL;
    tst_bytes onnx = {0};
    Torch2ONNXConfig config = plain_config(17);
    config.dynamic_axes = axes;
    config.n_dynamic_axes = 2;
    config.log = count_warning;
    n_warnings = 0;
    data_path(path, sizeof path, "torch26/pictures", ".pt2");
    ck_assert_int_eq(inc_model_open_file(path, NULL, &model, NULL), INC_OK);
    ck_assert_ptr_null(export_to(model, &onnx, &config, &report));
    const inc_value *x = inc_report_input(report, 0);
    ck_assert_int_eq(x->shape[0], -1);
    ck_assert_str_eq(x->symbols[0], "batch_size");
    ck_assert_int_eq(x->shape[3], 12);
    ck_assert_str_eq(inc_report_output(report, 0)->symbols[0], "batch_size");
    ck_assert_int_eq(n_warnings, 1);
    ck_assert_msg(strstr(last_warning, "was exported for 12 only"), "%s", last_warning);
    inc_report_free(report);
    inc_model_free(model);
    free(onnx.bytes);
}
END_TEST

START_TEST(inspecting_tells_what_is_inside)
{
    char path[1024];
    inc_model *model = NULL;
    data_path(path, sizeof path, "torch214/exported_derived", ".pt2");
    ck_assert_int_eq(inc_model_open_file(path, NULL, &model, NULL), INC_OK);
    ck_assert_int_eq(inc_model_inspect(model, NULL), INC_OK);
    ck_assert_uint_eq(inc_model_n_programs(model), 1);
    ck_assert_str_eq(inc_model_program(model, 0), "model");
    ck_assert_uint_eq(inc_model_n_inputs(model), 2);
    ck_assert_int_eq(inc_model_input(model, 0)->shape[0], -1);
    ck_assert_ptr_nonnull(strstr(inc_model_input(model, 0)->symbols[0], "2*"));
    ck_assert_uint_eq(inc_model_n_outputs(model), 1);
    check_name(inc_model_output(model, 0), "output");
    ck_assert_uint_gt(inc_model_n_operators(model), 1);
    ck_assert_uint_ge(inc_model_n_symbols(model), 1);
    ck_assert_int_ge(inc_model_symbol_max(model, 0), 64);
    ck_assert_ptr_null(inc_model_operator(model, 1000));
    inc_model_free(model);
}
END_TEST

/* ---- programs written here ---- */

/* A program of one input x, float32[DIM, 4]; what is NULL is as in a good one. */
typedef struct program {
    const char *name;
    const char *nodes, *output, *dim, *values, *signature, *schema;
    inc_status status;
    const char *message;
} program;

#define X "{\"as_tensor\": {\"name\": \"x\"}}"
#define NODE(target, inputs, outputs)                                                              \
    "{\"target\": \"" target "\", \"inputs\": [" inputs "], \"outputs\": [" outputs                \
    "], \"metadata\": {\"nn_module_stack\": \"L__self__,,a.B;L__self___fc,fc,a.C\", "              \
    "\"stack_trace\": \"  File \\\"/home/me/net.py\\\", line 12, in forward\\n    y = f(x)\\n\"}}"
#define IN(name, arg) "{\"name\": \"" name "\", \"arg\": " arg "}"
#define TENSOR(name) "{\"as_tensor\": {\"name\": \"" name "\"}}"
#define RELU NODE("torch.ops.aten.relu.default", IN("self", X), TENSOR("y"))
#define VMAP "torch._functorch.predispatch."
#define HIDDEN "{\"as_tensor\": {\"name\": \"h\"}}"
#define HIDDEN_X                                                                                   \
    NODE(VMAP "_add_batch_dim",                                                                    \
         IN("", X) ", " IN("", "{\"as_int\": 0}") ", " IN("", "{\"as_int\": 1}"), TENSOR("h"))
#define SYMBOL                                                                                     \
    "{\"as_expr\": {\"expr_str\": \"Symbol('s0', positive=True, integer=True)\", \"hint\": "       \
    "{\"as_int\": 3}}}"
#define EXPR(text) "{\"as_expr\": {\"expr_str\": \"" text "\", \"hint\": {\"as_int\": 6}}}"

static const program programs[] = {
    {"good", NULL, NULL, NULL, NULL, NULL, NULL, INC_OK, NULL},
    {"dynamic", NULL, NULL, SYMBOL, NULL, NULL, NULL, INC_OK, NULL},
    {"infix", NULL, NULL, EXPR("2*s0 + 2"), NULL, NULL, NULL, INC_OK, NULL},
    {"newer minor version", NULL, NULL, NULL, NULL, NULL, "{\"major\": 8, \"minor\": 99}", INC_OK,
     NULL},
    {"other major version", NULL, NULL, NULL, NULL, NULL, "{\"major\": 9, \"minor\": 0}",
     INC_E_UNSUPPORTED, "schema version 9.0"},
    {"bare NaN",
     NODE("torch.ops.aten.add.Scalar", IN("self", X) ", " IN("other", "{\"as_float\": NaN}"),
          TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_OK, NULL},
    {"bare infinity, and as a string",
     NODE("torch.ops.aten.clamp.default",
          IN("self", X) ", " IN("min", "{\"as_float\": -Infinity}") ", " IN(
              "max", "{\"as_float\": \"Infinity\"}"),
          TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_OK, NULL},
    {"a keyword that asks for nothing",
     NODE("torch.ops.aten.relu.default",
          IN("self", X) ", " IN("something_new", "{\"as_none\": true}"), TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_OK, NULL},
    {"unknown operator", NODE("torch.ops.mine.op.default", IN("self", X), TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_UNSUPPORTED, "net.py:12"},
    {"unknown operators, all of them",
     NODE("torch.ops.mine.op.default", IN("self", X), TENSOR("z")) ", " NODE(
         "torch.ops.mine.other.default", IN("self", X),
         TENSOR("u")) ", " NODE("torch.ops.aten.add.Tensor",
                                IN("self", TENSOR("z")) ", " IN("other", TENSOR("u")), TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_E_UNSUPPORTED, "2 operators"},
    {"unknown operator that nothing needs",
     NODE("torch.ops.mine.op.default", IN("self", X), TENSOR("z")) ", " RELU, NULL, NULL, NULL,
     NULL, NULL, INC_OK, NULL},
    {"assertions are passed over",
     NODE("torch.ops.aten._assert_async.msg", IN("self", TENSOR("nobody")), "") ", " RELU, NULL,
     NULL, NULL, NULL, NULL, INC_OK, NULL},
    {"unknown argument form",
     NODE("torch.ops.aten.relu.default", IN("self", "{\"as_wonder\": 3}"), TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_UNSUPPORTED, "as_wonder"},
    {"two forms at once",
     NODE("torch.ops.aten.relu.default", IN("self", "{\"as_int\": 3, \"as_float\": 2.0}"),
          TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_E_FORMAT, "as_int and as_float"},
    {"name from nowhere",
     NODE("torch.ops.aten.relu.default", IN("self", TENSOR("nobody")), TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_FORMAT, "nothing is called nobody"},
    {"name used before it is given",
     NODE("torch.ops.aten.relu.default", IN("self", TENSOR("z")),
          TENSOR("y")) ", " NODE("torch.ops.aten.relu.default", IN("self", X), TENSOR("z")),
     NULL, NULL, NULL, NULL, NULL, INC_E_FORMAT, "nothing is called z"},
    {"name given twice", RELU ", " RELU, NULL, NULL, NULL, NULL, NULL, INC_E_FORMAT, "given twice"},
    {"output from nowhere", NULL, TENSOR("nobody"), NULL, NULL, NULL, NULL, INC_E_FORMAT,
     "nothing is called nobody"},
    {"wrong type in the file", NULL, NULL, NULL,
     "\"y\": {\"dtype\": 5, \"sizes\": [{\"as_int\": 2}, {\"as_int\": 4}]}", NULL, NULL, INC_OK,
     NULL},
    {"too many results",
     NODE("torch.ops.aten.relu.default", IN("self", X), TENSOR("z") ", " TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_UNSUPPORTED, "result 2"},
    {"unknown function of sizes", NULL, NULL, EXPR("Wonder(Symbol('s0'))"), NULL, NULL, NULL,
     INC_E_UNSUPPORTED, "Wonder"},
    {"a size that does not end", NULL, NULL, EXPR("Add(Symbol('s0'), Integer(1)"), NULL, NULL, NULL,
     INC_E_FORMAT, "was expected"},
    {"a size divided by zero", NULL, NULL, EXPR("FloorDiv(Integer(4), Integer(0))"), NULL, NULL,
     NULL, INC_E_FORMAT, "zero"},
    {"a size too large", NULL, NULL, EXPR("Integer(99999999999999999999)"), NULL, NULL, NULL,
     INC_E_FORMAT, "integer"},
    {"a negative size", NULL, NULL, "{\"as_int\": -3}", NULL, NULL, NULL, INC_E_FORMAT, "-3"},
    {"a power too large", NULL, NULL, EXPR("Pow(Integer(10), Integer(1000000))"), NULL, NULL, NULL,
     INC_E_FORMAT, ""},
    {"a parameter that is not there", RELU, NULL, NULL, NULL,
     "{\"parameter\": {\"arg\": {\"name\": \"x\"}, \"parameter_name\": \"fc.weight\"}}", NULL,
     INC_E_FORMAT, "no tensor fc.weight"},
    {"an unknown kind of input", NULL, NULL, NULL, NULL, "{\"wonder\": {}}", NULL,
     INC_E_UNSUPPORTED, "wonder"},
    {"higher order, unknown", NODE("torch.ops.higher_order.wonder", IN("", X), TENSOR("y")), NULL,
     NULL, NULL, NULL, NULL, INC_E_UNSUPPORTED, "wonder"},
    {"a graph without arguments", NODE("torch.ops.higher_order.cond", "", TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_FORMAT, "argument 1 is missing"},
    {"a function of Python", NODE("builtins.exec", IN("a", X), TENSOR("y")), NULL, NULL, NULL, NULL,
     NULL, INC_E_UNSUPPORTED, "builtins.exec"},
    {"a part of vmap that is not known", NODE(VMAP "_wonder", IN("a", X), TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_UNSUPPORTED, "torch.vmap"},
    {"vmap without an axis", NODE(VMAP "_add_batch_dim", IN("a", X), TENSOR("y")), NULL, NULL, NULL,
     NULL, NULL, INC_E_FORMAT, "_add_batch_dim of 1"},
    {"vmap of a sum",
     HIDDEN_X ", " NODE("torch.ops.aten.sum.default", IN("self", HIDDEN), TENSOR("y")), NULL, NULL,
     NULL, NULL, NULL, INC_E_UNSUPPORTED, "element by element"},
    {"vmap of tensors in a list",
     HIDDEN_X ", " NODE("torch.ops.aten.cat.default",
                        IN("tensors", "{\"as_tensors\": [{\"name\": \"h\"}]}"), TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_E_UNSUPPORTED, "element by element"},
    {"vmap in vmap",
     NODE(VMAP "_vmap_increment_nesting", "", "{\"as_none\": true}") ", " //
     NODE(VMAP "_vmap_increment_nesting", "", "{\"as_none\": true}") ", " RELU,
     NULL, NULL, NULL, NULL, NULL, INC_E_UNSUPPORTED, "inside torch.vmap"},
    {"vmap of a product with what has more axes",
     HIDDEN_X ", " NODE("torch.ops.aten.mul.Tensor", IN("self", HIDDEN) ", " IN("other", X),
                        TENSOR("z")) ", " //
     NODE(VMAP "_remove_batch_dim",
          IN("", "{\"as_tensor\": {\"name\": \"z\"}}") ", " IN("", "{\"as_int\": 1}") ", " //
          IN("", "{\"as_int\": 3}") ", " IN("", "{\"as_int\": 0}"),
          TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_OK, NULL},
    {"all of a dynamic tensor by strides",
     NODE("torch.ops.aten.sym_size.int", IN("self", X) ", " IN("dim", "{\"as_int\": 0}"),
          "{\"as_sym_int\": {\"as_name\": \"n\"}}") ", " //
     NODE("torch.ops.aten.as_strided.default",
          IN("self", X) ", " IN("size", "{\"as_sym_ints\": [{\"as_name\": \"n\"}, {\"as_int\": 4}, "
                                        "{\"as_int\": 1}]}") ", " //
          IN("stride", "{\"as_ints\": [4, 1, 4]}"),
          TENSOR("y")),
     NULL, SYMBOL, NULL, NULL, NULL, INC_OK, NULL},
    {"autocast",
     NODE("torch.ops.higher_order.wrap_with_autocast",
          IN("", "{\"as_string\": \"cpu\"}") ", " IN("", "{\"as_scalar_type\": 13}") ", " IN(
              "", "{\"as_bool\": true}") ", " IN("", "{\"as_bool\": true}") ", " IN("", X),
          TENSOR("y")),
     NULL, NULL, NULL, NULL, NULL, INC_E_UNSUPPORTED, "lower precision"},
};

static const char *write_program(inccx *cx, const program *p)
{
    const char *output = p->output ? p->output : TENSOR("y");
    return inc_printf(
        cx,
        "{\"graph_module\": {\"graph\": {\"inputs\": [" X "], \"outputs\": [%s], \"nodes\": [%s], "
        "\"tensor_values\": {\"x\": {\"dtype\": 7, \"sizes\": [%s, {\"as_int\": 4}]}%s%s}, "
        "\"sym_int_values\": {}}, \"signature\": {\"input_specs\": [%s], \"output_specs\": "
        "[{\"user_output\": {\"arg\": %s}}]}, \"module_call_graph\": []}, \"range_constraints\": "
        "{}, \"schema_version\": %s, \"torch_version\": \"2.6.0\"}",
        output, p->nodes ? p->nodes : RELU, p->dim ? p->dim : "{\"as_int\": 2}",
        p->values ? ", " : "", p->values ? p->values : "",
        p->signature ? p->signature : "{\"user_input\": {\"arg\": " X "}}", output,
        p->schema ? p->schema : "{\"major\": 8, \"minor\": 2}");
}

START_TEST(written_program)
{
    const program *p = &programs[_i];
    inccx *cx = inccx_new(NULL);
    const char *text = write_program(cx, p);
    const made_entry entry = {"serialized_exported_program.json", text, strlen(text), _i % 2};
    made_zip zip = make_zip(cx, MADE_PLAIN, &entry, 1);
    inc_model *model = NULL;
    inc_error *error = NULL;
    tst_bytes onnx = {0};
    inc_output output = INC_OUTPUT_INIT;
    Torch2ONNXConfig config = plain_config(17);
    output.write = tst_append;
    output.write_data = &onnx;
    inc_status status = inc_model_open_memory(zip.bytes, zip.size, NULL, &model, &error);
    if (status == INC_OK)
        status = inc_export(model, &output, &config, NULL, &error);
    ck_assert_msg(status == p->status, "%s: %d, %s", p->name, (int)status,
                  error ? inc_error_message(error) : "");
    if (p->message)
        ck_assert_msg(strstr(inc_error_message(error), p->message), "%s: %s", p->name,
                      inc_error_message(error));
    inc_error_free(error);
    inc_model_free(model);
    inccx_free(cx);
    free(onnx.bytes);
}
END_TEST

START_TEST(one_of_several_programs_is_chosen)
{
    inccx *cx = inccx_new(NULL);
    const char *text = write_program(cx, &programs[0]);
    const made_entry entries[] = {
        {"net/models/decoder.json", text, strlen(text), false},
        {"net/models/encoder.json", text, strlen(text), true},
        {"net/archive_format", "pt2", 3, false},
        {"net/archive_version", "0", 1, false},
    };
    made_zip zip = make_zip(cx, MADE_PYTORCH, entries, INC_COUNT(entries));
    inc_model *model = NULL;
    tst_bytes onnx = {0};
    Torch2ONNXConfig config = plain_config(17);
    ck_assert_int_eq(inc_model_open_memory(zip.bytes, zip.size, NULL, &model, NULL), INC_OK);
    char *why = export_to(model, &onnx, &config, NULL);
    ck_assert_ptr_nonnull(why);
    ck_assert_msg(strstr(why, "decoder, encoder"), "%s", why);
    free(why);
    config.program = "head";
    why = export_to(model, &onnx, &config, NULL);
    ck_assert_msg(why && strstr(why, "no program head"), "%s", why);
    free(why);
    config.program = "encoder";
    ck_assert_ptr_null(export_to(model, &onnx, &config, NULL));
    ck_assert_int_eq(inc_model_inspect(model, NULL), INC_OK);
    ck_assert_uint_eq(inc_model_n_programs(model), 2);
    inc_model_free(model);
    inccx_free(cx);
    free(onnx.bytes);
}
END_TEST

/* A loop whose condition has a loop, and so on; each condition is walked twice. */
static const char *looping(inccx *cx, unsigned depth)
{
    static const char loop[] = NODE("torch.ops.higher_order.while_loop",
                                    IN("", "{\"as_graph\": {\"graph\": %s}}") ", " //
                                    IN("", "{\"as_graph\": {\"graph\": {\"inputs\": [" X
                                           "], \"outputs\": [" X "], \"nodes\": []}}}") ", " //
                                    IN("", "{\"as_tensors\": [{\"name\": \"x\"}]}") ", "     //
                                    IN("", "{\"as_tensors\": []}"),
                                    "{\"as_tensors\": [{\"name\": \"y\"}]}");
    const char *condition = inc_printf(
        cx, "{\"inputs\": [%s], \"outputs\": [%s], \"nodes\": [%s%s]}", X, TENSOR("z"),
        depth > 0 ? inc_printf(cx, "%s, ", looping(cx, depth - 1)) : "",
        depth > 0 ? NODE("torch.ops.aten.any.default", IN("self", TENSOR("y")), TENSOR("z"))
                  : NODE("torch.ops.aten.any.default", IN("self", X), TENSOR("z")));
    return inc_printf(cx, loop, condition);
}

START_TEST(conditions_in_conditions_end)
{
    inccx *cx = inccx_new(NULL);
    program p = {.nodes = looping(cx, _i == 0 ? 2 : 20)};
    const char *text = write_program(cx, &p);
    const made_entry entry = {"serialized_exported_program.json", text, strlen(text), false};
    made_zip zip = make_zip(cx, MADE_PLAIN, &entry, 1);
    inc_model *model = NULL;
    tst_bytes onnx = {0};
    Torch2ONNXConfig config = plain_config(17);
    ck_assert_int_eq(inc_model_open_memory(zip.bytes, zip.size, NULL, &model, NULL), INC_OK);
    char *why = export_to(model, &onnx, &config, NULL);
    if (_i == 0)
        ck_assert_msg(!why, "%s", why);
    else
        ck_assert_msg(why && strstr(why, "more computing than the limit"), "%s", why);
    free(why);
    inc_model_free(model);
    inccx_free(cx);
    free(onnx.bytes);
}
END_TEST

/* ---- sizes ---- */

static const struct {
    const char *text, *shown;
    int64_t value; /* for s0 = 7, s1 = 4 */
} sizes[] = {
    {"Symbol('s0', positive=True, integer=True)", "s0", 7},
    {"Add(Mul(Integer(2), Symbol('s0')), Integer(-1))", "2*s0 + -1", 13},
    {"2*s0 + 1", "2*s0 + 1", 15},
    {"-s0 + 3*s1", "-s0 + 3*s1", 5},
    {"s0**2", "Pow(s0, 2)", 49},
    {"Pow(Symbol('s0'), Integer(2))", "Pow(s0, 2)", 49},
    {"FloorDiv(Symbol('s0'), Integer(2))", "s0//2", 3},
    {"(s0 + 1)//s1", "(s0 + 1)//s1", 2},
    {"Mod(Symbol('s0'), Symbol('s1'))", "Mod(s0, s1)", 3},
    {"PythonMod(Symbol('s0'), Integer(4))", "Mod(s0, 4)", 3},
    {"CleanDiv(Mul(Integer(4), Symbol('s0')), Integer(2))", "4*s0//2", 14},
    {"CeilDiv(Symbol('s0'), Integer(2))", "CeilDiv(s0, 2)", 4},
    {"ModularIndexing(Symbol('s0'), Integer(2), Integer(2))", "ModularIndexing(s0, 2, 2)", 1},
    {"Max(Integer(5), Symbol('s0'), Symbol('s1'))", "Max(5, s0, s1)", 7},
    {"Min(Symbol('s0'), Symbol('s1'))", "Min(s0, s1)", 4},
    {"TruncToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s0'))))",
     "TruncToInt(1.5*ToFloat(s0))", 10},
    {"CeilToInt(IntTrueDiv(Symbol('s0'), Integer(2)))", "CeilToInt(IntTrueDiv(s0, 2))", 4},
    {"floor(Mul(Rational(1, 2), Symbol('s0')))", "FloorToInt(IntTrueDiv(1, 2)*s0)", 3},
    {"Piecewise(ExprCondPair(Integer(1), StrictLessThan(Symbol('s0'), Integer(0))), "
     "ExprCondPair(Symbol('s1'), true))",
     "Where(s0 < 0, 1, s1)", 4},
};

START_TEST(size_is_understood)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        incir_graph *g = incir_graph_new(cx, 17);
        incmap *symbols = incmap_new(cx);
        incmap_set_str(cx, symbols, "s0",
                       (void *)(uintptr_t)incsym_new(g->syms, "s0", 7, 1, NULL, 0));
        incmap_set_str(cx, symbols, "s1",
                       (void *)(uintptr_t)incsym_new(g->syms, "s1", 4, 1, NULL, 0));
        const incpt2_expr *e = incpt2_expr_parse(cx, sizes[_i].text);
        incfe_number n = incpt2_expr_value(g, e, symbols);
        ck_assert_int_eq(n.kind, INCFE_NUMBER_EXACT);
        ck_assert_int_eq(n.bottom, 1);
        ck_assert_int_eq(incsym_hint(n.top), sizes[_i].value);
        if (!strstr(sizes[_i].text, "Piecewise"))
            ck_assert_str_eq(incpt2_expr_text(cx, e), sizes[_i].shown);
        ck_assert_ptr_null(incpt2_expr_unbound(e, symbols));
        inc_try_end(cx, &frame);
    } else {
        ck_abort_msg("%s: %s", sizes[_i].text, cx->error.message);
    }
    inccx_free(cx);
}
END_TEST

/* Chains of operators nest as well: to the left. */
START_TEST(deep_size_is_refused)
{
    static const char *const parts[] = {"Add(", "1 + ", "s0*", "s0 - "};
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    incstr text = {0};
    if (inc_try(cx, &frame)) {
        for (int i = 0; i < 5000; i++)
            incstr_add(cx, &text, parts[_i]);
        incstr_add(cx, &text, "1");
        incpt2_expr_parse(cx, incstr_text(&text));
        inc_try_end(cx, &frame);
        ck_abort_msg("it was read");
    }
    ck_assert_int_eq(cx->error.status, INC_E_LIMIT);
    inccx_free(cx);
}
END_TEST

static Suite *pt2_suite(void)
{
    Suite *s = suite_create("pt2");
    TCase *files = tcase_create("recorded"), *written = tcase_create("written");
    tcase_set_timeout(files, 60);
    tcase_add_loop_test(files, recorded_archive, 0, (int)INC_COUNT(recorded));
    tcase_add_test(files, names_follow_the_tree_of_arguments);
    tcase_add_test(files, nodes_and_weights_keep_their_names);
    tcase_add_test(files, dynamic_axes_name_what_is_free_and_nothing_else);
    tcase_add_test(files, inspecting_tells_what_is_inside);
    tcase_add_loop_test(written, written_program, 0, (int)INC_COUNT(programs));
    tcase_add_test(written, one_of_several_programs_is_chosen);
    tcase_add_loop_test(written, size_is_understood, 0, (int)INC_COUNT(sizes));
    tcase_add_loop_test(written, deep_size_is_refused, 0, 4);
    tcase_add_loop_test(written, conditions_in_conditions_end, 0, 2);
    suite_add_tcase(s, files);
    suite_add_tcase(s, written);
    return s;
}

int main(int argc, char **argv)
{
    return tst_run_with_ort(pt2_suite(), argc > 1 ? argv[1] : NULL, &ort);
}
