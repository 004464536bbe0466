/* SPDX-License-Identifier: Apache-2.0 */
/* From a TorchScript archive to a graph: what forward takes, its evaluation, what it returns. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "frontend/rows.h"
#include "frontend/signature.h"
#include "frontend/state.h"
#include "frontend/torchscript/debug_map.h"
#include "frontend/torchscript/eval.h"
#include "frontend/torchscript/methods.h"
#include "ops/emit/emit.h"

typedef struct builder {
    incts_interp *in;
    inccx *cx;
    incir_graph *g;
    const incfe_request *request;
    /* The example inputs, flattened: those given, or those recorded. */
    INC_VEC(const inctensor *) examples;
    INC_VEC(const inctensor *) recorded;
    INC_VEC(incop_box *) boxes; /* of tensor inputs */
    INC_VEC(incir_value *) values;
    size_t next_example;
    size_t n_params_left; /* Tensor parameters still to come, while a list takes its share */
    const char *path;     /* of the argument that is made, as "t.1.0": see next_inside() */
    const char *method;   /* "forward", or what the request says */
    incmap *names;        /* names of inputs, to keep them apart */
    incmap *symbols;      /* dynamic_axes' names -> incsym */
    bool *axis_used;
} builder;

/* ---- what was recorded ---- */

static void collect_recorded(builder *b, const incpkl_value *value)
{
    inc_enter(b->cx); /* shared tuples are visited again and again */
    switch (value->kind) {
    case INCPKL_TENSOR:
        INC_PUSH(b->cx, &b->recorded, value->as.tensor->tensor);
        break;
    case INCPKL_LIST:
    case INCPKL_TUPLE:
        for (size_t i = 0; i < value->as.items.n; i++)
            collect_recorded(b, value->as.items.items[i]);
        break;
    case INCPKL_DICT:
        for (size_t i = 0; i < value->as.dict->n; i++)
            collect_recorded(b, value->as.dict->pairs[i].value);
        break;
    default:
        break;
    }
    inc_leave(b->cx);
}

static const incpkl_value *recorded_arguments(builder *b)
{
    const incpkl_value *all = incarc_traced_inputs(b->cx, b->in->archive);
    const incpkl_value *forward = incpkl_get(all, b->method);
    return forward && (forward->kind == INCPKL_LIST || forward->kind == INCPKL_TUPLE) ? forward
                                                                                      : NULL;
}

/* ---- inputs ---- */

static const inctensor *take_example(builder *b, const char *name)
{
    if (b->next_example < b->examples.n && !b->examples.items[b->next_example])
        inc_raise(b->cx, INC_E_INPUT, "%s is None, which %s() does not take there", name,
                  b->method);
    if (b->next_example < b->examples.n)
        return b->examples.items[b->next_example++];
    if (b->request->n_examples == 0 && b->recorded.n == 0)
        inc_raise_hint(b->cx, INC_E_INPUT,
                       "pass example inputs: one tensor (or just its dtype and shape) for each "
                       "argument of forward()",
                       "the model records no example inputs, and none were given for %s", name);
    inc_raise(b->cx, INC_E_INPUT,
              "%s() takes more tensors than the %zu example inputs given: %s has none", b->method,
              b->examples.n, name);
}

static bool next_is_none(const builder *b)
{
    return b->next_example < b->examples.n && !b->examples.items[b->next_example];
}

/* Flat names bind to parts of an argument: "t.1.0" is the first of the second of t, "d.key" an
 * entry of d. */
static const char *next_name(const builder *b)
{
    return b->next_example < b->request->n_examples ? b->request->example_names[b->next_example]
                                                    : NULL;
}

/* What follows "path." in the next example's name; NULL when it is no part of that argument. */
static const char *next_inside(const builder *b)
{
    const char *name = next_name(b);
    size_t n = strlen(b->path);
    return name && strncmp(name, b->path, n) == 0 && name[n] == '.' ? name + n + 1 : NULL;
}

