/* SPDX-License-Identifier: Apache-2.0 */
/* Elements shown several times or in another order: expand, repeat, roll, flip, and the shuffles
 * that move channels into space and back. */
#include "ops/families.h"

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* ---- expand ---- */

/* The size that s asks for: size where s turns out to be -1. */
static const incsym *size_or_kept(incsym_table *t, const incsym *s, const incsym *size)
{
    const incsym *zero = incsym_int(t, 0), *one = incsym_int(t, 1);
    if (incsym_is(s, -1))
        return size;
    if (incsym_lt(t, s, zero) == 0)
        return s;
    const incsym *kept = incsym_max(t, zero, incsym_min(t, one, incsym_neg(t, s))); /* 0 or 1 */
    return incsym_add(t, s, incsym_mul(t, kept, incsym_sub(t, size, s)));
}

/* -1 keeps a size. */
static void lower_expand(incop_call *c)
{
    size_t rank;
    incir_value *x = incop_tensor(c, "self");
    const incsym **sizes = incop_syms(c, "size", &rank);
    if (rank < x->rank)
        inc_raise(c->cx, INC_E_FORMAT, "expand: %s to %zu axes", incir_type_text(c->g, x), rank);
    for (size_t i = 0; i < x->rank; i++)
        sizes[rank - x->rank + i] =
            size_or_kept(c->g->syms, sizes[rank - x->rank + i], incir_axis_size(c->g, x, i));
    incop_return(c, emit_expand(c->g, x, sizes, rank));
}

static void lower_expand_as(incop_call *c)
{
    incir_value *other = incop_tensor(c, "other");
    incop_return(c, emit_expand(c->g, incop_tensor(c, "self"), other->dims, other->rank));
}

/* ---- repeat ---- */

/* x as often along each of the last axes as repeats says; it may have axes more than x, and (tile)
 * fewer. */
static incir_value *repeat(incir_graph *g, incir_value *x, const incsym **repeats, size_t n)
{
    size_t rank = n > x->rank ? n : x->rank, added = rank - x->rank;
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, rank), *one = incsym_int(g->syms, 1);
    const incsym **times = INC_NEW_N(g->cx, const incsym *, rank);
    size_t *new_axes = INC_NEW_N(g->cx, size_t, rank);
    bool tiles = false, expands = true;
    for (size_t i = 0; i < rank; i++) {
        const incsym *size = i < added ? one : incir_axis_size(g, x, i - added);
        times[i] = i < rank - n ? one : repeats[i - (rank - n)];
        sizes[i] = incsym_mul(g->syms, size, times[i]);
        new_axes[i] = i;
        tiles = tiles || !incsym_is(times[i], 1);
        expands = expands && (incsym_is(times[i], 1) || incsym_is(size, 1));
    }
    if (tiles && expands)
        return emit_expand(g, x, sizes, rank);
    x = emit_unsqueeze(g, x, new_axes, added);
    if (!tiles)
        return x;
    return emit_set_dims(g, incir_emit2(g, "Tile", x, incir_sizes(g, times, rank)), sizes);
}

static void lower_repeat(incop_call *c)
{
    size_t n;
    const incsym **repeats = incop_syms(c, incop_has(c, "repeats") ? "repeats" : "dims", &n);
    incop_return(c, repeat(c->g, incop_tensor(c, "self"), repeats, n));
}

/* ---- every element several times ---- */

enum { MOST_INDICES = 1 << 20 };

/* 0 0 0 1 1 1 …, or as often as counts says. */
static incir_value *repeated_indices(incir_graph *g, int64_t n, const int64_t *counts,
                                     int64_t times)
{
    INC_VEC(int64_t) indices = {0};
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = counts ? counts[i] : times; k > 0; k--) {
            if (indices.n == MOST_INDICES)
                inc_raise(g->cx, INC_E_LIMIT, "repeat_interleave: more than %d indices",
                          MOST_INDICES);
            INC_PUSH(g->cx, &indices, i);
        }
    return incir_const_i64s(g, indices.items, indices.n);
}

static void lower_repeat_interleave(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    const incsym *times = incop_sym(c, "repeats");
    int64_t n, count;
    if (incop_is_none(c, "dim") || x->rank == 0)
        x = emit_flattened(g, x);
    size_t axis = incop_is_none(c, "dim") ? 0 : incop_axis(c, "dim", x->rank), after = axis + 1;
    if (incsym_is(times, 1)) {
        incop_return(c, x);
        return;
    }
    if (incir_dim(x, (int64_t)axis, &n) && incsym_known(times, &count) && n > 0 && count >= 0 &&
        n <= MOST_INDICES && count <= MOST_INDICES / n) {
        incop_return(c, emit_gather(g, x, repeated_indices(g, n, NULL, count), axis));
        return;
    }
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, x->rank + 1);
    const incsym **joined = inc_copy(c->cx, x->dims, x->rank * sizeof *joined);
    for (size_t i = 0; i <= x->rank; i++)
        sizes[i] = i <= axis    ? incir_axis_size(g, x, i)
                   : i == after ? times
                                : incir_axis_size(g, x, i - 1);
    joined[axis] = incsym_mul(g->syms, incir_axis_size(g, x, axis), times);
    x = emit_expand(g, emit_unsqueeze_axis(g, x, after), sizes, x->rank + 1);
    incop_return(c, emit_reshape(g, x, joined, x->rank - 1));
}

