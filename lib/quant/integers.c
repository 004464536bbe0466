/* SPDX-License-Identifier: Apache-2.0 */
/* What the operators of ir/quant.h become: integers of QuantizeLinear, of weights and tables, and
 * of ranges found at run time. In: one node of the graph as it was. Out: its integers, noted.
 * Relies on values.c for what it reads, on clamp.c for ranges that are less than their type's. */
#include <string.h>

#include "quant/internal.h"

/* ---- inc::Quantized ---- */

/* QuantizeLinear does not make 32 bits. */
static incir_value *rounded(incq_rewriter *r, incir_value *x, const incir_quant *q)
{
    if (q->per_axis)
        inc_raise(r->cx, INC_E_UNSUPPORTED,
                  "values quantized to 32 bits with scales per channel are not supported");
    incir_value *scale = incq_scale(r, q, NULL);
    incir_value *steps = incir_emit1(r->g, "Round", incir_emit2(r->g, "Div", x, scale));
    return incir_emit2(r->g, "Mul", steps, scale);
}

void incq_quantized(incq_rewriter *r, incir_node *n)
{
    incir_value *means = incq_exact_means(r, n);
    if (means) {
        incq_set_integers(r, n->outputs[0], means, n->quant, NULL);
        return;
    }
    incir_value *x = incq_dequantized_for(r, n->inputs[0], n->quant);
    if (n->quant->dtype == INCDT_I32)
        incq_set_float(r, n->outputs[0], rounded(r, x, n->quant));
    else
        incq_set_integers(r, n->outputs[0],
                          incq_limit(r, incq_quantize_only(r, x, n->quant), n->quant,
                                     n->quant->quant_min, n->quant->quant_max),
                          n->quant, NULL);
}

/* ---- inc::Dynamic ---- */

static incir_value *with_attr(incq_rewriter *r, const char *op, incir_value *x, const char *name,
                              int64_t value)
{
    incir_node *n = incir_node_new(r->g, op);
    incir_in(r->g, n, x);
    incir_attr_int(r->g, n, name, value);
    return incir_emit(r->g, n);
}

static incir_value *number(incq_rewriter *r, double value)
{
    return incir_const_float(r->g, INCDT_F32, value);
}

static double least_scale(const incir_node *n)
{
    const incir_attr *attr = incir_find_attr(n, "least_scale");
    return attr ? attr->u.f : INCIR_LEAST_SCALE;
}

/* PyTorch's choose_qparams, spelled out: for integers other than uint8 from 0 to 255. */
static void spelled_out(incq_rewriter *r, incir_node *n, incir_value *x)
{
    double eps = least_scale(n);
    incir_graph *g = r->g;
    incdtype dtype = (incdtype)incir_attr_int_or(n, "dtype", INCDT_U8);
    double low = (double)incir_attr_int_or(n, "quant_min", 0);
    double high = (double)incir_attr_int_or(n, "quant_max", 255);
    incir_value *zero = number(r, 0), *scale, *zero_point;
    incir_value *least = incir_emit2(g, "Min", with_attr(r, "ReduceMin", x, "keepdims", 0), zero);
    incir_value *most = incir_emit2(g, "Max", with_attr(r, "ReduceMax", x, "keepdims", 0), zero);
    if (incir_attr_int_or(n, "symmetric", 0)) {
        incir_value *reach = incir_emit2(g, "Max", incir_emit1(g, "Neg", least), most);
        scale = incir_emit2(g, "Div", reach, number(r, (high - low) / 2));
        scale = incir_emit2(g, "Max", scale, number(r, eps));
        zero_point = number(r, dtype == INCDT_U8 ? 128 : 0);
    } else {
        scale = incir_emit2(g, "Div", incir_emit2(g, "Sub", most, least), number(r, high - low));
        scale = incir_emit2(g, "Max", scale, number(r, eps));
        incir_value *steps = incir_emit1(g, "Round", incir_emit2(g, "Div", least, scale));
        zero_point = incir_emit2(g, "Sub", number(r, low), steps);
        zero_point = incir_emit3(g, "Clip", zero_point, number(r, low), number(r, high));
    }
    zero_point = with_attr(r, "Cast", zero_point, "to", incdtype_onnx(dtype));
    incir_value *q = incir_emit3(g, "QuantizeLinear", x, scale, zero_point);
    incir_quant range = {.dtype = dtype};
    r->integers[n->outputs[0]->id] =
        (incq_integers){.q = incq_limit(r, q, &range, (int64_t)low, (int64_t)high),
                        .scale = scale,
                        .zero_point = zero_point};
}

/* Integers from the values' own range, while the model runs. */
void incq_dynamic(incq_rewriter *r, incir_node *n)
{
    incir_value *x = incq_dequantized(r, n->inputs[0]);
    if (n->n_inputs == 3) {
        incir_value *scale = incq_dequantized(r, n->inputs[1]),
                    *zero_point = incq_dequantized(r, n->inputs[2]);
        incir_quant range = {.dtype = zero_point->dtype};
        r->integers[n->outputs[0]->id] = (incq_integers){
            .q = incq_limit(r, incir_emit3(r->g, "QuantizeLinear", x, scale, zero_point), &range,
                            incir_attr_int_or(n, "quant_min", 0),
                            incir_attr_int_or(n, "quant_max", 0)),
            .scale = scale,
            .zero_point = zero_point};
        return;
    }
    if (n->n_inputs > 1) {
        const incq_integers *like = incq_integers_of(r, n->inputs[1]);
        incir_value *q = incir_emit3(r->g, "QuantizeLinear", x, like->scale, like->zero_point);
        r->integers[n->outputs[0]->id] =
            (incq_integers){.q = q, .scale = like->scale, .zero_point = like->zero_point};
        return;
    }
    if (incir_attr_int_or(n, "dtype", 0) != INCDT_U8 || incir_attr_int_or(n, "symmetric", 0) ||
        incir_attr_int_or(n, "quant_min", 0) != 0 || incir_attr_int_or(n, "quant_max", 0) != 255 ||
        least_scale(n) > INCIR_LEAST_SCALE) {
        spelled_out(r, n, x);
        return;
    }
    incir_node *d = incir_node_new(r->g, "DynamicQuantizeLinear");
    d->call = n->call;
    incir_in(r->g, d, x);
    incir_value *out[3];
    incir_emit_n(r->g, d, 3, out);
    r->integers[n->outputs[0]->id] =
        (incq_integers){.q = out[0], .scale = out[1], .zero_point = out[2]};
}

