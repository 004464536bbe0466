/* SPDX-License-Identifier: Apache-2.0 */
/* Operands and results of folding; see fold.h. In: inputs of a node, known. Out: their elements as
 * double or int64, and constants made of such. */
#include "ir/fold.h"

#include "ir/infer.h"

bool incir_all_constant(const incir_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && !incir_is_constant(n->inputs[i]))
            return false;
    return n->n_inputs > 0;
}

const inctensor *incir_tensor(const incir_node *n, size_t i)
{
    const incir_value *v = incir_maybe(n, i);
    return v ? v->constant : NULL;
}

bool incir_known_sizes(incir_graph *g, const incir_node *n, size_t i, const int64_t **sizes,
                       uint64_t *numel)
{
    const incir_value *v = n->outputs[i];
    int64_t *known = INC_NEW_N(g->cx, int64_t, v->rank);
    *numel = 1;
    for (size_t k = 0; k < v->rank; k++)
        if (!incir_dim(v, (int64_t)k, &known[k]) || known[k] < 0 ||
            __builtin_mul_overflow(*numel, (uint64_t)known[k], numel))
            return false;
    *sizes = known;
    return true;
}

incir_value *incir_folded(incir_graph *g, const inctensor *t)
{
    if (inctensor_bytes(t) <= INCIR_SMALL_BYTES)
        t = inctensor_load(g->cx, t, INCIR_SMALL_BYTES);
    return incir_constant(g, t, NULL);
}

static uint64_t count(size_t rank, const int64_t *sizes)
{
    uint64_t n = 1;
    for (size_t i = 0; i < rank; i++)
        n *= (uint64_t)sizes[i]; /* checked by whoever made the values */
    return n;
}

incir_value *incir_from_f64s(incir_graph *g, incdtype dtype, size_t rank, const int64_t *sizes,
                             const double *values)
{
    uint64_t n = count(rank, sizes);
    uint8_t *block = inc_alloc_n(g->cx, (size_t)n, incdtype_size(dtype));
    for (uint64_t i = 0; i < n; i++)
        incelement_set_f64(dtype, block, i, values[i]);
    return incir_constant(g, inctensor_new(g->cx, dtype, rank, sizes, block), NULL);
}

incir_value *incir_from_i64s(incir_graph *g, incdtype dtype, size_t rank, const int64_t *sizes,
                             const int64_t *values)
{
    uint64_t n = count(rank, sizes);
    uint8_t *block = inc_alloc_n(g->cx, (size_t)n, incdtype_size(dtype));
    for (uint64_t i = 0; i < n; i++)
        incelement_set_i64(dtype, block, i, values[i]);
    return incir_constant(g, inctensor_new(g->cx, dtype, rank, sizes, block), NULL);
}

const uint8_t *incir_bytes(incir_graph *g, const inctensor *t)
{
    static const uint8_t none[1];
    const uint8_t *direct = inctensor_direct(t);
    if (direct || t->numel == 0)
        return direct ? direct : none;
    if (t->numel > INCIR_MOST_READ)
        return NULL;
    return inctensor_direct(
        inctensor_load(g->cx, t, (uint64_t)INCIR_MOST_READ * incdtype_size(t->dtype)));
}

bool incir_grows(const incir_node *n, uint64_t bytes)
{
    uint64_t made_of = 0;
    for (size_t i = 0; i < n->n_inputs; i++)
        if (n->inputs[i] && n->inputs[i]->kind == INCIR_CONSTANT)
            made_of += inctensor_bytes(n->inputs[i]->constant);
    return bytes > INCIR_SMALL_BYTES && bytes / INCIR_MOST_GROWTH > made_of;
}
