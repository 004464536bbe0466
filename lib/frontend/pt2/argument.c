/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of nodes, in every form that the schema has, as values for the operator table. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/internal.h"

typedef incval (*reader)(incpt2_walker *w, incpt2_frame *f, const incjson *v);

static incval read_list(incpt2_walker *w, incpt2_frame *f, const incjson *v, reader read)
{
    incval list = incval_list_new(w->cx, INCVAL_LIST);
    if (v->kind != INCJSON_ARRAY)
        inc_raise(w->cx, INC_E_FORMAT, "an argument is %s, where an array was expected",
                  incjson_kind_name(v));
    INC_RESERVE(w->cx, &list.u.list->v, v->n);
    for (uint32_t i = 0; i < v->n; i++)
        INC_PUSH(w->cx, &list.u.list->v, read(w, f, &v->as.items[i]));
    return list;
}

/* ---- one value ---- */

static incval read_none(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)w, (void)f, (void)v;
    return incval_none();
}

static incval read_name(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    return incpt2_lookup(w, f, incpt2_need_text(w->cx, v, "name"));
}

static incval read_int(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return incval_int(incsym_int(w->g->syms, incpt2_int(w->cx, v, "as_int")));
}

static incval read_float(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return incval_float(incpt2_float(w->cx, v, "as_float"));
}

static incval read_bool(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return incval_bool(incpt2_bool(w->cx, v, "as_bool"));
}

static incval read_string(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return incval_str(incpt2_text(w->cx, v, "as_string"));
}

static incval read_complex(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    double *parts = INC_NEW_N(w->cx, double, 2);
    parts[0] = incpt2_float(w->cx, incjson_get(v, "real"), "real");
    parts[1] = incpt2_float(w->cx, incjson_get(v, "imag"), "imag");
    return (incval){.kind = INCVAL_COMPLEX, .u.complex = parts};
}

static incval number(incpt2_walker *w, int64_t value)
{
    return incval_int(incsym_int(w->g->syms, value));
}

static incval read_dtype(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return number(w, incpt2_dtype(w->cx, incpt2_int(w->cx, v, "as_scalar_type")));
}

static incval read_memory_format(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return number(w, incpt2_memory_format(w->cx, incpt2_int(w->cx, v, "as_memory_format")));
}

static incval read_layout(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return number(w, incpt2_layout(w->cx, incpt2_int(w->cx, v, "as_layout")));
}

static incval read_device(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    const char *type = incpt2_need_text(w->cx, v, "type");
    const incjson *index = incpt2_maybe(w->cx, v, "index", INCJSON_INT);
    return incval_device(index ? inc_printf(w->cx, "%s:%lld", type, (long long)index->as.integer)
                               : type);
}

/* A size, a float or a bool: by name, or known. */
static incval read_symbolic(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    const char *tag;
    const incjson *inner = incpt2_union(w->cx, v, "a symbolic argument", &tag);
    if (strcmp(tag, "as_name") == 0)
        return incpt2_lookup(w, f, incpt2_text(w->cx, inner, tag));
    if (strcmp(tag, "as_int") == 0)
        return read_int(w, f, inner);
    if (strcmp(tag, "as_float") == 0)
        return read_float(w, f, inner);
    if (strcmp(tag, "as_bool") == 0)
        return read_bool(w, f, inner);
    inc_raise(w->cx, INC_E_UNSUPPORTED, "arguments of the form %s are not known",
              incstr_shown(w->cx, tag, strlen(tag), 40));
}

/* ---- lists of lists ---- */

static incval read_ints(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    return read_list(w, f, v, read_int);
}

static incval read_floats(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    return read_list(w, f, v, read_float);
}

static incval read_names(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    return read_list(w, f, v, read_name);
}

static incval read_dict(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    incval dict = incval_dict_new(w->cx);
    if (v->kind != INCJSON_OBJECT)
        inc_raise(w->cx, INC_E_FORMAT, "an argument is %s, where an object was expected",
                  incjson_kind_name(v));
    for (uint32_t i = 0; i < v->n; i++)
        incval_dict_set(w->cx, dict.u.dict, incval_str(v->as.members[i].key),
                        incpt2_argument(w, f, &v->as.members[i].value));
    return dict;
}

static incval read_custom(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    const incjson *class_name = incpt2_maybe(w->cx, v, "class_fqn", INCJSON_STRING);
    inc_raise_hint(w->cx, INC_E_UNSUPPORTED,
                   "export a model without objects of C++ or Python classes among its constants",
                   "an argument is an object of the class %s",
                   class_name ? incstr_shown(w->cx, class_name->as.text, class_name->n, 100) : "?");
}

static incval read_graph(incpt2_walker *w, incpt2_frame *f, const incjson *v)
{
    (void)f;
    return incval_object((void *)(uintptr_t)incpt2_need(w->cx, v, "graph", INCJSON_OBJECT));
}

static const struct {
    const char *tag;
    reader read;
    bool is_list;
} forms[] = {
    {"as_none", read_none, false},
    {"as_tensor", read_name, false},
    {"as_tensors", read_name, true},
    {"as_optional_tensor", incpt2_argument, false},
    {"as_optional_tensors", incpt2_argument, true},
    {"as_nested_tensors", read_names, true},
    {"as_int", read_int, false},
    {"as_ints", read_int, true},
    {"as_int_lists", read_ints, true},
    {"as_float", read_float, false},
    {"as_floats", read_float, true},
    {"as_float_lists", read_floats, true},
    {"as_bool", read_bool, false},
    {"as_bools", read_bool, true},
    {"as_string", read_string, false},
    {"as_strings", read_string, true},
    {"as_complex", read_complex, false},
    {"as_sym_int", read_symbolic, false},
    {"as_sym_ints", read_symbolic, true},
    {"as_sym_float", read_symbolic, false},
    {"as_sym_floats", read_symbolic, true},
    {"as_sym_bool", read_symbolic, false},
    {"as_sym_bools", read_symbolic, true},
    {"as_scalar_type", read_dtype, false},
    {"as_memory_format", read_memory_format, false},
    {"as_layout", read_layout, false},
    {"as_device", read_device, false},
    {"as_operator", read_string, false},
    {"as_string_to_argument", read_dict, false},
    {"as_custom_obj", read_custom, false},
    {"as_graph", read_graph, false},
};

incval incpt2_argument(incpt2_walker *w, incpt2_frame *f, const incjson *argument)
{
    const char *tag;
    const incjson *v = incpt2_union(w->cx, argument, "an argument", &tag);
    for (size_t i = 0; i < INC_COUNT(forms); i++)
        if (strcmp(forms[i].tag, tag) == 0)
            return forms[i].is_list ? read_list(w, f, v, forms[i].read) : forms[i].read(w, f, v);
    inc_raise(w->cx, INC_E_UNSUPPORTED, "arguments of the form %s are not known",
              incstr_shown(w->cx, tag, strlen(tag), 40));
}

const incjson *incpt2_argument_graph(inccx *cx, const incjson *argument)
{
    const char *tag;
    const incjson *v = incpt2_union(cx, argument, "an argument", &tag);
    return strcmp(tag, "as_graph") == 0 ? incpt2_need(cx, v, "graph", INCJSON_OBJECT) : NULL;
}
