/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a model through the library, stage by stage. */
#include "incexport/export.h"

#include <string.h>

#include "api/internal.h"
#include "base/str.h"
#include "checkpoint/checkpoint.h"
#include "passes/pipeline.h"
#include "quant/quant.h"

#define FIRST_OUTPUT_SIZE (offsetof(inc_output, external_name) + sizeof(char *))

typedef struct export_call {
    const incfile *file;       /* opened by the model that is exported */
    const incarc *of_model;    /* likewise its archive */
    const incfile *checkpoint; /* likewise; NULL: none */
    const incfile *checkpoint_config;
    const char *instead_of;
    const char *method;             /* that the model was opened with; NULL: forward */
    const incfe_description *facts; /* of the file; NULL: nobody has asked for them */
    const inccx *opened; /* the model's context: what was taken there for the same file */
    const inc_output *given_output;
    const Torch2ONNXConfig *given_config;
    inc_output output;
    const Torch2ONNXConfig *config;
    incarc *archive;
    inc_dtype dtype; /* FP32 or INT8, once the file is known */
    bool writes_for_10;
    incq_options quant;
    incfe_state_list states;
    bool wants_report, writes_nothing;
    inc_report *report;
} export_call;

static void read_arguments(inccx *cx, export_call *x);
static void justify_limits(inccx *cx, const export_call *x);
static void check_supported(inccx *cx, export_call *x, incarc *archive);
static incir_graph *build_graph(inccx *cx, export_call *x);
static incox_written write_graph(inccx *cx, const export_call *x, incarc *archive,
                                 const incir_graph *graph, const incq_plan *plan);

static void export_model(inccx *cx, void *data)
{
    export_call *x = data;

    read_arguments(cx, x);
    justify_limits(cx, x);
    cx->stage = "reading";
    incarc *archive = x->archive = incarc_again(cx, x->of_model);
    check_supported(cx, x, archive);
    if (x->instead_of)
        inc_warn(cx, "%s has its own graph, which is exported; %s is not needed", x->file->name,
                 x->instead_of);
    cx->stage = "evaluating";
    incir_graph *graph = build_graph(cx, x);
    cx->stage = "simplifying";
    incpass_run(cx, graph, incpass_clean_up);
    const incq_plan *plan = NULL;
    if (incq_is_quantized(graph)) {
        cx->stage = "quantizing";
        plan = incq_apply(cx, graph, &x->quant);
        incpass_run(cx, graph, incpass_clean_up);
    }
    if (x->writes_for_10 && graph->opset == INCPASS_OLDEST_OPSET)
        incpass_write_for_10(cx, graph);
    incpass_run(cx, graph, incpass_finish);
    incox_written written = {.ir_version = incox_ir_version(graph->opset)};
    if (!x->writes_nothing) {
        cx->stage = "writing";
        written = write_graph(cx, x, archive, graph, plan);
    }
    if (x->wants_report)
        x->report = incapi_report_new(
            &cx->hooks, cx, &(incapi_outcome){graph, &written, plan, &x->states, x->dtype});
    inc_log_account(cx);
    incox_commit(cx, &written); /* after this nothing fails */
}

/* ---- the stages that are small ---- */

static uint64_t less(uint64_t limit, uint64_t taken)
{
    return taken < limit ? limit - taken : 0;
}

/* What the limits are when the config sets none: larger files may ask for more. */
static void justify_limits(inccx *cx, const export_call *x)
{
    const incfile *const files[] = {x->file, x->checkpoint, x->checkpoint_config};
    for (size_t i = 0; i < INC_COUNT(files); i++)
        if (files[i])
            inc_justify(cx, files[i]->size);
    if (!cx->hooks.memory_limit)
        cx->memory_limit = less(cx->memory_limit, x->opened->memory);
    if (!cx->hooks.work_limit)
        cx->work_limit = less(cx->work_limit, x->opened->work);
}

static void read_arguments(inccx *cx, export_call *x)
{
    x->config = incapi_config(cx, x->given_config);
    cx->is_strict = x->config->strict != 0;
    if (x->writes_nothing)
        return;
    incapi_copy_struct(cx, "inc_output", x->given_output, x->given_output->struct_size,
                       FIRST_OUTPUT_SIZE, &x->output, sizeof x->output);
    if (!x->output.path && !x->output.write)
        inc_raise(cx, INC_E_ARGUMENT, "output has neither a path nor a write function");
    if (x->output.path && !*x->output.path)
        inc_raise(cx, INC_E_ARGUMENT, "output.path is empty; it may be the name of a file");
}

