/* SPDX-License-Identifier: Apache-2.0 */
/* Discrete Fourier transforms as products with matrices of cosines and sines; like emit.h, all of
 * it emits on g. Right at every length, known or not, in every opset; what a fast transform saves
 * is little at the lengths that networks use. */
#ifndef INC_OPS_EMIT_FOURIER_H
#define INC_OPS_EMIT_FOURIER_H

#include "ops/emit/emit.h"

/* cos and sin of 2π row column / n, [rows, columns]: constants where all is known and small. */
void emit_angles(incir_graph *g, incdtype type, const incsym *rows, const incsym *columns,
                 const incsym *n, incir_value **cos, incir_value **sin);
/* How often each of the n/2 + 1 first terms of a real transform stands for two: [n/2 + 1]. */
incir_value *emit_hermitian_weights(incir_graph *g, incdtype type, const incsym *n);

/* The first n_out of the terms Σ x[k] e^(∓2πi jk/n) along axis, whose size is n; minus: forward. x
 * may be real. */
incir_value *emit_transform(incir_graph *g, incir_value *x, size_t axis, const incsym *n_out,
                            bool forward);
/* The n real numbers whose forward transform begins with the n/2 + 1 terms z along axis, times n.
 */
incir_value *emit_real_transform(incir_graph *g, incir_value *z, size_t axis, const incsym *n);

/* x cut, or filled with zeros behind, to size n along axis; complex or not. */
incir_value *emit_fit_length(incir_graph *g, incir_value *x, size_t axis, const incsym *n);
/* x * n or x / n, or times and by the root of n; complex or not. */
incir_value *emit_scale_by_size(incir_graph *g, incir_value *x, const char *op_type,
                                const incsym *n, bool root);

#endif
