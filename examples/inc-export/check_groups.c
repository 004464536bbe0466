/* SPDX-License-Identifier: Apache-2.0 */
/* Which quantized operators ONNX Runtime's CPU provider runs on integers on x86: DequantizeLinear
 * on every data input, the operator, and QuantizeLinear on its result, each of these values read by
 * nothing else, and types, scales and zero points as its integer form asks. An operator that has
 * integers already (QLinearConv and its kind) needs nothing to be fused. The rules are those of
 * ONNX Runtime 1.21 to 1.23, found by loading graphs of one operator and looking at what was left
 * of them; where they differ, the newer one's count and the older one is named.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum rule {
    NONE,    /* there is no form on integers */
    MOVES,   /* the integers themselves: input and result are quantized alike */
    ONE,     /* one input, of the result's type */
    ALL,     /* all inputs, of the result's type */
    CHOOSES, /* all but the condition */
    CONV,    /* input and weight; the bias is quantized by whoever fuses it */
    PRODUCT  /* the same, and the result may be left as reals */
} rule;

static const struct {
    const char *op;
    rule rule;
} rules[] = {
    {"Conv", CONV},
    {"MatMul", PRODUCT},
    {"Gemm", PRODUCT},
    {"Add", ALL},
    {"Mul", ALL},
    {"Concat", ALL},
    {"Where", CHOOSES},
    {"AveragePool", ONE},
    {"GlobalAveragePool", ONE},
    {"LeakyRelu", ONE},
    {"Sigmoid", ONE},
    {"Softmax", ONE},
    {"MaxPool", MOVES},
    {"Reshape", MOVES},
    {"Flatten", MOVES},
    {"Transpose", MOVES},
    {"Squeeze", MOVES},
    {"Unsqueeze", MOVES},
    {"Gather", MOVES},
    {"Slice", MOVES},
    {"Split", MOVES},
    {"Resize", MOVES},
    {"Expand", MOVES},
    {"Tile", MOVES},
    {"DepthToSpace", MOVES},
    {"GatherElements", MOVES},
};

static rule rule_of(const char *op)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].op, op) == 0)
            return rules[i].rule;
    return NONE;
}

/* ---- who makes and reads a value: sorted lists of names ---- */

typedef struct use {
    const char *name;
    const onnx_node *node; /* NULL: an output of the graph */
} use;

typedef struct uses {
    use *items;
    size_t n;
} uses;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const use *)a)->name, ((const use *)b)->name);
}

static uses list_uses(const onnx_graph *g, bool of_outputs)
{
    uses u = {0};
    size_t n = g->n_outputs;
    for (size_t i = 0; i < g->n_nodes; i++)
        n += of_outputs ? g->nodes[i].n_outputs : g->nodes[i].n_inputs;
    u.items = calloc(n + 1, sizeof *u.items);
    for (size_t i = 0; u.items && i < g->n_nodes; i++) {
        const onnx_node *node = &g->nodes[i];
        size_t m = of_outputs ? node->n_outputs : node->n_inputs;
        for (size_t k = 0; k < m; k++)
            u.items[u.n++] = (use){of_outputs ? node->outputs[k] : node->inputs[k], node};
    }
    for (size_t i = 0; u.items && !of_outputs && i < g->n_outputs; i++)
        u.items[u.n++] = (use){g->outputs[i].name, NULL};
    if (u.n > 1)
        qsort(u.items, u.n, sizeof *u.items, by_name);
    return u;
}

static const use *first_use(const uses *u, const char *name, size_t *count)
{
    size_t low = 0, high = u->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(u->items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < u->n && strcmp(u->items[low + *count].name, name) == 0)
        ++*count;
    return *count ? &u->items[low] : NULL;
}

/* ---- groups ---- */

typedef struct named_tensor {
    const char *name;
    const onnx_tensor *tensor;
} named_tensor;

typedef struct search {
    const onnx_file *file;
    uses makers, readers;
    named_tensor *tensors; /* initializers, by name */
    findings *found;
} search;

static int by_tensor_name(const void *a, const void *b)
{
    return strcmp(((const named_tensor *)a)->name, ((const named_tensor *)b)->name);
}

static const onnx_node *maker(const search *s, const char *value)
{
    size_t n;
    const use *u = first_use(&s->makers, value, &n);
    return u ? u->node : NULL;
}

