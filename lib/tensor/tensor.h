/* SPDX-License-Identifier: Apache-2.0 */
/* A tensor whose bytes are not loaded: a recipe for them.
 *
 * A tensor is a type, sizes and a source. The source is a strided view of a file, a small
 * block of the arena, or a transformation of another tensor (permuted, cast, scaled per channel,
 * concatenated, …) that is computed piece by piece when somebody reads. Making a tensor costs a
 * few words whatever its size; all memory is the arena's. Elements are counted in logical
 * (row-major) order; inctensor_read() delivers them so.
 *
 * Everything built from numbers of a file is checked when it is built, so that reading cannot
 * leave the storage. */
#ifndef INC_TENSOR_TENSOR_H
#define INC_TENSOR_TENSOR_H

#include "base/file.h"
#include "tensor/dtype.h"

enum { INCTENSOR_MAX_RANK = 64 };

typedef struct inctensor inctensor;
typedef struct incsource incsource; /* private to lib/tensor */

/* How a quantized tensor is dequantized: (q - zero_point) * scale. */
typedef struct incqparams {
    bool per_channel;
    bool float_zero_points; /* per_channel_affine_float_qparams: zero points are floats too */
    size_t axis;            /* per channel only */
    size_t n;               /* 1, or sizes[axis] */
    const double *scales;
    const int64_t *zero_points; /* NULL when float_zero_points */
    const double *zero_points_f;
    incdtype dtype; /* INCDT_QI8, INCDT_QU8, INCDT_QI32, INCDT_QU4X2 */
} incqparams;

struct inctensor {
    incdtype dtype;
    size_t rank;
    const int64_t *sizes;
    uint64_t numel;
    const incsource *source;
    const incqparams *q; /* quantized tensors only */
};

/* A view of storage_size bytes at storage. strides and offset count elements. Raises INC_E_FORMAT
 * for negative sizes, strides or offsets, products that overflow, or elements outside the storage.
 */
inctensor *inctensor_view(inccx *cx, incdtype dtype, const void *storage, uint64_t storage_size,
                          size_t rank, const int64_t *sizes, const int64_t *strides,
                          int64_t offset);
/* The same over bytes of a file, which are little-endian whatever this machine is. */
inctensor *inctensor_view_file(inccx *cx, incdtype dtype, incspan storage, size_t rank,
                               const int64_t *sizes, const int64_t *strides, int64_t offset);
/* An eager tensor: a copy of contiguous bytes, or zeros when bytes is NULL. For small things. */
inctensor *inctensor_new(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                         const void *bytes);
/* A tensor of which only type and sizes are known (meta tensors, stripped traces): reading raises.
 */
inctensor *inctensor_without_data(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes);
bool inctensor_has_data(const inctensor *t);

inctensor *inctensor_scalar_i64(inccx *cx, int64_t value); /* rank 0 */
inctensor *inctensor_scalar_f64(inccx *cx, incdtype dtype,
                                double value); /* rank 0, cast to dtype */
inctensor *inctensor_vector_i64(inccx *cx, const int64_t *values, size_t n); /* rank 1 */
/* Every element the same value, whatever the size: costs nothing. */
inctensor *inctensor_full(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                          double value);

/* Lazy transformations. They push themselves down to the view where they can, so that
 * transposing a weight is again a view of its file. Arguments are trusted (our own code).
 */
inctensor *inctensor_permute(inccx *cx, const inctensor *t, const size_t *order);
inctensor *inctensor_reshape(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes);
inctensor *inctensor_slice(inccx *cx, const inctensor *t, size_t axis, int64_t start, int64_t step,
                           int64_t count); /* start in range, step may be negative */
inctensor *inctensor_expand(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes);
inctensor *inctensor_concat(inccx *cx, size_t axis, const inctensor *const *parts, size_t n);
/* The real or the imaginary parts of complex numbers. */
inctensor *inctensor_complex_part(inccx *cx, const inctensor *t, bool imaginary);
/* As torch.Tensor.to(dtype): float to int truncates, anything to bool is != 0. */
inctensor *inctensor_cast(inccx *cx, const inctensor *t, incdtype dtype);
/* t * factors[index along axis]; n = sizes[axis]. float64 is multiplied as that, all else in
 * float32 by factors rounded to it, as PyTorch does. */
