/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that the library has no form for, lowered by the application.
 *
 * Torch2ONNXConfig.lower is called for each call of such an operator. It reads the arguments, adds
 * nodes to the graph, and says which of their outputs are the results. All that is handed out here
 * belongs to the library and is valid until lower() returns. A function that fails does so for
 * good: the export ends with its error, whatever lower() returns. */
#ifndef INCEXPORT_OPERATOR_H
#define INCEXPORT_OPERATOR_H

#include "incexport/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A tensor of the graph that is being made. Operands of different calls may be used together as
 * long as lower() has not returned; none is freed by the application. */
typedef struct inc_operand inc_operand;

/** What an argument is: one of the INC_ARGUMENT_ values. */
typedef uint32_t inc_argument_kind;

enum {
    INC_ARGUMENT_NONE = 0, /**< Python's None */
    INC_ARGUMENT_TENSOR = 1,
    INC_ARGUMENT_INT = 2, /**< also dtypes, layouts and memory formats, by PyTorch's numbers */
    INC_ARGUMENT_FLOAT = 3,
    INC_ARGUMENT_BOOL = 4,
    INC_ARGUMENT_STRING = 5,
    INC_ARGUMENT_LIST = 6, /**< or a tuple */
    INC_ARGUMENT_SIZE = 7, /**< an int that the sizes of inputs, or the data, decide */
    INC_ARGUMENT_OTHER = 8 /**< what none of these is, as a dict */
};

/** An argument of a call; grows at the end. */
typedef struct inc_argument {
    const char *name; /**< the parameter's, where the file has it (torch.export), else "" */
    inc_argument_kind kind;
    uint32_t reserved0;
    int64_t integer;            /**< of an INT or a BOOL; of a SIZE: what it is in the example */
    double real;                /**< of a FLOAT */
    const char *text;           /**< of a STRING, UTF-8 as a rule */
    const inc_operand *operand; /**< of a TENSOR; of a SIZE: an int64 tensor of rank 0 */
    const struct inc_argument *const *items; /**< n_items of a LIST */
    size_t n_items;
} inc_argument;

/** What an output of a node is. Where neither the rest nor ONNX says it, it is like an operand. */
typedef struct inc_node_output {
    const inc_operand *like; /**< NULL: element and shape are said in full */
    const int64_t *shape;    /**< rank sizes; -1: that of like on the same axis, or, where there is
                                  none, one that the data decides. NULL: the shape of like */
    size_t rank;
    inc_element element; /**< INC_ELEMENT_NONE: that of like */
    uint32_t reserved0;  /**< zero */
} inc_node_output;

/** Which member of an attribute is meant. */
typedef uint32_t inc_attribute_kind;

enum {
    INC_ATTRIBUTE_INT = 1,   /**< ints[0] */
    INC_ATTRIBUTE_FLOAT = 2, /**< floats[0]; written as float32 */
    INC_ATTRIBUTE_STRING = 3,
    INC_ATTRIBUTE_INTS = 4, /**< n ints, and so on */
    INC_ATTRIBUTE_FLOATS = 5,
    INC_ATTRIBUTE_STRINGS = 6
};

/** An attribute of a node; borrowed for the call. */
typedef struct inc_attribute {
    const char *name; /**< as ONNX has it: "axis"; each once */
    inc_attribute_kind kind;
    uint32_t reserved0;         /**< zero */
    const int64_t *ints;        /**< n of an INT (1) or INTS, else not looked at */
    const double *floats;       /**< n of a FLOAT (1) or FLOATS */
    const char *const *strings; /**< n of a STRING (1) or STRINGS, UTF-8 */
    size_t n;                   /**< how many of INTS, FLOATS or STRINGS; else not looked at */
} inc_attribute;

/** A node to be added; begin with INC_NODE_INIT. All is copied. */
typedef struct inc_node {
    size_t struct_size;               /**< sizeof(inc_node), as the macro has it */
    const char *domain;               /**< "" or NULL: ONNX's own operators */
    const char *op_type;              /**< "Relu" */
    const inc_operand *const *inputs; /**< n_inputs; NULL entries are left out */
    size_t n_inputs;
    const inc_attribute *attributes;
    size_t n_attributes;
    size_t attribute_size;          /**< sizeof(inc_attribute) */
    const inc_node_output *outputs; /**< n_outputs types; NULL, of ONNX's own: they are inferred */
    size_t n_outputs;               /**< 1 to 64 */
    size_t output_size;             /**< sizeof(inc_node_output) */
} inc_node;

#define INC_NODE_INIT                                                                              \
    {                                                                                              \
        sizeof(inc_node), NULL, NULL, NULL, 0, NULL, 0, sizeof(inc_attribute), NULL, 1,            \
            sizeof(inc_node_output)                                                                \
    }

/** The operator: "myops::scale"; with the overload where the file names one that is not
 *  the default ("myops::scale.int").
 *  @since 0.1 */
INC_API const char *inc_operator_name(const inc_operator_call *call);

/** The opset that is written. @since 0.1 */
INC_API uint32_t inc_operator_opset(const inc_operator_call *call);

/** The arguments, in order; NULL beyond the last. @since 0.1 */
INC_API size_t inc_operator_n_arguments(const inc_operator_call *call);
INC_API const inc_argument *inc_operator_argument(const inc_operator_call *call, size_t i);

/** Element type, shape and symbols of an operand; its name is "" unless it is an input or a
 * parameter. @since 0.1 */
INC_API const inc_value *inc_operator_type(const inc_operator_call *call,
                                           const inc_operand *operand);

/** What the file says that the call gives: torch.export files do, TorchScript does not (then there
 *  are 0). As an output for inc_node, so that shape and element are said in full, sizes that are
 * not fixed being right, too. @since 0.1 */
INC_API size_t inc_operator_n_results(const inc_operator_call *call);
INC_API const inc_node_output *inc_operator_result(const inc_operator_call *call, size_t i);

/** Adds a constant.
 *  @param call    the call that lower() was given
 *  @param tensor  with data, which is copied; its name is not used
 *  @param operand set on success: the constant, for inputs of nodes and as a result
 *  @return INC_OK; INC_E_ARGUMENT for what is no tensor with data
 *  @since 0.1 */
INC_API inc_status inc_operator_constant(inc_operator_call *call, const inc_tensor *tensor,
                                         const inc_operand **operand);

/** Adds a node.
 *  @param call    the call that lower() was given
 *  @param node    what is added, in the order of the calls; struct_size set, as by INC_NODE_INIT
 *  @param outputs room for node->n_outputs operands, which are set on success
 *  @return INC_OK; INC_E_ARGUMENT for a field that may not be so, and for inputs that do not fit an
 *          operator of ONNX; INC_E_UNSUPPORTED for types that the operator does not have
 *  @since 0.1 */
INC_API inc_status inc_operator_node(inc_operator_call *call, const inc_node *node,
                                     const inc_operand **outputs);

/** Says what the call gives; once, before lower() returns INC_LOWERED.
 *  @param call      the call that lower() was given
 *  @param results   n_results operands, in the order of the operator's results; none is NULL
 *  @param n_results how many: as many as the file says where it does (inc_operator_n_results())
 *  @return INC_OK; INC_E_ARGUMENT when the file says another number
 *  @since 0.1 */
INC_API inc_status inc_operator_return(inc_operator_call *call, const inc_operand *const *results,
                                       size_t n_results);

#ifdef __cplusplus
}
#endif
#endif
