/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products on integers whose result is float32: MatMulInteger, scaled back; and the
 * float bias behind a product. */
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
    incir_node *cast = incir_node_new(r->g, "Cast");
    cast->call = n->call;
    incir_in(r->g, cast, y);
    incir_attr_int(r->g, cast, "to", incdtype_onnx(INCDT_F32));
    incir_value *scale = incir_emit2(r->g, "Mul", x->scale, w->scale);
    y = incir_emit2(r->g, "Mul", incir_emit(r->g, cast), scale);
    if (is_gemm && n->n_inputs > 2 && n->inputs[2])
        y = incir_emit2(r->g, "Add", y, incq_dequantized(r, n->inputs[2]));
    incq_set_float(r, last->outputs[0], y);
    return true;
}
