/* SPDX-License-Identifier: Apache-2.0 */
/* Resizing images. PyTorch takes the ratio of sizes as scale unless one was given, in which case
 * the given one decides where samples are taken; ONNX says the same by sizes or scales as input. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

typedef struct resize_plan {
    size_t k;
    const incsym **sizes;    /* of the output's spatial axes */
    const double *scales;    /* given ones, or NULL */
    const char *mode;        /* nearest, linear, cubic */
    const char *coordinates; /* how positions map, in ONNX's words */
    const char *rounding;    /* nearest only */
    double cubic_a;
    bool antialias;
} resize_plan;

/* One factor an axis; NULL when there are none. */
static const double *read_scales(incop_call *c, size_t k)
{
    static const char *const names[][3] = {
        {"scales", "", ""}, {"scales_h", "scales_w", ""}, {"scales_d", "scales_h", "scales_w"}};
    double *scales = INC_NEW_N(c->cx, double, k);
    if (incop_has(c, "scale_factors")) {
        size_t n;
        const double *given = incop_floats(c, "scale_factors", &n);
        if (n != 0 && n != k)
            incop_unsupported(c, "%zu scale factors for %zu axes", n, k);
        return n ? given : NULL;
    }
    for (size_t i = 0; i < k; i++) {
        if (incop_is_none(c, names[k - 1][i]))
            return NULL;
        scales[i] = incop_float(c, names[k - 1][i]);
    }
    for (size_t i = 0; i < k; i++)
        if (!(scales[i] > 0)) /* as none */
            return NULL;
    return scales;
}

/* floor(size · scale); symbolic sizes only by whole numbers and their reciprocals, else NULL. */
static const incsym *scaled_size(incir_graph *g, const incsym *size, double scale)
{
    int64_t known;
    if (incsym_known(size, &known)) {
        double result = floor((double)known * scale);
        if (!(fabs(result) < 0x1p62))
            inc_raise(g->cx, INC_E_FORMAT, "a size of %lld is scaled by %g", (long long)known,
                      scale);
        return incsym_int(g->syms, (int64_t)result);
    }
    if (scale >= 1 && scale == floor(scale) && scale < 1e6)
        return incsym_mul_int(g->syms, size, (int64_t)scale);
    double inverse = 1 / scale;
    if (inverse == floor(inverse) && inverse >= 1 && inverse < 1e6)
        return incsym_floordiv(g->syms, size, incsym_int(g->syms, (int64_t)inverse));
    return NULL;
}

static void read_sizes(incop_call *c, const incir_value *x, resize_plan *p)
{
    size_t n;
    p->k = incop_spatial_axes(c);
    if (x->rank != p->k + 2)
        incop_unsupported(c, "an input of rank %zu, expected %zu", x->rank, p->k + 2);
    p->scales = read_scales(c, p->k);
    p->sizes = INC_NEW_N(c->cx, const incsym *, p->k);
    const incsym **given = incop_syms(c, "output_size", &n);
    if ((n != 0 && n != 1 && n != p->k) || (n == 0 && !p->scales))
        incop_unsupported(c, "%zu output sizes for %zu axes", n, p->k);
    for (size_t i = 0; i < p->k; i++)
        p->sizes[i] = n ? given[n == 1 ? 0 : i]
                        : scaled_size(c->g, incir_axis_size(c->g, x, i + 2), p->scales[i]);
}

static bool changes_nothing(incir_graph *g, const incir_value *x, const resize_plan *p)
{
    for (size_t i = 0; i < p->k; i++)
        if (!p->sizes[i] || !emit_same_size(g, p->sizes[i], incir_axis_size(g, x, i + 2)) ||
            (p->scales && p->scales[i] != 1))
            return false;
    return true;
}

/* A float factor by which a runtime, computing in floats, comes to that size; false when none. */
static bool factor_for(double scale, int64_t size, int64_t wanted, float *factor)
{
    *factor = (float)scale;
    for (int i = 0; i < 4; i++) {
        float got = floorf(*factor * (float)size);
        if (!(got < 0x1p62f))
            return false;
        if ((int64_t)got == wanted)
            return true;
        *factor = nextafterf(*factor, (int64_t)got < wanted ? INFINITY : 0);
    }
    return false;
}