/* Row i of the result comes from the first element whose running sum of counts is above i. */
static incir_value *indices_by_data(incop_call *c, incir_value *counts)
{
    static const size_t last = 1;
    incir_graph *g = c->g;
    const incsym *zero = incsym_int(g->syms, 0), *one = incsym_int(g->syms, 1);
    counts = emit_cast(g, counts, INCDT_I64);
    incir_value *ends = incir_emit2(g, "CumSum", counts, incir_const_i64(g, 0)), *rows;
    if (!incop_is_none(c, "output_size")) {
        rows = emit_range(g, zero, incop_sym(c, "output_size"), one);
    } else {
        incir_value *all = emit_reduce(g, "ReduceSum", counts, NULL, 0, false);
        rows = incir_emit3(g, "Range", incir_const_i64(g, 0), all, incir_const_i64(g, 1));
    }
    incir_value *passed = emit_compare(g, "GreaterOrEqual", emit_unsqueeze_axis(g, rows, 1), ends);
    return emit_reduce(g, "ReduceSum", emit_cast(g, passed, INCDT_I64), &last, 1, false);
}

/* How often each, or all of them. */
static void lower_repeat_interleave_each(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *counts = incop_tensor(c, "repeats");
    bool known = incir_is_constant(counts) && counts->constant->numel <= MOST_INDICES;
    int64_t *values = known ? inctensor_i64s(c->cx, counts->constant) : NULL;
    int64_t n = known ? (int64_t)counts->constant->numel : 0, size;
    if (!incop_has(c, "self")) {
        incop_return(c, known ? repeated_indices(g, n, values, 0) : indices_by_data(c, counts));
        return;
    }
    incir_value *x = incop_tensor(c, "self"), *indices;
    if (incop_is_none(c, "dim") || x->rank == 0)
        x = emit_flattened(g, x);
    size_t axis = incop_is_none(c, "dim") ? 0 : incop_axis(c, "dim", x->rank);
    const incsym *wanted = incir_axis_size(g, x, axis);
    if (counts->rank == 0 || incsym_eq(g->syms, incir_axis_size(g, counts, 0), wanted) != 1)
        counts = emit_expand(g, counts, &wanted, 1); /* it may be one number for all */
    if (known && n > 0 && incir_dim(x, (int64_t)axis, &size) && size <= MOST_INDICES &&
        (n == size || n == 1))
        indices = repeated_indices(g, size, n == 1 ? NULL : values, values[0]);
    else
        indices = indices_by_data(c, counts);
    incop_return(c, emit_gather(g, x, indices, axis));
}

/* ---- roll ---- */

static incir_value *roll(incir_graph *g, incir_value *x, size_t axis, const incsym *shift)
{
    int64_t n, by;
    if (incir_dim(x, (int64_t)axis, &n) && incsym_known(shift, &by) && n <= MOST_INDICES) {
        if (n == 0 || by % n == 0)
            return x;
        int64_t *from = INC_NEW_N(g->cx, int64_t, (size_t)n);
        by = (by % n + n) % n;
        for (int64_t i = 0; i < n; i++)
            from[i] = (i + n - by) % n;
        return emit_gather(g, x, incir_const_i64s(g, from, (size_t)n), axis);
    }
    /* By one an index from either end will do; else the shift may be larger than the axis, which
     * may be empty, and a division by 0 ends the runtime. */
    const incsym *cut = incsym_neg(g->syms, shift);
    if (!incsym_is(cut, 1) && !incsym_is(cut, -1)) {
        const incsym *size = incir_axis_size(g, x, axis);
        cut = incsym_mod(g->syms, cut, incsym_max(g->syms, size, incsym_int(g->syms, 1)));
    }
    incir_value *tail = emit_slice(g, x, axis, cut, NULL, 1);
    incir_value *parts[] = {tail, emit_slice(g, x, axis, NULL, cut, 1)};
    return emit_set_dims(g, emit_concat(g, parts, 2, axis), x->dims);
}

