/* SPDX-License-Identifier: Apache-2.0 */
/* Quantized models, recorded from PyTorch, exported in every format: their numbers arrive
 * unchanged, and where a runtime is at hand the answers are PyTorch's. */
#include <check.h>
#include <incexport/incexport.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/bytes.h"
#include "../support/npz.h"
#include "../support/ort.h"
#include "../support/suite.h"
#include "archive/model_file.h"
#include "exported.h"
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

/* out NULL: only planned. */
static inc_status report_to(tst_bytes *out, const char *model_path, const char *checkpoint,
                            const Torch2ONNXConfig *config, inc_report **report, inc_error **error)
{
    inc_model *model = NULL;
    inc_output output = INC_OUTPUT_INIT;
    if (out)
        *out = (tst_bytes){0};
    output.write = tst_append;
    output.write_data = out;
    inc_status status = inc_model_open_file(model_path, NULL, &model, error);
    if (status == INC_OK && checkpoint)
        status = inc_model_attach_checkpoint(model, checkpoint, error);
    if (status == INC_OK)
        status = out ? inc_export(model, &output, config, report, error)
                     : inc_plan(model, config, report, error);
    inc_model_free(model);
    return status;
}

static inc_status export_to(tst_bytes *out, const char *model_path, const char *checkpoint,
                            const Torch2ONNXConfig *config, inc_error **error)
{
    return report_to(out, model_path, checkpoint, config, NULL, error);
}

static Incox__ModelProto *exported(tst_bytes *out, const char *model, const char *checkpoint,
                                   const Torch2ONNXConfig *config)
{
    inc_error *error = NULL;
    inc_status status = export_to(out, model, checkpoint, config, &error);
    ck_assert_msg(status == INC_OK, "%s", error ? inc_error_message(error) : "no message");
    Incox__ModelProto *m = incox__model_proto__unpack(NULL, out->size, out->bytes);
    ck_assert_ptr_nonnull(m);
    return m;
}

static const Incox__TensorProto *initializer(const Incox__ModelProto *m, const char *name)
{
    for (size_t i = 0; i < m->graph->n_initializer; i++)
        if (strcmp(m->graph->initializer[i]->name, name) == 0)
            return m->graph->initializer[i];
    return NULL;
}

/* ---- answers ---- */

/* Runs the model on the recorded input; tolerance counts steps, or is a part of the range. */
static void check_answers(const tst_bytes *model, const char *npz, double steps, double of_range)
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
    tst_ort_session *s = tst_ort_load(ort, model->bytes, model->size, why, sizeof why);
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
    {"limits.pt", "limits.npz", NULL, 1, 0},
    {"dynamic.pt", "dynamic.npz", NULL, 0, 0.01},
    {"recurrent.pt", "recurrent.npz", NULL, 0, 0.01},
    {"pt2e.pt2", "pt2e.npz", NULL, 1, 0},
    {"pt2e_unfolded.pt2", "pt2e.npz", NULL, 1, 0},
    {"pt2e_dynamic.pt2", "pt2e_dynamic.npz", NULL, 0, 0.01},
    {"per_channel.fp32.pt", "per_channel.npz", "per_channel.state.pt", 1, 0},
    {"checkpoints/functions.fp32.pt", "checkpoints/functions.npz", "checkpoints/functions.state.pt",
     1, 0},
    {"checkpoints/shared.fp32.pt", "checkpoints/shared.npz", "checkpoints/shared.state.pt", 1, 0},
    {"checkpoints/eager.fp32.pt", "checkpoints/eager.npz", "checkpoints/eager.state.pt", 1, 0},
    {"checkpoints/dynamic_recurrent_eager.fp32.pt", "checkpoints/dynamic_recurrent_eager.npz",
     "checkpoints/dynamic_recurrent_eager.state.pt", 0, 0.02},
    {"checkpoints/elu.fp32.pt", "checkpoints/elu.npz", "checkpoints/elu.state.pt", 1, 0},
    {"checkpoints/elu.fp32.pt", "checkpoints/elu.npz", "checkpoints/v1", 1, 0},
    {"checkpoints/elu.fp32.pt", "checkpoints/elu.npz", "checkpoints/elu_nested.state.pt", 1, 0},
    {"checkpoints/elu.fp32.pt", "checkpoints/elu.npz", "checkpoints/elu_renamed.state.pt", 1, 0},
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
    tst_bytes out;
    const char *checkpoint = models[i].checkpoint;
    Incox__ModelProto *m = exported(&out, data_path(models[i].model),
                                    checkpoint ? data_path(checkpoint) : NULL, &config);
    for (size_t k = 0; k < m->graph->n_node; k++)
        ck_assert(!m->graph->node[k]->domain || strcmp(m->graph->node[k]->domain, "inc") != 0);
    check_answers(&out, models[i].npz, models[i].steps, models[i].of_range);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
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
        incarc *archive = incarc_open(cx, incfile_open(cx, data_path("per_channel.state.pt")));
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
    tst_bytes out;
    Incox__ModelProto *m =
        exported(&out, data_path(sources[is_checkpoint]),
                 is_checkpoint ? data_path("per_channel.state.pt") : NULL, &config);
    check_integers(m, "conv1.weight", "conv1.weight_quantized");
    check_integers(m, "conv2.weight", "conv2.weight_quantized");
    check_integers(m, "fc._packed_params._packed_params", "fc.weight_quantized");
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

