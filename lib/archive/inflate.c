/* The contents of entries: where they lie, or inflated by zlib; and their checksums. */
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

static const uint8_t *inflate_entry(inccx *cx, inczip *zip, const inczip_entry *s)
{
    if (s->size > MOST_INFLATED)
        inc_raise_hint(cx, INC_E_LIMIT, "Repack the archive without compression.",
                       "a compressed entry unpacks to %llu bytes, more than the limit of %d",
                       (unsigned long long)s->size, MOST_INFLATED);
    if (s->packed_size > UINT32_MAX || s->size / DEFLATE_RATIO > s->packed_size)
        inczip_fail(cx, s->name, "a compressed entry has impossible sizes");
    z_stream *z = ready_stream(cx, zip);
    uint8_t *out = inc_alloc(cx, (size_t)s->size + 1);
    z->next_in = (z_const Bytef *)(zip->file->bytes + s->packed_offset);
    z->avail_in = (uInt)s->packed_size;
    z->next_out = out;
    z->avail_out = (uInt)s->size + 1; /* one too many, so that a longer stream shows */
    int end = inflate(z, Z_FINISH);
    if (end == Z_MEM_ERROR)
        inc_raise(cx, INC_E_MEMORY, "out of memory");
    if (end != Z_STREAM_END || z->avail_in != 0 || z->avail_out != 1)
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

static inczip_own_entry *own(const inczip *zip, const inczip_entry *shown)
{
    return &zip->entries[(const inczip_own_entry *)(const void *)shown - zip->entries];
}

const uint8_t *inczip_read_unchecked(inccx *cx, inczip *zip, const inczip_entry *shown)
{
    inczip_own_entry *e = own(zip, shown);
    if (!e->contents) {
        const char *outer = cx->where.entry;
        cx->where.entry = shown->name;
        e->contents = shown->is_deflated ? inflate_entry(cx, zip, shown) : shown->bytes;
        cx->where.entry = outer;
    }
    return e->contents;
}

const uint8_t *inczip_read(inccx *cx, inczip *zip, const inczip_entry *shown)
{
    const uint8_t *contents = inczip_read_unchecked(cx, zip, shown);
    inczip_own_entry *e = own(zip, shown);
    if (!e->is_verified && shown->crc != 0)
        verify(cx, shown, contents);
    e->is_verified = true;
    return contents;
}