static void lower_roll(incop_call *c)
{
    size_t n, n_dims;
    incir_value *x = incop_tensor(c, "self");
    const incsym **shifts = incop_syms(c, "shifts", &n);
    int64_t *dims = incop_ints(c, "dims", &n_dims);
    if (n_dims == 0 && n == 1) {
        incir_value *flat = roll(c->g, emit_flattened(c->g, x), 0, shifts[0]);
        incop_return(c, emit_reshape(c->g, flat, x->dims, x->rank));
        return;
    }
    if (n != n_dims)
        inc_raise(c->cx, INC_E_FORMAT, "roll: %zu shifts for %zu axes", n, n_dims);
    for (size_t i = 0; x->rank > 0 && i < n; i++)
        x = roll(c->g, x, incop_wrap_axis(c, dims[i], x->rank), shifts[i]);
    incop_return(c, x);
}

/* ---- flip ---- */

static incir_value *flip(incir_graph *g, incir_value *x, size_t axis)
{
    return incsym_is(incir_axis_size(g, x, axis), 1) ? x : emit_slice(g, x, axis, NULL, NULL, -1);
}

static void lower_flip(incop_call *c)
{
    size_t n;
    incir_value *x = incop_tensor(c, "self");
    int64_t *dims = incop_ints(c, "dims", &n);
    for (size_t i = 0; x->rank > 0 && i < n; i++)
        x = flip(c->g, x, incop_wrap_axis(c, dims[i], x->rank));
    incop_return(c, x);
}

/* mode is the axis. */
static void lower_flip_one(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, flip(c->g, x, incop_wrap_axis(c, c->row->mode, x->rank)));
}

/* By 90 degrees, k times, from the first axis towards the second. */
static void lower_rot90(incop_call *c)
{
    size_t n;
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    int64_t *dims = incop_ints(c, "dims", &n), k = (incop_int(c, "k") % 4 + 4) % 4;
    if (n != 2 || x->rank < 2)
        inc_raise(c->cx, INC_E_FORMAT, "rot90: two axes of a tensor of rank %zu", x->rank);
    size_t a = incop_wrap_axis(c, dims[0], x->rank), b = incop_wrap_axis(c, dims[1], x->rank);
    if (k == 2)
        x = flip(g, flip(g, x, a), b);
    else if (k == 1)
        x = emit_swap_axes(g, flip(g, x, b), a, b);
    else if (k == 3)
        x = emit_swap_axes(g, flip(g, x, a), a, b);
    incop_return(c, x);
}

/* ---- shuffles ---- */

enum { MOST_SHUFFLED = 1 << 15 }; /* its square fits an int */

/* [.., C·r², H, W] -> [.., C, H·r, W·r] */
static void lower_pixel_shuffle(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    int64_t r = incop_int(c, "upscale_factor");
    size_t rank = x->rank;
    if (rank < 3 || r <= 0 || r > MOST_SHUFFLED)
        inc_raise(c->cx, INC_E_FORMAT, "pixel_shuffle by %lld of a tensor of rank %zu",
                  (long long)r, rank);
    const incsym *batch = incsym_int(g->syms, 1), **sizes = INC_NEW_N(c->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++) {
        sizes[i] = incir_axis_size(g, x, i);
        if (i + 3 < rank)
            batch = incsym_mul(g->syms, batch, incir_axis_size(g, x, i));
    }
    sizes[rank - 3] = incsym_floordiv(g->syms, sizes[rank - 3], incsym_int(g->syms, r * r));
    sizes[rank - 2] = incsym_mul_int(g->syms, sizes[rank - 2], r);
    sizes[rank - 1] = incsym_mul_int(g->syms, sizes[rank - 1], r);
    const incsym *four[] = {batch, incir_axis_size(g, x, rank - 3), incir_axis_size(g, x, rank - 2),
                            incir_axis_size(g, x, rank - 1)};
    incdtype type = x->dtype;
    x = emit_cast(g, x, emit_working_type(g, "DepthToSpace", type));
    incir_node *n = incir_node_new(g, "DepthToSpace");
    incir_in(g, n, emit_reshape(g, x, four, 4));
    incir_attr_int(g, n, "blocksize", r);
    incir_attr_str(g, n, "mode", "CRD");
    incop_return(c, emit_cast(g, emit_reshape(g, incir_emit(g, n), sizes, rank), type));
}

/* SpaceToDepth gives channels in the order r, r, C; here they are C, r, r. It needs no sizes. */
static incir_value *unshuffle_by_node(incir_graph *g, incir_value *x, int64_t channels, int64_t r)
{
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, "SpaceToDepth");
    emit_in(g, n, x);
    incir_attr_int(g, n, "blocksize", r);
    x = emit_as(g, n, type);
    if (channels == 1)
        return x;
    int64_t *from = INC_NEW_N(g->cx, int64_t, (size_t)(channels * r * r));
    for (int64_t i = 0; i < channels * r * r; i++)
        from[i] = i % (r * r) * channels + i / (r * r);
    return emit_gather(g, x, incir_const_i64s(g, from, (size_t)(channels * r * r)), 1);
}

