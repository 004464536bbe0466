/* SPDX-License-Identifier: Apache-2.0 */
/* Normalisation. Batch norm runs on stored statistics (what training would need is refused);
 * layer norm is one node from opset 17 on; group norm is an instance norm of regrouped channels. */
#include <math.h>

#include "ops/emit/math.h"
#include "ops/emit/nn.h"

/* ---- pieces ---- */

static size_t *axes_from(incir_graph *g, size_t first, size_t n)
{
    size_t *axes = INC_NEW_N(g->cx, size_t, n);
    for (size_t i = 0; i < n; i++)
        axes[i] = first + i;
    return axes;
}

/* A vector of C elements, or NULL, as [C, 1, 1…], which broadcasts over [N, C, …] of that rank. */
static incir_value *per_channel(incir_graph *g, incir_value *v, size_t rank)
{
    if (!v || rank <= 2)
        return v;
    return emit_unsqueeze(g, v, axes_from(g, 1, rank - 2), rank - 2);
}

static incir_value *scale_and_shift(incir_graph *g, incir_value *y, incir_value *weight,
                                    incir_value *bias)
{
    if (weight)
        y = emit_binary(g, "Mul", y, weight);
    return bias ? emit_binary(g, "Add", y, bias) : y;
}

/* mean over the axes, kept, and 1 / sqrt(variance + eps) */
static void emit_statistics(incir_graph *g, incir_value *x, const size_t *axes, size_t n,
                            double eps, incir_value **mean, incir_value **rstd)
{
    *mean = emit_reduce(g, "ReduceMean", x, axes, n, true);
    incir_value *difference = emit_binary(g, "Sub", x, *mean);
    incir_value *squares = emit_binary(g, "Mul", difference, difference);
    incir_value *variance = emit_reduce(g, "ReduceMean", squares, axes, n, true);
    *rstd = emit_unary(g, "Reciprocal",
                       emit_unary(g, "Sqrt", emit_with_scalar(g, "Add", variance, eps)));
}

/* (x - mean) / sqrt(variance + eps), in the form that runtimes know to fuse */
static incir_value *emit_standardised(incir_graph *g, incir_value *x, const size_t *axes, size_t n,
                                      double eps)
{
    incir_value *mean = emit_reduce(g, "ReduceMean", x, axes, n, true);
    incir_value *difference = emit_binary(g, "Sub", x, mean);
    incir_value *squares = emit_with_scalar(g, "Pow", difference, 2);
    incir_value *variance = emit_reduce(g, "ReduceMean", squares, axes, n, true);
    incir_value *deviation = emit_unary(g, "Sqrt", emit_with_scalar(g, "Add", variance, eps));
    return emit_binary(g, "Div", difference, deviation);
}

/* Over all axes but the first two; x has at least three. */
static incir_value *emit_instance_norm(incir_graph *g, incir_value *x, incir_value *weight,
                                       incir_value *bias, double eps)
{
    incdtype type = x->dtype, wide = emit_working_type(g, "InstanceNormalization", type);
    int64_t channels;
    if (!incir_dim(x, 1, &channels) && (!weight || !bias)) {
        incir_value *y = emit_standardised(g, x, axes_from(g, 2, x->rank - 2), x->rank - 2, eps);
        bias = per_channel(g, bias, x->rank);
        return scale_and_shift(g, y, per_channel(g, weight, x->rank), bias);
    }
    incir_node *n = incir_node_new(g, "InstanceNormalization");
    incir_in(g, n, emit_cast(g, x, wide));
    incir_in(g, n, weight ? emit_cast(g, weight, wide) : emit_full_vector(g, wide, channels, 1));
    incir_in(g, n, bias ? emit_cast(g, bias, wide) : emit_full_vector(g, wide, channels, 0));
    incir_attr_float(g, n, "epsilon", eps);
    return emit_as(g, n, type);
}

/* ---- batch norm ---- */

/* What one of the many spellings of batch norm says. */
typedef struct batch_norm {
    incir_value *x, *weight, *bias;
    incir_value *mean, *variance; /* running ones; NULL: those of the batch */
    double eps;
} batch_norm;

