/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as a table: each option is a row of option_table.c, which says what it is
 * called, what it takes, where its value goes and what the help says of it. Reading (options.c),
 * the help, the manual, shell completion and the config file all come from the rows; a new option
 * is one row. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <incexport/incexport.h>

#include <stdbool.h>

enum { MOST_NAMES = 1024, MOST_RANK = 64, MOST_OPTIONS = 128 };

/* What the command does: the first word, or an export. */
typedef enum command_id { EXPORT, INSPECT, CHECK, VERIFY, REPORT, N_COMMANDS } command_id;
enum {
    FOR_EXPORT = 1 << EXPORT,
    FOR_INSPECT = 1 << INSPECT,
    FOR_CHECK = 1 << CHECK,
    FOR_VERIFY = 1 << VERIFY,
    FOR_REPORT = 1 << REPORT,
    FOR_MODELS = FOR_EXPORT | FOR_INSPECT | FOR_CHECK | FOR_VERIFY |
                 FOR_REPORT, /* whatever opens a model with a config */
    FOR_ALL = (1 << N_COMMANDS) - 1
};

/* --completion */
enum { SHELL_NONE, SHELL_BASH, SHELL_ZSH, SHELL_FISH, N_SHELLS };

/* A name list as the config takes it; items point into the text of the command line. */
typedef struct name_list {
    const char *items[MOST_NAMES];
    size_t n;
} name_list;

/* What --input says of one input. */
typedef struct input_option {
    const char *name; /* NULL: none given */
    bool is_none;     /* --input y=None */
    bool is_number;   /* --input n=5: the value is in it, and it has no axes */
    union {
        int64_t integer;
        double real;
        unsigned char boolean;
    } value;
    inc_element element;
    size_t rank;
    int64_t sizes[MOST_RANK];       /* -1: dynamic, and no size was given for the export */
    const char *symbols[MOST_RANK]; /* what a dynamic axis is called; NULL: fixed, */
    bool is_dynamic[MOST_RANK];     /* or dynamic without a name */
} input_option;

typedef struct options {
    command_id command;
    const char *files[MOST_NAMES]; /* what is no option: models and files, in order */
    size_t n_files;
    Torch2ONNXConfig config; /* rows write into it directly where they can */
    bool is_given[MOST_OPTIONS];
    uint32_t completion; /* SHELL_ */
    bool manual;
    bool json, quiet, help, version, skip_if_newer, dry_run, no_clobber, yes;
    int verbose;
    const char *output, *out_dir, *quantized, *dynamic_axes, *example_inputs, *config_file;
    const char *expected, *against, *ort, *report; /* of verify and report */
    bool verify, layers;
    bool verifies_with_examples; /* --example-inputs are what is run, not only what is exported for
                                  */
    name_list input_names, output_names;
    input_option *inputs; /* of --input, in order */
    size_t n_inputs;
    inc_dynamic_axis *axes; /* of --dynamic, in order */
    size_t n_axes;
    inc_metadata *metadata; /* of --metadata, in order */
    size_t n_metadata;
    char **texts; /* of --config */
    size_t n_texts;
    inc_custom_domain *custom_domains; /* of --custom-domain */
    size_t n_custom_domains;
} options;

typedef enum option_kind {
    OPTION_FLAG,   /* bool at .at becomes true */
    OPTION_COUNT,  /* int at .at grows by one each time */
    OPTION_ON,     /* uint32_t at .at becomes 1, */
    OPTION_OFF,    /* or 0 */
    OPTION_TEXT,   /* const char * */
    OPTION_NAMES,  /* name_list: A,B,C */
    OPTION_NUMBER, /* uint32_t from .lowest to .highest, or what .from_name knows */
    OPTION_SIZE,   /* uint64_t bytes: 4096, 512M, 2G */
    OPTION_CHOICE, /* uint32_t: what .from_name makes of one of .choices */
    OPTION_READ    /* whatever .read makes of it; may be given again */
} option_kind;

/* Which paragraph of the help it stands in. */
typedef enum option_group {
    GROUP_OUTPUT,
    GROUP_MODEL,
    GROUP_INPUTS,
    GROUP_VERIFY,
    GROUP_LIMITS,
    GROUP_MESSAGES,
    GROUP_HIDDEN, /* in none: for those who package it */
    N_GROUPS
} option_group;

typedef struct option_row {
    const char *name; /* without the dashes */
    char letter;      /* "-o"; 0: none */
    option_kind kind;
    option_group group;
    unsigned commands; /* FOR_ bits: which commands take it */
    size_t at;         /* offset in options */
    inc_status (*from_name)(const char *name, uint32_t *value);
    int (*read)(options *o, const char *option, char *text);
    const char *choices; /* "fp32|int8" */
    const char *value; /* "FILE": what the help calls the value; NULL with choices or without one */
    const char *also;  /* another spelling */
    const char *key;   /* in a config file; NULL: it cannot stand there */
    const char *help;  /* lines, for the table of the help */
    uint32_t (*lowest)(void), (*highest)(void);
} option_row;

/* option_table.c */
extern const option_row option_table[];
extern const size_t n_options;
/* Whether the option of that name was given. */
bool is_given(const options *o, const char *name);

/* options.c: EXIT_OK, or EXIT_USAGE with the reason told. Cuts the texts of argv in place. */
int read_options(int argc, char **argv, options *o);
/* Gives the row its value; option is how the user called it. */
int apply_option(options *o, const option_row *row, const char *option, char *value);
void free_options(options *o);
/* "a|b|c" as "a, b or c". */
const char *list_choices(const char *choices, char *text, size_t size);
/* The limits among them, for opening a model. */
inc_model_options model_limits(const options *o);

/* config_file.c: what the file says and the command line does not. */
int read_config(options *o, const char *path);

/* values.c: the values that are more than a text. */
int read_input(options *o, const char *option, char *text);
int read_dynamic(options *o, const char *option, char *text);
int read_metadata(options *o, const char *option, char *text);
int read_custom_domain(options *o, const char *option, char *text);
int read_names(name_list *list, const char *option, char *text);
int read_size(uint64_t *size, const char *option, const char *text);
inc_status auto_from_name(const char *name, uint32_t *value); /* "auto" is 0 */

/* complete.c, manual.c, help.c: made of the rows; what the shell is told. */
int print_completion(uint32_t shell);
inc_status shell_from_name(const char *name, uint32_t *value);
int print_manual(void);
const char *group_heading(option_group group);

/* nearest.c: the one of n names that is meant by text with a slip or two; NULL: none is near. */
typedef const char *(*name_at)(const void *names, size_t i);
const char *nearest_name(const char *text, const void *names, size_t n, name_at at);

#endif
