/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors to an .npz archive, as numpy.savez writes it: a ZIP archive of stored entries NAME.npy.
 * Comes in: names and tensors. Goes out: the archive, piece by piece through a writer; the
 * checksum follows each entry (a data descriptor), so that nothing is read twice or held. What goes
 * beyond 4 GiB takes the ZIP64 form. */
#include <string.h>

#include <zlib.h>

#include "base/str.h"
#include "base/vec.h"
#include "onnx/internal.h"

enum {
    VERSION = 20, /* of the ZIP format */
    VERSION_64 = 45,
    FLAGS = 1 << 3 | 1 << 11, /* the checksum follows the entry; names are UTF-8 */
    DOS_DATE = 1 << 5 | 1,    /* 1980-01-01: the archive of equal tensors is equal */
    PIECE = 64 << 10
};

typedef struct entry {
    const char *name;
    uint64_t offset, size;
    uint32_t crc;
} entry;

typedef struct bytes {
    uint8_t items[128];
    size_t n;
} bytes;

static void put(bytes *b, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        b->items[b->n++] = (uint8_t)(value >> (8 * i));
}

static void put_small(incox_writer *w, const bytes *b)
{
    incox_writer_put(w, b->items, b->n);
}

/* NumPy's name of an element type; NULL: it has none. */
static const char *descriptor(incdtype dtype)
{
    switch (dtype) {
    case INCDT_BOOL:
        return "|b1";
    case INCDT_U8:
        return "|u1";
    case INCDT_I8:
        return "|i1";
    case INCDT_I16:
        return "<i2";
    case INCDT_I32:
        return "<i4";
    case INCDT_I64:
        return "<i8";
    case INCDT_F16:
        return "<f2";
    case INCDT_F32:
        return "<f4";
    case INCDT_F64:
        return "<f8";
    default:
        return NULL;
    }
}

