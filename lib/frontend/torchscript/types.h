/* SPDX-License-Identifier: Apache-2.0 */
/* Printing and comparing the types of the syntax tree. */
#ifndef INC_FRONTEND_TORCHSCRIPT_TYPES_H
#define INC_FRONTEND_TORCHSCRIPT_TYPES_H

#include "frontend/torchscript/ast.h"

/* Which kind a type's name means; INCTS_TYPE_CLASS for a dotted one, else INCTS_TYPE_OTHER. */
incts_type_kind incts_type_kind_of(const char *name);
/* As written in source: "Dict[str, List[Tensor]]". */
const char *incts_type_text(inccx *cx, const incts_type *type);
bool incts_type_equal(const incts_type *a, const incts_type *b);

#endif
