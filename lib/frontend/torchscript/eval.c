/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions, evaluated.
 *
 * What is known is computed; what is a tensor is a box on a value of the graph, and operators on it
 * append nodes. */
#include "frontend/torchscript/eval.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ops/call/block.h"

enum { MOST_DEPTH = 2500 };
enum { WORK_PER_STEP = 50 };
static const uint64_t most_steps = 20 * 1000 * 1000;

void incts_step(incts_interp *in)
{
    inc_work(in->cx, WORK_PER_STEP);
    if (++in->steps > most_steps)
        inc_raise(in->cx, INC_E_LIMIT,
                  "the model's code runs for more than %llu steps on the example inputs",
                  (unsigned long long)most_steps);
    enum { STEPS_BETWEEN_REPORTS = 8192 };
    if (in->steps % STEPS_BETWEEN_REPORTS == 0)
        inc_progress(in->cx, "evaluating", in->steps, 0);
}

void incts_enter(incts_interp *in)
{
    incts_step(in);
    if (++in->depth > MOST_DEPTH || inc_stack_ends(in->cx))
        inc_raise(in->cx, INC_E_LIMIT, "the model's functions call each other too deeply");
}

void incts_leave(incts_interp *in)
{
    in->depth--;
}

/* ---- names and literals ---- */

incval *incts_find_local(const incts_frame *frame, const char *name)
{
    for (const incts_frame *f = frame; f; f = f->outer) {
        incval *v = incmap_get_str(f->locals, name);
        if (v)
            return v;
    }
    return NULL;
}

static incval eval_name(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    const incval *v = incts_find_local(frame, e->name);
    if (v)
        return *v;
    if (strcmp(e->name, "inf") == 0)
        return incval_float((double)INFINITY);
    if (strcmp(e->name, "nan") == 0)
        return incval_float((double)NAN);
    inc_raise(in->cx, INC_E_FORMAT, "the name %s has no value here", e->name);
}

/* "CONSTANTS.c0", "__torch__.Mode.MUL", "__torch__.f" as a value. */
static incval eval_path(incts_interp *in, const incts_expr *e)
{
    if (incstr_starts(e->name, "CONSTANTS."))
        return incts_constant(in, e->name + strlen("CONSTANTS."));
    incts_callable *callable = INC_NEW(in->cx, incts_callable);
    incval v = {.kind = INCVAL_FUNCTION, .u.object = callable};
    callable->function = incts_function_named(in, e->name);
    if (callable->function)
        return v;
    const char *dot = strrchr(e->name, '.');
    if (dot) {
        const char *class_name = inc_strndup(in->cx, e->name, (size_t)(dot - e->name));
        const incts_class *of = incts_class_named(in, class_name);
        if (of && of->kind == INCTS_CLASS_ENUM)
            return incts_enum_member(in, of, class_name, dot + 1, NULL);
    }
    if (incstr_starts(e->name, "torch.")) {
        callable->operator_name = inc_printf(in->cx, "aten::%s", e->name + strlen("torch."));
        return v;
    }
    inc_raise(in->cx, INC_E_FORMAT, "the archive's code has no %s", e->name);
}

static incval eval_attribute(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    incval object = incts_eval(in, frame, e->attribute.object);
    const char *name = e->attribute.name;
    if (object.kind == INCVAL_UNKNOWN)
        return object;
    if (object.kind == INCVAL_TUPLE && object.u.list->field_names) {
        for (size_t i = 0; i < object.u.list->v.n; i++)
            if (strcmp(object.u.list->field_names[i], name) == 0)
                return object.u.list->v.items[i];
    }
    if (object.kind == INCVAL_OBJECT) {
        incts_object *o = object.u.object;
        if (o->enum_name && strcmp(name, "value") == 0)
            return o->enum_value;
        if (o->enum_name && strcmp(name, "name") == 0)
            return incval_str(o->enum_name);
        incval value;
        if (incts_find_object_attribute(in, o, name, &value))
            return value;
        const incts_function *method = o->of ? incts_find_method(o->of, name) : NULL;
        if (method) {
            incts_callable *bound = INC_NEW(in->cx, incts_callable);
            bound->function = method;
            bound->self = o;
            return (incval){.kind = INCVAL_FUNCTION, .u.object = bound};
        }
        return incts_get_attribute(in, o, name);
    }
    if (object.kind == INCVAL_TENSOR) /* x.dtype and the like in hand-written code */
        return incts_call_operator(in, inc_printf(in->cx, "prim::%s", name), &object, 1, NULL, 0);
    inc_raise(in->cx, INC_E_FORMAT, "%s has no attribute %s", incval_described(object.kind), name);
}

