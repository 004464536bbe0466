/* SPDX-License-Identifier: Apache-2.0 */
/* The records of TorchScript and torch.save archives, by what they are for. */
#include "archive/model_file.h"

#include <string.h>

#include "base/str.h"

static bool record_is(inccx *cx, inczip *zip, const char *record, const char *text)
{
    const inczip_entry *e = inczip_find(zip, record);
    size_t n = strlen(text);
    return e && e->size >= n && memcmp(inczip_read(cx, zip, e), text, n) == 0;
}

/* Written as a line of its own; where the record is depends on the number. */
static int64_t read_version(inccx *cx, inczip *zip)
{
    const inczip_entry *e = inczip_find(zip, "version");
    if (!e)
        e = inczip_find(zip, ".data/version");
    if (!e)
        return 0;
    int64_t version;
    const char *text = (const char *)inczip_read(cx, zip, e);
    size_t n = e->size > 32 ? 32 : (size_t)e->size;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    if (!incstr_int(text, n, &version) || version < 0) {
        cx->where.entry = e->name;
        inc_raise(cx, INC_E_FORMAT, "\"%s\" was found where a version number was expected",
                  incstr_shown(cx, text, n, 40));
    }
    return version;
}

incarc *incarc_open(inccx *cx, const incfile *file)
{
    incarc *a = INC_NEW(cx, incarc);
    size_t n_warnings = cx->n_warnings;
    a->file = file;
    a->kind = incarc_recognise(cx, file, &a->zip);
    incarc_keep_warnings(cx, a, n_warnings);
    if (!a->zip)
        return a;
    if (record_is(cx, a->zip, "byteorder", "big"))
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "Save the model again on a little-endian machine.",
                       "the model was saved on a big-endian machine");
    if (a->kind != INCARC_NPZ && a->kind != INCARC_PT2_OLD)
        a->version = read_version(cx, a->zip);
    return a;
}

incarc *incarc_again(inccx *cx, const incarc *archive)
{
    incarc *again = inc_copy(cx, archive, sizeof *archive);
    if (again->zip)
        again->zip = inczip_again(cx, archive->zip);
    memset(&again->warnings, 0, sizeof again->warnings);
    size_t n_warnings = cx->n_warnings;
    for (size_t i = 0; i < archive->warnings.n; i++)
        inc_warn(cx, "%s", archive->warnings.items[i]);
    incarc_keep_warnings(cx, again, n_warnings);
    return again;
}

void incarc_keep_warnings(inccx *cx, incarc *archive, size_t n)
{
    for (; n < cx->n_warnings; n++)
        INC_PUSH(cx, &archive->warnings, cx->warnings[n]);
}

const char *incarc_code(inccx *cx, incarc *archive, const char *qualifier, size_t *n,
                        const char **entry)
{
    char *record = inc_printf(cx, "code/%s.py", qualifier);
    for (char *p = record + strlen("code/"); p < record + strlen(record) - strlen(".py"); p++)
        if (*p == '.')
            *p = '/';
    const inczip_entry *e = archive->zip ? inczip_find(archive->zip, record) : NULL;
    if (!e)
        return NULL;
    *n = (size_t)e->size;
    if (entry)
        *entry = e->record;
    return (const char *)inczip_read(cx, archive->zip, e);
}

typedef struct folder {
    inczip *zip;
    const char *name; /* "data" */
} folder;

static bool find_storage(inccx *cx, void *user_data, const char *key, incspan *span)
{
    const folder *f = user_data;
    const char *record = inc_printf(cx, "%s/%s", f->name, key);
    const inczip_entry *e = inczip_find(f->zip, record);
    if (!e)
        return false;
    *span = inczip_span(cx, f->zip, e);
    return true;
}

/* A pickle and the folder of its storages; NULL when there is none. */
static const incpkl_value *load(inccx *cx, incarc *archive, const char *name, const char *storages,
                                bool without_data)
{
    const inczip_entry *e = archive->zip ? inczip_find(archive->zip, name) : NULL;
    if (!e)
        return NULL;
    folder f = {archive->zip, storages};
    incpkl_options options = {
        .entry = e->record, .find = find_storage, .user_data = &f, .without_data = without_data};
    return incpkl_load(cx, inczip_read(cx, archive->zip, e), e->size, &options);
}

const incpkl_value *incarc_root(inccx *cx, incarc *archive)
{
    size_t n_warnings = cx->n_warnings;
    if (!archive->root && archive->kind == INCARC_SAVED_LEGACY)
        archive->root = incpkl_load_legacy(cx, archive->file, "the pickle");
    incarc_keep_warnings(cx, archive, n_warnings);
    if (!archive->root)
        archive->root = load(cx, archive, "data.pkl", "data", false);
    if (!archive->root)
        inc_raise(cx, INC_E_FORMAT, "the archive has no data.pkl");
    return archive->root;
}

const incpkl_value *incarc_constants(inccx *cx, incarc *archive)
{
    if (!archive->constants)
        archive->constants = load(cx, archive, "constants.pkl", "constants", false);
    if (!archive->constants) {
        incpkl_value *none = INC_NEW(cx, incpkl_value);
        none->kind = INCPKL_TUPLE;
        archive->constants = none;
    }
    if (archive->constants->kind != INCPKL_TUPLE)
        inc_raise(cx, INC_E_FORMAT, "constants.pkl holds %s, where a tuple was expected",
                  incpkl_describe(cx, archive->constants));
    return archive->constants;
}

const incpkl_value *incarc_traced_inputs(inccx *cx, incarc *archive)
{
    if (!archive->traced_inputs)
        archive->traced_inputs = load(cx, archive, "traced_inputs.pkl", "traced_inputs", true);
    if (archive->traced_inputs && archive->traced_inputs->kind != INCPKL_DICT)
        inc_raise(cx, INC_E_FORMAT, "traced_inputs.pkl holds %s, where a dict was expected",
                  incpkl_describe(cx, archive->traced_inputs));
    return archive->traced_inputs;
}
