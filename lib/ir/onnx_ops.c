/* SPDX-License-Identifier: Apache-2.0 */
/* The table of ONNX operators; see onnx_ops.h. */
#include "ir/onnx_ops.h"

#include <string.h>

#include "ir/fold.h"
#include "ir/infer.h"
#include "ir/quant.h"

/* Sets of element types, a bit each. */
#define BIT(type) (UINT32_C(1) << (type))
#define BOOL BIT(INCDT_BOOL)
#define U8 BIT(INCDT_U8)
#define I8 BIT(INCDT_I8)
#define I16 BIT(INCDT_I16)
#define I32 BIT(INCDT_I32)
#define I64 BIT(INCDT_I64)
#define F16 BIT(INCDT_F16)
#define F32 BIT(INCDT_F32)
#define F64 BIT(INCDT_F64)
#define BYTES (U8 | I8)
#define INTS (BYTES | I16 | I32 | I64)
#define SINGLE (F16 | F32)
#define FLOATS (SINGLE | F64)
#define WIDE (I32 | I64 | FLOATS)
#define NUMBERS (INTS | FLOATS)
#define ANY UINT32_MAX

/* Types in every opset; from an opset on, and below it. */
#define EVER(types)                                                                                \
    {                                                                                              \
        types, 0, types                                                                            \
    }
#define SINCE(opset, types, before)                                                                \
    {                                                                                              \
        types, opset, before                                                                       \
    }

/* A row, its columns in the order of incir_op; their common prefixes are left out. */
#define OP(name, code, infer, fold, when, work, outputs, types, opset_10, kernel, kernel_since)    \
    {                                                                                              \
        name, INCIR_OP_##code, incir_infer_##infer, incir_fold_##fold, INCIR_FOLD_##when,          \
            INCIR_WORK_##work, INCIR_OUTPUTS_##outputs, types, INCIR_OPSET_10_##opset_10,          \
            INCIR_KERNEL_##kernel, kernel_since, 0                                                 \
    }
/* The same for one that runtimes lack from an opset on. */
#define OP_LACKING(name, code, infer, fold, when, work, outputs, types, opset_10, kernel,          \
                   kernel_since, lacking_since)                                                    \
    {                                                                                              \
        name, INCIR_OP_##code, incir_infer_##infer, incir_fold_##fold, INCIR_FOLD_##when,          \
            INCIR_WORK_##work, INCIR_OUTPUTS_##outputs, types, INCIR_OPSET_10_##opset_10,          \
            INCIR_KERNEL_##kernel, kernel_since, lacking_since                                     \
    }

static void incir_infer_nothing(incir_graph *g, incir_node *n)
{
    inc_raise(g->cx, INC_E_INTERNAL, "no inference for the ONNX operator %s%s%s", n->domain,
              n->domain[0] ? "::" : "", n->op_type);
}

static bool incir_fold_never(incir_graph *g, incir_node *n, incir_value **out)
{
    (void)g;
    (void)n;
    (void)out;
    return false;
}

/* Types: found by loading a model of one node for each type and opset into ONNX Runtime 1.21 and
 * 1.23. Unsigned types of more than 8 bits and bfloat16 no operator is sure to have. */
