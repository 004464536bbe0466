/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and the error object. */
#ifndef INCEXPORT_STATUS_H
#define INCEXPORT_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#if defined(INC_BUILDING)
#define INC_API __declspec(dllexport)
#else
#define INC_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define INC_API __attribute__((visibility("default")))
#else
#define INC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Result of a call: INC_OK, or one of the negative INC_E_ values. The numbers never change, and
 * new ones may be added: treat a value that is not known as a failure. Zero is the only success. */
typedef int32_t inc_status;

enum {
    INC_OK = 0,
    INC_E_MEMORY = -1,      /**< the allocator returned NULL */
    INC_E_ARGUMENT = -2,    /**< an argument or a config field has a value it may not have */
    INC_E_ABI = -3,         /**< struct_size does not fit any version this library knows */
    INC_E_IO = -4,          /**< the model file could not be opened or read */
    INC_E_FORMAT = -5,      /**< the model file is damaged or not of a known format */
    INC_E_UNSUPPORTED = -6, /**< the model uses something that has no export yet */
    INC_E_LIMIT = -7,       /**< a safety limit was reached (depth, size, number of steps) */
    INC_E_INPUT = -8,       /**< example inputs are missing or do not fit the model */
    INC_E_OUTPUT = -9,      /**< the output could not be written */
    INC_E_CANCELLED = -10,  /**< a callback asked to stop */
    INC_E_INTERNAL = -11    /**< a mistake of this library: please report it */
};

#ifdef __cplusplus
}
#endif
#endif
