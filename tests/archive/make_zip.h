/* SPDX-License-Identifier: Apache-2.0 */
/* Builds ZIP archives in memory, the way PyTorch writes them or in a plainer one. */
#ifndef TESTS_ARCHIVE_MAKE_ZIP_H
#define TESTS_ARCHIVE_MAKE_ZIP_H

#include "base/file.h"

typedef struct made_entry {
    const char *name;
    const void *bytes;
    size_t size;
    bool deflate;
} made_entry;

typedef enum made_style {
    MADE_PLAIN,   /* as Python's zipfile */
    MADE_PYTORCH, /* as PyTorch: sizes behind the data, payloads padded to 64, ZIP64 end */
    MADE_ZIP64    /* sizes and offsets of the directory in ZIP64 fields */
} made_style;

/* Offsets in the file that tests damage. */
enum { MADE_MOST = 16 };
typedef struct made_zip {
    uint8_t *bytes;
    size_t size;
    size_t n;
    size_t local[MADE_MOST], payload[MADE_MOST], central[MADE_MOST];
    size_t end64, locator, end; /* the first two only where there are such */
} made_zip;

made_zip make_zip(inccx *cx, made_style style, const made_entry *entries, size_t n);
/* The same, lent as a file. */
const incfile *make_zip_file(inccx *cx, made_style style, const made_entry *entries, size_t n);

#endif
