/* SPDX-License-Identifier: Apache-2.0 */
/* torch.matmul(a, b) and a @ b are the same call in a traced or exported model, but FX quantizes
 * the function and leaves the operator in float. F.relu and torch.relu are one call, too, and FX
 * fuses the first alone with a product; so are a + b and a.add(b), torch.flatten(a) and
 * a.flatten(), of which FX knows the first alone. In: a plan whose steps have their kinds. Out: the
 * same, matched with each such call taken for the one or the other, so that the checkpoint fits.
 *
 * Calls of one line of the model's code are alike, as far as they are at the same place of it in
 * each module (where that makes too many, all of the line). All combinations of lines are tried (of
 * many lines, those in which all of a kind but one are alike); one has to fit, that is use every
 * scale of the file and find one for every value that needs it. Where two fit that give scales to
 * other values, what the values' ranges say decides, then what FX does as a rule, and else nothing
 * does: then the model is refused with the lines.
 */
#include <string.h>

#include "base/str.h"
#include "checkpoint/plan.h"

enum { MOST_LINES = 8, MOST_STEPS = 1 << 16, MOST_TRIED = 1 << 20 /* steps in all */ };

/* Which calls of a line are open; those further below are left as they are in models of many. */
typedef enum openness { OPEN_PRODUCT, OPEN_RELU, OPEN_FUNCTION, OPEN_SHARED, NOT_OPEN } openness;

typedef struct line {
    const char *source; /* "net.py:87"; NULL: not known, then it is of one step */
    bool is_relu;
    INC_VEC(incckpt_step *) steps;
} line;

/* What a matching changes. */
typedef struct state {
    incckpt_kind kind;
    bool is_float, is_absorbed;
    incckpt_qparams *qparams;
    const char *scope;
    incir_value *result;
} state;

typedef struct outcome {
    state *steps;
    incckpt_qparams **qparams;
    incckpt_fit fit;
} outcome;

static bool is_open_product(const incckpt_step *s)
{
    return s->kind == INCCKPT_FUNCTION && s->quantization & INCOP_FX_OPERATOR;
}

/* A relu fused with a product that is no module: code around it calls something else, too. FX fuses
 * either with additions and the like. */
static bool is_open_relu(const incckpt_step *s, const incmap *callers)
{
    return s->is_absorbed && incckpt_is_op(s->first, INCIR_OP_RELU) && s->absorbed_by->product &&
           incmap_has_str(callers, s->call->module);
}

/* The modules whose code calls more than relus. */
static incmap *find_callers(const incckpt_plan *p)
{
    incmap *callers = incmap_new(p->cx);
    for (size_t i = 0; i < p->n_steps; i++)
        if (!incckpt_is_op(p->steps[i].first, INCIR_OP_RELU) || !p->steps[i].call->module[0])
            incmap_set_str(p->cx, callers, p->steps[i].call->module, callers);
    for (size_t i = 0; i < p->n_steps; i++) { /* or of other modules */
        const char *module = p->steps[i].call->module, *end = strrchr(module, '.');
        if (end)
            incmap_set_str(p->cx, callers, inc_strndup(p->cx, module, (size_t)(end - module)),
                           callers);
    }
    return callers;
}

typedef INC_VEC(line *) lines;

static openness openness_of(const incckpt_plan *p, const incckpt_step *s, const incmap *callers)
{
    if (is_open_product(s))
        return OPEN_PRODUCT;
    if (p->is_nameless)
        return NOT_OPEN;
    if (is_open_relu(s, callers))
        return OPEN_RELU;
    if (!(s->quantization & INCOP_FX_FORMS) || s->module || s->is_absorbed)
        return NOT_OPEN;
    return s->kind == INCCKPT_FUNCTION || s->kind == INCCKPT_SCALAR ? OPEN_FUNCTION
           : s->kind == INCCKPT_SHARED                              ? OPEN_SHARED
                                                                    : NOT_OPEN;
}

/* How many calls of the same line there were before in the same module: they may be spelled in
 * different ways. */
static uintptr_t next_place(const incckpt_plan *p, incmap *places, const char *source,
                            const incckpt_step *s, openness open)
{
    const char *key = inc_printf(p->cx, "%s %d %s", source, open, s->call->module);
    uintptr_t place = (uintptr_t)incmap_get_str(places, key);
    incmap_set_str(p->cx, places, key, (void *)(place + 1));
    return place;
}

