/* SPDX-License-Identifier: Apache-2.0 */
/* LSTM, GRU and simple recurrent layers, one node a layer. Weights are reordered lazily: PyTorch
 * has the gates of an LSTM as i f g o, ONNX as i o f c; those of a GRU as r z n and z r h. Initial
 * states of zeros are left out. Packed sequences are in packed_sequence.c. */
#include "ops/aten/recurrent.h"

#include <assert.h>
#include <string.h>

#include "ir/quant.h"
#include "ops/call/block.h"
#include "ops/call/internal.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"

typedef struct rnn_kind {
    const char *name; /* as in row->as */
    const char *op_type;
    const char *activation; /* RNN only */
    size_t n_gates;
    size_t order[4]; /* PyTorch's gates in ONNX's order */
    size_t n_states; /* h, or h and c */
} rnn_kind;

static const rnn_kind kinds[] = {
    {"lstm", "LSTM", NULL, 4, {0, 3, 1, 2}, 2},
    {"gru", "GRU", NULL, 3, {1, 0, 2}, 1},
    {"tanh", "RNN", "Tanh", 1, {0}, 1},
    {"relu", "RNN", "Relu", 1, {0}, 1},
};

static const rnn_kind *kind_of(incop_call *c)
{
    for (size_t i = 0; i < INC_COUNT(kinds); i++)
        if (strcmp(kinds[i].name, c->row->as) == 0)
            return &kinds[i];
    inc_raise(c->cx, INC_E_INTERNAL, "no recurrent layer %s", c->row->as);
}

/* The weights of one direction of one layer. */
typedef struct rnn_weights {
    incir_value *input, *hidden;           /* [gates · H, in], [gates · H, H] */
    incir_value *input_bias, *hidden_bias; /* or NULL */
    incir_value *projection;               /* [P, H] makes the h of an LSTM smaller, or NULL */
} rnn_weights;

/* ---- weights ---- */

static incir_value *reordered(incir_graph *g, const rnn_kind *kind, incir_value *w)
{
    incir_value *gates[4], *in_order[4];
    const incsym *sizes[4];
    if (kind->n_gates == 1)
        return w;
    incir_value *weight = incir_weight_reordered(g, w, kind->order, kind->n_gates);
    if (weight)
        return weight;
    for (size_t i = 0; i < kind->n_gates; i++)
        sizes[i] = incsym_floordiv(g->syms, incir_axis_size(g, w, 0),
                                   incsym_int(g->syms, (int64_t)kind->n_gates));
    emit_split(g, w, 0, sizes, kind->n_gates, gates);
    for (size_t i = 0; i < kind->n_gates; i++)
        in_order[i] = gates[kind->order[i]];
    return emit_concat(g, in_order, kind->n_gates, 0);
}

static incir_value *stacked(incir_graph *g, incir_value *const *of_directions, size_t n)
{
    incir_value *parts[2], *weight;
    /* two scales need DequantizeLinear along an axis */
    if ((n == 1 || g->opset >= 13) && (weight = incir_weights_stacked(g, of_directions, n)))
        return weight;
    for (size_t i = 0; i < n; i++)
        parts[i] = emit_unsqueeze_axis(g, of_directions[i], 0);
    return emit_concat(g, parts, n, 0);
}

static incir_value *both_biases(incir_graph *g, const rnn_kind *kind, const rnn_weights *w)
{
    incir_value *first = reordered(g, kind, w->input_bias);
    incir_value *parts[] = {first, reordered(g, kind, w->hidden_bias)};
    return emit_concat(g, parts, 2, 0);
}

/* ---- one layer ---- */

typedef struct rnn_layer {
    const rnn_kind *kind;
    size_t n_directions;
    rnn_weights weights[2];
    incir_value *lengths;   /* int32 [N], or NULL */
    incir_value *states[2]; /* [directions, N, H]; NULL: zeros */
} rnn_layer;

