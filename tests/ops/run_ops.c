/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a family of recorded operator cases: exports each at several opsets, with fixed and, where a
 * second size was recorded, with dynamic axes, runs the result in ONNX Runtime and compares it with
 * what PyTorch answered; at opset 17 also with the runtime's optimizations off.
 *
 *     run_ops FAMILY.zip EXPECTED.tsv [RUNTIME-FOLDER]
 *
 * EXPECTED.tsv lists what is known not to work and why (see there). Any other failure fails the
 * test, and so does a listed one that has come to work. INC_OPS_ONLY=PATTERN picks cases by name,
 * INC_OPS_OPSETS=17,20 the opsets; INC_OPS_KEEP=FOLDER keeps the exported files. The cases run in a
 * child process, so that one which crashes the runtime is reported like any other failure.
 *
 * With INC_OPS_HASHES=FILE nothing is run or judged: a line for every export is appended to FILE,
 * with the size and a hash of what was written, or why nothing was (for tests/live/same_bytes.py).
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "../support/npz.h"
#include "../support/ort.h"
#include "export.h"

#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_OPSETS = 16, MAX_CASES = 2048, SKIPPED = 77, PLAIN_OPSET = 17 };

typedef struct op_case {
    char *name;
    unsigned opset; /* the lowest that can say it; 0: any */
    double rtol;
    double atol;
    char *dynamic;     /* NULL: none */
    bool is_quantized; /* exported in both int8 formats instead of as FP32 */
} op_case;

typedef enum expected_kind {
    EXPECT_PASS,
    EXPECT_REFUSAL,
    EXPECT_NO_KERNEL,
    EXPECT_WARNING
} expected_kind;

typedef struct expectation {
    const char *pattern; /* of FAMILY/CASE */
    unsigned first_opset;
    unsigned last_opset;
    expected_kind kind;
    const char *text; /* part of the message */
} expectation;

/* What parent and child share: where the work stands. */
typedef struct progress {
    size_t next;   /* the next step; a step is a case at an opset */
    bool finished; /* the child came to the end */
    bool no_runtime;
    size_t passed[MAX_OPSETS];
    size_t refused[MAX_OPSETS];
    size_t failed[MAX_OPSETS];
} progress;

typedef struct run {
    char family[64];
    unsigned char *archive;
    tst_zip zip;
    char *index;
    op_case cases[MAX_CASES];
    size_t n_cases;
    char *expected_text;
    expectation *expected;
    size_t n_expected;
    unsigned opsets[MAX_OPSETS];
    size_t n_opsets;
    const char *runtime_folder;
    tst_ort *ort;
    const char *warning; /* part of what the runtime may warn of; NULL: nothing */
    FILE *hashes;        /* NULL: the cases are run */
    progress *progress;
} run;

/* --- the lists */

/* Cuts the next field off a line. */
static char *field(char **line, char separator)
{
    char *start = *line;
    char *end = strchr(start, separator);

    if (end == NULL) {
        *line = start + strlen(start);
    } else {
        *end = 0;
        *line = end + 1;
    }
    return start;
}

static void read_index(run *r)
{
    const char *only = getenv("INC_OPS_ONLY");
    char *rest = r->index;

    while (*rest != 0 && r->n_cases < MAX_CASES) {
        char *line = field(&rest, '\n');
        op_case *c = &r->cases[r->n_cases];
        c->name = field(&line, '\t');
        c->opset = (unsigned)strtoul(field(&line, '\t'), NULL, 10);
        c->rtol = strtod(field(&line, '\t'), NULL);
        c->atol = strtod(field(&line, '\t'), NULL);
        c->dynamic = field(&line, '\t');
        if (strcmp(c->dynamic, "-") == 0)
            c->dynamic = NULL;
        field(&line, '\t'); /* operators, for test_table.c */
        c->is_quantized = strcmp(line, "int8") == 0;
        if (only == NULL || fnmatch(only, c->name, 0) == 0)
            r->n_cases++;
    }
}

