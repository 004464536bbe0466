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

void incpass_run(inccx *cx, incir_graph *g, const incpass *list);

#endif
