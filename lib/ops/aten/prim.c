/* SPDX-License-Identifier: Apache-2.0 */
/* What a program asks of a tensor: its sizes, its type, its device. Sizes are expressions, so
 * that arithmetic with them leaves no nodes. */
#include "ops/families.h"

#include <string.h>

#include "base/str.h"
#include "ops/emit/math.h"
#include "ops/emit/shape.h"

/* row.mode of questions that have one answer */
enum { NO, YES };

static void return_bool(incop_call *c, bool answer)
{
    incop_return_val(c, incval_bool(answer));
}

static void return_number(incop_call *c, int64_t number)
{
    incop_return_int(c, incsym_int(c->g->syms, number));
}

static void return_sizes(incop_call *c, const incsym *const *sizes, size_t n)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incval_int(sizes[i]));
    incop_return_val(c, list);
}

/* The tensor, whatever the schema calls it. */
static incir_value *subject(incop_call *c)
{
    static const char *const names[] = {"self", "a", "t"};
    for (size_t i = 0; i + 1 < INC_COUNT(names); i++)
        if (incop_has(c, names[i]))
            return incop_tensor(c, names[i]);
    return incop_tensor(c, names[INC_COUNT(names) - 1]);
}

/* ---- sizes ---- */

static void lower_size(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (!incop_has(c, "dim")) {
        return_sizes(c, x->dims, x->rank);
        return;
    }
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "size: a tensor without axes");
    incop_return_int(c, incir_axis_size(c->g, x, incop_axis(c, "dim", x->rank)));
}

static void lower_shape_as_tensor(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incop_return(c, incir_sizes(c->g, x->dims, x->rank));
}

/* Strides of a contiguous tensor. */
static void lower_stride(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    const incsym **strides = INC_NEW_N(c->cx, const incsym *, x->rank), *next;
    next = incsym_int(c->g->syms, 1);
    for (size_t i = x->rank; i-- > 0;) {
        strides[i] = next;
        next = incsym_mul(c->g->syms, next, incir_axis_size(c->g, x, i));
    }
    if (!incop_has(c, "dim"))
        return_sizes(c, strides, x->rank);
    else if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "stride: a tensor without axes");
    else
        incop_return_int(c, strides[incop_axis(c, "dim", x->rank)]);
}

static void lower_numel(incop_call *c)
{
    incop_return_int(c, incir_numel(c->g, incop_tensor(c, "self")));
}

static void lower_len(incop_call *c)
{
    incir_value *x = incop_tensor(c, "t");
    if (x->rank == 0)
        inc_raise(c->cx, INC_E_FORMAT, "len() of a tensor without axes");
    incop_return_int(c, incir_axis_size(c->g, x, 0));
}

static void lower_dim(incop_call *c)
{
    return_number(c, (int64_t)incop_tensor(c, "self")->rank);
}

static void lower_is_same_size(incop_call *c)
{
    incir_value *a = incop_tensor(c, "self"), *b = incop_tensor(c, "other");
    bool same = a->rank == b->rank;
    for (size_t i = 0; same && i < a->rank; i++)
        same =
            incsym_eq(c->g->syms, incir_axis_size(c->g, a, i), incir_axis_size(c->g, b, i)) != 0 &&
            incsym_hint(incir_axis_size(c->g, a, i)) == incsym_hint(incir_axis_size(c->g, b, i));
    return_bool(c, same);
}

/* ---- types ---- */

static void lower_dtype(incop_call *c)
{
    return_number(c, (int64_t)subject(c)->dtype);
}

static void lower_item_size(incop_call *c)
{
    return_number(c, (int64_t)incdtype_size(subject(c)->dtype));
}

static void lower_n_bytes(incop_call *c)
{
    incir_value *x = subject(c);
    incop_return_int(
        c, incsym_mul_int(c->g->syms, incir_numel(c->g, x), (int64_t)incdtype_size(x->dtype)));
}

static void lower_is_floating_point(incop_call *c)
{
    return_bool(c, incdtype_is_float(subject(c)->dtype));
}

static void lower_is_complex(incop_call *c)
{
    return_bool(c, incdtype_is_complex(subject(c)->dtype));
}

static void lower_is_quantized(incop_call *c)
{
    return_bool(c, incdtype_is_quantized(subject(c)->dtype));
}

