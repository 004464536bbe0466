/* SPDX-License-Identifier: Apache-2.0 */
/* Types of operators that regroup, cut, join or repeat elements without looking at them. */
#include "ir/infer.h"

#include <string.h>

/* ---- Reshape and its kin ---- */

static const incsym *product(incir_graph *g, const incsym *const *dims, size_t n)
{
    const incsym *p = incir_int(g, 1);
    for (size_t i = 0; i < n; i++)
        p = incsym_mul(g->syms, p, dims[i]);
    return p;
}

static void check_numel(incir_graph *g, incir_node *n, const incsym *in, const incsym *out)
{
    int64_t a, b;
    if (incsym_known(in, &a) && incsym_known(out, &b) && a != b)
        incir_misfit(g, n, "%lld elements cannot become %lld", (long long)a, (long long)b);
}

/* The size that -1 stands for. */
static const incsym *remaining_size(incir_graph *g, incir_node *n, const incsym *numel,
                                    const incsym *others)
{
    int64_t a, b;
    if (incsym_is(others, 0))
        return incir_int(g, 0);
    if (incsym_known(numel, &a) && incsym_known(others, &b) && a % b != 0)
        incir_misfit(g, n, "%lld elements cannot be divided by %lld", (long long)a, (long long)b);
    return incsym_floordiv(g->syms, numel, others);
}

void incir_infer_reshape(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    incir_need_rank(g, n, 1, 1);
    size_t rank;
    const incsym *const *sizes = incir_elements(g, n, 1, &rank);
    if (rank > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "%zu axes are too many", rank);
    const incsym *dims[INCTENSOR_MAX_RANK];
    if (!sizes) {
        for (size_t i = 0; i < rank; i++)
            dims[i] = incir_unknown(g, "reshaped", 1);
        incir_set_fresh_output(g, n, 0, x->dtype, rank, dims);
        return;
    }
    bool zero_copies = incir_attr_int_or(n, "allowzero", 0) == 0;
    size_t unknown = rank;
    const incsym *others = incir_int(g, 1);
    for (size_t i = 0; i < rank; i++) {
        int64_t size;
        bool known = incsym_known(sizes[i], &size);
        dims[i] = sizes[i];
        if (known && size == 0 && zero_copies) {
            if (i >= x->rank)
                incir_misfit(g, n, "there is no axis %zu to copy", i);
            dims[i] = x->dims[i];
        } else if (known && size == -1) {
            if (unknown < rank)
                incir_misfit(g, n, "only one size can be -1");
            unknown = i;
            continue;
        } else if (known && size < 0) {
            incir_misfit(g, n, "%lld is no size", (long long)size);
        }
        others = incsym_mul(g->syms, others, dims[i]);
    }
    if (unknown < rank)
        dims[unknown] = remaining_size(g, n, incir_numel(g, x), others);
    else
        check_numel(g, n, incir_numel(g, x), others);
    incir_set_output(g, n, 0, x->dtype, rank, dims);
}

void incir_infer_flatten(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    int64_t axis = incir_attr_int_or(n, "axis", 1);
    size_t at = axis == (int64_t)x->rank ? x->rank : incir_checked_axis(g, n, axis, x->rank);
    const incsym *dims[2] = {product(g, x->dims, at), product(g, x->dims + at, x->rank - at)};
    incir_set_output(g, n, 0, x->dtype, 2, dims);
}

void incir_infer_squeeze(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incsym *dims[INCTENSOR_MAX_RANK];
    size_t count = 0, rank = 0;
    const size_t *axes = incir_axes(g, n, 1, x->rank, &count);
    for (size_t i = 0, k = 0; i < x->rank; i++) {
        int64_t size;
        bool known = incir_dim(x, (int64_t)i, &size);
        bool drop = axes ? k < count && axes[k] == i : known && size == 1;
        if (!drop) {
            dims[rank++] = x->dims[i];
            continue;
        }
        k++;
        if (known && size != 1)
            incir_misfit(g, n, "axis %zu has more than one element", i);
    }
    incir_set_output(g, n, 0, x->dtype, rank, dims);
}

void incir_infer_unsqueeze(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incir_attr *attr = incir_find_attr(n, "axes");
    size_t count = attr ? attr->n : 0;
    if (!attr)
        incir_elements(g, n, 1, &count);
    if (x->rank + count > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "too many axes");
    const size_t *axes = incir_axes(g, n, 1, x->rank + count, &count);
    const incsym *dims[INCTENSOR_MAX_RANK];
    for (size_t i = 0, k = 0; i < x->rank + count; i++) {
        bool is_new = k < count && axes[k] == i;
        dims[i] = is_new ? incir_int(g, 1) : x->dims[i - k];
        k += is_new;
    }
    incir_set_output(g, n, 0, x->dtype, x->rank + count, dims);
}

