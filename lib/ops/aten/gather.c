/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing along one axis where a tensor of indices says: gather, index_select, take and
 * their kin; x[...] with several of them is in indexing.c. */
#include <assert.h>

#include "ops/aten/scatter.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* Scalars count as vectors of one element for PyTorch here. */
static incir_value *at_least_vector(incir_graph *g, incir_value *x)
{
    return emit_at_least(g, x, 1);
}

static void lower_index_select(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incir_value *index = at_least_vector(g, incop_tensor(c, "index"));
    size_t axis = incop_axis_or_0d(c, "dim", x->rank);
    if (x->rank == 0)
        incop_return(c, x);
    else
        incop_return(c, emit_gather(g, x, index, axis));
}

static incir_value *emit_gather_elements(incir_graph *g, incir_value *x, incir_value *index,
                                         size_t axis)
{
    bool scalar = index->rank == 0;
    incir_node *n = incir_node_new(g, "GatherElements");
    index = at_least_vector(g, index);
    incir_in(g, n, at_least_vector(g, x));
    incir_in(g, n, index->dtype == INCDT_I32 ? index : emit_cast(g, index, INCDT_I64));
    incir_attr_int(g, n, "axis", (int64_t)axis);
    incir_value *y = incir_emit(g, n);
    return emit_scalar_if(g, y, scalar);
}

static void lower_gather(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_gather_elements(c->g, x, incop_tensor(c, "index"),
                                         incop_axis_or_0d(c, "dim", x->rank)));
}

static void lower_take(incop_call *c)
{
    incop_return(c, emit_gather(c->g, emit_flattened(c->g, incop_tensor(c, "self")),
                                incop_tensor(c, "index"), 0));
}

/* The other axes broadcast. */
static void lower_take_along_dim(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *both[] = {incop_tensor(c, "self"), incop_tensor(c, "indices")};
    if (incop_is_none(c, "dim")) {
        incir_value *index = emit_flattened(g, both[1]);
        incop_return(c, emit_gather_elements(g, emit_flattened(g, both[0]), index, 0));
        return;
    }
    size_t rank, axis = incop_axis_or_0d(c, "dim", both[0]->rank);
    if (both[0]->rank != both[1]->rank)
        incop_unsupported(c, "indices of another rank");
    const incsym *const *common = emit_broadcast_shape(g, both, 2, &rank);
    const incsym **shape = inc_copy(c->cx, common, rank * sizeof *shape);
    for (size_t i = 0; i < 2; i++) {
        shape[axis] = incir_axis_size(g, both[i], axis);
        both[i] = emit_expand(g, both[i], shape, rank);
    }
    incop_return(c, emit_gather_elements(g, both[0], both[1], axis));
}

/* source's slices go where index says; reduction NULL: they replace. */
static incir_value *write_slices(incop_call *c, incir_value *x, size_t axis, incir_value *index,
                                 incir_value *source, const char *reduction)
{
    incir_graph *g = c->g;
    assert(source != NULL);
    index = emit_cast(g, index, INCDT_I64);
    if (reduction && strcmp(reduction, "add") == 0 && !incir_has_opset(g, 16))
        return emit_add_slices(c, x, axis, index, source);
    if (axis == 0)
        return emit_scatter_nd(c, x, emit_unsqueeze_axis(g, index, 1), source, reduction);
    return emit_scatter_elements(c, x, axis,
                                 emit_spread_index(g, index, axis, source->dims, source->rank),
                                 source, reduction);
}

typedef struct slices {
    incir_value *x, *index, *source;
    size_t axis;
} slices;

static slices read_slices(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    slices s = {.axis = incop_axis_or_0d(c, "dim", x->rank)};
    s.x = at_least_vector(g, x);
    s.index = at_least_vector(g, incop_tensor(c, "index"));
    if (incop_has(c, "source"))
        s.source = at_least_vector(g, emit_cast(g, incop_tensor(c, "source"), x->dtype));
    return s;
}

static void return_slices(incop_call *c, incir_value *y)
{
    incop_return(c, emit_scalar_if(c->g, y, incop_tensor(c, "self")->rank == 0));
}

static void lower_index_add(incop_call *c)
{
    slices s = read_slices(c);
    double alpha = incop_float(c, "alpha");
    if (alpha != 1)
        s.source = emit_with_scalar(c->g, "Mul", s.source, alpha);
    return_slices(c, write_slices(c, s.x, s.axis, s.index, s.source, "add"));
}

static void lower_index_copy(incop_call *c)
{
    slices s = read_slices(c);
    return_slices(c, write_slices(c, s.x, s.axis, s.index, s.source, NULL));
}

static void lower_index_fill(incop_call *c)
{
    incir_graph *g = c->g;
    slices s = read_slices(c);
    incir_value *value = emit_cast(g, incop_tensor(c, "value"), s.x->dtype);
    const incsym **sizes = inc_copy(c->cx, s.x->dims, s.x->rank * sizeof *sizes);
    sizes[s.axis] = incir_axis_size(g, s.index, 0);
    return_slices(
        c, write_slices(c, s.x, s.axis, s.index, emit_expand(g, value, sizes, s.x->rank), NULL));
}

/* The flattened tensor's elements, written where index says. */
static void lower_put(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incir_value *source = emit_cast(g, incop_tensor(c, "source"), x->dtype);
    incir_value *index = emit_cast(g, emit_flattened(g, incop_tensor(c, "index")), INCDT_I64);
    bool adds = incop_bool(c, "accumulate");
    if (adds && g->opset < 16) { /* no node that counts negative ones from the end */
        incir_value *wrapped =
            emit_binary(g, "Add", index, incir_size_scalar(g, incir_numel(g, x)));
        index = emit_where(g, emit_compare_scalar(g, "Less", index, 0), wrapped, index);
    }
    incir_value *written = emit_flattened(g, source);
    incir_value *y = write_slices(c, emit_flattened(g, x), 0, index, written, adds ? "add" : NULL);
    incop_return(c, emit_reshape(g, y, x->dims, x->rank));
}

/* num_classes of -1: one more than the largest. */
static void lower_one_hot(incop_call *c)
{
    static const int64_t off_on[] = {0, 1};
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *depth;
    if (incsym_is(incop_sym(c, "num_classes"), -1))
        depth = emit_with_scalar(g, "Add", emit_reduce(g, "ReduceMax", x, NULL, 0, false), 1);
    else
        depth = incir_size_scalar(g, incop_sym(c, "num_classes"));
    incir_value *y = incir_emit3(g, "OneHot", emit_cast(g, at_least_vector(g, x), INCDT_I64), depth,
                                 incir_const_i64s(g, off_on, 2));
    incop_return(c, emit_scalar_if(g, y, x->rank == 0));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor", lower_gather, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor", lower_index_add, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor", lower_index_copy, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", lower_index_fill),
    OP("aten::index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor", lower_index_fill),
    OP_Q("aten::index_select(Tensor self, int dim, Tensor index) -> Tensor", lower_index_select, INCOP_Q_SAME | INCOP_FX_EAGER | INCOP_C_PARTS),
    OP("aten::one_hot(Tensor self, int num_classes=-1) -> Tensor", lower_one_hot),
    OP("aten::put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor", lower_put),
    OP_Q("aten::take(Tensor self, Tensor index) -> Tensor", lower_take, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor", lower_take_along_dim, INCOP_Q_NONE | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_gather = {"gather", rows, INC_COUNT(rows)};
