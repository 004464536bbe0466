/* SPDX-License-Identifier: Apache-2.0 */
/* Names and reports that all front ends make alike. */
#include "frontend/common.h"

#include <string.h>

#include "base/str.h"
#include "ops/emit/math.h"

/* ---- names ---- */

const char *incfe_scope_of_call(inccx *cx, const char *outer, const char *path)
{
    const char *start = path + strlen(path);
    while (start > path) { /* back to the atom that is no number */
        const char *atom = start - (start != path + strlen(path));
        while (atom > path && atom[-1] != '.')
            atom--;
        bool number = true;
        for (const char *c = atom; *c && *c != '.'; c++)
            number = number && *c >= '0' && *c <= '9';
        start = atom;
        if (!number)
            break;
    }
    return inc_printf(cx, "%s/%s", outer, start);
}

const char *incfe_unique_name(inccx *cx, incmap *names, const char *name)
{
    uint32_t *count = incmap_get_str(names, name); /* how many more were asked for */
    const char *unique = name;
    while (count && incmap_has_str(names, unique))
        unique = inc_printf(cx, "%s.%u", name, ++*count);
    incmap_set_str(cx, names, unique, INC_NEW(cx, uint32_t));
    return unique;
}

void incfe_add_output(incir_graph *g, incir_value *v, const char *name)
{
    if (v->kind == INCIR_COMPLEX) {
        inc_warn(g->cx,
                 "the output %s is complex: it is given as real numbers [..., 2], as "
                 "torch.view_as_real does",
                 name);
        v = emit_pairs(g, v);
    }
    v = incir_materialise(g, v);
    if (v->kind != INCIR_RESULT || v->name) {
        incir_node *n = incir_node_new(g, "Identity");
        incir_in(g, n, v);
        v = incir_emit_kept(g, n);
    }
    v->name = name;
    incir_block_add_output(g, g->main, v);
}

/* ---- weights ---- */

void incfe_describe_weights(inccx *cx, const incarc_state_dict *weights,
                            incfe_description *description)
{
    incfe_weight *list = INC_NEW_N(cx, incfe_weight, weights->entries.n);
    for (size_t i = 0; i < weights->entries.n; i++) {
        const inctensor *t = weights->entries.items[i].tensor;
        list[i] = (incfe_weight){.name = weights->entries.items[i].key,
                                 .dtype = t->dtype,
                                 .rank = t->rank,
                                 .sizes = t->sizes,
                                 .bytes = inctensor_bytes(t),
                                 .is_quantized = t->q != NULL};
    }
    description->weights = list;
    description->n_weight_tensors = weights->entries.n;
    description->n_weights = weights->elements;
    description->weight_bytes = weights->bytes;
    description->is_quantized = description->is_quantized || weights->is_quantized;
}

/* ---- Python files ---- */

/* Where part first stands in text, n when nowhere; paths may be those of Windows. */
static size_t find(const char *text, size_t n, const char *part)
{
    size_t length = strlen(part);
    for (size_t i = 0; i + length <= n; i++) {
        size_t k = 0;
        while (k < length && (text[i + k] == part[k] || (text[i + k] == '\\' && part[k] == '/')))
            k++;
        if (k == length)
            return i;
    }
    return n;
}

bool incfe_is_library_file(const char *file, size_t n)
{
    static const char *const signs[] = {
        "-packages/torch/",     "/torch/nn/modules/", "/torch/nn/functional.py",
        "/torch/functional.py", "/torch/_tensor.py",  "/torch/jit/",
        "/torch/autograd/",     "/torch/_",           "torch/fx/",
    };
    for (size_t i = 0; i < INC_COUNT(signs); i++)
        if (find(file, n, signs[i]) < n)
            return true;
    return false;
}

const char *incfe_python_place(inccx *cx, const char *file, size_t n, uint64_t line)
{
    enum { MOST = 100 };
    size_t packages = find(file, n, "-packages/");
    size_t begin = packages < n ? packages + strlen("-packages/") : 0;
    if (packages == n)
        for (size_t i = 0; i < n; i++)
            if (file[i] == '/' || file[i] == '\\')
                begin = i + 1;
    return inc_printf(cx, "%s:%llu", incstr_shown(cx, file + begin, n - begin, MOST),
                      (unsigned long long)line);
}

/* ---- what could not be exported ---- */

incfe_missing incfe_missing_copy(inccx *cx, const incfe_missing *missing)
{
    incfe_missing copy = *missing;
    size_t n = missing->items.n;
    copy.items.items = inc_copy(cx, missing->items.items, n * sizeof *missing->items.items);
    copy.items.cap = n;
    return copy;
}

void incfe_missing_restore(inccx *cx, incfe_missing *missing, const incfe_missing *before)
{
    *missing = incfe_missing_copy(cx, before);
}

void incfe_missing_note(inccx *cx, incfe_missing *missing, const char *name)
{
    const inc_failure *error = &cx->error;
    const char *key = inc_printf(cx, "%s\n%s", name, error->message);
    if (!missing->by_text)
        missing->by_text = incmap_new(cx);
    uintptr_t number = (uintptr_t)incmap_get_str(missing->by_text, key);
    bool known = number && number <= missing->items.n && /* it may have been taken back */
                 strcmp(missing->items.items[number - 1].message, error->message) == 0;
    if (known) {
        missing->items.items[number - 1].count++;
        return;
    }
    inc_lacking item = {error->message, error->hint, error->where, 1};
    if (!item.where.op)
        item.where.op = name;
    INC_PUSH(cx, &missing->items, item);
    incmap_set_str(cx, missing->by_text, key, (void *)(uintptr_t)missing->items.n);
}

/* "2 operators cannot be exported: a (3 times, first in x at y); b …": what fits into a line. */
static const char *missing_text(inccx *cx, const inc_lacking *items, size_t n)
{
    enum { MOST_SHOWN = 50 };
    incstr s = {0};
    incstr_addf(cx, &s, "%zu operator%s cannot be exported:", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n && i < MOST_SHOWN; i++) {
        const inc_lacking *m = &items[i];
        incstr_addf(cx, &s, "%s %s (%zu time%s", i ? ";" : "", m->message, m->count,
                    m->count == 1 ? "" : "s");
        if (m->where.scope && m->where.scope[0])
            incstr_addf(cx, &s, ", first in %s", m->where.scope);
        if (m->where.python)
            incstr_addf(cx, &s, " at %s", m->where.python);
        else if (m->where.entry && m->where.line)
            incstr_addf(cx, &s, " at %s:%u", m->where.entry, m->where.line);
        incstr_add(cx, &s, ")");
    }
    return incstr_text(&s);
}

void incfe_missing_raise(inccx *cx, const incfe_missing *missing,
                         const char *(*python)(void *data, const inc_where *where), void *data)
{
    size_t n = missing->items.n;
    inc_lacking *items = inc_copy(cx, missing->items.items, n * sizeof *items);
    for (size_t i = 0; python && i < n; i++)
        items[i].where.python = python(data, &items[i].where);
    cx->where = items[0].where;
    bool is_one = n == 1 && items[0].count == 1;
    inc_raise_lacking(cx, INC_E_UNSUPPORTED, items, n,
                      is_one ? items[0].message : missing_text(cx, items, n));
}
