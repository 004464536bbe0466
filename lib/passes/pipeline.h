/* SPDX-License-Identifier: Apache-2.0 */
/* Passes: what makes a graph smaller, or ready to be written, without changing what it computes. */
#ifndef INC_PASSES_PIPELINE_H
#define INC_PASSES_PIPELINE_H

#include "ir/graph.h"

typedef struct incpass {
    const char *name;
    /* Walks the graph a fixed number of times; returns whether anything changed. */
    bool (*run)(inccx *cx, incir_graph *g);
} incpass;

/* Lists end with an entry without a name. */
extern const incpass incpass_clean_up[]; /* after the front end */
extern const incpass incpass_finish[];   /* before writing: the graph is as it will be */

/* The oldest opset that everything else writes for. */
enum { INCPASS_OLDEST_OPSET = 11 };
/* Turns a graph for that one into one for opset 10, before incpass_finish. Raises INC_E_UNSUPPORTED
 * with all operators that opset 10 cannot say. */
void incpass_write_for_10(inccx *cx, incir_graph *g);

void incpass_run(inccx *cx, incir_graph *g, const incpass *list);

#endif
