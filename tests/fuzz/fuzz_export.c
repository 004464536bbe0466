/* SPDX-License-Identifier: Apache-2.0 */
/* Whole model files: opened, inspected and exported to nowhere. Files that record no example inputs
 * are given one of the shape that most of the seeds take. */
#include <stddef.h>
#include <stdint.h>

#include "incexport/incexport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nobody needs more than that of a seed. */
static int swallow(const void *bytes, size_t size, void *user_data)
{
    size_t *total = user_data;
    (void)bytes;
    *total += size;
    return *total > (size_t)32 << 20;
}

static inc_status export_with(inc_model *model, const inc_tensor *inputs, size_t n_inputs,
                              uint32_t opset, size_t variant)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_output output = INC_OUTPUT_INIT;
    size_t total = 0;
    config.dtype = variant % 5 < 2 ? INC_DTYPE_INT8 : INC_DTYPE_FP32;
    config.quant_format = variant % 5 ? INC_QUANT_FORMAT_QLINEAR : INC_QUANT_FORMAT_QDQ;
    config.recipe = (inc_recipe)(variant % 3);
    config.opset_version = opset;
    config.example_inputs = inputs;
    config.n_example_inputs = n_inputs;
    config.memory_limit = (uint64_t)256 << 20;
    output.write = swallow;
    output.write_data = &total;
    return inc_export(model, &output, &config, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t image[4] = {2, 3, 8, 8};
    inc_tensor example = {0};
    example.element = INC_ELEMENT_FLOAT32;
    example.rank = 4;
    example.shape = image;
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    options.memory_limit = (uint64_t)256 << 20;
    inc_model *model = NULL;
    if (inc_model_open_memory(data, size, &options, &model, NULL) != INC_OK)
        return 0;
    inc_model_inspect(model, NULL);
    uint32_t opset = size % 2 ? 11 : 20;
    if (export_with(model, NULL, 0, opset, size) == INC_E_INPUT)
        export_with(model, &example, 1, opset, size);
    inc_model_free(model);
    return 0;
}
