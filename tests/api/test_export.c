/* SPDX-License-Identifier: Apache-2.0 */
/* Exports through the public functions: to files and functions, cancelled, starved of memory. */
#include <check.h>
#include <incexport/incexport.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/folder.h"
#include "../support/suite.h"

typedef struct buffer {
    unsigned char *bytes;
    size_t n, cap;
} buffer;

static inc_error *error;
static inc_model *model;
static inc_report *report;
static Torch2ONNXConfig config;
static char folder[PATH_MAX], path[PATH_MAX + 64];

static const char *sample(const char *name)
{
    static char full[PATH_MAX];
    snprintf(full, sizeof full, "%s/%s", getenv("INC_TEST_DATA"), name);
    return full;
}

static void set_up(void)
{
    const Torch2ONNXConfig fresh = TORCH2ONNX_CONFIG_INIT;
    const char *base = getenv("TMPDIR");
    error = NULL;
    model = NULL;
    report = NULL;
    config = fresh;
    config.dtype = INC_DTYPE_FP32;
    snprintf(folder, sizeof folder, "%s/incexport-export-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.onnx", folder);
}

static void tear_down(void)
{
    inc_report_free(report);
    inc_model_free(model);
    inc_error_free(error);
    char data[sizeof path + 8];
    snprintf(data, sizeof data, "%s.data", path);
    unlink(path);
    unlink(data);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left */
}

static void open_sample(const char *name)
{
    inc_status status = inc_model_open_file(sample(name), NULL, &model, &error);
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
}

static inc_status export_to_path(void)
{
    inc_output output = INC_OUTPUT_INIT;
    output.path = path;
    inc_report_free(report);
    return inc_export(model, &output, &config, &report, &error);
}

static int keep(const void *bytes, size_t size, void *user_data)
{
    buffer *b = user_data;
    if (size > b->cap - b->n) {
        b->cap = (b->cap + size) * 2;
        b->bytes = realloc(b->bytes, b->cap);
        ck_assert_ptr_nonnull(b->bytes);
    }
    memcpy(b->bytes + b->n, bytes, size);
    b->n += size;
    return 0;
}

static void assert_message(const char *part)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strstr(inc_error_message(error), part), "\"%s\" lacks \"%s\"",
                  inc_error_message(error), part);
}

/* ---- what is asked for ---- */

/* Only the model's rank says that these are one axis. */
START_TEST(axis_named_from_both_ends_is_refused)
{
    inc_dynamic_axis axes[2] = {{NULL, "batch", 0}, {NULL, "rows", -4}};
    open_sample("samples/traced.pt");
    ck_assert_int_eq(inc_model_inspect(model, &error), INC_OK);
    ck_assert_uint_eq(inc_model_input(model, 0)->rank, 4);
    axes[0].name = axes[1].name = inc_model_input(model, 0)->name;
    config.dynamic_axes = axes;
    config.n_dynamic_axes = 2;
    ck_assert_int_eq(export_to_path(), INC_E_ARGUMENT);
    assert_message("dynamic_axes names axis 0 of");
    assert_message("twice");
    axes[1].axis = -3;
    inc_error_free(error);
    error = NULL;
    ck_assert_int_eq(export_to_path(), INC_OK);
}
END_TEST

/* ---- what comes out ---- */

START_TEST(report_says_what_was_written)
{
    static const inc_dynamic_axis batch = {"x", "batch", 0};
    static const char *const outputs[] = {"scores"};
    open_sample("samples/traced.pt");
    ck_assert_int_eq(inc_model_inspect(model, &error), INC_OK);
    const inc_value *recorded = inc_model_input(model, 0);
    inc_dynamic_axis axis = batch;
    axis.name = recorded->name;
    config.dynamic_axes = &axis;
    config.n_dynamic_axes = 1;
    config.output_names = outputs;
    config.n_output_names = 1;
    inc_status status = export_to_path();
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
    ck_assert_ptr_null(error);
    ck_assert_uint_eq(inc_report_opset(report), 14);
    ck_assert_int_eq(inc_report_ir_version(report), 7);
    ck_assert_uint_eq(inc_report_n_inputs(report), 1);
    const inc_value *input = inc_report_input(report, 0);
    ck_assert_str_eq(input->name, recorded->name);
    ck_assert_uint_eq(input->element, recorded->element);
    ck_assert_uint_eq(input->rank, recorded->rank);
    ck_assert_int_eq(input->shape[0], -1);
    ck_assert_str_eq(input->symbols[0], "batch");
    ck_assert_int_eq(input->shape[1], recorded->shape[1]);
    ck_assert_uint_eq(inc_report_n_outputs(report), 1);
    ck_assert_str_eq(inc_report_output(report, 0)->name, "scores");
    ck_assert_ptr_null(inc_report_output(report, 1));
    uint64_t nodes = 0;
    for (size_t i = 0; i < inc_report_n_operators(report); i++)
        nodes += inc_report_operator_count(report, i);
    ck_assert_uint_eq(nodes, inc_report_n_nodes(report));
    ck_assert_uint_gt(nodes, 0);
    ck_assert_ptr_null(inc_report_external_path(report));
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    fseek(f, 0, SEEK_END);
    ck_assert_uint_eq((uint64_t)ftell(f), inc_report_bytes(report));
    fclose(f);
    ck_assert_int_eq(tst_count_files(folder), 1);
}
END_TEST

