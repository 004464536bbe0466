/* Arithmetic on numbers and sizes, ranges, conversions. */
#include "frontend/torchscript/builtins.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

/* ---- arithmetic ---- */

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

/* A float in TorchScript, whatever the exponent; of a dynamic size, which is only used as one, the
 * expression. */
static bool int_power(incts_builtin_call *c, const incsym *base, const incsym *exponent)
{
    int64_t e;
    if (!incsym_known(exponent, &e) || e < 0 || e > 64 || incsym_known(base, NULL))
        return float_arithmetic(c, incts_builtin_double(c, c->args[0]),
                                incts_builtin_double(c, c->args[1]));
    const incsym *r = incsym_int(c->syms, 1);
    for (int64_t i = 0; i < e; i++)
        r = incsym_mul(c->syms, r, base);
    return give(c, incval_int(r));
}

static bool do_arithmetic(incts_builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    if (a.kind == INCVAL_STR && b.kind == INCVAL_STR && strcmp(c->name, "add") == 0)
        return give(c, incval_str(inc_printf(c->cx, "%s%s", a.u.s, b.u.s)));
    if (!is_number(a) || !is_number(b))
        return false;
    if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT || strcmp(c->name, "div") == 0)
        return float_arithmetic(c, incts_builtin_double(c, a), incts_builtin_double(c, b));
    const incsym *x = as_sym(c, a), *y = as_sym(c, b);
    if (strcmp(c->name, "add") == 0)
        return give(c, incval_int(incsym_add(c->syms, x, y)));
    if (strcmp(c->name, "sub") == 0)
        return give(c, incval_int(incsym_sub(c->syms, x, y)));
    if (strcmp(c->name, "mul") == 0)
        return give(c, incval_int(incsym_mul(c->syms, x, y)));
    if (strcmp(c->name, "pow") == 0)
        return int_power(c, x, y);
    if (strcmp(c->name, "floordiv") == 0 || strcmp(c->name, "floor_divide") == 0)
        return give(c, incval_int(incsym_floordiv(c->syms, x, y)));
    if (strcmp(c->name, "fmod") == 0)
        return false;
    return give(c, incval_int(incsym_mod(c->syms, x, y)));
}

static bool do_neg(incts_builtin_call *c)
{
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    if (c->args[0].kind == INCVAL_FLOAT)
        return give(c, incval_float(-c->args[0].u.f));
    return give(c, incval_int(incsym_neg(c->syms, as_sym(c, c->args[0]))));
}

static bool do_abs(incts_builtin_call *c)
{
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    if (c->args[0].kind == INCVAL_FLOAT)
        return give(c, incval_float(fabs(c->args[0].u.f)));
    const incsym *x = as_sym(c, c->args[0]);
    return give(c, incval_int(incsym_max(c->syms, x, incsym_neg(c->syms, x))));
}

/* floor, ceil and round of a float give an int; the others a float. */
static bool do_math(incts_builtin_call *c)
{
    static const struct {
        const char *name;
        double (*f)(double);
        bool to_int;
    } functions[] = {
        {"floor", floor, true},    {"ceil", ceil, true},    {"round", rint, true},
        {"trunc", trunc, true},    {"sqrt", sqrt, false},   {"exp", exp, false},
        {"log", log, false},       {"log2", log2, false},   {"log10", log10, false},
        {"log1p", log1p, false},   {"sin", sin, false},     {"cos", cos, false},
        {"tan", tan, false},       {"asin", asin, false},   {"acos", acos, false},
        {"atan", atan, false},     {"sinh", sinh, false},   {"cosh", cosh, false},
        {"tanh", tanh, false},     {"expm1", expm1, false}, {"fabs", fabs, false},
        {"erf", erf, false},       {"erfc", erfc, false},   {"gamma", tgamma, false},
        {"lgamma", lgamma, false},
    };
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    for (size_t i = 0; i < INC_COUNT(functions); i++) {
        if (strcmp(functions[i].name, c->name) != 0)
            continue;
        if (functions[i].to_int && c->args[0].kind != INCVAL_FLOAT)
            return give(c, incval_int(as_sym(c, c->args[0])));
        double r = functions[i].f(incts_builtin_double(c, c->args[0]));
        if (functions[i].to_int && fabs(r) < 9e18)
            return give_int(c, (int64_t)r);
        return give(c, incval_float(r));
    }
    return false;
}

