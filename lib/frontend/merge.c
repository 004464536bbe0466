/* Snapshots, forms and what is made of them; see merge.h. */
#include "frontend/merge.h"
#include "frontend/rows.h"

#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"

/* ---- what can be read outside ---- */

static bool is_inside(const incfe_merge *m, const incir_value *v)
{
    if (!m->inside)
        return false;
    if (v->contents) {
        size_t n = v->rank == 0 ? 1 : 0;
        int64_t size;
        if (v->rank == 1 && incir_dim(v, 0, &size))
            n = (size_t)size;
        for (size_t i = 0; v->kind == INCIR_SIZES && i < n; i++)
            if (incir_depends_on(v->contents[i], m->inside))
                return true;
    }
    return incir_made_inside(v, m->inside);
}

/* ---- snapshots ---- */

static bool is_list(incval v)
{
    return v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE;
}

static void snapshot_items(incfe_merge *m, incfe_snapshot *s, const incval *items, size_t n)
{
    inc_work(m->cx, n + 1);
    s->n = n;
    s->items = INC_NEW_N(m->cx, incfe_snapshot, n);
    for (size_t i = 0; i < n; i++)
        s->items[i] = incfe_snapshot_of(m, items[i]);
}

incfe_snapshot incfe_snapshot_content(incfe_merge *m, incval v)
{
    incfe_snapshot s = {.v = v};
    if (v.kind == INCVAL_DICT) {
        size_t n = incval_dict_count(v.u.dict);
        incval *keys = INC_NEW_N(m->cx, incval, n), *values = INC_NEW_N(m->cx, incval, n);
        for (size_t i = 0; i < n; i++)
            incval_dict_at(v.u.dict, i, &keys[i], &values[i]);
        s.keys = keys;
        snapshot_items(m, &s, values, n);
    } else if (is_list(v)) {
        incval copy = incval_list_new(m->cx, v.kind); /* the list itself may be taken back */
        uint64_t born = v.u.list->born;
        *copy.u.list = *v.u.list;
        copy.u.list->born = born;
        copy.u.list->v.items =
            inc_copy(m->cx, v.u.list->v.items, v.u.list->v.n * sizeof *v.u.list->v.items);
        s.v = copy;
        snapshot_items(m, &s, copy.u.list->v.items, copy.u.list->v.n);
    }
    return s;
}

incfe_snapshot incfe_snapshot_of(incfe_merge *m, incval v)
{
    incfe_snapshot s = {.v = v};
    switch (v.kind) {
    case INCVAL_TENSOR:
        s.t = incop_box_read(m->g, v.u.t);
        s.quant = incop_box_quant(v.u.t);
        s.is_outside = incop_box_born(v.u.t) <= m->since;
        break;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        s = incfe_snapshot_content(m, v);
        s.is_outside = v.u.list->born <= m->since;
        s.v = v;
        break;
    case INCVAL_DICT:
        s = incfe_snapshot_content(m, v);
        s.is_outside = incval_dict_born(v.u.dict) <= m->since;
        break;
    case INCVAL_CHOICE: {
        incval both[2] = {v.u.choice->yes, v.u.choice->no};
        snapshot_items(m, &s, both, 2);
        break;
    }
    default:
        break;
    }
    return s;
}

