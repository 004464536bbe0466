/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison, logic, min() and max(). */
#include "frontend/torchscript/builtins.h"

#include <math.h>
#include <string.h>

/* ---- comparison ---- */

/* -1, 0 or 1; symbolic sizes are compared as in the example where nothing is certain. */
static int compare_ints(incts_interp *in, const incsym *a, const incsym *b, bool equality)
{
    int equal = incsym_eq(in->g->syms, a, b);
    if (equal == 1)
        return 0;
    if (incsym_lt(in->g->syms, a, b) == 1)
        return -1;
    if (incsym_lt(in->g->syms, b, a) == 1)
        return 1;
    int64_t x = incsym_example(in->g->syms, a), y = incsym_example(in->g->syms, b);
    inc_guess(in->cx, "the model compares the sizes %s and %s%s: decided as for the example inputs",
              incsym_text(in->g->syms, a), incsym_text(in->g->syms, b),
              equality ? " for equality" : "");
    return x < y ? -1 : x > y;
}

static bool equal_items(incts_interp *in, const incval_list *a, const incval_list *b)
{
    bool equal = a->v.n == b->v.n;
    inc_enter(in->cx);
    for (size_t i = 0; equal && i < a->v.n; i++)
        equal = incts_equal(in, a->v.items[i], b->v.items[i]);
    inc_leave(in->cx);
    return equal;
}

static int compare_texts(incts_interp *in, const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same])
        same++;
    inc_work(in->cx, same);
    return (unsigned char)a[same] - (unsigned char)b[same];
}

bool incts_equal(incts_interp *in, incval a, incval b)
{
    incts_step(in);
    if (a.kind == INCVAL_CHOICE || b.kind == INCVAL_CHOICE ||
        ((a.kind == INCVAL_TENSOR || b.kind == INCVAL_TENSOR) && a.kind != INCVAL_NONE &&
         b.kind != INCVAL_NONE && !(a.kind == b.kind && a.u.t == b.u.t)))
        inc_raise(in->cx, INC_E_UNSUPPORTED,
                  "values that the data decides are compared inside of a list, tuple or dict");
    if (is_number(a) && is_number(b)) {
        if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT) {
            incts_builtin_call c = {.in = in, .cx = in->cx, .syms = in->g->syms};
            double x = incts_builtin_double(&c, a);
            return x == incts_builtin_double(&c, b);
        }
        incts_builtin_call c = {.in = in, .cx = in->cx, .syms = in->g->syms};
        return compare_ints(in, as_sym(&c, a), as_sym(&c, b), true) == 0;
    }
    if ((a.kind == INCVAL_STR || a.kind == INCVAL_DEVICE) &&
        (b.kind == INCVAL_STR || b.kind == INCVAL_DEVICE))
        return a.u.s == b.u.s || compare_texts(in, a.u.s, b.u.s) == 0;
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case INCVAL_NONE:
        return true;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return equal_items(in, a.u.list, b.u.list);
    case INCVAL_OBJECT: {
        const incts_object *x = a.u.object, *y = b.u.object;
        if (x->enum_name && y->enum_name)
            return strcmp(x->class_name, y->class_name) == 0 &&
                   strcmp(x->enum_name, y->enum_name) == 0;
        return x == y;
    }
    case INCVAL_TENSOR:
        return a.u.t == b.u.t;
    default:
        return a.u.object == b.u.object;
    }
}

static incfe_op comparison(const char *name)
{
    bool with_equal = name[1] == 'e';
    switch (name[0]) {
    case 'e':
        return INCFE_OP_EQ;
    case 'n':
        return INCFE_OP_NE;
    case 'l':
        return with_equal ? INCFE_OP_LE : INCFE_OP_LT;
    default:
        return with_equal ? INCFE_OP_GE : INCFE_OP_GT;
    }
}

