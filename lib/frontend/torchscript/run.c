/* SPDX-License-Identifier: Apache-2.0 */
/* Statements and functions, run: branches are decided and method calls inlined on the way, for only
 * operators on tensors leave anything behind. */
#include "frontend/torchscript/eval.h"

#include <string.h>

#include "base/str.h"
#include "frontend/rows.h"
#include "ops/call/block.h"

typedef incts_flow flow;

static void set_local(incts_interp *in, incts_frame *frame, const char *name, incval v)
{
    incop_record_slot(in->g, frame->locals, frame->born, name);
    incval *room = incmap_get_str(frame->locals, name);
    if (room)
        *room = v;
    else
        incmap_set_str(in->cx, frame->locals, name, inc_copy(in->cx, &v, sizeof v));
}

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
    v = incts_settle(in, v);
    if (v.kind != INCVAL_TUPLE && v.kind != INCVAL_LIST)
        inc_raise(in->cx, INC_E_FORMAT, "%s cannot be unpacked into %zu values",
                  incval_described(v.kind), n);
    if (v.u.list->rows) { /* PyTorch raises unless it has so many */
        incval *items = INC_NEW_N(in->cx, incval, n);
        for (size_t i = 0; i < n; i++) {
            incval at = incval_int(incsym_int(in->g->syms, (int64_t)i));
            items[i] = incfe_rows_at(in->g, incfe_rows_flush(in->g, v.u.list), at);
        }
        return items;
    }
    if (v.u.list->v.n != n)
        inc_raise(in->cx, INC_E_FORMAT, "%zu values cannot be unpacked into %zu", v.u.list->v.n, n);
    return v.u.list->v.items;
}

