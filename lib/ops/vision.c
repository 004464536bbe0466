/* Sampling grids, windows as columns, boxes. */
#include <math.h>

#include "ops/emit_math.h"
#include "ops/emit_shape.h"
#include "ops/nn.h"

static const incsym *known(incir_graph *g, int64_t value)
{
    return incsym_int(g->syms, value);
}

/* ---- grids ---- */

static incir_value *emit_grid_sample(incop_call *c, incir_value *x, incir_value *grid, int64_t mode,
                                     int64_t padding, bool corners)
{
    static const char *const modes[][3] = {{"bilinear", "nearest", "bicubic"},
                                           {"linear", "nearest", "cubic"}};
    static const char *const paddings[] = {"zeros", "border", "reflection"};
    incir_graph *g = c->g;
    incop_needs_opset(c, x->rank > 4 ? 20 : 16, NULL);
    if (mode < 0 || mode > 2 || padding < 0 || padding > 2 || x->rank < 4)
        incop_unsupported(c, "mode %lld, padding %lld of an input of rank %zu", (long long)mode,
                          (long long)padding, x->rank);
    incdtype type = x->dtype, wide = emit_working_type(g, "GridSample", type);
    incir_node *n = incir_node_new(g, "GridSample");
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, emit_cast(g, grid, wide));
    incir_attr_int(g, n, "align_corners", corners);
    incir_attr_str(g, n, "mode", modes[g->opset >= 20][mode]);
    incir_attr_str(g, n, "padding_mode", paddings[padding]);
    return emit_cast(g, incir_emit(g, n), type);
}

static void lower_grid_sampler(incop_call *c)
{
    incop_return(c, emit_grid_sample(c, incop_tensor(c, "input"), incop_tensor(c, "grid"),
                                     incop_int(c, "interpolation_mode"),
                                     incop_int(c, "padding_mode"), incop_bool(c, "align_corners")));
}

/* n positions from -1 to 1: at the ends, or at the middles of n cells; of float32. */
static incir_value *positions(incir_graph *g, const incsym *n, bool corners)
{
    enum { MOST_KNOWN = 1 << 16 };
    int64_t size;
    if (incsym_known(n, &size) && size <= MOST_KNOWN) {
        float *values = INC_NEW_N(g->cx, float, (size_t)size);
        double gaps = (double)(corners ? size - 1 : size);
        for (int64_t i = 0; i < size; i++)
            values[i] = (float)(corners ? (size > 1 ? -1 + 2 * (double)i / gaps : 0)
                                        : (2 * (double)i + 1) / gaps - 1);
        return emit_table_f32(g, values, 1, &size);
    }
    incir_value *i = emit_cast(g, emit_count_up(g, n), INCDT_F32);
    const incsym *gaps =
        corners ? incsym_max(g->syms, known(g, 1), incsym_add_int(g->syms, n, -1)) : n;
    incir_value *scale = emit_cast(g, incir_size_scalar(g, gaps), INCDT_F32);
    i = emit_with_scalar(g, "Mul", i, 2);
    i = corners ? i : emit_with_scalar(g, "Add", i, 1);
    return emit_with_scalar(g, "Sub", emit_binary(g, "Div", i, scale), 1);
}

/* [sizes…, k + 1]: the place of each cell, the last axis first, and 1. NULL when not known. */
static incir_value *known_places(incir_graph *g, const incsym *const *sizes, size_t k, bool corners)
{
    enum { MOST_KNOWN = 1 << 22 };
    int64_t shape[2] = {1, (int64_t)k + 1}, at = 1;
    int64_t *known_sizes = INC_NEW_N(g->cx, int64_t, k);
    for (size_t i = 0; i < k; i++) {
        if (!incsym_known(sizes[i], &known_sizes[i]) || known_sizes[i] < 0 ||
            known_sizes[i] > MOST_KNOWN)
            return NULL;
        shape[0] *= known_sizes[i];
        if (shape[0] > MOST_KNOWN)
            return NULL;
    }
    float *places = INC_NEW_N(g->cx, float, (size_t)(shape[0] * shape[1]));
    for (size_t i = k; i-- > 0;) {
        const double *line = inctensor_f64s(g->cx, positions(g, sizes[i], corners)->constant);
        for (int64_t e = 0; e < shape[0]; e++)
            places[e * shape[1] + (int64_t)(k - 1 - i)] = (float)line[e / at % known_sizes[i]];
        at *= known_sizes[i];
    }
    for (int64_t e = 0; e < shape[0]; e++)
        places[e * shape[1] + (int64_t)k] = 1;
    return emit_table_f32(g, places, 2, shape);
}

