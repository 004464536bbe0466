/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export verify: is the ONNX file what the model gives, and does it answer as PyTorch did?
 *
 *     verify MODEL OUT.onnx                        beside what MODEL gives: every weight and
 * operator, and the answers (of an int8 file: beside its FP32 form) verify [MODEL] OUT.onnx
 * --expected FILE.npz  beside answers that PyTorch gave verify OUT.onnx --against OTHER.onnx two
 * files beside each other */
#include "verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct check {
    const options *o;
    const char *model, *path; /* model: NULL for none */
    verification *v;
    onnx_file file;
    runtime *rt;
    inc_tensors *expected, *examples;
    array inputs[MOST_ARRAYS];
    void *owned[MOST_ARRAYS]; /* data of inputs that were made here */
    size_t n_inputs;
} check;

/* ---- arrays of a file ---- */

static array as_array(const inc_tensor *t)
{
    array a = {.name = t->name, .type = onnx_type_of(t->element), .rank = t->rank};
    memcpy(&a.data, &t->data, sizeof a.data);
    a.n_bytes = inc_element_size(t->element);
    for (size_t i = 0; i < t->rank && i < 16; i++) {
        a.shape[i] = t->shape[i];
        a.n_bytes *= (size_t)t->shape[i];
    }
    return a;
}

/* The number at the end of "in_3"; -1: there is none. */
static long number_of(const char *name)
{
    size_t n = strlen(name), at = n;
    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9')
        at--;
    return at < n && at > 0 && name[at - 1] == '_' ? strtol(name + at, NULL, 10) : -1;
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* The array for a value of the model: by its name, or by prefix and number; NULL: there is none. */
static const inc_tensor *find_array(const inc_tensors *set, const char *name, size_t index,
                                    const char *const *prefixes)
{
    const inc_tensor *items = inc_tensors_items(set);
    for (size_t i = 0; i < inc_tensors_count(set); i++)
        if (items[i].name && strcmp(items[i].name, name) == 0)
            return &items[i];
    for (size_t i = 0; i < inc_tensors_count(set); i++)
        for (size_t k = 0; items[i].name && prefixes[k]; k++)
            if (begins(items[i].name, prefixes[k]) && number_of(items[i].name) == (long)index)
                return &items[i];
    return NULL;
}

static const char *const input_prefixes[] = {"in_", "input_", NULL};
static const char *const any_prefixes[] = {"in_", "input_", "arr_", NULL};
static const char *const output_prefixes[] = {"out_", "output_", "expected_", NULL};

/* ---- inputs ---- */

/* Numbers that look like data: a repeatable bell between -2 and 2, small integers, and no more rows
 * of an embedding than the smallest has. */
static void fill(array *a, size_t n)
{
    uint64_t state = 88172645463325252U;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < 4; k++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            sum += (double)(state >> 40) / 16777216.0 - 0.5;
        }
        float single = (float)(sum * 1.5);
        double real = sum * 1.5;
        int64_t integer = (int64_t)(state >> 60) % 2;
        unsigned char *at = (unsigned char *)a->data + i * (a->n_bytes / n);
        if (a->type == 1)
            memcpy(at, &single, sizeof single);
        else if (a->type == 11)
            memcpy(at, &real, sizeof real);
        else if (a->type != 10 && a->type != 16)
            memcpy(at, &integer, a->n_bytes / n);
    }
}

static bool make_input(check *c, size_t i, char *why, size_t size)
{
    const onnx_value *v = &c->file.graph.inputs[i];
    array *a = &c->inputs[i];
    uint64_t n = 1;
    *a = (array){.name = v->name, .type = (int)v->type, .rank = v->n_dims};
    for (size_t k = 0; k < v->n_dims && k < 16; k++) {
        a->shape[k] = v->dims[k] >= 0 ? v->dims[k] : k == 0 ? 4 : v->n_dims >= 4 ? 32 : 16;
        n *= (uint64_t)a->shape[k];
    }
    a->n_bytes = (size_t)n * onnx_type_size(v->type);
    if (n > 1U << 28 || v->n_dims > 16 || onnx_type_size(v->type) == 0) {
        snprintf(why, size, "no inputs can be made up for %s: give them with --example-inputs",
                 v->name);
        return false;
    }
    a->data = c->owned[i] = calloc(a->n_bytes + 1, 1);
    if (a->data && n > 0)
        fill(a, (size_t)n);
    return a->data != NULL;
}

