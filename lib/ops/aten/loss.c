/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, written out: each is its formula for an element, then the mean, the sum or neither. */
#include <math.h>

#include "ops/aten/distance.h"
#include "ops/emit/math.h"
#include "ops/emit/nn.h"
#include "ops/emit/shape.h"

typedef enum { REDUCE_NONE, REDUCE_MEAN, REDUCE_SUM } reduction;

static reduction read_reduction(incop_call *c)
{
    int64_t r = incop_int(c, "reduction");
    if (r < REDUCE_NONE || r > REDUCE_SUM)
        incop_unsupported(c, "reduction %lld", (long long)r);
    return (reduction)r;
}

static incir_value *sum_all(incir_graph *g, incir_value *x)
{
    return emit_reduce(g, "ReduceSum", x, NULL, 0, false);
}

static void return_reduced(incop_call *c, incir_value *loss)
{
    reduction r = read_reduction(c);
    if (r == REDUCE_MEAN)
        loss = emit_reduce(c->g, "ReduceMean", loss, NULL, 0, false);
    else if (r == REDUCE_SUM)
        loss = sum_all(c->g, loss);
    incop_return(c, loss);
}

static incir_value *at_least_zero(incir_graph *g, incir_value *x)
{
    return emit_extreme(g, "Max", x, emit_scalar_like(g, x, 0));
}

static incir_value *difference(incop_call *c)
{
    return emit_binary(c->g, "Sub", incop_tensor(c, "self"), incop_tensor(c, "target"));
}

/* ---- of numbers ---- */

static void lower_mse(incop_call *c)
{
    incir_value *d = difference(c);
    return_reduced(c, emit_binary(c->g, "Mul", d, d));
}

static void lower_l1(incop_call *c)
{
    return_reduced(c, emit_unary(c->g, "Abs", difference(c)));
}

/* Square below the limit, linear above. smooth_l1 is huber / beta. */
static void lower_huber(incop_call *c)
{
    incir_graph *g = c->g;
    bool smooth = incop_has(c, "beta");
    double limit = incop_float(c, smooth ? "beta" : "delta");
    incir_value *d = emit_unary(g, "Abs", difference(c));
    if (limit == 0) {
        return_reduced(c, smooth ? d : emit_with_scalar(g, "Mul", d, 0));
        return;
    }
    incir_value *square =
        emit_with_scalar(g, "Mul", emit_binary(g, "Mul", d, d), smooth ? 0.5 / limit : 0.5);
    incir_value *linear = emit_with_scalar(g, "Sub", d, 0.5 * limit);
    linear = smooth ? linear : emit_with_scalar(g, "Mul", linear, limit);
    return_reduced(c, emit_where(g, emit_compare_scalar(g, "Less", d, limit), square, linear));
}

/* target (log target - self); nothing where the target is zero */
static void lower_kl_div(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *target = incop_tensor(c, "target");
    if (incop_bool(c, "log_target")) {
        incir_value *difference = emit_binary(g, "Sub", target, x);
        return_reduced(c, emit_binary(g, "Mul", emit_unary(g, "Exp", target), difference));
        return;
    }
    incir_value *entropy = emit_binary(g, "Mul", target, emit_unary(g, "Log", target));
    incir_value *zero = emit_scalar_like(g, target, 0);
    entropy = emit_where(g, emit_binary(g, "Equal", target, zero), zero, entropy);
    return_reduced(c, emit_binary(g, "Sub", entropy, emit_binary(g, "Mul", target, x)));
}

static incir_value *weighed(incop_call *c, incir_value *loss)
{
    incir_value *weight = incop_tensor_or_null(c, "weight");
    return weight ? emit_binary(c->g, "Mul", loss, weight) : loss;
}