/* x [T, N, in]. outputs: [T, directions, N, H], and the last of each state [directions, N, H]. */
static void emit_layer(incop_call *c, const rnn_layer *l, incir_value *x, incir_value *outputs[3])
{
    incir_graph *g = c->g;
    const rnn_kind *kind = l->kind;
    incir_value *input[2], *hidden[2], *biases[2];
    incdtype wide = emit_working_type(g, kind->op_type, x->dtype), type = x->dtype;
    int64_t hidden_size;
    if (x->rank != 3 || l->weights[0].hidden->rank != 2 ||
        !incir_dim(l->weights[0].hidden, 1, &hidden_size))
        incop_unsupported(c, "an input of rank %zu", x->rank);
    bool has_bias = l->weights[0].input_bias != NULL;
    for (size_t i = 0; i < l->n_directions; i++) {
        input[i] = reordered(g, kind, l->weights[i].input);
        hidden[i] = reordered(g, kind, l->weights[i].hidden);
        biases[i] = has_bias ? both_biases(g, kind, &l->weights[i]) : NULL;
    }
    incir_node *n = incir_node_new(g, kind->op_type);
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, emit_cast(g, stacked(g, input, l->n_directions), wide));
    incir_in(g, n, emit_cast(g, stacked(g, hidden, l->n_directions), wide));
    bool has_states = l->states[0] || l->states[1];
    if (has_bias || l->lengths || has_states)
        incir_in(g, n, has_bias ? emit_cast(g, stacked(g, biases, l->n_directions), wide) : NULL);
    if (l->lengths || has_states)
        incir_in(g, n, l->lengths);
    for (size_t i = 0; i < kind->n_states && has_states; i++)
        incir_in(g, n, l->states[i] ? emit_cast(g, l->states[i], wide) : NULL);
    if (kind->activation) {
        const char *const names[] = {kind->activation, kind->activation};
        incir_attr_strs(g, n, "activations", names, l->n_directions);
    }
    incir_attr_str(g, n, "direction", l->n_directions == 2 ? "bidirectional" : "forward");
    incir_attr_int(g, n, "hidden_size", hidden_size);
    if (incir_is(n, INCIR_OP_GRU))
        incir_attr_int(g, n, "linear_before_reset", 1);
    incir_emit_n(g, n, 1 + kind->n_states, outputs);
    for (size_t i = 0; i < 1 + kind->n_states; i++)
        outputs[i] = emit_cast(g, outputs[i], type);
}

/* ---- a layer whose state is projected, which ONNX does not have: a loop over the steps ---- */

/* One direction of it. */
typedef struct projected_cell {
    incir_value *x;               /* [T, N, 4 H]: what the inputs alone give to the gates */
    incir_value *hidden, *shrink; /* [P, 4 H], [H, P] */
    const incsym *gate;           /* H */
} projected_cell;

/* (h, c) a step later; PyTorch's gates are i, f, g, o. */
static void step(incir_graph *g, const projected_cell *p, incir_value *x, incir_value **h,
                 incir_value **c)
{
    const incsym *sizes[] = {p->gate, p->gate, p->gate, p->gate};
    incir_value *gates[4];
    incir_value *all = emit_binary(g, "Add", x, emit_matmul(g, *h, p->hidden));
    emit_split(g, all, 1, sizes, 4, gates);
    incir_value *kept = emit_binary(g, "Mul", emit_unary(g, "Sigmoid", gates[1]), *c);
    incir_value *candidate = emit_unary(g, "Tanh", gates[2]);
    incir_value *added = emit_binary(g, "Mul", emit_unary(g, "Sigmoid", gates[0]), candidate);
    *c = emit_binary(g, "Add", kept, added);
    incir_value *state = emit_unary(g, "Tanh", *c);
    incir_value *out = emit_binary(g, "Mul", emit_unary(g, "Sigmoid", gates[3]), state);
    *h = emit_matmul(g, out, p->shrink);
}

static incir_block *loop_body(incir_graph *g, const projected_cell *p, const incir_value *h,
                              const incir_value *c)
{
    incop_block *body = incop_begin_block(g);
    incir_value *inputs[] = {incir_input(g, NULL, INCDT_I64, 0, NULL),
                             incir_input(g, NULL, INCDT_BOOL, 0, NULL),
                             incir_input(g, NULL, h->dtype, h->rank, h->dims),
                             incir_input(g, NULL, c->dtype, c->rank, c->dims)};
    for (size_t i = 0; i < INC_COUNT(inputs); i++)
        incir_block_add_input(g, g->block, inputs[i]);
    incir_value *next_h = inputs[2], *next_c = inputs[3];
    step(g, p, emit_gather(g, p->x, inputs[0], 0), &next_h, &next_c);
    incop_block_output(g, inputs[1]);
    incop_block_output(g, next_h);
    incop_block_output(g, next_c);
    incop_block_output(g, next_h); /* of every step */
    incop_rollback(g, body);
    return body->nodes;
}

