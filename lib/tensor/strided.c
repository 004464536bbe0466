/* SPDX-License-Identifier: Apache-2.0 */
/* Permuting, slicing and expanding are one operation: every new axis walks along one old axis (or
 * along none). It is pushed through casts and scales down to the view of the memory, so that what
 * is left over it is as before and reading stays one pass. */
#include <string.h>

#include "tensor/internal.h"

/* One axis of a new tensor: index i is start + i * step on axis from of the old one. */
typedef struct cut {
    size_t from; /* NO_AXIS: a new axis, all elements the same */
    int64_t start, step, count;
} cut;
#define NO_AXIS SIZE_MAX

/* Quantization follows its axis. */
static const incqparams *recut_qparams(inccx *cx, const incqparams *q, size_t n, const cut *cuts)
{
    if (!q || !q->per_channel)
        return q;
    incqparams *fresh = INC_NEW(cx, incqparams);
    *fresh = *q;
    for (size_t i = 0; i < n; i++) {
        if (cuts[i].from != q->axis)
            continue;
        fresh->axis = i;
        fresh->n = (size_t)cuts[i].count;
        if (cuts[i].start == 0 && cuts[i].step == 1 && fresh->n == q->n)
            return fresh;
        double *scales = INC_NEW_N(cx, double, fresh->n);
        int64_t *zeros = q->zero_points ? INC_NEW_N(cx, int64_t, fresh->n) : NULL;
        double *zeros_f = q->zero_points_f ? INC_NEW_N(cx, double, fresh->n) : NULL;
        for (size_t k = 0; k < fresh->n; k++) {
            size_t old = (size_t)(cuts[i].start + (int64_t)k * cuts[i].step);
            scales[k] = q->scales[old];
            if (zeros)
                zeros[k] = q->zero_points[old];
            if (zeros_f)
                zeros_f[k] = q->zero_points_f[old];
        }
        fresh->scales = scales;
        fresh->zero_points = zeros;
        fresh->zero_points_f = zeros_f;
        return fresh;
    }
    return fresh;
}

static inctensor *recut(inccx *cx, const inctensor *t, size_t n, const cut *cuts);

static bool keeps_source_shape(const inctensor *t)
{
    const incsource *s = t->source;
    return t->rank == s->rank &&
           (t->rank == 0 || memcmp(t->sizes, s->sizes, t->rank * sizeof *t->sizes) == 0);
}

static const int64_t *cut_sizes(inccx *cx, size_t n, const cut *cuts)
{
    int64_t *sizes = INC_NEW_N(cx, int64_t, n);
    for (size_t i = 0; i < n; i++)
        sizes[i] = cuts[i].count;
    return sizes;
}

/* The strides of a source (VIEW or INDEX) after cutting. */
static const int64_t *cut_strides(inccx *cx, const int64_t *old, size_t n, const cut *cuts,
                                  int64_t *offset)
{
    int64_t *strides = INC_NEW_N(cx, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        if (cuts[i].from == NO_AXIS)
            continue;
        *offset += cuts[i].start * old[cuts[i].from];
        if (cuts[i].count > 1)
            strides[i] = cuts[i].step * old[cuts[i].from];
    }
    return strides;
}

/* Whatever it is: by the numbers of its elements. */
static inctensor *recut_index(inccx *cx, const inctensor *t, size_t n, const cut *cuts,
                              const int64_t *sizes, uint64_t numel)
{
    incsource *s = incten_source_over(cx, INCSRC_INDEX, t->dtype, t, n, sizes);
    int64_t offset = 0;
    const int64_t *old = incten_contiguous_strides(cx, t->rank, t->sizes);
    const int64_t *strides = cut_strides(cx, old, n, cuts, &offset);
    incten_set_strides(cx, s, strides, offset);
    return incten_new_tensor(cx, s, numel);
}

static inctensor *recut_strides(inccx *cx, const inctensor *t, size_t n, const cut *cuts,
                                const int64_t *sizes, uint64_t numel)
{
    const incsource *old = t->source;
    int64_t offset = old->offset;
    const int64_t *strides = cut_strides(cx, old->strides, n, cuts, &offset);
    if (old->kind == INCSRC_VIEW)
        return incten_view_of(cx, old, n, sizes, strides, offset, numel);
    incsource *s = incten_source_over(cx, INCSRC_INDEX, old->dtype, old->of, n, sizes);
    incten_set_strides(cx, s, strides, offset);
    return incten_new_tensor(cx, s, numel);
}

/* Where an axis ended up; n when it is gone or repeats an element. */
static size_t find_cut(size_t axis, size_t n, const cut *cuts)
{
    for (size_t i = 0; i < n; i++)
        if (cuts[i].from == axis)
            return cuts[i].step == 0 && cuts[i].count > 1 ? n : i;
    return n;
}

