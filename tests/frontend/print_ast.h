/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax tree as s-expressions, for tests. */
#ifndef TESTS_FRONTEND_PRINT_AST_H
#define TESTS_FRONTEND_PRINT_AST_H

#include "base/str.h"
#include "frontend/torchscript/ast.h"

void print_expr(inccx *cx, incstr *s, const incts_expr *e);
void print_block(inccx *cx, incstr *s, const incts_block *block);
void print_function(inccx *cx, incstr *s, const incts_function *f);
void print_class(inccx *cx, incstr *s, const incts_class *c);
void print_file(inccx *cx, incstr *s, const incts_file *file);

#endif
