/* SPDX-License-Identifier: Apache-2.0 */
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
    const char *lost;   /* a tensor that is not known any more, and why; all else is unset then */
    bool is_outside;    /* what can be written is older than the block */
    bool is_disordered; /* a dict whose keys have an order that data decides */
    size_t n;           /* of lists, tuples, dicts (values); yes and no of a choice */
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
    INCFE_TEXT,  /* one of several strings: a number that counts them */
    INCFE_DICT,  /* with an entry for every key; where it may be missing, a choice with ABSENT */
    INCFE_CHOICE /* items[0] where the flag is set, else items[1] */
} incfe_form_kind;

typedef struct incfe_form {
    incfe_form_kind kind;
    incfe_snapshot first;
    incdtype dtype;
    size_t rank;
    const incsym **dims; /* of a tensor: NULL where they differ */
    uint64_t uniform;    /* of an item of rows: axes, bit by bit, whose size is one in every list,
                            though not the same in all */
    const struct incir_quant *quant;
    size_t n;
    struct incfe_form *items;
    size_t n_texts; /* of a text; they only grow, in a new array */
    const char *const *texts;
    incir_value *flag;  /* of a choice: what decides, where it is known outside; else a leaf does */
    bool is_disordered; /* a dict whose keys come in another order where data decides otherwise */
    bool is_held;       /* a tensor that a list holds as well: it must not be written */
    incop_boxes links;  /* boxes that a tensor may share memory with */
    incop_box *whole[2]; /* of a branch: the variable that it is all of in each arm; else NULL */
    struct incfe_place *place; /* where others may be the same list, dict or memory; else NULL */
} incfe_form;

/* A list, dict or tensor of a form that is, or may be, that of another place as well. */
typedef struct incfe_place {
    incval of[2]; /* on the two ways through: NONE where it is nothing */
    size_t number;
    struct incfe_place *twin; /* the same on both ways: unpacked once */
    incval made;              /* what unpacking gave */
    bool is_made;
} incfe_place;

typedef struct incfe_sharing {
    incfe_place *a, *b; /* b NULL: with older, or with the rows of a list */
    incval older;       /* NONE: none */
} incfe_sharing;

typedef struct incfe_merge {
    incir_graph *g;
    inccx *cx;
    const incir_block *inside;       /* what is made in it cannot be read outside */
    uint64_t since;                  /* when the block began; of a branch, the first of the two */
    incir_value *condition;          /* of a branch: which arm was gone; NULL for a loop */
    const incir_block *inside_first; /* the same of the first arm, while the second is joined */
    bool is_turned;                  /* the form comes from the second arm, s from the first */
    bool keeps_ranks;                /* tensors of unlike ranks are a choice, whatever decides */
    bool is_first_arm;               /* what is packed is of the arm for true */
    INC_VEC(incir_value *) leaves;   /* packed, or to be unpacked */
    size_t next;
    INC_VEC(incfe_sharing) sharings;
    incop_boxes made;  /* tensors that unpacking gave */
    bool has_no_twins; /* sharing is not kept up, but noted */
} incfe_merge;

/* A variable and what it is on the two ways: after both arms, or before a loop and after a turn. */
typedef struct incfe_ways {
    const struct incop_change *change;
    incfe_form *form;
    const incfe_snapshot *ways[2];
} incfe_ways;

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
/* The string's number in a form that counts strings; -1: it has none. */
int64_t incfe_text_number(inccx *cx, const incfe_form *form, const char *text);
/* A symbol for an int that the value gives, which is at least lower. */
incval incfe_symbol(incir_graph *g, incir_value *v, const char *name, int64_t lower);

/* Finds what is the same list, dict or memory in two places on one of the ways. The text tells
 * one sharing from another. */
const char *incfe_find_shared(incfe_merge *m, const incfe_ways *variables, size_t n);
/* After unpacking: those that may be the same know of each other. */
void incfe_link_shared(incfe_merge *m);

/* The number of the key in a dict's snapshot, n when it has none. */
size_t incfe_entry_number(inccx *cx, const incfe_snapshot *dict, incval key, size_t likely);
/* The entry of a dict's snapshot, which is likely at that place; ABSENT when it has none. */
const incfe_snapshot *incfe_entry(inccx *cx, const incfe_snapshot *dict, incval key, size_t likely);

/* ---- what was written while a block was open ---- */

typedef struct incfe_written {
    const incop_change *change;
    bool is_there; /* a slot has a value */
    incfe_snapshot now;
    const char *lost; /* a tensor, list or dict that is not known any more */
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
/* What the variable holds is not known any more. */
void incfe_lose(incfe_merge *m, const incop_change *change, const char *why);

#endif
