/* SPDX-License-Identifier: Apache-2.0 */
/* Eigenvalues of symmetric matrices and singular values, of any size, on batches: Jacobi's
 * rotations in the order of a round robin, n / 2 at once, in float64. Vectors have the sign that
 * falls out, which LAPACK leaves open, too. */
#include <math.h>

#include "ops/emit/loop.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

enum { SWEEPS = 12 };

/* ---- Jacobi ---- */

typedef struct rounds {
    incir_value *on, *across; /* [n, n]: ones on the diagonal, and on the other one */
    incir_value *first_half;  /* [n]: 1 below n / 2, else -1 */
    incir_value *order;       /* of the next round */
} rounds;

static incir_value *sum_rows(incir_graph *g, incir_value *m)
{
    const size_t last = m->rank - 1;
    return emit_reduce(g, "ReduceSum", m, &last, 1, false);
}

static incir_value *as_column(incir_graph *g, incir_value *v)
{
    return emit_unsqueeze_axis(g, v, v->rank);
}

static incir_value *as_row(incir_graph *g, incir_value *v)
{
    return emit_unsqueeze_axis(g, v, v->rank - 1);
}

static incir_value *reversed(incir_graph *g, incir_value *v)
{
    return emit_slice(g, v, v->rank - 1, NULL, NULL, -1);
}

/* One round: i and n - 1 - i are turned by the angle that makes the element between them zero, with
 * tangent t = sign(τ) / (|τ| + √(1 + τ²)), τ = (d_j - d_i) / (2 a_ij). states: the matrix, and the
 * product of all rotations. */
static void rotate(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const rounds *r = of;
    incir_value *a = states[0];
    (void)i;
    incir_value *d = sum_rows(g, emit_binary(g, "Mul", a, r->on));
    incir_value *between = sum_rows(g, emit_binary(g, "Mul", a, r->across));
    between = emit_binary(g, "Add", between, reversed(g, between)); /* twice: rounding may differ */
    between = emit_with_scalar(g, "Mul", between, 0.5);
    incir_value *none = emit_compare_scalar(g, "Equal", between, 0);
    incir_value *divisor = emit_where(g, none, emit_scalar_like(g, a, 1), between);
    incir_value *tau = emit_binary(g, "Sub", reversed(g, d), d);
    tau = emit_binary(g, "Div", emit_with_scalar(g, "Mul", tau, 0.5), divisor);
    incir_value *sign = emit_unary(g, "Sign", tau);
    sign = emit_where(g, emit_compare_scalar(g, "Equal", tau, 0), r->first_half, sign);
    incir_value *root = emit_with_scalar(g, "Add", emit_square(g, tau), 1);
    incir_value *distance = emit_unary(g, "Sqrt", root);
    root = emit_binary(g, "Add", emit_unary(g, "Abs", tau), distance);
    incir_value *t = emit_binary(g, "Div", sign, root);
    t = emit_where(g, none, emit_scalar_like(g, t, 0), t);
    incir_value *cosine = emit_unary(g, "Sqrt", emit_with_scalar(g, "Add", emit_square(g, t), 1));
    cosine = emit_scalar_with(g, "Div", 1, cosine);
    incir_value *sine = emit_binary(g, "Mul", t, cosine);
    incir_value *turned = emit_binary(g, "Mul", as_column(g, sine), r->across);
    incir_value *turn =
        emit_binary(g, "Add", emit_binary(g, "Mul", as_column(g, cosine), r->on), turned);
    incir_value *turned_back = emit_binary(g, "Mul", as_row(g, sine), r->across);
    incir_value *back =
        emit_binary(g, "Add", emit_binary(g, "Mul", as_row(g, cosine), r->on), turned_back);
    turn = emit_gather(g, turn, r->order, turn->rank - 1);
    back = emit_gather(g, back, r->order, back->rank - 2);
    states[0] = emit_matmul(g, emit_matmul(g, back, a), turn);
    states[1] = emit_matmul(g, states[1], turn);
}

