/* SPDX-License-Identifier: Apache-2.0 */
// The header in a C++11 program: initialisers, and a config that is filled there.
#include <incexport/incexport.h>

#include <cstdio>
#include <cstring>

static int swallow(const void *, size_t size, void *user_data)
{
    *static_cast<size_t *>(user_data) += size;
    return 0;
}

int main(int argc, char **argv)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_output output = INC_OUTPUT_INIT;
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    inc_allocator allocator = INC_ALLOCATOR_INIT;
    inc_model *model = nullptr;
    inc_error *error = nullptr;
    size_t written = 0;

    if (argc != 2)
        return 2;
    options.allocator = &allocator;
    config.dtype = INC_DTYPE_FP32;
    output.write = swallow;
    output.write_data = &written;
    inc_status status = inc_model_open_file(argv[1], &options, &model, &error);
    if (status == INC_OK)
        status = inc_export(model, &output, &config, nullptr, &error);
    if (status != INC_OK)
        std::fprintf(stderr, "%s\n", inc_error_message(error));
    inc_error_free(error);
    inc_model_free(model);
    return status == INC_OK && written > 0 ? 0 : 1;
}
