/* What this library knows of ONNX's operators: how each types its outputs, and how it is computed
 * when all inputs are known. One row an operator, used by incir_emit() for every node. */
#ifndef INC_IR_ONNX_OPS_H
#define INC_IR_ONNX_OPS_H

#include "ir/graph.h"

typedef struct incir_op {
    const char *op_type; /* of the default domain, or "com.microsoft:Name" */
    /* Calls incir_set_output() for each of n->n_outputs; raises INC_E_UNSUPPORTED / INC_E_FORMAT
     * when the inputs do not fit the operator. */
    void (*infer)(incir_graph *g, incir_node *n);
    /* Optional. Outputs are typed already. Sets out[i] for every output to a constant (or an
     * INCIR_SIZES) value and returns true; false when it cannot be computed now. Only called when
     * every input is a constant with data, a value whose contents are known, or left out; or,
     * when fold_always is set (Shape: types tell all), with any inputs. */
    bool (*fold)(incir_graph *g, incir_node *n, incir_value **out);
    bool fold_always;
} incir_op;

/* NULL when unknown. */
const incir_op *incir_op_find(const char *domain, const char *op_type);

#endif
