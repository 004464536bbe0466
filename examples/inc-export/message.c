/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong, told on standard error in the command's own words, and as JSON on standard
 * output where that was asked for: of wrong use too, whatever else the command line says. Warnings
 * that differ in their place alone are one, with a count. */
#include "command.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_json;   /* --json stands on the command line */
static bool may_color; /* nobody asked to be plain */
static const char *model;
static bool names_model; /* one of several: what is told of it names it */

/* The command line, to be pasted again with more behind it; of one of several models, with that
 * one alone. */
static char typed[4096];

static size_t add_quoted(char *text, size_t size, size_t n, const char *word)
{
    bool is_plain = *word != '\0';
    for (const char *c = word; *c; c++)
        is_plain = is_plain && (isalnum((unsigned char)*c) || strchr("_./:=,+@%-", *c));
    if (n < size)
        n += (size_t)snprintf(text + n, size - n, is_plain ? " " : " '");
    for (const char *c = word; *c && n + 5 < size; c++)
        n += (size_t)snprintf(text + n, size - n, *c == '\'' ? "'\\''" : "%c", *c);
    if (!is_plain && n < size)
        n += (size_t)snprintf(text + n, size - n, "'");
    return n;
}

static void keep_typed(int argc, char **argv)
{
    size_t n = (size_t)snprintf(typed, sizeof typed, "inc-export");
    for (int i = 1; i < argc && n < sizeof typed; i++)
        n = add_quoted(typed, sizeof typed, n, argv[i]);
}

const char *pasted(char *text, size_t size, const char *more)
{
    size_t n = 0;
    if (names_model)
        n = add_quoted(text, size, (size_t)snprintf(text, size, "inc-export"), model);
    else
        n = (size_t)snprintf(text, size, "%s", typed);
    if (n < size)
        snprintf(text + n, size - n, "%s", more);
    return text;
}

