/* From the facts of ir/quant.h to ONNX's quantized operators. */
#ifndef INC_QUANT_QUANT_H
#define INC_QUANT_QUANT_H

#include "ir/graph.h"

typedef enum incq_form {
    INCQ_FP32,   /* without quantization: weights become the reals they stand for */
    INCQ_QDQ,    /* FP32 operators between QuantizeLinear and DequantizeLinear */
    INCQ_QLINEAR /* operators on integers */
} incq_form;

/* What becomes of a matrix product of rank 3 and above with a bias; Neural Compressor's recipes. */
typedef enum incq_recipe {
    INCQ_OP_FP32_BIAS,
    INCQ_OP_INT32_BIAS,
    INCQ_OP_FP32_BIAS_QDQ
} incq_recipe;

typedef struct incq_options {
    incq_form form;
    incq_recipe recipe;
    bool allow_contrib; /* operators of com.microsoft where ONNX has none on integers */
} incq_options;

/* Whether any value or weight of the graph is quantized. */
bool incq_is_quantized(const incir_graph *g);
/* The opset that the form needs for this graph: 13 where QDQ has scales per channel; else 10. */
uint32_t incq_opset(const incir_graph *g, incq_form form);
/* Rewrites the graph; no operator of ir/quant.h is left. */
void incq_apply(inccx *cx, incir_graph *g, const incq_options *options);

#endif
