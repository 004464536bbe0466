/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of operators that have no row; see custom.h. */
#include "ops/call/custom.h"

#include <string.h>

#include "base/str.h"
#include "ops/call/internal.h"

/* "scale" of "myops::scale.int". */
static const char *own_name(inccx *cx, const char *name)
{
    const char *colon = strstr(name, "::");
    const char *own = colon ? colon + 2 : name;
    return inc_strndup(cx, own, strcspn(own, "."));
}

static const char *domain_of(const incop_custom *custom, const char *name)
{
    const char *colon = strstr(name, "::");
    size_t n = colon ? (size_t)(colon - name) : 0;
    for (size_t i = 0; n && i < custom->n_domains; i++)
        if (strlen(custom->domains[i].namespace) == n &&
            memcmp(custom->domains[i].namespace, name, n) == 0)
            return custom->domains[i].domain;
    return NULL;
}

/* ---- a node of its domain ---- */

typedef struct keeping {
    incop_custom_call *call;
    incir_node *node;
    size_t n_left_out; /* None arguments since the last tensor */
    const incir_value *first;
} keeping;

static void add_input(keeping *k, incir_value *v)
{
    incir_graph *g = k->call->g;
    for (; k->n_left_out > 0; k->n_left_out--)
        incir_in(g, k->node, NULL);
    incir_in(g, k->node, v);
    if (!k->first)
        k->first = v;
}

static void cannot_keep(const keeping *k, const char *name, const char *what) INC_NORETURN;
static void cannot_keep(const keeping *k, const char *name, const char *what)
{
    inc_raise(
        k->call->g->cx, INC_E_UNSUPPORTED,
        "%s cannot be kept as a node: its argument %s is %s, which no attribute of ONNX holds",
        k->call->name, name, what);
}

static bool all_are(const incval_list *list, incval_kind kind)
{
    for (size_t i = 0; i < list->v.n; i++)
        if (list->v.items[i].kind != kind)
            return false;
    return list->v.n > 0;
}

static bool known_ints(inccx *cx, const incval_list *list, int64_t **ints)
{
    *ints = INC_NEW_N(cx, int64_t, list->v.n);
    for (size_t i = 0; i < list->v.n; i++) {
        const incval *item = &list->v.items[i];
        if (item->kind == INCVAL_BOOL)
            (*ints)[i] = item->u.b;
        else if (item->kind != INCVAL_INT || !incsym_known(item->u.i, &(*ints)[i]))
            return false;
    }
    return true;
}

/* Tensors and sizes that the inputs decide are inputs, in order; lists of numbers are attributes.
 */
static void keep_list(keeping *k, const char *name, const incval_list *list)
{
    incir_graph *g = k->call->g;
    size_t n = list->v.n;
    int64_t *ints;
    inc_work(g->cx, n);
    if (list->rows)
        cannot_keep(k, name, "a list whose length the data decides");
    if (n == 0 || known_ints(g->cx, list, &ints)) {
        incir_attr_ints(g, k->node, name, n ? ints : NULL, n);
    } else if (all_are(list, INCVAL_INT)) {
        const incsym **sizes = INC_NEW_N(g->cx, const incsym *, n);
        for (size_t i = 0; i < n; i++)
            sizes[i] = list->v.items[i].u.i;
        add_input(k, incir_sizes(g, sizes, n));
    } else if (all_are(list, INCVAL_FLOAT)) {
        double *floats = INC_NEW_N(g->cx, double, n);
        for (size_t i = 0; i < n; i++)
            floats[i] = list->v.items[i].u.f;
        incir_attr_floats(g, k->node, name, floats, n);
    } else if (all_are(list, INCVAL_STR)) {
        const char **texts = INC_NEW_N(g->cx, const char *, n);
        for (size_t i = 0; i < n; i++)
            texts[i] = list->v.items[i].u.s;
        incir_attr_strs(g, k->node, name, texts, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            if (list->v.items[i].kind == INCVAL_TENSOR)
                add_input(k, incop_box_read(g, list->v.items[i].u.t));
            else if (list->v.items[i].kind == INCVAL_NONE)
                k->n_left_out++;
            else
                cannot_keep(k, name, "a list of several kinds");
        }
    }
}