/* -(y log x + (1 - y) log(1 - x)), logarithms being no less than -100 */
static void lower_bce(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *y = incop_tensor(c, "target");
    incir_value *yes = emit_unary(g, "Log", x);
    incir_value *no = emit_unary(g, "Log", emit_scalar_with(g, "Sub", 1, x));
    incir_value *least = emit_scalar_like(g, x, -100);
    yes = emit_binary(g, "Mul", y, emit_extreme(g, "Max", yes, least));
    incir_value *bounded = emit_extreme(g, "Max", no, least);
    no = emit_binary(g, "Mul", emit_scalar_with(g, "Sub", 1, y), bounded);
    return_reduced(c, weighed(c, emit_unary(g, "Neg", emit_binary(g, "Add", yes, no))));
}

/* (1 - y) x + (1 + (w - 1) y) softplus(-x) */
static void lower_bce_with_logits(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *y = incop_tensor(c, "target");
    incir_value *positive = incop_tensor_or_null(c, "pos_weight");
    incir_value *log_term = emit_unary(g, "Softplus", emit_unary(g, "Neg", x));
    if (positive) {
        incir_value *factor = emit_binary(g, "Mul", emit_with_scalar(g, "Sub", positive, 1), y);
        log_term = emit_binary(g, "Mul", emit_with_scalar(g, "Add", factor, 1), log_term);
    }
    incir_value *linear = emit_binary(g, "Mul", emit_scalar_with(g, "Sub", 1, y), x);
    return_reduced(c, weighed(c, emit_binary(g, "Add", linear, log_term)));
}

static void lower_soft_margin(incop_call *c)
{
    incir_value *product =
        emit_binary(c->g, "Mul", incop_tensor(c, "self"), incop_tensor(c, "target"));
    return_reduced(c, emit_unary(c->g, "Softplus", emit_unary(c->g, "Neg", product)));
}

/* exp(x) - t x, or x - t log(x + eps); in full with Stirling's approximation of log t! for t > 1 */
static void lower_poisson(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_as_float(g, incop_tensor(c, "input")), *loss;
    incir_value *t = emit_as_float(g, incop_tensor(c, "target"));
    if (incop_bool(c, "log_input")) {
        incir_value *linear = emit_binary(g, "Mul", t, x);
        loss = emit_binary(g, "Sub", emit_unary(g, "Exp", x), linear);
    } else {
        incir_value *log =
            emit_unary(g, "Log", emit_with_scalar(g, "Add", x, incop_float(c, "eps")));
        loss = emit_binary(g, "Sub", x, emit_binary(g, "Mul", t, log));
    }
    if (incop_bool(c, "full")) {
        double pi = acos(-1);
        incir_value *stirling =
            emit_binary(g, "Sub", emit_binary(g, "Mul", t, emit_unary(g, "Log", t)), t);
        incir_value *rest = emit_unary(g, "Log", emit_with_scalar(g, "Mul", t, 2 * pi));
        stirling = emit_binary(g, "Add", stirling, emit_with_scalar(g, "Mul", rest, 0.5));
        stirling = emit_where(g, emit_compare_scalar(g, "Greater", t, 1), stirling,
                              emit_scalar_like(g, t, 0));
        loss = emit_binary(g, "Add", loss, stirling);
    }
    return_reduced(c, loss);
}

/* ---- of classes ---- */

/* Log-probabilities [N, C, …] and the class of each [N, …]. */
typedef struct classes {
    incir_value *logs, *target, *weight;
    size_t axis;            /* of the classes */
    incir_value *counts_as; /* [N, …]: the weight of each, 0 for what is ignored */
    incir_value *safe;      /* target, 0 for what is ignored */
} classes;

static void prepare(incop_call *c, classes *k)
{
    incir_graph *g = c->g;
    incir_value *ignored = incir_size_scalar(g, incop_sym(c, "ignore_index"));
    k->target = emit_cast(g, k->target, INCDT_I64);
    k->axis = k->logs->rank == 1 ? 0 : 1;
    if (k->logs->rank == 0 || k->target->rank + 1 != k->logs->rank)
        incop_unsupported(c, "targets of rank %zu for an input of rank %zu", k->target->rank,
                          k->logs->rank);
    incir_value *counts = emit_unary(g, "Not", emit_binary(g, "Equal", k->target, ignored));
    k->safe = emit_where(g, counts, k->target, incir_const_i64(g, 0));
    k->counts_as = emit_cast(g, counts, k->logs->dtype);
    if (k->weight)
        k->counts_as = emit_binary(g, "Mul", k->counts_as, emit_gather(g, k->weight, k->safe, 0));
}