inctensor *inctensor_scale_axis(inccx *cx, const inctensor *t, size_t axis, const double *factors);
/* How PyTorch multiplies by a scale's reciprocal, which differs in the last bit: all in float32; in
 * float32 by a reciprocal that was taken in double; all in double. */
typedef enum incten_reciprocal {
    INCTEN_RECIPROCAL_F32,
    INCTEN_RECIPROCAL_F64_TO_F32,
    INCTEN_RECIPROCAL_F64
} incten_reciprocal;
/* round(t * (1 / scale)) + zero point, ties to even, kept between low and high: a quantized tensor
 * of parameters q, whose zero points are integers. */
inctensor *inctensor_quantize(inccx *cx, const inctensor *t, const incqparams *q, int64_t low,
                              int64_t high, incten_reciprocal reciprocal);
/* The integers of a quantized tensor as int8, uint8 or int32; and the dequantized values as
 * float32. */
inctensor *inctensor_int_repr(inccx *cx, const inctensor *t);
inctensor *inctensor_dequantize(inccx *cx, const inctensor *t);

uint64_t inctensor_bytes(const inctensor *t); /* numel * element size */
/* Writes elements [first, first + n) to out, which holds n * element size bytes. Types below a byte
 * (INCDT_QU4X2) are unpacked to a byte each. */
void inctensor_read(inccx *cx, const inctensor *t, uint64_t first, uint64_t n, void *out);
/* How many elements to read at once, n at most, so that a tensor read in runs of that many costs
 * least: whole rows where it is transposed. */
uint64_t inctensor_good_run(const inctensor *t, uint64_t n);
/* The bytes themselves when they are contiguous in memory already, else NULL. Of a file in memory
 * they may be unaligned: use memcpy, or the incelement_ functions. */
const void *inctensor_direct(const inctensor *t);
/* The same two for a file: elements are little-endian in out, and in the bytes themselves. */
void inctensor_read_for_file(inccx *cx, const inctensor *t, uint64_t first, uint64_t n, void *out);
const void *inctensor_direct_for_file(const inctensor *t);
/* Where the bytes lie in an input file, as they are to be in another one; of no file otherwise. */
incspan inctensor_span_for_file(const inctensor *t);
/* An eager, contiguous copy; raises INC_E_LIMIT beyond max_bytes. Returns t when direct already. */
const inctensor *inctensor_load(inccx *cx, const inctensor *t, uint64_t max_bytes);
/* All elements as int64 or double, contiguous in the arena; raises INC_E_LIMIT beyond 16 Mi
 * elements. */
int64_t *inctensor_i64s(inccx *cx, const inctensor *t);
double *inctensor_f64s(inccx *cx, const inctensor *t);
/* The one element of a tensor with numel 1. */
double inctensor_f64(inccx *cx, const inctensor *t);
int64_t inctensor_i64(inccx *cx, const inctensor *t);

/* Whether both are the same bytes by construction (same storage, view and transformations). */
bool inctensor_same(const inctensor *a, const inctensor *b);
/* The storage that a view or a transformation of one rests on; none when eager or several. */
typedef struct incten_storage {
    const void *in; /* its address, or what stands for the file that it is in; NULL: none */
    uint64_t at;    /* in that file */
} incten_storage;
incten_storage inctensor_storage(const inctensor *t);
/* A hash that is equal for tensors that inctensor_same(). */
uint64_t inctensor_hash(const inctensor *t);

/* Conversions of single elements, for eager blocks: element i of a contiguous block. */
double incelement_f64(incdtype t, const void *block, uint64_t i);
int64_t incelement_i64(incdtype t, const void *block, uint64_t i);
void incelement_set_f64(incdtype t, void *block, uint64_t i, double value);
void incelement_set_i64(incdtype t, void *block, uint64_t i, int64_t value);

#endif