static incir_value *backwards(incir_graph *g, incir_value *x)
{
    return emit_slice(g, x, 0, incsym_int(g->syms, -1), incsym_int(g->syms, INT64_MIN), -1);
}

static incir_value *first_state(incir_graph *g, incir_value *states, size_t direction,
                                const incir_value *x, const incsym *width)
{
    const incsym *sizes[] = {incir_axis_size(g, x, 1), width};
    return states ? emit_select(g, states, 0, (int64_t)direction)
                  : emit_full(g, x->dtype, sizes, 2, 0);
}

/* outputs: [T, N, P], and the last h [N, P] and c [N, H]. */
static void emit_projected_direction(incir_graph *g, const rnn_layer *l, size_t i, incir_value *x,
                                     incir_value *outputs[3])
{
    const rnn_weights *w = &l->weights[i];
    incir_value *bias = w->input_bias ? emit_binary(g, "Add", w->input_bias, w->hidden_bias) : NULL;
    projected_cell p = {.hidden = emit_matrix_transposed(g, w->hidden),
                        .gate = incir_axis_size(g, w->projection, 1)};
    p.shrink = emit_matrix_transposed(g, w->projection);
    p.x = emit_linear(g, i == 1 ? backwards(g, x) : x, w->input, bias);
    incir_value *h = first_state(g, l->states[0], i, x, incir_axis_size(g, w->projection, 0));
    incir_value *c = first_state(g, l->states[1], i, x, p.gate), *ends[3];
    incir_node *n = incir_node_new(g, "Loop");
    incir_in(g, n, incir_size_scalar(g, incir_axis_size(g, x, 0)));
    incir_in(g, n, NULL);
    incir_in(g, n, h);
    incir_in(g, n, c);
    incir_attr_block(g, n, "body", loop_body(g, &p, h, c));
    incir_emit_n(g, n, 3, ends);
    outputs[0] = i == 1 ? backwards(g, ends[2]) : ends[2];
    outputs[1] = ends[0];
    outputs[2] = ends[1];
}

/* As emit_layer(). */
static void emit_projected_layer(incop_call *c, const rnn_layer *l, incir_value *x,
                                 incir_value *outputs[3])
{
    incir_graph *g = c->g;
    incir_value *of[3][2];
    if (x->rank != 3 || l->weights[0].projection->rank != 2)
        incop_unsupported(c, "an input of rank %zu", x->rank);
    if (l->lengths)
        incop_unsupported(c, "a packed sequence with projections (proj_size)");
    for (size_t i = 0; i < l->n_directions; i++) {
        incir_value *ends[3];
        emit_projected_direction(g, l, i, x, ends);
        of[0][i] = emit_unsqueeze_axis(g, ends[0], 1);
        of[1][i] = emit_unsqueeze_axis(g, ends[1], 0);
        of[2][i] = emit_unsqueeze_axis(g, ends[2], 0);
    }
    for (size_t i = 0; i < 3; i++)
        outputs[i] = emit_concat(g, of[i], l->n_directions, i == 0 ? 1 : 0);
}

/* ---- whole stacks ---- */

/* [T, directions, N, H] as [T, N, directions · H], or with the batch first. */
static incir_value *joined_directions(incir_graph *g, incir_value *y, bool batch_first)
{
    static const size_t steps_first[] = {0, 2, 1, 3}, batches_first[] = {2, 0, 1, 3};
    if (incsym_is(incir_axis_size(g, y, 1), 1)) {
        y = emit_squeeze_axis(g, y, 1);
        return batch_first ? emit_swap_axes(g, y, 0, 1) : y;
    }
    y = emit_transpose(g, y, batch_first ? batches_first : steps_first);
    const incsym *sizes[] = {
        incir_axis_size(g, y, 0), incir_axis_size(g, y, 1),
        incsym_mul(g->syms, incir_axis_size(g, y, 2), incir_axis_size(g, y, 3))};
    return emit_reshape(g, y, sizes, 3);
}

