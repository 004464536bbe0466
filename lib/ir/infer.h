/* SPDX-License-Identifier: Apache-2.0 */
/* What the infer_ and fold_ files share, and the functions that the table in onnx_ops.c lists.
 *
 * Graphs come from files nobody has to trust: every input is asked for with incir_need(), every
 * axis goes through incir_checked_axis(), and what does not fit raises with the types of all
 * inputs in the message. */
#ifndef INC_IR_INFER_H
#define INC_IR_INFER_H

#include "ir/onnx_ops.h"

/* ---- asking ---- */
void incir_misfit(incir_graph *g, const incir_node *n, const char *format, ...) INC_NORETURN
    INC_PRINTF(3, 4);
void incir_cannot(incir_graph *g, const incir_node *n, const char *format, ...) INC_NORETURN
    INC_PRINTF(3, 4);
/* The input; raises when it was left out. */
incir_value *incir_need(incir_graph *g, const incir_node *n, size_t i);
incir_value *incir_need_rank(incir_graph *g, const incir_node *n, size_t i, size_t rank);
incir_value *incir_need_float(incir_graph *g, const incir_node *n, size_t i);
/* int32 or int64 */
incir_value *incir_need_index(incir_graph *g, const incir_node *n, size_t i);
incir_value *incir_maybe(const incir_node *n, size_t i); /* NULL when left out */
/* -rank <= axis < rank made non-negative; raises otherwise. */
size_t incir_checked_axis(incir_graph *g, const incir_node *n, int64_t axis, size_t rank);
/* An INTS attribute, NULL when absent; raises when it does not have `want` entries (want > 0). */
const int64_t *incir_ints(incir_graph *g, const incir_node *n, const char *name, size_t want);
/* Attribute `axes`, or the contents of input i: sorted, distinct, in range. NULL when neither. */
const size_t *incir_axes(incir_graph *g, const incir_node *n, size_t i, size_t rank, size_t *count);
/* The contents of input i, which has to be a vector (or scalar) of known length; NULL when only the
 * data will decide. */
const incsym *const *incir_elements(incir_graph *g, const incir_node *n, size_t i, size_t *count);
/* The element type with that ONNX number; raises when there is none. */
incdtype incir_dtype_of_onnx(incir_graph *g, const incir_node *n, int64_t number);

/* ---- sizes ---- */
const incsym *incir_int(incir_graph *g, int64_t value);
const incsym **incir_copy_dims(incir_graph *g, const incir_value *v);
/* The size of an axis that is a in one tensor and b in another and has to be the same. */
const incsym *incir_unify(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b);
/* The same, but 1 gives way (numpy broadcasting). */
const incsym *incir_broadcast(incir_graph *g, const incir_node *n, const incsym *a,
                              const incsym *b);
/* Broadcasts the shape v into dims[*rank], which has room for INCTENSOR_MAX_RANK. */
void incir_broadcast_into(incir_graph *g, const incir_node *n, const incsym **dims, size_t *rank,
                          const incsym *const *other, size_t other_rank);
/* A size that only the data will decide. */
const incsym *incir_unknown(incir_graph *g, const char *name, int64_t hint);
/* incir_set_output(), and a symbol among dims that has no origin yet gets its axis as such. */
void incir_set_fresh_output(incir_graph *g, incir_node *n, size_t i, incdtype dtype, size_t rank,
                            const incsym *const *dims);
/* The number of elements of slice start:end:step of an axis of that size; NULL: the sign of a bound
 * is open, so that no expression says it. */
const incsym *incir_slice_length(incir_graph *g, const incsym *size, const incsym *start,
                                 const incsym *end, int64_t step);
/* What it is in the example's case, of a step of 1. */
const incsym *incir_slice_expected(incir_graph *g, const incsym *size, const incsym *start,
                                   const incsym *end);
int64_t incir_slice_hint(const incsym *size, const incsym *start, const incsym *end, int64_t step);

/* ---- inference, as the table lists it ---- */
void incir_infer_same(incir_graph *g, incir_node *n);  /* like input 0 */
void incir_infer_real(incir_graph *g, incir_node *n);  /* the shape of input 0, float32 */
void incir_infer_float(incir_graph *g, incir_node *n); /* the same, floating-point only */
void incir_infer_bitwise_not(incir_graph *g, incir_node *n);
void incir_infer_not(incir_graph *g, incir_node *n);
void incir_infer_is(incir_graph *g, incir_node *n); /* IsNaN, IsInf */
void incir_infer_binary(incir_graph *g, incir_node *n);
void incir_infer_pow(incir_graph *g, incir_node *n);
void incir_infer_compare(incir_graph *g, incir_node *n);
void incir_infer_logical(incir_graph *g, incir_node *n);
void incir_infer_variadic(incir_graph *g, incir_node *n);
void incir_infer_where(incir_graph *g, incir_node *n);
void incir_infer_cast(incir_graph *g, incir_node *n);
void incir_infer_cast_like(incir_graph *g, incir_node *n);
void incir_infer_clip(incir_graph *g, incir_node *n);
void incir_infer_dropout(incir_graph *g, incir_node *n);
void incir_infer_softmax(incir_graph *g, incir_node *n);
void incir_infer_cumsum(incir_graph *g, incir_node *n);
void incir_infer_trilu(incir_graph *g, incir_node *n);

