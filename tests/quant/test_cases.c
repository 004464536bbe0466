/* SPDX-License-Identifier: Apache-2.0 */
/* Small quantized models, each made for one thing, exported in both formats and run with the
 * runtime's optimizations and without: the answers are PyTorch's, and the file says what it should.
 */
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

enum { OPTIMIZED, AS_IT_IS, N_RUNTIMES, FORMATS = 2 };

static tst_ort *runtimes[N_RUNTIMES];

static const char *data_path(const char *name)
{
    static char path[4][1024];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/quant/cases/%s", getenv("INC_TEST_DATA"), name);
    return p;
}

/* ---- exporting into memory ---- */

static Incox__ModelProto *export(tst_bytes *out, const char *model, const Torch2ONNXConfig *config,
                                 inc_report **report)
{
    inc_model *m = NULL;
    inc_error *error = NULL;
    inc_output output = INC_OUTPUT_INIT;
    output.write = tst_append;
    output.write_data = out;
    *out = (tst_bytes){0};
    inc_status status = inc_model_open_file(data_path(model), NULL, &m, &error);
    const char *of_float = strstr(model, ".fp32.pt");
    if (status == INC_OK && of_float) { /* NAME.state.pt lies beside it */
        char state[256];
        snprintf(state, sizeof state, "%.*s.state.pt", (int)(of_float - model), model);
        status = inc_model_attach_checkpoint(m, data_path(state), &error);
    }
    if (status == INC_OK)
        status = inc_export(m, &output, config, report, &error);
    ck_assert_msg(status == INC_OK, "%s: %s", model, error ? inc_error_message(error) : "?");
    inc_model_free(m);
    Incox__ModelProto *proto = incox__model_proto__unpack(NULL, out->size, out->bytes);
    ck_assert_ptr_nonnull(proto);
    return proto;
}

/* ---- answers ---- */

static void run(tst_ort *ort, const char *name, const tst_bytes *model, tst_tensors *recorded,
                double steps)
{
    char why[512];
    tst_tensors inputs = {&recorded->items[0], 1}, outputs = {0};
    tst_ort_session *s = tst_ort_load(ort, model->bytes, model->size, why, sizeof why);
    ck_assert_msg(s != NULL, "%s: %s", name, why);
    ck_assert_msg(tst_ort_run(s, &inputs, &outputs, why, sizeof why), "%s: %s", name, why);
    const float *expected = recorded->items[1].data, *found = outputs.items[0].data;
    size_t n = recorded->items[1].n_elements;
    ck_assert_uint_eq(outputs.items[0].n_elements, n);
    double allowed = (steps + 0.01) * step_of(expected, n);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)found[i] - (double)expected[i]) <= allowed,
                      "%s: element %zu is %g instead of %g (at most %g off)", name, i,
                      (double)found[i], (double)expected[i], allowed);
    tst_ort_unload(s);
    tst_tensors_free(&outputs);
}

static void check_answers(const char *name, const tst_bytes *model, double steps)
{
    size_t size;
    char file_name[256];
    tst_tensors recorded = {0};
    snprintf(file_name, sizeof file_name, "%s.npz", name);
    unsigned char *file = tst_read_file(data_path(file_name), &size);
    ck_assert_ptr_nonnull(file);
    ck_assert(tst_npz_read(file, size, &recorded));
    ck_assert_uint_eq(recorded.count, 2);
    recorded.items[0].name[0] = 'x'; /* forward(self, x) */
    recorded.items[0].name[1] = '\0';
    for (size_t i = 0; i < N_RUNTIMES; i++)
        if (runtimes[i])
            run(runtimes[i], name, model, &recorded, steps);
    tst_tensors_free(&recorded);
    free(file);
}

/* ---- the cases ---- */

