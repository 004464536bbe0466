/* Asking a node for its inputs and attributes, and joining sizes; see infer.h. */
#include "ir/infer.h"

#include <string.h>

#include "base/str.h"

/* ---- refusing ---- */

static const char *call_text(incir_graph *g, const incir_node *n)
{
    incstr s = {0};
    incstr_addf(g->cx, &s, "%s(", n->op_type);
    for (size_t i = 0; i < n->n_inputs; i++) {
        incstr_add(g->cx, &s, i ? ", " : "");
        incstr_add(g->cx, &s, n->inputs[i] ? incir_type_text(g, n->inputs[i]) : "-");
    }
    incstr_add(g->cx, &s, ")");
    return incstr_text(&s);
}

void incir_misfit(incir_graph *g, const incir_node *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = inc_vprintf(g->cx, format, args);
    va_end(args);
    inc_raise(g->cx, INC_E_FORMAT, "%s: %s", call_text(g, n), what);
}

void incir_cannot(incir_graph *g, const incir_node *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = inc_vprintf(g->cx, format, args);
    va_end(args);
    inc_raise(g->cx, INC_E_UNSUPPORTED, "%s: %s", call_text(g, n), what);
}

/* ---- inputs ---- */

incir_value *incir_maybe(const incir_node *n, size_t i)
{
    return i < n->n_inputs ? n->inputs[i] : NULL;
}

incir_value *incir_need(incir_graph *g, const incir_node *n, size_t i)
{
    incir_value *v = incir_maybe(n, i);
    if (!v)
        incir_misfit(g, n, "input %zu is missing", i);
    return v;
}

incir_value *incir_need_rank(incir_graph *g, const incir_node *n, size_t i, size_t rank)
{
    incir_value *v = incir_need(g, n, i);
    if (v->rank != rank)
        incir_misfit(g, n, "input %zu needs %zu axes", i, rank);
    return v;
}

incir_value *incir_need_float(incir_graph *g, const incir_node *n, size_t i)
{
    incir_value *v = incir_need(g, n, i);
    if (!incdtype_is_float(v->dtype))
        incir_misfit(g, n, "input %zu has to be floating-point", i);
    return v;
}

incir_value *incir_need_index(incir_graph *g, const incir_node *n, size_t i)
{
    incir_value *v = incir_need(g, n, i);
    if (v->dtype != INCDT_I32 && v->dtype != INCDT_I64)
        incir_misfit(g, n, "input %zu has to be int32 or int64", i);
    return v;
}

size_t incir_checked_axis(incir_graph *g, const incir_node *n, int64_t axis, size_t rank)
{
    int64_t limit = (int64_t)rank;
    if (axis < -limit || axis >= limit)
        incir_misfit(g, n, "axis %lld is not one of %zu", (long long)axis, rank);
    return (size_t)(axis < 0 ? axis + limit : axis);
}

const int64_t *incir_ints(incir_graph *g, const incir_node *n, const char *name, size_t want)
{
    const incir_attr *attr = incir_find_attr(n, name);
    if (!attr)
        return NULL;
    if (attr->kind != INCIR_ATTR_INTS || (want && attr->n != want))
        incir_misfit(g, n, "attribute %s needs %zu integers", name, want);
    return attr->u.ints;
}

const incsym *const *incir_elements(incir_graph *g, const incir_node *n, size_t i, size_t *count)
{
    incir_value *v = incir_need_index(g, n, i);
    int64_t size = 1;
    if (v->rank > 1)
        incir_misfit(g, n, "input %zu has to be a vector", i);
    if (v->rank == 1 && !incir_dim(v, 0, &size))
        incir_cannot(g, n, "the length of input %zu has to be known", i);
    *count = (size_t)size;
    if (v->dtype == INCDT_I64)
        return incir_contents(g, v);
    if (!incir_is_constant(v) || size > INCTENSOR_MAX_RANK * 2)
        return NULL;
    const int64_t *values = inctensor_i64s(g->cx, v->constant);
    const incsym **contents = INC_NEW_N(g->cx, const incsym *, *count);
    for (size_t k = 0; k < *count; k++)
        contents[k] = incir_int(g, values[k]);
    return contents;
}

const size_t *incir_axes(incir_graph *g, const incir_node *n, size_t i, size_t rank, size_t *count)
{
    const incir_attr *attr = incir_find_attr(n, "axes");
    const int64_t *ints = NULL;
    const incsym *const *items = NULL;
    if (attr) {
        ints = incir_ints(g, n, "axes", 0);
        *count = attr->n;
    } else if (incir_maybe(n, i)) {
        items = incir_elements(g, n, i, count);
    } else {
        return NULL;
    }
    if (*count > rank)
        incir_misfit(g, n, "%zu axes of %zu", *count, rank);
    bool chosen[INCTENSOR_MAX_RANK + 1] = {false};
    for (size_t k = 0; k < *count; k++) {
        int64_t axis;
        if (ints)
            axis = ints[k];
        else if (!items || !incsym_known(items[k], &axis))
            incir_cannot(g, n, "the axes have to be known");
        size_t at = incir_checked_axis(g, n, axis, rank);
        if (chosen[at])
            incir_misfit(g, n, "axis %zu is given twice", at);
        chosen[at] = true;
    }
    size_t *axes = INC_NEW_N(g->cx, size_t, *count);
    for (size_t at = 0, k = 0; at < rank; at++)
        if (chosen[at])
            axes[k++] = at;
    return axes;
}

incdtype incir_dtype_of_onnx(incir_graph *g, const incir_node *n, int64_t number)
{
    for (int t = 0; t <= INCDT_U64; t++)
        if (incdtype_valid(t) && !incdtype_is_quantized((incdtype)t) && number > 0 &&
            incdtype_onnx((incdtype)t) == number)
            return (incdtype)t;
    incir_misfit(g, n, "%lld is no element type", (long long)number);
}