static bool is_op(const onnx_node *n, const char *op)
{
    return n && strcmp(n->op_type, op) == 0;
}

/* An initializer, or what a Constant gives; NULL: neither, or no input. */
static const onnx_tensor *constant(const search *s, const onnx_node *n, size_t input)
{
    if (!n || input >= n->n_inputs || !*n->inputs[input])
        return NULL;
    const named_tensor key = {n->inputs[input], NULL};
    const named_tensor *found = bsearch(&key, s->tensors, s->file->graph.n_initializers,
                                        sizeof *s->tensors, by_tensor_name);
    const onnx_node *made = found ? NULL : maker(s, key.name);
    const onnx_attr *value = is_op(made, "Constant") ? onnx_find_attr(made, "value") : NULL;
    return found ? found->tensor : value ? value->tensor : NULL;
}

/* How many read the value; *reader: the first of them, NULL an output of the graph. */
static size_t n_readers(const search *s, const char *value, const onnx_node **reader)
{
    size_t count;
    const use *u = first_use(&s->readers, value, &count);
    *reader = u ? u->node : NULL;
    return count;
}

/* The only reader of a node's result; NULL: several, or an output of the graph. */
static const onnx_node *only_reader(const search *s, const onnx_node *n)
{
    const onnx_node *reader;
    return n->n_outputs && n_readers(s, n->outputs[0], &reader) == 1 ? reader : NULL;
}

/* ---- how a value is quantized ---- */

static int64_t declared_type(const search *s, const onnx_node *pair)
{
    const onnx_tensor *zero = constant(s, pair, 2), *data = constant(s, pair, 0);
    const onnx_attr *type = onnx_find_attr(pair, "output_dtype");
    return zero                                               ? zero->type
           : is_op(pair, "DequantizeLinear") && data          ? data->type
           : is_op(pair, "QuantizeLinear") && type && type->i ? type->i
                                                              : ONNX_UINT8;
}

/* On x86, int8 that is read once becomes uint8 before anything is fused. */
static int64_t type_here(const search *s, const onnx_node *pair)
{
    const onnx_node *q = is_op(pair, "DequantizeLinear") ? maker(s, pair->inputs[0]) : pair;
    int64_t type = declared_type(s, pair);
    if (type != ONNX_INT8 || !is_op(q, "QuantizeLinear"))
        return type;
    const onnx_node *dq = only_reader(s, q);
    bool is_read_once =
        is_op(dq, "DequantizeLinear") && dq->n_outputs > 0 && n_readers(s, dq->outputs[0], &q) == 1;
    return is_read_once ? ONNX_UINT8 : type;
}

static bool same_numbers(const search *s, const onnx_node *a, const onnx_node *b, size_t input)
{
    const onnx_tensor *x = constant(s, a, input), *y = constant(s, b, input);
    double u = 0, v = 0;
    if (!x || !y) /* a zero point that is left out is 0 */
        return input == 2 && (!x || (onnx_number(x, 0, &u) && u == 0)) &&
               (!y || (onnx_number(y, 0, &v) && v == 0));
    uint64_t n = onnx_count(x);
    bool same = n == onnx_count(y);
    for (uint64_t i = 0; i < n && same; i++)
        same = onnx_number(x, (size_t)i, &u) && onnx_number(y, (size_t)i, &v) && u == v;
    return same;
}

/* The zero point with the type that the integers have here. */
static bool zero_here(const search *s, const onnx_node *pair, double *zero)
{
    const onnx_tensor *tensor = constant(s, pair, 2);
    *zero = 0;
    if (tensor && (onnx_count(tensor) != 1 || !onnx_number(tensor, 0, zero)))
        return false;
    *zero += declared_type(s, pair) == ONNX_INT8 && type_here(s, pair) == ONNX_UINT8 ? 128 : 0;
    return true;
}

static bool same_grid(const search *s, const onnx_node *dq, const onnx_node *q)
{
    double a, b;
    if (type_here(s, dq) != type_here(s, q) || !same_numbers(s, dq, q, 1))
        return false;
    return zero_here(s, dq, &a) && zero_here(s, q, &b) ? a == b : same_numbers(s, dq, q, 2);
}

