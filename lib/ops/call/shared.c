/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and dicts that are one, or not, as the data decides; what that means for writing them. The
 * same for tensors: box.c. */
#include "ops/call/block.h"
#include "ops/call/internal.h"

typedef struct link {
    incval to;
    const struct link *next;
} link;

struct incval_shared {
    const link *links;
    const char *lost;         /* why what it holds is not known any more; else NULL */
    const char *protected_as; /* what it is a copy of: not to be written; else NULL */
};

static const incval_shared **place(incval v)
{
    if (v.kind == INCVAL_LIST)
        return &v.u.list->shared;
    return v.kind == INCVAL_DICT ? incval_dict_shared(v.u.dict) : NULL;
}

static incval_shared shared_of(incval v)
{
    const incval_shared *const *at = place(v);
    return at && *at ? **at : (incval_shared){0};
}

/* Nothing that a block changes for those behind it. */
static void set_shared(incir_graph *g, incval v, const incval_shared *shared)
{
    incop_record_bytes(g, place(v), sizeof *place(v), 0);
    *place(v) = inc_copy(g->cx, shared, sizeof *shared);
}

static void add_link(incir_graph *g, incval from, incval to)
{
    incval_shared shared = shared_of(from);
    for (const link *l = shared.links; l; l = l->next)
        if (l->to.u.object == to.u.object)
            return;
    link one = {to, shared.links};
    shared.links = inc_copy(g->cx, &one, sizeof one);
    set_shared(g, from, &shared);
}

void incop_share(incir_graph *g, incval a, incval b)
{
    if (a.kind != b.kind || a.u.object == b.u.object || !place(a))
        return;
    add_link(g, a, b);
    add_link(g, b, a);
}

void incop_protect(incir_graph *g, incval v, const char *what)
{
    incval_shared shared = shared_of(v);
    if (!place(v) || shared.protected_as)
        return;
    shared.protected_as = what;
    set_shared(g, v, &shared);
}

void incop_lose(incir_graph *g, incval v, const char *why)
{
    incval_shared shared = shared_of(v);
    if (!place(v) || shared.lost)
        return;
    if (v.kind == INCVAL_LIST)
        incop_record_form(g, v.u.list);
    else
        incop_record_entries(g, v.u.dict);
    shared.lost = why;
    *place(v) = inc_copy(g->cx, &shared, sizeof shared);
}

const char *incop_lost(incval v)
{
    const incval_shared *const *at = place(v);
    return at && *at ? (*at)->lost : NULL;
}

void incop_before_write(incir_graph *g, incval v)
{
    const incval_shared *shared = *place(v);
    if (!shared)
        return;
    if (shared->lost)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED, "make a copy of it first: list(l), dict(d)", "%s",
                       shared->lost);
    if (shared->protected_as)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED, "write into a copy of it: list(l), dict(d)",
                       "%s is written in place", shared->protected_as);
    for (const link *l = shared->links; l; l = l->next) {
        inc_work(g->cx, 8);
        incop_lose(g, l->to,
                   v.kind == INCVAL_LIST
                       ? "a list is read here that another one, which is the same one or not as "
                         "the data decides, was written before"
                       : "a dict is read here that another one, which is the same one or not as "
                         "the data decides, was written before");
    }
}
