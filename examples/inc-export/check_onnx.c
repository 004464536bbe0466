/* SPDX-License-Identifier: Apache-2.0 */
/* inc-export check FILE.onnx: structure, opsets, quantized groups, and which ONNX Runtime loads it.
 * Where a libonnxruntime can be opened, it is asked too: it infers the shapes of all values while
 * loading. */
#include "check.h"
#include "runtime.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void problem(findings *found, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
static void problem(findings *found, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (found->n_problems < MOST_FINDINGS)
        vsnprintf(found->problems[found->n_problems], sizeof found->problems[0], format, args);
    found->n_problems++;
    va_end(args);
}

/* ---- versions ---- */

/* The newest opset and file format of each ONNX Runtime. */
static const struct {
    const char *version;
    long opset, ir;
} runtimes[] = {{"1.0", 10, 5},   {"1.2", 12, 6},   {"1.6", 13, 7},   {"1.9", 14, 7},
                {"1.10", 15, 8},  {"1.12", 16, 8},  {"1.13", 17, 8},  {"1.14", 18, 8},
                {"1.15", 19, 8},  {"1.16", 19, 9},  {"1.17", 20, 9},  {"1.18", 21, 10},
                {"1.20", 21, 10}, {"1.21", 22, 10}, {"1.22", 23, 11}, {"1.23", 23, 11}};

static const char *lowest_runtime(const onnx_file *f)
{
    for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++)
        if (runtimes[i].opset >= onnx_opset(f, "") && runtimes[i].ir >= (long)f->ir_version)
            return runtimes[i].version;
    return "newer than 1.23";
}

static void check_versions(const onnx_file *f, findings *found)
{
    if (f->ir_version < 3)
        problem(found, "the file format is of revision %lld; 3 is the oldest",
                (long long)f->ir_version);
    if (onnx_opset(f, "") == 0)
        problem(found, "no version of ONNX's operators is imported");
    for (size_t i = 0; i < f->n_opsets; i++)
        for (size_t k = i + 1; k < f->n_opsets; k++)
            if (strcmp(f->opsets[i].key, f->opsets[k].key) == 0)
                problem(found, "operators of \"%s\" are imported twice", f->opsets[i].key);
    found->lowest = lowest_runtime(f);
}

/* ---- structure ---- */

/* The values of a graph by name, with where each is made: -1 before the first node. */
typedef struct made {
    const char *name;
    long by;
} made;

typedef struct scope {
    made *items;
    size_t n;
    long at; /* the node that is looked at */
    const struct scope *outer;
} scope;

static int by_name(const void *a, const void *b)
{
    const made *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->by > y->by) - (x->by < y->by);
}

/* The one that is made first; NULL: none is. */
static const made *find_made(const scope *s, const char *name)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(s->items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n && strcmp(s->items[low].name, name) == 0 ? &s->items[low] : NULL;
}

static scope all_values(const onnx_graph *g, const scope *outer)
{
    scope all = {.outer = outer};
    size_t n = g->n_inputs + g->n_initializers;
    for (size_t i = 0; i < g->n_nodes; i++)
        n += g->nodes[i].n_outputs;
    all.items = calloc(n + 1, sizeof *all.items);
    for (size_t i = 0; all.items && i < g->n_inputs; i++)
        all.items[all.n++] = (made){g->inputs[i].name, -1};
    for (size_t i = 0; all.items && i < g->n_initializers; i++)
        all.items[all.n++] = (made){g->initializers[i].name, -1};
    for (size_t i = 0; all.items && i < g->n_nodes; i++)
        for (size_t k = 0; k < g->nodes[i].n_outputs; k++)
            if (*g->nodes[i].outputs[k])
                all.items[all.n++] = (made){g->nodes[i].outputs[k], (long)i};
    if (all.n > 1)
        qsort(all.items, all.n, sizeof *all.items, by_name);
    return all;
}

/* Old files list initializers as inputs too. */
static void check_twice(const scope *all, findings *found)
{
    for (size_t i = 1; i < all->n; i++)
        if (strcmp(all->items[i - 1].name, all->items[i].name) == 0 && all->items[i].by >= 0)
            problem(found, "the value %s is given twice", all->items[i].name);
}

static void check_reads(const char *node, const char *name, const scope *all, findings *found)
{
    const made *there = NULL;
    const scope *s = all;
    for (; s && !there; s = there ? s : s->outer)
        there = find_made(s, name);
    if (!there)
        problem(found, "%s reads %s, which nothing gives", node, name);
    else if (there->by >= s->at)
        problem(found, "%s reads %s, which is only given further on", node, name);
}

