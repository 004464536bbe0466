/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors put together: along an axis, as a new axis, or broadcast to one shape. */
#include "ops/families.h"

#include "ops/emit/shape.h"

static incir_value **some_tensors(incop_call *c, size_t *n)
{
    incir_value **values = incop_tensors(c, "tensors", n);
    if (*n == 0)
        incop_unsupported(c, "an empty list of tensors");
    return values;
}

/* A tensor of sizes [0] joins with anything, and adds nothing. */
static bool is_nothing(const incir_value *v)
{
    return v->rank == 1 && incsym_is(v->dims[0], 0);
}

/* ---- along an axis ---- */

static void lower_cat(incop_call *c)
{
    size_t n, kept = 0;
    incir_value **values = some_tensors(c, &n);
    incdtype type = emit_result_type(c->g, values, n);
    for (size_t i = 0; i < n; i++)
        if (!is_nothing(values[i]))
            values[kept++] = values[i];
    if (kept == 0)
        kept = 1;
    for (size_t i = 0; i < kept; i++)
        values[i] = emit_cast(c->g, values[i], type);
    incop_return(c, emit_concat(c->g, values, kept, incop_axis(c, "dim", values[0]->rank)));
}

/* mode: how many axes each gets at least. Then along the first (2: rows), the second (1, where
 * there is one: columns) or the third. */
static void lower_stack_as(incop_call *c)
{
    size_t n, rank = (size_t)c->row->mode;
    incir_value **values = some_tensors(c, &n);
    for (size_t i = 0; i < n; i++)
        values[i] = emit_at_least(c->g, values[i], rank);
    size_t axis = rank == 2 ? 0 : rank == 3 ? 2 : values[0]->rank > 1 ? 1 : 0;
    incop_return(c, emit_concat(c->g, values, n, axis));
}

/* Vectors are columns. */
static void lower_column_stack(incop_call *c)
{
    static const size_t both[] = {0, 1}, last = 1;
    size_t n;
    incir_value **values = some_tensors(c, &n);
    for (size_t i = 0; i < n; i++) {
        if (values[i]->rank == 0)
            values[i] = emit_unsqueeze(c->g, values[i], both, 2);
        else if (values[i]->rank == 1)
            values[i] = emit_unsqueeze_axis(c->g, values[i], last);
    }
    incop_return(c, emit_concat(c->g, values, n, 1));
}

/* ---- as a new axis ---- */

static incir_value *stack(incir_graph *g, incir_value **values, size_t n, size_t axis)
{
    incir_value **rows = INC_NEW_N(g->cx, incir_value *, n);
    incdtype type = emit_result_type(g, values, n);
    for (size_t i = 0; i < n; i++)
        rows[i] = emit_unsqueeze_axis(g, emit_cast(g, values[i], type), axis);
    return emit_concat(g, rows, n, axis);
}

static void lower_stack(incop_call *c)
{
    size_t n;
    incir_value **values = some_tensors(c, &n);
    incop_return(c, stack(c->g, values, n, incop_axis(c, "dim", values[0]->rank + 1)));
}

/* ---- to one shape ---- */

static void lower_broadcast_tensors(incop_call *c)
{
    size_t n, rank;
    incir_value **values = incop_tensors(c, "tensors", &n);
    const incsym *const *sizes = emit_broadcast_shape(c->g, values, n, &rank);
    for (size_t i = 0; i < n; i++)
        values[i] = emit_expand(c->g, values[i], sizes, rank);
    incop_return_list(c, values, n);
}

/* Vectors as the axes of a grid. indexing="xy" swaps the first two. */
static void grid(incir_graph *g, incir_value **values, size_t n, bool swap)
{
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, n), *one = incsym_int(g->syms, 1);
    const incsym **own = INC_NEW_N(g->cx, const incsym *, n);
    size_t *place = INC_NEW_N(g->cx, size_t, n);
    for (size_t i = 0; i < n; i++) {
        place[i] = swap && i < 2 && n > 1 ? 1 - i : i;
        sizes[place[i]] = values[i]->rank ? incir_axis_size(g, values[i], 0) : one;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++)
            own[k] = k == place[i] ? sizes[k] : one;
        values[i] = emit_expand(g, emit_reshape(g, values[i], own, n), sizes, n);
    }
}

static void lower_meshgrid(incop_call *c)
{
    size_t n;
    incir_value **values = some_tensors(c, &n);
    grid(c->g, values, n, incop_has(c, "indexing") && incop_str_is(c, "indexing", "xy"));
    incop_return_list(c, values, n);
}

