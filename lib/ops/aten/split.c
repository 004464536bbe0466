/* SPDX-License-Identifier: Apache-2.0 */
/* An axis cut into parts: split, chunk, tensor_split, unbind and their like. All but unbind differ
 * in how they say the sizes of the parts only. */
#include "ops/families.h"

#include "ops/call/internal.h"
#include "ops/call/schema.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

/* row.mode: the axis, where the name says it instead of dim */
enum { BY_DIM, ROWS, COLUMNS, DEPTH };

enum { MOST_PARTS = 1 << 16 };

/* A number of parts; of a dynamic size it is that of the example, and a warning. */
static size_t part_count(incop_call *c, const incsym *count)
{
    int64_t n;
    if (!incsym_known(count, &n)) {
        n = incsym_example(c->g->syms, count);
        inc_guess(c->cx, "%s: the number of parts (%s) is fixed to %lld, as in the example",
                  c->schema->name, incsym_text(c->g->syms, count), (long long)n);
    }
    if (n < 0 || n > MOST_PARTS)
        inc_raise(c->cx, INC_E_LIMIT, "%s: cutting into %lld parts", c->schema->name, (long long)n);
    return (size_t)n;
}

/* n - 1 parts of that size and one of what is left. */
static const incsym **equal_parts(incop_call *c, const incsym *whole, const incsym *size, size_t n)
{
    incsym_table *t = c->g->syms;
    const incsym **parts = INC_NEW_N(c->cx, const incsym *, n + 1);
    for (size_t i = 0; i + 1 < n; i++)
        parts[i] = size;
    if (n > 0)
        parts[n - 1] = incsym_sub(t, whole, incsym_mul_int(t, size, (int64_t)n - 1));
    return parts;
}

static const incsym **parts_of_size(incop_call *c, const incsym *whole, size_t *n)
{
    incsym_table *t = c->g->syms;
    const incsym *size = incop_sym(c, "split_size");
    if (incsym_is(size, 0) || incsym_is(whole, 0)) { /* only nothing can be cut into nothings */
        *n = 1;
        return equal_parts(c, whole, whole, 1);
    }
    *n = part_count(c, incsym_ceildiv(t, whole, size));
    return equal_parts(c, whole, size, *n);
}

/* How many chunks a dynamic axis makes: as many as in the example. */
static int64_t chunks_of_example(incop_call *c, const incsym *whole, int64_t count)
{
    int64_t size = incsym_hint(whole);
    if (size <= 0 || incsym_is_guess(whole))
        return count;
    int64_t each = (size - 1) / count + 1, n = (size - 1) / each + 1;
    if (n == count)
        return count;
    inc_guess(c->cx,
              "%s: an axis of size %lld (%s) makes fewer than %lld chunks, as in the example",
              c->cx->where.op, (long long)size, incsym_text(c->g->syms, whole), (long long)count);
    return n;
}

/* At most that many parts; the last may be smaller, or there may be fewer. */
static const incsym **chunks(incop_call *c, const incsym *whole, size_t *n)
{
    incsym_table *t = c->g->syms;
    int64_t count = incop_int(c, "chunks"), known, size;
    if (count <= 0)
        inc_raise(c->cx, INC_E_FORMAT, "%s: into %lld chunks", c->schema->name, (long long)count);
    const incsym *each = incsym_ceildiv(t, whole, incsym_int(t, count));
    if (incsym_known(whole, &known) && incsym_known(each, &size) && size > 0)
        count = (known + size - 1) / size;
    else
        count = chunks_of_example(c, whole, count);
    *n = part_count(c, incsym_int(t, count));
    return equal_parts(c, whole, each, *n);
}

/* Exactly that many parts, the first ones larger by one where it does not come out even. */
static const incsym **sections(incop_call *c, const incsym *whole, const incsym *count, size_t *n)
{
    incsym_table *t = c->g->syms;
    *n = part_count(c, count);
    const incsym **parts = INC_NEW_N(c->cx, const incsym *, *n + 1),
                 *all = incsym_int(t, (int64_t)*n);
    for (size_t i = 0; i < *n; i++)
        parts[i] = incsym_floordiv(t, incsym_add_int(t, whole, (int64_t)(*n - 1 - i)), all);
    return parts;
}

/* Where the parts begin and end: side by side with sizes that add up, or, sizes being NULL, each
 * from one index to the next as a slice would go, which may leave some out and have others twice.
 */
typedef struct cuts {
    size_t axis, n;
    const incsym **sizes;
    const incsym **indices; /* n - 1 */
} cuts;

