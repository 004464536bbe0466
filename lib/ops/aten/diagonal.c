/* SPDX-License-Identifier: Apache-2.0 */
/* Diagonals and triangles of matrices: taken out, put in, kept. In: the last two axes, or those
 * that a call names. Out: Trilu, or Gather and Where by constant masks. */
#include "ops/families.h"

#include "base/checked.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* row.mode of triangles */
enum { LOWER, UPPER };

/* Which two axes, in one order, and which diagonal. */
typedef struct plane {
    size_t rows, columns; /* axes */
    int64_t offset;
} plane;

static int64_t offset_of(incop_call *c, const char *name)
{
    int64_t offset = incop_int(c, name);
    if (offset > INT32_MAX || offset < -INT32_MAX)
        inc_raise(c->cx, INC_E_FORMAT, "the diagonal %lld off the main one", (long long)offset);
    return offset;
}

static plane plane_of(incop_call *c, size_t rank)
{
    plane p = {0, 1, offset_of(c, incop_has(c, "diagonal") ? "diagonal" : "offset")};
    if (incop_has(c, "dim1")) {
        p.rows = incop_axis(c, "dim1", rank);
        p.columns = incop_axis(c, "dim2", rank);
    }
    if (rank < 2 || p.rows == p.columns)
        inc_raise(c->cx, INC_E_FORMAT, "a diagonal needs two axes of its own");
    return p;
}

/* The order of axes that moves the two to the end. */
static size_t *to_the_end(incop_call *c, size_t rank, plane p)
{
    size_t *order = INC_NEW_N(c->cx, size_t, rank), n = 0;
    for (size_t i = 0; i < rank; i++)
        if (i != p.rows && i != p.columns)
            order[n++] = i;
    order[n++] = p.rows;
    order[n] = p.columns;
    return order;
}

static size_t *inverse(incop_call *c, const size_t *order, size_t rank)
{
    size_t *back = INC_NEW_N(c->cx, size_t, rank);
    for (size_t i = 0; i < rank; i++)
        back[order[i]] = i;
    return back;
}

/* ---- taking a diagonal ---- */

/* How long it is: rows and columns that are left once offset steps are made. */
static const incsym *length(incir_graph *g, const incsym *rows, const incsym *columns,
                            int64_t offset)
{
    const incsym *n = offset < 0 ? incsym_add_int(g->syms, rows, offset) : rows;
    const incsym *m = offset > 0 ? incsym_add_int(g->syms, columns, -offset) : columns;
    return incsym_max(g->syms, incsym_min(g->syms, n, m), incsym_int(g->syms, 0));
}

/* With known columns, every (columns + 1)-th element of the flattened matrix. */
static incir_value *strided_diagonal(incir_graph *g, incir_value *x, int64_t rows, int64_t columns,
                                     int64_t offset)
{
    size_t last = x->rank - 2;
    const incsym **sizes = inc_copy(g->cx, x->dims, x->rank * sizeof *sizes);
    sizes[last] = incsym_mul(g->syms, incir_axis_size(g, x, last), incir_axis_size(g, x, last + 1));
    int64_t n = 0, start = 0;
    incsym_known(length(g, incsym_int(g->syms, rows), incsym_int(g->syms, columns), offset), &n);
    if (n > 0)
        start = offset >= 0 ? offset : -offset * columns;
    int64_t end = n > 0 ? start + (n - 1) * (columns + 1) + 1 : 0;
    return emit_slice(g, emit_reshape(g, x, sizes, x->rank - 1), last, incsym_int(g->syms, start),
                      incsym_int(g->syms, end), n > 0 ? columns + 1 : 1);
}

/* Else all but the diagonal becomes 0, and each column is summed. */
static incir_value *masked_diagonal(incir_graph *g, incir_value *x, int64_t offset)
{
    size_t rows = x->rank - 2, columns = x->rank - 1;
    const incsym *size =
        length(g, incir_axis_size(g, x, rows), incir_axis_size(g, x, columns), offset);
    const incsym *start = incsym_int(g->syms, offset > 0 ? offset : 0);
    incir_value *mask = emit_diagonal_mask(
        g, incir_axis_size(g, x, rows), incir_axis_size(g, x, columns), offset, EMIT_ON_DIAGONAL);
    incdtype type = x->dtype;
    x = emit_where(g, mask, x, emit_scalar_like(g, x, 0));
    if (type == INCDT_BOOL)
        x = emit_any(g, x, &rows, 1, false);
    else
        x = emit_reduce(g, "ReduceSum", x, &rows, 1, false);
    return emit_slice(g, x, rows, start, incsym_add(g->syms, start, size), 1);
}