/* [1, 1, factors…] for the scales that were given; NULL when they cannot say the size. */
static incir_value *given_factors(incir_graph *g, const incir_value *x, const resize_plan *p)
{
    int64_t n = (int64_t)p->k + 2, in, out;
    float *factors = INC_NEW_N(g->cx, float, p->k + 2);
    factors[0] = factors[1] = 1;
    for (size_t i = 0; i < p->k; i++) {
        factors[i + 2] = (float)p->scales[i];
        if (p->sizes[i] && incsym_known(p->sizes[i], &out) &&
            incsym_known(incir_axis_size(g, x, i + 2), &in) &&
            !factor_for(p->scales[i], in, out, &factors[i + 2]))
            return NULL;
    }
    return emit_table_f32(g, factors, 1, &n);
}

/* The same from known sizes, where that is as good: it spares reading the other sizes at run time.
 * Nearest must hit whole numbers exactly. */
static incir_value *factors_of_sizes(incir_graph *g, const incir_value *x, const resize_plan *p)
{
    int64_t n = (int64_t)p->k + 2, in, out, known;
    float *factors = INC_NEW_N(g->cx, float, p->k + 2);
    if (g->opset >= 18 || (incir_dim(x, 0, &known) && incir_dim(x, 1, &known)))
        return NULL;
    factors[0] = factors[1] = 1;
    for (size_t i = 0; i < p->k; i++) {
        if (!incsym_known(p->sizes[i], &out) || !incsym_known(incir_axis_size(g, x, i + 2), &in) ||
            in <= 0 || out <= 0 || (strcmp(p->mode, "nearest") == 0 && out % in != 0) ||
            !factor_for((double)out / (double)in, in, out, &factors[i + 2]))
            return NULL;
    }
    return emit_table_f32(g, factors, 1, &n);
}

/* The sizes as input: from opset 18 on only those of the spatial axes, which the node names. */
static incir_value *size_input(incir_graph *g, const incir_value *x, const resize_plan *p)
{
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, p->k + 2);
    sizes[0] = incir_axis_size(g, x, 0);
    sizes[1] = incir_axis_size(g, x, 1);
    for (size_t i = 0; i < p->k; i++)
        sizes[i + 2] = p->sizes[i];
    return g->opset >= 18 ? incir_sizes(g, p->sizes, p->k) : incir_sizes(g, sizes, p->k + 2);
}

static incir_value *emit_resize(incop_call *c, incir_value *x, const resize_plan *p)
{
    incir_graph *g = c->g;
    incir_value *none = g->opset >= 13 ? NULL : emit_empty(g, INCDT_F32);
    incir_value *factors = p->scales ? given_factors(g, x, p) : factors_of_sizes(g, x, p);
    incir_node *n = incir_node_new(g, "Resize");
    incir_in(g, n, x);
    incir_in(g, n, none);
    incir_in(g, n, factors ? factors : none);
    if (!factors) {
        incir_in(g, n, size_input(g, x, p));
        if (g->opset >= 18) {
            int64_t axes[] = {2, 3, 4};
            incir_attr_ints(g, n, "axes", axes, p->k);
        }
    }
    if (p->antialias) {
        incir_attr_int(g, n, "antialias", 1);
        incir_attr_int(g, n, "exclude_outside", 1);
    }
    incir_attr_str(g, n, "coordinate_transformation_mode", p->coordinates);
    if (p->cubic_a != 0)
        incir_attr_float(g, n, "cubic_coeff_a", p->cubic_a);
    incir_attr_str(g, n, "mode", p->mode);
    if (p->rounding)
        incir_attr_str(g, n, "nearest_mode", p->rounding);
    incir_value *y = incir_emit(g, n);
    const incsym **dims = inc_copy(c->cx, y->dims, y->rank * sizeof *dims);
    for (size_t i = 0; i < p->k; i++)
        dims[i + 2] = p->sizes[i] ? p->sizes[i] : dims[i + 2];
    return emit_set_dims(g, y, dims);
}

