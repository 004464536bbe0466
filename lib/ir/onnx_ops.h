/* SPDX-License-Identifier: Apache-2.0 */
/* What this library knows of ONNX's operators, one row each: how an operator types its outputs and
 * is computed when its inputs are known, what kind of work it does, which element types and opsets
 * it has, and how runtimes compute it on integers. Whoever needs such a fact asks the row that
 * every node carries (incir_node.op), never the operator's name; a test holds that every column of
 * every row is filled. */
#ifndef INC_IR_ONNX_OPS_H
#define INC_IR_ONNX_OPS_H

#include "ir/graph.h"

typedef enum incir_opcode {
    INCIR_OP_OTHER,  /* of another domain, or not known */
    INCIR_OP_MARKER, /* of ir/quant.h */
    INCIR_OP_ABS,
    INCIR_OP_ACOS,
    INCIR_OP_ACOSH,
    INCIR_OP_ADD,
    INCIR_OP_AFFINE_GRID,
    INCIR_OP_AND,
    INCIR_OP_ARG_MAX,
    INCIR_OP_ARG_MIN,
    INCIR_OP_ASIN,
    INCIR_OP_ASINH,
    INCIR_OP_ATAN,
    INCIR_OP_ATANH,
    INCIR_OP_ATTENTION,
    INCIR_OP_AVERAGE_POOL,
    INCIR_OP_BATCH_NORMALIZATION,
    INCIR_OP_BERNOULLI,
    INCIR_OP_BIT_SHIFT,
    INCIR_OP_BITWISE_AND,
    INCIR_OP_BITWISE_NOT,
    INCIR_OP_BITWISE_OR,
    INCIR_OP_BITWISE_XOR,
    INCIR_OP_BLACKMAN_WINDOW,
    INCIR_OP_CAST,
    INCIR_OP_CAST_LIKE,
    INCIR_OP_CEIL,
    INCIR_OP_CELU,
    INCIR_OP_CENTER_CROP_PAD,
    INCIR_OP_CLIP,
    INCIR_OP_COL2IM,
    INCIR_OP_COMPRESS,
    INCIR_OP_CONCAT,
    INCIR_OP_CONSTANT_OF_SHAPE,
    INCIR_OP_CONV,
    INCIR_OP_CONV_INTEGER,
    INCIR_OP_CONV_TRANSPOSE,
    INCIR_OP_COS,
    INCIR_OP_COSH,
    INCIR_OP_CUM_SUM,
    INCIR_OP_DFT,
    INCIR_OP_DEFORM_CONV,
    INCIR_OP_DEPTH_TO_SPACE,
    INCIR_OP_DEQUANTIZE_LINEAR,
    INCIR_OP_DET,
    INCIR_OP_DIV,
    INCIR_OP_DROPOUT,
    INCIR_OP_DYNAMIC_QUANTIZE_LINEAR,
    INCIR_OP_EINSUM,
    INCIR_OP_ELU,
    INCIR_OP_EQUAL,
    INCIR_OP_ERF,
    INCIR_OP_EXP,
    INCIR_OP_EXPAND,
    INCIR_OP_EYE_LIKE,
    INCIR_OP_FLATTEN,
    INCIR_OP_FLOOR,
    INCIR_OP_GRU,
    INCIR_OP_GATHER,
    INCIR_OP_GATHER_ELEMENTS,
    INCIR_OP_GATHER_ND,
    INCIR_OP_GELU,
    INCIR_OP_GEMM,
    INCIR_OP_GLOBAL_AVERAGE_POOL,
    INCIR_OP_GLOBAL_LP_POOL,
    INCIR_OP_GLOBAL_MAX_POOL,
    INCIR_OP_GREATER,
    INCIR_OP_GREATER_OR_EQUAL,
    INCIR_OP_GRID_SAMPLE,
    INCIR_OP_GROUP_NORMALIZATION,
    INCIR_OP_HAMMING_WINDOW,
    INCIR_OP_HANN_WINDOW,
    INCIR_OP_HARD_SIGMOID,
    INCIR_OP_HARD_SWISH,
    INCIR_OP_HARDMAX,
    INCIR_OP_IDENTITY,
    INCIR_OP_IF,
    INCIR_OP_INSTANCE_NORMALIZATION,
    INCIR_OP_IS_INF,
    INCIR_OP_IS_NAN,
    INCIR_OP_LRN,
    INCIR_OP_LSTM,
    INCIR_OP_LAYER_NORMALIZATION,
    INCIR_OP_LEAKY_RELU,
    INCIR_OP_LESS,
    INCIR_OP_LESS_OR_EQUAL,
    INCIR_OP_LOG,
    INCIR_OP_LOG_SOFTMAX,
    INCIR_OP_LOOP,
    INCIR_OP_LP_NORMALIZATION,
    INCIR_OP_LP_POOL,
    INCIR_OP_MATMUL,
    INCIR_OP_MATMUL_INTEGER,
    INCIR_OP_MAX,
    INCIR_OP_MAX_POOL,
    INCIR_OP_MAX_ROI_POOL,
    INCIR_OP_MAX_UNPOOL,
    INCIR_OP_MEAN,
    INCIR_OP_MEAN_VARIANCE_NORMALIZATION,
    INCIR_OP_MIN,
    INCIR_OP_MISH,
    INCIR_OP_MOD,
    INCIR_OP_MUL,
    INCIR_OP_MULTINOMIAL,
    INCIR_OP_NEG,
    INCIR_OP_NLL_LOSS,
    INCIR_OP_NON_MAX_SUPPRESSION,
    INCIR_OP_NON_ZERO,
    INCIR_OP_NOT,
    INCIR_OP_ONE_HOT,
    INCIR_OP_OR,
    INCIR_OP_PRELU,
    INCIR_OP_PAD,
    INCIR_OP_POW,
    INCIR_OP_QLINEAR_CONV,
    INCIR_OP_QLINEAR_MATMUL,
    INCIR_OP_QUANTIZE_LINEAR,
    INCIR_OP_RMS_NORMALIZATION,
    INCIR_OP_RNN,
    INCIR_OP_RANDOM_NORMAL,
    INCIR_OP_RANDOM_NORMAL_LIKE,
    INCIR_OP_RANDOM_UNIFORM,
    INCIR_OP_RANDOM_UNIFORM_LIKE,
    INCIR_OP_RANGE,
    INCIR_OP_RECIPROCAL,
    INCIR_OP_REDUCE_L1,
    INCIR_OP_REDUCE_L2,
    INCIR_OP_REDUCE_LOG_SUM,
    INCIR_OP_REDUCE_LOG_SUM_EXP,
    INCIR_OP_REDUCE_MAX,
    INCIR_OP_REDUCE_MEAN,
    INCIR_OP_REDUCE_MIN,
    INCIR_OP_REDUCE_PROD,
    INCIR_OP_REDUCE_SUM,
    INCIR_OP_REDUCE_SUM_SQUARE,
    INCIR_OP_RELU,
    INCIR_OP_RESHAPE,
    INCIR_OP_RESIZE,
    INCIR_OP_REVERSE_SEQUENCE,
    INCIR_OP_ROI_ALIGN,
    INCIR_OP_ROUND,
    INCIR_OP_STFT,
    INCIR_OP_SCATTER_ELEMENTS,
    INCIR_OP_SCATTER_ND,
    INCIR_OP_SELU,
    INCIR_OP_SHAPE,
    INCIR_OP_SHRINK,
    INCIR_OP_SIGMOID,
    INCIR_OP_SIGN,
    INCIR_OP_SIN,
    INCIR_OP_SINH,
    INCIR_OP_SIZE,
    INCIR_OP_SLICE,
    INCIR_OP_SOFTMAX,
    INCIR_OP_SOFTMAX_CROSS_ENTROPY_LOSS,
    INCIR_OP_SOFTPLUS,
    INCIR_OP_SOFTSIGN,
    INCIR_OP_SPACE_TO_DEPTH,
    INCIR_OP_SPLIT,
    INCIR_OP_SPLIT_TO_SEQUENCE,
    INCIR_OP_SQRT,
    INCIR_OP_SQUEEZE,
    INCIR_OP_SUB,
    INCIR_OP_SUM,
    INCIR_OP_TAN,
    INCIR_OP_TANH,
    INCIR_OP_THRESHOLDED_RELU,
    INCIR_OP_TILE,
    INCIR_OP_TOP_K,
    INCIR_OP_TRANSPOSE,
    INCIR_OP_TRILU,
    INCIR_OP_UNIQUE,
    INCIR_OP_UNSQUEEZE,
    INCIR_OP_WHERE,
    INCIR_OP_XOR,
    INCIR_N_OPCODES
} incir_opcode;

