/* SPDX-License-Identifier: Apache-2.0 */
/* Integers that were tensors on their way: what the model computes from sizes is an expression
 * again, found by following the nodes that it left; an integer that depends on the data becomes a
 * symbol. In: a value of one element; out: an expression. */
#include <math.h>

#include "ops/call/internal.h"
#include "ops/emit/math.h"

static const incir_node *producer(const incir_value *v, incir_opcode code)
{
    return v->kind == INCIR_RESULT && incir_is(v->producer, code) ? v->producer : NULL;
}

/* batch_sizes over all steps, before it is cut; NULL when it was not counted in the model. */
const incir_value *incop_all_batch_sizes(const incir_value *batch_sizes)
{
    const incir_node *slice = producer(batch_sizes, INCIR_OP_SLICE);
    const incir_value *all = slice ? slice->inputs[0] : batch_sizes;
    return producer(all, INCIR_OP_REDUCE_SUM) ? all : NULL;
}

incir_value *incop_packed_lengths(const incir_value *batch_sizes)
{
    const incir_value *all = incop_all_batch_sizes(batch_sizes);
    const incir_node *cast = all ? producer(all->producer->inputs[0], INCIR_OP_CAST) : NULL;
    const incir_node *less = cast ? producer(cast->inputs[0], INCIR_OP_LESS) : NULL;
    return less && less->inputs[1]->rank == 1 ? less->inputs[1] : NULL;
}

/* v as a quotient of sizes: what int(x.size(2) / 2) or size * 0.5 leaves behind. */
typedef struct fraction {
    const incsym *over, *under;
} fraction;

static bool as_fraction(incir_graph *g, incir_value *v, fraction *f, int depth)
{
    enum { MOST_DEPTH = 16 };
    incsym_table *t = g->syms;
    const incsym *const *contents = v->rank == 0 ? incir_contents(g, v) : NULL;
    double known;
    if (contents) {
        *f = (fraction){contents[0], incsym_int(t, 1)};
        return true;
    }
    if (emit_known_scalar(g, v, &known)) {
        for (int64_t under = 1; under <= 1 << 16; under *= 2) /* halves, quarters, … */
            if (fabs(known) < 1e9 && known * (double)under == rint(known * (double)under)) {
                *f = (fraction){incsym_int(t, (int64_t)(known * (double)under)),
                                incsym_int(t, under)};
                return true;
            }
        return false;
    }
    const incir_node *n;
    fraction a, b;
    if (depth == MOST_DEPTH || v->rank != 0 || !incdtype_is_float(v->dtype))
        return false;
    if ((n = producer(v, INCIR_OP_CAST)) != NULL)
        return as_fraction(g, n->inputs[0], f, depth + 1);
    bool quotient = (n = producer(v, INCIR_OP_DIV)) != NULL;
    if (!quotient && (n = producer(v, INCIR_OP_MUL)) == NULL)
        return false;
    if (!as_fraction(g, n->inputs[0], &a, depth + 1) ||
        !as_fraction(g, n->inputs[1], &b, depth + 1))
        return false;
    *f = (fraction){incsym_mul(t, a.over, quotient ? b.under : b.over),
                    incsym_mul(t, a.under, quotient ? b.over : b.under)};
    return !incsym_is(f->under, 0);
}

/* An integer tensor of one element as an expression; NULL when it depends on the data. */
static const incsym *as_expression(incir_graph *g, incir_value *v, int depth)
{
    enum { MOST_DEPTH = 16 };
    const incsym *const *contents = incir_contents(g, v);
    const incir_node *n;
    fraction f;
    if (contents && incsym_is(incir_numel(g, v), 1))
        return contents[0];
    if (incir_is_constant(v) && v->constant->numel == 1)
        return incsym_int(g->syms, inctensor_i64(g->cx, v->constant));
    if (v->rank != 0 || depth == MOST_DEPTH)
        return NULL;
    if ((n = producer(v, INCIR_OP_CAST)) != NULL && !incdtype_is_float(v->dtype))
        return as_expression(g, n->inputs[0], depth + 1);
    if ((n = producer(v, INCIR_OP_GATHER)) != NULL && incir_is_constant(n->inputs[1]) &&
        inctensor_i64(g->cx, n->inputs[1]->constant) == 0) {
        /* the first step of a packed sequence has all sequences */
        const incir_value *lengths = incop_packed_lengths(n->inputs[0]);
        return lengths ? incir_axis_size(g, lengths, 0) : NULL;
    }
    if ((n = producer(v, INCIR_OP_FLOOR)) != NULL || (n = producer(v, INCIR_OP_CEIL)) != NULL) {
        bool up = incir_is(n, INCIR_OP_CEIL);
        if (!as_fraction(g, n->inputs[0], &f, depth + 1))
            return NULL;
        return up ? incsym_ceildiv(g->syms, f.over, f.under)
                  : incsym_floordiv(g->syms, f.over, f.under);
    }
    if (as_fraction(g, v, &f, depth + 1)) /* sizes are not negative: truncating is rounding down */
        return incsym_floordiv(g->syms, f.over, f.under);
    return NULL;
}

const incsym *incop_integer_of(incir_graph *g, incir_value *v)
{
    const incsym *known = as_expression(g, v, 0);
    if (known)
        return known;
    v = emit_reshape(g, emit_cast(g, v, INCDT_I64), NULL, 0);
    const incsym *data = incsym_new(g->syms, "data", 1, INT64_MIN, v, -1);
    incsym_mark_guess(data);
    return data;
}
