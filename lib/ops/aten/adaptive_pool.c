/* SPDX-License-Identifier: Apache-2.0 */
/* Adaptive pooling. With windows of one size it is ordinary pooling; else averages are a product
 * with a matrix along each axis, and maxima are taken of gathered windows; of an axis of dynamic
 * size both are computed in the graph. */
#include "ops/aten/pool.h"
#include "ops/emit/math.h"

typedef enum { SAME, ALL, DIVIDES, UNEVEN, DYNAMIC } window_kind;

typedef struct adaptive_plan {
    size_t k;
    const incsym **sizes; /* of the output */
    int64_t *in, *out;    /* where known */
    window_kind *kinds;
    size_t count[DYNAMIC + 1];
    size_t n_in_unknown;
} adaptive_plan;

/* x has its batch. */
static void read_adaptive(incop_call *c, const incir_value *x, adaptive_plan *p)
{
    enum { MOST_UNEVEN = 1 << 11 };
    size_t n;
    *p = (adaptive_plan){.k = incop_spatial_axes(c)};
    const incsym **sizes = incop_syms(c, "output_size", &n);
    if (n != 1 && n != p->k)
        incop_unsupported(c, "%zu output sizes for %zu axes", n, p->k);
    p->sizes = INC_NEW_N(c->cx, const incsym *, p->k);
    p->in = INC_NEW_N(c->cx, int64_t, p->k);
    p->out = INC_NEW_N(c->cx, int64_t, p->k);
    p->kinds = INC_NEW_N(c->cx, window_kind, p->k);
    for (size_t i = 0; i < p->k; i++) {
        const incsym *size = incir_axis_size(c->g, x, x->rank - p->k + i);
        p->sizes[i] = sizes[n == 1 ? 0 : i];
        bool in_known = incsym_known(size, &p->in[i]);
        bool out_known = incsym_known(p->sizes[i], &p->out[i]);
        p->kinds[i] = out_known && p->out[i] == 1                  ? ALL
                      : emit_same_size(c->g, size, p->sizes[i])    ? SAME
                      : !in_known || !out_known                    ? DYNAMIC
                      : p->out[i] > 0 && p->in[i] % p->out[i] == 0 ? DIVIDES
                                                                   : UNEVEN;
        if ((in_known && p->in[i] <= 0) || (out_known && p->out[i] <= 0) ||
            (p->kinds[i] == UNEVEN && (p->in[i] > MOST_UNEVEN || p->out[i] > MOST_UNEVEN)))
            incop_unsupported(c, "pooling %lld to %lld", (long long)p->in[i], (long long)p->out[i]);
        p->n_in_unknown += !in_known && p->kinds[i] != SAME;
        p->count[p->kinds[i]]++;
    }
}

/* Ordinary windows for the axes that have windows of one size; the others are left alone. */
static void even_windows(incop_call *c, const adaptive_plan *a, pool_plan *p)
{
    int64_t *kernel = INC_NEW_N(c->cx, int64_t, a->k);
    *p = (pool_plan){.k = a->k, .kernel = kernel};
    p->strides = INC_NEW_N(c->cx, int64_t, a->k);
    p->pads = INC_NEW_N(c->cx, int64_t, 2 * a->k);
    for (size_t i = 0; i < a->k; i++) {
        bool even = (a->kinds[i] == DIVIDES || a->kinds[i] == ALL) && a->in[i] > 0;
        kernel[i] = even ? a->in[i] / a->out[i] : 1;
        p->strides[i] = kernel[i];
    }
}

static int64_t window_start(int64_t i, int64_t in, int64_t out)
{
    return i * in / out;
}

static int64_t window_end(int64_t i, int64_t in, int64_t out)
{
    return ((i + 1) * in + out - 1) / out;
}

/* [out, in]: row i averages window i. */
static incir_value *averaging_matrix(incop_call *c, int64_t in, int64_t out)
{
    const int64_t sizes[] = {out, in};
    float *m = INC_NEW_N(c->cx, float, (size_t)(out * in));
    for (int64_t i = 0; i < out; i++) {
        int64_t start = window_start(i, in, out), end = window_end(i, in, out);
        for (int64_t j = start; j < end; j++)
            m[i * in + j] = 1.0f / (float)(end - start);
    }
    return emit_table_f32(c->g, m, 2, sizes);
}

