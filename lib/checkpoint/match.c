/* Which calls of the FP32 model ran on integers, and on which grids: what PyTorch's FX did, found
 * again from the names it gave.
 *
 * FX numbers the scales of a scope in the order of the values that it observed there: results of
 * quantized functions, and whatever else a quantized operator reads. Most of these numbers are gone
 * from the state_dict, because a module took them over or the operator hands the grid of its input
 * on; those left keep their number. So the values are counted here as FX counted them. A value of
 * the model's inputs, or of a module that was left in float, is named after its first reader
 * instead ("conv2_input_scale_0").
 *
 * Every operator that FX knows is first taken to run on integers. Where a number is missing that
 * this would need, the call ran on reals, and all is counted again. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/internal.h"

enum { MOST_ROUNDS = 64 };

typedef struct planner {
    incckpt_plan p;
    bool *on_grid;       /* by id */
    bool *is_read;       /* by id: some quantized operator reads it */
    bool *is_wanted;     /* by id: some quantized operator reads it, and it is on no grid */
    bool *is_unmet;      /* by id: and there is no number for it */
    const char **wanted; /* by id: what its first reader's scope is */
    incmap *counters;    /* "f" or "i" and a flat scope -> how many were counted */
    incmap *names;       /* of modules in the model -> in the checkpoint, where they differ */
    incmap *failed;      /* scopes in which a call was found to be float in this round */
    size_t stub;         /* eager mode: the next one */
    bool has_changed;
} planner;

/* ---- looking ---- */

