/* SPDX-License-Identifier: Apache-2.0 */
/* Operators of two numbers; see fold_scalar.c. */
#ifndef INC_IR_FOLD_SCALAR_H
#define INC_IR_FOLD_SCALAR_H

#include "ir/fold.h"

typedef enum incir_binary {
    INCIR_BINARY_ADD,
    INCIR_BINARY_SUB,
    INCIR_BINARY_MUL,
    INCIR_BINARY_DIV,
    INCIR_BINARY_POW,
    INCIR_BINARY_MOD,
    INCIR_BINARY_FMOD,
    INCIR_BINARY_MIN,
    INCIR_BINARY_MAX,
    INCIR_BINARY_AND,
    INCIR_BINARY_OR,
    INCIR_BINARY_XOR,
    INCIR_BINARY_BIT_AND,
    INCIR_BINARY_BIT_OR,
    INCIR_BINARY_BIT_XOR,
    INCIR_BINARY_SHIFT_LEFT,
    INCIR_BINARY_SHIFT_RIGHT,
    INCIR_BINARY_EQUAL,
    INCIR_BINARY_LESS,
    INCIR_BINARY_LESS_EQUAL,
    INCIR_BINARY_GREATER,
    INCIR_BINARY_GREATER_EQUAL,
    INCIR_BINARY_NO_OP
} incir_binary;

/* INCIR_BINARY_NO_OP for a node of another operator. */
incir_binary incir_which_binary(const incir_node *n);
/* False where the operator has no such result. */
bool incir_compute_f(incir_binary op, double a, double b, double *y);
bool incir_compute_i(incir_binary op, int64_t a, int64_t b, int64_t *y);

#endif