static void keep_argument(keeping *k, const char *name, const incval *v)
{
    incir_graph *g = k->call->g;
    int64_t known;
    switch (v->kind) {
    case INCVAL_NONE:
        k->n_left_out++;
        break;
    case INCVAL_TENSOR:
        add_input(k, incop_box_read(g, v->u.t));
        break;
    case INCVAL_BOOL:
        incir_attr_int(g, k->node, name, v->u.b);
        break;
    case INCVAL_INT:
        if (incsym_known(v->u.i, &known))
            incir_attr_int(g, k->node, name, known);
        else
            add_input(k, incir_size_scalar(g, v->u.i));
        break;
    case INCVAL_FLOAT:
        incir_attr_float(g, k->node, name, v->u.f);
        break;
    case INCVAL_STR:
    case INCVAL_DEVICE:
        incir_attr_str(g, k->node, name, v->u.s);
        break;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        keep_list(k, name, v->u.list);
        break;
    default:
        cannot_keep(k, name, inc_printf(g->cx, "%s", incval_described(v->kind)));
    }
}

/* Without types in the file (TorchScript) it gives one tensor, like the first that it takes. */
static void type_results(keeping *k)
{
    incop_custom_call *call = k->call;
    incir_graph *g = call->g;
    if (call->n_types)
        return;
    if (!k->first)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                       "torch.export files say it; or lower the operator by the config's function",
                       "%s cannot be kept as a node: the file does not say what it gives, and it "
                       "takes no tensor",
                       call->name);
    incir_type *type = INC_NEW(g->cx, incir_type);
    *type = (incir_type){k->first->dtype, k->first->rank, k->first->dims};
    call->types = type;
    call->n_types = 1;
    inc_warn(g->cx,
             "the file does not say what %s gives; one tensor like its first, %s, is assumed",
             call->name, incir_type_text(g, k->first));
}

static void keep(incop_custom_call *call, const char *domain)
{
    incir_graph *g = call->g;
    const char *op_type = own_name(g->cx, call->name);
    size_t n = strlen(op_type);
    if (n > 0 && op_type[n - 1] == '_')
        inc_raise(g->cx, INC_E_UNSUPPORTED,
                  "%s writes into its arguments, which no node of ONNX does", call->name);
    keeping k = {.call = call, .node = incir_node_new(g, op_type)};
    incir_set_domain(k.node, domain);
    for (size_t i = 0; i < call->n_args; i++) {
        const char *name =
            *call->args[i].name ? call->args[i].name : inc_printf(g->cx, "argument_%zu", i);
        keep_argument(&k, name, &call->args[i].value);
    }
    type_results(&k);
    call->n_results = call->n_types;
    call->results = INC_NEW_N(g->cx, incir_value *, call->n_types);
    incir_emit_typed(g, k.node, call->types, call->n_types, call->results);
}

/* ---- either way ---- */

static const incop_keyword *all_arguments(inccx *cx, const incval *args, size_t n_args,
                                          const incop_keyword *keywords, size_t n_keywords)
{
    incop_keyword *all = INC_NEW_N(cx, incop_keyword, n_args + n_keywords);
    for (size_t i = 0; i < n_args; i++)
        all[i] = (incop_keyword){"", args[i]};
    if (n_keywords)
        memcpy(all + n_args, keywords, n_keywords * sizeof *keywords);
    return all;
}

incval *incop_call_custom(incir_graph *g, const char *name, const char *overload,
                          const incval *args, size_t n_args, const incop_keyword *keywords,
                          size_t n_keywords, size_t *n_results)
{
    const incop_custom *custom = g->custom;
    if (!custom)
        return NULL;
    if (overload && *overload)
        name = inc_printf(g->cx, "%s.%s", name, overload);
    incop_custom_call call = {.g = g,
                              .name = name,
                              .args = all_arguments(g->cx, args, n_args, keywords, n_keywords),
                              .n_args = n_args + n_keywords};
    if (g->find_types)
        call.types = g->find_types(g->find_python_data, g->call, &call.n_types);
    if (!custom->lower || !custom->lower(custom->data, &call)) {
        const char *domain = domain_of(custom, name);
        if (!domain)
            return NULL;
        keep(&call, domain);
    }
    incval *results = INC_NEW_N(g->cx, incval, call.n_results);
    for (size_t i = 0; i < call.n_results; i++)
        results[i] = incval_tensor(incop_box_new(g->cx, call.results[i]));
    *n_results = call.n_results;
    return results;
}
