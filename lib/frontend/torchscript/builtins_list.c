/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: what they hold, and what is done to them. */
#include "frontend/torchscript/builtins.h"

#include <string.h>

#include "base/str.h"
#include "ops/call/block.h"

enum { WORK_PER_ITEM = 4 }; /* moved or looked at */

static void charge(incts_builtin_call *c, size_t n_items)
{
    inc_work(c->cx, n_items * WORK_PER_ITEM);
}

static incval copy_list(incts_builtin_call *c, const incval_list *from, incval_kind kind)
{
    incval list = incval_list_new(c->cx, kind);
    charge(c, from->v.n);
    INC_RESERVE(c->cx, &list.u.list->v, from->v.n + 1);
    for (size_t i = 0; i < from->v.n; i++)
        INC_PUSH(c->cx, &list.u.list->v, from->v.items[i]);
    return list;
}

static incval shallow_copy(incts_builtin_call *c, incval v)
{
    if (is_sequence(v))
        return copy_list(c, v.u.list, INCVAL_LIST);
    if (v.kind == INCVAL_STR) {
        incval list = incval_list_new(c->cx, INCVAL_LIST);
        for (const char *at = v.u.s; *at; at++)
            INC_PUSH(c->cx, &list.u.list->v, incval_str(inc_strndup(c->cx, at, 1)));
        return list;
    }
    return incts_dict_copy(c, v.u.dict);
}

static bool do_copy(incts_builtin_call *c)
{
    if (c->n != 1 || (!is_sequence(c->args[0]) && c->args[0].kind != INCVAL_DICT &&
                      c->args[0].kind != INCVAL_STR))
        return false;
    if (strcmp(c->name, "list") != 0 && c->args[0].kind == INCVAL_STR)
        return false;
    return give(c, shallow_copy(c, c->args[0]));
}

static int compare_values(incts_builtin_call *c, incval a, incval b)
{
    return incts_builtin_less(c, a, b) ? -1 : incts_builtin_less(c, b, a) ? 1 : 0;
}

static void sort_items(incts_builtin_call *c, incval *items, size_t n, bool reverse)
{
    if (n < 2)
        return;
    inc_work(c->cx, 8 * n * WORK_PER_ITEM); /* a comparison is a call */
    size_t half = n / 2;                    /* merge sort: stable, as Python's */
    sort_items(c, items, half, reverse);
    sort_items(c, items + half, n - half, reverse);
    incval *merged = INC_NEW_N(c->cx, incval, n);
    for (size_t i = 0, j = half, k = 0; k < n; k++) {
        bool left = j == n;
        if (!left && i < half) {
            int order = compare_values(c, items[i], items[j]);
            left = reverse ? order >= 0 : order <= 0;
        }
        merged[k] = left ? items[i++] : items[j++];
    }
    memcpy(items, merged, n * sizeof *items);
}

/* The list that a call is about; NULL when it is about something else. */
static incval_list *as_list(const incts_builtin_call *c)
{
    return c->n >= 1 && c->args[0].kind == INCVAL_LIST ? c->args[0].u.list : NULL;
}

/* The same, to be changed. */
static incval_list *list_to_change(const incts_builtin_call *c)
{
    incval_list *list = as_list(c);
    if (list)
        incop_record_list(c->in->g, list);
    return list;
}

static incval arg_or_none(const incts_builtin_call *c, size_t i)
{
    return i < c->n ? c->args[i] : incval_none();
}

static incval take_out(incts_builtin_call *c, incval_list *list, size_t at)
{
    charge(c, list->v.n - at);
    incval item = list->v.items[at];
    memmove(&list->v.items[at], &list->v.items[at + 1],
            (list->v.n - at - 1) * sizeof *list->v.items);
    list->v.n--;
    return item;
}

static bool list_append(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list)
        return false;
    incts_step(c->in);
    INC_PUSH(c->cx, &list->v, arg_or_none(c, 1));
    return give(c, c->args[0]);
}

static bool list_extend(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list || !is_sequence(arg_or_none(c, 1)))
        return false;
    const incval_list *more = c->args[1].u.list;
    size_t n = more->v.n; /* a list may be extended by itself */
    for (size_t i = 0; i < n; i++) {
        incts_step(c->in);
        INC_PUSH(c->cx, &list->v, more->v.items[i]);
    }
    return give(c, c->args[0]);
}

static bool list_add(incts_builtin_call *c)
{
    const incval_list *list = as_list(c);
    if (!list || !is_sequence(arg_or_none(c, 1)))
        return false;
    const incval_list *more = c->args[1].u.list;
    incval sum = copy_list(c, list, INCVAL_LIST);
    charge(c, more->v.n);
    for (size_t i = 0; i < more->v.n; i++)
        INC_PUSH(c->cx, &sum.u.list->v, more->v.items[i]);
    return give(c, sum);
}

static bool list_mul(incts_builtin_call *c)
{
    const incval_list *list = as_list(c);
    if (!list)
        return false;
    int64_t times = incts_known_int(c->in, arg_or_none(c, 1), "the repetition of a list");
    incval product = incval_list_new(c->cx, INCVAL_LIST);
    for (int64_t k = 0; list->v.n && k < times; k++)
        for (size_t i = 0; i < list->v.n; i++) {
            incts_step(c->in);
            INC_PUSH(c->cx, &product.u.list->v, list->v.items[i]);
        }
    return give(c, product);
}

