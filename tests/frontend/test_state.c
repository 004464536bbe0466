/* SPDX-License-Identifier: Apache-2.0 */
/* Models that keep something between calls: what is refused, what becomes inputs and outputs, and
 * that a row of calls in ONNX Runtime answers as PyTorch does. */
#include <check.h>
#include <incexport/incexport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "../support/npz.h"
#include "../support/ort.h"
#include "../support/suite.h"
#include "frontend/cache_names.h"

static tst_ort *ort;

/* ---- exporting ---- */

static const char *data_path(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/state/%s", getenv("INC_TEST_DATA"), name);
    return path;
}

typedef struct exported {
    tst_bytes onnx, state;
    inc_report *report;
    char message[2000]; /* "" when it worked */
} exported;

static tst_tensors recorded(const char *model)
{
    char name[100];
    size_t size;
    snprintf(name, sizeof name, "%.*s.npz", (int)strcspn(model, "_"), model);
    unsigned char *bytes = tst_read_file(data_path(name), &size);
    tst_tensors all = {0};
    ck_assert_ptr_nonnull(bytes);
    ck_assert(tst_npz_read(bytes, size, &all));
    free(bytes);
    return all;
}

static void export_model(exported *x, const char *name, inc_state state, inc_names names)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_output output = INC_OUTPUT_INIT;
    inc_model *model = NULL;
    inc_error *error = NULL;
    tst_tensors all = recorded(name);
    const tst_tensor *in = tst_tensors_find(&all, "in");
    int64_t shape[8];
    inc_tensor example = {.shape = shape, .rank = in->rank - 1};
    for (size_t i = 1; i < in->rank; i++)
        shape[i - 1] = in->dims[i];
    example.element = INC_ELEMENT_FLOAT32;
    *x = (exported){0};
    config.dtype = INC_DTYPE_FP32;
    config.state = state;
    config.names = names;
    if (!strstr(name, ".pt2")) {
        config.example_inputs = &example;
        config.n_example_inputs = 1;
    }
    output.write = output.write_state = tst_append;
    output.write_data = &x->onnx;
    output.write_state_data = &x->state;
    ck_assert_int_eq(inc_model_open_file(data_path(name), NULL, &model, NULL), INC_OK);
    if (inc_export(model, &output, &config, &x->report, &error) != INC_OK)
        snprintf(x->message, sizeof x->message, "%s | %s", inc_error_message(error),
                 inc_error_hint(error));
    inc_error_free(error);
    inc_model_free(model);
    tst_tensors_free(&all);
}

static void end_export(exported *x)
{
    free(x->onnx.bytes);
    free(x->state.bytes);
    inc_report_free(x->report);
}

/* ---- a row of calls ---- */

static const char *const models[] = {
    "branching_scripted.pt",  "cell_scripted.pt",    "cell_traced.pt",
    "cell_plain.pt2",         "cell_core.pt2",       "assigned_scripted.pt",
    "cache_scripted.pt",      "cache_traced.pt",     "cache_plain.pt2",
    "cache_core.pt2",         "frames_scripted.pt",  "rolled_scripted.pt",
    "rolled_plain.pt2",       "rolled_core.pt2",     "average_scripted.pt",
    "average_traced.pt",      "counter_scripted.pt", "held_plain.pt2",
    "held_core.pt2",          "lists_scripted.pt",   "growing_scripted.pt",
    "optionally_scripted.pt", "pair_scripted.pt",    "joined_scripted.pt",
    "peak_scripted.pt",       "window_scripted.pt",  "sometimes_scripted.pt",
    "ring_scripted.pt",       "twice_scripted.pt",   "twice_plain.pt2",
    "twice_core.pt2",         "swap_scripted.pt",    "layers_scripted.pt",
    "shifted_scripted.pt",    "shifted_plain.pt2",   "shifted_core.pt2",
    "chosen_scripted.pt",
};

/* Appends what all calls have in a row: that of one. */
static void add_part(tst_tensors *list, const char *name, const tst_tensor *all, size_t call)
{
    tst_tensor *t = tst_tensors_add(list, name, all->dtype, all->rank - 1, all->dims + 1);
    ck_assert_ptr_nonnull(t);
    memcpy(t->data, (const char *)all->data + call * t->n_bytes, t->n_bytes);
}

static void add_copy(tst_tensors *list, const char *name, const tst_tensor *from)
{
    tst_tensor *t = tst_tensors_add(list, name, from->dtype, from->rank, from->dims);
    ck_assert_ptr_nonnull(t);
    memcpy(t->data, from->data, t->n_bytes);
}

