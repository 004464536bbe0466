/* SPDX-License-Identifier: Apache-2.0 */
/* A suite whose tests run what they export in ONNX Runtime, where there is one. */
#ifndef INC_TESTS_ORT_SUITE_H
#define INC_TESTS_ORT_SUITE_H

#include <stdio.h>

#include "ort.h"
#include "suite.h"

/* folder: where to look for the runtime first, or NULL. *ort is it while the suite runs; NULL:
 * there is none, which is said. Gives what main() returns. */
static inline int tst_run_with_ort(Suite *suite, const char *folder, tst_ort **ort)
{
    char why[500];
    *ort = tst_ort_open(folder, why, sizeof why);
    if (!*ort)
        printf("models are exported, but not run: %s\n", why);
    int status = tst_run(suite);
    tst_ort_close(*ort);
    return status;
}

#endif
