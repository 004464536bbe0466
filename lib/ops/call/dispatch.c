/* SPDX-License-Identifier: Apache-2.0 */
/* Calling an operator: find its rows, bind, run the handler, settle who shares memory. Names that
 * have no row of their own are tried as the in-place or out= form of one that has. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "ir/quant.h"
#include "ops/call/internal.h"
#include "ops/emit/emit.h"

static const char *end_of_name(const char *schema)
{
    const char *at = schema;
    while (*at && *at != '(' && *at != '.')
        at++;
    return at;
}

/* Order of "aten::add.Scalar(…" against "aten::add": by the name before the overload. */
static int compare_name(const char *schema, const char *name)
{
    size_t n = (size_t)(end_of_name(schema) - schema), m = strlen(name);
    int order = memcmp(schema, name, n < m ? n : m);
    return order ? order : n < m ? -1 : n > m;
}

typedef INC_VEC(incop_overload) overload_list;

static void collect(incir_graph *g, const incop_family *family, const char *name,
                    overload_list *found)
{
    for (size_t i = 0; i < family->n; i++)
        if (compare_name(family->rows[i].schema, name) == 0) {
            incop_overload o = {&family->rows[i], incop_schema_parse(g, family->rows[i].schema)};
            INC_PUSH(g->cx, found, o);
        }
}

const incop_overloads *incop_find(incir_graph *g, const char *name)
{
    if (!g->ops)
        g->ops = incmap_new(g->cx);
    bool known;
    incop_overloads *rows = incmap_get(g->ops, name, strlen(name), &known);
    if (known)
        return rows;
    overload_list found = {0};
    for (size_t i = 0; i < incop_n_families; i++)
        collect(g, incop_families[i], name, &found);
    if (found.n) {
        rows = INC_NEW(g->cx, incop_overloads);
        *rows = (incop_overloads){found.n, found.items};
    }
    incmap_set_str(g->cx, g->ops, name, rows);
    return rows;
}

static bool any_row(const char *name)
{
    for (size_t i = 0; i < incop_n_families; i++)
        for (size_t k = 0; k < incop_families[i]->n; k++)
            if (compare_name(incop_families[i]->rows[k].schema, name) == 0)
                return true;
    return false;
}

/* "aten::add_" -> "aten::add"; NULL when name is no in-place form. */
static const char *functional_name(inccx *cx, const char *name)
{
    size_t n = strlen(name);
    if (n < 2 || name[n - 1] != '_' || name[n - 2] == '_')
        return NULL;
    return inc_strndup(cx, name, n - 1);
}

bool incop_known(const char *name)
{
    size_t n = strlen(name);
    char functional[128];
    if (any_row(name))
        return true;
    if (n < 2 || n >= sizeof functional || name[n - 1] != '_' || name[n - 2] == '_')
        return false;
    memcpy(functional, name, n - 1);
    functional[n - 1] = '\0';
    return any_row(functional);
}

/* ---- the record of a call ---- */

/* Fills in what the model's call was bound to; calls that handlers make are part of it. */
static void note_binding(const incop_call *c)
{
    incir_call *call = c->g->call;
    if (call->row)
        return;
    call->row = c->row;
    call->schema = c->schema;
}

static const char *describe_arguments(incir_graph *g, const incval *args, size_t n_args,
                                      const incop_keyword *keywords, size_t n_keywords)
{
    incstr s = {0};
    for (size_t i = 0; i < n_args; i++)
        incstr_addf(g->cx, &s, "%s%s", i ? ", " : "", incval_kind_name(args[i].kind));
    for (size_t i = 0; i < n_keywords; i++)
        incstr_addf(g->cx, &s, "%s%s=%s", i || n_args ? ", " : "", keywords[i].name,
                    incval_kind_name(keywords[i].value.kind));
    return incstr_text(&s);
}

static bool unknown_within(inccx *cx, const incval *args, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == INCVAL_UNKNOWN)
            return true;
        if (args[i].kind != INCVAL_LIST && args[i].kind != INCVAL_TUPLE)
            continue;
        inc_work(cx, args[i].u.list->v.n);
        for (size_t k = 0; k < args[i].u.list->v.n; k++)
            if (args[i].u.list->v.items[k].kind == INCVAL_UNKNOWN)
                return true;
    }
    return false;
}

static incop_call *bind_and_run(incir_graph *g, const incop_overloads *rows, const char *name,
                                const char *overload, const incval *args, size_t n_args,
                                const incop_keyword *keywords, size_t n_keywords)
{
    const char *why;
    incop_call *c = incop_bind(g, rows, overload, args, n_args, keywords, n_keywords, &why);
    if (!c)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "%s(%s): %s", name,
                  describe_arguments(g, args, n_args, keywords, n_keywords), why);
    note_binding(c);
    incop_run(c);
    return c;
}

static incir_value *fit_into(incir_graph *g, incir_value *value, const incir_value *target)
{
    value = emit_cast(g, value, target->dtype);
    bool same = value->rank == target->rank;
    for (size_t i = 0; same && i < value->rank; i++)
        same = incir_axis_size(g, value, i) == incir_axis_size(g, target, i);
    return same ? value : emit_expand(g, value, target->dims, target->rank);
}

