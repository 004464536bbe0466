/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export: what its files share. Uses the public headers of the library alone. */
#ifndef COMMAND_H
#define COMMAND_H

#include "options.h"

#include <incexport/incexport.h>

#include <stdbool.h>
#include <stdio.h>

/* Exit statuses; documented in help.c. */
enum {
    EXIT_OK = 0,
    EXIT_USAGE = 2,
    EXIT_UNREADABLE = 3,
    EXIT_CONTENT = 4,
    EXIT_OUTPUT = 5,
    EXIT_TROUBLE = 6,
    EXIT_STOPPED = 130
};

/* message.c: what goes wrong is printed; the result is the exit status. */
void messages_begin(int argc, char **argv); /* before anything else */
/* Messages from here on are about that model; of one of several, each line names it. */
void messages_of(const char *path, bool is_one_of_several);
/* What to paste: the command line with more behind it. */
const char *pasted(char *text, size_t size, const char *more);
bool is_terminal(FILE *to); /* one that takes colors, and nobody asked to be plain */
/* "PATH: VERDICT", without an end of the line. */
void print_verdict(FILE *to, const char *path, bool is_good, const char *verdict);
int usage_error(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;
int out_of_memory(void);
int fail(inc_status status, const char *hint, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;
int exit_status(inc_status status);
/* Tells the error of the library and ends it; with another hint, or of a file that an option names.
 */
int print_error(const options *o, inc_error *error);
int print_error_hint(const options *o, const char *hint, inc_error *error);
int print_error_of(const char *option, const char *path, inc_error *error);
/* Warnings are kept, so that those which differ in their place alone are one. */
void keep_warning(const char *line);
size_t n_warnings(void);
const char *warning_text(size_t i, char *text, size_t size);
void print_warnings(void);
void forget_warnings(void);
void print_note(const char *kind, const char *line);

/* words.c: text of the library in the words of the command; NULL stays NULL. */
const char *own_words(const char *text, char *out, size_t size);

/* suggest.c: what to paste for a model that does not say what it is called with. */
bool suggest_inputs(const options *o, inc_model *model, char *text, size_t size);

/* help.c */
void print_help(void);

/* export.c, inspect.c: two commands; the result is the exit status. */
int export_command(const options *o);
char *result_path(const options *o, const char *model); /* NULL: no memory; to be freed */
int inspect_command(const options *o);

/* many.c: several models, each by command; the exit status is that of the first that failed.
 */
bool takes_many(command_id command);
int for_each(const options *all, int (*command)(const options *o));
int make_out_dir(const options *o);

/* inputs.c: what the config says of inputs and axes, from the options. Its arrays live until
 * inputs_free(). */
typedef struct input_arrays {
    inc_tensor *tensors;
    int64_t (*shapes)[MOST_RANK];
    inc_dynamic_axis *axes;
    inc_tensors *file;
    inc_dynamic_axes *json;
    char *text;
} input_arrays;

/* model may be NULL: then names do not bind. EXIT_OK, or the exit status. */
int inputs_read(const options *o, inc_model *model, Torch2ONNXConfig *config, input_arrays *in);
void inputs_free(input_arrays *in);

/* print.c: results on stdout, messages on stderr. What has texts of a file in it is printed to what
 * begin_text() gives, and reaches `to` with end_text(). */
typedef struct text_for_people {
    FILE *to;
    char *text;
    size_t size;
} text_for_people;
FILE *begin_text(text_for_people *t, FILE *to);
void end_text(text_for_people *t, FILE *from);
void print_size(FILE *to, uint64_t bytes);
void print_report(FILE *to, const options *o, const char *path, const inc_report *report,
                  double seconds);
/* proof: NULL where it was not verified. */
struct verification;
void print_report_json(const options *o, const char *path, const inc_report *report,
                       const struct verification *proof, double seconds);
void print_model(FILE *to, const char *path, const inc_model *model);
/* plan: NULL where there is none, and why where there should be. */
void print_model_json(const char *path, const inc_model *model, const inc_report *plan,
                      const inc_error *why);

/* plan.c: what becomes of each operator of a quantized model. */
void print_plan(FILE *to, const inc_report *report, inc_quant_format format);
void print_plan_json(const inc_report *report); /* an array, or null */
bool has_plan(const inc_report *report);        /* something of it could be int8 */
/* Plans an export of model as the options say; *report stays NULL where nothing is quantized, and
 * where the model alone does not tell enough (then *why is set). */
int plan_model(const options *o, inc_model *model, inc_report **report, inc_error **why,
               inc_quant_format *format);

/* newer.c: --skip-if-newer. */
bool is_newer(const char *result, const options *o); /* than all that it is made of */
int skip_export(const char *result, const options *o);

/* export.c: the same for a file; errors are printed. */
int plan_file(const options *o, inc_report **report);

/* json.c: what JSON is written with, to stdout. */
void json_text(const char *text); /* quoted, or null */
void json_value(const inc_value *value);

/* progress.c */
typedef struct progress {
    bool is_shown;
    double began, told, stage_began;
    const char *stage, *shown; /* shown: on the line now; NULL: nothing is */
} progress;

void progress_begin(progress *p, const options *o);
int progress_step(const char *stage, uint64_t done, uint64_t total, void *user_data);
void progress_end(progress *p);
double seconds_now(void);

#endif