static bool is_op(const incir_node *n, incir_opcode code)
{
    return n && incir_is(n, code);
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

static const char *module_of(const incir_node *n)
{
    return n->module ? n->module : "";
}

static incir_node *only_reader(const planner *a, const incir_value *v, incir_opcode code)
{
    incir_node *n = a->p.n_readers[v->id] == 1 ? a->p.reader[v->id] : NULL;
    return is_op(n, code) ? n : NULL;
}

incckpt_step *incckpt_step_of(const incckpt_plan *p, const incir_node *n)
{
    return n->mark ? &p->steps[n->mark - 1] : NULL;
}

static incckpt_step *maker_of(const planner *a, const incir_value *v)
{
    return v->kind == INCIR_RESULT && v->id < a->p.n_ids ? incckpt_step_of(&a->p, v->producer)
                                                         : NULL;
}

static bool is_number(const incir_value *v)
{
    return v && v->kind == INCIR_CONSTANT && v->rank == 0 && !v->is_parameter;
}

static bool is_tensor(const incir_value *v)
{
    return v && incdtype_is_float(v->dtype) && !is_number(v);
}

/* From another call, or from none. */
static bool is_from_outside(const planner *a, const incckpt_step *s, const incir_value *v)
{
    return maker_of(a, v) != s;
}

/* Functions of two tensors, and those of lists. */
static bool takes_all(const incckpt_step *s)
{
    static const char *const names[] = {"add", "mul", "matmul", "cat", "concat", "stack"};
    return is_call(s->first, names, INC_COUNT(names));
}

bool incckpt_takes_integers(const incckpt_plan *p, const incckpt_step *s, const incir_value *v)
{
    if (s->kind == INCCKPT_FLOAT || s->kind == INCCKPT_KEPT || s->is_float || !is_tensor(v))
        return false;
    if (!takes_all(s) || s->kind == INCCKPT_PRODUCT)
        return v == s->data;
    if (v->kind == INCIR_RESULT && v->id < p->n_ids && incckpt_step_of(p, v->producer) == s)
        return false;
    return s->kind != INCCKPT_SCALAR || v->kind != INCIR_CONSTANT;
}

/* ---- what a call is ---- */

static bool is_product(const incir_node *n)
{
    return n->op->work == INCIR_WORK_PRODUCT;
}

static const char *const functions[] = {"add",        "mul",        "matmul",
                                        "hardswish",  "elu",        "leaky_relu",
                                        "layer_norm", "group_norm", "instance_norm"};

static const char *const fixed[] = {"sigmoid", "hardsigmoid", "tanh"};

static const char *const shared[] = {"adaptive_avg_pool1d",
                                     "adaptive_avg_pool2d",
                                     "adaptive_avg_pool3d",
                                     "_adaptive_avg_pool2d",
                                     "_adaptive_avg_pool3d",
                                     "avg_pool1d",
                                     "avg_pool2d",
                                     "avg_pool3d",
                                     "cat",
                                     "channel_shuffle",
                                     "clamp",
                                     "concat",
                                     "contiguous",
                                     "detach",
                                     "dropout",
                                     "feature_dropout",
                                     "flatten",
                                     "hardtanh",
                                     "max_pool1d",
                                     "max_pool2d",
                                     "max_pool3d",
                                     "max_pool2d_with_indices",
                                     "max_pool3d_with_indices",
                                     "mean",
                                     "narrow",
                                     "permute",
                                     "pixel_shuffle",
                                     "pixel_unshuffle",
                                     "relu",
                                     "relu6",
                                     "repeat",
                                     "repeat_interleave",
                                     "reshape",
                                     "squeeze",
                                     "stack",
                                     "t",
                                     "transpose",
                                     "unsqueeze",
                                     "upsample_bicubic2d",
                                     "upsample_bilinear2d",
                                     "upsample_linear1d",
                                     "upsample_nearest1d",
                                     "upsample_nearest2d",
                                     "upsample_nearest3d",
                                     "view",
                                     "_unsafe_view"};

/* What FX leaves in float, but runs on integers where a model was quantized by hand. */
static const char *const moves[] = {"chunk",       "clone", "constant_pad_nd",  "expand",
                                    "flip",        "pad",   "index_select",     "select",
                                    "slice",       "split", "split_with_sizes", "unbind",
                                    "unflatten",   "alias", "reflection_pad1d", "reflection_pad2d",
                                    "unsafe_chunk"};

static bool reads_number(const incckpt_step *s)
{
    for (size_t i = 0; s->first == s->last && i < s->first->n_inputs; i++)
        if (is_number(s->first->inputs[i]))
            return true;
    return false;
}

static incckpt_kind kind_of_function(const planner *a, const incckpt_step *s)
{
    static const char *const binary[] = {"add", "mul"};
    if (is_call(s->first, binary, INC_COUNT(binary)) && reads_number(s))
        return is_op(s->first, INCIR_OP_ADD) || is_op(s->first, INCIR_OP_MUL) ? INCCKPT_SCALAR
                                                                              : INCCKPT_FLOAT;
    if (is_call(s->first, functions, INC_COUNT(functions)) && !a->p.c->is_eager)
        return INCCKPT_FUNCTION;
    if (is_call(s->first, fixed, INC_COUNT(fixed)))
        return INCCKPT_FIXED;
    if (is_call(s->first, shared, INC_COUNT(shared)) ||
        (a->p.c->is_eager && is_call(s->first, moves, INC_COUNT(moves))))
        return INCCKPT_SHARED;
    return INCCKPT_FLOAT;
}

/* What the call computes on: from other calls, and first among its arguments. */
static incir_value *data_of(const planner *a, const incckpt_step *s)
{
    if (s->product) {
        incir_value *v = s->product->inputs[0];
        while (v && !is_from_outside(a, s, v))
            v = v->producer->inputs[0];
        return v;
    }
    for (const incir_node *n = s->first;; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (is_tensor(n->inputs[i]) && is_from_outside(a, s, n->inputs[i]))
                return n->inputs[i];
        if (n == s->last)
            return NULL;
    }
}

/* "conv1" where a node reads "conv1.weight"; NULL where it reads no parameters. */
static const char *parameters_of(const planner *a, const incir_node *n)
{
    static const char *const endings[] = {".weight", ".running_mean", ".bias"};
    for (size_t k = 0; k < INC_COUNT(endings); k++)
        for (size_t i = 1; i < n->n_inputs; i++) {
            const incir_value *v = n->inputs[i];
            if (v && v->is_parameter && v->name && incstr_ends(v->name, endings[k]))
                return inc_strndup(a->p.cx, v->name, strlen(v->name) - strlen(endings[k]));
        }
    return NULL;
}

/* The module whose parameters a node reads, whatever way it was called; for one without parameters,
 * the module that it was called in. */
static const char *owner_of(const planner *a, const incir_node *n)
{
    const char *name = parameters_of(a, n);
    const char *other = name ? incmap_get_str(a->names, name) : NULL;
    return other ? other : name ? name : module_of(n);
}

/* A module that has two names may have one in the model's parameters and another in the checkpoint:
 * where it was called by that. */
static void find_names(planner *a)
{
    for (incir_node *n = a->p.g->main->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i] && n->inputs[i]->is_parameter && n->inputs[i]->name)
                incmap_set_str(a->p.cx, a->p.parameters, n->inputs[i]->name, n);
        const char *name = parameters_of(a, n);
        if (name && !incckpt_module_of(a->p.cx, a->p.c, name) &&
            incckpt_module_of(a->p.cx, a->p.c, module_of(n)))
            incmap_set_str(a->p.cx, a->names, name, (void *)(uintptr_t)module_of(n));
    }
}

