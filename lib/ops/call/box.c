/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor variables. A view's box remembers the call that cut it; reading one whose base was written
 * since runs that call again on what the base is now. Writing into a view computes what the base
 * becomes (the row's unview) and writes that into the base's box, and so on down. */
#include "ir/quant.h"
#include "ops/call/block.h"
#include "ops/call/internal.h"

enum { MOST_VIEWS_DEEP = 64 };

incop_box *incop_box_new(inccx *cx, incir_value *value)
{
    incop_box *box = INC_NEW(cx, incop_box);
    box->value = value;
    box->born = inc_stamp(cx);
    return box;
}

incop_box *incop_box_quantized(inccx *cx, incir_value *value, const struct incir_quant *q)
{
    incop_box *box = incop_box_new(cx, value);
    box->quant = q;
    return box;
}

const struct incir_quant *incop_box_quant(const incop_box *box)
{
    return box->quant;
}

incop_call *incop_call_copy(const incop_call *c)
{
    incop_call *again = inc_copy(c->cx, c, sizeof *c);
    again->args = inc_copy(c->cx, c->args, c->schema->n_params * sizeof *c->args);
    for (size_t i = 0; i < c->schema->n_params; i++)
        if (c->args[i].kind == INCVAL_LIST) { /* the program may go on changing its list */
            incval_list *list = INC_NEW(c->cx, incval_list);
            const incval_list *old = c->args[i].u.list;
            list->v.items = inc_copy(c->cx, old->v.items, old->v.n * sizeof *old->v.items);
            list->v.n = list->v.cap = old->v.n;
            again->args[i].u.list = list;
        }
    again->results = NULL;
    again->n_results = 0;
    return again;
}

static incir_value *cut_again(const incop_box *box)
{
    incop_call *c = incop_call_copy(box->cut);
    incir_call *reader = c->g->call;
    c->g->call = incir_call_new(c->g, c->schema->name);
    c->g->call->row = c->row;
    c->g->call->schema = c->schema;
    incop_run(c);
    c->g->call = reader;
    incval v = c->results[0];
    if (v.kind == INCVAL_LIST) {
        if (box->cut_index >= v.u.list->v.n)
            inc_raise(c->cx, INC_E_INTERNAL, "a view has fewer parts than it had before");
        v = v.u.list->v.items[box->cut_index];
    }
    return v.u.t->value;
}

static void warn_of_sizes(incir_graph *g)
{
    inc_guess(g->cx, "sizes decide whether reshape() copies a tensor that is written in place: as "
                     "for the example inputs; write clone() or contiguous() before it");
}

static incir_value *read_box(incir_graph *g, incop_box *box, int depth)
{
    if (box->is_stale) {
        box->is_stale = false;
        warn_of_sizes(g);
    }
    if (box->lost)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                       "clone() the tensor in the model before writing into it", "%s", box->lost);
    if (!box->base)
        return box->value;
    if (depth > MOST_VIEWS_DEEP)
        inc_raise(g->cx, INC_E_LIMIT, "views of views of views: more than %d deep",
                  MOST_VIEWS_DEEP);
    incir_value *base = read_box(g, box->base, depth + 1);
    if (box->base_version != box->base->version) {
        incop_record_box(g, box);
        if (box->shares_in_example)
            warn_of_sizes(g);
        box->value = box->is_alias ? base : cut_again(box);
        box->base_version = box->base->version;
        box->version = inc_stamp(g->cx);
    }
    return box->value;
}

incir_value *incop_box_read(incir_graph *g, incop_box *box)
{
    return read_box(g, box, 0);
}

/* Whatever is written into a quantized tensor is quantized with its qparams. */
static incir_value *requantized(incir_graph *g, const incop_box *box, incir_value *value)
{
    return box->quant && box->quant->n ? incir_quantized(g, value, box->quant) : value;
}

/* ---- memory that may be shared, as the data decides ---- */

struct box_link {
    incop_box *box;
    bool is_elsewhere; /* see incop_box_link_elsewhere() */
    const struct box_link *next;
};

