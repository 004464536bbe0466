/* Names that are being given, shared by name_values.c and name_quantized.c. */
#ifndef INC_PASSES_NAMES_H
#define INC_PASSES_NAMES_H

#include "base/map.h"
#include "ir/graph.h"

typedef struct incpass_namer {
    inccx *cx;
    incmap *taken;  /* every name there is */
    incmap *counts; /* base name -> how many have it, as pointer to uint32_t */
    incmap *scopes; /* address of a scope -> its unique name */
    incmap *paths;  /* names that scopes have */
    incmap *bases;  /* value -> what its integers and its scale are named after */
} incpass_namer;

/* base, base_1, base_2, …: the first that nobody has in taken. */
const char *incpass_unique_name(incpass_namer *names, incmap *taken, const char *base);

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
