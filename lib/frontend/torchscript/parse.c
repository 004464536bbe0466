/* Recursive descent over the tokens of one file, one token ahead. Lists of children are gathered
 * on stacks that all levels share and copied to their exact size. Every function that calls itself,
 * by whatever way, goes through enter(), and every node counts its height: neither parsing nor
 * walking the result can overflow the stack. */
#include "frontend/torchscript/parse.h"

#include <string.h>

#include "base/str.h"
#include "frontend/torchscript/lex.h"
#include "frontend/torchscript/types.h"

typedef struct parser {
    inccx *cx;
    incts_lexer lex;
    incts_token token; /* the next one */
    const char *entry;
    uint32_t depth;
    const char *annotate, *unchecked_cast, *uninitialized, *isinstance, *getattr; /* interned */
    const char *torch, *ops, *own, *constants, *final;
    const incts_class *owner; /* the class being parsed */
    INC_VEC(const incts_expr *) exprs;
    INC_VEC(const incts_stmt *) stmts;
    INC_VEC(const incts_type *) types;
    INC_VEC(const char *) names;
    INC_VEC(const incts_function *) functions;
    INC_VEC(incts_keyword) keywords;
    INC_VEC(incts_param) params;
    INC_VEC(incts_with_item) with_items;
    incstr path;
} parser;

/* The items pushed to a stack since it was start high, copied; the stack is as before. */
#define TAKE(p, stack, start, count)                                                               \
    ((count) = (stack)->n - (start), (stack)->n = (start),                                         \
     (count) ? inc_copy((p)->cx, (stack)->items + (start), (count) * sizeof *(stack)->items)       \
             : NULL)

static const incts_expr *parse_expr(parser *p);
static const incts_type *parse_type(parser *p);
static incts_block parse_block(parser *p);
static const incts_function *parse_function(parser *p);

/* ---- tokens --------------------------------------------------------------------------------- */

static void fail_at(parser *p, const incts_token *token, const char *message) INC_NORETURN;
static void fail_at(parser *p, const incts_token *token, const char *message)
{
    incts_lex_fail(&p->lex, INC_E_FORMAT, token->line, token->column, "%s", message);
}

static void fail_expected(parser *p, const char *expected) INC_NORETURN;
static void fail_expected(parser *p, const char *expected)
{
    incts_lex_fail(&p->lex, INC_E_FORMAT, p->token.line, p->token.column, "found %s where %s",
                   incts_token_shown(p->cx, &p->token), expected);
}

static incts_token advance(parser *p)
{
    incts_token passed = p->token;
    p->token = incts_lex_next(&p->lex);
    return passed;
}

static bool at(const parser *p, int kind)
{
    return p->token.kind == kind;
}

static bool accept(parser *p, int kind)
{
    if (!at(p, kind))
        return false;
    advance(p);
    return true;
}

/* expected: the rest of a sentence, "\")\" is expected". */
static incts_token expect(parser *p, int kind, const char *expected)
{
    if (!at(p, kind))
        fail_expected(p, expected);
    return advance(p);
}

static const char *expect_name(parser *p, const char *expected)
{
    return expect(p, INCTS_TOK_NAME, expected).name;
}

/* Behind a dot a keyword is a name as any other. */
static const char *expect_attribute_name(parser *p)
{
    if (!p->token.name)
        fail_expected(p, "the name of an attribute is expected");
    return advance(p).name;
}

static void enter(parser *p)
{
    if (++p->depth > INCTS_MOST_DEPTH)
        incts_lex_fail(&p->lex, INC_E_LIMIT, p->token.line, p->token.column,
                       "the source nests more than %d levels deep", INCTS_MOST_DEPTH);
}

static void leave(parser *p)
{
    p->depth--;
}

/* ---- types ---------------------------------------------------------------------------------- */

static const char *parse_dotted_name(parser *p, const char *expected)
{
    const char *name;
    if (at(p, INCTS_TOK_NONE))
        return advance(p).name;
    name = expect_name(p, expected);
    if (!at(p, '.'))
        return name;
    p->path.n = 0;
    incstr_add(p->cx, &p->path, name);
    while (accept(p, '.')) {
        incstr_add(p->cx, &p->path, ".");
        incstr_add(p->cx, &p->path, expect_attribute_name(p));
    }
    return incts_intern(&p->lex, p->path.text, p->path.n);
}

static void check_type_args(parser *p, const incts_type *type, const incts_token *place)
{
    size_t least = 0, most = 0;
    switch (type->kind) {
    case INCTS_TYPE_OPTIONAL:
    case INCTS_TYPE_LIST:
    case INCTS_TYPE_FUTURE:
    case INCTS_TYPE_AWAIT:
    case INCTS_TYPE_RREF:
        least = most = 1;
        break;
    case INCTS_TYPE_DICT:
        least = most = 2;
        break;
    case INCTS_TYPE_UNION:
        least = 1;
        most = SIZE_MAX;
        break;
    case INCTS_TYPE_TUPLE:
    case INCTS_TYPE_OTHER:
        most = SIZE_MAX;
        break;
    default:
        break;
    }
    if (type->n_args < least || type->n_args > most)
        incts_lex_fail(&p->lex, INC_E_FORMAT, place->line, place->column,
                       "the type %s has %zu arguments",
                       incstr_shown(p->cx, type->name, strlen(type->name), 80), type->n_args);
}

/* Behind "[". */
static void parse_type_args(parser *p, incts_type *type)
{
    size_t start = p->types.n;
    if (at(p, '(') && type->kind == INCTS_TYPE_TUPLE) { /* Tuple[()] */
        advance(p);
        expect(p, ')', "\")\" is expected");
    } else {
        do {
            if (at(p, ']'))
                break;
            const incts_type *arg = parse_type(p);
            INC_PUSH(p->cx, &p->types, arg);
            if (arg->depth >= type->depth)
                type->depth = arg->depth + 1;
        } while (accept(p, ','));
    }
    expect(p, ']', "\",\" or \"]\" is expected");
    type->args = TAKE(p, &p->types, start, type->n_args);
}

static const incts_type *parse_type(parser *p)
{
    enter(p);
    incts_token place = p->token;
    incts_type *type = INC_NEW(p->cx, incts_type);
    type->name = parse_dotted_name(p, "a type is expected");
    type->kind = incts_type_kind_of(type->name);
    type->depth = 1;
    type->line = place.line;
    type->column = place.column;
    if (accept(p, '['))
        parse_type_args(p, type);
    check_type_args(p, type, &place);
    leave(p);
    return type;
}

/* ---- expressions: nodes --------------------------------------------------------------------- */

