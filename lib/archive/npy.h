/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy's .npy and .npz files as tensors, views of the file where it is not compressed. */
#ifndef INC_ARCHIVE_NPY_H
#define INC_ARCHIVE_NPY_H

#include "archive/zip.h"
#include "tensor/tensor.h"

typedef struct incnpz {
    const char **names; /* without ".npy", in the order of the archive */
    const inctensor **tensors;
    size_t n;
} incnpz;

/* One array in bytes[0..size), which must outlive the context; name is for messages. Little-endian
 * numbers and bools of .npy versions 1 to 3, C or Fortran order; the rest raises INC_E_UNSUPPORTED.
 */
const inctensor *incnpy_read(inccx *cx, const void *bytes, uint64_t size, const char *name);
/* All arrays of an .npz archive. */
const incnpz *incnpz_read(inccx *cx, inczip *zip);
/* By name; NULL when absent. */
const inctensor *incnpz_get(const incnpz *npz, const char *name);

#endif
