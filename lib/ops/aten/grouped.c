/* SPDX-License-Identifier: Apache-2.0 */
/* _grouped_mm: products of groups of rows, or columns, each with a matrix of its own, as mixtures
 * of experts have them. Data decides where a group ends; how many there are is known, so each is a
 * MatMul of what Split cuts. What comes after the last group PyTorch leaves as it was in memory,
 * and is taken to be of it; transformers' own operator has zeros there. */
#include "ops/call/internal.h"
#include "ops/call/schema.h"
#include "ops/emit/emit.h"
#include "ops/emit/nn.h"

enum { MOST_GROUPS = 4096 };

/* The sizes of n groups along an axis of that size, as int64[n]: each ends where offs says, the
 * last at the end of the axis. */
static incir_value *group_sizes(incir_graph *g, incir_value *offs, const incsym *whole, size_t n)
{
    const int64_t zero = 0;
    const incsym *none = incsym_int(g->syms, 0), *last = incsym_int(g->syms, (int64_t)n - 1);
    offs = emit_cast(g, offs, INCDT_I64);
    incir_value *inner = emit_slice(g, offs, 0, none, last, 1);
    incir_value *starts[] = {incir_const_i64s(g, &zero, 1), inner};
    incir_value *ends[] = {inner, incir_sizes(g, &whole, 1)};
    incir_value *from = emit_concat(g, starts, INC_COUNT(starts), 0);
    incir_value *to = emit_concat(g, ends, INC_COUNT(ends), 0);
    return emit_binary(g, "Sub", to, from);
}

static void split_groups(incir_graph *g, incir_value *x, size_t axis, incir_value *offs, size_t n,
                         incir_value **parts)
{
    incir_value *sizes = group_sizes(g, offs, incir_axis_size(g, x, axis), n);
    if (g->opset < 13 || incir_is_constant(sizes)) {
        const incsym **known = INC_NEW_N(g->cx, const incsym *, n);
        for (size_t i = 0; i < n; i++)
            known[i] = incop_integer_of(g, emit_select(g, sizes, 0, (int64_t)i));
        emit_split(g, x, axis, known, n, parts);
        return;
    }
    incir_node *split = incir_node_new(g, "Split");
    incir_in(g, split, x);
    incir_in(g, split, sizes);
    incir_attr_int(g, split, "axis", (int64_t)axis);
    incir_emit_n(g, split, n, parts);
}

/* What each group reads of x: its part along the axis that is cut, or its matrix of several. */
static incir_value **groups_of(incop_call *c, incir_value *x, size_t axis, incir_value *offs,
                               size_t n)
{
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, n);
    if (x->rank == 2)
        split_groups(c->g, x, axis, offs, n, parts);
    for (size_t i = 0; x->rank == 3 && i < n; i++)
        parts[i] = emit_select(c->g, x, 0, (int64_t)i);
    return parts;
}

static size_t count_groups(incop_call *c, const incir_value *offs)
{
    int64_t n;
    if (offs->rank != 1 || !incir_dim(offs, 0, &n) || n < 1 || n > MOST_GROUPS)
        incop_unsupported(c, "groups that %s says", incir_type_text(c->g, offs));
    return (size_t)n;
}

static void lower_grouped_mm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "mat2"),
                *offs = incop_tensor_or_null(c, "offs");
    incdtype type = incop_dtype(c, "out_dtype", a->dtype);
    if (incop_tensor_or_null(c, "bias"))
        incop_unsupported(c, "a bias");
    if (a->rank < 2 || a->rank > 3 || b->rank < 2 || b->rank > 3 ||
        !offs != (a->rank == 3 && b->rank == 3))
        inc_raise(c->cx, INC_E_FORMAT, "%s of %s and %s", c->schema->name, incir_type_text(g, a),
                  incir_type_text(g, b));
    if (!offs) {
        incop_return(c, emit_cast(g, emit_matmul(g, a, b), type));
        return;
    }
    size_t n = count_groups(c, offs);
    incir_value **left = groups_of(c, a, b->rank == 2 && a->rank == 2 ? 1 : 0, offs, n);
    incir_value **right = groups_of(c, b, a->rank == 2 ? 0 : 1, offs, n);
    bool stacks = a->rank == 2 && b->rank == 2;
    for (size_t i = 0; i < n; i++) {
        incir_value *y = emit_matmul(g, left[i], right[i]);
        left[i] = stacks ? emit_unsqueeze_axis(g, y, 0) : y;
    }
    bool has_rows = a->rank == 2 && b->rank == 3;
    incir_value *y = emit_concat(g, left, n, stacks || has_rows ? 0 : 1);
    if (!stacks) {
        const incsym *dims[] = {incir_axis_size(g, a, has_rows ? 0 : 1),
                                incir_axis_size(g, b, has_rows ? 2 : 1)};
        y = emit_set_dims(g, y, dims);
    }
    incop_return(c, emit_cast(g, y, type));
}

static void lower_grouped_rows(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "input"), *b = incop_tensor(c, "weight"),
                *offs = incop_tensor(c, "offs");
    if (a->rank != 2 || b->rank != 3)
        inc_raise(c->cx, INC_E_FORMAT, "%s of %s and %s", c->schema->name, incir_type_text(g, a),
                  incir_type_text(g, b));
    size_t n = count_groups(c, offs);
    incir_value **parts = groups_of(c, a, 0, offs, n + 1), **matrices = groups_of(c, b, 0, offs, n);
    for (size_t i = 0; i < n; i++)
        parts[i] = emit_matmul(g, parts[i], matrices[i]);
    const incsym *rest[] = {incir_axis_size(g, parts[n], 0), incir_axis_size(g, b, 2)};
    parts[n] = emit_full(g, parts[0]->dtype, rest, 2, 0);
    const incsym *dims[] = {incir_axis_size(g, a, 0), rest[1]};
    incir_value *y = emit_set_dims(g, emit_concat(g, parts, n + 1, 0), dims);
    incop_return(c, emit_cast(g, y, a->dtype));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_grouped_mm(Tensor self, Tensor mat2, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) -> Tensor", lower_grouped_mm),
    OP("transformers::grouped_mm_fallback(Tensor input, Tensor weight, Tensor offs) -> Tensor", lower_grouped_rows),
};
/* clang-format on */

const incop_family incop_grouped = {"grouped", rows, INC_COUNT(rows)};
