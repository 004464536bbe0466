/* SPDX-License-Identifier: Apache-2.0 */
/* torch.gradient: differences of neighbours over their distance, of second order inside and of
 * first or second order at the two ends. */
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

typedef struct line {
    incir_value *x;
    size_t axis;
    incir_value *places; /* of the elements along the axis, as many axes as x; NULL: equally far */
    double step;
    bool second; /* order at the ends */
} line;

/* count elements from first on (negative: from the end) along the axis. */
static incir_value *some(incir_graph *g, incir_value *v, size_t axis, int64_t first, int64_t last)
{
    const incsym *end = last ? incsym_int(g->syms, last) : NULL;
    return emit_slice(g, v, axis, incsym_int(g->syms, first), end, 1);
}

static incir_value *weighted(incir_graph *g, incir_value *sum, incir_value *x, incir_value *weight)
{
    x = emit_binary(g, "Mul", x, weight);
    return sum ? emit_binary(g, "Add", sum, x) : x;
}

/* Σ w[i] x[i], with the derivatives at `at` of the parabola through three neighbours: at the first
 * (0), the second (1) or the third (2) of them. x holds the three as tensors, p their places. */
static incir_value *parabola(incir_graph *g, incir_value **x, incir_value **p, int at)
{
    incir_value *sum = NULL;
    for (int i = 0; i < 3; i++) { /* ∂/∂t of Lagrange's polynomial i */
        incir_value *j = p[(i + 1) % 3], *k = p[(i + 2) % 3];
        incir_value *to_k = emit_binary(g, "Sub", k, p[at]);
        incir_value *top = emit_binary(g, "Sub", emit_binary(g, "Sub", p[at], j), to_k);
        incir_value *from_k = emit_binary(g, "Sub", p[i], k);
        incir_value *bottom = emit_binary(g, "Mul", emit_binary(g, "Sub", p[i], j), from_k);
        sum = weighted(g, sum, x[i], emit_binary(g, "Div", top, bottom));
    }
    return sum;
}

/* (a - b) over the distance of their places. */
static incir_value *slope(incir_graph *g, const line *l, incir_value *a, incir_value *b,
                          int64_t steps, incir_value *pa, incir_value *pb)
{
    incir_value *d = emit_binary(g, "Sub", a, b);
    if (l->places)
        return emit_binary(g, "Div", d, emit_binary(g, "Sub", pa, pb));
    return emit_with_scalar(g, "Div", d, l->step * (double)steps);
}

/* The three elements from first on, each by itself, or of all but the ends (inside). */
static void neighbours(incir_graph *g, const line *l, incir_value *v, int64_t first, bool inside,
                       incir_value **three)
{
    for (int64_t i = 0; i < 3; i++) {
        int64_t from = first + i, to = inside ? from - 2 : from + 1;
        three[i] = some(g, v, l->axis, from, to);
    }
}

static incir_value *along(incir_graph *g, const line *l)
{
    const int64_t starts[] = {0, 0, -3};
    incir_value *parts[3], *x[3], *p[3] = {NULL, NULL, NULL};
    for (int part = 0; part < 3; part++) { /* the first element, those inside, the last */
        bool inside = part == 1;
        if (!inside && !l->second) {
            int64_t a = part ? -1 : 1, b = part ? -2 : 0;
            incir_value *pa = NULL, *pb = NULL;
            if (l->places) {
                pa = some(g, l->places, l->axis, a, a + 1);
                pb = some(g, l->places, l->axis, b, b + 1);
            }
            incir_value *at_b = some(g, l->x, l->axis, b, b + 1);
            parts[part] = slope(g, l, some(g, l->x, l->axis, a, a + 1), at_b, 1, pa, pb);
            continue;
        }
        neighbours(g, l, l->x, starts[part], inside, x);
        if (l->places)
            neighbours(g, l, l->places, starts[part], inside, p);
        if (l->places) {
            parts[part] = parabola(g, x, p, part);
        } else if (inside) {
            parts[part] = slope(g, l, x[2], x[0], 2, NULL, NULL);
        } else { /* 2 x1 - 3/2 x0 - 1/2 x2, or the reverse */
            double sign = part ? -1 : 1;
            incir_value *sum = emit_with_scalar(g, "Mul", x[part], -1.5 * sign);
            sum = emit_binary(g, "Add", sum, emit_with_scalar(g, "Mul", x[1], 2 * sign));
            sum = emit_binary(g, "Sub", sum, emit_with_scalar(g, "Mul", x[2 - part], 0.5 * sign));
            parts[part] = emit_with_scalar(g, "Div", sum, l->step);
        }
    }
    return emit_set_dims(g, emit_concat(g, parts, 3, l->axis), l->x->dims);
}

