/* SPDX-License-Identifier: Apache-2.0 */
/* What every pass over a graph needs: each node of all blocks, who reads a value, what stands in
 * the place of one, and a walk that builds the graph anew from what a pass makes of each node. */
#ifndef INC_IR_REWRITE_H
#define INC_IR_REWRITE_H

#include "ir/graph.h"

typedef void (*incir_visit)(void *data, incir_node *n);

/* Calls visit for each node of b and of the blocks inside it: a node before those of its blocks,
 * nodes of a block in order. visit may remove the node that it is given. */
void incir_each_node(incir_block *b, incir_visit visit, void *data);
/* The next block inside a node; NULL after the last. at begins as n->attrs. */
incir_block *incir_next_block(const incir_attr **at);

/* Who reads each value of the graph as it is now; all indexed by incir_value.id. In cx, the
 * graph's or a scratch. */
typedef struct incir_uses {
    uint32_t n_ids;           /* values with this id and higher ones were made later */
    uint32_t *n;              /* how often it is read, by nodes and as output of a block */
    incir_node **reader;      /* the last node that reads it; NULL: none does */
    uint8_t *is_inner_output; /* of a block inside another, which has to make it itself */
    uint8_t *is_output;       /* of any block */
} incir_uses;

incir_uses incir_uses_new(inccx *cx, incir_graph *g);
/* The node that reads v, when nothing else does; NULL otherwise. */
incir_node *incir_only_reader(const incir_uses *uses, const incir_value *v);

/* What stands in the place of values of the graph as it was when the table was made. */
typedef struct incir_replacements {
    uint32_t n_ids; /* values made later have no replacement */
    incir_value **by_id;
} incir_replacements;

incir_replacements incir_replacements_new(inccx *cx, const incir_graph *g); /* in cx, likewise */
void incir_set_instead(incir_replacements *r, const incir_value *old, incir_value *v);
/* What was set for v, else v itself; v may be NULL. */
incir_value *incir_instead_of(const incir_replacements *r, incir_value *v);
/* Makes n, or the outputs of b, read what was set for what they read. */
void incir_read_instead(const incir_replacements *r, incir_node *n);
void incir_give_instead(const incir_replacements *r, incir_block *b);

/* A walk that empties every block and fills it again. visit is called for each node in order, with
 * the block it was in as g->block, and appends what becomes of the node: the node itself
 * (incir_keep), or others, and says with incir_set_instead() what its results became. */
typedef struct incir_rebuild incir_rebuild;
struct incir_rebuild {
    incir_graph *g;
    incir_replacements instead;
    void (*visit)(incir_rebuild *b, incir_node *n);
    /* What a node that is kept, or a block, reads in the place of v; NULL: incir_instead_of(). */
    incir_value *(*read)(incir_rebuild *b, incir_value *v);
    void *data; /* the pass's own */
};

/* The whole graph. Outputs keep their names: a node Identity stands where they have to. */
void incir_rebuild_graph(incir_rebuild *b);
/* Appends n, reading what stands in the place of its inputs, its blocks built anew. */
void incir_keep(incir_rebuild *b, incir_node *n);
/* The first two parts of that. */
void incir_rebuild_inputs(incir_rebuild *b, incir_node *n);
void incir_rebuild_inside(incir_rebuild *b, const incir_node *n);

#endif
