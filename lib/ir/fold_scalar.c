/* SPDX-License-Identifier: Apache-2.0 */
/* Operators of two numbers, in double and in int64, as ONNX defines them. In: the operator and two
 * numbers. Out: the result; false where the type has none (a division by zero, a shift too far). */
#include "ir/fold_scalar.h"

#include <math.h>
#include <string.h>

incir_binary incir_which_binary(const incir_node *n)
{
    switch (n->op->code) {
    case INCIR_OP_ADD:
        return INCIR_BINARY_ADD;
    case INCIR_OP_SUB:
        return INCIR_BINARY_SUB;
    case INCIR_OP_MUL:
        return INCIR_BINARY_MUL;
    case INCIR_OP_DIV:
        return INCIR_BINARY_DIV;
    case INCIR_OP_POW:
        return INCIR_BINARY_POW;
    case INCIR_OP_MOD:
        return incir_attr_int_or(n, "fmod", 0) ? INCIR_BINARY_FMOD : INCIR_BINARY_MOD;
    case INCIR_OP_MIN:
        return INCIR_BINARY_MIN;
    case INCIR_OP_MAX:
        return INCIR_BINARY_MAX;
    case INCIR_OP_SUM:
        return INCIR_BINARY_ADD;
    case INCIR_OP_AND:
        return INCIR_BINARY_AND;
    case INCIR_OP_OR:
        return INCIR_BINARY_OR;
    case INCIR_OP_XOR:
        return INCIR_BINARY_XOR;
    case INCIR_OP_BITWISE_AND:
        return INCIR_BINARY_BIT_AND;
    case INCIR_OP_BITWISE_OR:
        return INCIR_BINARY_BIT_OR;
    case INCIR_OP_BITWISE_XOR:
        return INCIR_BINARY_BIT_XOR;
    case INCIR_OP_BIT_SHIFT:
        return strcmp(incir_attr_str_or(n, "direction", ""), "LEFT") == 0
                   ? INCIR_BINARY_SHIFT_LEFT
                   : INCIR_BINARY_SHIFT_RIGHT;
    case INCIR_OP_EQUAL:
        return INCIR_BINARY_EQUAL;
    case INCIR_OP_LESS:
        return INCIR_BINARY_LESS;
    case INCIR_OP_LESS_OR_EQUAL:
        return INCIR_BINARY_LESS_EQUAL;
    case INCIR_OP_GREATER:
        return INCIR_BINARY_GREATER;
    case INCIR_OP_GREATER_OR_EQUAL:
        return INCIR_BINARY_GREATER_EQUAL;
    default:
        return INCIR_BINARY_NO_OP;
    }
}

static double floor_mod(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/* False: not in this type. */
bool incir_compute_f(incir_binary op, double a, double b, double *y)
{
    switch (op) {
    case INCIR_BINARY_ADD:
        *y = a + b;
        return true;
    case INCIR_BINARY_SUB:
        *y = a - b;
        return true;
    case INCIR_BINARY_MUL:
        *y = a * b;
        return true;
    case INCIR_BINARY_DIV:
        *y = a / b;
        return true;
    case INCIR_BINARY_POW:
        *y = pow(a, b);
        return true;
    case INCIR_BINARY_MOD:
        *y = floor_mod(a, b);
        return true;
    case INCIR_BINARY_FMOD:
        *y = fmod(a, b);
        return true;
    case INCIR_BINARY_MIN:
        *y = isnan(a) || a < b ? a : b;
        return true;
    case INCIR_BINARY_MAX:
        *y = isnan(a) || a > b ? a : b;
        return true;
    case INCIR_BINARY_EQUAL:
        *y = a == b;
        return true;
    case INCIR_BINARY_LESS:
        *y = a < b;
        return true;
    case INCIR_BINARY_LESS_EQUAL:
        *y = a <= b;
        return true;
    case INCIR_BINARY_GREATER:
        *y = a > b;
        return true;
    case INCIR_BINARY_GREATER_EQUAL:
        *y = a >= b;
        return true;
    default:
        return false;
    }
}

static int64_t power(int64_t base, int64_t exponent)
{
    uint64_t y = 1, b = (uint64_t)base;
    for (; exponent > 0; exponent >>= 1, b *= b)
        if (exponent & 1)
            y *= b;
    return (int64_t)y;
}

static bool divide_i(incir_binary op, int64_t a, int64_t b, int64_t *y)
{
    if (b == 0 || (a == INT64_MIN && b == -1))
        return false;
    *y = op == INCIR_BINARY_DIV ? a / b : a % b;
    if (op == INCIR_BINARY_MOD && *y != 0 && (*y < 0) != (b < 0))
        *y += b;
    return true;
}

bool incir_compute_i(incir_binary op, int64_t a, int64_t b, int64_t *y)
{
    switch (op) {
    case INCIR_BINARY_ADD:
        *y = (int64_t)((uint64_t)a + (uint64_t)b);
        return true;
    case INCIR_BINARY_SUB:
        *y = (int64_t)((uint64_t)a - (uint64_t)b);
        return true;
    case INCIR_BINARY_MUL:
        *y = (int64_t)((uint64_t)a * (uint64_t)b);
        return true;
    case INCIR_BINARY_DIV:
    case INCIR_BINARY_MOD:
    case INCIR_BINARY_FMOD:
        return divide_i(op, a, b, y);
    case INCIR_BINARY_POW:
        *y = b < 0 ? 0 : power(a, b);
        return b >= 0;
    case INCIR_BINARY_MIN:
        *y = a < b ? a : b;
        return true;
    case INCIR_BINARY_MAX:
        *y = a > b ? a : b;
        return true;
    case INCIR_BINARY_AND:
        *y = a && b;
        return true;
    case INCIR_BINARY_OR:
        *y = a || b;
        return true;
    case INCIR_BINARY_XOR:
        *y = !a != !b;
        return true;
    case INCIR_BINARY_BIT_AND:
        *y = a & b;
        return true;
    case INCIR_BINARY_BIT_OR:
        *y = a | b;
        return true;
    case INCIR_BINARY_BIT_XOR:
        *y = a ^ b;
        return true;
    case INCIR_BINARY_SHIFT_LEFT:
        *y = b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
        return true;
    case INCIR_BINARY_SHIFT_RIGHT:
        *y = b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a >> b);
        return true;
    case INCIR_BINARY_EQUAL:
        *y = a == b;
        return true;
    case INCIR_BINARY_LESS:
        *y = a < b;
        return true;
    case INCIR_BINARY_LESS_EQUAL:
        *y = a <= b;
        return true;
    case INCIR_BINARY_GREATER:
        *y = a > b;
        return true;
    case INCIR_BINARY_GREATER_EQUAL:
        *y = a >= b;
        return true;
    default:
        return false;
    }
}
