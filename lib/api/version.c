/* SPDX-License-Identifier: Apache-2.0 */
/* Which library this is: its version, and the opsets that it writes. */
#include "incexport/version.h"

#include "onnx/onnx.h"

const char *inc_version(void)
{
    return INC_VERSION_TEXT;
}

uint32_t inc_version_number(void)
{
    return INC_VERSION_MAJOR * 10000 + INC_VERSION_MINOR * 100 + INC_VERSION_PATCH;
}

uint32_t inc_oldest_opset(void)
{
    return INCOX_OLDEST_OPSET;
}

uint32_t inc_newest_opset(void)
{
    return INCOX_NEWEST_OPSET;
}
