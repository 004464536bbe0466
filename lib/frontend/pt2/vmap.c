/* SPDX-License-Identifier: Apache-2.0 */
/* torch.vmap, as export leaves it in programs that were not decomposed (torch.associative_scan is
 * made of it): _add_batch_dim hides an axis of a tensor, operators that know nothing of it follow,
 * and _remove_batch_dim shows it again. Here the hidden axis is moved to the front, and what
 * follows has to work element by element. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "frontend/pt2/internal.h"
#include "ops/call/value.h"

/* Element by element, operands being broadcast. */
static const char *const elementwise[] = {
    "abs",        "add",     "ceil",      "clamp",     "clamp_max",   "clamp_min",   "clone",
    "cos",        "cosh",    "div",       "eq",        "erf",         "exp",         "expm1",
    "floor",      "fmod",    "ge",        "gelu",      "gt",          "le",          "leaky_relu",
    "log",        "log1p",   "log2",      "logaddexp", "logical_and", "logical_not", "logical_or",
    "lt",         "maximum", "minimum",   "mul",       "ne",          "neg",         "pow",
    "reciprocal", "relu",    "remainder", "round",     "rsqrt",       "rsub",        "sigmoid",
    "sign",       "silu",    "sin",       "sinh",      "softplus",    "sqrt",        "square",
    "sub",        "tan",     "tanh",      "to",        "trunc",       "where",       "_to_copy",
};

static bool is_elementwise(const char *name)
{
    static const char aten[] = "aten::";
    if (!incstr_starts(name, aten))
        return false;
    name += strlen(aten);
    size_t n = strcspn(name, ".");
    for (size_t i = 0; i < INC_COUNT(elementwise); i++)
        if (strlen(elementwise[i]) == n && memcmp(elementwise[i], name, n) == 0)
            return true;
    return false;
}

static void hide(incpt2_walker *w, incval v)
{
    if (!w->hidden)
        w->hidden = incmap_new(w->cx);
    if (v.kind == INCVAL_TENSOR)
        incmap_set(w->cx, w->hidden, &v.u.t, sizeof v.u.t, v.u.t);
}

/* ---- operators on tensors with a hidden axis ---- */

static size_t rank_of(incpt2_walker *w, incval v)
{
    return incop_box_read(w->g, v.u.t)->rank;
}

static incval one_result(incpt2_walker *w, const char *name, const incval *args, size_t n)
{
    size_t n_results;
    incval *results = incop_invoke(w->g, name, args, n, NULL, 0, &n_results);
    return results[0];
}

static incval of_int(incpt2_walker *w, int64_t i)
{
    return incval_int(incsym_int(w->g->syms, i));
}

/* v with so many axes beside the hidden one: new ones go behind it. */
static incval with_rank(incpt2_walker *w, incval v, size_t rank)
{
    for (size_t k = rank_of(w, v) - 1; k < rank; k++) {
        incval args[] = {v, of_int(w, 1)};
        v = one_result(w, "aten::unsqueeze", args, 2);
    }
    return v;
}

typedef INC_VEC(incval *) value_list;

static void collect(incpt2_walker *w, value_list *tensors, incval *v, bool *any, bool *in_list)
{
    if (v->kind == INCVAL_TENSOR) {
        INC_PUSH(w->cx, tensors, v);
        *any = *any || incpt2_vmap_is_hidden(w, *v);
    }
    for (size_t i = 0; v->kind == INCVAL_LIST && i < v->u.list->v.n; i++)
        *in_list = *in_list || incpt2_vmap_is_hidden(w, v->u.list->v.items[i]);
}

bool incpt2_vmap_prepare(incpt2_walker *w, const char *name, incval *args, size_t n_args,
                         incop_keyword *keywords, size_t n_keywords)
{
    value_list tensors = {0};
    bool any = false, in_list = false;
    if (!w->hidden)
        return false;
    for (size_t i = 0; i < n_args; i++)
        collect(w, &tensors, &args[i], &any, &in_list);
    for (size_t i = 0; i < n_keywords; i++)
        collect(w, &tensors, &keywords[i].value, &any, &in_list);
    if (!any && !in_list)
        return false;
    if (in_list || !is_elementwise(name))
        inc_raise_hint(
            w->cx, INC_E_UNSUPPORTED,
            "run_decompositions() of the program before it is saved leaves no vmap behind",
            "%s inside torch.vmap is not supported: it does not work element by element", name);
    size_t rank = 0;
    for (size_t i = 0; i < tensors.n; i++) {
        size_t r =
            rank_of(w, *tensors.items[i]) - (incpt2_vmap_is_hidden(w, *tensors.items[i]) ? 1 : 0);
        rank = r > rank ? r : rank;
    }
    for (size_t i = 0; i < tensors.n; i++)
        if (incpt2_vmap_is_hidden(w, *tensors.items[i]))
            *tensors.items[i] = with_rank(w, *tensors.items[i], rank);
    return true;
}

