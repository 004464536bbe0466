/* SPDX-License-Identifier: Apache-2.0 */
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
    {"name_values", incpass_name_values}, /* names count what is there */
    {"tell_runtimes", incpass_tell_runtimes},
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
