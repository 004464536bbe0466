/* SPDX-License-Identifier: Apache-2.0 */
/* Integers that may depend on the sizes of the model's inputs.
 *
 * An expression is a known int64 or a polynomial over symbols and over floor divisions, minima and
 * maxima of other expressions. Expressions are interned in a table and kept in normal form:
 * two that are equal as polynomials are the same pointer, and one that does not depend on any
 * symbol is a known integer. A symbol stands for one axis of a value of the graph, or for an
 * integer that only the data will decide. */
#ifndef INC_IR_SYM_H
#define INC_IR_SYM_H

#include "base/context.h"

typedef struct incsym incsym;
typedef struct incsym_table incsym_table;
struct incir_value;

incsym_table *incsym_table_new(inccx *cx);

const incsym *incsym_int(incsym_table *t, int64_t value);
/* A new symbol. name: for people and for dim_param; made unique. hint: its value in the example.
 * lower: it is never less than that. origin/axis: the value whose axis it is (axis -1: origin is
 * itself an integer scalar). */
const incsym *incsym_new(incsym_table *t, const char *name, int64_t hint, int64_t lower,
                         struct incir_value *origin, int axis);

const incsym *incsym_add(incsym_table *t, const incsym *a, const incsym *b);
const incsym *incsym_sub(incsym_table *t, const incsym *a, const incsym *b);
const incsym *incsym_mul(incsym_table *t, const incsym *a, const incsym *b);
const incsym *incsym_neg(incsym_table *t, const incsym *a);
/* f(t, a, b); NULL where the expression would have a number that does not fit in 64 bits. */
const incsym *incsym_try(incsym_table *t,
                         const incsym *(*f)(incsym_table *t, const incsym *a, const incsym *b),
                         const incsym *a, const incsym *b);
const incsym *incsym_floordiv(incsym_table *t, const incsym *a,
                              const incsym *b); /* raises on / 0 */
const incsym *incsym_ceildiv(incsym_table *t, const incsym *a, const incsym *b);
const incsym *incsym_mod(incsym_table *t, const incsym *a, const incsym *b); /* Python's % */
const incsym *incsym_min(incsym_table *t, const incsym *a, const incsym *b);
const incsym *incsym_max(incsym_table *t, const incsym *a, const incsym *b);
const incsym *incsym_add_int(incsym_table *t, const incsym *a, int64_t b);
const incsym *incsym_mul_int(incsym_table *t, const incsym *a, int64_t b);

/* True, and *value set, when the expression is a known integer. */
bool incsym_known(const incsym *e, int64_t *value);
bool incsym_is(const incsym *e, int64_t value);
/* What it is for the example inputs; of a number that depends on the data, a guess. */
int64_t incsym_hint(const incsym *e);
/* Says that the hint of a new symbol is a guess. */
void incsym_mark_guess(const incsym *symbol);
bool incsym_is_guess(const incsym *e);
/* The hint where the model asks for a number: raises INC_E_UNSUPPORTED when it is a guess. */
int64_t incsym_example(incsym_table *t, const incsym *e);
/* What is certain about a < b, a <= b, a == b whatever the symbols: 1 yes, 0 no, -1 undecided. */
int incsym_lt(incsym_table *t, const incsym *a, const incsym *b);
int incsym_le(incsym_table *t, const incsym *a, const incsym *b);
int incsym_eq(incsym_table *t, const incsym *a, const incsym *b);
/* The expression with each minimum and maximum replaced by the operand that it is in the example:
 * two that differ only by how they are clamped have the same. */
const incsym *incsym_expected(incsym_table *t, const incsym *e);
/* Says what a new symbol is in the example's case, where no expression holds in all. */
void incsym_expect(const incsym *symbol, const incsym *expected);
/* "batch_size", "2*seq + 1"; allocated in the table's context. */
const char *incsym_text(incsym_table *t, const incsym *e);

/* For turning expressions into nodes and for naming. */
typedef enum {
    INCSYM_INT,
    INCSYM_SYMBOL,
    INCSYM_FLOORDIV,
    INCSYM_MIN,
    INCSYM_MAX,
    INCSYM_POLY
} incsym_kind;
typedef struct incsym_term {
    int64_t coefficient;
    size_t n_factors;             /* 0: the constant term */
    const incsym *const *factors; /* atoms: no INT, no POLY */
} incsym_term;
incsym_kind incsym_kind_of(const incsym *e);
struct incir_value *incsym_origin(const incsym *symbol, int *axis);
void incsym_set_origin(const incsym *symbol, struct incir_value *origin, int axis);
const char *incsym_name(const incsym *symbol);
/* The symbol is never more than that. */
void incsym_set_upper(const incsym *symbol, const incsym *upper);
void incsym_operands(const incsym *e, const incsym **a, const incsym **b); /* FLOORDIV, MIN, MAX */
size_t incsym_terms(const incsym *e, const incsym_term **terms);           /* POLY */

#endif