void incir_infer_transpose(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const int64_t *perm = incir_ints(g, n, "perm", x->rank);
    const incsym *dims[INCTENSOR_MAX_RANK];
    bool used[INCTENSOR_MAX_RANK] = {false};
    for (size_t i = 0; i < x->rank; i++) {
        size_t from = perm ? incir_checked_axis(g, n, perm[i], x->rank) : x->rank - 1 - i;
        if (perm && perm[i] < 0)
            incir_misfit(g, n, "perm cannot count from the end");
        if (used[from])
            incir_misfit(g, n, "axis %zu comes twice", from);
        used[from] = true;
        dims[i] = x->dims[from];
    }
    incir_set_output(g, n, 0, x->dtype, x->rank, dims);
}

/* ---- joining and cutting ---- */

void incir_infer_concat(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 1; i < n->n_inputs; i++) {
        incir_value *v = incir_need_rank(g, n, i, x->rank);
        if (v->dtype != x->dtype)
            incir_misfit(g, n, "the element types differ");
        for (size_t k = 0; k < x->rank; k++)
            dims[k] = k == axis ? incsym_add(g->syms, dims[k], v->dims[k])
                                : incir_unify(g, n, dims[k], v->dims[k]);
    }
    incir_set_output(g, n, 0, x->dtype, x->rank, dims);
}

void incir_infer_split(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank);
    const incsym *size = x->dims[axis], *left = size;
    const incir_attr *attr = incir_find_attr(n, "split");
    const int64_t *ints = attr ? incir_ints(g, n, "split", n->n_outputs) : NULL;
    const incsym *const *items = NULL;
    bool by_input = incir_maybe(n, 1) != NULL;
    if (by_input) {
        size_t count;
        items = incir_elements(g, n, 1, &count);
        if (count != n->n_outputs)
            incir_misfit(g, n, "%zu sizes for %zu parts", count, n->n_outputs);
    }
    const incsym *part =
        incsym_ceildiv(g->syms, size, incir_int(g, n->n_outputs ? (int64_t)n->n_outputs : 1));
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 0; i < n->n_outputs; i++) {
        int64_t known;
        if (ints)
            dims[axis] = incir_int(g, ints[i]);
        else if (items)
            dims[axis] = items[i];
        else if (by_input)
            dims[axis] = incir_unknown(g, "part", 1);
        else
            dims[axis] = i + 1 < n->n_outputs ? part : left;
        left = incsym_sub(g->syms, left, dims[axis]);
        if ((incsym_known(dims[axis], &known) && known < 0) ||
            (incsym_known(left, &known) && known < 0))
            incir_misfit(g, n, "the parts do not fit");
        incir_set_fresh_output(g, n, i, x->dtype, x->rank, dims);
    }
    if ((ints || items) && incsym_known(left, NULL) && !incsym_is(left, 0))
        incir_misfit(g, n, "the parts do not make the whole");
}

/* The type of each part. */
void incir_infer_split_to_sequence(incir_graph *g, incir_node *n)
{
    const incir_value *x = incir_need(g, n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), x->rank), rank = 0;
    bool by_lengths = incir_maybe(n, 1) != NULL, keeps = incir_attr_int_or(n, "keepdims", 1) != 0;
    const incsym *dims[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < x->rank; i++)
        if (i != axis)
            dims[rank++] = x->dims[i];
        else if (by_lengths)
            dims[rank++] = incir_unknown(g, "part", 1);
        else if (keeps)
            dims[rank++] = incir_int(g, 1);
    incir_set_output(g, n, 0, x->dtype, rank, dims);
    n->outputs[0]->is_sequence = true;
}

