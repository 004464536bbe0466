/* SPDX-License-Identifier: Apache-2.0 */
/* Types of If and Loop, from what their blocks give.
 *
 * A size computed inside a block cannot be used outside it, where its nodes are not seen; such a
 * size becomes a new symbol: "some size", whose origin is the output itself. */
#include "ir/infer.h"

static incir_block *need_block(incir_graph *g, incir_node *n, const char *name)
{
    const incir_attr *attr = incir_find_attr(n, name);
    if (!attr || attr->kind != INCIR_ATTR_BLOCK || !attr->u.block)
        incir_misfit(g, n, "%s is missing", name);
    return attr->u.block;
}

bool incir_made_inside(const incir_value *v, const incir_block *block)
{
    const incir_block *b = v->producer ? v->producer->block : NULL;
    for (; b; b = b->outer)
        if (b == block)
            return true;
    if (v->kind == INCIR_INPUT)
        for (size_t i = 0; i < block->n_inputs; i++)
            if (block->inputs[i] == v)
                return true;
    return false;
}

bool incir_depends_on(const incsym *e, const incir_block *block)
{
    const incsym *a, *b;
    const incsym_term *terms;
    const incir_value *origin;
    size_t n;
    int axis;
    switch (incsym_kind_of(e)) {
    case INCSYM_INT:
        return false;
    case INCSYM_SYMBOL:
        origin = incsym_origin(e, &axis);
        return !origin || incir_made_inside(origin, block);
    case INCSYM_POLY:
        n = incsym_terms(e, &terms);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < terms[i].n_factors; k++)
                if (incir_depends_on(terms[i].factors[k], block))
                    return true;
        return false;
    default:
        incsym_operands(e, &a, &b);
        return incir_depends_on(a, block) || incir_depends_on(b, block);
    }
}

static const incsym *outside(incir_graph *g, const incsym *e, const incir_block *block)
{
    return incir_depends_on(e, block) ? incir_unknown(g, "chosen", incsym_hint(e)) : e;
}

/* The type says what one arm gives, the example's where that has axes; not with sizes known
 * altogether, for which runtimes take memory before they know the arm. */
static void set_free_rank(incir_graph *g, incir_node *n, size_t i, const incir_block *of)
{
    const incir_value *v = of->outputs[i];
    const incsym *dims[INCTENSOR_MAX_RANK];
    bool all_known = true;
    for (size_t k = 0; k < v->rank; k++) {
        dims[k] = outside(g, v->dims[k], of);
        all_known = all_known && incsym_known(dims[k], NULL);
    }
    if (all_known && v->rank > 0)
        dims[0] = incir_unknown(g, "chosen", incsym_hint(dims[0]));
    incir_set_fresh_output(g, n, i, v->dtype, v->rank, dims);
}

void incir_infer_if(incir_graph *g, incir_node *n)
{
    incir_value *condition = incir_need(g, n, 0);
    incir_block *yes = need_block(g, n, "then_branch"), *no = need_block(g, n, "else_branch");
    if (condition->dtype != INCDT_BOOL)
        incir_misfit(g, n, "the condition has to be bool");
    bool gone = !condition->constant || inctensor_f64(g->cx, condition->constant) != 0;
    if (yes->n_outputs < n->n_outputs || no->n_outputs < n->n_outputs)
        incir_misfit(g, n, "the branches give too few values");
    for (size_t i = 0; i < n->n_outputs; i++) {
        const incir_value *a = yes->outputs[i], *b = no->outputs[i];
        if (a->dtype != b->dtype || (a->rank != b->rank && !n->frees_ranks))
            incir_cannot(g, n, "one branch gives %s, the other %s", incir_type_text(g, a),
                         incir_type_text(g, b));
        if (a->rank != b->rank) {
            set_free_rank(g, n, i, gone && a->rank > 0 ? yes : b->rank > 0 ? no : yes);
            continue;
        }
        const incsym *dims[INCTENSOR_MAX_RANK];
        for (size_t k = 0; k < a->rank; k++)
            dims[k] = a->dims[k] == b->dims[k]
                          ? outside(g, a->dims[k], yes)
                          : incir_unknown(g, "chosen", incsym_hint((gone ? a : b)->dims[k]));
        incir_set_fresh_output(g, n, i, a->dtype, a->rank, dims);
    }
}

void incir_infer_loop(incir_graph *g, incir_node *n)
{
    incir_block *body = need_block(g, n, "body");
    size_t n_carried = n->n_inputs < 2 ? 0 : n->n_inputs - 2;
    if (body->n_inputs != n_carried + 2 || body->n_outputs < n_carried + 1)
        incir_misfit(g, n, "the body has %zu inputs and %zu outputs", body->n_inputs,
                     body->n_outputs);
    if (body->n_outputs - 1 < n->n_outputs)
        incir_misfit(g, n, "the body gives too few values");
    incir_value *trips = incir_maybe(n, 0), *condition = incir_maybe(n, 1);
    if (trips && trips->rank > 0 && !incsym_is(trips->dims[0], 1))
        incir_misfit(g, n, "the number of rounds has to be one integer");
    const incsym *const *count = trips ? incir_contents(g, trips) : NULL;
    if (condition && incir_is_constant(condition) && inctensor_f64(g->cx, condition->constant) != 0)
        condition = NULL; /* as if it were left out */
    for (size_t i = 0; i < n->n_outputs; i++) {
        const incir_value *v = body->outputs[i + 1];
        const incsym *dims[INCTENSOR_MAX_RANK + 1];
        size_t rank = 0;
        if (i >= n_carried) /* one entry for every time round */
            dims[rank++] = count && !condition ? count[0] : incir_unknown(g, "rounds", 1);
        const incir_value *before = i < n_carried ? n->inputs[i + 2] : NULL;
        if (before && (before->dtype != v->dtype || before->rank != v->rank))
            incir_cannot(g, n, "a variable changes from %s to %s", incir_type_text(g, before),
                         incir_type_text(g, v));
        for (size_t k = 0; k < v->rank; k++)
            dims[rank++] = before && before->dims[k] != v->dims[k]
                               ? incir_unknown(g, "looped", incsym_hint(v->dims[k]))
                               : outside(g, v->dims[k], body);
        incir_set_fresh_output(g, n, i, v->dtype, rank, dims);
    }
}
