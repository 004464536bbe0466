/* quantized_decomposed: how PyTorch 2's quantization writes quantized values into ordinary graphs.
 * What stands between a dequantize and a quantize ran on integers. */
#include <string.h>

#include "ir/quant.h"
#include "ops/emit.h"
#include "ops/families.h"
#include "ops/internal.h"

/* Scale and zero point of a tensor whose range is looked at when the model runs are not known; the
 * boxes that stand for them carry this, and whoever quantizes with them makes an inc::Dynamic. */
static const incir_quant found_at_run_time = {.n = 0};
static const incir_quant found_symmetric = {.n = 0};

static bool is_found(const incir_quant *q)
{
    return q == &found_at_run_time || q == &found_symmetric;
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
        return q;
    }
    const inctensor *scales = constant_of(c, "scales");
    q->per_axis = true;
    q->axis = incop_axis(c, "axis", rank);
    q->n = (size_t)scales->numel;
    q->scales = inctensor_f64s(c->cx, scales);
    int64_t *zeros = INC_NEW_N(c->cx, int64_t, q->n);
    if (!incop_is_none(c, "zero_points")) {
        const inctensor *given = constant_of(c, "zero_points");
        if (given->numel != scales->numel)
            inc_raise(c->cx, INC_E_FORMAT, "%s: %llu scales and %llu zero points", c->schema->name,
                      (unsigned long long)scales->numel, (unsigned long long)given->numel);
        zeros = inctensor_i64s(c->cx, given);
    }
    q->zero_points = zeros;
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
    c->g->int8_by_place = true;
    if (is_dynamic(c)) {
        q = &found_at_run_time;
        const incir_quant *range = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_U8), 1, 0);
        bool symmetric = incop_arg(c, "scale").u.t->quant == &found_symmetric;
        y = incir_quantized_in_range(c->g, x, range->dtype, incop_int(c, "quant_min"),
                                     incop_int(c, "quant_max"), symmetric);
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
    c->g->int8_by_place = true;
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
    bool symmetric = strstr(c->schema->name, "symmetric") != NULL;
    const incir_quant *q = symmetric ? &found_symmetric : &found_at_run_time;
    incir_value *parts[2] = {incir_const_float(c->g, INCDT_F64, 1), incir_const_i64(c->g, 0)};
    for (size_t i = 0; i < 2; i++)
        incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, parts[i], q)));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("quantized_decomposed::choose_qparams.tensor(Tensor input, int quant_min, int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_qparams),
    OP("quantized_decomposed::choose_qparams_symmetric.tensor(Tensor input, int quant_min, int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_qparams),
    OP("quantized_decomposed::dequantize_per_channel(Tensor input, Tensor scales, Tensor? zero_points, int axis, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize),
    OP("quantized_decomposed::dequantize_per_tensor(Tensor input, float scale, int zero_point, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize),
    OP("quantized_decomposed::dequantize_per_tensor.tensor(Tensor input, Tensor scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor", lower_dequantize),
    OP("quantized_decomposed::quantize_per_channel(Tensor input, Tensor scales, Tensor zero_points, int axis, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize),
    OP("quantized_decomposed::quantize_per_tensor(Tensor input, float scale, int zero_point, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize),
    OP("quantized_decomposed::quantize_per_tensor.tensor(Tensor input, Tensor scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize),
};
/* clang-format on */

const incop_family incop_decomposed = {"decomposed", rows, INC_COUNT(rows)};
