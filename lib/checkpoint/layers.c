/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of recurrent layers and cells: PyTorch packs them per direction under keys of their own
 * ("lstm._all_weight_values.0.param"), while the FP32 model reads them one by one
 * ("lstm.weight_ih_l0_reverse"). Comes in: keys with their values; goes out: what the checkpoint
 * has for a parameter of the model. */
#include <string.h>

#include "base/str.h"
#include "checkpoint/internal.h"
#include "frontend/packed.h"

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
bool incckpt_read_layer(inccx *cx, incckpt *c, const char *key, const incpkl_value *v)
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
