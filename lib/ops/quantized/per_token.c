/* SPDX-License-Identifier: Apache-2.0 */
/* quantized_decomposed with qparams for every row of activations, or for every group of a weight's
 * columns, as in int8 activations with int4 weights. ONNX has no such QuantizeLinear below opset
 * 21: rows are computed as PyTorch spells them out; the groups of a weight are the rows of a
 * narrower one. */
#include "ir/quant.h"
#include "ops/emit/math.h"
#include "ops/families.h"
#include <float.h>

/* Scales and zero points are declared wider than they are computed. */
static incir_value *as_f32(incir_graph *g, incir_value *v)
{
    while (v->kind == INCIR_RESULT && incir_is(v->producer, INCIR_OP_CAST) &&
           v->producer->inputs[0]->dtype == INCDT_F32)
        v = v->producer->inputs[0];
    return emit_cast(g, v, INCDT_F32);
}

static incir_value *along_last(incop_call *c, const char *op_type, incir_value *x)
{
    if (x->rank == 0)
        incop_unsupported(c, "an input of rank 0");
    size_t last = x->rank - 1;
    return emit_reduce(c->g, op_type, x, &last, 1, true);
}

/* Zero points in the middle: the largest magnitude of a row is 127 steps. */
static void lower_choose_symmetric(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_cast(g, incop_tensor(c, "input"), INCDT_F32);
    if (incop_dtype(c, "dtype", INCDT_I8) != INCDT_I8)
        incop_unsupported(c, "rows of other integers than int8");
    incir_value *reach = along_last(c, "ReduceMax", emit_unary(g, "Abs", x));
    reach = emit_extreme(g, "Max", reach, emit_scalar_like(g, reach, 1e-5));
    incir_value *scale = emit_with_scalar(g, "Div", reach, 127);
    incop_return(c, scale);
    incop_return(c, emit_full(g, INCDT_F32, scale->dims, scale->rank, 0));
}

/* From the least to the greatest of a row, zero among them; the zero point is where the error of
 * the two ends is smaller. */
static void lower_choose_asymmetric(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_cast(g, incop_tensor(c, "input"), INCDT_F32);
    incir_value *least = along_last(c, "ReduceMin", x);
    incir_value *zero = emit_scalar_like(g, least, 0);
    least = emit_extreme(g, "Min", least, zero);
    incir_value *most = emit_extreme(g, "Max", along_last(c, "ReduceMax", x), zero);
    incir_value *scale = emit_with_scalar(g, "Div", emit_binary(g, "Sub", most, least), 255);
    scale = emit_extreme(g, "Max", scale, emit_scalar_like(g, scale, (double)FLT_EPSILON));
    incir_value *low = emit_binary(g, "Div", least, scale);
    incir_value *high = emit_binary(g, "Div", most, scale);
    incir_value *from_low = emit_with_scalar(g, "Add", low, -128);
    incir_value *from_high = emit_with_scalar(g, "Add", high, 127);
    incir_value *errors = emit_binary(g, "Add", from_low, from_high);
    incir_value *is_low = emit_compare_scalar(g, "Greater", errors, 0);
    incir_value *at_low = emit_scalar_with(g, "Sub", -128, low);
    incir_value *at_high = emit_scalar_with(g, "Sub", 127, high);
    incir_value *point = emit_where(g, is_low, at_low, at_high);
    point = emit_clip(g, point, emit_scalar_like(g, point, -128), emit_scalar_like(g, point, 127));
    incop_return(c, emit_cast(g, scale, INCDT_F64));
    incop_return(c, emit_cast(g, emit_unary(g, "Round", point), INCDT_I64));
}

static incir_value *quantized(incop_call *c, incir_value *x, incir_value *scales,
                              incir_value *points)
{
    incir_graph *g = c->g;
    incdtype dtype = incop_dtype(c, "dtype", INCDT_I8);
    if (dtype != INCDT_I8 && dtype != INCDT_U8)
        incop_unsupported(c, "integers of type %s", incdtype_name(dtype));
    incir_value *factor = emit_scalar_with(g, "Div", 1, as_f32(g, scales));
    incir_value *y = emit_binary(g, "Mul", emit_cast(g, x, INCDT_F32), factor);
    y = emit_unary(g, "Round", emit_binary(g, "Add", y, as_f32(g, points)));
    y = emit_clip(g, y, emit_scalar_like(g, y, (double)incop_int(c, "quant_min")),
                  emit_scalar_like(g, y, (double)incop_int(c, "quant_max")));
    return emit_cast(g, y, dtype);
}

static incir_value *dequantized(incop_call *c, incir_value *x, incir_value *scales,
                                incir_value *points)
{
    incir_value *y = emit_cast(c->g, x, INCDT_F32);
    if (points)
        y = emit_binary(c->g, "Sub", y, as_f32(c->g, points));
    y = emit_binary(c->g, "Mul", y, as_f32(c->g, scales));
    return emit_cast(c->g, y, incop_dtype(c, "output_dtype", INCDT_F32));
}

static void lower_quantize_rows(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input");
    incop_return(c, quantized(c, x, incop_tensor(c, "scales"), incop_tensor(c, "zero_points")));
}

static void lower_dequantize_rows(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input");
    incop_return(c, dequantized(c, x, incop_tensor(c, "scales"), incop_tensor(c, "zero_points")));
}