/* The variables that a box is one of. */
struct box_choice {
    incop_box *const *boxes; /* NULL: memory of its own */
    size_t n;
    const incsym *number;
    incir_value *i;
    incir_value *condition; /* instead of them, of two */
};

incop_box *incop_box_root(incop_box *box)
{
    while (box->base)
        box = box->base;
    return box;
}

uint64_t incop_box_born(const incop_box *box)
{
    return box->born;
}

static void link_one(incir_graph *g, incop_box *from, incop_box *to, bool is_elsewhere)
{
    struct box_link link = {to, is_elsewhere, from->links};
    for (const struct box_link *l = from->links; l; l = l->next)
        if (l->box == to)
            return;
    incop_record_box(g, from);
    from->links = inc_copy(g->cx, &link, sizeof link);
}

static void link_both(incir_graph *g, incop_box *a, incop_box *b, bool is_elsewhere)
{
    a = incop_box_root(a);
    b = incop_box_root(b);
    if (a == b)
        return;
    link_one(g, a, b, is_elsewhere);
    link_one(g, b, a, is_elsewhere);
}

void incop_box_link(incir_graph *g, incop_box *a, incop_box *b)
{
    link_both(g, a, b, false);
}

void incop_box_link_elsewhere(incir_graph *g, incop_box *a, incop_box *b)
{
    link_both(g, a, b, true);
}

void incop_boxes_set_family(inccx *cx, const incop_boxes *boxes)
{
    uint64_t family = inc_stamp(cx);
    for (size_t i = 0; i < boxes->n; i++)
        boxes->items[i]->family = family;
}

incop_box *incop_box_one_of(incir_graph *g, incop_box *const *boxes, size_t n, const incsym *number,
                            incir_value *i, incir_value *value)
{
    struct box_choice choice = {inc_copy(g->cx, boxes, n * sizeof(incop_box *)), n, number, i,
                                NULL};
    incop_box *box = incop_box_new(g->cx, value);
    box->choice = inc_copy(g->cx, &choice, sizeof choice);
    for (size_t k = 0; k < n; k++)
        incop_box_link(g, box, boxes[k]);
    return box;
}

incop_box *incop_box_either(incir_graph *g, incop_box *const of[2], incir_value *condition,
                            incir_value *value)
{
    struct box_choice choice = {
        .boxes = inc_copy(g->cx, of, 2 * sizeof *of), .n = 2, .condition = condition};
    incop_box *box = incop_box_new(g->cx, value);
    box->choice = inc_copy(g->cx, &choice, sizeof choice);
    for (size_t k = 0; k < 2; k++)
        if (of[k])
            incop_box_link(g, box, of[k]);
    return box;
}

/* Whether it is number k. */
static incir_value *is_chosen(incir_graph *g, const struct box_choice *c, size_t k)
{
    if (!c->condition)
        return incir_emit2(g, "Equal", c->i, incir_const_i64(g, (int64_t)k));
    return k == 0 ? c->condition : incir_emit1(g, "Not", c->condition);
}

/* Adds the box to the boxes, where it is not among them. */
static void add_member(inccx *cx, incop_boxes *boxes, incop_box *box)
{
    for (size_t i = 0; i < boxes->n; i++)
        if (boxes->items[i] == box)
            return;
    INC_PUSH(cx, boxes, box);
}

bool incop_box_members(inccx *cx, incop_box *box, uint64_t since, incop_boxes *members)
{
    if (box->born <= since) {
        add_member(cx, members, box);
        return true;
    }
    bool all = box->choice || !box->links;
    inc_enter(cx);
    inc_work(cx, 4);
    for (size_t k = 0; all && box->choice && k < box->choice->n; k++)
        all = !box->choice->boxes[k] ||
              incop_box_members(cx, incop_box_root(box->choice->boxes[k]), since, members);
    inc_leave(cx);
    return all;
}

