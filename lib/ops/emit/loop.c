/* SPDX-License-Identifier: Apache-2.0 */
/* Loops that handlers make; see loop.h. */
#include "ops/emit/loop.h"

#include <assert.h>

#include "ops/call/block.h"
#include "ops/emit/shape.h"

void emit_loop(incir_graph *g, incir_value *steps, incir_value **states, size_t n,
               emit_loop_step step, const void *of)
{
    incir_value *inner[EMIT_MOST_STATES], *ends[EMIT_MOST_STATES];
    assert(n <= EMIT_MOST_STATES);
    incop_block *body = incop_begin_block(g);
    incir_value *i = incir_input(g, NULL, INCDT_I64, 0, NULL);
    incir_value *condition = incir_input(g, NULL, INCDT_BOOL, 0, NULL);
    incir_block_add_input(g, g->block, i);
    incir_block_add_input(g, g->block, condition);
    for (size_t k = 0; k < n; k++) {
        inner[k] = incir_input(g, NULL, states[k]->dtype, states[k]->rank, states[k]->dims);
        incir_block_add_input(g, g->block, inner[k]);
    }
    step(g, of, i, inner);
    incop_block_output(g, condition);
    for (size_t k = 0; k < n; k++)
        incop_block_output(g, inner[k]);
    incop_rollback(g, body);
    incir_node *node = incir_node_new(g, "Loop");
    incir_in(g, node, steps);
    incir_in(g, node, NULL);
    for (size_t k = 0; k < n; k++)
        incir_in(g, node, states[k]);
    incir_attr_block(g, node, "body", body->nodes);
    incir_emit_n(g, node, n, ends);
    for (size_t k = 0; k < n; k++)
        states[k] = emit_set_dims(g, ends[k], states[k]->dims);
}