static bool is_quantized(inccx *cx, const export_call *x, incarc *archive)
{
    return x->facts ? x->facts->is_quantized : incapi_is_quantized(cx, archive);
}

/* Also decides what "as the file is" means. */
static void check_supported(inccx *cx, export_call *x, incarc *archive)
{
    const incfe_frontend *frontend = incfe_frontend_of(archive);
    if (!frontend || !frontend->build)
        incapi_refuse_saved(cx, x->file->name, archive);
    if (x->config->program && !frontend->has_programs)
        inc_raise_hint(cx, INC_E_ARGUMENT, "leave program out; method chooses among methods",
                       "program is %s, but a TorchScript file has no programs",
                       incstr_shown(cx, x->config->program, strlen(x->config->program), 80));
    x->dtype = x->config->dtype;
    if (x->dtype == INC_DTYPE_AUTO)
        x->dtype = x->checkpoint || is_quantized(cx, x, archive) ? INC_DTYPE_INT8 : INC_DTYPE_FP32;
    else if (x->dtype == INC_DTYPE_INT8 && !x->checkpoint && !is_quantized(cx, x, archive))
        inc_raise_hint(cx, INC_E_ARGUMENT, "set dtype to fp32 or auto, or quantize the model first",
                       "dtype is int8, but the model is not quantized; it may be fp32");
}

static incir_graph *build_with_ranks(inccx *cx, const incfe_request *request, void *data)
{
    export_call *x = data;
    return incfe_build_with_state(cx, incfe_frontend_of(x->archive)->build, x->archive, request,
                                  (incfe_state_mode)x->config->state, &x->states);
}

static incir_graph *evaluate(inccx *cx, const incfe_request *request, void *data)
{
    export_call *x = data;
    incfe_request own = *request;
    incir_graph *graph = incapi_build_ranks(cx, &own, build_with_ranks, x);
    if (x->checkpoint && incq_is_quantized(graph))
        inc_raise_hint(cx, INC_E_ARGUMENT, "export it by itself",
                       "%s is quantized already and takes no checkpoint", x->file->name);
    if (x->checkpoint)
        incckpt_attach(
            cx, incckpt_read(cx, incarc_open(cx, x->checkpoint), x->checkpoint_config, graph),
            graph);
    return graph;
}

static incq_activations activations_of(const Torch2ONNXConfig *c)
{
    static const incq_activations asked[] = {[INC_ACTIVATIONS_SOURCE] = INCQ_AS_SOURCE,
                                             [INC_ACTIVATIONS_UINT8] = INCQ_AS_UINT8,
                                             [INC_ACTIVATIONS_INT8] = INCQ_AS_INT8};
    if (c->activations == INC_ACTIVATIONS_AUTO)
        return c->quant_format == INC_QUANT_FORMAT_QLINEAR ? INCQ_AS_UINT8 : INCQ_AS_SOURCE;
    return asked[c->activations];
}

/* QDQ with scales per channel needs opset 13: a lower request is raised, as Neural Compressor does,
 * and the model evaluated for that. The default, where the choice of an opset begins, is above. */
static incir_graph *build_graph(inccx *cx, export_call *x)
{
    bool is_auto = x->config->opset_version == INC_OPSET_AUTO;
    incfe_request *request = incapi_request(cx, x->config);
    if (!request->method)
        request->method = x->method;
    request->keep_calls = x->checkpoint != NULL;
    x->writes_for_10 = !is_auto && request->opset < INCPASS_OLDEST_OPSET;
    if (x->writes_for_10)
        request->opset = INCPASS_OLDEST_OPSET;
    bool is_int8 = x->dtype == INC_DTYPE_INT8;
    x->quant =
        (incq_options){.form = !is_int8                                          ? INCQ_FP32
                               : x->config->quant_format == INC_QUANT_FORMAT_QDQ ? INCQ_QDQ
                                                                                 : INCQ_QLINEAR,
                       .activations = activations_of(x->config),
                       .exact_pools = !x->writes_for_10 && !x->config->integer_kernels,
                       .prefers_integers = x->config->integer_kernels != 0,
                       .recipe = (incq_recipe)x->config->recipe,
                       .allow_contrib = x->config->allow_contrib_ops != 0};
    if (is_auto)
        return incapi_build_best(cx, request, evaluate, x);
    incir_graph *graph = evaluate(cx, request, x);
    uint32_t needed = incq_opset(graph, x->quant.form);
    if (graph->opset >= needed)
        return graph;
    inc_warn(cx,
             "opset_version %u was asked for; QDQ with scales per channel needs %u, which is "
             "written instead",
             x->config->opset_version, needed);
    request->opset = needed;
    return evaluate(cx, request, x);
}

