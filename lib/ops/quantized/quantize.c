/* SPDX-License-Identifier: Apache-2.0 */
/* Making quantized tensors, going back to float, and asking for scale and zero point. */
#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

/* row.mode: which numbers are asked for */
enum { SCALES, ZERO_POINTS };

static void lower_quantize_per_tensor(incop_call *c)
{
    const incir_quant *q = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QU8),
                                           incop_float(c, "scale"), incop_int(c, "zero_point"));
    incop_return_quantized(c, incop_tensor(c, "self"), q);
}

/* A range found when the model runs. reduce_range: half of the integers. */
static void lower_quantize_dynamic(incop_call *c)
{
    const incir_quant *q = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QU8), 1, 0);
    int64_t halves = incop_bool(c, "reduce_range") ? 2 : 1;
    if (q->dtype == INCDT_I32)
        incop_unsupported(c, "quantizing dynamically to 32 bits");
    incir_value *x = incop_tensor(c, "self");
    incir_value *y = incir_quantized_in_range(c->g, x, q->dtype, q->quant_min / halves,
                                              q->quant_max / halves, false, INCIR_LEAST_SCALE);
    incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, y, &incop_found_at_run_time)));
}

static void lower_quantize_per_channel(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    const inctensor *scales = incop_constant_arg(c, "scales"),
                    *zeros = incop_constant_arg(c, "zero_points");
    if (incdtype_is_float(zeros->dtype))
        incop_unsupported(c, "zero points that are no integers");
    size_t axis = incop_axis(c, "axis", x->rank);
    int64_t size;
    if (x->rank == 0 || !incir_dim(x, (int64_t)axis, &size) || scales->numel != (uint64_t)size ||
        zeros->numel != (uint64_t)size)
        inc_raise(c->cx, INC_E_FORMAT, "%s: as many scales and zero points as channels are needed",
                  c->schema->name);
    const incir_quant *one = incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QI8), 1, 0);
    incir_quant *q = inc_copy(c->cx, one, sizeof *one);
    q->per_axis = true;
    q->axis = axis;
    q->n = (size_t)size;
    q->scales = inctensor_f64s(c->cx, scales);
    q->zero_points = inctensor_i64s(c->cx, zeros);
    incop_return_quantized(c, x, q);
}

static void lower_quantize_list(incop_call *c)
{
    size_t n;
    incir_value **x = incop_tensors(c, "tensors", &n);
    const inctensor *scales = incop_constant_arg(c, "scales"),
                    *zeros = incop_constant_arg(c, "zero_points");
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    if (scales->numel != n || zeros->numel != n)
        inc_raise(c->cx, INC_E_FORMAT, "%s: as many scales and zero points as tensors are needed",
                  c->schema->name);
    const double *scale = inctensor_f64s(c->cx, scales);
    const int64_t *zero = inctensor_i64s(c->cx, zeros);
    for (size_t i = 0; i < n; i++) {
        const incir_quant *q =
            incir_quant_new(c->g, incop_dtype(c, "dtype", INCDT_QU8), scale[i], zero[i]);
        incop_box *box = incop_box_quantized(c->cx, incir_quantized(c->g, x[i], q), q);
        INC_PUSH(c->cx, &list.u.list->v, incval_tensor(box));
    }
    incop_return_val(c, list);
}

static void lower_dequantize(incop_call *c)
{
    const char *name = incop_has(c, "self") ? "self" : "qtensor";
    incop_return(c, incop_tensor(c, name));
}

static void lower_dequantize_list(incop_call *c)
{
    size_t n;
    incir_value **parts = incop_tensors(c, c->schema->params[0].name, &n);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incop_tensor_val(c, parts[i]));
    incop_return_val(c, list);
}

/* The integers; those of activations are computed back, which is exact: a dequantized value divided
 * by the scale is nearer to its integer than to any other. */
