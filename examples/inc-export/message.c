/* What goes wrong, told on standard error in the command's own words, and as JSON on standard
 * output where that was asked for: of wrong use too, whatever else the command line says. */
#include "command.h"

#include <stdarg.h>
#include <string.h>

static bool is_json; /* --json stands on the command line */

void messages_begin(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        is_json = is_json || strcmp(argv[i], "--json") == 0;
}

static void error_json(const char *status, const char *message, const char *hint,
                       const inc_error *error)
{
    fputs("{\n  \"error\": ", stdout);
    json_text(status);
    fputs(",\n  \"message\": ", stdout);
    json_text(message);
    fputs(",\n  \"hint\": ", stdout);
    json_text(hint);
    fputs(",\n  \"stage\": ", stdout);
    json_text(inc_error_stage(error));
    fputs(",\n  \"entry\": ", stdout);
    json_text(inc_error_entry(error));
    printf(",\n  \"line\": %u,\n  \"column\": %u,\n  \"python\": ", (unsigned)inc_error_line(error),
           (unsigned)inc_error_column(error));
    json_text(inc_error_python(error));
    fputs(",\n  \"operator\": ", stdout);
    json_text(inc_error_operator(error));
    fputs(",\n  \"scope\": ", stdout);
    json_text(inc_error_scope(error));
    fputs("\n}\n", stdout);
}

int usage_error(const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "inc-export: %s\nTry: inc-export --help\n", text);
    if (is_json)
        error_json("INC_E_ARGUMENT", text, "Try: inc-export --help", NULL);
    return EXIT_USAGE;
}

int out_of_memory(void)
{
    fputs("inc-export: out of memory\n", stderr);
    if (is_json)
        error_json("INC_E_MEMORY", "out of memory", NULL, NULL);
    return EXIT_TROUBLE;
}

static int exit_status(inc_status status)
{
    switch (status) {
    case INC_E_ARGUMENT:
    case INC_E_INPUT:
        return EXIT_USAGE;
    case INC_E_IO:
    case INC_E_FORMAT:
        return EXIT_UNREADABLE;
    case INC_E_UNSUPPORTED:
    case INC_E_LIMIT:
        return EXIT_CONTENT;
    case INC_E_OUTPUT:
        return EXIT_OUTPUT;
    case INC_E_CANCELLED:
        return EXIT_STOPPED;
    default:
        return EXIT_TROUBLE;
    }
}

/* The library names files already where they cannot be opened, not where their contents are wrong.
 */
static int tell(const char *option, const char *path, inc_error *error)
{
    char text[4096];
    int status = exit_status(inc_error_code(error));
    const char *message = inc_error_message(error);
    bool says_path = !path || strstr(message, path);

    snprintf(text, sizeof text, "%s%s%s%s%s", option ? option : "", option ? " " : "",
             says_path ? "" : path,
             says_path && !option ? ""
             : says_path          ? ""
                                  : ": ",
             message);
    fprintf(stderr, "inc-export: %s\n", text);
    if (inc_error_hint(error))
        fprintf(stderr, "  %s\n", inc_error_hint(error));
    if (is_json)
        error_json(inc_status_name(inc_error_code(error)), text, inc_error_hint(error), error);
    inc_error_free(error);
    return status;
}

int print_error(const options *o, inc_error *error)
{
    bool is_of_file = inc_error_code(error) == INC_E_FORMAT || inc_error_code(error) == INC_E_IO ||
                      inc_error_code(error) == INC_E_UNSUPPORTED;
    return tell(NULL, is_of_file ? o->files[0] : NULL, error);
}

int print_error_of(const options *o, const char *option, const char *path, inc_error *error)
{
    (void)o;
    return tell(option, path, error);
}
