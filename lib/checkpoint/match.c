/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls of the FP32 model ran on integers in the quantized one, and with which qparams: what
 * PyTorch's FX did, found again from the names it gave. Comes in: a plan whose steps have their
 * kinds, and the scales of the checkpoint; goes out: is_float and qparams of each step, and the
 * qparams of every float value that a quantized operator reads. Knows no operator by its name and
 * no attribute of a node: a test makes the steps itself.
 *
 * FX numbers the scales of a scope in the order of the values that it observed there: results of
 * quantized functions, and whatever else a quantized operator reads. Most of these numbers are gone
 * from the state_dict, because a module took them over or the operator passes the qparams of its
 * input on; those left keep their number. So the values are counted here as FX counted them. A
 * value of the model's inputs, or of a module that was left in float, is named after its first
 * reader instead ("conv2_input_scale_0").
 *
 * Which values were observed depends on which calls were quantized, and that is not in the file. It
 * is found as a fixpoint: every call that FX could have quantized is first taken to have been. A
 * round counts all values under that assumption (observe, count), then looks for what contradicts
 * the file (correct):
 *
 *     a scale is missing that the call needs              it ran in float
 *     a module has a scale of its input's, which its      what gives the input ran in float
 *       one input would not need
 *     a function of fixed range whose result nobody       it ran in float
 *       quantized reads
 *     a softmax without a scale whose result a            it has a fixed range: it was a module
 *       quantized operator reads
 *
 * As one wrong call shifts the numbers of all after it in its scope, only the first contradiction
 * of a scope is believed; then all is counted again. A call goes from quantized to float and never
 * back, and a softmax changes its kind once, so that the rounds end; MOST_ROUNDS bounds them for
 * files that fit nothing. */
#include <stdlib.h>
#include <string.h>

#include "checkpoint/plan.h"

enum { MOST_ROUNDS = 64 };

/* What one round found of a value. */
typedef struct finding {
    bool is_quantized;  /* given by a quantized operator */
    bool is_read;       /* by a quantized operator */
    bool is_observed;   /* read by a quantized operator, given by none */
    bool is_missing;    /* observed, and the checkpoint has no qparams for it */
    const char *reader; /* of an observed one: the scope of its first reader */
} finding;

/* The entries that come next in the file, where scopes say nothing. */
typedef struct order {
    const incmap_entry *function, *input;
    uintptr_t place; /* how many calls that have numbers there were so far, without those that */
    incmap *places;  /*   took one of another scope; scope -> that of its last scale */
    incmap *numbers; /* scope -> the number of that scale + 1 */
    uintptr_t n_taken;
    incmap *taken;     /* scope -> how many were taken up to its last scale */
    size_t n_too_high; /* scales with a number that so few calls cannot have come to */
} order;

typedef struct round {
    incckpt_plan *p;
    finding *found; /* by id */
    incckpt_fx_counters counters;
    incmap *corrected; /* scopes whose first contradiction was found */
    order *order;      /* of a model without names */
} round;

/* ---- the values of a step ---- */

/* Walks over what a step takes as integers: for (walk w = {s->first}; (v = next_input(p, s, &w));)
 */
typedef struct walk {
    incir_node *n;
    size_t i;
} walk;

static incir_value *next_input(const incckpt_plan *p, const incckpt_step *s, walk *w)
{
    for (; w->n; w->n = w->n == s->last ? NULL : w->n->next, w->i = 0)
        while (w->i < w->n->n_inputs) {
            incir_value *v = w->n->inputs[w->i++];
            if (v && incckpt_takes_integers(p, s, v))
                return v;
        }
    return NULL;
}

static incir_value *next_output(const incckpt_step *s, walk *w)
{
    for (; w->n; w->n = w->n == s->last ? NULL : w->n->next, w->i = 0)
        while (w->i < w->n->n_outputs) {
            incir_value *v = w->n->outputs[w->i++];
            if (v)
                return v;
        }
    return NULL;
}

static bool is_alone(const incckpt_step *s)
{
    return s->module && s->module->is_alone;
}

/* ---- what is observed, and by whom first ---- */

