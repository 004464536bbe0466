/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a ZIP archive, walked by minizip over the file's bytes and then distrusted.
 *
 * minizip finds the end records and goes from one header of the directory to the next. The headers
 * themselves are read here, because the minizip that Debian carries takes no ZIP64 fields out of
 * them, and held against the file: the local header, the payload in front of the directory, no
 * bytes shared with another entry, no name twice. Readers of the entries can then take offsets and
 * sizes as they are. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unzip.h>
#include <zlib.h>

#include "archive/internal.h"
#include "base/checked.h"
#include "base/str.h"

enum {
    MOST_ENTRIES = 1000000,
    LOCAL_HEADER = 30,
    CENTRAL_HEADER = 46,
    END_RECORD = 22,
    MOST_BEHIND = 69584, /* how far from the file's end PyTorch's reader looks for that record */
    END_RECORD_64 = 56,
    LOCATOR_64 = 20,
    FLAG_ENCRYPTED = 0x0001 | 0x0040 | 0x2000,
    FLAG_SIZES_BEHIND = 0x0008,
    ZIP64_FIELD = 0x0001
};

/* minizip's view of the file: a position in its bytes. */
typedef struct reader {
    const incfile *file;
    uint64_t size; /* where the archive ends: perhaps before the file does */
    uint64_t position;
} reader;

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
    return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

static voidpf open_reader(voidpf opaque, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return opaque;
}

static uLong read_bytes(voidpf opaque, voidpf stream, void *out, uLong size)
{
    reader *r = stream;
    (void)opaque;
    uint64_t left = r->size - r->position;
    if (size > left)
        size = (uLong)left;
    if (incfile_try_read(r->file, r->position, size, out) != 0)
        return 0;
    r->position += size;
    return size;
}

static uLong write_nothing(voidpf opaque, voidpf stream, const void *bytes, uLong size)
{
    (void)opaque;
    (void)stream;
    (void)bytes;
    (void)size;
    return 0;
}

static ZPOS64_T tell(voidpf opaque, voidpf stream)
{
    (void)opaque;
    return ((const reader *)stream)->position;
}

static long seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    reader *r = stream;
    (void)opaque;
    uint64_t from = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                    : origin == ZLIB_FILEFUNC_SEEK_CUR ? r->position
                                                       : r->size;
    uint64_t to;
    if (!inc_add_u64(from, offset, &to) || to > r->size)
        return -1;
    r->position = to;
    return 0;
}

