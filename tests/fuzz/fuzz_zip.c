/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a model file: recognised, opened, and every record of it read. */
#include <string.h>

#include "../archive/show.h"
#include "archive/model_file.h"
#include "archive/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_entries(inccx *cx, inczip *zip)
{
    for (size_t i = 0; i < inczip_count(zip); i++) {
        const inczip_entry *e = inczip_at(zip, i);
        inc_frame frame;
        if (inc_try(cx, &frame)) {
            const uint8_t *bytes = inczip_read(cx, zip, e);
            volatile uint8_t last = e->size ? bytes[e->size - 1] : 0;
            (void)last;
            inc_try_end(cx, &frame);
        }
    }
}

static void show(inccx *cx, incarc *a, const incpkl_value *(*read)(inccx *, incarc *))
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        incstr text = {0};
        const incpkl_value *v = read(cx, a);
        if (v)
            show_value(cx, &text, v);
        inc_try_end(cx, &frame);
    }
}

static void show_arrays(inccx *cx, inczip *zip)
{
    incstr text = {0};
    const incnpz *npz = incnpz_read(cx, zip);
    for (size_t i = 0; i < npz->n; i++)
        show_tensor(cx, &text, npz->tensors[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const inc_hooks hooks = {.memory_limit = 64 << 20};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;
    if (!cx)
        return 0;
    if (inc_try(cx, &frame)) {
        incarc *a = incarc_open(cx, incfile_borrow(cx, data, size, "fuzz"));
        if (a->zip)
            read_entries(cx, a->zip);
        size_t n;
        incarc_code(cx, a, "__torch__", &n, NULL);
        show(cx, a, incarc_root);
        show(cx, a, incarc_constants);
        show(cx, a, incarc_traced_inputs);
        if (a->kind == INCARC_NPZ)
            show_arrays(cx, a->zip);
        inc_try_end(cx, &frame);
    }
    if (size > 6 && inc_try(cx, &frame)) {
        incstr text = {0};
        show_tensor(cx, &text, incnpy_read(cx, data, size, "fuzz.npy"));
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return 0;
}
