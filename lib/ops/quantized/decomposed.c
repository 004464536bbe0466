/* SPDX-License-Identifier: Apache-2.0 */
/* quantized_decomposed: how PyTorch 2's quantization writes quantized values into ordinary graphs,
 * and the fake quantization of models in training, which rounds but stays in float. What stands
 * between a dequantize and a quantize ran on integers. */
#include <math.h>
#include <string.h>

#include "ir/quant.h"
#include "ops/call/internal.h"
#include "ops/emit/math.h"
#include "ops/families.h"

/* row.mode of choose_qparams */
enum { ASYMMETRIC, SYMMETRIC };

/* Scale and zero point of a tensor whose range is looked at when the model runs are not known; the
 * boxes that stand for them carry how they are chosen, and whoever quantizes with them makes an
 * inc::Dynamic. */
static const incir_quant *found_with(incop_call *c, bool symmetric, double least_scale)
{
    incir_quant *q = INC_NEW(c->cx, incir_quant);
    *q = (incir_quant){.n = 0, .per_axis = symmetric};
    q->scales = inc_copy(c->cx, &least_scale, sizeof least_scale);
    return q;
}

static bool is_found(const incir_quant *q)
{
    return q && q->n == 0 && q->scales;
}

static const inctensor *constant_of(incop_call *c, const char *name)
{
    incir_value *v = incop_tensor(c, name);
    if (!incir_is_constant(v))
        incop_unsupported(c, "%s that depends on data in another way than choose_qparams", name);
    return v->constant;
}

/* The parameters in the arguments of the call; rank is that of what is quantized. */
static const incir_quant *quant_of(incop_call *c, size_t rank)
{
    bool per_channel = incop_has(c, "axis");
    const incir_quant *one = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_I8), 1, 0);
    incir_quant *q = inc_copy(c->cx, one, sizeof *one);
    int64_t low = incop_int(c, "quant_min"), high = incop_int(c, "quant_max");
    q->quant_min = low > q->quant_min ? low : q->quant_min;
    q->quant_max = high < q->quant_max ? high : q->quant_max;
    if (!per_channel) {
        double scale = incop_float(c, "scale");
        const incir_quant *with_scale =
            incir_quant_new(c->g, q->dtype, scale, incop_int(c, "zero_point"));
        q->scales = with_scale->scales;
        q->zero_points = with_scale->zero_points;
        q->reciprocal = INCTEN_RECIPROCAL_F64_TO_F32;
        return q;
    }
    const inctensor *scales = constant_of(c, "scales");
    q->per_axis = true;
    q->axis = incop_axis(c, "axis", rank);
    q->n = (size_t)scales->numel;
    q->scales = inctensor_f64s(c->cx, scales);
    q->reciprocal = scales->dtype == INCDT_F64 ? INCTEN_RECIPROCAL_F64 : INCTEN_RECIPROCAL_F32;
    int64_t *zeros = INC_NEW_N(c->cx, int64_t, q->n);
    if (!incop_is_none(c, "zero_points")) {
        const inctensor *given = constant_of(c, "zero_points");
        if (given->numel != scales->numel)
            inc_raise(c->cx, INC_E_FORMAT, "%s: %llu scales and %llu zero points", c->schema->name,
                      (unsigned long long)scales->numel, (unsigned long long)given->numel);
        zeros = inctensor_i64s(c->cx, given);
    }
    q->zero_points = zeros;
    for (size_t i = 0; i < q->n; i++)
        if (!(q->scales[i] > 0) || zeros[i] < one->quant_min || zeros[i] > one->quant_max)
            inc_raise(c->cx, INC_E_FORMAT, "%s: %g and %lld are no scale and zero point",
                      c->schema->name, q->scales[i], (long long)zeros[i]);
    return q;
}

static void check_channels(incop_call *c, const incir_value *x, const incir_quant *q)
{
    int64_t size;
    if (q->per_axis &&
        (x->rank == 0 || !incir_dim(x, (int64_t)q->axis, &size) || (uint64_t)size != q->n))
        inc_raise(c->cx, INC_E_FORMAT, "%s: %zu scales for %s", c->schema->name, q->n,
                  incir_type_text(c->g, x));
}

