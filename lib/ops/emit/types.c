/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: which one an operator is computed in, and promotion. The rows of ir/onnx_ops.c
 * say which types both the opset and the CPU kernels of ONNX Runtime have; what is missing is cast
 * to the nearest wider type and back. */
#include <string.h>

#include "ops/emit/emit.h"

static bool has(uint32_t types, incdtype type)
{
    return types >> type & 1;
}

/* Whether every value of type a is one of type b, or near enough: the largest integers are rounded
 * by a double, and a double by a float, rather than refused. */
static bool can_hold(incdtype b, incdtype a)
{
    if (a == INCDT_BOOL)
        return true;
    if (incdtype_is_float(a))
        return incdtype_is_float(b) && (b != INCDT_F16 || a == INCDT_F16);
    if (incdtype_is_float(b))
        return b != INCDT_F16;
    return incdtype_size(b) > incdtype_size(a) || (b == INCDT_I64 && a == INCDT_U64);
}

static incdtype narrowest(uint32_t types, incdtype type)
{
    static const incdtype for_integers[] = {INCDT_U8,  INCDT_I8,  INCDT_I16, INCDT_I32,
                                            INCDT_I64, INCDT_F64, INCDT_F32, INCDT_BOOL};
    static const incdtype for_floats[] = {INCDT_F32, INCDT_F64};
    if (has(types, type) || incdtype_is_complex(type) || incdtype_is_quantized(type))
        return type;
    if (types == UINT32_C(1) << INCDT_BOOL)
        return INCDT_BOOL;
    bool is_float = incdtype_is_float(type);
    const incdtype *candidates = is_float ? for_floats : for_integers;
    size_t n = is_float ? INC_COUNT(for_floats) : INC_COUNT(for_integers);
    for (size_t i = 0; i < n; i++)
        if (candidates[i] != type && has(types, candidates[i]) &&
            (candidates[i] == INCDT_BOOL || can_hold(candidates[i], type)))
            return candidates[i];
    return type;
}

incdtype emit_working_type(incir_graph *g, const char *op_type, incdtype type)
{
    return narrowest(incir_op_types(incir_op_find("", op_type), g->opset), type);
}

void emit_in(incir_graph *g, incir_node *n, incir_value *x)
{
    incir_in(g, n, emit_cast(g, x, emit_working_type(g, n->op_type, x->dtype)));
}

incir_value *emit_as(incir_graph *g, incir_node *n, incdtype type)
{
    return emit_cast(g, incir_emit(g, n), type);
}

incdtype emit_fused_type(incdtype type)
{
    return narrowest(UINT32_C(1) << INCDT_F16 | UINT32_C(1) << INCDT_F32, type);
}

static bool result_is_bool(const incir_op *op)
{
    return op->work == INCIR_WORK_COMPARES || op->work == INCIR_WORK_LOGIC;
}

incir_value *emit_unary(incir_graph *g, const char *op_type, incir_value *x)
{
    incdtype type = x->dtype;
    incir_value *y = incir_emit1(g, op_type, emit_cast(g, x, emit_working_type(g, op_type, type)));
    return result_is_bool(incir_op_find("", op_type)) ? y : emit_cast(g, y, type);
}

/* Whether it is 1 / b for integers: ONNX Runtime (1.23) makes c / b of its product with c, unless
 * the 1 is computed. */
static bool is_inverse(inccx *cx, const incir_op *op, const incir_value *a, const incir_value *b)
{
    return strcmp(op->op_type, "Div") == 0 && incdtype_is_integer(a->dtype) && a->rank <= b->rank &&
           incir_is_constant(a) && !incir_is_constant(b) && a->constant->numel == 1 &&
           inctensor_i64(cx, a->constant) == 1;
}

incir_value *emit_binary(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    const incir_op *op = incir_op_find("", op_type);
    if (op->work == INCIR_WORK_LOGIC) {
        a = emit_cast(g, a, INCDT_BOOL);
        b = emit_cast(g, b, INCDT_BOOL);
        return incir_emit2(g, op_type, a, b);
    }
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = emit_working_type(g, op_type, type);
    a = emit_cast(g, a, wide);
    b = emit_cast(g, b, wide);
    if (is_inverse(g->cx, op, a, b))
        a = incir_emit2(g, op_type, b, b);
    incir_value *y = incir_emit2(g, op_type, a, b);
    return result_is_bool(op) ? y : emit_cast(g, y, type);
}

incir_value *emit_where(incir_graph *g, incir_value *condition, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incdtype type = a->dtype, wide = emit_working_type(g, "Where", type);
    condition = emit_cast(g, condition, INCDT_BOOL);
    a = emit_cast(g, a, wide);
    b = emit_cast(g, b, wide);
    return emit_cast(g, incir_emit3(g, "Where", condition, a, b), type);
}

/* ---- complex numbers ---- */

incir_value *emit_real(incir_value *x)
{
    return x->kind == INCIR_COMPLEX ? x->re : x;
}

