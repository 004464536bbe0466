/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of verify share. */
#ifndef VERIFY_INTERNAL_H
#define VERIFY_INTERNAL_H

#include "verify.h"

/* One call of verify. */
typedef struct verify_run {
    const options *o;
    const char *model, *path; /* model: NULL for none */
    verification *v;
    onnx_file file;
    runtime *rt;
    inc_tensors *expected, *examples;
    array inputs[MOST_ARRAYS];
    void *owned[MOST_ARRAYS]; /* data of inputs that were made here */
    size_t n_inputs;
} verify_run;

/* ---- verify_inputs.c ---- */
/* An array that borrows what it holds. */
array array_of(const inc_tensor *t);
/* The array for a value of the model: by its name, or by one of the prefixes (the last is NULL) and
 * its number, as "out_1"; NULL: there is none. */
const inc_tensor *verify_find_array(const inc_tensors *set, const char *name, size_t index,
                                    const char *const *prefixes);
/* Sets the inputs: those that were given, or made up where none were; false: why. */
bool verify_make_inputs(verify_run *c, char *why, size_t size);
/* Runs a model (a file, or its bytes) on the inputs; the answers live as long as *open, which is
 * set where there is anything to close. */
bool verify_answer(verify_run *c, const char *path, const file_bytes *model, int optimization,
                   array *out, size_t *n_out, session **open, char *why, size_t size);

/* ---- verify_layers.c ---- */
/* Compares every quantized value with that of the FP32 form. */
void verify_layers(verify_run *c, const file_bytes *fp32);

#endif
