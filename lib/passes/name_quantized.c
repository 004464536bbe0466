/* SPDX-License-Identifier: Apache-2.0 */
/* Names of quantization: a scale, a zero point, integers and the nodes that make them are named
 * after the value they belong to, as ONNX Runtime's own tools do:
 *
 *     conv1.weight_scale, /conv1/Relu_output_0_scale, image_zero_point
 *     /conv1/Relu_output_0_QuantizeLinear -> /conv1/Relu_output_0_quantized
 *     conv1.weight_DequantizeLinear       -> conv1.weight_dequantized
 *
 * Relies on nodes being named in their order, so that a value has its name when it is read. */
#include "passes/names.h"

#include <string.h>

#include "base/str.h"
#include "ir/onnx_ops.h"
#include "ir/rewrite.h"

/* ---- what the inputs of a node are ---- */

enum { MOST_GROUPS = 64, RESULT = -1 };

/* A quantized value among the inputs of a node, or its result, with its scale and zero point. */
typedef struct group {
    int value; /* input; RESULT */
    int scale, zero_point;
} group;

typedef struct layout {
    const char *op_type;
    group groups[3];
    size_t n;
} layout;

#define FIRST                                                                                      \
    {                                                                                              \
        0, 1, 2                                                                                    \
    }
#define SECOND                                                                                     \
    {                                                                                              \
        3, 4, 5                                                                                    \
    }

static const layout layouts[] = {
    {"QuantizeLinear", {FIRST}, 1},
    {"DequantizeLinear", {FIRST}, 1},
    {"QLinearConv", {FIRST, SECOND, {RESULT, 6, 7}}, 3},
    {"QLinearMatMul", {FIRST, SECOND, {RESULT, 6, 7}}, 3},
    {"QLinearAdd", {FIRST, SECOND, {RESULT, 6, 7}}, 3},
    {"QLinearMul", {FIRST, SECOND, {RESULT, 6, 7}}, 3},
    {"QGemm", {FIRST, SECOND, {RESULT, 7, 8}}, 3},
    {"QLinearWhere", {{1, 2, 3}, {4, 5, 6}, {RESULT, 7, 8}}, 3},
    {"QLinearSigmoid", {FIRST, {RESULT, 3, 4}}, 2},
    {"QLinearLeakyRelu", {FIRST, {RESULT, 3, 4}}, 2},
    {"QLinearSoftmax", {FIRST, {RESULT, 3, 4}}, 2},
    {"QLinearAveragePool", {FIRST, {RESULT, 3, 4}}, 2},
    {"QLinearGlobalAveragePool", {FIRST, {RESULT, 3, 4}}, 2},
};

/* QLinearConcat: the result's pair, then a value with its pair for each input. */
static size_t concat_groups(const incir_node *n, group *groups)
{
    size_t k = 0;
    groups[k++] = (group){RESULT, 0, 1};
    for (int i = 2; (size_t)i + 2 < n->n_inputs && k < MOST_GROUPS; i += 3)
        groups[k++] = (group){i, i + 1, i + 2};
    return k;
}

static size_t groups_of(const incir_node *n, group *groups)
{
    if (strcmp(n->op_type, "QLinearConcat") == 0)
        return concat_groups(n, groups);
    for (size_t i = 0; i < INC_COUNT(layouts); i++)
        if (strcmp(n->op_type, layouts[i].op_type) == 0) {
            memcpy(groups, layouts[i].groups, sizeof layouts[i].groups);
            return layouts[i].n;
        }
    return 0;
}

/* ---- names ---- */

/* What belongs to a value is named after: the float value that integers stand for. */
static const char *base_of(incpass_namer *names, const incir_value *v)
{
    static const char *const endings[] = {"_quantized", "_quantized_t", "_dequantized"};
    const char *base = incmap_get(names->bases, &v, sizeof v, NULL);
    if (base || !v->name)
        return base;
    for (size_t i = 0; i < INC_COUNT(endings); i++)
        if (incstr_ends(v->name, endings[i]))
            return inc_strndup(names->scratch, v->name, strlen(v->name) - strlen(endings[i]));
    return v->name;
}

static void set_base(incpass_namer *names, const incir_value *v, const char *base)
{
    incmap_set(names->scratch, names->bases, &v, sizeof v, inc_strdup(names->scratch, base));
}

static void name_one(incpass_namer *names, const incir_node *n, int at, const char *base,
                     const char *ending)
{
    incir_value *v = at >= 0 && (size_t)at < n->n_inputs ? n->inputs[at] : NULL;
    if (v && v->kind == INCIR_CONSTANT && !v->name)
        v->name = incpass_new_name(names, "%s%s", base, ending);
}

static void name_pair(incpass_namer *names, const incir_node *n, const group *g,
                      const incir_value *v)
{
    const char *base = v ? base_of(names, v) : NULL;
    if (!base)
        return;
    name_one(names, n, g->scale, base, "_scale");
    name_one(names, n, g->zero_point, base, "_zero_point");
}

