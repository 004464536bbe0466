/* SPDX-License-Identifier: Apache-2.0 */
/* An ONNX file, anyone's, as far as checking, comparing and reporting ask for it: read from its
 * bytes alone, with every length checked. Texts and arrays belong to the file and end with it. */
#ifndef ONNX_FILE_H
#define ONNX_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Element types of ONNX that are asked for by name. */
enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT8 = 3, ONNX_INT32 = 6, ONNX_INT64 = 7 };

typedef struct onnx_graph onnx_graph;

typedef struct onnx_tensor {
    const char *name;
    int64_t type;
    const int64_t *dims;
    size_t n_dims;
    const unsigned char *bytes; /* little-endian elements; NULL: elsewhere, or in typed fields */
    size_t size;
    const char *location; /* external data: the file beside the model, NULL: none */
    uint64_t offset, length;
} onnx_tensor;

typedef struct onnx_attr {
    const char *name;
    int64_t type; /* 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints, 8 strings */
    int64_t i;
    float f;
    const char *s;
    const int64_t *ints;
    size_t n_ints;
    const onnx_graph *graph;
    const onnx_tensor *tensor;
    const unsigned char *bytes; /* all of it, for comparing */
    size_t size;
} onnx_attr;

typedef struct onnx_node {
    const char *name, *op_type, *domain;
    const char *const *inputs;
    size_t n_inputs;
    const char *const *outputs;
    size_t n_outputs;
    const onnx_attr *attrs;
    size_t n_attrs;
} onnx_node;

typedef struct onnx_value {
    const char *name;
    int64_t type; /* 0: not said */
    bool has_shape;
    const int64_t *dims; /* -1: symbol or unknown */
    const char *const *symbols;
    size_t n_dims;
} onnx_value;

struct onnx_graph {
    const char *name;
    onnx_node *nodes;
    size_t n_nodes;
    onnx_tensor *initializers;
    size_t n_initializers;
    onnx_value *inputs, *outputs, *values;
    size_t n_inputs, n_outputs, n_values;
};

typedef struct onnx_pair {
    const char *key, *value;
} onnx_pair;

typedef struct onnx_file {
    const unsigned char *bytes;
    size_t size; /* of the file */
    size_t n_bytes;
    int64_t ir_version;
    const char *producer, *producer_version;
    onnx_pair *metadata;
    size_t n_metadata;
    onnx_pair *opsets; /* domain, version as text */
    size_t n_opsets;
    onnx_graph graph;
    void *blocks; /* what is freed */
    bool is_mapped;
    bool is_skimmed; /* large constants have no bytes, as the file could not be mapped */
    const char *why; /* what is wrong, where reading failed */
} onnx_file;

/* False: why says what is wrong; the file has to be closed all the same. */
bool onnx_open(onnx_file *f, const char *path);
/* The same of bytes that live as long. */
bool onnx_open_bytes(onnx_file *f, const void *bytes, size_t size);
void onnx_close(onnx_file *f);
/* onnx_read.c: fills the rest of f from its bytes; false: why. And frees what that took. */
bool onnx_read_model(onnx_file *f);
void onnx_free_blocks(onnx_file *f);
/* onnx_skim.c: a file's message without the bytes of large constants, to be freed. NULL: why. */
unsigned char *onnx_skim(int fd, uint64_t size, size_t *n, const char **why);

/* onnx_find.c */
const onnx_tensor *onnx_find_tensor(const onnx_graph *g, const char *name);
const onnx_node *onnx_find_producer(const onnx_graph *g, const char *value);
const onnx_attr *onnx_find_attr(const onnx_node *n, const char *name);
const char *onnx_metadata(const onnx_file *f, const char *key); /* NULL: none */
/* The version of a domain's operators ("" is ONNX's own); 0: not imported. */
long onnx_opset(const onnx_file *f, const char *domain);
const char *onnx_type_name(int64_t type); /* "float32"; "?" */
size_t onnx_type_size(int64_t type);      /* bytes of an element; 0: none of fixed size */
/* The first element as a number; false where the tensor does not hold it. */
bool onnx_number(const onnx_tensor *t, size_t i, double *value);
/* Elements in all; 0 too where a size is not known. */
uint64_t onnx_count(const onnx_tensor *t);

#endif
