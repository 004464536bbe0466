/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed. Texts of the file go to people through begin_text() and end_text(), which keep
 * what a terminal would act on from it; to programs as JSON. */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

/* ---- text for people ---- */

FILE *begin_text(text_for_people *t, FILE *to)
{
    *t = (text_for_people){.to = to};
    FILE *memory = open_memstream(&t->text, &t->size);
    return memory ? memory : to;
}

/* The length of what begins there and must not be shown: control characters of ASCII (1), of
 * Latin-1 (2), and those that turn the direction of writing; 0: it may. */
static size_t harmful_at(const unsigned char *p)
{
    if ((p[0] < 0x20 && p[0] != '\n') || p[0] == 0x7f)
        return 1;
    if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
        return 2;
    if (p[0] == 0xd8 && p[1] == 0x9c) /* U+061C */
        return 2;
    bool general = p[0] == 0xe2 && p[1] == 0x80 && /* U+200E, U+200F, U+2028 to U+202E */
                   (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae));
    bool isolates = p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
    return general || isolates ? 3 : 0;
}

void end_text(text_for_people *t, FILE *from)
{
    if (from == t->to)
        return;
    fclose(from); /* sets text */
    for (size_t i = 0; t->text && i < t->size;) {
        const unsigned char *p = (const unsigned char *)t->text + i;
        size_t n = harmful_at(p);
        for (size_t k = 0; k < n; k++)
            fprintf(t->to, "\\x%02x", (unsigned)p[k]);
        if (n == 0)
            fputc(*p, t->to);
        i += n > 0 ? n : 1;
    }
    free(t->text);
}

