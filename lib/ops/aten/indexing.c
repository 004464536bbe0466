/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing where other tensors say: x[i, mask, ...], masks and where().
 *
 * x[...] with several index tensors is a GatherND on x with the indexed axes in front. PyTorch puts
 * the axes that the indices make where the indexed ones were when those are neighbours, else in
 * front; a mask stands for as many axes as it has. */
#include <string.h>

#include "ops/aten/scatter.h"
#include "ops/call/schema.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* ---- choosing by a condition ---- */

static void lower_where(incop_call *c)
{
    incop_return(c, emit_where(c->g, incop_tensor(c, "condition"), incop_tensor(c, "self"),
                               incop_tensor(c, "other")));
}

/* The result is of self's type whatever the value's. */
static void lower_masked_fill(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *value = emit_cast(c->g, incop_tensor(c, "value"), x->dtype);
    incop_return(c, emit_where(c->g, incop_tensor(c, "mask"), value, x));
}

/* ---- masks ---- */

static incir_value *emit_nonzero(incir_graph *g, incir_value *x)
{
    return incir_emit1(g, "NonZero", emit_cast(g, x, emit_working_type(g, "NonZero", x->dtype)));
}

/* [count, rank]: a row for each element that is not zero. */
static incir_value *nonzero_rows(incir_graph *g, incir_value *x)
{
    static const size_t exchanged[] = {1, 0}, second = 1;
    if (x->rank == 0) { /* rows without columns */
        incir_value *rows = nonzero_rows(g, emit_at_least(g, x, 1));
        return emit_slice(g, rows, second, incsym_int(g->syms, 0), incsym_int(g->syms, 0), 1);
    }
    return emit_transpose(g, emit_nonzero(g, x), exchanged);
}

static void lower_nonzero(incop_call *c)
{
    incop_return(c, nonzero_rows(c->g, incop_tensor(c, "self")));
}

/* So many rows: cut, or filled up. */
static void lower_nonzero_static(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *rows = nonzero_rows(g, incop_tensor(c, "self"));
    const incsym *sizes[] = {incop_sym(c, "size"), incir_axis_size(g, rows, 1)};
    incir_value *parts[] = {rows,
                            emit_full(g, INCDT_I64, sizes, 2, (double)incop_int(c, "fill_value"))};
    incop_return(c, emit_slice(g, emit_concat(g, parts, 2, 0), 0, NULL, sizes[0], 1));
}

/* A vector of positions for each axis. */
static void lower_nonzero_by_axis(incop_call *c)
{
    incir_value *x = incop_tensor(c, incop_has(c, "self") ? "self" : "condition");
    x = emit_at_least(c->g, x, 1); /* a scalar is a vector of one */
    incir_value *places = emit_nonzero(c->g, x);
    incir_value **vectors = INC_NEW_N(c->cx, incir_value *, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        vectors[i] = emit_select(c->g, places, 0, (int64_t)i);
    incop_return_list(c, vectors, x->rank);
}

/* x with n axes from first on made one. */
static incir_value *merge_axes(incir_graph *g, incir_value *x, size_t first, size_t n)
{
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, x->rank + 1);
    size_t rank = 0;
    for (size_t i = 0; i < x->rank; i++) {
        if (i > first && i < first + n)
            sizes[rank - 1] = incsym_mul(g->syms, sizes[rank - 1], incir_axis_size(g, x, i));
        else
            sizes[rank++] = incir_axis_size(g, x, i);
    }
    return emit_reshape(g, x, sizes, rank);
}

/* The positions of a small constant's elements that are not zero, as a vector; NULL when not known.
 */
static incir_value *known_positions(incir_graph *g, const incir_value *mask)
{
    enum { MOST_READ = 1 << 20 };
    if (!incir_is_constant(mask) || mask->constant->numel > MOST_READ)
        return NULL;
    const int64_t *values = inctensor_i64s(g->cx, mask->constant);
    int64_t *positions = INC_NEW_N(g->cx, int64_t, (size_t)mask->constant->numel);
    size_t n = 0;
    for (uint64_t i = 0; i < mask->constant->numel; i++)
        if (values[i])
            positions[n++] = (int64_t)i;
    return incir_const_i64s(g, positions, n);
}

/* x[:, …, mask, …], the mask standing for its rank axes from first on. */
static incir_value *select_by_mask(incir_graph *g, incir_value *x, incir_value *mask, size_t first)
{
    bool all = mask->rank == x->rank;
    incir_value *positions = known_positions(g, mask);
    if (!all || positions)
        x = merge_axes(g, x, first, mask->rank);
    if (positions)
        return emit_gather(g, x, positions, first);
    incir_node *n = incir_node_new(g, "Compress");
    incir_in(g, n, x);
    incir_in(g, n, emit_flattened(g, emit_cast(g, mask, INCDT_BOOL)));
    if (x->rank > 1 && !all) /* without an axis, x is flattened first */
        incir_attr_int(g, n, "axis", (int64_t)first);
    return incir_emit(g, n);
}