static bool read_expected(run *r, const char *path)
{
    size_t size;
    char *rest;

    r->expected_text = (char *)tst_read_file(path, &size);
    if (r->expected_text == NULL)
        return false;
    r->expected = calloc(size + 1, sizeof *r->expected);
    rest = r->expected_text;
    while (r->expected != NULL && *rest != 0) {
        char *line = field(&rest, '\n');
        expectation *e = &r->expected[r->n_expected];
        if (*line == 0 || *line == '#')
            continue;
        e->pattern = field(&line, '\t');
        char *range = field(&line, '\t');
        e->first_opset = (unsigned)strtoul(field(&range, '-'), NULL, 10);
        e->last_opset = *range != 0 ? (unsigned)strtoul(range, NULL, 10) : 999;
        const char *kind = field(&line, '\t');
        e->kind = strcmp(kind, "refused") == 0 ? EXPECT_REFUSAL
                  : strcmp(kind, "warns") == 0 ? EXPECT_WARNING
                                               : EXPECT_NO_KERNEL;
        e->text = line;
        r->n_expected++;
    }
    return r->expected != NULL;
}

static void read_opsets(run *r)
{
    const char *list = getenv("INC_OPS_OPSETS");

    if (list == NULL)
        list = r->n_cases > 0 && r->cases[0].is_quantized ? "13,14,17,20" : "11,14,17,20";
    while (*list != 0 && r->n_opsets < MAX_OPSETS) {
        char *end;
        r->opsets[r->n_opsets++] = (unsigned)strtoul(list, &end, 10);
        list = *end == ',' ? end + 1 : end;
        if (end == list && *end != 0)
            break;
    }
}

static expectation expectation_of(const run *r, const op_case *c, unsigned opset)
{
    char name[256];

    snprintf(name, sizeof name, "%s/%s", r->family, c->name);
    for (size_t i = 0; i < r->n_expected; i++) {
        const expectation *e = &r->expected[i];
        if (opset >= e->first_opset && opset <= e->last_opset && fnmatch(e->pattern, name, 0) == 0)
            return *e;
    }
    if (opset < c->opset)
        return (expectation){.kind = EXPECT_REFUSAL, .text = "opset"};
    return (expectation){.kind = EXPECT_PASS};
}

/* --- one case */

/* The arrays whose names begin with `prefix`, under the rest of their names, sharing the data. */
static tst_tensors pick(const tst_tensors *all, const char *prefix, const char *kind)
{
    tst_tensors picked = {.items = calloc(all->count + 1, sizeof *picked.items)};
    size_t skip = strlen(prefix);

    for (size_t i = 0; i < all->count && picked.items != NULL; i++) {
        const char *name = all->items[i].name;
        if (strncmp(name, prefix, skip) == 0 && strncmp(name + skip, kind, strlen(kind)) == 0) {
            picked.items[picked.count] = all->items[i];
            picked.items[picked.count++].name += skip;
        }
    }
    return picked;
}

static bool compare_all(const op_case *c, const tst_tensors *want, const tst_tensors *got,
                        char *why, size_t why_size)
{
    if (want->count != got->count) {
        snprintf(why, why_size, "%zu outputs, expected %zu", got->count, want->count);
        return false;
    }
    for (size_t i = 0; i < want->count; i++) {
        const tst_tensor *g = tst_tensors_find(got, want->items[i].name);
        if (g == NULL) {
            snprintf(why, why_size, "no output is called %s", want->items[i].name);
            return false;
        }
        if (!tst_tensor_close(&want->items[i], g, c->rtol, c->atol, why, why_size))
            return false;
    }
    return true;
}

static const char *const form_suffix[] = {
    [OPS_FP32] = "", [OPS_QDQ] = ".qdq", [OPS_QLINEAR] = ".qlinear"};

static void keep_file(const run *r, const op_case *c, const ops_request *request,
                      const unsigned char *onnx, size_t size)
{
    const char *folder = getenv("INC_OPS_KEEP");
    char path[1024];
    FILE *file;

    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.%s.%u%s%s.onnx", folder, r->family, c->name, request->opset,
             form_suffix[request->form], request->dynamic != NULL ? ".dynamic" : "");
    file = fopen(path, "wb");
    if (file != NULL) {
        fwrite(onnx, 1, size, file);
        fclose(file);
    }
}

