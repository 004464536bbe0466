/* SPDX-License-Identifier: Apache-2.0 */
/* --manual: the page inc-export(1), out of the rows of option_table.c. */
#include "command.h"

#include <string.h>

/* Text in roff: a hyphen is one that can be copied, nothing begins a request. */
static void print_text(const char *text, size_t n)
{
    for (size_t i = 0; i < n && text[i]; i++) {
        bool is_first = i == 0 || text[i - 1] == '\n';
        if (is_first && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", stdout);
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else
            putchar(text[i]);
    }
}

static void put(const char *text)
{
    print_text(text, strlen(text));
}

static void print_option(const option_row *row)
{
    const char *value = row->value ? row->value : row->choices;
    puts(".TP");
    fputs(".B ", stdout);
    if (row->letter)
        printf("\\-%c\\fR, \\fB", row->letter);
    fputs("\\-\\-", stdout);
    put(row->name);
    if (value) {
        fputs(" \\fI", stdout);
        put(value);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put(row->help);
    if (row->key) {
        fputs(".\nIn a config file: \\fB", stdout);
        put(row->key);
        fputs("\\fR", stdout);
    }
    puts(".");
}

static void print_options(void)
{
    for (int group = 0; group < N_GROUPS; group++) {
        if (group == GROUP_HIDDEN)
            continue;
        fputs(".SS ", stdout);
        put(group_heading((option_group)group));
        putchar('\n');
        for (size_t i = 0; i < n_options; i++)
            if ((int)option_table[i].group == group)
                print_option(&option_table[i]);
    }
}

static void print_paragraphs(const char *const *items, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        fputs(".TP\n.B ", stdout);
        put(items[i]);
        putchar('\n');
        put(items[i + 1]);
        putchar('\n');
    }
}

#define N(array) (sizeof(array) / sizeof(array)[0])

int print_manual(void)
{
    static const char *const commands[] = {
        "inc-export MODEL... [options]",
        "exports each MODEL.",
        "inc-export inspect MODEL...",
        "says what MODEL is, its inputs and weights, and what becomes of quantized operators.",
        "inc-export check FILE...",
        "says whether a model can be exported, and what of an ONNX file is sound and on integers.",
        "inc-export verify [MODEL] FILE.onnx",
        "says whether FILE is what MODEL gives, and answers so in ONNX Runtime.",
        "inc-export report [MODEL] FILE.onnx",
        "writes a page about FILE, to be opened in a browser."};
    static const char *const statuses[] = {
        "0",   "done",
        "2",   "wrong use, or example inputs that are missing or do not fit",
        "3",   "MODEL, or the file of example inputs, cannot be read or is damaged",
        "4",   "MODEL has something that cannot be exported, or a verdict is not good",
        "5",   "the result cannot be written",
        "6",   "out of memory, or a fault of the program",
        "130", "stopped; nothing is left behind"};
    static const char *const variables[] = {
        "INC_EXPORT_ORT", "The libonnxruntime that verify, check and report open.", "NO_COLOR",
        "When set and not empty, nothing is colored."};
    static const char *const examples[] = {
        "inc-export inspect model.pt",
        "what its inputs are called",
        "inc-export model.pt -o model.onnx --dynamic x:0=batch",
        "with a batch of any size",
        "inc-export fp32.pt --quantized best_model.pt -o int8.onnx",
        "a checkpoint of Neural Compressor over its FP32 model",
        "inc-export *.pt --out-dir onnx --config export.json",
        "several models alike"};

    printf(".TH INC\\-EXPORT 1 \"\" \"inc\\-export %s\" \"User Commands\"\n", inc_version());
    puts(".SH NAME\ninc\\-export \\- turn PyTorch model files into ONNX files\n.SH SYNOPSIS\n"
         ".B inc\\-export\n.RI [ command ]\n.IR MODEL ...\n.RI [ options ]\n.SH DESCRIPTION");
    put("MODEL is a file of torch.jit.save or torch.export.save. It becomes an ONNX file without "
        "Python and "
        "without libtorch; the result is MODEL with the ending .onnx, unless -o says otherwise, "
        "and takes its "
        "name when it is complete.\n");
    print_paragraphs(commands, N(commands));
    puts(".SH OPTIONS\nA value may be the next argument or follow \\(lq=\\(rq; options of one "
         "letter can be joined.");
    print_options();
    puts(".SH EXIT STATUS");
    print_paragraphs(statuses, N(statuses));
    puts(".SH ENVIRONMENT");
    print_paragraphs(variables, N(variables));
    puts(".SH EXAMPLES");
    print_paragraphs(examples, N(examples));
    puts(".SH SEE ALSO\n.BR libincexport (3)\n.PP\n"
         "The documents that are installed with it, of which command.md is about this command.");
    return EXIT_OK;
}
