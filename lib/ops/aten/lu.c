/* SPDX-License-Identifier: Apache-2.0 */
/* A = P L U with partial pivoting, as a Loop of a step per column, and what is given in LAPACK's
 * form: L below the diagonal of U, and for each row the one that it was exchanged with, from 1 on.
 */
#include "ops/emit/loop.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

typedef struct steps {
    incir_value *rows, *columns, *pivots; /* counted from 0 */
    incir_value *exchanges;               /* of the rows, counted from 0 */
    bool chooses;                         /* pivots */
} steps;

/* ---- pieces ---- */

static incir_value *as_column(incir_graph *g, incir_value *v)
{
    return emit_unsqueeze_axis(g, v, v->rank);
}

static incir_value *as_row(incir_graph *g, incir_value *v)
{
    return emit_unsqueeze_axis(g, v, v->rank - 1);
}

static incir_value *element(incir_graph *g, incir_value *v, incir_value *i)
{
    return emit_unsqueeze_axis(g, emit_gather(g, v, i, v->rank - 1), v->rank - 1);
}

static incir_value *with_rows(incir_graph *g, incir_value *m, incir_value *order)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    emit_in(g, n, m);
    incir_in(g, n, emit_expand(g, as_column(g, order), m->dims, m->rank));
    incir_attr_int(g, n, "axis", (int64_t)m->rank - 2);
    return emit_as(g, n, m->dtype);
}

/* counted with i and other, [..., 1], exchanged */
static incir_value *exchanged(incir_graph *g, incir_value *counted, incir_value *i,
                              incir_value *other)
{
    incir_value *order = emit_where(g, emit_compare(g, "Equal", counted, other), i, counted);
    return emit_where(g, emit_compare(g, "Equal", counted, i), other, order);
}

static incir_value *matrices(incop_call *c, const char *name)
{
    incir_value *x = emit_as_float(c->g, incop_tensor(c, name));
    if (x->rank < 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s is no matrix", incir_type_text(c->g, x));
    return x;
}

/* ---- the factors ---- */

static incir_value *pivot_of(incir_graph *g, const steps *s, incir_value *m, incir_value *i)
{
    incir_value *size = emit_unary(g, "Abs", emit_gather(g, m, i, m->rank - 1));
    incir_value *below = emit_compare(g, "GreaterOrEqual", s->rows, i);
    incir_value *key = emit_where(g, below, size, emit_scalar_like(g, size, -1));
    incir_node *n = incir_node_new(g, "ArgMax");
    emit_in(g, n, key);
    incir_attr_int(g, n, "axis", (int64_t)key->rank - 1);
    incir_attr_int(g, n, "keepdims", 1);
    return incir_emit(g, n);
}

/* states: the matrix, and the exchanges. A pivot of zero eliminates nothing. */
static void factor(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const steps *s = of;
    incir_value *m = states[0];
    if (s->chooses) {
        incir_value *pivot = pivot_of(g, s, m, i);
        m = with_rows(g, m, exchanged(g, s->rows, i, pivot));
        states[1] = emit_where(g, emit_compare(g, "Equal", s->pivots, i), pivot, states[1]);
    }
    incir_value *column = emit_gather(g, m, i, m->rank - 1), *zero = emit_scalar_like(g, m, 0);
    incir_value *row = emit_gather(g, m, i, m->rank - 2), *pivot = element(g, column, i);
    incir_value *below = emit_compare(g, "Greater", s->rows, i);
    incir_value *none = emit_compare_scalar(g, "Equal", pivot, 0);
    incir_value *factors =
        emit_binary(g, "Div", column, emit_where(g, none, emit_scalar_like(g, m, 1), pivot));
    factors = emit_where(g, below, factors, zero);
    row = emit_where(g, emit_compare(g, "Greater", s->columns, i), row, zero);
    incir_value *on_all = as_row(g, row);
    incir_value *taken = emit_binary(g, "Mul", as_column(g, factors), on_all);
    m = emit_binary(g, "Sub", m, taken);
    incir_value *in_column = as_row(g, emit_compare(g, "Equal", s->columns, i));
    incir_value *stored = emit_binary(g, "And", as_column(g, below), in_column);
    states[0] = emit_where(g, stored, as_column(g, factors), m);
}

typedef struct factors {
    incir_value *lu, *pivots; /* int64, counted from 0 */
} factors;

static factors factors_of(incir_graph *g, incir_value *a, bool chooses)
{
    size_t last = a->rank - 1;
    const incsym *rows = incir_axis_size(g, a, last - 1), *columns = incir_axis_size(g, a, last);
    const incsym *k = incsym_min(g->syms, rows, columns);
    steps s = {.chooses = chooses};
    s.rows = emit_count_up(g, rows);
    s.columns = emit_count_up(g, columns);
    s.pivots = emit_count_up(g, k);
    const incsym **dims = inc_copy(g->cx, a->dims, a->rank * sizeof *dims);
    dims[last - 1] = k;
    incir_value *states[] = {a, emit_expand(g, s.pivots, dims, last)};
    emit_loop(g, incir_size_scalar(g, k), states, 2, factor, &s);
    return (factors){states[0], states[1]};
}

static void exchange(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const steps *s = of;
    incir_value *other = element(g, s->exchanges, i), *order = states[0];
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, order);
    incir_in(g, n, exchanged(g, s->rows, i, other));
    incir_attr_int(g, n, "axis", (int64_t)order->rank - 1);
    states[0] = incir_emit(g, n);
}

