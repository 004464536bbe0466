/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler asks a call for, and how it answers; see op.h. */
#include <stdlib.h>
#include <string.h>

#include "ops/call/internal.h"

static incval *find(incop_call *c, const char *name)
{
    int i = incop_schema_param(c->schema, name);
    if (i < 0)
        inc_raise(c->cx, INC_E_INTERNAL, "%s has no parameter %s", c->schema->name, name);
    return &c->args[i];
}

static void wrong(incop_call *c, const char *name, const char *wanted, incval v) INC_NORETURN;
static void wrong(incop_call *c, const char *name, const char *wanted, incval v)
{
    if (v.kind == INCVAL_TENSOR)
        inc_raise_hint(c->cx, INC_E_UNSUPPORTED,
                       "make the value a constant of the model, or compute it from input sizes",
                       "%s: %s has to be %s, but depends on the data of a tensor", c->schema->name,
                       name, wanted);
    inc_raise(c->cx, INC_E_FORMAT, "%s: %s has to be %s, not %s", c->schema->name, name, wanted,
              incval_kind_name(v.kind));
}

incval incop_arg(incop_call *c, const char *name)
{
    return *find(c, name);
}

bool incop_has(incop_call *c, const char *name)
{
    return incop_schema_param(c->schema, name) >= 0;
}

bool incop_is_none(incop_call *c, const char *name)
{
    return find(c, name)->kind == INCVAL_NONE;
}

static incir_value *as_tensor(incop_call *c, const char *name, incval v)
{
    incir_value *value = incval_value(c->g, v, INCDT_F64);
    if (!value)
        wrong(c, name, "a Tensor", v);
    if (v.kind != INCVAL_TENSOR)
        value->is_number = true;
    return value;
}

incir_value *incop_tensor(incop_call *c, const char *name)
{
    return as_tensor(c, name, *find(c, name));
}

incir_value *incop_tensor_or_null(incop_call *c, const char *name)
{
    incval v = *find(c, name);
    return v.kind == INCVAL_NONE ? NULL : as_tensor(c, name, v);
}

/* The elements of a list argument; a single value counts as a list of one, None as none. */
static size_t elements(incop_call *c, const char *name, const incval **items)
{
    incval *v = find(c, name);
    switch (v->kind) {
    case INCVAL_NONE:
        return 0;
    case INCVAL_LIST:
    case INCVAL_TUPLE:
        *items = v->u.list->v.items;
        return v->u.list->v.n;
    default:
        *items = v;
        return 1;
    }
}

incir_value **incop_tensors(incop_call *c, const char *name, size_t *n)
{
    const incval *items = NULL;
    *n = elements(c, name, &items);
    incir_value **values = INC_NEW_N(c->cx, incir_value *, *n);
    for (size_t i = 0; i < *n; i++)
        values[i] = items[i].kind == INCVAL_NONE ? NULL : as_tensor(c, name, items[i]);
    return values;
}

static const incsym *as_sym(incop_call *c, const char *name, incval v)
{
    if (v.kind == INCVAL_INT)
        return v.u.i;
    if (v.kind == INCVAL_BOOL)
        return incsym_int(c->g->syms, v.u.b);
    if (v.kind == INCVAL_TENSOR) {
        incir_value *t = incop_box_read(c->g, v.u.t);
        const incsym *const *contents = incir_contents(c->g, t);
        if (contents && incsym_is(incir_numel(c->g, t), 1))
            return contents[0];
        if (incdtype_is_integer(t->dtype) && incsym_is(incir_numel(c->g, t), 1))
            return incop_integer_of(c->g, t);
    }
    wrong(c, name, "an int", v);
}

const incsym *incop_sym(incop_call *c, const char *name)
{
    return as_sym(c, name, *find(c, name));
}

/* An expression where ONNX needs a number: the example's value, and a warning. */
static int64_t fix(incop_call *c, const char *name, const incsym *e)
{
    int64_t value;
    if (incsym_known(e, &value))
        return value;
    value = incsym_example(c->g->syms, e);
    inc_guess(c->cx,
              "%s: %s depends on a dynamic size (%s) and is fixed to %lld, as in the example",
              c->schema->name, name, incsym_text(c->g->syms, e), (long long)value);
    return value;
}

