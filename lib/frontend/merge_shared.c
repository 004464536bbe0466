/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who behind a block: what is one list, dict or memory in two places on every way through
 * stays one; what is so on some of the ways only is linked, so that a write into the one does not
 * leave the other as it was without a word. See merge.h. */
#include "base/str.h"
#include "frontend/merge_internal.h"
#include "ops/emit/emit.h"

typedef struct search {
    incfe_merge *m;
    incmap *counts[2]; /* of each way: who -> in how many places */
    incmap *first[2];  /* of each way: who -> the first place it is in */
    incmap *held[2];   /* of each way: who -> an item of a list that becomes rows */
    size_t n_places;
    bool counts_only;
    incstr text;
} search;

typedef struct both {
    const incfe_snapshot *of[2];
} both;

/* What tells one list, dict or memory from another; NULL of all else. */
static const void *who(const incfe_snapshot *s)
{
    if (!s || s->lost)
        return NULL;
    switch (s->v.kind) {
    case INCVAL_TENSOR:
        return incop_box_root(s->v.u.t);
    case INCVAL_LIST:
    case INCVAL_DICT:
        return s->v.u.object;
    default:
        return NULL;
    }
}

static uintptr_t count_of(const incmap *in, const void *id)
{
    return id ? (uintptr_t)incmap_get(in, &id, sizeof id, NULL) : 0;
}

static void count(search *x, incmap *in, const void *id)
{
    if (id)
        incmap_set(x->m->cx, in, &id, sizeof id, (void *)(count_of(in, id) + 1));
}

/* Whether the list or dict is an older one, which others may reach. */
static bool is_older(const incfe_snapshot *s)
{
    return s && s->is_outside && (s->v.kind == INCVAL_LIST || s->v.kind == INCVAL_DICT);
}

static void note(search *x, const incfe_sharing *sharing, const char *how)
{
    INC_PUSH(x->m->cx, &x->m->sharings, *sharing);
    incstr_addf(x->m->cx, &x->text, "%zu%s%zu ", sharing->a ? sharing->a->number : 0, how,
                sharing->b ? sharing->b->number : 0);
}

static bool are_twins(const incfe_merge *m, const incfe_place *a, const incfe_place *b)
{
    return !m->has_no_twins && a->of[0].kind == b->of[0].kind && a->of[1].kind == b->of[1].kind &&
           a->of[0].kind == a->of[1].kind && a->of[0].u.object == b->of[0].u.object &&
           a->of[1].u.object == b->of[1].u.object;
}

static void meet(search *x, incfe_place *p, size_t way, const void *id)
{
    incfe_place *other = incmap_get(x->first[way], &id, sizeof id, NULL);
    if (!other) {
        incmap_set(x->m->cx, x->first[way], &id, sizeof id, p);
        return;
    }
    incfe_place *twin = other->twin ? other->twin : other;
    if (p->twin == twin)
        return;
    incfe_sharing sharing = {.a = other, .b = p};
    if (!p->twin && are_twins(x->m, twin, p)) {
        p->twin = twin;
        incstr_addf(x->m->cx, &x->text, "%zu=%zu ", p->number, twin->number);
    } else {
        note(x, &sharing, "-");
    }
}

/* A place of the form, whatever it is. */
static void visit_place(search *x, incfe_form *form, both s)
{
    const void *id[2] = {who(s.of[0]), who(s.of[1])};
    x->n_places++;
    if (x->counts_only) {
        count(x, x->counts[0], id[0]);
        count(x, x->counts[1], id[1]);
        return;
    }
    form->place = NULL;
    bool is_shared = false;
    for (size_t w = 0; w < 2; w++)
        is_shared = is_shared || count_of(x->counts[w], id[w]) > 1 ||
                    count_of(x->held[w], id[w]) > 0 || is_older(s.of[w]);
    if (!is_shared)
        return;
    incfe_place *p = INC_NEW(x->m->cx, incfe_place);
    p->number = x->n_places;
    form->place = p;
    for (size_t w = 0; w < 2; w++)
        p->of[w] = id[w] ? s.of[w]->v : incval_none();
    for (size_t w = 0; w < 2; w++) {
        if (count_of(x->counts[w], id[w]) > 1)
            meet(x, p, w, id[w]);
        if (is_older(s.of[w])) {
            incfe_sharing older = {.a = p, .older = s.of[w]->v};
            note(x, &older, "<");
        }
        if (count_of(x->held[w], id[w]) > 0) {
            incfe_sharing held = {.a = p};
            note(x, &held, "#");
        }
    }
}

/* Items of a list that becomes rows, which holds copies. */
static void visit_rows(search *x, const incfe_snapshot *s, size_t way)
{
    for (size_t i = 0; i < s->n; i++) {
        const incfe_snapshot *item = &s->items[i];
        if (x->counts_only) {
            count(x, x->held[way], item->v.kind == INCVAL_TENSOR ? NULL : who(item));
        } else if (is_older(item)) {
            incfe_sharing older = {.older = item->v};
            note(x, &older, "#");
        }
        visit_rows(x, item, way);
    }
}

