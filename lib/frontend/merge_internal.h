/* What the files of merge.h share: snapshot.c takes values down, merge.c joins their forms,
 * merge_pack.c makes tensors of them and back, written.c tells what a block wrote. */
#ifndef INC_FRONTEND_MERGE_INTERNAL_H
#define INC_FRONTEND_MERGE_INTERNAL_H

#include "frontend/merge.h"

/* Whether both are the same value, which can be read outside. */
bool incfe_same(const incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b);
/* Whether s takes the form without a choice at its top. */
bool incfe_fits(const incfe_form *form, const incfe_snapshot *s);
/* Whether s is of that kind, or a tensor of rank 0 of that type. */
bool incfe_is_number(const incfe_snapshot *s, incval_kind kind, incdtype dtype);
/* Whether s is a float that a node gives. */
bool incfe_is_dynamic_float(const incfe_snapshot *s);
/* Whether two keys of dicts are one. */
bool incfe_same_key(incval a, incval b);
bool incfe_both_floats(const incfe_snapshot *a, const incfe_snapshot *b);
bool incfe_both_bools(const incfe_snapshot *a, const incfe_snapshot *b);

#endif
