/* SPDX-License-Identifier: Apache-2.0 */
/* What a front end is asked for, and what it leaves: a graph that is named at its inputs and
 * outputs, and whose sizes are symbols where the request says so. */
#ifndef INC_FRONTEND_FRONTEND_H
#define INC_FRONTEND_FRONTEND_H

#include "archive/model_file.h"
#include "ir/graph.h"

/* One axis of an input or output that is not fixed to its size in the example. */
typedef struct incfe_axis {
    const char *value;  /* the input's or output's name in the ONNX model */
    int64_t axis;       /* negative: from the end */
    const char *symbol; /* "batch_size"; NULL: to be made up. Equal names are equal sizes. */
} incfe_axis;

/* Which of the ranks that sizes decide (squeeze() of an axis that may be 1) are decided when the
 * model runs; the others are those of the example, with a warning. */
typedef enum incfe_chosen_ranks {
    INCFE_RANKS_NONE,
    INCFE_RANKS_OF_AXES, /* dynamic_axes' sizes, and what is computed of them */
    INCFE_RANKS_OF_DATA  /* those that only the data tells, too */
} incfe_chosen_ranks;

typedef struct incfe_ranks {
    incfe_chosen_ranks chosen;
    incfe_chosen_ranks met; /* comes out: the most that there was of it */
} incfe_ranks;

typedef struct incfe_request {
    uint32_t opset;
    incir_wish *wish; /* see incir_graph; NULL: nobody asks */
    /* In forward's order, flattened; n_examples 0: the inputs recorded in the model. */
    const inctensor *const
        *examples; /* NULL for None; perhaps without data: then only type and sizes count */
    const char *const *example_names; /* entries may be NULL; as the application or the .npz said */
    size_t n_examples;
    const char *const *input_names; /* n_input_names 0: the names in the model's code */
    size_t n_input_names;
    const char *const *output_names;
    size_t n_output_names;
    const incfe_axis *axes;
    size_t n_axes;
    bool keep_calls;     /* see incir_graph */
    const char *program; /* of a torch.export archive that has several; NULL: the only one */
    const char *method;  /* of a TorchScript module; NULL: forward */
    bool names_caches;   /* key/value caches by Hugging Face's names */
    bool fuses;          /* see incir_graph */
    const struct incop_custom *custom; /* operators that lib/ops has no row for; NULL: none */
    uint32_t unroll_limit; /* turns of a loop of a known count that are unrolled; 0: the default */
    struct incfe_states
        *states;        /* what the evaluation finds of state, see state.h; NULL: nothing */
    incfe_ranks *ranks; /* NULL: chosen, and nobody asks */
} incfe_request;

/* TorchScript: evaluates forward, which calls the handler of every operator it meets. Raises
 * INC_E_INPUT when the examples do not fit, INC_E_UNSUPPORTED with all operators that have no
 * handler. */
incir_graph *incts_build(inccx *cx, incarc *archive, const incfe_request *request);

/* torch.export: walks the program's graph, which calls the same handlers. Types and sizes are the
 * file's own; examples, where given, have to fit them. Raises as incts_build(). */
incir_graph *incpt2_build(inccx *cx, incarc *archive, const incfe_request *request);

/* What a file says of itself without being evaluated. */
typedef struct incfe_input {
    const char *name;
    bool is_known; /* whether type and sizes are */
    incdtype dtype;
    size_t rank;
    const int64_t *sizes;       /* -1: free */
    const char *const *symbols; /* names of free sizes; NULL where fixed */
    const char *type; /* in forward()'s signature: "Tensor", "List[int]"; NULL: not said */
} incfe_input;

/* A parameter or buffer. */
typedef struct incfe_weight {
    const char *name; /* the key of the state_dict, where there is one */
    incdtype dtype;
    size_t rank;
    const int64_t *sizes;
    uint64_t bytes;
    bool is_quantized;
} incfe_weight;

typedef struct incfe_operator {
    const char *name; /* "aten.conv2d.default" */
    uint64_t count;
} incfe_operator;

typedef struct incfe_range {
    const char *symbol;
    int64_t low, high; /* high INT64_MAX: no end */
} incfe_range;

typedef struct incfe_description {
    const char *method;        /* comes in: whose inputs are described; NULL: forward */
    const char *torch_version; /* NULL when not said */
    const char *class_name;    /* NULL when there is none */
    bool is_quantized;
    bool has_recorded_inputs; /* types and sizes of inputs are in the file */
    const incfe_input *inputs;
    size_t n_inputs;
    const incfe_input *outputs; /* this and what follows: of torch.export archives only */
    size_t n_outputs;
    const incfe_operator *operators; /* most frequent first */
    size_t n_operators;
    const incfe_range *ranges; /* of free sizes */
    size_t n_ranges;
    const char *const *programs;
    size_t n_programs;
    const char *const *methods; /* of TorchScript modules: "encode(x: Tensor)" */
    size_t n_methods;
    uint64_t n_weights, weight_bytes; /* elements and bytes; what is shared counts once */
    const incfe_weight *weights;      /* each of them once */
    size_t n_weight_tensors;
    const char *contents; /* of what torch.save wrote: "a state_dict of 12 tensors"; else NULL */
    const char *key;      /* below which a checkpoint has its state_dict; NULL: it is one */
} incfe_description;

/* ---- the front ends ---- */

/* What reads a kind of file. Front ends know nothing of one another, and lib/api knows none by
 * name: a new one is a row in frontends.c. */
typedef struct incfe_frontend {
    incarc_kind kinds[2]; /* the current format of the file, and a variant of it */
    void (*describe)(inccx *cx, incarc *archive, incfe_description *description);
    bool (*is_quantized)(inccx *cx, incarc *archive); /* as describe says, found more cheaply */
    incir_graph *(*build)(inccx *cx, incarc *archive, const incfe_request *request); /* NULL: such a
                                                                         file holds no graph */
    bool has_programs; /* a file may hold several graphs, and a request says which */
} incfe_frontend;

/* The row for a file; NULL for arrays, which are no model. */
const incfe_frontend *incfe_frontend_of(const incarc *archive);

void incts_describe(inccx *cx, incarc *archive, incfe_description *description);
bool incts_is_quantized(inccx *cx, incarc *archive);
/* Describes the program "model", or the first. */
void incpt2_describe(inccx *cx, incarc *archive, incfe_description *description);
bool incpt2_is_quantized(inccx *cx, incarc *archive);
/* What torch.save wrote: weights without a graph. */
void incsaved_describe(inccx *cx, incarc *archive, incfe_description *description);
bool incsaved_is_quantized(inccx *cx, incarc *archive);

#endif
