/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the front end for torch.export archives: what the files of this folder share.
 *
 *   program.c   which program of the archive; its JSON, its version
 *   json.c      members of JSON objects, each of its kind or refused
 *   weights.c   names of parameters, buffers and constants -> tensors, for both layouts
 *   expr_parse.c  the text of a size ("Mul(Integer(2), Symbol('s0', …))") -> tree
 *   expr.c      that tree -> number, or text as people write it
 *   tree.c      how inputs and outputs nest -> their names
 *   argument.c  an argument in JSON -> value
 *   needed.c    which nodes the graph's outputs depend on
 *   walk.c      one node after another, each a call of the operator table
 *   results.c   what a node gives, bound to names
 *   vmap.c      what torch.vmap leaves behind
 *   control.c   operators that have graphs as arguments
 *   reference.c quantization that is spelled out in nodes: run; reference_match.c: found
 *   program_graph.c  inputs, the walk, outputs; input_sizes.c: symbols of the sizes of inputs
 */
#ifndef INC_FRONTEND_PT2_INTERNAL_H
#define INC_FRONTEND_PT2_INTERNAL_H

#include "archive/model_file.h"
#include "base/json.h"
#include "frontend/common.h"
#include "frontend/number.h"
#include "ops/call/op.h"

/* ---- json.c: all raise INC_E_FORMAT; what says what was looked for ---- */
/* A member that has to be there, of that kind. */
const incjson *incpt2_need(inccx *cx, const incjson *object, const char *key, incjson_kind kind);
/* NULL when absent or null. */
const incjson *incpt2_maybe(inccx *cx, const incjson *object, const char *key, incjson_kind kind);
/* The text of a string, which may hold no NUL. */
const char *incpt2_text(inccx *cx, const incjson *value, const char *what);
const char *incpt2_need_text(inccx *cx, const incjson *object, const char *key);
int64_t incpt2_int(inccx *cx, const incjson *value, const char *what);
bool incpt2_bool(inccx *cx, const incjson *value, const char *what);
/* A number, or one of the strings that stand for what JSON cannot say. */
double incpt2_float(inccx *cx, const incjson *value, const char *what);
/* The one member of a union that is not null, and its name. */
const incjson *incpt2_union(inccx *cx, const incjson *value, const char *what, const char **tag);
/* torch.export's numbers for element types, memory formats and layouts in TorchScript's. */
incdtype incpt2_dtype(inccx *cx, int64_t number);
int64_t incpt2_memory_format(inccx *cx, int64_t number);
int64_t incpt2_layout(inccx *cx, int64_t number);
/* The innermost line of Python that a node records and that is not PyTorch's own; NULL: none. */
const char *incpt2_python_line(inccx *cx, const incjson *node);

/* ---- program.c ---- */
typedef struct incpt2_program {
    const char *name;  /* "model" */
    const char *entry; /* of the JSON in the archive */
    const incjson *root;
    const incjson *graph;
    const incjson *signature;
    const incjson *call_signature; /* of the outermost module; NULL when there is none */
    const char *torch_version;     /* NULL when not said */
} incpt2_program;

/* Names of the programs in an archive. */
size_t incpt2_programs(inccx *cx, const incarc *archive, const char *const **names);
/* name NULL: the only one, or the one called "model". */
const incpt2_program *incpt2_program_load(inccx *cx, incarc *archive, const char *name);

/* ---- weights.c ---- */
typedef struct incpt2_weights incpt2_weights;

incpt2_weights *incpt2_weights_open(inccx *cx, incarc *archive, const char *program);
/* By state_dict key; raises when there is none. */
const inctensor *incpt2_weight(inccx *cx, incpt2_weights *weights, const char *key);

/* ---- expr_parse.c, expr.c ---- */
typedef struct incpt2_expr incpt2_expr;

const incpt2_expr *incpt2_expr_parse(inccx *cx, const char *text);
/* As people write it: "2*s0 + 1". */
const char *incpt2_expr_text(inccx *cx, const incpt2_expr *e);
/* The name when it is a symbol and nothing else; else NULL. */
const char *incpt2_expr_symbol(const incpt2_expr *e);
/* The name of a symbol within that symbols has not; NULL: none. */
const char *incpt2_expr_unbound(const incpt2_expr *e, const incmap *symbols);
/* symbols: names -> const incsym *. Raises for a symbol without value. */
incfe_number incpt2_expr_value(incir_graph *g, const incpt2_expr *e, const incmap *symbols);

/* ---- tree.c ---- */
typedef struct incpt2_names {
    const char **items; /* entries are NULL where nothing gives a name */
    size_t n;
} incpt2_names;

/* Of the leaves of a treespec, in order. first: names of the first parameters (for in_spec, whose
 * outermost two levels are arguments and keywords), or NULL for an out_spec. False when the text is
 * not understood. */