/* -log p of the class, by weight. */
static incir_value *negative_logs(incir_graph *g, const classes *k)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, k->logs);
    incir_in(g, n, emit_unsqueeze_axis(g, k->safe, k->axis));
    incir_attr_int(g, n, "axis", (int64_t)k->axis);
    incir_value *picked = emit_squeeze_axis(g, incir_emit(g, n), k->axis);
    return emit_unary(g, "Neg", emit_binary(g, "Mul", picked, k->counts_as));
}

/* The mean is by weight. */
static incir_value *reduce_weighted(incop_call *c, incir_value *loss, const classes *k)
{
    incir_graph *g = c->g;
    reduction r = read_reduction(c);
    if (r == REDUCE_NONE)
        return loss;
    loss = sum_all(g, loss);
    return r == REDUCE_SUM ? loss : emit_binary(g, "Div", loss, sum_all(g, k->counts_as));
}

/* ONNX has the two usual losses as operators, from opset 12 on; NULL when it has not this one. */
static incir_value *emit_class_loss(incop_call *c, const char *op_type, incir_value *x,
                                    const classes *k)
{
    static const char *const names[] = {"none", "mean", "sum"};
    incir_graph *g = c->g;
    if (g->opset < 12 || x->rank < 2 || k->target->rank + 1 != x->rank || x->dtype != INCDT_F32)
        return NULL;
    incir_node *n = incir_node_new(g, op_type);
    incir_in(g, n, x);
    incir_in(g, n, emit_cast(g, k->target, INCDT_I64));
    if (k->weight)
        incir_in(g, n, emit_cast(g, k->weight, x->dtype));
    incir_attr_int(g, n, "ignore_index", incop_int(c, "ignore_index"));
    incir_attr_str(g, n, "reduction", names[read_reduction(c)]);
    return incir_emit(g, n);
}

static void lower_nll(incop_call *c)
{
    classes k = {.logs = incop_tensor(c, "self"),
                 .target = incop_tensor(c, "target"),
                 .weight = incop_tensor_or_null(c, "weight")};
    incir_value *loss = emit_class_loss(c, "NegativeLogLikelihoodLoss", k.logs, &k);
    if (!loss || c->row->as)
        prepare(c, &k);
    incop_return(c, loss ? loss : reduce_weighted(c, negative_logs(c->g, &k), &k));
    if (c->row->as) /* the forward forms give the sum of weights, too */
        incop_return(c, sum_all(c->g, k.counts_as));
}

/* A weight of each class, as [C, 1, …] beside [N, C, …]. */
static incir_value *along_classes(incir_graph *g, incir_value *weight, const classes *k)
{
    size_t n = k->logs->rank - 1 - k->axis, *axes = INC_NEW_N(g->cx, size_t, n);
    for (size_t i = 0; i < n; i++)
        axes[i] = 1 + i;
    return emit_unsqueeze(g, weight, axes, n);
}

/* Σ over classes of -log p, weighted. */
static incir_value *sum_of_classes(incir_graph *g, const classes *k, incir_value *logs)
{
    if (k->weight)
        logs = emit_binary(g, "Mul", logs, along_classes(g, k->weight, k));
    return emit_unary(g, "Neg", emit_reduce(g, "ReduceSum", logs, &k->axis, 1, false));
}

