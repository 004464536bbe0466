/* SPDX-License-Identifier: Apache-2.0 */
/* Packing weights, and packed weights as values of the graph. In: quantized constants and the
 * parameters of a layer; out: what the operators of conv.c, linear.c and recurrent.c take. */
#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

static const inctensor *quantized_constant(incop_call *c, const char *name)
{
    incir_value *v = incop_tensor(c, name);
    const incir_quant *q = incir_quant_of(v);
    if (!q || !incir_is_weight_node(v->producer))
        incop_unsupported(c, "packing weights that are no quantized constant of the model");
    return incir_weight_of(v->producer);
}

static void copy_ints(incop_call *c, const char *name, size_t k, int64_t absent, int64_t *out)
{
    const int64_t *ints = incop_ints_k(c, name, k, absent);
    memcpy(out, ints, k * sizeof *ints);
}

/* nn.Conv1d with reflected padding gives the padding of two axes, though there is one: the last
 * counts. */
static void copy_padding(incop_call *c, size_t k, int64_t *out)
{
    incval v = incop_arg(c, "padding");
    if (k == 1 && v.kind == INCVAL_LIST && v.u.list->v.n == 2)
        out[0] = incop_ints_k(c, "padding", 2, 0)[1];
    else
        copy_ints(c, "padding", k, 0, out);
}

/* A one-dimensional convolution is kept as a two-dimensional one of height 1, as PyTorch does. */
static void make_2d(incop_call *c, incop_packed *p)
{
    const inctensor *w = p->weight;
    int64_t sizes[4] = {w->sizes[0], w->sizes[1], 1, w->sizes[2]};
    p->weight = inctensor_reshape(c->cx, w, 4, sizes);
    p->stride[1] = p->stride[0];
    p->padding[1] = p->padding[0];
    p->dilation[1] = p->dilation[0];
    p->output_padding[1] = p->output_padding[0];
    p->stride[0] = p->dilation[0] = 1;
    p->padding[0] = p->output_padding[0] = 0;
    p->k = 2;
}

static void lower_conv_prepack(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_CONV;
    p->weight = quantized_constant(c, "weight");
    p->bias = incop_bias_constant(c, "bias");
    if (p->weight->rank < 3 || p->weight->rank > 5)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of rank %zu", c->schema->name,
                  p->weight->rank);
    p->k = p->weight->rank - 2;
    copy_ints(c, "stride", p->k, 1, p->stride);
    copy_padding(c, p->k, p->padding);
    copy_ints(c, "dilation", p->k, 1, p->dilation);
    p->groups = incop_int(c, "groups");
    p->transposed = incop_has(c, "output_padding");
    if (p->transposed)
        copy_ints(c, "output_padding", p->k, 0, p->output_padding);
    if (p->k == 1)
        make_2d(c, p);
    incop_return_val(c, incval_packed(p));
}

static void lower_linear_prepack(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_LINEAR;
    p->weight = quantized_constant(c, "W");
    p->bias = incop_bias_constant(c, "B");
    if (p->weight->rank != 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of rank %zu", c->schema->name,
                  p->weight->rank);
    incop_return_val(c, incval_packed(p));
}

static void lower_linear_prepack_half(incop_call *c)
{
    incop_packed *p = INC_NEW(c->cx, incop_packed);
    p->kind = INCOP_PACKED_LINEAR;
    p->weight = incop_half_constant(c, "W");
    p->bias = incop_bias_constant(c, "B");
    if (p->weight->rank != 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of rank %zu", c->schema->name,
                  p->weight->rank);
    incop_return_val(c, incval_packed(p));
}

const inctensor *incop_bias_constant(incop_call *c, const char *name)
{
    return incop_is_none(c, name) ? NULL : incop_constant_arg(c, name);
}

/* Weights kept as float16. */
const inctensor *incop_half_constant(incop_call *c, const char *name)
{
    const inctensor *w = incop_constant_arg(c, name);
    return inctensor_cast(c->cx, inctensor_cast(c->cx, w, INCDT_F16), INCDT_F32);
}

/* ---- weights as values ---- */

static const char *part_name(incop_call *c, const incop_packed *p, const char *part)
{
    return p->name ? inc_printf(c->cx, "%s%s%s", p->name, p->name[0] ? "." : "", part) : NULL;
}

/* The weight with its axes in another order; order NULL: as it is. */
incir_value *incop_weight_value(incop_call *c, const incop_packed *p, const size_t *order)
{
    const inctensor *w = p->weight;
    const char *name = part_name(c, p, "weight");
    if (order)
        w = inctensor_permute(c->cx, w, order);
    if (!w->q) /* kept as float16, computed in float32 */
        return incir_constant(c->g, inctensor_cast(c->cx, w, INCDT_F32), name);
    return incir_quantized_weight(c->g, w, name);
}

incir_value *incop_bias_value(incop_call *c, const incop_packed *p)
{
    return p->bias ? incir_constant(c->g, inctensor_cast(c->cx, p->bias, INCDT_F32),
                                    part_name(c, p, "bias"))
                   : NULL;
}

incir_value *incop_packed_conv(incop_call *c, incir_value *x, const incop_packed *p)
{
    incir_value *weight = incop_weight_value(c, p, NULL), *bias = incop_bias_value(c, p);
    incval args[9] = {incop_tensor_val(c, x),
                      incop_tensor_val(c, weight),
                      incop_tensor_val(c, bias),
                      incop_ints_val(c, p->stride, p->k),
                      incop_ints_val(c, p->padding, p->k),
                      incop_ints_val(c, p->dilation, p->k),
                      incval_bool(p->transposed),
                      incop_ints_val(c, p->output_padding, p->k),
                      incval_int(incsym_int(c->g->syms, p->groups))};
    return incop_call_float(c, "aten::convolution", args, 9);
}

#define SHAPE "int[] stride, int[] padding, int[] dilation, int groups"
#define SHAPE_T "int[] stride, int[] padding, int[] output_padding, int[] dilation, int groups"

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("quantized::conv1d_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv2d_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv3d_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv3dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_prepack(Tensor weight, Tensor? bias, " SHAPE ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_transpose1d_prepack(Tensor weight, Tensor? bias, " SHAPE_T ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_transpose2d_prepack(Tensor weight, Tensor? bias, " SHAPE_T ") -> __torch__.torch.classes.quantized.Conv2dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::conv_transpose3d_prepack(Tensor weight, Tensor? bias, " SHAPE_T ") -> __torch__.torch.classes.quantized.Conv3dPackedParamsBase", lower_conv_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::linear_prepack(Tensor W, Tensor? B=None) -> __torch__.torch.classes.quantized.LinearPackedParamsBase W_prepack", lower_linear_prepack, INCOP_Q_OWN | INCOP_Q_INT8),
    OP_Q("quantized::linear_prepack_fp16(Tensor W, Tensor? B=None) -> __torch__.torch.classes.quantized.LinearPackedParamsBase W_prepack", lower_linear_prepack_half, INCOP_Q_OWN | INCOP_Q_INT8),
};
/* clang-format on */

const incop_family incop_prepack = {"prepack", rows, INC_COUNT(rows)};
