/* torch.export archives: whole files, and programs alone (what begins with '{'), which are wrapped
 * into the smallest archive around them. Inspected and exported to nowhere. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "incexport/incexport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char name[] = "serialized_exported_program.json";

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

static uint8_t *put(uint8_t *at, uint32_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
    return at + n_bytes;
}

/* The fields that a local header and a directory record share, from the version on. */
static uint8_t *put_entry(uint8_t *at, size_t size)
{
    at = put(at, 0, 4);            /* version, flags */
    at = put(put(at, 0, 2), 0, 4); /* method, time */
    at = put(at, 0, 4);            /* no checksum, which PyTorch allows */
    at = put(at, (uint32_t)size, 4);
    at = put(at, (uint32_t)size, 4);
    at = put(at, sizeof name - 1, 2);
    return put(at, 0, 2);
}

/* The smallest archive of the first format: the program alone. */
static void use_program(const uint8_t *data, size_t size)
{
    const size_t n_name = sizeof name - 1;
    uint8_t *bytes = malloc(30 + n_name + size + 46 + n_name + 22), *at = bytes, *directory;
    if (!bytes)
        return;
    at = put_entry(put(at, 0x04034b50, 4), size);
    memcpy(at, name, n_name);
    memcpy(at + n_name, data, size);
    directory = at += n_name + size;
    at = put_entry(put(put(at, 0x02014b50, 4), 0, 2), size);
    at = put(put(put(put(put(at, 0, 2), 0, 2), 0, 2), 0, 4), 0, 4);
    memcpy(at, name, n_name);
    at += n_name;
    size_t n_directory = (size_t)(at - directory);
    at = put(put(put(at, 0x06054b50, 4), 0, 4), 1, 2);
    at = put(put(at, 1, 2), (uint32_t)n_directory, 4);
    at = put(put(at, (uint32_t)(directory - bytes), 4), 0, 2);
    use(bytes, (size_t)(at - bytes));
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{')
        use_program(data, size);
    else
        use(data, size);
    return 0;
}