/* x.add_(y): x becomes add(x, y), in x's own type and shape. */
static incval *call_in_place(incir_graph *g, const incop_overloads *rows, const char *name,
                             const char *overload, const incval *args, size_t n_args,
                             const incop_keyword *keywords, size_t n_keywords)
{
    if (n_args == 0 || args[0].kind != INCVAL_TENSOR)
        inc_raise(g->cx, INC_E_FORMAT, "%s: the tensor to write into is missing", name);
    incop_box *self = args[0].u.t;
    incir_value *before = incop_box_read(g, self);
    incop_call *c = bind_and_run(g, rows, name, overload, args, n_args, keywords, n_keywords);
    incop_box_write(g, self, fit_into(g, c->results[0].u.t->value, before));
    c->results[0] = args[0];
    return c->results;
}

static bool is_argument(const incop_call *c, const incop_box *box, const incir_value *value)
{
    for (size_t i = 0; i < c->schema->n_params; i++)
        if (c->args[i].kind == INCVAL_TENSOR &&
            (c->args[i].u.t == box || (value && c->args[i].u.t->value == value)))
            return true;
    return false;
}

/* Where calls are kept, those that give an argument back as it is (dropout) leave a node, too: they
 * count where PyTorch's FX numbers scales. */
static void keep_unchanged(incop_call *c)
{
    bool is_kept = c->g->keep_calls && c->g->block == c->g->main;
    for (size_t i = 0; is_kept && i < c->n_results; i++) {
        incop_box *box = c->results[i].kind == INCVAL_TENSOR ? c->results[i].u.t : NULL;
        if (box && incdtype_is_float(box->value->dtype) && box->value->kind != INCIR_CONSTANT &&
            !is_argument(c, box, NULL) && is_argument(c, NULL, box->value))
            box->value = incir_pass_on(c->g, box->value);
    }
}

static incval *invoke(incir_graph *g, const char *name, const incval *args, size_t n_args,
                      const incop_keyword *keywords, size_t n_keywords, size_t *n_results)
{
    const char *overload = NULL;
    const char *dot = strchr(name, '.');
    if (dot) {
        overload = strcmp(dot + 1, "default") == 0 ? "" : dot + 1;
        name = inc_strndup(g->cx, name, (size_t)(dot - name));
    }
    g->cx->where.op = name;
    bool unknown = unknown_within(g->cx, args, n_args);
    for (size_t i = 0; i < n_keywords; i++)
        unknown = unknown || unknown_within(g->cx, &keywords[i].value, 1);
    if (unknown) {
        incval *result = INC_NEW(g->cx, incval);
        *result = incval_unknown();
        *n_results = 1;
        return result;
    }
    incop_box *out = NULL;
    incop_keyword *kept = inc_copy(g->cx, keywords, n_keywords * sizeof *keywords);
    for (size_t i = 0; i < n_keywords; i++)
        if (strcmp(kept[i].name, "out") == 0 && kept[i].value.kind == INCVAL_TENSOR) {
            out = kept[i].value.u.t;
            kept[i] = kept[--n_keywords];
            break;
        }
    const incop_overloads *rows = incop_find(g, name);
    if (!rows) {
        const char *functional = functional_name(g->cx, name);
        rows = functional ? incop_find(g, functional) : NULL;
        incval *custom =
            rows ? NULL
                 : incop_call_custom(g, name, overload, args, n_args, kept, n_keywords, n_results);
        if (custom)
            return custom;
        if (!rows)
            inc_raise_hint(g->cx, INC_E_UNSUPPORTED, incop_advice(name),
                           "the operator %s is not supported", name);
        *n_results = 1;
        return call_in_place(g, rows, name, overload, args, n_args, kept, n_keywords);
    }
    bool is_the_models = !g->call->row;
    incop_call *c = bind_and_run(g, rows, name, overload, args, n_args, kept, n_keywords);
    incop_share_results(c);
    if (is_the_models)
        keep_unchanged(c);
    if (out && c->n_results && c->results[0].kind == INCVAL_TENSOR) {
        incop_box_write(g, out, emit_cast(g, c->results[0].u.t->value, out->value->dtype));
        c->results[0].u.t = out;
    }
    *n_results = c->n_results;
    return c->results;
}

incval *incop_invoke(incir_graph *g, const char *name, const incval *args, size_t n_args,
                     const incop_keyword *keywords, size_t n_keywords, size_t *n_results)
{
    incir_call *place = g->call;
    if (place->op) /* a handler's */
        return invoke(g, name, args, n_args, keywords, n_keywords, n_results);
    const char *dot = strchr(name, '.');
    g->call = incir_call_new(g, dot ? inc_strndup(g->cx, name, (size_t)(dot - name)) : name);
    incval *results = invoke(g, name, args, n_args, keywords, n_keywords, n_results);
    g->call = place;
    return results;
}
