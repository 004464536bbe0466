/* SPDX-License-Identifier: Apache-2.0 */
/* A state_dict: what a model keeps by name, in the order of the file.
 *
 * Formats keep it in different ways: as the state of a pickled module, as a pickled dict, as a
 * table of records (.pt2). Each feeds it, and it is asked in one of two ways: what tensors there
 * are, each once (tied weights, which are one storage under several names, stand under the first),
 * or what is kept under a name, which need not be a tensor and may not be read yet. */
#ifndef INC_ARCHIVE_STATE_DICT_H
#define INC_ARCHIVE_STATE_DICT_H

#include "archive/pickle.h"
#include "base/map.h"
#include "base/vec.h"

typedef struct incarc_state_entry {
    const char *key;           /* "layer1.0.conv1.weight" */
    const inctensor *tensor;   /* NULL: it is none, or was not read yet */
    const incpkl_value *value; /* that was pickled under this name; NULL: none was */
    const void *record;        /* the format's own, from which the tensor is read; NULL: none */
} incarc_state_entry;

typedef struct incarc_state_dict {
    inccx *cx;
    INC_VEC(incarc_state_entry) entries;
    uint64_t elements, bytes; /* of the tensors that were added */
    bool is_quantized;        /* one of them is, or weights are packed for quantized operators */
    inccx *scratch;
    incmap *seen;    /* private, in the scratch: where tensors are stored */
    incmap *by_name; /* private: key -> index + 1, of entries that can be found */
} incarc_state_dict;

incarc_state_dict *incarc_state_dict_new(inccx *cx);
/* Nothing more will be added. */
void incarc_state_dict_end(incarc_state_dict *d);

/* ---- what tensors there are ---- */
/* Adds a tensor; storage and offset say where it is stored, for tied weights. */
void incarc_state_dict_add(incarc_state_dict *d, const char *key, const inctensor *tensor,
                           uint64_t storage, uint64_t offset);
/* Adds every tensor of a pickled value, nested as it may be; keys are paths that begin with path
 * ("": none). */
void incarc_state_dict_add_pickled(incarc_state_dict *d, const incpkl_value *v, const char *path);

/* ---- what is kept under a name ---- */
/* Adds what a pickled dict has under names, tensors or not. Of a name that comes again, here and
 * below, the first is found. */
void incarc_state_dict_add_names(incarc_state_dict *d, const incpkl_dict *dict);
/* Adds a name of a table; whoever finds it reads the tensor from the record, and sets it. */
void incarc_state_dict_add_record(incarc_state_dict *d, const char *key, const void *record);
/* NULL: there is none of that name. Until more is added. */
incarc_state_entry *incarc_state_dict_find(incarc_state_dict *d, const char *key);

/* How many of a dict's values are tensors; 0 of what is no dict. */
size_t incarc_count_tensors(const incpkl_value *v);
/* The state_dict in what torch.save wrote: of a checkpoint the dict at one of the usual names, else
 * root itself when it holds tensors, else the first dict that does, else root. *key: its name; NULL
 * when it is root. */
const incpkl_value *incarc_state_dict_in(const incpkl_value *root, const char **key);

#endif
