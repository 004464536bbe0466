/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of symbolic integers share: sym.c interns and computes, sym_order.c compares,
 * sym_value.c and sym_text.c look inside. */
#ifndef INC_IR_SYM_INTERNAL_H
#define INC_IR_SYM_INTERNAL_H

#include "base/map.h"
#include "ir/sym.h"

enum { INCSYM_N_COMMON = 1024 };

struct incsym {
    incsym_kind kind;
    uint32_t id, depth;
    int64_t value; /* INT */
    int64_t hint;
    int64_t lower; /* SYMBOL: never less; other atoms: computed likewise */
    bool has_lower;
    bool is_guess;                 /* the hint */
    const char *name;              /* SYMBOL */
    const char *text;              /* NULL until it was asked for */
    const struct incsym *expected; /* likewise */
    const incsym *upper;           /* SYMBOL: never more; NULL: not known */
    struct incir_value *origin;
    int axis;
    const incsym *a, *b; /* FLOORDIV, MIN, MAX */
    const incsym_term *terms;
    size_t n_terms; /* POLY */
};

struct incsym_table {
    inccx *cx;
    incmap *known; /* key text -> expression */
    incmap *names; /* -> uint32_t *: how many more were asked for */
    uint32_t n;
    incsym *common[INCSYM_N_COMMON]; /* the integers from 0 on, as far as they were asked for */
};

/* a and b under FLOORDIV, MIN or MAX, interned as they are. */
const incsym *incsym_binary_atom(incsym_table *t, incsym_kind kind, const incsym *a,
                                 const incsym *b);
/* a + k * b */
const incsym *incsym_add_scaled(incsym_table *t, const incsym *a, const incsym *b, int64_t k);

#endif
