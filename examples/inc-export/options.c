/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, read by the rows of option_table.c: "--opset 14", "--opset=14", "-o FILE",
 * "-oFILE", "-qo FILE". Values are checked by the library where it knows better. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    command_id command;
} commands[] = {{"inspect", INSPECT}, {"check", CHECK}, {"verify", VERIFY}, {"report", REPORT}};

static void *member(options *o, const option_row *row)
{
    return (char *)o + row->at;
}

static bool takes_value(const option_row *row)
{
    return row->kind >= OPTION_TEXT;
}

/* ---- a value ---- */

const char *list_choices(const char *choices, char *text, size_t size)
{
    size_t n = 0;
    for (const char *c = choices; *c && n + 8 < size;) {
        size_t length = strcspn(c, "|");
        const char *next = c[length] ? c + length + 1 : c + length;
        const char *joint = !*next ? "" : strchr(next, '|') ? ", " : " or ";
        n += (size_t)snprintf(text + n, size - n, "%.*s%s", (int)length, c, joint);
        c = next;
    }
    return text;
}

static int choose(const option_row *row, const char *option, const char *text, uint32_t *value)
{
    char may[256];
    if (row->from_name(text, value) == INC_OK)
        return EXIT_OK;
    return usage_error("%s is \"%s\"; it may be %s", option, text,
                       list_choices(row->choices, may, sizeof may));
}

static int read_number(const option_row *row, const char *option, const char *text, uint32_t *value)
{
    char *end;
    uint32_t low = row->lowest ? row->lowest() : 0;
    uint32_t high = row->highest ? row->highest() : UINT32_MAX;
    if (row->from_name && row->from_name(text, value) == INC_OK)
        return EXIT_OK;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n < low || n > high)
        return usage_error("%s is \"%s\"; it may be %u to %u%s", option, text, (unsigned)low,
                           (unsigned)high, row->from_name ? " or auto" : "");
    *value = (uint32_t)n;
    return EXIT_OK;
}

static int read_text(const char **at, const char *option, const char *text)
{
    if (!*text)
        return usage_error("%s is empty", option);
    *at = text;
    return EXIT_OK;
}

static void set_flag(options *o, const option_row *row)
{
    if (row->kind == OPTION_FLAG)
        *(bool *)member(o, row) = true;
    else if (row->kind == OPTION_COUNT)
        ++*(int *)member(o, row);
    else
        *(uint32_t *)member(o, row) = row->kind == OPTION_ON;
}

int apply_option(options *o, const option_row *row, const char *option, char *value)
{
    bool *given = &o->is_given[row - option_table];
    bool may_repeat = !takes_value(row) || row->kind == OPTION_READ;

    if (*given && !may_repeat)
        return usage_error("%s is given twice", option);
    *given = true;
    if (!value) {
        set_flag(o, row);
        return EXIT_OK;
    }
    switch (row->kind) {
    case OPTION_FLAG:
    case OPTION_COUNT:
    case OPTION_ON:
    case OPTION_OFF:
        break; /* take no value */
    case OPTION_TEXT:
        return read_text(member(o, row), option, value);
    case OPTION_NAMES:
        return read_names(member(o, row), option, value);
    case OPTION_NUMBER:
        return read_number(row, option, value, member(o, row));
    case OPTION_SIZE:
        return read_size(member(o, row), option, value);
    case OPTION_CHOICE:
        return choose(row, option, value, member(o, row));
    case OPTION_READ:
        return row->read(o, option, value);
    }
    return EXIT_OK;
}

/* ---- which option ---- */

static const char *row_name(const void *names, size_t i)
{
    (void)names;
    return option_table[i].name;
}

static int no_such_option(const char *argument, size_t length)
{
    char name[64] = "";
    const char *near = NULL;
    if (argument[0] == '-' && argument[1] == '-' && length - 2 < sizeof name) {
        memcpy(name, argument + 2, length - 2);
        near = nearest_name(name, NULL, n_options, row_name);
    }
    if (near)
        return usage_error("there is no option %.*s; did you mean --%s?", (int)length, argument,
                           near);
    return usage_error("there is no option %.*s", (int)length, argument);
}

