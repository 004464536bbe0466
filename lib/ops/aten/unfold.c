/* SPDX-License-Identifier: Apache-2.0 */
/* Images as columns of the windows that slide over them, and back: nn.Unfold and nn.Fold. */
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

typedef struct windows {
    const int64_t *kernel, *dilation, *padding, *stride; /* along height and width */
} windows;

static windows read_windows(incop_call *c)
{
    windows w = {incop_ints_k(c, "kernel_size", 2, 1), incop_ints_k(c, "dilation", 2, 1),
                 incop_ints_k(c, "padding", 2, 0), incop_ints_k(c, "stride", 2, 1)};
    for (size_t i = 0; i < 2; i++)
        if (w.kernel[i] <= 0 || w.dilation[i] <= 0 || w.stride[i] <= 0 || w.padding[i] < 0 ||
            w.kernel[i] > INT32_MAX || w.dilation[i] > INT32_MAX)
            incop_unsupported(c, "a window of %lld elements, %lld apart", (long long)w.kernel[i],
                              (long long)w.dilation[i]);
    return w;
}

/* How many windows fit into an axis of that size. */
static const incsym *n_windows(incir_graph *g, const windows *w, size_t i, const incsym *size)
{
    int64_t reach = w->dilation[i] * (w->kernel[i] - 1) + 1;
    const incsym *room = incsym_add_int(g->syms, size, 2 * w->padding[i] - reach);
    const incsym *steps = incsym_floordiv(g->syms, room, incsym_int(g->syms, w->stride[i]));
    return incsym_add_int(g->syms, steps, 1);
}

/* Whether the windows are side by side and leave nothing out. */
static bool tiles(const windows *w, size_t i, const incsym *size)
{
    int64_t known;
    return w->stride[i] == w->kernel[i] && w->padding[i] == 0 && w->dilation[i] == 1 &&
           incsym_known(size, &known) && known % w->kernel[i] == 0;
}

/* [kernel, windows]: which element of the axis is element k of window i. */
static incir_value *positions(incir_graph *g, const windows *w, size_t i, const incsym *n)
{
    const int64_t size = w->kernel[i];
    int64_t *within = INC_NEW_N(g->cx, int64_t, (size_t)size);
    for (int64_t k = 0; k < size; k++)
        within[k] = k * w->dilation[i];
    incir_value *starts =
        emit_range(g, incsym_int(g->syms, 0), incsym_mul_int(g->syms, n, w->stride[i]),
                   incsym_int(g->syms, w->stride[i]));
    incir_value *column = emit_unsqueeze_axis(g, emit_table_i64(g, within, 1, &size), 1);
    return emit_binary(g, "Add", column, starts);
}

/* [..., size, ...] to [..., kernel, windows, ...] */
static incir_value *unfold_axis(incir_graph *g, incir_value *x, const windows *w, size_t i,
                                size_t axis, const incsym *n)
{
    if (!tiles(w, i, incir_axis_size(g, x, axis)))
        return emit_gather(g, x, positions(g, w, i, n), axis);
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, x->rank + 1);
    for (size_t k = 0; k < x->rank; k++)
        sizes[k < axis ? k : k + 1] = incir_axis_size(g, x, k);
    sizes[axis] = n;
    sizes[axis + 1] = incsym_int(g->syms, w->kernel[i]);
    return emit_swap_axes(g, emit_reshape(g, x, sizes, x->rank + 1), axis, axis + 1);
}

/* [N, C, H, W] to [N, C · kernels, windows] */
static void lower_im2col(incop_call *c)
{
    static const size_t order[] = {0, 1, 2, 4, 3, 5};
    incir_graph *g = c->g;
    windows w = read_windows(c);
    bool added;
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), 2, &added);
    const incsym *zero = incsym_int(g->syms, 0), *n[2];
    for (size_t i = 0; i < 2; i++)
        n[i] = n_windows(g, &w, i, incir_axis_size(g, x, i + 2));
    const incsym *const pads[] = {zero, zero, incsym_int(g->syms, w.padding[0]),
                                  incsym_int(g->syms, w.padding[1])};
    x = emit_pad(g, x, "constant", pads, pads, 0);
    x = unfold_axis(g, x, &w, 0, 2, n[0]);
    x = unfold_axis(g, x, &w, 1, 4, n[1]); /* N, C, kernel, windows, kernel, windows */
    const incsym *sizes[] = {
        incir_axis_size(g, x, 0),
        incsym_mul_int(g->syms, incir_axis_size(g, x, 1), w.kernel[0] * w.kernel[1]),
        incsym_mul(g->syms, n[0], n[1])};
    x = emit_reshape(g, emit_transpose(g, x, order), sizes, 3);
    incop_return(c, emit_unbatched(g, x, added));
}

