/* SPDX-License-Identifier: Apache-2.0 */
/* A ZIP archive: its directory, checked, and the bytes of its entries.
 *
 * Opening reads the directory and verifies every claim it makes: sizes and offsets inside the
 * file, local headers that agree, no two entries of one name, no two that share bytes. Stored
 * entries are read where they lie in the file; deflated ones are inflated when asked for, once.
 *
 * PyTorch's own writer puts all entries below one folder. Names below it are called records here,
 * and looked up without it. */
#ifndef INC_ARCHIVE_ZIP_H
#define INC_ARCHIVE_ZIP_H

#include "base/context.h"
#include "base/file.h"

typedef struct inczip inczip;

typedef struct inczip_entry {
    const char *name; /* as in the directory; UTF-8, no NUL inside */
    size_t name_size;
    const char *record;   /* the name below the prefix folder; NULL when outside of it */
    uint64_t size;        /* of the contents, inflated */
    const uint8_t *bytes; /* the contents where a file in memory has them; NULL otherwise */
    uint32_t crc;         /* 0: not computed by the writer */
    bool is_deflated;
    uint64_t header;                     /* offset of the local header */
    uint64_t packed_offset, packed_size; /* where the payload is in the file */
} inczip_entry;

/* Reads the directory of file, which must outlive the context. Raises INC_E_FORMAT for damage,
 * INC_E_UNSUPPORTED for encryption, other compression methods and archives in several parts. */
inczip *inczip_open(inccx *cx, const incfile *file);
/* The same archive for a context that ends before the one it was opened in: the directory is
 * shared, what is read is its own. */
inczip *inczip_again(inccx *cx, const inczip *zip);

/* Files in the order of the directory; folders are left out. */
size_t inczip_count(const inczip *zip);
const inczip_entry *inczip_at(const inczip *zip, size_t i);
/* The folder all records are below, without '/'; "" when there is none. */
const char *inczip_prefix(const inczip *zip);
const char *inczip_file_name(const inczip *zip);

/* By record ("data.pkl", "code/__torch__.py"); NULL when absent. */
const inczip_entry *inczip_find(const inczip *zip, const char *record);
/* By whole name ("net/data.pkl"); NULL when absent. */
const inczip_entry *inczip_find_name(const inczip *zip, const char *name);
/* Whether a record begins with this ("code/"). */
bool inczip_has_records(const inczip *zip, const char *beginning);

/* The contents of an entry, entry->size bytes, as long as the context lives; never NULL. Inflates
 * where necessary, and compares the checksum: for text and pickles. Raises INC_E_FORMAT, and
 * INC_E_LIMIT when a deflated entry is larger than anything reasonable. */
const uint8_t *inczip_read(inccx *cx, inczip *zip, const inczip_entry *entry);
/* The same without the checksum for stored entries: for tensors, because checking would read all of
 * a large file twice. */
const uint8_t *inczip_read_unchecked(inccx *cx, inczip *zip, const inczip_entry *entry);
/* Where the contents are, for tensors: nothing is read of a stored entry. */
incspan inczip_span(inccx *cx, inczip *zip, const inczip_entry *entry);

#endif
