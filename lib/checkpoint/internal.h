/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a quantized state_dict once its keys are read. read.c fills it in, config.c adds
 * what best_configure says; plan.h and attach.h have what is made of it. */
#ifndef INC_CHECKPOINT_INTERNAL_H
#define INC_CHECKPOINT_INTERNAL_H

#include "base/vec.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/fx_names.h"

/* A scale with its zero point. */
typedef struct incckpt_qparams {
    const char *key; /* as in the file, for messages */
    double scale;
    int64_t zero_point;
    bool has_scale, has_zero_point, used;
    bool is_noted; /* in best_configure only: may be of what the model does not run */
    bool is_stub;  /* of a module that does nothing but quantize */
} incckpt_qparams;

typedef struct incckpt_module {
    const char *name;        /* qualified, as in the file */
    const inctensor *weight; /* quantized, or plain where the module stayed float */
    const inctensor *bias;
    bool has_bias_entry; /* the file has a key for its bias, maybe of None */
    incckpt_qparams output;
    bool is_dynamic; /* its input's qparams are computed when the model runs */
    bool is_alone;   /* quantized by itself: it dequantizes its result for what follows */
    bool used;
} incckpt_module;

/* Weights of one direction of a recurrent layer, or of a cell. */
typedef struct incckpt_layer {
    const char *name;                     /* as in the file, for messages */
    const inctensor *weight[2], *bias[2]; /* of the input, of the state */
    bool used;
} incckpt_layer;

typedef INC_VEC(incckpt_module *) incckpt_modules;

struct incckpt {
    incmap *modules;   /* name -> incckpt_module */
    incmap *wrapped;   /* the same by the name without wrappers, where that is another */
    incmap *inputs;    /* "layer_0_lin#0" -> incckpt_qparams: of what is quantized for a module */
    incmap *functions; /* the same, of results of functions */
    incmap *packed;    /* "layer_0#0" -> incckpt_module: weights of functions (F.conv2d) */
    incmap *layers;    /* "lstm#0" -> incckpt_layer: of recurrent layers, one for a direction */
    incmap *plain;     /* key -> const inctensor, of everything that is not quantized */
    incckpt_modules stubs;             /* modules that only quantize (eager mode), in order */
    incmap *float_modules;             /* names of those that best_configure says stayed float */
    INC_VEC(const char *) sub_modules; /* what was quantized alone; none: all of the model */
    bool is_dynamic;
    bool is_eager; /* no names of FX: what to quantize is written in the model */
};

/* ---- modules.c ---- */

/* The entry of a module of the model, NULL when there is none. */
incckpt_module *incckpt_module_of(const incckpt *c, const char *name);
/* The entry of that very name, made when there is none; key is for messages. */
incckpt_module *incckpt_module_named(inccx *cx, incckpt *c, const char *name, const char *key);
/* Whether it has a weight of integers. m may be NULL. */
bool incckpt_is_weighted(const incckpt_module *m);

/* ---- layers.c ---- */

/* Takes "lstm._all_weight_values.0.param" or "cell._packed_weight_ih"; false: key is none. */
bool incckpt_read_layer(inccx *cx, incckpt *c, const char *key, const incpkl_value *v);
/* What the checkpoint has for a parameter of a recurrent layer ("lstm.weight_ih_l0_reverse"); NULL
 * when nothing. is_two_way: whether the layer also runs backwards. */
incckpt_layer *incckpt_layer_of(inccx *cx, const incckpt *c, const char *key, bool is_two_way,
                                const inctensor **found);

/* ---- best_configure ---- */

const incpkl_value *incckpt_read_yaml(inccx *cx, const incfile *file);
/* Raises INC_E_UNSUPPORTED for other kinds of checkpoints. */
void incckpt_use_config(inccx *cx, incckpt *c, const incpkl_value *config);

#endif