/* A vector of places, along the axis of as many as x has. */
static incir_value *spread(incir_graph *g, incir_value *places, const line *l)
{
    size_t *axes = INC_NEW_N(g->cx, size_t, l->x->rank), n = 0;
    for (size_t i = 0; i < l->x->rank; i++)
        if (i != l->axis)
            axes[n++] = i;
    return emit_unsqueeze(g, emit_cast(g, places, l->x->dtype), axes, n);
}

static double spacing_of(incop_call *c, size_t i, size_t n)
{
    if (!incop_has(c, "spacing") || incop_is_none(c, "spacing"))
        return 1;
    incval v = incop_arg(c, "spacing");
    if (v.kind != INCVAL_LIST && v.kind != INCVAL_TUPLE)
        return incop_float(c, "spacing");
    size_t given;
    double *values = incop_floats(c, "spacing", &given);
    if (given != n)
        inc_raise(c->cx, INC_E_FORMAT, "gradient: %zu distances for %zu axes", given, n);
    return values[i];
}

/* mode: whether spacing is tensors of places. */
static void lower_gradient(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "self")), **places = NULL;
    int64_t order = incop_int(c, "edge_order");
    size_t n, n_places = 0, *axes = incop_axes(c, "dim", x->rank, &n);
    int64_t *dims = incop_ints(c, "dim", &n);
    if (n == 0)
        incop_axes(c, "dim", x->rank, &n);
    else
        for (size_t i = 0; i < n; i++)
            axes[i] = incop_wrap_axis(c, dims[i], x->rank); /* in the order asked for */
    if (c->row->mode) {
        places = incop_tensors(c, "spacing", &n_places);
        if (n_places != n)
            inc_raise(c->cx, INC_E_FORMAT, "gradient: places for %zu of %zu axes", n_places, n);
        for (size_t i = 0; i < n; i++)
            if (places[i]->rank != 1)
                inc_raise(c->cx, INC_E_FORMAT, "gradient: places of rank %zu", places[i]->rank);
    }
    incir_value **results = INC_NEW_N(c->cx, incir_value *, n);
    for (size_t i = 0; i < n; i++) {
        line l = {.x = x, .axis = axes[i], .second = order == 2};
        if (places)
            l.places = spread(g, places[i], &l);
        else
            l.step = spacing_of(c, i, n);
        results[i] = along(g, &l);
    }
    incop_return_list(c, results, n);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::gradient.array(Tensor self, *, int[] dim, int edge_order=1) -> Tensor[]", lower_gradient),
    OP("aten::gradient.scalararray(Tensor self, *, Scalar spacing, int[] dim, int edge_order=1) -> Tensor[]", lower_gradient),
    OP("aten::gradient.scalarint(Tensor self, *, Scalar? spacing=None, int? dim=None, int edge_order=1) -> Tensor[]", lower_gradient),
    OP("aten::gradient.scalarrayarray(Tensor self, *, Scalar[] spacing, int[] dim, int edge_order=1) -> Tensor[]", lower_gradient),
    OP("aten::gradient.scalarrayint(Tensor self, *, Scalar[] spacing, int? dim=None, int edge_order=1) -> Tensor[]", lower_gradient),
    OP_MODE("aten::gradient.tensorarray(Tensor self, *, Tensor[] spacing, int[] dim, int edge_order=1) -> Tensor[]", lower_gradient, true),
    OP_MODE("aten::gradient.tensorarrayint(Tensor self, *, Tensor[] spacing, int? dim=None, int edge_order=1) -> Tensor[]", lower_gradient, true),
};
/* clang-format on */

const incop_family incop_gradient = {"gradient", rows, INC_COUNT(rows)};