static incval optional_eval(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    return e ? incts_eval(in, frame, e) : incval_none();
}

static incval eval_subscript(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    incval object = incts_eval(in, frame, e->subscript.object);
    const incts_expr *index = e->subscript.index;
    if (object.kind == INCVAL_UNKNOWN)
        return object;
    if (index->kind == INCTS_SLICE) {
        incval lower = optional_eval(in, frame, index->slice.lower);
        incval upper = optional_eval(in, frame, index->slice.upper);
        incval step = optional_eval(in, frame, index->slice.step);
        return incts_slice(in, object, lower, upper, step);
    }
    return incts_index(in, object, incts_eval(in, frame, index));
}

const char *incts_operator_name(incts_op op)
{
    static const char *const names[] = {
        [INCTS_OP_NEG] = "aten::neg",
        [INCTS_OP_NOT] = "aten::__not__",
        [INCTS_OP_INVERT] = "aten::bitwise_not",
        [INCTS_OP_ADD] = "aten::add",
        [INCTS_OP_SUB] = "aten::sub",
        [INCTS_OP_MUL] = "aten::mul",
        [INCTS_OP_DIV] = "aten::div",
        [INCTS_OP_FLOORDIV] = "aten::floordiv",
        [INCTS_OP_MOD] = "aten::remainder",
        [INCTS_OP_MATMUL] = "aten::matmul",
        [INCTS_OP_POW] = "aten::pow",
        [INCTS_OP_LSHIFT] = "aten::__lshift__",
        [INCTS_OP_RSHIFT] = "aten::__rshift__",
        [INCTS_OP_BITAND] = "aten::__and__",
        [INCTS_OP_BITOR] = "aten::__or__",
        [INCTS_OP_BITXOR] = "aten::__xor__",
        [INCTS_OP_LT] = "aten::lt",
        [INCTS_OP_LE] = "aten::le",
        [INCTS_OP_GT] = "aten::gt",
        [INCTS_OP_GE] = "aten::ge",
        [INCTS_OP_EQ] = "aten::eq",
        [INCTS_OP_NE] = "aten::ne",
        [INCTS_OP_IS] = "aten::__is__",
        [INCTS_OP_IS_NOT] = "aten::__isnot__",
        [INCTS_OP_IN] = "aten::__contains__",
    };
    return op < INC_COUNT(names) ? names[op] : NULL;
}

static incval eval_operation(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    incval left = incts_eval(in, frame, e->left);
    if (e->kind == INCTS_UNARY) {
        if (e->op == INCTS_OP_POS)
            return left;
        if (e->op == INCTS_OP_NEG && left.kind == INCVAL_FLOAT)
            return incval_float(-left.u.f);
        return incts_call_operator(in, incts_operator_name(e->op), &left, 1, NULL, 0);
    }
    if (e->op == INCTS_OP_AND || e->op == INCTS_OP_OR)
        return incts_truth(in, left) == (e->op == INCTS_OP_OR) ? left
                                                               : incts_eval(in, frame, e->right);
    incval args[2] = {left, incts_eval(in, frame, e->right)};
    if (e->op == INCTS_OP_IN || e->op == INCTS_OP_NOT_IN) {
        incval swapped[2] = {args[1], args[0]};
        incval found = incts_call_operator(in, "aten::__contains__", swapped, 2, NULL, 0);
        return e->op == INCTS_OP_IN ? found : incval_bool(!incts_truth(in, found));
    }
    return incts_call_operator(in, incts_operator_name(e->op), args, 2, NULL, 0);
}

