/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the model that only the data decides about: the arms of a branch, the body of a loop.
 *
 * While a block is open its nodes go into a block of the graph of their own, and whatever is
 * written that is older than it (tensor variables, lists, dicts, locals, attributes) is recorded
 * before. Rolling back takes the writes back and leaves the nodes, so that the next arm sees what
 * the first one saw; ending keeps both, as if there had been no block. Blocks nest.
 *
 *     incop_block *b = incop_begin_block(g);
 *     ... evaluate ...
 *     look at b->changes
 *     incop_rollback(g, b);
 *
 * After a failure, incop_unwind() rolls back all that were opened since. */
#ifndef INC_OPS_CALL_BLOCK_H
#define INC_OPS_CALL_BLOCK_H

#include "ops/call/value.h"

typedef enum incop_change_kind {
    INCOP_CHANGED_BOX,
    INCOP_CHANGED_LIST,
    INCOP_CHANGED_DICT,
    INCOP_CHANGED_SLOT, /* a local, an attribute: a name in a map of incval * */
    INCOP_CHANGED_OTHER /* what is only to be restored */
} incop_change_kind;

/* What was written, and what it was before. */
typedef struct incop_change {
    incop_change_kind kind;
    void *of;              /* incop_box *, incval_list *, incval_dict *, or the slot's incmap * */
    const char *name;      /* of a slot */
    bool was_there;        /* the slot had a value */
    incval before;         /* of a slot */
    const void *as_it_was; /* a copy of the others */
    size_t size;           /* INCOP_CHANGED_OTHER */
    uint64_t born;         /* of what was written */
} incop_change;

typedef struct incop_block {
    struct incop_block *outer;
    incir_block *nodes;              /* what it fills */
    incir_block *around;             /* where nodes went before */
    uint64_t since;                  /* all that is older was there before it */
    INC_VEC(incop_change *) changes; /* in order of the first write */
    incmap *recorded;
    incmap *facts; /* conditions known inside: incir_value * -> true or false */
    unsigned depth;
    /* of the graph and the context, to be restored */
    incir_call *call;
    inc_where where;
    size_t n_warnings;
} incop_block;

incop_block *incop_begin_block(incir_graph *g);
/* Keeps what was written, and puts the nodes behind those of the block around. b is the innermost
 * open one; so it is in the next. */
void incop_end_block(incir_graph *g, incop_block *b);
/* Takes back what was written since b began. */
void incop_rollback(incir_graph *g, incop_block *b);
/* Rolls back all blocks opened since open was the innermost one (NULL: none was). */
void incop_unwind(incir_graph *g, incop_block *open);
/* The innermost open block; NULL: none. */
incop_block *incop_open_block(const incir_graph *g);

/* Makes v the next output of the graph's current block: through an Identity where no node of the
 * block makes it, or where it is an output already. */
void incop_block_output(incir_graph *g, incir_value *v);
/* Whether what was recorded of a tensor variable that is no view was a write. */
bool incop_is_written(const incop_change *c);
/* Whether it has become a view, or one of another box (x.squeeze_()). */
bool incop_is_cut(const incop_change *c);

/* ---- what holds inside a block ---- */
void incop_assume(incir_graph *g, incir_value *condition, bool holds);
/* 1: it holds here; 0: it does not; -1: not known. */
int incop_assumed(const incir_graph *g, const incir_value *condition);

/* ---- lists and dicts that are one, or not, as the data decides ---- */
/* The two may be the same: when one is written, the other is not known any more. */
void incop_share(incir_graph *g, incval a, incval b);
/* What it holds is a copy of `what`: writing into it raises. */
void incop_protect(incir_graph *g, incval v, const char *what);
void incop_lose(incir_graph *g, incval v, const char *why);
/* Why what it holds is not known any more; NULL: it is. */
const char *incop_lost(incval v);

/* ---- to be called before a write ---- */
/* Of lists and dicts: raises where that must not be. */
void incop_record_box(incir_graph *g, incop_box *box);
void incop_record_list(incir_graph *g, incval_list *list);
/* The same where what the list holds stays, and how it is held changes. */
void incop_record_form(incir_graph *g, incval_list *list);
void incop_record_dict(incir_graph *g, incval_dict *dict);
void incop_record_slot(incir_graph *g, incmap *slots, uint64_t born, const char *name);
/* size bytes at memory, which was made at born: restored, and of no interest besides. */
void incop_record_bytes(incir_graph *g, void *memory, size_t size, uint64_t born);

#endif
