/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are nearly right: models, checkpoints, arrays and configurations of the test data with
 * changes in the structure of their parts, packed into valid archives again and exported. Each has
 * to end soon, within the default limits, in a result or an error that is no internal one; the
 * sanitizers see to the rest.
 *
 *     mutants DATA-FOLDER COUNT [FIRST]
 *
 * The numbers from FIRST (0) on name the mutants: the same number is the same mutant. With a COUNT
 * of 0, mutant FIRST is written to standard output. */
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/zip.h"
#include "checkpoint/internal.h"
#include "mutate.h"
#include "settings.h"
#include "small_zip.h"

/* Of processor time and of the stack. Sanitizers take several times as much of both, and a machine
 * can have a bad moment. */
#ifdef __SANITIZE_ADDRESS__
enum { MOST_SECONDS = 40, STACK = 8 << 20 };
#else
enum { MOST_SECONDS = 4, STACK = 512 << 10 };
#endif

typedef enum seed_kind { MODEL, CHECKPOINT, ARRAYS, CONFIG } seed_kind;

typedef struct seed {
    seed_kind kind;
    const char *path;
    const char *model; /* of a checkpoint */
} seed;

static const seed seeds[] = {
    {MODEL, "samples/traced.pt", NULL},
    {MODEL, "samples/scripted.pt", NULL},
    {MODEL, "samples/frozen.pt", NULL},
    {MODEL, "samples/module.pt", NULL},
    {MODEL, "samples/checkpoint_legacy.pt", NULL},
    {MODEL, "quant/activations.pt", NULL},
    {MODEL, "quant/recurrent.pt", NULL},
    {MODEL, "quant/qat.pt", NULL},
    {MODEL, "quant/cases/pool_average.pt", NULL},
    {MODEL, "quant/cases/computed_scale.pt", NULL},
    {MODEL, "quant/cases/reference.pt2", NULL},
    {MODEL, "quant/cases/observed.pt", NULL},
    {MODEL, "pt2/torch26/exported_cond.pt2", NULL},
    {MODEL, "pt2/torch26/exported_nested.pt2", NULL},
    {MODEL, "pt2/torch214/exported_while.pt2", NULL},
    {MODEL, "pt2/torch214/exported_sizes.pt2", NULL},
    {MODEL, "pt2/torch214/pictures.pt2", NULL},
    {CHECKPOINT, "quant/per_channel.state.pt", "quant/per_channel.fp32.pt"},
    {CHECKPOINT, "quant/checkpoints/eager.state.pt", "quant/checkpoints/eager.fp32.pt"},
    {CHECKPOINT, "quant/cases/functional.state.pt", "quant/cases/functional.fp32.pt"},
    {CHECKPOINT, "quant/cases/relus.state.pt", "quant/cases/relus.fp32.pt"},
    {ARRAYS, "quant/recurrent.npz", NULL},
    {CONFIG, "quant/checkpoints/v1/best_configure.yaml", NULL},
};

enum { N_SEEDS = sizeof seeds / sizeof *seeds };

static const char *folder;
static char changed_file[PATH_MAX];
static size_t n_exported;

static void fail(size_t number, const char *what)
{
    fprintf(stderr, "mutant %zu, of %s: %s\n", number, seeds[number % N_SEEDS].path, what);
    exit(1);
}

static const char *full_path(char *buffer, const char *path)
{
    snprintf(buffer, PATH_MAX, "%s/%s", folder, path);
    return buffer;
}

/* ---- making ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static bool is_structured(const char *name)
{
    return ends_with(name, "pkl") || ends_with(name, ".py") || ends_with(name, ".json");
}

static mut_bytes change_record(mut_random *r, const char *name, const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return mut_copy((const uint8_t *)"\x80\x02).", 4);
    if (ends_with(name, "pkl"))
        return mut_pickle(r, bytes, n);
    if (ends_with(name, ".py") || ends_with(name, ".json") ||
        (ends_with(name, ".npy") && mut_below(r, 2)))
        return mut_text(r, bytes, n);
    return mut_fields(r, bytes, n, 0, n < 160 ? n : 160);
}

/* One of the records, one with structure where there are any among those that chance meets. */
static size_t choose_record(mut_random *r, const inczip *zip)
{
    size_t i = mut_below(r, inczip_count(zip));
    for (int tries = 0; tries < 8 && !is_structured(inczip_at(zip, i)->name); tries++)
        i = mut_below(r, inczip_count(zip));
    return i;
}

/* Now and then a record is missing or there twice. */
static mut_bytes change_archive(mut_random *r, inccx *cx, const incfile *file)
{
    inczip *zip = inczip_open(cx, file);
    size_t chosen = choose_record(r, zip), copies = mut_below(r, 32) ? 1 : mut_below(r, 2) * 2;
    small_zip made = {0};
    for (size_t i = 0; i < inczip_count(zip); i++) {
        const inczip_entry *e = inczip_at(zip, i);
        const uint8_t *bytes = inczip_read(cx, zip, e);
        if (i != chosen) {
            small_zip_add(&made, e->name, bytes, (size_t)e->size);
            continue;
        }
        mut_bytes changed = change_record(r, e->name, bytes, (size_t)e->size);
        for (size_t k = 0; k < copies; k++)
            small_zip_add(&made, e->name, changed.bytes, changed.n);
        free(changed.bytes);
    }
    small_zip_finish(&made);
    return (mut_bytes){made.bytes, made.n};
}

