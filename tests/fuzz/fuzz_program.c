/* SPDX-License-Identifier: Apache-2.0 */
/* TorchScript programs: the input is the source of class M with a method forward, wrapped into the
 * smallest archive around it and exported. This reaches the evaluator and the operators' handlers,
 * which damaged archives seldom do. */
#include <stddef.h>
#include <stdint.h>

#include "incexport/incexport.h"
#include "small_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_SOURCE = 1 << 16 };

/* Nobody needs more than that of a seed. */
static int swallow(const void *bytes, size_t size, void *user_data)
{
    size_t *total = user_data;
    (void)bytes;
    *total += size;
    return *total > (size_t)16 << 20;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char root[] = "\x80\x02"
                               "c__torch__\nM\n)\x81}b.";
    static const char no_constants[] = "\x80\x02).";
    static const float values[24] = {0, 1, -1, 2, 0.5f};
    static const int64_t shape[3] = {2, 3, 4};
    if (size > MOST_SOURCE)
        return 0;
    small_zip a = {0};
    small_zip_add(&a, "m/data.pkl", root, sizeof root - 1);
    small_zip_add(&a, "m/constants.pkl", no_constants, sizeof no_constants - 1);
    small_zip_add(&a, "m/version", "3\n", 2);
    small_zip_add(&a, "m/code/__torch__.py", data, size);
    small_zip_finish(&a);

    inc_tensor examples[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++) {
        examples[i].element = INC_ELEMENT_FLOAT32;
        examples[i].rank = 3;
        examples[i].shape = shape;
        examples[i].data = values;
    }
    inc_dynamic_axis axis = {"x", "batch", 0};
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    config.dtype = size % 5 < 2 ? INC_DTYPE_INT8 : INC_DTYPE_FP32;
    config.quant_format = size % 5 ? INC_QUANT_FORMAT_QLINEAR : INC_QUANT_FORMAT_QDQ;
    config.recipe = (inc_recipe)(size % 3);
    config.opset_version = 11 + (uint32_t)(size % 10);
    config.example_inputs = examples;
    config.n_example_inputs = 1 + size % 2;
    config.memory_limit = (uint64_t)128 << 20;
    config.dynamic_axes = &axis;
    config.n_dynamic_axes = size % 3 == 0;
    inc_output output = INC_OUTPUT_INIT;
    size_t total = 0;
    output.write = swallow;
    output.write_data = &total;
    inc_model *model = NULL;
    if (inc_model_open_memory(a.bytes, a.n, NULL, &model, NULL) == INC_OK)
        inc_export(model, &output, &config, NULL, NULL);
    inc_model_free(model);
    small_zip_free(&a);
    return 0;
}
