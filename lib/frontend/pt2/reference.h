/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of nodes that spell quantization out: found by reference_match.c, run by reference.c. */
#ifndef INC_FRONTEND_PT2_REFERENCE_H
#define INC_FRONTEND_PT2_REFERENCE_H

#include "frontend/pt2/internal.h"

enum { INCPT2_MOST_MEMBERS = 40 };

/* Integers that a group reads, or gives: their tensor and qparams, as arguments in JSON. */
typedef struct incpt2_integers {
    const incjson *q, *scale, *zero, *low, *high; /* low, high NULL: all of the type */
    const incjson *axis;                          /* NULL: one scale */
} incpt2_integers;

typedef enum incpt2_group_kind {
    INCPT2_QUANTIZE,
    INCPT2_DEQUANTIZE,
    INCPT2_PRODUCT,
    INCPT2_SUM
} incpt2_group_kind;

struct incpt2_group {
    incpt2_group_kind kind;
    const incjson *x;        /* what is quantized */
    incpt2_integers a, b, y; /* y without scale: a product that gives floats */
    const incjson *bias, *product;
    uint32_t members[INCPT2_MOST_MEMBERS];
    size_t n_members;
};

/* Argument i of a node, in JSON; NULL: it has fewer. */
const incjson *incpt2_node_argument(const incjson *node, uint32_t i);
/* The name of the tensor that an argument or output is; NULL: it is none. */
const char *incpt2_name_in(const incjson *argument);
/* Whether what the group gives are integers. */
bool incpt2_gives_integers(const incpt2_group *g);

#endif
