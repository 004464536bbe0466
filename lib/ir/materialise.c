/* SPDX-License-Identifier: Apache-2.0 */
/* Turning symbolic sizes into nodes: what an INCIR_SIZES value says, computed from the shapes of
 * the values that its symbols come from.
 *
 * Everything is computed as vectors of one element, which is what Shape gives and Concat takes; a
 * scalar is made at the end by Squeeze. What was computed in a block serves there and in the blocks
 * inside it: each block has a map from the expression to its value. A symbol is read from the axis
 * it was declared for; its Shape node is shared by all symbols of that value when the opset has no
 * Shape of a part. */
#include <assert.h>

#include "ir/graph.h"
#include "ir/onnx_ops.h"

enum { MOST_DEPTH = 64 };

typedef struct key { /* of materialised: pointers are unique for what they stand for */
    uintptr_t what;
    uintptr_t kind; /* 'v'ector of one element, 's'calar, 'S'hape */
} key;

static incir_value *recall(incir_graph *g, const void *what, char kind)
{
    key k = {(uintptr_t)what, (uintptr_t)kind};
    for (const incir_block *b = g->block; b; b = b->outer) {
        incir_value *v = incmap_get(b->materialised, &k, sizeof k, NULL);
        if (v)
            return v;
    }
    return NULL;
}

static incir_value *remember(incir_graph *g, const void *what, char kind, incir_value *v)
{
    key k = {(uintptr_t)what, (uintptr_t)kind};
    assert(g->block);
    incmap_set(g->cx, g->block->materialised, &k, sizeof k, v);
    return v;
}

/* The nodes made here must not be computed back into the sizes they stand for, so they are typed
 * by hand. */
static incir_value *append(incir_graph *g, incir_node *n, size_t rank, int64_t size)
{
    const incsym *length = incsym_int(g->syms, size);
    return incir_append(g, n, INCDT_I64, rank, &length);
}

static incir_value *constant(incir_graph *g, int64_t value)
{
    return incir_const_i64s(g, &value, 1);
}

/* ---- symbols ---- */

static incir_value *whole_shape(incir_graph *g, incir_value *origin)
{
    incir_value *known = recall(g, origin, 'S');
    if (known)
        return known;
    incir_node *n = incir_node_new(g, "Shape");
    incir_in(g, n, origin);
    return remember(g, origin, 'S', append(g, n, 1, (int64_t)origin->rank));
}

static incir_value *axis_of(incir_graph *g, incir_value *origin, int axis)
{
    if (axis == 0 && origin->rank == 1)
        return whole_shape(g, origin);
    if (g->opset >= 15) {
        incir_node *n = incir_node_new(g, "Shape");
        incir_in(g, n, origin);
        if (axis > 0)
            incir_attr_int(g, n, "start", axis);
        if (axis + 1 < (int)origin->rank)
            incir_attr_int(g, n, "end", axis + 1);
        return append(g, n, 1, 1);
    }
    incir_node *n = incir_node_new(g, "Gather");
    incir_in(g, n, whole_shape(g, origin));
    incir_in(g, n, constant(g, axis));
    return append(g, n, 1, 1);
}

/* Declared as the value of an integer scalar. */
static incir_value *number(incir_graph *g, incir_value *origin)
{
    if (origin->dtype != INCDT_I64) {
        incir_node *cast = incir_node_new(g, "Cast");
        incir_in(g, cast, origin);
        incir_attr_int(g, cast, "to", incdtype_onnx(INCDT_I64));
        origin = incir_append(g, cast, INCDT_I64, origin->rank, origin->dims);
    }
    if (origin->rank == 1)
        return origin;
    incir_node *n = incir_node_new(g, "Reshape");
    incir_in(g, n, origin);
    incir_in(g, n, constant(g, 1));
    return append(g, n, 1, 1);
}

static incir_value *symbol(incir_graph *g, const incsym *e)
{
    int axis;
    incir_value *origin = incsym_origin(e, &axis);
    if (!origin)
        inc_raise(g->cx, INC_E_INTERNAL, "the size %s belongs to no value", incsym_name(e));
    if (origin->kind == INCIR_SIZES)
        inc_raise(g->cx, INC_E_INTERNAL, "the size %s belongs to no node", incsym_name(e));
    return axis < 0 ? number(g, origin) : axis_of(g, origin, axis);
}

/* ---- expressions ---- */

static incir_value *materialise(incir_graph *g, const incsym *e, unsigned depth);

static incir_value *node2(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, a);
    incir_in(g, n, b);
    return append(g, n, 1, 1);
}

