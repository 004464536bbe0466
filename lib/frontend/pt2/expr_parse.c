/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a size: sympy's srepr, which is nothing but calls, or the formula as people write it
 * (PyTorch up to 2.5, and keys of range_constraints). One grammar reads both: the call of a known
 * function is an atom of the formula. Nesting is bounded, so that what reads the tree may recurse.
 */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/expr_internal.h"

enum { MOST_DEPTH = 100, MOST_HEIGHT = 1000, MOST_NODES = 10000 };

typedef struct parser {
    inccx *cx;
    const char *text, *at;
    unsigned depth, nodes;
} parser;

static const incpt2_expr *formula(parser *p);

static void refuse(parser *p, const char *what) INC_NORETURN;
static void refuse(parser *p, const char *what)
{
    inc_raise(p->cx, INC_E_FORMAT, "the size \"%s\" cannot be read: %s at character %zu",
              incstr_shown(p->cx, p->text, strlen(p->text), 200), what,
              (size_t)(p->at - p->text) + 1);
}

/* ---- tokens ---- */

static void skip_space(parser *p)
{
    while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t')
        p->at++;
}

static bool take(parser *p, const char *token)
{
    skip_space(p);
    if (!incstr_starts(p->at, token))
        return false;
    p->at += strlen(token);
    return true;
}