/* Whether none of two indices, as they were given, comes before the one before it. */
static bool is_later(incop_call *c, const incsym *index, const incsym *next, const incsym *whole)
{
    int64_t a, b;
    if (incsym_known(index, &a) && incsym_known(next, &b) && (a < 0) == (b < 0))
        return a <= b;
    index = incir_slice_bound(c->g, index, whole);
    next = incir_slice_bound(c->g, next, whole);
    return index && next && incsym_le(c->g->syms, index, next) == 1;
}

/* Cut at these indices. */
static void cut_between(incop_call *c, const incsym *whole, cuts *cut)
{
    incsym_table *t = c->g->syms;
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, cut->n), *at = incsym_int(t, 0);
    for (size_t i = 0; i < cut->n; i++) {
        bool is_last = i + 1 == cut->n;
        const incsym *end = is_last ? whole : incir_slice_bound(c->g, cut->indices[i], whole);
        if (!end ||
            (i > 0 && !is_last && !is_later(c, cut->indices[i - 1], cut->indices[i], whole)))
            return;
        sizes[i] = incsym_sub(t, end, at);
        at = end;
    }
    cut->sizes = sizes;
}

/* The numbers in a vector, which data may decide; negative ones count from the end. */
static const incsym **indices_of(incop_call *c, incir_value *v, const incsym *whole, size_t *n)
{
    incir_graph *g = c->g;
    int64_t size;
    if (v->rank != 1 || !incir_dim(v, 0, &size) || size > MOST_PARTS)
        incop_unsupported(c, "indices %s", incir_type_text(g, v));
    v = emit_cast(g, v, INCDT_I64);
    incir_value *wrapped = emit_binary(g, "Add", v, incir_size_scalar(g, whole));
    v = emit_where(g, emit_compare_scalar(g, "Less", v, 0), wrapped, v);
    const incsym **indices = INC_NEW_N(c->cx, const incsym *, *n = (size_t)size);
    for (size_t i = 0; i < *n; i++)
        indices[i] = incop_integer_of(g, emit_select(g, v, 0, (int64_t)i));
    return indices;
}

static bool is_list(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    return v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE;
}

static size_t axis_of(incop_call *c, const incir_value *x)
{
    if (incop_has(c, "dim"))
        return incop_axis(c, "dim", x->rank);
    switch (c->row->mode) {
    case COLUMNS:
        return x->rank > 1 ? 1 : 0;
    case DEPTH:
        return incop_wrap_axis(c, 2, x->rank);
    default:
        return 0;
    }
}

static cuts cuts_of(incop_call *c, const incir_value *x)
{
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "%s: a tensor without axes", c->schema->name);
    cuts cut = {.axis = axis_of(c, x)};
    const incsym *whole = incir_axis_size(c->g, x, cut.axis);
    const char *name = incop_has(c, "indices") ? "indices" : "tensor_indices_or_sections";
    if (incop_has(c, "split_size"))
        cut.sizes = is_list(c, "split_size") ? incop_syms(c, "split_size", &cut.n)
                                             : parts_of_size(c, whole, &cut.n);
    else if (incop_has(c, "split_sizes"))
        cut.sizes = incop_syms(c, "split_sizes", &cut.n);
    else if (incop_has(c, "chunks"))
        cut.sizes = chunks(c, whole, &cut.n);
    else if (incop_has(c, "sections"))
        cut.sizes = sections(c, whole, incop_sym(c, "sections"), &cut.n);
    else if (incop_arg(c, name).kind == INCVAL_TENSOR && incop_tensor(c, name)->rank == 0)
        cut.sizes = sections(c, whole, incop_sym(c, name), &cut.n);
    else {
        cut.indices = incop_arg(c, name).kind == INCVAL_TENSOR
                          ? indices_of(c, incop_tensor(c, name), whole, &cut.n)
                          : incop_syms(c, name, &cut.n);
        cut.n++;
        cut_between(c, whole, &cut);
    }
    return cut;
}

static const incsym *start_of(const cuts *cut, size_t i)
{
    return i && cut->indices ? cut->indices[i - 1] : NULL;
}

static const incsym *end_of(const cuts *cut, size_t i)
{
    return i + 1 < cut->n && cut->indices ? cut->indices[i] : NULL;
}

static void lower_split(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    cuts cut = cuts_of(c, x);
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, cut.n);
    if (cut.sizes)
        emit_split(c->g, x, cut.axis, cut.sizes, cut.n, parts);
    for (size_t i = 0; !cut.sizes && i < cut.n; i++)
        parts[i] = emit_slice(c->g, x, cut.axis, start_of(&cut, i), end_of(&cut, i), 1);
    incop_return_list(c, parts, cut.n);
}

