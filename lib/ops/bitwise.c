/* Operators on the bits of integers; of bools they are logic. ONNX has them from opset 18. */
#include "ops/families.h"

#include <math.h>
#include <string.h>

#include "ops/emit_math.h"

/* as: "And", "Or" or "Xor". */
static void lower_bitwise(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    emit_promote(c->g, &a, &b);
    if (a->dtype == INCDT_BOOL) {
        incop_return(c, emit_binary(c->g, c->row->as, a, b));
        return;
    }
    incop_needs_opset(c, 18, "integers");
    incop_return(c, emit_binary(c->g, inc_printf(c->cx, "Bitwise%s", c->row->as), a, b));
}

/* ~x = -1 - x, in any opset; unsigned: 255 - x. */
static void lower_bitwise_not(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (x->dtype == INCDT_BOOL)
        incop_return(c, emit_unary(c->g, "Not", x));
    else if (c->g->opset >= 18)
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

const incop_family incop_bitwise = {"bitwise", rows, INC_COUNT(rows)};
