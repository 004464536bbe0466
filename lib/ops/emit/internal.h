/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share and handlers do not need. */
#ifndef INC_OPS_EMIT_INTERNAL_H
#define INC_OPS_EMIT_INTERNAL_H

#include "ops/emit/emit.h"

bool emit_same_shape(incir_graph *g, const incir_value *x, const incsym *const *sizes, size_t rank);
incir_value *emit_axes_value(incir_graph *g, const size_t *axes, size_t n);
/* Axes where the opset wants them: as an input from `since` on, as an attribute before. */
void emit_add_axes(incir_graph *g, incir_node *n, const size_t *axes, size_t count, uint32_t since);
/* The node that gives x when it is that operator; NULL otherwise. */
const incir_node *emit_produced_by(const incir_value *x, incir_opcode code);

#endif
