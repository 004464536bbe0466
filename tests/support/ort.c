/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX Runtime through its C function table; see ort.h. */
#include "ort.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*any_function)(void);

typedef struct api_base {
    const any_function *(*get_api)(uint32_t version);
    const char *(*version)(void);
} api_base;

/* Handles of the runtime, all opaque. A status of NULL is success. */
typedef void handle;
typedef void status;

/* Places in the function table, as of its first version. */
enum {
    AT_GET_ERROR_MESSAGE = 2,
    AT_CREATE_ENV_WITH_LOGGER = 4,
    AT_CREATE_SESSION = 7,
    AT_CREATE_SESSION_FROM_ARRAY = 8,
    AT_RUN = 9,
    AT_CREATE_SESSION_OPTIONS = 10,
    AT_SET_OPTIMIZATION_LEVEL = 23,
    AT_SET_INTRA_OP_THREADS = 24,
    AT_SET_INTER_OP_THREADS = 25,
    AT_SESSION_INPUT_COUNT = 30,
    AT_SESSION_OUTPUT_COUNT = 31,
    AT_SESSION_INPUT_NAME = 36,
    AT_SESSION_OUTPUT_NAME = 37,
    AT_CREATE_TENSOR_WITH_DATA = 49,
    AT_TENSOR_DATA = 51,
    AT_ELEMENT_TYPE = 60,
    AT_DIMENSIONS_COUNT = 61,
    AT_DIMENSIONS = 62,
    AT_TYPE_AND_SHAPE = 65,
    AT_CREATE_CPU_MEMORY_INFO = 69,
    AT_ALLOCATOR_FREE = 76,
    AT_DEFAULT_ALLOCATOR = 78,
    AT_RELEASE_ENV = 92,
    AT_RELEASE_STATUS = 93,
    AT_RELEASE_MEMORY_INFO = 94,
    AT_RELEASE_SESSION = 95,
    AT_RELEASE_VALUE = 96,
    AT_RELEASE_TYPE_AND_SHAPE = 99,
    AT_RELEASE_SESSION_OPTIONS = 100
};

enum { LOG_WARNING = 2, LOG_ERROR = 3, API_VERSION = 8, MAX_VALUES = 64 };

typedef void log_function(void *user, int severity, const char *category, const char *id,
                          const char *place, const char *message);

/* Calls an entry of the table that returns a status. */
#define CALL(ort, at, types, arguments) (((status * (*)types)(ort)->api[at]) arguments)
#define RELEASE(ort, at, value) (((void (*)(handle *))(ort)->api[at])(value))

struct tst_ort {
    void *library;
    const any_function *api;
    const api_base *base;
    handle *env;
    handle *options;
    handle *memory;
    handle *allocator;
    char warning[512];
    char taken[512];
};

struct tst_ort_session {
    tst_ort *ort;
    handle *session;
    char *inputs[MAX_VALUES];
    char *outputs[MAX_VALUES];
    size_t n_inputs;
    size_t n_outputs;
};

static void remember_warning(void *user, int severity, const char *category, const char *id,
                             const char *place, const char *message)
{
    tst_ort *ort = user;

    (void)category;
    (void)id;
    (void)place;
    if (severity >= LOG_WARNING && ort->warning[0] == 0) {
        snprintf(ort->warning, sizeof ort->warning, "%s", message);
        ort->warning[strcspn(ort->warning, "\n")] = 0;
    }
}

/* True for success; otherwise writes the runtime's message and releases the status. */
static bool succeeded(tst_ort *ort, status *result, char *why, size_t why_size)
{
    if (result == NULL)
        return true;
    snprintf(why, why_size, "%s",
             ((const char *(*)(const status *))ort->api[AT_GET_ERROR_MESSAGE])(result));
    for (char *c = why; *c != 0; c++)
        if (*c == '\n')
            *c = ' ';
    RELEASE(ort, AT_RELEASE_STATUS, result);
    return false;
}

