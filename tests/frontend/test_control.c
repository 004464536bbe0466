/* SPDX-License-Identifier: Apache-2.0 */
/* What options say of branches and loops in scripted models: unroll_limit and strict. */
#include <check.h>
#include <incexport/incexport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "../support/npz.h"
#include "../support/ort.h"
#include "../support/suite.h"

static tst_ort *ort;

typedef struct result {
    tst_bytes onnx;     /* first: what is appended to */
    char message[1000]; /* "" when it worked */
    char python[200];
    unsigned n_left_out; /* lines of the log that say so of a check */
    size_t n_warnings;
} result;

static void count(inc_log_level level, const char *line, void *data)
{
    result *r = data;
    (void)level;
    r->n_left_out += strstr(line, "a check is left out") != NULL;
}

static const char *path_of(const char *name, const char *ending)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/control/%s%s", getenv("INC_TEST_DATA"), name, ending);
    return path;
}

/* What the file at the path gives with that config. */
static result exported_file(const char *path, Torch2ONNXConfig *config)
{
    result r = {0};
    inc_output output = INC_OUTPUT_INIT;
    inc_model *model = NULL;
    inc_report *report = NULL;
    inc_error *error = NULL;
    config->dtype = INC_DTYPE_FP32;
    config->log = count;
    config->log_data = &r;
    config->log_level = INC_LOG_INFO;
    output.write = tst_append;
    output.write_data = &r;
    ck_assert_int_eq(inc_model_open_file(path, NULL, &model, NULL), INC_OK);
    if (inc_export(model, &output, config, &report, &error) != INC_OK) {
        const char *python = inc_error_python(error);
        snprintf(r.message, sizeof r.message, "%s", inc_error_message(error));
        snprintf(r.python, sizeof r.python, "%s", python ? python : "");
    } else {
        r.n_warnings = inc_report_n_warnings(report);
    }
    inc_error_free(error);
    inc_report_free(report);
    inc_model_free(model);
    return r;
}

/* Exported with an input [3, 3] whose first axis is dynamic where that is asked for. */
static result exported(const char *name, bool is_dynamic, uint32_t unroll_limit, uint32_t strict)
{
    const int64_t shape[] = {3, 3};
    inc_tensor example = {.element = INC_ELEMENT_FLOAT32, .shape = shape, .rank = 2};
    const inc_dynamic_axis axis = {.name = "x", .axis = 0, .symbol = "n"};
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.example_inputs = &example;
    config.n_example_inputs = 1;
    config.dynamic_axes = &axis;
    config.n_dynamic_axes = is_dynamic ? 1 : 0;
    config.unroll_limit = unroll_limit;
    config.strict = strict;
    return exported_file(path_of(name, ".pt"), &config);
}

/* How often the name of an operator stands in the file, as the field of a node. */
static size_t operators(const result *r, const char *name)
{
    size_t n = 0, length = strlen(name);
    for (size_t i = 0; i + length + 2 <= r->onnx.size; i++)
        n += r->onnx.bytes[i] == 0x22 && r->onnx.bytes[i + 1] == length &&
             memcmp(r->onnx.bytes + i + 2, name, length) == 0;
    return n;
}

static void answers_as_pytorch(const char *name, const result *r)
{
    char why[500] = "";
    size_t size;
    tst_tensors all = {0}, feed = {0}, got = {0};
    if (!ort)
        return;
    unsigned char *npz = tst_read_file(path_of(name, ".npz"), &size);
    ck_assert_ptr_nonnull(npz);
    ck_assert(tst_npz_read(npz, size, &all));
    const tst_tensor *in = tst_tensors_find(&all, "in_0");
    tst_tensor *x = tst_tensors_add(&feed, "x", in->dtype, in->rank, in->dims);
    memcpy(x->data, in->data, in->n_bytes);
    tst_ort_session *session = tst_ort_load(ort, r->onnx.bytes, r->onnx.size, why, sizeof why);
    ck_assert_msg(session != NULL, "%s", why);
    ck_assert_msg(tst_ort_run(session, &feed, &got, why, sizeof why), "%s", why);
    for (size_t i = 0; i < got.count; i++) {
        char output[32];
        snprintf(output, sizeof output, "out_%zu", i);
        ck_assert_msg(tst_tensor_close(tst_tensors_find(&all, output), &got.items[i], 1e-4, 1e-5,
                                       why, sizeof why),
                      "%s: %s", output, why);
    }
    tst_ort_unload(session);
    tst_tensors_free(&all);
    tst_tensors_free(&feed);
    tst_tensors_free(&got);
    free(npz);
}

