/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of merge.h share: snapshot.c takes values down, merge.c joins their forms,
 * merge_pack.c makes tensors of them and back, written.c tells what a block wrote. */
#ifndef INC_FRONTEND_MERGE_INTERNAL_H
#define INC_FRONTEND_MERGE_INTERNAL_H

#include "frontend/merge.h"

/* Whether both are the same value, which can be read outside. */
bool incfe_same(const incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b);
/* Whether s takes the form without a choice at its top. */
bool incfe_fits(const incfe_form *form, const incfe_snapshot *s);
/* Whether the choice s has as its second side what is the form's first, and the other way round. */
bool incfe_is_swapped(const incfe_form *form, const incfe_snapshot *s);
/* Whether s is of that kind, or a tensor of rank 0 of that type. */
bool incfe_is_number(const incfe_snapshot *s, incval_kind kind, incdtype dtype);
/* Whether s is a float that a node gives. */
bool incfe_is_dynamic_float(const incfe_snapshot *s);
/* Whether two keys of dicts are one. */
bool incfe_same_key(incval a, incval b);
bool incfe_both_floats(const incfe_snapshot *a, const incfe_snapshot *b);
bool incfe_both_bools(const incfe_snapshot *a, const incfe_snapshot *b);

/* ---- strings ---- */
/* Whether it is a string, or a choice among strings alone. */
bool incfe_is_text(const incfe_snapshot *s);
bool incfe_is_text_form(const incfe_form *form);
incfe_form incfe_text_form(incfe_merge *m, const incfe_snapshot *s);
/* Makes the form, of strings, one that counts them, and has those of s as well. */
bool incfe_join_texts(incfe_merge *m, incfe_form *form, const incfe_snapshot *s);
bool incfe_join_text_forms(incfe_merge *m, incfe_form *a, const incfe_form *b);
incir_value *incfe_text_leaf(incfe_merge *m, const incfe_form *form, const incfe_snapshot *s);
incval incfe_text_of(incir_graph *g, const incfe_form *form, incir_value *number);
/* The numbers of one form as those of another, which has all its strings. */
incir_value *incfe_text_renumbered(incir_graph *g, const incfe_form *from, const incfe_form *to,
                                   incir_value *numbers);
#endif
