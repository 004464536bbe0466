/* SPDX-License-Identifier: Apache-2.0 */
/* The graph: values, nodes and blocks, in the operators of ONNX.
 *
 * A node is made, given inputs and attributes, and emitted. Emitting infers the types and shapes of
 * its outputs, computes it at once where all it reads is known and small (then no node remains),
 * turns symbolic sizes it reads into nodes, and appends it to the current block. Ranks and element
 * types are always known; a dimension is an incsym. All memory is the context's arena. */
#ifndef INC_IR_GRAPH_H
#define INC_IR_GRAPH_H

#include "base/context.h"
#include "base/map.h"
#include "ir/call.h"
#include "ir/sym.h"
#include "tensor/tensor.h"

typedef struct incir_block incir_block;
typedef struct incir_attr incir_attr;

typedef enum incir_kind {
    INCIR_INPUT,    /* of a block */
    INCIR_RESULT,   /* of producer */
    INCIR_CONSTANT, /* an initializer */
    INCIR_SIZES,    /* int64 scalar or vector of expressions, not yet nodes; see incir_sizes() */
    INCIR_COMPLEX   /* a pair of real values, re and im; no node reads it */
} incir_kind;

struct incir_value {
    incir_kind kind;
    incdtype dtype;
    size_t rank;
    const incsym *const *dims; /* rank of them */
    const char *name;          /* given by the model or the config; else NULL until named */
    incir_node *producer;      /* INCIR_RESULT */
    size_t output_index;       /* which of the producer's outputs */
    const inctensor *constant; /* INCIR_CONSTANT; of a number or a truth that the model computes:
                                  what it is for the example, where that is known */
    const incsym *const
        *contents;        /* int64, rank 0 or 1: the elements as expressions, where known */
    incir_value *re, *im; /* INCIR_COMPLEX: of one type and shape */
    bool is_number;       /* a Python number made a tensor: weak in type promotion */
    bool is_parameter;    /* a constant of the state_dict: name is its key */
    bool is_sequence;     /* of tensors, each of the type; their number the data decides */
    const char *origin;   /* a constant made of one parameter: that one's key, and what was done */
    incir_call *call;     /* where it was made; a constant is named after its scope */
    uint32_t id;          /* in order of making */
    uint32_t mark;        /* scratch of the pass that runs */
};

typedef enum incir_attr_kind {
    INCIR_ATTR_INT,
    INCIR_ATTR_FLOAT,
    INCIR_ATTR_STRING,
    INCIR_ATTR_INTS,
    INCIR_ATTR_FLOATS,
    INCIR_ATTR_STRINGS,
    INCIR_ATTR_TENSOR,
    INCIR_ATTR_BLOCK
} incir_attr_kind;

struct incir_attr {
    incir_attr *next;
    const char *name;
    incir_attr_kind kind;
    size_t n;
    union {
        int64_t i;
        float f;
        const char *s;
        const int64_t *ints;
        const float *floats;
        const char *const *strings;
        const inctensor *tensor;
        incir_block *block;
    } u;
};

struct incir_node {
    const char *domain; /* "" is ONNX's own */
    const char *op_type;
    const struct incir_op *op; /* what is known of the two: its row in ir/onnx_ops.c */
    const char *name;          /* NULL until named */
    size_t n_inputs, cap_inputs;
    incir_value **inputs; /* NULL: an optional input left out */
    size_t n_outputs;
    incir_value **outputs; /* NULL: an optional output nobody wants */
    incir_attr *attrs;     /* in order of adding */
    incir_block *block;
    incir_node *previous, *next;
    incir_call *call;                /* whose work it does; never NULL */
    const struct incir_quant *quant; /* of the operators of ir/quant.h */
    bool frees_ranks;                /* an If whose arms may give values of unlike ranks */
    uint32_t mark;
};

struct incir_block {
    incir_graph *graph;
    incir_block *outer;
    size_t n_inputs, n_outputs, cap_inputs, cap_outputs;
    incir_value **inputs, **outputs;
    incir_node *first, *last;
    incmap *materialised; /* private to materialise.c */
};

