/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and outputs of the graph that a front end makes: names, and what dynamic_axes asks of
 * them. */
#ifndef INC_FRONTEND_SIGNATURE_H
#define INC_FRONTEND_SIGNATURE_H

#include "base/vec.h"
#include "frontend/frontend.h"
#include "ops/call/value.h"

typedef struct incfe_output {
    incir_value *value;
    const char *name; /* that the model itself has for it; NULL: none */
} incfe_output;
typedef INC_VEC(incfe_output) incfe_outputs;

/* Adds what forward() returned; nothing for None, and for what is unknown because an operator is
 * missing. Raises INC_E_UNSUPPORTED for what cannot be an output. */
void incfe_outputs_add(incir_graph *g, incfe_outputs *outputs, incval v, const char *name);
/* Makes them outputs of the graph, named as the request says. names: of all inputs and outputs.
 * is_complete: no operator is missing, so that too few are an error. */
void incfe_outputs_make(incir_graph *g, const incfe_request *request, incmap *names,
                        const incfe_outputs *outputs, bool is_complete);

/* Raises INC_E_INPUT when dynamic_axes asks for an axis that name, of that rank, does not have. */
void incfe_axes_check_rank(inccx *cx, const incfe_request *request, const char *name, size_t rank);
/* The entry of dynamic_axes for an axis of an input, noted in used; NULL when there is none. Raises
 * INC_E_INPUT when there are two (0 and -4 are the same axis of four). */
const incfe_axis *incfe_axes_find(inccx *cx, const incfe_request *request, const char *name,
                                  size_t rank, size_t axis, bool *used);
/* Once the graph is made: entries that name an output can only be confirmed. */
void incfe_axes_check(incir_graph *g, const incfe_request *request, const bool *used);

#endif