/* All but the channels'. */
static size_t *batch_axes(incir_graph *g, const incir_value *x, size_t *n)
{
    size_t *axes = INC_NEW_N(g->cx, size_t, x->rank);
    *n = 0;
    for (size_t i = 0; i < x->rank; i++)
        if (i != 1)
            axes[(*n)++] = i;
    return axes;
}

static incir_value *emit_on_batch_statistics(incir_graph *g, const batch_norm *b)
{
    size_t n, *axes = batch_axes(g, b->x, &n);
    incir_value *bias = per_channel(g, b->bias, b->x->rank);
    incir_value *weight = per_channel(g, b->weight, b->x->rank);
    return scale_and_shift(g, emit_standardised(g, b->x, axes, n, b->eps), weight, bias);
}

static incir_value *emit_batch_norm(incop_call *c, const batch_norm *b)
{
    incir_graph *g = c->g;
    incdtype type = b->x->dtype;
    int64_t channels;
    if (b->x->rank < 2)
        incop_unsupported(c, "an input of rank %zu", b->x->rank);
    if (!b->mean || !b->variance)
        return emit_on_batch_statistics(g, b);
    if (!incir_dim(b->mean, 0, &channels) && (!b->weight || !b->bias))
        incop_unsupported(c, "running statistics of unknown size");
    incir_node *n = incir_node_new(g, "BatchNormalization");
    incir_in(g, n, b->x);
    incir_in(g, n,
             b->weight ? emit_cast(g, b->weight, type) : emit_full_vector(g, type, channels, 1));
    incir_in(g, n, b->bias ? emit_cast(g, b->bias, type) : emit_full_vector(g, type, channels, 0));
    incir_in(g, n, emit_cast(g, b->mean, type));
    incir_in(g, n, emit_cast(g, b->variance, type));
    incir_attr_float(g, n, "epsilon", b->eps);
    return incir_emit(g, n);
}

static batch_norm read_batch_norm(incop_call *c)
{
    batch_norm b = {.x = incop_tensor(c, "input"),
                    .weight = incop_tensor_or_null(c, "weight"),
                    .bias = incop_tensor_or_null(c, "bias")};
    if (incop_has(c, "running_mean")) {
        b.mean = incop_tensor_or_null(c, "running_mean");
        b.variance = incop_tensor_or_null(c, "running_var");
    }
    b.eps = incop_float(c, incop_has(c, "eps") ? "eps" : "epsilon");
    /* Without running statistics those of the batch are meant, in evaluation too. */
    if (incop_has(c, "training") && incop_bool(c, "training") && b.mean && b.variance) {
        inc_warn(c->cx,
                 "%s is in training mode and normalises by the statistics of the batch; call "
                 "model.eval() before saving the model to use the running ones",
                 c->cx->where.op);
        b.mean = b.variance = NULL;
    }
    return b;
}

/* What training makes of a running statistic. */
static incir_value *updated(incop_call *c, const char *name, incir_value *of_batch)
{
    incir_graph *g = c->g;
    double momentum =
        incop_float(c, incop_has(c, "momentum") ? "momentum" : "exponential_average_factor");
    incir_value *running = incop_tensor(c, name);
    of_batch = emit_with_scalar(g, "Mul", emit_cast(g, of_batch, running->dtype), momentum);
    return emit_binary(g, "Add", emit_with_scalar(g, "Mul", running, 1 - momentum), of_batch);
}

/* The statistics of the batch: mean, 1 / sqrt(variance + eps), and the variance by count - 1. */
typedef struct batch_statistics {
    incir_value *mean, *rstd, *unbiased;
} batch_statistics;

static batch_statistics statistics_of(incir_graph *g, const batch_norm *b)
{
    size_t n, *axes = batch_axes(g, b->x, &n);
    const incsym *count = incsym_int(g->syms, 1);
    for (size_t i = 0; i < n; i++)
        count = incsym_mul(g->syms, count, incir_axis_size(g, b->x, axes[i]));
    incir_value *apart =
        emit_binary(g, "Sub", b->x, emit_reduce(g, "ReduceMean", b->x, axes, n, 1));
    incir_value *sum = emit_reduce(g, "ReduceSumSquare", apart, axes, n, false);
    incir_value *of_all = emit_cast(g, incir_size_scalar(g, count), sum->dtype);
    incir_value *variance = emit_binary(g, "Div", sum, of_all);
    batch_statistics s = {.mean = emit_reduce(g, "ReduceMean", b->x, axes, n, false)};
    s.rstd = emit_unary(g, "Reciprocal",
                        emit_unary(g, "Sqrt", emit_with_scalar(g, "Add", variance, b->eps)));
    s.unbiased = emit_binary(g, "Div", sum, emit_with_scalar(g, "Sub", of_all, 1));
    return s;
}

