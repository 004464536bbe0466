/* A file's bytes, mapped; or bytes the application lent us. */
#ifndef INC_BASE_FILE_H
#define INC_BASE_FILE_H

#include "base/context.h"

typedef struct incfile {
    const uint8_t *bytes;
    uint64_t size;
    const char *name; /* for messages */
    int fd;           /* of the mapped file, for copying between files; -1 when borrowed */
} incfile;

/* Maps path read-only until the context ends. Raises INC_E_IO. */
const incfile *incfile_map(inccx *cx, const char *path);
/* Borrows memory that must outlive the context. */
const incfile *incfile_borrow(inccx *cx, const void *bytes, uint64_t size, const char *name);

#endif
