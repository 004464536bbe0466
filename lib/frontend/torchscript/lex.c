/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of TorchScript source. The printer of PyTorch writes a small part of what is accepted
 * here; the rest is what its own reader takes from files that somebody edited. */
#include "frontend/torchscript/lex.h"

#include <string.h>

#include "base/str.h"
#include "frontend/torchscript/ast.h"

/* Longer ones before their own beginnings. */
static const struct {
    char text[4];
    int kind;
} punctuation[] = {
    {"...", INCTS_TOK_ELLIPSIS},  {"//=", INCTS_TOK_FLOORDIV_TO}, {"**=", INCTS_TOK_POW_TO},
    {"<<=", INCTS_TOK_LSHIFT_TO}, {">>=", INCTS_TOK_RSHIFT_TO},   {"->", INCTS_TOK_ARROW},
    {"==", INCTS_TOK_EQ},         {"!=", INCTS_TOK_NE},           {"<=", INCTS_TOK_LE},
    {">=", INCTS_TOK_GE},         {"<<", INCTS_TOK_LSHIFT},       {">>", INCTS_TOK_RSHIFT},
    {"**", INCTS_TOK_POW},        {"//", INCTS_TOK_FLOORDIV},     {"+=", INCTS_TOK_ADD_TO},
    {"-=", INCTS_TOK_SUB_TO},     {"*=", INCTS_TOK_MUL_TO},       {"/=", INCTS_TOK_DIV_TO},
    {"%=", INCTS_TOK_MOD_TO},     {"@=", INCTS_TOK_MATMUL_TO},    {"&=", INCTS_TOK_AND_TO},
    {"|=", INCTS_TOK_OR_TO},      {"^=", INCTS_TOK_XOR_TO},
};

static void fail_here(incts_lexer *lex, const char *what) INC_NORETURN;
static void fail_here(incts_lexer *lex, const char *what)
{
    incts_lex_fail(lex, INC_E_FORMAT, lex->line, (uint32_t)(lex->at - lex->line_start) + 1, "%s",
                   what);
}

static void check_utf8(inccx *cx, const char *entry, const char *text, size_t n)
{
    if (incstr_is_utf8(text, n))
        return;
    cx = cx->of;
    if (entry)
        cx->where.entry = inc_strdup(cx, entry);
    inc_raise(cx, INC_E_FORMAT, "the code is not UTF-8");
}

