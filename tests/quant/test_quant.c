/* Quantized models, recorded from PyTorch, exported in every format: their numbers arrive
 * unchanged, and where a runtime is at hand the answers are PyTorch's. */
#include <check.h>
#include <incexport/incexport.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/npz.h"
#include "../support/ort.h"
#include "archive/model_file.h"
#include "onnx.pb-c.h"

static tst_ort *ort;

static const char *data_path(const char *name)
{
    static char path[4][1024];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/quant/%s", getenv("INC_TEST_DATA"), name);
    return p;
}

/* ---- exporting into memory ---- */

typedef struct bytes {
    unsigned char *data;
    size_t n;
} bytes;

static int append(const void *part, size_t n, void *user_data)
{
    bytes *b = user_data;
    b->data = realloc(b->data, b->n + n);
    ck_assert_ptr_nonnull(b->data);
    memcpy(b->data + b->n, part, n);
    b->n += n;
    return 0;
}

static inc_status export_to(bytes *out, const char *model_path, const char *checkpoint,
                            const Torch2ONNXConfig *config, inc_error **error)
{
    inc_model *model = NULL;
    inc_output output = INC_OUTPUT_INIT;
    *out = (bytes){0};
    output.write = append;
    output.write_data = out;
    inc_status status = inc_model_open_file(model_path, NULL, &model, error);
    if (status == INC_OK && checkpoint)
        status = inc_model_attach_checkpoint(model, checkpoint, error);
    if (status == INC_OK)
        status = inc_export(model, &output, config, NULL, error);
    inc_model_free(model);
    return status;
}

static Incox__ModelProto *exported(bytes *out, const char *model, const char *checkpoint,
                                   const Torch2ONNXConfig *config)
{
    inc_error *error = NULL;
    inc_status status = export_to(out, model, checkpoint, config, &error);
    ck_assert_msg(status == INC_OK, "%s", error ? inc_error_message(error) : "no message");
    Incox__ModelProto *m = incox__model_proto__unpack(NULL, out->n, out->data);
    ck_assert_ptr_nonnull(m);
    return m;
}

static size_t count(const Incox__ModelProto *m, const char *op_type)
{
    size_t n = 0;
    for (size_t i = 0; i < m->graph->n_node; i++)
        n += strcmp(m->graph->node[i]->op_type, op_type) == 0;
    return n;
}

static const Incox__TensorProto *initializer(const Incox__ModelProto *m, const char *name)
{
    for (size_t i = 0; i < m->graph->n_initializer; i++)
        if (strcmp(m->graph->initializer[i]->name, name) == 0)
            return m->graph->initializer[i];
    return NULL;
}

/* ---- answers ---- */

/* The least difference between two answers that differ: one step of the output's grid. */
static double step_of(const float *values, size_t n)
{
    double step = INFINITY;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double d = fabs((double)values[i] - (double)values[k]);
            if (d > 1e-6 && d < step)
                step = d;
        }
    return step;
}

/* Runs the model on the recorded input; tolerance counts steps, or is a part of the range. */
static void check_answers(const bytes *model, const char *npz, double steps, double of_range)
{
    char why[512];
    size_t size;
    tst_tensors recorded = {0}, inputs = {0}, outputs = {0};
    if (!ort)
        return;
    unsigned char *file = tst_read_file(data_path(npz), &size);
    ck_assert_ptr_nonnull(file);
    ck_assert(tst_npz_read(file, size, &recorded));
    ck_assert_uint_eq(recorded.count, 2);
    inputs = (tst_tensors){&recorded.items[0], 1};
    recorded.items[0].name[0] = 'x'; /* forward(self, x) */
    recorded.items[0].name[1] = '\0';
    tst_ort_session *s = tst_ort_load(ort, model->data, model->n, why, sizeof why);
    ck_assert_msg(s != NULL, "%s: %s", npz, why);
    ck_assert_msg(tst_ort_run(s, &inputs, &outputs, why, sizeof why), "%s: %s", npz, why);
    const float *expected = recorded.items[1].data, *found = outputs.items[0].data;
    size_t n = recorded.items[1].n_elements;
    ck_assert_uint_eq(outputs.items[0].n_elements, n);
    double low = INFINITY, high = -INFINITY, step = step_of(expected, n);
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, (double)expected[i]);
        high = fmax(high, (double)expected[i]);
    }
    double allowed = of_range > 0 ? of_range * (high - low) : (steps + 0.01) * step;
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)found[i] - (double)expected[i]) <= allowed,
                      "%s: element %zu is %g instead of %g (at most %g off)", npz, i,
                      (double)found[i], (double)expected[i], allowed);
    tst_ort_unload(s);
    tst_tensors_free(&outputs);
    tst_tensors_free(&recorded);
    free(file);
}

