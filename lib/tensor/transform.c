/* SPDX-License-Identifier: Apache-2.0 */
/* Transformations that compute: joined, cast, scaled, quantized tensors. */
#include "base/checked.h"
#include "tensor/internal.h"

static const incsource *join(inccx *cx, size_t axis, const int64_t *sizes,
                             const inctensor *const *parts, size_t n)
{
    incsource *s = incten_new_source(cx, INCSRC_CONCAT, parts[0]->dtype, parts[0]->rank, sizes);
    uint64_t *ends = INC_NEW_N(cx, uint64_t, n), end = 0;
    s->axis = axis;
    s->n_axis = (uint64_t)sizes[axis];
    s->inner = incten_product(s->rank - axis - 1, sizes + axis + 1);
    s->parts = parts;
    s->part_ends = ends;
    s->n_parts = n;
    s->hash = incten_mix(s->hash, axis);
    for (size_t i = 0; i < n; i++) {
        end += (uint64_t)parts[i]->sizes[axis];
        ends[i] = end;
        s->hash = incten_mix(s->hash, parts[i]->source->hash);
        if (parts[i]->source->depth >= s->depth)
            s->depth = parts[i]->source->depth + 1;
    }
    return s;
}

static inctensor *copy(inccx *cx, const inctensor *t)
{
    return inc_copy(cx, t, sizeof *t);
}

inctensor *inctensor_concat(inccx *cx, size_t axis, const inctensor *const *parts, size_t n)
{
    if (n == 0)
        inc_raise(cx, INC_E_INTERNAL, "nothing to concatenate");
    const inctensor *first = parts[0];
    int64_t *sizes = inc_copy(cx, first->sizes, first->rank * sizeof *sizes);
    const inctensor **kept = INC_NEW_N(cx, const inctensor *, n);
    size_t n_kept = 0;
    sizes[axis] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!inc_add_i64(sizes[axis], parts[i]->sizes[axis], &sizes[axis]))
            inc_raise(cx, INC_E_LIMIT, "tensors of more elements than can be counted are joined");
        if (parts[i]->numel > 0)
            kept[n_kept++] = incten_flatten(cx, parts[i]);
    }
    uint64_t numel = incten_count(cx, first->dtype, first->rank, sizes);
    if (n_kept == 1)
        return copy(cx, kept[0]);
    inctensor *t = n_kept == 0 ? incten_empty(cx, first->dtype, first->rank, sizes)
                               : incten_new_tensor(cx, join(cx, axis, sizes, kept, n_kept), numel);
    if (first->q && !first->q->per_channel)
        t->q = first->q;
    return t;
}

inctensor *inctensor_cast(inccx *cx, const inctensor *t, incdtype dtype)
{
    if (t->dtype == dtype)
        return copy(cx, t);
    if (incdtype_is_quantized(t->dtype) && t->q)
        t = inctensor_dequantize(cx, t);
    if (t->dtype == dtype)
        return copy(cx, t);
    if (t->numel == 0)
        return incten_empty(cx, dtype, t->rank, t->sizes);
    if (t->source->kind == INCSRC_NOTHING)
        return inctensor_without_data(cx, dtype, t->rank, t->sizes);
    return incten_new_tensor(cx, incten_source_over(cx, INCSRC_CAST, dtype, t, t->rank, t->sizes),
                             t->numel);
}

inctensor *inctensor_scale_axis(inccx *cx, const inctensor *t, size_t axis, const double *factors)
{
    incsource *s = incten_source_over(cx, INCSRC_SCALE, t->dtype, t, t->rank, t->sizes);
    s->axis = axis;
    s->n_axis = (uint64_t)t->sizes[axis];
    s->inner = incten_product(t->rank - axis - 1, t->sizes + axis + 1);
    s->factors = inc_copy(cx, factors, (size_t)s->n_axis * sizeof *factors);
    s->hash = incten_mix(s->hash, axis);
    for (uint64_t i = 0; i < s->n_axis; i++)
        s->hash = incten_mix_double(s->hash, factors[i]);
    return incten_new_tensor(cx, s, t->numel);
}

static inctensor *int_repr_of_parts(inccx *cx, const inctensor *t)
{
    const incsource *s = t->source;
    const inctensor **parts = INC_NEW_N(cx, const inctensor *, s->n_parts);
    for (size_t i = 0; i < s->n_parts; i++)
        parts[i] = inctensor_int_repr(cx, s->parts[i]);
    return inctensor_reshape(cx, inctensor_concat(cx, s->axis, parts, s->n_parts), t->rank,
                             t->sizes);
}