/* The lowest opset in which all that was met could be said best, and the operator that asked for it
 * first. */
typedef struct incir_wish {
    uint32_t opset;
    const char *op;
} incir_wish;

/* What a value is before there is one. */
typedef struct incir_type {
    incdtype dtype;
    size_t rank;
    const incsym *const *dims;
} incir_type;

struct incir_graph {
    inccx *cx;
    uint32_t opset;
    incir_wish *wish; /* NULL: nobody asks */
    incsym_table *syms;
    incir_block *main;
    incir_block *block; /* where incir_emit() appends */
    incir_call *call;   /* whose work is being emitted, or the place where a front end is */
    /* The line of Python behind a call: a front end's, which raises nothing but INC_E_MEMORY. NULL:
     * none are known. */
    const char *(*find_python)(void *data, const incir_call *call);
    void *find_python_data;
    /* A checkpoint will be laid over the graph: every call by the model's code leaves a node, and
     * nothing is computed from parameters. */
    bool keep_calls;
    bool fuses; /* whole operators of new opsets are written for what runtimes fuse anyway */
    bool int8_by_place; /* all is, that stands between a dequantize and a quantize */
    /* What the file says that the call being made gives; NULL: it says nothing. */
    const incir_type *(*find_types)(void *find_python_data, const incir_call *call, size_t *n);
    const struct incop_custom *custom; /* of lib/ops: operators without a row; NULL: none */
    uint32_t n_values, n_nodes;
    incmap *constants;        /* private: parameters by key */
    incmap *fractions;        /* private to the front ends: float64 value -> the expression it is */
    void *ops;                /* private to lib/ops: schemas parsed so far */
    incmap *facts;            /* likewise: conditions that hold everywhere from here on */
    struct incop_block *open; /* likewise: the innermost block that is being filled */
};

incir_graph *incir_graph_new(inccx *cx, uint32_t opset);
/* Whether the graph's opset is at least that; where it is not, it is wished for. Asked by whatever
 * has a better form from that opset on than the one below it. */
bool incir_has_opset(incir_graph *g, uint32_t opset);

/* ---- values ---- */
incir_value *incir_input(incir_graph *g, const char *name, incdtype dtype, size_t rank,
                         const incsym *const *dims);
/* re + im i, of one float type and shape. What a node would have to read of it raises. */
incir_value *incir_complex(incir_graph *g, incir_value *re, incir_value *im);
/* A tensor as a value. name: the state_dict key (then the same key gives the same value), or NULL.
 * Of complex numbers: a pair of constants. */
incir_value *incir_constant(incir_graph *g, const inctensor *t, const char *name);
incir_value *incir_const_i64(incir_graph *g, int64_t value);                    /* rank 0 */
incir_value *incir_const_i64s(incir_graph *g, const int64_t *values, size_t n); /* rank 1 */
incir_value *incir_const_float(incir_graph *g, incdtype dtype, double value);   /* rank 0 */
incir_value *incir_const_bool(incir_graph *g, bool value);
/* An int64 vector of n expressions (or, scalar, rank 0): a constant when all are known. */
incir_value *incir_sizes(incir_graph *g, const incsym *const *items, size_t n);
incir_value *incir_size_scalar(incir_graph *g, const incsym *item);

/* The elements of an int64 rank-0/1 value as expressions, or NULL when they are not known. */
const incsym *const *incir_contents(incir_graph *g, incir_value *v);
/* Whether the value is a constant whose data can be read now. */
bool incir_is_constant(const incir_value *v);
/* dims[axis]; raises where v has no such axis. What handlers and inference are given comes from a
 * file: they ask here, unless they have looked at the rank. */
const incsym *incir_axis_size(incir_graph *g, const incir_value *v, size_t axis);
/* The same, a negative axis counting from the end. */
const incsym *incir_sym(incir_graph *g, const incir_value *v, int64_t axis);
/* The size as a known integer; false when it is symbolic or v has no such axis. */
bool incir_dim(const incir_value *v, int64_t axis, int64_t *size);
/* Where a bound of Python's slice is on an axis of that size: an index from 0 to the size. NULL
 * when whether it counts from the end is open. */
