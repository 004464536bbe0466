/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: parsed, and walked to the last value. */
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sum;

static void walk(const incjson *v)
{
    sum += v->kind + v->n;
    if (v->kind == INCJSON_STRING)
        for (uint32_t i = 0; i <= v->n; i++)
            sum += (unsigned char)v->as.text[i];
    for (uint32_t i = 0; v->kind == INCJSON_ARRAY && i < v->n; i++)
        walk(&v->as.items[i]);
    for (uint32_t i = 0; v->kind == INCJSON_OBJECT && i < v->n; i++) {
        sum += incjson_get(v, v->as.members[i].key) != NULL;
        walk(&v->as.members[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    inc_hooks hooks = {.memory_limit = (uint64_t)64 << 20};
    inccx *cx = inccx_new(&hooks);
    inc_frame frame;
    if (!cx)
        return 0;
    if (inc_try(cx, &frame)) {
        walk(incjson_parse(cx, (const char *)data, size, "fuzz", INC_E_FORMAT));
        inc_try_end(cx, &frame);
    }
    inccx_free(cx);
    return 0;
}