START_TEST(loops_of_a_known_count_are_unrolled_up_to_a_limit)
{
    static const struct {
        uint32_t limit;
        size_t n_loops, n_gemm;
    } table[] = {{0, 0, 12}, {12, 0, 12}, {11, 1, 1}, {5, 2, 1}, {2, 3, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        result r = exported("turns", false, table[i].limit, 0);
        ck_assert_str_eq(r.message, "");
        ck_assert_uint_eq(operators(&r, "Loop"), table[i].n_loops);
        ck_assert_uint_eq(operators(&r, "Gemm"), table[i].n_gemm);
        answers_as_pytorch("turns", &r);
        free(r.onnx.bytes);
    }
}
END_TEST

START_TEST(checks_that_are_left_out_are_said_once_and_refused_when_strict)
{
    result r = exported("checked", true, 0, 0);
    ck_assert_str_eq(r.message, "");
    ck_assert_uint_eq(r.n_left_out, 2);
    ck_assert_uint_eq(r.n_warnings, 0);
    answers_as_pytorch("checked", &r);
    free(r.onnx.bytes);
    r = exported("checked", true, 0, 1);
    ck_assert_ptr_nonnull(strstr(r.message, "the model raises an exception where the data or"));
    ck_assert_ptr_nonnull(strstr(r.python, "make.py:"));
    free(r.onnx.bytes);
    r = exported("turns", true, 0, 1);
    ck_assert_str_eq(r.message, "");
    free(r.onnx.bytes);
}
END_TEST

START_TEST(checks_of_exported_programs_are_too)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/pt2/torch26/exported_item.pt2", getenv("INC_TEST_DATA"));
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    result r = exported_file(path, &config);
    ck_assert_str_eq(r.message, "");
    ck_assert_uint_eq(r.n_left_out, 2); /* that no size is below zero goes without saying */
    free(r.onnx.bytes);
    config.strict = 1;
    r = exported_file(path, &config);
    ck_assert_ptr_nonnull(strstr(r.message, "the model raises an exception where the data or"));
    free(r.onnx.bytes);
}
END_TEST

START_TEST(lists_of_unknown_length_are_sequences)
{
    result r = exported("listed", true, 0, 0);
    ck_assert_str_eq(r.message, "");
    ck_assert_uint_eq(operators(&r, "SplitToSequence"), 3);
    ck_assert_uint_eq(r.n_warnings, 1);
    if (ort) { /* which checks the types */
        char why[500];
        tst_ort_session *session = tst_ort_load(ort, r.onnx.bytes, r.onnx.size, why, sizeof why);
        ck_assert_msg(session != NULL, "%s", why);
        tst_ort_unload(session);
    }
    free(r.onnx.bytes);
    r = exported("listed", false, 0, 0); /* 3 and 3 tensors, and one list more */
    ck_assert_str_eq(r.message, "");
    ck_assert_uint_eq(operators(&r, "SplitToSequence"), 1);
    free(r.onnx.bytes);
}
END_TEST

int main(int argc, char **argv)
{
    char why[500];
    ort = tst_ort_open(argc > 1 ? argv[1] : NULL, why, sizeof why);
    Suite *suite = suite_create("control");
    TCase *tc = tcase_create("control");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, loops_of_a_known_count_are_unrolled_up_to_a_limit);
    tcase_add_test(tc, checks_that_are_left_out_are_said_once_and_refused_when_strict);
    tcase_add_test(tc, checks_of_exported_programs_are_too);
    tcase_add_test(tc, lists_of_unknown_length_are_sequences);
    suite_add_tcase(suite, tc);
    int failed = tst_run(suite);
    if (ort)
        tst_ort_close(ort);
    else
        printf("no runtime: %s\n", why);
    return failed ? 1 : ort ? 0 : 77;
}
