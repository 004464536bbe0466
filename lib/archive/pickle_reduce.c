/* SPDX-License-Identifier: Apache-2.0 */
/* What a global and its arguments make: containers, devices, objects of the model's classes.
 * Tensors are made in pickle_tensor.c. */
#include <string.h>

#include "archive/internal.h"
#include "base/str.h"

/* Values are the machine's own, and change, while it runs. */
static incpkl_value *own(const incpkl_value *v)
{
    return (incpkl_value *)(uintptr_t)v;
}

static void check_count(const incpkl_machine *m, const incpkl_global *f, const incpkl_items *args,
                        size_t least, size_t most)
{
    if (args->n < least || args->n > most)
        incpkl_fail(m, "%s with %zu arguments was found, where %zu to %zu were expected",
                    f->shown.full, args->n, least, most);
}

static incpkl_value *argument(const incpkl_machine *m, const incpkl_global *f,
                              const incpkl_items *args, size_t i, incpkl_kind kind)
{
    const incpkl_value *v = args->items[i];
    if (v->kind != kind)
        incpkl_fail(m, "%s was found as argument %zu of %s, where a %s was expected",
                    incpkl_describe(m->cx, v), i + 1, f->shown.full, incpkl_kind_name(kind));
    return own(v);
}

static incpkl_value *new_object(incpkl_machine *m, incpkl_kind kind, const incpkl_global *of,
                                const incpkl_value *args, const incpkl_value *state)
{
    incpkl_value *v = incpkl_new(m, kind);
    v->as.object = INC_NEW(m->cx, incpkl_object);
    *v->as.object = (incpkl_object){&of->shown, args, state};
    return v;
}

static void copy_pairs(incpkl_machine *m, incpkl_value *to, const incpkl_dict *from)
{
    for (size_t i = 0; i < from->n; i++)
        incpkl_set_item(m, to, own(from->pairs[i].key), own(from->pairs[i].value));
}

static void copy_items(incpkl_machine *m, incpkl_value *to, const incpkl_items *from)
{
    for (size_t i = 0; i < from->n; i++) {
        incpkl_value *item = own(from->items[i]);
        incpkl_append(m, to, &item, 1);
    }
}

static const char **type_of(incpkl_value *v)
{
    return v->kind == INCPKL_DICT ? &v->as.dict->type : &v->as.items.type;
}

/* The same list or dict with its type. Only where it has another one already is it copied. */
static incpkl_value *with_type(incpkl_machine *m, incpkl_value *v, const char *type)
{
    if (*type_of(v) && strcmp(*type_of(v), type) != 0) {
        incpkl_value *copy =
            v->kind == INCPKL_DICT ? incpkl_new_dict(m) : incpkl_new(m, INCPKL_LIST);
        if (v->kind == INCPKL_DICT)
            copy_pairs(m, copy, v->as.dict);
        else
            copy_items(m, copy, &v->as.items);
        v = copy;
    }
    *type_of(v) = type;
    return v;
}

static incpkl_value *tag_type(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    check_count(m, f, args, 2, 2);
    const incpkl_value *type = argument(m, f, args, 1, INCPKL_STRING);
    incpkl_kind kind = args->items[0]->kind == INCPKL_DICT ? INCPKL_DICT : INCPKL_LIST;
    return with_type(m, argument(m, f, args, 0, kind), type->as.text.bytes);
}

static void set_pair(incpkl_machine *m, incpkl_value *dict, const incpkl_value *pair)
{
    if ((pair->kind != INCPKL_TUPLE && pair->kind != INCPKL_LIST) || pair->as.items.n != 2)
        incpkl_fail(m, "%s was found where a pair was expected", incpkl_describe(m->cx, pair));
    incpkl_set_item(m, dict, own(pair->as.items.items[0]), own(pair->as.items.items[1]));
}

static incpkl_value *make_dict(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    check_count(m, f, args, 0, 1);
    incpkl_value *dict = incpkl_new_dict(m);
    if (args->n == 0)
        return dict;
    if (args->items[0]->kind == INCPKL_DICT) {
        copy_pairs(m, dict, args->items[0]->as.dict);
        return dict;
    }
    const incpkl_items *pairs = &argument(m, f, args, 0, INCPKL_LIST)->as.items;
    for (size_t i = 0; i < pairs->n; i++)
        set_pair(m, dict, pairs->items[i]);
    return dict;
}

static incpkl_value *make_set(incpkl_machine *m, const incpkl_global *f, const incpkl_items *args)
{
    check_count(m, f, args, 0, 1);
    incpkl_value *set = incpkl_new(m, INCPKL_SET);
    if (args->n)
        copy_items(m, set, &argument(m, f, args, 0, INCPKL_LIST)->as.items);
    return set;
}

static incpkl_value *make_complex(incpkl_machine *m, const incpkl_global *f,
                                  const incpkl_items *args)
{
    check_count(m, f, args, 2, 2);
    argument(m, f, args, 0, INCPKL_FLOAT);
    argument(m, f, args, 1, INCPKL_FLOAT);
    incpkl_value *v = incpkl_new(m, INCPKL_COMPLEX);
    v->as.items = *args;
    return v;
}

static incpkl_value *make_device(incpkl_machine *m, const incpkl_global *f,
                                 const incpkl_items *args)
{
    check_count(m, f, args, 1, 2);
    const incpkl_text *type = &argument(m, f, args, 0, INCPKL_STRING)->as.text;
    const char *text = type->bytes;
    if (args->n == 2)
        text = inc_printf(m->cx, "%s:%lld", text,
                          (long long)argument(m, f, args, 1, INCPKL_INT)->as.integer);
    return incpkl_new_text(m, INCPKL_DEVICE, text, strlen(text));
}

