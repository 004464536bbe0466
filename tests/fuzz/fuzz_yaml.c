/* SPDX-License-Identifier: Apache-2.0 */
/* best_configure.yaml: read, and used for a checkpoint that has nothing. */
#include <stddef.h>
#include <stdint.h>

#include "checkpoint/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    inc_hooks hooks = {.memory_limit = (uint64_t)64 << 20};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;
    if (!cx)
        return 0;
    if (inc_try(cx, &frame)) {
        incckpt c = {
            .modules = incmap_new(cx), .wrapped = incmap_new(cx), .float_modules = incmap_new(cx)};
        incckpt_use_config(cx, &c, incckpt_read_yaml(cx, incfile_borrow(cx, data, size, "fuzz")));
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return 0;
}
