/* SPDX-License-Identifier: Apache-2.0 */
/* What a torch.export archive says of itself: inputs, outputs, operators, weights. Nothing is
 * evaluated. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "frontend/pt2/internal.h"

typedef INC_VEC(incfe_input) values;

typedef struct describer {
    inccx *cx;
    const incpt2_program *program;
    incpt2_weights *weights;
    values inputs, outputs;
    incarc_state_dict *weights_met;
    incfe_description *d;
} describer;

static void count_weight(describer *s, const incjson *spec, const char *key_member)
{
    const char *key = incpt2_need_text(s->cx, spec, key_member);
    const inctensor *t = incpt2_weight(s->cx, s->weights, key);
    incarc_state_dict_add(s->weights_met, key, t, inctensor_hash(t), 0);
}

/* A number, or the text of an expression where it is free. */
static int64_t read_size(describer *s, const incjson *size, const char **symbol)
{
    const incjson *e = incjson_get(size, "as_expr");
    *symbol = NULL;
    if (!e)
        return incpt2_int(s->cx, incjson_get(size, "as_int"), "as_int");
    const char *text = incpt2_need_text(s->cx, e, "expr_str");
    *symbol = incpt2_expr_text(s->cx, incpt2_expr_parse(s->cx, text));
    return -1;
}

static void add_tensor(describer *s, values *to, const char *placeholder)
{
    const incjson *types = incpt2_need(s->cx, s->program->graph, "tensor_values", INCJSON_OBJECT);
    const incjson *type = incjson_get(types, placeholder);
    incfe_input input = {.name = placeholder};
    if (type) {
        const incjson *sizes = incpt2_need(s->cx, type, "sizes", INCJSON_ARRAY);
        int64_t *known = INC_NEW_N(s->cx, int64_t, sizes->n);
        const char **symbols = INC_NEW_N(s->cx, const char *, sizes->n);
        for (uint32_t i = 0; i < sizes->n; i++)
            known[i] = read_size(s, &sizes->as.items[i], &symbols[i]);
        input.is_known = true;
        input.dtype = incpt2_dtype(s->cx, incpt2_int(s->cx, incjson_get(type, "dtype"), "dtype"));
        input.rank = sizes->n;
        input.sizes = known;
        input.symbols = symbols;
    }
    INC_PUSH(s->cx, to, input);
}

/* True when it is an input of forward(), which has a name of its own in the tree of arguments. */
static bool describe_spec(describer *s, const incjson *spec)
{
    const char *tag, *kind;
    const incjson *v = incpt2_union(s->cx, spec, "an input", &tag);
    if (strcmp(tag, "parameter") == 0)
        count_weight(s, v, "parameter_name");
    else if (strcmp(tag, "buffer") == 0)
        count_weight(s, v, "buffer_name");
    else if (strcmp(tag, "tensor_constant") == 0)
        count_weight(s, v, "tensor_constant_name");
    if (strcmp(tag, "user_input") != 0)
        return strcmp(tag, "constant_input") == 0;
    const incjson *arg = incpt2_need(s->cx, v, "arg", INCJSON_OBJECT);
    const incjson *value = incpt2_union(s->cx, arg, "an input", &kind);
    if (strcmp(kind, "as_tensor") == 0) {
        add_tensor(s, &s->inputs, incpt2_need_text(s->cx, value, "name"));
    } else if (strcmp(kind, "as_sym_int") == 0 && incjson_get(value, "as_name")) {
        const incfe_input input = {.name = incpt2_need_text(s->cx, value, "as_name"),
                                   .is_known = true,
                                   .dtype = INCDT_I64};
        INC_PUSH(s->cx, &s->inputs, input);
    }
    return true;
}

/* forward()'s own names, where the file has them for every argument. */
static void name_inputs(describer *s, const size_t *leaf_of_input, size_t n_leaves)
{
    const incjson *call = s->program->call_signature;
    const incjson *text = call ? incpt2_maybe(s->cx, call, "in_spec", INCJSON_STRING) : NULL;
    const incjson *parameters = call ? incjson_get(call, "forward_arg_names") : NULL;
    incpt2_names names = {0};
    if (!text || !incpt2_tree_names(s->cx, text->as.text, parameters, true, &names) ||
        names.n != n_leaves)
        return;
    for (size_t i = 0; i < s->inputs.n; i++)
        if (names.items[leaf_of_input[i]])
            s->inputs.items[i].name = names.items[leaf_of_input[i]];
}

/* ---- outputs ---- */

static void describe_outputs(describer *s)
{
    const incjson *specs = incpt2_need(s->cx, s->program->signature, "output_specs", INCJSON_ARRAY);
    const incjson *call = s->program->call_signature;
    const incjson *text = call ? incpt2_maybe(s->cx, call, "out_spec", INCJSON_STRING) : NULL;
    incpt2_names names = {0};
    size_t n_leaves = 0;
    if (text)
        (void)incpt2_tree_names(s->cx, text->as.text, NULL, false, &names);
    for (uint32_t i = 0; i < specs->n; i++) {
        const char *tag, *kind;
        const incjson *spec = incpt2_union(s->cx, &specs->as.items[i], "an output", &tag);
        if (strcmp(tag, "user_output") != 0)
            continue;
        const incjson *arg = incpt2_need(s->cx, spec, "arg", INCJSON_OBJECT);
        const incjson *v = incpt2_union(s->cx, arg, "an output", &kind);
        const char *name = n_leaves < names.n ? names.items[n_leaves] : NULL;
        n_leaves++;
        if (strcmp(kind, "as_tensor") == 0) {
            add_tensor(s, &s->outputs, incpt2_need_text(s->cx, v, "name"));
        } else if (strcmp(kind, "as_sym_int") == 0 || strcmp(kind, "as_int") == 0) {
            const incfe_input size = {.is_known = true, .dtype = INCDT_I64};
            INC_PUSH(s->cx, &s->outputs, size);
        } else {
            continue;
        }
        s->outputs.items[s->outputs.n - 1].name = name;
    }
    for (size_t i = 0; i < s->outputs.n; i++) /* as they are exported */
        if (!s->outputs.items[i].name)
            s->outputs.items[i].name =
                s->outputs.n == 1 ? "output" : inc_printf(s->cx, "output_%zu", i);
}