void incir_infer_reshape(incir_graph *g, incir_node *n);
void incir_infer_flatten(incir_graph *g, incir_node *n);
void incir_infer_squeeze(incir_graph *g, incir_node *n);
void incir_infer_unsqueeze(incir_graph *g, incir_node *n);
void incir_infer_transpose(incir_graph *g, incir_node *n);
void incir_infer_concat(incir_graph *g, incir_node *n);
void incir_infer_split(incir_graph *g, incir_node *n);
void incir_infer_split_to_sequence(incir_graph *g, incir_node *n);
void incir_infer_slice(incir_graph *g, incir_node *n);
void incir_infer_expand(incir_graph *g, incir_node *n);
void incir_infer_tile(incir_graph *g, incir_node *n);
void incir_infer_pad(incir_graph *g, incir_node *n);
void incir_infer_shape(incir_graph *g, incir_node *n);
void incir_infer_size(incir_graph *g, incir_node *n);
void incir_infer_depth_to_space(incir_graph *g, incir_node *n);
void incir_infer_space_to_depth(incir_graph *g, incir_node *n);
void incir_infer_resize(incir_graph *g, incir_node *n);
void incir_infer_center_crop_pad(incir_graph *g, incir_node *n);

void incir_infer_gather(incir_graph *g, incir_node *n);
void incir_infer_gather_elements(incir_graph *g, incir_node *n);
void incir_infer_gather_nd(incir_graph *g, incir_node *n);
void incir_infer_scatter_elements(incir_graph *g, incir_node *n);
void incir_infer_scatter_nd(incir_graph *g, incir_node *n);
void incir_infer_one_hot(incir_graph *g, incir_node *n);
void incir_infer_top_k(incir_graph *g, incir_node *n);
void incir_infer_non_zero(incir_graph *g, incir_node *n);
void incir_infer_unique(incir_graph *g, incir_node *n);
void incir_infer_compress(incir_graph *g, incir_node *n);
void incir_infer_nms(incir_graph *g, incir_node *n);
void incir_infer_reverse_sequence(incir_graph *g, incir_node *n);

void incir_infer_constant_of_shape(incir_graph *g, incir_node *n);
void incir_infer_range(incir_graph *g, incir_node *n);
void incir_infer_eye_like(incir_graph *g, incir_node *n);
void incir_infer_random(incir_graph *g, incir_node *n);
void incir_infer_random_like(incir_graph *g, incir_node *n);
void incir_infer_multinomial(incir_graph *g, incir_node *n);
void incir_infer_window(incir_graph *g, incir_node *n);

void incir_infer_reduce(incir_graph *g, incir_node *n);
void incir_infer_arg(incir_graph *g, incir_node *n);

void incir_infer_matmul(incir_graph *g, incir_node *n);
void incir_infer_matmul_integer(incir_graph *g, incir_node *n);
void incir_infer_gemm(incir_graph *g, incir_node *n);
void incir_infer_einsum(incir_graph *g, incir_node *n);
void incir_infer_det(incir_graph *g, incir_node *n);

void incir_infer_conv(incir_graph *g, incir_node *n);
void incir_infer_conv_integer(incir_graph *g, incir_node *n);
void incir_infer_conv_transpose(incir_graph *g, incir_node *n);
void incir_infer_deform_conv(incir_graph *g, incir_node *n);
void incir_infer_pool(incir_graph *g, incir_node *n);
void incir_infer_global_pool(incir_graph *g, incir_node *n);
void incir_infer_class_loss(incir_graph *g, incir_node *n);
void incir_infer_max_unpool(incir_graph *g, incir_node *n);
void incir_infer_max_roi_pool(incir_graph *g, incir_node *n);
void incir_infer_roi_align(incir_graph *g, incir_node *n);
void incir_infer_grid_sample(incir_graph *g, incir_node *n);
void incir_infer_affine_grid(incir_graph *g, incir_node *n);
void incir_infer_col2im(incir_graph *g, incir_node *n);
void incir_infer_batch_norm(incir_graph *g, incir_node *n);
void incir_infer_layer_norm(incir_graph *g, incir_node *n);
void incir_infer_rms_norm(incir_graph *g, incir_node *n);
void incir_infer_attention(incir_graph *g, incir_node *n);
void incir_infer_norm(incir_graph *g, incir_node *n); /* Instance-, GroupNormalization */
void incir_infer_prelu(incir_graph *g, incir_node *n);
void incir_infer_recurrent(incir_graph *g, incir_node *n);
void incir_infer_dft(incir_graph *g, incir_node *n);
void incir_infer_stft(incir_graph *g, incir_node *n);

void incir_infer_if(incir_graph *g, incir_node *n);
void incir_infer_loop(incir_graph *g, incir_node *n);

void incir_infer_quantize(incir_graph *g, incir_node *n);
void incir_infer_dequantize(incir_graph *g, incir_node *n);
void incir_infer_dynamic_quantize(incir_graph *g, incir_node *n);
void incir_infer_qlinear_conv(incir_graph *g, incir_node *n);
void incir_infer_qlinear_matmul(incir_graph *g, incir_node *n);

#endif
