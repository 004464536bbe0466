/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes from one line of text, and values as text, so that tests are tables.
 *
 *     Conv(float32[n, 3, 8, 8], float32[4, 3, 3, 3]) strides=[2, 2]
 *     Reshape(float32[n, 6], {n, 2, -1})          sizes, symbolic or not
 *     Add(int64[2]={1, 2}, int64={3})             constants
 *     Range(<0>, <n>, <1>)                        scalars of sizes
 *     Split(float32[n, 6]) axis=1 -> 2            outputs, when not one
 *
 * A letter is an axis of an input of the graph, 7 in the example and never less than 1. Sizes are
 * sums and products without brackets. An argument - is left out. */
#ifndef TXT_TEXT_H
#define TXT_TEXT_H

#include "ir/graph.h"

/* Emits the node; outputs[0] is NULL at no time, since what does not fit raises. */
incir_value **txt_emit(incir_graph *g, const char *line, size_t *n_outputs);
incir_value *txt_value(incir_graph *g, const char *text);
const incsym *txt_size(incir_graph *g, const char *text);
/* float32[n, 3], float32[2]={1, 2.5}, {n, 2}, <n + 1> */
const char *txt_show(incir_graph *g, incir_value *v);
/* The line's outputs as text, or the message that it raised. */
const char *txt_result(inccx *cx, uint32_t opset, const char *line);

#endif
