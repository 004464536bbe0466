/* SPDX-License-Identifier: Apache-2.0 */
/* Branches that only the data decides. Both arms are evaluated, each in a block and from the state
 * before the branch; what they leave different becomes outputs of an If. */
#include <string.h>

#include "frontend/merge.h"
#include "frontend/torchscript/eval.h"

/* What both arms of a branch are: run with 0 for the one of a condition that holds, with 1 for the
 * other one. */
typedef struct branch {
    incts_flow (*run)(incts_interp *in, void *data, size_t which);
    void *data;
    bool keeps_ranks; /* see incfe_merge */
} branch;

typedef struct arm {
    size_t which;
    incop_block *block;
    incfe_writes writes;
    bool is_complete;
    bool raises; /* the model's own exception */
    inc_failure error;
} arm;

/* What the other arm writes and this one does not, as it is at this one's end: it may hold a tensor
 * that was written here. */
static void add_others(incfe_merge *m, arm *a, const arm *other)
{
    for (size_t i = 0; i < other->writes.n; i++) {
        const incop_change *c = other->writes.items[i].change;
        if (!incfe_find_write(&a->writes, c))
            INC_PUSH(m->cx, &a->writes, incfe_written_now(m, c));
    }
}

static void run_arm(incts_interp *in, const branch *code, arm *a, incir_value *condition,
                    incfe_merge *m, const arm *other)
{
    inc_frame catch;
    unsigned depth = in->depth;
    a->block = incop_begin_block(in->g);
    in->raised = false;
    incop_assume(in->g, condition, a->which == 0);
    m->since = a->block->since;
    m->inside = a->block->nodes;
    if (inc_try(in->cx, &catch)) {
        if (code->run(in, code->data, a->which) != INCTS_FLOW_NEXT)
            inc_raise(in->cx, INC_E_UNSUPPORTED,
                      "a branch that data decides leaves the function or the loop it stands in");
        a->writes = incfe_writes_of(m, a->block);
        add_others(m, a, other);
        a->is_complete = true;
        inc_try_end(in->cx, &catch);
    } else {
        a->error = in->cx->error;
        a->raises = in->raised;
        in->raised = false;
    }
    in->depth = depth;
    incop_rollback(in->g, a->block);
}

/* ---- what both arms leave ---- */

typedef struct variable {
    const incop_change *change;
    incfe_written after[2];
    incfe_form form;
    bool is_gone; /* nothing is to be written */
} variable;
typedef INC_VEC(variable) variables;

static void add_variable(incfe_merge *m, variables *all, const arm arms[2], size_t from,
                         const incop_change *change)
{
    variable v = {.change = change};
    for (size_t i = 0; i < 2; i++) {
        const incfe_written *w = incfe_find_write(&arms[i].writes, change);
        if (w && i < from)
            return; /* it is there already */
        v.after[i] = w ? *w : incfe_written_now(m, change);
    }
    INC_PUSH(m->cx, all, v);
}

static variables collect(incfe_merge *m, const arm arms[2])
{
    variables all = {0};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < arms[i].writes.n; k++)
            add_variable(m, &all, arms, i, arms[i].writes.items[k].change);
    return all;
}

/* Of each variable its form; a name that only one arm binds cannot be used afterwards. */
static void find_forms(incfe_merge *m, variables *all, const arm arms[2])
{
    for (size_t i = 0; i < all->n; i++) {
        variable *v = &all->items[i];
        v->is_gone =
            !v->after[0].is_there || !v->after[1].is_there || v->after[0].lost || v->after[1].lost;
        if (v->is_gone)
            continue;
        m->inside = m->inside_first = arms[0].block->nodes;
        v->form = incfe_form_of(m, &v->after[0].now);
        m->inside = arms[1].block->nodes;
        incfe_join(m, &v->form, &v->after[1].now);
    }
}