/* 0, n - 1, 1, 2, …: one stays, the others move on; after n - 1 rounds all are where they were. */
static incir_value *next_order(incir_graph *g, const incsym *n)
{
    const incsym *last = incsym_add_int(g->syms, n, -1), *one = incsym_int(g->syms, 1);
    incir_value *parts[] = {incir_const_i64s(g, (const int64_t[]){0}, 1), incir_sizes(g, &last, 1),
                            emit_range(g, one, last, one)};
    return emit_concat(g, parts, 3, 0);
}

typedef struct eigen {
    incir_value *values, *vectors; /* rising; columns */
} eigen;

static incir_value *in_order(incir_graph *g, incir_value *m, incir_value *order)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, m);
    incir_in(g, n,
             emit_expand(g, emit_unsqueeze_axis(g, order, order->rank - 1), m->dims, m->rank));
    incir_attr_int(g, n, "axis", (int64_t)m->rank - 1);
    return incir_emit(g, n);
}

/* Of symmetric float64 matrices. The size is made even by a row and a column of zeros, which no
 * rotation touches and which stay last. */
static eigen eigen_of(incir_graph *g, incir_value *a, bool falling)
{
    incsym_table *t = g->syms;
    size_t last = a->rank - 1;
    const incsym *n = incir_axis_size(g, a, last), *two = incsym_int(t, 2),
                 *zero = incsym_int(t, 0);
    const incsym *size = incsym_mul(t, incsym_ceildiv(t, n, two), two);
    const incsym **begins = INC_NEW_N(g->cx, const incsym *, a->rank);
    const incsym **ends = INC_NEW_N(g->cx, const incsym *, a->rank);
    for (size_t i = 0; i < a->rank; i++)
        begins[i] = ends[i] = zero;
    ends[last] = ends[last - 1] = incsym_sub(t, size, n);
    if (!incsym_is(ends[last], 0))
        a = emit_pad(g, a, "constant", begins, ends, 0);
    incir_value *counted = emit_count_up(g, size), *column = emit_unsqueeze_axis(g, counted, 1);
    incir_value *other = incir_size_scalar(g, incsym_add_int(t, size, -1));
    other = emit_binary(g, "Sub", other, counted);
    rounds r = {.order = next_order(g, size)};
    r.on = emit_cast(g, emit_compare(g, "Equal", column, counted), INCDT_F64);
    r.across = emit_cast(g, emit_compare(g, "Equal", column, other), INCDT_F64);
    incir_value *half = emit_cast(g, emit_compare(g, "Less", counted, other), INCDT_F64);
    r.first_half = emit_with_scalar(g, "Sub", emit_with_scalar(g, "Mul", half, 2), 1);
    incir_value *states[] = {a, emit_identity(g, a, size)};
    const incsym *steps = incsym_mul_int(t, incsym_add_int(t, size, -1), SWEEPS);
    emit_loop(g, incir_size_scalar(g, incsym_max(t, steps, zero)), states, 2, rotate, &r);
    eigen e = {.values = sum_rows(g, emit_binary(g, "Mul", states[0], r.on))};
    e.values = emit_slice(g, e.values, last - 1, NULL, n, 1);
    e.vectors = emit_slice(g, emit_slice(g, states[1], last, NULL, n, 1), last - 1, NULL, n, 1);
    incir_value *sorted[2];
    incir_node *top = incir_node_new(g, "TopK");
    incir_in(g, top, e.values);
    incir_in(g, top, incir_sizes(g, &n, 1));
    incir_attr_int(g, top, "axis", (int64_t)last - 1);
    incir_attr_int(g, top, "largest", falling);
    incir_emit_n(g, top, 2, sorted);
    e.vectors = in_order(g, e.vectors, sorted[1]);
    e.values = sorted[0];
    return e;
}

/* ---- singular values ---- */

typedef struct singular {
    incir_value *u, *s, *v; /* whole; the least of the two sizes; whole */
} singular;

/* V of AᵀA, and A V = U R with R on the diagonal alone, up to signs: right for singular matrices,
 * too, whose U is filled up with what is orthogonal. */