static void collect_lines(incckpt_plan *p, lines *found, openness most, bool by_place)
{
    incmap *known = incmap_new(p->cx), *callers = find_callers(p), *places = incmap_new(p->cx);
    *found = (lines){0};
    for (size_t i = 0; i < p->n_steps; i++) {
        incckpt_step *s = &p->steps[i];
        openness open = openness_of(p, s, callers);
        if (open > most)
            continue;
        const char *source = incir_call_python(p->g, s->call);
        uintptr_t place = source && by_place ? next_place(p, places, source, s, open) : 0;
        const char *key =
            source ? inc_printf(p->cx, "%s %d %zu", source, open, (size_t)place) : NULL;
        bool is_relu = open == OPEN_RELU;
        line *l = key ? incmap_get_str(known, key) : NULL;
        if (!l) {
            l = INC_NEW(p->cx, line);
            l->source = source;
            l->is_relu = is_relu;
            if (key)
                incmap_set_str(p->cx, known, key, l);
            INC_PUSH(p->cx, found, l);
        }
        INC_PUSH(p->cx, &l->steps, s);
    }
}

static bool can_try_all(const incckpt_plan *p, const lines *found)
{
    return found->n <= MOST_LINES && p->n_steps << found->n <= MOST_TRIED;
}

/* As much as is open, and as finely, as all combinations of it can be tried. */
static void find_lines(incckpt_plan *p, lines *found)
{
    for (openness most = OPEN_SHARED; most >= OPEN_RELU; most--)
        for (int by_place = 1; by_place >= 0; by_place--) {
            collect_lines(p, found, most, by_place);
            if (can_try_all(p, found))
                return;
        }
}

/* ---- trying ---- */

static void restore(incckpt_plan *p, const state *before)
{
    for (size_t i = 0; i < p->n_steps; i++) {
        incckpt_step *step = &p->steps[i];
        step->kind = before[i].kind;
        step->is_float = before[i].is_float;
        step->is_absorbed = before[i].is_absorbed;
        step->qparams = before[i].qparams;
        step->scope = before[i].scope;
        step->result = before[i].result;
    }
}

static state *save(const incckpt_plan *p)
{
    state *s = INC_NEW_N(p->cx, state, p->n_steps);
    for (size_t i = 0; i < p->n_steps; i++) {
        const incckpt_step *step = &p->steps[i];
        s[i] = (state){step->kind,    step->is_float, step->is_absorbed,
                       step->qparams, step->scope,    step->result};
    }
    return s;
}

/* ---- without names ---- */

/* The steps that may have been rounded once more. */
static size_t find_sharing(const incckpt_plan *p, incckpt_step **found, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].kind == INCCKPT_SHARED && !p->steps[i].is_absorbed && !p->steps[i].module &&
            n < most)
            found[n++] = &p->steps[i];
    return n;
}

static unsigned count_bits(unsigned bits)
{
    unsigned n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

static incckpt_fit match_with(incckpt_plan *p, const state *before, incckpt_step *const *sharing,
                              size_t n, unsigned rounded)
{
    restore(p, before);
    for (size_t i = 0; i < n; i++)
        sharing[i]->is_rounded_again = rounded >> i & 1;
    return incckpt_match(p);
}

/* Scales that are left over belong to calls that share their input's as a rule: to which has to be
 * certain. */
static incckpt_fit match_in_order(incckpt_plan *p)
{
    enum { MOST_SHARING = 10 };
    incckpt_step *sharing[MOST_SHARING + 1];
    const state *before = save(p);
    size_t n = find_sharing(p, sharing, MOST_SHARING + 1);
    incckpt_fit fit = incckpt_match(p);
    unsigned found = 0, n_found = 0;
    size_t left = fit.n_left;
    if (left == 0 || n > MOST_SHARING || left > n || p->n_steps << n > MOST_TRIED)
        return fit;
    for (unsigned bits = 0; bits < 1U << n; bits++) {
        if (count_bits(bits) != left)
            continue;
        incckpt_fit other = match_with(p, before, sharing, n, bits);
        if (other.n_misfits == 0 && other.n_implausible == 0) {
            found = bits;
            n_found++;
        }
    }
    return match_with(p, before, sharing, n, n_found == 1 ? found : 0);
}

static incckpt_fit match(incckpt_plan *p)
{
    return p->is_nameless ? match_in_order(p) : incckpt_match(p);
}

static outcome *try(incckpt_plan *p, const state *before, const lines *found, const bool *is_float)
{
    outcome *o = INC_NEW(p->cx, outcome);
    restore(p, before);
    for (size_t i = 0; i < found->n; i++)
        for (size_t k = 0; k < found->items[i]->steps.n; k++) {
            if (found->items[i]->is_relu)
                incckpt_set_fused(found->items[i]->steps.items[k], !is_float[i]);
            else
                found->items[i]->steps.items[k]->is_float = is_float[i];
        }
    o->fit = match(p);
    o->steps = save(p);
    o->qparams = inc_copy(p->cx, p->qparams, p->n_ids * sizeof(incckpt_qparams *));
    return o;
}

/* What a step does to the numbers. One that shares its input's qparams computes the same on
 * integers and in float. */
static incckpt_kind effect_of(const state *s)
{
    return s->is_float || s->kind == INCCKPT_SHARED || s->kind == INCCKPT_KEPT ? INCCKPT_FLOAT
                                                                               : s->kind;
}

static bool is_same(const incckpt_plan *p, const outcome *a, const outcome *b)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (effect_of(&a->steps[i]) != effect_of(&b->steps[i]) ||
            a->steps[i].result != b->steps[i].result || a->steps[i].qparams != b->steps[i].qparams)
            return false;
    return memcmp(a->qparams, b->qparams, p->n_ids * sizeof(incckpt_qparams *)) == 0;
}

