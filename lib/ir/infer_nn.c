/* SPDX-License-Identifier: Apache-2.0 */
/* Types of convolutions, pooling, normalisation, recurrent and image operators. */
#include "ir/infer.h"

#include <string.h>

/* ---- windows ---- */

/* What convolutions and poolings have in common; arrays have n_axes entries (pads: twice). */
typedef struct window {
    size_t n_axes;
    int64_t kernel[INCTENSOR_MAX_RANK], stride[INCTENSOR_MAX_RANK], dilation[INCTENSOR_MAX_RANK];
    int64_t pads[2 * INCTENSOR_MAX_RANK];
    enum { PAD_GIVEN, PAD_SAME } padding;
} window;

static void copy_positive(incir_graph *g, incir_node *n, const char *name, int64_t *out,
                          size_t count)
{
    const int64_t *ints = incir_ints(g, n, name, count);
    for (size_t i = 0; i < count; i++) {
        out[i] = ints ? ints[i] : 1;
        if (out[i] < 1 || out[i] > INT32_MAX)
            incir_misfit(g, n, "%s of %lld", name, (long long)out[i]);
    }
}

static void read_window(incir_graph *g, incir_node *n, size_t rank, window *w)
{
    if (rank < 3)
        incir_misfit(g, n, "an image has at least three axes");
    memset(w, 0, sizeof *w);
    w->n_axes = rank - 2;
    copy_positive(g, n, "strides", w->stride, w->n_axes);
    copy_positive(g, n, "dilations", w->dilation, w->n_axes);
    const int64_t *pads = incir_ints(g, n, "pads", 2 * w->n_axes);
    for (size_t i = 0; pads && i < 2 * w->n_axes; i++) {
        if (pads[i] < 0 || pads[i] > INT32_MAX)
            incir_misfit(g, n, "a padding of %lld", (long long)pads[i]);
        w->pads[i] = pads[i];
    }
    const char *automatic = incir_attr_str_or(n, "auto_pad", "NOTSET");
    w->padding = strncmp(automatic, "SAME", 4) == 0 ? PAD_SAME : PAD_GIVEN;
}

/* Kernel sizes from the attribute, or from the weight's axes. */
static void read_kernel(incir_graph *g, incir_node *n, window *w, const incir_value *weight)
{
    for (size_t i = 0; weight && i < w->n_axes; i++)
        if (!incir_dim(weight, (int64_t)i + 2, &w->kernel[i]))
            incir_cannot(g, n, "the size of the kernel has to be known");
    if (!weight || incir_find_attr(n, "kernel_shape"))
        copy_positive(g, n, "kernel_shape", w->kernel, w->n_axes);
    for (size_t i = 0; i < w->n_axes; i++) {
        int64_t size;
        if (w->kernel[i] < 1 || w->kernel[i] > INT32_MAX)
            incir_misfit(g, n, "a kernel of %lld", (long long)w->kernel[i]);
        if (weight && incir_dim(weight, (int64_t)i + 2, &size) && size != w->kernel[i])
            incir_misfit(g, n, "the kernel is not as large as kernel_shape says");
    }
}

/* The positions of window axis i on an axis of that size. */
static const incsym *positions(incir_graph *g, incir_node *n, const window *w, size_t i,
                               const incsym *size, bool ceil_mode)
{
    incsym_table *t = g->syms;
    const incsym *stride = incir_int(g, w->stride[i]);
    if (w->padding == PAD_SAME)
        return incsym_ceildiv(t, size, stride);
    int64_t begin = w->pads[i], end = w->pads[i + w->n_axes];
    int64_t covered = w->dilation[i] * (w->kernel[i] - 1) + 1;
    const incsym *room = incsym_add_int(t, size, begin + end - covered), *count;
    int64_t known;
    if (incsym_known(room, &known) && known < 0)
        incir_misfit(g, n, "the kernel is larger than the padded input");
    if (!ceil_mode)
        return incsym_add_int(t, incsym_floordiv(t, room, stride), 1);
    count = incsym_add_int(t, incsym_ceildiv(t, room, stride), 1);
    /* The last window has to start inside the input or its left padding. */
    int64_t size_known;
    if (incsym_known(count, &known) && incsym_known(size, &size_known)) {
        if ((known - 1) * w->stride[i] >= size_known + begin)
            count = incir_int(g, known - 1);
    } else if ((incsym_hint(count) - 1) * w->stride[i] >= incsym_hint(size) + begin) {
        count = incsym_add_int(t, count, -1);
    }
    return count;
}