/* ---- antialiasing as products ---- */

static double filter_at(const resize_plan *p, double x)
{
    x = fabs(x);
    if (strcmp(p->mode, "linear") == 0)
        return x < 1 ? 1 - x : 0;
    double a = p->cubic_a;
    return x < 1   ? ((a + 2) * x - (a + 3)) * x * x + 1
           : x < 2 ? (((x - 5) * x + 8) * x - 4) * a
                   : 0;
}

/* [out, in]: row i weighs what output i is made of; as PyTorch's upsampling with antialias. */
static incir_value *filter_matrix(incop_call *c, const resize_plan *p, size_t axis, int64_t in,
                                  int64_t out)
{
    enum { WORK_PER_ELEMENT = 32 };
    const int64_t sizes[] = {out, in};
    bool corners = strcmp(p->coordinates, "align_corners") == 0;
    double scale = corners     ? (out > 1 ? (double)(in - 1) / (double)(out - 1) : 0)
                   : p->scales ? 1 / p->scales[axis]
                               : (double)in / (double)out;
    double stretch = scale > 1 ? scale : 1;
    double reach = (strcmp(p->mode, "linear") == 0 ? 1 : 2) * stretch;
    inc_work(c->cx, (uint64_t)(out * in) * WORK_PER_ELEMENT);
    float *m = INC_NEW_N(c->cx, float, (size_t)(out * in));
    for (int64_t i = 0; i < out; i++) {
        double center = scale * ((double)i + 0.5), total = 0;
        double first = floor(center - reach + 0.5), end = floor(center + reach + 0.5);
        int64_t from = inc_clamp_f64(first, 0, in), to = inc_clamp_f64(end, 0, in);
        for (int64_t j = from; j < to; j++)
            total += filter_at(p, ((double)j - center + 0.5) / stretch);
        for (int64_t j = from; j < to && total != 0; j++)
            m[i * in + j] = (float)(filter_at(p, ((double)j - center + 0.5) / stretch) / total);
    }
    return emit_table_f32(c->g, m, 2, sizes);
}

/* For what ONNX has no words for: opsets below 18, and corners aligned. */
static incir_value *emit_filtered(incop_call *c, incir_value *x, const resize_plan *p)
{
    enum { MOST_WEIGHTS = 1 << 24 };
    incir_graph *g = c->g;
    for (size_t i = 0; i < p->k; i++) {
        int64_t in, out;
        bool fits = p->sizes[i] && incsym_known(p->sizes[i], &out) &&
                    incsym_known(incir_axis_size(g, x, i + 2), &in) && in > 0 && out > 0 &&
                    in <= MOST_WEIGHTS && out <= MOST_WEIGHTS / in;
        if (!fits) {
            incop_needs_opset(c, 18, "sizes that are not known");
            incop_unsupported(c, "align_corners with sizes that are not known");
        }
        x = emit_along_axis(g, x, i + 2, filter_matrix(c, p, i, in, out));
    }
    return x;
}

/* ---- handlers ---- */

static incir_value *emit_resize_floats(incop_call *c, incir_value *x, const resize_plan *p)
{
    bool corners = strcmp(p->coordinates, "align_corners") == 0;
    return p->antialias && (corners || !incir_has_opset(c->g, 18)) ? emit_filtered(c, x, p)
                                                                   : emit_resize(c, x, p);
}

/* Bytes are interpolated as floats and rounded. */
static incir_value *emit_resize_bytes(incop_call *c, incir_value *x, const resize_plan *p)
{
    incir_graph *g = c->g;
    incir_value *y = emit_resize_floats(c, emit_cast(g, x, INCDT_F32), p);
    y = emit_unary(g, "Round", y);
    if (strcmp(p->mode, "cubic") == 0)
        y = emit_clip(g, y, emit_scalar_like(g, y, 0), emit_scalar_like(g, y, 255));
    return emit_cast(g, y, x->dtype);
}