static bool is_called(const option_row *row, const char *name, size_t length)
{
    return (strlen(row->name) == length && strncmp(row->name, name, length) == 0) ||
           (row->also && strlen(row->also) == length && strncmp(row->also, name, length) == 0);
}

/* "--opset 14" or "--opset=14"; *i is moved on when the value is the next argument. */
static int read_long(options *o, int argc, char **argv, int *i)
{
    char *argument = argv[*i];
    char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);

    for (size_t k = 0; k < n_options; k++) {
        const option_row *row = &option_table[k];
        if (!is_called(row, argument + 2, length - 2))
            continue;
        char option[64];
        snprintf(option, sizeof option, "%.*s", (int)length, argument);
        if (!takes_value(row))
            return equals ? usage_error("%s takes no value", option)
                          : apply_option(o, row, option, NULL);
        if (!equals && *i + 1 == argc)
            return usage_error("%s needs a value: %s", option,
                               row->value ? row->value : row->choices);
        return apply_option(o, row, option, equals ? equals + 1 : argv[++*i]);
    }
    return no_such_option(argument, length);
}

static const option_row *row_of_letter(char letter)
{
    for (size_t k = 0; k < n_options; k++)
        if (option_table[k].letter == letter)
            return &option_table[k];
    return NULL;
}

static int no_such_letter(const char *argument, char letter)
{
    if (access(argument, F_OK) == 0)
        return usage_error("there is no option -%c; the file of that name is ./%s", letter,
                           argument);
    return usage_error("there is no option -%c", letter);
}

/* "-q", "-vv", "-qo FILE", "-oFILE" */
static int read_letters(options *o, int argc, char **argv, int *i)
{
    int status = EXIT_OK;
    for (char *c = argv[*i] + 1; *c && status == EXIT_OK; c++) {
        const option_row *row = row_of_letter(*c);
        const char option[] = {'-', *c, '\0'};
        if (!row)
            return no_such_letter(argv[*i], *c);
        if (!takes_value(row)) {
            status = apply_option(o, row, option, NULL);
            continue;
        }
        if (!c[1] && *i + 1 == argc)
            return usage_error("%s needs a value: %s", option,
                               row->value ? row->value : row->choices);
        return apply_option(o, row, option, c[1] ? c + 1 : argv[++*i]);
    }
    return status;
}

/* ---- all of it ---- */

static bool is_command(options *o, const char *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, word) == 0) {
            o->command = commands[i].command;
            return true;
        }
    return false;
}

static int check_commands(const options *o)
{
    for (size_t i = 0; i < n_options; i++)
        if (o->is_given[i] && !(option_table[i].commands & 1U << o->command))
            return usage_error("--%s does not go with %s", option_table[i].name,
                               o->command == EXPORT ? "an export" : commands[o->command - 1].name);
    return EXIT_OK;
}

/* What goes with one model only. */
static int check_several(const options *o)
{
    static const char *const single[] = {"output",   "quantized", "program", "report",
                                         "expected", "against",   "method"};
    const char *last = o->files[o->n_files - 1], *dot = strrchr(last, '.');
    if (o->command == EXPORT && o->n_files == 2 && dot && strcmp(dot, ".onnx") == 0)
        return usage_error("the result is named with -o: inc-export %s -o %s", o->files[0], last);
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (is_given(o, single[i]))
            return usage_error("--%s goes with one model, not with %zu%s", single[i], o->n_files,
                               i == 0 ? ": say --out-dir" : "");
    return EXIT_OK;
}

static int check_output(const options *o)
{
    if (o->output && o->out_dir)
        return usage_error("--output and --out-dir exclude each other");
    if (is_given(o, "yes") && is_given(o, "no-clobber"))
        return usage_error("--yes and --no-clobber exclude each other");
    if (o->dry_run && (o->verify || o->expected || o->against || o->report))
        return usage_error("--dry-run writes nothing that could be verified or reported on");
    return EXIT_OK;
}