/* When an operator is computed instead of being kept as a node. */
typedef enum incir_fold_when {
    INCIR_FOLD_NEVER = 1,
    INCIR_FOLD_KNOWN, /* when every input is a constant with data, known contents, or left out */
    INCIR_FOLD_ALWAYS /* its types may be enough: Shape */
} incir_fold_when;

/* What an operator does with the elements it is given. */
typedef enum incir_work {
    INCIR_WORK_COMPUTES = 1, /* whatever is none of the following */
    INCIR_WORK_PRODUCT,      /* sums of products with a weight: convolutions, matrix products */
    INCIR_WORK_RECURRENT,
    INCIR_WORK_RANDOM,    /* differs each time it runs: two equal nodes are two */
    INCIR_WORK_CONTROL,   /* holds blocks */
    INCIR_WORK_COMPARES,  /* gives bool */
    INCIR_WORK_LOGIC,     /* of bool, gives bool */
    INCIR_WORK_LIMITS,    /* keeps elements within limits */
    INCIR_WORK_REGROUPS,  /* the elements of input 0 in the same order, in another shape */
    INCIR_WORK_MOVES,     /* elements of input 0, each at most once, at other places */
    INCIR_WORK_COPIES,    /* the same, an element may be there several times */
    INCIR_WORK_JOINS,     /* the elements of all inputs */
    INCIR_WORK_CONVERTS,  /* to another type */
    INCIR_WORK_QUANTIZES, /* between integers and dequantized values */
} incir_work;

