/* SPDX-License-Identifier: Apache-2.0 */
/* Reading nodes from text; see text.h. What is wrong in a test's text fails the test. */
#include "text.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void skip(const char **p)
{
    while (**p == ' ')
        ++*p;
}

static bool take(const char **p, char c)
{
    skip(p);
    if (**p != c)
        return false;
    ++*p;
    return true;
}

static char *word(incir_graph *g, const char **p)
{
    skip(p);
    const char *start = *p;
    while (isalnum((unsigned char)**p) || **p == '_' || **p == '.')
        ++*p;
    return inc_strndup(g->cx, start, (size_t)(*p - start));
}

/* ---- sizes ---- */

static const incsym *letter(incir_graph *g, const char *name)
{
    for (size_t i = 0; i < g->main->n_inputs; i++)
        if (strcmp(g->main->inputs[i]->name, name) == 0)
            return g->main->inputs[i]->dims[0];
    int64_t lower = isupper((unsigned char)name[0]) ? 0 : 1;
    const incsym *symbol = incsym_new(g->syms, name, 7, lower, NULL, 0);
    incir_value *input = incir_input(g, name, INCDT_F32, 1, &symbol);
    incsym_set_origin(symbol, input, 0);
    incir_block_add_input(g, g->main, input);
    return symbol;
}

static const incsym *atom(incir_graph *g, const char **p)
{
    skip(p);
    if (isalpha((unsigned char)**p))
        return letter(g, word(g, p));
    char *end;
    long long value = strtoll(*p, &end, 10);
    ck_assert_msg(end != *p, "a size is wanted: %s", *p);
    *p = end;
    return incsym_int(g->syms, value);
}

static const incsym *product(incir_graph *g, const char **p)
{
    const incsym *e = atom(g, p);
    for (;;) {
        if (take(p, '*'))
            e = incsym_mul(g->syms, e, atom(g, p));
        else if (take(p, '/'))
            e = incsym_floordiv(g->syms, e, atom(g, p));
        else
            return e;
    }
}

static const incsym *read_size(incir_graph *g, const char **p)
{
    const incsym *e = product(g, p);
    for (;;) {
        if (take(p, '+'))
            e = incsym_add(g->syms, e, product(g, p));
        else if (take(p, '-'))
            e = incsym_sub(g->syms, e, product(g, p));
        else
            return e;
    }
}

const incsym *txt_size(incir_graph *g, const char *text)
{
    return read_size(g, &text);
}

enum { MOST = 64 };

static size_t read_sizes(incir_graph *g, const char **p, char end, const incsym **sizes)
{
    size_t n = 0;
    while (!take(p, end)) {
        ck_assert(n < MOST);
        sizes[n++] = read_size(g, p);
        take(p, ',');
    }
    return n;
}

/* ---- values ---- */

static incir_value *read_constant(incir_graph *g, const char **p, incdtype dtype, size_t rank,
                                  const incsym *const *dims)
{
    int64_t sizes[MOST], n = 1;
    for (size_t i = 0; i < rank; i++) {
        ck_assert(incsym_known(dims[i], &sizes[i]));
        n *= sizes[i];
    }
    double *values = INC_NEW_N(g->cx, double, (size_t)n);
    size_t given = 0;
    while (!take(p, '}')) {
        char *end;
        skip(p);
        ck_assert_msg(given < (size_t)n, "too many elements: %s", *p);
        values[given++] = strtod(*p, &end);
        *p = end;
        take(p, ',');
    }
    for (size_t i = given; given > 0 && i < (size_t)n; i++) /* the pattern repeats */
        values[i] = values[i % given];
    inctensor *wide = inctensor_new(g->cx, INCDT_F64, rank, sizes, values);
    return incir_constant(g, inctensor_cast(g->cx, wide, dtype), NULL);
}

static incir_value *read_value(incir_graph *g, const char **p)
{
    const incsym *dims[MOST];
    if (take(p, '-'))
        return NULL;
    if (take(p, '{')) {
        size_t n = read_sizes(g, p, '}', dims);
        return incir_sizes(g, dims, n);
    }
    if (take(p, '<')) {
        const incsym *size = read_size(g, p);
        ck_assert(take(p, '>'));
        return incir_size_scalar(g, size);
    }
    const char *name = word(g, p);
    incdtype dtype;
    ck_assert_msg(incdtype_from_name(name, &dtype), "%s is no type", name);
    size_t rank = take(p, '[') ? read_sizes(g, p, ']', dims) : 0;
    if (take(p, '=')) {
        ck_assert(take(p, '{'));
        return read_constant(g, p, dtype, rank, dims);
    }
    incir_value *v =
        incir_input(g, inc_printf(g->cx, "in%zu", g->main->n_inputs), dtype, rank, dims);
    incir_block_add_input(g, g->main, v);
    return v;
}

