/* SPDX-License-Identifier: Apache-2.0 */
/* From a torch.export archive to a graph: what the program takes, its walk, what it returns.
 *
 * Sizes that the export left open are symbols of the file; dynamic_axes can only name them. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/input_sizes.h"
#include "frontend/signature.h"
#include "frontend/state.h"

/* ---- parameters and constants ---- */

/* The key of the first tensor that is the same bytes: tied weights are one initializer. */
static const char *first_key(const incpt2_builder *b, const inctensor *t, const char *key)
{
    uint64_t hash = inctensor_hash(t);
    const char *known = incmap_get(b->keys_by_hash, &hash, sizeof hash, NULL);
    if (known && inctensor_same(incpt2_weight(b->cx, b->weights, known), t))
        return known;
    if (!known)
        incmap_set(b->cx, b->keys_by_hash, &hash, sizeof hash, (void *)(uintptr_t)key);
    return key;
}

/* Memory that the program reads. Names that share it share the box: what is written by one name is
 * read by the other. */
struct weight {
    const inctensor *tensor;
    const incir_value *value; /* before the call */
    incop_box *box;
};

static struct weight *find_weight(const incpt2_builder *b, const char **key)
{
    *key = first_key(b, incpt2_weight(b->cx, b->weights, *key), *key);
    return incmap_get_str(b->weights_used, *key);
}

static incval weight_input(incpt2_builder *b, const char *key)
{
    struct weight *w = find_weight(b, &key);
    if (!w) {
        w = INC_NEW(b->cx, struct weight);
        w->tensor = incpt2_weight(b->cx, b->weights, key);
        incir_value *v = incfe_state_is_asked(b->request, key)
                             ? incfe_state_input(b->g, b->request, key, w->tensor, true)
                             : incir_constant(b->g, w->tensor, key);
        w->value = v;
        w->box = incop_box_new(b->cx, v);
        incmap_set_str(b->cx, b->weights_used, key, w);
    }
    return incval_tensor(w->box);
}

static void written(incpt2_builder *b, const char *key, incir_value *next)
{
    const struct weight *w = find_weight(b, &key);
    if (w && next && next != w->value) /* what is not in use is not read either */
        incfe_state_written(b->cx, b->request, key, w->tensor, next);
}

/* ---- inputs ---- */

static const char *input_name(incpt2_builder *b, const char *placeholder)
{
    size_t i = b->n_named++;
    const char *name = placeholder;
    if (b->next_name < b->input_names.n && b->input_names.items[b->next_name])
        name = b->input_names.items[b->next_name];
    if (i < b->request->n_input_names)
        name = b->request->input_names[i];
    return incfe_unique_name(b->cx, b->names, name);
}

static void check_example(incpt2_builder *b, const incir_value *v)
{
    if (b->request->n_examples == 0)
        return;
    if (b->next_example >= b->request->n_examples)
        inc_raise(b->cx, INC_E_INPUT,
                  "the model takes more tensors than the %zu example inputs given: %s has none",
                  b->request->n_examples, v->name);
    const inctensor *t = b->request->examples[b->next_example++];
    if (!t)
        inc_raise_hint(b->cx, INC_E_INPUT, "leave it out",
                       "example input %zu is None, which a torch.export file has in its program",
                       b->next_example - 1);
    bool fits = t->dtype == v->dtype && t->rank == v->rank;
    for (size_t i = 0; fits && i < t->rank; i++) {
        int64_t size;
        fits = !incir_dim(v, (int64_t)i, &size) || size == t->sizes[i];
    }
    if (fits)
        return;
    incstr found = {0};
    for (size_t i = 0; i < t->rank; i++)
        incstr_addf(b->cx, &found, "%s%lld", i ? ", " : "", (long long)t->sizes[i]);
    inc_raise_hint(b->cx, INC_E_INPUT,
                   "leave example inputs out: the file says what the model takes",
                   "the example input %s is %s[%s], but the model was exported for %s", v->name,
                   incdtype_name(t->dtype), incstr_text(&found), incir_type_text(b->g, v));
}

static const incjson *need_type(incpt2_builder *b, const char *name)
{
    const incjson *type = incmap_get_str(b->frame->types, name);
    if (!type)
        inc_raise(b->cx, INC_E_FORMAT, "tensor_values does not say what %s is",
                  incstr_shown(b->cx, name, strlen(name), 100));
    return type;
}