static void observe_inputs(const round *r, const incckpt_step *s)
{
    incir_value *v;
    for (walk w = {s->first}; (v = next_input(r->p, s, &w)) != NULL;) {
        finding *f = &r->found[v->id];
        f->is_read = true;
        if (f->is_quantized || f->is_observed || is_alone(s))
            continue;
        f->is_observed = true;
        f->reader = s->reader;
    }
}

static void note_results(const round *r, const incckpt_step *s)
{
    incir_value *v;
    if (s->kind != INCCKPT_SHARED) {
        r->found[s->result->id].is_quantized = !is_alone(s);
        return;
    }
    for (walk w = {s->first}; (v = next_output(s, &w)) != NULL;)
        r->found[v->id].is_quantized = true;
}

static void observe(const round *r)
{
    for (size_t i = 0; i < r->p->n_steps; i++) {
        const incckpt_step *s = &r->p->steps[i];
        if (!incckpt_step_is_quantized(s))
            continue;
        observe_inputs(r, s);
        note_results(r, s);
    }
}

/* ---- numbers ---- */

/* In a model without names: scales stand in the file in the order in which FX met the values. */
static incckpt_qparams *next_in_order(const incmap_entry **next)
{
    incckpt_qparams *q = *next ? incmap_value(*next) : NULL;
    *next = *next ? incmap_next(*next) : NULL;
    return q;
}

/* Numbers grow by one with each value that a scope has, so that at least as many calls are between
 * two of its scales, beside those of other scopes. */
static incckpt_qparams *next_function(const round *r)
{
    inccx *cx = r->p->cx;
    order *o = r->order;
    incckpt_qparams *q = next_in_order(&o->function);
    incckpt_fx_name name;
    if (!q || !incckpt_fx_name_parse(cx, q->key, &name))
        return q;
    uintptr_t number = (uintptr_t)strtoul(name.number, NULL, 10) + 1;
    uintptr_t numbers = number - (uintptr_t)incmap_get_str(o->numbers, name.scope);
    uintptr_t calls = o->place - (uintptr_t)incmap_get_str(o->places, name.scope);
    uintptr_t of_others = o->n_taken - (uintptr_t)incmap_get_str(o->taken, name.scope);
    if (numbers + of_others > calls)
        o->n_too_high++;
    incmap_set_str(cx, o->numbers, name.scope, (void *)number);
    incmap_set_str(cx, o->places, name.scope, (void *)o->place);
    incmap_set_str(cx, o->taken, name.scope, (void *)++o->n_taken);
    return q;
}

static incckpt_qparams *of_function(const round *r, const char *scope, bool always)
{
    if (r->p->is_nameless)
        return next_function(r);
    return incckpt_fx_next(&r->counters, r->counters.functions, r->p->c->functions, scope, always);
}

/* Of what functions read first: scales that are named after no module. */
static incckpt_qparams *of_reading_function(const round *r)
{
    order *o = r->order;
    while (o->input && incmap_has_str(r->p->flat_modules, incmap_key(o->input, NULL)))
        o->input = incmap_next(o->input);
    return next_in_order(&o->input);
}

static incckpt_qparams *of_input(const round *r, const char *reader)
{
    if (r->p->is_nameless && !reader[0])
        return of_reading_function(r);
    return incckpt_fx_next(&r->counters, r->counters.inputs, r->p->c->inputs, reader, false);
}

/* The qparams of an observed value: by the scope that gives it, where FX names it so, else by its
 * reader, else by the scope after all. scope NULL: none. */
static void find_qparams(const round *r, const incir_value *v, const char *scope,
                         bool is_named_by_scope)
{
    finding *f = &r->found[v->id];
    incckpt_qparams *q = NULL;
    if (r->p->c->is_eager)
        q = incckpt_stub_for(r->p->c, f->reader);
    if (!q && is_named_by_scope && r->p->is_nameless && f->reader[0])
        q = of_input(r, f->reader);
    if (!q && is_named_by_scope)
        q = of_function(r, scope, false);
    if (!q)
        q = of_input(r, f->reader);
    if (!q && scope && !is_named_by_scope)
        q = of_function(r, scope, false);
    r->p->qparams[v->id] = q;
    f->is_missing = !q;
}

