/* SPDX-License-Identifier: Apache-2.0 */
/* New tensors: filled with one value, unit matrices, from Python's numbers. What is known is
 * computed here and becomes a constant. */
#include "ops/families.h"

#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* row.mode of triangles */
enum { LOWER, UPPER };

enum { MOST_ELEMENTS = 1 << 20 };

/* ---- filled ---- */

/* value is any scalar; all of it is kept, also where a double cannot hold it. */
static incir_value *full(incir_graph *g, const incsym *const *sizes, size_t rank,
                         incir_value *value)
{
    int64_t one = 1;
    if (rank == 0)
        return value;
    if (!incir_is_constant(value) || value->constant->numel != 1)
        return emit_expand(g, value, sizes, rank);
    incir_node *n = incir_node_new(g, "ConstantOfShape");
    incir_in(g, n, incir_sizes(g, sizes, rank));
    incir_attr_tensor(g, n, "value", inctensor_reshape(g->cx, value->constant, 1, &one));
    return emit_set_dims(g, incir_emit(g, n), sizes);
}

/* zeros, ones, empty and their like; as: the value. What is empty is zero here. */
static void lower_filled(incop_call *c)
{
    size_t rank;
    const incsym *const *sizes = incop_sizes_asked(c, &rank);
    double value = c->row->mode;
    incop_return(c, emit_full(c->g, incop_type_asked(c, INCDT_F32), sizes, rank, value));
}

static void lower_full(incop_call *c)
{
    size_t rank;
    const incsym *const *sizes = incop_sizes_asked(c, &rank);
    incir_value *value = incop_tensor(c, "fill_value");
    incdtype of_value =
        value->is_number && incdtype_is_float(value->dtype) ? INCDT_F32 : value->dtype;
    incop_return(c, full(c->g, sizes, rank, emit_cast(c->g, value, incop_type_asked(c, of_value))));
}

static void lower_scalar_tensor(incop_call *c)
{
    incop_return(c, emit_cast(c->g, incop_tensor(c, "s"), incop_dtype(c, "dtype", INCDT_F32)));
}

/* Written over whole: x.fill_(value), x.zero_(). */
static void lower_fill(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self"), *value = incop_tensor(c, "value");
    incop_return(c, full(c->g, x->dims, x->rank, emit_cast(c->g, value, x->dtype)));
}

static void lower_zero(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, emit_full(c->g, x->dtype, x->dims, x->rank, 0));
}

static void lower_copy(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incir_value *src = emit_cast(c->g, incop_tensor(c, "src"), x->dtype);
    incop_return(c, emit_expand(c->g, src, x->dims, x->rank));
}

/* ---- matrices ---- */

static void lower_eye(incop_call *c)
{
    incir_graph *g = c->g;
    const incsym *sizes[] = {incop_sym(c, "n"), incop_sym(c, incop_has(c, "m") ? "m" : "n")};
    incdtype type = incop_dtype(c, "dtype", INCDT_F32),
             wide = emit_working_type(g, "EyeLike", type);
    int64_t n, m;
    if (incsym_known(sizes[0], &n) && incsym_known(sizes[1], &m)) {
        incir_value *mask = emit_diagonal_mask(g, sizes[0], sizes[1], 0, EMIT_ON_DIAGONAL);
        incop_return(c, emit_cast(g, mask, type));
        return;
    }
    incop_return(c, emit_cast(g, incir_emit1(g, "EyeLike", emit_full(g, wide, sizes, 2, 0)), type));
}

/* Where the elements are that the triangle has of a matrix of any size. */
static incir_value *indices_at_run_time(incop_call *c, const incsym *rows, const incsym *columns,
                                        int64_t offset)
{
    incir_graph *g = c->g;
    bool upper = c->row->mode == UPPER;
    incir_value *mask =
        emit_diagonal_mask(g, rows, columns, upper ? offset : offset + 1, EMIT_ABOVE_DIAGONAL);
    return incir_emit1(g, "NonZero", upper ? mask : emit_unary(g, "Not", mask));
}

