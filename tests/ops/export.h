/* SPDX-License-Identifier: Apache-2.0 */
/* The one call of the library that the operator tests make. */
#ifndef OPS_EXPORT_H
#define OPS_EXPORT_H

#include "../support/tensor.h"

typedef enum ops_form { OPS_FP32, OPS_QDQ, OPS_QLINEAR } ops_form;

typedef struct ops_request {
    const unsigned char *model; /* a TorchScript file */
    size_t model_size;
    const tst_tensors *inputs; /* in_0, in_1, …: the examples, in forward order */
    const char *dynamic;       /* "INPUT:AXIS=NAME;…"; NULL when every size is fixed */
    size_t n_outputs;          /* named out_0, out_1, … */
    unsigned opset;
    ops_form form;
} ops_request;

typedef enum ops_outcome {
    OPS_EXPORTED,
    OPS_REFUSED, /* the library says that it has no form for this */
    OPS_FAILED
} ops_outcome;

/* The ONNX file in memory, freed with free(); otherwise one line in `why`. */
ops_outcome ops_export(const ops_request *request, unsigned char **onnx, size_t *size, char *why,
                       size_t why_size);

#endif
