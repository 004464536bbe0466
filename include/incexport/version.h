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

/** The version of the library that is running, "0.1.0". The header's own is INC_VERSION_TEXT.
 *  @since 0.1 */
INC_API const char *inc_version(void);

/** The same as a number: major * 10000 + minor * 100 + patch. @since 0.1 */
INC_API uint32_t inc_version_number(void);

/** Opsets that models can be exported to, both ends included. @since 0.1 */
INC_API uint32_t inc_oldest_opset(void);
INC_API uint32_t inc_newest_opset(void);

#ifdef __cplusplus
}
#endif
#endif
