/* SPDX-License-Identifier: Apache-2.0 */
/* State that is no tensor before the first call: None, an empty list or dict. What the call leaves
 * in it tells its form; every leaf of the form is a state of its own:
 *
 *     h: Optional[Tensor] = None      h, and h.is_none (bool), true before the first call
 *     s: Optional[Tuple[…]] = None    s.0, s.1, …, and s.is_none
 *     l: List[Tensor] = []            l [count, …], with no items before the first call
 *     d: Dict[str, Tensor] = {}       d.KEY and d.KEY.is_none for every key
 *
 * In the next evaluation the attribute is made of those inputs. */
#include <string.h>

#include "base/checked.h"
#include "base/str.h"
#include "frontend/rows.h"
#include "frontend/state.h"
#include "frontend/torchscript/eval.h"
#include "frontend/torchscript/state_forms.h"
#include "ops/call/block.h"
#include "ops/emit/emit.h"

typedef incfe_state_form form;

static bool find_form(incts_interp *in, incval v, form *f, int depth);

/* ---- the form of what a call left ---- */

static form *optional_of(inccx *cx, const form *inner)
{
    form *f = INC_NEW(cx, form);
    f->kind = INCFE_CHOICE;
    f->items = inc_copy(cx, inner, sizeof *inner);
    f->n = 1;
    return f;
}

static void tensor_form(incts_interp *in, const incir_value *t, form *f)
{
    f->kind = !t->is_number || t->rank        ? INCFE_TENSOR
              : t->dtype == INCDT_BOOL        ? INCFE_BOOL
              : incdtype_is_integer(t->dtype) ? INCFE_INT
                                              : INCFE_FLOAT;
    f->dtype = t->dtype;
    f->rank = t->rank;
    int64_t *sizes = INC_NEW_N(in->cx, int64_t, t->rank + 1);
    for (size_t i = 0; i < t->rank; i++)
        sizes[i] = incsym_hint(t->dims[i]);
    f->sizes = sizes;
}

static bool items_form(incts_interp *in, const incval_list *list, bool is_tuple, form *f, int depth)
{
    f->kind = INCFE_ITEMS;
    f->is_tuple = is_tuple;
    f->n = list->v.n;
    f->items = INC_NEW_N(in->cx, form, f->n);
    for (size_t i = 0; i < f->n; i++)
        if (!find_form(in, list->v.items[i], &f->items[i], depth + 1))
            return false;
    return !list->rows;
}

/* Of a list that had no items: tensors of one size, stacked. */
static bool rows_form(incts_interp *in, incval list, form *f)
{
    const incval_rows *rows = incfe_rows_frozen(in->g, incts_state_rows(in, list));
    if (rows->n_leaves != 1 || rows->item.kind != INCFE_TENSOR || rows->item.quant)
        return false;
    tensor_form(in, rows->leaves[0], f);
    ((int64_t *)(uintptr_t)f->sizes)[0] = 0;
    f->kind = INCFE_ROWS;
    return true;
}

static bool dict_form(incts_interp *in, const incval_dict *d, form *f, int depth)
{
    f->kind = INCFE_DICT;
    f->n = incval_dict_count(d);
    f->items = INC_NEW_N(in->cx, form, f->n);
    const char **keys = INC_NEW_N(in->cx, const char *, f->n);
    for (size_t i = 0; i < f->n; i++) {
        incval key, value;
        incval_dict_at((incval_dict *)(uintptr_t)d, i, &key, &value);
        form inner = {0};
        if (key.kind != INCVAL_STR || !find_form(in, value, &inner, depth + 1))
            return false;
        keys[i] = key.u.s;
        f->items[i] = inner.kind == INCFE_CHOICE ? inner : *optional_of(in->cx, &inner);
    }
    f->keys = keys;
    return true;
}

static bool is_nothing(incval v)
{
    return v.kind == INCVAL_NONE || v.kind == INCVAL_ABSENT;
}