static singular singular_of(incir_graph *g, incir_value *a)
{
    a = emit_cast(g, a, INCDT_F64);
    size_t last = a->rank - 1;
    const incsym *rows = incir_axis_size(g, a, last - 1), *columns = incir_axis_size(g, a, last);
    const incsym *k = incsym_min(g->syms, rows, columns);
    /* -A keeps a transposition away from the product, into which ONNX Runtime fuses it for floats
     * and then has no kernel for doubles. */
    incir_value *negative = emit_unary(g, "Neg", a), *r;
    incir_value *transposed = emit_unary(g, "Neg", emit_matrix_transposed(g, a));
    eigen e = eigen_of(g, emit_matmul(g, transposed, negative), true);
    singular s = {.v = e.vectors};
    emit_qr(g, emit_matmul(g, negative, e.vectors), &s.u, &r);
    incir_value *on = emit_diagonal_mask(g, rows, columns, 0, EMIT_ON_DIAGONAL);
    r = emit_where(g, on, r, emit_scalar_like(g, r, 0));
    incir_value *d = sum_rows(g, r); /* [rows]: the diagonal, then zeros */
    incir_value *sign = emit_where(g, emit_compare_scalar(g, "Less", d, 0),
                                   emit_scalar_like(g, d, 1), emit_scalar_like(g, d, -1));
    s.u = emit_binary(g, "Mul", s.u, emit_unsqueeze_axis(g, sign, sign->rank - 1));
    s.s = emit_slice(g, emit_unary(g, "Abs", d), last - 1, NULL, k, 1);
    return s;
}

static incir_value *matrices(incop_call *c, const char *name)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, name));
    if (x->rank < 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s is no matrix", incir_type_text(c->g, x));
    return x;
}

incir_value *emit_singular_values(incir_graph *g, incir_value *a)
{
    return emit_cast(g, singular_of(g, a).s, a->dtype);
}

/* ---- handlers ---- */

static const char *matrix_name(incop_call *c)
{
    return incop_has(c, "A") ? "A" : incop_has(c, "input") ? "input" : "self";
}

/* a with one triangle in the place of the other. */
static incir_value *mirrored(incir_graph *g, incir_value *a, bool upper)
{
    const incsym *n = incir_axis_size(g, a, a->rank - 1);
    incir_value *read = emit_diagonal_mask(g, n, n, 0, EMIT_ABOVE_DIAGONAL);
    incir_value *other = emit_matrix_transposed(g, a);
    return upper ? emit_where(g, read, a, other) : emit_where(g, read, other, a);
}

/* Of hermitian ones the lower triangle is read. */
static incir_value *given_matrices(incop_call *c)
{
    incir_value *a = matrices(c, matrix_name(c));
    return incop_has(c, "hermitian") && incop_bool(c, "hermitian") ? mirrored(c->g, a, false) : a;
}

static void warn_of_signs(incop_call *c)
{
    inc_warn(c->cx,
             "%s: vectors may have other signs than PyTorch's, and those of equal values be other "
             "ones; what does not depend on that is the same",
             c->cx->where.op);
}

/* Only one triangle is read. */
static void lower_eigh(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *given = matrices(c, matrix_name(c)), *a = emit_cast(g, given, INCDT_F64);
    bool upper =
        !incop_has(c, "UPLO") || incop_str_is(c, "UPLO", "U") || incop_str_is(c, "UPLO", "u");
    a = mirrored(g, a, upper);
    eigen e = eigen_of(g, a, false);
    incop_return(c, emit_cast(g, e.values, given->dtype));
    if (c->row->as) /* values only */
        return;
    warn_of_signs(c);
    incop_return(c, emit_cast(g, e.vectors, given->dtype));
}

