/* SPDX-License-Identifier: Apache-2.0 */
/* Lists whose length the data decides (frontend/rows.h): what is done to them is done to the
 * tensors that hold their items. */
#include <string.h>

#include "frontend/rows.h"
#include "frontend/torchscript/builtins.h"
#include "ops/emit/emit.h"

static incval_list *rows_list(const incts_builtin_call *c, size_t i)
{
    return c->n > i && c->args[i].kind == INCVAL_LIST ? c->args[i].u.list : NULL;
}

static incval call1(incts_builtin_call *c, const char *name, incir_value *v)
{
    incval arg = incval_tensor(incop_box_new(c->cx, v));
    return incts_call_operator(c->in, name, &arg, 1, NULL, 0);
}

static incval_rows *flushed(incts_builtin_call *c, size_t i)
{
    return incfe_rows_read(c->in->g, incfe_rows_flush(c->in->g, rows_list(c, i)));
}

/* The only tensor behind the rows; NULL: there are several. */
static incir_value *only_leaf(const incval_rows *rows)
{
    return rows->n_leaves == 1 ? rows->leaves[0] : NULL;
}

static incval position(incts_builtin_call *c, incval v)
{
    static const incts_type int_type = {.kind = INCTS_TYPE_INT};
    v = incts_coerce(c->in, v, &int_type);
    if (v.kind != INCVAL_INT)
        inc_raise(c->cx, INC_E_FORMAT, "an index into a list has to be an int, not %s",
                  incval_kind_name(v.kind));
    return v;
}

/* From the front, where a position counted from the end is known to be one. */
static const incsym *from_front(incts_builtin_call *c, const incval_rows *rows, const incsym *i)
{
    int64_t known;
    return incsym_known(i, &known) && known < 0 ? incsym_add(c->syms, rows->count, i) : i;
}

typedef struct cut {
    const incsym *start, *end;
    int64_t step;
} cut;

static incir_value *cut_leaf(incir_graph *g, incir_value *leaf, void *data)
{
    const cut *s = data;
    return emit_slice(g, leaf, 0, s->start, s->end, s->step);
}

static incval_rows *cut_rows(incts_builtin_call *c, incval_rows *rows, const incsym *start,
                             const incsym *end, int64_t step)
{
    cut s = {start, end, step};
    if (step != 1 || !incfe_rows_differ(&rows->item))
        return incfe_rows_map(c->in->g, rows, cut_leaf, &s);
    incir_value *all, *lengths;
    incfe_rows_pieces(c->in->g, rows, start, end, &all, &lengths);
    return incfe_rows_of_lengths(c->in->g, incop_box_new(c->cx, all), incfe_rows_axis(&rows->item),
                                 lengths);
}

static void set_rows(incts_builtin_call *c, incval_list *list, incval_rows *rows)
{
    incop_record_list(c->in->g, list);
    list->rows = rows;
    list->v.n = 0;
}

/* ---- reading ---- */

static bool rows_len(incts_builtin_call *c)
{
    return give(c, incval_int(incfe_rows_length(c->in->g, rows_list(c, 0))));
}

static bool rows_getitem(incts_builtin_call *c)
{
    incval_list *list = rows_list(c, 0);
    incval i = position(c, c->args[1]);
    int64_t at;
    if (incsym_known(i.u.i, &at) && at < 0 && at >= -(int64_t)list->v.n)
        return give(c, list->v.items[(int64_t)list->v.n + at]);
    return give(c, incfe_rows_at(c->in->g, incfe_rows_flush(c->in->g, list), i));
}

static const incsym *bound(incts_builtin_call *c, size_t i)
{
    return c->n > i && c->args[i].kind != INCVAL_NONE ? position(c, c->args[i]).u.i : NULL;
}

static bool rows_slice(incts_builtin_call *c)
{
    incval_rows *rows = flushed(c, 0);
    int64_t step = c->n > 3 && c->args[3].kind != INCVAL_NONE
                       ? incts_known_int(c->in, c->args[3], "a slice's step")
                       : 1;
    const incsym *start = bound(c, 1), *end = bound(c, 2);
    if (step == 0 || step == INT64_MIN)
        inc_raise(c->cx, INC_E_FORMAT, "a slice with the step %lld", (long long)step);
    if (step < 0 && !start)
        start = incsym_int(c->syms, -1);
    if (step < 0 && !end)
        end = incsym_int(c->syms, INT64_MIN);
    return give(c, incfe_rows_list(c->cx, cut_rows(c, rows, start, end, step)));
}

