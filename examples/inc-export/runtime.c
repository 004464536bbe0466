/* SPDX-License-Identifier: Apache-2.0 */
/* See runtime.h. */
#include "runtime.h"

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

/* Places in the table, as of its first version. */
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION = 7,
    CREATE_SESSION_FROM_ARRAY = 8,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_OPTIMIZATION_LEVEL = 23,
    SET_INTRA_OP_THREADS = 24,
    SESSION_INPUT_COUNT = 30,
    SESSION_OUTPUT_COUNT = 31,
    SESSION_INPUT_NAME = 36,
    SESSION_OUTPUT_NAME = 37,
    CREATE_TENSOR_WITH_DATA = 49,
    TENSOR_DATA = 51,
    ELEMENT_TYPE = 60,
    DIMENSIONS_COUNT = 61,
    DIMENSIONS = 62,
    TYPE_AND_SHAPE = 65,
    VALUE_TYPE = 67,
    CREATE_CPU_MEMORY_INFO = 69,
    ALLOCATOR_FREE = 76,
    DEFAULT_ALLOCATOR = 78,
    SEQUENCE_ITEM = 80,
    SEQUENCE_COUNT = 81,
    RELEASE_ENV = 92,
    RELEASE_STATUS = 93,
    RELEASE_MEMORY_INFO = 94,
    RELEASE_SESSION = 95,
    RELEASE_VALUE = 96,
    RELEASE_TYPE_AND_SHAPE = 99,
    RELEASE_SESSION_OPTIONS = 100,
    TABLE_VERSION = 8,
    LOG_FATAL = 4
};

typedef void handle;

/* NOLINTNEXTLINE(bugprone-macro-parentheses): lists of types and of arguments */
#define CALL(rt, at, types, arguments) (((handle * (*)types)(rt)->api[at]) arguments)
#define RELEASE(rt, at, value) (((void (*)(handle *))(rt)->api[at])(value))

struct runtime {
    void *library;
    const any_function *api;
    const api_base *base;
    handle *env, *memory, *allocator;
};

struct session {
    runtime *rt;
    handle *session;
    char *inputs[MOST_ARRAYS], *outputs[MOST_ARRAYS];
    size_t n_inputs, n_outputs;
    char *items[MOST_ARRAYS]; /* names of what sequences held in the last run */
    size_t n_items;
};

static bool done(const runtime *rt, handle *status, char *why, size_t size)
{
    if (!status)
        return true;
    snprintf(why, size, "%s",
             ((const char *(*)(const handle *))rt->api[GET_ERROR_MESSAGE])(status));
    for (char *c = why; *c; c++)
        if (*c == '\n')
            *c = ' ';
    RELEASE(rt, RELEASE_STATUS, status);
    return false;
}

/* ---- opening ---- */

static const char *const places[] = {
    "libonnxruntime.so.1",
    "libonnxruntime.so",
    "/usr/local/lib/libonnxruntime.so*",
    "/opt/onnxruntime*/lib/libonnxruntime.so*",
    "/usr/lib/python3*/dist-packages/onnxruntime/capi/libonnxruntime.so*",
    "/usr/local/lib/python3*/*-packages/onnxruntime/capi/libonnxruntime.so*",
    "/usr/local/lib/node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so.1",
    "node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so.1",
};

static void *open_place(const char *place)
{
    glob_t found;
    void *library = NULL;
    if (!strchr(place, '*'))
        return dlopen(place, RTLD_NOW | RTLD_LOCAL);
    if (glob(place, 0, NULL, &found) != 0)
        return NULL;
    for (size_t i = 0; i < found.gl_pathc && !library; i++)
        library = dlopen(found.gl_pathv[i], RTLD_NOW | RTLD_LOCAL);
    globfree(&found);
    return library;
}

#if defined(__EMSCRIPTEN__)
enum { LOADS_LIBRARIES = false };
#else
enum { LOADS_LIBRARIES = true };
#endif

