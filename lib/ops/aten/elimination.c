/* SPDX-License-Identifier: Apache-2.0 */
/* Linear systems and factorisations of matrices of any size, known or not: Loops of one step per
 * column, on batches. Gauss-Jordan elimination with partial pivoting, Cholesky's factor, and QR by
 * Householder's reflections, in the precision of the matrices. A singular matrix, which PyTorch
 * refuses when it runs, gives NaN. */
#include <math.h>

#include "ops/emit/loop.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

typedef struct loop {
    const incsym *n;      /* steps */
    incir_value *counted; /* 0 … rows - 1, int64 */
    incir_value *matrix;  /* what stays as it is; or NULL */
    size_t n_states;
    incir_value *states[EMIT_MOST_STATES];
} loop;

static void run_loop(incir_graph *g, loop *l, emit_loop_step step)
{
    emit_loop(g, incir_size_scalar(g, l->n), l->states, l->n_states, step, l);
}

/* ---- pieces ---- */

static incir_value *column(incir_graph *g, incir_value *m, incir_value *i)
{
    return emit_gather(g, m, i, m->rank - 1);
}

static incir_value *row(incir_graph *g, incir_value *m, incir_value *i)
{
    return emit_gather(g, m, i, m->rank - 2);
}

/* The element i of the last axis, which stays, of size 1. */
static incir_value *element(incir_graph *g, incir_value *v, incir_value *i)
{
    return emit_unsqueeze_axis(g, emit_gather(g, v, i, v->rank - 1), v->rank - 1);
}

static incir_value *as_column(incir_graph *g, incir_value *v)
{
    return emit_unsqueeze_axis(g, v, v->rank);
}

static incir_value *as_row(incir_graph *g, incir_value *v)
{
    return emit_unsqueeze_axis(g, v, v->rank - 1);
}

static incir_value *zero_like(incir_graph *g, const incir_value *x)
{
    return emit_scalar_like(g, x, 0);
}

/* The matrices of x, square where they have to be, as floats. */
static incir_value *matrices(incop_call *c, const char *name, bool square)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, name));
    if (x->rank < 2 ||
        (square && incsym_eq(c->g->syms, x->dims[x->rank - 2], x->dims[x->rank - 1]) == 0))
        inc_raise(c->cx, INC_E_FORMAT, "%s are no %smatrices", incir_type_text(c->g, x),
                  square ? "square " : "");
    return x;
}

incir_value *emit_identity(incir_graph *g, const incir_value *like, const incsym *n)
{
    const incsym **dims = inc_copy(g->cx, like->dims, like->rank * sizeof *dims);
    dims[like->rank - 2] = dims[like->rank - 1] = n;
    incir_value *mask = emit_diagonal_mask(g, n, n, 0, EMIT_ON_DIAGONAL);
    return emit_expand(g, emit_cast(g, mask, like->dtype), dims, like->rank);
}

static incir_value *on_batch_of(incir_graph *g, incir_value *x, const incsym *const *batch,
                                size_t rank)
{
    const incsym **dims = INC_NEW_N(g->cx, const incsym *, rank + 2);
    for (size_t i = 0; i < rank; i++)
        dims[i] = batch[i];
    dims[rank] = x->dims[x->rank - 2];
    dims[rank + 1] = x->dims[x->rank - 1];
    return emit_expand(g, x, dims, rank + 2);
}

/* Gives both the same batch. */
static void share_batch(incir_graph *g, incir_value **a, incir_value **b)
{
    incir_value *both[] = {*a, *b}, *first[2];
    size_t rank;
    for (size_t i = 0; i < 2; i++) {
        incir_value *v = emit_full(g, INCDT_F32, both[i]->dims, both[i]->rank - 2, 0);
        first[i] = v;
    }
    const incsym *const *batch = emit_broadcast_shape(g, first, 2, &rank);
    *a = on_batch_of(g, *a, batch, rank);
    *b = on_batch_of(g, *b, batch, rank);
}

/* ---- elimination ---- */

