/* Distances between vectors, and how alike they are. */
#include "ops/distance.h"

#include "ops/emit_math.h"
#include "ops/nn.h"

/* ---- vectors in pairs ---- */

incir_value *emit_pairwise_distance(incir_graph *g, incir_value *a, incir_value *b, double p,
                                    double eps, bool keepdim)
{
    incir_value *apart = emit_as_float(g, emit_binary(g, "Sub", a, b));
    apart = emit_with_scalar(g, "Add", apart, eps);
    if (apart->rank == 0)
        return emit_norm(g, apart, p, NULL, 0, false);
    const size_t last = apart->rank - 1;
    return emit_norm(g, apart, p, &last, 1, keepdim);
}

static void lower_pairwise_distance(incop_call *c)
{
    incop_return(c, emit_pairwise_distance(c->g, incop_tensor(c, "x1"), incop_tensor(c, "x2"),
                                           incop_float(c, "p"), incop_float(c, "eps"),
                                           incop_bool(c, "keepdim")));
}

/* x with that many axes, and with all of the common shape's size along the axis. */
static incir_value *as_operand(incir_graph *g, incir_value *x, const incsym *const *shape,
                               size_t rank, size_t axis)
{
    if (x->rank == rank && emit_same_size(g, x->dims[axis], shape[axis]))
        return x;
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = i < rank - x->rank ? incsym_int(g->syms, 1) : x->dims[i - (rank - x->rank)];
    sizes[axis] = shape[axis];
    return emit_expand(g, x, sizes, rank);
}

/* a · b / (max(|a|, eps) · max(|b|, eps)) */
static void lower_cosine_similarity(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "x1"), *b = incop_tensor(c, "x2");
    emit_promote(g, &a, &b);
    size_t rank;
    incir_value *both[] = {emit_as_float(g, a), emit_as_float(g, b)}, *sizes[2];
    const incsym *const *shape = emit_common_shape(g, both, 2, &rank);
    if (rank == 0)
        incop_unsupported(c, "scalars");
    size_t axis = incop_axis(c, "dim", rank);
    for (size_t i = 0; i < 2; i++) {
        both[i] = as_operand(g, both[i], shape, rank, axis);
        sizes[i] = emit_norm(g, both[i], 2, &axis, 1, false);
        sizes[i] =
            emit_extreme(g, "Max", sizes[i], emit_scalar_like(g, sizes[i], incop_float(c, "eps")));
    }
    incir_value *product = emit_binary(g, "Mul", both[0], both[1]);
    product = emit_reduce(g, "ReduceSum", product, &axis, 1, false);
    incop_return(c, emit_binary(g, "Div", product, emit_binary(g, "Mul", sizes[0], sizes[1])));
}

/* ---- all vectors with all others ---- */

/* √(|a|² + |b|² - 2 a · b), which needs no memory for the differences. */
static incir_value *distances_by_product(incir_graph *g, incir_value *a, incir_value *b)
{
    const size_t last_a = a->rank - 1, last_b = b->rank - 1;
    incir_value *of_a = emit_reduce(g, "ReduceSumSquare", a, &last_a, 1, true);
    incir_value *of_b = emit_reduce(g, "ReduceSumSquare", b, &last_b, 1, true);
    incir_value *product = emit_matmul(g, a, emit_matrix_transposed(g, b));
    incir_value *square = emit_binary(g, "Add", of_a, emit_matrix_transposed(g, of_b));
    square = emit_binary(g, "Sub", square, emit_with_scalar(g, "Mul", product, 2));
    return emit_unary(g, "Sqrt", emit_extreme(g, "Max", square, emit_scalar_like(g, square, 0)));
}

/* PyTorch multiplies matrices when either set has more than 25 vectors, or when told so. */
static bool by_product(incop_call *c, const incir_value *a, const incir_value *b)
{
    enum { FEW = 25 };
    int64_t mode = incop_is_none(c, "compute_mode") ? 0 : incop_int(c, "compute_mode"), n, m;
    bool few = incir_dim(a, -2, &n) && incir_dim(b, -2, &m) && n <= FEW && m <= FEW;
    return incop_float(c, "p") == 2 && (mode == 1 || (mode == 0 && !few));
}

/* [..., n, k] and [..., m, k] to [..., n, m] */
static void lower_cdist(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "x1"), *b = incop_tensor(c, "x2");
    if (a->rank < 2 || b->rank < 2)
        incop_unsupported(c, "inputs of rank %zu and %zu", a->rank, b->rank);
    emit_promote(g, &a, &b);
    if (by_product(c, a, b)) {
        incop_return(c, distances_by_product(g, a, b));
        return;
    }
    const size_t of_a = a->rank - 1, of_b = b->rank - 2;
    a = emit_unsqueeze(g, a, &of_a, 1);
    b = emit_unsqueeze(g, b, &of_b, 1);
    incop_return(c, emit_pairwise_distance(g, a, b, incop_float(c, "p"), 0, false));
}

/* [n, k] to [n (n - 1) / 2]: each with those after it. */
static void lower_pdist(incop_call *c)
{
    enum { MOST = 1 << 11 };
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    int64_t n;
    if (x->rank != 2 || !incir_dim(x, 0, &n) || n > MOST)
        incop_unsupported(c, "%s", incir_type_text(g, x));
    const int64_t n_pairs = n > 1 ? n * (n - 1) / 2 : 0;
    int64_t *first = INC_NEW_N(c->cx, int64_t, (size_t)n_pairs);
    int64_t *second = INC_NEW_N(c->cx, int64_t, (size_t)n_pairs);
    for (int64_t i = 0, at = 0; i < n; i++)
        for (int64_t k = i + 1; k < n; k++, at++) {
            first[at] = i;
            second[at] = k;
        }
    incir_value *a = emit_gather(g, x, emit_table_i64(g, first, 1, &n_pairs), 0);
    incir_value *b = emit_gather(g, x, emit_table_i64(g, second, 1, &n_pairs), 0);
    incop_return(c, emit_pairwise_distance(g, a, b, incop_float(c, "p"), 0, false));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor", lower_cdist),
    OP("aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor", lower_cdist),
    OP("aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor", lower_cosine_similarity),
    OP("aten::pairwise_distance(Tensor x1, Tensor x2, float p=2., float eps=9.9999999999999995e-07, bool keepdim=False) -> Tensor", lower_pairwise_distance),
    OP("aten::pdist(Tensor self, float p=2.) -> Tensor", lower_pdist),
};
/* clang-format on */

const incop_family incop_distance = {"distance", rows, INC_COUNT(rows)};
