/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products of plain integers, which carry no scale or their scales beside them. */
#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

/* A tensor that was quantized in the graph is kept as the dequantized values. */
static incir_value *integers_arg(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind == INCVAL_TENSOR && v.u.t->quant)
        return incop_call_float(c, "aten::int_repr", &v, 1);
    return incop_tensor(c, name);
}

static void lower_integer_matmul(incop_call *c)
{
    incir_value *a = integers_arg(c, "self"), *b = integers_arg(c, "mat2");
    incir_node *n = incir_node_new(c->g, "MatMulInteger");
    if (a->rank != 2 || b->rank != 2 || a->dtype != INCDT_I8 || b->dtype != INCDT_I8)
        incop_unsupported(c, "other operands than two matrices of int8");
    incir_in(c->g, n, a);
    incir_in(c->g, n, b);
    incop_return(c, incir_emit(c->g, n));
}

/* x times the transposed mat2, whose rows have a scale each. */
static void lower_weight_int8(incop_call *c)
{
    const inctensor *w = incop_constant_arg(c, "mat2"), *scales = incop_constant_arg(c, "scales");
    incir_value *from = incop_tensor(c, "mat2");
    if (w->rank != 2 || w->dtype != INCDT_I8 || scales->numel != (uint64_t)w->sizes[0])
        inc_raise(c->cx, INC_E_FORMAT, "%s: mat2 has to be a matrix of int8 with a scale a row",
                  c->schema->name);
    incqparams *q = INC_NEW(c->cx, incqparams);
    *q = (incqparams){.per_channel = true,
                      .n = (size_t)scales->numel,
                      .scales = inctensor_f64s(c->cx, scales),
                      .zero_points = INC_NEW_N(c->cx, int64_t, (size_t)scales->numel),
                      .dtype = INCDT_QI8};
    inctensor *t = inctensor_reshape(c->cx, w, 2, w->sizes);
    t->dtype = q->dtype;
    t->q = q;
    incir_value *weight = incir_quantized_weight(c->g, t, from->is_parameter ? from->name : NULL);
    incval args[2] = {incop_tensor_val(c, incop_tensor(c, "self")), incop_tensor_val(c, weight)};
    incop_return(c, incop_call_float(c, "aten::linear", args, 2));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::_int_mm(Tensor self, Tensor mat2) -> Tensor", lower_integer_matmul, INCOP_Q_OWN),
    OP_Q("aten::_weight_int8pack_mm(Tensor self, Tensor mat2, Tensor scales) -> Tensor", lower_weight_int8, INCOP_Q_OWN),
};
/* clang-format on */

const incop_family incop_int_mm = {"int_mm", rows, INC_COUNT(rows)};
