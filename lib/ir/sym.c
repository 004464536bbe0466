/* SPDX-License-Identifier: Apache-2.0 */
/* Symbolic integers in normal form; see sym.h.
 *
 * A polynomial is a sorted array of terms, a term a coefficient and a sorted array of atoms
 * (symbols, floor divisions, minima, maxima). Sorting is by the number each interned expression got
 * when it was made, so equal polynomials have equal arrays, and a key made of those numbers finds
 * the one that exists already. Sizes are capped: expressions come from files. */
#include "ir/sym.h"

#include <string.h>

#include "base/checked.h"
#include "base/str.h"
#include "base/vec.h"
#include "ir/sym_internal.h"

enum { MOST_TERMS = 64, MOST_FACTORS = 16, MOST_DEPTH = 32 };

incsym_table *incsym_table_new(inccx *cx)
{
    incsym_table *t = INC_NEW(cx, incsym_table);
    t->cx = cx;
    t->known = incmap_new(cx);
    t->names = incmap_new(cx);
    return t;
}

static void too_large(incsym_table *t) INC_NORETURN;
static void too_large(incsym_table *t)
{
    inc_raise(t->cx, INC_E_LIMIT, "a symbolic size grew beyond what is sensible");
}

static void overflow(incsym_table *t) INC_NORETURN;
static void overflow(incsym_table *t)
{
    inc_raise(t->cx, INC_E_FORMAT, "a size does not fit in 64 bits");
}

static incsym *intern(incsym_table *t, const incstr *key, incsym_kind kind)
{
    incsym *e = incmap_get(t->known, key->text, key->n, NULL);
    if (e)
        return e;
    e = INC_NEW(t->cx, incsym);
    e->kind = kind;
    e->id = ++t->n;
    incmap_set(t->cx, t->known, key->text, key->n, e);
    return e;
}

const incsym *incsym_int(incsym_table *t, int64_t value)
{
    const bool is_common = value >= 0 && value < INCSYM_N_COMMON;
    if (is_common && t->common[value])
        return t->common[value];
    incstr key = {0};
    incstr_addf(t->cx, &key, "i%lld", (long long)value);
    incsym *e = intern(t, &key, INCSYM_INT);
    if (is_common)
        t->common[value] = e;
    e->value = e->hint = e->lower = value;
    e->has_lower = true;
    return e;
}

/* name, name_1, name_2, …: the first that is free. */
static const char *unique_name(incsym_table *t, const char *name)
{
    uint32_t *count = incmap_get_str(t->names, name);
    const char *unique = name;
    while (count && incmap_has_str(t->names, unique))
        unique = inc_printf(t->cx, "%s_%u", name, ++*count);
    incmap_set_str(t->cx, t->names, unique, INC_NEW(t->cx, uint32_t));
    return inc_strdup(t->cx, unique);
}

const incsym *incsym_new(incsym_table *t, const char *name, int64_t hint, int64_t lower,
                         struct incir_value *origin, int axis)
{
    incsym *e = INC_NEW(t->cx, incsym);
    e->kind = INCSYM_SYMBOL;
    e->id = ++t->n;
    e->name = unique_name(t, name);
    e->hint = hint;
    e->lower = lower;
    e->has_lower = true;
    e->origin = origin;
    e->axis = axis;
    return e;
}

/* ---- polynomials ---- */

typedef INC_VEC(incsym_term) term_list;

static int compare_factors(const incsym_term *x, const incsym_term *y)
{
    if (x->n_factors != y->n_factors)
        return x->n_factors > y->n_factors ? -1 : 1; /* higher degree first, the constant last */
    for (size_t i = 0; i < x->n_factors; i++)
        if (x->factors[i] != y->factors[i])
            return x->factors[i]->id < y->factors[i]->id ? -1 : 1;
    return 0;
}

static void add_term(incsym_table *t, term_list *list, incsym_term term)
{
    if (term.coefficient == 0)
        return;
    inc_work(t->cx, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        int order = compare_factors(&term, &list->items[i]);
        if (order > 0)
            continue;
        if (order == 0) {
            int64_t sum;
            if (!inc_add_i64(list->items[i].coefficient, term.coefficient, &sum))
                overflow(t);
            list->items[i].coefficient = sum;
            if (sum == 0) {
                memmove(&list->items[i], &list->items[i + 1],
                        (list->n - i - 1) * sizeof *list->items);
                list->n--;
            }
            return;
        }
        INC_PUSH(t->cx, list, term);
        memmove(&list->items[i + 1], &list->items[i], (list->n - 1 - i) * sizeof *list->items);
        list->items[i] = term;
        return;
    }
    if (list->n >= MOST_TERMS)
        too_large(t);
    INC_PUSH(t->cx, list, term);
}