/* Training leaves new running statistics in the tensors that held them. */
static void write_statistics(incop_call *c, const batch_statistics *s)
{
    static const char *const names[] = {"running_mean", "running_var"};
    incir_value *next[2] = {0};
    for (size_t i = 0; i < 2; i++)
        if (incop_tensor_or_null(c, names[i]))
            next[i] = updated(c, names[i], i == 0 ? s->mean : s->unbiased);
    for (size_t i = 0; i < 2; i++)
        if (next[i])
            incop_box_write(c->g, incop_arg(c, names[i]).u.t, next[i]);
}

static bool trains_statistics(incop_call *c)
{
    return incop_has(c, "training") && incop_has(c, "running_mean") && incop_bool(c, "training") &&
           (incop_tensor_or_null(c, "running_mean") || incop_tensor_or_null(c, "running_var"));
}

static void lower_batch_norm(incop_call *c)
{
    batch_norm b = read_batch_norm(c);
    incop_return(c, emit_batch_norm(c, &b));
    if (trains_statistics(c)) {
        batch_statistics s = statistics_of(c->g, &b);
        write_statistics(c, &s);
    }
}

/* Further results are what the backward pass wants; on stored statistics they are empty. row->as
 * says their kinds: t tensor (mean, then deviation), b bytes, i int, m and v running statistics. */
static void lower_native_batch_norm(incop_call *c)
{
    batch_norm b = read_batch_norm(c);
    bool trains = !b.mean || !b.variance;
    size_t n_tensors = 0;
    incop_return(c, emit_batch_norm(c, &b));
    batch_statistics s = {0};
    if (trains)
        s = statistics_of(c->g, &b);
    if (trains_statistics(c) && !strchr(c->row->as, 'm')) /* which gives them as results */
        write_statistics(c, &s);
    for (const char *kind = c->row->as; *kind; kind++) {
        if (*kind == 'i')
            incop_return_int(c, incsym_int(c->g->syms, 0));
        else if (*kind == 'm')
            incop_return(c, trains ? updated(c, "running_mean", s.mean) : b.mean);
        else if (*kind == 'v')
            incop_return(c, trains ? updated(c, "running_var", s.unbiased) : b.variance);
        else if (*kind == 't' && trains)
            incop_return(c, n_tensors++ == 0 ? s.mean : s.rstd);
        else
            incop_return(c, emit_empty(c->g, *kind == 'b' ? INCDT_U8 : INCDT_F32));
    }
}

/* ---- layer norm ---- */

static bool known_sizes(const incir_value *x, size_t first, size_t n, int64_t *sizes)
{
    for (size_t i = 0; i < n; i++)
        if (!incir_dim(x, (int64_t)(first + i), &sizes[i]))
            return false;
    return true;
}

incir_value *emit_layer_norm(incir_graph *g, incir_value *x, size_t n_axes, incir_value *weight,
                             incir_value *bias, double eps)
{
    size_t first = x->rank - n_axes;
    int64_t *sizes = INC_NEW_N(g->cx, int64_t, n_axes);
    bool known = known_sizes(x, first, n_axes, sizes);
    bool is_one = known;
    for (size_t i = 0; i < n_axes; i++)
        is_one = is_one && sizes[i] == 1;
    if (is_one) /* ONNX Runtime refuses one element, which is its own mean */
        return scale_and_shift(g, emit_binary(g, "Sub", x, x), weight, bias);
    if ((!weight && !known) || !incir_has_opset(g, 17))
        return scale_and_shift(g, emit_standardised(g, x, axes_from(g, first, n_axes), n_axes, eps),
                               weight, bias);
    if (!weight)
        weight = incir_constant(g, inctensor_full(g->cx, x->dtype, n_axes, sizes, 1), NULL);
    incir_node *n = incir_node_new(g, "LayerNormalization");
    incir_in(g, n, x);
    incir_in(g, n, emit_cast(g, weight, x->dtype));
    if (bias)
        incir_in(g, n, emit_cast(g, bias, x->dtype));
    incir_attr_int(g, n, "axis", -(int64_t)n_axes);
    incir_attr_float(g, n, "epsilon", eps);
    return incir_emit(g, n);
}

