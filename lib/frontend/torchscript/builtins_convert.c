/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges, and conversions of numbers. */
#include "frontend/torchscript/builtins.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "frontend/rows.h"

/* ---- ranges ---- */

static bool do_range(incts_builtin_call *c)
{
    int64_t bounds[3] = {0, 0, 1};
    if (c->n < 1 || c->n > 3)
        return false;
    for (size_t i = 0; i < c->n; i++)
        bounds[c->n == 1 ? 1 : i] = incts_known_int(c->in, c->args[i], "a bound of range()");
    if (bounds[2] == 0)
        inc_raise(c->cx, INC_E_FORMAT, "range() with step 0");
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1];) {
        incts_step(c->in);
        INC_PUSH(c->cx, &list.u.list->v, incval_int(incsym_int(c->syms, i)));
        if (__builtin_add_overflow(i, bounds[2], &i))
            break;
    }
    return give(c, list);
}

static bool three_ints(const incts_builtin_call *c)
{
    for (size_t i = 0; i < c->n && i < 3; i++)
        if (c->args[i].kind != INCVAL_INT && c->args[i].kind != INCVAL_BOOL)
            return false;
    return c->n == 3;
}

const incsym *incts_range_length(incsym_table *t, const incsym *start, const incsym *end,
                                 const incsym *step)
{
    int64_t by;
    const incsym *count;
    if (incsym_known(step, &by)) {
        const incsym *way = by > 0 ? incsym_sub(t, end, start) : incsym_sub(t, start, end);
        count = incsym_ceildiv(t, way, incsym_int(t, by > 0 ? by : -by));
    } else { /* rounded up, whatever the signs */
        count = incsym_mul_int(t, incsym_floordiv(t, incsym_sub(t, start, end), step), -1);
    }
    return incsym_max(t, count, incsym_int(t, 0));
}

/* How often a loop over range(start, end, step) runs, which may depend on a size. */
static bool do_range_length(incts_builtin_call *c)
{
    int64_t known;
    if (!three_ints(c))
        return false;
    const incsym *start = as_sym(c, c->args[0]), *end = as_sym(c, c->args[1]);
    const incsym *step = as_sym(c, c->args[2]);
    if (incsym_known(step, &known) && (known == 0 || known == INT64_MIN))
        inc_raise(c->cx, INC_E_FORMAT, "range() with step %lld", (long long)known);
    return give(c, incval_int(incts_range_length(c->syms, start, end, step)));
}

/* start + i * step: the variable of that loop in its i-th round. */
static bool do_derive_index(incts_builtin_call *c)
{
    if (!three_ints(c))
        return false;
    const incsym *i = as_sym(c, c->args[0]), *start = as_sym(c, c->args[1]);
    i = incsym_mul(c->syms, i, as_sym(c, c->args[2]));
    return give(c, incval_int(incsym_add(c->syms, start, i)));
}

/* ---- conversions ---- */

/* A number that the model computes, as one of another kind. */
static bool convert_computed(incts_builtin_call *c)
{
    switch (c->name[0]) {
    case 'F': /* Float, FloatImplicit */
        return incts_compute(c, INCFE_OP_TO_FLOAT);
    case 'I': /* Int, IntImplicit */
        return incts_compute(c, INCFE_OP_TRUNC);
    case 'B': {
        incval pair[2] = {c->args[0], incval_int(incsym_int(c->syms, 0))};
        incts_builtin_call differs = *c;
        if (c->args[0].kind == INCVAL_TENSOR &&
            incop_box_read(c->in->g, c->args[0].u.t)->dtype == INCDT_BOOL)
            return give(c, c->args[0]);
        differs.args = pair;
        differs.n = 2;
        incts_compute(&differs, INCFE_OP_NE);
        return give(c, differs.result);
    }
    default: /* ScalarImplicit, item */
        return give(c, c->args[0]);
    }
}

/* The number that a tensor of the model holds: the operators say what it is, and a float is one in
 * Python's precision. */
static bool convert_tensor(incts_builtin_call *c)
{
    incval v = incts_call_row(c->in, inc_printf(c->cx, "aten::%s", c->name), c->args, 1);
    if (v.kind != INCVAL_TENSOR)
        return give(c, v);
    incir_value *t = incop_box_read(c->in->g, v.u.t);
    if (t->rank != 0 || !incdtype_is_float(t->dtype))
        return give(c, v);
    incfe_number a = incfe_number_of(c->in->g, v, c->name);
    return give(c, incfe_number_value(c->in->g, a));
}

