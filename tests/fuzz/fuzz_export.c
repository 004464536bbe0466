/* SPDX-License-Identifier: Apache-2.0 */
/* Whole model files: opened, inspected and exported to nowhere. Files that record no example inputs
 * are given some. */
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 256 << 20, MOST_WRITTEN = 32 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    options.memory_limit = MEMORY;
    inc_model *model = NULL;
    if (inc_model_open_memory(data, size, &options, &model, NULL) != INC_OK)
        return 0;
    inc_model_inspect(model, NULL);
    settings s;
    settings_choose(&s, model, settings_seed(data, size), MOST_WRITTEN);
    s.config.memory_limit = MEMORY;
    settings_export(&s, model, NULL);
    inc_model_free(model);
    return 0;
}