static incir_value *layer_norm(incop_call *c, incir_value *x, size_t *n_axes)
{
    incop_syms(c, "normalized_shape", n_axes);
    if (*n_axes == 0 || *n_axes > x->rank)
        incop_unsupported(c, "%zu axes of an input of rank %zu", *n_axes, x->rank);
    return emit_layer_norm(c->g, x, *n_axes, incop_tensor_or_null(c, "weight"),
                           incop_tensor_or_null(c, "bias"), incop_float(c, "eps"));
}

static void lower_layer_norm(incop_call *c)
{
    size_t n_axes;
    incop_return(c, layer_norm(c, incop_tensor(c, "input"), &n_axes));
}

static void lower_native_layer_norm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *mean, *rstd;
    size_t n_axes;
    incop_return(c, layer_norm(c, x, &n_axes));
    emit_statistics(g, x, axes_from(g, x->rank - n_axes, n_axes), n_axes, incop_float(c, "eps"),
                    &mean, &rstd);
    incop_return(c, mean);
    incop_return(c, rstd);
}

static double smallest_step(incdtype type)
{
    return ldexp(1, type == INCDT_F64    ? -52
                    : type == INCDT_F16  ? -10
                    : type == INCDT_BF16 ? -7
                                         : -23);
}

/* The same in one operator, over the last n axes. */
static incir_value *emit_rms_norm(incir_graph *g, incir_value *x, incir_value *weight, size_t n,
                                  double eps)
{
    incir_node *node = incir_node_new(g, "RMSNormalization");
    if (!weight)
        weight = emit_expand(g, emit_scalar_like(g, x, 1), x->dims + x->rank - n, n);
    incir_in(g, node, x);
    incir_in(g, node, weight);
    incir_attr_int(g, node, "axis", -(int64_t)n);
    incir_attr_float(g, node, "epsilon", eps);
    return incir_emit(g, node);
}

/* x / sqrt(mean(x²) + eps) · weight */
static void lower_rms_norm(incop_call *c)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *weight = incop_tensor_or_null(c, "weight");
    double eps = incop_is_none(c, "eps") ? smallest_step(x->dtype) : incop_float(c, "eps");
    size_t n;
    incop_syms(c, "normalized_shape", &n);
    if (n == 0 || n > x->rank)
        incop_unsupported(c, "%zu axes of an input of rank %zu", n, x->rank);
    if (g->fuses && incir_has_opset(g, 23)) {
        incop_return(c, emit_rms_norm(g, x, weight, n, eps));
        return;
    }
    incir_value *mean = emit_reduce(g, "ReduceMean", emit_with_scalar(g, "Pow", x, 2),
                                    axes_from(g, x->rank - n, n), n, true);
    incir_value *root = emit_unary(g, "Sqrt", emit_with_scalar(g, "Add", mean, eps));
    incop_return(c, scale_and_shift(g, emit_binary(g, "Div", x, root), weight, NULL));
}

/* ---- group and instance norm ---- */

/* [N, C, …] as [N, groups, what remains] */
static incir_value *emit_grouped(incop_call *c, incir_value *x, int64_t groups)
{
    incir_graph *g = c->g;
    const incsym *n_groups = incsym_int(g->syms, groups);
    const incsym *rest = incsym_floordiv(g->syms, incir_axis_size(g, x, 1), n_groups);
    for (size_t i = 2; i < x->rank; i++)
        rest = incsym_mul(g->syms, rest, incir_axis_size(g, x, i));
    const incsym *sizes[] = {incir_axis_size(g, x, 0), n_groups, rest};
    return emit_reshape(g, x, sizes, 3);
}

