/* SPDX-License-Identifier: Apache-2.0 */
/* torchvision's operators: boxes that overlap are thinned out, what is inside boxes is pooled, and
 * convolutions sample where other layers say. */
#include "ops/emit/math.h"
#include "ops/emit/nn.h"

static void lower_nms(incop_call *c)
{
    static const size_t batch = 0, batch_and_class[] = {0, 1};
    static const int64_t most = INT64_MAX;
    incir_graph *g = c->g;
    float overlap = (float)incop_float(c, "iou_threshold");
    const int64_t one = 1;
    incir_value *boxes = emit_cast(g, incop_tensor(c, "dets"), INCDT_F32);
    incir_value *scores = emit_cast(g, incop_tensor(c, "scores"), INCDT_F32);
    incir_node *n = incir_node_new(g, "NonMaxSuppression");
    incir_in(g, n, emit_unsqueeze_axis(g, boxes, batch));
    incir_in(g, n, emit_unsqueeze(g, scores, batch_and_class, 2));
    incir_in(g, n, incir_const_i64s(g, &most, 1));
    incir_in(g, n, emit_table_f32(g, &overlap, 1, &one));
    incop_return(c, emit_select(g, incir_emit(g, n), 1, 2)); /* batch, class, box */
}

/* rois [K, 5]: which image, and a box. */
static void lower_roi_align(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *rois = incop_tensor(c, "rois");
    int64_t ratio = incop_int(c, "sampling_ratio");
    double scale = incop_float(c, "spatial_scale");
    bool aligned = incop_bool(c, "aligned");
    incdtype type = x->dtype, wide = emit_working_type(g, "RoiAlign", type);
    if (x->rank != 4 || rois->rank != 2)
        incop_unsupported(c, "an input of rank %zu", x->rank);
    incir_value *images = emit_cast(g, emit_select(g, rois, 1, 0), INCDT_I64);
    incir_value *boxes =
        emit_cast(g, emit_slice(g, rois, 1, incsym_int(g->syms, 1), NULL, 1), wide);
    if (aligned && !incir_has_opset(g, 16)) { /* half a pixel by hand */
        boxes = emit_with_scalar(g, "Sub", boxes, 0.5 / scale);
        inc_warn(c->cx, "%s: below opset 16, boxes smaller than a pixel are enlarged to one",
                 c->cx->where.op);
    }
    incir_node *n = incir_node_new(g, "RoiAlign");
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, boxes);
    incir_in(g, n, images);
    if (g->opset >= 16)
        incir_attr_str(g, n, "coordinate_transformation_mode",
                       aligned ? "half_pixel" : "output_half_pixel");
    incir_attr_str(g, n, "mode", "avg");
    incir_attr_int(g, n, "output_height", incop_int(c, "pooled_height"));
    incir_attr_int(g, n, "output_width", incop_int(c, "pooled_width"));
    incir_attr_int(g, n, "sampling_ratio", ratio < 0 ? 0 : ratio);
    incir_attr_float(g, n, "spatial_scale", scale);
    incop_return(c, emit_as(g, n, type));
}

/* The largest in each part of each box; where it was matters only to the backward pass. */
static void lower_roi_pool(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *rois = incop_tensor(c, "rois");
    incdtype type = x->dtype;
    int64_t size[] = {incop_int(c, "pooled_height"), incop_int(c, "pooled_width")};
    if (x->rank != 4 || rois->rank != 2)
        incop_unsupported(c, "an input of rank %zu", x->rank);
    incir_node *n = incir_node_new(g, "MaxRoiPool");
    emit_in(g, n, x);
    emit_in(g, n, rois);
    incir_attr_ints(g, n, "pooled_shape", size, 2);
    incir_attr_float(g, n, "spatial_scale", incop_float(c, "spatial_scale"));
    incop_return(c, emit_as(g, n, type));
    incop_return(c, emit_empty(g, INCDT_I32));
}

/* ---- deformable convolution ---- */