static void pack_arm(incfe_merge *m, const variables *all, const arm *a, size_t i)
{
    incir_graph *g = m->g;
    incir_block *around = g->block;
    g->block = a->block->nodes;
    m->is_first_arm = i == 0;
    m->leaves.n = 0;
    for (size_t k = 0; k < all->n; k++)
        if (!all->items[k].is_gone)
            incfe_pack_form(m, &all->items[k].form, &all->items[k].after[i].now);
    for (size_t k = 0; k < m->leaves.n; k++)
        incop_block_output(g, m->leaves.items[k]);
    g->block = around;
}

static void emit_if(incfe_merge *m, const arm arms[2])
{
    incir_graph *g = m->g;
    incir_node *n = incir_node_new(g, "If");
    incir_in(g, n, m->condition);
    incir_attr_block(g, n, "then_branch", arms[0].block->nodes);
    incir_attr_block(g, n, "else_branch", arms[1].block->nodes);
    incir_emit_n(g, n, m->leaves.n, m->leaves.items);
}

static void find_shared(incfe_merge *m, const variables *all)
{
    incfe_ways *ways = INC_NEW_N(m->cx, incfe_ways, all->n);
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        variable *v = &all->items[i];
        if (!v->is_gone)
            ways[n++] = (incfe_ways){v->change, &v->form, {&v->after[0].now, &v->after[1].now}};
    }
    incfe_find_shared(m, ways, n);
}

static void merge_arms(incfe_merge *m, const arm arms[2])
{
    m->since =
        arms[0].block->since < arms[1].block->since ? arms[0].block->since : arms[1].block->since;
    variables all = collect(m, arms);
    find_forms(m, &all, arms);
    find_shared(m, &all);
    for (size_t i = 0; i < 2; i++)
        pack_arm(m, &all, &arms[i], i);
    if (m->leaves.n)
        emit_if(m, arms);
    m->next = 0;
    for (size_t i = 0; i < all.n; i++) {
        const variable *v = &all.items[i];
        if (v->after[0].lost || v->after[1].lost)
            incfe_lose(m, v->change, v->after[0].lost ? v->after[0].lost : v->after[1].lost);
        else if (!v->is_gone)
            incfe_write(m, v->change, incfe_unpack_form(m, &v->form));
    }
    incfe_link_shared(m);
}

/* False, and in->cx->error, when there is no common form. */
static bool try_merge(incts_interp *in, incfe_merge *m, const arm arms[2])
{
    inc_frame catch;
    incir_block *block = in->g->block;
    incir_call *place = in->g->call;
    struct incop_block *open = in->g->open;
    if (inc_try(in->cx, &catch)) {
        incop_block *all = incop_begin_block(in->g); /* all of it or nothing */
        merge_arms(m, arms);
        incop_end_block(in->g, all);
        inc_try_end(in->cx, &catch);
        return true;
    }
    incop_unwind(in->g, open);
    in->g->block = block;
    in->g->call = place;
    return false;
}

static bool is_fatal(const inc_failure *error)
{
    return error->status != INC_E_UNSUPPORTED && error->status != INC_E_FORMAT &&
           error->status != INC_E_INPUT;
}

/* What cannot be said with both arms is answered as for the example where that can. */
static incts_flow run_as_example(incts_interp *in, const branch *code, const incir_value *condition,
                                 const inc_failure *error)
{
    if (!condition->constant || condition->kind == INCIR_CONSTANT || is_fatal(error)) {
        in->cx->error = *error;
        inc_raise_again(in->cx);
    }
    bool answer = inctensor_f64(in->cx, condition->constant) != 0;
    inc_guess(in->cx,
              "the model decides on a dynamic size, and both ways cannot be exported (%s): decided "
              "as for the example inputs",
              error->message);
    return code->run(in, code->data, answer ? 0 : 1);
}

/* Whether the arm writes a tensor in place. */
static bool holds_writes(const arm *a)
{
    for (size_t i = 0; i < a->writes.n; i++)
        if (a->writes.items[i].change->kind == INCOP_CHANGED_BOX)
            return true;
    return false;
}

