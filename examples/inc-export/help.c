#include "command.h"

void print_help(void)
{
    printf(
        "inc-export %s: PyTorch model files to ONNX, without Python and without libtorch\n"
        "\n"
        "  inc-export MODEL [options]     exports MODEL\n"
        "  inc-export inspect MODEL       says what MODEL is, its inputs and weights\n"
        "\n"
        "MODEL is a file of torch.jit.save. The result is MODEL with the ending .onnx, unless -o\n"
        "says otherwise.\n"
        "\n"
        "Where to\n"
        "  -o, --output FILE           the ONNX file; - is standard output\n"
        "  --external-data WHEN        weights in FILE.data: auto (from 2 GiB on), never, always\n"
        "\n"
        "What\n"
        "  --dtype fp32|int8           arithmetic of the result; default: as in MODEL\n"
        "  --opset N                   %u to %u; default 14\n"
        "  --quant-format QDQ|QLinear  how int8 operators are written; QOperator is QLinear\n"
        "  --recipe NAME               QDQ_OP_FP32_BIAS, QDQ_OP_INT32_BIAS, QDQ_OP_FP32_BIAS_QDQ\n"
        "\n"
        "Inputs and outputs\n"
        "  --example-inputs FILE       .npz or .npy: what the model is called with, in order\n"
        "  --input NAME=TYPE[SIZES]    instead, one input by its type and sizes, as in\n"
        "                              --input x=float32[1,3,224,224]; once for every input\n"
        "                              default: the inputs that a traced model has recorded\n"
        "  --input-names A,B           names in the result; default: those in the model\n"
        "  --output-names C,D          names in the result\n"
        "  --dynamic-axes JSON         sizes that may differ between calls, as in\n"
        "                              '{\"x\": {\"0\": \"batch\"}}' or '{\"x\": [0]}'\n"
        "\n"
        "Messages\n"
        "  --json                      what came out, as JSON on standard output\n"
        "  -q, --quiet                 errors only        -v, --verbose  more (-vv: most)\n"
        "  -h, --help                  this               --version      the version\n"
        "\n"
        "Exit status: %d done, %d wrong use or example inputs that do not fit, %d MODEL cannot be\n"
        "read, %d MODEL has something that cannot be exported, %d the result cannot be written,\n"
        "%d out of memory or a fault of the program, %d stopped.\n",
        inc_version(), (unsigned)inc_oldest_opset(), (unsigned)inc_newest_opset(), EXIT_OK,
        EXIT_USAGE, EXIT_UNREADABLE, EXIT_CONTENT, EXIT_OUTPUT, EXIT_TROUBLE, EXIT_STOPPED);
}
