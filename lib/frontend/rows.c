/* SPDX-License-Identifier: Apache-2.0 */
/* Making rows of lists, and taking them apart; see rows.h. */
#include "frontend/rows_internal.h"

#include <string.h>

#include "ops/emit/emit.h"

/* ---- rows ---- */

/* The leaf of rows that are views: the tensor with the axis moved to the front. */
static void read_source(incir_graph *g, incval_rows *rows)
{
    size_t order[INCTENSOR_MAX_RANK];
    incir_value *v = incop_box_read(g, rows->source);
    if (v == rows->seen)
        return;
    /* What is made here may be of a block. */
    incop_record_bytes(g, &rows->seen, sizeof rows->seen, 0);
    incop_record_bytes(g, rows->leaves, sizeof *rows->leaves, 0);
    rows->seen = v;
    for (size_t i = 0; i < v->rank; i++)
        order[i] = i == 0 ? rows->axis : i <= rows->axis ? i - 1 : i;
    *rows->leaves = rows->axis ? emit_transpose(g, v, order) : v;
}

incval_rows *incfe_rows_read(incir_graph *g, incval_rows *rows)
{
    if (rows->is_begun) {
        rows->is_read = true;
        inc_raise(g->cx, INC_E_UNSUPPORTED, "a list is read in the loop that appends to it");
    }
    if (rows->part)
        return incfe_rows_of_lengths(
            g, rows->source, rows->axis,
            incfe_part_lengths(g, rows->count, rows->source, rows->axis, rows->part));
    if (rows->source)
        read_source(g, rows);
    return rows;
}

/* The items are views of the leaf, where that is one tensor: writing into an item writes the rows.
 */
static void make_source(incir_graph *g, incval_rows *rows)
{
    if (rows->n_leaves != 1 || rows->item.kind != INCFE_TENSOR || rows->item.quant)
        return;
    rows->source = incop_box_new(g->cx, rows->leaves[0]);
    rows->seen = rows->leaves[0];
    for (size_t i = 0; i < rows->item.links.n; i++)
        incop_box_link(g, rows->source, rows->item.links.items[i]);
    incfe_form_link(g->cx, &rows->item, rows->source);
}

/* Sizes that are one in these rows. */
static void find_sizes(incfe_form *form, incir_value *const *leaves, size_t *k)
{
    for (size_t i = 0; i < form->rank; i++)
        if (form->uniform & incfe_axis_bit(i))
            form->dims[i] = leaves[*k]->dims[i + 1];
    form->uniform = 0;
    *k += form->n == 0 && form->kind != INCFE_SAME ? 1 : 0;
    for (size_t i = 0; i < form->n; i++)
        find_sizes(&form->items[i], leaves, k);
}

static incval_rows *rows_new(incir_graph *g, const incfe_form *item, incir_value **leaves)
{
    incval_rows *rows = INC_NEW(g->cx, incval_rows);
    rows->of = rows;
    rows->item = incfe_form_copy(g->cx, item);
    rows->n_leaves = incfe_leaf_count(item);
    rows->leaves = inc_copy(g->cx, leaves, rows->n_leaves * sizeof *leaves);
    size_t k = 0;
    find_sizes(&rows->item, rows->leaves, &k);
    rows->count = rows->n_leaves ? rows->leaves[rows->n_leaves - 1]->dims[0] : NULL;
    make_source(g, rows);
    return rows;
}

incval_rows *incfe_rows_frozen(incir_graph *g, incval_rows *rows)
{
    if (!rows || rows->is_begun || (!rows->source && !rows->part))
        return rows;
    incval_rows *frozen = inc_copy(g->cx, incfe_rows_read(g, rows), sizeof *rows);
    frozen->leaves = inc_copy(g->cx, frozen->leaves, frozen->n_leaves * sizeof(incir_value *));
    frozen->source = NULL;
    frozen->of = rows->of;
    return frozen;
}

incval_rows *incfe_rows_begun(inccx *cx)
{
    incval_rows *rows = INC_NEW(cx, incval_rows);
    rows->of = rows;
    rows->is_begun = true;
    return rows;
}

incval_rows *incfe_rows_of_tensor(incir_graph *g, incop_box *box, size_t axis)
{
    incval_rows *rows = INC_NEW(g->cx, incval_rows);
    rows->of = rows;
    rows->source = box;
    rows->axis = axis;
    rows->n_leaves = 1;
    rows->leaves = INC_NEW(g->cx, incir_value *);
    read_source(g, rows);
    const incir_value *v = *rows->leaves;
    rows->count = v->dims[0];
    rows->item = (incfe_form){.kind = INCFE_TENSOR, .dtype = v->dtype, .rank = v->rank - 1};
    rows->item.dims = inc_copy(g->cx, v->dims + 1, rows->item.rank * sizeof *v->dims);
    incfe_form_link(g->cx, &rows->item, incop_box_root(box));
    return rows;
}

