/* Losses: how far an answer is from the target. */
#include "ops/families.h"

#include <math.h>

#include "ops/distance.h"
#include "ops/emit_math.h"
#include "ops/emit_shape.h"

enum { REDUCE_NONE = 0, REDUCE_MEAN = 1, REDUCE_SUM = 2 };

static incir_value *sum_of_all(incir_graph *g, incir_value *x)
{
    return x->rank == 0 ? x : emit_reduce(g, "ReduceSum", x, NULL, 0, false);
}

/* The losses of all elements as "reduction" asks. */
static void return_reduced(incop_call *c, incir_value *losses)
{
    int64_t reduction = incop_int(c, "reduction");
    if (reduction == REDUCE_SUM)
        losses = sum_of_all(c->g, losses);
    else if (reduction == REDUCE_MEAN)
        losses = emit_reduce(c->g, "ReduceMean", losses, NULL, 0, false);
    incop_return(c, losses);
}

static incir_value *at_least(incir_graph *g, incir_value *x, double least)
{
    return emit_extreme(g, "Max", x, emit_scalar_like(g, x, least));
}

static incir_value *scaled(incir_graph *g, incir_value *x, double factor)
{
    return factor == 1 ? x : emit_with_scalar(g, "Mul", x, factor);
}

static incir_value *one_minus(incir_graph *g, incir_value *x)
{
    return emit_scalar_with(g, "Sub", 1, x);
}

/* condition ? x : 0 */
static incir_value *only_where(incir_graph *g, incir_value *condition, incir_value *x)
{
    return emit_where(g, condition, x, emit_scalar_like(g, x, 0));
}

/* ---- distances of numbers ---- */

static incir_value *difference(incop_call *c)
{
    return emit_binary(c->g, "Sub", incop_tensor(c, "self"), incop_tensor(c, "target"));
}

static void lower_mse(incop_call *c)
{
    incir_value *d = difference(c);
    return_reduced(c, emit_binary(c->g, "Mul", d, d));
}

static void lower_l1(incop_call *c)
{
    return_reduced(c, emit_unary(c->g, "Abs", difference(c)));
}

/* steep · d² / 2 up to the limit, and from there on as a line of the same slope */
static incir_value *bowl(incir_graph *g, incir_value *d, double limit, double steep)
{
    incir_value *near = scaled(g, emit_binary(g, "Mul", d, d), 0.5 * steep);
    incir_value *far = emit_with_scalar(g, "Sub", d, 0.5 * limit);
    return emit_where(g, emit_compare_scalar(g, "Less", d, limit), near,
                      scaled(g, far, steep * limit));
}

static void lower_smooth_l1(incop_call *c)
{
    double beta = incop_float(c, "beta");
    incir_value *d = emit_unary(c->g, "Abs", difference(c));
    return_reduced(c, beta == 0 ? d : bowl(c->g, d, beta, 1 / beta));
}

static void lower_huber(incop_call *c)
{
    incir_value *d = emit_unary(c->g, "Abs", difference(c));
    return_reduced(c, bowl(c->g, d, incop_float(c, "delta"), 1));
}

/* ---- probabilities ---- */

/* exp(t) (t - x), or t log(t) - t x where t is no logarithm; 0 log(0) = 0 */
static void lower_kl_div(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *t = incop_tensor(c, "target");
    if (incop_bool(c, "log_target")) {
        return_reduced(c,
                       emit_binary(g, "Mul", emit_unary(g, "Exp", t), emit_binary(g, "Sub", t, x)));
        return;
    }
    incir_value *entropy = emit_binary(g, "Mul", t, emit_unary(g, "Log", t));
    incir_value *is_zero = emit_compare_scalar(g, "Equal", t, 0);
    entropy = emit_where(g, is_zero, emit_scalar_like(g, entropy, 0), entropy);
    return_reduced(c, emit_binary(g, "Sub", entropy, emit_binary(g, "Mul", t, x)));
}

/* max(log(x), -100), as PyTorch bounds it */
static incir_value *bounded_log(incir_graph *g, incir_value *x)
{
    return at_least(g, emit_unary(g, "Log", x), -100);
}

static void return_weighted(incop_call *c, incir_value *losses)
{
    incir_value *weight = incop_tensor_or_null(c, "weight");
    return_reduced(c, weight ? emit_binary(c->g, "Mul", losses, weight) : losses);
}

