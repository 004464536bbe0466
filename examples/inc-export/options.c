/* The command line. Values are checked by the library where it knows better. */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("inc-export: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry: inc-export --help\n", stderr);
    va_end(args);
    return EXIT_USAGE;
}

/* ---- values ---- */

static int read_opset(options *o, const char *text)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n == 0 || n > 10000)
        return usage_error("--opset is \"%s\"; it may be %u to %u", text,
                           (unsigned)inc_oldest_opset(), (unsigned)inc_newest_opset());
    o->opset = (uint32_t)n;
    return EXIT_OK;
}

static int read_names(name_list *list, const char *option, char *text)
{
    for (char *name = text; name;) {
        char *comma = strchr(name, ',');
        if (comma)
            *comma++ = '\0';
        if (list->n == MOST_NAMES)
            return usage_error("%s has more than %d names", option, MOST_NAMES);
        list->items[list->n++] = name;
        name = comma;
    }
    return EXIT_OK;
}

/* "1,3,224,224]" */
static bool read_sizes(char *text, int64_t *shape, size_t *rank)
{
    *rank = 0;
    if (strcmp(text, "]") == 0)
        return true;
    for (;;) {
        errno = 0;
        if (*rank == MOST_RANK || *text < '0' || *text > '9')
            return false;
        long long size = strtoll(text, &text, 10);
        if (errno != 0)
            return false;
        shape[(*rank)++] = size;
        if (strcmp(text, "]") == 0)
            return true;
        if (*text++ != ',')
            return false;
    }
}

/* NAME=TYPE[1,3,224,224]; the name may be left out. */
static int read_input(options *o, char *text)
{
    if (o->n_inputs == MOST_NAMES)
        return usage_error("more than %d inputs", MOST_NAMES);
    inc_tensor *t = &o->inputs[o->n_inputs];
    int64_t *shape = o->shapes[o->n_inputs];
    char *bracket = strrchr(text, '[');
    char *equals = bracket ? strrchr(text, '=') : NULL;

    if (!bracket || !read_sizes(bracket + 1, shape, &t->rank))
        return usage_error("--input is \"%s\"; it may be like x=float32[1,3,224,224]", text);
    *bracket = '\0';
    if (equals)
        *equals = '\0';
    const char *type = equals ? equals + 1 : text;
    if (inc_element_from_name(type, &t->element) != INC_OK)
        return usage_error("--input has the type \"%s\"; it may be float32, int64, bool and so on",
                           type);
    t->name = equals ? text : NULL;
    t->shape = shape;
    o->n_inputs++;
    return EXIT_OK;
}

static int read_text(const char **value, const char *option, const char *text)
{
    if (*value)
        return usage_error("%s is given twice", option);
    *value = text;
    return EXIT_OK;
}

/* ---- options ---- */

typedef enum option_id {
    OUTPUT,
    EXTERNAL_DATA,
    DTYPE,
    OPSET,
    QUANT_FORMAT,
    RECIPE,
    QUANTIZED,
    EXAMPLE_INPUTS,
    INPUT,
    INPUT_NAMES,
    OUTPUT_NAMES,
    DYNAMIC_AXES,
    PROGRAM,
    NO_CONTRIB_OPS,
    JSON,
    QUIET,
    VERBOSE,
    HELP,
    VERSION
} option_id;

static const struct {
    const char *name;
    option_id what;
    bool has_value;
} known[] = {
    {"-o", OUTPUT, true},
    {"--output", OUTPUT, true},
    {"--external-data", EXTERNAL_DATA, true},
    {"--dtype", DTYPE, true},
    {"--opset", OPSET, true},
    {"--opset-version", OPSET, true},
    {"--quant-format", QUANT_FORMAT, true},
    {"--recipe", RECIPE, true},
    {"--quantized", QUANTIZED, true},
    {"--example-inputs", EXAMPLE_INPUTS, true},
    {"--input", INPUT, true},
    {"--input-names", INPUT_NAMES, true},
    {"--output-names", OUTPUT_NAMES, true},
    {"--dynamic-axes", DYNAMIC_AXES, true},
    {"--program", PROGRAM, true},
    {"--no-contrib-ops", NO_CONTRIB_OPS, false},
    {"--json", JSON, false},
    {"-q", QUIET, false},
    {"--quiet", QUIET, false},
    {"-v", VERBOSE, false},
    {"--verbose", VERBOSE, false},
    {"-h", HELP, false},
    {"--help", HELP, false},
    {"--version", VERSION, false},
};