static incir_value *take_diagonal(incop_call *c, incir_value *x, plane p)
{
    incir_graph *g = c->g;
    int64_t rows, columns;
    x = emit_transpose(g, x, to_the_end(c, x->rank, p));
    if (incir_dim(x, -2, &rows) && incir_dim(x, -1, &columns))
        return strided_diagonal(g, x, rows, columns, p.offset);
    return masked_diagonal(g, x, p.offset);
}

static void lower_diagonal(incop_call *c)
{
    incir_value *x = incop_tensor(c, incop_has(c, "A") ? "A" : "self");
    incop_return(c, take_diagonal(c, x, plane_of(c, x->rank)));
}

/* ---- putting a diagonal ---- */

/* diagonal [..., n] as the rows of matrices [..., rows, 1]; what is outside it does not matter.
 */
static incir_value *as_rows(incir_graph *g, incir_value *diagonal, const incsym *rows,
                            int64_t offset)
{
    if (diagonal->rank == 0)
        inc_raise(g->cx, INC_E_FORMAT, "a diagonal without axes");
    size_t last = diagonal->rank - 1, after = diagonal->rank;
    const incsym *zero = incsym_int(g->syms, 0);
    const incsym **begins = INC_NEW_N(g->cx, const incsym *, diagonal->rank);
    const incsym **ends = INC_NEW_N(g->cx, const incsym *, diagonal->rank);
    for (size_t i = 0; i <= last; i++)
        begins[i] = ends[i] = zero;
    const incsym *missing = incsym_sub(g->syms, rows, incir_axis_size(g, diagonal, last));
    begins[last] = incsym_int(g->syms, offset < 0 ? inc_magnitude_i64(offset) : 0);
    ends[last] = incsym_sub(g->syms, missing, begins[last]);
    return emit_unsqueeze_axis(g, emit_pad(g, diagonal, "constant", begins, ends, 0), after);
}

static incir_value *unview_diagonal(incop_call *c, incir_value *base, incir_value *part)
{
    incir_graph *g = c->g;
    plane p = plane_of(c, base->rank);
    if (part->rank + 1 != base->rank)
        inc_raise(g->cx, INC_E_FORMAT, "a diagonal of %zu axes in a tensor of %zu", part->rank,
                  base->rank);
    size_t *order = to_the_end(c, base->rank, p);
    incir_value *x = emit_transpose(g, base, order);
    const incsym *rows = incir_sym(g, x, -2), *columns = incir_sym(g, x, -1);
    incir_value *mask = emit_diagonal_mask(g, rows, columns, p.offset, EMIT_ON_DIAGONAL);
    x = emit_where(g, mask, as_rows(g, part, rows, p.offset), x);
    return emit_transpose(g, x, inverse(c, order, base->rank));
}

static void lower_diagonal_scatter(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, unview_diagonal(c, x, emit_cast(c->g, incop_tensor(c, "src"), x->dtype)));
}

/* A matrix with x [..., n] on its diagonal and zeros around it, its axes last. */
static incir_value *embed(incir_graph *g, incir_value *x, int64_t offset)
{
    const incsym *size = incsym_add_int(g->syms, incir_sym(g, x, -1), inc_magnitude_i64(offset));
    incir_value *mask = emit_diagonal_mask(g, size, size, offset, EMIT_ON_DIAGONAL);
    incir_value *zero = emit_scalar_like(g, x, 0);
    return emit_where(g, mask, as_rows(g, x, size, offset), zero);
}

static void lower_diag_embed(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    plane p = plane_of(c, x->rank + 1);
    size_t *order = to_the_end(c, x->rank + 1, p);
    incop_return(c, emit_transpose(c->g, embed(c->g, x, p.offset), inverse(c, order, x->rank + 1)));
}

/* Of a vector a matrix, of a matrix its diagonal. */
static void lower_diag(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (x->rank == 1)
        incop_return(c, embed(c->g, x, offset_of(c, "diagonal")));
    else
        incop_return(c, take_diagonal(c, x, plane_of(c, x->rank)));
}

static void lower_diagflat(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, embed(c->g, emit_flattened(c->g, x), offset_of(c, "offset")));
}

