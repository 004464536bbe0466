/* The language's own operators: on numbers, strings, lists, dicts. Whatever takes a tensor is the
 * operator table's, except where a tensor is only carried (in a list, as a dict's value). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "frontend/torchscript/eval.h"

typedef struct builtin_call {
    incts_interp *in;
    inccx *cx;
    incsym_table *syms;
    const char *name; /* without namespace */
    const incval *args;
    size_t n;
    const incop_keyword *keywords;
    size_t n_keywords;
    incval result;
} builtin_call;

/* True when it applied, and c->result is set. */
typedef bool (*builtin)(builtin_call *c);

static bool give(builtin_call *c, incval v)
{
    c->result = v;
    return true;
}

static bool give_int(builtin_call *c, int64_t i)
{
    return give(c, incval_int(incsym_int(c->syms, i)));
}

static bool is_number(incval v)
{
    return v.kind == INCVAL_INT || v.kind == INCVAL_FLOAT || v.kind == INCVAL_BOOL;
}

static bool is_sequence(incval v)
{
    return v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE;
}

static const incsym *as_sym(builtin_call *c, incval v)
{
    return v.kind == INCVAL_BOOL ? incsym_int(c->syms, v.u.b) : v.u.i;
}

static double as_double(builtin_call *c, incval v)
{
    static const incts_type float_type = {.kind = INCTS_TYPE_FLOAT};
    if (v.kind == INCVAL_TENSOR)
        v = incts_tensor_number(c->in, v);
    return v.kind == INCVAL_FLOAT ? v.u.f : incts_coerce(c->in, v, &float_type).u.f;
}

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
    inc_warn(in->cx, "the model compares the sizes %s and %s%s: decided as for the example inputs",
             incsym_text(in->g->syms, a), incsym_text(in->g->syms, b),
             equality ? " for equality" : "");
    return x < y ? -1 : x > y;
}

bool incts_equal(incts_interp *in, incval a, incval b)
{
    incts_step(in);
    if (is_number(a) && is_number(b)) {
        if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT) {
            builtin_call c = {.in = in, .cx = in->cx, .syms = in->g->syms};
            return as_double(&c, a) == as_double(&c, b);
        }
        builtin_call c = {.in = in, .cx = in->cx, .syms = in->g->syms};
        return compare_ints(in, as_sym(&c, a), as_sym(&c, b), true) == 0;
    }
    if ((a.kind == INCVAL_STR || a.kind == INCVAL_DEVICE) &&
        (b.kind == INCVAL_STR || b.kind == INCVAL_DEVICE))
        return strcmp(a.u.s, b.u.s) == 0;
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case INCVAL_NONE:
        return true;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (a.u.list->v.n != b.u.list->v.n)
            return false;
        for (size_t i = 0; i < a.u.list->v.n; i++)
            if (!incts_equal(in, a.u.list->v.items[i], b.u.list->v.items[i]))
                return false;
        return true;
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

static bool do_compare(builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    if (a.kind == INCVAL_TENSOR || b.kind == INCVAL_TENSOR)
        return false;
    if (strcmp(c->name, "eq") == 0)
        return give(c, incval_bool(incts_equal(c->in, a, b)));
    if (strcmp(c->name, "ne") == 0)
        return give(c, incval_bool(!incts_equal(c->in, a, b)));
    int order;
    if (a.kind == INCVAL_STR && b.kind == INCVAL_STR) {
        order = strcmp(a.u.s, b.u.s);
    } else if (!is_number(a) || !is_number(b)) {
        return false;
    } else if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT) {
        double x = as_double(c, a), y = as_double(c, b);
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

/* ---- arithmetic ---- */

static bool float_arithmetic(builtin_call *c, double a, double b)
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

static bool int_power(builtin_call *c, const incsym *base, const incsym *exponent)
{
    int64_t e;
    if (!incsym_known(exponent, &e) || e < 0 || e > 64)
        return float_arithmetic(c, as_double(c, c->args[0]), as_double(c, c->args[1]));
    const incsym *r = incsym_int(c->syms, 1);
    for (int64_t i = 0; i < e; i++)
        r = incsym_mul(c->syms, r, base);
    return give(c, incval_int(r));
}

static bool do_arithmetic(builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    if (a.kind == INCVAL_STR && b.kind == INCVAL_STR && strcmp(c->name, "add") == 0)
        return give(c, incval_str(inc_printf(c->cx, "%s%s", a.u.s, b.u.s)));
    if (!is_number(a) || !is_number(b))
        return false;
    if (a.kind == INCVAL_FLOAT || b.kind == INCVAL_FLOAT || strcmp(c->name, "div") == 0)
        return float_arithmetic(c, as_double(c, a), as_double(c, b));
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

static bool do_neg(builtin_call *c)
{
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    if (c->args[0].kind == INCVAL_FLOAT)
        return give(c, incval_float(-c->args[0].u.f));
    return give(c, incval_int(incsym_neg(c->syms, as_sym(c, c->args[0]))));
}

static bool do_abs(builtin_call *c)
{
    if (c->n != 1 || !is_number(c->args[0]))
        return false;
    if (c->args[0].kind == INCVAL_FLOAT)
        return give(c, incval_float(fabs(c->args[0].u.f)));
    const incsym *x = as_sym(c, c->args[0]);
    return give(c, incval_int(incsym_max(c->syms, x, incsym_neg(c->syms, x))));
}

/* floor, ceil and round of a float give an int; the others a float. */
static bool do_math(builtin_call *c)
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
        double r = functions[i].f(as_double(c, c->args[0]));
        if (functions[i].to_int && fabs(r) < 9e18)
            return give_int(c, (int64_t)r);
        return give(c, incval_float(r));
    }
    return false;
}

