/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots, forms and what is made of them; see merge.h. */
#include "frontend/merge_internal.h"
#include "frontend/rows.h"

#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"

/* ---- forms ---- */

static void link_to(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind != INCVAL_TENSOR)
        return;
    incop_box_links(m->cx, incop_box_root(s->v.u.t), m->since, &form->links);
}

/* The variable that s is all of: one that is older than the block, or one of such. */
static incop_box *whole_of(incfe_merge *m, const incfe_snapshot *s)
{
    incop_boxes members = {0};
    if (s->v.kind != INCVAL_TENSOR || incop_box_root(s->v.u.t) != s->v.u.t ||
        !incop_box_members(m->cx, s->v.u.t, m->since, &members))
        return NULL;
    return members.n ? s->v.u.t : NULL;
}

static incfe_form tensor_form(incfe_merge *m, const incfe_snapshot *s)
{
    incfe_form form = {.kind = INCFE_TENSOR,
                       .first = *s,
                       .dtype = s->t->dtype,
                       .rank = s->t->rank,
                       .quant = s->quant};
    form.dims = inc_copy(m->cx, s->t->dims, s->t->rank * sizeof *s->t->dims);
    for (size_t i = 0; i < form.rank; i++)
        if (m->inside && incir_depends_on(form.dims[i], m->inside))
            form.dims[i] = NULL;
    link_to(m, &form, s);
    form.whole[m->is_turned ? 1 : 0] = whole_of(m, s);
    return form;
}

static incfe_form items_form(incfe_merge *m, const incfe_snapshot *s, incfe_form_kind kind)
{
    incfe_form form = {.kind = kind, .first = *s, .n = s->n};
    form.items = INC_NEW_N(m->cx, incfe_form, s->n);
    for (size_t i = 0; i < s->n; i++)
        form.items[i] = incfe_form_of(m, &s->items[i]);
    return form;
}

/* A list that is longer or shorter elsewhere. */
static void become_rows(incfe_merge *m, incfe_form *form)
{
    incfe_form *item = INC_NEW(m->cx, incfe_form);
    item->kind = INCFE_SAME;
    incfe_rows_join_form(m, item, &form->first);
    form->kind = INCFE_ROWS;
    form->n = 1;
    form->items = item;
}

/* Whether the list's rows are made in the block, and are none outside. */
static bool has_inner_rows(const incfe_merge *m, const incval_list *list)
{
    const incval_rows *rows = list->rows;
    bool is_inner = false;
    for (size_t k = 0; m->inside && rows && !rows->is_begun && k < rows->n_leaves; k++)
        is_inner = is_inner || incir_made_inside(rows->leaves[k], m->inside);
    return is_inner;
}

static incfe_form list_form(incfe_merge *m, const incfe_snapshot *s)
{
    incfe_form form = items_form(m, s, INCFE_ITEMS);
    if (s->v.kind == INCVAL_LIST && has_inner_rows(m, s->v.u.list))
        become_rows(m, &form);
    return form;
}

incfe_form incfe_form_opened(incfe_merge *m, const incfe_snapshot *s)
{
    if (s->lost)
        return (incfe_form){.kind = INCFE_SAME, .first = *s};
    if (incfe_is_dynamic_float(s))
        return (incfe_form){.kind = INCFE_FLOAT, .first = *s};
    switch (s->v.kind) {
    case INCVAL_TENSOR:
        return tensor_form(m, s);
    case INCVAL_INT:
        return (incfe_form){.kind = INCFE_INT, .first = *s};
    case INCVAL_FLOAT:
        return (incfe_form){.kind = INCFE_FLOAT, .first = *s};
    case INCVAL_BOOL:
        return (incfe_form){.kind = INCFE_BOOL, .first = *s};
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return list_form(m, s);
    case INCVAL_DICT: {
        incfe_form form = items_form(m, s, INCFE_DICT);
        form.is_disordered = s->is_disordered;
        return form;
    }
    case INCVAL_CHOICE:
        return items_form(m, s, INCFE_CHOICE);
    default:
        return (incfe_form){.kind = INCFE_SAME, .first = *s};
    }
}

incfe_form incfe_form_of(incfe_merge *m, const incfe_snapshot *s)
{
    return incfe_same(m, s, s) ? (incfe_form){.kind = INCFE_SAME, .first = *s}
                               : incfe_form_opened(m, s);
}

