/* inc-export check FILE.onnx: structure, opsets, quantized groups, and which ONNX Runtime loads it.
 * Where a libonnxruntime can be opened, it is asked too: it infers the shapes of all values while
 * loading. */
#include "check.h"
#include "runtime.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

typedef struct names {
    const char **items;
    size_t n;
} names;

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_in(const names *known, const char *name)
{
    return known->n > 0 && bsearch(&name, known->items, known->n, sizeof *known->items, by_text);
}

/* All that is there before the first node, and all that nodes give. */
static names all_values(const onnx_graph *g)
{
    names all = {0};
    size_t n = g->n_inputs + g->n_initializers;
    for (size_t i = 0; i < g->n_nodes; i++)
        n += g->nodes[i].n_outputs;
    all.items = calloc(n + 1, sizeof *all.items);
    for (size_t i = 0; all.items && i < g->n_inputs; i++)
        all.items[all.n++] = g->inputs[i].name;
    for (size_t i = 0; all.items && i < g->n_initializers; i++)
        all.items[all.n++] = g->initializers[i].name;
    for (size_t i = 0; all.items && i < g->n_nodes; i++)
        for (size_t k = 0; k < g->nodes[i].n_outputs; k++)
            if (*g->nodes[i].outputs[k])
                all.items[all.n++] = g->nodes[i].outputs[k];
    if (all.n > 1)
        qsort(all.items, all.n, sizeof *all.items, by_text);
    return all;
}

static void check_twice(const onnx_graph *g, const names *all, findings *found)
{
    for (size_t i = 1; i < all->n; i++) {
        const char *name = all->items[i];
        bool is_listed =
            onnx_find_tensor(g, name) != NULL; /* old files list initializers as inputs too */
        if (strcmp(all->items[i - 1], name) == 0 && !is_listed)
            problem(found, "the value %s is made twice", name);
    }
}

static void check_nodes(const onnx_file *f, const onnx_graph *g, const names *outer,
                        findings *found, int depth)
{
    names all = all_values(g);
    check_twice(g, &all, found);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const onnx_node *n = &g->nodes[i];
        const char *name = *n->name ? n->name : n->op_type;
        if (!*n->op_type)
            problem(found, "node %zu has no operator", i);
        if (onnx_opset(f, n->domain) == 0)
            problem(found, "%s: operators of \"%s\" are not imported", name, n->domain);
        for (size_t k = 0; k < n->n_inputs; k++)
            if (*n->inputs[k] && !is_in(&all, n->inputs[k]) &&
                !(outer && is_in(outer, n->inputs[k])) && depth < 2)
                problem(found, "%s reads %s, which nothing gives", name, n->inputs[k]);
        for (size_t k = 0; k < n->n_attrs; k++)
            if (n->attrs[k].graph)
                check_nodes(f, n->attrs[k].graph, &all, found, depth + 1);
    }
    for (size_t i = 0; i < g->n_outputs; i++)
        if (!is_in(&all, g->outputs[i].name) && !(outer && is_in(outer, g->outputs[i].name)))
            problem(found, "the output %s is not given by any node", g->outputs[i].name);
    free(all.items);
}

static void check_tensors(const onnx_graph *g, findings *found)
{
    for (size_t i = 0; i < g->n_initializers; i++) {
        const onnx_tensor *t = &g->initializers[i];
        uint64_t wanted;
        size_t size = onnx_type_size(t->type);
        if (t->location && (t->location[0] == '/' || strstr(t->location, "..")))
            problem(found, "the data of %s lies outside of the model's folder: %s", t->name,
                    t->location);
        if (!t->bytes || t->location || size == 0)
            continue;
        if (__builtin_mul_overflow(onnx_count(t), (uint64_t)size, &wanted) || wanted != t->size)
            problem(found, "the constant %s has %zu bytes, not the %llu of its shape", t->name,
                    t->size, (unsigned long long)wanted);
    }
}

static void check_scales(const onnx_graph *g, findings *found)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        const onnx_node *n = &g->nodes[i];
        bool is_pair = strcmp(n->op_type, "QuantizeLinear") == 0 ||
                       strcmp(n->op_type, "DequantizeLinear") == 0;
        const onnx_tensor *scale =
            is_pair && n->n_inputs > 1 ? onnx_find_tensor(g, n->inputs[1]) : NULL;
        double value;
        for (size_t k = 0; scale && k < onnx_count(scale) && onnx_number(scale, k, &value); k++)
            if (!(value > 0)) {
                problem(found, "the scale %s has an element that is not above 0: %g", scale->name,
                        value);
                break;
            }
    }
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
    check_nodes(f, &f->graph, NULL, found, 0);
    check_tensors(&f->graph, found);
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

int check_onnx(const options *o)
{
    findings *found = calloc(1, sizeof *found);
    onnx_file f;
    if (!found)
        return out_of_memory();
    int status = EXIT_OK;
    if (!onnx_open(&f, o->files[0])) {
        status = fail(INC_E_FORMAT, NULL, "%s: %s", o->files[0], f.why);
    } else {
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
