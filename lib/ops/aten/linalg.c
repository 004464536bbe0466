/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices. A linear layer on rows is a Gemm that takes the weight as it is stored; on
 * more axes it is a MatMul with the transposed weight, which stays lazy. */
#include "ops/emit/math.h"
#include "ops/emit/nn.h"

/* ---- pieces ---- */

/* x times a Scalar argument. */
static incir_value *scaled(incop_call *c, incir_value *x, const char *name)
{
    incir_value *factor = incop_tensor(c, name);
    if (emit_is_scalar(c->g, factor, 1))
        return x;
    return emit_binary(c->g, "Mul", x, emit_cast(c->g, factor, x->dtype));
}

/* beta · self + alpha · product; self does not count when beta is 0 */
static incir_value *add_scaled(incop_call *c, incir_value *product)
{
    product = scaled(c, product, "alpha");
    if (emit_is_scalar(c->g, incop_tensor(c, "beta"), 0))
        return product;
    return emit_binary(c->g, "Add", scaled(c, incop_tensor(c, "self"), "beta"), product);
}

static incir_value *emit_gemm(incir_graph *g, incir_value *a, incir_value *b, incir_value *added,
                              double alpha, double beta, bool transposed_b)
{
    incdtype type = a->dtype, wide = emit_working_type(g, "Gemm", type);
    incir_node *n = incir_node_new(g, "Gemm");
    incir_in(g, n, emit_cast(g, a, wide));
    incir_in(g, n, emit_cast(g, b, wide));
    if (added)
        incir_in(g, n, emit_cast(g, added, wide));
    incir_attr_float(g, n, "alpha", alpha);
    incir_attr_float(g, n, "beta", beta);
    if (transposed_b)
        incir_attr_int(g, n, "transB", 1);
    return emit_as(g, n, type);
}

incir_value *emit_linear(incir_graph *g, incir_value *x, incir_value *weight, incir_value *bias)
{
    if (x->rank == 2 && weight->rank == 2 && incdtype_is_float(x->dtype) &&
        (!bias || bias->rank <= 2))
        return emit_gemm(g, x, weight, bias, 1, 1, true);
    incir_value *y = emit_matmul(g, x, emit_matrix_transposed(g, weight));
    return bias ? emit_binary(g, "Add", bias, y) : y;
}

/* ---- two matrices ---- */

static void lower_linear(incop_call *c)
{
    const char *x = incop_has(c, "input") ? "input" : "self";
    incop_return(c, emit_linear(c->g, incop_tensor(c, x), incop_tensor(c, "weight"),
                                incop_tensor_or_null(c, "bias")));
}

/* row->as names the second operand. */
static void lower_matmul(incop_call *c)
{
    incop_return(c, emit_matmul(c->g, incop_tensor(c, "self"), incop_tensor(c, c->row->as)));
}

static void lower_addmm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *self = incop_tensor(c, "self");
    incir_value *a = incop_tensor(c, "mat1"), *b = incop_tensor(c, "mat2");
    double alpha, beta;
    if (incdtype_is_float(a->dtype) && a->rank == 2 && b->rank == 2 && self->rank <= 2 &&
        emit_known_scalar(g, incop_tensor(c, "alpha"), &alpha) &&
        emit_known_scalar(g, incop_tensor(c, "beta"), &beta))
        incop_return(
            c, emit_gemm(g, a, b, beta == 0 ? NULL : self, alpha, beta == 0 ? 1 : beta, false));
    else
        incop_return(c, add_scaled(c, emit_matmul(g, a, b)));
}

static void lower_addmv(incop_call *c)
{
    incop_return(c,
                 add_scaled(c, emit_matmul(c->g, incop_tensor(c, "mat"), incop_tensor(c, "vec"))));
}

static incir_value *batched_product(incop_call *c)
{
    return emit_matmul(c->g, incop_tensor(c, "batch1"), incop_tensor(c, "batch2"));
}

static void lower_baddbmm(incop_call *c)
{
    incop_return(c, add_scaled(c, batched_product(c)));
}

static void lower_addbmm(incop_call *c)
{
    static const size_t batch = 0;
    incop_return(
        c, add_scaled(c, emit_reduce(c->g, "ReduceSum", batched_product(c), &batch, 1, false)));
}

static incir_value *emit_outer(incir_graph *g, incir_value *a, incir_value *b)
{
    return emit_binary(g, "Mul", emit_unsqueeze_axis(g, a, 1), b);
}

