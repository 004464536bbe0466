/* SPDX-License-Identifier: Apache-2.0 */
/* What forward() takes: inputs of the graph, as many as the example inputs, in the lists, tuples
 * and dicts that its parameters are. */
#include <string.h>

#include "base/str.h"
#include "frontend/signature.h"
#include "frontend/torchscript/forward.h"

/* ---- what was recorded ---- */

static void collect_recorded(incts_builder *b, const incpkl_value *value)
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

static const incpkl_value *recorded_arguments(incts_builder *b)
{
    const incpkl_value *all = incarc_traced_inputs(b->cx, b->in->archive);
    const incpkl_value *forward = incpkl_get(all, b->method);
    return forward && (forward->kind == INCPKL_LIST || forward->kind == INCPKL_TUPLE) ? forward
                                                                                      : NULL;
}

/* ---- inputs ---- */

static const inctensor *take_example(incts_builder *b, const char *name)
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

static bool next_is_none(const incts_builder *b)
{
    return b->next_example < b->examples.n && !b->examples.items[b->next_example];
}

/* Flat names bind to parts of an argument: "t.1.0" is the first of the second of t, "d.key" an
 * entry of d. */
static const char *next_name(const incts_builder *b)
{
    return b->next_example < b->request->n_examples ? b->request->example_names[b->next_example]
                                                    : NULL;
}

/* What follows "path." in the next example's name; NULL when it is no part of that argument. */
static const char *next_inside(const incts_builder *b)
{
    const char *name = next_name(b);
    size_t n = strlen(b->path);
    return name && strncmp(name, b->path, n) == 0 && name[n] == '.' ? name + n + 1 : NULL;
}

static const incsym *input_dim(incts_builder *b, const char *name, const inctensor *example,
                               size_t axis)
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

static const char *input_name(incts_builder *b, const char *in_code)
{
    size_t i = b->g->main->n_inputs;
    const char *given = next_name(b);
    const char *name = given && strchr(given, '.') && strcmp(given, b->path) == 0 ? given : in_code;
    if (i < b->request->n_input_names)
        name = b->request->input_names[i];
    return incfe_unique_name(b->cx, b->names, name);
}

static void check_against_recorded(const incts_builder *b, const char *name,
                                   const inctensor *example, size_t i)
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

static incir_value *graph_input(incts_builder *b, const char *in_code)
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

static incval tensor_input(incts_builder *b, const char *in_code)
{
    incir_value *v = graph_input(b, in_code);
    incop_box *box = incop_box_new(b->cx, v);
    INC_PUSH(b->cx, &b->boxes, box);
    INC_PUSH(b->cx, &b->values, v);
    return incval_tensor(box);
}

static incval make_input(incts_builder *b, const incts_type *t, const incpkl_value *recorded,
                         const char *name);

static incval make_part(incts_builder *b, const incts_type *t, const incpkl_value *recorded,
                        const char *name, const char *key)
{
    const char *outer = b->path;
    b->path = inc_printf(b->cx, "%s.%s", outer, key);
    incval v = make_input(b, t, recorded, name);
    b->path = outer;
    return v;
}

/* The next example names a part of the list or tuple: it has to be the i-th. */
static void check_index(const incts_builder *b, size_t i)
{
    const char *rest = next_inside(b), *expected = inc_printf(b->cx, "%zu", i);
    size_t n = strlen(expected);
    if (rest && (strncmp(rest, expected, n) != 0 || (rest[n] && rest[n] != '.')))
        inc_raise(b->cx, INC_E_INPUT, "the example input %s was found where %s.%zu was expected",
                  next_name(b), b->path, i);
}

static incval sequence_input(incts_builder *b, const incts_type *t, const incpkl_value *recorded,
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
static void named_entries(incts_builder *b, const incts_type *item, incval_dict *dict)
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

static incval dict_input(incts_builder *b, const incts_type *t, const incpkl_value *recorded,
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
static incval number_input(incts_builder *b, const incts_type *t, const incpkl_value *recorded,
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

static incval make_input(incts_builder *b, const incts_type *t, const incpkl_value *recorded,
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

static void gather_examples(incts_builder *b, const incpkl_value *recorded)
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

incval *incts_make_inputs(incts_builder *b, incts_object *root, const incts_function *forward,
                          size_t *n)
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
