/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export verify: is the ONNX file what the model gives, and does it answer as PyTorch did?
 *
 *     verify MODEL OUT.onnx                          beside what MODEL gives: every weight, every
 *                                                    operator, and the answers (of an INT8 file:
 *                                                    beside those of its FP32 form)
 *     verify [MODEL] OUT.onnx --expected FILE.npz    beside answers that PyTorch gave
 *     verify OUT.onnx --against OTHER.onnx           two files beside each other
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "verify_internal.h"

static const char *const output_prefixes[] = {"out_", "output_", "expected_", NULL};

/* The step of an output that is dequantized last; 0: it is not. */
static double step_of(const onnx_graph *g, const char *output)
{
    double step = 0;
    const onnx_node *n = onnx_find_producer(g, output);
    for (int i = 0; i < 4 && n && strcmp(n->op_type, "DequantizeLinear") != 0; i++) {
        static const char *const same[] = {"Reshape",  "Flatten", "Transpose",
                                           "Identity", "Squeeze", "Unsqueeze"};
        bool passes = false;
        for (size_t k = 0; k < sizeof same / sizeof same[0]; k++)
            passes = passes || strcmp(n->op_type, same[k]) == 0;
        n = passes && n->n_inputs > 0 ? onnx_find_producer(g, n->inputs[0]) : NULL;
    }
    const onnx_tensor *scale = n && n->n_inputs > 1 ? onnx_find_tensor(g, n->inputs[1]) : NULL;
    return scale && onnx_count(scale) == 1 && onnx_number(scale, 0, &step) ? step : 0;
}

static void add_verdict(verify_run *c, const array *got, const array *wanted, strictness how)
{
    verification *v = c->v;
    if (v->n_outputs < MOST_VERDICTS)
        compare_arrays(&v->outputs[v->n_outputs++], got, wanted, step_of(&c->file.graph, got->name),
                       how);
}

static void no_answer(verify_run *c, const char *which, const char *why)
{
    verdict *d = &c->v->outputs[c->v->n_outputs++];
    *d = (verdict){.type = "?"};
    snprintf(d->name, sizeof d->name, "%s", which);
    snprintf(d->why, sizeof d->why, "%.150s", why);
}

/* Whether an output is a sequence that is not empty. */
static bool has_items(const array *outputs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(outputs[i].name);
        if (length > 0 && outputs[i].name[length - 1] == ']')
            return true;
    }
    return false;
}

static void against_expected(verify_run *c, const array *got, size_t n)
{
    strictness how = file_is_int8(&c->file) ? STRICT_STEPS : STRICT_FLOAT;
    for (size_t i = 0; i < n; i++) {
        const inc_tensor *t = verify_find_array(c->expected, got[i].name, i, output_prefixes);
        if (!t && n == 1 && inc_tensors_count(c->expected) == 1)
            t = inc_tensors_items(c->expected);
        if (!t) {
            no_answer(c, got[i].name, "no answer is recorded");
            continue;
        }
        array wanted = array_of(t);
        add_verdict(c, &got[i], &wanted, how);
    }
    if (has_items(got, n) && verify_find_array(c->expected, "", n, output_prefixes))
        no_answer(c, "outputs", "a sequence has fewer items than answers are recorded");
}

static void against_arrays(verify_run *c, const array *got, size_t n, const array *wanted,
                           size_t n_wanted, strictness how)
{
    for (size_t i = 0; i < n; i++) {
        const array *w = i < n_wanted ? &wanted[i] : NULL;
        for (size_t k = 0; k < n_wanted; k++)
            if (strcmp(wanted[k].name, got[i].name) == 0)
                w = &wanted[k];
        if (w)
            add_verdict(c, &got[i], w, how);
        else
            no_answer(c, got[i].name, "the other file has no such output");
    }
    if (n < n_wanted && has_items(wanted, n_wanted))
        no_answer(c, "outputs", "a sequence has fewer items than in the other file");
}

/* ---- what is compared ---- */

/* The file itself, then the other side of it. */
static void run_both(verify_run *c, const char *other_path, const file_bytes *other, strictness how)
{
    static array got[MOST_ARRAYS], wanted[MOST_ARRAYS];
    session *mine = NULL, *others = NULL;
    size_t n = 0, n_wanted = 0;
    char why[512] = "";

    if (!verify_answer(c, c->path, NULL, OPTIMIZE_ALL, got, &n, &mine, why, sizeof why)) {
        no_answer(c, c->path, why);
    } else if (c->expected && !other_path && !other) {
        against_expected(c, got, n);
        arrays_free(got, n);
    } else {
        if (verify_answer(c, other_path, other, OPTIMIZE_NONE, wanted, &n_wanted, &others, why,
                          sizeof why)) {
            against_arrays(c, got, n, wanted, n_wanted, how);
            arrays_free(wanted, n_wanted);
        } else {
            no_answer(c, other_path ? other_path : "the model's own export", why);
        }
        arrays_free(got, n);
    }
    session_close(mine);
    session_close(others);
}

/* ---- all of it ---- */