static void *open_below(const char *folder)
{
    char pattern[1024];
    glob_t found;
    void *library = NULL;

    snprintf(pattern, sizeof pattern,
             "%s/node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so.1", folder);
    if (glob(pattern, 0, NULL, &found) != 0)
        return NULL;
    for (size_t i = 0; i < found.gl_pathc && library == NULL; i++)
        library = dlopen(found.gl_pathv[i], RTLD_NOW | RTLD_LOCAL);
    globfree(&found);
    return library;
}

static void *open_library(const char *folder)
{
    const char *named = getenv("INC_ORT_LIB");
    void *library = NULL;

    if (named != NULL && *named != 0)
        return dlopen(named, RTLD_NOW | RTLD_LOCAL);
    if (folder != NULL && *folder != 0)
        library = open_below(folder);
    return library != NULL ? library : dlopen("libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);
}

static bool set_level(tst_ort *ort, int level, char *why, size_t why_size)
{
    return succeeded(ort,
                     CALL(ort, AT_SET_OPTIMIZATION_LEVEL, (handle *, int), (ort->options, level)),
                     why, why_size);
}

static int level_asked(void)
{
    const char *level = getenv("INC_ORT_OPTIMIZE");

    return level != NULL ? atoi(level) : 99;
}

void tst_ort_optimize(tst_ort *ort, bool optimize)
{
    char why[256];

    if (!set_level(ort, optimize ? level_asked() : 0, why, sizeof why))
        abort();
}

static bool start(tst_ort *ort, char *why, size_t why_size)
{
    const api_base *(*get_base)(void);
    void *symbol = dlsym(ort->library, "OrtGetApiBase");

    if (symbol == NULL) {
        snprintf(why, why_size, "the library has no OrtGetApiBase");
        return false;
    }
    memcpy(&get_base, &symbol, sizeof get_base);
    ort->base = get_base();
    ort->api = ort->base->get_api(API_VERSION);
    if (ort->api == NULL) {
        snprintf(why, why_size, "ONNX Runtime %s is too old", ort->base->version());
        return false;
    }
    return succeeded(ort,
                     CALL(ort, AT_CREATE_ENV_WITH_LOGGER,
                          (log_function *, void *, int, const char *, handle **),
                          (remember_warning, ort, LOG_WARNING, "test", &ort->env)),
                     why, why_size) &&
           succeeded(ort, CALL(ort, AT_CREATE_SESSION_OPTIONS, (handle **), (&ort->options)), why,
                     why_size) &&
           succeeded(ort, CALL(ort, AT_SET_INTRA_OP_THREADS, (handle *, int), (ort->options, 1)),
                     why, why_size) &&
           succeeded(ort, CALL(ort, AT_SET_INTER_OP_THREADS, (handle *, int), (ort->options, 1)),
                     why, why_size) &&
           set_level(ort, level_asked(), why, why_size) &&
           succeeded(
               ort,
               CALL(ort, AT_CREATE_CPU_MEMORY_INFO, (int, int, handle **), (0, 0, &ort->memory)),
               why, why_size) &&
           succeeded(ort, CALL(ort, AT_DEFAULT_ALLOCATOR, (handle **), (&ort->allocator)), why,
                     why_size);
}

static tst_ort *open_runtime(const char *folder, char *why, size_t why_size)
{
    tst_ort *ort = calloc(1, sizeof *ort);

    if (ort == NULL)
        return NULL;
    ort->library = open_library(folder);
    if (ort->library == NULL) {
        const char *cause = dlerror();
        snprintf(why, why_size, "no ONNX Runtime (%s)", cause != NULL ? cause : "not found");
        free(ort);
        return NULL;
    }
    if (!start(ort, why, why_size)) {
        tst_ort_close(ort);
        return NULL;
    }
    return ort;
}

/* Whoever has set INC_NEEDS_ORT, as tests/run.sh does, has no test go on without it. */
tst_ort *tst_ort_open(const char *folder, char *why, size_t why_size)
{
    tst_ort *ort = open_runtime(folder, why, why_size);
    if (ort == NULL && getenv("INC_NEEDS_ORT") != NULL) {
        fprintf(stderr, "INC_NEEDS_ORT is set: %s\n", why);
        exit(1);
    }
    return ort;
}

void tst_ort_close(tst_ort *ort)
{
    if (ort == NULL)
        return;
    if (ort->api != NULL) {
        RELEASE(ort, AT_RELEASE_MEMORY_INFO, ort->memory);
        RELEASE(ort, AT_RELEASE_SESSION_OPTIONS, ort->options);
        RELEASE(ort, AT_RELEASE_ENV, ort->env);
    }
    free(ort); /* the library stays: unloading it would lose what it keeps until the process ends */
}

const char *tst_ort_version(const tst_ort *ort)
{
    return ort->base->version();
}

const char *tst_ort_take_warning(tst_ort *ort)
{
    memcpy(ort->taken, ort->warning, sizeof ort->taken);
    ort->warning[0] = 0;
    return ort->taken;
}

/* The names of a session's inputs or outputs, copied out of the runtime's allocator. */
static bool list_names(tst_ort_session *s, int count_at, int name_at, char **names, size_t *count,
                       char *why, size_t why_size)
{
    tst_ort *ort = s->ort;
    size_t n = 0;

    if (!succeeded(ort, CALL(ort, count_at, (const handle *, size_t *), (s->session, &n)), why,
                   why_size))
        return false;
    if (n > MAX_VALUES) {
        snprintf(why, why_size, "too many values: %zu", n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char *name = NULL;
        if (!succeeded(ort,
                       CALL(ort, name_at, (const handle *, size_t, handle *, char **),
                            (s->session, i, ort->allocator, &name)),
                       why, why_size))
            return false;
        names[i] = malloc(strlen(name) + 1);
        if (names[i] != NULL)
            memcpy(names[i], name, strlen(name) + 1);
        *count = i + 1;
        status *freed = CALL(ort, AT_ALLOCATOR_FREE, (handle *, void *), (ort->allocator, name));
        if (names[i] == NULL || !succeeded(ort, freed, why, why_size))
            return false;
    }
    return true;
}

static tst_ort_session *new_session(tst_ort *ort, handle *session, char *why, size_t why_size)
{
    tst_ort_session *s = calloc(1, sizeof *s);

    if (s == NULL)
        abort();
    s->ort = ort;
    s->session = session;
    if (list_names(s, AT_SESSION_INPUT_COUNT, AT_SESSION_INPUT_NAME, s->inputs, &s->n_inputs, why,
                   why_size) &&
        list_names(s, AT_SESSION_OUTPUT_COUNT, AT_SESSION_OUTPUT_NAME, s->outputs, &s->n_outputs,
                   why, why_size))
        return s;
    tst_ort_unload(s);
    return NULL;
}

tst_ort_session *tst_ort_load(tst_ort *ort, const void *model, size_t size, char *why,
                              size_t why_size)
{
    handle *session = NULL;

    if (!succeeded(ort,
                   CALL(ort, AT_CREATE_SESSION_FROM_ARRAY,
                        (const handle *, const void *, size_t, const handle *, handle **),
                        (ort->env, model, size, ort->options, &session)),
                   why, why_size))
        return NULL;
    return new_session(ort, session, why, why_size);
}

tst_ort_session *tst_ort_load_file(tst_ort *ort, const char *path, char *why, size_t why_size)
{
    handle *session = NULL;

    if (!succeeded(ort,
                   CALL(ort, AT_CREATE_SESSION,
                        (const handle *, const char *, const handle *, handle **),
                        (ort->env, path, ort->options, &session)),
                   why, why_size))
        return NULL;
    return new_session(ort, session, why, why_size);
}

void tst_ort_unload(tst_ort_session *session)
{
    if (session == NULL)
        return;
    for (size_t i = 0; i < session->n_inputs; i++)
        free(session->inputs[i]);
    for (size_t i = 0; i < session->n_outputs; i++)
        free(session->outputs[i]);
    RELEASE(session->ort, AT_RELEASE_SESSION, session->session);
    free(session);
}

static handle *wrap(tst_ort *ort, const tst_tensor *t, char *why, size_t why_size)
{
    handle *value = NULL;

    succeeded(ort,
              CALL(ort, AT_CREATE_TENSOR_WITH_DATA,
                   (const handle *, void *, size_t, const int64_t *, size_t, int, handle **),
                   (ort->memory, t->data, t->n_bytes, t->dims, t->rank, t->dtype, &value)),
              why, why_size);
    return value;
}

static bool describe(tst_ort *ort, const handle *shape, int *dtype, size_t *rank, int64_t *dims,
                     char *why, size_t why_size)
{
    if (!succeeded(ort, CALL(ort, AT_ELEMENT_TYPE, (const handle *, int *), (shape, dtype)), why,
                   why_size) ||
        !succeeded(ort, CALL(ort, AT_DIMENSIONS_COUNT, (const handle *, size_t *), (shape, rank)),
                   why, why_size))
        return false;
    if (*rank > TST_MAX_RANK) {
        snprintf(why, why_size, "an output of rank %zu", *rank);
        return false;
    }
    return succeeded(
        ort, CALL(ort, AT_DIMENSIONS, (const handle *, int64_t *, size_t), (shape, dims, *rank)),
        why, why_size);
}

static bool copy_out(tst_ort *ort, handle *value, const char *name, tst_tensors *outputs, char *why,
                     size_t why_size)
{
    int64_t dims[TST_MAX_RANK] = {0};
    handle *shape = NULL;
    void *data = NULL;
    size_t rank = 0;
    int dtype = 0;
    bool known;

    if (!succeeded(ort, CALL(ort, AT_TYPE_AND_SHAPE, (const handle *, handle **), (value, &shape)),
                   why, why_size))
        return false;
    known = describe(ort, shape, &dtype, &rank, dims, why, why_size);
    RELEASE(ort, AT_RELEASE_TYPE_AND_SHAPE, shape);
    if (!known || !succeeded(ort, CALL(ort, AT_TENSOR_DATA, (handle *, void **), (value, &data)),
                             why, why_size))
        return false;
    tst_tensor *t = tst_tensors_add(outputs, name, dtype, rank, dims);
    if (t == NULL) {
        snprintf(why, why_size, "output %s has element type %d", name, dtype);
        return false;
    }
    if (t->n_bytes > 0)
        memcpy(t->data, data, t->n_bytes);
    return true;
}

bool tst_ort_run(tst_ort_session *session, const tst_tensors *inputs, tst_tensors *outputs,
                 char *why, size_t why_size)
{
    tst_ort *ort = session->ort;
    handle *in[MAX_VALUES] = {0};
    handle *out[MAX_VALUES] = {0};
    bool ok = true;

    for (size_t i = 0; i < session->n_inputs && ok; i++) {
        const tst_tensor *t = tst_tensors_find(inputs, session->inputs[i]);
        if (t == NULL)
            snprintf(why, why_size, "the model asks for an input '%s'", session->inputs[i]);
        else
            in[i] = wrap(ort, t, why, why_size);
        ok = in[i] != NULL;
    }
    ok = ok && succeeded(ort,
                         CALL(ort, AT_RUN,
                              (handle *, const handle *, const char *const *, const handle *const *,
                               size_t, const char *const *, size_t, handle **),
                              (session->session, NULL, (const char *const *)session->inputs,
                               (const handle *const *)in, session->n_inputs,
                               (const char *const *)session->outputs, session->n_outputs, out)),
                         why, why_size);
    for (size_t i = 0; i < session->n_outputs && ok; i++)
        ok = copy_out(ort, out[i], session->outputs[i], outputs, why, why_size);
    for (size_t i = 0; i < session->n_inputs; i++)
        RELEASE(ort, AT_RELEASE_VALUE, in[i]);
    for (size_t i = 0; i < session->n_outputs; i++)
        RELEASE(ort, AT_RELEASE_VALUE, out[i]);
    return ok;
}