void incts_lex_start(incts_lexer *lex, inccx *cx, const char *entry, const char *text, size_t n)
{
    check_utf8(cx, entry, text, n);
    *lex = (incts_lexer){.cx = cx, .entry = entry, .line = 1, .starts_line = true};
    lex->at = lex->line_start = text;
    lex->end = text + n;
    if (n >= UINT32_MAX)
        incts_lex_fail(lex, INC_E_LIMIT, 0, 0, "%zu bytes of source are too many", n);
    incts_add_keywords(lex);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The character i places on, or NUL past the end. */
static char peek(const incts_lexer *lex, size_t i)
{
    return i < (size_t)(lex->end - lex->at) ? lex->at[i] : '\0';
}

/* A newline stands at lex->at. */
static void pass_newline(incts_lexer *lex)
{
    lex->at++;
    lex->line++;
    lex->line_start = lex->at;
}

static incts_token token_here(const incts_lexer *lex, int kind)
{
    return (incts_token){kind,    lex->line, (uint32_t)(lex->at - lex->line_start) + 1,
                         lex->at, 0,         NULL};
}

static void skip_comment(incts_lexer *lex)
{
    const char *newline = memchr(lex->at, '\n', (size_t)(lex->end - lex->at));
    lex->at = newline ? newline : lex->end;
}

/* At the start of a line: skips lines without tokens. What is left begins with a token, or is
 * the end, which stands in column 0. */
static uint32_t measure_indentation(incts_lexer *lex)
{
    for (;;) {
        while (peek(lex, 0) == ' ')
            lex->at++;
        if (peek(lex, 0) == '#')
            skip_comment(lex);
        if (peek(lex, 0) == '\r' && peek(lex, 1) == '\n')
            lex->at++;
        if (lex->at == lex->end) {
            lex->line_start = lex->at;
            return 0;
        }
        if (*lex->at != '\n')
            break;
        pass_newline(lex);
    }
    if (*lex->at == '\t')
        fail_here(lex, "found a tab where the indentation should be spaces");
    return (uint32_t)(lex->at - lex->line_start);
}

/* Compares the new line with the open blocks; true when *token is an INDENT or DEDENT. */
static bool indentation_token(incts_lexer *lex, incts_token *token)
{
    uint32_t column = measure_indentation(lex);
    uint32_t open = lex->indents.n ? lex->indents.items[lex->indents.n - 1] : 0;
    lex->starts_line = false;
    if (column > open) {
        INC_PUSH(lex->cx, &lex->indents, column);
        *token = token_here(lex, INCTS_TOK_INDENT);
        return true;
    }
    while (column < open) {
        lex->indents.n--;
        lex->n_dedents++;
        open = lex->indents.n ? lex->indents.items[lex->indents.n - 1] : 0;
    }
    if (column != open)
        fail_here(lex, "the indentation is that of no open block");
    return false;
}

/* Blanks, continued lines, and inside brackets newlines and comments too. */
static void skip_blanks(incts_lexer *lex)
{
    for (;;) {
        char c = peek(lex, 0);
        if (c == ' ' || c == '\t' || (c == '\r' && peek(lex, 1) == '\n')) {
            lex->at++;
        } else if (c == '#') {
            skip_comment(lex);
        } else if (c == '\\' && peek(lex, 1) == '\n') {
            lex->at++;
            pass_newline(lex);
        } else if (c == '\\' && peek(lex, 1) == '\r' && peek(lex, 2) == '\n') {
            lex->at += 2;
            pass_newline(lex);
        } else if (c == '\n' && lex->n_brackets > 0) {
            pass_newline(lex);
        } else {
            return;
        }
    }
}

static int scan_number(incts_lexer *lex)
{
    int kind = INCTS_TOK_INT;
    while (is_digit(peek(lex, 0)))
        lex->at++;
    if (peek(lex, 0) == '.') {
        kind = INCTS_TOK_FLOAT;
        lex->at++;
        while (is_digit(peek(lex, 0)))
            lex->at++;
    }
    if (peek(lex, 0) == 'e' || peek(lex, 0) == 'E') {
        size_t sign = peek(lex, 1) == '+' || peek(lex, 1) == '-' ? 1 : 0;
        if (is_digit(peek(lex, 1 + sign))) {
            kind = INCTS_TOK_FLOAT;
            lex->at += 1 + sign;
            while (is_digit(peek(lex, 0)))
                lex->at++;
        }
    }
    if (peek(lex, 0) == 'j') {
        kind = INCTS_TOK_IMAGINARY;
        lex->at++;
    }
    if (is_letter(peek(lex, 0)) || is_digit(peek(lex, 0)))
        fail_here(lex, "a number is followed by a letter");
    return kind;
}

static void scan_string(incts_lexer *lex)
{
    char quote = *lex->at;
    bool is_triple = peek(lex, 1) == quote && peek(lex, 2) == quote;
    incts_token start = token_here(lex, INCTS_TOK_STRING);
    lex->at += is_triple ? 3 : 1;
    for (;;) {
        if (lex->at == lex->end || (*lex->at == '\n' && !is_triple))
            incts_lex_fail(lex, INC_E_FORMAT, start.line, start.column,
                           "this string is not closed");
        char c = *lex->at;
        if (c == '\n') {
            pass_newline(lex);
        } else if (c == '\\' && lex->end - lex->at > 1) {
            lex->at++;
            if (*lex->at == '\n')
                pass_newline(lex);
            else
                lex->at++;
        } else if (c == quote && (!is_triple || (peek(lex, 1) == quote && peek(lex, 2) == quote))) {
            lex->at += is_triple ? 3 : 1;
            return;
        } else {
            lex->at++;
        }
    }
}

static int scan_punctuation(incts_lexer *lex)
{
    char c = *lex->at;
    for (size_t i = 0; i < INC_COUNT(punctuation); i++) {
        const char *p = punctuation[i].text;
        if (p[0] == c && p[1] == peek(lex, 1) && (!p[2] || p[2] == peek(lex, 2))) {
            lex->at += p[2] ? 3 : 2;
            return punctuation[i].kind;
        }
    }
    if (c == '\0' || !strchr("()[]{}:,.=+-*/%@&|^~<>", c)) {
        incts_token at = token_here(lex, 0);
        incts_lex_fail(lex, INC_E_FORMAT, at.line, at.column,
                       "the byte 0x%02x does not belong into TorchScript", (unsigned char)c);
    }
    if (c == '(' || c == '[' || c == '{')
        lex->n_brackets++;
    else if ((c == ')' || c == ']' || c == '}') && lex->n_brackets > 0)
        lex->n_brackets--;
    lex->at++;
    return c;
}

static int scan_name(incts_lexer *lex, const char **name)
{
    const char *start = lex->at;
    while (is_letter(peek(lex, 0)) || is_digit(peek(lex, 0)))
        lex->at++;
    const incts_symbol *symbol = incts_symbol_of(lex, start, (size_t)(lex->at - start));
    *name = symbol->text;
    return symbol->kind;
}

incts_token incts_lex_next(incts_lexer *lex)
{
    incts_token token;
    if (lex->starts_line && indentation_token(lex, &token))
        return token;
    if (lex->n_dedents > 0) {
        lex->n_dedents--;
        return token_here(lex, INCTS_TOK_DEDENT);
    }
    skip_blanks(lex);
    token = token_here(lex, INCTS_TOK_END);
    if (lex->at == lex->end) {
        if (lex->indents.n || lex->at > lex->line_start) { /* the last line ends without newline */
            lex->line_start = lex->at;
            lex->starts_line = true;
            token.kind = INCTS_TOK_NEWLINE;
        }
        return token;
    }
    char c = *lex->at;
    if (c == '\n') {
        token.kind = INCTS_TOK_NEWLINE;
        pass_newline(lex);
        lex->starts_line = true;
    } else if (is_letter(c)) {
        token.kind = scan_name(lex, &token.name);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(lex, 1)))) {
        token.kind = scan_number(lex);
    } else if (c == '"' || c == '\'') {
        token.kind = INCTS_TOK_STRING;
        scan_string(lex);
    } else {
        token.kind = scan_punctuation(lex);
    }
    token.n = (size_t)(lex->at - token.text);
    return token;
}