static bool find_form(incts_interp *in, incval v, form *f, int depth)
{
    enum { MOST_DEPTH = 8 };
    incts_step(in);
    if (depth > MOST_DEPTH)
        return false;
    switch (v.kind) {
    case INCVAL_TENSOR:
        if (incop_box_quant(v.u.t) || incop_box_lost(incop_box_root(v.u.t)))
            return false;
        tensor_form(in, incop_box_read(in->g, v.u.t), f);
        return true;
    case INCVAL_INT:
        *f = (form){.kind = INCFE_INT, .dtype = INCDT_I64};
        return true;
    case INCVAL_FLOAT:
        *f = (form){.kind = INCFE_FLOAT, .dtype = INCDT_F64};
        return true;
    case INCVAL_BOOL:
        *f = (form){.kind = INCFE_BOOL, .dtype = INCDT_BOOL};
        return true;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return items_form(in, v.u.list, v.kind == INCVAL_TUPLE, f, depth);
    case INCVAL_CHOICE: {
        form inner = {0};
        incval side = is_nothing(v.u.choice->yes) ? v.u.choice->no : v.u.choice->yes;
        if ((!is_nothing(v.u.choice->yes) && !is_nothing(v.u.choice->no)) ||
            !find_form(in, side, &inner, depth + 1))
            return false;
        *f = *optional_of(in->cx, &inner);
        return true;
    }
    default:
        return false;
    }
}

const incfe_state_form *incts_state_form(incts_interp *in, incval first, incval now)
{
    form f = {0};
    bool found = first.kind == INCVAL_NONE   ? find_form(in, now, &f, 0)
                 : first.kind == INCVAL_LIST ? now.kind == INCVAL_LIST && rows_form(in, now, &f)
                 : now.kind == INCVAL_DICT   ? dict_form(in, now.u.dict, &f, 0)
                                             : false;
    if (!found)
        return NULL;
    if (first.kind == INCVAL_NONE && f.kind != INCFE_CHOICE)
        return optional_of(in->cx, &f);
    return inc_copy(in->cx, &f, sizeof f);
}

/* ---- inputs ---- */

static const inctensor *zeros(inccx *cx, incdtype dtype, size_t rank, const int64_t *sizes,
                              uint8_t fill)
{
    uint64_t n = incdtype_size(dtype);
    for (size_t i = 0; i < rank; i++)
        if (sizes[i] < 0 || !inc_mul_u64(n, (uint64_t)sizes[i], &n))
            inc_raise(cx, INC_E_LIMIT, "a state of too many elements");
    uint8_t *bytes = inc_alloc(cx, (size_t)n + 1);
    memset(bytes, 0, (size_t)n + 1);
    bytes[0] = fill;
    return inctensor_new(cx, dtype, rank, sizes, bytes);
}

static incir_value *input(incts_interp *in, const char *path, const form *f, bool is_number)
{
    const inctensor *first =
        zeros(in->cx, f->kind == INCFE_FLOAT ? INCDT_F64 : f->dtype, f->rank, f->sizes, 0);
    return incfe_state_input(in->g, incts_state_request(in), path, first, is_number);
}

static incir_value *flag_input(incts_interp *in, const char *path)
{
    const inctensor *first = zeros(in->cx, INCDT_BOOL, 0, NULL, 1);
    return incfe_state_input(in->g, incts_state_request(in), inc_printf(in->cx, "%s.is_none", path),
                             first, true);
}

static const char *below(incts_interp *in, const char *path, const form *f, size_t i)
{
    return f->kind == INCFE_DICT ? inc_printf(in->cx, "%s.%s", path, f->keys[i])
                                 : inc_printf(in->cx, "%s.%zu", path, i);
}

static incval number(incts_interp *in, incir_value *v, const char *path)
{
    v->is_number = true;
    if (v->dtype != INCDT_I64)
        return incval_tensor(incop_box_new(in->cx, v));
    if (!v->contents) {
        const incsym *symbol = incsym_new(in->g->syms, path, 1, INT64_MIN, v, -1);
        incsym_mark_guess(symbol);
        v->contents = inc_copy(in->cx, &symbol, sizeof symbol);
    }
    return incval_int(v->contents[0]);
}

/* absent: what the value is where it is none. */
static incval made_of_inputs(incts_interp *in, const char *path, const form *f, incval absent)
{
    switch (f->kind) {
    case INCFE_TENSOR:
        return incval_tensor(incop_box_new(in->cx, input(in, path, f, false)));
    case INCFE_INT:
    case INCFE_FLOAT:
    case INCFE_BOOL:
        return number(in, input(in, path, f, true), path);
    case INCFE_ROWS: {
        incop_box *box = incop_box_new(in->cx, input(in, path, f, false));
        return incfe_rows_list(in->cx, incfe_rows_of_tensor(in->g, box, 0));
    }
    case INCFE_CHOICE: {
        incval_choice choice = {.condition = flag_input(in, path), .yes = absent};
        choice.no = made_of_inputs(in, path, f->items, incval_none());
        incval v = {.kind = INCVAL_CHOICE};
        v.u.choice = inc_copy(in->cx, &choice, sizeof choice);
        return v;
    }
    case INCFE_DICT: {
        incval dict = incval_dict_new(in->cx), missing = {.kind = INCVAL_ABSENT};
        for (size_t i = 0; i < f->n; i++)
            incval_dict_set(in->cx, dict.u.dict, incval_str(f->keys[i]),
                            made_of_inputs(in, below(in, path, f, i), &f->items[i], missing));
        return dict;
    }
    default: {
        incval list = incval_list_new(in->cx, f->is_tuple ? INCVAL_TUPLE : INCVAL_LIST);
        for (size_t i = 0; i < f->n; i++)
            INC_PUSH(in->cx, &list.u.list->v,
                     made_of_inputs(in, below(in, path, f, i), &f->items[i], incval_none()));
        return list;
    }
    }
}

