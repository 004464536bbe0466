/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf's wire format, read for the messages of onnx.proto; see onnx_file.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_file.h"

enum { DEEPEST = 16 };

/* ---- memory ---- */

/* ---- memory ---- */

typedef struct block {
    struct block *next;
} block;

static void *take(onnx_file *f, size_t n, size_t size)
{
    if (size > 0 && n > (SIZE_MAX - sizeof(block)) / size)
        return NULL;
    block *b = calloc(1, sizeof *b + n * size + 8);
    if (!b) {
        f->why = "out of memory";
        return NULL;
    }
    b->next = f->blocks;
    f->blocks = b;
    return b + 1;
}

void onnx_free_blocks(onnx_file *f)
{
    for (block *b = f->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    f->blocks = NULL;
}

/* An array that grows by doubling: room for one more. */
static bool grow(onnx_file *f, void *array, size_t n, size_t size)
{
    void **items = array;
    if (n != 0 && (n & (n - 1)) != 0)
        return true;
    void *larger = take(f, n == 0 ? 1 : n * 2, size);
    if (!larger)
        return false;
    if (n > 0)
        memcpy(larger, *items, n * size);
    *items = larger;
    return true;
}

/* ---- wire format ---- */

typedef struct reader {
    onnx_file *f;
    const unsigned char *at, *end;
    int depth;
} reader;

typedef struct field {
    uint32_t number, kind; /* 0 varint, 1 eight bytes, 2 bytes, 5 four bytes */
    uint64_t value;
    const unsigned char *bytes;
    size_t size;
} field;

static bool broken(reader *r, const char *why)
{
    if (!r->f->why)
        r->f->why = why;
    return false;
}

static bool read_varint(reader *r, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!r->at || r->at == r->end)
            return broken(r, "it ends in the middle of a number");
        unsigned char c = *r->at++;
        *value |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return true;
    }
    return broken(r, "a number has more than ten bytes");
}

static bool read_fixed(reader *r, size_t n, uint64_t *value)
{
    if (!r->at || (size_t)(r->end - r->at) < n)
        return broken(r, "it ends in the middle of a number");
    *value = 0;
    for (size_t i = 0; i < n; i++)
        *value |= (uint64_t)r->at[i] << (8 * i);
    r->at += n;
    return true;
}

/* The next field; false at the end, and when something is wrong (then why is set). */
static bool next_field(reader *r, field *out)
{
    uint64_t tag, size;
    if (r->at == r->end || r->f->why || !read_varint(r, &tag))
        return false;
    *out = (field){.number = (uint32_t)(tag >> 3), .kind = (uint32_t)(tag & 7)};
    switch (out->kind) {
    case 0:
        return read_varint(r, &out->value);
    case 1:
        return read_fixed(r, 8, &out->value);
    case 5:
        return read_fixed(r, 4, &out->value);
    case 2:
        if (!read_varint(r, &size))
            return false;
        if (size > (uint64_t)(r->end - r->at))
            return broken(r, "a length reaches beyond its end");
        out->bytes = r->at;
        out->size = (size_t)size;
        r->at += size;
        return true;
    default:
        return broken(r, "it is no protobuf message");
    }
}

static reader inside(const reader *r, const field *x)
{
    return (reader){r->f, x->bytes, x->bytes + x->size, r->depth + 1};
}

static const char *text_of(reader *r, const field *x)
{
    char *text = x->kind == 2 ? take(r->f, x->size + 1, 1) : NULL;
    if (!text)
        return "";
    if (x->size > 0)
        memcpy(text, x->bytes, x->size);
    return text;
}

static void add_text(reader *r, const char *const **items, size_t *n, const field *x)
{
    if (grow(r->f, items, *n, sizeof **items)) {
        const char **list = NULL;
        memcpy(&list, items, sizeof list);
        list[(*n)++] = text_of(r, x);
    }
}

/* Of a repeated number: one, or many packed. */
static void add_numbers(reader *r, const int64_t **items, size_t *n, const field *x)
{
    reader in = x->kind == 2 ? inside(r, x) : *r;
    uint64_t value = x->value;
    bool more = x->kind != 2 || in.at < in.end;
    while (more && (x->kind != 2 || read_varint(&in, &value))) {
        if (!grow(r->f, items, *n, sizeof **items))
            return;
        int64_t *list = NULL;
        memcpy(&list, items, sizeof list);
        list[(*n)++] = (int64_t)value;
        more = x->kind == 2 && in.at < in.end;
    }
}

