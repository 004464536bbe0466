/* Running a bound call: its opset, complex numbers, what becomes of quantized arguments, and the
 * row's handler. */
#include "ops/call/internal.h"

void incop_run(incop_call *c)
{
    if (c->row->since > c->g->opset)
        incop_needs_opset(c, c->row->since, NULL);
    if (incop_on_complex(c))
        return;
    const struct incir_quant *q;
    bool requantizes = incop_on_quantized(c, &q);
    if (requantizes || c->row->quantization & INCOP_Q_INT8)
        c->g->call->is_int8 = true;
    c->row->lower(c);
    if (requantizes)
        incop_quantize_results(c, q);
}
