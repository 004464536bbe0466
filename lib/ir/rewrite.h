/* What every pass over a graph needs: each node of all blocks, and who reads a value. */
#ifndef INC_IR_REWRITE_H
#define INC_IR_REWRITE_H

#include "ir/graph.h"

typedef void (*incir_visit)(void *data, incir_node *n);

/* Calls visit for each node of b and of the blocks inside it: a node before those of its blocks,
 * nodes of a block in order. visit may remove the node that it is given. */
void incir_each_node(incir_block *b, incir_visit visit, void *data);

/* Who reads each value of the graph as it is now; all indexed by incir_value.id. */
typedef struct incir_uses {
    uint32_t n_ids;           /* values with this id and higher ones were made later */
    uint32_t *n;              /* how often it is read, by nodes and as output of a block */
    incir_node **reader;      /* the last node that reads it; NULL: none does */
    uint8_t *is_inner_output; /* of a block inside another, which has to make it itself */
    uint8_t *is_output;       /* of any block */
} incir_uses;

incir_uses incir_uses_new(incir_graph *g);
/* The node that reads v, when nothing else does; NULL otherwise. */
incir_node *incir_only_reader(const incir_uses *uses, const incir_value *v);

#endif
