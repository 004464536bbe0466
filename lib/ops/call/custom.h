/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that have no row, as the application wants them: lowered by a function of its own, or
 * kept as nodes of a domain that it names for their namespace. In: a call with PyTorch's values.
 * Out: nodes, and results typed by the file (torch.export), or as the first tensor given. */
#ifndef INC_OPS_CALL_CUSTOM_H
#define INC_OPS_CALL_CUSTOM_H

#include "ops/call/op.h"

/* A call of an operator without a row. */
typedef struct incop_custom_call {
    incir_graph *g;
    const char *name;          /* "myops::scale", "myops::scale.int" */
    const incop_keyword *args; /* in order; names are "" where the file has none */
    size_t n_args;
    const incir_type *types; /* of the results, as the file says; n_types 0: it does not */
    size_t n_types;
    incir_value **results; /* what lower() gives */
    size_t n_results;
} incop_custom_call;

typedef struct incop_custom_domain {
    const char *namespace; /* "myops" */
    const char *domain;    /* "com.example" */
} incop_custom_domain;

typedef struct incop_custom {
    const incop_custom_domain *domains;
    size_t n_domains;
    /* False: it does not know the operator. NULL: there is none. */
    bool (*lower)(void *data, incop_custom_call *call);
    void *data;
} incop_custom;

#endif