/* [..., rows, rows] of exchanges counted from 0 */
static incir_value *permutation(incir_graph *g, incir_value *exchanges, const incsym *rows,
                                incdtype type)
{
    size_t last = exchanges->rank - 1;
    steps s = {.rows = emit_count_up(g, rows), .exchanges = exchanges};
    const incsym **dims = inc_copy(g->cx, exchanges->dims, exchanges->rank * sizeof *dims);
    const incsym *n = dims[last];
    dims[last] = rows;
    incir_value *order = emit_expand(g, s.rows, dims, exchanges->rank);
    emit_loop(g, incir_size_scalar(g, n), &order, 1, exchange, &s);
    incir_value *columns = as_row(g, order);
    return emit_cast(g, emit_compare(g, "Equal", as_column(g, s.rows), columns), type);
}

static incir_value *lower_part(incir_graph *g, incir_value *lu)
{
    size_t last = lu->rank - 1;
    const incsym *rows = lu->dims[last - 1], *columns = lu->dims[last];
    incir_value *zero = emit_scalar_like(g, lu, 0), *one = emit_scalar_like(g, lu, 1);
    incir_value *above = emit_diagonal_mask(g, rows, columns, 0, EMIT_ABOVE_DIAGONAL);
    incir_value *on = emit_diagonal_mask(g, rows, columns, 0, EMIT_ON_DIAGONAL);
    lu = emit_where(g, on, one, emit_where(g, above, zero, lu));
    return emit_slice(g, lu, last, NULL, incsym_min(g->syms, rows, columns), 1);
}

static incir_value *upper_part(incir_graph *g, incir_value *lu)
{
    size_t last = lu->rank - 1;
    const incsym *rows = lu->dims[last - 1], *columns = lu->dims[last];
    incir_value *above = emit_diagonal_mask(g, rows, columns, 0, EMIT_ABOVE_DIAGONAL);
    lu = emit_where(g, above, lu, emit_scalar_like(g, lu, 0));
    return emit_slice(g, lu, last - 1, NULL, incsym_min(g->syms, rows, columns), 1);
}

/* ---- handlers ---- */

static incir_value *as_lapack(incir_graph *g, incir_value *pivots)
{
    return emit_cast(g, emit_with_scalar(g, "Add", pivots, 1), INCDT_I32);
}

/* Where U has its first zero on the diagonal, from 1 on; 0: nowhere. */
static void return_info(incop_call *c, incir_value *lu)
{
    incir_graph *g = c->g;
    size_t last = lu->rank - 1;
    const incsym *n = lu->dims[last - 1], *m = lu->dims[last];
    incir_value *zeros = emit_compare_scalar(g, "Equal", lu, 0);
    zeros = emit_binary(g, "And", zeros, emit_diagonal_mask(g, n, m, 0, EMIT_ON_DIAGONAL));
    zeros = emit_any(g, zeros, &last, 1, false);
    const size_t end = last - 1;
    incir_node *first = incir_node_new(g, "ArgMax");
    emit_in(g, first, emit_cast(g, zeros, INCDT_F32));
    incir_attr_int(g, first, "axis", (int64_t)end);
    incir_attr_int(g, first, "keepdims", 0);
    incir_value *place = emit_with_scalar(g, "Add", incir_emit(g, first), 1);
    incir_value *any = emit_any(g, zeros, &end, 1, false);
    incop_return(c, emit_cast(g, emit_where(g, any, place, incir_const_i64(g, 0)), INCDT_I32));
}

static bool chooses_pivots(incop_call *c)
{
    return !incop_has(c, "pivot") || incop_bool(c, "pivot");
}

static void lower_lu_factor(incop_call *c)
{
    incir_value *a = matrices(c, incop_has(c, "A") ? "A" : "self");
    factors f = factors_of(c->g, a, chooses_pivots(c));
    incop_return(c, f.lu);
    incop_return(c, as_lapack(c->g, f.pivots));
    if (incop_has(c, "check_errors"))
        return_info(c, f.lu);
}

