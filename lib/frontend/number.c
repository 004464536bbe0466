/* Python's numbers where they may depend on the model's inputs. What is an expression of sizes
 * stays one, and a size divided by a number or scaled by a short binary fraction stays exact;
 * everything else is computed by nodes on float64, as Python does. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "frontend/number.h"
#include "ops/emit/emit.h"

typedef incfe_number number;

number incfe_number_int(const incsym *value)
{
    return (number){.kind = INCFE_NUMBER_EXACT, .top = value, .bottom = 1};
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

number incfe_number_real(incir_graph *g, double value)
{
    int64_t top, bottom;
    if (!short_fraction(value, &top, &bottom))
        return (number){.kind = INCFE_NUMBER_REAL, .is_float = true, .real = value};
    return (number){.kind = INCFE_NUMBER_EXACT,
                    .is_float = true,
                    .top = incsym_int(g->syms, top),
                    .bottom = bottom};
}

number incfe_number_truth(bool truth)
{
    return (number){.kind = INCFE_NUMBER_TRUTH, .truth = truth};
}

static incir_value *cast(incir_graph *g, incir_value *v, incdtype t);

static number of_value(incir_value *value)
{
    return (number){
        .kind = INCFE_NUMBER_TENSOR, .value = value, .is_float = value->dtype == INCDT_F64};
}

number incfe_number_of(incir_graph *g, incval v, const char *name)
{
    incir_value *value;
    const number *known;
    switch (v.kind) {
    case INCVAL_INT:
        return incfe_number_int(v.u.i);
    case INCVAL_FLOAT:
        return incfe_number_real(g, v.u.f);
    case INCVAL_BOOL:
        return incfe_number_truth(v.u.b);
    case INCVAL_TENSOR:
        value = incop_box_read(g, v.u.t);
        known = g->fractions ? incmap_get(g->fractions, &value, sizeof value, NULL) : NULL;
        if (known)
            return *known;
        if (value->rank == 0 && !incdtype_is_complex(value->dtype)) {
            incdtype t = value->dtype == INCDT_BOOL          ? INCDT_BOOL
                         : incdtype_is_integer(value->dtype) ? INCDT_I64
                                                             : INCDT_F64;
            return of_value(cast(g, value, t));
        }
        inc_raise(g->cx, INC_E_FORMAT, "%s is %s, where a number was expected", name,
                  incir_type_text(g, value));
    default:
        inc_raise(g->cx, INC_E_FORMAT, "%s is a %s, where a number was expected", name,
                  incval_kind_name(v.kind));
    }
}

/* ---- what it is for the example ---- */

static bool scalar_example(incir_graph *g, incir_value *v, double *value, int depth);

bool incfe_number_example(incir_graph *g, const number *a, double *value)
{
    switch (a->kind) {
    case INCFE_NUMBER_EXACT:
        *value = (double)incsym_hint(a->top) / (double)a->bottom;
        return !incsym_is_guess(a->top);
    case INCFE_NUMBER_REAL:
        *value = a->real;
        return true;
    case INCFE_NUMBER_TRUTH:
        *value = a->truth;
        return true;
    case INCFE_NUMBER_TENSOR:
        return scalar_example(g, a->value, value, 0);
    }
    return false;
}

static incir_value *with_example(incir_graph *g, incir_value *v, bool known, double example)
{
    if (known && v->kind == INCIR_RESULT && fabs(example) < 9e15)
        v->constant = inctensor_scalar_f64(g->cx, v->dtype, example);
    return v;
}

static bool apply(const char *op_type, double a, double b, double *result);

/* The least or greatest of a vector of sizes. */
static bool extreme_example(incir_graph *g, incir_value *v, bool max, double *value)
{
    int64_t n;
    const incsym *const *contents = v->rank == 1 ? incir_contents(g, v) : NULL;
    if (!contents || !incir_dim(v, 0, &n) || n < 1)
        return false;
    for (int64_t i = 0; i < n; i++) {
        double item = (double)incsym_hint(contents[i]);
        if (incsym_is_guess(contents[i]))
            return false;
        *value = i == 0 ? item : max ? fmax(*value, item) : fmin(*value, item);
    }
    return true;
}