static void lower_masked_select(incop_call *c)
{
    incir_value *both[] = {incop_tensor(c, "self"), incop_tensor(c, "mask")};
    size_t rank;
    const incsym *one = incsym_int(c->g->syms, 1);
    const incsym *const *sizes = emit_broadcast_shape(c->g, both, 2, &rank);
    if (rank == 0) {
        rank = 1;
        sizes = &one;
    }
    incir_value *mask = emit_expand(c->g, both[1], sizes, rank);
    incop_return(c, select_by_mask(c->g, emit_expand(c->g, both[0], sizes, rank), mask, 0));
}

/* The first elements of source, in order, to where the mask is true. */
static void lower_masked_scatter(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *mask = incop_tensor(c, "mask");
    incir_value *source = emit_cast(g, incop_tensor(c, "source"), x->dtype);
    if (x->rank == 0)
        incop_unsupported(c, "a tensor of rank 0");
    if (mask->rank > x->rank)
        x = emit_expand(g, x, mask->dims, mask->rank);
    incir_value *rows = nonzero_rows(g, emit_expand(g, mask, x->dims, x->rank));
    incir_value *updates =
        emit_slice(g, emit_flattened(g, source), 0, NULL, incir_axis_size(g, rows, 0), 1);
    incop_return(c, emit_scatter_nd(c, x, rows, updates, NULL));
}

/* ---- x[...] ---- */

typedef struct index_block {
    size_t first, n;    /* the axes of x that it stands for */
    incir_value *index; /* a mask when is_mask */
    bool is_mask;
} index_block;

typedef struct index_plan {
    size_t n_blocks, n_axes; /* indexed */
    index_block *blocks;
    bool together;              /* the indexed axes are neighbours */
    size_t *order;              /* axes of x, the indexed ones in front */
    bool in_front;              /* they are there already */
    const incsym *const *shape; /* that the indices broadcast to */
    size_t rank;
    incir_value *columns; /* [shape…, n_axes] */
} index_plan;

static void read_blocks(incop_call *c, const incir_value *x, index_plan *p)
{
    size_t n, at = 0;
    incir_value **indices = incop_tensors(c, "indices", &n);
    p->blocks = INC_NEW_N(c->cx, index_block, n);
    p->together = true;
    for (size_t i = 0; i < n; i++) {
        if (!indices[i]) {
            at++;
            continue;
        }
        bool is_mask = indices[i]->dtype == INCDT_BOOL || indices[i]->dtype == INCDT_U8;
        size_t count = is_mask ? indices[i]->rank : 1;
        if (count == 0 || at + count > x->rank)
            incop_unsupported(c, "index %zu does not fit a tensor of rank %zu", i, x->rank);
        if (p->n_blocks) {
            const index_block *before = &p->blocks[p->n_blocks - 1];
            p->together = p->together && before->first + before->n == at;
        }
        p->blocks[p->n_blocks++] = (index_block){at, count, indices[i], is_mask};
        p->n_axes += count;
        at += count;
    }
    if (at > x->rank)
        incop_unsupported(c, "%zu indices for a tensor of rank %zu", at, x->rank);
}

/* [shape…, axes of the block] of one block, before broadcasting. */
static incir_value *block_columns(incir_graph *g, const index_block *b)
{
    if (b->is_mask)
        return nonzero_rows(g, b->index);
    size_t last = b->index->rank;
    return emit_unsqueeze_axis(g, emit_cast(g, b->index, INCDT_I64), last);
}

static void plan_columns(incop_call *c, const incir_value *x, index_plan *p)
{
    incir_graph *g = c->g;
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, p->n_blocks);
    incir_value **shapes = INC_NEW_N(c->cx, incir_value *, p->n_blocks);
    size_t n = 0;
    bool *indexed = INC_NEW_N(c->cx, bool, x->rank);
    p->order = INC_NEW_N(c->cx, size_t, x->rank);
    for (size_t i = 0; i < p->n_blocks; i++) {
        const index_block *b = &p->blocks[i];
        for (size_t k = 0; k < b->n; k++) {
            indexed[b->first + k] = true;
            p->order[n++] = b->first + k;
        }
        parts[i] = block_columns(g, b);
        shapes[i] = b->index;
        if (b->is_mask) { /* one index for each element that it picks */
            shapes[i] = inc_copy(c->cx, parts[i], sizeof *parts[i]);
            shapes[i]->rank = 1;
        }
    }
    for (size_t i = 0; i < x->rank; i++)
        if (!indexed[i])
            p->order[n++] = i;
    p->in_front = true;
    for (size_t i = 0; i < x->rank; i++)
        p->in_front = p->in_front && p->order[i] == i;
    p->shape = emit_broadcast_shape(g, shapes, p->n_blocks, &p->rank);
    for (size_t i = 0; i < p->n_blocks; i++) {
        const incsym **sizes = INC_NEW_N(c->cx, const incsym *, p->rank + 1);
        for (size_t k = 0; k < p->rank; k++)
            sizes[k] = p->shape[k];
        sizes[p->rank] = incsym_int(g->syms, (int64_t)p->blocks[i].n);
        parts[i] = emit_expand(g, parts[i], sizes, p->rank + 1);
    }
    p->columns = emit_concat(g, parts, p->n_blocks, p->rank);
}

