/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions up to the first operator: atoms, and what may follow one. */
#include "frontend/torchscript/parser.h"

#include <string.h>

/* ---- nodes ---- */

incts_expr *incts_parser_new_expr(incts_parser *p, incts_expr_kind kind, const incts_token *place)
{
    incts_expr *e = INC_NEW(p->tree, incts_expr);
    e->kind = (uint8_t)kind;
    e->depth = 1;
    e->line = place->line;
    e->column = place->column;
    return e;
}

const incts_expr *incts_parser_below(incts_parser *p, incts_expr *e, const incts_expr *child)
{
    if (child && child->depth >= e->depth) {
        e->depth = (uint16_t)(child->depth + 1);
        if (e->depth > INCTS_MOST_DEPTH)
            incts_lex_fail(&p->lex, INC_E_LIMIT, e->line, e->column,
                           "this expression nests more than %d levels deep", INCTS_MOST_DEPTH);
    }
    return child;
}

void incts_parser_take_items(incts_parser *p, incts_expr *e, size_t start)
{
    for (size_t i = start; i < p->exprs.n; i++)
        incts_parser_below(p, e, p->exprs.items[i]);
    e->items = INCTS_TAKE(p, &p->exprs, start, e->n_items);
}

/* ---- atoms ---- */

incts_expr *incts_parser_number(incts_parser *p, bool is_negative)
{
    incts_token place = p->token;
    incts_expr *e = incts_parser_new_expr(p, INCTS_FLOAT, &place);
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
        incts_parser_fail_at(p, &place,
                             inc_printf(p->cx, "the number %s is out of range",
                                        incstr_shown(p->cx, place.text, place.n, 40)));
    advance(p);
    return e;
}

