/* SPDX-License-Identifier: Apache-2.0 */
/* From node to node: each is a call of the operator table, a computation on sizes, or a graph
 * inside the graph. What only assertions read is not walked at all. Operators that cannot be
 * exported are noted, and what they give is unknown from there on. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"
#include "ops/call/block.h"

enum { MOST_DEPTH = 64, WORK_PER_NODE = 1 << 12, WORK_PER_GRAPH = 1 << 16 };

#define OPS "torch.ops."
#define HIGHER_ORDER "torch.ops.higher_order."
#define VMAP "torch._functorch.predispatch."

/* ---- places ---- */

typedef struct place {
    const char *scope; /* "/layer1/layer1.0" */
    const char *path;  /* "layer1.0" */
} place;

/* How much of a path names the model itself: "L['self']." (whatever forward() calls itself), or
 * "L__self__.", as PyTorch's versions have it. */
static size_t root_length(const char *text, size_t n)
{
    static const char older[] = "L__self__";
    size_t at = 0;
    if (n >= 5 && memcmp(text, "L['", 3) == 0) {
        const char *end = memchr(text + 3, '\'', n - 3);
        if (end && (size_t)(end + 1 - text) < n && end[1] == ']')
            at = (size_t)(end + 2 - text);
    } else if (n >= strlen(older) && memcmp(text, older, strlen(older)) == 0) {
        at = strlen(older);
    }
    return at + (at > 0 && at < n && text[at] == '.');
}

/* "layer1.0" of "L['self'].layer1.0@1". */
static const char *module_path(inccx *cx, const char *text, size_t n)
{
    incstr path = {0};
    size_t root = root_length(text, n);
    text += root;
    n -= root;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '@') { /* @1: called again */
            while (i + 1 < n && text[i + 1] >= '0' && text[i + 1] <= '9')
                i++;
            continue;
        }
        incstr_add_n(cx, &path, text + i, 1);
    }
    return incstr_text(&path);
}

/* "key,path,class;key,path,class;…", outermost first. */
static place *read_stack(inccx *cx, const char *text)
{
    place *p = INC_NEW(cx, place);
    *p = (place){"", ""};
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ";");
        const char *first = memchr(at, ',', n), *last = at + n;
        while (last > at && *last != ',')
            last--;
        if (first && last > first && !incstr_starts(at, "_empty_nn_module_stack")) {
            const char *path = module_path(cx, first + 1, (size_t)(last - first - 1));
            if (*path && strcmp(path, p->path) != 0) {
                p->scope = incfe_scope_of_call(cx, p->scope, path);
                p->path = path;
            }
        }
        at += n + (at[n] == ';');
    }
    return p;
}

static void enter_place(incpt2_walker *w, const incjson *node)
{
    const incjson *stack = incjson_get(incjson_get(node, "metadata"), "nn_module_stack");
    w->g->call = incir_place_new(w->g, "", "");
    w->g->call->origin = node;
    w->cx->where.scope = NULL;
    if (!stack || stack->kind != INCJSON_STRING)
        return;
    const place *p = incmap_get(w->scopes, stack->as.text, stack->n, NULL);
    if (!p) {
        p = read_stack(w->cx, stack->as.text);
        incmap_set(w->cx, w->scopes, stack->as.text, stack->n, (void *)(uintptr_t)p);
    }
    w->g->call->scope = p->scope;
    w->g->call->module = p->path;
    w->cx->where.scope = p->path;
}

const char *incpt2_find_python(void *data, const incir_call *call)
{
    const incpt2_walker *w = data;
    return call->origin ? incpt2_python_line(w->cx, call->origin) : NULL;
}

/* ---- nodes ---- */

/* "torch.ops.aten.add.Tensor" as "aten::add.Tensor"; the namespace may not hold dots. */
static const char *operator_name(incpt2_walker *w, const char *target)
{
    const char *space = target + strlen(OPS), *dot = strchr(space, '.');
    if (!dot || dot == space || !dot[1])
        inc_raise(w->cx, INC_E_FORMAT, "%s names no operator",
                  incstr_shown(w->cx, target, strlen(target), 100));
    return inc_printf(w->cx, "%.*s::%s", (int)(dot - space), space, dot + 1);
}

static bool is_in_place(const char *name)
{
    size_t n = strcspn(name, ".");
    return n >= 2 && name[n - 1] == '_' && name[n - 2] != '_';
}

static const char *input_name(incpt2_walker *w, const incjson *input)
{
    const incjson *name = incpt2_maybe(w->cx, input, "name", INCJSON_STRING);
    return name ? incpt2_text(w->cx, name, "name") : "";
}