static incts_flow run_branch(incts_interp *in, const branch *code, incir_value *condition)
{
    incfe_merge m = {
        .g = in->g, .cx = in->cx, .condition = condition, .keeps_ranks = code->keeps_ranks};
    arm arms[2] = {{.which = 0}, {.which = 1}};
    incfe_missing missing = incfe_missing_copy(in->cx, &in->missing);
    for (size_t i = 0; i < 2; i++) {
        run_arm(in, code, &arms[i], condition, &m, &arms[1 - i]);
        if (!arms[i].is_complete && is_fatal(&arms[i].error)) {
            in->cx->error = arms[i].error;
            inc_raise_again(in->cx);
        }
    }
    for (size_t i = 0; i < 2; i++)
        if (arms[i].raises) { /* an error path is taken to be the one not gone */
            incfe_missing_restore(in->cx, &in->missing, &missing);
            incts_drop_check(in);
            incop_assume(in->g, condition, i == 1);
            return code->run(in, code->data, 1 - i);
        }
    for (size_t i = 0; i < 2; i++)
        if (!arms[i].is_complete) {
            inc_failure error = arms[i].error;
            incfe_missing_restore(in->cx, &in->missing, &missing);
            return run_as_example(in, code, condition, &error);
        }
    if (holds_writes(&arms[0]) && arms[1].writes.n > arms[0].writes.n) {
        arm again = {.which = 0};
        incfe_missing met = incfe_missing_copy(in->cx, &in->missing);
        run_arm(in, code, &again, condition, &m, &arms[1]);
        incfe_missing_restore(in->cx, &in->missing, &met);
        arms[0] = again;
    }
    m.inside = NULL;
    if (in->missing.items.n > missing.items.n && condition->constant) {
        inc_failure error = {.status = INC_E_UNSUPPORTED,
                             .message = in->missing.items.items[missing.items.n].message};
        incfe_missing_restore(in->cx, &in->missing, &missing);
        return run_as_example(in, code, condition, &error);
    }
    if (!try_merge(in, &m, arms)) {
        inc_failure error = in->cx->error;
        incfe_missing_restore(in->cx, &in->missing, &missing);
        return run_as_example(in, code, condition, &error);
    }
    return INCTS_FLOW_NEXT;
}

typedef struct statement {
    incts_frame *frame;
    const incts_stmt *s;
} statement;

static incts_flow run_statement(incts_interp *in, void *data, size_t which)
{
    const statement *of = data;
    return incts_run_block(in, of->frame,
                           which == 0 ? &of->s->branch.then : &of->s->branch.otherwise);
}

incts_flow incts_run_branch(incts_interp *in, incts_frame *frame, const incts_stmt *s,
                            incir_value *condition)
{
    statement of = {frame, s};
    branch code = {run_statement, &of};
    return run_branch(in, &code, condition);
}

/* ---- operators on a value that data chooses ---- */

typedef struct operation {
    const char *name;
    const incval *args;
    size_t n_args;
    const incop_keyword *keywords;
    size_t n_keywords;
    incval *place; /* of args or keywords: the choice */
    incval sides[2];
    incmap *slots; /* what it gives is the slot "result" */
    uint64_t born;
} operation;

static incts_flow run_operation(incts_interp *in, void *data, size_t which)
{
    const operation *o = data;
    *o->place = incts_resolve(in, o->sides[which]);
    incval v = incts_call_operator(in, o->name, o->args, o->n_args, o->keywords, o->n_keywords);
    incop_record_slot(in->g, o->slots, o->born, "result");
    incmap_set_str(in->cx, o->slots, "result", inc_copy(in->cx, &v, sizeof v));
    return INCTS_FLOW_NEXT;
}

