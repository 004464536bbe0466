/* Python's numbers where they may depend on the model's inputs. What is an expression of sizes
 * stays one, and a size divided by a number or scaled by a short binary fraction stays exact;
 * everything else is computed by nodes on float64, as Python does. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "frontend/pt2/internal.h"

typedef incpt2_number number;

number incpt2_number_int(const incsym *value)
{
    return (number){.kind = INCPT2_EXACT, .top = value, .bottom = 1};
}

/* value = top / 2^n with both small, so that products with sizes stay exact in float64 too. */
static bool short_fraction(double value, int64_t *top, int64_t *bottom)
{
    enum { MOST_BITS = 12 };
    int64_t scale = 1;
    for (int i = 0; i <= MOST_BITS; i++, scale *= 2) {
        double scaled = value * (double)scale;
        if (fabs(scaled) < 1 << 30 && scaled == floor(scaled)) {
            *top = (int64_t)scaled;
            *bottom = scale;
            return true;
        }
    }
    return false;
}

number incpt2_number_real(incir_graph *g, double value)
{
    int64_t top, bottom;
    if (!short_fraction(value, &top, &bottom))
        return (number){.kind = INCPT2_REAL, .is_float = true, .real = value};
    return (number){
        .kind = INCPT2_EXACT, .is_float = true, .top = incsym_int(g->syms, top), .bottom = bottom};
}

number incpt2_number_truth(bool truth)
{
    return (number){.kind = INCPT2_TRUTH, .truth = truth};
}

static number of_value(incir_value *value)
{
    return (number){.kind = INCPT2_TENSOR, .value = value, .is_float = value->dtype == INCDT_F64};
}

number incpt2_number_of(incir_graph *g, incval v, const char *name)
{
    incir_value *value;
    switch (v.kind) {
    case INCVAL_INT:
        return incpt2_number_int(v.u.i);
    case INCVAL_FLOAT:
        return incpt2_number_real(g, v.u.f);
    case INCVAL_BOOL:
        return incpt2_number_truth(v.u.b);
    case INCVAL_TENSOR:
        value = incop_box_read(g, v.u.t);
        if (value->rank == 0 && !incdtype_is_complex(value->dtype)) {
            incdtype t = value->dtype == INCDT_BOOL          ? INCDT_BOOL
                         : incdtype_is_integer(value->dtype) ? INCDT_I64
                                                             : INCDT_F64;
            incir_node *n = incir_node_new(g, "Cast");
            incir_in(g, n, value);
            incir_attr_int(g, n, "to", incdtype_onnx(t));
            return of_value(value->dtype == t ? value : incir_emit(g, n));
        }
        inc_raise(g->cx, INC_E_FORMAT, "%s is %s, where a number was expected", name,
                  incir_type_text(g, value));
    default:
        inc_raise(g->cx, INC_E_FORMAT, "%s is a %s, where a number was expected", name,
                  incval_kind_name(v.kind));
    }
}

/* ---- known numbers ---- */

static bool known_real(const number *a, double *value)
{
    int64_t top;
    if (a->kind == INCPT2_TRUTH) {
        *value = a->truth;
        return true;
    }
    if (a->kind == INCPT2_REAL) {
        *value = a->real;
        return true;
    }
    if (a->kind != INCPT2_EXACT || !incsym_known(a->top, &top))
        return false;
    *value = (double)top / (double)a->bottom;
    return true;
}

static number exact_of(incir_graph *g, const number *a)
{
    if (a->kind == INCPT2_TRUTH)
        return incpt2_number_int(incsym_int(g->syms, a->truth));
    return *a;
}

static bool is_int(const number *a)
{
    return a->kind == INCPT2_EXACT && !a->is_float;
}

/* ---- nodes ---- */

static incir_value *cast(incir_graph *g, incir_value *v, incdtype t)
{
    if (v->dtype == t)
        return v;
    incir_node *n = incir_node_new(g, "Cast");
    incir_in(g, n, v);
    incir_attr_int(g, n, "to", incdtype_onnx(t));
    return incir_emit(g, n);
}

static incir_value *as_value(incir_graph *g, const number *a)
{
    double real;
    incir_value *v;
    if (a->kind == INCPT2_TENSOR)
        return a->value;
    if (a->kind == INCPT2_TRUTH)
        return incir_const_bool(g, a->truth);
    if (is_int(a))
        return incir_size_scalar(g, a->top);
    if (known_real(a, &real))
        return incir_const_float(g, INCDT_F64, real);
    v = cast(g, incir_size_scalar(g, a->top), INCDT_F64);
    if (a->bottom != 1)
        v = incir_emit2(g, "Div", v, incir_const_float(g, INCDT_F64, (double)a->bottom));
    return v;
}