static bool is_int8(const Incox__TensorProto *t)
{
    return t->data_type == INCOX__TENSOR_PROTO__DATA_TYPE__INT8 && t->n_dims > 1;
}

/* Weights that a .pt2 holds in float32, each followed by its quantization, are quantized when they
 * are exported, to what PyTorch made of them where it did so itself. */
START_TEST(weights_are_quantized_as_pytorch_does)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out[2];
    size_t n = 0;
    config.quant_format = (inc_quant_format)_i;
    Incox__ModelProto *ours = exported(&out[0], data_path("pt2e_unfolded.pt2"), NULL, &config);
    Incox__ModelProto *theirs = exported(&out[1], data_path("pt2e.pt2"), NULL, &config);
    ck_assert_uint_eq(ours->graph->n_node, theirs->graph->n_node);
    ck_assert_uint_eq(count(ours, "QuantizeLinear"), count(theirs, "QuantizeLinear"));
    ck_assert_ptr_nonnull(initializer(ours, "conv1.weight_quantized"));
    for (size_t i = 0; i < ours->graph->n_initializer; i++) {
        const Incox__TensorProto *a = ours->graph->initializer[i];
        bool found = false;
        for (size_t k = 0; is_int8(a) && k < theirs->graph->n_initializer; k++) {
            const Incox__TensorProto *b = theirs->graph->initializer[k];
            found |= is_int8(b) && a->raw_data.len == b->raw_data.len &&
                     memcmp(a->raw_data.data, b->raw_data.data, a->raw_data.len) == 0;
        }
        ck_assert(found == is_int8(a));
        n += found;
    }
    ck_assert_uint_eq(n, 3);
    for (size_t i = 0; i < 2; i++)
        free(out[i].bytes);
    incox__model_proto__free_unpacked(ours, NULL);
    incox__model_proto__free_unpacked(theirs, NULL);
}
END_TEST