static bool is_dynamic(incop_call *c)
{
    incval scale = incop_has(c, "scale") ? incop_arg(c, "scale") : incval_none();
    return scale.kind == INCVAL_TENSOR && is_found(scale.u.t->quant);
}

static void lower_quantize(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input"), *y;
    const incir_quant *q;
    c->g->int8_by_place = c->g->call->is_int8 = true;
    if (is_dynamic(c)) {
        const incir_quant *found = incop_arg(c, "scale").u.t->quant;
        q = &incop_found_at_run_time;
        const incir_quant *range = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_U8), 1, 0);
        y = incir_quantized_in_range(c->g, x, range->dtype, incop_int(c, "quant_min"),
                                     incop_int(c, "quant_max"), found->per_axis, found->scales[0]);
    } else {
        q = quant_of(c, x->rank);
        check_channels(c, x, q);
        y = incir_quantized(c->g, x, q);
    }
    incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, y, q)));
}

static void lower_dequantize(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input");
    incval v = incop_arg(c, "input");
    c->g->int8_by_place = c->g->call->is_int8 = true;
    if (v.kind == INCVAL_TENSOR && v.u.t->quant) {
        incop_return(c, x);
        return;
    }
    if (!incir_is_constant(x))
        incop_unsupported(c, "integers that were not quantized in the model");
    const incir_quant *q = quant_of(c, x->rank);
    check_channels(c, x, q);
    if (x->dtype != q->dtype)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a weight of %s is read as %s", c->schema->name,
                  incdtype_name(x->dtype), incdtype_name(q->dtype));
    incqparams *p = INC_NEW(c->cx, incqparams);
    *p = (incqparams){.per_channel = q->per_axis,
                      .axis = q->axis,
                      .n = q->n,
                      .scales = q->scales,
                      .zero_points = q->zero_points,
                      .dtype = q->dtype == INCDT_I8   ? INCDT_QI8
                               : q->dtype == INCDT_U8 ? INCDT_QU8
                                                      : INCDT_QI32};
    inctensor *t = inctensor_reshape(c->cx, x->constant, x->rank, x->constant->sizes);
    t->dtype = p->dtype;
    t->q = p;
    incop_return(c, incir_quantized_weight(c->g, t, x->is_parameter ? x->name : NULL));
}

static void lower_choose_qparams(incop_call *c)
{
    bool symmetric = c->row->mode == SYMMETRIC;
    const incir_quant *q = found_with(c, symmetric, incop_float(c, "eps"));
    incir_value *parts[2] = {incir_const_float(c->g, INCDT_F64, 1), incir_const_i64(c->g, 0)};
    for (size_t i = 0; i < 2; i++)
        incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, parts[i], q)));
}

/* ---- fake quantization ---- */

