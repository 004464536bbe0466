/* SPDX-License-Identifier: Apache-2.0 */
/* What an application looks like: consumer MODEL RESULT */
#include <incexport/incexport.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
    inc_error *error = NULL;

    if (argc != 3)
        return 2;
    config.dtype = INC_DTYPE_FP32;
    if (inc_export_file(argv[1], argv[2], &config, &error) != INC_OK) {
        fprintf(stderr, "%s\n", inc_error_message(error));
        inc_error_free(error);
        return 1;
    }
    return 0;
}
