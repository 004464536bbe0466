/* SPDX-License-Identifier: Apache-2.0 */
/* Dicts: what they hold, and what is done to them. A key may be one that data decides; and an entry
 * may be there or not, as data decides: its value then is a choice with INCVAL_ABSENT. */
#include "frontend/torchscript/builtins.h"

#include <string.h>

#include "ops/call/block.h"

/* ---- looked up ---- */

/* Whether only the data or a dynamic size tells which key it is. */
static bool is_found_at_run_time(incts_interp *in, incval key)
{
    if (key.kind == INCVAL_TENSOR) {
        incir_value *t = incop_box_read(in->g, key.u.t);
        return !incir_is_constant(t) && t->is_number;
    }
    return key.kind == INCVAL_INT && !incsym_known(key.u.i, NULL);
}

static bool may_be_absent(incval v)
{
    return v.kind == INCVAL_CHOICE &&
           (v.u.choice->yes.kind == INCVAL_ABSENT || v.u.choice->no.kind == INCVAL_ABSENT);
}

/* What the entry holds, which is taken to be there: PyTorch raises otherwise. */
static incval present(incval v)
{
    if (!may_be_absent(v))
        return v;
    return v.u.choice->yes.kind == INCVAL_ABSENT ? v.u.choice->no : v.u.choice->yes;
}

/* Whether the entry is there: a bool. */
static incval is_present(incts_interp *in, incval v)
{
    if (!may_be_absent(v))
        return incval_bool(v.kind != INCVAL_ABSENT);
    incir_value *flag = v.u.choice->condition;
    if (v.u.choice->yes.kind == INCVAL_ABSENT)
        flag = incir_emit1(in->g, "Not", flag);
    return incval_tensor(incop_box_new(in->cx, flag));
}

static incval call2(incts_interp *in, const char *name, incval a, incval b)
{
    incval args[2] = {a, b};
    return incts_call_operator(in, name, args, 2, NULL, 0);
}

/* condition ? yes : no. */
static incval choose(incts_interp *in, incval condition, incval yes, incval no)
{
    bool answer;
    incir_value *data = NULL;
    if (incts_decide(in, condition, &answer, &data))
        return answer ? yes : no;
    return incts_choose(in, data, yes, no);
}

/* The value at the key, or else; absent (else NULL): the key is taken to be there. */
static incval look_up(incts_interp *in, incval_dict *d, incval key, const incval *otherwise)
{
    incval v = incval_none();
    if (!is_found_at_run_time(in, key)) {
        bool found = incval_dict_get(d, key, &v);
        v = incts_resolve(in, v);
        if (found && v.kind != INCVAL_ABSENT)
            return otherwise ? choose(in, is_present(in, v), present(v), *otherwise) : present(v);
        if (otherwise)
            return *otherwise;
        in->raised = true;
        inc_raise(in->cx, INC_E_FORMAT, "a dict has no such key%s%s",
                  key.kind == INCVAL_STR ? ": " : "", key.kind == INCVAL_STR ? key.u.s : "");
    }
    size_t n = incval_dict_count(d);
    if (n == 0 && !otherwise) {
        in->raised = true;
        inc_raise(in->cx, INC_E_FORMAT, "an empty dict has no key");
    }
    incval result = otherwise ? *otherwise : incval_none();
    for (size_t i = 0; i < n; i++) {
        incval other, value;
        incts_step(in);
        incval_dict_at(d, i, &other, &value);
        incval hit = call2(in, "aten::eq", key, other);
        if (may_be_absent(value))
            hit = call2(in, "aten::__and__", hit, is_present(in, value));
        result = i == 0 && !otherwise ? present(value) : choose(in, hit, present(value), result);
    }
    return result;
}

incval incts_dict_at(incts_interp *in, incval_dict *d, incval key)
{
    return look_up(in, d, key, NULL);
}

incval incts_dict_has(incts_interp *in, incval_dict *d, incval key)
{
    incval v, result = incval_bool(false);
    if (!is_found_at_run_time(in, key))
        return incval_dict_get(d, key, &v) ? is_present(in, incts_resolve(in, v)) : result;
    for (size_t i = 0; i < incval_dict_count(d); i++) {
        incval other;
        incts_step(in);
        incval_dict_at(d, i, &other, &v);
        incval hit = call2(in, "aten::eq", key, other);
        if (may_be_absent(v))
            hit = call2(in, "aten::__and__", hit, is_present(in, v));
        result = i == 0 ? hit : call2(in, "aten::__or__", result, hit);
    }
    return result;
}