/* "check ", as it is typed. */
static const char *word_of(command_id command)
{
    static char word[16];
    snprintf(word, sizeof word, "%s ", commands[command - 1].name);
    return word;
}

static const char *name_of_command(const void *names, size_t i)
{
    (void)names;
    return commands[i].name;
}

/* Files that no command takes: none, standard input, and a command's name with a slip. */
static int check_files(const options *o)
{
    if (o->n_files == 0)
        return usage_error(
            o->command == EXPORT || o->command == INSPECT ? "no model is named: inc-export %sMODEL"
            : o->command == CHECK                         ? "no file is named: inc-export %sFILE"
                                  : "no file is named: inc-export %s[MODEL] FILE.onnx",
            o->command == EXPORT ? "" : word_of(o->command));
    for (size_t i = 0; i < o->n_files; i++)
        if (strcmp(o->files[i], "-") == 0)
            return usage_error("a file is read at any place of it, which standard input does not "
                               "allow: name a file");
    const char *first = o->files[0];
    const char *near =
        o->command == EXPORT && access(first, F_OK) != 0
            ? nearest_name(first, NULL, sizeof commands / sizeof commands[0], name_of_command)
            : NULL;
    return near ? usage_error("there is no file %s; did you mean the command %s?", first, near)
                : EXIT_OK;
}

static int check_together(const options *o)
{
    if (o->help || o->version || o->completion || o->manual)
        return EXIT_OK;
    int status = check_files(o);
    if (status != EXIT_OK)
        return status;
    if (o->n_files > 1 && takes_many(o->command))
        status = check_several(o);
    if (status != EXIT_OK)
        return status;
    if (o->n_files > 2 && !takes_many(o->command))
        return usage_error("%s takes a model and an ONNX file, not %zu files",
                           commands[o->command - 1].name, o->n_files);
    if (o->quiet && o->verbose)
        return usage_error("--quiet and --verbose exclude each other");
    if (o->example_inputs && o->n_inputs > 0)
        return usage_error("--example-inputs and --input exclude each other");
    if (o->json && o->output && strcmp(o->output, "-") == 0)
        return usage_error("the model and JSON cannot both go to standard output");
    status = check_output(o);
    return status == EXIT_OK ? check_commands(o) : status;
}

int read_options(int argc, char **argv, options *o)
{
    bool only_names = false, met_word = false;
    int status = EXIT_OK;

    o->config = (Torch2ONNXConfig)TORCH2ONNX_CONFIG_INIT;
    o->config.dtype = INC_DTYPE_AUTO;
    o->config.opset_version = INC_OPSET_AUTO;
    for (int i = 1; i < argc && status == EXIT_OK; i++) {
        char *argument = argv[i];
        if (!only_names && strcmp(argument, "--") == 0) {
            only_names = true;
        } else if (!only_names && strncmp(argument, "--", 2) == 0) {
            status = read_long(o, argc, argv, &i);
        } else if (!only_names && argument[0] == '-' && argument[1] != '\0') {
            status = read_letters(o, argc, argv, &i);
        } else if (!only_names && !met_word && is_command(o, argument)) {
            met_word = true;
        } else if (o->n_files == MOST_NAMES) {
            status = usage_error("more than %d files", MOST_NAMES);
        } else {
            o->files[o->n_files++] = argument;
            met_word = true;
        }
    }
    if (status == EXIT_OK)
        status = check_together(o);
    if (status == EXIT_OK && o->config_file)
        status = read_config(o, o->config_file);
    o->no_clobber = o->no_clobber && !o->yes;
    return status;
}

inc_model_options model_limits(const options *o)
{
    inc_model_options limits = INC_MODEL_OPTIONS_INIT;
    limits.memory_limit = o->config.memory_limit;
    limits.work_limit = o->config.work_limit;
    limits.method = o->config.method;
    return limits;
}

void free_options(options *o)
{
    free(o->inputs);
    free(o->axes);
    free(o->metadata);
    for (size_t i = 0; i < o->n_texts; i++)
        free(o->texts[i]);
    free(o->texts);
    free(o->custom_domains);
}