static void *open_library(const char *path, char *why, size_t size)
{
    const char *named = path ? path : getenv("INC_EXPORT_ORT");
    void *library = NULL;
    if (!LOADS_LIBRARIES) {
        snprintf(why, size, "WebAssembly loads no libraries");
        return NULL;
    }
    if (named && *named) {
        library = dlopen(named, RTLD_NOW | RTLD_LOCAL);
        const char *cause = library ? NULL : dlerror();
        if (!library)
            snprintf(why, size, "%s", cause ? cause : named);
        return library;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !library; i++)
        library = open_place(places[i]);
    if (!library)
        snprintf(why, size,
                 "there is no libonnxruntime in the usual places; name it with --ort FILE or "
                 "INC_EXPORT_ORT");
    return library;
}

static bool start(runtime *rt, char *why, size_t size)
{
    const api_base *(*get_base)(void);
    void *symbol = dlsym(rt->library, "OrtGetApiBase");
    if (!symbol) {
        snprintf(why, size, "the library is no ONNX Runtime: it has no OrtGetApiBase");
        return false;
    }
    memcpy(&get_base, &symbol, sizeof get_base);
    rt->base = get_base();
    rt->api = rt->base->get_api(TABLE_VERSION);
    if (!rt->api) {
        snprintf(why, size, "ONNX Runtime %s is too old; 1.8 or later is needed",
                 rt->base->version());
        return false;
    }
    return done(rt,
                CALL(rt, CREATE_ENV, (int, const char *, handle **),
                     (LOG_FATAL, "inc-export", &rt->env)),
                why, size) &&
           done(rt, CALL(rt, CREATE_CPU_MEMORY_INFO, (int, int, handle **), (0, 0, &rt->memory)),
                why, size) &&
           done(rt, CALL(rt, DEFAULT_ALLOCATOR, (handle **), (&rt->allocator)), why, size);
}

runtime *runtime_open(const char *path, char *why, size_t size)
{
    runtime *rt = calloc(1, sizeof *rt);
    if (!rt)
        return NULL;
    rt->library = open_library(path, why, size);
    if (rt->library && start(rt, why, size))
        return rt;
    runtime_close(rt);
    return NULL;
}

const char *runtime_version(const runtime *rt)
{
    return rt->base->version();
}

void runtime_close(runtime *rt)
{
    if (rt && rt->api) {
        RELEASE(rt, RELEASE_MEMORY_INFO, rt->memory);
        RELEASE(rt, RELEASE_ENV, rt->env);
    }
    free(rt); /* the library stays until the process ends: it keeps threads */
}

/* ---- sessions ---- */