static void lower_outer(incop_call *c)
{
    incop_return(c, emit_outer(c->g, incop_tensor(c, "self"), incop_tensor(c, "vec2")));
}

static void lower_addr(incop_call *c)
{
    incop_return(c,
                 add_scaled(c, emit_outer(c->g, incop_tensor(c, "vec1"), incop_tensor(c, "vec2"))));
}

/* Sums over the last axes of both. */
static void lower_inner(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    if (a->rank == 0 || b->rank == 0) {
        incop_return(c, emit_binary(g, "Mul", a, b));
        return;
    }
    if (b->rank <= 2) {
        incop_return(c, emit_matmul(g, a, emit_matrix_transposed(g, b)));
        return;
    }
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, a->rank + b->rank);
    const incsym *rows[] = {incsym_int(g->syms, 1), incir_axis_size(g, b, b->rank - 1)};
    size_t n = 0;
    for (size_t i = 0; i + 1 < a->rank; i++)
        sizes[n++] = incir_axis_size(g, a, i);
    for (size_t i = 0; i + 1 < b->rank; i++) {
        sizes[n++] = incir_axis_size(g, b, i);
        rows[0] = incsym_mul(g->syms, rows[0], incir_axis_size(g, b, i));
    }
    incir_value *y = emit_matmul(g, a, emit_matrix_transposed(g, emit_reshape(g, b, rows, 2)));
    incop_return(c, emit_reshape(g, y, sizes, n));
}

static void lower_vecdot(incop_call *c)
{
    incir_value *x = incop_tensor(c, "x");
    incir_value *products = emit_binary(c->g, "Mul", x, incop_tensor(c, "y"));
    size_t axis = incop_axis(c, "dim", products->rank);
    incop_return(c, emit_reduce(c->g, "ReduceSum", products, &axis, 1, false));
}

/* ---- several ---- */

/* row->as names the list. */
static void lower_chain(incop_call *c)
{
    size_t n;
    incir_value **matrices = incop_tensors(c, c->row->as, &n);
    if (n == 0)
        incop_unsupported(c, "no matrices");
    incir_value *y = matrices[0];
    for (size_t i = 1; i < n; i++)
        y = emit_matmul(c->g, y, matrices[i]);
    incop_return(c, y);
}

static void lower_matrix_power(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self"), *y = NULL, *square = x;
    int64_t n = incop_int(c, "n");
    if (x->rank < 2)
        inc_raise(c->cx, INC_E_FORMAT, "%s are no square matrices", incir_type_text(c->g, x));
    if (n > INT32_MAX || n < -INT32_MAX)
        incop_unsupported(c, "the power %lld", (long long)n);
    if (n == 0) {
        incop_return(c, emit_identity(c->g, x, incir_sym(c->g, x, -1)));
        return;
    }
    if (n < 0)
        square = emit_inverse(c->g, emit_as_float(c->g, x));
    for (n = n < 0 ? -n : n; n > 0; n /= 2) {
        if (n % 2)
            y = y ? emit_matmul(c->g, y, square) : square;
        if (n > 1)
            square = emit_matmul(c->g, square, square);
    }
    incop_return(c, y);
}

/* y[…, o] = Σ x1[…, i] · weight[o, i, j] · x2[…, j] + bias[o] */
static void lower_bilinear(incop_call *c)
{
    static const size_t input_first[] = {1, 0, 2};
    incir_graph *g = c->g;
    incir_value *x1 = incop_tensor(c, "input1"), *x2 = incop_tensor(c, "input2");
    incir_value *weight = incop_tensor(c, "weight"), *bias = incop_tensor_or_null(c, "bias");
    if (weight->rank != 3 || x1->rank == 0)
        incop_unsupported(c, "a weight of rank %zu", weight->rank);
    const incsym *flat[] = {
        incir_axis_size(g, weight, 1),
        incsym_mul(g->syms, incir_axis_size(g, weight, 0), incir_axis_size(g, weight, 2))};
    incir_value *w = emit_reshape(g, emit_transpose(g, weight, input_first), flat, 2);
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, x1->rank + 1);
    for (size_t i = 0; i + 1 < x1->rank; i++)
        sizes[i] = incir_axis_size(g, x1, i);
    sizes[x1->rank - 1] = incir_axis_size(g, weight, 0);
    sizes[x1->rank] = incir_axis_size(g, weight, 2);
    size_t column = x2->rank, last = x1->rank;
    incir_value *y = emit_reshape(g, emit_matmul(g, x1, w), sizes, x1->rank + 1);
    y = emit_squeeze_axis(g, emit_matmul(g, y, emit_unsqueeze_axis(g, x2, column)), last);
    incop_return(c, bias ? emit_binary(g, "Add", bias, y) : y);
}