/* ---- every model, format, recipe and opset ---- */

static const struct {
    const char *model, *npz;
    const char *checkpoint;
    double steps, of_range;
} models[] = {
    {"static.pt", "static.npz", NULL, 1, 0},
    {"per_channel.pt", "per_channel.npz", NULL, 1, 0},
    {"qat.pt", "qat.npz", NULL, 1, 0},
    {"rows.pt", "rows.npz", NULL, 1, 0},
    {"activations.pt", "activations.npz", NULL, 1, 0},
    {"dynamic.pt", "dynamic.npz", NULL, 0, 0.01},
    {"pt2e.pt2", "pt2e.npz", NULL, 1, 0},
    {"pt2e_dynamic.pt2", "pt2e_dynamic.npz", NULL, 0, 0.01},
    {"per_channel.fp32.pt", "per_channel.npz", "per_channel.state.pt", 1, 0},
};
static const uint32_t opsets[] = {13, 14, 17, 20};
enum { FORMATS = 2, RECIPES = 3, N_OPSETS = 4 };

START_TEST(answers_are_pytorchs)
{
    int i = _i;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.opset_version = opsets[i % N_OPSETS];
    i /= N_OPSETS;
    config.recipe = (inc_recipe)(i % RECIPES);
    i /= RECIPES;
    config.quant_format = (inc_quant_format)(i % FORMATS);
    i /= FORMATS;
    bytes out;
    const char *checkpoint = models[i].checkpoint;
    Incox__ModelProto *m = exported(&out, data_path(models[i].model),
                                    checkpoint ? data_path(checkpoint) : NULL, &config);
    for (size_t k = 0; k < m->graph->n_node; k++)
        ck_assert(!m->graph->node[k]->domain || strcmp(m->graph->node[k]->domain, "inc") != 0);
    check_answers(&out, models[i].npz, models[i].steps, models[i].of_range);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);
}
END_TEST

/* ---- numbers ---- */

/* The integers of a state_dict's weight are those of the ONNX file. */
static void check_integers(const Incox__ModelProto *m, const char *key, const char *name)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    ck_assert_ptr_nonnull(cx);
    if (inc_try(cx, &frame)) {
        incarc *archive = incarc_open(cx, incfile_map(cx, data_path("per_channel.state.pt")));
        const incpkl_value *v = incpkl_get(incarc_root(cx, archive), key);
        if (v->kind == INCPKL_TUPLE)
            v = v->as.items.items[0];
        const inctensor *t = inctensor_int_repr(cx, v->as.tensor->tensor);
        void *expected = inc_alloc(cx, (size_t)inctensor_bytes(t));
        inctensor_read(cx, t, 0, t->numel, expected);
        const Incox__TensorProto *found = initializer(m, name);
        ck_assert_msg(found != NULL, "no initializer %s", name);
        ck_assert_int_eq(found->data_type, INCOX__TENSOR_PROTO__DATA_TYPE__INT8);
        ck_assert_uint_eq(found->raw_data.len, t->numel);
        ck_assert_int_eq(memcmp(found->raw_data.data, expected, (size_t)t->numel), 0);
        const incqparams *q = v->as.tensor->tensor->q;
        char part[128];
        snprintf(part, sizeof part, "%.*s_scale", (int)(strlen(name) - strlen("_quantized")), name);
        const Incox__TensorProto *scale = initializer(m, part);
        ck_assert_msg(scale != NULL, "no initializer %s", part);
        ck_assert_uint_eq(scale->raw_data.len, q->n * sizeof(float));
        for (size_t i = 0; i < q->n; i++) {
            float s;
            memcpy(&s, scale->raw_data.data + i * sizeof s, sizeof s);
            ck_assert(s == (float)q->scales[i]);
        }
        inc_try_end(cx, &frame);
    } else {
        ck_abort_msg("%s", cx->error.message);
    }
    inccx_free(cx);
}

START_TEST(numbers_arrive_unchanged)
{
    static const char *const sources[] = {"per_channel.pt", "per_channel.fp32.pt"};
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.quant_format = (inc_quant_format)(_i % FORMATS);
    bool is_checkpoint = _i / FORMATS;
    bytes out;
    Incox__ModelProto *m =
        exported(&out, data_path(sources[is_checkpoint]),
                 is_checkpoint ? data_path("per_channel.state.pt") : NULL, &config);
    check_integers(m, "conv1.weight", "conv1.weight_quantized");
    check_integers(m, "conv2.weight", "conv2.weight_quantized");
    check_integers(m, "fc._packed_params._packed_params", "fc.weight_quantized");
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);
}
END_TEST