static incir_value *as_real(incir_graph *g, const number *a)
{
    return cast(g, as_value(g, a), INCDT_F64);
}

incval incpt2_number_value(incir_graph *g, number a)
{
    double real;
    if (is_int(&a))
        return incval_int(a.top);
    if (a.kind == INCPT2_TRUTH)
        return incval_bool(a.truth);
    if (known_real(&a, &real))
        return incval_float(real);
    incir_value *v = as_value(g, &a);
    incop_box *box;
    if (!v->is_number && v->producer) /* a box of its own: weak in type promotion */
        v->is_number = true;
    box = incop_box_new(g->cx, v);
    return incval_tensor(box);
}

/* An integer that nodes compute is a size of its own. */
static number as_size(incir_graph *g, incir_value *v)
{
    v = cast(g, v, INCDT_I64);
    const incsym *const *contents = incir_contents(g, v);
    if (contents)
        return incpt2_number_int(contents[0]);
    if (incir_is_constant(v))
        return incpt2_number_int(incsym_int(g->syms, inctensor_i64(g->cx, v->constant)));
    const incsym *computed = incsym_new(g->syms, "computed", 1, INT64_MIN / 4, v, -1);
    incsym_mark_guess(computed);
    return incpt2_number_int(computed);
}

static number by_node(incir_graph *g, const char *op_type, const number *args, size_t n)
{
    incir_value *v = as_real(g, &args[0]);
    if (n == 1)
        return of_value(incir_emit1(g, op_type, v));
    for (size_t i = 1; i < n; i++)
        v = incir_emit2(g, op_type, v, as_real(g, &args[i]));
    return of_value(v);
}

/* Integers among tensors are computed as integers. */
static number by_typed_node(incir_graph *g, const char *op_type, const number *a, const number *b)
{
    bool real = a->is_float || b->is_float;
    incir_value *x = cast(g, as_value(g, a), real ? INCDT_F64 : INCDT_I64);
    incir_value *y = cast(g, as_value(g, b), real ? INCDT_F64 : INCDT_I64);
    incir_value *v = incir_emit2(g, op_type, x, y);
    return real || v->dtype == INCDT_BOOL ? of_value(v) : as_size(g, v);
}

/* ---- arithmetic ---- */

/* top/bottom of both over one bottom; false when that overflows. */
static bool common(incir_graph *g, const number *a, const number *b, const incsym **x,
                   const incsym **y, int64_t *bottom)
{
    if (a->kind != INCPT2_EXACT || b->kind != INCPT2_EXACT)
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
    return (number){.kind = INCPT2_EXACT, .top = top, .bottom = bottom, .is_float = is_float};
}

static number add(incir_graph *g, const number *a, const number *b, bool subtract)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (common(g, a, b, &x, &y, &bottom))
        return exact(subtract ? incsym_sub(g->syms, x, y) : incsym_add(g->syms, x, y), bottom,
                     a->is_float || b->is_float);
    if (known_real(a, &p) && known_real(b, &q))
        return incpt2_number_real(g, subtract ? p - q : p + q);
    return by_typed_node(g, subtract ? "Sub" : "Add", a, b);
}

static number multiply(incir_graph *g, const number *a, const number *b)
{
    double p, q;
    int64_t bottom;
    if (a->kind == INCPT2_EXACT && b->kind == INCPT2_EXACT &&
        inc_mul_i64(a->bottom, b->bottom, &bottom) && bottom <= 1 << 30)
        return exact(incsym_mul(g->syms, a->top, b->top), bottom, a->is_float || b->is_float);
    if (known_real(a, &p) && known_real(b, &q))
        return incpt2_number_real(g, p * q);
    return by_typed_node(g, "Mul", a, b);
}

static void no_division_by_zero(incir_graph *g, const number *b)
{
    double q;
    if (known_real(b, &q) && q == 0)
        inc_raise(g->cx, INC_E_FORMAT, "a size is divided by zero");
}

static number true_divide(incir_graph *g, const number *a, const number *b)
{
    double p, q;
    int64_t by, bottom;
    no_division_by_zero(g, b);
    if (a->kind == INCPT2_EXACT && b->kind == INCPT2_EXACT && incsym_known(b->top, &by) && by > 0 &&
        by <= 1 << 30 && inc_mul_i64(a->bottom, by, &bottom) && bottom <= 1 << 30)
        return exact(incsym_mul_int(g->syms, a->top, b->bottom), bottom, true);
    if (known_real(a, &p) && known_real(b, &q))
        return incpt2_number_real(g, p / q);
    number args[] = {*a, *b};
    return by_node(g, "Div", args, 2);
}

