/* SPDX-License-Identifier: Apache-2.0 */
/* Eager mode: the model itself says where to quantize. Functions are methods of modules there
 * (FloatFunctional), which leave no trace in the graph but the scope around them, and values are
 * quantized by modules that do nothing else (QuantStub). Comes in: the plan with its kinds; goes
 * out: the modules that belong to calls. */
#include <string.h>

#include "checkpoint/plan.h"

/* What a scope has of both. */
typedef struct methods {
    incckpt_modules modules; /* in order */
    size_t n_calls, next;
} methods;

static methods *methods_of(const incckpt_plan *p, incmap *scopes, const char *scope)
{
    methods *m = incmap_get_str(scopes, scope);
    if (!m) {
        m = INC_NEW(p->cx, methods);
        incmap_set_str(p->cx, scopes, scope, m);
    }
    return m;
}

static bool is_method(const incckpt_step *s)
{
    return incckpt_is_method(s) && !s->is_absorbed && s->kind != INCCKPT_OWN &&
           s->kind != INCCKPT_SCALAR && !s->product;
}

/* Scales of modules that hold nothing else and are never called by their own name. */
static void collect_modules(const incckpt_plan *p, incmap *scopes)
{
    incmap *called = incmap_new(p->cx);
    for (size_t i = 0; i < p->n_steps; i++)
        incmap_set_str(p->cx, called, p->steps[i].scope, &p->steps[i]);
    for (const incmap_entry *e = incmap_first(p->c->modules); e; e = incmap_next(e)) {
        incckpt_module *m = incmap_value(e);
        if (m->output.has_scale && !m->output.is_stub && !m->weight &&
            !incmap_has_str(called, m->name))
            INC_PUSH(p->cx, &methods_of(p, scopes, incckpt_scope_around(p->cx, m->name))->modules,
                     m);
    }
}

static void assign(incckpt_plan *p, methods *m, incckpt_step *s)
{
    if (m->next == 0 && m->modules.n > 1)
        inc_warn(p->cx, "%s: its functions are matched with the scales of %s, %s … in order",
                 s->scope[0] ? s->scope : "the model", m->modules.items[0]->name,
                 m->modules.items[1]->name);
    s->kind = INCCKPT_OWN;
    s->module = m->modules.items[m->modules.n == 1 ? 0 : m->next];
    m->next++;
    incckpt_fuse_relu(p, s);
}

/* One module for each call of a scope in order, or one for all of them. */
void incckpt_assign_methods(incckpt_plan *p)
{
    incmap *scopes = incmap_new(p->cx);
    collect_modules(p, scopes);
    for (size_t i = 0; i < p->n_steps; i++)
        if (is_method(&p->steps[i]))
            methods_of(p, scopes, p->steps[i].scope)->n_calls++;
    for (size_t i = 0; i < p->n_steps; i++) {
        incckpt_step *s = &p->steps[i];
        methods *m = is_method(s) ? methods_of(p, scopes, s->scope) : NULL;
        if (m && (m->modules.n == 1 || m->modules.n == m->n_calls) && m->modules.n > 0)
            assign(p, m, s);
    }
}

/* The stub stands beside the reader or beside a module that the reader is in: the innermost. */
incckpt_qparams *incckpt_stub_for(incckpt *c, const char *reader)
{
    incckpt_module *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < c->stubs.n; i++) {
        incckpt_module *m = c->stubs.items[i];
        const char *dot = strrchr(m->name, '.');
        size_t n = dot ? (size_t)(dot - m->name) : 0;
        bool is_around =
            n == 0 || (strncmp(reader, m->name, n) == 0 && (reader[n] == '.' || reader[n] == '\0'));
        if (is_around && !m->used && (!best || n > longest)) {
            best = m;
            longest = n;
        }
    }
    if (!best)
        return NULL;
    best->used = true;
    return &best->output;
}