/* ---- groups of columns ---- */

/* [rows, columns] as [groups, size]; [groups, 1] the numbers of each. */
static incir_value *grouped(incop_call *c, incir_value *x, int64_t size)
{
    const incsym *sizes[2] = {
        incsym_floordiv(c->g->syms, incir_numel(c->g, x), incsym_int(c->g->syms, size)),
        incsym_int(c->g->syms, size)};
    return emit_reshape(c->g, x, sizes, 2);
}

static int64_t group_size(incop_call *c, const incir_value *x, const incir_value *scales)
{
    int64_t size = incop_int(c, "group_size"), columns, per_row;
    if (x->rank != 2 || !incir_dim(x, 1, &columns) || scales->rank == 0 ||
        !incir_dim(scales, (int64_t)scales->rank - 1, &per_row))
        incop_unsupported(c, "groups in a tensor of rank %zu", x->rank);
    if (size > columns && per_row == 1)
        size = columns;
    if (size < 2 || columns % size != 0)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %lld columns in groups of %lld", c->cx->where.op,
                  (long long)columns, (long long)size);
    return size;
}

static void lower_quantize_groups(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input"), *scales = incop_tensor(c, "scales");
    int64_t size = group_size(c, x, scales);
    incir_value *points = grouped(c, incop_tensor(c, "zero_points"), 1);
    incir_value *rows = grouped(c, scales, 1);
    incir_value *y = quantized(c, grouped(c, x, size), rows, points);
    incop_return(c, emit_reshape(c->g, y, x->dims, 2));
}

/* The groups of a constant are the rows of a weight with as many scales. */
static incir_value *weight_of_groups(incop_call *c, const incir_value *x, const incir_value *scales,
                                     const incir_value *points, int64_t size)
{
    if (!incir_is_constant(x) || !incir_is_constant(scales) ||
        (points && !incir_is_constant(points)) || (x->dtype != INCDT_I8 && x->dtype != INCDT_U8))
        return NULL;
    int64_t sizes[2] = {(int64_t)(x->constant->numel / (uint64_t)size), size};
    incqparams *q = INC_NEW(c->cx, incqparams);
    *q = (incqparams){.per_channel = true,
                      .n = (size_t)sizes[0],
                      .scales = inctensor_f64s(c->cx, scales->constant),
                      .zero_points = points ? inctensor_i64s(c->cx, points->constant)
                                            : INC_NEW_N(c->cx, int64_t, (size_t)sizes[0]),
                      .dtype = x->dtype == INCDT_I8 ? INCDT_QI8 : INCDT_QU8};
    if (scales->constant->numel != q->n || (points && points->constant->numel != q->n))
        inc_raise(c->cx, INC_E_FORMAT, "%s: scales or zero points that do not fit %zu groups",
                  c->cx->where.op, q->n);
    inctensor *t = inctensor_reshape(c->cx, x->constant, 2, sizes);
    t->dtype = q->dtype;
    t->q = q;
    return incir_quantized_weight(c->g, t, x->is_parameter ? x->name : NULL);
}

static void lower_dequantize_groups(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input"), *scales = incop_tensor(c, "scales");
    incir_value *points = incop_tensor_or_null(c, "zero_points");
    int64_t size = group_size(c, x, scales);
    incir_value *y = weight_of_groups(c, x, scales, points, size);
    if (!y) {
        points = points ? grouped(c, points, 1) : NULL;
        scales = grouped(c, scales, 1);
        y = dequantized(c, grouped(c, x, size), scales, points);
    }
    incop_return(c, emit_cast(c->g, emit_reshape(c->g, y, x->dims, 2),
                              incop_dtype(c, "output_dtype", INCDT_F32)));
}

static void lower_convert(incop_call *c)
{
    incir_value *x = incop_tensor(c, "input");
    incop_return(c, emit_cast(c->g, x, incop_dtype(c, "dtype", x->dtype)));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("quantized_decomposed::_choose_qparams_per_token_asymmetric_impl(Tensor input, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_asymmetric, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::choose_qparams_per_token(Tensor input, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_symmetric, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::choose_qparams_per_token_asymmetric(Tensor input, ScalarType dtype) -> (Tensor, Tensor)", lower_choose_asymmetric, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::convert_element_type.no_fuse(Tensor input, ScalarType dtype) -> Tensor", lower_convert, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::dequantize_per_channel_group(Tensor input, Tensor scales, Tensor? zero_points, int quant_min, int quant_max, ScalarType dtype, int group_size, ScalarType output_dtype) -> Tensor", lower_dequantize_groups, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::dequantize_per_token(Tensor input, Tensor scales, Tensor zero_points, int quant_min, int quant_max, ScalarType dtype, ScalarType output_dtype) -> Tensor", lower_dequantize_rows, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::quantize_per_channel_group(Tensor input, Tensor scales, Tensor zero_points, int quant_min, int quant_max, ScalarType dtype, int group_size) -> Tensor", lower_quantize_groups, INCOP_Q_OWN),
    OP_Q("quantized_decomposed::quantize_per_token(Tensor input, Tensor scales, Tensor zero_points, int quant_min, int quant_max, ScalarType dtype) -> Tensor", lower_quantize_rows, INCOP_Q_OWN),
};
/* clang-format on */

const incop_family incop_per_token = {"per_token", rows, INC_COUNT(rows)};