/* Σ position along axis i · column of theta + its last column, where sizes are dynamic. */
static incir_value *emit_affine_places(incir_graph *g, incir_value *theta,
                                       const incsym *const *sizes, size_t k, bool corners)
{
    size_t *cells = INC_NEW_N(g->cx, size_t, k), *others = INC_NEW_N(g->cx, size_t, k);
    for (size_t i = 0; i < k; i++)
        cells[i] = 1 + i;
    incir_value *sum = emit_unsqueeze(g, emit_select(g, theta, 2, (int64_t)k), cells, k);
    for (size_t i = 0; i < k; i++) {
        size_t n = 0;
        for (size_t axis = i + 1; axis <= k; axis++)
            others[n++] = axis - i; /* [n] as [n, 1, …]: broadcasts against [N, sizes…, k] */
        incir_value *line = emit_unsqueeze(g, positions(g, sizes[i], corners), others, n);
        incir_value *column = emit_select(g, theta, 2, (int64_t)(k - 1 - i));
        column = emit_unsqueeze(g, column, cells, k);
        sum = emit_binary(g, "Add", sum,
                          emit_binary(g, "Mul", emit_cast(g, line, theta->dtype), column));
    }
    return sum;
}

static void lower_affine_grid(incop_call *c)
{
    static const size_t transposed[] = {0, 2, 1};
    incir_graph *g = c->g;
    incir_value *theta = incop_tensor(c, "theta");
    bool corners = incop_bool(c, "align_corners");
    size_t n;
    const incsym **size = incop_syms(c, "size", &n);
    if (n < 4 || n > 5 || theta->rank != 3)
        incop_unsupported(c, "a grid of %zu axes", n);
    size_t k = n - 2;
    if (g->opset >= 20) {
        incir_node *node = incir_node_new(g, "AffineGrid");
        incir_in(g, node, theta);
        incir_in(g, node, incir_sizes(g, size, n));
        incir_attr_int(g, node, "align_corners", corners);
        incop_return(c, incir_emit(g, node));
        return;
    }
    incir_value *places = known_places(g, size + 2, k, corners);
    if (!places) {
        incop_return(c, emit_affine_places(g, theta, size + 2, k, corners));
        return;
    }
    const incsym **shape = INC_NEW_N(c->cx, const incsym *, k + 2);
    shape[0] = theta->dims[0];
    for (size_t i = 0; i < k; i++)
        shape[1 + i] = size[2 + i];
    shape[1 + k] = known(g, (int64_t)k);
    incir_value *grid =
        emit_matmul(g, emit_cast(g, places, theta->dtype), emit_transpose(g, theta, transposed));
    incop_return(c, emit_reshape(g, grid, shape, k + 2));
}

/* ---- windows as columns ---- */

typedef struct windows {
    int64_t kernel[2], dilation[2], padding[2], stride[2];
} windows;

