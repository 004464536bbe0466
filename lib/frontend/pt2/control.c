/* SPDX-License-Identifier: Apache-2.0 */
/* Operators whose arguments are graphs. Those that only say how to run one (without gradients, in
 * an inner region) are walked in place; cond becomes If; while_loop, map and scan become Loop. */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"
#include "ops/call/block.h"
#include "ops/emit/emit.h"

typedef struct call {
    incpt2_walker *w;
    incpt2_frame *f;
    const incjson *node;
    const incjson *inputs;
} call;

static const incjson *argument(const call *c, size_t i)
{
    if (i >= c->inputs->n)
        inc_raise(c->w->cx, INC_E_FORMAT, "argument %zu is missing", i + 1);
    return incpt2_need(c->w->cx, &c->inputs->as.items[i], "arg", INCJSON_OBJECT);
}

static incval value(const call *c, size_t i)
{
    return incpt2_argument(c->w, c->f, argument(c, i));
}

static const incjson *graph(const call *c, size_t i)
{
    const incjson *g = incpt2_argument_graph(c->w->cx, argument(c, i));
    if (!g)
        inc_raise(c->w->cx, INC_E_FORMAT, "argument %zu is not a graph", i + 1);
    return g;
}

typedef INC_VEC(incval) values;

/* The arguments from i on, lists taken apart. */
static values operands(const call *c, size_t i, size_t end)
{
    values all = {0};
    for (; i < end && i < c->inputs->n; i++) {
        incval v = value(c, i);
        if (v.kind != INCVAL_LIST) {
            INC_PUSH(c->w->cx, &all, v);
            continue;
        }
        for (size_t k = 0; k < v.u.list->v.n; k++)
            INC_PUSH(c->w->cx, &all, v.u.list->v.items[k]);
    }
    return all;
}

static bool any_unknown(const values *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->items[i].kind == INCVAL_UNKNOWN)
            return true;
    return false;
}

static void bind_unknown(const call *c)
{
    const incjson *outputs = incpt2_need(c->w->cx, c->node, "outputs", INCJSON_ARRAY);
    incval *all = INC_NEW_N(c->w->cx, incval, outputs->n);
    for (uint32_t i = 0; i < outputs->n; i++)
        all[i] = incval_unknown();
    incpt2_bind_outputs(c->w, c->f, c->node, all, outputs->n);
}

/* ---- graphs that run once, in place ---- */

static void run_in_place(const call *c, const incjson *body, size_t first_operand)
{
    values in = operands(c, first_operand, c->inputs->n);
    size_t n;
    const incval *out = incpt2_walk(c->w, body, in.items, in.n, &n);
    incpt2_bind_outputs(c->w, c->f, c->node, out, n);
}

/* wrap_with_autocast: device, dtype, enabled, cache, graph, operands. Models run on the CPU here.
 */
static void run_autocast(const call *c)
{
    incval device = value(c, 0), enabled = value(c, 2);
    if (enabled.kind == INCVAL_BOOL && enabled.u.b && device.kind == INCVAL_STR &&
        strcmp(device.u.s, "cpu") == 0)
        inc_raise_hint(c->w->cx, INC_E_UNSUPPORTED, "export the model outside of torch.autocast",
                       "a part of the model runs in a lower precision (torch.autocast)");
    run_in_place(c, graph(c, 4), 5);
}

/* Of the operators that wrap a graph in something that has no meaning here: the graph, wherever it
 * stands, and behind it (behind its name, where there is one) the operands. */
static void run_wrapped(const call *c)
{
    for (size_t i = 0; i < c->inputs->n; i++) {
        const incjson *body = incpt2_argument_graph(c->w->cx, argument(c, i));
        if (!body)
            continue;
        const char *tag = "";
        if (i + 1 < c->inputs->n)
            (void)incpt2_union(c->w->cx, argument(c, i + 1), "an argument", &tag);
        run_in_place(c, body, strcmp(tag, "as_string") == 0 ? i + 2 : i + 1);
        return;
    }
    inc_raise(c->w->cx, INC_E_FORMAT, "no argument is a graph");
}

/* ---- blocks ---- */

/* Closes a block, whose nodes stay in it. What it cut again is as it was before; nothing else of
 * outside may have been written. */
static void close_block(const call *c, incop_block *b)
{
    for (size_t i = 0; i < b->changes.n; i++)
        if (b->changes.items[i]->kind == INCOP_CHANGED_BOX && incop_is_written(b->changes.items[i]))
            inc_raise(c->w->cx, INC_E_UNSUPPORTED,
                      "a graph inside the model writes into a tensor of the one around it");
    incop_rollback(c->w->g, b);
}

