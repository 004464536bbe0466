/* SPDX-License-Identifier: Apache-2.0 */
/* Example inputs read from .npz and .npy files: a set with a context of its own. */
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "archive/npy.h"
#include "base/str.h"

struct inc_tensors {
    inccx *cx;
    inc_tensor *items;
    size_t n;
};

typedef struct reading {
    const char *path;
    inc_tensors *set;
} reading;

/* Eager: the application gets plain memory. */
static inc_tensor as_item(inccx *cx, const char *name, const inctensor *t)
{
    enum { MOST_BYTES = 1 << 30 };
    const inctensor *loaded = inctensor_load(cx, t, MOST_BYTES);
    return (inc_tensor){.name = name,
                        .data = inctensor_direct(loaded),
                        .shape = loaded->sizes,
                        .rank = loaded->rank,
                        .element = (inc_element)loaded->dtype};
}

/* Length of name without the digits at its end; *number is what they say. */
static size_t stem(const char *name, int64_t *number)
{
    size_t n = strlen(name), begin = n;
    while (begin > 0 && name[begin - 1] >= '0' && name[begin - 1] <= '9')
        begin--;
    *number = 0;
    return begin < n && incstr_int(name + begin, n - begin, number) ? begin : n;
}

static int by_number(const void *a, const void *b)
{
    int64_t x, y;
    stem(((const inc_tensor *)a)->name, &x);
    stem(((const inc_tensor *)b)->name, &y);
    return x < y ? -1 : x > y;
}

/* in_0, in_1, in_10: one stem, all numbered. Archives may hold them in any order. */
static bool is_numbered(const inc_tensor *items, size_t n)
{
    int64_t number;
    size_t first = n > 0 ? stem(items[0].name, &number) : 0;
    for (size_t i = 0; i < n; i++)
        if (stem(items[i].name, &number) != first || items[i].name[first] == '\0' ||
            strncmp(items[i].name, items[0].name, first) != 0)
            return false;
    return n > 0;
}

static void read_tensors(inccx *cx, void *data)
{
    reading *r = data;
    inc_tensors *set = INC_NEW(cx, inc_tensors);
    inczip *zip;

    cx->stage = "reading";
    const incfile *file = incfile_open(cx, r->path);
    inc_justify(cx, file->size); /* arrays are as large as their file */
    incarc_kind kind = incarc_recognise(cx, file, &zip);
    if (kind == INCARC_NPY) {
        set->items = INC_NEW(cx, inc_tensor);
        const uint8_t *bytes = incfile_bytes(cx, file, 0, file->size);
        set->items[0] = as_item(cx, NULL, incnpy_read(cx, bytes, file->size, file->name));
        set->n = 1;
    } else if (kind == INCARC_NPZ) {
        const incnpz *npz = incnpz_read(cx, zip);
        set->items = INC_NEW_N(cx, inc_tensor, npz->n);
        for (size_t i = 0; i < npz->n; i++)
            set->items[i] = as_item(cx, npz->names[i], npz->tensors[i]);
        set->n = npz->n;
        if (is_numbered(set->items, set->n))
            qsort(set->items, set->n, sizeof *set->items, by_number);
    } else {
        inc_raise_hint(cx, INC_E_FORMAT, "save arrays with numpy.savez or numpy.save",
                       "%s is a %s, not arrays of NumPy", r->path, incarc_kind_name(kind));
    }
    set->cx = cx;
    r->set = set;
}

inc_status inc_tensors_open_file(const char *path, const inc_allocator *allocator,
                                 inc_tensors **tensors, inc_error **error)
{
    inc_hooks hooks;
    reading r = {.path = path};

    if (!path || !tensors)
        return incapi_refuse(error, INC_E_ARGUMENT, path ? "tensors is NULL" : "path is NULL");
    if (!incapi_allocator(allocator, &hooks))
        return incapi_refuse(error, INC_E_ABI, INCAPI_BAD_ALLOCATOR);
    inccx *cx = incapi_context(&hooks, error);
    if (!cx)
        return INC_E_MEMORY;
    inc_status status = incapi_call_in(cx, error, read_tensors, &r);
    if (status == INC_OK)
        *tensors = r.set;
    else
        inccx_free(cx);
    return status;
}

size_t inc_tensors_count(const inc_tensors *tensors)
{
    return tensors ? tensors->n : 0;
}

const inc_tensor *inc_tensors_items(const inc_tensors *tensors)
{
    return tensors ? tensors->items : NULL;
}

void inc_tensors_free(inc_tensors *tensors)
{
    if (tensors)
        inccx_free(tensors->cx);
}