/* Least and greatest number that q gives. */
static bool range_of(const search *s, const onnx_node *q, double *low, double *high)
{
    const onnx_tensor *scale = constant(s, q, 1), *zero = constant(s, q, 2);
    double step, z = 0;
    if (!scale || !onnx_number(scale, 0, &step) || (zero && !onnx_number(zero, 0, &z)))
        return false;
    bool is_signed = declared_type(s, q) == ONNX_INT8;
    *low = ((is_signed ? -128 : 0) - z) * step;
    *high = ((is_signed ? 127 : 255) - z) * step;
    return true;
}

/* A Relu or Clip that does no more than q does by itself vanishes in it. */
static bool vanishes(const search *s, const onnx_node *limit, const onnx_node *q)
{
    double low, high, least = -INFINITY, most = INFINITY;
    if (!range_of(s, q, &low, &high))
        return false;
    if (is_op(limit, "Relu"))
        return low >= 0;
    const onnx_attr *min = onnx_find_attr(limit, "min"), *max = onnx_find_attr(limit, "max");
    const onnx_tensor *a = constant(s, limit, 1), *b = constant(s, limit, 2);
    if ((limit->n_inputs > 1 && *limit->inputs[1] && !a) ||
        (limit->n_inputs > 2 && *limit->inputs[2] && !b))
        return false;
    if (min || (a && !onnx_number(a, 0, &least)))
        least = min ? (double)min->f : least;
    if (max || (b && !onnx_number(b, 0, &most)))
        most = max ? (double)max->f : most;
    return least <= low + 1e-6 * fabs(low) && most >= high - 1e-6 * fabs(high);
}

/* ---- what stands in the way ---- */

static const char *bad_types(const search *s, const onnx_node *n, rule how, const onnx_node *q)
{
    static const char mixed[] = "its operands and its result are int8 here and uint8 there";
    size_t from = how == CHOOSES ? 1 : 0;
    size_t end = how == ONE || how == CONV || how == PRODUCT ? 1 : n->n_inputs;
    int64_t type = type_here(s, maker(s, n->inputs[from]));
    for (size_t i = from; i < end; i++)
        if (type_here(s, maker(s, n->inputs[i])) != type)
            return mixed;
    if (q && type_here(s, q) != type)
        return mixed;
    if ((how == CONV || is_op(n, "MatMul")) && type == ONNX_INT8)
        return "its input is int8 and read by several: x86 computes it in float32";
    return NULL;
}

/* ONNX Runtime quantizes such a weight itself where the result is quantized, too. */
static bool has_float_weight(const search *s, const onnx_node *n)
{
    const onnx_tensor *weight = constant(s, n, 1), *bias = constant(s, n, 2);
    const onnx_node *dq = maker(s, n->inputs[0]);
    bool is_per_tensor = is_op(dq, "DequantizeLinear") && dq->n_inputs > 1;
    const onnx_tensor *scale = is_per_tensor ? constant(s, dq, 1) : NULL;
    bool has_bias = n->n_inputs > 2 && *n->inputs[2];
    return (is_op(n, "Conv") || is_op(n, "Gemm")) && weight && weight->type == ONNX_FLOAT &&
           is_per_tensor && (!scale || onnx_count(scale) == 1) &&
           (!has_bias || (bias && bias->n_dims == 1));
}

static bool has_float_bias(const search *s, const onnx_node *n)
{
    return (is_op(n, "Conv") || is_op(n, "Gemm")) && n->n_inputs > 2 && *n->inputs[2] &&
           !is_op(maker(s, n->inputs[2]), "DequantizeLinear");
}

static const char *bad_inputs(const search *s, const onnx_node *n, rule how)
{
    size_t from = how == CHOOSES ? 1 : 0, end = n->n_inputs;
    if (how == MOVES || how == ONE)
        end = 1;
    else if (how == CONV || how == PRODUCT)
        end = 2;
    for (size_t i = from; i < end; i++)
        if (i >= n->n_inputs || (!is_op(maker(s, n->inputs[i]), "DequantizeLinear") &&
                                 !(i == 1 && has_float_weight(s, n))))
            return "an input is not dequantized from integers";
    const onnx_tensor *bias = constant(s, n, 2);
    if (has_float_bias(s, n) && !(bias && bias->type == ONNX_FLOAT && bias->n_dims == 1))
        return "its bias is neither dequantized from integers nor a constant vector";
    const onnx_attr *beta = onnx_find_attr(n, "beta");
    if (is_op(n, "Gemm") && n->n_inputs > 2 && beta && beta->f != 1)
        return "its beta is not 1";
    return NULL;
}