incir_value *incop_box_number(incir_graph *g, const incop_box *box, const incop_boxes *among)
{
    for (size_t i = 0; i < among->n; i++)
        if (among->items[i] == box)
            return incir_const_i64(g, (int64_t)i);
    incir_value *number = incir_const_i64(g, -1);
    inc_enter(g->cx);
    for (size_t k = 0; box && box->choice && k < box->choice->n; k++) {
        incir_value *one = incop_box_number(g, box->choice->boxes[k], among);
        number = incir_emit3(g, "Where", is_chosen(g, box->choice, k), one, number);
    }
    inc_leave(g->cx);
    return number;
}

void incop_box_links(inccx *cx, incop_box *box, uint64_t since, incop_boxes *older)
{
    inc_enter(cx);
    inc_work(cx, 4);
    if (box->born <= since)
        add_member(cx, older, box);
    else
        for (const struct box_link *l = box->links; l; l = l->next)
            if (!l->is_elsewhere && l->box->born < box->born)
                incop_box_links(cx, l->box, since, older);
    inc_leave(cx);
}

bool incop_box_is_one_of(const incop_box *box, incop_box *const *boxes, size_t n,
                         const incsym *number)
{
    bool same = box->choice && !box->choice->condition && box->choice->n == n &&
                box->choice->number == number;
    for (size_t k = 0; same && k < n; k++)
        same = box->choice->boxes[k] == boxes[k];
    return same;
}

void incop_box_protect(incop_box *box, const char *what)
{
    box->protected_as = what;
}

const char *incop_box_lost(const incop_box *box)
{
    return box->lost;
}

void incop_box_lose(incir_graph *g, incop_box *box, const char *why)
{
    if (box->lost)
        return;
    incop_record_box(g, box);
    box->lost = why;
}

static const char why_lost[] =
    "a tensor is read here that another one, which is the same memory or not as the data decides, "
    "was written into before";

static void tell_newer(incir_graph *g, const incop_box *box, incir_value *value);

/* box, which is being written, is perhaps what chosen is: then that changes, too. */
static bool write_if_chosen(incir_graph *g, incop_box *chosen, const incop_box *box,
                            incir_value *value)
{
    const struct box_choice *c = chosen->choice;
    bool found = false;
    for (size_t k = 0; c && !chosen->lost && k < c->n; k++) {
        if (c->boxes[k] != box)
            continue;
        incop_record_box(g, chosen);
        chosen->value = incir_emit3(g, "Where", is_chosen(g, c, k), value, chosen->value);
        chosen->version = inc_stamp(g->cx);
        found = true;
    }
    if (found)
        tell_newer(g, chosen, chosen->value);
    return found;
}

/* Whether a box is one of others, and box is among them or what they are one of; by_root: or what
 * they are views of. */
static bool is_made_of(incir_graph *g, const incop_box *chosen, const incop_box *box, bool by_root)
{
    const struct box_choice *c = chosen->choice;
    bool found = false;
    inc_enter(g->cx);
    inc_work(g->cx, 4);
    for (size_t k = 0; !found && c && k < c->n; k++) {
        const incop_box *one = by_root && c->boxes[k] ? incop_box_root(c->boxes[k]) : c->boxes[k];
        found = one && (one == box || is_made_of(g, one, box, by_root));
    }
    inc_leave(g->cx);
    return found;
}

/* Whether b is not a, though both are linked to what may be either. */
static bool is_told_apart(const incop_box *a, const incop_box *b)
{
    return a->family && a->family == b->family;
}

/* The box, which may be what is written, and whatever may be the box, is not known any more. */
static void lose_with_newer(incir_graph *g, incop_box *box, const incop_box *written)
{
    if (box->lost)
        return;
    inc_enter(g->cx);
    incop_box_lose(g, box, why_lost);
    for (const struct box_link *l = box->links; l; l = l->next)
        if (!l->is_elsewhere && l->box->born > box->born && !is_told_apart(l->box, written))
            lose_with_newer(g, l->box, written);
    inc_leave(g->cx);
}