/* Where the checkpoint has the batch norm behind a module that was trained with it and left in
 * float: "conv2.1". */
static const char *kept_norm(const planner *a, const incckpt_step *s)
{
    static const char *const names[] = {"1", "bn"};
    for (size_t i = 0; s->kind == INCCKPT_KEPT && i < INC_COUNT(names); i++) {
        const char *name = inc_printf(a->p.cx, "%s.%s", s->reader, names[i]);
        if (incmap_has_str(a->p.c->plain, inc_printf(a->p.cx, "%s.running_mean", name)))
            return name;
    }
    return NULL;
}

/* Whether a batch norm is not in the checkpoint: then it went into the weights before it. */
static bool is_folded(const planner *a, const incir_node *bn)
{
    return !incmap_has_str(a->p.c->plain, inc_printf(a->p.cx, "%s.running_mean", owner_of(a, bn)));
}

static void absorb(const planner *a, const incckpt_step *by, incir_node *n)
{
    incckpt_step *s = incckpt_step_of(&a->p, n);
    s->is_absorbed = true;
    s->absorbed_by = by;
}

/* The result of a product as its readers see it: with its bias, batch norm and relu. */
static void follow_product(planner *a, incckpt_step *s)
{
    incir_value *y = s->product->outputs[0];
    incir_node *n = only_reader(a, y, INCIR_OP_ADD);
    if (n && is_op(s->product, INCIR_OP_MATMUL) && n->call == s->product->call)
        y = n->outputs[0];
    while (!is_from_outside(a, s, y) && a->p.n_readers[y->id] == 1 &&
           incckpt_step_of(&a->p, a->p.reader[y->id]) == s && a->p.reader[y->id]->n_outputs == 1)
        y = a->p.reader[y->id]->outputs[0]; /* what the call does to its own result */
    incir_node *bn = only_reader(a, y, INCIR_OP_BATCH_NORMALIZATION);
    if (bn && is_folded(a, bn)) {
        absorb(a, s, bn);
        incckpt_step_of(&a->p, bn)->norm = kept_norm(a, s);
        y = bn->outputs[0];
    }
    s->result = y;
}

/* FX fuses a relu with what it follows when nobody else reads that. */
static void follow_relu(planner *a, incckpt_step *s)
{
    incir_node *relu = only_reader(a, s->result, INCIR_OP_RELU);
    const incckpt_step *of = relu ? incckpt_step_of(&a->p, relu) : NULL;
    if (!of || of->first != of->last)
        return;
    absorb(a, s, relu);
    s->result = relu->outputs[0];
    if (s->kind == INCCKPT_FUNCTION)
        s->scope = module_of(relu);
}

static bool is_fused_with_relu(const planner *a, const incckpt_step *s)
{
    static const char *const names[] = {"add", "mul", "batch_norm",
                                        "_native_batch_norm_legit_no_training"};
    if (s->kind == INCCKPT_KEPT) /* with its relu it has become a sequence of two */
        return incstr_ends(s->module->name, inc_printf(a->p.cx, "%s.0", s->reader));
    if (s->kind == INCCKPT_FLOAT || s->kind == INCCKPT_SCALAR || (s->module && s->module->is_alone))
        return false;
    return s->kind == INCCKPT_PRODUCT || is_call(s->first, names, INC_COUNT(names));
}

static incckpt_module *kept_module(const planner *a, const char *module)
{
    incckpt_module *m = incckpt_module_of(a->p.cx, a->p.c, module);
    if (!m || !m->weight) /* fused with its relu, then left in float */
        m = incckpt_module_of(a->p.cx, a->p.c, inc_printf(a->p.cx, "%s.0", module));
    return m && m->weight && !m->weight->q ? m : NULL;
}