static void lower_lu(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = matrices(c, "A");
    factors f = factors_of(g, a, chooses_pivots(c));
    const incsym *rows = incir_axis_size(g, a, a->rank - 2);
    incop_return(c, chooses_pivots(c) ? permutation(g, f.pivots, rows, a->dtype)
                                      : emit_empty(g, a->dtype));
    incop_return(c, lower_part(g, f.lu));
    incop_return(c, upper_part(g, f.lu));
}

static incir_value *exchanges_of(incop_call *c, const char *name)
{
    incir_value *pivots = emit_cast(c->g, incop_tensor(c, name), INCDT_I64);
    if (pivots->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "pivots of rank 0");
    return emit_with_scalar(c->g, "Sub", pivots, 1);
}

static void lower_lu_unpack(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *lu = matrices(c, "LU_data");
    bool data = incop_bool(c, "unpack_data"), pivots = incop_bool(c, "unpack_pivots");
    const incsym *rows = incir_axis_size(g, lu, lu->rank - 2);
    incop_return(c, pivots ? permutation(g, exchanges_of(c, "LU_pivots"), rows, lu->dtype)
                           : emit_empty(g, lu->dtype));
    incop_return(c, data ? lower_part(g, lu) : emit_empty(g, lu->dtype));
    incop_return(c, data ? upper_part(g, lu) : emit_empty(g, lu->dtype));
}

/* The matrix again, and elimination. */
static void lower_lu_solve(incop_call *c)
{
    incir_graph *g = c->g;
    bool old = incop_has(c, "LU_data");
    incir_value *lu = matrices(c, old ? "LU_data" : "LU"), *b = matrices(c, old ? "self" : "B");
    incir_value *p = permutation(g, exchanges_of(c, old ? "LU_pivots" : "pivots"),
                                 incir_axis_size(g, lu, lu->rank - 2), lu->dtype);
    incir_value *upper = upper_part(g, lu);
    incir_value *product = emit_matmul(g, lower_part(g, lu), upper);
    incir_value *a = emit_matmul(g, p, product);
    bool left = old || incop_bool(c, "left"), adjoint = !old && incop_bool(c, "adjoint");
    a = left == adjoint ? emit_matrix_transposed(g, a) : a;
    b = left ? b : emit_matrix_transposed(g, b);
    incir_value *x = emit_solution(g, a, b);
    incop_return(c, left ? x : emit_matrix_transposed(g, x));
}

static incval call(incop_call *c, const char *name, size_t which)
{
    size_t n;
    incval args[] = {incval_tensor(incop_box_new(c->cx, incop_tensor(c, "A")))};
    return incop_invoke(c->g, name, args, 1, NULL, 0, &n)[which];
}

/* The factors, which PyTorch has for gradients only: of A or of its transpose, as memory lies. */
static void return_unused(incop_call *c)
{
    incop_return(c, emit_empty(c->g, INCDT_F32));
    incop_return(c, emit_empty(c->g, INCDT_I32));
}

/* mode: whether the sign and the logarithm are asked. */
static void lower_det(incop_call *c)
{
    if (c->row->mode) {
        incop_return_val(c, call(c, "aten::linalg_slogdet", 0));
        incop_return_val(c, call(c, "aten::linalg_slogdet", 1));
    } else {
        incop_return_val(c, call(c, "aten::linalg_det", 0));
    }
    return_unused(c);
}

static void lower_solve_ex(incop_call *c)
{
    incir_graph *g = c->g;
    size_t n;
    incir_value *a = matrices(c, "A");
    incval args[] = {incval_tensor(incop_box_new(c->cx, a)), incop_arg(c, "B")};
    incop_keyword left = {"left", incop_arg(c, "left")};
    incop_return_val(c, incop_invoke(g, "aten::linalg_solve", args, 2, &left, 1, &n)[0]);
    return_unused(c);
    incop_return(c, emit_full(g, INCDT_I32, a->dims, a->rank - 2, 0));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_linalg_det(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)", lower_det),
    OP_MODE("aten::_linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)", lower_det, true),
    OP("aten::_linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor LU, Tensor pivots, Tensor info)", lower_solve_ex),
    OP("aten::_lu_with_info(Tensor self, bool pivot=True, bool check_errors=True) -> (Tensor LU, Tensor pivots, Tensor info)", lower_lu_factor),
    OP("aten::linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)", lower_lu),
    OP("aten::linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)", lower_lu_factor),
    OP("aten::linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)", lower_lu_factor),
    OP("aten::linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor", lower_lu_solve),
    OP("aten::lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor", lower_lu_solve),
    OP("aten::lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor L, Tensor U)", lower_lu_unpack),
};
/* clang-format on */

const incop_family incop_lu = {"lu", rows, INC_COUNT(rows)};