static inctensor *recut_scale(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    size_t axis = find_cut(s->axis, n, cuts);
    if (axis == n)
        return NULL;
    const cut *c = &cuts[axis];
    double *factors = INC_NEW_N(cx, double, (size_t)c->count);
    for (int64_t i = 0; i < c->count; i++)
        factors[i] = s->factors[c->start + i * c->step];
    return inctensor_scale_axis(cx, recut(cx, s->of, n, cuts), axis, factors);
}

static inctensor *recut_dequantize(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    if (s->q->per_channel && find_cut(s->axis, n, cuts) == n)
        return NULL;
    return inctensor_dequantize(cx, recut(cx, s->of, n, cuts));
}

static inctensor *recut_quantize(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    if (s->q->per_channel && find_cut(s->axis, n, cuts) == n)
        return NULL;
    inctensor *fresh =
        inctensor_quantize(cx, recut(cx, s->of, n, cuts), recut_qparams(cx, s->q, n, cuts), s->low,
                           s->high, s->reciprocal);
    return t->dtype == s->q->dtype ? fresh : inctensor_int_repr(cx, fresh);
}

/* Parts are cut alike, as long as the axis they are joined on stays whole. */
static inctensor *recut_concat(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const incsource *s = t->source;
    size_t axis = find_cut(s->axis, n, cuts);
    if (axis == n || cuts[axis].start != 0 || cuts[axis].step != 1 ||
        (uint64_t)cuts[axis].count != s->n_axis)
        return NULL;
    cut for_part[INCTENSOR_MAX_RANK];
    memcpy(for_part, cuts, n * sizeof *cuts);
    const inctensor **parts = INC_NEW_N(cx, const inctensor *, s->n_parts);
    for (size_t i = 0; i < s->n_parts; i++) {
        for_part[axis].count = s->parts[i]->sizes[s->axis];
        parts[i] = recut(cx, s->parts[i], n, for_part);
    }
    return inctensor_concat(cx, axis, parts, s->n_parts);
}

static inctensor *recut(inccx *cx, const inctensor *t, size_t n, const cut *cuts)
{
    const int64_t *sizes = cut_sizes(cx, n, cuts);
    uint64_t numel = incten_count(cx, t->dtype, n, sizes);
    inctensor *fresh = NULL;
    if (numel == 0 && t->numel > 0) { /* nothing is read: any memory will do */
        fresh = incten_empty(cx, t->dtype, n, sizes);
    } else if (keeps_source_shape(t)) {
        switch (t->source->kind) {
        case INCSRC_NOTHING:
            fresh = inctensor_without_data(cx, t->dtype, n, sizes);
            break;
        case INCSRC_VIEW:
        case INCSRC_INDEX:
            fresh = recut_strides(cx, t, n, cuts, sizes, numel);
            break;
        case INCSRC_CAST:
            fresh = inctensor_cast(cx, recut(cx, t->source->of, n, cuts), t->dtype);
            break;
        case INCSRC_SCALE:
            fresh = recut_scale(cx, t, n, cuts);
            break;
        case INCSRC_DEQUANTIZE:
            fresh = recut_dequantize(cx, t, n, cuts);
            break;
        case INCSRC_QUANTIZE:
            fresh = recut_quantize(cx, t, n, cuts);
            break;
        case INCSRC_CONCAT:
            fresh = recut_concat(cx, t, n, cuts);
            break;
        }
    }
    if (!fresh)
        fresh = recut_index(cx, t, n, cuts, sizes, numel);
    fresh->q = recut_qparams(cx, t->q, n, cuts);
    return fresh;
}

static void keep_axes(const inctensor *t, cut *cuts)
{
    for (size_t i = 0; i < t->rank; i++)
        cuts[i] = (cut){i, 0, 1, t->sizes[i]};
}

inctensor *inctensor_permute(inccx *cx, const inctensor *t, const size_t *order)
{
    cut cuts[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < t->rank; i++)
        cuts[i] = (cut){order[i], 0, 1, t->sizes[order[i]]};
    return recut(cx, t, t->rank, cuts);
}

inctensor *inctensor_slice(inccx *cx, const inctensor *t, size_t axis, int64_t start, int64_t step,
                           int64_t count)
{
    cut cuts[INCTENSOR_MAX_RANK];
    keep_axes(t, cuts);
    cuts[axis] = (cut){axis, count > 0 ? start : 0, step, count};
    return recut(cx, t, t->rank, cuts);
}

inctensor *inctensor_expand(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes)
{
    cut cuts[INCTENSOR_MAX_RANK];
    incten_count(cx, t->dtype, rank, sizes);
    size_t fresh = rank - t->rank;
    for (size_t i = 0; i < rank; i++) {
        if (i < fresh)
            cuts[i] = (cut){NO_AXIS, 0, 0, sizes[i]};
        else if (t->sizes[i - fresh] == sizes[i])
            cuts[i] = (cut){i - fresh, 0, 1, sizes[i]};
        else
            cuts[i] = (cut){i - fresh, 0, 0, sizes[i]};
    }
    return recut(cx, t, rank, cuts);
}