void print_size(FILE *to, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    while (size >= 1000 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1000;
        unit++;
    }
    fprintf(to, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
}

/* type: as the code declares it, for what is not known better; or NULL */
static void print_value(FILE *to, const char *what, const inc_value *v, int width, const char *type)
{
    fprintf(to, "  %-9s%-*s  ", what, width, v->name);
    if (!v->is_known) {
        fprintf(to, "%s%snot recorded\n", type ? type : "", type ? ", " : "");
        return;
    }
    fprintf(to, "%s[", inc_element_name(v->element));
    for (size_t i = 0; i < v->rank; i++) {
        if (i > 0)
            fputs(", ", to);
        if (v->shape[i] >= 0)
            fprintf(to, "%lld", (long long)v->shape[i]);
        else
            fputs(v->symbols[i] ? v->symbols[i] : "?", to);
    }
    fputs("]\n", to);
}

static int wider(int width, const inc_value *v)
{
    enum { WIDEST = 40 };
    size_t length = strlen(v->name);
    return length > WIDEST ? WIDEST : (int)length > width ? (int)length : width;
}

/* ---- an export ---- */

static void print_values(FILE *to, const inc_report *r)
{
    int width = 0;
    for (size_t i = 0; i < inc_report_n_inputs(r); i++)
        width = wider(width, inc_report_input(r, i));
    for (size_t i = 0; i < inc_report_n_outputs(r); i++)
        width = wider(width, inc_report_output(r, i));
    for (size_t i = 0; i < inc_report_n_inputs(r); i++)
        print_value(to, "input", inc_report_input(r, i), width, NULL);
    for (size_t i = 0; i < inc_report_n_outputs(r); i++)
        print_value(to, "output", inc_report_output(r, i), width, NULL);
}

static void print_operators(FILE *to, const inc_report *r)
{
    enum { MOST = 8 };
    size_t n = inc_report_n_operators(r);
    fprintf(to, "  nodes    %llu", (unsigned long long)inc_report_n_nodes(r));
    for (size_t i = 0; i < n && i < MOST; i++)
        fprintf(to, "%s%llu %s", i == 0 ? ": " : ", ",
                (unsigned long long)inc_report_operator_count(r, i), inc_report_operator(r, i));
    fputs(n > MOST ? ", …\n" : "\n", to);
}

/* The values that a call leaves for the next, and where those of the first call are. */
static void print_states(FILE *to, const inc_report *r)
{
    size_t n = inc_report_n_states(r);
    for (size_t i = 0; i < n; i++) {
        const inc_state_value *s = inc_report_state(r, i);
        fprintf(to, "  state    %s, from %s of the call before\n", s->name, s->next);
    }
    if (n > 0 && inc_report_state_path(r))
        fprintf(to, "  state    before the first call: %s\n", inc_report_state_path(r));
}

void print_report(FILE *to, const options *o, const char *path, const inc_report *r, double seconds)
{
    fprintf(to, "%s: %sopset %u, ", path, o->dry_run ? "would be written, " : "",
            (unsigned)inc_report_opset(r));
    print_size(to, inc_report_bytes(r));
    if (inc_report_external_bytes(r) > 0) {
        fputs(" and ", to);
        print_size(to, inc_report_external_bytes(r));
        fprintf(to, " in %s", inc_report_external_path(r) ? inc_report_external_path(r) : "data");
    }
    fprintf(to, ", %.2f s\n", seconds);
    print_values(to, r);
    print_states(to, r);
    print_operators(to, r);
    fputs("  weights  ", to);
    print_size(to, inc_report_constant_bytes(r));
    fprintf(to, " in %llu constants\n", (unsigned long long)inc_report_n_constants(r));
    if (n_warnings() > 0)
        fprintf(to, "  warnings %zu, see above\n", n_warnings());
}

static void json_values(const char *key, const inc_report *r, size_t n,
                        const inc_value *(*value)(const inc_report *, size_t))
{
    printf("  \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_value(value(r, i));
    }
    fputs("],\n", stdout);
}

static void json_states(const inc_report *r)
{
    fputs("  \"states\": [", stdout);
    for (size_t i = 0; i < inc_report_n_states(r); i++) {
        const inc_state_value *s = inc_report_state(r, i);
        fputs(i == 0 ? "{\"input\": " : ", {\"input\": ", stdout);
        json_text(s->name);
        fputs(", \"output\": ", stdout);
        json_text(s->next);
        fputs(", \"module\": ", stdout);
        json_text(s->module);
        fputs(", \"source\": ", stdout);
        json_text(s->source);
        fputs("}", stdout);
    }
    fputs("],\n  \"state_file\": ", stdout);
    json_text(inc_report_state_path(r));
    fputs(",\n", stdout);
}

void print_report_json(const options *o, const char *path, const inc_report *r,
                       const verification *proof, double seconds)
{
    fputs("{\n  \"model\": ", stdout);
    json_text(o->files[0]);
    fputs(",\n  \"output\": ", stdout);
    json_text(path);
    printf(",\n  \"written\": %s", o->dry_run ? "false" : "true");
    printf(",\n  \"bytes\": %llu,\n  \"external\": ", (unsigned long long)inc_report_bytes(r));
    json_text(inc_report_external_path(r));
    printf(",\n  \"external_bytes\": %llu,\n", (unsigned long long)inc_report_external_bytes(r));
    fputs("  \"dtype\": ", stdout);
    json_text(inc_dtype_name(inc_report_dtype(r)));
    printf(",\n  \"opset\": %u,\n  \"ir_version\": %lld,\n", (unsigned)inc_report_opset(r),
           (long long)inc_report_ir_version(r));
    json_values("inputs", r, inc_report_n_inputs(r), inc_report_input);
    json_values("outputs", r, inc_report_n_outputs(r), inc_report_output);
    json_states(r);
    printf("  \"nodes\": %llu,\n  \"operators\": {", (unsigned long long)inc_report_n_nodes(r));
    for (size_t i = 0; i < inc_report_n_operators(r); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(inc_report_operator(r, i));
        printf(": %llu", (unsigned long long)inc_report_operator_count(r, i));
    }
    printf("},\n  \"constants\": %llu,\n  \"constant_bytes\": %llu,\n  \"warnings\": [",
           (unsigned long long)inc_report_n_constants(r),
           (unsigned long long)inc_report_constant_bytes(r));
    char text[4096];
    for (size_t i = 0; i < n_warnings(); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(warning_text(i, text, sizeof text));
    }
    fputs("],\n  \"plan\": ", stdout);
    print_plan_json(inc_report_n_planned(r) > 0 ? r : NULL);
    fputs(",\n  \"verification\": ", stdout);
    if (proof)
        print_verification_json(proof);
    else
        fputs("null", stdout);
    printf(",\n  \"seconds\": %.3f\n}\n", seconds);
}

/* ---- a model ---- */

/* What only torch.export files tell. */
static void print_exported(FILE *to, const inc_model *m)
{
    size_t n = inc_model_n_operators(m);
    for (size_t i = 0; i < inc_model_n_symbols(m); i++) {
        fprintf(to, "  size     %s: %lld", inc_model_symbol(m, i),
                (long long)inc_model_symbol_min(m, i));
        if (inc_model_symbol_max(m, i) < INT64_MAX)
            fprintf(to, " to %lld\n", (long long)inc_model_symbol_max(m, i));
        else
            fputs(" or more\n", to);
    }
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%llu %s", i == 0 ? "  calls    " : ", ",
                (unsigned long long)inc_model_operator_count(m, i), inc_model_operator(m, i));
    fputs(n > 0 ? "\n" : "", to);
    for (size_t i = 0; inc_model_n_programs(m) > 1 && i < inc_model_n_programs(m); i++)
        fprintf(to, "  program  %s\n", inc_model_program(m, i));
}