/* Targets that are probabilities [N, C, …]. The mean is over all but the classes. */
static void probabilities(incop_call *c, classes *k, double smoothing, double n_classes)
{
    incir_graph *g = c->g;
    incir_value *target = k->target;
    k->axis = k->logs->rank == 1 ? 0 : 1;
    if (smoothing != 0)
        target = emit_with_scalar(g, "Add", emit_with_scalar(g, "Mul", target, 1 - smoothing),
                                  smoothing / n_classes);
    return_reduced(c, sum_of_classes(g, k, emit_binary(g, "Mul", k->logs, target)));
}

static void lower_cross_entropy(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    classes k = {.target = incop_tensor(c, "target"), .weight = incop_tensor_or_null(c, "weight")};
    double smoothing = incop_float(c, "label_smoothing");
    int64_t n_classes = 1;
    if (x->rank == 0)
        incop_unsupported(c, "an input of rank 0");
    k.axis = x->rank == 1 ? 0 : 1;
    bool labels = k.target->rank + 1 == x->rank || !incdtype_is_float(k.target->dtype);
    incir_value *loss =
        labels && smoothing == 0 ? emit_class_loss(c, "SoftmaxCrossEntropyLoss", x, &k) : NULL;
    if (loss) {
        incop_return(c, loss);
        return;
    }
    if (smoothing != 0 && !incir_dim(x, (int64_t)k.axis, &n_classes))
        incop_unsupported(c, "label_smoothing for an unknown number of classes");
    k.logs = emit_softmax(g, "LogSoftmax", x, k.axis);
    if (!labels) {
        probabilities(c, &k, smoothing, (double)n_classes);
        return;
    }
    prepare(c, &k);
    loss = reduce_weighted(c, negative_logs(g, &k), &k);
    if (smoothing != 0) {
        incir_value *counts = emit_cast(g, emit_cast(g, k.counts_as, INCDT_BOOL), x->dtype);
        incir_value *smooth = emit_binary(g, "Mul", sum_of_classes(g, &k, k.logs), counts);
        smooth = reduce_weighted(c, smooth, &k);
        incir_value *spread = emit_with_scalar(g, "Mul", smooth, smoothing / (double)n_classes);
        loss = emit_binary(g, "Add", emit_with_scalar(g, "Mul", loss, 1 - smoothing), spread);
    }
    incop_return(c, loss);
}

/* Σ max(0, margin - x[y] + x[i])^p / C over the classes i but y, times the weight of y. */
static void lower_multi_margin(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *weight = incop_tensor_or_null(c, "weight");
    incir_value *target = emit_cast(g, incop_tensor(c, "target"), INCDT_I64);
    bool one = x->rank < 2;
    double p = incop_float(c, "p");
    size_t last = 1;
    x = one ? emit_unsqueeze_axis(g, emit_at_least(g, x, 1), 0) : x;
    target = emit_at_least(g, target, 1);
    incir_value *column = emit_unsqueeze_axis(g, target, 1);
    incir_node *n = incir_node_new(g, "GatherElements");
    emit_in(g, n, x);
    incir_in(g, n, column);
    incir_attr_int(g, n, "axis", 1);
    incir_value *loss = emit_binary(g, "Sub", x, emit_as(g, n, x->dtype));
    loss = at_least_zero(g, emit_with_scalar(g, "Add", loss, incop_float(c, "margin")));
    if (p != 1)
        loss = emit_with_scalar(g, "Pow", loss, p);
    if (weight)
        loss = emit_binary(g, "Mul", loss, emit_gather(g, weight, column, 0));
    incir_value *own = emit_compare(g, "Equal", emit_count_up(g, incir_axis_size(g, x, 1)), column);
    loss = emit_where(g, own, emit_scalar_like(g, loss, 0), loss);
    loss = emit_reduce(g, "ReduceMean", loss, &last, 1, false);
    return_reduced(c, one ? emit_squeeze_axis(g, loss, 0) : loss);
}

/* Σ max(0, 1 - x[y] + x[i]) / C over the targets y before the first -1 and all classes i that are
 * none of them. */
