/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in lists that the model computes when it runs: looked for, counted, sorted. The list's
 * length may be known or not; its items become one tensor. */
#include "frontend/torchscript/builtins.h"

#include <string.h>

#include "frontend/rows.h"
#include "ops/call/block.h"
#include "ops/emit/emit.h"

static incval_list *as_list(const incts_builtin_call *c)
{
    return c->n >= 1 && c->args[0].kind == INCVAL_LIST ? c->args[0].u.list : NULL;
}

/* Rows of the list's numbers; NULL when all of them are known, or not all are numbers. */
static incval_rows *computed_numbers(incts_builtin_call *c)
{
    incval_list *list = as_list(c);
    if (!list)
        return NULL;
    bool any = list->rows != NULL || (c->n == 2 && incts_is_computed(c->in, c->args[1]));
    inc_work(c->cx, list->v.n);
    for (size_t i = 0; i < list->v.n; i++) {
        bool computed = incts_is_computed(c->in, list->v.items[i]);
        if (!computed && !is_number(list->v.items[i]) && list->v.items[i].kind != INCVAL_STR)
            return NULL;
        any = any || computed;
    }
    if (!any || (!list->rows && list->v.n == 0))
        return NULL;
    incval copy = incval_list_new(c->cx, INCVAL_LIST);
    copy.u.list->rows = list->rows;
    for (size_t i = 0; i < list->v.n; i++)
        INC_PUSH(c->cx, &copy.u.list->v, list->v.items[i]);
    incval_rows *rows = incfe_rows_flush(c->in->g, copy.u.list);
    if (rows->item.kind == INCFE_TEXT)
        return c->n == 2 && c->args[1].kind == INCVAL_STR ? rows : NULL;
    bool is_plain = rows->n_leaves == 1 && rows->leaves[0]->rank == 1 &&
                    (rows->item.kind == INCFE_INT || rows->item.kind == INCFE_FLOAT ||
                     rows->leaves[0]->dtype == INCDT_BOOL);
    return is_plain ? rows : NULL;
}

static incval call(incts_builtin_call *c, const char *name, incval v)
{
    return incts_call_operator(c->in, name, &v, 1, NULL, 0);
}

/* Which items are equal to argument 1. */
static incir_value *hits(incts_builtin_call *c, const incval_rows *rows)
{
    incval args[2] = {incval_tensor(incop_box_new(c->cx, rows->leaves[0])), c->args[1]};
    if (rows->item.kind == INCFE_TEXT)
        args[1] =
            incval_int(incsym_int(c->syms, incfe_text_number(c->cx, &rows->item, c->args[1].u.s)));
    return incop_box_read(c->in->g, incts_call_operator(c->in, "aten::eq", args, 2, NULL, 0).u.t);
}

static bool contains(incts_builtin_call *c)
{
    const incval_rows *rows = computed_numbers(c);
    if (!rows || c->n != 2)
        return false;
    incval any = call(c, "aten::any", incval_tensor(incop_box_new(c->cx, hits(c, rows))));
    return give(c, call(c, "aten::Bool", any));
}

static bool count(incts_builtin_call *c)
{
    const incval_rows *rows = computed_numbers(c);
    if (!rows || c->n != 2)
        return false;
    incval sum = call(c, "aten::sum", incval_tensor(incop_box_new(c->cx, hits(c, rows))));
    return give(c, call(c, "aten::Int", sum));
}

/* Where argument 1 stands first. PyTorch raises when it does not. */
static incval place(incts_builtin_call *c, const incval_rows *rows)
{
    incir_value *hit = emit_cast(c->in->g, hits(c, rows), INCDT_I64);
    incval first = call(c, "aten::argmax", incval_tensor(incop_box_new(c->cx, hit)));
    return call(c, "aten::Int", first);
}

static bool list_index(incts_builtin_call *c)
{
    const incval_rows *rows = computed_numbers(c);
    return rows && c->n == 2 && give(c, place(c, rows));
}

static bool list_remove(incts_builtin_call *c)
{
    const incval_rows *rows = computed_numbers(c);
    if (!rows || c->n != 2)
        return false;
    incval args[2] = {c->args[0], place(c, rows)};
    incts_call_operator(c->in, "aten::pop", args, 2, NULL, 0);
    return give(c, incval_none());
}