/* The same, computed in the graph. */
static incir_value *dynamic_averaging_matrix(incir_graph *g, const incsym *in, const incsym *out)
{
    incir_value *i = emit_unsqueeze_axis(g, emit_count_up(g, out), 1), *j = emit_count_up(g, in);
    incir_value *n_in = incir_size_scalar(g, in), *n_out = incir_size_scalar(g, out);
    incir_value *scaled = emit_binary(g, "Mul", i, n_in);
    const incsym *round_up = incsym_add_int(g->syms, incsym_add(g->syms, in, out), -1);
    incir_value *start = emit_binary(g, "Div", scaled, n_out);
    incir_value *end =
        emit_binary(g, "Div", emit_binary(g, "Add", scaled, incir_size_scalar(g, round_up)), n_out);
    /* start < end, so j is between when just one of these is true */
    incir_value *before_end = emit_binary(g, "Less", j, end);
    incir_value *inside = emit_binary(g, "Xor", emit_binary(g, "Less", j, start), before_end);
    incir_value *count = emit_cast(g, emit_binary(g, "Sub", end, start), INCDT_F32);
    return emit_binary(g, "Div", emit_cast(g, inside, INCDT_F32), count);
}

/* x has its batch, and a type that AveragePool has. */
static incir_value *average_adaptively(incop_call *c, incir_value *x, const adaptive_plan *a)
{
    incir_graph *g = c->g;
    size_t *axes = INC_NEW_N(c->cx, size_t, a->k), n_axes = 0;
    if (a->count[SAME] == a->k)
        return x;
    if (a->count[ALL] == a->k)
        return emit_unary(g, "GlobalAveragePool", x);
    for (size_t i = 0; i < a->k; i++)
        if (a->kinds[i] == ALL && (a->n_in_unknown || a->count[UNEVEN]))
            axes[n_axes++] = x->rank - a->k + i;
    if (n_axes)
        x = emit_reduce(g, "ReduceMean", x, axes, n_axes, true);
    if (a->count[DIVIDES] || (a->count[ALL] && n_axes == 0)) {
        adaptive_plan rest = *a;
        pool_plan p;
        rest.kinds = inc_copy(c->cx, a->kinds, a->k * sizeof *a->kinds);
        for (size_t i = 0; i < a->k; i++)
            if (n_axes && a->kinds[i] == ALL)
                rest.kinds[i] = SAME;
        even_windows(c, &rest, &p);
        x = emit_average_windows(g, x, &p, false);
    }
    for (size_t i = 0; i < a->k; i++) {
        size_t axis = x->rank - a->k + i;
        if (a->kinds[i] == UNEVEN)
            x = emit_along_axis(g, x, axis, averaging_matrix(c, a->in[i], a->out[i]));
        else if (a->kinds[i] == DYNAMIC)
            x = emit_along_axis(
                g, x, axis, dynamic_averaging_matrix(g, incir_axis_size(g, x, axis), a->sizes[i]));
    }
    return x;
}

static void lower_adaptive_avg_pool(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = x->dtype;
    adaptive_plan a;
    bool added;
    x = emit_batched(c, x, incop_spatial_axes(c), &added);
    read_adaptive(c, x, &a);
    x = emit_cast(c->g, x, emit_working_type(c->g, "AveragePool", type));
    incir_value *y = emit_cast(c->g, average_adaptively(c, x, &a), type);
    incop_return(c, emit_unbatched(c->g, y, added));
}

enum { MOST_PLACES = 1 << 22 };

/* [out, longest]: the positions in each window, the last one repeated. */
static int64_t *window_positions(incop_call *c, int64_t in, int64_t out, int64_t *longest)
{
    *longest = 0;
    if (in > MOST_PLACES || out > MOST_PLACES)
        incop_unsupported(c, "windows of so many elements");
    for (int64_t i = 0; i < out; i++) {
        int64_t size = window_end(i, in, out) - window_start(i, in, out);
        *longest = size > *longest ? size : *longest;
    }
    int64_t *positions = INC_NEW_N(c->cx, int64_t, (size_t)(out * *longest));
    for (int64_t i = 0; i < out; i++)
        for (int64_t j = 0; j < *longest; j++) {
            int64_t at = window_start(i, in, out) + j, end = window_end(i, in, out);
            positions[i * *longest + j] = at < end ? at : end - 1;
        }
    return positions;
}

