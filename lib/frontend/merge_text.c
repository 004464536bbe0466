/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that data chooses: a number that counts the strings it may be. Outside it is a chain of
 * choices, so that an operator on it is evaluated for each of them. See merge.h. */
#include <string.h>

#include "frontend/merge_internal.h"
#include "ops/emit/emit.h"

enum { MOST_TEXTS = 256 };

bool incfe_is_text(const incfe_snapshot *s)
{
    if (s->lost)
        return false;
    if (s->v.kind == INCVAL_CHOICE)
        return s->n == 2 && incfe_is_text(&s->items[0]) && incfe_is_text(&s->items[1]);
    return s->v.kind == INCVAL_STR;
}

bool incfe_is_text_form(const incfe_form *form)
{
    switch (form->kind) {
    case INCFE_TEXT:
        return true;
    case INCFE_SAME:
        return incfe_is_text(&form->first);
    case INCFE_CHOICE:
        return incfe_is_text_form(&form->items[0]) && incfe_is_text_form(&form->items[1]);
    default:
        return false;
    }
}

/* The string's number; n_texts when the form has none. */
static size_t number_of(inccx *cx, const incfe_form *form, const char *text)
{
    size_t i = 0;
    while (i < form->n_texts && strcmp(form->texts[i], text) != 0)
        i++;
    inc_work(cx, i + 1);
    return i;
}

static bool add_text(incfe_merge *m, incfe_form *form, const char *text)
{
    if (number_of(m->cx, form, text) < form->n_texts)
        return false;
    if (form->n_texts == MOST_TEXTS)
        inc_raise(m->cx, INC_E_LIMIT, "a string is one of more than %d, as the data decides",
                  MOST_TEXTS);
    const char **texts = INC_NEW_N(m->cx, const char *, form->n_texts + 1);
    for (size_t i = 0; i < form->n_texts; i++)
        texts[i] = form->texts[i];
    texts[form->n_texts++] = text;
    form->texts = texts;
    return true;
}

static bool add_texts(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_STR)
        return add_text(m, form, s->v.u.s);
    bool first = add_texts(m, form, &s->items[0]);
    return add_texts(m, form, &s->items[1]) || first;
}

static void add_form(incfe_merge *m, incfe_form *to, const incfe_form *form)
{
    if (form->kind == INCFE_SAME)
        add_texts(m, to, &form->first);
    for (size_t i = 0; i < form->n_texts; i++)
        add_text(m, to, form->texts[i]);
    for (size_t i = 0; form->kind == INCFE_CHOICE && i < 2; i++)
        add_form(m, to, &form->items[i]);
}

bool incfe_join_texts(incfe_merge *m, incfe_form *form, const incfe_snapshot *s)
{
    if (form->kind == INCFE_TEXT)
        return add_texts(m, form, s);
    incfe_form table = {.kind = INCFE_TEXT, .first = form->first};
    add_form(m, &table, form);
    add_texts(m, &table, s);
    *form = table;
    return true;
}

bool incfe_join_text_forms(incfe_merge *m, incfe_form *a, const incfe_form *b)
{
    size_t before = a->n_texts;
    add_form(m, a, b);
    return a->n_texts != before;
}

incfe_form incfe_text_form(incfe_merge *m, const incfe_snapshot *s)
{
    incfe_form form = {.kind = INCFE_TEXT, .first = *s};
    add_texts(m, &form, s);
    return form;
}

incir_value *incfe_text_leaf(incfe_merge *m, const incfe_form *form, const incfe_snapshot *s)
{
    if (s->v.kind == INCVAL_STR)
        return incir_const_i64(m->g, (int64_t)number_of(m->cx, form, s->v.u.s));
    incir_value *yes = incfe_text_leaf(m, form, &s->items[0]);
    incir_value *no = incfe_text_leaf(m, form, &s->items[1]);
    return incir_emit3(m->g, "Where", s->v.u.choice->condition, yes, no);
}

incval incfe_text_of(incir_graph *g, const incfe_form *form, incir_value *number)
{
    incval v = incval_str(form->texts[form->n_texts - 1]);
    for (size_t i = form->n_texts - 1; i-- > 0;) {
        incval_choice choice = {.yes = incval_str(form->texts[i]), .no = v};
        choice.condition = incir_emit2(g, "Equal", number, incir_const_i64(g, (int64_t)i));
        v = (incval){.kind = INCVAL_CHOICE};
        v.u.choice = inc_copy(g->cx, &choice, sizeof choice);
    }
    return v;
}

incir_value *incfe_text_renumbered(incir_graph *g, const incfe_form *from, const incfe_form *to,
                                   incir_value *numbers)
{
    int64_t *map = INC_NEW_N(g->cx, int64_t, from->n_texts);
    bool same = true;
    for (size_t i = 0; i < from->n_texts; i++) {
        map[i] = (int64_t)number_of(g->cx, to, from->texts[i]);
        same = same && map[i] == (int64_t)i;
    }
    return same ? numbers : emit_gather(g, incir_const_i64s(g, map, from->n_texts), numbers, 0);
}

int64_t incfe_text_number(inccx *cx, const incfe_form *form, const char *text)
{
    size_t i = number_of(cx, form, text);
    return i < form->n_texts ? (int64_t)i : -1;
}