static bool less(builtin_call *c, incval a, incval b)
{
    builtin_call compare = *c;
    incval pair[2] = {a, b};
    compare.name = "lt";
    compare.args = pair;
    compare.n = 2;
    if (!do_compare(&compare))
        inc_raise(c->cx, INC_E_UNSUPPORTED, "%s of %s and %s", c->name, incval_kind_name(a.kind),
                  incval_kind_name(b.kind));
    return compare.result.u.b;
}

static bool do_extreme(builtin_call *c)
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
    for (size_t i = 0; i < n; i++)
        if (!is_number(items[i]))
            return false;
    incval best = items[0];
    for (size_t i = 1; i < n; i++) {
        if (best.kind == INCVAL_INT && items[i].kind == INCVAL_INT)
            best = incval_int(is_min ? incsym_min(c->syms, best.u.i, items[i].u.i)
                                     : incsym_max(c->syms, best.u.i, items[i].u.i));
        else if (less(c, items[i], best) == is_min)
            best = items[i];
    }
    return give(c, best);
}

/* ---- truth ---- */

static bool do_not(builtin_call *c)
{
    if (c->n != 1 || c->args[0].kind == INCVAL_UNKNOWN)
        return false;
    return give(c, incval_bool(!incts_truth(c->in, c->args[0])));
}

static bool do_logic(builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    char which = c->name[2]; /* __and__, __or__, __xor__ */
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

static bool do_is(builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval a = c->args[0], b = c->args[1];
    bool same = a.kind == b.kind && (a.kind == INCVAL_NONE || incts_equal(c->in, a, b));
    return give(c, incval_bool(same == (strcmp(c->name, "__is__") == 0)));
}

/* ---- conversions ---- */

static bool do_convert(builtin_call *c)
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

/* ---- text ---- */

static void add_text(builtin_call *c, incstr *s, incval v, bool quoted)
{
    incts_step(c->in);
    switch (v.kind) {
    case INCVAL_NONE:
        incstr_add(c->cx, s, "None");
        return;
    case INCVAL_BOOL:
        incstr_add(c->cx, s, v.u.b ? "True" : "False");
        return;
    case INCVAL_INT:
        incstr_add(c->cx, s, incsym_text(c->syms, v.u.i));
        return;
    case INCVAL_FLOAT:
        incstr_addf(c->cx, s, "%.17g", v.u.f);
        return;
    case INCVAL_STR:
    case INCVAL_DEVICE:
        incstr_addf(c->cx, s, quoted ? "'%s'" : "%s", v.u.s);
        return;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        incstr_add(c->cx, s, v.kind == INCVAL_LIST ? "[" : "(");
        for (size_t i = 0; i < v.u.list->v.n; i++) {
            incstr_add(c->cx, s, i ? ", " : "");
            add_text(c, s, v.u.list->v.items[i], true);
        }
        incstr_add(c->cx, s, v.kind == INCVAL_LIST ? "]" : ")");
        return;
    default:
        incstr_addf(c->cx, s, "<%s>", incval_kind_name(v.kind));
    }
}

static bool do_format(builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_STR)
        return false;
    incstr s = {0};
    bool percent = strcmp(c->name, "percentFormat") == 0;
    size_t next = 1;
    for (const char *at = c->args[0].u.s; *at; at++) {
        bool field = percent ? at[0] == '%' && at[1] : at[0] == '{' && at[1] == '}';
        if (!field) {
            incstr_add_n(c->cx, &s, at, 1);
            continue;
        }
        at++;
        if (percent && *at == '%')
            incstr_add(c->cx, &s, "%");
        else if (next < c->n)
            add_text(c, &s, c->args[next++], false);
    }
    return give(c, incval_str(incstr_text(&s)));
}

