/* SPDX-License-Identifier: Apache-2.0 */
/* The config in the front ends' words: caller-owned structs end here. */
#include "api/internal.h"

static incop_custom *custom_operators(inccx *cx, const Torch2ONNXConfig *config)
{
    incop_custom *custom = INC_NEW(cx, incop_custom);
    incop_custom_domain *domains = INC_NEW_N(cx, incop_custom_domain, config->n_custom_domains);
    for (size_t i = 0; i < config->n_custom_domains; i++)
        domains[i] = (incop_custom_domain){config->custom_domains[i].name_space,
                                           config->custom_domains[i].domain};
    *custom = (incop_custom){.domains = domains,
                             .n_domains = config->n_custom_domains,
                             .lower = config->lower ? incapi_lower : NULL,
                             .data = (void *)(uintptr_t)(const void *)config};
    return custom;
}

incfe_request *incapi_request(inccx *cx, const Torch2ONNXConfig *config)
{
    incfe_request *r = INC_NEW(cx, incfe_request);
    const inctensor **examples = INC_NEW_N(cx, const inctensor *, config->n_example_inputs);
    const char **names = INC_NEW_N(cx, const char *, config->n_example_inputs);
    incfe_axis *axes = INC_NEW_N(cx, incfe_axis, config->n_dynamic_axes);

    for (size_t i = 0; i < config->n_example_inputs; i++) {
        const inc_tensor *given = &config->example_inputs[i];
        examples[i] = given->element == INC_ELEMENT_NONE ? NULL : incapi_tensor(cx, given);
        names[i] = config->example_inputs[i].name;
    }
    for (size_t i = 0; i < config->n_dynamic_axes; i++) {
        const inc_dynamic_axis *a = &config->dynamic_axes[i];
        axes[i] = (incfe_axis){a->name, a->axis, a->symbol};
    }
    incop_custom *custom = NULL;
    if (config->n_custom_domains || config->lower)
        custom = custom_operators(cx, config);
    *r = (incfe_request){.opset = config->opset_version,
                         .examples = examples,
                         .example_names = names,
                         .n_examples = config->n_example_inputs,
                         .input_names = config->input_names,
                         .n_input_names = config->n_input_names,
                         .output_names = config->output_names,
                         .n_output_names = config->n_output_names,
                         .axes = axes,
                         .n_axes = config->n_dynamic_axes,
                         .program = config->program,
                         .method = config->method,
                         .unroll_limit = config->unroll_limit,
                         .custom = custom,
                         .fuses = config->fuse != 0,
                         .names_caches = config->names == INC_NAMES_HF};
    return r;
}
