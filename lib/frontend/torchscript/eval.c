/* Statements and expressions, evaluated.
 *
 * What is known is computed; what is a tensor is a box on a value of the graph, and operators on it
 * append nodes. So method calls are inlined, loops unrolled and branches decided on the way. */
#include "frontend/torchscript/eval.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

enum { MOST_DEPTH = 2500 };
static const uint64_t most_steps = 20 * 1000 * 1000;

typedef enum flow { FLOW_NEXT, FLOW_RETURN, FLOW_BREAK, FLOW_CONTINUE } flow;

void incts_step(incts_interp *in)
{
    if (++in->steps > most_steps)
        inc_raise(in->cx, INC_E_LIMIT,
                  "the model's code runs for more than %llu steps on the example inputs",
                  (unsigned long long)most_steps);
    enum { STEPS_BETWEEN_REPORTS = 8192 };
    if (in->steps % STEPS_BETWEEN_REPORTS == 0)
        inc_progress(in->cx, "evaluating", in->steps, 0);
}

static void enter(incts_interp *in)
{
    incts_step(in);
    if (++in->depth > MOST_DEPTH)
        inc_raise(in->cx, INC_E_LIMIT, "the model's functions call each other too deeply");
}

static void leave(incts_interp *in)
{
    in->depth--;
}

/* ---- conversions ---- */

incval incts_tensor_number(incts_interp *in, incval tensor)
{
    incir_value *t = incop_box_read(in->g, tensor.u.t);
    const incsym *const *contents = incir_contents(in->g, t);
    if (contents && incsym_is(incir_numel(in->g, t), 1))
        return incval_int(contents[0]);
    if (incir_is_constant(t) && t->constant->numel == 1) {
        if (incdtype_is_float(t->dtype))
            return incval_float(inctensor_f64(in->cx, t->constant));
        int64_t value = inctensor_i64(in->cx, t->constant);
        return t->dtype == INCDT_BOOL ? incval_bool(value != 0)
                                      : incval_int(incsym_int(in->g->syms, value));
    }
    inc_raise_hint(in->cx, INC_E_UNSUPPORTED,
                   "trace the model (torch.jit.trace) with inputs that take the branch you need, "
                   "or rewrite the computation with tensor operators such as torch.where",
                   "a number is needed here that depends on the data of a tensor (%s)",
                   incir_type_text(in->g, t));
}

/* A tensor where a number is declared: known ones are read, of others the operator makes what
 * operators take for a number (an integer becomes a symbol, a float stays a tensor). */
static incval as_number(incts_interp *in, incval tensor, const char *conversion)
{
    incir_value *t = incop_box_read(in->g, tensor.u.t);
    if (incir_is_constant(t) || incir_contents(in->g, t))
        return incts_tensor_number(in, tensor);
    size_t n;
    return incop_invoke(in->g, conversion, &tensor, 1, NULL, 0, &n)[0];
}

bool incts_truth(incts_interp *in, incval v)
{
    switch (v.kind) {
    case INCVAL_NONE:
        return false;
    case INCVAL_BOOL:
        return v.u.b;
    case INCVAL_INT: {
        int equal = incsym_eq(in->g->syms, v.u.i, incsym_int(in->g->syms, 0));
        if (equal >= 0)
            return !equal;
        inc_warn(in->cx, "the model asks whether %s is 0: answered as for the example inputs",
                 incsym_text(in->g->syms, v.u.i));
        return incsym_example(in->g->syms, v.u.i) != 0;
    }
    case INCVAL_FLOAT:
        return v.u.f != 0;
    case INCVAL_STR:
        return v.u.s[0] != '\0';
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return v.u.list->v.n > 0;
    case INCVAL_DICT:
        return incval_dict_count(v.u.dict) > 0;
    case INCVAL_TENSOR:
        return incts_truth(in, incts_tensor_number(in, v));
    case INCVAL_UNKNOWN:
        inc_raise(in->cx, INC_E_UNSUPPORTED,
                  "a condition depends on the result of an unsupported operator");
    default:
        return true;
    }
}

