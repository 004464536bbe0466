/* SPDX-License-Identifier: Apache-2.0 */
/* Operators on the bits of integers; of bools they are logic. ONNX has them from opset 18; below, a
 * new last axis holds the bits, which logic combines and a weighted sum puts together again. */
#include "ops/families.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "ops/emit/math.h"

static incir_value *bits_of_constant(incir_graph *g, const inctensor *t, size_t n_bits)
{
    int64_t *values = inctensor_i64s(g->cx, t);
    int64_t *sizes = INC_NEW_N(g->cx, int64_t, t->rank + 1);
    uint8_t *bits = INC_NEW_N(g->cx, uint8_t, (size_t)t->numel * n_bits);
    for (size_t i = 0; i < t->rank; i++)
        sizes[i] = t->sizes[i];
    sizes[t->rank] = (int64_t)n_bits;
    for (size_t i = 0; i < t->numel * n_bits; i++)
        bits[i] = (uint64_t)values[i / n_bits] >> (i % n_bits) & 1;
    return incir_constant(g, inctensor_new(g->cx, INCDT_BOOL, t->rank + 1, sizes, bits), NULL);
}

/* [..] -> bool[.., n_bits], the lowest first */
static incir_value *bits_of(incir_graph *g, incir_value *x, size_t n_bits)
{
    enum { MOST_CONSTANT_ELEMENTS = 4096 };
    if (incir_is_constant(x) && x->constant->numel <= MOST_CONSTANT_ELEMENTS)
        return bits_of_constant(g, x->constant, n_bits);
    uint64_t places[64];
    int64_t size = (int64_t)n_bits;
    size_t last = x->rank;
    for (size_t i = 0; i < n_bits; i++)
        places[i] = i;
    incir_value *place = incir_constant(g, inctensor_new(g->cx, INCDT_U64, 1, &size, places), NULL);
    incir_node *n = incir_node_new(g, "BitShift");
    incir_in(g, n, emit_unsqueeze_axis(g, emit_cast(g, x, INCDT_U64), last));
    incir_in(g, n, place);
    incir_attr_str(g, n, "direction", "RIGHT");
    incir_value *shifted = incir_emit(g, n);
    return emit_cast(g, emit_with_scalar(g, "Mod", shifted, 2), INCDT_BOOL);
}

static incir_value *from_bits(incir_graph *g, incir_value *bits, incdtype type, size_t n_bits)
{
    int64_t weights[64];
    size_t last = bits->rank - 1;
    assert(n_bits > 0 && n_bits <= 64);
    for (size_t i = 0; i < n_bits; i++)
        weights[i] = (int64_t)((uint64_t)1 << i);
    if (type != INCDT_U8) /* two's complement */
        weights[n_bits - 1] = (int64_t)(0 - ((uint64_t)1 << (n_bits - 1)));
    bits =
        emit_binary(g, "Mul", emit_cast(g, bits, INCDT_I64), incir_const_i64s(g, weights, n_bits));
    return emit_cast(g, emit_reduce(g, "ReduceSum", bits, &last, 1, false), type);
}

/* as: "And", "Or" or "Xor". */
static void lower_bitwise(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    emit_promote(g, &a, &b);
    if (a->dtype == INCDT_BOOL) {
        incop_return(c, emit_binary(g, c->row->as, a, b));
        return;
    }
    if (!incdtype_is_integer(a->dtype))
        incop_unsupported(c, "tensors of torch.%s", incdtype_name(a->dtype));
    if (incir_has_opset(g, 18)) {
        incop_return(c, emit_binary(g, inc_printf(c->cx, "Bitwise%s", c->row->as), a, b));
        return;
    }
    size_t n_bits = 8 * incdtype_size(a->dtype);
    incir_value *bits_of_b = bits_of(g, b, n_bits);
    incir_value *bits = emit_binary(g, c->row->as, bits_of(g, a, n_bits), bits_of_b);
    incop_return(c, from_bits(g, bits, a->dtype, n_bits));
}

/* ~x = -1 - x, in any opset; unsigned: 255 - x. */
static void lower_bitwise_not(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (x->dtype == INCDT_BOOL)
        incop_return(c, emit_unary(c->g, "Not", x));
    else if (incir_has_opset(c->g, 18))
        incop_return(c, emit_unary(c->g, "BitwiseNot", x));
    else
        incop_return(c, emit_scalar_with(c->g, "Sub", x->dtype == INCDT_U8 ? 255 : -1, x));
}

