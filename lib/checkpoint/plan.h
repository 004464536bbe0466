/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: of every operator call in the FP32 graph, whether the quantized model ran it on
 * integers, and with which qparams. plan.c finds the calls, classify.c says what each could
 * be, eager.c and match.c what it was; attach.c carries it out. */
#ifndef INC_CHECKPOINT_PLAN_H
#define INC_CHECKPOINT_PLAN_H

#include "checkpoint/internal.h"
#include "ir/onnx_ops.h"
#include "ir/quant.h"
#include "ir/rewrite.h"
#include "ops/call/op.h"

typedef enum incckpt_kind {
    INCCKPT_FLOAT,
    INCCKPT_PRODUCT,  /* of a module with quantized weights */
    INCCKPT_KEPT,     /* of a module that has plain ones in the checkpoint */
    INCCKPT_OWN,      /* of a module without weights of integers that has output qparams */
    INCCKPT_FUNCTION, /* a function whose result has qparams of its own */
    INCCKPT_SHARED,   /* its results have the qparams of its input */
    INCCKPT_FIXED,    /* its result always has the same qparams */
    INCCKPT_SCALAR    /* with a number: changes the qparams of its input */
} incckpt_kind;

/* One call of an operator: what FX has as a node. */
typedef struct incckpt_step {
    incir_call *call;
    incir_node *first, *last, *product;
    incckpt_kind kind;
    incckpt_module *module;
    incckpt_module *packed;  /* of a function with weights of its own: those */
    const char *scope;       /* whose numbers name its result */
    const char *float_scope; /* the same where it gives floats */
    const char *reader;      /* whose numbers name its inputs */
    incir_value *data;       /* its first argument */
    incir_value *result;     /* what is quantized: behind what was fused to it */
    incckpt_qparams *qparams;
    const char *norm; /* of a batch norm: where the checkpoint has it; NULL: it is folded */
    bool is_absorbed; /* belongs to the step before: a relu or batch norm */
    struct incckpt_step *absorbed_by;
    uint32_t quantization; /* INCOP_FX_ flags of the operator called */
    bool is_softmax;
    bool is_border; /* no call: where a value leaves what was quantized by itself, see borders.c */
    bool is_float;  /* match.c found that it ran in float */
    bool is_rounded_again; /* in a model without names: shares its input's qparams and has own */
} incckpt_step;

typedef struct incckpt_plan {
    inccx *cx;
    incckpt *c;
    incir_graph *g;
    incckpt_step *steps; /* in the graph's order */
    size_t n_steps;
    uint32_t n_ids;            /* of values; those made later have no entry below */
    incckpt_qparams **qparams; /* by id: those with which quantized readers see a float value */
    incmap *n_packed;          /* flat scope -> how many of its functions have weights */
    incmap *parameters;        /* names of those that the graph reads */
    incmap *names;             /* of modules in the model -> in the checkpoint, where they differ */
    bool is_nameless;          /* the model had no names: scopes say nothing; then also: */
    incmap *flat_modules;      /* "conv1#0" for every module of the checkpoint */
    incir_uses uses;
} incckpt_plan;

/* How well a plan and the checkpoint go together. */
typedef struct incckpt_fit {
    size_t n_misfits;     /* values without qparams, qparams without a value */
    size_t n_implausible; /* qparams whose range is not that of the value */
    size_t n_left;        /* of the misfits: scales of functions that are left over */
    size_t n_surprises;   /* calls that are float, or rounded twice, though FX as a rule does not */
} incckpt_fit;

/* ---- borders.c ---- */

/* Puts an Identity before every call that reads a value of another of the modules that were
 * quantized by themselves. */
void incckpt_set_borders(inccx *cx, const incckpt *c, incir_graph *g);
bool incckpt_is_border(const incir_node *n);

/* ---- plan.c ---- */

/* The calls of g; nothing is known of them yet. Marks of nodes are its own until it is carried out.
 */
incckpt_plan *incckpt_plan_new(inccx *cx, incckpt *c, incir_graph *g);

/* ---- calls.c ---- */

