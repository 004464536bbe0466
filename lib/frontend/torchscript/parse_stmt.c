/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: from a line to the block below it. */
#include "frontend/torchscript/parser.h"

static incts_stmt *new_stmt(incts_parser *p, incts_stmt_kind kind, const incts_token *place)
{
    incts_stmt *s = INC_NEW(p->tree, incts_stmt);
    s->kind = (uint8_t)kind;
    s->line = place->line;
    s->column = place->column;
    return s;
}

static void check_target(incts_parser *p, const incts_expr *e)
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
static const incts_expr *const *take_targets(incts_parser *p, size_t start, size_t *n)
{
    for (size_t i = start; i < p->exprs.n; i++)
        check_target(p, p->exprs.items[i]);
    return INCTS_TAKE(p, &p->exprs, start, *n);
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
static const incts_stmt *parse_assign(incts_parser *p, const incts_token *place, size_t start,
                                      bool trailing_comma)
{
    incts_stmt *s = new_stmt(p, INCTS_ASSIGN, place);
    s->assign.targets = take_targets(p, start, &s->assign.n_targets);
    s->assign.trailing_comma = trailing_comma;
    advance(p);
    s->assign.value = incts_parser_expr_list(p);
    if (at(p, '='))
        incts_parser_fail_at(p, &p->token, "found a second \"=\", which TorchScript does not know");
    end_line(p);
    return s;
}

static const incts_stmt *parse_annotated_assign(incts_parser *p, const incts_token *place,
                                                size_t start)
{
    incts_stmt *s = new_stmt(p, INCTS_ASSIGN, place);
    s->assign.targets = take_targets(p, start, &s->assign.n_targets);
    advance(p);
    s->assign.type = incts_parser_type(p);
    expect(p, '=', "\"=\" is expected");
    s->assign.value = incts_parser_expr_list(p);
    end_line(p);
    return s;
}

static const incts_stmt *parse_augmented(incts_parser *p, const incts_token *place,
                                         const incts_expr *target)
{
    incts_stmt *s = new_stmt(p, INCTS_AUGMENTED, place);
    check_target(p, target);
    s->op = (uint8_t)augmented_operator(advance(p).kind);
    s->augmented.target = target;
    s->augmented.value = incts_parser_expr_list(p);
    end_line(p);
    return s;
}

/* What begins with an expression: the kinds of assignment, or a call for its effect. */
static const incts_stmt *parse_expr_stmt(incts_parser *p)
{
    incts_token place = p->token;
    size_t start = p->exprs.n;
    bool has_comma;
    do {
        const incts_expr *e = incts_parser_expr(p);
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
        incts_expr *tuple = incts_parser_new_expr(p, INCTS_TUPLE, &place);
        incts_parser_take_items(p, tuple, start);
        s->value = tuple;
    }
    end_line(p);
    return s;
}

/* "if", or an "elif" standing for the else of one. */
static const incts_stmt *parse_if(incts_parser *p)
{
    enter(p);
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_IF, &place);
    s->branch.condition = incts_parser_expr(p);
    s->branch.then = incts_parser_block(p);
    if (at(p, INCTS_TOK_ELIF)) {
        const incts_stmt **only = INC_NEW(p->tree, const incts_stmt *);
        only[0] = parse_if(p);
        s->branch.otherwise = (incts_block){only, 1};
    } else if (accept(p, INCTS_TOK_ELSE)) {
        s->branch.otherwise = incts_parser_block(p);
    }
    leave(p);
    return s;
}

static const incts_stmt *parse_while(incts_parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_WHILE, &place);
    s->loop.condition = incts_parser_expr(p);
    s->loop.body = incts_parser_block(p);
    return s;
}

static const incts_stmt *parse_for(incts_parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_FOR, &place);
    size_t start = p->exprs.n;
    do {
        const incts_expr *target = incts_parser_primary(p); /* an operator would swallow the "in" */
        INC_PUSH(p->cx, &p->exprs, target);
    } while (accept(p, ',') && !at(p, INCTS_TOK_IN));
    s->each.targets = take_targets(p, start, &s->each.n_targets);
    expect(p, INCTS_TOK_IN, "\"in\" is expected");
    s->each.iterable = incts_parser_expr_list(p);
    s->each.body = incts_parser_block(p);
    return s;
}

static const incts_stmt *parse_with(incts_parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_WITH, &place);
    size_t start = p->with_items.n;
    do {
        incts_with_item item = {incts_parser_expr(p), NULL};
        if (accept(p, INCTS_TOK_AS))
            item.name = expect_name(p, "a name is expected");
        INC_PUSH(p->cx, &p->with_items, item);
    } while (accept(p, ','));
    s->with.items = INCTS_TAKE(p, &p->with_items, start, s->with.n_items);
    s->with.body = incts_parser_block(p);
    return s;
}

static const incts_stmt *parse_nested_def(incts_parser *p)
{
    incts_stmt *s = new_stmt(p, INCTS_DEF, &p->token);
    s->function = incts_parser_function(p);
    return s;
}

/* return and raise. */
static const incts_stmt *parse_leaving(incts_parser *p, incts_stmt_kind kind)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, kind, &place);
    if (!at(p, INCTS_TOK_NEWLINE))
        s->value = incts_parser_expr_list(p);
    end_line(p);
    return s;
}

static const incts_stmt *parse_assert(incts_parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_ASSERT, &place);
    s->assertion.condition = incts_parser_expr(p);
    if (accept(p, ','))
        s->assertion.message = incts_parser_expr(p);
    end_line(p);
    return s;
}

static const incts_stmt *parse_delete(incts_parser *p)
{
    incts_token place = advance(p);
    incts_stmt *s = new_stmt(p, INCTS_DELETE, &place);
    size_t start = p->exprs.n;
    do {
        const incts_expr *e = incts_parser_expr(p);
        INC_PUSH(p->cx, &p->exprs, e);
    } while (accept(p, ',') && !at(p, INCTS_TOK_NEWLINE));
    s->items = take_targets(p, start, &s->n_items);
    end_line(p);
    return s;
}

/* pass, break and continue. */
static const incts_stmt *parse_word(incts_parser *p, incts_stmt_kind kind)
{
    incts_token place = advance(p);
    end_line(p);
    return new_stmt(p, kind, &place);
}

static const incts_stmt *parse_stmt(incts_parser *p)
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
        incts_parser_fail_expected(p, "a statement of this block is expected");
    default:
        if (p->token.kind >= INCTS_TOK_FIRST_KEYWORD && p->token.kind < INCTS_TOK_NOT)
            incts_parser_fail_expected(p, "a statement is expected");
        return parse_expr_stmt(p);
    }
}

incts_block incts_parser_block(incts_parser *p)
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
    block.items = INCTS_TAKE(p, &p->stmts, start, block.n);
    return block;
}
