/* SPDX-License-Identifier: Apache-2.0 */
/* ZIP, .npy and .npz from memory; see npz.h. */
#include "npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

unsigned char *tst_read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *data = NULL;
    size_t capacity = 0;
    size_t used = 0;

    if (file == NULL)
        return NULL;
    for (;;) {
        if (used + 1 >= capacity) {
            unsigned char *grown = realloc(data, capacity = capacity * 2 + 65536);
            if (grown == NULL)
                break;
            data = grown;
        }
        size_t got = fread(data + used, 1, capacity - used - 1, file);
        if (got == 0)
            break;
        used += got;
    }
    if (ferror(file) || data == NULL) {
        free(data);
        data = NULL;
    } else {
        data[used] = 0;
        *size = used;
    }
    fclose(file);
    return data;
}

static size_t u16(const unsigned char *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8;
}

static size_t u32(const unsigned char *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static const unsigned char *find_end_record(const unsigned char *data, size_t size)
{
    for (size_t back = 22; back <= size && back <= 22 + 65535; back++)
        if (memcmp(data + size - back, "PK\5\6", 4) == 0)
            return data + size - back;
    return NULL;
}

/* Where a central-directory record's payload lies; NULL when it is not inside the archive. */
static const unsigned char *payload_of(const unsigned char *data, size_t size,
                                       const unsigned char *record)
{
    size_t local = u32(record + 42);

    if (local + 30 > size)
        return NULL;
    local += 30 + u16(data + local + 26) + u16(data + local + 28);
    return local <= size && u32(record + 20) <= size - local ? data + local : NULL;
}

bool tst_zip_open(const unsigned char *data, size_t size, tst_zip *zip)
{
    const unsigned char *end = find_end_record(data, size);
    size_t at;

    *zip = (tst_zip){0};
    if (end == NULL)
        return false;
    at = u32(end + 16);
    zip->entries = calloc(u16(end + 10) + 1, sizeof *zip->entries);
    for (size_t i = 0; zip->entries != NULL && i < u16(end + 10); i++) {
        const unsigned char *record = data + at;
        tst_zip_entry *entry = &zip->entries[zip->count];
        size_t name_size;

        if (at + 46 > size || memcmp(record, "PK\1\2", 4) != 0)
            return false;
        name_size = u16(record + 28);
        if (at + 46 + name_size > size)
            return false;
        entry->name = calloc(name_size + 1, 1);
        entry->packed = payload_of(data, size, record);
        if (entry->name == NULL || entry->packed == NULL)
            return false;
        memcpy(entry->name, record + 46, name_size);
        entry->method = (int)u16(record + 10);
        entry->packed_size = u32(record + 20);
        entry->size = u32(record + 24);
        zip->count++;
        at += 46 + name_size + u16(record + 30) + u16(record + 32);
    }
    return zip->entries != NULL;
}

void tst_zip_close(tst_zip *zip)
{
    for (size_t i = 0; i < zip->count; i++)
        free(zip->entries[i].name);
    free(zip->entries);
    *zip = (tst_zip){0};
}

const tst_zip_entry *tst_zip_find(const tst_zip *zip, const char *name)
{
    for (size_t i = 0; i < zip->count; i++)
        if (strcmp(zip->entries[i].name, name) == 0)
            return &zip->entries[i];
    return NULL;
}

unsigned char *tst_zip_read(const tst_zip_entry *entry)
{
    unsigned char *out = calloc(entry->size + 1, 1);
    z_stream z = {0};
    int status = Z_DATA_ERROR;

    if (out == NULL)
        return NULL;
    if (entry->method == 0 && entry->packed_size == entry->size) {
        memcpy(out, entry->packed, entry->size);
        return out;
    }
    z.next_in = (z_const Bytef *)entry->packed;
    z.avail_in = (uInt)entry->packed_size;
    z.next_out = out;
    z.avail_out = (uInt)entry->size;
    if (entry->method == 8 && inflateInit2(&z, -15) == Z_OK) {
        status = inflate(&z, Z_FINISH);
        inflateEnd(&z);
    }
    if (status == Z_STREAM_END && z.total_out == entry->size)
        return out;
    free(out);
    return NULL;
}

static int dtype_of(const char *descr)
{
    static const struct {
        char text[3];
        int dtype;
    } known[] = {
        {"f4", TST_FLOAT},  {"f8", TST_DOUBLE}, {"f2", TST_FLOAT16}, {"i1", TST_INT8},
        {"i2", TST_INT16},  {"i4", TST_INT32},  {"i8", TST_INT64},   {"u1", TST_UINT8},
        {"u2", TST_UINT16}, {"u4", TST_UINT32}, {"u8", TST_UINT64},  {"b1", TST_BOOL},
    };

    if (descr[0] == '>')
        return 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(descr + 1, known[i].text, 2) == 0)
            return known[i].dtype;
    return 0;
}

bool tst_npy_read(const unsigned char *data, size_t size, const char *name, tst_tensors *out)
{
    int64_t dims[TST_MAX_RANK];
    size_t rank = 0;
    size_t header_size, start;
    char header[1024];
    const char *descr, *shape, *order;
    tst_tensor *tensor;

    if (size < 12 || memcmp(data, "\x93NUMPY", 6) != 0)
        return false;
    header_size = data[6] == 1 ? u16(data + 8) : u32(data + 8);
    start = (data[6] == 1 ? 10 : 12) + header_size;
    if (header_size >= sizeof header || start > size)
        return false;
    memcpy(header, data + start - header_size, header_size);
    header[header_size] = 0;
    descr = strstr(header, "'descr': '");
    order = strstr(header, "'fortran_order': ");
    shape = strstr(header, "'shape': (");
    if (descr == NULL || order == NULL || shape == NULL || strncmp(order + 17, "False", 5) != 0)
        return false;
    for (shape += 10; *shape != ')' && *shape != 0;) {
        char *next;
        if (rank == TST_MAX_RANK)
            return false;
        dims[rank] = strtoll(shape, &next, 10);
        if (next == shape)
            return false;
        rank++;
        for (shape = next; *shape == ',' || *shape == ' '; shape++)
            continue;
    }
    tensor = tst_tensors_add(out, name, dtype_of(descr + 10), rank, dims);
    if (tensor == NULL || tensor->n_bytes > size - start)
        return false;
    memcpy(tensor->data, data + start, tensor->n_bytes);
    return true;
}

bool tst_npz_read(const unsigned char *data, size_t size, tst_tensors *out)
{
    tst_zip zip;
    bool ok = tst_zip_open(data, size, &zip);

    for (size_t i = 0; ok && i < zip.count; i++) {
        unsigned char *content = tst_zip_read(&zip.entries[i]);
        char *suffix = strstr(zip.entries[i].name, ".npy");
        if (suffix != NULL)
            *suffix = 0;
        ok =
            content != NULL && tst_npy_read(content, zip.entries[i].size, zip.entries[i].name, out);
        free(content);
    }
    tst_zip_close(&zip);
    return ok;
}
