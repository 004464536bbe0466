/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export report [MODEL] FILE.onnx [-o FILE.html], and --report FILE.html on an export: one page
 * that carries all of itself, for a screen, a phone, the dark and paper. */
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what came in and went out ---- */

static void print_value(FILE *to, const char *what, const onnx_value *v)
{
    fprintf(to, "<tr><td>%s</td>", what);
    cell(to, v->name);
    fprintf(to, "<td><code>%s[", onnx_type_name(v->type));
    for (size_t i = 0; i < v->n_dims; i++) {
        fputs(i ? ", " : "", to);
        if (v->dims[i] >= 0)
            fprintf(to, "%lld", (long long)v->dims[i]);
        else
            html_text(to, *v->symbols[i] ? v->symbols[i] : "?");
    }
    fputs("]</code></td></tr>\n", to);
}

static void print_ends(FILE *to, const onnx_graph *g)
{
    heading(to, "Inputs and outputs");
    fputs("<div class=wide><table class=pairs>\n", to);
    for (size_t i = 0; i < g->n_inputs; i++)
        print_value(to, "input", &g->inputs[i]);
    for (size_t i = 0; i < g->n_outputs; i++)
        print_value(to, "output", &g->outputs[i]);
    fputs("</table></div>\n", to);
}

/* ---- operators ---- */

typedef struct counted {
    const char *name;
    size_t n;
} counted;

static int more_first(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : strcmp(x->name, y->name);
}

static void print_operators(FILE *to, const onnx_graph *g)
{
    enum { MOST = 512 };
    counted *list = calloc(MOST, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < g->n_nodes; i++) {
        size_t k = 0;
        while (k < n && strcmp(list[k].name, g->nodes[i].op_type) != 0)
            k++;
        if (k == MOST)
            continue;
        if (k == n)
            list[n++].name = g->nodes[i].op_type;
        list[k].n++;
    }
    heading(to, "Operators");
    if (n > 0)
        qsort(list, n, sizeof *list, more_first);
    for (size_t i = 0; i < n; i++) {
        fputs("<div class=row><div class=t>", to);
        html_text(to, list[i].name);
        fprintf(to,
                "</div><div class=track><div class=fill "
                "style=\"width:%.1f%%\"></div></div><div>%zu</div></div>\n",
                100.0 * (double)list[i].n / (double)list[0].n, list[i].n);
    }
    free(list);
}

/* ---- weights ---- */

static uint64_t tensor_bytes(const onnx_tensor *t)
{
    return onnx_count(t) * onnx_type_size(t->type);
}

static const onnx_graph *sorted; /* for the comparison below */

/* Of one size in the order of the file: what qsort() makes of equals differs between C libraries.
 */
static int larger_first(const void *a, const void *b)
{
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    uint64_t x = tensor_bytes(&sorted->initializers[i]);
    uint64_t y = tensor_bytes(&sorted->initializers[k]);
    return x != y ? (x < y ? 1 : -1) : i < k ? -1 : i > k;
}

static void print_types(FILE *to, const onnx_graph *g)
{
    enum { N = 17 };
    uint64_t bytes[N] = {0}, all = 0;
    char text[32];
    for (size_t i = 0; i < g->n_initializers; i++)
        if (g->initializers[i].type >= 0 && g->initializers[i].type < N)
            bytes[g->initializers[i].type] += tensor_bytes(&g->initializers[i]);
    for (int i = 0; i < N; i++)
        all += bytes[i];
    for (int i = 0; i < N; i++)
        if (bytes[i] > 0)
            fprintf(to,
                    "<div class=row><div class=t>%s</div><div class=track><div class=fill "
                    "style=\"width:%.1f%%\"></div></div><div class=soft>%s</div></div>\n",
                    onnx_type_name(i), 100.0 * (double)bytes[i] / (double)all,
                    size_text((double)bytes[i], text, sizeof text));
}

static void print_weights(FILE *to, const onnx_graph *g)
{
    enum { MOST = 60 };
    size_t n = g->n_initializers;
    size_t *order = calloc(n + 1, sizeof *order);
    char text[32];
    heading(to, "Weights");
    print_types(to, g);
    for (size_t i = 0; order && i < n; i++)
        order[i] = i;
    sorted = g;
    if (order && n > 1)
        qsort(order, n, sizeof *order, larger_first);
    fputs("<div class=wide><table><tr><th>name</th><th>type</th><th>shape</th><th "
          "class=n>size</th></tr>\n",
          to);
    for (size_t i = 0; order && i < n && i < MOST; i++) {
        const onnx_tensor *t = &g->initializers[order[i]];
        fputs("<tr>", to);
        cell(to, t->name);
        fprintf(to, "<td>%s</td><td><code>", onnx_type_name(t->type));
        for (size_t k = 0; k < t->n_dims; k++)
            fprintf(to, "%s%lld", k ? "×" : "", (long long)t->dims[k]);
        fprintf(to, "</code></td><td class=n>%s</td></tr>\n",
                size_text((double)tensor_bytes(t), text, sizeof text));
    }
    fputs("</table></div>\n", to);
    if (n > MOST)
        fprintf(to, "<p class=soft>and %zu smaller ones</p>\n", n - MOST);
    free(order);
}

