/* SPDX-License-Identifier: Apache-2.0 */
/* A quantized state_dict over the FP32 graph of the same model: Neural Compressor's best_model.pt,
 * or what torch.save made of the state_dict of a model quantized by PyTorch's FX.
 *
 * The file has numbers and no graph. Modules are matched by their qualified name, functions by the
 * scope they are called in and their order there, as FX names what it adds. */
#ifndef INC_CHECKPOINT_CHECKPOINT_H
#define INC_CHECKPOINT_CHECKPOINT_H

#include "archive/model_file.h"
#include "ir/graph.h"

typedef struct incckpt incckpt;

/* Reads the state_dict; raises INC_E_FORMAT or INC_E_UNSUPPORTED when it is none, or not quantized.
 * config: the best_configure.yaml beside it, or NULL. g: the graph that it is for, or NULL. */
incckpt *incckpt_read(inccx *cx, incarc *archive, const incfile *config, const incir_graph *g);
/* Puts its numbers and the facts of quantization on a graph that a front end has just built. Raises
 * INC_E_ARGUMENT, naming what does not fit, when the two are not of one model. */
void incckpt_attach(inccx *cx, incckpt *checkpoint, incir_graph *g);

#endif
