/* Making rows of lists, and taking them apart; see rows.h. */
#include "frontend/rows.h"

#include "ops/emit/emit.h"

static const size_t first_axis[] = {0};

/* ---- what the rows of a list are like ---- */

size_t incfe_leaf_count(const incfe_form *form)
{
    size_t n = 0;
    switch (form->kind) {
    case INCFE_SAME:
        return 0;
    case INCFE_TENSOR:
    case INCFE_INT:
    case INCFE_FLOAT:
    case INCFE_BOOL:
        return 1;
    case INCFE_CHOICE:
        n = form->flag ? 0 : 1;
        break;
    default:
        break;
    }
    for (size_t i = 0; i < form->n; i++)
        n += incfe_leaf_count(&form->items[i]);
    return n;
}

static void no_common_form(inccx *cx) INC_NORETURN;
static void no_common_form(inccx *cx)
{
    inc_raise_hint(cx, INC_E_UNSUPPORTED,
                   "make all items of the list tensors of one shape, or write them into a tensor",
                   "a list whose length data decides has items of different sizes or kinds");
}

static void read(inccx *cx, incval_rows *rows)
{
    if (rows->part)
        inc_raise(cx, INC_E_UNSUPPORTED,
                  "the parts of a tensor, whose number a dynamic size decides, are used as a list");
    if (!rows->is_begun)
        return;
    rows->is_read = true;
    inc_raise(cx, INC_E_UNSUPPORTED, "a list is read in the loop that appends to it");
}

static incfe_form all_leaves(incfe_merge *m, const incfe_snapshot *s)
{
    incfe_form form = incfe_form_opened(m, s);
    if (form.kind == INCFE_CHOICE)
        no_common_form(m->cx);
    for (size_t i = 0; i < form.n; i++)
        form.items[i] = all_leaves(m, &s->items[i]);
    return form;
}

/* Widens a by b, both of leaves. */
static bool join_forms(incfe_merge *m, incfe_form *a, const incfe_form *b)
{
    bool changed = false;
    if (a->kind != b->kind || a->dtype != b->dtype || a->rank != b->rank || a->n != b->n ||
        a->quant != b->quant)
        no_common_form(m->cx);
    for (size_t i = 0; i < a->rank; i++)
        if (a->dims[i] && a->dims[i] != b->dims[i]) {
            a->dims[i] = NULL;
            changed = true;
        }
    for (size_t i = 0; i < a->n; i++)
        changed = join_forms(m, &a->items[i], &b->items[i]) || changed;
    return changed;
}

static incfe_form copy_form(inccx *cx, const incfe_form *form)
{
    incfe_form copy = *form;
    copy.dims = inc_copy(cx, form->dims, form->rank * sizeof *form->dims);
    copy.items = INC_NEW_N(cx, incfe_form, form->n);
    for (size_t i = 0; i < form->n; i++)
        copy.items[i] = copy_form(cx, &form->items[i]);
    return copy;
}

/* A size that is found inside the block is none that the rows can have outside. */
static void forget_inner(incfe_merge *m, incfe_form *form)
{
    for (size_t i = 0; i < form->rank; i++)
        if (form->dims[i] && m->inside && incir_depends_on(form->dims[i], m->inside))
            form->dims[i] = NULL;
    for (size_t i = 0; i < form->n; i++)
        forget_inner(m, &form->items[i]);
}

incfe_form incfe_rows_form(incfe_merge *m, const incfe_snapshot *s)
{
    incval_rows *rows = s->v.u.list->rows;
    incfe_form form = {.kind = INCFE_SAME};
    bool found = false;
    if (rows && !rows->is_begun) {
        form = copy_form(m->cx, &rows->item);
        forget_inner(m, &form);
        found = true;
    }
    for (size_t i = 0; i < s->n; i++) {
        incfe_form item = all_leaves(m, &s->items[i]);
        if (found)
            join_forms(m, &form, &item);
        else
            form = item;
        found = true;
    }
    return form;
}