static incts_expr *new_expr(parser *p, incts_expr_kind kind, const incts_token *place)
{
    incts_expr *e = INC_NEW(p->cx, incts_expr);
    e->kind = (uint8_t)kind;
    e->depth = 1;
    e->line = place->line;
    e->column = place->column;
    return e;
}

/* Tells that child hangs below e; NULL is fine. */
static const incts_expr *below(parser *p, incts_expr *e, const incts_expr *child)
{
    if (child && child->depth >= e->depth) {
        e->depth = (uint16_t)(child->depth + 1);
        if (e->depth > INCTS_MOST_DEPTH)
            incts_lex_fail(&p->lex, INC_E_LIMIT, e->line, e->column,
                           "this expression nests more than %d levels deep", INCTS_MOST_DEPTH);
    }
    return child;
}

/* Makes the expressions since start the items of e. */
static void take_items(parser *p, incts_expr *e, size_t start)
{
    for (size_t i = start; i < p->exprs.n; i++)
        below(p, e, p->exprs.items[i]);
    e->items = TAKE(p, &p->exprs, start, e->n_items);
}

static incts_expr *new_binary(parser *p, const incts_token *place, incts_op op,
                              const incts_expr *left, const incts_expr *right)
{
    incts_expr *e = new_expr(p, right ? INCTS_BINARY : INCTS_UNARY, place);
    e->op = (uint8_t)op;
    e->left = below(p, e, left);
    e->right = below(p, e, right);
    return e;
}

/* ---- expressions: atoms --------------------------------------------------------------------- */

static bool is_number(int token)
{
    return token == INCTS_TOK_INT || token == INCTS_TOK_FLOAT || token == INCTS_TOK_IMAGINARY;
}

static incts_expr *parse_number(parser *p, bool is_negative)
{
    incts_token place = p->token;
    incts_expr *e = new_expr(p, INCTS_FLOAT, &place);
    size_t n = place.n;
    bool is_good;
    if (place.kind == INCTS_TOK_INT) {
        e->kind = INCTS_INT;
        /* the sign decides whether 9223372036854775808 fits */
        char digits[32] = "-";
        while (n > 1 && place.text[place.n - n] == '0')
            n--;
        is_good = n < sizeof digits - 1;
        if (is_good) {
            memcpy(digits + 1, place.text + (place.n - n), n);
            is_good = is_negative ? incstr_int(digits, n + 1, &e->number.i)
                                  : incstr_int(digits + 1, n, &e->number.i);
        }
        e->number.f = (double)e->number.i;
    } else {
        if (place.kind == INCTS_TOK_IMAGINARY) {
            e->kind = INCTS_IMAGINARY;
            n--;
        }
        is_good = incstr_double(place.text, n, &e->number.f) &&
                  e->number.f - e->number.f == 0.0; /* finite */
        if (is_negative)
            e->number.f = -e->number.f;
    }
    if (!is_good)
        fail_at(p, &place,
                inc_printf(p->cx, "the number %s is out of range",
                           incstr_shown(p->cx, place.text, place.n, 40)));
    advance(p);
    return e;
}

static const incts_expr *parse_string(parser *p)
{
    incts_expr *e = new_expr(p, INCTS_STRING, &p->token);
    e->string = incts_unescape(&p->lex, &p->token);
    advance(p);
    if (!at(p, INCTS_TOK_STRING))
        return e;
    incstr all = {0};
    incstr_add(p->cx, &all, e->string);
    while (at(p, INCTS_TOK_STRING)) {
        incstr_add(p->cx, &all, incts_unescape(&p->lex, &p->token));
        advance(p);
    }
    e->string = incts_intern(&p->lex, all.text, all.n);
    return e;
}

static void refuse_comprehension(parser *p)
{
    if (at(p, INCTS_TOK_FOR))
        fail_at(p, &p->token, "found a comprehension, which no saved model has");
}

/* Pushes expressions up to the closing bracket, which it passes; true if a comma stands last. */
static bool parse_items(parser *p, int close, const char *expected)
{
    bool has_comma = false;
    while (!at(p, close)) {
        const incts_expr *item = parse_expr(p);
        refuse_comprehension(p);
        INC_PUSH(p->cx, &p->exprs, item);
        has_comma = accept(p, ',');
        if (!has_comma)
            break;
    }
    expect(p, close, expected);
    return has_comma;
}

static const incts_expr *parse_list(parser *p)
{
    incts_expr *e = new_expr(p, INCTS_LIST, &p->token);
    size_t start = p->exprs.n;
    advance(p);
    parse_items(p, ']', "\",\" or \"]\" is expected");
    take_items(p, e, start);
    return e;
}

static const incts_expr *parse_parenthesis(parser *p)
{
    incts_token place = advance(p);
    size_t start = p->exprs.n;
    bool has_comma = parse_items(p, ')', "\",\" or \")\" is expected");
    if (p->exprs.n == start + 1 && !has_comma)
        return p->exprs.items[--p->exprs.n];
    incts_expr *e = new_expr(p, INCTS_TUPLE, &place);
    take_items(p, e, start);
    return e;
}

static const incts_expr *parse_dict(parser *p)
{
    incts_expr *e = new_expr(p, INCTS_DICT, &p->token);
    size_t start = p->exprs.n; /* key, value, key, value */
    advance(p);
    while (!at(p, '}')) {
        const incts_expr *key = parse_expr(p);
        expect(p, ':', "\":\" is expected");
        INC_PUSH(p->cx, &p->exprs, below(p, e, key));
        const incts_expr *value = parse_expr(p);
        refuse_comprehension(p);
        INC_PUSH(p->cx, &p->exprs, below(p, e, value));
        if (!accept(p, ','))
            break;
    }
    expect(p, '}', "\",\" or \"}\" is expected");
    size_t n = (p->exprs.n - start) / 2;
    const incts_expr **both = INC_NEW_N(p->cx, const incts_expr *, 2 * n);
    for (size_t i = 0; i < n; i++) {
        both[i] = p->exprs.items[start + 2 * i];
        both[n + i] = p->exprs.items[start + 2 * i + 1];
    }
    p->exprs.n = start;
    e->dict.keys = both;
    e->dict.values = both + n;
    e->dict.n = n;
    return e;
}