void messages_begin(int argc, char **argv)
{
    const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        is_json = is_json || strcmp(argv[i], "--json") == 0;
    keep_typed(argc, argv);
    may_color = !(plain && *plain) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

void messages_of(const char *path, bool is_one_of_several)
{
    model = path;
    names_model = is_one_of_several;
}

bool is_terminal(FILE *to)
{
    return may_color && isatty(fileno(to));
}

enum { RED = 31, GREEN = 32, YELLOW = 33, BLUE = 34 };

static void say(const char *kind, int color, const char *text)
{
    const char *of = names_model && !strstr(text, model) ? model : "";
    const char *joint = *of ? ": " : "";
    if (is_terminal(stderr))
        fprintf(stderr, "inc-export: \033[1;%dm%s\033[0m%s%s%s\n", color,
                *kind ? kind : "error: ", of, joint, text);
    else
        fprintf(stderr, "inc-export: %s%s%s%s\n", kind, of, joint, text);
}

void print_verdict(FILE *to, const char *path, bool is_good, const char *verdict)
{
    if (is_terminal(to))
        fprintf(to, "%s: \033[1;%dm%s\033[0m", path, is_good ? GREEN : RED, verdict);
    else
        fprintf(to, "%s: %s", path, verdict);
}

/* ---- JSON ---- */

static void member(const char *key, const char *text)
{
    printf(",\n  \"%s\": ", key);
    json_text(text);
}

static void unsupported_json(const inc_error *error)
{
    fputs(",\n  \"unsupported\": [", stdout);
    for (size_t i = 0; i < inc_error_n_unsupported(error); i++) {
        const inc_unsupported *u = inc_error_unsupported(error, i);
        fputs(i == 0 ? "\n    {\"operator\": " : ",\n    {\"operator\": ", stdout);
        json_text(u->op);
        fputs(", \"reason\": ", stdout);
        json_text(u->reason);
        printf(", \"count\": %llu, \"module\": ", (unsigned long long)u->count);
        json_text(u->scope);
        fputs(", \"python\": ", stdout);
        json_text(u->python);
        fputs(", \"entry\": ", stdout);
        json_text(u->entry);
        printf(", \"line\": %u, \"hint\": ", (unsigned)u->line);
        json_text(u->hint);
        putchar('}');
    }
    putchar(']');
}

static void error_json(const char *status, const char *message, const char *hint,
                       const inc_error *error)
{
    fputs("{\n  \"error\": ", stdout);
    json_text(status);
    member("model", model);
    member("message", message);
    member("hint", hint);
    member("stage", inc_error_stage(error));
    member("entry", inc_error_entry(error));
    printf(",\n  \"line\": %u,\n  \"column\": %u", (unsigned)inc_error_line(error),
           (unsigned)inc_error_column(error));
    member("python", inc_error_python(error));
    member("operator", inc_error_operator(error));
    member("scope", inc_error_scope(error));
    unsupported_json(error);
    fputs("\n}\n", stdout);
}

/* ---- errors of the command itself ---- */

int usage_error(const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say("", RED, text);
    fputs("Try: inc-export --help\n", stderr);
    if (is_json)
        error_json("INC_E_ARGUMENT", text, "Try: inc-export --help", NULL);
    return EXIT_USAGE;
}

int out_of_memory(void)
{
    say("", RED, "out of memory");
    if (is_json)
        error_json("INC_E_MEMORY", "out of memory", NULL, NULL);
    return EXIT_TROUBLE;
}

int fail(inc_status status, const char *hint, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say("", RED, text);
    if (hint)
        fprintf(stderr, "  %s\n", hint);
    if (is_json)
        error_json(inc_status_name(status), text, hint, NULL);
    return exit_status(status);
}

/* ---- errors of the library ---- */

int exit_status(inc_status status)
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

/* A line for every operator: how often, where first, and what can be done. */
static void print_unsupported(const inc_error *error)
{
    for (size_t i = 0; i < inc_error_n_unsupported(error); i++) {
        const inc_unsupported *u = inc_error_unsupported(error, i);
        bool is_named = u->op && strstr(u->reason, u->op);
        fprintf(stderr, "  %5llu x  %s%s%s", (unsigned long long)u->count,
                is_named || !u->op ? "" : u->op, is_named || !u->op ? "" : ": ", u->reason);
        if (u->scope && *u->scope)
            fprintf(stderr, ", first in %s", u->scope);
        if (u->python)
            fprintf(stderr, " at %s", u->python);
        else if (u->entry && u->line)
            fprintf(stderr, " at %s:%u", u->entry, (unsigned)u->line);
        fprintf(stderr, "%s%s\n", u->hint ? "\n           " : "", u->hint ? u->hint : "");
    }
}

/* What was given does not fit the model: while it is evaluated on inputs from the command line, an
 * error that would be the file's is most likely theirs. */
static bool is_about_inputs(const options *o, const inc_error *error)
{
    const char *stage = inc_error_stage(error);
    return inc_error_code(error) == INC_E_FORMAT && !inc_error_hint(error) && stage &&
           strcmp(stage, "evaluating") == 0 && (o->n_inputs > 0 || o->example_inputs);
}

/* The library names files already where they cannot be opened, not where their contents are wrong.
 */
static int tell(const options *o, const char *option, const char *path, const char *hint,
                inc_error *error)
{
    char text[8192], message[8000], own_hint[2048];
    inc_status code = inc_error_code(error);
    int status = exit_status(code);
    size_t n_unsupported = inc_error_n_unsupported(error);
    bool is_list = n_unsupported > 1;

    own_words(inc_error_message(error), message, sizeof message);
    if (!hint)
        hint = own_words(inc_error_hint(error), own_hint, sizeof own_hint);
    if (o && is_about_inputs(o, error)) {
        status = EXIT_USAGE;
        hint = "The inputs that were given do not fit the model: inc-export inspect MODEL says "
               "what it "
               "takes.";
    }
    bool says_path = !path || strstr(message, path);
    snprintf(text, sizeof text, "%s%s%s%s%s", option ? option : "", option ? " " : "",
             says_path ? "" : path, says_path ? "" : ": ", message);
    if (is_list)
        fprintf(stderr, "inc-export: %s%s%zu operators cannot be exported:\n", path ? path : "",
                path ? ": " : "", n_unsupported);
    else
        say("", RED, text);
    if (is_list)
        print_unsupported(error);
    else if (hint)
        fprintf(stderr, "  %s\n", hint);
    if (is_json)
        error_json(inc_status_name(code), text, hint, error);
    inc_error_free(error);
    return status;
}

int print_error(const options *o, inc_error *error)
{
    inc_status code = inc_error_code(error);
    bool is_of_file = code == INC_E_FORMAT || code == INC_E_IO ||
                      (code == INC_E_UNSUPPORTED && !inc_error_entry(error));
    bool is_of_other = o->quantized && strstr(inc_error_message(error), o->quantized);
    return tell(o, NULL, is_of_file && !is_of_other ? o->files[0] : NULL, NULL, error);
}

int print_error_hint(const options *o, const char *hint, inc_error *error)
{
    return tell(o, NULL, NULL, hint, error);
}

int print_error_of(const char *option, const char *path, inc_error *error)
{
    bool is_other = inc_error_code(error) == INC_E_FORMAT;
    return tell(NULL, option, path,
                is_other ? "It takes an .npz file of arrays, as numpy.savez writes it" : NULL,
                error);
}

/* ---- warnings ---- */

enum { MOST_KEPT = 256 };
static struct {
    char *text; /* all of the first */
    size_t n;   /* of it without its place */
    size_t count;
} kept[MOST_KEPT];
static size_t n_kept;

/* Where " (in layer1.0.bn1, code/net.py:12)" begins, if there is such a place at the end. */
static size_t without_place(const char *text)
{
    size_t n = strlen(text);
    const char *open = NULL;
    for (const char *c = strstr(text, " ("); c; c = strstr(c + 1, " ("))
        open = c;
    return open && n > 0 && text[n - 1] == ')' ? (size_t)(open - text) : n;
}

void keep_warning(const char *line)
{
    size_t n = without_place(line);
    for (size_t i = 0; i < n_kept; i++)
        if (kept[i].n == n && strncmp(kept[i].text, line, n) == 0) {
            kept[i].count++;
            return;
        }
    size_t size = strlen(line) + 1;
    char *copy = n_kept < MOST_KEPT ? malloc(size) : NULL;
    if (!copy)
        return;
    memcpy(copy, line, size);
    kept[n_kept].text = copy;
    kept[n_kept].n = n;
    kept[n_kept++].count = 1;
}

size_t n_warnings(void)
{
    return n_kept;
}

/* "… (20 times, first in layer1.0.bn1, code/net.py:12)" */
const char *warning_text(size_t i, char *text, size_t size)
{
    char own[4096];
    const char *where = kept[i].text + kept[i].n;
    if (kept[i].count == 1)
        return own_words(kept[i].text, text, size);
    snprintf(own, sizeof own, "%.*s (%zu times%s%s", (int)kept[i].n, kept[i].text, kept[i].count,
             *where ? ", first " : ")", *where ? where + 2 : "");
    return own_words(own, text, size);
}

void print_warnings(void)
{
    char text[4096];
    for (size_t i = 0; i < n_kept; i++)
        say("warning: ", YELLOW, warning_text(i, text, sizeof text));
}

void forget_warnings(void)
{
    for (size_t i = 0; i < n_kept; i++)
        free(kept[i].text);
    n_kept = 0;
}

void print_note(const char *kind, const char *line)
{
    char text[4096], label[32];
    snprintf(label, sizeof label, "%s: ", kind);
    say(label, BLUE, own_words(line, text, sizeof text));
}