static void check_nodes(const onnx_file *f, const onnx_graph *g, const scope *outer,
                        findings *found)
{
    scope all = all_values(g, outer);
    check_twice(&all, found);
    for (size_t i = 0; i < g->n_nodes && all.items; i++) {
        const onnx_node *n = &g->nodes[i];
        const char *name = *n->name ? n->name : n->op_type;
        all.at = (long)i;
        if (!*n->op_type)
            problem(found, "node %zu has no operator", i);
        if (onnx_opset(f, n->domain) == 0)
            problem(found, "%s: operators of \"%s\" are not imported", name, n->domain);
        for (size_t k = 0; k < n->n_inputs; k++)
            if (*n->inputs[k])
                check_reads(name, n->inputs[k], &all, found);
        for (size_t k = 0; k < n->n_attrs; k++)
            if (n->attrs[k].graph)
                check_nodes(f, n->attrs[k].graph, &all, found);
    }
    all.at = (long)g->n_nodes;
    for (size_t i = 0; i < g->n_outputs && all.items; i++) {
        const scope *s = &all;
        while (s && !find_made(s, g->outputs[i].name))
            s = s->outer;
        if (!s)
            problem(found, "the output %s is not given by any node", g->outputs[i].name);
    }
    free(all.items);
}

/* The second file has to be there, and long enough. */
static void check_beside(const char *path, const onnx_tensor *t, findings *found)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0, size = n + strlen(t->location) + 1;
    char *beside = malloc(size);
    struct stat is;
    if (!beside)
        return;
    snprintf(beside, size, "%.*s%s", (int)n, path, t->location);
    if (stat(beside, &is) != 0)
        problem(found, "the data of %s are in %s, which is not there", t->name, t->location);
    else if (t->offset > (uint64_t)is.st_size || t->length > (uint64_t)is.st_size - t->offset)
        problem(found, "the data of %s reach beyond the end of %s", t->name, t->location);
    free(beside);
}

static void check_tensors(const char *path, const onnx_graph *g, findings *found)
{
    for (size_t i = 0; i < g->n_initializers; i++) {
        const onnx_tensor *t = &g->initializers[i];
        uint64_t wanted;
        size_t size = onnx_type_size(t->type);
        if (t->location && (t->location[0] == '/' || strstr(t->location, "..")))
            problem(found, "the data of %s lies outside of the model's folder: %s", t->name,
                    t->location);
        else if (t->location)
            check_beside(path, t, found);
        if (!t->bytes || t->location || size == 0)
            continue;
        if (__builtin_mul_overflow(onnx_count(t), (uint64_t)size, &wanted) || wanted != t->size)
            problem(found, "the constant %s has %zu bytes, not the %llu of its shape", t->name,
                    t->size, (unsigned long long)wanted);
    }
}

/* Of every pair that quantizes by a constant scale; a scale that many share is looked at once. */
static void check_scales(const onnx_graph *g, findings *found)
{
    scope scales = {.items = calloc(g->n_nodes + 1, sizeof *scales.items)};
    for (size_t i = 0; scales.items && i < g->n_nodes; i++) {
        const onnx_node *n = &g->nodes[i];
        bool is_pair = strcmp(n->op_type, "QuantizeLinear") == 0 ||
                       strcmp(n->op_type, "DequantizeLinear") == 0;
        if (is_pair && n->n_inputs > 1)
            scales.items[scales.n++] = (made){n->inputs[1], (long)i};
    }
    if (scales.n > 1)
        qsort(scales.items, scales.n, sizeof *scales.items, by_name);
    for (size_t i = 0; i < g->n_initializers; i++) {
        const onnx_tensor *t = &g->initializers[i];
        double value;
        bool is_scale = find_made(&scales, t->name) != NULL;
        for (size_t k = 0; is_scale && k < onnx_count(t) && onnx_number(t, k, &value); k++)
            if (!(value > 0)) {
                problem(found, "the scale %s has an element that is not above 0: %g", t->name,
                        value);
                break;
            }
    }
    free(scales.items);
}

static void ask_runtime(const options *o, const char *path, findings *found)
{
    runtime *rt = runtime_open(o->ort, found->refused, sizeof found->refused);
    if (!rt)
        return;
    found->refused[0] = '\0';
    session *s =
        session_open(rt, path, NULL, 0, OPTIMIZE_ALL, found->refused, sizeof found->refused);
    snprintf(found->runtime, sizeof found->runtime, "%s", runtime_version(rt));
    if (!s)
        problem(found, "ONNX Runtime %s does not load it: %.180s", found->runtime, found->refused);
    session_close(s);
    runtime_close(rt);
}

void check_file(const options *o, const char *path, const onnx_file *f, findings *found)
{
    check_versions(f, found);
    check_nodes(f, &f->graph, NULL, found);
    check_tensors(path, &f->graph, found);
    check_scales(&f->graph, found);
    find_groups(f, found);
    ask_runtime(o, path, found);
}

