/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out the plan: one walk over the FP32 graph in which every call gets the checkpoint's
 * weights, quantized inputs where it ran on integers, and the qparams of its result. Comes in: the
 * graph of a front end and a checkpoint that was read; goes out: the same graph with the facts of
 * ir/quant.h on it, or INC_E_ARGUMENT saying what does not fit. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/attach.h"

/* ---- qparams ---- */

static const incir_quant *quant_of(incckpt_attacher *a, incckpt_qparams *q)
{
    static const char hint[] = "pass the checkpoint as the quantization saved it";
    if (!q->has_scale || !q->has_zero_point)
        inc_raise_hint(a->cx, INC_E_FORMAT, hint, "%s comes without its scale or zero point",
                       q->key);
    if (q->zero_point < 0 || q->zero_point > 255)
        inc_raise_hint(a->cx, INC_E_FORMAT, hint,
                       "%s: the zero point %lld does not lie from 0 to 255", q->key,
                       (long long)q->zero_point);
    q->used = true;
    return incir_quant_new(a->g, INCDT_U8, q->scale, q->zero_point);
}

/* Where a module was quantized by itself, it quantizes what it gets. */
static incckpt_qparams *input_alone(incckpt_attacher *a, const incckpt_step *s)
{
    if (!s->module || !s->module->is_alone)
        return NULL;
    const char *key = inc_printf(a->cx, "%s#0", incckpt_flat(a->cx, s->reader));
    return incmap_get_str(a->c->inputs, key);
}

/* ": the result of act (aten::elu)" */
static const char *origin(const incckpt_attacher *a, const incir_value *v)
{
    if (v->kind == INCIR_INPUT)
        return inc_printf(a->cx, ": the input %s", v->name ? v->name : "of the model");
    if (v->kind != INCIR_RESULT || !v->producer->call->op)
        return "";
    const char *module = incckpt_module_name(v->producer);
    return inc_printf(a->cx, ": the result of %s%s%s%s", module, module[0] ? " (" : "",
                      v->producer->call->op, module[0] ? ")" : "");
}

/* v, which is what old became, as the step reads it. */
static incir_value *on_integers(incckpt_attacher *a, const incckpt_step *s, incir_value *old,
                                incir_value *v)
{
    incckpt_qparams *alone = input_alone(a, s), *own = a->p->qparams[old->id];
    if (alone)
        return incir_quantized(a->g, v, quant_of(a, alone));
    const incckpt_step *maker = incckpt_maker_of(a->p, old);
    bool is_float = v->mark || (maker && maker->is_border);
    if (incir_quant_of(v) && !is_float)
        return v;
    if (!a->on_integers[old->id] && own)
        a->on_integers[old->id] = incir_quantized(a->g, v, quant_of(a, own));
    if (a->on_integers[old->id])
        return a->on_integers[old->id];
    if (incir_quant_of(v))
        return v;
    incckpt_misfit(a, inc_printf(a->cx, "%s takes a value that nothing quantizes%s",
                                 s->reader[0] ? s->reader : "a function of the model",
                                 origin(a, old)));
    return v;
}

/* An input that is quantized when the model runs, to 7 bits: once for all that read it. PyTorch's
 * engines for x86, on which Neural Compressor runs, leave the eighth bit free. */
static incir_value *dynamic_input(incckpt_attacher *a, const incir_value *old, incir_value *v)
{
    enum { LARGEST = 127 };
    if (!a->on_integers[old->id])
        a->on_integers[old->id] =
            incir_quantized_in_range(a->g, v, INCDT_U8, 0, LARGEST, false, INCIR_LEAST_SCALE);
    return a->on_integers[old->id];
}

/* ---- calls ---- */

static void set_quant(incckpt_attacher *a, const incir_value *v, const incir_quant *q)
{
    a->quantize[v->id] = q;
}

static void share_qparams(incckpt_attacher *a, const incckpt_step *s, const incir_quant *q)
{
    for (size_t i = 0; i < s->last->n_outputs; i++)
        if (s->last->outputs[i] && incdtype_is_float(s->last->outputs[i]->dtype))
            set_quant(a, s->last->outputs[i], q);
}