static int close_reader(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static int no_error(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static void close_unzip(void *handle)
{
    unzClose(handle);
}

void inczip_fail(inccx *cx, const char *entry_name, const char *what)
{
    if (entry_name)
        cx->where.entry = entry_name;
    inc_raise_hint(cx, INC_E_FORMAT, "The file is damaged or was changed; save or copy it again.",
                   "the ZIP archive is damaged: %s", what);
}

/* What a record's comment does not reach, or what is missing of it, matters to nobody. */
static void pass_over_rest(inccx *cx, const incfile *file, uint64_t end)
{
    if (end < file->size)
        inc_warn(cx, "the %llu bytes behind the end of the ZIP archive are passed over",
                 (unsigned long long)(file->size - end));
    if (end > file->size)
        inc_warn(cx, "the last %llu bytes of the ZIP archive's comment are missing",
                 (unsigned long long)(end - file->size));
}

/* The last end record that begins at lowest or later; UINT64_MAX: none does. */
static uint64_t last_end_record(inccx *cx, const incfile *file, uint64_t lowest)
{
    static const uint8_t signature[] = {'P', 'K', 5, 6};
    const uint8_t *tail = incfile_bytes(cx, file, lowest, file->size - lowest);
    for (uint64_t at = file->size - END_RECORD + 1; at-- > lowest;) {
        const uint8_t *record = tail + (at - lowest);
        if (memcmp(record, signature, sizeof signature) == 0) {
            pass_over_rest(cx, file, at + END_RECORD + u16(record + 20));
            return at;
        }
    }
    return UINT64_MAX;
}

/* The classic end record: the last one, as all readers take it. It is mostly the file's end. */
static uint64_t find_end_record(inccx *cx, const incfile *file)
{
    static const uint64_t reaches[] = {1024, MOST_BEHIND};
    for (size_t i = 0; i < INC_COUNT(reaches) && file->size >= END_RECORD; i++) {
        uint64_t lowest = file->size > reaches[i] ? file->size - reaches[i] : 0;
        uint64_t at = last_end_record(cx, file, lowest);
        if (at != UINT64_MAX)
            return at;
    }
    inc_raise_hint(cx, INC_E_FORMAT,
                   "The file seems to be cut off; compare its size with the original and copy it "
                   "again.",
                   "the ZIP archive has no end record in its %llu bytes",
                   (unsigned long long)file->size);
}

/* Whether the end record, and the ZIP64 one in front of it if there is one, say what was found:
 * a directory from begin to end, followed by nothing else. */
static bool end_records_agree(inccx *cx, const incfile *file, uint64_t begin, uint64_t end,
                              uint64_t end_record)
{
    const uint8_t *classic = incfile_bytes(cx, file, end_record, END_RECORD);
    uint32_t size = u32(classic + 12), offset = u32(classic + 16);
    if (end == end_record)
        return size == end - begin && offset == begin;
    uint64_t room = end_record > end ? end_record - end : 0;
    if (room < END_RECORD_64 + LOCATOR_64)
        return false;
    const uint8_t *large = incfile_bytes(cx, file, end, END_RECORD_64);
    const uint8_t *locator = incfile_bytes(cx, file, end_record - LOCATOR_64, LOCATOR_64);
    return memcmp(large, "PK\6\6", 4) == 0 && u64(large + 4) == room - 12 - LOCATOR_64 &&
           memcmp(locator, "PK\6\7", 4) == 0 && u64(locator + 8) == end &&
           u64(large + 40) == end - begin && u64(large + 48) == begin &&
           (size == UINT32_MAX || size == end - begin) && (offset == UINT32_MAX || offset == begin);
}

/* ZIP64: what does not fit a field of 32 bits stands in an extra field, in the order of the fields.
 */
static void read_large_fields(inccx *cx, const uint8_t *extra, size_t n, inczip_entry *e)
{
    uint64_t *const fields[] = {&e->size, &e->packed_size, &e->header};
    while (n >= 4) {
        size_t size = u16(extra + 2);
        const uint8_t *p = extra + 4;
        if (size > n - 4)
            break;
        if (u16(extra) == ZIP64_FIELD) {
            for (size_t i = 0; i < INC_COUNT(fields); i++) {
                if (*fields[i] != UINT32_MAX)
                    continue;
                if (size < 8)
                    inczip_fail(cx, e->name, "an entry's ZIP64 field is too short");
                *fields[i] = u64(p);
                p += 8;
                size -= 8;
            }
            return;
        }
        extra = p + size;
        n -= 4 + size;
    }
}

/* A local field agrees when it is the same, or left to a ZIP64 field, or to a record behind the
 * data. */
static bool field_agrees(uint32_t local, uint64_t central, bool is_behind)
{
    return local == central || local == UINT32_MAX || is_behind;
}

/* The header in front of the payload, which it finds. */
static void read_local_header(inccx *cx, const incfile *file, inczip_entry *s, uint64_t directory)
{
    if (s->header > directory || directory - s->header < LOCAL_HEADER + s->name_size)
        inczip_fail(cx, s->name, "an entry's own header is not inside the file");
    const uint8_t *h = incfile_bytes(cx, file, s->header, LOCAL_HEADER + s->name_size);
    if (memcmp(h, "PK\3\4", 4) != 0 || u16(h + 26) != s->name_size ||
        memcmp(h + LOCAL_HEADER, s->name, s->name_size) != 0)
        inczip_fail(cx, s->name, "an entry's own header and the directory have different names");
    bool is_behind = u16(h + 6) & FLAG_SIZES_BEHIND;
    if (u16(h + 8) != (s->is_deflated ? Z_DEFLATED : 0) || (u16(h + 6) & FLAG_ENCRYPTED) ||
        !field_agrees(u32(h + 14), s->crc, is_behind) ||
        !field_agrees(u32(h + 18), s->packed_size, is_behind) ||
        !field_agrees(u32(h + 22), s->size, is_behind))
        inczip_fail(cx, s->name, "an entry's own header and the directory differ");
    s->packed_offset = s->header + LOCAL_HEADER + s->name_size + u16(h + 28);
    if (s->packed_offset > directory || s->packed_size > directory - s->packed_offset)
        inczip_fail(cx, s->name, "an entry reaches beyond the place where the directory begins");
}

/* The header of the directory at h. False for a folder. */
static bool read_entry(inccx *cx, const incfile *file, const uint8_t *h, uint64_t directory,
                       inczip_entry *s)
{
    uint32_t flags = u16(h + 8), method = u16(h + 10);
    s->name_size = u16(h + 28);
    s->name = inc_strndup(cx, (const char *)h + CENTRAL_HEADER, s->name_size);
    if (s->name_size == 0 || strlen(s->name) != s->name_size)
        inczip_fail(cx, NULL, "an entry has an empty name or a zero byte in it");
    if (flags & FLAG_ENCRYPTED)
        inc_raise(cx, INC_E_UNSUPPORTED, "the entry %s is encrypted",
                  incstr_shown(cx, s->name, s->name_size, 100));
    if (method != 0 && method != Z_DEFLATED)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "Repack the archive with plain ZIP compression.",
                       "the entry %s is compressed by method %u; only stored and deflated entries "
                       "are read",
                       incstr_shown(cx, s->name, s->name_size, 100), method);
    s->is_deflated = method == Z_DEFLATED;
    s->crc = u32(h + 16);
    s->packed_size = u32(h + 20);
    s->size = u32(h + 24);
    s->header = u32(h + 42);
    read_large_fields(cx, h + CENTRAL_HEADER + s->name_size, u16(h + 30), s);
    if (!s->is_deflated && s->size != s->packed_size)
        inczip_fail(cx, s->name, "a stored entry has two different sizes");
    read_local_header(cx, file, s, directory);
    if (!s->is_deflated && file->bytes)
        s->bytes = file->bytes + s->packed_offset;
    bool is_folder = s->name[s->name_size - 1] == '/';
    if (is_folder && s->size != 0)
        inczip_fail(cx, s->name, "a folder has contents");
    return !is_folder;
}

static int compare_headers(const void *a, const void *b)
{
    uint64_t x = (*(const inczip_entry *const *)a)->header,
             y = (*(const inczip_entry *const *)b)->header;
    return x < y ? -1 : x > y;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const inczip_entry *const *)a)->name, (*(const inczip_entry *const *)b)->name);
}