/* What the file says of a tensor input. */
static incpt2_input *describe_input(incpt2_builder *b, const char *placeholder)
{
    incpt2_input *in = INC_NEW(b->cx, incpt2_input);
    const incjson *type = need_type(b, placeholder);
    in->placeholder = placeholder;
    in->dtype = incpt2_dtype(b->cx, incpt2_int(b->cx, incjson_get(type, "dtype"), "dtype"));
    in->sizes = incpt2_need(b->cx, type, "sizes", INCJSON_ARRAY);
    in->rank = in->sizes->n;
    in->name = input_name(b, placeholder);
    if (in->rank > INCTENSOR_MAX_RANK)
        inc_raise(b->cx, INC_E_LIMIT, "the input %s has rank %zu", in->name, in->rank);
    if (!incdtype_onnx(in->dtype))
        inc_raise(b->cx, INC_E_UNSUPPORTED, "ONNX has no element type for the input %s (%s)",
                  in->name, incdtype_name(in->dtype));
    incfe_axes_check_rank(b->cx, b->request, in->name, in->rank);
    in->exprs = INC_NEW_N(b->cx, const incpt2_expr *, in->rank);
    in->derived = INC_NEW_N(b->cx, struct incpt2_derived, in->rank);
    incpt2_name_symbols(b, in);
    return in;
}

static void make_tensor_input(incpt2_builder *b, incpt2_input *in)
{
    const incsym **dims = INC_NEW_N(b->cx, const incsym *, in->rank);
    for (size_t axis = 0; axis < in->rank; axis++)
        dims[axis] = incpt2_input_dim(b, in, axis);
    incir_value *v = incir_input(b->g, in->name, in->dtype, in->rank, dims);
    for (size_t axis = 0; axis < in->rank; axis++) {
        int ignored;
        if (in->derived[axis].symbol)
            incsym_set_origin(in->derived[axis].symbol,
                              incpt2_compute_symbol(b, v, axis, &in->derived[axis]), -1);
        else if (incsym_kind_of(dims[axis]) == INCSYM_SYMBOL &&
                 !incsym_origin(dims[axis], &ignored))
            incsym_set_origin(dims[axis], v, (int)axis);
    }
    incir_block_add_input(b->g, b->g->main, v);
    check_example(b, v);
    in->value = v;
    in->box = incop_box_new(b->cx, v);
    incpt2_bind(b->walker, b->frame, in->placeholder, incval_tensor(in->box));
}

/* A size that forward() takes: an integer scalar. */
static incpt2_input *describe_size(incpt2_builder *b, const char *placeholder)
{
    incpt2_input *in = INC_NEW(b->cx, incpt2_input);
    in->placeholder = placeholder;
    in->name = input_name(b, placeholder);
    in->is_size = true;
    return in;
}

static void make_size_input(incpt2_builder *b, const incpt2_input *in)
{
    const incjson *values =
        incpt2_maybe(b->cx, b->program->graph, "sym_int_values", INCJSON_OBJECT);
    const incjson *size = incjson_get(values, in->placeholder);
    const incpt2_expr *e = size ? incpt2_size_expression(b, size) : NULL;
    const char *symbol = e ? incpt2_expr_symbol(e) : NULL;
    incir_value *v = incir_input(b->g, in->name, INCDT_I64, 0, NULL);
    incir_block_add_input(b->g, b->g->main, v);
    const incsym *s =
        incsym_new(b->g->syms, in->name, size ? incpt2_size_hint(size, 2) : 2, 0, v, -1);
    if (symbol && !incmap_has_str(b->symbols, symbol))
        incmap_set_str(b->cx, b->symbols, symbol, (void *)(uintptr_t)s);
    incpt2_bind(b->walker, b->frame, in->placeholder, incval_int(s));
}

static void user_input(incpt2_builder *b, const incjson *spec)
{
    const char *tag;
    const incjson *arg = incpt2_need(b->cx, spec, "arg", INCJSON_OBJECT);
    const incjson *v = incpt2_union(b->cx, arg, "an input", &tag);
    if (strcmp(tag, "as_tensor") == 0) {
        INC_PUSH(b->cx, &b->inputs, describe_input(b, incpt2_need_text(b->cx, v, "name")));
    } else if (strcmp(tag, "as_sym_int") == 0 && incjson_get(v, "as_name")) {
        INC_PUSH(b->cx, &b->inputs, describe_size(b, incpt2_need_text(b->cx, v, "as_name")));
    } else if (strcmp(tag, "as_custom_obj") == 0) {
        inc_raise(b->cx, INC_E_UNSUPPORTED, "an input of the model is an object, not a tensor");
    } /* else a number that the export made part of the model */
}

/* Buffers that nothing reads by their own name give it to constants that are the same memory: a
 * cache that forward() reaches through an object. */