/* Equal to the last bit: 0 is not -0, and NaN is itself. */
static bool same_bits(double a, double b)
{
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

/* Whether both are the same value, which can be read outside. */
static bool same(const incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b)
{
    if (a->v.kind != b->v.kind)
        return false;
    switch (a->v.kind) {
    case INCVAL_NONE:
    case INCVAL_UNSET:
    case INCVAL_UNKNOWN:
        return true;
    case INCVAL_BOOL:
        return a->v.u.b == b->v.u.b;
    case INCVAL_INT:
        return a->v.u.i == b->v.u.i && !(m->inside && incir_depends_on(a->v.u.i, m->inside));
    case INCVAL_FLOAT:
        return same_bits(a->v.u.f, b->v.u.f);
    case INCVAL_STR:
    case INCVAL_DEVICE:
        return strcmp(a->v.u.s, b->v.u.s) == 0;
    case INCVAL_COMPLEX:
        return same_bits(a->v.u.complex[0], b->v.u.complex[0]) &&
               same_bits(a->v.u.complex[1], b->v.u.complex[1]);
    case INCVAL_TENSOR:
        if (a->v.u.t == b->v.u.t && a->is_outside)
            return true;
        return a->t == b->t && !a->is_outside && !b->is_outside && !is_inside(m, a->t) &&
               a->quant == b->quant;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (a->v.u.list == b->v.u.list && a->is_outside)
            return true;
        if (a->v.kind == INCVAL_LIST || a->n != b->n)
            return false;
        for (size_t i = 0; i < a->n; i++)
            if (!same(m, &a->items[i], &b->items[i]))
                return false;
        return true;
    case INCVAL_DICT:
        return a->v.u.dict == b->v.u.dict && a->is_outside;
    case INCVAL_CHOICE:
        return a->v.u.choice->condition == b->v.u.choice->condition &&
               !is_inside(m, a->v.u.choice->condition) && same(m, &a->items[0], &b->items[0]) &&
               same(m, &a->items[1], &b->items[1]);
    default:
        return a->v.u.object == b->v.u.object;
    }
}

/* ---- forms ---- */

static bool is_number(const incfe_snapshot *s, incval_kind kind, incdtype dtype)
{
    return s->v.kind == kind ||
           (s->v.kind == INCVAL_TENSOR && s->t->rank == 0 && s->t->dtype == dtype);
}

static bool is_dynamic_float(const incfe_snapshot *s)
{
    return s->v.kind == INCVAL_TENSOR && s->t->rank == 0 && s->t->is_number &&
           incdtype_is_float(s->t->dtype);
}

static bool both_floats(const incfe_snapshot *a, const incfe_snapshot *b)
{
    bool x = a->v.kind == INCVAL_FLOAT, y = b->v.kind == INCVAL_FLOAT;
    return (x && y) || (x && is_dynamic_float(b)) || (y && is_dynamic_float(a)) ||
           (is_dynamic_float(a) && is_dynamic_float(b));
}

static bool both_bools(const incfe_snapshot *a, const incfe_snapshot *b)
{
    return (a->v.kind == INCVAL_BOOL || b->v.kind == INCVAL_BOOL) &&
           is_number(a, INCVAL_BOOL, INCDT_BOOL) && is_number(b, INCVAL_BOOL, INCDT_BOOL);
}

static void link_to(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind != INCVAL_TENSOR)
        return;
    incop_box *root = incop_box_root(s->v.u.t);
    if (incop_box_born(root) > m->since)
        return;
    for (size_t i = 0; i < form->links.n; i++)
        if (form->links.items[i] == root)
            return;
    INC_PUSH(m->cx, &form->links, root);
}

static incfe_form tensor_form(incfe_merge *m, const incfe_snapshot *s)
{
    incfe_form form = {.kind = INCFE_TENSOR,
                       .first = *s,
                       .dtype = s->t->dtype,
                       .rank = s->t->rank,
                       .quant = s->quant};
    form.dims = inc_copy(m->cx, s->t->dims, s->t->rank * sizeof *s->t->dims);
    for (size_t i = 0; i < form.rank; i++)
        if (m->inside && incir_depends_on(form.dims[i], m->inside))
            form.dims[i] = NULL;
    link_to(m, &form, s);
    return form;
}

static incfe_form items_form(incfe_merge *m, const incfe_snapshot *s, incfe_form_kind kind)
{
    incfe_form form = {.kind = kind, .first = *s, .n = s->n};
    form.items = INC_NEW_N(m->cx, incfe_form, s->n);
    for (size_t i = 0; i < s->n; i++)
        form.items[i] = incfe_form_of(m, &s->items[i]);
    return form;
}

incfe_form incfe_form_opened(incfe_merge *m, const incfe_snapshot *s)
{
    if (is_dynamic_float(s))
        return (incfe_form){.kind = INCFE_FLOAT, .first = *s};
    switch (s->v.kind) {
    case INCVAL_TENSOR:
        return tensor_form(m, s);
    case INCVAL_INT:
        return (incfe_form){.kind = INCFE_INT, .first = *s};
    case INCVAL_FLOAT:
        return (incfe_form){.kind = INCFE_FLOAT, .first = *s};
    case INCVAL_BOOL:
        return (incfe_form){.kind = INCFE_BOOL, .first = *s};
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        return items_form(m, s, INCFE_ITEMS);
    case INCVAL_DICT:
        return items_form(m, s, INCFE_DICT);
    case INCVAL_CHOICE:
        return items_form(m, s, INCFE_CHOICE);
    default:
        return (incfe_form){.kind = INCFE_SAME, .first = *s};
    }
}

incfe_form incfe_form_of(incfe_merge *m, const incfe_snapshot *s)
{
    return same(m, s, s) ? (incfe_form){.kind = INCFE_SAME, .first = *s} : incfe_form_opened(m, s);
}

