/* SPDX-License-Identifier: Apache-2.0 */
/* Source text to syntax tree. */
#ifndef INC_FRONTEND_TORCHSCRIPT_PARSE_H
#define INC_FRONTEND_TORCHSCRIPT_PARSE_H

#include "frontend/torchscript/ast.h"

/* Parses one file of code/, all but the bodies of its functions. entry names it in messages; entry
 * and text must live as long as the tree. Raises INC_E_FORMAT where it is not TorchScript,
 * INC_E_LIMIT where it nests too deeply; cx->where then has entry, line and column. */
const incts_file *incts_parse(inccx *cx, const char *entry, const char *text, size_t n);
/* The body of a function, parsed when it is first asked for: raises likewise. Where *scratch is not
 * NULL then, the body ends with it, and whoever asked frees it. scratch NULL: it is to stay. */
const incts_block *incts_body_of(const incts_function *f, inccx **scratch);

/* Parses a type alone, as pickles carry them: "Dict[str, List[Tensor]]". */
const incts_type *incts_parse_type(inccx *cx, const char *text);

/* NULL when there is none of that name. */
const incts_class *incts_find_class(const incts_file *file, const char *name);
const incts_function *incts_find_function(const incts_file *file, const char *name);
const incts_function *incts_find_method(const incts_class *c, const char *name);
const incts_attribute *incts_find_attribute(const incts_class *c, const char *name);

#endif