static bool do_convert(incts_builtin_call *c)
{
    if (c->n != 1)
        return false;
    incval v = c->args[0];
    if (v.kind == INCVAL_UNKNOWN)
        return give(c, v);
    if (incts_any_computed(c))
        return convert_computed(c);
    if (v.kind == INCVAL_TENSOR) {
        incir_value *t = incop_box_read(c->in->g, v.u.t);
        if (!incir_is_constant(t) && !incir_contents(c->in->g, t))
            return convert_tensor(c);
        v = incts_tensor_number(c->in, v);
        incts_builtin_call number = *c;
        number.args = &v;
        if (incts_any_computed(&number)) {
            convert_computed(&number);
            return give(c, number.result);
        }
    }
    static const incts_type float_type = {.kind = INCTS_TYPE_FLOAT};
    if (strcmp(c->name, "Bool") == 0)
        return give(c, incval_bool(incts_truth(c->in, v)));
    if (v.kind == INCVAL_STR) {
        double f;
        int64_t i;
        size_t n = strlen(v.u.s);
        if (strcmp(c->name, "Float") == 0 && incstr_double(v.u.s, n, &f))
            return give(c, incval_float(f));
        if (strcmp(c->name, "Int") == 0 && incstr_int(v.u.s, n, &i))
            return give_int(c, i);
        inc_raise(c->cx, INC_E_FORMAT, "the string \"%s\" is no number",
                  incstr_shown(c->cx, v.u.s, n, 60));
    }
    if (strcmp(c->name, "Float") == 0 || strcmp(c->name, "FloatImplicit") == 0)
        return give(c, incts_coerce(c->in, v, &float_type));
    if (strcmp(c->name, "Int") != 0 && strcmp(c->name, "IntImplicit") != 0)
        return give(c, v); /* ScalarImplicit, item */
    if (v.kind == INCVAL_FLOAT) {
        if (!(fabs(v.u.f) < 9.2e18))
            inc_raise(c->cx, INC_E_FORMAT, "%g does not fit in an int", v.u.f);
        return give_int(c, (int64_t)v.u.f);
    }
    return is_number(v) && give(c, incval_int(as_sym(c, v)));
}

/* The numbers of a tensor, in lists nested as its axes are; depth: the rank that is left. */
static incval list_numbers(incts_builtin_call *c, incval tensor, size_t rank)
{
    int64_t n;
    if (rank == 0)
        return incts_call_operator(c->in, "aten::item", &tensor, 1, NULL, 0);
    if (!incir_dim(incop_box_read(c->in->g, tensor.u.t), 0, &n)) {
        incir_value *v = incop_box_read(c->in->g, tensor.u.t);
        if (rank == 1 && !incdtype_is_complex(v->dtype))
            return incfe_rows_list(c->cx, incfe_rows_of_numbers(c->in->g, v));
        inc_raise(c->cx, INC_E_UNSUPPORTED, "tolist() of a dynamic axis of a matrix");
    }
    inc_work(c->cx, (uint64_t)n);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (int64_t i = 0; i < n; i++) {
        incval args[3] = {tensor, incval_int(incsym_int(c->syms, 0)),
                          incval_int(incsym_int(c->syms, i))};
        incval part = incts_call_operator(c->in, "aten::select", args, 3, NULL, 0);
        INC_PUSH(c->cx, &list.u.list->v, list_numbers(c, part, rank - 1));
    }
    return list;
}

static bool do_tolist(incts_builtin_call *c)
{
    if (c->n < 1 || c->args[0].kind != INCVAL_TENSOR)
        return false;
    size_t rank = incop_box_read(c->in->g, c->args[0].u.t)->rank;
    return give(c, list_numbers(c, c->args[0], rank));
}

/* clang-format off */
static const incts_builtin_row rows[] = {
    BUILTIN("aten::Bool", do_convert),
    BUILTIN("aten::Float", do_convert),
    BUILTIN("aten::FloatImplicit", do_convert),
    BUILTIN("aten::Int", do_convert),
    BUILTIN("aten::IntImplicit", do_convert),
    BUILTIN("aten::ScalarImplicit", do_convert),
    BUILTIN("aten::__derive_index", do_derive_index),
    BUILTIN("aten::__range", do_range),
    BUILTIN("aten::__range_length", do_range_length),
    BUILTIN("aten::item", do_convert),
    BUILTIN("aten::tolist", do_tolist),
    BUILTIN("prim::rangelist", do_range),
};
/* clang-format on */

const incts_builtins incts_builtins_convert = {rows, INC_COUNT(rows)};
