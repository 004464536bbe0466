/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: one line for every operator of the model that is quantized or could be, with what it
 * became and, where it computes in float32, why. It is begun on the graph as the front end left it,
 * is given every node while the graph is rewritten, and ended when all is known. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "quant/plan.h"

/* ---- which operators ---- */

static bool is_recurrent(const incir_node *n)
{
    return n->op->work == INCIR_WORK_RECURRENT;
}

static bool is_relu(const incir_node *n)
{
    return n->op->work == INCIR_WORK_LIMITS;
}

/* Of two operands that both depend on data, or of one. */
static bool is_other_kernel(const incir_node *n)
{
    switch (n->op->kernel) {
    case INCIR_KERNEL_BINARY:
        return n->inputs[0]->kind != INCIR_CONSTANT && n->inputs[1]->kind != INCIR_CONSTANT;
    case INCIR_KERNEL_UNARY:
    case INCIR_KERNEL_VARIADIC:
    case INCIR_KERNEL_ORDERS:
        return true;
    default:
        return incir_is(n, INCIR_OP_SOFTMAX);
    }
}

static bool is_weight(const incir_value *v)
{
    return v && v->kind == INCIR_RESULT && incir_is_weight_node(v->producer);
}

/* A value that is quantized, or will be when the model runs. */
static bool is_activation_on_integers(const incir_value *v)
{
    return v && v->kind == INCIR_RESULT && incq_is_marker(v->producer) && !is_weight(v);
}

/* Bytes with a float scale and zero point a row, of an embedding. */
static bool is_table(const incir_node *weight)
{
    return weight && weight->quant->zero_points_f;
}

static incq_step *step_of(const incir_node *n)
{
    return n->call->plan;
}

static incq_step *step_for(incq_rewriter *r, const incir_node *n)
{
    incq_step *s = step_of(n);
    if (s)
        return s;
    s = INC_NEW(r->cx, incq_step);
    s->call = n->call;
    s->work = INC_NEW(r->cx, incq_work);
    n->call->plan = s;
    if (r->plan->n == r->cap_steps)
        r->plan->items = incvec_grow(r->cx, r->plan->items, sizeof *r->plan->items, r->plan->n,
                                     &r->cap_steps, 1);
    r->plan->items[r->plan->n++] = s;
    return s;
}

static bool gives_floats(const incir_node *n)
{
    for (size_t i = 0; i < n->n_outputs; i++)
        if (n->outputs[i] && incdtype_is_float(n->outputs[i]->dtype))
            return true;
    return false;
}

static void look_at(incq_rewriter *r, const incir_node *n)
{
    incq_work *w = step_for(r, n)->work;
    for (size_t i = 0; i < n->n_inputs; i++) {
        w->reads_integers |= is_activation_on_integers(n->inputs[i]);
        w->reads_weights |= is_weight(n->inputs[i]);
    }
    w->last = n;
    if (incq_is_product(n) || is_recurrent(n)) {
        if (w->n_products++ == 0)
            w->main = n;
    } else if (is_other_kernel(n)) {
        if (w->n_kernels++ == 0 && w->n_products == 0)
            w->main = n;
    } else if (!incq_only_moves(r->g, n) && !is_relu(n)) {
        w->n_others++;
    }
    if (!w->main || (w->n_products + w->n_kernels == 0 && !is_relu(n)))
        w->main = n;
}

static void look_at_any(void *data, incir_node *n)
{
    incq_rewriter *r = data;
    if (incir_is_quantized_node(n)) {
        const incir_value *x = n->inputs[0];
        incq_step *s = x->kind == INCIR_RESULT ? step_of(x->producer) : NULL;
        if (s)
            s->work->out = n->quant;
    } else if (n->call->op && !incq_is_marker(n) && gives_floats(n)) {
        look_at(r, n);
    }
}

