/* SPDX-License-Identifier: Apache-2.0 */
/* A size's formula that was parsed: its value for given symbols, and its text. */
#include <string.h>

#include "base/str.h"
#include "frontend/pt2/expr_internal.h"

/* ---- its value ---- */

const char *incpt2_expr_symbol(const incpt2_expr *e)
{
    return e->what == INCPT2_SYMBOL ? e->name : NULL;
}

const char *incpt2_expr_unbound(const incpt2_expr *e, const incmap *symbols)
{
    if (e->what == INCPT2_SYMBOL)
        return incmap_has_str(symbols, e->name) ? NULL : e->name;
    for (size_t i = 0; i < e->n; i++) {
        const char *name = incpt2_expr_unbound(e->args[i], symbols);
        if (name)
            return name;
    }
    return NULL;
}

incfe_number incpt2_expr_value(incir_graph *g, const incpt2_expr *e, const incmap *symbols)
{
    const incsym *symbol;
    switch (e->what) {
    case INCPT2_SYMBOL:
        symbol = incmap_get_str(symbols, e->name);
        if (!symbol)
            inc_raise(g->cx, INC_E_FORMAT, "the size %s is that of no input",
                      incstr_shown(g->cx, e->name, strlen(e->name), 60));
        return incfe_number_int(symbol);
    case INCPT2_NUMBER:
        return incfe_number_int(incsym_int(g->syms, e->integer));
    case INCPT2_REAL:
        return incfe_number_real(g, e->real);
    case INCPT2_TRUTH:
        return incfe_number_truth(e->integer != 0);
    case INCPT2_PAIR:
        inc_raise(g->cx, INC_E_FORMAT, "ExprCondPair stands outside of Piecewise");
    default:
        break;
    }
    incfe_number *args = INC_NEW_N(g->cx, incfe_number, e->n);
    for (size_t i = 0; i < e->n; i++)
        args[i] = incpt2_expr_value(g, e->args[i], symbols);
    return incfe_compute(g, (incfe_op)e->what, args, e->n);
}

/* ---- its text ---- */

static void add_text(inccx *cx, incstr *s, const incpt2_expr *e, bool is_part);

static void add_chain(inccx *cx, incstr *s, const incpt2_expr *e, const char *between, bool is_part)
{
    incstr_add(cx, s, is_part ? "(" : "");
    for (size_t i = 0; i < e->n; i++) {
        incstr_add(cx, s, i ? between : "");
        add_text(cx, s, e->args[i], true);
    }
    incstr_add(cx, s, is_part ? ")" : "");
}

static void add_text(inccx *cx, incstr *s, const incpt2_expr *e, bool is_part)
{
    switch (e->what) {
    case INCPT2_SYMBOL:
        incstr_add(cx, s, incstr_shown(cx, e->name, strlen(e->name), 60));
        break;
    case INCPT2_NUMBER:
        incstr_addf(cx, s, "%lld", (long long)e->integer);
        break;
    case INCPT2_REAL:
        incstr_addf(cx, s, "%.6g", e->real);
        break;
    case INCPT2_TRUTH:
        incstr_add(cx, s, e->integer ? "true" : "false");
        break;
    case INCFE_OP_ADD:
        add_chain(cx, s, e, " + ", is_part);
        break;
    case INCFE_OP_SUB:
        add_chain(cx, s, e, " - ", is_part);
        break;
    case INCFE_OP_MUL:
        add_chain(cx, s, e, "*", false);
        break;
    case INCFE_OP_FLOORDIV:
        add_chain(cx, s, e, "//", is_part);
        break;
    case INCFE_OP_NEG:
        incstr_add(cx, s, "-");
        add_text(cx, s, e->args[0], true);
        break;
    default:
        incstr_add(cx, s, incpt2_function_name(e->what));
        incstr_add(cx, s, "(");
        for (size_t i = 0; i < e->n; i++) {
            incstr_add(cx, s, i ? ", " : "");
            add_text(cx, s, e->args[i], false);
        }
        incstr_add(cx, s, ")");
    }
}

const char *incpt2_expr_text(inccx *cx, const incpt2_expr *e)
{
    incstr s = {0};
    add_text(cx, &s, e, false);
    return incstr_text(&s);
}