static void visit(search *x, incfe_form *form, both s);

static const incfe_snapshot *item_of(const incfe_snapshot *s, size_t i)
{
    if (!s || s->lost || i >= s->n)
        return NULL;
    return s->v.kind == INCVAL_LIST || s->v.kind == INCVAL_TUPLE ? &s->items[i] : NULL;
}

static const incfe_snapshot *entry(inccx *cx, const incfe_snapshot *s, incval key, size_t i)
{
    return s && s->v.kind == INCVAL_DICT && !s->lost ? incfe_entry(cx, s, key, i) : NULL;
}

/* The side of a choice that the snapshot is, where it is that one. */
static const incfe_snapshot *side(const incfe_form *form, const incfe_snapshot *s, size_t way,
                                  size_t k)
{
    if (!s || s->lost || s->v.kind == INCVAL_UNSET)
        return NULL;
    if (s->v.kind == INCVAL_CHOICE)
        return s->n == 2 ? &s->items[incfe_is_swapped(form, s) ? 1 - k : k] : NULL;
    size_t is = form->flag ? way : incfe_fits(&form->items[0], s) ? 0 : 1;
    return is == k ? s : NULL;
}

static void visit_items(search *x, incfe_form *form, both s)
{
    for (size_t i = 0; i < form->n; i++) {
        both item = {{NULL, NULL}};
        for (size_t w = 0; w < 2; w++)
            item.of[w] = form->kind == INCFE_DICT ? entry(x->m->cx, s.of[w], form->first.keys[i], i)
                         : form->kind == INCFE_CHOICE ? side(form, s.of[w], w, i)
                                                      : item_of(s.of[w], i);
        visit(x, &form->items[i], item);
    }
}

static void visit(search *x, incfe_form *form, both s)
{
    inc_work(x->m->cx, 16);
    switch (form->kind) {
    case INCFE_SAME:
        if (form->first.v.kind == INCVAL_TENSOR && !form->first.is_outside && !form->first.lost)
            visit_place(x, form, s);
        return;
    case INCFE_TENSOR:
        visit_place(x, form, s);
        return;
    case INCFE_ROWS:
        visit_place(x, form, s);
        for (size_t w = 0; w < 2; w++)
            if (s.of[w] && s.of[w]->v.kind == INCVAL_LIST)
                visit_rows(x, s.of[w], w);
        return;
    case INCFE_ITEMS:
    case INCFE_DICT:
        if (form->first.v.kind != INCVAL_TUPLE)
            visit_place(x, form, s);
        visit_items(x, form, s);
        return;
    case INCFE_CHOICE:
        visit_items(x, form, s);
        return;
    default:
        return;
    }
}

/* A variable that is written in place is who it was; what it holds may be others as well. */
static void visit_variable(search *x, const incfe_ways *v)
{
    both s = {{v->ways[0], v->ways[1]}};
    incop_change_kind kind = v->change->kind;
    if (kind == INCOP_CHANGED_SLOT) {
        visit(x, v->form, s);
        return;
    }
    if (kind == INCOP_CHANGED_BOX)
        return;
    if (!v->form || v->form->kind == INCFE_ROWS) {
        for (size_t w = 0; w < 2; w++)
            if (s.of[w])
                visit_rows(x, s.of[w], w);
    } else if (v->form->kind == INCFE_ITEMS || v->form->kind == INCFE_DICT) {
        visit_items(x, v->form, s);
    }
}

const char *incfe_find_shared(incfe_merge *m, const incfe_ways *variables, size_t n)
{
    search x = {.m = m};
    m->sharings.n = 0;
    for (size_t w = 0; w < 2; w++) {
        x.counts[w] = incmap_new(m->cx);
        x.first[w] = incmap_new(m->cx);
        x.held[w] = incmap_new(m->cx);
    }
    for (int pass = 0; pass < 2; pass++) {
        x.counts_only = pass == 0;
        x.n_places = 0;
        for (size_t i = 0; i < n; i++)
            visit_variable(&x, &variables[i]);
    }
    return incstr_text(&x.text);
}

static void link_two(incfe_merge *m, incval a, incval b)
{
    if (a.kind == INCVAL_TENSOR && b.kind == INCVAL_TENSOR)
        incop_box_link(m->g, a.u.t, b.u.t);
    else
        incop_share(m->g, a, b);
}

void incfe_link_shared(incfe_merge *m)
{
    static const char held[] = "what a list whose length data decides holds as well";
    incop_boxes_set_family(m->cx, &m->made);
    m->made.n = 0;
    for (size_t i = 0; i < m->sharings.n; i++) {
        const incfe_sharing *s = &m->sharings.items[i];
        incval a = s->a && s->a->is_made ? s->a->made : incval_none();
        if (s->b)
            link_two(m, a, s->b->is_made ? s->b->made : incval_none());
        else if (s->a && s->older.kind != INCVAL_NONE)
            incop_share(m->g, a, s->older);
        else
            incop_protect(m->g, s->a ? a : s->older, held);
    }
}
