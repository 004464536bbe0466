/* SPDX-License-Identifier: Apache-2.0 */
/* einsum: ONNX has it from opset 12 on; below, each pair of operands is a product of matrices. The
 * output is always spelled out; where it drops the axes of "...", or operands have more or fewer of
 * them, these get letters. */
#include <string.h>

#include "base/str.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

enum { MOST_OPERANDS = 64, N_LETTERS = 52 };

/* Axes as labels: 0..51 letters, from 52 on the axes of "...", aligned at the last. */
typedef struct term {
    size_t n;
    size_t *labels;
    bool has_dots;
    size_t at_dots, n_dots;
} term;

typedef struct equation {
    size_t n_operands;
    term operands[MOST_OPERANDS];
    term output;
    size_t n_dots; /* the most axes that "..." stands for */
} equation;

/* ---- reading ---- */

static size_t letter_label(char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        return (size_t)(ch - 'A');
    return ch >= 'a' && ch <= 'z' ? (size_t)(ch - 'a') + 26 : SIZE_MAX;
}

/* Letters up to ',', '-' or the end; *at moves on. */
static void read_term(incop_call *c, const char **at, term *t)
{
    const char *p = *at;
    *t = (term){.labels = INC_NEW_N(c->cx, size_t, INCTENSOR_MAX_RANK)};
    for (; *p && *p != ',' && *p != '-'; p++) {
        size_t label = letter_label(*p);
        if (*p == ' ')
            continue;
        if (strncmp(p, "...", 3) == 0 && !t->has_dots) {
            t->has_dots = true;
            t->at_dots = t->n;
            p += 2;
        } else if (label < N_LETTERS && t->n < INCTENSOR_MAX_RANK) {
            t->labels[t->n++] = label;
        } else {
            incop_unsupported(c, "the equation '%s'", incop_str(c, "equation"));
        }
    }
    *at = p;
}

/* Puts the labels of n axes where the dots were. */
static void expand_dots(incop_call *c, term *t, size_t n, size_t n_all)
{
    size_t *labels = INC_NEW_N(c->cx, size_t, t->n + n);
    memcpy(labels, t->labels, t->at_dots * sizeof *labels);
    for (size_t i = 0; i < n; i++)
        labels[t->at_dots + i] = N_LETTERS + n_all - n + i;
    memcpy(labels + t->at_dots + n, t->labels + t->at_dots, (t->n - t->at_dots) * sizeof *labels);
    t->labels = labels;
    t->n += n;
    t->n_dots = n;
}

static void implied_output(incop_call *c, const equation *e, term *out)
{
    size_t counts[N_LETTERS] = {0};
    *out = (term){.labels = INC_NEW_N(c->cx, size_t, N_LETTERS)};
    for (size_t i = 0; i < e->n_operands; i++) {
        out->has_dots = out->has_dots || e->operands[i].has_dots;
        for (size_t k = 0; k < e->operands[i].n; k++)
            counts[e->operands[i].labels[k]]++;
    }
    for (size_t label = 0; label < N_LETTERS; label++)
        if (counts[label] == 1)
            out->labels[out->n++] = label;
}

static void read_equation(incop_call *c, incir_value *const *values, size_t n, equation *e)
{
    const char *text = incop_str(c, "equation"), *at = text;
    *e = (equation){.n_operands = n};
    if (n == 0 || n > MOST_OPERANDS)
        incop_unsupported(c, "%zu operands", n);
    for (size_t i = 0; i < n; i++) {
        read_term(c, &at, &e->operands[i]);
        if (i + 1 < n && *at++ != ',')
            incop_unsupported(c, "the equation '%s' for %zu operands", text, n);
    }
    if (strncmp(at, "->", 2) == 0) {
        at += 2;
        read_term(c, &at, &e->output);
    } else {
        implied_output(c, e, &e->output);
    }
    if (*at)
        incop_unsupported(c, "the equation '%s' for %zu operands", text, n);
    for (size_t i = 0; i < n; i++) {
        const term *t = &e->operands[i];
        if (t->n > values[i]->rank || (t->n != values[i]->rank && !t->has_dots))
            incop_unsupported(c, "the equation '%s' for an operand of rank %zu", text,
                              values[i]->rank);
        size_t dots = values[i]->rank - t->n;
        e->n_dots = dots > e->n_dots ? dots : e->n_dots;
    }
    for (size_t i = 0; i < n; i++)
        expand_dots(c, &e->operands[i], values[i]->rank - e->operands[i].n, e->n_dots);
    if (e->output.has_dots)
        expand_dots(c, &e->output, e->n_dots, e->n_dots);
}