typedef int (*compare_entries)(const void *a, const void *b);

/* qsort() may want memory for what is in order already, as directories mostly are. */
static const inczip_entry **sort(inccx *cx, const inczip_entry *entries, size_t n,
                                 compare_entries compare)
{
    const inczip_entry **sorted = INC_NEW_N(cx, const inczip_entry *, n);
    bool in_order = true;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &entries[i];
        in_order = in_order && (i == 0 || compare(&sorted[i - 1], &sorted[i]) <= 0);
    }
    if (!in_order)
        qsort(sorted, n, sizeof *sorted, compare);
    return sorted;
}

static void refuse_overlap(inccx *cx, const inczip_entry *entries, size_t n)
{
    inccx *scratch = inc_scratch_new(cx);
    const inczip_entry **sorted = sort(scratch, entries, n, compare_headers);
    for (size_t i = 1; i < n; i++) {
        const inczip_entry *before = sorted[i - 1];
        if (before->packed_offset + before->packed_size > sorted[i]->header)
            inczip_fail(cx, sorted[i]->name, "two entries share the same bytes");
    }
    inc_scratch_free(scratch);
}

/* Every reader of ours goes by the first entry's folder, as PyTorch does; but the older
 * torch.export writes no folder, and its names are known. */
static const char *find_prefix(inccx *cx, const inczip *zip)
{
    if (zip->n == 0 || inczip_find_name(zip, "serialized_exported_program.json"))
        return "";
    const char *name = zip->entries[0].name;
    const char *slash = strchr(name, '/');
    return slash ? inc_strndup(cx, name, (size_t)(slash - name)) : "";
}

/* The name below the prefix; NULL outside of it. */
static const char *record_of(const inczip *zip, const char *name)
{
    size_t n = strlen(zip->prefix);
    if (n == 0)
        return name;
    return strncmp(name, zip->prefix, n) == 0 && name[n] == '/' ? name + n + 1 : NULL;
}

static void index_entries(inccx *cx, inczip *zip, inczip_entry *entries)
{
    zip->by_name = sort(cx, entries, zip->n, compare_names);
    for (size_t i = 1; i < zip->n; i++)
        if (strcmp(zip->by_name[i - 1]->name, zip->by_name[i]->name) == 0)
            inczip_fail(cx, zip->by_name[i]->name, "two entries have the same name");
    zip->prefix = find_prefix(cx, zip);
    for (size_t i = 0; i < zip->n; i++)
        entries[i].record = record_of(zip, entries[i].name);
}

/* A header of the directory; of a file that changes meanwhile, too, it is as long as it says. */
static const uint8_t *read_header(inccx *cx, const incfile *file, uint64_t at, uint64_t end_record,
                                  uint64_t *next)
{
    uint8_t h[CENTRAL_HEADER];
    incfile_read(cx, file, at, sizeof h, h);
    uint64_t size = CENTRAL_HEADER + u16(h + 28) + u16(h + 30) + u16(h + 32);
    if (size > end_record - at || memcmp(h, "PK\1\2", 4) != 0)
        inczip_fail(cx, NULL, "the directory ends too early");
    *next = at + size;
    if (file->bytes)
        return file->bytes + at;
    uint8_t *header = inc_alloc_raw(cx, (size_t)size);
    memcpy(header, h, sizeof h);
    incfile_read(cx, file, at + sizeof h, size - sizeof h, header + sizeof h);
    return header;
}

