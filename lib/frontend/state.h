/* SPDX-License-Identifier: Apache-2.0 */
/* Model state: what forward() writes into buffers and attributes of its modules, and a later call
 * reads again (a key/value cache, a recurrent cell, a counter).
 *
 * ONNX has no state: the exported model has to take it as an input NAME and give it back as an
 * output NAME.next. Whether something is state follows from data flow alone: it is written, and an
 * output or another state depends on its old value. So a model is evaluated as it stands first;
 * only when something was written, it is evaluated once more with the written tensors as inputs,
 * and the graph shows which of them are read. A model that writes nothing pays nothing. */
#ifndef INC_FRONTEND_STATE_H
#define INC_FRONTEND_STATE_H

#include "base/vec.h"
#include "frontend/frontend.h"
#include "frontend/merge.h"

/* What something that is None or empty before the first call is after it: a CHOICE may be none, and
 * is items[0] otherwise. Every TENSOR, INT, FLOAT, BOOL and ROWS is a state, and so is every
 * CHOICE: whether it is none. */
typedef struct incfe_state_form {
    incfe_form_kind kind;
    incdtype dtype;
    size_t rank;
    const int64_t *sizes; /* in the example's call; of ROWS, the first counts the items */
    size_t n;
    struct incfe_state_form *items;
    const char *const *keys; /* of a DICT */
    bool is_tuple;           /* of ITEMS */
} incfe_state_form;

/* Numbers that the first call finds out may be kept by later ones, as torchvision's pooling of
 * regions keeps the scales of its feature maps. So one evaluation is made as if they were there. */
typedef enum incfe_state_stage {
    INCFE_STAGE_USED,
    INCFE_STAGE_PROBED,
    INCFE_STAGE_KEPT
} incfe_state_stage;

/* A buffer, an attribute, or an entry of a list that is one; or an input that forward() writes. */
typedef struct incfe_state {
    const char *key; /* "layers.0.cache": as in the state_dict */
    const inctensor
        *first;          /* what it holds before the first call; NULL: nothing that is a tensor */
    incir_value *input;  /* NULL: a constant of the graph, or a user input */
    incir_value *next;   /* what the call leaves; NULL: it was not written */
    const char *module;  /* whose forward wrote it last: "layer1.0"; NULL: not known */
    const char *python;  /* "net.py:87": the line that did; NULL: not known */
    const char *refusal; /* why it cannot be an input and an output; NULL: it can */
    uint64_t free_axes;  /* bit i: axis i has another size in the next call */
    bool is_fixed;       /* its sizes are part of the program */
    const incfe_state_form *form; /* none itself, but made of states that are named after it */
    incfe_state_stage stage;      /* of what has a form */
} incfe_state;

/* Of one evaluation. */
struct incfe_states {
    incmap *asked;   /* key -> incfe_state * of the evaluation before: to be made inputs */
    bool has_forms;  /* some of asked has one */
    incmap *by_key;  /* of found */
    incmap *symbols; /* the front end's: names from dynamic_axes -> const incsym * */
    INC_VEC(incfe_state *) found;
    INC_VEC(incfe_state *) mutated; /* user inputs that were written; their key is NULL */
};

typedef enum incfe_state_mode {
    INCFE_STATE_FAIL,
    INCFE_STATE_IO,
    INCFE_STATE_DROP
} incfe_state_mode;

typedef incir_graph *(*incfe_build)(inccx *cx, incarc *archive, const incfe_request *request);

/* ---- for front ends; r->states NULL: all of these do nothing ---- */

/* Whether the tensor or number of that key has to be an input of this graph. */
bool incfe_state_is_asked(const incfe_request *r, const char *key);
/* That input: an unnamed input value of the type of first, not yet among the block's inputs. */
incir_value *incfe_state_input(incir_graph *g, const incfe_request *r, const char *key,
                               const inctensor *first, bool is_fixed);
/* The call leaves next in what held first; both known, and next another value than before. */
void incfe_state_written(inccx *cx, const incfe_request *r, const char *key, const inctensor *first,
                         incir_value *next);
/* It was written, and read before, but is nothing that could be an input; why: one clause. */
void incfe_state_refused(inccx *cx, const incfe_request *r, const char *key, const char *why);
/* What was none or empty before the call has that form after it. */
void incfe_state_formed(inccx *cx, const incfe_request *r, const char *key,
                        const incfe_state_form *form, incfe_state_stage stage);
/* What the evaluation before found so; NULL: nothing. */
const incfe_state *incfe_state_asked_form(inccx *cx, const incfe_request *r, const char *key);
/* All that was probed and not set is kept. */
void incfe_states_probed(inccx *cx, const incfe_request *r);
/* The state of that key, as far as this evaluation met it; else NULL. */
const incfe_state *incfe_state_found(const incfe_request *r, const char *key);
/* forward() left next in its own argument. */
void incfe_input_written(inccx *cx, const incfe_request *r, incir_value *input, incir_value *next);
/* Whether something of that name was found: dynamic_axes may name it. */
bool incfe_state_is_found(const incfe_request *r, const char *name);

/* ---- for state.c ---- */

/* The states that an output or another such state depends on, into read; how many. What depends on
 * itself alone (the counter of a batch norm) is none. */
size_t incfe_states_read(inccx *cx, incir_graph *g, struct incfe_states *s, incfe_state **read);

/* ---- for lib/api ---- */

/* What became of the state of a model. */
typedef struct incfe_state_list {
    incfe_state *const
        *items; /* inputs of the graph, in order; names are input->name, next->name */
    size_t n;
} incfe_state_list;

/* Builds the graph, with its state as mode says: FAIL raises INC_E_UNSUPPORTED with all states. */
incir_graph *incfe_build_with_state(inccx *cx, incfe_build build, incarc *archive,
                                    const incfe_request *request, incfe_state_mode mode,
                                    incfe_state_list *states);

#endif
