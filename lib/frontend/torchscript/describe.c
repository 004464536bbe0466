/* SPDX-License-Identifier: Apache-2.0 */
/* What a TorchScript archive says of itself without being evaluated: weights from its pickles,
 * inputs from the signature of forward() and the recorded example, quantization from the names in
 * its code. */
#include <string.h>

#include "archive/state_dict.h"
#include "base/str.h"
#include "base/vec.h"
#include "frontend/common.h"
#include "frontend/torchscript/methods.h"
#include "frontend/torchscript/parse.h"
#include "frontend/torchscript/types.h"

/* ---- quantization in the code ---- */

static bool contains(const char *text, size_t n, const char *part)
{
    size_t length = strlen(part);
    const char *end = text + n;
    for (const char *p = text; (size_t)(end - p) >= length; p++) {
        p = memchr(p, part[0], (size_t)(end - p) - length + 1);
        if (!p)
            return false;
        if (memcmp(p, part, length) == 0)
            return true;
    }
    return false;
}

static bool code_is_quantized(inccx *cx, incarc *archive)
{
    static const char *const signs[] = {
        "ops.quantized.", "ops.quantized_decomposed.",       "torch.quantize_per_",
        "fake_quantize_", "fused_moving_avg_obs_fake_quant", "torch._weight_int"};
    for (size_t i = 0; i < inczip_count(archive->zip); i++) {
        const inczip_entry *e = inczip_at(archive->zip, i);
        if (!e->record || !incstr_starts(e->record, "code/") || !incstr_ends(e->record, ".py"))
            continue;
        const char *text = (const char *)inczip_read(cx, archive->zip, e);
        for (size_t k = 0; k < INC_COUNT(signs); k++)
            if (contains(text, (size_t)e->size, signs[k]))
                return true;
    }
    return false;
}

/* ---- inputs ---- */

/* In the scratch, but for its name. */
static const incts_class *find_class(inccx *cx, inccx *scratch, incarc *archive,
                                     const char **class_name)
{
    const incpkl_value *root = incarc_root(cx, archive);
    const char *entry = NULL;
    size_t n;

    if (root->kind != INCPKL_OBJECT || !root->as.object->of)
        return NULL;
    const incpkl_class *class = root->as.object->of;
    *class_name = class->name;
    const char *text = incarc_code(cx, archive, class->module, &n, &entry);
    if (!text)
        return NULL;
    const incts_file *file = incts_parse(scratch, entry, text, n);
    return incts_find_class(file, class->name);
}

static bool is_tensor_list(const incpkl_value *v)
{
    return v && (v->kind == INCPKL_LIST || v->kind == INCPKL_TUPLE);
}

typedef INC_VEC(incfe_input) values;

static void add_recorded(inccx *cx, values *inputs, const char *name, const char *type,
                         const incpkl_value *v)
{
    incfe_input input = {.name = name, .type = type};
    if (is_tensor_list(v)) {
        for (size_t i = 0; i < v->as.items.n; i++)
            add_recorded(cx, inputs, inc_printf(cx, "%s_%zu", name, i), NULL, v->as.items.items[i]);
        return;
    }
    if (v && v->kind == INCPKL_TENSOR) {
        const inctensor *t = v->as.tensor->tensor;
        input.is_known = true;
        input.dtype = t->dtype;
        input.rank = t->rank;
        input.sizes = inc_copy(cx, t->sizes, t->rank * sizeof *t->sizes);
        input.symbols = INC_NEW_N(cx, const char *, t->rank);
    }
    INC_PUSH(cx, inputs, input);
}

static void find_inputs(inccx *cx, incarc *archive, incfe_description *facts)
{
    values inputs = {0};
    const char *method = facts->method ? facts->method : "forward";
    inccx *scratch = inc_scratch_new(cx);
    const incts_class *c = find_class(cx, scratch, archive, &facts->class_name);
    const incts_function *forward = c ? incts_find_method(c, method) : NULL;
    const incpkl_value *traced = incarc_traced_inputs(cx, archive);
    const incpkl_value *recorded = traced ? incpkl_get(traced, method) : NULL;

    if (!is_tensor_list(recorded))
        recorded = NULL;
    facts->has_recorded_inputs = recorded != NULL;
    for (size_t i = 1; forward && i < forward->n_params; i++) /* 0 is self */
        add_recorded(cx, &inputs, inc_strdup(cx, forward->params[i].name),
                     forward->params[i].type ? incts_type_text(cx, forward->params[i].type) : NULL,
                     recorded && i - 1 < recorded->as.items.n ? recorded->as.items.items[i - 1]
                                                              : NULL);
    facts->inputs = inputs.items;
    facts->n_inputs = inputs.n;
    facts->methods = c ? incts_methods(cx, c, &facts->n_methods) : NULL;
    inc_scratch_free(scratch);
}

/* ---- all of it ---- */

static incarc_state_dict *read_weights(inccx *cx, incarc *archive)
{
    incarc_state_dict *weights = incarc_state_dict_new(cx);
    incarc_state_dict_add_pickled(weights, incarc_root(cx, archive), "");
    incarc_state_dict_add_pickled(weights, incarc_constants(cx, archive), "constants");
    incarc_state_dict_end(weights);
    return weights;
}

bool incts_is_quantized(inccx *cx, incarc *archive)
{
    return code_is_quantized(cx, archive) || read_weights(cx, archive)->is_quantized;
}

void incts_describe(inccx *cx, incarc *archive, incfe_description *facts)
{
    incfe_describe_weights(cx, read_weights(cx, archive), facts);
    facts->is_quantized = facts->is_quantized || code_is_quantized(cx, archive);
    find_inputs(cx, archive, facts);
}
