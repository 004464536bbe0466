/* One walk over the FP32 graph, in which every node gets what the checkpoint says of it. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "frontend/checkpoint/internal.h"
#include "ir/quant.h"

typedef struct attacher {
    inccx *cx;
    incckpt *c;
    incir_graph *g;
    uint32_t n_ids;
    incir_value **instead;        /* by id: what to read now */
    incir_value **on_integers;    /* by id: the value once quantized for an operator */
    const incir_quant **quantize; /* by id: what the value is quantized to where it is made */
    bool *ends;                   /* by id: nothing behind it runs on its integers */
    uint32_t *n_readers;
    incir_node **reader;
    uint32_t call; /* the one whose nodes are being visited */
    const incir_quant *input_of_call;
    incmap *taken; /* prefix -> how many of its numbers were used */
    INC_VEC(const char *) misfits;
} attacher;

/* ---- looking ---- */

static bool is_op(const incir_node *n, const char *op_type)
{
    return n && n->domain[0] == '\0' && strcmp(n->op_type, op_type) == 0;
}

static bool is_call(const incir_node *n, const char *const *names, size_t n_names)
{
    for (size_t i = 0; n->source_op && i < n_names; i++) {
        size_t length = strlen(names[i]);
        const char *name = n->source_op;
        if (strncmp(name, "aten::", 6) == 0 && strncmp(name + 6, names[i], length) == 0 &&
            (!name[6 + length] || strcmp(name + 6 + length, "_") == 0))
            return true;
    }
    return false;
}

/* The node that alone reads v, when it is that operator. */
static incir_node *only_reader(const attacher *a, const incir_value *v, const char *op_type)
{
    incir_node *n = a->n_readers[v->id] == 1 ? a->reader[v->id] : NULL;
    return is_op(n, op_type) ? n : NULL;
}

static const char *module_of(const incir_node *n)
{
    return n->module ? n->module : "";
}

static incckpt_module *entry_of(const attacher *a, const char *module)
{
    return incmap_get_str(a->c->modules, module);
}

static void misfit(attacher *a, const char *text)
{
    INC_PUSH(a->cx, &a->misfits, text);
}

/* ---- grids ---- */

/* The next number of a prefix in a table, or NULL; it counts as used. */
static incckpt_grid *take(attacher *a, incmap *table, const char *module)
{
    const char *flat = incckpt_flat(a->cx, module);
    const char *counter = inc_printf(a->cx, "%c%s", table == a->c->inputs ? 'i' : 'f', flat);
    uintptr_t next = (uintptr_t)incmap_get_str(a->taken, counter);
    incckpt_grid *g = incmap_get_str(table, inc_printf(a->cx, "%s#%u", flat, (unsigned)next));
    if (!g)
        return NULL;
    g->used = true;
    incmap_set_str(a->cx, a->taken, counter, (void *)(next + 1));
    return g;
}

static const incir_quant *quant_of(attacher *a, const incckpt_grid *g)
{
    if (!g->has_scale || !g->has_zero_point)
        inc_raise(a->cx, INC_E_FORMAT, "%s comes without its scale or zero point", g->key);
    return incir_quant_new(a->g, INCDT_U8, g->scale, g->zero_point);
}

/* The input of a quantized operator on integers: it is already, or the checkpoint says how. */
static incir_value *quantized_input(attacher *a, incir_value *x, const char *module)
{
    if (incir_quant_of(x))
        return x;
    if (x->id < a->n_ids && a->on_integers[x->id])
        return a->on_integers[x->id];
    const incckpt_grid *g = take(a, a->c->inputs, module);
    if (g) {
        incir_value *q = incir_quantized(a->g, x, quant_of(a, g));
        if (x->id < a->n_ids)
            a->on_integers[x->id] = q;
        return q;
    }
    misfit(a, inc_printf(a->cx, "%s takes a value that nothing quantizes",
                         module[0] ? module : "a function of the model"));
    return x;
}

