/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on numbers and sizes. */
#include "frontend/torchscript/builtins.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

double incts_builtin_double(incts_builtin_call *c, incval v)
{
    static const incts_type float_type = {.kind = INCTS_TYPE_FLOAT};
    if (v.kind == INCVAL_TENSOR)
        v = incts_tensor_number(c->in, v);
    return v.kind == INCVAL_FLOAT ? v.u.f : incts_coerce(c->in, v, &float_type).u.f;
}

static bool float_arithmetic(incts_builtin_call *c, double a, double b)
{
    const char *name = c->name;
    double r;
    if (strcmp(name, "add") == 0)
        r = a + b;
    else if (strcmp(name, "sub") == 0)
        r = a - b;
    else if (strcmp(name, "mul") == 0)
        r = a * b;
    else if (strcmp(name, "div") == 0)
        r = a / b;
    else if (strcmp(name, "floordiv") == 0)
        r = floor(a / b);
    else if (strcmp(name, "pow") == 0)
        r = pow(a, b);
    else if (strcmp(name, "fmod") == 0)
        r = fmod(a, b);
    else {
        r = fmod(a, b);
        if (r != 0 && (r < 0) != (b < 0))
            r += b;
    }
    return give(c, incval_float(r));
}

bool incts_is_computed(incts_interp *in, incval v)
{
    if (v.kind == INCVAL_INT)
        return !incsym_known(v.u.i, NULL);
    if (v.kind != INCVAL_TENSOR)
        return false;
    const incir_value *t = incop_box_read(in->g, v.u.t);
    return t->rank == 0 && (t->kind == INCIR_RESULT || t->kind == INCIR_INPUT) &&
           (t->dtype == INCDT_BOOL || (t->is_number && incdtype_is_float(t->dtype)));
}

bool incts_any_computed(const incts_builtin_call *c)
{
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        bool computed = incts_is_computed(c->in, c->args[i]);
        if (!computed && !is_number(c->args[i]))
            return false;
        any = any || computed;
    }
    return any;
}

bool incts_compute(incts_builtin_call *c, incfe_op op)
{
    incfe_number *numbers = INC_NEW_N(c->cx, incfe_number, c->n);
    for (size_t i = 0; i < c->n; i++)
        numbers[i] = incfe_number_of(c->in->g, c->args[i], c->name);
    return give(c, incfe_number_value(c->in->g, incfe_compute(c->in->g, op, numbers, c->n)));
}

static bool compute_arithmetic(incts_builtin_call *c)
{
    static const struct {
        const char *name;
        incfe_op op;
    } ops[] = {
        {"add", INCFE_OP_ADD},           {"sub", INCFE_OP_SUB},
        {"mul", INCFE_OP_MUL},           {"div", INCFE_OP_TRUEDIV},
        {"floordiv", INCFE_OP_FLOORDIV}, {"floor_divide", INCFE_OP_FLOORDIV},
        {"remainder", INCFE_OP_MOD},     {"__lshift__", INCFE_OP_LSHIFT},
        {"pow", INCFE_OP_POW},           {"__rshift__", INCFE_OP_RSHIFT},
    };
    for (size_t i = 0; i < INC_COUNT(ops); i++)
        if (strcmp(ops[i].name, c->name) == 0) {
            incts_compute(c, ops[i].op);
            if (ops[i].op != INCFE_OP_POW)
                return true;
            incts_builtin_call power = *c; /* a float, of ints too */
            power.args = &c->result;
            power.n = 1;
            incts_compute(&power, INCFE_OP_TO_FLOAT);
            return give(c, power.result);
        }
    return false;
}

/* A bool tensor, which has arithmetic of its own. Python's bools have none in TorchScript. */
static bool is_truth(incts_builtin_call *c, incval v)
{
    return v.kind == INCVAL_TENSOR && incop_box_read(c->in->g, v.u.t)->dtype == INCDT_BOOL;
}

