/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: what data.pkl and CONSTANTS hold, as the evaluator uses it.
 *
 * A module's path is how it is reached from the model, the first way in order of declaration; its
 * tensors are named after it, which gives the keys of the state_dict. An object of the pickle is
 * one object here, however often it is referred to. */
#include <string.h>

#include "base/str.h"
#include "frontend/packed.h"
#include "frontend/torchscript/eval.h"
#include "ir/quant.h"
#include "ops/call/block.h"
#include "ops/call/packed.h"

incts_object *incts_object_new(incts_interp *in, const incts_class *of, const char *class_name)
{
    incts_object *o = INC_NEW(in->cx, incts_object);
    o->of = of;
    o->class_name = class_name;
    o->attributes = incmap_new(in->cx);
    o->born = inc_stamp(in->cx);
    return o;
}

static void put(incts_interp *in, incts_object *o, const char *name, incval value)
{
    incmap_set_str(in->cx, o->attributes, name, inc_copy(in->cx, &value, sizeof value));
}

static const char *below(incts_interp *in, const char *path, const char *name)
{
    if (!path)
        return NULL;
    name = incstr_safe(in->cx, name); /* it becomes a name of the result, which is UTF-8 */
    return path[0] ? inc_printf(in->cx, "%s.%s", path, name) : inc_strdup(in->cx, name);
}

static incts_object *object_from(incts_interp *in, const incpkl_value *value, const char *path)
{
    incts_object *o = incmap_get(in->objects, &value, sizeof value, NULL);
    if (o)
        return o;
    const incpkl_object *pickled = value->as.object;
    o = incts_object_new(in, incts_class_named(in, pickled->of->full), pickled->of->full);
    o->path = path;
    incmap_set(in->cx, in->objects, &value, sizeof value, o);
    bool restores = o->of && incts_find_method(o->of, "__setstate__");
    if (!o->of || restores || !pickled->state || pickled->state->kind != INCPKL_DICT) {
        o->state = pickled->state;
        return o;
    }
    const incpkl_dict *dict = pickled->state->as.dict;
    for (size_t i = 0; i < dict->n; i++) {
        const incpkl_value *key = dict->pairs[i].key;
        if (key->kind != INCPKL_STRING)
            inc_raise(in->cx, INC_E_FORMAT, "an attribute of %s has %s as name", pickled->of->full,
                      incpkl_describe(in->cx, key));
        const char *name = key->as.text.bytes;
        put(in, o, name, incts_from_pickle(in, dict->pairs[i].value, below(in, path, name)));
    }
    return o;
}

/* A quantized tensor of the file: its integers, and what they stand for. */
static incop_box *quantized_box(incts_interp *in, const inctensor *t, const char *path)
{
    incir_value *v = incir_quantized_weight(in->g, t, path);
    return incop_box_quantized(in->cx, v, incir_quant_of(v));
}

static incval tensor_from(incts_interp *in, const incpkl_value *value, const char *path)
{
    incop_box *box = incmap_get(in->tensors, &value, sizeof value, NULL);
    if (!box) {
        const inctensor *t = value->as.tensor->tensor;
        box = t->q ? quantized_box(in, t, path) : incts_state_tensor(in, t, path);
        incmap_set(in->cx, in->tensors, &value, sizeof value, box);
    }
    return incval_tensor(box);
}

/* "fc._packed_params._packed_params" belongs to the module fc. */
static void name_packed(incts_interp *in, incop_packed *packed, const char *path)
{
    static const char *const layers[] = {"._packed_params", "._packed_weight", "._packed_params"};
    if (!path || packed->name)
        return;
    char *name = inc_strdup(in->cx, path);
    for (size_t i = 0; i < INC_COUNT(layers); i++)
        if (incstr_ends(name, layers[i]))
            name[strlen(name) - strlen(layers[i])] = '\0';
    packed->name = name;
}

