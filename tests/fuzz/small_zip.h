/* SPDX-License-Identifier: Apache-2.0 */
/* Archives made from inputs: the smallest ones around a few records. */
#ifndef TESTS_FUZZ_SMALL_ZIP_H
#define TESTS_FUZZ_SMALL_ZIP_H

#include <stddef.h>
#include <stdint.h>

enum { SMALL_ZIP_MOST_RECORDS = 256 };

typedef struct small_zip {
    uint8_t *bytes; /* once it is finished, all of it */
    size_t n;
    size_t places[SMALL_ZIP_MOST_RECORDS], n_records;
} small_zip;

/* Stored, without a checksum, which PyTorch allows. Ends the process when there is no memory. */
void small_zip_add(small_zip *z, const char *name, const void *bytes, size_t n);
void small_zip_finish(small_zip *z);
void small_zip_free(small_zip *z);

#endif
