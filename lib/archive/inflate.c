/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of entries: as they are stored, or inflated by zlib; and their checksums. */
#include <zlib.h>

#include "archive/internal.h"

enum {
    MOST_INFLATED = 256 * 1024 * 1024,
    DEFLATE_RATIO = 1032 /* what deflate can reach at best */
};

static voidpf allocate_for_zlib(voidpf opaque, uInt n, uInt size)
{
    const inccx *cx = opaque;
    uint64_t bytes = (uint64_t)n * size;
    return bytes > SIZE_MAX ? NULL : cx->hooks.alloc((size_t)bytes, cx->hooks.alloc_data);
}

static void free_for_zlib(voidpf opaque, voidpf memory)
{
    const inccx *cx = opaque;
    cx->hooks.free(memory, cx->hooks.alloc_data);
}

static void end_stream(void *data)
{
    inczip *zip = data;
    inflateEnd(&zip->stream);
    zip->has_stream = false;
}

/* One inflate state serves all entries of an archive. */
static z_stream *ready_stream(inccx *cx, inczip *zip)
{
    if (!zip->has_stream) {
        zip->stream = (z_stream){.zalloc = allocate_for_zlib, .zfree = free_for_zlib, .opaque = cx};
        if (inflateInit2(&zip->stream, -MAX_WBITS) != Z_OK)
            inc_raise(cx, INC_E_MEMORY, "out of memory");
        zip->has_stream = true;
        inc_defer(cx, end_stream, zip);
    } else {
        inflateReset(&zip->stream);
    }
    return &zip->stream;
}

/* Packed bytes are handed over where they are in memory, else piece by piece. Those that were not
 * needed; more than all of them when the stream has no proper end. */
static uint64_t run(inccx *cx, inczip *zip, const inczip_entry *s, z_stream *z)
{
    enum { PIECE = 32 * 1024 };
    const incfile *file = zip->file;
    if (!file->bytes && !zip->packed)
        zip->packed = inc_alloc_raw(cx, PIECE);
    uint8_t *piece = file->bytes ? NULL : zip->packed;
    uint64_t done = 0;
    int end = Z_OK;
    do {
        uint64_t left = s->packed_size - done;
        size_t n = piece && left > PIECE ? PIECE : (size_t)left;
        if (piece)
            incfile_read(cx, file, s->packed_offset + done, n, piece);
        z->next_in = piece ? piece : (z_const Bytef *)(file->bytes + s->packed_offset);
        z->avail_in = (uInt)n;
        done += n;
        end = inflate(z, done == s->packed_size ? Z_FINISH : Z_NO_FLUSH);
        if (end == Z_MEM_ERROR)
            inc_raise(cx, INC_E_MEMORY, "out of memory");
    } while (end == Z_OK && done < s->packed_size);
    return end == Z_STREAM_END ? s->packed_size - done : UINT64_MAX;
}

static const uint8_t *inflate_entry(inccx *cx, inczip *zip, const inczip_entry *s)
{
    if (s->size > MOST_INFLATED)
        inc_raise_hint(cx, INC_E_LIMIT, "Repack the archive without compression.",
                       "a compressed entry unpacks to %llu bytes, more than the limit of %d",
                       (unsigned long long)s->size, MOST_INFLATED);
    if (s->packed_size > UINT32_MAX || s->size / DEFLATE_RATIO > s->packed_size)
        inczip_fail(cx, s->name, "a compressed entry has impossible sizes");
    z_stream *z = ready_stream(cx, zip);
    uint8_t *out = inc_alloc_raw(cx, (size_t)s->size + 1);
    z->next_out = out;
    z->avail_out = (uInt)s->size + 1; /* one too many, so that a longer stream shows */
    uint64_t left = run(cx, zip, s, z);
    if (left != 0 || z->avail_in != 0 || z->avail_out != 1)
        inczip_fail(cx, s->name, "a compressed entry does not unpack to the size it claims");
    return out;
}

static void verify(inccx *cx, const inczip_entry *s, const uint8_t *contents)
{
    uint64_t done = 0;
    uLong crc = crc32(0, NULL, 0);
    while (done < s->size) {
        uInt n = s->size - done > 1u << 30 ? 1u << 30 : (uInt)(s->size - done);
        crc = crc32(crc, contents + done, n);
        done += n;
    }
    if (crc != s->crc)
        inczip_fail(cx, s->name, "the checksum of an entry is wrong");
}

static inczip_contents *contents_of(const inczip *zip, const inczip_entry *entry)
{
    return &zip->contents[entry - zip->entries];
}

const uint8_t *inczip_read_unchecked(inccx *cx, inczip *zip, const inczip_entry *entry)
{
    inczip_contents *c = contents_of(zip, entry);
    if (!c->bytes) {
        const char *outer = cx->where.entry;
        cx->where.entry = entry->name;
        c->bytes = entry->is_deflated
                       ? inflate_entry(cx, zip, entry)
                       : incfile_bytes(cx, zip->file, entry->packed_offset, entry->size);
        cx->where.entry = outer;
    }
    return c->bytes;
}

incspan inczip_span(inccx *cx, inczip *zip, const inczip_entry *shown)
{
    if (!shown->is_deflated)
        return incfile_span(zip->file, shown->packed_offset, shown->size);
    return (incspan){.bytes = inczip_read_unchecked(cx, zip, shown), .size = shown->size};
}

const uint8_t *inczip_read(inccx *cx, inczip *zip, const inczip_entry *entry)
{
    const uint8_t *bytes = inczip_read_unchecked(cx, zip, entry);
    inczip_contents *c = contents_of(zip, entry);
    if (!c->is_verified && entry->crc != 0)
        verify(cx, entry, bytes);
    c->is_verified = true;
    return bytes;
}
