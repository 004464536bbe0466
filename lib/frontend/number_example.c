/* SPDX-License-Identifier: Apache-2.0 */
/* What numbers that nodes compute are for the example inputs. */
#include <math.h>
#include <string.h>

#include "frontend/number_internal.h"

bool incfe_number_example(incir_graph *g, const number *a, double *value)
{
    switch (a->kind) {
    case INCFE_NUMBER_EXACT:
        *value = (double)incsym_hint(a->top) / (double)a->bottom;
        return !incsym_is_guess(a->top);
    case INCFE_NUMBER_REAL:
        *value = a->real;
        return true;
    case INCFE_NUMBER_TRUTH:
        *value = a->truth;
        return true;
    case INCFE_NUMBER_TENSOR:
        return incfe_scalar_example(g, a->value, value, 0);
    }
    return false;
}

incir_value *incfe_with_example(incir_graph *g, incir_value *v, bool known, double example)
{
    if (known && v->kind == INCIR_RESULT && fabs(example) < 9e15)
        v->constant = inctensor_scalar_f64(g->cx, v->dtype, example);
    return v;
}

static bool apply(const char *op_type, double a, double b, double *result);

/* The least or greatest of a vector of sizes. */
static bool extreme_example(incir_graph *g, incir_value *v, bool max, double *value)
{
    int64_t n;
    const incsym *const *contents = v->rank == 1 ? incir_contents(g, v) : NULL;
    if (!contents || !incir_dim(v, 0, &n) || n < 1)
        return false;
    for (int64_t i = 0; i < n; i++) {
        double item = (double)incsym_hint(contents[i]);
        if (incsym_is_guess(contents[i]))
            return false;
        *value = i == 0 ? item : max ? fmax(*value, item) : fmin(*value, item);
    }
    return true;
}

/* What a scalar is for the example, as far back as its nodes compute with scalars alone. */
bool incfe_scalar_example(incir_graph *g, incir_value *v, double *value, int depth)
{
    enum { MOST_DEPTH = 16 };
    const incsym *const *contents = incir_contents(g, v);
    double a, b = 0;
    if (v->constant && inctensor_has_data(v->constant) && v->constant->numel == 1) {
        *value = inctensor_f64(g->cx, v->constant);
        return true;
    }
    if (contents && incsym_is(incir_numel(g, v), 1)) {
        *value = (double)incsym_hint(contents[0]);
        return !incsym_is_guess(contents[0]);
    }
    if (v->kind != INCIR_RESULT || depth == MOST_DEPTH || !incsym_is(incir_numel(g, v), 1))
        return false;
    const incir_node *n = v->producer;
    bool same = strcmp(n->op_type, "Cast") == 0 || strcmp(n->op_type, "Identity") == 0 ||
                strcmp(n->op_type, "Reshape") == 0 || strcmp(n->op_type, "Squeeze") == 0;
    if (same && (incdtype_is_float(v->dtype) || !incdtype_is_float(n->inputs[0]->dtype)))
        return incfe_scalar_example(g, n->inputs[0], value, depth + 1);
    if (strcmp(n->op_type, "ReduceMin") == 0 || strcmp(n->op_type, "ReduceMax") == 0)
        return extreme_example(g, n->inputs[0], n->op_type[7] == 'a', value);
    static const char *const known[] = {"Add", "Sub",        "Mul",   "Div",  "Min",
                                        "Max", "Sqrt",       "Floor", "Ceil", "Round",
                                        "Pow", "Reciprocal", "Log",   "Exp"};
    for (size_t i = 0; i < INC_COUNT(known); i++)
        if (strcmp(known[i], n->op_type) == 0 && incdtype_is_float(v->dtype))
            return n->n_inputs <= 2 && incfe_scalar_example(g, n->inputs[0], &a, depth + 1) &&
                   (n->n_inputs < 2 || incfe_scalar_example(g, n->inputs[1], &b, depth + 1)) &&
                   apply(n->op_type, a, b, value);
    return false;
}

static bool apply(const char *op_type, double a, double b, double *result)
{
    switch (op_type[0]) {
    case 'A': /* Add, And */
        *result = op_type[1] == 'd' ? a + b : (a != 0 && b != 0);
        return true;
    case 'S': /* Sub, Sqrt */
        *result = op_type[1] == 'u' ? a - b : sqrt(a);
        return true;
    case 'M': /* Mul, Max, Min */
        *result = op_type[1] == 'u' ? a * b : op_type[1] == 'a' ? fmax(a, b) : fmin(a, b);
        return true;
    case 'D':
        *result = a / b;
        return b != 0;
    case 'P':
        *result = pow(a, b);
        return true;
    case 'L': /* Less, Log */
        *result = op_type[1] == 'e' ? a < b : log(a);
        return op_type[1] == 'e' || a > 0;
    case 'E': /* Equal, Exp */
        *result = op_type[1] == 'q' ? a == b : exp(a);
        return true;
    case 'N':
        *result = a == 0;
        return true;
    case 'O':
        *result = a != 0 || b != 0;
        return true;
    case 'F':
        *result = floor(a);
        return true;
    case 'C':
        *result = ceil(a);
        return true;
    case 'R': /* Round, Reciprocal */
        *result = op_type[1] == 'o' ? nearbyint(a) : 1 / a;
        return true;
    default:
        return false;
    }
}

/* v is op_type of a and b (NULL: of a alone). */
incir_value *incfe_noted(incir_graph *g, const char *op_type, const number *a, const number *b,
                         incir_value *v)
{
    double x, y = 0, result;
    bool known = incfe_number_example(g, a, &x) && (!b || incfe_number_example(g, b, &y)) &&
                 apply(op_type, x, y, &result);
    return incfe_with_example(g, v, known, known ? result : 0);
}
