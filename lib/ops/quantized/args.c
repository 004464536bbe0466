/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers of quantized operators ask a call for, and how they compute: a quantized operator
 * is its float counterpart on the dequantized values, its result quantized with the output's scale
 * and zero point. That it ran on integers is noted on the nodes, and lib/quant makes of it what the
 * export asks for. */
#include <string.h>

#include "ir/quant.h"
#include "ops/emit/emit.h"
#include "ops/families.h"
#include "ops/quantized/internal.h"

static incop_box *box_of(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind != INCVAL_TENSOR)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s has to be a Tensor", c->schema->name, name);
    return v.u.t;
}

const incir_quant *incop_qparams_arg(incop_call *c, const char *name)
{
    const incir_quant *q = box_of(c, name)->quant;
    if (!q)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s is not a quantized tensor", c->schema->name, name);
    if (q->n == 0)
        incop_unsupported(c, "a tensor that was quantized dynamically");
    return q;
}

incop_packed *incop_packed_arg(incop_call *c, const char *name, incop_packed_kind kind)
{
    incval v = incop_arg(c, name);
    if (v.kind != INCVAL_PACKED || v.u.packed->kind != kind)
        inc_raise(c->cx, INC_E_FORMAT, "%s: %s holds no packed weights of that kind",
                  c->schema->name, name);
    return v.u.packed;
}

/* The output's qparams: integers of the type of the input. */
const incir_quant *incop_output_qparams(incop_call *c, const char *like, const char *scale,
                                        const char *zero_point)
{
    return incir_quant_new(c->g, incop_qparams_arg(c, like)->dtype, incop_float(c, scale),
                           incop_int(c, zero_point));
}

incval incop_dequantized_arg(incop_call *c, const char *name)
{
    incval v = incop_arg(c, name);
    if (v.kind == INCVAL_TENSOR)
        return incval_tensor(incop_box_new(c->cx, incop_tensor(c, name)));
    return v;
}

incval incop_tensor_val(incop_call *c, incir_value *v)
{
    return v ? incval_tensor(incop_box_new(c->cx, v)) : incval_none();
}

incval incop_ints_val(incop_call *c, const int64_t *ints, size_t n)
{
    incval list = incval_list_new(c->cx, INCVAL_LIST);
    for (size_t i = 0; i < n; i++)
        INC_PUSH(c->cx, &list.u.list->v, incval_int(incsym_int(c->g->syms, ints[i])));
    return list;
}

/* ---- calling the float counterpart ---- */

incir_value *incop_call_float(incop_call *c, const char *name, const incval *args, size_t n)
{
    size_t n_results;
    const incval *results = incop_invoke(c->g, name, args, n, NULL, 0, &n_results);
    if (n_results == 0 || results[0].kind != INCVAL_TENSOR)
        inc_raise(c->cx, INC_E_INTERNAL, "%s gave no tensor", name);
    return incop_box_read(c->g, results[0].u.t);
}

void incop_return_quantized(incop_call *c, incir_value *v, const incir_quant *q)
{
    incop_return_val(c, incval_tensor(incop_box_quantized(c->cx, incir_quantized(c->g, v, q), q)));
}

const inctensor *incop_constant_arg(incop_call *c, const char *name)
{
    incir_value *v = incop_tensor(c, name);
    if (!incir_is_constant(v))
        incop_unsupported(c, "%s depends on data", name);
    return v->constant;
}

/* PyTorch's reduce_range (7 bits, for kernels that would saturate) is not taken over: 8 bits are
 * nearer to the model before it was quantized. */
incir_value *incop_quantized_dynamically(incop_call *c, incir_value *x)
{
    return incir_quantized_dynamic(c->g, x);
}

incir_value *incop_fused_relu(incop_call *c, incir_value *x)
{
    incval v = incop_tensor_val(c, x);
    return c->row->mode == INCOP_FUSED_RELU ? incop_call_float(c, "aten::relu", &v, 1) : x;
}
