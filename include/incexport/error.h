/* What went wrong, and where.
 *
 * Functions that can fail take an inc_error ** last. It may be NULL. Otherwise *error is set to
 * NULL on success and to an error of the caller's on failure, to be ended with inc_error_free().
 * Whatever it held before is overwritten, not freed. Texts belong to the error. */
#ifndef INCEXPORT_ERROR_H
#define INCEXPORT_ERROR_H

#include "incexport/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Why a call failed, and where. Belongs to the caller; independent of the handle that the call was
 *  made on, and readable from any thread. */
typedef struct inc_error inc_error;

/** The status that the failing call returned. INC_OK for NULL. @since 0.1 */
INC_API inc_status inc_error_code(const inc_error *error);

/** All of it in a line for people, without a newline:
 *      net.py:87 (code/__torch__/net.py:41:12): aten::grid_sampler in head.warp: needs opset 16,
 *      asked for 14
 *  "" for NULL. Text that comes from a model file is escaped. @since 0.1 */
INC_API const char *inc_error_message(const inc_error *error);

/** The parts of it, each NULL (numbers: 0) where it is not known or makes no sense. @since 0.1 */
INC_API const char *inc_error_reason(const inc_error *error); /**< what was found and expected */
INC_API const char *inc_error_hint(const inc_error *error);   /**< what can be done about it */
INC_API const char *inc_error_stage(const inc_error *error);  /**< "reading", "writing", … */
INC_API const char *inc_error_entry(const inc_error *error);  /**< file inside the archive */
INC_API uint32_t inc_error_line(const inc_error *error);      /**< of that file, from 1 */
INC_API uint32_t inc_error_column(const inc_error *error);    /**< from 1 */
INC_API const char *inc_error_python(const inc_error *error); /**< "net.py:87", the user's source */
INC_API const char *inc_error_operator(const inc_error *error); /**< "aten::grid_sampler" */
INC_API const char *inc_error_scope(const inc_error *error);    /**< module, "layer1.0.conv1" */

/** One of the things that a model has and that cannot be exported, where it was met first. Texts
 *  belong to the error; NULL and 0 where not known. */
typedef struct inc_unsupported {
    size_t struct_size; /**< set by the library: fields beyond it are not there */
    const char *op;     /**< "aten::fft_fft" */
    const char *reason; /**< why not: it is not known, or this use of it */
    const char *hint;   /**< what can be done about it */
    const char *python; /**< "net.py:87" */
    const char *entry;  /**< file inside the archive */
    const char *scope;  /**< module */
    uint64_t count;     /**< how often it was met */
    uint32_t line;      /**< of entry, from 1 */
    uint32_t column;
} inc_unsupported;

/** All of them, where the error is INC_E_UNSUPPORTED while evaluating; else none. NULL when there
 *  are not that many. @since 0.1 */
INC_API size_t inc_error_n_unsupported(const inc_error *error);
INC_API const inc_unsupported *inc_error_unsupported(const inc_error *error, size_t i);

/** Ends an error; NULL is fine. @since 0.1 */
INC_API void inc_error_free(inc_error *error);

/** "INC_E_FORMAT" for INC_E_FORMAT, "unknown status" for what is none. @since 0.1 */
INC_API const char *inc_status_name(inc_status status);

#ifdef __cplusplus
}
#endif
#endif