void incir_infer_slice(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incsym **dims = incir_copy_dims(g, x);
    size_t n_starts, n_ends, n_axes, n_steps;
    const incsym *const *starts = incir_elements(g, n, 1, &n_starts);
    const incsym *const *ends = incir_elements(g, n, 2, &n_ends);
    const incsym *const *axes = NULL, *const *steps = NULL;
    bool has_axes = incir_maybe(n, 3) != NULL, has_steps = incir_maybe(n, 4) != NULL;
    n_axes = n_steps = n_starts;
    if (has_axes)
        axes = incir_elements(g, n, 3, &n_axes);
    if (has_steps)
        steps = incir_elements(g, n, 4, &n_steps);
    if ((has_axes && !axes) || (has_steps && !steps))
        incir_cannot(g, n, "the axes and steps have to be known");
    if (n_ends != n_starts || n_axes != n_starts || n_steps != n_starts || n_starts > x->rank)
        incir_misfit(g, n, "the numbers of starts, ends, axes and steps differ");
    bool cut[INCTENSOR_MAX_RANK] = {false};
    for (size_t i = 0; i < n_starts; i++) {
        int64_t axis = (int64_t)i, step = 1;
        if ((axes && !incsym_known(axes[i], &axis)) || (steps && !incsym_known(steps[i], &step)))
            incir_cannot(g, n, "the axes and steps have to be known");
        size_t at = incir_checked_axis(g, n, axis, x->rank);
        if (cut[at] || step == 0)
            incir_misfit(g, n, step ? "axis %zu is cut twice" : "the step of axis %zu is 0", at);
        cut[at] = true;
        const incsym *length = NULL;
        int64_t hint = incsym_hint(dims[at]);
        if (starts && ends) {
            length = incir_slice_length(g, dims[at], starts[i], ends[i], step);
            hint = incir_slice_hint(dims[at], starts[i], ends[i], step);
        }
        if (!length) {
            length = incir_unknown(g, "sliced", hint);
            if (starts && ends && step == 1)
                incsym_expect(length, incir_slice_expected(g, dims[at], starts[i], ends[i]));
        }
        dims[at] = length;
    }
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

/* ---- repeating and padding ---- */

void incir_infer_expand(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incsym *dims[INCTENSOR_MAX_RANK], *shape[INCTENSOR_MAX_RANK];
    size_t rank = 0, n_shape;
    const incsym *const *sizes = incir_elements(g, n, 1, &n_shape);
    if (n_shape > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "%zu axes are too many", n_shape);
    for (size_t i = 0; i < n_shape; i++) {
        int64_t size;
        shape[i] = sizes ? sizes[i] : incir_unknown(g, "expanded", 1);
        if (incsym_known(shape[i], &size) && size < 0)
            incir_misfit(g, n, "%lld is no size", (long long)size);
    }
    incir_broadcast_into(g, n, dims, &rank, x->dims, x->rank);
    incir_broadcast_into(g, n, dims, &rank, shape, n_shape);
    incir_set_fresh_output(g, n, 0, x->dtype, rank, dims);
}

void incir_infer_tile(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t count;
    const incsym *const *repeats = incir_elements(g, n, 1, &count);
    if (count != x->rank)
        incir_misfit(g, n, "%zu repeats for %zu axes", count, x->rank);
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 0; i < x->rank; i++) {
        int64_t times;
        if (repeats && incsym_known(repeats[i], &times) && times < 0)
            incir_misfit(g, n, "%lld repeats", (long long)times);
        dims[i] = repeats ? incsym_mul(g->syms, dims[i], repeats[i]) : incir_unknown(g, "tiled", 1);
    }
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

void incir_infer_pad(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    size_t count, n_axes = x->rank;
    const incsym *const *pads = incir_elements(g, n, 1, &count), *const *axes = NULL;
    if (incir_maybe(n, 3)) {
        axes = incir_elements(g, n, 3, &n_axes);
        if (!axes)
            incir_cannot(g, n, "the axes have to be known");
    }
    if (n_axes > x->rank || count != 2 * n_axes)
        incir_misfit(g, n, "%zu pads for %zu axes", count, n_axes);
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 0; i < n_axes; i++) {
        int64_t axis = (int64_t)i, size;
        if (axes && !incsym_known(axes[i], &axis))
            incir_cannot(g, n, "the axes have to be known");
        size_t at = incir_checked_axis(g, n, axis, x->rank);
        dims[at] =
            pads ? incsym_add(g->syms, dims[at], incsym_add(g->syms, pads[i], pads[n_axes + i]))
                 : incir_unknown(g, "padded", incsym_hint(dims[at]));
        if (incsym_known(dims[at], &size) && size < 0)
            incir_misfit(g, n, "more than the whole of axis %zu is cut off", at);
    }
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

void incir_infer_center_crop_pad(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    const incir_attr *attr = incir_find_attr(n, "axes");
    const int64_t *axes = incir_ints(g, n, "axes", 0);
    size_t count;
    const incsym *const *sizes = incir_elements(g, n, 1, &count);
    if (count != (axes ? attr->n : x->rank))
        incir_misfit(g, n, "%zu sizes do not fit the axes", count);
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 0; i < count; i++) {
        int64_t axis = axes ? axes[i] : (int64_t)i;
        dims[incir_checked_axis(g, n, axis, x->rank)] =
            sizes ? sizes[i] : incir_unknown(g, "cropped", 1);
    }
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}

/* ---- shapes as values ---- */

void incir_infer_shape(incir_graph *g, incir_node *n)
{
    int64_t rank = (int64_t)incir_need(g, n, 0)->rank;
    int64_t start = incir_attr_int_or(n, "start", 0), end = incir_attr_int_or(n, "end", rank);
    start = start < -rank ? 0 : start < 0 ? start + rank : start > rank ? rank : start;
    end = end < -rank ? 0 : end < 0 ? end + rank : end > rank ? rank : end;
    const incsym *length = incir_int(g, end > start ? end - start : 0);
    incir_set_output(g, n, 0, INCDT_I64, 1, &length);
}

