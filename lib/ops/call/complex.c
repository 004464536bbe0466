/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on complex numbers: a handler that knows real numbers only is run on the parts, as the
 * row's complex column says, and the results are put together again. What a row says nothing about
 * is refused by name. */
#include <string.h>

#include "ops/call/internal.h"
#include "ops/emit/math.h"

typedef enum which { REAL, IMAGINARY } which_part;

/* ---- arguments ---- */

static bool is_complex(incval v)
{
    if (v.kind == INCVAL_TENSOR)
        return incdtype_is_complex(v.u.t->value->dtype);
    if (v.kind == INCVAL_LIST || v.kind == INCVAL_TUPLE)
        for (size_t i = 0; i < v.u.list->v.n; i++)
            if (v.u.list->v.items[i].kind == INCVAL_TENSOR && is_complex(v.u.list->v.items[i]))
                return true;
    return v.kind == INCVAL_COMPLEX;
}

static bool any_complex(const incop_call *c)
{
    for (size_t i = 0; i < c->schema->n_params; i++)
        if (is_complex(c->args[i]))
            return true;
    return false;
}

/* Arguments that say where, not what: the same for both parts. */
static bool says_where(const char *name)
{
    static const char *const names[] = {
        "index", "indices", "mask", "condition", "repeats", "shape", "tensor_indices_or_sections"};
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Numbers that are added to, or stand among, the elements. */
static bool is_element(const char *name)
{
    return strcmp(name, "other") == 0 || strcmp(name, "value") == 0 || strcmp(name, "self") == 0 ||
           strcmp(name, "fill_value") == 0;
}

/* A complex type asked for: that of its parts. */
static incval real_type(incop_call *c, incval dtype)
{
    int64_t number;
    if (!incsym_known(dtype.u.i, &number) || !incdtype_valid(number) ||
        !incdtype_is_complex((incdtype)number))
        return dtype;
    return incval_int(incsym_int(c->g->syms, (int64_t)incdtype_real_of((incdtype)number)));
}

static incval part_of(incop_call *c, const char *name, incval v, which_part part)
{
    switch (v.kind) {
    case INCVAL_TENSOR: {
        incir_value *x = incop_box_read(c->g, v.u.t);
        bool whole = x->kind != INCIR_COMPLEX && (part == REAL || says_where(name));
        if (whole)
            return v;
        x = part == REAL ? emit_real(x) : emit_imag(c->g, x);
        return incval_tensor(incop_box_new(c->cx, x));
    }
    case INCVAL_COMPLEX:
        return incval_float(v.u.complex[part]);
    case INCVAL_INT:
        if (strcmp(name, "dtype") == 0)
            return real_type(c, v);
        /* fall through */
    case INCVAL_FLOAT:
    case INCVAL_BOOL:
        return part == IMAGINARY && is_element(name) ? incval_float(0) : v;
    case INCVAL_LIST: {
        incval list = incval_list_new(c->cx, INCVAL_LIST);
        for (size_t i = 0; i < v.u.list->v.n; i++) {
            incval item = v.u.list->v.items[i];
            if (item.kind == INCVAL_TENSOR)
                item = part_of(c, name, item, part);
            INC_PUSH(c->cx, &list.u.list->v, item);
        }
        return list;
    }
    default:
        return v;
    }
}

/* ---- running on parts ---- */

static incop_call *with_args(incop_call *c)
{
    incop_call *on = inc_copy(c->cx, c, sizeof *c);
    on->args = inc_copy(c->cx, c->args, c->schema->n_params * sizeof *c->args);
    on->results = NULL;
    on->n_results = 0;
    return on;
}

static incop_call *on_part(incop_call *c, which_part part)
{
    incop_call *on = with_args(c);
    for (size_t i = 0; i < c->schema->n_params; i++)
        on->args[i] = part_of(c, c->schema->params[i].name, c->args[i], part);
    return on;
}

/* An argument itself where the parts are its own: then the result is that tensor, not a copy. */
static incir_value *pair(incop_call *c, incir_value *re, incir_value *im)
{
    for (size_t i = 0; i < c->schema->n_params; i++) {
        incir_value *x = c->args[i].kind == INCVAL_TENSOR ? c->args[i].u.t->value : NULL;
        if (x && x->kind == INCIR_COMPLEX && x->re == re && x->im == im)
            return x;
    }
    return incir_complex(c->g, re, im);
}

static incval together(incop_call *c, incval re, incval im)
{
    if (re.kind == INCVAL_TENSOR)
        return incval_tensor(incop_box_new(c->cx, pair(c, re.u.t->value, im.u.t->value)));
    if (re.kind != INCVAL_LIST)
        return re;
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < re.u.list->v.n; i++)
        INC_PUSH(c->cx, &list.u.list->v, together(c, re.u.list->v.items[i], im.u.list->v.items[i]));
    return list;
}