/* To the next line that no bracket, string or backslash joins to this one. */
static void skip_line(incts_lexer *lex)
{
    for (uint32_t n_brackets = 0; lex->at < lex->end;) {
        char c = *lex->at;
        if (c == '\n') {
            pass_newline(lex);
            if (n_brackets == 0)
                return;
        } else if (c == '"' || c == '\'') {
            scan_string(lex);
        } else if (c == '#') {
            skip_comment(lex);
        } else if (c == '\\') {
            lex->at++;
            if (peek(lex, 0) == '\r' && peek(lex, 1) == '\n')
                lex->at++;
            if (peek(lex, 0) == '\n')
                pass_newline(lex);
        } else {
            if (c == '(' || c == '[' || c == '{')
                n_brackets++;
            else if ((c == ')' || c == ']' || c == '}') && n_brackets > 0)
                n_brackets--;
            lex->at++;
        }
    }
}

bool incts_lex_skip_block(incts_lexer *lex)
{
    const incts_lexer before = *lex;
    uint32_t open = lex->indents.n ? lex->indents.items[lex->indents.n - 1] : 0;
    skip_blanks(lex);
    bool is_block = peek(lex, 0) == '\n';
    if (is_block) {
        pass_newline(lex);
        is_block = measure_indentation(lex) > open;
    }
    if (!is_block) {
        *lex = before;
        return false;
    }
    do
        skip_line(lex);
    while (measure_indentation(lex) > open);
    lex->starts_line = true;
    return true;
}

bool incts_lex_unescaped(incts_lexer *lex, const char **content, size_t *n)
{
    const char *start = lex->at;
    while (start < lex->end && *start == ' ')
        start++;
    const char *end = start;
    while (end < lex->end && *end != '\n')
        end++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\r'))
        end--;
    if (end - start < 2 || *start != '"' || end[-1] != '"')
        return false;
    const char *close = start + 1; /* where an ordinary string would end */
    while (close < end - 1 && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close == end - 1)
        return false;
    *content = start + 1;
    *n = (size_t)(end - start) - 2;
    lex->at = end;
    return true;
}

/* ---- strings -------------------------------------------------------------------------------- */
