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

void incckpt_report_misfits(incckpt_attacher *a)
{
    enum { MOST_SHOWN = 10 };
    incstr s = {0};
    report_modules(a);
    report_layers(a);
    report_numbers(a);
    if (a->misfits.n == 0)
        return;
    for (size_t i = 0; i < a->misfits.n && i < MOST_SHOWN; i++)
        incstr_addf(a->cx, &s, "%s%s", i ? "; " : "", a->misfits.items[i]);
    if (a->misfits.n > MOST_SHOWN)
        incstr_addf(a->cx, &s, "; and %zu more", a->misfits.n - MOST_SHOWN);
    inc_raise_hint(a->cx, INC_E_ARGUMENT,
                   "pass the FP32 model that the checkpoint was made from, saved before it was "
                   "quantized",
                   "the checkpoint does not fit the model: %s", incstr_text(&s));
}
