/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of operators by the model's own code: the record that every node points to.
 *
 * lib/ops makes one where a front end calls an operator (incop_invoke); handlers may call other
 * operators to do its work, and all nodes of that belong to the one call. It says which operator
 * that was, in which module and on which line of Python, and whether it ran on integers: matching
 * of checkpoints, quantization and reports read it instead of guessing from nodes. The tensors that
 * went in and came out are those its nodes read from others and give to others: a list of them here
 * would be of values that passes have replaced, and would miss that two calls were merged into one
 * node when they were emitted (a Transpose of a Transpose). A record without an operator is a place
 * alone: where a front end is between two calls, and what nodes point to that it, or a pass, makes
 * itself. */
#ifndef INC_IR_CALL_H
#define INC_IR_CALL_H

#include "base/context.h"

typedef struct incir_graph incir_graph;
typedef struct incir_node incir_node;
typedef struct incir_value incir_value;
typedef struct incir_call incir_call;

struct incir_call {
    const char
        *op; /* "aten::add_", as the model's code has it; NULL: a place without an operator */
    const struct incop_row *row;       /* the row of lib/ops that it was bound to; NULL: to none */
    const struct incop_schema *schema; /* the row's, parsed */
    const char *module;      /* "layer1.0.conv1": in whose forward it was called; "": the model's */
    const char *scope;       /* "/layer1/layer1.0/conv1", as torch.onnx names nodes; "": no module.
                                Each call of a module has a string of its own. */
    const char *stays_float; /* why it was not quantized, where a front end knows; else NULL */
    bool is_int8;            /* the source ran it on integers */
    bool passes_on;          /* it gave an argument back as it is: see incir_pass_on() */
    /* Where the code stands: line and column of a file in the archive, 0 and NULL where there is
     * none; and what the front end keeps there for finding the line of Python. */
    const char *entry;
    uint32_t line, column;
    const void *origin;
    const char *python; /* "net.py:87", once it was asked for */
    bool python_known;
    void *plan; /* private to lib/quant */
};

/* The place of another module, origin kept from where g is now. */
incir_call *incir_place_new(incir_graph *g, const char *module, const char *scope);
/* A call at the place where g is now. */
incir_call *incir_call_new(incir_graph *g, const char *op);

/* Of a graph that keeps its calls: Identity in place of an argument that g->call gives back as it
 * is, so that what reads its result is not what reads the argument. */
incir_value *incir_pass_on(incir_graph *g, incir_value *argument);
/* Whether n is such a node. */
bool incir_passes_on(const incir_node *n);

/* "net.py:87": the line of Python that called the operator; NULL where the file does not say. */
const char *incir_call_python(incir_graph *g, incir_call *call);

#endif