/* coefficient * factors, without the sign when that is left to the caller. */
static incir_value *term(incir_graph *g, const incsym_term *t, int64_t coefficient, unsigned depth)
{
    incir_value *product = NULL;
    for (size_t i = 0; i < t->n_factors; i++) {
        incir_value *factor = materialise(g, t->factors[i], depth);
        product = product ? node2(g, "Mul", product, factor) : factor;
    }
    if (!product)
        return constant(g, coefficient);
    return coefficient == 1 ? product : node2(g, "Mul", product, constant(g, coefficient));
}

/* Positive terms first, so that nothing needs to be negated where one is positive. */
static incir_value *polynomial(incir_graph *g, const incsym *e, unsigned depth)
{
    const incsym_term *terms;
    size_t n = incsym_terms(e, &terms);
    incir_value *sum = NULL;
    for (int negative = 0; negative < 2; negative++)
        for (size_t i = 0; i < n; i++) {
            int64_t c = terms[i].coefficient;
            if ((c < 0) != negative)
                continue;
            bool subtract = negative && sum && c != INT64_MIN;
            incir_value *v = term(g, &terms[i], subtract ? -c : c, depth);
            sum = !sum ? v : node2(g, subtract ? "Sub" : "Add", sum, v);
        }
    return sum;
}

/* floor(a / b). Div rounds to zero, which is the same where neither is negative; else
 * (a - mod(a, b)) / b is, Mod having the sign of the divisor. Div(1, b) is never written: ONNX
 * Runtime (1.23) makes c / b of its product with c. */
static incir_value *quotient(incir_graph *g, const incsym *a, const incsym *b, unsigned depth)
{
    const incsym *zero = incsym_int(g->syms, 0);
    incir_value *x = materialise(g, a, depth), *y = materialise(g, b, depth);
    if (!incsym_is(a, 1) && incsym_le(g->syms, zero, a) == 1 && incsym_le(g->syms, zero, b) == 1)
        return node2(g, "Div", x, y);
    return node2(g, "Div", node2(g, "Sub", x, node2(g, "Mod", x, y)), y);
}

static incir_value *extreme(incir_graph *g, const incsym *e, incir_opcode op, unsigned depth)
{
    const incsym *a, *b;
    incsym_operands(e, &a, &b);
    incir_value *x = materialise(g, a, depth), *y = materialise(g, b, depth);
    if (g->opset >= 12)
        return node2(g, incir_op_of(op)->op_type, x, y);
    /* Min and Max of integers came with opset 12. */
    incir_node *less = incir_node_new(g, "Less");
    const incsym *one = incsym_int(g->syms, 1);
    incir_in(g, less, x);
    incir_in(g, less, y);
    incir_value *is_less = incir_append(g, less, INCDT_BOOL, 1, &one);
    bool smaller = op == INCIR_OP_MIN;
    incir_node *where = incir_node_new(g, "Where");
    incir_in(g, where, is_less);
    incir_in(g, where, smaller ? x : y);
    incir_in(g, where, smaller ? y : x);
    return append(g, where, 1, 1);
}

static incir_value *with_example(incir_graph *g, incir_value *v, const incsym *e)
{
    if (v->kind == INCIR_RESULT && v->rank == 0 && !incsym_is_guess(e))
        v->constant = inctensor_scalar_i64(g->cx, incsym_hint(e));
    return v;
}

/* A vector of one element. */
static incir_value *materialise(incir_graph *g, const incsym *e, unsigned depth)
{
    const incsym *a, *b;
    int64_t value;
    if (incsym_known(e, &value))
        return constant(g, value);
    incir_value *v = recall(g, e, 'v');
    if (v)
        return v;
    if (depth > MOST_DEPTH)
        inc_raise(g->cx, INC_E_LIMIT, "the size %s is too deep", incsym_text(g->syms, e));
    switch (incsym_kind_of(e)) {
    case INCSYM_SYMBOL:
        v = symbol(g, e);
        break;
    case INCSYM_FLOORDIV:
        incsym_operands(e, &a, &b);
        v = quotient(g, a, b, depth + 1);
        break;
    case INCSYM_MIN:
        v = extreme(g, e, INCIR_OP_MIN, depth + 1);
        break;
    case INCSYM_MAX:
        v = extreme(g, e, INCIR_OP_MAX, depth + 1);
        break;
    default:
        v = polynomial(g, e, depth + 1);
        break;
    }
    return remember(g, e, 'v', v);
}