static void count_constants(const round *r, const incckpt_step *s)
{
    const incir_value *v;
    for (walk w = {s->first}; (v = next_input(r->p, s, &w)) != NULL;)
        if (v->kind == INCIR_CONSTANT && r->found[v->id].is_observed && !r->p->qparams[v->id])
            find_qparams(r, v, s->reader, true);
}

static void count_floats(const round *r, const incckpt_step *s)
{
    const incir_value *v;
    for (walk w = {s->first}; (v = next_output(s, &w)) != NULL;)
        if (r->found[v->id].is_observed)
            find_qparams(r, v, s->is_border ? NULL : s->float_scope,
                         !s->is_border && s->kind != INCCKPT_KEPT);
    if (s->result && s->kind == INCCKPT_KEPT && r->found[s->result->id].is_observed &&
        !r->p->qparams[s->result->id])
        find_qparams(r, s->result, s->scope, false);
}

/* Of functions alone; what shares its input's qparams may have them once more, or others. */
static void count_in_order(const round *r, incckpt_step *s)
{
    const incmap_entry *next = r->order->function;
    const incckpt_qparams *its =
        s->kind == INCCKPT_SHARED && s->data ? incckpt_qparams_behind(r->p, s->data) : NULL;
    const incckpt_qparams *q = next ? incmap_value(next) : NULL;
    s->qparams = NULL;
    if (s->kind == INCCKPT_FUNCTION || (s->kind == INCCKPT_SHARED && s->is_rounded_again))
        s->qparams = of_function(r, s->scope, true);
    else if (its && q && its->scale == q->scale && its->zero_point == q->zero_point)
        of_function(r, s->scope, true);
}

static void count(const round *r)
{
    const incir_block *main = r->p->g->main;
    for (size_t i = 0; i < main->n_inputs; i++)
        if (r->found[main->inputs[i]->id].is_observed)
            find_qparams(r, main->inputs[i], NULL, false);
    for (size_t i = 0; i < r->p->n_steps; i++) {
        incckpt_step *s = &r->p->steps[i];
        if (s->is_absorbed)
            continue;
        r->order->place += !s->module;
        if (!incckpt_step_is_quantized(s)) {
            s->qparams = NULL; /* of an earlier round */
            count_floats(r, s);
            continue;
        }
        count_constants(r, s);
        /* A function has the number; others that still have theirs were quantized once more. */
        if (s->packed) /* its weight was observed, too */
            of_function(r, s->scope, true);
        if (r->p->is_nameless)
            count_in_order(r, s);
        else if (s->kind == INCCKPT_FUNCTION || !s->module)
            s->qparams = of_function(r, s->scope, true);
    }
}

/* ---- contradictions ---- */

/* A module has only one input, so that a number of it says that this was float. */
static bool correct_makers(const round *r, const incckpt_step *s)
{
    const incir_value *v;
    bool has_changed = false;
    for (walk w = {s->first}; (v = next_input(r->p, s, &w)) != NULL;) {
        incckpt_step *maker = incckpt_maker_of(r->p, v);
        if (!maker || !r->found[v->id].is_quantized || is_alone(s) ||
            (maker->kind != INCCKPT_SHARED && maker->kind != INCCKPT_FIXED))
            continue;
        if (of_input(r, s->reader) && !maker->is_float)
            maker->is_float = has_changed = true;
    }
    return has_changed;
}

static bool lacks_qparams(const round *r, const incckpt_step *s)
{
    const incir_value *v;
    if (s->kind == INCCKPT_FUNCTION && !s->qparams)
        return true;
    for (walk w = {s->first}; (v = next_input(r->p, s, &w)) != NULL;)
        if (r->found[v->id].is_missing)
            return true;
    return false;
}

static bool correct_step(const round *r, incckpt_step *s)
{
    if (s->kind == INCCKPT_FIXED && !r->found[s->result->id].is_read)
        return s->is_float = true;
    if (s->module)
        return correct_makers(r, s);
    if (r->p->is_nameless) /* which call it is is open */
        return false;
    if (incmap_has_str(r->corrected, s->scope) || !lacks_qparams(r, s))
        return false;
    incmap_set_str(r->p->cx, r->corrected, s->scope, s);
    return s->is_float = true;
}