static void name_quantizer(incpass_namer *names, incir_node *n, const char *base)
{
    bool is_quantizing = n->op_type[0] == 'Q';
    incir_value *y = n->outputs[0];
    n->name = incpass_new_name(names, "%s_%s", base, n->op_type);
    set_base(names, y, base);
    if (!y->name)
        y->name =
            incpass_new_name(names, "%s_%s", base, is_quantizing ? "quantized" : "dequantized");
}

bool incpass_name_quantization(incpass_namer *names, incir_node *n)
{
    group groups[MOST_GROUPS];
    size_t k = groups_of(n, groups);
    for (size_t i = 0; i < k; i++)
        if (groups[i].value != RESULT && (size_t)groups[i].value < n->n_inputs)
            name_pair(names, n, &groups[i], n->inputs[groups[i].value]);
    bool is_quantizer =
        incir_is(n, INCIR_OP_QUANTIZE_LINEAR) || incir_is(n, INCIR_OP_DEQUANTIZE_LINEAR);
    const char *base = is_quantizer && n->outputs[0] ? base_of(names, n->inputs[0]) : NULL;
    if (!base)
        return false;
    name_quantizer(names, n, base);
    return true;
}

void incpass_name_scales_after(incpass_namer *names, incir_node *n)
{
    group groups[MOST_GROUPS];
    size_t k = groups_of(n, groups);
    for (size_t i = 0; i < k; i++)
        if (groups[i].value == RESULT && n->n_outputs > 0)
            name_pair(names, n, &groups[i], n->outputs[0]);
}

/* ---- weights that lost their key ---- */

/* How long the beginning of a name is that a converter made up: "_frozen_param12"; else 0. */
static size_t made_up(const char *name)
{
    static const char *const made[] = {"_frozen_param", "_param_constant", "_tensor_constant",
                                       "lifted_tensor_"};
    for (size_t i = 0; name && i < INC_COUNT(made); i++) {
        size_t n = strlen(made[i]);
        if (strncmp(name, made[i], n) == 0)
            return n + strspn(name + n, "0123456789");
    }
    return 0;
}

/* The constant behind an input, through what only brings it into form. */
static incir_value *constant_behind(incir_value *v)
{
    enum { MOST_STEPS = 4 };
    for (int i = 0; v && v->kind == INCIR_RESULT && i < MOST_STEPS; i++) {
        const incir_node *n = v->producer;
        bool passes = incir_is(n, INCIR_OP_DEQUANTIZE_LINEAR) || incir_is(n, INCIR_OP_TRANSPOSE) ||
                      incir_is(n, INCIR_OP_RESHAPE);
        v = passes && n->n_inputs > 0 ? n->inputs[0] : NULL;
    }
    return v && v->kind == INCIR_CONSTANT ? v : NULL;
}

static const char *module_of(const incir_node *n)
{
    const char *module = n->call->module;
    return module && module[0] ? module : NULL;
}

static bool takes_weight(const incir_node *n)
{
    static const incir_opcode on_integers[] = {INCIR_OP_QLINEAR_CONV, INCIR_OP_QLINEAR_MATMUL,
                                               INCIR_OP_CONV_INTEGER, INCIR_OP_MATMUL_INTEGER};
    bool takes = n->op->work == INCIR_WORK_PRODUCT || incir_is(n, INCIR_OP_GATHER) ||
                 strcmp(n->op_type, "QGemm") == 0;
    for (size_t i = 0; i < INC_COUNT(on_integers); i++)
        takes = takes || incir_is(n, on_integers[i]);
    return takes && module_of(n) != NULL;
}

/* What is found of made-up names, by the part that is made up. */
typedef struct frozen {
    inccx *cx;
    incmap *modules; /* -> "conv1.weight", after the module that reads it */
    incmap *renamed; /* values, each once */
} frozen;

static void find_module(void *data, incir_node *n)
{
    frozen *f = data;
    for (size_t i = 0; takes_weight(n) && i < n->n_inputs; i++) {
        const incir_value *v = constant_behind(n->inputs[i]);
        size_t length = v && v->rank > 1 ? made_up(v->name) : 0;
        if (length > 0 && !incmap_get(f->modules, v->name, length, NULL))
            incmap_set(f->cx, f->modules, v->name, length,
                       inc_printf(f->cx, "%s.weight", module_of(n)));
    }
}

static void rename_frozen(void *data, incir_node *n)
{
    frozen *f = data;
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *v = n->inputs[i];
        size_t length = v && v->kind == INCIR_CONSTANT ? made_up(v->name) : 0;
        const char *weight = length ? incmap_get(f->modules, v->name, length, NULL) : NULL;
        if (!weight || incmap_get(f->renamed, &v, sizeof v, NULL))
            continue;
        incmap_set(f->cx, f->renamed, &v, sizeof v, v);
        v->name = inc_printf(f->cx, "%s%s", weight, v->name + length);
    }
}

void incpass_name_frozen(inccx *cx, incir_block *b)
{
    frozen f = {cx, incmap_new(cx), incmap_new(cx)};
    incir_each_node(b, find_module, &f);
    if (incmap_count(f.modules) > 0)
        incir_each_node(b, rename_frozen, &f);
}