/* What a scalar is for the example, as far back as its nodes compute with scalars alone. */
static bool scalar_example(incir_graph *g, incir_value *v, double *value, int depth)
{
    enum { MOST_DEPTH = 16 };
    const incsym *const *contents = incir_contents(g, v);
    double a, b = 0;
    if (v->constant && inctensor_has_data(v->constant) && v->constant->numel == 1) {
        *value = inctensor_f64(g->cx, v->constant);
        return true;
    }
    if (contents && incsym_is(incir_numel(g, v), 1)) {
        *value = (double)incsym_hint(contents[0]);
        return !incsym_is_guess(contents[0]);
    }
    if (v->kind != INCIR_RESULT || depth == MOST_DEPTH || !incsym_is(incir_numel(g, v), 1))
        return false;
    const incir_node *n = v->producer;
    bool same = strcmp(n->op_type, "Cast") == 0 || strcmp(n->op_type, "Identity") == 0 ||
                strcmp(n->op_type, "Reshape") == 0 || strcmp(n->op_type, "Squeeze") == 0;
    if (same && (incdtype_is_float(v->dtype) || !incdtype_is_float(n->inputs[0]->dtype)))
        return scalar_example(g, n->inputs[0], value, depth + 1);
    if (strcmp(n->op_type, "ReduceMin") == 0 || strcmp(n->op_type, "ReduceMax") == 0)
        return extreme_example(g, n->inputs[0], n->op_type[7] == 'a', value);
    static const char *const known[] = {"Add", "Sub",        "Mul",   "Div",  "Min",
                                        "Max", "Sqrt",       "Floor", "Ceil", "Round",
                                        "Pow", "Reciprocal", "Log",   "Exp"};
    for (size_t i = 0; i < INC_COUNT(known); i++)
        if (strcmp(known[i], n->op_type) == 0 && incdtype_is_float(v->dtype))
            return n->n_inputs <= 2 && scalar_example(g, n->inputs[0], &a, depth + 1) &&
                   (n->n_inputs < 2 || scalar_example(g, n->inputs[1], &b, depth + 1)) &&
                   apply(n->op_type, a, b, value);
    return false;
}

static bool apply(const char *op_type, double a, double b, double *result)
{
    switch (op_type[0]) {
    case 'A': /* Add, And */
        *result = op_type[1] == 'd' ? a + b : (a != 0 && b != 0);
        return true;
    case 'S': /* Sub, Sqrt */
        *result = op_type[1] == 'u' ? a - b : sqrt(a);
        return true;
    case 'M': /* Mul, Max, Min */
        *result = op_type[1] == 'u' ? a * b : op_type[1] == 'a' ? fmax(a, b) : fmin(a, b);
        return true;
    case 'D':
        *result = a / b;
        return b != 0;
    case 'P':
        *result = pow(a, b);
        return true;
    case 'L': /* Less, Log */
        *result = op_type[1] == 'e' ? a < b : log(a);
        return op_type[1] == 'e' || a > 0;
    case 'E': /* Equal, Exp */
        *result = op_type[1] == 'q' ? a == b : exp(a);
        return true;
    case 'N':
        *result = a == 0;
        return true;
    case 'O':
        *result = a != 0 || b != 0;
        return true;
    case 'F':
        *result = floor(a);
        return true;
    case 'C':
        *result = ceil(a);
        return true;
    case 'R': /* Round, Reciprocal */
        *result = op_type[1] == 'o' ? nearbyint(a) : 1 / a;
        return true;
    default:
        return false;
    }
}

/* v is op_type of a and b (NULL: of a alone). */
static incir_value *noted(incir_graph *g, const char *op_type, const number *a, const number *b,
                          incir_value *v)
{
    double x, y = 0, result;
    bool known = incfe_number_example(g, a, &x) && (!b || incfe_number_example(g, b, &y)) &&
                 apply(op_type, x, y, &result);
    return with_example(g, v, known, known ? result : 0);
}