/* How the axes of [shape…, the rest of x] are ordered in x[...]. */
static size_t *result_order(inccx *cx, const index_plan *p, size_t rank)
{
    size_t *order = INC_NEW_N(cx, size_t, rank), n = 0;
    size_t before = p->together ? p->blocks[0].first : 0;
    for (size_t i = 0; i < before; i++)
        order[n++] = p->rank + i;
    for (size_t i = 0; i < p->rank; i++)
        order[n++] = i;
    for (size_t i = p->rank + before; i < rank; i++)
        order[n++] = i;
    return order;
}

static incir_value *indexed(incop_call *c, incir_value *x)
{
    incir_graph *g = c->g;
    index_plan p = {0};
    read_blocks(c, x, &p);
    if (p.n_blocks == 0)
        return x;
    const index_block *only = &p.blocks[0];
    if (p.n_blocks == 1)
        return only->is_mask ? select_by_mask(g, x, only->index, only->first)
                             : emit_gather(g, x, only->index, only->first);
    plan_columns(c, x, &p);
    incir_value *y = incir_emit2(g, "GatherND", emit_transpose(g, x, p.order), p.columns);
    return emit_transpose(g, y, result_order(c->cx, &p, y->rank));
}

static void lower_index(incop_call *c)
{
    incop_return(c, indexed(c, incop_tensor(c, "self")));
}

/* Where the mask is false the indices may be out of range, and nothing is read or written. */
static void clamp_indices(incop_call *c, const incir_value *x)
{
    incir_graph *g = c->g;
    size_t n;
    incir_value **indices = incop_tensors(c, "indices", &n);
    if (n > x->rank)
        inc_raise(c->cx, INC_E_FORMAT, "%zu indices of a tensor of rank %zu", n, x->rank);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++) {
        incval item = incval_none();
        if (indices[i]) {
            const incsym *last = incsym_add_int(g->syms, incir_axis_size(g, x, i), -1);
            incir_value *wide = emit_cast(g, indices[i], INCDT_I64);
            wide = emit_clip(g, wide, incir_const_i64(g, 0), incir_size_scalar(g, last));
            item = incval_tensor(incop_box_new(c->cx, wide));
        }
        INC_PUSH(c->cx, &list.u.list->v, item);
    }
    c->args[incop_schema_param(c->schema, "indices")] = list;
}

static void lower_masked_index(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    clamp_indices(c, x);
    incir_value *fill = emit_cast(g, incop_tensor(c, "fill"), x->dtype);
    incop_return(c, emit_where(g, incop_tensor(c, "mask"), indexed(c, x), fill));
}

/* x[mask] = value where the value is the same for all that the mask picks: a choice of elements.
 * NULL when it is not. */
static incir_value *put_by_choice(incir_graph *g, incir_value *x, incir_value *values,
                                  const index_block *b, bool accumulate)
{
    size_t after = x->rank - b->first - b->n;
    size_t *axes = INC_NEW_N(g->cx, size_t, x->rank);
    if (values->rank > after) { /* one axis for what is picked: it has to be 1 */
        size_t picked = values->rank - after - 1;
        if (!incsym_is(incir_axis_size(g, values, picked), 1))
            return NULL;
        for (size_t i = 1; i < b->n; i++)
            axes[i - 1] = picked + i;
        values = emit_unsqueeze(g, values, axes, b->n - 1);
    }
    for (size_t i = 0; i < after; i++)
        axes[i] = b->n + i;
    incir_value *mask = emit_unsqueeze(g, emit_cast(g, b->index, INCDT_BOOL), axes, after);
    if (!accumulate)
        return emit_where(g, mask, values, x);
    return emit_binary(g, "Add", x, emit_where(g, mask, values, emit_scalar_like(g, values, 0)));
}