static int64_t groups(incir_graph *g, incir_node *n)
{
    int64_t group = incir_attr_int_or(n, "group", 1);
    if (group < 1 || group > INT32_MAX)
        incir_misfit(g, n, "%lld groups", (long long)group);
    return group;
}

/* ---- convolutions ---- */

static void set_conv(incir_graph *g, incir_node *n, const incir_value *x, const incir_value *weight,
                     incdtype dtype)
{
    window w;
    read_window(g, n, x->rank, &w);
    if (weight->rank != x->rank)
        incir_misfit(g, n, "input and weight differ in rank");
    read_kernel(g, n, &w, weight);
    incir_unify(g, n, x->dims[1], incsym_mul_int(g->syms, weight->dims[1], groups(g, n)));
    const incsym *dims[INCTENSOR_MAX_RANK] = {x->dims[0], weight->dims[0]};
    for (size_t i = 0; i < w.n_axes; i++)
        dims[i + 2] = positions(g, n, &w, i, x->dims[i + 2], false);
    incir_set_output(g, n, 0, dtype, x->rank, dims);
}

static void need_bias(incir_graph *g, incir_node *n, size_t i, const incsym *channels)
{
    if (incir_maybe(n, i))
        incir_unify(g, n, incir_need_rank(g, n, i, 1)->dims[0], channels);
}

void incir_infer_conv(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0), *weight = incir_need(g, n, 1);
    if (weight->dtype != x->dtype)
        incir_misfit(g, n, "the element types differ");
    set_conv(g, n, x, weight, x->dtype);
    need_bias(g, n, 2, weight->dims[0]);
}

void incir_infer_conv_integer(incir_graph *g, incir_node *n)
{
    set_conv(g, n, incir_need(g, n, 0), incir_need(g, n, 1), INCDT_I32);
}

void incir_infer_qlinear_conv(incir_graph *g, incir_node *n)
{
    set_conv(g, n, incir_need(g, n, 0), incir_need(g, n, 3), incir_need(g, n, 7)->dtype);
}

void incir_infer_deform_conv(incir_graph *g, incir_node *n)
{
    set_conv(g, n, incir_need_float(g, n, 0), incir_need(g, n, 1), n->inputs[0]->dtype);
    incir_need_rank(g, n, 2, n->inputs[0]->rank);
}

void incir_infer_conv_transpose(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0), *weight = incir_need(g, n, 1);
    window w;
    read_window(g, n, x->rank, &w);
    if (weight->rank != x->rank || weight->dtype != x->dtype)
        incir_misfit(g, n, "input and weight differ in rank or type");
    read_kernel(g, n, &w, weight);
    incir_unify(g, n, x->dims[1], weight->dims[0]);
    const int64_t *shape = incir_ints(g, n, "output_shape", w.n_axes);
    const int64_t *extra = incir_ints(g, n, "output_padding", w.n_axes);
    const incsym *channels = incsym_mul_int(g->syms, weight->dims[1], groups(g, n));
    const incsym *dims[INCTENSOR_MAX_RANK] = {x->dims[0], channels};
    for (size_t i = 0; i < w.n_axes; i++) {
        int64_t more = extra ? extra[i] : 0, size;
        if (more < 0 || more > INT32_MAX || (shape && shape[i] < 0))
            incir_misfit(g, n, "an output padding of %lld", (long long)more);
        const incsym *strided = incsym_mul_int(g->syms, x->dims[i + 2], w.stride[i]);
        int64_t rest = w.dilation[i] * (w.kernel[i] - 1) + 1 - w.stride[i] + more - w.pads[i] -
                       w.pads[i + w.n_axes];
        dims[i + 2] = shape                   ? incir_int(g, shape[i])
                      : w.padding == PAD_SAME ? strided
                                              : incsym_add_int(g->syms, strided, rest);
        if (incsym_known(dims[i + 2], &size) && size < 0)
            incir_misfit(g, n, "more is cut off than there is");
    }
    incir_set_output(g, n, 0, x->dtype, x->rank, dims);
    need_bias(g, n, 2, channels);
}

