/* SPDX-License-Identifier: Apache-2.0 */
/* What a file says of where it came from: the application's own lines, then the source's kind,
 * class and PyTorch, and of a quantized model its form and how much of it runs on integers. Never a
 * path. */
#include <string.h>

#include "api/internal.h"
#include "base/vec.h"

typedef struct listing {
    inccx *cx;
    INC_VEC(incox_metadata) lines;
} listing;

static bool has_key(const listing *l, const char *key)
{
    for (size_t i = 0; i < l->lines.n; i++)
        if (strcmp(l->lines.items[i].key, key) == 0)
            return true;
    return false;
}

static void add(listing *l, const char *key, const char *value)
{
    const incox_metadata line = {key, value};
    if (value && !has_key(l, key))
        INC_PUSH(l->cx, &l->lines, line);
}

static void add_quantization(listing *l, const Torch2ONNXConfig *config, const incq_plan *plan)
{
    size_t n_int8 = 0;
    for (size_t i = 0; i < plan->n; i++)
        n_int8 += plan->items[i]->arithmetic == INCQ_INT8;
    add(l, "quant_format", inc_quant_format_name(config->quant_format));
    add(l, "recipe", inc_recipe_name(config->recipe));
    add(l, "int8_operators", inc_printf(l->cx, "%zu of %zu", n_int8, plan->n));
}

void incapi_metadata(inccx *cx, const Torch2ONNXConfig *config, inc_model_kind kind,
                     const incfe_description *facts, const incq_plan *plan, incox_options *options)
{
    listing l = {.cx = cx};
    for (size_t i = 0; i < config->n_metadata; i++) { /* each once: config.c */
        const incox_metadata line = {config->metadata[i].key, config->metadata[i].value};
        INC_PUSH(cx, &l.lines, line);
    }
    add(&l, "source", inc_model_kind_name(kind));
    add(&l, "class", facts->class_name);
    add(&l, "torch_version", facts->torch_version);
    if (plan && plan->n > 0)
        add_quantization(&l, config, plan);
    options->producer = config->producer;
    options->metadata = l.lines.items;
    options->n_metadata = l.lines.n;
}
