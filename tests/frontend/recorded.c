/* SPDX-License-Identifier: Apache-2.0 */
#include "recorded.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

const char *recorded_path(inccx *cx, const char *name, const char *ending)
{
    const char *folder = getenv("INC_TEST_DATA");
    return inc_printf(cx, "%s/torchscript/%s%s", folder ? folder : "tests/data", name, ending);
}

const char *read_all(inccx *cx, const char *path, size_t *n)
{
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "%s: cannot be opened", path);
    incstr s = {0};
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, stream)) > 0;)
        incstr_add_n(cx, &s, buffer, got);
    fclose(stream);
    *n = s.n;
    return incstr_text(&s);
}
