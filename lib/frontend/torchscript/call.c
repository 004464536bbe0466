/* SPDX-License-Identifier: Apache-2.0 */
/* What can be called: operators, methods, functions, classes and the builtins spelled as names. */
#include <string.h>

#include "base/str.h"
#include "frontend/torchscript/eval.h"
#include "frontend/torchscript/upgrade.h"
#include "ops/call/block.h"

typedef struct arguments {
    incval *items;
    size_t n;
    incop_keyword *keywords;
    size_t n_keywords;
} arguments;

/* first: an argument that stands before those written (self, or NULL). */
static arguments eval_arguments(incts_interp *in, incts_frame *frame, const incts_expr *e,
                                const incval *first)
{
    arguments a = {0};
    size_t shift = first ? 1 : 0;
    a.items = INC_NEW_N(in->cx, incval, e->call.n_args + shift);
    if (first)
        a.items[0] = *first;
    for (size_t i = 0; i < e->call.n_args; i++)
        a.items[i + shift] = incts_eval(in, frame, e->call.args[i]);
    a.n = e->call.n_args + shift;
    a.keywords = INC_NEW_N(in->cx, incop_keyword, e->call.n_keywords);
    for (size_t i = 0; i < e->call.n_keywords; i++)
        a.keywords[i] = (incop_keyword){e->call.keywords[i].name,
                                        incts_eval(in, frame, e->call.keywords[i].value)};
    a.n_keywords = e->call.n_keywords;
    return a;
}

/* ---- operators ---- */

static incval call_row(incts_interp *in, const char *name, const incval *args, size_t n_args,
                       const incop_keyword *keywords, size_t n_keywords)
{
    incval result;
    inc_frame catch;
    unsigned depth = in->depth;
    struct incop_block *open = in->g->open;
    incir_block *block = in->g->block;
    incir_call *place = in->g->call;
    if (inc_try(in->cx, &catch)) {
        size_t n;
        const incval *results = incop_invoke(in->g, name, args, n_args, keywords, n_keywords, &n);
        if (n == 1) {
            result = results[0];
        } else if (n == 0) {
            result = incval_none();
        } else {
            result = incval_list_new(in->cx, INCVAL_TUPLE);
            for (size_t i = 0; i < n; i++)
                INC_PUSH(in->cx, &result.u.list->v, results[i]);
        }
        in->cx->where.op = NULL;
        inc_try_end(in->cx, &catch);
        return result;
    }
    if (in->cx->error.status != INC_E_UNSUPPORTED)
        inc_raise_again(in->cx);
    in->depth = depth;
    incop_unwind(in->g, open);
    in->g->block = block; /* a handler may have been filling one */
    in->g->call = place;
    incfe_missing_note(in->cx, &in->missing, name);
    in->cx->where.op = NULL;
    return incval_unknown();
}

incval incts_call_current(incts_interp *in, const char *name, const incval *args, size_t n_args,
                          const incop_keyword *keywords, size_t n_keywords)
{
    incval result;
    if (incts_builtin(in, name, args, n_args, keywords, n_keywords, &result))
        return result;
    return call_row(in, name, args, n_args, keywords, n_keywords);
}

/* [a, b] where b is a choice: a choice of two lists. */
static incval choice_of_lists(inccx *cx, incval list, size_t at)
{
    incval_choice *choice = INC_NEW(cx, incval_choice);
    const incval_choice *item = list.u.list->v.items[at].u.choice;
    choice->condition = item->condition;
    for (size_t i = 0; i < 2; i++) {
        incval side = incval_list_new(cx, list.kind);
        for (size_t k = 0; k < list.u.list->v.n; k++)
            INC_PUSH(cx, &side.u.list->v,
                     k != at  ? list.u.list->v.items[k]
                     : i == 0 ? item->yes
                              : item->no);
        *(i == 0 ? &choice->yes : &choice->no) = side;
    }
    return (incval){.kind = INCVAL_CHOICE, .u.choice = choice};
}

/* An argument of an operator on tensors that is a list with a choice in it becomes one itself. */
static void open_lists(incts_interp *in, const char *name, const incval **args, size_t n_args)
{
    for (size_t i = 0; i < n_args; i++) {
        incval v = (*args)[i];
        if ((v.kind != INCVAL_LIST && v.kind != INCVAL_TUPLE) || v.u.list->rows)
            continue;
        inc_work(in->cx, v.u.list->v.n);
        for (size_t k = 0; k < v.u.list->v.n; k++)
            if (v.u.list->v.items[k].kind == INCVAL_CHOICE && incop_known(name)) {
                incval *own = inc_copy(in->cx, *args, n_args * sizeof **args);
                own[i] = choice_of_lists(in->cx, v, k);
                *args = own;
                return;
            }
    }
}

