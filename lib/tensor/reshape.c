/* SPDX-License-Identifier: Apache-2.0 */
/* Reshaping: new strides where the walk through memory allows them; otherwise the source stays as
 * it is, because elements keep their order and sources are read by it. */
#include <string.h>

#include "tensor/internal.h"

/* Strides for new sizes over the same walk through memory, if there are any: each merged axis of
 * the walk is divided among the new axes that it covers. */
static bool reshape_strides(const incsource *s, size_t rank, const int64_t *sizes, int64_t *strides)
{
    size_t d = s->n_walk;
    int64_t left = 1, stride = 1; /* of the walk's axis being divided */
    for (size_t i = rank; i-- > 0;) {
        strides[i] = 0;
        if (sizes[i] == 1)
            continue;
        if (left == 1) {
            if (d == 0)
                return false;
            left = s->walk_sizes[--d];
            stride = s->walk_strides[d];
        }
        if (left % sizes[i] != 0)
            return false;
        strides[i] = stride;
        left /= sizes[i];
        stride *= sizes[i];
    }
    return left == 1;
}

static bool find_axis(size_t rank, const int64_t *sizes, uint64_t n_axis, uint64_t inner,
                      size_t *axis)
{
    uint64_t behind = 1;
    for (size_t i = rank; i-- > 0; behind *= (uint64_t)sizes[i])
        if (behind == inner && (uint64_t)sizes[i] == n_axis) {
            *axis = i;
            return true;
        }
    return false;
}

static const incqparams *reshape_qparams(inccx *cx, const inctensor *t, size_t rank,
                                         const int64_t *sizes)
{
    const incqparams *q = t->q;
    if (!q || !q->per_channel)
        return q;
    incqparams *fresh = INC_NEW(cx, incqparams);
    *fresh = *q;
    uint64_t inner = incten_product(t->rank - q->axis - 1, t->sizes + q->axis + 1);
    if (!find_axis(rank, sizes, (uint64_t)t->sizes[q->axis], inner, &fresh->axis))
        inc_raise(cx, INC_E_UNSUPPORTED,
                  "a tensor quantized per channel is reshaped so that its channels are no axis");
    return fresh;
}

static inctensor *reshape_source(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes)
{
    const incsource *s = t->source;
    int64_t strides[INCTENSOR_MAX_RANK];
    size_t axis;
    switch (s->kind) {
    case INCSRC_VIEW:
        if (!reshape_strides(s, rank, sizes, strides))
            return NULL;
        return incten_view_of(cx, s, rank, sizes, incten_copy_sizes(cx, rank, strides), s->offset,
                              t->numel);
    case INCSRC_INDEX: {
        if (!reshape_strides(s, rank, sizes, strides))
            return NULL;
        incsource *fresh = incten_source_over(cx, INCSRC_INDEX, s->dtype, s->of, rank, sizes);
        incten_set_strides(cx, fresh, incten_copy_sizes(cx, rank, strides), s->offset);
        return incten_new_tensor(cx, fresh, t->numel);
    }
    case INCSRC_NOTHING:
        return inctensor_without_data(cx, t->dtype, rank, sizes);
    case INCSRC_CAST:
        return inctensor_cast(cx, inctensor_reshape(cx, s->of, rank, sizes), t->dtype);
    case INCSRC_SCALE:
        if (!find_axis(rank, sizes, s->n_axis, s->inner, &axis))
            return NULL;
        return inctensor_scale_axis(cx, inctensor_reshape(cx, s->of, rank, sizes), axis,
                                    s->factors);
    case INCSRC_DEQUANTIZE:
        if (s->q->per_channel && !find_axis(rank, sizes, s->n_axis, s->inner, &axis))
            return NULL;
        return inctensor_dequantize(cx, inctensor_reshape(cx, s->of, rank, sizes));
    case INCSRC_QUANTIZE: /* counts elements, whatever the shape */
    case INCSRC_CONCAT:
        break;
    }
    return NULL;
}

inctensor *inctensor_reshape(inccx *cx, const inctensor *t, size_t rank, const int64_t *sizes)
{
    if (incten_count(cx, t->dtype, rank, sizes) != t->numel)
        inc_raise(cx, INC_E_INTERNAL, "a tensor of %llu elements cannot be reshaped so",
                  (unsigned long long)t->numel);
    sizes = incten_copy_sizes(cx, rank, sizes);
    const incqparams *q = t->numel ? reshape_qparams(cx, t, rank, sizes) : NULL;
    inctensor *fresh;
    if (t->numel == 0)
        fresh = incten_empty(cx, t->dtype, rank, sizes);
    else
        fresh = reshape_source(cx, t, rank, sizes);
    if (!fresh) {
        fresh = incten_new_tensor(cx, t->source, t->numel);
        fresh->rank = rank;
        fresh->sizes = sizes;
    }
    fresh->q = q;
    return fresh;
}