/* ---- quantization ---- */

/* Signal to quantization noise: the power of the integers over that of rounding, a twelfth of a
 * step squared. */
static double weight_snr(const onnx_tensor *t)
{
    double sum = 0, v = 0;
    uint64_t n = onnx_count(t);
    for (uint64_t i = 0; i < n; i++)
        if (onnx_number(t, (size_t)i, &v))
            sum += v * v;
    return n > 0 && sum > 0 ? 10 * log10(sum / (double)n * 12) : 0;
}

static void print_scale(FILE *to, const onnx_tensor *t)
{
    double low = INFINITY, high = 0, v = 0;
    uint64_t n = t ? onnx_count(t) : 0;
    for (uint64_t i = 0; i < n && onnx_number(t, (size_t)i, &v); i++) {
        low = fmin(low, v);
        high = fmax(high, v);
    }
    if (n == 0)
        fputs("<td class=n></td>", to);
    else if (n == 1)
        fprintf(to, "<td class=n>%.4g</td>", high);
    else
        fprintf(to, "<td class=n>%.3g … %.3g</td>", low, high);
}

/* Every constant of integers that has a scale beside it: its values and its signal to noise. */
static void print_quantized_weights(FILE *to, const onnx_graph *g)
{
    char name[512];
    heading(to, "Quantized weights");
    fputs("<div class=wide><table><tr><th>weight</th><th>type</th><th class=n>scale</th><th "
          "class=n>signal to "
          "noise</th></tr>\n",
          to);
    for (size_t i = 0; i < g->n_initializers; i++) {
        const onnx_tensor *t = &g->initializers[i];
        const char *ending = strstr(t->name, "_quantized");
        if (!ending || t->type == ONNX_INT32)
            continue;
        snprintf(name, sizeof name, "%.*s_scale", (int)(ending - t->name), t->name);
        fputs("<tr>", to);
        cell(to, t->name);
        fprintf(to, "<td>%s</td>", onnx_type_name(t->type));
        print_scale(to, onnx_find_tensor(g, name));
        fprintf(to, "<td class=n>%.1f dB</td></tr>\n", weight_snr(t));
    }
    fputs("</table></div>\n", to);
}

static void print_groups(FILE *to, const findings *found)
{
    heading(to, "Quantized operators in ONNX Runtime");
    fprintf(to, "<p>%zu of %zu run on integers.</p>\n", found->n_fused, found->n_groups);
    fputs("<div class=wide><table><tr><th>node</th><th>operator</th><th>computes "
          "in</th><th>why</th></tr>\n",
          to);
    for (size_t i = 0; i < found->n_groups; i++) {
        const quant_group *g = &found->groups[i];
        fputs("<tr>", to);
        cell(to, g->node->name);
        cell(to, g->node->op_type);
        fprintf(to, "<td class=%s>%s</td><td>", g->is_fused ? "good" : "soft",
                g->is_fused ? "int8" : "float32");
        html_text(to, g->why);
        fputs("</td></tr>\n", to);
    }
    fputs("</table></div>\n", to);
}

static void print_plan_rows(FILE *to, const inc_report *r)
{
    heading(to, "What became of each operator of the model");
    fputs("<div class=wide><table><tr><th>module</th><th>operator</th><th>line</th><th>written "
          "as</th>",
          to);
    if (has_plan(r))
        fputs(
            "<th>computes in</th><th>input</th><th>weight</th><th>output</th><th>why not int8</th>",
            to);
    fputs("</tr>\n", to);
    for (size_t i = 0; i < inc_report_n_planned(r); i++) {
        const inc_planned *p = inc_report_planned(r, i);
        fputs("<tr>", to);
        cell(to, p->module);
        cell(to, p->pytorch);
        cell(to, p->source);
        cell(to, p->form);
        if (has_plan(r)) {
            fprintf(to, "<td class=%s>%s</td>",
                    p->arithmetic == INC_ARITHMETIC_INT8 ? "good" : "soft",
                    inc_arithmetic_name(p->arithmetic));
            cell(to, p->input);
            cell(to, p->weight);
            cell(to, p->output);
            cell(to, p->reason);
        }
        fputs("</tr>\n", to);
    }
    fputs("</table></div>\n", to);
}

