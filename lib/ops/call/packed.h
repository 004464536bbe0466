/* SPDX-License-Identifier: Apache-2.0 */
/* Weights packed for quantized operators: what PyTorch's C++ objects hold, opened up. */
#ifndef INC_OPS_CALL_PACKED_H
#define INC_OPS_CALL_PACKED_H

#include "ops/call/value.h"

typedef enum incop_packed_kind {
    INCOP_PACKED_CONV,
    INCOP_PACKED_LINEAR,
    INCOP_PACKED_EMBEDDING,
    INCOP_PACKED_CELL,       /* of an LSTM or GRU */
    INCOP_PACKED_FLOAT_CONV, /* float32, of XNNPACK, its result within limits */
    INCOP_PACKED_FLOAT_LINEAR
} incop_packed_kind;

enum { INCOP_MOST_SPATIAL = 3 };

typedef struct incop_packed {
    incop_packed_kind kind;
    const char *name;        /* of the module it belongs to ("conv1"), or NULL */
    const inctensor *weight; /* quantized; float32 for weights packed as float16 */
    const inctensor *bias;   /* float32, or NULL */
    /* convolutions */
    size_t k; /* spatial axes */
    int64_t stride[INCOP_MOST_SPATIAL], padding[INCOP_MOST_SPATIAL];
    int64_t dilation[INCOP_MOST_SPATIAL], output_padding[INCOP_MOST_SPATIAL];
    int64_t groups;
    bool transposed;
    /* float32 ones: limits of the result, absent where not */
    bool has_limit[2]; /* least, most */
    double limit[2];
    /* cells */
    struct incop_packed *w_ih, *w_hh;
    const inctensor *b_ih, *b_hh;
    bool reduce_range;
} incop_packed;

incval incval_packed(incop_packed *packed);

#endif
