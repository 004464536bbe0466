/* SPDX-License-Identifier: Apache-2.0 */
#include "small_zip.h"

#include <stdlib.h>
#include <string.h>

enum { LOCAL = 30, CENTRAL = 46, END = 22 };

static void put(uint8_t *at, size_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint8_t *grow(small_zip *z, size_t n)
{
    uint8_t *grown = realloc(z->bytes, z->n + n);
    if (!grown)
        abort();
    z->bytes = grown;
    memset(grown + z->n, 0, n);
    z->n += n;
    return grown + z->n - n;
}

void small_zip_add(small_zip *z, const char *name, const void *bytes, size_t n)
{
    size_t n_name = strlen(name), place = z->n;
    if (z->n_records == SMALL_ZIP_MOST_RECORDS)
        abort();
    uint8_t *local = grow(z, LOCAL + n_name + n);
    put(local, 0x04034b50, 4);
    put(local + 18, n, 4);
    put(local + 22, n, 4);
    put(local + 26, n_name, 2);
    memcpy(local + LOCAL, name, n_name);
    if (n > 0)
        memcpy(local + LOCAL + n_name, bytes, n);
    z->places[z->n_records++] = place;
}

/* A directory entry repeats what the record's local header says. */
void small_zip_finish(small_zip *z)
{
    size_t begin = z->n;
    for (size_t i = 0; i < z->n_records; i++) {
        size_t n_name = z->bytes[z->places[i] + 26] | (size_t)z->bytes[z->places[i] + 27] << 8;
        uint8_t *central = grow(z, CENTRAL + n_name);
        const uint8_t *local = z->bytes + z->places[i];
        put(central, 0x02014b50, 4);
        memcpy(central + 6, local + 4, 26);
        put(central + 42, z->places[i], 4);
        memcpy(central + CENTRAL, local + LOCAL, n_name);
    }
    size_t n_directory = z->n - begin;
    uint8_t *end = grow(z, END);
    put(end, 0x06054b50, 4);
    put(end + 8, z->n_records, 2);
    put(end + 10, z->n_records, 2);
    put(end + 12, n_directory, 4);
    put(end + 16, begin, 4);
}

void small_zip_free(small_zip *z)
{
    free(z->bytes);
    *z = (small_zip){0};
}