/* Rows and columns of the elements of a triangle, row by row. */
static void lower_triangle_indices(incop_call *c)
{
    int64_t rows, columns, offset = incop_int(c, "offset");
    bool upper = c->row->mode == UPPER;
    incdtype type = incop_dtype(c, "dtype", INCDT_I64);
    const incsym *row = incop_sym(c, "row"), *column = incop_sym(c, "col");
    if (offset > INT32_MAX || offset < -INT32_MAX)
        incop_unsupported(c, "the offset %lld", (long long)offset);
    if (!incsym_known(row, &rows) || !incsym_known(column, &columns)) {
        incop_return(c, emit_cast(c->g, indices_at_run_time(c, row, column, offset), type));
        return;
    }
    if (rows < 0 || columns < 0 || rows > MOST_ELEMENTS || columns > MOST_ELEMENTS ||
        rows * columns > MOST_ELEMENTS)
        incop_unsupported(c, "%lld rows and %lld columns", (long long)rows, (long long)columns);
    int64_t *found = INC_NEW_N(c->cx, int64_t, (size_t)(2 * rows * columns)), n = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            n += upper ? k - i >= offset : k - i <= offset;
    for (int64_t i = 0, at = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            if (upper ? k - i >= offset : k - i <= offset) {
                found[at] = i;
                found[n + at++] = k;
            }
    int64_t sizes[] = {2, n};
    incir_value *v = incir_constant(c->g, inctensor_new(c->cx, INCDT_I64, 2, sizes, found), NULL);
    incop_return(c, emit_cast(c->g, v, type));
}

/* ---- from Python's numbers ---- */

/* The leaves of nested lists, and how they are nested. */
typedef struct leaves {
    INC_VEC(incval) items;
    size_t visits, rank;
    int64_t sizes[INCTENSOR_MAX_RANK];
} leaves;

static void gather_leaves(incop_call *c, leaves *l, incval v, size_t depth)
{
    enum { MOST_LISTS = 1 << 22 };
    if (v.kind != INCVAL_LIST && v.kind != INCVAL_TUPLE) {
        if (depth != l->rank)
            inc_raise(c->cx, INC_E_FORMAT, "tensor: lists of different depth");
        INC_PUSH(c->cx, &l->items, v);
        return;
    }
    const incval_list *list = v.u.list;
    if (l->visits++ > MOST_LISTS)
        inc_raise(c->cx, INC_E_LIMIT, "tensor: more than %d lists", MOST_LISTS);
    if (depth == l->rank) {
        if (l->items.n > 0 || depth == INCTENSOR_MAX_RANK)
            inc_raise(c->cx, INC_E_FORMAT, "tensor: lists of different depth");
        l->sizes[l->rank++] = (int64_t)list->v.n;
    }
    if (l->sizes[depth] != (int64_t)list->v.n)
        inc_raise(c->cx, INC_E_FORMAT, "tensor: lists of different length");
    for (size_t i = 0; i < list->v.n; i++)
        gather_leaves(c, l, list->v.items[i], depth + 1);
}

static incir_value *leaf_value(incop_call *c, incval v)
{
    incir_value *value = incval_value(c->g, v, INCDT_F64);
    if (!value)
        inc_raise(c->cx, INC_E_FORMAT, "tensor: %s is no number", incval_kind_name(v.kind));
    return value;
}

/* bool if all are, int64 if none is a float, else float32; a tensor has its own type. */
static incdtype leaf_type(incop_call *c, const leaves *l)
{
    incdtype type = l->items.n ? INCDT_BOOL : INCDT_F32;
    for (size_t i = 0; i < l->items.n; i++) {
        incval v = l->items.items[i];
        const incir_value *leaf = leaf_value(c, v);
        bool is_number = leaf->is_number && incdtype_is_float(leaf->dtype);
        type =
            incdtype_promote(type, v.kind == INCVAL_FLOAT || is_number ? INCDT_F32 : leaf->dtype);
    }
    return type;
}

/* All leaves as one constant, NULL when some are not known. */
static incir_value *constant_leaves(incop_call *c, const leaves *l, incdtype type)
{
    size_t n = l->items.n;
    void *block = inc_alloc_n(c->cx, n, incdtype_size(type));
    for (size_t i = 0; i < n; i++) {
        incval v = l->items.items[i];
        int64_t integer;
        if (v.kind == INCVAL_FLOAT)
            incelement_set_f64(type, block, i, v.u.f);
        else if (v.kind == INCVAL_BOOL)
            incelement_set_i64(type, block, i, v.u.b);
        else if (v.kind == INCVAL_INT && incsym_known(v.u.i, &integer))
            incelement_set_i64(type, block, i, integer);
        else
            return NULL;
    }
    return incir_constant(c->g, inctensor_new(c->cx, type, l->rank, l->sizes, block), NULL);
}

static incir_value *joined_leaves(incop_call *c, const leaves *l, incdtype type)
{
    incir_graph *g = c->g;
    size_t n = l->items.n;
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, n);
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, l->rank);
    for (size_t i = 0; i < n; i++) {
        parts[i] = emit_cast(g, leaf_value(c, l->items.items[i]), type);
        if (l->rank > 0)
            parts[i] = emit_unsqueeze_axis(g, emit_reshape(g, parts[i], NULL, 0), 0);
    }
    if (l->rank == 0)
        return parts[0];
    for (size_t i = 0; i < l->rank; i++)
        sizes[i] = incsym_int(g->syms, l->sizes[i]);
    return emit_reshape(g, emit_concat(g, parts, n, 0), sizes, l->rank);
}

