/* SPDX-License-Identifier: Apache-2.0 */
/* Quantization as a fact on the graph.
 *
 * A front end leaves an FP32 graph in which two operators of our own say what was int8. Both give
 * float32, and are gone before anything is written:
 *
 *     inc::Quantized(x)      x quantized with its parameters and dequantized again
 *     inc::Weight(integers)  the dequantized values of a constant of integers
 *
 * What parameters they have is in node->quant. Whether a node ran on integers says its call;
 * lib/quant decides what all that becomes. */
#ifndef INC_IR_QUANT_H
#define INC_IR_QUANT_H

#include "ir/graph.h"

#define INCIR_QUANT_DOMAIN "inc"

typedef struct incir_quant {
    incdtype dtype;               /* of the integers: INCDT_I8, INCDT_U8 or INCDT_I32 */
    int64_t quant_min, quant_max; /* what the integers are clamped to */
    bool per_axis;
    size_t axis; /* where per_axis */
    size_t n;    /* 1, or the size of the axis */
    const double *scales;
    const int64_t *zero_points;
    incten_reciprocal reciprocal; /* how PyTorch quantizes with it */
    const double *zero_points_f;  /* embeddings: floats instead; then zero_points is NULL */
    const char *name;             /* beginning of the names of scale and zero point, or NULL */
} incir_quant;

/* For one scale and zero point and the whole range of dtype. */
const incir_quant *incir_quant_new(incir_graph *g, incdtype dtype, double scale,
                                   int64_t zero_point);
/* The parameters of a quantized tensor of the file. */
const incir_quant *incir_quant_of_tensor(incir_graph *g, const inctensor *t);
bool incir_quant_equal(const incir_quant *a, const incir_quant *b);

/* What a number added to the integers of q, or multiplied with them, makes of their qparams:
 * PyTorch changes scale and zero point instead of the integers. *by becomes what is added in fact,
 * a whole number of steps. */
const incir_quant *incir_quant_moved(incir_graph *g, const incir_quant *q, double *by,
                                     bool multiplies);

/* x quantized with q and dequantized; x itself when it was already; a weight when x is a constant.
 */
incir_value *incir_quantized(incir_graph *g, incir_value *x, const incir_quant *q);
/* The same with qparams that its own values give at run time: uint8 from min to max, 0 among them.
 */
incir_value *incir_quantized_dynamic(incir_graph *g, incir_value *x);
/* The same for other integers; symmetric: the zero point stays in the middle; the scale is never
 * less than least_scale. */
incir_value *incir_quantized_in_range(incir_graph *g, incir_value *x, incdtype dtype,
                                      int64_t quant_min, int64_t quant_max, bool symmetric,
                                      double least_scale);
#define INCIR_LEAST_SCALE 1.1920928955078125e-07 /* of float32, as PyTorch's quantizers have it */
/* x quantized with the qparams that such a value found for itself. */
incir_value *incir_quantized_alike(incir_graph *g, incir_value *x, incir_value *dynamic);
/* The same with a scale and a zero point, float32 and dtype, that the model computes. */
incir_value *incir_quantized_computed(incir_graph *g, incir_value *x, incir_value *scale,
                                      incir_value *zero_point, int64_t quant_min,
                                      int64_t quant_max);
/* inc::Dynamic; its second input is the one to be alike, or not there, or it has three; attributes
 * dtype, quant_min, quant_max, symmetric */
bool incir_is_dynamic_node(const incir_node *n);
/* The dequantized values of a quantized tensor of the file; name is its state_dict key or NULL. */
incir_value *incir_quantized_weight(incir_graph *g, const inctensor *quantized, const char *name);
/* A weight whose rows are in n parts of equal size, with the parts in another order; and weights of
 * equal shape one above the other, as [n, ...]. NULL where they are none or it cannot be said. */
incir_value *incir_weight_reordered(incir_graph *g, const incir_value *v, const size_t *order,
                                    size_t n);
incir_value *incir_weights_stacked(incir_graph *g, incir_value *const *weights, size_t n);
/* That tensor, of the node's inc::Weight. */
const inctensor *incir_weight_of(const incir_node *n);
/* The parameters where v is the result of one of the two; NULL otherwise. */
const incir_quant *incir_quant_of(const incir_value *v);
/* Whether the source ran the node on integers: its call did, or it is one of ours. */
bool incir_is_int8(const incir_node *n);
bool incir_is_quantized_node(const incir_node *n); /* inc::Quantized */
bool incir_is_weight_node(const incir_node *n);    /* inc::Weight */

#endif