/* Layers that FX takes as a whole, and whose weights have names of their own. */
static bool is_whole_layer(const planner *a, const char *name)
{
    return incmap_has_str(a->p.c->plain, inc_printf(a->p.cx, "%s.in_proj_weight", name)) ||
           incmap_has_str(a->p.c->plain, inc_printf(a->p.cx, "%s.q_proj_weight", name));
}

static void find_product(incckpt_step *s)
{
    for (incir_node *n = s->first; !s->product; n = n->next) {
        s->product = is_product(n) ? n : NULL;
        if (n == s->last)
            return;
    }
}

/* Whether the call is in none of the modules that were quantized, or in one that stayed float. */
static bool is_left_out(const planner *a, const char *module)
{
    const incckpt *c = a->p.c;
    if (incmap_has_str(c->float_modules, module))
        return true;
    for (size_t i = 0; i < c->sub_modules.n; i++) {
        size_t n = strlen(c->sub_modules.items[i]);
        if (strncmp(module, c->sub_modules.items[i], n) == 0 && (!module[n] || module[n] == '.'))
            return false;
    }
    return c->sub_modules.n > 0;
}

static void choose_kind(planner *a, incckpt_step *s)
{
    incckpt *c = a->p.c;
    incckpt_module *m = incckpt_module_of(a->p.cx, c, s->reader);
    bool is_weighted = m && m->weight && m->weight->q;
    if (s->product && is_weighted) {
        s->kind = INCCKPT_PRODUCT;
        s->module = m;
    } else if (s->product && s->product->inputs[1]->kind == INCIR_CONSTANT &&
               (m = kept_module(a, s->reader)) != NULL) {
        s->kind = INCCKPT_KEPT;
        s->module = m;
    } else if (m && !is_weighted && m->output.has_scale && !c->is_dynamic) {
        s->kind = INCCKPT_OWN;
        s->module = m;
    } else if (!c->is_dynamic && is_tensor(s->result) && !is_left_out(a, s->scope)) {
        s->kind = kind_of_function(a, s);
    }
}

static void classify(planner *a, incckpt_step *s)
{
    find_product(s);
    s->scope = module_of(s->first);
    s->reader = owner_of(a, s->product ? s->product : s->first);
    s->result = s->last->outputs[0];
    if (s->is_absorbed || s->first->n_inputs == 0 || is_whole_layer(a, s->scope))
        return;
    s->data = data_of(a, s);
    choose_kind(a, s);
    if (s->kind == INCCKPT_PRODUCT || s->kind == INCCKPT_KEPT)
        follow_product(a, s);
    if (!a->p.c->is_dynamic && is_fused_with_relu(a, s))
        follow_relu(a, s);
}

/* ---- eager mode ---- */

/* Functions are methods of modules there (FloatFunctional), which leave no trace in the graph but
 * the scope around them. */
typedef struct methods {
    incckpt_modules modules; /* of one scope, in order */
    size_t n_calls, next;
} methods;

static const char *const binary_methods[] = {"add", "mul", "cat", "matmul"};

static methods *methods_of(planner *a, incmap *scopes, const char *scope)
{
    methods *m = incmap_get_str(scopes, scope);
    if (!m) {
        m = INC_NEW(a->p.cx, methods);
        incmap_set_str(a->p.cx, scopes, scope, m);
    }
    return m;
}

static bool is_method(const incckpt_step *s)
{
    return is_call(s->first, binary_methods, INC_COUNT(binary_methods)) && !s->is_absorbed &&
           s->kind != INCCKPT_OWN && s->kind != INCCKPT_SCALAR && !s->product;
}

static const char *scope_around(planner *a, const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? inc_strndup(a->p.cx, name, (size_t)(dot - name)) : "";
}