/* Whether s takes the form without a choice at its top. */
bool incfe_fits(const incfe_form *form, const incfe_snapshot *s)
{
    if (!form)
        return false;
    const incfe_snapshot *f = &form->first;
    if (s->v.kind == INCVAL_UNSET)
        return true;
    switch (form->kind) {
    case INCFE_INT:
        return s->v.kind == INCVAL_INT;
    case INCFE_BOOL:
        return incfe_is_number(s, INCVAL_BOOL, INCDT_BOOL);
    case INCFE_FLOAT:
        return s->v.kind == INCVAL_FLOAT || incfe_is_dynamic_float(s);
    case INCFE_TENSOR:
        return (s->v.kind == INCVAL_TENSOR && s->t->dtype == form->dtype &&
                s->t->rank == form->rank && s->quant == form->quant) ||
               incfe_both_floats(f, s) || incfe_both_bools(f, s);
    case INCFE_CHOICE:
        return true;
    case INCFE_TEXT:
        return incfe_is_text(s);
    case INCFE_ROWS:
        return s->v.kind == INCVAL_LIST;
    default:
        break;
    }
    if (f->v.kind == INCVAL_UNSET || incfe_both_floats(f, s) || incfe_both_bools(f, s))
        return true;
    if (f->v.kind != s->v.kind)
        return false;
    if (f->v.kind == INCVAL_TENSOR)
        return f->t->dtype == s->t->dtype && f->t->rank == s->t->rank && f->quant == s->quant;
    if (f->v.kind == INCVAL_STR)
        return strcmp(f->v.u.s, s->v.u.s) == 0;
    if (f->v.kind == INCVAL_TUPLE)
        return f->n == s->n;
    return f->v.kind == INCVAL_NONE || f->v.kind == INCVAL_DICT || f->v.kind == INCVAL_ABSENT ||
           f->v.kind == INCVAL_BOOL || f->v.kind == INCVAL_INT || f->v.kind == INCVAL_FLOAT ||
           f->v.kind == INCVAL_LIST || f->v.kind == INCVAL_CHOICE || f->v.kind == INCVAL_UNKNOWN;
}

static bool join_dims(incfe_form *form, const incfe_snapshot *s)
{
    bool changed = false;
    for (size_t i = 0; i < form->rank; i++)
        if (form->dims[i] && form->dims[i] != s->t->dims[i]) {
            form->dims[i] = NULL;
            changed = true;
        }
    return changed;
}

static void refuse(incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b) INC_NORETURN;
static void refuse(incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b)
{
    if (a->v.kind == INCVAL_TENSOR && b->v.kind == INCVAL_TENSOR)
        inc_raise(m->cx, INC_E_UNSUPPORTED, "a variable is %s or %s, as the data decides",
                  incir_type_text(m->g, a->t), incir_type_text(m->g, b->t));
    inc_raise(m->cx, INC_E_UNSUPPORTED, "a variable is %s or %s, as the data decides",
              incval_described(a->v.kind), incval_described(b->v.kind));
}

static bool has_leaves_only(const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_OBJECT || s->v.kind == INCVAL_FUNCTION || s->v.kind == INCVAL_PACKED)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (!has_leaves_only(&s->items[i]))
            return false;
    return true;
}

/* The form of what is joined to another. */
static incfe_form form_of_joined(incfe_merge *m, const incfe_snapshot *s)
{
    m->is_turned = !m->is_turned;
    incfe_form form = incfe_form_of(m, s);
    m->is_turned = !m->is_turned;
    return form;
}

/* One of two that have no common form. */
static void make_choice(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    incfe_form *both = INC_NEW_N(m->cx, incfe_form, 2);
    bool has_example = m->condition && m->condition->constant;
    if (has_example && !m->keeps_ranks && form->first.v.kind == INCVAL_TENSOR &&
        s->v.kind == INCVAL_TENSOR)
        refuse(m, &form->first, s); /* the example's is the better of the two */
    if (!has_leaves_only(&form->first) || !has_leaves_only(s))
        refuse(m, &form->first, s);
    both[m->is_turned ? 1 : 0] = *form;
    both[m->is_turned ? 0 : 1] = form_of_joined(m, s);
    *form = (incfe_form){
        .kind = INCFE_CHOICE, .first = form->first, .n = 2, .items = both, .flag = m->condition};
}

static bool is_this(const incfe_form *form, const incfe_snapshot *s)
{
    return form->kind == INCFE_SAME && form->first.v.kind == INCVAL_STR &&
           s->v.kind == INCVAL_STR && strcmp(form->first.v.u.s, s->v.u.s) == 0;
}

