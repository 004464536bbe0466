/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads ZIP archives, .npy and .npz from memory: the little that recorded test data needs (stored
 * and deflated entries, little-endian C-order arrays). For tests only; the data is our own.
 */
#ifndef TST_NPZ_H
#define TST_NPZ_H

#include "tensor.h"

typedef struct tst_zip_entry {
    char *name;
    const unsigned char *packed; /* inside the archive */
    size_t packed_size;
    size_t size;
    int method; /* 0 stored, 8 deflated */
} tst_zip_entry;

typedef struct tst_zip {
    tst_zip_entry *entries;
    size_t count;
} tst_zip;

/* The whole file, zero-terminated one byte past its end; NULL if it cannot be read. Freed with
 * free(). */
unsigned char *tst_read_file(const char *path, size_t *size);

/* The entries point into `data`, which must stay. */
bool tst_zip_open(const unsigned char *data, size_t size, tst_zip *zip);
void tst_zip_close(tst_zip *zip);
const tst_zip_entry *tst_zip_find(const tst_zip *zip, const char *name);
/* The unpacked content, zero-terminated one byte past its end; freed with free(). */
unsigned char *tst_zip_read(const tst_zip_entry *entry);

/* Appends the array in a .npy file, or every array of a .npz file, under its name without ".npy".
 */
bool tst_npy_read(const unsigned char *data, size_t size, const char *name, tst_tensors *out);
bool tst_npz_read(const unsigned char *data, size_t size, tst_tensors *out);

#endif
