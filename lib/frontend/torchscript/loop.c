/* SPDX-License-Identifier: Apache-2.0 */
/* Loops whose number of turns only the data or a dynamic size decides.
 *
 * The body is evaluated as a block, from variables that stand for any turn. What it changes is
 * carried from turn to turn; since carrying a variable makes it less known (an integer becomes a
 * symbol, a size one that is found when the model runs), the body is evaluated again until nothing
 * more changes. A list that is only appended to is not carried: what is appended becomes a scan
 * output of the Loop. */
#include <string.h>

#include "frontend/rows.h"
#include "frontend/torchscript/eval.h"

enum { MOST_ATTEMPTS = 24, MOST_ATTEMPTS_IN_ALL = 20000 };

typedef struct carried {
    const incop_change *change;
    incfe_form form;
    bool is_scanned;    /* a list that is appended to */
    incval_rows *begun; /* what it shows inside instead of what it held before */
} carried;

typedef struct loop {
    incts_interp *in;
    incts_frame *frame;
    const incts_turns *turns;
    INC_VEC(carried) carried;
    /* of the present attempt */
    incop_block *block;
    incfe_merge m;
    incfe_writes writes;
    incval condition; /* after the body, of a while */
    bool is_complete;
    inc_failure error;
    const char *shared; /* what was found to be shared last; NULL: nothing yet */
    size_t tries;
    incfe_merge sharing; /* its sharings alone count */
} loop;

/* ---- one attempt ---- */

static incir_value *scalar_input(incir_graph *g, incdtype dtype)
{
    incir_value *v = incir_input(g, NULL, dtype, 0, NULL);
    incir_block_add_input(g, g->block, v);
    return v;
}

static void link_shared(const loop *l, incfe_merge *m)
{
    m->sharings.items = l->sharing.sharings.items;
    m->sharings.n = l->sharing.sharings.n;
    incfe_link_shared(m);
}

/* What is made of the variables is made anew. */
static void forget_made(incfe_form *form)
{
    if (form->place)
        form->place->is_made = false;
    for (size_t i = 0; i < form->n; i++)
        forget_made(&form->items[i]);
}

static void set_variables(loop *l)
{
    incfe_merge *m = &l->m;
    for (size_t i = 0; i < l->carried.n; i++) {
        carried *c = &l->carried.items[i];
        if (c->is_scanned) {
            incval_list *list = c->change->of;
            incop_record_list(l->in->g, list);
            c->begun = incfe_rows_begun(l->in->cx);
            list->rows = c->begun;
            list->v.n = 0;
            continue;
        }
        m->leaves.n = m->next = 0;
        forget_made(&c->form);
        incfe_make_inputs(m, &c->form);
        incfe_write(m, c->change, incfe_unpack_form(m, &c->form));
    }
    link_shared(l, m);
}

static void run_body(loop *l, incir_value *round)
{
    incts_interp *in = l->in;
    const incts_turns *t = l->turns;
    if (!t->is_while) {
        incval i = incfe_symbol(in->g, round, "turn", 0);
        incsym_set_upper(i.u.i, incsym_add_int(in->g->syms, t->count, -1));
        incval item = t->list ? incfe_rows_at(in->g, t->list->rows, i)
                              : incval_int(incsym_add(in->g->syms, t->start,
                                                      incsym_mul(in->g->syms, i.u.i, t->step)));
        incts_store_targets(in, l->frame, t->targets, t->n_targets, item);
    }
    if (incts_run_block(in, l->frame, t->body) != INCTS_FLOW_NEXT)
        inc_raise(in->cx, INC_E_UNSUPPORTED, "a loop whose turns data decides is left from within");
    if (t->is_while)
        l->condition = incts_eval(in, l->frame, t->condition);
}

/* Warnings of an attempt count when it is the last. */
typedef struct held {
    void (*log)(inc_level level, const char *line, void *user_data);
    size_t n;
} held;

static held hold_warnings(inccx *cx)
{
    held h = {cx->hooks.log, cx->n_warnings};
    cx->hooks.log = NULL;
    return h;
}

static void release_warnings(inccx *cx, const held *h, bool keeps)
{
    cx->hooks.log = h->log;
    if (!keeps && cx->n_warnings > h->n)
        cx->n_warnings = h->n;
    for (size_t i = h->n; h->log && i < cx->n_warnings; i++)
        h->log(INCCX_WARNING, cx->warnings[i], cx->hooks.log_data);
}