void findings_free(findings *found)
{
    free(found->groups);
    found->groups = NULL;
}

/* ---- telling ---- */

static void print_findings(const char *path, const onnx_file *f, const findings *found)
{
    text_for_people text;
    print_verdict(stdout, path, found->n_problems == 0, found->n_problems ? "NOT GOOD" : "good");
    FILE *to = begin_text(&text, stdout);
    fprintf(to, ", file format %lld", (long long)f->ir_version);
    for (size_t i = 0; i < f->n_opsets; i++)
        fprintf(to, ", %s %s", *f->opsets[i].key ? f->opsets[i].key : "opset", f->opsets[i].value);
    fprintf(to, "\n  nodes    %zu, %zu constants\n", f->graph.n_nodes, f->graph.n_initializers);
    for (size_t i = 0; i < found->n_problems && i < MOST_FINDINGS; i++)
        fprintf(to, "  problem  %s\n", found->problems[i]);
    if (found->n_groups > 0)
        fprintf(to, "  int8     %zu of %zu groups run on integers in ONNX Runtime (CPU)\n",
                found->n_fused, found->n_groups);
    for (size_t i = 0; i < found->n_groups; i++) {
        const quant_group *g = &found->groups[i];
        fprintf(to, "           %-7s  %s%s%s\n", g->is_fused ? "int8" : "float32",
                *g->node->name ? g->node->name : g->node->op_type, g->why[0] ? ": " : "", g->why);
    }
    fprintf(to, "  runtime  ONNX Runtime %s or later", found->lowest);
    if (found->runtime[0])
        fprintf(to, "; %s here %s it\n", found->runtime,
                found->refused[0] ? "does not load" : "loads");
    else
        fprintf(to, "; not tried: %s\n", found->refused);
    end_text(&text, to);
}

static void print_findings_json(const char *path, const onnx_file *f, const findings *found)
{
    fputs("{\n  \"file\": ", stdout);
    json_text(path);
    printf(",\n  \"good\": %s,\n  \"ir_version\": %lld,\n  \"opsets\": {",
           found->n_problems ? "false" : "true", (long long)f->ir_version);
    for (size_t i = 0; i < f->n_opsets; i++) {
        fputs(i ? ", " : "", stdout);
        json_text(f->opsets[i].key);
        printf(": %ld", strtol(f->opsets[i].value, NULL, 10));
    }
    fputs("},\n  \"problems\": [", stdout);
    for (size_t i = 0; i < found->n_problems && i < MOST_FINDINGS; i++) {
        fputs(i ? ", " : "", stdout);
        json_text(found->problems[i]);
    }
    fputs("],\n  \"groups\": [", stdout);
    for (size_t i = 0; i < found->n_groups; i++) {
        const quant_group *g = &found->groups[i];
        fputs(i ? ",\n    {\"node\": " : "\n    {\"node\": ", stdout);
        json_text(g->node->name);
        fputs(", \"operator\": ", stdout);
        json_text(g->node->op_type);
        printf(", \"int8\": %s, \"why\": ", g->is_fused ? "true" : "false");
        json_text(g->why[0] ? g->why : NULL);
        putchar('}');
    }
    fputs("],\n  \"lowest_runtime\": ", stdout);
    json_text(found->lowest);
    fputs(",\n  \"runtime\": ", stdout);
    json_text(found->runtime[0] ? found->runtime : NULL);
    fputs("\n}\n", stdout);
}

int open_onnx(onnx_file *f, const char *path)
{
    char head[2] = "", hint[4500] = "";
    if (onnx_open(f, path))
        return EXIT_OK;
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail(INC_E_IO, NULL, "%s cannot be opened: %s", path, f->why);
    if (fread(head, 1, 2, file) == 2 && memcmp(head, "PK", 2) == 0)
        snprintf(hint, sizeof hint,
                 "It is an archive, as PyTorch writes them. An ONNX file is made of it by\n"
                 "  inc-export %.2000s -o OUT.onnx",
                 path);
    fclose(file);
    return fail(INC_E_FORMAT, *hint ? hint : NULL, "%s cannot be read as ONNX: %s", path, f->why);
}

int check_onnx(const options *o)
{
    findings *found = calloc(1, sizeof *found);
    onnx_file f;
    if (!found)
        return out_of_memory();
    int status = open_onnx(&f, o->files[0]);
    if (status == EXIT_OK) {
        check_file(o, o->files[0], &f, found);
        if (o->json)
            print_findings_json(o->files[0], &f, found);
        else
            print_findings(o->files[0], &f, found);
        status = found->n_problems ? EXIT_CONTENT : EXIT_OK;
    }
    onnx_close(&f);
    findings_free(found);
    free(found);
    return status;
}