static bool is_better(incckpt_fit a, incckpt_fit b)
{
    if (a.n_misfits != b.n_misfits)
        return a.n_misfits < b.n_misfits;
    return a.n_implausible != b.n_implausible ? a.n_implausible < b.n_implausible
                                              : a.n_surprises < b.n_surprises;
}

/* ---- choosing ---- */

typedef struct choice {
    outcome *best, *other; /* other: as good, but not the same */
} choice;

static void consider(const incckpt_plan *p, choice *c, outcome *o)
{
    if (!c->best || is_better(o->fit, c->best->fit))
        *c = (choice){o, NULL};
    else if (!is_better(c->best->fit, o->fit) && !c->other && !is_same(p, c->best, o))
        c->other = o;
}

static void refuse(incckpt_plan *p, const lines *found) INC_NORETURN;
static void refuse(incckpt_plan *p, const lines *found)
{
    incstr text = {0};
    for (size_t i = 0; i < found->n && i < MOST_LINES; i++)
        incstr_addf(p->cx, &text, "%s%s", i ? ", " : "",
                    found->items[i]->source ? found->items[i]->source
                                            : found->items[i]->steps.items[0]->scope);
    inc_raise_hint(p->cx, INC_E_UNSUPPORTED,
                   "write all of them as FX quantizes them (torch.matmul, a + b, F.relu, "
                   "torch.flatten, a.reshape) before the model is quantized, or export the "
                   "quantized model itself (torch.jit.trace)",
                   "the scales of the checkpoint fit the model in two ways: which calls are "
                   "torch.matmul, a + b, F.relu and the like, which FX quantizes and fuses, and "
                   "which are @, a.add(b) and torch.relu, which it does not, is open (%s)",
                   incstr_text(&text));
}

/* Of another model: quantized weights that no call has, and that the model has no parameter for.
 * Nothing has to be chosen then, and the misfits say more. */
static bool is_of_another_model(const incckpt_plan *p)
{
    incmap *known = incmap_new(p->cx);
    for (size_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].module)
            incmap_set_str(p->cx, known, p->steps[i].module->name, known);
    for (const incmap_entry *e = incmap_first(p->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        const char *weight = inc_printf(p->cx, "%s.weight", m->name);
        if (incckpt_is_weighted(m) && !p->is_nameless && !incmap_has_str(known, m->name) &&
            !incmap_has_str(p->parameters, weight))
            return true;
    }
    return false;
}

void incckpt_match_operators(incckpt_plan *p)
{
    lines found = {0};
    choice c = {0};
    if (!p->c->is_eager && !p->c->is_dynamic)
        find_lines(p, &found);
    if (found.n == 0 || p->n_steps > MOST_STEPS) {
        incckpt_fit fit = match(p);
        if (p->is_nameless)
            incckpt_check_order(p, fit);
        return;
    }
    bool is_exhaustive = can_try_all(p, &found);
    bool *is_float = INC_NEW_N(p->cx, bool, found.n);
    size_t n_tries = is_exhaustive ? (size_t)1 << found.n : 4;
    const state *before = save(p);
    for (size_t i = 0; i < n_tries; i++) {
        for (size_t k = 0; k < found.n; k++)
            is_float[k] = is_exhaustive ? i >> k & 1 : i >> found.items[k]->is_relu & 1;
        consider(p, &c, try(p, before, &found, is_float));
    }
    for (size_t i = 0; i < found.n && !is_exhaustive && c.best->fit.n_misfits && i < 64; i++)
        for (size_t base = 0; base < 4; base++) {
            for (size_t k = 0; k < found.n; k++)
                is_float[k] = (base >> found.items[k]->is_relu & 1) != (k == i);
            consider(p, &c, try(p, before, &found, is_float));
        }
    if (c.other && c.best->fit.n_misfits == 0 && !is_of_another_model(p))
        refuse(p, &found);
    if (!c.best)
        inc_raise(p->cx, INC_E_INTERNAL, "no way to match the products was tried");
    if (p->is_nameless)
        incckpt_check_order(p, c.best->fit);
    restore(p, c.best->steps);
    memcpy(p->qparams, c.best->qparams, p->n_ids * sizeof(incckpt_qparams *));
}
