/* SPDX-License-Identifier: Apache-2.0 */
/* Products on integers whose result is float32, scaled back: MatMulInteger, ConvInteger; and the
 * float bias behind them. */
#include "base/str.h"
#include "base/vec.h"
#include "quant/internal.h"

static incir_value *emit_of(incq_rewriter *r, const incir_node *like, const char *op,
                            incir_value *const *in, size_t n_in, incdtype dtype)
{
    incir_node plain = *like;
    plain.attrs = NULL;
    return incq_emit_like(r, &plain, "", op, in, n_in, dtype);
}

/* A node of the same call as of; a constant is not folded. */
static incir_value *cast(incq_rewriter *r, const incir_node *of, incir_value *x, incdtype to)
{
    incir_node *n = incir_node_new(r->g, "Cast");
    n->call = of->call;
    incir_in(r->g, n, x);
    incir_attr_int(r->g, n, "to", incdtype_onnx(to));
    return incir_append(r->g, n, to, x->rank, x->dims);
}

/* The bias of a product of rank 3 and above stands in an Add behind it: that one, where the recipe
 * wants it among the integers and it can be. */
static incir_node *bias_behind(incq_rewriter *r, const incir_node *n, const incq_integers *x,
                               const incq_integers *w, incir_value **bias)
{
    const incir_value *y = n->outputs[0];
    incir_node *add = incir_only_reader(&r->uses, y);
    if (r->options->recipe != INCQ_OP_INT32_BIAS || !x->quant || !add ||
        !incq_made_by(add->outputs[0], INCIR_OP_ADD))
        return NULL;
    const incir_value *value = add->inputs[add->inputs[0] == y];
    if (!incir_is_constant(value) || value->rank != 1 ||
        (w->quant->per_axis && w->quant->n != value->constant->numel))
        return NULL;
    *bias = incq_int32_bias(r, value, x->quant, w->quant, NULL);
    return *bias ? add : NULL;
}

/* The weight as [K, N]; NULL where its scales are along another axis than N. */
static incir_value *weight_of(incq_rewriter *r, const incir_node *n, const incq_integers *w,
                              bool is_gemm)
{
    static const size_t swapped[2] = {1, 0};
    if (!is_gemm)
        return w->quant->per_axis && w->quant->axis + 1 != w->q->rank ? NULL : w->q;
    if (incir_attr_int_or(n, "transB", 0) != 1 || !incir_is_constant(w->q) || w->q->rank != 2 ||
        (w->quant->per_axis && w->quant->axis != 0))
        return NULL;
    return incir_constant(r->g, inctensor_permute(r->cx, w->q->constant, swapped),
                          w->q->name ? inc_printf(r->cx, "%s_t", w->q->name) : NULL);
}

bool incq_integer_product(incq_rewriter *r, incir_node *n)
{
    bool is_gemm = incq_made_by(n->outputs[0], INCIR_OP_GEMM) != NULL;
    if (!incir_is_int8(n) || (!is_gemm && !incq_made_by(n->outputs[0], INCIR_OP_MATMUL)))
        return false;
    const incq_integers *x = incq_integers_of(r, n->inputs[0]);
    const incq_integers *w = incq_integers_of(r, n->inputs[1]);
    if (!x || !w || !w->quant || (x->quant && x->quant->per_axis))
        return false;
    incir_value *weight = weight_of(r, n, w, is_gemm), *bias = NULL;
    if (!weight)
        return false;
    incq_integers left = *x;
    if (x->q->dtype == INCDT_I8 &&
        w->q->dtype == INCDT_U8) { /* the one combination that is not there */
        if (!x->quant)
            return false;
        left = incq_integers_in_type(r, n->inputs[0], INCDT_U8);
    }
    incir_value *in[4] = {left.q, weight, left.zero_point, w->zero_point};
    incir_value *y = emit_of(r, n, "MatMulInteger", in, 4, INCDT_I32);
    const incir_node *last = n, *add = is_gemm ? NULL : bias_behind(r, n, x, w, &bias);
    if (add) {
        incir_value *sum[2] = {y, bias};
        y = emit_of(r, n, "Add", sum, 2, INCDT_I32);
        r->absorbed_by[add->outputs[0]->id] = n;
        last = add;
    }
    y = cast(r, n, y, INCDT_F32);
    y = incir_emit2(r->g, "Mul", y, incir_emit2(r->g, "Mul", x->scale, w->scale));
    if (is_gemm && n->n_inputs > 2 && n->inputs[2])
        y = incir_emit2(r->g, "Add", y, incq_dequantized(r, n->inputs[2]));
    incq_set_float(r, last->outputs[0], y);
    return true;
}

