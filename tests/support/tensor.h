/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named tensors in plain memory: what the readers of recorded data give, what ONNX Runtime takes
 * and returns, and how the two are compared. For tests only.
 */
#ifndef TST_TENSOR_H
#define TST_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Element types, by their ONNX numbers (TensorProto.DataType). */
enum {
    TST_FLOAT = 1,
    TST_UINT8 = 2,
    TST_INT8 = 3,
    TST_UINT16 = 4,
    TST_INT16 = 5,
    TST_INT32 = 6,
    TST_INT64 = 7,
    TST_BOOL = 9,
    TST_FLOAT16 = 10,
    TST_DOUBLE = 11,
    TST_UINT32 = 12,
    TST_UINT64 = 13
};

enum { TST_MAX_RANK = 12 };

typedef struct tst_tensor {
    char *name;
    int dtype; /* one of TST_ */
    size_t rank;
    int64_t dims[TST_MAX_RANK];
    size_t n_elements;
    size_t n_bytes;
    void *data; /* never NULL, row-major */
} tst_tensor;

typedef struct tst_tensors {
    tst_tensor *items;
    size_t count;
} tst_tensors;

/* Bytes of one element; 0 for a type these tests do not know. */
size_t tst_dtype_size(int dtype);
const char *tst_dtype_name(int dtype);

/* Appends a zeroed tensor of this type and shape; NULL when the shape is not acceptable. */
tst_tensor *tst_tensors_add(tst_tensors *list, const char *name, int dtype, size_t rank,
                            const int64_t *dims);
const tst_tensor *tst_tensors_find(const tst_tensors *list, const char *name);
void tst_tensors_free(tst_tensors *list);

/* One element as a double (integers above 2^53 lose digits: compare those bytewise). */
double tst_tensor_get(const tst_tensor *tensor, size_t i);

/*
 * Same type, same shape, and |got - want| <= atol + rtol * |want| everywhere; integers and booleans
 * exactly; NaN equals NaN. An infinite atol takes any values. Otherwise false, and `why` holds one
 * line.
 */
bool tst_tensor_close(const tst_tensor *want, const tst_tensor *got, double rtol, double atol,
                      char *why, size_t why_size);

/* "f32[2,3]" */
void tst_tensor_describe(const tst_tensor *tensor, char *text, size_t size);

#endif
