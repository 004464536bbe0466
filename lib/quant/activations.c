/* SPDX-License-Identifier: Apache-2.0 */
/* The element type of quantized activations. An int8 tensor and the uint8 one whose integers and
 * zero point are larger by 128 stand for the same numbers: the scale stays, and so does every
 * answer. In: the graph as the front end left it, and the type that is asked for. Out: the same
 * graph, its inc::Quantized and inc::Dynamic in that type; so are constants that are added,
 * multiplied or joined, because those operators want one type. Weights keep their integers. */
#include "quant/internal.h"

enum { MIDDLE = 128 }; /* between the zero points of the two types */

typedef struct converter {
    inccx *cx;
    incir_graph *g;
    incdtype to;
    incir_value **constants; /* by id: a constant in the other type */
    uint32_t n_ids;
} converter;

static bool is_byte(incdtype dtype)
{
    return dtype == INCDT_I8 || dtype == INCDT_U8;
}

const incir_quant *incq_in_type(inccx *cx, const incir_quant *q, incdtype to)
{
    if (q->dtype == to || !is_byte(q->dtype) || !q->zero_points)
        return q;
    int64_t by = to == INCDT_U8 ? MIDDLE : -MIDDLE;
    incir_quant *other = inc_copy(cx, q, sizeof *q);
    int64_t *zero_points = INC_NEW_N(cx, int64_t, q->n);
    for (size_t i = 0; i < q->n; i++)
        zero_points[i] = q->zero_points[i] + by;
    other->dtype = to;
    other->quant_min += by;
    other->quant_max += by;
    other->zero_points = zero_points;
    return other;
}

const inctensor *incq_constant_in_type(inccx *cx, const inctensor *t, incdtype to)
{
    int64_t by = to == INCDT_U8 ? MIDDLE : -MIDDLE;
    incqparams *q = inc_copy(cx, t->q, sizeof *q);
    int64_t *zero_points = INC_NEW_N(cx, int64_t, q->n);
    for (size_t i = 0; i < q->n; i++)
        zero_points[i] = q->zero_points[i] + by;
    q->dtype = to == INCDT_U8 ? INCDT_QU8 : INCDT_QI8;
    q->zero_points = zero_points;
    /* back and forth is exact: a number of steps divided by the scale is nearest to itself */
    return inctensor_quantize(cx, inctensor_dequantize(cx, t), q, to == INCDT_U8 ? 0 : -MIDDLE,
                              to == INCDT_U8 ? 255 : MIDDLE - 1, INCTEN_RECIPROCAL_F32);
}

static void set_int(incir_node *n, const char *name, int64_t value)
{
    incir_attr *attr = (incir_attr *)(uintptr_t)incir_find_attr(n, name);
    if (attr)
        attr->u.i = value;
}

static void convert_dynamic(const converter *c, incir_node *n)
{
    incdtype from = (incdtype)incir_attr_int_or(n, "dtype", INCDT_I32);
    if (from == c->to || !is_byte(from) || n->n_inputs == 3) /* its zero point is computed */
        return;
    int64_t by = c->to == INCDT_U8 ? MIDDLE : -MIDDLE;
    set_int(n, "quant_min", incir_attr_int_or(n, "quant_min", 0) + by);
    set_int(n, "quant_max", incir_attr_int_or(n, "quant_max", 0) + by);
    set_int(n, "dtype", c->to);
}

static incir_value *constant_in_type(converter *c, incir_value *v)
{
    const incir_node *weight = v->producer;
    if (v->id >= c->n_ids || !is_byte(weight->quant->dtype) || weight->quant->dtype == c->to ||
        !weight->quant->zero_points)
        return v;
    if (!c->constants[v->id]) {
        const inctensor *t = incq_constant_in_type(c->cx, incir_weight_of(weight), c->to);
        const incir_value *integers = weight->inputs[0];
        c->constants[v->id] =
            incir_quantized_weight(c->g, t, integers->is_parameter ? integers->name : NULL);
    }
    return c->constants[v->id];
}

static bool wants_one_type(const incir_node *n)
{
    return n->op->kernel == INCIR_KERNEL_BINARY || n->op->kernel == INCIR_KERNEL_VARIADIC;
}

static void convert_node(incir_rebuild *b, incir_node *n)
{
    converter *c = b->data;
    if (incir_is_quantized_node(n))
        n->quant = incq_in_type(c->cx, n->quant, c->to);
    else if (incir_is_dynamic_node(n))
        convert_dynamic(c, n);
    for (size_t i = 0; i < n->n_inputs && wants_one_type(n); i++)
        if (n->inputs[i] && n->inputs[i]->kind == INCIR_RESULT &&
            incir_is_weight_node(n->inputs[i]->producer))
            n->inputs[i] = constant_in_type(c, n->inputs[i]);
    incir_keep(b, n);
}

void incq_convert_activations(incir_graph *g, incdtype to)
{
    converter c = {.cx = g->cx, .g = g, .to = to, .n_ids = g->n_values + 1};
    c.constants = INC_NEW_N(g->cx, incir_value *, c.n_ids);
    incir_rebuild b = {
        .g = g, .instead = incir_replacements_new(g->cx, g), .visit = convert_node, .data = &c};
    incir_rebuild_graph(&b);
}

/* ---- one value, where an operator wants another type than its neighbours ---- */

incq_integers incq_integers_in_type(incq_rewriter *r, const incir_value *old, incdtype to)
{
    incq_integers i = *incq_integers_of(r, old);
    if (i.quant->dtype == to || !is_byte(i.quant->dtype))
        return i;
    const incir_quant *q = incq_in_type(r->cx, i.quant, to);
    if (incir_is_weight_node(old->producer)) {
        const inctensor *t = incq_constant_in_type(r->cx, incir_weight_of(old->producer), to);
        i.q = incir_constant(r->g, inctensor_int_repr(r->cx, t), NULL);
    } else {
        i.q = incq_quantize_only(r, incq_dequantize(r, &i), q);
    }
    i.zero_point = incq_zero_point(r, q, NULL);
    i.quant = q;
    i.dequantized = NULL;
    return i;
}

incir_value *incq_result_in_type(incq_rewriter *r, incir_value *y, const incir_quant *from,
                                 const incir_quant *to)
{
    if (from->dtype == to->dtype)
        return y;
    incq_integers i = {y,   incq_scale(r, from, NULL), incq_zero_point(r, from, NULL), from, NULL,
                       NULL};
    return incq_quantize_only(r, incq_dequantize(r, &i), to);
}
