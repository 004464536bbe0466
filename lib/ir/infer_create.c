/* SPDX-License-Identifier: Apache-2.0 */
/* Types of operators that make tensors from sizes or numbers. In: a node. Out: element type and
 * shape of its output, sizes taken from int64 inputs as expressions. */
#include "ir/infer.h"

#include <math.h>
#include <string.h>

static void set_shape(incir_graph *g, incir_node *n, incdtype dtype, size_t i, const char *name)
{
    size_t rank;
    const incsym *const *sizes = incir_elements(g, n, i, &rank);
    if (rank > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "%zu axes are too many", rank);
    const incsym *dims[INCTENSOR_MAX_RANK];
    for (size_t k = 0; k < rank; k++) {
        int64_t size;
        dims[k] = sizes ? sizes[k] : incir_unknown(g, name, 1);
        if (incsym_known(dims[k], &size) && size < 0)
            incir_misfit(g, n, "%lld is no size", (long long)size);
    }
    incir_set_fresh_output(g, n, 0, dtype, rank, dims);
}

void incir_infer_constant_of_shape(incir_graph *g, incir_node *n)
{
    const incir_attr *value = incir_find_attr(n, "value");
    bool given = value && value->kind == INCIR_ATTR_TENSOR;
    incir_need_rank(g, n, 0, 1);
    set_shape(g, n, given ? value->u.tensor->dtype : INCDT_F32, 0, "filled");
}

/* ceil((limit - start) / delta), not below 0. */
static const incsym *range_length(incir_graph *g, incir_node *n)
{
    const incir_value *start = n->inputs[0], *limit = n->inputs[1], *delta = n->inputs[2];
    const incsym *const *from = incir_contents(g, n->inputs[0]);
    const incsym *const *to = incir_contents(g, n->inputs[1]);
    const incsym *const *step = incir_contents(g, n->inputs[2]);
    if (from && to && step) {
        int64_t known;
        if (incsym_is(step[0], 0))
            incir_misfit(g, n, "a range with step 0");
        const incsym *length =
            incsym_ceildiv(g->syms, incsym_sub(g->syms, to[0], from[0]), step[0]);
        if (incsym_is_guess(length))
            return incsym_max(g->syms, length, incir_int(g, 0));
        bool negative = incsym_known(length, &known) ? known < 0 : incsym_hint(length) < 0;
        return negative ? incir_int(g, 0) : length;
    }
    if (incir_is_constant(start) && incir_is_constant(limit) && incir_is_constant(delta)) {
        double a = inctensor_f64(g->cx, start->constant), b = inctensor_f64(g->cx, limit->constant);
        double length = ceil((b - a) / inctensor_f64(g->cx, delta->constant));
        if (!(length < (double)INT32_MAX))
            incir_misfit(g, n, "a range without end");
        return incir_int(g, length > 0 ? (int64_t)length : 0);
    }
    return incir_unknown(g, "range", 1);
}

void incir_infer_range(incir_graph *g, incir_node *n)
{
    for (size_t i = 0; i < 3; i++)
        if (incir_need_rank(g, n, i, 0)->dtype != n->inputs[0]->dtype)
            incir_misfit(g, n, "the element types differ");
    const incsym *length = range_length(g, n);
    incir_set_fresh_output(g, n, 0, n->inputs[0]->dtype, 1, &length);
}

static incdtype dtype_attr(incir_graph *g, incir_node *n, const char *name, incdtype absent)
{
    return incir_find_attr(n, name) ? incir_dtype_of_onnx(g, n, incir_attr_int_or(n, name, 0))
                                    : absent;
}

void incir_infer_eye_like(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 2);
    incir_set_output(g, n, 0, dtype_attr(g, n, "dtype", x->dtype), 2, x->dims);
}

void incir_infer_random(incir_graph *g, incir_node *n)
{
    const incir_attr *attr = incir_find_attr(n, "shape");
    const int64_t *sizes = incir_ints(g, n, "shape", 0);
    if (!sizes || attr->n > INCTENSOR_MAX_RANK)
        incir_misfit(g, n, "no shape is given");
    const incsym *dims[INCTENSOR_MAX_RANK];
    for (size_t i = 0; i < attr->n; i++) {
        if (sizes[i] < 0)
            incir_misfit(g, n, "%lld is no size", (long long)sizes[i]);
        dims[i] = incir_int(g, sizes[i]);
    }
    incir_set_output(g, n, 0, dtype_attr(g, n, "dtype", INCDT_F32), attr->n, dims);
}

void incir_infer_random_like(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need(g, n, 0);
    incir_set_output(g, n, 0, dtype_attr(g, n, "dtype", x->dtype), x->rank, x->dims);
}

void incir_infer_multinomial(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_rank(g, n, 0, 2);
    const incsym *dims[2] = {x->dims[0], incir_int(g, incir_attr_int_or(n, "sample_size", 1))};
    incir_set_output(g, n, 0, dtype_attr(g, n, "dtype", INCDT_I32), 2, dims);
}

void incir_infer_window(incir_graph *g, incir_node *n)
{
    size_t count;
    const incsym *const *size = incir_elements(g, n, 0, &count);
    if (count != 1)
        incir_misfit(g, n, "the size has to be one integer");
    const incsym *length = size ? size[0] : incir_unknown(g, "window", 1);
    incir_set_fresh_output(g, n, 0, dtype_attr(g, n, "output_datatype", INCDT_F32), 1, &length);
}