static bool do_str(builtin_call *c)
{
    if (c->n != 1)
        return false;
    incstr s = {0};
    add_text(c, &s, c->args[0], false);
    return give(c, incval_str(incstr_text(&s)));
}

static bool do_text(builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_STR)
        return false;
    const char *s = c->args[0].u.s;
    size_t n = strlen(s);
    const char *other = c->n > 1 && c->args[1].kind == INCVAL_STR ? c->args[1].u.s : NULL;
    if (strcmp(c->name, "startswith") == 0 && other)
        return give(c, incval_bool(incstr_starts(s, other)));
    if (strcmp(c->name, "endswith") == 0 && other)
        return give(c, incval_bool(incstr_ends(s, other)));
    if (strcmp(c->name, "find") == 0 && other)
        return give_int(c, strstr(s, other) ? (int64_t)(strstr(s, other) - s) : -1);
    if (strcmp(c->name, "upper") == 0 || strcmp(c->name, "lower") == 0) {
        char *copy = inc_strdup(c->cx, s);
        bool up = c->name[0] == 'u';
        for (char *at = copy; *at; at++)
            if (up ? *at >= 'a' && *at <= 'z' : *at >= 'A' && *at <= 'Z')
                *at = (char)(*at ^ 0x20);
        return give(c, incval_str(copy));
    }
    if (strcmp(c->name, "strip") == 0) {
        while (n && strchr(" \n\t\f\v\r", s[n - 1]))
            n--;
        while (n && strchr(" \n\t\f\v\r", *s))
            s++, n--;
        return give(c, incval_str(inc_strndup(c->cx, s, n)));
    }
    if (strcmp(c->name, "split") == 0 && other && other[0]) {
        incval list = incval_list_new(c->cx, INCVAL_LIST);
        for (const char *at; (at = strstr(s, other)) != NULL; s = at + strlen(other))
            INC_PUSH(c->cx, &list.u.list->v, incval_str(inc_strndup(c->cx, s, (size_t)(at - s))));
        INC_PUSH(c->cx, &list.u.list->v, incval_str(s));
        return give(c, list);
    }
    if (strcmp(c->name, "join") == 0 && c->n == 2 && is_sequence(c->args[1])) {
        incstr joined = {0};
        for (size_t i = 0; i < c->args[1].u.list->v.n; i++) {
            incstr_add(c->cx, &joined, i ? s : "");
            add_text(c, &joined, c->args[1].u.list->v.items[i], false);
        }
        return give(c, incval_str(incstr_text(&joined)));
    }
    return false;
}

/* ---- lists ---- */

static incval copy_list(builtin_call *c, const incval_list *from, incval_kind kind)
{
    incval list = incval_list_new(c->cx, kind);
    INC_RESERVE(c->cx, &list.u.list->v, from->v.n + 1);
    for (size_t i = 0; i < from->v.n; i++)
        INC_PUSH(c->cx, &list.u.list->v, from->v.items[i]);
    return list;
}

/* Python's rule for a[i:j]: from the end when negative, cut to [0, n]. */
static int64_t clamp_bound(int64_t bound, int64_t n)
{
    if (bound < 0)
        bound = bound < -n ? 0 : bound + n;
    return bound > n ? n : bound;
}

/* One bound of a slice as a position from the end that the slice begins at; None is 0. */
static int64_t slice_bound(incts_interp *in, incval bound, int64_t n, bool down, const char *what)
{
    if (bound.kind == INCVAL_NONE)
        return 0;
    int64_t at = incts_known_int(in, bound, what);
    if (!down)
        return clamp_bound(at, n);
    if (at < 0)
        at = at < -n ? -1 : at + n;
    return at >= n ? 0 : n - 1 - at;
}

incval incts_slice(incts_interp *in, incval object, incval lower, incval upper, incval step)
{
    if (object.kind == INCVAL_TENSOR) {
        incval zero = incval_int(incsym_int(in->g->syms, 0));
        incval one = incval_int(incsym_int(in->g->syms, 1));
        incval args[5] = {object, zero, lower, upper, step.kind == INCVAL_NONE ? one : step};
        return incts_call_operator(in, "aten::slice", args, 5, NULL, 0);
    }
    if (!is_sequence(object) && object.kind != INCVAL_STR)
        inc_raise(in->cx, INC_E_FORMAT, "a %s cannot be sliced", incval_kind_name(object.kind));
    int64_t n =
        object.kind == INCVAL_STR ? (int64_t)strlen(object.u.s) : (int64_t)object.u.list->v.n;
    int64_t by = step.kind == INCVAL_NONE ? 1 : incts_known_int(in, step, "a slice's step");
    if (by == 0 || by == INT64_MIN)
        inc_raise(in->cx, INC_E_FORMAT, "a slice with the step %lld", (long long)by);
    /* Downwards, [from, to) counts from the other end: item i is item n - 1 - i. */
    bool down = by < 0;
    int64_t from = slice_bound(in, lower, n, down, "a slice's start");
    int64_t to = upper.kind == INCVAL_NONE ? n : slice_bound(in, upper, n, down, "a slice's end");
    int64_t stride = down ? -by : by;
    incval list = incval_list_new(in->cx, object.kind == INCVAL_STR ? INCVAL_LIST : object.kind);
    incstr text = {0};
    for (int64_t i = from; i<to; i = stride> to - i ? to : i + stride) {
        int64_t at = down ? n - 1 - i : i;
        if (object.kind == INCVAL_STR)
            incstr_add_n(in->cx, &text, object.u.s + at, 1);
        else
            INC_PUSH(in->cx, &list.u.list->v, object.u.list->v.items[at]);
    }
    return object.kind == INCVAL_STR ? incval_str(incstr_text(&text)) : list;
}