static incval items_from(incts_interp *in, const incpkl_value *value, const char *path)
{
    incval list = incval_list_new(in->cx, value->kind == INCPKL_TUPLE ? INCVAL_TUPLE : INCVAL_LIST);
    for (size_t i = 0; i < value->as.items.n; i++) {
        const char *item = path ? inc_printf(in->cx, "%s.%zu", path, i) : NULL;
        incval v = incts_from_pickle(in, value->as.items.items[i], item);
        INC_PUSH(in->cx, &list.u.list->v, v);
    }
    incts_state_collection(in, list, path);
    return list;
}

incval incts_from_pickle(incts_interp *in, const incpkl_value *value, const char *path)
{
    incval number;
    if (incts_state_number(in, value, path, &number))
        return number;
    switch (value->kind) {
    case INCPKL_NONE:
        return incts_state_none(in, path);
    case INCPKL_BOOL:
        return incval_bool(value->as.boolean);
    case INCPKL_INT:
        return incval_int(incsym_int(in->g->syms, value->as.integer));
    case INCPKL_FLOAT:
        return incval_float(value->as.real);
    case INCPKL_COMPLEX: {
        double parts[2] = {value->as.items.items[0]->as.real, value->as.items.items[1]->as.real};
        incval v = {.kind = INCVAL_COMPLEX};
        v.u.complex = inc_copy(in->cx, parts, sizeof parts);
        return v;
    }
    case INCPKL_STRING:
        return incval_str(value->as.text.bytes);
    case INCPKL_DEVICE:
        return incval_device(value->as.text.bytes);
    case INCPKL_DTYPE:
        return incval_int(incsym_int(in->g->syms, (int64_t)value->as.dtype));
    case INCPKL_TUPLE:
    case INCPKL_LIST:
        return items_from(in, value, path);
    case INCPKL_DICT: {
        incval dict = incval_dict_new(in->cx);
        for (size_t i = 0; i < value->as.dict->n; i++) {
            const incpkl_pair *pair = &value->as.dict->pairs[i];
            const char *item = path && pair->key->kind == INCPKL_STRING
                                   ? below(in, path, pair->key->as.text.bytes)
                                   : NULL;
            incval member = incts_from_pickle(in, pair->value, item);
            incval_dict_set(in->cx, dict.u.dict, incts_from_pickle(in, pair->key, NULL), member);
        }
        incts_state_collection(in, dict, path);
        return dict;
    }
    case INCPKL_TENSOR:
        return tensor_from(in, value, path);
    case INCPKL_OBJECT: {
        incop_packed *packed = incfe_unpack(in->cx, value->as.object);
        if (packed) {
            name_packed(in, packed, path);
            return incval_packed(packed);
        }
        return incval_object(object_from(in, value, path));
    }
    case INCPKL_ENUM: {
        const char *name = value->as.object->of->full;
        const incts_class *of = incts_class_named(in, name);
        if (!of)
            inc_raise(in->cx, INC_E_FORMAT, "the code has no class %s", name);
        incval state = incts_from_pickle(in, value->as.object->state, NULL);
        return incts_enum_member(in, of, name, NULL, &state);
    }
    default:
        inc_raise(in->cx, INC_E_UNSUPPORTED, "an attribute%s%s is %s", path ? " " : "",
                  path ? path : "", incpkl_describe(in->cx, value));
    }
}

incts_object *incts_root(incts_interp *in)
{
    const incpkl_value *root = incarc_root(in->cx, in->archive);
    if (root->kind != INCPKL_OBJECT)
        inc_raise(in->cx, INC_E_FORMAT, "data.pkl holds %s, not a module",
                  incpkl_describe(in->cx, root));
    return object_from(in, root, "");
}