/* ---- operators ---- */

static int by_count(const void *a, const void *b)
{
    const incfe_operator *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->name, y->name);
}

/* Graphs in graphs count as well; how deep they nest is bounded by the JSON. */
static void count_nodes(describer *s, const incjson *graph, incmap *counts)
{
    const incjson *nodes = incpt2_need(s->cx, graph, "nodes", INCJSON_ARRAY);
    for (uint32_t i = 0; i < nodes->n; i++) {
        const incjson *node = &nodes->as.items[i];
        const char *target = incpt2_need_text(s->cx, node, "target");
        const incjson *inputs = incpt2_need(s->cx, node, "inputs", INCJSON_ARRAY);
        const char *name =
            incstr_starts(target, "torch.ops.") ? target + strlen("torch.ops.") : target;
        incfe_operator *o = incmap_get_str(counts, name);
        if (!o) {
            o = INC_NEW(s->cx, incfe_operator);
            o->name = name;
            incmap_set_str(s->cx, counts, name, o);
        }
        o->count++;
        if (incstr_starts(name, "quantized") || strstr(name, "fake_quant") ||
            strstr(name, "_weight_int") || strcmp(name, "higher_order.out_dtype") == 0)
            s->d->is_quantized = true;
        for (uint32_t k = 0; k < inputs->n; k++) {
            const incjson *g = incjson_get(incjson_get(&inputs->as.items[k], "arg"), "as_graph");
            if (g)
                count_nodes(s, incpt2_need(s->cx, g, "graph", INCJSON_OBJECT), counts);
        }
    }
}

static void describe_operators(describer *s)
{
    incmap *counts = incmap_new(s->cx);
    count_nodes(s, s->program->graph, counts);
    s->d->is_quantized |= incpt2_is_reference(s->cx, s->program->graph);
    incfe_operator *all = INC_NEW_N(s->cx, incfe_operator, incmap_count(counts));
    size_t n = 0;
    for (const incmap_entry *e = incmap_first(counts); e; e = incmap_next(e))
        all[n++] = *(const incfe_operator *)incmap_value(e);
    if (n)
        qsort(all, n, sizeof *all, by_count);
    s->d->operators = all;
    s->d->n_operators = n;
}

/* ---- sizes ---- */

static void describe_ranges(describer *s)
{
    const incjson *all = incpt2_maybe(s->cx, s->program->root, "range_constraints", INCJSON_OBJECT);
    incfe_range *ranges = INC_NEW_N(s->cx, incfe_range, all ? all->n : 0);
    for (uint32_t i = 0; all && i < all->n; i++) {
        const incjson_member *m = &all->as.members[i];
        const incjson *low = incjson_get(&m->value, "min_val");
        const incjson *high = incjson_get(&m->value, "max_val");
        ranges[i] = (incfe_range){
            incstr_shown(s->cx, m->key, strlen(m->key), 60),
            low && low->kind == INCJSON_INT ? low->as.integer : 0,
            high && high->kind == INCJSON_INT ? high->as.integer : INT64_MAX,
        };
    }
    s->d->ranges = ranges;
    s->d->n_ranges = all ? all->n : 0;
}

/* As incpt2_program_load() chooses; where that would refuse to, the first. */
static const char *choose(const incfe_description *d)
{
    for (size_t i = 0; i < d->n_programs; i++)
        if (strcmp(d->programs[i], "model") == 0)
            return "model";
    return d->n_programs ? d->programs[0] : NULL;
}

void incpt2_describe(inccx *cx, incarc *archive, incfe_description *description)
{
    describer s = {.cx = cx, .d = description, .weights_met = incarc_state_dict_new(cx)};
    description->n_programs = incpt2_programs(cx, archive, &description->programs);
    s.program = incpt2_program_load(cx, archive, choose(description));
    s.weights = incpt2_weights_open(cx, archive, s.program->name);
    const incjson *specs = incpt2_need(cx, s.program->signature, "input_specs", INCJSON_ARRAY);
    size_t *leaf_of_input = INC_NEW_N(cx, size_t, specs->n);
    size_t n_leaves = 0;
    for (uint32_t i = 0; i < specs->n; i++) {
        size_t before = s.inputs.n;
        bool is_leaf = describe_spec(&s, &specs->as.items[i]);
        if (s.inputs.n > before)
            leaf_of_input[before] = n_leaves;
        n_leaves += is_leaf;
    }
    name_inputs(&s, leaf_of_input, n_leaves);
    description->torch_version = s.program->torch_version;
    describe_outputs(&s);
    describe_operators(&s);
    describe_ranges(&s);
    description->has_recorded_inputs = true;
    description->inputs = s.inputs.items;
    description->n_inputs = s.inputs.n;
    description->outputs = s.outputs.items;
    description->n_outputs = s.outputs.n;
    incarc_state_dict_end(s.weights_met);
    incfe_describe_weights(cx, s.weights_met, description);
}

bool incpt2_is_quantized(inccx *cx, incarc *archive)
{
    incfe_description *description = INC_NEW(cx, incfe_description);
    incpt2_describe(cx, archive, description);
    return description->is_quantized;
}
