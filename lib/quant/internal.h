/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of lib/quant share, in the order in which they rely on each other: a file uses
 * what is declared above its own part only. The walk (rewrite.c) stands at the end; what it hands
 * down is the incq_rewriter. */
#ifndef INC_QUANT_INTERNAL_H
#define INC_QUANT_INTERNAL_H

#include "ir/onnx_ops.h"
#include "ir/quant.h"
#include "ir/rewrite.h"
#include "quant/quant.h"

/* The integers behind a value, where there are such: what QuantizeLinear gave or a weight is. */
typedef struct incq_integers {
    incir_value *q; /* uint8, int8 or int32; NULL: none */
    incir_value *scale, *zero_point;
    const incir_quant *quant; /* NULL when the model makes the parameters when it runs */
    incir_value *dequantized; /* DequantizeLinear of it, once there is one to share */
    const char *name;         /* of a weight */
} incq_integers;

/* How the bias of a node is written: see bias.c. */
typedef struct incq_bias {
    bool is_decided;
    const incir_quant *weight; /* with whose scales it is int32; NULL: an Add of float32 */
} incq_bias;

typedef struct incq_rewriter {
    inccx *cx;
    incir_graph *g;
    const incq_options *options;
    incir_rebuild walk;       /* with what stands in the place of old values */
    incq_integers *integers;  /* by id of the old value */
    uint32_t n_ids;           /* of both; values made while rewriting have none */
    incir_uses uses;          /* of the graph as it was */
    incir_node **absorbed_by; /* by id of an output: the node whose kernel does its work */
    incq_bias *biases;        /* by id of an output */
    incmap *constants;        /* scales and zero points by their bytes */
    incq_plan *plan;
    size_t cap_steps;
} incq_rewriter;

/* ---- facts.c: the graph before it is rewritten ---- */
/* Whether n is an operator of ir/quant.h. */
bool incq_is_marker(const incir_node *n);
/* Whether integers are behind a value of the graph as it was: statically quantized, or a weight. */
bool incq_has_integers(const incir_value *v);
bool incq_is_per_tensor(const incir_value *v); /* the same, with one scale */
/* Whether the channels of a weight have zero points that are not all the same. */
bool incq_has_mixed_zero_points(const incir_value *weight);
bool incq_read_once(const incq_rewriter *r, const incir_value *v);
/* Whether n is a matrix product or a convolution. */
bool incq_is_product(const incir_node *n);
/* The node that made an old value, when it is that operator of ONNX; else NULL. */
incir_node *incq_made_by(const incir_value *v, incir_opcode code);
/* Whether the kernel of another node does the work of this one. */
bool incq_is_absorbed(const incq_rewriter *r, const incir_node *n);
/* Whether the operator itself takes integers, given one scale and zero point on both sides. */
bool incq_is_same_operator(const incir_node *n);
/* Of these, nodes that give integers as they are. Pools and Clip-like comparisons keep their order.
 */
bool incq_only_moves(const incir_graph *g, const incir_node *n);

/* ---- constants.c ---- */
incir_value *incq_scale(incq_rewriter *r, const incir_quant *q, const char *name);
incir_value *incq_zero_point(incq_rewriter *r, const incir_quant *q, const char *name);
/* A constant of these bytes, one for all that are equal; named "of" and suffix, of may be NULL. */
incir_value *incq_shared(incq_rewriter *r, const inctensor *t, const char *of, const char *suffix);

/* ---- values.c ---- */
/* The integers behind an old value; NULL when it has none. */
incq_integers *incq_integers_of(incq_rewriter *r, const incir_value *old);
/* What the graph reads instead of an old value, as a float value. */
incir_value *incq_dequantized(incq_rewriter *r, incir_value *old);
/* The same for a QuantizeLinear to q. */
incir_value *incq_dequantized_for(incq_rewriter *r, incir_value *old, const incir_quant *q);
/* Says that old is now v, a float value; or these integers. */
void incq_set_float(incq_rewriter *r, const incir_value *old, incir_value *v);
void incq_set_integers(incq_rewriter *r, const incir_value *old, incir_value *q,
                       const incir_quant *quant, const char *name);
/* QuantizeLinear, which does not keep the integers within a range that is less than their type's.
 */
incir_value *incq_quantize_only(incq_rewriter *r, incir_value *x, const incir_quant *q);
incir_value *incq_dequantize(incq_rewriter *r, const incq_integers *i);
/* Emits a node like n on these inputs: attributes kept, of one output of that type. */
incir_value *incq_emit_like(incq_rewriter *r, const incir_node *n, const char *domain,
                            const char *op_type, incir_value *const *inputs, size_t n_inputs,
                            incdtype dtype);

/* ---- clamp.c ---- */
typedef struct incq_limits {
    incir_node *node;  /* whose result is quantized, and no more; NULL: the range alone limits */
    incir_value *from; /* whose integers these are, within the limits; NULL: they are made first */
    int64_t low, high;
    bool cuts; /* whether the range reaches further than the bounds, be it by a part of a step */
} incq_limits;

/* What the integers of an inc::Quantized are limited to: by its range, and by a Relu or Clip; and
 * where they come from. */
incq_limits incq_limits_on(incq_rewriter *r, const incir_node *quantized);
/* Integers kept from low to high, where that is less than their type has. */
incir_value *incq_limit(incq_rewriter *r, incir_value *y, const incir_quant *q, int64_t low,
                        int64_t high);