static bool belongs_in(const incq_work *w)
{
    return w->n_products > 0 || w->reads_integers || w->reads_weights ||
           (w->n_kernels == 1 && w->n_others == 0);
}

/* ---- why ---- */

static const incir_node *only_reader(const incq_rewriter *r, const incir_value *v)
{
    return v ? incir_only_reader(&r->uses, v) : NULL;
}

/* What the value is rounded to, a relu that goes with it or not; NULL, and why, when to nothing. */
static const incir_quant *rounded_to(const incq_rewriter *r, const incir_value *v,
                                     const incir_quant *own, const char **why)
{
    const incir_node *reader = only_reader(r, v);
    *why = own ? "its result is read as float32 too" : "its result is not quantized";
    if (reader && is_relu(reader) && incir_is_int8(reader) && !incq_is_marker(reader))
        reader = only_reader(r, reader->outputs[0]);
    return reader && incir_is_quantized_node(reader) ? reader->quant : NULL;
}

static const char *of_inputs(const incir_node *n)
{
    size_t n_data = incq_is_product(n) ? 2 : n->n_inputs;
    for (size_t i = 0; i < n_data && i < n->n_inputs; i++) {
        const incir_value *v = n->inputs[i];
        if (!v || !incdtype_is_float(v->dtype) || is_weight(v) || is_activation_on_integers(v))
            continue;
        if (!incir_is_constant(v))
            return "its input is float32";
        if (incq_is_product(n))
            return v->is_parameter ? "its weight is float32"
                                   : "it is computed with a matrix of float32";
    }
    return NULL;
}

/* What ONNX Runtime and its like compute on integers between DequantizeLinear and QuantizeLinear
 * though no QLinear operator of ours does it. */
static bool runs_between(const incir_node *n)
{
    return n->op->kernel == INCIR_KERNEL_QDQ || incir_is(n, INCIR_OP_RESIZE);
}

static const char *reason_for(incq_rewriter *r, const incq_step *s)
{
    const incq_work *w = s->work;
    const incir_node *n = w->main;
    const char *why;
    if (s->call->stays_float)
        return s->call->stays_float;
    if (is_recurrent(n) && w->reads_weights)
        return inc_printf(r->cx, "there is no %s on integers in ONNX", n->op_type);
    if (is_table(w->weight))
        return "a table's rows are dequantized when they are looked up";
    if (!incir_is_int8(n) && !incq_only_moves(r->g, n))
        return "the source computes it in float32";
    if ((why = of_inputs(n)) != NULL)
        return why;
    if (w->n_products > 1)
        return "it consists of several products";
    const incir_quant *out = rounded_to(r, w->last->outputs[0], w->out, &why);
    bool is_matmul = incir_is(n, INCIR_OP_MATMUL) || incir_is(n, INCIR_OP_GEMM);
    const incir_quant *weight;
    if (is_matmul && r->options->form == INCQ_QDQ && incq_takes_bias(r, n, &weight) && !weight)
        return NULL; /* the same, its bias added behind it */
    if (is_matmul && !(out && incq_is_per_tensor(n->inputs[0]) && w->last == n))
        return NULL; /* a product of integers, its result dequantized */
    const incir_node *reader = only_reader(r, w->last->outputs[0]);
    if (reader && incir_is_quantized_node(reader) && incq_limits_on(r, reader).from)
        return NULL;
    if (!out)
        return why;
    if (w->n_others > 0 && w->last != n)
        return inc_printf(r->cx, "there is no %s on integers", w->last->op_type);
    if (w->n_products == 0 && w->n_kernels > 1 && w->last != n)
        return "it consists of several operators";
    if (w->n_products > 0 && w->n_kernels > 0 && w->last != n)
        return "it adds to its product before it rounds, which no operator on integers does";
    if (incq_is_exact_pool(r, n, out))
        return "its halves are rounded to even, which no pool on integers does";
    if (incq_is_cut_resize(r, n, out))
        return "a resize of integers cuts off what it should round";
    if (incq_is_inexact_softmax(n, out))
        return "softmax on integers would take its scale for another";
    if (r->options->form == INCQ_QDQ && runs_between(n))
        return NULL;
    return incq_obstacle(r, n, out);
}