static incir_value *as_tensor(const call *c, incval v)
{
    incir_value *value = incval_value(c->w->g, v, INCDT_F32);
    if (!value)
        inc_raise(c->w->cx, INC_E_UNSUPPORTED, "a graph inside the model gives %s",
                  incval_described(v.kind));
    return value;
}

/* False, and nothing is to be made, when an operator inside could not be exported. */
static bool run_body(const call *c, const incjson *body, const values *in, const incval **out,
                     size_t *n)
{
    *out = incpt2_walk(c->w, body, in->items, in->n, n);
    for (size_t i = 0; i < *n; i++)
        if ((*out)[i].kind == INCVAL_UNKNOWN)
            return false;
    return true;
}

static incir_value *condition(const call *c, incval v)
{
    incir_value *t = as_tensor(c, v);
    if (t->dtype != INCDT_BOOL)
        t = emit_cast(c->w->g, t, INCDT_BOOL);
    return t->rank ? emit_reshape(c->w->g, t, NULL, 0) : t;
}

static void bind_results(const call *c, incir_value **results, size_t n)
{
    incval *all = INC_NEW_N(c->w->cx, incval, n);
    for (size_t i = 0; i < n; i++)
        all[i] = incval_tensor(incop_box_new(c->w->cx, results[i]));
    incpt2_bind_outputs(c->w, c->f, c->node, all, n);
}

/* ---- cond ---- */

static bool fill_branch(const call *c, const incjson *body, const values *in, incir_block **block,
                        size_t *n_outputs)
{
    incir_graph *g = c->w->g;
    incop_block *b = incop_begin_block(g);
    const incval *out;
    size_t n;
    bool complete = run_body(c, body, in, &out, &n);
    for (size_t i = 0; complete && i < n; i++)
        incop_block_output(g, as_tensor(c, out[i]));
    *block = b->nodes;
    close_block(c, b);
    *n_outputs = n;
    return complete;
}

static void run_cond(const call *c)
{
    incir_graph *g = c->w->g;
    incval predicate = value(c, 0);
    const incjson *yes = graph(c, 1), *no = graph(c, 2);
    values in = operands(c, 3, c->inputs->n);
    if (predicate.kind == INCVAL_UNKNOWN || any_unknown(&in)) {
        bind_unknown(c);
        return;
    }
    if (predicate.kind == INCVAL_BOOL) { /* decided already */
        size_t n;
        const incval *out = incpt2_walk(c->w, predicate.u.b ? yes : no, in.items, in.n, &n);
        incpt2_bind_outputs(c->w, c->f, c->node, out, n);
        return;
    }
    incir_value *chosen = condition(c, predicate);
    incir_block *blocks[2];
    size_t n[2];
    bool complete = true;
    for (size_t i = 0; i < 2; i++) {
        complete = fill_branch(c, i == 0 ? yes : no, &in, &blocks[i], &n[i]) && complete;
    }
    if (!complete) {
        bind_unknown(c);
        return;
    }
    if (n[0] != n[1])
        inc_raise(c->w->cx, INC_E_FORMAT, "the branches give %zu and %zu results", n[0], n[1]);
    incir_node *node = incir_node_new(g, "If");
    incir_value **results = INC_NEW_N(c->w->cx, incir_value *, n[0]);
    incir_in(g, node, chosen);
    incir_attr_block(g, node, "then_branch", blocks[0]);
    incir_attr_block(g, node, "else_branch", blocks[1]);
    incir_emit_n(g, node, n[0], results);
    bind_results(c, results, n[0]);
}

/* ---- loops ---- */

typedef struct loop {
    incop_block *block;
    incir_value *round; /* its number, from 0 */
    incir_node *node;
    values carried; /* inside */
} loop;

/* Begins the body of a Loop: from here to end_loop() nodes go there. */
static loop begin_loop(const call *c, incir_value *trips, incir_value *first_condition,
                       const values *carried)
{
    incir_graph *g = c->w->g;
    loop l = {.node = incir_node_new(g, "Loop")};
    incir_in(g, l.node, trips);
    if (!first_condition && carried->n == 0) /* something has to follow the number of rounds */
        first_condition = incir_const_bool(g, true);
    incir_in(g, l.node, first_condition);
    for (size_t i = 0; i < carried->n; i++)
        incir_in(g, l.node, as_tensor(c, carried->items[i]));
    l.block = incop_begin_block(g);
    l.round = incir_input(g, NULL, INCDT_I64, 0, NULL);
    incir_block_add_input(g, g->block, l.round);
    incir_block_add_input(g, g->block, incir_input(g, NULL, INCDT_BOOL, 0, NULL));
    for (size_t i = 0; i < carried->n; i++) {
        const incir_value *v = l.node->inputs[i + 2];
        incir_value *inside = incir_input(g, NULL, v->dtype, v->rank, v->dims);
        incir_block_add_input(g, g->block, inside);
        INC_PUSH(c->w->cx, &l.carried, incval_tensor(incop_box_new(c->w->cx, inside)));
    }
    return l;
}

