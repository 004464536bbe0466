/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from tensors of one element (call/integer.c finds which), and tensors from numbers. */
#include "ops/families.h"

#include "ops/call/internal.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* ---- numbers from tensors ---- */

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

/* Floats and bools that depend on the data stay tensors, which operators take for numbers. */
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
