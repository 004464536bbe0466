/* SPDX-License-Identifier: Apache-2.0 */
/* The pickle machine on any bytes, with storages of every key, with none, and as an old file. */
#include <string.h>

#include "../archive/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool find_storage(inccx *cx, void *user_data, const char *key, incspan *span)
{
    (void)cx;
    (void)user_data;
    static const uint8_t storage[512] = {1, 2, 3, 4, 5, 6, 7, 8};
    *span = (incspan){.bytes = storage, .size = key[0] == '9' ? 3 : sizeof storage};
    return key[0] != '8';
}

static void load(inccx *cx, const uint8_t *data, size_t size, const incpkl_options *options)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        incstr text = {0};
        const incpkl_value *v =
            options ? incpkl_load(cx, data, size, options)
                    : incpkl_load_legacy(cx, incfile_borrow(cx, data, size, "fuzz"), "fuzz");
        show_value(cx, &text, v);
        (void)incpkl_get(v, "weight");
        inc_try_end(cx, &frame);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const inc_hooks hooks = {.memory_limit = 64 << 20};
    inccx *cx = inccx_new(&hooks);
    if (!cx)
        return 0;
    const incpkl_options with_data = {.entry = "data.pkl", .find = find_storage};
    const incpkl_options without_data = {.entry = "traced_inputs.pkl", .without_data = true};
    load(cx, data, size, &with_data);
    load(cx, data, size, &without_data);
    load(cx, data, size, NULL);
    inccx_free(cx);
    return 0;
}
