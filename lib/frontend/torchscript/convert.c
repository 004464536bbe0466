/* SPDX-License-Identifier: Apache-2.0 */
/* Values as the model's code takes them: a tensor as a number, an int as a float, anything as a
 * bool; and what isinstance() says of them. */
#include "frontend/torchscript/eval.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "frontend/rows.h"
#include "ops/call/block.h"
#include "ops/emit/emit.h"

incval incts_tensor_number(incts_interp *in, incval tensor)
{
    incir_value *t = incop_box_read(in->g, tensor.u.t);
    const incsym *const *contents = incir_contents(in->g, t);
    if (contents && incsym_is(incir_numel(in->g, t), 1))
        return incval_int(contents[0]);
    if (incir_is_constant(t) && t->constant->numel == 1) {
        if (incdtype_is_float(t->dtype))
            return incval_float(inctensor_f64(in->cx, t->constant));
        int64_t value = inctensor_i64(in->cx, t->constant);
        return t->dtype == INCDT_BOOL ? incval_bool(value != 0)
                                      : incval_int(incsym_int(in->g->syms, value));
    }
    inc_raise_hint(in->cx, INC_E_UNSUPPORTED,
                   "trace the model (torch.jit.trace) with inputs that take the branch you need, "
                   "or rewrite the computation with tensor operators such as torch.where",
                   "a number is needed here that depends on the data of a tensor (%s)",
                   incir_type_text(in->g, t));
}

static bool tensor_truth(incts_interp *in, incval v)
{
    incir_value *t = incop_box_read(in->g, v.u.t);
    int known = incop_assumed(in->g, t);
    if (known >= 0)
        return known;
    if (t->kind == INCIR_RESULT && t->constant) {
        inc_guess(in->cx, "the model decides on dynamic sizes: answered as for the example inputs");
        return inctensor_f64(in->cx, t->constant) != 0;
    }
    return incts_truth(in, incts_tensor_number(in, v));
}

bool incts_decide(incts_interp *in, incval v, bool *answer, incir_value **condition)
{
    incir_graph *g = in->g;
    if (v.kind == INCVAL_INT && !incsym_known(v.u.i, NULL)) {
        int equal = incsym_eq(g->syms, v.u.i, incsym_int(g->syms, 0));
        if (equal < 0) {
            incir_value *zero = incir_const_i64(g, 0), *size = incir_size_scalar(g, v.u.i);
            *condition = incir_emit1(g, "Not", incir_emit2(g, "Equal", size, zero));
            return false;
        }
    }
    if (v.kind == INCVAL_LIST && v.u.list->rows)
        return incts_decide(in, incval_int(incfe_rows_length(g, v.u.list)), answer, condition);
    if (v.kind == INCVAL_TENSOR) {
        incir_value *t = incop_box_read(g, v.u.t);
        bool is_one = incsym_is(incir_numel(g, t), 1);
        if (is_one && !incir_is_constant(t) && !incir_contents(g, t) && incop_assumed(g, t) < 0) {
            *condition = emit_reshape(g, emit_cast(g, t, INCDT_BOOL), NULL, 0);
            int known = incop_assumed(g, *condition);
            *answer = known == 1;
            return known >= 0;
        }
    }
    *answer = incts_truth(in, v);
    return true;
}

bool incts_truth(incts_interp *in, incval v)
{
    switch (v.kind) {
    case INCVAL_NONE:
        return false;
    case INCVAL_BOOL:
        return v.u.b;
    case INCVAL_INT: {
        int equal = incsym_eq(in->g->syms, v.u.i, incsym_int(in->g->syms, 0));
        if (equal >= 0)
            return !equal;
        inc_guess(in->cx, "the model asks whether %s is 0: answered as for the example inputs",
                  incsym_text(in->g->syms, v.u.i));
        return incsym_example(in->g->syms, v.u.i) != 0;
    }
    case INCVAL_FLOAT:
        return v.u.f != 0;
    case INCVAL_STR:
        return v.u.s[0] != '\0';
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        if (v.u.list->rows)
            return incts_truth(in, incval_int(incfe_rows_length(in->g, v.u.list)));
        return v.u.list->v.n > 0;
    case INCVAL_DICT:
        return incval_dict_count(v.u.dict) > 0;
    case INCVAL_TENSOR:
        return tensor_truth(in, v);
    case INCVAL_UNKNOWN:
        inc_raise(in->cx, INC_E_UNSUPPORTED,
                  "a condition depends on the result of an unsupported operator");
    case INCVAL_CHOICE:
        inc_raise(in->cx, INC_E_UNSUPPORTED,
                  "a condition is a value that is %s or %s, as the data decides",
                  incval_described(v.u.choice->yes.kind), incval_described(v.u.choice->no.kind));
    default:
        return true;
    }
}

static incval to_float(incts_interp *in, incval v)
{
    int64_t known;
    switch (v.kind) {
    case INCVAL_BOOL:
        return incval_float(v.u.b);
    case INCVAL_INT:
        if (!incsym_known(v.u.i, &known))
            return incts_call_operator(in, "aten::Float", &v, 1, NULL, 0);
        return incval_float((double)known);
    case INCVAL_TENSOR:
        v = incts_call_operator(in, "aten::FloatImplicit", &v, 1, NULL, 0);
        return v.kind == INCVAL_TENSOR ? v : to_float(in, v);
    default:
        return v;
    }
}

