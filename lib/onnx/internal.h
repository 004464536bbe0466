/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#ifndef INC_ONNX_INTERNAL_H
#define INC_ONNX_INTERNAL_H

#include <sys/types.h>

#include "base/vec.h"
#include "onnx.pb-c.h"
#include "onnx/onnx.h"

enum { INCOX_TYPES = 256 }; /* remembered at a time */

/* A model that is being written. Its messages are made one after the other, in a scratch, twice:
 * to be measured, and to be written. */
typedef struct incox_model {
    inccx *cx, *scratch; /* of what stays, and of messages */
    const incir_graph *g;
    const incox_options *options;
    uint8_t *is_listed; /* a bit for every value: constants that are initializers already, */
    uint8_t *is_output; /* and outputs of blocks */
    INC_VEC(const incir_value *) constants; /* the initializers */
    INC_VEC(const char *) domains;
    const incir_value *typed[INCOX_TYPES]; /* values whose types were packed, and these: others */
    ProtobufCMessageUnknownField *types[INCOX_TYPES]; /* have the same ones */
    size_t n_nodes;                                   /* in all blocks */
    uint64_t nodes_size;                              /* of the fields node and value_info */
    uint64_t types_size;
    const struct incox_external_plan *external; /* NULL: nothing is */
} incox_model;

/* model.c */
/* Measures all but the initializers. */
incox_model *incox_model_new(inccx *cx, const incir_graph *g, const incox_options *options);
/* Of the file, as far as it is not external. */
uint64_t incox_model_size(incox_model *model);

/* model_proto.c: messages in the model's scratch. */
Incox__NodeProto *incox_build_node(incox_model *model, const incir_node *n);
Incox__ValueInfoProto *incox_build_value_info(incox_model *model, const incir_value *v);
Incox__ValueInfoProto **incox_build_value_infos(incox_model *model, incir_value *const *values,
                                                size_t n);
/* With raw_data of the right length, and at no place. */
Incox__TensorProto *incox_build_initializer(incox_model *model, const incir_value *v);
/* What the main block gives is marked as that, and made initializers where it is constant. */
void incox_note_outputs(incox_model *model, const incir_block *block);
bool incox_is_output(const incox_model *model, const incir_value *v);
void incox_note_domain(incox_model *model, const char *domain);
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

/* writer.c: collects small pieces, passes large ones on, fetches constants, reports progress. */
typedef struct incox_writer {
    ProtobufCBuffer base; /* for messages: incox_writer_put_message() */
    inccx *cx;
    incox_sink *sink;
    const inctensor *constant; /* what raw_data at the place stands for */
    const void *place;
    uint8_t *buffer;
    size_t filled;
    uint64_t *done; /* of total, over all files of this export */
    uint64_t total, reported;
    uint64_t written; /* to this sink */
} incox_writer;

void incox_writer_begin(incox_writer *w, inccx *cx, incox_sink *sink, uint64_t *done,
                        uint64_t total);
void incox_writer_put(incox_writer *w, const void *bytes, uint64_t size);
void incox_writer_put_tensor(incox_writer *w, const inctensor *t);
void incox_writer_put_message(incox_writer *w, const ProtobufCMessage *message);
void incox_writer_pad(incox_writer *w, uint64_t alignment);
void incox_writer_end(incox_writer *w);

/* model.c */
void incox_write_model(incox_writer *w, incox_model *model);

/* external.c: which constants go beside the model, and where in that file. */
typedef struct incox_external_plan {
    const char *location;
    uint64_t size;           /* of the file; 0: nothing is external */
    const uint64_t *offsets; /* of each of the model's constants; UINT64_MAX: it stays inside */
} incox_external_plan;

incox_external_plan *incox_plan_external(inccx *cx, const incox_model *model, const char *location);
/* Makes the message of constant number i refer to the file, where it is external. */
void incox_refer(inccx *cx, const incox_external_plan *plan, size_t i, Incox__TensorProto *message);
void incox_write_external(incox_writer *w, const incox_model *model,
                          const incox_external_plan *plan);

/* write_npz.c: an .npz archive of n tensors, "NAME.npy" each. */
void incox_write_npz(incox_writer *w, const char *const *names, const inctensor *const *tensors,
                     size_t n);

#endif