static windows read_windows(incop_call *c)
{
    windows w = {{0}};
    const int64_t *kernel = incop_ints_k(c, "kernel_size", 2, 1);
    const int64_t *dilation = incop_ints_k(c, "dilation", 2, 1);
    const int64_t *padding = incop_ints_k(c, "padding", 2, 0);
    const int64_t *stride = incop_ints_k(c, "stride", 2, 1);
    for (size_t i = 0; i < 2; i++) {
        w.kernel[i] = kernel[i];
        w.dilation[i] = dilation[i];
        w.padding[i] = padding[i];
        w.stride[i] = stride[i];
        if (kernel[i] < 1 || kernel[i] > 4096 || stride[i] < 1 || dilation[i] < 1 || padding[i] < 0)
            incop_unsupported(c, "a window of size %lld, stride %lld", (long long)kernel[i],
                              (long long)stride[i]);
    }
    return w;
}

/* How many windows there are along an axis of that size. */
static const incsym *window_count(incir_graph *g, const windows *w, size_t i, const incsym *size)
{
    int64_t reach = w->dilation[i] * (w->kernel[i] - 1) + 1;
    const incsym *room = incsym_add_int(g->syms, size, 2 * w->padding[i] - reach);
    return incsym_add_int(g->syms, incsym_floordiv(g->syms, room, known(g, w->stride[i])), 1);
}

/* [kernel, n]: what each window has at each of its places. */
static incir_value *window_places(incir_graph *g, const windows *w, size_t i, const incsym *n)
{
    int64_t sizes[] = {w->kernel[i], 1};
    int64_t *offsets = INC_NEW_N(g->cx, int64_t, (size_t)w->kernel[i]);
    for (int64_t k = 0; k < w->kernel[i]; k++)
        offsets[k] = k * w->dilation[i];
    incir_value *starts = emit_count_up(g, n);
    if (w->stride[i] != 1)
        starts = emit_with_scalar(g, "Mul", starts, (double)w->stride[i]);
    return emit_binary(g, "Add", emit_table_i64(g, offsets, 2, sizes), starts);
}

static void lower_im2col(incop_call *c)
{
    static const size_t kernels_first[] = {0, 1, 2, 4, 3, 5};
    incir_graph *g = c->g;
    windows w = read_windows(c);
    bool added;
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), 2, &added);
    const incsym *zero = known(g, 0), *p[2] = {known(g, w.padding[0]), known(g, w.padding[1])};
    const incsym *pads[] = {zero, zero, p[0], p[1]};
    const incsym *n[] = {window_count(g, &w, 0, x->dims[2]), window_count(g, &w, 1, x->dims[3])};
    incir_value *y = emit_pad(g, x, "constant", pads, pads, 0);
    y = emit_gather(g, y, window_places(g, &w, 0, n[0]), 2);
    y = emit_gather(g, y, window_places(g, &w, 1, n[1]), 4);
    const incsym *sizes[] = {x->dims[0],
                             incsym_mul_int(g->syms, x->dims[1], w.kernel[0] * w.kernel[1]),
                             incsym_mul(g->syms, n[0], n[1])};
    y = emit_reshape(g, emit_transpose(g, y, kernels_first), sizes, 3);
    incop_return(c, emit_unbatched(g, y, added));
}

/* [C · kernel, 1, kernel]: each channel of columns goes to one place of its window. */
static incir_value *placing_weight(incop_call *c, const windows *w, int64_t channels)
{
    enum { MOST_WEIGHTS = 1 << 24 };
    int64_t places = w->kernel[0] * w->kernel[1];
    const int64_t sizes[] = {channels * places, 1, w->kernel[0], w->kernel[1]};
    if (places > MOST_WEIGHTS / places || channels > MOST_WEIGHTS / (places * places))
        incop_needs_opset(c, 18, "so large windows");
    float *weight = INC_NEW_N(c->cx, float, (size_t)(channels * places * places));
    for (int64_t i = 0; i < channels * places; i++)
        weight[i * places + i % places] = 1;
    return emit_table_f32(c->g, weight, 4, sizes);
}