static void attempt(loop *l)
{
    incts_interp *in = l->in;
    incir_graph *g = in->g;
    inc_frame catch;
    unsigned depth = in->depth;
    if (++in->attempts > MOST_ATTEMPTS_IN_ALL)
        inc_raise(in->cx, INC_E_LIMIT, "the model's loops are evaluated more than %d times",
                  MOST_ATTEMPTS_IN_ALL);
    l->is_complete = false;
    l->block = incop_begin_block(g);
    l->m = (incfe_merge){.g = g,
                         .cx = in->cx,
                         .inside = l->block->nodes,
                         .inside_first = l->block->nodes,
                         .since = l->block->since};
    if (inc_try(in->cx, &catch)) {
        incir_value *round = scalar_input(g, INCDT_I64);
        incop_assume(g, scalar_input(g, INCDT_BOOL), true);
        set_variables(l);
        run_body(l, round);
        l->writes = incfe_writes_of(&l->m, l->block);
        l->is_complete = true;
        inc_try_end(in->cx, &catch);
        return;
    }
    l->error = in->cx->error;
    in->depth = depth;
    incop_rollback(g, l->block);
}

/* ---- until nothing changes ---- */

static carried *find_carried(loop *l, const incop_change *change)
{
    for (size_t i = 0; i < l->carried.n; i++) {
        const incop_change *c = l->carried.items[i].change;
        if (c->kind == change->kind && c->of == change->of &&
            (!c->name || strcmp(c->name, change->name) == 0))
            return &l->carried.items[i];
    }
    return NULL;
}

/* Whether a scanned list was appended to and nothing else. */
static bool still_scanned(const carried *c, const incfe_written *w)
{
    return !c->begun->is_read && w->now.v.u.list->rows == c->begun;
}

/* Whether what is appended has another size in every turn. */
static bool sizes_differ(loop *l, const incfe_written *w)
{
    incfe_form item = incfe_rows_form(&l->m, &w->now);
    return incfe_rows_differ(&item);
}

/* A list that is older than the loop is scanned where that can be. */
static void add_carried(loop *l, const incfe_written *w, const incfe_written *before)
{
    carried c = {.change = w->change, .form = incfe_form_of(&l->m, &before->now)};
    c.is_scanned = w->change->kind == INCOP_CHANGED_LIST;
    INC_PUSH(l->in->cx, &l->carried, c);
}

static bool holds(const incfe_snapshot *list, const incop_box *box)
{
    for (size_t i = 0; i < list->n; i++) {
        const incfe_snapshot *s = &list->items[i];
        if (s->v.kind == INCVAL_TENSOR ? incop_box_root(s->v.u.t) == box : holds(s, box))
            return true;
    }
    return false;
}

/* Marks tensors in the form that a list holds as well: the rows have copies of them. */
static bool mark_held(loop *l, incfe_form *form, const incfe_snapshot *s)
{
    bool changed = false;
    if (form->kind == INCFE_TENSOR && !form->is_held && s->v.kind == INCVAL_TENSOR)
        for (size_t i = 0; i < l->writes.n; i++) {
            const incfe_written *w = &l->writes.items[i];
            if (w->change->kind == INCOP_CHANGED_LIST && holds(&w->now, incop_box_root(s->v.u.t)))
                changed = form->is_held = true;
        }
    for (size_t i = 0; i < form->n && (i < s->n || form->kind == INCFE_DICT); i++)
        changed =
            mark_held(l, &form->items[i],
                      form->kind == INCFE_DICT ? incfe_entry(l->in->cx, s, form->first.keys[i], i)
                                               : &s->items[i]) ||
            changed;
    return changed;
}

/* A tensor older than the loop that is written in it is one tensor, however often a list has it. */
static void no_written_items(loop *l, const incfe_snapshot *list)
{
    for (size_t i = 0; i < l->writes.n; i++)
        if (l->writes.items[i].change->kind == INCOP_CHANGED_BOX &&
            holds(list, l->writes.items[i].change->of))
            inc_raise_hint(l->in->cx, INC_E_UNSUPPORTED,
                           "append a clone() of the tensor to the list",
                           "a tensor that a list holds is written in place in a loop");
}

