/* SPDX-License-Identifier: Apache-2.0 */
/* verify --layers: the quantized values of a QDQ file, each beside the value of the same name in
 * the FP32 form, with both files run once, all of those as outputs. */
#include <stdlib.h>
#include <string.h>

#include "verify_internal.h"

typedef struct layers {
    const char *real[MOST_ARRAYS], *quantized[MOST_ARRAYS]; /* names in both files */
    double step[MOST_ARRAYS];
    size_t n;
} layers;

static bool is_scaled_by(const onnx_graph *g, const onnx_node *n, double step)
{
    const onnx_tensor *scale = n->n_inputs > 1 ? onnx_find_tensor(g, n->inputs[1]) : NULL;
    double value;
    return scale && onnx_count(scale) == 1 && onnx_number(scale, 0, &value) && value == step;
}

/* Every value that is quantized, and that the FP32 form has under the same name. */
static void find_layers(const onnx_graph *g, const onnx_graph *fp32, layers *l)
{
    for (size_t i = 0; i < g->n_nodes && l->n < MOST_ARRAYS - 64; i++) {
        const onnx_node *n = &g->nodes[i];
        if (strcmp(n->op_type, "DequantizeLinear") != 0 || n->n_inputs < 2)
            continue;
        const onnx_node *q = onnx_find_producer(g, n->inputs[0]);
        const onnx_tensor *scale = onnx_find_tensor(g, n->inputs[1]);
        double step = 0;
        if (!q || strcmp(q->op_type, "QuantizeLinear") != 0 || !scale || onnx_count(scale) != 1 ||
            !onnx_number(scale, 0, &step) || !onnx_find_producer(fp32, q->inputs[0]))
            continue;
        bool is_known = false;
        for (size_t k = 0; k < l->n; k++)
            is_known = is_known || strcmp(l->real[k], q->inputs[0]) == 0;
        if (is_known || !is_scaled_by(g, q, step)) /* one that computes with the integers */
            continue;
        l->real[l->n] = q->inputs[0];
        l->quantized[l->n] = n->outputs[0];
        l->step[l->n++] = step;
    }
}

static void compare_layers(verify_run *c, const layers *l, const array *got, size_t n,
                           const array *wanted, size_t n_wanted)
{
    verification *v = c->v;
    v->layers = calloc(l->n + 1, sizeof *v->layers);
    for (size_t i = 0; v->layers && i < l->n; i++) {
        const array *a = NULL, *b = NULL;
        for (size_t k = 0; k < n; k++)
            a = strcmp(got[k].name, l->quantized[i]) == 0 ? &got[k] : a;
        for (size_t k = 0; k < n_wanted; k++)
            b = strcmp(wanted[k].name, l->real[i]) == 0 ? &wanted[k] : b;
        if (!a || !b)
            continue;
        verdict *d = &v->layers[v->n_layers++];
        compare_arrays(d, a, b, l->step[i], BY_NOISE);
        snprintf(d->name, sizeof d->name, "%s", l->real[i]);
    }
}

void verify_layers(verify_run *c, const file_bytes *fp32)
{
    static array got[MOST_ARRAYS], wanted[MOST_ARRAYS];
    layers *l = calloc(1, sizeof *l);
    onnx_file reference = {0};
    file_bytes mine = {0}, theirs = {0};
    session *a = NULL, *b = NULL;
    size_t n = 0, n_wanted = 0;

    if (l && onnx_open_bytes(&reference, fp32->at, fp32->n))
        find_layers(&c->file.graph, &reference.graph, l);
    if (!l || l->n == 0)
        snprintf(c->v->no_layers, sizeof c->v->no_layers,
                 "no quantized value has its counterpart; layers are compared in QDQ files");
    else if (bytes_add_outputs(&mine, c->file.bytes, c->file.size, l->quantized, l->n) &&
             bytes_add_outputs(&theirs, fp32->at, fp32->n, l->real, l->n) &&
             verify_answer(c, NULL, &mine, OPTIMIZE_NONE, got, &n, &a, c->v->no_layers,
                           sizeof c->v->no_layers) &&
             verify_answer(c, NULL, &theirs, OPTIMIZE_NONE, wanted, &n_wanted, &b, c->v->no_layers,
                           sizeof c->v->no_layers))
        compare_layers(c, l, got, n, wanted, n_wanted);
    arrays_free(got, n);
    arrays_free(wanted, n_wanted);
    session_close(a);
    session_close(b);
    free(mine.at);
    free(theirs.at);
    onnx_close(&reference);
    free(l);
}
