/* SPDX-License-Identifier: Apache-2.0 */
/* The families of operators, one a file: its rows and the handlers above them. */
#ifndef INC_OPS_FAMILIES_H
#define INC_OPS_FAMILIES_H

#include "ops/call/op.h"

extern const incop_family incop_activation;
extern const incop_family incop_adaptive_pool;
extern const incop_family incop_arange;
extern const incop_family incop_arithmetic;
extern const incop_family incop_attention;
extern const incop_family incop_bessel;
extern const incop_family incop_bitwise;
extern const incop_family incop_cast;
extern const incop_family incop_comparison;
extern const incop_family incop_complex;
extern const incop_family incop_concat;
extern const incop_family incop_conv;
extern const incop_family incop_counts;
extern const incop_family incop_creation;
extern const incop_family incop_ctc;
extern const incop_family incop_decomposed;
extern const incop_family incop_diagonal;
extern const incop_family incop_distance;
extern const incop_family incop_eigen;
extern const incop_family incop_einsum;
extern const incop_family incop_elimination;
extern const incop_family incop_embedding;
extern const incop_family incop_expand;
extern const incop_family incop_fft;
extern const incop_family incop_gather;
extern const incop_family incop_gcd;
extern const incop_family incop_gradient;
extern const incop_family incop_grid;
extern const incop_family incop_grouped;
extern const incop_family incop_indexing;
extern const incop_family incop_int_mm;
extern const incop_family incop_item;
extern const incop_family incop_linalg;
extern const incop_family incop_loss;
extern const incop_family incop_lu;
extern const incop_family incop_norm;
extern const incop_family incop_packed_sequence;
extern const incop_family incop_pad;
extern const incop_family incop_per_token;
extern const incop_family incop_permute;
extern const incop_family incop_polynomials;
extern const incop_family incop_pool;
extern const incop_family incop_prepack;
extern const incop_family incop_prepacked;
extern const incop_family incop_prim;
extern const incop_family incop_quantize;
extern const incop_family incop_quantized_conv;
extern const incop_family incop_quantized_elementwise;
extern const incop_family incop_quantized_embedding;
extern const incop_family incop_quantized_linear;
extern const incop_family incop_quantized_recurrent;
extern const incop_family incop_random;
extern const incop_family incop_recurrent;
extern const incop_family incop_reduce;
extern const incop_family incop_reshape;
extern const incop_family incop_resize;
extern const incop_family incop_scan;
extern const incop_family incop_scatter;
extern const incop_family incop_slice;
extern const incop_family incop_sort;
extern const incop_family incop_special;
extern const incop_family incop_split;
extern const incop_family incop_statistics;
extern const incop_family incop_stft;
extern const incop_family incop_unary;
extern const incop_family incop_unfold;
extern const incop_family incop_vision;
extern const incop_family incop_weight_norm;

#endif
