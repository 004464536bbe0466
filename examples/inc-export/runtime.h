/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX Runtime, where there is one: opened while the command runs, so that building needs nothing
 * of it. Declares of its C interface the few functions that are called, by their place in its
 * table, which never changes. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct runtime runtime;
typedef struct session session;

/* Values of a session, by ONNX's element types. */
typedef struct array {
    const char *name;
    int type;
    size_t rank;
    int64_t shape[16];
    void *data; /* owned by whoever made the list */
    size_t n_bytes;
} array;

enum { MOST_ARRAYS = 512, OPTIMIZE_NONE = 0, OPTIMIZE_ALL = 99 };

/* path may be NULL: the environment's INC_EXPORT_ORT, then the usual places. NULL: none can be
 * opened, and why says where it was looked for. */
runtime *runtime_open(const char *path, char *why, size_t size);
const char *runtime_version(const runtime *rt);
void runtime_close(runtime *rt);

/* A model by its path, or by bytes. */
session *session_open(runtime *rt, const char *path, const void *bytes, size_t n, int optimization,
                      char *why, size_t size);
size_t session_n_inputs(const session *s);
const char *session_input(const session *s, size_t i);
/* Inputs in the session's order. At most MOST_ARRAYS results are made, whose data is to be freed
 * and whose names the session has until the next run: one of each output, and of a sequence one of
 * each item, NAME[i]. */
bool session_run(session *s, const array *inputs, array *outputs, size_t *n_outputs, char *why,
                 size_t size);
void session_close(session *s);
void arrays_free(array *arrays, size_t n);

#endif