/* sort() in place, sorted() of a copy. */
static bool sort(incts_builtin_call *c)
{
    incval_rows *rows = computed_numbers(c);
    if (!rows)
        return false;
    incval reverse = c->n > 1 ? c->args[1] : incval_bool(false);
    for (size_t i = 0; i < c->n_keywords; i++)
        if (strcmp(c->keywords[i].name, "reverse") == 0)
            reverse = c->keywords[i].value;
    incir_value *leaf = rows->leaves[0];
    incdtype dtype = leaf->dtype;
    if (dtype == INCDT_BOOL)
        leaf = emit_cast(c->in->g, leaf, INCDT_I64);
    incval args[3] = {incval_tensor(incop_box_new(c->cx, leaf)), incval_int(incsym_int(c->syms, 0)),
                      reverse};
    incval both = incts_call_operator(c->in, "aten::sort", args, 3, NULL, 0);
    if (both.kind != INCVAL_TUPLE)
        return false;
    leaf = incop_box_read(c->in->g, both.u.list->v.items[0].u.t);
    incval_rows *sorted = incfe_rows_of_leaf(c->in->g, rows, emit_cast(c->in->g, leaf, dtype));
    if (strcmp(c->name, "sorted") == 0)
        return give(c, incfe_rows_list(c->cx, sorted));
    incval_list *list = as_list(c);
    incop_record_list(c->in->g, list);
    list->rows = sorted;
    list->v.n = 0;
    return give(c, c->args[0]);
}

/* any() and all() of a list of numbers. */
static bool truths(incts_builtin_call *c)
{
    bool is_any = strcmp(c->name, "any") == 0;
    const incval_list *list = as_list(c);
    const incval_rows *rows = computed_numbers(c);
    if (!list)
        return false;
    if (rows) {
        incir_value *leaf = emit_cast(c->in->g, rows->leaves[0], INCDT_BOOL);
        incval v = incval_tensor(incop_box_new(c->cx, leaf));
        return give(c, call(c, "aten::Bool", call(c, is_any ? "aten::any" : "aten::all", v)));
    }
    bool found = false;
    for (size_t i = 0; i < list->v.n; i++) {
        if (!is_number(list->v.items[i]))
            return false;
        found = found || incts_truth(c->in, list->v.items[i]) == is_any;
    }
    return give(c, incval_bool(found == is_any));
}

/* ---- [0] * n ---- */

static incir_value *repeat_leaf(incir_graph *g, incir_value *leaf, void *data)
{
    static const size_t first_axis[] = {0};
    const incsym *times = data, *dims[INCTENSOR_MAX_RANK + 1];
    if (leaf->rank == INCTENSOR_MAX_RANK)
        inc_raise(g->cx, INC_E_LIMIT, "a list of tensors of rank %zu", leaf->rank - 1);
    dims[0] = times;
    for (size_t i = 0; i < leaf->rank; i++)
        dims[i + 1] = leaf->dims[i];
    incir_value *v = emit_unsqueeze(g, leaf, first_axis, 1);
    v = emit_expand(g, v, dims, leaf->rank + 1);
    dims[1] = incsym_mul(g->syms, times, leaf->dims[0]);
    return emit_reshape(g, v, dims + 1, leaf->rank);
}

static bool repeat(incts_builtin_call *c)
{
    incval_list *list = as_list(c);
    if (!list || c->n != 2 || c->args[1].kind != INCVAL_INT ||
        (!list->rows && (list->v.n == 0 || incsym_known(c->args[1].u.i, NULL))))
        return false;
    const incsym *times = incsym_max(c->syms, c->args[1].u.i, incsym_int(c->syms, 0));
    incval copy = incval_list_new(c->cx, INCVAL_LIST);
    copy.u.list->rows = list->rows;
    for (size_t i = 0; i < list->v.n; i++)
        INC_PUSH(c->cx, &copy.u.list->v, list->v.items[i]);
    incval_rows *rows = incfe_rows_flush(c->in->g, copy.u.list);
    return give(c, incfe_rows_list(c->cx, incfe_rows_map(c->in->g, rows, repeat_leaf,
                                                         (void *)(uintptr_t)times)));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::__contains__", contains),
    BUILTIN("aten::all", truths),
    BUILTIN("aten::any", truths),
    BUILTIN("aten::count", count),
    BUILTIN("aten::index", list_index),
    BUILTIN("aten::mul", repeat),
    BUILTIN_STORING("aten::remove", list_remove),
    BUILTIN_STORING("aten::sort", sort),
    BUILTIN("aten::sorted", sort),
};
/* clang-format on */

const incts_builtins incts_builtins_search = {rows, INC_COUNT(rows)};