static void end_loop(const call *c, loop *l, size_t n_results)
{
    incir_graph *g = c->w->g;
    incir_value **results = INC_NEW_N(c->w->cx, incir_value *, n_results);
    close_block(c, l->block);
    incir_attr_block(g, l->node, "body", l->block->nodes);
    incir_emit_n(g, l->node, n_results, results);
    bind_results(c, results, n_results);
}

/* while_loop: graph of the condition, graph of the body, carried values, others. */
static void run_while(const call *c)
{
    incir_graph *g = c->w->g;
    const incjson *test = graph(c, 0), *body = graph(c, 1);
    values carried = operands(c, 2, 3), others = operands(c, 3, c->inputs->n);
    const incval *out;
    size_t n;
    if (any_unknown(&carried) || any_unknown(&others)) {
        bind_unknown(c);
        return;
    }
    values all = {0};
    for (size_t i = 0; i < carried.n; i++)
        INC_PUSH(c->w->cx, &all, carried.items[i]);
    for (size_t i = 0; i < others.n; i++)
        INC_PUSH(c->w->cx, &all, others.items[i]);
    if (!run_body(c, test, &all, &out, &n) || n != 1) {
        bind_unknown(c);
        return;
    }
    loop l = begin_loop(c, NULL, condition(c, out[0]), &carried);
    assert(all.items || l.carried.n == 0);
    for (size_t i = 0; i < l.carried.n; i++)
        all.items[i] = l.carried.items[i];
    if (!run_body(c, body, &all, &out, &n)) {
        incop_rollback(g, l.block);
        bind_unknown(c);
        return;
    }
    if (n != carried.n)
        inc_raise(c->w->cx, INC_E_FORMAT, "the body gives %zu values for %zu", n, carried.n);
    for (size_t i = 0; i < n; i++)
        all.items[i] = incval_tensor(incop_box_new(c->w->cx, as_tensor(c, out[i])));
    const incval *next;
    size_t n_next;
    if (!run_body(c, test, &all, &next, &n_next) || n_next != 1) {
        incop_rollback(g, l.block);
        bind_unknown(c);
        return;
    }
    incop_block_output(g, condition(c, next[0]));
    for (size_t i = 0; i < n; i++)
        incop_block_output(g, as_tensor(c, all.items[i]));
    end_loop(c, &l, n);
}

/* Entry number round of axis 0. */
static incval entry_of(const call *c, incval v, incir_value *round)
{
    incir_graph *g = c->w->g;
    incir_node *n = incir_node_new(g, "Gather");
    incir_in(g, n, as_tensor(c, v));
    incir_in(g, n, round);
    incir_attr_int(g, n, "axis", 0);
    return incval_tensor(incop_box_new(c->w->cx, incir_emit(g, n)));
}

/* The body is called with carried values, an entry of each xs, and the others; it gives the carried
 * values anew, and an entry of each result. */
static void run_entries(const call *c, const incjson *body, values carried, values xs,
                        values others)
{
    incir_graph *g = c->w->g;
    if (any_unknown(&carried) || any_unknown(&xs) || any_unknown(&others)) {
        bind_unknown(c);
        return;
    }
    if (xs.n == 0)
        inc_raise(c->w->cx, INC_E_FORMAT, "nothing is given to run over");
    incir_value *first = as_tensor(c, xs.items[0]);
    if (first->rank == 0)
        inc_raise(c->w->cx, INC_E_FORMAT, "a tensor without axes is given to run over");
    const incsym *count = first->dims[0];
    loop l = begin_loop(c, incir_materialise(g, incir_size_scalar(g, count)), NULL, &carried);
    values in = l.carried;
    for (size_t i = 0; i < xs.n; i++)
        INC_PUSH(c->w->cx, &in, entry_of(c, xs.items[i], l.round));
    for (size_t i = 0; i < others.n; i++)
        INC_PUSH(c->w->cx, &in, others.items[i]);
    const incval *out;
    size_t n;
    if (!run_body(c, body, &in, &out, &n)) {
        incop_rollback(g, l.block);
        bind_unknown(c);
        return;
    }
    if (n < carried.n)
        inc_raise(c->w->cx, INC_E_FORMAT, "the body gives %zu values for %zu", n, carried.n);
    incop_block_output(g, incir_const_bool(g, true));
    for (size_t i = 0; i < n; i++)
        incop_block_output(g, as_tensor(c, out[i]));
    end_loop(c, &l, n);
}

