/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters, buffers and constants by name. The first format keeps two pickled dicts; the newer
 * one a table for each program, which has record, type, sizes and strides, and the records, each
 * the bytes of one storage. */
#include <string.h>

#include "base/checked.h"
#include "base/str.h"
#include "frontend/pt2/internal.h"

struct incpt2_weights {
    inczip *zip;
    incarc_state_dict *names; /* weights, then constants; records are rows of the tables */
};

/* A row of a table, and the folder that its path_name is in. */
typedef struct table_row {
    const char *folder;
    const incjson *payload;
} table_row;

/* ---- pickles ---- */

/* What torch.save wrote into an entry. */
static const incpkl_value *read_saved(inccx *cx, inczip *zip, const inczip_entry *e)
{
    const char *before = cx->where.entry;
    cx->where.entry = e->name;
    if (e->size == 0)
        inc_raise(cx, INC_E_FORMAT, "the entry is empty");
    incarc *inner = incarc_open(cx, incfile_inside(cx, inczip_span(cx, zip, e), e->name));
    if (inner->kind != INCARC_SAVED && inner->kind != INCARC_SAVED_LEGACY)
        inc_raise(cx, INC_E_FORMAT, "a %s was found where a torch.save file was expected",
                  incarc_kind_name(inner->kind));
    const incpkl_value *root = incarc_root(cx, inner);
    cx->where.entry = before;
    return root;
}

static void add_saved_dict(inccx *cx, incpt2_weights *w, const inczip_entry *e)
{
    if (!e)
        return;
    const incpkl_value *v = read_saved(cx, w->zip, e);
    if (v->kind != INCPKL_DICT) {
        cx->where.entry = e->name;
        inc_raise(cx, INC_E_FORMAT, "%s was found where a dict was expected",
                  incpkl_describe(cx, v));
    }
    incarc_state_dict_add_names(w->names, v->as.dict);
}

static const inczip_entry *find_old(inccx *cx, inczip *zip, const char *name)
{
    const inczip_entry *e = inczip_find_name(zip, inc_printf(cx, "%s.pt", name));
    return e ? e : inczip_find_name(zip, inc_printf(cx, "%s.json", name));
}

/* ---- tables ---- */

static const incjson *read_table(inccx *cx, inczip *zip, const char *record)
{
    const inczip_entry *e = inczip_find(zip, record);
    if (!e)
        return NULL;
    cx->where.entry = e->record;
    const incjson *root = incjson_parse(cx, (const char *)inczip_read(cx, zip, e), (size_t)e->size,
                                        e->record, INC_E_FORMAT);
    return incpt2_need(cx, root, "config", INCJSON_OBJECT);
}

static void add_table(inccx *cx, incpt2_weights *w, const char *folder, const incjson *table)
{
    table_row *rows = INC_NEW_N(cx, table_row, table->n);
    for (uint32_t i = 0; i < table->n; i++) {
        rows[i] = (table_row){folder, &table->as.members[i].value};
        incarc_state_dict_add_record(w->names, table->as.members[i].key, &rows[i]);
    }
}

/* A program's weights or constants. */
static void add_folder(inccx *cx, incpt2_weights *w, const char *name, const char *program)
{
    const char *folder = inc_printf(cx, "data/%s", name);
    const incjson *table =
        read_table(cx, w->zip, inc_printf(cx, "%s/%s_%s_config.json", folder, program, name));
    if (table)
        add_table(cx, w, folder, table);
    else
        add_saved_dict(cx, w, inczip_find(w->zip, inc_printf(cx, "%s/%s.pt", folder, program)));
}

incpt2_weights *incpt2_weights_open(inccx *cx, incarc *archive, const char *program)
{
    incpt2_weights *w = INC_NEW(cx, incpt2_weights);
    const char *entry = cx->where.entry;
    w->zip = archive->zip;
    w->names = incarc_state_dict_new(cx);
    if (archive->kind == INCARC_PT2_OLD) {
        add_saved_dict(cx, w, find_old(cx, w->zip, "serialized_state_dict"));
        add_saved_dict(cx, w, find_old(cx, w->zip, "serialized_constants"));
    } else {
        add_folder(cx, w, "weights", program);
        add_folder(cx, w, "constants", program);
    }
    incarc_state_dict_end(w->names);
    cx->where.entry = entry;
    return w;
}

/* ---- one tensor ---- */

