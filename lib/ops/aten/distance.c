/* SPDX-License-Identifier: Apache-2.0 */
/* Distances and similarities between vectors. */
#include "ops/aten/distance.h"

#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

incir_value *emit_p_norm(incir_graph *g, incir_value *x, double p, size_t axis, bool keepdim)
{
    if (p == 1 || p == 2)
        return emit_reduce(g, p == 1 ? "ReduceL1" : "ReduceL2", x, &axis, 1, keepdim);
    if (p == 0) {
        incir_value *differs = emit_cast(g, emit_cast(g, x, INCDT_BOOL), x->dtype);
        return emit_reduce(g, "ReduceSum", differs, &axis, 1, keepdim);
    }
    x = emit_unary(g, "Abs", x);
    if (isinf(p))
        return emit_reduce(g, p > 0 ? "ReduceMax" : "ReduceMin", x, &axis, 1, keepdim);
    x = emit_reduce(g, "ReduceSum", emit_with_scalar(g, "Pow", x, p), &axis, 1, keepdim);
    return emit_with_scalar(g, "Pow", x, 1 / p);
}

incir_value *emit_pairwise_distance(incop_call *c, incir_value *a, incir_value *b, double p,
                                    double eps, bool keepdim)
{
    incir_graph *g = c->g;
    incir_value *difference = emit_as_float(g, emit_binary(g, "Sub", a, b));
    bool scalar = difference->rank == 0;
    difference = emit_at_least(g, emit_with_scalar(g, "Add", difference, eps), 1);
    difference = emit_p_norm(g, difference, p, difference->rank - 1, keepdim || scalar);
    return emit_scalar_if(g, difference, scalar);
}

static void lower_pairwise_distance(incop_call *c)
{
    incop_return(c, emit_pairwise_distance(c, incop_tensor(c, "x1"), incop_tensor(c, "x2"),
                                           incop_float(c, "p"), incop_float(c, "eps"),
                                           incop_bool(c, "keepdim")));
}

/* x1 · x2 / (max(|x1|, eps) max(|x2|, eps)) along one axis of what both broadcast to. */
static void lower_cosine_similarity(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x[] = {incop_tensor(c, "x1"), incop_tensor(c, "x2")};
    size_t rank;
    const incsym *const *sizes = emit_broadcast_shape(g, x, 2, &rank);
    size_t axis = incop_axis_or_0d(c, "dim", rank);
    bool scalar = rank == 0;
    if (scalar) {
        for (size_t i = 0; i < 2; i++)
            x[i] = emit_at_least(g, x[i], 1);
        sizes = emit_broadcast_shape(g, x, 2, &rank);
    }
    emit_promote(g, &x[0], &x[1]);
    incir_value *product = NULL;
    for (size_t i = 0; i < 2; i++) {
        if (axis + x[i]->rank < rank ||
            !emit_same_size(g, incir_axis_size(g, x[i], axis + x[i]->rank - rank), sizes[axis]))
            x[i] = emit_expand(g, x[i], sizes, rank);
        incir_value *norm = emit_p_norm(g, x[i], 2, axis + x[i]->rank - rank, true);
        norm = emit_extreme(g, "Max", norm, emit_scalar_like(g, norm, incop_float(c, "eps")));
        product = product ? emit_binary(g, "Mul", product, norm) : norm;
    }
    incir_value *dot =
        emit_reduce(g, "ReduceSum", emit_binary(g, "Mul", x[0], x[1]), &axis, 1, false);
    incop_return(c, emit_binary(g, "Div", dot, emit_squeeze_axis(g, product, axis)));
}

