/* SPDX-License-Identifier: Apache-2.0 */
/* Opset 10. Handlers write for 11 and later; what quantized networks are made of says the same
 * there but for how some operators take their parameters. The graph is rewritten for that at the
 * end, and what only 11 can say is refused, all of it at once. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "passes/internal.h"

typedef struct writer {
    inccx *cx;
    incir_graph *g;
    INC_VEC(const char *) refused;
} writer;

static incir_attr *attr_of(incir_node *n, const char *name)
{
    for (incir_attr *a = n->attrs; a; a = a->next)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

static int64_t from_front(int64_t axis, size_t rank)
{
    return axis < 0 ? axis + (int64_t)rank : axis;
}

/* Axes were counted from the front only. */
static bool with_axes(writer *w, incir_node *n)
{
    bool grows = incir_is(n, INCIR_OP_UNSQUEEZE);
    size_t rank = grows ? n->outputs[0]->rank : n->inputs[0]->rank;
    incir_attr *axis = attr_of(n, "axis"), *axes = attr_of(n, "axes");
    if (axis)
        axis->u.i = from_front(axis->u.i, rank);
    if (!axes)
        return true;
    int64_t *items = inc_copy(w->cx, axes->u.ints, axes->n * sizeof *items);
    for (size_t i = 0; i < axes->n; i++)
        items[i] = from_front(items[i], rank);
    axes->u.ints = items;
    return true;
}

static bool is_known(const incir_value *v)
{
    return v && incir_is_constant(v);
}

/* The limits were attributes, and floats. */
static bool clip(writer *w, incir_node *n)
{
    static const char *const names[] = {"min", "max"};
    if (n->inputs[0]->dtype != INCDT_F32)
        return false;
    for (size_t i = 1; i <= INC_COUNT(names) && i < n->n_inputs; i++) {
        if (n->inputs[i] && !is_known(n->inputs[i]))
            return false;
        if (n->inputs[i])
            incir_attr_float(w->g, n, names[i - 1], inctensor_f64(w->cx, n->inputs[i]->constant));
    }
    n->n_inputs = 1;
    return true;
}

/* So were the widths, and the value. */
static bool pad(writer *w, incir_node *n)
{
    if (n->inputs[0]->dtype != INCDT_F32 || !is_known(n->inputs[1]))
        return false;
    const inctensor *pads = n->inputs[1]->constant;
    if (n->n_inputs > 2 && n->inputs[2]) {
        if (!is_known(n->inputs[2]))
            return false;
        incir_attr_float(w->g, n, "value", inctensor_f64(w->cx, n->inputs[2]->constant));
    }
    incir_attr_ints(w->g, n, "pads", inctensor_i64s(w->cx, pads), (size_t)pads->numel);
    n->n_inputs = 1;
    return true;
}

/* Something had to be added. */
static bool gemm(writer *w, incir_node *n)
{
    if (n->n_inputs > 2 && n->inputs[2])
        return true;
    const int64_t one = 1;
    n->n_inputs = 2;
    incir_in(w->g, n, incir_constant(w->g, inctensor_new(w->cx, INCDT_F32, 1, &one, NULL), NULL));
    return true;
}

static bool slice(writer *w, incir_node *n)
{
    if (n->n_inputs < 4 || !n->inputs[3])
        return true;
    if (!is_known(n->inputs[3]))
        return false;
    size_t count = (size_t)n->inputs[3]->constant->numel;
    int64_t *axes = inctensor_i64s(w->cx, n->inputs[3]->constant);
    for (size_t i = 0; i < count; i++)
        axes[i] = from_front(axes[i], n->inputs[0]->rank);
    n->inputs[3] = incir_const_i64s(w->g, axes, count);
    return true;
}

/* Indices were counted from the front as well. */
static bool gather(writer *w, incir_node *n)
{
    enum { MOST = 4096 };
    const incir_value *indices = n->inputs[1];
    if (is_known(indices) && indices->constant->numel <= MOST) {
        const int64_t *items = inctensor_i64s(w->cx, indices->constant);
        for (size_t i = 0; i < (size_t)indices->constant->numel; i++)
            if (items[i] < 0)
                return false;
    }
    return with_axes(w, n);
}

static bool equal(writer *w, incir_node *n)
{
    (void)w;
    return !incdtype_is_float(n->inputs[0]->dtype);
}

/* Factors alone, each output taking the input at its own index divided by the factor. */
static bool resize(writer *w, incir_node *n)
{
    if (strcmp(incir_attr_str_or(n, "mode", "nearest"), "nearest") != 0 ||
        strcmp(incir_attr_str_or(n, "coordinate_transformation_mode", ""), "asymmetric") != 0 ||
        strcmp(incir_attr_str_or(n, "nearest_mode", ""), "floor") != 0 || n->n_inputs != 3)
        return false;
    n->inputs[1] = n->inputs[2];
    n->n_inputs = 2;
    n->attrs = NULL;
    incir_attr_str(w->g, n, "mode", "nearest");
    return true;
}

/* Those that take their parameters in another way. */
static bool in_other_form(writer *w, incir_node *n)
{
    switch (n->op->code) {
    case INCIR_OP_CLIP:
        return clip(w, n);
    case INCIR_OP_EQUAL:
        return equal(w, n);
    case INCIR_OP_GATHER:
        return gather(w, n);
    case INCIR_OP_GEMM:
        return gemm(w, n);
    case INCIR_OP_PAD:
        return pad(w, n);
    case INCIR_OP_RESIZE:
        return resize(w, n);
    case INCIR_OP_SLICE:
        return slice(w, n);
    default:
        return false;
    }
}

static bool rewrite(writer *w, incir_node *n)
{
    switch (n->op->opset_10) {
    case INCIR_OPSET_10_SAME:
        return true;
    case INCIR_OPSET_10_AXES:
        return with_axes(w, n);
    case INCIR_OPSET_10_OTHER:
        return in_other_form(w, n);
    case INCIR_OPSET_10_NONE:
        break;
    }
    return false;
}

static void refuse(writer *w, const char *op_type)
{
    for (size_t i = 0; i < w->refused.n; i++)
        if (strcmp(w->refused.items[i], op_type) == 0)
            return;
    INC_PUSH(w->cx, &w->refused, op_type);
}

static void write_block(writer *w, incir_block *b)
{
    for (incir_node *n = b->first; n; n = n->next) {
        if (!rewrite(w, n))
            refuse(w, n->op_type);
    }
}

void incpass_write_for_10(inccx *cx, incir_graph *g)
{
    enum { MOST_SHOWN = 12 };
    writer w = {.cx = cx, .g = g};
    write_block(&w, g->main); /* If and Loop, which have blocks within, are refused */
    incstr names = {0};
    for (size_t i = 0; i < w.refused.n && i < MOST_SHOWN; i++)
        incstr_addf(cx, &names, "%s%s", i ? ", " : "", w.refused.items[i]);
    if (w.refused.n > 0)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "ask for opset 11 or later",
                       "what the model needs of %s%s opset 10 does not have", incstr_text(&names),
                       w.refused.n > MOST_SHOWN ? " and others" : "");
    g->opset = 10;
}
