/* SPDX-License-Identifier: Apache-2.0 */
/* What the items of a list have in common: the form that its rows are of. See rows.h. */
#include "frontend/rows_internal.h"

static size_t leaf_count(const incfe_form *form)
{
    size_t n = 0;
    switch (form->kind) {
    case INCFE_SAME:
        return 0;
    case INCFE_TENSOR:
    case INCFE_INT:
    case INCFE_FLOAT:
    case INCFE_BOOL:
    case INCFE_TEXT:
        return 1;
    case INCFE_CHOICE:
        n = form->flag ? 0 : 1;
        break;
    default:
        break;
    }
    for (size_t i = 0; i < form->n; i++)
        n += leaf_count(&form->items[i]);
    return n;
}

size_t incfe_rows_axis(const incfe_form *item)
{
    size_t axis = item->rank, n = 0;
    for (size_t i = 0; item->kind == INCFE_TENSOR && i < item->rank; i++)
        if (!item->dims[i]) {
            axis = i;
            n++;
        }
    return n == 1 ? axis : item->rank;
}

bool incfe_rows_differ(const incfe_form *item)
{
    return item->kind == INCFE_TENSOR && incfe_rows_axis(item) < item->rank;
}

size_t incfe_leaf_count(const incfe_form *item)
{
    return incfe_rows_differ(item) ? 2 : leaf_count(item);
}

void incfe_no_common_form(inccx *cx)
{
    inc_raise_hint(cx, INC_E_UNSUPPORTED,
                   "make all items of the list tensors of one shape, or write them into a tensor",
                   "a list whose length data decides has items of different sizes or kinds");
}

static incfe_form all_leaves(incfe_merge *m, const incfe_snapshot *s)
{
    if (incfe_is_text(s))
        return incfe_text_form(m, s);
    incfe_form form = incfe_form_opened(m, s);
    if (form.kind == INCFE_CHOICE)
        incfe_no_common_form(m->cx);
    if (form.kind == INCFE_TENSOR) /* those of the block, too: they may be one in all items */
        form.dims = inc_copy(m->cx, s->t->dims, s->t->rank * sizeof *s->t->dims);
    form.whole[0] = form.whole[1] = NULL; /* rows are copies */
    for (size_t i = 0; i < form.n; i++)
        form.items[i] = all_leaves(m, &s->items[i]);
    return form;
}

void incfe_form_link(inccx *cx, incfe_form *form, incop_box *box)
{
    inc_work(cx, form->links.n);
    for (size_t i = 0; i < form->links.n; i++)
        if (form->links.items[i] == box)
            return;
    INC_PUSH(cx, &form->links, box);
}

/* Axis i has other sizes in the two; in each of them it may be one. */
static bool join_size(incfe_form *a, const incfe_form *b, size_t i, bool of_lists)
{
    bool a_is_one = a->dims[i] || (a->uniform & incfe_axis_bit(i)),
         b_is_one = b->dims[i] || (b->uniform & incfe_axis_bit(i));
    bool was_known = a->dims[i] != NULL;
    uint64_t before = a->uniform;
    a->dims[i] = NULL;
    a->uniform = of_lists && a_is_one && b_is_one ? a->uniform | incfe_axis_bit(i)
                                                  : a->uniform & ~incfe_axis_bit(i);
    return was_known || a->uniform != before;
}

/* Widens a by b, both of leaves; of_lists: of items of two lists, not of two items of one. */
bool incfe_rows_join_forms(incfe_merge *m, incfe_form *a, const incfe_form *b, bool of_lists)
{
    bool changed = false;
    if (a->kind != b->kind || a->dtype != b->dtype || a->rank != b->rank || a->n != b->n ||
        a->quant != b->quant || (a->kind == INCFE_SAME && !incfe_same(m, &a->first, &b->first)))
        incfe_no_common_form(m->cx);
    if (a->kind == INCFE_TEXT)
        return incfe_join_text_forms(m, a, b);
    for (size_t i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i] || !a->dims[i])
            changed = join_size(a, b, i, of_lists) || changed;
    for (size_t i = 0; i < b->links.n; i++)
        incfe_form_link(m->cx, a, b->links.items[i]);
    for (size_t i = 0; i < a->n; i++)
        changed = incfe_rows_join_forms(m, &a->items[i], &b->items[i], of_lists) || changed;
    return changed;
}

incfe_form incfe_form_copy(inccx *cx, const incfe_form *form)
{
    incfe_form copy = *form;
    copy.dims = inc_copy(cx, form->dims, form->rank * sizeof *form->dims);
    copy.items = INC_NEW_N(cx, incfe_form, form->n);
    memset(&copy.links, 0, sizeof copy.links);
    for (size_t i = 0; i < form->links.n; i++)
        INC_PUSH(cx, &copy.links, form->links.items[i]);
    for (size_t i = 0; i < form->n; i++)
        copy.items[i] = incfe_form_copy(cx, &form->items[i]);
    return copy;
}

/* A size that is found inside the block is none that the rows can have outside; in items of several
 * parts it is one in all of them, nevertheless. */
static void forget_inner(incfe_merge *m, incfe_form *form, bool has_parts)
{
    for (size_t i = 0; i < form->rank; i++)
        if (form->dims[i] && m->inside && incir_depends_on(form->dims[i], m->inside)) {
            form->dims[i] = NULL;
            form->uniform |= has_parts ? incfe_axis_bit(i) : 0;
        }
    for (size_t i = 0; i < form->n; i++)
        forget_inner(m, &form->items[i], has_parts);
}

incfe_form incfe_rows_form(incfe_merge *m, const incfe_snapshot *s)
{
    incval_rows *rows = s->v.u.list->rows;
    incfe_form form = {.kind = INCFE_SAME};
    bool found = false;
    if (rows && !rows->is_begun) {
        form = incfe_form_copy(m->cx, &incfe_rows_read(m->g, rows)->item);
        found = true;
    }
    for (size_t i = 0; i < s->n; i++) {
        incfe_form item = all_leaves(m, &s->items[i]);
        if (found)
            incfe_rows_join_forms(m, &form, &item, false);
        else
            form = item;
        found = true;
    }
    forget_inner(m, &form, form.kind != INCFE_TENSOR);
    return form;
}

bool incfe_rows_join_form(incfe_merge *m, incfe_form *item, const incfe_snapshot *s)
{
    if (s->v.u.list->rows)
        incfe_rows_read(m->g, s->v.u.list->rows);
    if (!s->v.u.list->rows && s->n == 0)
        return false;
    incfe_form other = incfe_rows_form(m, s);
    if (item->kind == INCFE_SAME) {
        *item = other;
        return true;
    }
    return incfe_rows_join_forms(m, item, &other, item->kind != INCFE_TENSOR);
}