/* ---- one node ---- */

/* Letters for all labels; those of "..." get letters that are free. SIZE_MAX when there are none.
 */
static bool choose_letters(const equation *e, char *letters)
{
    bool used[N_LETTERS] = {false};
    size_t next = 0;
    for (size_t i = 0; i < e->n_operands; i++)
        for (size_t k = 0; k < e->operands[i].n; k++)
            if (e->operands[i].labels[k] < N_LETTERS)
                used[e->operands[i].labels[k]] = true;
    for (size_t label = 0; label < N_LETTERS + e->n_dots; label++) {
        size_t letter = label;
        if (label >= N_LETTERS) {
            while (next < N_LETTERS && used[next])
                next++;
            if (next == N_LETTERS)
                return false;
            letter = next++;
        }
        letters[label] = (char)(letter < 26 ? 'A' + letter : 'a' + (letter - 26));
    }
    return true;
}

static void spell_term(inccx *cx, incstr *s, const term *t, const char *letters, bool dots)
{
    for (size_t i = 0; i < t->n; i++) {
        if (dots && t->has_dots && i == t->at_dots)
            incstr_add(cx, s, "...");
        if (!dots || t->labels[i] < N_LETTERS)
            incstr_addf(cx, s, "%c", letters[t->labels[i]]);
    }
    if (dots && t->has_dots && t->at_dots == t->n)
        incstr_add(cx, s, "...");
}

/* Whether "..." can be written: the inference of ONNX takes it for as many axes in all operands,
 * and would not sum over it. */
static bool can_write_dots(const equation *e)
{
    for (size_t i = 0; i < e->n_operands; i++)
        if (e->operands[i].has_dots && e->operands[i].n_dots != e->n_dots)
            return false;
    return e->output.has_dots;
}

/* Whether another operand has more than one element along the axis of that label. */
static bool others_are_longer(incir_graph *g, incir_value *const *values, const equation *e,
                              size_t label)
{
    for (size_t i = 0; i < e->n_operands; i++)
        for (size_t k = 0; k < e->operands[i].n; k++)
            if (e->operands[i].labels[k] == label &&
                !incsym_is(incir_axis_size(g, values[i], k), 1))
                return true;
    return false;
}

/* Operand i without those axes of "..." that broadcast: letters do not. */
static incir_value *without_ones(incop_call *c, incir_value *const *values, const equation *e,
                                 size_t i, term *t)
{
    size_t axes[INCTENSOR_MAX_RANK], n_axes = 0;
    const term *of = &e->operands[i];
    *t = (term){.labels = INC_NEW_N(c->cx, size_t, of->n + 1)};
    for (size_t k = 0; k < of->n; k++)
        if (of->labels[k] >= N_LETTERS && incsym_is(incir_axis_size(c->g, values[i], k), 1) &&
            others_are_longer(c->g, values, e, of->labels[k]))
            axes[n_axes++] = k;
        else
            t->labels[t->n++] = of->labels[k];
    return n_axes ? emit_squeeze(c->g, values[i], axes, n_axes) : values[i];
}

static incir_value *emit_einsum(incop_call *c, incir_value **values, const equation *e)
{
    incir_graph *g = c->g;
    char letters[N_LETTERS + INCTENSOR_MAX_RANK];
    incstr text = {0};
    bool dots = can_write_dots(e);
    if (!choose_letters(e, letters))
        incop_unsupported(c, "more than %d different axes", N_LETTERS);
    incdtype type = emit_result_type(g, values, e->n_operands);
    incdtype wide = emit_working_type(g, "Einsum", type);
    incir_node *n = incir_node_new(g, "Einsum");
    for (size_t i = 0; i < e->n_operands; i++) {
        term t = e->operands[i];
        incir_value *x = dots ? values[i] : without_ones(c, values, e, i, &t);
        incir_in(g, n, emit_cast(g, x, wide));
        if (i)
            incstr_add(c->cx, &text, ",");
        spell_term(c->cx, &text, &t, letters, dots);
    }
    incstr_add(c->cx, &text, "->");
    spell_term(c->cx, &text, &e->output, letters, dots);
    incir_attr_str(g, n, "equation", incstr_text(&text));
    return emit_as(g, n, type);
}

