/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of vectors: rows looked up, and summed up in bags. */
#include <math.h>
#include <string.h>

#include "ops/aten/scatter.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

static void lower_embedding(incop_call *c)
{
    incop_return(c, emit_gather(c->g, incop_tensor(c, "weight"), incop_tensor(c, "indices"), 0));
}

/* The rows that are looked up next are scaled down to max_norm where they are longer. */
static void lower_embedding_renorm(incop_call *c)
{
    static const size_t last = 1;
    incir_graph *g = c->g;
    incir_value *table = incop_tensor(c, "self");
    incir_value *indices = emit_cast(g, emit_flattened(g, incop_tensor(c, "indices")), INCDT_I64);
    double max_norm = incop_float(c, "max_norm"), p = incop_float(c, "norm_type");
    if ((p != 1 && p != 2) || table->rank != 2)
        incop_unsupported(c, "norm_type=%g", p);
    incir_value *rows = emit_gather(g, table, indices, 0);
    incir_value *norm = emit_reduce(g, p == 1 ? "ReduceL1" : "ReduceL2", rows, &last, 1, true);
    incir_value *factor =
        emit_scalar_with(g, "Div", max_norm, emit_with_scalar(g, "Add", norm, 1e-7));
    incir_value *keeps = emit_compare_scalar(g, "LessOrEqual", norm, max_norm);
    factor = emit_where(g, keeps, emit_scalar_like(g, factor, 1), factor);
    rows = emit_binary(g, "Mul", rows, factor);
    incop_return(c, emit_scatter_nd(c, table, emit_unsqueeze_axis(g, indices, 1), rows, NULL));
}

/* ---- bags ---- */

typedef enum { BAG_SUM, BAG_MEAN, BAG_MAX } bag_mode;

typedef struct bags {
    incir_value *table, *indices, *offsets;
    incir_value *weights; /* one for each index, or NULL */
    bag_mode mode;
    bool has_last_offset, has_padding;
    int64_t padding;
} bags;

/* The contents of a node's input when that is one integer. */
static const incsym *integer_input(incir_graph *g, const incir_node *n, size_t i)
{
    const incsym *const *contents =
        i < n->n_inputs && n->inputs[i]->rank == 0 ? incir_contents(g, n->inputs[i]) : NULL;
    return contents ? contents[0] : NULL;
}

/* The length of the bags when all are of one known length, else 0. */
static int64_t equal_length(incir_graph *g, const bags *b)
{
    const incsym *n = incir_numel(g, b->indices);
    int64_t length, total, count;
    if (b->has_last_offset)
        return 0;
    if (b->offsets->kind == INCIR_RESULT && incir_is(b->offsets->producer, INCIR_OP_RANGE)) {
        const incir_node *range = b->offsets->producer;
        const incsym *start = integer_input(g, range, 0), *limit = integer_input(g, range, 1);
        const incsym *step = integer_input(g, range, 2);
        bool even = start && limit && step && incsym_is(start, 0) && incsym_known(step, &length) &&
                    emit_same_size(g, limit, n);
        return even && length > 0 ? length : 0;
    }
    const incsym *const *contents = incir_contents(g, b->offsets);
    if (!contents || b->offsets->rank != 1 || !incsym_known(n, &total) ||
        !incir_dim(b->offsets, 0, &count) || count == 0 || total % count != 0)
        return 0;
    length = total / count;
    for (int64_t i = 0; i < count; i++)
        if (!incsym_is(contents[i], i * length))
            return 0;
    return length;
}

static incir_value *not_padding(incir_graph *g, const bags *b, incir_value *indices)
{
    return emit_unary(g, "Not",
                      emit_binary(g, "Equal", indices,
                                  emit_cast(g, incir_const_i64(g, b->padding), indices->dtype)));
}

/* The rows of each index, times its weight; indices of any shape. */
static incir_value *weighted_rows(incir_graph *g, const bags *b, incir_value *indices)
{
    incir_value *rows = emit_gather(g, b->table, indices, 0);
    if (!b->weights)
        return rows;
    size_t last = indices->rank;
    incir_value *weights = emit_reshape(g, b->weights, indices->dims, indices->rank);
    return emit_binary(g, "Mul", rows, emit_unsqueeze_axis(g, weights, last));
}

/* rows [bags, length, D]; counted [bags, length] or NULL for all. */
static incir_value *reduce_bags(incir_graph *g, const bags *b, incir_value *rows,
                                incir_value *counted)
{
    static const size_t axis = 1;
    static const char *const op_types[] = {"ReduceSum", "ReduceMean", "ReduceMax"};
    if (!counted)
        return emit_reduce(g, op_types[b->mode], rows, &axis, 1, false);
    incir_value *mask = emit_unsqueeze_axis(g, counted, 2);
    incir_value *some =
        emit_reduce(g, "ReduceMax", emit_cast(g, mask, rows->dtype), &axis, 1, false);
    if (b->mode == BAG_MAX) {
        rows = emit_where(g, mask, rows, emit_scalar_like(g, rows, -INFINITY));
        incir_value *most = emit_reduce(g, "ReduceMax", rows, &axis, 1, false);
        return emit_where(g, emit_cast(g, some, INCDT_BOOL), most, emit_scalar_like(g, most, 0));
    }
    mask = emit_cast(g, mask, rows->dtype);
    incir_value *sum =
        emit_reduce(g, "ReduceSum", emit_binary(g, "Mul", rows, mask), &axis, 1, false);
    if (b->mode == BAG_SUM)
        return sum;
    incir_value *count = emit_reduce(g, "ReduceSum", mask, &axis, 1, false);
    return emit_binary(g, "Div", sum, emit_extreme(g, "Max", count, emit_scalar_like(g, count, 1)));
}

