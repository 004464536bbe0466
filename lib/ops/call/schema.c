/* SPDX-License-Identifier: Apache-2.0 */
/* Parses "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor". */
#include "ops/call/schema.h"

#include <string.h>

#include "base/str.h"

typedef struct reader {
    incir_graph *g;
    const char *text, *at;
} reader;

static void bad(reader *r, const char *wanted) INC_NORETURN;
static void bad(reader *r, const char *wanted)
{
    inc_raise(r->g->cx, INC_E_INTERNAL, "schema \"%s\": expected %s at column %d", r->text, wanted,
              (int)(r->at - r->text) + 1);
}

static void skip_spaces(reader *r)
{
    while (*r->at == ' ')
        r->at++;
}

static bool accept(reader *r, const char *token)
{
    skip_spaces(r);
    size_t n = strlen(token);
    if (strncmp(r->at, token, n) != 0)
        return false;
    r->at += n;
    return true;
}

static void expect(reader *r, const char *token)
{
    if (!accept(r, token))
        bad(r, token);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static const char *word(reader *r, bool dotted)
{
    skip_spaces(r);
    const char *start = r->at;
    while (is_word(*r->at) || (dotted && (*r->at == '.' || *r->at == ':')))
        r->at++;
    if (r->at == start)
        bad(r, "a name");
    return inc_strndup(r->g->cx, start, (size_t)(r->at - start));
}

static void skip_brackets(reader *r)
{
    int depth = 0;
    do {
        if (*r->at == '\0')
            bad(r, "a closing bracket");
        depth += *r->at == '(' ? 1 : *r->at == ')' ? -1 : 0;
        r->at++;
    } while (depth > 0);
}

static incop_type_kind kind_of(const char *name)
{
    static const struct {
        const char *name;
        incop_type_kind kind;
    } kinds[] = {
        {"Tensor", INCOP_TENSOR},  {"int", INCOP_INT},    {"SymInt", INCOP_INT},
        {"float", INCOP_FLOAT},    {"bool", INCOP_BOOL},  {"Scalar", INCOP_SCALAR},
        {"number", INCOP_SCALAR},  {"str", INCOP_STR},    {"Device", INCOP_DEVICE},
        {"ScalarType", INCOP_INT}, {"Layout", INCOP_INT}, {"MemoryFormat", INCOP_INT},
    };
    for (size_t i = 0; i < INC_COUNT(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return INCOP_ANY;
}

static incop_type type(reader *r)
{
    incop_type t = {.kind = INCOP_ANY};
    skip_spaces(r);
    if (*r->at == '(') {
        skip_brackets(r);
    } else {
        t.kind = kind_of(word(r, true));
        if (*r->at == '(' && t.kind != INCOP_ANY) {
            t.alias = r->at[1];
            t.written = r->at[2] == '!';
            skip_brackets(r);
        } else if (*r->at == '(') {
            skip_brackets(r);
        }
    }
    for (;;) {
        if (*r->at == '?') {
            r->at++;
            t.optional = true;
        } else if (*r->at == '[') {
            t.is_list = true;
            t.element_optional = t.optional;
            t.optional = false;
            r->at++;
            while (*r->at >= '0' && *r->at <= '9')
                t.list_size = t.list_size * 10 + (*r->at++ - '0');
            expect(r, "]");
        } else {
            return t;
        }
    }
}

static incval literal(reader *r)
{
    inccx *cx = r->g->cx;
    skip_spaces(r);
    if (accept(r, "[")) {
        incval list = incval_list_new(cx, INCVAL_LIST);
        while (!accept(r, "]")) {
            incval item = literal(r);
            INC_PUSH(cx, &list.u.list->v, item);
            accept(r, ",");
        }
        return list;
    }
    if (*r->at == '"' || *r->at == '\'') {
        char quote = *r->at++;
        incstr s = {0};
        while (*r->at && *r->at != quote) {
            if (*r->at == '\\' && r->at[1])
                r->at++;
            incstr_add_n(cx, &s, r->at++, 1);
        }
        r->at++;
        return incval_str(incstr_text(&s));
    }
    const char *start = r->at;
    while (is_word(*r->at) || *r->at == '.' || *r->at == '-' || *r->at == '+')
        r->at++;
    size_t n = (size_t)(r->at - start);
    int64_t i;
    double f;
    if (incstr_int(start, n, &i))
        return incval_int(incsym_int(r->g->syms, i));
    if (incstr_double(start, n, &f))
        return incval_float(f);
    const char *name = inc_strndup(cx, start, n);
    if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0)
        return incval_bool(name[0] == 'T');
    if (strcmp(name, "Mean") == 0)
        return incval_int(incsym_int(r->g->syms, 1));
    if (strcmp(name, "contiguous_format") == 0)
        return incval_int(incsym_int(r->g->syms, 0));
    if (strcmp(name, "None") == 0)
        return incval_none();
    bad(r, "a default value");
}

static incop_param parameter(reader *r, bool keyword_only)
{
    incop_param p = {.type = type(r), .keyword_only = keyword_only};
    p.name = word(r, false);
    if (accept(r, "=")) {
        p.has_default = true;
        p.fallback = literal(r);
    }
    return p;
}

const incop_schema *incop_schema_parse(incir_graph *g, const char *text)
{
    reader r = {g, text, text};
    incop_schema *s = INC_NEW(g->cx, incop_schema);
    char *name = inc_strdup(g->cx, word(&r, true));
    char *dot = strchr(name, '.');
    s->name = name;
    s->overload = "";
    if (dot) {
        *dot = '\0';
        s->overload = dot + 1;
    }
    INC_VEC(incop_param) params = {0};
    bool keyword_only = false;
    expect(&r, "(");
    while (!accept(&r, ")")) {
        if (accept(&r, "...")) {
            s->varargs = true;
        } else if (accept(&r, "*")) {
            keyword_only = true;
        } else {
            incop_param p = parameter(&r, keyword_only);
            INC_PUSH(g->cx, &params, p);
        }
        if (!accept(&r, ",") && *r.at != ')')
            bad(&r, ", or )");
    }
    s->params = params.items;
    s->n_params = params.n;
    expect(&r, "->");
    INC_VEC(incop_type) returns = {0};
    if (accept(&r, "(")) {
        while (!accept(&r, ")")) {
            incop_type t = type(&r);
            INC_PUSH(g->cx, &returns, t);
            skip_spaces(&r);
            if (is_word(*r.at))
                word(&r, false);
            accept(&r, ",");
        }
    } else if (!accept(&r, "...")) {
        incop_type t = type(&r);
        INC_PUSH(g->cx, &returns, t);
    }
    s->returns = returns.items;
    s->n_returns = returns.n;
    return s;
}

int incop_schema_param(const incop_schema *s, const char *name)
{
    for (size_t i = 0; i < s->n_params; i++)
        if (strcmp(s->params[i].name, name) == 0)
            return (int)i;
    return -1;
}
