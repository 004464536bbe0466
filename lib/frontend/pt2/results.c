/* SPDX-License-Identifier: Apache-2.0 */
/* Names, and what a node gives bound to those that the file has for it. Comes in: values, and the
 * file's word on their types; goes out: names in the frame, a warning where the two differ, and the
 * types themselves, which a node of a custom domain takes from the file. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"

/* ---- names ---- */

void incpt2_bind(incpt2_walker *w, incpt2_frame *f, const char *name, incval value)
{
    if (incmap_has_str(f->names, name) && !f->replaces)
        inc_raise(w->cx, INC_E_FORMAT, "the name %s is given twice",
                  incstr_shown(w->cx, name, strlen(name), 100));
    incmap_set_str(w->cx, f->names, name, inc_copy(w->cx, &value, sizeof value));
}

incval incpt2_lookup(incpt2_walker *w, incpt2_frame *f, const char *name)
{
    const incval *v = incmap_get_str(f->names, name);
    if (!v)
        inc_raise(w->cx, INC_E_FORMAT, "nothing is called %s here",
                  incstr_shown(w->cx, name, strlen(name), 100));
    return *v;
}

bool incpt2_vmap_is_hidden(const incpt2_walker *w, incval v)
{
    return v.kind == INCVAL_TENSOR && w->hidden &&
           incmap_get(w->hidden, &v.u.t, sizeof v.u.t, NULL) != NULL;
}

/* ---- types ---- */

/* A size of a result; a symbol that no input has (the data decides it) is a new one. */
static const incsym *size_of(incpt2_walker *w, const incjson *size)
{
    const incjson *e = incjson_get(size, "as_expr");
    if (!e)
        return incsym_int(w->g->syms, incpt2_int(w->cx, incjson_get(size, "as_int"), "as_int"));
    const incpt2_expr *expr = incpt2_expr_parse(w->cx, incpt2_need_text(w->cx, e, "expr_str"));
    const char *unbound;
    while ((unbound = incpt2_expr_unbound(expr, w->symbols)) != NULL) {
        const incsym *s = incsym_new(w->g->syms, unbound, 2, 0, NULL, -1);
        incmap_set_str(w->cx, w->symbols, unbound, (void *)(uintptr_t)s);
    }
    incfe_number n = incpt2_expr_value(w->g, expr, w->symbols);
    if (n.kind != INCFE_NUMBER_EXACT || n.is_float)
        inc_raise(w->cx, INC_E_UNSUPPORTED, "a size of the result is no expression of sizes");
    return n.top;
}

typedef INC_VEC(incir_type) type_list;

static void add_type(incpt2_walker *w, const incjson *tensor, type_list *found)
{
    const char *name = incpt2_need_text(w->cx, tensor, "name");
    const incjson *meta = incmap_get_str(w->calling->types, name);
    if (!meta)
        inc_raise(w->cx, INC_E_FORMAT, "the file does not say what %s is",
                  incstr_shown(w->cx, name, strlen(name), 100));
    const incjson *sizes = incpt2_need(w->cx, meta, "sizes", INCJSON_ARRAY);
    if (sizes->n > INCTENSOR_MAX_RANK)
        inc_raise(w->cx, INC_E_FORMAT, "%s has %u axes",
                  incstr_shown(w->cx, name, strlen(name), 100), (unsigned)sizes->n);
    const incsym **dims = INC_NEW_N(w->cx, const incsym *, sizes->n);
    for (uint32_t i = 0; i < sizes->n; i++)
        dims[i] = size_of(w, &sizes->as.items[i]);
    incdtype dtype = incpt2_dtype(w->cx, incpt2_int(w->cx, incjson_get(meta, "dtype"), "dtype"));
    incir_type type = {dtype, sizes->n, dims};
    INC_PUSH(w->cx, found, type);
}

const incir_type *incpt2_find_types(void *data, const incir_call *call, size_t *n)
{
    incpt2_walker *w = data;
    type_list found = {0};
    const incjson *outputs = incpt2_need(w->cx, call->origin, "outputs", INCJSON_ARRAY);
    for (uint32_t i = 0; i < outputs->n; i++) {
        const char *tag;
        const incjson *v = incpt2_union(w->cx, &outputs->as.items[i], "an output", &tag);
        if (strcmp(tag, "as_tensor") == 0)
            add_type(w, v, &found);
        else if (strcmp(tag, "as_tensors") == 0)
            for (uint32_t k = 0; v->kind == INCJSON_ARRAY && k < v->n; k++)
                add_type(w, &v->as.items[k], &found);
        else
            inc_raise(w->cx, INC_E_UNSUPPORTED, "an operator without a row that gives no tensor");
    }
    *n = found.n;
    return found.items;
}

static const char *type_text(incpt2_walker *w, incdtype dtype, const incjson *sizes)
{
    incstr s = {0};
    incstr_addf(w->cx, &s, "%s[", incdtype_name(dtype));
    for (uint32_t i = 0; i < sizes->n; i++) {
        const incjson *size = incjson_get(&sizes->as.items[i], "as_int");
        if (i)
            incstr_add(w->cx, &s, ", ");
        if (size && size->kind == INCJSON_INT)
            incstr_addf(w->cx, &s, "%lld", (long long)size->as.integer);
        else
            incstr_add(w->cx, &s, "?");
    }
    incstr_add(w->cx, &s, "]");
    return incstr_text(&s);
}

