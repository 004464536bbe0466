/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons, logic, and questions about single elements; all answer with bools. */
#include "ops/families.h"

#include <math.h>

#include "ops/emit/math.h"

/* ---- comparisons ---- */

/* A bool compared with 0 or 1 needs no comparison. */
static incir_value *equal(incir_graph *g, incir_value *a, incir_value *b)
{
    if (a->dtype == INCDT_BOOL && b->is_number) {
        if (emit_is_scalar(g, b, 1))
            return a;
        if (emit_is_scalar(g, b, 0))
            return emit_unary(g, "Not", a);
    }
    return emit_compare(g, "Equal", a, b);
}

static incir_value *negation(incir_graph *g, incir_value *x)
{
    return emit_unary(g, "Not", x);
}

static void lower_eq(incop_call *c)
{
    incop_return(c, equal(c->g, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

static void lower_ne(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    if (a->dtype == INCDT_BOOL && b->is_number && emit_is_scalar(c->g, b, 0))
        incop_return(c, a);
    else if (a->dtype == INCDT_BOOL && b->dtype == INCDT_BOOL)
        incop_return(c, emit_binary(c->g, "Xor", a, b));
    else
        incop_return(c, negation(c->g, equal(c->g, a, b)));
}

static void lower_compare(incop_call *c)
{
    incop_return(c,
                 emit_compare(c->g, c->row->as, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

/* |self - other| <= atol + rtol · |other|, or equal (infinities), or both NaN when asked. */
static incir_value *is_close(incop_call *c, incir_value *a, incir_value *b)
{
    incir_graph *g = c->g;
    emit_promote(g, &a, &b);
    incir_value *same = emit_compare(g, "Equal", a, b);
    double rtol = incop_float(c, "rtol"), atol = incop_float(c, "atol");
    bool equal_nan = incop_bool(c, "equal_nan") && incdtype_is_float(a->dtype);
    if (rtol != 0 || atol != 0) {
        incir_value *x = emit_as_float(g, a), *y = emit_as_float(g, b);
        incir_value *apart = emit_unary(g, "Abs", emit_binary(g, "Sub", x, y));
        incir_value *allowed = emit_with_scalar(g, "Mul", emit_unary(g, "Abs", y), rtol);
        allowed = emit_with_scalar(g, "Add", allowed, atol);
        incir_value *close = emit_compare(g, "LessOrEqual", apart, allowed);
        /* Nothing but infinity itself is close to infinity. */
        close = emit_binary(g, "And", close, emit_compare_scalar(g, "Less", apart, INFINITY));
        same = emit_binary(g, "Or", same, close);
    }
    if (equal_nan) {
        incir_value *is_b_nan = emit_unary(g, "IsNaN", b);
        same =
            emit_binary(g, "Or", same, emit_binary(g, "And", emit_unary(g, "IsNaN", a), is_b_nan));
    }
    return same;
}

static void lower_isclose(incop_call *c)
{
    incop_return(c, is_close(c, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

/* One answer for two tensors: a bool where it is known, else a tensor. */
static void return_all(incop_call *c, incir_value *same)
{
    same = emit_all(c->g, same, NULL, 0, false);
    if (incir_is_constant(same))
        incop_return_val(c, incval_bool(inctensor_i64(c->cx, same->constant) != 0));
    else
        incop_return(c, same);
}

static void lower_allclose(incop_call *c)
{
    return_all(c, is_close(c, incop_tensor(c, "self"), incop_tensor(c, "other")));
}

static void lower_equal(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    bool differ = a->rank != b->rank;
    for (size_t i = 0; !differ && i < a->rank; i++)
        differ =
            incsym_eq(c->g->syms, incir_axis_size(c->g, a, i), incir_axis_size(c->g, b, i)) == 0;
    if (differ)
        incop_return_val(c, incval_bool(false));
    else
        return_all(c, equal(c->g, a, b));
}

/* Each element against all test elements. */
static void lower_isin(incop_call *c)
{
    incir_graph *g = c->g;
    bool scalar_tests = incop_has(c, "test_element");
    incir_value *x = incop_tensor(c, incop_has(c, "elements") ? "elements" : "element");
    incir_value *tests = incop_tensor(c, scalar_tests ? "test_element" : "test_elements");
    incir_value *found;
    if (tests->rank == 0) {
        found = emit_compare(g, "Equal", x, tests);
    } else {
        size_t last = x->rank;
        const incsym *all[] = {incir_numel(g, tests)};
        emit_promote(g, &x, &tests);
        incir_value *row = emit_reshape(g, tests, all, 1);
        found = emit_compare(g, "Equal", emit_unsqueeze_axis(g, x, last), row);
        found = emit_any(g, found, &last, 1, false);
    }
    incop_return(c, incop_bool(c, "invert") ? negation(g, found) : found);
}

/* ---- logic ---- */

static void lower_logical(incop_call *c)
{
    incir_value *other = emit_cast(c->g, incop_tensor(c, "other"), INCDT_BOOL);
    incop_return(c, emit_binary(c->g, c->row->as,
                                emit_cast(c->g, incop_tensor(c, "self"), INCDT_BOOL), other));
}

static void lower_logical_not(incop_call *c)
{
    incop_return(c, negation(c->g, emit_cast(c->g, incop_tensor(c, "self"), INCDT_BOOL)));
}

/* ---- NaN and infinity ---- */

/* What holds for all integers. */
static bool answer_integers(incop_call *c, incir_value *x, bool answer)
{
    if (incdtype_is_float(x->dtype))
        return false;
    incop_return(c, emit_full(c->g, INCDT_BOOL, x->dims, x->rank, answer));
    return true;
}

static void lower_isnan(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (!answer_integers(c, x, false))
        incop_return(c, emit_unary(c->g, "IsNaN", x));
}

static void lower_isinf(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (answer_integers(c, x, false))
        return;
    incop_return(c, emit_unary(c->g, "IsInf", x));
}

/* |x| < inf is false for NaN, too. */
static void lower_isfinite(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (!answer_integers(c, x, true))
        incop_return(c, emit_compare_scalar(c->g, "Less", emit_unary(c->g, "Abs", x), INFINITY));
}

static void lower_isposinf(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (!answer_integers(c, x, false))
        incop_return(c, emit_compare_scalar(c->g, "Equal", x, INFINITY));
}

static void lower_isneginf(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (!answer_integers(c, x, false))
        incop_return(c, emit_compare_scalar(c->g, "Equal", x, -INFINITY));
}

static void lower_isreal(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_full(c->g, INCDT_BOOL, x->dims, x->rank, 1));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::allclose(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False) -> bool",
        lower_allclose),
    OP_Q("aten::eq.Scalar(Tensor self, Scalar other) -> Tensor", lower_eq, INCOP_Q_SAME),
    OP_Q("aten::eq.Tensor(Tensor self, Tensor other) -> Tensor", lower_eq, INCOP_Q_SAME),
    OP("aten::equal(Tensor self, Tensor other) -> bool", lower_equal),
    OP_AS_Q("aten::ge.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "GreaterOrEqual", INCOP_Q_SAME),
    OP_AS_Q("aten::ge.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "GreaterOrEqual", INCOP_Q_SAME),
    OP_AS("aten::greater.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "Greater"),
    OP_AS("aten::greater.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "Greater"),
    OP_AS("aten::greater_equal.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "GreaterOrEqual"),
    OP_AS("aten::greater_equal.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "GreaterOrEqual"),
    OP_AS_Q("aten::gt.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "Greater", INCOP_Q_SAME),
    OP_AS_Q("aten::gt.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "Greater", INCOP_Q_SAME),
    OP("aten::isclose(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
        lower_isclose),
    OP("aten::isfinite(Tensor self) -> Tensor", lower_isfinite),
    OP("aten::isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
        lower_isin),
    OP("aten::isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool invert=False) -> Tensor",
        lower_isin),
    OP("aten::isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
        lower_isin),
    OP("aten::isinf(Tensor self) -> Tensor", lower_isinf),
    OP("aten::isnan(Tensor self) -> Tensor", lower_isnan),
    OP("aten::isneginf(Tensor self) -> Tensor", lower_isneginf),
    OP("aten::isposinf(Tensor self) -> Tensor", lower_isposinf),
    OP("aten::isreal(Tensor self) -> Tensor", lower_isreal),
    OP_AS_Q("aten::le.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "LessOrEqual", INCOP_Q_SAME),
    OP_AS_Q("aten::le.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "LessOrEqual", INCOP_Q_SAME),
    OP_AS("aten::less.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "Less"),
    OP_AS("aten::less.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "Less"),
    OP_AS("aten::less_equal.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "LessOrEqual"),
    OP_AS("aten::less_equal.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "LessOrEqual"),
    OP_AS("aten::logical_and(Tensor self, Tensor other) -> Tensor", lower_logical, "And"),
    OP("aten::logical_not(Tensor self) -> Tensor", lower_logical_not),
    OP_AS("aten::logical_or(Tensor self, Tensor other) -> Tensor", lower_logical, "Or"),
    OP_AS("aten::logical_xor(Tensor self, Tensor other) -> Tensor", lower_logical, "Xor"),
    OP_AS_Q("aten::lt.Scalar(Tensor self, Scalar other) -> Tensor", lower_compare, "Less", INCOP_Q_SAME),
    OP_AS_Q("aten::lt.Tensor(Tensor self, Tensor other) -> Tensor", lower_compare, "Less", INCOP_Q_SAME),
    OP_Q("aten::ne.Scalar(Tensor self, Scalar other) -> Tensor", lower_ne, INCOP_Q_SAME),
    OP_Q("aten::ne.Tensor(Tensor self, Tensor other) -> Tensor", lower_ne, INCOP_Q_SAME),
    OP("aten::not_equal.Scalar(Tensor self, Scalar other) -> Tensor", lower_ne),
    OP("aten::not_equal.Tensor(Tensor self, Tensor other) -> Tensor", lower_ne),
};
/* clang-format on */

const incop_family incop_comparison = {"comparison", rows, INC_COUNT(rows), true};
