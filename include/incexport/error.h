/* SPDX-License-Identifier: Apache-2.0 */
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

/** Why a call failed, and where. Belongs to the caller, who may read it from any thread and after
 * the handle was freed that the call was made on. Its memory is that of the allocator of the call,
 * which must outlive it; where there was none left, the error is a constant of the library, and
 * freeing it does nothing. An error never changes. */
typedef struct inc_error inc_error;

/** The status that the failing call returned: the number to decide on in a program.
 *  @param error the error, or NULL
 *  @return one of the INC_E_ values; INC_OK for NULL
 *  @since 0.1 */
INC_API inc_status inc_error_code(const inc_error *error);

/** All of it in a line for people, in English, without a newline:
 *      net.py:87 (code/__torch__/net.py:41:12): aten::grid_sampler in head.warp: needs opset 16,
 *      asked for 14
 *  The wording may change with any version: programs read the parts below.
 *  @param error the error, or NULL
 *  @return UTF-8, never NULL; control characters that come from a model file are escaped. Valid
 * until the error is freed. "" for NULL
 *  @since 0.1 */
INC_API const char *inc_error_message(const inc_error *error);

/** The parts of it, each NULL (numbers: 0) where it is not known, where it makes no sense, and for
 * a NULL error. Texts are valid until the error is freed. Entry, line and column are where the
 *  generated code of a TorchScript archive, or the node of a torch.export file, stands; the Python
 *  line is where the user's own does, where the file records it. @since 0.1 */
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
    const char *hint;   /**< what can be done about it; NULL: nothing is known */
    const char *python; /**< "net.py:87", the first call of it; NULL: the file does not say */
    const char *entry;  /**< file inside the archive */
    const char *scope;  /**< module */
    uint64_t count;     /**< calls of it that were met, 1 or more */
    uint32_t line;      /**< of entry, from 1 */
    uint32_t column;
} inc_unsupported;

/** All that the model has and that cannot be exported, in the order in which it was met: the export
 *  goes on past an operator without a form, to name them all in one go. There is none where the
 * error is another than INC_E_UNSUPPORTED of the evaluation.
 *  @param error the error, or NULL
 *  @param i     0 to the number less 1
 *  @return how many; the entry, valid until the error is freed, or NULL beyond the last
 *  @since 0.1 */
INC_API size_t inc_error_n_unsupported(const inc_error *error);
INC_API const inc_unsupported *inc_error_unsupported(const inc_error *error, size_t i);

/** Ends an error and all texts that were read from it. Cannot fail.
 *  @param error the error; NULL is fine
 *  @since 0.1 */
INC_API void inc_error_free(inc_error *error);

/** The name of a status, for logs.
 *  @param status any number
 *  @return "INC_E_FORMAT" for INC_E_FORMAT and so on, "INC_OK"; "unknown status" for what is none.
 * A constant, valid for ever
 *  @since 0.1 */
INC_API const char *inc_status_name(inc_status status);

#ifdef __cplusplus
}
#endif
#endif
