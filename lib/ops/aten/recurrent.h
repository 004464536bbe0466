/* SPDX-License-Identifier: Apache-2.0 */
/* What packed sequences need of recurrent layers. */
#ifndef INC_OPS_ATEN_RECURRENT_H
#define INC_OPS_ATEN_RECURRENT_H

#include "ops/call/op.h"

/* [steps, sequences, …] with the first two axes as one, as packed sequences have them. */
incir_value *incop_flatten_steps(incir_graph *g, incir_value *x);
/* The results of the layers that c calls, on x: [steps, sequences, features], the sequences of
 * those lengths. */
void incop_return_recurrent(incop_call *c, incir_value *x, incir_value *lengths);

#endif
