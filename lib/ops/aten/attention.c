/* SPDX-License-Identifier: Apache-2.0 */
/* Attention, decomposed: softmax(scale · q kᵀ + mask) v. Rows of which everything is masked give
 * zeros, as PyTorch has it; where the mask is a constant without such rows, it is simply added. */
#include <float.h>
#include <math.h>

#include "base/map.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"

typedef struct attention {
    incir_value *q, *k, *v; /* [..., heads, length, size] */
    incir_value *mask;      /* added to the scores, or bool: true where to look; or NULL */
    bool is_causal;
    bool has_scale;
    double scale;
    bool has_groups;               /* fewer heads in k and v than in q */
    bool no_empty_rows;            /* of the mask, or none that matters */
    incir_value *scores, *weights; /* results */
} attention;

/* ---- masks ---- */

static double lowest(incdtype type)
{
    return type == INCDT_F64 ? -DBL_MAX : type == INCDT_F16 ? -65504.0 : -(double)FLT_MAX;
}

/* Whether each row of a bool constant has something to look at; false when too large to look at. */
static bool every_row_looks(incir_graph *g, const incir_value *mask)
{
    enum { MOST_READ = 1 << 22 };
    if (!incir_is_constant(mask) || mask->rank == 0 || mask->constant->numel > MOST_READ)
        return false;
    int64_t width = mask->constant->sizes[mask->rank - 1];
    const int64_t *looks = inctensor_i64s(g->cx, mask->constant);
    for (uint64_t row = 0; width > 0 && row < mask->constant->numel / (uint64_t)width; row++) {
        int64_t i = 0;
        while (i < width && !looks[row * (uint64_t)width + (uint64_t)i])
            i++;
        if (i == width)
            return false;
    }
    return true;
}

/* A bool constant as what is to be added to scores. */
static incir_value *additive(incir_graph *g, const incir_value *mask, incdtype type)
{
    uint64_t n = mask->constant->numel;
    const int64_t *looks = inctensor_i64s(g->cx, mask->constant);
    float *added = INC_NEW_N(g->cx, float, (size_t)n);
    for (uint64_t i = 0; i < n; i++)
        added[i] = looks[i] ? 0.0f : -INFINITY;
    return emit_cast(g, emit_table_f32(g, added, mask->rank, mask->constant->sizes), type);
}

/* [L, S] for what is after the diagonal: constant when small, else true there. */
static incir_value *causal_mask(incir_graph *g, const incir_value *scores, bool *is_constant)
{
    enum { MOST_CONSTANT = 1 << 20 };
    const incsym *rows = incir_sym(g, scores, -2), *columns = incir_sym(g, scores, -1);
    int64_t sizes[2];
    *is_constant = incsym_known(rows, &sizes[0]) && incsym_known(columns, &sizes[1]) &&
                   sizes[0] <= MOST_CONSTANT && sizes[1] <= MOST_CONSTANT &&
                   sizes[0] * sizes[1] <= MOST_CONSTANT;
    if (*is_constant) {
        float *added = INC_NEW_N(g->cx, float, (size_t)(sizes[0] * sizes[1]));
        for (int64_t i = 0; i < sizes[0]; i++)
            for (int64_t j = i + 1; j < sizes[1]; j++)
                added[i * sizes[1] + j] = -INFINITY;
        return emit_cast(g, emit_table_f32(g, added, 2, sizes), scores->dtype);
    }
    incir_value *j = emit_count_up(g, columns), *i = rows == columns ? j : emit_count_up(g, rows);
    return emit_binary(g, "Less", emit_unsqueeze_axis(g, i, 1), j);
}

/* ---- the product ---- */

static incir_value *emit_scaled(incir_graph *g, incir_value *q, const attention *a)
{
    int64_t size;
    if (a->has_scale)
        return a->scale == 1 ? q : emit_with_scalar(g, "Mul", q, a->scale);
    if (incir_dim(q, -1, &size))
        return emit_with_scalar(g, "Mul", q, 1 / sqrt((double)size));
    incir_value *n = emit_cast(g, incir_size_scalar(g, incir_sym(g, q, -1)), INCDT_F32);
    return emit_binary(g, "Div", q, emit_cast(g, emit_unary(g, "Sqrt", n), q->dtype));
}

