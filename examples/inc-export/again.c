/* SPDX-License-Identifier: Apache-2.0 */
/* The model exported once more, as the file says that it was, and the file compared with that:
 * every weight, scale and zero point, every operator with its attributes. What differs is not what
 * the model gives, whatever the answers look like. */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

bool file_is_int8(const onnx_file *file)
{
    for (size_t i = 0; i < file->graph.n_nodes; i++) {
        const char *op = file->graph.nodes[i].op_type;
        if (strcmp(op, "DequantizeLinear") == 0 || strcmp(op, "QuantizeLinear") == 0 ||
            strcmp(op, "DynamicQuantizeLinear") == 0 || strncmp(op, "QLinear", 7) == 0)
            return true;
    }
    return false;
}

static bool is_qlinear(const onnx_file *file)
{
    const char *format = onnx_metadata(file, "quant_format");
    if (format)
        return strcmp(format, "QLinear") == 0;
    for (size_t i = 0; i < file->graph.n_nodes; i++)
        if (strncmp(file->graph.nodes[i].op_type, "QLinear", 7) == 0)
            return true;
    return false;
}

static bool is_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (strchr("+-*/() ,", *c))
            return false;
    return *text != '\0';
}

/* ---- as it was exported ---- */

typedef struct again {
    Torch2ONNXConfig config;
    const char *inputs[MOST_ARRAYS], *outputs[MOST_ARRAYS];
    inc_dynamic_axis axes[MOST_ARRAYS];
    size_t n_axes;
    input_arrays arrays;
} again;

static void add_axes(again *a, const onnx_value *v)
{
    for (size_t i = 0; i < v->n_dims; i++)
        if (v->dims[i] < 0 && a->n_axes < MOST_ARRAYS)
            a->axes[a->n_axes++] =
                (inc_dynamic_axis){.name = v->name,
                                   .symbol = is_name(v->symbols[i]) ? v->symbols[i] : NULL,
                                   .axis = (int64_t)i};
}

static void as_the_file(again *a, const options *o, const onnx_file *file, inc_dtype dtype)
{
    const onnx_graph *g = &file->graph;
    const char *recipe = onnx_metadata(file, "recipe");
    a->config = o->config;
    a->config.dtype = dtype;
    if (onnx_opset(file, "") >= (long)inc_oldest_opset())
        a->config.opset_version = (uint32_t)onnx_opset(file, "");
    a->config.quant_format = is_qlinear(file) ? INC_QUANT_FORMAT_QLINEAR : INC_QUANT_FORMAT_QDQ;
    if (recipe)
        inc_recipe_from_name(recipe, &a->config.recipe);
    for (size_t i = 0; i < g->n_inputs && i < MOST_ARRAYS; i++) {
        a->inputs[i] = g->inputs[i].name;
        add_axes(a, &g->inputs[i]);
    }
    for (size_t i = 0; i < g->n_outputs && i < MOST_ARRAYS; i++)
        a->outputs[i] = g->outputs[i].name;
    a->config.input_names = a->inputs;
    a->config.n_input_names = g->n_inputs;
    a->config.output_names = a->outputs;
    a->config.n_output_names = g->n_outputs;
    a->config.dynamic_axes = a->axes;
    a->config.n_dynamic_axes = a->n_axes;
    a->config.log_level = INC_LOG_ERROR;
}

/* What the file does not tell, from the options; axes too where those name any. */
static bool add_options(again *a, const options *o, inc_model *model)
{
    const inc_dynamic_axis *axes = a->config.dynamic_axes;
    size_t n_axes = a->config.n_dynamic_axes;
    bool ok = inputs_read(o, model, &a->config, &a->arrays) == EXIT_OK;
    if (!o->dynamic_axes && o->n_axes == 0) {
        a->config.dynamic_axes = axes;
        a->config.n_dynamic_axes = n_axes;
    }
    a->config.external_data = INC_EXTERNAL_DATA_NEVER;
    return ok;
}

