/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison, logic and bits of numbers; and the names of operators on them in torch.export
 * programs. */
#include <string.h>

#include "frontend/number_internal.h"

number incfe_negate(incir_graph *g, number a)
{
    if (a.kind == INCFE_NUMBER_TRUTH)
        return incfe_number_truth(!a.truth);
    return incfe_number_of_value(incfe_noted(
        g, "Not", &a, NULL,
        incir_emit1(g, "Not", incfe_number_cast(g, incfe_as_value(g, &a), INCDT_BOOL))));
}

number incfe_compare(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (op == INCFE_OP_GT || op == INCFE_OP_GE)
        return incfe_compare(g, op == INCFE_OP_GT ? INCFE_OP_LT : INCFE_OP_LE, b, a);
    if (op == INCFE_OP_NE)
        return incfe_negate(g, incfe_compare(g, INCFE_OP_EQ, a, b));
    if (incfe_common_bottom(g, a, b, &x, &y, &bottom)) {
        int answer = op == INCFE_OP_LT   ? incsym_lt(g->syms, x, y)
                     : op == INCFE_OP_LE ? incsym_le(g->syms, x, y)
                                         : incsym_eq(g->syms, x, y);
        if (answer >= 0)
            return incfe_number_truth(answer == 1);
    } else if (incfe_known_real(a, &p) && incfe_known_real(b, &q)) {
        return incfe_number_truth(op == INCFE_OP_LT ? p < q : op == INCFE_OP_LE ? p <= q : p == q);
    }
    if (op == INCFE_OP_LE) /* not in all opsets: a <= b is not b < a, but for NaN */
        return incfe_negate(g, incfe_by_typed_node(g, "Less", b, a));
    return incfe_by_typed_node(g, op == INCFE_OP_LT ? "Less" : "Equal", a, b);
}

number incfe_shift(incir_graph *g, const number *a, const number *b, bool left)
{
    number two = incfe_number_int(incsym_int(g->syms, 2)), factor = incfe_power(g, &two, b);
    factor = incfe_round_to_int(g, INCFE_OP_TRUNC, &factor);
    return left ? incfe_multiply(g, a, &factor) : incfe_floor_divide(g, a, &factor, false);
}

static int64_t on_bits(incfe_op op, int64_t a, int64_t b)
{
    return op == INCFE_OP_AND ? a & b : op == INCFE_OP_OR ? a | b : a ^ b;
}

/* Of integers in two's complement. What is cut off by a mask of ones is a remainder. */
static number bits(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    int64_t x, y;
    double p = 0, q = 0;
    bool x_known = incsym_known(a->top, &x), y_known = incsym_known(b->top, &y);
    if (x_known && y_known)
        return incfe_number_int(incsym_int(g->syms, on_bits(op, x, y)));
    if (x_known && op == INCFE_OP_AND)
        return bits(g, op, b, a);
    if (y_known && op == INCFE_OP_AND && y >= 0 && y < INT64_MAX && (y & (y + 1)) == 0)
        return incfe_number_int(incsym_mod(g->syms, a->top, incsym_int(g->syms, y + 1)));
    const char *name = op == INCFE_OP_AND  ? "aten::bitwise_and"
                       : op == INCFE_OP_OR ? "aten::bitwise_or"
                                           : "aten::bitwise_xor";
    incval args[2];
    args[0] = incval_tensor(incop_box_new(g->cx, incfe_as_value(g, a)));
    args[1] = incval_tensor(incop_box_new(g->cx, incfe_as_value(g, b)));
    size_t n;
    incir_value *v = incop_box_read(g, incop_invoke(g, name, args, 2, NULL, 0, &n)[0].u.t);
    bool known = incfe_number_example(g, a, &p) && incfe_number_example(g, b, &q);
    v = incfe_with_example(g, v, known, known ? (double)on_bits(op, (int64_t)p, (int64_t)q) : 0);
    return incfe_as_size(g, v);
}