static size_t wrap_index(incts_interp *in, incval index, size_t n)
{
    int64_t i = incts_known_int(in, index, "an index into a list");
    if (i < 0)
        i += (int64_t)n;
    if (i < 0 || (uint64_t)i >= n)
        inc_raise(in->cx, INC_E_FORMAT, "index %lld is out of range for %zu items", (long long)i,
                  n);
    return (size_t)i;
}

incval incts_index(incts_interp *in, incval object, incval index)
{
    switch (object.kind) {
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return object.u.list->v.items[wrap_index(in, index, object.u.list->v.n)];
    case INCVAL_STR: {
        size_t i = wrap_index(in, index, strlen(object.u.s));
        return incval_str(inc_strndup(in->cx, object.u.s + i, 1));
    }
    case INCVAL_DICT: {
        incval v;
        if (!incval_dict_get(object.u.dict, index, &v))
            inc_raise(in->cx, INC_E_FORMAT, "a dict has no such key%s%s",
                      index.kind == INCVAL_STR ? ": " : "",
                      index.kind == INCVAL_STR ? index.u.s : "");
        return v;
    }
    case INCVAL_OBJECT: { /* a ModuleDict or ModuleList indexed by a constant */
        const char *name = index.kind == INCVAL_STR   ? index.u.s
                           : index.kind == INCVAL_INT ? incsym_text(in->g->syms, index.u.i)
                                                      : "?";
        return incts_get_attribute(in, object.u.object, name);
    }
    case INCVAL_TENSOR: {
        incval args[3] = {object, incval_int(incsym_int(in->g->syms, 0)), index};
        return incts_call_operator(in, "aten::select", args, 3, NULL, 0);
    }
    default:
        inc_raise(in->cx, INC_E_FORMAT, "a %s cannot be indexed", incval_kind_name(object.kind));
    }
}

static bool do_getitem(builtin_call *c)
{
    return c->n == 2 && c->args[0].kind != INCVAL_UNKNOWN &&
           give(c, incts_index(c->in, c->args[0], c->args[1]));
}

static bool do_slice(builtin_call *c)
{
    if (c->n < 1 || (!is_sequence(c->args[0]) && c->args[0].kind != INCVAL_STR))
        return false;
    incval none = incval_none();
    return give(c, incts_slice(c->in, c->args[0], c->n > 1 ? c->args[1] : none,
                               c->n > 2 ? c->args[2] : none, c->n > 3 ? c->args[3] : none));
}

static bool do_len(builtin_call *c)
{
    if (c->n != 1)
        return false;
    incval v = c->args[0];
    switch (v.kind) {
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return give_int(c, (int64_t)v.u.list->v.n);
    case INCVAL_DICT:
        return give_int(c, (int64_t)incval_dict_count(v.u.dict));
    case INCVAL_STR:
        return give_int(c, (int64_t)strlen(v.u.s));
    case INCVAL_TENSOR: {
        incir_value *t = incop_box_read(c->in->g, v.u.t);
        if (t->rank == 0)
            inc_raise(c->cx, INC_E_FORMAT, "len() of a 0-d tensor");
        return give(c, incval_int(t->dims[0]));
    }
    default:
        return false;
    }
}

static incval shallow_copy(builtin_call *c, incval v)
{
    if (is_sequence(v))
        return copy_list(c, v.u.list, INCVAL_LIST);
    if (v.kind == INCVAL_STR) {
        incval list = incval_list_new(c->cx, INCVAL_LIST);
        for (const char *at = v.u.s; *at; at++)
            INC_PUSH(c->cx, &list.u.list->v, incval_str(inc_strndup(c->cx, at, 1)));
        return list;
    }
    incval dict = incval_dict_new(c->cx);
    for (size_t i = 0; i < incval_dict_count(v.u.dict); i++) {
        incval key, value;
        incval_dict_at(v.u.dict, i, &key, &value);
        incval_dict_set(c->cx, dict.u.dict, key, value);
    }
    return dict;
}

