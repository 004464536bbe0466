/* SPDX-License-Identifier: Apache-2.0 */
/* Python's numbers where they may depend on the model's inputs: values as numbers, and back. */
#include <math.h>
#include <string.h>

#include "frontend/number_internal.h"
#include "ops/emit/emit.h"

number incfe_number_int(const incsym *value)
{
    return (number){.kind = INCFE_NUMBER_EXACT, .top = value, .bottom = 1};
}

/* value = top / 2^n with both small, so that products with sizes stay exact in float64 too. */
static bool short_fraction(double value, int64_t *top, int64_t *bottom)
{
    enum { MOST_BITS = 12 };
    int64_t scale = 1;
    for (int i = 0; i <= MOST_BITS; i++, scale *= 2) {
        double scaled = value * (double)scale;
        if (fabs(scaled) < 1 << 30 && scaled == floor(scaled)) {
            *top = (int64_t)scaled;
            *bottom = scale;
            return true;
        }
    }
    return false;
}

number incfe_number_real(incir_graph *g, double value)
{
    int64_t top, bottom;
    if (!short_fraction(value, &top, &bottom))
        return (number){.kind = INCFE_NUMBER_REAL, .is_float = true, .real = value};
    return (number){.kind = INCFE_NUMBER_EXACT,
                    .is_float = true,
                    .top = incsym_int(g->syms, top),
                    .bottom = bottom};
}

number incfe_number_truth(bool truth)
{
    return (number){.kind = INCFE_NUMBER_TRUTH, .truth = truth};
}

number incfe_number_of_value(incir_value *value)
{
    return (number){
        .kind = INCFE_NUMBER_TENSOR, .value = value, .is_float = value->dtype == INCDT_F64};
}

number incfe_number_of(incir_graph *g, incval v, const char *name)
{
    incir_value *value;
    const number *known;
    switch (v.kind) {
    case INCVAL_INT:
        return incfe_number_int(v.u.i);
    case INCVAL_FLOAT:
        return incfe_number_real(g, v.u.f);
    case INCVAL_BOOL:
        return incfe_number_truth(v.u.b);
    case INCVAL_TENSOR:
        value = incop_box_read(g, v.u.t);
        known = g->fractions ? incmap_get(g->fractions, &value, sizeof value, NULL) : NULL;
        if (known)
            return *known;
        if (value->rank == 0 && !incdtype_is_complex(value->dtype)) {
            incdtype t = value->dtype == INCDT_BOOL          ? INCDT_BOOL
                         : incdtype_is_integer(value->dtype) ? INCDT_I64
                                                             : INCDT_F64;
            return incfe_number_of_value(incfe_number_cast(g, value, t));
        }
        inc_raise(g->cx, INC_E_FORMAT, "%s is %s, where a number was expected", name,
                  incir_type_text(g, value));
    default:
        inc_raise(g->cx, INC_E_FORMAT, "%s is %s, where a number was expected", name,
                  incval_described(v.kind));
    }
}

/* ---- known numbers ---- */

bool incfe_known_real(const number *a, double *value)
{
    int64_t top;
    if (a->kind == INCFE_NUMBER_TRUTH) {
        *value = a->truth;
        return true;
    }
    if (a->kind == INCFE_NUMBER_REAL) {
        *value = a->real;
        return true;
    }
    if (a->kind != INCFE_NUMBER_EXACT || !incsym_known(a->top, &top))
        return false;
    *value = (double)top / (double)a->bottom;
    return true;
}

bool incfe_is_int(const number *a)
{
    return a->kind == INCFE_NUMBER_EXACT && !a->is_float;
}

/* ---- nodes ---- */

incir_value *incfe_number_cast(incir_graph *g, incir_value *v, incdtype t)
{
    if (v->dtype == t)
        return v;
    incir_node *n = incir_node_new(g, "Cast");
    incir_in(g, n, v);
    incir_attr_int(g, n, "to", incdtype_onnx(t));
    double example = 0;
    bool known = incfe_scalar_example(g, v, &example, 0);
    return incfe_with_example(g, incir_emit(g, n), known,
                              t == INCDT_I64 ? trunc(example) : example);
}

