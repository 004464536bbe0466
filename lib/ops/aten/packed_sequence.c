/* SPDX-License-Identifier: Apache-2.0 */
/* Packed sequences stay padded here: "data" is [T * N, ...], of the rank that PyTorch's has but
 * with every step of every sequence, and the lengths are known beside it, which is what ONNX wants.
 * "batch_sizes" is the true vector, of how many sequences have a step t: that of all T steps, cut
 * to the length of the longest sequence. */
#include "ops/aten/recurrent.h"
#include "ops/call/internal.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"

static const size_t sequences_axis = 1;

/* The producer of v when it is such a node, else NULL. */
static const incir_node *made_by(const incir_value *v, incir_opcode code)
{
    return v->kind == INCIR_RESULT && incir_is(v->producer, code) ? v->producer : NULL;
}

/* batch_sizes[t]: how many sequences are longer than t. */
static incir_value *count_longer(incir_graph *g, const incsym *n, incir_value *lengths)
{
    incir_value *t = emit_unsqueeze_axis(g, emit_count_up(g, n), 1);
    incir_value *longer = emit_cast(g, emit_binary(g, "Less", t, lengths), INCDT_I64);
    return emit_reduce(g, "ReduceSum", longer, &sequences_axis, 1, false);
}

/* A packed sequence: the padded one with its steps and its sequences as one axis, so that it has
 * the rank that PyTorch's has. */
typedef struct packed {
    incir_value *x; /* [steps, sequences, …] */
    incir_value *lengths;
    const incsym *longest; /* no more than steps */
} packed;

/* What divides all exactly by a known size or expression; NULL when that is not whole. */
static const incsym *divided(incir_graph *g, const incsym *all, const incsym *by)
{
    if (!by || incsym_is(by, 0))
        return NULL;
    const incsym *quotient = incsym_floordiv(g->syms, all, by);
    return incsym_eq(g->syms, all, incsym_mul(g->syms, quotient, by)) == 1 ? quotient : NULL;
}

/* steps and sequences, of which the data's first axis is the product; false when what the model
 * takes may be packed as PyTorch does it. The axis of the lengths may go by another name than that
 * of the data's sequences. */
static bool count_both(incir_graph *g, const incir_value *data, incir_value *batch_sizes,
                       const incsym **steps, const incsym **sequences)
{
    const incsym *rows = incir_axis_size(g, data, 0);
    const incsym *const *known = incir_contents(g, batch_sizes);
    if (incop_packed_lengths(batch_sizes)) {
        *steps = incir_axis_size(g, incop_all_batch_sizes(batch_sizes), 0);
        *sequences = divided(g, rows, *steps);
        return *sequences != NULL;
    }
    *sequences = known ? known[0] : NULL;
    *steps = divided(g, rows, *sequences);
    return *steps != NULL;
}

static packed read_packed(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *data = incop_tensor(c, "data"), *batch_sizes = incop_tensor(c, "batch_sizes");
    const incsym **sizes = INC_NEW_N(c->cx, const incsym *, data->rank + 1);
    if (data->rank == 0 || batch_sizes->rank != 1 ||
        incsym_is(incir_axis_size(g, batch_sizes, 0), 0) ||
        !count_both(g, data, batch_sizes, &sizes[0], &sizes[1]))
        incop_unsupported(c, "a packed sequence that was not packed in the model");
    for (size_t i = 1; i < data->rank; i++)
        sizes[i + 1] = incir_axis_size(g, data, i);
    packed p = {emit_reshape(g, data, sizes, data->rank + 1), incop_packed_lengths(batch_sizes),
                incir_axis_size(g, batch_sizes, 0)};
    if (!p.lengths) /* sorted by length: how many steps have more sequences than i */
        p.lengths = count_longer(g, sizes[1], batch_sizes);
    return p;
}

/* The first so many of the numbers. */
static incir_value *cut_to(incir_graph *g, incir_value *numbers, incir_value *count)
{
    static const int64_t first = 0;
    incir_node *n = incir_node_new(g, "Slice");
    incir_in(g, n, numbers);
    incir_in(g, n, incir_const_i64s(g, &first, 1));
    incir_in(g, n, count);
    incir_in(g, n, incir_const_i64s(g, &first, 1));
    return incir_emit(g, n);
}