/* Widens what is carried by what the attempt has written; before[i] is of l->writes.items[i]. */
static bool widen(loop *l, const incfe_written *before)
{
    bool changed = false;
    for (size_t i = 0; i < l->writes.n; i++) {
        const incfe_written *w = &l->writes.items[i];
        carried *c = find_carried(l, w->change);
        if (!before[i].is_there)
            continue;       /* a local of the body */
        if (w->lost && c) { /* it is lost after a turn: nobody may read it afterwards */
            *c = l->carried.items[--l->carried.n];
            changed = true;
        }
        if (w->lost || before[i].lost)
            continue;
        if (!c) {
            add_carried(l, w, &before[i]);
            c = &l->carried.items[l->carried.n - 1];
            changed = true;
            if (c->is_scanned)
                continue;
        }
        if (c->is_scanned) {
            if (still_scanned(c, w) && !sizes_differ(l, w)) {
                no_written_items(l, &w->now);
                continue;
            }
            c->is_scanned = false;
            changed = true;
            c->form = incfe_form_of(&l->m, &before[i].now);
            continue;
        }
        changed = incfe_join(&l->m, &c->form, &w->now) || changed;
        if (w->change->kind == INCOP_CHANGED_LIST)
            no_written_items(l, &w->now);
        if (w->change->kind != INCOP_CHANGED_LIST)
            changed = mark_held(l, &c->form, &w->now) || changed;
    }
    return changed;
}

/* Finds who is who, before the loop and after a turn; whether that is news. */
static bool find_shared(loop *l, const incfe_written *before)
{
    enum { MOST_TRIES_WITH_TWINS = 8 };
    incfe_ways *ways = INC_NEW_N(l->in->cx, incfe_ways, l->writes.n);
    size_t n = 0;
    for (size_t i = 0; i < l->writes.n; i++) {
        const incfe_written *w = &l->writes.items[i];
        carried *c = find_carried(l, w->change);
        if (c)
            ways[n++] =
                (incfe_ways){w->change, c->is_scanned ? NULL : &c->form, {&before[i].now, &w->now}};
    }
    l->sharing = (incfe_merge){
        .g = l->in->g, .cx = l->in->cx, .has_no_twins = l->tries > MOST_TRIES_WITH_TWINS};
    const char *text = incfe_find_shared(&l->sharing, ways, n);
    bool changed = l->shared ? strcmp(l->shared, text) != 0 : text[0] != 0;
    l->shared = text;
    return changed;
}

static incfe_written *states_before(loop *l)
{
    incfe_merge outside = {.g = l->in->g, .cx = l->in->cx, .since = l->m.since};
    incfe_written *before = INC_NEW_N(l->in->cx, incfe_written, l->writes.n);
    for (size_t i = 0; i < l->writes.n; i++)
        before[i] = incfe_written_now(&outside, l->writes.items[i].change);
    return before;
}

/* A scanned list that was read after all is carried the next time. */
static bool read_after_all(loop *l)
{
    bool any = false;
    for (size_t i = 0; i < l->carried.n; i++) {
        carried *c = &l->carried.items[i];
        if (!c->is_scanned || !c->begun || !c->begun->is_read)
            continue;
        incfe_merge outside = {.g = l->in->g, .cx = l->in->cx, .since = l->m.since};
        incfe_written before = incfe_written_now(&outside, c->change);
        c->is_scanned = false;
        c->form = incfe_form_of(&outside, &before.now);
        any = true;
    }
    return any;
}

/* ---- the node ---- */

static const incfe_written *write_of(const loop *l, const carried *c)
{
    return incfe_find_write(&l->writes, c->change);
}

/* The body's outputs: the condition, what is carried, what is scanned. */
static void make_outputs(loop *l)
{
    incfe_merge *m = &l->m;
    incir_graph *g = l->in->g;
    bool answer = true;
    incir_value *go = NULL;
    if (l->turns->is_while && !incts_decide(l->in, l->condition, &answer, &go))
        incop_block_output(g, go);
    else
        incop_block_output(g, incir_const_bool(g, answer));
    m->leaves.n = 0;
    for (size_t i = 0; i < l->carried.n; i++)
        if (!l->carried.items[i].is_scanned)
            incfe_pack_form(m, &l->carried.items[i].form, &write_of(l, &l->carried.items[i])->now);
    for (size_t i = 0; i < l->carried.n; i++) {
        carried *c = &l->carried.items[i];
        if (!c->is_scanned)
            continue;
        const incfe_snapshot *s = &write_of(l, c)->now;
        c->form = incfe_rows_form(m, s);
        incfe_rows_pack_items(m, &c->form, s);
    }
    for (size_t k = 0; k < m->leaves.n; k++)
        incop_block_output(g, m->leaves.items[k]);
}

