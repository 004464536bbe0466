/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a quantized state_dict, sorted by what they mean. Comes in: the state_dict,
 * and best_configure where there is one; goes out: the tables of internal.h. */
#include <math.h>
#include <string.h>

#include "archive/state_dict.h"
#include "base/str.h"
#include "checkpoint/internal.h"
#include "frontend/packed.h"

/* The module whose key ends in suffix. */
static incckpt_module *module_of(inccx *cx, incckpt *c, const char *key, const char *suffix)
{
    const char *name = inc_strndup(cx, key, strlen(key) - strlen(suffix));
    return incckpt_module_named(cx, c, name, key);
}

static const inctensor *tensor_of(const incpkl_value *v)
{
    return v->kind == INCPKL_TENSOR ? v->as.tensor->tensor : NULL;
}

static bool is_single(const inctensor *t)
{
    return t && t->numel == 1 && !t->q && inctensor_has_data(t);
}

static void set_qparams(inccx *cx, incckpt_qparams *q, const char *key, const inctensor *t,
                        bool is_scale)
{
    q->key = key;
    q->is_stub = t->rank == 1;
    if (is_scale) {
        q->scale = inctensor_f64(cx, t);
        if (!(q->scale > 0) || !isfinite(q->scale))
            inc_raise(cx, INC_E_FORMAT, "%s is %g: a scale is a number above 0", key, q->scale);
        q->has_scale = true;
    } else {
        double given = incdtype_is_float(t->dtype) ? inctensor_f64(cx, t) : 0;
        if (given != floor(given))
            inc_raise(cx, INC_E_FORMAT, "%s is %g: a zero point is an integer", key, given);
        q->zero_point = inctensor_i64(cx, t);
        q->has_zero_point = true;
    }
}

/* A scale or zero point that FX added: false when key is none. */
static bool read_fx_name(inccx *cx, incckpt *c, const char *key, const inctensor *t)
{
    incckpt_fx_name name;
    if (!is_single(t) || !incckpt_fx_name_parse(cx, key, &name))
        return false;
    incmap *into = name.is_input ? c->inputs : c->functions;
    const char *inner = incckpt_without_wrappers(cx, name.scope);
    const char *own = inc_printf(cx, "%s#%s", incckpt_flat(cx, name.scope), name.number);
    const char *wrapped = inc_printf(cx, "%s#%s", incckpt_flat(cx, inner), name.number);
    incckpt_qparams *q = incmap_get_str(into, own);
    if (!q) {
        q = INC_NEW(cx, incckpt_qparams);
        incmap_set_str(cx, into, own, q);
        if (*inner && !incmap_has_str(into, wrapped))
            incmap_set_str(cx, into, wrapped, q);
    }
    set_qparams(cx, q, key, t, name.is_scale);
    return true;
}

static void read_packed_linear(inccx *cx, incckpt *c, const char *key, const incpkl_value *v)
{
    incckpt_module *m = module_of(cx, c, key, "._packed_params._packed_params");
    if (v->kind != INCPKL_TUPLE || v->as.items.n != 2 || !tensor_of(v->as.items.items[0]))
        inc_raise(cx, INC_E_FORMAT, "%s is %s, not a weight and a bias", key,
                  incpkl_describe(cx, v));
    m->weight = tensor_of(v->as.items.items[0]);
    m->bias = tensor_of(v->as.items.items[1]);
}

static void set_plain(inccx *cx, incckpt *c, const char *key, const inctensor *t)
{
    const char *inner = incckpt_without_wrappers(cx, key);
    incmap_set_str(cx, c->plain, key, (void *)(uintptr_t)t);
    if (*inner && !incmap_has_str(c->plain, inner))
        incmap_set_str(cx, c->plain, inner, (void *)(uintptr_t)t);
}

/* "layer_0_packed_weight_1": weights of the second function with weights that is called in layer.0.
 */