static incval to_float(incts_interp *in, incval v)
{
    int64_t known;
    switch (v.kind) {
    case INCVAL_BOOL:
        return incval_float(v.u.b);
    case INCVAL_INT:
        if (!incsym_known(v.u.i, &known)) {
            known = incsym_example(in->g->syms, v.u.i);
            inc_warn(in->cx,
                     "the dynamic size %s is used as a float and fixed to %lld, as in the example",
                     incsym_text(in->g->syms, v.u.i), (long long)known);
        }
        return incval_float((double)known);
    case INCVAL_TENSOR:
        v = as_number(in, v, "aten::FloatImplicit");
        return v.kind == INCVAL_TENSOR ? v : to_float(in, v);
    default:
        return v;
    }
}

static incval to_int(incts_interp *in, incval v)
{
    switch (v.kind) {
    case INCVAL_BOOL:
        return incval_int(incsym_int(in->g->syms, v.u.b));
    case INCVAL_FLOAT:
        if (!(v.u.f > -9.2e18 && v.u.f < 9.2e18))
            inc_raise(in->cx, INC_E_FORMAT, "%g does not fit in an int", v.u.f);
        return incval_int(incsym_int(in->g->syms, (int64_t)v.u.f));
    case INCVAL_TENSOR:
        return to_int(in, as_number(in, v, "aten::IntImplicit"));
    default:
        return v;
    }
}

incval incts_coerce(incts_interp *in, incval v, const incts_type *t)
{
    if (!t || v.kind == INCVAL_NONE || v.kind == INCVAL_UNKNOWN)
        return v;
    switch (t->kind) {
    case INCTS_TYPE_FLOAT:
        return to_float(in, v);
    case INCTS_TYPE_INT:
        return v.kind == INCVAL_TENSOR || v.kind == INCVAL_BOOL ? to_int(in, v) : v;
    case INCTS_TYPE_BOOL:
        return v.kind == INCVAL_TENSOR ? incval_bool(incts_truth(in, v)) : v;
    case INCTS_TYPE_NUMBER:
        return v.kind == INCVAL_TENSOR ? as_number(in, v, "aten::ScalarImplicit") : v;
    case INCTS_TYPE_OPTIONAL:
        return t->n_args == 1 ? incts_coerce(in, v, t->args[0]) : v;
    case INCTS_TYPE_LIST:
        if (v.kind == INCVAL_LIST && t->n_args == 1 && t->args[0]->kind == INCTS_TYPE_FLOAT)
            for (size_t i = 0; i < v.u.list->v.n; i++)
                v.u.list->v.items[i] = incts_coerce(in, v.u.list->v.items[i], t->args[0]);
        return v;
    default:
        return v;
    }
}