static incir_value *emit_attention(incir_graph *g, attention *a)
{
    incir_value *keys = emit_matrix_transposed(g, a->k); /* in one order with every compiler */
    incir_value *scores = emit_matmul(g, emit_scaled(g, a->q, a), keys);
    incir_value *looks = NULL; /* bool, true where to look */
    if (a->is_causal) {
        bool is_constant;
        incir_value *mask = causal_mask(g, scores, &is_constant);
        scores = is_constant ? emit_binary(g, "Add", scores, mask)
                             : emit_where(g, mask, emit_scalar_like(g, scores, -INFINITY), scores);
    }
    if (a->mask && a->mask->dtype != INCDT_BOOL)
        scores = emit_binary(g, "Add", scores, emit_cast(g, a->mask, scores->dtype));
    else if (a->mask && every_row_looks(g, a->mask))
        scores = emit_binary(g, "Add", scores, additive(g, a->mask, scores->dtype));
    else if (a->mask)
        looks = a->mask;
    if (looks)
        scores = emit_where(g, looks, scores, emit_scalar_like(g, scores, lowest(scores->dtype)));
    a->scores = scores;
    a->weights = emit_softmax(g, "Softmax", scores, scores->rank - 1);
    if (looks && !a->no_empty_rows)
        a->weights = emit_where(g, looks, a->weights, emit_scalar_like(g, a->weights, 0));
    return emit_matmul(g, a->weights, a->v);
}

static bool same_heads(incir_graph *g, const attention *a)
{
    return a->q->rank < 3 || a->k->rank != a->q->rank ||
           emit_same_size(g, incir_sym(g, a->q, -3), incir_sym(g, a->k, -3));
}

/* Whether ONNX's Attention is the same: four axes, a mask that only adds or leaves something to
 * look at in every row (PyTorch gives zeros for the others), and no axis that broadcasts. */
static bool is_one_operator(incir_graph *g, const attention *a)
{
    if (!g->fuses || a->q->rank != 4 || a->k->rank != 4 || a->v->rank != 4)
        return false;
    if (a->q->dtype != INCDT_F32 && a->q->dtype != INCDT_F16)
        return false;
    if (a->mask &&
        (a->mask->rank < 2 || (a->mask->dtype == INCDT_BOOL && !every_row_looks(g, a->mask))))
        return false;
    bool same_batch = emit_same_size(g, incir_axis_size(g, a->q, 0), incir_axis_size(g, a->k, 0)) &&
                      emit_same_size(g, incir_axis_size(g, a->k, 0), incir_axis_size(g, a->v, 0));
    const incsym *k = incir_axis_size(g, a->k, 1), *v = incir_axis_size(g, a->v, 1);
    /* ONNX Runtime 1.23 refuses masks of heads beside grouped ones. */
    bool has_fit_mask = !a->mask || a->mask->rank < 3 || same_heads(g, a) ||
                        incsym_is(incir_sym(g, a->mask, -3), 1);
    return same_batch && emit_same_size(g, k, v) && (a->has_groups || same_heads(g, a)) &&
           has_fit_mask && incir_has_opset(g, 23);
}

static incir_value *emit_one_operator(incir_graph *g, const attention *a)
{
    incir_node *n = incir_node_new(g, "Attention");
    incir_in(g, n, a->q);
    incir_in(g, n, a->k);
    incir_in(g, n, a->v);
    if (a->mask)
        incir_in(g, n, a->mask->dtype == INCDT_BOOL ? a->mask : emit_cast(g, a->mask, a->q->dtype));
    if (a->is_causal)
        incir_attr_int(g, n, "is_causal", 1);
    if (a->has_scale)
        incir_attr_float(g, n, "scale", a->scale);
    return incir_emit(g, n);
}

