/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that the library has no form for: kept as nodes of a domain, or lowered by a function
 * of the application, which adds ONNX's nodes; the result is run where there is a runtime. */
#include <check.h>
#include <incexport/incexport.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/npz.h"
#include "../support/ort.h"
#include "../support/ort_suite.h"
#include "../support/suite.h"

static tst_ort *ort;
static Torch2ONNXConfig config;
static inc_model *model;
static inc_report *report;
static inc_error *error;
static unsigned char *written;
static size_t n_written;
static int n_calls;

static const char *data_path(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/files/%s", getenv("INC_TEST_DATA"), name);
    return path;
}

static void set_up(void)
{
    const Torch2ONNXConfig fresh = TORCH2ONNX_CONFIG_INIT;
    config = fresh;
    config.dtype = INC_DTYPE_FP32;
    model = NULL;
    report = NULL;
    error = NULL;
    written = NULL;
    n_written = 0;
    n_calls = 0;
}

static void tear_down(void)
{
    inc_report_free(report);
    inc_error_free(error);
    inc_model_free(model);
    free(written);
}

static int append(const void *bytes, size_t size, void *data)
{
    (void)data;
    written = realloc(written, n_written + size);
    memcpy(written + n_written, bytes, size);
    n_written += size;
    return 0;
}

static inc_status export_file(const char *name)
{
    inc_output output = INC_OUTPUT_INIT;
    output.write = append;
    inc_status status = inc_model_open_file(data_path(name), NULL, &model, &error);
    ck_assert_int_eq(status, INC_OK);
    return inc_export(model, &output, &config, &report, &error);
}

static uint64_t count_of(const char *op_type)
{
    for (size_t i = 0; i < inc_report_n_operators(report); i++)
        if (strcmp(inc_report_operator(report, i), op_type) == 0)
            return inc_report_operator_count(report, i);
    return 0;
}

static bool holds(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= n_written; i++)
        if (memcmp(written + i, text, n) == 0)
            return true;
    return false;
}

/* ---- domains ---- */

START_TEST(unknown_operators_are_refused_with_the_way_out)
{
    ck_assert_int_eq(export_file("custom.pt2"), INC_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(inc_error_message(error), "myops::scale"));
    ck_assert_ptr_nonnull(strstr(inc_error_hint(error), "custom_domains"));
}
END_TEST

START_TEST(domains_keep_operators_as_nodes)
{
    const inc_custom_domain domains[] = {{"other", "org.other"}, {"myops", "com.example"}};
    config.custom_domains = domains;
    config.n_custom_domains = 2;
    ck_assert_int_eq(export_file("custom.pt2"), INC_OK);
    ck_assert_uint_eq(count_of("scale"), 1);
    ck_assert_uint_eq(count_of("pair"), 1);
    ck_assert(holds("com.example") && !holds("org.other") && holds("factor") && holds("axes"));
    const inc_value *sums = inc_report_output(report, 1);
    ck_assert_uint_eq(sums->rank, 1); /* as the file says */
    ck_assert_int_eq(sums->shape[0], -1);
    ck_assert_uint_eq(inc_report_n_warnings(report), 0);
}
END_TEST

START_TEST(without_types_in_the_file_a_guess_is_told)
{
    const inc_custom_domain domain = {"myops", "com.example"};
    config.custom_domains = &domain;
    config.n_custom_domains = 1;
    ck_assert_int_eq(export_file("custom.pt"), INC_OK);
    ck_assert_uint_eq(inc_report_n_warnings(report), 1);
    ck_assert_ptr_nonnull(strstr(inc_report_warning(report, 0), "is assumed"));
}
END_TEST

START_TEST(domains_are_checked)
{
    const inc_custom_domain nameless = {"myops", ""};
    config.custom_domains = &nameless;
    config.n_custom_domains = 1;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(inc_error_message(error), "custom_domains[0].domain"));
}
END_TEST

/* ---- a function ---- */

static const inc_operand *node(inc_operator_call *call, const char *op_type, const inc_operand *a,
                               const inc_operand *b, const inc_attribute *attribute)
{
    const inc_operand *inputs[] = {a, b}, *output = NULL;
    inc_node n = INC_NODE_INIT;
    n.op_type = op_type;
    n.inputs = inputs;
    n.n_inputs = b ? 2 : 1;
    n.attributes = attribute;
    n.n_attributes = attribute ? 1 : 0;
    inc_operator_node(call, &n, &output);
    return output;
}