int64_t incop_int(incop_call *c, const char *name)
{
    return fix(c, name, incop_sym(c, name));
}

static double as_float(incop_call *c, const char *name, incval v)
{
    switch (v.kind) {
    case INCVAL_FLOAT:
        return v.u.f;
    case INCVAL_INT:
        return (double)fix(c, name, v.u.i);
    case INCVAL_BOOL:
        return v.u.b;
    case INCVAL_TENSOR: {
        incir_value *t = incop_box_read(c->g, v.u.t);
        if (incir_is_constant(t) && t->constant->numel == 1)
            return inctensor_f64(c->cx, t->constant);
        if (t->is_number && t->kind == INCIR_RESULT && t->constant) {
            double example = inctensor_f64(c->cx, t->constant);
            inc_guess(c->cx,
                      "%s: %s depends on dynamic sizes and is fixed to %g, as in the example",
                      c->schema->name, name, example);
            return example;
        }
        if (t->kind == INCIR_INPUT && t->constant) {
            double example = inctensor_f64(c->cx, t->constant);
            inc_guess(c->cx, "%s: %s is the input %s and is fixed to %g, as in the example",
                      c->schema->name, name, t->name, example);
            return example;
        }
        break;
    }
    default:
        break;
    }
    wrong(c, name, "a number", v);
}

double incop_float(incop_call *c, const char *name)
{
    return as_float(c, name, *find(c, name));
}

bool incop_bool(incop_call *c, const char *name)
{
    incval v = *find(c, name);
    if (v.kind == INCVAL_BOOL)
        return v.u.b;
    if (v.kind == INCVAL_NONE)
        return false;
    return as_float(c, name, v) != 0;
}

const char *incop_str(incop_call *c, const char *name)
{
    incval v = *find(c, name);
    if (v.kind != INCVAL_STR && v.kind != INCVAL_DEVICE)
        wrong(c, name, "a string", v);
    return v.u.s;
}

bool incop_str_is(incop_call *c, const char *name, const char *text)
{
    return !incop_is_none(c, name) && strcmp(incop_str(c, name), text) == 0;
}

const incsym **incop_syms(incop_call *c, const char *name, size_t *n)
{
    incval v = *find(c, name);
    if (v.kind == INCVAL_TENSOR) { /* a vector of sizes */
        incir_value *t = incop_box_read(c->g, v.u.t);
        const incsym *const *contents = incir_contents(c->g, t);
        if (contents) {
            int64_t size = 1;
            if (t->rank == 1)
                incir_dim(t, 0, &size);
            *n = (size_t)size;
            return inc_copy(c->cx, contents, *n * sizeof *contents);
        }
    }
    const incval *items = NULL;
    *n = elements(c, name, &items);
    const incsym **syms = INC_NEW_N(c->cx, const incsym *, *n);
    for (size_t i = 0; i < *n; i++)
        syms[i] = as_sym(c, name, items[i]);
    return syms;
}

int64_t *incop_ints(incop_call *c, const char *name, size_t *n)
{
    const incsym **syms = incop_syms(c, name, n);
    int64_t *ints = INC_NEW_N(c->cx, int64_t, *n);
    for (size_t i = 0; i < *n; i++)
        ints[i] = fix(c, name, syms[i]);
    return ints;
}

int64_t *incop_ints_k(incop_call *c, const char *name, size_t k, int64_t absent)
{
    size_t n;
    int64_t *given = incop_ints(c, name, &n);
    if (n != 0 && n != 1 && n != k)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s has %zu numbers, expected 1 or %zu", c->schema->name,
                  name, n, k);
    int64_t *ints = INC_NEW_N(c->cx, int64_t, k);
    for (size_t i = 0; i < k; i++)
        ints[i] = n == 0 ? absent : given[n == 1 ? 0 : i];
    return ints;
}

double *incop_floats(incop_call *c, const char *name, size_t *n)
{
    const incval *items = NULL;
    *n = elements(c, name, &items);
    double *floats = INC_NEW_N(c->cx, double, *n);
    for (size_t i = 0; i < *n; i++)
        floats[i] = as_float(c, name, items[i]);
    return floats;
}