/* [..., H, L, E] as [..., groups, H / groups, L, E] */
static incir_value *group_heads(incir_graph *g, incir_value *x, const incsym *groups)
{
    size_t heads = x->rank - 3;
    const incsym **sizes = INC_NEW_N(g->cx, const incsym *, x->rank + 1);
    for (size_t i = 0; i < x->rank; i++)
        sizes[i < heads ? i : i + 1] = incir_axis_size(g, x, i);
    sizes[heads] = groups;
    sizes[heads + 1] = incsym_floordiv(g->syms, incir_axis_size(g, x, heads), groups);
    return emit_reshape(g, x, sizes, x->rank + 1);
}

/* Each head of k and v serves several of q: an axis of its own for those, over which k and v
 * broadcast. */
static incir_value *emit_grouped_attention(incir_graph *g, attention *a)
{
    const incsym *groups = incir_sym(g, a->k, -3);
    const incsym **sizes = inc_copy(g->cx, a->q->dims, a->q->rank * sizeof *sizes);
    size_t rank = a->q->rank, within = rank - 2;
    sizes[rank - 1] = incir_sym(g, a->v, -1);
    a->q = group_heads(g, a->q, groups);
    a->k = emit_unsqueeze_axis(g, a->k, within);
    a->v = emit_unsqueeze_axis(g, a->v, within);
    if (a->mask && a->mask->rank >= 3) {
        size_t axis = a->mask->rank - 2;
        a->mask = incsym_is(incir_sym(g, a->mask, -3), 1) ? emit_unsqueeze_axis(g, a->mask, axis)
                                                          : group_heads(g, a->mask, groups);
    }
    return emit_reshape(g, emit_attention(g, a), sizes, rank);
}

static void read_attention(incop_call *c, attention *a, const char *mask)
{
    a->q = incop_tensor(c, "query");
    a->k = incop_tensor(c, "key");
    a->v = incop_tensor(c, "value");
    a->mask = mask && incop_has(c, mask) ? incop_tensor_or_null(c, mask) : NULL;
    a->is_causal = incop_bool(c, "is_causal");
    a->has_scale = !incop_is_none(c, "scale");
    a->scale = a->has_scale ? incop_float(c, "scale") : 0;
    a->has_groups = incop_has(c, "enable_gqa") && incop_bool(c, "enable_gqa");
    if (a->q->rank < 2 || a->k->rank < 2 || a->v->rank < 2)
        incop_unsupported(c, "a query of rank %zu", a->q->rank);
    if (incop_float(c, "dropout_p") != 0)
        incop_unsupported(c, "dropout_p is %g: the results are random",
                          incop_float(c, "dropout_p"));
}

static incir_value *run_attention(incop_call *c, attention *a, const char *mask)
{
    read_attention(c, a, mask);
    return a->has_groups && !same_heads(c->g, a) ? emit_grouped_attention(c->g, a)
                                                 : emit_attention(c->g, a);
}

static void lower_attention(incop_call *c)
{
    attention a = {0};
    read_attention(c, &a, "attn_mask");
    incop_return(c, is_one_operator(c->g, &a) ? emit_one_operator(c->g, &a)
                                              : run_attention(c, &a, "attn_mask"));
}

static void lower_attention_math(incop_call *c)
{
    attention a = {0};
    incop_return(c, run_attention(c, &a, "attn_mask"));
    incop_return(c, a.weights);
}

/* Further results are for the backward pass. row->as says their kinds: l logsumexp, t tensor, i
 * int. */
static void lower_attention_kernel(incop_call *c)
{
    attention a = {0};
    const char *mask = incop_has(c, "attn_mask") ? "attn_mask" : "attn_bias";
    incop_return(c, run_attention(c, &a, mask));
    for (const char *kind = c->row->as; *kind; kind++) {
        size_t last = a.scores->rank - 1;
        if (*kind == 'l')
            incop_return(c, emit_reduce(c->g, "ReduceLogSumExp", a.scores, &last, 1, false));
        else if (*kind == 'i')
            incop_return_int(c, incsym_int(c->g->syms, 0));
        else
            incop_return(c, emit_empty(c->g, INCDT_I64));
    }
}

/* Which kernel PyTorch would take: the plain one. */
static void lower_choice(incop_call *c)
{
    incop_return_int(c, incsym_int(c->g->syms, 0));
}