static int lower_scale(inc_operator_call *call)
{
    const inc_argument *x = inc_operator_argument(call, 0), *mask = inc_operator_argument(call, 1);
    const inc_argument *factor = inc_operator_argument(call, 2);
    const inc_argument *axes = inc_operator_argument(call, 3);
    const inc_argument *mode = inc_operator_argument(call, 4);
    ck_assert_str_eq(factor->name, "factor");
    ck_assert_uint_eq(x->kind, INC_ARGUMENT_TENSOR);
    ck_assert_uint_eq(mask->kind, INC_ARGUMENT_NONE);
    ck_assert_uint_eq(factor->kind, INC_ARGUMENT_FLOAT);
    ck_assert_uint_eq(axes->kind, INC_ARGUMENT_LIST);
    ck_assert_uint_eq(axes->n_items, 2);
    ck_assert_int_eq(axes->items[1]->integer, 1);
    ck_assert_str_eq(mode->text, "b");
    ck_assert_ptr_null(inc_operator_argument(call, 5));
    const inc_value *type = inc_operator_type(call, x->operand);
    ck_assert_uint_eq(type->rank, 2);
    ck_assert_int_eq(type->shape[0], -1);
    ck_assert_int_eq(type->shape[1], 4);

    float value = (float)factor->real;
    const inc_tensor tensor = {.data = &value, .element = INC_ELEMENT_FLOAT32};
    const inc_operand *constant = NULL;
    ck_assert_int_eq(inc_operator_constant(call, &tensor, &constant), INC_OK);
    const inc_operand *result = node(call, "Mul", x->operand, constant, NULL);
    ck_assert_int_eq(inc_operator_return(call, &result, 1), INC_OK);
    return INC_LOWERED;
}

static int lower_pair(inc_operator_call *call)
{
    const int64_t one = 1, no = 0, shape = 1;
    const inc_tensor axes = {
        .data = &one, .shape = &shape, .rank = 1, .element = INC_ELEMENT_INT64};
    const inc_attribute keepdims = {
        .name = "keepdims", .kind = INC_ATTRIBUTE_INT, .ints = &no, .n = 1};
    const inc_operand *x = inc_operator_argument(call, 0)->operand, *constant = NULL;
    ck_assert_uint_eq(inc_operator_n_results(call), 2);
    ck_assert_uint_eq(inc_operator_result(call, 1)->rank, 1);
    ck_assert_int_eq(inc_operator_constant(call, &axes, &constant), INC_OK);
    const inc_operand *results[] = {node(call, "Relu", x, NULL, NULL),
                                    node(call, "ReduceSum", x, constant, &keepdims)};
    ck_assert_int_eq(inc_operator_return(call, results, 2), INC_OK);
    return INC_LOWERED;
}

static int lower(inc_operator_call *call, void *data)
{
    ck_assert_ptr_eq(data, &n_calls);
    n_calls++;
    ck_assert_uint_eq(inc_operator_opset(call), config.opset_version);
    if (strcmp(inc_operator_name(call), "myops::scale") == 0)
        return lower_scale(call);
    if (strcmp(inc_operator_name(call), "myops::pair") == 0)
        return lower_pair(call);
    return INC_NOT_LOWERED;
}

static void run_written(void)
{
    char why[500];
    tst_tensors arrays = {0}, outputs = {0};
    size_t size;
    unsigned char *npz = tst_read_file(data_path("custom.npz"), &size);
    ck_assert(npz && tst_npz_read(npz, size, &arrays));
    tst_ort_session *session = tst_ort_load(ort, written, n_written, why, sizeof why);
    ck_assert_msg(session != NULL, "%s", why);
    ck_assert_msg(tst_ort_run(session, &arrays, &outputs, why, sizeof why), "%s", why);
    for (size_t i = 0; i < 2; i++)
        ck_assert_msg(tst_tensor_close(tst_tensors_find(&arrays, i ? "out_1" : "out_0"),
                                       &outputs.items[i], 1e-6, 1e-6, why, sizeof why),
                      "%s", why);
    tst_ort_unload(session);
    tst_tensors_free(&arrays);
    tst_tensors_free(&outputs);
    free(npz);
}