/* mode: 0: V transposed; 1: V itself, and some= and compute_uv=. */
static void lower_svd(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = matrices(c, matrix_name(c));
    size_t last = a->rank - 1;
    singular s = singular_of(g, a);
    bool old = c->row->mode;
    bool whole = old ? !incop_bool(c, "some") : incop_bool(c, "full_matrices");
    if (!whole) {
        const incsym *k = incir_axis_size(g, s.s, last - 1);
        s.u = emit_slice(g, s.u, last, NULL, k, 1);
        s.v = emit_slice(g, s.v, last, NULL, k, 1);
    }
    if (incop_has(c, "compute_uv") && !incop_bool(c, "compute_uv"))
        incop_unsupported(c, "compute_uv=False");
    warn_of_signs(c);
    incop_return(c, emit_cast(g, s.u, a->dtype));
    incop_return(c, emit_cast(g, s.s, a->dtype));
    incop_return(c, emit_cast(g, old ? s.v : emit_matrix_transposed(g, s.v), a->dtype));
}

static void lower_svdvals(incop_call *c)
{
    incop_return(c, emit_singular_values(c->g, matrices(c, matrix_name(c))));
}

/* ---- what singular values tell ---- */

static incir_value *tolerance(incop_call *c, const char *name)
{
    return incop_has(c, name) && !incop_is_none(c, name)
               ? emit_cast(c->g, incop_tensor(c, name), INCDT_F64)
               : NULL;
}

/* Up to where singular values [..., k] count as 0: max(atol, rtol σ1), rtol being the larger size
 * times the type's precision unless one of the two is asked for. */
static incir_value *cutoff(incop_call *c, const incir_value *a, incir_value *s)
{
    incir_graph *g = c->g;
    incir_value *atol = tolerance(c, incop_has(c, "tol") ? "tol" : "atol");
    incir_value *rtol = tolerance(c, incop_has(c, "rcond") ? "rcond" : "rtol");
    incir_value *zero = emit_scalar_like(g, s, 0);
    if (!rtol) {
        const incsym *size = incsym_max(g->syms, a->dims[a->rank - 2], a->dims[a->rank - 1]);
        double precision = a->dtype == INCDT_F64   ? 0x1p-52
                           : a->dtype == INCDT_F16 ? 0x1p-10
                                                   : 0x1p-23;
        rtol = emit_cast(g, incir_size_scalar(g, size), INCDT_F64);
        rtol = emit_with_scalar(g, "Mul", rtol, precision);
        if (atol)
            rtol = emit_where(g, emit_compare_scalar(g, "Greater", atol, 0), zero, rtol);
        if (incop_has(c, "tol"))
            rtol = zero;
    }
    const size_t last = s->rank - 1;
    incir_value *largest = emit_reduce(g, "ReduceMax", s, &last, 1, true);
    if (rtol->rank)
        rtol = as_column(g, rtol);
    incir_value *limit = emit_binary(g, "Mul", largest, rtol);
    if (atol && atol->rank)
        atol = as_column(g, atol);
    return atol ? emit_extreme(g, "Max", limit, atol) : limit;
}

static incir_value *pseudo_inverse(incop_call *c, incir_value *a, incir_value **rank)
{
    incir_graph *g = c->g;
    singular s = singular_of(g, a);
    size_t last = a->rank - 1;
    const incsym *k = incir_axis_size(g, s.s, last - 1);
    incir_value *counts = emit_compare(g, "Greater", s.s, cutoff(c, a, s.s));
    incir_value *one = emit_scalar_like(g, s.s, 1);
    incir_value *inverse = emit_binary(g, "Div", one, emit_where(g, counts, s.s, one));
    inverse = emit_where(g, counts, inverse, emit_scalar_like(g, s.s, 0));
    incir_value *u = emit_slice(g, s.u, last, NULL, k, 1),
                *v = emit_slice(g, s.v, last, NULL, k, 1);
    v = emit_binary(g, "Mul", v, emit_unsqueeze_axis(g, inverse, inverse->rank - 1));
    if (rank) {
        const size_t end = counts->rank - 1;
        *rank = emit_reduce(g, "ReduceSum", emit_cast(g, counts, INCDT_I64), &end, 1, false);
    }
    return emit_cast(g, emit_matmul(g, v, emit_matrix_transposed(g, u)), a->dtype);
}

