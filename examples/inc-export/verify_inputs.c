/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs that verify runs models on: arrays of files, found by name or number, or made up. */
#include <stdlib.h>
#include <string.h>

#include "verify_internal.h"

array array_of(const inc_tensor *t)
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

const inc_tensor *verify_find_array(const inc_tensors *set, const char *name, size_t index,
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

static bool make_input(verify_run *c, size_t i, char *why, size_t size)
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

bool verify_make_inputs(verify_run *c, char *why, size_t size)
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
            t = verify_find_array(c->examples, g->inputs[i].name, i, any_prefixes);
        if (!t && c->examples && inc_tensors_count(c->examples) == 1 && g->n_inputs == 1)
            t = inc_tensors_items(c->examples);
        if (!t && c->expected)
            t = verify_find_array(c->expected, g->inputs[i].name, i, input_prefixes);
        if (!t && (c->examples || c->expected)) {
            snprintf(why, size, "there is no array for the input %s; call it %s or in_%zu",
                     g->inputs[i].name, g->inputs[i].name, i);
            return false;
        }
        if (t)
            c->inputs[i] = array_of(t);
        else if (!make_input(c, i, why, size))
            return false;
        n++;
    }
    c->n_inputs = n;
    return true;
}

/* Runs a model on the inputs, in the order in which it asks for them. */
bool verify_answer(verify_run *c, const char *path, const file_bytes *model, int optimization,
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
    return session_run(s, in, out, n_out, why, size);
}
