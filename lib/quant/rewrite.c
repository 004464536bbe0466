/* Walks the graph once and puts what the chosen form asks for in the place of every node. */
#include <string.h>

#include "quant/internal.h"

/* ---- looking at the graph as it was ---- */

typedef struct search {
    bool (*test)(const incir_node *n);
    bool found;
} search;

static void look(void *data, incir_node *n)
{
    search *s = data;
    s->found = s->found || s->test(n);
}

static bool any_node(const incir_graph *g, bool (*test)(const incir_node *n))
{
    search s = {test, false};
    incir_each_node(g->main, look, &s);
    return s.found;
}

static bool is_marker(const incir_node *n)
{
    return strcmp(n->domain, INCIR_QUANT_DOMAIN) == 0;
}

static bool is_per_axis(const incir_node *n)
{
    return is_marker(n) && n->quant && n->quant->per_axis;
}

bool incq_is_quantized(const incir_graph *g)
{
    return any_node(g, is_marker);
}

static bool is_quantization(const incir_node *n)
{
    return is_marker(n) && !incir_is_same_node(n);
}

bool incq_has_integers_in(const incir_graph *g)
{
    return any_node(g, is_quantization);
}

uint32_t incq_opset(const incir_graph *g, incq_form form)
{
    return form == INCQ_QDQ && any_node(g, is_per_axis) ? 13 : 10;
}

incir_node *incq_made_by(const incir_value *v, incir_opcode code)
{
    return v && v->kind == INCIR_RESULT && incir_is(v->producer, code) ? v->producer : NULL;
}

bool incq_is_absorbed(const incq_rewriter *r, const incir_node *n)
{
    /* a recurrent layer may leave its first output out */
    return n->n_outputs && n->outputs[0] && r->absorbed_by[n->outputs[0]->id];
}

bool incq_read_once(const incq_rewriter *r, const incir_value *v)
{
    return v->kind == INCIR_RESULT && incir_only_reader(&r->uses, v);
}

/* ---- values ---- */

incq_integers *incq_integers_of(incq_rewriter *r, const incir_value *old)
{
    return old && old->id < r->n_ids && r->integers[old->id].q ? &r->integers[old->id] : NULL;
}

void incq_set_real(incq_rewriter *r, const incir_value *old, incir_value *v)
{
    incir_set_instead(&r->walk.instead, old, v);
}

void incq_set_integers(incq_rewriter *r, const incir_value *old, incir_value *q,
                       const incir_quant *quant, const char *name)
{
    r->integers[old->id] = (incq_integers){
        q, incq_scale(r, quant, name), incq_zero_point(r, quant, name), quant, NULL, name};
}

incir_value *incq_emit_like(incq_rewriter *r, const incir_node *like, const char *domain,
                            const char *op_type, incir_value *const *inputs, size_t n_inputs,
                            incdtype dtype)
{
    incir_node *n = incir_node_new(r->g, op_type);
    incir_set_domain(n, domain);
    n->call = like->call;
    n->attrs = strcmp(like->domain, INCIR_QUANT_DOMAIN) == 0 ? NULL : like->attrs;
    for (size_t i = 0; i < n_inputs; i++)
        incir_in(r->g, n, inputs[i]);
    return incir_append(r->g, n, dtype, like->outputs[0]->rank, like->outputs[0]->dims);
}

static incir_value *emit_quantization(incq_rewriter *r, const char *op_type, incir_value *x,
                                      incir_value *scale, incir_value *zero_point,
                                      const incir_quant *q, incdtype dtype)
{
    incir_node *n = incir_node_new(r->g, op_type);
    incir_in(r->g, n, x);
    incir_in(r->g, n, scale);
    incir_in(r->g, n, zero_point);
    if (q && q->per_axis)
        incir_attr_int(r->g, n, "axis", (int64_t)q->axis);
    return incir_append(r->g, n, dtype, x->rank, x->dims);
}

incir_value *incq_quantize_only(incq_rewriter *r, incir_value *x, const incir_quant *q)
{
    return emit_quantization(r, "QuantizeLinear", x, incq_scale(r, q, NULL),
                             incq_zero_point(r, q, NULL), q, q->dtype);
}

incir_value *incq_quantize(incq_rewriter *r, incir_value *x, const incir_quant *q)
{
    return incq_limit(r, incq_quantize_only(r, x, q), q, q->quant_min, q->quant_max);
}

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
    incir_value *x = incq_real(r, n->inputs[0]);
    if (n->quant->dtype == INCDT_I32)
        incq_set_real(r, n->outputs[0], rounded(r, x, n->quant));
    else
        incq_set_integers(r, n->outputs[0], incq_quantize(r, x, n->quant), n->quant, NULL);
}

incir_value *incq_dequantize(incq_rewriter *r, const incq_integers *i)
{
    return emit_quantization(r, "DequantizeLinear", i->q, i->scale, i->zero_point, i->quant,
                             INCDT_F32);
}

