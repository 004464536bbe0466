/* SPDX-License-Identifier: Apache-2.0 */
/* A graph as text, for people and for tests. */
#ifndef INC_IR_DUMP_H
#define INC_IR_DUMP_H

#include "base/str.h"
#include "ir/graph.h"

/* One line for every input, constant, node and output:
 *
 *     input  x: float32[batch, 3, 224, 224]
 *     const  conv.weight: float32[64, 3, 7, 7]
 *     %3 = Conv(x, conv.weight) {strides=[2, 2]} : float32[batch, 64, 112, 112]  # /conv net.py:7
 *     output %3
 *
 * Values without a name are %n, numbered by first appearance; short constants stand as they are. */
void incir_dump(incir_graph *g, incstr *out);

#endif