/* -t log(x) - (1 - t) log(1 - x) */
static void lower_binary_cross_entropy(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *t = incop_tensor(c, "target");
    incir_value *no = emit_binary(g, "Mul", one_minus(g, t), bounded_log(g, one_minus(g, x)));
    incir_value *yes = emit_binary(g, "Mul", t, bounded_log(g, x));
    return_weighted(c, emit_unary(g, "Neg", emit_binary(g, "Add", yes, no)));
}

/* (1 - t) x + (1 + (pos_weight - 1) t) log(1 + e^-x) */
static void lower_binary_cross_entropy_with_logits(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *t = incop_tensor(c, "target");
    incir_value *pos_weight = incop_tensor_or_null(c, "pos_weight");
    incir_value *yes = emit_unary(g, "Softplus", emit_unary(g, "Neg", x));
    if (pos_weight) {
        incir_value *more = emit_with_scalar(g, "Sub", pos_weight, 1);
        more = emit_with_scalar(g, "Add", emit_binary(g, "Mul", more, t), 1);
        yes = emit_binary(g, "Mul", more, yes);
    }
    return_weighted(c, emit_binary(g, "Add", emit_binary(g, "Mul", one_minus(g, t), x), yes));
}

/* log(1 + e^-tx) */
static void lower_soft_margin(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = emit_binary(g, "Mul", incop_tensor(c, "target"), incop_tensor(c, "self"));
    return_reduced(c, emit_unary(g, "Softplus", emit_unary(g, "Neg", x)));
}

/* e^x - t x, or x - t log(x + eps); in full with Stirling's approximation of log(t!) */
static void lower_poisson_nll(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *t = incop_tensor(c, "target"), *loss;
    const double two_pi = 6.283185307179586476925;
    if (incop_bool(c, "log_input")) {
        loss = emit_binary(g, "Sub", emit_unary(g, "Exp", x), emit_binary(g, "Mul", t, x));
    } else {
        incir_value *log = emit_with_scalar(g, "Add", x, incop_float(c, "eps"));
        loss = emit_binary(g, "Sub", x, emit_binary(g, "Mul", t, emit_unary(g, "Log", log)));
    }
    if (incop_bool(c, "full")) {
        incir_value *log = emit_unary(g, "Log", t);
        incir_value *more = emit_binary(g, "Sub", emit_binary(g, "Mul", t, log), t);
        incir_value *half = emit_unary(g, "Log", emit_with_scalar(g, "Mul", t, two_pi));
        more = emit_binary(g, "Add", more, emit_with_scalar(g, "Mul", half, 0.5));
        more = only_where(g, emit_compare_scalar(g, "Greater", t, 1), more);
        loss = emit_binary(g, "Add", loss, more);
    }
    return_reduced(c, loss);
}

/* ---- classes ---- */

/* What is asked about the classes of an answer [N, C, …] or [C]. */
typedef struct choice {
    size_t axis;                 /* of the classes */
    incir_value *target;         /* [N, …], all of them classes: ignored ones are made 0 */
    incir_value *counted;        /* bool, which are not ignored */
    incir_value *weight;         /* of each class, or NULL */
    incir_value *target_weights; /* of each target; 0 where it is ignored */
} choice;

static choice read_choice(incop_call *c, const incir_value *x)
{
    incir_graph *g = c->g;
    choice h = {.axis = x->rank > 1 ? 1 : 0, .weight = incop_tensor_or_null(c, "weight")};
    incir_value *target = emit_cast(g, incop_tensor(c, "target"), INCDT_I64);
    if (x->rank == 0 || target->rank != x->rank - 1)
        incop_unsupported(c, "an input of rank %zu with a target of rank %zu", x->rank,
                          target->rank);
    incir_value *ignored = incir_const_i64(g, incop_int(c, "ignore_index"));
    h.counted = emit_unary(g, "Not", emit_compare(g, "Equal", target, ignored));
    h.target = only_where(g, h.counted, target);
    h.target_weights = emit_cast(g, h.counted, x->dtype);
    if (h.weight)
        h.target_weights =
            emit_binary(g, "Mul", h.target_weights, emit_gather(g, h.weight, h.target, 0));
    return h;
}

/* x at the target of each. */
static incir_value *chosen(incir_graph *g, incir_value *x, const choice *h)
{
    incir_node *n = incir_node_new(g, "GatherElements");
    incir_in(g, n, x);
    incir_in(g, n, emit_unsqueeze(g, h->target, &h->axis, 1));
    incir_attr_int(g, n, "axis", (int64_t)h->axis);
    return emit_squeeze(g, incir_emit(g, n), &h->axis, 1);
}