static const incsym *input_dim(builder *b, const char *name, const inctensor *example, size_t axis)
{
    int64_t size = example->sizes[axis];
    const incfe_axis *a =
        incfe_axes_find(b->cx, b->request, name, example->rank, axis, b->axis_used);
    if (!a)
        return incsym_int(b->g->syms, size);
    const char *symbol =
        a->symbol ? a->symbol : inc_printf(b->cx, "%s_dynamic_axes_%zu", name, axis + 1);
    const incsym *known = incmap_get_str(b->symbols, symbol);
    if (known) {
        if (incsym_hint(known) != size)
            inc_raise(b->cx, INC_E_INPUT,
                      "dynamic_axes gives the name %s to sizes that differ in the example "
                      "inputs: %lld and %lld (axis %zu of %s)",
                      symbol, (long long)incsym_hint(known), (long long)size, axis, name);
        return known;
    }
    const incsym *e = incsym_new(b->g->syms, symbol, size, 0, NULL, (int)axis);
    incmap_set_str(b->cx, b->symbols, symbol, (void *)(uintptr_t)e);
    return e;
}

static const char *input_name(builder *b, const char *in_code)
{
    size_t i = b->g->main->n_inputs;
    const char *given = next_name(b);
    const char *name = given && strchr(given, '.') && strcmp(given, b->path) == 0 ? given : in_code;
    if (i < b->request->n_input_names)
        name = b->request->input_names[i];
    return incfe_unique_name(b->cx, b->names, name);
}

static void check_against_recorded(const builder *b, const char *name, const inctensor *example,
                                   size_t i)
{
    if (i >= b->recorded.n)
        return;
    const inctensor *r = b->recorded.items[i];
    if (r->dtype != example->dtype)
        inc_raise(b->cx, INC_E_INPUT, "the example input %s is %s; the model was traced with %s",
                  name, incdtype_name(example->dtype), incdtype_name(r->dtype));
    if (r->rank != example->rank)
        inc_raise(b->cx, INC_E_INPUT,
                  "the example input %s has rank %zu; the model was traced with rank %zu", name,
                  example->rank, r->rank);
}

static incir_value *graph_input(builder *b, const char *in_code)
{
    size_t i = b->next_example;
    const char *name = input_name(b, in_code);
    const inctensor *example = take_example(b, in_code);
    check_against_recorded(b, name, example, i);
    incfe_axes_check_rank(b->cx, b->request, name, example->rank);
    if (!incdtype_onnx(example->dtype))
        inc_raise(b->cx, INC_E_UNSUPPORTED, "ONNX has no element type for the input %s (%s)", name,
                  incdtype_name(example->dtype));
    const incsym **dims = INC_NEW_N(b->cx, const incsym *, example->rank);
    for (size_t axis = 0; axis < example->rank; axis++)
        dims[axis] = input_dim(b, name, example, axis);
    incir_value *v = incir_input(b->g, name, example->dtype, example->rank, dims);
    for (size_t axis = 0; axis < example->rank; axis++) {
        int ignored;
        if (!incsym_known(dims[axis], NULL) && !incsym_origin(dims[axis], &ignored))
            incsym_set_origin(dims[axis], v, (int)axis);
    }
    incir_block_add_input(b->g, b->g->main, v);
    return v;
}

static incval tensor_input(builder *b, const char *in_code)
{
    incir_value *v = graph_input(b, in_code);
    incop_box *box = incop_box_new(b->cx, v);
    INC_PUSH(b->cx, &b->boxes, box);
    INC_PUSH(b->cx, &b->values, v);
    return incval_tensor(box);
}

static incval make_input(builder *b, const incts_type *t, const incpkl_value *recorded,
                         const char *name);

static incval make_part(builder *b, const incts_type *t, const incpkl_value *recorded,
                        const char *name, const char *key)
{
    const char *outer = b->path;
    b->path = inc_printf(b->cx, "%s.%s", outer, key);
    incval v = make_input(b, t, recorded, name);
    b->path = outer;
    return v;
}

/* The next example names a part of the list or tuple: it has to be the i-th. */
static void check_index(const builder *b, size_t i)
{
    const char *rest = next_inside(b), *expected = inc_printf(b->cx, "%zu", i);
    size_t n = strlen(expected);
    if (rest && (strncmp(rest, expected, n) != 0 || (rest[n] && rest[n] != '.')))
        inc_raise(b->cx, INC_E_INPUT, "the example input %s was found where %s.%zu was expected",
                  next_name(b), b->path, i);
}

