/* SPDX-License-Identifier: Apache-2.0 */
/* Running a bound call: its opset, complex numbers, what becomes of quantized arguments, and the
 * row's handler. */
#include "ops/call/internal.h"

/* Views that are stale are cut again in the order of the schema: the order in which a handler asks
 * for its arguments appends nothing then, and may be left open. */
static void read_boxes(incir_graph *g, const incval *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i].kind == INCVAL_TENSOR)
            incop_box_read(g, items[i].u.t);
        else if (items[i].kind == INCVAL_LIST && !items[i].u.list->rows)
            for (size_t k = 0; k < items[i].u.list->v.n; k++)
                if (items[i].u.list->v.items[k].kind == INCVAL_TENSOR)
                    incop_box_read(g, items[i].u.list->v.items[k].u.t);
    }
}

void incop_run(incop_call *c)
{
    read_boxes(c->g, c->args, c->schema->n_params);
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