static void refuse(incop_call *c) INC_NORETURN;
static void refuse(incop_call *c)
{
    inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                   "compute it from the real and the imaginary part (torch.view_as_real)",
                   "%s of complex numbers is not supported", c->schema->name);
}

/* What would not be linear, or would make real numbers of complex ones. */
static void check_plain(incop_call *c)
{
    static const char *const names[] = {"reduce", "rounding_mode"};
    for (size_t i = 0; i < INC_COUNT(names); i++)
        if (incop_has(c, names[i]) && !incop_is_none(c, names[i]))
            refuse(c);
    if (incop_has(c, "dtype") && !incdtype_is_complex(incop_dtype(c, "dtype", INCDT_C64)))
        refuse(c);
}

static void run_on_parts(incop_call *c)
{
    incop_call *re = on_part(c, REAL), *im = on_part(c, IMAGINARY);
    check_plain(c);
    c->row->lower(re);
    c->row->lower(im);
    for (size_t i = 0; i < re->n_results; i++)
        incop_return_val(c, together(c, re->results[i], im->results[i]));
}

/* ---- products ---- */

/* The two factors of a product: arguments, or the items of one that is a list. */
static void find_factors(incop_call *c, incval *factors[2])
{
    size_t n = 0;
    for (size_t i = 0; i < c->schema->n_params; i++) {
        incval *v = &c->args[i];
        bool number = (v->kind == INCVAL_COMPLEX || v->kind == INCVAL_FLOAT ||
                       v->kind == INCVAL_INT || v->kind == INCVAL_BOOL) &&
                      is_element(c->schema->params[i].name);
        if (v->kind == INCVAL_TENSOR || number) {
            if (n < 2)
                factors[n] = v;
            n++;
        }
        for (size_t k = 0; v->kind == INCVAL_LIST && k < v->u.list->v.n; k++)
            if (v->u.list->v.items[k].kind == INCVAL_TENSOR) {
                if (n < 2)
                    factors[n] = &v->u.list->v.items[k];
                n++;
            }
    }
    if (n != 2)
        refuse(c);
}

/* The product of one part of each factor; NULL: a part that is not there is zero. */
static incir_value *product(incop_call *c, which_part a, which_part b)
{
    const which_part parts[2] = {a, b};
    incop_call *on = with_args(c);
    for (size_t i = 0; i < c->schema->n_params; i++)
        if (on->args[i].kind == INCVAL_LIST)
            on->args[i] = part_of(c, "index", on->args[i], REAL); /* a copy of the list */
    incval *from[2], *to[2];
    find_factors(c, from);
    find_factors(on, to);
    for (size_t i = 0; i < 2; i++) {
        if (parts[i] == IMAGINARY && !is_complex(*from[i]))
            return NULL;
        *to[i] = part_of(c, "other", *from[i], parts[i]);
    }
    c->row->lower(on);
    return on->results[0].u.t->value;
}

static incir_value *sum_of(incir_graph *g, const char *op_type, incir_value *a, incir_value *b)
{
    return !a ? b : !b ? a : emit_binary(g, op_type, a, b);
}

