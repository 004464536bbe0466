/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of a program's inputs. In: the expressions that the file has for them ("s0", "2*s0 + 1")
 * and the names that dynamic_axes gives. Out: sizes of the graph; a symbol is found at run time on
 * the axis that it is alone, or is computed from one whose size is linear in it. */
#include "frontend/pt2/input_sizes.h"

#include <string.h>

#include "base/str.h"
#include "frontend/signature.h"

static const incjson *range_of(const incpt2_builder *b, const char *symbol)
{
    return incjson_get(b->ranges, symbol);
}

/* PyTorch writes 2 where it means any size: a program of such a size runs at 0 and 1, too. */
static int64_t lowest(const incpt2_builder *b, const char *symbol)
{
    const incjson *low = incjson_get(range_of(b, symbol), "min_val");
    int64_t value = low && low->kind == INCJSON_INT ? low->as.integer : 0;
    return value > 2 ? value : 0;
}

int64_t incpt2_size_hint(const incjson *size, int64_t absent)
{
    const incjson *hint = incjson_get(incjson_get(size, "as_expr"), "hint");
    const incjson *value = incjson_get(hint, "as_int");
    return value && value->kind == INCJSON_INT && value->as.integer >= 0 ? value->as.integer
                                                                         : absent;
}

const incpt2_expr *incpt2_size_expression(incpt2_builder *b, const incjson *size)
{
    const incjson *e = incjson_get(size, "as_expr");
    return e ? incpt2_expr_parse(b->cx, incpt2_need_text(b->cx, e, "expr_str")) : NULL;
}

/* A symbol of the file, met as the size of an axis for the first time. */
static const incsym *new_symbol(incpt2_builder *b, const char *symbol, const incfe_axis *wanted,
                                const incjson *size, size_t axis)
{
    int64_t lower = lowest(b, symbol), hint = incpt2_size_hint(size, lower > 2 ? lower : 2);
    const char *name = wanted && wanted->symbol ? wanted->symbol : symbol;
    const incsym *known = incmap_get_str(b->symbols_named, name);
    if (known && incsym_hint(known) == hint) {
        incmap_set_str(b->cx, b->symbols, symbol, (void *)(uintptr_t)known);
        return known;
    }
    if (known)
        inc_warn(b->cx,
                 "dynamic_axes gives the name %s to sizes that are not the same in the model; one "
                 "of them gets another name",
                 name);
    const incsym *e =
        incsym_new(b->g->syms, name, hint, hint < lower ? hint : lower, NULL, (int)axis);
    incmap_set_str(b->cx, b->symbols, symbol, (void *)(uintptr_t)e);
    incmap_set_str(b->cx, b->symbols_named, name, (void *)(uintptr_t)e);
    return e;
}

static void warn_if_fixed(incpt2_builder *b, const char *name, const incfe_axis *wanted,
                          int64_t size)
{
    if (wanted)
        inc_warn(b->cx,
                 "axis %lld of %s was asked to be dynamic, but the model was exported for %lld "
                 "only: use dynamic_shapes of torch.export.export",
                 (long long)wanted->axis, name, (long long)size);
}

void incpt2_name_symbols(incpt2_builder *b, incpt2_input *in)
{
    for (size_t axis = 0; axis < in->rank; axis++) {
        const incjson *size = &in->sizes->as.items[axis];
        const incfe_axis *wanted =
            incfe_axes_find(b->cx, b->request, in->name, in->rank, axis, b->axis_used);
        in->exprs[axis] = incpt2_size_expression(b, size);
        const char *symbol = in->exprs[axis] ? incpt2_expr_symbol(in->exprs[axis]) : NULL;
        if (symbol && !incmap_has_str(b->symbols, symbol))
            new_symbol(b, symbol, wanted, size, axis);
    }
}

static bool value_at(incpt2_builder *b, const incpt2_expr *e, const char *symbol, int64_t at,
                     int64_t *value)
{
    incmap_set_str(b->cx, b->symbols, symbol, (void *)(uintptr_t)incsym_int(b->g->syms, at));
    incfe_number n = {0};
    bool complete = !incpt2_expr_unbound(e, b->symbols);
    if (complete)
        n = incpt2_expr_value(b->g, e, b->symbols);
    incmap_remove(b->symbols, symbol, strlen(symbol));
    return complete && n.kind == INCFE_NUMBER_EXACT && !n.is_float && incsym_known(n.top, value);
}