/* ---- activations.c ---- */
/* The graph with its quantized activations in that type; weights stay. */
void incq_convert_activations(incir_graph *g, incdtype to);
/* The same numbers as int8 or uint8: parameters and constants whose integers differ by 128. */
const incir_quant *incq_in_type(inccx *cx, const incir_quant *q, incdtype to);
const inctensor *incq_constant_in_type(inccx *cx, const inctensor *t, incdtype to);
/* The integers of an old value in that type, and a result of one type in another. */
incq_integers incq_integers_in_type(incq_rewriter *r, const incir_value *old, incdtype to);
incir_value *incq_result_in_type(incq_rewriter *r, incir_value *y, const incir_quant *from,
                                 const incir_quant *to);

/* ---- bias.c ---- */
/* Whether n has a constant bias behind a product of integers; then *weight becomes the weight's
 * parameters with which it is int32, or NULL where it has to be added apart, as float32. */
bool incq_takes_bias(incq_rewriter *r, const incir_node *n, const incir_quant **weight);
/* round(bias / (x's scale * weight's scales)) as int32, one an output channel; NULL, after a
 * warning, where that does not fit. scale (may be NULL) is set to the product. */
incir_value *incq_int32_bias(incq_rewriter *r, const incir_value *bias, const incir_quant *x,
                             const incir_quant *weight, incir_quant *scale);
/* The weight's integers with the scales of q. */
incq_integers incq_weight_with(incq_rewriter *r, const incq_integers *weight, const incir_quant *q);
/* Raises where a bias holds NaN or an infinity. */
void incq_check_bias(incq_rewriter *r, const incir_value *bias);

/* ---- kernels.c: what has a counterpart on integers ---- */
/* Why n cannot become one operator on integers whose result has the qparams out; NULL: it can. */
const char *incq_obstacle(incq_rewriter *r, const incir_node *n, const incir_quant *out);
/* Whether runtimes have the operator on integers of these types; w is that of the second operand.
 */
bool incq_has_types(incir_kernel kernel, incdtype x, incdtype w, incdtype y);
/* The types in which n has an operator on integers that are nearest to those it is given. */
void incq_nearest_types(const incir_node *n, const incir_quant *out, incdtype *input,
                        incdtype *output);

/* ---- what one node becomes: integers.c, product.c, lstm.c, exact_pool.c, keep.c ---- */
/* inc::Quantized: integers, or, where ONNX has none of that width, rounded float values. */
void incq_quantized(incq_rewriter *r, incir_node *n);
/* inc::Weight and inc::Dynamic: their integers. */
void incq_weight(incq_rewriter *r, incir_node *n);
void incq_dynamic(incq_rewriter *r, incir_node *n);
/* What both formats do alike: rewrites n where it is a fact, by absorbing() where the nodes before
 * it become one with it. False: n is an operator, and none that became part of another. */
bool incq_fact(incq_rewriter *r, incir_node *n,
               void (*absorbing)(incq_rewriter *r, incir_node *quantized));
/* A Gather from a table of bytes with a float zero point a row; false: n is none. */
bool incq_embedding(incq_rewriter *r, incir_node *n);
/* MatMul or Gemm of integers as MatMulInteger, its result dequantized; false: n is none. */
bool incq_integer_product(incq_rewriter *r, incir_node *n);
/* Conv of integers whose result is not rounded at once as ConvInteger, its result dequantized;
 * false: n is none. */
bool incq_integer_convolution(incq_rewriter *r, incir_node *n);
/* An LSTM with weights on integers as DynamicQuantizeLSTM; false: n is none. */
bool incq_integer_lstm(incq_rewriter *r, incir_node *n);
/* Whether n is an average pool that is written so that it rounds as PyTorch's does; and that. */
bool incq_is_exact_pool(const incq_rewriter *r, const incir_node *n, const incir_quant *out);
incir_value *incq_exact_pool(incq_rewriter *r, const incir_node *n, const incir_quant *q);
/* The integers of an inc::Quantized whose input is means of windows that are not all alike, rounded
 * as PyTorch does; NULL: it is none. */
incir_value *incq_exact_means(incq_rewriter *r, const incir_node *quantized);
/* Whether runtimes compute that softmax or resize on integers, and imprecisely, unless kept from
 * it.
 */
bool incq_is_cut_resize(const incq_rewriter *r, const incir_node *n, const incir_quant *out);
bool incq_is_inexact_softmax(const incir_node *n, const incir_quant *out);
/* The node itself on float values; the second for products, whose bias becomes int32 or stands
 * apart where runtimes run them on integers. */
void incq_keep(incq_rewriter *r, incir_node *n);
void incq_keep_product(incq_rewriter *r, incir_node *n);

/* ---- qdq.c and qlinear.c: the two forms ---- */
/* Look, before rewriting, for groups that become one: those that a kernel computes, and limits. */
void incq_plan_qlinear(incq_rewriter *r, incir_block *block);
void incq_plan_qdq(incq_rewriter *r, incir_block *block);
/* What becomes of one node. */
void incq_node_qdq(incq_rewriter *r, incir_node *n);
void incq_node_qlinear(incq_rewriter *r, incir_node *n);

/* ---- passes over the graph before it is rewritten: move_weights.c, propagate_qparams.c ---- */
/* Weights that are permuted, reshaped or joined become weights stored so. */
void incq_settle_weights(incir_graph *g);
/* Values that are permuted or reshaped before they are quantized are quantized first. */
void incq_propagate_qparams(incir_graph *g);

/* ---- report.c ---- */
/* Lists, before rewriting, the operators that are quantized or could be, and looks at each. */
void incq_plan_begin(incq_rewriter *r);
/* Notes what stands in the place of n: the nodes from first on to the end of the block. */
void incq_plan_note(incq_rewriter *r, const incir_node *n, const incir_node *first);
/* Says of each operator what it became, and warns of what the user should know. */
void incq_plan_end(incq_rewriter *r);

#endif
