/* One walk over the FP32 graph, in which every call gets what the plan says of it: integers for
 * inputs and weights, a grid for its result. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "checkpoint/internal.h"

typedef struct attacher {
    inccx *cx;
    incckpt *c;
    incir_graph *g;
    incckpt_plan *p;
    uint32_t n_ids;
    incir_value **instead;        /* by id: what to read now */
    incir_value **on_integers;    /* by id: the value as quantized operators read it */
    incir_value **dynamic;        /* by id: the same for those that find a grid themselves */
    const incir_quant **quantize; /* by id: what the value is quantized to where it is made */
    bool *ends;                   /* by id: nothing behind it runs on its integers */
    const incckpt_step *step;     /* the one whose nodes are being visited */
    incmap *layers;               /* names of parameters -> what is read instead */
    incir_value *added_bias;      /* to be added to the product being visited */
    INC_VEC(const char *) misfits;
} attacher;

static bool is_op(const incir_node *n, incir_opcode code)
{
    return n && incir_is(n, code);
}

static const char *module_of(const incir_node *n)
{
    return n->module ? n->module : "";
}

static void misfit(attacher *a, const char *text)
{
    for (size_t i = 0; i < a->misfits.n; i++)
        if (strcmp(a->misfits.items[i], text) == 0)
            return;
    INC_PUSH(a->cx, &a->misfits, text);
}

/* ---- grids ---- */

static const incir_quant *quant_of(attacher *a, incckpt_grid *g)
{
    if (!g->has_scale || !g->has_zero_point)
        inc_raise(a->cx, INC_E_FORMAT, "%s comes without its scale or zero point", g->key);
    g->used = true;
    return incir_quant_new(a->g, INCDT_U8, g->scale, g->zero_point);
}

/* Where a module was quantized by itself, it quantizes what it gets. */
static incckpt_grid *input_alone(attacher *a, const incckpt_step *s)
{
    if (!s->module || !s->module->is_alone)
        return NULL;
    const char *key = inc_printf(a->cx, "%s#0", incckpt_flat(a->cx, s->reader));
    return incmap_get_str(a->c->inputs, key);
}

/* ": the result of act (aten::elu)" */
static const char *origin(const attacher *a, const incir_value *v)
{
    if (v->kind == INCIR_INPUT)
        return inc_printf(a->cx, ": the input %s", v->name ? v->name : "of the model");
    if (v->kind != INCIR_RESULT || !v->producer->source_op)
        return "";
    const char *module = module_of(v->producer);
    return inc_printf(a->cx, ": the result of %s%s%s%s", module, module[0] ? " (" : "",
                      v->producer->source_op, module[0] ? ")" : "");
}

/* v, which is what old became, as the step reads it. */
static incir_value *on_integers(attacher *a, const incckpt_step *s, incir_value *old,
                                incir_value *v)
{
    incckpt_grid *alone = input_alone(a, s), *number = a->p->number[old->id];
    if (alone)
        return incir_quantized(a->g, v, quant_of(a, alone));
    if (incir_quant_of(v) && !v->mark)
        return v;
    if (!a->on_integers[old->id] && number)
        a->on_integers[old->id] = incir_quantized(a->g, v, quant_of(a, number));
    if (a->on_integers[old->id])
        return a->on_integers[old->id];
    if (incir_quant_of(v))
        return v;
    misfit(a, inc_printf(a->cx, "%s takes a value that nothing quantizes%s",
                         s->reader[0] ? s->reader : "a function of the model", origin(a, old)));
    return v;
}

/* An input that is quantized when the model runs, to 7 bits: once for all that read it. PyTorch's
 * engines for x86, on which Neural Compressor runs, leave the eighth bit free. */
static incir_value *dynamic_input(attacher *a, const incir_value *old, incir_value *v)
{
    enum { LARGEST = 127 };
    if (!a->on_integers[old->id])
        a->on_integers[old->id] =
            incir_quantized_in_range(a->g, v, INCDT_U8, 0, LARGEST, false, INCIR_LEAST_SCALE);
    return a->on_integers[old->id];
}

/* ---- weights ---- */

static bool same_sizes(const inctensor *t, const incir_value *v, bool swapped)
{
    if (t->rank != v->rank)
        return false;
    for (size_t i = 0; i < t->rank; i++)
        if (!incsym_is(v->dims[swapped ? t->rank - 1 - i : i], t->sizes[i]))
            return false;
    return true;
}

