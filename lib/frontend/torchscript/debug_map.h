/* SPDX-License-Identifier: Apache-2.0 */
/* From places in TorchScript source back to the lines of Python it was made of, as the records
 * code/….py.debug_pkl tell. Only messages need them, so they are read when there is one to give,
 * and whatever is odd about them means that the line is not known: nothing here fails. */
#ifndef INC_FRONTEND_TORCHSCRIPT_DEBUG_MAP_H
#define INC_FRONTEND_TORCHSCRIPT_DEBUG_MAP_H

#include "base/context.h"

typedef struct incts_debug_map incts_debug_map;

/* Reads a record; entry is its name, source the text that it is about. All must outlive the
 * context. NULL when it cannot be read. */
const incts_debug_map *incts_debug_map_load(inccx *cx, const char *entry, const void *bytes,
                                            uint64_t size, const char *source, size_t n_source);

/* "net.py:87" for what stands at line and column of the source, or NULL. A line of a trace is the
 * innermost of the user's own; *is_library (may be NULL) is set where there was none, and that the
 * answer is a line of PyTorch itself, where the caller's would say more. map may be NULL. */
const char *incts_debug_map_find(inccx *cx, const incts_debug_map *map, uint32_t line,
                                 uint32_t column, bool *is_library);

#endif
