/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's operator schemas, parsed from the text of a table row. */
#ifndef INC_OPS_CALL_SCHEMA_H
#define INC_OPS_CALL_SCHEMA_H

#include "ops/call/op.h"

typedef enum incop_type_kind {
    INCOP_TENSOR,
    INCOP_INT,
    INCOP_FLOAT,
    INCOP_BOOL,
    INCOP_SCALAR, /* int, float, bool or complex */
    INCOP_STR,
    INCOP_DEVICE,
    INCOP_ANY /* type variables, Generator, classes: taken as they are */
} incop_type_kind;

typedef struct incop_type {
    incop_type_kind kind;
    bool optional;         /* T? */
    bool is_list;          /* T[] */
    bool element_optional; /* T?[] */
    int64_t list_size;     /* T[k]: one value may stand for k; 0: no such rule */
    char alias;            /* 'a' of Tensor(a); 0: none */
    bool written;          /* the ! */
} incop_type;

typedef struct incop_param {
    const char *name;
    incop_type type;
    bool keyword_only;
    bool has_default;
    incval fallback;
} incop_param;

struct incop_schema {
    const char *name;     /* "aten::add" */
    const char *overload; /* "Tensor" or "" */
    size_t n_params;
    incop_param *params;
    bool varargs;
    size_t n_returns;
    incop_type *returns;
};

/* Raises INC_E_INTERNAL when a row's text is no schema: a mistake of ours, or of an application. */
const incop_schema *incop_schema_parse(incir_graph *g, const char *text);
int incop_schema_param(const incop_schema *s, const char *name); /* index, or -1 */

#endif