/* The integers that range and zero points ask for. */
static const incir_quant *fake_quant(incop_call *c, incir_value *x, const inctensor *scales,
                                     const inctensor *zeros, bool per_channel)
{
    int64_t low = incop_int(c, "quant_min"), high = incop_int(c, "quant_max");
    if (low < -128 || high > (low < 0 ? 127 : 255) || low >= high)
        incop_unsupported(c, "integers from %lld to %lld", (long long)low, (long long)high);
    incir_quant *q = INC_NEW(c->cx, incir_quant);
    *q = (incir_quant){.dtype = low < 0 ? INCDT_I8 : INCDT_U8,
                       .quant_min = low,
                       .quant_max = high,
                       .per_axis = per_channel,
                       .n = (size_t)scales->numel,
                       .scales = inctensor_f64s(c->cx, scales)};
    if (per_channel)
        q->axis = incop_axis(c, incop_has(c, "axis") ? "axis" : "ch_axis", x->rank);
    int64_t *rounded = INC_NEW_N(c->cx, int64_t, q->n);
    const double *given = inctensor_f64s(c->cx, zeros);
    if (zeros->numel != scales->numel || (!per_channel && q->n != 1))
        inc_raise(c->cx, INC_E_FORMAT, "%s: %llu scales and %llu zero points", c->schema->name,
                  (unsigned long long)scales->numel, (unsigned long long)zeros->numel);
    bool is_learnt = strstr(c->schema->name, "learnable") != NULL;
    double *points = inc_copy(c->cx, given, q->n * sizeof *points);
    for (size_t i = 0; i < q->n && is_learnt; i++)
        points[i] = fmin(fmax(nearbyint(given[i]), (double)low), (double)high);
    given = points;
    for (size_t i = 0; i < q->n; i++) {
        if (given[i] != floor(given[i]))
            incop_unsupported(c, "the zero point %g, which is no integer", given[i]);
        if (!(given[i] >= (double)low && given[i] <= (double)high))
            inc_raise(c->cx, INC_E_FORMAT, "%s: the zero point %g is not from %lld to %lld",
                      c->schema->name, given[i], (long long)low, (long long)high);
        rounded[i] = (int64_t)given[i];
        if (!(q->scales[i] > 0))
            inc_raise(c->cx, INC_E_FORMAT, "%g is no quantization scale", q->scales[i]);
    }
    q->zero_points = rounded;
    check_channels(c, x, q);
    return q;
}

/* ---- observers that are still on ---- */

/* The qparams that PyTorch chooses for a range: of float32 and with float64 where it has them. */
static void choose_qparams(float least, float most, int64_t low, int64_t high, bool symmetric,
                           double *scale, int64_t *zero)
{
    const float smallest = 6.1e-5F;
    float min = least, max = most;
    if (symmetric && min < 0 && max > 0) {
        const int64_t half = (high - low) / 2;
        const double reach =
            fmax(fabs((double)(min / (float)(-half - 1))), fabs((double)(max / (float)half)));
        min = (float)(reach * (double)(-half - 1));
        max = (float)(reach * (double)half);
    }
    min = fminf(min, 0);
    max = fmaxf(max, 0);
    *scale = ((double)max - (double)min) / (double)(high - low);
    if ((float)*scale == 0 || isinf(1 / (float)*scale))
        *scale = 0.1;
    if (*scale < (double)smallest) {
        const float by = smallest / (float)*scale;
        *scale = (double)smallest;
        min = max == 0 ? -smallest * (float)(high - low) : min == 0 ? 0 : min * by;
        max = min == 0 ? smallest * (float)(high - low) : max == 0 ? 0 : max * by;
    }
    const double from_min = (double)low - (double)min / *scale;
    const double from_max = (double)high - (double)max / *scale;
    const double error_min = fabs((double)low) + fabs((double)min / *scale);
    const double error_max = fabs((double)high) + fabs((double)max / *scale);
    double point = error_min < error_max ? from_min : from_max;
    if (min < 0 && max > 0 && symmetric)
        point = (double)(low + high) / 2;
    *zero = point < (double)low ? low : point > (double)high ? high : (int64_t)nearbyint(point);
}

/* What the observer of a constant makes of its ranges in the first call, and the qparams that
 * follow: they are the same whatever the model's input is. */