void incir_infer_col2im(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 3);
    size_t n_axes, n_block;
    const incsym *const *image = incir_elements(g, n, 1, &n_axes);
    const incsym *const *block = incir_elements(g, n, 2, &n_block);
    if (n_axes != n_block || n_axes + 2 > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "image and block differ in rank");
    if (!block)
        incir_cannot(g, n, "the size of the block has to be known");
    const incsym *area = incir_int(g, 1), *dims[INCTENSOR_MAX_RANK] = {x->dims[0]};
    for (size_t i = 0; i < n_axes; i++) {
        area = incsym_mul(g->syms, area, block[i]);
        dims[i + 2] = image ? image[i] : incir_unknown(g, "image", 1);
    }
    dims[1] = incsym_floordiv(g->syms, x->dims[1], area);
    incir_set_fresh_output(g, n, 0, x->dtype, n_axes + 2, dims);
}

/* ---- pooling ---- */

void incir_infer_pool(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    window w;
    read_window(g, n, x->rank, &w);
    read_kernel(g, n, &w, NULL);
    bool ceil_mode = incir_attr_int_or(n, "ceil_mode", 0) != 0;
    const incsym *dims[INCTENSOR_MAX_RANK] = {x->dims[0], x->dims[1]};
    for (size_t i = 0; i < w.n_axes; i++)
        dims[i + 2] = positions(g, n, &w, i, x->dims[i + 2], ceil_mode);
    incir_set_output(g, n, 0, x->dtype, x->rank, dims);
    incir_set_output(g, n, 1, INCDT_I64, x->rank, dims); /* MaxPool's indices */
}

void incir_infer_global_pool(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    if (x->rank < 3)
        incir_misfit(g, n, "an image has at least three axes");
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 2; i < x->rank; i++)
        dims[i] = incir_int(g, 1);
    incir_set_output(g, n, 0, x->dtype, x->rank, dims);
}

/* Scores [N, C, …] and labels [N, …]: NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss. */
void incir_infer_class_loss(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0), *labels = incir_need_index(g, n, 1);
    if (x->rank < 2 || labels->rank + 1 != x->rank)
        incir_misfit(g, n, "labels have the axes of the scores but for the classes");
    bool each = strcmp(incir_attr_str_or(n, "reduction", "mean"), "none") == 0;
    incir_set_output(g, n, 0, x->dtype, each ? labels->rank : 0, labels->dims);
    incir_set_output(g, n, 1, x->dtype, x->rank, x->dims); /* log-probabilities */
}

void incir_infer_max_unpool(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incsym *dims[INCTENSOR_MAX_RANK];
    window w;
    read_window(g, n, x->rank, &w);
    read_kernel(g, n, &w, NULL);
    incir_need_rank(g, n, 1, x->rank);
    const incsym *const *shape = NULL;
    size_t count = x->rank;
    if (incir_maybe(n, 2))
        shape = incir_elements(g, n, 2, &count);
    if (count != x->rank)
        incir_misfit(g, n, "the output shape has %zu axes", count);
    for (size_t i = 0; i < x->rank; i++) {
        if (shape)
            dims[i] = shape[i];
        else if (incir_maybe(n, 2))
            dims[i] = incir_unknown(g, "unpooled", 1);
        else if (i < 2)
            dims[i] = x->dims[i];
        else
            dims[i] = incsym_add_int(
                g->syms,
                incsym_mul_int(g->syms, incsym_add_int(g->syms, x->dims[i], -1), w.stride[i - 2]),
                w.kernel[i - 2] - w.pads[i - 2] - w.pads[i - 2 + w.n_axes]);
    }
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

static const incsym *size_attr(incir_graph *g, incir_node *n, const char *name)
{
    int64_t size = incir_attr_int_or(n, name, 1);
    if (size < 0)
        incir_misfit(g, n, "%s of %lld", name, (long long)size);
    return incir_int(g, size);
}

void incir_infer_roi_align(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 4), *rois = incir_need_rank(g, n, 1, 2);
    incir_need_rank(g, n, 2, 1);
    const incsym *dims[4] = {rois->dims[0], x->dims[1], size_attr(g, n, "output_height"),
                             size_attr(g, n, "output_width")};
    incir_set_output(g, n, 0, x->dtype, 4, dims);
}