/* An input that is quantized when the model runs, to 7 bits: once for all that read it. */
static incir_value *dynamic_input(attacher *a, incir_value *x)
{
    enum { LARGEST = 127 };
    if (x->id >= a->n_ids)
        return incir_quantized_in_range(a->g, x, INCDT_U8, 0, LARGEST, false);
    if (!a->on_integers[x->id])
        a->on_integers[x->id] = incir_quantized_in_range(a->g, x, INCDT_U8, 0, LARGEST, false);
    return a->on_integers[x->id];
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
    bool turn = is_op(n, "MatMul") || (is_op(n, "Gemm") && incir_attr_int_or(n, "transB", 0) == 0);
    if (!same_sizes(w, n->inputs[i], turn) || (turn && w->rank != INC_COUNT(swapped))) {
        misfit(a, inc_printf(a->cx, "the weight of %s has another shape than in the model (%s)",
                             m->name, incir_type_text(a->g, n->inputs[i])));
        return;
    }
    const char *name = inc_printf(a->cx, "%s.weight", module_of(n));
    if (turn)
        w = inctensor_permute(a->cx, w, swapped);
    m->used = true;
    if (w->q) {
        n->inputs[i] = incir_quantized_weight(a->g, w, name);
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

/* ---- what follows an operator and belongs to it ---- */

/* Batch normalisation that went into the weights: its node reads through from now on. */
static incir_value *skip_batch_norm(attacher *a, incir_value *y)
{
    incir_node *bn = only_reader(a, y, "BatchNormalization");
    if (!bn || incmap_has_str(a->c->modules, module_of(bn)))
        return y;
    bn->mark = 1;
    return bn->outputs[0];
}

/* y, or what the relu behind it makes of it: FX fuses the two. */
static incir_value *through_relu(attacher *a, incir_value *y, incir_node **relu)
{
    *relu = only_reader(a, y, "Relu");
    if (!*relu)
        return y;
    (*relu)->is_int8 = true;
    return (*relu)->outputs[0];
}

/* ---- operators ---- */

static void quantize_product(attacher *a, incir_node *n, incckpt_module *m)
{
    incir_value *y = n->outputs[0];
    bool is_quantized = m->weight->q != NULL;
    set_weight(a, n, 1, m);
    if (is_op(n, "MatMul")) {
        incir_node *add = only_reader(a, y, "Add");
        if (add && add->call == n->call) {
            add->is_int8 = is_quantized;
            y = add->outputs[0];
            incir_value *bias = bias_for(a, n, n->outputs[0]->rank - 1, m);
            if (bias)
                add->inputs[add->inputs[0] == n->outputs[0]] = bias;
        }
    } else {
        set_bias(a, n, 2, m);
    }
    y = skip_batch_norm(a, y);
    if (!is_quantized)
        return;
    n->is_int8 = true;
    if (a->c->is_dynamic) {
        /* PyTorch's engines for x86, on which Neural Compressor runs, leave the eighth bit free */
        n->inputs[0] = dynamic_input(a, n->inputs[0]);
        return;
    }
    n->inputs[0] = quantized_input(a, n->inputs[0], module_of(n));
    incir_node *relu;
    if (!m->is_alone)
        y = through_relu(a, y, &relu);
    m->output.used = true;
    a->ends[y->id] = m->is_alone;
    a->quantize[y->id] = quant_of(a, &m->output);
}

static bool is_product(const incir_node *n)
{
    return is_op(n, "Conv") || is_op(n, "ConvTranspose") || is_op(n, "Gemm") || is_op(n, "MatMul");
}

/* Modules without a quantized weight that have a grid of their own: activations, normalisations. */
static bool is_last_of_call(const incir_node *n)
{
    return !n->next || n->next->call != n->call;
}

static void quantize_activation(attacher *a, incir_node *n, incckpt_module *m)
{
    n->inputs[0] = quantized_input(a, n->inputs[0], module_of(n));
    m->used = m->output.used = true;
    n->is_int8 = true;
    a->quantize[n->outputs[0]->id] = quant_of(a, &m->output);
}

/* Functions whose result FX gives a grid of its own. */
static bool is_function(const incir_node *n)
{
    static const char *const names[] = {"add",        "mul",           "hardswish",  "elu",
                                        "layer_norm", "instance_norm", "group_norm", "leaky_relu"};
    return is_last_of_call(n) && is_call(n, names, INC_COUNT(names)) && n->n_inputs > 0;
}

static void quantize_function(attacher *a, incir_node *n)
{
    bool two = (is_op(n, "Add") || is_op(n, "Mul")) && n->n_inputs == 2;
    for (size_t i = 0; two && i < 2; i++)
        if (n->inputs[i]->kind == INCIR_CONSTANT)
            return;
    incir_node *relu;
    incir_value *y = n->outputs[0], *last = through_relu(a, y, &relu);
    const char *where = module_of(n);
    incckpt_grid *g = relu ? take(a, a->c->functions, module_of(relu)) : NULL;
    if (g)
        where = module_of(relu);
    else
        g = take(a, a->c->functions, where);
    if (!g) {
        if (relu)
            relu->is_int8 = false;
        return;
    }
    n->is_int8 = true;
    for (size_t i = 0; i < (two ? 2u : 1u); i++)
        n->inputs[i] = quantized_input(a, n->inputs[i], where);
    a->quantize[last->id] = quant_of(a, g);
}

/* Functions and modules that hand the grid of their input on. */
static bool hands_on(const incir_node *n)
{
    static const char *const names[] = {"relu",
                                        "max_pool1d",
                                        "max_pool2d",
                                        "max_pool3d",
                                        "avg_pool1d",
                                        "avg_pool2d",
                                        "avg_pool3d",
                                        "adaptive_avg_pool1d",
                                        "adaptive_avg_pool2d",
                                        "adaptive_avg_pool3d",
                                        "flatten",
                                        "reshape",
                                        "view",
                                        "permute",
                                        "transpose",
                                        "squeeze",
                                        "unsqueeze",
                                        "hardtanh",
                                        "relu6",
                                        "clamp",
                                        "mean",
                                        "slice",
                                        "select",
                                        "chunk",
                                        "split",
                                        "cat",
                                        "contiguous",
                                        "upsample_nearest2d",
                                        "upsample_bilinear2d",
                                        "pixel_shuffle"};
    return is_last_of_call(n) && is_call(n, names, INC_COUNT(names)) && n->n_inputs > 0;
}

static void hand_on(attacher *a, incir_node *n)
{
    const incir_quant *q = n->inputs[0] ? incir_quant_of(n->inputs[0]) : NULL;
    if (!q || q->per_axis || n->inputs[0]->mark || !incir_is_quantized_node(n->inputs[0]->producer))
        return;
    for (size_t i = 1; is_op(n, "Concat") && i < n->n_inputs; i++)
        if (!incir_quant_of(n->inputs[i]))
            return; /* torch.cat puts all on the grid of the first, but they have to have one */
    n->is_int8 = true;
    for (size_t i = 0; i < n->n_outputs; i++)
        if (n->outputs[i] && incdtype_is_float(n->outputs[i]->dtype) &&
            !a->quantize[n->outputs[i]->id])
            a->quantize[n->outputs[i]->id] = q;
}

/* Functions whose result always has the same grid: they know their range. */
static bool has_fixed_range(const incir_node *n)
{
    static const char *const names[] = {"sigmoid", "hardsigmoid", "tanh"};
    return is_last_of_call(n) && is_call(n, names, INC_COUNT(names)) && n->n_inputs > 0;
}

static void quantize_fixed(attacher *a, incir_node *n)
{
    const incir_quant *q = a->input_of_call;
    if (!q || q->per_axis)
        return;
    bool is_tanh = strcmp(n->source_op, "aten::tanh") == 0;
    int64_t middle = q->quant_min + (q->quant_max - q->quant_min + 1) / 2;
    n->is_int8 = true;
    a->quantize[n->outputs[0]->id] = incir_quant_new(
        a->g, q->dtype, is_tanh ? 2.0 / 256 : 1.0 / 256, is_tanh ? middle : q->quant_min);
}

/* Weights of what stayed float: training (QAT) changed them too. */
static void take_plain(attacher *a, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++) {
        incir_value *v = n->inputs[i];
        if (!v || v->kind != INCIR_CONSTANT || !v->is_parameter || !v->name)
            continue;
        const inctensor *t = incmap_get_str(a->c->plain, v->name);
        if (t && t->dtype == v->dtype && inctensor_has_data(t) && same_sizes(t, v, false))
            v->constant = t;
    }
}

/* Why an operator that could be on integers is not. */
static void note_float(attacher *a, incir_node *n, const incckpt_module *m,
                       const incckpt_module *kept)
{
    if (n->is_int8 || !n->model_call || n->model_call->stays_float)
        return;
    if (is_product(n))
        n->model_call->stays_float = kept || (m && m->weight)
                                         ? "the checkpoint has its weight in float32"
                                         : "the checkpoint has no quantized weight for it";
    else if (is_function(n) && !a->quantize[n->outputs[0]->id])
        n->model_call->stays_float = a->c->is_dynamic
                                         ? "only products are quantized dynamically"
                                         : "the checkpoint has no scale for its result";
}

static void visit(attacher *a, incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && n->inputs[i]->id < a->n_ids && a->instead[n->inputs[i]->id])
            n->inputs[i] = a->instead[n->inputs[i]->id];
    if (n->mark) {
        a->instead[n->outputs[0]->id] = n->inputs[0];
        return;
    }
    if (n->call != a->call) { /* the first node of a call reads what the call was given */
        a->call = n->call;
        a->input_of_call = n->n_inputs && n->inputs[0] ? incir_quant_of(n->inputs[0]) : NULL;
    }
    incckpt_module *m = entry_of(a, module_of(n));
    incckpt_module *kept = entry_of(a, inc_printf(a->cx, "%s.0", module_of(n)));
    take_plain(a, n);
    if (is_product(n) && m && m->weight && m->weight->q)
        quantize_product(a, n, m);
    else if (is_product(n) && kept && kept->weight && !kept->weight->q && !m)
        quantize_product(a, n, kept);
    else if (is_op(n, "Gather") && m && m->weight && m->weight->q)
        set_weight(a, n, 0, m);
    else if (m && m->output.has_scale && !(m->weight && m->weight->q) && is_last_of_call(n) &&
             !a->c->is_dynamic && n->n_inputs)
        quantize_activation(a, n, m);
    else if (is_function(n) && !a->quantize[n->outputs[0]->id])
        quantize_function(a, n);
    else if (has_fixed_range(n))
        quantize_fixed(a, n);
    else if (hands_on(n))
        hand_on(a, n);
    note_float(a, n, m, kept);
    incir_append_again(a->g, n);
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

/* ---- the walk ---- */

static void count_readers(attacher *a)
{
    incir_block *b = a->g->main;
    for (incir_node *n = b->first; n; n = n->next) {
        n->mark = 0;
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i]) {
                a->n_readers[n->inputs[i]->id]++;
                a->reader[n->inputs[i]->id] = n;
            }
    }
    for (size_t i = 0; i < b->n_outputs; i++)
        a->n_readers[b->outputs[i]->id] += 2;
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