/* scan: graph, init, xs, (PyTorch up to 2.6: dim, reverse,) others */
static void run_scan(const call *c)
{
    size_t at = 3;
    bool reverse = false;
    if (c->inputs->n > 4) {
        incval dim = value(c, at), back = value(c, at + 1);
        int64_t axis;
        if (dim.kind != INCVAL_INT || !incsym_known(dim.u.i, &axis) || axis != 0)
            inc_raise(c->w->cx, INC_E_UNSUPPORTED, "scan runs along another axis than the first");
        reverse = back.kind == INCVAL_BOOL && back.u.b;
        at += 2;
    }
    if (reverse) /* results would have to be reversed as well */
        inc_raise_hint(c->w->cx, INC_E_UNSUPPORTED, "flip the tensors, and scan forwards",
                       "scan runs backwards");
    run_entries(c, graph(c, 0), operands(c, 1, 2), operands(c, 2, 3),
                operands(c, at, c->inputs->n));
}

/* ---- out_dtype: operator, dtype, its arguments ---- */

/* "aten::linear" of "torch.ops.aten.linear.default" */
static const char *operator_named(const call *c)
{
    static const char ops[] = "torch.ops.";
    const incjson *v = incjson_get(argument(c, 0), "as_operator");
    const char *text = v && v->kind == INCJSON_STRING ? v->as.text : "";
    const char *dot = incstr_starts(text, ops) ? strchr(text + strlen(ops), '.') : NULL;
    const char *overload = dot ? strchr(dot + 1, '.') : NULL;
    if (!dot)
        inc_raise(c->w->cx, INC_E_FORMAT, "out_dtype does not name an operator");
    size_t length = overload ? (size_t)(overload - dot - 1) : strlen(dot + 1);
    text += strlen(ops);
    return inc_printf(c->w->cx, "%.*s::%.*s", (int)(dot - text), text, (int)length, dot + 1);
}

/* PyTorch computes in a type that holds all operands, and converts the result: integers spelled
 * out, as the reference representation of quantized models does. What they give is the same in
 * float32, which every operator has, up to sums of 2^24. */
static void run_out_dtype(const call *c)
{
    incir_graph *g = c->w->g;
    const char *op = operator_named(c);
    values args = operands(c, 2, c->inputs->n);
    for (size_t i = 0; i < args.n; i++) {
        if (args.items[i].kind != INCVAL_TENSOR)
            continue;
        incir_value *v = incop_box_read(g, args.items[i].u.t);
        if (!incdtype_is_float(v->dtype))
            args.items[i] = incval_tensor(incop_box_new(c->w->cx, emit_cast(g, v, INCDT_F32)));
    }
    inc_warn(c->w->cx, "the model spells its integers out (reference representation): its products "
                       "compute them in float32; convert_pt2e without use_reference_representation "
                       "gives operators on integers");
    size_t n;
    const incval *sum = incop_invoke(g, op, args.items, args.n, NULL, 0, &n);
    if (n != 1 || sum[0].kind != INCVAL_TENSOR)
        inc_raise(c->w->cx, INC_E_UNSUPPORTED, "out_dtype of %s is not supported", op);
    incval to[2] = {sum[0], value(c, 1)};
    const incval *result = incop_invoke(g, "aten::to", to, 2, NULL, 0, &n);
    incpt2_bind_outputs(c->w, c->f, c->node, result, n);
}

/* ---- by name ---- */

static void run_map(const call *c)
{
    run_entries(c, graph(c, 0), (values){0}, operands(c, 1, 2), operands(c, 2, c->inputs->n));
}

static void run_grad_mode(const call *c)
{
    run_in_place(c, graph(c, 1), 2);
}

void incpt2_higher_order(incpt2_walker *w, incpt2_frame *f, const incjson *node, const char *name)
{
    static const struct {
        const char *name;
        void (*run)(const call *c);
    } table[] = {
        {"cond", run_cond},
        {"while_loop", run_while},
        {"map_impl", run_map},
        {"out_dtype", run_out_dtype},
        {"map", run_map},
        {"scan", run_scan},
        {"wrap_with_set_grad_enabled", run_grad_mode},
        {"wrap_with_autocast", run_autocast},
        {"wrap", run_wrapped},
        {"wrap_activation_checkpoint", run_wrapped},
        {"tag_activation_checkpoint", run_wrapped},
        {"strict_mode", run_wrapped},
        {"invoke_subgraph", run_wrapped},
    };
    call c = {w, f, node, incpt2_need(w->cx, node, "inputs", INCJSON_ARRAY)};
    for (size_t i = 0; i < INC_COUNT(table); i++)
        if (strcmp(table[i].name, name) == 0) {
            table[i].run(&c);
            return;
        }
    inc_raise(w->cx, INC_E_UNSUPPORTED, "the higher-order operator %s is not supported",
              incstr_shown(w->cx, name, strlen(name), 60));
}