START_TEST(function_gets_the_same_bytes)
{
    buffer b = {0}, in_file = {0};
    inc_output output = INC_OUTPUT_INIT;
    output.write = keep;
    output.write_data = &b;
    open_sample("samples/traced.pt");
    ck_assert_int_eq(inc_export(model, &output, &config, NULL, &error), INC_OK);
    ck_assert_int_eq(export_to_path(), INC_OK);
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    char block[4096];
    for (size_t n = fread(block, 1, sizeof block, f); n > 0; n = fread(block, 1, sizeof block, f))
        keep(block, n, &in_file);
    fclose(f);
    ck_assert_uint_eq(b.n, in_file.n);
    ck_assert_mem_eq(b.bytes, in_file.bytes, b.n);
    free(b.bytes);
    free(in_file.bytes);
}
END_TEST

START_TEST(every_opset_from_oldest_to_newest)
{
    open_sample("samples/traced.pt");
    config.opset_version = (uint32_t)_i;
    inc_status status = export_to_path();
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
    ck_assert_uint_eq(inc_report_opset(report), (uint32_t)_i);
}
END_TEST

static char told[4096];

static void tell(inc_log_level level, const char *line, void *data)
{
    (void)level;
    (void)data;
    strncat(told, line, sizeof told - strlen(told) - 1);
}

/* The sample has a Gelu, which ONNX has from 20; a quantized one asks for nothing. */
START_TEST(opset_is_chosen_by_the_model)
{
    config.opset_version = INC_OPSET_AUTO;
    config.log = tell;
    config.log_level = INC_LOG_INFO;
    told[0] = '\0';
    open_sample("samples/traced.pt");
    inc_status status = export_to_path();
    ck_assert_msg(status == INC_OK, "%s", inc_error_message(error));
    ck_assert_uint_eq(inc_report_opset(report), 20);
    ck_assert_ptr_nonnull(strstr(told, "opset 20 is written, which has a form for aten::gelu"));
    inc_model_free(model);
    model = NULL;
    inc_report_free(report);
    report = NULL;
    config.dtype = INC_DTYPE_INT8;
    open_sample("quant/per_channel.pt");
    ck_assert_int_eq(export_to_path(), INC_OK);
    ck_assert_uint_eq(inc_report_opset(report), 14);
}
END_TEST

START_TEST(external_data_lies_beside)
{
    open_sample("samples/traced.pt");
    config.external_data = INC_EXTERNAL_DATA_ALWAYS;
    ck_assert_int_eq(export_to_path(), INC_OK);
    ck_assert_uint_eq(inc_report_n_warnings(report), 0);
    /* Weights of this sample may be too small to go there. */
    ck_assert_int_eq(tst_count_files(folder), inc_report_external_bytes(report) > 0 ? 2 : 1);
}
END_TEST