static inczip_entry *read_directory(inccx *cx, inczip *zip, unzFile unzip, uint64_t end_record)
{
    const incfile *file = zip->file;
    unz_global_info64 all;
    if (unzGetGlobalInfo64(unzip, &all) != UNZ_OK)
        inczip_fail(cx, NULL, "the directory cannot be read");
    if (all.number_entry > MOST_ENTRIES)
        inc_raise(cx, INC_E_LIMIT,
                  "the ZIP archive says it has %llu entries, more than the limit of %d",
                  (unsigned long long)all.number_entry, MOST_ENTRIES);
    if (all.number_entry > file->size / CENTRAL_HEADER)
        inczip_fail(cx, NULL, "the directory says it has more entries than fit");

    inccx *scratch = inc_scratch_new(cx);
    inczip_entry *entries = INC_NEW_N(cx, inczip_entry, (size_t)all.number_entry);
    uint64_t directory = unzGetOffset64(unzip), next = directory;
    for (uint64_t i = 0; i < all.number_entry; i++) {
        uint64_t at = unzGetOffset64(unzip);
        if (at != next || at > end_record || end_record - at < CENTRAL_HEADER)
            inczip_fail(cx, NULL, "the directory ends too early");
        inczip_entry e = {0};
        if (read_entry(cx, file, read_header(scratch, file, at, end_record, &next), directory, &e))
            entries[zip->n++] = e;
        inc_scratch_empty(scratch);
        if (i + 1 < all.number_entry && unzGoToNextFile(unzip) != UNZ_OK)
            inczip_fail(cx, NULL, "the directory ends too early");
    }
    if (!end_records_agree(cx, file, directory, next, end_record))
        inczip_fail(cx, NULL, "the directory and its end record do not fit together");
    inc_scratch_free(scratch);
    zip->entries = entries;
    return entries;
}

inczip *inczip_open(inccx *cx, const incfile *file)
{
    uint64_t end_record = find_end_record(cx, file);
    inczip *zip = INC_NEW(cx, inczip);
    reader r = {file, end_record + END_RECORD, 0};
    zip->file = file;
    zlib_filefunc64_def access = {open_reader, read_bytes,   write_nothing, tell,
                                  seek,        close_reader, no_error,      &r};
    errno = 0; /* minizip reports a lack of memory as damage; malloc() sets errno */
    unzFile unzip = unzOpen2_64(file->name, &access);
    if (errno == ENOMEM) {
        if (unzip)
            unzClose(unzip);
        inc_raise(cx, INC_E_MEMORY, "out of memory");
    }
    if (!unzip)
        inczip_fail(cx, NULL, "its end record or the first entry of its directory is wrong");
    inc_defer(cx, close_unzip, unzip);
    inczip_entry *entries = read_directory(cx, zip, unzip, end_record);
    inc_undefer(cx, unzip);
    refuse_overlap(cx, entries, zip->n);
    index_entries(cx, zip, entries);
    zip->contents = INC_NEW_N(cx, inczip_contents, zip->n);
    return zip;
}

inczip *inczip_again(inccx *cx, const inczip *zip)
{
    inczip *again = INC_NEW(cx, inczip);
    *again = (inczip){zip->file, zip->entries, zip->n, zip->prefix, zip->by_name};
    again->contents = INC_NEW_N(cx, inczip_contents, zip->n);
    return again;
}

size_t inczip_count(const inczip *zip)
{
    return zip->n;
}

const inczip_entry *inczip_at(const inczip *zip, size_t i)
{
    return &zip->entries[i];
}

const char *inczip_prefix(const inczip *zip)
{
    return zip->prefix;
}

const char *inczip_file_name(const inczip *zip)
{
    return zip->file->name;
}

/* The entry called PREFIX/name, or with an empty prefix name. */
static const inczip_entry *find(const inczip *zip, const char *prefix, const char *name)
{
    size_t low = 0, high = zip->n, n = strlen(prefix);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *at = zip->by_name[middle]->name;
        int order = n == 0 ? 0 : strncmp(prefix, at, n);
        if (order == 0 && n > 0)
            order = at[n] == '/' ? 0 : '/' - (int)(unsigned char)at[n];
        if (order == 0)
            order = strcmp(name, n > 0 ? at + n + 1 : at);
        if (order == 0)
            return zip->by_name[middle];
        *(order < 0 ? &high : &low) = middle + (order > 0);
    }
    return NULL;
}

const inczip_entry *inczip_find(const inczip *zip, const char *record)
{
    return find(zip, zip->prefix, record);
}

const inczip_entry *inczip_find_name(const inczip *zip, const char *name)
{
    return find(zip, "", name);
}

bool inczip_has_records(const inczip *zip, const char *beginning)
{
    for (size_t i = 0; i < zip->n; i++)
        if (zip->entries[i].record && incstr_starts(zip->entries[i].record, beginning))
            return true;
    return false;
}
