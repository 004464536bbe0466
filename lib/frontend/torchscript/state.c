/* SPDX-License-Identifier: Apache-2.0 */
/* What forward() leaves in the attributes and buffers of the file's modules. Comes in: each tensor,
 * number and collection of data.pkl as it is made, each attribute as it is read and set. Goes out:
 * calls of frontend/state.h for everything that holds something else at the end than at first.
 *
 * Tensors and numbers are compared as values of the graph; data flow then decides whether anybody
 * reads them. Of other values (None, strings, lists that grow) it is remembered whether they were
 * read before they were set. */
#include <string.h>

#include "base/str.h"
#include "frontend/state.h"
#include "frontend/torchscript/eval.h"
#include "frontend/torchscript/state_forms.h"
#include "ops/emit/emit.h"

typedef struct file_tensor {
    incop_box *box;
    incir_value *first;
    const inctensor *tensor;
    const char *path;
} file_tensor;

/* A list or dict of the file, and a copy of what it held. */
typedef struct file_collection {
    incval now, first;
    const char *path;
} file_collection;

/* An attribute that was set. */
typedef struct set_attribute {
    const incts_object *object;
    const char *name;
    incval first;
} set_attribute;

struct incts_state {
    const incfe_request *request;
    INC_VEC(file_tensor) tensors;
    incmap *tensor_of; /* box -> number in tensors + 1 */
    INC_VEC(file_collection) collections;
    incmap *collection_of; /* list or dict -> number in collections + 1 */
    INC_VEC(set_attribute) set;
    incmap *is_set;  /* path of an attribute -> itself */
    incmap *is_read; /* likewise, before it was set: of what is neither tensor nor object */
    incmap *told;    /* paths that were looked at */
};

struct incts_state *incts_state_new(inccx *cx, const incfe_request *request)
{
    struct incts_state *s = INC_NEW(cx, struct incts_state);
    s->request = request;
    s->tensor_of = incmap_new(cx);
    s->collection_of = incmap_new(cx);
    s->is_set = incmap_new(cx);
    s->is_read = incmap_new(cx);
    s->told = incmap_new(cx);
    return s;
}

/* ---- made ---- */

incop_box *incts_state_tensor(incts_interp *in, const inctensor *t, const char *path)
{
    struct incts_state *s = in->state;
    incir_value *v = incfe_state_is_asked(s->request, path)
                         ? incfe_state_input(in->g, s->request, path, t, false)
                         : incir_constant(in->g, t, path);
    incop_box *box = incop_box_new(in->cx, v);
    if (!path)
        return box;
    INC_PUSH(in->cx, &s->tensors, (file_tensor){box, v, t, path});
    incmap_set(in->cx, s->tensor_of, &box, sizeof box, (void *)(uintptr_t)s->tensors.n);
    return box;
}

/* Floats of Python are doubles. */
static const inctensor *number_tensor(inccx *cx, incval v)
{
    int64_t known;
    if (v.kind == INCVAL_INT && incsym_known(v.u.i, &known))
        return inctensor_scalar_i64(cx, known);
    if (v.kind == INCVAL_FLOAT)
        return inctensor_scalar_f64(cx, INCDT_F64, v.u.f);
    if (v.kind == INCVAL_BOOL) {
        uint8_t byte = v.u.b;
        return inctensor_new(cx, INCDT_BOOL, 0, NULL, &byte);
    }
    return NULL;
}

static incval pickled_number(incts_interp *in, const incpkl_value *value)
{
    switch (value->kind) {
    case INCPKL_BOOL:
        return incval_bool(value->as.boolean);
    case INCPKL_INT:
        return incval_int(incsym_int(in->g->syms, value->as.integer));
    case INCPKL_FLOAT:
        return incval_float(value->as.real);
    default:
        return incval_none();
    }
}

bool incts_state_number(incts_interp *in, const incpkl_value *value, const char *path,
                        incval *number)
{
    if (!incfe_state_is_asked(in->state->request, path))
        return false;
    incval first = pickled_number(in, value);
    const inctensor *t = number_tensor(in->cx, first);
    if (!t)
        return false;
    incir_value *v = incfe_state_input(in->g, in->state->request, path, t, true);
    v->is_number = true;
    *number = incval_tensor(incop_box_new(in->cx, v));
    if (first.kind == INCVAL_INT) {
        const incsym *symbol = incsym_new(in->g->syms, path, value->as.integer, INT64_MIN, v, -1);
        v->contents = inc_copy(in->cx, &symbol, sizeof symbol);
        *number = incval_int(symbol);
    }
    return true;
}

