/* QLinear: operators on integers.
 *
 * The plan looks at every inc::Quantized for the operator whose result it quantizes: where that ran
 * on integers, has integers to read, nobody else reads it, and there is an operator of ONNX (or of
 * com.microsoft) that does both, the two become one node. What is left runs on reals, between
 * DequantizeLinear and QuantizeLinear. */
#include <string.h>

#include "base/vec.h"
#include "quant/internal.h"

static const char microsoft[] = "com.microsoft";

/* ---- plan ---- */

static bool has_integers(const incir_value *v)
{
    if (!v || v->kind != INCIR_RESULT || strcmp(v->producer->domain, INCIR_QUANT_DOMAIN) != 0)
        return false;
    const incir_quant *q = v->producer->quant;
    return q && !q->zero_points_f && q->dtype != INCDT_I32;
}

static bool is_per_tensor(const incir_value *v)
{
    return has_integers(v) && incir_quant_of(v) && !incir_quant_of(v)->per_axis;
}

static bool all_per_tensor(const incir_node *n, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_per_tensor(n->inputs[i]))
            return false;
    return count > 0;
}

/* Operators that compute on integers what they compute on reals, as long as both sides have the
 * same scale and zero point. Pools and Clip-like comparisons keep the order of integers. */
static bool only_moves(const incir_graph *g, const incir_node *n)
{
    static const char *const names[] = {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten",
                                        "Slice",   "Gather",    "Expand",  "Tile"};
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (strcmp(names[i], n->op_type) == 0)
            return true;
    if (strcmp(n->op_type, "DepthToSpace") == 0) /* ONNX Runtime has no kernel for int8 */
        return incir_quant_of(n->inputs[0])->dtype == INCDT_U8;
    return g->opset >= 12 && strcmp(n->op_type, "MaxPool") == 0 && n->n_outputs == 1;
}

static bool weight_fits_conv(const incir_value *w, bool transposed)
{
    const incir_quant *q = has_integers(w) ? incir_quant_of(w) : NULL;
    return q && (!q->per_axis || (q->axis == 0 && !transposed));
}

static bool can_fuse(incq_rewriter *r, const incir_node *n, const incir_node *quantized)
{
    const char *op = n->op_type;
    bool contrib = r->options->allow_contrib;
    const incir_quant *out = quantized->quant;
    if (!n->is_int8 || n->domain[0] || out->per_axis || out->dtype == INCDT_I32 ||
        n->n_outputs != 1 || n->n_inputs == 0)
        return false;
    if (strcmp(op, "Conv") == 0)
        return is_per_tensor(n->inputs[0]) && weight_fits_conv(n->inputs[1], false) &&
               (n->n_inputs < 3 || incq_int32_bias(r, n->inputs[2], incir_quant_of(n->inputs[0]),
                                                   incir_quant_of(n->inputs[1]), NULL));
    if (strcmp(op, "Gemm") == 0)
        return contrib && is_per_tensor(n->inputs[0]) && has_integers(n->inputs[1]) &&
               incir_attr_int_or(n, "transB", 0) == 1 &&
               (n->n_inputs < 3 || incq_int32_bias(r, n->inputs[2], incir_quant_of(n->inputs[0]),
                                                   incir_quant_of(n->inputs[1]), NULL));
    if (strcmp(op, "MatMul") == 0)
        return all_per_tensor(n, 2);
    if (strcmp(op, "Add") == 0 || strcmp(op, "Mul") == 0)
        return contrib && all_per_tensor(n, 2);
    if (strcmp(op, "Concat") == 0)
        return contrib && all_per_tensor(n, n->n_inputs);
    if (strcmp(op, "AveragePool") == 0 || strcmp(op, "GlobalAveragePool") == 0 ||
        strcmp(op, "LeakyRelu") == 0 || strcmp(op, "Sigmoid") == 0)
        return contrib && is_per_tensor(n->inputs[0]) && out->dtype != INCDT_I32;
    if (is_per_tensor(n->inputs[0]) && only_moves(r->g, n))
        return incir_quant_equal(incir_quant_of(n->inputs[0]), out);
    return false;
}

/* A relu before integers whose lowest is zero does nothing: they cannot be less. */
static bool relu_vanishes(const incir_quant *q)
{
    return !q->per_axis && q->zero_points && q->zero_points[0] == q->quant_min;
}

static bool read_once(const incq_rewriter *r, const incir_value *v)
{
    return v->kind == INCIR_RESULT && v->id < r->n_ids && r->n_readers[v->id] == 1;
}

static void plan_node(incq_rewriter *r, incir_node *quantized)
{
    incir_value *x = quantized->inputs[0];
    incir_node *relu = incq_made_by(x, "Relu");
    if (!read_once(r, x))
        return;
    if (relu && relu->is_int8) {
        if (!relu_vanishes(quantized->quant) && r->g->opset < 12)
            return;
        if (is_per_tensor(relu->inputs[0])) { /* a relu alone, on integers */
            if (incir_quant_equal(incir_quant_of(relu->inputs[0]), quantized->quant))
                r->absorbed_by[x->id] = quantized;
            return;
        }
        if (!read_once(r, relu->inputs[0]) || !can_fuse(r, relu->inputs[0]->producer, quantized))
            return;
        r->absorbed_by[x->id] = r->absorbed_by[relu->inputs[0]->id] = quantized;
        return;
    }
    if (can_fuse(r, x->producer, quantized))
        r->absorbed_by[x->id] = quantized;
}