/* Lists of numbers that are computed when the model runs: whether they are equal or not. */
static bool compare_lists(incts_builtin_call *c)
{
    incval result = incval_bool(true), both[2] = {c->args[0], c->args[1]};
    if (!is_sequence(both[0]) || !is_sequence(both[1]) || c->name[1] == 't' || c->name[0] == 'l' ||
        c->name[0] == 'g')
        return false;
    const incval_list *a = both[0].u.list, *b = both[1].u.list;
    bool any = false;
    for (size_t i = 0; i < a->v.n && i < b->v.n; i++) {
        incts_step(c->in);
        incts_builtin_call pair = *c;
        incval items[2] = {a->v.items[i], b->v.items[i]};
        pair.args = items;
        any = any || incts_any_computed(&pair);
    }
    if (!any || a->v.n != b->v.n || a->rows || b->rows)
        return false;
    for (size_t i = 0; i < a->v.n; i++) {
        incval items[2] = {a->v.items[i], b->v.items[i]}, pair[2] = {result};
        pair[1] = incts_call_operator(c->in, "aten::eq", items, 2, NULL, 0);
        result = incts_call_operator(c->in, "aten::__and__", pair, 2, NULL, 0);
    }
    if (c->name[0] == 'n')
        result = incts_call_operator(c->in, "aten::__not__", &result, 1, NULL, 0);
    return give(c, result);
}

static bool do_compare(incts_builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    if (incts_any_computed(c))
        return incts_compute(c, comparison(c->name));
    if (a.kind == INCVAL_TENSOR || b.kind == INCVAL_TENSOR)
        return false;
    if (compare_lists(c))
        return true;
    if (strcmp(c->name, "eq") == 0)
        return give(c, incval_bool(incts_equal(c->in, a, b)));
    if (strcmp(c->name, "ne") == 0)
        return give(c, incval_bool(!incts_equal(c->in, a, b)));
    int order;
    if (a.kind == INCVAL_STR && b.kind == INCVAL_STR) {
        order = compare_texts(c->in, a.u.s, b.u.s);
    } else if (!is_number(a) || !is_number(b)) {
        return false;
    } else if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT) {
        double x = incts_builtin_double(c, a), y = incts_builtin_double(c, b);
        if (isnan(x) || isnan(y))
            return give(c, incval_bool(false));
        order = x < y ? -1 : x > y;
    } else {
        const incsym *x = as_sym(c, a), *y = as_sym(c, b);
        /* "a <= b" may be certain where neither "a < b" nor "a == b" is */
        bool strict = c->name[1] == 't', less = c->name[0] == 'l';
        const incsym *low = less ? x : y, *high = less ? y : x;
        int certain = strict ? incsym_lt(c->syms, low, high) : incsym_le(c->syms, low, high);
        if (certain >= 0)
            return give(c, incval_bool(certain));
        order = compare_ints(c->in, x, y, false);
    }
    bool less = c->name[0] == 'l', strict = c->name[1] == 't';
    return give(c, incval_bool(order == 0 ? !strict : (order < 0) == less));
}

bool incts_builtin_less(incts_builtin_call *c, incval a, incval b)
{
    incts_builtin_call compare = *c;
    incval pair[2] = {a, b};
    compare.name = "lt";
    compare.args = pair;
    compare.n = 2;
    if (!do_compare(&compare))
        inc_raise(c->cx, INC_E_UNSUPPORTED, "%s of %s and %s", c->name, incval_kind_name(a.kind),
                  incval_kind_name(b.kind));
    return compare.result.u.b;
}

static bool do_extreme(incts_builtin_call *c)
{
    bool is_min = strcmp(c->name, "min") == 0;
    const incval *items = c->args;
    size_t n = c->n;
    if (n == 1 && is_sequence(items[0])) {
        n = items[0].u.list->v.n;
        items = items[0].u.list->v.items;
    }
    if (n == 0)
        return false;
    incts_builtin_call all = *c;
    all.args = items;
    all.n = n;
    if (incts_any_computed(&all)) {
        incts_compute(&all, is_min ? INCFE_OP_MIN : INCFE_OP_MAX);
        return give(c, all.result);
    }
    for (size_t i = 0; i < n; i++)
        if (!is_number(items[i]))
            return false;
    incval best = items[0];
    for (size_t i = 1; i < n; i++) {
        if (best.kind == INCVAL_INT && items[i].kind == INCVAL_INT)
            best = incval_int(is_min ? incsym_min(c->syms, best.u.i, items[i].u.i)
                                     : incsym_max(c->syms, best.u.i, items[i].u.i));
        else if (incts_builtin_less(c, items[i], best) == is_min)
            best = items[i];
    }
    return give(c, best);
}