static void resize(incop_call *c, resize_plan *p)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, incop_has(c, "input") ? "input" : "self");
    incdtype type = x->dtype;
    read_sizes(c, x, p);
    if (changes_nothing(g, x, p)) {
        incop_return(c, x);
        return;
    }
    if (strcmp(p->mode, "nearest") != 0 && incdtype_is_integer(type)) {
        incop_return(c, emit_resize_bytes(c, x, p));
        return;
    }
    x = emit_cast(g, x, emit_working_type(g, "Resize", type));
    incop_return(c, emit_cast(g, emit_resize_floats(c, x, p), type));
}

static void lower_nearest(incop_call *c)
{
    resize_plan p = {.mode = "nearest", .coordinates = "asymmetric", .rounding = "floor"};
    resize(c, &p);
}

static void lower_nearest_exact(incop_call *c)
{
    resize_plan p = {
        .mode = "nearest", .coordinates = "half_pixel", .rounding = "round_prefer_ceil"};
    resize(c, &p);
}

static resize_plan interpolation(incop_call *c, const char *mode)
{
    bool corners = incop_bool(c, "align_corners");
    return (resize_plan){.mode = mode, .coordinates = corners ? "align_corners" : "half_pixel"};
}

static void lower_linear_resize(incop_call *c)
{
    resize_plan p = interpolation(c, "linear");
    resize(c, &p);
}

static void lower_cubic_resize(incop_call *c)
{
    resize_plan p = interpolation(c, "cubic");
    p.cubic_a = -0.75;
    resize(c, &p);
}

/* row->as is the mode. Antialiased cubic filters have another shape, that of PIL. */
static void lower_antialiased(incop_call *c)
{
    resize_plan p = interpolation(c, c->row->as);
    p.antialias = true;
    p.cubic_a = strcmp(p.mode, "cubic") == 0 ? -0.5 : 0;
    resize(c, &p);
}

/* ---- F.interpolate, where a frozen module calls it by name ---- */

static incval repeated(incop_call *c, const char *name, size_t k)
{
    incval given = incop_arg(c, name);
    if (given.kind == INCVAL_NONE || given.kind == INCVAL_LIST)
        return given;
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < k; i++)
        INC_PUSH(c->cx, &list.u.list->v, given);
    return list;
}

/* What scale factors come to, as recompute_scale_factor asks. */
static incval sizes_of_scales(incop_call *c, const incir_value *x, incval scales)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    size_t n;
    const double *factors = incop_floats(c, "scale_factor", &n);
    for (size_t i = 0; i + 2 < x->rank && n > 0; i++) {
        const incsym *size =
            scaled_size(c->g, incir_axis_size(c->g, x, i + 2), factors[n == 1 ? 0 : i]);
        if (!size || (n != 1 && n + 2 != x->rank))
            incop_unsupported(c, "recompute_scale_factor with a factor of %g", factors[0]);
        INC_PUSH(c->cx, &list.u.list->v, incval_int(size));
    }
    return n > 0 ? list : scales;
}

