/* SPDX-License-Identifier: Apache-2.0 */
/* The rest of the language's operators, and how one is found. */
#include "frontend/torchscript/builtins.h"
#include "frontend/rows.h"

#include <string.h>

#include "base/str.h"

static bool do_raise(incts_builtin_call *c)
{
    c->in->raised = true;
    const char *message = c->n && c->args[0].kind == INCVAL_STR ? c->args[0].u.s : "";
    inc_raise(c->cx, INC_E_INPUT, "the model raises an exception for these inputs: %s",
              incstr_shown(c->cx, message, strlen(message), 300));
}

static bool do_same(incts_builtin_call *c)
{
    return c->n >= 1 && give(c, c->args[0]);
}

static bool do_nothing(incts_builtin_call *c)
{
    return give(c, incval_none());
}

static bool do_false(incts_builtin_call *c)
{
    return give(c, incval_bool(false));
}

static bool do_is_quantized(incts_builtin_call *c)
{
    return give(c, incval_bool(c->n == 1 && c->args[0].kind == INCVAL_TENSOR &&
                               incop_box_quant(c->args[0].u.t) != NULL));
}

static bool do_true(incts_builtin_call *c)
{
    return give(c, incval_bool(true));
}

static bool do_enum(incts_builtin_call *c)
{
    if (c->n != 1 || c->args[0].kind != INCVAL_OBJECT)
        return false;
    const incts_object *o = c->args[0].u.object;
    if (!o->enum_name)
        return false;
    return give(c, strcmp(c->name, "EnumName") == 0 ? incval_str(o->enum_name) : o->enum_value);
}

static bool do_unwrap(incts_builtin_call *c)
{
    if (c->n != 1)
        return false;
    incval v = c->args[0];
    if (v.kind == INCVAL_NONE) {
        c->in->raised = true;
        inc_raise(c->cx, INC_E_FORMAT, "None where the model needs a value");
    }
    if (v.kind == INCVAL_CHOICE && v.u.choice->yes.kind == INCVAL_NONE)
        v = v.u.choice->no;
    else if (v.kind == INCVAL_CHOICE && v.u.choice->no.kind == INCVAL_NONE)
        v = v.u.choice->yes;
    return give(c, v);
}

static bool do_device(incts_builtin_call *c)
{
    if (c->n == 1 && c->args[0].kind == INCVAL_STR)
        return give(c, incval_device(c->args[0].u.s));
    return c->n == 1 && c->args[0].kind == INCVAL_TENSOR && give(c, incval_device("cpu"));
}

/* A device's kind: "cuda" of "cuda:0". */
static bool do_type(incts_builtin_call *c)
{
    if (c->n != 1 || c->args[0].kind != INCVAL_DEVICE)
        return false;
    const char *s = c->args[0].u.s;
    return give(c, incval_str(inc_strndup(c->in->cx, s, strcspn(s, ":"))));
}

static bool do_if_then_else(incts_builtin_call *c)
{
    bool answer;
    incir_value *data;
    if (c->n != 3)
        return false;
    if (incts_decide(c->in, c->args[0], &answer, &data))
        return give(c, c->args[answer ? 1 : 2]);
    return give(c, incts_choose(c->in, data, c->args[1], c->args[2]));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::_unwrap_optional", do_unwrap),
    BUILTIN("aten::device", do_device),
    BUILTIN("aten::has_torch_function", do_false),
    BUILTIN("aten::is_autocast_cpu_enabled", do_false),
    BUILTIN("aten::is_autocast_enabled", do_false),
    BUILTIN("aten::is_grad_enabled", do_false),
    BUILTIN("aten::is_scripting", do_true),
    BUILTIN("aten::manual_seed", do_nothing),
    BUILTIN("aten::set_grad_enabled", do_nothing),
    BUILTIN("aten::warn", do_nothing),
    BUILTIN("prim::EnumName", do_enum),
    BUILTIN("prim::EnumValue", do_enum),
    BUILTIN("prim::IfThenElse", do_if_then_else),
    BUILTIN("prim::Print", do_nothing),
    BUILTIN("prim::RaiseException", do_raise),
    BUILTIN("prim::TupleUnpack", do_same),
    BUILTIN("prim::awaitable_wait", do_same),
    BUILTIN("prim::device", do_device),
    BUILTIN("prim::grad", do_nothing),
    BUILTIN("prim::is_cuda", do_false),
    BUILTIN("prim::is_meta", do_false),
    BUILTIN("prim::is_mkldnn", do_false),
    BUILTIN("prim::is_mps", do_false),
    BUILTIN("prim::is_nested", do_false),
    BUILTIN("prim::is_quantized", do_is_quantized),
    BUILTIN("prim::is_sparse", do_false),
    BUILTIN("prim::is_xla", do_false),
    BUILTIN("prim::is_xpu", do_false),
    BUILTIN("prim::requires_grad", do_false),
    BUILTIN("prim::type", do_type),
    BUILTIN("prim::unchecked_cast", do_same),
    BUILTIN("prim::unchecked_unwrap_optional", do_unwrap),
    BUILTIN("prim::wait", do_same),
};
/* clang-format on */

