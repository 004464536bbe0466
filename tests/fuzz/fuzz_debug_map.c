/* SPDX-License-Identifier: Apache-2.0 */
/* Records of Python lines: any bytes as the pickle, asked for every line of a short source. */
#include "frontend/torchscript/debug_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char source[] = "def f(x):\n  y = torch.neg(x)\n  return y\n";
    const inc_hooks hooks = {.memory_limit = 64 << 20};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;
    if (!cx)
        return 0;
    if (inc_try(cx, &frame)) {
        const incts_debug_map *map = incts_debug_map_load(cx, "code/fuzz.py.debug_pkl", data, size,
                                                          source, sizeof source - 1);
        for (uint32_t line = 0; line < 6; line++)
            for (uint32_t column = 0; column < 6; column++)
                (void)incts_debug_map_find(cx, map, line, column, NULL);
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return 0;
}
