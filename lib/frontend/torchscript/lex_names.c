/* SPDX-License-Identifier: Apache-2.0 */
/* Names of TorchScript source: each is stored once, so that equal names are equal pointers, and
 * keywords are names that have a kind of token. A hash table with open addressing. */
#include <string.h>

#include "frontend/torchscript/lex.h"

static const struct {
    const char *text;
    int kind;
} keywords[] = {
    {"def", INCTS_TOK_DEF},       {"class", INCTS_TOK_CLASS},   {"if", INCTS_TOK_IF},
    {"elif", INCTS_TOK_ELIF},     {"else", INCTS_TOK_ELSE},     {"while", INCTS_TOK_WHILE},
    {"for", INCTS_TOK_FOR},       {"in", INCTS_TOK_IN},         {"return", INCTS_TOK_RETURN},
    {"pass", INCTS_TOK_PASS},     {"break", INCTS_TOK_BREAK},   {"continue", INCTS_TOK_CONTINUE},
    {"raise", INCTS_TOK_RAISE},   {"assert", INCTS_TOK_ASSERT}, {"del", INCTS_TOK_DEL},
    {"with", INCTS_TOK_WITH},     {"as", INCTS_TOK_AS},         {"import", INCTS_TOK_IMPORT},
    {"global", INCTS_TOK_GLOBAL}, {"is", INCTS_TOK_IS},         {"not", INCTS_TOK_NOT},
    {"and", INCTS_TOK_AND},       {"or", INCTS_TOK_OR},         {"True", INCTS_TOK_TRUE},
    {"False", INCTS_TOK_FALSE},   {"None", INCTS_TOK_NONE},     {"Ellipsis", INCTS_TOK_ELLIPSIS},
};

static uint64_t hash_of(const char *text, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static void grow_symbols(incts_lexer *lex)
{
    enum { FIRST = 256 };
    size_t cap = lex->cap_symbols ? lex->cap_symbols * 2 : FIRST;
    incts_symbol *grown = INC_NEW_N(lex->cx, incts_symbol, cap);
    for (size_t i = 0; i < lex->cap_symbols; i++)
        if (lex->symbols[i].text) {
            size_t at = (size_t)lex->symbols[i].hash & (cap - 1);
            while (grown[at].text)
                at = (at + 1) & (cap - 1);
            grown[at] = lex->symbols[i];
        }
    lex->symbols = grown;
    lex->cap_symbols = cap;
}

incts_symbol *incts_symbol_of(incts_lexer *lex, const char *text, size_t n)
{
    enum { MOST_STEPS = 1000 }; /* names never collide like that by chance */
    if (lex->n_symbols >= lex->cap_symbols / 2)
        grow_symbols(lex);
    uint64_t hash = hash_of(text, n);
    size_t at = (size_t)hash & (lex->cap_symbols - 1);
    for (int steps = 0; lex->symbols[at].text; steps++) {
        incts_symbol *s = &lex->symbols[at];
        if (s->hash == hash && s->n == n && memcmp(s->text, text, n) == 0)
            return s;
        if (steps == MOST_STEPS)
            incts_lex_fail(lex, INC_E_LIMIT, lex->line, 1, "the names are chosen to collide");
        at = (at + 1) & (lex->cap_symbols - 1);
    }
    lex->symbols[at] = (incts_symbol){hash, inc_strndup(lex->cx, text, n), n, INCTS_TOK_NAME};
    lex->n_symbols++;
    return &lex->symbols[at];
}

void incts_add_keywords(incts_lexer *lex)
{
    for (size_t i = 0; i < INC_COUNT(keywords); i++)
        incts_symbol_of(lex, keywords[i].text, strlen(keywords[i].text))->kind = keywords[i].kind;
}

const char *incts_intern(incts_lexer *lex, const char *text, size_t n)
{
    return incts_symbol_of(lex, text, n)->text;
}
