/* SPDX-License-Identifier: Apache-2.0 */
/* A TorchScript or torch.save archive: the records of a ZIP file under the names PyTorch gives
 * them. Pickles are read when asked for, once. */
#ifndef INC_ARCHIVE_MODEL_FILE_H
#define INC_ARCHIVE_MODEL_FILE_H

#include "archive/pickle.h"
#include "archive/recognise.h"
#include "base/vec.h"

typedef struct incarc {
    const incfile *file;
    inczip *zip; /* NULL for INCARC_SAVED_LEGACY */
    incarc_kind kind;
    int64_t version; /* archive format version: of "version" or ".data/version"; 0 when absent */
    const incpkl_value *root, *constants, *traced_inputs; /* private: what was read already */
    const void *program; /* private to the front end of torch.export archives: the last one read */
    INC_VEC(const char *) warnings; /* private: what was said of it */
} incarc;

/* Recognises and opens. Archives written on a big-endian machine are refused. */
incarc *incarc_open(inccx *cx, const incfile *file);
/* The same archive for a context that ends before the one it was opened in: what was read already
 * is not read again, what is read from now on is its own, and warnings are said again. */
incarc *incarc_again(inccx *cx, const incarc *archive);
/* Keeps the warnings of cx from number n on, which are about the archive, for incarc_again(). */
void incarc_keep_warnings(inccx *cx, incarc *archive, size_t n);

/* The source text of everything whose qualified name is qualifier.something: for "__torch__.a.b"
 * the record code/__torch__/a/b.py. NULL when there is none. *entry (may be NULL) is its name
 * for messages. */
const char *incarc_code(inccx *cx, incarc *archive, const char *qualifier, size_t *n,
                        const char **entry);
/* data.pkl: the root object, or what torch.save was given. */
const incpkl_value *incarc_root(inccx *cx, incarc *archive);
/* constants.pkl: a tuple; CONSTANTS.c0 is its first item. An empty one when there is no such
 * record. */
const incpkl_value *incarc_constants(inccx *cx, incarc *archive);
/* traced_inputs.pkl: a dict from method names to lists; tensors have no data. NULL when absent. */
const incpkl_value *incarc_traced_inputs(inccx *cx, incarc *archive);

#endif