/* ---- nested tensors ---- */

/* Sequences of several lengths that PyTorch keeps without padding stay padded here. What is known
 * beside such a value is which of its elements are there: bool [N, T]. */
static const char *nested_key(incir_graph *g, const incir_value *v)
{
    return inc_printf(g->cx, "nested %u", (unsigned)v->id);
}

static incir_value *nested_mask(incir_graph *g, const incir_value *v)
{
    return incmap_get_str(g->ops, nested_key(g, v));
}

static incir_value *make_nested(incir_graph *g, incir_value *v, incir_value *mask)
{
    if (mask)
        incmap_set_str(g->cx, g->ops, nested_key(g, v), mask);
    return v;
}

static void lower_nested_from_mask(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "t");
    incir_value *mask = emit_cast(g, incop_tensor(c, "mask"), INCDT_BOOL);
    if (x->rank != 3 || mask->rank != 2)
        incop_unsupported(c, "an input of rank %zu", x->rank);
    /* A value of its own: the padded one may be used, too. */
    incop_return(c, make_nested(g, incir_emit1(g, "Identity", x), mask));
}

static void lower_left_aligned(incop_call *c)
{
    incop_return_val(c, incval_bool(true));
}

static void lower_to_padded(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *mask = nested_mask(g, x);
    size_t n;
    const incsym **sizes = incop_syms(c, "output_size", &n);
    if (!mask || n != 3 || !emit_same_size(g, sizes[1], incir_axis_size(g, x, 1)))
        incop_unsupported(c, "another tensor than the result of _nested_tensor_from_mask, or "
                             "another length than that had");
    incop_return(c, emit_where(g, emit_unsqueeze_axis(g, mask, 2), x,
                               emit_scalar_like(g, x, incop_float(c, "padding"))));
}

/* ---- multi-head attention with its projections, in one operator ---- */

typedef struct multi_head {
    int64_t heads;
    incir_value *in_weight, *in_bias, *out_weight, *out_bias;
    incir_value *mask;     /* true where not to look; or NULL */
    int64_t mask_type;     /* 0: [L, S], 1: [N, S], 2: [N, H, L, S] */
    incir_value *is_there; /* of nested keys, [N, S]; or NULL */
} multi_head;

/* x [N, T, D] projected by rows [part, part + n_parts) of the three in the weight, as n_parts
 * tensors [N, H, T, D / H]. */
static void project(incir_graph *g, incir_value *x, const multi_head *m, int64_t part,
                    size_t n_parts, incir_value **out)
{
    static const size_t heads_first[] = {0, 2, 1, 3};
    incsym_table *t = g->syms;
    incir_value *weight = m->in_weight, *bias = m->in_bias;
    const incsym *size = incsym_floordiv(t, incir_axis_size(g, weight, 0), incsym_int(t, 3));
    const incsym *heads = incsym_int(t, m->heads);
    if (n_parts < 3) {
        const incsym *start = incsym_mul_int(t, size, part);
        const incsym *end = incsym_mul_int(t, size, part + (int64_t)n_parts);
        weight = emit_slice(g, weight, 0, start, end, 1);
        bias = bias ? emit_slice(g, bias, 0, start, end, 1) : NULL;
    }
    const incsym *sizes[] = {incir_axis_size(g, x, 0), incir_axis_size(g, x, 1),
                             incsym_mul_int(t, heads, (int64_t)n_parts),
                             incsym_floordiv(t, size, heads)};
    const incsym *each[] = {heads, heads, heads};
    incir_value *y = emit_reshape(g, emit_linear(g, x, weight, bias), sizes, 4);
    emit_split(g, emit_transpose(g, y, heads_first), 1, each, n_parts, out);
}