/* What the file says of a tensor should be what the operator gave. The file is not always right
 * (PyTorch 2.6: states of an LSTM, quotients of integers), so it is only warned of. */
static void check_type(incpt2_walker *w, incpt2_frame *f, const char *name, const incir_value *v,
                       bool is_hidden)
{
    size_t hidden = is_hidden ? 1 : 0; /* which the file does not mention */
    const incjson *meta = incmap_get_str(f->types, name);
    if (!meta || !incmap_has_str(f->needed, name))
        return;
    incdtype dtype = incpt2_dtype(w->cx, incpt2_int(w->cx, incjson_get(meta, "dtype"), "dtype"));
    const incjson *sizes = incpt2_need(w->cx, meta, "sizes", INCJSON_ARRAY);
    bool fits = dtype == v->dtype && sizes->n + hidden == v->rank;
    for (uint32_t i = 0; fits && i < sizes->n; i++) {
        const incjson *size = incjson_get(&sizes->as.items[i], "as_int");
        int64_t known;
        if (size && size->kind == INCJSON_INT && incir_dim(v, (int64_t)(i + hidden), &known))
            fits = known == size->as.integer;
    }
    if (!fits)
        inc_warn(w->cx, "%s gives %s, where the model says %s", w->cx->where.op,
                 incir_type_text(w->g, v), type_text(w, dtype, sizes));
}

static void bind_tensor(incpt2_walker *w, incpt2_frame *f, const incjson *v, incval result)
{
    const char *name = incpt2_need_text(w->cx, v, "name");
    if (result.kind == INCVAL_UNKNOWN) {
        incpt2_bind(w, f, name, result);
        return;
    }
    incir_value *value = incval_value(w->g, result, INCDT_F32);
    if (!value)
        inc_raise(w->cx, INC_E_FORMAT, "%s is %s, where a tensor was expected", name,
                  incval_described(result.kind));
    if (result.kind != INCVAL_TENSOR ||
        !incop_box_quant(result.u.t)) /* those are dequantized here */
        check_type(w, f, name, value, incpt2_vmap_is_hidden(w, result));
    if (result.kind != INCVAL_TENSOR)
        result = incval_tensor(incop_box_new(w->cx, value));
    incpt2_bind(w, f, name, result);
}

static void bind_tensors(incpt2_walker *w, incpt2_frame *f, const incjson *list,
                         const incval *results, size_t n)
{
    if (list->kind != INCJSON_ARRAY || list->n > n)
        inc_raise(w->cx, INC_E_FORMAT, "the operator gives %zu tensors, but %u are named", n,
                  list->kind == INCJSON_ARRAY ? (unsigned)list->n : 0);
    for (uint32_t i = 0; i < list->n; i++)
        bind_tensor(w, f, &list->as.items[i], results[i]);
}

void incpt2_bind_output(incpt2_walker *w, incpt2_frame *f, const incjson *output, incval result)
{
    const char *tag;
    const incjson *v = incpt2_union(w->cx, output, "an output", &tag);
    if (strcmp(tag, "as_tensor") == 0) {
        bind_tensor(w, f, v, result);
    } else if (strcmp(tag, "as_optional_tensor") == 0) {
        if (incjson_get(v, "as_tensor"))
            incpt2_bind_output(w, f, v, result);
    } else if (strcmp(tag, "as_tensors") == 0) {
        bool is_list = result.kind == INCVAL_LIST || result.kind == INCVAL_TUPLE;
        if (is_list)
            bind_tensors(w, f, v, result.u.list->v.items, result.u.list->v.n);
        else
            for (uint32_t i = 0; v->kind == INCJSON_ARRAY && i < v->n; i++)
                bind_tensor(w, f, &v->as.items[i],
                            i == 0 || result.kind == INCVAL_UNKNOWN ? result : incval_none());
    } else if (strcmp(tag, "as_sym_int") == 0 || strcmp(tag, "as_sym_float") == 0 ||
               strcmp(tag, "as_sym_bool") == 0) {
        const incjson *name = incjson_get(v, "as_name");
        if (name)
            incpt2_bind(w, f, incpt2_text(w->cx, name, "as_name"), result);
    } else if (strcmp(tag, "as_none") != 0) {
        inc_raise(w->cx, INC_E_UNSUPPORTED, "outputs of the form %s are not known",
                  incstr_shown(w->cx, tag, strlen(tag), 40));
    }
}

void incpt2_bind_outputs(incpt2_walker *w, incpt2_frame *f, const incjson *node,
                         const incval *results, size_t n)
{
    const incjson *outputs = incpt2_need(w->cx, node, "outputs", INCJSON_ARRAY);
    const incjson *list = outputs->n == 1 ? incjson_get(&outputs->as.items[0], "as_tensors") : NULL;
    if (list && (n > 1 || (n == 1 && results[0].kind == INCVAL_TENSOR))) {
        bind_tensors(w, f, list, results, n);
        return;
    }
    for (uint32_t i = 0; i < outputs->n; i++) {
        const incjson *output = &outputs->as.items[i];
        if (i < n)
            incpt2_bind_output(w, f, output, results[i]);
        else if (incpt2_gives_needed(f, output))
            inc_raise(w->cx, INC_E_UNSUPPORTED, "result %u of the operator is not supported",
                      (unsigned)i + 1);
    }
}