incval_rows *incfe_rows_of_parts(incir_graph *g, incop_box *box, size_t axis, const incsym *part)
{
    incval_rows *rows = INC_NEW(g->cx, incval_rows);
    rows->of = rows;
    rows->source = box;
    rows->axis = axis;
    rows->part = part;
    /* of nothing, one part that is empty */
    rows->count =
        incsym_max(g->syms, incsym_ceildiv(g->syms, incop_box_read(g, box)->dims[axis], part),
                   incsym_int(g->syms, 1));
    return rows;
}

/* Item number i as the view that it is. */
static incval view_at(incir_graph *g, const incval_rows *rows, const incsym *i)
{
    int64_t known;
    size_t n;
    incval axis = incval_int(incsym_int(g->syms, (int64_t)rows->axis));
    if (!rows->part) {
        incval args[3] = {incval_tensor(rows->source), axis, incval_int(i)};
        return incop_invoke(g, "aten::select", args, 3, NULL, 0, &n)[0];
    }
    if (incsym_known(i, &known) && known < 0)
        i = incsym_add(g->syms, rows->count, i);
    const incsym *start = incsym_mul(g->syms, i, rows->part);
    incval args[4] = {incval_tensor(rows->source), axis, incval_int(start),
                      incval_int(incsym_add(g->syms, start, rows->part))};
    return incop_invoke(g, "aten::slice", args, 4, NULL, 0, &n)[0];
}

incval_rows *incfe_rows_take(incfe_merge *m, const incfe_form *item)
{
    if (!incfe_leaf_count(item))
        incfe_no_common_form(m->cx);
    incval_rows *rows = rows_new(m->g, item, m->leaves.items + m->next);
    m->next += rows->n_leaves;
    return rows;
}

incval_rows *incfe_rows_scanned(incfe_merge *m, const incfe_form *item, size_t per_turn)
{
    size_t n = incfe_leaf_count(item);
    for (size_t k = 0; per_turn > 1 && k < n; k++) {
        incir_value **leaf = &m->leaves.items[m->next + k], *v = *leaf;
        const incsym *dims[INCTENSOR_MAX_RANK];
        dims[0] = incsym_mul(m->g->syms, v->dims[0], v->dims[1]);
        for (size_t i = 2; i < v->rank; i++)
            dims[i - 1] = v->dims[i];
        *leaf = emit_reshape(m->g, v, dims, v->rank - 1);
    }
    return incfe_rows_take(m, item);
}

incval_rows *incfe_rows_join(incir_graph *g, incval_rows *a, incval_rows *b)
{
    incfe_merge m = {.g = g, .cx = g->cx};
    a = incfe_rows_read(g, a);
    b = incfe_rows_read(g, b);
    incfe_form item = incfe_form_copy(g->cx, &a->item);
    incfe_rows_join_forms(&m, &item, &b->item, false);
    incfe_rows_check_item(g->cx, &item);
    size_t n = incfe_leaf_count(&item), axis = incfe_rows_axis(&item);
    incir_value **leaves = INC_NEW_N(g->cx, incir_value *, n);
    if (incfe_rows_differ(&item)) {
        incir_value *parts[2], *lengths[2];
        incfe_rows_as_lengths(g, a, axis, &parts[0], &lengths[0]);
        incfe_rows_as_lengths(g, b, axis, &parts[1], &lengths[1]);
        leaves[0] = emit_concat(g, parts, 2, axis);
        leaves[1] = emit_concat(g, lengths, 2, 0);
        return rows_new(g, &item, leaves);
    }
    for (size_t k = 0; k < n; k++) {
        incir_value *parts[2] = {incfe_rows_leaf_as(g, a, k, &item)};
        parts[1] = incfe_rows_leaf_as(g, b, k, &item);
        leaves[k] = emit_concat(g, parts, 2, 0);
    }
    return rows_new(g, &item, leaves);
}

incval_rows *incfe_rows_map(incir_graph *g, incval_rows *rows,
                            incir_value *(*f)(incir_graph *g, incir_value *leaf, void *data),
                            void *data)
{
    rows = incfe_rows_read(g, rows);
    if (incfe_rows_differ(&rows->item))
        incfe_no_common_form(g->cx);
    incir_value **leaves = INC_NEW_N(g->cx, incir_value *, rows->n_leaves);
    for (size_t k = 0; k < rows->n_leaves; k++)
        leaves[k] = f(g, rows->leaves[k], data);
    return rows_new(g, &rows->item, leaves);
}

