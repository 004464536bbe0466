/* Detection: boxes that overlap are thinned out, and what lies in boxes is pooled. */
#include "ops/emit_math.h"
#include "ops/nn.h"

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
    incir_value *boxes =
        emit_cast(g, emit_slice(g, rois, 1, incsym_int(g->syms, 1), NULL, 1), wide);
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
    OP("torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", lower_nms),
    OP("torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor", lower_roi_align),
};
/* clang-format on */

const incop_family incop_vision = {"vision", rows, INC_COUNT(rows)};