static void store_all(incts_interp *in, incts_frame *frame, const incts_expr *const *targets,
                      size_t n, incval v)
{
    const incval *items = unpack(in, v, n);
    inc_work(in->cx, 50 * n);
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
        incval object = incts_eval(in, frame, target->subscript.object);
        incval args[3] = {object, incts_eval(in, frame, target->subscript.index), v};
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

void incts_store_targets(incts_interp *in, incts_frame *frame, const incts_expr *const *targets,
                         size_t n, incval item)
{
    if (n == 1)
        store(in, frame, targets[0], item);
    else
        store_all(in, frame, targets, n, item);
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

/* Whether it depends on the data: then an error path is taken to be the one not gone. */
static bool depends_on_data(incts_interp *in, incval v)
{
    if (v.kind != INCVAL_TENSOR)
        return false;
    incir_value *t = incop_box_read(in->g, v.u.t);
    return !incir_is_constant(t) && !incir_contents(in->g, t);
}

void incts_drop_check(incts_interp *in)
{
    inccx *cx = in->cx;
    if (cx->is_strict)
        inc_raise_hint(cx, INC_E_UNSUPPORTED,
                       "take the check out of the model, or export without strict",
                       "the model raises an exception where the data or a dynamic size says so, "
                       "which an ONNX model cannot");
    const char *place =
        inc_printf(cx, "%s:%u", cx->where.entry ? cx->where.entry : "", (unsigned)cx->where.line);
    if (incmap_has_str(in->dropped, place))
        return;
    incmap_set_str(cx, in->dropped, place, in);
    inc_note(cx, "a check is left out: the exported model does not raise what the model raises");
}

static flow run_if(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    /* bool(tensor) is looked at before it is asked for, so that checks on data can be passed by */
    const incts_expr *condition = s->branch.condition;
    inc_work(in->cx, s->branch.then.n + s->branch.otherwise.n);
    bool fails_then = only_raises(&s->branch.then), fails_else = only_raises(&s->branch.otherwise);
    if (fails_then != fails_else && condition->kind == INCTS_CALL &&
        condition->call.callee->kind == INCTS_NAME &&
        strcmp(condition->call.callee->name, "bool") == 0 && condition->call.n_args == 1)
        condition = condition->call.args[0];
    incval v = incts_eval(in, frame, condition);
    bool taken;
    incir_value *data = NULL;
    if (fails_then != fails_else && depends_on_data(in, v)) {
        incts_drop_check(in);
        taken = fails_else; /* and from here on it is known */
        incop_assume(in->g, incop_box_read(in->g, v.u.t), taken);
    } else if (!incts_decide(in, v, &taken, &data))
        return incts_run_branch(in, frame, s, data);
    return incts_run_block(in, frame, taken ? &s->branch.then : &s->branch.otherwise);
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
    flow f = incts_run_block(in, frame, &s->with.body);
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
        return INCTS_FLOW_NEXT;
    case INCTS_AUGMENTED: {
        incval target = incts_eval(in, frame, s->augmented.target);
        incval args[2] = {target, incts_eval(in, frame, s->augmented.value)};
        const char *name = incts_operator_name(s->op);
        if (args[0].kind == INCVAL_TENSOR && name[strlen(name) - 1] != '_')
            name = inc_printf(in->cx, "%s_", name);
        store(in, frame, s->augmented.target, incts_call_operator(in, name, args, 2, NULL, 0));
        return INCTS_FLOW_NEXT;
    }
    case INCTS_EXPR:
        incts_eval(in, frame, s->value);
        return INCTS_FLOW_NEXT;
    case INCTS_IF:
        return run_if(in, frame, s);
    case INCTS_WHILE:
        return incts_run_while(in, frame, s);
    case INCTS_FOR:
        return incts_run_for(in, frame, s);
    case INCTS_WITH:
        return run_with(in, frame, s);
    case INCTS_DEF: {
        incts_callable *callable = INC_NEW(in->cx, incts_callable);
        callable->function = s->function;
        callable->closure = frame;
        set_local(in, frame, s->function->name,
                  (incval){.kind = INCVAL_FUNCTION, .u.object = callable});
        return INCTS_FLOW_NEXT;
    }
    case INCTS_RETURN:
        frame->returned = s->value ? incts_eval(in, frame, s->value) : incval_none();
        return INCTS_FLOW_RETURN;
    case INCTS_RAISE:
        inc_raise(in->cx, INC_E_UNSUPPORTED, "the model raises an exception for these inputs");
    case INCTS_ASSERT: {
        incval v = incts_eval(in, frame, s->assertion.condition);
        if (!depends_on_data(in, v) && !incts_truth(in, v))
            inc_raise(in->cx, INC_E_UNSUPPORTED,
                      "an assertion of the model fails for these inputs");
        return INCTS_FLOW_NEXT;
    }
    case INCTS_DELETE:
        for (size_t i = 0; i < s->n_items; i++)
            if (s->items[i]->kind == INCTS_SUBSCRIPT) {
                incval object = incts_eval(in, frame, s->items[i]->subscript.object);
                incval args[2] = {object, incts_eval(in, frame, s->items[i]->subscript.index)};
                incts_call_operator(in, "aten::Delete", args, 2, NULL, 0);
            }
        return INCTS_FLOW_NEXT;
    case INCTS_PASS:
        return INCTS_FLOW_NEXT;
    case INCTS_BREAK:
        return INCTS_FLOW_BREAK;
    case INCTS_CONTINUE:
        return INCTS_FLOW_CONTINUE;
    }
    return INCTS_FLOW_NEXT;
}

incts_flow incts_run_block(incts_interp *in, incts_frame *frame, const incts_block *block)
{
    incts_enter(in);
    flow f = INCTS_FLOW_NEXT;
    for (size_t i = 0; f == INCTS_FLOW_NEXT && i < block->n; i++) {
        in->cx->where.line = block->items[i]->line;
        in->cx->where.column = block->items[i]->column;
        f = run_statement(in, frame, block->items[i]);
    }
    incts_leave(in);
    return f;
}

/* ---- functions ---- */

static incval default_of(incts_interp *in, const incts_param *p)
{
    incts_frame empty = {.locals = incmap_new(in->cx), .born = inc_stamp(in->cx)};
    return incts_eval(in, &empty, p->value);
}

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
        incval v = given ? *given : default_of(in, p);
        set_local(in, frame, p->name, incts_coerce(in, v, p->type));
    }
}

/* Operators called from here on stand in function, which was called from where we are. */
static void enter_function(incts_interp *in, const incts_function *function)
{
    const incir_call *outer = in->g->call;
    incts_call_site *site = INC_NEW(in->cx, incts_call_site);
    *site = (incts_call_site){in->cx->where.entry, in->cx->where.line, in->cx->where.column,
                              outer->origin};
    in->g->call = incir_place_new(in->g, outer->module, outer->scope);
    in->g->call->origin = site;
    in->cx->where.entry = function->entry;
}

incval incts_call_function(incts_interp *in, const incts_function *function, incts_frame *closure,
                           const incval *args, size_t n_args, const incop_keyword *keywords,
                           size_t n_keywords)
{
    incts_enter(in);
    inc_where before = in->cx->where;
    incir_call *outer = in->g->call;
    enter_function(in, function);
    incts_frame *frame = INC_NEW(in->cx, incts_frame);
    frame->locals = incmap_new(in->cx);
    frame->born = inc_stamp(in->cx);
    frame->function = function;
    frame->outer = closure;
    frame->returned = incval_none();
    bind_parameters(in, frame, args, n_args, keywords, n_keywords);
    inccx *scratch;
    incts_run_block(in, frame, incts_body_of(function, &scratch));
    if (scratch)
        inc_scratch_free(scratch);
    in->cx->where = before;
    in->g->call = outer;
    incts_leave(in);
    return incts_coerce(in, frame->returned, function->returns);
}
