/* Axes in another order. A write into such a view goes through the inverse order. */
#include "ops/families.h"

#include "ops/call/internal.h"
#include "ops/emit/emit.h"

static void lower_permuted(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_transpose(c->g, x, incop_permutation(c, x->rank)));
}

/* t, mT, adjoint: of real numbers. */
static void lower_matrix_transpose(incop_call *c)
{
    if (incdtype_is_complex(incop_tensor(c, "self")->dtype))
        incop_unsupported(c, "ONNX has no operators for complex numbers");
    lower_permuted(c);
}

static incir_value *unview_permuted(incop_call *c, incir_value *base, incir_value *part)
{
    const size_t *order = incop_permutation(c, part->rank);
    size_t *inverse = INC_NEW_N(c->cx, size_t, part->rank);
    (void)base;
    for (size_t i = 0; i < part->rank; i++)
        inverse[order[i]] = i;
    return emit_transpose(c->g, part, inverse);
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW("aten::adjoint(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mH(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mH.a(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mT(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mT.a(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::matrix_H(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::matrix_H.a(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW_Q("aten::moveaxis.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW_Q("aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW_Q("aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::numpy_T(Tensor(a) self) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_REVERSE),
    OP_VIEW("aten::numpy_T.a(Tensor(a) self) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_REVERSE),
    OP_VIEW_Q("aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::permute_copy(Tensor self, int[] dims) -> Tensor", lower_permuted),
    OP_VIEW_Q("aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::swapaxes_(Tensor(a!) self, int axis0, int axis1) -> Tensor(a!)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::swapdims_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::t(Tensor(a) self) -> Tensor(a)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::t_(Tensor(a!) self) -> Tensor(a!)", lower_matrix_transpose, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_FX_SHARED),
    OP("aten::t_copy(Tensor self) -> Tensor", lower_matrix_transpose),
    OP_VIEW_Q("aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_FX_SHARED),
    OP("aten::transpose_copy.int(Tensor self, int dim0, int dim1) -> Tensor", lower_permuted),
};
/* clang-format on */

const incop_family incop_permute = {"permute", rows, INC_COUNT(rows)};