/* Sums up columns where they came from: a transposed convolution that only places. */
static incir_value *emit_placed(incop_call *c, incir_value *x, const windows *w,
                                const incsym *const *size)
{
    incir_graph *g = c->g;
    int64_t places = w->kernel[0] * w->kernel[1], channels, pads[4], more[2];
    const incsym *n[] = {window_count(g, w, 0, size[0]), window_count(g, w, 1, size[1])};
    const incsym *sizes[] = {x->dims[0], x->dims[1], n[0], n[1]};
    if (!incir_dim(x, 1, &channels) || channels % places != 0)
        incop_needs_opset(c, 18, "an unknown number of channels");
    channels /= places;
    for (size_t i = 0; i < 2; i++) {
        int64_t out, count;
        pads[i] = pads[2 + i] = w->padding[i];
        if (!incsym_known(size[i], &out) || !incsym_known(n[i], &count))
            more[i] = 0;
        else
            more[i] = out - ((count - 1) * w->stride[i] - 2 * w->padding[i] +
                             w->dilation[i] * (w->kernel[i] - 1) + 1);
    }
    incir_node *node = incir_node_new(g, "ConvTranspose");
    incir_in(g, node, emit_reshape(g, x, sizes, 4));
    incir_in(g, node, placing_weight(c, w, channels));
    incir_attr_ints(g, node, "dilations", w->dilation, 2);
    incir_attr_int(g, node, "group", channels);
    incir_attr_ints(g, node, "kernel_shape", w->kernel, 2);
    incir_attr_ints(g, node, "output_padding", more, 2);
    incir_attr_ints(g, node, "pads", pads, 4);
    incir_attr_ints(g, node, "strides", w->stride, 2);
    return incir_emit(g, node);
}

static incir_value *emit_col2im(incop_call *c, incir_value *x, const windows *w,
                                const incsym *const *size)
{
    incir_graph *g = c->g;
    const int64_t pads[] = {w->padding[0], w->padding[1], w->padding[0], w->padding[1]};
    if (g->opset < 18)
        return emit_placed(c, x, w, size);
    incir_node *n = incir_node_new(g, "Col2Im");
    incir_in(g, n, x);
    incir_in(g, n, incir_sizes(g, size, 2));
    incir_in(g, n, incir_const_i64s(g, w->kernel, 2));
    incir_attr_ints(g, n, "dilations", w->dilation, 2);
    incir_attr_ints(g, n, "pads", pads, 4);
    incir_attr_ints(g, n, "strides", w->stride, 2);
    return incir_emit(g, n);
}

static void lower_col2im(incop_call *c)
{
    incir_graph *g = c->g;
    windows w = read_windows(c);
    size_t n;
    const incsym **given = incop_syms(c, "output_size", &n);
    if (n != 1 && n != 2)
        incop_unsupported(c, "%zu output sizes", n);
    const incsym *size[] = {given[0], given[n - 1]};
    bool added;
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), 1, &added);
    incdtype type = x->dtype;
    x = emit_cast(g, x, emit_working_type(g, "ConvTranspose", type));
    incir_value *y = emit_cast(g, emit_col2im(c, x, &w, size), type);
    incop_return(c, emit_unbatched(g, y, added));
}

/* ---- boxes ---- */

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
    incir_in(g, n, emit_unsqueeze(g, boxes, &batch, 1));
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
    incir_value *boxes = emit_cast(g, emit_slice(g, rois, 1, known(g, 1), NULL, 1), wide);
    if (aligned && g->opset < 16) { /* half a pixel by hand */
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
    incop_return(c, emit_cast(g, incir_emit(g, n), type));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor", lower_affine_grid),
    OP("aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor", lower_col2im),
    OP_SINCE("aten::grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", lower_grid_sampler, 16),
    OP_SINCE("aten::grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", lower_grid_sampler, 16),
    OP_SINCE("aten::grid_sampler_3d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", lower_grid_sampler, 20),
    OP("aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor", lower_im2col),
    OP("torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", lower_nms),
    OP("torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor", lower_roi_align),
};
/* clang-format on */

const incop_family incop_vision = {"vision", rows, INC_COUNT(rows)};