static bool read_function(inccx *cx, incckpt *c, const char *key, const incpkl_value *v)
{
    static const char middle[] = "_packed_weight_";
    const char *at = strstr(key, middle);
    const char *number = at ? at + strlen(middle) : "";
    if (!*number || number[strspn(number, "0123456789")] || v->kind != INCPKL_OBJECT)
        return false;
    const incop_packed *p = incfe_unpack(cx, v->as.object);
    if (!p || (p->kind != INCOP_PACKED_CONV && p->kind != INCOP_PACKED_LINEAR))
        return false;
    incckpt_module *m = INC_NEW(cx, incckpt_module);
    m->name = key;
    m->weight = p->weight;
    m->bias = p->bias;
    m->has_bias_entry = true;
    incmap_set_str(cx, c->packed, inc_printf(cx, "%.*s#%s", (int)(at - key), key, number), m);
    return true;
}

/* key: without what DataParallel put before it. */
static void read_entry(inccx *cx, incckpt *c, const char *key, const incarc_state_entry *e)
{
    const incpkl_value *v = e->value;
    const inctensor *t = e->tensor;
    if (incstr_ends(key, ".bias") && (t || v->kind == INCPKL_NONE))
        module_of(cx, c, key, ".bias")->has_bias_entry = true;
    if (incstr_ends(key, "._packed_params._packed_params")) {
        read_packed_linear(cx, c, key, v);
    } else if (incckpt_read_layer(cx, c, key, v) || read_function(cx, c, key, v) || !t ||
               read_fx_name(cx, c, key, t)) {
        return;
    } else if (incstr_ends(key, "._packed_params._packed_weight")) {
        module_of(cx, c, key, "._packed_params._packed_weight")->weight = t;
    } else if (incstr_ends(key, ".weight")) {
        module_of(cx, c, key, ".weight")->weight = t;
    } else if (incstr_ends(key, ".bias")) {
        incckpt_module *m = module_of(cx, c, key, ".bias");
        m->bias = m->bias ? m->bias : t;
    } else if (incstr_ends(key, ".scale") && is_single(t)) {
        set_qparams(cx, &module_of(cx, c, key, ".scale")->output, key, t, true);
    } else if (incstr_ends(key, ".zero_point") && is_single(t)) {
        set_qparams(cx, &module_of(cx, c, key, ".zero_point")->output, key, t, false);
    }
    if (t && !t->q)
        set_plain(cx, c, key, t);
}

static bool is_placeholder(const incckpt_qparams *q)
{
    return q->scale == 1 && q->zero_point == 0;
}

/* A dynamically quantized model has weights only; its scales of 1 are placeholders. */
static bool has_only_weights(const incckpt *c)
{
    if (incmap_count(c->inputs) || incmap_count(c->functions))
        return false;
    for (const incmap_entry *e = incmap_first(c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->output.has_scale && !is_placeholder(&m->output))
            return false;
    }
    return true;
}

static bool any_quantized(const incckpt *c)
{
    if (incmap_count(c->layers) || incmap_count(c->packed))
        return true;
    for (const incmap_entry *e = incmap_first(c->modules); e; e = incmap_next(e)) {
        if (incckpt_is_weighted(incmap_value(e)))
            return true;
    }
    return false;
}

/* Once all keys are known. Without names of FX, a scale of a module that has nothing else is that
 * of one that quantizes what it is given. */
static void sort_modules(inccx *cx, incckpt *c)
{
    c->is_eager = incmap_count(c->inputs) == 0 && incmap_count(c->functions) == 0;
    for (const incmap_entry *e = incmap_first(c->modules); e; e = incmap_next(e)) {
        incckpt_module *m = incmap_value(e);
        const char *inner = incckpt_without_wrappers(cx, m->name);
        /* some of a model may be dynamic, too */
        m->is_dynamic = c->is_dynamic || (incckpt_is_weighted(m) && m->output.has_scale &&
                                          is_placeholder(&m->output));
        m->is_alone = !c->is_eager && incmap_get_str(c->wrapped, inner) == m;
        if (c->is_eager && m->output.has_scale && m->output.is_stub && !m->weight)
            INC_PUSH(cx, &c->stubs, m);
    }
}