static incval to_int(incts_interp *in, incval v)
{
    switch (v.kind) {
    case INCVAL_BOOL:
        return incval_int(incsym_int(in->g->syms, v.u.b));
    case INCVAL_FLOAT:
        if (!(v.u.f > -9.2e18 && v.u.f < 9.2e18))
            inc_raise(in->cx, INC_E_FORMAT, "%g does not fit in an int", v.u.f);
        return incval_int(incsym_int(in->g->syms, (int64_t)v.u.f));
    case INCVAL_TENSOR:
        return incts_call_operator(in, "aten::IntImplicit", &v, 1, NULL, 0);
    default:
        return v;
    }
}

/* How many items at the front are floats already: all, as a rule. */
static size_t coerced_items(incts_interp *in, const incval_list *list)
{
    size_t n = 0;
    while (n < list->v.n && list->v.items[n].kind == INCVAL_FLOAT)
        n++;
    inc_work(in->cx, n + (list->v.n - n) * 10);
    return n;
}

incval incts_coerce(incts_interp *in, incval v, const incts_type *t)
{
    if (!t || v.kind == INCVAL_NONE || v.kind == INCVAL_UNKNOWN)
        return v;
    switch (t->kind) {
    case INCTS_TYPE_FLOAT:
        return to_float(in, v);
    case INCTS_TYPE_INT:
        return v.kind == INCVAL_TENSOR || v.kind == INCVAL_BOOL ? to_int(in, v) : v;
    case INCTS_TYPE_BOOL:
        return v.kind == INCVAL_TENSOR ? incts_call_operator(in, "aten::Bool", &v, 1, NULL, 0) : v;
    case INCTS_TYPE_NUMBER:
        return v.kind == INCVAL_TENSOR
                   ? incts_call_operator(in, "aten::ScalarImplicit", &v, 1, NULL, 0)
                   : v;
    case INCTS_TYPE_OPTIONAL:
        return t->n_args == 1 ? incts_coerce(in, v, t->args[0]) : v;
    case INCTS_TYPE_LIST:
        if (v.kind == INCVAL_LIST && t->n_args == 1 && t->args[0]->kind == INCTS_TYPE_FLOAT)
            for (size_t i = coerced_items(in, v.u.list); i < v.u.list->v.n; i++)
                v.u.list->v.items[i] = incts_coerce(in, v.u.list->v.items[i], t->args[0]);
        return v;
    default:
        return v;
    }
}

bool incts_is_instance(incts_interp *in, incval v, const incts_type *t)
{
    switch (t->kind) {
    case INCTS_TYPE_ANY:
        return true;
    case INCTS_TYPE_TENSOR:
        return v.kind == INCVAL_TENSOR;
    case INCTS_TYPE_INT:
        return v.kind == INCVAL_INT;
    case INCTS_TYPE_FLOAT:
        return v.kind == INCVAL_FLOAT;
    case INCTS_TYPE_BOOL:
        return v.kind == INCVAL_BOOL;
    case INCTS_TYPE_COMPLEX:
        return v.kind == INCVAL_COMPLEX;
    case INCTS_TYPE_NUMBER:
        return v.kind == INCVAL_INT || v.kind == INCVAL_FLOAT || v.kind == INCVAL_COMPLEX;
    case INCTS_TYPE_STR:
        return v.kind == INCVAL_STR;
    case INCTS_TYPE_DEVICE:
        return v.kind == INCVAL_DEVICE;
    case INCTS_TYPE_NONE:
        return v.kind == INCVAL_NONE;
    case INCTS_TYPE_OPTIONAL:
    case INCTS_TYPE_UNION:
        if (t->kind == INCTS_TYPE_OPTIONAL && v.kind == INCVAL_NONE)
            return true;
        for (size_t i = 0; i < t->n_args; i++)
            if (incts_is_instance(in, v, t->args[i]))
                return true;
        return false;
    case INCTS_TYPE_LIST:
        if (v.kind != INCVAL_LIST)
            return false;
        return t->n_args == 0 || v.u.list->v.n == 0 ||
               incts_is_instance(in, v.u.list->v.items[0], t->args[0]);
    case INCTS_TYPE_TUPLE:
        if (v.kind != INCVAL_TUPLE || (t->n_args && v.u.list->v.n != t->n_args))
            return false;
        for (size_t i = 0; i < t->n_args; i++)
            if (!incts_is_instance(in, v.u.list->v.items[i], t->args[i]))
                return false;
        return true;
    case INCTS_TYPE_DICT:
        return v.kind == INCVAL_DICT;
    case INCTS_TYPE_CLASS:
        if (v.kind == INCVAL_OBJECT)
            return strcmp(((incts_object *)v.u.object)->class_name, t->name) == 0;
        return v.kind == INCVAL_TUPLE && v.u.list->type_name &&
               strcmp(v.u.list->type_name, t->name) == 0;
    default:
        return false;
    }
}

int64_t incts_known_int(incts_interp *in, incval v, const char *what)
{
    if (v.kind == INCVAL_TENSOR)
        v = incts_tensor_number(in, v);
    if (v.kind == INCVAL_BOOL)
        return v.u.b;
    if (v.kind != INCVAL_INT)
        inc_raise(in->cx, v.kind == INCVAL_UNKNOWN ? INC_E_UNSUPPORTED : INC_E_FORMAT,
                  "%s has to be an int, not %s", what, incval_kind_name(v.kind));
    int64_t value;
    if (!incsym_known(v.u.i, &value)) {
        value = incsym_example(in->g->syms, v.u.i);
        inc_guess(in->cx,
                  "%s depends on a dynamic size (%s) and is fixed to %lld, as in the example", what,
                  incsym_text(in->g->syms, v.u.i), (long long)value);
    }
    return value;
}