/* Arguments go by their names, which are those of the schema. In-place forms are known by their
 * first argument, which therefore stands first. */
static void call_operator(incpt2_walker *w, incpt2_frame *f, const incjson *node,
                          const char *target)
{
    const char *name = operator_name(w, target);
    const incjson *inputs = incpt2_need(w->cx, node, "inputs", INCJSON_ARRAY);
    incval *args = INC_NEW_N(w->cx, incval, inputs->n);
    incop_keyword *keywords = INC_NEW_N(w->cx, incop_keyword, inputs->n);
    size_t n_args = 0, n_keywords = 0, n_results;
    for (uint32_t i = 0; i < inputs->n; i++) {
        const incjson *input = &inputs->as.items[i];
        const char *parameter = input_name(w, input);
        incval v = incpt2_argument(w, f, incpt2_need(w->cx, input, "arg", INCJSON_OBJECT));
        if (!*parameter && n_keywords)
            inc_raise(w->cx, INC_E_FORMAT, "argument %u has no name", (unsigned)i + 1);
        if (!*parameter || (i == 0 && is_in_place(name)))
            args[n_args++] = v;
        else
            keywords[n_keywords++] = (incop_keyword){parameter, v};
    }
    bool hidden = incpt2_vmap_prepare(w, name, args, n_args, keywords, n_keywords);
    const incval *results =
        incop_invoke(w->g, name, args, n_args, keywords, n_keywords, &n_results);
    if (hidden)
        incpt2_vmap_finish(w, results, n_results);
    bool unknown = n_results == 1 && results[0].kind == INCVAL_UNKNOWN;
    const incjson *outputs = incpt2_need(w->cx, node, "outputs", INCJSON_ARRAY);
    for (uint32_t i = 0; unknown && i < outputs->n; i++)
        incpt2_bind_output(w, f, &outputs->as.items[i], incval_unknown());
    if (!unknown)
        incpt2_bind_outputs(w, f, node, results, n_results);
}

static void compute_number(incpt2_walker *w, incpt2_frame *f, const incjson *node, incfe_op op,
                           size_t n_args)
{
    const incjson *inputs = incpt2_need(w->cx, node, "inputs", INCJSON_ARRAY);
    INC_VEC(incfe_number) args = {0};
    for (uint32_t i = 0; i < inputs->n; i++) {
        const incjson *input = &inputs->as.items[i];
        incval v = incpt2_argument(w, f, incpt2_need(w->cx, input, "arg", INCJSON_OBJECT));
        bool is_list = v.kind == INCVAL_LIST;
        size_t n = is_list ? v.u.list->v.n : 1;
        for (size_t k = 0; k < n; k++) {
            incval item = is_list ? v.u.list->v.items[k] : v;
            if (item.kind == INCVAL_UNKNOWN) {
                incpt2_bind_outputs(w, f, node, &item, 1);
                return;
            }
            INC_PUSH(w->cx, &args, incfe_number_of(w->g, item, input_name(w, input)));
        }
    }
    if (args.n == 0 || (n_args && args.n != n_args))
        inc_raise(w->cx, INC_E_FORMAT, "%zu arguments were found where %zu were expected", args.n,
                  n_args);
    incval result = incfe_number_value(w->g, incfe_compute(w->g, op, args.items, args.n));
    incpt2_bind_outputs(w, f, node, &result, 1);
}

static void walk_node(incpt2_walker *w, incpt2_frame *f, uint32_t i)
{
    const incjson *node = &incpt2_need(w->cx, f->graph, "nodes", INCJSON_ARRAY)->as.items[i];
    const char *target = incpt2_need_text(w->cx, node, "target");
    incfe_op op;
    size_t n_args;
    w->cx->where.op = incstr_shown(w->cx, target, strlen(target), 100);
    w->calling = f;
    enter_place(w, node);
    if (f->groups && f->groups[i])
        incpt2_run_group(w, f, f->groups[i], node);
    else if (incfe_number_op(target, &op, &n_args))
        compute_number(w, f, node, op, n_args);
    else if (incstr_starts(target, HIGHER_ORDER))
        incpt2_higher_order(w, f, node, target + strlen(HIGHER_ORDER));
    else if (incstr_starts(target, OPS))
        call_operator(w, f, node, target);
    else if (incstr_starts(target, VMAP))
        incpt2_vmap(w, f, node, target + strlen(VMAP));
    else
        inc_raise(w->cx, INC_E_UNSUPPORTED, "the function %s is not supported", w->cx->where.op);
}