/* Whether both are strings for which a choice of two does not do. */
static bool need_table(const incfe_form *form, const incfe_snapshot *s)
{
    if (!incfe_is_text(s) || !incfe_is_text_form(form))
        return false;
    if (form->kind == INCFE_SAME && form->first.v.kind == INCVAL_STR)
        return s->v.kind != INCVAL_STR;
    if (form->kind != INCFE_CHOICE || form->flag)
        return true;
    if (s->v.kind == INCVAL_CHOICE)
        return !is_this(&form->items[0], &s->items[0]) || !is_this(&form->items[1], &s->items[1]);
    return !is_this(&form->items[0], s) && !is_this(&form->items[1], s);
}

/* Whether the form takes s, and both sides of it where it is a choice. */
static bool takes(const incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_CHOICE && form->kind != INCFE_CHOICE)
        return takes(form, &s->items[0]) && takes(form, &s->items[1]);
    return incfe_fits(form, s) || (incfe_is_text_form(form) && incfe_is_text(s));
}

bool incfe_is_swapped(const incfe_form *form, const incfe_snapshot *s)
{
    return !(takes(&form->items[0], &s->items[0]) && takes(&form->items[1], &s->items[1])) &&
           takes(&form->items[0], &s->items[1]) && takes(&form->items[1], &s->items[0]);
}

static int choices_deep(const incfe_form *form)
{
    if (form->kind != INCFE_CHOICE)
        return 0;
    int a = choices_deep(&form->items[0]), b = choices_deep(&form->items[1]);
    return 1 + (a > b ? a : b);
}

static bool join_choice(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    enum { MOST_CHOICES_DEEP = 8 };
    if (choices_deep(form) > MOST_CHOICES_DEEP)
        inc_raise(m->cx, INC_E_LIMIT, "a variable is one of too many things, as the data decides");
    if (s->v.kind == INCVAL_CHOICE && incfe_is_swapped(form, s)) {
        bool yes = incfe_join(m, &form->items[0], &s->items[1]), had_flag = form->flag != NULL;
        form->flag = NULL;
        return incfe_join(m, &form->items[1], &s->items[0]) || yes || had_flag;
    }
    if (s->v.kind == INCVAL_CHOICE) {
        bool yes = incfe_join(m, &form->items[0], &s->items[0]);
        return incfe_join(m, &form->items[1], &s->items[1]) || yes;
    }
    size_t side = incfe_fits(&form->items[0], s) ? 0 : 1;
    for (size_t i = 0; i < 2; i++)
        if (!incfe_fits(&form->items[side], s) && incfe_is_text_form(&form->items[i]) &&
            incfe_is_text(s)) {
            incfe_join_texts(m, &form->items[i], s);
            form->flag = NULL;
            return true;
        }
    bool changed = incfe_join(m, &form->items[side], s); /* or a third, in a choice of its own */
    if (form->flag) { /* arms differ by more than the condition */
        form->flag = NULL;
        changed = true;
    }
    return changed;
}

static bool same_rows(const incval_list *a, const incval_list *b)
{
    return a->rows && b->rows ? a->rows->of == b->rows->of : a->rows == b->rows;
}

static bool join_items(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    bool changed = false;
    if (form->n != s->n || !same_rows(form->first.v.u.list, s->v.u.list)) {
        become_rows(m, form);
        incfe_rows_join_form(m, &form->items[0], s);
        return true;
    }
    for (size_t i = 0; i < form->n; i++)
        changed = incfe_join(m, &form->items[i], &s->items[i]) || changed;
    return changed;
}

static void add_entry(incfe_merge *m, incfe_form *form, incval key)
{
    incfe_snapshot *s = &form->first, absent = {.v = {.kind = INCVAL_ABSENT}};
    incfe_form *forms = INC_NEW_N(m->cx, incfe_form, form->n + 1);
    incfe_snapshot *items = INC_NEW_N(m->cx, incfe_snapshot, form->n + 1);
    incval *keys = INC_NEW_N(m->cx, incval, form->n + 1);
    inc_work(m->cx, 64 * form->n);
    for (size_t i = 0; i < form->n; i++) {
        forms[i] = form->items[i];
        items[i] = s->items[i];
        keys[i] = s->keys[i];
    }
    keys[form->n] = key;
    items[form->n] = absent;
    forms[form->n] = (incfe_form){.kind = INCFE_SAME, .first = absent};
    s->keys = keys;
    s->items = items;
    form->items = forms;
    form->n = ++s->n;
}

