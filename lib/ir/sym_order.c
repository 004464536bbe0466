/* SPDX-License-Identifier: Apache-2.0 */
/* Order of symbolic integers: what is surely less, and minima and maxima, which are taken apart
 * where that is known. In: two expressions. Out: 1 yes, 0 no, -1 not known; or an expression.
 * Relies on lower bounds that every expression got when it was interned. */
#include "ir/sym_internal.h"

/* What e is with one of its terms replaced: minus the term, plus as often the operand. */
static const incsym *with_operand(incsym_table *t, const incsym *e, const incsym_term *term,
                                  const incsym *operand)
{
    const incsym *rest = incsym_add_scaled(t, e, term->factors[0], -term->coefficient);
    return incsym_add_scaled(t, rest, operand, term->coefficient);
}

/* Never less than *bound; false: nothing is known. p - min(a, b) is no less than p - a and p - b,
 * p - max(a, b) no less than one of them. */
static bool lower_bound(incsym_table *t, const incsym *e, int64_t *bound, unsigned depth)
{
    enum { MOST_REPLACED = 2 };
    *bound = e->lower;
    if (e->has_lower || e->kind != INCSYM_POLY || depth == MOST_REPLACED)
        return e->has_lower;
    for (size_t i = 0; i < e->n_terms; i++) {
        const incsym_term *term = &e->terms[i];
        const incsym *atom = term->n_factors == 1 ? term->factors[0] : NULL;
        int64_t x = 0, y = 0;
        if (!atom || (atom->kind != INCSYM_MIN && atom->kind != INCSYM_MAX) ||
            term->coefficient >= 0 || term->coefficient < -1)
            continue;
        bool of_a = lower_bound(t, with_operand(t, e, term, atom->a), &x, depth + 1);
        bool of_b = lower_bound(t, with_operand(t, e, term, atom->b), &y, depth + 1);
        bool is_min = atom->kind == INCSYM_MIN;
        if (is_min ? !of_a && !of_b : !of_a || !of_b)
            return false;
        *bound = !of_b ? x : !of_a ? y : (x > y) == is_min ? x : y;
        return true;
    }
    return false;
}

/* Something that e is never less than: symbols that are subtracted, at their most. */
static const incsym *at_least(incsym_table *t, const incsym *e)
{
    const incsym *least = e;
    for (size_t i = 0; e->kind == INCSYM_POLY && i < e->n_terms; i++) {
        const incsym_term *term = &e->terms[i];
        if (term->coefficient >= 0 || term->n_factors != 1 || !term->factors[0]->upper)
            continue;
        const incsym *above = incsym_sub(t, term->factors[0]->upper, term->factors[0]);
        least = incsym_add_scaled(t, least, above, term->coefficient);
    }
    return least;
}

int incsym_le(incsym_table *t, const incsym *a, const incsym *b)
{
    int64_t bound;
    const incsym *difference = incsym_sub(t, b, a);
    if (lower_bound(t, at_least(t, difference), &bound, 0) && bound >= 0)
        return 1;
    if (lower_bound(t, at_least(t, incsym_neg(t, difference)), &bound, 0) && bound > 0)
        return 0;
    return -1;
}

int incsym_lt(incsym_table *t, const incsym *a, const incsym *b)
{
    int le = incsym_le(t, b, a);
    return le < 0 ? -1 : !le;
}

int incsym_eq(incsym_table *t, const incsym *a, const incsym *b)
{
    if (a == b)
        return 1;
    int below = incsym_lt(t, a, b), above = incsym_lt(t, b, a);
    return below == 1 || above == 1 ? 0 : -1;
}

const incsym *incsym_min(incsym_table *t, const incsym *a, const incsym *b)
{
    int le = incsym_le(t, a, b), ge = incsym_le(t, b, a);
    if (le == 1)
        return a;
    if (ge == 1)
        return b;
    return a->id < b->id ? incsym_binary_atom(t, INCSYM_MIN, a, b)
                         : incsym_binary_atom(t, INCSYM_MIN, b, a);
}

const incsym *incsym_max(incsym_table *t, const incsym *a, const incsym *b)
{
    int le = incsym_le(t, a, b), ge = incsym_le(t, b, a);
    if (le == 1)
        return b;
    if (ge == 1)
        return a;
    return a->id < b->id ? incsym_binary_atom(t, INCSYM_MAX, a, b)
                         : incsym_binary_atom(t, INCSYM_MAX, b, a);
}
