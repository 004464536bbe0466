/* SPDX-License-Identifier: Apache-2.0 */
/* The items of a list, packed into the tensors of its rows. See rows.h. */
#include "frontend/rows_internal.h"

#include <string.h>

#include "ops/emit/emit.h"

static const size_t first_axis[] = {0};

/* The leaf's place in form number *k, counted down. */
static const incfe_form *leaf_of(const incfe_form *form, size_t *k)
{
    if (form->kind == INCFE_SAME)
        return NULL;
    if (form->kind != INCFE_ITEMS && form->kind != INCFE_DICT)
        return (*k)-- == 0 ? form : NULL;
    for (size_t i = 0; i < form->n; i++) {
        const incfe_form *leaf = leaf_of(&form->items[i], k);
        if (leaf)
            return leaf;
    }
    return NULL;
}

incdtype incfe_leaf_type(const incfe_form *leaf)
{
    return leaf->kind == INCFE_TENSOR  ? leaf->dtype
           : leaf->kind == INCFE_INT   ? INCDT_I64
           : leaf->kind == INCFE_TEXT  ? INCDT_I64
           : leaf->kind == INCFE_FLOAT ? INCDT_F64
                                       : INCDT_BOOL;
}

static incir_value *no_rows(incir_graph *g, const incfe_form *leaf)
{
    const incsym *dims[INCTENSOR_MAX_RANK + 1];
    dims[0] = incsym_int(g->syms, 0);
    for (size_t i = 0; i < leaf->rank; i++)
        dims[i + 1] = leaf->dims[i] ? leaf->dims[i] : dims[0];
    return emit_full(g, incfe_leaf_type(leaf), dims, leaf->rank + 1, 0);
}

static void check_sizes(inccx *cx, const incfe_form *form)
{
    for (size_t i = 0; i < form->rank; i++)
        if (!form->dims[i] && !(form->uniform & incfe_axis_bit(i)))
            incfe_no_common_form(cx);
    for (size_t i = 0; i < form->n; i++)
        check_sizes(cx, &form->items[i]);
}

/* The same, where the items may differ along one axis. */
void incfe_rows_check_item(inccx *cx, const incfe_form *item)
{
    if (!incfe_rows_differ(item))
        check_sizes(cx, item);
}

/* Leaf number k of the rows as one of the form, which is theirs or wider. */
incir_value *incfe_rows_leaf_as(incir_graph *g, const incval_rows *rows, size_t k,
                                const incfe_form *item)
{
    size_t at = k, there = k;
    const incfe_form *to = leaf_of(item, &at), *from = leaf_of(&rows->item, &there);
    if (!to || !from || to->kind != INCFE_TEXT)
        return rows->leaves[k];
    return incfe_text_renumbered(g, from, to, rows->leaves[k]);
}

/* leaves[i * n + k]: leaf k of item i. */
static incir_value **item_leaves(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s)
{
    incfe_merge one = *m;
    memset(&one.leaves, 0, sizeof one.leaves);
    for (size_t i = 0; i < s->n; i++)
        incfe_pack_form(&one, item, &s->items[i]);
    return one.leaves.items;
}

static incir_value *stacked(incir_graph *g, incir_value *before, incir_value **leaves, size_t n,
                            size_t step, const incfe_form *leaf)
{
    incir_value **parts = INC_NEW_N(g->cx, incir_value *, n + 1);
    size_t count = 0;
    if (before)
        parts[count++] = before;
    for (size_t i = 0; i < n; i++)
        parts[count++] =
            emit_unsqueeze(g, emit_cast(g, leaves[i * step], incfe_leaf_type(leaf)), first_axis, 1);
    return count == 0 ? no_rows(g, leaf) : count == 1 ? parts[0] : emit_concat(g, parts, count, 0);
}

/* Of items that differ along an axis: all of them in one tensor, and their lengths. */
static void pack_lengths(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s,
                         incval_rows *rows)
{
    incir_graph *g = m->g;
    size_t axis = incfe_rows_axis(item), n = 0;
    incir_value **parts = INC_NEW_N(m->cx, incir_value *, s->n + 1);
    incir_value **lengths = INC_NEW_N(m->cx, incir_value *, s->n + 1);
    if (rows)
        incfe_rows_as_lengths(g, rows, axis, &parts[n], &lengths[n]), n++;
    for (size_t i = 0; i < s->n; i++, n++) {
        parts[n] = emit_cast(g, s->items[i].t, item->dtype);
        lengths[n] = incir_sizes(g, &parts[n]->dims[axis], 1);
    }
    if (n == 0) {
        const incsym *dims[INCTENSOR_MAX_RANK], *none = incsym_int(g->syms, 0);
        for (size_t i = 0; i < item->rank; i++)
            dims[i] = i == axis ? none : item->dims[i];
        parts[0] = emit_full(g, item->dtype, dims, item->rank, 0);
        lengths[0] = emit_full(g, INCDT_I64, &none, 1, 0);
        n = 1;
    }
    INC_PUSH(m->cx, &m->leaves, n > 1 ? emit_concat(g, parts, n, axis) : parts[0]);
    INC_PUSH(m->cx, &m->leaves, n > 1 ? emit_concat(g, lengths, n, 0) : lengths[0]);
}

void incfe_rows_pack(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s)
{
    incval_rows *rows = s->v.u.list->rows;
    if (rows)
        rows = incfe_rows_read(m->g, rows);
    incfe_rows_check_item(m->cx, item);
    if (incfe_rows_differ(item)) {
        pack_lengths(m, item, s, rows);
        return;
    }
    size_t n = incfe_leaf_count(item);
    incir_value **leaves = item_leaves(m, item, s);
    for (size_t k = 0; k < n; k++) {
        size_t at = k;
        incir_value *v = stacked(m->g, rows ? incfe_rows_leaf_as(m->g, rows, k, item) : NULL,
                                 s->n ? leaves + k : NULL, s->n, n, leaf_of(item, &at));
        INC_PUSH(m->cx, &m->leaves, v);
    }
}

void incfe_rows_pack_items(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s)
{
    check_sizes(m->cx, item);
    size_t n = incfe_leaf_count(item);
    incir_value **leaves = item_leaves(m, item, s);
    for (size_t k = 0; k < n; k++) {
        size_t at = k;
        const incfe_form *leaf = leaf_of(item, &at);
        incir_value *v = s->n == 1 ? emit_cast(m->g, leaves[k], incfe_leaf_type(leaf))
                                   : stacked(m->g, NULL, leaves + k, s->n, n, leaf);
        INC_PUSH(m->cx, &m->leaves, v);
    }
}