static bool make_inputs(check *c, char *why, size_t size)
{
    const onnx_graph *g = &c->file.graph;
    size_t n = 0;
    if (g->n_inputs > MOST_ARRAYS) {
        snprintf(why, size, "the model has too many inputs");
        return false;
    }
    for (size_t i = 0; i < g->n_inputs; i++) {
        if (onnx_find_tensor(g, g->inputs[i].name)) /* an initializer that old files list too */
            continue;
        const inc_tensor *t = NULL;
        if (c->examples)
            t = find_array(c->examples, g->inputs[i].name, i, any_prefixes);
        if (!t && c->examples && inc_tensors_count(c->examples) == 1 && g->n_inputs == 1)
            t = inc_tensors_items(c->examples);
        if (!t && c->expected)
            t = find_array(c->expected, g->inputs[i].name, i, input_prefixes);
        if (!t && (c->examples || c->expected)) {
            snprintf(why, size, "there is no array for the input %s; call it %s or in_%zu",
                     g->inputs[i].name, g->inputs[i].name, i);
            return false;
        }
        if (t)
            c->inputs[i] = as_array(t);
        else if (!make_input(c, i, why, size))
            return false;
        n++;
    }
    c->n_inputs = n;
    return true;
}

/* ---- answers ---- */

/* Runs a model on the inputs, in the order in which it asks for them. */
static bool answer(check *c, const char *path, const file_bytes *model, int optimization,
                   array *out, size_t *n_out, session **open, char *why, size_t size)
{
    array in[MOST_ARRAYS];
    session *s = session_open(c->rt, path, model ? model->at : NULL, model ? model->n : 0,
                              optimization, why, size);
    if (!s)
        return false;
    *open = s;
    for (size_t i = 0; i < session_n_inputs(s); i++) {
        bool is_found = false;
        for (size_t k = 0; k < c->file.graph.n_inputs && !is_found; k++)
            if (c->inputs[k].data &&
                strcmp(c->file.graph.inputs[k].name, session_input(s, i)) == 0) {
                in[i] = c->inputs[k];
                is_found = true;
            }
        if (!is_found && i < c->n_inputs && session_n_inputs(s) == c->n_inputs) {
            in[i] = c->inputs[i];
            is_found = true;
        }
        if (!is_found) {
            snprintf(why, size, "it has an input %s, which the other has not", session_input(s, i));
            return false;
        }
    }
    *n_out = session_n_outputs(s);
    return session_run(s, in, out, why, size);
}

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

static void add_verdict(check *c, const array *got, const array *wanted, strictness how)
{
    verification *v = c->v;
    if (v->n_outputs < MOST_VERDICTS)
        compare_arrays(&v->outputs[v->n_outputs++], got, wanted, step_of(&c->file.graph, got->name),
                       how);
}

static void no_answer(check *c, const char *which, const char *why)
{
    verdict *d = &c->v->outputs[c->v->n_outputs++];
    *d = (verdict){.type = "?"};
    snprintf(d->name, sizeof d->name, "%s", which);
    snprintf(d->why, sizeof d->why, "%.150s", why);
}

static void against_expected(check *c, const array *got, size_t n)
{
    strictness how = file_is_int8(&c->file) ? STRICT_STEPS : STRICT_FLOAT;
    for (size_t i = 0; i < n; i++) {
        const inc_tensor *t = find_array(c->expected, got[i].name, i, output_prefixes);
        if (!t && n == 1 && inc_tensors_count(c->expected) == 1)
            t = inc_tensors_items(c->expected);
        if (!t) {
            no_answer(c, got[i].name, "no answer is recorded");
            continue;
        }
        array wanted = as_array(t);
        add_verdict(c, &got[i], &wanted, how);
    }
}