/* All tuples of elements, one a row. */
static void lower_cartesian_prod(incop_call *c)
{
    size_t n;
    incir_graph *g = c->g;
    incir_value **values = some_tensors(c, &n);
    if (n == 1) {
        incop_return(c, values[0]);
        return;
    }
    grid(g, values, n, false);
    incir_value *rows = stack(g, values, n, n);
    const incsym *sizes[] = {incir_numel(g, values[0]), incsym_int(g->syms, (int64_t)n)};
    incop_return(c, emit_reshape(g, rows, sizes, 2));
}

/* Matrices along the diagonal of a larger one, zeros elsewhere. */
static void lower_block_diag(incop_call *c)
{
    size_t n;
    incir_graph *g = c->g;
    incir_value **values = some_tensors(c, &n);
    const incsym *all = incsym_int(g->syms, 0), *left = all, *zero = all;
    for (size_t i = 0; i < n; i++) {
        values[i] = emit_at_least(g, values[i], 2);
        if (values[i]->rank > 2)
            inc_raise(c->cx, INC_E_FORMAT, "block_diag of a tensor of rank %zu", values[i]->rank);
        all = incsym_add(g->syms, all, incir_axis_size(g, values[i], 1));
    }
    for (size_t i = 0; i < n; i++) {
        const incsym *next = incsym_add(g->syms, left, incir_axis_size(g, values[i], 1));
        const incsym *begins[] = {zero, left}, *ends[] = {zero, incsym_sub(g->syms, all, next)};
        values[i] = emit_pad(g, values[i], "constant", begins, ends, 0);
        left = next;
    }
    incop_return(c, emit_concat(g, values, n, 0));
}

/* Each tensor filled up with zeros to num_chunks equal parts along dim, the parts flattened, and
 * joined part by part. */
static void lower_chunk_cat(incop_call *c)
{
    incir_graph *g = c->g;
    size_t n;
    incir_value **tensors = incop_tensors(c, "tensors", &n);
    if (n == 0)
        inc_raise(c->cx, INC_E_FORMAT, "_chunk_cat of no tensors");
    size_t axis = incop_axis(c, "dim", tensors[0]->rank);
    const incsym *chunks = incsym_int(g->syms, incop_int(c, "num_chunks"));
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, n);
    for (size_t i = 0; i < n; i++) {
        incir_value *x = tensors[i];
        const incsym **begins = INC_NEW_N(c->cx, const incsym *, x->rank);
        const incsym **ends = INC_NEW_N(c->cx, const incsym *, x->rank);
        const incsym **sizes = INC_NEW_N(c->cx, const incsym *, axis + 2);
        const incsym *size = incir_axis_size(g, x, axis);
        const incsym *each = incsym_ceildiv(g->syms, size, chunks);
        for (size_t k = 0; k < x->rank; k++)
            begins[k] = ends[k] = incsym_int(g->syms, 0);
        ends[axis] = incsym_sub(g->syms, incsym_mul(g->syms, each, chunks), size);
        if (!incsym_is(ends[axis], 0))
            x = emit_pad(g, x, "constant", begins, ends, 0);
        for (size_t k = 0; k < axis; k++)
            sizes[k] = incir_axis_size(g, x, k);
        sizes[axis] = chunks;
        sizes[axis + 1] = each;
        for (size_t k = axis + 1; k < x->rank; k++)
            sizes[axis + 1] = incsym_mul(g->syms, sizes[axis + 1], incir_axis_size(g, x, k));
        parts[i] = emit_reshape(g, x, sizes, axis + 2);
    }
    incop_return(c, emit_concat(g, parts, n, axis + 1));
}

/* The powers 0 to N - 1 of each element, as a new last axis. */
static void lower_vander(incop_call *c)
{
    enum { MOST = 256 };
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "x");
    if (!incdtype_is_float(x->dtype) && !incdtype_is_complex(x->dtype))
        x = emit_cast(g, x, INCDT_I64);
    x = emit_at_least(g, x, 1);
    int64_t n;
    const incsym *wanted =
        incop_is_none(c, "N") ? incir_axis_size(g, x, x->rank - 1) : incop_sym(c, "N");
    if (!incsym_known(wanted, &n) || n < 1 || n > MOST)
        incop_unsupported(c, "a number of columns that is not known, or above %d", MOST);
    incir_value *columns[MOST], *base = emit_unsqueeze_axis(g, x, x->rank);
    columns[0] = emit_full(g, x->dtype, base->dims, base->rank, 1);
    for (int64_t i = 1; i < n; i++)
        columns[i] = i == 1 ? base : emit_binary(g, "Mul", columns[i - 1], base);
    incop_return(c, emit_concat(g, columns, (size_t)n, x->rank));
}