/* any(), all() and sum() of a list. */
static bool do_reduce_list(incts_builtin_call *c)
{
    if (c->n < 1 || !is_sequence(c->args[0]))
        return false;
    const incval_list *list = c->args[0].u.list;
    for (size_t i = 0; i < list->v.n; i++)
        if (!is_number(list->v.items[i]))
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

/* ---- ranges ---- */

static bool do_range(incts_builtin_call *c)
{
    int64_t bounds[3] = {0, 0, 1};
    if (c->n < 1 || c->n > 3)
        return false;
    for (size_t i = 0; i < c->n; i++)
        bounds[c->n == 1 ? 1 : i] = incts_known_int(c->in, c->args[i], "a bound of range()");
    if (bounds[2] == 0)
        inc_raise(c->cx, INC_E_FORMAT, "range() with step 0");
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1];) {
        incts_step(c->in);
        INC_PUSH(c->cx, &list.u.list->v, incval_int(incsym_int(c->syms, i)));
        if (__builtin_add_overflow(i, bounds[2], &i))
            break;
    }
    return give(c, list);
}

static bool three_ints(const incts_builtin_call *c)
{
    for (size_t i = 0; i < c->n && i < 3; i++)
        if (c->args[i].kind != INCVAL_INT && c->args[i].kind != INCVAL_BOOL)
            return false;
    return c->n == 3;
}

/* How often a loop over range(start, end, step) runs, which may depend on a size. */
static bool do_range_length(incts_builtin_call *c)
{
    if (!three_ints(c))
        return false;
    const incsym *start = as_sym(c, c->args[0]), *end = as_sym(c, c->args[1]);
    int64_t step = incts_known_int(c->in, c->args[2], "the step of range()");
    if (step == 0 || step == INT64_MIN)
        inc_raise(c->cx, INC_E_FORMAT, "range() with step %lld", (long long)step);
    const incsym *way =
        step > 0 ? incsym_sub(c->syms, end, start) : incsym_sub(c->syms, start, end);
    way = incsym_ceildiv(c->syms, way, incsym_int(c->syms, step > 0 ? step : -step));
    return give(c, incval_int(incsym_max(c->syms, way, incsym_int(c->syms, 0))));
}

/* start + i * step: the variable of that loop in its i-th round. */
static bool do_derive_index(incts_builtin_call *c)
{
    if (!three_ints(c))
        return false;
    const incsym *i = as_sym(c, c->args[0]), *start = as_sym(c, c->args[1]);
    i = incsym_mul(c->syms, i, as_sym(c, c->args[2]));
    return give(c, incval_int(incsym_add(c->syms, start, i)));
}

/* ---- conversions ---- */

static bool do_convert(incts_builtin_call *c)
{
    if (c->n != 1)
        return false;
    incval v = c->args[0];
    if (v.kind == INCVAL_UNKNOWN)
        return give(c, v);
    if (v.kind == INCVAL_TENSOR) {
        incir_value *t = incop_box_read(c->in->g, v.u.t);
        if (!incir_is_constant(t) && !incir_contents(c->in->g, t))
            return false; /* a matter for the operators: ints become symbols, the rest tensors */
        v = incts_tensor_number(c->in, v);
    }
    static const incts_type float_type = {.kind = INCTS_TYPE_FLOAT};
    if (strcmp(c->name, "Bool") == 0)
        return give(c, incval_bool(incts_truth(c->in, v)));
    if (v.kind == INCVAL_STR) {
        double f;
        int64_t i;
        size_t n = strlen(v.u.s);
        if (strcmp(c->name, "Float") == 0 && incstr_double(v.u.s, n, &f))
            return give(c, incval_float(f));
        if (strcmp(c->name, "Int") == 0 && incstr_int(v.u.s, n, &i))
            return give_int(c, i);
        inc_raise(c->cx, INC_E_FORMAT, "the string \"%s\" is no number",
                  incstr_shown(c->cx, v.u.s, n, 60));
    }
    if (strcmp(c->name, "Float") == 0 || strcmp(c->name, "FloatImplicit") == 0)
        return give(c, incts_coerce(c->in, v, &float_type));
    if (strcmp(c->name, "Int") != 0 && strcmp(c->name, "IntImplicit") != 0)
        return give(c, v); /* ScalarImplicit, item */
    if (v.kind == INCVAL_FLOAT) {
        if (!(fabs(v.u.f) < 9.2e18))
            inc_raise(c->cx, INC_E_FORMAT, "%g does not fit in an int", v.u.f);
        return give_int(c, (int64_t)v.u.f);
    }
    return is_number(v) && give(c, incval_int(as_sym(c, v)));
}

