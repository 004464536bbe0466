/* SPDX-License-Identifier: Apache-2.0 */
/* What only lib/tensor knows of a tensor. */
#ifndef INC_TENSOR_INTERNAL_H
#define INC_TENSOR_INTERNAL_H

#include "tensor/tensor.h"

/* Blocks of elements to and from the three types that everything is computed in; one rounding
 * each. Blocks may be unaligned; in and out must not overlap. Complex numbers give their real
 * part and take 0 as their imaginary one. */
void incten_to_f64(incdtype t, const void *block, double *out, size_t n);
void incten_to_f32(incdtype t, const void *block, float *out, size_t n);
void incten_to_i64(incdtype t, const void *block, int64_t *out, size_t n); /* uint64 wraps */
void incten_from_f64(incdtype t, void *block, const double *in, size_t n);
void incten_from_f32(incdtype t, void *block, const float *in, size_t n);
void incten_from_i64(incdtype t, void *block, const int64_t *in, size_t n);
/* As torch.Tensor.to(): n elements; out may be in front of in, as long as its end does not pass
 * the end of in (converting forward then never overtakes). */
void incten_convert(incdtype from, const void *in, incdtype to, void *out, size_t n);

/* small_float.c: the bits of one number of float16, bfloat16 or an 8-bit type. */
uint32_t incten_pack(incdtype t, double value);
double incten_unpack(incdtype t, uint32_t bits);
uint16_t incten_half_from_float(float value);
float incten_float_from_half(uint16_t bits);
uint16_t incten_bfloat_from_float(float value);
float incten_float_from_bfloat(uint16_t bits);

typedef enum incsource_kind {
    INCSRC_NOTHING, /* no data */
    INCSRC_VIEW,    /* strides over memory or a file */
    INCSRC_INDEX,   /* strides over the logical elements of another tensor */
    INCSRC_CAST,
    INCSRC_SCALE,
    INCSRC_DEQUANTIZE,
    INCSRC_QUANTIZE,
    INCSRC_CONCAT
} incsource_kind;

/* Where elements come from. Reading needs only the count of an element, never the tensor's shape,
 * so a reshaped tensor may keep its source: rank and sizes are those the source was made for. */
struct incsource {
    incsource_kind kind;
    incdtype dtype;
    uint32_t depth; /* of sources below this one */
    uint64_t hash;
    size_t rank;
    const int64_t *sizes;
    const inctensor *of; /* INDEX, CAST, SCALE, DEQUANTIZE, QUANTIZE */

    /* VIEW and INDEX. Strides may be negative after slicing. The walk is the same with
     * neighbouring axes merged where that makes no difference, at least one axis. */
    const uint8_t *storage; /* VIEW; NULL: at file_at in file, which is not in memory */
    const incfile *file;
    uint64_t file_at;
    uint64_t storage_size;
    bool is_eager;
    bool swaps;   /* its elements are in the other byte order */
    uint8_t bits; /* per element where less than a byte, otherwise 0 */
    int64_t offset;
    const int64_t *strides;
    size_t n_walk;
    const int64_t *walk_sizes, *walk_strides;

    /* SCALE, DEQUANTIZE and QUANTIZE per channel, CONCAT: element i has index (i / inner) % n_axis
     * on the axis
     */
    size_t axis;
    uint64_t inner, n_axis;
    const double *factors;
    const incqparams *q;
    int64_t low, high; /* QUANTIZE, as the next */
    incten_reciprocal reciprocal;
    bool is_narrow; /* DEQUANTIZE: integers less their zero points fit into 32 bits */

    const inctensor *const *parts; /* CONCAT */
    const uint64_t *part_ends;     /* running sum of the parts' sizes on the axis */
    size_t n_parts;
};

/* make.c: the parts that sources are made of. */
uint64_t incten_mix(uint64_t hash, uint64_t value);
uint64_t incten_mix_sizes(uint64_t hash, size_t n, const int64_t *sizes);
uint64_t incten_mix_double(uint64_t hash, double value);
const int64_t *incten_copy_sizes(inccx *cx, size_t n, const int64_t *sizes);
uint64_t incten_product(size_t n, const int64_t *sizes);
/* The number of elements, checked. */
uint64_t incten_count(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes);
const int64_t *incten_contiguous_strides(inccx *cx, size_t rank, const int64_t *sizes);
incsource *incten_new_source(inccx *cx, incsource_kind kind, incdtype dtype, size_t rank,
                             const int64_t *sizes);
/* One over another tensor, which is flattened first. */
incsource *incten_source_over(inccx *cx, incsource_kind kind, incdtype dtype, const inctensor *of,
                              size_t rank, const int64_t *sizes);
void incten_set_strides(inccx *cx, incsource *s, const int64_t *strides, int64_t offset);
/* The same tensor; computed where transformations pile up too high. */
const inctensor *incten_flatten(inccx *cx, const inctensor *t);
inctensor *incten_new_tensor(inccx *cx, const incsource *s, uint64_t numel);
/* Another view of the memory (and type) that a source has. */
inctensor *incten_view_of(inccx *cx, const incsource *memory, size_t rank, const int64_t *sizes,
                          const int64_t *strides, int64_t offset, uint64_t numel);
/* A tensor of no elements. */
inctensor *incten_empty(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes);

/* columns.c: rows * columns elements of size bytes, row by row, out of a matrix whose rows lie
 * nearer to each other than its columns do. */
void incten_copy_columns(uint8_t *out, const uint8_t *in, size_t rows, size_t columns,
                         ptrdiff_t row_step, ptrdiff_t column_step, size_t size);
/* compute.c: elements [first, first + n) of a source that computes, out of those below it. out may
 * lie in front of in, as long as its end does not pass the end of in. */
void incten_compute(const incsource *s, uint64_t first, uint64_t n, const uint8_t *in,
                    uint8_t *out);

/* A source's elements [first, first + n). */
void incten_read(inccx *cx, const incsource *s, uint64_t first, uint64_t n, void *out);
/* source.c: of a view of memory; read_file.c: of a view of a file. */
void incten_read_memory(const incsource *s, uint64_t first, uint64_t n, uint8_t *out);
void incten_read_file(inccx *cx, const incsource *s, uint64_t first, uint64_t n, uint8_t *out);
/* Whether a source's elements lie one behind the other, in memory or a file. */
bool incten_is_contiguous(const incsource *s);
/* The memory of a source whose elements are contiguous there; NULL otherwise. */
const uint8_t *incten_direct(const incsource *s);

#endif