static incval sequence_input(builder *b, const incts_type *t, const incpkl_value *recorded,
                             const char *name)
{
    bool is_tuple = t->kind == INCTS_TYPE_TUPLE;
    incval list = incval_list_new(b->cx, is_tuple ? INCVAL_TUPLE : INCVAL_LIST);
    bool known = recorded && (recorded->kind == INCPKL_LIST || recorded->kind == INCPKL_TUPLE);
    size_t left = b->examples.n - b->next_example;
    size_t n = is_tuple ? t->n_args
               : known  ? recorded->as.items.n
                        : left - (b->n_params_left < left ? b->n_params_left : left);
    bool is_named = !is_tuple && !known && next_inside(b);
    for (size_t i = 0; is_named ? next_inside(b) != NULL : i < n; i++) {
        const incts_type *item = t->n_args == 0 ? NULL : t->args[is_tuple ? i : 0];
        check_index(b, i);
        const incpkl_value *r =
            known && i < recorded->as.items.n ? recorded->as.items.items[i] : NULL;
        incval v = make_part(b, item, r, inc_printf(b->cx, "%s_%zu", name, i),
                             inc_printf(b->cx, "%zu", i));
        INC_PUSH(b->cx, &list.u.list->v, v);
    }
    return list;
}

static bool is_container(const incts_type *t)
{
    return t && (t->kind == INCTS_TYPE_LIST || t->kind == INCTS_TYPE_TUPLE ||
                 t->kind == INCTS_TYPE_DICT);
}

/* Entries whose examples are called after the dict and the key. */
static void named_entries(builder *b, const incts_type *item, incval_dict *dict)
{
    for (const char *rest = next_inside(b); rest; rest = next_inside(b)) {
        const char *dot = is_container(item) ? strchr(rest, '.') : NULL;
        const char *key = dot ? inc_strndup(b->cx, rest, (size_t)(dot - rest)) : rest;
        incval ignored;
        if (incval_dict_get(dict, incval_str(key), &ignored))
            inc_raise(b->cx, INC_E_INPUT, "the example inputs name %s.%s twice", b->path, key);
        incval_dict_set(b->cx, dict, incval_str(key), make_part(b, item, NULL, key, key));
    }
}

static incval dict_input(builder *b, const incts_type *t, const incpkl_value *recorded,
                         const char *name)
{
    incval dict = incval_dict_new(b->cx);
    const incts_type *item = t->n_args == 2 ? t->args[1] : NULL;
    if (recorded && recorded->kind == INCPKL_DICT) {
        for (size_t i = 0; i < recorded->as.dict->n; i++) {
            const incpkl_pair *pair = &recorded->as.dict->pairs[i];
            if (pair->key->kind != INCPKL_STRING)
                inc_raise(b->cx, INC_E_UNSUPPORTED,
                          "the input %s is a dict with keys of another "
                          "type than str",
                          name);
            const char *key = pair->key->as.text.bytes;
            incval_dict_set(b->cx, dict.u.dict, incval_str(key),
                            make_part(b, item, pair->value, key, key));
        }
        return dict;
    }
    if (next_inside(b)) {
        named_entries(b, item, dict.u.dict);
        return dict;
    }
    /* What is left, but for one each of the parameters behind it. */
    size_t left = b->examples.n - b->next_example;
    size_t end = b->examples.n - (b->n_params_left < left ? b->n_params_left : left);
    incstr keys = {0};
    while (b->next_example < end) {
        size_t i = b->next_example;
        const char *key = i < b->request->n_examples ? b->request->example_names[i] : NULL;
        if (!key)
            inc_raise_hint(b->cx, INC_E_INPUT, "name the example inputs after the keys",
                           "the input %s is a dict", name);
        incval_dict_set(b->cx, dict.u.dict, incval_str(key), make_input(b, item, NULL, key));
        incstr_addf(b->cx, &keys, "%s%s", keys.n ? ", " : "", key);
    }
    inc_warn(b->cx, "the input %s is a dict: the names of its example inputs are its keys (%s)",
             name, incstr_text(&keys));
    return dict;
}

