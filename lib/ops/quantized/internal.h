/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of quantized operators share. */
#ifndef INC_OPS_QUANTIZED_INTERNAL_H
#define INC_OPS_QUANTIZED_INTERNAL_H

#include "ir/quant.h"
#include "ops/call/internal.h"
#include "ops/call/packed.h"

/* An activation that is part of an operator, where the operator alone does not say it: row.mode. */
enum { INCOP_FUSED_NONE, INCOP_FUSED_RELU, INCOP_FUSED_LEAKY_RELU, INCOP_FUSED_TANH };

/* ---- args.c ---- */
/* The quantization parameters of a quantized argument; raises when it has none that are known. */
const incir_quant *incop_qparams_arg(incop_call *c, const char *name);
incop_packed *incop_packed_arg(incop_call *c, const char *name, incop_packed_kind kind);
const inctensor *incop_constant_arg(incop_call *c, const char *name);
/* Those of the output, from two arguments, with integers of the type of the argument like. */
const incir_quant *incop_output_qparams(incop_call *c, const char *like, const char *scale,
                                        const char *zero_point);
/* An argument, a tensor as its dequantized values: as the float operator takes it. */
incval incop_dequantized_arg(incop_call *c, const char *name);
incval incop_tensor_val(incop_call *c, incir_value *v); /* None for NULL */
incval incop_ints_val(incop_call *c, const int64_t *ints, size_t n);
/* The first result of an operator on float tensors. */
incir_value *incop_call_float(incop_call *c, const char *name, const incval *args, size_t n);
/* x behind the relu that is part of the operator, where one is. */
incir_value *incop_fused_relu(incop_call *c, incir_value *x);
/* x quantized with a scale and zero point found when the model runs. */
incir_value *incop_quantized_dynamically(incop_call *c, incir_value *x);
void incop_return_quantized(incop_call *c, incir_value *v, const incir_quant *q);

/* ---- prepack.c ---- */
const inctensor *incop_bias_constant(incop_call *c, const char *name); /* NULL for None */
/* A float constant rounded to float16, as float32. */
const inctensor *incop_half_constant(incop_call *c, const char *name);
/* The packed weight with its axes in another order; order NULL: as it is. */
incir_value *incop_weight_value(incop_call *c, const incop_packed *p, const size_t *order);
incir_value *incop_bias_value(incop_call *c, const incop_packed *p); /* NULL when there is none */
/* The convolution of x that the packed weights are of, in float32. */
incir_value *incop_packed_conv(incop_call *c, incir_value *x, const incop_packed *p);

#endif