const incfe_request *incts_state_request(const incts_interp *in)
{
    return in->state->request;
}

/* What a value that is None or empty in the file is made of in this evaluation; NULL: nothing. */
static const incfe_state_form *asked_form(incts_interp *in, const char *path)
{
    const incfe_state *asked = incfe_state_asked_form(in->cx, in->state->request, path);
    if (!asked || asked->stage == INCFE_STAGE_KEPT)
        return NULL;
    return asked->stage == INCFE_STAGE_PROBED ? asked->form->items : asked->form;
}

incval incts_state_none(incts_interp *in, const char *path)
{
    const incfe_state_form *form = path ? asked_form(in, path) : NULL;
    return form ? incts_state_of_form(in, path, form) : incval_none();
}

static void *address(incval collection)
{
    return collection.kind == INCVAL_DICT ? (void *)collection.u.dict : (void *)collection.u.list;
}

static incval copy_of(inccx *cx, incval v)
{
    if (v.kind == INCVAL_DICT) {
        incval copy = incval_dict_new(cx);
        for (size_t i = 0; i < incval_dict_count(v.u.dict); i++) {
            incval key, item;
            incval_dict_at(v.u.dict, i, &key, &item);
            incval_dict_set(cx, copy.u.dict, key, item);
        }
        return copy;
    }
    incval copy = incval_list_new(cx, v.kind);
    for (size_t i = 0; i < v.u.list->v.n; i++)
        INC_PUSH(cx, &copy.u.list->v, v.u.list->v.items[i]);
    return copy;
}

void incts_state_collection(incts_interp *in, incval collection, const char *path)
{
    struct incts_state *s = in->state;
    if (!path || collection.kind == INCVAL_TUPLE)
        return;
    void *key = address(collection);
    INC_PUSH(in->cx, &s->collections,
             (file_collection){collection, copy_of(in->cx, collection), path});
    incmap_set(in->cx, s->collection_of, &key, sizeof key, (void *)(uintptr_t)s->collections.n);
    const incfe_state_form *form = asked_form(in, path);
    if (!form)
        return;
    incval v = incts_state_of_form(in, path, form);
    if (v.kind == INCVAL_DICT && collection.kind == INCVAL_DICT)
        incval_dict_assign(collection.u.dict, v.u.dict);
    else if (v.kind == INCVAL_LIST && collection.kind == INCVAL_LIST)
        collection.u.list->rows = v.u.list->rows;
}

/* ---- read and set ---- */

static const char *attribute_path(incts_interp *in, const incts_object *o, const char *name)
{
    return o->path[0] ? inc_printf(in->cx, "%s.%s", o->path, name) : name;
}

void incts_state_read(incts_interp *in, const incts_object *o, const char *name, incval value)
{
    switch (value.kind) {
    case INCVAL_NONE:
    case INCVAL_STR:
    case INCVAL_LIST:
    case INCVAL_DICT:
        break;
    default: /* tensors and numbers: data flow decides; the rest cannot be set */
        return;
    }
    if (!o->path)
        return;
    const char *path = attribute_path(in, o, name);
    if (!incmap_has_str(in->state->is_set, path))
        incmap_set_str(in->cx, in->state->is_read, path, in->state);
}

void incts_state_set(incts_interp *in, const incts_object *o, const char *name)
{
    struct incts_state *s = in->state;
    const incval *first = o->path ? incmap_get_str(o->attributes, name) : NULL;
    if (!first)
        return;
    const char *path = attribute_path(in, o, name);
    if (incmap_has_str(s->is_set, path))
        return;
    incmap_set_str(in->cx, s->is_set, path, s);
    INC_PUSH(in->cx, &s->set, (set_attribute){o, name, *first});
}

/* ---- compared ---- */

static const file_tensor *tensor_of(const struct incts_state *s, incval v)
{
    uintptr_t i = 0;
    if (v.kind == INCVAL_TENSOR)
        i = (uintptr_t)incmap_get(s->tensor_of, &v.u.t, sizeof v.u.t, NULL);
    return i ? &s->tensors.items[i - 1] : NULL;
}

static const file_collection *collection_of(const struct incts_state *s, incval v)
{
    void *key = address(v);
    uintptr_t i = (uintptr_t)incmap_get(s->collection_of, &key, sizeof key, NULL);
    return i ? &s->collections.items[i - 1] : NULL;
}

static bool is_tensor_or_number(incval v)
{
    return v.kind == INCVAL_TENSOR || v.kind == INCVAL_INT || v.kind == INCVAL_FLOAT ||
           v.kind == INCVAL_BOOL;
}

