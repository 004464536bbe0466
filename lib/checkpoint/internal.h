/* What read.c finds in a state_dict, plan.c decides from it, and attach.c puts on the graph. */
#ifndef INC_CHECKPOINT_INTERNAL_H
#define INC_CHECKPOINT_INTERNAL_H

#include "base/vec.h"
#include "checkpoint/checkpoint.h"
#include "ir/onnx_ops.h"
#include "ir/quant.h"

/* A scale with its zero point. */
typedef struct incckpt_grid {
    const char *key; /* as in the file, for messages */
    double scale;
    int64_t zero_point;
    bool has_scale, has_zero_point, used;
    bool is_noted; /* in best_configure only: may be of what the model does not run */
    bool is_stub;  /* of a module that does nothing but quantize */
} incckpt_grid;

typedef struct incckpt_module {
    const char *name;        /* qualified, as in the file */
    const inctensor *weight; /* quantized, or plain where the module stayed float */
    const inctensor *bias;
    incckpt_grid output;
    bool is_dynamic; /* its input's grid is found when the model runs */
    bool is_alone;   /* quantized by itself: what follows it reads reals */
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
    incmap *inputs;    /* "layer_0_lin#0" -> incckpt_grid: of what is quantized before a module */
    incmap *functions; /* the same, of results of functions */
    incmap *layers;    /* "lstm#0" -> incckpt_layer: of recurrent layers, one for a direction */
    incmap *plain;     /* key -> const inctensor, of everything that is not quantized */
    incckpt_modules stubs;             /* modules that only quantize (eager mode), in order */
    incmap *float_modules;             /* names of those that best_configure says stayed float */
    INC_VEC(const char *) sub_modules; /* what was quantized alone; none: all of the model */
    bool is_dynamic;
    bool is_eager; /* no names of FX: what to quantize is written in the model */
};

/* The entry of a module of the model, NULL when there is none. */
incckpt_module *incckpt_module_of(inccx *cx, const incckpt *c, const char *name);
/* "layer.0.lin" as "layer_0_lin": how FX writes a path into a name. */
const char *incckpt_flat(inccx *cx, const char *path);
/* Removes what Neural Compressor wraps modules in that it quantizes one by one. */
const char *incckpt_without_wrappers(inccx *cx, const char *path);

/* What the checkpoint has for a parameter of a recurrent layer ("lstm.weight_ih_l0_reverse"); NULL
 * when nothing. is_two_way: whether the layer also runs backwards. */
incckpt_layer *incckpt_layer_of(inccx *cx, const incckpt *c, const char *key, bool is_two_way,
                                const inctensor **found);

/* ---- best_configure ---- */

const incpkl_value *incckpt_read_yaml(inccx *cx, const incfile *file);
/* Raises INC_E_UNSUPPORTED for other kinds of checkpoints. */
void incckpt_use_config(inccx *cx, incckpt *c, const incpkl_value *config);

/* ---- the plan ---- */

typedef enum incckpt_kind {
    INCCKPT_FLOAT,
    INCCKPT_PRODUCT,  /* of a module with quantized weights */
    INCCKPT_KEPT,     /* of a module that has plain ones in the checkpoint */
    INCCKPT_OWN,      /* a module without quantized weights, with a grid of its own */
    INCCKPT_FUNCTION, /* a function whose result has one */
    INCCKPT_SHARED,   /* its results are on the grid of its input */
    INCCKPT_FIXED,    /* its result always has the same grid */
    INCCKPT_SCALAR    /* with a number: moves the grid of its input */
} incckpt_kind;

/* One call of an operator: what FX has as a node. */
typedef struct incckpt_step {
    incir_node *first, *last, *product;
    incckpt_kind kind;
    incckpt_module *module;
    const char *scope;   /* whose numbers name its result */
    const char *reader;  /* whose numbers name its inputs */
    incir_value *data;   /* its first argument */
    incir_value *result; /* put on the grid: behind what was fused to it */
    incckpt_grid *grid;
    const char *norm; /* of a batch norm: where the checkpoint has it; NULL: it is folded */
    bool is_absorbed; /* belongs to the step before: a relu or batch norm */
    const struct incckpt_step *absorbed_by;
    bool is_float; /* found to have run on reals */
} incckpt_step;

typedef struct incckpt_plan {
    inccx *cx;
    incckpt *c;
    incir_graph *g;
    incckpt_step *steps;
    size_t n_steps;
    uint32_t n_ids;
    incckpt_grid **number; /* by id: the grid on which quantized readers see the value */
    incmap *parameters;    /* names of those that the graph reads */
    incir_node **reader;   /* by id: the last one */
    uint32_t *n_readers;
} incckpt_plan;

incckpt_plan *incckpt_plan_make(inccx *cx, incckpt *c, incir_graph *g);
/* Of a node that stood in the graph when the plan was made. */
incckpt_step *incckpt_step_of(const incckpt_plan *p, const incir_node *n);
/* Whether the step takes v as integers when one of its nodes reads it. */
bool incckpt_takes_integers(const incckpt_plan *p, const incckpt_step *s, const incir_value *v);

#endif