static void run_product(incop_call *c)
{
    incir_value *rr = product(c, REAL, REAL), *ii = product(c, IMAGINARY, IMAGINARY);
    incir_value *ri = product(c, REAL, IMAGINARY), *ir = product(c, IMAGINARY, REAL);
    incir_value *im = sum_of(c->g, "Add", ri, ir);
    incop_return(c, incir_complex(c->g, sum_of(c->g, "Sub", rr, ii), im));
}

static incir_value *as_value(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind != INCVAL_COMPLEX)
        return incop_tensor(c, name);
    return incir_complex(c->g, incir_const_float(c->g, INCDT_F32, v.u.complex[0]),
                         incir_const_float(c->g, INCDT_F32, v.u.complex[1]));
}

/* a / b: of a real b, by parts; else a conj(b) / |b|². Both are scaled by the larger part of b
 * first, so that its square stays in range. */
static void run_quotient(incop_call *c)
{
    incir_graph *g = c->g;
    check_plain(c);
    incir_value *a = as_value(c, "self"), *b = as_value(c, "other");
    if (b->kind != INCIR_COMPLEX) {
        incir_value *re = emit_binary(g, "Div", a->re, emit_cast(g, b, a->re->dtype));
        incir_value *im = emit_binary(g, "Div", a->im, emit_cast(g, b, a->re->dtype));
        incop_return(c, incir_complex(g, re, im));
        return;
    }
    incir_value *im_size = emit_unary(g, "Abs", b->im);
    incir_value *size = emit_extreme(g, "Max", emit_unary(g, "Abs", b->re), im_size);
    incir_value *re = emit_binary(g, "Div", b->re, size), *im = emit_binary(g, "Div", b->im, size);
    incir_value *im_square = emit_binary(g, "Mul", im, im);
    incir_value *square = emit_binary(g, "Add", emit_binary(g, "Mul", re, re), im_square);
    incir_value *divisor = emit_binary(g, "Mul", square, size);
    incir_value *top = emit_complex_product(g, a, incir_complex(g, re, emit_unary(g, "Neg", im)));
    incir_value *quotient_im = emit_binary(g, "Div", top->im, divisor);
    incop_return(c, incir_complex(g, emit_binary(g, "Div", top->re, divisor), quotient_im));
}

/* ---- the two doors ---- */

static bool returns_tensor(const incop_schema *s)
{
    for (size_t i = 0; i < s->n_returns; i++)
        if (s->returns[i].kind == INCOP_TENSOR)
            return true;
    return false;
}

/* The column, where it is empty what follows from the others. */
static uint32_t treatment(const incop_call *c)
{
    if (c->row->complex)
        return c->row->complex;
    if (c->row->view != INCOP_VIEW_NONE && c->row->view != INCOP_VIEW_CONVERSION)
        return INCOP_C_PARTS;
    return returns_tensor(c->schema) ? INCOP_C_NONE : INCOP_C_OWN;
}

bool incop_on_complex(incop_call *c)
{
    if (!any_complex(c))
        return false;
    switch (treatment(c)) {
    case INCOP_C_PARTS:
        run_on_parts(c);
        return true;
    case INCOP_C_PRODUCT:
        run_product(c);
        return true;
    case INCOP_C_QUOTIENT:
        run_quotient(c);
        return true;
    case INCOP_C_OWN:
        return false;
    default:
        refuse(c);
    }
}

incir_value *incop_unview_of(incop_call *c, incir_value *base, incir_value *part)
{
    bool own = base->kind != INCIR_COMPLEX || treatment(c) != INCOP_C_PARTS;
    if (own)
        return c->row->unview(c, base, part);
    incop_call *re = on_part(c, REAL), *im = on_part(c, IMAGINARY);
    incir_value *imaginary = c->row->unview(im, base->im, emit_imag(c->g, part));
    return incir_complex(c->g, c->row->unview(re, base->re, emit_real(part)), imaginary);
}