/* ---- messages ---- */

static void read_pair(reader *r, const field *x, onnx_pair *pair)
{
    reader in = inside(r, x);
    field y;
    *pair = (onnx_pair){"", ""};
    while (next_field(&in, &y)) {
        if (y.number == 1)
            pair->key = text_of(&in, &y);
        else if (y.number == 2)
            pair->value = text_of(&in, &y);
    }
}

static void read_external(reader *r, const field *x, onnx_tensor *t)
{
    onnx_pair pair;
    read_pair(r, x, &pair);
    if (strcmp(pair.key, "location") == 0)
        t->location = pair.value;
    else if (strcmp(pair.key, "offset") == 0)
        t->offset = strtoull(pair.value, NULL, 10);
    else if (strcmp(pair.key, "length") == 0)
        t->length = strtoull(pair.value, NULL, 10);
}

static void read_tensor(reader *r, const field *x, onnx_tensor *t)
{
    reader in = inside(r, x);
    field y;
    *t = (onnx_tensor){.name = ""};
    while (next_field(&in, &y)) {
        if (y.number == 1) {
            add_numbers(&in, &t->dims, &t->n_dims, &y);
        } else if (y.number == 2) {
            t->type = (int64_t)y.value;
        } else if (y.number == 8) {
            t->name = text_of(&in, &y);
        } else if (y.number == 9 || (y.number == 4 && y.kind == 2)) { /* raw_data, packed floats */
            t->bytes = y.bytes;
            t->size = y.size;
        } else if (y.number == 13) {
            read_external(&in, &y, t);
        }
    }
}

static void read_dims(reader *r, const field *x, onnx_value *v)
{
    reader in = inside(r, x);
    field y, z;
    v->has_shape = true;
    size_t n_symbols = 0;
    while (next_field(&in, &y)) {
        reader dim = inside(&in, &y);
        field value = {.kind = 0, .value = UINT64_MAX},
              symbol = {.kind = 2, .bytes = (const unsigned char *)""};
        while (next_field(&dim, &z)) {
            if (z.number == 1)
                value = z;
            else if (z.number == 2)
                symbol = z;
        }
        add_numbers(&in, &v->dims, &v->n_dims, &value);
        add_text(&in, &v->symbols, &n_symbols, &symbol);
    }
}

static void read_value(reader *r, const field *x, onnx_value *v)
{
    reader in = inside(r, x);
    field y, z, w;
    *v = (onnx_value){.name = ""};
    while (next_field(&in, &y)) {
        if (y.number == 1)
            v->name = text_of(&in, &y);
        if (y.number != 2 || y.kind != 2)
            continue;
        reader type = inside(&in, &y);
        while (next_field(&type, &z)) {
            if (z.number != 1 || z.kind != 2) /* tensor_type */
                continue;
            reader tensor = inside(&type, &z);
            while (next_field(&tensor, &w)) {
                if (w.number == 1)
                    v->type = (int64_t)w.value;
                else if (w.number == 2 && w.kind == 2)
                    read_dims(&tensor, &w, v);
            }
        }
    }
}

static void read_graph(reader *r, const field *x, onnx_graph *g);

static void read_attr(reader *r, const field *x, onnx_attr *a)
{
    reader in = inside(r, x);
    field y;
    *a = (onnx_attr){.name = "", .bytes = x->bytes, .size = x->size};
    while (next_field(&in, &y)) {
        uint32_t bits = (uint32_t)y.value;
        if (y.number == 1) {
            a->name = text_of(&in, &y);
        } else if (y.number == 2) {
            memcpy(&a->f, &bits, sizeof a->f);
        } else if (y.number == 3) {
            a->i = (int64_t)y.value;
        } else if (y.number == 4) {
            a->s = text_of(&in, &y);
        } else if (y.number == 5 && y.kind == 2) {
            onnx_tensor *t = take(r->f, 1, sizeof *t);
            if (t)
                read_tensor(&in, &y, t);
            a->tensor = t;
        } else if (y.number == 6 && y.kind == 2) {
            onnx_graph *g = take(r->f, 1, sizeof *g);
            if (g)
                read_graph(&in, &y, g);
            a->graph = g;
        } else if (y.number == 8) {
            add_numbers(&in, &a->ints, &a->n_ints, &y);
        } else if (y.number == 20) {
            a->type = (int64_t)y.value;
        }
    }
}