/* One module for each call of a scope in order, or one for all of them. */
static void assign_methods(planner *a)
{
    incmap *scopes = incmap_new(a->p.cx), *called = incmap_new(a->p.cx);
    for (size_t i = 0; i < a->p.n_steps; i++)
        incmap_set_str(a->p.cx, called, a->p.steps[i].scope, &a->p.steps[i]);
    for (const incmap_entry *e = incmap_first(a->p.c->modules); e; e = incmap_next(e)) {
        incckpt_module *m = incmap_value(e);
        if (m->output.has_scale && !m->output.is_stub && !m->weight &&
            !incmap_has_str(called, m->name))
            INC_PUSH(a->p.cx, &methods_of(a, scopes, scope_around(a, m->name))->modules, m);
    }
    for (size_t i = 0; i < a->p.n_steps; i++)
        if (is_method(&a->p.steps[i]))
            methods_of(a, scopes, a->p.steps[i].scope)->n_calls++;
    for (size_t i = 0; i < a->p.n_steps; i++) {
        incckpt_step *s = &a->p.steps[i];
        methods *m = is_method(s) ? methods_of(a, scopes, s->scope) : NULL;
        if (!m || m->modules.n == 0 || (m->modules.n != 1 && m->modules.n != m->n_calls))
            continue;
        if (m->next == 0 && m->modules.n > 1)
            inc_warn(a->p.cx, "%s: its functions are matched with the scales of %s, %s … in order",
                     s->scope[0] ? s->scope : "the model", m->modules.items[0]->name,
                     m->modules.items[1]->name);
        s->kind = INCCKPT_OWN;
        s->module = m->modules.items[m->modules.n == 1 ? 0 : m->next];
        m->next++;
        if (is_fused_with_relu(a, s))
            follow_relu(a, s);
    }
}

/* ---- numbers ---- */

/* The k-th number of a scope, where k is how many were counted there; NULL when it is gone. */
static incckpt_grid *numbered(planner *a, incmap *table, const char *scope, bool counts)
{
    inccx *cx = a->p.cx;
    const char *flat = incckpt_flat(cx, scope);
    const char *counter = inc_printf(cx, "%c%s", table == a->p.c->inputs ? 'i' : 'f', flat);
    uintptr_t k = (uintptr_t)incmap_get_str(a->counters, counter);
    incckpt_grid *g = incmap_get_str(table, inc_printf(cx, "%s#%u", flat, (unsigned)k));
    if (g || counts)
        incmap_set_str(cx, a->counters, counter, (void *)(k + 1));
    return g;
}

/* Eager mode: a value that is no longer, or not yet, on a grid went through a module that only
 * quantizes. The one for this reader stands beside it or beside a module it is in; several are
 * taken in order. */
static incckpt_grid *stub_for(planner *a, const char *reader)
{
    incckpt_modules *stubs = &a->p.c->stubs;
    incckpt_module *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < stubs->n; i++) {
        incckpt_module *m = stubs->items[i];
        const char *dot = strrchr(m->name, '.');
        size_t n = dot ? (size_t)(dot - m->name) : 0;
        bool is_around =
            n == 0 || (strncmp(reader, m->name, n) == 0 && (reader[n] == '.' || reader[n] == '\0'));
        if (is_around && !m->used && (!best || n > longest)) {
            best = m;
            longest = n;
        }
    }
    if (!best)
        return NULL;
    best->used = true;
    return &best->output;
}

/* The grid for a value that quantized operators read and that is on none. */
static void give_number(planner *a, const incir_value *v, const char *scope, bool is_named_by_scope)
{
    incckpt *c = a->p.c;
    incckpt_grid *g = NULL;
    const char *reader = a->wanted[v->id];
    if (c->is_eager)
        g = stub_for(a, reader);
    if (!g && is_named_by_scope)
        g = numbered(a, c->functions, scope, false);
    if (!g)
        g = numbered(a, c->inputs, reader, false);
    if (!g && scope && !is_named_by_scope)
        g = numbered(a, c->functions, scope, false);
    a->p.number[v->id] = g;
    a->is_unmet[v->id] = !g;
}

/* ---- one round ---- */

static void for_inputs(planner *a, const incckpt_step *s,
                       void (*visit)(planner *, const incckpt_step *, incir_value *))
{
    for (incir_node *n = s->first;; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i] && incckpt_takes_integers(&a->p, s, n->inputs[i]))
                visit(a, s, n->inputs[i]);
        if (n == s->last)
            return;
    }
}

static void want(planner *a, const incckpt_step *s, incir_value *v)
{
    a->is_read[v->id] = true;
    if (a->on_grid[v->id] || a->is_wanted[v->id] || (s->module && s->module->is_alone))
        return;
    a->is_wanted[v->id] = true;
    a->wanted[v->id] = s->reader;
}

