/* SPDX-License-Identifier: Apache-2.0 */
/* All options, in the order of the help. See options.h for what a row says. */
#include "options.h"

#include <stddef.h>
#include <string.h>

#define AT(member) .at = offsetof(options, member)

/* clang-format off */
const option_row option_table[] = {
    /* ---- where to ---- */
    {"output", 'o', OPTION_TEXT, GROUP_OUTPUT, FOR_EXPORT | FOR_REPORT, AT(output), .value = "FILE",
     .help = "the ONNX file (of report: the page); - is standard output"},
    {"out-dir", 0, OPTION_TEXT, GROUP_OUTPUT, FOR_EXPORT, AT(out_dir), .value = "DIR",
     .help = "the results of several models, as DIR/NAME.onnx;\n"
             "default: each lies beside its model"},
    {"dry-run", 'n', OPTION_FLAG, GROUP_OUTPUT, FOR_EXPORT, AT(dry_run),
     .help = "all but writing: says what would be written"},
    {"no-clobber", 0, OPTION_FLAG, GROUP_OUTPUT, FOR_EXPORT, AT(no_clobber), .key = "no_clobber",
     .help = "a FILE that is there is left alone, which is an error"},
    {"yes", 'y', OPTION_FLAG, GROUP_OUTPUT, FOR_EXPORT, AT(yes),
     .help = "it is replaced: the default; counts more than\nno_clobber in a --config"},
    {"external-data", 0, OPTION_CHOICE, GROUP_OUTPUT, FOR_EXPORT, AT(config.external_data),
     .from_name = inc_external_data_from_name, .choices = "auto|never|always", .key = "external_data",
     .help = "weights in FILE.data: auto is from 2 GiB on"},
    {"durable", 0, OPTION_ON, GROUP_OUTPUT, FOR_EXPORT, AT(config.durable), .key = "durable",
     .help = "FILE is on the disk before it takes its name"},
    {"skip-if-newer", 0, OPTION_FLAG, GROUP_OUTPUT, FOR_EXPORT, AT(skip_if_newer),
     .help = "nothing is done when FILE is newer than MODEL and what\nelse it is made of"},

    {"metadata", 0, OPTION_READ, GROUP_OUTPUT, FOR_EXPORT, .read = read_metadata, .key = "metadata",
     .value = "KEY=VALUE", .help = "a line of the model's metadata_props; once for every line"},
    {"producer", 0, OPTION_TEXT, GROUP_OUTPUT, FOR_EXPORT, AT(config.producer), .value = "NAME",
     .key = "producer", .help = "the model's producer_name; default: incexport"},

    /* ---- what ---- */
    {"config", 0, OPTION_TEXT, GROUP_MODEL, FOR_MODELS, AT(config_file), .value = "FILE.json",
     .help = "options of a file, by the names of Torch2ONNXConfig, as in\n"
             "{\"opset_version\": 17, \"dtype\": \"int8\"}; the command\nline counts more"},
    {"state", 0, OPTION_CHOICE, GROUP_MODEL, FOR_MODELS, AT(config.state),
     .from_name = inc_state_from_name, .choices = "fail|io|drop", .key = "state",
     .help = "what a call leaves for the next: io makes it inputs and outputs NAME.next"},
    {"names", 0, OPTION_CHOICE, GROUP_MODEL, FOR_MODELS, AT(config.names),
     .from_name = inc_names_from_name, .choices = "torch|hf", .key = "names",
     .help = "hf: key/value caches are past_key_values.N.key, present.N.key and so on"},
    {"dtype", 0, OPTION_CHOICE, GROUP_MODEL, FOR_MODELS, AT(config.dtype),
     .from_name = inc_dtype_from_name, .choices = "auto|fp32|int8", .key = "dtype",
     .help = "arithmetic of the result; auto, the default: as in MODEL"},
    {"opset", 0, OPTION_NUMBER, GROUP_MODEL, FOR_MODELS, AT(config.opset_version),
     .from_name = auto_from_name, .lowest = inc_oldest_opset, .highest = inc_newest_opset,
     .value = "N|auto", .also = "opset-version", .key = "opset_version",
     .help = "10 to 26; auto, the default: 14, or the lowest above it\n"
             "that has an operator for what MODEL does"},
    {"quant-format", 0, OPTION_CHOICE, GROUP_MODEL, FOR_MODELS, AT(config.quant_format),
     .from_name = inc_quant_format_from_name, .choices = "QDQ|QLinear", .key = "quant_format",
     .help = "how int8 operators are written; QOperator is QLinear"},
    {"quantized", 0, OPTION_TEXT, GROUP_MODEL, FOR_MODELS, AT(quantized), .value = "FILE",
     .key = "quantized",
     .help = "quantized checkpoint (best_model.pt) over this FP32 model"},
    {"recipe", 0, OPTION_CHOICE, GROUP_MODEL, FOR_MODELS, AT(config.recipe),
     .from_name = inc_recipe_from_name,
     .choices = "QDQ_OP_FP32_BIAS|QDQ_OP_INT32_BIAS|QDQ_OP_FP32_BIAS_QDQ", .key = "recipe",
     .value = "NAME", .help = "how a matrix product with a bias is quantized"},
    {"activations", 0, OPTION_CHOICE, GROUP_MODEL, FOR_MODELS, AT(config.activations),
     .from_name = inc_activations_from_name, .choices = "auto|source|uint8|int8", .key = "activations",
     .help = "element type of quantized activations; auto, the\n"
             "default: the source's in QDQ, uint8 in QLinear"},
    {"no-contrib-ops", 0, OPTION_OFF, GROUP_MODEL, FOR_MODELS, AT(config.allow_contrib_ops),
     .key = "allow_contrib_ops", .help = "ONNX's own operators only, none of com.microsoft"},
    {"integer-kernels", 0, OPTION_ON, GROUP_MODEL, FOR_MODELS, AT(config.integer_kernels),
     .key = "integer_kernels",
     .help = "quantized average pools and resizes as runtimes run them\n"
             "on integers, though these round otherwise than PyTorch"},

    {"custom-domain", 0, OPTION_READ, GROUP_MODEL, FOR_MODELS, .read = read_custom_domain,
     .value = "NAMESPACE=DOMAIN", .key = "custom_domains",
     .help = "operators of torch.ops.NAMESPACE that have no form in ONNX become nodes\nof DOMAIN; once for every namespace"},

    {"fuse", 0, OPTION_ON, GROUP_MODEL, FOR_MODELS, AT(config.fuse), .key = "fuse",
     .help = "attention and RMS norm as single operators, of opset 23"},
    {"strict", 0, OPTION_ON, GROUP_MODEL, FOR_MODELS, AT(config.strict), .key = "strict",
     .help = "errors where a size is fixed that --dynamic names, where a\n"
             "branch is decided as for the example, and where a check of\nthe model is left out"},
    {"unroll-limit", 0, OPTION_NUMBER, GROUP_MODEL, FOR_MODELS, AT(config.unroll_limit),
     .value = "N", .key = "unroll_limit",
     .help = "loops of more turns than that become a Loop; default 1000"},

    /* ---- inputs and outputs ---- */
    {"example-inputs", 0, OPTION_TEXT, GROUP_INPUTS, FOR_MODELS, AT(example_inputs), .value = "FILE",
     .key = "example_inputs",
     .help = ".npz or .npy: what the model is called with, in order"},
    {"input", 0, OPTION_READ, GROUP_INPUTS, FOR_MODELS, .read = read_input,
     .value = "NAME=TYPE[SIZES]",
     .help = "instead, one input by its type and sizes, as in\n"
             "--input x=float32[1,3,224,224]; once for every input;\n"
             "[batch,3,224,224] makes the first axis dynamic.\n"
             "Default: the inputs that a traced model has recorded"},
    {"input-names", 0, OPTION_NAMES, GROUP_INPUTS, FOR_MODELS, AT(input_names), .value = "A,B",
     .key = "input_names", .help = "names in the result; default: those in the model"},
    {"output-names", 0, OPTION_NAMES, GROUP_INPUTS, FOR_MODELS, AT(output_names), .value = "C,D",
     .key = "output_names", .help = "names in the result"},
    {"dynamic", 0, OPTION_READ, GROUP_INPUTS, FOR_MODELS, .read = read_dynamic,
     .value = "NAME:AXIS=SYMBOL",
     .help = "an axis that may differ between calls, as in\n"
             "--dynamic x:0=batch; more with commas: x:0=batch,2=h"},
    {"dynamic-axes", 0, OPTION_TEXT, GROUP_INPUTS, FOR_MODELS, AT(dynamic_axes), .value = "JSON",
     .key = "dynamic_axes",
     .help = "the same as torch.onnx.export has it: '{\"x\": [0]}' or\n"
             "'{\"x\": {\"0\": \"batch\"}}'; @FILE: what FILE holds"},
    {"program", 0, OPTION_TEXT, GROUP_INPUTS, FOR_MODELS, AT(config.program), .value = "NAME",
     .key = "program", .help = "which program of a torch.export file that has several"},
    {"method", 0, OPTION_TEXT, GROUP_INPUTS, FOR_MODELS, AT(config.method), .value = "NAME",
     .key = "method", .help = "which method of a TorchScript module; default: forward"},

    /* ---- verifying ---- */
    {"verify", 0, OPTION_FLAG, GROUP_VERIFY, FOR_EXPORT | FOR_REPORT, AT(verify),
     .help = "runs what was written, as inc-export verify does"},
    {"expected", 0, OPTION_TEXT, GROUP_VERIFY, FOR_EXPORT | FOR_VERIFY | FOR_REPORT, AT(expected),
     .value = "FILE", .help = ".npz of PyTorch's answers: in_0, in_1, … and out_0, out_1, …"},
    {"against", 0, OPTION_TEXT, GROUP_VERIFY, FOR_EXPORT | FOR_VERIFY | FOR_REPORT, AT(against),
     .value = "FILE", .help = "another ONNX file, whose answers are the measure"},
    {"layers", 0, OPTION_FLAG, GROUP_VERIFY, FOR_EXPORT | FOR_VERIFY | FOR_REPORT, AT(layers),
     .help = "every quantized value beside the FP32 form of the model"},
    {"ort", 0, OPTION_TEXT, GROUP_VERIFY, FOR_EXPORT | FOR_CHECK | FOR_VERIFY | FOR_REPORT, AT(ort), .value = "FILE",
     .help = "libonnxruntime.so; default: INC_EXPORT_ORT, then the usual places"},

    {"report", 0, OPTION_TEXT, GROUP_VERIFY, FOR_EXPORT, AT(report), .value = "FILE.html",
     .help = "a page about what was written, as inc-export report does"},

    /* ---- limits ---- */
    {"memory-limit", 0, OPTION_SIZE, GROUP_LIMITS, FOR_MODELS, AT(config.memory_limit),
     .value = "BYTES", .key = "memory_limit",
     .help = "most that MODEL may take, as in 512M; default: what its\n"
             "size justifies"},
    {"work-limit", 0, OPTION_SIZE, GROUP_LIMITS, FOR_MODELS, AT(config.work_limit),
     .value = "UNITS", .key = "work_limit",
     .help = "the same for computing, in units of about a nanosecond"},

    /* ---- messages ---- */
    {"json", 0, OPTION_FLAG, GROUP_MESSAGES, FOR_ALL, AT(json),
     .help = "what came out, as JSON on standard output"},
    {"quiet", 'q', OPTION_FLAG, GROUP_MESSAGES, FOR_ALL, AT(quiet), .help = "errors only"},
    {"verbose", 'v', OPTION_COUNT, GROUP_MESSAGES, FOR_ALL, AT(verbose),
     .help = "more; -vv: most"},
    {"completion", 0, OPTION_CHOICE, GROUP_MESSAGES, FOR_ALL, AT(completion),
     .from_name = shell_from_name, .choices = "bash|zsh|fish",
     .help = "what that shell reads to complete the command"},
    {"manual", 0, OPTION_FLAG, GROUP_HIDDEN, FOR_ALL, AT(manual), .help = "the manual page"},
    {"help", 'h', OPTION_FLAG, GROUP_MESSAGES, FOR_ALL, AT(help), .help = "this"},
    {"version", 'V', OPTION_FLAG, GROUP_MESSAGES, FOR_ALL, AT(version), .help = "the version"},
};
/* clang-format on */

const size_t n_options = sizeof option_table / sizeof option_table[0];
_Static_assert(sizeof option_table / sizeof option_table[0] <= MOST_OPTIONS,
               "is_given[] is too small");

bool is_given(const options *o, const char *name)
{
    for (size_t i = 0; i < n_options; i++)
        if (strcmp(option_table[i].name, name) == 0)
            return o->is_given[i];
    return false;
}