static incir_value *emit_multi_head(incop_call *c, incir_value *q, incir_value *k, incir_value *v,
                                    const multi_head *m, incir_value **weights)
{
    static const size_t heads_first[] = {0, 2, 1, 3}, to_keys[] = {1, 2};
    incir_graph *g = c->g;
    incir_value *parts[3];
    if (q->rank != 3 || m->heads < 1)
        incop_unsupported(c, "an input of rank %zu", q->rank);
    if (q == k && k == v) {
        project(g, q, m, 0, 3, parts);
    } else {
        project(g, q, m, 0, 1, &parts[0]);
        project(g, k, m, 1, 1, &parts[1]);
        project(g, v, m, 2, 1, &parts[2]);
    }
    attention a = {.q = parts[0], .k = parts[1], .v = parts[2]};
    if (m->is_there) {
        a.mask = emit_unsqueeze(g, m->is_there, to_keys, 2);
        a.no_empty_rows = true;
    } else if (m->mask) {
        incir_value *mask = emit_cast(g, m->mask, INCDT_BOOL);
        if (m->mask_type == 1)
            mask = emit_unsqueeze(g, mask, to_keys, 2);
        a.mask = emit_unary(g, "Not", mask);
    }
    incir_value *y = emit_transpose(g, emit_attention(g, &a), heads_first);
    *weights = a.weights;
    return emit_linear(g, emit_reshape(g, y, q->dims, 3), m->out_weight, m->out_bias);
}

static multi_head read_multi_head(incop_call *c, const char *heads)
{
    multi_head m = {.heads = incop_int(c, heads),
                    .in_weight = incop_tensor(c, "qkv_weight"),
                    .in_bias = incop_tensor(c, "qkv_bias"),
                    .out_weight = incop_tensor(c, "proj_weight"),
                    .out_bias = incop_tensor(c, "proj_bias"),
                    .mask = incop_tensor_or_null(c, "mask")};
    if (m.mask)
        m.mask_type =
            incop_is_none(c, "mask_type") ? (m.mask->rank == 2 ? 0 : 2) : incop_int(c, "mask_type");
    return m;
}

static void lower_native_multi_head(incop_call *c)
{
    static const size_t heads = 1;
    multi_head m = read_multi_head(c, "num_head");
    incir_value *weights;
    m.is_there = nested_mask(c->g, incop_tensor(c, "key"));
    incop_return(c, emit_multi_head(c, incop_tensor(c, "query"), incop_tensor(c, "key"),
                                    incop_tensor(c, "value"), &m, &weights));
    if (!incop_bool(c, "need_weights"))
        incop_return(c, emit_empty(c->g, INCDT_F32));
    else if (incop_bool(c, "average_attn_weights"))
        incop_return(c, emit_reduce(c->g, "ReduceMean", weights, &heads, 1, false));
    else
        incop_return(c, weights);
}

static incir_value *emit_gelu(incir_graph *g, incir_value *x)
{
    if (incir_has_opset(g, 20))
        return emit_unary(g, "Gelu", x);
    incir_value *y = emit_unary(g, "Erf", emit_with_scalar(g, "Div", x, sqrt(2)));
    y = emit_binary(g, "Mul", x, emit_with_scalar(g, "Add", y, 1));
    return emit_with_scalar(g, "Mul", y, 0.5);
}

static incir_value *encoder_norm(incop_call *c, incir_value *x, const char *weight,
                                 const char *bias)
{
    return emit_layer_norm(c->g, x, 1, incop_tensor(c, weight), incop_tensor(c, bias),
                           incop_float(c, "eps"));
}

static incir_value *encoder_feed_forward(incop_call *c, incir_value *x)
{
    incir_graph *g = c->g;
    incir_value *y =
        emit_linear(g, x, incop_tensor(c, "ffn_weight_1"), incop_tensor(c, "ffn_bias_1"));
    y = incop_bool(c, "use_gelu") ? emit_gelu(g, y) : emit_unary(g, "Relu", y);
    return emit_linear(g, y, incop_tensor(c, "ffn_weight_2"), incop_tensor(c, "ffn_bias_2"));
}

