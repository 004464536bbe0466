/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be exported, and how. */
#ifndef INCEXPORT_CONFIG_H
#define INCEXPORT_CONFIG_H

#include "incexport/error.h"
#include "incexport/hooks.h"
#include "incexport/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Arithmetic of the exported model: one of the INC_DTYPE_ values. */
typedef uint32_t inc_dtype;
enum {
    INC_DTYPE_FP32 = 0, /**< as an FP32 model, or an int8 model without its quantization */
    INC_DTYPE_INT8 = 1, /**< as a quantized model; the source must be one */
    INC_DTYPE_AUTO = 2  /**< as the file is: int8 when it is quantized or a checkpoint is attached,
                             else fp32. @since 0.1 */
};

/** opset_version: the lowest opset, from the default on, in which everything that the model does
 * has the form that says it best: 17 for a LayerNormalization, 20 for a Gelu or a GridSample of
 * volumes, 14 where nothing asks for more. The report says which it was. @since 0.1 */
enum { INC_OPSET_AUTO = 0 };

/** How quantized operators are written: one of the INC_QUANT_FORMAT_ values. */
typedef uint32_t inc_quant_format;
enum {
    INC_QUANT_FORMAT_QDQ = 0,    /**< FP32 operators between QuantizeLinear and DequantizeLinear */
    INC_QUANT_FORMAT_QLINEAR = 1 /**< QLinearConv and its kind; ONNX Runtime calls it QOperator */
};

/** How a matrix product with a bias is quantized, as Neural Compressor's recipes of that name. */
typedef uint32_t inc_recipe;
enum {
    INC_RECIPE_QDQ_OP_FP32_BIAS = 0,
    INC_RECIPE_QDQ_OP_INT32_BIAS = 1,
    INC_RECIPE_QDQ_OP_FP32_BIAS_QDQ = 2
};

/** The element type of quantized activations: one of the INC_ACTIVATIONS_ values. An int8 tensor
 * and the uint8 one whose integers and zero point are larger by 128 stand for the same numbers;
 * scales, weights and answers stay. */
typedef uint32_t inc_activations;
enum {
    INC_ACTIVATIONS_AUTO = 0, /**< as the source has them in QDQ; uint8 in QLinear, which only ONNX
                                   Runtime reads, and whose operators on int8 are slow on x86 */
    INC_ACTIVATIONS_SOURCE = 1, /**< as the source has them */
    INC_ACTIVATIONS_UINT8 = 2,
    INC_ACTIVATIONS_INT8 = 3
};

/** What the quantized operators are laid out for: one of the INC_TARGET_ values. */
typedef uint32_t inc_target;
enum {
    INC_TARGET_GENERIC = 0,  /**< any runtime; ONNX Runtime's CPU provider fuses all of it */
    INC_TARGET_TENSORRT = 1, /**< reserved, as the two below: refused by this version */
    INC_TARGET_OPENVINO = 2,
    INC_TARGET_QNN = 3
};

/** Whether weights go into a second file, "<model>.data", beside the model. */
typedef uint32_t inc_external_data;
enum {
    INC_EXTERNAL_DATA_AUTO = 0, /**< when the model would otherwise exceed 2 GiB, where ONNX ends */
    INC_EXTERNAL_DATA_NEVER = 1,
    INC_EXTERNAL_DATA_ALWAYS = 2
};

/** What becomes of state: buffers and attributes that the model writes in one call and reads in the
 *  next (a key/value cache, a recurrent cell, a counter). ONNX models keep nothing between calls.
 */
typedef uint32_t inc_state;
enum {
    INC_STATE_FAIL = 0, /**< INC_E_UNSUPPORTED; the message names each */
    INC_STATE_IO = 1,   /**< each is an input NAME, as in the state_dict, and an output NAME.next;
                             inputs that the model writes become outputs NAME.next too */
    INC_STATE_DROP = 2  /**< every call of the exported model is the first one; a warning each */
};

/** How inputs and outputs are called that neither the config nor the model's code names. */
typedef uint32_t inc_names;
enum {
    INC_NAMES_TORCH = 0, /**< as torch.onnx does; state as in the state_dict */
    INC_NAMES_HF = 1     /**< key/value caches as Hugging Face's Optimum: past_key_values.N.key and
                              past_key_values.N.value, and present.N.key and present.N.value for
                              what the call leaves */
};