static number round_to_int(incir_graph *g, incpt2_op op, const number *a);

static number floor_divide(incir_graph *g, const number *a, const number *b, bool up)
{
    const incsym *x, *y;
    int64_t bottom;
    no_division_by_zero(g, b);
    if (common(g, a, b, &x, &y, &bottom)) {
        const incsym *q = up ? incsym_ceildiv(g->syms, x, y) : incsym_floordiv(g->syms, x, y);
        return exact(q, 1, a->is_float || b->is_float);
    }
    number q = true_divide(g, a, b);
    q = round_to_int(g, up ? INCPT2_CEIL : INCPT2_FLOOR, &q);
    q.is_float = a->is_float || b->is_float;
    return q;
}

static number modulo(incir_graph *g, const number *a, const number *b)
{
    if (is_int(a) && is_int(b)) {
        no_division_by_zero(g, b);
        return incpt2_number_int(incsym_mod(g->syms, a->top, b->top));
    }
    number q = floor_divide(g, a, b, false), whole = multiply(g, &q, b);
    return add(g, a, &whole, true);
}

static number power(incir_graph *g, const number *a, const number *b)
{
    enum { MOST_FACTORS = 16 };
    double p, q;
    int64_t n;
    if (is_int(b) && incsym_known(b->top, &n) && a->kind == INCPT2_EXACT) {
        number result = exact(incsym_int(g->syms, 1), 1, a->is_float);
        if (n >= 0 && n <= MOST_FACTORS) {
            for (int64_t i = 0; i < n; i++)
                result = multiply(g, &result, a);
            return result;
        }
        if (n == -1)
            return true_divide(g, &result, a);
    }
    if (known_real(a, &p) && known_real(b, &q)) {
        double value = pow(p, q);
        if (is_int(a) && is_int(b) && q >= 0 && fabs(value) < 9e15)
            return incpt2_number_int(incsym_int(g->syms, (int64_t)value));
        return incpt2_number_real(g, value);
    }
    number args[] = {*a, *b};
    number real = by_node(g, "Pow", args, 2);
    return is_int(a) && is_int(b) ? as_size(g, real.value) : real;
}

static number extreme(incir_graph *g, const number *a, const number *b, bool is_max)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (common(g, a, b, &x, &y, &bottom))
        return exact(is_max ? incsym_max(g->syms, x, y) : incsym_min(g->syms, x, y), bottom,
                     a->is_float || b->is_float);
    if (known_real(a, &p) && known_real(b, &q))
        return incpt2_number_real(g, is_max ? fmax(p, q) : fmin(p, q));
    return by_typed_node(g, is_max ? "Max" : "Min", a, b);
}

/* ---- to integers ---- */

static number round_to_int(incir_graph *g, incpt2_op op, const number *a)
{
    incsym_table *t = g->syms;
    double p;
    if (is_int(a))
        return *a;
    if (known_real(a, &p)) {
        p = op == INCPT2_FLOOR   ? floor(p)
            : op == INCPT2_CEIL  ? ceil(p)
            : op == INCPT2_ROUND ? nearbyint(p)
                                 : trunc(p);
        if (!(fabs(p) < 9e18))
            inc_raise(g->cx, INC_E_FORMAT, "a size is computed as %g, which is no integer", p);
        return incpt2_number_int(incsym_int(t, (int64_t)p));
    }
    if (a->kind == INCPT2_EXACT && op != INCPT2_ROUND) {
        const incsym *bottom = incsym_int(t, a->bottom), *zero = incsym_int(t, 0);
        bool is_up = op == INCPT2_CEIL;
        if (op == INCPT2_TRUNC && incsym_le(t, a->top, zero) == 1)
            is_up = true;
        else if (op == INCPT2_TRUNC && incsym_le(t, zero, a->top) != 1)
            return incpt2_number_int(
                incsym_add(t, incsym_max(t, incsym_floordiv(t, a->top, bottom), zero),
                           incsym_min(t, incsym_ceildiv(t, a->top, bottom), zero)));
        return incpt2_number_int(is_up ? incsym_ceildiv(t, a->top, bottom)
                                       : incsym_floordiv(t, a->top, bottom));
    }
    incir_value *v = as_real(g, a);
    if (op == INCPT2_FLOOR || op == INCPT2_CEIL || op == INCPT2_ROUND)
        v = incir_emit1(g, op == INCPT2_FLOOR ? "Floor" : op == INCPT2_CEIL ? "Ceil" : "Round", v);
    return as_size(g, v); /* conversion cuts off the fraction */
}

