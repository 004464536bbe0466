/* SPDX-License-Identifier: Apache-2.0 */
/* Axes in another order. A write into such a view goes through the inverse order. */
#include "ops/families.h"

#include "ops/call/internal.h"
#include "ops/emit/emit.h"

static void lower_permuted(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_transpose(c->g, x, incop_permutation(c, x->rank)));
}

/* The conjugate of the last two axes exchanged. */
static void lower_adjoint(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    const size_t *order = incop_permutation(c, x->rank);
    incir_value *y = emit_transpose(c->g, emit_real(x), order);
    if (x->kind == INCIR_COMPLEX)
        y = incir_complex(c->g, y, emit_unary(c->g, "Neg", emit_transpose(c->g, x->im, order)));
    incop_return(c, y);
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
    OP_VIEW_Q("aten::adjoint(Tensor(a) self) -> Tensor(a)", lower_adjoint, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::mH(Tensor(a) self) -> Tensor(a)", lower_adjoint, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::mH.a(Tensor(a) self) -> Tensor(a)", lower_adjoint, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW("aten::mT(Tensor(a) self) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW("aten::mT.a(Tensor(a) self) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::matrix_H(Tensor(a) self) -> Tensor(a)", lower_adjoint, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::matrix_H.a(Tensor(a) self) -> Tensor(a)", lower_adjoint, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_NONE | INCOP_C_OWN),
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
    OP_VIEW_Q("aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_FORMS),
    OP_Q("aten::permute_copy(Tensor self, int[] dims) -> Tensor", lower_permuted, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::swapaxes_(Tensor(a!) self, int axis0, int axis1) -> Tensor(a!)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME),
    OP_VIEW("aten::swapdims_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE),
    OP_VIEW_Q("aten::t(Tensor(a) self) -> Tensor(a)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_FORMS),
    OP_VIEW_Q("aten::t_(Tensor(a!) self) -> Tensor(a!)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_FX_SHARED),
    OP_Q("aten::t_copy(Tensor self) -> Tensor", lower_permuted, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", lower_permuted, unview_permuted, INCOP_VIEW_PERMUTE, INCOP_FX_SHARED),
    OP_Q("aten::transpose_copy.int(Tensor self, int dim0, int dim1) -> Tensor", lower_permuted, INCOP_Q_NONE | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_permute = {"permute", rows, INC_COUNT(rows)};
