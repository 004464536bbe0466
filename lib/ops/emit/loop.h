/* SPDX-License-Identifier: Apache-2.0 */
/* Loops that handlers make. */
#ifndef INC_OPS_EMIT_LOOP_H
#define INC_OPS_EMIT_LOOP_H

#include "ops/emit/emit.h"

enum { EMIT_MOST_STATES = 4 };

/* One step: i is an int64 scalar, states become those after it, of the same types and shapes. of is
 * the caller's. */
typedef void (*emit_loop_step)(incir_graph *g, const void *of, incir_value *i,
                               incir_value **states);

/* A Loop of that many steps (an int64 scalar); states become those at its end. */
void emit_loop(incir_graph *g, incir_value *steps, incir_value **states, size_t n,
               emit_loop_step step, const void *of);

#endif