/* What other kinds of quantization leave instead of a weight, or beside it. */
static void refuse_others(inccx *cx, const char *key)
{
    static const char *const endings[] = {".qweight", ".packed_weight", ".qzeros", ".packed_zp"};
    if (incstr_ends(key, ".weight_qscheme"))
        inc_raise_hint(cx, INC_E_UNSUPPORTED,
                       "quantize that layer like those around it, or leave it in float",
                       "the checkpoint has %s: layers that quantize their weights when they run "
                       "(reference modules) are not supported",
                       key);
    for (size_t i = 0; i < INC_COUNT(endings); i++)
        if (incstr_ends(key, endings[i]))
            inc_raise_hint(cx, INC_E_UNSUPPORTED, "quantize the model statically or dynamically",
                           "the checkpoint has %s: weight-only quantization is not supported", key);
}

static const char prefix[] = "module.";
static const char noted_config[] = "best_configure"; /* Neural Compressor's own entry */

static bool any_parameter_begins(const incir_graph *g, const char *start)
{
    for (const incir_node *n = g ? g->main->first : NULL; n; n = n->next)
        for (size_t i = 0; i < n->n_inputs; i++) {
            const incir_value *v = n->inputs[i];
            if (v && v->is_parameter && v->name && incstr_starts(v->name, start))
                return true;
        }
    return false;
}

/* DataParallel puts the model into a module of that name; the FP32 model is mostly saved without.
 */
static bool is_parallel(const incarc_state_dict *d, const incir_graph *g)
{
    bool any = false;
    for (size_t i = 0; i < d->entries.n; i++) {
        const char *key = d->entries.items[i].key;
        if (strcmp(key, noted_config) == 0)
            continue;
        if (!incstr_starts(key, prefix))
            return false;
        any = true;
    }
    return any && !any_parameter_begins(g, prefix);
}

static void read_entries(inccx *cx, incckpt *c, const incarc_state_dict *d, const incir_graph *g)
{
    size_t skipped = is_parallel(d, g) ? strlen(prefix) : 0;
    for (size_t i = 0; i < d->entries.n; i++) {
        const incarc_state_entry *e = &d->entries.items[i];
        if (strcmp(e->key, noted_config) == 0)
            continue;
        refuse_others(cx, e->key);
        read_entry(cx, c, e->key + skipped, e);
    }
}

static incarc_state_dict *read_state_dict(inccx *cx, incarc *archive)
{
    const char *key;
    const incpkl_value *root = incarc_state_dict_in(incarc_root(cx, archive), &key);
    if (root->kind != INCPKL_DICT)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "save the state_dict() of the quantized model",
                       "the checkpoint holds %s, not a state_dict", incpkl_describe(cx, root));
    incarc_state_dict *d = incarc_state_dict_new(cx);
    incarc_state_dict_add_names(d, root->as.dict);
    incarc_state_dict_end(d);
    return d;
}

incckpt *incckpt_read(inccx *cx, incarc *archive, const incfile *config, const incir_graph *g)
{
    incarc_state_dict *d = read_state_dict(cx, archive);
    incckpt *c = INC_NEW(cx, incckpt);
    c->modules = incmap_new(cx);
    c->wrapped = incmap_new(cx);
    c->inputs = incmap_new(cx);
    c->functions = incmap_new(cx);
    c->plain = incmap_new(cx);
    c->layers = incmap_new(cx);
    c->packed = incmap_new(cx);
    c->float_modules = incmap_new(cx);
    read_entries(cx, c, d, g);
    const incarc_state_entry *noted = incarc_state_dict_find(d, noted_config);
    c->is_dynamic = has_only_weights(c);
    if (config)
        incckpt_use_config(cx, c, incckpt_read_yaml(cx, config));
    else if (noted)
        incckpt_use_config(cx, c, noted->value);
    if (!any_quantized(c))
        inc_raise_hint(cx, INC_E_ARGUMENT, "pass the checkpoint that the quantization saved",
                       "the checkpoint has no quantized weight");
    sort_modules(cx, c);
    return c;
}