static mut_bytes change_whole(mut_random *r, const seed *s, const incfile *file)
{
    size_t n = (size_t)file->size;
    if (s->kind == CONFIG)
        return mut_text(r, file->bytes, n);
    if (ends_with(s->path, "legacy.pt"))
        return mut_pickle(r, file->bytes, n);
    size_t near = n < 2048 ? n : 2048; /* the directory, its end records and the last headers */
    return mut_fields(r, file->bytes, n, n - near, near);
}

static mut_bytes make(size_t number)
{
    const seed *s = &seeds[number % N_SEEDS];
    mut_random r = {number};
    char path[PATH_MAX];
    inccx *cx = inccx_new(&(inc_hooks){0});
    inc_frame frame;
    mut_bytes made = {0};
    if (!cx || !inc_try(cx, &frame))
        fail(number, cx ? cx->error.message : "out of memory");
    const incfile *opened = incfile_open(cx, full_path(path, s->path));
    const incfile *file =
        incfile_borrow(cx, incfile_bytes(cx, opened, 0, opened->size), opened->size, opened->name);
    bool is_archive = file->size > 4 && memcmp(file->bytes, "PK\3\4", 4) == 0;
    made =
        is_archive && mut_below(&r, 6) ? change_archive(&r, cx, file) : change_whole(&r, s, file);
    inc_try_end(cx, &frame);
    inccx_free(cx);
    return made;
}

/* ---- using ---- */

/* The mutant for functions that open a file. */
static void write_changed(size_t number, mut_bytes m)
{
    FILE *out = fopen(changed_file, "wb");
    if (!out || fwrite(m.bytes, 1, m.n, out) != m.n || fclose(out) != 0)
        fail(number, "cannot be written");
}

/* An internal error would be our own mistake. */
static inc_status judge(size_t number, inc_status status, inc_error *error)
{
    if (inc_error_code(error) != status)
        fail(number, "the error has another code than what was returned");
    if (status == INC_E_INTERNAL)
        fail(number, inc_error_message(error));
    inc_error_free(error);
    return status;
}

static void export_model(size_t number, inc_model *model)
{
    settings s;
    inc_error *error = NULL;
    settings_choose(&s, model, number, SIZE_MAX);
    inc_status status = settings_export(&s, model, &error);
    n_exported += status == INC_OK;
    judge(number, status, error);
}

static void use_model(size_t number, const seed *s, mut_bytes m)
{
    inc_model *model = NULL;
    inc_error *error = NULL;
    char path[PATH_MAX];
    inc_status status = s->model
                            ? inc_model_open_file(full_path(path, s->model), NULL, &model, &error)
                            : inc_model_open_memory(m.bytes, m.n, NULL, &model, &error);
    if (judge(number, status, error) == INC_OK) {
        error = NULL;
        status = s->model ? inc_model_attach_checkpoint(model, changed_file, &error)
                          : inc_model_inspect(model, &error);
        judge(number, status, error);
        export_model(number, model);
    }
    inc_model_free(model);
}

static void use_arrays(size_t number)
{
    inc_tensors *tensors = NULL;
    inc_error *error = NULL;
    inc_status status = inc_tensors_open_file(changed_file, NULL, &tensors, &error);
    judge(number, status, error);
    inc_tensors_free(tensors);
}

static void use_config(size_t number, mut_bytes m)
{
    inccx *cx = inccx_new(&(inc_hooks){0});
    inc_frame frame;
    if (cx && inc_try(cx, &frame)) {
        incckpt c = {
            .modules = incmap_new(cx), .wrapped = incmap_new(cx), .float_modules = incmap_new(cx)};
        incckpt_use_config(cx, &c,
                           incckpt_read_yaml(cx, incfile_borrow(cx, m.bytes, m.n, "mutant")));
        inc_try_end(cx, &frame);
    } else if (cx && cx->error.status == INC_E_INTERNAL) {
        fail(number, cx->error.message);
    }
    inccx_free(cx);
}

static double run(size_t number)
{
    const seed *s = &seeds[number % N_SEEDS];
    mut_bytes m = make(number);
    if (s->kind == CHECKPOINT || s->kind == ARRAYS)
        write_changed(number, m);
    clock_t begun = clock();
    if (s->kind == ARRAYS)
        use_arrays(number);
    else if (s->kind == CONFIG)
        use_config(number, m);
    else
        use_model(number, s, m);
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    free(m.bytes);
    if (seconds > MOST_SECONDS)
        fail(number, "takes too long");
    return seconds;
}

typedef struct share {
    size_t first, count, slowest;
    double most_seconds;
} share;

static void *run_share(void *data)
{
    share *s = data;
    for (size_t i = s->first; i < s->first + s->count; i++) {
        double seconds = run(i);
        if (seconds > s->most_seconds) {
            s->most_seconds = seconds;
            s->slowest = i;
        }
    }
    return NULL;
}

static int run_in_small_stack(share *s)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) || pthread_attr_setstacksize(&attributes, STACK) ||
        pthread_create(&thread, &attributes, run_share, s) || pthread_join(thread, NULL))
        return 1;
    pthread_attr_destroy(&attributes);
    unlink(changed_file);
    printf("%zu mutants, of which %zu were exported; the slowest, %zu, took %.2f s\n", s->count,
           n_exported, s->slowest, s->most_seconds);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    share s = {.count = strtoul(argv[2], NULL, 10)};
    folder = argv[1];
    if (argc > 3)
        s.first = strtoul(argv[3], NULL, 10);
    if (s.count == 0) {
        mut_bytes m = make(s.first);
        return fwrite(m.bytes, 1, m.n, stdout) == m.n ? 0 : 1;
    }
    const char *base = getenv("TMPDIR");
    snprintf(changed_file, sizeof changed_file, "%s/incexport-mutant-%ld", base ? base : "/tmp",
             (long)getpid());
    return run_in_small_stack(&s);
}