static void compare_with_model(verify_run *c)
{
    verification *v = c->v;
    bool is_int8 = file_is_int8(&c->file);
    file_bytes again = {0};
    onnx_file wanted;
    if (export_again(c->o, &c->file, is_int8 ? INC_DTYPE_INT8 : INC_DTYPE_FP32, &again, &v->report,
                     v->not_compared, sizeof v->not_compared)) {
        if (onnx_open_bytes(&wanted, again.at, again.n))
            compare_files(&c->file, &wanted, v);
        onnx_close(&wanted);
    }
    free(again.at);
}

/* Whether the inputs are data, or made up: quantization is calibrated for data. */
static bool has_data(const verify_run *c)
{
    return c->examples || c->expected;
}

static void run_against_model(verify_run *c)
{
    verification *v = c->v;
    bool is_int8 = file_is_int8(&c->file);
    file_bytes fp32 = {0};
    if (!export_again(c->o, &c->file, INC_DTYPE_FP32, &fp32, NULL, v->not_compared,
                      sizeof v->not_compared)) {
        snprintf(v->not_run, sizeof v->not_run, "the model cannot be exported again");
    } else {
        if (!c->expected)
            run_both(c, NULL, &fp32, !is_int8 ? STRICT_FLOAT : has_data(c) ? BY_NOISE : ROUGHLY);
        if (c->o->layers && is_int8)
            verify_layers(c, &fp32);
    }
    free(fp32.at);
}

static void run_all(verify_run *c)
{
    verification *v = c->v;
    char why[512] = "";
    c->rt = runtime_open(c->o->ort, v->not_run, sizeof v->not_run);
    v->is_missing = !c->rt && c->o->ort;
    if (!c->rt)
        return;
    snprintf(v->runtime, sizeof v->runtime, "%s", runtime_version(c->rt));
    if (!verify_make_inputs(c, why, sizeof why)) {
        snprintf(v->not_run, sizeof v->not_run, "%s", why);
        v->runtime[0] = '\0';
        return;
    }
    if (c->o->against)
        run_both(c, c->o->against, NULL, STRICT_FLOAT);
    else if (c->expected)
        run_both(c, NULL, NULL, STRICT_FLOAT);
    if (c->model && (!c->expected || c->o->layers) && !c->o->against)
        run_against_model(c);
}

static int open_arrays(const char *option, const char *path, inc_tensors **set)
{
    inc_error *error = NULL;
    if (!path || inc_tensors_open_file(path, NULL, set, &error) == INC_OK)
        return EXIT_OK;
    return print_error_of(option, path, error);
}

int verify_files(const options *o, const char *model, const char *onnx, verification *v)
{
    verify_run *c = calloc(1, sizeof *c);
    if (!c)
        return out_of_memory();
    c->o = o;
    c->model = model;
    c->path = onnx;
    c->v = v;
    int status = open_arrays("--expected", o->expected, &c->expected);
    if (status == EXIT_OK)
        status = open_arrays("--example-inputs", o->example_inputs, &c->examples);
    if (status == EXIT_OK)
        status = open_onnx(&c->file, onnx);
    if (status == EXIT_OK && c->file.is_skimmed)
        status =
            fail(INC_E_IO, NULL, "%s cannot be mapped, without which it is not verified", onnx);
    if (status == EXIT_OK) {
        snprintf(v->against, sizeof v->against, "%s",
                 o->against    ? o->against
                 : o->expected ? o->expected
                 : model       ? (file_is_int8(&c->file) ? "the FP32 form of the model"
                                                         : "the model's own export")
                               : "nothing");
        if (model)
            compare_with_model(c);
        run_all(c);
    }
    for (size_t i = 0; i < MOST_ARRAYS; i++)
        free(c->owned[i]);
    runtime_close(c->rt);
    inc_tensors_free(c->expected);
    inc_tensors_free(c->examples);
    onnx_close(&c->file);
    free(c);
    return status;
}

void verification_free(verification *v)
{
    if (!v)
        return;
    inc_report_free(v->report);
    free(v->layers);
    free(v);
}

bool verification_is_good(const verification *v)
{
    bool good = v->n_differences == 0;
    for (size_t i = 0; i < v->n_outputs; i++)
        good = good && v->outputs[i].is_good;
    return good;
}

bool verification_is_any(const verification *v)
{
    return v->runtime[0] || v->is_compared;
}

int verification_status(const verification *v)
{
    return !verification_is_good(v)                   ? EXIT_CONTENT
           : verification_is_any(v) && !v->is_missing ? EXIT_OK
                                                      : EXIT_UNREADABLE;
}

int verify_command(const options *o)
{
    verification *v = calloc(1, sizeof *v);
    const char *onnx = o->files[o->n_files - 1];
    const char *model = o->n_files > 1 ? o->files[0] : NULL;
    if (!v)
        return out_of_memory();
    int status = verify_files(o, model, onnx, v);
    if (status == EXIT_OK) {
        if (o->json) {
            print_verification_json(v);
            putchar('\n');
        } else {
            print_verification(stdout, onnx, v);
        }
        status = verification_status(v);
    }
    verification_free(v);
    return status;
}