/* The next row of indices in order: rising, strictly so unless an element may come twice. */
static bool next_choice(int64_t *row, int64_t r, int64_t n, bool twice)
{
    for (int64_t i = r; i-- > 0;) {
        if (row[i] >= (twice ? n - 1 : n - r + i))
            continue;
        row[i]++;
        for (int64_t k = i + 1; k < r; k++)
            row[k] = row[k - 1] + (twice ? 0 : 1);
        return true;
    }
    return false;
}

static void lower_combinations(incop_call *c)
{
    enum { MOST_INDICES = 1 << 20, MOST_CHOSEN = 64 };
    incir_value *x = incop_tensor(c, "self");
    int64_t r = incop_int(c, "r"), n = 0, row[MOST_CHOSEN];
    bool twice = incop_bool(c, "with_replacement");
    if (x->rank != 1 || !incir_dim(x, 0, &n) || r < 1 || r > MOST_CHOSEN)
        incop_unsupported(c, "%lld of %s", (long long)r, incir_type_text(c->g, x));
    INC_VEC(int64_t) table = {0};
    for (int64_t i = 0; i < r; i++)
        row[i] = twice ? 0 : i;
    bool more = twice ? n > 0 : r <= n;
    while (more) {
        if (table.n + (size_t)r > MOST_INDICES)
            incop_unsupported(c, "more than %d elements", MOST_INDICES);
        for (int64_t i = 0; i < r; i++)
            INC_PUSH(c->cx, &table, row[i]);
        more = next_choice(row, r, n, twice);
    }
    int64_t sizes[] = {(int64_t)table.n / r, r};
    incir_value *indices =
        incir_constant(c->g, inctensor_new(c->cx, INCDT_I64, 2, sizes, table.items), NULL);
    incop_return(c, emit_gather(c->g, x, indices, 0));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_chunk_cat(Tensor[] tensors, int dim, int num_chunks) -> Tensor", lower_chunk_cat),
    OP_Q("aten::_stack(Tensor[] tensors, int dim=0) -> Tensor", lower_stack, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::block_diag(Tensor[] tensors) -> Tensor", lower_block_diag, INCOP_Q_NONE | INCOP_C_PARTS),
    OP("aten::broadcast_tensors(Tensor[] tensors) -> Tensor[]", lower_broadcast_tensors),
    OP_Q("aten::cartesian_prod(Tensor[] tensors) -> Tensor", lower_cartesian_prod, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::cat(Tensor[] tensors, int dim=0) -> Tensor", lower_cat, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_ALL_INPUTS | INCOP_FX_METHOD | INCOP_C_PARTS),
    OP_Q("aten::column_stack(Tensor[] tensors) -> Tensor", lower_column_stack, INCOP_Q_SAME | INCOP_C_PARTS),
    OP("aten::combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor", lower_combinations),
    OP_Q("aten::concat(Tensor[] tensors, int dim=0) -> Tensor", lower_cat, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_ALL_INPUTS | INCOP_C_PARTS),
    OP_Q("aten::concatenate(Tensor[] tensors, int dim=0) -> Tensor", lower_cat, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::dstack(Tensor[] tensors) -> Tensor", lower_stack_as, 3, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE_Q("aten::hstack(Tensor[] tensors) -> Tensor", lower_stack_as, 1, INCOP_Q_SAME | INCOP_C_PARTS),
    OP("aten::linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor", lower_vander),
    OP_Q("aten::meshgrid(Tensor[] tensors) -> Tensor[]", lower_meshgrid, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]", lower_meshgrid, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE_Q("aten::row_stack(Tensor[] tensors) -> Tensor", lower_stack_as, 2, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_Q("aten::stack(Tensor[] tensors, int dim=0) -> Tensor", lower_stack, INCOP_Q_SAME | INCOP_FX_SHARED | INCOP_FX_ALL_INPUTS | INCOP_C_PARTS),
    OP_MODE_Q("aten::vstack(Tensor[] tensors) -> Tensor", lower_stack_as, 2, INCOP_Q_SAME | INCOP_C_PARTS),
};
/* clang-format on */

const incop_family incop_concat = {"concat", rows, INC_COUNT(rows)};
