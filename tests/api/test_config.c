/* SPDX-License-Identifier: Apache-2.0 */
/* The config: initialisers, callers older and newer than the library, bad values, names, axes. */
#include <check.h>
#include <incexport/incexport.h>
#include <stdlib.h>
#include <string.h>

#include "../support/suite.h"

static inc_error *error;

static void set_up(void)
{
    error = NULL;
}

static void tear_down(void)
{
    inc_error_free(error);
}

static void assert_message(const char *part)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strstr(inc_error_message(error), part), "\"%s\" lacks \"%s\"",
                  inc_error_message(error), part);
}

/* ---- initialisers ---- */

START_TEST(macro_and_function_agree)
{
    const Torch2ONNXConfig macro = TORCH2ONNX_CONFIG_INIT;
    Torch2ONNXConfig function;
    memset(&function, 0xff, sizeof function);
    ck_assert_int_eq(inc_torch2onnx_config_init(&function, sizeof function), INC_OK);
    ck_assert_mem_eq(&macro, &function, sizeof macro);
    ck_assert_uint_eq(macro.dtype, INC_DTYPE_INT8);
    ck_assert_uint_eq(macro.opset_version, 14);
    ck_assert_uint_eq(macro.quant_format, INC_QUANT_FORMAT_QDQ);
    ck_assert_int_eq(inc_torch2onnx_config_check(&macro, &error), INC_OK);
    ck_assert_ptr_null(error);
}
END_TEST

/* The layout is the ABI: no padding, and nothing moves. */
START_TEST(layout_is_fixed)
{
    if (sizeof(void *) != 8)
        return;
    ck_assert_uint_eq(sizeof(Torch2ONNXConfig), 296);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, opset_version), 12);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, example_inputs), 24);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, dynamic_axes), 80);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, log), 112);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, memory_limit), 152);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, program), 160);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, target), 172);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, activations), 184);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, durable), 188);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, work_limit), 192);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, method), 200);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, metadata), 208);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, producer), 232);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, unroll_limit), 280);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, strict), 284);
    ck_assert_uint_eq(sizeof(inc_planned), 88);
    ck_assert_uint_eq(sizeof(inc_tensor), 40);
    ck_assert_uint_eq(sizeof(inc_dynamic_axis), 24);
    ck_assert_uint_eq(offsetof(Torch2ONNXConfig, state), 176);
    ck_assert_uint_eq(sizeof(inc_output), 72);
    ck_assert_uint_eq(sizeof(inc_state_value), 64);
    ck_assert_uint_eq(sizeof(inc_model_options), 40);
    ck_assert_uint_eq(sizeof(inc_allocator), 32);
    ck_assert_uint_eq(sizeof(inc_value), 40);
}
END_TEST

START_TEST(function_writes_no_more_than_told)
{
    unsigned char memory[sizeof(Torch2ONNXConfig) + 64];
    memset(memory, 0xee, sizeof memory);
    ck_assert_int_eq(inc_torch2onnx_config_init((void *)memory, sizeof(Torch2ONNXConfig)), INC_OK);
    for (size_t i = sizeof(Torch2ONNXConfig); i < sizeof memory; i++)
        ck_assert_uint_eq(memory[i], 0xee);
    /* A caller from the future gets zeros for what this version does not know. */
    ck_assert_int_eq(inc_torch2onnx_config_init((void *)memory, sizeof memory), INC_OK);
    for (size_t i = sizeof(Torch2ONNXConfig); i < sizeof memory; i++)
        ck_assert_uint_eq(memory[i], 0);
    ck_assert_int_eq(inc_torch2onnx_config_init(NULL, sizeof memory), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_torch2onnx_config_init((void *)memory, 8), INC_E_ABI);
    ck_assert_int_eq(inc_torch2onnx_config_init((void *)memory, 1 << 20), INC_E_ABI);
}
END_TEST

/* ---- other versions of the caller ---- */

typedef struct future_config {
    Torch2ONNXConfig known;
    uint64_t unknown[4];
} future_config;