static void lower_multilabel_margin(incop_call *c)
{
    static const size_t inner[] = {1, 2};
    const size_t last = 1;
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    incir_value *target = emit_cast(g, incop_tensor(c, "target"), INCDT_I64);
    bool one = x->rank < 2, scalar = x->rank == 0;
    if (one) {
        x = emit_unsqueeze_axis(g, emit_at_least(g, x, 1), 0);
        target = emit_unsqueeze_axis(g, emit_at_least(g, target, 1), 0);
    }
    incir_value *ends = emit_cast(g, emit_compare_scalar(g, "Equal", target, -1), INCDT_I64);
    ends = incir_emit2(g, "CumSum", ends, incir_const_i64(g, (int64_t)last));
    incir_value *counts = emit_compare_scalar(g, "Equal", ends, 0);
    target = emit_where(g, counts, target, incir_const_i64(g, 0));
    incir_node *n = incir_node_new(g, "GatherElements");
    emit_in(g, n, x);
    incir_in(g, n, target);
    incir_attr_int(g, n, "axis", (int64_t)last);
    incir_value *wanted = emit_unsqueeze_axis(g, emit_as(g, n, x->dtype), 2); /* [N, y, 1] */
    counts = emit_unsqueeze_axis(g, counts, 2);
    incir_value *each = emit_count_up(g, incir_axis_size(g, x, last));
    incir_value *hit = emit_compare(g, "Equal", emit_unsqueeze_axis(g, target, 2), each);
    incir_value *is_target = emit_any(g, emit_binary(g, "And", hit, counts), inner, 1, false);
    incir_value *loss = emit_binary(g, "Sub", emit_unsqueeze_axis(g, x, 1), wanted);
    loss = at_least_zero(g, emit_with_scalar(g, "Add", loss, 1));
    incir_value *other = emit_unary(g, "Not", emit_unsqueeze_axis(g, is_target, 1));
    loss = emit_where(g, emit_binary(g, "And", counts, other), loss, emit_scalar_like(g, loss, 0));
    loss = emit_reduce(g, "ReduceSum", loss, inner, 2, false);
    incir_value *size = incir_size_scalar(g, incir_axis_size(g, x, last));
    loss = emit_binary(g, "Div", loss, emit_cast(g, size, loss->dtype));
    return_reduced(c, one ? emit_squeeze_axis(g, loss, 0) : loss);
    if (c->row->as) { /* the forward form */
        is_target = emit_cast(g, is_target, x->dtype);
        is_target = one ? emit_squeeze_axis(g, is_target, 0) : is_target;
        incop_return(c, emit_scalar_if(g, is_target, scalar));
    }
}

/* ---- of pairs ---- */

static incir_value *where_equal(incir_graph *g, incir_value *target, double value,
                                incir_value *then, bool equal)
{
    incir_value *is = emit_compare_scalar(g, "Equal", target, value);
    incir_value *zero = emit_scalar_like(g, then, 0);
    return equal ? emit_where(g, is, then, zero) : emit_where(g, is, zero, then);
}

static incir_value *sum_last(incir_graph *g, incir_value *a, incir_value *b)
{
    emit_promote(g, &a, &b);
    incir_value *other = emit_as_float(g, b);
    incir_value *product = emit_binary(g, "Mul", emit_as_float(g, a), other);
    size_t last = product->rank - 1;
    return emit_reduce(g, "ReduceSum", product, &last, 1, false);
}

/* 1 - cos where the target is 1, cos above the margin where it is -1 */
static void lower_cosine_embedding(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *a = incop_tensor(c, "input1"), *b = incop_tensor(c, "input2");
    incir_value *target = incop_tensor(c, "target");
    if (a->rank == 0 || b->rank == 0)
        incop_unsupported(c, "inputs of rank 0");
    incir_value *size_b = emit_with_scalar(g, "Add", sum_last(g, b, b), 1e-12);
    incir_value *sizes =
        emit_binary(g, "Mul", emit_with_scalar(g, "Add", sum_last(g, a, a), 1e-12), size_b);
    incir_value *size = emit_unary(g, "Sqrt", sizes);
    incir_value *cosine = emit_binary(g, "Div", sum_last(g, a, b), size);
    incir_value *near = emit_scalar_with(g, "Sub", 1, cosine);
    incir_value *far =
        at_least_zero(g, emit_with_scalar(g, "Sub", cosine, incop_float(c, "margin")));
    incir_value *apart = where_equal(g, target, -1, far, true);
    return_reduced(c, emit_binary(g, "Add", where_equal(g, target, 1, near, true), apart));
}