static void report(attacher *a)
{
    for (const incmap_entry *e = incmap_first(a->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->weight && m->weight->q && !m->used)
            misfit(a, inc_printf(a->cx, "the model has no quantizable module %s", m->name));
    }
    incmap *tables[2] = {a->c->inputs, a->c->functions};
    for (size_t i = 0; i < 2; i++)
        for (const incmap_entry *e = incmap_first(tables[i]); e; e = incmap_next(e)) {
            const incckpt_grid *g = incmap_value(e);
            if (!g->used)
                misfit(a, inc_printf(a->cx, "nothing in the model has the scale %s", g->key));
        }
    if (a->misfits.n == 0)
        return;
    enum { MOST_SHOWN = 10 };
    incstr s = {0};
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
    uint32_t n = g->n_values + 1;
    attacher a = {.cx = cx, .c = checkpoint, .g = g, .n_ids = n};
    a.instead = INC_NEW_N(cx, incir_value *, n);
    a.on_integers = INC_NEW_N(cx, incir_value *, n);
    a.quantize = INC_NEW_N(cx, const incir_quant *, n);
    a.ends = INC_NEW_N(cx, bool, n);
    a.n_readers = INC_NEW_N(cx, uint32_t, n);
    a.reader = INC_NEW_N(cx, incir_node *, n);
    a.taken = incmap_new(cx);
    count_readers(&a);
    incir_block *b = g->main;
    incir_node *node = b->first, *next;
    b->first = b->last = NULL;
    g->block = b;
    for (; node; node = next) {
        next = node->next; /* still there for is_last_of_call() */
        visit(&a, node);
        quantize_results(&a, node);
    }
    if (b->last)
        b->last->next = NULL; /* nodes left out may have stood behind it */
    rewrite_outputs(&a);
    report(&a);
}