START_TEST(newer_caller_is_fine_while_it_asks_nothing_new)
{
    future_config config;
    memset(&config, 0, sizeof config);
    ck_assert_int_eq(inc_torch2onnx_config_init(&config.known, sizeof config), INC_OK);
    ck_assert_int_eq(inc_torch2onnx_config_check(&config.known, &error), INC_OK);
    config.unknown[2] = 1;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config.known, &error), INC_E_ABI);
    assert_message("does not know");
}
END_TEST

/* One less than the first version had, among them. */
static const size_t wrong_sizes[] = {0, 1, offsetof(Torch2ONNXConfig, target) + 3, 5000, SIZE_MAX};

START_TEST(wrong_size_is_refused)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.struct_size = wrong_sizes[_i];
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ABI);
    assert_message("size");
}
END_TEST

/* Elements of arrays grow too. */
START_TEST(newer_elements_are_stepped_over)
{
    struct {
        inc_tensor known;
        uint64_t unknown;
    } tensors[2];
    const int64_t shape[] = {1, -5};
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    memset(tensors, 0, sizeof tensors);
    tensors[0].known.rank = tensors[1].known.rank = 1;
    tensors[0].known.shape = &shape[0];
    tensors[1].known.shape = &shape[1];
    config.example_inputs = &tensors[0].known;
    config.example_input_size = sizeof tensors[0];
    config.n_example_inputs = 2;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ARGUMENT);
    assert_message("example_inputs[1].shape[0] is -5");
    inc_error_free(error);
    tensors[0].unknown = 7;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ABI);
    assert_message("example_inputs[0]");
}
END_TEST

/* ---- bad values ---- */

static const int64_t sizes[] = {1, 2, -3};
static const int64_t huge_sizes[] = {INT64_MAX, 2};
static const char *const names[] = {"a", "b", "a"};
static const char *const odd_names[] = {"", "\xff", "\xed\xa0\x80", "\xc0\xaf", NULL};
static inc_tensor tensor;
static inc_dynamic_axis axes[2];

static void bad_dtype(Torch2ONNXConfig *c)
{
    c->dtype = 7;
}
static void bad_opset_low(Torch2ONNXConfig *c)
{
    c->opset_version = 9;
}
static void bad_opset_high(Torch2ONNXConfig *c)
{
    c->opset_version = 27;
}
static void bad_quant_format(Torch2ONNXConfig *c)
{
    c->quant_format = 2;
}
static void bad_recipe(Torch2ONNXConfig *c)
{
    c->recipe = 3;
}
static void bad_external(Torch2ONNXConfig *c)
{
    c->external_data = 3;
}
static void bad_state(Torch2ONNXConfig *c)
{
    c->state = 3;
}
static void bad_names(Torch2ONNXConfig *c)
{
    c->names = 2;
}
static void bad_activations(Torch2ONNXConfig *c)
{
    c->activations = 4;
}
static void bad_durable(Torch2ONNXConfig *c)
{
    c->durable = 2;
}
static void bad_integer_kernels(Torch2ONNXConfig *c)
{
    c->integer_kernels = 2;
}

static void bad_fuse(Torch2ONNXConfig *c)
{
    c->opset_version = 17;
    c->fuse = 1;
}