/* Whether anything was contradicted. */
static bool correct(const round *r)
{
    bool has_changed = false;
    for (size_t i = 0; i < r->p->n_steps; i++) {
        incckpt_step *s = &r->p->steps[i];
        if (s->is_softmax && s->kind == INCCKPT_FLOAT && r->found[s->result->id].is_missing &&
            !r->p->c->is_dynamic) {
            s->kind = INCCKPT_FIXED;
            has_changed = true;
        }
        if (incckpt_step_is_quantized(s) && correct_step(r, s))
            has_changed = true;
    }
    return has_changed;
}

/* ---- rounds ---- */

static void begin(round *r)
{
    incckpt_plan *p = r->p;
    memset(r->found, 0, p->n_ids * sizeof *r->found);
    memset(p->qparams, 0, p->n_ids * sizeof(incckpt_qparams *));
    for (size_t i = 0; i < p->c->stubs.n; i++)
        p->c->stubs.items[i]->used = false;
    r->counters = incckpt_fx_counters_new(p->cx);
    r->corrected = incmap_new(p->cx);
    *r->order = (order){.function = incmap_first(p->c->functions),
                        .input = incmap_first(p->c->inputs),
                        .places = incmap_new(p->cx),
                        .taken = incmap_new(p->cx),
                        .numbers = incmap_new(p->cx)};
}

/* ---- how well it fits ---- */

static void mark(incmap *used, inccx *cx, const incckpt_qparams *q)
{
    if (q)
        incmap_set_str(cx, used, inc_printf(cx, "%.17g %lld", q->scale, (long long)q->zero_point),
                       used);
}

static size_t count_unused(const round *r, incmap *used)
{
    const incmap *tables[2] = {r->p->c->inputs, r->p->c->functions};
    size_t n = 0; /* of functions without names, those that nobody took are counted */
    for (size_t i = 0; i < (r->p->is_nameless ? 1 : 2); i++)
        for (const incmap_entry *e = incmap_first(tables[i]); e; e = incmap_next(e)) {
            const incckpt_qparams *q = incmap_value(e);
            n += !incmap_has_str(
                used, inc_printf(r->p->cx, "%.17g %lld", q->scale, (long long)q->zero_point));
        }
    return n;
}

static incckpt_fit judge(const round *r)
{
    const incckpt_plan *p = r->p;
    incmap *used = incmap_new(p->cx);
    incckpt_fit fit = {0};
    bool shares = incckpt_has_cat(p);
    for (size_t i = 0; i < p->n_steps; i++) {
        const incckpt_step *s = &p->steps[i];
        fit.n_misfits += p->is_nameless && incckpt_step_is_quantized(s) &&
                         s->kind == INCCKPT_FUNCTION && !s->qparams;
        fit.n_implausible += incckpt_is_implausible(p, s);
        fit.n_surprises += incckpt_is_surprise(p, s, shares);
        if (incckpt_step_is_quantized(s))
            mark(used, p->cx, s->qparams);
        if (s->module && s->kind != INCCKPT_KEPT)
            mark(used, p->cx, &s->module->output);
        if (is_alone(s))
            mark(used, p->cx, incmap_get_str(p->c->inputs, incckpt_fx_key(p->cx, s->reader, 0)));
    }
    for (uint32_t id = 0; id < p->n_ids; id++) {
        fit.n_misfits += r->found[id].is_missing;
        mark(used, p->cx, p->qparams[id]);
    }
    fit.n_misfits += count_unused(r, used) + r->order->n_too_high;
    for (const incmap_entry *e = r->order->function; e; e = incmap_next(e))
        fit.n_left += p->is_nameless;
    fit.n_misfits += fit.n_left;
    return fit;
}

incckpt_fit incckpt_match(incckpt_plan *p)
{
    order next = {0};
    round r = {.p = p, .found = INC_NEW_N(p->cx, finding, p->n_ids), .order = &next};
    for (int i = 0; i < MOST_ROUNDS; i++) {
        begin(&r);
        observe(&r);
        count(&r);
        if (!correct(&r))
            break;
    }
    return judge(&r);
}