/* ---- verdicts ---- */

static void print_verdict_rows(FILE *to, const char *what, const verdict *list, size_t n)
{
    if (n == 0)
        return;
    fprintf(to,
            "<div class=wide><table><tr><th>%s</th><th>verdict</th><th class=n>differs by</th><th "
            "class=n>signal to noise</th><th class=n>steps</th></tr>\n",
            what);
    for (size_t i = 0; i < n; i++) {
        const verdict *d = &list[i];
        fputs("<tr>", to);
        cell(to, d->name);
        fprintf(to, "<td class=\"verdict %s\">%s", d->is_good ? "good" : "bad",
                d->is_good ? "good" : "not good: ");
        html_text(to, d->is_good ? "" : d->why);
        fprintf(to, "</td><td class=n>%.3g</td>", d->largest);
        if (isinf(d->snr))
            fputs("<td class=n>equal</td>", to);
        else
            fprintf(to, "<td class=n>%.1f dB</td>", d->snr);
        if (d->step > 0)
            fprintf(to, "<td class=n>%.1f</td></tr>\n", d->in_steps);
        else
            fputs("<td class=n></td></tr>\n", to);
    }
    fputs("</table></div>\n", to);
}

static void print_proof(FILE *to, const verification *v)
{
    heading(to, "Verified");
    if (v->is_compared && v->n_differences == 0)
        fputs("<p class=good>Every weight and operator is what the model gives.</p>\n", to);
    if (v->not_compared[0]) {
        fputs("<p class=bad>Not compared with the model: ", to);
        html_text(to, v->not_compared);
        fputs("</p>\n", to);
    }
    for (size_t i = 0; i < v->n_differences && i < MOST_DIFFERENCES; i++) {
        fputs("<p class=bad>", to);
        html_text(to, v->differences[i]);
        fputs("</p>\n", to);
    }
    fputs("<p>", to);
    if (v->runtime[0])
        fprintf(to, "Run in ONNX Runtime %s, beside ", v->runtime);
    else
        fputs("Not run: ", to);
    html_text(to, v->runtime[0] ? last_part(v->against) : v->not_run);
    fputs("</p>\n", to);
    print_verdict_rows(to, "output", v->outputs, v->n_outputs);
    print_verdict_rows(to, "quantized value", v->layers, v->n_layers);
}

static void print_warnings_html(FILE *to)
{
    char text[4096];
    if (n_warnings() == 0)
        return;
    heading(to, "Warnings");
    fputs("<ul>\n", to);
    for (size_t i = 0; i < n_warnings(); i++) {
        fputs("<li>", to);
        html_text(to, warning_text(i, text, sizeof text));
        fputs("</li>\n", to);
    }
    fputs("</ul>\n", to);
}

/* ---- the page ---- */

static void print_cards(FILE *to, const page *p)
{
    char text[64];
    const onnx_file *f = &p->file;
    uint64_t bytes = 0;
    for (size_t i = 0; i < f->graph.n_initializers; i++)
        bytes += tensor_bytes(&f->graph.initializers[i]);
    fputs("<div class=cards>\n", to);
    card(to, "size of the file", size_text((double)f->size, text, sizeof text));
    snprintf(text, sizeof text, "%ld", onnx_opset(f, ""));
    card(to, "opset", text);
    snprintf(text, sizeof text, "%zu", f->graph.n_nodes);
    card(to, "nodes", text);
    card(to, "weights", size_text((double)bytes, text, sizeof text));
    if (onnx_metadata(f, "int8_operators"))
        card(to, "operators on int8", onnx_metadata(f, "int8_operators"));
    snprintf(text, sizeof text, "%s", p->found->lowest);
    card(to, "lowest ONNX Runtime", text);
    if (p->proof) {
        bool is_good = verification_is_good(p->proof);
        bool is_run = p->proof->runtime[0] && p->proof->n_outputs > 0;
        card(to, is_good ? is_run ? "verified" : "verified, not run" : "verified",
             !is_good                ? "not good"
             : is_run                ? "good"
             : p->proof->is_compared ? "as the model"
                                     : "not run");
    }
    fputs("</div>\n", to);
}