static bool do_arithmetic(incts_builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    if (incts_any_computed(c) && !is_truth(c, a) && !is_truth(c, b) &&
        (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT || a.kind == INCVAL_TENSOR ||
         b.kind == INCVAL_TENSOR || strcmp(c->name, "div") == 0 || strcmp(c->name, "pow") == 0))
        return compute_arithmetic(c);
    if (a.kind == INCVAL_STR && b.kind == INCVAL_STR && strcmp(c->name, "add") == 0)
        return give(c, incval_str(inc_printf(c->cx, "%s%s", a.u.s, b.u.s)));
    if (!is_number(a) || !is_number(b))
        return false;
    if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT || strcmp(c->name, "div") == 0 ||
        strcmp(c->name, "pow") == 0) { /* a float, of ints too */
        double y = incts_builtin_double(c, b);
        return float_arithmetic(c, incts_builtin_double(c, a), y);
    }
    const incsym *x = as_sym(c, a), *y = as_sym(c, b);
    if (strcmp(c->name, "add") == 0)
        return give(c, incval_int(incsym_add(c->syms, x, y)));
    if (strcmp(c->name, "sub") == 0)
        return give(c, incval_int(incsym_sub(c->syms, x, y)));
    if (strcmp(c->name, "mul") == 0)
        return incts_compute(c, INCFE_OP_MUL);
    if (strcmp(c->name, "floordiv") == 0 || strcmp(c->name, "floor_divide") == 0)
        return give(c, incval_int(incsym_floordiv(c->syms, x, y)));
    if (strcmp(c->name, "fmod") == 0)
        return false;
    return give(c, incval_int(incsym_mod(c->syms, x, y)));
}

static bool do_shift(incts_builtin_call *c)
{
    if (c->n != 2 || (!incts_any_computed(c) && !(is_number(c->args[0]) && is_number(c->args[1]))))
        return false;
    return incts_compute(c, c->name[2] == 'l' ? INCFE_OP_LSHIFT : INCFE_OP_RSHIFT);
}

/* (a // b, a % b) */
static bool do_divmod(incts_builtin_call *c)
{
    static const char *const names[] = {"floordiv", "remainder"};
    if (c->n != 2)
        return false;
    incval pair = incval_list_new(c->cx, INCVAL_TUPLE);
    for (size_t i = 0; i < 2; i++) {
        incts_builtin_call part = *c;
        part.name = names[i];
        if (!do_arithmetic(&part))
            return false;
        INC_PUSH(c->cx, &pair.u.list->v, part.result);
    }
    return give(c, pair);
}

static bool do_neg(incts_builtin_call *c)
{
    if (c->n == 1 && c->args[0].kind == INCVAL_TENSOR && incts_any_computed(c))
        return incts_compute(c, INCFE_OP_NEG);
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    if (c->args[0].kind == INCVAL_FLOAT)
        return give(c, incval_float(-c->args[0].u.f));
    return give(c, incval_int(incsym_neg(c->syms, as_sym(c, c->args[0]))));
}

static bool do_abs(incts_builtin_call *c)
{
    if (c->n == 1 && c->args[0].kind == INCVAL_TENSOR && incts_any_computed(c))
        return incts_compute(c, INCFE_OP_ABS);
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    if (c->args[0].kind == INCVAL_FLOAT)
        return give(c, incval_float(fabs(c->args[0].u.f)));
    const incsym *x = as_sym(c, c->args[0]);
    return give(c, incval_int(incsym_max(c->syms, x, incsym_neg(c->syms, x))));
}

/* floor, ceil and trunc of a float give an int; the others a float. */
typedef struct function {
    const char *name;
    double (*f)(double);
    const char *op_type; /* of ONNX; NULL: none */
} function;

static const function functions[] = {
    {"sqrt", sqrt, "Sqrt"}, {"exp", exp, "Exp"},     {"log", log, "Log"},
    {"log2", log2, NULL},   {"log10", log10, NULL},  {"log1p", log1p, NULL},
    {"sin", sin, "Sin"},    {"cos", cos, "Cos"},     {"tan", tan, "Tan"},
    {"asin", asin, "Asin"}, {"acos", acos, "Acos"},  {"atan", atan, "Atan"},
    {"sinh", sinh, "Sinh"}, {"cosh", cosh, "Cosh"},  {"tanh", tanh, "Tanh"},
    {"expm1", expm1, NULL}, {"fabs", fabs, "Abs"},   {"erf", erf, "Erf"},
    {"erfc", erfc, NULL},   {"gamma", tgamma, NULL}, {"lgamma", lgamma, NULL},
};

static bool do_rounding(incts_builtin_call *c)
{
    static const struct {
        const char *name;
        incfe_op op;
    } ops[] = {{"floor", INCFE_OP_FLOOR},
               {"ceil", INCFE_OP_CEIL},
               {"round", INCFE_OP_ROUND},
               {"trunc", INCFE_OP_TRUNC}};
    if (c->n != 1 || (!incts_any_computed(c) && !is_number(c->args[0])))
        return false;
    double known = c->args[0].kind == INCVAL_FLOAT ? c->args[0].u.f : 0;
    for (size_t i = 0; i < INC_COUNT(ops); i++) {
        if (strcmp(ops[i].name, c->name) != 0)
            continue;
        bool is_round = ops[i].op == INCFE_OP_ROUND;
        if (!(fabs(known) < 9e18))
            return is_round && give(c, c->args[0]);
        incts_compute(c, ops[i].op);
        if (!is_round)
            return true;
        incts_builtin_call rounded = *c;
        rounded.args = &c->result;
        incts_compute(&rounded, INCFE_OP_TO_FLOAT);
        return give(c, rounded.result);
    }
    return false;
}