static int apply_value(options *o, option_id what, const char *name, char *value)
{
    switch (what) {
    case OUTPUT:
        return read_text(&o->output, name, value);
    case EXTERNAL_DATA:
        return read_text(&o->external_data, name, value);
    case DTYPE:
        return read_text(&o->dtype, name, value);
    case OPSET:
        return read_opset(o, value);
    case QUANT_FORMAT:
        return read_text(&o->quant_format, name, value);
    case RECIPE:
        return read_text(&o->recipe, name, value);
    case QUANTIZED:
        return read_text(&o->quantized, name, value);
    case EXAMPLE_INPUTS:
        return read_text(&o->example_inputs, name, value);
    case INPUT:
        return read_input(o, value);
    case INPUT_NAMES:
        return read_names(&o->input_names, name, value);
    case OUTPUT_NAMES:
        return read_names(&o->output_names, name, value);
    case DYNAMIC_AXES:
        return read_text(&o->dynamic_axes, name, value);
    case PROGRAM:
        return read_text(&o->program, name, value);
    default:
        return EXIT_OK;
    }
}

static void apply_flag(options *o, option_id what)
{
    if (what == JSON)
        o->json = true;
    else if (what == NO_CONTRIB_OPS)
        o->no_contrib_ops = true;
    else if (what == QUIET)
        o->quiet = true;
    else if (what == VERBOSE)
        o->verbose++;
    else if (what == HELP)
        o->help = true;
    else if (what == VERSION)
        o->version = true;
}

/* One option and its value, "--opset 14", "--opset=14" or "-o FILE"; *i is moved on. */
static int read_option(options *o, int argc, char **argv, int *i)
{
    char *argument = argv[*i];
    char *equals = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);

    if (strcmp(argument, "-vv") == 0) {
        o->verbose += 2;
        return EXIT_OK;
    }
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        if (strlen(known[k].name) != length || strncmp(known[k].name, argument, length) != 0)
            continue;
        if (!known[k].has_value && equals)
            return usage_error("%s takes no value", known[k].name);
        if (!known[k].has_value) {
            apply_flag(o, known[k].what);
            return EXIT_OK;
        }
        if (!equals && *i + 1 == argc)
            return usage_error("%s needs a value", known[k].name);
        return apply_value(o, known[k].what, known[k].name, equals ? equals + 1 : argv[++*i]);
    }
    return usage_error("there is no option %s", argument);
}

static int check_together(const options *o)
{
    if (o->help || o->version)
        return EXIT_OK;
    if (!o->model)
        return usage_error("which model?");
    if (o->quiet && o->verbose)
        return usage_error("quiet or verbose?");
    if (o->example_inputs && o->n_inputs > 0)
        return usage_error("--example-inputs and --input exclude each other");
    if (o->json && o->output && strcmp(o->output, "-") == 0)
        return usage_error("the model and JSON cannot both go to standard output");
    return EXIT_OK;
}

int read_options(int argc, char **argv, options *o)
{
    bool only_names = false;
    int status = EXIT_OK;

    for (int i = 1; i < argc && status == EXIT_OK; i++) {
        if (!only_names && strcmp(argv[i], "--") == 0)
            only_names = true;
        else if (!only_names && argv[i][0] == '-' && argv[i][1] != '\0')
            status = read_option(o, argc, argv, &i);
        else if (!only_names && !o->inspect && !o->model && strcmp(argv[i], "inspect") == 0)
            o->inspect = true;
        else if (o->model)
            status = usage_error("one model at a time: \"%s\" or \"%s\"?", o->model, argv[i]);
        else
            o->model = argv[i];
    }
    return status == EXIT_OK ? check_together(o) : status;
}