/* The operator that F.interpolate calls in the end. */
static void lower_interpolate(incop_call *c)
{
    static const struct {
        const char *mode, *names[3];
        bool has_corners;
    } modes[] = {
        {"nearest",
         {"aten::upsample_nearest1d", "aten::upsample_nearest2d", "aten::upsample_nearest3d"},
         false},
        {"nearest-exact",
         {"aten::_upsample_nearest_exact1d", "aten::_upsample_nearest_exact2d",
          "aten::_upsample_nearest_exact3d"},
         false},
        {"linear", {"aten::upsample_linear1d"}, true},
        {"bilinear", {NULL, "aten::upsample_bilinear2d"}, true},
        {"trilinear", {NULL, NULL, "aten::upsample_trilinear3d"}, true},
        {"bicubic", {NULL, "aten::upsample_bicubic2d"}, true},
        {"area",
         {"aten::adaptive_avg_pool1d", "aten::adaptive_avg_pool2d", "aten::adaptive_avg_pool3d"},
         false},
    };
    incir_value *x = incop_tensor(c, "input");
    size_t k = x->rank - 2, n = 0, n_results;
    bool area = incop_str_is(c, "mode", "area"), antialias = incop_bool(c, "antialias");
    const char *name = NULL;
    incval args[4] = {incop_arg(c, "input"), repeated(c, "size", k)};
    incval scales = repeated(c, "scale_factor", k);
    if (args[1].kind == INCVAL_NONE && (area || (!incop_is_none(c, "recompute_scale_factor") &&
                                                 incop_bool(c, "recompute_scale_factor")))) {
        args[1] = sizes_of_scales(c, x, scales);
        scales = incval_none();
    }
    n = 2;
    for (size_t i = 0; i < INC_COUNT(modes) && x->rank >= 3 && k <= 3; i++) {
        if (!incop_str_is(c, "mode", modes[i].mode))
            continue;
        name = modes[i].names[k - 1];
        if (modes[i].has_corners)
            args[n++] =
                incval_bool(!incop_is_none(c, "align_corners") && incop_bool(c, "align_corners"));
    }
    if (antialias && name && k == 2)
        name = incop_str_is(c, "mode", "bicubic") ? "aten::_upsample_bicubic2d_aa"
                                                  : "aten::_upsample_bilinear2d_aa";
    if (!name)
        incop_unsupported(c, "mode '%s' on an input of rank %zu", incop_str(c, "mode"), x->rank);
    if (!area)
        args[n++] = scales;
    incval *results = incop_invoke(c->g, name, args, n, NULL, 0, &n_results);
    incop_return_val(c, results[0]);
}

