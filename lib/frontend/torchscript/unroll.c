/* SPDX-License-Identifier: Apache-2.0 */
/* Loops, turn by turn as long as it is known how many there are; what only the data or a dynamic
 * size decides becomes a Loop (loop.c). */
#include "frontend/rows.h"
#include "frontend/torchscript/eval.h"
#include "ops/call/block.h"

#include <string.h>

typedef incts_flow flow;

static const incts_type int_type = {.kind = INCTS_TYPE_INT};

static flow run_loop(incts_interp *in, incts_frame *frame, const incts_turns *turns)
{
    if (!incts_run_loop(in, frame, turns))
        inc_raise_again(in->cx);
    return INCTS_FLOW_NEXT;
}

/* One turn of a while loop that goes on, and whether there is another one. False, and nothing done,
 * when it depends on the data: then the whole loop has to be one in ONNX. */
static bool try_turn(incts_interp *in, incts_frame *frame, const incts_stmt *s, flow *f,
                     bool *goes_on)
{
    incir_value *ignored;
    incfe_missing missing = incfe_missing_copy(in->cx, &in->missing);
    incop_block *b = incop_begin_block(in->g);
    *f = incts_run_block(in, frame, &s->loop.body);
    *goes_on = false;
    if ((*f == INCTS_FLOW_NEXT || *f == INCTS_FLOW_CONTINUE) &&
        !incts_decide(in, incts_eval(in, frame, s->loop.condition), goes_on, &ignored)) {
        in->cx->n_warnings = b->n_warnings;
        incop_rollback(in->g, b);
        incfe_missing_restore(in->cx, &in->missing, &missing);
        return false;
    }
    incop_end_block(in->g, b);
    return true;
}

incts_flow incts_run_while(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    incts_turns turns = {.body = &s->loop.body, .is_while = true, .condition = s->loop.condition};
    bool goes_on;
    if (!incts_decide(in, incts_eval(in, frame, s->loop.condition), &goes_on, &turns.first))
        return run_loop(in, frame, &turns);
    for (int64_t turn = 0; goes_on; turn++) {
        incts_step(in);
        flow f;
        if (turn == in->unroll_limit && incts_run_loop(in, frame, &turns))
            return INCTS_FLOW_NEXT;
        in->raised = false;
        if (!try_turn(in, frame, s, &f, &goes_on))
            return run_loop(in, frame, &turns);
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
    incts_step(in);
    incts_store_targets(in, frame, s->each.targets, s->each.n_targets, item);
    flow f = incts_run_block(in, frame, &s->each.body);
    *stop = f == INCTS_FLOW_RETURN || f == INCTS_FLOW_BREAK;
    return f == INCTS_FLOW_RETURN ? f : INCTS_FLOW_NEXT;
}

static bool is_range(const incts_expr *e)
{
    return e->kind == INCTS_CALL && e->call.callee->kind == INCTS_NAME &&
           strcmp(e->call.callee->name, "range") == 0 && e->call.n_args >= 1 && e->call.n_args <= 3;
}

/* range(start, end, step). */
typedef struct range {
    const incsym *start, *step, *count;
} range;

static range eval_range(incts_interp *in, incts_frame *frame, const incts_expr *e)
{
    incsym_table *t = in->g->syms;
    const incsym *zero = incsym_int(t, 0), *bounds[3] = {zero, zero, incsym_int(t, 1)};
    for (size_t i = 0; i < e->call.n_args; i++) {
        incval v = incts_coerce(in, incts_eval(in, frame, e->call.args[i]), &int_type);
        if (v.kind != INCVAL_INT)
            inc_raise(in->cx, v.kind == INCVAL_UNKNOWN ? INC_E_UNSUPPORTED : INC_E_FORMAT,
                      "the number of turns of a loop has to be an int, not %s",
                      incval_kind_name(v.kind));
        bounds[e->call.n_args == 1 ? 1 : i] = v.u.i;
    }
    range r = {.start = bounds[0], .step = bounds[2]};
    int64_t step;
    if (incsym_known(r.step, &step) && (step == 0 || step == INT64_MIN))
        inc_raise(in->cx, INC_E_FORMAT, "range() with step %lld", (long long)step);
    r.count = incts_range_length(t, r.start, bounds[1], r.step);
    return r;
}

/* A loop that ONNX has no form for is not unrolled as often as in the example: at another size its
 * answer would be wrong. */
static void refuse_turns(incts_interp *in, const incsym *count) INC_NORETURN;
static void refuse_turns(incts_interp *in, const incsym *count)
{
    const inc_failure *error = &in->cx->error;
    if (error->status != INC_E_UNSUPPORTED || incsym_is_guess(count))
        inc_raise_again(in->cx);
    in->cx->where = error->where;
    inc_raise_hint(in->cx, INC_E_UNSUPPORTED,
                   inc_printf(in->cx, "%s%sor leave the size as it is in the example",
                              error->hint ? error->hint : "", error->hint ? "; " : ""),
                   "a loop whose number of turns depends on a dynamic size (%s): %s",
                   incsym_text(in->g->syms, count), error->message);
}

static flow run_range(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    range r = eval_range(in, frame, s->each.iterable);
    int64_t count;
    bool stop = false;
    flow f = INCTS_FLOW_NEXT;
    bool is_known = incsym_known(r.count, &count);
    if (!is_known || count > in->unroll_limit) {
        incts_turns turns = {.body = &s->each.body,
                             .targets = s->each.targets,
                             .n_targets = s->each.n_targets,
                             .count = r.count,
                             .start = r.start,
                             .step = r.step};
        if (incts_run_loop(in, frame, &turns))
            return INCTS_FLOW_NEXT;
        if (!is_known)
            refuse_turns(in, r.count);
        in->raised = false;
    }
    for (int64_t i = 0; !stop && i < count; i++) {
        const incsym *at = incsym_mul_int(in->g->syms, r.step, i);
        f = run_each(in, frame, s, incval_int(incsym_add(in->g->syms, r.start, at)), &stop);
    }
    return f;
}

incts_flow incts_run_for(incts_interp *in, incts_frame *frame, const incts_stmt *s)
{
    bool stop = false;
    flow f = INCTS_FLOW_NEXT;
    if (is_range(s->each.iterable))
        return run_range(in, frame, s);
    incval v = incts_settle(in, incts_eval(in, frame, s->each.iterable));
    if (v.kind != INCVAL_LIST && v.kind != INCVAL_TUPLE)
        inc_raise(in->cx, INC_E_UNSUPPORTED, "a loop over %s", incval_described(v.kind));
    if (v.u.list->rows) {
        incts_turns turns = {.body = &s->each.body,
                             .targets = s->each.targets,
                             .n_targets = s->each.n_targets,
                             .list = v.u.list};
        turns.count = incfe_rows_flush(in->g, v.u.list)->count;
        return run_loop(in, frame, &turns);
    }
    for (size_t i = 0; !stop && i < v.u.list->v.n; i++)
        f = run_each(in, frame, s, v.u.list->v.items[i], &stop);
    return f;
}
