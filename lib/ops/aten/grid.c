/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling of images at the points of a grid, and grids from affine maps. Points are in [-1, 1],
 * which spans the image from border to border, or (align_corners) from the middle of the first
 * pixel to that of the last. */
#include "ops/families.h"

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* ---- sampling ---- */

static void lower_grid_sampler(incop_call *c)
{
    /* PyTorch's numbers; before opset 20 there were no volumes, and other names */
    static const char *const modes[] = {"linear", "nearest", "cubic"};
    static const char *const old_modes[] = {"bilinear", "nearest", "bicubic"};
    static const char *const paddings[] = {"zeros", "border", "reflection"};
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *grid = incop_tensor(c, "grid");
    int64_t mode = incop_int(c, "interpolation_mode"), padding = incop_int(c, "padding_mode");
    if (mode < 0 || mode > 2 || padding < 0 || padding > 2)
        incop_unsupported(c, "interpolation mode %lld with padding mode %lld", (long long)mode,
                          (long long)padding);
    if (x->rank > 4)
        incop_needs_opset(c, 20, "sampling of volumes");
    emit_promote(g, &x, &grid);
    incdtype type = x->dtype;
    incir_node *n = incir_node_new(g, "GridSample");
    emit_in(g, n, x);
    emit_in(g, n, grid);
    incir_attr_int(g, n, "align_corners", incop_bool(c, "align_corners"));
    incir_attr_str(g, n, "mode", g->opset >= 20 ? modes[mode] : old_modes[mode]);
    incir_attr_str(g, n, "padding_mode", paddings[padding]);
    incop_return(c, emit_as(g, n, type));
}

/* ---- grids ---- */

/* Coordinates of the size points of an axis: (2 i + 1 - size) / size, or to the corners
 * (2 i + 1 - size) / (size - 1), a single one at 0. */
static incir_value *points(incir_graph *g, const incsym *size, incdtype type, bool corners)
{
    const incsym *zero = incsym_int(g->syms, 0), *one = incsym_int(g->syms, 1);
    incir_value *i = emit_cast(g, emit_range(g, zero, size, one), type);
    const incsym *shift = incsym_sub(g->syms, one, size);
    const incsym *gaps =
        corners ? incsym_max(g->syms, incsym_add_int(g->syms, size, -1), one) : size;
    i = emit_with_scalar(g, "Mul", i, 2);
    i = emit_binary(g, "Add", i, emit_cast(g, incir_size_scalar(g, shift), type));
    return emit_binary(g, "Div", i, emit_cast(g, incir_size_scalar(g, gaps), type));
}

/* The points of axis i of k as part of [sizes…, 1]. */
static incir_value *coordinate(incir_graph *g, const incsym *const *sizes, size_t k, size_t i,
                               incdtype type, bool corners)
{
    size_t *axes = INC_NEW_N(g->cx, size_t, k), n = 0;
    for (size_t axis = 0; axis <= k; axis++)
        if (axis != i)
            axes[n++] = axis;
    incir_value *x = emit_unsqueeze(g, points(g, sizes[i], type, corners), axes, n);
    return emit_expand(g, x, sizes, k + 1);
}

/* theta [N, k, k + 1] maps (x, y, 1) or (x, y, z, 1): [N, sizes…, k] */
static void lower_affine_grid(incop_call *c)
{
    incir_graph *g = c->g;
    size_t n_sizes;
    incir_value *theta = incop_tensor(c, "theta"), *parts[4];
    const incsym **size = incop_syms(c, "size", &n_sizes);
    if ((n_sizes != 4 && n_sizes != 5) || theta->rank != 3)
        incop_unsupported(c, "theta of rank %zu for a grid of rank %zu", theta->rank, n_sizes);
    size_t k = n_sizes - 2;
    const incsym *one = incsym_int(g->syms, 1), *in_grid[4], *flat[2], *whole[5];
    const incsym *n_points = one;
    for (size_t i = 0; i < k; i++) {
        in_grid[i] = size[i + 2];
        n_points = incsym_mul(g->syms, n_points, size[i + 2]);
    }
    in_grid[k] = one;
    for (size_t i = 0; i < k; i++) /* x belongs to the last axis */
        parts[k - 1 - i] =
            coordinate(g, in_grid, k, i, theta->dtype, incop_bool(c, "align_corners"));
    parts[k] = emit_full(g, theta->dtype, in_grid, k + 1, 1);
    flat[0] = n_points;
    flat[1] = incsym_int(g->syms, (int64_t)k + 1);
    incir_value *base = emit_reshape(g, emit_concat(g, parts, k + 1, k), flat, 2);
    incir_value *grid = emit_matmul(g, base, emit_swap_axes(g, theta, 1, 2));
    whole[0] = incir_axis_size(g, theta, 0);
    for (size_t i = 0; i < k; i++)
        whole[i + 1] = size[i + 2];
    whole[k + 1] = incsym_int(g->syms, (int64_t)k);
    incop_return(c, emit_reshape(g, grid, whole, k + 2));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor", lower_affine_grid),
    OP_SINCE("aten::grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", lower_grid_sampler, 16),
    OP_SINCE("aten::grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", lower_grid_sampler, 16),
    OP_SINCE("aten::grid_sampler_3d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", lower_grid_sampler, 16),
};
/* clang-format on */

const incop_family incop_grid = {"grid", rows, INC_COUNT(rows)};