/* Protocol 2 has no bytes: Python writes them as text of the first 256 code points. */
static incpkl_value *decode_bytes(incpkl_machine *m, const incpkl_global *f,
                                  const incpkl_items *args)
{
    check_count(m, f, args, 2, 2);
    const incpkl_text *text = &argument(m, f, args, 0, INCPKL_STRING)->as.text;
    const incpkl_value *codec = argument(m, f, args, 1, INCPKL_STRING);
    if (!incpkl_is_string(codec, "latin1") && !incpkl_is_string(codec, "latin-1"))
        incpkl_fail(m, "bytes in an encoding other than latin1 were found");
    char *bytes = inc_alloc(m->cx, text->n);
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++) {
        uint8_t c = (uint8_t)text->bytes[i];
        if (c >= 0x80) {
            uint8_t next = i + 1 < text->n ? (uint8_t)text->bytes[i + 1] : 0;
            if ((c != 0xc2 && c != 0xc3) || (next & 0xc0) != 0x80)
                incpkl_fail(m, "text that is no latin1 was found where bytes were expected");
            c = (uint8_t)(c << 6 | (next & 0x3f));
            i++;
        }
        bytes[n++] = (char)c;
    }
    return incpkl_new_text(m, INCPKL_BYTES, bytes, n);
}

static incpkl_value *call(incpkl_machine *m, const incpkl_global *f, incpkl_value *value)
{
    const incpkl_items *args = &value->as.items;
    switch (f->role) {
    case INCPKL_ROLE_TENSOR:
    case INCPKL_ROLE_TENSOR_V2:
    case INCPKL_ROLE_TENSOR_V3:
    case INCPKL_ROLE_QTENSOR:
    case INCPKL_ROLE_PARAMETER:
    case INCPKL_ROLE_META_TENSOR:
    case INCPKL_ROLE_FROM_TYPE:
        return incpkl_rebuild_tensor(m, f, args);
    case INCPKL_ROLE_TYPED_LIST:
        check_count(m, f, args, 1, 1);
        return with_type(m, argument(m, f, args, 0, INCPKL_LIST), f->type);
    case INCPKL_ROLE_TYPE_TAG:
        return tag_type(m, f, args);
    case INCPKL_ROLE_DICT:
        return make_dict(m, f, args);
    case INCPKL_ROLE_DEFAULT_DICT:
        check_count(m, f, args, 0, 1);
        return incpkl_new_dict(m);
    case INCPKL_ROLE_SET:
        return make_set(m, f, args);
    case INCPKL_ROLE_COMPLEX:
        return make_complex(m, f, args);
    case INCPKL_ROLE_SIZE:
        check_count(m, f, args, 1, 1);
        return argument(m, f, args, 0, INCPKL_TUPLE);
    case INCPKL_ROLE_DEVICE:
        return make_device(m, f, args);
    case INCPKL_ROLE_ENCODE:
        return decode_bytes(m, f, args);
    case INCPKL_ROLE_CARRIED:
        return new_object(m, INCPKL_OPAQUE, f, value, NULL);
    default:
        incpkl_fail(m, "a call of %s was found, which is not called in models", f->shown.full);
    }
}

incpkl_value *incpkl_reduce(incpkl_machine *m, incpkl_value *callable, incpkl_value *args)
{
    const incpkl_global *f = incpkl_global_of(callable);
    if (!f)
        incpkl_fail(m, "%s was found where a class or function was expected",
                    incpkl_describe(m->cx, callable));
    /* The C++ pickler writes a member of an enumeration as its class called with the bare value. */
    if (f->role == INCPKL_ROLE_CLASS)
        return args->kind == INCPKL_TUPLE ? new_object(m, INCPKL_OBJECT, f, NULL, args)
                                          : new_object(m, INCPKL_ENUM, f, NULL, args);
    if (args->kind != INCPKL_TUPLE)
        incpkl_fail(m, "%s was found where the arguments of %s were expected",
                    incpkl_describe(m->cx, args), f->shown.full);
    return call(m, f, args);
}

incpkl_value *incpkl_new_object(incpkl_machine *m, incpkl_value *of, incpkl_value *args)
{
    const incpkl_global *f = incpkl_global_of(of);
    if (!f || args->kind != INCPKL_TUPLE)
        incpkl_fail(m, "%s and %s were found where a class and its arguments were expected",
                    incpkl_describe(m->cx, of), incpkl_describe(m->cx, args));
    if (f->role == INCPKL_ROLE_CLASS)
        return new_object(m, INCPKL_OBJECT, f, args, NULL);
    return call(m, f, args);
}

void incpkl_build(incpkl_machine *m, incpkl_value *object, incpkl_value *state)
{
    switch (object->kind) {
    case INCPKL_OBJECT:
    case INCPKL_OPAQUE:
        if (object->as.object->state)
            incpkl_fail(m, "the state of %s is set twice", incpkl_describe(m->cx, object));
        object->as.object->state = state;
        break;
    case INCPKL_DICT: /* the attributes of an OrderedDict: a state_dict's _metadata */
        object->as.dict->extra = state;
        break;
    default:
        incpkl_fail(m, "%s was found where an object was expected", incpkl_describe(m->cx, object));
    }
}