static const char *const *state_names(inccx *cx, const export_call *x)
{
    const char **names = INC_NEW_N(cx, const char *, x->states.n);
    for (size_t i = 0; i < x->states.n; i++)
        names[i] = x->states.items[i]->input->name;
    return names;
}

static const inctensor *const *first_states(inccx *cx, const export_call *x)
{
    const inctensor **first = INC_NEW_N(cx, const inctensor *, x->states.n);
    for (size_t i = 0; i < x->states.n; i++)
        first[i] = x->states.items[i]->first;
    return first;
}

static incox_written write_graph(inccx *cx, const export_call *x, incarc *archive,
                                 const incir_graph *graph, const incq_plan *plan)
{
    const incfile *const inputs[] = {x->file, x->checkpoint, x->checkpoint_config};
    const incox_target target = {.path = x->output.path,
                                 .write = x->output.write,
                                 .user_data = x->output.write_data,
                                 .write_external = x->output.write_external,
                                 .external_user_data = x->output.write_external_data,
                                 .external_location = x->output.external_name,
                                 .write_state = x->output.write_state,
                                 .state_user_data = x->output.write_state_data,
                                 .inputs = inputs,
                                 .n_inputs = INC_COUNT(inputs),
                                 .durable = x->config->durable != 0};
    /* What a file can blow up to: compressed and broadcast weights, not an arbitrary amount. */
    incox_options options = {.producer_version = inc_version(),
                             .external = (incox_external)x->config->external_data,
                             .state_names = state_names(cx, x),
                             .states = first_states(cx, x),
                             .n_states = x->states.n,
                             .constant_limit = x->file->size * 16 + ((uint64_t)1 << 30)};
    incapi_metadata(cx, x->config, incapi_kind(archive),
                    x->facts ? x->facts : incapi_inspect(cx, archive, x->config->method), plan,
                    &options);
    return incox_write(cx, graph, &target, &options);
}

/* ---- the public functions ---- */

static inc_status run(inc_model *model, export_call *x, inc_report **report, inc_error **error)
{
    incapi_hooks h;
    if (!incapi_config_hooks(x->given_config, &h))
        return incapi_refuse(error, INC_E_ABI, INCAPI_BAD_ALLOCATOR);
    x->opened = model->cx;
    x->file = model->file;
    x->of_model = model->archive;
    x->checkpoint = model->checkpoint;
    x->method = model->method;
    x->facts = model->facts;
    x->checkpoint_config = model->checkpoint_config;
    x->instead_of = model->instead_of;
    x->wants_report = report != NULL;
    inc_status status = incapi_call(&h.hooks, error, export_model, x);
    if (status == INC_OK && report)
        *report = x->report;
    else
        inc_report_free(x->report);
    return status;
}

inc_status inc_export(inc_model *model, const inc_output *output, const Torch2ONNXConfig *config,
                      inc_report **report, inc_error **error)
{
    export_call x = {.given_output = output, .given_config = config};

    if (report)
        *report = NULL;
    if (!model || !output)
        return incapi_refuse(error, INC_E_ARGUMENT, model ? "output is NULL" : "model is NULL");
    return run(model, &x, report, error);
}

inc_status inc_plan(inc_model *model, const Torch2ONNXConfig *config, inc_report **report,
                    inc_error **error)
{
    export_call x = {.given_config = config, .writes_nothing = true};

    if (report)
        *report = NULL;
    if (!model || !report)
        return incapi_refuse(error, INC_E_ARGUMENT, model ? "report is NULL" : "model is NULL");
    return run(model, &x, report, error);
}

inc_status inc_export_file(const char *model_path, const char *onnx_path,
                           const Torch2ONNXConfig *config, inc_error **error)
{
    incapi_hooks h;
    inc_model *model = NULL;
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    inc_output output = INC_OUTPUT_INIT;

    if (!onnx_path)
        return incapi_refuse(error, INC_E_ARGUMENT, "onnx_path is NULL");
    if (!incapi_config_hooks(config, &h))
        return incapi_refuse(error, INC_E_ABI, INCAPI_BAD_ALLOCATOR);
    if (h.hooks.alloc)
        options.allocator = config->allocator;
    options.memory_limit = h.hooks.memory_limit;
    options.work_limit = h.hooks.work_limit;
    output.path = onnx_path;
    inc_status status = inc_model_open_file(model_path, &options, &model, error);
    if (status == INC_OK)
        status = inc_export(model, &output, config, NULL, error);
    inc_model_free(model);
    return status;
}