static bool list_names(session *s, int count_at, int name_at, char **names, size_t *count,
                       char *why, size_t size)
{
    runtime *rt = s->rt;
    size_t n = 0;
    if (!done(rt, CALL(rt, count_at, (const handle *, size_t *), (s->session, &n)), why, size))
        return false;
    if (n > MOST_ARRAYS) {
        snprintf(why, size, "the model has %zu inputs or outputs, which is too many here", n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char *name = NULL;
        if (!done(rt,
                  CALL(rt, name_at, (const handle *, size_t, handle *, char **),
                       (s->session, i, rt->allocator, &name)),
                  why, size))
            return false;
        names[i] = calloc(strlen(name) + 1, 1);
        if (names[i])
            memcpy(names[i], name, strlen(name));
        *count = i + 1;
        done(rt, CALL(rt, ALLOCATOR_FREE, (handle *, void *), (rt->allocator, name)), why, size);
        if (!names[i])
            return false;
    }
    return true;
}

static handle *make_session(runtime *rt, const char *path, const void *bytes, size_t n,
                            int optimization, char *why, size_t size)
{
    handle *options = NULL, *made = NULL;
    bool is_set =
        done(rt, CALL(rt, CREATE_SESSION_OPTIONS, (handle **), (&options)), why, size) &&
        done(rt, CALL(rt, SET_INTRA_OP_THREADS, (handle *, int), (options, 1)), why, size) &&
        done(rt, CALL(rt, SET_OPTIMIZATION_LEVEL, (handle *, int), (options, optimization)), why,
             size);
    if (is_set && path)
        (void)done(rt,
                   CALL(rt, CREATE_SESSION,
                        (const handle *, const char *, const handle *, handle **),
                        (rt->env, path, options, &made)),
                   why, size);
    else if (is_set)
        (void)done(rt,
                   CALL(rt, CREATE_SESSION_FROM_ARRAY,
                        (const handle *, const void *, size_t, const handle *, handle **),
                        (rt->env, bytes, n, options, &made)),
                   why, size);
    if (options)
        RELEASE(rt, RELEASE_SESSION_OPTIONS, options);
    return made;
}

session *session_open(runtime *rt, const char *path, const void *bytes, size_t n, int optimization,
                      char *why, size_t size)
{
    session *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->rt = rt;
    s->session = make_session(rt, path, bytes, n, optimization, why, size);
    if (s->session &&
        list_names(s, SESSION_INPUT_COUNT, SESSION_INPUT_NAME, s->inputs, &s->n_inputs, why,
                   size) &&
        list_names(s, SESSION_OUTPUT_COUNT, SESSION_OUTPUT_NAME, s->outputs, &s->n_outputs, why,
                   size))
        return s;
    session_close(s);
    return NULL;
}

size_t session_n_inputs(const session *s)
{
    return s->n_inputs;
}

const char *session_input(const session *s, size_t i)
{
    return s->inputs[i];
}

static void forget_items(session *s)
{
    for (size_t i = 0; i < s->n_items; i++)
        free(s->items[i]);
    s->n_items = 0;
}

void session_close(session *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_inputs; i++)
        free(s->inputs[i]);
    for (size_t i = 0; i < s->n_outputs; i++)
        free(s->outputs[i]);
    forget_items(s);
    if (s->session)
        RELEASE(s->rt, RELEASE_SESSION, s->session);
    free(s);
}

/* ---- running ---- */

static size_t element_size(int type)
{
    static const unsigned char sizes[] = {0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2};
    return type >= 0 && (size_t)type < sizeof sizes ? sizes[type] : 0;
}

static bool describe(runtime *rt, handle *value, array *a, char *why, size_t size)
{
    handle *shape = NULL;
    if (!done(rt, CALL(rt, TYPE_AND_SHAPE, (const handle *, handle **), (value, &shape)), why,
              size))
        return false;
    bool ok =
        done(rt, CALL(rt, ELEMENT_TYPE, (const handle *, int *), (shape, &a->type)), why, size) &&
        done(rt, CALL(rt, DIMENSIONS_COUNT, (const handle *, size_t *), (shape, &a->rank)), why,
             size) &&
        a->rank <= 16 &&
        done(rt,
             CALL(rt, DIMENSIONS, (const handle *, int64_t *, size_t), (shape, a->shape, a->rank)),
             why, size);
    RELEASE(rt, RELEASE_TYPE_AND_SHAPE, shape);
    return ok;
}

static bool copy_out(runtime *rt, handle *value, array *a, char *why, size_t size)
{
    void *data = NULL;
    if (!describe(rt, value, a, why, size) ||
        !done(rt, CALL(rt, TENSOR_DATA, (handle *, void **), (value, &data)), why, size))
        return false;
    a->n_bytes = element_size(a->type);
    if (a->n_bytes == 0) {
        snprintf(why, size, "output %s has elements of a kind that is not compared", a->name);
        return false;
    }
    for (size_t i = 0; i < a->rank; i++)
        a->n_bytes *= (size_t)a->shape[i];
    a->data = malloc(a->n_bytes + 1);
    if (a->data && a->n_bytes > 0)
        memcpy(a->data, data, a->n_bytes);
    return a->data != NULL;
}

