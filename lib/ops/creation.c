/* New tensors: filled with one value, counting, from Python's numbers. What is known is computed
 * here and becomes a constant. */
#include "ops/families.h"

#include <math.h>

#include "ops/emit_math.h"
#include "ops/emit_shape.h"

enum { MOST_ELEMENTS = 1 << 20 };

/* ---- filled ---- */

/* value is any scalar; all of it is kept, also where a double cannot hold it. */
static incir_value *full(incir_graph *g, const incsym *const *sizes, size_t rank,
                         incir_value *value)
{
    int64_t one = 1;
    if (rank == 0)
        return value;
    if (!incir_is_constant(value))
        return emit_expand(g, value, sizes, rank);
    incir_node *n = incir_node_new(g, "ConstantOfShape");
    incir_in(g, n, incir_sizes(g, sizes, rank));
    incir_attr_tensor(g, n, "value", inctensor_reshape(g->cx, value->constant, 1, &one));
    return emit_set_dims(g, incir_emit(g, n), sizes);
}

/* Sizes: given, or those of self for the _like functions. */
static const incsym *const *sizes_asked(incop_call *c, size_t *rank)
{
    if (incop_has(c, "size"))
        return incop_syms(c, "size", rank);
    incir_value *like = incop_tensor(c, "self");
    *rank = like->rank;
    return like->dims;
}

static incdtype type_asked(incop_call *c, incdtype absent)
{
    if (incop_has(c, "self"))
        absent = incop_tensor(c, "self")->dtype;
    return incop_dtype(c, "dtype", absent);
}

/* zeros, ones, empty and their like; as: the value. What is empty is zero here. */
static void lower_filled(incop_call *c)
{
    size_t rank;
    const incsym *const *sizes = sizes_asked(c, &rank);
    double value = c->row->as[0] - '0';
    incop_return(c, emit_full(c->g, type_asked(c, INCDT_F32), sizes, rank, value));
}

