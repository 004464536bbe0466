/* inc-export MODEL: from the command line to a config, and through the library. */
#include "report.h"

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
    input_arrays inputs;
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

static int write_stdout(const void *data, size_t size, void *user_data)
{
    (void)user_data;
    return size > 0 && fwrite(data, 1, size, stdout) != size;
}

static void log_line(inc_log_level level, const char *line, void *user_data)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    progress_end(user_data);
    if (level == INC_LOG_WARNING)
        keep_warning(line);
    else
        print_note(level < 4 ? names[level] : "note", line);
}

/* All but the inputs, which need the model. */
static void make_config(job *j)
{
    const options *o = j->o;
    Torch2ONNXConfig *c = &j->config;

    *c = o->config;
    c->log_level = INC_LOG_WARNING + (inc_log_level)(o->verbose > 2 ? 2 : o->verbose);
    c->log = log_line;
    c->log_data = &j->progress;
    c->progress = progress_step;
    c->progress_data = &j->progress;
    c->input_names = o->input_names.items;
    c->n_input_names = o->input_names.n;
    c->output_names = o->output_names.items;
    c->n_output_names = o->output_names.n;
    c->metadata = o->metadata;
    c->n_metadata = o->n_metadata;
}

/* ---- the work ---- */

static int choose_output(job *j)
{
    const char *given = j->o->output;

    if (given && strcmp(given, "-") == 0) {
        j->output.write = write_stdout;
        if (j->o->skip_if_newer)
            return usage_error("--skip-if-newer needs a file for the result");
        return EXIT_OK;
    }
    j->path = given ? NULL : default_path(j->o->files[0]);
    j->output.path = given ? given : j->path;
    if (!j->output.path)
        return out_of_memory();
    if (strcmp(j->output.path, j->o->files[0]) == 0)
        return usage_error("the result would replace the model; say where with -o");
    return EXIT_OK;
}

/* What torch.save wrote has no graph; what leads on is not the same for all of it. */
static int refuse_contents(const job *j)
{
    char hint[1024];
    const char *file = j->o->files[0], *contents = inc_model_contents(j->model);
    const char *key = inc_model_contents_key(j->model);
    bool is_weights = key || strncmp(contents, "a state_dict", 12) == 0;

    if (inc_model_is_quantized(j->model))
        snprintf(hint, sizeof hint,
                 "lay it over the FP32 model that it was made from, as torch.jit.save or "
                 "torch.export.save wrote that:\n  inc-export FP32-MODEL --quantized %s",
                 file);
    else if (is_weights)
        snprintf(hint, sizeof hint,
                 "in Python: model.load_state_dict(torch.load(\"%s\")%s%s%s); "
                 "torch.jit.trace(model.eval(), example).save(\"model.pt\")",
                 file, key ? "[\"" : "", key ? key : "", key ? "\"]" : "");
    else
        snprintf(
            hint, sizeof hint,
            "save the model itself: torch.jit.trace(model.eval(), example).save(\"model.pt\")");
    return fail(INC_E_UNSUPPORTED, hint,
                "%s is %s, which has no graph and cannot be exported by itself", file, contents);
}

static int open_model(job *j)
{
    const inc_model_options limits = model_limits(j->o);
    inc_status status = inc_model_open_file(j->o->files[0], &limits, &j->model, &j->error);
    if (status == INC_OK && j->o->quantized)
        status = inc_model_attach_checkpoint(j->model, j->o->quantized, &j->error);
    if (status == INC_OK)
        status = inc_model_inspect(j->model, &j->error);
    if (status != INC_OK)
        return print_error(j->o, j->error);
    if (inc_model_get_kind(j->model) == INC_MODEL_STATE_DICT)
        return refuse_contents(j);
    return inputs_read(j->o, j->model, &j->config, &j->inputs);
}