typedef struct deformed {
    incir_value *x, *weight, *offset;
    int64_t kernel[2], stride[2], padding[2], dilation[2];
    int64_t taps, offset_groups;
    const incsym *out[2]; /* height and width of the output */
    const incsym *batch;  /* images times groups of channels that share their offsets */
} deformed;

static incir_value *pair(incir_graph *g, double y, double x)
{
    const float values[] = {(float)y, (float)x};
    const int64_t n = 2;
    return emit_table_f32(g, values, 1, &n);
}

/* [taps, height, width, 2]: coordinates of each tap without its offset, as (y, x). */
static incir_value *undeformed_places(incop_call *c, const deformed *d)
{
    static const size_t in_row[] = {1}, in_rows[] = {1, 2};
    incir_graph *g = c->g;
    const int64_t sizes[] = {d->taps, 1, 1, 2};
    float *taps = INC_NEW_N(c->cx, float, (size_t)(2 * d->taps));
    for (int64_t i = 0; i < d->taps; i++) {
        int64_t row = i / d->kernel[1];
        taps[2 * i] = (float)(row * d->dilation[0] - d->padding[0]);
        taps[2 * i + 1] = (float)(i % d->kernel[1] * d->dilation[1] - d->padding[1]);
    }
    incir_value *rows = emit_cast(g, emit_count_up(g, d->out[0]), INCDT_F32);
    incir_value *columns = emit_cast(g, emit_count_up(g, d->out[1]), INCDT_F32);
    rows = emit_binary(g, "Mul", emit_unsqueeze(g, rows, in_rows, 2),
                       pair(g, (double)d->stride[0], 0));
    columns = emit_binary(g, "Mul", emit_unsqueeze(g, columns, in_row, 1),
                          pair(g, 0, (double)d->stride[1]));
    return emit_binary(g, "Add", emit_binary(g, "Add", rows, columns),
                       emit_table_f32(g, taps, 4, sizes));
}

/* Pixels (y, x) as points (x, y) of a grid, -1 and 1 being the borders of the image. */
static incir_value *as_grid(incir_graph *g, incir_value *places, const incir_value *x)
{
    static const int64_t swapped[] = {1, 0};
    incir_value *size = emit_cast(g, incir_sizes(g, x->dims + 2, 2), INCDT_F32);
    incir_value *shift = emit_with_scalar(g, "Sub", emit_scalar_with(g, "Div", 1, size), 1);
    places = emit_binary(g, "Mul", places, emit_scalar_with(g, "Div", 2, size));
    return emit_gather(g, emit_binary(g, "Add", places, shift), incir_const_i64s(g, swapped, 2),
                       places->rank - 1);
}

/* [batch, channels, taps · height, width] */
static incir_value *sample_taps(incop_call *c, const deformed *d)
{
    static const size_t pairs_last[] = {0, 1, 3, 4, 2};
    incir_graph *g = c->g;
    incsym_table *t = g->syms;
    const incsym *taps = incsym_int(t, d->taps), *two = incsym_int(t, 2);
    const incsym *offset_sizes[] = {d->batch, taps, two, d->out[0], d->out[1]};
    const incsym *grid_sizes[] = {d->batch, incsym_mul(t, taps, d->out[0]), d->out[1], two};
    const incsym *channels =
        incsym_floordiv(t, incir_axis_size(g, d->x, 1), incsym_int(t, d->offset_groups));
    const incsym *image_sizes[] = {d->batch, channels, incir_axis_size(g, d->x, 2),
                                   incir_axis_size(g, d->x, 3)};
    incir_value *places =
        emit_transpose(g, emit_reshape(g, d->offset, offset_sizes, 5), pairs_last);
    places = emit_binary(g, "Add", places, undeformed_places(c, d));
    incir_node *n = incir_node_new(g, "GridSample");
    incir_in(g, n, emit_reshape(g, d->x, image_sizes, 4));
    incir_in(g, n, emit_reshape(g, as_grid(g, places, d->x), grid_sizes, 4));
    incir_attr_int(g, n, "align_corners", 0);
    incir_attr_str(g, n, "mode", g->opset >= 20 ? "linear" : "bilinear");
    incir_attr_str(g, n, "padding_mode", "zeros");
    return incir_emit(g, n);
}

