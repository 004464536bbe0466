/* The keys of a quantized state_dict, sorted by what they mean. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/internal.h"
#include "frontend/packed.h"

const char *incckpt_flat(inccx *cx, const char *path)
{
    char *flat = inc_strdup(cx, path);
    for (char *c = flat; *c; c++)
        if (*c == '.')
            *c = '_';
    return flat;
}

/* Neural Compressor wraps modules that it quantizes one by one: "fc.module.weight". */
const char *incckpt_without_wrappers(inccx *cx, const char *path)
{
    incstr s = {0};
    for (const char *at = path; *at;) {
        const char *dot = strchr(at, '.');
        size_t n = dot ? (size_t)(dot - at) : strlen(at);
        if (n != 6 || memcmp(at, "module", 6) != 0) {
            incstr_add(cx, &s, s.n ? "." : "");
            incstr_add_n(cx, &s, at, n);
        }
        at += n + (dot != NULL);
    }
    return incstr_text(&s);
}

static bool has_quantized_weight(const incckpt_module *m)
{
    return m && m->weight && m->weight->q;
}

incckpt_module *incckpt_module_of(inccx *cx, const incckpt *c, const char *name)
{
    incckpt_module *m = incmap_get_str(c->modules, name);
    incckpt_module *wrapped = has_quantized_weight(m) ? NULL : incmap_get_str(c->wrapped, name);
    (void)cx;
    return has_quantized_weight(wrapped) || !m ? wrapped : m;
}

static incckpt_module *module_of(inccx *cx, incckpt *c, const char *key, const char *suffix)
{
    const char *name = inc_strndup(cx, key, strlen(key) - strlen(suffix));
    incckpt_module *m = incmap_get_str(c->modules, name);
    if (m)
        return m;
    m = INC_NEW(cx, incckpt_module);
    m->name = name;
    m->output.key = key;
    incmap_set_str(cx, c->modules, name, m);
    const char *inner = incckpt_without_wrappers(cx, name);
    if (*inner && strcmp(inner, name) != 0 && !incmap_has_str(c->wrapped, inner))
        incmap_set_str(cx, c->wrapped, inner, m);
    return m;
}

static const inctensor *tensor_of(const incpkl_value *v)
{
    return v->kind == INCPKL_TENSOR ? v->as.tensor->tensor : NULL;
}

static bool is_single(const inctensor *t)
{
    return t && t->numel == 1 && !t->q && inctensor_has_data(t);
}

static void set_grid(inccx *cx, incckpt_grid *g, const char *key, const inctensor *t, bool is_scale)
{
    g->key = key;
    g->is_stub = t->rank == 1;
    if (is_scale) {
        g->scale = inctensor_f64(cx, t);
        g->has_scale = true;
    } else {
        g->zero_point = inctensor_i64(cx, t);
        g->has_zero_point = true;
    }
}

