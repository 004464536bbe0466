/* SPDX-License-Identifier: Apache-2.0 */
/* The TorchScript sources of tests/data/torchscript/. */
#ifndef TEST_RECORDED_H
#define TEST_RECORDED_H

#include "base/context.h"

/* Where the file lies, its ending added: "scripted.py", ".debug_pkl". */
const char *recorded_path(inccx *cx, const char *name, const char *ending);

/* What is in a file; fails the test when it cannot be opened. */
const char *read_all(inccx *cx, const char *path, size_t *n);

#endif
