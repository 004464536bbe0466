/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the application that the library calls: on the calling thread, and only while a call
 * into the library lasts. They must return; throwing C++ exceptions or longjmp() through the
 * library is undefined. They may not use the handle that is being worked on. */
#ifndef INCEXPORT_HOOKS_H
#define INCEXPORT_HOOKS_H

#include "incexport/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where memory comes from. Whatever a call allocates and does not return is freed when it ends;
 * what it returns is freed through the same functions when the handle is, so the allocator and its
 *  user_data must live as long. Both functions are set, or neither (then malloc and free are used).
 *  They are called from the thread that calls the library, and from no other. */
typedef struct inc_allocator {
    size_t struct_size; /**< sizeof(inc_allocator); set by INC_ALLOCATOR_INIT */
    /** Allocates memory as malloc does.
     *  @param size      bytes, 1 or more
     *  @param user_data the one below
     *  @return size bytes, aligned for any type of C, of any contents; NULL when there is no
     * memory, which ends the call with INC_E_MEMORY */
    void *(*alloc)(size_t size, void *user_data);
    /** Frees memory as free does. Cannot fail.
     *  @param memory    what alloc returned, never NULL, each once
     *  @param user_data the one below */
    void (*free)(void *memory, void *user_data);
    void *user_data; /**< passed on to both as it is; the library does not look at it */
} inc_allocator;

#define INC_ALLOCATOR_INIT                                                                         \
    {                                                                                              \
        sizeof(inc_allocator), NULL, NULL, NULL                                                    \
    }

/** How much is logged: one of the INC_LOG_ values. Each level includes those above it. */
typedef uint32_t inc_log_level;

enum {
    INC_LOG_ERROR = 0,   /**< nothing but what also ends the call */
    INC_LOG_WARNING = 1, /**< the result may not be what was meant */
    INC_LOG_INFO = 2,    /**< decisions worth knowing */
    INC_LOG_DEBUG = 3    /**< for whoever looks for a mistake */
};

/** Is given one line.
 *  @param level     how important it is; never more than the config's log_level asks for
 *  @param line      UTF-8 without newline, valid until the function returns
 *  @param user_data the config's log_data */
typedef void (*inc_log_fn)(inc_log_level level, const char *line, void *user_data);

/** Called at least once a stage, and every few hundred nodes or few MiB.
 *  @param stage     "reading", "evaluating", "writing", …; a constant, valid for ever
 *  @param done      units that are done: operators while evaluating, bytes while writing; does not
 *                   decrease within a stage
 *  @param total     units in all, at least done; 0: not known
 *  @param user_data the config's progress_data
 *  @return zero to go on; anything else ends the call with INC_E_CANCELLED */
typedef int (*inc_progress_fn)(const char *stage, uint64_t done, uint64_t total, void *user_data);

/** Takes a piece of a file; the pieces come in order and without gaps, and there is no seeking.
 *  @param bytes     the piece, valid until the function returns
 *  @param size      bytes in it, 1 or more
 *  @param user_data that of the inc_output
 *  @return zero when it has all of them; anything else ends the call with INC_E_OUTPUT */
typedef int (*inc_write_fn)(const void *bytes, size_t size, void *user_data);

/** A call of an operator that the library has no form for; see incexport/operator.h. */
typedef struct inc_operator_call inc_operator_call;

enum {
    INC_LOWERED = 0,    /**< its nodes were added, and its results said */
    INC_NOT_LOWERED = 1 /**< the operator is not known here either */
};

/** Adds the nodes for a call; called in the order of the calls, again when a model is evaluated
 *  twice.
 *  @param call      what is called with what; valid until the function returns
 *  @param user_data the config's lower_data
 *  @return INC_LOWERED or INC_NOT_LOWERED; anything else ends the export with INC_E_CANCELLED */
typedef int (*inc_lower_fn)(inc_operator_call *call, void *user_data);

#ifdef __cplusplus
}
#endif
#endif