/* The checkpoint's weight in the place of node input i. */
static void set_weight(attacher *a, incir_node *n, size_t i, incckpt_module *m)
{
    static const size_t swapped[2] = {1, 0};
    const inctensor *w = m->weight;
    bool turn = is_op(n, INCIR_OP_MATMUL) ||
                (is_op(n, INCIR_OP_GEMM) && incir_attr_int_or(n, "transB", 0) == 0);
    m->used = true;
    if (!same_sizes(w, n->inputs[i], turn) || (turn && w->rank != INC_COUNT(swapped))) {
        misfit(a, inc_printf(a->cx, "the weight of %s has another shape than in the model (%s)",
                             m->name, incir_type_text(a->g, n->inputs[i])));
        return;
    }
    const char *name = inc_printf(a->cx, "%s.weight", module_of(n));
    if (turn)
        w = inctensor_permute(a->cx, w, swapped);
    if (w->q) {
        n->inputs[i] = incir_quantized_weight(a->g, w, name);
        return;
    }
    if (w->dtype != n->inputs[i]->dtype) {
        misfit(a, inc_printf(a->cx, "the weight of %s is of another type than in the model (%s)",
                             m->name, incir_type_text(a->g, n->inputs[i])));
        return;
    }
    incir_value *folded = incir_constant(a->g, w, NULL);
    folded->name = name; /* as the model's own weight, which nothing reads any more */
    folded->is_parameter = true;
    n->inputs[i] = folded;
}

/* The checkpoint's bias for what n computes, one number for each index of axis of its result; NULL
 * when there is none. */
static incir_value *bias_for(attacher *a, const incir_node *n, size_t axis, const incckpt_module *m)
{
    const incir_value *y = n->outputs[0];
    if (!m->bias || m->bias->q)
        return NULL;
    if (m->bias->rank != 1 || m->bias->dtype != INCDT_F32 || axis >= y->rank ||
        !incsym_is(y->dims[axis], m->bias->sizes[0])) {
        misfit(a, inc_printf(a->cx, "the bias of %s does not fit the model's %s", m->name,
                             incir_type_text(a->g, y)));
        return NULL;
    }
    incir_value *bias = incir_constant(a->g, m->bias, NULL);
    bias->name = inc_printf(a->cx, "%s.bias", module_of(n));
    bias->is_parameter = true;
    return bias;
}

static void set_bias(attacher *a, incir_node *n, size_t i, const incckpt_module *m)
{
    incir_value *bias = bias_for(a, n, 1, m);
    if (!bias)
        return;
    while (n->n_inputs < i)
        incir_in(a->g, n, NULL);
    if (n->n_inputs == i)
        incir_in(a->g, n, bias);
    else
        n->inputs[i] = bias;
}

/* The bias of a MatMul is added by a node behind it, which is made where the model has none. */
static void set_added_bias(attacher *a, const incckpt_step *s, incckpt_module *m)
{
    incir_node *product = s->product, *add = a->p->reader[product->outputs[0]->id];
    incir_value *bias = bias_for(a, product, product->outputs[0]->rank - 1, m);
    if (!bias)
        return;
    if (add && is_op(add, INCIR_OP_ADD) && add->call == product->call)
        add->inputs[add->inputs[0] == product->outputs[0]] = bias;
    else
        a->added_bias = bias;
}

static void add_bias(attacher *a, const incir_node *product)
{
    incir_node *n = incir_node_new(a->g, "Add");
    n->module = product->module;
    n->scope = product->scope;
    n->source = product->source;
    n->source_op = product->source_op;
    n->call = product->call;
    n->is_int8 = product->is_int8;
    incir_in(a->g, n, product->outputs[0]);
    incir_in(a->g, n, a->added_bias);
    a->added_bias = NULL;
    a->instead[product->outputs[0]->id] = incir_emit(a->g, n);
}