/* Feeds the inputs recorded under prefix, and compares with the outputs recorded under it. */
static bool run_one(run *r, const op_case *c, tst_ort_session *session, const tst_tensors *data,
                    const char *prefix, char *why, size_t why_size)
{
    tst_tensors inputs = pick(data, prefix, "in_");
    tst_tensors want = pick(data, prefix, "out_");
    tst_tensors got = {0};
    bool ok = tst_ort_run(session, &inputs, &got, why, why_size) &&
              compare_all(c, &want, &got, why, why_size);
    const char *warning = tst_ort_take_warning(r->ort);

    if (ok && *warning != 0 && (r->warning == NULL || strstr(warning, r->warning) == NULL)) {
        snprintf(why, why_size, "the runtime warns: %s", warning);
        ok = false;
    }
    tst_tensors_free(&got);
    free(inputs.items);
    free(want.items);
    return ok;
}

/* FNV-1a: told apart are two builds of one library, not forgeries. */
static uint64_t hash_of(const unsigned char *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3U;
    return hash;
}

static void note_hash(const run *r, const op_case *c, const ops_request *request,
                      ops_outcome outcome, const unsigned char *onnx, size_t size, const char *why)
{
    fprintf(r->hashes, "%s/%s opset %u%s%s\t", r->family, c->name, request->opset,
            form_suffix[request->form], request->dynamic != NULL ? " dynamic" : "");
    if (outcome == OPS_EXPORTED)
        fprintf(r->hashes, "%zu %016llx\n", size, (unsigned long long)hash_of(onnx, size));
    else
        fprintf(r->hashes, "%s\n", why);
    fflush(r->hashes); /* the next case may crash */
}

/* The further recorded sets: dyn_, dyn1_, dyn2_, … of other sizes than the example's; also_,
 * also1_, … of the same. */
static bool run_others(run *r, const op_case *c, tst_ort_session *session, const tst_tensors *data,
                       const char *kind, char *why, size_t why_size)
{
    char prefix[32], first[64];

    for (int i = 0;; i++) {
        snprintf(prefix, sizeof prefix, i ? "%s%d_" : "%s_", kind, i);
        snprintf(first, sizeof first, "%sout_0", prefix);
        if (tst_tensors_find(data, first) == NULL)
            break;
        if (!run_one(r, c, session, data, prefix, why, why_size)) {
            size_t n = strlen(why);
            snprintf(why + n, why_size - n, " (%s)", prefix);
            return false;
        }
    }
    return true;
}

/* Runs every recorded set that the model must take. */
static bool run_all(run *r, const op_case *c, const ops_request *request, const tst_tensors *data,
                    const unsigned char *onnx, size_t size, char *why, size_t why_size)
{
    tst_ort_take_warning(r->ort);
    tst_ort_session *session = tst_ort_load(r->ort, onnx, size, why, why_size);
    bool ok = session != NULL && run_one(r, c, session, data, "", why, why_size) &&
              run_others(r, c, session, data, "also", why, why_size) &&
              (request->dynamic == NULL || run_others(r, c, session, data, "dyn", why, why_size));

    tst_ort_unload(session);
    return ok;
}

/* Exports once and runs that, at one opset without the runtime's optimizations as well. */
static ops_outcome attempt(run *r, const op_case *c, const ops_request *request,
                           const tst_tensors *data, char *why, size_t why_size)
{
    unsigned char *onnx = NULL;
    size_t size = 0;
    ops_outcome outcome = ops_export(request, &onnx, &size, why, why_size);

    if (r->hashes != NULL) {
        note_hash(r, c, request, outcome, onnx, size, why);
        if (outcome == OPS_EXPORTED)
            free(onnx);
        return outcome;
    }
    if (outcome != OPS_EXPORTED)
        return outcome;
    keep_file(r, c, request, onnx, size);
    bool ok = run_all(r, c, request, data, onnx, size, why, why_size);
    if (ok && request->opset == PLAIN_OPSET) {
        char unlike[900];
        tst_ort_optimize(r->ort, false);
        ok = run_all(r, c, request, data, onnx, size, unlike, sizeof unlike);
        tst_ort_optimize(r->ort, true);
        if (!ok)
            snprintf(why, why_size, "without optimizations: %s", unlike);
    }
    free(onnx);
    return ok ? OPS_EXPORTED : OPS_FAILED;
}