static void need(parser *p, const char *token)
{
    if (!take(p, token))
        refuse(p, inc_printf(p->cx, "\"%s\" was expected", token));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static const char *word(parser *p)
{
    const char *start = p->at;
    while (is_letter(*p->at) || is_digit(*p->at))
        p->at++;
    return inc_strndup(p->cx, start, (size_t)(p->at - start));
}

static const char *quoted(parser *p)
{
    skip_space(p);
    char quote = *p->at;
    if (quote != '\'' && quote != '"')
        refuse(p, "a name in quotes was expected");
    const char *start = ++p->at;
    while (*p->at && *p->at != quote && *p->at != '\\')
        p->at++;
    if (*p->at != quote)
        refuse(p, "a name in quotes does not end");
    return inc_strndup(p->cx, start, (size_t)(p->at++ - start));
}

static incpt2_expr *node(parser *p, int what)
{
    if (++p->nodes > MOST_NODES)
        inc_raise(p->cx, INC_E_LIMIT, "a size is an expression of more than %d parts", MOST_NODES);
    incpt2_expr *e = INC_NEW(p->cx, incpt2_expr);
    e->what = what;
    return e;
}

/* Chains like a + b + c … nest as well, to the left. */
static incpt2_expr *with_args(parser *p, incpt2_expr *e, const incpt2_expr **args, size_t n)
{
    e->args = args;
    e->n = n;
    for (size_t i = 0; i < n; i++)
        e->height = args[i]->height >= e->height ? args[i]->height + 1 : e->height;
    if (e->height > MOST_HEIGHT)
        inc_raise(p->cx, INC_E_LIMIT, "a size is a chain of more than %d parts", MOST_HEIGHT);
    return e;
}

static incpt2_expr *two(parser *p, int what, const incpt2_expr *a, const incpt2_expr *b)
{
    const incpt2_expr **args = INC_NEW_N(p->cx, const incpt2_expr *, 2);
    args[0] = a;
    args[1] = b;
    return with_args(p, node(p, what), args, b ? 2 : 1);
}

/* ---- atoms ---- */

static const incpt2_expr *integer(parser *p)
{
    const char *start = p->at;
    incpt2_expr *e = node(p, INCPT2_NUMBER);
    while (is_digit(*p->at))
        p->at++;
    if (*p->at != '.' && *p->at != 'e') {
        if (!incstr_int(start, (size_t)(p->at - start), &e->integer))
            refuse(p, "a number is too large");
        return e;
    }
    while (is_digit(*p->at) || *p->at == '.' || *p->at == 'e' ||
           ((*p->at == '-' || *p->at == '+') && p->at[-1] == 'e'))
        p->at++;
    e->what = INCPT2_REAL;
    if (!incstr_double(start, (size_t)(p->at - start), &e->real))
        refuse(p, "a number is not understood");
    return e;
}

static const incpt2_expr *integer_call(parser *p)
{
    incpt2_expr *e = node(p, INCPT2_NUMBER);
    skip_space(p);
    const char *start = p->at;
    if (*p->at == '-')
        p->at++;
    while (is_digit(*p->at))
        p->at++;
    if (!incstr_int(start, (size_t)(p->at - start), &e->integer))
        refuse(p, "an integer was expected");
    return e;
}

/* Float('1.5', precision=53) */
static const incpt2_expr *float_call(parser *p)
{
    incpt2_expr *e = node(p, INCPT2_REAL);
    const char *text = quoted(p);
    if (!incstr_double(text, strlen(text), &e->real))
        refuse(p, "a number is not understood");
    return e;
}

/* Symbol('s0', positive=True, integer=True) */
static const incpt2_expr *symbol_call(parser *p)
{
    incpt2_expr *e = node(p, INCPT2_SYMBOL);
    e->name = quoted(p);
    return e;
}

static void skip_keywords(parser *p)
{
    while (take(p, ",")) {
        skip_space(p);
        (void)word(p);
        need(p, "=");
        skip_space(p);
        if (*p->at == '\'' || *p->at == '"')
            (void)quoted(p);
        else if (is_digit(*p->at))
            (void)integer(p);
        else
            (void)word(p);
    }
}

typedef struct function {
    const char *name;
    int what;
    size_t least, most; /* arguments; most 0: any number */
} function;

static const function functions[] = {
    {"Add", INCFE_OP_ADD, 1, 0},
    {"Mul", INCFE_OP_MUL, 1, 0},
    {"Pow", INCFE_OP_POW, 2, 2},
    {"PowByNatural", INCFE_OP_POW, 2, 2},
    {"FloatPow", INCFE_OP_POW, 2, 2},
    {"Max", INCFE_OP_MAX, 1, 0},
    {"Min", INCFE_OP_MIN, 1, 0},
    {"FloorDiv", INCFE_OP_FLOORDIV, 2, 2},
    {"CleanDiv", INCFE_OP_FLOORDIV, 2, 2},
    {"CeilDiv", INCFE_OP_CEILDIV, 2, 2},
    {"IntTrueDiv", INCFE_OP_TRUEDIV, 2, 2},
    {"FloatTrueDiv", INCFE_OP_TRUEDIV, 2, 2},
    {"Mod", INCFE_OP_MOD, 2, 2},
    {"PythonMod", INCFE_OP_MOD, 2, 2},
    {"ModularIndexing", INCFE_OP_MODULAR, 3, 3},
    {"TruncToInt", INCFE_OP_TRUNC, 1, 1},
    {"FloorToInt", INCFE_OP_FLOOR, 1, 1},
    {"CeilToInt", INCFE_OP_CEIL, 1, 1},
    {"RoundToInt", INCFE_OP_ROUND, 1, 1},
    {"floor", INCFE_OP_FLOOR, 1, 1},
    {"ceiling", INCFE_OP_CEIL, 1, 1},
    {"ToFloat", INCFE_OP_TO_FLOAT, 1, 1},
    {"Identity", INCFE_OP_POS, 1, 1},
    {"Abs", INCFE_OP_ABS, 1, 1},
    {"OpaqueUnaryFn_sqrt", INCFE_OP_SQRT, 1, 1},
    {"Rational", INCFE_OP_TRUEDIV, 2, 2},
    {"Equality", INCFE_OP_EQ, 2, 2},
    {"Eq", INCFE_OP_EQ, 2, 2},
    {"Unequality", INCFE_OP_NE, 2, 2},
    {"Ne", INCFE_OP_NE, 2, 2},
    {"StrictLessThan", INCFE_OP_LT, 2, 2},
    {"LessThan", INCFE_OP_LE, 2, 2},
    {"StrictGreaterThan", INCFE_OP_GT, 2, 2},
    {"GreaterThan", INCFE_OP_GE, 2, 2},
    {"And", INCFE_OP_AND, 1, 0},
    {"Or", INCFE_OP_OR, 1, 0},
    {"Not", INCFE_OP_NOT, 1, 1},
    {"Where", INCFE_OP_SELECT, 3, 3},
    {"ExprCondPair", INCPT2_PAIR, 2, 2},
    {"Piecewise", INCPT2_PIECEWISE, 1, 0},
};

/* (value, condition), … becomes nested choices; the last is taken when none holds. */
static const incpt2_expr *piecewise(parser *p, const incpt2_expr *e)
{
    const incpt2_expr *result = NULL;
    for (size_t i = e->n; i-- > 0;) {
        const incpt2_expr *pair = e->args[i];
        if (pair->what != INCPT2_PAIR)
            refuse(p, "Piecewise of other things than pairs");
        if (!result) {
            result = pair->args[0];
            continue;
        }
        const incpt2_expr **args = INC_NEW_N(p->cx, const incpt2_expr *, 3);
        args[0] = pair->args[1];
        args[1] = pair->args[0];
        args[2] = result;
        result = with_args(p, node(p, INCFE_OP_SELECT), args, 3);
    }
    return result;
}

static const incpt2_expr *function_call(parser *p, const char *name)
{
    const function *f = NULL;
    for (size_t i = 0; i < INC_COUNT(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            f = &functions[i];
    if (!f)
        inc_raise(p->cx, INC_E_UNSUPPORTED, "a size is computed with %s, which is not known",
                  incstr_shown(p->cx, name, strlen(name), 60));
    INC_VEC(const incpt2_expr *) args = {0};
    do
        INC_PUSH(p->cx, &args, formula(p));
    while (take(p, ","));
    if (args.n < f->least || (f->most && args.n > f->most))
        refuse(p, inc_printf(p->cx, "%s with %zu arguments", name, args.n));
    const incpt2_expr *e = with_args(p, node(p, f->what), args.items, args.n);
    return f->what == INCPT2_PIECEWISE ? piecewise(p, e) : e;
}

static const incpt2_expr *call(parser *p, const char *name)
{
    const incpt2_expr *e;
    if (strcmp(name, "Symbol") == 0)
        e = symbol_call(p);
    else if (strcmp(name, "Integer") == 0)
        e = integer_call(p);
    else if (strcmp(name, "Float") == 0)
        e = float_call(p);
    else
        e = function_call(p, name);
    skip_keywords(p);
    need(p, ")");
    return e;
}

static const incpt2_expr *name_alone(parser *p, const char *name)
{
    bool is_true = strcmp(name, "true") == 0 || strcmp(name, "True") == 0;
    incpt2_expr *e = node(p, INCPT2_SYMBOL);
    e->name = name;
    if (is_true || strcmp(name, "false") == 0 || strcmp(name, "False") == 0) {
        e->what = INCPT2_TRUTH;
        e->integer = is_true;
    } else if (strcmp(name, "oo") == 0 || strcmp(name, "int_oo") == 0 || strcmp(name, "nan") == 0 ||
               strcmp(name, "zoo") == 0) {
        refuse(p, "it is not finite");
    }
    return e;
}

static const incpt2_expr *atom(parser *p)
{
    skip_space(p);
    if (take(p, "(")) {
        const incpt2_expr *e = formula(p);
        need(p, ")");
        return e;
    }
    if (is_digit(*p->at))
        return integer(p);
    if (!is_letter(*p->at))
        refuse(p, "a number or a name was expected");
    const char *name = word(p);
    return take(p, "(") ? call(p, name) : name_alone(p, name);
}

/* ---- the formula ---- */

static const incpt2_expr *sign(parser *p);

static const incpt2_expr *power(parser *p)
{
    const incpt2_expr *a = atom(p);
    return take(p, "**") ? two(p, INCFE_OP_POW, a, sign(p)) : a;
}

static const incpt2_expr *sign(parser *p)
{
    if (++p->depth > MOST_DEPTH)
        inc_raise(p->cx, INC_E_LIMIT, "a size nests deeper than %d", MOST_DEPTH);
    const incpt2_expr *e = take(p, "-") ? two(p, INCFE_OP_NEG, sign(p), NULL) : power(p);
    p->depth--;
    return e;
}

static const incpt2_expr *product(parser *p)
{
    const incpt2_expr *e = sign(p);
    for (;;) {
        if (take(p, "//"))
            e = two(p, INCFE_OP_FLOORDIV, e, sign(p));
        else if (take(p, "/"))
            e = two(p, INCFE_OP_TRUEDIV, e, sign(p));
        else if (take(p, "%"))
            e = two(p, INCFE_OP_MOD, e, sign(p));
        else if (take(p, "*"))
            e = two(p, INCFE_OP_MUL, e, sign(p));
        else
            return e;
    }
}

static const incpt2_expr *formula(parser *p)
{
    if (++p->depth > MOST_DEPTH)
        inc_raise(p->cx, INC_E_LIMIT, "a size nests deeper than %d", MOST_DEPTH);
    const incpt2_expr *e = product(p);
    for (;;) {
        if (take(p, "+")) {
            e = two(p, INCFE_OP_ADD, e, product(p));
        } else if (take(p, "-")) {
            e = two(p, INCFE_OP_SUB, e, product(p));
        } else {
            p->depth--;
            return e;
        }
    }
}

const incpt2_expr *incpt2_expr_parse(inccx *cx, const char *text)
{
    parser p = {.cx = cx, .text = text, .at = text};
    const incpt2_expr *e = formula(&p);
    skip_space(&p);
    if (*p.at)
        refuse(&p, "something follows");
    return e;
}

const char *incpt2_function_name(int what)
{
    for (size_t i = 0; i < INC_COUNT(functions); i++)
        if (functions[i].what == what)
            return functions[i].name;
    return "?";
}