/* Of a node that stood in the graph when the plan was made. */
incckpt_step *incckpt_step_of(const incckpt_plan *p, const incir_node *n);
/* The step that gives v; NULL for an input or constant. */
incckpt_step *incckpt_maker_of(const incckpt_plan *p, const incir_value *v);
/* The node outside of blocks that reads v, when nothing else does; NULL otherwise. */
incir_node *incckpt_only_reader(const incckpt_plan *p, const incir_value *v);
/* "conv1" where a node reads "conv1.weight"; NULL where it reads no parameters. */
const char *incckpt_parameters_of(const incckpt_plan *p, const incir_node *n);
/* The module whose parameters a node reads, whatever way it was called; for one without parameters,
 * the module that it was called in. */
const char *incckpt_owner_of(const incckpt_plan *p, const incir_node *n);
/* Whether v comes from another call, or from none. */
bool incckpt_is_from_outside(const incckpt_plan *p, const incckpt_step *s, const incir_value *v);
bool incckpt_is_number(const incir_value *v); /* a Python number; v may be NULL */
bool incckpt_is_tensor(const incir_value *v); /* of floats, no number; v may be NULL */
/* Whether n is an operator of ONNX's own; n may be NULL. */
bool incckpt_is_op(const incir_node *n, incir_opcode code);
/* The module in whose code n was called; "" at the root. */
const char *incckpt_module_name(const incir_node *n);

/* ---- nameless.c ---- */

/* Whether the model knows the names of its modules or parameters. */
bool incckpt_has_names(const incckpt_plan *p);
/* Gives products and calls of modules the checkpoint's names; raises where that is open. */
void incckpt_find_names(incckpt_plan *p);
/* Raises where scales taken in the order of the file do not fit. */
void incckpt_check_order(const incckpt_plan *p, incckpt_fit fit);

/* ---- classify.c ---- */

/* Says of each call what it could be. */
void incckpt_classify(incckpt_plan *p);
/* Whether the step takes v as integers when one of its nodes reads it. */
bool incckpt_takes_integers(const incckpt_plan *p, const incckpt_step *s, const incir_value *v);
/* A relu is fused with what it follows when nobody else reads that: then s gives its result. */
void incckpt_fuse_relu(incckpt_plan *p, incckpt_step *s);
/* Takes such a relu for one that is not, or is again. */
void incckpt_set_fused(incckpt_step *relu, bool is_fused);

/* ---- kinds.c: what the row of an operator says ---- */

/* The kind of a call of a function; reads_number: one of its arguments is a Python number. */
incckpt_kind incckpt_kind_of_function(const incckpt_step *s, bool reads_number, bool is_eager);
bool incckpt_takes_all(const incckpt_step *s); /* all tensors it reads are data */
bool incckpt_fuses_relu(const incckpt_step *s);
bool incckpt_is_softmax(const incckpt_step *s);
bool incckpt_is_recurrent(const incckpt_step *s);
bool incckpt_is_method(const incckpt_step *s); /* FloatFunctional has one for it */

/* ---- eager.c ---- */

/* Gives calls of functions the modules that stand for them in a model quantized in eager mode. */
void incckpt_assign_methods(incckpt_plan *p);
/* The stub that quantizes a value for this reader, each once; NULL when there is none left. */
incckpt_qparams *incckpt_stub_for(incckpt *c, const char *reader);

/* ---- match.c ---- */

/* Decides which calls ran on integers, and finds the qparams of what they read and give. Calls that
 * are float already stay so. */
incckpt_fit incckpt_match(incckpt_plan *p);

/* ---- plausible.c ---- */

/* As those around it see it: a module that quantizes its input itself takes and gives floats. */
bool incckpt_step_is_quantized(const incckpt_step *s);
/* The qparams with which v is quantized where it is made, or where it comes from; NULL: none. */
const incckpt_qparams *incckpt_qparams_behind(const incckpt_plan *p, const incir_value *v);
bool incckpt_is_implausible(const incckpt_plan *p, const incckpt_step *s);
/* Whether a cat makes values of other operators share a scale. */
bool incckpt_has_cat(const incckpt_plan *p);
/* What FX does seldom; shares: incckpt_has_cat(). */
bool incckpt_is_surprise(const incckpt_plan *p, const incckpt_step *s, bool shares);

/* ---- operators.c ---- */

/* The same, where it is open which of two functions was called that are one operator. */
void incckpt_match_operators(incckpt_plan *p);

#endif