static void lower_is_signed(incop_call *c)
{
    incdtype t = subject(c)->dtype;
    return_bool(c, t != INCDT_U8 && t != INCDT_BOOL && t != INCDT_U16 && t != INCDT_U32 &&
                       t != INCDT_U64);
}

static void lower_result_type(incop_call *c)
{
    bool tensor = incop_has(c, "tensor"), other = incop_has(c, "other");
    const char *a = tensor ? "tensor" : incop_has(c, "scalar") ? "scalar" : "scalar1";
    const char *b = other ? "other" : incop_has(c, "scalar2") ? "scalar2" : "tensor";
    incir_value *both[] = {incop_tensor(c, a), incop_tensor(c, b)};
    return_number(c, (int64_t)emit_result_type(c->g, both, 2));
}

static void lower_promote_types(incop_call *c)
{
    return_number(c, (int64_t)incdtype_promote(incop_dtype(c, "type1", INCDT_F32),
                                               incop_dtype(c, "type2", INCDT_F32)));
}

/* A type can become another unless that forgets fractions, signs or more. */
static void lower_can_cast(incop_call *c)
{
    incdtype from = incop_dtype(c, "from_", INCDT_F32), to = incop_dtype(c, "to", INCDT_F32);
    bool complex_lost = incdtype_is_complex(from) && !incdtype_is_complex(to);
    bool fraction_lost =
        incdtype_is_float(from) && !incdtype_is_float(to) && !incdtype_is_complex(to);
    return_bool(c, !complex_lost && !fraction_lost && (to != INCDT_BOOL || from == INCDT_BOOL));
}

/* ---- device and layout of a tensor: on a CPU, strided ---- */

static void lower_device(incop_call *c)
{
    incop_return_val(c, incval_device("cpu"));
}

/* "cuda:0" is the device 0 of type "cuda". */
static void lower_device_type(incop_call *c)
{
    const char *device = incop_str(c, "self");
    incop_return_val(c, incval_str(inc_strndup(c->cx, device, strcspn(device, ":"))));
}

static void lower_device_index(incop_call *c)
{
    const char *colon = strchr(incop_str(c, "self"), ':');
    int64_t index;
    if (colon && incstr_int(colon + 1, strlen(colon + 1), &index))
        return_number(c, index);
    else
        incop_return_val(c, incval_none());
}

/* mode is the answer. */
static void lower_answer(incop_call *c)
{
    return_bool(c, c->row->mode == YES);
}

/* mode is the number. */
static void lower_number(incop_call *c)
{
    return_number(c, c->row->mode);
}

/* Checks that the exported model does not make. */
static void lower_nothing(incop_call *c)
{
    (void)c;
}