/** An axis whose size is free in the exported model, as torch.onnx.export's `dynamic_axes`. For an
 *  output it can only be confirmed: its size follows from those of the inputs. */
typedef struct inc_dynamic_axis {
    const char *name; /**< of an input or output of the exported model, UTF-8; not NULL or empty */
    /** What the size is called in the exported model ("batch"), UTF-8; NULL: a name is made up. The
     *  same symbol at two axes says that they always have the same size, as they must in the
     * example inputs. */
    const char *symbol;
    int64_t axis; /**< 0 to rank - 1, or -rank to -1, counted from the end; each axis once */
} inc_dynamic_axis;

/** A line of a model's metadata_props. */
typedef struct inc_metadata {
    const char *key;   /**< UTF-8, not empty; each once */
    const char *value; /**< UTF-8 */
} inc_metadata;

/** Where operators of a namespace go that the library has no form for. */
typedef struct inc_custom_domain {
    const char *name_space; /**< "myops" of torch.ops.myops.scale */
    const char *domain;     /**< of the nodes: "com.example"; their type is the operator's name */
} inc_custom_domain;

/** Everything about an export. Begin with TORCH2ONNX_CONFIG_INIT or inc_torch2onnx_config_init()
 * and change what has to be different. All pointers are borrowed for the call, which copies what it
 *  needs longer; the struct is never written. A value that a field may not have is INC_E_ARGUMENT,
 *  and the message names the field, the value and what is allowed. An array that is NULL has a
 * count of 0, and the other way round. */