/* ---- words ---- */

static const char *qparams_text(incq_rewriter *r, const incir_quant *q)
{
    bool whole = q->dtype == INCDT_U8   ? q->quant_min <= 0 && q->quant_max >= 255
                 : q->dtype == INCDT_I8 ? q->quant_min <= -128 && q->quant_max >= 127
                                        : true;
    const char *range = whole ? ""
                              : inc_printf(r->cx, " %lld to %lld", (long long)q->quant_min,
                                           (long long)q->quant_max);
    return inc_printf(r->cx, "%s%s%s", incdtype_name(q->dtype), range,
                      q->per_axis ? " per channel" : "");
}

static const char *type_text(incq_rewriter *r, const incir_value *v)
{
    if (v->kind != INCIR_RESULT || !incq_is_marker(v->producer))
        return incdtype_name(v->dtype);
    const incir_node *n = v->producer;
    if (!incir_is_dynamic_node(n))
        return qparams_text(r, n->quant);
    incir_quant q = {.dtype = (incdtype)incir_attr_int_or(n, "dtype", INCDT_U8),
                     .quant_min = incir_attr_int_or(n, "quant_min", 0),
                     .quant_max = incir_attr_int_or(n, "quant_max", 255)};
    return inc_printf(r->cx, "%s dynamic", qparams_text(r, &q));
}

static void describe(incq_rewriter *r, incq_step *s)
{
    const incir_node *n = s->work->main;
    if (n->n_inputs > 0 && is_activation_on_integers(n->inputs[0]))
        s->work->x = n->inputs[0]->producer;
    for (size_t i = 0; i < n->n_inputs && i < 2; i++)
        if (is_weight(n->inputs[i]))
            s->work->weight = n->inputs[i]->producer;
    const char *unused;
    incstr inputs = {0};
    for (size_t i = 0; i < n->n_inputs; i++) {
        const incir_value *v = n->inputs[i];
        if (!v || !incdtype_is_float(v->dtype))
            continue;
        bool constant = v->kind == INCIR_CONSTANT || is_weight(v);
        if (constant && i < 2 && !s->weight &&
            (is_weight(v) || incq_is_product(n) || is_recurrent(n)))
            s->weight = type_text(r, v);
        const char *text = type_text(r, v);
        if (!constant && !strstr(incstr_text(&inputs), text))
            incstr_addf(r->cx, &inputs, "%s%s", inputs.n ? ", " : "", text);
    }
    s->input = inputs.n ? incstr_text(&inputs) : NULL;
    const incir_value *y = s->work->last->outputs[0];
    const incir_quant *out = s->work->out;
    if (!out && y)
        out = rounded_to(r, y, NULL, &unused);
    s->output = out ? qparams_text(r, out) : incdtype_name(y ? y->dtype : INCDT_F32);
}

/* ---- the three steps of planning ---- */

/* A relu goes with the operator that it alone reads from: the two are one step. */
static incq_step *step_before(const incq_rewriter *r, const incq_step *s)
{
    const incir_node *n = s->work->main;
    if (!is_relu(n) || n->inputs[0]->kind != INCIR_RESULT ||
        !incir_only_reader(&r->uses, n->inputs[0]))
        return NULL;
    incq_step *before = step_of(n->inputs[0]->producer);
    if (before)
        before->work->out = s->work->out;
    return before;
}

void incq_plan_begin(incq_rewriter *r)
{
    incq_plan *plan = r->plan;
    size_t kept = 0;
    incir_each_node(r->g->main, look_at_any, r);
    for (size_t i = 0; i < plan->n; i++) {
        incq_step *s = plan->items[i];
        if (belongs_in(s->work))
            plan->items[kept++] = s;
        else
            s->call->plan = step_before(r, s);
    }
    for (size_t i = 0; i < kept; i++) {
        describe(r, plan->items[i]);
        plan->items[i]->work->why = reason_for(r, plan->items[i]);
    }
    plan->n = kept;
}