static void bind_weight(incpt2_builder *b, const incjson *spec, const char *key_member)
{
    const incjson *arg = incpt2_need(b->cx, spec, "arg", INCJSON_OBJECT);
    const char *name = incpt2_need_text(b->cx, arg, "name");
    const char *key = incpt2_need_text(b->cx, spec, key_member);
    if (!incmap_has_str(b->frame->needed, name)) { /* nothing reads it */
        if (strcmp(key_member, "buffer_name") == 0)
            (void)find_weight(b, &key);
        return;
    }
    incpt2_bind(b->walker, b->frame, name, weight_input(b, key));
}

static void one_input(incpt2_builder *b, const incjson *spec)
{
    const char *tag;
    const incjson *v = incpt2_union(b->cx, spec, "an input", &tag);
    if (strcmp(tag, "parameter") == 0) {
        bind_weight(b, v, "parameter_name");
    } else if (strcmp(tag, "buffer") == 0) {
        bind_weight(b, v, "buffer_name");
    } else if (strcmp(tag, "tensor_constant") == 0) {
        bind_weight(b, v, "tensor_constant_name");
    } else if (strcmp(tag, "user_input") == 0) {
        user_input(b, v);
        b->next_name++;
    } else if (strcmp(tag, "constant_input") == 0) {
        b->next_name++;
    } else if (strcmp(tag, "custom_obj") != 0 && strcmp(tag, "token") != 0) {
        inc_raise(b->cx, INC_E_UNSUPPORTED, "inputs of the kind %s are not known",
                  incstr_shown(b->cx, tag, strlen(tag), 40));
    }
}

static size_t count_specs(incpt2_builder *b, const incjson *specs, const char *const *kinds,
                          size_t n)
{
    size_t count = 0;
    for (uint32_t i = 0; i < specs->n; i++) {
        const char *tag;
        (void)incpt2_union(b->cx, &specs->as.items[i], "a part of the signature", &tag);
        for (size_t k = 0; k < n; k++)
            count += strcmp(tag, kinds[k]) == 0;
    }
    return count;
}

/* Names from the tree of arguments; none when the tree does not fit. */
static incpt2_names tree_names(incpt2_builder *b, const char *member, bool is_input,
                               size_t expected)
{
    incpt2_names names = {0};
    const incjson *call = b->program->call_signature;
    const incjson *text = call ? incpt2_maybe(b->cx, call, member, INCJSON_STRING) : NULL;
    const incjson *parameters = call ? incjson_get(call, "forward_arg_names") : NULL;
    if (!text || !incpt2_tree_names(b->cx, text->as.text, parameters, is_input, &names) ||
        names.n != expected)
        names.n = 0;
    return names;
}

static void make_inputs(incpt2_builder *b)
{
    static const char *const kinds[] = {"user_input", "constant_input"};
    const incjson *specs = incpt2_need(b->cx, b->program->signature, "input_specs", INCJSON_ARRAY);
    const incjson *inputs = incpt2_need(b->cx, b->program->graph, "inputs", INCJSON_ARRAY);
    if (specs->n != inputs->n)
        inc_raise(b->cx, INC_E_FORMAT, "the signature has %u inputs, the graph %u",
                  (unsigned)specs->n, (unsigned)inputs->n);
    b->input_names = tree_names(b, "in_spec", true, count_specs(b, specs, kinds, 2));
    b->axis_used = INC_NEW_N(b->cx, bool, b->request->n_axes);
    for (uint32_t i = 0; i < specs->n; i++)
        one_input(b, &specs->as.items[i]);
    for (size_t i = 0; i < b->inputs.n; i++) {
        incpt2_input *in = b->inputs.items[i];
        if (in->is_size)
            make_size_input(b, in);
        else
            make_tensor_input(b, in);
    }
    size_t n = b->g->main->n_inputs;
    if (b->next_example < b->request->n_examples)
        inc_raise(b->cx, INC_E_INPUT, "%zu example inputs were given; the model takes %zu",
                  b->request->n_examples, b->next_example);
    if (b->request->n_input_names > n)
        inc_raise(b->cx, INC_E_ARGUMENT, "input_names holds %zu names; the model has %zu input%s",
                  b->request->n_input_names, n, n == 1 ? "" : "s");
}

/* ---- what is written ---- */

/* What operators in place left in buffers, and in the arguments of forward(). */
static void find_written(incpt2_builder *b)
{
    for (const incmap_entry *e = incmap_first(b->weights_used); e; e = incmap_next(e)) {
        const struct weight *w = incmap_value(e);
        written(b, incmap_key(e, NULL), incop_box_read(b->g, w->box));
    }
    for (size_t i = 0; i < b->inputs.n; i++) {
        const incpt2_input *in = b->inputs.items[i];
        if (in->is_size)
            continue;
        incir_value *next = incop_box_read(b->g, in->box);
        if (next != in->value)
            incfe_input_written(b->cx, b->request, in->value, next);
    }
}