static bool same_leaf(incval a, incval b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case INCVAL_NONE:
    case INCVAL_UNKNOWN:
        return true;
    case INCVAL_BOOL:
        return a.u.b == b.u.b;
    case INCVAL_INT:
        return a.u.i == b.u.i;
    case INCVAL_FLOAT:
        return a.u.f == b.u.f || (a.u.f != a.u.f && b.u.f != b.u.f);
    case INCVAL_STR:
    case INCVAL_DEVICE:
        return strcmp(a.u.s, b.u.s) == 0;
    default:
        return a.u.object == b.u.object;
    }
}

typedef struct comparison {
    incts_interp *in;
    const char *attribute; /* the path of the attribute that all this is of */
} comparison;

static void compare(const comparison *c, const char *path, incval first, incval now, int depth);

/* Whether v holds no tensor but numbers, at most some that are computed. */
static bool holds_numbers(const comparison *c, incval v, int depth)
{
    enum { MOST_DEPTH = 8 };
    incts_step(c->in);
    if (depth > MOST_DEPTH)
        return false;
    switch (v.kind) {
    case INCVAL_TENSOR:
        return incop_box_read(c->in->g, v.u.t)->is_number;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        for (size_t i = 0; i < v.u.list->v.n; i++)
            if (!holds_numbers(c, v.u.list->v.items[i], depth + 1))
                return false;
        return !v.u.list->rows;
    case INCVAL_OBJECT: {
        const incts_object *o = v.u.object;
        for (const incmap_entry *e = incmap_first(o->attributes); e; e = incmap_next(e))
            if (!holds_numbers(c, *(const incval *)incmap_value(e), depth + 1))
                return false;
        return true;
    }
    case INCVAL_NONE:
    case INCVAL_STR:
    case INCVAL_INT:
    case INCVAL_FLOAT:
    case INCVAL_BOOL:
        return true;
    default:
        return false;
    }
}

static void warn_kept(inccx *cx, const char *path)
{
    inc_warn(cx,
             "%s is set in the first call and kept for later ones: every call of the exported "
             "model finds it out anew",
             path);
}

/* What is nothing that could be an input before the call, or is not after it. */
static void compare_forms(const comparison *c, const char *path, incval first, incval now)
{
    struct incts_state *s = c->in->state;
    inccx *cx = c->in->cx;
    if (!incmap_has_str(s->is_read, c->attribute))
        return;
    bool was_empty = first.kind == INCVAL_NONE || first.kind == INCVAL_DICT ||
                     (first.kind == INCVAL_LIST && !first.u.list->v.n && !first.u.list->rows);
    bool is_attribute = strcmp(path, c->attribute) == 0;
    const incfe_state *asked = incfe_state_asked_form(cx, s->request, path);
    const incfe_state_form *form =
        was_empty && is_attribute ? incts_state_form(c->in, first, now) : NULL;
    bool holds_only_numbers = first.kind == INCVAL_NONE && holds_numbers(c, now, 0);
    if (form && !(asked && asked->stage == INCFE_STAGE_KEPT)) {
        incfe_state_formed(cx, s->request, path, form,
                           holds_only_numbers ? INCFE_STAGE_PROBED : INCFE_STAGE_USED);
        return;
    }
    if (asked) {
        incfe_state_formed(cx, s->request, path, asked->form, asked->stage);
        return;
    }
    if (holds_only_numbers)
        warn_kept(cx, path);
    else
        incfe_state_refused(cx, s->request, path,
                            now.kind == INCVAL_LIST || now.kind == INCVAL_DICT
                                ? "its length changes"
                            : first.kind == INCVAL_STR ? "it is a string"
                                                       : "it is no tensor before the first call");
}

/* The same where it was made of inputs. */
static void tell_form(const comparison *c, const char *path, const incfe_state *asked, incval now)
{
    struct incts_state *s = c->in->state;
    if (asked->stage == INCFE_STAGE_PROBED) {
        bool is_set = incmap_has_str(s->is_set, path);
        incfe_state_formed(c->in->cx, s->request, path, asked->form,
                           is_set ? INCFE_STAGE_USED : INCFE_STAGE_KEPT);
        return;
    }
    incfe_state_formed(c->in->cx, s->request, path, asked->form, INCFE_STAGE_USED);
    if (!incts_state_tell_form(c->in, path, asked->form, now))
        incfe_state_refused(c->in->cx, s->request, path, "it is of another form from call to call");
}

