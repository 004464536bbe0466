/* inc-export MODEL: from the command line to a config, and through the library. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

/* What has to be freed, whatever happens. */
typedef struct job {
    const options *o;
    Torch2ONNXConfig config;
    inc_output output;
    progress progress;
    char *path; /* of the result; NULL: standard output */
    inc_model *model;
    inc_tensors *tensors;
    inc_dynamic_axes *axes;
    inc_report *report;
    inc_error *error;
} job;

/* "folder/net.pt" gives "folder/net.onnx". */
static char *default_path(const char *model)
{
    static const char ending[] = ".onnx";
    const char *slash = strrchr(model, '/');
    const char *dot = strrchr(slash ? slash : model, '.');
    size_t n = dot && dot != (slash ? slash + 1 : model) ? (size_t)(dot - model) : strlen(model);
    char *path = malloc(n + sizeof ending);
    if (path) {
        memcpy(path, model, n);
        memcpy(path + n, ending, sizeof ending);
    }
    return path;
}

static int write_stdout(const void *bytes, size_t size, void *user_data)
{
    (void)user_data;
    return size > 0 && fwrite(bytes, 1, size, stdout) != size;
}

static void log_line(inc_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    progress_end(user_data);
    fprintf(stderr, "inc-export: %s: %s\n", level < 4 ? names[level] : "note", line);
}

/* ---- options to config ---- */

typedef inc_status (*from_name)(const char *name, uint32_t *value);

static int choose(const char *option, const char *name, from_name find, const char *may,
                  uint32_t *value)
{
    if (name && find(name, value) != INC_OK)
        return usage_error("%s is \"%s\"; it may be %s", option, name, may);
    return EXIT_OK;
}

static int choose_all(job *j)
{
    const options *o = j->o;
    Torch2ONNXConfig *c = &j->config;
    int status = choose("--dtype", o->dtype, inc_dtype_from_name, "fp32 or int8", &c->dtype);
    if (status == EXIT_OK)
        status = choose("--quant-format", o->quant_format, inc_quant_format_from_name,
                        "QDQ or QLinear", &c->quant_format);
    if (status == EXIT_OK)
        status = choose("--recipe", o->recipe, inc_recipe_from_name,
                        "QDQ_OP_FP32_BIAS, QDQ_OP_INT32_BIAS or QDQ_OP_FP32_BIAS_QDQ", &c->recipe);
    if (status == EXIT_OK)
        status = choose("--external-data", o->external_data, inc_external_data_from_name,
                        "auto, never or always", &c->external_data);
    return status;
}

static int read_inputs(job *j)
{
    const options *o = j->o;
    Torch2ONNXConfig *c = &j->config;

    c->example_inputs = o->inputs;
    c->n_example_inputs = o->n_inputs;
    if (o->example_inputs) {
        if (inc_tensors_open_file(o->example_inputs, NULL, &j->tensors, &j->error) != INC_OK)
            return print_error(o, j->error);
        c->example_inputs = inc_tensors_items(j->tensors);
        c->n_example_inputs = inc_tensors_count(j->tensors);
    }
    c->program = o->program;
    c->allow_contrib_ops = !o->no_contrib_ops;
    c->input_names = o->input_names.items;
    c->n_input_names = o->input_names.n;
    c->output_names = o->output_names.items;
    c->n_output_names = o->output_names.n;
    if (o->dynamic_axes) {
        if (inc_dynamic_axes_parse(o->dynamic_axes, NULL, &j->axes, &j->error) != INC_OK)
            return print_error(o, j->error);
        c->dynamic_axes = inc_dynamic_axes_items(j->axes);
        c->n_dynamic_axes = inc_dynamic_axes_count(j->axes);
    }
    return EXIT_OK;
}

static int make_config(job *j)
{
    const options *o = j->o;
    Torch2ONNXConfig *c = &j->config;
    int status = choose_all(j);

    if (status != EXIT_OK)
        return status;
    if (o->opset)
        c->opset_version = o->opset;
    c->log_level = o->quiet ? INC_LOG_ERROR
                            : INC_LOG_WARNING + (inc_log_level)(o->verbose > 2 ? 2 : o->verbose);
    c->log = log_line;
    c->log_data = &j->progress;
    c->progress = progress_step;
    c->progress_data = &j->progress;
    return read_inputs(j);
}

/* ---- the work ---- */

static int choose_output(job *j)
{
    const char *given = j->o->output;

    if (given && strcmp(given, "-") == 0) {
        j->output.write = write_stdout;
        return EXIT_OK;
    }
    j->path = given ? NULL : default_path(j->o->model);
    j->output.path = given ? given : j->path;
    if (!j->output.path) {
        fprintf(stderr, "inc-export: out of memory\n");
        return EXIT_TROUBLE;
    }
    if (strcmp(j->output.path, j->o->model) == 0)
        return usage_error("the result would replace the model; say where with -o");
    return EXIT_OK;
}

/* Without --dtype the file decides. */
static inc_status open_model(job *j)
{
    inc_status status = inc_model_open_file(j->o->model, NULL, &j->model, &j->error);
    if (status == INC_OK && j->o->quantized)
        status = inc_model_attach_checkpoint(j->model, j->o->quantized, &j->error);
    if (status != INC_OK || j->o->dtype || j->o->quantized) /* int8 is the config's default */
        return status;
    status = inc_model_inspect(j->model, &j->error);
    j->config.dtype = inc_model_is_quantized(j->model) ? INC_DTYPE_INT8 : INC_DTYPE_FP32;
    return status;
}

static int run(job *j)
{
    const char *shown = j->output.path ? j->output.path : "standard output";
    double began = seconds_now();

    progress_begin(&j->progress, j->o);
    inc_status status = open_model(j);
    if (status == INC_OK)
        status = inc_export(j->model, &j->output, &j->config, &j->report, &j->error);
    progress_end(&j->progress);
    double seconds = seconds_now() - began;
    if (status != INC_OK)
        return print_error(j->o, j->error);
    if (j->o->verbose && inc_report_n_planned(j->report) > 0)
        print_plan(stderr, j->report, j->config.quant_format);
    if (j->o->json)
        print_report_json(shown, inc_dtype_name(j->config.dtype), j->report, seconds);
    else if (!j->o->quiet)
        print_report(stderr, shown, j->report, seconds);
    return EXIT_OK;
}

int export_command(const options *o)
{
    job j = {.o = o, .config = TORCH2ONNX_CONFIG_INIT, .output = INC_OUTPUT_INIT};
    int status = choose_output(&j);

    if (status == EXIT_OK)
        status = make_config(&j);
    if (status == EXIT_OK)
        status = run(&j);
    inc_report_free(j.report);
    inc_model_free(j.model);
    inc_dynamic_axes_free(j.axes);
    inc_tensors_free(j.tensors);
    free(j.path);
    return status;
}

/* ---- the same without a result ---- */

int plan_model(const options *o, inc_model *model, inc_report **report, inc_error **why,
               inc_quant_format *format)
{
    job j = {.o = o, .config = TORCH2ONNX_CONFIG_INIT};
    int status = make_config(&j);

    *report = NULL;
    *why = NULL;
    progress_begin(&j.progress, o);
    if (status == EXIT_OK && inc_plan(model, &j.config, report, why) != INC_OK && o->quantized &&
        inc_error_code(*why) != INC_E_INPUT) { /* the two files do not fit */
        status = print_error(o, *why);
        *why = NULL;
    }
    progress_end(&j.progress);
    *format = j.config.quant_format;
    inc_dynamic_axes_free(j.axes);
    inc_tensors_free(j.tensors);
    return status;
}
