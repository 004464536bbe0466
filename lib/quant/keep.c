/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that stay what they are, on float values. In: a node that no operator on integers takes the
 * place of. Out: the node, reading DequantizeLinear, its bias written so that runtimes still run it
 * on integers where the source did: int32, of the rank of the product, or apart, behind it. Relies
 * on bias.c for whether a bias fits. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "quant/internal.h"

/* ---- the bias of a MatMul ---- */

/* v with ones before its size, one constant for all products of that rank. */
static incir_value *spread(incq_rewriter *r, const incir_value *v, size_t rank)
{
    incstr key = {0};
    incstr_addf(r->cx, &key, "spread %u %zu", v->id, rank);
    incir_value *found = incmap_get(r->constants, key.text, key.n, NULL);
    if (found)
        return found;
    int64_t *sizes = INC_NEW_N(r->cx, int64_t, rank);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = i + 1 < rank ? 1 : (int64_t)v->constant->numel;
    found = incir_constant(r->g, inctensor_reshape(r->cx, v->constant, rank, sizes), NULL);
    if (incir_only_reader(&r->uses, v)) {
        found->name = v->name;
        found->is_parameter = v->is_parameter;
        found->call = v->call;
    }
    incmap_set(r->cx, r->constants, key.text, key.n, found);
    return found;
}

/* ONNX Runtime turns MatMul and Add of a vector into Gemm between two Reshapes. Then it no longer
 * finds the integers before a product of dynamically quantized values, and it quantizes weights
 * that the source left float where the input of the product is quantized. It leaves alone a bias
 * of the product's rank. */
static void spread_bias(incq_rewriter *r, incir_node *n)
{
    if (n->n_outputs != 1 || !incq_made_by(n->outputs[0], INCIR_OP_ADD))
        return;
    for (size_t i = 0; i < 2; i++) {
        incir_value *y = n->inputs[1 - i];
        const incir_value *bias = n->inputs[i];
        const incir_node *product = incq_made_by(y, INCIR_OP_MATMUL);
        if (product && incir_instead_of(&r->walk.instead, y) == y &&
            incq_made_by(product->inputs[0], INCIR_OP_DEQUANTIZE_LINEAR) && y->rank >= 3 &&
            incir_is_constant(bias) && bias->rank == 1 && bias->id < r->n_ids) {
            incq_check_bias(r, bias);
            n->inputs[i] = spread(r, bias, y->rank);
        }
    }
}

/* ---- any node ---- */

void incq_keep(incq_rewriter *r, incir_node *n)
{
    if (r->options->form != INCQ_FP32)
        spread_bias(r, n);
    incir_keep(&r->walk, n);
}

/* ---- a bias behind the product ---- */

/* The bias for an Add: in the product's rank, so that it stays one. */
static incir_value *apart(incq_rewriter *r, const incir_value *bias, size_t rank, size_t axis)
{
    int64_t *sizes = INC_NEW_N(r->cx, int64_t, rank);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = i == axis ? (int64_t)bias->constant->numel : 1;
    incir_value *v =
        incir_constant(r->g, inctensor_reshape(r->cx, bias->constant, rank, sizes), NULL);
    v->name = bias->name;
    v->is_parameter = bias->is_parameter;
    v->call = bias->call;
    return v;
}

/* One for each output channel. */
static incir_value *zeros(incq_rewriter *r, const incir_node *n)
{
    int64_t channels = 0;
    incir_dim(n->outputs[0], 1, &channels);
    return incir_constant(r->g, inctensor_new(r->cx, INCDT_F32, 1, &channels, NULL), NULL);
}

static void add_apart(incq_rewriter *r, incir_node *n)
{
    incir_value *y = n->outputs[0], *bias = n->n_inputs > 2 ? n->inputs[2] : NULL;
    incir_node *add = incir_node_new(r->g, "Add");
    if (!bias)
        bias = zeros(r, n);
    n->n_inputs = 2;
    incq_keep(r, n);
    add->call = n->call;
    incir_in(r->g, add, y);
    incir_in(r->g, add, apart(r, bias, y->rank, 1));
    incq_set_float(r, y, incir_append(r->g, add, y->dtype, y->rank, y->dims));
}

/* ---- softmax ---- */