/* A name; or a whole dotted path, where it starts with one of the names no local can have. */
static const incts_expr *parse_name(parser *p)
{
    incts_token place = advance(p);
    incts_expr *e = new_expr(p, INCTS_NAME, &place);
    bool is_constant = place.name == p->constants;
    e->name = place.name;
    if (!at(p, '.') ||
        (!is_constant && place.name != p->torch && place.name != p->ops && place.name != p->own))
        return e;
    e->kind = INCTS_PATH;
    p->path.n = 0;
    incstr_add(p->cx, &p->path, place.name);
    do {
        advance(p);
        incstr_add(p->cx, &p->path, ".");
        incstr_add(p->cx, &p->path, expect_attribute_name(p));
    } while (at(p, '.') && !is_constant);
    e->name = incts_intern(&p->lex, p->path.text, p->path.n);
    return e;
}

static const incts_expr *parse_literal(parser *p, incts_expr_kind kind)
{
    incts_token place = advance(p);
    return new_expr(p, kind, &place);
}

static const incts_expr *parse_atom(parser *p)
{
    switch (p->token.kind) {
    case INCTS_TOK_NAME:
        return parse_name(p);
    case INCTS_TOK_INT:
    case INCTS_TOK_FLOAT:
    case INCTS_TOK_IMAGINARY:
        return parse_number(p, false);
    case INCTS_TOK_STRING:
        return parse_string(p);
    case INCTS_TOK_TRUE:
        return parse_literal(p, INCTS_TRUE);
    case INCTS_TOK_FALSE:
        return parse_literal(p, INCTS_FALSE);
    case INCTS_TOK_NONE:
        return parse_literal(p, INCTS_NONE);
    case INCTS_TOK_ELLIPSIS:
        return parse_literal(p, INCTS_ELLIPSIS);
    case '[':
        return parse_list(p);
    case '(':
        return parse_parenthesis(p);
    case '{':
        return parse_dict(p);
    case '^':
        fail_at(p, &p->token, "found a call of a Python function (^), which only Python can run");
    default:
        fail_expected(p, "an expression is expected");
    }
}

/* ---- expressions: what follows an atom ------------------------------------------------------ */

/* One argument; behind the first keyword all are keywords. */
static void parse_arg(parser *p, incts_expr *call, size_t first_keyword)
{
    incts_token place = p->token;
    if (accept(p, '*')) {
        incts_expr *starred = new_expr(p, INCTS_STARRED, &place);
        starred->left = below(p, starred, parse_expr(p));
        INC_PUSH(p->cx, &p->exprs, below(p, call, starred));
        return;
    }
    const incts_expr *value = parse_expr(p);
    if (value->kind == INCTS_NAME && accept(p, '=')) {
        incts_keyword keyword = {value->name, NULL};
        keyword.value = below(p, call, parse_expr(p));
        INC_PUSH(p->cx, &p->keywords, keyword);
        return;
    }
    refuse_comprehension(p);
    if (p->keywords.n > first_keyword)
        fail_at(p, &place, "an argument without a name follows one with a name");
    INC_PUSH(p->cx, &p->exprs, below(p, call, value));
}

static const incts_expr *parse_call(parser *p, const incts_token *place, const incts_expr *callee)
{
    size_t first_arg = p->exprs.n, first_keyword = p->keywords.n, n_args, n_keywords;
    incts_expr *e = new_expr(p, INCTS_CALL, place);
    e->call.callee = below(p, e, callee);
    advance(p);
    while (!at(p, ')')) {
        parse_arg(p, e, first_keyword);
        if (!accept(p, ','))
            break;
    }
    expect(p, ')', "\",\" or \")\" is expected");
    e->call.args = TAKE(p, &p->exprs, first_arg, n_args);
    e->call.keywords = TAKE(p, &p->keywords, first_keyword, n_keywords);
    e->call.n_args = (uint32_t)n_args;
    e->call.n_keywords = (uint32_t)n_keywords;
    return e;
}

/* T or (T, U). */
static void parse_types_in_parenthesis(parser *p, incts_expr *e)
{
    size_t start = p->types.n;
    bool is_many = accept(p, '(');
    do {
        if (is_many && at(p, ')'))
            break;
        const incts_type *type = parse_type(p);
        INC_PUSH(p->cx, &p->types, type);
    } while (is_many && accept(p, ','));
    if (is_many)
        expect(p, ')', "\",\" or \")\" is expected");
    e->typed.types = TAKE(p, &p->types, start, e->typed.n_types);
}

/* annotate(T, e), unchecked_cast(T, e), uninitialized(T), isinstance(e, T): kind says which. */
static const incts_expr *parse_typed(parser *p, const incts_token *place, incts_expr_kind kind)
{
    incts_expr *e = new_expr(p, kind, place);
    advance(p);
    if (kind == INCTS_ISINSTANCE) {
        e->typed.value = below(p, e, parse_expr(p));
        expect(p, ',', "\",\" is expected");
        parse_types_in_parenthesis(p, e);
    } else {
        const incts_type **types = INC_NEW(p->cx, const incts_type *);
        types[0] = parse_type(p);
        e->typed.types = types;
        e->typed.n_types = 1;
        if (kind != INCTS_UNINITIALIZED) {
            expect(p, ',', "\",\" is expected");
            e->typed.value = below(p, e, parse_expr(p));
        }
    }
    accept(p, ',');
    expect(p, ')', "\")\" is expected");
    return e;
}

static const incts_expr *new_attribute(parser *p, const incts_token *place,
                                       const incts_expr *object, const char *name)
{
    incts_expr *e = new_expr(p, INCTS_ATTRIBUTE, place);
    e->attribute.object = below(p, e, object);
    e->attribute.name = name;
    return e;
}

static const incts_expr *parse_call_of(parser *p, const incts_token *place,
                                       const incts_expr *callee)
{
    const char *name = callee->kind == INCTS_NAME ? callee->name : NULL;
    if (name && name == p->annotate)
        return parse_typed(p, place, INCTS_ANNOTATE);
    if (name && name == p->unchecked_cast)
        return parse_typed(p, place, INCTS_UNCHECKED_CAST);
    if (name && name == p->uninitialized)
        return parse_typed(p, place, INCTS_UNINITIALIZED);
    if (name && name == p->isinstance)
        return parse_typed(p, place, INCTS_ISINSTANCE);
    const incts_expr *e = parse_call(p, place, callee);
    if (name && name == p->getattr && e->call.n_args == 2 && e->call.n_keywords == 0 &&
        e->call.args[1]->kind == INCTS_STRING)
        return new_attribute(p, place, e->call.args[0], e->call.args[1]->string);
    return e;
}

