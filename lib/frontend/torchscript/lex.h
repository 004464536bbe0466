/* SPDX-License-Identifier: Apache-2.0 */
/* Source text to tokens, one at a time. Blocks are known by indentation: the lexer turns it into
 * INDENT and DEDENT, and swallows newlines inside brackets. */
#ifndef INC_FRONTEND_TORCHSCRIPT_LEX_H
#define INC_FRONTEND_TORCHSCRIPT_LEX_H

#include "base/context.h"
#include "base/vec.h"

/* Punctuation of one character is that character. */
typedef enum {
    INCTS_TOK_END = 0,
    INCTS_TOK_NEWLINE = 256,
    INCTS_TOK_INDENT,
    INCTS_TOK_DEDENT,
    INCTS_TOK_NAME,
    INCTS_TOK_INT,
    INCTS_TOK_FLOAT,
    INCTS_TOK_IMAGINARY, /* the text ends with 'j' */
    INCTS_TOK_STRING,    /* with its quotes, not unescaped */
    INCTS_TOK_ARROW,     /* -> */
    INCTS_TOK_ELLIPSIS,  /* ... */
    INCTS_TOK_EQ,
    INCTS_TOK_NE,
    INCTS_TOK_LE,
    INCTS_TOK_GE,
    INCTS_TOK_LSHIFT,
    INCTS_TOK_RSHIFT,
    INCTS_TOK_POW,
    INCTS_TOK_FLOORDIV,
    INCTS_TOK_ADD_TO, /* += and its like */
    INCTS_TOK_SUB_TO,
    INCTS_TOK_MUL_TO,
    INCTS_TOK_DIV_TO,
    INCTS_TOK_MOD_TO,
    INCTS_TOK_MATMUL_TO,
    INCTS_TOK_FLOORDIV_TO,
    INCTS_TOK_POW_TO,
    INCTS_TOK_LSHIFT_TO,
    INCTS_TOK_RSHIFT_TO,
    INCTS_TOK_AND_TO,
    INCTS_TOK_OR_TO,
    INCTS_TOK_XOR_TO,
    INCTS_TOK_FIRST_KEYWORD,
    INCTS_TOK_DEF = INCTS_TOK_FIRST_KEYWORD,
    INCTS_TOK_CLASS,
    INCTS_TOK_IF,
    INCTS_TOK_ELIF,
    INCTS_TOK_ELSE,
    INCTS_TOK_WHILE,
    INCTS_TOK_FOR,
    INCTS_TOK_IN,
    INCTS_TOK_RETURN,
    INCTS_TOK_PASS,
    INCTS_TOK_BREAK,
    INCTS_TOK_CONTINUE,
    INCTS_TOK_RAISE,
    INCTS_TOK_ASSERT,
    INCTS_TOK_DEL,
    INCTS_TOK_WITH,
    INCTS_TOK_AS,
    INCTS_TOK_IMPORT,
    INCTS_TOK_GLOBAL,
    INCTS_TOK_IS,
    INCTS_TOK_NOT,
    INCTS_TOK_AND,
    INCTS_TOK_OR,
    INCTS_TOK_TRUE,
    INCTS_TOK_FALSE,
    INCTS_TOK_NONE
} incts_token_kind;

typedef struct incts_token {
    int kind; /* incts_token_kind or a character */
    uint32_t line, column;
    const char *text; /* in the source */
    size_t n;
    const char *name; /* of names and keywords: interned */
} incts_token;

typedef struct incts_symbol {
    uint64_t hash;
    const char *text; /* NULL: free */
    size_t n;
    int kind; /* INCTS_TOK_NAME or a keyword */
} incts_symbol;

typedef struct incts_lexer {
    inccx *cx;
    const char *entry; /* for messages, or NULL */
    const char *at, *end, *line_start;
    uint32_t line;
    uint32_t n_brackets; /* open ones */
    uint32_t n_dedents;  /* still to be given */
    bool starts_line;
    INC_VEC(uint32_t) indents; /* columns of the open blocks; the file's own, 0, is not held */
    incts_symbol *symbols;
    size_t n_symbols, cap_symbols; /* cap is a power of two */
} incts_lexer;

void incts_lex_start(incts_lexer *lex, inccx *cx, const char *entry, const char *text, size_t n);
incts_token incts_lex_next(incts_lexer *lex);
/* Behind the ":" of a block: to where the first line after it begins. False, and nothing happens,
 * where no block begins as it should. */
bool incts_lex_skip_block(incts_lexer *lex);
/* For the value of an enum member, which is printed unescaped: when the rest of the line is a
 * quote, anything, and a quote, and is not an ordinary string, sets *content to what stands between
 * the quotes, goes past it and is true. Else nothing happens. */
bool incts_lex_unescaped(incts_lexer *lex, const char **content, size_t *n);

/* lex_names.c */
/* The entry of a name; a new one is INCTS_TOK_NAME. Lives until the next name is added. */
incts_symbol *incts_symbol_of(incts_lexer *lex, const char *text, size_t n);
void incts_add_keywords(incts_lexer *lex);
/* The one copy of that text. */
const char *incts_intern(incts_lexer *lex, const char *text, size_t n);

/* lex_string.c */
/* What a string token says; interned. Raises for unknown escapes and NUL. */
const char *incts_unescape(incts_lexer *lex, const incts_token *token);

/* lex_message.c */
/* Sets cx->where and raises. */
void incts_lex_fail(incts_lexer *lex, inc_status status, uint32_t line, uint32_t column,
                    const char *format, ...) INC_NORETURN INC_PRINTF(5, 6);
/* A token for a message: "the end of the line", or its text in quotes. */
const char *incts_token_shown(inccx *cx, const incts_token *token);

#endif
