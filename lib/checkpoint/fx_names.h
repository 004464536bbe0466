/* SPDX-License-Identifier: Apache-2.0 */
/* How PyTorch's FX names the scales and zero points that quantization adds to a model.
 *
 * Each is an attribute of the module around the call, named after the call's scope and numbered in
 * the order in which FX observed values there:
 *
 *     conv1_input_scale_0, conv1_input_zero_point_0   what the module conv1 reads
 *     layer_0_scale_2, layer_0_zero_point_2           the result of a function called in layer.0
 *
 * In tables the two are "conv1#0" and "layer_0#2". Neural Compressor wraps the modules that it
 * quantizes one by one in another ("fc.module.weight"); their names are taken without it too. */
#ifndef INC_CHECKPOINT_FX_NAMES_H
#define INC_CHECKPOINT_FX_NAMES_H

#include "base/map.h"

/* "layer.0.lin" as "layer_0_lin": how FX writes a path into a name. */
const char *incckpt_flat(inccx *cx, const char *path);
/* "fc.module.weight" as "fc.weight". */
const char *incckpt_without_wrappers(inccx *cx, const char *path);
/* "layer.0" of "layer.0.lin", "" of "lin". */
const char *incckpt_scope_around(inccx *cx, const char *path);

typedef struct incckpt_fx_name {
    const char *scope;  /* "layer_0": what stands before what is said below */
    const char *number; /* "2" */
    bool is_input, is_scale;
} incckpt_fx_name;

/* Takes a key apart; false when FX names nothing so. */
bool incckpt_fx_name_parse(inccx *cx, const char *key, incckpt_fx_name *name);
/* "layer_0#2": what a table knows number k of a scope by. */
const char *incckpt_fx_key(inccx *cx, const char *scope, unsigned k);

/* How many values were observed in each scope so far. */
typedef struct incckpt_fx_counters {
    inccx *cx;
    incmap *inputs, *functions;
} incckpt_fx_counters;

incckpt_fx_counters incckpt_fx_counters_new(inccx *cx);
/* The entry of the scope's next number in table, NULL when the file has none. The scope has counted
 * one more afterwards when there is an entry, or when always. counter: one of the two. */
void *incckpt_fx_next(const incckpt_fx_counters *counters, incmap *counter, const incmap *table,
                      const char *scope, bool always);

#endif
