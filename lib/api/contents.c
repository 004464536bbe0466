/* What torch.save wrote, in the words of whoever wrote it: a state_dict, a checkpoint with one
 * inside, a tensor, a list. None of them has a graph; what leads on differs. */
#include <string.h>

#include "api/internal.h"
#include "base/str.h"

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

void incapi_describe_saved(inccx *cx, const incpkl_value *root, incfe_description *facts)
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

static const char *next_step(inccx *cx, const char *file, const incfe_description *facts)
{
    const char *load = inc_printf(cx, "torch.load(\"%s\")", file);
    if (facts->is_quantized)
        return "lay it over the FP32 model that it was made from: attach it as a checkpoint to "
               "that "
               "model's file";
    if (facts->key)
        load = inc_printf(cx, "%s[\"%s\"]", load, facts->key);
    if (facts->key || incstr_starts(facts->contents, "a state_dict"))
        return inc_printf(cx,
                          "in Python: model.load_state_dict(%s); torch.jit.trace(model.eval(), "
                          "example).save(\"model.pt\")",
                          load);
    return "save the model itself: torch.jit.trace(model.eval(), example).save(\"model.pt\")";
}

void incapi_refuse_saved(inccx *cx, const char *file, incarc *archive)
{
    const incfe_description *facts = incapi_inspect(cx, archive);
    inc_raise_hint(cx, INC_E_UNSUPPORTED, next_step(cx, file, facts),
                   "%s is %s, which holds no graph and cannot be exported by itself", file,
                   facts->contents);
}
