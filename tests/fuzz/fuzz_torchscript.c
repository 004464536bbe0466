/* SPDX-License-Identifier: Apache-2.0 */
/* The TorchScript parser on any text; what it accepts is walked whole. Also as a type. */
#include <string.h>

#include "../frontend/print_ast.h"
#include "frontend/torchscript/parse.h"
#include "frontend/torchscript/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const inc_hooks hooks = {.memory_limit = 64 << 20};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;
    if (!cx)
        return 0;
    if (inc_try(cx, &frame)) {
        incstr s = {0};
        print_file(cx, &s, incts_parse(cx, "code/fuzz.py", (const char *)data, size));
        inc_try_end(cx, &frame);
    }
    if (size < 1000 && inc_try(cx, &frame)) {
        const char *text = inc_strndup(cx, (const char *)data, size);
        (void)incts_type_text(cx, incts_parse_type(cx, text));
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return 0;
}
