/* SPDX-License-Identifier: Apache-2.0 */
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

/* Whether it is an axis of an input of the model, which the user named. */
static bool is_axis_of_input(const incsym *e)
{
    if (incsym_kind_of(e) != INCSYM_SYMBOL || incsym_is_guess(e))
        return false;
    int axis;
    const incir_value *origin = incsym_origin(e, &axis);
    return origin && origin->kind == INCIR_INPUT && origin->name && axis >= 0;
}

const incsym *incir_unify(incir_graph *g, const incir_node *n, const incsym *a, const incsym *b)
{
    int64_t x, y;
    bool a_known = incsym_known(a, &x), b_known = incsym_known(b, &y);
    if (a_known && b_known && x != y)
        incir_misfit(g, n, "sizes %lld and %lld do not fit", (long long)x, (long long)y);
    const incsym *expected = incsym_expected(g->syms, a);
    bool fits = expected == incsym_expected(g->syms, b);
    if (a_known != b_known && !fits)
        inc_guess(
            g->cx, "the dynamic size %s meets the size %lld, recorded from the example, in %s",
            incsym_text(g->syms, a_known ? b : a), (long long)(a_known ? x : y), call_text(g, n));
    if (!a_known && !b_known && a != b && is_axis_of_input(a) && is_axis_of_input(b) &&
        incsym_hint(a) == incsym_hint(b))
        inc_guess(
            g->cx,
            "the dynamic sizes %s and %s are taken to be equal, as in the example, in %s; give "
            "them one name if they are",
            incsym_text(g->syms, a), incsym_text(g->syms, b), call_text(g, n));
    if (!a_known && !b_known) /* the same number: the plainer expression */
        return incsym_kind_of(b) == INCSYM_SYMBOL && incsym_kind_of(a) != INCSYM_SYMBOL ? b : a;
    return b_known ? b : a;
}

/* A size that can be no more than 1 is broadcast whatever the example; one that the data decides
 * has no example. */
static void warn_of_broadcast(incir_graph *g, const incir_node *n, const incsym *one,
                              const incsym *other)
{
    if (incsym_le(g->syms, one, incir_int(g, 1)) == 1 || incsym_is_guess(one) ||
        incsym_is_guess(other))
        return;
    inc_guess(g->cx, "the dynamic size %s is broadcast to %s, since it is 1 in the example, in %s",
              incsym_text(g->syms, one), incsym_text(g->syms, other), call_text(g, n));
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
    if (!known && incsym_hint(a) == 1 && incsym_hint(b) != 1) {
        warn_of_broadcast(g, n, a, b);
        return b;
    }
    if (!known && incsym_hint(b) == 1 && incsym_hint(a) != 1)
        warn_of_broadcast(g, n, b, a);
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

static bool never_negative(incir_graph *g, const incsym *e)
{
    return incsym_le(g->syms, incir_int(g, 0), e) == 1;
}

static const incsym *at_least_zero(incir_graph *g, const incsym *e)
{
    return never_negative(g, e) ? e : incsym_max(g->syms, e, incir_int(g, 0));
}

/* The same before it is held to the axis: it may be negative, or beyond the size. */
static const incsym *from_front(incir_graph *g, const incsym *bound, const incsym *size)
{
    int64_t at;
    if (incsym_known(bound, &at)) {
        if (at >= INT32_MAX && !incsym_known(size, NULL))
            return size; /* "to the end" */
        if (at < -(int64_t)INT32_MAX)
            return incir_int(g, 0);
    }
    if (never_negative(g, bound))
        return bound;
    if (incsym_lt(g->syms, bound, incir_int(g, 0)) == 1)
        return incsym_add(g->syms, size, bound);
    /* size - 1 and size - 2 are the same as -1 and -2 even where they are negative themselves */
    const incsym *from_end = incsym_sub(g->syms, bound, size);
    return incsym_known(from_end, &at) && (at == -1 || at == -2) ? bound : NULL;
}

const incsym *incir_slice_bound(incir_graph *g, const incsym *bound, const incsym *size)
{
    bound = from_front(g, bound, size);
    if (!bound || bound == size)
        return bound;
    bound = incsym_le(g->syms, bound, size) == 1 ? bound : incsym_min(g->syms, bound, size);
    return at_least_zero(g, bound);
}

/* Steps backwards: only what flipping needs is followed symbolically. */
static const incsym *backward_length(incir_graph *g, const incsym *size, const incsym *start,
                                     const incsym *end, int64_t step)
{
    int64_t n, from, to;
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

/* What the length is in the example, where no expression can say it. */
int64_t incir_slice_hint(const incsym *size, const incsym *start, const incsym *end, int64_t step)
{
    int64_t n = incsym_hint(size), at[2] = {incsym_hint(start), incsym_hint(end)};
    if (step <= 0)
        return n;
    for (int i = 0; i < 2; i++) {
        at[i] = at[i] < -n ? 0 : at[i] < 0 ? at[i] + n : at[i];
        at[i] = at[i] > n ? n : at[i];
    }
    return at[0] < at[1] ? (at[1] - at[0] - 1) / step + 1 : 0;
}

const incsym *incir_slice_expected(incir_graph *g, const incsym *size, const incsym *start,
                                   const incsym *end)
{
    const incsym *bounds[] = {start, end};
    for (int i = 0; i < 2; i++) {
        int64_t at;
        if (incsym_known(bounds[i], &at) && (at >= INT32_MAX || at < -(int64_t)INT32_MAX))
            bounds[i] = at < 0 ? incir_int(g, 0) : size;
        if (incsym_hint(bounds[i]) < 0)
            bounds[i] = incsym_max(g->syms, incsym_add(g->syms, bounds[i], size), incir_int(g, 0));
        bounds[i] = incsym_min(g->syms, bounds[i], size);
    }
    const incsym *length = incsym_sub(g->syms, bounds[1], bounds[0]);
    return incsym_expected(g->syms, incsym_max(g->syms, length, incir_int(g, 0)));
}

const incsym *incir_slice_length(incir_graph *g, const incsym *size, const incsym *start,
                                 const incsym *end, int64_t step)
{
    if (step < 0)
        return backward_length(g, size, start, end, step);
    const incsym *first = from_front(g, start, size), *last = from_front(g, end, size), *length;
    if (!first || !last)
        return NULL;
    if (incsym_le(g->syms, last, size) != 1)
        last = incsym_min(g->syms, last, size);
    if (!never_negative(g, first) && last == size) /* so many from the end */
        length = incsym_min(g->syms, incsym_sub(g->syms, size, first), size);
    else /* a start beyond the end leaves nothing, whatever the size */
        length = incsym_sub(g->syms, last, at_least_zero(g, first));
    length = at_least_zero(g, length);
    return step == 1 ? length : incsym_ceildiv(g->syms, length, incir_int(g, step));
}