incir_value *emit_imag(incir_graph *g, incir_value *x)
{
    if (x->kind == INCIR_COMPLEX)
        return x->im;
    incdtype type = incdtype_is_float(x->dtype) ? x->dtype : INCDT_F32;
    int64_t one = 1;
    if (x->rank == 0)
        return incir_const_float(g, type, 0);
    incir_node *n = incir_node_new(g, "ConstantOfShape");
    incir_in(g, n, incir_sizes(g, x->dims, x->rank));
    incir_attr_tensor(g, n, "value", inctensor_full(g->cx, type, 1, &one, 0));
    return incir_emit(g, n);
}

/* ---- promotion ---- */

static incir_value *cast_to_complex(incir_graph *g, incir_value *x, incdtype to)
{
    incdtype real = incdtype_real_of(to);
    incir_value *re = emit_cast(g, emit_real(x), real);
    return incir_complex(g, re, emit_cast(g, emit_imag(g, x), real));
}

/* Weights of integers that the model scales itself, as torchao's do: computed here, they become
 * floats of four times the size, which nobody should have to find out. */
static void warn_of_integers(incir_graph *g, const incir_value *x, incdtype to)
{
    if (x->dtype == INCDT_I8 && x->rank >= 2 && incdtype_is_float(to) && incir_is_constant(x))
        inc_warn(g->cx,
                 "the model makes %s of the int8 weight %s itself: it is exported as float, not as "
                 "a quantized weight",
                 incdtype_name(to), x->name ? x->name : incir_type_text(g, x));
}

/* Whether x is a float that was cut to an integer. */
static bool was_float(const incir_value *x)
{
    while (x->kind == INCIR_RESULT && incir_is(x->producer, INCIR_OP_CAST) &&
           incdtype_is_integer(x->dtype)) {
        x = x->producer->inputs[0];
        if (incdtype_is_float(x->dtype))
            return true;
    }
    return false;
}

/* Of Casts from float to integer to bool ONNX Runtime drops the first (1.21 and 1.23 do, 1.30 does
 * not), and takes 0.5 for true, with optimizations off as well. */
static incir_value *is_not_zero(incir_graph *g, incir_value *x)
{
    x = emit_cast(g, x, emit_working_type(g, "Equal", x->dtype));
    incir_value *zero = emit_scalar_like(g, x, 0);
    return incir_emit1(g, "Not", incir_emit2(g, "Equal", x, zero));
}

incir_value *emit_cast(incir_graph *g, incir_value *x, incdtype to)
{
    if (x->dtype == to)
        return x;
    if (incdtype_is_complex(to))
        return cast_to_complex(g, x, to);
    if (x->kind == INCIR_COMPLEX) /* as PyTorch, which warns */
        return emit_cast(g, x->re, to);
    if (incdtype_onnx(to) == 0)
        inc_raise(g->cx, INC_E_UNSUPPORTED, "ONNX has no element type for torch.%s",
                  incdtype_name(to));
    if (to == INCDT_BOOL && was_float(x))
        return is_not_zero(g, x);
    warn_of_integers(g, x, to);
    incir_node *n = incir_node_new(g, "Cast");
    incir_in(g, n, x);
    incir_attr_int(g, n, "to", incdtype_onnx(to));
    return incir_emit(g, n);
}

static bool is_number_of_floats(incdtype t)
{
    return incdtype_is_float(t) || incdtype_is_complex(t);
}

/* The type when those of higher rank have one and those below it another (as torch.result_type). */
static incdtype combine(bool has_higher, incdtype higher, bool has_lower, incdtype lower)
{
    if (!has_higher || !has_lower)
        return has_higher ? higher : lower;
    if (incdtype_is_complex(higher))
        return higher;
    if (incdtype_is_float(higher))
        return incdtype_is_complex(lower) ? incdtype_promote(higher, INCDT_C32) : higher;
    if (higher == INCDT_BOOL || is_number_of_floats(lower))
        return incdtype_promote(higher, lower);
    return higher;
}

incdtype emit_result_type(incir_graph *g, incir_value *const *values, size_t n)
{
    enum { DIMENSIONED, ZERO_D, NUMBER, CLASSES };
    incdtype types[CLASSES] = {INCDT_F32, INCDT_F32, INCDT_F32};
    bool seen[CLASSES] = {false, false, false};
    (void)g;
    for (size_t i = 0; i < n; i++) {
        incdtype t = values[i]->dtype;
        int class = values[i]->is_number ? NUMBER : values[i]->rank == 0 ? ZERO_D : DIMENSIONED;
        if (class == NUMBER && incdtype_is_float(t))
            t = INCDT_F32; /* torch.get_default_dtype() */
        else if (class == NUMBER && incdtype_is_complex(t))
            t = INCDT_C64;
        types[class] = seen[class] ? incdtype_promote(types[class], t) : t;
        seen[class] = true;
    }
    incdtype weak = combine(seen[ZERO_D], types[ZERO_D], seen[NUMBER], types[NUMBER]);
    return combine(seen[DIMENSIONED], types[DIMENSIONED], seen[ZERO_D] || seen[NUMBER], weak);
}

void emit_promote(incir_graph *g, incir_value **a, incir_value **b)
{
    incir_value *both[] = {*a, *b};
    incdtype type = emit_result_type(g, both, 2);
    *a = emit_cast(g, *a, type);
    *b = emit_cast(g, *b, type);
}

incir_value *emit_scalar_like(incir_graph *g, const incir_value *x, double value)
{
    return incir_const_float(g, x->dtype, value);
}
