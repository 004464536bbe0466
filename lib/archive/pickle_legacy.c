/* SPDX-License-Identifier: Apache-2.0 */
/* torch.save before the ZIP container: a row of pickles, then the storages' bytes one after
 * another. What is stored where is only known behind the object that uses it, so that is read
 * twice: first without data, to learn the storages' types and its own end. */
#include <string.h>

#include "archive/internal.h"
#include "base/checked.h"
#include "base/str.h"

static const uint8_t magic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};
enum { PROTOCOL_VERSION = 1001 };

bool incpkl_is_legacy(const void *bytes, uint64_t size)
{
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

static bool find_place(inccx *cx, void *user_data, const char *key, incspan *span)
{
    (void)cx;
    const incspan *place = incmap_get_str(user_data, key);
    if (place)
        *span = *place;
    return place != NULL;
}

static void check_system(incpkl_machine *m)
{
    int64_t version;
    if (!incpkl_is_int(incpkl_run(m), &version) || version != PROTOCOL_VERSION)
        incpkl_fail(m, "no protocol version %d was found", PROTOCOL_VERSION);
    const incpkl_value *little = incpkl_get(incpkl_run(m), "little_endian");
    if (!little || little->kind != INCPKL_BOOL)
        incpkl_fail(m, "nothing is said of the byte order");
    if (!little->as.boolean)
        incpkl_refuse(m, "Save the model again on a machine like this one.",
                      "a file of a big-endian machine was found");
}

static void fail_cut(const incpkl_machine *m, const char *key, uint64_t needed) INC_NORETURN;
static void fail_cut(const incpkl_machine *m, const char *key, uint64_t needed)
{
    inc_raise_hint(m->cx, INC_E_FORMAT,
                   "The file is cut off; compare its size with the original and copy it again.",
                   "the file ends inside storage %s: %llu of %llu bytes are there",
                   incstr_shown(m->cx, key, strlen(key), 100),
                   (unsigned long long)(m->size - m->at), (unsigned long long)needed);
}

/* Per key of the list: int64 count of elements, then the elements. */
static incmap *find_places(incpkl_machine *m, const incpkl_value *keys)
{
    incmap *places = incmap_new(m->cx);
    if (keys->kind != INCPKL_LIST)
        incpkl_fail(m, "%s was found where the list of storages was expected",
                    incpkl_describe(m->cx, keys));
    for (size_t i = 0; i < keys->as.items.n; i++) {
        const incpkl_value *key = keys->as.items.items[i];
        const incpkl_storage *s =
            key->kind == INCPKL_STRING ? incmap_get_str(m->storages, key->as.text.bytes) : NULL;
        if (!s)
            incpkl_fail(m, "a storage that nothing uses is listed");
        if (m->size - m->at < 8)
            fail_cut(m, s->key, 8);
        uint8_t count[8];
        incfile_read(m->cx, m->file, m->at, sizeof count, count);
        int64_t n = 0;
        for (size_t k = 8; k-- > 0;)
            n = (int64_t)((uint64_t)n << 8 | count[k]);
        m->at += 8;
        uint64_t size;
        if (n != s->numel || !inc_mul_u64((uint64_t)n, incdtype_size(s->dtype), &size))
            incpkl_fail(m, "a storage of %lld elements was found, where %lld were expected",
                        (long long)n, (long long)s->numel);
        if (size > m->size - m->at)
            fail_cut(m, s->key, size);
        incspan *place = INC_NEW(m->cx, incspan);
        *place = incfile_span(m->file, m->at, size);
        incmap_set_str(m->cx, places, s->key, place);
        m->at += size;
    }
    return places;
}

const incpkl_value *incpkl_load_legacy(inccx *cx, const incfile *file, const char *name)
{
    const char *outer = cx->where.entry;
    if (name)
        cx->where.entry = name;
    incpkl_options options = {.entry = name, .without_data = true};
    incpkl_machine m = {.cx = cx,
                        .bytes = file->bytes,
                        .loaded = file->bytes ? file->size : 0,
                        .file = file,
                        .size = file->size,
                        .options = &options};
    m.is_legacy = true;
    m.scratch = inc_scratch_new(cx);
    m.storages = incmap_new(m.scratch);
    if (m.size >= sizeof magic)
        incpkl_fetch(&m, sizeof magic);
    if (!incpkl_is_legacy(m.bytes, m.size))
        incpkl_fail(&m, "this is no file of torch.save");
    m.at = sizeof magic;
    check_system(&m);
    uint64_t object_at = m.at;
    incpkl_run(&m);
    const incpkl_value *keys = incpkl_run(&m);
    incmap *places = find_places(&m, keys);
    if (m.at != m.size)
        inc_warn(cx, "the %llu bytes behind the last storage are passed over",
                 (unsigned long long)(m.size - m.at));

    incpkl_options with_data = {.entry = name, .find = find_place, .user_data = places};
    m.options = &with_data;
    m.storages = incmap_new(m.scratch);
    m.at = object_at;
    const incpkl_value *root = incpkl_run(&m);
    inc_scratch_free(m.scratch);
    cx->where.entry = outer;
    return root;
}
