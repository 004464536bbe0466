/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each operator of the model, as a table and as JSON. */
#include "command.h"

#include <string.h>

enum { COLUMNS = 8, LINE = 2, WIDEST = 44 };

static const char *const heads[COLUMNS] = {"module", "operator", "line",   "computes in",
                                           "input",  "weight",   "output", "written as"};

/* "DQ Conv Q" for "DequantizeLinear Conv QuantizeLinear". */
static const char *short_form(const char *form, char *text, size_t size)
{
    static const struct {
        const char *name, *shown;
    } known[] = {{"DequantizeLinear", "DQ"}, {"QuantizeLinear", "Q"}};
    size_t n = 0;
    text[0] = '\0';
    while (*form) {
        size_t length = strcspn(form, " ");
        const char *shown = form;
        size_t shown_length = length;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (strlen(known[i].name) == length && strncmp(form, known[i].name, length) == 0) {
                shown = known[i].shown;
                shown_length = strlen(shown);
            }
        if (n + shown_length + 2 > size)
            break;
        n += (size_t)snprintf(text + n, size - n, "%s%.*s", n > 0 ? " " : "", (int)shown_length,
                              shown);
        form += length + (form[length] == ' ');
    }
    return text;
}

static void cells_of(const inc_planned *p, const char *cells[COLUMNS], char *form, size_t size)
{
    cells[0] = p->module[0] ? p->module : "-";
    cells[1] = p->pytorch;
    cells[LINE] = p->source ? p->source : "-";
    cells[3] = inc_arithmetic_name(p->arithmetic);
    cells[4] = p->input ? p->input : "-";
    cells[5] = p->weight ? p->weight : "-";
    cells[6] = p->output ? p->output : "-";
    cells[7] = short_form(p->form, form, size);
}

/* A column without a width is left out. */
static void print_row(FILE *to, const char *const cells[COLUMNS], const int *widths)
{
    fputs("  ", to);
    for (size_t c = 0; c < COLUMNS - 1; c++)
        if (widths[c] > 0)
            fprintf(to, "%-*s  ", widths[c], cells[c]);
    fprintf(to, "%s\n", cells[COLUMNS - 1]);
}

bool has_plan(const inc_report *r)
{
    return inc_report_dtype(r) == INC_DTYPE_INT8 && inc_report_n_planned(r) > 0;
}

void print_plan(FILE *to, const inc_report *r, inc_quant_format format)
{
    const char *cells[COLUMNS];
    char form[512];
    int widths[COLUMNS];
    size_t n = inc_report_n_planned(r), n_int8 = 0, n_lines = 0;

    for (size_t c = 0; c < COLUMNS; c++)
        widths[c] = (int)strlen(heads[c]);
    for (size_t i = 0; i < n; i++) {
        const inc_planned *p = inc_report_planned(r, i);
        cells_of(p, cells, form, sizeof form);
        n_int8 += p->arithmetic == INC_ARITHMETIC_INT8;
        n_lines += p->source != NULL;
        for (size_t c = 0; c < COLUMNS; c++) {
            int length = (int)strlen(cells[c]);
            if (length > widths[c])
                widths[c] = length > WIDEST ? WIDEST : length;
        }
    }
    if (n_lines == 0)
        widths[LINE] = 0;
    if (has_plan(r)) {
        fprintf(to, "  plan     %s, opset %u: %zu of %zu operators on int8\n",
                inc_quant_format_name(format), (unsigned)inc_report_opset(r), n_int8, n);
    } else {
        for (size_t c = LINE + 1; c < COLUMNS - 1; c++)
            widths[c] = 0;
        fprintf(to, "  code     fp32, opset %u: %zu operators\n", (unsigned)inc_report_opset(r), n);
    }
    print_row(to, heads, widths);
    for (size_t i = 0; i < n; i++) {
        const inc_planned *p = inc_report_planned(r, i);
        cells_of(p, cells, form, sizeof form);
        print_row(to, cells, widths);
        if (p->reason)
            fprintf(to, "  %*s  (%s)\n", widths[0], "", p->reason);
    }
}

static void json_member(const char *before, const char *key, const char *text)
{
    printf("%s\"%s\": ", before, key);
    json_text(text);
}

void print_plan_json(const inc_report *r)
{
    if (!r) {
        fputs("null", stdout);
        return;
    }
    putchar('[');
    for (size_t i = 0; i < inc_report_n_planned(r); i++) {
        const inc_planned *p = inc_report_planned(r, i);
        json_member(i == 0 ? "\n    {" : ",\n    {", "module", p->module);
        json_member(", ", "operator", p->pytorch);
        json_member(", ", "arithmetic", inc_arithmetic_name(p->arithmetic));
        json_member(", ", "input", p->input);
        json_member(", ", "weight", p->weight);
        json_member(", ", "output", p->output);
        json_member(", ", "form", p->form);
        json_member(", ", "node", p->node);
        json_member(", ", "python", p->source);
        json_member(", ", "reason", p->reason);
        putchar('}');
    }
    putchar(']');
}
