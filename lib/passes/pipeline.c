/* The order of the passes. */
#include "passes/passes.h"

void incpass_run(inccx *cx, incir_graph *g)
{
    (void)cx;
    (void)g;
}