static bool do_copy(builtin_call *c)
{
    if (c->n != 1 || (!is_sequence(c->args[0]) && c->args[0].kind != INCVAL_DICT &&
                      c->args[0].kind != INCVAL_STR))
        return false;
    if (strcmp(c->name, "list") != 0 && c->args[0].kind == INCVAL_STR)
        return false;
    return give(c, shallow_copy(c, c->args[0]));
}

static int compare_values(builtin_call *c, incval a, incval b)
{
    return less(c, a, b) ? -1 : less(c, b, a) ? 1 : 0;
}

static void sort_items(builtin_call *c, incval *items, size_t n, bool reverse)
{
    if (n < 2)
        return;
    size_t half = n / 2; /* merge sort: stable, as Python's */
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

static bool do_list(builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_LIST)
        return false;
    incval_list *list = c->args[0].u.list;
    const char *name = c->name;
    incval second = c->n > 1 ? c->args[1] : incval_none();
    if (strcmp(name, "append") == 0) {
        incts_step(c->in);
        INC_PUSH(c->cx, &list->v, second);
        return give(c, c->args[0]);
    }
    if (strcmp(name, "extend") == 0 || strcmp(name, "add_") == 0) {
        if (!is_sequence(second))
            return false;
        size_t n = second.u.list->v.n;
        for (size_t i = 0; i < n; i++) {
            incts_step(c->in);
            INC_PUSH(c->cx, &list->v, second.u.list->v.items[i]);
        }
        return give(c, c->args[0]);
    }
    if (strcmp(name, "add") == 0) {
        if (!is_sequence(second))
            return false;
        incval sum = copy_list(c, list, INCVAL_LIST);
        for (size_t i = 0; i < second.u.list->v.n; i++)
            INC_PUSH(c->cx, &sum.u.list->v, second.u.list->v.items[i]);
        return give(c, sum);
    }
    if (strcmp(name, "mul") == 0) {
        int64_t times = incts_known_int(c->in, second, "the repetition of a list");
        incval product = incval_list_new(c->cx, INCVAL_LIST);
        for (int64_t k = 0; list->v.n && k < times; k++)
            for (size_t i = 0; i < list->v.n; i++) {
                incts_step(c->in);
                INC_PUSH(c->cx, &product.u.list->v, list->v.items[i]);
            }
        return give(c, product);
    }
    if (strcmp(name, "insert") == 0 && c->n == 3) {
        int64_t at = clamp_bound(incts_known_int(c->in, second, "an index"), (int64_t)list->v.n);
        INC_PUSH(c->cx, &list->v, c->args[2]);
        memmove(&list->v.items[at + 1], &list->v.items[at],
                (list->v.n - 1 - (size_t)at) * sizeof *list->v.items);
        list->v.items[at] = c->args[2];
        return give(c, incval_none());
    }
    if (strcmp(name, "pop") == 0 || strcmp(name, "Delete") == 0) {
        incval last = incval_int(incsym_int(c->syms, -1));
        size_t at = wrap_index(c->in, c->n > 1 ? second : last, list->v.n);
        incval item = list->v.items[at];
        memmove(&list->v.items[at], &list->v.items[at + 1],
                (list->v.n - at - 1) * sizeof *list->v.items);
        list->v.n--;
        return give(c, item);
    }
    if (strcmp(name, "clear") == 0) {
        list->v.n = 0;
        return give(c, incval_none());
    }
    if (strcmp(name, "reverse") == 0) {
        for (size_t i = 0, j = list->v.n; i + 1 < j; i++) {
            incval swap = list->v.items[i];
            list->v.items[i] = list->v.items[--j];
            list->v.items[j] = swap;
        }
        return give(c, incval_none());
    }
    if (strcmp(name, "_set_item") == 0 && c->n == 3) {
        list->v.items[wrap_index(c->in, second, list->v.n)] = c->args[2];
        return give(c, c->args[0]);
    }
    if (strcmp(name, "index") == 0 || strcmp(name, "count") == 0 || strcmp(name, "remove") == 0) {
        int64_t count = 0;
        for (size_t i = 0; i < list->v.n; i++) {
            if (!incts_equal(c->in, list->v.items[i], second))
                continue;
            count++;
            if (name[0] == 'i')
                return give_int(c, (int64_t)i);
            if (name[0] == 'r') {
                memmove(&list->v.items[i], &list->v.items[i + 1],
                        (list->v.n - i - 1) * sizeof *list->v.items);
                list->v.n--;
                return give(c, incval_none());
            }
        }
        if (name[0] != 'c')
            inc_raise(c->cx, INC_E_FORMAT, "a value is not in the list it is looked up in");
        return give_int(c, count);
    }
    if (strcmp(name, "sort") == 0 || strcmp(name, "sorted") == 0) {
        bool reverse = second.kind == INCVAL_BOOL && second.u.b;
        for (size_t i = 0; i < list->v.n; i++)
            if (!is_number(list->v.items[i]) && list->v.items[i].kind != INCVAL_STR)
                return false;
        incval sorted = name[4] ? copy_list(c, list, INCVAL_LIST) : c->args[0];
        sort_items(c, sorted.u.list->v.items, sorted.u.list->v.n, reverse);
        return give(c, sorted);
    }
    return false;
}

