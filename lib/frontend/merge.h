/* Values that a block hands on: the arms of a branch, the turns of a loop.
 *
 * A snapshot is a value as it is now, its tensors read. Snapshots of several ways through the code
 * join into a form: what is alike everywhere stays as it is, what differs becomes a tensor that the
 * block has as output (a leaf of the form), and what has no common form (None here and a tensor
 * there) a choice of two. A snapshot is packed into the leaves inside its block; outside, the form
 * is unpacked from what the If or Loop gives. */
#ifndef INC_FRONTEND_MERGE_H
#define INC_FRONTEND_MERGE_H

#include "ops/call/block.h"

typedef struct incfe_snapshot {
    incval v;
    incir_value *t;                  /* of a tensor: what it holds */
    const struct incir_quant *quant; /* likewise */
    const char *lost; /* a tensor that is not known any more, and why; all else is unset then */
    bool is_outside;  /* what can be written is older than the block */
    size_t n;         /* of lists, tuples, dicts (values); yes and no of a choice */
    struct incfe_snapshot *items;
    const incval *keys;
} incfe_snapshot;

typedef enum incfe_form_kind {
    INCFE_SAME, /* everywhere the value of `first` */
    INCFE_TENSOR,
    INCFE_INT,
    INCFE_FLOAT,
    INCFE_BOOL,
    INCFE_ITEMS, /* a list or tuple of so many items */
    INCFE_ROWS,  /* a list whose length data decides: items[0] is the form of every item, see rows.h
                  */
    INCFE_DICT,  /* with an entry for every key; where it may be missing, a choice with ABSENT */
    INCFE_CHOICE /* items[0] where the flag is set, else items[1] */
} incfe_form_kind;

typedef struct incfe_form {
    incfe_form_kind kind;
    incfe_snapshot first;
    incdtype dtype;
    size_t rank;
    const incsym **dims; /* of a tensor: NULL where they differ */
    const struct incir_quant *quant;
    size_t n;
    struct incfe_form *items;
    incir_value *flag; /* of a choice: what decides, where it is known outside; else a leaf does */
    bool is_held;      /* a tensor that a list holds as well: it must not be written */
    INC_VEC(incop_box *) links; /* boxes that a tensor may share memory with */
    incop_box *whole[2]; /* of a branch: the older variable that it is in each arm; else NULL */
} incfe_form;

typedef struct incfe_merge {
    incir_graph *g;
    inccx *cx;
    const incir_block *inside;     /* what is made in it cannot be read outside */
    uint64_t since;                /* when the block began */
    incir_value *condition;        /* of a branch: which arm was gone; NULL for a loop */
    bool is_first_arm;             /* what is packed is of the arm for true */
    INC_VEC(incir_value *) leaves; /* packed, or to be unpacked */
    size_t next;
} incfe_merge;

incfe_snapshot incfe_snapshot_of(incfe_merge *m, incval v);
/* The items and keys of a list or dict, whoever it is. */
incfe_snapshot incfe_snapshot_content(incfe_merge *m, incval v);
/* The form of one way through. */
incfe_form incfe_form_of(incfe_merge *m, const incfe_snapshot *s);
/* The same with a leaf for whatever may differ elsewhere, at its top. */
incfe_form incfe_form_opened(incfe_merge *m, const incfe_snapshot *s);
/* Widens the form so that s has it as well; whether it changed. Raises INC_E_UNSUPPORTED where
 * there is none. */
bool incfe_join(incfe_merge *m, incfe_form *form, const incfe_snapshot *s);
/* Appends the leaves of s to m->leaves, with nodes in the current block. */
void incfe_pack_form(incfe_merge *m, const incfe_form *form, const incfe_snapshot *s);
/* Makes inputs of the current block for the leaves, and appends them to m->leaves. */
void incfe_make_inputs(incfe_merge *m, const incfe_form *form);
/* Takes leaves from m->next on. */
incval incfe_unpack_form(incfe_merge *m, const incfe_form *form);
/* A symbol for an int that the value gives, which is at least lower. */
incval incfe_symbol(incir_graph *g, incir_value *v, const char *name, int64_t lower);

/* The number of the key in a dict's snapshot, n when it has none. */
size_t incfe_entry_number(inccx *cx, const incfe_snapshot *dict, incval key, size_t likely);
/* The entry of a dict's snapshot, which is likely at that place; ABSENT when it has none. */
const incfe_snapshot *incfe_entry(inccx *cx, const incfe_snapshot *dict, incval key, size_t likely);

/* ---- what was written while a block was open ---- */

typedef struct incfe_written {
    const incop_change *change;
    bool is_there; /* a slot has a value */
    incfe_snapshot now;
    const char *lost; /* a tensor variable that is not known any more */
} incfe_written;
typedef INC_VEC(incfe_written) incfe_writes;

/* What b has changed, as it is now; before b is rolled back. */
incfe_writes incfe_writes_of(incfe_merge *m, const incop_block *b);
/* As the variable is at present. */
incfe_written incfe_written_now(incfe_merge *m, const incop_change *change);
/* The one about the same variable; NULL: none. */
const incfe_written *incfe_find_write(const incfe_writes *writes, const incop_change *change);
/* Writes the value, which unpacking gave, into the variable. */
void incfe_write(incfe_merge *m, const incop_change *change, incval v);

#endif