/* nn.TransformerEncoderLayer's fast path: attention and feed-forward, each added to what it got. */
static void lower_encoder_layer(incop_call *c)
{
    incir_graph *g = c->g;
    multi_head m = read_multi_head(c, "num_heads");
    incir_value *x = incop_tensor(c, "src"), *weights;
    bool first = incop_bool(c, "norm_first");
    m.is_there = nested_mask(g, x);
    incir_value *y = first ? encoder_norm(c, x, "norm_weight_1", "norm_bias_1") : x;
    x = emit_binary(g, "Add", x, emit_multi_head(c, y, y, y, &m, &weights));
    if (!first)
        x = encoder_norm(c, x, "norm_weight_1", "norm_bias_1");
    y = first ? encoder_norm(c, x, "norm_weight_2", "norm_bias_2") : x;
    x = emit_binary(g, "Add", x, encoder_feed_forward(c, y));
    x = first ? x : encoder_norm(c, x, "norm_weight_2", "norm_bias_2");
    incop_return(c, make_nested(g, x, m.is_there));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_fused_sdp_choice(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> int", lower_choice),
    OP("aten::_native_multi_head_attention(Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, Tensor? mask=None, bool need_weights=True, bool average_attn_weights=True, int? mask_type=None) -> (Tensor, Tensor)", lower_native_multi_head),
    OP("aten::_nested_tensor_from_mask(Tensor t, Tensor mask, bool mask_check=True) -> Tensor", lower_nested_from_mask),
    OP("aten::_nested_tensor_from_mask_left_aligned(Tensor t, Tensor mask) -> bool", lower_left_aligned),
    OP("aten::_scaled_dot_product_attention_math(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, Tensor? dropout_mask=None, *, float? scale=None, bool enable_gqa=False) -> (Tensor, Tensor)", lower_attention_math),
    OP_AS("aten::_scaled_dot_product_cudnn_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_bias, bool compute_log_sumexp, float dropout_p=0., bool is_causal=False, bool return_debug_mask=False, *, float? scale=None) -> (Tensor output, Tensor logsumexp, Tensor cum_seq_q, Tensor cum_seq_k, SymInt max_q, SymInt max_k, Tensor philox_seed, Tensor philox_offset, Tensor debug_attn_mask)", lower_attention_kernel, "lttiittt"),
    OP_AS("aten::_scaled_dot_product_efficient_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_bias, bool compute_log_sumexp, float dropout_p=0., bool is_causal=False, *, float? scale=None) -> (Tensor output, Tensor log_sumexp, Tensor philox_seed, Tensor philox_offset)", lower_attention_kernel, "ltt"),
    OP_AS("aten::_scaled_dot_product_flash_attention(Tensor query, Tensor key, Tensor value, float dropout_p=0., bool is_causal=False, bool return_debug_mask=False, *, float? scale=None) -> (Tensor output, Tensor logsumexp, Tensor cum_seq_q, Tensor cum_seq_k, SymInt max_q, SymInt max_k, Tensor philox_seed, Tensor philox_offset, Tensor debug_attn_mask)", lower_attention_kernel, "lttiittt"),
    OP_AS("aten::_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0., bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)", lower_attention_kernel, "l"),
    OP_AS("aten::_scaled_dot_product_fused_attention_overrideable(Tensor query, Tensor key, Tensor value, Tensor? attn_bias=None, float dropout_p=0., bool is_causal=False, bool return_debug_mask=False, *, float? scale=None) -> (Tensor output, Tensor logsumexp, Tensor cum_seq_q, Tensor cum_seq_k, SymInt max_q, SymInt max_k, Tensor philox_seed, Tensor philox_offset, Tensor debug_attn_mask)", lower_attention_kernel, "lttiittt"),
    OP("aten::_transformer_encoder_layer_fwd(Tensor src, int embed_dim, int num_heads, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, bool use_gelu, bool norm_first, float eps, Tensor norm_weight_1, Tensor norm_bias_1, Tensor norm_weight_2, Tensor norm_bias_2, Tensor ffn_weight_1, Tensor ffn_bias_1, Tensor ffn_weight_2, Tensor ffn_bias_2, Tensor? mask=None, int? mask_type=None) -> Tensor", lower_encoder_layer),
    OP("aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor", lower_attention),
    OP("aten::to_padded_tensor(Tensor self, float padding, SymInt[]? output_size=None) -> Tensor", lower_to_padded),
};
/* clang-format on */

const incop_family incop_attention = {"attention", rows, INC_COUNT(rows)};
