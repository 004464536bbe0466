/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes out of bytes: any operator with any inputs and attributes is typed, folded, made nodes of,
 * and goes through the passes. What does not fit has to raise, and what did not raise has to be a
 * well-formed graph. */
#include <stdlib.h>
#include <string.h>

#include "ir/dump.h"
#include "ir/verify.h"
#include "passes/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_VALUES = 64, MOST_NODES = 12 };

/* clang-format off */
static const char *const operators[] = {
    "Abs", "Acos", "Acosh", "Add", "AffineGrid", "And", "ArgMax", "ArgMin", "Asin", "Asinh",
    "Atan", "Atanh", "AveragePool", "BatchNormalization", "Bernoulli", "BitShift", "BitwiseAnd",
    "BitwiseNot", "BitwiseOr", "BitwiseXor", "BlackmanWindow", "Cast", "CastLike", "Ceil", "Celu",
    "CenterCropPad", "Clip", "Col2Im", "Compress", "Concat", "ConstantOfShape", "Conv",
    "ConvInteger", "ConvTranspose", "Cos", "Cosh", "CumSum", "DFT", "DeformConv", "DepthToSpace",
    "DequantizeLinear", "Det", "Div", "Dropout", "DynamicQuantizeLinear", "Einsum", "Elu",
    "Equal", "Erf", "Exp", "Expand", "EyeLike", "Flatten", "Floor", "GRU", "Gather",
    "GatherElements", "GatherND", "Gelu", "Gemm", "GlobalAveragePool", "GlobalLpPool",
    "GlobalMaxPool", "Greater", "GreaterOrEqual", "GridSample", "GroupNormalization",
    "HammingWindow", "HannWindow", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
    "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LSTM", "LayerNormalization", "LeakyRelu",
    "Less", "LessOrEqual", "Log", "LogSoftmax", "LpNormalization", "LpPool", "MatMul",
    "MatMulInteger", "Max", "MaxPool", "MaxUnpool", "Mean", "MeanVarianceNormalization", "Min",
    "Mish", "Mod", "Mul", "Multinomial", "Neg", "NonMaxSuppression", "NonZero", "Not", "OneHot",
    "Or", "PRelu", "Pad", "Pow", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "RNN",
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Range",
    "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
    "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape",
    "Resize", "ReverseSequence", "RoiAlign", "Round", "STFT", "ScatterElements", "ScatterND",
    "Selu", "Shape", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Size", "Slice", "Softmax",
    "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tan",
    "Tanh", "ThresholdedRelu", "Tile", "TopK", "Transpose", "Trilu", "Unique", "Unsqueeze",
    "Where", "Xor",
};

static const char *const attributes[] = {
    "axis", "axes", "keepdims", "to", "perm", "start", "end", "split", "num_outputs", "blocksize",
    "batch_dims", "direction", "mode", "equation", "kernel_shape", "pads", "strides", "dilations",
    "group", "ceil_mode", "auto_pad", "output_shape", "output_padding", "value", "dtype", "shape",
    "k", "upper", "transA", "transB", "noop_with_empty_axes", "allowzero", "hidden_size",
    "layout", "reduction", "fmod", "select_last_index", "largest", "output_height", "epsilon",
    "onesided", "inverse", "size", "output_datatype", "sample_size",
};

static const char *const texts[] = {
    "constant", "reflect", "edge", "wrap", "LEFT", "SAME_UPPER", "VALID", "add", "none", "ij,jk->ik",
    "...i,...i", "ii", "i->", "ab,ac,bd", "->", "bidirectional",
};
/* clang-format on */

typedef struct reader {
    const uint8_t *at, *end;
    inccx *cx;
    incir_graph *g;
    incir_value *values[MOST_VALUES];
    size_t n_values;
    const incsym *symbols[2];
} reader;

static unsigned byte(reader *r)
{
    return r->at < r->end ? *r->at++ : 0;
}

static int64_t number(reader *r)
{
    static const int64_t odd[] = {INT64_MAX, INT64_MIN, INT32_MAX, INT32_MIN,
                                  -1,        1LL << 40, 1000,      -2};
    unsigned b = byte(r);
    return b < 240 ? (int64_t)(b % 16) - 2 : odd[b % 8];
}

static const incsym *dimension(reader *r)
{
    unsigned b = byte(r);
    if (b < 200)
        return incsym_int(r->g->syms, b % 7);
    if (b < 240)
        return r->symbols[b % 2];
    if (b < 250)
        return incsym_add_int(r->g->syms, r->symbols[b % 2], 1);
    return incsym_int(r->g->syms, 1LL << (b % 50));
}

static incdtype type(reader *r)
{
    static const incdtype types[] = {INCDT_F32,  INCDT_I64, INCDT_F32, INCDT_I64,
                                     INCDT_BOOL, INCDT_F64, INCDT_I32, INCDT_U8,
                                     INCDT_F16,  INCDT_I8,  INCDT_I16, INCDT_BF16};
    return types[byte(r) % INC_COUNT(types)];
}

static incir_value *new_input(reader *r)
{
    const incsym *dims[8];
    size_t rank = byte(r) % 6;
    incdtype dtype = type(r);
    for (size_t i = 0; i < rank; i++)
        dims[i] = dimension(r);
    incir_value *v =
        incir_input(r->g, inc_printf(r->cx, "x%zu", r->g->main->n_inputs), dtype, rank, dims);
    incir_block_add_input(r->g, r->g->main, v);
    return v;
}