/* ---- known numbers ---- */

static bool known_real(const number *a, double *value)
{
    int64_t top;
    if (a->kind == INCFE_NUMBER_TRUTH) {
        *value = a->truth;
        return true;
    }
    if (a->kind == INCFE_NUMBER_REAL) {
        *value = a->real;
        return true;
    }
    if (a->kind != INCFE_NUMBER_EXACT || !incsym_known(a->top, &top))
        return false;
    *value = (double)top / (double)a->bottom;
    return true;
}

static number exact_of(incir_graph *g, const number *a)
{
    if (a->kind == INCFE_NUMBER_TRUTH)
        return incfe_number_int(incsym_int(g->syms, a->truth));
    return *a;
}

static bool is_int(const number *a)
{
    return a->kind == INCFE_NUMBER_EXACT && !a->is_float;
}

/* ---- nodes ---- */

static incir_value *cast(incir_graph *g, incir_value *v, incdtype t)
{
    if (v->dtype == t)
        return v;
    incir_node *n = incir_node_new(g, "Cast");
    incir_in(g, n, v);
    incir_attr_int(g, n, "to", incdtype_onnx(t));
    double example = 0;
    bool known = scalar_example(g, v, &example, 0);
    return with_example(g, incir_emit(g, n), known, t == INCDT_I64 ? trunc(example) : example);
}

static incir_value *as_value(incir_graph *g, const number *a)
{
    double real;
    incir_value *v;
    if (a->kind == INCFE_NUMBER_TENSOR)
        return a->value;
    if (a->kind == INCFE_NUMBER_TRUTH)
        return incir_const_bool(g, a->truth);
    if (is_int(a))
        return incir_size_scalar(g, a->top);
    if (known_real(a, &real))
        return incir_const_float(g, INCDT_F64, real);
    v = cast(g, incir_size_scalar(g, a->top), INCDT_F64);
    if (a->bottom != 1)
        v = incir_emit2(g, "Div", v, incir_const_float(g, INCDT_F64, (double)a->bottom));
    bool known = incfe_number_example(g, a, &real);
    return with_example(g, v, known, known ? real : 0);
}

static incir_value *as_real(incir_graph *g, const number *a)
{
    return cast(g, as_value(g, a), INCDT_F64);
}

/* The same number as a value that no tensor of the model is. */
static incir_value *own(incir_graph *g, incir_value *v)
{
    if (v->kind == INCIR_RESULT && v->dtype == INCDT_F64 &&
        strcmp(v->producer->op_type, "Cast") == 0)
        return v; /* made here */
    incir_node *n = incir_node_new(g, "Identity");
    incir_in(g, n, v);
    const inctensor *example = v->kind == INCIR_CONSTANT ? NULL : v->constant;
    v = incir_emit_kept(g, n);
    v->constant = example;
    return v;
}

incval incfe_number_value(incir_graph *g, number a)
{
    double real;
    if (is_int(&a))
        return incval_int(a.top);
    if (a.kind == INCFE_NUMBER_TRUTH)
        return incval_bool(a.truth);
    if (known_real(&a, &real))
        return incval_float(real);
    incir_value *v = as_value(g, &a);
    if (!v->is_number && v->dtype != INCDT_BOOL) { /* a value of its own: weak in promotion */
        v = own(g, v);
        v->is_number = true;
    }
    if (a.kind == INCFE_NUMBER_EXACT) {
        if (!g->fractions)
            g->fractions = incmap_new(g->cx);
        incmap_set(g->cx, g->fractions, &v, sizeof v, inc_copy(g->cx, &a, sizeof a));
    }
    return incval_tensor(incop_box_new(g->cx, v));
}