/* ---- truth ---- */

static bool do_not(incts_builtin_call *c)
{
    if (c->n != 1 || c->args[0].kind == INCVAL_UNKNOWN)
        return false;
    if (incts_any_computed(c)) {
        bool answer;
        incir_value *data;
        if (incts_decide(c->in, c->args[0], &answer, &data))
            return give(c, incval_bool(!answer));
        return incts_compute(c, INCFE_OP_NOT);
    }
    return give(c, incval_bool(!incts_truth(c->in, c->args[0])));
}

static bool do_logic(incts_builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    char which = c->name[2]; /* __and__, __or__, __xor__ */
    if (incts_any_computed(c))
        return incts_compute(c, which == 'a'   ? INCFE_OP_AND
                                : which == 'o' ? INCFE_OP_OR
                                               : INCFE_OP_XOR);
    if (a.kind == INCVAL_BOOL && b.kind == INCVAL_BOOL)
        return give(c, incval_bool(which == 'a'   ? a.u.b && b.u.b
                                   : which == 'o' ? a.u.b || b.u.b
                                                  : a.u.b != b.u.b));
    if (a.kind != INCVAL_INT || b.kind != INCVAL_INT)
        return false;
    int64_t x = incts_known_int(c->in, a, "a bit operation's operand");
    int64_t y = incts_known_int(c->in, b, "a bit operation's operand");
    return give_int(c, which == 'a' ? x & y : which == 'o' ? x | y : x ^ y);
}

/* Whether the one that data chooses is None; wanted false: whether it is not. */
static incval choice_is_none(incts_interp *in, incval v, bool wanted)
{
    if (v.kind != INCVAL_CHOICE)
        return incval_bool((v.kind == INCVAL_NONE) == wanted);
    incval yes = choice_is_none(in, incts_resolve(in, v.u.choice->yes), wanted);
    incval no = choice_is_none(in, incts_resolve(in, v.u.choice->no), wanted);
    incval condition = incval_tensor(incop_box_new(in->cx, v.u.choice->condition));
    if (yes.kind == INCVAL_BOOL && no.kind == INCVAL_BOOL) {
        if (yes.u.b == no.u.b)
            return yes;
        return yes.u.b ? condition
                       : incts_call_operator(in, "aten::__not__", &condition, 1, NULL, 0);
    }
    return incts_choose(in, v.u.choice->condition, yes, no);
}

static bool do_is(incts_builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    bool wanted = strcmp(c->name, "__is__") == 0;
    if (a.kind == INCVAL_CHOICE && b.kind == INCVAL_NONE)
        return give(c, choice_is_none(c->in, a, wanted));
    bool same = a.kind == b.kind && (a.kind == INCVAL_NONE || incts_equal(c->in, a, b));
    return give(c, incval_bool(same == wanted));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::__and__", do_logic),
    BUILTIN("aten::__is__", do_is),
    BUILTIN("aten::__isnot__", do_is),
    BUILTIN("aten::__not__", do_not),
    BUILTIN("aten::__or__", do_logic),
    BUILTIN("aten::__xor__", do_logic),
    BUILTIN("aten::eq", do_compare),
    BUILTIN("aten::ge", do_compare),
    BUILTIN("aten::gt", do_compare),
    BUILTIN("aten::le", do_compare),
    BUILTIN("aten::lt", do_compare),
    BUILTIN("aten::ne", do_compare),
    BUILTIN("prim::max", do_extreme),
    BUILTIN("prim::min", do_extreme),
};
/* clang-format on */

const incts_builtins incts_builtins_compare = {rows, INC_COUNT(rows)};
