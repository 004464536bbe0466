/* SPDX-License-Identifier: Apache-2.0 */
/* A model file, opened. */
#ifndef INCEXPORT_MODEL_H
#define INCEXPORT_MODEL_H

#include "incexport/error.h"
#include "incexport/hooks.h"
#include "incexport/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A model file that is open. One thread at a time, which need not be the one that opened it;
 *  different models are independent of each other, also when they are of one file. */
typedef struct inc_model inc_model;

/** What kind of file it is: one of the INC_MODEL_ values. */
typedef uint32_t inc_model_kind;
enum {
    INC_MODEL_TORCHSCRIPT = 1,        /**< torch.jit.save */
    INC_MODEL_TORCHSCRIPT_MOBILE = 2, /**< the same with bytecode for the lite interpreter */
    INC_MODEL_EXPORTED = 3,           /**< torch.export.save */
    INC_MODEL_STATE_DICT = 4          /**< torch.save: weights or a checkpoint, without code */
};

/** An input of a model or of an exported graph, or an output. Belongs to the model or report that
 *  returned it, as all that it points to. */
typedef struct inc_value {
    const char *name;           /**< UTF-8, never NULL */
    const int64_t *shape;       /**< rank sizes; -1: not fixed. NULL: rank is not known either */
    const char *const *symbols; /**< rank names of sizes that are not fixed; NULL where fixed */
    size_t rank;                /**< number of axes; 0 where it is not known */
    inc_element element;        /**< type of the elements, where it is known */
    uint32_t is_known;          /**< 1 when element and shape are known, else 0 */
} inc_value;

/** How a model is opened; begin with INC_MODEL_OPTIONS_INIT. Grows at the end. Borrowed for the
 *  call but for the allocator. */
typedef struct inc_model_options {
    size_t struct_size;             /**< sizeof(inc_model_options), as the macro has it */
    const inc_allocator *allocator; /**< NULL: malloc. Must outlive the model */
    uint64_t memory_limit; /**< bytes the file may make us take; 0: 224 MiB, and 512 for each byte
                                of the file beyond 1 MiB, at most 4 GiB */
    uint64_t work_limit;   /**< see Torch2ONNXConfig */
    const char *method;    /**< see Torch2ONNXConfig; what is said of inputs is of this one */
} inc_model_options;

#define INC_MODEL_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(inc_model_options), NULL, 0, 0, NULL                                                \
    }

/** Opens a file: recognises it by its contents and checks its directory; nothing in it is executed.
 *  The file is read piece by piece when its bytes are needed, and must not be changed while the
 *  model is open: one that is cut short meanwhile is an INC_E_IO of the call that reads there.
 *  @param path    of the file, in the encoding of the system; its name does not matter
 *  @param options NULL: the defaults
 *  @param model   set on success; end with inc_model_free()
 *  @param error   NULL, or where the error goes; end with inc_error_free()
 *  @return INC_OK; INC_E_IO, INC_E_FORMAT for what is damaged or unknown, INC_E_UNSUPPORTED for
 * what is known but cannot be read (the hint says what to do), INC_E_LIMIT, INC_E_ARGUMENT,
 *          INC_E_ABI
 *  @since 0.1 */
INC_API inc_status inc_model_open_file(const char *path, const inc_model_options *options,
                                       inc_model **model, inc_error **error);

/** The same for a file that is in memory already.
 *  @param bytes   the whole file; borrowed and not to be changed until the model is freed
 *  @param size    bytes of it, 1 or more
 *  @param options NULL: the defaults
 *  @param model   set on success; end with inc_model_free()
 *  @param error   NULL, or where the error goes; end with inc_error_free()
 *  @return those of inc_model_open_file() but INC_E_IO
 *  @since 0.1 */
INC_API inc_status inc_model_open_memory(const void *bytes, size_t size,
                                         const inc_model_options *options, inc_model **model,
                                         inc_error **error);

/** Lays a quantized checkpoint over an FP32 model: the model gives the graph, the checkpoint its
 *  quantized operations, scales and weights. Exports with dtype int8 then give the quantized model.
 * A second call takes the place of the first; a call that fails changes nothing. The file stays
 * open as long as the model.
 *  @param model an open model
 *  @param path what torch.save wrote of a state_dict: best_model.pt of Neural Compressor, or of a
 *              model quantized by torch.ao.quantization; or a folder that holds best_model.pt,
 *              best_model_weights.pt (with best_configure.yaml) or quantized_weight.pt.
 *
 *  A quantized_weight.pt has a graph of its own, which takes the place of the model's; exports warn
 *  of that.
 *
 *  That the two fit is checked when exporting: INC_E_ARGUMENT names what does not.
 *  @param error NULL, or where the error goes; end with inc_error_free()
 *  @return INC_OK; INC_E_ARGUMENT for a file that holds no quantized state_dict, or NULL; those of
 *          inc_model_open_file()
 *  @since 0.1 */
INC_API inc_status inc_model_attach_checkpoint(inc_model *model, const char *path,
                                               inc_error **error);

/** Ends a model: closes its files, and frees all that was asked of it. Reports and errors live on.
 *  Cannot fail.
 *  @param model the model; NULL is fine
 *  @since 0.1 */
INC_API void inc_model_free(inc_model *model);

/** What kind of file the model was opened from; known at once, without inc_model_inspect().
 *  @param model an open model, or NULL
 *  @return one of the INC_MODEL_ values; 0 for NULL
 *  @since 0.1 */