/* ONNX Runtime's softmax on integers divides by 1 / scale without its fraction. */
bool incq_is_inexact_softmax(const incir_node *n, const incir_quant *out)
{
    const float steps = 1.0F / (float)out->scales[0];
    return incir_is(n, INCIR_OP_SOFTMAX) && incq_has_integers(n->inputs[0]) &&
           (steps - floorf(steps)) / steps * 255 > 0.005F;
}

/* ONNX Runtime interpolates integers where both sides have one scale and zero point, and cuts off
 * what it should round. */
bool incq_is_cut_resize(const incq_rewriter *r, const incir_node *n, const incir_quant *out)
{
    return incir_is(n, INCIR_OP_RESIZE) && !r->options->prefers_integers &&
           incq_is_per_tensor(n->inputs[0]) &&
           incir_quant_equal(incir_quant_of(n->inputs[0]), out) &&
           strcmp(incir_attr_str_or(n, "mode", "nearest"), "nearest") != 0;
}

/* The same with DepthToSpace, which it then has for uint8 only. */
static bool is_refused_move(const incir_node *n)
{
    return incir_is(n, INCIR_OP_DEPTH_TO_SPACE) && incq_is_per_tensor(n->inputs[0]) &&
           incir_quant_of(n->inputs[0])->dtype == INCDT_I8;
}

/* The number that the smallest integer stands for. */
static incir_value *least_value(incq_rewriter *r, const incir_quant *q)
{
    int64_t low = q->dtype == INCDT_U8 ? 0 : -128;
    double least = (double)(low - q->zero_points[0]) * (double)(float)q->scales[0];
    return incir_const_float(r->g, INCDT_F32, least);
}

/* A limit that every value keeps stays behind them. */
static bool moved_apart(incq_rewriter *r, incir_node *n)
{
    const incir_node *reader =
        n->n_outputs == 1 ? incir_only_reader(&r->uses, n->outputs[0]) : NULL;
    bool is_cut =
        reader && incir_is_quantized_node(reader) && incq_is_cut_resize(r, n, reader->quant);
    if (!is_cut && !(n->n_outputs == 1 && is_refused_move(n)))
        return false;
    const incir_quant *q = incir_quant_of(n->inputs[0]);
    incir_value *y = n->outputs[0];
    incq_keep(r, n);
    incq_set_float(r, y, incir_emit2(r->g, "Max", y, least_value(r, q)));
    return true;
}

/* Abs of what is never negative keeps the softmax and QuantizeLinear apart. */
static bool softmax_apart(incq_rewriter *r, incir_node *n)
{
    const incir_node *reader =
        n->n_outputs == 1 ? incir_only_reader(&r->uses, n->outputs[0]) : NULL;
    if (!reader || !incir_is_quantized_node(reader) || !incq_is_inexact_softmax(n, reader->quant))
        return false;
    incir_value *y = n->outputs[0];
    incq_keep(r, n);
    incq_set_float(r, y, incir_emit1(r->g, "Abs", y));
    return true;
}

/* ---- convolutions and Gemm ---- */

/* Whether nothing but an inc::Quantized reads the result, after a limit or at once. */
static bool is_quantized_after(const incq_rewriter *r, const incir_node *n)
{
    for (size_t i = 0; i < 2 && n->n_outputs == 1 && incq_read_once(r, n->outputs[0]); i++) {
        n = r->uses.reader[n->outputs[0]->id];
        if (incir_is_quantized_node(n))
            return true;
        if (!n->n_outputs || (!incq_made_by(n->outputs[0], INCIR_OP_RELU) &&
                              !incq_made_by(n->outputs[0], INCIR_OP_CLIP)))
            return false;
    }
    return false;
}

static bool is_product_with_bias(const incir_node *n)
{
    return n->op->work == INCIR_WORK_PRODUCT && !incir_is(n, INCIR_OP_MATMUL) && n->n_inputs > 2 &&
           n->inputs[2];
}

/* Whether runtimes run all of a convolution or product on integers, its bias included. A
 * convolution whose result stays float they do not; ONNX Runtime has a Gemm that does. */
static bool takes_bias(incq_rewriter *r, const incir_node *n, const incir_quant **weight)
{
    return incir_is_int8(n) && is_product_with_bias(n) &&
           (incir_is(n, INCIR_OP_GEMM) || is_quantized_after(r, n)) &&
           incq_takes_bias(r, n, weight);
}

