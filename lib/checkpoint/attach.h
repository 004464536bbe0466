/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out the plan: what attach.c keeps while it walks over the graph, and its helpers. */
#ifndef INC_CHECKPOINT_ATTACH_H
#define INC_CHECKPOINT_ATTACH_H

#include "checkpoint/plan.h"
#include "ir/rewrite.h"

typedef struct incckpt_attacher {
    inccx *cx;
    incckpt *c;
    incir_graph *g;
    incckpt_plan *p;
    uint32_t n_ids;
    incir_rebuild walk;           /* with what stands in the place of old values */
    incir_value **on_integers;    /* by id: the value as quantized operators read it */
    const incir_quant **quantize; /* by id: what the value is quantized to where it is made */
    bool *ends;                   /* by id: nothing behind it runs on its integers */
    const incckpt_step *step;     /* the one whose nodes are being visited */
    incmap *layers;               /* names of parameters -> what is read instead */
    incir_value *added_bias;      /* to be added to the product being visited */
    INC_VEC(const char *) misfits;
} incckpt_attacher;

/* Notes something that does not fit, once. */
void incckpt_misfit(incckpt_attacher *a, const char *text);
/* Raises INC_E_ARGUMENT when something was noted, or an entry was not used. */
void incckpt_report_misfits(incckpt_attacher *a);

/* ---- attach_weights.c ---- */

bool incckpt_same_sizes(const inctensor *t, const incir_value *v, bool swapped);
/* The checkpoint's weight in the place of node input i. */
void incckpt_set_weight(incckpt_attacher *a, incir_node *n, size_t i, incckpt_module *m);
/* Weight and bias of a product; a bias that needs a node of its own is left in a->added_bias. */
void incckpt_set_weights(incckpt_attacher *a, const incckpt_step *s);
/* That node, behind the product. */
void incckpt_add_bias(incckpt_attacher *a, const incir_node *product);
/* A batch norm that was trained with the product before it. */
void incckpt_set_norm(incckpt_attacher *a, incir_node *n, const char *name);
/* Weights of what stayed float: training (QAT) changed them too. */
void incckpt_take_plain(incckpt_attacher *a, incir_node *n);

/* ---- attach_layers.c ---- */

/* What a parameter of a recurrent layer becomes; NULL: it stays. */
incir_value *incckpt_layer_parameter(incckpt_attacher *a, const incir_value *v);
/* The weights that a recurrent operator of ONNX reads, as integers. */
bool incckpt_set_layer_weights(incckpt_attacher *a, incir_node *n);
#endif