START_TEST(operators_run_on_integers)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out;
    config.quant_format = INC_QUANT_FORMAT_QLINEAR;
    Incox__ModelProto *m = exported(&out, data_path("static.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "QLinearConv"), 2);
    ck_assert_uint_eq(count(m, "QGemm"), 1);
    ck_assert_uint_eq(count(m, "QLinearAdd"), 1);
    ck_assert_uint_eq(count(m, "Conv") + count(m, "Gemm") + count(m, "Add"), 0);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);

    config.quant_format = INC_QUANT_FORMAT_QDQ;
    m = exported(&out, data_path("static.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "Conv"), 2);
    ck_assert_uint_gt(count(m, "DequantizeLinear"), count(m, "QuantizeLinear"));
    ck_assert_uint_eq(count(m, "Cast") + count(m, "Identity") + count(m, "Constant"), 0);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* The node that reads a value, the first of several. */
static const char *reader_of(const Incox__ModelProto *m, const char *value)
{
    for (size_t i = 0; i < m->graph->n_node; i++)
        for (size_t k = 0; k < m->graph->node[i]->n_input; k++)
            if (strcmp(m->graph->node[i]->input[k], value) == 0)
                return m->graph->node[i]->op_type;
    return "nothing";
}

/* A relu or relu6 before a grid that reaches further cuts integers, and a product with a number
 * changes the scale alone: every convolution stands between integers. */
START_TEST(limits_are_those_of_integers)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out;
    config.quant_format = (inc_quant_format)_i;
    bool is_qdq = config.quant_format == INC_QUANT_FORMAT_QDQ;
    Incox__ModelProto *m = exported(&out, data_path("limits.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, is_qdq ? "Conv" : "QLinearConv"), 3);
    ck_assert_uint_eq(count(m, "Clip"), 2);
    ck_assert_uint_eq(count(m, "Relu") + count(m, "Mul"), 0);
    for (size_t i = 0; is_qdq && i < m->graph->n_node; i++)
        if (strcmp(m->graph->node[i]->op_type, "Conv") == 0)
            ck_assert_str_eq(reader_of(m, m->graph->node[i]->output[0]), "QuantizeLinear");
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* The float bias of a product of rank 3 has that rank: ONNX Runtime would make Gemm of it else,
 * and no longer see the integers. */
START_TEST(biases_have_the_rank_of_their_product)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out;
    size_t n = 0;
    Incox__ModelProto *m = exported(&out, data_path(_i ? "dynamic.pt" : "rows.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "MatMul"), 2);
    for (size_t i = 0; i < m->graph->n_node; i++)
        for (size_t k = 0; strcmp(m->graph->node[i]->op_type, "Add") == 0 && k < 2; k++) {
            const Incox__TensorProto *bias = initializer(m, m->graph->node[i]->input[k]);
            ck_assert(!bias || bias->n_dims == 3);
            n += bias != NULL;
        }
    ck_assert_uint_eq(n, 2);
    ck_assert_ptr_nonnull(initializer(m, "up.bias"));
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

START_TEST(fp32_is_the_model_without_quantization)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out;
    config.dtype = INC_DTYPE_FP32;
    Incox__ModelProto *m = exported(&out, data_path("per_channel.pt"), NULL, &config);
    ck_assert_uint_eq(count(m, "QuantizeLinear") + count(m, "DequantizeLinear"), 0);
    for (size_t i = 0; i < m->graph->n_initializer; i++)
        ck_assert_int_ne(m->graph->initializer[i]->data_type, INCOX__TENSOR_PROTO__DATA_TYPE__INT8);
    check_answers(&out, "per_channel.npz", 0, 0.05);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* ---- the plan ---- */

static const struct {
    const char *model, *checkpoint;
    inc_quant_format format;
    uint32_t contrib;
    const char *module, *pytorch;
    inc_arithmetic arithmetic;
    const char *form, *reason;
} planned[] = {
    {"static.pt", NULL, INC_QUANT_FORMAT_QDQ, 1, "conv1", "quantized::conv2d_relu",
     INC_ARITHMETIC_INT8, "DequantizeLinear Conv Relu QuantizeLinear", NULL},
    {"static.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "conv1", "quantized::conv2d_relu",
     INC_ARITHMETIC_INT8, "QLinearConv", NULL},
    {"static.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "fc", "quantized::linear", INC_ARITHMETIC_INT8,
     "QGemm", NULL},
    {"static.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "", "quantized::add_relu", INC_ARITHMETIC_INT8,
     "QLinearAdd", NULL},
    {"static.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 0, "", "quantized::add_relu",
     INC_ARITHMETIC_FLOAT, "DequantizeLinear Add Relu QuantizeLinear", "com.microsoft"},
    {"static.pt", NULL, INC_QUANT_FORMAT_QDQ, 0, "", "quantized::add_relu", INC_ARITHMETIC_INT8,
     "DequantizeLinear Add Relu QuantizeLinear", NULL},
    {"static.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "act", "quantized::hardswish",
     INC_ARITHMETIC_FLOAT, NULL, "no HardSwish on integers"},
    {"static.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "", "aten::flatten", INC_ARITHMETIC_INT8,
     "Flatten", NULL},
    {"recurrent.pt", NULL, INC_QUANT_FORMAT_QDQ, 1, "lstm", "aten::quantized_lstm",
     INC_ARITHMETIC_INT8_WEIGHTS, "Transpose DequantizeLinear LSTM Squeeze", "no LSTM on integers"},
    {"dynamic.pt", NULL, INC_QUANT_FORMAT_QLINEAR, 0, "up", "quantized::linear_relu_dynamic",
     INC_ARITHMETIC_INT8, NULL, NULL},
    {"dynamic.pt", NULL, INC_QUANT_FORMAT_QDQ, 1, "down", "quantized::linear_dynamic",
     INC_ARITHMETIC_INT8, "DynamicQuantizeLinear DequantizeLinear MatMul Add", NULL},
    {"pt2e.pt2", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "act", "aten::hardswish", INC_ARITHMETIC_FLOAT,
     NULL, "no HardSwish on integers"},
    {"pt2e.pt2", NULL, INC_QUANT_FORMAT_QDQ, 1, "conv1", "aten::conv2d", INC_ARITHMETIC_INT8,
     "DequantizeLinear Conv Relu QuantizeLinear", NULL},
    {"pt2e_dynamic.pt2", NULL, INC_QUANT_FORMAT_QLINEAR, 1, "up", "aten::linear",
     INC_ARITHMETIC_INT8, NULL, NULL},
    {"per_channel.fp32.pt", "per_channel.state.pt", INC_QUANT_FORMAT_QLINEAR, 1, "conv1",
     "aten::_convolution", INC_ARITHMETIC_INT8, "QLinearConv", NULL},
};

START_TEST(plan_tells_what_and_why)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_report *report = NULL;
    inc_error *error = NULL;
    const char *checkpoint = planned[_i].checkpoint;
    config.quant_format = planned[_i].format;
    config.allow_contrib_ops = planned[_i].contrib;
    inc_status status =
        report_to(NULL, data_path(planned[_i].model), checkpoint ? data_path(checkpoint) : NULL,
                  &config, &report, &error);
    ck_assert_msg(status == INC_OK, "%s", error ? inc_error_message(error) : "no message");
    const inc_planned *found = NULL;
    for (size_t i = 0; !found && i < inc_report_n_planned(report); i++) {
        const inc_planned *p = inc_report_planned(report, i);
        if (strcmp(p->module, planned[_i].module) == 0 &&
            strcmp(p->pytorch, planned[_i].pytorch) == 0)
            found = p;
    }
    ck_assert_msg(found != NULL, "no %s in %s", planned[_i].pytorch, planned[_i].module);
    ck_assert_uint_eq(found->struct_size, sizeof *found);
    ck_assert_uint_eq(found->arithmetic, planned[_i].arithmetic);
    if (planned[_i].form)
        ck_assert_str_eq(found->form, planned[_i].form);
    ck_assert_int_eq(found->reason != NULL, found->arithmetic != INC_ARITHMETIC_INT8);
    if (planned[_i].reason)
        ck_assert_msg(strstr(found->reason, planned[_i].reason) != NULL, "%s", found->reason);
    ck_assert_uint_eq(inc_report_bytes(report), 0);
    ck_assert_uint_gt(inc_report_n_nodes(report), 0);
    ck_assert_ptr_null(inc_report_planned(report, inc_report_n_planned(report)));
    inc_report_free(report);
}
END_TEST

static const struct {
    const char *model, *checkpoint, *module, *line;
} lines[] = {
    {"recurrent.pt", NULL, "lstm", "make.py:143"},       /* traced */
    {"static.pt", NULL, "conv1", "<eval_with_key>.5:8"}, /* traced code that FX had generated */
    {"scripted.pt", NULL, "up", "make.py:75"},
    {"pt2e.pt2", NULL, "conv1", "make.py:36"},
    {"per_channel.fp32.pt", "per_channel.state.pt", "conv2", "make.py:37"},
};

/* Every operator has the line of the user's own code. */
START_TEST(plan_tells_the_line)
{
    static const int64_t shape[3] = {2, 5, 8};
    const inc_tensor example = {.shape = shape, .rank = 3, .element = INC_ELEMENT_FLOAT32};
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_report *report = NULL;
    inc_error *error = NULL;
    const char *checkpoint = lines[_i].checkpoint;
    if (strcmp(lines[_i].model, "scripted.pt") == 0) { /* the others have recorded theirs */
        config.example_inputs = &example;
        config.n_example_inputs = 1;
    }
    inc_status status =
        report_to(NULL, data_path(lines[_i].model), checkpoint ? data_path(checkpoint) : NULL,
                  &config, &report, &error);
    ck_assert_msg(status == INC_OK, "%s", error ? inc_error_message(error) : "no message");
    bool found = false;
    for (size_t i = 0; i < inc_report_n_planned(report); i++) {
        const inc_planned *p = inc_report_planned(report, i);
        ck_assert_msg(p->source != NULL, "%s in %s", p->pytorch, p->module);
        if (strcmp(p->module, lines[_i].module) == 0) {
            ck_assert_str_eq(p->source, lines[_i].line);
            found = true;
        }
    }
    ck_assert_msg(found, "nothing of the plan is in %s", lines[_i].module);
    inc_report_free(report);
}
END_TEST

static bool has_node(const Incox__ModelProto *m, const char *name)
{
    for (size_t i = 0; i < m->graph->n_node; i++)
        if (strcmp(m->graph->node[i]->name, name) == 0)
            return true;
    return false;
}

/* What an export reports is what inc_plan() foretold, and its names are those in the file. */
START_TEST(plan_is_kept)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_report *before = NULL, *after = NULL;
    tst_bytes out;
    const char *checkpoint = models[_i / 2].checkpoint;
    const char *path = checkpoint ? data_path(checkpoint) : NULL;
    config.quant_format = (inc_quant_format)(_i % 2);
    ck_assert_int_eq(report_to(NULL, data_path(models[_i / 2].model), path, &config, &before, NULL),
                     INC_OK);
    ck_assert_int_eq(report_to(&out, data_path(models[_i / 2].model), path, &config, &after, NULL),
                     INC_OK);
    Incox__ModelProto *m = incox__model_proto__unpack(NULL, out.size, out.bytes);
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_gt(inc_report_n_planned(after), 0);
    ck_assert_uint_eq(inc_report_n_planned(before), inc_report_n_planned(after));
    ck_assert_uint_eq(inc_report_n_nodes(before), inc_report_n_nodes(after));
    ck_assert_uint_eq(inc_report_n_warnings(before), inc_report_n_warnings(after));
    for (size_t i = 0; i < inc_report_n_planned(after); i++) {
        const inc_planned *p = inc_report_planned(after, i);
        ck_assert_str_eq(p->form, inc_report_planned(before, i)->form);
        ck_assert_str_ne(p->form, "");
        if (p->node)
            ck_assert_msg(has_node(m, p->node), "%s", p->node);
    }
    incox__model_proto__free_unpacked(m, NULL);
    inc_report_free(before);
    inc_report_free(after);
    free(out.bytes);
}
END_TEST

START_TEST(fp32_lists_operators)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_report *report = NULL;
    config.dtype = INC_DTYPE_FP32;
    ck_assert_int_eq(report_to(NULL, data_path("static.pt"), NULL, &config, &report, NULL), INC_OK);
    ck_assert_uint_gt(inc_report_n_planned(report), 0);
    for (size_t i = 0; i < inc_report_n_planned(report); i++) {
        const inc_planned *p = inc_report_planned(report, i);
        ck_assert_uint_eq(p->arithmetic, INC_ARITHMETIC_FLOAT);
        ck_assert_ptr_nonnull(strstr(p->pytorch, "::"));
        ck_assert_ptr_nonnull(p->source);
        ck_assert_uint_gt(strlen(p->form), 0);
        ck_assert_ptr_null(p->reason);
    }
    inc_report_free(report);
}
END_TEST

/* Without operators of com.microsoft there is one domain, and the answers stay. */
START_TEST(standard_operators_alone)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    const char *checkpoint = models[_i / 2].checkpoint;
    tst_bytes out;
    config.quant_format = (inc_quant_format)(_i % 2);
    config.allow_contrib_ops = 0;
    Incox__ModelProto *m = exported(&out, data_path(models[_i / 2].model),
                                    checkpoint ? data_path(checkpoint) : NULL, &config);
    ck_assert_uint_eq(m->n_opset_import, 1);
    for (size_t i = 0; i < m->graph->n_node; i++)
        ck_assert(!m->graph->node[i]->domain || !m->graph->node[i]->domain[0]);
    check_answers(&out, models[_i / 2].npz, models[_i / 2].steps, models[_i / 2].of_range);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* ---- warnings ---- */

static const struct {
    const char *model, *checkpoint;
    uint32_t opset;
    inc_quant_format format;
    const char *part; /* of one warning; NULL: there is none */
} warned[] = {
    {"static.pt", NULL, 14, INC_QUANT_FORMAT_QDQ,
     "between quantized ones compute in float32 (act: "},
    {"static.pt", NULL, 14, INC_QUANT_FORMAT_QDQ, "int8 weights beyond -64 to 64"},
    {"per_channel.pt", NULL, 11, INC_QUANT_FORMAT_QDQ, "opset_version 11 was asked for"},
    {"activations.pt", NULL, 14, INC_QUANT_FORMAT_QDQ, "(first; second)"},
    {"pt2e_dynamic.pt2", NULL, 14, INC_QUANT_FORMAT_QDQ, NULL}, /* int8 by int8 */
    {"pt2e.pt2", NULL, 14, INC_QUANT_FORMAT_QDQ, "multiply int8 activations"},
    {"static.pt", NULL, 14, INC_QUANT_FORMAT_QLINEAR, "int8 weights beyond -64 to 64"},
};

START_TEST(warns_of_what_matters)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_report *report = NULL;
    size_t n = 0;
    config.opset_version = warned[_i].opset;
    config.quant_format = warned[_i].format;
    ck_assert_int_eq(report_to(NULL, data_path(warned[_i].model), NULL, &config, &report, NULL),
                     INC_OK);
    for (size_t i = 0; i < inc_report_n_warnings(report); i++)
        n += warned[_i].part && strstr(inc_report_warning(report, i), warned[_i].part) != NULL;
    ck_assert_uint_eq(n, warned[_i].part != NULL);
    if (!warned[_i].part)
        ck_assert_uint_eq(inc_report_n_warnings(report), 0);
    inc_report_free(report);
}
END_TEST

/* ---- opsets and refusals ---- */

START_TEST(qdq_per_channel_raises_the_opset)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out;
    config.opset_version = 11;
    Incox__ModelProto *m = exported(&out, data_path("per_channel.pt"), NULL, &config);
    ck_assert_int_eq(m->opset_import[0]->version, 13);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
    config.quant_format = INC_QUANT_FORMAT_QLINEAR; /* has no such limit */
    m = exported(&out, data_path("per_channel.pt"), NULL, &config);
    for (size_t i = 0; i < m->n_opset_import; i++)
        if (!m->opset_import[i]->domain[0])
            ck_assert_int_eq(m->opset_import[i]->version, 11);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* Opset 10, where quantized operators begin, has all but ranges found at run time. */
START_TEST(begins_with_opset_10)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_error *error = NULL;
    const char *checkpoint = models[_i].checkpoint;
    tst_bytes out;
    config.opset_version = 10;
    config.quant_format = INC_QUANT_FORMAT_QLINEAR;
    inc_status status = export_to(&out, data_path(models[_i].model),
                                  checkpoint ? data_path(checkpoint) : NULL, &config, &error);
    if (strstr(models[_i].model, "dynamic") || strstr(models[_i].model, "recurrent")) {
        ck_assert_int_eq(status, INC_E_UNSUPPORTED);
        ck_assert_msg(strstr(inc_error_message(error), "opset 10 does not have") ||
                          strstr(inc_error_message(error), "need opset 12"),
                      "%s", inc_error_message(error));
    } else {
        ck_assert_int_eq(status, INC_OK);
        Incox__ModelProto *m = incox__model_proto__unpack(NULL, out.size, out.bytes);
        ck_assert_ptr_nonnull(m);
        ck_assert_int_eq(m->ir_version, 5);
        for (size_t i = 0; i < m->n_opset_import; i++)
            if (!m->opset_import[i]->domain[0])
                ck_assert_int_eq(m->opset_import[i]->version, 10);
        check_answers(&out, models[_i].npz, models[_i].steps, models[_i].of_range);
        incox__model_proto__free_unpacked(m, NULL);
    }
    inc_error_free(error);
    free(out.bytes);
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
    {"checkpoints/functions.fp32.pt", "checkpoints/misfit_module.state.pt", INC_E_ARGUMENT,
     "the model has no quantizable module a.elsewhere"},
    {"checkpoints/functions.fp32.pt", "checkpoints/misfit_shape.state.pt", INC_E_ARGUMENT,
     "the weight of mix has another shape than in the model (float32[4, 8, 1, 1])"},
    {"checkpoints/functions.fp32.pt", "checkpoints/misfit_scale.state.pt", INC_E_ARGUMENT,
     "nothing in the model has the scale nowhere_"},
    {"checkpoints/functions.fp32.pt", "checkpoints/misfit_input.state.pt", INC_E_ARGUMENT,
     "first takes a value that nothing quantizes: the input x"},
    {"cases/product_by_method.fp32.pt", "cases/product_by_method.state.pt", INC_E_UNSUPPORTED,
     "fit the model in two ways"},
    {"checkpoints/functions.fp32.pt", "checkpoints/ipex.state.pt", INC_E_UNSUPPORTED,
     "Intel's Extension for PyTorch (pytorch_ipex)"},
    {"checkpoints/functions.fp32.pt", "checkpoints/weight_only.state.pt", INC_E_UNSUPPORTED,
     "fc.qweight: weight-only quantization"},
    {"checkpoints/functions.fp32.pt", "checkpoints/reference.state.pt", INC_E_UNSUPPORTED,
     "mix.weight_qscheme: layers that quantize their weights when they run"},
    {"checkpoints/functions.fp32.pt", "checkpoints/nothing.state.pt", INC_E_ARGUMENT,
     "no quantized weight"},
    {"checkpoints/functions.fp32.pt", ".", INC_E_IO, "holds neither best_model.pt"},
    {"checkpoints/functions.fp32.pt", "../pt2/absent", INC_E_IO, "absent"},
};

/* A checkpoint that has its own graph takes the model's place, and says so. */
START_TEST(checkpoint_with_a_graph_is_the_model)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes alone, over;
    inc_report *report = NULL;
    ck_assert_int_eq(report_to(&alone, data_path("pt2e.pt2"), NULL, &config, NULL, NULL), INC_OK);
    ck_assert_int_eq(report_to(&over, data_path("per_channel.fp32.pt"), data_path("pt2e.pt2"),
                               &config, &report, NULL),
                     INC_OK);
    ck_assert_uint_eq(alone.size, over.size);
    ck_assert_int_eq(memcmp(alone.bytes, over.bytes, alone.size), 0);
    ck_assert_uint_gt(inc_report_n_warnings(report), 0);
    ck_assert_ptr_nonnull(strstr(inc_report_warning(report, 0), "has its own graph"));
    inc_report_free(report);
    free(alone.bytes);
    free(over.bytes);
}
END_TEST

/* Biases and weights of what stayed float are those of training, not the FP32 model's. */
START_TEST(trained_floats_come_from_the_checkpoint)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    const char *const keys[] = {"fc.weight", "fc.bias"};
    tst_bytes before, after;
    Incox__ModelProto *trained = exported(&after, data_path("checkpoints/qat_fallback.fp32.pt"),
                                          data_path("checkpoints/qat_fallback.state.pt"), &config);
    /* ONNX Runtime quantizes weights that were left in float between integers: not exact */
    check_answers(&after, "checkpoints/qat_fallback.npz", 0, 0.06);
    config.dtype = INC_DTYPE_FP32;
    Incox__ModelProto *plain =
        exported(&before, data_path("checkpoints/qat_fallback.fp32.pt"), NULL, &config);
    for (size_t i = 0; i < 2; i++) {
        const Incox__TensorProto *a = initializer(trained, keys[i]),
                                 *b = initializer(plain, keys[i]);
        ck_assert_msg(a && b, "no initializer %s", keys[i]);
        ck_assert_uint_eq(a->raw_data.len, b->raw_data.len);
        ck_assert_int_ne(memcmp(a->raw_data.data, b->raw_data.data, a->raw_data.len), 0);
    }
    incox__model_proto__free_unpacked(trained, NULL);
    incox__model_proto__free_unpacked(plain, NULL);
    free(before.bytes);
    free(after.bytes);
}
END_TEST

