/* SPDX-License-Identifier: Apache-2.0 */
/* The passes, one file each, and what they share. */
#ifndef INC_PASSES_INTERNAL_H
#define INC_PASSES_INTERNAL_H

#include "ir/onnx_ops.h"
#include "ir/rewrite.h"
#include "passes/pipeline.h"

bool incpass_remove_unused(inccx *cx, incir_graph *g);
bool incpass_fold_batch_norm(inccx *cx, incir_graph *g);
bool incpass_merge_chains(inccx *cx, incir_graph *g);
bool incpass_share_constants(inccx *cx, incir_graph *g);
bool incpass_share_nodes(inccx *cx, incir_graph *g);
bool incpass_name_values(inccx *cx, incir_graph *g);
bool incpass_tell_runtimes(inccx *cx, incir_graph *g);

#endif