/* A number that is an input now was a known one in data.pkl. */
static const inctensor *first_tensor(const comparison *c, const char *path, incval first)
{
    const struct incts_state *s = c->in->state;
    const file_tensor *t = tensor_of(s, first);
    if (t)
        return t->tensor;
    const incfe_state *asked = s->request->states && s->request->states->asked
                                   ? incmap_get_str(s->request->states->asked, path)
                                   : NULL;
    return asked ? asked->first : number_tensor(c->in->cx, first);
}

static void compare_leaf(const comparison *c, const char *path, incval first, incval now)
{
    incts_interp *in = c->in;
    const file_tensor *t = tensor_of(in->state, first);
    if (!is_tensor_or_number(first) || !is_tensor_or_number(now)) {
        if (!same_leaf(first, now) && now.kind != INCVAL_UNKNOWN)
            compare_forms(c, path, first, now);
        return;
    }
    if (first.kind != INCVAL_TENSOR && same_leaf(first, now))
        return;
    const incir_value *before = t ? t->first : incval_value(in->g, first, INCDT_F64);
    incir_value *next = incval_value(in->g, now, INCDT_F64);
    if (!t && incdtype_is_float(next->dtype) && next->rank == 0)
        next = emit_cast(in->g, next, INCDT_F64); /* as Python's floats are */
    const inctensor *tensor = first_tensor(c, path, first);
    if (tensor && next != before)
        incfe_state_written(in->cx, in->state->request, path, tensor, next);
}

static void compare_items(const comparison *c, const char *path, incval held, incval now, int depth)
{
    const incval_list *first = held.u.list;
    if (first->v.n != now.u.list->v.n || now.u.list->rows) {
        compare_forms(c, path, held, now);
        return;
    }
    for (size_t i = 0; i < first->v.n; i++)
        compare(c, inc_printf(c->in->cx, "%s.%zu", path, i), first->v.items[i],
                now.u.list->v.items[i], depth + 1);
}

static void compare_entries(const comparison *c, const char *path, incval held, incval now,
                            int depth)
{
    incval_dict *first = held.u.dict;
    if (incval_dict_count(first) != incval_dict_count(now.u.dict)) {
        compare_forms(c, path, held, now);
        return;
    }
    for (size_t i = 0; i < incval_dict_count(first); i++) {
        incval key, before, after;
        incval_dict_at(first, i, &key, &before);
        if (!incval_dict_get(now.u.dict, key, &after))
            compare_forms(c, path, held, now);
        else if (key.kind == INCVAL_STR)
            compare(c, inc_printf(c->in->cx, "%s.%s", path, key.u.s), before, after, depth + 1);
        else if (!same_leaf(before, after))
            compare_forms(c, path, held, now);
    }
}

static void compare(const comparison *c, const char *path, incval first, incval now, int depth)
{
    enum { MOST_DEPTH = 16 };
    incts_step(c->in);
    if (incmap_has_str(c->in->state->told, path))
        return;
    incmap_set_str(c->in->cx, c->in->state->told, path, c->in);
    const incfe_state *asked = incfe_state_asked_form(c->in->cx, c->in->state->request, path);
    if (asked && asked->stage != INCFE_STAGE_KEPT) {
        tell_form(c, path, asked, now);
        return;
    }
    bool is_sequence = first.kind == INCVAL_LIST || first.kind == INCVAL_TUPLE;
    if (first.kind != now.kind || depth > MOST_DEPTH ||
        (!is_sequence && first.kind != INCVAL_DICT)) {
        compare_leaf(c, path, first, now);
        return;
    }
    const file_collection *known = collection_of(c->in->state, first);
    incval held = known ? known->first : first;
    if (is_sequence)
        compare_items(c, path, held, now, depth);
    else
        compare_entries(c, path, held, now, depth);
}

void incts_state_find_written(incts_interp *in)
{
    struct incts_state *s = in->state;
    if (!s->request->states)
        return;
    for (size_t i = 0; i < s->set.n; i++) {
        const set_attribute *a = &s->set.items[i];
        const incval *now = incmap_get_str(a->object->attributes, a->name);
        comparison c = {in, attribute_path(in, a->object, a->name)};
        compare(&c, c.attribute, a->first, now ? *now : incval_none(), 0);
    }
    incfe_states_probed(in->cx, s->request);
    for (size_t i = 0; i < s->collections.n; i++) {
        const file_collection *f = &s->collections.items[i];
        comparison c = {in, f->path};
        compare(&c, f->path, f->now, f->now, 0);
    }
    for (size_t i = 0; i < s->tensors.n; i++) {
        const file_tensor *t = &s->tensors.items[i];
        comparison c = {in, t->path};
        compare(&c, t->path, incval_tensor(t->box), incval_tensor(t->box), 0);
    }
}