INC_API inc_model_kind inc_model_get_kind(const inc_model *model);
/** A kind for people.
 *  @param kind any number
 *  @return "TorchScript" for INC_MODEL_TORCHSCRIPT and so on; NULL for what is no kind. A constant,
 *          valid for ever
 *  @since 0.1 */
INC_API const char *inc_model_kind_name(inc_model_kind kind);

/** Reads what the functions below give; before, they give NULL or 0. The code of the model is
 * parsed and not evaluated, and no weight is read. Doing it twice costs nothing.
 *
 *  All that the functions below return by pointer belongs to the model and is valid until it is
 *  freed. Their i is 0 to the number less 1; beyond, and for a NULL model, they give NULL or 0.
 *  @param model an open model
 *  @param error NULL, or where the error goes; end with inc_error_free()
 *  @return INC_OK; those of inc_model_open_file()
 *  @since 0.1 */
INC_API inc_status inc_model_inspect(inc_model *model, inc_error **error);

/** The version of PyTorch that wrote the file, "2.6.0", where the file says it (torch.export's
 * does); else NULL. @since 0.1 */
INC_API const char *inc_model_torch_version(const inc_model *model);
/** The version of the archive format; 0 when the file has none. @since 0.1 */
INC_API int64_t inc_model_format_version(const inc_model *model);
/** Name of the model's class ("ResNet"); NULL when there is no code. @since 0.1 */
INC_API const char *inc_model_class_name(const inc_model *model);
/** 1 when it holds quantized weights or runs quantized operators, else 0. @since 0.1 */
INC_API uint32_t inc_model_is_quantized(const inc_model *model);
/** 1 when the file has the shapes of the inputs it was traced with, else 0. @since 0.1 */
INC_API uint32_t inc_model_has_recorded_inputs(const inc_model *model);
/** Inputs of forward() as Torch2ONNXConfig.example_inputs has them: in its order, tuples and lists
 *  flattened where their length is known. Types and shapes are known where they were recorded.
 *  @since 0.1 */
INC_API size_t inc_model_n_inputs(const inc_model *model);
INC_API const inc_value *inc_model_input(const inc_model *model, size_t i);
/** The type of an input in the signature of a TorchScript forward(): "Tensor", "Optional[Tensor]",
 *  "List[int]"; NULL where the file does not say. @since 0.1 */
INC_API const char *inc_model_input_type(const inc_model *model, size_t i);

/** Methods that a TorchScript module has, as "encode(x: Tensor, n: int)", forward() among them;
 *  Torch2ONNXConfig.method chooses one by its name. @since 0.1 */
INC_API size_t inc_model_n_methods(const inc_model *model);
INC_API const char *inc_model_method(const inc_model *model, size_t i);

/** What follows is known of torch.export files only; there is none of it in others.
 *  Programs of the file; Torch2ONNXConfig.program chooses one. What all other functions give is of
 *  the program "model", or of the first. @since 0.1 */
INC_API size_t inc_model_n_programs(const inc_model *model);
INC_API const char *inc_model_program(const inc_model *model, size_t i);
/** Outputs of forward(). @since 0.1 */
INC_API size_t inc_model_n_outputs(const inc_model *model);
INC_API const inc_value *inc_model_output(const inc_model *model, size_t i);
/** PyTorch's operators ("aten.conv2d.default"), and how many of each, most frequent first.
 *  @since 0.1 */
INC_API size_t inc_model_n_operators(const inc_model *model);
INC_API const char *inc_model_operator(const inc_model *model, size_t i);
INC_API uint64_t inc_model_operator_count(const inc_model *model, size_t i);
/** Sizes that are not fixed: what they are called in inc_value.symbols, and the lowest and highest
 *  value the model was exported for (INT64_MAX: no end). @since 0.1 */
INC_API size_t inc_model_n_symbols(const inc_model *model);
INC_API const char *inc_model_symbol(const inc_model *model, size_t i);
INC_API int64_t inc_model_symbol_min(const inc_model *model, size_t i);
INC_API int64_t inc_model_symbol_max(const inc_model *model, size_t i);

/** Of what torch.save wrote, which has no graph: "a state_dict of 12 tensors", "a tensor"; NULL for
 *  models. And the key below which a checkpoint has its state_dict; NULL when there is none.
 *  @since 0.1 */
INC_API const char *inc_model_contents(const inc_model *model);
INC_API const char *inc_model_contents_key(const inc_model *model);

/** A parameter or buffer of a model; texts and arrays belong to the model. */
typedef struct inc_weight {
    size_t struct_size;    /**< set by the library: fields beyond it are not there */
    const char *name;      /**< its key in the state_dict, where there is one */
    const int64_t *shape;  /**< rank sizes, each 0 or more */
    size_t rank;           /**< number of axes */
    uint64_t bytes;        /**< of its elements, as the file has them */
    inc_element element;   /**< of the integers, where it is quantized */
    uint32_t is_quantized; /**< 1: it has a scale and a zero point */
} inc_weight;

/** Weights and buffers, each once, in the order of the file: what is shared by two names stands
 * under the first. @since 0.1 */
INC_API size_t inc_model_n_weight_tensors(const inc_model *model);
INC_API const inc_weight *inc_model_weight_tensor(const inc_model *model, size_t i);

/** Elements and bytes of all weights and buffers; what is shared counts once. @since 0.1 */
INC_API uint64_t inc_model_n_weights(const inc_model *model);
INC_API uint64_t inc_model_weight_bytes(const inc_model *model);

#ifdef __cplusplus
}
#endif
#endif
