/* SPDX-License-Identifier: Apache-2.0 */
#include "make_zip.h"

#include <check.h>
#include <string.h>
#include <zlib.h>

#include "base/str.h"

static void add(inccx *cx, incstr *s, uint64_t number, size_t n)
{
    for (; n > 0; n--, number >>= 8) {
        char byte = (char)(number & 0xff);
        incstr_add_n(cx, s, &byte, 1);
    }
}

static size_t deflated(inccx *cx, const made_entry *e, uint8_t **out)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uLong room = deflateBound(&z, (uLong)e->size);
    *out = inc_alloc(cx, room);
    z.next_in = (z_const Bytef *)(uintptr_t)e->bytes;
    z.avail_in = (uInt)e->size;
    z.next_out = *out;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t size = z.total_out;
    deflateEnd(&z);
    return size;
}

static void add_fields(inccx *cx, incstr *s, const made_entry *e, unsigned flags, uint64_t crc,
                       uint64_t packed, uint64_t size)
{
    add(cx, s, flags, 2);
    add(cx, s, e->deflate ? 8 : 0, 2);
    add(cx, s, 0, 4); /* time */
    add(cx, s, crc, 4);
    add(cx, s, packed, 4);
    add(cx, s, size, 4);
    add(cx, s, strlen(e->name), 2);
}

static void add_local(inccx *cx, incstr *s, made_style style, const made_entry *e, uint64_t crc,
                      const uint8_t *packed, size_t packed_size, size_t *payload)
{
    bool behind = style == MADE_PYTORCH && e->size > 0;
    incstr_add_n(cx, s, "PK\3\4", 4);
    add(cx, s, 20, 2);
    add_fields(cx, s, e, behind ? 0x808 : 0x800, behind ? 0 : crc, behind ? 0 : packed_size,
               behind ? 0 : e->size);
    size_t at = s->n + 2 + strlen(e->name) + 4;
    size_t padding = style == MADE_PYTORCH ? (64 - at % 64) % 64 : 0;
    add(cx, s, style == MADE_PYTORCH ? 4 + padding : 0, 2);
    incstr_add(cx, s, e->name);
    if (style == MADE_PYTORCH) {
        incstr_add(cx, s, "FB");
        add(cx, s, padding, 2);
        while (padding-- > 0)
            incstr_add(cx, s, "Z");
    }
    *payload = s->n;
    incstr_add_n(cx, s, (const char *)packed, packed_size);
    if (behind) {
        incstr_add_n(cx, s, "PK\7\10", 4);
        add(cx, s, crc, 4);
        add(cx, s, packed_size, 4);
        add(cx, s, e->size, 4);
    }
}

static void add_central(inccx *cx, incstr *s, made_style style, const made_entry *e, uint64_t crc,
                        uint64_t packed_size, uint64_t local)
{
    bool large = style == MADE_ZIP64;
    incstr_add_n(cx, s, "PK\1\2", 4);
    add(cx, s, 20, 2);
    add(cx, s, 20, 2);
    add_fields(cx, s, e, style == MADE_PYTORCH && e->size ? 0x808 : 0x800, crc,
               large ? UINT32_MAX : packed_size, large ? UINT32_MAX : e->size);
    add(cx, s, large ? 28 : 0, 2);
    add(cx, s, 0, 10); /* comment, disk, attributes */
    add(cx, s, large ? UINT32_MAX : local, 4);
    incstr_add(cx, s, e->name);
    if (large) {
        add(cx, s, 1, 2);
        add(cx, s, 24, 2);
        add(cx, s, e->size, 8);
        add(cx, s, packed_size, 8);
        add(cx, s, local, 8);
    }
}

static void add_end64(inccx *cx, incstr *s, made_zip *zip, size_t begin, size_t end)
{
    zip->end64 = s->n;
    incstr_add_n(cx, s, "PK\6\6", 4);
    add(cx, s, 44, 8);
    add(cx, s, 0x2d001e, 4);
    add(cx, s, 0, 8);
    add(cx, s, zip->n, 8);
    add(cx, s, zip->n, 8);
    add(cx, s, end - begin, 8);
    add(cx, s, begin, 8);
    zip->locator = s->n;
    incstr_add_n(cx, s, "PK\6\7", 4);
    add(cx, s, 0, 4);
    add(cx, s, zip->end64, 8);
    add(cx, s, 1, 4);
}

made_zip make_zip(inccx *cx, made_style style, const made_entry *entries, size_t n)
{
    made_zip zip = {.n = n};
    incstr s = {0};
    uint64_t crcs[MADE_MOST], packed_sizes[MADE_MOST];
    ck_assert_uint_le(n, MADE_MOST);
    for (size_t i = 0; i < n; i++) {
        uint8_t *packed = (uint8_t *)(uintptr_t)entries[i].bytes;
        packed_sizes[i] = entries[i].deflate ? deflated(cx, &entries[i], &packed) : entries[i].size;
        crcs[i] = crc32(0, entries[i].bytes, (uInt)entries[i].size);
        zip.local[i] = s.n;
        add_local(cx, &s, style, &entries[i], crcs[i], packed, (size_t)packed_sizes[i],
                  &zip.payload[i]);
    }
    size_t begin = s.n;
    for (size_t i = 0; i < n; i++) {
        zip.central[i] = s.n;
        add_central(cx, &s, style, &entries[i], crcs[i], packed_sizes[i], zip.local[i]);
    }
    size_t end = s.n;
    if (style != MADE_PLAIN)
        add_end64(cx, &s, &zip, begin, end);
    zip.end = s.n;
    incstr_add_n(cx, &s, "PK\5\6", 4);
    add(cx, &s, 0, 4);
    add(cx, &s, style == MADE_ZIP64 ? UINT16_MAX : n, 2);
    add(cx, &s, style == MADE_ZIP64 ? UINT16_MAX : n, 2);
    add(cx, &s, style == MADE_ZIP64 ? UINT32_MAX : end - begin, 4);
    add(cx, &s, style == MADE_ZIP64 ? UINT32_MAX : begin, 4);
    add(cx, &s, 0, 2);
    zip.bytes = (uint8_t *)s.text;
    zip.size = s.n;
    return zip;
}

const incfile *make_zip_file(inccx *cx, made_style style, const made_entry *entries, size_t n)
{
    made_zip zip = make_zip(cx, style, entries, n);
    return incfile_borrow(cx, zip.bytes, zip.size, "made.zip");
}
