/* SPDX-License-Identifier: Apache-2.0 */
/* Values taken down as they are; see merge.h. */
#include <string.h>

#include "frontend/merge_internal.h"
#include "frontend/rows.h"

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
        s.is_disordered = incval_dict_is_disordered(v.u.dict);
        snapshot_items(m, &s, values, n);
    } else if (is_list(v)) {
        incval copy = incval_list_new(m->cx, v.kind); /* the list itself may be taken back */
        uint64_t born = v.u.list->born;
        *copy.u.list = *v.u.list;
        copy.u.list->born = born;
        copy.u.list->rows = incfe_rows_frozen(m->g, v.u.list->rows);
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
        s.lost = incop_box_lost(incop_box_root(v.u.t));
        if (s.lost)
            break;
        s.t = incop_box_read(m->g, v.u.t);
        s.quant = incop_box_quant(v.u.t);
        s.is_outside = incop_box_born(v.u.t) <= m->since;
        break;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        s.lost = incop_lost(v);
        if (s.lost)
            break;
        s = incfe_snapshot_content(m, v);
        s.is_outside = v.u.list->born <= m->since;
        s.v = v;
        break;
    case INCVAL_DICT:
        s.lost = incop_lost(v);
        if (s.lost)
            break;
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
bool incfe_same(const incfe_merge *m, const incfe_snapshot *a, const incfe_snapshot *b)
{
    if (a->v.kind != b->v.kind || a->lost || b->lost)
        return false;
    switch (a->v.kind) {
    case INCVAL_NONE:
    case INCVAL_UNSET:
    case INCVAL_UNKNOWN:
    case INCVAL_ABSENT:
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
            if (!incfe_same(m, &a->items[i], &b->items[i]))
                return false;
        return true;
    case INCVAL_DICT:
        return a->v.u.dict == b->v.u.dict && a->is_outside;
    case INCVAL_CHOICE:
        return a->v.u.choice->condition == b->v.u.choice->condition &&
               !is_inside(m, a->v.u.choice->condition) &&
               incfe_same(m, &a->items[0], &b->items[0]) &&
               incfe_same(m, &a->items[1], &b->items[1]);
    default:
        return a->v.u.object == b->v.u.object;
    }
}

bool incfe_same_key(incval a, incval b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case INCVAL_STR:
    case INCVAL_DEVICE:
        return strcmp(a.u.s, b.u.s) == 0;
    case INCVAL_FLOAT:
        return a.u.f == b.u.f;
    case INCVAL_BOOL:
        return a.u.b == b.u.b;
    default:
        return a.u.object == b.u.object;
    }
}

size_t incfe_entry_number(inccx *cx, const incfe_snapshot *dict, incval key, size_t likely)
{
    if (likely < dict->n && incfe_same_key(dict->keys[likely], key))
        return likely;
    inc_work(cx, dict->n);
    size_t i = 0;
    while (i < dict->n && !incfe_same_key(dict->keys[i], key))
        i++;
    return i;
}

const incfe_snapshot *incfe_entry(inccx *cx, const incfe_snapshot *dict, incval key, size_t likely)
{
    static const incfe_snapshot absent = {.v = {.kind = INCVAL_ABSENT}};
    size_t i = incfe_entry_number(cx, dict, key, likely);
    return i < dict->n ? &dict->items[i] : &absent;
}

bool incfe_is_number(const incfe_snapshot *s, incval_kind kind, incdtype dtype)
{
    return !s->lost && (s->v.kind == kind ||
                        (s->v.kind == INCVAL_TENSOR && s->t->rank == 0 && s->t->dtype == dtype));
}

bool incfe_is_dynamic_float(const incfe_snapshot *s)
{
    return s->v.kind == INCVAL_TENSOR && s->t && s->t->rank == 0 && s->t->is_number &&
           incdtype_is_float(s->t->dtype);
}

bool incfe_both_floats(const incfe_snapshot *a, const incfe_snapshot *b)
{
    bool x = a->v.kind == INCVAL_FLOAT, y = b->v.kind == INCVAL_FLOAT;
    return (x && y) || (x && incfe_is_dynamic_float(b)) || (y && incfe_is_dynamic_float(a)) ||
           (incfe_is_dynamic_float(a) && incfe_is_dynamic_float(b));
}

bool incfe_both_bools(const incfe_snapshot *a, const incfe_snapshot *b)
{
    return (a->v.kind == INCVAL_BOOL || b->v.kind == INCVAL_BOOL) &&
           incfe_is_number(a, INCVAL_BOOL, INCDT_BOOL) &&
           incfe_is_number(b, INCVAL_BOOL, INCDT_BOOL);
}
