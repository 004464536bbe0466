/* SPDX-License-Identifier: Apache-2.0 */
/* A file's bytes, read piece by piece when they are needed; or bytes the application lent us. Files
 * are not mapped: one that is cut short while it is mapped ends the process, and one that is read
 * is an error. */
#ifndef INC_BASE_FILE_H
#define INC_BASE_FILE_H

#include "base/context.h"

typedef struct incfile_windows incfile_windows;

typedef struct incfile {
    const uint8_t *bytes; /* of lent ones; NULL: read by the functions below */
    uint64_t size;
    const char *name;         /* for messages */
    int fd;                   /* of a file that was opened; -1 when borrowed */
    uint64_t begin;           /* where its bytes begin in fd: it may lie inside another file */
    incfile_windows *windows; /* private: what was read last; NULL of lent bytes */
} incfile;

/* Some of a file's bytes. */
typedef struct incspan {
    const uint8_t *bytes; /* NULL: to be read */
    const incfile *file;  /* NULL: of no file */
    uint64_t at, size;    /* in the file */
} incspan;

/* Opens path until the context ends. Raises INC_E_IO. */
const incfile *incfile_open(inccx *cx, const char *path);
/* Borrows memory that must outlive the context. */
const incfile *incfile_borrow(inccx *cx, const void *bytes, uint64_t size, const char *name);
/* A file that lies inside another one. */
const incfile *incfile_inside(inccx *cx, incspan span, const char *name);

/* What follows is checked by the caller to lie inside the file.
 * Copies size bytes from offset at on to out. Raises INC_E_IO. */
void incfile_read(inccx *cx, const incfile *file, uint64_t at, uint64_t size, void *out);
/* The same; the error's number, or 0, instead of raising. */
int incfile_try_read(const incfile *file, uint64_t at, uint64_t size, void *out);
/* The bytes themselves, or a copy of them in the arena: for what is small. */
const uint8_t *incfile_bytes(inccx *cx, const incfile *file, uint64_t at, uint64_t size);

incspan incfile_span(const incfile *file, uint64_t at, uint64_t size);
const uint8_t *incspan_bytes(inccx *cx, incspan span);

#endif