void incq_plan_qlinear(incq_rewriter *r, incir_block *block)
{
    for (incir_node *n = block->first; n; n = n->next) {
        if (incir_is_quantized_node(n))
            plan_node(r, n);
        for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
            if (attr->kind == INCIR_ATTR_BLOCK)
                incq_plan_qlinear(r, attr->u.block);
    }
}

/* ---- one kernel ---- */

typedef INC_VEC(incir_value *) operands;

static void push(incq_rewriter *r, operands *list, incir_value *v)
{
    INC_PUSH(r->cx, list, v);
}

static void push_integers(incq_rewriter *r, operands *list, const incir_value *old)
{
    const incq_integers *i = incq_integers_of(r, old);
    push(r, list, i->q);
    push(r, list, i->scale);
    push(r, list, i->zero_point);
}

static void push_target(incq_rewriter *r, operands *list, const incir_quant *q)
{
    push(r, list, incq_scale(r, q, NULL));
    push(r, list, incq_zero_point(r, q, NULL));
}

static incir_value *int32_bias(incq_rewriter *r, const incir_node *n)
{
    if (n->n_inputs < 3 || !n->inputs[2])
        return NULL;
    return incq_int32_bias(r, n->inputs[2], incir_quant_of(n->inputs[0]),
                           incir_quant_of(n->inputs[1]), NULL);
}

static incir_value *emit_kernel(incq_rewriter *r, incir_node *n, const incir_quant *q)
{
    const char *op = n->op_type;
    operands in = {0};
    if (strcmp(op, "Conv") == 0 || strcmp(op, "MatMul") == 0) {
        bool conv = op[0] == 'C';
        push_integers(r, &in, n->inputs[0]);
        push_integers(r, &in, n->inputs[1]);
        push_target(r, &in, q);
        incir_value *bias = conv ? int32_bias(r, n) : NULL;
        if (bias)
            push(r, &in, bias);
        return incq_emit_like(r, n, "", conv ? "QLinearConv" : "QLinearMatMul", in.items, in.n,
                              q->dtype);
    }
    if (strcmp(op, "Gemm") == 0) {
        push_integers(r, &in, n->inputs[0]);
        push_integers(r, &in, n->inputs[1]);
        push(r, &in, int32_bias(r, n));
        push_target(r, &in, q);
        incir_node plain = *n; /* QGemm has no beta */
        plain.attrs = NULL;
        incir_attr_int(r->g, &plain, "transB", 1);
        return incq_emit_like(r, &plain, microsoft, "QGemm", in.items, in.n, q->dtype);
    }
    if (strcmp(op, "Add") == 0 || strcmp(op, "Mul") == 0) {
        push_integers(r, &in, n->inputs[0]);
        push_integers(r, &in, n->inputs[1]);
        push_target(r, &in, q);
        return incq_emit_like(r, n, microsoft, op[0] == 'A' ? "QLinearAdd" : "QLinearMul", in.items,
                              in.n, q->dtype);
    }
    if (strcmp(op, "Concat") == 0) {
        push_target(r, &in, q);
        for (size_t i = 0; i < n->n_inputs; i++)
            push_integers(r, &in, n->inputs[i]);
        return incq_emit_like(r, n, microsoft, "QLinearConcat", in.items, in.n, q->dtype);
    }
    push_integers(r, &in, n->inputs[0]);
    if (only_moves(r->g, n)) {
        in.n = 1;
        for (size_t i = 1; i < n->n_inputs; i++)
            push(r, &in, incq_real(r, n->inputs[i]));
        return incq_emit_like(r, n, "", op, in.items, in.n, q->dtype);
    }
    push_target(r, &in, q);
    return incq_emit_like(r, n, microsoft, inc_printf(r->cx, "QLinear%s", op), in.items, in.n,
                          q->dtype);
}

/* max(x, zero point) on integers, as Clip: ONNX Runtime has no Max of them. */
static incir_value *emit_relu(incq_rewriter *r, const incir_node *like, incir_value *x,
                              const incir_quant *q)
{
    incir_value *in[2] = {x, incq_zero_point(r, q, NULL)};
    return relu_vanishes(q) ? x : incq_emit_like(r, like, "", "Clip", in, 2, q->dtype);
}

static void emit_group(incq_rewriter *r, incir_node *quantized)
{
    incir_value *x = quantized->inputs[0];
    incir_node *relu = incq_made_by(x, "Relu");
    incir_value *y;
    if (!relu) {
        y = emit_kernel(r, x->producer, quantized->quant);
    } else {
        incir_value *before = relu->inputs[0];
        if (r->absorbed_by[before->id] == quantized)
            y = emit_kernel(r, before->producer, quantized->quant);
        else
            y = incq_integers_of(r, before)->q;
        incir_node attributes_gone = *relu;
        attributes_gone.attrs = NULL;
        y = emit_relu(r, &attributes_gone, y, quantized->quant);
    }
    incq_set_integers(r, quantized->outputs[0], y, quantized->quant, NULL);
}

void incq_node_qlinear(incq_rewriter *r, incir_node *n)
{
    if (incir_is_weight_node(n)) {
        incq_weight(r, n);
    } else if (incir_is_dynamic_node(n)) {
        incq_dynamic(r, n);
    } else if (incir_is_quantized_node(n)) {
        if (r->absorbed_by[n->inputs[0]->id] == n)
            emit_group(r, n);
        else
            incq_quantized(r, n);
    } else if (n->n_outputs && r->absorbed_by[n->outputs[0]->id]) {
        return; /* the kernel at its inc::Quantized does its work */
    } else if (!incq_embedding(r, n) && !incq_integer_product(r, n)) {
        incq_keep(r, n);
    }
}