void incir_infer_max_roi_pool(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 4), *rois = incir_need_rank(g, n, 1, 2);
    const int64_t *shape = incir_ints(g, n, "pooled_shape", 2);
    if (!shape || shape[0] < 1 || shape[1] < 1)
        incir_misfit(g, n, "no pooled shape is given");
    const incsym *dims[4] = {rois->dims[0], x->dims[1], incir_int(g, shape[0]),
                             incir_int(g, shape[1])};
    incir_set_output(g, n, 0, x->dtype, 4, dims);
}

void incir_infer_grid_sample(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *grid = incir_need_rank(g, n, 1, x->rank);
    if (x->rank < 3)
        incir_misfit(g, n, "an image has at least three axes");
    const incsym *dims[INCTENSOR_MAX_RANK] = {x->dims[0], x->dims[1]};
    for (size_t i = 2; i < x->rank; i++)
        dims[i] = grid->dims[i - 1];
    incir_set_output(g, n, 0, x->dtype, x->rank, dims);
}

void incir_infer_affine_grid(incir_graph *g, incir_node *n)
{
    incir_value *theta = incir_need_rank(g, n, 0, 3);
    size_t count;
    const incsym *const *size = incir_elements(g, n, 1, &count);
    if (count != 4 && count != 5)
        incir_misfit(g, n, "the size needs 4 or 5 elements");
    const incsym *dims[5];
    for (size_t i = 0; i + 1 < count; i++)
        dims[i] = size ? size[i ? i + 1 : 0] : incir_unknown(g, "grid", 1);
    dims[count - 1] = incir_int(g, (int64_t)count - 2);
    incir_set_fresh_output(g, n, 0, theta->dtype, count, dims);
}

/* ---- normalisation ---- */

void incir_infer_batch_norm(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    const incsym *channels = x->rank > 1 ? x->dims[1] : incir_int(g, 1);
    for (size_t i = 1; i < 5; i++)
        incir_unify(g, n, incir_need_rank(g, n, i, 1)->dims[0], channels);
    incir_infer_same(g, n);
    for (size_t i = 1; i < n->n_outputs; i++)
        incir_set_output(g, n, i, n->inputs[3]->dtype, 1, &channels);
}

void incir_infer_layer_norm(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", -1), x->rank);
    for (size_t i = 1; i < 3; i++) {
        incir_value *v = incir_maybe(n, i);
        if (i == 1)
            incir_need(g, n, 1);
        for (size_t k = 0; v && k < v->rank; k++) {
            if (v->rank > x->rank)
                incir_misfit(g, n, "the scale has more axes than the input");
            if (!incsym_is(v->dims[k], 1))
                incir_unify(g, n, v->dims[k], x->dims[x->rank - v->rank + k]);
        }
    }
    incir_infer_same(g, n);
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = axis; i < x->rank; i++)
        dims[i] = incir_int(g, 1);
    incir_set_output(g, n, 1, INCDT_F32, x->rank, dims);
    incir_set_output(g, n, 2, INCDT_F32, x->rank, dims);
}

void incir_infer_rms_norm(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    incir_checked_axis(g, n, incir_attr_int_or(n, "axis", -1), x->rank);
    incir_need(g, n, 1);
    incir_infer_same(g, n);
}

/* Q [N, heads, L, E], K [N, heads of K, S, E], V [N, heads of K, S, F]: [N, heads, L, F]. */
void incir_infer_attention(incir_graph *g, incir_node *n)
{
    incir_value *q = incir_need_float(g, n, 0), *k = incir_need(g, n, 1), *v = incir_need(g, n, 2);
    if (q->rank != 4 || k->rank != 4 || v->rank != 4)
        incir_misfit(g, n, "queries, keys and values have four axes");
    const incsym **dims = incir_copy_dims(g, q);
    dims[3] = v->dims[3];
    incir_set_output(g, n, 0, q->dtype, 4, dims);
}

