/* Looking at values. */
#include <string.h>

#include "archive/internal.h"
#include "base/str.h"

const char *incpkl_kind_name(incpkl_kind kind)
{
    static const char *const names[] = {
        [INCPKL_NONE] = "None",
        [INCPKL_BOOL] = "bool",
        [INCPKL_INT] = "int",
        [INCPKL_BIGINT] = "large int",
        [INCPKL_FLOAT] = "float",
        [INCPKL_COMPLEX] = "complex number",
        [INCPKL_STRING] = "string",
        [INCPKL_BYTES] = "bytes object",
        [INCPKL_TUPLE] = "tuple",
        [INCPKL_LIST] = "list",
        [INCPKL_SET] = "set",
        [INCPKL_DICT] = "dict",
        [INCPKL_TENSOR] = "tensor",
        [INCPKL_STORAGE] = "storage",
        [INCPKL_OBJECT] = "object",
        [INCPKL_ENUM] = "enumeration member",
        [INCPKL_DTYPE] = "dtype",
        [INCPKL_DEVICE] = "device",
        [INCPKL_QSCHEME] = "qscheme",
        [INCPKL_GLOBAL] = "class or function",
        [INCPKL_OPAQUE] = "foreign object",
    };
    return names[kind];
}

const char *incpkl_describe(inccx *cx, const incpkl_value *v)
{
    const char *name = incpkl_kind_name(v->kind);
    const char *class_name =
        v->kind == INCPKL_GLOBAL ? v->as.global->full
        : v->kind == INCPKL_OBJECT || v->kind == INCPKL_ENUM || v->kind == INCPKL_OPAQUE
            ? v->as.object->of->full
            : NULL;
    if (class_name)
        return inc_printf(cx, "%s %s",
                          v->kind == INCPKL_GLOBAL ? "the class or function" : "an object of",
                          incstr_shown(cx, class_name, strlen(class_name), 200));
    if (v->kind == INCPKL_NONE)
        return name;
    return inc_printf(cx, "%s %s", v->kind == INCPKL_INT ? "an" : "a", name);
}

const incpkl_value *incpkl_get(const incpkl_value *value, const char *key)
{
    if (!value || value->kind != INCPKL_DICT)
        return NULL;
    const incpkl_dict *dict = value->as.dict;
    if (dict->by_name) {
        void *found = incmap_get_str(dict->by_name, key);
        return found ? dict->pairs[(uintptr_t)found - 1].value : NULL;
    }
    for (size_t i = 0; i < dict->n; i++)
        if (incpkl_is_string(dict->pairs[i].key, key))
            return dict->pairs[i].value;
    return NULL;
}

const incpkl_value *incpkl_attribute(const incpkl_value *object, const char *name)
{
    if (!object || object->kind != INCPKL_OBJECT)
        return NULL;
    return incpkl_get(object->as.object->state, name);
}

bool incpkl_is_int(const incpkl_value *value, int64_t *number)
{
    if (!value || (value->kind != INCPKL_INT && value->kind != INCPKL_BOOL))
        return false;
    *number = value->kind == INCPKL_INT ? value->as.integer : value->as.boolean;
    return true;
}

bool incpkl_is_number(const incpkl_value *value, double *number)
{
    int64_t integer;
    if (value && value->kind == INCPKL_FLOAT) {
        *number = value->as.real;
        return true;
    }
    if (!incpkl_is_int(value, &integer))
        return false;
    *number = (double)integer;
    return true;
}

bool incpkl_is_string(const incpkl_value *value, const char *text)
{
    return value && value->kind == INCPKL_STRING && value->as.text.n == strlen(text) &&
           memcmp(value->as.text.bytes, text, value->as.text.n) == 0;
}