static bool read_case(const run *r, const op_case *c, const char *file, unsigned char **data,
                      size_t *size)
{
    char name[256];
    const tst_zip_entry *entry;

    snprintf(name, sizeof name, "%s/%s", c->name, file);
    entry = tst_zip_find(&r->zip, name);
    if (entry == NULL)
        return false;
    *size = entry->size;
    *data = tst_zip_read(entry);
    return *data != NULL;
}

/* Judges an outcome by what is expected; counts, and reports a failure. */
static void judge(run *r, const op_case *c, size_t opset_at, const char *form, ops_outcome outcome,
                  const char *why)
{
    unsigned opset = r->opsets[opset_at];
    expectation e = expectation_of(r, c, opset);

    if (r->hashes != NULL)
        return;
    if ((e.kind == EXPECT_PASS || e.kind == EXPECT_WARNING) && outcome == OPS_EXPORTED) {
        r->progress->passed[opset_at]++;
        return;
    }
    if ((e.kind == EXPECT_REFUSAL && outcome == OPS_REFUSED && strstr(why, e.text) != NULL) ||
        (e.kind == EXPECT_NO_KERNEL && outcome == OPS_FAILED && strstr(why, e.text) != NULL)) {
        r->progress->refused[opset_at]++;
        return;
    }
    r->progress->failed[opset_at]++;
    if (outcome == OPS_EXPORTED)
        printf(
            "%s/%s opset %u%s: works, though expected.tsv or its lowest opset says it does not\n",
            r->family, c->name, opset, form);
    else
        printf("%s/%s opset %u%s: %s%s\n", r->family, c->name, opset, form,
               outcome == OPS_REFUSED ? "refused: " : "", why);
}

/* One form of a case, with fixed sizes and, where there are such, with dynamic ones. */
static void run_form(run *r, const op_case *c, size_t opset_at, const ops_request *fixed,
                     const tst_tensors *data)
{
    ops_request request = *fixed;
    char why[1024] = "", form[32];
    expectation e = expectation_of(r, c, r->opsets[opset_at]);
    r->warning = e.kind == EXPECT_WARNING ? e.text : NULL;
    ops_outcome outcome = attempt(r, c, &request, data, why, sizeof why);

    if (outcome == OPS_EXPORTED && c->dynamic != NULL) {
        request.dynamic = c->dynamic;
        outcome = attempt(r, c, &request, data, why, sizeof why);
    }
    snprintf(form, sizeof form, "%s%s", form_suffix[request.form],
             request.dynamic != NULL ? " dynamic" : "");
    judge(r, c, opset_at, form, outcome, why);
}

static void run_case(run *r, const op_case *c, size_t opset_at)
{
    unsigned char *model = NULL;
    unsigned char *npz = NULL;
    size_t model_size = 0;
    size_t npz_size = 0;
    tst_tensors data = {0};

    if (read_case(r, c, "model.pt", &model, &model_size) &&
        read_case(r, c, "io.npz", &npz, &npz_size) && tst_npz_read(npz, npz_size, &data)) {
        tst_tensors inputs = pick(&data, "", "in_");
        tst_tensors outputs = pick(&data, "", "out_");
        ops_request request = {model,         model_size,          &inputs, NULL,
                               outputs.count, r->opsets[opset_at], OPS_FP32};

        if (c->is_quantized) {
            for (ops_form form = OPS_QDQ; form <= OPS_QLINEAR; form++) {
                request.form = form;
                run_form(r, c, opset_at, &request, &data);
            }
        } else {
            run_form(r, c, opset_at, &request, &data);
        }
        free(inputs.items);
        free(outputs.items);
    } else {
        judge(r, c, opset_at, "", OPS_FAILED, "the recorded case cannot be read");
    }
    tst_tensors_free(&data);
    free(model);
    free(npz);
}