static const inctensor *from_pickle(inccx *cx, const incpkl_value *v, const char *key)
{
    if (v->kind != INCPKL_TENSOR)
        inc_raise_hint(cx, INC_E_UNSUPPORTED,
                       "Export a model whose parameters and constants are plain tensors.",
                       "%s is %s, not a tensor", key, incpkl_describe(cx, v));
    if (!inctensor_has_data(v->as.tensor->tensor) && v->as.tensor->tensor->numel > 0)
        inc_raise(cx, INC_E_FORMAT, "the tensor %s has no data", key);
    return v->as.tensor->tensor;
}

static int64_t known_size(inccx *cx, const incjson *value)
{
    const char *tag;
    const incjson *v = incpt2_union(cx, value, "a size", &tag);
    if (strcmp(tag, "as_int") != 0)
        inc_raise(cx, INC_E_FORMAT, "a stored tensor has a size that is no number");
    return incpt2_int(cx, v, "a size");
}

static int64_t *known_sizes(inccx *cx, const incjson *list)
{
    int64_t *sizes = INC_NEW_N(cx, int64_t, list->n);
    for (uint32_t i = 0; i < list->n; i++)
        sizes[i] = known_size(cx, &list->as.items[i]);
    return sizes;
}

/* A view of the record, which is the whole storage: of several tensors, perhaps. */
static const inctensor *from_record(inccx *cx, incpt2_weights *w, const inczip_entry *e,
                                    const incjson *meta)
{
    incdtype dtype = incpt2_dtype(cx, incpt2_int(cx, incjson_get(meta, "dtype"), "dtype"));
    const incjson *sizes = incpt2_need(cx, meta, "sizes", INCJSON_ARRAY);
    const incjson *strides = incpt2_need(cx, meta, "strides", INCJSON_ARRAY);
    const incjson *layout = incpt2_maybe(cx, meta, "layout", INCJSON_INT);
    if (layout && incpt2_layout(cx, layout->as.integer) != 0)
        inc_raise(cx, INC_E_UNSUPPORTED, "it is sparse, or otherwise not strided");
    if (sizes->n != strides->n || sizes->n > INCTENSOR_MAX_RANK)
        inc_raise(cx, INC_E_FORMAT, "it has %u sizes and %u strides", (unsigned)sizes->n,
                  (unsigned)strides->n);
    int64_t offset = known_size(cx, incpt2_need(cx, meta, "storage_offset", INCJSON_OBJECT));
    const int64_t *shape = known_sizes(cx, sizes);
    return inctensor_view_file(cx, dtype, inczip_span(cx, w->zip, e), sizes->n, shape,
                               known_sizes(cx, strides), offset);
}

static const inctensor *from_table(inccx *cx, incpt2_weights *w, const table_row *r,
                                   const char *key)
{
    const char *folder = r->folder;
    const incjson *payload = r->payload;
    const char *path = incpt2_need_text(cx, payload, "path_name");
    if (strchr(path, '/') || strchr(path, '\\') || strcmp(path, "..") == 0)
        inc_raise(cx, INC_E_FORMAT, "the record of %s is called \"%s\"", key,
                  incstr_shown(cx, path, strlen(path), 100));
    const inczip_entry *e = inczip_find(w->zip, inc_printf(cx, "%s/%s", folder, path));
    if (!e)
        inc_raise(cx, INC_E_FORMAT, "the archive has no record %s/%s, which should hold %s", folder,
                  incstr_shown(cx, path, strlen(path), 100), key);
    const char *before = cx->where.entry;
    cx->where.entry = e->record;
    const incjson *pickled = incpt2_maybe(cx, payload, "use_pickle", INCJSON_BOOL);
    const inctensor *t;
    if (pickled && pickled->as.boolean)
        t = from_pickle(cx, read_saved(cx, w->zip, e), key);
    else if (!incpt2_maybe(cx, payload, "tensor_meta", INCJSON_OBJECT))
        inc_raise_hint(cx, INC_E_UNSUPPORTED,
                       "Export a model whose parameters and constants are plain tensors.",
                       "%s is an object, not a tensor", key);
    else
        t = from_record(cx, w, e, incjson_get(payload, "tensor_meta"));
    cx->where.entry = before;
    return t;
}

const inctensor *incpt2_weight(inccx *cx, incpt2_weights *w, const char *key)
{
    incarc_state_entry *e = incarc_state_dict_find(w->names, key);
    if (!e)
        inc_raise(cx, INC_E_FORMAT, "the archive holds no tensor %s",
                  incstr_shown(cx, key, strlen(key), 200));
    if (e->value)
        return from_pickle(cx, e->value, key);
    if (!e->tensor)
        e->tensor = from_table(cx, w, e->record, key);
    return e->tensor;
}