static bool do_contains(builtin_call *c)
{
    if (c->n != 2)
        return false;
    incval where = c->args[0], what = c->args[1], ignored;
    if (where.kind == INCVAL_DICT)
        return give(c, incval_bool(incval_dict_get(where.u.dict, what, &ignored)));
    if (where.kind == INCVAL_STR && what.kind == INCVAL_STR)
        return give(c, incval_bool(strstr(where.u.s, what.u.s) != NULL));
    if (!is_sequence(where))
        return false;
    bool found = false;
    for (size_t i = 0; !found && i < where.u.list->v.n; i++)
        found = incts_equal(c->in, where.u.list->v.items[i], what);
    return give(c, incval_bool(found));
}

/* any(), all() and sum() of a list. */
static bool do_reduce_list(builtin_call *c)
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
            builtin_call add = {
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

static bool do_range(builtin_call *c)
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

static bool three_ints(const builtin_call *c)
{
    for (size_t i = 0; i < c->n && i < 3; i++)
        if (c->args[i].kind != INCVAL_INT && c->args[i].kind != INCVAL_BOOL)
            return false;
    return c->n == 3;
}

/* How often a loop over range(start, end, step) runs, which may depend on a size. */
static bool do_range_length(builtin_call *c)
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
static bool do_derive_index(builtin_call *c)
{
    if (!three_ints(c))
        return false;
    const incsym *i = as_sym(c, c->args[0]), *start = as_sym(c, c->args[1]);
    i = incsym_mul(c->syms, i, as_sym(c, c->args[2]));
    return give(c, incval_int(incsym_add(c->syms, start, i)));
}

/* ---- dicts ---- */

static bool do_dict(builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_DICT)
        return strcmp(c->name, "dict") == 0 && c->n == 0 && give(c, incval_dict_new(c->cx));
    incval_dict *d = c->args[0].u.dict;
    const char *name = c->name;
    incval second = c->n > 1 ? c->args[1] : incval_none();
    incval third = c->n > 2 ? c->args[2] : incval_none();
    incval found;
    if (strcmp(name, "_set_item") == 0 && c->n == 3) {
        incval_dict_set(c->cx, d, second, third);
        return give(c, incval_none());
    }
    if (strcmp(name, "get") == 0)
        return give(c, incval_dict_get(d, second, &found) ? found : third);
    if (strcmp(name, "setdefault") == 0) {
        if (!incval_dict_get(d, second, &found))
            incval_dict_set(c->cx, d, second, found = third);
        return give(c, found);
    }
    if (strcmp(name, "pop") == 0 || strcmp(name, "Delete") == 0) {
        if (!incval_dict_get(d, second, &found)) {
            if (c->n < 3)
                inc_raise(c->cx, INC_E_FORMAT, "a dict has no such key");
            return give(c, third);
        }
        incval_dict_remove(d, second);
        return give(c, found);
    }
    if (strcmp(name, "update") == 0 && second.kind == INCVAL_DICT) {
        for (size_t i = 0; i < incval_dict_count(second.u.dict); i++) {
            incval key, value;
            incval_dict_at(second.u.dict, i, &key, &value);
            incval_dict_set(c->cx, d, key, value);
        }
        return give(c, incval_none());
    }
    bool keys = strcmp(name, "keys") == 0, values = strcmp(name, "values") == 0;
    if (keys || values || strcmp(name, "items") == 0) {
        incval list = incval_list_new(c->cx, INCVAL_LIST);
        for (size_t i = 0; i < incval_dict_count(d); i++) {
            incval key, value;
            incval_dict_at(d, i, &key, &value);
            incval pair = keys ? key : value;
            if (!keys && !values) {
                pair = incval_list_new(c->cx, INCVAL_TUPLE);
                INC_PUSH(c->cx, &pair.u.list->v, key);
                INC_PUSH(c->cx, &pair.u.list->v, value);
            }
            INC_PUSH(c->cx, &list.u.list->v, pair);
        }
        return give(c, list);
    }
    return false;
}