/* The rows of m with those of i and of the largest element of column i below exchanged. */
static incir_value *with_pivot(incir_graph *g, const loop *l, incir_value *m, incir_value *i)
{
    incir_value *size = emit_unary(g, "Abs", column(g, m, i));
    incir_value *below = emit_compare(g, "GreaterOrEqual", l->counted, i);
    incir_value *key = emit_where(g, below, size, emit_scalar_like(g, size, -1));
    incir_node *n = incir_node_new(g, "ArgMax");
    emit_in(g, n, key);
    incir_attr_int(g, n, "axis", (int64_t)key->rank - 1);
    incir_attr_int(g, n, "keepdims", 1);
    incir_value *pivot = incir_emit(g, n);
    incir_value *order = emit_where(g, emit_compare(g, "Equal", l->counted, pivot), i, l->counted);
    order = emit_where(g, emit_compare(g, "Equal", l->counted, i), pivot, order);
    incir_node *moved = incir_node_new(g, "GatherElements");
    emit_in(g, moved, m);
    incir_in(g, moved, emit_expand(g, as_column(g, order), m->dims, m->rank));
    incir_attr_int(g, moved, "axis", (int64_t)m->rank - 2);
    return emit_as(g, moved, m->dtype);
}

/* [A, B] on the way to [I, A⁻¹ B]: the row i is divided by its pivot and taken off the others. A
 * pivot of zero leaves NaN. */
static void eliminate(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const loop *l = of;
    incir_value *m = with_pivot(g, l, states[0], i);
    incir_value *factors = column(g, m, i);
    incir_value *pivot = element(g, factors, i);
    incir_value *pivot_row = emit_binary(g, "Div", row(g, m, i), pivot);
    incir_value *on_all = as_row(g, pivot_row);
    incir_value *step = emit_binary(g, "Mul", as_column(g, factors), on_all);
    incir_value *is_pivot = as_column(g, emit_compare(g, "Equal", l->counted, i));
    incir_value *others = emit_binary(g, "Sub", m, step);
    states[0] = emit_where(g, is_pivot, as_row(g, pivot_row), others);
}

/* X of A X = B, both with the same batch. */
static incir_value *solve(incir_graph *g, incir_value *a, incir_value *b)
{
    size_t last = a->rank - 1;
    const incsym *n = a->dims[last], *columns = b->dims[last];
    incir_value *parts[] = {a, b};
    loop l = {.n = n, .counted = emit_count_up(g, n), .n_states = 1};
    l.states[0] = emit_concat(g, parts, 2, last);
    run_loop(g, &l, eliminate);
    return emit_slice(g, l.states[0], last, n, incsym_add(g->syms, n, columns), 1);
}

incir_value *emit_inverse(incir_graph *g, incir_value *a)
{
    return solve(g, a, emit_identity(g, a, a->dims[a->rank - 1]));
}

static incir_value *transposed_if(incir_graph *g, incir_value *x, bool yes)
{
    return yes ? emit_matrix_transposed(g, x) : x;
}

/* Whether b is a batch of vectors for a: one axis, or as many as a has but one, of those sizes. */
static bool is_vector(incir_graph *g, const incir_value *a, const incir_value *b)
{
    bool same = b->rank + 1 == a->rank;
    for (size_t i = 0; same && i < b->rank; i++)
        same = emit_same_size(g, a->dims[i], b->dims[i]);
    return b->rank == 1 || same;
}

static incir_value *solved(incop_call *c, incir_value *a, incir_value *b, bool left)
{
    share_batch(c->g, &a, &b);
    incir_value *right = transposed_if(c->g, b, !left);
    incir_value *x = solve(c->g, transposed_if(c->g, a, !left), right);
    return transposed_if(c->g, x, !left);
}

static void return_info(incop_call *c, const incir_value *a)
{
    if (incop_has(c, "check_errors"))
        incop_return(c, emit_full(c->g, INCDT_I32, a->dims, a->rank - 2, 0));
}

static void lower_solve(incop_call *c)
{
    incir_value *a = matrices(c, "A", true), *b = emit_as_float(c->g, incop_tensor(c, "B"));
    bool vector = is_vector(c->g, a, b), left = incop_bool(c, "left");
    if (vector && !left)
        incop_unsupported(c, "a vector at the left");
    if (vector)
        b = as_column(c->g, b);
    incir_value *x = solved(c, a, b, left);
    incop_return(c, vector ? emit_squeeze_axis(c->g, x, x->rank - 1) : x);
    return_info(c, a);
}

/* ---- triangles ---- */

