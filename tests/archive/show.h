/* SPDX-License-Identifier: Apache-2.0 */
/* Pickle values as one line of text: what tests compare, and what fuzz targets walk. */
#ifndef TESTS_ARCHIVE_SHOW_H
#define TESTS_ARCHIVE_SHOW_H

#include "archive/pickle.h"
#include "base/str.h"

/* Tensors are shown with their first elements. */
void show_tensor(inccx *cx, incstr *out, const inctensor *t);
void show_value(inccx *cx, incstr *out, const incpkl_value *v);

#endif
