/* SPDX-License-Identifier: Apache-2.0 */
/* torch.export archives: whole files, and programs alone (what begins with '{'), which are wrapped
 * into the smallest archive around them. Inspected and exported to nowhere. */
#include <stddef.h>
#include <stdint.h>

#include "incexport/incexport.h"
#include "small_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nobody needs more than that of a seed. */
static int swallow(const void *bytes, size_t size, void *user_data)
{
    size_t *total = user_data;
    (void)bytes;
    *total += size;
    return *total > (size_t)32 << 20;
}

static void use(const void *bytes, size_t size)
{
    static const inc_dynamic_axis axis = {"x", "batch", 0};
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_output output = INC_OUTPUT_INIT;
    size_t total = 0;
    inc_model *model = NULL;
    options.memory_limit = config.memory_limit = (uint64_t)64 << 20;
    config.dtype = INC_DTYPE_FP32;
    config.opset_version = size % 2 ? 14 : 20;
    config.dynamic_axes = &axis;
    config.n_dynamic_axes = size % 3 == 0;
    output.write = swallow;
    output.write_data = &total;
    if (inc_model_open_memory(bytes, size, &options, &model, NULL) != INC_OK)
        return;
    inc_model_inspect(model, NULL);
    inc_export(model, &output, &config, NULL, NULL);
    inc_model_free(model);
}

/* The smallest archive of the first format: the program alone. */
static void use_program(const uint8_t *data, size_t size)
{
    small_zip archive = {0};
    small_zip_add(&archive, "serialized_exported_program.json", data, size);
    small_zip_finish(&archive);
    use(archive.bytes, archive.n);
    small_zip_free(&archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{')
        use_program(data, size);
    else
        use(data, size);
    return 0;
}
