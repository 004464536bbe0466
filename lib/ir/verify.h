/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a graph is well-formed; for debug builds and tests. */
#ifndef INC_IR_VERIFY_H
#define INC_IR_VERIFY_H

#include "ir/graph.h"

/* Raises INC_E_INTERNAL unless every value is made once, before it is read, in a block that the
 * reader can see, and has a type; and every node hangs in its block. Linear. */
void incir_verify(incir_graph *g);

#endif