void incpt2_vmap_finish(incpt2_walker *w, const incval *results, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hide(w, results[i]);
}

/* ---- its own functions ---- */

static incval moved(incpt2_walker *w, incval v, int64_t from, int64_t to)
{
    incval args[] = {v, of_int(w, from), of_int(w, to)};
    return from == to ? v : one_result(w, "aten::movedim", args, 3);
}

static int64_t known_int(incpt2_walker *w, incval v)
{
    int64_t value;
    if (v.kind != INCVAL_INT || !incsym_known(v.u.i, &value))
        inc_raise(w->cx, INC_E_FORMAT, "an axis of torch.vmap is no known number");
    return value;
}

/* (tensor, axis, level): another box, since the tensor may be used outside as well. */
static incval add_axis(incpt2_walker *w, const incval *args, size_t n)
{
    if (n != 3 || args[0].kind != INCVAL_TENSOR)
        inc_raise(w->cx, INC_E_FORMAT, "_add_batch_dim of %zu arguments", n);
    int64_t axis = known_int(w, args[1]);
    incval v = moved(w, args[0], axis, 0);
    if (v.u.t == args[0].u.t)
        v = incval_tensor(incop_box_new(w->cx, incop_box_read(w->g, v.u.t)));
    hide(w, v);
    return v;
}

/* (tensor, level, size, axis); one that the hidden axis did not reach is repeated along it. */
static incval remove_axis(incpt2_walker *w, const incval *args, size_t n)
{
    if (n != 4 || args[0].kind != INCVAL_TENSOR)
        inc_raise(w->cx, INC_E_FORMAT, "_remove_batch_dim of %zu arguments", n);
    int64_t axis = known_int(w, args[3]);
    if (incpt2_vmap_is_hidden(w, args[0])) {
        incval v = moved(w, args[0], 0, axis);
        return v.u.t == args[0].u.t
                   ? incval_tensor(incop_box_new(w->cx, incop_box_read(w->g, v.u.t)))
                   : v;
    }
    incval added[] = {args[0], args[3]};
    incval v = one_result(w, "aten::unsqueeze", added, 2);
    size_t rank = rank_of(w, v);
    incval sizes = incval_list_new(w->cx, INCVAL_LIST);
    for (size_t i = 0; i < rank; i++)
        INC_PUSH(w->cx, &sizes.u.list->v,
                 (int64_t)i == (axis < 0 ? axis + (int64_t)rank : axis) ? args[2] : of_int(w, -1));
    incval repeated[] = {v, sizes};
    return one_result(w, "aten::expand", repeated, 2);
}

void incpt2_vmap(incpt2_walker *w, incpt2_frame *f, const incjson *node, const char *function)
{
    const incjson *inputs = incpt2_need(w->cx, node, "inputs", INCJSON_ARRAY);
    incval *args = INC_NEW_N(w->cx, incval, inputs->n), result;
    for (uint32_t i = 0; i < inputs->n; i++) {
        args[i] =
            incpt2_argument(w, f, incpt2_need(w->cx, &inputs->as.items[i], "arg", INCJSON_OBJECT));
        if (args[i].kind == INCVAL_UNKNOWN) {
            incpt2_bind_outputs(w, f, node, &args[i], 1);
            return;
        }
    }
    if (strcmp(function, "lazy_load_decompositions") == 0)
        return;
    if (strcmp(function, "_vmap_increment_nesting") == 0) {
        if (w->n_hidden_axes++ > 0)
            inc_raise(w->cx, INC_E_UNSUPPORTED, "torch.vmap inside torch.vmap is not supported");
        return;
    }
    if (strcmp(function, "_vmap_decrement_nesting") == 0) {
        w->n_hidden_axes -= w->n_hidden_axes > 0;
        return;
    }
    if (strcmp(function, "_add_batch_dim") == 0)
        result = add_axis(w, args, inputs->n);
    else if (strcmp(function, "_remove_batch_dim") == 0)
        result = remove_axis(w, args, inputs->n);
    else
        inc_raise_hint(
            w->cx, INC_E_UNSUPPORTED,
            "run_decompositions() of the program before it is saved leaves no vmap behind",
            "the function %s, a part of torch.vmap, is not supported", w->cx->where.op);
    incpt2_bind_outputs(w, f, node, &result, 1);
}