static void bad_strict(Torch2ONNXConfig *c)
{
    c->strict = 2;
}
static void bad_contrib(Torch2ONNXConfig *c)
{
    c->allow_contrib_ops = 2;
}
static void target_to_come(Torch2ONNXConfig *c)
{
    c->target = INC_TARGET_TENSORRT;
}
static void bad_target(Torch2ONNXConfig *c)
{
    c->target = 9;
}
static void bad_log_level(Torch2ONNXConfig *c)
{
    c->log_level = 4;
}
static void names_without_array(Torch2ONNXConfig *c)
{
    c->n_input_names = 2;
}
static void name_twice(Torch2ONNXConfig *c)
{
    c->input_names = names;
    c->n_input_names = 3;
}
static void name_empty(Torch2ONNXConfig *c)
{
    c->output_names = odd_names;
    c->n_output_names = 1;
}
static void name_not_utf8(Torch2ONNXConfig *c)
{
    c->output_names = odd_names + 1;
    c->n_output_names = 1;
}
static void name_surrogate(Torch2ONNXConfig *c)
{
    c->output_names = odd_names + 2;
    c->n_output_names = 1;
}
static void name_overlong(Torch2ONNXConfig *c)
{
    c->output_names = odd_names + 3;
    c->n_output_names = 1;
}
static void name_null(Torch2ONNXConfig *c)
{
    c->output_names = odd_names + 4;
    c->n_output_names = 1;
}
static void too_many(Torch2ONNXConfig *c)
{
    c->input_names = names;
    c->n_input_names = SIZE_MAX;
}
static void example(Torch2ONNXConfig *c)
{
    c->example_inputs = &tensor;
    c->n_example_inputs = 1;
    memset(&tensor, 0, sizeof tensor);
    tensor.element = INC_ELEMENT_FLOAT32;
    tensor.shape = sizes;
    tensor.rank = 2;
}
static void example_negative(Torch2ONNXConfig *c)
{
    example(c);
    tensor.rank = 3;
}
static void example_huge(Torch2ONNXConfig *c)
{
    example(c);
    tensor.shape = huge_sizes;
}
static void example_element(Torch2ONNXConfig *c)
{
    example(c);
    tensor.element = 99;
}
static void example_rank(Torch2ONNXConfig *c)
{
    example(c);
    tensor.rank = 65;
}
static void example_no_shape(Torch2ONNXConfig *c)
{
    example(c);
    tensor.shape = NULL;
}
static void example_reserved(Torch2ONNXConfig *c)
{
    example(c);
    tensor.reserved0 = 1;
}
static void axis(Torch2ONNXConfig *c)
{
    memset(axes, 0, sizeof axes);
    axes[0].name = axes[1].name = "x";
    c->dynamic_axes = axes;
    c->n_dynamic_axes = 1;
}
static void axis_range(Torch2ONNXConfig *c)
{
    axis(c);
    axes[0].axis = 64;
}
static void axis_unnamed(Torch2ONNXConfig *c)
{
    axis(c);
    axes[0].name = NULL;
}
static void axis_symbol(Torch2ONNXConfig *c)
{
    axis(c);
    axes[0].symbol = "";
}
static void axis_twice(Torch2ONNXConfig *c)
{
    axis(c);
    c->n_dynamic_axes = 2;
}

/* Every message names the field, what it held, and what it may hold. */
static const struct {
    void (*spoil)(Torch2ONNXConfig *c);
    const char *message;
} bad_values[] = {
    {bad_dtype, "dtype is 7; it may be 0 (fp32), 1 (int8), 2 (auto)"},
    {bad_opset_low, "opset_version is 9; it may be 10 to 26, or 0 (auto)"},
    {bad_opset_high, "opset_version is 27; it may be 10 to 26, or 0 (auto)"},
    {bad_quant_format, "quant_format is 2; it may be 0 (QDQ), 1 (QLinear)"},
    {bad_recipe, "recipe is 3; it may be 0 (QDQ_OP_FP32_BIAS), 1 (QDQ_OP_INT32_BIAS), 2 (QDQ_OP_"},
    {bad_external, "external_data is 3; it may be 0 (auto), 1 (never), 2 (always)"},
    {bad_state, "state is 3; it may be 0 (fail), 1 (io), 2 (drop)"},
    {bad_names, "names is 2; it may be 0 (torch), 1 (hf)"},
    {bad_activations, "activations is 4; it may be 0 (auto), 1 (source), 2 (uint8), 3 (int8)"},
    {bad_durable, "durable is 2; it may be 0 or 1"},
    {bad_integer_kernels, "integer_kernels is 2; it may be 0 or 1"},
    {bad_fuse, "fuse is 1, but opset_version is 17"},
    {bad_strict, "strict is 2; it may be 0 or 1"},
    {bad_contrib, "allow_contrib_ops is 2; it may be 0 or 1"},
    {target_to_come, "target is 1 (tensorrt), which is not built yet; it may be 0 (generic)"},
    {bad_target, "target is 9; it may be 0 (generic)"},
    {bad_log_level, "log_level is 4; it may be 0"},
    {names_without_array, "input_names is NULL, but n_input_names is 2"},
    {name_twice, "input_names[2] is \"a\" again; it may be"},
    {name_empty, "output_names[0] is empty; it may be"},
    {name_not_utf8, "output_names[0] is not UTF-8"},
    {name_surrogate, "output_names[0] is not UTF-8"},
    {name_overlong, "output_names[0] is not UTF-8"},
    {name_null, "output_names[0] is NULL; it may be"},
    {too_many, SIZE_MAX > UINT32_MAX ? "n_input_names is 18446744073709551615; it may be at most"
                                     : "n_input_names is 4294967295; it may be at most"},
    {example_negative, "example_inputs[0].shape[2] is -3; it may be 0 or more"},
    {example_huge, "example_inputs[0].shape is larger than memory"},
    {example_element, "example_inputs[0].element is 99; it may be"},
    {example_rank, "example_inputs[0].rank is 65; it may be at most 64"},
    {example_no_shape, "example_inputs[0].shape is NULL"},
    {example_reserved, "example_inputs[0].reserved0 is 1; it may be 0"},
    {axis_range, "dynamic_axes[0].axis is 64; it may be -64 to 63"},
    {axis_unnamed, "dynamic_axes[0].name is NULL; it may be"},
    {axis_symbol, "dynamic_axes[0].symbol is empty; it may be"},
    {axis_twice, "dynamic_axes[1] is axis 0 of \"x\" again"},
};