static const incts_expr *parse_string(incts_parser *p)
{
    incts_expr *e = incts_parser_new_expr(p, INCTS_STRING, &p->token);
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

static void refuse_comprehension(incts_parser *p)
{
    if (at(p, INCTS_TOK_FOR))
        incts_parser_fail_at(p, &p->token, "found a comprehension, which no saved model has");
}

/* Pushes expressions up to the closing bracket, which it passes; true if a comma stands last. */
static bool parse_items(incts_parser *p, int close, const char *expected)
{
    bool has_comma = false;
    while (!at(p, close)) {
        const incts_expr *item = incts_parser_expr(p);
        refuse_comprehension(p);
        INC_PUSH(p->cx, &p->exprs, item);
        has_comma = accept(p, ',');
        if (!has_comma)
            break;
    }
    expect(p, close, expected);
    return has_comma;
}

static const incts_expr *parse_list(incts_parser *p)
{
    incts_expr *e = incts_parser_new_expr(p, INCTS_LIST, &p->token);
    size_t start = p->exprs.n;
    advance(p);
    parse_items(p, ']', "\",\" or \"]\" is expected");
    incts_parser_take_items(p, e, start);
    return e;
}

static const incts_expr *parse_parenthesis(incts_parser *p)
{
    incts_token place = advance(p);
    size_t start = p->exprs.n;
    bool has_comma = parse_items(p, ')', "\",\" or \")\" is expected");
    if (p->exprs.n == start + 1 && !has_comma)
        return p->exprs.items[--p->exprs.n];
    incts_expr *e = incts_parser_new_expr(p, INCTS_TUPLE, &place);
    incts_parser_take_items(p, e, start);
    return e;
}

static const incts_expr *parse_dict(incts_parser *p)
{
    incts_expr *e = incts_parser_new_expr(p, INCTS_DICT, &p->token);
    size_t start = p->exprs.n; /* key, value, key, value */
    advance(p);
    while (!at(p, '}')) {
        const incts_expr *key = incts_parser_expr(p);
        expect(p, ':', "\":\" is expected");
        INC_PUSH(p->cx, &p->exprs, incts_parser_below(p, e, key));
        const incts_expr *value = incts_parser_expr(p);
        refuse_comprehension(p);
        INC_PUSH(p->cx, &p->exprs, incts_parser_below(p, e, value));
        if (!accept(p, ','))
            break;
    }
    expect(p, '}', "\",\" or \"}\" is expected");
    size_t n = (p->exprs.n - start) / 2;
    const incts_expr **both = INC_NEW_N(p->tree, const incts_expr *, 2 * n);
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
static const incts_expr *parse_name(incts_parser *p)
{
    incts_token place = advance(p);
    incts_expr *e = incts_parser_new_expr(p, INCTS_NAME, &place);
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

static const incts_expr *parse_literal(incts_parser *p, incts_expr_kind kind)
{
    incts_token place = advance(p);
    return incts_parser_new_expr(p, kind, &place);
}

static const incts_expr *parse_atom(incts_parser *p)
{
    switch (p->token.kind) {
    case INCTS_TOK_NAME:
        return parse_name(p);
    case INCTS_TOK_INT:
    case INCTS_TOK_FLOAT:
    case INCTS_TOK_IMAGINARY:
        return incts_parser_number(p, false);
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
        incts_parser_fail_at(p, &p->token,
                             "found a call of a Python function (^), which only Python can run");
    default:
        incts_parser_fail_expected(p, "an expression is expected");
    }
}

/* ---- what follows an atom ---- */

/* One argument; behind the first keyword all are keywords. */
static void parse_arg(incts_parser *p, incts_expr *call, size_t first_keyword)
{
    incts_token place = p->token;
    if (accept(p, '*')) {
        incts_expr *starred = incts_parser_new_expr(p, INCTS_STARRED, &place);
        starred->left = incts_parser_below(p, starred, incts_parser_expr(p));
        INC_PUSH(p->cx, &p->exprs, incts_parser_below(p, call, starred));
        return;
    }
    const incts_expr *value = incts_parser_expr(p);
    if (value->kind == INCTS_NAME && accept(p, '=')) {
        incts_keyword keyword = {value->name, NULL};
        keyword.value = incts_parser_below(p, call, incts_parser_expr(p));
        INC_PUSH(p->cx, &p->keywords, keyword);
        return;
    }
    refuse_comprehension(p);
    if (p->keywords.n > first_keyword)
        incts_parser_fail_at(p, &place, "an argument without a name follows one with a name");
    INC_PUSH(p->cx, &p->exprs, incts_parser_below(p, call, value));
}

static const incts_expr *parse_call(incts_parser *p, const incts_token *place,
                                    const incts_expr *callee)
{
    size_t first_arg = p->exprs.n, first_keyword = p->keywords.n, n_args, n_keywords;
    incts_expr *e = incts_parser_new_expr(p, INCTS_CALL, place);
    e->call.callee = incts_parser_below(p, e, callee);
    advance(p);
    while (!at(p, ')')) {
        parse_arg(p, e, first_keyword);
        if (!accept(p, ','))
            break;
    }
    expect(p, ')', "\",\" or \")\" is expected");
    e->call.args = INCTS_TAKE(p, &p->exprs, first_arg, n_args);
    e->call.keywords = INCTS_TAKE(p, &p->keywords, first_keyword, n_keywords);
    e->call.n_args = (uint32_t)n_args;
    e->call.n_keywords = (uint32_t)n_keywords;
    return e;
}

/* T or (T, U). */
static void parse_types_in_parenthesis(incts_parser *p, incts_expr *e)
{
    size_t start = p->types.n;
    bool is_many = accept(p, '(');
    do {
        if (is_many && at(p, ')'))
            break;
        const incts_type *type = incts_parser_type(p);
        INC_PUSH(p->cx, &p->types, type);
    } while (is_many && accept(p, ','));
    if (is_many)
        expect(p, ')', "\",\" or \")\" is expected");
    e->typed.types = INCTS_TAKE(p, &p->types, start, e->typed.n_types);
}

/* annotate(T, e), unchecked_cast(T, e), uninitialized(T), isinstance(e, T): kind says which. */
static const incts_expr *parse_typed(incts_parser *p, const incts_token *place,
                                     incts_expr_kind kind)
{
    incts_expr *e = incts_parser_new_expr(p, kind, place);
    advance(p);
    if (kind == INCTS_ISINSTANCE) {
        e->typed.value = incts_parser_below(p, e, incts_parser_expr(p));
        expect(p, ',', "\",\" is expected");
        parse_types_in_parenthesis(p, e);
    } else {
        const incts_type **types = INC_NEW(p->tree, const incts_type *);
        types[0] = incts_parser_type(p);
        e->typed.types = types;
        e->typed.n_types = 1;
        if (kind != INCTS_UNINITIALIZED) {
            expect(p, ',', "\",\" is expected");
            e->typed.value = incts_parser_below(p, e, incts_parser_expr(p));
        }
    }
    accept(p, ',');
    expect(p, ')', "\")\" is expected");
    return e;
}

static const incts_expr *new_attribute(incts_parser *p, const incts_token *place,
                                       const incts_expr *object, const char *name)
{
    incts_expr *e = incts_parser_new_expr(p, INCTS_ATTRIBUTE, place);
    e->attribute.object = incts_parser_below(p, e, object);
    e->attribute.name = name;
    return e;
}

static const incts_expr *parse_call_of(incts_parser *p, const incts_token *place,
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
static const incts_expr *parse_slice(incts_parser *p)
{
    incts_token place = p->token;
    const incts_expr *first = at(p, ':') ? NULL : incts_parser_expr(p);
    if (!accept(p, ':'))
        return first;
    incts_expr *e = incts_parser_new_expr(p, INCTS_SLICE, &place);
    e->slice.lower = incts_parser_below(p, e, first);
    if (!at(p, ':') && !at(p, ',') && !at(p, ']'))
        e->slice.upper = incts_parser_below(p, e, incts_parser_expr(p));
    if (accept(p, ':') && !at(p, ',') && !at(p, ']'))
        e->slice.step = incts_parser_below(p, e, incts_parser_expr(p));
    return e;
}

static const incts_expr *parse_subscript(incts_parser *p, const incts_token *place,
                                         const incts_expr *object)
{
    incts_expr *e = incts_parser_new_expr(p, INCTS_SUBSCRIPT, place);
    e->subscript.object = incts_parser_below(p, e, object);
    advance(p);
    incts_token index_place = p->token;
    const incts_expr *index = parse_slice(p);
    if (at(p, ',')) {
        size_t start = p->exprs.n;
        incts_expr *tuple = incts_parser_new_expr(p, INCTS_TUPLE, &index_place);
        INC_PUSH(p->cx, &p->exprs, index);
        while (accept(p, ',') && !at(p, ']')) {
            index = parse_slice(p);
            INC_PUSH(p->cx, &p->exprs, index);
        }
        incts_parser_take_items(p, tuple, start);
        index = tuple;
    }
    e->subscript.index = incts_parser_below(p, e, index);
    expect(p, ']', "\",\", \":\" or \"]\" is expected");
    return e;
}

const incts_expr *incts_parser_primary(incts_parser *p)
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