static void lower_pack(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input");
    incir_value *lengths = emit_cast(g, incop_tensor(c, "lengths"), INCDT_I64);
    if (x->rank < 2 || lengths->rank != 1)
        incop_unsupported(c, "an input of rank %zu and lengths of rank %zu", x->rank,
                          lengths->rank);
    x = incop_bool(c, "batch_first") ? emit_swap_axes(g, x, 0, 1) : x;
    incir_value *longest = emit_reduce(g, "ReduceMax", lengths, NULL, 0, true);
    incop_return(c, incop_flatten_steps(g, x));
    incop_return(c, cut_to(g, count_longer(g, incir_axis_size(g, x, 0), lengths), longest));
}

/* Whether the runtime left zeros beyond each sequence's end. */
static bool is_recurrent(const incir_value *x)
{
    while (made_by(x, INCIR_OP_SQUEEZE) || made_by(x, INCIR_OP_TRANSPOSE) ||
           made_by(x, INCIR_OP_RESHAPE))
        x = x->producer->inputs[0];
    return x->kind == INCIR_RESULT && x->producer->op->work == INCIR_WORK_RECURRENT;
}

/* Back to a padded tensor, as long as the longest sequence. */
static void lower_unpack(incop_call *c)
{
    incir_graph *g = c->g;
    packed p = read_packed(c);
    incir_value *x = p.x, *lengths = p.lengths;
    double value = incop_float(c, "padding_value");
    const incsym *total = incop_sym(c, "total_length");
    if (value != 0 || !is_recurrent(x)) {
        incir_value *t = emit_unsqueeze_axis(g, emit_count_up(g, incir_axis_size(g, x, 0)), 1);
        incir_value *inside = emit_binary(g, "Less", t, lengths);
        size_t *axes = INC_NEW_N(c->cx, size_t, x->rank);
        for (size_t i = 2; i < x->rank; i++)
            axes[i - 2] = i;
        inside = emit_unsqueeze(g, inside, axes, x->rank - 2);
        x = emit_where(g, inside, x, emit_scalar_like(g, x, value));
    }
    int64_t known;
    if (incsym_known(total, &known) && known <= 0)
        total = p.longest;
    if (total == p.longest) {
        x = emit_slice(g, x, 0, NULL, total, 1);
    } else if (!emit_same_size(g, total, incir_axis_size(g, x, 0))) {
        const incsym **none = INC_NEW_N(c->cx, const incsym *, x->rank);
        const incsym **more = INC_NEW_N(c->cx, const incsym *, x->rank);
        for (size_t i = 0; i < x->rank; i++)
            none[i] = more[i] = incsym_int(g->syms, 0);
        more[0] = incsym_sub(g->syms, total, incir_axis_size(g, x, 0));
        x = emit_pad(g, x, "constant", none, more, value);
    }
    incop_return(c, incop_bool(c, "batch_first") ? emit_swap_axes(g, x, 0, 1) : x);
    incop_return(c, lengths);
}

static void lower_packed_rnn(incop_call *c)
{
    packed p = read_packed(c);
    if (p.x->rank != 3)
        incop_unsupported(c, "a packed sequence of rank %zu", p.x->rank - 1);
    incop_return_recurrent(c, p.x, p.lengths);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (Tensor, Tensor)", lower_pack),
    OP("aten::_pad_packed_sequence(Tensor data, Tensor batch_sizes, bool batch_first, Scalar padding_value, int total_length) -> (Tensor, Tensor)", lower_unpack),
    OP_AS_Q("aten::gru.data(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)", lower_packed_rnn, "gru", INCOP_FX_LAYER),
    OP_AS_Q("aten::lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor, Tensor)", lower_packed_rnn, "lstm", INCOP_FX_LAYER),
    OP_AS_Q("aten::rnn_relu.data(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)", lower_packed_rnn, "relu", INCOP_FX_LAYER),
    OP_AS_Q("aten::rnn_tanh.data(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)", lower_packed_rnn, "tanh", INCOP_FX_LAYER),
};
/* clang-format on */

const incop_family incop_packed_sequence = {"packed_sequence", rows, INC_COUNT(rows)};