/* Each tap is sampled where its offset says, as an image of its own; then a convolution with
 * kernels of 1 sums up. ONNX's DeformConv would be one node, which ONNX Runtime does not have. */
static void lower_deform_conv(incop_call *c)
{
    incir_graph *g = c->g;
    incsym_table *t = g->syms;
    incir_value *x = emit_cast(g, incop_tensor(c, "input"), INCDT_F32);
    incir_value *weight = emit_cast(g, incop_tensor(c, "weight"), INCDT_F32);
    deformed d = {.x = x,
                  .weight = weight,
                  .offset = emit_cast(g, incop_tensor(c, "offset"), INCDT_F32),
                  .stride = {incop_int(c, "stride_h"), incop_int(c, "stride_w")},
                  .padding = {incop_int(c, "pad_h"), incop_int(c, "pad_w")},
                  .dilation = {incop_int(c, "dilation_h"), incop_int(c, "dilation_w")},
                  .offset_groups = incop_int(c, "offset_groups")};
    if (d.x->rank != 4 || d.weight->rank != 4 || d.offset->rank != 4 || d.offset_groups < 1 ||
        !incir_dim(d.weight, 2, &d.kernel[0]) || !incir_dim(d.weight, 3, &d.kernel[1]) ||
        d.kernel[0] > 4096 || d.kernel[1] > 4096)
        incop_unsupported(c, "a weight of rank %zu", d.weight->rank);
    d.taps = d.kernel[0] * d.kernel[1];
    d.out[0] = incir_axis_size(g, d.offset, 2);
    d.out[1] = incir_axis_size(g, d.offset, 3);
    const incsym *groups = incsym_int(t, d.offset_groups), *taps = incsym_int(t, d.taps);
    d.batch = incsym_mul(t, incir_axis_size(g, d.x, 0), groups);
    incir_value *y = sample_taps(c, &d);
    if (incop_bool(c, "use_mask")) {
        const incsym *apart[] = {d.batch, incir_axis_size(g, y, 1), taps, d.out[0], d.out[1]};
        const incsym *mask[] = {d.batch, incsym_int(t, 1), taps, d.out[0], d.out[1]};
        incir_value *weights = emit_cast(g, incop_tensor(c, "mask"), INCDT_F32);
        incir_value *of_taps = emit_reshape(g, weights, mask, 5);
        y = emit_binary(g, "Mul", emit_reshape(g, y, apart, 5), of_taps);
    }
    const incsym *flat[] = {incir_axis_size(g, d.x, 0),
                            incsym_mul(t, incir_axis_size(g, d.x, 1), taps), d.out[0], d.out[1]};
    const incsym *one = incsym_int(t, 1);
    const incsym *kernels[] = {incir_axis_size(g, d.weight, 0),
                               incsym_mul(t, incir_axis_size(g, d.weight, 1), taps), one, one};
    incir_node *n = incir_node_new(g, "Conv");
    incir_in(g, n, emit_reshape(g, y, flat, 4));
    incir_in(g, n, emit_reshape(g, d.weight, kernels, 4));
    incir_in(g, n, emit_cast(g, incop_tensor(c, "bias"), INCDT_F32));
    incir_attr_int(g, n, "group", incop_int(c, "groups"));
    incop_return(c, emit_cast(g, incir_emit(g, n), incop_tensor(c, "input")->dtype));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_SINCE("torchvision::deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups, SymInt offset_groups, bool use_mask) -> Tensor", lower_deform_conv, 16),
    OP("torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", lower_nms),
    OP("torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor", lower_roi_align),
    OP("torchvision::roi_pool(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width) -> (Tensor, Tensor)", lower_roi_pool),
};
/* clang-format on */

const incop_family incop_vision = {"vision", rows, INC_COUNT(rows)};