static void lower_int_repr(incop_call *c)
{
    const incir_quant *q = incop_qparams_arg(c, "self");
    incir_value *x = incop_tensor(c, "self");
    if (x->kind == INCIR_RESULT && incir_is_weight_node(x->producer)) {
        incop_return(c, x->producer->inputs[0]);
        return;
    }
    if (q->per_axis || q->n != 1)
        incop_unsupported(c, "the integers of a tensor quantized per channel or dynamically");
    incir_value *steps =
        emit_binary(c->g, "Div", x, incir_const_float(c->g, INCDT_F32, q->scales[0]));
    incir_value *y = emit_binary(c->g, "Add", emit_unary(c->g, "Round", steps),
                                 incir_const_float(c->g, INCDT_F32, (double)q->zero_points[0]));
    incop_return(c, emit_cast(c->g, y, q->dtype));
}

static void lower_q_scale(incop_call *c)
{
    incop_return_val(c, incval_float(incop_qparams_arg(c, "self")->scales[0]));
}

static void lower_q_zero_point(incop_call *c)
{
    const incir_quant *q = incop_qparams_arg(c, "self");
    incop_return_int(c, incsym_int(c->g->syms, q->zero_points ? q->zero_points[0] : 0));
}

static const incir_quant *channels_of(incop_call *c)
{
    const incir_quant *q = incop_qparams_arg(c, "self");
    if (!q->per_axis || !q->zero_points)
        incop_unsupported(c, "a tensor that is not quantized per channel");
    return q;
}

static void lower_q_axis(incop_call *c)
{
    incop_return_int(c, incsym_int(c->g->syms, (int64_t)channels_of(c)->axis));
}

static void lower_q_numbers(incop_call *c)
{
    const incir_quant *q = channels_of(c);
    int64_t n = (int64_t)q->n;
    const inctensor *t = c->row->mode == SCALES
                             ? inctensor_new(c->cx, INCDT_F64, 1, &n, q->scales)
                             : inctensor_new(c->cx, INCDT_I64, 1, &n, q->zero_points);
    incop_return(c, incir_constant(c->g, t, NULL));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::dequantize.list(Tensor[] qtensors) -> Tensor[]", lower_dequantize_list, INCOP_Q_OWN),
    OP_Q("aten::dequantize.self(Tensor self) -> Tensor", lower_dequantize, INCOP_Q_OWN),
    OP_Q("aten::dequantize.tensor(Tensor qtensor) -> Tensor", lower_dequantize, INCOP_Q_OWN),
    OP_Q("aten::dequantize.tensors(Tensor[] tensors) -> Tensor[]", lower_dequantize_list, INCOP_Q_OWN),
    OP_Q("aten::int_repr(Tensor self) -> Tensor", lower_int_repr, INCOP_Q_OWN),
    OP_Q("aten::q_per_channel_axis(Tensor self) -> int", lower_q_axis, INCOP_Q_OWN),
    OP_MODE_Q("aten::q_per_channel_scales(Tensor self) -> Tensor", lower_q_numbers, SCALES, INCOP_Q_OWN),
    OP_MODE_Q("aten::q_per_channel_zero_points(Tensor self) -> Tensor", lower_q_numbers, ZERO_POINTS, INCOP_Q_OWN),
    OP_Q("aten::q_scale(Tensor self) -> float", lower_q_scale, INCOP_Q_OWN),
    OP_Q("aten::q_zero_point(Tensor self) -> int", lower_q_zero_point, INCOP_Q_OWN),
    OP_Q("aten::quantize_per_channel(Tensor self, Tensor scales, Tensor zero_points, int axis, ScalarType dtype) -> Tensor", lower_quantize_per_channel, INCOP_Q_OWN),
    OP_Q("aten::quantize_per_tensor(Tensor self, float scale, int zero_point, ScalarType dtype) -> Tensor", lower_quantize_per_tensor, INCOP_Q_OWN),
    OP_Q("aten::quantize_per_tensor.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, ScalarType dtype) -> Tensor", lower_quantize_per_tensor, INCOP_Q_OWN),
    OP_Q("aten::quantize_per_tensor.tensors(Tensor[] tensors, Tensor scales, Tensor zero_points, ScalarType dtype) -> Tensor[]", lower_quantize_list, INCOP_Q_OWN),
    OP_Q("aten::quantize_per_tensor_dynamic(Tensor self, ScalarType dtype, bool reduce_range) -> Tensor", lower_quantize_dynamic, INCOP_Q_OWN),
};
/* clang-format on */

const incop_family incop_quantize = {"quantize", rows, INC_COUNT(rows)};
