/* Numbers from tensors of one element, and tensors from numbers. What is computed from sizes is an
 * expression again; an integer that only the data tell becomes a symbol. */
#include "ops/families.h"

#include <math.h>
#include <string.h>

#include "ops/call/internal.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* ---- numbers from tensors ---- */

static const incir_node *producer(const incir_value *v, incir_opcode code)
{
    return v->kind == INCIR_RESULT && incir_is(v->producer, code) ? v->producer : NULL;
}

/* v as a quotient of sizes: what int(x.size(2) / 2) or size * 0.5 leaves behind. */
typedef struct fraction {
    const incsym *over, *under;
} fraction;

static bool as_fraction(incir_graph *g, incir_value *v, fraction *f, int depth)
{
    enum { MOST_DEPTH = 16 };
    incsym_table *t = g->syms;
    const incsym *const *contents = v->rank == 0 ? incir_contents(g, v) : NULL;
    double known;
    if (contents) {
        *f = (fraction){contents[0], incsym_int(t, 1)};
        return true;
    }
    if (emit_known_scalar(g, v, &known)) {
        for (int64_t under = 1; under <= 1 << 16; under *= 2) /* halves, quarters, … */
            if (fabs(known) < 1e9 && known * (double)under == rint(known * (double)under)) {
                *f = (fraction){incsym_int(t, (int64_t)(known * (double)under)),
                                incsym_int(t, under)};
                return true;
            }
        return false;
    }
    const incir_node *n;
    fraction a, b;
    if (depth == MOST_DEPTH || v->rank != 0 || !incdtype_is_float(v->dtype))
        return false;
    if ((n = producer(v, INCIR_OP_CAST)) != NULL)
        return as_fraction(g, n->inputs[0], f, depth + 1);
    bool quotient = (n = producer(v, INCIR_OP_DIV)) != NULL;
    if (!quotient && (n = producer(v, INCIR_OP_MUL)) == NULL)
        return false;
    if (!as_fraction(g, n->inputs[0], &a, depth + 1) ||
        !as_fraction(g, n->inputs[1], &b, depth + 1))
        return false;
    *f = (fraction){incsym_mul(t, a.over, quotient ? b.under : b.over),
                    incsym_mul(t, a.under, quotient ? b.over : b.under)};
    return !incsym_is(f->under, 0);
}

/* An integer tensor of one element as an expression; NULL when only the data tell. */
static const incsym *as_expression(incir_graph *g, incir_value *v, int depth)
{
    enum { MOST_DEPTH = 16 };
    const incsym *const *contents = incir_contents(g, v);
    const incir_node *n;
    fraction f;
    if (contents && incsym_is(incir_numel(g, v), 1))
        return contents[0];
    if (incir_is_constant(v) && v->constant->numel == 1)
        return incsym_int(g->syms, inctensor_i64(g->cx, v->constant));
    if (v->rank != 0 || depth == MOST_DEPTH)
        return NULL;
    if ((n = producer(v, INCIR_OP_CAST)) != NULL && !incdtype_is_float(v->dtype))
        return as_expression(g, n->inputs[0], depth + 1);
    if ((n = producer(v, INCIR_OP_GATHER)) != NULL && incir_is_constant(n->inputs[1]) &&
        inctensor_i64(g->cx, n->inputs[1]->constant) == 0) {
        /* the first step of a packed sequence has all sequences */
        const incir_value *lengths = incop_packed_lengths(n->inputs[0]);
        return lengths ? incir_axis_size(g, lengths, 0) : NULL;
    }
    if ((n = producer(v, INCIR_OP_FLOOR)) != NULL || (n = producer(v, INCIR_OP_CEIL)) != NULL) {
        bool up = incir_is(n, INCIR_OP_CEIL);
        if (!as_fraction(g, n->inputs[0], &f, depth + 1))
            return NULL;
        return up ? incsym_ceildiv(g->syms, f.over, f.under)
                  : incsym_floordiv(g->syms, f.over, f.under);
    }
    if (as_fraction(g, v, &f, depth + 1)) /* sizes are not negative: truncating is rounding down */
        return incsym_floordiv(g->syms, f.over, f.under);
    return NULL;
}

const incsym *incop_integer_of(incir_graph *g, incir_value *v)
{
    const incsym *known = as_expression(g, v, 0);
    if (known)
        return known;
    v = emit_reshape(g, emit_cast(g, v, INCDT_I64), NULL, 0);
    const incsym *data = incsym_new(g->syms, "data", 1, INT64_MIN, v, -1);
    incsym_mark_guess(data);
    return data;
}