static bool rows_copy(incts_builtin_call *c)
{
    return give(c, incfe_rows_list(c->cx, flushed(c, 0)));
}

/* The items of ints, floats or bools as a tensor: min(), max() and sum() of it. */
static bool rows_reduce(incts_builtin_call *c)
{
    incval_rows *rows = flushed(c, 0);
    incir_value *leaf = only_leaf(rows);
    if (!leaf || leaf->rank != 1 || rows->item.kind == INCFE_TENSOR)
        return false;
    incval v = call1(c, inc_printf(c->cx, "aten::%s", c->name), leaf);
    if (v.kind != INCVAL_TENSOR)
        return give(c, v);
    return give(c, call1(c, rows->item.kind == INCFE_INT ? "aten::Int" : "aten::Float",
                         incop_box_read(c->in->g, v.u.t)));
}

/* ---- changing ---- */

static incval_rows *rows_of_items(incts_builtin_call *c, const incval *items, size_t n)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, items[i]);
    return incfe_rows_flush(c->in->g, list.u.list);
}

static bool is_empty(const incval_list *list)
{
    return !list->rows && list->v.n == 0;
}

/* a + b, a += b, a.extend(b); one of them may be a list of known length. */
static bool rows_add(incts_builtin_call *c)
{
    incval_list *a = rows_list(c, 0), *b = rows_list(c, 1);
    if (!a || !b)
        return false;
    bool in_place = strcmp(c->name, "add") != 0;
    if (in_place && !b->rows) { /* what is before stays untouched */
        size_t n = b->v.n;
        incop_record_list(c->in->g, a);
        for (size_t i = 0; i < n; i++)
            INC_PUSH(c->cx, &a->v, b->v.items[i]);
        return give(c, c->args[0]);
    }
    incval_rows *after = is_empty(b) ? NULL : flushed(c, 1);
    incval_rows *rows = after && is_empty(a) ? after : flushed(c, 0);
    if (after && rows != after)
        rows = incfe_rows_join(c->in->g, rows, after);
    if (!in_place)
        return give(c, incfe_rows_list(c->cx, rows));
    set_rows(c, a, rows);
    return give(c, c->args[0]);
}

static bool rows_append(incts_builtin_call *c)
{
    incval_list *list = rows_list(c, 0);
    if (!list || c->n != 2)
        return false;
    incop_record_list(c->in->g, list);
    INC_PUSH(c->cx, &list->v, c->args[1]);
    return give(c, c->args[0]);
}

/* The rows without number at, and `instead` in its place (NULL: nothing). */
static incval_rows *replaced(incts_builtin_call *c, incval_rows *rows, const incsym *at, bool keeps,
                             const incval *instead)
{
    const incsym *next = keeps ? at : incsym_add_int(c->syms, at, 1);
    incval_rows *result = cut_rows(c, rows, NULL, at, 1);
    if (instead)
        result = incfe_rows_join(c->in->g, result, rows_of_items(c, instead, 1));
    return incfe_rows_join(c->in->g, result, cut_rows(c, rows, next, NULL, 1));
}

static bool rows_set_item(incts_builtin_call *c)
{
    incval_rows *rows = flushed(c, 0);
    const incsym *at = from_front(c, rows, position(c, c->args[1]).u.i);
    set_rows(c, rows_list(c, 0), replaced(c, rows, at, false, &c->args[2]));
    return give(c, c->args[0]);
}

static bool rows_insert(incts_builtin_call *c)
{
    incval_rows *rows = flushed(c, 0);
    const incsym *at = from_front(c, rows, position(c, c->args[1]).u.i);
    set_rows(c, rows_list(c, 0), replaced(c, rows, at, true, &c->args[2]));
    return give(c, incval_none());
}

static bool rows_pop(incts_builtin_call *c)
{
    incval_list *list = rows_list(c, 0);
    if (c->n == 1 && list->v.n) {
        incop_record_list(c->in->g, list);
        return give(c, list->v.items[--list->v.n]);
    }
    incval_rows *rows = flushed(c, 0);
    const incsym *last = incsym_add_int(c->syms, rows->count, -1);
    const incsym *at = c->n > 1 ? from_front(c, rows, position(c, c->args[1]).u.i) : last;
    incval item = incfe_rows_at(c->in->g, rows, incval_int(at));
    set_rows(c, list,
             c->n > 1 ? replaced(c, rows, at, false, NULL) : cut_rows(c, rows, NULL, at, 1));
    return give(c, item);
}

static bool rows_clear(incts_builtin_call *c)
{
    set_rows(c, rows_list(c, 0), NULL);
    return give(c, incval_none());
}