incval incts_call_operator(incts_interp *in, const char *name, const incval *args, size_t n_args,
                           const incop_keyword *keywords, size_t n_keywords)
{
    incval result;
    size_t at;
    open_lists(in, name, &args, n_args);
    if (incts_find_choice(name, args, n_args, keywords, n_keywords, &at))
        return incts_call_on_choice(in, name, args, n_args, keywords, n_keywords, at);
    if (in->archive->version < INCTS_NO_UPGRADE &&
        incts_upgraded(in, name, args, n_args, keywords, n_keywords, &result))
        return result;
    if (incts_squeeze(in, name, args, n_args, keywords, n_keywords, &result))
        return result;
    return incts_call_current(in, name, args, n_args, keywords, n_keywords);
}

incval incts_call_row(incts_interp *in, const char *name, const incval *args, size_t n_args)
{
    return call_row(in, name, args, n_args, NULL, 0);
}

static incval call_operator_path(incts_interp *in, incts_frame *frame, const incts_expr *e,
                                 const char *path)
{
    char *name;
    if (incstr_starts(path, "torch."))
        name = inc_printf(in->cx, "aten::%s", path + strlen("torch."));
    else
        name = inc_printf(in->cx, "%s", path + strlen("ops."));
    char *dot = strchr(name, '.');
    if (dot && incstr_starts(path, "ops.")) /* ops.prim.min: the first dot parts the namespace */
        name = inc_printf(in->cx, "%.*s::%s", (int)(dot - name), name, dot + 1);
    inc_where here = in->cx->where;
    arguments a = eval_arguments(in, frame, e, NULL);
    in->cx->where.line = here.line; /* arguments on other lines moved it */
    in->cx->where.column = here.column;
    return incts_call_operator(in, name, a.items, a.n, a.keywords, a.n_keywords);
}

/* ---- methods ---- */

static bool is_forward(const incts_function *f)
{
    return f->owner && f->owner->kind == INCTS_CLASS_MODULE && incstr_starts(f->name, "forward");
}

static incval call_method(incts_interp *in, incts_object *self, const incts_function *method,
                          const arguments *a)
{
    incir_call *outer = in->g->call;
    const char *where = in->cx->where.scope;
    if (self && self->path && self->path[0] && is_forward(method)) {
        in->g->call = incir_place_new(in->g, self->path,
                                      incfe_scope_of_call(in->cx, outer->scope, self->path));
        in->cx->where.scope = self->path;
    }
    incval v = incts_call_function(in, method, NULL, a->items, a->n, a->keywords, a->n_keywords);
    in->g->call = outer;
    in->cx->where.scope = where;
    return v;
}

static incval call_attribute(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    const incts_expr *callee = e->call.callee;
    incval object = incts_eval(in, frame, callee->attribute.object);
    const char *name = callee->attribute.name;
    arguments a = eval_arguments(in, frame, e, &object);
    if (object.kind == INCVAL_UNKNOWN)
        return object;
    if (object.kind != INCVAL_OBJECT) /* "text".format(…), x.tolist() */
        return incts_call_operator(in, inc_printf(in->cx, "aten::%s", name), a.items, a.n,
                                   a.keywords, a.n_keywords);
    incts_object *o = object.u.object;
    if (!o->of)
        inc_raise_hint(in->cx, INC_E_UNSUPPORTED,
                       "export the FP32 model, before it was quantized or packed",
                       "objects of the C++ class %s are not supported", o->class_name);
    const incts_function *method = incts_find_method(o->of, name);
    if (!method) {
        incval value;
        if (incts_find_object_attribute(in, o, name, &value) && value.kind == INCVAL_FUNCTION) {
            const incts_callable *f = value.u.object;
            return incts_call_function(in, f->function, f->closure, a.items + 1, a.n - 1,
                                       a.keywords, a.n_keywords);
        }
        inc_raise(in->cx, INC_E_FORMAT, "%s has no method %s", o->class_name, name);
    }
    incval ignored; /* restores the object first, if it restores itself */
    (void)incts_find_object_attribute(in, o, "training", &ignored);
    return call_method(in, o, method, &a);
}

/* ---- names ---- */

static incval named_tuple(incts_interp *in, const incts_class *of, const char *class_name,
                          const arguments *a)
{
    incval tuple = incval_list_new(in->cx, INCVAL_TUPLE);
    const char **names = INC_NEW_N(in->cx, const char *, of->n_attributes);
    size_t n = 0;
    for (size_t i = 0; i < of->n_attributes; i++) {
        const incts_attribute *field = &of->attributes[i];
        incval v;
        const incval *given = n < a->n ? &a->items[n] : NULL;
        for (size_t k = 0; !given && k < a->n_keywords; k++)
            if (strcmp(a->keywords[k].name, field->name) == 0)
                given = &a->keywords[k].value;
        if (given) {
            v = *given;
        } else if (field->value) {
            incts_frame empty = {.locals = incmap_new(in->cx), .born = inc_stamp(in->cx)};
            v = incts_eval(in, &empty, field->value);
        } else {
            inc_raise(in->cx, INC_E_FORMAT, "%s is made without its field %s", class_name,
                      field->name);
        }
        names[n++] = field->name;
        INC_PUSH(in->cx, &tuple.u.list->v, incts_coerce(in, v, field->type));
    }
    tuple.u.list->type_name = class_name;
    tuple.u.list->field_names = names;
    return tuple;
}

