/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "settings.h"

static const float values[2 * 3 * 8 * 8] = {0, 1, -1, 2, 0.5f, 1e30f, -3};
static const int64_t integers[2 * 3 * 8 * 8] = {0, 1, 2, 3, -1};
static const int64_t sizes[4] = {2, 3, 8, 8};

uint64_t settings_seed(const void *bytes, size_t size)
{
    uint64_t h = 0xcbf29ce484222325U; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3U;
    return h ^ h >> 29;
}

/* One of n, by SplitMix64. */
static uint32_t choose(uint64_t *state, uint32_t n)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return (uint32_t)((z ^ z >> 31) % n);
}

/* Nobody needs more than that of a mutant. */
static int swallow(const void *bytes, size_t size, void *user_data)
{
    settings *s = user_data;
    (void)bytes;
    s->written += size;
    return s->written > s->most_written;
}

/* Everything that an application can ask of a call, and a node of all its tensors. */
static int lower(inc_operator_call *call, void *data)
{
    const inc_operand *inputs[8], *results[8];
    size_t n_inputs = 0, n_results = inc_operator_n_results(call);
    inc_node node = INC_NODE_INIT;
    inc_node_output outputs[8];
    (void)data;
    for (size_t i = 0; i < inc_operator_n_arguments(call); i++) {
        const inc_argument *a = inc_operator_argument(call, i);
        if (a->operand && n_inputs < 8 && inc_operator_type(call, a->operand))
            inputs[n_inputs++] = a->operand;
    }
    if (n_inputs == 0 || n_results > 8)
        return 0;
    node.domain = "fuzz";
    node.op_type = "Any";
    node.inputs = inputs;
    node.n_inputs = n_inputs;
    node.n_outputs = n_results ? n_results : 1;
    for (size_t i = 0; i < node.n_outputs; i++)
        outputs[i] =
            n_results ? *inc_operator_result(call, i) : (inc_node_output){.like = inputs[0]};
    node.outputs = outputs;
    if (inc_operator_node(call, &node, results) == INC_OK)
        inc_operator_return(call, results, node.n_outputs);
    return 0;
}

static void choose_examples(settings *s, uint64_t *r)
{
    for (size_t i = 0; i < SETTINGS_EXAMPLES; i++) {
        inc_tensor *t = &s->examples[i];
        bool of_integers = choose(r, 4) == 0;
        t->element = of_integers ? INC_ELEMENT_INT64 : INC_ELEMENT_FLOAT32;
        t->rank = choose(r, 3) ? 4 : choose(r, 4);
        t->shape = t->rank ? sizes : NULL;
        t->data = choose(r, 2) ? NULL : of_integers ? (const void *)integers : values;
    }
}

/* Mostly axes that there are: any other is refused before much has happened. */
static void choose_axes(settings *s, const inc_model *model, uint64_t *r)
{
    size_t n = inc_model_n_inputs(model), k = 0;
    for (size_t i = 0; i < n && k < SETTINGS_AXES; i++) {
        const inc_value *input = inc_model_input(model, i);
        uint32_t rank = input->rank > 0 ? (uint32_t)input->rank : 1;
        if (input->name && *input->name && choose(r, 2))
            s->axes[k++] = (inc_dynamic_axis){input->name, choose(r, 2) ? "n" : NULL,
                                              choose(r, choose(r, 32) ? rank : rank + 1)};
    }
    s->config.n_dynamic_axes = k;
    s->config.dynamic_axes = k ? s->axes : NULL;
}

static void choose_graph(settings *s, uint64_t *r)
{
    Torch2ONNXConfig *c = &s->config;
    c->opset_version = choose(r, 8) ? 10 + choose(r, 17) : INC_OPSET_AUTO;
    c->external_data = choose(r, 3);
    c->allow_contrib_ops = choose(r, 2);
    c->state = choose(r, 3);
    c->names = choose(r, 2);
    c->unroll_limit = choose(r, 2) ? 0 : 1 + choose(r, 8);
    c->strict = choose(r, 8) == 0;
    c->fuse = choose(r, 3) == 0;
}

static void choose_quantization(Torch2ONNXConfig *c, uint64_t *r)
{
    c->dtype = choose(r, 4) ? INC_DTYPE_AUTO : choose(r, 4) ? INC_DTYPE_FP32 : INC_DTYPE_INT8;
    c->quant_format = choose(r, 2);
    c->recipe = choose(r, 3);
    c->activations = choose(r, 4);
    c->integer_kernels = choose(r, 3) == 0;
}

static void choose_words(settings *s, uint64_t *r)
{
    static const char *const methods[] = {"step", "encode", "forward"};
    static const char *const programs[] = {"model", "forward"};
    Torch2ONNXConfig *c = &s->config;
    s->metadata = (inc_metadata){"language", "any"};
    s->domain = (inc_custom_domain){choose(r, 2) ? "myops" : "aten", "com.example"};
    c->method = choose(r, 32) ? NULL : methods[choose(r, 3)];
    c->program = choose(r, 32) ? NULL : programs[choose(r, 2)];
    c->n_metadata = choose(r, 2);
    c->metadata = c->n_metadata ? &s->metadata : NULL;
    c->n_custom_domains = choose(r, 2);
    c->custom_domains = c->n_custom_domains ? &s->domain : NULL;
    c->lower = choose(r, 2) ? NULL : lower;
    c->producer = choose(r, 2) ? NULL : "fuzz";
}

void settings_choose(settings *s, const inc_model *model, uint64_t seed, size_t most_written)
{
    *s = (settings){.config = TORCH2ONNX_CONFIG_INIT, .output = INC_OUTPUT_INIT};
    s->most_written = most_written;
    s->output.write = s->output.write_external = s->output.write_state = swallow;
    s->output.write_data = s->output.write_external_data = s->output.write_state_data = s;
    s->config.dtype = INC_DTYPE_AUTO;
    choose_examples(s, &seed);
    if (choose(&seed, 8) == 0)
        return;
    choose_axes(s, model, &seed);
    choose_graph(s, &seed);
    choose_quantization(&s->config, &seed);
    choose_words(s, &seed);
}

inc_status settings_export(settings *s, inc_model *model, inc_error **error)
{
    inc_report *report = NULL;
    inc_status status = inc_export(model, &s->output, &s->config, &report, error);
    inc_report_free(report);
    s->config.example_inputs = s->examples;
    while (status == INC_E_INPUT && s->config.n_example_inputs < SETTINGS_EXAMPLES) {
        s->config.n_example_inputs++;
        s->written = 0;
        if (error)
            inc_error_free(*error);
        status = inc_export(model, &s->output, &s->config, NULL, error);
    }
    return status;
}