static const char *obstacle(const search *s, const onnx_node *n, rule how)
{
    if (how == NONE)
        return "there is no such operator on integers";
    const char *why = bad_inputs(s, n, how);
    if (why)
        return why;
    const onnx_node *next = only_reader(s, n), *limit = NULL;
    if (is_op(next, "Relu") || is_op(next, "Clip")) {
        limit = next;
        next = only_reader(s, next);
    }
    const onnx_node *q = is_op(next, "QuantizeLinear") ? next : NULL;
    if (!q && how == PRODUCT && (has_float_weight(s, n) || has_float_bias(s, n)))
        return "its weight or bias is float32 and its result not quantized: only ONNX Runtime 1.21 "
               "quantizes these then";
    if (how == PRODUCT && (!q || (limit && !vanishes(s, limit, q))))
        return bad_types(s, n, how, NULL); /* products also give reals */
    if (!q)
        return next ? "its result is not quantized"
                    : "its result is read by several, or not quantized";
    if (limit && !vanishes(s, limit, q))
        return is_op(limit, "Relu")
                   ? "the zero point of its result is not the least integer, as the Relu needs it"
                   : "the Clip behind it cuts off more than the integers do";
    if (how == MOVES)
        return same_grid(s, maker(s, n->inputs[0]), q)
                   ? NULL
                   : "its result has another scale, zero point or type than its input";
    return bad_types(s, n, how, is_op(n, "Gemm") ? NULL : q);
}

static void add_group(search *s, const onnx_node *n, const char *why)
{
    findings *f = s->found;
    quant_group *g = &f->groups[f->n_groups++];
    *g = (quant_group){.node = n, .is_fused = !why};
    snprintf(g->why, sizeof g->why, "%s", why ? why : "");
    f->n_fused += g->is_fused;
}

static bool has_dequantized_input(const search *s, const onnx_node *n)
{
    for (size_t i = 0; i < n->n_inputs; i++)
        if (is_op(maker(s, n->inputs[i]), "DequantizeLinear"))
            return true;
    return false;
}

static bool is_on_integers(const onnx_node *n)
{
    static const char *const others[] = {"QGemm",
                                         "MatMulInteger",
                                         "ConvInteger",
                                         "DynamicQuantizeLSTM",
                                         "MatMulIntegerToFloat",
                                         "DynamicQuantizeMatMul"};
    bool is_other = false;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        is_other = is_other || is_op(n, others[i]);
    return is_other || strncmp(n->op_type, "QLinear", 7) == 0;
}

static void look_at(search *s, const onnx_node *n)
{
    bool is_pair = is_op(n, "DequantizeLinear") || is_op(n, "QuantizeLinear");
    bool is_limit = is_op(n, "Relu") || is_op(n, "Clip"); /* goes with what is before it */
    if (is_on_integers(n))
        add_group(s, n, NULL);
    else if (!is_pair && !is_limit && has_dequantized_input(s, n))
        add_group(s, n, obstacle(s, n, rule_of(n->op_type)));
}

void find_groups(const onnx_file *f, findings *found)
{
    const onnx_graph *g = &f->graph;
    search s = {f, list_uses(g, true), list_uses(g, false), NULL, found};
    s.tensors = calloc(g->n_initializers + 1, sizeof *s.tensors);
    for (size_t i = 0; s.tensors && i < g->n_initializers; i++)
        s.tensors[i] = (named_tensor){g->initializers[i].name, &g->initializers[i]};
    if (s.tensors && g->n_initializers > 1)
        qsort(s.tensors, g->n_initializers, sizeof *s.tensors, by_tensor_name);
    found->groups = calloc(g->n_nodes + 1, sizeof *found->groups);
    bool is_ready = found->groups && s.makers.items && s.readers.items && s.tensors;
    for (size_t i = 0; is_ready && i < g->n_nodes; i++)
        look_at(&s, &g->nodes[i]);
    free(s.makers.items);
    free(s.readers.items);
    free(s.tensors);
}
