/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots as tensors that a block hands on, and values made of those; see merge.h. */
#include "frontend/merge_internal.h"
#include "frontend/rows.h"
#include "ops/emit/emit.h"

/* ---- packing ---- */

static void add_leaf(incfe_merge *m, incir_value *v)
{
    INC_PUSH(m->cx, &m->leaves, v);
}

/* Whether both arms give a tensor of one shape, at least one of them a variable that is older. */
static bool is_one_of(const incfe_merge *m, const incfe_form *form)
{
    bool is_one = m->condition && !form->quant && (form->whole[0] || form->whole[1]);
    for (size_t i = 0; is_one && i < form->rank; i++)
        is_one = form->dims[i] != NULL;
    return is_one;
}

/* The older variables that the tensor is one of, where that takes more than the condition to say:
 * then a leaf has the number. */
static incop_boxes numbered(const incfe_merge *m, const incfe_form *form)
{
    incop_boxes members = {0}, none = {0};
    bool by_condition = true;
    for (size_t i = 0; is_one_of(m, form) && i < 2; i++)
        if (form->whole[i]) {
            by_condition = by_condition && incop_box_born(form->whole[i]) <= m->since;
            incop_box_members(m->cx, form->whole[i], m->since, &members);
        }
    return by_condition ? none : members;
}

static void pack_tensor(incfe_merge *m, const incfe_form *form, incir_value *v)
{
    incop_boxes among = numbered(m, form);
    add_leaf(m, v);
    if (among.n)
        add_leaf(m, incop_box_number(m->g, form->whole[m->is_first_arm ? 0 : 1], &among));
}

/* Leaves of that form which nobody will read. */
static void pack_nothing(incfe_merge *m, const incfe_form *form)
{
    incir_graph *g = m->g;
    const incsym *dims[INCTENSOR_MAX_RANK];
    switch (form->kind) {
    case INCFE_SAME:
        return;
    case INCFE_TENSOR:
        for (size_t i = 0; i < form->rank; i++)
            dims[i] = form->dims[i] ? form->dims[i] : incsym_int(g->syms, 0);
        pack_tensor(m, form, emit_full(g, form->dtype, dims, form->rank, 0));
        return;
    case INCFE_INT:
    case INCFE_TEXT:
        add_leaf(m, incir_const_i64(g, 0));
        return;
    case INCFE_FLOAT:
        add_leaf(m, incir_const_float(g, INCDT_F64, 0));
        return;
    case INCFE_BOOL:
        add_leaf(m, incir_const_bool(g, false));
        return;
    case INCFE_CHOICE:
        if (!form->flag)
            add_leaf(m, incir_const_bool(g, false));
        break;
    case INCFE_ROWS: {
        incfe_snapshot none = {.v = incval_list_new(m->cx, INCVAL_LIST)};
        incfe_rows_pack(m, &form->items[0], &none);
        return;
    }
    default:
        break;
    }
    for (size_t i = 0; i < form->n; i++)
        pack_nothing(m, &form->items[i]);
}

static incir_value *float_leaf(incir_graph *g, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_FLOAT)
        return incir_const_float(g, INCDT_F64, s->v.u.f);
    return emit_cast(g, s->t, INCDT_F64);
}

static void pack_choice(incfe_merge *m, const incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_CHOICE && !form->flag) {
        size_t first = incfe_is_swapped(form, s) ? 1 : 0;
        incir_value *flag = s->v.u.choice->condition;
        add_leaf(m, first ? incir_emit1(m->g, "Not", flag) : flag);
        incfe_pack_form(m, &form->items[0], &s->items[first]);
        incfe_pack_form(m, &form->items[1], &s->items[1 - first]);
        return;
    }
    bool first = form->flag ? m->is_first_arm : incfe_fits(&form->items[0], s);
    if (!form->flag)
        add_leaf(m, incir_const_bool(m->g, first));
    for (size_t i = 0; i < 2; i++)
        if ((i == 0) == first)
            incfe_pack_form(m, &form->items[i], s);
        else
            pack_nothing(m, &form->items[i]);
}