/* a with zeros on the other side of the diagonal, and ones on it where it is taken as such. */
static incir_value *triangle(incir_graph *g, incir_value *a, bool upper, bool ones)
{
    const incsym *n = a->dims[a->rank - 2], *m = a->dims[a->rank - 1];
    incir_value *mask = emit_diagonal_mask(g, n, m, upper ? 0 : 1, EMIT_ABOVE_DIAGONAL);
    incir_value *zero = zero_like(g, a);
    a = upper ? emit_where(g, mask, a, zero) : emit_where(g, mask, zero, a);
    if (!ones)
        return a;
    return emit_where(g, emit_diagonal_mask(g, n, m, 0, EMIT_ON_DIAGONAL),
                      emit_scalar_like(g, a, 1), a);
}

static void lower_solve_triangular(incop_call *c)
{
    incir_value *a = matrices(c, "self", true), *b = matrices(c, "B", false);
    a = triangle(c->g, a, incop_bool(c, "upper"), incop_bool(c, "unitriangular"));
    incop_return(c, solved(c, a, b, incop_bool(c, "left")));
}

/* The column i of the factor L: what A has there more than the columns before make, by the root of
 * its first element. Only the lower triangle of A is read. */
static void factor_column(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const loop *l = of;
    incir_value *factor = states[0];
    incir_value *made = emit_matmul(g, factor, as_column(g, row(g, factor, i)));
    incir_value *done = emit_squeeze_axis(g, made, made->rank - 1);
    incir_value *rest = emit_binary(g, "Sub", column(g, l->matrix, i), done);
    rest = emit_binary(g, "Div", rest, emit_unary(g, "Sqrt", element(g, rest, i)));
    incir_value *below = emit_compare(g, "GreaterOrEqual", l->counted, i);
    rest = emit_where(g, below, rest, zero_like(g, rest));
    incir_value *next = as_column(g, rest);
    states[0] = emit_where(g, emit_compare(g, "Equal", l->counted, i), next, factor);
}

static incir_value *cholesky(incir_graph *g, incir_value *a, bool upper)
{
    loop l = {.n = a->dims[a->rank - 1], .matrix = transposed_if(g, a, upper), .n_states = 1};
    l.counted = emit_count_up(g, l.n);
    l.states[0] = emit_full(g, a->dtype, a->dims, a->rank, 0);
    run_loop(g, &l, factor_column);
    return transposed_if(g, l.states[0], upper);
}

static void lower_cholesky(incop_call *c)
{
    incir_value *a = matrices(c, "self", true);
    incop_return(c, cholesky(c->g, a, incop_bool(c, "upper")));
    return_info(c, a);
}

/* L Lᵀ, or Uᵀ U, of the factor given. */
static incir_value *product_of(incir_graph *g, incir_value *factor, bool upper)
{
    factor = triangle(g, factor, upper, false);
    incir_value *other = emit_matrix_transposed(g, factor);
    return upper ? emit_matmul(g, other, factor) : emit_matmul(g, factor, other);
}

static void lower_cholesky_solve(incop_call *c)
{
    incir_value *factor = matrices(c, "input2", true);
    incir_value *a = product_of(c->g, factor, incop_bool(c, "upper"));
    incop_return(c, solved(c, a, matrices(c, "self", false), true));
}

static void lower_cholesky_inverse(incop_call *c)
{
    incir_value *factor = matrices(c, "self", true);
    incop_return(c, emit_inverse(c->g, product_of(c->g, factor, incop_bool(c, "upper"))));
}

/* op(A) X = B; A is given back as it is. */
static void lower_triangular_solve(incop_call *c)
{
    incir_value *given = matrices(c, "A", true), *b = matrices(c, "self", false);
    incir_value *a = triangle(c->g, given, incop_bool(c, "upper"), incop_bool(c, "unitriangular"));
    a = transposed_if(c->g, a, incop_bool(c, "transpose"));
    incop_return(c, solved(c, a, b, true));
    incop_return(c, given);
}

/* ---- tensors as matrices ---- */

static const incsym *product(incir_graph *g, const incir_value *x, size_t from, size_t to)
{
    const incsym *n = incsym_int(g->syms, 1);
    for (size_t i = from; i < to; i++)
        n = incsym_mul(g->syms, n, incir_axis_size(g, x, i));
    return n;
}