static incir_value *scalar(incir_graph *g, const incsym *e)
{
    static const int64_t first = 0;
    incir_value *v = recall(g, e, 's');
    if (v)
        return v;
    if (incsym_kind_of(e) == INCSYM_SYMBOL) { /* declared as a scalar: nothing to convert */
        int axis;
        incir_value *origin = incsym_origin(e, &axis);
        if (origin && axis < 0 && origin->rank == 0 && origin->dtype == INCDT_I64)
            return origin;
    }
    incir_node *n = incir_node_new(g, "Squeeze");
    incir_in(g, n, materialise(g, e, 0));
    if (g->opset >= 13)
        incir_in(g, n, constant(g, 0));
    else
        incir_attr_ints(g, n, "axes", &first, 1);
    return remember(g, e, 's', with_example(g, append(g, n, 0, 0), e));
}

/* ---- vectors ---- */

/* How many items from i on are the shape of one value, axis by axis; 0: not that. */
static size_t shape_run(const incsym *const *items, size_t n, size_t i, incir_value **origin,
                        int *first)
{
    size_t length = 0;
    for (; i + length < n && incsym_kind_of(items[i + length]) == INCSYM_SYMBOL; length++) {
        int axis;
        incir_value *v = incsym_origin(items[i + length], &axis);
        if (!v || axis < 0 || v->kind == INCIR_SIZES)
            break;
        if (length == 0) {
            *origin = v;
            *first = axis;
        } else if (v != *origin || axis != *first + (int)length) {
            break;
        }
    }
    return length;
}

static incir_value *shape_part(incir_graph *g, incir_value *origin, int first, size_t length)
{
    int64_t start = first, end = first + (int64_t)length, axis = 0;
    bool whole = start == 0 && end == (int64_t)origin->rank;
    if (whole)
        return whole_shape(g, origin);
    if (g->opset >= 15) {
        incir_node *n = incir_node_new(g, "Shape");
        incir_in(g, n, origin);
        if (start > 0)
            incir_attr_int(g, n, "start", start);
        if (end < (int64_t)origin->rank)
            incir_attr_int(g, n, "end", end);
        return append(g, n, 1, (int64_t)length);
    }
    incir_node *n = incir_node_new(g, "Slice");
    incir_in(g, n, whole_shape(g, origin));
    incir_in(g, n, incir_const_i64s(g, &start, 1));
    incir_in(g, n, incir_const_i64s(g, &end, 1));
    incir_in(g, n, incir_const_i64s(g, &axis, 1));
    return append(g, n, 1, (int64_t)length);
}

static incir_value *constant_run(incir_graph *g, const incsym *const *items, size_t n, size_t *i)
{
    size_t length = 0;
    while (*i + length < n && incsym_known(items[*i + length], NULL))
        length++;
    int64_t *values = INC_NEW_N(g->cx, int64_t, length);
    for (size_t k = 0; k < length; k++)
        incsym_known(items[(*i)++], &values[k]);
    return incir_const_i64s(g, values, length);
}

static incir_value *vector(incir_graph *g, const incsym *const *items, size_t n)
{
    if (n == 1)
        return materialise(g, items[0], 0);
    incir_node *concat = incir_node_new(g, "Concat");
    for (size_t i = 0; i < n;) {
        incir_value *origin, *part;
        int first;
        size_t run = shape_run(items, n, i, &origin, &first);
        if (incsym_known(items[i], NULL)) {
            part = constant_run(g, items, n, &i);
        } else if (run > 1) {
            part = shape_part(g, origin, first, run);
            i += run;
        } else {
            part = materialise(g, items[i++], 0);
        }
        incir_in(g, concat, part);
    }
    if (concat->n_inputs == 1)
        return concat->inputs[0];
    incir_attr_int(g, concat, "axis", 0);
    return append(g, concat, 1, (int64_t)n);
}

static incir_value *shared_vector(incir_graph *g, const incsym *const *items, size_t n)
{
    /* Expressions are unique, so their addresses are the vector. */
    size_t size = n * sizeof *items;
    for (const incir_block *b = g->block; b; b = b->outer) {
        incir_value *v = n > 2 ? incmap_get(b->materialised, items, size, NULL) : NULL;
        if (v)
            return v;
    }
    incir_value *v = vector(g, items, n);
    if (n > 2) /* two would be as long as a key */
        incmap_set(g->cx, g->block->materialised, items, size, v);
    return v;
}

incir_value *incir_materialise(incir_graph *g, incir_value *v)
{
    if (v->kind != INCIR_SIZES)
        return v;
    int64_t n = 1;
    if (v->rank == 0)
        return scalar(g, v->contents[0]);
    incir_dim(v, 0, &n);
    return shared_vector(g, v->contents, (size_t)n);
}