const incts_builtins incts_builtins_rest = {rows, INC_COUNT(rows)};

/* The first row of that name, or the table's end. */
static size_t first_row(const incts_builtins *table, const char *name)
{
    size_t low = 0, high = table->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(table->rows[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_row(const incts_builtins *table, size_t i, const char *name)
{
    return i < table->n && strcmp(table->rows[i].name, name) == 0;
}

/* What could not be computed spreads, except where it is only put into something. */
static bool spreads(const incts_builtin_row *row, const incval *args, size_t n_args)
{
    if (row->stores && n_args > 0 && args[0].kind != INCVAL_UNKNOWN)
        return false;
    for (size_t i = 0; i < n_args; i++)
        if (args[i].kind == INCVAL_UNKNOWN)
            return true;
    return false;
}

static bool has_rows(const incval *args, size_t n_args)
{
    for (size_t i = 0; i < n_args; i++)
        if ((args[i].kind == INCVAL_LIST || args[i].kind == INCVAL_TUPLE) && args[i].u.list->rows)
            return true;
    return false;
}

/* What takes or gives values of any kind, without looking at them. */
static bool only_carries(const char *name)
{
    static const char *const names[] = {
        "aten::_unwrap_optional", "prim::unchecked_cast", "prim::unchecked_unwrap_optional",
        "aten::__is__",           "aten::__isnot__",      "prim::Print"};
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Whether an operator on a list is given a position that is found when the model runs. */
static bool indexes_by_data(const char *name, incval position)
{
    static const char *const names[] = {"aten::_set_item", "aten::insert", "aten::pop",
                                        "aten::Delete"};
    if (position.kind != INCVAL_INT || incsym_known(position.u.i, NULL))
        return false;
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Whether argument number at is put into a list or dict. */
static bool stores(const char *name, size_t at)
{
    return (at == 1 && strcmp(name, "aten::append") == 0) ||
           (at == 2 && (strcmp(name, "aten::_set_item") == 0 || strcmp(name, "aten::insert") == 0));
}

bool incts_find_choice(const char *name, const incval *args, size_t n_args,
                       const incop_keyword *keywords, size_t n_keywords, size_t *at)
{
    if (only_carries(name))
        return false;
    for (size_t i = 0; i < n_args + n_keywords; i++) {
        incval v = i < n_args ? args[i] : keywords[i - n_args].value;
        *at = i;
        if (v.kind == INCVAL_CHOICE && !stores(name, i))
            return true;
    }
    return false;
}

/* Runs the first row of that name that applies. */
static bool run_first(const incts_builtins *table, incts_builtin_call *c, const char *name)
{
    for (size_t i = first_row(table, name); is_row(table, i, name); i++)
        if (table->rows[i].run(c))
            return true;
    return false;
}

bool incts_builtin(incts_interp *in, const char *name, const incval *args, size_t n_args,
                   const incop_keyword *keywords, size_t n_keywords, incval *result)
{
    static const incts_builtins *const tables[] = {
        &incts_builtins_compare, &incts_builtins_number, &incts_builtins_convert,
        &incts_builtins_text,    &incts_builtins_list,   &incts_builtins_index,
        &incts_builtins_dict,    &incts_builtins_rest,   &incts_builtins_cuts,
    };
    const char *plain = strstr(name, "::");
    incts_builtin_call c = {.in = in,
                            .cx = in->cx,
                            .syms = in->g->syms,
                            .name = plain ? plain + 2 : name,
                            .args = args,
                            .n = n_args,
                            .keywords = keywords,
                            .n_keywords = n_keywords};
    bool is_first = true;
    bool by_data = n_args >= 2 && args[0].kind == INCVAL_LIST && indexes_by_data(name, args[1]);
    if (by_data && n_args == 3 && incts_sets_itself(in, args[0], args[1], args[2])) {
        *result = args[0];
        return true;
    }
    if (by_data)
        incfe_rows_flush(in->g, args[0].u.list);
    if (n_args >= 1 && args[0].kind == INCVAL_LIST && run_first(&incts_builtins_search, &c, name)) {
        *result = c.result;
        return true;
    }
    if (has_rows(args, n_args) && !only_carries(name)) {
        if (run_first(&incts_builtins_rows, &c, name)) {
            *result = c.result;
            return true;
        }
        inc_raise(in->cx, INC_E_UNSUPPORTED,
                  "%s of a list whose length only the data or a dynamic size decides", name);
    }
    for (size_t t = 0; t < INC_COUNT(tables); t++)
        for (size_t i = first_row(tables[t], name); is_row(tables[t], i, name); i++) {
            const incts_builtin_row *row = &tables[t]->rows[i];
            if (is_first && spreads(row, args, n_args)) {
                *result = incval_unknown();
                return true;
            }
            is_first = false;
            if (row->run(&c)) {
                *result = c.result;
                return true;
            }
        }
    return false;
}
