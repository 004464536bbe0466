/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze() of an axis that is 1 or not as the sizes decide when the model runs: the result has
 * another rank then, and becomes a choice of two, on which operators run in an If. */
#include "frontend/torchscript/eval.h"

#include <string.h>

#include "ops/call/block.h"
#include "ops/emit/emit.h"

/* What is squeezed, and the axes that were asked for, last first. */
typedef struct squeeze {
    incval self;
    incir_value *x;
    bool is_asked[INCTENSOR_MAX_RANK];
} squeeze;

static incfe_chosen_ranks decided_by(const incsym *size)
{
    return incsym_is_guess(size) ? INCFE_RANKS_OF_DATA : INCFE_RANKS_OF_AXES;
}

/* Whether the size decides on the rank, and is to. */
static bool is_open(incts_interp *in, const incsym *size)
{
    return incsym_eq(in->g->syms, size, incsym_int(in->g->syms, 1)) < 0 &&
           (in->ranks ? in->ranks->chosen : INCFE_RANKS_OF_AXES) >= decided_by(size);
}

static bool ask_axis(squeeze *s, incval axis)
{
    int64_t at;
    if (axis.kind != INCVAL_INT || !incsym_known(axis.u.i, &at))
        return false;
    at += at < 0 ? (int64_t)s->x->rank : 0;
    if (at < 0 || at >= (int64_t)s->x->rank)
        return false;
    s->is_asked[at] = true;
    return true;
}

static bool ask_axes(squeeze *s, const incval *dim)
{
    bool is_known = true;
    if (!dim || dim->kind == INCVAL_NONE) {
        memset(s->is_asked, 1, sizeof s->is_asked);
        return true;
    }
    if (dim->kind != INCVAL_LIST && dim->kind != INCVAL_TUPLE)
        return ask_axis(s, *dim);
    for (size_t i = 0; i < dim->u.list->v.n; i++)
        is_known = is_known && ask_axis(s, dim->u.list->v.items[i]);
    return is_known;
}

/* False where the arguments are for the operator table. */
static bool read_arguments(incts_interp *in, squeeze *s, const incval *args, size_t n_args,
                           const incop_keyword *keywords, size_t n_keywords)
{
    if (n_args < 1 || n_args + n_keywords > 2 || args[0].kind != INCVAL_TENSOR ||
        incop_box_quant(args[0].u.t))
        return false;
    const incval *dim = n_args > 1 ? &args[1] : n_keywords ? &keywords[0].value : NULL;
    s->self = args[0];
    s->x = incop_box_read(in->g, args[0].u.t);
    return s->x->rank <= INCTENSOR_MAX_RANK && ask_axes(s, dim);
}

/* Whether one more choice by the size is still bounded work. */
static bool takes_size(incts_interp *in, const incsym *size)
{
    for (size_t i = 0; i < in->n_rank_sizes; i++)
        if (in->rank_sizes[i] == size)
            return true;
    if (in->n_rank_sizes == INCTS_MOST_RANK_SIZES)
        return false;
    in->rank_sizes[in->n_rank_sizes++] = size;
    return true;
}

/* x without the axis where that is of size 1, else x. */
static incval without_or_not(incts_interp *in, incval self, size_t axis, const incsym *size)
{
    incir_graph *g = in->g;
    incir_value *one = incir_const_i64(g, 1), *scalar = incir_size_scalar(g, size);
    incir_value *is_one = incir_emit2(g, "Equal", scalar, one);
    if (!is_one->constant && !incsym_is_guess(size)) /* the arm that the example takes */
        is_one->constant = incir_const_bool(g, incsym_hint(size) == 1)->constant;
    incval with_axis[2] = {self, incval_int(incsym_int(g->syms, (int64_t)axis))};
    int known = incop_assumed(g, is_one);
    incval sides[2];
    for (size_t i = 0; i < 2; i++)
        if (known != (int)i)
            sides[i] = i == 0 ? incts_call_row(in, "inc::drop_axis", with_axis, 2)
                              : incts_call_row(in, "aten::alias", &self, 1);
    if (known >= 0)
        return sides[!known];
    if (in->ranks && in->ranks->met < decided_by(size))
        in->ranks->met = decided_by(size);
    incval_choice choice = {.condition = is_one, .yes = sides[0], .no = sides[1]};
    return (incval){.kind = INCVAL_CHOICE, .u.choice = inc_copy(in->cx, &choice, sizeof choice)};
}

bool incts_squeeze(incts_interp *in, const char *name, const incval *args, size_t n_args,
                   const incop_keyword *keywords, size_t n_keywords, incval *result)
{
    squeeze s = {0};
    size_t n_open = 0;
    if (strcmp(name, "aten::squeeze") != 0 || in->g->keep_calls ||
        !read_arguments(in, &s, args, n_args, keywords, n_keywords))
        return false;
    for (size_t i = 0; i < s.x->rank; i++) {
        const incsym *size = incir_axis_size(in->g, s.x, i);
        if (s.is_asked[i] && incsym_eq(in->g->syms, size, incsym_int(in->g->syms, 1)) < 0) {
            if (!is_open(in, size) || !takes_size(in, size))
                return false;
            n_open++;
        }
    }
    if (n_open == 0)
        return false;
    *result = s.self;
    for (size_t i = s.x->rank; i-- > 0;) {
        const incsym *size = incir_axis_size(in->g, s.x, i);
        incval with_axis[2] = {*result, incval_int(incsym_int(in->g->syms, (int64_t)i))};
        if (!s.is_asked[i])
            continue;
        if (result->kind == INCVAL_TENSOR && is_open(in, size))
            *result = without_or_not(in, *result, i, size);
        else
            *result = incts_call_operator(in, name, with_axis, 2, NULL, 0);
    }
    return true;
}