static bool is_plumbing(const incir_node *n)
{
    return n->op->work == INCIR_WORK_QUANTIZES || incir_is(n, INCIR_OP_CAST) ||
           incir_is(n, INCIR_OP_CLIP);
}

static bool is_byte(const incir_value *v)
{
    return v && (v->dtype == INCDT_U8 || v->dtype == INCDT_I8);
}

static bool is_clip(const incir_node *n)
{
    return incir_is(n, INCIR_OP_CLIP);
}

/* Operators of com.microsoft that we write all do; others where what they read first is bytes. */
static bool computes_on_integers(const incir_node *n)
{
    return n->domain[0] ||
           (n->n_inputs > 0 && is_byte(n->inputs[0]) && !incir_is(n, INCIR_OP_CAST) &&
            !incir_is(n, INCIR_OP_DEQUANTIZE_LINEAR));
}

static void add_operator(incq_rewriter *r, incq_work *w, const char *op_type)
{
    for (size_t i = 0; i < w->operators.n; i++)
        if (strcmp(w->operators.items[i], op_type) == 0)
            return;
    INC_PUSH(r->cx, &w->operators, op_type);
}

/* Whose work the nodes in the place of n do. */
static incq_step *owner_of(incq_rewriter *r, const incir_node *n)
{
    if (incir_is_dynamic_node(n)) {
        const incir_node *reader = r->uses.reader[n->outputs[0]->id];
        return reader ? step_of(reader) : NULL;
    }
    if (!incir_is_quantized_node(n))
        return step_of(n);
    return n->inputs[0]->kind == INCIR_RESULT ? step_of(n->inputs[0]->producer) : NULL;
}

void incq_plan_note(incq_rewriter *r, const incir_node *n, const incir_node *first)
{
    incq_step *s = r->plan->n > 0 && first ? owner_of(r, n) : NULL;
    if (!s)
        return;
    incq_work *w = s->work;
    for (const incir_node *m = first; m; m = m->next) {
        add_operator(r, w, m->op_type);
        if (m == w->main || (!s->node && !is_plumbing(m)))
            s->node = m;
        w->has_kernel |= computes_on_integers(m) && !(is_clip(m) && !is_relu(w->main));
    }
}

static const char *form_text(inccx *cx, const incq_work *w)
{
    incstr s = {0};
    for (size_t i = 0; i < w->operators.n; i++)
        incstr_addf(cx, &s, "%s%s", i ? " " : "", w->operators.items[i]);
    return incstr_text(&s);
}

static void conclude(incq_rewriter *r, incq_step *s)
{
    const incq_work *w = s->work;
    bool is_absorbed = incq_is_absorbed(r, w->last);
    s->form = w->operators.n == 0 && is_absorbed ? "another scale" : form_text(r->cx, w);
    bool is_pool = is_absorbed && w->out && incq_is_exact_pool(r, w->main, w->out);
    if (!is_table(w->weight) && !is_pool &&
        (w->has_kernel || is_absorbed || (r->options->form == INCQ_QDQ && !w->why)))
        s->arithmetic = INCQ_INT8;
    else if (w->reads_weights)
        s->arithmetic = INCQ_INT8_WEIGHTS;
    if (s->arithmetic != INCQ_INT8)
        s->reason = w->why ? w->why : "no operator on integers takes its place";
}

void incq_plan_end(incq_rewriter *r)
{
    const inc_where before = r->cx->where;
    for (size_t i = 0; i < r->plan->n; i++)
        conclude(r, r->plan->items[i]);
    r->cx->where = (inc_where){0};
    incq_warn_of_plan(r);
    r->cx->where = before;
}