void incir_infer_norm(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    if (x->rank < 2)
        incir_misfit(g, n, "channels are axis 1");
    incir_need_rank(g, n, 1, 1);
    incir_need_rank(g, n, 2, 1);
    incir_infer_same(g, n);
}

/* ---- recurrent ---- */

void incir_infer_recurrent(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 3);
    incir_value *w = incir_need_rank(g, n, 1, 3), *r = incir_need_rank(g, n, 2, 3);
    bool batch_first = incir_attr_int_or(n, "layout", 0) != 0;
    const incsym *directions = w->dims[0], *hidden = r->dims[2];
    const incsym *steps = x->dims[batch_first], *batch = x->dims[!batch_first];
    incir_unify(g, n, w->dims[2], x->dims[2]);
    incir_unify(g, n, r->dims[1], w->dims[1]);
    incir_unify(g, n, r->dims[0], directions);
    for (size_t i = 5; i < 7; i++) /* initial states */
        if (incir_maybe(n, i)) {
            incir_value *state = incir_need_rank(g, n, i, 3);
            incir_unify(g, n, state->dims[2], hidden);
            incir_unify(g, n, state->dims[batch_first], directions);
        }
    const incsym *all[4] = {batch_first ? batch : steps, batch_first ? steps : directions,
                            batch_first ? directions : batch, hidden};
    const incsym *last[3] = {batch_first ? batch : directions, batch_first ? directions : batch,
                             hidden};
    incir_set_output(g, n, 0, x->dtype, 4, all);
    incir_set_output(g, n, 1, x->dtype, 3, last);
    incir_set_output(g, n, 2, x->dtype, 3, last);
}

/* ---- spectra ---- */

void incir_infer_dft(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    if (x->rank < 2)
        incir_misfit(g, n, "a signal has at least two axes");
    int64_t axis = incir_attr_int_or(n, "axis", g->opset >= 20 ? -2 : 1);
    size_t count = 0;
    const incsym *const *items = incir_maybe(n, 2) ? incir_elements(g, n, 2, &count) : NULL;
    if (items && (count != 1 || !incsym_known(items[0], &axis)))
        incir_cannot(g, n, "the axis has to be known");
    size_t at = incir_checked_axis(g, n, axis, x->rank);
    const incsym **dims = incir_copy_dims(g, x);
    if (incir_maybe(n, 1)) {
        const incsym *const *length = incir_elements(g, n, 1, &count);
        if (count != 1)
            incir_misfit(g, n, "the length has to be one integer");
        dims[at] = length ? length[0] : incir_unknown(g, "dft", incsym_hint(dims[at]));
    }
    if (incir_attr_int_or(n, "onesided", 0))
        dims[at] = incsym_add_int(g->syms, incsym_floordiv(g->syms, dims[at], incir_int(g, 2)), 1);
    bool inverse_real = incir_attr_int_or(n, "inverse", 0) && incir_attr_int_or(n, "onesided", 0);
    dims[x->rank - 1] = incir_int(g, inverse_real ? 1 : 2);
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

void incir_infer_stft(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    size_t count;
    if (x->rank < 2 || x->rank > 3)
        incir_misfit(g, n, "a signal has two or three axes");
    const incsym *const *step = incir_elements(g, n, 1, &count), *length = NULL;
    if (!step || count != 1)
        incir_cannot(g, n, "the step has to be known");
    if (incir_maybe(n, 3)) {
        const incsym *const *items = incir_elements(g, n, 3, &count);
        length = items && count == 1 ? items[0] : NULL;
    } else if (incir_maybe(n, 2)) {
        length = incir_need_rank(g, n, 2, 1)->dims[0];
    }
    if (!length)
        incir_cannot(g, n, "the length of a frame has to be known");
    const incsym *frames = incsym_add_int(
        g->syms, incsym_floordiv(g->syms, incsym_sub(g->syms, x->dims[1], length), step[0]), 1);
    const incsym *bins =
        incir_attr_int_or(n, "onesided", 1)
            ? incsym_add_int(g->syms, incsym_floordiv(g->syms, length, incir_int(g, 2)), 1)
            : length;
    const incsym *dims[4] = {x->dims[0], frames, bins, incir_int(g, 2)};
    incir_set_output(g, n, 0, x->dtype, 4, dims);
}