typedef enum incir_outputs {
    INCIR_OUTPUTS_FIXED = 1,
    INCIR_OUTPUTS_OPTIONAL, /* all but the first may be left out */
    INCIR_OUTPUTS_ANY       /* any may be left out, as long as one stays */
} incir_outputs;

/* How opset 10 has what opset 11 writes; see passes/write_for_10.c. */
typedef enum incir_opset_10 {
    INCIR_OPSET_10_NONE = 1, /* not at all */
    INCIR_OPSET_10_SAME,
    INCIR_OPSET_10_AXES, /* the same, axes are not negative */
    INCIR_OPSET_10_OTHER /* parameters are given in another way */
} incir_opset_10;

/* How an operator between DequantizeLinear and QuantizeLinear is computed on integers. */
typedef enum incir_kernel {
    INCIR_KERNEL_NONE = 1,
    INCIR_KERNEL_CONV,     /* QLinearConv */
    INCIR_KERNEL_GEMM,     /* com.microsoft.QGemm */
    INCIR_KERNEL_PRODUCT,  /* QLinearMatMul */
    INCIR_KERNEL_BINARY,   /* com.microsoft: two operands on integers */
    INCIR_KERNEL_VARIADIC, /* com.microsoft: as many as there are */
    INCIR_KERNEL_UNARY,    /* com.microsoft: the first input alone is on integers */
    INCIR_KERNEL_MOVES,  /* the same operator, given the same scale and zero point on both sides */
    INCIR_KERNEL_ORDERS, /* likewise: it only compares elements, and integers keep the order */
    INCIR_KERNEL_QDQ     /* runtimes do it between the two; there is no operator to write */
} incir_kernel;

typedef struct incir_op {
    const char *op_type; /* of the default domain */
    incir_opcode code;   /* where the row is in the table */
    /* Calls incir_set_output() for each of n->n_outputs; raises INC_E_UNSUPPORTED / INC_E_FORMAT
     * when the inputs do not fit the operator. */
    void (*infer)(incir_graph *g, incir_node *n);
    /* Outputs are typed already. Sets out[i] for every output to a constant (or an INCIR_SIZES)
     * value and returns true; false when it cannot be computed now. */
    bool (*fold)(incir_graph *g, incir_node *n, incir_value **out);
    incir_fold_when fold_when;
    incir_work work;
    incir_outputs outputs;
    /* The element types that both the opset and the CPU kernels of ONNX Runtime have. */
    struct {
        uint32_t from_since; /* a bit for each incdtype, from opset since on */
        uint32_t since;      /* 0: the same in all */
        uint32_t before;
    } types;
    incir_opset_10 opset_10;
    incir_kernel kernel;
    uint32_t kernel_since; /* the lowest opset in which it takes integers; 0: any */
    uint32_t
        lacking_since; /* the lowest opset of which ONNX Runtime has no kernel at all; 0: none */
} incir_op;

/* The row of an operator; that of INCIR_OP_OTHER when it is not known. Never NULL. */
const incir_op *incir_op_find(const char *domain, const char *op_type);
const incir_op *incir_op_of(incir_opcode code);
extern const size_t incir_n_ops; /* rows, with codes from 0 on */

/* A bit for each incdtype that the operator can be computed in. */
uint32_t incir_op_types(const incir_op *op, uint32_t opset);

/* Whether n is that operator. */
static inline bool incir_is(const incir_node *n, incir_opcode code)
{
    return n->op->code == code;
}

/* Whether what n gives are elements of what it was given. */
bool incir_moves_elements(const incir_node *n);
/* Whether n gives the same each time that it is given the same, and holds no blocks: two equal ones
 * are one. */
bool incir_is_pure(const incir_node *n);

#endif