/* "conv1_input_scale_0", "_zero_point_2": true when key is one of those. */
static bool read_numbered(inccx *cx, incckpt *c, const char *key, const inctensor *t)
{
    const char *number = key + strlen(key);
    while (number > key && number[-1] >= '0' && number[-1] <= '9')
        number--;
    if (!*number || number == key || number[-1] != '_' || !is_single(t))
        return false;
    char *prefix = inc_strndup(cx, key, (size_t)(number - 1 - key));
    bool is_scale = incstr_ends(prefix, "_scale");
    if (!is_scale && !incstr_ends(prefix, "_zero_point"))
        return false;
    prefix[strlen(prefix) - strlen(is_scale ? "_scale" : "_zero_point")] = '\0';
    incmap *into = c->functions;
    if (incstr_ends(prefix, "_input")) {
        prefix[strlen(prefix) - strlen("_input")] = '\0';
        into = c->inputs;
    }
    if (incstr_ends(prefix, ".")) /* a function of a module that was quantized by itself */
        prefix[strlen(prefix) - 1] = '\0';
    const char *name = inc_printf(cx, "%s#%s", incckpt_flat(cx, prefix), number);
    const char *inner = incckpt_without_wrappers(cx, prefix);
    const char *wrapped = inc_printf(cx, "%s#%s", incckpt_flat(cx, inner), number);
    incckpt_grid *g = incmap_get_str(into, name);
    if (!g) {
        g = INC_NEW(cx, incckpt_grid);
        incmap_set_str(cx, into, name, g);
        if (*inner && !incmap_has_str(into, wrapped))
            incmap_set_str(cx, into, wrapped, g);
    }
    set_grid(cx, g, key, t, is_scale);
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

/* ---- recurrent layers ---- */

static incckpt_layer *layer_of(inccx *cx, incckpt *c, const char *key, const char *name)
{
    incckpt_layer *l = incmap_get_str(c->layers, name);
    if (!l) {
        l = INC_NEW(cx, incckpt_layer);
        l->name = key;
        incmap_set_str(cx, c->layers, name, l);
    }
    return l;
}

static incop_packed *unpack(inccx *cx, const char *key, incop_packed_kind kind,
                            const incpkl_value *v)
{
    incop_packed *p = v->kind == INCPKL_OBJECT ? incfe_unpack(cx, v->as.object) : NULL;
    if (!p || p->kind != kind)
        inc_raise(cx, INC_E_FORMAT, "%s is %s, not weights packed for it", key,
                  incpkl_describe(cx, v));
    return p;
}

/* "lstm._all_weight_values.0.param", or "cell._packed_weight_ih": true when key is one of those. */
static bool read_layer(inccx *cx, incckpt *c, const char *key, const incpkl_value *v)
{
    static const char middle[] = "._all_weight_values.";
    static const char *const of_cells[] = {"._packed_weight_ih", "._packed_weight_hh"};
    const char *at = strstr(key, middle);
    if (at && incstr_ends(key, ".param")) {
        const char *number = at + strlen(middle);
        const char *name =
            inc_printf(cx, "%.*s#%.*s", (int)(at - key), key, (int)strcspn(number, "."), number);
        incckpt_layer *l = layer_of(cx, c, key, incckpt_without_wrappers(cx, name));
        const incop_packed *p = unpack(cx, key, INCOP_PACKED_CELL, v);
        *l = (incckpt_layer){
            .name = key, .weight = {p->w_ih->weight, p->w_hh->weight}, .bias = {p->b_ih, p->b_hh}};
        return true;
    }
    for (size_t i = 0; i < INC_COUNT(of_cells); i++)
        if (incstr_ends(key, of_cells[i])) {
            const char *name =
                inc_printf(cx, "%.*s#", (int)(strlen(key) - strlen(of_cells[i])), key);
            incckpt_layer *l = layer_of(cx, c, key, incckpt_without_wrappers(cx, name));
            const incop_packed *p = unpack(cx, key, INCOP_PACKED_LINEAR, v);
            l->weight[i] = p->weight;
            l->bias[i] = p->bias;
            return true;
        }
    return false;
}

/* "weight_ih_l1_reverse" as kind 0 (1 weight_hh, 2 bias_ih, 3 bias_hh), layer 1, backwards. */
static bool split_parameter(const char *name, size_t *kind, int64_t *layer, bool *is_backwards)
{
    static const char *const kinds[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
    *layer = -1;
    *is_backwards = false;
    for (*kind = 0; *kind < INC_COUNT(kinds); ++*kind)
        if (incstr_starts(name, kinds[*kind]))
            break;
    if (*kind == INC_COUNT(kinds))
        return false;
    name += strlen(kinds[*kind]);
    if (!*name) /* of a cell */
        return true;
    if (!incstr_starts(name, "_l"))
        return false;
    name += 2;
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > 4 || !incstr_int(name, digits, layer))
        return false;
    *is_backwards = strcmp(name + digits, "_reverse") == 0;
    return *is_backwards || !name[digits];
}

incckpt_layer *incckpt_layer_of(inccx *cx, const incckpt *c, const char *key, bool is_two_way,
                                const inctensor **found)
{
    const char *dot = strrchr(key, '.');
    size_t kind;
    int64_t layer;
    bool is_backwards;
    if (!dot || incmap_count(c->layers) == 0 ||
        !split_parameter(dot + 1, &kind, &layer, &is_backwards))
        return NULL;
    const char *name = layer < 0
                           ? inc_printf(cx, "%.*s#", (int)(dot - key), key)
                           : inc_printf(cx, "%.*s#%lld", (int)(dot - key), key,
                                        (long long)(layer * (is_two_way ? 2 : 1) + is_backwards));
    incckpt_layer *l = incmap_get_str(c->layers, name);
    if (l)
        *found = kind < 2 ? l->weight[kind] : l->bias[kind - 2];
    return l && *found ? l : NULL;
}

/* ---- entries ---- */

static void set_plain(inccx *cx, incckpt *c, const char *key, const inctensor *t)
{
    const char *inner = incckpt_without_wrappers(cx, key);
    incmap_set_str(cx, c->plain, key, (void *)(uintptr_t)t);
    if (*inner && !incmap_has_str(c->plain, inner))
        incmap_set_str(cx, c->plain, inner, (void *)(uintptr_t)t);
}

static void read_entry(inccx *cx, incckpt *c, const char *key, const incpkl_value *v)
{
    const inctensor *t = tensor_of(v);
    if (incstr_ends(key, "._packed_params._packed_params")) {
        read_packed_linear(cx, c, key, v);
    } else if (read_layer(cx, c, key, v) || !t || read_numbered(cx, c, key, t)) {
        return;
    } else if (incstr_ends(key, "._packed_params._packed_weight")) {
        module_of(cx, c, key, "._packed_params._packed_weight")->weight = t;
    } else if (incstr_ends(key, ".weight")) {
        module_of(cx, c, key, ".weight")->weight = t;
    } else if (incstr_ends(key, ".bias")) {
        incckpt_module *m = module_of(cx, c, key, ".bias");
        m->bias = m->bias ? m->bias : t;
    } else if (incstr_ends(key, ".scale") && is_single(t)) {
        set_grid(cx, &module_of(cx, c, key, ".scale")->output, key, t, true);
    } else if (incstr_ends(key, ".zero_point") && is_single(t)) {
        set_grid(cx, &module_of(cx, c, key, ".zero_point")->output, key, t, false);
    }
    if (t && !t->q)
        set_plain(cx, c, key, t);
}

static bool is_placeholder(const incckpt_grid *g)
{
    return g->scale == 1 && g->zero_point == 0;
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
    if (incmap_count(c->layers))
        return true;
    for (const incmap_entry *e = incmap_first(c->modules); e; e = incmap_next(e)) {
        const incckpt_module *m = incmap_value(e);
        if (m->weight && m->weight->q)
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
        m->is_dynamic = c->is_dynamic || (has_quantized_weight(m) && m->output.has_scale &&
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

incckpt *incckpt_read(inccx *cx, incarc *archive, const incfile *config)
{
    const incpkl_value *root = incarc_root(cx, archive);
    if (root->kind != INCPKL_DICT)
        inc_raise_hint(cx, INC_E_UNSUPPORTED, "save the state_dict() of the quantized model",
                       "the checkpoint holds %s, not a state_dict", incpkl_describe(cx, root));
    incckpt *c = INC_NEW(cx, incckpt);
    c->modules = incmap_new(cx);
    c->wrapped = incmap_new(cx);
    c->inputs = incmap_new(cx);
    c->functions = incmap_new(cx);
    c->plain = incmap_new(cx);
    c->layers = incmap_new(cx);
    c->float_modules = incmap_new(cx);
    for (size_t i = 0; i < root->as.dict->n; i++) {
        const incpkl_pair *pair = &root->as.dict->pairs[i];
        if (pair->key->kind != INCPKL_STRING)
            continue;
        refuse_others(cx, pair->key->as.text.bytes);
        read_entry(cx, c, pair->key->as.text.bytes, pair->value);
    }
    const incpkl_value *noted = incpkl_get(root, "best_configure");
    c->is_dynamic = has_only_weights(c);
    if (config)
        noted = incckpt_read_yaml(cx, config);
    if (noted)
        incckpt_use_config(cx, c, noted);
    if (!any_quantized(c))
        inc_raise_hint(cx, INC_E_ARGUMENT, "pass the checkpoint that the quantization saved",
                       "the checkpoint has no quantized weight");
    sort_modules(cx, c);
    return c;
}
