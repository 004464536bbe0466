/* SPDX-License-Identifier: Apache-2.0 */
/* What was written while a block was open; see merge.h. */
#include <string.h>

#include "frontend/merge_internal.h"
#include "frontend/rows.h"

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
        w.lost = incop_lost((incval){.kind = INCVAL_LIST, .u.list = change->of});
        if (w.lost)
            break;
        w.now = incfe_snapshot_content(m, (incval){.kind = INCVAL_LIST, .u.list = change->of});
        break;
    case INCOP_CHANGED_DICT:
        w.lost = incop_lost((incval){.kind = INCVAL_DICT, .u.dict = change->of});
        if (w.lost)
            break;
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
        incop_record_list(m->g, list); /* whoever else it may be */
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
        *incval_dict_shared(v.u.dict) = *incval_dict_shared(change->of);
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

void incfe_lose(incfe_merge *m, const incop_change *change, const char *why)
{
    if (change->kind == INCOP_CHANGED_BOX)
        incop_box_lose(m->g, change->of, why);
    else if (change->kind == INCOP_CHANGED_LIST)
        incop_lose(m->g, (incval){.kind = INCVAL_LIST, .u.list = change->of}, why);
    else if (change->kind == INCOP_CHANGED_DICT)
        incop_lose(m->g, (incval){.kind = INCVAL_DICT, .u.dict = change->of}, why);
}