static void against_arrays(check *c, const array *got, size_t n, const array *wanted,
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
}

/* ---- what is compared ---- */

/* The file itself, then the other side of it. */
static void run_both(check *c, const char *other_path, const file_bytes *other, strictness how)
{
    static array got[MOST_ARRAYS], wanted[MOST_ARRAYS];
    session *mine = NULL, *others = NULL;
    size_t n = 0, n_wanted = 0;
    char why[512] = "";

    if (!answer(c, c->path, NULL, OPTIMIZE_ALL, got, &n, &mine, why, sizeof why)) {
        no_answer(c, c->path, why);
    } else if (c->expected && !other_path && !other) {
        against_expected(c, got, n);
        arrays_free(got, n);
    } else {
        if (answer(c, other_path, other, OPTIMIZE_NONE, wanted, &n_wanted, &others, why,
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

/* ---- layer by layer ---- */

typedef struct layers {
    const char *real[MOST_ARRAYS], *quantized[MOST_ARRAYS]; /* names in both files */
    double step[MOST_ARRAYS];
    size_t n;
} layers;

static bool is_scaled_by(const onnx_graph *g, const onnx_node *n, double step)
{
    const onnx_tensor *scale = n->n_inputs > 1 ? onnx_find_tensor(g, n->inputs[1]) : NULL;
    double value;
    return scale && onnx_count(scale) == 1 && onnx_number(scale, 0, &value) && value == step;
}

/* Every value that is quantized, and that the FP32 form has under the same name. */
static void find_layers(const onnx_graph *g, const onnx_graph *fp32, layers *l)
{
    for (size_t i = 0; i < g->n_nodes && l->n < MOST_ARRAYS - 64; i++) {
        const onnx_node *n = &g->nodes[i];
        if (strcmp(n->op_type, "DequantizeLinear") != 0 || n->n_inputs < 2)
            continue;
        const onnx_node *q = onnx_find_producer(g, n->inputs[0]);
        const onnx_tensor *scale = onnx_find_tensor(g, n->inputs[1]);
        double step = 0;
        if (!q || strcmp(q->op_type, "QuantizeLinear") != 0 || !scale || onnx_count(scale) != 1 ||
            !onnx_number(scale, 0, &step) || !onnx_find_producer(fp32, q->inputs[0]))
            continue;
        bool is_known = false;
        for (size_t k = 0; k < l->n; k++)
            is_known = is_known || strcmp(l->real[k], q->inputs[0]) == 0;
        if (is_known || !is_scaled_by(g, q, step)) /* one that computes with the integers */
            continue;
        l->real[l->n] = q->inputs[0];
        l->quantized[l->n] = n->outputs[0];
        l->step[l->n++] = step;
    }
}

static void compare_layers(check *c, const layers *l, const array *got, size_t n,
                           const array *wanted, size_t n_wanted)
{
    verification *v = c->v;
    v->layers = calloc(l->n + 1, sizeof *v->layers);
    for (size_t i = 0; v->layers && i < l->n; i++) {
        const array *a = NULL, *b = NULL;
        for (size_t k = 0; k < n; k++)
            a = strcmp(got[k].name, l->quantized[i]) == 0 ? &got[k] : a;
        for (size_t k = 0; k < n_wanted; k++)
            b = strcmp(wanted[k].name, l->real[i]) == 0 ? &wanted[k] : b;
        if (!a || !b)
            continue;
        verdict *d = &v->layers[v->n_layers++];
        compare_arrays(d, a, b, l->step[i], BY_NOISE);
        snprintf(d->name, sizeof d->name, "%s", l->real[i]);
    }
}

static void run_layers(check *c, const file_bytes *fp32)
{
    static array got[MOST_ARRAYS], wanted[MOST_ARRAYS];
    layers *l = calloc(1, sizeof *l);
    onnx_file reference = {0};
    file_bytes mine = {0}, theirs = {0};
    session *a = NULL, *b = NULL;
    size_t n = 0, n_wanted = 0;

    if (l && onnx_open_bytes(&reference, fp32->at, fp32->n))
        find_layers(&c->file.graph, &reference.graph, l);
    if (!l || l->n == 0)
        snprintf(c->v->no_layers, sizeof c->v->no_layers,
                 "no quantized value has its counterpart; layers are compared in QDQ files");
    else if (bytes_add_outputs(&mine, c->file.bytes, c->file.size, l->quantized, l->n) &&
             bytes_add_outputs(&theirs, fp32->at, fp32->n, l->real, l->n) &&
             answer(c, NULL, &mine, OPTIMIZE_NONE, got, &n, &a, c->v->no_layers,
                    sizeof c->v->no_layers) &&
             answer(c, NULL, &theirs, OPTIMIZE_NONE, wanted, &n_wanted, &b, c->v->no_layers,
                    sizeof c->v->no_layers))
        compare_layers(c, l, got, n, wanted, n_wanted);
    arrays_free(got, n);
    arrays_free(wanted, n_wanted);
    session_close(a);
    session_close(b);
    free(mine.at);
    free(theirs.at);
    onnx_close(&reference);
    free(l);
}

/* ---- all of it ---- */

static void compare_with_model(check *c)
{
    verification *v = c->v;
    bool is_int8 = file_is_int8(&c->file);
    file_bytes again = {0};
    onnx_file wanted;
    if (export_again(c->o, &c->file, is_int8 ? INC_DTYPE_INT8 : INC_DTYPE_FP32, &again,
                     v->not_compared, sizeof v->not_compared)) {
        if (onnx_open_bytes(&wanted, again.at, again.n))
            compare_files(&c->file, &wanted, v);
        onnx_close(&wanted);
    }
    free(again.at);
}

/* Whether the inputs are data, or made up: quantization is calibrated for data. */
static bool has_data(const check *c)
{
    return c->examples || c->expected;
}

static void run_against_model(check *c)
{
    verification *v = c->v;
    bool is_int8 = file_is_int8(&c->file);
    file_bytes fp32 = {0};
    if (!export_again(c->o, &c->file, INC_DTYPE_FP32, &fp32, v->not_compared,
                      sizeof v->not_compared)) {
        snprintf(v->not_run, sizeof v->not_run, "the model cannot be exported again");
    } else {
        if (!c->expected)
            run_both(c, NULL, &fp32, !is_int8 ? STRICT_FLOAT : has_data(c) ? BY_NOISE : ROUGHLY);
        if (c->o->layers && is_int8)
            run_layers(c, &fp32);
    }
    free(fp32.at);
}

static void run_all(check *c)
{
    verification *v = c->v;
    char why[512] = "";
    c->rt = runtime_open(c->o->ort, v->not_run, sizeof v->not_run);
    if (!c->rt)
        return;
    snprintf(v->runtime, sizeof v->runtime, "%s", runtime_version(c->rt));
    if (!make_inputs(c, why, sizeof why)) {
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
    check *c = calloc(1, sizeof *c);
    if (!c)
        return out_of_memory();
    c->o = o;
    c->model = model;
    c->path = onnx;
    c->v = v;
    int status = open_arrays("--expected", o->expected, &c->expected);
    if (status == EXIT_OK)
        status = open_arrays("--example-inputs", o->example_inputs, &c->examples);
    if (status == EXIT_OK && !onnx_open(&c->file, onnx))
        status = fail(INC_E_FORMAT, NULL, "%s: %s", onnx, c->file.why);
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

bool verification_is_good(const verification *v)
{
    bool good = v->n_differences == 0;
    for (size_t i = 0; i < v->n_outputs; i++)
        good = good && v->outputs[i].is_good;
    return good;
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
        if (!verification_is_good(v))
            status = EXIT_CONTENT;
        else if (!v->runtime[0] && !v->is_compared)
            status = EXIT_UNREADABLE;
    }
    free(v->layers);
    free(v);
    return status;
}
