/* SPDX-License-Identifier: Apache-2.0 */
/* Computing element by element with broadcasting, in double or int64, rounded once to the type of
 * the result: for float32 sums, products, quotients and roots that is the float32 result itself. */
#include "ir/fold.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "ir/fold_scalar.h"
#include "ir/infer.h"

/* ---- operands ---- */

typedef struct operand {
    const double *f; /* one of the two */
    const int64_t *i;
    int64_t strides[INCTENSOR_MAX_RANK]; /* on the axes of the result; 0 where it is broadcast */
} operand;

typedef struct walk { /* over the elements of a result */
    size_t rank;
    const int64_t *sizes;
    uint64_t numel;
    int64_t index[INCTENSOR_MAX_RANK];
} walk;

static bool start_walk(incir_graph *g, const incir_node *n, walk *w)
{
    memset(w, 0, sizeof *w);
    w->rank = n->outputs[0]->rank;
    return incir_known_sizes(g, n, 0, &w->sizes, &w->numel) && w->numel <= INCIR_MOST_COMPUTED;
}

static bool read_operand(incir_graph *g, const inctensor *t, const walk *w, operand *o)
{
    if (t->numel > INCIR_MOST_READ || t->dtype == INCDT_U64 || incdtype_is_complex(t->dtype))
        return false;
    o->f = NULL;
    o->i = NULL;
    if (incdtype_is_float(t->dtype))
        o->f = inctensor_f64s(g->cx, t);
    else
        o->i = inctensor_i64s(g->cx, t);
    int64_t stride = 1;
    for (size_t k = w->rank; k-- > 0;) {
        size_t missing = w->rank - t->rank;
        int64_t size = k < missing ? 1 : t->sizes[k - missing];
        o->strides[k] = size == 1 ? 0 : stride;
        stride *= size;
    }
    return true;
}

static uint64_t offset_of(const walk *w, const operand *o)
{
    int64_t at = 0;
    for (size_t k = 0; k < w->rank; k++)
        at += w->index[k] * o->strides[k];
    return (uint64_t)at;
}

static void step(walk *w)
{
    for (size_t k = w->rank; k-- > 0;) {
        if (++w->index[k] < w->sizes[k])
            return;
        w->index[k] = 0;
    }
}

static incir_value *result(incir_graph *g, const incir_node *n, const walk *w, const double *f,
                           const int64_t *i)
{
    incdtype dtype = n->outputs[0]->dtype;
    return f ? incir_from_f64s(g, dtype, w->rank, w->sizes, f)
             : incir_from_i64s(g, dtype, w->rank, w->sizes, i);
}

/* ---- one operand ---- */