void incir_infer_size(incir_graph *g, incir_node *n)
{
    incir_need(g, n, 0);
    incir_set_output(g, n, 0, INCDT_I64, 0, NULL);
}

/* ---- images ---- */

static int64_t block_size(incir_graph *g, incir_node *n)
{
    int64_t block = incir_attr_int_or(n, "blocksize", 0);
    if (block < 1 || block > INT32_MAX)
        incir_misfit(g, n, "a block size of %lld", (long long)block);
    return block;
}

static const incsym *divided(incir_graph *g, incir_node *n, const incsym *size, int64_t by)
{
    int64_t known;
    if (incsym_known(size, &known) && known % by != 0)
        incir_misfit(g, n, "%lld cannot be divided by %lld", (long long)known, (long long)by);
    return incsym_floordiv(g->syms, size, incir_int(g, by));
}

void incir_infer_depth_to_space(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 4);
    int64_t b = block_size(g, n);
    const incsym *dims[4] = {x->dims[0], divided(g, n, x->dims[1], b * b),
                             incsym_mul_int(g->syms, x->dims[2], b),
                             incsym_mul_int(g->syms, x->dims[3], b)};
    incir_set_output(g, n, 0, x->dtype, 4, dims);
}

void incir_infer_space_to_depth(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 4);
    int64_t b = block_size(g, n);
    const incsym *dims[4] = {x->dims[0], incsym_mul_int(g->syms, x->dims[1], b * b)};
    for (size_t i = 2; i < 4; i++)
        dims[i] = divided(g, n, x->dims[i], b);
    incir_set_output(g, n, 0, x->dtype, 4, dims);
}

/* floor(size * scale), exactly when scale is a fraction of small integers. */
static const incsym *scaled(incir_graph *g, incir_node *n, const incsym *size, double scale)
{
    int64_t known;
    if (!(scale > 0) || scale > INT32_MAX)
        incir_misfit(g, n, "a scale of %g", scale);
    if (incsym_known(size, &known)) {
        float result = (float)known * (float)scale; /* as the runtime computes it */
        if (!(result < (float)INT64_MAX))
            incir_misfit(g, n, "a scale of %g", scale);
        return incir_int(g, (int64_t)result);
    }
    for (int64_t denominator = 1; denominator <= 64; denominator++) {
        double numerator = scale * (double)denominator;
        if (numerator == (double)(int64_t)numerator && numerator >= 1)
            return incsym_floordiv(g->syms, incsym_mul_int(g->syms, size, (int64_t)numerator),
                                   incir_int(g, denominator));
    }
    double hint = (double)incsym_hint(size) * scale;
    return incir_unknown(g, "resized", hint < 0x1p62 ? (int64_t)hint : 1);
}

void incir_infer_resize(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0), *scales = incir_maybe(n, 2);
    const incir_attr *attr = incir_find_attr(n, "axes");
    const int64_t *axes = incir_ints(g, n, "axes", 0);
    size_t n_axes = attr ? attr->n : x->rank, count = n_axes;
    const incsym *const *sizes = NULL;
    const double *factors = NULL;
    if (incir_maybe(n, 3)) {
        sizes = incir_elements(g, n, 3, &count);
    } else if (scales && scales->dtype == INCDT_F32 && scales->rank == 1) {
        int64_t length;
        if (!incir_dim(scales, 0, &length))
            incir_cannot(g, n, "the number of scales has to be known");
        count = (size_t)length;
        if (incir_is_constant(scales) && count == n_axes)
            factors = inctensor_f64s(g->cx, scales->constant);
    } else {
        incir_misfit(g, n, "neither scales nor sizes are given");
    }
    if (count != n_axes || n_axes > x->rank)
        incir_misfit(g, n, "%zu sizes or scales for %zu axes", count, n_axes);
    const incsym **dims = incir_copy_dims(g, x);
    for (size_t i = 0; i < n_axes; i++) {
        int64_t size;
        size_t at = incir_checked_axis(g, n, axes ? axes[i] : (int64_t)i, x->rank);
        dims[at] = sizes     ? sizes[i]
                   : factors ? scaled(g, n, dims[at], factors[i])
                             : incir_unknown(g, "resized", incsym_hint(dims[at]));
        if (incsym_known(dims[at], &size) && size < 0)
            incir_misfit(g, n, "%lld is no size", (long long)size);
    }
    incir_set_fresh_output(g, n, 0, x->dtype, x->rank, dims);
}