/* A number that forward() takes. Integers are sizes of their own, floats tensors that operators
 * take for numbers; what decides which branch is taken, or has no value in the example, is part of
 * the model. */
static incval number_input(builder *b, const incts_type *t, const incpkl_value *recorded,
                           const char *name)
{
    if (recorded && recorded->kind != INCPKL_TENSOR)
        return incts_from_pickle(b->in, recorded, NULL);
    const inctensor *example = b->next_example < b->examples.n && !next_is_none(b)
                                   ? b->examples.items[b->next_example]
                                   : take_example(b, name); /* says that there is none */
    bool valued = inctensor_has_data(example) && example->numel == 1;
    bool is_int = example->dtype == INCDT_I64 && t->kind != INCTS_TYPE_FLOAT;
    bool is_float = incdtype_is_float(example->dtype) && t->kind != INCTS_TYPE_INT;
    if (valued && example->rank == 0 && t->kind != INCTS_TYPE_BOOL && (is_int || is_float)) {
        incir_value *v = graph_input(b, name);
        v->is_number = true;
        if (is_float) {
            v->constant = example;
            return incval_tensor(incop_box_new(b->cx, v));
        }
        int64_t value = inctensor_i64(b->cx, example);
        const incsym *symbol = incsym_new(b->g->syms, v->name, value, INT64_MIN, v, -1);
        v->contents = inc_copy(b->cx, &symbol, sizeof symbol);
        return incval_int(symbol);
    }
    if (!valued)
        inc_raise(b->cx, INC_E_INPUT, "%s is a number: its example input has to hold one", name);
    b->next_example++;
    inc_warn(b->cx, "the argument %s is a number and becomes a constant of the model", name);
    incval v = incval_tensor(incop_box_new(b->cx, incir_constant(b->g, example, NULL)));
    return incts_coerce(b->in, incts_tensor_number(b->in, v), t);
}

static incval make_input(builder *b, const incts_type *t, const incpkl_value *recorded,
                         const char *name)
{
    switch (t ? t->kind : INCTS_TYPE_TENSOR) {
    case INCTS_TYPE_TENSOR:
    case INCTS_TYPE_ANY:
        return tensor_input(b, name);
    case INCTS_TYPE_OPTIONAL:
        if (recorded && recorded->kind == INCPKL_NONE)
            return incval_none();
        if (next_is_none(b)) {
            b->next_example++;
            return incval_none();
        }
        if (b->next_example >= b->examples.n && !recorded)
            return incval_none();
        return make_input(b, t->n_args ? t->args[0] : NULL, recorded, name);
    case INCTS_TYPE_UNION: /* the simplest that it may be */
        for (size_t i = 0; i < t->n_args; i++)
            if (t->args[i]->kind == INCTS_TYPE_TENSOR)
                return tensor_input(b, name);
        return make_input(b, t->n_args ? t->args[0] : NULL, recorded, name);
    case INCTS_TYPE_LIST:
    case INCTS_TYPE_TUPLE:
        return sequence_input(b, t, recorded, name);
    case INCTS_TYPE_DICT:
        return dict_input(b, t, recorded, name);
    case INCTS_TYPE_INT:
    case INCTS_TYPE_FLOAT:
    case INCTS_TYPE_BOOL:
    case INCTS_TYPE_NUMBER:
        return number_input(b, t, recorded, name);
    case INCTS_TYPE_NONE:
        return incval_none();
    default:
        inc_raise(b->cx, INC_E_UNSUPPORTED, "the input %s is of the type %s", name, t->name);
    }
}

static void gather_examples(builder *b, const incpkl_value *recorded)
{
    if (recorded)
        collect_recorded(b, recorded);
    const inctensor *const *from = b->request->examples;
    size_t n = b->request->n_examples;
    if (n == 0) {
        from = b->recorded.items;
        n = b->recorded.n;
    }
    for (size_t i = 0; i < n; i++)
        INC_PUSH(b->cx, &b->examples, from[i]);
}

/* The arguments of forward(), self first. Parameters with defaults that no example is left for keep
 * them. */
