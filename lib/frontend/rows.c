/* SPDX-License-Identifier: Apache-2.0 */
/* Making rows of lists, and taking them apart; see rows.h. */
#include "frontend/rows.h"
#include "frontend/merge_internal.h"

#include <string.h>

#include "ops/emit/emit.h"

static const size_t first_axis[] = {0};

/* ---- what the rows of a list are like ---- */

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

static void no_common_form(inccx *cx) INC_NORETURN;
static void no_common_form(inccx *cx)
{
    inc_raise_hint(cx, INC_E_UNSUPPORTED,
                   "make all items of the list tensors of one shape, or write them into a tensor",
                   "a list whose length data decides has items of different sizes or kinds");
}

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

/* The rows, whose leaves are as they are now. */
static incval_rows *read(incir_graph *g, incval_rows *rows)
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

static incfe_form all_leaves(incfe_merge *m, const incfe_snapshot *s)
{
    if (incfe_is_text(s))
        return incfe_text_form(m, s);
    incfe_form form = incfe_form_opened(m, s);
    if (form.kind == INCFE_CHOICE)
        no_common_form(m->cx);
    if (form.kind == INCFE_TENSOR) /* those of the block, too: they may be one in all items */
        form.dims = inc_copy(m->cx, s->t->dims, s->t->rank * sizeof *s->t->dims);
    for (size_t i = 0; i < form.n; i++)
        form.items[i] = all_leaves(m, &s->items[i]);
    return form;
}

static void add_link(inccx *cx, incfe_form *form, incop_box *box)
{
    inc_work(cx, form->links.n);
    for (size_t i = 0; i < form->links.n; i++)
        if (form->links.items[i] == box)
            return;
    INC_PUSH(cx, &form->links, box);
}

static uint64_t bit(size_t axis)
{
    return (uint64_t)1 << axis;
}

/* Axis i has other sizes in the two; in each of them it may be one. */
static bool join_size(incfe_form *a, const incfe_form *b, size_t i, bool of_lists)
{
    bool a_is_one = a->dims[i] || (a->uniform & bit(i)),
         b_is_one = b->dims[i] || (b->uniform & bit(i));
    bool was_known = a->dims[i] != NULL;
    uint64_t before = a->uniform;
    a->dims[i] = NULL;
    a->uniform = of_lists && a_is_one && b_is_one ? a->uniform | bit(i) : a->uniform & ~bit(i);
    return was_known || a->uniform != before;
}

/* Widens a by b, both of leaves; of_lists: of items of two lists, not of two items of one. */
static bool join_forms(incfe_merge *m, incfe_form *a, const incfe_form *b, bool of_lists)
{
    bool changed = false;
    if (a->kind != b->kind || a->dtype != b->dtype || a->rank != b->rank || a->n != b->n ||
        a->quant != b->quant || (a->kind == INCFE_SAME && !incfe_same(m, &a->first, &b->first)))
        no_common_form(m->cx);
    if (a->kind == INCFE_TEXT)
        return incfe_join_text_forms(m, a, b);
    for (size_t i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i] || !a->dims[i])
            changed = join_size(a, b, i, of_lists) || changed;
    for (size_t i = 0; i < b->links.n; i++)
        add_link(m->cx, a, b->links.items[i]);
    for (size_t i = 0; i < a->n; i++)
        changed = join_forms(m, &a->items[i], &b->items[i], of_lists) || changed;
    return changed;
}

static incfe_form copy_form(inccx *cx, const incfe_form *form)
{
    incfe_form copy = *form;
    copy.dims = inc_copy(cx, form->dims, form->rank * sizeof *form->dims);
    copy.items = INC_NEW_N(cx, incfe_form, form->n);
    memset(&copy.links, 0, sizeof copy.links);
    for (size_t i = 0; i < form->links.n; i++)
        INC_PUSH(cx, &copy.links, form->links.items[i]);
    for (size_t i = 0; i < form->n; i++)
        copy.items[i] = copy_form(cx, &form->items[i]);
    return copy;
}

/* A size that is found inside the block is none that the rows can have outside; in items of several
 * parts it is one in all of them, nevertheless. */
static void forget_inner(incfe_merge *m, incfe_form *form, bool has_parts)
{
    for (size_t i = 0; i < form->rank; i++)
        if (form->dims[i] && m->inside && incir_depends_on(form->dims[i], m->inside)) {
            form->dims[i] = NULL;
            form->uniform |= has_parts ? bit(i) : 0;
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
        form = copy_form(m->cx, &read(m->g, rows)->item);
        found = true;
    }
    for (size_t i = 0; i < s->n; i++) {
        incfe_form item = all_leaves(m, &s->items[i]);
        if (found)
            join_forms(m, &form, &item, false);
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
        read(m->g, s->v.u.list->rows);
    if (!s->v.u.list->rows && s->n == 0)
        return false;
    incfe_form other = incfe_rows_form(m, s);
    if (item->kind == INCFE_SAME) {
        *item = other;
        return true;
    }
    return join_forms(m, item, &other, item->kind != INCFE_TENSOR);
}

/* ---- packing ---- */

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

static incdtype leaf_type(const incfe_form *leaf)
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
    return emit_full(g, leaf_type(leaf), dims, leaf->rank + 1, 0);
}