/* An integer that nodes compute is a size of its own. */
static number as_size(incir_graph *g, incir_value *v)
{
    v = cast(g, v, INCDT_I64);
    const incsym *const *contents = incir_contents(g, v);
    if (contents)
        return incfe_number_int(contents[0]);
    if (incir_is_constant(v))
        return incfe_number_int(incsym_int(g->syms, inctensor_i64(g->cx, v->constant)));
    bool known = v->constant && inctensor_has_data(v->constant);
    int64_t example = known ? inctensor_i64(g->cx, v->constant) : 1;
    const incsym *computed = incsym_new(g->syms, "computed", example, INT64_MIN / 4, v, -1);
    if (!known)
        incsym_mark_guess(computed);
    return incfe_number_int(computed);
}

static number by_node(incir_graph *g, const char *op_type, const number *args, size_t n)
{
    incir_value *v = as_real(g, &args[0]);
    if (n == 1)
        return of_value(noted(g, op_type, &args[0], NULL, incir_emit1(g, op_type, v)));
    v = incir_emit2(g, op_type, v, as_real(g, &args[1]));
    return of_value(noted(g, op_type, &args[0], &args[1], v));
}

/* Integers among tensors are computed as integers. */
static number by_typed_node(incir_graph *g, const char *op_type, const number *a, const number *b)
{
    bool real = a->is_float || b->is_float;
    incir_value *x = cast(g, as_value(g, a), real ? INCDT_F64 : INCDT_I64);
    incir_value *y = cast(g, as_value(g, b), real ? INCDT_F64 : INCDT_I64);
    incir_value *v = noted(g, op_type, a, b, incir_emit2(g, op_type, x, y));
    return real || v->dtype == INCDT_BOOL ? of_value(v) : as_size(g, v);
}

/* ---- arithmetic ---- */

/* top/bottom of both over one bottom; false when that overflows. */
static bool common(incir_graph *g, const number *a, const number *b, const incsym **x,
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
    if (common(g, a, b, &x, &y, &bottom))
        return exact(subtract ? incsym_sub(g->syms, x, y) : incsym_add(g->syms, x, y), bottom,
                     a->is_float || b->is_float);
    if (known_real(a, &p) && known_real(b, &q))
        return incfe_number_real(g, subtract ? p - q : p + q);
    return by_typed_node(g, subtract ? "Sub" : "Add", a, b);
}

static number multiply(incir_graph *g, const number *a, const number *b)
{
    double p, q;
    int64_t bottom;
    if (a->kind == INCFE_NUMBER_EXACT && b->kind == INCFE_NUMBER_EXACT &&
        inc_mul_i64(a->bottom, b->bottom, &bottom) && bottom <= 1 << 30)
        return exact(incsym_mul(g->syms, a->top, b->top), bottom, a->is_float || b->is_float);
    if (known_real(a, &p) && known_real(b, &q))
        return incfe_number_real(g, p * q);
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
    if (a->kind == INCFE_NUMBER_EXACT && b->kind == INCFE_NUMBER_EXACT &&
        incsym_known(b->top, &by) && by > 0 && by <= 1 << 30 &&
        inc_mul_i64(a->bottom, by, &bottom) && bottom <= 1 << 30)
        return exact(incsym_mul_int(g->syms, a->top, b->bottom), bottom, true);
    if (known_real(a, &p) && known_real(b, &q))
        return incfe_number_real(g, p / q);
    number args[] = {*a, *b};
    return by_node(g, "Div", args, 2);
}

static number round_to_int(incir_graph *g, incfe_op op, const number *a);

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
    q = round_to_int(g, up ? INCFE_OP_CEIL : INCFE_OP_FLOOR, &q);
    q.is_float = a->is_float || b->is_float;
    return q;
}

static number modulo(incir_graph *g, const number *a, const number *b)
{
    if (is_int(a) && is_int(b)) {
        no_division_by_zero(g, b);
        return incfe_number_int(incsym_mod(g->syms, a->top, b->top));
    }
    number q = floor_divide(g, a, b, false), whole = multiply(g, &q, b);
    return add(g, a, &whole, true);
}

