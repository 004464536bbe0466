/* Passes: what makes a graph smaller without changing what it computes. */
#ifndef INC_PASSES_PASSES_H
#define INC_PASSES_PASSES_H

#include "ir/graph.h"

/* Runs all passes in their order; see pipeline.c. */
void incpass_run(inccx *cx, incir_graph *g);

#endif
