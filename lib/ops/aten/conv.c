/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions and their transposes: Conv and ConvTranspose, which take PyTorch's weights as they
 * are. Inputs without a batch get one for the moment. */
#include <string.h>

#include "ops/emit/nn.h"

typedef struct conv_plan {
    size_t k; /* spatial axes */
    bool transposed;
    int64_t groups;
    const int64_t *strides, *dilations;
    const int64_t *output_padding; /* transposed only */
    int64_t *pads;                 /* k at the beginnings, then k at the ends */
} conv_plan;

/* ONNX Runtime computes an output padding of a stride or more wrongly; what is added to the output
 * is as well not taken off by the padding at its end. */
static void settle_output_padding(inccx *cx, conv_plan *p)
{
    p->pads = inc_copy(cx, p->pads, 2 * p->k * sizeof *p->pads);
    int64_t *added = inc_copy(cx, p->output_padding, p->k * sizeof *added);
    for (size_t i = 0; i < p->k; i++) {
        int64_t *end = &p->pads[p->k + i];
        bool moves = added[i] > 0 && *end > 0 && added[i] >= p->strides[i];
        int64_t moved = !moves ? 0 : added[i] < *end ? added[i] : *end;
        *end -= moved;
        added[i] -= moved;
    }
    p->output_padding = added;
}

static incir_value *emit_conv(incop_call *c, incir_value *x, incir_value *weight, incir_value *bias,
                              const conv_plan *p)
{
    incir_graph *g = c->g;
    const char *op_type = p->transposed ? "ConvTranspose" : "Conv";
    incdtype type = x->dtype, wide = emit_working_type(g, op_type, type);
    int64_t *kernel = INC_NEW_N(g->cx, int64_t, p->k);
    bool kernel_known = true, added;
    for (size_t i = 0; i < p->k; i++)
        kernel_known = incir_dim(weight, (int64_t)i + 2, &kernel[i]) && kernel_known;
    if (incdtype_is_complex(type))
        incop_unsupported(c, "complex numbers");

    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, emit_cast(g, emit_batched(c, x, p->k, &added), wide));
    incir_in(g, n, emit_cast(g, weight, wide));
    if (bias)
        incir_in(g, n, emit_cast(g, bias, wide));
    incir_attr_ints(g, n, "dilations", p->dilations, p->k);
    incir_attr_int(g, n, "group", p->groups);
    if (kernel_known)
        incir_attr_ints(g, n, "kernel_shape", kernel, p->k);
    if (p->transposed)
        incir_attr_ints(g, n, "output_padding", p->output_padding, p->k);
    incir_attr_ints(g, n, "pads", p->pads, 2 * p->k);
    incir_attr_ints(g, n, "strides", p->strides, p->k);
    return emit_cast(g, emit_unbatched(g, incir_emit(g, n), added), type);
}

/* padding='same': as much as the kernel reaches over, the odd one at the end. */
static void pad_same(incop_call *c, const incir_value *weight, conv_plan *p)
{
    for (size_t i = 0; i < p->k; i++) {
        int64_t kernel;
        if (!incir_dim(weight, (int64_t)i + 2, &kernel))
            incop_unsupported(c, "padding='same' with a kernel of unknown size");
        if (p->strides[i] != 1)
            incop_unsupported(c, "padding='same' with strides");
        int64_t total = p->dilations[i] * (kernel - 1);
        p->pads[i] = total / 2;
        p->pads[p->k + i] = total - total / 2;
    }
}

static void read_padding(incop_call *c, const incir_value *weight, conv_plan *p)
{
    p->pads = INC_NEW_N(c->cx, int64_t, 2 * p->k);
    if (incop_arg(c, "padding").kind == INCVAL_STR) {
        if (incop_str_is(c, "padding", "same"))
            pad_same(c, weight, p);
        else if (!incop_str_is(c, "padding", "valid"))
            incop_unsupported(c, "padding='%s'", incop_str(c, "padding"));
        return;
    }
    const int64_t *padding = incop_ints_k(c, "padding", p->k, 0);
    for (size_t i = 0; i < p->k; i++)
        p->pads[i] = p->pads[p->k + i] = padding[i];
}

static int64_t channels_of(incop_call *c, const incir_value *x, size_t k)
{
    int64_t channels;
    if (x->rank != k + 2 || !incir_dim(x, 1, &channels))
        incop_unsupported(c, "an input %s", incir_type_text(c->g, x));
    return channels;
}

static void lower_conv(incop_call *c)
{
    incir_value *x = incop_tensor(c, incop_has(c, "input") ? "input" : "self");
    incir_value *weight = incop_tensor(c, "weight");
    incir_value *bias = incop_has(c, "bias") ? incop_tensor_or_null(c, "bias") : NULL;
    conv_plan p = {.groups = 1};
    if (weight->rank < 3)
        incop_unsupported(c, "a weight of rank %zu", weight->rank);
    p.k = weight->rank - 2;
    p.transposed = c->row->as ? true : incop_has(c, "transposed") && incop_bool(c, "transposed");
    if (incop_has(c, "groups"))
        p.groups = incop_int(c, "groups");
    else if (incop_has(c, "kernel_size")) /* depthwise: as many as channels */
        p.groups = channels_of(c, x, p.k);
    p.strides = incop_ints_k(c, "stride", p.k, 1);
    p.dilations = incop_has(c, "dilation") ? incop_ints_k(c, "dilation", p.k, 1) : NULL;
    if (!p.dilations) {
        int64_t *ones = INC_NEW_N(c->cx, int64_t, p.k);
        for (size_t i = 0; i < p.k; i++)
            ones[i] = 1;
        p.dilations = ones;
    }
    if (p.transposed)
        p.output_padding = incop_ints_k(c, "output_padding", p.k, 0);
    read_padding(c, weight, &p);
    if (p.transposed)
        settle_output_padding(c->cx, &p);
    incop_return(c, emit_conv(c, x, weight, bias, &p));
}

