/* SPDX-License-Identifier: Apache-2.0 */
/* Errors at a place in TorchScript source, and how they show a token. */
#include "base/str.h"
#include "frontend/torchscript/lex.h"

void incts_lex_fail(incts_lexer *lex, inc_status status, uint32_t line, uint32_t column,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = inc_vprintf(lex->cx, format, args);
    va_end(args);
    if (lex->entry) {
        inccx *cx = lex->cx->of; /* of a scratch, too */
        cx->where.entry = inc_strdup(cx, lex->entry);
        cx->where.line = line;
        cx->where.column = column;
    }
    inc_raise(lex->cx, status, "%s", message);
}

const char *incts_token_shown(inccx *cx, const incts_token *token)
{
    enum { MOST = 40 };
    switch (token->kind) {
    case INCTS_TOK_END:
        return "the end of the text";
    case INCTS_TOK_NEWLINE:
        return "the end of the line";
    case INCTS_TOK_INDENT:
        return "a deeper indentation";
    case INCTS_TOK_DEDENT:
        return "the end of the block";
    case INCTS_TOK_STRING:
        return "a string";
    default:
        return inc_printf(cx, "\"%s\"", incstr_shown(cx, token->text, token->n, MOST));
    }
}