START_TEST(refuses_with_words)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_error *error = NULL;
    tst_bytes out;
    const char *checkpoint = refused[_i].checkpoint;
    inc_status status = export_to(&out, data_path(refused[_i].model),
                                  checkpoint ? data_path(checkpoint) : NULL, &config, &error);
    ck_assert_int_eq(status, refused[_i].status);
    ck_assert_msg(strstr(inc_error_message(error), refused[_i].part) != NULL, "%s",
                  inc_error_message(error));
    inc_error_free(error);
    free(out.bytes);
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
    tcase_add_loop_test(c, weights_are_quantized_as_pytorch_does, 0, FORMATS);
    tcase_add_test(c, operators_run_on_integers);
    tcase_add_loop_test(c, limits_are_those_of_integers, 0, FORMATS);
    tcase_add_loop_test(c, biases_have_the_rank_of_their_product, 0, 2);
    tcase_add_test(c, fp32_is_the_model_without_quantization);
    int n_models = (int)(sizeof models / sizeof *models);
    tcase_add_loop_test(c, plan_tells_what_and_why, 0, (int)(sizeof planned / sizeof *planned));
    tcase_add_loop_test(c, plan_tells_the_line, 0, (int)(sizeof lines / sizeof *lines));
    tcase_add_loop_test(c, plan_is_kept, 0, 2 * n_models);
    tcase_add_test(c, fp32_lists_operators);
    tcase_add_loop_test(c, standard_operators_alone, 0, 2 * n_models);
    tcase_add_loop_test(c, warns_of_what_matters, 0, (int)(sizeof warned / sizeof *warned));
    tcase_add_test(c, qdq_per_channel_raises_the_opset);
    tcase_add_loop_test(c, begins_with_opset_10, 0, n_models);
    tcase_add_test(c, checkpoint_with_a_graph_is_the_model);
    tcase_add_test(c, trained_floats_come_from_the_checkpoint);
    tcase_add_loop_test(c, refuses_with_words, 0, (int)(sizeof refused / sizeof *refused));
    suite_add_tcase(s, c);
    int failed = tst_run_unforked(s);
    tst_ort_close(ort);
    return failed != 0;
}