static incir_value *even_bags(incir_graph *g, const bags *b, int64_t length)
{
    const incsym *size = incsym_int(g->syms, length);
    const incsym *sizes[] = {incsym_floordiv(g->syms, incir_numel(g, b->indices), size), size};
    incir_value *indices = emit_reshape(g, b->indices, sizes, 2);
    incir_value *counted = b->has_padding ? not_padding(g, b, indices) : NULL;
    return reduce_bags(g, b, weighted_rows(g, b, indices), counted);
}

/* [bags, indices]: which index is in which bag. start <= end, so an index is between them when it
 * is less than just one. */
static incir_value *membership(incir_graph *g, const bags *b)
{
    incir_value *offsets = emit_cast(g, b->offsets, INCDT_I64), *starts = offsets, *ends;
    const incsym *n = incir_numel(g, b->indices);
    if (b->has_last_offset) {
        starts = emit_slice(g, offsets, 0, NULL, incsym_int(g->syms, -1), 1);
        ends = emit_slice(g, offsets, 0, incsym_int(g->syms, 1), NULL, 1);
    } else {
        incir_value *parts[] = {emit_slice(g, offsets, 0, incsym_int(g->syms, 1), NULL, 1),
                                incir_sizes(g, &n, 1)};
        ends = emit_concat(g, parts, 2, 0);
    }
    incir_value *j = emit_count_up(g, n);
    incir_value *before_end = emit_binary(g, "Less", j, emit_unsqueeze_axis(g, ends, 1));
    return emit_binary(g, "Xor", emit_binary(g, "Less", j, emit_unsqueeze_axis(g, starts, 1)),
                       before_end);
}

static incir_value *uneven_bags(incir_graph *g, const bags *b)
{
    static const size_t last = 1;
    incir_value *rows = weighted_rows(g, b, b->indices), *member = membership(g, b);
    if (b->has_padding)
        member = emit_binary(g, "And", member, not_padding(g, b, b->indices));
    if (b->mode == BAG_MAX)
        return reduce_bags(g, b, emit_unsqueeze_axis(g, rows, 0), member);
    member = emit_cast(g, member, rows->dtype);
    incir_value *sum = emit_matmul(g, member, rows);
    if (b->mode == BAG_SUM)
        return sum;
    incir_value *count = emit_reduce(g, "ReduceSum", member, &last, 1, true);
    return emit_binary(g, "Div", sum, emit_extreme(g, "Max", count, emit_scalar_like(g, count, 1)));
}

static void lower_embedding_bag(incop_call *c)
{
    int64_t mode = incop_int(c, "mode");
    bags b = {.table = incop_tensor(c, "weight"),
              .indices = incop_tensor(c, "indices"),
              .offsets = incop_tensor(c, "offsets"),
              .weights = incop_tensor_or_null(c, "per_sample_weights"),
              .mode = (bag_mode)mode,
              .has_last_offset = incop_bool(c, "include_last_offset")};
    if (mode < BAG_SUM || mode > BAG_MAX)
        incop_unsupported(c, "mode %lld", (long long)mode);
    if (b.indices->rank != 1 || b.table->rank != 2)
        incop_unsupported(c, "indices of rank %zu", b.indices->rank);
    if (incop_has(c, "padding_idx") && !incop_is_none(c, "padding_idx")) {
        b.padding = incop_int(c, "padding_idx");
        b.has_padding = b.padding >= 0 || strcmp(c->row->as, "public") == 0;
        int64_t n;
        if (b.padding < 0 && incir_dim(b.table, 0, &n))
            b.padding += n;
    }
    int64_t length = equal_length(c->g, &b);
    incop_return(c, length ? even_bags(c->g, &b, length) : uneven_bags(c->g, &b));
    for (int i = 0; i < 3; i++) /* offset2bag, bag_size, max_indices: for the backward pass */
        incop_return(c, emit_empty(c->g, INCDT_I64));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_AS("aten::_embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)", lower_embedding_bag, "internal"),
    OP_AS("aten::_embedding_bag_forward_only(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)", lower_embedding_bag, "internal"),
    OP("aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor", lower_embedding),
    OP_AS("aten::embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False) -> (Tensor, Tensor, Tensor, Tensor)", lower_embedding_bag, "public"),
    OP_AS("aten::embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx) -> (Tensor, Tensor, Tensor, Tensor)", lower_embedding_bag, "public"),
    OP("aten::embedding_renorm(Tensor self, Tensor indices, float max_norm, float norm_type) -> Tensor", lower_embedding_renorm),
};
/* clang-format on */

const incop_family incop_embedding = {"embedding", rows, INC_COUNT(rows)};
