/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of number.h share: number.c makes numbers of values and values of numbers,
 * number_arithmetic.c computes, number_logic.c compares, number_example.c knows what a number is
 * for the example inputs. */
#ifndef INC_FRONTEND_NUMBER_INTERNAL_H
#define INC_FRONTEND_NUMBER_INTERNAL_H

#include "frontend/number.h"

typedef incfe_number number;

/* What a scalar is for the example, as far back as its nodes compute with scalars alone. */
bool incfe_scalar_example(incir_graph *g, incir_value *v, double *value, int depth);
/* v, which is that number for the example where that is known. */
incir_value *incfe_with_example(incir_graph *g, incir_value *v, bool known, double example);
/* v, which is op_type of a and b (NULL: of a alone), with what it is for the example. */
incir_value *incfe_noted(incir_graph *g, const char *op_type, const number *a, const number *b,
                         incir_value *v);
number incfe_number_of_value(incir_value *value);
/* Whether the number is known, as a float. */
bool incfe_known_real(const number *a, double *value);
bool incfe_is_int(const number *a);
incir_value *incfe_number_cast(incir_graph *g, incir_value *v, incdtype t);
/* The number as a value of the graph: int64, float64 or bool. */
incir_value *incfe_as_value(incir_graph *g, const number *a);
/* The same as float64. */
incir_value *incfe_as_real(incir_graph *g, const number *a);
/* An integer that nodes compute is a size of its own. */
number incfe_as_size(incir_graph *g, incir_value *v);
/* By a node on float64, with one argument or two. */
number incfe_by_node(incir_graph *g, const char *op_type, const number *args, size_t n);
/* By a node on float64, or on int64 when both are ints. */
number incfe_by_typed_node(incir_graph *g, const char *op_type, const number *a, const number *b);
/* The tops of both over one bottom; false when that overflows. */
bool incfe_common_bottom(incir_graph *g, const number *a, const number *b, const incsym **x,
                         const incsym **y, int64_t *bottom);
number incfe_multiply(incir_graph *g, const number *a, const number *b);
number incfe_floor_divide(incir_graph *g, const number *a, const number *b, bool up);
number incfe_round_to_int(incir_graph *g, incfe_op op, const number *a);
number incfe_power(incir_graph *g, const number *a, const number *b);
number incfe_negate(incir_graph *g, number a);
number incfe_compare(incir_graph *g, incfe_op op, const number *a, const number *b);
number incfe_shift(incir_graph *g, const number *a, const number *b, bool left);
number incfe_logic(incir_graph *g, incfe_op op, const number *a, const number *b);
number incfe_choose_number(incir_graph *g, const number *condition, const number *yes,
                           const number *no);

#endif
