/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, and values as text. */
#include "frontend/torchscript/builtins.h"

#include <string.h>

#include "base/str.h"

const char *incts_find_text(incts_interp *in, const char *text, const char *part)
{
    size_t n = strlen(text), m = strlen(part);
    inc_work(in->cx, n + m);
    const char *at = strstr(text, part); /* linear in both, whatever they hold */
    return at;
}

static void add_items(incts_builtin_call *c, incstr *s, incval v);

static void add_text(incts_builtin_call *c, incstr *s, incval v, bool quoted)
{
    incts_step(c->in);
    switch (v.kind) {
    case INCVAL_NONE:
        incstr_add(c->cx, s, "None");
        return;
    case INCVAL_BOOL:
        incstr_add(c->cx, s, v.u.b ? "True" : "False");
        return;
    case INCVAL_INT:
        incstr_add(c->cx, s, incsym_text(c->syms, v.u.i));
        return;
    case INCVAL_FLOAT:
        incstr_addf(c->cx, s, "%.17g", v.u.f);
        return;
    case INCVAL_STR:
    case INCVAL_DEVICE:
        incstr_addf(c->cx, s, quoted ? "'%s'" : "%s", v.u.s);
        return;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        add_items(c, s, v);
        return;
    default:
        incstr_addf(c->cx, s, "<%s>", incval_kind_name(v.kind));
    }
}

static void add_items(incts_builtin_call *c, incstr *s, incval v)
{
    inc_enter(c->cx);
    incstr_add(c->cx, s, v.kind == INCVAL_LIST ? "[" : "(");
    for (size_t i = 0; i < v.u.list->v.n; i++) {
        incstr_add(c->cx, s, i ? ", " : "");
        add_text(c, s, v.u.list->v.items[i], true);
    }
    incstr_add(c->cx, s, v.kind == INCVAL_LIST ? "]" : ")");
    inc_leave(c->cx);
}

static bool do_format(incts_builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_STR)
        return false;
    incstr s = {0};
    bool percent = strcmp(c->name, "percentFormat") == 0;
    const incval *fields = c->args + 1;
    size_t n = c->n - 1, next = 0;
    if (percent && n == 1 && fields[0].kind == INCVAL_TUPLE) {
        const incval_list *tuple = fields[0].u.list;
        fields = tuple->v.items;
        n = tuple->v.n;
    }
    inc_work(c->cx, 8 * strlen(c->args[0].u.s)); /* letter by letter */
    for (const char *at = c->args[0].u.s; *at; at++) {
        bool field = percent ? at[0] == '%' && at[1] : at[0] == '{' && at[1] == '}';
        if (!field) {
            incstr_add_n(c->cx, &s, at, 1);
            continue;
        }
        at++;
        if (percent && *at == '%')
            incstr_add(c->cx, &s, "%");
        else if (next < n)
            add_text(c, &s, fields[next++], false);
    }
    return give(c, incval_str(incstr_text(&s)));
}

static bool do_str(incts_builtin_call *c)
{
    if (c->n != 1)
        return false;
    incstr s = {0};
    add_text(c, &s, c->args[0], false);
    return give(c, incval_str(incstr_text(&s)));
}

