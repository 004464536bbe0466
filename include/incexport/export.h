/* SPDX-License-Identifier: Apache-2.0 */
/* Exporting. */
#ifndef INCEXPORT_EXPORT_H
#define INCEXPORT_EXPORT_H

#include "incexport/config.h"
#include "incexport/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where the ONNX file goes: to a path, or to a function. Begin with INC_OUTPUT_INIT and set path
 * or write. Borrowed for the call. */
typedef struct inc_output {
    size_t struct_size; /**< sizeof(inc_output), as the macro has it */
    /** Written without a name or under another in the same folder, and given this name at the end:
     *  an export that fails or is killed leaves what was there. Links are followed; a file that is
     *  replaced hands on its access rights; an input of the export is refused. NULL: write is used.
     */
    const char *path;
    inc_write_fn write; /**< given the bytes of the file in order; NULL: path is used */
    void *write_data;   /**< passed on to it */
    /** The same for weights that have to go into a second file; NULL: such a model is an error. */
    inc_write_fn write_external;
    void *write_external_data; /**< passed on to it */
    const char *external_name; /**< how the model refers to that file; NULL: "model.data" */
    /** The same for the first values of the model's state, as an .npz archive (with a path it is
     *  "<path>.state.npz"); NULL: they are not written. */
    inc_write_fn write_state;
    void *write_state_data; /**< passed on to it */
} inc_output;

#define INC_OUTPUT_INIT                                                                            \
    {                                                                                              \
        sizeof(inc_output), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL                         \
    }

/** What came out of an export. It does not change, so that any thread may read it; all that is
 *  returned by pointer belongs to it and is valid until inc_report_free(). Asked of NULL, or beyond
 * the end, functions give NULL or 0; an i is 0 to the number less 1. */
typedef struct inc_report inc_report;

/** Exports model as config says. The model is not changed and can be exported again, with another
 *  config. Weights are streamed from file to file: memory grows with the number of nodes, not
 *  with the size of weights. Either all of the output is there afterwards, or none of it; write
 *  functions may have been given a part.
 *  @param model  an open model; no other thread may use it meanwhile
 *  @param output where the ONNX file goes; struct_size set, as by INC_OUTPUT_INIT
 *  @param config NULL: the defaults, which ask for int8
 *  @param report NULL, or set on success (NULL otherwise); end with inc_report_free(). Independent
 *                of the model, but the config's allocator must outlive it
 *  @param error  NULL, or where the error goes; end with inc_error_free()
 *  @return INC_OK;
 *          INC_E_ARGUMENT for a value of the config, names that do not fit the model, or int8 asked
 *          of a model that is not quantized; INC_E_ABI for a struct of no version;
 *          INC_E_FORMAT and INC_E_IO for the model's file;
 *          INC_E_UNSUPPORTED for operators without a form in ONNX, all of them in one message;
 *          INC_E_LIMIT for more memory or work than the config allows;
 *          INC_E_INPUT for example inputs that are missing or do not fit;
 *          INC_E_OUTPUT, INC_E_CANCELLED
 *  @since 0.1 */
INC_API inc_status inc_export(inc_model *model, const inc_output *output,
                              const Torch2ONNXConfig *config, inc_report **report,
                              inc_error **error);

/** All in one: opens model_path, exports to onnx_path, closes the model.
 *  @param model_path file of torch.jit.save or torch.export.save
 *  @param onnx_path  the file to write; one that is there is replaced on success only
 *  @param config     NULL: the defaults, which ask for int8
 *  @param error      NULL, or where the error goes; end with inc_error_free()
 *  @return those of inc_model_open_file() and inc_export()
 *  @since 0.1 */
INC_API inc_status inc_export_file(const char *model_path, const char *onnx_path,
                                   const Torch2ONNXConfig *config, inc_error **error);

/** Does all that inc_export() does but write: the report says what would come out. Of it bytes and
 *  constants are 0.
 *  @param model  as for inc_export()
 *  @param config NULL: the defaults
 *  @param report set on success, not NULL; end with inc_report_free()
 *  @param error  NULL, or where the error goes; end with inc_error_free()
 *  @return those of inc_export() but INC_E_OUTPUT
 *  @since 0.1 */
INC_API inc_status inc_plan(inc_model *model, const Torch2ONNXConfig *config, inc_report **report,
                            inc_error **error);

/** The opset of the domain "" and the revision of the file format (ModelProto.ir_version) that were
 *  written. @since 0.1 */
INC_API uint32_t inc_report_opset(const inc_report *report);
INC_API int64_t inc_report_ir_version(const inc_report *report);

/** Arithmetic that was written: INC_DTYPE_FP32 or INC_DTYPE_INT8. @since 0.1 */
INC_API inc_dtype inc_report_dtype(const inc_report *report);

/** Inputs and outputs of the graph, in its order: name, element type and shape, with -1 and a
 * symbol for sizes that are free. All is known of each. @since 0.1 */
