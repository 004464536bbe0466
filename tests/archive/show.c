/* SPDX-License-Identifier: Apache-2.0 */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ELEMENTS = 24, MOST_TEXT = 1 << 16 };

static void show_text(inccx *cx, incstr *out, const char *mark, const incpkl_text *t)
{
    incstr_add(cx, out, mark);
    for (size_t i = 0; i < t->n && i < 200; i++) {
        uint8_t c = (uint8_t)t->bytes[i];
        if (c < ' ' || c == '\'' || c >= 0x7f)
            incstr_addf(cx, out, "\\x%02x", c);
        else
            incstr_add_n(cx, out, &t->bytes[i], 1);
    }
    incstr_add(cx, out, "'");
}

static void show_qparams(inccx *cx, incstr *out, const incqparams *q)
{
    incstr_addf(cx, out, " * (");
    for (size_t i = 0; i < q->n && i < MOST_ELEMENTS; i++)
        incstr_addf(cx, out, "%s%g", i ? " " : "", q->scales[i]);
    incstr_add(cx, out, ";");
    for (size_t i = 0; i < q->n && i < MOST_ELEMENTS; i++)
        incstr_addf(cx, out, " %g",
                    q->float_zero_points ? q->zero_points_f[i] : (double)q->zero_points[i]);
    if (q->per_channel)
        incstr_addf(cx, out, "; axis %zu", q->axis);
    incstr_add(cx, out, ")");
}

static void show_elements(inccx *cx, incstr *out, const inctensor *t)
{
    uint8_t bytes[16 * MOST_ELEMENTS];
    uint64_t n = t->numel < MOST_ELEMENTS ? t->numel : MOST_ELEMENTS;
    bool is_complex = incdtype_is_complex(t->dtype);
    inctensor_read(cx, t, 0, n, bytes);
    incstr_add(cx, out, "(");
    for (uint64_t i = 0; i < n; i++) {
        incstr_addf(cx, out, "%s%g", i ? " " : "", incelement_f64(t->dtype, bytes, i));
        if (is_complex)
            incstr_addf(
                cx, out, "%+gj",
                incelement_f64(t->dtype == INCDT_C64 ? INCDT_F32 : INCDT_F64, bytes, 2 * i + 1));
    }
    incstr_add(cx, out, t->numel > n ? " ..." : "");
    /* the far end is where reading would leave the storage */
    if (t->numel > n)
        inctensor_read(cx, t, t->numel - n, n, bytes);
    incstr_add(cx, out, ")");
}

void show_tensor(inccx *cx, incstr *out, const inctensor *t)
{
    incstr_addf(cx, out, "%s[", incdtype_name(t->dtype));
    for (size_t i = 0; i < t->rank; i++)
        incstr_addf(cx, out, "%s%" PRId64, i ? "," : "", t->sizes[i]);
    incstr_add(cx, out, "]");
    if (inctensor_has_data(t))
        show_elements(cx, out, t);
    if (t->q)
        show_qparams(cx, out, t->q);
}

static void show_items(inccx *cx, incstr *out, const char *around, const incpkl_items *items)
{
    incstr_add_n(cx, out, &around[0], 1);
    for (size_t i = 0; i < items->n; i++) {
        incstr_add(cx, out, i ? ", " : "");
        show_value(cx, out, items->items[i]);
    }
    incstr_add_n(cx, out, &around[1], 1);
    if (items->type)
        incstr_addf(cx, out, ":%s", items->type);
}

static void show_dict(inccx *cx, incstr *out, const incpkl_dict *dict)
{
    incstr_add(cx, out, "{");
    for (size_t i = 0; i < dict->n; i++) {
        incstr_add(cx, out, i ? ", " : "");
        show_value(cx, out, dict->pairs[i].key);
        incstr_add(cx, out, ": ");
        show_value(cx, out, dict->pairs[i].value);
    }
    incstr_add(cx, out, "}");
    if (dict->type)
        incstr_addf(cx, out, ":%s", dict->type);
    if (dict->extra) {
        incstr_add(cx, out, "+");
        show_value(cx, out, dict->extra);
    }
}

static void show_object(inccx *cx, incstr *out, const incpkl_value *v)
{
    const incpkl_object *o = v->as.object;
    incstr_addf(cx, out, "%s%s", v->kind == INCPKL_OPAQUE ? "?" : "", o->of->full);
    if (o->args)
        show_value(cx, out, o->args);
    if (o->state) {
        incstr_add(cx, out, v->kind == INCPKL_ENUM ? "=" : "<-");
        show_value(cx, out, o->state);
    }
}

void show_value(inccx *cx, incstr *out, const incpkl_value *v)
{
    if (out->n > MOST_TEXT)
        return;
    switch (v->kind) {
    case INCPKL_NONE:
        incstr_add(cx, out, "None");
        break;
    case INCPKL_BOOL:
        incstr_add(cx, out, v->as.boolean ? "True" : "False");
        break;
    case INCPKL_INT:
        incstr_addf(cx, out, "%" PRId64, v->as.integer);
        break;
    case INCPKL_BIGINT:
        show_text(cx, out, "int'", &v->as.text);
        break;
    case INCPKL_FLOAT:
        incstr_addf(cx, out, "%#.10g", v->as.real);
        break;
    case INCPKL_STRING:
        show_text(cx, out, "'", &v->as.text);
        break;
    case INCPKL_BYTES:
        show_text(cx, out, "b'", &v->as.text);
        break;
    case INCPKL_TUPLE:
    case INCPKL_COMPLEX:
        incstr_add(cx, out, v->kind == INCPKL_COMPLEX ? "complex" : "");
        show_items(cx, out, "()", &v->as.items);
        break;
    case INCPKL_LIST:
        show_items(cx, out, "[]", &v->as.items);
        break;
    case INCPKL_SET:
        incstr_add(cx, out, "set");
        show_items(cx, out, "{}", &v->as.items);
        break;
    case INCPKL_DICT:
        show_dict(cx, out, v->as.dict);
        break;
    case INCPKL_TENSOR:
        show_tensor(cx, out, v->as.tensor->tensor);
        incstr_add(cx, out, v->as.tensor->is_parameter ? " parameter" : "");
        incstr_add(cx, out, v->as.tensor->requires_grad ? " grad" : "");
        break;
    case INCPKL_STORAGE:
        incstr_addf(cx, out, "storage %s %s[%" PRId64 "]", v->as.storage->key,
                    incdtype_name(v->as.storage->dtype), v->as.storage->numel);
        break;
    case INCPKL_OBJECT:
    case INCPKL_ENUM:
    case INCPKL_OPAQUE:
        show_object(cx, out, v);
        break;
    case INCPKL_DTYPE:
        incstr_addf(cx, out, "torch.%s", incdtype_name(v->as.dtype));
        break;
    case INCPKL_DEVICE:
        show_text(cx, out, "device'", &v->as.text);
        break;
    case INCPKL_QSCHEME:
        show_text(cx, out, "qscheme'", &v->as.text);
        break;
    case INCPKL_GLOBAL:
        incstr_add(cx, out, v->as.global->full);
        break;
    }
}
