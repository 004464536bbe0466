/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export check FILE: of a model, whether it can be exported, and what stands in the way; of an
 * ONNX file, anyone's, whether it is well formed, what its quantized operators come to in ONNX
 * Runtime, and which ONNX Runtime loads it. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

static bool is_onnx(const char *path)
{
    unsigned char head[3] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    const char *dot = strrchr(path, '.');
    if (file)
        fclose(file);
    if (dot && strcmp(dot, ".onnx") == 0)
        return true;
    return n == sizeof head && head[0] == 0x08 && head[1] > 0 && head[1] <= 0x20 &&
           (head[2] == 0x12 || head[2] == 0x1a || head[2] == 0x3a || head[2] == 0x42);
}

/* ---- a model ---- */

static void print_sizes(FILE *to, const inc_report *r)
{
    for (size_t i = 0; i < inc_report_n_inputs(r); i++) {
        const inc_value *v = inc_report_input(r, i);
        fprintf(to, "  input    %s  %s[", v->name, inc_element_name(v->element));
        for (size_t k = 0; k < v->rank; k++) {
            if (v->shape[k] >= 0)
                fprintf(to, "%s%lld", k ? ", " : "", (long long)v->shape[k]);
            else
                fprintf(to, "%s%s", k ? ", " : "", v->symbols[k]);
        }
        fputs("]\n", to);
    }
}

static void print_good(const options *o, const inc_report *r)
{
    char text[4096];
    text_for_people shown;
    size_t n = has_plan(r) ? inc_report_n_planned(r) : 0, n_float = 0;
    for (size_t i = 0; i < n; i++)
        n_float += inc_report_planned(r, i)->arithmetic != INC_ARITHMETIC_INT8;
    print_verdict(stdout, o->files[0], true, "can be exported");
    printf(", opset %u, %llu nodes\n", (unsigned)inc_report_opset(r),
           (unsigned long long)inc_report_n_nodes(r));
    FILE *to = begin_text(&shown, stdout);
    print_sizes(to, r);
    for (size_t i = 0; i < inc_report_n_states(r); i++)
        fprintf(to, "  state    %s\n", inc_report_state(r, i)->name);
    if (n > 0)
        fprintf(to, "  int8     %zu of %zu operators; in float32 %s\n", n - n_float, n,
                n_float ? "stay:" : "stays none");
    for (size_t i = 0; i < n; i++) {
        const inc_planned *p = inc_report_planned(r, i);
        if (p->arithmetic != INC_ARITHMETIC_INT8)
            fprintf(to, "           %s%s%s: %s\n", p->module, p->module[0] ? " " : "", p->pytorch,
                    p->reason ? p->reason : "its weights alone are int8");
    }
    for (size_t i = 0; i < n_warnings(); i++)
        fprintf(to, "  warning  %s\n", warning_text(i, text, sizeof text));
    end_text(&shown, to);
}

static void print_good_json(const options *o, const inc_report *r)
{
    char text[4096];
    fputs("{\n  \"file\": ", stdout);
    json_text(o->files[0]);
    printf(",\n  \"exportable\": true,\n  \"opset\": %u,\n  \"nodes\": %llu,\n  \"inputs\": [",
           (unsigned)inc_report_opset(r), (unsigned long long)inc_report_n_nodes(r));
    for (size_t i = 0; i < inc_report_n_inputs(r); i++) {
        fputs(i ? ", " : "", stdout);
        json_value(inc_report_input(r, i));
    }
    fputs("],\n  \"states\": [", stdout);
    for (size_t i = 0; i < inc_report_n_states(r); i++) {
        fputs(i ? ", " : "", stdout);
        json_text(inc_report_state(r, i)->name);
    }
    fputs("],\n  \"warnings\": [", stdout);
    for (size_t i = 0; i < n_warnings(); i++) {
        fputs(i ? ", " : "", stdout);
        json_text(warning_text(i, text, sizeof text));
    }
    fputs("],\n  \"plan\": ", stdout);
    print_plan_json(inc_report_n_planned(r) > 0 ? r : NULL);
    fputs("\n}\n", stdout);
}

static int check_model(const options *o)
{
    inc_report *report = NULL;
    int status = plan_file(o, &report);
    if (status == EXIT_OK && o->json)
        print_good_json(o, report);
    else if (status == EXIT_OK)
        print_good(o, report);
    inc_report_free(report);
    return status;
}

int check_command(const options *o)
{
    return is_onnx(o->files[0]) ? check_onnx(o) : check_model(o);
}
