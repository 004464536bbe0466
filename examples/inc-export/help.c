/* SPDX-License-Identifier: Apache-2.0 */
/* The help: the paragraphs of option_table.c between what the command is and what the shell is
 * told. */
#include "command.h"

#include <string.h>

enum { MARGIN = 30 };

static const char *const headings[N_GROUPS] = {
    [GROUP_OUTPUT] = "Where to",
    [GROUP_MODEL] = "What",
    [GROUP_INPUTS] = "Inputs and outputs",
    [GROUP_VERIFY] = "Verifying (with ONNX Runtime, where there is one)",
    [GROUP_LIMITS] = "Limits",
    [GROUP_MESSAGES] = "Messages",
};

const char *group_heading(option_group group)
{
    return headings[group];
}

/* "  -o, --output FILE" and the lines of its help beside it. */
static void print_row(const option_row *row)
{
    const char *value = row->value ? row->value : row->choices;
    int n = row->letter ? printf("  -%c, --%s", row->letter, row->name)
                        : printf("      --%s", row->name);
    if (value)
        n += printf(" %s", value);
    const char *line = row->help;
    if (n + 2 > MARGIN) {
        putchar('\n');
        n = 0;
    }
    while (line) {
        size_t length = strcspn(line, "\n");
        printf("%*s%.*s\n", MARGIN - n, "", (int)length, line);
        line = line[length] ? line + length + 1 : NULL;
        n = 0;
    }
}

static void print_group(option_group group)
{
    printf("\n%s\n", headings[group]);
    for (size_t i = 0; i < n_options; i++)
        if (option_table[i].group == group)
            print_row(&option_table[i]);
}

void print_help(void)
{
    printf("inc-export %s: PyTorch model files to ONNX, without Python and without libtorch\n"
           "\n"
           "  inc-export MODEL... [options]  exports each MODEL\n"
           "  inc-export inspect MODEL       says what MODEL is, its inputs and weights; of a\n"
           "                                 quantized model what becomes of each operator\n"
           "  inc-export check FILE          whether a model can be exported; of an ONNX file\n"
           "                                 whether it is sound and runs on integers\n"
           "  inc-export verify [MODEL] FILE.onnx\n"
           "                                 whether FILE is what MODEL gives, and answers so\n"
           "  inc-export report [MODEL] FILE.onnx\n"
           "                                 a page about FILE, to be opened in a browser\n"
           "\n"
           "MODEL is a file of torch.jit.save or torch.export.save. The result is MODEL with the "
           "ending\n"
           ".onnx, unless -o says otherwise.\n",
           inc_version());
    for (int group = 0; group < N_GROUPS; group++)
        if (group != GROUP_HIDDEN)
            print_group((option_group)group);
    printf(
        "\n"
        "Exit status: %d done, %d wrong use or example inputs that do not fit, %d MODEL cannot be\n"
        "read, %d MODEL has something that cannot be exported, %d the result cannot be written,\n"
        "%d out of memory or a fault of the program, %d stopped.\n",
        EXIT_OK, EXIT_USAGE, EXIT_UNREADABLE, EXIT_CONTENT, EXIT_OUTPUT, EXIT_TROUBLE,
        EXIT_STOPPED);
}
