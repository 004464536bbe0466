/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a size's formula: what expr_parse.c makes, and expr.c computes and prints. */
#ifndef INC_FRONTEND_PT2_EXPR_INTERNAL_H
#define INC_FRONTEND_PT2_EXPR_INTERNAL_H

#include "frontend/pt2/internal.h"

/* What a node is beside the operators, incfe_op. */
enum {
    INCPT2_SYMBOL = -1,
    INCPT2_NUMBER = -2,
    INCPT2_REAL = -3,
    INCPT2_TRUTH = -4,
    INCPT2_PAIR = -10,     /* of a value and its condition, in a Piecewise */
    INCPT2_PIECEWISE = -11 /* while it is parsed; it becomes choices */
};

struct incpt2_expr {
    int what; /* an incfe_op, or one of the above */
    const char *name;
    int64_t integer; /* of INCPT2_TRUTH too */
    double real;
    size_t n;
    const incpt2_expr **args;
    unsigned height; /* of the tree below */
};

/* The first name of an operator among the functions that are known; "?": it has none. */
const char *incpt2_function_name(int what);

#endif