static void read_node(reader *r, const field *x, onnx_node *n)
{
    reader in = inside(r, x);
    field y;
    *n = (onnx_node){.name = "", .op_type = "", .domain = ""};
    while (next_field(&in, &y)) {
        if (y.number == 1) {
            add_text(&in, &n->inputs, &n->n_inputs, &y);
        } else if (y.number == 2) {
            add_text(&in, &n->outputs, &n->n_outputs, &y);
        } else if (y.number == 3) {
            n->name = text_of(&in, &y);
        } else if (y.number == 4) {
            n->op_type = text_of(&in, &y);
        } else if (y.number == 7) {
            n->domain = text_of(&in, &y);
        } else if (y.number == 5 && y.kind == 2 &&
                   grow(r->f, &n->attrs, n->n_attrs, sizeof *n->attrs)) {
            onnx_attr *list = NULL;
            memcpy(&list, &n->attrs, sizeof list);
            read_attr(&in, &y, &list[n->n_attrs++]);
        }
    }
}

static void add_value(reader *r, onnx_value **items, size_t *n, const field *x)
{
    if (grow(r->f, items, *n, sizeof **items))
        read_value(r, x, &(*items)[(*n)++]);
}

static void read_graph(reader *r, const field *x, onnx_graph *g)
{
    reader in = inside(r, x);
    field y;
    if (in.depth > DEEPEST) {
        broken(r, "graphs lie in graphs too deeply");
        return;
    }
    if (!g->name)
        g->name = "";
    while (next_field(&in, &y)) {
        if (y.kind != 2)
            continue;
        if (y.number == 1 && grow(r->f, &g->nodes, g->n_nodes, sizeof *g->nodes))
            read_node(&in, &y, &g->nodes[g->n_nodes++]);
        else if (y.number == 2)
            g->name = text_of(&in, &y);
        else if (y.number == 5 &&
                 grow(r->f, &g->initializers, g->n_initializers, sizeof *g->initializers))
            read_tensor(&in, &y, &g->initializers[g->n_initializers++]);
        else if (y.number == 11)
            add_value(&in, &g->inputs, &g->n_inputs, &y);
        else if (y.number == 12)
            add_value(&in, &g->outputs, &g->n_outputs, &y);
        else if (y.number == 13)
            add_value(&in, &g->values, &g->n_values, &y);
    }
}

static void read_opset(reader *r, const field *x)
{
    reader in = inside(r, x);
    onnx_file *f = r->f;
    field y;
    onnx_pair pair = {"", "0"};
    while (next_field(&in, &y)) {
        char *version = y.number == 2 ? take(f, 24, 1) : NULL;
        if (y.number == 1)
            pair.key = text_of(&in, &y);
        if (version) {
            snprintf(version, 24, "%lld", (long long)y.value);
            pair.value = version;
        }
    }
    if (grow(f, &f->opsets, f->n_opsets, sizeof *f->opsets))
        f->opsets[f->n_opsets++] = pair;
}

bool onnx_read_model(onnx_file *f)
{
    reader r = {f, f->bytes, f->bytes + f->n_bytes, 0};
    field x;
    bool has_graph = false;
    f->producer = f->producer_version = f->graph.name = "";
    while (next_field(&r, &x)) {
        if (x.number == 1) {
            f->ir_version = (int64_t)x.value;
        } else if (x.number == 2) {
            f->producer = text_of(&r, &x);
        } else if (x.number == 3) {
            f->producer_version = text_of(&r, &x);
        } else if (x.number == 7 && x.kind == 2) {
            read_graph(&r, &x, &f->graph);
            has_graph = true;
        } else if (x.number == 8 && x.kind == 2) {
            read_opset(&r, &x);
        } else if (x.number == 14 && x.kind == 2 &&
                   grow(f, &f->metadata, f->n_metadata, sizeof *f->metadata)) {
            read_pair(&r, &x, &f->metadata[f->n_metadata++]);
        }
    }
    if (!f->why && !has_graph)
        f->why = "it holds no graph: it is no ONNX model";
    return !f->why;
}
