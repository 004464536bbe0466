/* SPDX-License-Identifier: Apache-2.0 */
/* Folding of operators that only say where elements come from: the result is a lazy tensor over the
 * constant, and no element is touched. Shapes are checked already by inference. */
#include "ir/fold.h"

#include <string.h>

#include "ir/infer.h"

bool incir_fold_transpose(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    const inctensor *t = incir_tensor(n, 0);
    const int64_t *perm = incir_ints(g, n, "perm", t->rank);
    size_t *order = INC_NEW_N(g->cx, size_t, t->rank);
    for (size_t i = 0; i < t->rank; i++)
        order[i] = perm ? incir_checked_axis(g, n, perm[i], t->rank) : t->rank - 1 - i;
    out[0] = incir_folded(g, inctensor_permute(g->cx, t, order));
    return true;
}

/* Reshape, Flatten, Squeeze, Unsqueeze: the new sizes are all there is to know. */
bool incir_fold_reshape(incir_graph *g, incir_node *n, incir_value **out)
{
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_is_constant(n->inputs[0]))
        return incir_fold_sizes(g, n, out);
    const inctensor *t = incir_tensor(n, 0);
    if (!incir_known_sizes(g, n, 0, &sizes, &numel) || numel != t->numel)
        return false;
    out[0] = incir_folded(g, inctensor_reshape(g->cx, t, n->outputs[0]->rank, sizes));
    return true;
}

bool incir_fold_slice(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    const inctensor *t = incir_tensor(n, 0);
    const int64_t *sizes;
    uint64_t numel;
    if (!incir_known_sizes(g, n, 0, &sizes, &numel))
        return false;
    const int64_t *starts = inctensor_i64s(g->cx, incir_tensor(n, 1));
    const int64_t *axes = incir_tensor(n, 3) ? inctensor_i64s(g->cx, incir_tensor(n, 3)) : NULL;
    const int64_t *steps = incir_tensor(n, 4) ? inctensor_i64s(g->cx, incir_tensor(n, 4)) : NULL;
    for (size_t i = 0; i < incir_tensor(n, 1)->numel; i++) {
        size_t axis = incir_checked_axis(g, n, axes ? axes[i] : (int64_t)i, t->rank);
        int64_t size = t->sizes[axis], step = steps ? steps[i] : 1, from = starts[i];
        from = from < -size ? 0 : from < 0 ? from + size : from > size ? size : from;
        if (step < 0 && from > size - 1)
            from = size - 1;
        if (sizes[axis] == 0)
            from = 0, step = 1;
        if (sizes[axis] == 1)
            step = 1; /* however far it would have gone */
        t = inctensor_slice(g->cx, t, axis, from, step, sizes[axis]);
    }
    out[0] = incir_folded(g, t);
    return true;
}

bool incir_fold_split(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), t->rank);
    int64_t at = 0;
    for (size_t i = 0; i < n->n_outputs; i++) {
        int64_t size;
        if (!incir_dim(n->outputs[i], (int64_t)axis, &size) || size > t->sizes[axis] - at)
            return false;
        out[i] = incir_folded(g, inctensor_slice(g->cx, t, axis, size ? at : 0, 1, size));
        at += size;
    }
    return true;
}

bool incir_fold_concat(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_all_constant(n))
        return incir_fold_sizes(g, n, out);
    const inctensor **parts = INC_NEW_N(g->cx, const inctensor *, n->n_inputs);
    for (size_t i = 0; i < n->n_inputs; i++)
        parts[i] = incir_tensor(n, i);
    size_t axis = incir_checked_axis(g, n, incir_attr_int_or(n, "axis", 0), parts[0]->rank);
    out[0] = incir_folded(g, inctensor_concat(g->cx, axis, parts, n->n_inputs));
    return true;
}

bool incir_fold_expand(incir_graph *g, incir_node *n, incir_value **out)
{
    const int64_t *sizes;
    uint64_t numel, bytes;
    if (!incir_is_constant(n->inputs[0]) || !incir_known_sizes(g, n, 0, &sizes, &numel))
        return false;
    const inctensor *t = incir_tensor(n, 0);
    if (__builtin_mul_overflow(numel, incdtype_size(t->dtype), &bytes) || incir_grows(n, bytes))
        return false;
    out[0] = incir_folded(g, inctensor_expand(g->cx, t, n->outputs[0]->rank, sizes));
    return true;
}

bool incir_fold_cast(incir_graph *g, incir_node *n, incir_value **out)
{
    if (!incir_is_constant(n->inputs[0]))
        return incir_fold_sizes(g, n, out);
    out[0] = incir_folded(g, inctensor_cast(g->cx, incir_tensor(n, 0), n->outputs[0]->dtype));
    return true;
}

bool incir_fold_constant_of_shape(incir_graph *g, incir_node *n, incir_value **out)
{
    const int64_t *sizes;
    uint64_t numel, bytes;
    const incir_value *y = n->outputs[0];
    if (!incir_known_sizes(g, n, 0, &sizes, &numel) ||
        __builtin_mul_overflow(numel, incdtype_size(y->dtype), &bytes) || incir_grows(n, bytes))
        return false;
    const incir_attr *value = incir_find_attr(n, "value");
    double fill = value && value->u.tensor->numel == 1 ? inctensor_f64(g->cx, value->u.tensor) : 0;
    out[0] = incir_folded(g, inctensor_full(g->cx, y->dtype, y->rank, sizes, fill));
    return true;
}