/* ---- products of pairs ---- */

typedef struct labelled {
    incir_value *value;
    size_t n;
    size_t labels[INCTENSOR_MAX_RANK];
} labelled;

static size_t find_label(const labelled *x, size_t label)
{
    size_t i = 0;
    while (i < x->n && x->labels[i] != label)
        i++;
    return i;
}

static bool term_has(const term *t, size_t label)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->labels[i] == label)
            return true;
    return false;
}

/* Whether the output or an operand from `next` on has the label. */
static bool needed(const equation *e, size_t next, size_t label)
{
    for (size_t i = next; i < e->n_operands; i++)
        if (term_has(&e->operands[i], label))
            return true;
    return term_has(&e->output, label);
}

/* x with the two axes, of the same label, made one: what is not on their diagonal is dropped. */
static void take_diagonal(incir_graph *g, labelled *x, size_t first, size_t second)
{
    size_t *order = INC_NEW_N(g->cx, size_t, x->n), n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (i != first && i != second)
            order[n++] = i;
    order[n] = first;
    order[n + 1] = second;
    incir_value *y = emit_transpose(g, x->value, order);
    incir_value *mask = emit_diagonal_mask(g, incir_axis_size(g, y, n),
                                           incir_axis_size(g, y, n + 1), 0, EMIT_ON_DIAGONAL);
    size_t last = n + 1, label = x->labels[first];
    y = emit_where(g, mask, y, emit_scalar_like(g, y, 0));
    x->value = emit_reduce(g, "ReduceSum", y, &last, 1, false);
    for (size_t i = 0; i < n; i++)
        x->labels[i] = x->labels[order[i]];
    x->labels[n] = label;
    x->n = n + 1;
}

static labelled labelled_operand(incop_call *c, incir_value *value, const term *t)
{
    labelled x = {.value = value, .n = t->n};
    for (size_t i = 0; i < t->n; i++)
        x.labels[i] = t->labels[i];
    for (size_t i = 1; i < x.n; i++)
        for (size_t k = 0; k < i && i < x.n; k++)
            if (x.labels[k] == x.labels[i]) {
                take_diagonal(c->g, &x, k, i);
                i = k = 0;
            }
    return x;
}

/* A size of 1 stands for the other operand's. */
static void fit_sizes(incir_graph *g, labelled *x, const labelled *other)
{
    const incsym **sizes = inc_copy(g->cx, x->value->dims, x->n * sizeof *sizes);
    for (size_t i = 0; i < x->n; i++) {
        size_t k = find_label(other, x->labels[i]);
        if (k < other->n && incsym_is(sizes[i], 1))
            sizes[i] = incir_axis_size(g, other->value, k);
    }
    x->value = emit_expand(g, x->value, sizes, x->n);
}

/* Sums over what neither the rest nor the other operand (or NULL) needs. */
static void sum_unneeded(incir_graph *g, const equation *e, size_t next, labelled *x,
                         const labelled *other)
{
    size_t axes[INCTENSOR_MAX_RANK], n_axes = 0, kept = 0;
    for (size_t i = 0; i < x->n; i++) {
        size_t label = x->labels[i];
        if (!needed(e, next, label) && (!other || find_label(other, label) == other->n))
            axes[n_axes++] = i;
        else
            x->labels[kept++] = label;
    }
    x->n = kept;
    if (n_axes)
        x->value = emit_reduce(g, "ReduceSum", x->value, axes, n_axes, false);
}