/* Why it failed; where inputs are missing, what to paste. */
static int tell_error(job *j)
{
    char hint[4096];
    bool is_input =
        inc_error_code(j->error) == INC_E_INPUT && j->o->n_inputs == 0 && !j->o->example_inputs;
    if (is_input && suggest_inputs(j->o, j->model, hint, sizeof hint))
        return print_error_hint(j->o, hint, j->error);
    return print_error(j->o, j->error);
}

static int run(job *j)
{
    const char *shown = j->output.path ? j->output.path : "standard output";
    double began = seconds_now();

    progress_begin(&j->progress, j->o);
    int opened = open_model(j);
    if (opened != EXIT_OK)
        return opened;
    inc_status status = inc_export(j->model, &j->output, &j->config, &j->report, &j->error);
    progress_end(&j->progress);
    double seconds = seconds_now() - began;
    if (!j->o->quiet)
        print_warnings();
    if (status != INC_OK)
        return tell_error(j);
    text_for_people text;
    FILE *to = begin_text(&text, stderr);
    if (j->o->verbose && inc_report_n_planned(j->report) > 0)
        print_plan(to, j->report, j->config.quant_format);
    if (j->o->json)
        print_report_json(shown, inc_dtype_name(inc_report_dtype(j->report)), j->report, seconds);
    else if (!j->o->quiet)
        print_report(to, shown, j->report, seconds);
    end_text(&text, to);
    return EXIT_OK;
}

/* Proof of what was written, and the page about it. */
static int verify_and_report(const job *j)
{
    const options *o = j->o;
    const char *path = j->output.path;
    verification *v = NULL;
    int status = EXIT_OK;
    if (o->verify || o->expected || o->against) {
        v = calloc(1, sizeof *v);
        status = v ? verify_files(o, o->files[0], path, v) : out_of_memory();
        if (status == EXIT_OK && !o->json && !o->quiet)
            print_verification(stderr, path, v);
    }
    if (status == EXIT_OK && o->report)
        status = write_report(o, o->files[0], path, o->report, v, j->report);
    if (status == EXIT_OK && v && !verification_is_good(v))
        status = EXIT_CONTENT;
    if (v)
        free(v->layers);
    free(v);
    return status;
}

int export_command(const options *o)
{
    job j = {.o = o, .output = INC_OUTPUT_INIT};
    int status = choose_output(&j);

    make_config(&j);
    if (status == EXIT_OK && o->skip_if_newer && j.output.path && is_newer(j.output.path, o))
        status = skip_export(j.output.path, o);
    else if (status == EXIT_OK)
        status = run(&j);
    if (status == EXIT_OK && (o->verify || o->expected || o->against || o->report))
        status =
            j.output.path
                ? verify_and_report(&j)
                : usage_error("what goes to standard output cannot be read again: give -o FILE");
    inc_report_free(j.report);
    inc_model_free(j.model);
    inputs_free(&j.inputs);
    free(j.path);
    return status;
}

/* ---- the same without a result ---- */

int plan_model(const options *o, inc_model *model, inc_report **report, inc_error **why,
               inc_quant_format *format)
{
    job j = {.o = o};

    *report = NULL;
    *why = NULL;
    make_config(&j);
    progress_begin(&j.progress, o);
    int status = inputs_read(o, model, &j.config, &j.inputs);
    if (status == EXIT_OK && inc_plan(model, &j.config, report, why) != INC_OK && o->quantized &&
        inc_error_code(*why) != INC_E_INPUT) { /* the two files do not fit */
        status = print_error(o, *why);
        *why = NULL;
    }
    progress_end(&j.progress);
    if (!o->quiet)
        print_warnings();
    *format = j.config.quant_format;
    inputs_free(&j.inputs);
    return status;
}

int plan_file(const options *o, inc_report **report)
{
    job j = {.o = o};
    make_config(&j);
    progress_begin(&j.progress, o);
    int status = open_model(&j);
    if (status == EXIT_OK && inc_plan(j.model, &j.config, report, &j.error) != INC_OK)
        status = tell_error(&j);
    progress_end(&j.progress);
    inc_model_free(j.model);
    inputs_free(&j.inputs);
    return status;
}
