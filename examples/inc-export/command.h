/* inc-export: what its files share. Uses the public headers of the library alone. */
#ifndef COMMAND_H
#define COMMAND_H

#include <incexport/incexport.h>

#include <stdbool.h>
#include <stdio.h>

/* What the shell is told; documented in help.c. */
enum {
    EXIT_OK = 0,
    EXIT_USAGE = 2,
    EXIT_UNREADABLE = 3,
    EXIT_CONTENT = 4,
    EXIT_OUTPUT = 5,
    EXIT_TROUBLE = 6,
    EXIT_STOPPED = 130
};

enum { MOST_NAMES = 1024, MOST_RANK = 64 };

/* A name list as the config takes it; items point into the text of the command line. */
typedef struct name_list {
    const char *items[MOST_NAMES];
    size_t n;
} name_list;

typedef struct options {
    bool inspect, json, quiet, help, version, no_contrib_ops;
    int verbose;
    const char *model, *output;
    const char *dtype, *quant_format, *recipe, *quantized, *external_data, *dynamic_axes,
        *example_inputs;
    const char *program;
    uint32_t opset; /* 0: not given */
    name_list input_names, output_names;
    inc_tensor inputs[MOST_NAMES]; /* of --input */
    int64_t shapes[MOST_NAMES][MOST_RANK];
    size_t n_inputs;
} options;

/* options.c: EXIT_OK, or EXIT_USAGE with the reason on stderr. Cuts the texts of argv in place. */
int read_options(int argc, char **argv, options *o);
int usage_error(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/* help.c */
void print_help(void);

/* export.c, inspect.c: the two things it does; the result is what the shell is told. */
int export_command(const options *o);
int inspect_command(const options *o);

/* print.c: results on stdout, messages on stderr. */
void print_report(FILE *to, const char *path, const inc_report *report, double seconds);
void print_report_json(const char *path, const char *dtype, const inc_report *report,
                       double seconds);
void print_model(const char *path, const inc_model *model);
/* plan: NULL where there is none, and why where there should be. */
void print_model_json(const char *path, const inc_model *model, const inc_report *plan,
                      const inc_error *why);
/* Tells the error, ends it, and gives the status for the shell. */
int print_error(const options *o, inc_error *error);

/* plan.c: what becomes of each operator of a quantized model. */
void print_plan(FILE *to, const inc_report *report, inc_quant_format format);
void print_plan_json(const inc_report *report); /* an array, or null */
/* Plans an export of model as the options say; *report stays NULL where nothing is quantized, and
 * where the model alone does not tell enough (then *why is set). */
int plan_model(const options *o, inc_model *model, inc_report **report, inc_error **why,
               inc_quant_format *format);

/* json.c: what JSON is written with, to stdout. */
void json_text(const char *text); /* quoted, or null */
void json_value(const inc_value *value);

/* progress.c */
typedef struct progress {
    bool is_shown;
    double began, told;
    const char *stage;
} progress;

void progress_begin(progress *p, const options *o);
int progress_step(const char *stage, uint64_t done, uint64_t total, void *user_data);
void progress_end(progress *p);
double seconds_now(void);

#endif