/* Whether the keys that both have come in another order in s. */
static bool order_differs(incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *s)
{
    size_t last = 0;
    bool differs = false;
    for (size_t i = 0; i < s->n; i++) {
        size_t at = incfe_entry_number(m->cx, a, s->keys[i], i);
        differs = differs || (at < a->n && at < last);
        last = at < a->n ? at : last;
    }
    return differs;
}

/* An entry that is not there everywhere is a choice with ABSENT. */
static bool join_entries(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    bool changed = false;
    if (!form->is_disordered && (s->is_disordered || order_differs(m, &form->first, s)))
        changed = form->is_disordered = true;
    for (size_t i = 0; i < s->n; i++)
        if (incfe_entry_number(m->cx, &form->first, s->keys[i], i) == form->n)
            add_entry(m, form, s->keys[i]);
    for (size_t i = 0; i < form->n; i++)
        changed = incfe_join(m, &form->items[i], incfe_entry(m->cx, s, form->first.keys[i], i)) ||
                  changed;
    return changed;
}

/* A form that is not open yet, and a choice: one of the two, or something of the arm before it. */
static void join_with_choice(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    incfe_snapshot first = form->first;
    if (first.v.kind == INCVAL_CHOICE) {
        *form = incfe_form_opened(m, &first);
        join_choice(m, form, s);
        return;
    }
    const incir_block *inside = m->inside;
    m->is_turned = !m->is_turned;
    *form = incfe_form_opened(m, s);
    m->inside = m->inside_first;
    m->inside_first = inside;
    join_choice(m, form, &first);
    m->inside_first = m->inside;
    m->inside = inside;
    m->is_turned = !m->is_turned;
}

bool incfe_join(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    inc_work(m->cx, 16);
    if (s->v.kind == INCVAL_UNSET)
        return false;
    if (form->kind == INCFE_SAME && form->first.v.kind == INCVAL_UNSET) {
        *form = form_of_joined(m, s);
        return true;
    }
    if (form->first.lost || s->lost) { /* on one of the ways */
        bool changed = !form->first.lost;
        if (changed)
            *form = (incfe_form){.kind = INCFE_SAME, .first = *s};
        return changed;
    }
    if (form->first.v.kind == INCVAL_UNKNOWN || s->v.kind == INCVAL_UNKNOWN) {
        bool changed = form->first.v.kind != INCVAL_UNKNOWN;
        incfe_snapshot unknown = {.v = incval_unknown()};
        *form = (incfe_form){.kind = INCFE_SAME, .first = unknown};
        return changed;
    }
    if (form->kind == INCFE_SAME && incfe_same(m, &form->first, s))
        return false;
    if (need_table(form, s))
        return incfe_join_texts(m, form, s);
    if (form->kind == INCFE_CHOICE)
        return join_choice(m, form, s);
    if (s->v.kind == INCVAL_CHOICE || form->first.v.kind == INCVAL_CHOICE) {
        join_with_choice(m, form, s);
        return true;
    }
    if (!incfe_fits(form, s)) {
        make_choice(m, form, s);
        return true;
    }
    if (form->kind == INCFE_SAME) {
        bool floats = incfe_both_floats(&form->first, s), bools = incfe_both_bools(&form->first, s);
        *form = floats  ? (incfe_form){.kind = INCFE_FLOAT, .first = form->first}
                : bools ? (incfe_form){.kind = INCFE_BOOL, .first = form->first}
                        : incfe_form_opened(m, &form->first);
        incfe_join(m, form, s);
        return true;
    }
    switch (form->kind) {
    case INCFE_TENSOR:
        if (incfe_both_floats(&form->first, s) || incfe_both_bools(&form->first, s)) {
            form->kind = incfe_both_bools(&form->first, s) ? INCFE_BOOL : INCFE_FLOAT;
            return true;
        }
        link_to(m, form, s);
        form->whole[m->is_turned ? 0 : 1] = whole_of(m, s);
        return join_dims(form, s);
    case INCFE_ROWS:
        return incfe_rows_join_form(m, &form->items[0], s);
    case INCFE_ITEMS:
        return join_items(m, form, s);
    case INCFE_DICT:
        return join_entries(m, form, s);
    default:
        return false;
    }
}