/* Windows of any sizes: [N, C, out…, all of a window], and where in the plane each element is. */
static incir_value *gather_windows(incop_call *c, incir_value *x, const adaptive_plan *a,
                                   incir_value **places)
{
    incir_graph *g = c->g;
    size_t outer = x->rank - a->k, rank = outer + 2 * a->k;
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, outer + a->k + 1);
    size_t *order = INC_NEW_N(c->cx, size_t, rank);
    int64_t n_out = 1, window = 1, *flat = INC_NEW(c->cx, int64_t);
    incir_value *y = x;
    for (size_t i = 0; i < outer; i++) {
        order[i] = i;
        sizes[i] = incir_axis_size(g, x, i);
    }
    for (size_t i = 0; i < a->k; i++) {
        int64_t longest, *at = window_positions(c, a->in[i], a->out[i], &longest);
        const int64_t table[] = {a->out[i], longest};
        if (a->out[i] * longest > MOST_PLACES / (n_out * window))
            incop_unsupported(c, "windows of so many elements");
        y = emit_gather(g, y, emit_table_i64(g, at, 2, table), outer + 2 * i);
        order[outer + i] = outer + 2 * i;
        order[outer + a->k + i] = outer + 2 * i + 1;
        sizes[outer + i] = incsym_int(g->syms, a->out[i]);
        /* [n_out, window] and [out, longest] make [n_out * out, window * longest] */
        int64_t *both = INC_NEW_N(c->cx, int64_t, (size_t)(n_out * a->out[i] * window * longest));
        for (int64_t o = 0; o < n_out * a->out[i]; o++)
            for (int64_t w = 0; w < window * longest; w++)
                both[o * window * longest + w] =
                    flat[o / a->out[i] * window + w / longest] * a->in[i] +
                    at[o % a->out[i] * longest + w % longest];
        flat = both;
        n_out *= a->out[i];
        window *= longest;
    }
    sizes[outer + a->k] = incsym_int(g->syms, window);
    const int64_t n_flat = n_out * window;
    *places = emit_table_i64(g, flat, 1, &n_flat);
    return emit_reshape(g, emit_transpose(g, y, order), sizes, outer + a->k + 1);
}

static incir_value *arg_max(incir_graph *g, incir_value *x, size_t axis)
{
    incir_node *n = incir_node_new(g, "ArgMax");
    emit_in(g, n, x);
    incir_attr_int(g, n, "axis", (int64_t)axis);
    incir_attr_int(g, n, "keepdims", 0);
    return incir_emit(g, n);
}

static void max_of_uneven_windows(incop_call *c, incir_value *x, const adaptive_plan *a,
                                  incir_value **y, incir_value **indices)
{
    incir_graph *g = c->g;
    size_t last = x->rank;
    incir_value *places, *windows = gather_windows(c, x, a, &places);
    int64_t window = 0, n_out = 1;
    incir_dim(windows, -1, &window);
    *y = emit_reduce(g, "ReduceMax", windows, &last, 1, false);
    for (size_t i = 0; i < a->k; i++)
        n_out *= a->out[i];
    int64_t *first = INC_NEW_N(c->cx, int64_t, (size_t)n_out);
    for (int64_t i = 0; i < n_out; i++)
        first[i] = i * window;
    incir_value *starts = emit_table_i64(g, first, a->k, a->out);
    incir_value *in_window = arg_max(g, windows, last);
    *indices = emit_gather(g, places, emit_binary(g, "Add", in_window, starts), 0);
}

/* [out, longest]: the positions in each window, the last one repeated, computed in the graph. */
static incir_value *dynamic_positions(incir_graph *g, const incsym *in, const incsym *out)
{
    incir_value *i = emit_unsqueeze_axis(g, emit_count_up(g, out), 1);
    incir_value *n_out = incir_size_scalar(g, out);
    incir_value *scaled = emit_binary(g, "Mul", i, incir_size_scalar(g, in));
    const incsym *round_up = incsym_add_int(g->syms, incsym_add(g->syms, in, out), -1);
    incir_value *start = emit_binary(g, "Div", scaled, n_out);
    incir_value *end =
        emit_binary(g, "Div", emit_binary(g, "Add", scaled, incir_size_scalar(g, round_up)), n_out);
    const incsym *longest = incsym_add_int(g->syms, incsym_ceildiv(g->syms, in, out), 1);
    incir_value *at = emit_binary(g, "Add", start, emit_count_up(g, longest));
    return emit_extreme(g, "Min", at, emit_with_scalar(g, "Sub", end, 1));
}