/* A module has only one input, so that a number of it says that this came as reals. */
static void doubt(planner *a, const incckpt_step *s, incir_value *v)
{
    incckpt_step *maker = maker_of(a, v);
    if (!maker || !a->on_grid[v->id] || s->module == NULL || s->module->is_alone ||
        (maker->kind != INCCKPT_SHARED && maker->kind != INCCKPT_FIXED))
        return;
    if (numbered(a, a->p.c->inputs, s->reader, false) && !maker->is_float) {
        maker->is_float = true;
        a->has_changed = true;
    }
}

/* As those around it see it: what quantizes its input itself gives and takes reals. */
static bool runs_on_integers(const incckpt_step *s)
{
    return s->kind != INCCKPT_FLOAT && s->kind != INCCKPT_KEPT && !s->is_float && !s->is_absorbed &&
           !(s->module && s->module->is_dynamic);
}

static void put_results_on_grid(planner *a, const incckpt_step *s)
{
    if (s->kind != INCCKPT_SHARED) {
        a->on_grid[s->result->id] = !(s->module && s->module->is_alone);
        return;
    }
    for (incir_node *n = s->first;; n = n->next) {
        for (size_t i = 0; i < n->n_outputs; i++)
            if (n->outputs[i])
                a->on_grid[n->outputs[i]->id] = true;
        if (n == s->last)
            return;
    }
}

/* What is observed, and by whom first. */
static void demand(planner *a)
{
    for (size_t i = 0; i < a->p.n_steps; i++) {
        const incckpt_step *s = &a->p.steps[i];
        if (!runs_on_integers(s))
            continue;
        for_inputs(a, s, want);
        put_results_on_grid(a, s);
    }
}

static void number_constant(planner *a, const incckpt_step *s, incir_value *v)
{
    if (v->kind == INCIR_CONSTANT && a->is_wanted[v->id] && !a->p.number[v->id])
        give_number(a, v, s->reader, true);
}

/* Layers that return several values are one node for FX, and taking one out is another, of the
 * scope around them. */
static const char *scope_of_results(planner *a, const incckpt_step *s)
{
    static const char *const layers[] = {"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell"};
    if (is_call(s->first, layers, INC_COUNT(layers)) || is_whole_layer(a, s->scope))
        return scope_around(a, s->scope);
    return s->scope;
}

static void number_reals(planner *a, const incckpt_step *s)
{
    for (incir_node *n = s->first;; n = n->next) {
        for (size_t i = 0; i < n->n_outputs; i++)
            if (n->outputs[i] && a->is_wanted[n->outputs[i]->id])
                give_number(a, n->outputs[i], scope_of_results(a, s), s->kind != INCCKPT_KEPT);
        if (n == s->last)
            break;
    }
    if (s->result && s->kind == INCCKPT_KEPT && a->is_wanted[s->result->id] &&
        !a->p.number[s->result->id])
        give_number(a, s->result, s->scope, false);
}

static void count(planner *a)
{
    for (size_t i = 0; i < a->p.g->main->n_inputs; i++) {
        const incir_value *v = a->p.g->main->inputs[i];
        if (a->is_wanted[v->id])
            give_number(a, v, NULL, false);
    }
    for (size_t i = 0; i < a->p.n_steps; i++) {
        incckpt_step *s = &a->p.steps[i];
        if (s->is_absorbed)
            continue;
        if (!runs_on_integers(s)) {
            number_reals(a, s);
            continue;
        }
        for_inputs(a, s, number_constant);
        if (s->kind == INCCKPT_FUNCTION)
            s->grid = numbered(a, a->p.c->functions, s->scope, true);
        else if (!s->module) /* what has its number yet was rounded once more */
            s->grid = numbered(a, a->p.c->functions, s->scope, true);
    }
}

static void find_unmet(planner *a, const incckpt_step *s, incir_value *v)
{
    (void)s;
    if (a->is_unmet[v->id])
        a->has_changed = true;
}

/* A softmax that is a module has a fixed range too; as a function it has a number. */
static bool is_softmax_module(const planner *a, const incckpt_step *s)
{
    static const char *const names[] = {"softmax", "_softmax"};
    return s->kind == INCCKPT_FLOAT && is_call(s->first, names, INC_COUNT(names)) &&
           a->is_unmet[s->result->id] && !a->p.c->is_dynamic;
}

