/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of lib/ops share that nobody else needs. */
#ifndef INC_OPS_CALL_INTERNAL_H
#define INC_OPS_CALL_INTERNAL_H

#include "ops/call/op.h"
#include "ops/call/schema.h"

/* A tensor variable. A view knows the call that cut it, and is cut again when its base moved on. */
struct incop_box {
    incir_value *value;
    uint64_t version;                /* a new one with every write */
    uint64_t born;                   /* when it was made */
    incop_box *base;                 /* the box this is a view of; NULL: none */
    uint64_t base_version;           /* of base when value was cut */
    const incop_call *cut;           /* how */
    size_t cut_index;                /* which entry of a list of views */
    bool is_alias;                   /* the view shows all of base, unchanged */
    const struct incir_quant *quant; /* of a quantized tensor */
    const incsym *const *strides;    /* its strides; NULL: it is contiguous */
    bool has_unknown_strides;        /* a view that is surely one, whatever they are */
    const struct box_link *links;    /* boxes that are the same memory, or not: data decides */
    const struct box_choice *choice; /* the boxes that it is one of; NULL: none */
    uint64_t family;                 /* of boxes whose links tell all about them; 0: none */
    const char *protected_as;        /* what it is a copy of: not to be written; else NULL */
    bool shares_in_example;          /* a view that is a copy at other sizes */
    bool is_stale;                   /* written at other sizes, when another box was */
    const char *lost;                /* why what it holds is not known any more; else NULL */
};

/* Before a list or dict is written: raises where it is a copy, and loses those that may be it. */
void incop_before_write(incir_graph *g, incval v);
/* Records the dict, whoever else it may be. */
void incop_record_entries(incir_graph *g, incval_dict *dict);

/* The two are the same memory at other sizes than the example's: reading one when the other was
 * written is warned of. */
void incop_box_link_elsewhere(incir_graph *g, incop_box *a, incop_box *b);

/* An integer tensor of one element as an expression: one that depends on data becomes a symbol of
 * its own. */
const incsym *incop_integer_of(incir_graph *g, incir_value *v);

/* batch_sizes over all steps, before it is cut; NULL when it was not counted in the model. */
const incir_value *incop_all_batch_sizes(const incir_value *batch_sizes);
/* The lengths that the steps of a packed sequence were counted from; NULL when they were not
 * counted in the model. */
incir_value *incop_packed_lengths(const incir_value *batch_sizes);

/* Whether the elements of x, which has these strides, follow one another row by row. */
bool incop_lies_in_order(incir_graph *g, const incir_value *x, const incsym *const *strides);
/* Whether reshape() of base gives a view of it, at the example's sizes or where every size that is
 * not known is 1. */
bool incop_reshape_shares(incir_graph *g, const incir_value *base, const incsym *const *strides,
                          const incir_value *view, bool at_one);
/* The strides of a result that keeps the order in which its arguments' axes are stored; NULL: it is
 * contiguous, or that is not known. */
const incsym *const *incop_kept_strides(incop_call *c, const incir_value *y);

/* The rows of one name, parsed. */
typedef struct incop_overload {
    const incop_row *row;
    const incop_schema *schema;
} incop_overload;
typedef struct incop_overloads {
    size_t n;
    incop_overload *items;
} incop_overloads;

/* All rows called "ns::name"; NULL when there are none. Cached in g. */
const incop_overloads *incop_find(incir_graph *g, const char *name);

/* Binds a call to the overload that fits best; NULL (and *why) when none does. */
incop_call *incop_bind(incir_graph *g, const incop_overloads *rows, const char *overload,
                       const incval *args, size_t n_args, const incop_keyword *keywords,
                       size_t n_keywords, const char **why);

/* Calls an operator without a row as the application wants it (custom.h); NULL: it does not. */
incval *incop_call_custom(incir_graph *g, const char *name, const char *overload,
                          const incval *args, size_t n_args, const incop_keyword *keywords,
                          size_t n_keywords, size_t *n_results);

/* What to do instead of calling an operator that has no row; NULL: nothing is known. */
const char *incop_advice(const char *name);

/* Runs the row's handler; its results are in c->results. */
void incop_run(incop_call *c);

/* What a tensor is quantized with, whose range is looked at when the model runs: n is 0. */
extern const struct incir_quant incop_found_at_run_time;
/* A call of an ordinary operator on quantized tensors: *q is what its results are quantized to.
 * False when no argument is quantized; raises when the operator has no quantized form. */
bool incop_on_quantized(incop_call *c, const struct incir_quant **q);
/* Quantizes the results of such a call so. */
void incop_quantize_results(incop_call *c, const struct incir_quant *q);

/* The strides of the view that c made of base; NULL when there are none: then it is a copy. */
const incsym *const *incop_view_strides(incop_call *c, const incir_value *base,
                                        const incsym *const *strides, const incir_value *view);
/* The order that a call of permute, transpose, movedim and their like gives the axes. */
const size_t *incop_permutation(incop_call *c, size_t rank);

/* The call with argument lists of its own, to be run again. */
incop_call *incop_call_copy(const incop_call *c);
/* A call on complex numbers whose handler sees real ones only: runs it on the parts. False when the
 * handler is to be run as ever; raises when the operator does not take complex numbers. */
bool incop_on_complex(incop_call *c);
/* What c->row->unview answers, complex numbers or not. */
incir_value *incop_unview_of(incop_call *c, incir_value *base, incir_value *part);

/* Makes what a call returned share memory with its arguments where the schema says so. */
void incop_share_results(incop_call *c);

#endif
