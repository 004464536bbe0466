/* SPDX-License-Identifier: Apache-2.0 */
/* Names of types, and types as text. */
#include "frontend/torchscript/types.h"

#include <string.h>

#include "base/str.h"

static const struct {
    const char *name;
    incts_type_kind kind;
} type_names[] = {
    {"Tensor", INCTS_TYPE_TENSOR},
    {"int", INCTS_TYPE_INT},
    {"float", INCTS_TYPE_FLOAT},
    {"bool", INCTS_TYPE_BOOL},
    {"complex", INCTS_TYPE_COMPLEX},
    {"str", INCTS_TYPE_STR},
    {"NoneType", INCTS_TYPE_NONE},
    {"None", INCTS_TYPE_NONE},
    {"number", INCTS_TYPE_NUMBER},
    {"Scalar", INCTS_TYPE_NUMBER},
    {"Any", INCTS_TYPE_ANY},
    {"Device", INCTS_TYPE_DEVICE},
    {"Optional", INCTS_TYPE_OPTIONAL},
    {"List", INCTS_TYPE_LIST},
    {"Dict", INCTS_TYPE_DICT},
    {"Tuple", INCTS_TYPE_TUPLE},
    {"Union", INCTS_TYPE_UNION},
    {"Future", INCTS_TYPE_FUTURE},
    {"Await", INCTS_TYPE_AWAIT},
    {"RRef", INCTS_TYPE_RREF},
    {"torch.Tensor", INCTS_TYPE_TENSOR},
    {"torch.device", INCTS_TYPE_DEVICE},
};

incts_type_kind incts_type_kind_of(const char *name)
{
    for (size_t i = 0; i < INC_COUNT(type_names); i++)
        if (strcmp(name, type_names[i].name) == 0)
            return type_names[i].kind;
    return strchr(name, '.') ? INCTS_TYPE_CLASS : INCTS_TYPE_OTHER;
}

static void add_type(inccx *cx, incstr *s, const incts_type *type)
{
    incstr_add(cx, s, type->name);
    if (type->kind == INCTS_TYPE_TUPLE && type->n_args == 0)
        incstr_add(cx, s, "[()]");
    else if (type->n_args > 0) {
        for (size_t i = 0; i < type->n_args; i++) {
            incstr_add(cx, s, i == 0 ? "[" : ", ");
            add_type(cx, s, type->args[i]);
        }
        incstr_add(cx, s, "]");
    }
}

const char *incts_type_text(inccx *cx, const incts_type *type)
{
    incstr s = {0};
    add_type(cx, &s, type);
    return incstr_text(&s);
}

bool incts_type_equal(const incts_type *a, const incts_type *b)
{
    bool has_own_name = a->kind == INCTS_TYPE_CLASS || a->kind == INCTS_TYPE_OTHER;
    if (a->kind != b->kind || a->n_args != b->n_args)
        return false;
    if (has_own_name && strcmp(a->name, b->name) != 0)
        return false;
    for (size_t i = 0; i < a->n_args; i++)
        if (!incts_type_equal(a->args[i], b->args[i]))
            return false;
    return true;
}