/* The factor that one of three tensors is: with new axes, at their places in the result. */
static incir_value *trilinear_factor(incop_call *c, const char *name, const char *expand)
{
    incir_value *x = incop_tensor(c, name);
    size_t n;
    incop_ints(c, expand, &n);
    if (n == 0)
        return x;
    const size_t *axes = incop_axes(c, expand, x->rank + n, &n);
    return emit_unsqueeze(c->g, x, axes, n);
}

/* What bilinear() is decomposed to: Σ over some axes of the product of all three. */
static void lower_trilinear(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = trilinear_factor(c, "i1", "expand1");
    incir_value *b = trilinear_factor(c, "i2", "expand2");
    incir_value *y = trilinear_factor(c, "i3", "expand3");
    size_t n;
    y = emit_binary(g, "Mul", emit_binary(g, "Mul", a, b), y);
    incop_ints(c, "sumdim", &n);
    if (n > 0) {
        const size_t *axes = incop_axes(c, "sumdim", y->rank, &n);
        y = emit_reduce(g, "ReduceSum", y, axes, n, false);
    }
    incop_return(c, y);
}

typedef struct axis_split {
    size_t *order; /* free axes and contracted ones */
    size_t n_free;
    const incsym **free_sizes;
    const incsym *contracted, *free;
} axis_split;

static axis_split split_axes(incop_call *c, const incir_value *x, const char *name, bool free_first)
{
    incsym_table *syms = c->g->syms;
    size_t n, at = 0;
    int64_t *dims = incop_ints(c, name, &n);
    bool *contracted = INC_NEW_N(c->cx, bool, x->rank);
    axis_split s = {.order = INC_NEW_N(c->cx, size_t, x->rank),
                    .free_sizes = INC_NEW_N(c->cx, const incsym *, x->rank),
                    .contracted = incsym_int(syms, 1),
                    .free = incsym_int(syms, 1)};
    if (n > x->rank)
        incop_unsupported(c, "%zu axes of a tensor of rank %zu", n, x->rank);
    for (size_t i = 0; i < n; i++) {
        size_t axis = incop_wrap_axis(c, dims[i], x->rank);
        if (contracted[axis])
            incop_unsupported(c, "an axis named twice");
        contracted[axis] = true;
        s.order[(free_first ? x->rank - n : 0) + i] = axis;
        s.contracted = incsym_mul(syms, s.contracted, incir_axis_size(c->g, x, axis));
    }
    at = free_first ? 0 : n;
    for (size_t i = 0; i < x->rank; i++)
        if (!contracted[i]) {
            s.order[at++] = i;
            s.free_sizes[s.n_free++] = incir_axis_size(c->g, x, i);
            s.free = incsym_mul(syms, s.free, incir_axis_size(c->g, x, i));
        }
    return s;
}

static void lower_tensordot(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    axis_split sa = split_axes(c, a, "dims_self", true);
    axis_split sb = split_axes(c, b, "dims_other", false);
    a = emit_transpose(g, a, sa.order);
    b = emit_transpose(g, b, sb.order);
    if (a->rank - sa.n_free == 1 && b->rank == 2 && sb.n_free == 1) {
        incop_return(c, emit_matmul(g, a, b));
        return;
    }
    const incsym *left[] = {sa.free, sa.contracted}, *right[] = {sb.contracted, sb.free};
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, sa.n_free + sb.n_free);
    for (size_t i = 0; i < sa.n_free; i++)
        sizes[i] = sa.free_sizes[i];
    for (size_t i = 0; i < sb.n_free; i++)
        sizes[sa.n_free + i] = sb.free_sizes[i];
    incir_value *matrix = emit_reshape(g, b, right, 2);
    incir_value *y = emit_matmul(g, emit_reshape(g, a, left, 2), matrix);
    incop_return(c, emit_reshape(g, y, sizes, sa.n_free + sb.n_free));
}

