/* SPDX-License-Identifier: Apache-2.0 */
/* Names of key/value caches as Hugging Face's Optimum and its runtimes have them. */
#ifndef INC_FRONTEND_CACHE_NAMES_H
#define INC_FRONTEND_CACHE_NAMES_H

#include "ir/graph.h"

/* "past_key_values.3.key" of "key_cache_3" or "layers.3.values"; is_output: "present.3.key". NULL
 * when name has not both which of the two it is and one number. */
const char *incfe_cache_name(inccx *cx, const char *name, bool is_output);

/* Renames the inputs and outputs of the graph that are called so, from the n_given_… on: those
 * before were named by the application. */
void incfe_name_caches(inccx *cx, incir_graph *g, size_t n_given_inputs, size_t n_given_outputs);

#endif
