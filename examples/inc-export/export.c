/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export MODEL: from the command line to a config, and through the library. */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What has to be freed, whatever happens. */
typedef struct job {
    const options *o;
    Torch2ONNXConfig config;
    inc_output output;
    progress progress;
    char *path; /* of the result; NULL: standard output */
    char *external_name;
    double seconds;
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

char *result_path(const options *o, const char *model)
{
    const char *slash = strrchr(model, '/');
    if (!o->out_dir)
        return default_path(model);
    char *name = default_path(slash ? slash + 1 : model);
    size_t size = strlen(o->out_dir) + (name ? strlen(name) : 0) + 2;
    char *path = name ? malloc(size) : NULL;
    if (path)
        snprintf(path, size, "%s/%s", o->out_dir, name);
    free(name);
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
    c->custom_domains = o->custom_domains;
    c->n_custom_domains = o->n_custom_domains;
}

/* ---- the work ---- */

static int write_nothing(const void *data, size_t size, void *user_data)
{
    (void)data;
    (void)size;
    (void)user_data;
    return 0;
}

/* What can be told without writing: the folder, and what the second file would be called. */
static int choose_dry(job *j)
{
    const char *slash = strrchr(j->path, '/');
    const char *name = slash ? slash + 1 : j->path;
    size_t size = strlen(name) + sizeof ".data", n = slash ? (size_t)(slash - j->path) + 1 : 0;
    char *folder = calloc(n + 3, 1);
    j->external_name = malloc(size);
    if (!folder || !j->external_name) {
        free(folder);
        return out_of_memory();
    }
    snprintf(j->external_name, size, "%s.data", name);
    memcpy(folder, j->path, n);
    memcpy(folder + n, ".", 2);
    bool is_writable = access(folder, W_OK) == 0;
    free(folder);
    if (!is_writable && !j->o->out_dir)
        return fail(INC_E_OUTPUT, NULL, "%s could not be written: %s", j->path, strerror(errno));
    j->output.write = j->output.write_external = j->output.write_state = write_nothing;
    j->output.external_name = j->external_name;
    return EXIT_OK;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int choose_output(job *j)
{
    const options *o = j->o;

    if (o->output && strcmp(o->output, "-") == 0) {
        j->output.write = o->dry_run ? write_nothing : write_stdout;
        if (o->skip_if_newer)
            return usage_error("--skip-if-newer needs a file for the result");
        return EXIT_OK;
    }
    j->path = o->output ? strdup(o->output) : result_path(o, o->files[0]);
    if (!j->path)
        return out_of_memory();
    if (o->output && is_folder(j->path))
        return usage_error("-o names a file, and %s is a folder: say --out-dir %s", j->path,
                           j->path);
    if (strcmp(j->path, o->files[0]) == 0)
        return usage_error("%s has the name of the result; if it is a PyTorch model, say with -o "
                           "where the result goes",
                           j->path);
    if (o->dry_run)
        return choose_dry(j);
    j->output.path = j->path;
    return make_out_dir(o);
}

/* --no-clobber and --skip-if-newer; *is_done: there is nothing to do. */
static int look_at_old(const job *j, bool *is_done)
{
    if (j->path && j->o->skip_if_newer && is_newer(j->path, j->o)) {
        *is_done = true;
        return skip_export(j->path, j->o);
    }
    if (j->path && j->o->no_clobber && access(j->path, F_OK) == 0)
        return fail(INC_E_OUTPUT,
                    is_given(j->o, "no-clobber")
                        ? "Leave --no-clobber out to replace it, or name another with -o"
                        : "-y replaces it, -o names another",
                    "%s is there already", j->path);
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

/* What has more than one way on: the choice, and a line to paste. */
static int tell_what_leads_on(job *j)
{
    char hint[8192], line[6144], more[160];
    const char *message = inc_error_message(j->error), *first = inc_model_method(j->model, 0);
    bool has_state = strstr(message, "the model has state:") != NULL;
    bool is_refused = strstr(message, "it cannot be an input and an output") != NULL;
    if (has_state && !is_refused)
        snprintf(hint, sizeof hint,
                 "With --state drop, every call is the first one. With --state io, each becomes an "
                 "input NAME and an output NAME.next, to be passed on from call to call:\n  %s",
                 pasted(line, sizeof line, " --state io"));
    else if (has_state)
        snprintf(hint, sizeof hint,
                 "Keep it in tensors of one shape that are there before the first call. The first "
                 "call alone:\n  %s",
                 pasted(line, sizeof line, " --state drop"));
    else if (first && !j->o->config.method && strstr(message, "has no method forward")) {
        snprintf(more, sizeof more, " --method %.*s", (int)strcspn(first, "("), first);
        snprintf(hint, sizeof hint, "Choose one of them, as in\n  %s",
                 pasted(line, sizeof line, more));
    } else {
        return print_error(j->o, j->error);
    }
    return print_error_hint(j->o, hint, j->error);
}

/* Why it failed; where inputs are missing, what to paste. */
static int tell_error(job *j)
{
    char hint[4096];
    bool is_input = inc_error_code(j->error) == INC_E_INPUT && j->o->n_inputs == 0 &&
                    !j->o->example_inputs && !strstr(inc_error_message(j->error), "dynamic_axes");
    if (is_input && suggest_inputs(j->o, j->model, hint, sizeof hint))
        return print_error_hint(j->o, hint, j->error);
    return tell_what_leads_on(j);
}

static const char *shown_path(const job *j)
{
    return j->path ? j->path : "standard output";
}

/* Options of quantized files, where the result is none. */
static void warn_of_ignored(const job *j)
{
    static const char *const of_int8[] = {"quant-format", "recipe", "activations", "no-contrib-ops",
                                          "integer-kernels"};
    char line[128];
    for (size_t i = 0; i < sizeof of_int8 / sizeof of_int8[0]; i++)
        if (j->report && inc_report_dtype(j->report) != INC_DTYPE_INT8 &&
            is_given(j->o, of_int8[i])) {
            snprintf(line, sizeof line, "--%s has no effect: the result is not quantized",
                     of_int8[i]);
            keep_warning(line);
        }
}

static int run(job *j)
{
    double began = seconds_now();

    progress_begin(&j->progress, j->o);
    int opened = open_model(j);
    if (opened != EXIT_OK)
        return opened;
    bool is_told = !j->o->quiet || j->o->verbose || j->o->json || j->o->report;
    inc_status status =
        inc_export(j->model, &j->output, &j->config, is_told ? &j->report : NULL, &j->error);
    progress_end(&j->progress);
    j->seconds = seconds_now() - began;
    if (status == INC_OK)
        warn_of_ignored(j);
    if (!j->o->quiet)
        print_warnings();
    if (status != INC_OK)
        return tell_error(j);
    text_for_people text;
    FILE *to = begin_text(&text, stderr);
    if (j->o->verbose && inc_report_n_planned(j->report) > 0)
        print_plan(to, j->report, j->config.quant_format);
    if (!j->o->json && !j->o->quiet)
        print_report(to, j->o, shown_path(j), j->report, j->seconds);
    end_text(&text, to);
    return EXIT_OK;
}

/* Proof of what was written, the page about it, and JSON of all. */
static int finish(const job *j)
{
    const options *o = j->o;
    const char *path = j->path;
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
    if (status == EXIT_OK && o->json)
        print_report_json(o, shown_path(j), j->report, v, j->seconds);
    if (status == EXIT_OK && v)
        status = verification_status(v);
    verification_free(v);
    return status;
}

int export_command(const options *o)
{
    job j = {.o = o, .output = INC_OUTPUT_INIT};
    bool reads_again = o->verify || o->expected || o->against || o->report, is_done = false;
    int status = choose_output(&j);

    make_config(&j);
    if (status == EXIT_OK && reads_again && !j.path)
        status = usage_error("what goes to standard output cannot be read again: give -o FILE");
    if (status == EXIT_OK)
        status = look_at_old(&j, &is_done);
    if (status == EXIT_OK && !is_done)
        status = run(&j);
    if (status == EXIT_OK && !is_done)
        status = finish(&j);
    inc_report_free(j.report);
    inc_model_free(j.model);
    inputs_free(&j.inputs);
    free(j.path);
    free(j.external_name);
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
