/* Axes in another order. A write into such a view goes through the inverse order. */
#include "ops/families.h"

#include <string.h>

#include "ops/call/internal.h"
#include "ops/emit/emit.h"

static size_t *identity(incop_call *c, size_t rank)
{
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    for (size_t i = 0; i < rank; i++)
        order[i] = i;
    return order;
}

static size_t *swapped(incop_call *c, size_t rank, size_t a, size_t b)
{
    size_t *order = identity(c, rank);
    if (rank > 0) {
        order[a] = b;
        order[b] = a;
    }
    return order;
}

static incir_value *apply_inverse(incop_call *c, incir_value *part, const size_t *order)
{
    size_t *inverse = INC_NEW_N(c->cx, size_t, part->rank);
    for (size_t i = 0; i < part->rank; i++)
        inverse[order[i]] = i;
    return emit_transpose(c->g, part, inverse);
}

/* ---- all axes named ---- */

static size_t *permutation(incop_call *c, size_t rank)
{
    size_t n;
    int64_t *dims = incop_ints(c, "dims", &n);
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    bool *used = INC_NEW_N(c->cx, bool, rank);
    if (n != rank)
        inc_raise(c->cx, INC_E_FORMAT, "permute: %zu axes for a tensor of rank %zu", n, rank);
    for (size_t i = 0; i < n; i++) {
        order[i] = incop_wrap_axis(c, dims[i], rank);
        if (used[order[i]])
            inc_raise(c->cx, INC_E_FORMAT, "permute: axis %zu is named twice", order[i]);
        used[order[i]] = true;
    }
    return order;
}

static void lower_permute(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_transpose(c->g, x, permutation(c, x->rank)));
}

static incir_value *unview_permute(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return apply_inverse(c, part, permutation(c, part->rank));
}

/* ---- two axes swapped: transpose, swapaxes ---- */

static size_t *transposition(incop_call *c, size_t rank)
{
    bool axes = incop_has(c, "axis0");
    return swapped(c, rank, incop_axis_or_0d(c, axes ? "axis0" : "dim0", rank),
                   incop_axis_or_0d(c, axes ? "axis1" : "dim1", rank));
}

static void lower_transpose(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_transpose(c->g, x, transposition(c, x->rank)));
}

static incir_value *unview_transpose(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return apply_inverse(c, part, transposition(c, part->rank));
}

/* ---- the last two swapped: t, mT, adjoint (of real numbers) ---- */

static size_t *matrix_transposition(incop_call *c, size_t rank)
{
    return rank < 2 ? identity(c, rank) : swapped(c, rank, rank - 2, rank - 1);
}

static void lower_matrix_transpose(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (incdtype_is_complex(x->dtype))
        incop_unsupported(c, "ONNX has no operators for complex numbers");
    incop_return(c, emit_transpose(c->g, x, matrix_transposition(c, x->rank)));
}

static incir_value *unview_matrix_transpose(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return apply_inverse(c, part, matrix_transposition(c, part->rank));
}

/* ---- all axes reversed: T ---- */

static size_t *reversal(incop_call *c, size_t rank)
{
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    for (size_t i = 0; i < rank; i++)
        order[i] = rank - 1 - i;
    return order;
}

static void lower_reverse_axes(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_transpose(c->g, x, reversal(c, x->rank)));
}

static incir_value *unview_reverse_axes(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return apply_inverse(c, part, reversal(c, part->rank));
}

/* ---- some axes moved, the others staying in order: movedim ---- */

static size_t *move(incop_call *c, size_t rank)
{
    size_t n, n_to, next = 0;
    int64_t *from = incop_ints(c, "source", &n), *to = incop_ints(c, "destination", &n_to);
    if (n != n_to)
        inc_raise(c->cx, INC_E_FORMAT, "movedim: %zu axes to %zu places", n, n_to);
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    bool *filled = INC_NEW_N(c->cx, bool, rank), *moved = INC_NEW_N(c->cx, bool, rank);
    if (rank == 0)
        return order;
    for (size_t i = 0; i < n; i++) {
        size_t source = incop_wrap_axis(c, from[i], rank), place = incop_wrap_axis(c, to[i], rank);
        if (moved[source] || filled[place])
            inc_raise(c->cx, INC_E_FORMAT, "movedim: an axis is named twice");
        order[place] = source;
        filled[place] = moved[source] = true;
    }
    for (size_t i = 0; i < rank; i++) {
        if (filled[i])
            continue;
        while (moved[next])
            next++;
        order[i] = next++;
    }
    return order;
}

static void lower_movedim(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_transpose(c->g, x, move(c, x->rank)));
}

static incir_value *unview_movedim(incop_call *c, incir_value *base, incir_value *part)
{
    (void)base;
    return apply_inverse(c, part, move(c, part->rank));
}

const size_t *incop_permutation(incop_call *c, size_t rank)
{
    if (incop_has(c, "dims"))
        return permutation(c, rank);
    if (incop_has(c, "dim0") || incop_has(c, "axis0"))
        return transposition(c, rank);
    if (incop_has(c, "source"))
        return move(c, rank);
    return c->row->view == INCOP_VIEW_REVERSE ? reversal(c, rank) : matrix_transposition(c, rank);
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW("aten::adjoint(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mH(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mH.a(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mT(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mT.a(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::matrix_H(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::matrix_H.a(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
        lower_movedim, unview_movedim, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW_Q("aten::moveaxis.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
        lower_movedim, unview_movedim, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW_Q("aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
        lower_movedim, unview_movedim, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW_Q("aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
        lower_movedim, unview_movedim, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::numpy_T(Tensor(a) self) -> Tensor(a)", lower_reverse_axes, unview_reverse_axes, INCOP_VIEW_REVERSE),
    OP_VIEW("aten::numpy_T.a(Tensor(a) self) -> Tensor(a)", lower_reverse_axes, unview_reverse_axes, INCOP_VIEW_REVERSE),
    OP_VIEW_Q("aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)", lower_permute, unview_permute, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::permute_copy(Tensor self, int[] dims) -> Tensor", lower_permute),
    OP_VIEW_Q("aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)", lower_transpose, unview_transpose, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::swapaxes_(Tensor(a!) self, int axis0, int axis1) -> Tensor(a!)",
        lower_transpose, unview_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", lower_transpose, unview_transpose, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::swapdims_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", lower_transpose, unview_transpose, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::t(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::t_(Tensor(a!) self) -> Tensor(a!)", lower_matrix_transpose, unview_matrix_transpose, INCOP_VIEW_PERMUTE, INCOP_FX_SHARED),
    OP("aten::t_copy(Tensor self) -> Tensor", lower_matrix_transpose),
    OP_VIEW_Q("aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        lower_transpose, unview_transpose, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", lower_transpose, unview_transpose, INCOP_VIEW_PERMUTE, INCOP_FX_SHARED),
    OP("aten::transpose_copy.int(Tensor self, int dim0, int dim1) -> Tensor", lower_transpose),
};
/* clang-format on */

const incop_family incop_permute = {"permute", rows, INC_COUNT(rows)};
