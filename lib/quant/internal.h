/* What the files of lib/quant share. */
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
    incir_value *real;        /* DequantizeLinear of it, once there is one to share */
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

/* ---- constants.c ---- */
incir_value *incq_scale(incq_rewriter *r, const incir_quant *q, const char *name);
incir_value *incq_zero_point(incq_rewriter *r, const incir_quant *q, const char *name);
/* A constant of these bytes, one for all that are equal; named "of" and suffix, of may be NULL. */
incir_value *incq_shared(incq_rewriter *r, const inctensor *t, const char *of, const char *suffix);

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
/* Puts n without its bias, and an Add of the bias behind it, at the end of the block; an Add of
 * zeros where it has none. */
void incq_add_apart(incq_rewriter *r, incir_node *n);
/* Raises where a bias holds NaN or an infinity. */
void incq_check_bias(incq_rewriter *r, const incir_value *bias);

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

/* ---- exact_pool.c ---- */
/* Whether n is an average pool that is written so that it rounds as PyTorch's does; and that. */
bool incq_is_exact_pool(const incq_rewriter *r, const incir_node *n, const incir_quant *out);
incir_value *incq_exact_pool(incq_rewriter *r, const incir_node *n, const incir_quant *q);

/* ---- rewrite.c ---- */
/* What the graph reads instead of an old value, as a real number. */
incir_value *incq_real(incq_rewriter *r, incir_value *old);
/* The integers behind an old value; NULL when it has none. */
incq_integers *incq_integers_of(incq_rewriter *r, const incir_value *old);
incir_value *incq_quantize(incq_rewriter *r, incir_value *x, const incir_quant *q);
/* inc::Quantized: integers, or, where ONNX has none of that width, rounded reals. */
void incq_quantized(incq_rewriter *r, incir_node *n);
/* The same without keeping the integers within a range that is less than their type's. */
incir_value *incq_quantize_only(incq_rewriter *r, incir_value *x, const incir_quant *q);
incir_value *incq_dequantize(incq_rewriter *r, const incq_integers *i);
/* Says that old is now v, a real number; or these integers. */
void incq_set_real(incq_rewriter *r, const incir_value *old, incir_value *v);
void incq_set_integers(incq_rewriter *r, const incir_value *old, incir_value *q,
                       const incir_quant *quant, const char *name);
/* Emits a node like n on these inputs: attributes kept, of one output of that type. */
incir_value *incq_emit_like(incq_rewriter *r, const incir_node *n, const char *domain,
                            const char *op_type, incir_value *const *inputs, size_t n_inputs,
                            incdtype dtype);
/* Whether the kernel of another node does the work of this one. */
bool incq_is_absorbed(const incq_rewriter *r, const incir_node *n);
/* The node that made an old value, when it is that operator of ONNX; else NULL. */
incir_node *incq_made_by(const incir_value *v, incir_opcode code);
bool incq_read_once(const incq_rewriter *r, const incir_value *v);

/* ---- clamp.c ---- */
typedef struct incq_limits {
    incir_node *node;  /* whose result is quantized, and no more; NULL: the range alone limits */
    incir_value *from; /* whose integers these are, within the limits; NULL: they are made first */
    int64_t low, high;
} incq_limits;

/* What the integers of an inc::Quantized are limited to: by its range, and by a Relu or Clip; and
 * where they come from. */
incq_limits incq_limits_on(incq_rewriter *r, const incir_node *quantized);
/* Whether the limits are narrower than the range of q. */
bool incq_limits_bind(const incq_limits *l, const incir_quant *q);
/* Integers kept from low to high, where that is less than their type has. */
incir_value *incq_limit(incq_rewriter *r, incir_value *y, const incir_quant *q, int64_t low,
                        int64_t high);

/* ---- lstm.c ---- */
/* An LSTM with weights on integers as DynamicQuantizeLSTM; false: n is none. */
bool incq_integer_lstm(incq_rewriter *r, incir_node *n);

/* ---- move_weights.c ---- */
/* Weights that are only moved about become weights in that order. */
void incq_settle_weights(incir_graph *g);

/* ---- propagate_qparams.c ---- */
/* Values that are moved about before they are quantized are quantized first. */
void incq_spread_grids(incir_graph *g);

/* ---- kernels.c: what has a counterpart on integers ---- */
/* Whether integers are behind a value of the graph as it was: statically quantized, or a weight. */
bool incq_has_integers(const incir_value *v);
bool incq_is_per_tensor(const incir_value *v); /* the same, with one scale */
/* Why n cannot become one operator on integers whose result has the grid out; NULL: it can. */
const char *incq_obstacle(incq_rewriter *r, const incir_node *n, const incir_quant *out);
/* Whether runtimes have the operator on integers of these types; w is that of the second operand.
 */
bool incq_has_types(incir_kernel kernel, incdtype x, incdtype w, incdtype y);
/* The types in which n has an operator on integers that are nearest to those it is given. */
void incq_nearest_types(const incir_node *n, const incir_quant *out, incdtype *input,
                        incdtype *output);
/* Whether the channels of a weight have zero points that are not all the same. */
bool incq_has_mixed_zero_points(const incir_value *weight);
/* Operators that compute on integers what they compute on reals, as long as both sides have the
 * same scale and zero point. Pools and Clip-like comparisons keep the order of integers. */
bool incq_only_moves(const incir_graph *g, const incir_node *n);

/* ---- report.c ---- */
/* Lists, before rewriting, the operators that are quantized or could be, and looks at each. */
void incq_plan_begin(incq_rewriter *r);
/* Notes what stands in the place of n: the nodes from first on to the end of the block. */
void incq_plan_note(incq_rewriter *r, const incir_node *n, const incir_node *first);
/* Says of each operator what it became, and warns of what the user should know. */
void incq_plan_end(incq_rewriter *r);

/* ---- weights.c ---- */
/* inc::Weight and inc::Dynamic: their integers. */
void incq_weight(incq_rewriter *r, incir_node *n);
void incq_dynamic(incq_rewriter *r, incir_node *n);
/* A Gather from a table of bytes with a real zero point a row; false: n is none. */
bool incq_embedding(incq_rewriter *r, incir_node *n);

/* ---- product.c ---- */
/* MatMul or Gemm of integers as MatMulInteger, its result real again; false: n is none. */
bool incq_integer_product(incq_rewriter *r, incir_node *n);
/* Where n adds a float bias to a product of dequantized values: gives the bias the product's rank.
 */
void incq_spread_bias(incq_rewriter *r, incir_node *n);

/* ---- qdq.c and qlinear.c: what becomes of one node ---- */
void incq_node_qdq(incq_rewriter *r, incir_node *n);
void incq_node_qlinear(incq_rewriter *r, incir_node *n);
/* Look, before rewriting, for groups that become one: those that a kernel computes, and limits. */
void incq_plan_qlinear(incq_rewriter *r, incir_block *block);
void incq_plan_qdq(incq_rewriter *r, incir_block *block);
/* The node itself on real inputs; its bias as int32 or apart, where runtimes run it on integers. */
void incq_keep_product(incq_rewriter *r, incir_node *n);
/* The node itself on real inputs. */
void incq_keep(incq_rewriter *r, incir_node *n);

#endif