/* A batch norm that was trained with the product before it. */
static void set_norm(attacher *a, incir_node *n, const char *name)
{
    static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};
    for (size_t i = 0; i < INC_COUNT(parts) && i + 1 < n->n_inputs; i++) {
        const char *key = inc_printf(a->cx, "%s.%s", name, parts[i]);
        const inctensor *t = incmap_get_str(a->c->plain, key);
        if (!t)
            continue;
        if (!inctensor_has_data(t) || t->dtype != n->inputs[i + 1]->dtype ||
            !same_sizes(t, n->inputs[i + 1], false)) {
            misfit(a, inc_printf(a->cx, "%s does not fit the model's batch norm", key));
            return;
        }
        n->inputs[i + 1] = incir_constant(a->g, t, key);
    }
}

static void set_weights(attacher *a, const incckpt_step *s)
{
    set_weight(a, s->product, 1, s->module);
    if (is_op(s->product, INCIR_OP_MATMUL))
        set_added_bias(a, s, s->module);
    else
        set_bias(a, s->product, 2, s->module);
}

/* Weights of what stayed float: training (QAT) changed them too. */
static void take_plain(attacher *a, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *v = n->inputs[i];
        if (!v || v->kind != INCIR_CONSTANT || !v->is_parameter || !v->name)
            continue;
        const inctensor *t = incmap_get_str(a->c->plain, v->name);
        if (!t || !inctensor_has_data(t))
            continue;
        if (t->dtype == v->dtype && same_sizes(t, v, false))
            v->constant = t;
        else
            misfit(a, inc_printf(a->cx, "%s has another shape than in the model (%s)", v->name,
                                 incir_type_text(a->g, v)));
    }
}

/* What a parameter of a recurrent layer becomes; NULL: it stays. */
static incir_value *layer_parameter(attacher *a, const incir_value *v)
{
    incir_value *known = incmap_get_str(a->layers, v->name);
    const char *number = strstr(v->name, "_l");
    const char *backwards =
        inc_printf(a->cx, "%.*s_l0_reverse", (int)(number ? number - v->name : 0), v->name);
    const inctensor *t;
    if (known)
        return known;
    incckpt_layer *l =
        incckpt_layer_of(a->cx, a->c, v->name, incmap_has_str(a->p->parameters, backwards), &t);
    if (!l)
        return NULL;
    l->used = true;
    if (!same_sizes(t, v, false)) {
        misfit(a, inc_printf(a->cx, "%s of %s has another shape than in the model (%s)", v->name,
                             l->name, incir_type_text(a->g, v)));
        return NULL;
    }
    known = t->q ? incir_quantized_weight(a->g, t, v->name)
                 : incir_constant(a->g, inctensor_cast(a->cx, t, v->dtype), NULL);
    incmap_set_str(a->cx, a->layers, v->name, known);
    return known;
}

/* The quantized weights that v is made of by moving them about, each once. */
typedef struct weight_search {
    incir_value *found[2]; /* of both directions */
    size_t n, n_visited;
} weight_search;

static void find_weights(weight_search *w, incir_value *v)
{
    enum { MOST_NODES = 64 }; /* of a layer are at most 2 + 2 * 5 */
    if (++w->n_visited > MOST_NODES || v->kind != INCIR_RESULT)
        return;
    if (!incir_is_weight_node(v->producer)) {
        for (size_t i = 0; i < v->producer->n_inputs && w->n_visited <= MOST_NODES; i++)
            if (v->producer->inputs[i])
                find_weights(w, v->producer->inputs[i]);
        return;
    }
    for (size_t i = 0; i < w->n && i < INC_COUNT(w->found); i++)
        if (w->found[i] == v)
            return;
    if (w->n < INC_COUNT(w->found))
        w->found[w->n] = v;
    w->n++;
}

/* The weights of a recurrent layer as ONNX wants them, moved when they are written: the graph moved
 * them while they were float. */
static void set_layer_weights(attacher *a, incir_node *n)
{
    static const struct {
        incir_opcode code;
        size_t n_gates, order[4]; /* PyTorch's gates in ONNX's order */
    } kinds[] = {
        {INCIR_OP_LSTM, 4, {0, 3, 1, 2}}, {INCIR_OP_GRU, 3, {1, 0, 2}}, {INCIR_OP_RNN, 1, {0}}};
    for (size_t k = 0; k < INC_COUNT(kinds); k++) {
        for (size_t i = 1; is_op(n, kinds[k].code) && i <= 2; i++) {
            weight_search w = {0};
            find_weights(&w, n->inputs[i]);
            if (w.n == 0 || w.n > INC_COUNT(w.found) || (w.n > 1 && a->g->opset < 13))
                continue;
            for (size_t d = 0; d < w.n && kinds[k].n_gates > 1; d++)
                w.found[d] =
                    incir_weight_reordered(a->g, w.found[d], kinds[k].order, kinds[k].n_gates);
            incir_value *stacked =
                w.found[0] && w.found[w.n - 1] ? incir_weights_stacked(a->g, w.found, w.n) : NULL;
            if (stacked)
                n->inputs[i] = stacked;
        }
    }
}

