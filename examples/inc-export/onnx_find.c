/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of an ONNX file that was read: who makes a value, which attribute, which number. */
#include <stdlib.h>
#include <string.h>

#include "onnx_file.h"

const onnx_tensor *onnx_find_tensor(const onnx_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_initializers; i++)
        if (strcmp(g->initializers[i].name, name) == 0)
            return &g->initializers[i];
    return NULL;
}

const onnx_node *onnx_find_producer(const onnx_graph *g, const char *value)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t k = 0; k < g->nodes[i].n_outputs; k++)
            if (strcmp(g->nodes[i].outputs[k], value) == 0)
                return &g->nodes[i];
    return NULL;
}

const onnx_attr *onnx_find_attr(const onnx_node *n, const char *name)
{
    for (size_t i = 0; i < n->n_attrs; i++)
        if (strcmp(n->attrs[i].name, name) == 0)
            return &n->attrs[i];
    return NULL;
}

const char *onnx_metadata(const onnx_file *f, const char *key)
{
    for (size_t i = 0; i < f->n_metadata; i++)
        if (strcmp(f->metadata[i].key, key) == 0)
            return f->metadata[i].value;
    return NULL;
}

long onnx_opset(const onnx_file *f, const char *domain)
{
    for (size_t i = 0; i < f->n_opsets; i++)
        if (strcmp(f->opsets[i].key, domain) == 0 ||
            (!*domain && strcmp(f->opsets[i].key, "ai.onnx") == 0))
            return strtol(f->opsets[i].value, NULL, 10);
    return 0;
}

static const struct {
    const char *name;
    size_t size;
} types[] = {{"?", 0},           {"float32", 4}, {"uint8", 1},  {"int8", 1},   {"uint16", 2},
             {"int16", 2},       {"int32", 4},   {"int64", 8},  {"string", 0}, {"bool", 1},
             {"float16", 2},     {"float64", 8}, {"uint32", 4}, {"uint64", 8}, {"complex64", 8},
             {"complex128", 16}, {"bfloat16", 2}};
enum { N_TYPES = sizeof types / sizeof types[0] };

const char *onnx_type_name(int64_t type)
{
    return type >= 0 && type < N_TYPES ? types[type].name : "?";
}

size_t onnx_type_size(int64_t type)
{
    return type >= 0 && type < N_TYPES ? types[type].size : 0;
}

uint64_t onnx_count(const onnx_tensor *t)
{
    uint64_t n = 1;
    for (size_t i = 0; i < t->n_dims; i++)
        if (t->dims[i] < 0 || __builtin_mul_overflow(n, (uint64_t)t->dims[i], &n))
            return 0;
    return n;
}

bool onnx_number(const onnx_tensor *t, size_t i, double *value)
{
    size_t size = onnx_type_size(t->type);
    if (!t->bytes || size == 0 || size > 8 || (i + 1) * size > t->size)
        return false;
    uint64_t bits = 0;
    for (size_t k = 0; k < size; k++)
        bits |= (uint64_t)t->bytes[i * size + k] << (8 * k);
    uint32_t low = (uint32_t)bits;
    float single;
    switch (t->type) {
    case ONNX_FLOAT:
        memcpy(&single, &low, sizeof single);
        *value = (double)single;
        return true;
    case 11: /* float64 */
        memcpy(value, &bits, sizeof *value);
        return true;
    case ONNX_INT8:
        *value = (double)(int8_t)bits;
        return true;
    case 5:
        *value = (double)(int16_t)bits;
        return true;
    case ONNX_INT32:
        *value = (double)(int32_t)low;
        return true;
    case ONNX_INT64:
        *value = (double)(int64_t)bits;
        return true;
    case 10: /* float16 and bfloat16 are not asked for */
    case 16:
        return false;
    default:
        *value = (double)bits;
        return true;
    }
}