START_TEST(calls_in_a_row_answer_as_pytorch)
{
    exported x;
    char why[500];
    const char *name = models[_i];
    if (!ort)
        return;
    export_model(&x, name, INC_STATE_IO, INC_NAMES_TORCH);
    ck_assert_msg(!*x.message, "%s: %s", name, x.message);
    size_t n_states = inc_report_n_states(x.report);
    ck_assert_uint_gt(n_states, 0);
    tst_ort_session *session = tst_ort_load(ort, x.onnx.bytes, x.onnx.size, why, sizeof why);
    ck_assert_msg(session != NULL, "%s: %s", name, why);
    tst_tensors all = recorded(name), feed = {0};
    const tst_tensor *in = tst_tensors_find(&all, "in"), *out = tst_tensors_find(&all, "out");
    ck_assert(tst_npz_read(x.state.bytes, x.state.size, &feed));
    ck_assert_uint_eq(feed.count, n_states);
    for (size_t call = 0; call < (size_t)in->dims[0]; call++) {
        tst_tensors answers = {0}, next = {0}, want = {0};
        add_part(&feed, "x", in, call);
        add_part(&want, "output", out, call);
        ck_assert_msg(tst_ort_run(session, &feed, &answers, why, sizeof why), "%s, call %zu: %s",
                      name, call, why);
        ck_assert_msg(
            tst_tensor_close(&want.items[0], &answers.items[0], 1e-4, 1e-5, why, sizeof why),
            "%s, call %zu: %s", name, call, why);
        for (size_t i = 0; i < n_states; i++) {
            const inc_state_value *s = inc_report_state(x.report, i);
            ck_assert_str_eq(inc_report_output(x.report, 1 + i)->name, s->next);
            add_copy(&next, s->name, &answers.items[1 + i]);
        }
        tst_tensors_free(&want);
        tst_tensors_free(&answers);
        tst_tensors_free(&feed);
        feed = next;
    }
    tst_tensors_free(&feed);
    tst_tensors_free(&all);
    tst_ort_unload(session);
    end_export(&x);
}
END_TEST

/* ---- refused, dropped, named ---- */

START_TEST(state_is_refused_by_name)
{
    exported x;
    export_model(&x, "lists_scripted.pt", INC_STATE_FAIL, INC_NAMES_TORCH);
    ck_assert_ptr_nonnull(strstr(x.message, "the model has state"));
    ck_assert_ptr_nonnull(strstr(x.message, "states.0: float32[1, 3], written at make.py:"));
    ck_assert_ptr_nonnull(strstr(x.message, "pair.1: float32[1, 3]"));
    ck_assert_ptr_nonnull(strstr(x.message, "named.sum: float32[1, 3]"));
    ck_assert_ptr_nonnull(strstr(x.message, "set state to io"));
    end_export(&x);
}
END_TEST

START_TEST(what_nobody_reads_is_no_state)
{
    exported x;
    export_model(&x, "noted_scripted.pt", INC_STATE_FAIL, INC_NAMES_TORCH);
    ck_assert_str_eq(x.message, "");
    ck_assert_uint_eq(inc_report_n_inputs(x.report), 1);
    end_export(&x);
    export_model(&x, "kept_core.pt2", INC_STATE_FAIL, INC_NAMES_TORCH);
    ck_assert_str_eq(x.message, "");
    end_export(&x);
    export_model(&x, "counter_scripted.pt", INC_STATE_IO, INC_NAMES_TORCH);
    ck_assert_uint_eq(inc_report_n_states(x.report), 2);
    ck_assert_str_eq(inc_report_state(x.report, 0)->name, "n");
    ck_assert_str_eq(inc_report_state(x.report, 1)->name, "factor");
    end_export(&x);
}
END_TEST

START_TEST(what_is_none_at_first_is_a_flag_and_a_value)
{
    exported x;
    export_model(&x, "optionally_scripted.pt", INC_STATE_IO, INC_NAMES_TORCH);
    ck_assert_str_eq(x.message, "");
    ck_assert_uint_eq(inc_report_n_states(x.report), 2);
    ck_assert_str_eq(inc_report_state(x.report, 0)->name, "h.is_none");
    ck_assert_str_eq(inc_report_state(x.report, 1)->name, "h");
    end_export(&x);
    export_model(&x, "optionally_scripted.pt", INC_STATE_FAIL, INC_NAMES_TORCH);
    ck_assert_ptr_nonnull(strstr(x.message, "h: float32[2, 3], written at make.py:"));
    end_export(&x);
}
END_TEST

START_TEST(what_the_first_call_finds_out_is_kept)
{
    exported x;
    export_model(&x, "scaled_scripted.pt", INC_STATE_FAIL, INC_NAMES_TORCH);
    ck_assert_str_eq(x.message, "");
    ck_assert_uint_eq(inc_report_n_inputs(x.report), 1);
    ck_assert_uint_eq(inc_report_n_warnings(x.report), 1);
    ck_assert_ptr_nonnull(
        strstr(inc_report_warning(x.report, 0), "scale is set in the first call"));
    end_export(&x);
}
END_TEST

