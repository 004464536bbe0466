/* SPDX-License-Identifier: Apache-2.0 */
/* Operators whose meaning changed since the archive was written. */
#ifndef INC_FRONTEND_TORCHSCRIPT_UPGRADE_H
#define INC_FRONTEND_TORCHSCRIPT_UPGRADE_H

#include "frontend/torchscript/eval.h"

/* Archives of this version and later mean what PyTorch means now. */
enum { INCTS_NO_UPGRADE = 9 };

/* Calls the operator as it was in the archive's version; false when that is as it is now. */
bool incts_upgraded(incts_interp *in, const char *name, const incval *args, size_t n_args,
                    const incop_keyword *keywords, size_t n_keywords, incval *result);

#endif