typedef struct rnn_stack {
    const rnn_kind *kind;
    incir_value *states[2]; /* [layers · directions, N, H] */
    incir_value **params;
    size_t n_params, per_direction;
    size_t n_layers, n_directions;
    bool has_biases, has_projection, batch_first;
    incir_value *lengths;
} rnn_stack;

static rnn_weights weights_of(const rnn_stack *s, size_t direction)
{
    incir_value **p = s->params + direction * s->per_direction;
    rnn_weights w = {.input = p[0], .hidden = p[1]};
    if (s->has_biases) {
        w.input_bias = p[2];
        w.hidden_bias = p[3];
    }
    if (s->has_projection)
        w.projection = p[s->per_direction - 1];
    return w;
}

static rnn_stack read_stack(incop_call *c)
{
    rnn_stack s = {.kind = kind_of(c), .has_biases = incop_bool(c, "has_biases")};
    size_t n_states;
    int64_t n_layers = incop_int(c, "num_layers");
    incir_value **states = incop_tensors(c, "hx", &n_states);
    s.params = incop_tensors(c, "params", &s.n_params);
    s.n_directions = incop_bool(c, "bidirectional") ? 2 : 1;
    s.per_direction = s.has_biases ? 4 : 2;
    s.batch_first = incop_has(c, "batch_first") && incop_bool(c, "batch_first");
    if (n_layers < 1 || n_layers > 4096)
        incop_unsupported(c, "%lld layers", (long long)n_layers);
    s.n_layers = (size_t)n_layers;
    size_t n_stacked = s.n_layers * s.n_directions;
    s.has_projection = s.kind->n_states == 2 && s.n_params == n_stacked * (s.per_direction + 1);
    s.per_direction += s.has_projection;
    if (s.n_params != n_stacked * s.per_direction || n_states != s.kind->n_states)
        incop_unsupported(c, "%zu weights and %zu states for %zu layers", s.n_params, n_states,
                          s.n_layers);
    if (incop_bool(c, "train") && incop_float(c, "dropout") != 0 && s.n_layers > 1)
        inc_warn(c->cx, "%s: the dropout between layers is left out", c->cx->where.op);
    for (size_t i = 0; i < n_states; i++)
        s.states[i] = emit_is_zero(c->g, states[i]) ? NULL : states[i];
    return s;
}

/* What a layer starts with: its slices of all states. */
static incir_value *layer_state(incir_graph *g, const rnn_stack *s, size_t i, size_t layer)
{
    if (!s->states[i])
        return NULL;
    int64_t n = (int64_t)s->n_directions, start = (int64_t)layer * n;
    return emit_slice(g, s->states[i], 0, incsym_int(g->syms, start),
                      incsym_int(g->syms, start + n), 1);
}

/* x [T, N, in]; returns the last layer's output, and the states after all steps. */
static incir_value *emit_stack(incop_call *c, const rnn_stack *s, incir_value *x,
                               incir_value *states[2])
{
    incir_graph *g = c->g;
    incir_value **last[2], *outputs[3];
    assert(s->kind->n_states <= INC_COUNT(last));
    for (size_t i = 0; i < INC_COUNT(last); i++)
        last[i] = INC_NEW_N(c->cx, incir_value *, s->n_layers);
    for (size_t layer = 0; layer < s->n_layers; layer++) {
        rnn_layer l = {.kind = s->kind, .n_directions = s->n_directions, .lengths = s->lengths};
        for (size_t d = 0; d < s->n_directions; d++)
            l.weights[d] = weights_of(s, layer * s->n_directions + d);
        for (size_t i = 0; i < s->kind->n_states; i++)
            l.states[i] = layer_state(g, s, i, layer);
        if (s->has_projection)
            emit_projected_layer(c, &l, x, outputs);
        else
            emit_layer(c, &l, x, outputs);
        bool is_last = layer + 1 == s->n_layers;
        x = joined_directions(g, outputs[0], is_last && s->batch_first);
        for (size_t i = 0; i < s->kind->n_states; i++)
            /* n_states is a constant of the kind, the same in both loops: the analyzer forgets */
            last[i][layer] = outputs[1 + i]; /* NOLINT(clang-analyzer-core.NullDereference) */
    }
    for (size_t i = 0; i < s->kind->n_states; i++)
        states[i] = emit_concat(g, last[i], s->n_layers, 0);
    return x;
}