/* Losses of single targets; their mean is by weight. */
static incir_value *reduce_by_weight(incop_call *c, incir_value *losses, const choice *h)
{
    incir_graph *g = c->g;
    int64_t reduction = incop_int(c, "reduction");
    if (reduction == REDUCE_NONE)
        return losses;
    losses = sum_of_all(g, losses);
    if (reduction == REDUCE_SUM)
        return losses;
    return emit_binary(g, "Div", losses, sum_of_all(g, h->target_weights));
}

/* log_p [N, C, …]: logarithms of probabilities */
static incir_value *nll(incop_call *c, incir_value *log_p, const choice *h)
{
    incir_value *losses = emit_unary(c->g, "Neg", chosen(c->g, log_p, h));
    losses = emit_binary(c->g, "Mul", losses, h->target_weights);
    return reduce_by_weight(c, losses, h);
}

static void lower_nll(incop_call *c)
{
    incir_value *log_p = incop_tensor(c, "self");
    choice h = read_choice(c, log_p);
    incop_return(c, nll(c, log_p, &h));
}

/* A weight [C] so that it broadcasts over [N, C, …]. */
static incir_value *along_classes(incir_graph *g, incir_value *weight, size_t axis, size_t rank)
{
    size_t *axes = INC_NEW_N(g->cx, size_t, rank), n = 0;
    for (size_t i = 1; i < rank - axis; i++)
        axes[n++] = i;
    return emit_unsqueeze(g, weight, axes, n);
}

/* -Σ p log(q) along the classes, p being probabilities as they are given. */
static void cross_entropy_of_probabilities(incop_call *c, incir_value *log_p, double smoothing)
{
    incir_graph *g = c->g;
    const size_t axis = log_p->rank > 1 ? 1 : 0;
    incir_value *t = incop_tensor(c, "target"), *weight = incop_tensor_or_null(c, "weight");
    incir_value *n_classes = emit_cast(g, incir_size_scalar(g, log_p->dims[axis]), log_p->dtype);
    if (smoothing > 0)
        t = emit_binary(g, "Add", emit_with_scalar(g, "Mul", t, 1 - smoothing),
                        emit_scalar_with(g, "Div", smoothing, n_classes));
    incir_value *losses = emit_binary(g, "Mul", log_p, t);
    if (weight)
        losses = emit_binary(g, "Mul", losses, along_classes(g, weight, axis, log_p->rank));
    losses = emit_unary(g, "Neg", emit_reduce(g, "ReduceSum", losses, &axis, 1, false));
    return_reduced(c, losses);
}

/* (1 - smoothing) · nll + smoothing · the mean over all classes */
static incir_value *smoothed(incop_call *c, incir_value *log_p, const choice *h, double smoothing)
{
    incir_graph *g = c->g;
    incir_value *all = log_p;
    incir_value *n_classes = emit_cast(g, incir_size_scalar(g, log_p->dims[h->axis]), log_p->dtype);
    if (h->weight)
        all = emit_binary(g, "Mul", all, along_classes(g, h->weight, h->axis, log_p->rank));
    all = emit_unary(g, "Neg", emit_reduce(g, "ReduceSum", all, &h->axis, 1, false));
    all = reduce_by_weight(c, only_where(g, h->counted, all), h);
    all = emit_binary(g, "Mul", all, emit_scalar_with(g, "Div", smoothing, n_classes));
    return emit_binary(g, "Add", scaled(g, nll(c, log_p, h), 1 - smoothing), all);
}

static void lower_cross_entropy(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self");
    double smoothing = incop_float(c, "label_smoothing");
    if (x->rank == 0)
        incop_unsupported(c, "a scalar");
    incir_value *log_p = emit_softmax(g, "LogSoftmax", x, x->rank > 1 ? 1 : 0);
    if (incdtype_is_float(incop_tensor(c, "target")->dtype)) {
        cross_entropy_of_probabilities(c, log_p, smoothing);
        return;
    }
    choice h = read_choice(c, x);
    incop_return(c, smoothing > 0 ? smoothed(c, log_p, &h, smoothing) : nll(c, log_p, &h));
}

/* ---- margins ---- */

static incir_value *is_number(incir_graph *g, incir_value *x, double value)
{
    return emit_compare_scalar(g, "Equal", x, value);
}

/* max(0, margin - t (a - b)) */
static void lower_margin_ranking(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *apart =
        emit_binary(g, "Sub", incop_tensor(c, "input1"), incop_tensor(c, "input2"));
    incir_value *x = emit_binary(g, "Mul", incop_tensor(c, "target"), apart);
    return_reduced(c, at_least(g, emit_scalar_with(g, "Sub", incop_float(c, "margin"), x), 0));
}