static const incir_quant *observed(incop_call *c, const incir_value *x, bool by_row)
{
    static const char *const names[] = {"running_min", "running_max"};
    const inctensor *ranges[2] = {constant_of(c, names[0]), constant_of(c, names[1])};
    const double by = incop_float(c, "averaging_const");
    const int64_t low = incop_int(c, "quant_min"), high = incop_int(c, "quant_max");
    if (low < -128 || high > (low < 0 ? 127 : 255) || low >= high)
        incop_unsupported(c, "integers from %lld to %lld", (long long)low, (long long)high);
    const size_t axis = by_row ? incop_axis(c, "ch_axis", x->rank) : 0;
    const size_t n = by_row ? (size_t)x->constant->sizes[axis] : 1;
    const double *values = inctensor_f64s(c->cx, x->constant);
    size_t inner = 1;
    for (size_t i = axis + 1; by_row && i < x->rank; i++)
        inner *= (size_t)x->constant->sizes[i];
    float *found[2] = {INC_NEW_N(c->cx, float, n), INC_NEW_N(c->cx, float, n)};
    for (size_t i = 0; i < n; i++)
        found[0][i] = INFINITY, found[1][i] = -INFINITY;
    for (uint64_t i = 0; i < x->constant->numel; i++) {
        const size_t row = n > 1 ? (size_t)(i / inner) % n : 0;
        found[0][row] = fminf(found[0][row], (float)values[i]);
        found[1][row] = fmaxf(found[1][row], (float)values[i]);
    }
    for (size_t k = 0; k < 2; k++) {
        const double *before = inctensor_f64s(c->cx, ranges[k]);
        const size_t n_before = (size_t)ranges[k]->numel;
        if (n_before != n && n_before > 1)
            incop_unsupported(c, "%zu ranges for %zu channels", n_before, n);
        for (size_t i = 0; i < n; i++) {
            const float old = n_before == 0 ? INFINITY : (float)before[n_before == n ? i : 0];
            if (!isinf(old))
                found[k][i] = old + (float)by * (found[k][i] - old);
        }
    }
    incir_quant *q = INC_NEW(c->cx, incir_quant);
    double *scales = INC_NEW_N(c->cx, double, n);
    int64_t *zeros = INC_NEW_N(c->cx, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        choose_qparams(found[0][i], found[1][i], low, high, incop_bool(c, "symmetric_quant"),
                       &scales[i], &zeros[i]);
        scales[i] = (double)(float)scales[i];
        if (!(scales[i] > 0) || !isfinite(scales[i]))
            inc_raise(c->cx, INC_E_FORMAT, "%g is no quantization scale", scales[i]);
    }
    *q = (incir_quant){.dtype = low < 0 ? INCDT_I8 : INCDT_U8,
                       .quant_min = low,
                       .quant_max = high,
                       .per_axis = by_row,
                       .axis = axis,
                       .n = n,
                       .scales = scales,
                       .zero_points = zeros};
    return q;
}

static const inctensor *number_of(incop_call *c, const char *name, incdtype dtype)
{
    if (incop_arg(c, name).kind == INCVAL_TENSOR)
        return constant_of(c, name);
    inctensor *t = inctensor_new(c->cx, dtype, 0, NULL, NULL);
    void *bytes = (void *)(uintptr_t)inctensor_direct(t);
    incelement_set_f64(dtype, bytes, 0,
                       dtype == INCDT_F64 ? incop_float(c, name) : (double)incop_int(c, name));
    return t;
}

static bool is_set(incop_call *c, const char *name)
{
    const inctensor *flag = constant_of(c, name);
    return flag->numel == 1 && inctensor_f64s(c->cx, flag)[0] != 0;
}

