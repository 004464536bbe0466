/* SPDX-License-Identifier: Apache-2.0 */
/* From the facts of ir/quant.h to ONNX's quantized operators. */
#ifndef INC_QUANT_QUANT_H
#define INC_QUANT_QUANT_H

#include "ir/graph.h"

typedef enum incq_form {
    INCQ_FP32,   /* without quantization: weights are dequantized */
    INCQ_QDQ,    /* FP32 operators between QuantizeLinear and DequantizeLinear */
    INCQ_QLINEAR /* operators on integers */
} incq_form;

/* What becomes of a matrix product of rank 3 and above with a bias; Neural Compressor's recipes. */
typedef enum incq_recipe {
    INCQ_OP_FP32_BIAS,
    INCQ_OP_INT32_BIAS,
    INCQ_OP_FP32_BIAS_QDQ
} incq_recipe;

/* The element type of quantized activations. */
typedef enum incq_activations { INCQ_AS_SOURCE, INCQ_AS_UINT8, INCQ_AS_INT8 } incq_activations;

typedef struct incq_options {
    incq_form form;
    incq_recipe recipe;
    incq_activations activations;
    bool exact_pools;      /* average pools that round as PyTorch does; needs opset 11 */
    bool prefers_integers; /* resizes as runtimes' operators on integers have them */
    bool allow_contrib;    /* operators of com.microsoft where ONNX has none on integers */
} incq_options;

typedef enum incq_arithmetic {
    INCQ_FLOAT,
    INCQ_INT8,
    INCQ_INT8_WEIGHTS /* stored as integers, dequantized for computing */
} incq_arithmetic;

/* What became of one operator of the model that was quantized, or could have been. */
typedef struct incq_step {
    incir_call *call;
    const incir_node *node; /* that does its work in the end; NULL: none of its own */
    const char *form;       /* "DequantizeLinear Conv Relu QuantizeLinear" */
    const char *input;      /* "uint8", "uint8 dynamic", "float32" */
    const char *weight;     /* "int8 per channel"; NULL: it has none */
    const char *output;     /* "uint8", "float32" */
    const char *reason;     /* why it computes in float32; NULL when it does not */
    incq_arithmetic arithmetic;
    struct incq_work *work; /* private to plan.c */
} incq_step;

typedef struct incq_plan {
    size_t n;
    incq_step **items; /* in the order of the model's code */
} incq_plan;

/* Whether the graph has operators of ir/quant.h, so that incq_apply() is needed. */
bool incq_is_quantized(const incir_graph *g);
/* The opset that the form needs for this graph: 13 where QDQ has scales per channel; else 10. */
uint32_t incq_opset(const incir_graph *g, incq_form form);
/* Rewrites the graph; no operator of ir/quant.h is left. The plan is that of all int8 forms; FP32
 * has an empty one. */
const incq_plan *incq_apply(inccx *cx, incir_graph *g, const incq_options *options);

#endif
