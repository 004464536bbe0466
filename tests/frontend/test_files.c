/* SPDX-License-Identifier: Apache-2.0 */
/* Files as people have them, of older writers and with arguments in arguments: recorded ones are
 * exported and, with a runtime, run; PyTorch's answers lie beside them. */
#include <check.h>
#include <incexport/incexport.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "../support/npz.h"
#include "../support/ort.h"
#include "../support/ort_suite.h"
#include "../support/suite.h"

enum { MOST_INPUTS = 16, FUSED = 4 }; /* the last of those below: in operators of opset 23 */

static tst_ort *ort;

static const char *data_path(char *path, size_t size, const char *name, const char *ending)
{
    snprintf(path, size, "%s/files/%s%s", getenv("INC_TEST_DATA"), name, ending);
    return path;
}

static void read_arrays(const char *name, tst_tensors *arrays)
{
    char path[1024];
    size_t size;
    unsigned char *npz = tst_read_file(data_path(path, sizeof path, name, ".npz"), &size);
    ck_assert_ptr_nonnull(npz);
    ck_assert(tst_npz_read(npz, size, arrays));
    free(npz);
}

static inc_element element_of(int dtype)
{
    return dtype == TST_FLOAT    ? INC_ELEMENT_FLOAT32
           : dtype == TST_DOUBLE ? INC_ELEMENT_FLOAT64
           : dtype == TST_BOOL   ? INC_ELEMENT_BOOL
                                 : INC_ELEMENT_INT64;
}

static size_t take_examples(const tst_tensors *arrays, inc_tensor *examples)
{
    size_t n = 0;
    for (size_t i = 0; i < arrays->count && n < MOST_INPUTS; i++) {
        const tst_tensor *t = &arrays->items[i];
        if (strncmp(t->name, "out_", 4) != 0)
            examples[n++] = (inc_tensor){.name = t->name,
                                         .element = element_of(t->dtype),
                                         .rank = t->rank,
                                         .shape = t->dims,
                                         .data = t->data};
    }
    return n;
}

static void compare(const char *name, const tst_tensors *arrays, const tst_bytes *onnx)
{
    char why[500], key[32];
    tst_tensors outputs = {0};
    tst_ort_session *session = tst_ort_load(ort, onnx->bytes, onnx->size, why, sizeof why);
    ck_assert_msg(session != NULL, "%s: %s", name, why);
    ck_assert_msg(tst_ort_run(session, arrays, &outputs, why, sizeof why), "%s: %s", name, why);
    for (size_t i = 0; i < outputs.count; i++) {
        snprintf(key, sizeof key, "out_%zu", i);
        const tst_tensor *want = tst_tensors_find(arrays, key);
        ck_assert_msg(want != NULL, "%s: output %zu was not expected", name, i);
        ck_assert_msg(tst_tensor_close(want, &outputs.items[i], 1e-5, 1e-6, why, sizeof why),
                      "%s, output %zu: %s", name, i, why);
    }
    tst_ort_unload(session);
    tst_tensors_free(&outputs);
}

static const char *const recorded[] = {"version_3", "version_5", "nested", "fused", "fused"};

START_TEST(recorded_file)
{
    static const char *const names[] = {"in_0", "in_1", "in_2", "in_3"};
    bool fuses = _i == FUSED;
    const char *name = recorded[_i];
    char path[1024];
    tst_tensors arrays = {0};
    inc_tensor examples[MOST_INPUTS];
    tst_bytes onnx = {0};
    inc_model *model = NULL;
    inc_report *report = NULL;
    inc_error *error = NULL;
    inc_output output = INC_OUTPUT_INIT;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;

    read_arrays(name, &arrays);
    config.dtype = INC_DTYPE_FP32;
    config.log_level = INC_LOG_ERROR;
    if (fuses) {
        config.fuse = 1;
        config.opset_version = INC_OPSET_AUTO;
    }
    config.example_inputs = examples;
    config.n_example_inputs = take_examples(&arrays, examples);
    if (strncmp(examples[0].name, "in_", 3) == 0) {
        config.input_names = names;
        config.n_input_names = config.n_example_inputs;
    }
    output.write = tst_append;
    output.write_data = &onnx;
    inc_model_open_file(data_path(path, sizeof path, name, ".pt"), NULL, &model, &error);
    ck_assert_msg(model != NULL, "%s: %s", name, inc_error_message(error));
    inc_status status = inc_export(model, &output, &config, &report, &error);
    ck_assert_msg(status == INC_OK, "%s: %s", name, inc_error_message(error));
    if (fuses) {
        ck_assert_uint_eq(inc_report_opset(report), 23);
        ck_assert_uint_eq(inc_report_n_nodes(report), 3); /* two of attention, one norm */
    }
    inc_report_free(report);
    if (ort)
        compare(name, &arrays, &onnx);
    inc_model_free(model);
    free(onnx.bytes);
    tst_tensors_free(&arrays);
}
END_TEST

static Suite *files_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *cases = tcase_create("recorded");
    tcase_add_loop_test(cases, recorded_file, 0, sizeof recorded / sizeof recorded[0]);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(int argc, char **argv)
{
    return tst_run_with_ort(files_suite(), argc > 1 ? argv[1] : NULL, &ort);
}