static incir_value *put(incop_call *c, incir_value *x, incir_value *values, bool accumulate)
{
    incir_graph *g = c->g;
    incir_value *y;
    const char *reduction = accumulate ? "add" : NULL;
    index_plan p = {0};
    read_blocks(c, x, &p);
    if (p.n_blocks == 0) {
        values = emit_expand(g, values, x->dims, x->rank);
        return reduction ? emit_binary(g, "Add", x, values) : values;
    }
    if (p.n_blocks == 1 && p.blocks[0].is_mask &&
        (y = put_by_choice(g, x, values, &p.blocks[0], accumulate)) != NULL)
        return y;
    plan_columns(c, x, &p);
    size_t rank = p.rank + x->rank - p.n_axes;
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, rank);
    for (size_t i = 0; i < rank; i++)
        sizes[i] = i < p.rank ? p.shape[i] : incir_axis_size(g, x, p.order[p.n_axes + i - p.rank]);
    if (values->rank > 0) { /* as x[...] has its axes, then as [shape…, the rest] */
        const size_t *order = result_order(c->cx, &p, rank);
        const incsym **shown = INC_NEW_N(c->cx, const incsym *, rank);
        size_t *back = INC_NEW_N(c->cx, size_t, rank);
        for (size_t i = 0; i < rank; i++) {
            shown[i] = sizes[order[i]];
            back[order[i]] = i;
        }
        values = emit_transpose(g, emit_expand(g, values, shown, rank), back);
    }
    values = emit_expand(g, values, sizes, rank);
    size_t *back = INC_NEW_N(c->cx, size_t, x->rank);
    for (size_t i = 0; i < x->rank; i++)
        back[p.order[i]] = i;
    y = emit_scatter_nd(c, emit_transpose(g, x, p.order), p.columns, values, reduction);
    return emit_transpose(g, y, back);
}

static void lower_index_put(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *values = emit_cast(c->g, incop_tensor(c, "values"), x->dtype);
    incop_return(c, put(c, x, values, incop_bool(c, "accumulate")));
}

static void lower_masked_index_put(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incir_value *values = emit_cast(g, incop_tensor(c, "values"), x->dtype);
    clamp_indices(c, x);
    values = emit_where(g, incop_tensor(c, "mask"), values, emit_scalar_like(g, values, 0));
    incop_return(c, put(c, x, values, true));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_index_put_impl(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False, bool unsafe=False) -> Tensor", lower_index_put),
    OP("aten::_unsafe_index.Tensor(Tensor self, Tensor?[] indices) -> Tensor", lower_index),
    OP("aten::_unsafe_index.Tensor_hacked_twin(Tensor self, Tensor[] indices) -> Tensor", lower_index),
    OP("aten::_unsafe_index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor", lower_index_put),
    OP("aten::_unsafe_index_put.hacked_twin(Tensor self, Tensor[] indices, Tensor values, bool accumulate=False) -> Tensor", lower_index_put),
    OP("aten::_unsafe_masked_index(Tensor self, Tensor mask, Tensor?[] indices, Scalar fill) -> Tensor", lower_masked_index),
    OP("aten::_unsafe_masked_index_put_accumulate(Tensor self, Tensor mask, Tensor?[] indices, Tensor values) -> Tensor", lower_masked_index_put),
    OP("aten::argwhere(Tensor self) -> Tensor", lower_nonzero),
    OP_Q("aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor", lower_index, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::index.Tensor_hacked_twin(Tensor self, Tensor[] indices) -> Tensor", lower_index, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor", lower_index_put, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::index_put.hacked_twin(Tensor self, Tensor[] indices, Tensor values, bool accumulate=False) -> Tensor", lower_index_put, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor", lower_masked_fill, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor", lower_masked_fill, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", lower_masked_scatter, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::masked_select(Tensor self, Tensor mask) -> Tensor", lower_masked_select, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::nonzero(Tensor self) -> Tensor", lower_nonzero),
    OP("aten::nonzero_numpy(Tensor self) -> Tensor[]", lower_nonzero_by_axis),
    OP("aten::nonzero_static(Tensor self, *, int size, int fill_value=-1) -> Tensor", lower_nonzero_static),
    OP_Q("aten::where(Tensor condition) -> Tensor[]", lower_nonzero_by_axis, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor", lower_where, INCOP_Q_NONE | INCOP_C_PARTS | INCOP_ORDER_KEPT),
    OP_Q("aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor", lower_where, INCOP_Q_NONE | INCOP_C_PARTS | INCOP_ORDER_KEPT),
    OP_Q("aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor", lower_where, INCOP_Q_NONE | INCOP_C_PARTS | INCOP_ORDER_KEPT),
    OP_Q("aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", lower_where, INCOP_Q_NONE | INCOP_C_PARTS | INCOP_ORDER_KEPT),
};
/* clang-format on */

const incop_family incop_indexing = {"indexing", rows, INC_COUNT(rows)};