/* ---- the rest ---- */

static bool do_raise(builtin_call *c)
{
    const char *message = c->n && c->args[0].kind == INCVAL_STR ? c->args[0].u.s : "";
    inc_raise(c->cx, INC_E_INPUT, "the model raises an exception for these inputs: %s",
              incstr_shown(c->cx, message, strlen(message), 300));
}

static bool do_same(builtin_call *c)
{
    return c->n >= 1 && give(c, c->args[0]);
}

static bool do_nothing(builtin_call *c)
{
    return give(c, incval_none());
}

static bool do_false(builtin_call *c)
{
    return give(c, incval_bool(false));
}

static bool do_is_quantized(builtin_call *c)
{
    return give(c, incval_bool(c->n == 1 && c->args[0].kind == INCVAL_TENSOR &&
                               incop_box_quant(c->args[0].u.t) != NULL));
}

static bool do_true(builtin_call *c)
{
    return give(c, incval_bool(true));
}

static bool do_enum(builtin_call *c)
{
    if (c->n != 1 || c->args[0].kind != INCVAL_OBJECT)
        return false;
    const incts_object *o = c->args[0].u.object;
    if (!o->enum_name)
        return false;
    return give(c, strcmp(c->name, "EnumName") == 0 ? incval_str(o->enum_name) : o->enum_value);
}

static bool do_unwrap(builtin_call *c)
{
    if (c->n == 1 && c->args[0].kind == INCVAL_NONE)
        inc_raise(c->cx, INC_E_FORMAT, "None where the model needs a value");
    return do_same(c);
}

static bool do_device(builtin_call *c)
{
    if (c->n == 1 && c->args[0].kind == INCVAL_STR)
        return give(c, incval_device(c->args[0].u.s));
    return c->n == 1 && c->args[0].kind == INCVAL_TENSOR && give(c, incval_device("cpu"));
}

/* A device's kind: "cuda" of "cuda:0". */
static bool do_type(builtin_call *c)
{
    if (c->n != 1 || c->args[0].kind != INCVAL_DEVICE)
        return false;
    const char *s = c->args[0].u.s;
    return give(c, incval_str(inc_strndup(c->in->cx, s, strcspn(s, ":"))));
}

static bool do_if_then_else(builtin_call *c)
{
    return c->n == 3 && give(c, c->args[incts_truth(c->in, c->args[0]) ? 1 : 2]);
}