/* The numbers of a tensor, in lists nested as its axes are; depth: the rank that is left. */
static incval list_numbers(incts_builtin_call *c, incval tensor, size_t rank)
{
    int64_t n;
    if (rank == 0)
        return incts_call_operator(c->in, "aten::item", &tensor, 1, NULL, 0);
    if (!incir_dim(incop_box_read(c->in->g, tensor.u.t), 0, &n))
        inc_raise(c->cx, INC_E_UNSUPPORTED, "tolist() of a dynamic axis");
    inc_work(c->cx, (uint64_t)n);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (int64_t i = 0; i < n; i++) {
        incval args[3] = {tensor, incval_int(incsym_int(c->syms, 0)),
                          incval_int(incsym_int(c->syms, i))};
        incval part = incts_call_operator(c->in, "aten::select", args, 3, NULL, 0);
        INC_PUSH(c->cx, &list.u.list->v, list_numbers(c, part, rank - 1));
    }
    return list;
}

static bool do_tolist(incts_builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_TENSOR)
        return false;
    size_t rank = incop_box_read(c->in->g, c->args[0].u.t)->rank;
    return give(c, list_numbers(c, c->args[0], rank));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::Bool", do_convert),
    BUILTIN("aten::Float", do_convert),
    BUILTIN("aten::FloatImplicit", do_convert),
    BUILTIN("aten::Int", do_convert),
    BUILTIN("aten::IntImplicit", do_convert),
    BUILTIN("aten::ScalarImplicit", do_convert),
    BUILTIN("aten::__derive_index", do_derive_index),
    BUILTIN("aten::__range", do_range),
    BUILTIN("aten::__range_length", do_range_length),
    BUILTIN("aten::abs", do_abs),
    BUILTIN("aten::acos", do_math),
    BUILTIN("aten::add", do_arithmetic),
    BUILTIN("aten::all", do_reduce_list),
    BUILTIN("aten::any", do_reduce_list),
    BUILTIN("aten::asin", do_math),
    BUILTIN("aten::atan", do_math),
    BUILTIN("aten::ceil", do_math),
    BUILTIN("aten::cos", do_math),
    BUILTIN("aten::cosh", do_math),
    BUILTIN("aten::div", do_arithmetic),
    BUILTIN("aten::erf", do_math),
    BUILTIN("aten::erfc", do_math),
    BUILTIN("aten::exp", do_math),
    BUILTIN("aten::expm1", do_math),
    BUILTIN("aten::fabs", do_math),
    BUILTIN("aten::floor", do_math),
    BUILTIN("aten::floor_divide", do_arithmetic),
    BUILTIN("aten::floordiv", do_arithmetic),
    BUILTIN("aten::fmod", do_arithmetic),
    BUILTIN("aten::gamma", do_math),
    BUILTIN("aten::item", do_convert),
    BUILTIN("aten::lgamma", do_math),
    BUILTIN("aten::log", do_math),
    BUILTIN("aten::log10", do_math),
    BUILTIN("aten::log1p", do_math),
    BUILTIN("aten::log2", do_math),
    BUILTIN("aten::mul", do_arithmetic),
    BUILTIN("aten::neg", do_neg),
    BUILTIN("aten::pow", do_arithmetic),
    BUILTIN("aten::remainder", do_arithmetic),
    BUILTIN("aten::round", do_math),
    BUILTIN("aten::sin", do_math),
    BUILTIN("aten::sinh", do_math),
    BUILTIN("aten::sqrt", do_math),
    BUILTIN("aten::sub", do_arithmetic),
    BUILTIN("aten::sum", do_reduce_list),
    BUILTIN("aten::tan", do_math),
    BUILTIN("aten::tanh", do_math),
    BUILTIN("aten::tolist", do_tolist),
    BUILTIN("aten::trunc", do_math),
    BUILTIN("prim::abs", do_abs),
    BUILTIN("prim::rangelist", do_range),
};
/* clang-format on */

const incts_builtins incts_builtins_number = {rows, INC_COUNT(rows)};