incval incts_dict_length(incts_interp *in, incval_dict *d)
{
    incval n = incval_int(incsym_int(in->g->syms, (int64_t)incval_dict_count(d)));
    for (size_t i = 0; i < incval_dict_count(d); i++) {
        incval key, value;
        incts_step(in);
        incval_dict_at(d, i, &key, &value);
        if (!may_be_absent(value))
            continue;
        incval there = is_present(in, value);
        incval one = incval_int(incsym_int(in->g->syms, 1));
        n = call2(in, "aten::sub", n, one);
        n = call2(in, "aten::add", n, incts_call_operator(in, "aten::Int", &there, 1, NULL, 0));
    }
    return n;
}

/* ---- changed ---- */

/* The dict that a call is about; NULL when it is about something else. */
static incval_dict *as_dict(const incts_builtin_call *c)
{
    return c->n >= 1 && c->args[0].kind == INCVAL_DICT ? c->args[0].u.dict : NULL;
}

static incval arg_or_none(const incts_builtin_call *c, size_t i)
{
    return i < c->n ? c->args[i] : incval_none();
}

/* The same, to be changed; its argument 1 is a key, which has to be known. */
static incval_dict *dict_to_change(const incts_builtin_call *c)
{
    incval_dict *d = as_dict(c);
    if (!d)
        return NULL;
    incop_record_dict(c->in->g, d);
    if (c->n > 1 && is_found_at_run_time(c->in, c->args[1]))
        inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                       "use a tensor in place of the dict, with the key as index",
                       "an entry of a dict is written or taken out whose key the data decides");
    return d;
}

static bool dict_new(incts_builtin_call *c)
{
    return c->n == 0 && give(c, incval_dict_new(c->cx));
}

/* dict() of pairs. */
static bool dict_of_pairs(incts_builtin_call *c)
{
    if (c->n != 1 || !is_sequence(c->args[0]))
        return false;
    const incval_list *pairs = c->args[0].u.list;
    incval dict = incval_dict_new(c->cx);
    for (size_t i = 0; i < pairs->v.n; i++) {
        incval pair = pairs->v.items[i];
        if (!is_sequence(pair) || pair.u.list->v.n != 2)
            inc_raise(c->cx, INC_E_FORMAT, "dict() of items that are no pairs");
        if (is_found_at_run_time(c->in, pair.u.list->v.items[0]))
            inc_raise(c->cx, INC_E_UNSUPPORTED, "a dict is made with a key that the data decides");
        incval_dict_set(c->cx, dict.u.dict, pair.u.list->v.items[0], pair.u.list->v.items[1]);
    }
    return give(c, dict);
}

/* Whether the key would come last if it were set now. */
static bool is_last(incval_dict *d, incval key)
{
    incval last, ignored;
    size_t n = incval_dict_count(d);
    if (n == 0)
        return true;
    incval_dict_at(d, n - 1, &last, &ignored);
    return last.kind == key.kind && (key.kind == INCVAL_STR ? strcmp(last.u.s, key.u.s) == 0
                                                            : last.u.object == key.u.object);
}

/* A key that may be missing keeps its place where it is there, and comes last where not. */
static void set_entry(incts_builtin_call *c, incval_dict *d, incval key, incval value)
{
    incval old;
    if (incval_dict_get(d, key, &old) && may_be_absent(incts_resolve(c->in, old)) &&
        !is_last(d, key))
        incval_dict_set_disordered(d);
    incval_dict_set(c->cx, d, key, value);
}

static bool dict_set_item(incts_builtin_call *c)
{
    incval_dict *d = dict_to_change(c);
    if (!d || c->n != 3)
        return false;
    set_entry(c, d, c->args[1], c->args[2]);
    return give(c, incval_none());
}

static bool dict_get(incts_builtin_call *c)
{
    incval_dict *d = as_dict(c);
    incval otherwise = arg_or_none(c, 2);
    return d && give(c, look_up(c->in, d, arg_or_none(c, 1), &otherwise));
}

static bool dict_setdefault(incts_builtin_call *c)
{
    incval_dict *d = dict_to_change(c);
    if (!d)
        return false;
    incval otherwise = arg_or_none(c, 2), v = look_up(c->in, d, arg_or_none(c, 1), &otherwise);
    set_entry(c, d, arg_or_none(c, 1), v);
    return give(c, v);
}

