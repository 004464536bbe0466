/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: operators by how strongly they bind, "a if b else c", tuples without parentheses. */
#include "frontend/torchscript/parser.h"

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

static const incts_expr *parse_operators(incts_parser *p, int stronger_than);

static incts_expr *new_binary(incts_parser *p, const incts_token *place, incts_op op,
                              const incts_expr *left, const incts_expr *right)
{
    incts_expr *e = incts_parser_new_expr(p, right ? INCTS_BINARY : INCTS_UNARY, place);
    e->op = (uint8_t)op;
    e->left = incts_parser_below(p, e, left);
    e->right = incts_parser_below(p, e, right);
    return e;
}

static incts_op passed_operator(incts_parser *p, incts_op op)
{
    incts_token operator_token = advance(p);
    if (operator_token.kind == INCTS_TOK_NOT)
        expect(p, INCTS_TOK_IN, "\"in\" is expected behind \"not\"");
    else if (operator_token.kind == INCTS_TOK_IS && accept(p, INCTS_TOK_NOT))
        return INCTS_OP_IS_NOT;
    return op;
}

/* Goes on behind left while operators bind more strongly than that. */
static const incts_expr *climb(incts_parser *p, const incts_token *place, const incts_expr *left,
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
            incts_parser_fail_at(p, &p->token,
                                 "comparisons are chained, which TorchScript does not know");
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

static const incts_expr *parse_prefix(incts_parser *p, incts_op op, int binds)
{
    incts_token place = advance(p);
    enter(p);
    const incts_expr *operand = parse_operators(p, binds);
    leave(p);
    return new_binary(p, &place, op, operand, NULL);
}

static bool is_number(int token)
{
    return token == INCTS_TOK_INT || token == INCTS_TOK_FLOAT || token == INCTS_TOK_IMAGINARY;
}

/* A number takes the sign into itself, but -2 ** 2 is -(2 ** 2). */
static const incts_expr *parse_minus(incts_parser *p)
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
        incts_parser_fail_expected(p, "a number is expected");
    incts_token number = p->token;
    incts_expr *e = incts_parser_number(p, true);
    if (!at(p, INCTS_TOK_POW)) {
        e->line = place.line;
        e->column = place.column;
        return e;
    }
    if (e->kind == INCTS_INT && e->number.i == INT64_MIN)
        incts_parser_fail_at(p, &number, "this number is out of range");
    e->number.f = -e->number.f;
    if (e->kind == INCTS_INT)
        e->number.i = -e->number.i;
    return new_binary(p, &place, INCTS_OP_NEG, climb(p, &number, e, BINDS_PRODUCT), NULL);
}

static const incts_expr *parse_operand(incts_parser *p)
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
        return incts_parser_primary(p);
    }
}

static const incts_expr *parse_operators(incts_parser *p, int stronger_than)
{
    incts_token place = p->token;
    return climb(p, &place, parse_operand(p), stronger_than);
}

const incts_expr *incts_parser_expr(incts_parser *p)
{
    incts_token place = p->token;
    const incts_expr *yes = parse_operators(p, 0);
    if (!accept(p, INCTS_TOK_IF))
        return yes;
    incts_expr *e = incts_parser_new_expr(p, INCTS_TERNARY, &place);
    e->ternary.yes = incts_parser_below(p, e, yes);
    e->ternary.condition = incts_parser_below(p, e, parse_operators(p, 0));
    expect(p, INCTS_TOK_ELSE, "\"else\" is expected");
    enter(p);
    e->ternary.no = incts_parser_below(p, e, incts_parser_expr(p));
    leave(p);
    return e;
}

const incts_expr *incts_parser_expr_list(incts_parser *p)
{
    incts_token place = p->token;
    const incts_expr *first = incts_parser_expr(p);
    if (!at(p, ','))
        return first;
    size_t start = p->exprs.n;
    INC_PUSH(p->cx, &p->exprs, first);
    while (accept(p, ',') && !at(p, INCTS_TOK_NEWLINE)) {
        const incts_expr *item = incts_parser_expr(p);
        INC_PUSH(p->cx, &p->exprs, item);
    }
    incts_expr *e = incts_parser_new_expr(p, INCTS_TUPLE, &place);
    incts_parser_take_items(p, e, start);
    return e;
}
