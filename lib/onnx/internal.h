/* What the files of this folder share. */
#ifndef INC_ONNX_INTERNAL_H
#define INC_ONNX_INTERNAL_H

#include <sys/types.h>

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

/* model_proto.c */
incox_model *incox_build(inccx *cx, const incir_graph *g, const incox_options *options);
/* const strings for protobuf-c, which does not know const and does not write to them. */
char *incox_text(const char *text);
/* external.c: a key and its value, as external data and metadata_props have them. */
Incox__StringStringEntryProto *incox_entry(inccx *cx, const char *key, const char *value);

/* Which file an output's path means: place.c. */
typedef struct incox_place {
    const char *path;  /* as asked for, for messages */
    const char *final; /* what it will be called: path with links followed */
    bool is_special;   /* a pipe or device: written straight */
    bool durable;      /* see incox_target */
    bool replaces;     /* a file is there, of: */
    mode_t mode;
    uid_t uid;
    gid_t gid;
} incox_place;

/* Names of files in one folder. */
typedef struct incox_names {
    const char *names[8];
    size_t n;
} incox_names;
bool incox_names_have(const incox_names *names, const char *name);

/* Raises for what cannot be written, and for what is an input of the export. */
incox_place *incox_find_place(inccx *cx, const char *path, const incox_target *target);
/* For the weights of model: a name that no file in use has. */
incox_place *incox_find_data_place(inccx *cx, const incox_place *model, const incox_names *in_use,
                                   const incox_target *target);
/* Of the files in use, those that nobody needs once the model is replaced: written->stale. */
void incox_find_stale(inccx *cx, const incox_place *model, const incox_place *data,
                      const incox_names *in_use, const incox_target *target,
                      incox_written *written);
/* "folder/model.onnx" -> "model.onnx". */
const char *incox_base_name(const char *path);

/* referenced.c: the files that the model which is there keeps its weights in. */
const incox_names *incox_referenced(inccx *cx, const incox_place *model);

/* A place for bytes: sink.c. */
typedef struct incox_sink incox_sink;
/* A new file, which commit gives its name; gone when that is not reached. */
incox_sink *incox_sink_file(inccx *cx, const incox_place *place);
incox_sink *incox_sink_callback(inccx *cx, incox_write_fn write, void *user_data);
void incox_sink_write(inccx *cx, incox_sink *sink, const void *bytes, size_t size);
/* What of size bytes from at on in an input the system copies by itself, from file to file; how
 * much that was. */
uint64_t incox_sink_copy(inccx *cx, incox_sink *sink, const incfile *from, uint64_t at,
                         uint64_t size);
/* Syncs, if that is asked for. */
void incox_sink_finish(inccx *cx, incox_sink *sink);

/* write.c: collects small pieces, passes large ones on, fetches constants, reports progress. */
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