/* The first ind axes are rows. */
static void lower_tensorinv(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self"));
    int64_t ind = incop_int(c, "ind");
    if (ind < 1 || (uint64_t)ind > x->rank)
        inc_raise(c->cx, INC_E_FORMAT, "tensorinv: ind=%lld of %s", (long long)ind,
                  incir_type_text(g, x));
    size_t k = (size_t)ind;
    const incsym *square[] = {product(g, x, 0, k), product(g, x, k, x->rank)};
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        sizes[i] = incir_axis_size(g, x, (i + k) % x->rank);
    incir_value *y = emit_inverse(g, emit_reshape(g, x, square, 2));
    incop_return(c, emit_reshape(g, y, sizes, x->rank));
}

/* The last axes of A are those of the solution; dims are moved there before. */
static void lower_tensorsolve(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = emit_as_float(g, incop_tensor(c, "self"));
    incir_value *b = emit_as_float(g, incop_tensor(c, "other"));
    size_t n, at = 0, *order = INC_NEW_N(c->cx, size_t, a->rank);
    int64_t *dims = incop_ints(c, "dims", &n);
    bool *moved = INC_NEW_N(c->cx, bool, a->rank);
    if (n > a->rank || b->rank > a->rank)
        inc_raise(c->cx, INC_E_FORMAT, "tensorsolve: %s", incir_type_text(g, a));
    for (size_t i = 0; i < n; i++) {
        order[a->rank - n + i] = incop_wrap_axis(c, dims[i], a->rank);
        moved[order[a->rank - n + i]] = true;
    }
    for (size_t i = 0; i < a->rank && at < a->rank - n; i++)
        if (!moved[i])
            order[at++] = i;
    a = n ? emit_transpose(g, a, order) : a;
    const incsym *size = product(g, b, 0, b->rank), *square[] = {size, size}, *vector[] = {size};
    incir_value *right = as_column(g, emit_reshape(g, b, vector, 1));
    incir_value *x = solved(c, emit_reshape(g, a, square, 2), right, true);
    incop_return(c, emit_reshape(g, x, a->dims + b->rank, a->rank - b->rank));
}

/* ---- exponentials ---- */

static void square_step(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const loop *l = of;
    incir_value *more = emit_compare(g, "Less", i, l->counted);
    states[0] = emit_where(g, more, emit_matmul(g, states[0], states[0]), states[0]);
}

/* exp(A / 2^s) by its series, squared s times; s is such that A / 2^s is small. In float64. */
static void lower_matrix_exp(incop_call *c)
{
    enum { TERMS = 14 };
    incir_graph *g = c->g;
    incir_value *given = matrices(c, "self", true), *a = emit_cast(g, given, INCDT_F64);
    const size_t ends[] = {a->rank - 2, a->rank - 1};
    incir_value *size = emit_reduce(g, "ReduceSum", emit_unary(g, "Abs", a), &ends[0], 1, true);
    size = emit_reduce(g, "ReduceMax", size, &ends[1], 1, true);
    incir_value *times =
        emit_unary(g, "Log", emit_extreme(g, "Max", size, emit_scalar_like(g, a, 0.5)));
    times = emit_with_scalar(g, "Mul", times, 1.4426950408889634);
    times = emit_with_scalar(g, "Add", emit_unary(g, "Ceil", times), 1);
    a = emit_binary(g, "Div", a, emit_scalar_with(g, "Pow", 2, times));
    incir_value *one = emit_identity(g, a, a->dims[a->rank - 1]), *y = one;
    for (int k = TERMS; k > 0; k--)
        y = emit_binary(g, "Add", one, emit_with_scalar(g, "Div", emit_matmul(g, a, y), k));
    times = emit_cast(g, times, INCDT_I64);
    loop l = {.counted = times};
    incir_value *most = emit_reduce(g, "ReduceMax", times, NULL, 0, false);
    emit_loop(g, most, &y, 1, square_step, &l);
    incop_return(c, emit_cast(g, y, given->dtype));
}

/* ---- QR ---- */

/* The column i of R made zero below the diagonal by the reflection I - 2 v vᵀ / vᵀv, which Q takes
 * from the right. As in LAPACK nothing is reflected where it is zero there already. */
