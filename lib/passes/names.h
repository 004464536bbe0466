/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are being given, shared by name_values.c and name_quantized.c. */
#ifndef INC_PASSES_NAMES_H
#define INC_PASSES_NAMES_H

#include "base/map.h"
#include "base/str.h"
#include "ir/graph.h"

typedef struct incpass_namer {
    inccx *cx; /* of the names; all else is in: */
    inccx *scratch;
    incmap *known; /* every name and every path of a scope there is, and what they were made from */
    incmap *owners; /* names that were there before -> the value that has it */
    incmap *scopes; /* address of a scope -> its unique path */
    incmap *bases;  /* value -> what its integers and its scale are named after */
    incstr text;
} incpass_namer;

/* The text that is formatted, or that with _1, _2, … behind it: the first name that nobody has. */
const char *incpass_new_name(incpass_namer *names, const char *format, ...) INC_PRINTF(2, 3);

/* ---- name_quantized.c ---- */
/* Gives constants that stand for weights without a key of their own (_frozen_param0, as PT2E leaves
 * them) the names of the modules that read them. */
void incpass_name_frozen(inccx *cx, incir_block *b);
/* Names the scales and zero points that a node reads, and QuantizeLinear and DequantizeLinear
 * themselves with what they give; false: the node is another, and is to be named as usual. Scales
 * of what the node gives are left to incpass_name_scales_after(). */
bool incpass_name_quantization(incpass_namer *names, incir_node *n);
/* Once the node's results have names: the scales and zero points of these. */
void incpass_name_scales_after(incpass_namer *names, incir_node *n);

#endif
