/* SPDX-License-Identifier: Apache-2.0 */
/* Which library this is. */
#ifndef INCEXPORT_VERSION_H
#define INCEXPORT_VERSION_H

#include "incexport/status.h"

#define INC_VERSION_MAJOR 0
#define INC_VERSION_MINOR 1
#define INC_VERSION_PATCH 0
#define INC_VERSION_TEXT "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the library that is running; the header's own, with which the program was
 *  compiled, is INC_VERSION_TEXT. The two differ when another version of the shared library is
 *  installed.
 *  @return "0.1.0"; a constant, valid for ever
 *  @since 0.1 */
INC_API const char *inc_version(void);

/** The same as a number to compare: major * 10000 + minor * 100 + patch.
 *  @return 100 for 0.1.0
 *  @since 0.1 */
INC_API uint32_t inc_version_number(void);

/** The opsets of ONNX that models can be exported to, both ends included. What a model needs may
 *  still be missing in an older one: the export says which opset has it.
 *  @return the lowest and the highest value of Torch2ONNXConfig.opset_version but INC_OPSET_AUTO
 *  @since 0.1 */
INC_API uint32_t inc_oldest_opset(void);
INC_API uint32_t inc_newest_opset(void);

#ifdef __cplusplus
}
#endif
#endif
