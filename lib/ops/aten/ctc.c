/* SPDX-License-Identifier: Apache-2.0 */
/* Connectionist temporal classification: the forward variables of all paths through a target with
 * blanks around its labels, as a Loop over time, in logarithms. */
#include <math.h>

#include "ops/emit/loop.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"
#include "ops/families.h"

typedef struct paths {
    incir_value *logs;    /* [T, N, C] */
    incir_value *labels;  /* [N, 2S + 1]: with blanks */
    incir_value *jumps;   /* [N, 2S + 1]: whether the blank before may be left out */
    incir_value *lengths; /* [N, 1], of the inputs */
} paths;

static incir_value *minus_infinity(incir_graph *g, const incir_value *like)
{
    return emit_scalar_like(g, like, -INFINITY);
}

/* The columns moved by n to the right, -inf coming in. */
static incir_value *moved(incir_graph *g, incir_value *x, int64_t n)
{
    const incsym *none = incsym_int(g->syms, 0), *size = incir_axis_size(g, x, 1);
    const incsym *begins[] = {none, incsym_int(g->syms, n)}, *ends[] = {none, none};
    return emit_slice(g, emit_pad(g, x, "constant", begins, ends, -INFINITY), 1, NULL, size, 1);
}

/* log(e^a + e^b), -inf where both are */
static incir_value *log_sum(incir_graph *g, incir_value *a, incir_value *b)
{
    incir_value *most = emit_extreme(g, "Max", a, b), *zero = emit_scalar_like(g, a, 0);
    incir_value *none = emit_compare(g, "Equal", most, minus_infinity(g, a));
    incir_value *from = emit_where(g, none, zero, most);
    incir_value *b_part = emit_unary(g, "Exp", emit_binary(g, "Sub", b, from));
    incir_value *sum =
        emit_binary(g, "Add", emit_unary(g, "Exp", emit_binary(g, "Sub", a, from)), b_part);
    return emit_binary(g, "Add", from, emit_unary(g, "Log", sum));
}

static incir_value *of_labels(incir_graph *g, const paths *p, incir_value *i)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, emit_gather(g, p->logs, i, 0));
    incir_in(g, n, p->labels);
    incir_attr_int(g, n, "axis", 1);
    return incir_emit(g, n);
}

/* states: the forward variables after the time i. */
static void advance(incir_graph *g, const void *of, incir_value *i, incir_value **states)
{
    const paths *p = of;
    incir_value *time = emit_with_scalar(g, "Add", i, 1), *a = states[0];
    incir_value *jumped = emit_where(g, p->jumps, moved(g, a, 2), minus_infinity(g, a));
    incir_value *next = log_sum(g, log_sum(g, a, moved(g, a, 1)), jumped);
    next = emit_binary(g, "Add", next, of_labels(g, p, time));
    states[0] = emit_where(g, emit_compare(g, "Less", time, p->lengths), next, a);
}

/* [N]: lists of ints and tensors */
static incir_value *lengths_of(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind == INCVAL_TENSOR)
        return emit_at_least(c->g, emit_cast(c->g, incop_tensor(c, name), INCDT_I64), 1);
    size_t n;
    const incsym **sizes = incop_syms(c, name, &n);
    return incir_sizes(c->g, sizes, n);
}

/* [N, S]; targets that are one after another in a vector are told apart by their lengths. */
static incir_value *padded_targets(incop_call *c, incir_value *targets, incir_value *lengths,
                                   bool batched)
{
    incir_graph *g = c->g;
    if (targets->rank == 2)
        return targets;
    if (!batched)
        return emit_unsqueeze_axis(g, targets, 0);
    const incsym *size = incir_axis_size(g, targets, 0);
    incir_value *ends = incir_emit2(g, "CumSum", lengths, incir_const_i64(g, 0));
    incir_value *starts = emit_unsqueeze_axis(g, emit_binary(g, "Sub", ends, lengths), 1);
    incir_value *places = emit_binary(g, "Add", starts, emit_count_up(g, size));
    incir_value *last = incir_size_scalar(g, incsym_add_int(g->syms, size, -1));
    return emit_gather(g, targets, emit_extreme(g, "Min", places, last), 0);
}

/* Blanks before, between and behind the labels. */
static incir_value *with_blanks(incir_graph *g, incir_value *targets, incir_value *blank)
{
    const incsym *n = incir_axis_size(g, targets, 0), *s = incir_axis_size(g, targets, 1);
    const incsym *one = incsym_int(g->syms, 1);
    const incsym *joined[] = {n, incsym_mul_int(g->syms, s, 2)}, *single[] = {n, one};
    incir_value *pair[] = {emit_expand(g, blank, targets->dims, 2), targets};
    for (size_t i = 0; i < 2; i++)
        pair[i] = emit_unsqueeze_axis(g, pair[i], 2);
    incir_value *mixed = emit_reshape(g, emit_concat(g, pair, 2, 2), joined, 2);
    incir_value *all[] = {mixed, emit_expand(g, blank, single, 2)};
    return emit_concat(g, all, 2, 1);
}

