/* The passes, one file each, and what they share. */
#ifndef INC_PASSES_INTERNAL_H
#define INC_PASSES_INTERNAL_H

#include "ir/onnx_ops.h"
#include "passes/pipeline.h"

bool incpass_remove_unused(inccx *cx, incir_graph *g);
bool incpass_fold_batch_norm(inccx *cx, incir_graph *g);
bool incpass_merge_chains(inccx *cx, incir_graph *g);
bool incpass_share_constants(inccx *cx, incir_graph *g);
bool incpass_share_nodes(inccx *cx, incir_graph *g);
bool incpass_name_values(inccx *cx, incir_graph *g);

/* How often each value is read, by nodes and as output of a block; indexed by incir_value.id. */
uint32_t *incpass_count_readers(inccx *cx, const incir_graph *g);
/* For each value whether it is an output of a block inside another: such a block has to make its
 * outputs itself. Indexed likewise. */
uint8_t *incpass_inner_outputs(inccx *cx, const incir_graph *g);

#endif