incdtype incop_dtype(incop_call *c, const char *name, incdtype absent)
{
    if (incop_is_none(c, name))
        return absent;
    int64_t number = incop_int(c, name);
    if (!incdtype_valid(number))
        inc_raise(c->cx, INC_E_FORMAT, "%s: %lld is no dtype", c->schema->name, (long long)number);
    return (incdtype)number;
}

const incsym *const *incop_sizes_asked(incop_call *c, size_t *rank)
{
    if (incop_has(c, "size"))
        return incop_syms(c, "size", rank);
    incir_value *like = incop_tensor(c, "self");
    *rank = like->rank;
    return like->dims;
}

incdtype incop_type_asked(incop_call *c, incdtype absent)
{
    if (incop_has(c, "self"))
        absent = incop_tensor(c, "self")->dtype;
    return incop_has(c, "dtype") ? incop_dtype(c, "dtype", absent) : absent;
}

static size_t wrap_axis(incop_call *c, int64_t axis, size_t rank, int64_t n)
{
    if (axis < -n || axis >= n)
        inc_raise(c->cx, INC_E_FORMAT, "%s: axis %lld is out of range for a tensor of rank %zu",
                  c->schema->name, (long long)axis, rank);
    return (size_t)(axis < 0 ? axis + n : axis);
}

size_t incop_wrap_axis(incop_call *c, int64_t axis, size_t rank)
{
    return wrap_axis(c, axis, rank, (int64_t)rank);
}

size_t incop_axis(incop_call *c, const char *name, size_t rank)
{
    return incop_wrap_axis(c, incop_int(c, name), rank);
}

size_t incop_axis_or_0d(incop_call *c, const char *name, size_t rank)
{
    return wrap_axis(c, incop_int(c, name), rank, rank ? (int64_t)rank : 1);
}

static int compare_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

size_t *incop_axes(incop_call *c, const char *name, size_t rank, size_t *n)
{
    size_t n_given;
    int64_t *given = incop_ints(c, name, &n_given);
    size_t count = n_given ? n_given : rank;
    size_t *axes = INC_NEW_N(c->cx, size_t, count);
    for (size_t i = 0; i < count; i++)
        axes[i] = n_given ? wrap_axis(c, given[i], rank, rank ? (int64_t)rank : 1) : i;
    qsort(axes, count, sizeof *axes, compare_size);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if ((kept == 0 || axes[kept - 1] != axes[i]) && axes[i] < rank)
            axes[kept++] = axes[i];
    *n = kept;
    return axes;
}

incop_reduction incop_reduction_of(incop_call *c, const incir_value *x)
{
    incop_reduction r = {0, NULL, incop_has(c, "keepdim") && incop_bool(c, "keepdim")};
    if (incop_has(c, "dim")) {
        r.axes = incop_axes(c, "dim", x->rank, &r.n);
        return r;
    }
    r.n = x->rank;
    r.axes = INC_NEW_N(c->cx, size_t, r.n);
    for (size_t i = 0; i < r.n; i++)
        r.axes[i] = i;
    return r;
}

/* ---- results ---- */

void incop_return_val(incop_call *c, incval v)
{
    enum { MOST_RESULTS = 16 };
    if (c->n_results == MOST_RESULTS)
        inc_raise(c->cx, INC_E_INTERNAL, "%s returns too many results", c->schema->name);
    if (c->n_results < 2) { /* most return one */
        incval *results = INC_NEW_N(c->cx, incval, c->n_results ? MOST_RESULTS : 1);
        if (c->n_results)
            results[0] = c->results[0];
        c->results = results;
    }
    c->results[c->n_results++] = v;
}

void incop_return(incop_call *c, incir_value *v)
{
    incop_return_val(c, incval_tensor(incop_box_new(c->cx, v)));
}

void incop_return_list(incop_call *c, incir_value **v, size_t n)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incval_tensor(incop_box_new(c->cx, v[i])));
    incop_return_val(c, list);
}

void incop_return_int(incop_call *c, const incsym *i)
{
    incop_return_val(c, incval_int(i));
}