/* The head of version 1.0: its text is padded so that the elements begin at a multiple of 64. */
static const char *npy_head(inccx *cx, const inctensor *t, const char *type, size_t *size)
{
    enum { BEFORE = 10, ALIGNMENT = 64 };
    incstr text = {0};
    incstr_addf(cx, &text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
    for (size_t i = 0; i < t->rank; i++)
        incstr_addf(cx, &text, "%lld,%s", (long long)t->sizes[i], i + 1 < t->rank ? " " : "");
    incstr_add(cx, &text, "), }");
    while ((BEFORE + text.n + 1) % ALIGNMENT != 0)
        incstr_add(cx, &text, " ");
    incstr_add(cx, &text, "\n");
    char *head = inc_alloc(cx, BEFORE + text.n);
    const char magic[] = {
        '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(text.n & 255), (char)(text.n >> 8)};
    memcpy(head, magic, BEFORE);
    memcpy(head + BEFORE, incstr_text(&text), text.n);
    *size = BEFORE + text.n;
    return head;
}

static void put_counted(incox_writer *w, entry *e, const void *data, size_t size)
{
    e->crc = (uint32_t)crc32(e->crc, data, (uInt)size);
    incox_writer_put(w, data, size);
}

static void put_elements(incox_writer *w, entry *e, const inctensor *t)
{
    size_t element = incdtype_size(t->dtype);
    uint8_t *piece = inc_alloc(w->cx, PIECE);
    for (uint64_t first = 0; first < t->numel;) {
        uint64_t n = PIECE / element;
        if (n > t->numel - first)
            n = t->numel - first;
        inctensor_read(w->cx, t, first, n, piece);
        put_counted(w, e, piece, (size_t)n * element);
        first += n;
    }
}

/* Sizes and checksums that are not known yet, or do not fit, are all ones or zero. */
static uint32_t narrow(uint64_t value)
{
    return value >= UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool is_large(uint64_t value)
{
    return value >= UINT32_MAX;
}

/* The fields that entries and the directory share. */
static void put_common(bytes *b, const entry *e)
{
    put(b, is_large(e->size) || is_large(e->offset) ? VERSION_64 : VERSION, 2);
    put(b, FLAGS, 2);
    put(b, 0, 2); /* stored */
    put(b, 0, 2);
    put(b, DOS_DATE, 2);
    put(b, e->crc, 4);
    put(b, narrow(e->size), 4);
    put(b, narrow(e->size), 4);
    put(b, strlen(e->name), 2);
}

static entry put_entry(incox_writer *w, const char *name, const inctensor *t)
{
    const char *type = descriptor(t->dtype);
    if (!type) { /* bfloat16: NumPy has none */
        t = inctensor_cast(w->cx, t, INCDT_F32);
        type = descriptor(INCDT_F32);
    }
    size_t n_head;
    const char *head = npy_head(w->cx, t, type, &n_head);
    entry e = {.name = inc_printf(w->cx, "%s.npy", name),
               .offset = w->written,
               .size = n_head + inctensor_bytes(t)};
    bytes before = {0}, after = {0};
    put(&before, 0x04034b50, 4);
    put_common(&before, &e);
    put(&before, is_large(e.size) ? 20 : 0, 2);
    put_small(w, &before);
    incox_writer_put(w, e.name, strlen(e.name));
    if (is_large(e.size)) {
        bytes extra = {0};
        put(&extra, 1, 2);
        put(&extra, 16, 2);
        put(&extra, e.size, 8);
        put(&extra, e.size, 8);
        put_small(w, &extra);
    }
    e.crc = (uint32_t)crc32(0, NULL, 0);
    put_counted(w, &e, head, n_head);
    put_elements(w, &e, t);
    put(&after, 0x08074b50, 4);
    put(&after, e.crc, 4);
    put(&after, e.size, is_large(e.size) ? 8 : 4);
    put(&after, e.size, is_large(e.size) ? 8 : 4);
    put_small(w, &after);
    return e;
}

static void put_directory_entry(incox_writer *w, const entry *e)
{
    bytes b = {0}, extra = {0};
    if (is_large(e->size)) {
        put(&extra, e->size, 8);
        put(&extra, e->size, 8);
    }
    if (is_large(e->offset))
        put(&extra, e->offset, 8);
    put(&b, 0x02014b50, 4);
    put(&b, VERSION_64, 2);
    put_common(&b, e);
    put(&b, extra.n ? 4 + extra.n : 0, 2);
    put(&b, 0, 2);
    put(&b, 0, 2);
    put(&b, 0, 2);
    put(&b, 0, 4);
    put(&b, narrow(e->offset), 4);
    put_small(w, &b);
    incox_writer_put(w, e->name, strlen(e->name));
    if (extra.n) {
        bytes head = {0};
        put(&head, 1, 2);
        put(&head, extra.n, 2);
        put_small(w, &head);
        put_small(w, &extra);
    }
}

static void put_end_64(incox_writer *w, uint64_t n, uint64_t directory)
{
    uint64_t end = w->written;
    bytes b = {0};
    put(&b, 0x06064b50, 4);
    put(&b, 44, 8);
    put(&b, VERSION_64, 2);
    put(&b, VERSION_64, 2);
    put(&b, 0, 8); /* disks */
    put(&b, n, 8);
    put(&b, n, 8);
    put(&b, end - directory, 8);
    put(&b, directory, 8);
    put(&b, 0x07064b50, 4); /* where that record is */
    put(&b, 0, 4);
    put(&b, end, 8);
    put(&b, 1, 4);
    put_small(w, &b);
}

static void put_end(incox_writer *w, uint64_t n, uint64_t directory)
{
    uint64_t size = w->written - directory;
    uint64_t shown = n >= UINT16_MAX ? UINT16_MAX : n;
    bytes b = {0};
    if (shown != n || is_large(size) || is_large(directory))
        put_end_64(w, n, directory);
    put(&b, 0x06054b50, 4);
    put(&b, 0, 4); /* disks */
    put(&b, shown, 2);
    put(&b, shown, 2);
    put(&b, narrow(size), 4);
    put(&b, narrow(directory), 4);
    put(&b, 0, 2);
    put_small(w, &b);
}

void incox_write_npz(incox_writer *w, const char *const *names, const inctensor *const *tensors,
                     size_t n)
{
    entry *entries = INC_NEW_N(w->cx, entry, n);
    for (size_t i = 0; i < n; i++)
        entries[i] = put_entry(w, names[i], tensors[i]);
    uint64_t directory = w->written;
    for (size_t i = 0; i < n; i++)
        put_directory_entry(w, &entries[i]);
    put_end(w, n, directory);
    incox_writer_end(w);
}