/* 2^bits */
static incir_value *power_of_two(incir_graph *g, incir_value *bits)
{
    double known;
    if (emit_known_scalar(g, bits, &known) && known >= 0 && known < 63)
        return emit_scalar_like(g, bits, ldexp(1, (int)known));
    return emit_scalar_with(g, "Pow", 2, bits);
}

/* ONNX shifts unsigned integers only; shifting is multiplying, and dividing downwards. */
static void lower_shift(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    emit_promote(g, &a, &b);
    bool left = strcmp(c->row->as, "LEFT") == 0;
    if (a->dtype == INCDT_U8) {
        incir_node *n = incir_node_new(g, "BitShift");
        incir_in(g, n, a);
        incir_in(g, n, b);
        incir_attr_str(g, n, "direction", c->row->as);
        incop_return(c, incir_emit(g, n));
        return;
    }
    incir_value *factor = power_of_two(g, b);
    incop_return(c, left ? emit_binary(g, "Mul", a, factor) : emit_floor_divide(g, a, factor));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_AS("aten::__and__.Scalar(Tensor self, Scalar other) -> Tensor", lower_bitwise, "And"),
    OP_AS("aten::__and__.Tensor(Tensor self, Tensor other) -> Tensor", lower_bitwise, "And"),
    OP_AS("aten::__iand__.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)", lower_bitwise, "And"),
    OP_AS("aten::__iand__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", lower_bitwise, "And"),
    OP_AS("aten::__ilshift__.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)", lower_shift, "LEFT"),
    OP_AS("aten::__ilshift__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", lower_shift, "LEFT"),
    OP_AS("aten::__ior__.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)", lower_bitwise, "Or"),
    OP_AS("aten::__ior__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", lower_bitwise, "Or"),
    OP_AS("aten::__irshift__.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)", lower_shift, "RIGHT"),
    OP_AS("aten::__irshift__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", lower_shift, "RIGHT"),
    OP_AS("aten::__ixor__.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)", lower_bitwise, "Xor"),
    OP_AS("aten::__ixor__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", lower_bitwise, "Xor"),
    OP_AS("aten::__lshift__.Scalar(Tensor self, Scalar other) -> Tensor", lower_shift, "LEFT"),
    OP_AS("aten::__lshift__.Tensor(Tensor self, Tensor other) -> Tensor", lower_shift, "LEFT"),
    OP_AS("aten::__or__.Scalar(Tensor self, Scalar other) -> Tensor", lower_bitwise, "Or"),
    OP_AS("aten::__or__.Tensor(Tensor self, Tensor other) -> Tensor", lower_bitwise, "Or"),
    OP_AS("aten::__rshift__.Scalar(Tensor self, Scalar other) -> Tensor", lower_shift, "RIGHT"),
    OP_AS("aten::__rshift__.Tensor(Tensor self, Tensor other) -> Tensor", lower_shift, "RIGHT"),
    OP_AS("aten::__xor__.Scalar(Tensor self, Scalar other) -> Tensor", lower_bitwise, "Xor"),
    OP_AS("aten::__xor__.Tensor(Tensor self, Tensor other) -> Tensor", lower_bitwise, "Xor"),
    OP_AS("aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor", lower_bitwise, "And"),
    OP_AS("aten::bitwise_and.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", lower_bitwise, "And"),
    OP_AS("aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor", lower_bitwise, "And"),
    OP_AS("aten::bitwise_left_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", lower_shift, "LEFT"),
    OP_AS("aten::bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor", lower_shift, "LEFT"),
    OP_AS("aten::bitwise_left_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor", lower_shift, "LEFT"),
    OP("aten::bitwise_not(Tensor self) -> Tensor", lower_bitwise_not),
    OP_AS("aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor", lower_bitwise, "Or"),
    OP_AS("aten::bitwise_or.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", lower_bitwise, "Or"),
    OP_AS("aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor", lower_bitwise, "Or"),
    OP_AS("aten::bitwise_right_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", lower_shift, "RIGHT"),
    OP_AS("aten::bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor", lower_shift, "RIGHT"),
    OP_AS("aten::bitwise_right_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor", lower_shift, "RIGHT"),
    OP_AS("aten::bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor", lower_bitwise, "Xor"),
    OP_AS("aten::bitwise_xor.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", lower_bitwise, "Xor"),
    OP_AS("aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor", lower_bitwise, "Xor"),
};
/* clang-format on */

const incop_family incop_bitwise = {"bitwise", rows, INC_COUNT(rows), true};