/* A convolution whose result stays float has its bias in float32, which ONNX Runtime makes int32
 * all the same: one that does not fit stands apart. */
static bool has_lost_bias(incq_rewriter *r, const incir_node *n)
{
    const incir_quant *weight;
    return r->options->form != INCQ_FP32 && is_product_with_bias(n) &&
           !incir_is(n, INCIR_OP_GEMM) && !is_quantized_after(r, n) &&
           incq_takes_bias(r, n, &weight) && weight != incir_quant_of(n->inputs[1]);
}

static void dequantize_bias(incq_rewriter *r, incir_node *n, const incir_quant *weight)
{
    incir_quant scale;
    incir_value *bias = n->inputs[2];
    incir_value *q = incq_int32_bias(r, bias, incir_quant_of(n->inputs[0]), weight, &scale);
    const char *name = bias->is_parameter ? bias->name : NULL;
    incq_integers i = {
        q, incq_scale(r, &scale, name), incq_zero_point(r, &scale, NULL), &scale, NULL, NULL};
    n->inputs[2] = incq_dequantize(r, &i);
}

/* ONNX Runtime makes a convolution on integers of what stands between DequantizeLinear and
 * QuantizeLinear, and then refuses these weights. */
static bool has_refused_weight(const incq_rewriter *r, const incir_node *n)
{
    return incir_is(n, INCIR_OP_CONV) && incq_has_integers(n->inputs[0]) &&
           incq_has_mixed_zero_points(n->inputs[1]) && is_quantized_after(r, n) &&
           (n->n_inputs < 3 || !n->inputs[2] || n->inputs[2]->rank == 1);
}

/* ---- float weights ---- */

/* Between DequantizeLinear and a convolution or Gemm with float weights ONNX Runtime quantizes
 * these itself: 1.21 whatever reads the result, later ones where that is quantized. */
static bool has_float_weight(const incq_rewriter *r, const incir_node *n)
{
    return r->options->form != INCQ_FP32 && n->op->work == INCIR_WORK_PRODUCT &&
           !incir_is(n, INCIR_OP_MATMUL) && n->n_inputs > 1 && n->n_outputs == 1 &&
           incir_is_constant(n->inputs[1]) && incq_is_per_tensor(n->inputs[0]);
}

/* It leaves alone a Gemm whose bias has two axes, and a convolution of something else than
 * DequantizeLinear: of a Max that every value keeps. */
static void protect_weight(incq_rewriter *r, incir_node *n)
{
    int64_t channels;
    if (!incir_is(n, INCIR_OP_GEMM)) {
        incir_value *x = incq_dequantized(r, n->inputs[0]);
        n->inputs[0] = incir_emit2(r->g, "Max", x, least_value(r, incir_quant_of(n->inputs[0])));
    } else if (n->n_inputs > 2 && n->inputs[2] && incir_is_constant(n->inputs[2]) &&
               n->inputs[2]->rank == 1 && n->inputs[2]->id < r->n_ids) {
        n->inputs[2] = spread(r, n->inputs[2], 2);
    } else if ((n->n_inputs < 3 || !n->inputs[2]) && incir_dim(n->outputs[0], 1, &channels)) {
        int64_t sizes[2] = {1, channels};
        n->n_inputs = 2;
        incir_in(r->g, n,
                 incir_constant(r->g, inctensor_new(r->cx, INCDT_F32, 2, sizes, NULL), NULL));
    }
}

void incq_keep_product(incq_rewriter *r, incir_node *n)
{
    const incir_quant *weight;
    if (softmax_apart(r, n) || moved_apart(r, n))
        return;
    if (has_float_weight(r, n))
        protect_weight(r, n);
    if (has_refused_weight(r, n) || has_lost_bias(r, n)) {
        add_apart(r, n);
        return;
    }
    if (takes_bias(r, n, &weight)) {
        if (!weight) {
            add_apart(r, n);
            return;
        }
        if (!weight->per_axis || r->g->opset >= 13) {
            dequantize_bias(r, n, weight);
            if (weight != incir_quant_of(n->inputs[1])) {
                incq_integers i = incq_weight_with(r, incq_integers_of(r, n->inputs[1]), weight);
                n->inputs[1] = incq_dequantize(r, &i);
            }
        }
    }
    incq_keep(r, n);
}