static const struct {
    const char *name;
    const char *file;
    double steps;
    const char *op[FORMATS]; /* that the file has as often as said */
    size_t n_ops[FORMATS];
    const char *warning; /* part of one */
    bool is_of_qdq;      /* the warning: QLinear has another way */
} cases[] = {
    {"bias_dead", "bias_dead.pt", 0, {"Conv", "QLinearConv"}, {1, 1}, "with another scale"},
    {"bias_tiny", "bias_tiny.pt", 0, {"Add", "ConvInteger"}, {1, 1}, "is added as float32 behind"},
    {"bias_tiny_1d",
     "bias_tiny_1d.pt",
     0,
     {"Add", "ConvInteger"},
     {1, 1},
     "is added as float32 behind"},
    {"bias_tiny_linear",
     "bias_tiny_linear.pt",
     0,
     {"Add", "MatMulInteger"},
     {1, 1},
     "is added as float32 behind"},
    {"asymmetric", "asymmetric.pt", 0, {"Add", "Add"}, {2, 2}, "another zero point for each"},
    {"matmul_operator_function",
     "matmul_operator_function.fp32.pt",
     0,
     {"MatMul", "QLinearMatMul"},
     {4, 1},
     NULL},
    {"matmul_function_operator",
     "matmul_function_operator.fp32.pt",
     0,
     {"MatMul", "QLinearMatMul"},
     {4, 1},
     NULL},
    {"matmul_operators", "matmul_operators.fp32.pt", 0, {"MatMul", "QLinearMatMul"}, {4, 0}, NULL},
    {"flattened_by_method",
     "flattened_by_method.fp32.pt",
     0,
     {"MatMul", "QLinearMatMul"},
     {4, 0},
     NULL},
    {"blocks",
     "blocks.fp32.pt",
     0,
     {"LayerNormalization", "LayerNormalization"},
     {3, 3},
     "norm: there is no LayerNormalization"},
    {"computed_scale", "computed_scale.pt", 2, {"QuantizeLinear", "QuantizeLinear"}, {1, 1}, NULL},
    {"mobile", "mobile.pt", 1, {"Conv", "ConvTranspose"}, {2, 1}, NULL},
    {"reference", "reference.pt2", 1, {"Gemm", "QGemm"}, {2, 2}, "spells its integers out"},
    {"pool_average", "pool_average.pt", 0, {"Round", "Round"}, {1, 1}, "its halves are rounded"},
    {"pool_padded", "pool_padded.pt", 0, {"AveragePool", "QLinearAveragePool"}, {1, 1}, NULL},
    {"pool_adaptive", "pool_adaptive.pt", 0, {"Round", "Round"}, {1, 1}, "its halves are rounded"},
    {"pool_ceil", "pool_ceil.pt", 0, {"Div", "Div"}, {1, 1}, "its halves are rounded"},
    {"pool_edges", "pool_edges.pt", 0, {"Div", "Div"}, {1, 1}, "its halves are rounded"},
    {"pool_uneven", "pool_uneven.pt", 0, {"Round", "Round"}, {2, 2}, NULL},
    {"padded", "padded.fp32.pt", 0, {"Pad", "Pad"}, {1, 1}, NULL},
    {"prelu", "prelu.pt", 1, {"PRelu", "PRelu"}, {1, 1}, "multiplies positive values by"},
    {"softmax_scale", "softmax_scale.pt", 1, {"Abs", "Abs"}, {1, 1}, "for another"},
    {"two_grids", "two_grids.pt", 1, {"Clip", "Max"}, {0, 1}, NULL},
    {"fused_add", "fused_add.pt", 1, {"Add", "ConvInteger"}, {1, 1}, "adds to its product", true},
    {"observed", "observed.pt", 1, {"Conv", "QLinearConv"}, {1, 1}, "is still on"},
    {"relus", "relus.fp32.pt", 1, {"Relu", "Relu"}, {3, 1}, NULL},
    {"functional", "functional.fp32.pt", 1, {"Conv", "QLinearConv"}, {6, 6}, NULL},
    {"float_between", "float_between.pt", 0, {"Max", "Max"}, {1, 1}, "kept: the source computes"},
    {"bias_real",
     "bias_real.pt",
     0,
     {"Add", "ConvInteger"},
     {1, 1},
     "is added as float32 behind",
     true},
    {"real_result", "real_result.pt2", 1, {"Conv", "ConvInteger"}, {4, 2}, NULL},
    {"frozen", "frozen.fp32.pt", 1, {"Max", "Max"}, {1, 1}, "matched with the checkpoint's"},
    /* a step of one part, as the mean of 16 has it */
    {"signs_to_uint8",
     "signs_to_uint8.pt",
     16,
     {"Conv", "QLinearConv"},
     {1, 1},
     "see activations",
     true},
    {"signs_to_int8",
     "signs_to_int8.pt",
     16,
     {"Conv", "QLinearConv"},
     {1, 1},
     "see activations",
     true},
};

