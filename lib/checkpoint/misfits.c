/* SPDX-License-Identifier: Apache-2.0 */
/* What does not fit: the checkpoint is of another model when the graph has no use for one of its
 * entries. Comes in: notes made on the way, and the entries' marks of use; goes out: nothing, or
 * INC_E_ARGUMENT with all of it. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/attach.h"

void incckpt_misfit(incckpt_attacher *a, const char *text)
{
    for (size_t i = 0; i < a->misfits.n; i++)
        if (strcmp(a->misfits.items[i], text) == 0)
            return;
    INC_PUSH(a->cx, &a->misfits, text);
}

/* Whether another scale that was used is the same: then rounding to this one changes nothing, and
 * where PyTorch did it need not be known. */
static bool is_used_elsewhere(const incckpt_attacher *a, const incckpt_qparams *q)
{
    const incmap *tables[2] = {a->c->inputs, a->c->functions};
    for (size_t i = 0; i < 2; i++)
        for (const incmap_entry *e = incmap_first(tables[i]); e; e = incmap_next(e)) {
            const incckpt_qparams *other = incmap_value(e);
            if (other->used && other->scale == q->scale && other->zero_point == q->zero_point)
                return true;
        }
    for (const incmap_entry *e = incmap_first(a->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->used && m->output.has_scale && m->output.scale == q->scale &&
            m->output.zero_point == q->zero_point)
            return true;
    }
    return false;
}

static void report_modules(incckpt_attacher *a)
{
    for (const incmap_entry *e = incmap_first(a->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->used)
            continue;
        if (m->weight && m->weight->q)
            incckpt_misfit(a, inc_printf(a->cx, "the model has no quantizable module %s", m->name));
        else if (m->output.has_scale && !m->output.is_noted && !a->c->is_dynamic &&
                 !is_used_elsewhere(a, &m->output))
            incckpt_misfit(
                a, inc_printf(a->cx, "nothing in the model has the scale %s", m->output.key));
    }
}

/* A module that stayed float has no scale. */
static void report_kept(incckpt_attacher *a)
{
    for (size_t i = 0; i < a->p->n_steps; i++) {
        const incckpt_step *s = &a->p->steps[i];
        if (s->kind == INCCKPT_KEPT && s->module->output.has_scale && !s->module->output.is_noted &&
            !a->c->is_dynamic)
            incckpt_misfit(a, inc_printf(a->cx, "the weight of %s is float32, though it has %s",
                                         s->module->name, s->module->output.key));
    }
}

static void report_packed(incckpt_attacher *a)
{
    for (const incmap_entry *e = incmap_first(a->c->packed); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (!m->used)
            incckpt_misfit(a, inc_printf(a->cx, "the model calls no function for %s", m->name));
    }
}

static void report_layers(incckpt_attacher *a)
{
    for (const incmap_entry *e = incmap_first(a->c->layers); e; e = incmap_next(e)) {
        const incckpt_layer *l = incmap_value(e);
        if (!l->used)
            incckpt_misfit(a,
                           inc_printf(a->cx, "the model has no recurrent layer for %s", l->name));
    }
}

static void report_numbers(incckpt_attacher *a)
{
    incmap *tables[2] = {a->c->inputs, a->c->functions};
    for (size_t i = 0; i < 2; i++)
        for (const incmap_entry *e = incmap_first(tables[i]); e; e = incmap_next(e)) {
            const incckpt_qparams *q = incmap_value(e);
            if (!q->used && !is_used_elsewhere(a, q))
                incckpt_misfit(a,
                               inc_printf(a->cx, "nothing in the model has the scale %s", q->key));
        }
}

/* "conv2" of "conv2.0.weight", what FX keeps of a module that stayed float, too. */
static bool is_known_module(const incckpt_attacher *a, const char *name)
{
    for (int level = 0; level < 2 && *name; level++) {
        const incckpt_module *m = incckpt_module_of(a->c, name);
        const char *start = inc_printf(a->cx, "%s.", name);
        if (m && m->used)
            return true;
        for (const incmap_entry *e = incmap_first(a->p->parameters); e; e = incmap_next(e))
            if (incstr_starts(incmap_key(e, NULL), start))
                return true;
        name = incckpt_scope_around(a->cx, name);
    }
    return false;
}

/* Weights of modules that the model does not have: it is the user who knows whether it should. */
static void warn_of_unused(incckpt_attacher *a)
{
    enum { MOST_SHOWN = 3, MOST_LOOKED_AT = 64 };
    size_t n = 0, n_looked_at = 0;
    incstr text = {0};
    for (const incmap_entry *e = incmap_first(a->c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->used || !m->weight || m->weight->q || !incdtype_is_float(m->weight->dtype))
            continue;
        if (++n_looked_at > MOST_LOOKED_AT ||
            is_known_module(a, incckpt_without_wrappers(a->cx, m->name)))
            continue;
        if (n++ < MOST_SHOWN)
            incstr_addf(a->cx, &text, "%s%s.weight", n > 1 ? ", " : "", m->name);
    }
    if (n > 0)
        inc_warn(a->cx, "the checkpoint has weights that the model does not use: %s%s",
                 incstr_text(&text), n > MOST_SHOWN ? " and others" : "");
}

void incckpt_report_misfits(incckpt_attacher *a)
{
    enum { MOST_SHOWN = 10 };
    static const char other[] =
        "the checkpoint was made from another model, or from the same one with other options or "
        "lines of code, or what quantized it is not followed here";
    static const char frozen[] =
        "the model has no names of modules, as torch.jit.freeze leaves it: give it as it was "
        "before it was frozen";
    incstr s = {0};
    report_modules(a);
    report_kept(a);
    report_layers(a);
    report_packed(a);
    report_numbers(a);
    if (a->misfits.n == 0) {
        warn_of_unused(a);
        return;
    }
    for (size_t i = 0; i < a->misfits.n && i < MOST_SHOWN; i++)
        incstr_addf(a->cx, &s, "%s%s", i ? "; " : "", a->misfits.items[i]);
    if (a->misfits.n > MOST_SHOWN)
        incstr_addf(a->cx, &s, "; and %zu more", a->misfits.n - MOST_SHOWN);
    inc_raise_hint(a->cx, INC_E_ARGUMENT, a->p->is_nameless ? frozen : other,
                   "the checkpoint does not fit the model: %s", incstr_text(&s));
}