void incfe_pack_form(incfe_merge *m, const incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_UNSET) {
        pack_nothing(m, form);
        return;
    }
    switch (form->kind) {
    case INCFE_SAME:
        return;
    case INCFE_TENSOR:
        pack_tensor(m, form, s->t);
        return;
    case INCFE_INT:
        add_leaf(m, incir_size_scalar(m->g, s->v.u.i));
        return;
    case INCFE_TEXT:
        add_leaf(m, incfe_text_leaf(m, form, s));
        return;
    case INCFE_FLOAT:
        add_leaf(m, float_leaf(m->g, s));
        return;
    case INCFE_BOOL:
        add_leaf(m, s->v.kind == INCVAL_BOOL ? incir_const_bool(m->g, s->v.u.b) : s->t);
        return;
    case INCFE_CHOICE:
        pack_choice(m, form, s);
        return;
    case INCFE_ROWS:
        incfe_rows_pack(m, &form->items[0], s);
        return;
    case INCFE_DICT:
        for (size_t i = 0; i < form->n; i++)
            incfe_pack_form(m, &form->items[i], incfe_entry(m->cx, s, form->first.keys[i], i));
        return;
    default:
        for (size_t i = 0; i < form->n; i++)
            incfe_pack_form(m, &form->items[i], &s->items[i]);
        return;
    }
}

/* ---- unpacking ---- */

incval incfe_symbol(incir_graph *g, incir_value *v, const char *name, int64_t lower)
{
    const incsym *symbol = incsym_new(g->syms, name, 1, lower, v, -1);
    incsym_mark_guess(symbol);
    return incval_int(symbol);
}

static incir_value *take(incfe_merge *m)
{
    return m->leaves.items[m->next++];
}

static incval unpack_tensor(incfe_merge *m, const incfe_form *form)
{
    incir_value *v = take(m);
    incop_boxes among = numbered(m, form);
    incop_box *box = form->quant ? incop_box_quantized(m->cx, v, form->quant)
                     : among.n   ? incop_box_one_of(m->g, among.items, among.n, NULL, take(m), v)
                     : is_one_of(m, form) ? incop_box_either(m->g, form->whole, m->condition, v)
                                          : incop_box_new(m->cx, v);
    for (size_t i = 0; i < form->links.n; i++)
        incop_box_link(m->g, box, form->links.items[i]);
    INC_PUSH(m->cx, &m->made, box);
    if (form->is_held)
        incop_box_protect(box, "a tensor that a list holds as well");
    return incval_tensor(box);
}

static incval unpack_items(incfe_merge *m, const incfe_form *form)
{
    const incval_list *like = form->first.v.u.list;
    incval list = incval_list_new(m->cx, form->first.v.kind);
    list.u.list->type_name = like->type_name;
    list.u.list->field_names = like->field_names;
    list.u.list->rows = like->rows ? (incval_rows *)(uintptr_t)like->rows->of : NULL;
    for (size_t i = 0; i < form->n; i++) {
        incval item = incfe_unpack_form(m, &form->items[i]);
        INC_PUSH(m->cx, &list.u.list->v, item);
    }
    return list;
}

static incval unpack_same(incfe_merge *m, const incfe_form *form)
{
    const incfe_snapshot *s = &form->first;
    if (s->lost && s->v.kind != INCVAL_TENSOR) {
        incval v =
            s->v.kind == INCVAL_DICT ? incval_dict_new(m->cx) : incval_list_new(m->cx, INCVAL_LIST);
        incop_lose(m->g, v, s->lost);
        return v;
    }
    if (s->lost) {
        incop_box *box = incop_box_new(m->cx, incir_const_i64(m->g, 0));
        incop_box_lose(m->g, box, s->lost);
        return incval_tensor(box);
    }
    if (s->v.kind != INCVAL_TENSOR || s->is_outside)
        return s->v;
    incop_box *box =
        s->quant ? incop_box_quantized(m->cx, s->t, s->quant) : incop_box_new(m->cx, s->t);
    return incval_tensor(box);
}

static incir_value *input(incfe_merge *m, incdtype dtype, size_t rank, const incsym *const *dims)
{
    incir_value *v = incir_input(m->g, NULL, dtype, rank, dims);
    incir_block_add_input(m->g, m->g->block, v);
    for (size_t axis = 0; axis < rank; axis++) {
        int ignored;
        if (incsym_kind_of(dims[axis]) == INCSYM_SYMBOL && !incsym_origin(dims[axis], &ignored))
            incsym_set_origin(dims[axis], v, (int)axis);
    }
    add_leaf(m, v);
    return v;
}

