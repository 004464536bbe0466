/* Statements and functions, run: branches are decided, loops unrolled and method calls inlined on
 * the way, for only operators on tensors leave anything behind. */
#include "frontend/torchscript/eval.h"

#include <string.h>

#include "base/str.h"
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
    incir_value *data = NULL;
    if (fails_then != fails_else && depends_on_data(in, v))
        taken = fails_else;
    else if (!incts_decide(in, v, &taken, &data))
        return incts_run_branch(in, frame, s, data);
    return incts_run_block(in, frame, taken ? &s->branch.then : &s->branch.otherwise);
}

static flow run_while(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    while (incts_truth(in, incts_eval(in, frame, s->loop.condition))) {
        flow f = incts_run_block(in, frame, &s->loop.body);
        if (f == INCTS_FLOW_RETURN)
            return f;
        if (f == INCTS_FLOW_BREAK)
            break;
    }
    return INCTS_FLOW_NEXT;
}

static flow run_each(incts_interp *in, incts_frame *frame, const incts_stmt *s, incval item,
                     bool *stop)
{
    if (s->each.n_targets == 1)
        store(in, frame, s->each.targets[0], item);
    else
        store_all(in, frame, s->each.targets, s->each.n_targets, item);
    flow f = incts_run_block(in, frame, &s->each.body);
    *stop = f == INCTS_FLOW_RETURN || f == INCTS_FLOW_BREAK;
    return f == INCTS_FLOW_RETURN ? f : INCTS_FLOW_NEXT;
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
    flow f = INCTS_FLOW_NEXT;
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
                incval args[2] = {incts_eval(in, frame, s->items[i]->subscript.object),
                                  incts_eval(in, frame, s->items[i]->subscript.index)};
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
        incts_frame empty = {.locals = incmap_new(in->cx), .born = inc_stamp(in->cx)};
        incval v = given ? *given : incts_eval(in, &empty, p->value);
        set_local(in, frame, p->name, incts_coerce(in, v, p->type));
    }
}

incval incts_call_function(incts_interp *in, const incts_function *function, incts_frame *closure,
                           const incval *args, size_t n_args, const incop_keyword *keywords,
                           size_t n_keywords)
{
    incts_enter(in);
    inc_where before = in->cx->where;
    in->cx->where.entry = function->entry;
    incts_frame *frame = INC_NEW(in->cx, incts_frame);
    frame->locals = incmap_new(in->cx);
    frame->born = inc_stamp(in->cx);
    frame->function = function;
    frame->outer = closure;
    frame->returned = incval_none();
    bind_parameters(in, frame, args, n_args, keywords, n_keywords);
    incts_run_block(in, frame, &function->body);
    in->cx->where = before;
    incts_leave(in);
    return incts_coerce(in, frame->returned, function->returns);
}
