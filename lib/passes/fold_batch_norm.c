/* SPDX-License-Identifier: Apache-2.0 */
/* BatchNormalization behind a convolution or a Gemm becomes part of it: every output channel of the
 * weight is multiplied by gamma / sqrt(var + eps), which the lazy tensor does while it is written,
 * and the bias is computed here. The weight keeps its key. Step by step in float32 as
 * torch.nn.utils.fuse_conv_bn_eval does it, to the same bits.
 *
 * Only where all parameters are constants and nobody else reads what is normalised. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "passes/internal.h"

typedef struct folding {
    incir_graph *g;
    const uint32_t *readers;
    bool changed;
} folding;

static const inctensor *constant_vector(const incir_node *n, size_t i, int64_t size)
{
    const incir_value *v = i < n->n_inputs ? n->inputs[i] : NULL;
    return v && incir_is_constant(v) && v->rank == 1 && v->constant->sizes[0] == size ? v->constant
                                                                                      : NULL;
}

/* The weight's axis of output channels, or false for a node that cannot take a factor. */
static bool channel_axis(const incir_node *n, size_t *axis)
{
    if (incir_is(n, INCIR_OP_CONV)) {
        *axis = 0;
        return true;
    }
    if (incir_is(n, INCIR_OP_CONV_TRANSPOSE)) {
        *axis = 1;
        return incir_attr_int_or(n, "group", 1) == 1;
    }
    if (incir_is(n, INCIR_OP_GEMM)) {
        *axis = incir_attr_int_or(n, "transB", 0) ? 0 : 1;
        return incir_attr_float_or(n, "alpha", 1) == 1 && incir_attr_float_or(n, "beta", 1) == 1;
    }
    return false;
}

static incir_node *normalised(const folding *f, const incir_node *norm)
{
    if (!incir_is(norm, INCIR_OP_BATCH_NORMALIZATION) || norm->n_outputs != 1 ||
        incir_attr_int_or(norm, "training_mode", 0) || norm->n_inputs != 5)
        return NULL;
    const incir_value *x = norm->inputs[0];
    if (x->kind != INCIR_RESULT || f->readers[x->id] != 1 || x->producer->block != norm->block ||
        x->producer->n_inputs < 2 || !incir_is_constant(x->producer->inputs[1]))
        return NULL;
    return x->producer;
}

/* "layer1.conv.bias" beside "layer1.conv.weight". */
static const char *bias_name(const folding *f, const incir_value *weight)
{
    const char *key = weight->name;
    if (!key || !weight->is_parameter || !incstr_ends(key, "weight"))
        return NULL;
    size_t n = strlen(key) - strlen("weight");
    const char *name = inc_printf(f->g->cx, "%.*sbias", (int)n, key);
    return incmap_has_str(f->g->constants, name) ? NULL : name;
}

/* The key of what is replaced, unless somebody else goes on reading it. */
static const char *kept_name(const folding *f, const incir_value *v)
{
    return v->is_parameter && f->readers[v->id] == 1 ? v->name : NULL;
}

static incir_value *constant(const folding *f, const inctensor *t, incir_call *call,
                             const char *name)
{
    incir_value *v = incir_constant(f->g, t, NULL);
    v->call = call;
    v->name = name;
    v->is_parameter = name != NULL;
    if (name)
        incmap_set_str(f->g->cx, f->g->constants, name, v);
    return v;
}

/* What a channel of the convolution is multiplied with, and what is added then. */
typedef struct channel {
    double gamma, beta, mean, variance, bias;
} channel;

/* One operation a statement: a compiler may join those of one into another rounding. */
static double fold_f32(const channel *c, double epsilon, double *added)
{
    float sum = (float)c->variance + (float)epsilon;
    float reciprocal = 1.0f / sqrtf(sum);
    float factor = (float)c->gamma * reciprocal;
    float shift = (float)c->bias - (float)c->mean;
    shift *= reciprocal;
    shift *= (float)c->gamma;
    *added = (double)(shift + (float)c->beta);
    return (double)factor;
}

static double fold_f64(const channel *c, double epsilon, double *added)
{
    double reciprocal = 1.0 / sqrt(c->variance + epsilon);
    double shift = (c->bias - c->mean) * reciprocal;
    shift *= c->gamma;
    *added = shift + c->beta;
    return c->gamma * reciprocal;
}

static bool fold(const folding *f, incir_node *norm)
{
    inccx *cx = f->g->cx;
    incir_node *n = normalised(f, norm);
    size_t axis;
    if (!n || !channel_axis(n, &axis) || n->inputs[1]->rank <= axis)
        return false;
    incir_value *weight = n->inputs[1], *bias = n->n_inputs > 2 ? n->inputs[2] : NULL;
    int64_t channels = weight->constant->sizes[axis];
    const inctensor *vectors[4];
    for (size_t i = 0; i < 4; i++)
        if (!(vectors[i] = constant_vector(norm, i + 1, channels)))
            return false;
    if (!incdtype_is_float(weight->dtype) || (bias && !constant_vector(n, 2, channels)))
        return false;

    const double *gamma = inctensor_f64s(cx, vectors[0]), *beta = inctensor_f64s(cx, vectors[1]);
    const double *mean = inctensor_f64s(cx, vectors[2]), *variance = inctensor_f64s(cx, vectors[3]);
    const double *old = bias ? inctensor_f64s(cx, bias->constant) : NULL;
    double epsilon = incir_attr_float_or(norm, "epsilon", 1e-5);
    double *factors = INC_NEW_N(cx, double, (size_t)channels);
    uint8_t *added = inc_alloc_n(cx, (size_t)channels, incdtype_size(weight->dtype));
    bool is_double = weight->dtype == INCDT_F64;
    for (int64_t i = 0; i < channels; i++) {
        channel c = {gamma[i], beta[i], mean[i], variance[i], old ? old[i] : 0};
        double sum;
        factors[i] = is_double ? fold_f64(&c, epsilon, &sum) : fold_f32(&c, epsilon, &sum);
        incelement_set_f64(weight->dtype, added, (uint64_t)i, sum);
    }
    const inctensor *scaled = inctensor_scale_axis(cx, weight->constant, axis, factors);
    const inctensor *shifts = inctensor_new(cx, weight->dtype, 1, &channels, added);
    const char *name = kept_name(f, weight);
    const char *its_bias = bias ? kept_name(f, bias) : name ? bias_name(f, weight) : NULL;
    n->inputs[1] = constant(f, scaled, n->call, name);
    if (n->n_inputs == 2)
        incir_in(f->g, n, NULL);
    n->inputs[2] = constant(f, shifts, n->call, its_bias);
    /* The node gives the normalised value itself from now on. */
    n->outputs[0] = norm->outputs[0];
    n->outputs[0]->producer = n;
    n->outputs[0]->output_index = 0;
    incir_node_remove(norm);
    return true;
}

static void visit(void *data, incir_node *n)
{
    folding *f = data;
    f->changed = fold(f, n) || f->changed;
}

bool incpass_fold_batch_norm(inccx *cx, incir_graph *g)
{
    inccx *scratch = inc_scratch_new(cx);
    folding f = {g, incir_uses_new(scratch, g).n, false};
    incir_each_node(g->main, visit, &f);
    inc_scratch_free(scratch);
    return f.changed;
}