static void lower_trace(incop_call *c)
{
    static const size_t first = 0;
    incir_value *x = incop_tensor(c, "self");
    if (x->rank != 2)
        inc_raise(c->cx, INC_E_FORMAT, "trace of a tensor of rank %zu", x->rank);
    if (!incdtype_is_float(x->dtype))
        x = emit_cast(c->g, x, INCDT_I64);
    x = take_diagonal(c, x, (plane){0, 1, 0});
    incop_return(c, emit_reduce(c->g, "ReduceSum", x, &first, 1, false));
}

/* Where all indices are equal; in a tall matrix, wrap starts again after each square and a row. */
static incir_value *full_diagonal_mask(incop_call *c, const incir_value *x, bool wrap)
{
    enum { MOST_ELEMENTS = 1 << 24 };
    incir_graph *g = c->g;
    int64_t numel, *sizes = INC_NEW_N(c->cx, int64_t, x->rank), step = 0;
    if (x->rank < 2)
        inc_raise(c->cx, INC_E_FORMAT, "fill_diagonal_ of a tensor of rank %zu", x->rank);
    if (x->rank == 2 && !wrap)
        return emit_diagonal_mask(g, incir_axis_size(g, x, 0), incir_axis_size(g, x, 1), 0,
                                  EMIT_ON_DIAGONAL);
    if (!incsym_known(incir_numel(g, x), &numel) || numel > MOST_ELEMENTS)
        incop_unsupported(c, "of %s", incir_type_text(g, x));
    for (size_t i = 0; i < x->rank; i++) {
        incir_dim(x, (int64_t)i, &sizes[i]);
        step = i == 0 ? 1 : step * sizes[i] + 1; /* between one element and the next */
    }
    uint8_t *mask = INC_NEW_N(c->cx, uint8_t, (size_t)numel);
    for (int64_t i = 0; i < numel; i += step)
        mask[i] = 1;
    return incir_constant(g, inctensor_new(c->cx, INCDT_BOOL, x->rank, sizes, mask), NULL);
}

static void lower_fill_diagonal(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *value = emit_cast(c->g, incop_tensor(c, "fill_value"), x->dtype);
    incir_value *mask = full_diagonal_mask(c, x, incop_bool(c, "wrap"));
    incop_return(c, emit_where(c->g, mask, value, x));
}

/* ---- triangles ---- */

static incir_value *with_mask(incir_graph *g, incir_value *x, int64_t k, bool upper)
{
    incir_value *above = emit_diagonal_mask(g, incir_sym(g, x, -2), incir_sym(g, x, -1),
                                            upper ? k : k + 1, EMIT_ABOVE_DIAGONAL);
    if (x->dtype == INCDT_BOOL)
        return emit_binary(g, "And", x, upper ? above : emit_unary(g, "Not", above));
    incir_value *zero = emit_scalar_like(g, x, 0);
    return upper ? emit_where(g, above, x, zero) : emit_where(g, above, zero, x);
}

/* as: "upper" or "lower". ONNX has Trilu from opset 14. */
static void lower_triangle(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    int64_t k = offset_of(c, "diagonal");
    bool upper = c->row->mode == UPPER;
    if (x->rank < 2)
        incop_unsupported(c, "a tensor of rank %zu", x->rank);
    if (g->opset < 14) {
        incop_return(c, with_mask(g, x, k, upper));
        return;
    }
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, "Trilu");
    emit_in(g, n, x);
    if (k != 0)
        incir_in(g, n, incir_const_i64(g, k));
    if (!upper)
        incir_attr_int(g, n, "upper", 0);
    incop_return(c, emit_as(g, n, type));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::diag(Tensor self, int diagonal=0) -> Tensor", lower_diag, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor", lower_diag_embed, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::diagflat(Tensor self, int offset=0) -> Tensor", lower_diagflat),
    OP_VIEW("aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
        lower_diagonal, unview_diagonal, INCOP_VIEW_DIAGONAL),
    OP("aten::diagonal_copy(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor", lower_diagonal),
    OP_Q("aten::diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
        lower_diagonal_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::fill_diagonal_(Tensor(a!) self, Scalar fill_value, bool wrap=False) -> Tensor(a!)",
        lower_fill_diagonal),
    OP_VIEW("aten::linalg_diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)",
        lower_diagonal, unview_diagonal, INCOP_VIEW_DIAGONAL),
    OP_Q("aten::trace(Tensor self) -> Tensor", lower_trace, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE_Q("aten::tril(Tensor self, int diagonal=0) -> Tensor", lower_triangle, LOWER, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE_Q("aten::triu(Tensor self, int diagonal=0) -> Tensor", lower_triangle, UPPER, INCOP_Q_NONE | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_diagonal = {"diagonal", rows, INC_COUNT(rows)};