/* "name[i]", which lives as long as the session. */
static const char *item_name(session *s, const char *name, size_t i)
{
    size_t size = strlen(name) + 32;
    char *text = s->n_items < MOST_ARRAYS ? malloc(size) : NULL;
    if (!text)
        return NULL;
    snprintf(text, size, "%s[%zu]", name, i);
    return s->items[s->n_items++] = text;
}

static bool add_output(runtime *rt, handle *value, const char *name, array *outputs, size_t *n,
                       char *why, size_t size)
{
    if (!name || *n == MOST_ARRAYS) {
        snprintf(why, size, "the model has too many outputs, or items in them, to be compared");
        return false;
    }
    outputs[*n] = (array){.name = name};
    bool ok = copy_out(rt, value, &outputs[*n], why, size);
    *n += ok ? 1 : 0;
    return ok;
}

/* The result of an output: a tensor, or those of a sequence. */
static bool take_output(session *s, handle *value, const char *name, array *outputs, size_t *n,
                        char *why, size_t size)
{
    enum { SEQUENCE = 2 };
    runtime *rt = s->rt;
    int kind = 0;
    size_t count = 0;
    if (!done(rt, CALL(rt, VALUE_TYPE, (const handle *, int *), (value, &kind)), why, size))
        return false;
    if (kind != SEQUENCE)
        return add_output(rt, value, name, outputs, n, why, size);
    bool ok =
        done(rt, CALL(rt, SEQUENCE_COUNT, (const handle *, size_t *), (value, &count)), why, size);
    for (size_t i = 0; i < count && ok; i++) {
        handle *item = NULL;
        ok = done(rt,
                  CALL(rt, SEQUENCE_ITEM, (const handle *, int, handle *, handle **),
                       (value, (int)i, rt->allocator, &item)),
                  why, size) &&
             add_output(rt, item, item_name(s, name, i), outputs, n, why, size);
        if (item)
            RELEASE(rt, RELEASE_VALUE, item);
    }
    return ok;
}

bool session_run(session *s, const array *inputs, array *outputs, size_t *n_outputs, char *why,
                 size_t size)
{
    runtime *rt = s->rt;
    handle *in[MOST_ARRAYS] = {0}, *out[MOST_ARRAYS] = {0};
    bool ok = true;
    *n_outputs = 0;
    forget_items(s);
    for (size_t i = 0; i < s->n_inputs && ok; i++)
        ok = done(rt,
                  CALL(rt, CREATE_TENSOR_WITH_DATA,
                       (const handle *, void *, size_t, const int64_t *, size_t, int, handle **),
                       (rt->memory, inputs[i].data, inputs[i].n_bytes, inputs[i].shape,
                        inputs[i].rank, inputs[i].type, &in[i])),
                  why, size);
    ok = ok &&
         done(rt,
              CALL(rt, RUN,
                   (handle *, const handle *, const char *const *, const handle *const *, size_t,
                    const char *const *, size_t, handle **),
                   (s->session, NULL, (const char *const *)s->inputs, (const handle *const *)in,
                    s->n_inputs, (const char *const *)s->outputs, s->n_outputs, out)),
              why, size);
    for (size_t i = 0; i < s->n_outputs && ok; i++)
        ok = take_output(s, out[i], s->outputs[i], outputs, n_outputs, why, size);
    for (size_t i = 0; i < MOST_ARRAYS; i++) {
        if (in[i])
            RELEASE(rt, RELEASE_VALUE, in[i]);
        if (out[i])
            RELEASE(rt, RELEASE_VALUE, out[i]);
    }
    if (!ok)
        arrays_free(outputs, *n_outputs);
    return ok;
}

void arrays_free(array *arrays, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(arrays[i].data);
        arrays[i].data = NULL;
    }
}
