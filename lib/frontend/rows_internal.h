/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of rows.h share: rows.c makes rows and takes them apart, rows_form.c knows what
 * their items have in common, rows_pack.c packs lists. */
#ifndef INC_FRONTEND_ROWS_INTERNAL_H
#define INC_FRONTEND_ROWS_INTERNAL_H

#include "frontend/merge_internal.h"
#include "frontend/rows.h"

static inline uint64_t incfe_axis_bit(size_t axis)
{
    return (uint64_t)1 << axis;
}

void incfe_no_common_form(inccx *cx) INC_NORETURN;
/* What is of that form may share memory with the box. */
void incfe_form_link(inccx *cx, incfe_form *form, incop_box *box);
incfe_form incfe_form_copy(inccx *cx, const incfe_form *form);
/* Widens a by b, both of leaves; of_lists: of items of two lists, not of two items of one. */
bool incfe_rows_join_forms(incfe_merge *m, incfe_form *a, const incfe_form *b, bool of_lists);

incdtype incfe_leaf_type(const incfe_form *leaf);
/* Raises where the items are of different sizes, unless that is along one axis. */
void incfe_rows_check_item(inccx *cx, const incfe_form *item);
/* Leaf number k of the rows as one of the form, which is theirs or wider. */
incir_value *incfe_rows_leaf_as(incir_graph *g, const incval_rows *rows, size_t k,
                                const incfe_form *item);

#endif