static bool warns(const inc_report *report, const char *part)
{
    for (size_t i = 0; i < inc_report_n_warnings(report); i++)
        if (strstr(inc_report_warning(report, i), part))
            return true;
    return false;
}

START_TEST(answers_are_pytorchs)
{
    size_t i = (size_t)_i / FORMATS, format = (size_t)_i % FORMATS;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_report *report = NULL;
    tst_bytes out;
    const char *const names[] = {"x"};
    config.dtype = INC_DTYPE_AUTO;
    config.opset_version = 17;
    config.quant_format = (inc_quant_format)format;
    config.input_names = names;
    config.n_input_names = 1;
    const int64_t shape[] = {2, 3, 9, 9}; /* of a model that records none */
    inc_tensor example = {.shape = shape, .rank = 4, .element = INC_ELEMENT_FLOAT32};
    if (strcmp(cases[i].name, "mobile") == 0 || strcmp(cases[i].name, "frozen") == 0) {
        config.example_inputs = &example;
        config.n_example_inputs = 1;
    }
    Incox__ModelProto *m = export(&out, cases[i].file, &config, &report);
    if (cases[i].op[format])
        ck_assert_uint_eq(count(m, cases[i].op[format]), cases[i].n_ops[format]);
    if (cases[i].warning && (format == 0 || !cases[i].is_of_qdq))
        ck_assert_msg(warns(report, cases[i].warning), "%s: no warning with \"%s\"", cases[i].name,
                      cases[i].warning);
    check_answers(cases[i].name, &out, cases[i].steps);
    inc_report_free(report);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* ---- numbers ---- */

static int by_value(const void *a, const void *b)
{
    return *(const unsigned char *)a - *(const unsigned char *)b;
}

static bool is_bytes(const Incox__TensorProto *t)
{
    return t->data_type == INCOX__TENSOR_PROTO__DATA_TYPE__INT8 ||
           t->data_type == INCOX__TENSOR_PROTO__DATA_TYPE__UINT8;
}

/* The same integers, in whatever order: a weight may be transposed, its gates in ONNX's order. */
static bool has_integers(const Incox__ModelProto *m, const unsigned char *sorted, size_t n)
{
    unsigned char *other = malloc(n + 1);
    bool found = false;
    ck_assert_ptr_nonnull(other);
    for (size_t i = 0; i < m->graph->n_initializer && !found; i++) {
        const Incox__TensorProto *t = m->graph->initializer[i];
        if (!is_bytes(t) || t->raw_data.len != n)
            continue;
        memcpy(other, t->raw_data.data, n);
        qsort(other, n, 1, by_value);
        found = memcmp(other, sorted, n) == 0;
    }
    free(other);
    return found;
}

static bool has_float(const Incox__ModelProto *m, float value)
{
    for (size_t i = 0; i < m->graph->n_initializer; i++) {
        const Incox__TensorProto *t = m->graph->initializer[i];
        size_t n = t->data_type == INCOX__TENSOR_PROTO__DATA_TYPE__FLOAT
                       ? t->raw_data.len / sizeof value
                       : 0;
        for (size_t k = 0; k < n; k++)
            if (memcmp(t->raw_data.data + k * sizeof value, &value, sizeof value) == 0)
                return true;
    }
    return false;
}

/* As it is, or, for MatMulInteger, multiplied with the input's. */
static bool has_scale(const Incox__ModelProto *m, float scale)
{
    if (has_float(m, scale))
        return true;
    for (size_t i = 0; i < m->graph->n_initializer; i++) {
        const Incox__TensorProto *t = m->graph->initializer[i];
        float input;
        if (t->data_type != INCOX__TENSOR_PROTO__DATA_TYPE__FLOAT ||
            t->raw_data.len != sizeof input)
            continue;
        memcpy(&input, t->raw_data.data, sizeof input);
        if (has_float(m, input * scale))
            return true;
    }
    return false;
}

static void check_tensor(inccx *cx, const Incox__ModelProto *m, const inctensor *t)
{
    const inctensor *integers = inctensor_int_repr(cx, t);
    unsigned char *sorted = inc_alloc(cx, (size_t)t->numel);
    inctensor_read(cx, integers, 0, t->numel, sorted);
    qsort(sorted, (size_t)t->numel, 1, by_value);
    ck_assert_msg(has_integers(m, sorted, (size_t)t->numel), "%llu integers are not in the file",
                  (unsigned long long)t->numel);
    for (size_t i = 0; i < t->q->n; i++)
        ck_assert_msg(has_scale(m, (float)t->q->scales[i]), "the scale %.9g is not in the file",
                      t->q->scales[i]);
}

/* All quantized tensors below v, those of packed weights among them; how many. */
static size_t check_all(inccx *cx, const Incox__ModelProto *m, const incpkl_value *v)
{
    size_t n = 0;
    if (v->kind == INCPKL_OBJECT && v->as.object->state)
        n += check_all(cx, m, v->as.object->state);
    if (v->kind == INCPKL_TENSOR && v->as.tensor->tensor->q) {
        check_tensor(cx, m, v->as.tensor->tensor);
        n++;
    }
    for (size_t i = 0; v->kind == INCPKL_DICT && i < v->as.dict->n; i++)
        n += check_all(cx, m, v->as.dict->pairs[i].value);
    for (size_t i = 0; (v->kind == INCPKL_TUPLE || v->kind == INCPKL_LIST) && i < v->as.items.n;
         i++)
        n += check_all(cx, m, v->as.items.items[i]);
    return n;
}

static const struct {
    const char *name; /* NAME.fp32.pt and NAME.state.pt */
    size_t n_weights;
} numbered[] = {{"../per_channel", 3},
                {"blocks", 5},
                {"functional", 8},
                {"relus", 4},
                {"padded", 2},
                {"cells", 4},
                {"matmul_operators", 2},
                {"matmul_operator_function", 2},
                {"../checkpoints/eager", 3},
                {"../checkpoints/elu", 2},
                {"../checkpoints/shared", 4},
                {"../checkpoints/functions", 6},
                {"../checkpoints/qat_fallback", 1}};

static size_t check_archive(const Incox__ModelProto *m, const char *file)
{
    inccx *cx = inccx_new(NULL);
    inc_frame frame;
    volatile size_t n = 0;
    ck_assert_ptr_nonnull(cx);
    if (inc_try(cx, &frame)) {
        n = check_all(cx, m, incarc_root(cx, incarc_open(cx, incfile_open(cx, data_path(file)))));
        inc_try_end(cx, &frame);
    } else {
        ck_abort_msg("%s: %s", file, cx->error.message);
    }
    inccx_free(cx);
    return n;
}

START_TEST(every_number_of_a_checkpoint_arrives)
{
    size_t i = (size_t)_i / FORMATS;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    char model[128], state[128];
    tst_bytes out;
    config.quant_format = (inc_quant_format)(_i % FORMATS);
    snprintf(model, sizeof model, "%s.fp32.pt", numbered[i].name);
    snprintf(state, sizeof state, "%s.state.pt", numbered[i].name);
    Incox__ModelProto *m = export(&out, model, &config, NULL);
    ck_assert_uint_eq(check_archive(m, state), numbered[i].n_weights);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

static const char *const scripts[] = {"../static.pt", "../qat.pt", "../per_channel.pt",
                                      "../activations.pt", "fused_add.pt"};

START_TEST(every_number_of_torchscript_arrives)
{
    size_t i = (size_t)_i / FORMATS;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    tst_bytes out;
    config.quant_format = (inc_quant_format)(_i % FORMATS);
    Incox__ModelProto *m = export(&out, scripts[i], &config, NULL);
    ck_assert_uint_gt(check_archive(m, scripts[i]), 0);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* ---- .pt2: records are stored as they are, the program's JSON among them ---- */

typedef struct source {
    unsigned char *bytes;
    size_t n;
} source;

static bool has_bytes(const source *s, const void *part, size_t n)
{
    const unsigned char *p = part;
    for (size_t i = 0; i + n <= s->n; i++)
        if (s->bytes[i] == p[0] && memcmp(s->bytes + i, p, n) == 0)
            return true;
    return false;
}

/* As it is, or with its two axes swapped; moved says by how much its elements differ. */
static bool has_weight_bytes(const source *s, const Incox__TensorProto *t, unsigned char moved)
{
    size_t n = t->raw_data.len;
    size_t columns = t->n_dims == 2 ? (size_t)t->dims[1] : n, rows = n / columns;
    unsigned char *as_it_is = malloc(n), *swapped = malloc(n);
    ck_assert(as_it_is && swapped);
    for (size_t i = 0; i < n; i++) {
        as_it_is[i] = t->raw_data.data[i] ^ moved;
        swapped[i % columns * rows + i / columns] = as_it_is[i];
    }
    bool found = has_bytes(s, as_it_is, n) || has_bytes(s, swapped, n);
    free(as_it_is);
    free(swapped);
    return found;
}

/* Whether the program has the number among its arguments. */
static bool has_number(const source *s, float value)
{
    static const char key[] = "\"as_float\": ";
    for (size_t i = 0; i + sizeof key + 32 < s->n; i++)
        if (memcmp(s->bytes + i, key, sizeof key - 1) == 0 &&
            strtof((const char *)s->bytes + i + sizeof key - 1, NULL) == value)
            return true;
    return false;
}

static const Incox__TensorProto *initializer(const Incox__ModelProto *m, const char *name)
{
    for (size_t i = 0; i < m->graph->n_initializer; i++)
        if (strcmp(m->graph->initializer[i]->name, name) == 0)
            return m->graph->initializer[i];
    return NULL;
}

/* Scales of values are arguments of the program, those of weights such or tensors of it. */
static size_t check_scale(const source *s, const Incox__ModelProto *m, const char *name)
{
    const Incox__TensorProto *t = initializer(m, name);
    if (!t)
        return 0; /* found at run time */
    if (t->raw_data.len == sizeof(float)) {
        float value;
        memcpy(&value, t->raw_data.data, sizeof value);
        if (has_number(s, value))
            return 1;
    }
    ck_assert_msg(has_bytes(s, t->raw_data.data, t->raw_data.len), "%s is not in the source", name);
    return 1;
}

static const char *const programs[] = {"../pt2e.pt2", "../pt2e_dynamic.pt2", "real_result.pt2"};

START_TEST(every_number_of_a_program_comes_from_it)
{
    const char *file = programs[_i / FORMATS];
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    source s = {0};
    size_t n_weights = 0, n_scales = 0;
    tst_bytes out;
    config.quant_format = (inc_quant_format)(_i % FORMATS);
    Incox__ModelProto *m = export(&out, file, &config, NULL);
    s.bytes = tst_read_file(data_path(file), &s.n);
    ck_assert_ptr_nonnull(s.bytes);
    for (size_t i = 0; i < m->graph->n_initializer; i++) {
        const Incox__TensorProto *t = m->graph->initializer[i];
        if (!is_bytes(t) || t->raw_data.len < 16 || strstr(t->name, "zero_point"))
            continue;
        n_weights++;
        ck_assert_msg(has_weight_bytes(&s, t, 0), "%s: %s is not in the source", file, t->name);
    }
    for (size_t i = 0; i < m->graph->n_node; i++) {
        const Incox__NodeProto *n = m->graph->node[i];
        bool is_bias = n->n_input > 0 && strstr(n->input[0], "bias") != NULL;
        if (!is_bias && (strcmp(n->op_type, "QuantizeLinear") == 0 ||
                         strcmp(n->op_type, "DequantizeLinear") == 0))
            n_scales += check_scale(&s, m, n->input[1]);
    }
    ck_assert_uint_gt(n_weights, 0);
    ck_assert(n_scales > 0 || strstr(file, "dynamic"));
    free(s.bytes);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* ---- the form that runtimes run on integers ---- */

static const struct {
    const char *name, *detour;
} detours[] = {{"pool_average", "Round"}, {"pool_ceil", "Round"}};

START_TEST(integer_kernels_have_no_detours)
{
    size_t i = (size_t)_i / FORMATS;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    const char *const names[] = {"x"};
    char file[64];
    tst_bytes out;
    config.opset_version = 17;
    config.quant_format = (inc_quant_format)(_i % FORMATS);
    config.integer_kernels = 1;
    config.input_names = names;
    config.n_input_names = 1;
    snprintf(file, sizeof file, "%s.pt", detours[i].name);
    Incox__ModelProto *m = export(&out, file, &config, NULL);
    ck_assert_uint_eq(count(m, detours[i].detour), 0);
    check_answers(detours[i].name, &out, 1);
    incox__model_proto__free_unpacked(m, NULL);
    free(out.bytes);
}
END_TEST

/* ---- activations in another type ---- */

static const struct {
    const char *file, *npz;
} typed[] = {
    {"signs_to_uint8.pt", "signs_to_uint8.npz"},
    {"signs_to_int8.pt", "signs_to_int8.npz"},
    {"shuffled.pt", "shuffled.npz"},
    {"../static.pt", "../static.npz"},
    {"../activations.pt", "../activations.npz"},
    {"../pt2e.pt2", "../pt2e.npz"},
    {"../pt2e_dynamic.pt2", "../pt2e_dynamic.npz"},
};
enum { N_TYPES = 4 };

static tst_tensors answers(const char *npz, const tst_bytes *model)
{
    char why[512];
    size_t size;
    tst_tensors recorded = {0}, outputs = {0};
    unsigned char *file = tst_read_file(data_path(npz), &size);
    ck_assert_ptr_nonnull(file);
    ck_assert(tst_npz_read(file, size, &recorded));
    recorded.items[0].name[0] = 'x';
    recorded.items[0].name[1] = '\0';
    tst_tensors inputs = {&recorded.items[0], 1};
    tst_ort_session *s =
        tst_ort_load(runtimes[AS_IT_IS], model->bytes, model->size, why, sizeof why);
    ck_assert_msg(s != NULL, "%s: %s", npz, why);
    ck_assert_msg(tst_ort_run(s, &inputs, &outputs, why, sizeof why), "%s: %s", npz, why);
    tst_ort_unload(s);
    tst_tensors_free(&recorded);
    free(file);
    return outputs;
}

static size_t bytes_of_type(const Incox__ModelProto *m, const char *op_type, size_t input, int type)
{
    size_t n = 0;
    for (size_t i = 0; i < m->graph->n_node; i++)
        for (size_t k = 0; k < m->graph->n_initializer; k++) {
            const Incox__NodeProto *node = m->graph->node[i];
            const Incox__TensorProto *t = m->graph->initializer[k];
            n += strcmp(node->op_type, op_type) == 0 && node->n_input > input &&
                 strcmp(node->input[input], t->name) == 0 && t->data_type == type;
        }
    return n;
}

/* Answers are equal to the bit, and no value is quantized to the other type. (In QLinear the
 * runtime's own kernels for the two types round differently: there the files are run, no more.) */
START_TEST(activations_move_by_128)
{
    const char *file = typed[_i / 2].file, *npz = typed[_i / 2].npz;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    const char *const names[] = {"x"};
    tst_bytes out[N_TYPES];
    config.opset_version = 17;
    config.quant_format = (inc_quant_format)(_i % 2);
    config.input_names = names;
    config.n_input_names = 1;
    for (uint32_t type = INC_ACTIVATIONS_SOURCE; type < N_TYPES; type++) {
        config.activations = type;
        Incox__ModelProto *m = export(&out[type], file, &config, NULL);
        const int other = type == INC_ACTIVATIONS_UINT8 ? INCOX__TENSOR_PROTO__DATA_TYPE__INT8
                                                        : INCOX__TENSOR_PROTO__DATA_TYPE__UINT8;
        if (type != INC_ACTIVATIONS_SOURCE)
            ck_assert_uint_eq(bytes_of_type(m, "QuantizeLinear", 2, other), 0);
        incox__model_proto__free_unpacked(m, NULL);
    }
    for (size_t type = INC_ACTIVATIONS_SOURCE; runtimes[AS_IT_IS] && type < N_TYPES; type++) {
        tst_tensors first = answers(npz, &out[INC_ACTIVATIONS_SOURCE]);
        tst_tensors again = answers(npz, &out[type]);
        ck_assert_uint_eq(first.items[0].n_elements, again.items[0].n_elements);
        if (config.quant_format == INC_QUANT_FORMAT_QDQ)
            ck_assert_int_eq(memcmp(first.items[0].data, again.items[0].data,
                                    first.items[0].n_elements * sizeof(float)),
                             0);
        tst_tensors_free(&first);
        tst_tensors_free(&again);
    }
    for (size_t type = INC_ACTIVATIONS_SOURCE; type < N_TYPES; type++)
        free(out[type].bytes);
}
END_TEST

int main(int argc, char **argv)
{
    char why[256];
    for (int i = 0; i < N_RUNTIMES; i++) {
        setenv("INC_ORT_OPTIMIZE", i == AS_IT_IS ? "0" : "99", 1);
        runtimes[i] = tst_ort_open(argc > 1 ? argv[1] : NULL, why, sizeof why);
    }
    if (!runtimes[0])
        printf("answers are not compared: %s\n", why);
    Suite *suite = suite_create("cases");
    TCase *tc = tcase_create("cases");
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, answers_are_pytorchs, 0, (int)(sizeof cases / sizeof *cases) * FORMATS);
    tcase_add_loop_test(tc, every_number_of_a_checkpoint_arrives, 0,
                        (int)(sizeof numbered / sizeof *numbered) * FORMATS);
    tcase_add_loop_test(tc, every_number_of_torchscript_arrives, 0,
                        (int)(sizeof scripts / sizeof *scripts) * FORMATS);
    tcase_add_loop_test(tc, every_number_of_a_program_comes_from_it, 0,
                        (int)(sizeof programs / sizeof *programs) * FORMATS);
    tcase_add_loop_test(tc, integer_kernels_have_no_detours, 0,
                        (int)(sizeof detours / sizeof *detours) * FORMATS);
    tcase_add_loop_test(tc, activations_move_by_128, 0, (int)(sizeof typed / sizeof *typed) * 2);
    int failed = tst_run_unforked(suite);
    for (size_t i = 0; i < N_RUNTIMES; i++)
        tst_ort_close(runtimes[i]);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