bool incts_is_instance(incts_interp *in, incval v, const incts_type *t)
{
    switch (t->kind) {
    case INCTS_TYPE_ANY:
        return true;
    case INCTS_TYPE_TENSOR:
        return v.kind == INCVAL_TENSOR;
    case INCTS_TYPE_INT:
        return v.kind == INCVAL_INT;
    case INCTS_TYPE_FLOAT:
        return v.kind == INCVAL_FLOAT;
    case INCTS_TYPE_BOOL:
        return v.kind == INCVAL_BOOL;
    case INCTS_TYPE_COMPLEX:
        return v.kind == INCVAL_COMPLEX;
    case INCTS_TYPE_NUMBER:
        return v.kind == INCVAL_INT || v.kind == INCVAL_FLOAT || v.kind == INCVAL_COMPLEX;
    case INCTS_TYPE_STR:
        return v.kind == INCVAL_STR;
    case INCTS_TYPE_DEVICE:
        return v.kind == INCVAL_DEVICE;
    case INCTS_TYPE_NONE:
        return v.kind == INCVAL_NONE;
    case INCTS_TYPE_OPTIONAL:
    case INCTS_TYPE_UNION:
        if (t->kind == INCTS_TYPE_OPTIONAL && v.kind == INCVAL_NONE)
            return true;
        for (size_t i = 0; i < t->n_args; i++)
            if (incts_is_instance(in, v, t->args[i]))
                return true;
        return false;
    case INCTS_TYPE_LIST:
        if (v.kind != INCVAL_LIST)
            return false;
        return t->n_args == 0 || v.u.list->v.n == 0 ||
               incts_is_instance(in, v.u.list->v.items[0], t->args[0]);
    case INCTS_TYPE_TUPLE:
        if (v.kind != INCVAL_TUPLE || (t->n_args && v.u.list->v.n != t->n_args))
            return false;
        for (size_t i = 0; i < t->n_args; i++)
            if (!incts_is_instance(in, v.u.list->v.items[i], t->args[i]))
                return false;
        return true;
    case INCTS_TYPE_DICT:
        return v.kind == INCVAL_DICT;
    case INCTS_TYPE_CLASS:
        if (v.kind == INCVAL_OBJECT)
            return strcmp(((incts_object *)v.u.object)->class_name, t->name) == 0;
        return v.kind == INCVAL_TUPLE && v.u.list->type_name &&
               strcmp(v.u.list->type_name, t->name) == 0;
    default:
        return false;
    }
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

static void set_local(incts_interp *in, incts_frame *frame, const char *name, incval v)
{
    incval *room = incmap_get_str(frame->locals, name);
    if (room)
        *room = v;
    else
        incmap_set_str(in->cx, frame->locals, name, inc_copy(in->cx, &v, sizeof v));
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
    inc_raise(in->cx, INC_E_FORMAT, "a %s has no attribute %s", incval_kind_name(object.kind),
              name);
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
    if (index->kind == INCTS_SLICE)
        return incts_slice(in, object, optional_eval(in, frame, index->slice.lower),
                           optional_eval(in, frame, index->slice.upper),
                           optional_eval(in, frame, index->slice.step));
    return incts_index(in, object, incts_eval(in, frame, index));
}

static const char *operator_of(incts_op op)
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
        return incts_call_operator(in, operator_of(e->op), &left, 1, NULL, 0);
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
    return incts_call_operator(in, operator_of(e->op), args, 2, NULL, 0);
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
        return incts_eval(in, frame,
                          incts_truth(in, incts_eval(in, frame, e->ternary.condition))
                              ? e->ternary.yes
                              : e->ternary.no);
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
        return incval_none();
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
    enter(in);
    in->cx->where.line = e->line;
    in->cx->where.column = e->column;
    incval v = eval_kind(in, frame, e);
    leave(in);
    return v;
}

/* ---- statements ---- */

static flow run_block(incts_interp *in, incts_frame *frame, const incts_block *block);

static void store(incts_interp *in, incts_frame *frame, const incts_expr *target, incval v);

/* The n items that v is unpacked into. */
static const incval *unpack(incts_interp *in, incval v, size_t n)
{
    if (v.kind == INCVAL_UNKNOWN) {
        incval *items = INC_NEW_N(in->cx, incval, n);
        for (size_t i = 0; i < n; i++)
            items[i] = v;
        return items;
    }
    if (v.kind != INCVAL_TUPLE && v.kind != INCVAL_LIST)
        inc_raise(in->cx, INC_E_FORMAT, "a %s cannot be unpacked into %zu values",
                  incval_kind_name(v.kind), n);
    if (v.u.list->v.n != n)
        inc_raise(in->cx, INC_E_FORMAT, "%zu values cannot be unpacked into %zu", v.u.list->v.n, n);
    return v.u.list->v.items;
}

static void store_all(incts_interp *in, incts_frame *frame, const incts_expr *const *targets,
                      size_t n, incval v)
{
    const incval *items = unpack(in, v, n);
    for (size_t i = 0; i < n; i++)
        store(in, frame, targets[i], items[i]);
}

