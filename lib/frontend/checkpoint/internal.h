/* What read.c finds in a state_dict and attach.c looks for. */
#ifndef INC_FRONTEND_CHECKPOINT_INTERNAL_H
#define INC_FRONTEND_CHECKPOINT_INTERNAL_H

#include "frontend/checkpoint/checkpoint.h"

/* A scale with its zero point. */
typedef struct incckpt_grid {
    const char *key; /* as in the file, for messages */
    double scale;
    int64_t zero_point;
    bool has_scale, has_zero_point, used;
} incckpt_grid;

typedef struct incckpt_module {
    const char *name;        /* qualified, wrappers called "module" left out */
    const inctensor *weight; /* quantized, or plain where the module stayed float */
    const inctensor *bias;
    incckpt_grid output;
    bool is_alone; /* quantized by itself: what follows it reads reals */
    bool used;
} incckpt_module;

struct incckpt {
    incmap *modules;   /* name -> incckpt_module */
    incmap *inputs;    /* "layer_0_lin#0" -> incckpt_grid: of what is quantized before a module */
    incmap *functions; /* the same, of results of functions */
    incmap *plain;     /* key -> const inctensor, of everything that is not quantized */
    bool is_dynamic;
};

/* "layer.0.lin" as "layer_0_lin": how FX writes a path into a name. */
const char *incckpt_flat(inccx *cx, const char *path);

#endif