/* clang-format off */
static const incop_row rows[] = {
    OP("aten::_assert_async(Tensor self) -> ()", lower_nothing),
    OP("aten::_assert_async.msg(Tensor self, str assert_msg) -> ()", lower_nothing),
    OP("aten::_assert_scalar(Scalar self, str assert_msg) -> ()", lower_nothing),
    OP("aten::_assert_tensor_metadata(Tensor a, SymInt[]? size=None, SymInt[]? stride=None, ScalarType? dtype=None, *, Device? device=None, Layout? layout=None) -> ()",
        lower_nothing),
    OP_MODE("aten::_is_zerotensor(Tensor self) -> bool", lower_answer, NO),
    OP("aten::_shape_as_tensor(Tensor self) -> Tensor", lower_shape_as_tensor),
    OP("aten::can_cast(ScalarType from_, ScalarType to) -> bool", lower_can_cast),
    OP("aten::dim(Tensor self) -> int", lower_dim),
    OP("aten::element_size(Tensor self) -> int", lower_item_size),
    OP_MODE("aten::get_device(Tensor self) -> int", lower_number, -1),
    OP_MODE("aten::is_coalesced(Tensor self) -> bool", lower_answer, NO),
    OP_Q("aten::is_complex(Tensor self) -> bool", lower_is_complex, INCOP_Q_NONE | INCOP_C_OWN),
    OP_MODE("aten::is_conj(Tensor self) -> bool", lower_answer, NO),
    OP_MODE("aten::is_contiguous(Tensor self) -> bool", lower_answer, YES),
    OP_MODE("aten::is_contiguous.memory_format(Tensor self, MemoryFormat memory_format) -> bool", lower_answer, YES),
    OP_MODE("aten::is_distributed(Tensor self) -> bool", lower_answer, NO),
    OP_Q("aten::is_floating_point(Tensor self) -> bool", lower_is_floating_point, INCOP_Q_NONE | INCOP_C_OWN),
    OP_MODE("aten::is_inference(Tensor self) -> bool", lower_answer, NO),
    OP_MODE("aten::is_leaf(Tensor self) -> bool", lower_answer, YES),
    OP_MODE("aten::is_neg(Tensor self) -> bool", lower_answer, NO),
    OP_MODE("aten::is_non_overlapping_and_dense(Tensor self) -> bool", lower_answer, YES),
    OP_MODE("aten::is_pinned(Tensor self, Device? device=None) -> bool", lower_answer, NO),
    OP("aten::is_same_size(Tensor self, Tensor other) -> bool", lower_is_same_size),
    OP_MODE("aten::is_set_to(Tensor self, Tensor tensor) -> bool", lower_answer, NO),
    OP("aten::is_signed(Tensor self) -> bool", lower_is_signed),
    OP_MODE("aten::is_vulkan_available() -> bool", lower_answer, NO),
    OP("aten::len.Tensor(Tensor t) -> int", lower_len),
    OP("aten::numel(Tensor self) -> int", lower_numel),
    OP("aten::promote_types(ScalarType type1, ScalarType type2) -> ScalarType", lower_promote_types),
    OP("aten::result_type.Scalar(Tensor tensor, Scalar other) -> ScalarType", lower_result_type),
    OP("aten::result_type.Scalar_Scalar(Scalar scalar1, Scalar scalar2) -> ScalarType", lower_result_type),
    OP("aten::result_type.Scalar_Tensor(Scalar scalar, Tensor tensor) -> ScalarType", lower_result_type),
    OP("aten::result_type.Tensor(Tensor tensor, Tensor other) -> ScalarType", lower_result_type),
    OP("aten::size(Tensor self) -> int[]", lower_size),
    OP("aten::size.int(Tensor self, int dim) -> int", lower_size),
    OP_MODE("aten::storage_offset(Tensor self) -> int", lower_number, 0),
    OP("aten::stride(Tensor self) -> int[]", lower_stride),
    OP("aten::stride.int(Tensor self, int dim) -> int", lower_stride),
    OP("aten::sym_constrain_range(Scalar size, *, int? min=None, int? max=None) -> ()", lower_nothing),
    OP("aten::sym_constrain_range_for_size(Scalar size, *, int? min=None, int? max=None) -> ()", lower_nothing),
    OP("aten::sym_numel(Tensor self) -> SymInt", lower_numel),
    OP("aten::sym_size(Tensor self) -> SymInt[]", lower_size),
    OP("aten::sym_size.int(Tensor self, int dim) -> SymInt", lower_size),
    OP_MODE("aten::sym_storage_offset(Tensor self) -> SymInt", lower_number, 0),
    OP("aten::sym_stride(Tensor self) -> SymInt[]", lower_stride),
    OP("aten::sym_stride.int(Tensor self, int dim) -> SymInt", lower_stride),
    OP("prim::device(Tensor a) -> Device", lower_device),
    OP("prim::dtype(Tensor a) -> int", lower_dtype),
    OP("prim::index(Device self) -> int?", lower_device_index),
    OP_MODE("prim::is_cpu(Tensor a) -> bool", lower_answer, YES),
    OP_MODE("prim::is_cuda(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_ipu(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_maia(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_meta(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_mkldnn(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_mps(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_mtia(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_nested(Tensor a) -> bool", lower_answer, NO),
    OP("prim::is_quantized(Tensor a) -> bool", lower_is_quantized),
    OP_MODE("prim::is_sparse(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_sparse_csr(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_vulkan(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_xla(Tensor a) -> bool", lower_answer, NO),
    OP_MODE("prim::is_xpu(Tensor a) -> bool", lower_answer, NO),
    OP("prim::itemsize(Tensor a) -> int", lower_item_size),
    OP_MODE("prim::layout(Tensor a) -> Layout", lower_number, 0),
    OP("prim::nbytes(Tensor a) -> int", lower_n_bytes),
    OP_MODE("prim::requires_grad(Tensor a) -> bool", lower_answer, NO),
    OP("prim::type(Device self) -> str", lower_device_type),
};
/* clang-format on */

const incop_family incop_prim = {"prim", rows, INC_COUNT(rows)};