/* Where x was not limited: what training lets gradients through. */
static incir_value *kept_apart(incop_call *c, incir_value *x, const incir_quant *q)
{
    incir_graph *g = c->g;
    int64_t sizes[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = q->per_axis && i == q->axis ? (int64_t)q->n : 1;
    inctensor *scales = inctensor_new(c->cx, INCDT_F32, x->rank, sizes, NULL);
    inctensor *zeros = inctensor_new(c->cx, INCDT_F32, x->rank, sizes, NULL);
    for (size_t i = 0; i < q->n; i++) {
        incelement_set_f64(INCDT_F32, (void *)(uintptr_t)inctensor_direct(scales), i, q->scales[i]);
        incelement_set_f64(INCDT_F32, (void *)(uintptr_t)inctensor_direct(zeros), i,
                           (double)q->zero_points[i]);
    }
    incir_value *steps = emit_binary(g, "Div", x, incir_constant(g, scales, NULL));
    steps = emit_binary(g, "Add", emit_unary(g, "Round", steps), incir_constant(g, zeros, NULL));
    incir_value *above = emit_compare_scalar(g, "GreaterOrEqual", steps, (double)q->quant_min);
    incir_value *below = emit_compare_scalar(g, "LessOrEqual", steps, (double)q->quant_max);
    return emit_binary(g, "And", above, below);
}

static bool is_computed(incop_call *c, const char *name)
{
    return incop_arg(c, name).kind == INCVAL_TENSOR && !incir_is_constant(incop_tensor(c, name));
}

/* One number as a scalar; a number for each channel in the rank of x. */
static incir_value *in_rank_of(incop_call *c, const incir_value *x, incir_value *v,
                               bool per_channel, size_t axis)
{
    const incsym *sizes[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = i == axis ? incir_numel(c->g, v) : incsym_int(c->g->syms, 1);
    return emit_reshape(c->g, v, sizes, per_channel ? x->rank : 0);
}

/* Scale or zero point depend on data: QuantizeLinear takes them as tensors; those of channels are
 * spelled out. */
static incir_value *with_computed(incop_call *c, incir_value *x, const char *scale_name,
                                  const char *zero_name, bool per_channel)
{
    incir_graph *g = c->g;
    int64_t low = incop_int(c, "quant_min"), high = incop_int(c, "quant_max");
    if (low < -128 || high > (low < 0 ? 127 : 255) || low >= high)
        incop_unsupported(c, "integers from %lld to %lld", (long long)low, (long long)high);
    size_t axis =
        per_channel ? incop_axis(c, incop_has(c, "axis") ? "axis" : "ch_axis", x->rank) : 0;
    incir_value *scale =
        in_rank_of(c, x, emit_cast(g, incop_tensor(c, scale_name), INCDT_F32), per_channel, axis);
    incir_value *zero = incop_arg(c, zero_name).kind == INCVAL_TENSOR
                            ? emit_cast(g, incop_tensor(c, zero_name), INCDT_F32)
                            : incir_const_float(g, INCDT_F32, (double)incop_int(c, zero_name));
    zero = in_rank_of(c, x, zero, per_channel, axis);
    incir_value *least = incir_const_float(g, INCDT_F32, (double)low);
    incir_value *most = incir_const_float(g, INCDT_F32, (double)high);
    zero = incir_emit2(g, "Min", incir_emit2(g, "Max", emit_unary(g, "Round", zero), least), most);
    if (!per_channel)
        return incir_quantized_computed(
            g, x, scale, emit_cast(g, zero, low < 0 ? INCDT_I8 : INCDT_U8), low, high);
    incir_value *steps = emit_unary(g, "Round", emit_binary(g, "Div", x, scale));
    steps = emit_binary(g, "Add", steps, zero);
    steps = incir_emit2(g, "Min", incir_emit2(g, "Max", steps, least), most);
    return emit_binary(g, "Mul", emit_binary(g, "Sub", steps, zero), scale);
}

static void lower_fake_quantize(incop_call *c)
{
    bool is_ours = incop_has(c, "input");
    incir_value *x = incop_tensor(c, is_ours ? "input" : "self");
    bool is_fused = incop_has(c, "fake_quant_on"), per_channel = incop_has(c, "axis");
    c->g->int8_by_place = c->g->call->is_int8 = true;
    bool is_observed = is_fused && is_set(c, "observer_on");
    if (is_observed && !incir_is_constant(x))
        inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                       "apply torch.ao.quantization.disable_observer to the model",
                       "%s: the scale still follows the data", c->schema->name);
    const char *flag = is_fused ? "fake_quant_on" : "fake_quant_enabled";
    if (incop_has(c, flag) && !is_set(c, flag)) {
        incop_return(c, x);
        return;
    }
    if (is_fused)
        per_channel = incop_bool(c, "per_row_fake_quant");
    if (is_observed) {
        inc_warn(c->cx,
                 "the observer of %s is still on: the scale that it finds in the first call is "
                 "taken",
                 x->name ? x->name : "a weight");
        incop_return(c, incir_quantized(c->g, x, observed(c, x, per_channel)));
        return;
    }
    const char *scale_name = is_ours ? "scales" : "scale";
    const char *zero_name = is_ours ? "zero_points" : "zero_point";
    if (c->schema->n_returns == 1 && (is_computed(c, scale_name) || is_computed(c, zero_name))) {
        incop_return(c, with_computed(c, x, scale_name, zero_name, per_channel));
        return;
    }
    const inctensor *scales = number_of(c, scale_name, INCDT_F64);
    const inctensor *zeros = number_of(c, zero_name, INCDT_I64);
    const incir_quant *q = fake_quant(c, x, scales, zeros, per_channel);
    incop_return(c, incir_quantized(c->g, x, q));
    if (c->schema->n_returns == 2)
        incop_return(c, kept_apart(c, x, q));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_fake_quantize_learnable_per_channel_affine(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, int quant_max, float grad_factor=1.) -> Tensor", lower_fake_quantize),
    OP("aten::_fake_quantize_learnable_per_tensor_affine(Tensor self, Tensor scale, Tensor zero_point, int quant_min, int quant_max, float grad_factor=1.) -> Tensor", lower_fake_quantize),
    OP("aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, Tensor fake_quant_enabled, int quant_min, int quant_max) -> (Tensor output, Tensor mask)", lower_fake_quantize),
    OP("aten::fake_quantize_per_channel_affine(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, int quant_max) -> Tensor", lower_fake_quantize),
    OP("aten::fake_quantize_per_channel_affine_cachemask(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, int quant_max) -> (Tensor output, Tensor mask)", lower_fake_quantize),
    OP("aten::fake_quantize_per_tensor_affine(Tensor self, float scale, int zero_point, int quant_min, int quant_max) -> Tensor", lower_fake_quantize),
    OP("aten::fake_quantize_per_tensor_affine.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, int quant_min, int quant_max) -> Tensor", lower_fake_quantize),
    OP("aten::fake_quantize_per_tensor_affine_cachemask(Tensor self, float scale, int zero_point, int quant_min, int quant_max) -> (Tensor output, Tensor mask)", lower_fake_quantize),
    OP("aten::fused_moving_avg_obs_fake_quant(Tensor self, Tensor observer_on, Tensor fake_quant_on, Tensor(a!) running_min, Tensor(b!) running_max, Tensor(c!) scale, Tensor(d!) zero_point, float averaging_const, int quant_min, int quant_max, int ch_axis, bool per_row_fake_quant=False, bool symmetric_quant=False) -> Tensor", lower_fake_quantize),
    OP_MODE_Q("quantized_decomposed::choose_qparams.tensor(Tensor input, int quant_min, int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_qparams, ASYMMETRIC, INCOP_Q_OWN),
    OP_MODE_Q("quantized_decomposed::choose_qparams_symmetric.tensor(Tensor input, int quant_min, int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_qparams, SYMMETRIC, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::dequantize_per_channel(Tensor input, Tensor scales, Tensor? zero_points, int axis, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::dequantize_per_tensor(Tensor input, float scale, int zero_point, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::dequantize_per_tensor.tensor(Tensor input, Tensor scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::dequantize_per_tensor.tensor2(Tensor input, Tensor scale, Tensor zero_point, Tensor quant_min, Tensor quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::fake_quant_per_channel(Tensor input, Tensor scales, Tensor zero_points, int axis, int quant_min, int quant_max) -> Tensor", lower_fake_quantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::quantize_per_channel(Tensor input, Tensor scales, Tensor zero_points, int axis, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::quantize_per_tensor(Tensor input, float scale, int zero_point, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::quantize_per_tensor.tensor(Tensor input, Tensor scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::quantize_per_tensor.tensor2(Tensor input, Tensor scale, Tensor zero_point, Tensor quant_min, Tensor quant_max, ScalarType dtype) -> Tensor", lower_quantize, INCOP_Q_OWN),
};
/* clang-format on */

const incop_family incop_decomposed = {"decomposed", rows, INC_COUNT(rows)};
