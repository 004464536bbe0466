/** libincexport: PyTorch model files to ONNX, without Python and without libtorch.
 *
 *      inc_error *error = NULL;
 *      Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
 *      config.dtype = INC_DTYPE_FP32;
 *      if (inc_export_file("model.pt", "model.onnx", &config, &error) != INC_OK)
 *          fprintf(stderr, "%s\n", inc_error_message(error));
 *      inc_error_free(error);
 *
 *  Nothing here is global: two threads may export two models at the same time. */
#ifndef INCEXPORT_INCEXPORT_H
#define INCEXPORT_INCEXPORT_H

#include "incexport/config.h"
#include "incexport/error.h"
#include "incexport/export.h"
#include "incexport/hooks.h"
#include "incexport/model.h"
#include "incexport/status.h"
#include "incexport/tensor.h"
#include "incexport/version.h"

#endif