incir_value *incfe_as_value(incir_graph *g, const number *a)
{
    double real;
    incir_value *v;
    if (a->kind == INCFE_NUMBER_TENSOR)
        return a->value;
    if (a->kind == INCFE_NUMBER_TRUTH)
        return incir_const_bool(g, a->truth);
    if (incfe_is_int(a))
        return incir_size_scalar(g, a->top);
    if (incfe_known_real(a, &real))
        return incir_const_float(g, INCDT_F64, real);
    v = incfe_number_cast(g, incir_size_scalar(g, a->top), INCDT_F64);
    if (a->bottom != 1)
        v = incir_emit2(g, "Div", v, incir_const_float(g, INCDT_F64, (double)a->bottom));
    bool known = incfe_number_example(g, a, &real);
    return incfe_with_example(g, v, known, known ? real : 0);
}

incir_value *incfe_as_real(incir_graph *g, const number *a)
{
    return incfe_number_cast(g, incfe_as_value(g, a), INCDT_F64);
}

/* The same number as a value that no tensor of the model is. */
static incir_value *own(incir_graph *g, incir_value *v)
{
    if (v->kind == INCIR_RESULT && v->dtype == INCDT_F64 &&
        strcmp(v->producer->op_type, "Cast") == 0)
        return v; /* made here */
    incir_node *n = incir_node_new(g, "Identity");
    incir_in(g, n, v);
    const inctensor *example = v->kind == INCIR_CONSTANT ? NULL : v->constant;
    v = incir_emit_kept(g, n);
    v->constant = example;
    return v;
}

incval incfe_number_value(incir_graph *g, number a)
{
    double real;
    if (incfe_is_int(&a))
        return incval_int(a.top);
    if (a.kind == INCFE_NUMBER_TRUTH)
        return incval_bool(a.truth);
    if (incfe_known_real(&a, &real))
        return incval_float(real);
    incir_value *v = incfe_as_value(g, &a);
    if (!v->is_number && v->dtype != INCDT_BOOL) { /* a value of its own: weak in promotion */
        v = own(g, v);
        v->is_number = true;
    }
    if (a.kind == INCFE_NUMBER_EXACT) {
        if (!g->fractions)
            g->fractions = incmap_new(g->cx);
        incmap_set(g->cx, g->fractions, &v, sizeof v, inc_copy(g->cx, &a, sizeof a));
    }
    return incval_tensor(incop_box_new(g->cx, v));
}

/* An integer that nodes compute is a size of its own. */
number incfe_as_size(incir_graph *g, incir_value *v)
{
    v = incfe_number_cast(g, v, INCDT_I64);
    const incsym *const *contents = incir_contents(g, v);
    if (contents)
        return incfe_number_int(contents[0]);
    if (incir_is_constant(v))
        return incfe_number_int(incsym_int(g->syms, inctensor_i64(g->cx, v->constant)));
    bool known = v->constant && inctensor_has_data(v->constant);
    int64_t example = known ? inctensor_i64(g->cx, v->constant) : 1;
    const incsym *computed = incsym_new(g->syms, "computed", example, INT64_MIN / 4, v, -1);
    if (!known)
        incsym_mark_guess(computed);
    return incfe_number_int(computed);
}

number incfe_by_node(incir_graph *g, const char *op_type, const number *args, size_t n)
{
    incir_value *v = incfe_as_real(g, &args[0]);
    if (n == 1)
        return incfe_number_of_value(
            incfe_noted(g, op_type, &args[0], NULL, incir_emit1(g, op_type, v)));
    v = incir_emit2(g, op_type, v, incfe_as_real(g, &args[1]));
    return incfe_number_of_value(incfe_noted(g, op_type, &args[0], &args[1], v));
}

/* Integers among tensors are computed as integers. */
number incfe_by_typed_node(incir_graph *g, const char *op_type, const number *a, const number *b)
{
    bool real = a->is_float || b->is_float;
    incir_value *x = incfe_number_cast(g, incfe_as_value(g, a), real ? INCDT_F64 : INCDT_I64);
    incir_value *y = incfe_number_cast(g, incfe_as_value(g, b), real ? INCDT_F64 : INCDT_I64);
    incir_value *v = incfe_noted(g, op_type, a, b, incir_emit2(g, op_type, x, y));
    return real || v->dtype == INCDT_BOOL ? incfe_number_of_value(v) : incfe_as_size(g, v);
}