static incval *make_inputs(builder *b, incts_object *root, const incts_function *forward, size_t *n)
{
    const incpkl_value *recorded = recorded_arguments(b);
    gather_examples(b, recorded);
    b->axis_used = INC_NEW_N(b->cx, bool, b->request->n_axes);
    incval *args = INC_NEW_N(b->cx, incval, forward->n_params + 1);
    args[0] = incval_object(root);
    size_t i = 1;
    for (; i < forward->n_params; i++) {
        const incts_param *p = &forward->params[i];
        const incpkl_value *r =
            recorded && i - 1 < recorded->as.items.n ? recorded->as.items.items[i - 1] : NULL;
        if (p->value && !r && b->next_example >= b->examples.n)
            break;
        b->n_params_left = 0;
        for (size_t k = i + 1; k < forward->n_params; k++)
            b->n_params_left += !forward->params[k].value;
        b->path = p->name;
        args[i] = make_input(b, p->type, r, p->name);
    }
    if (b->next_example < b->examples.n)
        inc_raise(b->cx, INC_E_INPUT, "%zu example inputs were given; %s() takes %zu",
                  b->examples.n, b->method, b->next_example);
    if (b->request->n_input_names > b->g->main->n_inputs)
        inc_raise(b->cx, INC_E_ARGUMENT, "input_names holds %zu names; the model has %zu input%s",
                  b->request->n_input_names, b->g->main->n_inputs,
                  b->g->main->n_inputs == 1 ? "" : "s");
    *n = i;
    return args;
}

/* ---- outputs ---- */

/* A float that the model computes is one of the default type, as those are that are known. */
static incval output_tensor(builder *b, incval v)
{
    incir_value *value = incop_box_read(b->g, v.u.t);
    if (value->kind != INCIR_RESULT || !value->is_number || value->dtype != INCDT_F64)
        return v;
    return incval_tensor(incop_box_new(b->cx, emit_cast(b->g, value, INCDT_F32)));
}

/* A list whose length data decides, as a sequence of tensors. */
static incval sequence_of(builder *b, incval_list *list)
{
    incir_graph *g = b->g;
    const incval_rows *rows = incfe_rows_read(g, incfe_rows_flush(g, list));
    if (rows->item.kind == INCFE_ITEMS || rows->item.kind == INCFE_DICT)
        inc_raise_hint(
            b->cx, INC_E_UNSUPPORTED, "return a list for each part of the items",
            "the model returns a list of tuples, lists or dicts whose length data decides");
    incir_value *all = rows->leaves[0];
    if (rows->item.kind == INCFE_FLOAT)
        all = emit_cast(g, all, INCDT_F32);
    if (all->dtype != INCDT_F32 && all->dtype != INCDT_F64 && all->dtype != INCDT_I32 &&
        all->dtype != INCDT_I64) /* what runtimes have it for */
        inc_raise_hint(b->cx, INC_E_UNSUPPORTED, "return the list stacked into one tensor",
                       "the model returns a list of %s whose length data decides",
                       incdtype_name(all->dtype));
    inc_warn(b->cx,
             "the model returns a list whose length data decides: an output is a sequence of "
             "tensors, which not every runtime has");
    incir_node *n = incir_node_new(g, "SplitToSequence");
    incir_in(g, n, all);
    if (incfe_rows_differ(&rows->item)) {
        incir_in(g, n, rows->leaves[1]);
        incir_attr_int(g, n, "axis", (int64_t)incfe_rows_axis(&rows->item));
    } else {
        incir_attr_int(g, n, "axis", 0);
        incir_attr_int(g, n, "keepdims", 0);
    }
    return incval_tensor(incop_box_new(b->cx, incir_emit_kept(g, n)));
}