START_TEST(one_call_does_it_all)
{
    ck_assert_int_eq(inc_export_file(sample("samples/traced.pt"), path, &config, &error), INC_OK);
    ck_assert_int_eq(tst_count_files(folder), 1);
    ck_assert_int_eq(inc_export_file("/no/such", path, &config, &error), INC_E_IO);
    assert_message("/no/such");
    ck_assert_int_eq(inc_export_file("x", NULL, &config, NULL), INC_E_ARGUMENT);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(int8_needs_a_quantized_model)
{
    open_sample("samples/traced.pt");
    ck_assert_int_eq(inc_export_file(sample("samples/traced.pt"), path, NULL, &error),
                     INC_E_ARGUMENT);
    assert_message("dtype is int8, but the model is not quantized; it may be fp32");
    ck_assert_ptr_nonnull(inc_error_hint(error));
    ck_assert_int_eq(tst_count_files(folder), 0);
}
END_TEST

static const struct {
    const char *file;
    inc_status status;
    const char *message;
} refusals[] = {
    {"samples/quantized.pt", INC_E_UNSUPPORTED, "cannot be exported"},
    {"samples/checkpoint.pt", INC_E_UNSUPPORTED, "cannot be exported"},
    {"samples/scripted.pt", INC_E_INPUT, "example inputs"},
};

START_TEST(what_cannot_be_exported_is_refused)
{
    open_sample(refusals[_i].file);
    inc_status status = export_to_path();
    ck_assert_msg(status == refusals[_i].status, "%s: %s", inc_status_name(status),
                  inc_error_message(error));
    assert_message(refusals[_i].message);
    ck_assert_ptr_null(report);
    ck_assert_int_eq(tst_count_files(folder), 0);
}
END_TEST

START_TEST(wrong_outputs)
{
    inc_output output = INC_OUTPUT_INIT;
    open_sample("samples/traced.pt");
    ck_assert_int_eq(inc_export(model, &output, &config, NULL, &error), INC_E_ARGUMENT);
    inc_error_free(error);
    ck_assert_int_eq(inc_export(model, NULL, &config, NULL, NULL), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_export(NULL, &output, &config, NULL, NULL), INC_E_ARGUMENT);
    output.path = "";
    ck_assert_int_eq(inc_export(model, &output, &config, NULL, NULL), INC_E_ARGUMENT);
    output.struct_size = 1;
    ck_assert_int_eq(inc_export(model, &output, &config, NULL, NULL), INC_E_ABI);
    output.struct_size = sizeof output;
    output.path = "/no/such/folder/x.onnx";
    ck_assert_int_eq(inc_export(model, &output, &config, NULL, &error), INC_E_OUTPUT);
    assert_message("/no/such/folder/x.onnx");
    ck_assert_str_eq(inc_error_stage(error), "writing");
    inc_error_free(error);
    error = NULL;
    if (access("/dev/full", W_OK) != 0)
        return;
    output.path = "/dev/full";
    ck_assert_int_eq(inc_export(model, &output, &config, NULL, &error), INC_E_OUTPUT);
    assert_message("No space");
}
END_TEST

/* ---- callbacks ---- */

typedef struct steps {
    int n, stop_at;
    char stages[512];
} steps;

static int count_steps(const char *stage, uint64_t done, uint64_t total, void *user_data)
{
    steps *s = user_data;
    ck_assert(total == 0 || done <= total);
    if (!strstr(s->stages, stage)) {
        strncat(s->stages, stage, sizeof s->stages - strlen(s->stages) - 2);
        strcat(s->stages, " ");
    }
    return ++s->n == s->stop_at;
}

START_TEST(cancelling_anywhere_leaves_nothing)
{
    steps all = {0};
    open_sample("samples/traced.pt");
    config.progress = count_steps;
    config.progress_data = &all;
    ck_assert_int_eq(export_to_path(), INC_OK);
    ck_assert_int_gt(all.n, 1);
    ck_assert_msg(strstr(all.stages, "writing"), "%s", all.stages);
    unlink(path);
    for (int i = 1; i <= all.n; i++) {
        steps s = {.stop_at = i};
        config.progress_data = &s;
        ck_assert_int_eq(export_to_path(), INC_E_CANCELLED);
        ck_assert_int_eq(inc_error_code(error), INC_E_CANCELLED);
        ck_assert_int_eq(tst_count_files(folder), 0);
        inc_error_free(error);
        error = NULL;
    }
}
END_TEST

/* ---- inputs that are cut short ---- */

typedef struct cut {
    const char *input;
    int calls, at; /* cuts at that call */
    off_t size;    /* to that */
} cut;

static void cut_input(cut *c)
{
    if (c->calls++ == c->at)
        ck_assert_int_eq(truncate(c->input, c->size), 0);
}

static int cut_in_progress(const char *stage, uint64_t done, uint64_t total, void *user_data)
{
    (void)stage;
    (void)done;
    (void)total;
    cut_input(user_data);
    return 0;
}

static int cut_in_write(const void *bytes, size_t size, void *user_data)
{
    (void)bytes;
    (void)size;
    cut_input(user_data);
    return 0;
}

static void copy_file(const char *from, const char *to)
{
    char block[4096];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    ck_assert(in && out);
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        ck_assert_uint_eq(fwrite(block, 1, n, out), n);
    fclose(in);
    ck_assert_int_eq(fclose(out), 0);
}

/* The status of an export whose input is cut at call number `at` of a callback. */
static inc_status export_cut(const char *input, int at, off_t size, bool in_write, int *calls)
{
    inc_output output = INC_OUTPUT_INIT;
    cut c = {.input = input, .at = at, .size = size};
    copy_file(sample("../../examples/models/digits.pt"), input);
    ck_assert_int_eq(inc_model_open_file(input, NULL, &model, NULL), INC_OK);
    output.path = path;
    if (in_write) {
        output.path = NULL;
        output.write = cut_in_write;
        output.write_data = &c;
    }
    config.progress = in_write ? NULL : cut_in_progress;
    config.progress_data = &c;
    inc_error_free(error);
    error = NULL;
    inc_status status = inc_export(model, &output, &config, NULL, &error);
    inc_model_free(model);
    model = NULL;
    ck_assert(status == INC_OK || inc_error_code(error) == status);
    *calls = c.calls;
    return status;
}

/* What was read by then may do; what was not is an error that says so, and no signal. */
START_TEST(input_that_is_cut_short_is_an_error)
{
    char input[sizeof path];
    snprintf(input, sizeof input, "%s/in.pt", folder);
    for (int in_write = 0; in_write < 2; in_write++) {
        int calls, n_told = 0;
        ck_assert_int_eq(export_cut(input, -1, 0, in_write, &calls), INC_OK);
        for (int at = 0, n = calls; at < n; at++)
            for (off_t size = 0; size < 60000; size += 20000) {
                unlink(path);
                inc_status status = export_cut(input, at, size, in_write, &calls);
                if (status == INC_OK)
                    continue;
                ck_assert_int_eq(status, INC_E_IO);
                assert_message("it was cut short meanwhile");
                n_told++;
            }
        ck_assert_int_gt(n_told, in_write ? -1 : 0);
    }
    unlink(input);
}
END_TEST

static void count_lines(inc_log_level level, const char *line, void *user_data)
{
    unsigned *counts = user_data;
    ck_assert_uint_le(level, INC_LOG_DEBUG);
    ck_assert_ptr_null(strchr(line, '\n'));
    counts[level]++;
}

START_TEST(log_keeps_to_its_level)
{
    unsigned counts[4] = {0};
    open_sample("samples/traced.pt");
    config.log = count_lines;
    config.log_data = counts;
    config.log_level = INC_LOG_WARNING;
    ck_assert_int_eq(export_to_path(), INC_OK);
    ck_assert_uint_eq(counts[INC_LOG_INFO] + counts[INC_LOG_DEBUG], 0);
}
END_TEST

/* ---- memory ---- */

typedef struct heap {
    long n, live, fail_at; /* fail_at: the allocation that is refused; 0: none */
} heap;

static void *heap_alloc(size_t size, void *user_data)
{
    heap *h = user_data;
    if (++h->n == h->fail_at)
        return NULL;
    h->live++;
    return malloc(size);
}

static void heap_free(void *memory, void *user_data)
{
    heap *h = user_data;
    h->live--;
    free(memory);
}

/* What is made with memory that can run out: an FP32 model's file, a quantized one's, and a plan.
 */
static const struct {
    const char *model;
    bool int8, only_planned;
} makings[] = {{"samples/traced.pt", false, false},
               {"quant/static.pt", true, false},
               {"quant/static.pt", true, true}};

static inc_status make_with(heap *h, int what)
{
    inc_allocator allocator = {sizeof allocator, heap_alloc, heap_free, h};
    inc_model_options options = {sizeof options, &allocator, 0};
    inc_output output = INC_OUTPUT_INIT;
    inc_error *e = NULL;
    output.path = path;
    config.allocator = &allocator;
    config.dtype = makings[what].int8 ? INC_DTYPE_INT8 : INC_DTYPE_FP32;
    config.quant_format = INC_QUANT_FORMAT_QLINEAR;
    inc_status status = inc_model_open_file(sample(makings[what].model), &options, &model, &e);
    if (status == INC_OK)
        status = inc_model_inspect(model, &e);
    if (status == INC_OK)
        status = makings[what].only_planned ? inc_plan(model, &config, &report, &e)
                                            : inc_export(model, &output, &config, &report, &e);
    ck_assert_int_eq(inc_error_code(e), status);
    inc_error_free(e);
    inc_report_free(report);
    inc_model_free(model);
    report = NULL;
    model = NULL;
    return status;
}

START_TEST(every_allocation_may_be_refused)
{
    heap whole = {0};
    ck_assert_int_eq(make_with(&whole, _i), INC_OK);
    ck_assert_int_eq(whole.live, 0);
    ck_assert_int_eq(unlink(path), makings[_i].only_planned ? -1 : 0);
    for (long i = 1; i <= whole.n; i += i < 1000 ? 1 : i / 64) { /* thousands on the exact arena */
        heap h = {.fail_at = i};
        ck_assert_msg(make_with(&h, _i) == INC_E_MEMORY, "allocation %ld of %ld", i, whole.n);
        ck_assert_msg(h.live == 0, "allocation %ld: %ld blocks leak", i, h.live);
        ck_assert_msg(tst_count_files(folder) == 0, "allocation %ld: a file stays", i);
    }
}
END_TEST

START_TEST(a_plan_needs_a_model_and_a_report)
{
    open_sample("samples/traced.pt");
    ck_assert_int_eq(inc_plan(NULL, &config, &report, &error), INC_E_ARGUMENT);
    assert_message("model is NULL");
    inc_error_free(error);
    ck_assert_int_eq(inc_plan(model, &config, NULL, &error), INC_E_ARGUMENT);
    assert_message("report is NULL");
    inc_error_free(error);
    error = NULL;
    config.dtype = INC_DTYPE_FP32;
    ck_assert_int_eq(inc_plan(model, &config, &report, &error), INC_OK);
    ck_assert_uint_gt(inc_report_n_planned(report), 0);
    ck_assert_uint_gt(inc_report_n_nodes(report), 0);
    ck_assert_int_eq(tst_count_files(folder), 0);
}
END_TEST

START_TEST(memory_limit_is_kept)
{
    open_sample("samples/traced.pt");
    config.memory_limit = 40000;
    ck_assert_int_eq(export_to_path(), INC_E_LIMIT);
    ck_assert_int_eq(tst_count_files(folder), 0);
}
END_TEST

/* ---- threads ---- */

static void *export_in_thread(void *data)
{
    buffer *b = data;
    inc_output output = INC_OUTPUT_INIT;
    inc_model *own = NULL;
    output.write = keep;
    output.write_data = b;
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/samples/traced.pt", getenv("INC_TEST_DATA"));
    if (inc_model_open_file(file, NULL, &own, NULL) == INC_OK)
        (void)inc_export(own, &output, &config, NULL, NULL);
    inc_model_free(own);
    return NULL;
}

START_TEST(threads_do_not_meet)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    buffer results[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, export_in_thread, &results[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_uint_gt(results[i].n, 0);
        ck_assert_uint_eq(results[i].n, results[0].n);
        ck_assert_mem_eq(results[i].bytes, results[0].bytes, results[0].n);
    }
    for (int i = 0; i < THREADS; i++)
        free(results[i].bytes);
}
END_TEST

/* What docs/ promise of the stack; sanitizers take several times as much. */
START_TEST(a_thread_may_have_a_small_stack)
{
#ifdef __SANITIZE_ADDRESS__
    enum { STACK = 4 << 20 };
#else
    enum { STACK = 512 << 10 };
#endif
    pthread_attr_t attributes;
    pthread_t thread;
    buffer result = {0};
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, export_in_thread, &result), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    ck_assert_uint_gt(result.n, 0);
    free(result.bytes);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    Suite *suite = suite_create("export");
    TCase *tcase = tcase_create("export");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, axis_named_from_both_ends_is_refused);
    tcase_add_test(tcase, report_says_what_was_written);
    tcase_add_test(tcase, function_gets_the_same_bytes);
    tcase_add_loop_test(tcase, every_opset_from_oldest_to_newest, 11, 27);
    tcase_add_test(tcase, opset_is_chosen_by_the_model);
    tcase_add_test(tcase, external_data_lies_beside);
    tcase_add_test(tcase, one_call_does_it_all);
    tcase_add_test(tcase, int8_needs_a_quantized_model);
    tcase_add_loop_test(tcase, what_cannot_be_exported_is_refused, 0, COUNT(refusals));
    tcase_add_test(tcase, wrong_outputs);
    tcase_add_test(tcase, cancelling_anywhere_leaves_nothing);
    tcase_add_test(tcase, input_that_is_cut_short_is_an_error);
    tcase_add_test(tcase, log_keeps_to_its_level);
    tcase_add_loop_test(tcase, every_allocation_may_be_refused, 0,
                        (int)(sizeof makings / sizeof *makings));
    tcase_add_test(tcase, a_plan_needs_a_model_and_a_report);
    tcase_add_test(tcase, memory_limit_is_kept);
    tcase_add_test(tcase, threads_do_not_meet);
    tcase_add_test(tcase, a_thread_may_have_a_small_stack);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
