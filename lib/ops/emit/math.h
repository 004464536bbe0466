/* SPDX-License-Identifier: Apache-2.0 */
/* Small formulas that several families write; like emit.h, all of them emit on g. */
#ifndef INC_OPS_EMIT_MATH_H
#define INC_OPS_EMIT_MATH_H

#include "ops/emit/emit.h"

/* Integers and bools as torch's default float type; x itself when it is of a float type. */
incir_value *emit_as_float(incir_graph *g, incir_value *x);
/* The float type that torch computes the like of sqrt(x) in. */
incdtype emit_float_type(incdtype t);

/* x op value, and value op x, value being of x's type; of float where x is of integers and value is
 * no whole number. */
incir_value *emit_with_scalar(incir_graph *g, const char *op_type, incir_value *x, double value);
incir_value *emit_scalar_with(incir_graph *g, const char *op_type, double value, incir_value *x);
/* A node of one input with up to two float attributes (NULL: none), in a type it can be computed
 * in. */
incir_value *emit_with_floats(incir_graph *g, const char *op_type, incir_value *x, const char *name,
                              double value, const char *name2, double value2);

/* Equal, Less, LessOrEqual, Greater, GreaterOrEqual, promoted; any opset. */
incir_value *emit_compare(incir_graph *g, const char *op_type, incir_value *a, incir_value *b);
incir_value *emit_compare_scalar(incir_graph *g, const char *op_type, incir_value *x, double value);
/* Max or Min, promoted; of bools: or, and. */
incir_value *emit_extreme(incir_graph *g, const char *op_type, incir_value *a, incir_value *b);

/* The polynomial of x with these coefficients, the highest power's first. */
incir_value *emit_polynomial(incir_graph *g, incir_value *x, const double *coefficients, size_t n);
incir_value *emit_square(incir_graph *g, incir_value *x);

/* Rounding of floats towards zero; integers as they are. */
incir_value *emit_trunc(incir_graph *g, incir_value *x);
/* floor(a / b), in their common type. */
incir_value *emit_floor_divide(incir_graph *g, incir_value *a, incir_value *b);
/* a - b · floor(a / b): Python's %, with the divisor's sign. */
incir_value *emit_remainder(incir_graph *g, incir_value *a, incir_value *b);
/* ONNX's Mod with fmod=1: the dividend's sign. */
incir_value *emit_fmod(incir_graph *g, incir_value *a, incir_value *b);
/* Where along its last axis a bool tensor is set last, -1 where it is nowhere; the axis stays, of
 * size 1. */
incir_value *emit_last_set(incir_graph *g, incir_value *hit);
/* Whether any element of a bool tensor is set, along axes; n = 0: all axes. */
incir_value *emit_any(incir_graph *g, incir_value *x, const size_t *axes, size_t n, bool keepdim);
/* The same for all. */
incir_value *emit_all(incir_graph *g, incir_value *x, const size_t *axes, size_t n, bool keepdim);

/* (Σ |x|^p)^(1/p) along axes; infinite p: the largest or smallest; 0: how many are not zero. n = 0:
 * of each element alone. */
incir_value *emit_norm(incir_graph *g, incir_value *x, double p, const size_t *axes, size_t n,
                       bool keepdim);

/* Complex numbers as [..., 2], and back. */
incir_value *emit_pairs(incir_graph *g, incir_value *z);
incir_value *emit_from_pairs(incir_graph *g, incir_value *x);
/* a b. */
incir_value *emit_complex_product(incir_graph *g, incir_value *a, incir_value *b);
/* z to the power w; of lib/ops/aten/complex.c. */
incir_value *emit_complex_power(incir_graph *g, incir_value *z, incir_value *w);
/* |z|. */
incir_value *emit_modulus(incir_graph *g, incir_value *z);
/* The angle of a point, from -pi to pi. */
incir_value *emit_atan2(incir_graph *g, incir_value *y, incir_value *x);

/* Whether v is a scalar constant (not a parameter), and which. */
bool emit_known_scalar(incir_graph *g, const incir_value *v, double *value);
bool emit_is_scalar(incir_graph *g, const incir_value *v, double value);

/* bool[rows, columns], true where column - row == offset (on), or >= offset (above). */
typedef enum { EMIT_ON_DIAGONAL, EMIT_ABOVE_DIAGONAL } emit_diagonal_kind;
incir_value *emit_diagonal_mask(incir_graph *g, const incsym *rows, const incsym *columns,
                                int64_t offset, emit_diagonal_kind kind);

#endif