/* A tensor whose rank data or sizes decide. */
static incval choice_output(builder *b, const incval_choice *choice)
{
    incir_graph *g = b->g;
    incval sides[2] = {choice->yes, choice->no};
    incir_node *n = incir_node_new(g, "If");
    n->frees_ranks = true;
    incir_in(g, n, choice->condition);
    inc_enter(b->cx);
    for (size_t i = 0; i < 2; i++) {
        incir_block *around = g->block, *block = incir_block_new(g);
        g->block = block;
        if (sides[i].kind == INCVAL_CHOICE)
            sides[i] = choice_output(b, sides[i].u.choice);
        if (sides[i].kind == INCVAL_TENSOR)
            incop_block_output(g, incop_box_read(g, sides[i].u.t));
        g->block = around;
        incir_attr_block(g, n, i == 0 ? "then_branch" : "else_branch", block);
        if (sides[i].kind != INCVAL_TENSOR)
            inc_raise(b->cx, INC_E_UNSUPPORTED, "the model returns a %s or a %s, as data decides",
                      incval_kind_name(choice->yes.kind), incval_kind_name(choice->no.kind));
    }
    inc_leave(b->cx);
    return incval_tensor(incop_box_new(b->cx, incir_emit_kept(g, n)));
}

static void collect_outputs(builder *b, incval v, const char *name, incfe_outputs *found)
{
    enum { MOST_OUTPUTS = 65536 };
    if (found->n > MOST_OUTPUTS)
        inc_raise(b->cx, INC_E_LIMIT, "the model has more than %d outputs", MOST_OUTPUTS);
    incts_step(b->in);
    switch (v.kind) {
    case INCVAL_TENSOR:
        incfe_outputs_add(b->g, found, output_tensor(b, v), name);
        return;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (v.u.list->rows) {
            incfe_outputs_add(b->g, found, sequence_of(b, v.u.list), name);
            return;
        }
        inc_enter(b->cx);
        for (size_t i = 0; i < v.u.list->v.n; i++)
            collect_outputs(b, v.u.list->v.items[i],
                            v.u.list->field_names ? v.u.list->field_names[i] : NULL, found);
        inc_leave(b->cx);
        return;
    case INCVAL_DICT:
        inc_enter(b->cx);
        for (size_t i = 0; i < incval_dict_count(v.u.dict); i++) {
            incval key, item;
            incval_dict_at(v.u.dict, i, &key, &item);
            collect_outputs(b, item, key.kind == INCVAL_STR ? key.u.s : NULL, found);
        }
        inc_leave(b->cx);
        return;
    case INCVAL_CHOICE:
        inc_warn(b->cx, "sizes decide on the rank of an output when the model runs, as in PyTorch: "
                        "the file declares the example's; squeeze(dim) of an axis that is always 1 "
                        "fixes it");
        incfe_outputs_add(b->g, found, choice_output(b, v.u.choice), name);
        return;
    default:
        incfe_outputs_add(b->g, found, v, name);
    }
}

static void make_outputs(builder *b, incval returned)
{
    incfe_outputs outputs = {0};
    collect_outputs(b, returned, NULL, &outputs);
    incfe_outputs_make(b->g, b->request, b->names, &outputs, b->in->missing.items.n == 0);
}

/* ---- what could not be exported ---- */

static const incts_debug_map *debug_map_of(incts_interp *in, const char *entry)
{
    bool known;
    const incts_debug_map *map = incmap_get(in->debug_maps, entry, strlen(entry), &known);
    if (known)
        return map;
    inczip *zip = in->archive->zip;
    const inczip_entry *source = inczip_find(zip, entry);
    const inczip_entry *record = inczip_find(zip, inc_printf(in->cx, "%s.debug_pkl", entry));
    incmap_set_str(in->cx, in->debug_maps, entry, NULL); /* also when reading it raises */
    if (!source || !record)
        return NULL;
    map =
        incts_debug_map_load(in->cx, record->record, inczip_read(in->cx, zip, record), record->size,
                             (const char *)inczip_read(in->cx, zip, source), (size_t)source->size);
    incmap_set_str(in->cx, in->debug_maps, entry, (void *)(uintptr_t)map);
    return map;
}

/* The user's own line behind a place in the archive's code; NULL when it is not known or cannot be
 * read: an error is being reported already. */
static const char *python_line(void *data, const inc_where *where)
{
    incts_interp *in = data;
    if (!where->entry || !in->archive->zip)
        return NULL;
    inc_frame frame;
    if (inc_try(in->cx, &frame)) {
        const char *line = incts_debug_map_find(in->cx, debug_map_of(in, where->entry), where->line,
                                                where->column, NULL);
        inc_try_end(in->cx, &frame);
        return line;
    }
    return NULL;
}