/* A function of fixed range always has the same qparams. */
static const incir_quant *fixed_qparams(incckpt_attacher *a, const incckpt_step *s,
                                        const incir_quant *q)
{
    bool is_tanh = incckpt_is_op(s->first, INCIR_OP_TANH);
    int64_t middle = q->quant_min + (q->quant_max - q->quant_min + 1) / 2;
    return incir_quant_new(a->g, q->dtype, is_tanh ? 2.0 / 256 : 1.0 / 256,
                           is_tanh ? middle : q->quant_min);
}

/* The number is added as a whole multiple of the scale. */
static const incir_quant *shifted_qparams(incckpt_attacher *a, const incckpt_step *s,
                                          const incir_quant *q)
{
    incir_value **b = &s->first->inputs[s->first->inputs[0] == s->data];
    double by = inctensor_f64(a->cx, (*b)->constant), before = by;
    const incir_quant *moved =
        incir_quant_moved(a->g, q, &by, incckpt_is_op(s->first, INCIR_OP_MUL));
    if (by != before)
        *b = incir_const_float(a->g, (*b)->dtype, by);
    return moved;
}

/* The qparams of what a call gives, from those of what it was given. */
static void propagate_qparams(incckpt_attacher *a, const incckpt_step *s, const incir_quant *q)
{
    if (!q || q->per_axis)
        return;
    if (s->qparams) /* its result was rounded once more: it ran in float */
        for (size_t i = 0; i < s->last->n_outputs; i++)
            a->p->qparams[s->last->outputs[i]->id] = s->qparams;
    else if (s->kind == INCCKPT_SHARED)
        share_qparams(a, s, q);
    else if (s->kind == INCCKPT_FIXED)
        set_quant(a, s->result, fixed_qparams(a, s, q));
    else if (s->kind == INCCKPT_SCALAR)
        set_quant(a, s->result, shifted_qparams(a, s, q));
}

/* What is known of a step before its first node is visited. */
static void enter_step(incckpt_attacher *a, const incckpt_step *s)
{
    incckpt_module *m = s->module;
    if (s->is_absorbed)
        return;
    if (m)
        m->used = true;
    if (s->packed || (m && (s->kind == INCCKPT_PRODUCT || s->kind == INCCKPT_KEPT)))
        incckpt_set_weights(a, s);
    if (m && ((s->kind == INCCKPT_PRODUCT && !m->is_dynamic) || s->kind == INCCKPT_OWN)) {
        set_quant(a, s->result, quant_of(a, &m->output));
        a->ends[s->result->id] = m->is_alone;
    }
    if (s->kind == INCCKPT_FUNCTION && s->qparams)
        set_quant(a, s->result, quant_of(a, s->qparams));
}

static bool runs_on_integers(const incckpt_step *s)
{
    return s->kind != INCCKPT_FLOAT && s->kind != INCCKPT_KEPT && !s->is_float &&
           !(s->kind != INCCKPT_FUNCTION && !s->module && s->qparams);
}

/* ---- the walk ---- */

static void read_inputs(incckpt_attacher *a, const incckpt_step *s, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *old = n->inputs[i], *v;
        if (!old || old->id >= a->n_ids)
            continue;
        if (old->kind == INCIR_CONSTANT && old->is_parameter && old->name &&
            (v = incckpt_layer_parameter(a, old)) != NULL) {
            n->inputs[i] = v;
            continue;
        }
        v = incir_instead_of(&a->walk.instead, old);
        if (!s->is_absorbed && incckpt_takes_integers(a->p, s, old)) {
            v = s->module && s->module->is_dynamic ? dynamic_input(a, old, v)
                                                   : on_integers(a, s, old, v);
            if (!s->module && s->kind != INCCKPT_FUNCTION && old == s->data)
                propagate_qparams(a, s, incir_quant_of(v));
        }
        n->inputs[i] = v;
    }
}

/* What the model computes from its parameters alone was kept until these were the checkpoint's. */
static bool reads_constants_only(const incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && !incir_is_constant(n->inputs[i]))
            return false;
    return n->n_inputs > 0 && !n->domain[0];
}

static void emit_again(incckpt_attacher *a, const incir_node *n)
{
    incir_value **outputs = INC_NEW_N(a->cx, incir_value *, n->n_outputs);
    incir_emit_n(a->g, inc_copy(a->cx, n, sizeof *n), n->n_outputs, outputs);
    for (size_t i = 0; i < n->n_outputs; i++)
        if (n->outputs[i])
            incir_set_instead(&a->walk.instead, n->outputs[i], outputs[i]);
}