incir_value *incop_flatten_steps(incir_graph *g, incir_value *x)
{
    const incsym **sizes = inc_copy(g->cx, x->dims, x->rank * sizeof *sizes);
    sizes[1] = incsym_mul(g->syms, incir_axis_size(g, x, 0), incir_axis_size(g, x, 1));
    return emit_reshape(g, x, sizes + 1, x->rank - 1);
}

static void return_all(incop_call *c, const rnn_stack *s, incir_value *x)
{
    incir_value *states[2];
    incir_value *y = emit_stack(c, s, x, states);
    incop_return(c, s->lengths ? incop_flatten_steps(c->g, y) : y);
    for (size_t i = 0; i < s->kind->n_states; i++)
        incop_return(c, states[i]);
}

void incop_return_recurrent(incop_call *c, incir_value *x, incir_value *lengths)
{
    rnn_stack s = read_stack(c);
    s.lengths = emit_cast(c->g, lengths, INCDT_I32);
    return_all(c, &s, x);
}

static void lower_rnn(incop_call *c)
{
    rnn_stack s = read_stack(c);
    incir_value *x = incop_tensor(c, "input");
    if (x->rank != 3)
        incop_unsupported(c, "an input of rank %zu", x->rank);
    return_all(c, &s, s.batch_first ? emit_swap_axes(c->g, x, 0, 1) : x);
}

/* ---- cells ---- */

/* A layer that takes one step. */
static void lower_cell(incop_call *c)
{
    incir_graph *g = c->g;
    size_t n_states;
    incir_value *x = incop_tensor(c, "input"), **states = incop_tensors(c, "hx", &n_states);
    incir_value *outputs[3];
    rnn_layer l = {.kind = kind_of(c), .n_directions = 1};
    l.weights[0] =
        (rnn_weights){incop_tensor(c, "w_ih"), incop_tensor(c, "w_hh"),
                      incop_tensor_or_null(c, "b_ih"), incop_tensor_or_null(c, "b_hh"), NULL};
    if (n_states != l.kind->n_states || x->rank != 2)
        incop_unsupported(c, "%zu states and an input of rank %zu", n_states, x->rank);
    if (!l.weights[0].input_bias != !l.weights[0].hidden_bias)
        incop_unsupported(c, "one bias of two");
    for (size_t i = 0; i < n_states; i++)
        l.states[i] = emit_is_zero(g, states[i]) ? NULL : emit_unsqueeze_axis(g, states[i], 0);
    emit_layer(c, &l, emit_unsqueeze_axis(g, x, 0), outputs);
    for (size_t i = 0; i < n_states; i++)
        incop_return(c, emit_squeeze_axis(g, outputs[1 + i], 0));
}

/* act(x · w_ih + b_ih + h · w_hh + b_hh); row->as is the activation. */
static void lower_simple_cell(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *y = emit_linear(g, incop_tensor(c, "input"), incop_tensor(c, "w_ih"),
                                 incop_tensor_or_null(c, "b_ih"));
    incir_value *h = emit_linear(g, incop_tensor(c, "hx"), incop_tensor(c, "w_hh"),
                                 incop_tensor_or_null(c, "b_hh"));
    incop_return(c, emit_unary(g, c->row->as, emit_binary(g, "Add", y, h)));
}

static incir_value *with_bias(incop_call *c, incir_value *x, const char *bias)
{
    incir_value *b = incop_tensor_or_null(c, bias);
    return b ? emit_binary(c->g, "Add", x, b) : x;
}

/* The gates of a fused cell, each [N, H]. */
static void split_gates(incir_graph *g, incir_value *gates, size_t n, incir_value **parts)
{
    const incsym *sizes[4];
    size_t last = gates->rank - 1;
    for (size_t i = 0; i < n; i++)
        sizes[i] = incsym_floordiv(g->syms, incir_axis_size(g, gates, last),
                                   incsym_int(g->syms, (int64_t)n));
    emit_split(g, gates, last, sizes, n, parts);
}