START_TEST(bad_value_is_named)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    bad_values[_i].spoil(&config);
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ARGUMENT);
    assert_message(bad_values[_i].message);
}
END_TEST

static void *no_alloc(size_t size, void *user_data)
{
    (void)size;
    (void)user_data;
    return NULL;
}

static void no_free(void *memory, void *user_data)
{
    (void)memory;
    (void)user_data;
}

START_TEST(bad_allocators)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_allocator allocator = INC_ALLOCATOR_INIT;
    config.allocator = &allocator;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_OK);
    allocator.alloc = no_alloc; /* without free */
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ABI);
    inc_error_free(error);
    allocator.struct_size = 3;
    allocator.free = no_free;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_ABI);
    inc_error_free(error);
    allocator.struct_size = sizeof allocator;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_E_MEMORY);
    ck_assert_str_eq(inc_error_message(error), "out of memory");
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, NULL), INC_E_MEMORY);
    ck_assert_int_eq(inc_torch2onnx_config_check(NULL, NULL), INC_E_ARGUMENT);
}
END_TEST

/* ---- names ---- */

START_TEST(names_of_values)
{
    uint32_t value = 99;
    ck_assert_int_eq(inc_dtype_from_name("FP32", &value), INC_OK);
    ck_assert_uint_eq(value, INC_DTYPE_FP32);
    ck_assert_int_eq(inc_dtype_from_name("int8", &value), INC_OK);
    ck_assert_uint_eq(value, INC_DTYPE_INT8);
    ck_assert_int_eq(inc_dtype_from_name("fp16", &value), INC_E_ARGUMENT);
    ck_assert_uint_eq(value, INC_DTYPE_INT8);
    ck_assert_int_eq(inc_dtype_from_name(NULL, &value), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_quant_format_from_name("qlinear", &value), INC_OK);
    ck_assert_uint_eq(value, INC_QUANT_FORMAT_QLINEAR);
    value = 99;
    ck_assert_int_eq(inc_quant_format_from_name("QOperator", &value), INC_OK);
    ck_assert_uint_eq(value, INC_QUANT_FORMAT_QLINEAR);
    ck_assert_int_eq(inc_quant_format_from_name("qdq", &value), INC_OK);
    ck_assert_uint_eq(value, INC_QUANT_FORMAT_QDQ);
    ck_assert_int_eq(inc_recipe_from_name("qdq_op_int32_bias", &value), INC_OK);
    ck_assert_uint_eq(value, INC_RECIPE_QDQ_OP_INT32_BIAS);
    ck_assert_int_eq(inc_state_from_name("io", &value), INC_OK);
    ck_assert_uint_eq(value, INC_STATE_IO);
    ck_assert_str_eq(inc_state_name(INC_STATE_DROP), "drop");
    ck_assert_int_eq(inc_names_from_name("hf", &value), INC_OK);
    ck_assert_str_eq(inc_names_name(INC_NAMES_HF), "hf");
    ck_assert_int_eq(inc_external_data_from_name("always", &value), INC_OK);
    ck_assert_uint_eq(value, INC_EXTERNAL_DATA_ALWAYS);
    ck_assert_int_eq(inc_activations_from_name("UINT8", &value), INC_OK);
    ck_assert_uint_eq(value, INC_ACTIVATIONS_UINT8);
    ck_assert_str_eq(inc_activations_name(INC_ACTIVATIONS_SOURCE), "source");
    ck_assert_str_eq(inc_dtype_name(INC_DTYPE_FP32), "fp32");
    ck_assert_str_eq(inc_quant_format_name(INC_QUANT_FORMAT_QLINEAR), "QLinear");
    ck_assert_str_eq(inc_recipe_name(INC_RECIPE_QDQ_OP_FP32_BIAS_QDQ), "QDQ_OP_FP32_BIAS_QDQ");
    ck_assert_str_eq(inc_dtype_name(INC_DTYPE_AUTO), "auto");
    ck_assert_ptr_null(inc_dtype_name(3));
    ck_assert_str_eq(inc_status_name(INC_E_INTERNAL), "INC_E_INTERNAL");
    ck_assert_str_eq(inc_status_name(INC_OK), "INC_OK");
    ck_assert_str_eq(inc_status_name(1), "unknown status");
    ck_assert_str_eq(inc_status_name(-12), "unknown status");
    ck_assert_str_eq(inc_status_name(INT32_MIN), "unknown status");
}
END_TEST