/* One part of a subscript: an expression, or lower:upper:step. */
static const incts_expr *parse_slice(parser *p)
{
    incts_token place = p->token;
    const incts_expr *first = at(p, ':') ? NULL : parse_expr(p);
    if (!accept(p, ':'))
        return first;
    incts_expr *e = new_expr(p, INCTS_SLICE, &place);
    e->slice.lower = below(p, e, first);
    if (!at(p, ':') && !at(p, ',') && !at(p, ']'))
        e->slice.upper = below(p, e, parse_expr(p));
    if (accept(p, ':') && !at(p, ',') && !at(p, ']'))
        e->slice.step = below(p, e, parse_expr(p));
    return e;
}

static const incts_expr *parse_subscript(parser *p, const incts_token *place,
                                         const incts_expr *object)
{
    incts_expr *e = new_expr(p, INCTS_SUBSCRIPT, place);
    e->subscript.object = below(p, e, object);
    advance(p);
    incts_token index_place = p->token;
    const incts_expr *index = parse_slice(p);
    if (at(p, ',')) {
        size_t start = p->exprs.n;
        incts_expr *tuple = new_expr(p, INCTS_TUPLE, &index_place);
        INC_PUSH(p->cx, &p->exprs, index);
        while (accept(p, ',') && !at(p, ']')) {
            index = parse_slice(p);
            INC_PUSH(p->cx, &p->exprs, index);
        }
        take_items(p, tuple, start);
        index = tuple;
    }
    e->subscript.index = below(p, e, index);
    expect(p, ']', "\",\", \":\" or \"]\" is expected");
    return e;
}

/* An atom and its attributes, subscripts and calls. */
static const incts_expr *parse_primary(parser *p)
{
    incts_token place = p->token;
    enter(p);
    const incts_expr *e = parse_atom(p);
    for (;;) {
        switch (p->token.kind) {
        case '.':
            advance(p);
            e = new_attribute(p, &place, e, expect_attribute_name(p));
            break;
        case '(':
            e = parse_call_of(p, &place, e);
            break;
        case '[':
            e = parse_subscript(p, &place, e);
            break;
        default:
            leave(p);
            return e;
        }
    }
}

/* ---- expressions: operators ----------------------------------------------------------------- */

/* As strong as PyTorch's own reader has them, which is not Python's order: "and" and "or" bind
 * alike, and "~" as weakly as "not". */
enum {
    BINDS_LOGIC = 2,
    BINDS_NOT,
    BINDS_COMPARISON,
    BINDS_OR,
    BINDS_XOR,
    BINDS_AND,
    BINDS_SHIFT,
    BINDS_SUM,
    BINDS_PRODUCT,
    BINDS_POWER
};

static const struct {
    int token;
    uint8_t op, binds;
} binary_operators[] = {
    {INCTS_TOK_AND, INCTS_OP_AND, BINDS_LOGIC},
    {INCTS_TOK_OR, INCTS_OP_OR, BINDS_LOGIC},
    {'<', INCTS_OP_LT, BINDS_COMPARISON},
    {'>', INCTS_OP_GT, BINDS_COMPARISON},
    {INCTS_TOK_LE, INCTS_OP_LE, BINDS_COMPARISON},
    {INCTS_TOK_GE, INCTS_OP_GE, BINDS_COMPARISON},
    {INCTS_TOK_EQ, INCTS_OP_EQ, BINDS_COMPARISON},
    {INCTS_TOK_NE, INCTS_OP_NE, BINDS_COMPARISON},
    {INCTS_TOK_IN, INCTS_OP_IN, BINDS_COMPARISON},
    {INCTS_TOK_IS, INCTS_OP_IS, BINDS_COMPARISON},      /* or "is not" */
    {INCTS_TOK_NOT, INCTS_OP_NOT_IN, BINDS_COMPARISON}, /* then "in" */
    {'|', INCTS_OP_BITOR, BINDS_OR},
    {'^', INCTS_OP_BITXOR, BINDS_XOR},
    {'&', INCTS_OP_BITAND, BINDS_AND},
    {INCTS_TOK_LSHIFT, INCTS_OP_LSHIFT, BINDS_SHIFT},
    {INCTS_TOK_RSHIFT, INCTS_OP_RSHIFT, BINDS_SHIFT},
    {'+', INCTS_OP_ADD, BINDS_SUM},
    {'-', INCTS_OP_SUB, BINDS_SUM},
    {'*', INCTS_OP_MUL, BINDS_PRODUCT},
    {'/', INCTS_OP_DIV, BINDS_PRODUCT},
    {INCTS_TOK_FLOORDIV, INCTS_OP_FLOORDIV, BINDS_PRODUCT},
    {'%', INCTS_OP_MOD, BINDS_PRODUCT},
    {'@', INCTS_OP_MATMUL, BINDS_PRODUCT},
    {INCTS_TOK_POW, INCTS_OP_POW, BINDS_POWER},
};

/* What nearly always follows an operand, so that the table is seldom searched. */
static bool ends_expression(int token)
{
    return token == ',' || token == ')' || token == INCTS_TOK_NEWLINE || token == ']' ||
           token == '=' || token == ':';
}

static const incts_expr *parse_operators(parser *p, int stronger_than);

static incts_op passed_operator(parser *p, incts_op op)
{
    incts_token operator_token = advance(p);
    if (operator_token.kind == INCTS_TOK_NOT)
        expect(p, INCTS_TOK_IN, "\"in\" is expected behind \"not\"");
    else if (operator_token.kind == INCTS_TOK_IS && accept(p, INCTS_TOK_NOT))
        return INCTS_OP_IS_NOT;
    return op;
}

/* Goes on behind left while operators bind more strongly than that. */
static const incts_expr *climb(parser *p, const incts_token *place, const incts_expr *left,
                               int stronger_than)
{
    bool is_compared = false;
    while (!ends_expression(p->token.kind)) {
        size_t i = 0;
        while (i < INC_COUNT(binary_operators) && binary_operators[i].token != p->token.kind)
            i++;
        if (i == INC_COUNT(binary_operators) || binary_operators[i].binds <= stronger_than)
            break;
        int binds = binary_operators[i].binds;
        if (binds == BINDS_COMPARISON && is_compared)
            fail_at(p, &p->token, "comparisons are chained, which TorchScript does not know");
        is_compared = binds == BINDS_COMPARISON;
        incts_op op = passed_operator(p, (incts_op)binary_operators[i].op);
        const incts_expr *right;
        if (op == INCTS_OP_POW) { /* to the right */
            enter(p);
            right = parse_operators(p, binds - 1);
            leave(p);
        } else {
            right = parse_operators(p, binds);
        }
        left = new_binary(p, place, op, left, right);
    }
    return left;
}