/* Every element of self times all of other: [a, 1] · [1, b], axis by axis. */
static void lower_kron(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *operands[] = {incop_tensor(c, "self"), incop_tensor(c, "other")};
    size_t rank = operands[0]->rank > operands[1]->rank ? operands[0]->rank : operands[1]->rank;
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = incsym_int(g->syms, 1);
    for (size_t k = 0; k < 2; k++) {
        incir_value *x = operands[k];
        size_t missing = rank - x->rank;
        const incsym **spread = INC_NEW_N(c->cx, const incsym *, 2 * rank);
        for (size_t i = 0; i < rank; i++) {
            const incsym *size =
                i < missing ? incsym_int(g->syms, 1) : incir_axis_size(g, x, i - missing);
            sizes[i] = incsym_mul(g->syms, sizes[i], size);
            spread[2 * i + k] = size;
            spread[2 * i + 1 - k] = incsym_int(g->syms, 1);
        }
        operands[k] = emit_reshape(g, x, spread, 2 * rank);
    }
    incop_return(c, emit_reshape(g, emit_binary(g, "Mul", operands[0], operands[1]), sizes, rank));
}

static void lower_cross(incop_call *c)
{
    static const int64_t forward[] = {1, 2, 0}, backward[] = {2, 0, 1};
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    size_t axis = 0, rank = a->rank > b->rank ? a->rank : b->rank;
    if (!incop_is_none(c, "dim"))
        axis = incop_axis(c, "dim", rank);
    else
        while (axis < a->rank && !incsym_is(incir_axis_size(g, a, axis), 3))
            axis++;
    if (axis >= rank || axis + a->rank < rank || axis + b->rank < rank)
        incop_unsupported(c, "no axis of size 3");
    size_t axis_a = axis + a->rank - rank, axis_b = axis + b->rank - rank;
    incir_value *next = incir_const_i64s(g, forward, 3), *last = incir_const_i64s(g, backward, 3);
    incir_value *last_b = emit_gather(g, b, last, axis_b);
    incir_value *left = emit_binary(g, "Mul", emit_gather(g, a, next, axis_a), last_b);
    incir_value *next_b = emit_gather(g, b, next, axis_b);
    incir_value *right = emit_binary(g, "Mul", emit_gather(g, a, last, axis_a), next_b);
    incop_return(c, emit_binary(g, "Sub", left, right));
}

/* ---- determinants ---- */

static void lower_det(incop_call *c)
{
    incop_return(c, emit_unary(c->g, "Det", incop_tensor(c, incop_has(c, "A") ? "A" : "self")));
}

static void lower_logdet(incop_call *c)
{
    incop_return(c, emit_unary(c->g, "Log", emit_unary(c->g, "Det", incop_tensor(c, "self"))));
}

static void lower_slogdet(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *det = emit_unary(g, "Det", incop_tensor(c, incop_has(c, "A") ? "A" : "self"));
    incop_return(c, emit_unary(g, "Sign", det));
    incop_return(c, emit_unary(g, "Log", emit_unary(g, "Abs", det)));
}

/* [n, n - 1]: row i is all of 0 … n - 1 but i. */
static incir_value *all_but_each(incir_graph *g, int64_t n)
{
    const int64_t sizes[] = {n, n - 1};
    int64_t *values = INC_NEW_N(g->cx, int64_t, (size_t)(n * n));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n - 1; k++)
            values[i * (n - 1) + k] = k < i ? k : k + 1;
    return emit_table_i64(g, values, 2, sizes);
}

/* Cramer's rule: the determinants of all minors, with alternating signs and transposed, divided by
 * that of the whole. For small matrices only: it is slow and inexact for large ones, which are left
 * to elimination. */