START_TEST(what_is_no_tensor_is_refused)
{
    exported x;
    export_model(&x, "mode_scripted.pt", INC_STATE_IO, INC_NAMES_TORCH);
    ck_assert_ptr_nonnull(
        strstr(x.message, "mode; it cannot be an input and an output: it is a string"));
    end_export(&x);
}
END_TEST

START_TEST(dropped_state_is_warned_of)
{
    exported x;
    export_model(&x, "cell_scripted.pt", INC_STATE_DROP, INC_NAMES_TORCH);
    ck_assert_str_eq(x.message, "");
    ck_assert_uint_eq(inc_report_n_states(x.report), 0);
    ck_assert_uint_eq(x.state.size, 0);
    ck_assert_uint_eq(inc_report_n_warnings(x.report), 1);
    ck_assert_ptr_nonnull(strstr(inc_report_warning(x.report, 0), "the state h is dropped"));
    end_export(&x);
}
END_TEST

static bool has_state(const inc_report *report, const char *name, const char *next)
{
    for (size_t i = 0; i < inc_report_n_states(report); i++) {
        const inc_state_value *s = inc_report_state(report, i);
        if (strcmp(s->name, name) == 0)
            return strcmp(s->next, next) == 0 &&
                   strcmp(inc_report_input(report, 1 + i)->name, name) == 0 &&
                   strcmp(inc_report_output(report, 1 + i)->name, next) == 0;
    }
    return false;
}

START_TEST(caches_have_names_of_hugging_face)
{
    exported x;
    export_model(&x, "cache_plain.pt2", INC_STATE_IO, INC_NAMES_HF);
    ck_assert_str_eq(x.message, "");
    ck_assert(has_state(x.report, "past_key_values.0.key", "present.0.key"));
    ck_assert(has_state(x.report, "past_key_values.0.value", "present.0.value"));
    ck_assert(has_state(x.report, "place", "place.next"));
    end_export(&x);
}
END_TEST

static const struct {
    const char *name, *input, *output; /* NULL: it keeps its name */
} cache_names[] = {
    {"key_cache_0", "past_key_values.0.key", "present.0.key"},
    {"value_cache_11", "past_key_values.11.value", "present.11.value"},
    {"cache.layers.3.keys", "past_key_values.3.key", "present.3.key"},
    {"past.2.v", "past_key_values.2.value", "present.2.value"},
    {"key_cache_0.next", "past_key_values.0.key", "present.0.key"},
    {"key_cache", NULL, NULL},            /* of no layer */
    {"layers.0.key.1.cache", NULL, NULL}, /* of two */
    {"key_padding_mask_0", NULL, NULL},
    {"x", NULL, NULL},
};

static void assert_name(const char *name, const char *want)
{
    ck_assert_msg((name == NULL) == (want == NULL) && (!name || strcmp(name, want) == 0),
                  "%s instead of %s", name ? name : "NULL", want ? want : "NULL");
}

START_TEST(names_of_caches)
{
    inccx *cx = inccx_new(&(inc_hooks){0});
    assert_name(incfe_cache_name(cx, cache_names[_i].name, false), cache_names[_i].input);
    assert_name(incfe_cache_name(cx, cache_names[_i].name, true), cache_names[_i].output);
    inccx_free(cx);
}
END_TEST

int main(int argc, char **argv)
{
    char why[500];
    Suite *s = suite_create("state");
    TCase *tc = tcase_create("state");
    ort = tst_ort_open(argc > 1 ? argv[1] : NULL, why, sizeof why);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, calls_in_a_row_answer_as_pytorch, 0,
                        (int)(sizeof models / sizeof *models));
    tcase_add_test(tc, state_is_refused_by_name);
    tcase_add_test(tc, what_nobody_reads_is_no_state);
    tcase_add_test(tc, what_is_none_at_first_is_a_flag_and_a_value);
    tcase_add_test(tc, what_the_first_call_finds_out_is_kept);
    tcase_add_test(tc, what_is_no_tensor_is_refused);
    tcase_add_test(tc, dropped_state_is_warned_of);
    tcase_add_test(tc, caches_have_names_of_hugging_face);
    tcase_add_loop_test(tc, names_of_caches, 0, (int)(sizeof cache_names / sizeof *cache_names));
    suite_add_tcase(s, tc);
    int failed = tst_run(s);
    if (ort)
        tst_ort_close(ort);
    else
        printf("no runtime: %s\n", why);
    return failed ? 1 : ort ? 0 : 77;
}
