/* SPDX-License-Identifier: Apache-2.0 */
/* Symbolic integers as text, for messages and names of dimensions. */
#include "base/str.h"
#include "ir/sym_internal.h"

enum { MOST_TEXT = 2000 };

/* Parts may be shared, so that all of it can be far longer than the graph: it ends early then. */
static void print(incsym_table *t, incstr *out, const incsym *e, bool inside)
{
    if (out->n > MOST_TEXT)
        return;
    switch (e->kind) {
    case INCSYM_INT:
        incstr_addf(t->cx, out, "%lld", (long long)e->value);
        break;
    case INCSYM_SYMBOL:
        incstr_add(t->cx, out, e->name);
        break;
    case INCSYM_FLOORDIV:
        incstr_add(t->cx, out, "floor(");
        print(t, out, e->a, true);
        incstr_add(t->cx, out, "/");
        print(t, out, e->b, true);
        incstr_add(t->cx, out, ")");
        break;
    case INCSYM_MIN:
    case INCSYM_MAX:
        incstr_add(t->cx, out, e->kind == INCSYM_MIN ? "min(" : "max(");
        print(t, out, e->a, false);
        incstr_add(t->cx, out, ", ");
        print(t, out, e->b, false);
        incstr_add(t->cx, out, ")");
        break;
    case INCSYM_POLY:
        if (inside && e->n_terms > 1)
            incstr_add(t->cx, out, "(");
        for (size_t i = 0; i < e->n_terms; i++) {
            const incsym_term *term = &e->terms[i];
            int64_t c = term->coefficient;
            if (i > 0 || c < 0)
                incstr_add(t->cx, out, c < 0 ? (i ? " - " : "-") : " + ");
            uint64_t magnitude = c < 0 ? 0 - (uint64_t)c : (uint64_t)c;
            bool spelled = magnitude != 1 || term->n_factors == 0;
            if (spelled)
                incstr_addf(t->cx, out, "%llu", (unsigned long long)magnitude);
            for (size_t k = 0; k < term->n_factors; k++) {
                if (k > 0 || spelled)
                    incstr_add(t->cx, out, "*");
                print(t, out, term->factors[k], true);
            }
        }
        if (inside && e->n_terms > 1)
            incstr_add(t->cx, out, ")");
        break;
    }
}

const char *incsym_text(incsym_table *t, const incsym *e)
{
    if (!e->text) {
        incstr out = {0};
        print(t, &out, e, false);
        ((incsym *)(uintptr_t)e)->text = /* made by us; const only for the others */
            out.n > MOST_TEXT ? inc_printf(t->cx, "size_%u", (unsigned)e->id) : incstr_text(&out);
    }
    return e->text;
}