/* The first call of each scope that cannot have run on integers. */
static void correct(planner *a)
{
    for (size_t i = 0; i < a->p.n_steps; i++) {
        incckpt_step *s = &a->p.steps[i];
        if (is_softmax_module(a, s)) {
            s->kind = INCCKPT_FIXED;
            a->has_changed = true;
        }
        if (!runs_on_integers(s))
            continue;
        if (s->kind == INCCKPT_FIXED && !a->is_read[s->result->id]) {
            s->is_float = a->has_changed = true;
            continue;
        }
        bool before = a->has_changed;
        for_inputs(a, s, doubt);
        if (s->module || incmap_has_str(a->failed, s->scope)) {
            continue;
        }
        a->has_changed = s->kind == INCCKPT_FUNCTION && !s->grid;
        for_inputs(a, s, find_unmet);
        if (a->has_changed) {
            s->is_float = true;
            incmap_set_str(a->p.cx, a->failed, s->scope, s);
        }
        a->has_changed = a->has_changed || before;
    }
}

static void forget(planner *a)
{
    memset(a->on_grid, 0, a->p.n_ids * sizeof *a->on_grid);
    memset(a->is_wanted, 0, a->p.n_ids * sizeof *a->is_wanted);
    memset(a->is_read, 0, a->p.n_ids * sizeof *a->is_read);
    memset(a->is_unmet, 0, a->p.n_ids * sizeof *a->is_unmet);
    memset(a->p.number, 0, a->p.n_ids * sizeof(incckpt_grid *));
    for (size_t i = 0; i < a->p.c->stubs.n; i++)
        a->p.c->stubs.items[i]->used = false;
    a->counters = incmap_new(a->p.cx);
    a->failed = incmap_new(a->p.cx);
    a->has_changed = false;
}

/* ---- all of it ---- */

static void collect_steps(planner *a)
{
    incir_block *b = a->p.g->main;
    size_t n = 0;
    for (const incir_node *node = b->first; node; node = node->next)
        n++;
    a->p.steps = INC_NEW_N(a->p.cx, incckpt_step, n);
    for (incir_node *node = b->first; node; node = node->next) {
        incckpt_step *last = a->p.n_steps ? &a->p.steps[a->p.n_steps - 1] : NULL;
        if (!last || last->last->call != node->call) {
            last = &a->p.steps[a->p.n_steps++];
            last->first = node;
        }
        last->last = node;
        node->mark = (uint32_t)a->p.n_steps;
    }
}

static void count_block(planner *a, const incir_block *b, bool is_main)
{
    for (incir_node *n = b->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i]) {
                a->p.n_readers[n->inputs[i]->id] += is_main ? 1 : 2;
                a->p.reader[n->inputs[i]->id] = n;
            }
        for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
            if (attr->kind == INCIR_ATTR_BLOCK)
                count_block(a, attr->u.block, false);
    }
    for (size_t i = 0; i < b->n_outputs; i++)
        a->p.n_readers[b->outputs[i]->id] += 2;
}

incckpt_plan *incckpt_plan_make(inccx *cx, incckpt *c, incir_graph *g)
{
    planner *a = INC_NEW(cx, planner);
    uint32_t n = g->n_values + 1;
    a->p = (incckpt_plan){.cx = cx, .c = c, .g = g, .n_ids = n};
    a->p.number = INC_NEW_N(cx, incckpt_grid *, n);
    a->p.reader = INC_NEW_N(cx, incir_node *, n);
    a->p.n_readers = INC_NEW_N(cx, uint32_t, n);
    a->on_grid = INC_NEW_N(cx, bool, n);
    a->is_wanted = INC_NEW_N(cx, bool, n);
    a->is_read = INC_NEW_N(cx, bool, n);
    a->is_unmet = INC_NEW_N(cx, bool, n);
    a->wanted = INC_NEW_N(cx, const char *, n);
    count_block(a, g->main, true);
    collect_steps(a);
    a->names = incmap_new(cx);
    a->p.parameters = incmap_new(cx);
    find_names(a);
    for (size_t i = 0; i < a->p.n_steps; i++)
        classify(a, &a->p.steps[i]);
    if (c->is_eager && !c->is_dynamic)
        assign_methods(a);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        forget(a);
        demand(a);
        count(a);
        correct(a);
        if (!a->has_changed)
            break;
    }
    return &a->p;
}