static const incts_expr *parse_prefix(parser *p, incts_op op, int binds)
{
    incts_token place = advance(p);
    enter(p);
    const incts_expr *operand = parse_operators(p, binds);
    leave(p);
    return new_binary(p, &place, op, operand, NULL);
}

/* A number takes the sign into itself, but -2 ** 2 is -(2 ** 2). */
static const incts_expr *parse_minus(parser *p)
{
    incts_token place = p->token;
    incts_lexer *lex = &p->lex;
    while (lex->at < lex->end && *lex->at == ' ')
        lex->at++;
    char next = lex->at < lex->end ? *lex->at : '\0';
    if (!(next >= '0' && next <= '9') && next != '.')
        return parse_prefix(p, INCTS_OP_NEG, BINDS_PRODUCT);
    advance(p);
    if (!is_number(p->token.kind))
        fail_expected(p, "a number is expected");
    incts_token number = p->token;
    incts_expr *e = parse_number(p, true);
    if (!at(p, INCTS_TOK_POW)) {
        e->line = place.line;
        e->column = place.column;
        return e;
    }
    if (e->kind == INCTS_INT && e->number.i == INT64_MIN)
        fail_at(p, &number, "this number is out of range");
    e->number.f = -e->number.f;
    if (e->kind == INCTS_INT)
        e->number.i = -e->number.i;
    return new_binary(p, &place, INCTS_OP_NEG, climb(p, &number, e, BINDS_PRODUCT), NULL);
}

static const incts_expr *parse_operand(parser *p)
{
    switch (p->token.kind) {
    case '-':
        return parse_minus(p);
    case '+':
        return parse_prefix(p, INCTS_OP_POS, BINDS_PRODUCT);
    case '~':
        return parse_prefix(p, INCTS_OP_INVERT, BINDS_NOT);
    case INCTS_TOK_NOT:
        return parse_prefix(p, INCTS_OP_NOT, BINDS_NOT);
    default:
        return parse_primary(p);
    }
}

static const incts_expr *parse_operators(parser *p, int stronger_than)
{
    incts_token place = p->token;
    return climb(p, &place, parse_operand(p), stronger_than);
}

static const incts_expr *parse_expr(parser *p)
{
    incts_token place = p->token;
    const incts_expr *yes = parse_operators(p, 0);
    if (!accept(p, INCTS_TOK_IF))
        return yes;
    incts_expr *e = new_expr(p, INCTS_TERNARY, &place);
    e->ternary.yes = below(p, e, yes);
    e->ternary.condition = below(p, e, parse_operators(p, 0));
    expect(p, INCTS_TOK_ELSE, "\"else\" is expected");
    enter(p);
    e->ternary.no = below(p, e, parse_expr(p));
    leave(p);
    return e;
}

/* One expression, or several with commas, which make a tuple. */
static const incts_expr *parse_expr_list(parser *p)
{
    incts_token place = p->token;
    const incts_expr *first = parse_expr(p);
    if (!at(p, ','))
        return first;
    size_t start = p->exprs.n;
    INC_PUSH(p->cx, &p->exprs, first);
    while (accept(p, ',') && !at(p, INCTS_TOK_NEWLINE)) {
        const incts_expr *item = parse_expr(p);
        INC_PUSH(p->cx, &p->exprs, item);
    }
    incts_expr *e = new_expr(p, INCTS_TUPLE, &place);
    take_items(p, e, start);
    return e;
}

/* ---- statements ----------------------------------------------------------------------------- */

static incts_stmt *new_stmt(parser *p, incts_stmt_kind kind, const incts_token *place)
{
    incts_stmt *s = INC_NEW(p->cx, incts_stmt);
    s->kind = (uint8_t)kind;
    s->line = place->line;
    s->column = place->column;
    return s;
}

static void end_line(parser *p)
{
    if (!at(p, INCTS_TOK_END))
        expect(p, INCTS_TOK_NEWLINE, "the end of the line is expected");
}

static void check_target(parser *p, const incts_expr *e)
{
    switch (e->kind) {
    case INCTS_NAME:
    case INCTS_ATTRIBUTE:
    case INCTS_SUBSCRIPT:
        return;
    case INCTS_TUPLE:
        for (size_t i = 0; i < e->n_items; i++)
            check_target(p, e->items[i]);
        return;
    default:
        incts_lex_fail(&p->lex, INC_E_FORMAT, e->line, e->column,
                       "this cannot be assigned to: a name, an attribute or an item is expected");
    }
}

/* The expressions since start become targets. */
static const incts_expr *const *take_targets(parser *p, size_t start, size_t *n)
{
    for (size_t i = start; i < p->exprs.n; i++)
        check_target(p, p->exprs.items[i]);
    return TAKE(p, &p->exprs, start, *n);
}

static incts_op augmented_operator(int token)
{
    static const uint8_t ops[] = {
        [0] = INCTS_OP_ADD,
        [INCTS_TOK_SUB_TO - INCTS_TOK_ADD_TO] = INCTS_OP_SUB,
        [INCTS_TOK_MUL_TO - INCTS_TOK_ADD_TO] = INCTS_OP_MUL,
        [INCTS_TOK_DIV_TO - INCTS_TOK_ADD_TO] = INCTS_OP_DIV,
        [INCTS_TOK_MOD_TO - INCTS_TOK_ADD_TO] = INCTS_OP_MOD,
        [INCTS_TOK_MATMUL_TO - INCTS_TOK_ADD_TO] = INCTS_OP_MATMUL,
        [INCTS_TOK_FLOORDIV_TO - INCTS_TOK_ADD_TO] = INCTS_OP_FLOORDIV,
        [INCTS_TOK_POW_TO - INCTS_TOK_ADD_TO] = INCTS_OP_POW,
        [INCTS_TOK_LSHIFT_TO - INCTS_TOK_ADD_TO] = INCTS_OP_LSHIFT,
        [INCTS_TOK_RSHIFT_TO - INCTS_TOK_ADD_TO] = INCTS_OP_RSHIFT,
        [INCTS_TOK_AND_TO - INCTS_TOK_ADD_TO] = INCTS_OP_BITAND,
        [INCTS_TOK_OR_TO - INCTS_TOK_ADD_TO] = INCTS_OP_BITOR,
        [INCTS_TOK_XOR_TO - INCTS_TOK_ADD_TO] = INCTS_OP_BITXOR,
    };
    return token >= INCTS_TOK_ADD_TO && token <= INCTS_TOK_XOR_TO
               ? (incts_op)ops[token - INCTS_TOK_ADD_TO]
               : INCTS_OP_NONE;
}