static number to_float(const number *a)
{
    number result = *a;
    if (a->kind == INCPT2_EXACT)
        result.is_float = true;
    return result;
}

static number square_root(incir_graph *g, const number *a)
{
    double p;
    if (known_real(a, &p) && p >= 0)
        return incpt2_number_real(g, sqrt(p));
    return by_node(g, "Sqrt", a, 1);
}

/* ---- truth ---- */

static number negate(incir_graph *g, number a)
{
    if (a.kind == INCPT2_TRUTH)
        return incpt2_number_truth(!a.truth);
    return of_value(incir_emit1(g, "Not", cast(g, as_value(g, &a), INCDT_BOOL)));
}

static number compare(incir_graph *g, incpt2_op op, const number *a, const number *b)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (op == INCPT2_GT || op == INCPT2_GE)
        return compare(g, op == INCPT2_GT ? INCPT2_LT : INCPT2_LE, b, a);
    if (op == INCPT2_NE)
        return negate(g, compare(g, INCPT2_EQ, a, b));
    if (common(g, a, b, &x, &y, &bottom)) {
        int answer = op == INCPT2_LT   ? incsym_lt(g->syms, x, y)
                     : op == INCPT2_LE ? incsym_le(g->syms, x, y)
                                       : incsym_eq(g->syms, x, y);
        if (answer >= 0)
            return incpt2_number_truth(answer == 1);
    } else if (known_real(a, &p) && known_real(b, &q)) {
        return incpt2_number_truth(op == INCPT2_LT ? p < q : op == INCPT2_LE ? p <= q : p == q);
    }
    if (op == INCPT2_LE) /* not in all opsets: a <= b is not b < a, but for NaN */
        return negate(g, by_typed_node(g, "Less", b, a));
    return by_typed_node(g, op == INCPT2_LT ? "Less" : "Equal", a, b);
}

static number logic(incir_graph *g, incpt2_op op, const number *a, const number *b)
{
    bool is_and = op == INCPT2_AND;
    if (is_int(a) && is_int(b))
        inc_raise(g->cx, INC_E_UNSUPPORTED, "operators on the bits of sizes are not supported");
    if (a->kind == INCPT2_TRUTH)
        return a->truth == is_and ? *b : *a;
    if (b->kind == INCPT2_TRUTH)
        return b->truth == is_and ? *a : *b;
    return of_value(incir_emit2(g, is_and ? "And" : "Or", cast(g, as_value(g, a), INCDT_BOOL),
                                cast(g, as_value(g, b), INCDT_BOOL)));
}

static number choose(incir_graph *g, const number *condition, const number *yes, const number *no)
{
    if (condition->kind == INCPT2_TRUTH)
        return condition->truth ? *yes : *no;
    bool real = yes->is_float || no->is_float;
    incir_value *v = incir_emit3(g, "Where", cast(g, as_value(g, condition), INCDT_BOOL),
                                 cast(g, as_value(g, yes), real ? INCDT_F64 : INCDT_I64),
                                 cast(g, as_value(g, no), real ? INCDT_F64 : INCDT_I64));
    return real ? of_value(v) : as_size(g, v);
}

/* ---- all together ---- */

static number compute_two(incir_graph *g, incpt2_op op, const number *a, const number *b)
{
    switch (op) {
    case INCPT2_ADD:
        return add(g, a, b, false);
    case INCPT2_SUB:
        return add(g, a, b, true);
    case INCPT2_MUL:
        return multiply(g, a, b);
    case INCPT2_POW:
        return power(g, a, b);
    case INCPT2_FLOORDIV:
    case INCPT2_CEILDIV:
        return floor_divide(g, a, b, op == INCPT2_CEILDIV);
    case INCPT2_TRUEDIV:
        return true_divide(g, a, b);
    case INCPT2_MOD:
        return modulo(g, a, b);
    case INCPT2_MAX:
    case INCPT2_MIN:
        return extreme(g, a, b, op == INCPT2_MAX);
    case INCPT2_AND:
    case INCPT2_OR:
        return logic(g, op, a, b);
    default:
        return compare(g, op, a, b);
    }
}

