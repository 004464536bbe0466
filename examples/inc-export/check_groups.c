/* Which quantized operators ONNX Runtime's CPU provider runs on integers: DequantizeLinear on every
 * data input, the operator, and QuantizeLinear on its result, each of these values read by nothing
 * else. An operator that has integers already (QLinearConv and its kind) needs nothing to be fused.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

/* Operators that have a form on integers, and how many inputs have to be dequantized for it. A Relu
 * or Clip behind them is taken along. */
static const struct {
    const char *op;
    size_t n; /* 0: all */
} fused[] = {
    {"Conv", 2},      {"ConvTranspose", 2}, {"MatMul", 2},
    {"Gemm", 2},      {"Add", 2},           {"Mul", 2},
    {"Concat", 0},    {"AveragePool", 1},   {"GlobalAveragePool", 1},
    {"MaxPool", 1},   {"Reshape", 1},       {"Flatten", 1},
    {"Transpose", 1}, {"Squeeze", 1},       {"Unsqueeze", 1},
    {"Gather", 1},    {"Split", 1},         {"Slice", 1},
    {"Resize", 1},    {"LeakyRelu", 1},     {"Sigmoid", 1},
    {"Softmax", 1},   {"Where", 0},         {"Pad", 1},
    {"Relu", 1},      {"Clip", 1},
};

static int inputs_wanted(const char *op)
{
    for (size_t i = 0; i < sizeof fused / sizeof fused[0]; i++)
        if (strcmp(fused[i].op, op) == 0)
            return (int)fused[i].n;
    return -1;
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

typedef struct search {
    const onnx_file *file;
    uses makers, readers;
    findings *found;
} search;

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

/* The only reader of a node's result; NULL: several, or an output of the graph. */
static const onnx_node *only_reader(const search *s, const onnx_node *n)
{
    size_t count;
    const use *u = n->n_outputs ? first_use(&s->readers, n->outputs[0], &count) : NULL;
    return u && count == 1 ? u->node : NULL;
}

static const char *obstacle(const search *s, const onnx_node *n, int wanted)
{
    size_t n_data = wanted == 0 ? n->n_inputs : (size_t)wanted;
    size_t from = is_op(n, "Where") ? 1 : 0;
    for (size_t i = from; i < n_data && i < n->n_inputs; i++) {
        const onnx_node *q = maker(s, n->inputs[i]);
        if (!is_op(q, "DequantizeLinear"))
            return "an input is not dequantized from integers";
    }
    const onnx_node *next = only_reader(s, n);
    if (is_op(next, "Relu") || is_op(next, "Clip"))
        next = only_reader(s, next);
    if (is_op(next, "QuantizeLinear") || is_op(n, "MatMul") || is_op(n, "Gemm"))
        return NULL; /* products also give reals */
    return next ? "its result is not quantized" : "its result is read by several, or not quantized";
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

void find_groups(const onnx_file *f, findings *found)
{
    search s = {f, list_uses(&f->graph, true), list_uses(&f->graph, false), found};
    found->groups = calloc(f->graph.n_nodes + 1, sizeof *found->groups);
    for (size_t i = 0; found->groups && s.makers.items && s.readers.items && i < f->graph.n_nodes;
         i++) {
        const onnx_node *n = &f->graph.nodes[i];
        int wanted = inputs_wanted(n->op_type);
        if (strncmp(n->op_type, "QLinear", 7) == 0 || is_op(n, "QGemm") ||
            is_op(n, "MatMulInteger") || is_op(n, "ConvInteger") || is_op(n, "DynamicQuantizeLSTM"))
            add_group(&s, n, NULL);
        else if (is_op(n, "DequantizeLinear") || is_op(n, "QuantizeLinear") ||
                 !has_dequantized_input(&s, n))
            continue;
        else if (is_op(n, "Relu") || is_op(n, "Clip"))
            continue; /* goes with what is before it */
        else
            add_group(&s, n,
                      wanted < 0 ? "there is no such operator on integers"
                                 : obstacle(&s, n, wanted));
    }
    free(s.makers.items);
    free(s.readers.items);
}
