/* SPDX-License-Identifier: Apache-2.0 */
/* The language's own operators: on numbers, strings, lists, dicts. Whatever takes a tensor is the
 * operator table's, except where a tensor is only carried (in a list, as a dict's value). Each file
 * is a table and the functions above it:
 *
 *   builtins_compare.c  comparison, logic, the least and the greatest
 *   builtins_number.c   arithmetic
 *   builtins_convert.c  ranges, conversions
 *   builtins_text.c     strings, and values as text
 *   builtins_dict.c     dicts
 *   builtins_list.c     lists
 *   builtins_index.c    indices and slices
 *   builtins_rows.c     lists whose length data decides
 *   builtins_search.c   numbers in lists that are computed: looked for and sorted
 *   builtins.c          the rest, and how one is found
 */
#ifndef INC_FRONTEND_TORCHSCRIPT_BUILTINS_H
#define INC_FRONTEND_TORCHSCRIPT_BUILTINS_H

#include "frontend/number.h"
#include "frontend/torchscript/eval.h"

typedef struct incts_builtin_call {
    incts_interp *in;
    inccx *cx;
    incsym_table *syms;
    const char *name; /* without namespace */
    const incval *args;
    size_t n;
    const incop_keyword *keywords;
    size_t n_keywords;
    incval result;
} incts_builtin_call;

typedef struct incts_builtin_row {
    const char *name;
    bool (*run)(incts_builtin_call *c); /* true when it applied, and c->result is set */
    bool stores; /* may be given what could not be computed, to put it into something */
} incts_builtin_row;

/* clang-format off */
#define BUILTIN(name, run)         {name, run, false}
#define BUILTIN_STORING(name, run) {name, run, true}
/* clang-format on */

/* Sorted by name; a name may stand several times: the first that applies is taken. */
typedef struct incts_builtins {
    const incts_builtin_row *rows;
    size_t n;
} incts_builtins;

extern const incts_builtins incts_builtins_compare;
extern const incts_builtins incts_builtins_number;
extern const incts_builtins incts_builtins_convert;
extern const incts_builtins incts_builtins_text;
extern const incts_builtins incts_builtins_dict;
extern const incts_builtins incts_builtins_list;
extern const incts_builtins incts_builtins_index;
extern const incts_builtins incts_builtins_rest;
/* Looked at first, and alone, where an argument is a list whose length data decides. */
extern const incts_builtins incts_builtins_rows;
/* Looked at before those: numbers in lists, which are computed when the model runs. */
extern const incts_builtins incts_builtins_search;
extern const incts_builtins incts_builtins_cuts; /* what gives such lists */

/* An index into n items as one that counts from the front; raises where there is no such item. */
size_t incts_wrap_index(incts_interp *in, incval index, size_t n);
/* Python's rule for a[i:j]: from the end when negative, cut to [0, n]. */
int64_t incts_clamp_bound(int64_t bound, int64_t n);
/* Whether list[index] = v changes nothing, v being that item: l[i] += x does so. */
bool incts_sets_itself(incts_interp *in, incval list, incval index, incval v);
/* What d[key], key in d, len(d) and copying give. */
incval incts_dict_at(incts_interp *in, incval_dict *d, incval key);
incval incts_dict_has(incts_interp *in, incval_dict *d, incval key);
incval incts_dict_length(incts_interp *in, incval_dict *d);
incval incts_dict_copy(incts_builtin_call *c, incval_dict *d);
/* A number, a bool or a known 0-d tensor as a float. */
double incts_builtin_double(incts_builtin_call *c, incval v);
/* Where part first stands in text; NULL when it does not. */
const char *incts_find_text(incts_interp *in, const char *text, const char *part);
/* a < b of numbers or strings; raises for others. */
bool incts_builtin_less(incts_builtin_call *c, incval a, incval b);

static inline bool give(incts_builtin_call *c, incval v)
{
    c->result = v;
    return true;
}

static inline bool give_int(incts_builtin_call *c, int64_t i)
{
    return give(c, incval_int(incsym_int(c->syms, i)));
}

static inline bool is_number(incval v)
{
    return v.kind == INCVAL_INT || v.kind == INCVAL_FLOAT || v.kind == INCVAL_BOOL;
}

static inline bool is_sequence(incval v)
{
    return v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE;
}

/* Whether v is a number that the model computes when it runs: a size, or a float or bool that a
 * node gives. */
bool incts_is_computed(incts_interp *in, incval v);
/* Whether all of the arguments are numbers, and at least one of them is computed. */
bool incts_any_computed(const incts_builtin_call *c);
/* Computes with the arguments, all numbers. */
bool incts_compute(incts_builtin_call *c, incfe_op op);

static inline const incsym *as_sym(incts_builtin_call *c, incval v)
{
    return v.kind == INCVAL_BOOL ? incsym_int(c->syms, v.u.b) : v.u.i;
}

#endif
