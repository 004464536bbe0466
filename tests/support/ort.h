/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs an ONNX model in ONNX Runtime, which is loaded at run time and never linked: its C interface
 * is a table of functions that only ever grows at its end, so the few used here are called by their
 * place in it and no header is needed. For tests only.
 */
#ifndef TST_ORT_H
#define TST_ORT_H

#include "tensor.h"

typedef struct tst_ort tst_ort;
typedef struct tst_ort_session tst_ort_session;

/*
 * The runtime named by the environment's INC_ORT_LIB, else the one that fetch-ort.sh put below
 * `folder` (may be NULL), else the system's. NULL with one line in `why` when there is none: the
 * test then skips.
 */
tst_ort *tst_ort_open(const char *folder, char *why, size_t why_size);
void tst_ort_close(tst_ort *ort);
const char *tst_ort_version(const tst_ort *ort);

/* NULL with the runtime's words in `why` when it refuses the model. */
tst_ort_session *tst_ort_load(tst_ort *ort, const void *model, size_t size, char *why,
                              size_t why_size);
tst_ort_session *tst_ort_load_file(tst_ort *ort, const char *path, char *why, size_t why_size);
void tst_ort_unload(tst_ort_session *session);

/* Whether sessions loaded from now on are optimised; they are at first, but where the environment's
 * INC_ORT_OPTIMIZE says otherwise (0 to 99). */
void tst_ort_optimize(tst_ort *ort, bool optimize);

/* Feeds the inputs that the model declares, by name, and appends its outputs in order. */
bool tst_ort_run(tst_ort_session *session, const tst_tensors *inputs, tst_tensors *outputs,
                 char *why, size_t why_size);

/*
 * What the runtime has warned of since the last call, the first line only; "" when nothing. It
 * warns when a shape that the model declares is not the one it finds.
 */
const char *tst_ort_take_warning(tst_ort *ort);

#endif