/* The variable at place [N] of each row. */
static incir_value *at(incir_graph *g, incir_value *x, incir_value *place)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, x);
    incir_in(g, n, emit_unsqueeze_axis(g, place, 1));
    incir_attr_int(g, n, "axis", 1);
    return emit_squeeze_axis(g, incir_emit(g, n), 1);
}

static incir_value *negative_likelihood(incop_call *c, incir_value **counts, bool *batched)
{
    incir_graph *g = c->g;
    incir_value *logs = emit_as_float(g, incop_tensor(c, "log_probs"));
    incir_value *targets = emit_cast(g, incop_tensor(c, "targets"), INCDT_I64);
    *batched = logs->rank == 3;
    if (logs->rank < 2 || logs->rank > 3 || targets->rank < 1 || targets->rank > 2)
        incop_unsupported(c, "log_probs %s", incir_type_text(g, logs));
    if (!*batched)
        logs = emit_unsqueeze_axis(g, logs, 1);
    *counts = lengths_of(c, "target_lengths");
    targets = padded_targets(c, targets, *counts, *batched);
    paths p = {.logs = logs};
    p.lengths = emit_unsqueeze_axis(g, lengths_of(c, "input_lengths"), 1);
    incir_value *blank = incir_const_i64(g, incop_int(c, "blank"));
    p.labels = with_blanks(g, targets, blank);
    const incsym *width = incir_axis_size(g, p.labels, 1), *none = incsym_int(g->syms, 0);
    const incsym *begins[] = {none, incsym_int(g->syms, 2)}, *ends[] = {none, none};
    incir_value *before = emit_pad(g, p.labels, "constant", begins, ends, -1);
    before = emit_slice(g, before, 1, NULL, width, 1);
    p.jumps = emit_unary(g, "Not", emit_compare(g, "Equal", p.labels, before));
    p.jumps = emit_binary(g, "And", p.jumps,
                          emit_unary(g, "Not", emit_compare(g, "Equal", p.labels, blank)));
    incir_value *start = of_labels(g, &p, incir_const_i64(g, 0));
    incir_value *first = emit_compare_scalar(g, "Less", emit_count_up(g, width), 2);
    incir_value *a = emit_where(g, first, start, minus_infinity(g, start));
    const incsym *steps = incsym_add_int(g->syms, incir_axis_size(g, logs, 0), -1);
    emit_loop(g, incir_size_scalar(g, incsym_max(g->syms, steps, none)), &a, 1, advance, &p);
    incir_value *last = emit_with_scalar(g, "Mul", *counts, 2);
    incir_value *label =
        emit_extreme(g, "Max", emit_with_scalar(g, "Sub", last, 1), incir_const_i64(g, 0));
    incir_value *there = at(g, a, label);
    incir_value *impossible = minus_infinity(g, a);
    incir_value *other =
        emit_where(g, emit_compare_scalar(g, "Equal", *counts, 0), impossible, there);
    incir_value *loss = emit_unary(g, "Neg", log_sum(g, at(g, a, last), other));
    if (!incop_bool(c, "zero_infinity"))
        return loss;
    incir_value *infinite = emit_compare_scalar(g, "Equal", loss, INFINITY);
    return emit_where(g, infinite, emit_scalar_like(g, loss, 0), loss);
}

/* The mean is of the losses over the lengths of their targets. */
static void lower_ctc_loss(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *counts;
    bool batched;
    incir_value *loss = negative_likelihood(c, &counts, &batched);
    int64_t reduction = incop_int(c, "reduction");
    if (reduction == 1) {
        counts = emit_extreme(g, "Max", counts, incir_const_i64(g, 1));
        loss = emit_binary(g, "Div", loss, emit_cast(g, counts, loss->dtype));
        loss = emit_reduce(g, "ReduceMean", loss, NULL, 0, false);
    } else if (reduction == 2) {
        loss = emit_reduce(g, "ReduceSum", loss, NULL, 0, false);
    } else if (!batched) {
        loss = emit_squeeze_axis(g, loss, 0);
    }
    incop_return(c, loss);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, int reduction=1, bool zero_infinity=False) -> Tensor", lower_ctc_loss),
    OP("aten::ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, int reduction=1, bool zero_infinity=False) -> Tensor", lower_ctc_loss),
};
/* clang-format on */

const incop_family incop_ctc = {"ctc", rows, INC_COUNT(rows)};