static incir_value *group_norm(incop_call *c, int64_t groups)
{
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input");
    incir_value *weight = incop_tensor_or_null(c, "weight"),
                *bias = incop_tensor_or_null(c, "bias");
    double eps = incop_float(c, "eps");
    if (x->rank < 2 || groups < 1)
        incop_unsupported(c, "%lld groups of an input of rank %zu", (long long)groups, x->rank);
    if (x->rank > 2 && incsym_is(incir_axis_size(g, x, 1), groups))
        return emit_instance_norm(g, x, weight, bias, eps);
    incir_value *y = emit_instance_norm(g, emit_grouped(c, x, groups), NULL, NULL, eps);
    bias = per_channel(g, bias, x->rank);
    weight = per_channel(g, weight, x->rank);
    return scale_and_shift(g, emit_reshape(g, y, x->dims, x->rank), weight, bias);
}

static void lower_group_norm(incop_call *c)
{
    incop_return(c, group_norm(c, incop_int(c, "num_groups")));
}

static void lower_native_group_norm(incop_call *c)
{
    static const size_t last = 2;
    incir_graph *g = c->g;
    incir_value *x = incop_tensor(c, "input"), *mean, *rstd;
    int64_t groups = incop_int(c, "group");
    incop_return(c, group_norm(c, groups));
    emit_statistics(g, emit_grouped(c, x, groups), &last, 1, incop_float(c, "eps"), &mean, &rstd);
    incop_return(c, emit_squeeze_axis(g, mean, 2));
    incop_return(c, emit_squeeze_axis(g, rstd, 2));
}

static void lower_instance_norm(incop_call *c)
{
    batch_norm b = {.x = incop_tensor(c, "input"),
                    .weight = incop_tensor_or_null(c, "weight"),
                    .bias = incop_tensor_or_null(c, "bias"),
                    .mean = incop_tensor_or_null(c, "running_mean"),
                    .variance = incop_tensor_or_null(c, "running_var"),
                    .eps = incop_float(c, "eps")};
    if (b.x->rank < 3)
        incop_unsupported(c, "an input of rank %zu", b.x->rank);
    if (incop_bool(c, "use_input_stats") || !b.mean || !b.variance)
        incop_return(c, emit_instance_norm(c->g, b.x, b.weight, b.bias, b.eps));
    else
        incop_return(c, emit_batch_norm(c, &b));
}

/* clang-format off */
static const incop_row rows[] = {
    OP_AS("aten::_batch_norm_impl_index(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> (Tensor, Tensor, Tensor, Tensor, int)", lower_native_batch_norm, "ttbi"),
    OP_AS("aten::_batch_norm_no_update(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)", lower_native_batch_norm, "ttb"),
    OP_AS("aten::_native_batch_norm_legit(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, Tensor(b!) running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)", lower_native_batch_norm, "tt"),
    OP_AS("aten::_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)", lower_native_batch_norm, "tt"),
    OP_AS("aten::_native_batch_norm_legit_functional(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor running_mean_out, Tensor running_var_out)", lower_native_batch_norm, "ttmv"),
    OP_AS_Q("aten::_native_batch_norm_legit_no_training(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor)", lower_native_batch_norm, "tt", INCOP_FX_FUSES_RELU),
    OP_Q("aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor", lower_batch_norm, INCOP_FX_FUSES_RELU),
    OP_AS("aten::cudnn_batch_norm(Tensor input, Tensor weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float exponential_average_factor, float epsilon) -> (Tensor, Tensor, Tensor, Tensor)", lower_native_batch_norm, "ttb"),
    OP_Q("aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool cudnn_enabled=True) -> Tensor", lower_group_norm, INCOP_FX_OBSERVED),
    OP_Q("aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor", lower_instance_norm, INCOP_FX_OBSERVED),
    OP_Q("aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool cudnn_enable=True) -> Tensor", lower_layer_norm, INCOP_FX_OBSERVED),
    OP_AS("aten::miopen_batch_norm(Tensor input, Tensor weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float exponential_average_factor, float epsilon) -> (Tensor, Tensor, Tensor)", lower_native_batch_norm, "tt"),
    OP_AS("aten::native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)", lower_native_batch_norm, "tt"),
    OP("aten::native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, float eps) -> (Tensor, Tensor, Tensor)", lower_native_group_norm),
    OP("aten::native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)", lower_native_layer_norm),
    OP("aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor", lower_rms_norm),
};
/* clang-format on */

const incop_family incop_norm = {"norm", rows, INC_COUNT(rows)};