/* Behind the targets of "targets = value"; the "=" is next. */
static const incts_stmt *parse_assign(parser *p, const incts_token *place, size_t start,
                                      bool trailing_comma)
{
    incts_stmt *s = new_stmt(p, INCTS_ASSIGN, place);
    s->assign.targets = take_targets(p, start, &s->assign.n_targets);
    s->assign.trailing_comma = trailing_comma;
    advance(p);
    s->assign.value = parse_expr_list(p);
    if (at(p, '='))
        fail_at(p, &p->token, "found a second \"=\", which TorchScript does not know");
    end_line(p);
    return s;
}

static const incts_stmt *parse_annotated_assign(parser *p, const incts_token *place, size_t start)
{
    incts_stmt *s = new_stmt(p, INCTS_ASSIGN, place);
    s->assign.targets = take_targets(p, start, &s->assign.n_targets);
    advance(p);
    s->assign.type = parse_type(p);
    expect(p, '=', "\"=\" is expected");
    s->assign.value = parse_expr_list(p);
    end_line(p);
    return s;
}

static const incts_stmt *parse_augmented(parser *p, const incts_token *place,
                                         const incts_expr *target)
{
    incts_stmt *s = new_stmt(p, INCTS_AUGMENTED, place);
    check_target(p, target);
    s->op = (uint8_t)augmented_operator(advance(p).kind);
    s->augmented.target = target;
    s->augmented.value = parse_expr_list(p);
    end_line(p);
    return s;
}

/* What begins with an expression: the kinds of assignment, or a call for its effect. */
static const incts_stmt *parse_expr_stmt(parser *p)
{
    incts_token place = p->token;
    size_t start = p->exprs.n;
    bool has_comma;
    do {
        const incts_expr *e = parse_expr(p);
        INC_PUSH(p->cx, &p->exprs, e);
        has_comma = accept(p, ',');
    } while (has_comma && !at(p, '=') && !at(p, INCTS_TOK_NEWLINE));
    bool is_one = p->exprs.n == start + 1 && !has_comma;
    if (at(p, '='))
        return parse_assign(p, &place, start, has_comma);
    if (is_one && at(p, ':'))
        return parse_annotated_assign(p, &place, start);
    if (is_one && augmented_operator(p->token.kind) != INCTS_OP_NONE)
        return parse_augmented(p, &place, p->exprs.items[--p->exprs.n]);
    incts_stmt *s = new_stmt(p, INCTS_EXPR, &place);
    if (is_one) {
        s->value = p->exprs.items[--p->exprs.n];
    } else {
        incts_expr *tuple = new_expr(p, INCTS_TUPLE, &place);
        take_items(p, tuple, start);
        s->value = tuple;
    }
    end_line(p);
    return s;
}

/* "if", or an "elif" standing for the else of one. */
static const incts_stmt *parse_if(parser *p)
{
    enter(p);
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_IF, &place);
    s->branch.condition = parse_expr(p);
    s->branch.then = parse_block(p);
    if (at(p, INCTS_TOK_ELIF)) {
        const incts_stmt **only = INC_NEW(p->cx, const incts_stmt *);
        only[0] = parse_if(p);
        s->branch.otherwise = (incts_block){only, 1};
    } else if (accept(p, INCTS_TOK_ELSE)) {
        s->branch.otherwise = parse_block(p);
    }
    leave(p);
    return s;
}

static const incts_stmt *parse_while(parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_WHILE, &place);
    s->loop.condition = parse_expr(p);
    s->loop.body = parse_block(p);
    return s;
}

static const incts_stmt *parse_for(parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_FOR, &place);
    size_t start = p->exprs.n;
    do {
        const incts_expr *target = parse_primary(p); /* an operator would swallow the "in" */
        INC_PUSH(p->cx, &p->exprs, target);
    } while (accept(p, ',') && !at(p, INCTS_TOK_IN));
    s->each.targets = take_targets(p, start, &s->each.n_targets);
    expect(p, INCTS_TOK_IN, "\"in\" is expected");
    s->each.iterable = parse_expr_list(p);
    s->each.body = parse_block(p);
    return s;
}

static const incts_stmt *parse_with(parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_WITH, &place);
    size_t start = p->with_items.n;
    do {
        incts_with_item item = {parse_expr(p), NULL};
        if (accept(p, INCTS_TOK_AS))
            item.name = expect_name(p, "a name is expected");
        INC_PUSH(p->cx, &p->with_items, item);
    } while (accept(p, ','));
    s->with.items = TAKE(p, &p->with_items, start, s->with.n_items);
    s->with.body = parse_block(p);
    return s;
}

static const incts_stmt *parse_nested_def(parser *p)
{
    incts_stmt *s = new_stmt(p, INCTS_DEF, &p->token);
    s->function = parse_function(p);
    return s;
}

/* return and raise. */
static const incts_stmt *parse_leaving(parser *p, incts_stmt_kind kind)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, kind, &place);
    if (!at(p, INCTS_TOK_NEWLINE))
        s->value = parse_expr_list(p);
    end_line(p);
    return s;
}

static const incts_stmt *parse_assert(parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_ASSERT, &place);
    s->assertion.condition = parse_expr(p);
    if (accept(p, ','))
        s->assertion.message = parse_expr(p);
    end_line(p);
    return s;
}

static const incts_stmt *parse_delete(parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_DELETE, &place);
    size_t start = p->exprs.n;
    do {
        const incts_expr *e = parse_expr(p);
        INC_PUSH(p->cx, &p->exprs, e);
    } while (accept(p, ',') && !at(p, INCTS_TOK_NEWLINE));
    s->items = take_targets(p, start, &s->n_items);
    end_line(p);
    return s;
}

/* pass, break and continue. */
static const incts_stmt *parse_word(parser *p, incts_stmt_kind kind)
{
    incts_token place = advance(p);
    end_line(p);
    return new_stmt(p, kind, &place);
}

static const incts_stmt *parse_stmt(parser *p)
{
    switch (p->token.kind) {
    case INCTS_TOK_IF:
        return parse_if(p);
    case INCTS_TOK_WHILE:
        return parse_while(p);
    case INCTS_TOK_FOR:
        return parse_for(p);
    case INCTS_TOK_WITH:
        return parse_with(p);
    case INCTS_TOK_DEF:
        return parse_nested_def(p);
    case INCTS_TOK_RETURN:
        return parse_leaving(p, INCTS_RETURN);
    case INCTS_TOK_RAISE:
        return parse_leaving(p, INCTS_RAISE);
    case INCTS_TOK_ASSERT:
        return parse_assert(p);
    case INCTS_TOK_DEL:
        return parse_delete(p);
    case INCTS_TOK_PASS:
        return parse_word(p, INCTS_PASS);
    case INCTS_TOK_BREAK:
        return parse_word(p, INCTS_BREAK);
    case INCTS_TOK_CONTINUE:
        return parse_word(p, INCTS_CONTINUE);
    case INCTS_TOK_INDENT:
        fail_expected(p, "a statement of this block is expected");
    default:
        if (p->token.kind >= INCTS_TOK_FIRST_KEYWORD && p->token.kind < INCTS_TOK_NOT)
            fail_expected(p, "a statement is expected");
        return parse_expr_stmt(p);
    }
}

