/* SPDX-License-Identifier: Apache-2.0 */
/* best_configure: what Neural Compressor notes of the quantization beside the weights, in the same
 * pickle or as YAML. Used for what the weights do not say: which operators stayed float, the output
 * qparams of modules that keep them as plain attributes, the modules that were quantized one by
 * one. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/internal.h"

/* Settings are few, and shared values could make many long ones of a small file. */
enum { MOST_SETTINGS = 256 };

static const incpkl_value *setting(const incpkl_value *dict, const char *key)
{
    if (!dict || dict->kind != INCPKL_DICT || dict->as.dict->n > MOST_SETTINGS)
        return NULL;
    for (size_t i = 0; i < dict->as.dict->n; i++)
        if (incpkl_is_string(dict->as.dict->pairs[i].key, key))
            return dict->as.dict->pairs[i].value;
    return NULL;
}

static const char *text_or(const incpkl_value *v, const char *absent)
{
    return v && v->kind == INCPKL_STRING ? v->as.text.bytes : absent;
}

static const incpkl_value *first_item(const incpkl_value *v)
{
    bool is_list = v->kind == INCPKL_TUPLE || v->kind == INCPKL_LIST;
    return is_list && v->as.items.n ? v->as.items.items[0] : NULL;
}

static void check_approach(inccx *cx, incckpt *c, const incpkl_value *config)
{
    const char *framework = text_or(setting(config, "framework"), "");
    const char *approach = text_or(setting(config, "approach"), "");
    if (strstr(framework, "ipex"))
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "quantize with the framework pytorch_fx",
                       "checkpoints of Intel's Extension for PyTorch (%s) are not supported",
                       framework);
    if (strstr(approach, "weight_only"))
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "quantize the model statically or dynamically",
                       "weight-only quantization (%s) is not supported", approach);
    if (strcmp(approach, "post_training_dynamic_quant") == 0 && !c->is_dynamic)
        inc_raise_hint(cx, INC_E_ARGUMENT, "take both from one folder",
                       "best_configure says that the model was quantized dynamically, but the "
                       "checkpoint has scales of activations");
    if (strcmp(approach, "post_training_static_quant") == 0 ||
        strcmp(approach, "quant_aware_training") == 0)
        c->is_dynamic = false;
}

static void read_sub_modules(inccx *cx, incckpt *c, const incpkl_value *list)
{
    if (!list || (list->kind != INCPKL_LIST && list->kind != INCPKL_TUPLE))
        return;
    for (size_t i = 0; i < list->as.items.n; i++)
        if (list->as.items.items[i]->kind == INCPKL_STRING)
            INC_PUSH(cx, &c->sub_modules, list->as.items.items[i]->as.text.bytes);
}

/* A module's output qparams, where its state has none. */
static void use_activation(inccx *cx, incckpt *c, const char *name, const incpkl_value *activation)
{
    const incpkl_value *scale = setting(activation, "scale");
    const incpkl_value *zero_point = setting(activation, "zero_point");
    double s;
    int64_t z;
    if (!scale || !zero_point || !incpkl_is_number(scale, &s) || !incpkl_is_int(zero_point, &z) ||
        c->is_dynamic || !incpkl_is_string(setting(activation, "quant_mode"), "static"))
        return;
    incckpt_module *m = incckpt_module_of(c, name);
    if (m && m->output.has_scale) {
        if ((float)m->output.scale != (float)s)
            inc_warn(cx,
                     "best_configure has another scale for %s (%g) than its weights (%g), which "
                     "is used",
                     name, s, m->output.scale);
        return;
    }
    if (m && m->weight && !m->weight->q && m->weight->rank > 1)
        return; /* left in float in the end */
    if (!m) {
        m = INC_NEW(cx, incckpt_module);
        m->name = name;
        incmap_set_str(cx, c->modules, name, m);
    }
    m->output = (incckpt_qparams){.key = inc_printf(cx, "best_configure's %s", name),
                                  .scale = s,
                                  .zero_point = z,
                                  .has_scale = true,
                                  .has_zero_point = true,
                                  .is_noted = true};
}

static void read_operators(inccx *cx, incckpt *c, const incpkl_value *operators)
{
    if (!operators || operators->kind != INCPKL_DICT)
        return;
    for (size_t i = 0; i < operators->as.dict->n; i++) {
        const incpkl_pair *pair = &operators->as.dict->pairs[i];
        const char *name = text_or(first_item(pair->key), NULL);
        const incpkl_value *activation = setting(pair->value, "activation");
        if (!name || !activation)
            continue;
        if (incpkl_is_string(setting(activation, "dtype"), "fp32"))
            incmap_set_str(cx, c->float_modules, name, c);
        else
            use_activation(cx, c, name, activation);
    }
}

void incckpt_use_config(inccx *cx, incckpt *c, const incpkl_value *config)
{
    check_approach(cx, c, config);
    read_sub_modules(cx, c, setting(config, "fx_sub_module_list"));
    read_sub_modules(cx, c, setting(config, "sub_module_list"));
    read_operators(cx, c, setting(config, "op"));
}