INC_API size_t inc_report_n_inputs(const inc_report *report);
INC_API const inc_value *inc_report_input(const inc_report *report, size_t i);
INC_API size_t inc_report_n_outputs(const inc_report *report);
INC_API const inc_value *inc_report_output(const inc_report *report, size_t i);

/** Nodes in all, those of blocks inside If and Loop included; and how many there are of each
 *  operator ("Conv", "QGemm"), most frequent first. @since 0.1 */
INC_API uint64_t inc_report_n_nodes(const inc_report *report);
INC_API size_t inc_report_n_operators(const inc_report *report);
INC_API const char *inc_report_operator(const inc_report *report, size_t i);
INC_API uint64_t inc_report_operator_count(const inc_report *report, size_t i);

/** Constants of the graph (initializers), and the bytes of their elements, wherever they were
 *  written. @since 0.1 */
INC_API uint64_t inc_report_n_constants(const inc_report *report);
INC_API uint64_t inc_report_constant_bytes(const inc_report *report);

/** Bytes of the model file, and of the second file; that one's path, NULL when there is none.
 *  @since 0.1 */
INC_API uint64_t inc_report_bytes(const inc_report *report);
INC_API uint64_t inc_report_external_bytes(const inc_report *report);
INC_API const char *inc_report_external_path(const inc_report *report);

/** State of the model that INC_STATE_IO made inputs and outputs of the graph. Texts belong to the
 *  report. */
typedef struct inc_state_value {
    size_t struct_size;   /**< set by the library: fields beyond it are not there */
    const char *name;     /**< of the input, as of the state_dict: "layers.0.cache" */
    const char *next;     /**< of the output that is the input of the next call */
    const int64_t *shape; /**< of the first value: rank of them */
    size_t rank;          /**< number of axes */
    inc_element element;  /**< type of the elements */
    uint32_t reserved0;
    const char
        *module; /**< whose forward() writes it: "layer1.0"; "": the model's; NULL: not known */
    const char *source; /**< "net.py:87", the line that does; NULL where the file does not say */
} inc_state_value;

/** How many pieces of state the graph takes and gives back, and each, in the order of its inputs.
 *  There is none unless the config asks for INC_STATE_IO. @since 0.1 */
INC_API size_t inc_report_n_states(const inc_report *report);
INC_API const inc_state_value *inc_report_state(const inc_report *report, size_t i);
/** Where the first values of the state were written; NULL when nowhere. @since 0.1 */
INC_API const char *inc_report_state_path(const inc_report *report);

/** What the application should know though the export went through: a line of UTF-8 each, the same
 * that the log gets at INC_LOG_WARNING, once for each place. @since 0.1 */
INC_API size_t inc_report_n_warnings(const inc_report *report);
INC_API const char *inc_report_warning(const inc_report *report, size_t i);

/** What an operator computes with in the exported model: one of the INC_ARITHMETIC_ values. */
typedef uint32_t inc_arithmetic;
enum {
    INC_ARITHMETIC_FLOAT = 0,
    INC_ARITHMETIC_INT8 = 1,        /**< an operator on integers, or one that runtimes fuse to it */
    INC_ARITHMETIC_INT8_WEIGHTS = 2 /**< weights are stored as int8 and dequantized to float32 */
};

/** An operator of the model's code and what became of it. The texts belong to the report. */
typedef struct inc_planned {
    size_t struct_size;  /**< set by the library: fields beyond it are not there */
    const char *module;  /**< whose code it is: "layer1.0.conv1"; "" at the root */
    const char *pytorch; /**< PyTorch's operator: "quantized::conv2d_relu" */
    const char *source;  /**< "net.py:87"; NULL where the file does not say */
    const char *node;    /**< name of the ONNX node that does its work; NULL: there is none */
    /** ONNX's operators: "DequantizeLinear Conv QuantizeLinear". "another scale": none is needed,
     *  since the integers stay what they are. */
    const char *form;
    const char *input;         /**< "uint8", "uint8 dynamic", "float32", …; NULL: no float */
    const char *weight;        /**< "int8", "int8 per channel", "float32"; NULL: it has none */
    const char *output;        /**< as input */
    const char *reason;        /**< what keeps it from int8, for people; NULL when nothing does */
    inc_arithmetic arithmetic; /**< what it computes with */
    uint32_t reserved0;
} inc_planned;

/** Of a quantized model every operator that is quantized or could be; of an fp32 export every one
 * that gave nodes, with neither input, weight, output nor reason. In the order of the code. @since
 * 0.1 */
INC_API size_t inc_report_n_planned(const inc_report *report);
INC_API const inc_planned *inc_report_planned(const inc_report *report, size_t i);

/** An arithmetic for people.
 *  @param value any number
 *  @return "float32", "int8" or "int8 weights"; NULL for what is no value. A constant, valid for
 * ever
 *  @since 0.1 */
INC_API const char *inc_arithmetic_name(inc_arithmetic value);

/** Ends a report and all that was read from it. Cannot fail.
 *  @param report the report; NULL is fine
 *  @since 0.1 */
INC_API void inc_report_free(inc_report *report);

#ifdef __cplusplus
}
#endif
#endif
