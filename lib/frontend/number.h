/* SPDX-License-Identifier: Apache-2.0 */
/* Python's numbers where they may depend on the model's inputs: ints, floats and bools that are
 * known, expressions of sizes, or computed by nodes when the model runs. */
#ifndef INC_FRONTEND_NUMBER_H
#define INC_FRONTEND_NUMBER_H

#include "ops/call/op.h"

typedef enum incfe_op {
    INCFE_OP_ADD,
    INCFE_OP_SUB,
    INCFE_OP_MUL,
    INCFE_OP_NEG,
    INCFE_OP_POS,
    INCFE_OP_POW,
    INCFE_OP_FLOORDIV,
    INCFE_OP_CEILDIV,
    INCFE_OP_TRUEDIV,
    INCFE_OP_MOD,
    INCFE_OP_MODULAR, /* (a // b) % c */
    INCFE_OP_MAX,
    INCFE_OP_MIN,
    INCFE_OP_ABS,
    INCFE_OP_TRUNC, /* to int; so are the next three */
    INCFE_OP_FLOOR,
    INCFE_OP_CEIL,
    INCFE_OP_ROUND,
    INCFE_OP_TO_FLOAT,
    INCFE_OP_SQRT,
    INCFE_OP_EQ,
    INCFE_OP_NE,
    INCFE_OP_LT,
    INCFE_OP_LE,
    INCFE_OP_GT,
    INCFE_OP_GE,
    INCFE_OP_AND,
    INCFE_OP_OR,
    INCFE_OP_XOR,
    INCFE_OP_LSHIFT, /* of ints, as the next */
    INCFE_OP_RSHIFT,
    INCFE_OP_NOT,
    INCFE_OP_SELECT /* condition, then, else */
} incfe_op;

typedef enum incfe_number_kind {
    INCFE_NUMBER_EXACT, /* top / bottom; an int unless is_float */
    INCFE_NUMBER_REAL,  /* a known float */
    INCFE_NUMBER_TRUTH, /* a known bool */
    INCFE_NUMBER_TENSOR /* a value of rank 0: int64, float64 or bool */
} incfe_number_kind;

typedef struct incfe_number {
    incfe_number_kind kind;
    bool is_float;
    const incsym *top;
    int64_t bottom; /* from 1 */
    double real;
    bool truth;
    incir_value *value;
} incfe_number;

incfe_number incfe_number_int(const incsym *value);
incfe_number incfe_number_real(incir_graph *g, double value);
incfe_number incfe_number_truth(bool truth);
/* Raises when v is no number; name is for the message. */
incfe_number incfe_number_of(incir_graph *g, incval v, const char *name);
incval incfe_number_value(incir_graph *g, incfe_number a);
/* Computes; nodes are made only for what neither is known nor an expression of sizes. */
incfe_number incfe_compute(incir_graph *g, incfe_op op, const incfe_number *args, size_t n);
/* f of a float, by nodes of op_type where it is not known. */
incfe_number incfe_number_function(incir_graph *g, const char *op_type, double (*f)(double),
                                   const incfe_number *a);
/* What the number is for the example, where that is known. */
bool incfe_number_example(incir_graph *g, const incfe_number *a, double *value);
/* Of "_operator.add", "math.floor", "torch.sym_max", …; false when it is none. n_args: how many
 * it takes; 0: any number. */
bool incfe_number_op(const char *target, incfe_op *op, size_t *n_args);

#endif