/* The largest of each window along an axis, and what index has for it. */
static void max_along(incir_graph *g, size_t axis, incir_value *positions, incir_value **x,
                      incir_value **index)
{
    size_t within = axis + 1;
    incir_value *windows = emit_gather(g, *x, positions, axis);
    incir_value *best = emit_unsqueeze_axis(g, arg_max(g, windows, within), within);
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, emit_gather(g, *index, positions, axis));
    incir_in(g, n, best);
    incir_attr_int(g, n, "axis", (int64_t)within);
    *index = emit_squeeze_axis(g, incir_emit(g, n), within);
    *x = emit_reduce(g, "ReduceMax", windows, &within, 1, false);
}

/* Axis by axis, from the last: of equal elements the first one counts, row by row. */
static void max_of_dynamic_windows(incop_call *c, incir_value *x, const adaptive_plan *a,
                                   incir_value **y, incir_value **indices)
{
    incir_graph *g = c->g;
    size_t outer = x->rank - a->k;
    *y = x;
    *indices = emit_count_up(g, emit_plane_size(g, x, a->k));
    *indices = emit_reshape(g, *indices, x->dims + outer, a->k);
    *indices = emit_expand(g, *indices, x->dims, x->rank);
    for (size_t i = a->k; i-- > 0;)
        if (a->kinds[i] != SAME)
            max_along(g, outer + i,
                      dynamic_positions(g, incir_axis_size(g, x, outer + i), a->sizes[i]), y,
                      indices);
}

static void max_of_all(incop_call *c, incir_value *x, size_t k, incir_value **y,
                       incir_value **indices)
{
    incir_graph *g = c->g;
    const incsym **plane = INC_NEW_N(c->cx, const incsym *, 3);
    size_t *axes = INC_NEW_N(c->cx, size_t, k);
    plane[0] = incir_axis_size(g, x, 0);
    plane[1] = incir_axis_size(g, x, 1);
    plane[2] = emit_plane_size(g, x, k);
    for (size_t i = 0; i < k; i++)
        axes[i] = 2 + i;
    *y = emit_unary(g, "GlobalMaxPool", x);
    *indices = emit_unsqueeze(g, arg_max(g, emit_reshape(g, x, plane, 3), 2), axes, k);
}

static void lower_adaptive_max_pool(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *y, *indices;
    adaptive_plan a;
    bool added;
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), incop_spatial_axes(c), &added);
    read_adaptive(c, x, &a);
    if (a.count[ALL] == a.k) {
        max_of_all(c, x, a.k, &y, &indices);
    } else if (a.n_in_unknown || a.count[DYNAMIC]) {
        max_of_dynamic_windows(c, x, &a, &y, &indices);
    } else if (a.count[UNEVEN]) {
        max_of_uneven_windows(c, x, &a, &y, &indices);
    } else {
        pool_plan p;
        even_windows(c, &a, &p);
        y = emit_max_windows(c, x, &p, &indices);
    }
    incop_return(c, emit_unbatched(g, y, added));
    incop_return(c, emit_unbatched(g, indices, added));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor", lower_adaptive_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::_adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor", lower_adaptive_avg_pool, INCOP_FX_SHARED),
    OP_Q("aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor", lower_adaptive_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor", lower_adaptive_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor", lower_adaptive_avg_pool, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP("aten::adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)", lower_adaptive_max_pool),
    OP("aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)", lower_adaptive_max_pool),
    OP("aten::adaptive_max_pool3d(Tensor self, int[3] output_size) -> (Tensor, Tensor)", lower_adaptive_max_pool),
    OP("aten::mkldnn_adaptive_avg_pool2d(Tensor self, int[2] output_size) -> Tensor", lower_adaptive_avg_pool),
};
/* clang-format on */

const incop_family incop_adaptive_pool = {"adaptive_pool", rows, INC_COUNT(rows)};