/* pop(), and del of an item. */
static bool dict_pop(incts_builtin_call *c)
{
    incval_dict *d = dict_to_change(c);
    if (!d)
        return false;
    incval v = look_up(c->in, d, arg_or_none(c, 1), c->n > 2 ? &c->args[2] : NULL);
    incval_dict_remove(d, arg_or_none(c, 1));
    return give(c, v);
}

static void put_all(incts_builtin_call *c, incval_dict *to, incval_dict *from)
{
    for (size_t i = 0; i < incval_dict_count(from); i++) {
        incval key, value, old;
        incts_step(c->in);
        incval_dict_at(from, i, &key, &value);
        if (may_be_absent(value) && incval_dict_get(to, key, &old))
            value = choose(c->in, is_present(c->in, value), present(value), old);
        set_entry(c, to, key, value);
    }
}

incval incts_dict_copy(incts_builtin_call *c, incval_dict *d)
{
    incval dict = incval_dict_new(c->cx);
    if (incval_dict_is_disordered(d))
        incval_dict_set_disordered(dict.u.dict);
    put_all(c, dict.u.dict, d);
    return dict;
}

static bool dict_copy(incts_builtin_call *c)
{
    incval_dict *d = c->n == 1 ? as_dict(c) : NULL;
    return d && give(c, incts_dict_copy(c, d));
}

static bool dict_update(incts_builtin_call *c)
{
    incval_dict *d = as_dict(c);
    if (!d || arg_or_none(c, 1).kind != INCVAL_DICT)
        return false;
    incop_record_dict(c->in->g, d);
    put_all(c, d, c->args[1].u.dict);
    return give(c, incval_none());
}

static bool dict_clear(incts_builtin_call *c)
{
    incval_dict *d = as_dict(c);
    if (!d)
        return false;
    incop_record_dict(c->in->g, d);
    while (incval_dict_count(d)) {
        incval key, value;
        incts_step(c->in);
        incval_dict_at(d, 0, &key, &value);
        incval_dict_remove(d, key);
    }
    return give(c, incval_none());
}

/* keys(), values() and items(). */
static bool dict_list(incts_builtin_call *c)
{
    incval_dict *d = as_dict(c);
    if (!d)
        return false;
    bool keys = strcmp(c->name, "keys") == 0, values = strcmp(c->name, "values") == 0;
    if (incval_dict_is_disordered(d))
        inc_raise_hint(c->cx, INC_E_UNSUPPORTED, "set the keys of the dict in one order",
                       "%s() of a dict whose keys come in an order that the data decides", c->name);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < incval_dict_count(d); i++) {
        incval key, value;
        incts_step(c->in);
        incval_dict_at(d, i, &key, &value);
        value = incts_resolve(c->in, value);
        if (value.kind == INCVAL_ABSENT)
            continue;
        incval item = keys ? key : present(value);
        if (!keys && !values) {
            item = incval_list_new(c->cx, INCVAL_TUPLE);
            INC_PUSH(c->cx, &item.u.list->v, key);
            INC_PUSH(c->cx, &item.u.list->v, present(value));
        }
        if (may_be_absent(value))
            incts_append_where(c->in, incop_box_read(c->in->g, is_present(c->in, value).u.t), list,
                               item);
        else
            INC_PUSH(c->cx, &list.u.list->v, item);
    }
    return give(c, list);
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN_STORING("aten::Delete", dict_pop),
    BUILTIN_STORING("aten::_set_item", dict_set_item),
    BUILTIN_STORING("aten::clear", dict_clear),
    BUILTIN_STORING("aten::dict", dict_new),
    BUILTIN("aten::dict", dict_of_pairs),
    BUILTIN("aten::dict", dict_copy),
    BUILTIN_STORING("aten::get", dict_get),
    BUILTIN_STORING("aten::items", dict_list),
    BUILTIN_STORING("aten::keys", dict_list),
    BUILTIN_STORING("aten::pop", dict_pop),
    BUILTIN_STORING("aten::setdefault", dict_setdefault),
    BUILTIN_STORING("aten::update", dict_update),
    BUILTIN_STORING("aten::values", dict_list),
};
/* clang-format on */

const incts_builtins incts_builtins_dict = {rows, INC_COUNT(rows)};