static number compute_one(incir_graph *g, incpt2_op op, const number *a)
{
    number zero = incpt2_number_int(incsym_int(g->syms, 0)), negative;
    switch (op) {
    case INCPT2_NEG:
        return add(g, &zero, a, true);
    case INCPT2_ABS:
        negative = add(g, &zero, a, true);
        return extreme(g, a, &negative, true);
    case INCPT2_TRUNC:
    case INCPT2_FLOOR:
    case INCPT2_CEIL:
    case INCPT2_ROUND:
        return round_to_int(g, op, a);
    case INCPT2_TO_FLOAT:
        return to_float(a);
    case INCPT2_SQRT:
        return square_root(g, a);
    case INCPT2_NOT:
        return negate(g, *a);
    default:
        return *a;
    }
}

number incpt2_compute(incir_graph *g, incpt2_op op, const number *args, size_t n)
{
    if (op == INCPT2_SELECT)
        return choose(g, &args[0], &args[1], &args[2]);
    if (op == INCPT2_AND || op == INCPT2_OR || op == INCPT2_NOT) {
        number result = n > 1 ? args[0] : compute_one(g, op, &args[0]);
        for (size_t i = 1; i < n; i++)
            result = compute_two(g, op, &result, &args[i]);
        return result;
    }
    number a = exact_of(g, &args[0]);
    if (op == INCPT2_MODULAR) {
        number q = floor_divide(g, &a, &args[1], false);
        return modulo(g, &q, &args[2]);
    }
    if (n == 1 && (op == INCPT2_ADD || op == INCPT2_MUL || op == INCPT2_MAX || op == INCPT2_MIN))
        return a;
    if (n == 1)
        return compute_one(g, op, &a);
    for (size_t i = 1; i < n; i++) {
        number b = exact_of(g, &args[i]);
        a = compute_two(g, op, &a, &b);
    }
    return a;
}

bool incpt2_operator(const char *target, incpt2_op *op, size_t *n_args)
{
    static const struct {
        const char *name;
        incpt2_op op;
        size_t n;
    } table[] = {
        {"_operator.add", INCPT2_ADD, 2},
        {"_operator.sub", INCPT2_SUB, 2},
        {"_operator.mul", INCPT2_MUL, 2},
        {"_operator.neg", INCPT2_NEG, 1},
        {"_operator.pos", INCPT2_POS, 1},
        {"_operator.pow", INCPT2_POW, 2},
        {"_operator.floordiv", INCPT2_FLOORDIV, 2},
        {"_operator.truediv", INCPT2_TRUEDIV, 2},
        {"_operator.mod", INCPT2_MOD, 2},
        {"_operator.eq", INCPT2_EQ, 2},
        {"_operator.ne", INCPT2_NE, 2},
        {"_operator.lt", INCPT2_LT, 2},
        {"_operator.le", INCPT2_LE, 2},
        {"_operator.gt", INCPT2_GT, 2},
        {"_operator.ge", INCPT2_GE, 2},
        {"_operator.and_", INCPT2_AND, 2},
        {"_operator.or_", INCPT2_OR, 2},
        {"_operator.not_", INCPT2_NOT, 1},
        {"_operator.abs", INCPT2_ABS, 1},
        {"math.trunc", INCPT2_TRUNC, 1},
        {"math.floor", INCPT2_FLOOR, 1},
        {"math.ceil", INCPT2_CEIL, 1},
        {"math.sqrt", INCPT2_SQRT, 1},
        {"builtins.round", INCPT2_ROUND, 1},
        {"builtins.max", INCPT2_MAX, 0},
        {"builtins.min", INCPT2_MIN, 0},
        {"round", INCPT2_ROUND, 1},
        {"torch.sym_int", INCPT2_TRUNC, 1},
        {"torch.sym_float", INCPT2_TO_FLOAT, 1},
        {"torch.sym_max", INCPT2_MAX, 2},
        {"torch.sym_min", INCPT2_MIN, 2},
        {"torch.sym_not", INCPT2_NOT, 1},
        {"torch.sym_sqrt", INCPT2_SQRT, 1},
        {"torch._sym_sqrt", INCPT2_SQRT, 1},
        {"torch.sym_ite", INCPT2_SELECT, 3},
        {"torch.sym_sum", INCPT2_ADD, 0},
    };
    for (size_t i = 0; i < INC_COUNT(table); i++)
        if (strcmp(table[i].name, target) == 0) {
            *op = table[i].op;
            *n_args = table[i].n;
            return true;
        }
    return false;
}
