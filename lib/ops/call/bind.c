/* SPDX-License-Identifier: Apache-2.0 */
/* From a call as it is written to a row of the table: the overload whose parameters the arguments
 * fit with the least conversion, and the arguments in the order of its schema. */
#include <string.h>

#include "ops/call/internal.h"

enum { NO_FIT = -1, IGNORED = 1000, MOST_LIST_CHECKED = 4096 };

static int fit_one(const incop_type *t, incval v);

static int fit_elements(const incop_type *t, const incval_list *list)
{
    incop_type element = {.kind = t->kind, .optional = t->element_optional};
    int worst = 0;
    for (size_t i = 0; i < list->v.n && i < MOST_LIST_CHECKED; i++) {
        int cost = fit_one(&element, list->v.items[i]);
        if (cost == NO_FIT)
            return NO_FIT;
        worst = cost > worst ? cost : worst;
    }
    return worst;
}

/* How much conversion v needs to be a t; NO_FIT when there is none. */
static int fit_one(const incop_type *t, incval v)
{
    if (v.kind == INCVAL_UNKNOWN)
        return 0;
    if (v.kind == INCVAL_NONE)
        return t->optional || t->kind == INCOP_ANY ? 0 : NO_FIT;
    if (t->kind == INCOP_ANY)
        return 0;
    if (t->is_list) {
        if (v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE)
            return fit_elements(t, v.u.list);
        if (t->kind == INCOP_TENSOR || v.kind == INCVAL_TENSOR)
            return NO_FIT;
        incop_type element = {.kind = t->kind};
        int cost = fit_one(&element, v);
        return t->list_size > 0 && cost != NO_FIT ? cost + 1 : NO_FIT;
    }
    bool number = v.kind == INCVAL_INT || v.kind == INCVAL_FLOAT || v.kind == INCVAL_BOOL ||
                  v.kind == INCVAL_COMPLEX;
    switch (t->kind) {
    case INCOP_TENSOR:
        return v.kind == INCVAL_TENSOR ? 0 : number ? 4 : NO_FIT;
    case INCOP_INT:
        return v.kind == INCVAL_INT                                 ? 0
               : v.kind == INCVAL_BOOL                              ? 2
               : v.kind == INCVAL_TENSOR && v.u.t->value->rank == 0 ? 5
                                                                    : NO_FIT;
    case INCOP_FLOAT:
        return v.kind == INCVAL_FLOAT                               ? 0
               : v.kind == INCVAL_INT                               ? 1
               : v.kind == INCVAL_BOOL                              ? 3
               : v.kind == INCVAL_TENSOR && v.u.t->value->rank == 0 ? 6
                                                                    : NO_FIT;
    case INCOP_BOOL:
        return v.kind == INCVAL_BOOL ? 0 : v.kind == INCVAL_INT ? 3 : NO_FIT;
    case INCOP_SCALAR:
        return number ? 1 : v.kind == INCVAL_TENSOR && v.u.t->value->rank == 0 ? 7 : NO_FIT;
    case INCOP_STR:
        return v.kind == INCVAL_STR ? 0 : NO_FIT;
    case INCOP_DEVICE:
        return v.kind == INCVAL_DEVICE || v.kind == INCVAL_STR ? 0 : NO_FIT;
    case INCOP_ANY:
        break;
    }
    return 0;
}

static bool is_nothing(incval v)
{
    return v.kind == INCVAL_NONE || (v.kind == INCVAL_BOOL && !v.u.b);
}

static int bind_one(incir_graph *g, const incop_schema *s, const incval *args, size_t n_args,
                    const incop_keyword *keywords, size_t n_keywords, incval *bound)
{
    int total = 0;
    bool *given = INC_NEW_N(g->cx, bool, s->n_params);
    size_t n_positional = 0;
    while (n_positional < s->n_params && !s->params[n_positional].keyword_only)
        n_positional++;
    for (size_t i = 0; i < n_args; i++) {
        if (i >= n_positional) { /* of a newer PyTorch: fine when it asks for nothing */
            if (!is_nothing(args[i]))
                return NO_FIT;
            total += IGNORED; /* an overload that has the parameter goes first */
            continue;
        }
        int cost = fit_one(&s->params[i].type, args[i]);
        if (cost == NO_FIT)
            return NO_FIT;
        total += cost;
        bound[i] = args[i];
        given[i] = true;
    }
    for (size_t k = 0; k < n_keywords; k++) {
        int i = incop_schema_param(s, keywords[k].name);
        if (i < 0) {
            if (!is_nothing(keywords[k].value))
                return NO_FIT;
            total += IGNORED;
            continue;
        }
        int cost = fit_one(&s->params[i].type, keywords[k].value);
        if (cost == NO_FIT || given[i])
            return NO_FIT;
        total += cost;
        bound[i] = keywords[k].value;
        given[i] = true;
    }
    for (size_t i = 0; i < s->n_params; i++) {
        if (given[i])
            continue;
        if (!s->params[i].has_default)
            return NO_FIT;
        bound[i] = s->params[i].fallback;
    }
    return total;
}

incop_call *incop_bind(incir_graph *g, const incop_overloads *rows, const char *overload,
                       const incval *args, size_t n_args, const incop_keyword *keywords,
                       size_t n_keywords, const char **why)
{
    int best = NO_FIT;
    incop_call *call = NULL;
    incval *bound = NULL; /* and how many there are: what does not fit is overwritten */
    size_t room = 0;
    *why = "no overload takes these arguments";
    for (size_t i = 0; i < rows->n; i++) {
        const incop_overload *o = &rows->items[i];
        if (overload && strcmp(o->schema->overload, overload) != 0)
            continue;
        if (o->schema->n_params > room) {
            room = o->schema->n_params;
            bound = INC_NEW_N(g->cx, incval, room);
        }
        int cost = bind_one(g, o->schema, args, n_args, keywords, n_keywords, bound);
        if (cost == NO_FIT || (best != NO_FIT && cost >= best))
            continue;
        best = cost;
        if (!call)
            call = INC_NEW(g->cx, incop_call);
        *call =
            (incop_call){.g = g, .cx = g->cx, .row = o->row, .schema = o->schema, .args = bound};
        bound = NULL;
        room = 0;
    }
    return call;
}

bool incop_takes_none(incir_graph *g, const char *name, size_t at)
{
    const incop_overloads *rows = incop_find(g, name);
    for (size_t i = 0; rows && i < rows->n; i++) {
        const incop_schema *s = rows->items[i].schema;
        if (at >= s->n_params || s->params[at].type.optional ||
            s->params[at].type.kind == INCOP_ANY)
            return true;
    }
    return false;
}