static void check_sizes(inccx *cx, const incfe_form *form)
{
    for (size_t i = 0; i < form->rank; i++)
        if (!form->dims[i] && !(form->uniform & bit(i)))
            no_common_form(cx);
    for (size_t i = 0; i < form->n; i++)
        check_sizes(cx, &form->items[i]);
}

/* The same, where the items may differ along one axis. */
static void check_item(inccx *cx, const incfe_form *item)
{
    if (!incfe_rows_differ(item))
        check_sizes(cx, item);
}

/* Leaf number k of the rows as one of the form, which is theirs or wider. */
static incir_value *leaf_as(incir_graph *g, const incval_rows *rows, size_t k,
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
            emit_unsqueeze(g, emit_cast(g, leaves[i * step], leaf_type(leaf)), first_axis, 1);
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
        rows = read(m->g, rows);
    check_item(m->cx, item);
    if (incfe_rows_differ(item)) {
        pack_lengths(m, item, s, rows);
        return;
    }
    size_t n = incfe_leaf_count(item);
    incir_value **leaves = item_leaves(m, item, s);
    for (size_t k = 0; k < n; k++) {
        size_t at = k;
        incir_value *v = stacked(m->g, rows ? leaf_as(m->g, rows, k, item) : NULL,
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
        incir_value *v = s->n == 1 ? emit_cast(m->g, leaves[k], leaf_type(leaf))
                                   : stacked(m->g, NULL, leaves + k, s->n, n, leaf);
        INC_PUSH(m->cx, &m->leaves, v);
    }
}

/* ---- rows ---- */

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
    add_link(g->cx, &rows->item, rows->source);
}

/* Sizes that are one in these rows. */
static void find_sizes(incfe_form *form, incir_value *const *leaves, size_t *k)
{
    for (size_t i = 0; i < form->rank; i++)
        if (form->uniform & bit(i))
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
    rows->item = copy_form(g->cx, item);
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
    incval_rows *frozen = inc_copy(g->cx, read(g, rows), sizeof *rows);
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
    add_link(g->cx, &rows->item, incop_box_root(box));
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
        no_common_form(m->cx);
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
    a = read(g, a);
    b = read(g, b);
    incfe_form item = copy_form(g->cx, &a->item);
    join_forms(&m, &item, &b->item, false);
    check_item(g->cx, &item);
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
        incir_value *parts[2] = {leaf_as(g, a, k, &item)};
        parts[1] = leaf_as(g, b, k, &item);
        leaves[k] = emit_concat(g, parts, 2, 0);
    }
    return rows_new(g, &item, leaves);
}

incval_rows *incfe_rows_map(incir_graph *g, incval_rows *rows,
                            incir_value *(*f)(incir_graph *g, incir_value *leaf, void *data),
                            void *data)
{
    rows = read(g, rows);
    if (incfe_rows_differ(&rows->item))
        no_common_form(g->cx);
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
    add_link(g->cx, &item, incop_box_root(box));
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
    v = emit_cast(g, v, leaf_type(&item));
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
        return list->rows->part ? list->rows : read(g, list->rows);
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

incval_rows *incfe_rows_read(incir_graph *g, incval_rows *rows)
{
    return read(g, rows);
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
        read(m->g, list->rows);
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
        read(g, list->rows);
    return incsym_add(g->syms, list->rows->count, n);
}

incval incfe_rows_at(incir_graph *g, incval_rows *rows, incval i)
{
    incfe_merge m = {.g = g, .cx = g->cx, .since = UINT64_MAX};
    if (rows->source)
        return view_at(g, rows, i.u.i);
    rows = read(g, rows);
    if (incfe_rows_differ(&rows->item)) {
        incval item = incval_tensor(incop_box_new(g->cx, incfe_rows_piece(g, rows, i.u.i)));
        protect(g, item);
        return item;
    }
    for (size_t k = 0; k < rows->n_leaves; k++) {
        incir_value *v = emit_gather(g, rows->leaves[k], incir_size_scalar(g, i.u.i), 0);
        INC_PUSH(g->cx, &m.leaves, v);
    }
    incfe_form item = copy_form(g->cx, &rows->item);
    memset(&item.links, 0, sizeof item.links);
    incval v = incfe_unpack_form(&m, &item);
    protect(g, v);
    return v;
}