static void tensor_input(incfe_merge *m, const incfe_form *form, const incsym *count)
{
    const incsym *dims[INCTENSOR_MAX_RANK + 1];
    size_t rank = 0;
    if (count)
        dims[rank++] = count;
    for (size_t i = 0; i < form->rank; i++)
        dims[rank++] =
            form->dims[i] ? form->dims[i] : incsym_new(m->g->syms, "size", 1, 0, NULL, (int)i);
    if (rank > INCTENSOR_MAX_RANK)
        inc_raise(m->cx, INC_E_LIMIT, "a list of tensors of rank %zu", form->rank);
    input(m, form->dtype, rank, dims);
}

/* count: of the rows that the leaves are of; NULL: of none. */
static void make_inputs(incfe_merge *m, const incfe_form *form, const incsym *count)
{
    size_t rank = count ? 1 : 0;
    switch (form->kind) {
    case INCFE_SAME:
        return;
    case INCFE_TENSOR:
        tensor_input(m, form, count);
        return;
    case INCFE_INT:
    case INCFE_TEXT:
        input(m, INCDT_I64, rank, &count);
        return;
    case INCFE_FLOAT:
        input(m, INCDT_F64, rank, &count);
        return;
    case INCFE_BOOL:
        input(m, INCDT_BOOL, rank, &count);
        return;
    case INCFE_CHOICE:
        if (!form->flag)
            input(m, INCDT_BOOL, rank, &count);
        break;
    case INCFE_ROWS:
        count = incsym_new(m->g->syms, "length", 1, 0, NULL, 0);
        if (!incfe_rows_differ(&form->items[0]))
            break;
        tensor_input(m, &form->items[0], NULL);
        input(m, INCDT_I64, 1, &count);
        return;
    default:
        break;
    }
    for (size_t i = 0; i < form->n; i++)
        make_inputs(m, &form->items[i], count);
}

void incfe_make_inputs(incfe_merge *m, const incfe_form *form)
{
    make_inputs(m, form, NULL);
}

static incir_value *as_number(incir_value *v)
{
    v->is_number = true;
    return v;
}

static incval unpack(incfe_merge *m, const incfe_form *form)
{
    switch (form->kind) {
    case INCFE_SAME:
        return unpack_same(m, form);
    case INCFE_TENSOR:
        return unpack_tensor(m, form);
    case INCFE_INT:
        return incfe_symbol(m->g, take(m), "chosen", INT64_MIN / 4);
    case INCFE_TEXT:
        return incfe_text_of(m->g, form, take(m));
    case INCFE_FLOAT:
        return incval_tensor(incop_box_new(m->cx, as_number(take(m))));
    case INCFE_BOOL:
        return incval_tensor(incop_box_new(m->cx, take(m)));
    case INCFE_ROWS:
        return incfe_rows_list(m->cx, incfe_rows_take(m, &form->items[0]));
    case INCFE_DICT: {
        incval dict = incval_dict_new(m->cx);
        if (form->is_disordered)
            incval_dict_set_disordered(dict.u.dict);
        for (size_t i = 0; i < form->n; i++) {
            incval value = incfe_unpack_form(m, &form->items[i]);
            if (value.kind != INCVAL_ABSENT)
                incval_dict_set(m->cx, dict.u.dict, form->first.keys[i], value);
        }
        return dict;
    }
    case INCFE_CHOICE: {
        incval_choice choice;
        choice.condition = form->flag ? form->flag : take(m);
        choice.yes = incfe_unpack_form(m, &form->items[0]);
        choice.no = incfe_unpack_form(m, &form->items[1]);
        incval v = {.kind = INCVAL_CHOICE};
        v.u.choice = inc_copy(m->cx, &choice, sizeof choice);
        return v;
    }
    default:
        return unpack_items(m, form);
    }
}

incval incfe_unpack_form(incfe_merge *m, const incfe_form *form)
{
    incval v = unpack(m, form);
    incfe_place *place = form->place;
    if (!place)
        return v;
    if (place->twin && place->twin->is_made && place->twin->made.kind == v.kind)
        v = place->twin->made;
    place->made = v;
    place->is_made = true;
    return v;
}
