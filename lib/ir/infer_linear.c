/* SPDX-License-Identifier: Apache-2.0 */
/* Types of matrix products. In: a node. Out: element type and shape of its output, batch axes
 * broadcast. */
#include "ir/infer.h"

#include <string.h>

static void need_same_type(incir_graph *g, incir_node *n, size_t i)
{
    if (incir_need(g, n, i)->dtype != incir_need(g, n, 0)->dtype)
        incir_misfit(g, n, "the element types differ");
}

/* a @ b by numpy's rules. */
static void set_product(incir_graph *g, incir_node *n, const incir_value *a, const incir_value *b,
                        incdtype dtype)
{
    if (a->rank == 0 || b->rank == 0)
        incir_misfit(g, n, "a number is no matrix");
    const incsym *dims[INCTENSOR_MAX_RANK];
    size_t rank = 0;
    if (a->rank > 2)
        incir_broadcast_into(g, n, dims, &rank, a->dims, a->rank - 2);
    if (b->rank > 2)
        incir_broadcast_into(g, n, dims, &rank, b->dims, b->rank - 2);
    incir_unify(g, n, a->dims[a->rank - 1], b->dims[b->rank == 1 ? 0 : b->rank - 2]);
    if (a->rank > 1)
        dims[rank++] = a->dims[a->rank - 2];
    if (b->rank > 1)
        dims[rank++] = b->dims[b->rank - 1];
    incir_set_output(g, n, 0, dtype, rank, dims);
}

void incir_infer_matmul(incir_graph *g, incir_node *n)
{
    need_same_type(g, n, 1);
    set_product(g, n, n->inputs[0], n->inputs[1], n->inputs[0]->dtype);
}

void incir_infer_matmul_integer(incir_graph *g, incir_node *n)
{
    set_product(g, n, incir_need(g, n, 0), incir_need(g, n, 1), INCDT_I32);
}

void incir_infer_qlinear_matmul(incir_graph *g, incir_node *n)
{
    set_product(g, n, incir_need(g, n, 0), incir_need(g, n, 3), incir_need(g, n, 7)->dtype);
}

void incir_infer_gemm(incir_graph *g, incir_node *n)
{
    incir_value *a = incir_need_rank(g, n, 0, 2), *b = incir_need_rank(g, n, 1, 2);
    need_same_type(g, n, 1);
    size_t ta = incir_attr_int_or(n, "transA", 0) != 0, tb = incir_attr_int_or(n, "transB", 0) != 0;
    incir_unify(g, n, a->dims[1 - ta], b->dims[tb]);
    const incsym *dims[2] = {a->dims[ta], b->dims[1 - tb]};
    incir_value *c = incir_maybe(n, 2);
    if (c) {
        need_same_type(g, n, 2);
        if (c->rank > 2)
            incir_misfit(g, n, "what is added has more than two axes");
        for (size_t i = 0; i < c->rank; i++) {
            const incsym *size = dims[2 - c->rank + i], *other = c->dims[i];
            if (!incsym_is(other, 1))
                incir_unify(g, n, size, other);
        }
    }
    incir_set_output(g, n, 0, a->dtype, 2, dims);
}

void incir_infer_det(incir_graph *g, incir_node *n)
{
    incir_value *x = incir_need_float(g, n, 0);
    if (x->rank < 2)
        incir_misfit(g, n, "a matrix is needed");
    incir_set_output(g, n, 0, x->dtype, x->rank - 2, x->dims);
}

/* ---- Einsum ---- */

typedef struct einsum {
    const incsym *letters[128];
    uint32_t count[128];
    const incsym *dots[INCTENSOR_MAX_RANK]; /* what "…" stands for, broadcast */
    size_t n_dots;
} einsum;

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Reads one term up to ',' or "->" and binds the sizes of v to its letters. */
static const char *read_term(incir_graph *g, incir_node *n, einsum *e, const char *at,
                             const incir_value *v)
{
    size_t n_letters = 0, axis = 0;
    bool dots = false;
    const char *p;
    for (p = at; *p && *p != ',' && *p != '-'; p++)
        n_letters += is_letter(*p);
    for (p = at; *p && *p != ',' && *p != '-'; p++) {
        if (*p == '.' && !dots && p[1] == '.' && p[2] == '.' && v->rank >= n_letters) {
            size_t length = v->rank - n_letters;
            incir_broadcast_into(g, n, e->dots, &e->n_dots, v->dims + axis, length);
            axis += length;
            p += 2;
            dots = true;
        } else if (is_letter(*p) && axis < v->rank) {
            const incsym **bound = &e->letters[(unsigned char)*p];
            *bound = *bound ? incir_broadcast(g, n, *bound, v->dims[axis]) : v->dims[axis];
            e->count[(unsigned char)*p]++;
            axis++;
        } else if (*p != ' ') {
            incir_misfit(g, n, "the equation does not fit the inputs");
        }
    }
    if (axis != v->rank)
        incir_misfit(g, n, "the equation does not fit the inputs");
    return p;
}

void incir_infer_einsum(incir_graph *g, incir_node *n)
{
    const char *p = incir_attr_str_or(n, "equation", "");
    einsum *e = INC_NEW(g->cx, einsum);
    for (size_t i = 0; i < n->n_inputs; i++) {
        need_same_type(g, n, i);
        p = read_term(g, n, e, p, n->inputs[i]);
        if (i + 1 < n->n_inputs && *p++ != ',')
            incir_misfit(g, n, "the equation has fewer terms than inputs");
    }
    const incsym *dims[INCTENSOR_MAX_RANK * 2];
    size_t rank = 0;
    bool explicit_output = p[0] == '-' && p[1] == '>';
    if (!explicit_output && *p)
        incir_misfit(g, n, "the equation has more terms than inputs");
    if (!explicit_output) { /* what occurs once, in alphabetical order */
        memcpy(dims, e->dots, e->n_dots * sizeof *dims);
        rank = e->n_dots;
        for (size_t c = 0; c < INC_COUNT(e->letters); c++)
            if (e->count[c] == 1)
                dims[rank++] = e->letters[c];
    }
    bool dots = false;
    for (p += explicit_output ? 2 : 0; *p; p++) {
        if (*p == '.' && !dots && p[1] == '.' && p[2] == '.') {
            memcpy(dims + rank, e->dots, e->n_dots * sizeof *dims);
            rank += e->n_dots;
            p += 2;
            dots = true;
        } else if (is_letter(*p) && e->count[(unsigned char)*p]) {
            dims[rank++] = e->letters[(unsigned char)*p];
        } else if (*p != ' ') {
            incir_misfit(g, n, "the equation names what no input has");
        }
        if (rank > INCTENSOR_MAX_RANK)
            incir_misfit(g, n, "too many axes");
    }
    incir_set_output(g, n, 0, incir_need(g, n, 0)->dtype, rank, dims);
}
