/* SPDX-License-Identifier: Apache-2.0 */
/* What is known while the graph of a program is built, and the sizes of its inputs. */
#ifndef INC_FRONTEND_PT2_INPUT_SIZES_H
#define INC_FRONTEND_PT2_INPUT_SIZES_H

#include "frontend/pt2/internal.h"

/* An input of the exported model. */
typedef struct incpt2_input {
    const char *placeholder, *name;
    incdtype dtype;
    size_t rank;
    const incjson *sizes;
    const incpt2_expr **exprs; /* NULL where the size is known */
    /* Axes whose size gives a symbol that no axis has alone: size = factor * symbol + rest. */
    struct incpt2_derived {
        const incsym *symbol; /* NULL: none */
        int64_t factor, rest;
    } * derived;
    bool is_size; /* an integer scalar: nothing of the above */
    incir_value *value;
    incop_box *box;
} incpt2_input;

typedef struct incpt2_builder {
    inccx *cx;
    incir_graph *g;
    const incfe_request *request;
    const incpt2_program *program;
    incpt2_weights *weights;
    incpt2_walker *walker;
    incpt2_frame *frame;
    const incjson *ranges; /* symbol -> lowest and highest value */
    incmap *symbols;       /* of the file -> const incsym * */
    incmap *symbols_named; /* names from dynamic_axes -> const incsym * */
    incmap *names;         /* of inputs and outputs, to keep them apart */
    incmap *weights_used;  /* state_dict key -> struct weight * */
    incmap *keys_by_hash;  /* hash of a tensor -> key of the first that is the same */
    bool *axis_used;
    incpt2_names input_names;
    size_t next_name; /* of input_names */
    size_t n_named;   /* inputs of the exported model */
    INC_VEC(incpt2_input *) inputs;
    size_t next_example;
} incpt2_builder;

/* Sizes that are symbols alone get them first, whichever input they are of. */
void incpt2_name_symbols(incpt2_builder *b, incpt2_input *in);
/* The size of an axis; a symbol that it is linear in is noted in in->derived. */
const incsym *incpt2_input_dim(incpt2_builder *b, incpt2_input *in, size_t axis);
/* Nodes that compute a derived symbol from the axis it was found in. */
incir_value *incpt2_compute_symbol(incpt2_builder *b, incir_value *input, size_t axis,
                                   const struct incpt2_derived *d);
/* The expression of a size; NULL where the file has a number. */
const incpt2_expr *incpt2_size_expression(incpt2_builder *b, const incjson *size);
/* What a size was in the example, where the file says it. */
int64_t incpt2_size_hint(const incjson *size, int64_t absent);

#endif
