/* SPDX-License-Identifier: Apache-2.0 */
/* How a parser begins, and how it fails. */
#include "frontend/torchscript/parser.h"

#include <string.h>

void incts_parser_fail_at(incts_parser *p, const incts_token *token, const char *message)
{
    incts_lex_fail(&p->lex, INC_E_FORMAT, token->line, token->column, "%s", message);
}

void incts_parser_fail_expected(incts_parser *p, const char *expected)
{
    incts_lex_fail(&p->lex, INC_E_FORMAT, p->token.line, p->token.column, "found %s where %s",
                   incts_token_shown(p->cx, &p->token), expected);
}

static const char *intern(incts_parser *p, const char *text)
{
    return incts_intern(&p->lex, text, strlen(text));
}

void incts_parser_start(incts_parser *p, inccx *cx, const char *entry, const char *text, size_t n)
{
    *p = (incts_parser){.cx = cx, .tree = cx, .entry = entry};
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