/* clang-format off */
static const incir_op table[] = { /* by code, which is sorted by name */
    OP("",                          OTHER,               nothing,           never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0), /* of other domains, and unknown ones */
    OP("",                          MARKER,              real,              never,             NEVER,  QUANTIZES, FIXED,    EVER(ANY),                            SAME,  NONE,     0), /* of ir/quant.h */
    OP("Abs",                       ABS,                 same,              unary,             KNOWN,  COMPUTES,  FIXED,    EVER(NUMBERS),                        SAME,  NONE,     0),
    OP("Acos",                      ACOS,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Acosh",                     ACOSH,               float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Add",                       ADD,                 binary,            binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(14, NUMBERS, WIDE),             SAME,  BINARY,   0),
    OP("AffineGrid",                AFFINE_GRID,         affine_grid,       never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("And",                       AND,                 logical,           binary,            KNOWN,  LOGIC,     FIXED,    EVER(BOOL),                           SAME,  NONE,     0),
    OP("ArgMax",                    ARG_MAX,             arg,               arg,               KNOWN,  COMPUTES,  FIXED,    EVER(WIDE | BYTES),                   AXES,  NONE,     0),
    OP("ArgMin",                    ARG_MIN,             arg,               arg,               KNOWN,  COMPUTES,  FIXED,    EVER(WIDE | BYTES),                   AXES,  NONE,     0),
    OP("Asin",                      ASIN,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Asinh",                     ASINH,               float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Atan",                      ATAN,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Atanh",                     ATANH,               float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Attention",                 ATTENTION,           attention,         never,             NEVER,  COMPUTES,  OPTIONAL, EVER(SINGLE),                         NONE,  NONE,     0),
    OP("AveragePool",               AVERAGE_POOL,        pool,              never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  UNARY,    0),
    OP("BatchNormalization",        BATCH_NORMALIZATION, batch_norm,        never,             NEVER,  COMPUTES,  OPTIONAL, EVER(FLOATS),                         SAME,  NONE,     0),
    OP("Bernoulli",                 BERNOULLI,           random_like,       never,             NEVER,  RANDOM,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("BitShift",                  BIT_SHIFT,           binary,            binary,            KNOWN,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("BitwiseAnd",                BITWISE_AND,         binary,            binary,            KNOWN,  COMPUTES,  FIXED,    EVER(INTS),                           NONE,  NONE,     0),
    OP("BitwiseNot",                BITWISE_NOT,         bitwise_not,       unary,             KNOWN,  COMPUTES,  FIXED,    EVER(INTS),                           NONE,  NONE,     0),
    OP("BitwiseOr",                 BITWISE_OR,          binary,            binary,            KNOWN,  COMPUTES,  FIXED,    EVER(INTS),                           NONE,  NONE,     0),
    OP("BitwiseXor",                BITWISE_XOR,         binary,            binary,            KNOWN,  COMPUTES,  FIXED,    EVER(INTS),                           NONE,  NONE,     0),
    OP("BlackmanWindow",            BLACKMAN_WINDOW,     window,            never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Cast",                      CAST,                cast,              cast,              KNOWN,  CONVERTS,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("CastLike",                  CAST_LIKE,           cast_like,         cast,              KNOWN,  CONVERTS,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Ceil",                      CEIL,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("Celu",                      CELU,                float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(F32),                            NONE,  NONE,     0),
    OP("CenterCropPad",             CENTER_CROP_PAD,     center_crop_pad,   never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Clip",                      CLIP,                clip,              clip,              KNOWN,  LIMITS,    FIXED,    SINCE(12, WIDE | BYTES, SINGLE),      OTHER, NONE,     0),
    OP("Col2Im",                    COL2IM,              col2im,            never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Compress",                  COMPRESS,            compress,          never,             NEVER,  MOVES,     FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Concat",                    CONCAT,              concat,            concat,            KNOWN,  JOINS,     FIXED,    EVER(ANY),                            AXES,  VARIADIC, 0),
    OP("ConstantOfShape",           CONSTANT_OF_SHAPE,   constant_of_shape, constant_of_shape, KNOWN,  COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("Conv",                      CONV,                conv,              never,             NEVER,  PRODUCT,   FIXED,    EVER(SINGLE),                         SAME,  CONV,     0),
    OP("ConvInteger",               CONV_INTEGER,        conv_integer,      never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("ConvTranspose",             CONV_TRANSPOSE,      conv_transpose,    never,             NEVER,  PRODUCT,   FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Cos",                       COS,                 float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Cosh",                      COSH,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("CumSum",                    CUM_SUM,             cumsum,            cumsum,            KNOWN,  COMPUTES,  FIXED,    SINCE(14, WIDE, WIDE & ~F16),         NONE,  NONE,     0),
    OP("DFT",                       DFT,                 dft,               never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("DeformConv",                DEFORM_CONV,         deform_conv,       never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("DepthToSpace",              DEPTH_TO_SPACE,      depth_to_space,    never,             NEVER,  MOVES,     FIXED,    EVER(FLOATS),                         NONE,  MOVES,    0),
    OP("DequantizeLinear",          DEQUANTIZE_LINEAR,   dequantize,        never,             NEVER,  QUANTIZES, FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("Det",                       DET,                 det,               never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Div",                       DIV,                 binary,            binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(14, NUMBERS, WIDE),             SAME,  NONE,     0),
    OP("Dropout",                   DROPOUT,             dropout,           never,             NEVER,  RANDOM,    OPTIONAL, EVER(FLOATS),                         NONE,  NONE,     0),
    OP("DynamicQuantizeLinear",     DYNAMIC_QUANTIZE_LINEAR, dynamic_quantize,  never,             NEVER,  QUANTIZES, FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Einsum",                    EINSUM,              einsum,            never,             NEVER,  COMPUTES,  FIXED,    EVER(WIDE),                           NONE,  NONE,     0),
    OP("Elu",                       ELU,                 float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Equal",                     EQUAL,               compare,           binary,            KNOWN,  COMPARES,  FIXED,    EVER(NUMBERS | BOOL),                 OTHER, NONE,     0),
    OP("Erf",                       ERF,                 float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Exp",                       EXP,                 float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("Expand",                    EXPAND,              expand,            expand,            KNOWN,  COPIES,    FIXED,    EVER(ANY),                            SAME,  MOVES,    0),
    OP("EyeLike",                   EYE_LIKE,            eye_like,          eye_like,          ALWAYS, COMPUTES,  FIXED,    EVER(WIDE),                           NONE,  NONE,     0),
    OP("Flatten",                   FLATTEN,             flatten,           reshape,           KNOWN,  REGROUPS,  FIXED,    EVER(ANY),                            AXES,  MOVES,    0),
    OP("Floor",                     FLOOR,               float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("GRU",                       GRU,                 recurrent,         never,             NEVER,  RECURRENT, ANY,      EVER(SINGLE),                         SAME,  NONE,     0), /* double loads, but does not run */
    OP("Gather",                    GATHER,              gather,            gather,            KNOWN,  COPIES,    FIXED,    EVER(ANY),                            OTHER, MOVES,    0),
    OP("GatherElements",            GATHER_ELEMENTS,     gather_elements,   gather_elements,   KNOWN,  COPIES,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("GatherND",                  GATHER_ND,           gather_nd,         gather_nd,         KNOWN,  COPIES,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Gelu",                      GELU,                float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Gemm",                      GEMM,                gemm,              never,             NEVER,  PRODUCT,   FIXED,    EVER(FLOATS),                         OTHER, GEMM,     0),
    OP("GlobalAveragePool",         GLOBAL_AVERAGE_POOL, global_pool,       never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  UNARY,    0),
    OP("GlobalLpPool",              GLOBAL_LP_POOL,      global_pool,       never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("GlobalMaxPool",             GLOBAL_MAX_POOL,     global_pool,       never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Greater",                   GREATER,             compare,           binary,            KNOWN,  COMPARES,  FIXED,    EVER(NUMBERS),                        SAME,  NONE,     0),
    OP("GreaterOrEqual",            GREATER_OR_EQUAL,    compare,           binary,            KNOWN,  COMPARES,  FIXED,    EVER(NUMBERS),                        NONE,  NONE,     0),
    OP("GridSample",                GRID_SAMPLE,         grid_sample,       never,             NEVER,  COMPUTES,  FIXED,    SINCE(20, FLOATS, SINGLE),            NONE,  NONE,     0),
    OP("GroupNormalization",        GROUP_NORMALIZATION, norm,              never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("HammingWindow",             HAMMING_WINDOW,      window,            never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("HannWindow",                HANN_WINDOW,         window,            never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("HardSigmoid",               HARD_SIGMOID,        float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("HardSwish",                 HARD_SWISH,          float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Hardmax",                   HARDMAX,             softmax,           never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Identity",                  IDENTITY,            same,              never,             NEVER,  MOVES,     FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("If",                        IF,                  if,                never,             NEVER,  CONTROL,   FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("InstanceNormalization",     INSTANCE_NORMALIZATION, norm,              never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("IsInf",                     IS_INF,              is,                unary,             KNOWN,  COMPARES,  FIXED,    SINCE(20, FLOATS, F32 | F64),         NONE,  NONE,     0),
    OP("IsNaN",                     IS_NAN,              is,                unary,             KNOWN,  COMPARES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("LRN",                       LRN,                 float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("LSTM",                      LSTM,                recurrent,         never,             NEVER,  RECURRENT, ANY,      EVER(SINGLE),                         SAME,  NONE,     0), /* as GRU */
    OP("LayerNormalization",        LAYER_NORMALIZATION, layer_norm,        never,             NEVER,  COMPUTES,  OPTIONAL, EVER(FLOATS),                         NONE,  NONE,     0),
    OP("LeakyRelu",                 LEAKY_RELU,          float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  UNARY,    0),
    OP("Less",                      LESS,                compare,           binary,            KNOWN,  COMPARES,  FIXED,    EVER(NUMBERS),                        SAME,  NONE,     0),
    OP("LessOrEqual",               LESS_OR_EQUAL,       compare,           binary,            KNOWN,  COMPARES,  FIXED,    EVER(NUMBERS),                        NONE,  NONE,     0),
    OP("Log",                       LOG,                 float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("LogSoftmax",                LOG_SOFTMAX,         softmax,           never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         AXES,  NONE,     0),
    OP("Loop",                      LOOP,                loop,              never,             NEVER,  CONTROL,   FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("LpNormalization",           LP_NORMALIZATION,    softmax,           never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("LpPool",                    LP_POOL,             pool,              never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("MatMul",                    MATMUL,              matmul,            matmul,            KNOWN,  PRODUCT,   FIXED,    EVER(WIDE),                           SAME,  PRODUCT,  0),
    OP("MatMulInteger",             MATMUL_INTEGER,      matmul_integer,    never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("Max",                       MAX,                 variadic,          binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(12, WIDE, FLOATS),              SAME,  NONE,     0),
    OP("MaxPool",                   MAX_POOL,            pool,              never,             NEVER,  COMPUTES,  OPTIONAL, SINCE(12, FLOATS | BYTES, FLOATS),    SAME,  ORDERS,   12),
    OP("MaxRoiPool",                MAX_ROI_POOL,        max_roi_pool,      never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("MaxUnpool",                 MAX_UNPOOL,          max_unpool,        never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Mean",                      MEAN,                variadic,          never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("MeanVarianceNormalization", MEAN_VARIANCE_NORMALIZATION, float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Min",                       MIN,                 variadic,          binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(12, WIDE, FLOATS),              SAME,  NONE,     0),
    OP("Mish",                      MISH,                float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Mod",                       MOD,                 binary,            binary,            KNOWN,  COMPUTES,  FIXED,    EVER(NUMBERS),                        NONE,  NONE,     0),
    OP("Mul",                       MUL,                 binary,            binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(14, NUMBERS, WIDE),             SAME,  BINARY,   0),
    OP("Multinomial",               MULTINOMIAL,         multinomial,       never,             NEVER,  RANDOM,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Neg",                       NEG,                 same,              unary,             KNOWN,  COMPUTES,  FIXED,    EVER(NUMBERS & ~U8),                  SAME,  NONE,     0),
    OP("NegativeLogLikelihoodLoss", NLL_LOSS,            class_loss,        never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("NonMaxSuppression",         NON_MAX_SUPPRESSION, nms,               never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("NonZero",                   NON_ZERO,            non_zero,          non_zero,          KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE | I32 | I64 | U8 | BOOL), NONE,  NONE,     0),
    OP("Not",                       NOT,                 not,               unary,             KNOWN,  LOGIC,     FIXED,    EVER(BOOL),                           SAME,  NONE,     0),
    OP("OneHot",                    ONE_HOT,             one_hot,           one_hot,           KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE | I64),                   NONE,  NONE,     0),
    OP("Or",                        OR,                  logical,           binary,            KNOWN,  LOGIC,     FIXED,    EVER(BOOL),                           SAME,  NONE,     0),
    OP("PRelu",                     PRELU,               prelu,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Pad",                       PAD,                 pad,               pad,               KNOWN,  COMPUTES,  FIXED,    SINCE(13, WIDE | BYTES | BOOL, WIDE | BYTES), OTHER, MOVES,    13),
    OP("Pow",                       POW,                 pow,               binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(12, WIDE, FLOATS),              SAME,  NONE,     0),
    OP("QLinearConv",               QLINEAR_CONV,        qlinear_conv,      never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("QLinearMatMul",             QLINEAR_MATMUL,      qlinear_matmul,    never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("QuantizeLinear",            QUANTIZE_LINEAR,     quantize,          never,             NEVER,  QUANTIZES, FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("RMSNormalization",          RMS_NORMALIZATION,   rms_norm,          never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("RNN",                       RNN,                 recurrent,         never,             NEVER,  RECURRENT, ANY,      EVER(SINGLE),                         SAME,  NONE,     0),
    OP("RandomNormal",              RANDOM_NORMAL,       random,            never,             NEVER,  RANDOM,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("RandomNormalLike",          RANDOM_NORMAL_LIKE,  random_like,       never,             NEVER,  RANDOM,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("RandomUniform",             RANDOM_UNIFORM,      random,            never,             NEVER,  RANDOM,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("RandomUniformLike",         RANDOM_UNIFORM_LIKE, random_like,       never,             NEVER,  RANDOM,    FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Range",                     RANGE,               range,             range,             KNOWN,  COMPUTES,  FIXED,    EVER(I16 | I32 | I64 | F32 | F64),    NONE,  NONE,     0),
    OP("Reciprocal",                RECIPROCAL,          float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("ReduceL1",                  REDUCE_L1,           reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(WIDE),                           AXES,  NONE,     0),
    OP("ReduceL2",                  REDUCE_L2,           reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         AXES,  NONE,     0),
    OP("ReduceLogSum",              REDUCE_LOG_SUM,      reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("ReduceLogSumExp",           REDUCE_LOG_SUM_EXP,  reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("ReduceMax",                 REDUCE_MAX,          reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    SINCE(12, WIDE | BYTES, WIDE),        AXES,  NONE,     0),
    OP("ReduceMean",                REDUCE_MEAN,         reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         AXES,  NONE,     0),
    OP("ReduceMin",                 REDUCE_MIN,          reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    SINCE(12, WIDE | BYTES, WIDE),        AXES,  NONE,     0),
    OP("ReduceProd",                REDUCE_PROD,         reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(WIDE),                           AXES,  NONE,     0),
    OP("ReduceSum",                 REDUCE_SUM,          reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(WIDE),                           AXES,  NONE,     0),
    OP("ReduceSumSquare",           REDUCE_SUM_SQUARE,   reduce,            reduce,            KNOWN,  COMPUTES,  FIXED,    EVER(WIDE),                           AXES,  NONE,     0),
    OP("Relu",                      RELU,                same,              unary,             KNOWN,  LIMITS,    FIXED,    SINCE(14, FLOATS | I32 | I8, FLOATS), SAME,  NONE,     0),
    OP("Reshape",                   RESHAPE,             reshape,           reshape,           KNOWN,  REGROUPS,  FIXED,    EVER(ANY),                            SAME,  MOVES,    0),
    OP("Resize",                    RESIZE,              resize,            never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE | I32 | BYTES),           OTHER, MOVES,    11),
    OP("ReverseSequence",           REVERSE_SEQUENCE,    reverse_sequence,  never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("RoiAlign",                  ROI_ALIGN,           roi_align,         never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("Round",                     ROUND,               float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("STFT",                      STFT,                stft,              never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("ScatterElements",           SCATTER_ELEMENTS,    scatter_elements,  scatter_elements,  KNOWN,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("ScatterND",                 SCATTER_ND,          scatter_nd,        scatter_nd,        KNOWN,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Selu",                      SELU,                float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Shape",                     SHAPE,               shape,             shape,             ALWAYS, COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("Shrink",                    SHRINK,              same,              never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Sigmoid",                   SIGMOID,             float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  UNARY,    0),
    OP("Sign",                      SIGN,                same,              unary,             KNOWN,  COMPUTES,  FIXED,    EVER(NUMBERS),                        SAME,  NONE,     0),
    OP("Sin",                       SIN,                 float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("Sinh",                      SINH,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Size",                      SIZE,                size,              size,              ALWAYS, COMPUTES,  FIXED,    EVER(ANY),                            SAME,  NONE,     0),
    OP("Slice",                     SLICE,               slice,             slice,             KNOWN,  MOVES,     FIXED,    EVER(ANY),                            OTHER, MOVES,    0),
    OP("Softmax",                   SOFTMAX,             softmax,           never,             NEVER,  COMPUTES,  FIXED,    EVER(FLOATS),                         AXES,  QDQ,      0),
    OP("SoftmaxCrossEntropyLoss",   SOFTMAX_CROSS_ENTROPY_LOSS, class_loss,        never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Softplus",                  SOFTPLUS,            float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Softsign",                  SOFTSIGN,            float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("SpaceToDepth",              SPACE_TO_DEPTH,      space_to_depth,    never,             NEVER,  MOVES,     FIXED,    EVER(FLOATS),                         NONE,  NONE,     0),
    OP("Split",                     SPLIT,               split,             split,             KNOWN,  MOVES,     FIXED,    EVER(ANY),                            AXES,  QDQ,      0),
    OP("SplitToSequence",           SPLIT_TO_SEQUENCE,   split_to_sequence, never,             NEVER,  COMPUTES,  FIXED,    EVER(ANY),                            NONE,  NONE,     0),
    OP("Sqrt",                      SQRT,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("Squeeze",                   SQUEEZE,             squeeze,           reshape,           KNOWN,  REGROUPS,  FIXED,    EVER(ANY),                            AXES,  MOVES,    0),
    OP("Sub",                       SUB,                 binary,            binary,            KNOWN,  COMPUTES,  FIXED,    SINCE(14, NUMBERS, WIDE),             SAME,  NONE,     0),
    OP("Sum",                       SUM,                 variadic,          binary,            KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("Tan",                       TAN,                 float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(SINGLE),                         SAME,  NONE,     0),
    OP("Tanh",                      TANH,                float,             unary,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS),                         SAME,  NONE,     0),
    OP("ThresholdedRelu",           THRESHOLDED_RELU,    float,             never,             NEVER,  COMPUTES,  FIXED,    EVER(SINGLE),                         NONE,  NONE,     0),
    OP("Tile",                      TILE,                tile,              tile,              KNOWN,  COPIES,    FIXED,    EVER(ANY),                            SAME,  MOVES,    0),
    OP("TopK",                      TOP_K,               top_k,             never,             NEVER,  COMPUTES,  FIXED,    EVER(WIDE),                           NONE,  NONE,     0),
    OP("Transpose",                 TRANSPOSE,           transpose,         transpose,         KNOWN,  MOVES,     FIXED,    EVER(ANY),                            SAME,  MOVES,    0),
    OP("Trilu",                     TRILU,               trilu,             trilu,             KNOWN,  COMPUTES,  FIXED,    EVER(FLOATS | I64 | BOOL),            NONE,  NONE,     0),
    OP("Unique",                    UNIQUE,              unique,            never,             NEVER,  COMPUTES,  OPTIONAL, EVER(FLOATS | I64 | I8),              NONE,  NONE,     0),
    OP("Unsqueeze",                 UNSQUEEZE,           unsqueeze,         reshape,           KNOWN,  REGROUPS,  FIXED,    EVER(ANY),                            AXES,  MOVES,    0),
    OP("Where",                     WHERE,               where,             where,             KNOWN,  COMPUTES,  FIXED,    EVER(WIDE | U8),                      SAME,  QDQ,      0),
    OP("Xor",                       XOR,                 logical,           binary,            KNOWN,  LOGIC,     FIXED,    EVER(BOOL),                           NONE,  NONE,     0),
};
/* clang-format on */

const size_t incir_n_ops = INC_COUNT(table);

const incir_op *incir_op_of(incir_opcode code)
{
    return &table[code];
}

const incir_op *incir_op_find(const char *domain, const char *op_type)
{
    size_t low = INCIR_OP_MARKER + 1, high = INC_COUNT(table);
    if (strcmp(domain, INCIR_QUANT_DOMAIN) == 0)
        return &table[INCIR_OP_MARKER];
    if (domain[0] != '\0')
        return &table[INCIR_OP_OTHER];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(op_type, table[middle].op_type);
        if (order == 0)
            return &table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return &table[INCIR_OP_OTHER];
}

uint32_t incir_op_types(const incir_op *op, uint32_t opset)
{
    return opset >= op->types.since ? op->types.from_since : op->types.before;
}

bool incir_moves_elements(const incir_node *n)
{
    return n->op->work == INCIR_WORK_REGROUPS || n->op->work == INCIR_WORK_MOVES ||
           n->op->work == INCIR_WORK_COPIES;
}

bool incir_is_pure(const incir_node *n)
{
    if (n->op->code == INCIR_OP_OTHER && strcmp(n->domain, "com.microsoft") != 0)
        return false; /* the application's: whether two calls give the same is not known */
    return n->op->work != INCIR_WORK_RANDOM && n->op->work != INCIR_WORK_CONTROL;
}