/* ---- calls ---- */

static void put_on(attacher *a, const incir_value *v, const incir_quant *q)
{
    a->quantize[v->id] = q;
}

static void share_grid(attacher *a, const incckpt_step *s, const incir_quant *q)
{
    for (size_t i = 0; i < s->last->n_outputs; i++)
        if (s->last->outputs[i] && incdtype_is_float(s->last->outputs[i]->dtype))
            put_on(a, s->last->outputs[i], q);
}

/* Functions that know their range have the same grid always. */
static const incir_quant *fixed_grid(attacher *a, const incckpt_step *s, const incir_quant *q)
{
    bool is_tanh = incstr_starts(s->first->source_op, "aten::tanh");
    int64_t middle = q->quant_min + (q->quant_max - q->quant_min + 1) / 2;
    return incir_quant_new(a->g, q->dtype, is_tanh ? 2.0 / 256 : 1.0 / 256,
                           is_tanh ? middle : q->quant_min);
}

/* The number is added in whole steps. */
static const incir_quant *moved_grid(attacher *a, const incckpt_step *s, const incir_quant *q)
{
    incir_value **b = &s->first->inputs[s->first->inputs[0] == s->data];
    double by = inctensor_f64(a->cx, (*b)->constant), before = by;
    const incir_quant *moved = incir_quant_moved(a->g, q, &by, is_op(s->first, INCIR_OP_MUL));
    if (by != before)
        *b = incir_const_float(a->g, (*b)->dtype, by);
    return moved;
}

/* The grid of what a call gives, from that of what it was given. */
static void pass_grid_on(attacher *a, const incckpt_step *s, const incir_quant *q)
{
    if (!q || q->per_axis)
        return;
    if (s->grid) /* its result was rounded once more: it ran on reals */
        for (size_t i = 0; i < s->last->n_outputs; i++)
            a->p->number[s->last->outputs[i]->id] = s->grid;
    else if (s->kind == INCCKPT_SHARED)
        share_grid(a, s, q);
    else if (s->kind == INCCKPT_FIXED)
        put_on(a, s->result, fixed_grid(a, s, q));
    else if (s->kind == INCCKPT_SCALAR)
        put_on(a, s->result, moved_grid(a, s, q));
}

/* What is known of a step before its first node is visited. */
static void enter_step(attacher *a, const incckpt_step *s)
{
    incckpt_module *m = s->module;
    if (s->is_absorbed)
        return;
    if (m)
        m->used = true;
    if (m && (s->kind == INCCKPT_PRODUCT || s->kind == INCCKPT_KEPT))
        set_weights(a, s);
    if (m && ((s->kind == INCCKPT_PRODUCT && !m->is_dynamic) || s->kind == INCCKPT_OWN)) {
        put_on(a, s->result, quant_of(a, &m->output));
        a->ends[s->result->id] = m->is_alone;
    }
    if (s->kind == INCCKPT_FUNCTION && s->grid)
        put_on(a, s->result, quant_of(a, s->grid));
}

static bool runs_on_integers(const incckpt_step *s)
{
    return s->kind != INCCKPT_FLOAT && s->kind != INCCKPT_KEPT && !s->is_float &&
           !(s->kind != INCCKPT_FUNCTION && !s->module && s->grid);
}

/* ---- the walk ---- */

static void replace_in_blocks(attacher *a, incir_node *n)
{
    for (const incir_attr *attr = n->attrs; attr; attr = attr->next) {
        if (attr->kind != INCIR_ATTR_BLOCK)
            continue;
        for (incir_node *k = attr->u.block->first; k; k = k->next) {
            for (size_t i = 0; i < k->n_inputs; i++)
                if (k->inputs[i] && k->inputs[i]->id < a->n_ids && a->instead[k->inputs[i]->id])
                    k->inputs[i] = a->instead[k->inputs[i]->id];
            replace_in_blocks(a, k);
        }
    }
}