static void lower_full(incop_call *c)
{
    size_t rank;
    const incsym *const *sizes = sizes_asked(c, &rank);
    incir_value *value = incop_tensor(c, "fill_value");
    incdtype of_value =
        value->is_number && incdtype_is_float(value->dtype) ? INCDT_F32 : value->dtype;
    incop_return(c, full(c->g, sizes, rank, emit_cast(c->g, value, type_asked(c, of_value))));
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

/* ---- counting ---- */

typedef struct counting {
    incir_value *start, *end, *step; /* scalars */
} counting;

/* All three as expressions. */
static bool are_sizes(incir_graph *g, const counting *s, const incsym *of[3])
{
    incir_value *values[] = {s->start, s->end, s->step};
    for (size_t i = 0; i < 3; i++) {
        const incsym *const *contents =
            values[i]->dtype == INCDT_I64 ? incir_contents(g, values[i]) : NULL;
        if (!contents)
            return false;
        of[i] = contents[0];
    }
    return true;
}

/* A constant, when all three are; NULL when they are not or it would be long. */
static incir_value *constant_steps(incir_graph *g, const counting *s, incdtype type, bool inclusive)
{
    double start, end, step;
    if (!emit_known_scalar(g, s->start, &start) || !emit_known_scalar(g, s->end, &end) ||
        !emit_known_scalar(g, s->step, &step))
        return NULL;
    if (step == 0 || isnan(start) || isnan(end) || isnan(step))
        inc_raise(g->cx, INC_E_FORMAT, "a range from %g to %g in steps of %g", start, end, step);
    double count = (end - start) / step;
    count = inclusive ? floor(count) + 1 : ceil(count);
    if (count > MOST_ELEMENTS)
        return NULL;
    int64_t n = count > 0 ? (int64_t)count : 0;
    void *block = inc_alloc_n(g->cx, (size_t)n, incdtype_size(type));
    for (int64_t i = 0; i < n; i++)
        incelement_set_f64(type, block, (uint64_t)i, start + (double)i * step);
    return incir_constant(g, inctensor_new(g->cx, type, 1, &n, block), NULL);
}

static incir_value *count(incop_call *c, counting s, incdtype type, bool inclusive)
{
    incir_graph *g = c->g;
    const incsym *of[3];
    incir_value *known = constant_steps(g, &s, type, inclusive);
    if (known)
        return known;
    if (inclusive)
        s.end = emit_binary(g, "Add", s.end, s.step);
    if (are_sizes(g, &s, of))
        return emit_cast(g, emit_range(g, of[0], of[1], of[2]), type);
    incdtype wide = emit_working_type(g, "Range", type);
    return emit_cast(g,
                     incir_emit3(g, "Range", emit_cast(g, s.start, wide), emit_cast(g, s.end, wide),
                                 emit_cast(g, s.step, wide)),
                     type);
}

/* Integers count in int64, anything else in torch's default float type. */
static void lower_arange(incop_call *c)
{
    incir_graph *g = c->g;
    counting s;
    s.start = incop_has(c, "start") ? incop_tensor(c, "start") : incir_const_i64(g, 0);
    s.end = incop_tensor(c, "end");
    s.step = incop_has(c, "step") ? incop_tensor(c, "step") : incir_const_i64(g, 1);
    bool floats = incdtype_is_float(s.start->dtype) || incdtype_is_float(s.end->dtype) ||
                  incdtype_is_float(s.step->dtype);
    incdtype type = incop_dtype(c, "dtype", floats ? INCDT_F32 : INCDT_I64);
    incop_return(c, count(c, s, type, false));
}

/* torch.range: the end belongs to it, and it counts in floats. */
static void lower_range(incop_call *c)
{
    counting s = {incop_tensor(c, "start"), incop_tensor(c, "end"), NULL};
    s.step = incop_has(c, "step") ? incop_tensor(c, "step") : incir_const_i64(c->g, 1);
    incop_return(c, count(c, s, incop_dtype(c, "dtype", INCDT_F32), true));
}

/* 0, 1, … along an axis of like. */
static void lower_dim_arange(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *like = incop_tensor(c, "like");
    size_t axis = incop_axis(c, "dim", like->rank);
    const incsym *size = like->rank ? like->dims[axis] : incsym_int(g->syms, 1);
    incop_return(c, emit_range(g, incsym_int(g->syms, 0), size, incsym_int(g->syms, 1)));
}

/* The numbers that torch computes: from both ends towards the middle. */
static incir_value *constant_linspace(incir_graph *g, double start, double end, int64_t n)
{
    double *values = INC_NEW_N(g->cx, double, (size_t)n);
    double step = n > 1 ? (end - start) / (double)(n - 1) : 0;
    for (int64_t i = 0; i < n; i++)
        values[i] =
            i < n / 2 || n == 1 ? start + step * (double)i : end - step * (double)(n - 1 - i);
    return incir_constant(g, inctensor_new(g->cx, INCDT_F64, 1, &n, values), NULL);
}

static incir_value *linspace(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *start = incop_tensor(c, "start"), *end = incop_tensor(c, "end");
    const incsym *steps = incop_sym(c, "steps");
    double from, to;
    int64_t n;
    if (emit_known_scalar(g, start, &from) && emit_known_scalar(g, end, &to) &&
        incsym_known(steps, &n) && n >= 0 && n <= MOST_ELEMENTS)
        return constant_linspace(g, from, to, n);
    start = emit_cast(g, start, INCDT_F32);
    end = emit_cast(g, end, INCDT_F32);
    const incsym *gaps =
        incsym_max(g->syms, incsym_add_int(g->syms, steps, -1), incsym_int(g->syms, 1));
    incir_value *step = emit_binary(g, "Div", emit_binary(g, "Sub", end, start),
                                    emit_cast(g, incir_size_scalar(g, gaps), INCDT_F32));
    incir_value *index = emit_range(g, incsym_int(g->syms, 0), steps, incsym_int(g->syms, 1));
    index = emit_cast(g, index, INCDT_F32);
    return emit_binary(g, "Add", emit_binary(g, "Mul", index, step), start);
}

static void lower_linspace(incop_call *c)
{
    incop_return(c, emit_cast(c->g, linspace(c), incop_dtype(c, "dtype", INCDT_F32)));
}

static void lower_logspace(incop_call *c)
{
    incir_value *powers = emit_scalar_with(c->g, "Pow", incop_float(c, "base"), linspace(c));
    incop_return(c, emit_cast(c->g, powers, incop_dtype(c, "dtype", INCDT_F32)));
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

/* Rows and columns of what lies in a triangle, row by row; as: "upper" or "lower". */
static void lower_triangle_indices(incop_call *c)
{
    int64_t rows = incop_int(c, "row"), columns = incop_int(c, "col"),
            offset = incop_int(c, "offset");
    bool upper = c->row->as[0] == 'u';
    if (rows < 0 || columns < 0 || rows > MOST_ELEMENTS || columns > MOST_ELEMENTS ||
        rows * columns > MOST_ELEMENTS || offset > INT32_MAX || offset < -INT32_MAX)
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
    incop_return(c, emit_cast(c->g, v, incop_dtype(c, "dtype", INCDT_I64)));
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
    switch (v.kind) {
    case INCVAL_TENSOR:
        return incop_box_read(c->g, v.u.t);
    case INCVAL_INT:
        return incir_size_scalar(c->g, v.u.i);
    case INCVAL_FLOAT:
        return incir_const_float(c->g, INCDT_F64, v.u.f);
    case INCVAL_BOOL:
        return incir_const_bool(c->g, v.u.b);
    default:
        inc_raise(c->cx, INC_E_FORMAT, "tensor: %s is no number", incval_kind_name(v.kind));
    }
}

/* bool if all are, int64 if none is a float, else float32; a tensor has its own type. */
static incdtype leaf_type(incop_call *c, const leaves *l)
{
    incdtype type = l->items.n ? INCDT_BOOL : INCDT_F32;
    for (size_t i = 0; i < l->items.n; i++) {
        incval v = l->items.items[i];
        type = incdtype_promote(type, v.kind == INCVAL_FLOAT ? INCDT_F32 : leaf_value(c, v)->dtype);
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
    static const size_t first = 0;
    size_t n = l->items.n;
    incir_value **parts = INC_NEW_N(c->cx, incir_value *, n);
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, l->rank);
    for (size_t i = 0; i < n; i++) {
        parts[i] = emit_cast(g, leaf_value(c, l->items.items[i]), type);
        if (l->rank > 0)
            parts[i] = emit_unsqueeze(g, emit_reshape(g, parts[i], NULL, 0), &first, 1);
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

/* ---- windows ---- */

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 100 && term > sum * 1e-17; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static double float_or(incop_call *c, const char *name, double absent)
{
    return incop_has(c, name) ? incop_float(c, name) : absent;
}

static double window_at(incop_call *c, double x)
{
    const double pi = 3.14159265358979323846; /* x runs from 0 to 1 */
    double alpha, beta;
    switch (c->row->as[0]) {
    case 'b': /* bartlett */
        return 1 - fabs(2 * x - 1);
    case 'k': /* kaiser */
        beta = float_or(c, "beta", 12);
        return bessel_i0(beta * sqrt(fmax(0, 1 - (2 * x - 1) * (2 * x - 1)))) / bessel_i0(beta);
    case 'B': /* blackman */
        return 0.42 - 0.5 * cos(2 * pi * x) + 0.08 * cos(4 * pi * x);
    case 'H': /* hann */
        return 0.5 - 0.5 * cos(2 * pi * x);
    default: /* hamming */
        alpha = float_or(c, "alpha", 0.54);
        beta = float_or(c, "beta", 0.46);
        return alpha - beta * cos(2 * pi * x);
    }
}

/* Periodic, which is the default, is a symmetric one that is longer by one, cut. */
static void lower_window(incop_call *c)
{
    int64_t n = incop_int(c, "window_length");
    bool periodic = incop_has(c, "periodic") ? incop_bool(c, "periodic") : true;
    if (n < 0 || n > MOST_ELEMENTS)
        incop_unsupported(c, "a window of %lld elements", (long long)n);
    double *values = INC_NEW_N(c->cx, double, (size_t)n);
    double gaps = (double)(periodic ? n : n - 1);
    for (int64_t i = 0; i < n; i++)
        values[i] = n == 1 ? 1 : window_at(c, (double)i / gaps);
    incir_value *v = incir_constant(c->g, inctensor_new(c->cx, INCDT_F64, 1, &n, values), NULL);
    incop_return(c, emit_cast(c->g, v, incop_dtype(c, "dtype", INCDT_F32)));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_dim_arange(Tensor like, int dim) -> Tensor", lower_dim_arange),
    OP_AS("aten::_efficientzerotensor(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP("aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_arange),
    OP("aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_arange),
    OP("aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_arange),
    OP("aten::as_tensor.bool(bool t, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP("aten::as_tensor.float(float t, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP("aten::as_tensor.int(int t, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP("aten::as_tensor.list(t[] data, *, ScalarType? dtype=None, Device? device=None) -> Tensor", lower_tensor),
    OP_AS("aten::bartlett_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "bartlett"),
    OP_AS("aten::bartlett_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "bartlett"),
    OP_AS("aten::blackman_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "Blackman"),
    OP_AS("aten::blackman_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "Blackman"),
    OP("aten::copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor", lower_copy),
    OP_AS("aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, "0"),
    OP_AS("aten::empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, "0"),
    OP_AS("aten::empty_permuted(SymInt[] size, int[] physical_layout, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP_AS("aten::empty_strided(SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP("aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_eye),
    OP("aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_eye),
    OP("aten::fill.Scalar(Tensor self, Scalar value) -> Tensor", lower_fill),
    OP("aten::fill.Tensor(Tensor self, Tensor value) -> Tensor", lower_fill),
    OP("aten::full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_full),
    OP("aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_full),
    OP_AS("aten::hamming_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "hamming"),
    OP_AS("aten::hamming_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "hamming"),
    OP_AS("aten::hamming_window.periodic_alpha(int window_length, bool periodic, float alpha, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "hamming"),
    OP_AS("aten::hamming_window.periodic_alpha_beta(int window_length, bool periodic, float alpha, float beta, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "hamming"),
    OP_AS("aten::hann_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "Hann"),
    OP_AS("aten::hann_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "Hann"),
    OP_AS("aten::kaiser_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "kaiser"),
    OP_AS("aten::kaiser_window.beta(int window_length, bool periodic, float beta, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "kaiser"),
    OP_AS("aten::kaiser_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_window, "kaiser"),
    OP("aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::linspace.Scalar_Tensor(Scalar start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::linspace.Tensor_Scalar(Tensor start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::linspace.Tensor_Tensor(Tensor start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_linspace),
    OP("aten::logspace(Scalar start, Scalar end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::logspace.Scalar_Tensor(Scalar start, Tensor end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::logspace.Tensor_Scalar(Tensor start, Scalar end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP("aten::logspace.Tensor_Tensor(Tensor start, Tensor end, int steps, float base=10., *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_logspace),
    OP_AS("aten::new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP_AS("aten::new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP("aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_full),
    OP_AS("aten::new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "1"),
    OP_AS("aten::new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP_AS("aten::ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "1"),
    OP_AS("aten::ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, "1"),
    OP("aten::range(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_range),
    OP("aten::range.step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_range),
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
    OP_AS("aten::tril_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_triangle_indices, "lower"),
    OP_AS("aten::triu_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_triangle_indices, "upper"),
    OP("aten::zero(Tensor self) -> Tensor", lower_zero),
    OP_AS("aten::zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
        lower_filled, "0"),
    OP_AS("aten::zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
        lower_filled, "0"),
};
/* clang-format on */

const incop_family incop_creation = {"creation", rows, INC_COUNT(rows)};