number incfe_logic(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    bool is_and = op == INCFE_OP_AND;
    if (incfe_is_int(a) && incfe_is_int(b))
        return bits(g, op, a, b);
    if (op == INCFE_OP_XOR && a->kind == INCFE_NUMBER_TRUTH && b->kind == INCFE_NUMBER_TRUTH)
        return incfe_number_truth(a->truth != b->truth);
    if (op == INCFE_OP_XOR)
        return incfe_compare(g, INCFE_OP_NE, a, b);
    if (a->kind == INCFE_NUMBER_TRUTH)
        return a->truth == is_and ? *b : *a;
    if (b->kind == INCFE_NUMBER_TRUTH)
        return b->truth == is_and ? *a : *b;
    const char *op_type = is_and ? "And" : "Or";
    incir_value *y = incfe_number_cast(g, incfe_as_value(g, b), INCDT_BOOL);
    incir_value *x = incfe_number_cast(g, incfe_as_value(g, a), INCDT_BOOL);
    return incfe_number_of_value(incfe_noted(g, op_type, a, b, incir_emit2(g, op_type, x, y)));
}

number incfe_choose_number(incir_graph *g, const number *condition, const number *yes,
                           const number *no)
{
    if (condition->kind == INCFE_NUMBER_TRUTH)
        return condition->truth ? *yes : *no;
    bool real = yes->is_float || no->is_float;
    incir_value *n = incfe_number_cast(g, incfe_as_value(g, no), real ? INCDT_F64 : INCDT_I64);
    incir_value *y = incfe_number_cast(g, incfe_as_value(g, yes), real ? INCDT_F64 : INCDT_I64);
    incir_value *v = incir_emit3(
        g, "Where", incfe_number_cast(g, incfe_as_value(g, condition), INCDT_BOOL), y, n);
    return real ? incfe_number_of_value(v) : incfe_as_size(g, v);
}

/* ---- names ---- */

bool incfe_number_op(const char *target, incfe_op *op, size_t *n_args)
{
    static const struct {
        const char *name;
        incfe_op op;
        size_t n;
    } table[] = {
        {"_operator.add", INCFE_OP_ADD, 2},
        {"_operator.sub", INCFE_OP_SUB, 2},
        {"_operator.mul", INCFE_OP_MUL, 2},
        {"_operator.neg", INCFE_OP_NEG, 1},
        {"_operator.pos", INCFE_OP_POS, 1},
        {"_operator.pow", INCFE_OP_POW, 2},
        {"_operator.floordiv", INCFE_OP_FLOORDIV, 2},
        {"_operator.truediv", INCFE_OP_TRUEDIV, 2},
        {"_operator.mod", INCFE_OP_MOD, 2},
        {"_operator.eq", INCFE_OP_EQ, 2},
        {"_operator.ne", INCFE_OP_NE, 2},
        {"_operator.lt", INCFE_OP_LT, 2},
        {"_operator.le", INCFE_OP_LE, 2},
        {"_operator.gt", INCFE_OP_GT, 2},
        {"_operator.ge", INCFE_OP_GE, 2},
        {"_operator.and_", INCFE_OP_AND, 2},
        {"_operator.or_", INCFE_OP_OR, 2},
        {"_operator.not_", INCFE_OP_NOT, 1},
        {"_operator.abs", INCFE_OP_ABS, 1},
        {"math.trunc", INCFE_OP_TRUNC, 1},
        {"math.floor", INCFE_OP_FLOOR, 1},
        {"math.ceil", INCFE_OP_CEIL, 1},
        {"math.sqrt", INCFE_OP_SQRT, 1},
        {"builtins.round", INCFE_OP_ROUND, 1},
        {"builtins.max", INCFE_OP_MAX, 0},
        {"builtins.min", INCFE_OP_MIN, 0},
        {"round", INCFE_OP_ROUND, 1},
        {"torch.sym_int", INCFE_OP_TRUNC, 1},
        {"torch.sym_float", INCFE_OP_TO_FLOAT, 1},
        {"torch.sym_max", INCFE_OP_MAX, 2},
        {"torch.sym_min", INCFE_OP_MIN, 2},
        {"torch.sym_not", INCFE_OP_NOT, 1},
        {"torch.sym_sqrt", INCFE_OP_SQRT, 1},
        {"torch._sym_sqrt", INCFE_OP_SQRT, 1},
        {"torch.sym_ite", INCFE_OP_SELECT, 3},
        {"torch.sym_sum", INCFE_OP_ADD, 0},
    };
    for (size_t i = 0; i < INC_COUNT(table); i++)
        if (strcmp(table[i].name, target) == 0) {
            *op = table[i].op;
            *n_args = table[i].n;
            return true;
        }
    return false;
}
