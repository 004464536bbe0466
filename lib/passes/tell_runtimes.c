/* SPDX-License-Identifier: Apache-2.0 */
/* Warns of nodes that ONNX allows in the graph's opset and runtimes do not have: the file is valid,
 * and does not load there. Nothing is changed. */
#include "ir/onnx_ops.h"
#include "ir/rewrite.h"
#include "passes/internal.h"

typedef struct teller {
    inccx *cx;
    uint32_t opset;
    bool has_qdq;
} teller;

static void tell(void *data, incir_node *n)
{
    teller *t = data;
    if (n->domain[0])
        return;
    if (n->op && n->op->lacking_since && t->opset >= n->op->lacking_since)
        inc_warn(
            t->cx,
            "ONNX Runtime has no %s of opset %u up to its version 1.30: the highest opset that "
            "loads is %u",
            n->op_type, (unsigned)n->op->lacking_since, (unsigned)n->op->lacking_since - 1);
    t->has_qdq = t->has_qdq || (n->op && n->op->code == INCIR_OP_QUANTIZE_LINEAR);
}

bool incpass_tell_runtimes(inccx *cx, incir_graph *g)
{
    teller t = {.cx = cx, .opset = g->opset};
    incir_each_node(g->main, tell, &t);
    if (t.has_qdq && g->opset == 23)
        inc_warn(cx,
                 "ONNX Runtime 1.23 has no QuantizeLinear of opset 23: it takes 1.24, or opset 22");
    else if (t.has_qdq && g->opset >= 22)
        inc_warn(cx,
                 "ONNX Runtime before 1.29 runs convolutions and pools of opset 22 and above in "
                 "float32, though they are quantized: opset 21 is the highest that is as fast");
    return false;
}