typedef struct Torch2ONNXConfig {
    size_t struct_size;            /**< set by the initialisers: how much the caller knows */
    inc_dtype dtype;               /**< default INC_DTYPE_INT8 */
    uint32_t opset_version;        /**< default 14; 10 to 26, or INC_OPSET_AUTO. Of 10 only
                                        what networks of convolutions need is written; the rest
                                        is an error */
    inc_quant_format quant_format; /**< default INC_QUANT_FORMAT_QDQ; ignored for FP32 */
    inc_recipe recipe;             /**< default INC_RECIPE_QDQ_OP_FP32_BIAS; ignored for FP32 */

    /** What forward() is called with, in its order, tuples and lists flattened. None at all: the
     *  inputs that the file has recorded, as those of traced models and of torch.export do. Only
     * types and shapes count as a rule; where the model looks at values, data is needed. */
    const inc_tensor *example_inputs;
    size_t n_example_inputs;   /**< 0 to 65536 */
    size_t example_input_size; /**< sizeof(inc_tensor): the distance from one to the next */

    /** Names of the first inputs of the exported model, in forward()'s order; each once. Those that
     *  have none here keep the name in the model's code. */
    const char *const *input_names;
    size_t n_input_names; /**< 0 to the number of the model's inputs */
    /** The same for outputs; the rest are "output", or "output_0", "output_1", … */
    const char *const *output_names;
    size_t n_output_names;

    const inc_dynamic_axis
        *dynamic_axes;        /**< all other axes have the sizes of the example inputs */
    size_t n_dynamic_axes;    /**< 0 to 65536 */
    size_t dynamic_axis_size; /**< sizeof(inc_dynamic_axis) */

    inc_external_data external_data; /**< default INC_EXTERNAL_DATA_AUTO */
    inc_log_level log_level;         /**< default INC_LOG_WARNING: what log() is given */
    inc_log_fn log;                  /**< NULL: nothing is logged */
    void *log_data;                  /**< passed on to log() */
    inc_progress_fn progress;        /**< NULL: no progress is reported, and nobody can cancel */
    void *progress_data;             /**< passed on to progress() */
    const inc_allocator *allocator;  /**< NULL: malloc. Must outlive what the call returns */
    uint64_t memory_limit; /**< bytes a model may make us take; 0: what its file's size justifies,
                                224 MiB, and 512 for each byte beyond 1 MiB, at most 4 GiB */

    /** Which program of a torch.export file that has several; NULL: the only one, or "model". Of a
     *  TorchScript file, which has none, it has to be NULL. */
    const char *program;

    /** 1, the default: operators of com.microsoft may be used where ONNX has none on integers, as
     *  QLinearAdd and QGemm. 0: only ONNX's own; what they cannot do runs in float32. */
    uint32_t allow_contrib_ops;
    inc_target target;           /**< default INC_TARGET_GENERIC, the only one that is built */
    inc_state state;             /**< default INC_STATE_FAIL */
    inc_names names;             /**< default INC_NAMES_TORCH */
    inc_activations activations; /**< default INC_ACTIVATIONS_AUTO; ignored for FP32 */

    /** 1: the files are on the disk before they take their names, and so are the names before the
     *  export returns: a power failure leaves the old model or the new one. 0, the default: that is
     *  left to the system, as by compilers and cp; a killed export never leaves half a file either
     *  way. */
    uint32_t durable;

    /** How much computing a model may make us do, in units of about a nanosecond; 0: what its size
     *  justifies, 10^9 and 1000 for each of its bytes. Beyond it is INC_E_LIMIT. */
    uint64_t work_limit;

    /** Which method of a TorchScript module is the model, as "encode"; NULL: the one that the model
     *  was opened with, else "forward". In all comments here forward() is that method. */
    const char *method;
    /** Written into the model's metadata_props, before what the library says of its source: a key
     *  that is given here is not written by the library. */
    const inc_metadata *metadata;
    size_t n_metadata;    /**< how many lines */
    size_t metadata_size; /**< sizeof(inc_metadata) */
    const char *producer; /**< the model's producer_name; NULL: "incexport" */

    /** Operators of these namespaces that the library has no form for become nodes of the domain:
     *  tensors and sizes are inputs, all else attributes. */
    const inc_custom_domain *custom_domains;
    size_t n_custom_domains;   /**< how many namespaces */
    size_t custom_domain_size; /**< sizeof(inc_custom_domain) */
    /** Asked first for every operator that the library has no form for; see
     *  incexport/operator.h. NULL: nobody is. */
    inc_lower_fn lower;
    void *lower_data; /**< passed on to lower() */

    /** How many turns of a loop of a known count in a scripted model are written one after another,
     *  as in "for i in range(12)"; a longer loop becomes a Loop, unless ONNX has no form for it. 0:
     *  the default, 1000. */
    uint32_t unroll_limit;
    /** 1: nothing is taken for granted that the example inputs suggest. An error, instead of a
     *  warning, is a dynamic size that the model turns out to fix, and what it decides on one where
     *  both ways cannot be exported; and, instead of a line of the log, a check of the model (an
     *  exception that it raises) that only the data or a dynamic size decides, which ONNX cannot
     *  say. 0: the default. */
    uint32_t strict;
    /** 1: attention and RMS norm that the model has as one operator of PyTorch are one operator of
     *  ONNX, Attention and RMSNormalization of opset 23, which opset_version has to be, or auto.
     *  0, the default: they are written in the operators of the opset. */
    uint32_t fuse;

    /** 0, the default: quantized average pools and resizes are written so that they round
     *  as PyTorch does, where runtimes' operators on integers do not; they compute in float32 then.
     *  1: they are written so that runtimes run them on integers, a step off here and there. */
    uint32_t integer_kernels;
} Torch2ONNXConfig;

#define TORCH2ONNX_CONFIG_INIT                                                                     \
    {                                                                                              \
        sizeof(Torch2ONNXConfig), INC_DTYPE_INT8, 14, INC_QUANT_FORMAT_QDQ,                        \
            INC_RECIPE_QDQ_OP_FP32_BIAS, NULL, 0, sizeof(inc_tensor), NULL, 0, NULL, 0, NULL, 0,   \
            sizeof(inc_dynamic_axis), INC_EXTERNAL_DATA_AUTO, INC_LOG_WARNING, NULL, NULL, NULL,   \
            NULL, NULL, 0, NULL, 1, INC_TARGET_GENERIC, INC_STATE_FAIL, INC_NAMES_TORCH,           \
            INC_ACTIVATIONS_AUTO, 0, 0, NULL, NULL, 0, sizeof(inc_metadata), NULL, NULL, 0,        \
            sizeof(inc_custom_domain), NULL, NULL, 0, 0, 0, 0                                      \
    }

/** The same as TORCH2ONNX_CONFIG_INIT, for languages that have no macros.
 *  @param config      the struct to fill; what it held does not matter
 *  @param struct_size bytes of the caller's struct, which may be older or newer than the library;
 *                     nothing beyond is written
 *  @return INC_OK; INC_E_ARGUMENT when config is NULL, INC_E_ABI for a size that no version had
 *  @since 0.1 */
INC_API inc_status inc_torch2onnx_config_init(Torch2ONNXConfig *config, size_t struct_size);