/* Whether s takes the form without a choice at its top. */
static bool fits(const incfe_form *form, const incfe_snapshot *s)
{
    const incfe_snapshot *f = &form->first;
    if (s->v.kind == INCVAL_UNSET)
        return true;
    switch (form->kind) {
    case INCFE_INT:
        return s->v.kind == INCVAL_INT;
    case INCFE_BOOL:
        return is_number(s, INCVAL_BOOL, INCDT_BOOL);
    case INCFE_FLOAT:
        return s->v.kind == INCVAL_FLOAT || is_dynamic_float(s);
    case INCFE_TENSOR:
        return (s->v.kind == INCVAL_TENSOR && s->t->dtype == form->dtype &&
                s->t->rank == form->rank && s->quant == form->quant) ||
               both_floats(f, s) || both_bools(f, s);
    case INCFE_CHOICE:
        return true;
    case INCFE_ROWS:
        return s->v.kind == INCVAL_LIST;
    default:
        break;
    }
    if (f->v.kind == INCVAL_UNSET || both_floats(f, s) || both_bools(f, s))
        return true;
    if (f->v.kind != s->v.kind)
        return false;
    if (f->v.kind == INCVAL_TENSOR)
        return f->t->dtype == s->t->dtype && f->t->rank == s->t->rank && f->quant == s->quant;
    if (f->v.kind == INCVAL_TUPLE)
        return f->n == s->n;
    if (f->v.kind == INCVAL_DICT) {
        if (f->n != s->n)
            return false;
        for (size_t i = 0; i < f->n; i++)
            if (f->keys[i].kind != s->keys[i].kind ||
                (f->keys[i].kind == INCVAL_STR ? strcmp(f->keys[i].u.s, s->keys[i].u.s) != 0
                                               : f->keys[i].u.object != s->keys[i].u.object))
                return false;
        return true;
    }
    return f->v.kind == INCVAL_NONE || f->v.kind == INCVAL_BOOL || f->v.kind == INCVAL_INT ||
           f->v.kind == INCVAL_FLOAT || f->v.kind == INCVAL_LIST || f->v.kind == INCVAL_CHOICE ||
           f->v.kind == INCVAL_UNKNOWN;
}

static bool join_dims(incfe_form *form, const incfe_snapshot *s)
{
    bool changed = false;
    for (size_t i = 0; i < form->rank; i++)
        if (form->dims[i] && form->dims[i] != s->t->dims[i]) {
            form->dims[i] = NULL;
            changed = true;
        }
    return changed;
}

static void refuse(incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b) INC_NORETURN;
static void refuse(incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b)
{
    if (a->v.kind == INCVAL_TENSOR && b->v.kind == INCVAL_TENSOR)
        inc_raise(m->cx, INC_E_UNSUPPORTED, "a variable is %s or %s, as the data decides",
                  incir_type_text(m->g, a->t), incir_type_text(m->g, b->t));
    inc_raise(m->cx, INC_E_UNSUPPORTED, "a variable is a %s or a %s, as the data decides",
              incval_kind_name(a->v.kind), incval_kind_name(b->v.kind));
}

static bool has_leaves_only(const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_OBJECT || s->v.kind == INCVAL_FUNCTION || s->v.kind == INCVAL_PACKED)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (!has_leaves_only(&s->items[i]))
            return false;
    return true;
}

/* One of two that have no common form. */
static void make_choice(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    incfe_form *both = INC_NEW_N(m->cx, incfe_form, 2);
    bool has_example = m->condition && m->condition->constant;
    if (form->first.quant != s->quant)
        inc_raise_hint(
            m->cx, INC_E_UNSUPPORTED, "dequantize the tensor in both branches",
            "a tensor is quantized with other parameters where the data decides otherwise");
    if (has_example && form->first.v.kind == INCVAL_TENSOR && s->v.kind == INCVAL_TENSOR)
        refuse(m, &form->first, s); /* the example's is the better of the two */
    if (!has_leaves_only(&form->first) || !has_leaves_only(s))
        refuse(m, &form->first, s);
    both[0] = *form;
    both[1] = incfe_form_of(m, s);
    *form = (incfe_form){
        .kind = INCFE_CHOICE, .first = form->first, .n = 2, .items = both, .flag = m->condition};
}

static bool join_choice(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_CHOICE) {
        bool yes = incfe_join(m, &form->items[0], &s->items[0]);
        return incfe_join(m, &form->items[1], &s->items[1]) || yes;
    }
    size_t side = fits(&form->items[0], s) ? 0 : 1;
    if (!fits(&form->items[side], s))
        refuse(m, &form->items[side].first, s);
    bool changed = incfe_join(m, &form->items[side], s);
    if (form->flag) { /* arms are told apart by more than the condition */
        form->flag = NULL;
        changed = true;
    }
    return changed;
}

