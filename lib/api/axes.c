/* SPDX-License-Identifier: Apache-2.0 */
/* Dynamic axes from JSON, in the forms that torch.onnx.export takes. In: the caller's text. Out: a
 * set with a context of its own, or an error with line and column. */
#include <string.h>

#include "api/internal.h"
#include "base/json.h"
#include "base/str.h"
#include "base/vec.h"

struct inc_dynamic_axes {
    inccx *cx;
    INC_VEC(inc_dynamic_axis) axes;
};

typedef struct reading {
    const char *text;
    inc_dynamic_axes *set;
} reading;

static const char form[] = "write {\"input\": {\"0\": \"batch\"}} or {\"input\": [0]}";

static void refuse_value(inccx *cx, const char *name, const incjson *value) INC_NORETURN;
static void refuse_value(inccx *cx, const char *name, const incjson *value)
{
    inc_raise_hint(
        cx, INC_E_ARGUMENT, form,
        "dynamic_axes: the axes of \"%s\" are %s; they may be an array of numbers, or an "
        "object of numbers and names",
        incstr_shown(cx, name, strlen(name), 80), incjson_kind_name(value));
}

static void add_axis(inccx *cx, inc_dynamic_axes *set, const char *name, int64_t axis,
                     const incjson *symbol)
{
    inc_dynamic_axis item = {.name = name, .axis = axis};
    if (symbol && symbol->kind == INCJSON_STRING)
        item.symbol = symbol->as.text;
    else if (symbol && symbol->kind != INCJSON_NULL)
        inc_raise_hint(cx, INC_E_ARGUMENT, form,
                       "dynamic_axes: the name of axis %lld of \"%s\" is %s; it may be a string",
                       (long long)axis, incstr_shown(cx, name, strlen(name), 80),
                       incjson_kind_name(symbol));
    INC_PUSH(cx, &set->axes, item);
}

static void add_named_axes(inccx *cx, inc_dynamic_axes *set, const char *name,
                           const incjson *object)
{
    for (uint32_t i = 0; i < object->n; i++) {
        const incjson_member *m = &object->as.members[i];
        int64_t axis;
        if (!incstr_int(m->key, strlen(m->key), &axis))
            inc_raise_hint(cx, INC_E_ARGUMENT, form,
                           "dynamic_axes: an axis of \"%s\" is \"%s\"; it may be a number",
                           incstr_shown(cx, name, strlen(name), 80),
                           incstr_shown(cx, m->key, strlen(m->key), 80));
        add_axis(cx, set, name, axis, &m->value);
    }
}

static void add_listed_axes(inccx *cx, inc_dynamic_axes *set, const char *name,
                            const incjson *array)
{
    for (uint32_t i = 0; i < array->n; i++) {
        if (array->as.items[i].kind != INCJSON_INT)
            refuse_value(cx, name, &array->as.items[i]);
        add_axis(cx, set, name, array->as.items[i].as.integer, NULL);
    }
}

static void read_axes(inccx *cx, void *data)
{
    reading *r = data;
    inc_dynamic_axes *set = INC_NEW(cx, inc_dynamic_axes);
    const incjson *all =
        incjson_parse(cx, r->text, strlen(r->text), "dynamic_axes", INC_E_ARGUMENT);

    if (all->kind != INCJSON_OBJECT)
        inc_raise_hint(cx, INC_E_ARGUMENT, form,
                       "dynamic_axes is %s; it may be an object of names and axes",
                       incjson_kind_name(all));
    for (uint32_t i = 0; i < all->n; i++) {
        const incjson_member *m = &all->as.members[i];
        if (m->value.kind == INCJSON_OBJECT)
            add_named_axes(cx, set, m->key, &m->value);
        else if (m->value.kind == INCJSON_ARRAY)
            add_listed_axes(cx, set, m->key, &m->value);
        else
            refuse_value(cx, m->key, &m->value);
    }
    set->cx = cx;
    r->set = set;
}

inc_status inc_dynamic_axes_parse(const char *json, const inc_allocator *allocator,
                                  inc_dynamic_axes **axes, inc_error **error)
{
    inc_hooks hooks;
    reading r = {.text = json};

    if (!json || !axes)
        return incapi_refuse(error, INC_E_ARGUMENT, json ? "axes is NULL" : "json is NULL");
    if (!incapi_allocator(allocator, &hooks))
        return incapi_refuse(error, INC_E_ABI, INCAPI_BAD_ALLOCATOR);
    inccx *cx = incapi_context(&hooks, error);
    if (!cx)
        return INC_E_MEMORY;
    inc_status status = incapi_call_in(cx, error, read_axes, &r);
    if (status == INC_OK)
        *axes = r.set;
    else
        inccx_free(cx);
    return status;
}

size_t inc_dynamic_axes_count(const inc_dynamic_axes *axes)
{
    return axes ? axes->axes.n : 0;
}

const inc_dynamic_axis *inc_dynamic_axes_items(const inc_dynamic_axes *axes)
{
    return axes ? axes->axes.items : NULL;
}

void inc_dynamic_axes_free(inc_dynamic_axes *axes)
{
    if (axes)
        inccx_free(axes->cx);
}
