/* Average pools on integers, as PyTorch computes them. In: a pool whose input and result have the
 * same scale and zero point. Out: the sum of the integers without the zero point, times the
 * reciprocal of their number, rounded half to even, the zero point added again: in float32, whose
 * integers are exact up to 2^24, with operators of ONNX's own. The integer pool of ONNX Runtime
 * rounds ties the one or the other way. QDQ keeps the pool that runtimes look for. */
#include "quant/internal.h"

enum { MOST_ELEMENTS = (1 << 24) / 255 };

/* How many elements go into each result; 0: not known, or not always the same. */
static int64_t count_of(const incir_node *n)
{
    int64_t count = 1, size;
    if (incir_is(n, INCIR_OP_GLOBAL_AVERAGE_POOL)) {
        for (size_t i = 2; i < n->inputs[0]->rank; i++) {
            if (!incir_dim(n->inputs[0], (int64_t)i, &size) || size <= 0 || size > MOST_ELEMENTS)
                return 0;
            count *= size;
            if (count > MOST_ELEMENTS)
                return 0;
        }
        return count;
    }
    const incir_attr *shape = incir_find_attr(n, "kernel_shape");
    const incir_attr *pads = incir_find_attr(n, "pads");
    bool counts_pads = incir_attr_int_or(n, "count_include_pad", 0) != 0;
    if (!shape || incir_attr_int_or(n, "ceil_mode", 0) || incir_find_attr(n, "auto_pad"))
        return 0;
    for (size_t i = 0; pads && i < pads->n; i++)
        if (pads->u.ints[i] != 0 && !counts_pads)
            return 0;
    for (size_t i = 0; i < shape->n; i++) {
        size = shape->u.ints[i];
        if (size <= 0 || size > MOST_ELEMENTS || count * size > MOST_ELEMENTS)
            return 0;
        count *= size;
    }
    return count;
}

bool incq_is_exact_pool(const incq_rewriter *r, const incir_node *n, const incir_quant *out)
{
    if (!incir_is(n, INCIR_OP_AVERAGE_POOL) && !incir_is(n, INCIR_OP_GLOBAL_AVERAGE_POOL))
        return false;
    return r->options->exact_pools && !r->g->int8_by_place && incir_is_int8(n) && !out->per_axis &&
           incq_is_per_tensor(n->inputs[0]) &&
           incir_quant_equal(incir_quant_of(n->inputs[0]), out) && count_of(n) > 0;
}

static incir_value *cast(incq_rewriter *r, incir_value *x, incdtype to)
{
    incir_node *n = incir_node_new(r->g, "Cast");
    incir_in(r->g, n, x);
    incir_attr_int(r->g, n, "to", incdtype_onnx(to));
    return incir_emit(r->g, n);
}

incir_value *incq_exact_pool(incq_rewriter *r, const incir_node *n, const incir_quant *q)
{
    incir_graph *g = r->g;
    const double count = (double)count_of(n);
    const volatile float multiplier = 1.0F / (float)count; /* as PyTorch comes to it */
    const volatile float scale = 1.0F / multiplier;
    incir_value *zero = incir_const_float(g, INCDT_F32, (double)q->zero_points[0]);
    incir_value *x = cast(r, incq_integers_of(r, n->inputs[0])->q, INCDT_F32);
    if (q->zero_points[0] != 0)
        x = incir_emit2(g, "Sub", x, zero);
    incir_value *mean = incq_emit_like(r, n, "", n->op_type, &x, 1, INCDT_F32);
    incir_value *sum = incir_emit2(g, "Mul", mean, incir_const_float(g, INCDT_F32, count));
    incir_value *y = incir_emit2(g, "Mul", incir_emit1(g, "Round", sum),
                                 incir_const_float(g, INCDT_F32, (double)(1.0F / scale)));
    y = incir_emit1(g, "Round", y);
    if (q->zero_points[0] != 0)
        y = incir_emit2(g, "Add", y, zero);
    return cast(r, y, q->dtype);
}