static void store(incts_interp *in, incts_frame *frame, const incts_expr *target, incval v)
{
    switch ((incts_expr_kind)target->kind) {
    case INCTS_NAME:
        set_local(in, frame, target->name, v);
        return;
    case INCTS_ATTRIBUTE: {
        incval object = incts_eval(in, frame, target->attribute.object);
        if (object.kind != INCVAL_OBJECT)
            break;
        incts_set_attribute(in, object.u.object, target->attribute.name, v);
        return;
    }
    case INCTS_SUBSCRIPT: {
        incval args[3] = {incts_eval(in, frame, target->subscript.object),
                          incts_eval(in, frame, target->subscript.index), v};
        incts_call_operator(in, "aten::_set_item", args, 3, NULL, 0);
        return;
    }
    case INCTS_TUPLE:
        store_all(in, frame, target->items, target->n_items, v);
        return;
    default:
        break;
    }
    inc_raise(in->cx, INC_E_FORMAT, "nothing can be assigned to this");
}

static void run_assign(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    incval v;
    if (s->assign.type && s->assign.value->kind == INCTS_INT &&
        s->assign.type->kind == INCTS_TYPE_FLOAT)
        v = incval_float(s->assign.value->number.f);
    else
        v = incts_coerce(in, incts_eval(in, frame, s->assign.value), s->assign.type);
    if (s->assign.n_targets == 1 && !s->assign.trailing_comma)
        store(in, frame, s->assign.targets[0], v);
    else
        store_all(in, frame, s->assign.targets, s->assign.n_targets, v);
}

/* Whether a block does nothing but raise: an error path. */
static bool only_raises(const incts_block *block)
{
    for (size_t i = 0; i < block->n; i++) {
        const incts_stmt *s = block->items[i];
        if (s->kind == INCTS_RAISE)
            return true;
        if (s->kind == INCTS_EXPR && s->value->kind == INCTS_CALL &&
            s->value->call.callee->kind == INCTS_PATH &&
            strcmp(s->value->call.callee->name, "ops.prim.RaiseException") == 0)
            return true;
    }
    return false;
}

/* Whether only the data can tell: then an error path is taken to be the one not gone. */
static bool depends_on_data(incts_interp *in, incval v)
{
    if (v.kind != INCVAL_TENSOR)
        return false;
    incir_value *t = incop_box_read(in->g, v.u.t);
    return !incir_is_constant(t) && !incir_contents(in->g, t);
}

static flow run_if(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    /* bool(tensor) is looked at before it is asked for, so that checks on data can be passed by */
    const incts_expr *condition = s->branch.condition;
    bool fails_then = only_raises(&s->branch.then), fails_else = only_raises(&s->branch.otherwise);
    if (fails_then != fails_else && condition->kind == INCTS_CALL &&
        condition->call.callee->kind == INCTS_NAME &&
        strcmp(condition->call.callee->name, "bool") == 0 && condition->call.n_args == 1)
        condition = condition->call.args[0];
    incval v = incts_eval(in, frame, condition);
    bool taken;
    if (fails_then != fails_else && depends_on_data(in, v))
        taken = fails_else;
    else
        taken = incts_truth(in, v);
    return run_block(in, frame, taken ? &s->branch.then : &s->branch.otherwise);
}

static flow run_while(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    while (incts_truth(in, incts_eval(in, frame, s->loop.condition))) {
        flow f = run_block(in, frame, &s->loop.body);
        if (f == FLOW_RETURN)
            return f;
        if (f == FLOW_BREAK)
            break;
    }
    return FLOW_NEXT;
}

static flow run_each(incts_interp *in, incts_frame *frame, const incts_stmt *s, incval item,
                     bool *stop)
{
    if (s->each.n_targets == 1)
        store(in, frame, s->each.targets[0], item);
    else
        store_all(in, frame, s->each.targets, s->each.n_targets, item);
    flow f = run_block(in, frame, &s->each.body);
    *stop = f == FLOW_RETURN || f == FLOW_BREAK;
    return f == FLOW_RETURN ? f : FLOW_NEXT;
}