static bool do_text(incts_builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_STR)
        return false;
    const char *s = c->args[0].u.s;
    size_t n = strlen(s);
    inc_work(c->cx, n);
    const char *other = c->n > 1 && c->args[1].kind == INCVAL_STR ? c->args[1].u.s : NULL;
    if (strcmp(c->name, "startswith") == 0 && other)
        return give(c, incval_bool(incstr_starts(s, other)));
    if (strcmp(c->name, "endswith") == 0 && other)
        return give(c, incval_bool(incstr_ends(s, other)));
    if (strcmp(c->name, "find") == 0 && other) {
        const char *at = incts_find_text(c->in, s, other);
        return give_int(c, at ? (int64_t)(at - s) : -1);
    }
    if (strcmp(c->name, "upper") == 0 || strcmp(c->name, "lower") == 0) {
        char *copy = inc_strdup(c->cx, s);
        bool up = c->name[0] == 'u';
        for (char *at = copy; *at; at++)
            if (up ? *at >= 'a' && *at <= 'z' : *at >= 'A' && *at <= 'Z')
                *at = (char)(*at ^ 0x20);
        return give(c, incval_str(copy));
    }
    if (strcmp(c->name, "strip") == 0) {
        while (n && strchr(" \n\t\f\v\r", s[n - 1]))
            n--;
        while (n && strchr(" \n\t\f\v\r", *s))
            s++, n--;
        return give(c, incval_str(inc_strndup(c->cx, s, n)));
    }
    if (strcmp(c->name, "split") == 0 && other && other[0]) {
        incval list = incval_list_new(c->cx, INCVAL_LIST);
        for (const char *at; (at = strstr(s, other)) != NULL; s = at + strlen(other))
            INC_PUSH(c->cx, &list.u.list->v, incval_str(inc_strndup(c->cx, s, (size_t)(at - s))));
        INC_PUSH(c->cx, &list.u.list->v, incval_str(s));
        return give(c, list);
    }
    if (strcmp(c->name, "join") == 0 && c->n == 2 && is_sequence(c->args[1])) {
        incstr joined = {0};
        for (size_t i = 0; i < c->args[1].u.list->v.n; i++) {
            incstr_add(c->cx, &joined, i ? s : "");
            add_text(c, &joined, c->args[1].u.list->v.items[i], false);
        }
        return give(c, incval_str(incstr_text(&joined)));
    }
    return false;
}

/* ---- hashes ---- */

static uint64_t mix(uint64_t v)
{
    return v ^ v >> 47;
}

/* MurmurHash64A, which is what hash() of a string or float is on Linux. */
static uint64_t murmur(const void *bytes, size_t n, uint64_t seed)
{
    static const uint64_t factor = 0xc6a4a7935bd1e995;
    const uint8_t *p = bytes;
    uint64_t h = seed ^ n * factor;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t part;
        memcpy(&part, p, sizeof part);
        h = (h ^ mix(part * factor) * factor) * factor;
    }
    if (n) {
        uint64_t part = 0;
        for (size_t i = n; i-- > 0;)
            part = part << 8 | p[i];
        h = (h ^ part) * factor;
    }
    return mix(mix(h) * factor);
}

/* Of numbers and strings; integers are their own. */
static bool do_hash(incts_builtin_call *c)
{
    const uint64_t seed = 0xc70f6907;
    uint64_t h = 0;
    if (c->n != 1)
        return false;
    incval v = c->args[0];
    if (v.kind == INCVAL_INT)
        return give(c, v);
    if (v.kind == INCVAL_STR) {
        size_t n = strlen(v.u.s);
        inc_work(c->cx, n);
        h = murmur(v.u.s, n, seed);
    } else if (v.kind == INCVAL_FLOAT) {
        h = v.u.f == 0 ? 0 : murmur(&v.u.f, sizeof v.u.f, seed);
    } else if (v.kind == INCVAL_BOOL) {
        h = v.u.b;
    } else if (v.kind != INCVAL_NONE) {
        return false;
    }
    return give(c, incval_int(incsym_int(c->syms, (int64_t)h)));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::endswith", do_text),
    BUILTIN("aten::find", do_text),
    BUILTIN("aten::format", do_format),
    BUILTIN("aten::hash", do_hash),
    BUILTIN("aten::join", do_text),
    BUILTIN("aten::lower", do_text),
    BUILTIN("aten::percentFormat", do_format),
    BUILTIN("aten::split", do_text),
    BUILTIN("aten::startswith", do_text),
    BUILTIN("aten::str", do_str),
    BUILTIN("aten::strip", do_text),
    BUILTIN("aten::upper", do_text),
};
/* clang-format on */

const incts_builtins incts_builtins_text = {rows, INC_COUNT(rows)};