/* --- all cases */

static int run_from(run *r)
{
    char why[512] = "";
    progress *p = r->progress;
    const char *hashes = getenv("INC_OPS_HASHES");

    if (hashes != NULL)
        r->hashes = fopen(hashes, "a");
    if (r->hashes == NULL)
        r->ort = tst_ort_open(r->runtime_folder, why, sizeof why);
    if (r->hashes == NULL && r->ort == NULL) {
        fprintf(stderr, "skipped: %s\n", why);
        p->no_runtime = true;
        return SKIPPED;
    }
    while (p->next < r->n_cases * r->n_opsets) {
        size_t step = p->next++;
        run_case(r, &r->cases[step / r->n_opsets], step % r->n_opsets);
    }
    p->finished = true;
    if (r->hashes != NULL)
        fclose(r->hashes);
    else
        tst_ort_close(r->ort);
    fflush(stdout);
    return 0;
}

/* Runs the rest of the cases in a child; a crash costs one case at one opset. False: give up. */
static bool run_child(run *r)
{
    progress *p = r->progress;
    int status = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child < 0)
        return false;
    if (child == 0) {
        int result = run_from(r);
        fflush(stdout);
        exit(result);
    }
    if (waitpid(child, &status, 0) != child)
        return false;
    if (p->finished)
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (p->no_runtime || p->next == 0)
        return false;
    size_t step = p->next - 1;
    printf("%s/%s opset %u: the process ended with status 0x%x\n", r->family,
           r->cases[step / r->n_opsets].name, r->opsets[step % r->n_opsets], (unsigned)status);
    p->failed[step % r->n_opsets]++;
    return true;
}

static int report(const run *r)
{
    const progress *p = r->progress;
    size_t failed = 0, n_quantized = 0; /* which count twice: once a format */

    for (size_t i = 0; i < r->n_cases; i++)
        n_quantized += r->cases[i].is_quantized;
    for (size_t i = 0; i < r->n_opsets; i++) {
        printf("%s: opset %u: %zu of %zu cases right", r->family, r->opsets[i], p->passed[i],
               r->n_cases + n_quantized);
        printf(", %zu refused as documented, %zu failed\n", p->refused[i], p->failed[i]);
        failed += p->failed[i];
    }
    return failed > 0;
}

static void set_up(run *r, char **argv)
{
    size_t size = 0;
    const tst_zip_entry *index = NULL;
    char path[1024];

    snprintf(path, sizeof path, "%s", argv[1]);
    snprintf(r->family, sizeof r->family, "%s", basename(path));
    r->family[strcspn(r->family, ".")] = 0;
    r->archive = tst_read_file(argv[1], &size);
    if (r->archive != NULL && tst_zip_open(r->archive, size, &r->zip))
        index = tst_zip_find(&r->zip, "index.tsv");
    r->index = index != NULL ? (char *)tst_zip_read(index) : NULL;
    if (r->index == NULL || !read_expected(r, argv[2])) {
        fprintf(stderr, "%s or %s cannot be read\n", argv[1], argv[2]);
        exit(1);
    }
    read_index(r);
    read_opsets(r);
    r->runtime_folder = argv[3];
    r->progress =
        mmap(NULL, sizeof *r->progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->progress == MAP_FAILED)
        exit(1);
}

int main(int argc, char **argv)
{
    static run r;
    int status = 1;

    if (argc < 3) {
        fprintf(stderr, "usage: run_ops FAMILY.zip EXPECTED.tsv [RUNTIME-FOLDER]\n");
        return 1;
    }
    set_up(&r, argv);
    while (run_child(&r) && !r.progress->finished)
        continue;
    if (r.progress->no_runtime)
        status = SKIPPED;
    else if (r.progress->finished)
        status = getenv("INC_OPS_HASHES") != NULL ? 0 : report(&r);
    tst_zip_close(&r.zip);
    free(r.archive);
    free(r.index);
    free(r.expected);
    free(r.expected_text);
    munmap(r.progress, sizeof *r.progress);
    return status;
}