static incir_value *flip_leaf(incir_graph *g, incir_value *leaf, void *data)
{
    (void)data;
    return emit_slice(g, leaf, 0, incsym_int(g->syms, -1), incsym_int(g->syms, INT64_MIN), -1);
}

static bool rows_reverse(incts_builtin_call *c)
{
    incval_rows *rows = flushed(c, 0);
    set_rows(c, rows_list(c, 0), incfe_rows_map(c->in->g, rows, flip_leaf, NULL));
    return give(c, incval_none());
}

/* ---- tensors of them ---- */

static incval keyword(const incts_builtin_call *c, const char *name, size_t position, incval absent)
{
    for (size_t i = 0; i < c->n_keywords; i++)
        if (strcmp(c->keywords[i].name, name) == 0)
            return c->keywords[i].value;
    return c->n > position ? c->args[position] : absent;
}

static size_t wrapped_axis(incts_builtin_call *c, size_t rank)
{
    incval absent = incval_int(incsym_int(c->syms, 0));
    int64_t axis = incts_known_int(c->in, keyword(c, "dim", 1, absent), "the axis of a list");
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        inc_raise(c->cx, INC_E_FORMAT, "%s: axis %lld of %zu", c->name, (long long)axis, rank);
    return (size_t)(axis < 0 ? axis + (int64_t)rank : axis);
}

/* [count, a, b, c] with the count moved to axis. */
static incir_value *moved(incir_graph *g, incir_value *v, size_t axis)
{
    size_t order[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < v->rank; i++)
        order[i] = i < axis ? i + 1 : i == axis ? 0 : i;
    return axis ? emit_transpose(g, v, order) : v;
}

static incir_value *tensor_leaf(incts_builtin_call *c)
{
    incval_list *list = rows_list(c, 0);
    if (!list || !list->rows)
        return NULL;
    incval_rows *rows = flushed(c, 0);
    if (incfe_rows_differ(&rows->item))
        return incfe_rows_stacked(c->in->g, rows);
    return rows->item.kind == INCFE_TENSOR ? only_leaf(rows) : NULL;
}

static bool rows_stack(incts_builtin_call *c)
{
    incir_value *v = tensor_leaf(c);
    if (!v)
        return false;
    v = moved(c->in->g, v, wrapped_axis(c, v->rank));
    return give(c, incval_tensor(incop_box_new(c->cx, v)));
}

/* Whether the items' sizes differ, and along the axis that is asked for. */
static bool differs_along(incts_builtin_call *c)
{
    const incval_list *list = rows_list(c, 0);
    if (!list || !list->rows)
        return false;
    const incval_rows *rows = flushed(c, 0);
    return incfe_rows_differ(&rows->item) &&
           wrapped_axis(c, rows->item.rank) == incfe_rows_axis(&rows->item);
}

static bool rows_cat(incts_builtin_call *c)
{
    if (differs_along(c))
        return give(c, incval_tensor(incop_box_new(c->cx, flushed(c, 0)->leaves[0])));
    incir_value *v = tensor_leaf(c);
    const incsym *dims[INCTENSOR_MAX_RANK];
    if (!v || v->rank < 2)
        return false;
    size_t axis = wrapped_axis(c, v->rank - 1);
    v = moved(c->in->g, v, axis); /* [a, count, b, c]: the count and b are one axis */
    for (size_t i = 0; i + 1 < v->rank; i++)
        dims[i] = i < axis    ? v->dims[i]
                  : i == axis ? incsym_mul(c->syms, v->dims[i], v->dims[i + 1])
                              : v->dims[i + 1];
    v = emit_reshape(c->in->g, v, dims, v->rank - 1);
    return give(c, incval_tensor(incop_box_new(c->cx, v)));
}

/* torch.tensor(list) of numbers. */
static bool rows_tensor(incts_builtin_call *c)
{
    incval_rows *rows = flushed(c, 0);
    incir_value *leaf = only_leaf(rows);
    if (!leaf || leaf->rank != 1)
        return false;
    incval dtype = keyword(c, "dtype", 1, incval_none());
    if (dtype.kind == INCVAL_NONE) {
        if (rows->item.kind == INCFE_FLOAT) /* a float is of the default type then */
            leaf = emit_cast(c->in->g, leaf, INCDT_F32);
        return give(c, incval_tensor(incop_box_new(c->cx, leaf)));
    }
    incval args[2] = {incval_tensor(incop_box_new(c->cx, leaf)), dtype};
    return give(c, incts_call_operator(c->in, "aten::to", args, 2, NULL, 0));
}