bool export_again(const options *o, const onnx_file *file, inc_dtype dtype, file_bytes *out,
                  inc_report **report, char *why, size_t size)
{
    again *a = calloc(1, sizeof *a);
    inc_model *model = NULL;
    inc_error *error = NULL;
    inc_output output = INC_OUTPUT_INIT;
    bool ok = true;

    if (!a)
        return false;
    output.write = bytes_write;
    output.write_data = out;
    inc_status status = inc_model_open_file(o->files[0], NULL, &model, &error);
    if (status == INC_OK && o->quantized)
        status = inc_model_attach_checkpoint(model, o->quantized, &error);
    if (status == INC_OK)
        status = inc_model_inspect(model, &error);
    as_the_file(a, o, file, dtype);
    if (status == INC_OK)
        ok = add_options(a, o, model);
    if (ok && status == INC_OK)
        status = inc_export(model, &output, &a->config, report, &error);
    if (status != INC_OK)
        own_words(inc_error_message(error), why, size);
    inc_error_free(error);
    inputs_free(&a->arrays);
    inc_model_free(model);
    free(a);
    return ok && status == INC_OK;
}

/* ---- what differs ---- */

static void differ(verification *v, const char *what, const char *name, const char *how)
{
    if (v->n_differences < MOST_DIFFERENCES)
        snprintf(v->differences[v->n_differences], sizeof v->differences[0], "%s %s: %s", what,
                 name, how);
    v->n_differences++;
}

static void compare_tensor(verification *v, const onnx_tensor *got, const onnx_tensor *wanted)
{
    char how[128];
    if (got->type != wanted->type || got->n_dims != wanted->n_dims ||
        (got->n_dims && memcmp(got->dims, wanted->dims, got->n_dims * sizeof *got->dims) != 0)) {
        differ(v, "constant", got->name, "another type or shape");
        return;
    }
    if (got->location || !got->bytes || !wanted->bytes)
        return; /* beside the model: what is there is compared by its answers */
    if (got->size == wanted->size && memcmp(got->bytes, wanted->bytes, got->size) == 0)
        return;
    size_t n = 0, count = (size_t)onnx_count(got), first = 0;
    double a = 0, b = 0;
    for (size_t i = count; i-- > 0;)
        if (onnx_number(got, i, &a) && onnx_number(wanted, i, &b) && a != b) {
            n++;
            first = i;
        }
    onnx_number(got, first, &a);
    onnx_number(wanted, first, &b);
    snprintf(how, sizeof how, "%zu of %zu elements differ; the first is %g, not %g", n, count, a,
             b);
    differ(v, "constant", got->name, how);
}

static bool same_texts(const char *const *a, size_t n, const char *const *b, size_t m)
{
    for (size_t i = 0; n == m && i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return n == m;
}

static void compare_node(verification *v, const onnx_node *got, const onnx_node *wanted)
{
    const char *name = *got->name ? got->name : got->op_type;
    if (strcmp(got->op_type, wanted->op_type) != 0)
        differ(v, "node", name, "another operator");
    else if (!same_texts(got->inputs, got->n_inputs, wanted->inputs, wanted->n_inputs))
        differ(v, "node", name, "other inputs");
    else if (!same_texts(got->outputs, got->n_outputs, wanted->outputs, wanted->n_outputs))
        differ(v, "node", name, "other outputs");
    else if (got->n_attrs != wanted->n_attrs)
        differ(v, "node", name, "other attributes");
    for (size_t i = 0; got->n_attrs == wanted->n_attrs && i < got->n_attrs; i++)
        if (got->attrs[i].size != wanted->attrs[i].size ||
            memcmp(got->attrs[i].bytes, wanted->attrs[i].bytes, got->attrs[i].size) != 0)
            differ(v, "node", name, got->attrs[i].name);
}

void compare_files(const onnx_file *file, const onnx_file *wanted, verification *v)
{
    const onnx_graph *a = &file->graph, *b = &wanted->graph;
    char how[96];
    v->is_compared = true;
    if (a->n_nodes != b->n_nodes) {
        snprintf(how, sizeof how, "%zu, not %zu", a->n_nodes, b->n_nodes);
        differ(v, "number of", "nodes", how);
    }
    for (size_t i = 0; i < a->n_nodes && i < b->n_nodes; i++)
        compare_node(v, &a->nodes[i], &b->nodes[i]);
    if (a->n_initializers != b->n_initializers) {
        snprintf(how, sizeof how, "%zu, not %zu", a->n_initializers, b->n_initializers);
        differ(v, "number of", "constants", how);
    }
    for (size_t i = 0; i < a->n_initializers; i++) {
        const onnx_tensor *t =
            i < b->n_initializers && strcmp(a->initializers[i].name, b->initializers[i].name) == 0
                ? &b->initializers[i]
                : onnx_find_tensor(b, a->initializers[i].name);
        if (t)
            compare_tensor(v, &a->initializers[i], t);
        else
            differ(v, "constant", a->initializers[i].name, "the model gives none of that name");
    }
}