static const struct {
    const char *name;
    inc_element element;
    size_t size;
} elements[] = {
    {"float32", INC_ELEMENT_FLOAT32, 4}, {"torch.int64", INC_ELEMENT_INT64, 8},
    {"f4", INC_ELEMENT_FLOAT32, 4},      {"<i8", INC_ELEMENT_INT64, 8},
    {"bool", INC_ELEMENT_BOOL, 1},       {"half", INC_ELEMENT_FLOAT16, 2},
    {"long", INC_ELEMENT_INT64, 8},      {"bfloat16", INC_ELEMENT_BFLOAT16, 2},
    {"uint8", INC_ELEMENT_UINT8, 1},     {"double", INC_ELEMENT_FLOAT64, 8},
};

START_TEST(element_names)
{
    inc_element element = 99;
    ck_assert_int_eq(inc_element_from_name(elements[_i].name, &element), INC_OK);
    ck_assert_uint_eq(element, elements[_i].element);
    ck_assert_uint_eq(inc_element_size(element), elements[_i].size);
    ck_assert_int_eq(inc_element_from_name("quint8", &element), INC_E_ARGUMENT);
    ck_assert_int_eq(inc_element_from_name("", &element), INC_E_ARGUMENT);
    ck_assert_ptr_null(inc_element_name(12));
    ck_assert_uint_eq(inc_element_size(12), 0);
}
END_TEST

/* ---- dynamic axes ---- */

START_TEST(axes_of_both_forms)
{
    static const char json[] = " {\"input\": {\"0\": \"batch\", \"-1\": null}, \"output\": [0, 2],"
                               " \"\xc3\xa9\": {\"1\": \"\\u00e9\"}} ";
    inc_dynamic_axes *set = NULL;
    ck_assert_int_eq(inc_dynamic_axes_parse(json, NULL, &set, &error), INC_OK);
    const inc_dynamic_axis *a = inc_dynamic_axes_items(set);
    ck_assert_uint_eq(inc_dynamic_axes_count(set), 5);
    ck_assert_str_eq(a[0].name, "input");
    ck_assert_str_eq(a[0].symbol, "batch");
    ck_assert_int_eq(a[0].axis, 0);
    ck_assert_ptr_null(a[1].symbol);
    ck_assert_int_eq(a[1].axis, -1);
    ck_assert_str_eq(a[3].name, "output");
    ck_assert_ptr_null(a[3].symbol);
    ck_assert_int_eq(a[3].axis, 2);
    ck_assert_str_eq(a[4].symbol, "\xc3\xa9");
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.dynamic_axes = a;
    config.n_dynamic_axes = 5;
    ck_assert_int_eq(inc_torch2onnx_config_check(&config, &error), INC_OK);
    inc_dynamic_axes_free(set);
    ck_assert_int_eq(inc_dynamic_axes_parse("{}", NULL, &set, &error), INC_OK);
    ck_assert_uint_eq(inc_dynamic_axes_count(set), 0);
    inc_dynamic_axes_free(set);
    inc_dynamic_axes_free(NULL);
}
END_TEST