/* What a node could not do is noted, and its results are unknown. */
static void note_failure(incpt2_walker *w, incpt2_frame *f, const incjson *node)
{
    inccx *cx = w->cx;
    inc_failure error = cx->error;
    if (error.status == INC_E_MEMORY || error.status == INC_E_CANCELLED)
        inc_raise_again(cx);
    if (!error.where.python)
        error.where.python = incpt2_python_line(cx, node);
    cx->error = error;
    if (error.status != INC_E_UNSUPPORTED)
        inc_raise_again(cx);
    incfe_missing_note(cx, &w->missing, error.where.op ? error.where.op : "");
    const incjson *outputs = incpt2_need(cx, node, "outputs", INCJSON_ARRAY);
    f->replaces = true; /* some of them may be bound already */
    for (uint32_t i = 0; i < outputs->n; i++)
        incpt2_bind_output(w, f, &outputs->as.items[i], incval_unknown());
    f->replaces = false;
}

void incpt2_walk_nodes(incpt2_walker *w, incpt2_frame *f)
{
    const incjson *nodes = incpt2_need(w->cx, f->graph, "nodes", INCJSON_ARRAY);
    incir_call *before = w->g->call;
    inc_where where = w->cx->where;
    incir_block *block = w->g->block;
    struct incop_block *open = w->g->open;
    for (uint32_t i = 0; i < nodes->n; i++) {
        inc_frame frame;
        if (!f->node_needed[i])
            continue;
        inc_work(w->cx, WORK_PER_NODE);
        if (i % 256 == 0)
            inc_progress(w->cx, "evaluating", i, nodes->n);
        if (inc_try(w->cx, &frame)) {
            walk_node(w, f, i);
            inc_try_end(w->cx, &frame);
        } else {
            incop_unwind(w->g, open);
            w->g->block = block; /* a handler may have been filling one */
            note_failure(w, f, &nodes->as.items[i]);
        }
        w->cx->where = where;
    }
    w->g->call = before;
}

/* ---- graphs ---- */

incpt2_frame *incpt2_frame_new(incpt2_walker *w, const incjson *graph)
{
    incpt2_frame *f = INC_NEW(w->cx, incpt2_frame);
    f->graph = graph;
    f->names = incmap_new(w->cx);
    f->types = incmap_new(w->cx);
    f->needed = incmap_new(w->cx);
    const incjson *types = incpt2_maybe(w->cx, graph, "tensor_values", INCJSON_OBJECT);
    for (uint32_t i = 0; types && i < types->n; i++)
        incmap_set_str(w->cx, f->types, types->as.members[i].key,
                       (void *)(uintptr_t)&types->as.members[i].value);
    return f;
}

incval *incpt2_walk(incpt2_walker *w, const incjson *graph, const incval *inputs, size_t n_inputs,
                    size_t *n_outputs)
{
    incpt2_frame *f = incpt2_frame_new(w, graph);
    const incjson *names = incpt2_need(w->cx, graph, "inputs", INCJSON_ARRAY);
    const incjson *outputs = incpt2_need(w->cx, graph, "outputs", INCJSON_ARRAY);
    if (names->n != n_inputs)
        inc_raise(w->cx, INC_E_FORMAT, "a graph with %u inputs is given %zu", (unsigned)names->n,
                  n_inputs);
    if (++w->depth > MOST_DEPTH)
        inc_raise(w->cx, INC_E_LIMIT, "graphs in graphs nest deeper than %d", MOST_DEPTH);
    inc_work(w->cx, WORK_PER_GRAPH); /* a condition in a condition is walked four times, … */
    for (size_t i = 0; i < n_inputs; i++) {
        const char *tag;
        const incjson *v = incpt2_union(w->cx, &names->as.items[i], "an input", &tag);
        if (strcmp(tag, "as_tensor") == 0)
            incpt2_bind(w, f, incpt2_need_text(w->cx, v, "name"), inputs[i]);
        else if (incstr_starts(tag, "as_sym_") && incjson_get(v, "as_name"))
            incpt2_bind(w, f, incpt2_need_text(w->cx, v, "as_name"), inputs[i]);
    }
    incpt2_find_needed(w, f);
    incpt2_walk_nodes(w, f);
    incval *results = INC_NEW_N(w->cx, incval, outputs->n);
    for (uint32_t i = 0; i < outputs->n; i++)
        results[i] = incpt2_argument(w, f, &outputs->as.items[i]);
    *n_outputs = outputs->n;
    w->depth--;
    return results;
}
