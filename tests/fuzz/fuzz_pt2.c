/* SPDX-License-Identifier: Apache-2.0 */
/* torch.export archives: whole files, and programs alone (what begins with '{'), which are wrapped
 * into the smallest archive around them. Inspected and exported to nowhere. */
#include <stddef.h>
#include <stdint.h>

#include "settings.h"
#include "small_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 64 << 20, MOST_WRITTEN = 32 << 20 };

static void use(const void *bytes, size_t size)
{
    inc_model_options options = INC_MODEL_OPTIONS_INIT;
    inc_model *model = NULL;
    settings s;
    options.memory_limit = MEMORY;
    if (inc_model_open_memory(bytes, size, &options, &model, NULL) != INC_OK)
        return;
    inc_model_inspect(model, NULL);
    settings_choose(&s, model, settings_seed(bytes, size), MOST_WRITTEN);
    s.config.memory_limit = MEMORY;
    settings_export(&s, model, NULL);
    inc_model_free(model);
}

/* The smallest archive of the first format: the program alone. */
static void use_program(const uint8_t *data, size_t size)
{
    small_zip archive = {0};
    small_zip_add(&archive, "serialized_exported_program.json", data, size);
    small_zip_finish(&archive);
    use(archive.bytes, archive.n);
    small_zip_free(&archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{')
        use_program(data, size);
    else
        use(data, size);
    return 0;
}