/* What a write into part i, a slice, makes of base. */
static incir_value *unview_between(incop_call *c, incir_value *base, incir_value *part,
                                   const cuts *cut, size_t i)
{
    incsym_table *t = c->g->syms;
    const incsym *whole = incir_axis_size(c->g, base, cut->axis);
    const incsym *start = start_of(cut, i), *end = end_of(cut, i);
    start = start ? incir_slice_bound(c->g, start, whole) : incsym_int(t, 0);
    end = end ? incir_slice_bound(c->g, end, whole) : whole;
    if (!start || !end)
        incop_unsupported(c, "writing into a part that is cut at an index of unknown sign");
    return emit_replace(c->g, base, part, cut->axis, start, incsym_max(t, start, end));
}

static incir_value *unview_split(incop_call *c, incir_value *base, incir_value *part)
{
    cuts cut = cuts_of(c, base);
    if (!cut.sizes)
        return unview_between(c, base, part, &cut, c->view_index);
    const incsym *start = incsym_int(c->g->syms, 0);
    for (size_t i = 0; i < c->view_index && i < cut.n; i++)
        start = incsym_add(c->g->syms, start, cut.sizes[i]);
    bool is_last = c->view_index + 1 == cut.n;
    const incsym *size = incir_axis_size(c->g, part, cut.axis);
    return emit_replace(c->g, base, part, cut.axis, start,
                        is_last ? NULL : incsym_add(c->g->syms, start, size));
}

/* ---- unbind ---- */

static void lower_unbind(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "unbind: a tensor without axes");
    size_t axis = incop_axis(c, "dim", x->rank), n = part_count(c, incir_axis_size(g, x, axis));
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, n);
    for (size_t i = 0; i < n; i++)
        parts[i] = emit_gather(g, x, incir_const_i64(g, (int64_t)i), axis);
    incop_return_list(c, parts, n);
}

static incir_value *unview_unbind(incop_call *c, incir_value *base, incir_value *part)
{
    incir_graph *g = c->g;
    size_t axis = incop_axis(c, "dim", base->rank);
    const incsym *index = incsym_int(g->syms, (int64_t)c->view_index);
    return emit_replace(g, base, emit_unsqueeze_axis(g, part, axis), axis, index,
                        incsym_add_int(g->syms, index, 1));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW_Q("aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]", lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_ROW("aten::dsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]", lower_split, NULL, DEPTH, INCOP_ANY_OPSET, INCOP_VIEW_KEEP, unview_split, INCOP_Q_SAME),
    OP_ROW("aten::dsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]", lower_split, NULL, DEPTH, INCOP_ANY_OPSET, INCOP_VIEW_KEEP, unview_split, INCOP_Q_SAME),
    OP_ROW("aten::hsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]", lower_split, NULL, COLUMNS, INCOP_ANY_OPSET, INCOP_VIEW_KEEP, unview_split, INCOP_Q_SAME),
    OP_ROW("aten::hsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]", lower_split, NULL, COLUMNS, INCOP_ANY_OPSET, INCOP_VIEW_KEEP, unview_split, INCOP_Q_SAME),
    OP_VIEW_Q("aten::split(Tensor(a -> *) self, int[] split_sizes, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_VIEW_Q("aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_VIEW_Q("aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_Q("aten::split_copy.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]", lower_split, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_VIEW_Q("aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP("aten::split_with_sizes_copy(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]", lower_split),
    OP_VIEW_Q("aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_VIEW_Q("aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_VIEW_Q("aten::tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor(a)[]",
        lower_split, unview_split, INCOP_VIEW_KEEP, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_VIEW_Q("aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]", lower_unbind, unview_unbind, INCOP_VIEW_SELECT, INCOP_Q_SAME | INCOP_FX_EAGER),
    OP_Q("aten::unbind_copy.int(Tensor self, int dim=0) -> Tensor[]", lower_unbind, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]", lower_split, INCOP_FX_EAGER | INCOP_C_PARTS),
    OP_Q("aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]", lower_split, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]", lower_split),
    OP_ROW("aten::vsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]", lower_split, NULL, ROWS, INCOP_ANY_OPSET, INCOP_VIEW_KEEP, unview_split, INCOP_Q_SAME),
    OP_ROW("aten::vsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]", lower_split, NULL, ROWS, INCOP_ANY_OPSET, INCOP_VIEW_KEEP, unview_split, INCOP_Q_SAME),
};
/* clang-format on */

const incop_family incop_split = {"split", rows, INC_COUNT(rows)};
