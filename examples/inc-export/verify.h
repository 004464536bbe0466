/* SPDX-License-Identifier: Apache-2.0 */
/* What verify finds, for its own words, JSON and the report. */
#ifndef VERIFY_H
#define VERIFY_H

#include "command.h"
#include "onnx_file.h"
#include "runtime.h"

enum { MOST_DIFFERENCES = 24, MOST_VERDICTS = 512, MOST_LAYERS = 1024 };

/* How two arrays of one output differ. */
typedef struct verdict {
    char name[160];
    const char *type;
    uint64_t n;      /* elements */
    double largest;  /* difference, */
    double allowed;  /* and what the element type suggests */
    double snr;      /* decibel; INFINITY: equal */
    double step;     /* of the quantized value; 0: not known, or not quantized */
    double in_steps; /* largest in steps */
    bool is_good;
    char why[160];
} verdict;

typedef struct verification {
    char against[256]; /* what it was compared with */
    char runtime[64];  /* "1.23.2"; "": not run, */
    char not_run[512]; /* because */
    bool is_missing;   /* the ONNX Runtime that was named is not there */
    bool is_compared;  /* with what MODEL gives */
    char differences[MOST_DIFFERENCES][256];
    size_t n_differences;
    char not_compared[512];
    inc_report *report; /* of the export that the file was compared with; NULL: there is none */
    verdict outputs[MOST_VERDICTS];
    size_t n_outputs;
    verdict *layers; /* NULL: not asked for */
    size_t n_layers;
    char no_layers[256];
} verification;

/* compare.c */
/* The verdict on one output. int8: the model computes on integers, and is judged by its steps where
 * strict is asked for, by its signal to noise where not; roughly on inputs that were made up. */
typedef enum strictness { STRICT_FLOAT, STRICT_STEPS, BY_NOISE, ROUGHLY } strictness;
void compare_arrays(verdict *v, const array *got, const array *wanted, double step, strictness how);
bool array_number(const array *a, size_t i, double *value);
int onnx_type_of(inc_element element);

/* bytes.c: a file in memory. */
typedef struct file_bytes {
    unsigned char *at;
    size_t n, capacity;
} file_bytes;
int bytes_write(const void *data, size_t n, void *to); /* inc_write_fn */
/* The model with more of its values as outputs; false: no memory. */
bool bytes_add_outputs(file_bytes *b, const void *model, size_t n, const char *const *names,
                       size_t n_names);

/* again.c */
/* Exports MODEL as the file was, or as FP32; report (may be NULL) is the caller's. False: why. */
bool export_again(const options *o, const onnx_file *file, inc_dtype dtype, file_bytes *out,
                  inc_report **report, char *why, size_t size);
/* What the file has otherwise than what MODEL gives. */
void compare_files(const onnx_file *file, const onnx_file *wanted, verification *v);
bool file_is_int8(const onnx_file *file);

/* verify.c */
int verify_files(const options *o, const char *model, const char *onnx, verification *v);
void verification_free(verification *v); /* NULL is fine */
/* Nothing that was looked at is wrong; and whether anything was. */
bool verification_is_good(const verification *v);
bool verification_is_any(const verification *v);
int verification_status(const verification *v); /* for the shell */
void print_verification(FILE *to, const char *onnx, const verification *v);
void print_verification_json(const verification *v);
int verify_command(const options *o);

#endif
