/* Functions of the application that the library calls: on the calling thread, and only while a call
 * into the library lasts. They must return; throwing C++ exceptions or longjmp() through the
 * library is undefined. They may not use the handle that is being worked on. */
#ifndef INCEXPORT_HOOKS_H
#define INCEXPORT_HOOKS_H

#include "incexport/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where memory comes from. alloc returns size bytes aligned for any type, or NULL; then the call
 *  ends with INC_E_MEMORY. free is given what alloc returned, never NULL. Whatever a call allocated
 *  and does not return is freed when it ends. */
typedef struct inc_allocator {
    size_t struct_size;
    void *(*alloc)(size_t size, void *user_data);
    void (*free)(void *memory, void *user_data);
    void *user_data;
} inc_allocator;

#define INC_ALLOCATOR_INIT                                                                         \
    {                                                                                              \
        sizeof(inc_allocator), NULL, NULL, NULL                                                    \
    }

/** How much is logged: one of the INC_LOG_ values. */
typedef uint32_t inc_log_level;

enum {
    INC_LOG_ERROR = 0,   /**< nothing but what also ends the call */
    INC_LOG_WARNING = 1, /**< the result may not be what was meant */
    INC_LOG_INFO = 2,    /**< decisions worth knowing */
    INC_LOG_DEBUG = 3    /**< for whoever looks for a mistake */
};

/** One line of UTF-8 without newline, valid during the call. */
typedef void (*inc_log_fn)(inc_log_level level, const char *line, void *user_data);

/** Called at least once a stage, and every few hundred nodes or few MiB.
 *  @param stage "reading", "evaluating", "writing", …
 *  @param done  units done of total; nodes or bytes; total 0: not known
 *  @return zero to go on; anything else ends the call with INC_E_CANCELLED */
typedef int (*inc_progress_fn)(const char *stage, uint64_t done, uint64_t total, void *user_data);

/** Takes size bytes; returns zero when it has them, anything else to end with INC_E_OUTPUT. */
typedef int (*inc_write_fn)(const void *bytes, size_t size, void *user_data);

#ifdef __cplusplus
}
#endif
#endif