static void open_block(parser *p)
{
    expect(p, ':', "\":\" is expected");
    expect(p, INCTS_TOK_NEWLINE, "the end of the line is expected");
}

static incts_block parse_block(parser *p)
{
    enter(p);
    open_block(p);
    expect(p, INCTS_TOK_INDENT, "an indented block is expected");
    size_t start = p->stmts.n;
    while (!at(p, INCTS_TOK_DEDENT)) {
        const incts_stmt *s = parse_stmt(p);
        INC_PUSH(p->cx, &p->stmts, s);
    }
    advance(p);
    leave(p);
    incts_block block;
    block.items = TAKE(p, &p->stmts, start, block.n);
    return block;
}

/* ---- functions ------------------------------------------------------------------------------ */

static void parse_params(parser *p, incts_function *f)
{
    size_t start = p->params.n;
    bool keyword_only = false;
    while (!at(p, ')')) {
        if (!keyword_only && accept(p, '*')) {
            keyword_only = true;
        } else {
            incts_param param = {
                .keyword_only = keyword_only, .line = p->token.line, .column = p->token.column};
            param.name = expect_name(p, "the name of a parameter is expected");
            if (accept(p, ':'))
                param.type = parse_type(p);
            if (accept(p, '='))
                param.value = parse_expr(p);
            INC_PUSH(p->cx, &p->params, param);
        }
        if (!accept(p, ','))
            break;
    }
    f->params = TAKE(p, &p->params, start, f->n_params);
}

static const incts_function *parse_function(parser *p)
{
    incts_token place = advance(p);
    incts_function *f = INC_NEW(p->cx, incts_function);
    f->entry = p->entry;
    f->owner = p->owner;
    f->line = place.line;
    f->column = place.column;
    f->name = expect_name(p, "the name of a function is expected");
    expect(p, '(', "\"(\" is expected");
    parse_params(p, f);
    expect(p, ')', "\",\" or \")\" is expected");
    if (accept(p, INCTS_TOK_ARROW))
        f->returns = parse_type(p);
    f->body = parse_block(p);
    return f;
}

/* Adds to a map of names; each name is given once. */
static void add_named(parser *p, incmap *map, const char *name, const void *value,
                      const incts_token *place)
{
    if (incmap_has_str(map, name))
        fail_at(p, place,
                inc_printf(p->cx, "\"%s\" is defined twice",
                           incstr_shown(p->cx, name, strlen(name), 80)));
    incmap_set_str(p->cx, map, name, (void *)(uintptr_t)value);
}

/* ---- classes -------------------------------------------------------------------------------- */

typedef struct class_body {
    incts_class *c;
    INC_VEC(incts_attribute) attributes;
    size_t first_method; /* on the parser's stack */
} class_body;

static void add_attribute(parser *p, class_body *body, const incts_attribute *attribute)
{
    INC_PUSH(p->cx, &body->attributes, *attribute);
    end_line(p);
}

/* ["a", "b", ] */
static incts_names parse_names(parser *p)
{
    incts_names names;
    size_t start = p->names.n;
    expect(p, '[', "\"[\" is expected");
    while (!at(p, ']')) {
        if (!at(p, INCTS_TOK_STRING))
            fail_expected(p, "a string is expected");
        const char *name = incts_unescape(&p->lex, &p->token);
        INC_PUSH(p->cx, &p->names, name);
        advance(p);
        if (!accept(p, ','))
            break;
    }
    expect(p, ']', "\",\" or \"]\" is expected");
    names.items = TAKE(p, &p->names, start, names.n);
    return names;
}

/* Where the list of that name goes, or NULL when it is no such list. */
static incts_names *list_of_names(incts_class *c, const char *name)
{
    if (strcmp(name, "__parameters__") == 0)
        return &c->parameters;
    if (strcmp(name, "__buffers__") == 0)
        return &c->buffers;
    if (strcmp(name, "__forward_pre_hooks__") == 0)
        return &c->forward_pre_hooks;
    if (strcmp(name, "__forward_hooks__") == 0)
        return &c->forward_hooks;
    return NULL;
}

/* ": T" or ": T = value" or ": Final[T] = value", for a name that was passed. */
static void parse_typed_attribute(parser *p, class_body *body, incts_attribute *attribute)
{
    attribute->type = parse_type(p);
    attribute->is_constant = attribute->type->name == p->final;
    if (attribute->is_constant && attribute->type->n_args != 1)
        incts_lex_fail(&p->lex, INC_E_FORMAT, attribute->type->line, attribute->type->column,
                       "Final has %zu arguments", attribute->type->n_args);
    if (attribute->is_constant)
        attribute->type = attribute->type->args[0];
    if (accept(p, '='))
        attribute->value = parse_expr_list(p);
    add_attribute(p, body, attribute);
}

/* "__annotations__ = []" says nothing; "__annotations__["0"] = T" is the attribute "0". */
static void parse_annotations(parser *p, class_body *body, incts_attribute *attribute)
{
    if (accept(p, '=')) {
        parse_names(p);
        end_line(p);
        return;
    }
    expect(p, '[', "\"[\" or \"=\" is expected");
    if (!at(p, INCTS_TOK_STRING))
        fail_expected(p, "a string is expected");
    attribute->name = incts_unescape(&p->lex, &p->token);
    advance(p);
    expect(p, ']', "\"]\" is expected");
    expect(p, '=', "\"=\" is expected");
    parse_typed_attribute(p, body, attribute);
}

/* The value of an enum member, whose strings the printer does not escape; "=" is next. */
static const incts_expr *parse_enum_value(parser *p)
{
    const char *content;
    size_t n;
    incts_token place = p->token;
    if (!incts_lex_unescaped(&p->lex, &content, &n)) {
        advance(p);
        return parse_expr(p);
    }
    incts_expr *e = new_expr(p, INCTS_STRING, &place);
    if (memchr(content, '\0', n))
        fail_at(p, &place, "this string has a NUL");
    e->string = incts_intern(&p->lex, content, n);
    advance(p);
    return e;
}

