/* SPDX-License-Identifier: Apache-2.0 */
/* From the graph to the bytes of an ONNX file. Nothing here changes the graph.
 *
 * The protobuf messages are built whole, but for the elements of constants: of those they hold only
 * where they come from, and the elements are fetched piece by piece while the file is written. */
#ifndef INC_ONNX_ONNX_H
#define INC_ONNX_ONNX_H

#include "base/file.h"
#include "ir/graph.h"

/* The opsets that graphs may be written for. */
enum { INCOX_OLDEST_OPSET = 10, INCOX_NEWEST_OPSET = 26 };

/* Whether constants go into a file beside the model. protobuf ends at 2 GiB. */
typedef enum incox_external {
    INCOX_EXTERNAL_AUTO, /* when the model is too large without */
    INCOX_EXTERNAL_NEVER,
    INCOX_EXTERNAL_ALWAYS
} incox_external;

/* A line of metadata_props. */
typedef struct incox_metadata {
    const char *key, *value;
} incox_metadata;

typedef struct incox_options {
    const char *graph_name;       /* "main_graph" when NULL */
    const char *producer;         /* "incexport" when NULL */
    const char *producer_version; /* of this library */
    const incox_metadata *metadata;
    size_t n_metadata;
    incox_external external;
    uint64_t inline_limit;   /* largest model without external data; 0: 2 GiB - 1 */
    uint64_t constant_limit; /* bytes of constants that are still believable; 0: any */
    /* First values of the model's state, which go into an .npz archive beside the model. */
    const char *const *state_names;
    const inctensor *const *states;
    size_t n_states;
} incox_options;

/* Non-zero stops the export with INC_E_OUTPUT. */
typedef int (*incox_write_fn)(const void *bytes, size_t size, void *user_data);

/* Where the bytes go: to path, which is replaced when all is well and untouched when not; or, path
 * being NULL, to write(), external data to write_external() under the name external_location, and
 * states to write_state(). */
typedef struct incox_target {
    const char *path;
    incox_write_fn write, write_external, write_state;
    void *user_data, *external_user_data, *state_user_data;
    const char *external_location;
    /* What the export reads, NULL among them: none of these is overwritten. */
    const incfile *const *inputs;
    size_t n_inputs;
    bool durable; /* files and folders are synced before they get their names */
} incox_target;

typedef struct incox_written {
    uint64_t bytes;            /* of the model */
    uint64_t external_bytes;   /* of the file beside it; 0 when there is none */
    const char *external_path; /* NULL when there is none */
    size_t n_nodes;            /* in all blocks */
    size_t n_constants;
    uint64_t constant_bytes;
    int64_t ir_version;
    const char *state_path;      /* NULL when there is none */
    struct incox_sink *sinks[3]; /* private: the model last */
    size_t n_sinks;
    const char *stale[8]; /* private: files that only the replaced model needed */
    size_t n_stale;
} incox_written;

/* Writes everything, into files without a name or of a temporary one; they disappear with the
 * context.
 */
incox_written incox_write(inccx *cx, const incir_graph *g, const incox_target *target,
                          const incox_options *options);
/* Gives the files their names, the model last, and removes what is stale. Allocates nothing, so
 * that only the file system can make it fail. */
void incox_commit(inccx *cx, const incox_written *written);

/* The oldest revision of the file format that may hold that opset. */
int64_t incox_ir_version(uint32_t opset);

#endif