static void lower_tensor(incop_call *c)
{
    leaves l = {.rank = 0};
    gather_leaves(c, &l, incop_arg(c, incop_has(c, "data") ? "data" : "t"), 0);
    incdtype type = incop_dtype(c, "dtype", leaf_type(c, &l));
    if (!incdtype_is_integer(type) && !incdtype_is_float(type) && type != INCDT_BOOL)
        incop_unsupported(c, "a tensor of torch.%s", incdtype_name(type));
    incir_value *known = constant_leaves(c, &l, type);
    incop_return(c, known ? known : joined_leaves(c, &l, type));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_MODE("aten::_efficientzerotensor(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0),
    OP("aten::as_tensor.bool(bool t, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP("aten::as_tensor.float(float t, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP("aten::as_tensor.int(int t, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP("aten::as_tensor.list(t[] data, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP_Q("aten::copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor", lower_copy, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_MODE("aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, 0),
    OP_MODE_Q("aten::empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, 0, INCOP_Q_NONE | INCOP_ORDER_KEPT),
    OP_MODE("aten::empty_permuted(SymInt[] size, int[] physical_layout, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0),
    OP_MODE("aten::empty_strided(SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0),
    OP("aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_eye),
    OP("aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_eye),
    OP_Q("aten::fill.Scalar(Tensor self, Scalar value) -> Tensor", lower_fill, INCOP_Q_SAME | INCOP_C_PARTS),
    OP_Q("aten::fill.Tensor(Tensor self, Tensor value) -> Tensor", lower_fill, INCOP_Q_SAME | INCOP_C_PARTS),
    OP("aten::full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_full),
    OP_Q("aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_full, INCOP_Q_NONE | INCOP_C_PARTS | INCOP_ORDER_KEPT),
    OP_MODE("aten::new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0),
    OP_MODE("aten::new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0),
    OP_Q("aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_full, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE("aten::new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 1),
    OP_MODE_Q("aten::new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE("aten::ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 1),
    OP_MODE_Q("aten::ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, 1, INCOP_Q_NONE | INCOP_ORDER_KEPT),
    OP("aten::scalar_tensor(Scalar s, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_scalar_tensor),
    OP("aten::tensor(t[] data, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False) -> Tensor",
        lower_tensor),
    OP("aten::tensor.bool(bool t, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False) -> Tensor",
        lower_tensor),
    OP("aten::tensor.float(float t, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False) -> Tensor",
        lower_tensor),
    OP("aten::tensor.int(int t, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False) -> Tensor",
        lower_tensor),
    OP_MODE("aten::tril_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_triangle_indices, LOWER),
    OP_MODE("aten::triu_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_triangle_indices, UPPER),
    OP_Q("aten::zero(Tensor self) -> Tensor", lower_zero, INCOP_Q_NONE | INCOP_C_PARTS),
    OP_MODE("aten::zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, 0),
    OP_MODE_Q("aten::zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, 0, INCOP_Q_NONE | INCOP_C_PARTS | INCOP_ORDER_KEPT),
};
/* clang-format on */

const incop_family incop_creation = {"creation", rows, INC_COUNT(rows)};