/** Checks everything that can be checked without a model, as an export does first; the message
 * names the field, what it held and what it may hold. Opens no file and calls no callback.
 *  @param config the config; NULL is the defaults
 *  @param error  NULL, or where the error goes: NULL on success; end with inc_error_free()
 *  @return INC_OK; INC_E_ARGUMENT, or INC_E_ABI for a struct_size or bytes that no version had
 *  @since 0.1 */
INC_API inc_status inc_torch2onnx_config_check(const Torch2ONNXConfig *config, inc_error **error);

/** Names to values and back, as Neural Compressor spells them; upper and lower case are the same.
 *
 *  | type             | names                                                                    |
 *  |------------------|--------------------------------------------------------------------------|
 *  | inc_dtype        | "fp32" (also "float32"), "int8", "auto"                                  |
 *  | inc_quant_format | "QDQ", "QLinear" (also "QOperator")                                      |
 *  | inc_recipe       | "QDQ_OP_FP32_BIAS", "QDQ_OP_INT32_BIAS", "QDQ_OP_FP32_BIAS_QDQ"          |
 *  | inc_activations  | "auto", "source", "uint8", "int8"                                        |
 *  | inc_target       | "generic" and those that are reserved                                    |
 *  | inc_state        | "fail", "io", "drop"                                                     |
 *  | inc_names        | "torch", "hf"                                                            |
 *  | inc_external_data| "auto", "never", "always"                                                |
 *
 *  @param name  UTF-8, ending with NUL
 *  @param value set on success, left alone otherwise; for the other way any number
 *  @return INC_OK; INC_E_ARGUMENT for what is no name, and for NULL. The other way: the name, a
 *          constant, valid for ever; NULL for what is no value
 *  @since 0.1 */
INC_API inc_status inc_dtype_from_name(const char *name, inc_dtype *value);
INC_API const char *inc_dtype_name(inc_dtype value);
INC_API inc_status inc_quant_format_from_name(const char *name, inc_quant_format *value);
INC_API const char *inc_quant_format_name(inc_quant_format value);
INC_API inc_status inc_recipe_from_name(const char *name, inc_recipe *value);
INC_API const char *inc_recipe_name(inc_recipe value);
INC_API inc_status inc_activations_from_name(const char *name, inc_activations *value);
INC_API const char *inc_activations_name(inc_activations value);
INC_API const char *inc_target_name(inc_target value);
INC_API inc_status inc_state_from_name(const char *name, inc_state *value);
INC_API const char *inc_state_name(inc_state value);
INC_API inc_status inc_names_from_name(const char *name, inc_names *value);
INC_API const char *inc_names_name(inc_names value);
INC_API inc_status inc_external_data_from_name(const char *name, inc_external_data *value);
INC_API const char *inc_external_data_name(inc_external_data value);

/** Dynamic axes read from text. */
typedef struct inc_dynamic_axes inc_dynamic_axes;

/** Reads dynamic axes from JSON, in either form that torch.onnx.export takes:
 *      {"input": {"0": "batch_size", "2": "height"}, "output": [0]}
 *  Names are not compared with a model before the export.
 *  @param json      UTF-8, ending with NUL; an object of objects (axis -> symbol) or of lists of
 * axes
 *  @param allocator NULL: malloc. Must outlive the set.
 *  @param axes      set on success; end with inc_dynamic_axes_free()
 *  @param error     NULL, or where the error goes, with line and column of the text
 *  @return INC_OK; INC_E_ARGUMENT, INC_E_ABI for the allocator
 *  @since 0.1 */
INC_API inc_status inc_dynamic_axes_parse(const char *json, const inc_allocator *allocator,
                                          inc_dynamic_axes **axes, inc_error **error);

/** How many axes there are, and all of them in a row as Torch2ONNXConfig.dynamic_axes takes them,
 *  valid until the set is freed. @since 0.1 */
INC_API size_t inc_dynamic_axes_count(const inc_dynamic_axes *axes);
INC_API const inc_dynamic_axis *inc_dynamic_axes_items(const inc_dynamic_axes *axes);

/** Ends a set and all axes that were read from it. Cannot fail.
 *  @param axes the set; NULL is fine
 *  @since 0.1 */
INC_API void inc_dynamic_axes_free(inc_dynamic_axes *axes);

#ifdef __cplusplus
}
#endif
#endif