static void reflect(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const loop *l = of;
    incir_value *r = states[0], *q = states[1], *x = column(g, r, i), *zero = zero_like(g, x);
    const size_t last = x->rank - 1;
    incir_value *first = element(g, x, i);
    incir_value *at = emit_compare(g, "Equal", l->counted, i);
    incir_value *tail = emit_where(g, emit_compare(g, "Greater", l->counted, i), x, zero);
    incir_value *rest =
        emit_reduce(g, "ReduceSum", emit_binary(g, "Mul", tail, tail), &last, 1, true);
    incir_value *size =
        emit_unary(g, "Sqrt", emit_binary(g, "Add", rest, emit_binary(g, "Mul", first, first)));
    incir_value *negative = emit_compare_scalar(g, "Less", first, 0);
    incir_value *top =
        emit_binary(g, "Add", first, emit_where(g, negative, emit_unary(g, "Neg", size), size));
    incir_value *v = emit_where(g, at, top, tail);
    incir_value *length = emit_binary(g, "Add", emit_binary(g, "Mul", top, top), rest);
    incir_value *still = emit_compare_scalar(g, "Equal", rest, 0);
    incir_value *scale =
        emit_scalar_with(g, "Div", 2, emit_where(g, still, emit_scalar_like(g, length, 1), length));
    scale = as_column(g, emit_where(g, still, zero, scale));
    incir_value *across = emit_matmul(g, as_row(g, v), r);
    incir_value *down = emit_matmul(g, q, as_column(g, v));
    incir_value *off_r = emit_binary(g, "Mul", as_column(g, v), across);
    incir_value *off_q = emit_binary(g, "Mul", down, as_row(g, v));
    states[0] = emit_binary(g, "Sub", r, emit_binary(g, "Mul", off_r, scale));
    states[1] = emit_binary(g, "Sub", q, emit_binary(g, "Mul", off_q, scale));
}

void emit_qr(incir_graph *g, incir_value *a, incir_value **q, incir_value **r)
{
    size_t last = a->rank - 1;
    const incsym *rows = incir_axis_size(g, a, last - 1);
    loop l = {.n = incsym_min(g->syms, rows, incir_axis_size(g, a, last)), .n_states = 2};
    l.counted = emit_count_up(g, rows);
    l.states[0] = a;
    l.states[1] = emit_identity(g, a, rows);
    run_loop(g, &l, reflect);
    *r = triangle(g, l.states[0], true, false);
    *q = l.states[1];
}

incir_value *emit_solution(incir_graph *g, incir_value *a, incir_value *b)
{
    share_batch(g, &a, &b);
    return solve(g, a, b);
}

static void lower_qr(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = matrices(c, incop_has(c, "A") ? "A" : "self", false), *q, *r;
    size_t last = a->rank - 1;
    bool complete =
        incop_has(c, "mode") ? incop_str_is(c, "mode", "complete") : !incop_bool(c, "some");
    bool only_r = incop_has(c, "mode") && incop_str_is(c, "mode", "r");
    emit_qr(g, a, &q, &r);
    if (!complete) {
        const incsym *k = incsym_min(g->syms, a->dims[last - 1], a->dims[last]);
        q = emit_slice(g, q, last, NULL, k, 1);
        r = emit_slice(g, r, last - 1, NULL, k, 1);
    }
    const incsym *none = incsym_int(g->syms, 0);
    incop_return(c, only_r ? emit_full(g, a->dtype, &none, 1, 0) : q);
    incop_return(c, r);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::cholesky(Tensor self, bool upper=False) -> Tensor", lower_cholesky),
    OP("aten::cholesky_inverse(Tensor self, bool upper=False) -> Tensor", lower_cholesky_inverse),
    OP("aten::cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor", lower_cholesky_solve),
    OP("aten::linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor", lower_cholesky),
    OP("aten::linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)", lower_cholesky),
    OP("aten::linalg_matrix_exp(Tensor self) -> Tensor", lower_matrix_exp),
    OP("aten::linalg_qr(Tensor A, str mode=\"reduced\") -> (Tensor Q, Tensor R)", lower_qr),
    OP("aten::linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor", lower_solve),
    OP("aten::linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)", lower_solve),
    OP("aten::linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
        lower_solve_triangular),
    OP("aten::linalg_tensorinv(Tensor self, int ind=2) -> Tensor", lower_tensorinv),
    OP("aten::linalg_tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor", lower_tensorsolve),
    OP("aten::matrix_exp(Tensor self) -> Tensor", lower_matrix_exp),
    OP("aten::qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)", lower_qr),
    OP("aten::triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)", lower_triangular_solve),
};
/* clang-format on */

const incop_family incop_elimination = {"elimination", rows, INC_COUNT(rows)};