START_TEST(operators_run_on_integers)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    bytes out;
    config.quant_format = INC_QUANT_FORMAT_QLINEAR;
    Incox__ModelProto *m = exported(&out, data_path("static.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "QLinearConv"), 2);
    ck_assert_uint_eq(count(m, "QGemm"), 1);
    ck_assert_uint_eq(count(m, "QLinearAdd"), 1);
    ck_assert_uint_eq(count(m, "Conv") + count(m, "Gemm") + count(m, "Add"), 0);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);

    config.quant_format = INC_QUANT_FORMAT_QDQ;
    m = exported(&out, data_path("static.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "Conv"), 2);
    ck_assert_uint_gt(count(m, "DequantizeLinear"), count(m, "QuantizeLinear"));
    ck_assert_uint_eq(count(m, "Cast") + count(m, "Identity") + count(m, "Constant"), 0);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);
}
END_TEST

START_TEST(fp32_is_the_model_without_quantization)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    bytes out;
    config.dtype = INC_DTYPE_FP32;
    Incox__ModelProto *m = exported(&out, data_path("per_channel.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "QuantizeLinear") + count(m, "DequantizeLinear"), 0);
    for (size_t i = 0; i < m->graph->n_initializer; i++)
        ck_assert_int_ne(m->graph->initializer[i]->data_type, INCOX__TENSOR_PROTO__DATA_TYPE__INT8);
    check_answers(&out, "per_channel.npz", 0, 0.05);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);
}
END_TEST

/* ---- opsets and refusals ---- */

START_TEST(qdq_per_channel_raises_the_opset)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    bytes out;
    config.opset_version = 11;
    Incox__ModelProto *m = exported(&out, data_path("per_channel.pt"), NULL, &config);
    ck_assert_int_eq(m->opset_import[0]->version, 13);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);
    config.quant_format = INC_QUANT_FORMAT_QLINEAR; /* has no such limit */
    m = exported(&out, data_path("per_channel.pt"), NULL, &config);
    for (size_t i = 0; i < m->n_opset_import; i++)
        if (!m->opset_import[i]->domain[0])
            ck_assert_int_eq(m->opset_import[i]->version, 11);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.data);
}
END_TEST

static const struct {
    const char *model, *checkpoint;
    inc_status status;
    const char *part; /* of the message */
} refused[] = {
    {"per_channel.fp32.pt", NULL, INC_E_ARGUMENT, "not quantized"},
    {"per_channel.pt", "per_channel.state.pt", INC_E_ARGUMENT, "quantized already"},
    {"per_channel.fp32.pt", "static.pt", INC_E_ARGUMENT, "not a state_dict"},
    {"per_channel.fp32.pt", "absent.pt", INC_E_IO, "absent.pt"},
    {"../samples/traced.pt", "per_channel.state.pt", INC_E_ARGUMENT, "does not fit the model"},
};

START_TEST(refuses_with_words)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_error *error = NULL;
    bytes out;
    const char *checkpoint = refused[_i].checkpoint;
    inc_status status = export_to(&out, data_path(refused[_i].model),
                                  checkpoint ? data_path(checkpoint) : NULL, &config, &error);
    ck_assert_int_eq(status, refused[_i].status);
    ck_assert_msg(strstr(inc_error_message(error), refused[_i].part) != NULL, "%s",
                  inc_error_message(error));
    inc_error_free(error);
    free(out.data);
}
END_TEST

int main(int argc, char **argv)
{
    char why[512] = "";
    ort = tst_ort_open(argc > 1 ? argv[1] : NULL, why, sizeof why);
    if (!ort)
        printf("nothing is run: %s\n", why);
    Suite *s = suite_create("quant");
    TCase *c = tcase_create("quant");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, answers_are_pytorchs, 0,
                        (int)(sizeof models / sizeof *models) * FORMATS * RECIPES * N_OPSETS);
    tcase_add_loop_test(c, numbers_arrive_unchanged, 0, 2 * FORMATS);
    tcase_add_test(c, operators_run_on_integers);
    tcase_add_test(c, fp32_is_the_model_without_quantization);
    tcase_add_test(c, qdq_per_channel_raises_the_opset);
    tcase_add_loop_test(c, refuses_with_words, 0, (int)(sizeof refused / sizeof *refused));
    suite_add_tcase(s, c);
    SRunner *runner = srunner_create(s);
    srunner_set_fork_status(runner, CK_NOFORK); /* the runtime's threads do not survive a fork */
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    tst_ort_close(ort);
    return failed != 0;
}