incval incts_constant(incts_interp *in, const char *name)
{
    const incval *made = incmap_get_str(in->constant_cache, name);
    if (made)
        return *made;
    const incpkl_value *all = incarc_constants(in->cx, in->archive);
    int64_t number;
    if (name[0] != 'c' || !incstr_int(name + 1, strlen(name + 1), &number) || number < 0 ||
        (uint64_t)number >= all->as.items.n)
        inc_raise(in->cx, INC_E_FORMAT, "the archive has no CONSTANTS.%s", name);
    const incpkl_value *value = all->as.items.items[number];
    incval v = incts_from_pickle(in, value, NULL);
    if (v.kind == INCVAL_TENSOR && !value->as.tensor->tensor->q) {
        /* A 0-d int64 or float64 was a Python number before it was traced, and promotes like one.
         */
        incir_value *c = incop_box_read(in->g, v.u.t);
        c->is_number = c->rank == 0 && (c->dtype == INCDT_I64 || c->dtype == INCDT_F64);
    }
    incmap_set_str(in->cx, in->constant_cache, name, inc_copy(in->cx, &v, sizeof v));
    return v;
}

/* Runs __setstate__ of an object that restores itself, once. */
static void restore(incts_interp *in, incts_object *o)
{
    const incpkl_value *state = o->state;
    if (!state)
        return;
    o->state = NULL;
    if (!o->of)
        inc_raise_hint(in->cx, INC_E_UNSUPPORTED,
                       "export the FP32 model, before it was quantized or packed",
                       "objects of the C++ class %s are not supported", o->class_name);
    const incts_function *method = incts_find_method(o->of, "__setstate__");
    if (!method)
        inc_raise(in->cx, INC_E_FORMAT, "an object of %s has no attributes", o->class_name);
    /* What it sets is there from the start, whatever block is being filled. */
    struct incop_block *open = in->g->open;
    incir_block *block = in->g->block;
    in->g->open = NULL;
    in->g->block = in->g->main;
    incval args[2] = {incval_object(o), incts_from_pickle(in, state, NULL)};
    bool outer = in->restoring;
    in->restoring = true;
    incts_call_function(in, method, NULL, args, 2, NULL, 0);
    in->restoring = outer;
    in->g->open = open;
    in->g->block = block;
}

bool incts_find_object_attribute(incts_interp *in, incts_object *o, const char *name, incval *value)
{
    restore(in, o);
    const incval *found = incmap_get_str(o->attributes, name);
    if (found) {
        *value = *found;
        incts_state_read(in, o, name, *found);
        return true;
    }
    const incts_attribute *declared = o->of ? incts_find_attribute(o->of, name) : NULL;
    if (declared && declared->value && declared->is_constant) {
        incts_frame frame = {.locals = incmap_new(in->cx), .born = inc_stamp(in->cx)};
        *value = incts_coerce(in, incts_eval(in, &frame, declared->value), declared->type);
        put(in, o, name, *value);
        return true;
    }
    return false;
}

incval incts_get_attribute(incts_interp *in, incts_object *o, const char *name)
{
    incval value;
    if (!incts_find_object_attribute(in, o, name, &value))
        inc_raise(in->cx, INC_E_FORMAT, "%s has no attribute %s", o->class_name,
                  incstr_shown(in->cx, name, strlen(name), 100));
    return value;
}

void incts_set_attribute(incts_interp *in, incts_object *o, const char *name, incval value)
{
    if (value.kind == INCVAL_PACKED)
        name_packed(in, value.u.packed, below(in, o->path, name));
    if (!in->restoring)
        incts_state_set(in, o, name);
    incop_record_slot(in->g, o->attributes, o->born, name);
    put(in, o, name, value);
}

incval incts_enum_member(incts_interp *in, const incts_class *of, const char *class_name,
                         const char *name, const incval *value)
{
    incts_frame frame = {.locals = incmap_new(in->cx), .born = inc_stamp(in->cx)};
    for (size_t i = 0; i < of->n_attributes; i++) {
        const incts_attribute *member = &of->attributes[i];
        if (!member->value || (name && strcmp(member->name, name) != 0))
            continue;
        incval v = incts_eval(in, &frame, member->value);
        if (!name && !incts_equal(in, v, *value))
            continue;
        incts_object *o = incts_object_new(in, of, class_name);
        o->enum_name = member->name;
        o->enum_value = v;
        return incval_object(o);
    }
    inc_raise(in->cx, INC_E_FORMAT, "the enum %s has no such member%s%s", class_name,
              name ? " as " : "", name ? name : "");
}
