/* SPDX-License-Identifier: Apache-2.0 */
/* A state_dict: the tensors of a model by name, each once, in the order of the file.
 *
 * Formats keep it in different ways: as the state of a pickled module or a pickled dict, as a table
 * of records (.pt2). Each feeds it with names and tensors; tied weights, which are one storage
 * under several names, stand under the first. */
#ifndef INC_ARCHIVE_STATE_DICT_H
#define INC_ARCHIVE_STATE_DICT_H

#include "archive/pickle.h"
#include "base/map.h"
#include "base/vec.h"

typedef struct incarc_state_entry {
    const char *key; /* "layer1.0.conv1.weight" */
    const inctensor *tensor;
} incarc_state_entry;

typedef struct incarc_state_dict {
    inccx *cx;
    INC_VEC(incarc_state_entry) entries;
    uint64_t elements, bytes; /* of all entries */
    bool is_quantized;        /* one of them is, or weights are packed for quantized operators */
    inccx *scratch;
    incmap *seen; /* private, in the scratch: where tensors are stored */
} incarc_state_dict;

incarc_state_dict *incarc_state_dict_new(inccx *cx);
/* Nothing more will be added. */
void incarc_state_dict_end(incarc_state_dict *d);
/* Adds a tensor; storage and offset say where it is stored, for tied weights. */
void incarc_state_dict_add(incarc_state_dict *d, const char *key, const inctensor *tensor,
                           uint64_t storage, uint64_t offset);
/* Adds every tensor of a pickled value, nested as it may be; keys are paths that begin with path
 * ("": none). */
void incarc_state_dict_add_pickled(incarc_state_dict *d, const incpkl_value *v, const char *path);

/* How many of a dict's values are tensors; 0 of what is no dict. */
size_t incarc_count_tensors(const incpkl_value *v);
/* The state_dict in what torch.save wrote: of a checkpoint the dict at one of the usual names, else
 * root itself when it holds tensors, else the first dict that does, else root. *key: its name; NULL
 * when it is root. */
const incpkl_value *incarc_state_dict_in(const incpkl_value *root, const char **key);

#endif