static number power(incir_graph *g, const number *a, const number *b)
{
    enum { MOST_FACTORS = 16 };
    double p, q;
    int64_t n;
    if (is_int(b) && incsym_known(b->top, &n) && a->kind == INCFE_NUMBER_EXACT) {
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
            return incfe_number_int(incsym_int(g->syms, (int64_t)value));
        return incfe_number_real(g, value);
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
        return incfe_number_real(g, is_max ? fmax(p, q) : fmin(p, q));
    return by_typed_node(g, is_max ? "Max" : "Min", a, b);
}

/* ---- to integers ---- */

static number round_to_int(incir_graph *g, incfe_op op, const number *a)
{
    incsym_table *t = g->syms;
    double p;
    if (is_int(a))
        return *a;
    if (known_real(a, &p)) {
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
        else if (op == INCFE_OP_TRUNC && incsym_le(t, zero, a->top) != 1)
            return incfe_number_int(
                incsym_add(t, incsym_max(t, incsym_floordiv(t, a->top, bottom), zero),
                           incsym_min(t, incsym_ceildiv(t, a->top, bottom), zero)));
        return incfe_number_int(is_up ? incsym_ceildiv(t, a->top, bottom)
                                      : incsym_floordiv(t, a->top, bottom));
    }
    incir_value *v = as_real(g, a);
    const char *op_type = op == INCFE_OP_FLOOR ? "Floor" : op == INCFE_OP_CEIL ? "Ceil" : "Round";
    if (op != INCFE_OP_TRUNC)
        v = noted(g, op_type, a, NULL, incir_emit1(g, op_type, v));
    return as_size(g, v); /* conversion cuts off the fraction */
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
    if (known_real(a, &p) && p >= 0)
        return incfe_number_real(g, sqrt(p));
    return by_node(g, "Sqrt", a, 1);
}

/* ---- truth ---- */

static number negate(incir_graph *g, number a)
{
    if (a.kind == INCFE_NUMBER_TRUTH)
        return incfe_number_truth(!a.truth);
    return of_value(
        noted(g, "Not", &a, NULL, incir_emit1(g, "Not", cast(g, as_value(g, &a), INCDT_BOOL))));
}

static number compare(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    const incsym *x, *y;
    int64_t bottom;
    double p, q;
    if (op == INCFE_OP_GT || op == INCFE_OP_GE)
        return compare(g, op == INCFE_OP_GT ? INCFE_OP_LT : INCFE_OP_LE, b, a);
    if (op == INCFE_OP_NE)
        return negate(g, compare(g, INCFE_OP_EQ, a, b));
    if (common(g, a, b, &x, &y, &bottom)) {
        int answer = op == INCFE_OP_LT   ? incsym_lt(g->syms, x, y)
                     : op == INCFE_OP_LE ? incsym_le(g->syms, x, y)
                                         : incsym_eq(g->syms, x, y);
        if (answer >= 0)
            return incfe_number_truth(answer == 1);
    } else if (known_real(a, &p) && known_real(b, &q)) {
        return incfe_number_truth(op == INCFE_OP_LT ? p < q : op == INCFE_OP_LE ? p <= q : p == q);
    }
    if (op == INCFE_OP_LE) /* not in all opsets: a <= b is not b < a, but for NaN */
        return negate(g, by_typed_node(g, "Less", b, a));
    return by_typed_node(g, op == INCFE_OP_LT ? "Less" : "Equal", a, b);
}

static number shift(incir_graph *g, const number *a, const number *b, bool left)
{
    number two = incfe_number_int(incsym_int(g->syms, 2)), factor = power(g, &two, b);
    factor = round_to_int(g, INCFE_OP_TRUNC, &factor);
    return left ? multiply(g, a, &factor) : floor_divide(g, a, &factor, false);
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
    incval args[2] = {incval_tensor(incop_box_new(g->cx, as_value(g, a))),
                      incval_tensor(incop_box_new(g->cx, as_value(g, b)))};
    size_t n;
    incir_value *v = incop_box_read(g, incop_invoke(g, name, args, 2, NULL, 0, &n)[0].u.t);
    bool known = incfe_number_example(g, a, &p) && incfe_number_example(g, b, &q);
    v = with_example(g, v, known, known ? (double)on_bits(op, (int64_t)p, (int64_t)q) : 0);
    return as_size(g, v);
}

static number logic(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    bool is_and = op == INCFE_OP_AND;
    if (is_int(a) && is_int(b))
        return bits(g, op, a, b);
    if (op == INCFE_OP_XOR && a->kind == INCFE_NUMBER_TRUTH && b->kind == INCFE_NUMBER_TRUTH)
        return incfe_number_truth(a->truth != b->truth);
    if (op == INCFE_OP_XOR)
        return compare(g, INCFE_OP_NE, a, b);
    if (a->kind == INCFE_NUMBER_TRUTH)
        return a->truth == is_and ? *b : *a;
    if (b->kind == INCFE_NUMBER_TRUTH)
        return b->truth == is_and ? *a : *b;
    const char *op_type = is_and ? "And" : "Or";
    return of_value(noted(g, op_type, a, b,
                          incir_emit2(g, op_type, cast(g, as_value(g, a), INCDT_BOOL),
                                      cast(g, as_value(g, b), INCDT_BOOL))));
}

static number choose(incir_graph *g, const number *condition, const number *yes, const number *no)
{
    if (condition->kind == INCFE_NUMBER_TRUTH)
        return condition->truth ? *yes : *no;
    bool real = yes->is_float || no->is_float;
    incir_value *v = incir_emit3(g, "Where", cast(g, as_value(g, condition), INCDT_BOOL),
                                 cast(g, as_value(g, yes), real ? INCDT_F64 : INCDT_I64),
                                 cast(g, as_value(g, no), real ? INCDT_F64 : INCDT_I64));
    return real ? of_value(v) : as_size(g, v);
}

/* ---- all together ---- */

static number compute_two(incir_graph *g, incfe_op op, const number *a, const number *b)
{
    switch (op) {
    case INCFE_OP_ADD:
        return add(g, a, b, false);
    case INCFE_OP_SUB:
        return add(g, a, b, true);
    case INCFE_OP_MUL:
        return multiply(g, a, b);
    case INCFE_OP_POW:
        return power(g, a, b);
    case INCFE_OP_FLOORDIV:
    case INCFE_OP_CEILDIV:
        return floor_divide(g, a, b, op == INCFE_OP_CEILDIV);
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
        return logic(g, op, a, b);
    case INCFE_OP_LSHIFT:
    case INCFE_OP_RSHIFT:
        return shift(g, a, b, op == INCFE_OP_LSHIFT);
    default:
        return compare(g, op, a, b);
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
        return round_to_int(g, op, a);
    case INCFE_OP_TO_FLOAT:
        return to_float(a);
    case INCFE_OP_SQRT:
        return square_root(g, a);
    case INCFE_OP_NOT:
        return negate(g, *a);
    default:
        return *a;
    }
}

number incfe_number_function(incir_graph *g, const char *op_type, double (*f)(double),
                             const number *a)
{
    double p;
    if (known_real(a, &p))
        return incfe_number_real(g, f(p));
    incir_value *v = cast(g, emit_unary(g, op_type, as_real(g, a)), INCDT_F64);
    bool known = incfe_number_example(g, a, &p);
    return of_value(with_example(g, v, known, known ? f(p) : 0));
}

number incfe_compute(incir_graph *g, incfe_op op, const number *args, size_t n)
{
    if (op == INCFE_OP_SELECT)
        return choose(g, &args[0], &args[1], &args[2]);
    if (op == INCFE_OP_AND || op == INCFE_OP_OR || op == INCFE_OP_XOR || op == INCFE_OP_NOT) {
        number result = n > 1 ? args[0] : compute_one(g, op, &args[0]);
        for (size_t i = 1; i < n; i++)
            result = compute_two(g, op, &result, &args[i]);
        return result;
    }
    number a = exact_of(g, &args[0]);
    if (op == INCFE_OP_MODULAR) {
        number q = floor_divide(g, &a, &args[1], false);
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
