/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions of element types and devices. What is of the type already is the tensor itself, and
 * shares its memory; a conversion has memory of its own. */
#include "ops/families.h"

#include "ops/emit/emit.h"

static void lower_to(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    incdtype type = incop_has(c, "dtype") ? incop_dtype(c, "dtype", x->dtype) : x->dtype;
    incop_return(c, emit_cast(c->g, x, type));
}

static void lower_to_other(incop_call *c)
{
    incir_value *other = incop_tensor(c, "other");
    incop_return(c, emit_cast(c->g, incop_tensor(c, "self"), other->dtype));
}

/* as: the type's name. */
static void lower_cast(incop_call *c)
{
    incdtype type = INCDT_F32;
    incdtype_from_name(c->row->as, &type);
    incop_return(c, emit_cast(c->g, incop_tensor(c, "self"), type));
}

static void lower_as_tensor(incop_call *c)
{
    incir_value *x = incop_tensor(c, "data");
    incop_return(c, emit_cast(c->g, x, incop_dtype(c, "dtype", x->dtype)));
}

/* What automatic mixed precision inserts: half precision back to float32. */
static void lower_to_full_precision(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    bool half = x->dtype == INCDT_F16 || x->dtype == INCDT_BF16;
    bool enabled = incop_bool(c, "cuda_enabled") || incop_bool(c, "cpu_enabled");
    incop_return(c, half && enabled ? emit_cast(c->g, x, INCDT_F32) : x);
}

static void lower_to_reduced_precision(incop_call *c)
{
    incir_value *x = incop_tensor(c, "self");
    if (x->dtype == INCDT_F32 && incop_bool(c, "cpu_enabled"))
        x = emit_cast(c->g, x, incop_dtype(c, "cpu_dtype", x->dtype));
    incop_return(c, x);
}

/* clang-format off */
static const incop_row rows[] = {
    OP_VIEW("aten::_autocast_to_full_precision(Tensor(a) self, bool cuda_enabled, bool cpu_enabled) -> Tensor(a)",
        lower_to_full_precision, NULL, INCOP_VIEW_CONVERSION),
    OP_VIEW("aten::_autocast_to_reduced_precision(Tensor(a) self, bool cuda_enabled, bool cpu_enabled, ScalarType cuda_dtype, ScalarType cpu_dtype) -> Tensor(a)",
        lower_to_reduced_precision, NULL, INCOP_VIEW_CONVERSION),
    OP_AS("aten::_cast_Byte(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "uint8"),
    OP_AS("aten::_cast_Char(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "int8"),
    OP_AS("aten::_cast_Double(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "float64"),
    OP_AS("aten::_cast_Float(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "float32"),
    OP_AS("aten::_cast_Half(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "float16"),
    OP_AS("aten::_cast_Int(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "int32"),
    OP_AS("aten::_cast_Long(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "int64"),
    OP_AS("aten::_cast_Short(Tensor self, bool non_blocking=False) -> Tensor", lower_cast, "int16"),
    OP_Q("aten::_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
        lower_to, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
    OP("aten::as_tensor(Tensor(a) data, *, ScalarType? dtype=None, Device? device=None) -> Tensor(b|a)",
        lower_as_tensor),
    OP_Q("aten::cpu(Tensor(a) self) -> Tensor(b|a)", lower_to, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
    OP_Q("aten::cuda(Tensor(a) self) -> Tensor(b|a)", lower_to, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
    OP_VIEW_Q("aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
        lower_to, NULL, INCOP_VIEW_CONVERSION, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
        lower_to, NULL, INCOP_VIEW_CONVERSION, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
        lower_to, NULL, INCOP_VIEW_CONVERSION, INCOP_Q_NONE | INCOP_C_OWN),
    OP_VIEW_Q("aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
        lower_to_other, NULL, INCOP_VIEW_CONVERSION, INCOP_Q_NONE | INCOP_C_OWN),
    OP_Q("aten::to.prim_Device(Tensor(a) self, Device? device, int? dtype=None, bool non_blocking=False, bool copy=False) -> Tensor(b|a)",
        lower_to, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
    OP_Q("aten::to.prim_dtype(Tensor(a) self, int? dtype=None, bool non_blocking=False, bool copy=False) -> Tensor(b|a)",
        lower_to, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
    OP_Q("aten::to.prim_other(Tensor(a) self, bool non_blocking=False, bool copy=False) -> Tensor(b|a)", lower_to, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
    OP_Q("aten::type_as(Tensor self, Tensor other) -> Tensor", lower_to_other, INCOP_Q_NONE | INCOP_C_OWN | INCOP_ORDER_KEPT),
};
/* clang-format on */

const incop_family incop_cast = {"cast", rows, INC_COUNT(rows)};