/* The symbol of a size like 2*s + 1, where s is the size of no axis. */
static bool derive_symbol(incpt2_builder *b, incpt2_input *in, size_t axis, const char *symbol)
{
    int64_t at[4];
    const incpt2_expr *e = in->exprs[axis];
    for (int64_t i = 0; i < 4; i++)
        if (!value_at(b, e, symbol, i, &at[i]))
            return false;
    int64_t factor = at[1] - at[0], hint = incpt2_size_hint(&in->sizes->as.items[axis], -1);
    if (factor <= 0 || at[2] - at[1] != factor || at[3] - at[2] != factor)
        return false;
    if (hint < at[0])
        hint = at[0] + 2 * factor;
    const incsym *s = incsym_new(b->g->syms, symbol, (hint - at[0]) / factor, 0, NULL, -1);
    incmap_set_str(b->cx, b->symbols, symbol, (void *)(uintptr_t)s);
    in->derived[axis] = (struct incpt2_derived){s, factor, at[0]};
    return true;
}

const incsym *incpt2_input_dim(incpt2_builder *b, incpt2_input *in, size_t axis)
{
    const incfe_axis *wanted =
        incfe_axes_find(b->cx, b->request, in->name, in->rank, axis, b->axis_used);
    const incpt2_expr *e = in->exprs[axis];
    const incjson *size = &in->sizes->as.items[axis];
    int64_t known;
    if (!e) {
        known = incpt2_int(b->cx, incjson_get(size, "as_int"), "as_int");
        if (known < 0)
            inc_raise(b->cx, INC_E_FORMAT, "axis %zu of %s has the size %lld", axis, in->name,
                      (long long)known);
        warn_if_fixed(b, in->name, wanted, known);
        return incsym_int(b->g->syms, known);
    }
    const char *unbound = incpt2_expr_unbound(e, b->symbols);
    if (unbound && !derive_symbol(b, in, axis, unbound)) /* a size of its own */
        return incsym_new(b->g->syms, inc_printf(b->cx, "%s_%zu", in->name, axis),
                          incpt2_size_hint(size, 2), 0, NULL, (int)axis);
    incfe_number n = incpt2_expr_value(b->g, e, b->symbols);
    if (n.kind != INCFE_NUMBER_EXACT || n.is_float)
        inc_raise(b->cx, INC_E_FORMAT, "axis %zu of %s has a size that is no integer", axis,
                  in->name);
    if (incsym_known(n.top, &known))
        warn_if_fixed(b, in->name, wanted, known);
    return n.top;
}

/* Nodes that compute a derived symbol from the axis it was found in. Nothing may be inferred of
 * them: that would lead back to the symbol. */
incir_value *incpt2_compute_symbol(incpt2_builder *b, incir_value *input, size_t axis,
                                   const struct incpt2_derived *d)
{
    const incsym *rank = incsym_int(b->g->syms, (int64_t)input->rank);
    incir_node *shape = incir_node_new(b->g, "Shape"), *size = incir_node_new(b->g, "Gather");
    incir_node *less = incir_node_new(b->g, "Sub"), *by = incir_node_new(b->g, "Div");
    incir_in(b->g, shape, input);
    incir_in(b->g, size, incir_append(b->g, shape, INCDT_I64, 1, &rank));
    incir_in(b->g, size, incir_const_i64(b->g, (int64_t)axis));
    incir_value *v = incir_append(b->g, size, INCDT_I64, 0, NULL);
    if (d->rest) {
        incir_in(b->g, less, v);
        incir_in(b->g, less, incir_const_i64(b->g, d->rest));
        v = incir_append(b->g, less, INCDT_I64, 0, NULL);
    }
    if (d->factor == 1)
        return v;
    incir_in(b->g, by, v);
    incir_in(b->g, by, incir_const_i64(b->g, d->factor));
    return incir_append(b->g, by, INCDT_I64, 0, NULL);
}