inctensor *inctensor_int_repr(inccx *cx, const inctensor *t)
{
    incdtype dtype = t->dtype == INCDT_QI8    ? INCDT_I8
                     : t->dtype == INCDT_QI32 ? INCDT_I32
                                              : INCDT_U8;
    if (!incdtype_is_quantized(t->dtype))
        inc_raise(cx, INC_E_INTERNAL, "a tensor of type %s has no integers behind it",
                  incdtype_name(t->dtype));
    if (t->source->kind == INCSRC_CONCAT)
        return int_repr_of_parts(cx, t);
    incsource *s = INC_NEW(cx, incsource); /* the same bytes under another type */
    *s = *t->source;
    s->dtype = dtype;
    s->hash = incten_mix(s->hash, (uint64_t)dtype);
    inctensor *fresh = incten_new_tensor(cx, s, t->numel);
    fresh->rank = t->rank;
    fresh->sizes = t->sizes;
    return fresh;
}

static void set_axis_of(incsource *s, const inctensor *t, const incqparams *q)
{
    s->q = q;
    s->n_axis = 1;
    s->inner = t->numel ? t->numel : 1;
    if (q->per_channel) {
        s->axis = q->axis;
        s->n_axis = (uint64_t)t->sizes[s->axis];
        s->inner = incten_product(t->rank - s->axis - 1, t->sizes + s->axis + 1);
    }
    for (size_t i = 0; i < q->n; i++) {
        s->hash = incten_mix_double(s->hash, q->scales[i]);
        s->hash = q->zero_points ? incten_mix(s->hash, (uint64_t)q->zero_points[i])
                                 : incten_mix_double(s->hash, q->zero_points_f[i]);
    }
}

/* Whether integers and zero points, and what is between them, fit into 32 bits. */
static bool fits_in_32(const incqparams *q, incdtype dtype)
{
    if (incdtype_size(dtype) > 1 || q->float_zero_points)
        return false;
    for (size_t i = 0; i < q->n; i++)
        if (q->zero_points[i] < INT32_MIN / 2 || q->zero_points[i] > INT32_MAX / 2)
            return false;
    return true;
}

inctensor *inctensor_dequantize(inccx *cx, const inctensor *t)
{
    if (!t->q)
        inc_raise(cx, INC_E_INTERNAL, "a tensor of type %s is not quantized",
                  incdtype_name(t->dtype));
    if (t->source->kind == INCSRC_NOTHING)
        return inctensor_without_data(cx, INCDT_F32, t->rank, t->sizes);
    incsource *s = incten_source_over(cx, INCSRC_DEQUANTIZE, INCDT_F32, t, t->rank, t->sizes);
    set_axis_of(s, t, t->q);
    s->is_narrow = fits_in_32(t->q, t->dtype);
    return incten_new_tensor(cx, s, t->numel);
}

static double reciprocal_of(double scale, incten_reciprocal how)
{
    return how == INCTEN_RECIPROCAL_F64          ? 1.0 / scale
           : how == INCTEN_RECIPROCAL_F64_TO_F32 ? (double)(float)(1.0 / scale)
                                                 : (double)(1.0f / (float)scale);
}

inctensor *inctensor_quantize(inccx *cx, const inctensor *t, const incqparams *q, int64_t low,
                              int64_t high, incten_reciprocal reciprocal)
{
    t = inctensor_cast(cx, t, INCDT_F32);
    inctensor *fresh;
    if (t->source->kind == INCSRC_NOTHING) {
        fresh = inctensor_without_data(cx, q->dtype, t->rank, t->sizes);
    } else if (t->numel == 0) {
        fresh = incten_empty(cx, q->dtype, t->rank, t->sizes);
    } else {
        incsource *s = incten_source_over(cx, INCSRC_QUANTIZE, q->dtype, t, t->rank, t->sizes);
        double *factors = INC_NEW_N(cx, double, q->n);
        set_axis_of(s, t, q);
        s->low = low;
        s->high = high;
        s->reciprocal = reciprocal;
        for (size_t i = 0; i < q->n; i++)
            factors[i] = reciprocal_of(q->scales[i], reciprocal);
        s->factors = factors;
        s->hash = incten_mix(incten_mix(s->hash, (uint64_t)low), (uint64_t)high);
        fresh = incten_new_tensor(cx, s, t->numel);
    }
    fresh->q = q;
    return fresh;
}