bool incfe_rows_join_form(incfe_merge *m, incfe_form *item, const incfe_snapshot *s)
{
    if (s->v.u.list->rows)
        read(m->cx, s->v.u.list->rows);
    if (!s->v.u.list->rows && s->n == 0)
        return false;
    incfe_form other = incfe_rows_form(m, s);
    if (item->kind == INCFE_SAME) {
        *item = other;
        return true;
    }
    return join_forms(m, item, &other);
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
           : leaf->kind == INCFE_FLOAT ? INCDT_F64
                                       : INCDT_BOOL;
}

static incir_value *no_rows(incir_graph *g, const incfe_form *leaf)
{
    const incsym *dims[INCTENSOR_MAX_RANK + 1];
    dims[0] = incsym_int(g->syms, 0);
    for (size_t i = 0; i < leaf->rank; i++)
        dims[i + 1] = leaf->dims[i];
    return emit_full(g, leaf_type(leaf), dims, leaf->rank + 1, 0);
}

static void check_sizes(inccx *cx, const incfe_form *form)
{
    for (size_t i = 0; i < form->rank; i++)
        if (!form->dims[i])
            no_common_form(cx);
    for (size_t i = 0; i < form->n; i++)
        check_sizes(cx, &form->items[i]);
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

void incfe_rows_pack(incfe_merge *m, const incfe_form *item, const incfe_snapshot *s)
{
    incval_rows *rows = s->v.u.list->rows;
    if (rows)
        read(m->cx, rows);
    check_sizes(m->cx, item);
    size_t n = incfe_leaf_count(item);
    incir_value **leaves = item_leaves(m, item, s);
    for (size_t k = 0; k < n; k++) {
        size_t at = k;
        incir_value *v = stacked(m->g, rows ? rows->leaves[k] : NULL, s->n ? leaves + k : NULL,
                                 s->n, n, leaf_of(item, &at));
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

static incval_rows *rows_new(inccx *cx, const incfe_form *item, incir_value **leaves)
{
    incval_rows *rows = INC_NEW(cx, incval_rows);
    rows->item = *item;
    rows->n_leaves = incfe_leaf_count(item);
    rows->leaves = inc_copy(cx, leaves, rows->n_leaves * sizeof *leaves);
    rows->count = rows->n_leaves ? rows->leaves[0]->dims[0] : NULL;
    return rows;
}

incval_rows *incfe_rows_begun(inccx *cx)
{
    incval_rows *rows = INC_NEW(cx, incval_rows);
    rows->is_begun = true;
    return rows;
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

incval_rows *incfe_rows_of_tensor(incir_graph *g, incop_box *box, size_t axis)
{
    incval_rows *rows = INC_NEW(g->cx, incval_rows);
    rows->source = box;
    rows->axis = axis;
    rows->n_leaves = 1;
    rows->leaves = INC_NEW(g->cx, incir_value *);
    read_source(g, rows);
    const incir_value *v = *rows->leaves;
    rows->count = v->dims[0];
    rows->item = (incfe_form){.kind = INCFE_TENSOR, .dtype = v->dtype, .rank = v->rank - 1};
    rows->item.dims = inc_copy(g->cx, v->dims + 1, rows->item.rank * sizeof *v->dims);
    return rows;
}

incval_rows *incfe_rows_of_parts(incir_graph *g, incop_box *box, size_t axis, const incsym *part)
{
    incval_rows *rows = INC_NEW(g->cx, incval_rows);
    rows->source = box;
    rows->axis = axis;
    rows->part = part;
    rows->count = incsym_ceildiv(g->syms, incop_box_read(g, box)->dims[axis], part);
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
    incval_rows *rows = rows_new(m->cx, item, m->leaves.items + m->next);
    m->next += rows->n_leaves;
    if (!rows->n_leaves)
        no_common_form(m->cx);
    return rows;
}

incval_rows *incfe_rows_scanned(incfe_merge *m, const incfe_form *item, size_t per_turn)
{
    incval_rows *rows = incfe_rows_take(m, item);
    for (size_t k = 0; per_turn > 1 && k < rows->n_leaves; k++) {
        incir_value *v = rows->leaves[k];
        const incsym *dims[INCTENSOR_MAX_RANK];
        dims[0] = incsym_mul(m->g->syms, v->dims[0], v->dims[1]);
        for (size_t i = 2; i < v->rank; i++)
            dims[i - 1] = v->dims[i];
        rows->leaves[k] = emit_reshape(m->g, v, dims, v->rank - 1);
        rows->count = dims[0];
    }
    return rows;
}

incval_rows *incfe_rows_join(incir_graph *g, const incval_rows *a, const incval_rows *b)
{
    incfe_merge m = {.g = g, .cx = g->cx};
    incfe_form item = copy_form(g->cx, &a->item);
    join_forms(&m, &item, &b->item);
    check_sizes(g->cx, &item);
    incval_rows *rows = rows_new(g->cx, &item, a->leaves);
    for (size_t k = 0; k < rows->n_leaves; k++) {
        incir_value *parts[2] = {a->leaves[k], b->leaves[k]};
        rows->leaves[k] = emit_concat(g, parts, 2, 0);
    }
    rows->count = rows->leaves[0]->dims[0];
    return rows;
}

incval_rows *incfe_rows_map(incir_graph *g, const incval_rows *rows,
                            incir_value *(*f)(incir_graph *g, incir_value *leaf, void *data),
                            void *data)
{
    incval_rows *result = rows_new(g->cx, &rows->item, rows->leaves);
    for (size_t k = 0; k < result->n_leaves; k++)
        result->leaves[k] = f(g, rows->leaves[k], data);
    result->count = result->leaves[0]->dims[0];
    return result;
}

incval_rows *incfe_rows_of_leaf(incir_graph *g, const incval_rows *rows, incir_value *leaf)
{
    incval_rows *result = rows_new(g->cx, &rows->item, &leaf);
    result->count = leaf->dims[0];
    return result;
}

incval_rows *incfe_rows_of_numbers(incir_graph *g, incir_value *v)
{
    incfe_form item = {.kind = incdtype_is_float(v->dtype) ? INCFE_FLOAT
                               : v->dtype == INCDT_BOOL    ? INCFE_BOOL
                                                           : INCFE_INT};
    v = emit_cast(g, v, leaf_type(&item));
    return rows_new(g->cx, &item, &v);
}

/* ---- lists ---- */

incval_rows *incfe_rows_flush(incir_graph *g, incval_list *list)
{
    if (list->rows && list->rows->part && list->v.n == 0)
        return list->rows;
    if (list->rows)
        read(g->cx, list->rows);
    if (list->rows && list->rows->source)
        read_source(g, list->rows);
    if (list->rows && list->v.n == 0)
        return list->rows;
    incfe_merge m = {.g = g, .cx = g->cx, .since = UINT64_MAX};
    incfe_snapshot s = incfe_snapshot_content(&m, (incval){.kind = INCVAL_LIST, .u.list = list});
    incfe_form item = incfe_rows_form(&m, &s);
    incfe_rows_pack(&m, &item, &s);
    incval_rows *rows = incfe_rows_take(&m, &item);
    incop_record_list(g, list);
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
        read(m->cx, list->rows);
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
        read(g->cx, list->rows);
    return incsym_add(g->syms, list->rows->count, n);
}

incval incfe_rows_at(incir_graph *g, incval_rows *rows, incval i)
{
    incfe_merge m = {.g = g, .cx = g->cx, .since = UINT64_MAX};
    if (rows->source)
        return view_at(g, rows, i.u.i);
    read(g->cx, rows);
    for (size_t k = 0; k < rows->n_leaves; k++) {
        incir_value *v = emit_gather(g, rows->leaves[k], incir_size_scalar(g, i.u.i), 0);
        INC_PUSH(g->cx, &m.leaves, v);
    }
    incval item = incfe_unpack_form(&m, &rows->item);
    if (item.kind == INCVAL_TENSOR)
        incop_box_protect(item.u.t, "an item of a list whose length data decides");
    return item;
}