/* ---- tensors cut into as many parts as a dynamic size decides ---- */

static bool axis_of(incts_builtin_call *c, size_t position, incir_value **v, size_t *axis)
{
    if (c->n == 0 || c->args[0].kind != INCVAL_TENSOR)
        return false;
    *v = incop_box_read(c->in->g, c->args[0].u.t);
    incval dim = keyword(c, "dim", position, incval_int(incsym_int(c->syms, 0)));
    int64_t known;
    if (dim.kind != INCVAL_INT || !incsym_known(dim.u.i, &known) || known < -(int64_t)(*v)->rank ||
        known >= (int64_t)(*v)->rank)
        return false;
    *axis = (size_t)(known < 0 ? known + (int64_t)(*v)->rank : known);
    return true;
}

static bool rows_unbind(incts_builtin_call *c)
{
    size_t axis;
    incir_value *v;
    if (!axis_of(c, 1, &v, &axis) || incsym_known(v->dims[axis], NULL) ||
        incop_box_quant(c->args[0].u.t))
        return false;
    return give(c, incfe_rows_list(c->cx, incfe_rows_of_tensor(c->in->g, c->args[0].u.t, axis)));
}

static bool rows_split(incts_builtin_call *c)
{
    size_t axis;
    incir_value *v;
    incval none = incval_none(), size = keyword(c, "split_size", 1, none);
    if (size.kind == INCVAL_NONE)
        size = keyword(c, "split_size_or_sections", 1, none);
    if (size.kind != INCVAL_INT || !axis_of(c, 2, &v, &axis) || incop_box_quant(c->args[0].u.t) ||
        incsym_le(c->syms, incsym_int(c->syms, 1), size.u.i) != 1 ||
        incsym_known(incsym_ceildiv(c->syms, v->dims[axis], size.u.i), NULL))
        return false;
    return give(
        c, incfe_rows_list(c->cx, incfe_rows_of_parts(c->in->g, c->args[0].u.t, axis, size.u.i)));
}

/* Into parts of lengths that are a list whose length data decides. */
static bool rows_split_lengths(incts_builtin_call *c)
{
    size_t axis;
    incir_value *v;
    incval sizes = keyword(c, "split_size", 1, keyword(c, "split_sizes", 1, incval_none()));
    if (sizes.kind != INCVAL_LIST || !sizes.u.list->rows || !axis_of(c, 2, &v, &axis))
        return false;
    const incval_rows *lengths =
        incfe_rows_read(c->in->g, incfe_rows_flush(c->in->g, sizes.u.list));
    if (lengths->item.kind != INCFE_INT)
        return false;
    return give(c, incfe_rows_list(c->cx, incfe_rows_of_lengths(c->in->g, c->args[0].u.t, axis,
                                                                lengths->leaves[0])));
}

/* clang-format off */
static const incts_builtin_row cuts[] = {
    BUILTIN("aten::split", rows_split),
    BUILTIN("aten::unbind", rows_unbind),
};
/* clang-format on */

const incts_builtins incts_builtins_cuts = {cuts, INC_COUNT(cuts)};

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN_STORING("aten::Delete", rows_pop),
    BUILTIN("aten::__getitem__", rows_getitem),
    BUILTIN_STORING("aten::_set_item", rows_set_item),
    BUILTIN_STORING("aten::add", rows_add),
    BUILTIN_STORING("aten::add_", rows_add),
    BUILTIN_STORING("aten::append", rows_append),
    BUILTIN("aten::cat", rows_cat),
    BUILTIN_STORING("aten::clear", rows_clear),
    BUILTIN("aten::concat", rows_cat),
    BUILTIN("aten::copy", rows_copy),
    BUILTIN_STORING("aten::extend", rows_add),
    BUILTIN_STORING("aten::insert", rows_insert),
    BUILTIN("aten::len", rows_len),
    BUILTIN("aten::list", rows_copy),
    BUILTIN_STORING("aten::pop", rows_pop),
    BUILTIN_STORING("aten::reverse", rows_reverse),
    BUILTIN("aten::slice", rows_slice),
    BUILTIN("aten::split", rows_split_lengths),
    BUILTIN("aten::split_with_sizes", rows_split_lengths),
    BUILTIN("aten::stack", rows_stack),
    BUILTIN("aten::sum", rows_reduce),
    BUILTIN("aten::tensor", rows_tensor),
    BUILTIN("prim::max", rows_reduce),
    BUILTIN("prim::min", rows_reduce),
};
/* clang-format on */

const incts_builtins incts_builtins_rows = {rows, INC_COUNT(rows)};