static bool list_insert(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list || c->n != 3)
        return false;
    int64_t at =
        incts_clamp_bound(incts_known_int(c->in, c->args[1], "an index"), (int64_t)list->v.n);
    charge(c, list->v.n - (size_t)at);
    INC_PUSH(c->cx, &list->v, c->args[2]);
    memmove(&list->v.items[at + 1], &list->v.items[at],
            (list->v.n - 1 - (size_t)at) * sizeof *list->v.items);
    list->v.items[at] = c->args[2];
    return give(c, incval_none());
}

/* pop(), and del of an item. */
static bool list_pop(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list)
        return false;
    incval last = incval_int(incsym_int(c->syms, -1));
    return give(
        c, take_out(c, list, incts_wrap_index(c->in, c->n > 1 ? c->args[1] : last, list->v.n)));
}

static bool list_clear(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list)
        return false;
    list->v.n = 0;
    return give(c, incval_none());
}

static bool list_reverse(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list)
        return false;
    charge(c, list->v.n);
    for (size_t i = 0, j = list->v.n; i + 1 < j; i++) {
        incval swap = list->v.items[i];
        list->v.items[i] = list->v.items[--j];
        list->v.items[j] = swap;
    }
    return give(c, incval_none());
}

static bool list_set_item(incts_builtin_call *c)
{
    const incval_list *before = as_list(c);
    if (!before || c->n != 3)
        return false;
    incval v = c->args[2], old = before->v.items[incts_wrap_index(c->in, c->args[1], before->v.n)];
    if (v.kind == INCVAL_TENSOR && old.kind == INCVAL_TENSOR && v.u.t == old.u.t)
        return give(c, c->args[0]); /* l[i] += x: it is there */
    incval_list *list = list_to_change(c);
    list->v.items[incts_wrap_index(c->in, c->args[1], list->v.n)] = c->args[2];
    return give(c, c->args[0]);
}

/* Where value first stands; raises when it is not there. */
static size_t index_in(incts_builtin_call *c, const incval_list *list, incval value)
{
    for (size_t i = 0; i < list->v.n; i++)
        if (incts_equal(c->in, list->v.items[i], value))
            return i;
    inc_raise(c->cx, INC_E_FORMAT, "a value is not in the list it is looked up in");
}

static bool list_index(incts_builtin_call *c)
{
    const incval_list *list = as_list(c);
    return list && give_int(c, (int64_t)index_in(c, list, arg_or_none(c, 1)));
}

static bool list_remove(incts_builtin_call *c)
{
    incval_list *list = list_to_change(c);
    if (!list)
        return false;
    take_out(c, list, index_in(c, list, arg_or_none(c, 1)));
    return give(c, incval_none());
}

static bool list_count(incts_builtin_call *c)
{
    const incval_list *list = as_list(c);
    if (!list)
        return false;
    int64_t count = 0;
    for (size_t i = 0; i < list->v.n; i++)
        count += incts_equal(c->in, list->v.items[i], arg_or_none(c, 1));
    return give_int(c, count);
}

/* sort() in place, sorted() of a copy. */
static bool list_sort(incts_builtin_call *c)
{
    const incval_list *list = as_list(c);
    if (!list)
        return false;
    incval second = arg_or_none(c, 1);
    for (size_t i = 0; i < c->n_keywords; i++)
        if (strcmp(c->keywords[i].name, "reverse") == 0)
            second = c->keywords[i].value;
    bool reverse = second.kind == INCVAL_BOOL && second.u.b;
    charge(c, list->v.n);
    for (size_t i = 0; i < list->v.n; i++)
        if (!is_number(list->v.items[i]) && list->v.items[i].kind != INCVAL_STR)
            return false;
    bool is_copy = strcmp(c->name, "sorted") == 0;
    if (!is_copy)
        incop_record_list(c->in->g, c->args[0].u.list);
    incval sorted = is_copy ? copy_list(c, list, INCVAL_LIST) : c->args[0];
    sort_items(c, sorted.u.list->v.items, sorted.u.list->v.n, reverse);
    return give(c, sorted);
}

static bool do_contains(incts_builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval where = c->args[0], what = c->args[1];
    if (where.kind == INCVAL_DICT)
        return give(c, incts_dict_has(c->in, where.u.dict, what));
    if (where.kind == INCVAL_STR && what.kind == INCVAL_STR)
        return give(c, incval_bool(incts_find_text(c->in, where.u.s, what.u.s) != NULL));
    if (!is_sequence(where))
        return false;
    bool found = false;
    for (size_t i = 0; !found && i < where.u.list->v.n; i++)
        found = incts_equal(c->in, where.u.list->v.items[i], what);
    return give(c, incval_bool(found));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN_STORING("aten::Delete", list_pop),
    BUILTIN("aten::__contains__", do_contains),
    BUILTIN_STORING("aten::_set_item", list_set_item),
    BUILTIN_STORING("aten::add", list_add),
    BUILTIN_STORING("aten::add_", list_extend),
    BUILTIN_STORING("aten::append", list_append),
    BUILTIN_STORING("aten::clear", list_clear),
    BUILTIN("aten::copy", do_copy),
    BUILTIN_STORING("aten::count", list_count),
    BUILTIN_STORING("aten::extend", list_extend),
    BUILTIN_STORING("aten::index", list_index),
    BUILTIN_STORING("aten::insert", list_insert),
    BUILTIN("aten::list", do_copy),
    BUILTIN_STORING("aten::mul", list_mul),
    BUILTIN_STORING("aten::pop", list_pop),
    BUILTIN_STORING("aten::remove", list_remove),
    BUILTIN_STORING("aten::reverse", list_reverse),
    BUILTIN_STORING("aten::sort", list_sort),
    BUILTIN_STORING("aten::sorted", list_sort),
};
/* clang-format on */

const incts_builtins incts_builtins_list = {rows, INC_COUNT(rows)};
