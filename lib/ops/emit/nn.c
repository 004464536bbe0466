/* SPDX-License-Identifier: Apache-2.0 */
/* Idioms of neural network operators; see nn.h. */
#include "ops/emit/nn.h"

#include "ops/emit/shape.h"

incir_value *emit_batched(incop_call *c, incir_value *x, size_t n_spatial, bool *added)
{
    *added = x->rank == n_spatial + 1;
    if (!*added && x->rank != n_spatial + 2)
        incop_unsupported(c, "an input of rank %zu, expected %zu or %zu", x->rank, n_spatial + 1,
                          n_spatial + 2);
    return *added ? emit_unsqueeze_axis(c->g, x, 0) : x;
}

incir_value *emit_unbatched(incir_graph *g, incir_value *y, bool added)
{
    return added ? emit_squeeze_axis(g, y, 0) : y;
}

size_t incop_spatial_axes(incop_call *c)
{
    for (const char *at = c->row->schema; *at && *at != '('; at++)
        if (at[0] >= '1' && at[0] <= '3' && at[1] == 'd')
            return (size_t)(at[0] - '0');
    inc_raise(c->cx, INC_E_INTERNAL, "%s does not say its number of axes", c->row->schema);
}

incir_value *emit_full_vector(incir_graph *g, incdtype dtype, int64_t n, double value)
{
    return incir_constant(g, inctensor_full(g->cx, dtype, 1, &n, value), NULL);
}

incir_value *emit_empty(incir_graph *g, incdtype dtype)
{
    static const int64_t none = 0;
    return incir_constant(g, inctensor_new(g->cx, dtype, 1, &none, NULL), NULL);
}

incir_value *emit_matrix_transposed(incir_graph *g, incir_value *x)
{
    return x->rank < 2 ? x : emit_swap_axes(g, x, x->rank - 2, x->rank - 1);
}

incir_value *emit_select(incir_graph *g, incir_value *x, size_t axis, int64_t index)
{
    return emit_gather(g, x, incir_const_i64(g, index), axis);
}

incir_value *emit_table_i64(incir_graph *g, const int64_t *values, size_t rank,
                            const int64_t *sizes)
{
    return incir_constant(g, inctensor_new(g->cx, INCDT_I64, rank, sizes, values), NULL);
}

incir_value *emit_table_f32(incir_graph *g, const float *values, size_t rank, const int64_t *sizes)
{
    return incir_constant(g, inctensor_new(g->cx, INCDT_F32, rank, sizes, values), NULL);
}

incir_value *emit_count_up(incir_graph *g, const incsym *n)
{
    return emit_range(g, incsym_int(g->syms, 0), n, incsym_int(g->syms, 1));
}

static bool constant_is_zero(incir_graph *g, const inctensor *t)
{
    enum { MOST_READ = 1 << 16 };
    if (t->numel > MOST_READ || incdtype_is_complex(t->dtype))
        return false;
    const double *values = inctensor_f64s(g->cx, t);
    for (uint64_t i = 0; i < t->numel; i++)
        if (values[i] != 0)
            return false;
    return true;
}

bool emit_is_zero(incir_graph *g, incir_value *v)
{
    for (;;) {
        if (incir_is_constant(v))
            return constant_is_zero(g, v->constant);
        if (v->kind != INCIR_RESULT)
            return false;
        const incir_node *n = v->producer;
        if (incir_is(n, INCIR_OP_CONSTANT_OF_SHAPE)) {
            const incir_attr *value = incir_find_attr(n, "value");
            return !value || constant_is_zero(g, value->u.tensor);
        }
        if (!incir_moves_elements(n) && n->op->work != INCIR_WORK_CONVERTS)
            return false;
        v = n->inputs[0];
    }
}

incir_value *emit_along_axis(incir_graph *g, incir_value *x, size_t axis, incir_value *matrix)
{
    size_t last = x->rank - 1;
    if (axis + 1 == last)
        return emit_matmul(g, matrix, x);
    incir_value *transposed = emit_matrix_transposed(g, matrix);
    incir_value *y = emit_matmul(g, emit_swap_axes(g, x, axis, last), transposed);
    return emit_swap_axes(g, y, axis, last);
}