incir_value *txt_value(incir_graph *g, const char *text)
{
    return read_value(g, &text);
}

/* ---- nodes ---- */

static void read_list_attr(incir_graph *g, const char **p, incir_node *n, const char *name)
{
    int64_t ints[MOST];
    size_t count = 0;
    while (!take(p, ']')) {
        char *end;
        ints[count++] = strtoll(*p, &end, 10);
        ck_assert(end != *p && count < MOST);
        *p = end;
        take(p, ',');
    }
    incir_attr_ints(g, n, name, ints, count);
}

static void read_attr(incir_graph *g, const char **p, incir_node *n)
{
    const char *name = word(g, p);
    ck_assert_msg(take(p, '='), "an attribute is wanted: %s", *p);
    if (take(p, '[')) {
        read_list_attr(g, p, n, name);
    } else if (take(p, '"')) {
        const char *start = *p;
        *p = strchr(*p, '"');
        incir_attr_str(g, n, name, inc_strndup(g->cx, start, (size_t)(*p - start)));
        ++*p;
    } else if (isalpha((unsigned char)**p)) { /* a tensor of one element: value=int64(3) */
        incdtype dtype;
        int64_t one = 1;
        const char *type = word(g, p);
        ck_assert(incdtype_from_name(type, &dtype) && take(p, '('));
        char *end;
        double value = strtod(*p, &end);
        *p = end;
        ck_assert(take(p, ')'));
        incir_attr_tensor(g, n, name, inctensor_full(g->cx, dtype, 1, &one, value));
    } else {
        char *end;
        size_t length = strcspn(*p, " ");
        if (memchr(*p, '.', length))
            incir_attr_float(g, n, name, strtod(*p, &end));
        else
            incir_attr_int(g, n, name, strtoll(*p, &end, 10));
        *p = end;
    }
}

incir_value **txt_emit(incir_graph *g, const char *line, size_t *n_outputs)
{
    const char *p = line;
    incir_node *n = incir_node_new(g, word(g, &p));
    ck_assert_msg(take(&p, '('), "%s", line);
    while (!take(&p, ')')) {
        incir_in(g, n, read_value(g, &p));
        take(&p, ',');
    }
    *n_outputs = 1;
    for (skip(&p); *p; skip(&p)) {
        if (p[0] == '-' && p[1] == '>') {
            *n_outputs = (size_t)atoi(p + 2);
            break;
        }
        read_attr(g, &p, n);
    }
    incir_value **outputs = INC_NEW_N(g->cx, incir_value *, *n_outputs);
    incir_emit_n(g, n, *n_outputs, outputs);
    return outputs;
}

/* ---- showing ---- */

static void show_elements(incir_graph *g, incstr *s, const inctensor *t)
{
    enum { MOST_SHOWN = 40 };
    incstr_add(g->cx, s, "={");
    for (uint64_t i = 0; i < t->numel; i++) {
        incstr_add(g->cx, s, i ? ", " : "");
        if (i == MOST_SHOWN) {
            incstr_add(g->cx, s, "…");
            break;
        }
        if (incdtype_is_float(t->dtype))
            incstr_addf(g->cx, s, "%.7g", inctensor_f64s(g->cx, t)[i]);
        else
            incstr_addf(g->cx, s, "%lld", (long long)inctensor_i64s(g->cx, t)[i]);
    }
    incstr_add(g->cx, s, "}");
}

const char *txt_show(incir_graph *g, incir_value *v)
{
    incstr s = {0};
    if (v->kind == INCIR_SIZES) {
        int64_t n = 1;
        if (v->rank)
            incir_dim(v, 0, &n);
        incstr_add(g->cx, &s, v->rank ? "{" : "<");
        for (int64_t i = 0; i < n; i++)
            incstr_addf(g->cx, &s, "%s%s", i ? ", " : "", incsym_text(g->syms, v->contents[i]));
        incstr_add(g->cx, &s, v->rank ? "}" : ">");
        return incstr_text(&s);
    }
    incstr_add(g->cx, &s, incir_type_text(g, v));
    if (v->kind == INCIR_CONSTANT)
        show_elements(g, &s, v->constant);
    return incstr_text(&s);
}

const char *txt_result(inccx *cx, uint32_t opset, const char *line)
{
    inc_frame frame;
    if (!inc_try(cx, &frame))
        return cx->error.message;
    incir_graph *g = incir_graph_new(cx, opset);
    size_t n;
    incir_value **outputs = txt_emit(g, line, &n);
    incstr s = {0};
    for (size_t i = 0; i < n; i++)
        incstr_addf(cx, &s, "%s%s", i ? " " : "", txt_show(g, outputs[i]));
    inc_try_end(cx, &frame);
    return incstr_text(&s);
}
