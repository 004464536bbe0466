/* SPDX-License-Identifier: Apache-2.0 */
/* Weight norm: a direction times a length for each slice along one axis. Of parameters both are
 * computed at export, as PyTorch rounds them. */
#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/nn.h"

/* The norms of a constant's slices along the axis, or of all of it (axis = rank). Read in pieces.
 */
static double *slice_norms(inccx *cx, const inctensor *v, size_t axis, uint64_t *n)
{
    enum { PIECE = 1 << 14 };
    uint64_t inner = 1, at = 0;
    bool whole = axis >= v->rank;
    *n = whole ? 1 : (uint64_t)v->sizes[axis];
    inc_work(cx, v->numel);
    for (size_t i = axis + 1; i < v->rank; i++)
        inner *= (uint64_t)v->sizes[i];
    double *norms = INC_NEW_N(cx, double, (size_t)*n);
    unsigned char *piece = inc_alloc_n(cx, PIECE, incdtype_size(v->dtype));
    while (at < v->numel) {
        uint64_t count = v->numel - at < PIECE ? v->numel - at : PIECE;
        inctensor_read(cx, v, at, count, piece);
        for (uint64_t i = 0; i < count; i++) {
            double x = incelement_f64(v->dtype, piece, i);
            norms[whole ? 0 : (at + i) / inner % *n] += x * x;
        }
        at += count;
    }
    for (uint64_t i = 0; i < *n; i++)
        norms[i] = sqrt(norms[i]);
    return norms;
}

/* v · magnitude / |v|, all known: no node, and v stays lazy. */
static incir_value *known_weight_norm(incir_graph *g, const inctensor *v,
                                      const inctensor *magnitude, size_t axis)
{
    uint64_t n;
    double *factors = slice_norms(g->cx, v, axis, &n);
    const double *magnitudes = inctensor_f64s(g->cx, magnitude);
    for (uint64_t i = 0; i < n; i++)
        factors[i] = magnitudes[i] / factors[i];
    if (axis < v->rank)
        return incir_constant(g, inctensor_scale_axis(g->cx, v, axis, factors), NULL);
    double *repeated = INC_NEW_N(g->cx, double, (size_t)v->sizes[0]);
    for (int64_t i = 0; i < v->sizes[0]; i++)
        repeated[i] = factors[0];
    return incir_constant(g, inctensor_scale_axis(g->cx, v, 0, repeated), NULL);
}

/* The norm over all axes but one (axis = rank: over all), kept. */
static incir_value *norm_except(incir_graph *g, incir_value *v, size_t axis)
{
    size_t n = 0, *axes = INC_NEW_N(g->cx, size_t, v->rank);
    for (size_t i = 0; i < v->rank; i++)
        if (i != axis)
            axes[n++] = i;
    if (n == 0)
        return emit_unary(g, "Abs", v);
    return emit_reduce(g, "ReduceL2", v, axes, n, true);
}

static size_t kept_axis(incop_call *c, size_t rank)
{
    int64_t axis = incop_int(c, "dim");
    return axis == -1 ? rank : incop_wrap_axis(c, axis, rank);
}

static void lower_weight_norm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *v = incop_tensor(c, "v"), *magnitude = incop_tensor(c, "g");
    size_t axis = kept_axis(c, v->rank);
    int64_t slices = 1;
    bool known = incir_is_constant(v) && incir_is_constant(magnitude) && v->rank > 0 &&
                 v->constant->numel > 0 &&
                 (axis == v->rank || incir_dim(v, (int64_t)axis, &slices));
    if (known && magnitude->constant->numel == (uint64_t)slices) {
        incop_return(c, known_weight_norm(g, v->constant, magnitude->constant, axis));
        return;
    }
    incir_value *factor = emit_binary(g, "Div", magnitude, norm_except(g, v, axis));
    incop_return(c, emit_binary(g, "Mul", v, factor));
}

static void lower_weight_norm_interface(incop_call *c)
{
    incir_value *v = incop_tensor(c, "v");
    lower_weight_norm(c);
    incop_return(c, norm_except(c->g, v, kept_axis(c, v->rank)));
}

static void lower_norm_except_dim(incop_call *c)
{
    incir_value *v = incop_tensor(c, "v");
    if (incop_int(c, "pow") != 2)
        incop_unsupported(c, "a norm other than the second");
    incop_return(c, norm_except(c->g, v, kept_axis(c, v->rank)));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_weight_norm(Tensor v, Tensor g, int dim=0) -> Tensor", lower_weight_norm),
    OP("aten::_weight_norm_interface(Tensor v, Tensor g, int dim=0) -> (Tensor, Tensor)", lower_weight_norm_interface),
    OP("aten::norm_except_dim(Tensor v, int pow=2, int dim=0) -> Tensor", lower_norm_except_dim),
};
/* clang-format on */

const incop_family incop_weight_norm = {"weight_norm", rows, INC_COUNT(rows)};
