/* SPDX-License-Identifier: Apache-2.0 */
/** libincexport: PyTorch model files to ONNX, without Python and without libtorch.
 *
 *      inc_error *error = NULL;
 *      Torch2ONNXConfig config = TORCH2ONNX_CONFIG_INIT;
 *      config.dtype = INC_DTYPE_FP32;
 *      if (inc_export_file("model.pt", "model.onnx", &config, &error) != INC_OK)
 *          fprintf(stderr, "%s\n", inc_error_message(error));
 *      inc_error_free(error);
 *
 *  What holds for all functions:
 *
 *  Threads. The library has no global state that changes. Calls on different handles may run in
 *  different threads at the same time; a handle belongs to one thread at a time. Nothing needs to
 *  be set up or torn down. The locale, the environment and the working folder are not looked at,
 *  except that relative paths are relative to the working folder.
 *
 *  Ownership. What a function _open, _new, _parse or _export sets through a pointer belongs to the
 *  caller, who ends it with the function _free of its type; NULL is allowed there. What any other
 *  function returns by pointer belongs to the handle it was asked of, stays valid and unchanged
 *  until that handle is freed, and must not be freed. Arguments are borrowed for the call unless
 *  the function says that they must outlive its result.
 *
 *  Texts are UTF-8 and end with NUL. Those that come from a model file have control characters
 *  escaped where they are messages, and are as in the file where they are names.
 *
 *  Errors. A function that can fail returns an inc_status, and sets its results only on success.
 *  Any of them can return INC_E_MEMORY (the allocator returned NULL) and INC_E_INTERNAL (a defect
 *  of this library), which are not listed with each. Other functions cannot fail; asked of NULL or
 *  beyond the end they return NULL or 0.
 *
 *  Numbers. Sizes are in bytes, shapes and counts in elements. Indices and axes begin at 0. A shape
 *  is written [N, C, H, W], the slowest axis first.
 *
 *  Versions. Structs begin with struct_size, or are passed in arrays with the size of an element;
 *  they grow at the end, and a program that was built with an older header keeps working. "@since"
 *  names the first version that has a function. */
#ifndef INCEXPORT_INCEXPORT_H
#define INCEXPORT_INCEXPORT_H

#include "incexport/config.h"
#include "incexport/error.h"
#include "incexport/export.h"
#include "incexport/hooks.h"
#include "incexport/model.h"
#include "incexport/operator.h"
#include "incexport/status.h"
#include "incexport/tensor.h"
#include "incexport/version.h"

#endif