static bool is_range(const incts_expr *e)
{
    return e->kind == INCTS_CALL && e->call.callee->kind == INCTS_NAME &&
           strcmp(e->call.callee->name, "range") == 0 && e->call.n_args >= 1 && e->call.n_args <= 3;
}

static flow run_for(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    const incts_expr *iterable = s->each.iterable;
    bool stop = false;
    flow f = FLOW_NEXT;
    if (is_range(iterable)) {
        int64_t bounds[3] = {0, 0, 1};
        for (size_t i = 0; i < iterable->call.n_args; i++)
            bounds[iterable->call.n_args == 1 ? 1 : i] = incts_known_int(
                in, incts_eval(in, frame, iterable->call.args[i]), "the number of turns of a loop");
        if (bounds[2] == 0)
            inc_raise(in->cx, INC_E_FORMAT, "range() with step 0");
        for (int64_t i = bounds[0]; !stop && (bounds[2] > 0 ? i < bounds[1] : i > bounds[1]);) {
            f = run_each(in, frame, s, incval_int(incsym_int(in->g->syms, i)), &stop);
            if (__builtin_add_overflow(i, bounds[2], &i))
                break;
        }
        return f;
    }
    incval v = incts_eval(in, frame, iterable);
    if (v.kind != INCVAL_LIST && v.kind != INCVAL_TUPLE)
        inc_raise(in->cx, INC_E_UNSUPPORTED, "a loop over a %s", incval_kind_name(v.kind));
    for (size_t i = 0; !stop && i < v.u.list->v.n; i++)
        f = run_each(in, frame, s, v.u.list->v.items[i], &stop);
    return f;
}

static flow run_with(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    incval *managers = INC_NEW_N(in->cx, incval, s->with.n_items);
    for (size_t i = 0; i < s->with.n_items; i++) {
        incval v = managers[i] = incts_eval(in, frame, s->with.items[i].value);
        incts_object *o = v.kind == INCVAL_OBJECT ? v.u.object : NULL;
        const incts_function *begin = o && o->of ? incts_find_method(o->of, "__enter__") : NULL;
        incval entered = v;
        if (o && strstr(o->class_name, "autocast"))
            inc_raise_hint(in->cx, INC_E_UNSUPPORTED, "export the model without autocast",
                           "the model computes inside %s", o->class_name);
        if (begin)
            entered = incts_call_function(in, begin, NULL, &v, 1, NULL, 0);
        if (s->with.items[i].name)
            set_local(in, frame, s->with.items[i].name, entered);
    }
    flow f = run_block(in, frame, &s->with.body);
    for (size_t i = s->with.n_items; i-- > 0;) {
        incts_object *o = managers[i].kind == INCVAL_OBJECT ? managers[i].u.object : NULL;
        const incts_function *end = o && o->of ? incts_find_method(o->of, "__exit__") : NULL;
        incval args[4] = {managers[i], incval_none(), incval_none(), incval_none()};
        if (end)
            incts_call_function(in, end, NULL, args, 4, NULL, 0);
    }
    return f;
}