/* [.., C, H·r, W·r] -> [.., C·r², H, W] */
static void lower_pixel_unshuffle(incop_call *c)
{
    incir_graph *g = c->g;
    incsym_table *t = g->syms;
    incir_value *x = incop_tensor(c, "self");
    int64_t r = incop_int(c, "downscale_factor");
    size_t rank = x->rank;
    if (rank < 3 || r <= 0 || r > MOST_SHUFFLED)
        inc_raise(c->cx, INC_E_FORMAT, "pixel_unshuffle by %lld of a tensor of rank %zu",
                  (long long)r, rank);
    int64_t channels;
    if (rank == 4 && incdtype_is_float(x->dtype) && incir_dim(x, 1, &channels) && channels > 0 &&
        channels <= MOST_INDICES / r / r) {
        incop_return(c, unshuffle_by_node(g, x, channels, r));
        return;
    }
    const incsym *each = incsym_int(t, r);
    const incsym **cut = INC_NEW_N(c->cx, const incsym *, rank + 2);
    const incsym **sizes = inc_copy(c->cx, x->dims, rank * sizeof *sizes);
    size_t *order = INC_NEW_N(c->cx, size_t, rank + 2), k = rank - 2;
    for (size_t i = 0; i < k; i++) {
        cut[i] = incir_axis_size(g, x, i);
        order[i] = i;
    }
    for (size_t i = 0; i < 2; i++) { /* H/r, r, W/r, r -> r, r, H/r, W/r */
        sizes[k + i] = incsym_floordiv(t, incir_axis_size(g, x, k + i), each);
        cut[k + 2 * i] = sizes[k + i];
        cut[k + 2 * i + 1] = each;
        order[k + i] = k + 2 * i + 1;
        order[k + 2 + i] = k + 2 * i;
    }
    sizes[rank - 3] = incsym_mul_int(t, sizes[rank - 3], r * r);
    x = emit_transpose(g, emit_reshape(g, x, cut, rank + 2), order);
    incop_return(c, emit_reshape(g, x, sizes, rank));
}

/* Channels dealt out to groups: [N, g, C/g, …] -> [N, C/g, g, …] */
static void lower_channel_shuffle(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    const incsym *groups = incop_sym(c, "groups");
    if (x->rank < 3)
        inc_raise(c->cx, INC_E_FORMAT, "channel_shuffle of a tensor of rank %zu", x->rank);
    const incsym **cut = INC_NEW_N(c->cx, const incsym *, x->rank + 1);
    for (size_t i = 0; i <= x->rank; i++)
        cut[i] = i == 0 ? incir_axis_size(g, x, 0) : i == 1 ? groups : incir_axis_size(g, x, i - 1);
    cut[2] = incsym_floordiv(g->syms, incir_axis_size(g, x, 1), groups);
    incir_value *y = emit_swap_axes(g, emit_reshape(g, x, cut, x->rank + 1), 1, 2);
    incop_return(c, emit_reshape(g, y, x->dims, x->rank));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW_Q("aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)", lower_expand, NULL, INCOP_VIEW_EXPAND, INCOP_Q_SAME),
    OP_Q("aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor", lower_channel_shuffle, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_VIEW_Q("aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)", lower_expand, NULL, INCOP_VIEW_EXPAND, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_VIEW_Q("aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)", lower_expand_as, NULL, INCOP_VIEW_EXPAND, INCOP_Q_SAME),
    OP_Q("aten::expand_copy(Tensor self, SymInt[] size, *, bool implicit=False) -> Tensor", lower_expand, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::flip(Tensor self, int[] dims) -> Tensor", lower_flip, INCOP_Q_SAME | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP_MODE_Q("aten::fliplr(Tensor self) -> Tensor", lower_flip_one, 1, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::flipud(Tensor self) -> Tensor", lower_flip_one, 0, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::native_channel_shuffle(Tensor self, SymInt groups) -> Tensor", lower_channel_shuffle, INCOP_Q_SAME),
    OP_Q("aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor", lower_pixel_shuffle, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor", lower_pixel_unshuffle, INCOP_Q_SAME | INCOP_FX_SHARED),
    OP_Q("aten::repeat(Tensor self, SymInt[] repeats) -> Tensor", lower_repeat, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_Q("aten::repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor",
        lower_repeat_interleave_each, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_Q("aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
        lower_repeat_interleave_each, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_Q("aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
        lower_repeat_interleave, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_C_PARTS),
    OP_Q("aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor", lower_roll, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::rot90(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor", lower_rot90, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::tile(Tensor self, SymInt[] dims) -> Tensor", lower_repeat, INCOP_Q_SAME | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_expand = {"expand", rows, INC_COUNT(rows)};