static incir_value *new_constant(reader *r)
{
    int64_t sizes[4], n = 1;
    size_t rank = byte(r) % 5;
    incdtype dtype = type(r);
    for (size_t i = 0; i < rank; i++)
        n *= sizes[i] = byte(r) % 5;
    double *values = INC_NEW_N(r->cx, double, (size_t)n);
    for (int64_t i = 0; i < n; i++)
        values[i] = (double)number(r);
    const inctensor *t = inctensor_new(r->cx, INCDT_F64, rank, sizes, values);
    return incir_constant(r->g, inctensor_cast(r->cx, t, dtype), NULL);
}

static incir_value *new_integers(reader *r)
{
    const incsym *items[8];
    size_t n = byte(r) % 6;
    for (size_t i = 0; i < n; i++) {
        unsigned b = byte(r);
        items[i] = b < 220 ? incsym_int(r->g->syms, number(r)) : dimension(r);
    }
    return n == 5 ? incir_size_scalar(r->g, items[0]) : incir_sizes(r->g, items, n);
}

static incir_value *new_large(reader *r)
{
    int64_t sizes[3];
    size_t rank = 1 + byte(r) % 3;
    for (size_t i = 0; i < rank; i++)
        sizes[i] = byte(r) * 5;
    return incir_constant(r->g, inctensor_full(r->cx, type(r), rank, sizes, 1), NULL);
}

static incir_value *any_value(reader *r)
{
    unsigned b = byte(r);
    incir_value *v;
    if (b < 100 && r->n_values > 0)
        return r->values[b % r->n_values];
    if (b < 105)
        return NULL;
    v = b < 150   ? new_input(r)
        : b < 190 ? new_constant(r)
        : b < 250 ? new_integers(r)
                  : new_large(r);
    if (r->n_values < MOST_VALUES)
        r->values[r->n_values++] = v;
    return v;
}

static void add_attribute(reader *r, incir_node *n)
{
    const char *name = attributes[byte(r) % INC_COUNT(attributes)];
    int64_t ints[6], one = 1;
    unsigned kind = byte(r) % 8;
    size_t count = byte(r) % 6;
    if (incir_find_attr(n, name))
        return;
    switch (kind) {
    case 0:
        incir_attr_float(r->g, n, name, (double)number(r) / 2);
        break;
    case 1:
        incir_attr_str(r->g, n, name, texts[byte(r) % INC_COUNT(texts)]);
        break;
    case 2:
        incir_attr_tensor(r->g, n, name,
                          inctensor_full(r->cx, type(r), 1, &one, (double)number(r)));
        break;
    case 3:
    case 4:
        for (size_t i = 0; i < count; i++)
            ints[i] = number(r);
        incir_attr_ints(r->g, n, name, ints, count);
        break;
    default:
        incir_attr_int(r->g, n, name, number(r));
        break;
    }
}

static void add_node(reader *r)
{
    incir_node *n = incir_node_new(r->g, operators[byte(r) % INC_COUNT(operators)]);
    unsigned shape = byte(r);
    size_t n_inputs = shape % 6, n_attributes = shape / 6 % 4, n_outputs = shape > 200 ? 2 : 1;
    incir_value *outputs[2];
    for (size_t i = 0; i < n_inputs; i++)
        incir_in(r->g, n, any_value(r));
    for (size_t i = 0; i < n_attributes; i++)
        add_attribute(r, n);
    incir_emit_n(r->g, n, n_outputs, outputs);
    for (size_t i = 0; i < n_outputs && r->n_values < MOST_VALUES; i++)
        r->values[r->n_values++] = outputs[i];
}

static void build(reader *r)
{
    static const uint32_t opsets[] = {11, 12, 13, 14, 17, 18, 20};
    inccx *cx = r->cx;
    r->g = incir_graph_new(cx, opsets[byte(r) % INC_COUNT(opsets)]);
    for (size_t i = 0; i < 2; i++) {
        r->symbols[i] = incsym_new(r->g->syms, i ? "m" : "n", 3, (int64_t)i, NULL, 0);
        incir_value *v = incir_input(r->g, i ? "m" : "n", INCDT_F32, 1, &r->symbols[i]);
        incsym_set_origin(r->symbols[i], v, 0);
        incir_block_add_input(r->g, r->g->main, v);
    }
    for (size_t i = 0; i < MOST_NODES && r->at < r->end; i++) {
        inc_frame frame;
        if (inc_try(cx, &frame)) {
            add_node(r);
            inc_try_end(cx, &frame);
        } else if (cx->error.status == INC_E_MEMORY || cx->error.status == INC_E_LIMIT) {
            inc_raise_again(cx);
        }
    }
    size_t n_outputs = 0;
    for (size_t i = 0; i < r->n_values; i++)
        if (r->values[i]->kind == INCIR_RESULT && !r->values[i]->name) {
            r->values[i]->name = inc_printf(cx, "y%zu", n_outputs++);
            incir_block_add_output(r->g, r->g->main, r->values[i]);
        }
}

/* From here on nothing may be refused but for want of memory. */
static void finish(reader *r)
{
    inccx *cx = r->cx;
    inc_frame frame;
    incstr text = {0};
    if (!inc_try(cx, &frame)) {
        if (cx->error.status != INC_E_MEMORY && cx->error.status != INC_E_LIMIT)
            abort();
        return;
    }
    incir_verify(r->g);
    incpass_run(cx, r->g, incpass_clean_up);
    incpass_run(cx, r->g, incpass_finish);
    incir_verify(r->g);
    incir_dump(r->g, &text);
    inc_try_end(cx, &frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const inc_hooks hooks = {.memory_limit = 256 << 20};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;
    if (!cx)
        return 0;
    reader *r = NULL;
    if (inc_try(cx, &frame)) {
        r = INC_NEW(cx, reader);
        r->at = data;
        r->end = data + size;
        r->cx = cx;
        build(r);
        finish(r);
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return 0;
}