static bool do_math(incts_builtin_call *c)
{
    bool computed = incts_any_computed(c);
    if (c->n != 1 || (!computed && !is_number(c->args[0])))
        return false;
    for (size_t i = 0; i < INC_COUNT(functions); i++) {
        const function *f = &functions[i];
        if (strcmp(f->name, c->name) != 0)
            continue;
        if (!computed || !f->op_type)
            return give(c, incval_float(f->f(incts_builtin_double(c, c->args[0]))));
        incfe_number a = incfe_number_of(c->in->g, c->args[0], c->name);
        a = incfe_number_function(c->in->g, f->op_type, f->f, &a);
        return give(c, incfe_number_value(c->in->g, a));
    }
    return false;
}

/* any(), all() and sum() of a list. */
static bool do_reduce_list(incts_builtin_call *c)
{
    if (c->n < 1 || !is_sequence(c->args[0]))
        return false;
    const incval_list *list = c->args[0].u.list;
    inc_work(c->cx, list->v.n * (strcmp(c->name, "sum") == 0 ? 60 : 4));
    for (size_t i = 0; i < list->v.n; i++)
        if (!is_number(list->v.items[i]) && !incts_is_computed(c->in, list->v.items[i]))
            return false;
    if (strcmp(c->name, "sum") == 0) {
        incval total = incval_int(incsym_int(c->syms, 0));
        for (size_t i = 0; i < list->v.n; i++) {
            incval pair[2] = {total, list->v.items[i]};
            incts_builtin_call add = {
                .in = c->in, .cx = c->cx, .syms = c->syms, .name = "add", .args = pair, .n = 2};
            do_arithmetic(&add);
            total = add.result;
        }
        return give(c, total);
    }
    bool wanted = strcmp(c->name, "any") == 0, found = false;
    for (size_t i = 0; !found && i < list->v.n; i++)
        found = incts_truth(c->in, list->v.items[i]) == wanted;
    return give(c, incval_bool(found == wanted));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::__lshift__", do_shift),
    BUILTIN("aten::__rshift__", do_shift),
    BUILTIN("aten::abs", do_abs),
    BUILTIN("aten::acos", do_math),
    BUILTIN("aten::add", do_arithmetic),
    BUILTIN("aten::all", do_reduce_list),
    BUILTIN("aten::any", do_reduce_list),
    BUILTIN("aten::asin", do_math),
    BUILTIN("aten::atan", do_math),
    BUILTIN("aten::ceil", do_rounding),
    BUILTIN("aten::cos", do_math),
    BUILTIN("aten::cosh", do_math),
    BUILTIN("aten::div", do_arithmetic),
    BUILTIN("aten::divmod", do_divmod),
    BUILTIN("aten::erf", do_math),
    BUILTIN("aten::erfc", do_math),
    BUILTIN("aten::exp", do_math),
    BUILTIN("aten::expm1", do_math),
    BUILTIN("aten::fabs", do_math),
    BUILTIN("aten::floor", do_rounding),
    BUILTIN("aten::floor_divide", do_arithmetic),
    BUILTIN("aten::floordiv", do_arithmetic),
    BUILTIN("aten::fmod", do_arithmetic),
    BUILTIN("aten::gamma", do_math),
    BUILTIN("aten::lgamma", do_math),
    BUILTIN("aten::log", do_math),
    BUILTIN("aten::log10", do_math),
    BUILTIN("aten::log1p", do_math),
    BUILTIN("aten::log2", do_math),
    BUILTIN("aten::mul", do_arithmetic),
    BUILTIN("aten::neg", do_neg),
    BUILTIN("aten::pow", do_arithmetic),
    BUILTIN("aten::remainder", do_arithmetic),
    BUILTIN("aten::round", do_rounding),
    BUILTIN("aten::sin", do_math),
    BUILTIN("aten::sinh", do_math),
    BUILTIN("aten::sqrt", do_math),
    BUILTIN("aten::sub", do_arithmetic),
    BUILTIN("aten::sum", do_reduce_list),
    BUILTIN("aten::tan", do_math),
    BUILTIN("aten::tanh", do_math),
    BUILTIN("aten::trunc", do_rounding),
    BUILTIN("prim::abs", do_abs),
};
/* clang-format on */

const incts_builtins incts_builtins_number = {rows, INC_COUNT(rows)};