static double sign_of(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

static double reciprocal(double x)
{
    return 1 / x;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double relu(double x)
{
    return x < 0 ? 0 : x; /* keeps NaN */
}

static double negative(double x)
{
    return -x;
}

static double is_nan(double x)
{
    return isnan(x);
}

static double is_infinite(double x)
{
    return isinf(x);
}

static int64_t wrapping_neg(int64_t x)
{
    return (int64_t)(0 - (uint64_t)x);
}

static int64_t absolute_i(int64_t x)
{
    return x < 0 ? wrapping_neg(x) : x;
}

static int64_t sign_i(int64_t x)
{
    return (x > 0) - (x < 0);
}

static int64_t relu_i(int64_t x)
{
    return x < 0 ? 0 : x;
}

static int64_t not_i(int64_t x)
{
    return !x;
}

static int64_t complement(int64_t x)
{
    return ~x;
}

static const struct unary {
    double (*f)(double x);
    int64_t (*i)(int64_t x);
} unaries[INCIR_N_OPCODES] = {
    [INCIR_OP_ABS] = {fabs, absolute_i},
    [INCIR_OP_ACOS] = {acos, NULL},
    [INCIR_OP_ACOSH] = {acosh, NULL},
    [INCIR_OP_ASIN] = {asin, NULL},
    [INCIR_OP_ASINH] = {asinh, NULL},
    [INCIR_OP_ATAN] = {atan, NULL},
    [INCIR_OP_ATANH] = {atanh, NULL},
    [INCIR_OP_BITWISE_NOT] = {NULL, complement},
    [INCIR_OP_CEIL] = {ceil, NULL},
    [INCIR_OP_COS] = {cos, NULL},
    [INCIR_OP_COSH] = {cosh, NULL},
    [INCIR_OP_ERF] = {erf, NULL},
    [INCIR_OP_EXP] = {exp, NULL},
    [INCIR_OP_FLOOR] = {floor, NULL},
    [INCIR_OP_IS_INF] = {is_infinite, NULL},
    [INCIR_OP_IS_NAN] = {is_nan, NULL},
    [INCIR_OP_LOG] = {log, NULL},
    [INCIR_OP_NEG] = {negative, wrapping_neg},
    [INCIR_OP_NOT] = {NULL, not_i},
    [INCIR_OP_RECIPROCAL] = {reciprocal, NULL},
    [INCIR_OP_RELU] = {relu, relu_i},
    [INCIR_OP_ROUND] = {nearbyint, NULL}, /* to even, as long as nobody changed the rounding mode */
    [INCIR_OP_SIGMOID] = {sigmoid, NULL},
    [INCIR_OP_SIGN] = {sign_of, sign_i},
    [INCIR_OP_SIN] = {sin, NULL},
    [INCIR_OP_SINH] = {sinh, NULL},
    [INCIR_OP_SQRT] = {sqrt, NULL},
    [INCIR_OP_TAN] = {tan, NULL},
    [INCIR_OP_TANH] = {tanh, NULL},
};

bool incir_fold_unary(incir_graph *g, incir_node *n, incir_value **out)
{
    walk w;
    operand x;
    const struct unary *op = &unaries[n->op->code];
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    if (!start_walk(g, n, &w) || !read_operand(g, incir_tensor(n, 0), &w, &x) ||
        (x.f ? !op->f : !op->i))
        return false;
    assert(x.f || x.i);
    if (x.i || n->outputs[0]->dtype == INCDT_BOOL) {
        int64_t *y = INC_NEW_N(g->cx, int64_t, (size_t)w.numel);
        for (uint64_t k = 0; k < w.numel; k++)
            y[k] = x.i ? op->i(x.i[k]) : op->f(x.f[k]) != 0;
        out[0] = result(g, n, &w, NULL, y);
        return true;
    }
    double *y = INC_NEW_N(g->cx, double, (size_t)w.numel);
    for (uint64_t k = 0; k < w.numel; k++)
        y[k] = op->f(x.f[k]);
    out[0] = result(g, n, &w, y, NULL);
    return true;
}

/* The first operand alone, spread over the result. */
static void spread(walk *w, const operand *x, double *f, int64_t *i)
{
    assert(f ? x->f != NULL : i && x->i);
    for (uint64_t k = 0; k < w->numel; k++, step(w)) {
        uint64_t at = offset_of(w, x);
        if (f)
            f[k] = x->f[at];
        else
            i[k] = x->i[at];
    }
}

/* Rounds partial results to the type that the runtime computes in. */
static double rounded(incdtype dtype, double x)
{
    return dtype == INCDT_F32 ? (double)(float)x : x;
}

bool incir_fold_binary(incir_graph *g, incir_node *n, incir_value **out)
{
    walk w;
    operand x;
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    incir_binary op = incir_which_binary(n);
    if (op == INCIR_BINARY_NO_OP || !start_walk(g, n, &w) ||
        !read_operand(g, incir_tensor(n, 0), &w, &x))
        return false;
    bool is_float = x.f != NULL, to_bool = n->outputs[0]->dtype == INCDT_BOOL;
    incdtype dtype = n->inputs[0]->dtype;
    double *f = is_float ? INC_NEW_N(g->cx, double, (size_t)w.numel) : NULL;
    int64_t *i = is_float ? NULL : INC_NEW_N(g->cx, int64_t, (size_t)w.numel);
    spread(&w, &x, f, i);
    for (size_t k = 1; k < n->n_inputs; k++) {
        operand y;
        if (!read_operand(g, incir_tensor(n, k), &w, &y) || (y.f != NULL) != is_float)
            return false;
        for (uint64_t e = 0; e < w.numel; e++, step(&w)) {
            uint64_t at = offset_of(&w, &y);
            if (is_float ? !incir_compute_f(op, f[e], y.f[at], &f[e])
                         : !incir_compute_i(op, i[e], y.i[at], &i[e]))
                return false;
            if (is_float)
                f[e] = rounded(dtype, f[e]);
        }
    }
    if (is_float && to_bool) {
        i = INC_NEW_N(g->cx, int64_t, (size_t)w.numel);
        for (uint64_t e = 0; e < w.numel; e++)
            i[e] = f[e] != 0;
        f = NULL;
    }
    out[0] = result(g, n, &w, f, i);
    return true;
}

bool incir_fold_where(incir_graph *g, incir_node *n, incir_value **out)
{
    walk w;
    operand condition, a, b;
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    if (!start_walk(g, n, &w) || !read_operand(g, incir_tensor(n, 0), &w, &condition) ||
        !read_operand(g, incir_tensor(n, 1), &w, &a) ||
        !read_operand(g, incir_tensor(n, 2), &w, &b) || !condition.i ||
        (a.f == NULL) != (b.f == NULL))
        return false;
    double *f = a.f ? INC_NEW_N(g->cx, double, (size_t)w.numel) : NULL;
    int64_t *i = a.f ? NULL : INC_NEW_N(g->cx, int64_t, (size_t)w.numel);
    for (uint64_t e = 0; e < w.numel; e++, step(&w)) {
        const operand *from = condition.i[offset_of(&w, &condition)] ? &a : &b;
        uint64_t at = offset_of(&w, from);
        assert(f ? from->f != NULL : i && from->i);
        if (f)
            f[e] = from->f[at];
        else
            i[e] = from->i[at];
    }
    out[0] = result(g, n, &w, f, i);
    return true;
}

bool incir_fold_clip(incir_graph *g, incir_node *n, incir_value **out)
{
    walk w;
    operand x, bound;
    if (!incir_all_constant(n) || !start_walk(g, n, &w) ||
        !read_operand(g, incir_tensor(n, 0), &w, &x))
        return false;
    double *f = x.f ? INC_NEW_N(g->cx, double, (size_t)w.numel) : NULL;
    int64_t *i = x.f ? NULL : INC_NEW_N(g->cx, int64_t, (size_t)w.numel);
    spread(&w, &x, f, i);
    for (size_t k = 1; k <= 2; k++) {
        const inctensor *t = incir_tensor(n, k);
        if (!t)
            continue;
        if (!read_operand(g, t, &w, &bound) || (bound.f == NULL) != (x.f == NULL))
            return false;
        assert(f ? bound.f != NULL : i && bound.i);
        for (uint64_t e = 0; e < w.numel; e++) {
            if (f)
                incir_compute_f(k == 1 ? INCIR_BINARY_MAX : INCIR_BINARY_MIN, f[e], bound.f[0],
                                &f[e]);
            else
                incir_compute_i(k == 1 ? INCIR_BINARY_MAX : INCIR_BINARY_MIN, i[e], bound.i[0],
                                &i[e]);
        }
    }
    out[0] = result(g, n, &w, f, i);
    return true;
}