static void json_exported(const inc_model *m)
{
    printf("],\n  \"outputs\": [");
    for (size_t i = 0; i < inc_model_n_outputs(m); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_value(inc_model_output(m, i));
    }
    printf("],\n  \"symbols\": {");
    for (size_t i = 0; i < inc_model_n_symbols(m); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(inc_model_symbol(m, i));
        printf(": {\"min\": %lld, \"max\": ", (long long)inc_model_symbol_min(m, i));
        if (inc_model_symbol_max(m, i) < INT64_MAX)
            printf("%lld}", (long long)inc_model_symbol_max(m, i));
        else
            fputs("null}", stdout);
    }
    printf("},\n  \"operators\": {");
    for (size_t i = 0; i < inc_model_n_operators(m); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(inc_model_operator(m, i));
        printf(": %llu", (unsigned long long)inc_model_operator_count(m, i));
    }
    printf("},\n  \"programs\": [");
    for (size_t i = 0; i < inc_model_n_programs(m); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(inc_model_program(m, i));
    }
}

void print_model(FILE *to, const char *path, const inc_model *m)
{
    int width = 0;
    fprintf(to, "%s: %s", path, inc_model_kind_name(inc_model_get_kind(m)));
    if (inc_model_class_name(m))
        fprintf(to, " of class %s", inc_model_class_name(m));
    if (inc_model_torch_version(m))
        fprintf(to, ", torch %s", inc_model_torch_version(m));
    if (inc_model_format_version(m))
        fprintf(to, ", archive format %lld", (long long)inc_model_format_version(m));
    fputs(inc_model_is_quantized(m) ? ", quantized\n" : "\n", to);
    for (size_t i = 0; i < inc_model_n_inputs(m); i++)
        width = wider(width, inc_model_input(m, i));
    for (size_t i = 0; i < inc_model_n_outputs(m); i++)
        width = wider(width, inc_model_output(m, i));
    for (size_t i = 0; i < inc_model_n_inputs(m); i++)
        print_value(to, "input", inc_model_input(m, i), width, inc_model_input_type(m, i));
    for (size_t i = 0; i < inc_model_n_outputs(m); i++)
        print_value(to, "output", inc_model_output(m, i), width, NULL);
    print_exported(to, m);
    bool lists = inc_model_n_methods(m) > 1 || inc_model_n_inputs(m) == 0;
    for (size_t i = 0; lists && i < inc_model_n_methods(m); i++)
        fprintf(to, "  method   %s\n", inc_model_method(m, i));
    fprintf(to, "  weights  %llu elements, ", (unsigned long long)inc_model_n_weights(m));
    print_size(to, inc_model_weight_bytes(m));
    fputc('\n', to);
}

void print_model_json(const char *path, const inc_model *m, const inc_report *plan,
                      const inc_error *why)
{
    fputs("{\n  \"file\": ", stdout);
    json_text(path);
    fputs(",\n  \"kind\": ", stdout);
    json_text(inc_model_kind_name(inc_model_get_kind(m)));
    fputs(",\n  \"class\": ", stdout);
    json_text(inc_model_class_name(m));
    fputs(",\n  \"torch_version\": ", stdout);
    json_text(inc_model_torch_version(m));
    printf(",\n  \"format_version\": %lld,\n", (long long)inc_model_format_version(m));
    printf("  \"quantized\": %s,\n", inc_model_is_quantized(m) ? "true" : "false");
    printf("  \"recorded_inputs\": %s,\n  \"inputs\": [",
           inc_model_has_recorded_inputs(m) ? "true" : "false");
    for (size_t i = 0; i < inc_model_n_inputs(m); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_value(inc_model_input(m, i));
    }
    json_exported(m);
    printf("],\n  \"methods\": [");
    for (size_t i = 0; i < inc_model_n_methods(m); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(inc_model_method(m, i));
    }
    printf("],\n  \"weights\": %llu,\n  \"weight_bytes\": %llu,\n  \"plan\": ",
           (unsigned long long)inc_model_n_weights(m),
           (unsigned long long)inc_model_weight_bytes(m));
    print_plan_json(plan);
    fputs(",\n  \"plan_error\": ", stdout);
    json_text(why ? inc_error_message(why) : NULL);
    fputs("\n}\n", stdout);
}
