/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on numbers that may depend on the model's inputs. What is an expression of sizes stays
 * one, and a size divided by a number or scaled by a short binary fraction stays exact; everything
 * else is computed by nodes on float64, as Python does. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "frontend/number_internal.h"
#include "ops/emit/emit.h"

bool incfe_common_bottom(incir_graph *g, const number *a, const number *b, const incsym **x,
                         const incsym **y, int64_t *bottom)
{
    if (a->kind != INCFE_NUMBER_EXACT || b->kind != INCFE_NUMBER_EXACT)
        return false;
    *x = a->top;
    *y = b->top;
    *bottom = a->bottom;
    if (a->bottom == b->bottom)
        return true;
    if (!inc_mul_i64(a->bottom, b->bottom, bottom) || *bottom > 1 << 30)
        return false;
    *x = incsym_mul_int(g->syms, a->top, b->bottom);
    *y = incsym_mul_int(g->syms, b->top, a->bottom);
    return true;
}

static number exact(const incsym *top, int64_t bottom, bool is_float)
{
    return (number){.kind = INCFE_NUMBER_EXACT, .top = top, .bottom = bottom, .is_float = is_float};
}

static number add(incir_graph *g, const number *a, const number *b, bool subtract)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (incfe_common_bottom(g, a, b, &x, &y, &bottom))
        return exact(subtract ? incsym_sub(g->syms, x, y) : incsym_add(g->syms, x, y), bottom,
                     a->is_float || b->is_float);
    if (incfe_known_real(a, &p) && incfe_known_real(b, &q))
        return incfe_number_real(g, subtract ? p - q : p + q);
    return incfe_by_typed_node(g, subtract ? "Sub" : "Add", a, b);
}

/* The product of integers; NULL: it wraps around in 64 bits, which is left to nodes. */
static const incsym *product_of(incir_graph *g, const incsym *x, const incsym *y)
{
    int64_t p, q;
    if (incsym_known(x, &p) && incsym_known(y, &q))
        return incsym_int(g->syms, (int64_t)((uint64_t)p * (uint64_t)q));
    return incsym_try(g->syms, incsym_mul, x, y);
}

number incfe_multiply(incir_graph *g, const number *a, const number *b)
{
    double p, q;
    int64_t bottom;
    if (a->kind == INCFE_NUMBER_EXACT && b->kind == INCFE_NUMBER_EXACT &&
        inc_mul_i64(a->bottom, b->bottom, &bottom) && bottom <= 1 << 30) {
        bool is_float = a->is_float || b->is_float;
        const incsym *top =
            is_float ? incsym_mul(g->syms, a->top, b->top) : product_of(g, a->top, b->top);
        if (top)
            return exact(top, bottom, is_float);
    }
    if (incfe_known_real(a, &p) && incfe_known_real(b, &q))
        return incfe_number_real(g, p * q);
    return incfe_by_typed_node(g, "Mul", a, b);
}

static void no_division_by_zero(incir_graph *g, const number *b)
{
    double q;
    if (incfe_known_real(b, &q) && q == 0)
        inc_raise(g->cx, INC_E_FORMAT, "a size is divided by zero");
}

static number true_divide(incir_graph *g, const number *a, const number *b)
{
    double p, q;
    int64_t by, bottom;
    no_division_by_zero(g, b);
    if (a->kind == INCFE_NUMBER_EXACT && b->kind == INCFE_NUMBER_EXACT &&
        incsym_known(b->top, &by) && by > 0 && by <= 1 << 30 &&
        inc_mul_i64(a->bottom, by, &bottom) && bottom <= 1 << 30)
        return exact(incsym_mul_int(g->syms, a->top, b->bottom), bottom, true);
    if (incfe_known_real(a, &p) && incfe_known_real(b, &q))
        return incfe_number_real(g, p / q);
    number args[] = {*a, *b};
    return incfe_by_node(g, "Div", args, 2);
}

number incfe_floor_divide(incir_graph *g, const number *a, const number *b, bool up)
{
    const incsym *x, *y;
    int64_t bottom;
    no_division_by_zero(g, b);
    if (incfe_common_bottom(g, a, b, &x, &y, &bottom)) {
        const incsym *q = up ? incsym_ceildiv(g->syms, x, y) : incsym_floordiv(g->syms, x, y);
        return exact(q, 1, a->is_float || b->is_float);
    }
    number q = true_divide(g, a, b);
    q = incfe_round_to_int(g, up ? INCFE_OP_CEIL : INCFE_OP_FLOOR, &q);
    q.is_float = a->is_float || b->is_float;
    return q;
}