static void emit_loop(loop *l)
{
    incir_graph *g = l->in->g;
    const incts_turns *t = l->turns;
    incfe_merge m = {.g = g, .cx = l->in->cx, .since = l->m.since};
    incir_node *n = incir_node_new(g, "Loop");
    incir_in(g, n, t->is_while ? NULL : incir_size_scalar(g, t->count));
    for (size_t i = 0; i < l->carried.n; i++) {
        const carried *c = &l->carried.items[i];
        incfe_written before = incfe_written_now(&m, c->change);
        if (!c->is_scanned)
            incfe_pack_form(&m, &c->form, &before.now);
    }
    bool has_condition = t->is_while || m.leaves.n == 0;
    incir_value *first = t->first ? t->first : incir_const_bool(g, true);
    incir_in(g, n, has_condition ? first : NULL);
    for (size_t k = 0; k < m.leaves.n; k++)
        incir_in(g, n, m.leaves.items[k]);
    incir_attr_block(g, n, "body", l->block->nodes);
    size_t n_outputs = l->block->nodes->n_outputs - 1;
    m.leaves.n = 0;
    INC_RESERVE(l->in->cx, &m.leaves, n_outputs + 1);
    if (n_outputs)
        incir_emit_n(g, n, n_outputs, m.leaves.items);
    m.leaves.n = n_outputs;
    m.next = 0;
    for (int scanned = 0; scanned < 2; scanned++)
        for (size_t i = 0; i < l->carried.n; i++) {
            const carried *c = &l->carried.items[i];
            if (c->is_scanned != (scanned == 1))
                continue;
            if (scanned)
                incfe_rows_extend(&m, c->change->of,
                                  incfe_rows_scanned(&m, &c->form, write_of(l, c)->now.n));
            else {
                forget_made(&l->carried.items[i].form);
                incfe_write(&m, c->change, incfe_unpack_form(&m, &c->form));
            }
        }
    link_shared(l, &m);
}

/* Tensors that are not known any more after a turn are not after the loop. */
static void lose_tensors(loop *l)
{
    for (size_t i = 0; i < l->writes.n; i++)
        if (l->writes.items[i].lost)
            incfe_lose(&l->m, l->writes.items[i].change, l->writes.items[i].lost);
}

static void find_state(loop *l)
{
    for (size_t tries = 0;; tries++) {
        held warnings = hold_warnings(l->in->cx);
        attempt(l);
        if (!l->is_complete) {
            release_warnings(l->in->cx, &warnings, false);
            if (tries < MOST_ATTEMPTS && read_after_all(l)) {
                l->in->raised = false;
                continue;
            }
            l->in->cx->error = l->error;
            inc_raise_again(l->in->cx);
        }
        incop_block *b = l->block;
        incfe_writes writes = l->writes;
        incop_rollback(l->in->g, b);
        incfe_written *before = states_before(l);
        l->writes = writes;
        bool changed = widen(l, before);
        l->tries = tries;
        changed = find_shared(l, before) || changed;
        release_warnings(l->in->cx, &warnings, !changed);
        if (!changed)
            return;
        if (tries == MOST_ATTEMPTS)
            inc_raise(l->in->cx, INC_E_UNSUPPORTED,
                      "what a loop carries from turn to turn does not settle in %d attempts",
                      MOST_ATTEMPTS);
    }
}

static void build(loop *l)
{
    incir_graph *g = l->in->g;
    size_t n_missing = l->in->missing.items.n;
    find_state(l);
    if (l->in->missing.items.n > n_missing) {
        const inc_lacking *first = &l->in->missing.items.items[n_missing];
        l->in->cx->where = first->where;
        inc_raise_hint(l->in->cx, INC_E_UNSUPPORTED, first->hint, "%s", first->message);
    }
    incop_block *all = incop_begin_block(g); /* all of it or nothing */
    incir_block *around = g->block; /* the body is rolled back; its outputs are still to come */
    g->block = l->block->nodes;
    make_outputs(l);
    g->block = around;
    emit_loop(l);
    lose_tensors(l);
    incop_end_block(g, all);
}

bool incts_run_loop(incts_interp *in, incts_frame *frame, const incts_turns *turns)
{
    inc_frame catch;
    loop l = {.in = in, .frame = frame, .turns = turns};
    incfe_missing missing = incfe_missing_copy(in->cx, &in->missing);
    struct incop_block *open = in->g->open;
    incir_block *block = in->g->block;
    incir_call *place = in->g->call;
    unsigned depth = in->depth;
    if (inc_try(in->cx, &catch)) {
        build(&l);
        inc_try_end(in->cx, &catch);
        return true;
    }
    incop_unwind(in->g, open);
    in->g->block = block;
    in->g->call = place;
    in->depth = depth;
    incfe_missing_restore(in->cx, &in->missing, &missing);
    return false;
}