/* [T, B, C] with weights [K, C_in, C_out]. */
static void lower_conv_tbc(incop_call *c)
{
    static const size_t to_bct[] = {1, 2, 0}, to_tbc[] = {2, 0, 1}, to_oik[] = {2, 1, 0};
    static const int64_t one = 1;
    int64_t pads[2];
    conv_plan p = {.k = 1, .groups = 1, .strides = &one, .dilations = &one, .pads = pads};
    incir_value *x = incop_tensor(c, "self"), *weight = incop_tensor(c, "weight");
    pads[0] = pads[1] = incop_int(c, "pad");
    if (x->rank != 3 || weight->rank != 3)
        incop_unsupported(c, "tensors of ranks other than 3");
    incir_value *kernel = emit_transpose(c->g, weight, to_oik);
    incir_value *y =
        emit_conv(c, emit_transpose(c->g, x, to_bct), kernel, incop_tensor(c, "bias"), &p);
    incop_return(c, emit_transpose(c->g, y, to_tbc));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_conv_depthwise2d(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias, SymInt[2] stride, SymInt[2] padding, SymInt[2] dilation) -> Tensor", lower_conv),
    OP("aten::_convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool cudnn_enabled, bool allow_tf32) -> Tensor", lower_conv),
    OP("aten::_convolution.deprecated(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, int[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool cudnn_enabled) -> Tensor", lower_conv),
    OP("aten::_convolution_mode(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, str padding, SymInt[] dilation, SymInt groups) -> Tensor", lower_conv),
    OP("aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], SymInt[1] padding=[0], SymInt[1] dilation=[1], SymInt groups=1) -> Tensor", lower_conv),
    OP("aten::conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], str padding=\"valid\", SymInt[1] dilation=[1], SymInt groups=1) -> Tensor", lower_conv),
    OP("aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor", lower_conv),
    OP("aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], str padding=\"valid\", SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor", lower_conv),
    OP("aten::conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor", lower_conv),
    OP("aten::conv3d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], str padding=\"valid\", SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor", lower_conv),
    OP("aten::conv_depthwise3d(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias, SymInt[3] stride, SymInt[3] padding, SymInt[3] dilation) -> Tensor", lower_conv),
    OP("aten::conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0) -> Tensor", lower_conv_tbc),
    OP_AS("aten::conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], SymInt[1] padding=[0], SymInt[1] output_padding=[0], SymInt groups=1, SymInt[1] dilation=[1]) -> Tensor", lower_conv, "ConvTranspose"),
    OP_AS("aten::conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] output_padding=[0, 0], SymInt groups=1, SymInt[2] dilation=[1, 1]) -> Tensor", lower_conv, "ConvTranspose"),
    OP_AS("aten::conv_transpose3d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] output_padding=[0, 0, 0], SymInt groups=1, SymInt[3] dilation=[1, 1, 1]) -> Tensor", lower_conv, "ConvTranspose"),
    OP("aten::convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor", lower_conv),
    OP("aten::convolution_overrideable(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor", lower_conv),
    OP("aten::cudnn_convolution(Tensor self, Tensor weight, SymInt[] padding, SymInt[] stride, SymInt[] dilation, SymInt groups, bool benchmark, bool deterministic, bool allow_tf32) -> Tensor", lower_conv),
    OP_AS("aten::cudnn_convolution_transpose(Tensor self, Tensor weight, SymInt[] padding, SymInt[] output_padding, SymInt[] stride, SymInt[] dilation, SymInt groups, bool benchmark, bool deterministic, bool allow_tf32) -> Tensor", lower_conv, "ConvTranspose"),
    OP("aten::miopen_convolution(Tensor self, Tensor weight, Tensor? bias, SymInt[] padding, SymInt[] stride, SymInt[] dilation, SymInt groups, bool benchmark, bool deterministic) -> Tensor", lower_conv),
    OP("aten::mkldnn_convolution(Tensor self, Tensor weight, Tensor? bias, SymInt[] padding, SymInt[] stride, SymInt[] dilation, SymInt groups) -> Tensor", lower_conv),
    OP("aten::slow_conv3d(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0]) -> Tensor", lower_conv),
    OP("aten::slow_conv_dilated2d(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] dilation=[1, 1]) -> Tensor", lower_conv),
    OP("aten::slow_conv_dilated3d(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] dilation=[1, 1, 1]) -> Tensor", lower_conv),
    OP_AS("aten::slow_conv_transpose2d(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] output_padding=[0, 0], SymInt[2] dilation=[1, 1]) -> Tensor", lower_conv, "ConvTranspose"),
    OP_AS("aten::slow_conv_transpose3d(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] output_padding=[0, 0, 0], SymInt[3] dilation=[1, 1, 1]) -> Tensor", lower_conv, "ConvTranspose"),
    OP("aten::thnn_conv2d(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0]) -> Tensor", lower_conv),
};
/* clang-format on */

const incop_family incop_conv = {"conv", rows, INC_COUNT(rows)};