static number modulo(incir_graph *g, const number *a, const number *b)
{
    if (incfe_is_int(a) && incfe_is_int(b)) {
        no_division_by_zero(g, b);
        return incfe_number_int(incsym_mod(g->syms, a->top, b->top));
    }
    number q = incfe_floor_divide(g, a, b, false), whole = incfe_multiply(g, &q, b);
    return add(g, a, &whole, true);
}

number incfe_power(incir_graph *g, const number *a, const number *b)
{
    enum { MOST_FACTORS = 16 };
    double p, q;
    int64_t n;
    if (incfe_is_int(b) && incsym_known(b->top, &n) && a->kind == INCFE_NUMBER_EXACT) {
        number result = exact(incsym_int(g->syms, 1), 1, a->is_float);
        if (n >= 0 && n <= MOST_FACTORS) {
            for (int64_t i = 0; i < n; i++)
                result = incfe_multiply(g, &result, a);
            return result;
        }
        if (n == -1)
            return true_divide(g, &result, a);
    }
    if (incfe_known_real(a, &p) && incfe_known_real(b, &q)) {
        double value = pow(p, q);
        if (incfe_is_int(a) && incfe_is_int(b) && q >= 0 && fabs(value) < 9e15)
            return incfe_number_int(incsym_int(g->syms, (int64_t)value));
        return incfe_number_real(g, value);
    }
    number args[] = {*a, *b};
    number real = incfe_by_node(g, "Pow", args, 2);
    return incfe_is_int(a) && incfe_is_int(b) ? incfe_as_size(g, real.value) : real;
}

static number extreme(incir_graph *g, const number *a, const number *b, bool is_max)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (incfe_common_bottom(g, a, b, &x, &y, &bottom))
        return exact(is_max ? incsym_max(g->syms, x, y) : incsym_min(g->syms, x, y), bottom,
                     a->is_float || b->is_float);
    if (incfe_known_real(a, &p) && incfe_known_real(b, &q))
        return incfe_number_real(g, is_max ? fmax(p, q) : fmin(p, q));
    return incfe_by_typed_node(g, is_max ? "Max" : "Min", a, b);
}

/* ---- to integers ---- */

number incfe_round_to_int(incir_graph *g, incfe_op op, const number *a)
{
    incsym_table *t = g->syms;
    double p;
    if (incfe_is_int(a))
        return *a;
    if (incfe_known_real(a, &p)) {
        p = op == INCFE_OP_FLOOR   ? floor(p)
            : op == INCFE_OP_CEIL  ? ceil(p)
            : op == INCFE_OP_ROUND ? nearbyint(p)
                                   : trunc(p);
        if (!(fabs(p) < 9e18))
            inc_raise(g->cx, INC_E_FORMAT, "a size is computed as %g, which is no integer", p);
        return incfe_number_int(incsym_int(t, (int64_t)p));
    }
    if (a->kind == INCFE_NUMBER_EXACT && op != INCFE_OP_ROUND) {
        const incsym *bottom = incsym_int(t, a->bottom), *zero = incsym_int(t, 0);
        bool is_up = op == INCFE_OP_CEIL;
        if (op == INCFE_OP_TRUNC && incsym_le(t, a->top, zero) == 1)
            is_up = true;
        else if (op == INCFE_OP_TRUNC && incsym_le(t, zero, a->top) != 1) {
            const incsym *below = incsym_min(t, incsym_ceildiv(t, a->top, bottom), zero);
            const incsym *above = incsym_max(t, incsym_floordiv(t, a->top, bottom), zero);
            return incfe_number_int(incsym_add(t, above, below));
        }
        return incfe_number_int(is_up ? incsym_ceildiv(t, a->top, bottom)
                                      : incsym_floordiv(t, a->top, bottom));
    }
    incir_value *v = incfe_as_real(g, a);
    const char *op_type = op == INCFE_OP_FLOOR ? "Floor" : op == INCFE_OP_CEIL ? "Ceil" : "Round";
    if (op != INCFE_OP_TRUNC)
        v = incfe_noted(g, op_type, a, NULL, incir_emit1(g, op_type, v));
    return incfe_as_size(g, v); /* conversion cuts off the fraction */
}