/* Why an operator that could be on integers is not. */
static void note_float(const incckpt_attacher *a, const incckpt_step *s, const incir_node *n)
{
    bool is_function = s->kind == INCCKPT_FUNCTION || s->kind == INCCKPT_FIXED;
    if (n->call->is_int8 || !n->call->op || n->call->stays_float || s->is_absorbed)
        return;
    if (n == s->product)
        n->call->stays_float = s->kind == INCCKPT_KEPT
                                   ? "the checkpoint has its weight in float32"
                                   : "the checkpoint has no quantized weight for it";
    else if (is_function && n == s->last)
        n->call->stays_float = a->c->is_dynamic ? "only products are quantized dynamically"
                                                : "the checkpoint has no scale for its result";
}

static void attach_node(incckpt_attacher *a, incir_node *n)
{
    const incckpt_step *s = incckpt_step_of(a->p, n);
    incckpt_module *m = incckpt_module_of(a->c, incckpt_module_name(n));
    bool is_folded = s->is_absorbed && incckpt_is_op(n, INCIR_OP_BATCH_NORMALIZATION) && !s->norm;
    if (!is_folded)
        incckpt_take_plain(a, n);
    if (s != a->step)
        enter_step(a, s);
    a->step = s;
    read_inputs(a, s, n);
    incir_rebuild_inside(&a->walk, n);
    bool has_layer_weights = incckpt_set_layer_weights(a, n);
    if (s->norm)
        incckpt_set_norm(a, n, s->norm);
    if (incir_passes_on(n) || is_folded) {
        incir_set_instead(&a->walk.instead, n->outputs[0], n->inputs[0]);
        return;
    }
    if (incckpt_is_op(n, INCIR_OP_GATHER) && m && m->weight && m->weight->q)
        incckpt_set_weight(a, n, 0, m);
    if (n->call->op)
        n->call->is_int8 = s->is_absorbed
                               ? incckpt_is_op(n, INCIR_OP_RELU) && runs_on_integers(s->absorbed_by)
                               : runs_on_integers(s) || has_layer_weights || n->call->is_int8;
    note_float(a, s, n);
    if (reads_constants_only(n)) {
        emit_again(a, n);
        return;
    }
    incir_append_again(a->g, n);
    if (n == s->product && a->added_bias)
        incckpt_add_bias(a, n);
}

static void quantize_results(incckpt_attacher *a, incir_node *n)
{
    for (size_t i = 0; i < n->n_outputs; i++) {
        incir_value *v = n->outputs[i];
        const incir_quant *q = v && v->id < a->n_ids ? a->quantize[v->id] : NULL;
        if (!q)
            continue;
        incir_value *quantized = incir_quantized(a->g, incir_instead_of(&a->walk.instead, v), q);
        quantized->mark = a->ends[v->id];
        incir_set_instead(&a->walk.instead, v, quantized);
    }
}

/* Blocks inside nodes only read what became of the values around them. */
static void visit(incir_rebuild *walk, incir_node *n)
{
    if (walk->g->block != walk->g->main) {
        incir_keep(walk, n);
        return;
    }
    attach_node(walk->data, n);
    quantize_results(walk->data, n);
}

static incckpt_plan *make_plan(inccx *cx, incckpt *c, incir_graph *g)
{
    incckpt_plan *p = incckpt_plan_new(cx, c, g);
    incckpt_classify(p);
    if (c->is_eager && !c->is_dynamic)
        incckpt_assign_methods(p);
    incckpt_match_operators(p);
    return p;
}

void incckpt_attach(inccx *cx, incckpt *checkpoint, incir_graph *g)
{
    incckpt_attacher a = {.cx = cx, .c = checkpoint, .g = g, .p = make_plan(cx, checkpoint, g)};
    uint32_t n = a.n_ids = a.p->n_ids;
    a.layers = incmap_new(cx);
    a.walk = (incir_rebuild){
        .g = g, .instead = incir_replacements_new(g->cx, g), .visit = visit, .data = &a};
    a.on_integers = INC_NEW_N(cx, incir_value *, n);
    a.quantize = INC_NEW_N(cx, const incir_quant *, n);
    a.ends = INC_NEW_N(cx, bool, n);
    g->keep_calls = false; /* what is computed from parameters has the checkpoint's from here on */
    incir_rebuild_graph(&a.walk);
    incckpt_report_misfits(&a);
}