bool incpt2_tree_names(inccx *cx, const char *text, const incjson *parameters, bool is_input,
                       incpt2_names *names);

/* ---- walk.c ---- */
typedef struct incpt2_walker {
    inccx *cx;
    incir_graph *g;
    const incpt2_program *program;
    incfe_missing missing;
    incmap *scopes;                     /* nn_module_stack -> where that is */
    incmap *checks;                     /* nodes that are said to be left out */
    incmap *symbols;                    /* names -> const incsym * */
    const struct incpt2_frame *calling; /* whose node is being walked */
    unsigned depth;                     /* of graphs in graphs */
    incmap *hidden;                     /* private to vmap.c: tensors with a hidden axis */
    unsigned n_hidden_axes;             /* likewise: how deep torch.vmap nests */
} incpt2_walker;
/* For incir_graph: the line of Python behind a node, which is the origin of its call. */
const char *incpt2_find_python(void *walker, const incir_call *call);

/* The same: the types of the tensors that the node gives. */
const incir_type *incpt2_find_types(void *walker, const incir_call *call, size_t *n);

/* One graph being walked, and the names in it. */
typedef struct incpt2_frame {
    const incjson *graph;
    incmap *names;  /* -> incval * */
    incmap *types;  /* names -> const incjson *, from tensor_values */
    incmap *needed; /* names that something reads */
    const bool *node_needed;
    struct incpt2_group **groups; /* by node, the group that it is in; NULL: none. reference.c */
    bool replaces;                /* a name may be bound again */
} incpt2_frame;

incpt2_frame *incpt2_frame_new(incpt2_walker *w, const incjson *graph);
/* A name may be bound once. */
void incpt2_bind(incpt2_walker *w, incpt2_frame *f, const char *name, incval value);
incval incpt2_lookup(incpt2_walker *w, incpt2_frame *f, const char *name);
/* needed.c: finds what the graph's outputs depend on; the rest is not walked. Before the next. */
void incpt2_find_needed(incpt2_walker *w, incpt2_frame *f);
/* Whether a node's output (JSON) is a name that is needed, or has one in it. */
bool incpt2_gives_needed(const incpt2_frame *f, const incjson *output);
/* Walks the nodes; what they read is bound already. */
void incpt2_walk_nodes(incpt2_walker *w, incpt2_frame *f);
/* Binds graph's inputs, walks it, and gives its outputs. */
incval *incpt2_walk(incpt2_walker *w, const incjson *graph, const incval *inputs, size_t n_inputs,
                    size_t *n_outputs);
/* results.c: binds what a node gave to the names of its outputs; and one output. */
void incpt2_bind_outputs(incpt2_walker *w, incpt2_frame *f, const incjson *node,
                         const incval *results, size_t n);
void incpt2_bind_output(incpt2_walker *w, incpt2_frame *f, const incjson *output, incval result);

/* ---- argument.c ---- */
incval incpt2_argument(incpt2_walker *w, incpt2_frame *f, const incjson *argument);
/* The JSON graph of an argument that is one; else NULL. */
const incjson *incpt2_argument_graph(inccx *cx, const incjson *argument);

/* ---- reference.c ---- */
/* Nodes that together are operators of quantized_decomposed. */
typedef struct incpt2_group incpt2_group;

/* Sets the groups of the graph, where it has any. */
void incpt2_find_reference(incpt2_walker *w, incpt2_frame *f);
/* Whether it has any. */
bool incpt2_is_reference(inccx *cx, const incjson *graph);
/* What a group reads from outside, as arguments. */
void incpt2_each_operand(const incpt2_group *g, void (*visit)(void *data, const incjson *argument),
                         void *data);
/* Whether the node is the one at which the group is run; the others are not. */
bool incpt2_ends_group(const incpt2_group *g, uint32_t node);
void incpt2_run_group(incpt2_walker *w, incpt2_frame *f, const incpt2_group *g,
                      const incjson *node);

/* ---- vmap.c ---- */
/* A node of torch._functorch.predispatch.FUNCTION. */
void incpt2_vmap(incpt2_walker *w, incpt2_frame *f, const incjson *node, const char *function);
/* Before an operator is called: whether tensors with a hidden axis are among the arguments, which
 * then fit together. Raises where the operator does not work element by element. */
bool incpt2_vmap_prepare(incpt2_walker *w, const char *name, incval *args, size_t n_args,
                         incop_keyword *keywords, size_t n_keywords);
/* results.c: whether v is a tensor whose axis 0 is hidden. */
bool incpt2_vmap_is_hidden(const incpt2_walker *w, incval v);
/* After it: its results have the hidden axis, too. */
void incpt2_vmap_finish(incpt2_walker *w, const incval *results, size_t n);

/* ---- control.c ---- */
/* A node of torch.ops.higher_order.NAME. */
void incpt2_higher_order(incpt2_walker *w, incpt2_frame *f, const incjson *node, const char *name);

#endif