/* √(|a|² + |b|² - 2 a bᵀ): as PyTorch computes many distances at once. */
static incir_value *euclidean_by_product(incir_graph *g, incir_value *a, incir_value *b)
{
    size_t last_a = a->rank - 1, last_b = b->rank - 1;
    incir_value *aa = emit_reduce(g, "ReduceSum", emit_binary(g, "Mul", a, a), &last_a, 1, true);
    incir_value *bb = emit_reduce(g, "ReduceSum", emit_binary(g, "Mul", b, b), &last_b, 1, true);
    incir_value *columns = emit_matrix_transposed(g, b);
    incir_value *ab = emit_matmul(g, emit_with_scalar(g, "Mul", a, -2), columns);
    incir_value *sum = emit_binary(g, "Add", aa, emit_matrix_transposed(g, bb));
    sum = emit_binary(g, "Add", sum, ab);
    return emit_unary(g, "Sqrt", emit_extreme(g, "Max", sum, emit_scalar_like(g, sum, 0)));
}

static void check_ranks(incop_call *c, const incir_value *a, const incir_value *b)
{
    if (a->rank < 2 || b->rank < 2)
        incop_unsupported(c, "tensors of ranks %zu and %zu", a->rank, b->rank);
}

/* Between each row of x1 and each of x2. compute_mode 1: by the product, 2: never. */
static void lower_cdist(incop_call *c)
{
    enum { MANY = 25 };
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "x1"), *b = incop_tensor(c, "x2");
    double p = incop_float(c, "p");
    int64_t mode = incop_is_none(c, "compute_mode") ? 0 : incop_int(c, "compute_mode");
    check_ranks(c, a, b);
    bool many = incsym_hint(incir_sym(g, a, -2)) > MANY || incsym_hint(incir_sym(g, b, -2)) > MANY;
    if (p == 2 && (mode == 1 || (mode == 0 && many))) {
        incop_return(c, euclidean_by_product(g, a, b));
        return;
    }
    size_t within_a = a->rank - 1, before_b = b->rank - 2;
    incir_value *of_b = emit_unsqueeze_axis(g, b, before_b);
    incir_value *difference = emit_binary(g, "Sub", emit_unsqueeze_axis(g, a, within_a), of_b);
    incop_return(c, emit_p_norm(g, difference, p, difference->rank - 1, false));
}

static void lower_euclidean(incop_call *c)
{
    incir_value *a = incop_tensor(c, "x1"), *b = incop_tensor(c, "x2");
    check_ranks(c, a, b);
    incop_return(c, euclidean_by_product(c->g, a, b));
}

/* Between each pair of rows, the first with all after it first. */
static void lower_pdist(incop_call *c)
{
    enum { MOST_ROWS = 4096 };
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    int64_t n;
    size_t at = 0;
    if (x->rank != 2 || !incir_dim(x, 0, &n) || n > MOST_ROWS)
        incop_unsupported(c, "%s", incir_type_text(g, x));
    size_t n_pairs = (size_t)(n * (n - 1) / 2);
    int64_t *left = INC_NEW_N(c->cx, int64_t, n_pairs), *right = INC_NEW_N(c->cx, int64_t, n_pairs);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            left[at] = i;
            right[at++] = j;
        }
    incir_value *second = emit_gather(g, x, incir_const_i64s(g, right, n_pairs), 0);
    incir_value *difference =
        emit_binary(g, "Sub", emit_gather(g, x, incir_const_i64s(g, left, n_pairs), 0), second);
    incop_return(c, emit_p_norm(g, difference, incop_float(c, "p"), 1, false));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor", lower_cdist),
    OP("aten::_euclidean_dist(Tensor x1, Tensor x2) -> Tensor", lower_euclidean),
    OP("aten::_pdist_forward(Tensor self, float p=2.) -> Tensor", lower_pdist),
    OP("aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor", lower_cdist),
    OP("aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor", lower_cosine_similarity),
    OP("aten::pairwise_distance(Tensor x1, Tensor x2, float p=2., float eps=9.9999999999999995e-07, bool keepdim=False) -> Tensor", lower_pairwise_distance),
    OP("aten::pdist(Tensor self, float p=2.) -> Tensor", lower_pdist),
};
/* clang-format on */

const incop_family incop_distance = {"distance", rows, INC_COUNT(rows)};