/* The terms of any expression; atoms and integers become one term in *room. */
static size_t terms_of(incsym_table *t, const incsym *e, const incsym_term **terms)
{
    if (e->kind == INCSYM_POLY) {
        *terms = e->terms;
        return e->n_terms;
    }
    incsym_term *one = INC_NEW(t->cx, incsym_term);
    *terms = one;
    if (e->kind == INCSYM_INT) {
        one->coefficient = e->value;
        return e->value != 0;
    }
    const incsym **factor = INC_NEW(t->cx, const incsym *);
    *factor = e;
    *one = (incsym_term){1, 1, factor};
    return 1;
}

static int64_t wrapping_mul(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static const incsym *from_terms(incsym_table *t, const term_list *list)
{
    if (list->n == 0)
        return incsym_int(t, 0);
    if (list->n == 1 && list->items[0].n_factors == 0)
        return incsym_int(t, list->items[0].coefficient);
    if (list->n == 1 && list->items[0].n_factors == 1 && list->items[0].coefficient == 1)
        return list->items[0].factors[0];
    incstr key = {0};
    incstr_add(t->cx, &key, "p");
    int64_t hint = 0, lower = 0;
    bool has_lower = true, is_guess = false;
    uint32_t depth = 0;
    for (size_t i = 0; i < list->n; i++) {
        const incsym_term *term = &list->items[i];
        incstr_addf(t->cx, &key, "+%lld", (long long)term->coefficient);
        int64_t product = term->coefficient;
        int64_t low = product;
        bool known = term->coefficient >= 0 || term->n_factors == 0;
        for (size_t k = 0; k < term->n_factors; k++) {
            const incsym *f = term->factors[k];
            incstr_addf(t->cx, &key, "*%u", f->id);
            product = wrapping_mul(product, f->hint);
            is_guess = is_guess || f->is_guess;
            known = known && f->has_lower && f->lower >= 0 && inc_mul_i64(low, f->lower, &low);
            depth = f->depth > depth ? f->depth : depth;
        }
        hint = (int64_t)((uint64_t)hint + (uint64_t)product);
        has_lower = has_lower && known && inc_add_i64(lower, low, &lower);
    }
    incsym *e = intern(t, &key, INCSYM_POLY);
    if (!e->terms) {
        e->terms = inc_copy(t->cx, list->items, list->n * sizeof *list->items);
        e->n_terms = list->n;
        e->hint = hint;
        e->is_guess = is_guess;
        e->lower = lower;
        e->has_lower = has_lower;
        e->depth = depth;
    }
    return e;
}

const incsym *incsym_add_scaled(incsym_table *t, const incsym *a, const incsym *b, int64_t scale)
{
    if (a->kind == INCSYM_INT && b->kind == INCSYM_INT) {
        int64_t product, sum;
        if (!inc_mul_i64(b->value, scale, &product) || !inc_add_i64(a->value, product, &sum))
            overflow(t);
        return incsym_int(t, sum);
    }
    term_list list = {0};
    const incsym_term *terms;
    size_t n = terms_of(t, a, &terms);
    for (size_t i = 0; i < n; i++)
        add_term(t, &list, terms[i]);
    n = terms_of(t, b, &terms);
    for (size_t i = 0; i < n; i++) {
        incsym_term term = terms[i];
        if (!inc_mul_i64(term.coefficient, scale, &term.coefficient))
            overflow(t);
        add_term(t, &list, term);
    }
    return from_terms(t, &list);
}

const incsym *incsym_add(incsym_table *t, const incsym *a, const incsym *b)
{
    return incsym_add_scaled(t, a, b, 1);
}

const incsym *incsym_sub(incsym_table *t, const incsym *a, const incsym *b)
{
    return a == b ? incsym_int(t, 0) : incsym_add_scaled(t, a, b, -1);
}

const incsym *incsym_try(incsym_table *t,
                         const incsym *(*f)(incsym_table *t, const incsym *a, const incsym *b),
                         const incsym *a, const incsym *b)
{
    inc_frame catch;
    const inc_failure before = t->cx->error;
    if (inc_try(t->cx, &catch)) {
        const incsym *result = f(t, a, b);
        inc_try_end(t->cx, &catch);
        return result;
    }
    if (t->cx->error.status != INC_E_FORMAT)
        inc_raise_again(t->cx);
    t->cx->error = before;
    return NULL;
}

const incsym *incsym_neg(incsym_table *t, const incsym *a)
{
    return incsym_add_scaled(t, incsym_int(t, 0), a, -1);
}

static incsym_term multiply_terms(incsym_table *t, const incsym_term *x, const incsym_term *y)
{
    incsym_term term = {0, x->n_factors + y->n_factors, NULL};
    if (!inc_mul_i64(x->coefficient, y->coefficient, &term.coefficient))
        overflow(t);
    if (term.n_factors > MOST_FACTORS)
        too_large(t);
    const incsym **factors = INC_NEW_N(t->cx, const incsym *, term.n_factors);
    for (size_t i = 0, j = 0, k = 0; k < term.n_factors; k++)
        factors[k] =
            j == y->n_factors || (i < x->n_factors && x->factors[i]->id <= y->factors[j]->id)
                ? x->factors[i++]
                : y->factors[j++];
    term.factors = factors;
    return term;
}

const incsym *incsym_mul(incsym_table *t, const incsym *a, const incsym *b)
{
    if (a->kind == INCSYM_INT && b->kind == INCSYM_INT) {
        int64_t product;
        if (!inc_mul_i64(a->value, b->value, &product))
            overflow(t);
        return incsym_int(t, product);
    }
    term_list list = {0};
    const incsym_term *x, *y;
    size_t n = terms_of(t, a, &x), m = terms_of(t, b, &y);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            add_term(t, &list, multiply_terms(t, &x[i], &y[j]));
    return from_terms(t, &list);
}

/* ---- division ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    if (b == -1)
        return a == INT64_MIN ? INT64_MAX : -a;
    int64_t q = a / b;
    return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

/* term / by, exactly: false when a factor or the coefficient does not divide. */
static bool divide_term(incsym_table *t, const incsym_term *term, const incsym_term *by,
                        incsym_term *quotient)
{
    if (by->coefficient == -1 ? term->coefficient == INT64_MIN
                              : term->coefficient % by->coefficient != 0)
        return false;
    const incsym **factors = INC_NEW_N(t->cx, const incsym *, term->n_factors);
    size_t n = 0, j = 0;
    for (size_t i = 0; i < term->n_factors; i++) {
        if (j < by->n_factors && term->factors[i] == by->factors[j])
            j++;
        else
            factors[n++] = term->factors[i];
    }
    if (j != by->n_factors)
        return false;
    *quotient = (incsym_term){term->coefficient / by->coefficient, n, factors};
    return true;
}

const incsym *incsym_binary_atom(incsym_table *t, incsym_kind kind, const incsym *a,
                                 const incsym *b)
{
    incstr key = {0};
    incstr_addf(t->cx, &key, "%c%u,%u",
                kind == INCSYM_FLOORDIV ? 'd'
                : kind == INCSYM_MIN    ? 'n'
                                        : 'x',
                a->id, b->id);
    incsym *e = intern(t, &key, kind);
    if (!e->a) {
        e->a = a;
        e->b = b;
        e->is_guess = a->is_guess || b->is_guess;
        e->depth = (a->depth > b->depth ? a->depth : b->depth) + 1;
        if (e->depth > MOST_DEPTH)
            too_large(t);
        if (kind == INCSYM_FLOORDIV) {
            e->hint = b->hint ? floor_div(a->hint, b->hint) : 0;
            e->has_lower = a->has_lower && b->has_lower && a->lower >= 0 && b->lower > 0;
            e->lower = b->kind == INCSYM_INT && e->has_lower ? a->lower / b->value : 0;
        } else if (kind == INCSYM_MIN) {
            e->hint = a->hint < b->hint ? a->hint : b->hint;
            e->has_lower = a->has_lower && b->has_lower;
            e->lower = a->lower < b->lower ? a->lower : b->lower;
        } else {
            e->hint = a->hint > b->hint ? a->hint : b->hint;
            e->has_lower = a->has_lower || b->has_lower;
            e->lower = !a->has_lower         ? b->lower
                       : !b->has_lower       ? a->lower
                       : a->lower > b->lower ? a->lower
                                             : b->lower;
        }
    }
    return e;
}

/* (s - 1) // 2 = (s + 1) // 2 - 1: with a constant between 0 and the divisor, the dividend is not
 * negative wherever that is known, and equal quotients are the same expression. */
static void take_whole_constant(incsym_table *t, const incsym **dividend, const incsym **quotient,
                                const incsym *b)
{
    if ((*dividend)->kind != INCSYM_POLY || b->kind != INCSYM_INT || b->value <= 0)
        return;
    const incsym_term *last = &(*dividend)->terms[(*dividend)->n_terms - 1];
    int64_t whole = last->n_factors == 0 ? floor_div(last->coefficient, b->value) : 0;
    if (whole == 0)
        return;
    *dividend = incsym_add_scaled(t, *dividend, incsym_int(t, whole), -b->value);
    *quotient = incsym_add_int(t, *quotient, whole);
}

/* The one term that b is multiplied by in a, both being sums of n terms; NULL: there is none.
 * (6*h*w + 6*h) // (h*w + h) = 6. */
static const incsym *multiple_of(incsym_table *t, const incsym *a, const incsym_term *x, size_t n,
                                 const incsym *b, const incsym_term *y)
{
    enum { MOST_TRIED = 16 };
    for (size_t i = 0; i < n && n <= MOST_TRIED; i++) {
        incsym_term term;
        term_list one = {0};
        if (!divide_term(t, &x[i], y, &term))
            continue;
        add_term(t, &one, term);
        const incsym *quotient = from_terms(t, &one);
        if (incsym_mul(t, quotient, b) == a)
            return quotient;
    }
    return NULL;
}

const incsym *incsym_floordiv(incsym_table *t, const incsym *a, const incsym *b)
{
    if (b->kind == INCSYM_INT && b->value == 0)
        inc_raise(t->cx, INC_E_FORMAT, "a size is divided by zero");
    if (a->kind == INCSYM_INT && b->kind == INCSYM_INT)
        return incsym_int(t, floor_div(a->value, b->value));
    if (a == b)
        return incsym_int(t, 1);
    const incsym_term *x, *y;
    size_t n = terms_of(t, a, &x);
    if (n == 0)
        return incsym_int(t, 0);
    size_t n_by = terms_of(t, b, &y);
    if (n_by != 1) {
        const incsym *multiple = n == n_by ? multiple_of(t, a, x, n, b, y) : NULL;
        return multiple ? multiple : incsym_binary_atom(t, INCSYM_FLOORDIV, a, b);
    }
    /* What divides exactly leaves the division: (2*s + 1) // 2 = s + 1 // 2. */
    term_list whole = {0}, rest = {0};
    for (size_t i = 0; i < n; i++) {
        incsym_term quotient;
        if (divide_term(t, &x[i], y, &quotient))
            add_term(t, &whole, quotient);
        else
            add_term(t, &rest, x[i]);
    }
    const incsym *remaining = from_terms(t, &rest);
    const incsym *quotient = from_terms(t, &whole);
    take_whole_constant(t, &remaining, &quotient, b);
    if (remaining->kind == INCSYM_INT && b->kind == INCSYM_INT)
        return incsym_add_int(t, quotient, floor_div(remaining->value, b->value));
    if (remaining->kind == INCSYM_INT && remaining->value == 0)
        return quotient;
    /* (x // 2) // 3 = x // 6 for positive divisors */
    if (remaining->kind == INCSYM_FLOORDIV && b->kind == INCSYM_INT && b->value > 0 &&
        remaining->b->kind == INCSYM_INT && remaining->b->value > 0) {
        int64_t product;
        if (inc_mul_i64(b->value, remaining->b->value, &product))
            return incsym_add(t, quotient,
                              incsym_floordiv(t, remaining->a, incsym_int(t, product)));
    }
    return incsym_add(t, quotient, incsym_binary_atom(t, INCSYM_FLOORDIV, remaining, b));
}

const incsym *incsym_ceildiv(incsym_table *t, const incsym *a, const incsym *b)
{
    return incsym_neg(t, incsym_floordiv(t, incsym_neg(t, a), b));
}

const incsym *incsym_mod(incsym_table *t, const incsym *a, const incsym *b)
{
    return incsym_sub(t, a, incsym_mul(t, b, incsym_floordiv(t, a, b)));
}

const incsym *incsym_add_int(incsym_table *t, const incsym *a, int64_t b)
{
    return b == 0 ? a : incsym_add(t, a, incsym_int(t, b));
}

const incsym *incsym_mul_int(incsym_table *t, const incsym *a, int64_t b)
{
    return b == 1 ? a : incsym_mul(t, a, incsym_int(t, b));
}
