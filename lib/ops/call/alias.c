/* SPDX-License-Identifier: Apache-2.0 */
/* Which results of a call share memory with its arguments, as its schema says (Tensor(a),
 * Tensor(a!)): they become boxes that know their base. In: a call that was run; box.c reads and
 * writes them. */
#include "ops/call/block.h"
#include "ops/call/internal.h"
#include "ops/emit/emit.h"

static incop_box *argument_with(const incop_call *c, char alias)
{
    for (size_t i = 0; i < c->schema->n_params; i++)
        if (c->schema->params[i].type.alias == alias && c->args[i].kind == INCVAL_TENSOR)
            return c->args[i].u.t;
    return NULL;
}

/* A conversion has memory of its own; contiguous() too, unless it is contiguous already. */
static bool makes_copy(incop_call *c, const incop_box *base, const incop_box *view)
{
    bool same = view->value == base->value;
    if (c->row->view == INCOP_VIEW_CONTIGUOUS)
        return !incop_lies_in_order(c->g, base->value, base->strides);
    return c->row->view == INCOP_VIEW_CONVERSION && !same;
}

/* cut: a copy of the call c, to be kept. */
static void make_view(incop_call *c, const incop_call *cut, incop_box *base, incop_box *view,
                      size_t index)
{
    bool same = view->value == base->value;
    if (makes_copy(c, base, view))
        return;
    const incsym *const *strides = base->strides;
    bool copies = c->row->view == INCOP_VIEW_RESHAPE, unknown = base->has_unknown_strides;
    if (!same && unknown && copies) { /* reshape() of what may be contiguous, or not */
        incop_box_link(c->g, base, view);
        return;
    }
    if (!same && !unknown &&
        !(strides = incop_view_strides(c, base->value, strides, view->value))) {
        bool shares =
            copies && incop_reshape_shares(c->g, base->value, base->strides, view->value, false);
        if (copies && !shares) { /* reshape() of what is not contiguous, in the example */
            if (incop_reshape_shares(c->g, base->value, base->strides, view->value, true))
                incop_box_link_elsewhere(c->g, base, view);
            return;
        }
        view->shares_in_example = shares;
        unknown = true;
    }
    view->base = base;
    view->base_version = base->version;
    view->cut = cut;
    view->cut_index = index;
    view->is_alias = same;
    view->strides = unknown ? NULL : strides;
    view->has_unknown_strides = unknown;
}

static bool is_of_family_that_keeps_order(const incop_row *row)
{
    for (size_t i = 0; i < incop_n_families; i++) {
        const incop_family *f = incop_families[i];
        if (f->keeps_order && row >= f->rows && row < f->rows + f->n)
            return true;
    }
    return false;
}

static bool keeps_order(incop_call *c)
{
    const incop_row *row = c->row;
    if (row->quantization & INCOP_ORDER_OWN)
        return false;
    if (row->view != INCOP_VIEW_KEEPS_ORDER && row->view != INCOP_VIEW_CONVERSION &&
        !(row->quantization & INCOP_ORDER_KEPT) && !is_of_family_that_keeps_order(row))
        return false;
    enum { CONTIGUOUS, PRESERVE };
    return !incop_has(c, "memory_format") || incop_is_none(c, "memory_format") ||
           incop_int(c, "memory_format") == PRESERVE;
}

/* clone(), relu(), x + y keep the order in which the axes of their arguments are stored. */
static void keep_order(incop_call *c)
{
    bool any = false;
    for (size_t i = 0; i < c->schema->n_params; i++)
        any = any || (c->args[i].kind == INCVAL_TENSOR && c->args[i].u.t->strides);
    if (!any || c->n_results != 1 || c->results[0].kind != INCVAL_TENSOR || !keeps_order(c))
        return;
    incop_box *y = c->results[0].u.t;
    if (!y->strides && !y->base)
        y->strides = incop_kept_strides(c, y->value);
}

/* x.squeeze_(): the variable becomes a view of what it was. */
static void become_view(incop_call *c, incop_box *box, incir_value *value)
{
    incop_record_box(c->g, box);
    incop_box *before = inc_copy(c->cx, box, sizeof *box);
    incop_call *cut = incop_call_copy(c);
    for (size_t i = 0; i < c->schema->n_params; i++)
        if (cut->args[i].kind == INCVAL_TENSOR && cut->args[i].u.t == box)
            cut->args[i].u.t = before;
    box->value = value;
    make_view(c, cut, before, box, 0);
}

void incop_share_results(incop_call *c)
{
    const incop_call *cut = NULL;
    keep_order(c);
    for (size_t i = 0; i < c->n_results && i < c->schema->n_returns; i++) {
        const incop_type *t = &c->schema->returns[i];
        incop_box *base = t->alias && t->kind == INCOP_TENSOR ? argument_with(c, t->alias) : NULL;
        if (!base)
            continue;
        incval *result = &c->results[i];
        if (t->written) { /* add_(Tensor(a!) self) -> Tensor(a!) */
            if (result->kind != INCVAL_TENSOR)
                continue;
            incir_value *value = result->u.t->value;
            if (c->row->unview)
                become_view(c, base, value);
            else
                incop_box_write(c->g, base, emit_cast(c->g, value, base->value->dtype));
            result->u.t = base;
            continue;
        }
        if (!cut)
            cut = incop_call_copy(c);
        if (result->kind == INCVAL_TENSOR) {
            make_view(c, cut, base, result->u.t, 0);
        } else if (result->kind == INCVAL_LIST) {
            for (size_t k = 0; k < result->u.list->v.n; k++)
                make_view(c, cut, base, result->u.list->v.items[k].u.t, k);
        }
    }
}

incir_value *incval_value(incir_graph *g, incval v, incdtype float_dtype)
{
    switch (v.kind) {
    case INCVAL_TENSOR:
        return incop_box_read(g, v.u.t);
    case INCVAL_INT:
        return incir_size_scalar(g, v.u.i);
    case INCVAL_FLOAT:
        return incir_const_float(g, float_dtype, v.u.f);
    case INCVAL_BOOL:
        return incir_const_bool(g, v.u.b);
    default:
        return NULL;
    }
}
