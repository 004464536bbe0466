/* SPDX-License-Identifier: Apache-2.0 */
/* What torch.save wrote, in the words of whoever wrote it: a state_dict, a checkpoint with one
 * inside, a tensor, a list. None of them has a graph. */
#include <string.h>

#include "archive/state_dict.h"
#include "base/str.h"
#include "frontend/common.h"

static void describe_contents(inccx *cx, const incpkl_value *root, incfe_description *facts)
{
    const size_t n = incarc_count_tensors(incarc_state_dict_in(root, &facts->key));

    if (root->kind == INCPKL_TENSOR) {
        facts->contents = "a tensor";
    } else if (root->kind == INCPKL_LIST || root->kind == INCPKL_TUPLE) {
        facts->contents =
            inc_printf(cx, "a %s of %zu items", incpkl_kind_name(root->kind), root->as.items.n);
    } else if (root->kind == INCPKL_DICT && facts->is_quantized) {
        facts->contents = "a quantized state_dict";
    } else if (facts->key) {
        facts->contents = inc_printf(cx, "a checkpoint with a state_dict at \"%s\"",
                                     incstr_shown(cx, facts->key, strlen(facts->key), 60));
    } else if (n > 0) {
        facts->contents = inc_printf(cx, "a state_dict of %zu tensor%s", n, n == 1 ? "" : "s");
    } else if (root->kind == INCPKL_DICT) {
        facts->contents = "a dict without a state_dict";
    } else {
        facts->contents = incpkl_describe(cx, root);
    }
}

bool incsaved_is_quantized(inccx *cx, incarc *archive)
{
    incarc_state_dict *weights = incarc_state_dict_new(cx);
    incarc_state_dict_add_pickled(weights, incarc_root(cx, archive), "");
    incarc_state_dict_end(weights);
    return weights->is_quantized;
}

void incsaved_describe(inccx *cx, incarc *archive, incfe_description *facts)
{
    const incpkl_value *root = incarc_root(cx, archive);
    incarc_state_dict *weights = incarc_state_dict_new(cx);
    incarc_state_dict_add_pickled(weights, root, "");
    incarc_state_dict_end(weights);
    incfe_describe_weights(cx, weights, facts);
    describe_contents(cx, root, facts);
}
