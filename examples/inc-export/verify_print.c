/* SPDX-License-Identifier: Apache-2.0 */
/* What verify has found, as lines and as JSON. */
#include "verify.h"

#include <math.h>
#include <string.h>

static void print_snr(FILE *to, const verdict *d)
{
    if (isinf(d->snr))
        fputs("equal", to);
    else
        fprintf(to, "%.1f dB", d->snr);
}

static void print_judged(FILE *to, const char *what, const verdict *d)
{
    fprintf(to, "  %-8s %-8s %s  %s[%llu]  differs by %.3g", what, d->is_good ? "good" : "NOT GOOD",
            d->name, d->type, (unsigned long long)d->n, d->largest);
    if (d->step > 0)
        fprintf(to, " (%.1f steps)", d->in_steps);
    fputs(", ", to);
    print_snr(to, d);
    if (d->allowed > 0)
        fprintf(to, ", may be %.3g", d->allowed);
    if (d->why[0])
        fprintf(to, ": %s", d->why);
    fputc('\n', to);
}

void print_verification(FILE *terminal, const char *onnx, const verification *v)
{
    text_for_people text;
    bool is_good = verification_is_good(v);
    print_verdict(terminal, onnx, is_good,
                  !is_good                            ? "NOT GOOD"
                  : v->runtime[0] && v->n_outputs > 0 ? "good"
                  : v->is_compared                    ? "what the model gives; not run"
                                                      : "not verified");
    fputc('\n', terminal);
    FILE *to = begin_text(&text, terminal);
    if (v->is_compared && v->n_differences == 0)
        fputs("  file     every weight and operator is what the model gives\n", to);
    for (size_t i = 0; i < v->n_differences && i < MOST_DIFFERENCES; i++)
        fprintf(to, "  file     %s\n", v->differences[i]);
    if (v->n_differences > MOST_DIFFERENCES)
        fprintf(to, "  file     and %zu more\n", v->n_differences - MOST_DIFFERENCES);
    if (v->not_compared[0])
        fprintf(to, "  file     not compared with the model: %s\n", v->not_compared);
    if (v->runtime[0])
        fprintf(to, "  run      in ONNX Runtime %s, beside %s\n", v->runtime, v->against);
    else
        fprintf(to, "  run      not run: %s\n", v->not_run);
    for (size_t i = 0; i < v->n_outputs; i++)
        print_judged(to, "output", &v->outputs[i]);
    for (size_t i = 0; i < v->n_layers; i++)
        print_judged(to, "layer", &v->layers[i]);
    if (v->no_layers[0])
        fprintf(to, "  layers   %s\n", v->no_layers);
    end_text(&text, to);
}

static void number(const char *key, double value)
{
    if (isfinite(value))
        printf(", \"%s\": %.9g", key, value);
    else
        printf(", \"%s\": null", key);
}

static void verdicts_json(const char *key, const verdict *list, size_t n)
{
    printf(",\n  \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        const verdict *d = &list[i];
        printf("%s\n    {\"name\": ", i == 0 ? "" : ",");
        json_text(d->name);
        printf(", \"dtype\": \"%s\", \"elements\": %llu, \"good\": %s", d->type,
               (unsigned long long)d->n, d->is_good ? "true" : "false");
        number("difference", d->largest);
        number("allowed", d->allowed);
        number("snr_db", d->snr);
        number("step", d->step);
        number("steps", d->in_steps);
        fputs(", \"why\": ", stdout);
        json_text(d->why[0] ? d->why : NULL);
        putchar('}');
    }
    putchar(']');
}

void print_verification_json(const verification *v)
{
    printf("{\n  \"good\": %s,\n  \"runtime\": ", !verification_is_good(v) ? "false"
                                                  : verification_is_any(v) ? "true"
                                                                           : "null");
    json_text(v->runtime[0] ? v->runtime : NULL);
    fputs(",\n  \"not_run\": ", stdout);
    json_text(v->runtime[0] ? NULL : v->not_run);
    fputs(",\n  \"against\": ", stdout);
    json_text(v->against);
    printf(",\n  \"compared_with_model\": %s,\n  \"not_compared\": ",
           v->is_compared ? "true" : "false");
    json_text(v->not_compared[0] ? v->not_compared : NULL);
    printf(",\n  \"n_differences\": %zu,\n  \"differences\": [", v->n_differences);
    for (size_t i = 0; i < v->n_differences && i < MOST_DIFFERENCES; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_text(v->differences[i]);
    }
    putchar(']');
    verdicts_json("outputs", v->outputs, v->n_outputs);
    verdicts_json("layers", v->layers, v->n_layers);
    fputs("\n}", stdout);
}