/* ---- convolutions ---- */

/* One number an output channel, along the second axis of a value of that rank. */
static incir_value *along_channels(incq_rewriter *r, const inctensor *t, size_t rank)
{
    int64_t *sizes = INC_NEW_N(r->cx, int64_t, rank);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = i == 1 ? (int64_t)t->numel : 1;
    return incir_constant(r->g, inctensor_reshape(r->cx, t, rank, sizes), NULL);
}

/* ONNX Runtime has ConvInteger of uint8 alone. The file holds the source's int8, which is moved by
 * 128 once, when a runtime loads the file: nodes, not another constant. */
static incir_value *weight_in_uint8(incq_rewriter *r, const incir_node *of, const incq_integers *w)
{
    if (w->quant->dtype == INCDT_U8)
        return w->q;
    int32_t *by = INC_NEW(r->cx, int32_t);
    *by = 128;
    incir_node *add = incir_node_new(r->g, "Add");
    incir_in(r->g, add, cast(r, of, w->q, INCDT_I32));
    incir_in(r->g, add, incir_constant(r->g, inctensor_new(r->cx, INCDT_I32, 0, NULL, by), NULL));
    incir_value *moved = incir_append(r->g, add, INCDT_I32, w->q->rank, w->q->dims);
    return cast(r, of, moved, INCDT_U8);
}

static incir_value *zero_point_of(incq_rewriter *r, const incir_quant *q)
{
    const incir_quant *first = incir_quant_new(r->g, q->dtype, 1, q->zero_points[0]);
    return incq_zero_point(r, incq_in_type(r->cx, first, INCDT_U8), NULL);
}

/* What the sums of products are multiples of. */
static incir_value *scale_of_sums(incq_rewriter *r, const incq_integers *x, const incq_integers *w,
                                  size_t rank)
{
    incir_value *scale = w->scale;
    if (w->quant->per_axis)
        scale = along_channels(r, scale->constant, rank);
    return incir_emit2(r->g, "Mul", x->scale, scale);
}

bool incq_integer_convolution(incq_rewriter *r, incir_node *n)
{
    if (!incir_is_int8(n) || !incir_is(n, INCIR_OP_CONV))
        return false;
    const incq_integers *w = incq_integers_of(r, n->inputs[1]);
    const incq_integers *given = incq_integers_of(r, n->inputs[0]);
    incir_value *bias = n->n_inputs > 2 ? n->inputs[2] : NULL;
    size_t rank = n->outputs[0]->rank;
    if (!w || !given || !w->quant || !incir_is_constant(w->q) || !w->quant->zero_points ||
        incq_has_mixed_zero_points(n->inputs[1]) || (w->quant->per_axis && w->quant->axis != 0) ||
        (given->quant ? given->quant->per_axis : given->q->dtype != INCDT_U8) ||
        (bias && !(incir_is_constant(bias) && bias->rank == 1)))
        return false;
    const incq_integers x =
        given->quant ? incq_integers_in_type(r, n->inputs[0], INCDT_U8) : *given;
    incir_value *weight = weight_in_uint8(r, n, w), *zero = zero_point_of(r, w->quant);
    incir_value *in[4] = {x.q, weight, x.zero_point, zero};
    incir_value *y = incq_emit_like(r, n, "", "ConvInteger", in, 4, INCDT_I32);
    y = cast(r, n, y, INCDT_F32);
    y = incir_emit2(r->g, "Mul", y, scale_of_sums(r, &x, w, rank));
    if (bias)
        y = incir_emit2(r->g, "Add", y, along_channels(r, bias->constant, rank));
    incq_set_float(r, n->outputs[0], y);
    return true;
}
