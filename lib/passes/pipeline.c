/* The order of the passes, and what they share. */
#include "passes/pipeline.h"

#include <string.h>

#include "ir/verify.h"
#include "passes/internal.h"

const incpass incpass_clean_up[] = {
    {"remove_unused", incpass_remove_unused}, /* the others need not look at what goes anyway */
    {"fold_batch_norm", incpass_fold_batch_norm},
    {"merge_chains", incpass_merge_chains},
    {"share_constants", incpass_share_constants}, /* equal nodes have equal inputs only then */
    {"share_nodes", incpass_share_nodes},
    {"remove_unused", incpass_remove_unused}, /* what the others left behind */
    {NULL, NULL},
};

const incpass incpass_finish[] = {
    {"remove_unused", incpass_remove_unused},
    {"name_values", incpass_name_values}, /* last: names count what is there */
    {NULL, NULL},
};

void incpass_run(inccx *cx, incir_graph *g, const incpass *list)
{
    for (const incpass *pass = list; pass->name; pass++) {
        bool changed = pass->run(cx, g);
        inc_log(cx, INCCX_DEBUG, "pass %s%s", pass->name, changed ? "" : ": nothing to do");
#ifndef NDEBUG
        if (changed)
            incir_verify(g);
#endif
    }
}

static void count_in_block(const incir_block *b, uint32_t *readers)
{
    for (const incir_node *n = b->first; n; n = n->next) {
        for (size_t i = 0; i < n->n_inputs; i++)
            if (n->inputs[i])
                readers[n->inputs[i]->id]++;
        for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
            if (attr->kind == INCIR_ATTR_BLOCK)
                count_in_block(attr->u.block, readers);
    }
    for (size_t i = 0; i < b->n_outputs; i++)
        readers[b->outputs[i]->id]++;
}

uint32_t *incpass_count_readers(inccx *cx, const incir_graph *g)
{
    uint32_t *readers = INC_NEW_N(cx, uint32_t, (size_t)g->n_values + 1);
    count_in_block(g->main, readers);
    return readers;
}

static void mark_inner_outputs(const incir_block *b, uint8_t *marks)
{
    for (size_t i = 0; b->outer && i < b->n_outputs; i++)
        marks[b->outputs[i]->id] = 1;
    for (const incir_node *n = b->first; n; n = n->next)
        for (const incir_attr *attr = n->attrs; attr; attr = attr->next)
            if (attr->kind == INCIR_ATTR_BLOCK)
                mark_inner_outputs(attr->u.block, marks);
}

uint8_t *incpass_inner_outputs(inccx *cx, const incir_graph *g)
{
    uint8_t *marks = INC_NEW_N(cx, uint8_t, (size_t)g->n_values + 1);
    mark_inner_outputs(g->main, marks);
    return marks;
}
