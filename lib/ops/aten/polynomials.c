/* SPDX-License-Identifier: Apache-2.0 */
/* Orthogonal polynomials by their recurrences, in float64. The degree is one number, and the steps
 * are unrolled, or a tensor, and a Loop as long as the largest asks for. Below 0 they are 0. */
#include "ops/emit/loop.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

enum { MOST_UNROLLED = 32 };

/* row->mode */
typedef enum kind {
    CHEBYSHEV_T,
    CHEBYSHEV_U,
    CHEBYSHEV_V,
    CHEBYSHEV_W,
    HERMITE_H,
    HERMITE_HE,
    LAGUERRE_L,
    LEGENDRE_P,
    SHIFTED = 1 << 4 /* of 2x - 1 */
} kind;

typedef struct family {
    kind kind;
    incir_value *x, *n;
} family;

static incir_value *degree_1(incir_graph *g, kind of, incir_value *x)
{
    switch (of) {
    case CHEBYSHEV_U:
    case HERMITE_H:
        return emit_with_scalar(g, "Mul", x, 2);
    case CHEBYSHEV_V:
        return emit_with_scalar(g, "Sub", emit_with_scalar(g, "Mul", x, 2), 1);
    case CHEBYSHEV_W:
        return emit_with_scalar(g, "Add", emit_with_scalar(g, "Mul", x, 2), 1);
    case LAGUERRE_L:
        return emit_scalar_with(g, "Sub", 1, x);
    default:
        return x;
    }
}

/* That of degree k + 1 from those of degree k and k - 1; k: a float64 scalar. */
static incir_value *next_degree(incir_graph *g, const family *f, incir_value *k, incir_value *p,
                                incir_value *before)
{
    bool divided = f->kind == LAGUERRE_L || f->kind == LEGENDRE_P;
    incir_value *factor = f->x, *other = k;
    if (divided) {
        factor = emit_with_scalar(g, "Add", emit_with_scalar(g, "Mul", k, 2), 1);
        factor = emit_binary(g, f->kind == LAGUERRE_L ? "Sub" : "Mul", factor, f->x);
    } else if (f->kind != HERMITE_HE) {
        factor = emit_with_scalar(g, "Mul", f->x, 2);
        other = f->kind == HERMITE_H ? emit_with_scalar(g, "Mul", k, 2) : NULL;
    }
    p = emit_binary(g, "Mul", factor, p);
    before = other ? emit_binary(g, "Mul", other, before) : before;
    p = emit_binary(g, "Sub", p, before);
    return divided ? emit_binary(g, "Div", p, emit_with_scalar(g, "Add", k, 1)) : p;
}

/* states: of degree i and i + 1, and the result. */
static void next_step(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const family *f = of;
    incir_value *k = emit_with_scalar(g, "Add", emit_cast(g, i, INCDT_F64), 1);
    incir_value *p = next_degree(g, f, k, states[1], states[0]);
    incir_value *wanted = emit_compare(g, "Equal", f->n, emit_with_scalar(g, "Add", i, 2));
    states[2] = emit_where(g, wanted, p, states[2]);
    states[0] = states[1];
    states[1] = p;
}

static incir_value *of_any_degree(incir_graph *g, const family *f)
{
    const incsym *one = incsym_int(g->syms, 1);
    incir_value *degrees = emit_flattened(g, f->n);
    incir_value *all[] = {degrees, emit_full(g, INCDT_I64, &one, 1, 0)};
    incir_value *steps = emit_reduce(g, "ReduceMax", emit_concat(g, all, 2, 0), NULL, 0, false);
    incir_value *first = emit_full(g, INCDT_F64, f->x->dims, f->x->rank, 1);
    incir_value *states[] = {first, degree_1(g, f->kind, f->x), first};
    states[2] = emit_where(g, emit_compare_scalar(g, "Equal", f->n, 1), states[1], first);
    states[2] = emit_where(g, emit_compare_scalar(g, "Less", f->n, 0),
                           emit_scalar_like(g, first, 0), states[2]);
    emit_loop(g, emit_with_scalar(g, "Sub", steps, 1), states, 3, next_step, f);
    return states[2];
}

static incir_value *of_degree(incir_graph *g, const family *f, int64_t n)
{
    incir_value *before = emit_full(g, INCDT_F64, f->x->dims, f->x->rank, n < 0 ? 0 : 1);
    if (n <= 0)
        return before;
    incir_value *p = degree_1(g, f->kind, f->x);
    for (int64_t k = 1; k < n; k++) {
        incir_value *next =
            next_degree(g, f, incir_const_float(g, INCDT_F64, (double)k), p, before);
        before = p;
        p = next;
    }
    return p;
}

static void lower_polynomial(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *both[] = {incop_tensor(c, "x"), incop_tensor(c, "n")};
    incdtype type = emit_float_type(emit_result_type(g, both, 2));
    size_t rank;
    const incsym *const *sizes = emit_broadcast_shape(g, both, 2, &rank);
    family f = {.kind = (kind)(c->row->mode & ~SHIFTED)};
    f.x = emit_cast(g, emit_expand(g, both[0], sizes, rank), INCDT_F64);
    if (c->row->mode & SHIFTED)
        f.x = emit_with_scalar(g, "Sub", emit_with_scalar(g, "Mul", f.x, 2), 1);
    double n;
    incir_value *y;
    if (emit_known_scalar(g, both[1], &n) && n <= MOST_UNROLLED) {
        y = of_degree(g, &f, (int64_t)n);
    } else {
        f.n = emit_cast(g, emit_expand(g, both[1], sizes, rank), INCDT_I64);
        y = of_any_degree(g, &f);
    }
    incop_return(c, emit_cast(g, y, type));
}

#define POLYNOMIAL(name, mode)                                                                     \
    OP_MODE("aten::special_" name "(Tensor x, Tensor n) -> Tensor", lower_polynomial, mode),       \
        OP_MODE("aten::special_" name ".n_scalar(Tensor x, Scalar n) -> Tensor", lower_polynomial, \
                mode),                                                                             \
        OP_MODE("aten::special_" name ".x_scalar(Scalar x, Tensor n) -> Tensor", lower_polynomial, \
                mode)

static const incop_row rows[] = {
    POLYNOMIAL("chebyshev_polynomial_t", CHEBYSHEV_T),
    POLYNOMIAL("chebyshev_polynomial_u", CHEBYSHEV_U),
    POLYNOMIAL("chebyshev_polynomial_v", CHEBYSHEV_V),
    POLYNOMIAL("chebyshev_polynomial_w", CHEBYSHEV_W),
    POLYNOMIAL("hermite_polynomial_h", HERMITE_H),
    POLYNOMIAL("hermite_polynomial_he", HERMITE_HE),
    POLYNOMIAL("laguerre_polynomial_l", LAGUERRE_L),
    POLYNOMIAL("legendre_polynomial_p", LEGENDRE_P),
    POLYNOMIAL("shifted_chebyshev_polynomial_t", CHEBYSHEV_T | SHIFTED),
    POLYNOMIAL("shifted_chebyshev_polynomial_u", CHEBYSHEV_U | SHIFTED),
    POLYNOMIAL("shifted_chebyshev_polynomial_v", CHEBYSHEV_V | SHIFTED),
    POLYNOMIAL("shifted_chebyshev_polynomial_w", CHEBYSHEV_W | SHIFTED),
};

const incop_family incop_polynomials = {"polynomials", rows, INC_COUNT(rows)};