static incval eval_items(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    incval list = incval_list_new(in->cx, e->kind == INCTS_LIST ? INCVAL_LIST : INCVAL_TUPLE);
    for (size_t i = 0; i < e->n_items; i++) {
        incval item = incts_eval(in, frame, e->items[i]);
        INC_PUSH(in->cx, &list.u.list->v, item);
    }
    return list;
}

static incval eval_ternary(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    bool answer;
    incir_value *condition;
    if (incts_decide(in, incts_eval(in, frame, e->ternary.condition), &answer, &condition))
        return incts_eval(in, frame, answer ? e->ternary.yes : e->ternary.no);
    incval yes = incts_eval(in, frame, e->ternary.yes);
    return incts_choose(in, condition, yes, incts_eval(in, frame, e->ternary.no));
}

static incval eval_kind(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    switch ((incts_expr_kind)e->kind) {
    case INCTS_NAME:
        return eval_name(in, frame, e);
    case INCTS_PATH:
        return eval_path(in, e);
    case INCTS_INT:
        return incval_int(incsym_int(in->g->syms, e->number.i));
    case INCTS_FLOAT:
        return incval_float(e->number.f);
    case INCTS_IMAGINARY: {
        double parts[2] = {0, e->number.f};
        incval v = {.kind = INCVAL_COMPLEX};
        v.u.complex = inc_copy(in->cx, parts, sizeof parts);
        return v;
    }
    case INCTS_STRING:
        return incval_str(e->string);
    case INCTS_TRUE:
        return incval_bool(true);
    case INCTS_FALSE:
        return incval_bool(false);
    case INCTS_NONE:
        return incval_none();
    case INCTS_UNARY:
    case INCTS_BINARY:
        return eval_operation(in, frame, e);
    case INCTS_TERNARY:
        return eval_ternary(in, frame, e);
    case INCTS_ATTRIBUTE:
        return eval_attribute(in, frame, e);
    case INCTS_SUBSCRIPT:
        return eval_subscript(in, frame, e);
    case INCTS_CALL:
        return incts_call(in, frame, e);
    case INCTS_LIST:
    case INCTS_TUPLE:
        return eval_items(in, frame, e);
    case INCTS_DICT: {
        incval dict = incval_dict_new(in->cx);
        for (size_t i = 0; i < e->dict.n; i++) {
            incval key = incts_eval(in, frame, e->dict.keys[i]);
            incval_dict_set(in->cx, dict.u.dict, key, incts_eval(in, frame, e->dict.values[i]));
        }
        return dict;
    }
    case INCTS_ANNOTATE:
        if (e->typed.value->kind == INCTS_INT && e->typed.types[0]->kind == INCTS_TYPE_FLOAT)
            return incval_float(e->typed.value->number.f);
        return incts_coerce(in, incts_eval(in, frame, e->typed.value), e->typed.types[0]);
    case INCTS_UNCHECKED_CAST:
        return incts_eval(in, frame, e->typed.value);
    case INCTS_UNINITIALIZED:
        return (incval){.kind = INCVAL_UNSET};
    case INCTS_ISINSTANCE: {
        incval v = incts_eval(in, frame, e->typed.value);
        bool is = v.kind == INCVAL_UNKNOWN;
        for (size_t i = 0; i < e->typed.n_types; i++)
            is = is || incts_is_instance(in, v, e->typed.types[i]);
        return incval_bool(is);
    }
    case INCTS_ELLIPSIS:
    case INCTS_SLICE:
    case INCTS_STARRED:
        break;
    }
    inc_raise(in->cx, INC_E_FORMAT, "this expression cannot stand here");
}

incval incts_eval(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    incts_enter(in);
    in->cx->where.line = e->line;
    in->cx->where.column = e->column;
    incval v = incts_resolve(in, eval_kind(in, frame, e));
    const char *lost = incop_lost(v);
    if (lost)
        inc_raise_hint(in->cx, INC_E_UNSUPPORTED, "make a copy of it first: list(l), dict(d)", "%s",
                       lost);
    incts_leave(in);
    return v;
}