incval incts_call_on_choice(incts_interp *in, const char *name, const incval *args, size_t n_args,
                            const incop_keyword *keywords, size_t n_keywords, size_t at)
{
    incval *own = inc_copy(in->cx, args, n_args * sizeof *args);
    incop_keyword *named = inc_copy(in->cx, keywords, n_keywords * sizeof *keywords);
    operation o = {name, own, n_args, named, n_keywords, .born = inc_stamp(in->cx)};
    o.place = at < n_args ? &own[at] : &named[at - n_args].value;
    *o.place = incts_resolve(in, *o.place);
    if (o.place->kind != INCVAL_CHOICE)
        return incts_call_operator(in, name, own, n_args, named, n_keywords);
    const incval_choice *choice = o.place->u.choice;
    o.sides[0] = choice->yes;
    o.sides[1] = choice->no;
    o.slots = incmap_new(in->cx);
    incval unset = {.kind = INCVAL_UNSET};
    incmap_set_str(in->cx, o.slots, "result", inc_copy(in->cx, &unset, sizeof unset));
    for (size_t i = 0; i < 2; i++)
        if (o.sides[i].kind == INCVAL_NONE && o.sides[1 - i].kind != INCVAL_NONE &&
            !incop_takes_none(in->g, name, at)) {
            run_operation(in, &o, 1 - i); /* a type that was made sure of before */
            return *(const incval *)incmap_get_str(o.slots, "result");
        }
    branch code = {run_operation, &o, true};
    run_branch(in, &code, choice->condition);
    return *(const incval *)incmap_get_str(o.slots, "result");
}

/* ---- an item that is there or not ---- */

typedef struct addition {
    incval_list *list;
    incval item;
} addition;

static incts_flow run_addition(incts_interp *in, void *data, size_t which)
{
    const addition *a = data;
    if (which == 0) {
        incop_record_list(in->g, a->list);
        INC_PUSH(in->cx, &a->list->v, a->item);
    }
    return INCTS_FLOW_NEXT;
}

void incts_append_where(incts_interp *in, incir_value *condition, incval list, incval item)
{
    addition a = {list.u.list, item};
    branch code = {run_addition, &a};
    run_branch(in, &code, condition);
}

/* ---- expressions ---- */

incval incts_choose(incts_interp *in, incir_value *condition, incval yes, incval no)
{
    incir_graph *g = in->g;
    incfe_merge m = {.g = g, .cx = in->cx, .condition = condition, .since = inc_stamp(in->cx)};
    incfe_snapshot first = incfe_snapshot_of(&m, yes);
    incfe_snapshot of[2] = {first, incfe_snapshot_of(&m, no)};
    incfe_form form = incfe_form_of(&m, &of[0]);
    incfe_join(&m, &form, &of[1]);
    incir_block *around = g->block;
    incir_node *n = incir_node_new(g, "If");
    incir_in(g, n, condition);
    for (size_t i = 0; i < 2; i++) {
        incir_block *block = incir_block_new(g);
        g->block = block;
        m.is_first_arm = i == 0;
        m.leaves.n = 0;
        incfe_pack_form(&m, &form, &of[i]);
        for (size_t k = 0; k < m.leaves.n; k++)
            incop_block_output(g, m.leaves.items[k]);
        g->block = around;
        incir_attr_block(g, n, i == 0 ? "then_branch" : "else_branch", block);
    }
    if (m.leaves.n)
        incir_emit_n(g, n, m.leaves.n, m.leaves.items);
    m.next = 0;
    return incfe_unpack_form(&m, &form);
}

incval incts_settle(incts_interp *in, incval v)
{
    if (v.kind != INCVAL_CHOICE)
        return v;
    inc_enter(in->cx);
    incval yes = incts_settle(in, incts_resolve(in, v.u.choice->yes));
    incval no = incts_settle(in, incts_resolve(in, v.u.choice->no));
    inc_leave(in->cx);
    return incts_choose(in, v.u.choice->condition, yes, no);
}

incval incts_resolve(incts_interp *in, incval v)
{
    while (v.kind == INCVAL_CHOICE) {
        int known = incop_assumed(in->g, v.u.choice->condition);
        if (known < 0)
            break;
        v = known ? v.u.choice->yes : v.u.choice->no;
    }
    return v;
}