static void lower_hinge_embedding(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *target = incop_tensor(c, "target");
    incir_value *far = at_least_zero(g, emit_scalar_with(g, "Sub", incop_float(c, "margin"), x));
    incir_value *apart = where_equal(g, target, -1, x, false);
    return_reduced(c, emit_binary(g, "Add", where_equal(g, target, 1, far, false), apart));
}

static void lower_margin_ranking(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *d = emit_binary(g, "Sub", incop_tensor(c, "input2"), incop_tensor(c, "input1"));
    incir_value *loss = emit_as_float(g, emit_binary(g, "Mul", incop_tensor(c, "target"), d));
    return_reduced(c, at_least_zero(g, emit_with_scalar(g, "Add", loss, incop_float(c, "margin"))));
}

static void lower_triplet(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *anchor = incop_tensor(c, "anchor"), *positive = incop_tensor(c, "positive");
    incir_value *negative = incop_tensor(c, "negative");
    double p = incop_float(c, "p"), eps = incop_float(c, "eps");
    incir_value *near = emit_pairwise_distance(c, anchor, positive, p, eps, false);
    incir_value *far = emit_pairwise_distance(c, anchor, negative, p, eps, false);
    if (incop_bool(c, "swap"))
        far = emit_extreme(g, "Min", far,
                           emit_pairwise_distance(c, positive, negative, p, eps, false));
    incir_value *loss = emit_binary(g, "Sub", near, far);
    return_reduced(c, at_least_zero(g, emit_with_scalar(g, "Add", loss, incop_float(c, "margin"))));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor", lower_bce),
    OP("aten::binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1) -> Tensor", lower_bce_with_logits),
    OP("aten::cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1) -> Tensor", lower_cosine_embedding),
    OP("aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, float label_smoothing=0.) -> Tensor", lower_cross_entropy),
    OP("aten::hinge_embedding_loss(Tensor self, Tensor target, float margin=1., int reduction=1) -> Tensor", lower_hinge_embedding),
    OP("aten::huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.) -> Tensor", lower_huber),
    OP("aten::kl_div(Tensor self, Tensor target, int reduction=1, *, bool log_target=False) -> Tensor", lower_kl_div),
    OP("aten::l1_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_l1),
    OP("aten::margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1) -> Tensor", lower_margin_ranking),
    OP("aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_mse),
    OP("aten::multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=1) -> Tensor", lower_multi_margin),
    OP("aten::multilabel_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_multilabel_margin),
    OP_AS("aten::multilabel_margin_loss_forward(Tensor self, Tensor target, int reduction) -> (Tensor output, Tensor is_target)", lower_multilabel_margin, "is_target"),
    OP("aten::nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor", lower_nll),
    OP("aten::nll_loss2d(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor", lower_nll),
    OP_AS("aten::nll_loss2d_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)", lower_nll, "weights"),
    OP_AS("aten::nll_loss_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)", lower_nll, "weights"),
    OP("aten::nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor", lower_nll),
    OP("aten::poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor", lower_poisson),
    OP("aten::smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.) -> Tensor", lower_huber),
    OP("aten::soft_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_soft_margin),
    OP("aten::triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1., float p=2., float eps=9.9999999999999995e-07, bool swap=False, int reduction=1) -> Tensor", lower_triplet),
};
/* clang-format on */

const incop_family incop_loss = {"loss", rows, INC_COUNT(rows)};
