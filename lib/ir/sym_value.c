/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a symbolic integer: its value or that for the example inputs, its parts, and
 * where a symbol is found when the model runs. */
#include "ir/sym_internal.h"

bool incsym_known(const incsym *e, int64_t *value)
{
    if (e->kind != INCSYM_INT)
        return false;
    if (value)
        *value = e->value;
    return true;
}

bool incsym_is(const incsym *e, int64_t value)
{
    return e->kind == INCSYM_INT && e->value == value;
}

int64_t incsym_hint(const incsym *e)
{
    return e->hint;
}

void incsym_mark_guess(const incsym *symbol)
{
    ((incsym *)(uintptr_t)symbol)->is_guess = true; /* made by us; const only for the others */
}

bool incsym_is_guess(const incsym *e)
{
    return e->is_guess;
}

int64_t incsym_example(incsym_table *t, const incsym *e)
{
    if (e->is_guess)
        inc_raise_hint(t->cx, INC_E_UNSUPPORTED,
                       "trace the model (torch.jit.trace) with inputs that take the branch you "
                       "need, or rewrite the computation with tensor operators such as torch.where",
                       "a number is needed here that depends on the data of a tensor (%s)",
                       incsym_text(t, e));
    return e->hint;
}

/* One term with its minima and maxima decided. */
static const incsym *expected_term(incsym_table *t, const incsym_term *term)
{
    const incsym *product = incsym_int(t, term->coefficient);
    for (size_t i = 0; i < term->n_factors; i++)
        product = incsym_mul(t, product, incsym_expected(t, term->factors[i]));
    return product;
}

const incsym *incsym_expected(incsym_table *t, const incsym *e)
{
    const incsym *result = e;
    if (e->expected)
        return e->expected;
    if (e->kind == INCSYM_FLOORDIV) {
        const incsym *by = incsym_expected(t, e->b);
        result = by->kind == INCSYM_INT && by->value == 0
                     ? e
                     : incsym_floordiv(t, incsym_expected(t, e->a), by);
    } else if (e->kind == INCSYM_MIN || e->kind == INCSYM_MAX) {
        bool first = e->kind == INCSYM_MIN ? e->a->hint <= e->b->hint : e->a->hint >= e->b->hint;
        result = incsym_expected(t, first ? e->a : e->b);
    } else if (e->kind == INCSYM_POLY) {
        result = incsym_int(t, 0);
        for (size_t i = 0; i < e->n_terms; i++)
            result = incsym_add(t, result, expected_term(t, &e->terms[i]));
    }
    ((incsym *)(uintptr_t)e)->expected = result; /* made by us; const only for the others */
    return result;
}

void incsym_expect(const incsym *symbol, const incsym *expected)
{
    ((incsym *)(uintptr_t)symbol)->expected = expected; /* made by us; const only for the others */
}

incsym_kind incsym_kind_of(const incsym *e)
{
    return e->kind;
}

struct incir_value *incsym_origin(const incsym *symbol, int *axis)
{
    *axis = symbol->axis;
    return symbol->origin;
}

void incsym_set_origin(const incsym *symbol, struct incir_value *origin, int axis)
{
    incsym *e = (incsym *)(uintptr_t)symbol; /* made by us; const only for the others */
    e->origin = origin;
    e->axis = axis;
}

void incsym_set_upper(const incsym *symbol, const incsym *upper)
{
    ((incsym *)(uintptr_t)symbol)->upper = upper; /* made by us; const only for the others */
}

const char *incsym_name(const incsym *symbol)
{
    return symbol->name;
}

void incsym_operands(const incsym *e, const incsym **a, const incsym **b)
{
    *a = e->a;
    *b = e->b;
}

size_t incsym_terms(const incsym *e, const incsym_term **terms)
{
    *terms = e->terms;
    return e->n_terms;
}