static void lower_inverse(incop_call *c)
{
    enum { MOST = 6 };
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, incop_has(c, "A") ? "A" : "self"));
    int64_t n, columns;
    if (x->rank < 2 || incsym_eq(g->syms, incir_sym(g, x, -2), incir_sym(g, x, -1)) == 0)
        inc_raise(c->cx, INC_E_FORMAT, "the inverse of %s", incir_type_text(g, x));
    if (!incir_dim(x, -2, &n) || !incir_dim(x, -1, &columns) || n != columns || n < 1 || n > MOST) {
        incop_return(c, emit_inverse(g, x));
        if (incop_has(c, "check_errors"))
            incop_return(c, emit_full(g, INCDT_I32, x->dims, x->rank - 2, 0));
        return;
    }
    incdtype type = x->dtype;
    x = emit_cast(g, x, emit_working_type(g, "Det", type));
    if (n == 1) {
        incop_return(c, emit_cast(g, emit_unary(g, "Reciprocal", x), type));
        return;
    }
    const size_t last = x->rank - 1, ends[] = {x->rank - 2, x->rank - 1};
    const int64_t sizes[] = {n, n};
    float *signs = INC_NEW_N(c->cx, float, (size_t)(n * n));
    for (int64_t i = 0; i < n * n; i++)
        signs[i] = (i / n + i % n) % 2 == 0 ? 1.0f : -1.0f;
    incir_value *others = all_but_each(g, n);
    incir_value *minors = emit_gather(g, emit_gather(g, x, others, last - 1), others, last + 1);
    minors = emit_unary(g, "Det", emit_swap_axes(g, minors, last, last + 1));
    minors =
        emit_binary(g, "Mul", minors, emit_cast(g, emit_table_f32(g, signs, 2, sizes), x->dtype));
    incir_value *det = emit_unsqueeze(g, emit_unary(g, "Det", x), ends, 2);
    incir_value *y = emit_binary(g, "Div", emit_swap_axes(g, minors, last - 1, last), det);
    incop_return(c, emit_cast(g, y, type));
    if (incop_has(c, "check_errors"))
        incop_return(c, emit_full(g, INCDT_I32, x->dims, x->rank - 2, 0));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_trilinear(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim, int unroll_dim=1) -> Tensor", lower_trilinear),
    OP("aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", lower_addbmm),
    OP("aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", lower_addmm),
    OP("aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor", lower_addmv),
    OP("aten::addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", lower_addr),
    OP("aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", lower_baddbmm),
    OP("aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor", lower_bilinear),
    OP_AS_Q("aten::bmm(Tensor self, Tensor mat2) -> Tensor", lower_matmul, "mat2", INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_AS("aten::chain_matmul(Tensor[] matrices) -> Tensor", lower_chain, "matrices"),
    OP("aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor", lower_cross),
    OP("aten::det(Tensor self) -> Tensor", lower_det),
    OP_AS_Q("aten::dot(Tensor self, Tensor tensor) -> Tensor", lower_matmul, "tensor", INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_Q("aten::ger(Tensor self, Tensor vec2) -> Tensor", lower_outer, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_Q("aten::inner(Tensor self, Tensor other) -> Tensor", lower_inner, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP("aten::inverse(Tensor self) -> Tensor", lower_inverse),
    OP_Q("aten::kron(Tensor self, Tensor other) -> Tensor", lower_kron, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP("aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor", lower_cross),
    OP("aten::linalg_det(Tensor A) -> Tensor", lower_det),
    OP("aten::linalg_inv(Tensor A) -> Tensor", lower_inverse),
    OP("aten::linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)", lower_inverse),
    OP_AS_Q("aten::linalg_matmul(Tensor self, Tensor other) -> Tensor", lower_matmul, "other", INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP("aten::linalg_matrix_power(Tensor self, int n) -> Tensor", lower_matrix_power),
    OP_AS_Q("aten::linalg_multi_dot(Tensor[] tensors) -> Tensor", lower_chain, "tensors", INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP("aten::linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)", lower_slogdet),
    OP("aten::linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor", lower_vecdot),
    OP("aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor", lower_linear),
    OP("aten::logdet(Tensor self) -> Tensor", lower_logdet),
    OP_AS_Q("aten::matmul(Tensor self, Tensor other) -> Tensor", lower_matmul, "other", INCOP_FX_OBSERVED | INCOP_FX_ALL_INPUTS | INCOP_FX_METHOD | INCOP_FX_OPERATOR | INCOP_C_PRODUCT),
    OP("aten::matrix_power(Tensor self, int n) -> Tensor", lower_matrix_power),
    OP("aten::mkldnn_linear(Tensor self, Tensor weight, Tensor? bias=None) -> Tensor", lower_linear),
    OP_AS_Q("aten::mm(Tensor self, Tensor mat2) -> Tensor", lower_matmul, "mat2", INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_AS_Q("aten::mv(Tensor self, Tensor vec) -> Tensor", lower_matmul, "vec", INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_Q("aten::outer(Tensor self, Tensor vec2) -> Tensor", lower_outer, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP("aten::slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)", lower_slogdet),
    OP_Q("aten::tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor", lower_tensordot, INCOP_Q_NONE | INCOP_C_PRODUCT),
    OP_AS("aten::vdot(Tensor self, Tensor other) -> Tensor", lower_matmul, "other"),
};
/* clang-format on */

const incop_family incop_linalg = {"linalg", rows, INC_COUNT(rows)};