/* A list that is longer or shorter elsewhere. */
static void become_rows(incfe_merge *m, incfe_form *form)
{
    incfe_form *item = INC_NEW(m->cx, incfe_form);
    item->kind = INCFE_SAME;
    incfe_rows_join_form(m, item, &form->first);
    form->kind = INCFE_ROWS;
    form->n = 1;
    form->items = item;
}

static bool join_items(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    bool changed = false;
    if (form->kind == INCFE_ITEMS &&
        (form->n != s->n || form->first.v.u.list->rows != s->v.u.list->rows)) {
        become_rows(m, form);
        incfe_rows_join_form(m, &form->items[0], s);
        return true;
    }
    for (size_t i = 0; i < form->n; i++)
        changed = incfe_join(m, &form->items[i], &s->items[i]) || changed;
    return changed;
}

bool incfe_join(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    inc_work(m->cx, 16);
    if (s->v.kind == INCVAL_UNSET)
        return false;
    if (form->kind == INCFE_SAME && form->first.v.kind == INCVAL_UNSET) {
        *form = incfe_form_of(m, s);
        return true;
    }
    if (form->first.v.kind == INCVAL_UNKNOWN || s->v.kind == INCVAL_UNKNOWN) {
        bool changed = form->first.v.kind != INCVAL_UNKNOWN;
        incfe_snapshot unknown = {.v = incval_unknown()};
        *form = (incfe_form){.kind = INCFE_SAME, .first = unknown};
        return changed;
    }
    if (form->kind == INCFE_SAME && same(m, &form->first, s))
        return false;
    if (form->kind == INCFE_CHOICE)
        return join_choice(m, form, s);
    if (s->v.kind == INCVAL_CHOICE) { /* the other is one of the two, or no choice of ours */
        incfe_snapshot first = form->first;
        *form = incfe_form_opened(m, s);
        join_choice(m, form, &first);
        return true;
    }
    if (!fits(form, s)) {
        make_choice(m, form, s);
        return true;
    }
    if (form->kind == INCFE_SAME) {
        bool floats = both_floats(&form->first, s), bools = both_bools(&form->first, s);
        *form = floats  ? (incfe_form){.kind = INCFE_FLOAT, .first = form->first}
                : bools ? (incfe_form){.kind = INCFE_BOOL, .first = form->first}
                        : incfe_form_opened(m, &form->first);
        incfe_join(m, form, s);
        return true;
    }
    switch (form->kind) {
    case INCFE_TENSOR:
        if (both_floats(&form->first, s) || both_bools(&form->first, s)) {
            form->kind = both_bools(&form->first, s) ? INCFE_BOOL : INCFE_FLOAT;
            return true;
        }
        link_to(m, form, s);
        return join_dims(form, s);
    case INCFE_ROWS:
        return incfe_rows_join_form(m, &form->items[0], s);
    case INCFE_ITEMS:
    case INCFE_DICT:
        return join_items(m, form, s);
    default:
        return false;
    }
}

/* ---- packing ---- */

static void add_leaf(incfe_merge *m, incir_value *v)
{
    INC_PUSH(m->cx, &m->leaves, v);
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
        add_leaf(m, emit_full(g, form->dtype, dims, form->rank, 0));
        return;
    case INCFE_INT:
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
        add_leaf(m, s->v.u.choice->condition);
        incfe_pack_form(m, &form->items[0], &s->items[0]);
        incfe_pack_form(m, &form->items[1], &s->items[1]);
        return;
    }
    bool first = form->flag ? m->is_first_arm : fits(&form->items[0], s);
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
        add_leaf(m, s->t);
        return;
    case INCFE_INT:
        add_leaf(m, incir_size_scalar(m->g, s->v.u.i));
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
    incop_box *box = form->quant ? incop_box_quantized(m->cx, take(m), form->quant)
                                 : incop_box_new(m->cx, take(m));
    for (size_t i = 0; i < form->links.n; i++)
        incop_box_link(m->g, box, form->links.items[i]);
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
    list.u.list->rows = like->rows;
    for (size_t i = 0; i < form->n; i++) {
        incval item = incfe_unpack_form(m, &form->items[i]);
        INC_PUSH(m->cx, &list.u.list->v, item);
    }
    return list;
}