incval incts_state_of_form(incts_interp *in, const char *path, const incfe_state_form *f)
{
    return made_of_inputs(in, path, f, incval_none());
}

/* ---- outputs ---- */

static void written(incts_interp *in, const char *path, incir_value *next)
{
    const incfe_state *state = incfe_state_found(incts_state_request(in), path);
    if (state && state->input != next)
        incfe_state_written(in->cx, incts_state_request(in), path, state->first, next);
}

/* Tells what becomes of every leaf; false where v has not this form. */
static bool tell(incts_interp *in, const char *path, const form *f, incval v)
{
    incir_graph *g = in->g;
    incts_step(in);
    if (f->kind == INCFE_CHOICE) {
        bool first_is_none = v.kind == INCVAL_CHOICE && is_nothing(v.u.choice->yes);
        incir_value *flag = incir_const_bool(g, is_nothing(v));
        if (v.kind == INCVAL_CHOICE) {
            if (!first_is_none && !is_nothing(v.u.choice->no))
                return false;
            flag = v.u.choice->condition;
            if (!first_is_none)
                flag = incir_emit1(g, "Not", flag);
            v = first_is_none ? v.u.choice->no : v.u.choice->yes;
        }
        written(in, inc_printf(in->cx, "%s.is_none", path), flag);
        return is_nothing(v) || tell(in, path, f->items, v);
    }
    switch (f->kind) {
    case INCFE_TENSOR:
        if (v.kind != INCVAL_TENSOR || incop_box_quant(v.u.t))
            return false;
        written(in, path, incop_box_read(g, v.u.t));
        return true;
    case INCFE_INT:
    case INCFE_FLOAT:
    case INCFE_BOOL: {
        incir_value *next = incval_value(g, v, INCDT_F64);
        if (!next || next->rank)
            return false;
        if (f->kind == INCFE_FLOAT)
            next = emit_cast(g, next, INCDT_F64);
        written(in, path, next);
        return true;
    }
    case INCFE_ROWS: {
        if (v.kind != INCVAL_LIST)
            return false;
        const incval_rows *rows = incfe_rows_frozen(g, incts_state_rows(in, v));
        if (rows->n_leaves != 1 || rows->item.kind != INCFE_TENSOR)
            return false;
        written(in, path, rows->leaves[0]);
        return true;
    }
    case INCFE_DICT:
        if (v.kind != INCVAL_DICT || incval_dict_count(v.u.dict) > f->n)
            return false;
        for (size_t i = 0; i < f->n; i++) {
            incval item = {.kind = INCVAL_ABSENT};
            (void)incval_dict_get(v.u.dict, incval_str(f->keys[i]), &item);
            if (!tell(in, below(in, path, f, i), &f->items[i], item))
                return false;
        }
        return true;
    default:
        if ((v.kind != INCVAL_LIST && v.kind != INCVAL_TUPLE) || v.u.list->rows ||
            v.u.list->v.n != f->n)
            return false;
        for (size_t i = 0; i < f->n; i++)
            if (!tell(in, below(in, path, f, i), &f->items[i], v.u.list->v.items[i]))
                return false;
        return true;
    }
}

bool incts_state_tell_form(incts_interp *in, const char *path, const incfe_state_form *f,
                           incval now)
{
    return tell(in, path, f, now);
}

incval_rows *incts_state_rows(incts_interp *in, incval list)
{
    incval copy = incval_list_new(in->cx, INCVAL_LIST);
    copy.u.list->rows = list.u.list->rows;
    for (size_t i = 0; i < list.u.list->v.n; i++)
        INC_PUSH(in->cx, &copy.u.list->v, list.u.list->v.items[i]);
    return incfe_rows_read(in->g, incfe_rows_flush(in->g, copy.u.list));
}