static void lower_pinv(incop_call *c)
{
    incop_return(c, pseudo_inverse(c, given_matrices(c), NULL));
}

static void lower_rank(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = given_matrices(c), *s = singular_of(g, a).s;
    const size_t last = s->rank - 1;
    incir_value *counts = emit_cast(g, emit_compare(g, "Greater", s, cutoff(c, a, s)), INCDT_I64);
    incop_return(c, emit_reduce(g, "ReduceSum", counts, &last, 1, false));
}

/* The solution of least squares and the rank; the default driver gives no residuals and no singular
 * values. */
static void lower_lstsq(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = matrices(c, "self"), *b = emit_as_float(g, incop_tensor(c, "b")), *rank;
    bool vector = b->rank + 1 == a->rank;
    if (!incop_is_none(c, "driver") && !incop_str_is(c, "driver", "gelsy"))
        incop_unsupported(c, "the driver %s", incop_str(c, "driver"));
    b = vector ? as_column(g, b) : b;
    incir_value *x = emit_matmul(g, pseudo_inverse(c, a, &rank), b);
    incop_return(c, vector ? emit_squeeze_axis(g, x, x->rank - 1) : x);
    incop_return(c, emit_empty(g, a->dtype));
    incop_return(c, rank);
    incop_return(c, emit_empty(g, a->dtype));
}

/* σ1 / σn for p = None, 2; its inverse for -2. */
static void lower_cond(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = matrices(c, "self");
    double p = incop_is_none(c, "p") ? 2 : incop_float(c, "p");
    if (fabs(p) != 2)
        incop_unsupported(c, "p=%g: None, 2 and -2 are possible", p);
    incir_value *s = singular_of(g, a).s;
    const size_t last = s->rank - 1;
    incir_value *most = emit_reduce(g, "ReduceMax", s, &last, 1, false);
    incir_value *least = emit_reduce(g, "ReduceMin", s, &last, 1, false);
    incir_value *y =
        p > 0 ? emit_binary(g, "Div", most, least) : emit_binary(g, "Div", least, most);
    incop_return(c, emit_cast(g, y, a->dtype));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_linalg_eigh(Tensor A, str UPLO=\"L\", bool compute_v=True) -> (Tensor eigenvalues, Tensor eigenvectors)", lower_eigh),
    OP("aten::_linalg_svd(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)", lower_svd),
    OP("aten::linalg_cond(Tensor self, Scalar? p=None) -> Tensor", lower_cond),
    OP("aten::linalg_eigh(Tensor self, str UPLO=\"L\") -> (Tensor eigenvalues, Tensor eigenvectors)", lower_eigh),
    OP_AS("aten::linalg_eigvalsh(Tensor self, str UPLO=\"L\") -> Tensor", lower_eigh, "values"),
    OP("aten::linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)", lower_lstsq),
    OP("aten::linalg_matrix_rank(Tensor self, float tol, bool hermitian=False) -> Tensor", lower_rank),
    OP("aten::linalg_matrix_rank.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor", lower_rank),
    OP("aten::linalg_matrix_rank.atol_rtol_tensor(Tensor input, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor", lower_rank),
    OP("aten::linalg_matrix_rank.tol_tensor(Tensor input, Tensor tol, bool hermitian=False) -> Tensor", lower_rank),
    OP("aten::linalg_pinv(Tensor self, float rcond, bool hermitian=False) -> Tensor", lower_pinv),
    OP("aten::linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor", lower_pinv),
    OP("aten::linalg_pinv.atol_rtol_tensor(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor", lower_pinv),
    OP("aten::linalg_pinv.rcond_tensor(Tensor self, Tensor rcond, bool hermitian=False) -> Tensor", lower_pinv),
    OP("aten::linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)", lower_svd),
    OP("aten::linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor", lower_svdvals),
    OP("aten::pinverse(Tensor self, float rcond=1.0000000000000001e-15) -> Tensor", lower_pinv),
    OP_MODE("aten::svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)", lower_svd, true),
};
/* clang-format on */

const incop_family incop_eigen = {"eigen", rows, INC_COUNT(rows)};