START_TEST(a_function_lowers_to_nodes_of_onnx)
{
    config.lower = lower;
    config.lower_data = &n_calls;
    inc_status status = export_file("custom.pt2");
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
    ck_assert_int_eq(n_calls, 2);
    ck_assert_uint_eq(count_of("scale") + count_of("pair"), 0);
    ck_assert_uint_eq(count_of("ReduceSum"), 1);
    if (ort)
        run_written();
}
END_TEST

static int keep_only(inc_operator_call *call, void *data)
{
    const inc_operand *inputs[] = {inc_operator_argument(call, 0)->operand}, *outputs[2];
    inc_node_output types[2];
    inc_node n = INC_NODE_INIT;
    (void)data;
    n.domain = "com.example";
    n.op_type = "Kept";
    n.inputs = inputs;
    n.n_inputs = 1;
    n.n_outputs = inc_operator_n_results(call);
    for (size_t i = 0; i < n.n_outputs; i++)
        types[i] = *inc_operator_result(call, i);
    n.outputs = types;
    ck_assert_int_eq(inc_operator_node(call, &n, outputs), INC_OK);
    ck_assert_int_eq(inc_operator_return(call, outputs, n.n_outputs), INC_OK);
    return INC_LOWERED;
}

START_TEST(results_are_typed_by_the_file)
{
    config.lower = keep_only;
    ck_assert_int_eq(export_file("custom.pt2"), INC_OK);
    ck_assert_uint_eq(count_of("Kept"), 2);
    ck_assert_uint_eq(inc_report_output(report, 1)->rank, 1);
    ck_assert_str_eq(inc_report_output(report, 1)->symbols[0],
                     inc_report_input(report, 0)->symbols[0]);
}
END_TEST

static int mistake; /* which of those below is made */

static int make_mistake(inc_operator_call *call, void *data)
{
    const inc_operand *x = inc_operator_argument(call, 0)->operand, *output = NULL;
    const inc_operand *type = (const inc_operand *)inc_operator_result(call, 0)->like;
    inc_node n = INC_NODE_INIT;
    (void)data;
    n.op_type = mistake == 0 ? NULL : mistake == 1 ? "NoSuchOperator" : "MatMul";
    n.inputs = mistake == 2 ? &type : &x;
    n.n_inputs = 1;
    if (mistake < 4)
        inc_operator_node(call, &n, &output);
    else if (mistake == 4)
        inc_operator_return(call, &x, 7);
    else if (mistake == 5)
        inc_operator_return(call, &output, 1);
    else if (mistake == 7)
        return 7;
    return mistake == 8 ? INC_NOT_LOWERED : INC_LOWERED;
}

START_TEST(mistakes_of_the_function_end_the_export)
{
    static const inc_status wanted[] = {INC_E_ARGUMENT, INC_E_ARGUMENT,  INC_E_ARGUMENT,
                                        INC_E_ARGUMENT, INC_E_ARGUMENT,  INC_E_ARGUMENT,
                                        INC_E_ARGUMENT, INC_E_CANCELLED, INC_E_UNSUPPORTED};
    mistake = _i;
    config.lower = make_mistake;
    inc_status status = export_file("custom.pt2");
    ck_assert_msg(status == wanted[_i], "%s, %s", inc_status_name(status),
                  inc_error_message(error));
    ck_assert_int_eq(inc_error_code(error), status);
}
END_TEST

static Suite *operator_suite(void)
{
    Suite *suite = suite_create("operator");
    TCase *cases = tcase_create("custom operators");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, unknown_operators_are_refused_with_the_way_out);
    tcase_add_test(cases, domains_keep_operators_as_nodes);
    tcase_add_test(cases, without_types_in_the_file_a_guess_is_told);
    tcase_add_test(cases, domains_are_checked);
    tcase_add_test(cases, a_function_lowers_to_nodes_of_onnx);
    tcase_add_test(cases, results_are_typed_by_the_file);
    tcase_add_loop_test(cases, mistakes_of_the_function_end_the_export, 0, 9);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(int argc, char **argv)
{
    return tst_run_with_ort(operator_suite(), argc > 1 ? argv[1] : NULL, &ort);
}