static void print_source(FILE *to, const page *p)
{
    const onnx_file *f = &p->file;
    heading(to, "Where it comes from");
    fputs("<div class=wide><table class=pairs>\n", to);
    if (p->model) {
        fputs("<tr><td>model</td>", to);
        cell(to, last_part(p->model));
        fputs("</tr>\n", to);
    }
    fputs("<tr><td>written by</td>", to);
    cell(to, f->producer);
    fputs("</tr>\n", to);
    for (size_t i = 0; i < f->n_metadata; i++) {
        fputs("<tr><td>", to);
        html_text(to, f->metadata[i].key);
        fputs("</td>", to);
        cell(to, f->metadata[i].value);
        fputs("</tr>\n", to);
    }
    fputs("</table></div>\n", to);
}

static void print_page(FILE *to, const page *p)
{
    fputs("<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport "
          "content=\"width=device-width,initial-scale=1\">\n<title>",
          to);
    html_text(to, last_part(p->path));
    fprintf(to, "</title>\n<style>%s</style>\n<h1>", page_style);
    html_text(to, last_part(p->path));
    fputs("</h1>\n", to);
    print_cards(to, p);
    if (p->proof)
        print_proof(to, p->proof);
    print_warnings_html(to);
    for (size_t i = 0; i < p->found->n_problems && i < MOST_FINDINGS; i++) {
        if (i == 0)
            heading(to, "Problems");
        fputs("<p class=bad>", to);
        html_text(to, p->found->problems[i]);
        fputs("</p>\n", to);
    }
    print_source(to, p);
    print_ends(to, &p->file.graph);
    print_operators(to, &p->file.graph);
    if (p->plan && inc_report_n_planned(p->plan) > 0)
        print_plan_rows(to, p->plan);
    if (p->found->n_groups > 0) {
        print_groups(to, p->found);
        print_quantized_weights(to, &p->file.graph);
    }
    print_weights(to, &p->file.graph);
    fprintf(to, "<p class=soft>inc-export %s</p>\n</html>\n", inc_version());
}

static bool is_one_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && S_ISREG(of_a.st_mode) &&
           of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* The file of this call, read or just written, that the page would take the place of, whatever it
 * is called; NULL: none. */
static const char *overwritten(const options *o, const char *model, const char *onnx,
                               const char *html, const inc_report *of_export)
{
    const char *const files[] = {model,
                                 onnx,
                                 of_export ? inc_report_external_path(of_export) : NULL,
                                 of_export ? inc_report_state_path(of_export) : NULL,
                                 o->quantized,
                                 o->config_file,
                                 o->example_inputs,
                                 o->expected,
                                 o->against};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i] && is_one_file(html, files[i]))
            return files[i];
    return NULL;
}

int write_report(const options *o, const char *model, const char *onnx, const char *html,
                 const verification *proof, const inc_report *of_export)
{
    page p = {.model = model, .path = onnx, .proof = proof, .plan = of_export};
    const char *lost = overwritten(o, model, onnx, html, of_export);
    if (lost)
        return fail(INC_E_OUTPUT, "Give the report another name.",
                    "%s is %s itself, which is not overwritten", html, lost);
    p.found = calloc(1, sizeof *p.found);
    if (!p.found)
        return out_of_memory();
    if (!p.plan && proof)
        p.plan = proof->report;
    int status = open_onnx(&p.file, onnx);
    if (status == EXIT_OK) {
        check_file(o, onnx, &p.file, p.found);
        FILE *to = strcmp(html, "-") == 0 ? stdout : fopen(html, "w");
        if (to)
            print_page(to, &p);
        bool is_written = to && !ferror(to) && (to == stdout || fclose(to) == 0);
        if (!is_written)
            status = fail(INC_E_OUTPUT, NULL, "the report cannot be written to %s: %s", html,
                          strerror(errno));
    }
    findings_free(p.found);
    free(p.found);
    onnx_close(&p.file);
    return status;
}

/* report [MODEL] FILE.onnx: where a model is named, verified too. */
int report_command(const options *o)
{
    const char *onnx = o->files[o->n_files - 1], *model = o->n_files > 1 ? o->files[0] : NULL;
    char html[4096];
    size_t n = strlen(onnx);
    if (n > 5 && strcmp(onnx + n - 5, ".onnx") == 0)
        n -= 5;
    snprintf(html, sizeof html, "%.*s.html", (int)n, onnx);
    verification *v = NULL;
    int status = EXIT_OK;
    if (model || o->verify || o->expected || o->against) {
        v = calloc(1, sizeof *v);
        status = v ? verify_files(o, model, onnx, v) : out_of_memory();
    }
    if (status == EXIT_OK)
        status = write_report(o, model, onnx, o->output ? o->output : html, v, NULL);
    if (status == EXIT_OK && v && v->not_compared[0])
        print_note("warning", v->not_compared);
    if (status == EXIT_OK && v)
        status = verification_status(v);
    verification_free(v);
    return status;
}
