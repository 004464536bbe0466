/* SPDX-License-Identifier: Apache-2.0 */
/* What an export writes, in memory: {.write = tst_append, .user_data = &bytes}. */
#ifndef INC_TESTS_BYTES_H
#define INC_TESTS_BYTES_H

#include <stdlib.h>
#include <string.h>

typedef struct tst_bytes {
    unsigned char *bytes; /* to be freed */
    size_t size;
} tst_bytes;

static inline int tst_append(const void *bytes, size_t size, void *data)
{
    tst_bytes *b = data;
    unsigned char *grown = realloc(b->bytes, b->size + size + 1);
    if (!grown)
        return 1;
    memcpy(grown + b->size, bytes, size);
    b->bytes = grown;
    b->size += size;
    return 0;
}

#endif