const incsym *incir_slice_bound(incir_graph *g, const incsym *bound, const incsym *size);
/* Product of all dims. */
const incsym *incir_numel(incir_graph *g, const incir_value *v);
/* "float32[batch, 3, 224, 224]" for messages. */
const char *incir_type_text(incir_graph *g, const incir_value *v);

/* ---- nodes ---- */
incir_node *incir_node_new(incir_graph *g, const char *op_type);
void incir_set_domain(incir_node *n, const char *domain);
void incir_in(incir_graph *g, incir_node *n, incir_value *v); /* NULL: left out */
void incir_attr_int(incir_graph *g, incir_node *n, const char *name, int64_t value);
void incir_attr_float(incir_graph *g, incir_node *n, const char *name, double value);
void incir_attr_str(incir_graph *g, incir_node *n, const char *name, const char *value);
void incir_attr_strs(incir_graph *g, incir_node *n, const char *name, const char *const *v,
                     size_t count);
void incir_attr_ints(incir_graph *g, incir_node *n, const char *name, const int64_t *v,
                     size_t count);
void incir_attr_floats(incir_graph *g, incir_node *n, const char *name, const double *v,
                       size_t count);
void incir_attr_tensor(incir_graph *g, incir_node *n, const char *name, const inctensor *t);
void incir_attr_block(incir_graph *g, incir_node *n, const char *name, incir_block *block);
const incir_attr *incir_find_attr(const incir_node *n, const char *name);
int64_t incir_attr_int_or(const incir_node *n, const char *name, int64_t absent);
double incir_attr_float_or(const incir_node *n, const char *name, double absent);
const char *incir_attr_str_or(const incir_node *n, const char *name, const char *absent);

/* Emits a node of one output, and returns it; of several, into outputs[n] (rank/type inferred). */
incir_value *incir_emit(incir_graph *g, incir_node *n);
void incir_emit_n(incir_graph *g, incir_node *n, size_t n_outputs, incir_value **outputs);
/* The same for a node that has to stay, whatever is known: never folded. */
incir_value *incir_emit_kept(incir_graph *g, incir_node *n);

/* Emits a node whose operator the library does not know: its outputs have the types given. */
void incir_emit_typed(incir_graph *g, incir_node *n, const incir_type *types, size_t n_outputs,
                      incir_value **outputs);

/* Appends a node of one output whose type is given: nothing is inferred, folded or materialised.
 * For materialise.c and passes. */
incir_value *incir_append(incir_graph *g, incir_node *n, incdtype dtype, size_t rank,
                          const incsym *const *dims);

/* Puts a node that is whole already (inputs, typed outputs) at the end of the current block. */
void incir_append_again(incir_graph *g, incir_node *n);

/* Shorthand for nodes without attributes. */
incir_value *incir_emit1(incir_graph *g, const char *op_type, incir_value *a);
incir_value *incir_emit2(incir_graph *g, const char *op_type, incir_value *a, incir_value *b);
incir_value *incir_emit3(incir_graph *g, const char *op_type, incir_value *a, incir_value *b,
                         incir_value *c);

/* For inference: types an output of the node being emitted. dims is copied. */
void incir_set_output(incir_graph *g, incir_node *n, size_t i, incdtype dtype, size_t rank,
                      const incsym *const *dims);

/* ---- blocks (bodies of If, Loop, Scan) ---- */
incir_block *incir_block_new(incir_graph *g); /* inside g->block */
void incir_block_add_input(incir_graph *g, incir_block *b, incir_value *v);
void incir_block_add_output(incir_graph *g, incir_block *b, incir_value *v);
/* Whether the value is made in the block or in one inside it: it cannot be read outside. */
bool incir_made_inside(const incir_value *v, const incir_block *block);
/* The same of what the expression is computed from. */
bool incir_depends_on(const incsym *e, const incir_block *block);
void incir_node_remove(incir_node *n);

/* The value as something a node can read: INCIR_SIZES becomes nodes, all else is itself. */
incir_value *incir_materialise(incir_graph *g, incir_value *v);

#endif
