/* SPDX-License-Identifier: Apache-2.0 */
/* The parser's inside: what its files share.
 *
 *   parser.c         how a parser begins and fails
 *   parse_type.c     types
 *   parse_primary.c  atoms, and the attributes, subscripts and calls behind them
 *   parse_expr.c     operators: whole expressions
 *   parse_stmt.c     statements and blocks
 *   parse.c          functions, classes, files
 *
 * It is recursive descent over the tokens of one file, one token ahead. Lists of children are
 * gathered on stacks that all levels share and copied to their exact size. Every function that
 * calls itself, by whatever way, goes through enter(), and every node counts its height: neither
 * parsing nor walking the result can overflow the stack. */
#ifndef INC_FRONTEND_TORCHSCRIPT_PARSER_H
#define INC_FRONTEND_TORCHSCRIPT_PARSER_H

#include "base/str.h"
#include "frontend/torchscript/ast.h"
#include "frontend/torchscript/lex.h"
#include "frontend/torchscript/parse.h"

typedef struct incts_parser {
    inccx *cx;
    inccx *tree;        /* where statements and expressions go: cx, or a scratch */
    size_t n_functions; /* met so far */
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
} incts_parser;

/* The items pushed to a stack since it was start high, copied; the stack is as before. */
#define INCTS_TAKE(p, stack, start, count)                                                         \
    ((count) = (stack)->n - (start), (stack)->n = (start),                                         \
     (count) ? inc_copy((p)->tree, (stack)->items + (start), (count) * sizeof *(stack)->items)     \
             : NULL)

/* ---- parser.c ---- */
void incts_parser_start(incts_parser *p, inccx *cx, const char *entry, const char *text, size_t n);
void incts_parser_fail_at(incts_parser *p, const incts_token *token,
                          const char *message) INC_NORETURN;
/* expected: the rest of a sentence, "\")\" is expected". */
void incts_parser_fail_expected(incts_parser *p, const char *expected) INC_NORETURN;

/* ---- parse_type.c ---- */
const incts_type *incts_parser_type(incts_parser *p);

/* ---- parse_primary.c ---- */
incts_expr *incts_parser_new_expr(incts_parser *p, incts_expr_kind kind, const incts_token *place);
/* Tells that child hangs below e, and returns it; NULL is fine. */
const incts_expr *incts_parser_below(incts_parser *p, incts_expr *e, const incts_expr *child);
/* Makes the expressions since start the items of e. */
void incts_parser_take_items(incts_parser *p, incts_expr *e, size_t start);
incts_expr *incts_parser_number(incts_parser *p, bool is_negative);
/* An atom and its attributes, subscripts and calls. */
const incts_expr *incts_parser_primary(incts_parser *p);

/* ---- parse_expr.c ---- */
const incts_expr *incts_parser_expr(incts_parser *p);
/* One expression, or several with commas, which make a tuple. */
const incts_expr *incts_parser_expr_list(incts_parser *p);

/* ---- parse_stmt.c ---- */
/* From the ":" on. */
incts_block incts_parser_block(incts_parser *p);

/* ---- parse.c ---- */
/* From "def" on. */
const incts_function *incts_parser_function(incts_parser *p);

/* ---- tokens: the words that the grammar is written in ---- */

static inline incts_token advance(incts_parser *p)
{
    incts_token passed = p->token;
    p->token = incts_lex_next(&p->lex);
    return passed;
}

static inline bool at(const incts_parser *p, int kind)
{
    return p->token.kind == kind;
}

static inline bool accept(incts_parser *p, int kind)
{
    if (!at(p, kind))
        return false;
    advance(p);
    return true;
}

static inline incts_token expect(incts_parser *p, int kind, const char *expected)
{
    if (!at(p, kind))
        incts_parser_fail_expected(p, expected);
    return advance(p);
}

static inline const char *expect_name(incts_parser *p, const char *expected)
{
    return expect(p, INCTS_TOK_NAME, expected).name;
}

/* Behind a dot a keyword is a name as any other. */
static inline const char *expect_attribute_name(incts_parser *p)
{
    if (!p->token.name)
        incts_parser_fail_expected(p, "the name of an attribute is expected");
    return advance(p).name;
}

static inline void enter(incts_parser *p)
{
    if (++p->depth > INCTS_MOST_DEPTH)
        incts_lex_fail(&p->lex, INC_E_LIMIT, p->token.line, p->token.column,
                       "the source nests more than %d levels deep", INCTS_MOST_DEPTH);
}

static inline void leave(incts_parser *p)
{
    p->depth--;
}

static inline void end_line(incts_parser *p)
{
    if (!at(p, INCTS_TOK_END))
        expect(p, INCTS_TOK_NEWLINE, "the end of the line is expected");
}

static inline void open_block(incts_parser *p)
{
    expect(p, ':', "\":\" is expected");
    expect(p, INCTS_TOK_NEWLINE, "the end of the line is expected");
}

#endif