static void read_inputs(attacher *a, const incckpt_step *s, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *old = n->inputs[i], *v;
        if (!old || old->id >= a->n_ids)
            continue;
        if (old->kind == INCIR_CONSTANT && old->is_parameter && old->name &&
            (v = layer_parameter(a, old)) != NULL) {
            n->inputs[i] = v;
            continue;
        }
        v = old;
        if (a->instead[old->id])
            v = a->instead[old->id];
        if (!s->is_absorbed && incckpt_takes_integers(a->p, s, old)) {
            v = s->module && s->module->is_dynamic ? dynamic_input(a, old, v)
                                                   : on_integers(a, s, old, v);
            if (!s->module && s->kind != INCCKPT_FUNCTION && old == s->data)
                pass_grid_on(a, s, incir_quant_of(v));
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

static void emit_again(attacher *a, const incir_node *n)
{
    incir_value **outputs = INC_NEW_N(a->cx, incir_value *, n->n_outputs);
    incir_emit_n(a->g, inc_copy(a->cx, n, sizeof *n), n->n_outputs, outputs);
    for (size_t i = 0; i < n->n_outputs; i++)
        if (n->outputs[i])
            a->instead[n->outputs[i]->id] = outputs[i];
}

/* Why an operator that could be on integers is not. */
static void note_float(const attacher *a, const incckpt_step *s, const incir_node *n)
{
    bool is_function = s->kind == INCCKPT_FUNCTION || s->kind == INCCKPT_FIXED;
    if (n->is_int8 || !n->model_call || n->model_call->stays_float || s->is_absorbed)
        return;
    if (n == s->product)
        n->model_call->stays_float = s->kind == INCCKPT_KEPT
                                         ? "the checkpoint has its weight in float32"
                                         : "the checkpoint has no quantized weight for it";
    else if (is_function && n == s->last)
        n->model_call->stays_float = a->c->is_dynamic
                                         ? "only products are quantized dynamically"
                                         : "the checkpoint has no scale for its result";
}

static void visit(attacher *a, incir_node *n)
{
    const incckpt_step *s = incckpt_step_of(a->p, n);
    incckpt_module *m = incckpt_module_of(a->cx, a->c, module_of(n));
    bool is_folded = s->is_absorbed && is_op(n, INCIR_OP_BATCH_NORMALIZATION) && !s->norm;
    if (!is_folded)
        take_plain(a, n);
    if (s != a->step)
        enter_step(a, s);
    a->step = s;
    read_inputs(a, s, n);
    replace_in_blocks(a, n);
    set_layer_weights(a, n);
    if (s->norm)
        set_norm(a, n, s->norm);
    if (incir_is_same_node(n) || is_folded) {
        a->instead[n->outputs[0]->id] = n->inputs[0];
        return;
    }
    if (is_op(n, INCIR_OP_GATHER) && m && m->weight && m->weight->q)
        set_weight(a, n, 0, m);
    if (s->is_absorbed)
        n->is_int8 = is_op(n, INCIR_OP_RELU) && runs_on_integers(s->absorbed_by);
    else
        n->is_int8 = runs_on_integers(s);
    note_float(a, s, n);
    if (reads_constants_only(n)) {
        emit_again(a, n);
        return;
    }
    incir_append_again(a->g, n);
    if (n == s->product && a->added_bias)
        add_bias(a, n);
}

static void quantize_results(attacher *a, incir_node *n)
{
    for (size_t i = 0; i < n->n_outputs; i++) {
        incir_value *v = n->outputs[i];
        const incir_quant *q = v && v->id < a->n_ids ? a->quantize[v->id] : NULL;
        if (!q)
            continue;
        incir_value *on_grid = incir_quantized(a->g, a->instead[v->id] ? a->instead[v->id] : v, q);
        on_grid->mark = a->ends[v->id];
        a->instead[v->id] = on_grid;
    }
}

static void rewrite_outputs(attacher *a)
{
    incir_block *b = a->g->main;
    for (size_t i = 0; i < b->n_outputs; i++) {
        incir_value *old = b->outputs[i], *v = a->instead[old->id];
        if (!v)
            continue;
        v->name = old->name;
        old->name = NULL;
        b->outputs[i] = v;
    }
}

/* ---- what is left over ---- */

/* Whether another scale that was used is the same: then rounding to this one changes nothing, and
 * where PyTorch did it need not be known. */
static bool is_used_elsewhere(const attacher *a, const incckpt_grid *g)
{
    const incmap *tables[2] = {a->c->inputs, a->c->functions};
    for (size_t i = 0; i < 2; i++)
        for (const incmap_entry *e = incmap_first(tables[i]); e; e = incmap_next(e)) {
            const incckpt_grid *other = incmap_value(e);
            if (other->used && other->scale == g->scale && other->zero_point == g->zero_point)
                return true;
        }
    for (const incmap_entry *e = incmap_first(a->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->used && m->output.has_scale && m->output.scale == g->scale &&
            m->output.zero_point == g->zero_point)
            return true;
    }
    return false;
}

static void report_modules(attacher *a)
{
    for (const incmap_entry *e = incmap_first(a->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->used)
            continue;
        if (m->weight && m->weight->q)
            misfit(a, inc_printf(a->cx, "the model has no quantizable module %s", m->name));
        else if (m->output.has_scale && !m->output.is_noted && !a->c->is_dynamic &&
                 !is_used_elsewhere(a, &m->output))
            misfit(a, inc_printf(a->cx, "nothing in the model has the scale %s", m->output.key));
    }
}

static void report_layers(attacher *a)
{
    for (const incmap_entry *e = incmap_first(a->c->layers); e; e = incmap_next(e)) {
        const incckpt_layer *l = incmap_value(e);
        if (!l->used)
            misfit(a, inc_printf(a->cx, "the model has no recurrent layer for %s", l->name));
    }
}

static void report_numbers(attacher *a)
{
    incmap *tables[2] = {a->c->inputs, a->c->functions};
    for (size_t i = 0; i < 2; i++)
        for (const incmap_entry *e = incmap_first(tables[i]); e; e = incmap_next(e)) {
            const incckpt_grid *g = incmap_value(e);
            if (!g->used && !is_used_elsewhere(a, g))
                misfit(a, inc_printf(a->cx, "nothing in the model has the scale %s", g->key));
        }
}

static void report(attacher *a)
{
    enum { MOST_SHOWN = 10 };
    incstr s = {0};
    report_modules(a);
    report_layers(a);
    report_numbers(a);
    if (a->misfits.n == 0)
        return;
    for (size_t i = 0; i < a->misfits.n && i < MOST_SHOWN; i++)
        incstr_addf(a->cx, &s, "%s%s", i ? "; " : "", a->misfits.items[i]);
    if (a->misfits.n > MOST_SHOWN)
        incstr_addf(a->cx, &s, "; and %zu more", a->misfits.n - MOST_SHOWN);
    inc_raise_hint(a->cx, INC_E_ARGUMENT,
                   "pass the FP32 model that the checkpoint was made from, saved before it was "
                   "quantized",
                   "the checkpoint does not fit the model: %s", incstr_text(&s));
}

void incckpt_attach(inccx *cx, incckpt *checkpoint, incir_graph *g)
{
    attacher a = {.cx = cx, .c = checkpoint, .g = g};
    a.p = incckpt_plan_make(cx, checkpoint, g);
    uint32_t n = a.n_ids = a.p->n_ids;
    a.layers = incmap_new(cx);
    a.instead = INC_NEW_N(cx, incir_value *, n);
    a.on_integers = INC_NEW_N(cx, incir_value *, n);
    a.dynamic = INC_NEW_N(cx, incir_value *, n);
    a.quantize = INC_NEW_N(cx, const incir_quant *, n);
    a.ends = INC_NEW_N(cx, bool, n);
    g->keep_parameters = false; /* what is computed from them now has the checkpoint's */
    incir_block *b = g->main;
    incir_node *node = b->first, *next;
    b->first = b->last = NULL;
    g->block = b;
    for (; node; node = next) {
        next = node->next;
        visit(&a, node);
        quantize_results(&a, node);
    }
    if (b->last)
        b->last->next = NULL; /* nodes left out may have stood behind it */
    rewrite_outputs(&a);
    report(&a);
}
