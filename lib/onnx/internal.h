/* What the files of this folder share. */
#ifndef INC_ONNX_INTERNAL_H
#define INC_ONNX_INTERNAL_H

#include "onnx.pb-c.h"
#include "onnx/onnx.h"

/* The model's message, and the constants its raw_data fields stand for: raw_data.data of
 * initializer i points at constants[i], which write.c recognises by its address. */
typedef struct incox_model {
    Incox__ModelProto message;
    const inctensor **constants;
    size_t n_constants;
    size_t n_nodes;
} incox_model;

/* build.c */
incox_model *incox_build(inccx *cx, const incir_graph *g, const incox_options *options);
/* const strings for protobuf-c, which does not know const and does not write to them. */
char *incox_text(const char *text);

/* A place for bytes: sink.c. */
typedef struct incox_sink incox_sink;
/* A new file beside path, which commit renames to path; removed when that is not reached.
 * source: see incox_target. */
incox_sink *incox_sink_file(inccx *cx, const char *path, const incfile *source);
incox_sink *incox_sink_callback(inccx *cx, incox_write_fn write, void *user_data);
void incox_sink_write(inccx *cx, incox_sink *sink, const void *bytes, size_t size);
/* Syncs and closes. */
void incox_sink_finish(inccx *cx, incox_sink *sink);

/* write.c: collects small pieces, passes large ones on, fetches constants, tells progress. */
typedef struct incox_writer {
    ProtobufCBuffer base;
    inccx *cx;
    incox_sink *sink;
    const inctensor *const *constants;
    size_t n_constants;
    uint8_t *buffer;
    size_t filled;
    uint64_t *done; /* of total, over all files of this export */
    uint64_t total, told;
    uint64_t written; /* to this sink */
} incox_writer;

void incox_writer_begin(incox_writer *w, inccx *cx, incox_sink *sink, uint64_t *done,
                        uint64_t total);
void incox_writer_put(incox_writer *w, const void *bytes, uint64_t size);
void incox_writer_put_tensor(incox_writer *w, const inctensor *t);
void incox_writer_pad(incox_writer *w, uint64_t alignment);
void incox_writer_end(incox_writer *w);

/* external.c: which constants go beside the model, and where in that file. */
typedef struct incox_external_plan {
    const char *location;
    uint64_t size; /* of the file; 0: nothing is external */
    size_t n;      /* of constants, in order of offset */
    const inctensor **constants;
    const uint64_t *offsets;
} incox_external_plan;

incox_external_plan *incox_plan_external(inccx *cx, incox_model *model, const char *location);
void incox_write_external(incox_writer *w, const incox_external_plan *plan);

/* write_npz.c: an .npz archive of n tensors, "NAME.npy" each. */
void incox_write_npz(incox_writer *w, const char *const *names, const inctensor *const *tensors,
                     size_t n);

#endif
