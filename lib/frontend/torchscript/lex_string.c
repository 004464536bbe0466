/* SPDX-License-Identifier: Apache-2.0 */
/* What a string token of TorchScript source says, without its quotes and escapes. */
#include <string.h>

#include "base/str.h"
#include "frontend/torchscript/lex.h"

/* Reads the escape behind a backslash at text[*i], which it moves past; -1: a continued line. */
static int unescape_one(incts_lexer *lex, const incts_token *token, size_t *i, size_t end)
{
    static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
    char c = token->text[(*i)++];
    const char *found = c ? strchr(from, c) : NULL;
    if (found)
        return (unsigned char)to[found - from];
    if (c == '\n')
        return -1;
    if (c < '0' || c > '7')
        incts_lex_fail(lex, INC_E_FORMAT, token->line, token->column,
                       "this string has an escape that TorchScript does not know: \\%s",
                       incstr_shown(lex->cx, &c, 1, 1));
    int value = c - '0';
    for (int digits = 1; digits < 3 && *i < end; digits++) {
        c = token->text[*i];
        if (c < '0' || c > '7')
            break;
        value = value * 8 + (c - '0');
        (*i)++;
    }
    if (value > 0xff)
        incts_lex_fail(lex, INC_E_FORMAT, token->line, token->column,
                       "this string has an octal escape beyond \\377");
    return value;
}

const char *incts_unescape(incts_lexer *lex, const incts_token *token)
{
    const char *text = token->text;
    bool is_triple = token->n >= 6 && text[1] == text[0] && text[2] == text[0];
    size_t i = is_triple ? 3 : 1, end = token->n - i;
    char *out = NULL;
    if (memchr(text + i, '\\', end - i))
        out = inc_alloc(lex->cx, end - i);
    if (memchr(text + i, '\0', end - i))
        incts_lex_fail(lex, INC_E_FORMAT, token->line, token->column, "this string has a NUL");
    if (!out)
        return incts_intern(lex, text + i, end - i);
    size_t n = 0;
    while (i < end) {
        int c = (unsigned char)text[i++];
        if (c == '\\') {
            c = unescape_one(lex, token, &i, end);
            if (c == 0)
                incts_lex_fail(lex, INC_E_FORMAT, token->line, token->column,
                               "this string has a NUL");
        }
        if (c >= 0)
            out[n++] = (char)c;
    }
    return incts_intern(lex, out, n);
}