/* The line of an operator; where that is PyTorch's own, as of a scripted nn.Conv2d, the user's line
 * that called into it. */
static const char *find_python_of(incts_interp *in, const incir_call *call)
{
    incts_call_site here = {call->entry, call->line, call->column, call->origin};
    const char *found = NULL;
    for (const incts_call_site *at = &here; at && at->entry; at = at->outer) {
        bool is_library;
        const char *line = incts_debug_map_find(in->cx, debug_map_of(in, at->entry), at->line,
                                                at->column, &is_library);
        if (line && !is_library)
            return line;
        found = found ? found : line;
    }
    return found;
}

static const char *python_of(void *data, const incir_call *call)
{
    incts_interp *in = data;
    inc_frame frame;
    if (in->archive->zip && inc_try(in->cx, &frame)) {
        const char *line = find_python_of(in, call);
        inc_try_end(in->cx, &frame);
        return line;
    }
    if (in->archive->zip && in->cx->error.status == INC_E_MEMORY)
        inc_raise_again(in->cx);
    return NULL;
}

static void find_written(builder *b)
{
    incts_state_find_written(b->in);
    for (size_t i = 0; i < b->boxes.n; i++) {
        incir_value *next = incop_box_read(b->g, b->boxes.items[i]);
        if (next != b->values.items[i])
            incfe_input_written(b->cx, b->request, b->values.items[i], next);
    }
}

/* What cannot be exported ends the evaluation sooner or later; what was met until then is reported.
 */
static void evaluate(builder *b, const incts_function *forward, const incval *args, size_t n_args)
{
    inc_frame frame;
    if (inc_try(b->cx, &frame)) {
        incval returned = incts_call_function(b->in, forward, NULL, args, n_args, NULL, 0);
        find_written(b);
        make_outputs(b, returned);
        inc_try_end(b->cx, &frame);
    } else if (b->cx->error.status != INC_E_UNSUPPORTED || b->in->missing.items.n == 0) {
        inc_failure error = b->cx->error; /* looking for the line must not replace it */
        if (error.status != INC_E_MEMORY && error.status != INC_E_CANCELLED)
            error.where.python = python_line(b->in, &error.where);
        b->cx->error = error;
        inc_raise_again(b->cx);
    }
    if (b->in->missing.items.n)
        incfe_missing_raise(b->cx, &b->in->missing, python_line, b->in);
}

incir_graph *incts_build(inccx *cx, incarc *archive, const incfe_request *request)
{
    incir_graph *g = incir_graph_new(cx, request->opset);
    g->wish = request->wish;
    g->keep_calls = request->keep_calls;
    g->custom = request->custom;
    g->fuses = request->fuses;
    incts_interp *in = incts_interp_new(cx, archive, g);
    in->dropped = incmap_new(cx);
    in->ranks = request->ranks;
    in->unroll_limit = request->unroll_limit ? request->unroll_limit : INCTS_UNROLL_LIMIT;
    g->find_python = python_of;
    g->find_python_data = in;
    builder *b = INC_NEW(cx, builder);
    *b = (builder){.in = in, .cx = cx, .g = g, .request = request};
    b->names = incmap_new(cx);
    b->symbols = incmap_new(cx);
    if (request->states)
        request->states->symbols = b->symbols;
    in->state = incts_state_new(cx, request);
    incts_object *root = incts_root(in);
    if (!root->of && archive->kind == INCARC_TORCHSCRIPT_MOBILE)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "Use the TorchScript file that it was made from.",
                       "this is a mobile model with bytecode for the lite interpreter, but without "
                       "the code of its class %s",
                       root->class_name);
    const incts_function *forward =
        incts_choose_method(cx, root->of, root->class_name, request->method);
    b->method = forward->name;
    size_t n_args;
    const incval *args = make_inputs(b, root, forward, &n_args);
    cx->where.scope = "";
    evaluate(b, forward, args, n_args);
    cx->where = (inc_where){0};
    incfe_axes_check(g, request, b->axis_used);
    return g;
}