/* c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c') */
static void lower_fused_lstm_cell(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *parts[4], *gates = with_bias(c, incop_tensor(c, "input_gates"), "input_bias");
    gates =
        emit_binary(g, "Add", gates, with_bias(c, incop_tensor(c, "hidden_gates"), "hidden_bias"));
    if (gates->rank == 0)
        incop_unsupported(c, "gates of rank 0");
    split_gates(g, gates, 4, parts);
    incir_value *kept =
        emit_binary(g, "Mul", emit_unary(g, "Sigmoid", parts[1]), incop_tensor(c, "cx"));
    incir_value *candidate = emit_unary(g, "Tanh", parts[2]);
    incir_value *added = emit_binary(g, "Mul", emit_unary(g, "Sigmoid", parts[0]), candidate);
    incir_value *state = emit_binary(g, "Add", kept, added);
    incir_value *bounded = emit_unary(g, "Tanh", state);
    incop_return(c, emit_binary(g, "Mul", emit_unary(g, "Sigmoid", parts[3]), bounded));
    incop_return(c, state);
    incop_return(c, emit_empty(g, INCDT_F32));
}

/* r = σ(ir + hr), z = σ(iz + hz), n = tanh(in + r hn), h' = n + z (h - n) */
static void lower_fused_gru_cell(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *in[3], *hidden[3], *h = incop_tensor(c, "hx");
    incir_value *input_gates = with_bias(c, incop_tensor(c, "input_gates"), "input_bias");
    incir_value *hidden_gates = with_bias(c, incop_tensor(c, "hidden_gates"), "hidden_bias");
    if (input_gates->rank == 0 || hidden_gates->rank == 0)
        incop_unsupported(c, "gates of rank 0");
    split_gates(g, input_gates, 3, in);
    split_gates(g, hidden_gates, 3, hidden);
    incir_value *r = emit_unary(g, "Sigmoid", emit_binary(g, "Add", in[0], hidden[0]));
    incir_value *z = emit_unary(g, "Sigmoid", emit_binary(g, "Add", in[1], hidden[1]));
    incir_value *n = emit_binary(g, "Add", in[2], emit_binary(g, "Mul", r, hidden[2]));
    n = emit_unary(g, "Tanh", n);
    incir_value *difference = emit_binary(g, "Mul", z, emit_binary(g, "Sub", h, n));
    incop_return(c, emit_binary(g, "Add", n, difference));
    incop_return(c, emit_empty(g, INCDT_F32));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_thnn_fused_gru_cell(Tensor input_gates, Tensor hidden_gates, Tensor hx, Tensor? input_bias=None, Tensor? hidden_bias=None) -> (Tensor, Tensor)", lower_fused_gru_cell),
    OP("aten::_thnn_fused_lstm_cell(Tensor input_gates, Tensor hidden_gates, Tensor cx, Tensor? input_bias=None, Tensor? hidden_bias=None) -> (Tensor, Tensor, Tensor)", lower_fused_lstm_cell),
    OP_AS_Q("aten::gru.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)", lower_rnn, "gru", INCOP_FX_LAYER),
    OP_AS("aten::gru_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor", lower_cell, "gru"),
    OP_AS_Q("aten::lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor, Tensor)", lower_rnn, "lstm", INCOP_FX_LAYER),
    OP_AS_Q("aten::lstm_cell(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> (Tensor, Tensor)", lower_cell, "lstm", INCOP_FX_LAYER),
    OP_AS_Q("aten::rnn_relu.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)", lower_rnn, "relu", INCOP_FX_LAYER),
    OP_AS("aten::rnn_relu_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor", lower_simple_cell, "Relu"),
    OP_AS_Q("aten::rnn_tanh.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)", lower_rnn, "tanh", INCOP_FX_LAYER),
    OP_AS("aten::rnn_tanh_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor", lower_simple_cell, "Tanh"),
};
/* clang-format on */

const incop_family incop_recurrent = {"recurrent", rows, INC_COUNT(rows)};
