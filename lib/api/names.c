/* SPDX-License-Identifier: Apache-2.0 */
/* Values of config fields by name, for command lines and bindings. In: a name, or a number. Out:
 * the other of the two; nothing is allocated. */
#include <string.h>

#include "api/internal.h"
#include "base/str.h"

typedef struct named {
    const char *name; /* the first of a value is the one it is shown by */
    uint32_t value;
} named;

static const named dtypes[] = {{"fp32", INC_DTYPE_FP32},
                               {"int8", INC_DTYPE_INT8},
                               {"auto", INC_DTYPE_AUTO},
                               {"float32", INC_DTYPE_FP32}};
static const named quant_formats[] = {{"QDQ", INC_QUANT_FORMAT_QDQ},
                                      {"QLinear", INC_QUANT_FORMAT_QLINEAR},
                                      {"QOperator", INC_QUANT_FORMAT_QLINEAR},
                                      {"QLinearOps", INC_QUANT_FORMAT_QLINEAR}};
static const named recipes[] = {{"QDQ_OP_FP32_BIAS", INC_RECIPE_QDQ_OP_FP32_BIAS},
                                {"QDQ_OP_INT32_BIAS", INC_RECIPE_QDQ_OP_INT32_BIAS},
                                {"QDQ_OP_FP32_BIAS_QDQ", INC_RECIPE_QDQ_OP_FP32_BIAS_QDQ}};
static const named activations[] = {{"auto", INC_ACTIVATIONS_AUTO},
                                    {"source", INC_ACTIVATIONS_SOURCE},
                                    {"uint8", INC_ACTIVATIONS_UINT8},
                                    {"int8", INC_ACTIVATIONS_INT8}};
static const named external_datas[] = {{"auto", INC_EXTERNAL_DATA_AUTO},
                                       {"never", INC_EXTERNAL_DATA_NEVER},
                                       {"always", INC_EXTERNAL_DATA_ALWAYS}};
static const named states[] = {
    {"fail", INC_STATE_FAIL}, {"io", INC_STATE_IO}, {"drop", INC_STATE_DROP}};
static const named names_of_values[] = {{"torch", INC_NAMES_TORCH}, {"hf", INC_NAMES_HF}};
static const named kinds[] = {{"TorchScript", INC_MODEL_TORCHSCRIPT},
                              {"TorchScript (mobile)", INC_MODEL_TORCHSCRIPT_MOBILE},
                              {"exported program", INC_MODEL_EXPORTED},
                              {"state dict", INC_MODEL_STATE_DICT}};

static inc_status find(const named *names, size_t n, const char *name, uint32_t *value)
{
    for (size_t i = 0; name && value && i < n; i++)
        if (incstr_equal_nocase(names[i].name, name)) {
            *value = names[i].value;
            return INC_OK;
        }
    return INC_E_ARGUMENT;
}

static const char *name_of(const named *names, size_t n, uint32_t value)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].value == value)
            return names[i].name;
    return NULL;
}

inc_status inc_dtype_from_name(const char *name, inc_dtype *value)
{
    return find(dtypes, INC_COUNT(dtypes), name, value);
}

const char *inc_dtype_name(inc_dtype value)
{
    return name_of(dtypes, INC_COUNT(dtypes), value);
}

inc_status inc_quant_format_from_name(const char *name, inc_quant_format *value)
{
    return find(quant_formats, INC_COUNT(quant_formats), name, value);
}

const char *inc_quant_format_name(inc_quant_format value)
{
    return name_of(quant_formats, INC_COUNT(quant_formats), value);
}

inc_status inc_recipe_from_name(const char *name, inc_recipe *value)
{
    return find(recipes, INC_COUNT(recipes), name, value);
}

const char *inc_recipe_name(inc_recipe value)
{
    return name_of(recipes, INC_COUNT(recipes), value);
}

inc_status inc_state_from_name(const char *name, inc_state *value)
{
    return find(states, INC_COUNT(states), name, value);
}

const char *inc_state_name(inc_state value)
{
    return name_of(states, INC_COUNT(states), value);
}

inc_status inc_names_from_name(const char *name, inc_names *value)
{
    return find(names_of_values, INC_COUNT(names_of_values), name, value);
}

const char *inc_names_name(inc_names value)
{
    return name_of(names_of_values, INC_COUNT(names_of_values), value);
}

inc_status inc_activations_from_name(const char *name, inc_activations *value)
{
    return find(activations, INC_COUNT(activations), name, value);
}

const char *inc_activations_name(inc_activations value)
{
    return name_of(activations, INC_COUNT(activations), value);
}

inc_status inc_external_data_from_name(const char *name, inc_external_data *value)
{
    return find(external_datas, INC_COUNT(external_datas), name, value);
}

const char *inc_external_data_name(inc_external_data value)
{
    return name_of(external_datas, INC_COUNT(external_datas), value);
}

const char *inc_target_name(inc_target value)
{
    static const char *const targets[] = {"generic", "tensorrt", "openvino", "qnn"};
    return value < INC_COUNT(targets) ? targets[value] : NULL;
}

const char *inc_arithmetic_name(inc_arithmetic value)
{
    static const char *const arithmetics[] = {"float32", "int8", "int8 weights"};
    return value < INC_COUNT(arithmetics) ? arithmetics[value] : NULL;
}

const char *inc_model_kind_name(inc_model_kind kind)
{
    return name_of(kinds, INC_COUNT(kinds), kind);
}

/* ---- element types ---- */

static const inc_element elements[] = {
    INC_ELEMENT_UINT8,     INC_ELEMENT_INT8,       INC_ELEMENT_INT16,   INC_ELEMENT_INT32,
    INC_ELEMENT_INT64,     INC_ELEMENT_FLOAT16,    INC_ELEMENT_FLOAT32, INC_ELEMENT_FLOAT64,
    INC_ELEMENT_COMPLEX64, INC_ELEMENT_COMPLEX128, INC_ELEMENT_BOOL,    INC_ELEMENT_BFLOAT16,
    INC_ELEMENT_UINT16,    INC_ELEMENT_UINT32,     INC_ELEMENT_UINT64};

/* The other names that PyTorch has for them. */
static const named element_aliases[] = {
    {"float", INC_ELEMENT_FLOAT32}, {"double", INC_ELEMENT_FLOAT64}, {"half", INC_ELEMENT_FLOAT16},
    {"long", INC_ELEMENT_INT64},    {"int", INC_ELEMENT_INT32},      {"short", INC_ELEMENT_INT16}};

static bool is_element(inc_element element)
{
    for (size_t i = 0; i < INC_COUNT(elements); i++)
        if (elements[i] == element)
            return true;
    return false;
}

const char *inc_element_name(inc_element element)
{
    return is_element(element) ? incdtype_name((incdtype)element) : NULL;
}

inc_status inc_element_from_name(const char *name, inc_element *element)
{
    static const char prefix[] = "torch.";
    incdtype type;

    if (!name || !element)
        return INC_E_ARGUMENT;
    if (incstr_starts(name, prefix))
        name += sizeof prefix - 1;
    if (*name == '<' || *name == '|')
        name++;
    if (find(element_aliases, INC_COUNT(element_aliases), name, element) == INC_OK)
        return INC_OK;
    if (!incdtype_from_name(name, &type) || !is_element((inc_element)type))
        return INC_E_ARGUMENT;
    *element = (inc_element)type;
    return INC_OK;
}

size_t inc_element_size(inc_element element)
{
    return is_element(element) ? incdtype_size((incdtype)element) : 0;
}