/* Sorted by name; a name may stand several times: the first that applies is taken. */
static const struct {
    const char *name;
    builtin run;
} table[] = {
    {"aten::Bool", do_convert},
    {"aten::Delete", do_list},
    {"aten::Delete", do_dict},
    {"aten::Float", do_convert},
    {"aten::FloatImplicit", do_convert},
    {"aten::Int", do_convert},
    {"aten::IntImplicit", do_convert},
    {"aten::ScalarImplicit", do_convert},
    {"aten::__and__", do_logic},
    {"aten::__contains__", do_contains},
    {"aten::__derive_index", do_derive_index},
    {"aten::__getitem__", do_getitem},
    {"aten::__is__", do_is},
    {"aten::__isnot__", do_is},
    {"aten::__not__", do_not},
    {"aten::__or__", do_logic},
    {"aten::__range", do_range},
    {"aten::__range_length", do_range_length},
    {"aten::__xor__", do_logic},
    {"aten::_set_item", do_list},
    {"aten::_set_item", do_dict},
    {"aten::_unwrap_optional", do_unwrap},
    {"aten::abs", do_abs},
    {"aten::acos", do_math},
    {"aten::add", do_arithmetic},
    {"aten::add", do_list},
    {"aten::add_", do_list},
    {"aten::all", do_reduce_list},
    {"aten::any", do_reduce_list},
    {"aten::append", do_list},
    {"aten::asin", do_math},
    {"aten::atan", do_math},
    {"aten::ceil", do_math},
    {"aten::clear", do_list},
    {"aten::copy", do_copy},
    {"aten::cos", do_math},
    {"aten::cosh", do_math},
    {"aten::count", do_list},
    {"aten::device", do_device},
    {"aten::dict", do_dict},
    {"aten::dict", do_copy},
    {"aten::div", do_arithmetic},
    {"aten::endswith", do_text},
    {"aten::eq", do_compare},
    {"aten::erf", do_math},
    {"aten::erfc", do_math},
    {"aten::exp", do_math},
    {"aten::expm1", do_math},
    {"aten::extend", do_list},
    {"aten::fabs", do_math},
    {"aten::find", do_text},
    {"aten::floor", do_math},
    {"aten::floor_divide", do_arithmetic},
    {"aten::floordiv", do_arithmetic},
    {"aten::fmod", do_arithmetic},
    {"aten::format", do_format},
    {"aten::gamma", do_math},
    {"aten::ge", do_compare},
    {"aten::get", do_dict},
    {"aten::gt", do_compare},
    {"aten::has_torch_function", do_false},
    {"aten::index", do_list},
    {"aten::insert", do_list},
    {"aten::is_autocast_cpu_enabled", do_false},
    {"aten::is_autocast_enabled", do_false},
    {"aten::is_grad_enabled", do_false},
    {"aten::is_scripting", do_true},
    {"aten::item", do_convert},
    {"aten::items", do_dict},
    {"aten::join", do_text},
    {"aten::keys", do_dict},
    {"aten::le", do_compare},
    {"aten::len", do_len},
    {"aten::lgamma", do_math},
    {"aten::list", do_copy},
    {"aten::log", do_math},
    {"aten::log10", do_math},
    {"aten::log1p", do_math},
    {"aten::log2", do_math},
    {"aten::lower", do_text},
    {"aten::lt", do_compare},
    {"aten::manual_seed", do_nothing},
    {"aten::mul", do_arithmetic},
    {"aten::mul", do_list},
    {"aten::ne", do_compare},
    {"aten::neg", do_neg},
    {"aten::percentFormat", do_format},
    {"aten::pop", do_list},
    {"aten::pop", do_dict},
    {"aten::pow", do_arithmetic},
    {"aten::remainder", do_arithmetic},
    {"aten::remove", do_list},
    {"aten::reverse", do_list},
    {"aten::round", do_math},
    {"aten::set_grad_enabled", do_nothing},
    {"aten::setdefault", do_dict},
    {"aten::sin", do_math},
    {"aten::sinh", do_math},
    {"aten::slice", do_slice},
    {"aten::sort", do_list},
    {"aten::sorted", do_list},
    {"aten::split", do_text},
    {"aten::sqrt", do_math},
    {"aten::startswith", do_text},
    {"aten::str", do_str},
    {"aten::strip", do_text},
    {"aten::sub", do_arithmetic},
    {"aten::sum", do_reduce_list},
    {"aten::tan", do_math},
    {"aten::tanh", do_math},
    {"aten::trunc", do_math},
    {"aten::update", do_dict},
    {"aten::upper", do_text},
    {"aten::values", do_dict},
    {"aten::warn", do_nothing},
    {"prim::EnumName", do_enum},
    {"prim::EnumValue", do_enum},
    {"prim::IfThenElse", do_if_then_else},
    {"prim::ModuleContainerIndex", do_getitem},
    {"prim::Print", do_nothing},
    {"prim::RaiseException", do_raise},
    {"prim::TupleUnpack", do_same},
    {"prim::abs", do_abs},
    {"prim::awaitable_wait", do_same},
    {"prim::device", do_device},
    {"prim::grad", do_nothing},
    {"prim::is_cuda", do_false},
    {"prim::is_meta", do_false},
    {"prim::is_mkldnn", do_false},
    {"prim::is_mps", do_false},
    {"prim::is_nested", do_false},
    {"prim::is_quantized", do_is_quantized},
    {"prim::is_sparse", do_false},
    {"prim::is_xla", do_false},
    {"prim::is_xpu", do_false},
    {"prim::max", do_extreme},
    {"prim::min", do_extreme},
    {"prim::rangelist", do_range},
    {"prim::requires_grad", do_false},
    {"prim::type", do_type},
    {"prim::unchecked_cast", do_same},
    {"prim::unchecked_unwrap_optional", do_unwrap},
    {"prim::wait", do_same},
};

bool incts_builtin(incts_interp *in, const char *name, const incval *args, size_t n_args,
                   const incop_keyword *keywords, size_t n_keywords, incval *result)
{
    size_t low = 0, high = INC_COUNT(table);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(table[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < INC_COUNT(table) && strcmp(table[low].name, name) == 0;
    if (!found)
        return false;
    /* What could not be computed spreads, except where it is only put into something. */
    bool stores = table[low].run == do_list || table[low].run == do_dict;
    for (size_t i = 0; i < n_args && !(stores && args[0].kind != INCVAL_UNKNOWN); i++)
        if (args[i].kind == INCVAL_UNKNOWN) {
            *result = incval_unknown();
            return true;
        }
    const char *plain = strstr(name, "::");
    builtin_call c = {.in = in,
                      .cx = in->cx,
                      .syms = in->g->syms,
                      .name = plain ? plain + 2 : name,
                      .args = args,
                      .n = n_args,
                      .keywords = keywords,
                      .n_keywords = n_keywords};
    for (; low < INC_COUNT(table) && strcmp(table[low].name, name) == 0; low++)
        if (table[low].run && table[low].run(&c)) {
            *result = c.result;
            return true;
        }
    return false;
}