/* ---- sizes ---- */

const incsym *incir_int(incir_graph *g, int64_t value)
{
    return incsym_int(g->syms, value);
}

const incsym **incir_copy_dims(incir_graph *g, const incir_value *v)
{
    return inc_copy(g->cx, v->dims, v->rank * sizeof *v->dims);
}

const incsym *incir_unify(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b)
{
    int64_t x, y;
    bool a_known = incsym_known(a, &x), b_known = incsym_known(b, &y);
    if (a_known && b_known && x != y)
        incir_misfit(g, n, "sizes %lld and %lld do not fit", (long long)x, (long long)y);
    if (a_known != b_known)
        inc_warn(g->cx, "the dynamic size %s meets the size %lld, recorded from the example, in %s",
                 incsym_text(g->syms, a_known ? b : a), (long long)(a_known ? x : y),
                 call_text(g, n));
    return b_known ? b : a;
}

const incsym *incir_broadcast(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b)
{
    if (a == b || incsym_is(b, 1))
        return a;
    if (incsym_is(a, 1))
        return b;
    bool known = incsym_known(a, NULL) || incsym_known(b, NULL);
    /* Two unlike expressions: they can only be the same size, or one of them 1, as the example
     * shows it to be. */
    if (!known && incsym_hint(a) == 1 && incsym_hint(b) != 1)
        return b;
    return incir_unify(g, n, a, b);
}

void incir_broadcast_into(incir_graph *g, const incir_node *n, const incsym **dims, size_t *rank,
                          const incsym *const *other, size_t other_rank)
{
    if (other_rank > *rank) {
        size_t more = other_rank - *rank;
        memmove(dims + more, dims, *rank * sizeof *dims);
        for (size_t i = 0; i < more; i++)
            dims[i] = incir_int(g, 1);
        *rank = other_rank;
    }
    size_t skip = *rank - other_rank;
    for (size_t i = 0; i < other_rank; i++)
        dims[skip + i] = incir_broadcast(g, n, dims[skip + i], other[i]);
}

const incsym *incir_unknown(incir_graph *g, const char *name, int64_t hint)
{
    return incsym_new(g->syms, name, hint, 0, NULL, -1);
}

void incir_set_fresh_output(incir_graph *g, incir_node *n, size_t i, incdtype dtype, size_t rank,
                            const incsym *const *dims)
{
    incir_set_output(g, n, i, dtype, rank, dims);
    if (i >= n->n_outputs)
        return;
    for (size_t axis = 0; axis < rank; axis++) {
        int ignored;
        if (incsym_kind_of(dims[axis]) == INCSYM_SYMBOL && !incsym_origin(dims[axis], &ignored))
            incsym_set_origin(dims[axis], n->outputs[i], (int)axis);
    }
}

/* ---- slices ---- */

static bool likely_at_most(incir_graph *g, const incsym *a, const incsym *b)
{
    int sure = incsym_le(g->syms, a, b);
    return sure < 0 ? incsym_hint(a) <= incsym_hint(b) : sure == 1;
}

/* Where a bound lies between 0 and size. What the symbols leave open is taken to be as in the
 * example, save that a known end may well cut an axis of unknown size or not. */
static const incsym *clamp_bound(incir_graph *g, const incsym *bound, const incsym *size,
                                 bool is_end)
{
    const incsym *zero = incir_int(g, 0);
    int64_t at;
    bool known = incsym_known(bound, &at);
    if (known && at >= INT32_MAX && !incsym_known(size, NULL))
        return size; /* "to the end" */
    if (known ? at < 0 : !likely_at_most(g, zero, bound)) {
        if (known && at < -(int64_t)INT32_MAX)
            return zero;
        bound = incsym_add(g->syms, size, bound);
        return likely_at_most(g, zero, bound) ? bound : zero;
    }
    int sure = incsym_le(g->syms, bound, size);
    if (sure >= 0)
        return sure ? bound : size;
    if (known && is_end)
        return incsym_min(g->syms, bound, size);
    return likely_at_most(g, bound, size) ? bound : size;
}

const incsym *incir_slice_length(incir_graph *g, const incsym *size, const incsym *start,
                                 const incsym *end, int64_t step)
{
    const incsym *length;
    int64_t n, from, to;
    if (step < 0) {
        /* Only what flipping needs is followed symbolically. */
        if (incsym_known(start, &from) && incsym_known(end, &to) && incsym_known(size, &n)) {
            from = from < 0 ? (from + n < -1 ? -1 : from + n) : from > n - 1 ? n - 1 : from;
            to = to < -n ? -1 : to < 0 ? to + n : to > n - 1 ? n - 1 : to;
            /* -(to - from) / -step rounded up, by halves that cannot overflow */
            int64_t span = from - to;
            uint64_t stride = 0 - (uint64_t)step;
            return incir_int(g, span <= 0 ? 0 : (int64_t)(((uint64_t)span - 1) / stride + 1));
        }
        if (incsym_is(start, -1) && incsym_known(end, &to) && to < -(int64_t)INT32_MAX &&
            step > -(int64_t)INT32_MAX)
            return incsym_ceildiv(g->syms, size, incir_int(g, -step));
        return NULL;
    }
    start = clamp_bound(g, start, size, false);
    end = clamp_bound(g, end, size, true);
    length = incsym_sub(g->syms, end, start);
    if (incsym_known(length, &n) ? n < 0 : !likely_at_most(g, incir_int(g, 0), length))
        length = incir_int(g, 0);
    return step == 1 ? length : incsym_ceildiv(g->syms, length, incir_int(g, step));
}