static number to_float(const number *a)
{
    number result = *a;
    if (a->kind == INCFE_NUMBER_EXACT)
        result.is_float = true;
    return result;
}

static number square_root(incir_graph *g, const number *a)
{
    double p;
    if (incfe_known_real(a, &p) && p >= 0)
        return incfe_number_real(g, sqrt(p));
    return incfe_by_node(g, "Sqrt", a, 1);
}

/* ---- all together ---- */

static number exact_of(incir_graph *g, const number *a)
{
    if (a->kind == INCFE_NUMBER_TRUTH)
        return incfe_number_int(incsym_int(g->syms, a->truth));
    return *a;
}

static number compute_two(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    switch (op) {
    case INCFE_OP_ADD:
        return add(g, a, b, false);
    case INCFE_OP_SUB:
        return add(g, a, b, true);
    case INCFE_OP_MUL:
        return incfe_multiply(g, a, b);
    case INCFE_OP_POW:
        return incfe_power(g, a, b);
    case INCFE_OP_FLOORDIV:
    case INCFE_OP_CEILDIV:
        return incfe_floor_divide(g, a, b, op == INCFE_OP_CEILDIV);
    case INCFE_OP_TRUEDIV:
        return true_divide(g, a, b);
    case INCFE_OP_MOD:
        return modulo(g, a, b);
    case INCFE_OP_MAX:
    case INCFE_OP_MIN:
        return extreme(g, a, b, op == INCFE_OP_MAX);
    case INCFE_OP_AND:
    case INCFE_OP_OR:
    case INCFE_OP_XOR:
        return incfe_logic(g, op, a, b);
    case INCFE_OP_LSHIFT:
    case INCFE_OP_RSHIFT:
        return incfe_shift(g, a, b, op == INCFE_OP_LSHIFT);
    default:
        return incfe_compare(g, op, a, b);
    }
}

static number compute_one(incir_graph *g, incfe_op op, const number *a)
{
    number zero = incfe_number_int(incsym_int(g->syms, 0)), negative;
    switch (op) {
    case INCFE_OP_NEG:
        return add(g, &zero, a, true);
    case INCFE_OP_ABS:
        negative = add(g, &zero, a, true);
        return extreme(g, a, &negative, true);
    case INCFE_OP_TRUNC:
    case INCFE_OP_FLOOR:
    case INCFE_OP_CEIL:
    case INCFE_OP_ROUND:
        return incfe_round_to_int(g, op, a);
    case INCFE_OP_TO_FLOAT:
        return to_float(a);
    case INCFE_OP_SQRT:
        return square_root(g, a);
    case INCFE_OP_NOT:
        return incfe_negate(g, *a);
    default:
        return *a;
    }
}

number incfe_number_function(incir_graph *g, const char *op_type, double (*f)(double),
                             const number *a)
{
    double p;
    if (incfe_known_real(a, &p))
        return incfe_number_real(g, f(p));
    incir_value *v = incfe_number_cast(g, emit_unary(g, op_type, incfe_as_real(g, a)), INCDT_F64);
    bool known = incfe_number_example(g, a, &p);
    return incfe_number_of_value(incfe_with_example(g, v, known, known ? f(p) : 0));
}

number incfe_compute(incir_graph *g, incfe_op op, const number *args, size_t n)
{
    if (op == INCFE_OP_SELECT)
        return incfe_choose_number(g, &args[0], &args[1], &args[2]);
    if (op == INCFE_OP_AND || op == INCFE_OP_OR || op == INCFE_OP_XOR || op == INCFE_OP_NOT) {
        number result = n > 1 ? args[0] : compute_one(g, op, &args[0]);
        for (size_t i = 1; i < n; i++)
            result = compute_two(g, op, &result, &args[i]);
        return result;
    }
    number a = exact_of(g, &args[0]);
    if (op == INCFE_OP_MODULAR) {
        number q = incfe_floor_divide(g, &a, &args[1], false);
        return modulo(g, &q, &args[2]);
    }
    if (n == 1 &&
        (op == INCFE_OP_ADD || op == INCFE_OP_MUL || op == INCFE_OP_MAX || op == INCFE_OP_MIN))
        return a;
    if (n == 1)
        return compute_one(g, op, &a);
    for (size_t i = 1; i < n; i++) {
        number b = exact_of(g, &args[i]);
        a = compute_two(g, op, &a, &b);
    }
    return a;
}
