/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of a file's module that can be exported: all that its class has in code but those of
 * Python's own protocol (__getstate__). */
#ifndef INC_FRONTEND_TORCHSCRIPT_METHODS_H
#define INC_FRONTEND_TORCHSCRIPT_METHODS_H

#include "frontend/torchscript/ast.h"

/* The one called wanted; NULL: forward. c may be NULL. Raises INC_E_ARGUMENT with the list of those
 * there are. */
const incts_function *incts_choose_method(inccx *cx, const incts_class *c, const char *class_name,
                                          const char *wanted);
/* Each as "encode(x: Tensor, n: int)", in the order of the file. */
const char *const *incts_methods(inccx *cx, const incts_class *c, size_t *n);

#endif
