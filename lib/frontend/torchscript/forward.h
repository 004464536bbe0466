/* SPDX-License-Identifier: Apache-2.0 */
/* What the files between an archive and its graph share: forward.c evaluates, inputs.c makes what
 * forward() takes, outputs.c the graph's outputs of what it returns, python_lines.c finds the
 * user's lines. */
#ifndef INC_FRONTEND_TORCHSCRIPT_FORWARD_H
#define INC_FRONTEND_TORCHSCRIPT_FORWARD_H

#include "base/vec.h"
#include "frontend/torchscript/eval.h"

typedef struct incts_builder {
    incts_interp *in;
    inccx *cx;
    incir_graph *g;
    const incfe_request *request;
    /* The example inputs, flattened: those given, or those recorded. */
    INC_VEC(const inctensor *) examples;
    INC_VEC(const inctensor *) recorded;
    INC_VEC(incop_box *) boxes; /* of tensor inputs */
    INC_VEC(incir_value *) values;
    size_t next_example;
    size_t n_params_left; /* Tensor parameters still to come, while a list takes its share */
    const char *path;     /* of the argument that is made, as "t.1.0": see next_inside() */
    const char *method;   /* "forward", or what the request says */
    incmap *names;        /* names of inputs, to keep them apart */
    incmap *symbols;      /* dynamic_axes' names -> incsym */
    bool *axis_used;
} incts_builder;

/* The arguments of forward(), self first. Parameters with defaults that no example is left for keep
 * them. */
incval *incts_make_inputs(incts_builder *b, incts_object *root, const incts_function *forward,
                          size_t *n);
void incts_make_outputs(incts_builder *b, incval returned);

/* The user's own line behind a place in the archive's code; NULL when it is not known or cannot be
 * read: an error is being reported already. data: an incts_interp *. */
const char *incts_python_line(void *data, const inc_where *where);
/* The same of an operator's call. */
const char *incts_python_of(void *data, const incir_call *call);

#endif