/* DequantizeLinear takes scales along an axis from opset 13 on: before, a weight that no kernel of
 * integers reads is written as the reals it stands for. */
static incir_value *without_dequantize(incq_rewriter *r, incir_value *old)
{
    if (!incir_is_weight_node(old->producer))
        inc_raise(r->cx, INC_E_UNSUPPORTED,
                  "values quantized per channel need opset 13, asked for %u", r->g->opset);
    if (incir_instead_of(&r->walk.instead, old) == old) {
        const inctensor *t = inctensor_dequantize(r->cx, incir_weight_of(old->producer));
        const incir_value *integers = old->producer->inputs[0];
        incq_set_real(r, old,
                      incir_constant(r->g, inctensor_cast(r->cx, t, INCDT_F32),
                                     integers->is_parameter ? integers->name : NULL));
    }
    return incir_instead_of(&r->walk.instead, old);
}

incir_value *incq_real(incq_rewriter *r, incir_value *old)
{
    if (!old || old->id >= r->n_ids)
        return old;
    incq_integers *i = incq_integers_of(r, old);
    if (!i)
        return incir_instead_of(&r->walk.instead, old);
    if (i->quant && i->quant->per_axis && r->g->opset < 13)
        return without_dequantize(r, old);
    if (r->options->form == INCQ_QDQ) /* each reader has its own, so that groups stand alone */
        return incq_dequantize(r, i);
    if (!i->real)
        i->real = incq_dequantize(r, i);
    return i->real;
}

/* ---- nodes ---- */

void incq_keep(incq_rewriter *r, incir_node *n)
{
    if (r->options->form != INCQ_FP32)
        incq_spread_bias(r, n);
    incir_keep(&r->walk, n);
}

/* Reals instead of integers: the model as it was before it was quantized. */
static void node_fp32(incq_rewriter *r, incir_node *n)
{
    if (incir_is_weight_node(n) && r->uses.n[n->outputs[0]->id] == 0) {
        return;
    } else if (incir_is_weight_node(n)) {
        incir_value *integers = n->inputs[0];
        inctensor *t = inctensor_dequantize(r->cx, incir_weight_of(n));
        incir_value *v = incir_constant(r->g, inctensor_cast(r->cx, t, INCDT_F32), NULL);
        v->name = integers->name;
        v->is_parameter = integers->is_parameter;
        v->call = integers->call;
        incq_set_real(r, n->outputs[0], v);
    } else if (is_marker(n)) {
        incq_set_real(r, n->outputs[0], incq_real(r, n->inputs[0]));
    } else {
        incq_keep(r, n);
    }
}

static void rewrite_node(incir_rebuild *walk, incir_node *n)
{
    static void (*const node_to[])(incq_rewriter * r, incir_node * n) = {
        [INCQ_FP32] = node_fp32, [INCQ_QDQ] = incq_node_qdq, [INCQ_QLINEAR] = incq_node_qlinear};
    incq_rewriter *r = walk->data;
    const incir_block *block = r->g->block;
    const incir_node *before = block->last;
    node_to[r->options->form](r, n);
    incq_plan_note(r, n, before ? before->next : block->first);
}

static incir_value *read_real(incir_rebuild *walk, incir_value *old)
{
    return incq_real(walk->data, old);
}

const incq_plan *incq_apply(inccx *cx, incir_graph *g, const incq_options *options)
{
    incq_settle_weights(g);
    if (options->form != INCQ_FP32 && options->activations != INCQ_AS_SOURCE)
        incq_convert_activations(g, options->activations == INCQ_AS_INT8 ? INCDT_I8 : INCDT_U8);
    if (options->form != INCQ_FP32)
        incq_spread_grids(g);
    uint32_t n = g->n_values + 1;
    incq_rewriter r = {.cx = cx, .g = g, .options = options, .n_ids = n};
    r.walk = (incir_rebuild){.g = g,
                             .instead = incir_replacements_new(g),
                             .visit = rewrite_node,
                             .read = read_real,
                             .data = &r};
    r.integers = INC_NEW_N(cx, incq_integers, n);
    r.absorbed_by = INC_NEW_N(cx, incir_node *, n);
    r.biases = INC_NEW_N(cx, incq_bias, n);
    r.constants = incmap_new(cx);
    r.plan = INC_NEW(cx, incq_plan);
    r.uses = incir_uses_new(g);
    if (options->form != INCQ_FP32)
        incq_plan_begin(&r);
    if (options->form == INCQ_QLINEAR)
        incq_plan_qlinear(&r, g->main);
    else if (options->form == INCQ_QDQ)
        incq_plan_qdq(&r, g->main);
    incir_rebuild_graph(&r.walk);
    incq_plan_end(&r);
    return r.plan;
}