/* x with the labelled axes in that order, the last groups merged to one axis each. */
static incir_value *arranged(incir_graph *g, const labelled *x, size_t *const groups[3],
                             const size_t counts[3])
{
    size_t *order = INC_NEW_N(g->cx, size_t, x->n), n = 0;
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, x->n + 2);
    size_t rank = 0;
    for (size_t k = 0; k < 3; k++) {
        if (k > 0)
            sizes[rank++] = incsym_int(g->syms, 1);
        for (size_t i = 0; i < counts[k]; i++) {
            size_t axis = find_label(x, groups[k][i]);
            order[n++] = axis;
            if (k == 0)
                sizes[rank++] = incir_axis_size(g, x->value, axis);
            else
                sizes[rank - 1] =
                    incsym_mul(g->syms, sizes[rank - 1], incir_axis_size(g, x->value, axis));
        }
    }
    return emit_reshape(g, emit_transpose(g, x->value, order), sizes, rank);
}

static labelled multiply(incir_graph *g, const equation *e, size_t next, labelled a, labelled b)
{
    enum { BATCH, LEFT, RIGHT, SUMMED };
    size_t *groups[4], counts[4] = {0, 0, 0, 0};
    sum_unneeded(g, e, next, &a, &b);
    sum_unneeded(g, e, next, &b, &a);
    fit_sizes(g, &a, &b);
    fit_sizes(g, &b, &a);
    for (size_t k = 0; k < 4; k++)
        groups[k] = INC_NEW_N(g->cx, size_t, a.n + b.n);
    for (size_t i = 0; i < a.n; i++) {
        size_t label = a.labels[i];
        size_t k = find_label(&b, label) == b.n ? LEFT : needed(e, next, label) ? BATCH : SUMMED;
        groups[k][counts[k]++] = label;
    }
    for (size_t i = 0; i < b.n; i++)
        if (find_label(&a, b.labels[i]) == a.n)
            groups[RIGHT][counts[RIGHT]++] = b.labels[i];
    size_t *const of_a[] = {groups[BATCH], groups[LEFT], groups[SUMMED]};
    size_t *const of_b[] = {groups[BATCH], groups[SUMMED], groups[RIGHT]};
    const size_t n_a[] = {counts[BATCH], counts[LEFT], counts[SUMMED]};
    const size_t n_b[] = {counts[BATCH], counts[SUMMED], counts[RIGHT]};
    incir_value *of_right = arranged(g, &b, of_b, n_b);
    incir_value *product = emit_matmul(g, arranged(g, &a, of_a, n_a), of_right);

    labelled y = {0};
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, a.n + b.n);
    for (size_t k = BATCH; k <= RIGHT; k++)
        for (size_t i = 0; i < counts[k]; i++) {
            const labelled *from = k == RIGHT ? &b : &a;
            size_t axis = find_label(from, groups[k][i]);
            sizes[y.n] =
                k == BATCH ? incir_axis_size(g, product, i) : incir_axis_size(g, from->value, axis);
            y.labels[y.n++] = groups[k][i];
        }
    y.value = emit_reshape(g, product, sizes, y.n);
    return y;
}

static incir_value *emit_products(incop_call *c, incir_value **values, const equation *e)
{
    incir_graph *g = c->g;
    labelled y = labelled_operand(c, values[0], &e->operands[0]);
    for (size_t i = 1; i < e->n_operands; i++) {
        labelled x = labelled_operand(c, values[i], &e->operands[i]);
        if (y.n + x.n > INCTENSOR_MAX_RANK)
            incop_unsupported(c, "so many axes");
        y = multiply(g, e, i + 1, y, x);
    }
    sum_unneeded(g, e, e->n_operands, &y, NULL);
    size_t *order = INC_NEW_N(c->cx, size_t, y.n);
    if (e->output.n != y.n)
        incop_unsupported(c, "the equation '%s'", incop_str(c, "equation"));
    for (size_t i = 0; i < y.n; i++)
        order[i] = find_label(&y, e->output.labels[i]);
    return emit_transpose(g, y.value, order);
}

static void lower_einsum(incop_call *c)
{
    size_t n;
    incir_value **values = incop_tensors(c, "tensors", &n);
    equation *e = INC_NEW(c->cx, equation);
    read_equation(c, values, n, e);
    incop_return(c, c->g->opset >= 12 ? emit_einsum(c, values, e) : emit_products(c, values, e));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_Q("aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor", lower_einsum, INCOP_Q_NONE | INCOP_C_PRODUCT),
};
/* clang-format on */

const incop_family incop_einsum = {"einsum", rows, INC_COUNT(rows)};