static const struct {
    const char *json, *message;
} bad_axes[] = {
    {"", "line 1"},
    {"[0]", "dynamic_axes is an array"},
    {"{\"x\": 0}", "\"x\" are a number"},
    {"{\"x\": \"0\"}", "\"x\" are a string"},
    {"{\"x\": {\"first\": \"batch\"}}", "\"first\""},
    {"{\"x\": {\"0\": 1}}", "axis 0 of \"x\" is a number"},
    {"{\"x\": [0.5]}", "a number"},
    {"{\"x\": [\"0\"]}", "a string"},
    {"{\"x\": [0]", "line 1, column 10"},
    {"{\"x\": [0]}}", "line 1, column 11"},
    {"{\n\"x\": [0],\n}", "line 3, column 1"},
    {"{\"x\": [0], \"x\": [1]}", "twice"},
    {"{\"x\": {\"0\": \"a\", \"0\": \"b\"}}", "twice"},
    {"{\"x\": [99999999999999999999]}", "a number"},
    {"{\"\\u0000\": [0]}", "NUL"},
};

START_TEST(bad_axes_are_explained)
{
    inc_dynamic_axes *set = NULL;
    ck_assert_int_eq(inc_dynamic_axes_parse(bad_axes[_i].json, NULL, &set, &error), INC_E_ARGUMENT);
    ck_assert_ptr_null(set);
    assert_message(bad_axes[_i].message);
}
END_TEST

START_TEST(deep_json_is_refused)
{
    char deep[2000];
    inc_dynamic_axes *set = NULL;
    memset(deep, '[', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    ck_assert_int_eq(inc_dynamic_axes_parse(deep, NULL, &set, &error), INC_E_LIMIT);
    assert_message("deeper");
}
END_TEST

START_TEST(version_is_told)
{
    ck_assert_str_eq(inc_version(), INC_VERSION_TEXT);
    ck_assert_uint_eq(inc_version_number(),
                      INC_VERSION_MAJOR * 10000 + INC_VERSION_MINOR * 100 + INC_VERSION_PATCH);
    ck_assert_uint_eq(inc_oldest_opset(), 10);
    ck_assert_uint_eq(inc_newest_opset(), 26);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("config");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, macro_and_function_agree);
    tcase_add_test(tcase, layout_is_fixed);
    tcase_add_test(tcase, function_writes_no_more_than_told);
    tcase_add_test(tcase, newer_caller_is_fine_while_it_asks_nothing_new);
    tcase_add_loop_test(tcase, wrong_size_is_refused, 0, COUNT(wrong_sizes));
    tcase_add_test(tcase, newer_elements_are_stepped_over);
    tcase_add_loop_test(tcase, bad_value_is_named, 0, COUNT(bad_values));
    tcase_add_test(tcase, bad_allocators);
    tcase_add_test(tcase, names_of_values);
    tcase_add_loop_test(tcase, element_names, 0, COUNT(elements));
    tcase_add_test(tcase, axes_of_both_forms);
    tcase_add_loop_test(tcase, bad_axes_are_explained, 0, COUNT(bad_axes));
    tcase_add_test(tcase, deep_json_is_refused);
    tcase_add_test(tcase, version_is_told);
    suite_add_tcase(suite, tcase);
    return tst_run(suite);
}