/* The same as the signature of a functional program has it. */
static void note_mutation(incpt2_builder *b, const char *tag, const incjson *spec,
                          incir_value *next)
{
    if (strcmp(tag, "buffer_mutation") == 0 || strcmp(tag, "parameter_mutation") == 0) {
        const char *member = *tag == 'b' ? "buffer_name" : "parameter_name";
        written(b, incpt2_need_text(b->cx, spec, member), next);
        return;
    }
    const char *name = incpt2_need_text(b->cx, spec, "user_input_name");
    for (size_t i = 0; i < b->inputs.n; i++) {
        const incpt2_input *in = b->inputs.items[i];
        if (in->value && next && next != in->value && strcmp(in->placeholder, name) == 0)
            incfe_input_written(b->cx, b->request, in->value, next);
    }
}

/* ---- outputs ---- */

/* A mutation names its tensor without saying that it is one. */
static incval mutation(incpt2_builder *b, const incjson *arg)
{
    return incpt2_lookup(b->walker, b->frame, incpt2_need_text(b->cx, arg, "name"));
}

static void collect_outputs(incpt2_builder *b, incfe_outputs *found)
{
    static const char *const kinds[] = {"user_output"};
    const incjson *specs = incpt2_need(b->cx, b->program->signature, "output_specs", INCJSON_ARRAY);
    size_t n_user = count_specs(b, specs, kinds, 1), next = 0;
    incpt2_names names = tree_names(b, "out_spec", false, n_user);
    for (uint32_t i = 0; i < specs->n; i++) {
        const char *tag;
        const incjson *spec = incpt2_union(b->cx, &specs->as.items[i], "an output", &tag);
        bool is_mutation = incstr_ends(tag, "_mutation");
        if (!is_mutation && strcmp(tag, "user_output") != 0)
            continue;
        const incjson *arg = incpt2_need(b->cx, spec, "arg", INCJSON_OBJECT);
        if (is_mutation) {
            note_mutation(b, tag, spec, incval_value(b->g, mutation(b, arg), INCDT_F32));
            continue;
        }
        incval v = incpt2_argument(b->walker, b->frame, arg);
        if (v.kind != INCVAL_STR) /* a constant that the export left where it was */
            incfe_outputs_add(b->g, found, v, next < names.n ? names.items[next] : NULL);
        next++;
    }
}

static void make_outputs(incpt2_builder *b)
{
    incfe_outputs outputs = {0};
    collect_outputs(b, &outputs);
    incfe_outputs_make(b->g, b->request, b->names, &outputs, b->walker->missing.items.n == 0);
}

/* ---- all of it ---- */

incir_graph *incpt2_build(inccx *cx, incarc *archive, const incfe_request *request)
{
    incpt2_builder *b = INC_NEW(cx, incpt2_builder);
    b->cx = cx;
    b->request = request;
    if (request->method && strcmp(request->method, "forward") != 0)
        inc_raise_hint(cx, INC_E_ARGUMENT, "leave method out; program chooses among programs",
                       "method is %s, but a torch.export file has no methods",
                       incstr_shown(cx, request->method, strlen(request->method), 80));
    b->program = incpt2_program_load(cx, archive, request->program);
    b->weights = incpt2_weights_open(cx, archive, b->program->name);
    b->g = incir_graph_new(cx, request->opset);
    b->g->wish = request->wish;
    b->g->keep_calls = request->keep_calls;
    b->g->custom = request->custom;
    b->g->fuses = request->fuses;
    b->ranges = incpt2_maybe(cx, b->program->root, "range_constraints", INCJSON_OBJECT);
    b->symbols = incmap_new(cx);
    b->symbols_named = incmap_new(cx);
    if (request->states)
        request->states->symbols = b->symbols_named;
    b->names = incmap_new(cx);
    b->weights_used = incmap_new(cx);
    b->keys_by_hash = incmap_new(cx);
    incpt2_walker *w = INC_NEW(cx, incpt2_walker);
    *w = (incpt2_walker){.cx = cx,
                         .g = b->g,
                         .program = b->program,
                         .scopes = incmap_new(cx),
                         .checks = incmap_new(cx),
                         .symbols = b->symbols};
    b->walker = w;
    b->g->find_python = incpt2_find_python;
    b->g->find_python_data = w;
    b->g->find_types = incpt2_find_types;
    b->frame = incpt2_frame_new(w, b->program->graph);
    cx->where.scope = "";
    incpt2_find_needed(w, b->frame);
    make_inputs(b);
    incpt2_walk_nodes(w, b->frame);
    find_written(b);
    make_outputs(b);
    if (w->missing.items.n)
        incfe_missing_raise(cx, &w->missing, NULL, NULL);
    cx->where = (inc_where){0};
    incfe_axes_check(b->g, request, b->axis_used);
    return b->g;
}