static flow run_statement(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    switch ((incts_stmt_kind)s->kind) {
    case INCTS_ASSIGN:
        run_assign(in, frame, s);
        return FLOW_NEXT;
    case INCTS_AUGMENTED: {
        incval args[2] = {incts_eval(in, frame, s->augmented.target),
                          incts_eval(in, frame, s->augmented.value)};
        const char *name = operator_of(s->op);
        if (args[0].kind == INCVAL_TENSOR && name[strlen(name) - 1] != '_')
            name = inc_printf(in->cx, "%s_", name);
        store(in, frame, s->augmented.target, incts_call_operator(in, name, args, 2, NULL, 0));
        return FLOW_NEXT;
    }
    case INCTS_EXPR:
        incts_eval(in, frame, s->value);
        return FLOW_NEXT;
    case INCTS_IF:
        return run_if(in, frame, s);
    case INCTS_WHILE:
        return run_while(in, frame, s);
    case INCTS_FOR:
        return run_for(in, frame, s);
    case INCTS_WITH:
        return run_with(in, frame, s);
    case INCTS_DEF: {
        incts_callable *callable = INC_NEW(in->cx, incts_callable);
        callable->function = s->function;
        callable->closure = frame;
        set_local(in, frame, s->function->name,
                  (incval){.kind = INCVAL_FUNCTION, .u.object = callable});
        return FLOW_NEXT;
    }
    case INCTS_RETURN:
        frame->returned = s->value ? incts_eval(in, frame, s->value) : incval_none();
        return FLOW_RETURN;
    case INCTS_RAISE:
        inc_raise(in->cx, INC_E_UNSUPPORTED, "the model raises an exception for these inputs");
    case INCTS_ASSERT: {
        incval v = incts_eval(in, frame, s->assertion.condition);
        if (!depends_on_data(in, v) && !incts_truth(in, v))
            inc_raise(in->cx, INC_E_UNSUPPORTED,
                      "an assertion of the model fails for these inputs");
        return FLOW_NEXT;
    }
    case INCTS_DELETE:
        for (size_t i = 0; i < s->n_items; i++)
            if (s->items[i]->kind == INCTS_SUBSCRIPT) {
                incval args[2] = {incts_eval(in, frame, s->items[i]->subscript.object),
                                  incts_eval(in, frame, s->items[i]->subscript.index)};
                incts_call_operator(in, "aten::Delete", args, 2, NULL, 0);
            }
        return FLOW_NEXT;
    case INCTS_PASS:
        return FLOW_NEXT;
    case INCTS_BREAK:
        return FLOW_BREAK;
    case INCTS_CONTINUE:
        return FLOW_CONTINUE;
    }
    return FLOW_NEXT;
}

static flow run_block(incts_interp *in, incts_frame *frame, const incts_block *block)
{
    enter(in);
    flow f = FLOW_NEXT;
    for (size_t i = 0; f == FLOW_NEXT && i < block->n; i++) {
        in->cx->where.line = block->items[i]->line;
        in->cx->where.column = block->items[i]->column;
        f = run_statement(in, frame, block->items[i]);
    }
    leave(in);
    return f;
}

/* ---- functions ---- */

static void bind_parameters(incts_interp *in, incts_frame *frame, const incval *args, size_t n_args,
                            const incop_keyword *keywords, size_t n_keywords)
{
    const incts_function *f = frame->function;
    if (n_args > f->n_params)
        inc_raise(in->cx, INC_E_FORMAT, "%s() takes %zu arguments, given %zu", f->name, f->n_params,
                  n_args);
    for (size_t i = 0; i < f->n_params; i++) {
        const incts_param *p = &f->params[i];
        const incval *given = i < n_args ? &args[i] : NULL;
        for (size_t k = 0; !given && k < n_keywords; k++)
            if (strcmp(keywords[k].name, p->name) == 0)
                given = &keywords[k].value;
        if (!given && !p->value)
            inc_raise(in->cx, INC_E_FORMAT, "%s() is called without its argument %s", f->name,
                      p->name);
        incts_frame empty = {.locals = incmap_new(in->cx)};
        incval v = given ? *given : incts_eval(in, &empty, p->value);
        set_local(in, frame, p->name, incts_coerce(in, v, p->type));
    }
}

incval incts_call_function(incts_interp *in, const incts_function *function, incts_frame *closure,
                           const incval *args, size_t n_args, const incop_keyword *keywords,
                           size_t n_keywords)
{
    enter(in);
    inc_where before = in->cx->where;
    in->cx->where.entry = function->entry;
    incts_frame *frame = INC_NEW(in->cx, incts_frame);
    frame->locals = incmap_new(in->cx);
    frame->function = function;
    frame->outer = closure;
    frame->returned = incval_none();
    bind_parameters(in, frame, args, n_args, keywords, n_keywords);
    run_block(in, frame, &function->body);
    in->cx->where = before;
    leave(in);
    return incts_coerce(in, frame->returned, function->returns);
}
