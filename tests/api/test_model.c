/* SPDX-License-Identifier: Apache-2.0 */
/* Model files: opened by content, asked before exporting, refused with a reason. */
#define _DEFAULT_SOURCE /* mkstemp */
#include <check.h>
#include <incexport/incexport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"

static inc_error *error;
static inc_model *model;
static char path[4096];

static void set_up(void)
{
    error = NULL;
    model = NULL;
}

static void tear_down(void)
{
    inc_error_free(error);
    inc_model_free(model);
}

static const char *data(const char *name)
{
    const char *folder = getenv("INC_TEST_DATA");
    ck_assert_ptr_nonnull(folder);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void open_sample(const char *name)
{
    inc_status status = inc_model_open_file(data(name), NULL, &model, &error);
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
    status = inc_model_inspect(model, &error);
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
}

static const struct {
    const char *file;
    inc_model_kind kind;
    uint32_t is_quantized, has_recorded_inputs;
    size_t n_inputs;
} samples[] = {
    {"samples/traced.pt", INC_MODEL_TORCHSCRIPT, 0, 1, 1},
    {"samples/scripted.pt", INC_MODEL_TORCHSCRIPT, 0, 0, 1},
    {"samples/frozen.pt", INC_MODEL_TORCHSCRIPT, 0, 0, 1},
    {"samples/quantized.pt", INC_MODEL_STATE_DICT, 1, 0, 0},
    {"samples/torch113/traced.pt", INC_MODEL_TORCHSCRIPT, 0, 0, 1},
    {"samples/torch113/quantized.pt", INC_MODEL_STATE_DICT, 1, 0, 0},
    {"samples/checkpoint.pt", INC_MODEL_STATE_DICT, 0, 0, 0},
    {"samples/checkpoint_legacy.pt", INC_MODEL_STATE_DICT, 0, 0, 0},
};

START_TEST(samples_are_what_they_are)
{
    open_sample(samples[_i].file);
    ck_assert_uint_eq(inc_model_get_kind(model), samples[_i].kind);
    ck_assert_uint_eq(inc_model_is_quantized(model), samples[_i].is_quantized);
    ck_assert_uint_eq(inc_model_has_recorded_inputs(model), samples[_i].has_recorded_inputs);
    ck_assert_uint_eq(inc_model_n_inputs(model), samples[_i].n_inputs);
    ck_assert_uint_gt(inc_model_n_weights(model), 0);
    ck_assert_uint_ge(inc_model_weight_bytes(model), inc_model_n_weights(model) / 2);
    for (size_t i = 0; i < samples[_i].n_inputs; i++) {
        const inc_value *input = inc_model_input(model, i);
        ck_assert_ptr_nonnull(input->name);
        ck_assert_uint_eq(input->is_known, samples[_i].has_recorded_inputs);
    }
    ck_assert_ptr_null(inc_model_input(model, samples[_i].n_inputs));
    ck_assert_int_eq(inc_model_inspect(model, &error), INC_OK);
}
END_TEST

START_TEST(nothing_is_known_before_inspecting)
{
    ck_assert_int_eq(inc_model_open_file(data("samples/traced.pt"), NULL, &model, NULL), INC_OK);
    ck_assert_uint_eq(inc_model_n_inputs(model), 0);
    ck_assert_ptr_null(inc_model_input(model, 0));
    ck_assert_ptr_null(inc_model_class_name(model));
    ck_assert_int_gt(inc_model_format_version(model), 0);
}
END_TEST

static unsigned char *read_file(const char *name, size_t *size)
{
    FILE *f = fopen(name, "rb");
    ck_assert_ptr_nonnull(f);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = malloc(*size);
    ck_assert_uint_eq(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

START_TEST(memory_is_as_good_as_a_file)
{
    size_t size;
    unsigned char *bytes = read_file(data("samples/traced.pt"), &size);
    ck_assert_int_eq(inc_model_open_memory(bytes, size, NULL, &model, &error), INC_OK);
    ck_assert_int_eq(inc_model_inspect(model, &error), INC_OK);
    ck_assert_uint_eq(inc_model_n_inputs(model), 1);
    inc_model_free(model);
    model = NULL;
    ck_assert_int_lt(inc_model_open_memory(bytes, size / 2, NULL, &model, &error), 0);
    ck_assert_ptr_null(model);
    free(bytes);
}
END_TEST

static const struct {
    const char *file;
    inc_status status;
    const char *message;
} refusals[] = {
    {"no such file", INC_E_IO, "No such file"},
    {".", INC_E_IO, "folder"},
    {"README.md", INC_E_FORMAT, "text file"},
    {"samples/module.pt", INC_E_UNSUPPORTED, NULL},
};

START_TEST(what_is_no_model_is_refused)
{
    inc_status status = inc_model_open_file(data(refusals[_i].file), NULL, &model, &error);
    if (status == INC_OK) /* some only show when their pickle is read */
        status = inc_model_inspect(model, &error);
    ck_assert_msg(status == refusals[_i].status, "%s: %s", inc_status_name(status),
                  inc_error_message(error));
    ck_assert_int_eq(inc_error_code(error), status);
    if (refusals[_i].message)
        ck_assert_msg(strstr(inc_error_message(error), refusals[_i].message), "%s",
                      inc_error_message(error));
}
END_TEST

START_TEST(wrong_arguments)
{
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    ck_assert_int_eq(inc_model_open_file(NULL, NULL, &model, NULL), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_model_open_file("x", NULL, NULL, NULL), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_model_open_memory(NULL, 3, NULL, &model, NULL), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_model_inspect(NULL, NULL), INC_E_ARGUMENT);
    options.struct_size = 3;
    ck_assert_int_eq(inc_model_open_file(data("samples/traced.pt"), &options, &model, &error),
                     INC_E_ABI);
    inc_error_free(error);
    options.struct_size = sizeof options;
    options.memory_limit = 1000;
    ck_assert_int_eq(inc_model_open_file(data("samples/traced.pt"), &options, &model, &error),
                     INC_E_LIMIT);
    inc_model_free(NULL);
    inc_error_free(NULL);
    ck_assert_str_eq(inc_error_message(NULL), "");
    ck_assert_int_eq(inc_error_code(NULL), INC_OK);
}
END_TEST

START_TEST(arrays_are_read)
{
    inc_tensors *set = NULL;
    snprintf(path, sizeof path, "%s", getenv("INC_TEST_NPZ"));
    ck_assert_int_eq(inc_tensors_open_file(path, NULL, &set, &error), INC_OK);
    ck_assert_uint_eq(inc_tensors_count(set), 2);
    const inc_tensor *t = inc_tensors_items(set);
    size_t images = strcmp(t[0].name, "images") == 0 ? 0 : 1;
    ck_assert_str_eq(t[images].name, "images");
    ck_assert_uint_eq(t[images].element, INC_ELEMENT_FLOAT32);
    ck_assert_uint_eq(t[images].rank, 4);
    ck_assert_int_eq(t[images].shape[0], 450);
    const float *values = t[images].data;
    for (size_t i = 0; i < 64; i++)
        ck_assert(values[i] >= 0 && values[i] <= 16);
    inc_tensors_free(set);
    inc_tensors_free(NULL);
    set = NULL;
    ck_assert_int_eq(inc_tensors_open_file(data("samples/traced.pt"), NULL, &set, &error),
                     INC_E_FORMAT);
    ck_assert_ptr_null(set);
}
END_TEST

/* The limit on memory grows with the file of arrays: more than what a small model is granted. */
START_TEST(large_arrays_are_read)
{
    enum { SIZE = 240 << 20, HEAD = 128 };
    char head[HEAD];
    inc_tensors *set = NULL;
    const char *base = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/incexport-large-XXXXXX", base ? base : "/tmp");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    int n = snprintf(head, sizeof head,
                     "%cNUMPY%c%c%c%c{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }",
                     0x93, 1, 0, HEAD - 10, 0, SIZE);
    memset(head + n, ' ', sizeof head - (size_t)n);
    head[HEAD - 1] = '\n';
    FILE *file = fdopen(fd, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(head, 1, sizeof head, file), sizeof head);
    ck_assert_int_eq(fseek(file, HEAD + SIZE - 1, SEEK_SET), 0); /* a hole */
    ck_assert_int_eq(fputc(7, file), 7);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(inc_tensors_open_file(path, NULL, &set, &error), INC_OK);
    const inc_tensor *t = inc_tensors_items(set);
    ck_assert_int_eq(t[0].shape[0], SIZE);
    ck_assert_uint_eq(((const unsigned char *)t[0].data)[SIZE - 1], 7);
    inc_tensors_free(set);
    remove(path);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, samples_are_what_they_are, 0, COUNT(samples));
    tcase_add_test(tcase, nothing_is_known_before_inspecting);
    tcase_add_test(tcase, memory_is_as_good_as_a_file);
    tcase_add_loop_test(tcase, what_is_no_model_is_refused, 0, COUNT(refusals));
    tcase_add_test(tcase, wrong_arguments);
    tcase_add_test(tcase, arrays_are_read);
    tcase_add_test(tcase, large_arrays_are_read);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