static incval call_model_path(incts_interp *in, incts_frame *frame, const incts_expr *e,
                              const char *path)
{
    const incts_function *function = incts_function_named(in, path);
    if (function) {
        arguments a = eval_arguments(in, frame, e, NULL);
        return incts_call_function(in, function, NULL, a.items, a.n, a.keywords, a.n_keywords);
    }
    if (incstr_ends(path, ".__new__")) {
        const char *name = inc_strndup(in->cx, path, strlen(path) - strlen(".__new__"));
        const incts_class *of = incts_class_named(in, name);
        if (of)
            return incval_object(incts_object_new(in, of, name));
    }
    const incts_class *of = incts_class_named(in, path);
    if (!of)
        inc_raise(in->cx, INC_E_FORMAT, "the archive's code has no %s", path);
    arguments a = eval_arguments(in, frame, e, NULL);
    if (of->kind == INCTS_CLASS_NAMED_TUPLE)
        return named_tuple(in, of, path, &a);
    if (of->kind == INCTS_CLASS_ENUM && a.n == 1)
        return incts_enum_member(in, of, path, NULL, &a.items[0]);
    inc_raise(in->cx, INC_E_FORMAT, "%s cannot be called", path);
}

static incval call_value(incts_interp *in, incval callee, const arguments *a)
{
    if (callee.kind == INCVAL_UNKNOWN)
        return callee;
    if (callee.kind != INCVAL_FUNCTION)
        inc_raise(in->cx, INC_E_FORMAT, "%s cannot be called", incval_described(callee.kind));
    const incts_callable *f = callee.u.object;
    if (f->operator_name)
        return incts_call_operator(in, f->operator_name, a->items, a->n, a->keywords,
                                   a->n_keywords);
    arguments with_self = *a;
    if (f->self) {
        with_self.items = INC_NEW_N(in->cx, incval, a->n + 1);
        with_self.items[0] = incval_object(f->self);
        if (a->n)
            memcpy(with_self.items + 1, a->items, a->n * sizeof *a->items);
        with_self.n++;
        return call_method(in, f->self, f->function, &with_self);
    }
    return incts_call_function(in, f->function, f->closure, a->items, a->n, a->keywords,
                               a->n_keywords);
}

static incval call_name(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    static const struct {
        const char *name, *operator_name;
    } spelled[] = {
        {"int", "aten::Int"},       {"float", "aten::Float"},     {"bool", "aten::Bool"},
        {"str", "aten::str"},       {"len", "aten::len"},         {"print", "prim::Print"},
        {"sorted", "aten::sorted"}, {"min", "prim::min"},         {"max", "prim::max"},
        {"abs", "prim::abs"},       {"round", "aten::round"},     {"ord", "aten::ord"},
        {"chr", "aten::chr"},       {"hex", "aten::hex"},         {"oct", "aten::oct"},
        {"bin", "aten::bin"},       {"list", "aten::list"},       {"dict", "aten::dict"},
        {"range", "aten::__range"}, {"complex", "aten::Complex"},
    };
    const char *name = e->call.callee->name;
    const incval *value = incts_find_local(frame, name);
    arguments a = eval_arguments(in, frame, e, NULL);
    if (value)
        return call_value(in, *value, &a);
    if (strcmp(name, "fork") == 0 && a.n >= 1) { /* run now; wait() takes the value */
        arguments rest = {a.items + 1, a.n - 1, a.keywords, a.n_keywords};
        return call_value(in, a.items[0], &rest);
    }
    for (size_t i = 0; i < INC_COUNT(spelled); i++)
        if (strcmp(spelled[i].name, name) == 0)
            return incts_call_operator(in, spelled[i].operator_name, a.items, a.n, a.keywords,
                                       a.n_keywords);
    inc_raise(in->cx, INC_E_FORMAT, "nothing is called %s here", name);
}

incval incts_call(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    const incts_expr *callee = e->call.callee;
    switch ((incts_expr_kind)callee->kind) {
    case INCTS_PATH:
        if (strcmp(callee->name, "torch.device") == 0 && e->call.n_args >= 1) {
            incval v = incts_eval(in, frame, e->call.args[0]);
            return v.kind == INCVAL_STR ? incval_device(v.u.s) : v;
        }
        if (strcmp(callee->name, "torch.wait") == 0 && e->call.n_args == 1)
            return incts_eval(in, frame, e->call.args[0]);
        if (incstr_starts(callee->name, "torch.autograd."))
            inc_raise(in->cx, INC_E_UNSUPPORTED, "the model computes gradients (%s)", callee->name);
        if (incstr_starts(callee->name, "torch.") || incstr_starts(callee->name, "ops."))
            return call_operator_path(in, frame, e, callee->name);
        return call_model_path(in, frame, e, callee->name);
    case INCTS_ATTRIBUTE:
        return call_attribute(in, frame, e);
    case INCTS_NAME:
        return call_name(in, frame, e);
    default: {
        incval value = incts_eval(in, frame, callee);
        arguments a = eval_arguments(in, frame, e, NULL);
        return call_value(in, value, &a);
    }
    }
}
