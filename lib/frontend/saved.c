/* What torch.save wrote, in the words of whoever wrote it: a state_dict, a checkpoint with one
 * inside, a tensor, a list. None of them has a graph. */
#include <string.h>

#include "archive/state_dict.h"
#include "base/str.h"
#include "frontend/common.h"

/* How many of a dict's values are tensors, or what stands for one in a quantized state_dict. */
static size_t count_tensors(const incpkl_value *v)
{
    size_t n = 0;
    for (size_t i = 0; v->kind == INCPKL_DICT && i < v->as.dict->n; i++)
        n += v->as.dict->pairs[i].value->kind == INCPKL_TENSOR;
    return n;
}

/* The key of the state_dict in a checkpoint: the usual names first, then any dict of tensors. */
static const char *find_state_dict(const incpkl_value *root)
{
    static const char *const usual[] = {"state_dict", "model_state_dict", "model", "module",
                                        "net",        "weights"};
    for (size_t i = 0; i < INC_COUNT(usual); i++) {
        const incpkl_value *v = incpkl_get(root, usual[i]);
        if (v && count_tensors(v) > 0)
            return usual[i];
    }
    for (size_t i = 0; i < root->as.dict->n; i++) {
        const incpkl_pair *pair = &root->as.dict->pairs[i];
        if (pair->key->kind == INCPKL_STRING && count_tensors(pair->value) > 0)
            return pair->key->as.text.bytes;
    }
    return NULL;
}

static void describe_contents(inccx *cx, const incpkl_value *root, incfe_description *facts)
{
    size_t n = count_tensors(root);
    const char *plural = n == 1 ? "" : "s";

    if (root->kind == INCPKL_TENSOR) {
        facts->contents = "a tensor";
    } else if (root->kind == INCPKL_LIST || root->kind == INCPKL_TUPLE) {
        facts->contents =
            inc_printf(cx, "a %s of %zu items", incpkl_kind_name(root->kind), root->as.items.n);
    } else if (root->kind == INCPKL_DICT && facts->is_quantized) {
        facts->contents = "a quantized state_dict";
    } else if (n > 0) {
        facts->contents = inc_printf(cx, "a state_dict of %zu tensor%s", n, plural);
    } else if (root->kind == INCPKL_DICT) {
        facts->key = find_state_dict(root);
        facts->contents = facts->key
                              ? inc_printf(cx, "a checkpoint with a state_dict at \"%s\"",
                                           incstr_shown(cx, facts->key, strlen(facts->key), 60))
                              : "a dict without a state_dict";
    } else {
        facts->contents = inc_printf(cx, "a %s", incpkl_describe(cx, root));
    }
}

bool incsaved_is_quantized(inccx *cx, incarc *archive)
{
    incarc_state_dict *weights = incarc_state_dict_new(cx);
    incarc_state_dict_add_pickled(weights, incarc_root(cx, archive), "");
    return weights->is_quantized;
}

void incsaved_describe(inccx *cx, incarc *archive, incfe_description *facts)
{
    const incpkl_value *root = incarc_root(cx, archive);
    incarc_state_dict *weights = incarc_state_dict_new(cx);
    incarc_state_dict_add_pickled(weights, root, "");
    incfe_describe_weights(cx, weights, facts);
    describe_contents(cx, root, facts);
}