/* box was written, or what it may be: boxes that were made as what may be the box. */
static void tell_newer(incir_graph *g, const incop_box *box, incir_value *value)
{
    inc_enter(g->cx);
    for (const struct box_link *l = box->links; l; l = l->next)
        if (l->is_elsewhere)
            l->box->is_stale = true;
        else if (l->box->born > box->born && !write_if_chosen(g, l->box, box, value) &&
                 !is_made_of(g, l->box, box, false))
            lose_with_newer(g, l->box, box);
    inc_leave(g->cx);
}

/* box is written, or may be: boxes that it may be, and what these may be, other than those that
 * written is one of, which have the new value. */
static void lose_older(incir_graph *g, const incop_box *box, const incop_box *written)
{
    inc_enter(g->cx);
    for (const struct box_link *l = box->links; l; l = l->next)
        if (!l->is_elsewhere && l->box->born < box->born && !is_made_of(g, written, l->box, true)) {
            inc_work(g->cx, 4);
            lose_with_newer(g, l->box, written);
            lose_older(g, l->box, written);
        }
    inc_leave(g->cx);
}

void incop_box_set(incir_graph *g, incop_box *box, incir_value *value)
{
    incop_record_box(g, box);
    box->value = value;
    box->version = inc_stamp(g->cx);
}

/* The box was written: what is linked to it. */
static void write_linked(incir_graph *g, incop_box *box, incir_value *value)
{
    const char *lost = box->lost;
    if (!box->links)
        return;
    tell_newer(g, box, value);
    box->lost = why_lost; /* not to come back here */
    lose_older(g, box, box);
    box->lost = lost;
}

static void write_box(incir_graph *g, incop_box *box, incir_value *value, int depth);

/* Writes the one of the boxes that box is. */
static void write_chosen(incir_graph *g, incop_box *box, incir_value *value, int depth)
{
    const struct box_choice *c = box->choice;
    const struct box_link *links = box->links;
    box->links = NULL; /* what is linked to it is written here */
    box->choice = NULL;
    for (size_t k = 0; k < c->n; k++) {
        if (!c->boxes[k])
            continue;
        incir_value *before = incop_box_read(g, c->boxes[k]);
        write_box(g, c->boxes[k], incir_emit3(g, "Where", is_chosen(g, c, k), value, before),
                  depth + 1);
    }
    box->choice = c;
    box->links = links;
    box->lost = NULL;
    write_linked(g, box, value);
}

static void write_box(incir_graph *g, incop_box *box, incir_value *value, int depth)
{
    if (depth > MOST_VIEWS_DEEP)
        inc_raise(g->cx, INC_E_LIMIT, "views of views of views: more than %d deep",
                  MOST_VIEWS_DEEP);
    if (box->protected_as)
        inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                       "clone() the tensor in the model before writing into it",
                       "%s is written in place", box->protected_as);
    incop_record_box(g, box);
    if (box->choice)
        write_chosen(g, box, value, depth);
    else
        write_linked(g, box, value);
    if (box->shares_in_example)
        warn_of_sizes(g);
    if (box->base) {
        incir_value *base = incop_box_read(g, box->base);
        if (box->is_alias) {
            write_box(g, box->base, value, depth + 1);
        } else {
            incop_call *c = incop_call_copy(box->cut);
            if (!c->row->unview)
                inc_raise_hint(g->cx, INC_E_UNSUPPORTED,
                               "clone() the tensor in the model before writing into it",
                               "writing in place through the view that %s makes is not supported",
                               c->schema->name);
            c->view_index = box->cut_index;
            write_box(g, box->base, incop_unview_of(c, base, value), depth + 1);
        }
        box->base_version = box->base->version;
    }
    box->value = requantized(g, box, value);
    box->version = inc_stamp(g->cx);
}

void incop_box_write(incir_graph *g, incop_box *box, incir_value *value)
{
    incop_box_read(g, box); /* cut a stale view first, so that base_version is right */
    write_box(g, box, value, 0);
}