static incir_value *one_element(incop_call *c)
{
    int64_t n;
    incir_value *v = incop_tensor(c, incop_has(c, "a") ? "a" : "self");
    if (incsym_known(incir_numel(c->g, v), &n) && n != 1)
        inc_raise(c->cx, INC_E_FORMAT, "a number from %s, which has not one element",
                  incir_type_text(c->g, v));
    return v;
}

static void return_integer(incop_call *c, incir_value *v)
{
    incop_return_int(c, incop_integer_of(c->g, v));
}

/* Floats and bools that only the data tell stay tensors, which operators take for numbers. */
static void return_float(incop_call *c, incir_value *v)
{
    const incsym *const *contents = incir_contents(c->g, v);
    int64_t known;
    if (incir_is_constant(v))
        incop_return_val(c, incval_float(inctensor_f64(c->cx, v->constant)));
    else if (contents && incsym_known(contents[0], &known))
        incop_return_val(c, incval_float((double)known));
    else
        incop_return(c, emit_reshape(c->g, emit_as_float(c->g, v), NULL, 0));
}

static void return_truth(incop_call *c, incir_value *v)
{
    const incsym *const *contents = incir_contents(c->g, v);
    int differs = contents ? incsym_eq(c->g->syms, contents[0], incsym_int(c->g->syms, 0)) : -1;
    if (differs >= 0)
        incop_return_val(c, incval_bool(differs == 0));
    else if (incir_is_constant(v))
        incop_return_val(c, incval_bool(inctensor_f64(c->cx, v->constant) != 0));
    else
        incop_return(c, emit_reshape(c->g, emit_cast(c->g, v, INCDT_BOOL), NULL, 0));
}

static void lower_int(incop_call *c)
{
    return_integer(c, one_element(c));
}

static void lower_float(incop_call *c)
{
    return_float(c, one_element(c));
}

static void lower_bool(incop_call *c)
{
    return_truth(c, one_element(c));
}

/* A number of the tensor's own kind. */
static void lower_item(incop_call *c)
{
    incir_value *v = one_element(c);
    if (v->dtype == INCDT_BOOL)
        return_truth(c, v);
    else if (incdtype_is_float(v->dtype))
        return_float(c, v);
    else
        return_integer(c, v);
}

/* ---- tensors from numbers ---- */

static void lower_num_to_tensor(incop_call *c)
{
    incop_return(c, incop_tensor(c, "a"));
}

static void lower_list_to_tensor(incop_call *c)
{
    size_t n;
    const incsym **items = incop_syms(c, "self", &n);
    incop_return(c, emit_cast(c->g, incir_sizes(c->g, items, n), INCDT_I32));
}

static void lower_tensor_to_list(incop_call *c)
{
    int64_t n = 1;
    incir_value *x = emit_cast(c->g, incop_tensor(c, "self"), INCDT_I64); /* it is int32 */
    const incsym *const *items = incir_contents(c->g, x);
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    if (!items || (x->rank == 1 && !incir_dim(x, 0, &n)))
        incop_unsupported(c, "a list that depends on data");
    for (int64_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incval_int(items[i]));
    incop_return_val(c, list);
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::Bool.Tensor(Tensor a) -> bool", lower_bool),
    OP("aten::Float.Tensor(Tensor a) -> float", lower_float),
    OP("aten::FloatImplicit(Tensor a) -> float", lower_float),
    OP("aten::Int.Tensor(Tensor a) -> int", lower_int),
    OP("aten::IntImplicit(Tensor a) -> int", lower_int),
    OP("aten::ScalarImplicit(Tensor a) -> Scalar", lower_item),
    OP("aten::_list_to_tensor(int[] self) -> Tensor", lower_list_to_tensor),
    OP("aten::_local_scalar_dense(Tensor self) -> Scalar", lower_item),
    OP("aten::_tensor_to_list(Tensor self) -> int[]", lower_tensor_to_list),
    OP("aten::is_nonzero(Tensor self) -> bool", lower_bool),
    OP("aten::item(Tensor self) -> Scalar", lower_item),
    OP("prim::NumToTensor.Scalar(Scalar a) -> Tensor", lower_num_to_tensor),
    OP("prim::NumToTensor.bool(bool a) -> Tensor", lower_num_to_tensor),
};
/* clang-format on */

const incop_family incop_item = {"item", rows, INC_COUNT(rows)};