/* ---- inc::Weight ---- */

static const char *quantized_name(incq_rewriter *r, const incir_value *weight)
{
    return weight->name ? inc_printf(r->cx, "%s_quantized", weight->name) : NULL;
}

static bool any_zero_point(const incir_quant *q)
{
    for (size_t i = 0; q->zero_points && i < q->n; i++)
        if (q->zero_points[i] != 0)
            return true;
    return false;
}

/* The constant of a weight's integers, under the state_dict key with "_quantized" behind it. */
void incq_weight(incq_rewriter *r, incir_node *n)
{
    if (r->uses.n[n->outputs[0]->id] == 0)
        return; /* it is read in another order only */
    incir_value *integers = n->inputs[0];
    const char *name = integers->is_parameter ? integers->name : NULL;
    if (n->quant->dtype == INCDT_I32 && any_zero_point(n->quant)) { /* DequantizeLinear has none */
        const inctensor *floats = inctensor_dequantize(r->cx, incir_weight_of(n));
        incq_set_float(
            r, n->outputs[0],
            incir_constant(r->g, inctensor_cast(r->cx, floats, INCDT_F32), integers->name));
        return;
    }
    incir_value *q = incir_constant(r->g, integers->constant, quantized_name(r, integers));
    if (!inctensor_same(q->constant, integers->constant)) /* another view of the same weight */
        q = incir_constant(r->g, integers->constant, NULL), name = NULL;
    if (n->quant->zero_points_f)
        r->integers[n->outputs[0]->id] = (incq_integers){.q = q, .quant = n->quant};
    else
        incq_set_integers(r, n->outputs[0], q, n->quant, name);
}

/* ---- embedding tables ---- */

/* A table's column of numbers, one a row, as [rows, 1]: gathered like the rows themselves. */
static incir_value *column(incq_rewriter *r, const double *numbers, size_t n, const char *name)
{
    int64_t sizes[2] = {(int64_t)n, 1};
    inctensor *t = inctensor_new(r->cx, INCDT_F32, 2, sizes, NULL);
    for (size_t i = 0; i < n; i++)
        incelement_set_f64(INCDT_F32, (void *)(uintptr_t)inctensor_direct(t), i, numbers[i]);
    return incir_constant(r->g, t, name);
}

static incir_value *gather(incq_rewriter *r, incir_value *table, incir_value *indices)
{
    incir_node *n = incir_node_new(r->g, "Gather");
    incir_in(r->g, n, table);
    incir_in(r->g, n, indices);
    incir_attr_int(r->g, n, "axis", 0);
    return incir_emit(r->g, n);
}

bool incq_embedding(incq_rewriter *r, incir_node *n)
{
    const incir_value *table = n->n_inputs ? n->inputs[0] : NULL;
    const incir_quant *q = table && table->id < r->n_ids ? incir_quant_of(table) : NULL;
    if (!q || !q->zero_points_f)
        return false;
    if (!incq_made_by(n->outputs[0], INCIR_OP_GATHER) || incir_attr_int_or(n, "axis", 0) != 0 ||
        q->axis != 0)
        inc_raise(r->cx, INC_E_UNSUPPORTED,
                  "%s reads a table whose rows have zero points that are no integers", n->op_type);
    incir_value *rows = incq_integers_of(r, table)->q, *indices = incq_dequantized(r, n->inputs[1]);
    const char *name = table->producer->inputs[0]->name;
    const char *scale = name ? inc_printf(r->cx, "%s_scale", name) : NULL;
    const char *zero = name ? inc_printf(r->cx, "%s_zero_point", name) : NULL;
    incir_node *cast = incir_node_new(r->g, "Cast");
    incir_in(r->g, cast, gather(r, rows, indices));
    incir_attr_int(r->g, cast, "to", incdtype_onnx(INCDT_F32));
    /* one after the other: compilers differ in the order of arguments */
    incir_value *zeros = gather(r, column(r, q->zero_points_f, q->n, zero), indices);
    incir_value *rows_as_float = incir_emit2(r->g, "Sub", incir_emit(r->g, cast), zeros);
    incq_set_float(r, n->outputs[0],
                   incir_emit2(r->g, "Mul", rows_as_float,
                               gather(r, column(r, q->scales, q->n, scale), indices)));
    return true;
}

bool incq_fact(incq_rewriter *r, incir_node *n,
               void (*absorbing)(incq_rewriter *r, incir_node *quantized))
{
    if (incir_is_weight_node(n))
        incq_weight(r, n);
    else if (incir_is_dynamic_node(n))
        incq_dynamic(r, n);
    else if (incir_is_quantized_node(n) && r->absorbed_by[n->inputs[0]->id] == n)
        absorbing(r, n);
    else if (incir_is_quantized_node(n))
        incq_quantized(r, n);
    else
        return incq_is_absorbed(r, n);
    return true;
}