static void parse_member(parser *p, class_body *body)
{
    incts_class *c = body->c;
    incts_token place = p->token;
    if (at(p, INCTS_TOK_DEF)) {
        const incts_function *method = parse_function(p);
        INC_PUSH(p->cx, &p->functions, method);
        add_named(p, c->method_by_name, method->name, method, &place);
        return;
    }
    if (at(p, INCTS_TOK_PASS)) {
        parse_word(p, INCTS_PASS);
        return;
    }
    incts_attribute attribute = {.line = place.line, .column = place.column};
    attribute.name = expect_attribute_name(p); /* a module may well have one named "in" */
    incts_names *names = list_of_names(c, attribute.name);
    if (strcmp(attribute.name, "__annotations__") == 0) {
        parse_annotations(p, body, &attribute);
    } else if (names && accept(p, '=')) {
        *names = parse_names(p);
        end_line(p);
    } else if (accept(p, ':')) {
        parse_typed_attribute(p, body, &attribute);
    } else {
        if (!at(p, '='))
            fail_expected(p, "\":\" or \"=\" is expected");
        attribute.value = parse_enum_value(p);
        add_attribute(p, body, &attribute);
    }
}

static incts_class_kind parse_class_kind(parser *p)
{
    static const struct {
        const char *name;
        incts_class_kind kind;
    } kinds[] = {
        {"Module", INCTS_CLASS_MODULE},
        {"NamedTuple", INCTS_CLASS_NAMED_TUPLE},
        {"Enum", INCTS_CLASS_ENUM},
        {"Interface", INCTS_CLASS_INTERFACE},
        {"ModuleInterface", INCTS_CLASS_MODULE_INTERFACE},
    };
    if (!accept(p, '('))
        return INCTS_CLASS_PLAIN;
    incts_token place = p->token;
    const char *name = expect_name(p, "the kind of the class is expected");
    expect(p, ')', "\")\" is expected");
    for (size_t i = 0; i < INC_COUNT(kinds); i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    fail_at(p, &place,
            "this kind of class is not known: Module, NamedTuple, Enum, Interface or "
            "ModuleInterface is expected");
}

static const incts_class *parse_class(parser *p)
{
    incts_token place = advance(p);
    incts_class *c = INC_NEW(p->cx, incts_class);
    class_body body = {.c = c, .first_method = p->functions.n};
    c->entry = p->entry;
    c->line = place.line;
    c->column = place.column;
    c->attribute_by_name = incmap_new(p->cx);
    c->method_by_name = incmap_new(p->cx);
    c->name = expect_name(p, "the name of a class is expected");
    c->kind = parse_class_kind(p);
    p->owner = c;
    open_block(p);
    if (accept(p, INCTS_TOK_INDENT)) { /* a class may have nothing in it */
        while (!at(p, INCTS_TOK_DEDENT))
            parse_member(p, &body);
        advance(p);
    }
    p->owner = NULL;
    c->methods = TAKE(p, &p->functions, body.first_method, c->n_methods);
    c->attributes = body.attributes.items;
    c->n_attributes = body.attributes.n;
    for (size_t i = 0; i < c->n_attributes; i++) {
        const incts_attribute *a = &c->attributes[i];
        incts_token at_attribute = {.line = a->line, .column = a->column};
        add_named(p, c->attribute_by_name, a->name, a, &at_attribute);
    }
    return c;
}

/* ---- files ---------------------------------------------------------------------------------- */

static const char *intern(parser *p, const char *text)
{
    return incts_intern(&p->lex, text, strlen(text));
}

static void start(parser *p, inccx *cx, const char *entry, const char *text, size_t n)
{
    *p = (parser){.cx = cx, .entry = entry};
    incts_lex_start(&p->lex, cx, entry, text, n);
    p->annotate = intern(p, "annotate");
    p->unchecked_cast = intern(p, "unchecked_cast");
    p->uninitialized = intern(p, "uninitialized");
    p->isinstance = intern(p, "isinstance");
    p->getattr = intern(p, "getattr");
    p->torch = intern(p, "torch");
    p->ops = intern(p, "ops");
    p->own = intern(p, "__torch__");
    p->constants = intern(p, "CONSTANTS");
    p->final = intern(p, "Final");
    advance(p);
}

const incts_file *incts_parse(inccx *cx, const char *entry, const char *text, size_t n)
{
    parser p;
    start(&p, cx, entry, text, n);
    incts_file *file = INC_NEW(cx, incts_file);
    INC_VEC(const incts_class *) classes = {0};
    file->entry = entry;
    file->class_by_name = incmap_new(cx);
    file->function_by_name = incmap_new(cx);
    while (!at(&p, INCTS_TOK_END)) {
        incts_token place = p.token;
        if (at(&p, INCTS_TOK_CLASS)) {
            const incts_class *c = parse_class(&p);
            INC_PUSH(cx, &classes, c);
            add_named(&p, file->class_by_name, c->name, c, &place);
        } else if (at(&p, INCTS_TOK_DEF)) {
            const incts_function *f = parse_function(&p);
            INC_PUSH(cx, &p.functions, f);
            add_named(&p, file->function_by_name, f->name, f, &place);
        } else {
            fail_expected(&p, "a class or a function is expected");
        }
    }
    file->classes = classes.items;
    file->n_classes = classes.n;
    file->functions = p.functions.items;
    file->n_functions = p.functions.n;
    return file;
}

const incts_type *incts_parse_type(inccx *cx, const char *text)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        parser p;
        start(&p, cx, NULL, text, strlen(text));
        const incts_type *type = parse_type(&p);
        accept(&p, INCTS_TOK_NEWLINE);
        if (!at(&p, INCTS_TOK_END))
            fail_expected(&p, "the end of the type is expected");
        inc_try_end(cx, &frame);
        return type;
    }
    if (cx->error.status == INC_E_MEMORY)
        inc_raise_again(cx);
    inc_raise(cx, cx->error.status, "the type \"%s\": %s",
              incstr_shown(cx, text, strlen(text), 200), cx->error.message);
}

const incts_class *incts_find_class(const incts_file *file, const char *name)
{
    return incmap_get_str(file->class_by_name, name);
}

const incts_function *incts_find_function(const incts_file *file, const char *name)
{
    return incmap_get_str(file->function_by_name, name);
}

const incts_function *incts_find_method(const incts_class *c, const char *name)
{
    return incmap_get_str(c->method_by_name, name);
}

const incts_attribute *incts_find_attribute(const incts_class *c, const char *name)
{
    return incmap_get_str(c->attribute_by_name, name);
}
