/* SPDX-License-Identifier: Apache-2.0 */
/* The front ends, a row each: the kinds of file it reads, and what it does with one. */
#include "frontend/frontend.h"

static const incfe_frontend rows[] = {
    {{INCARC_TORCHSCRIPT, INCARC_TORCHSCRIPT_MOBILE},
     incts_describe,
     incts_is_quantized,
     incts_build,
     false},
    {{INCARC_PT2, INCARC_PT2_OLD}, incpt2_describe, incpt2_is_quantized, incpt2_build, true},
    {{INCARC_SAVED, INCARC_SAVED_LEGACY}, incsaved_describe, incsaved_is_quantized, NULL, false},
};

const incfe_frontend *incfe_frontend_of(const incarc *archive)
{
    for (size_t i = 0; i < INC_COUNT(rows); i++)
        for (size_t k = 0; k < INC_COUNT(rows[i].kinds); k++)
            if (rows[i].kinds[k] == archive->kind)
                return &rows[i];
    return NULL;
}
