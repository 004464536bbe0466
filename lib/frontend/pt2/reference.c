/* SPDX-License-Identifier: Apache-2.0 */
/* Running what PT2E's reference representation spells out. Comes in: a group of nodes that
 * reference_match.c found; goes out: the result of the quantized_decomposed operators that it
 * stands for, bound to the name of the group's last node. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/reference.h"

static incdtype type_of(incpt2_walker *w, incpt2_frame *f, const incjson *argument)
{
    const char *name = incpt2_name_in(argument);
    const incjson *meta = name ? incmap_get_str(f->types, name) : NULL;
    const incjson *number = meta ? incjson_get(meta, "dtype") : NULL;
    return number ? incpt2_dtype(w->cx, incpt2_int(w->cx, number, "dtype")) : INCDT_I8;
}

static incval limit(incpt2_walker *w, incpt2_frame *f, const incjson *given, int64_t otherwise)
{
    return given ? incpt2_argument(w, f, given) : incval_int(incsym_int(w->g->syms, otherwise));
}

static incval call(incpt2_walker *w, const char *name, const incval *args, size_t n)
{
    size_t n_results;
    const incval *results = incop_invoke(w->g, name, args, n, NULL, 0, &n_results);
    if (n_results != 1)
        inc_raise(w->cx, INC_E_UNSUPPORTED, "%s of spelled-out integers is not supported", name);
    return results[0];
}

/* quantize or dequantize with the qparams of y. */
static incval convert(incpt2_walker *w, incpt2_frame *f, const char *name, incval x,
                      const incpt2_integers *y, incdtype type)
{
    incval args[7];
    size_t n = 0;
    args[n++] = x;
    args[n++] = incpt2_argument(w, f, y->scale);
    args[n++] = incpt2_argument(w, f, y->zero);
    bool is_tensor = args[1].kind == INCVAL_TENSOR;
    if (y->axis)
        args[n++] = incpt2_argument(w, f, y->axis);
    args[n++] = limit(w, f, y->low, type == INCDT_U8 ? 0 : -128);
    args[n++] = limit(w, f, y->high, type == INCDT_U8 ? 255 : 127);
    args[n++] = incval_int(incsym_int(w->g->syms, type));
    return call(w,
                inc_printf(w->cx, "quantized_decomposed::%s_per_%s", name,
                           y->axis     ? "channel"
                           : is_tensor ? "tensor.tensor"
                                       : "tensor"),
                args, n);
}

static incval dequantized(incpt2_walker *w, incpt2_frame *f, const incpt2_integers *a)
{
    return convert(w, f, "dequantize", incpt2_argument(w, f, a->q), a, type_of(w, f, a->q));
}

static incval run_product(incpt2_walker *w, incpt2_frame *f, const incpt2_group *g)
{
    enum { MOST_ARGS = 12, FIRST = 4 }; /* operator, type, operands; then what is no bias */
    incval args[MOST_ARGS];
    const char *text = incjson_get(incpt2_node_argument(g->product, 0), "as_operator")->as.text;
    size_t n = 0;
    args[n++] = dequantized(w, f, &g->a);
    args[n++] = dequantized(w, f, &g->b);
    args[n++] = g->bias ? incpt2_argument(w, f, g->bias) : incval_none();
    const incjson *argument;
    for (uint32_t i = FIRST + 1; n < MOST_ARGS && (argument = incpt2_node_argument(g->product, i));
         i++)
        args[n++] = incpt2_argument(w, f, argument);
    return call(w, strstr(text, "linear") ? "aten::linear" : "aten::convolution", args, n);
}

void incpt2_run_group(incpt2_walker *w, incpt2_frame *f, const incpt2_group *g, const incjson *node)
{
    const char *output =
        incpt2_name_in(&incpt2_need(w->cx, node, "outputs", INCJSON_ARRAY)->as.items[0]);
    incval y;
    w->calling = f;
    if (g->kind == INCPT2_PRODUCT || g->kind == INCPT2_SUM)
        inc_warn(
            w->cx,
            "the model spells its integers out (reference representation): they become "
            "operators on integers, which round where it cuts off: a difference of a step or two");
    if (g->kind == INCPT2_QUANTIZE) {
        y = incpt2_argument(w, f, g->x);
    } else if (g->kind == INCPT2_DEQUANTIZE) {
        y = dequantized(w, f, &g->a);
    } else if (g->kind == INCPT2_PRODUCT) {
        y = run_product(w, f, g);
    } else {
        incval a = dequantized(w, f, &g->a);
        incval terms[2] = {a, dequantized(w, f, &g->b)};
        y = call(w, "aten::add", terms, 2);
    }
    if (incpt2_gives_integers(g)) {
        const incjson *meta = incmap_get_str(f->types, output);
        const incjson *number = meta ? incjson_get(meta, "dtype") : NULL;
        incdtype type = number ? incpt2_dtype(w->cx, incpt2_int(w->cx, number, "dtype")) : INCDT_I8;
        y = convert(w, f, "quantize", y, &g->y, type);
    }
    incpt2_bind_outputs(w, f, node, &y, 1);
}