/* F.upsample and its two kin, as scripts called them before F.interpolate. row->as is the mode. */
static void lower_old_upsample(incop_call *c)
{
    size_t n_results;
    const char *mode = c->row->as;
    bool corners = mode && strcmp(mode, "bilinear") == 0;
    incval args[] = {incop_arg(c, "input"), incop_arg(c, "size"), incop_arg(c, "scale_factor"),
                     mode ? incval_str(mode) : incop_arg(c, "mode"),
                     mode ? (corners ? incval_bool(true) : incval_none())
                          : incop_arg(c, "align_corners")};
    incval *results =
        incop_invoke(c->g, "aten::__interpolate", args, INC_COUNT(args), NULL, 0, &n_results);
    incop_return_val(c, results[0]);
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::__interpolate(Tensor input, int? size=None, float? scale_factor=None, str mode=\"nearest\", bool? align_corners=None, bool? recompute_scale_factor=None, bool antialias=False) -> Tensor", lower_interpolate, INCOP_FX_SHARED),
    OP_Q("aten::__interpolate.scale_list(Tensor input, int? size=None, float[]? scale_factor=None, str mode=\"nearest\", bool? align_corners=None, bool? recompute_scale_factor=None, bool antialias=False) -> Tensor", lower_interpolate, INCOP_FX_SHARED),
    OP_Q("aten::__interpolate.size_list(Tensor input, int[]? size=None, float? scale_factor=None, str mode=\"nearest\", bool? align_corners=None, bool? recompute_scale_factor=None, bool antialias=False) -> Tensor", lower_interpolate, INCOP_FX_SHARED),
    OP_Q("aten::__interpolate.size_list_scale_list(Tensor input, int[]? size=None, float[]? scale_factor=None, str mode=\"nearest\", bool? align_corners=None, bool? recompute_scale_factor=None, bool antialias=False) -> Tensor", lower_interpolate, INCOP_FX_SHARED),
    OP("aten::__upsample(Tensor input, int? size=None, int? scale_factor=None, str mode=\"nearest\", bool? align_corners=None) -> Tensor", lower_old_upsample),
    OP("aten::__upsample.size_list(Tensor input, int[]? size=None, int? scale_factor=None, str mode=\"nearest\", bool? align_corners=None) -> Tensor", lower_old_upsample),
    OP_AS("aten::__upsample_bilinear(Tensor input, int? size=None, int? scale_factor=None) -> Tensor", lower_old_upsample, "bilinear"),
    OP_AS("aten::__upsample_bilinear.scale_list(Tensor input, int? size=None, int[]? scale_factor=None) -> Tensor", lower_old_upsample, "bilinear"),
    OP_AS("aten::__upsample_bilinear.size_list(Tensor input, int[]? size=None, int? scale_factor=None) -> Tensor", lower_old_upsample, "bilinear"),
    OP_AS("aten::__upsample_bilinear.size_list_scale_list(Tensor input, int[]? size=None, int[]? scale_factor=None) -> Tensor", lower_old_upsample, "bilinear"),
    OP_AS("aten::__upsample_nearest(Tensor input, int? size=None, int? scale_factor=None) -> Tensor", lower_old_upsample, "nearest"),
    OP_AS("aten::__upsample_nearest.size_list(Tensor input, int[]? size=None, int? scale_factor=None) -> Tensor", lower_old_upsample, "nearest"),
    OP_AS("aten::_upsample_bicubic2d_aa(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -> Tensor", lower_antialiased, "cubic"),
    OP_AS("aten::_upsample_bicubic2d_aa.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor", lower_antialiased, "cubic"),
    OP_AS("aten::_upsample_bilinear2d_aa(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -> Tensor", lower_antialiased, "linear"),
    OP_AS("aten::_upsample_bilinear2d_aa.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor", lower_antialiased, "linear"),
    OP_Q("aten::_upsample_nearest_exact1d(Tensor self, SymInt[1] output_size, float? scales=None) -> Tensor", lower_nearest_exact, INCOP_Q_SAME),
    OP_Q("aten::_upsample_nearest_exact1d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor", lower_nearest_exact, INCOP_Q_SAME),
    OP_Q("aten::_upsample_nearest_exact2d(Tensor self, SymInt[2] output_size, float? scales_h=None, float? scales_w=None) -> Tensor", lower_nearest_exact, INCOP_Q_SAME),
    OP_Q("aten::_upsample_nearest_exact2d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor", lower_nearest_exact, INCOP_Q_SAME),
    OP_Q("aten::_upsample_nearest_exact3d(Tensor self, SymInt[3] output_size, float? scales_d=None, float? scales_h=None, float? scales_w=None) -> Tensor", lower_nearest_exact, INCOP_Q_SAME),
    OP_Q("aten::_upsample_nearest_exact3d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor", lower_nearest_exact, INCOP_Q_SAME),
    OP_Q("aten::upsample_bicubic2d(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -> Tensor", lower_cubic_resize, INCOP_FX_SHARED),
    OP_Q("aten::upsample_bicubic2d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor", lower_cubic_resize, INCOP_FX_SHARED),
    OP_Q("aten::upsample_bilinear2d(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -> Tensor", lower_linear_resize, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_bilinear2d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor", lower_linear_resize, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_linear1d(Tensor self, SymInt[1] output_size, bool align_corners, float? scales=None) -> Tensor", lower_linear_resize, INCOP_FX_SHARED),
    OP_Q("aten::upsample_linear1d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor", lower_linear_resize, INCOP_FX_SHARED),
    OP_Q("aten::upsample_nearest1d(Tensor self, SymInt[1] output_size, float? scales=None) -> Tensor", lower_nearest, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_nearest1d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor", lower_nearest, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_nearest2d(Tensor self, SymInt[2] output_size, float? scales_h=None, float? scales_w=None) -> Tensor", lower_nearest, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_nearest2d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor", lower_nearest, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_nearest3d(Tensor self, SymInt[3] output_size, float? scales_d=None, float? scales_h=None, float? scales_w=None) -> Tensor", lower_nearest, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::upsample_nearest3d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor", lower_nearest, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::upsample_trilinear3d(Tensor self, SymInt[3] output_size, bool align_corners, float? scales_d=None, float? scales_h=None, float? scales_w=None) -> Tensor", lower_linear_resize),
    OP("aten::upsample_trilinear3d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor", lower_linear_resize),
};
/* clang-format on */

const incop_family incop_resize = {"resize", rows, INC_COUNT(rows)};