/* x unless the target is -1, and max(0, margin - x) unless it is 1 */
static void lower_hinge_embedding(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "self"), *t = incop_tensor(c, "target");
    incir_value *within = at_least(g, emit_scalar_with(g, "Sub", incop_float(c, "margin"), x), 0);
    within = only_where(g, emit_unary(g, "Not", is_number(g, t, 1)), within);
    x = only_where(g, emit_unary(g, "Not", is_number(g, t, -1)), x);
    return_reduced(c, emit_binary(g, "Add", within, x));
}

/* 1 - cos where the target is 1, max(0, cos - margin) where it is -1 */
static void lower_cosine_embedding(incop_call *c)
{
    incir_graph *g = c->g;
    const double tiny = 1e-12;
    incir_value *a = incop_tensor(c, "input1"), *b = incop_tensor(c, "input2");
    incir_value *t = incop_tensor(c, "target"), *product = emit_binary(g, "Mul", a, b);
    if (product->rank == 0 || a->rank != product->rank || b->rank != product->rank)
        incop_unsupported(c, "inputs of rank %zu and %zu", a->rank, b->rank);
    const size_t last = product->rank - 1;
    a = emit_with_scalar(g, "Add", emit_reduce(g, "ReduceSumSquare", a, &last, 1, false), tiny);
    b = emit_with_scalar(g, "Add", emit_reduce(g, "ReduceSumSquare", b, &last, 1, false), tiny);
    product = emit_reduce(g, "ReduceSum", product, &last, 1, false);
    incir_value *cos =
        emit_binary(g, "Div", product, emit_unary(g, "Sqrt", emit_binary(g, "Mul", a, b)));
    incir_value *apart = emit_with_scalar(g, "Sub", cos, incop_float(c, "margin"));
    incir_value *alike = only_where(g, is_number(g, t, 1), one_minus(g, cos));
    incir_value *unlike = only_where(g, is_number(g, t, -1), at_least(g, apart, 0));
    return_reduced(c, emit_binary(g, "Add", alike, unlike));
}

/* max(0, margin + |anchor - positive| - |anchor - negative|) */
static void lower_triplet_margin(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *anchor = incop_tensor(c, "anchor"), *positive = incop_tensor(c, "positive");
    incir_value *negative = incop_tensor(c, "negative");
    double p = incop_float(c, "p"), eps = incop_float(c, "eps");
    incir_value *near = emit_pairwise_distance(g, anchor, positive, p, eps, false);
    incir_value *far = emit_pairwise_distance(g, anchor, negative, p, eps, false);
    if (incop_bool(c, "swap"))
        far = emit_extreme(g, "Min", far,
                           emit_pairwise_distance(g, positive, negative, p, eps, false));
    incir_value *apart =
        emit_with_scalar(g, "Add", emit_binary(g, "Sub", near, far), incop_float(c, "margin"));
    return_reduced(c, at_least(g, apart, 0));
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor", lower_binary_cross_entropy),
    OP("aten::binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1) -> Tensor", lower_binary_cross_entropy_with_logits),
    OP("aten::cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1) -> Tensor", lower_cosine_embedding),
    OP("aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, float label_smoothing=0.) -> Tensor", lower_cross_entropy),
    OP("aten::hinge_embedding_loss(Tensor self, Tensor target, float margin=1., int reduction=1) -> Tensor", lower_hinge_embedding),
    OP("aten::huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.) -> Tensor", lower_huber),
    OP("aten::kl_div(Tensor self, Tensor target, int reduction=1, *, bool log_target=False) -> Tensor", lower_kl_div),
    OP("aten::l1_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_l1),
    OP("aten::margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1) -> Tensor", lower_margin_ranking),
    OP("aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_mse),
    OP("aten::nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor", lower_nll),
    OP("aten::nll_loss2d(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor", lower_nll),
    OP("aten::nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor", lower_nll),
    OP("aten::poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor", lower_poisson_nll),
    OP("aten::smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.) -> Tensor", lower_smooth_l1),
    OP("aten::soft_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", lower_soft_margin),
    OP("aten::triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1., float p=2., float eps=9.9999999999999995e-07, bool swap=False, int reduction=1) -> Tensor", lower_triplet_margin),
};
/* clang-format on */

const incop_family incop_loss = {"loss", rows, INC_COUNT(rows)};