/* A kernel [h · w, 1, h, w] that puts each of its inputs into a place of its own. */
static incir_value *placing_kernel(incir_graph *g, const windows *w, incdtype type)
{
    const int64_t n = w->kernel[0] * w->kernel[1];
    const int64_t sizes[] = {n, 1, w->kernel[0], w->kernel[1]};
    float *values = INC_NEW_N(g->cx, float, (size_t)n *(size_t)n);
    for (int64_t i = 0; i < n; i++)
        values[i * n + i] = 1;
    return emit_cast(g, emit_table_f32(g, values, 4, sizes), type);
}

/* Overlaps are summed up by a transposed convolution, for all channels alike. x [N, C · h · w, L]
 */
static incir_value *fold(incir_graph *g, incir_value *x, const windows *w,
                         const incsym *const *output, const incsym *channels)
{
    const int64_t per_window = w->kernel[0] * w->kernel[1];
    int64_t missing[2], pads[] = {w->padding[0], w->padding[1], w->padding[0], w->padding[1]};
    incdtype type = x->dtype, wide = emit_working_type(g, "ConvTranspose", type);
    const incsym *rows = n_windows(g, w, 0, output[0]), *columns = n_windows(g, w, 1, output[1]);
    const incsym *sizes[] = {incsym_mul(g->syms, incir_axis_size(g, x, 0), channels),
                             incsym_int(g->syms, per_window), rows, columns};
    for (size_t i = 0; i < 2; i++) {
        const incsym *covered = incsym_add_int(
            g->syms,
            incsym_mul_int(g->syms, incsym_add_int(g->syms, sizes[i + 2], -1), w->stride[i]),
            w->dilation[i] * (w->kernel[i] - 1) + 1 - 2 * w->padding[i]);
        /* as much as there can be, of which the rest is cut off */
        if (!incsym_known(incsym_sub(g->syms, output[i], covered), &missing[i]))
            missing[i] = w->stride[i] - 1;
    }
    incir_node *n = incir_node_new(g, "ConvTranspose");
    incir_in(g, n, emit_cast(g, emit_reshape(g, x, sizes, 4), wide));
    incir_in(g, n, placing_kernel(g, w, wide));
    incir_attr_ints(g, n, "dilations", w->dilation, 2);
    incir_attr_ints(g, n, "output_padding", missing, 2);
    incir_attr_ints(g, n, "pads", pads, 4);
    incir_attr_ints(g, n, "strides", w->stride, 2);
    x = emit_as(g, n, type);
    for (size_t i = 0; i < 2; i++)
        x = emit_slice(g, x, i + 2, NULL, output[i], 1);
    return x;
}

/* [N, C · kernels, windows] to [N, C, H, W] */
static void lower_col2im(incop_call *c)
{
    enum { MOST_IN_WINDOW = 1 << 11 };
    static const size_t order[] = {0, 1, 4, 2, 5, 3};
    incir_graph *g = c->g;
    windows w = read_windows(c);
    bool added;
    size_t n;
    incir_value *x = emit_batched(c, incop_tensor(c, "self"), 1, &added);
    const incsym **output = incop_syms(c, "output_size", &n);
    int64_t per_window = w.kernel[0] * w.kernel[1];
    if (n != 2 || per_window > MOST_IN_WINDOW)
        incop_unsupported(c, "%zu sizes, windows of %lld elements", n, (long long)per_window);
    const incsym *channels =
        incsym_floordiv(g->syms, incir_axis_size(g, x, 1), incsym_int(g->syms, per_window));
    const incsym *whole[] = {incir_axis_size(g, x, 0), channels, output[0], output[1]};
    if (tiles(&w, 0, output[0]) && tiles(&w, 1, output[1])) {
        const incsym *rows = n_windows(g, &w, 0, output[0]);
        const incsym *columns = n_windows(g, &w, 1, output[1]);
        const incsym *sizes[] = {
            incir_axis_size(g, x, 0),         channels, incsym_int(g->syms, w.kernel[0]),
            incsym_int(g->syms, w.kernel[1]), rows,     columns};
        x = emit_transpose(g, emit_reshape(g, x, sizes, 6), order);
    } else {
        x = fold(g, x, &w, output, channels);
    }
    incop_return(c, emit_unbatched(g, emit_reshape(g, x, whole, 4), added));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor", lower_col2im),
    OP("aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor", lower_im2col),
};
/* clang-format on */

const incop_family incop_unfold = {"unfold", rows, INC_COUNT(rows)};