static incval unpack_same(incfe_merge *m, const incfe_form *form)
{
    const incfe_snapshot *s = &form->first;
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
        break;
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

incval incfe_unpack_form(incfe_merge *m, const incfe_form *form)
{
    switch (form->kind) {
    case INCFE_SAME:
        return unpack_same(m, form);
    case INCFE_TENSOR:
        return unpack_tensor(m, form);
    case INCFE_INT:
        return incfe_symbol(m->g, take(m), "chosen", INT64_MIN / 4);
    case INCFE_FLOAT:
        return incval_tensor(incop_box_new(m->cx, as_number(take(m))));
    case INCFE_BOOL:
        return incval_tensor(incop_box_new(m->cx, take(m)));
    case INCFE_ROWS:
        return incfe_rows_list(m->cx, incfe_rows_take(m, &form->items[0]));
    case INCFE_DICT: {
        incval dict = incval_dict_new(m->cx);
        for (size_t i = 0; i < form->n; i++)
            incval_dict_set(m->cx, dict.u.dict, form->first.keys[i],
                            incfe_unpack_form(m, &form->items[i]));
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

/* ---- writes ---- */

incfe_written incfe_written_now(incfe_merge *m, const incop_change *change)
{
    incfe_written w = {.change = change, .is_there = true};
    switch (change->kind) {
    case INCOP_CHANGED_BOX:
        w.lost = incop_box_lost(change->of);
        if (w.lost)
            break;
        w.now = incfe_snapshot_of(m, incval_tensor(change->of));
        w.now.v = incval_tensor(incop_box_new(m->cx, w.now.t)); /* who it is does not count */
        w.now.is_outside = false;
        break;
    case INCOP_CHANGED_LIST:
        w.now = incfe_snapshot_content(m, (incval){.kind = INCVAL_LIST, .u.list = change->of});
        break;
    case INCOP_CHANGED_DICT:
        w.now = incfe_snapshot_content(m, (incval){.kind = INCVAL_DICT, .u.dict = change->of});
        break;
    default: {
        const incval *value = incmap_get_str(change->of, change->name);
        w.is_there = value != NULL;
        if (value)
            w.now = incfe_snapshot_of(m, *value);
        break;
    }
    }
    return w;
}

incfe_writes incfe_writes_of(incfe_merge *m, const incop_block *b)
{
    incfe_writes writes = {0};
    for (size_t i = 0; i < b->changes.n; i++) {
        const incop_change *c = b->changes.items[i];
        if (c->kind == INCOP_CHANGED_BOX && incop_is_cut(c))
            inc_raise_hint(m->cx, INC_E_UNSUPPORTED, "use squeeze(), unsqueeze(), t() instead",
                           "the shape of a tensor is changed in place where the data decides");
        if (c->kind == INCOP_CHANGED_OTHER ||
            (c->kind == INCOP_CHANGED_BOX && !incop_is_written(c)))
            continue; /* a view is cut again, whatever was written */
        INC_PUSH(m->cx, &writes, incfe_written_now(m, c));
    }
    return writes;
}

const incfe_written *incfe_find_write(const incfe_writes *writes, const incop_change *change)
{
    for (size_t i = 0; i < writes->n; i++) {
        const incop_change *c = writes->items[i].change; /* few are written in one block */
        if (c->kind == change->kind && c->of == change->of &&
            (!c->name || strcmp(c->name, change->name) == 0))
            return &writes->items[i];
    }
    return NULL;
}

void incfe_write(incfe_merge *m, const incop_change *change, incval v)
{
    switch (change->kind) {
    case INCOP_CHANGED_BOX:
        if (v.kind == INCVAL_TENSOR)
            incop_box_set(m->g, change->of, incop_box_read(m->g, v.u.t));
        return;
    case INCOP_CHANGED_LIST: {
        incval_list *list = change->of;
        incop_record_list(m->g, list);
        list->v.n = 0;
        list->v.items = NULL;
        list->v.cap = 0;
        list->rows = v.u.list->rows;
        for (size_t i = 0; i < v.u.list->v.n; i++)
            INC_PUSH(m->cx, &list->v, v.u.list->v.items[i]);
        return;
    }
    case INCOP_CHANGED_DICT:
        incop_record_dict(m->g, change->of);
        incval_dict_assign(change->of, v.u.dict);
        return;
    case INCOP_CHANGED_SLOT: {
        incop_record_slot(m->g, change->of, change->born, change->name);
        incval *room = incmap_get_str(change->of, change->name);
        if (room)
            *room = v;
        else
            incmap_set_str(m->cx, change->of, change->name, inc_copy(m->cx, &v, sizeof v));
        return;
    }
    case INCOP_CHANGED_OTHER:
        return;
    }
}