incval_rows *incfe_rows_of_lengths(incir_graph *g, incop_box *box, size_t axis,
                                   incir_value *lengths)
{
    incir_value *v = incop_box_read(g, box), *leaves[2] = {v, lengths};
    incfe_form item = {.kind = INCFE_TENSOR, .dtype = v->dtype, .rank = v->rank};
    item.dims = inc_copy(g->cx, v->dims, v->rank * sizeof *v->dims);
    item.dims[axis] = NULL;
    incfe_form_link(g->cx, &item, incop_box_root(box));
    return rows_new(g, &item, leaves);
}

incval_rows *incfe_rows_of_leaf(incir_graph *g, const incval_rows *rows, incir_value *leaf)
{
    return rows_new(g, &rows->item, &leaf);
}

incval_rows *incfe_rows_of_numbers(incir_graph *g, incir_value *v)
{
    incfe_form item = {.kind = incdtype_is_float(v->dtype) ? INCFE_FLOAT
                               : v->dtype == INCDT_BOOL    ? INCFE_BOOL
                                                           : INCFE_INT};
    v = emit_cast(g, v, incfe_leaf_type(&item));
    return rows_new(g, &item, &v);
}

/* ---- lists ---- */

/* Items that are copies: writing into one would have to write the list. */
static void protect(incir_graph *g, incval v)
{
    static const char what[] = "an item of a list whose length data decides";
    if (v.kind == INCVAL_TENSOR)
        incop_box_protect(v.u.t, what);
    incop_protect(g, v, what);
    for (size_t i = 0; (v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE) && i < v.u.list->v.n; i++)
        protect(g, v.u.list->v.items[i]);
}

/* Lists and dicts that become rows: what is written into them later would have to be in the rows.
 */
static void protect_copied(incir_graph *g, const incval_list *list)
{
    for (size_t i = 0; i < list->v.n; i++)
        if (list->v.items[i].kind == INCVAL_LIST || list->v.items[i].kind == INCVAL_DICT)
            incop_protect(g, list->v.items[i],
                          "a list or dict that a list whose length data decides holds as well");
        else if (list->v.items[i].kind == INCVAL_TUPLE)
            protect_copied(g, list->v.items[i].u.list);
}

incval_rows *incfe_rows_flush(incir_graph *g, incval_list *list)
{
    if (list->rows && list->v.n == 0)
        return list->rows->part ? list->rows : incfe_rows_read(g, list->rows);
    incfe_merge m = {.g = g, .cx = g->cx, .since = UINT64_MAX};
    incfe_snapshot s = incfe_snapshot_content(&m, (incval){.kind = INCVAL_LIST, .u.list = list});
    incfe_form item = incfe_rows_form(&m, &s);
    incfe_rows_pack(&m, &item, &s);
    incval_rows *rows = incfe_rows_take(&m, &item);
    incop_record_form(g, list);
    protect_copied(g, list);
    list->rows = rows;
    list->v.n = 0;
    return rows;
}

incval incfe_rows_list(inccx *cx, incval_rows *rows)
{
    incval list = incval_list_new(cx, INCVAL_LIST);
    list.u.list->rows = rows;
    return list;
}

void incfe_rows_extend(incfe_merge *m, incval_list *list, incval_rows *rows)
{
    incop_record_list(m->g, list);
    if (list->rows && list->rows->is_begun) /* of a loop around: it scans this as well */
        incfe_rows_read(m->g, list->rows);
    list->rows =
        list->rows || list->v.n ? incfe_rows_join(m->g, incfe_rows_flush(m->g, list), rows) : rows;
    list->v.n = 0;
}

const incsym *incfe_rows_length(incir_graph *g, incval_list *list)
{
    const incsym *n = incsym_int(g->syms, (int64_t)list->v.n);
    if (!list->rows)
        return n;
    if (!list->rows->part)
        incfe_rows_read(g, list->rows);
    return incsym_add(g->syms, list->rows->count, n);
}

incval incfe_rows_at(incir_graph *g, incval_rows *rows, incval i)
{
    incfe_merge m = {.g = g, .cx = g->cx, .since = UINT64_MAX};
    if (rows->source)
        return view_at(g, rows, i.u.i);
    rows = incfe_rows_read(g, rows);
    if (incfe_rows_differ(&rows->item)) {
        incval item = incval_tensor(incop_box_new(g->cx, incfe_rows_piece(g, rows, i.u.i)));
        protect(g, item);
        return item;
    }
    for (size_t k = 0; k < rows->n_leaves; k++) {
        incir_value *v = emit_gather(g, rows->leaves[k], incir_size_scalar(g, i.u.i), 0);
        INC_PUSH(g->cx, &m.leaves, v);
    }
    incfe_form item = incfe_form_copy(g->cx, &rows->item);
    memset(&item.links, 0, sizeof item.links);
    incval v = incfe_unpack_form(&m, &item);
    protect(g, v);
    return v;
}
